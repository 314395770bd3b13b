"""1 April for individuals: a season of markets, cleared by who arrives first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stsim import luck
from stsim.engines.arrivals import Arrivals, Decision, Line
from stsim.engines.cells import Layout
from stsim.engines.people import Numbers, People, Places, numbered
from stsim.rates import Market, Move, TableSeason
from stsim.vocabulary import Array


@dataclass
class Rounding:
    """What makes places whole: a phase per market and row that starts at random.

    Whole places are `floor(exact + phase)`. For openings, and for markets that take a part of the
    vacancies, what is rounded away goes on to the next year; of seats it is vacant then anyway.
    """

    seed: Decision
    _phases: dict[str, Array] = field(default_factory=dict)

    def phase(self, name: str, rows: int) -> Array:
        """The phase of a market in every row."""
        if name not in self._phases:
            own = [luck.one(*self.seed, "phase", name, row) for row in range(rows)]
            self._phases[name] = np.array(own)
        return self._phases[name]

    def carry(self, name: str, exact: Array) -> Array:
        """Let what is rounded away from these numbers go on to the next year.

        Returns what is owed where they are less than nothing by more than the phase.
        """
        balance = exact + self._phases[name]
        self._phases[name] = np.where(balance >= 0, balance % 1.0, 0.0)
        return np.minimum(balance, 0.0)


@dataclass
class Contest:
    """What one market has done so far in its season, in agents, by row.

    `places` are those left; `offered` those offered in whole numbers, of which `outside` went to
    people from outside; `seat` is the part of a seat each stage holds; `intensity` the arrival
    time of the last hired; `owed` (0 or less) is taken from next year's openings.
    """

    market: Market
    places: Array
    outside_share: Array
    seat: Array
    part: Array
    offered: Numbers
    outside: Numbers
    hired: list[Places]
    intensity: Array
    owed: Array

    @property
    def carries(self) -> bool:
        """Whether what is rounded away is not vacant next year."""
        return self.market.is_openings or bool((self.part < 1).any())


class Race:
    """A season of markets laid out as tables over all cells, for as long as weights hold."""

    def __init__(self, layout: Layout, season: TableSeason) -> None:
        self._layout, self._season = layout, season
        self.by_field = not season.markets[0].over_all_fields
        self._height = layout.shape[2] if self.by_field else 1
        self._width = int(np.prod(layout.shape))
        self._rows = sum(len(stage) for stage in layout.rows.values()) + 1
        applies = self._table(season.applicants)
        self._applies = None if ((applies == 0) | (applies == 1)).all() else applies
        self._stages = sorted(layout.stage[name] for name in season.applicants)
        self._lines = [
            Line(self._table({m.source: m.amount for m in market.candidates}), self._height)
            for market in season.markets
        ]
        self._to = [self._targets(market) for market in season.markets]

    def still_holds(self, season: TableSeason) -> bool:
        """Whether the same weights and applicants apply (the number of posts may differ)."""
        return season.applicants is self._season.applicants and all(
            a.candidates is b.candidates
            for a, b in zip(season.markets, self._season.markets, strict=True)
        )

    def run(
        self,
        season: TableSeason,
        people: People,
        rounding: Rounding,
        decision: Decision,
        year: int,
        owed: Mapping[str, Array],
        persons_per_agent: int,
    ) -> list[Contest]:
        """Fill the posts of a season: move the hired, let those from outside enter."""
        contests = [self._opened(m, people, owed, persons_per_agent) for m in season.markets]
        for line, contest in zip(self._lines, contests, strict=True):
            if np.isnan(line.last).any():
                line.last = self._guess(line, contest, people)
            line.look()
        arrivals = Arrivals(people, self._stages, self._lines, self._applies, decision)
        for _ in range(season.rounds):
            for j, contest in enumerate(contests):
                hired = arrivals.earliest(j, self._offer(contest, rounding))
                row, stage = arrivals.row_of(hired, j), people.stage[hired]
                contest.hired.append(hired)
                contest.places -= np.bincount(row, minlength=self._height)
                for other in contests:
                    if other is not contest and other.seat.any():
                        freed = np.bincount(row, other.seat[stage], minlength=self._height)
                        other.places += freed * other.part
        for j, contest in enumerate(contests):
            name = contest.market.name
            if contest.carries:
                contest.owed = rounding.carry(name, contest.places)
            rounding.carry(f"{name} outside", contest.offered * contest.outside_share)
            contest.intensity = arrivals.end(j)
            who, (pair, target) = np.concatenate(contest.hired), self._to[j]
            left = people.cell[who] // self._width
            people.move(who, pair[left], target[left], float(year))
        for contest in contests:
            if contest.outside.any():
                self._enter(contest, people, decision, year)
        return contests

    def _table(self, amounts: Mapping[str, Array]) -> Array:
        """Amounts by stage on every cell of every row, and of the row of those who left."""
        table = np.zeros((self._rows, self._width))
        for name, amount in amounts.items():
            rows = self._layout.rows[name]
            table[rows.start : rows.stop] = self._layout.full(amount)[0]
        return table.ravel()

    def _targets(self, market: Market) -> tuple[Numbers, Numbers]:
        """The pair and the new row of the hired, by the row they leave."""
        pair, target = np.zeros((2, self._rows), dtype=np.int64)
        for move in market.candidates:
            rows = self._layout.rows[move.source]
            first = self._layout.rows[move.target].start
            pair[rows.start : rows.stop] = move.pair
            target[rows.start : rows.stop] = first + np.arange(len(rows)) * market.keeps_clock
        return pair, target

    def _opened(
        self, market: Market, people: People, owed: Mapping[str, Array], persons_per_agent: int
    ) -> Contest:
        """A market with its places at the start; negative where people are above the seats."""

        def by_row(value: Array) -> Array:
            return np.broadcast_to(value[0, 0, 0, 0], (self._height,))

        seat = np.zeros(len(self._layout.stage) + 1)
        for name, held in market.held_by.items():
            seat[self._layout.stage[name]] = held[0, 0, 0, 0, 0]
        occupied, part = seat @ people.held, by_row(market.part)
        places = by_row(market.number) / persons_per_agent + owed.get(market.name, 0.0)
        places = (places - (occupied if self.by_field else occupied.sum())) * part
        none = np.zeros(self._height, dtype=np.int64)
        return Contest(
            market, places, by_row(market.outside_share), seat, part,
            none.copy(), none.copy(), [], np.zeros(self._height), np.zeros(self._height),
        )  # fmt: skip

    def _guess(self, line: Line, contest: Contest, people: People) -> Array:
        """About when the last place will be filled: places over the weight of all candidates."""
        weight = np.zeros(self._height)
        for window in people.of_stages(self._stages):
            cell = people.cell[window.places]
            row = cell % self._height
            weight += np.bincount(row, line.weight[cell], minlength=self._height)
        return np.asarray(np.maximum(contest.places, 1.0) / np.maximum(weight, 1e-300))

    def _offer(self, contest: Contest, rounding: Rounding) -> Numbers:
        """Offer the whole places there are; returns those for candidates inside the model."""
        name = contest.market.name
        whole = np.floor(contest.places + rounding.phase(name, self._height))
        vacant = np.maximum(whole, 0).astype(np.int64)  # nobody is dismissed for want of a seat
        contest.offered += vacant
        exact = contest.offered * contest.outside_share
        phase = rounding.phase(f"{name} outside", self._height)
        outside = np.clip(np.floor(exact + phase).astype(np.int64) - contest.outside, 0, vacant)
        contest.outside += outside
        contest.places -= outside
        return np.asarray(vacant - outside)

    def _enter(self, contest: Contest, people: People, decision: Decision, year: int) -> None:
        """People from outside: the n-th of a row has the age, sex and field of its own draw.

        So more posts only add people.
        """
        fields = self._layout.shape[2]
        profiles = [self._layout.full(move.amount)[0, 0] for move in contest.market.outside]
        if self.by_field:  # (field, move and cell without the field)
            chance = np.stack(profiles).reshape(-1, fields).T
        else:
            chance = np.stack(profiles).reshape(1, -1)
        reach = np.cumsum(chance, axis=1)
        reach = reach / reach[:, -1:] + np.arange(self._height)[:, None]
        row = np.repeat(np.arange(self._height), contest.outside)
        place = np.arange(len(row)) - np.repeat(
            np.cumsum(contest.outside) - contest.outside, contest.outside
        )
        key = luck.key(*decision, contest.market.name, "outside")
        own = luck.uniform(luck.draw(luck.of((row << 32) + place), key))
        drawn = np.searchsorted(reach.ravel(), own + row, side="right") - row * chance.shape[1]
        if self.by_field:
            which, cell = np.divmod(drawn, self._width // fields)
            cell = cell * fields + row
        else:
            which, cell = np.divmod(drawn, self._width)
        for k, move in enumerate(contest.market.outside):
            self._newcomers(move, cell[which == k], people, year)

    def _newcomers(self, move: Move, cell: NDArray[np.int64], people: People, year: int) -> None:
        """Let people enter through a pair, numbered by their place in the cell."""
        order = np.argsort(cell, kind="stable")
        kinds, counts = np.unique(cell, return_counts=True)
        numbers = numbered(year, move.pair, kinds, counts)
        people.enter(numbers, self._layout.rows[move.target].start, cell[order])
        people.write(numbers, np.full(len(cell), move.pair), cell[order], float(year))
