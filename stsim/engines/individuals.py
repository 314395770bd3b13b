"""The individual engine: everyone one by one, whole people in whole posts.

It sees the same table of rates, in the same order of the year, as the stock engine. A SimPy
environment runs the calendar; its processes are the institutions (the law, the rest of the year,
the end of the year, admissions, each season of markets, the count), and each event handles
everyone it concerns at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import partial

import numpy as np
import simpy
from numpy.typing import NDArray

from stsim import luck
from stsim.engines.cells import Layout, together
from stsim.engines.chances import Chances, Renewals, in_turn
from stsim.engines.people import THERE_FROM_START, Log, People, numbered
from stsim.engines.race import Race, Rounding
from stsim.engines.stockflow import Run, last_moves, no_moves
from stsim.rates import Rates, RateTable
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
    `persons_per_agent` people, in whom stocks and flows are given. Moves are appended to `log`.
    Raises ValueError when the rates carry several draws: those are runs of their own.
    """
    country = _Country(rates, start, first, last, (seed, replicate), persons_per_agent, log)
    environment = simpy.Environment(initial_time=first + COUNT)
    for at, act in country.institutions():
        environment.process(_every_year(environment, first + at, act, on_year))
    environment.run(until=last + LAW)
    return country.result()


def _every_year(
    environment: simpy.Environment,
    at: float,
    act: Callable[[], None],
    on_year: Callable[[int], None],
) -> Generator[simpy.Event, None, None]:
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
        self._people = People(layout, len(self._book.pairs), _absorbing(self._book), log)
        self._rounding = Rounding(seed)
        self._table: RateTable | None = None
        self._laid_out: dict[str, tuple[object, list[Chances | Renewals]]] = {}
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

    def institutions(self) -> list[tuple[float, Callable[[], None]]]:
        """What happens in a year and when, in years after the 1 April before the first count."""
        seasons = range(len(self._book.seasons))
        return [
            (LAW, self._the_law_is_read),
            (REST_OF_YEAR, self._the_rest_of_the_year),
            (TURN, self._people.a_year_passes),
            (YEAR_END, self._the_year_ends),
            (ADMISSIONS, self._newcomers_enter),
            *((MARKETS + j * 1e-4, partial(self._posts_are_filled, j)) for j in seasons),
            (LEFTOVERS, self._searches_end),
            (1 + COUNT, self._everyone_is_counted),
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
        if self._year < self._years[-1]:
            self._table = self._rates.between(self._year, self._count)

    def _the_rest_of_the_year(self) -> None:
        table = self._in_force()
        if table.hazards:
            (hazards,) = self._steps("hazards", table.hazards)
            hazards.happen(
                self._people, self._decision("hazards"), self._year + COUNT, self._year + 1
            )

    def _the_year_ends(self) -> None:
        for k, step in enumerate(self._steps("year_end", self._in_force().year_end)):
            now = float(self._year + 1)
            step.happen(self._people, self._decision("year end", k), now, now)
        at = self._years.index(self._year)
        for move in self._in_force().intakes_ending:
            self._flow[0, at, move.pair] = (
                self._whole(move.pair, move.amount, self._year) * self._scale
            )
        self._write(at, april=False)
        self._year += 1

    def _newcomers_enter(self) -> None:
        for move in self._in_force().intakes:
            counts = self._whole(move.pair, move.amount, self._year)
            cells = np.flatnonzero(counts)
            numbers = numbered(self._year, move.pair, cells, counts[cells])
            inside = np.repeat(cells, counts[cells])
            self._people.enter(numbers, self._layout.rows[move.target].start, inside)
            self._people.write(numbers, np.full(len(numbers), move.pair), inside, float(self._year))
        self._people.put_in_order()

    def _posts_are_filled(self, j: int) -> None:
        season = self._in_force().seasons[j]
        if j not in self._races or not self._races[j].still_holds(season):
            self._races[j] = Race(self._layout, season)
        race, at = self._races[j], self._years.index(self._year)
        column = slice(0, -1) if race.by_field else slice(-1, None)
        results = race.run(
            season, self._people, self._rounding, self._decision("season", j),
            self._year, self._owed, self._scale,
        )  # fmt: skip
        for result in results:
            k = self._markets.index(result.market.name)
            self._vacancy[0, at, k, column] = result.places * self._scale
            self._intensity[0, at, k, column] = result.intensity
            if result.market.is_openings:
                self._owed[result.market.name] = result.owed

    def _searches_end(self) -> None:
        for k, step in enumerate(self._steps("leftovers", self._in_force().leftovers)):
            step.happen(self._people, self._decision("leftovers", k), self._year, self._year)

    def _everyone_is_counted(self) -> None:
        people, at = self._people, self._years.index(self._year)
        self._write(at, april=True)
        self._counted = people.counted()
        persons = self._counted[None] * self._scale
        self._stock[:, at] = self._layout.over_clock(persons)
        before, after = self._flow[:, at - 1], self._flow[:, at]
        flow = partial(last_moves, before, after, self._april, self._layout.shape)
        self._count = Count(self._layout.by_stage(persons), self._places, flow)

    # --- what they use -------------------------------------------------------------------------

    def _in_force(self) -> RateTable:
        assert self._table is not None
        return self._table

    def _decision(self, *words: int | str) -> tuple[int | str, ...]:
        return (*self._seed, self._year, *words)

    def _steps(self, name: str, steps: tuple) -> list[Chances | Renewals]:  # type: ignore[type-arg]
        """Steps as tables, laid out again only when the rates have others."""
        if name not in self._laid_out or self._laid_out[name][0] is not steps:
            made: list[Chances | Renewals] = (
                [Chances(self._layout, together(steps))]
                if name == "hazards"
                else list(in_turn(self._layout, steps))
            )
            self._laid_out[name] = steps, made
        return self._laid_out[name][1]

    def _whole(self, door: int, amount: Array, year: int) -> NDArray[np.int64]:
        """Whole agents for every cell: floor(x + u), u a draw of (seed, cell, year)."""
        expected = self._layout.full(amount)[0, 0] / self._scale
        own = luck.of(np.arange(len(expected)))
        u = luck.uniform(luck.draw(own, luck.key(*self._seed, year, "newcomers", door)))
        return np.asarray(np.floor(expected + u), dtype=np.int64)

    def _settle(self, expected: Array) -> None:
        """The people of the first day: whole agents for every cell of every row."""
        own = luck.of(np.arange(expected.size))
        u = luck.uniform(luck.draw(own, luck.key(*self._seed, "start")))
        whole = np.asarray(np.floor(expected + u.reshape(expected.shape)), dtype=np.int64)
        counts = self._people.absorb(whole).ravel()
        cells = np.flatnonzero(counts)
        numbers = numbered(self._years[0], THERE_FROM_START, cells, counts[cells])
        self._people.settle(numbers, np.repeat(cells, counts[cells]))
        self._people.put_in_order()

    def _write(self, at: int, april: bool) -> None:
        """Write the moves of this half of the year into the flows."""
        pairs = self._april if april else ~self._april
        moved = self._people.moves() * self._scale
        self._flow[0, at, pairs] += moved[pairs]


def _absorbing(book: Rulebook) -> set[str]:
    """Stages that nobody ever leaves: people there are only counted."""
    return {stage.name for stage in book.stages} - {
        s.name for rule in book.rules for s in rule.sources
    }
