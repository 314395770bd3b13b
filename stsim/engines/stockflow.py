"""The stock engine: expected numbers of people in every cell, year by year.

It sees a table of rates and nothing of the rules, levers or parameters behind it. Draws are the
first axis of every array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from stsim.engines.cells import Layout, Moves, at_once, together
from stsim.engines.spring import Clearing
from stsim.rates import Rates, Step
from stsim.vocabulary import OUTSIDE, Array, Count, Rulebook


@dataclass(frozen=True)
class Run:
    """The raw result of an engine: plain arrays, labelled by `results.label`.

    - `stock`: (draw, time, stage, age, sex, field or one), persons on 1 May
    - `flow`: (draw, year, pair, age, sex, field), persons in each academic year; `april` pairs of
      the first year and `year` pairs of the last are NaN
    - `vacancy`, `market_intensity`: (draw, time, market, field + "all"), NaN where not defined
    - `end`: the full cells at the last count, by stage
    - `last_count`: totals of the last year, None when no year was run
    """

    rulebook: Rulebook
    years: tuple[int, ...]
    stock: Array
    flow: Array
    vacancy: Array
    market_intensity: Array
    end: Mapping[str, Array]
    last_count: Count | None

    def of_draw(self, k: int) -> Run:
        """The run of one draw by itself, without the totals of the last year; views, no copies."""
        only = slice(k, k + 1)
        return Run(
            self.rulebook,
            self.years,
            self.stock[only],
            self.flow[only],
            self.vacancy[only],
            self.market_intensity[only],
            {name: cells[only] for name, cells in self.end.items()},
            None,
        )


def run(
    rates: Rates,
    start: Mapping[str, Array],
    first: int,
    last: int,
    on_year: Callable[[int], None] = lambda year: None,
    over_fields: bool = False,
) -> Run:
    """Carry the start population from the count of `first` to the count of `last`.

    `start` maps each stage to persons in (draw, clock, age, sex, field); `on_year` is told each
    year that is done. With `over_fields` stocks and flows are kept as sums over the fields, which
    takes a sixth of the memory and a part of the time.
    """
    book = rates.rulebook
    layout = Layout(book)
    years = tuple(range(first, last + 1))
    people = layout.gathered(start)
    draws, _, cells = people.shape
    fields = 1 if over_fields else len(book.fields)
    kept = cells // len(book.fields) * fields
    stock = np.empty((len(years), draws, len(book.stages), kept)).swapaxes(0, 1)
    flow, april = no_moves(book, (draws, len(years), len(book.pairs), kept))
    # no pair is of April and of the rest of the year, so one array has the moves between two counts
    moving = np.empty((draws, len(book.pairs), cells)) if over_fields else None
    places = {(rule.name, source, target): k for k, (rule, source, target) in enumerate(book.pairs)}
    markets = {name: j for j, name in enumerate(r.name for r in book.rules if r.kind == "posts")}
    vacancy = np.full((draws, len(years), len(markets), len(book.fields) + 1), np.nan)
    tightness = np.full_like(vacancy, np.nan)
    owed: dict[int, Array] = {}
    clearings: dict[int, Clearing] = {}
    steps = _LaidOut(layout)
    count: Count | None = None
    stock[:, 0] = _kept(layout.over_clock(people), kept)
    for i, year in enumerate(years[:-1]):
        table = rates.between(year, count)
        if moving is None:
            before, after = flow[:, i], flow[:, i + 1]
        else:
            moving[...] = 0.0
            before = after = moving
        steps.apply("hazards", table.hazards, people, before)
        people = layout.a_year_older(people)
        steps.apply("year_end", table.year_end, people, before)
        for move in table.intakes_ending:
            before[:, move.pair] = layout.full(move.amount)[:, 0]
        for move in table.intakes:
            after[:, move.pair] = entrants = layout.full(move.amount)[:, 0]
            people[:, layout.rows[move.target].start] += entrants
        for j, season in enumerate(table.seasons):
            if j not in clearings or not clearings[j].still_holds(season):
                clearings[j] = Clearing(layout, season)
            column = slice(0, -1) if clearings[j].by_field else slice(-1, None)
            result = clearings[j].clear(season, people, after, owed.get(j), year + 1)
            for k, market in enumerate(season.markets):
                vacancy[:, i + 1, markets[market.name], column] = result.places[k]
                tightness[:, i + 1, markets[market.name], column] = result.intensity[k]
            owed[j] = result.owed
        steps.apply("leftovers", table.leftovers, people, after)
        counted = layout.over_clock(people).reshape(draws, -1, *layout.shape)
        stock[:, i + 1] = _kept(counted, kept)
        if moving is not None:
            moved = _kept(moving, kept)
            flow[:, i, ~april], flow[:, i + 1, april] = moved[:, ~april], moved[:, april]
        by_stage = {name: counted[:, j] for name, j in layout.stage.items()}
        count = Count(by_stage, places, partial(last_moves, before, after, april, layout.shape))
        on_year(year + 1)
    return Run(
        book,
        years,
        stock.reshape(*stock.shape[:3], *layout.shape[:2], fields),
        flow.reshape(*flow.shape[:3], *layout.shape[:2], fields),
        vacancy,
        tightness,
        layout.by_stage(people),
        count,
    )


def _kept(cells: Array, number: int) -> Array:
    """So many of the cells, by (draw, stage or pair, cell): all, or sums over the fields."""
    cells = cells.reshape(*cells.shape[:2], number, -1)
    return cells[..., 0] if cells.shape[-1] == 1 else np.einsum("dpkf->dpk", cells)


def no_moves(book: Rulebook, shape: tuple[int, ...]) -> tuple[Array, NDArray[np.bool_]]:
    """No moves yet, NaN where a run knows only a part of the year; and which pairs are of April.

    The shape is (draw, year, pair, ...). A year is one piece of memory, whatever the draws.
    """
    april: NDArray[np.bool_] = np.array(
        [
            rule.kind in ("posts", "leftover") or (rule.kind == "intake" and t is not OUTSIDE)
            for rule, _, t in book.pairs
        ],
        dtype=bool,
    )
    draws, years, *others = shape
    flow = np.zeros((years, draws, *others)).swapaxes(0, 1)
    flow[:, 0, april] = np.nan
    flow[:, -1, ~april] = np.nan
    return flow, april


class _LaidOut:
    """Steps as arrays, laid out again only when the table has others."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[str, tuple[Sequence[Step], list[Moves]]] = {}

    def apply(self, name: str, steps: Sequence[Step], people: Array, flow: Array) -> None:
        """Move people by these steps in turn."""
        if name not in self._known or self._known[name][0] is not steps:
            # the hazards of a year act on all who are there at its start, the others in turn
            groups = [together(steps)] if name == "hazards" and steps else at_once(steps)
            self._known[name] = steps, [Moves(self._layout, group) for group in groups]
        for moves in self._known[name][1]:
            moves.apply(people, flow)


def last_moves(
    before: Array,
    after: Array,
    april: NDArray[np.bool_],
    shape: tuple[int, ...],
    pairs: Sequence[int],
) -> Array:
    """The last moves of some pairs by (draw, pair, age, sex, field)."""
    wanted = np.array(pairs, dtype=np.intp)
    in_april = april[wanted]
    found = before.take(wanted, axis=1)
    if in_april.any():
        found[:, in_april] = after.take(wanted[in_april], axis=1)
    return found.reshape(*found.shape[:2], *shape)
