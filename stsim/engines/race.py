"""1 April for individuals: a season of markets, cleared by who arrives first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from stsim import luck
from stsim.engines.arrivals import Arrivals, Line
from stsim.engines.cells import Layout
from stsim.engines.columns import Cells, Places
from stsim.engines.contest import Contest, Rounding
from stsim.engines.people import Numbers, People, numbered
from stsim.engines.sieve import Decision, Kinds, Sieve
from stsim.rates import Market, Move, TableSeason
from stsim.vocabulary import Array


class Race:
    """A season of markets laid out as tables over all cells, for as long as weights hold."""

    def __init__(self, layout: Layout, season: TableSeason, kind_of: Kinds) -> None:
        self._layout, self._season = layout, season
        self.by_field = not season.markets[0].over_all_fields
        self._height = layout.shape[2] if self.by_field else 1
        self._one_each = np.ones(self._height)
        self._width = int(np.prod(layout.shape))
        self._rows = sum(len(stage) for stage in layout.rows.values()) + 1
        applies = self._table(season.applicants)
        self._applies = None if ((applies == 0) | (applies == 1)).all() else applies.ravel()
        weights = [self._weights(market) for market in season.markets]
        self.lines = [Line(weight, self._height, kind_of) for weight in weights]
        #: A line of its own for every group that places are reserved for, by market.
        self._reserved = [
            [
                Line(weight * self._cells(reserve.group), self._height, kind_of)
                for reserve in market.reserved
            ]
            for market, weight in zip(season.markets, weights, strict=True)
        ]
        self._to = [self._targets(market) for market in season.markets]
        self._profiles: dict[str, tuple[tuple[Move, ...], Array]] = {}

    def still_holds(self, season: TableSeason) -> bool:
        """Whether the same weights and applicants apply (the number of posts may differ)."""
        return season.applicants is self._season.applicants and all(
            market.has_candidates_of(before)
            for market, before in zip(season.markets, self._season.markets, strict=True)
        )

    @property
    def lines_of_groups(self) -> dict[str, Line]:
        """The lines of groups, by market and place: they have a luck of their own."""
        return {
            f"{market.name} {k}": line
            for market, lines in zip(self._season.markets, self._reserved, strict=True)
            for k, line in enumerate(lines)
        }

    def look(
        self,
        season: TableSeason,
        people: People,
        counted: Callable[[], Array],
        persons_per_agent: int,
    ) -> None:
        """Say how far to look along the lines this year.

        `counted` gives the agents by (row, cell), if they are needed.
        """
        every = [*self.lines, *self.lines_of_groups.values()]
        if any(np.isnan(line.last).any() for line in every):
            here, held = counted().ravel(), people.held
            for market, line, groups in zip(
                season.markets, self.lines, self._reserved, strict=True
            ):
                contest = self._opened(market, held, None, persons_per_agent)
                for each in (line, *groups):
                    weight = here * each.weight[: -self._width]
                    each.guess(contest.places, weight.reshape(-1, self._height).sum(axis=0))
        for line in every:
            line.look()

    def run(
        self,
        season: TableSeason,
        people: People,
        sieve: Sieve,
        rounding: Rounding,
        decision: Decision,
        year: int,
        owed: Mapping[str, Array],
        persons_per_agent: int,
    ) -> list[Contest]:
        """Fill the posts of a season: move the hired, let those from outside enter."""
        held = people.held
        contests = [
            self._opened(market, held, owed.get(market.name), persons_per_agent)
            for market in season.markets
        ]
        arrivals = Arrivals(sieve, self._applies, decision)
        for _ in range(season.rounds):
            for line, groups, contest in zip(self.lines, self._reserved, contests, strict=True):
                wanted = self._offer(contest, rounding)
                if not wanted.any():
                    continue
                for k, group in enumerate(groups):
                    kept = np.minimum(self._reserve(contest, k, rounding), wanted)
                    hired, row, time = arrivals.earliest(group, kept)
                    wanted = wanted - self._hire(hired, row, contest, contests, people)
                    group.ended(time, np.bincount(row, minlength=self._height))
                hired, row, time = arrivals.earliest(line, wanted)
                self._hire(hired, row, contest, contests, people)
                contest.intensity = np.maximum(contest.intensity, time)
        moved = self._moved(contests, people, year)
        entered = self._enter(contests, people, decision, year)
        sieve.moved(np.concatenate([moved, entered]))
        for line, contest in zip(self.lines, contests, strict=True):
            name = contest.market.name
            if contest.carries:
                contest.owed = rounding.carry(name, contest.places)
            rounding.carry(f"{name} outside", contest.offered * contest.outside_share)
            for k in contest.kept:
                inside = contest.offered - contest.outside
                share = contest.market.reserved[k].share[0, 0, 0, 0]
                rounding.carry(f"{name} reserved {k}", inside * share)
            line.ended(contest.intensity, (contest.offered - contest.outside).astype(float))
        return contests

    def _hire(
        self,
        hired: Places,
        row: Cells,
        contest: Contest,
        contests: list[Contest],
        people: People,
    ) -> Numbers:
        """Give people places, and others the places they leave; returns how many in each row."""
        contest.hired.append(hired)
        many = np.bincount(row, minlength=self._height)
        contest.places -= many
        left = people.columns.cell[hired] // self._width
        for other in contests:
            if other is not contest and other.market.held_by:
                freed = np.bincount(row, other.seat[left], minlength=self._height)
                other.places += freed * other.part
        return many

    def _reserve(self, contest: Contest, k: int, rounding: Rounding) -> Numbers:
        """The whole places that are reserved for a group, beyond those it was offered before."""
        name = f"{contest.market.name} reserved {k}"
        inside = contest.offered - contest.outside
        share = np.broadcast_to(contest.market.reserved[k].share[0, 0, 0, 0], (self._height,))
        whole = np.floor(inside * share + rounding.phase(name, self._height)).astype(np.int64)
        new = np.maximum(whole - contest.kept.get(k, 0), 0)
        contest.kept[k] = contest.kept.get(k, 0) + new
        return np.asarray(new)

    def _cells(self, group: Array) -> Array:
        """Something by (age, sex, field) on the cells of a row."""
        return np.broadcast_to(group, (1, 1, *self._layout.shape)).reshape(1, self._width)

    def _weights(self, market: Market) -> Array:
        """The weights of all cells in a market."""
        return self._table({move.source: move.amount for move in market.candidates})

    def _table(self, amounts: Mapping[str, Array]) -> Array:
        """Amounts by stage on every cell of every row, and of the row of those who left."""
        table = np.zeros((self._rows, self._width))
        for name, amount in amounts.items():
            rows = self._layout.rows[name]
            table[rows.start : rows.stop] = self._layout.full(amount)[0]
        return table

    def _targets(self, market: Market) -> tuple[Cells, Cells]:
        """The pair and the new row of the hired, by the row they leave."""
        pair, target = np.zeros((2, self._rows), dtype=np.intp)
        for move in market.candidates:
            rows = self._layout.rows[move.source]
            first = self._layout.rows[move.target].start
            pair[rows.start : rows.stop] = move.pair
            target[rows.start : rows.stop] = first + np.arange(len(rows)) * market.keeps_clock
        return pair, target

    def _opened(
        self, market: Market, held: Array, owed: Array | None, persons_per_agent: int
    ) -> Contest:
        """A market with its places at the start; negative where people are above the seats."""

        def by_row(value: Array) -> Array:
            return np.asarray(value[0, 0, 0, 0] * self._one_each)

        places, seat = by_row(market.number) / persons_per_agent, np.zeros(self._rows)
        part = by_row(market.part)
        if owed is not None:
            places = places + owed
        for name, each in market.held_by.items():
            rows = self._layout.rows[name]
            seat[rows.start : rows.stop] = of_a_seat = each[0, 0, 0, 0, 0]
            here = held[self._layout.stage[name]]
            places = places - of_a_seat * (here if self.by_field else here.sum())
        none = np.zeros(self._height, dtype=np.int64)
        return Contest(
            market, places * part, by_row(market.outside_share), seat, part,
            none.copy(), none.copy(), [], np.zeros(self._height), np.zeros(self._height),
        )  # fmt: skip

    def _offer(self, contest: Contest, rounding: Rounding) -> Numbers:
        """Offer the whole places there are; returns those for candidates inside the model."""
        name = contest.market.name
        whole = np.floor(contest.places + rounding.phase(name, self._height))
        vacant = np.maximum(whole, 0).astype(np.int64)  # nobody is dismissed for want of a seat
        contest.offered += vacant
        exact = contest.offered * contest.outside_share
        phase = rounding.phase(f"{name} outside", self._height)
        more = np.floor(exact + phase).astype(np.int64) - contest.outside
        outside = np.minimum(np.maximum(more, 0), vacant)
        contest.outside += outside
        contest.places -= outside
        return np.asarray(vacant - outside)

    def _moved(self, contests: list[Contest], people: People, year: int) -> Places:
        """Move the hired of all markets of the season."""
        groups = [np.concatenate([np.empty(0, dtype=np.intp), *c.hired]) for c in contests]
        who = np.concatenate(groups)
        row = people.columns.cell[who] // self._width
        rows = np.split(row, np.cumsum([len(group) for group in groups])[:-1])
        pair = [to[0][left] for to, left in zip(self._to, rows, strict=True)]
        target = [to[1][left] for to, left in zip(self._to, rows, strict=True)]
        return people.move(who, np.concatenate(pair), np.concatenate(target), float(year))

    def _enter(
        self, contests: list[Contest], people: People, decision: Decision, year: int
    ) -> Places:
        """People from outside: the n-th of a row has the age, sex and field of its own draw.

        So more posts only add people.
        """
        numbers, pairs, cells = [np.empty(0, dtype=np.int64)], [np.arange(0)], [np.arange(0)]
        rows = np.arange(self._height)
        for contest in contests:
            if contest.outside.any():
                moves = contest.market.outside
                number = numbered(year, moves[0].pair, rows, contest.outside)
                key = luck.key(*decision, contest.market.name, "outside")
                own = luck.uniform(luck.draw(luck.of(number), key))
                row = np.repeat(rows, contest.outside)
                which, cell = self._drawn(contest.market, row, own)
                first = np.array([self._layout.rows[move.target].start for move in moves])
                numbers.append(number)
                pairs.append(np.array([move.pair for move in moves])[which])
                cells.append(first[which] * self._width + cell)
        all_pairs, all_cells = np.concatenate(pairs), np.concatenate(cells)
        return people.enter(np.concatenate(numbers), all_pairs, all_cells, float(year))

    def _drawn(self, market: Market, row: Cells, own: Array) -> tuple[Cells, Cells]:
        """By which move people from outside enter and into which cell, from a draw of each."""
        fields = self._layout.shape[2]
        if market.name not in self._profiles or (
            self._profiles[market.name][0] is not market.outside
        ):
            profiles = [self._layout.full(move.amount)[0, 0] for move in market.outside]
            if self.by_field:  # (field, move and cell without the field)
                chance = np.stack(profiles).reshape(-1, fields).T
            else:
                chance = np.stack(profiles).reshape(1, -1)
            reach = np.cumsum(chance, axis=1)
            reach = reach / reach[:, -1:] + np.arange(self._height)[:, None]
            self._profiles[market.name] = market.outside, reach
        reach = self._profiles[market.name][1]
        drawn = np.searchsorted(reach.ravel(), own + row, side="right") - row * reach.shape[1]
        if not self.by_field:
            return np.divmod(drawn, self._width)
        which, cell = np.divmod(drawn, self._width // fields)
        return which, cell * fields + row
