"""The individual engine: everyone one by one, whole people in whole posts.

It sees the same table of rates, in the same order of the year, as the stock engine. A SimPy
environment runs the calendar; its processes are the institutions (the law, the rest of the year,
the end of the year, admissions, each season of markets, the count), and each event handles
everyone it concerns at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import cache, partial

import numpy as np
import simpy

from stsim import luck
from stsim.engines.cells import Layout, together
from stsim.engines.chances import Chances, in_turn
from stsim.engines.contest import Rounding
from stsim.engines.people import Log, Numbers, People, numbered
from stsim.engines.race import Race
from stsim.engines.sieve import SHARED, Decision, Sieve
from stsim.engines.stockflow import Run, last_moves, no_moves
from stsim.rates import Rates, RateTable, Step
from stsim.vocabulary import Array, Count, Rulebook

#: Times within the academic year, in years after its 1 April. Events on one day keep this order.
DAY = 1 / 365
COUNT, LAW = 30 * DAY, 30.5 * DAY  # 1 May
REST_OF_YEAR, TURN, YEAR_END = 1 - 3e-4, 1 - 2e-4, 1 - 1e-4  # 31 March
ADMISSIONS, MARKETS, LEFTOVERS = 1.0, 1 + 1e-4, 1 + 9e-3  # 1 April of the year after


def run(
    rates: Rates,
    start: Mapping[str, Array],
    first: int,
    last: int,
    on_year: Callable[[int], None] = lambda year: None,
    *,
    seed: int = 1,
    replicate: int = 1,
    persons_per_agent: int = 1,
    log: Log | None = None,
) -> Run:
    """Carry a whole-number draw of the start population from the count of `first` to `last`.

    `start` maps each stage to persons in (1, clock, age, sex, field). Every agent stands for
    `persons_per_agent` people, in whom stocks and flows are given. `on_year` is told each year that
    is done. Moves are appended to `log`.
    Raises ValueError when the rates carry several draws: those are runs of their own.
    """
    country = _Country(rates, start, first, last, (seed, replicate), persons_per_agent, log)
    environment = simpy.Environment(initial_time=first + COUNT)
    institutions = [
        _every_year(environment, first + at, act) for at, act in country.institutions(on_year)
    ]
    for institution in institutions:
        environment.process(institution)
    environment.run(until=last + (COUNT + LAW) / 2)  # the last count is done, no law read after it
    for institution in institutions:
        institution.close()  # they hold everybody, and the environment holds them
    return country.result()


def _every_year(
    environment: simpy.Environment, at: float, act: Callable[[], None]
) -> Generator[simpy.Event]:
    """An institution that acts once a year, from the time `at` on."""
    while True:
        yield environment.timeout(at - environment.now)
        act()
        at += 1.0


class _Country:
    """Everyone, the table in force, and what has been counted so far."""

    def __init__(
        self,
        rates: Rates,
        start: Mapping[str, Array],
        first: int,
        last: int,
        seed: tuple[int, int],
        persons_per_agent: int,
        log: Log | None,
    ) -> None:
        if max(len(cells) for cells in start.values()) > 1:
            raise ValueError("the individual engine runs one draw of parameters at a time")
        self._rates, self._seed, self._scale = rates, seed, persons_per_agent
        self._book = rates.rulebook
        self._layout = layout = Layout(self._book)
        self._years = range(first, last + 1)
        self._year = first
        self._people = People(layout, self._book, _kinds(self._book), log)
        self._rounding = Rounding(seed)
        self._table: RateTable | None = None
        self._laid_out: dict[str, tuple[Sequence[Step], list[Chances]]] = {}
        columns = self._people.columns
        self._sieves = {part: Sieve(columns) for part in ("hazards", "year end", "april")}
        self._races: dict[int, Race] = {}
        self._owed: dict[str, Array] = {}
        self._count: Count | None = None
        cells = int(np.prod(layout.shape))
        self._stock = np.empty((1, len(self._years), len(self._book.stages), cells))
        self._flow, self._april = no_moves(
            self._book, (1, len(self._years), len(self._book.pairs), cells)
        )
        self._markets = [rule.name for rule in self._book.rules if rule.kind == "posts"]
        shape = (1, len(self._years), len(self._markets), layout.shape[2] + 1)
        self._vacancy, self._intensity = np.full((2, *shape), np.nan)
        self._places = {
            (rule.name, source, target): k
            for k, (rule, source, target) in enumerate(self._book.pairs)
        }
        self._settle(layout.gathered(start)[0] / persons_per_agent)
        self._counted = self._people.counted()
        self._stock[:, 0] = layout.over_clock(self._counted[None]) * persons_per_agent

    def institutions(
        self, on_year: Callable[[int], None]
    ) -> list[tuple[float, Callable[[], None]]]:
        """What happens in a year and when, in years after the 1 April before the first count.

        `on_year` is told each year that is done.
        """
        seasons = range(len(self._book.seasons))
        return [
            (LAW, self._the_law_is_read),
            (REST_OF_YEAR, self._the_rest_of_the_year),
            (TURN, self._people.a_year_passes),
            (YEAR_END, self._the_year_ends),
            (ADMISSIONS, self._newcomers_enter),
            *((MARKETS + j * 1e-4, partial(self._posts_are_filled, j)) for j in seasons),
            (LEFTOVERS, self._searches_end),
            (1 + COUNT, lambda: on_year(self._everyone_is_counted())),
        ]

    def result(self) -> Run:
        """Stocks, flows, vacancies and intensities as the stock engine gives them."""
        shape = self._layout.shape
        end = self._layout.by_stage(self._counted[None] * self._scale)
        return Run(
            self._book,
            tuple(self._years),
            self._stock.reshape(*self._stock.shape[:3], *shape),
            self._flow.reshape(*self._flow.shape[:3], *shape),
            self._vacancy,
            self._intensity,
            end,
            self._count,
        )

    # --- the institutions ----------------------------------------------------------------------

    def _the_law_is_read(self) -> None:
        self._table = self._rates.between(self._year, self._count)

    def _the_rest_of_the_year(self) -> None:
        hazards = self._steps("hazards", self._in_force().hazards)
        self._sieves["hazards"].begin(self._decision("hazards"), hazards)
        self._happen("hazards", hazards, self._year + COUNT, self._year + 1)

    def _the_year_ends(self) -> None:
        steps = self._steps("year end", self._in_force().year_end)
        self._sieves["year end"].begin(self._decision("year end"), steps)
        self._happen("year end", steps, self._year + 1, self._year + 1)
        at = self._years.index(self._year)
        self._write(at, april=False)
        for move in self._in_force().intakes_ending:
            whole = self._whole(move.pair, move.amount, self._year)
            self._flow[0, at, move.pair] = whole * self._scale
        self._year += 1

    def _newcomers_enter(self) -> None:
        for move in self._in_force().intakes:
            counts = self._whole(move.pair, move.amount, self._year)
            inside = np.flatnonzero(counts)
            numbers = numbered(self._year, move.pair, inside, counts[inside])
            cells = self._layout.rows[move.target].start * self._people.width + inside
            entered = np.repeat(cells, counts[inside])
            self._people.enter(numbers, np.full(len(numbers), move.pair), entered, self._year)
        self._markets_open()

    def _posts_are_filled(self, j: int) -> None:
        season, race = self._in_force().seasons[j], self._races[j]
        at = self._years.index(self._year)
        column = slice(0, -1) if race.by_field else slice(-1, None)
        results = race.run(
            season, self._people, self._sieves["april"], self._rounding,
            self._decision("season", j), self._year, self._owed, self._scale,
        )  # fmt: skip
        for result in results:
            k = self._markets.index(result.market.name)
            self._vacancy[0, at, k, column] = result.places * self._scale
            self._intensity[0, at, k, column] = result.intensity
            if result.market.is_openings:
                self._owed[result.market.name] = result.owed

    def _searches_end(self) -> None:
        leftovers = self._steps("leftovers", self._in_force().leftovers)
        self._happen("april", leftovers, self._year, self._year)

    def _everyone_is_counted(self) -> int:
        people, at = self._people, self._years.index(self._year)
        self._write(at, april=True)
        self._counted = people.counted()
        persons = self._counted[None] * self._scale
        self._stock[:, at] = self._layout.over_clock(persons)
        before, after = self._flow[:, at - 1], self._flow[:, at]
        flow = partial(last_moves, before, after, self._april, self._layout.shape)
        self._count = Count(self._layout.by_stage(persons), self._places, flow)
        return self._year

    # --- what they use -------------------------------------------------------------------------

    def _in_force(self) -> RateTable:
        assert self._table is not None
        return self._table

    def _decision(self, *words: int | str) -> Decision:
        return (*self._seed, self._year, *words)

    def _steps(self, name: str, steps: Sequence[Step]) -> list[Chances]:
        """Steps as tables, laid out again only when the rates have others."""
        if name not in self._laid_out or self._laid_out[name][0] is not steps:
            kind_of = self._people.kind_of
            if name == "hazards":  # of a year act on all who are there at its start
                made = [Chances(self._layout, together(steps), kind_of)] if steps else []
            else:
                made = list(in_turn(self._layout, steps, kind_of))
            self._laid_out[name] = steps, made
        return self._laid_out[name][1]

    def _happen(self, part: str, steps: Sequence[Chances], since: float, until: float) -> None:
        """Let steps of a part of the year happen, at a time between `since` and `until`."""
        for step in steps:
            step.happen(self._people, self._sieves[part], self._decision(part), since, until)

    def _markets_open(self) -> None:
        """Say whom all that is decided in April may concern."""
        counted = cache(self._people.counted)
        for j, season in enumerate(self._in_force().seasons):
            if j not in self._races or not self._races[j].still_holds(season):
                self._races[j] = Race(self._layout, season, self._people.kind_of)
            self._races[j].look(season, self._people, counted, self._scale)
        lines = [line for race in self._races.values() for line in race.lines]
        alone = {
            n: line for race in self._races.values() for n, line in race.lines_of_groups.items()
        }
        leftovers = self._steps("leftovers", self._in_force().leftovers)
        self._sieves["april"].begin(self._decision("april"), [*lines, *leftovers], alone)

    def _whole(self, door: int, amount: Array, year: int) -> Numbers:
        """Whole agents for every cell: floor(x + u), u a draw of (seed, cell, year)."""
        expected = self._layout.full(amount)[0, 0] / self._scale
        return self._rounded(expected, luck.key(*self._seed, year, "newcomers", door))

    def _settle(self, expected: Array) -> None:
        """The people of the first day: whole agents for every cell of every row."""
        counts = self._rounded(expected.ravel(), luck.key(*self._seed, "start"))
        self._people.settle(counts.reshape(expected.shape), self._years[0])

    def _rounded(self, expected: Array, key: np.uint64) -> Numbers:
        u = luck.uniform(luck.draw(luck.of(np.arange(expected.size)), key))
        return np.asarray(np.floor(expected + u), dtype=np.int64)

    def _write(self, at: int, april: bool) -> None:
        """Write the moves of this half of the year into the flows."""
        pairs = np.flatnonzero(self._april == april)
        self._flow[0, at, pairs] = self._people.moves()[pairs] * self._scale


def _kinds(book: Rulebook) -> dict[str, int]:
    """The kind of every stage that people leave: hired in the same markets, or not at all.

    Markets count in groups that share a hash; people whom only hazards move are a kind as well.
    """
    markets = [market.name for season in book.seasons for market in season.markets]
    asked: dict[str, set[int]] = {s.name: set() for rule in book.rules for s in rule.sources}
    for rule in book.rules:
        for source in rule.sources:
            if rule.kind == "posts":
                asked[source.name] |= {-1, markets.index(rule.name) // SHARED}
            elif rule.kind != "flow":
                asked[source.name].add(-1)
    kinds = list(dict.fromkeys(frozenset(groups) for groups in asked.values()))
    return {
        stage.name: kinds.index(frozenset(asked[stage.name]))
        for stage in book.stages
        if stage.name in asked
    }
