"""The stock engine: expected numbers of people in every cell, year by year.

Arrays are (draw, clock, age, sex, field) for each stage. It sees a table of rates and nothing
of the rules, levers or parameters behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from stsim.engines.market import clear
from stsim.rates import Market, Rates, Step, TableSeason
from stsim.vocabulary import OUTSIDE, Array, Count, Rulebook


@dataclass(frozen=True)
class Run:
    """The raw result of an engine: plain arrays, labelled by `results.label`.

    - `stock`: (draw, time, stage, age, sex, field), persons on 1 May
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


def run(
    rates: Rates,
    start: Mapping[str, Array],
    first: int,
    last: int,
    on_year: Callable[[int], None] = lambda year: None,
) -> Run:
    """Carry the start population from the count of `first` to the count of `last`.

    `start` maps each stage to persons in (draw, clock, age, sex, field); `on_year` is told each
    year that is done.
    """
    book = rates.rulebook
    pairs = book.pairs
    draws = next(iter(start.values())).shape[0]
    cell = (len(book.ages), len(book.sexes), len(book.fields))
    years = tuple(range(first, last + 1))
    stock = np.empty((draws, len(years), len(book.stages), *cell))
    flow = np.zeros((draws, len(years), len(pairs), *cell))
    april: NDArray[np.bool_] = np.array(
        [
            rule.kind in ("posts", "leftover") or (rule.kind == "intake" and t is not OUTSIDE)
            for rule, _, t in pairs
        ]
    )
    flow[:, 0, april] = np.nan
    flow[:, -1, ~april] = np.nan
    markets = {name: j for j, name in enumerate(r.name for r in book.rules if r.kind == "posts")}
    places = {(rule.name, source, target): k for k, (rule, source, target) in enumerate(pairs)}
    clearings: dict[int, _Clearing] = {}
    vacancy = np.full((draws, len(years), len(markets), len(book.fields) + 1), np.nan)
    tightness = np.full_like(vacancy, np.nan)

    state = {stage.name: np.array(start[stage.name], dtype=float) for stage in book.stages}
    count: Count | None = None
    _count_into(stock[:, 0], state)
    for i, year in enumerate(years[:-1]):
        table = rates.between(year, count)
        before, after = flow[:, i], flow[:, i + 1]
        _move_all(state, table.hazards, before)
        state = {name: _a_year_older(people) for name, people in state.items()}
        _move_all(state, table.year_end, before)
        for move in table.intakes_ending:
            before[:, move.pair] += move.amount[:, 0]
        for move in table.intakes:
            state[move.target][:, 0] += move.amount[:, 0]
            after[:, move.pair] += move.amount[:, 0]
        for j, season in enumerate(table.seasons):
            if j not in clearings or not clearings[j].still_holds(season):
                clearings[j] = _Clearing(season, state)
            _clear(
                clearings[j], season, state, after, vacancy[:, i + 1], tightness[:, i + 1], markets
            )
        _move_all(state, table.leftovers, after)
        _count_into(stock[:, i + 1], state)
        count = Count(state, places, partial(_last_moves, before, after, april))
        on_year(year + 1)
    return Run(book, years, stock, flow, vacancy, tightness, state, count)


def _over_clock(people: Array) -> Array:
    """Persons by (draw, age, sex, field). The bare ufunc: this runs thousands of times a run."""
    return people[:, 0] if people.shape[1] == 1 else np.add.reduce(people, axis=1)


def _count_into(stock: Array, state: Mapping[str, Array]) -> None:
    for j, people in enumerate(state.values()):
        stock[:, j] = _over_clock(people)


def _last_moves(before: Array, after: Array, april: NDArray[np.bool_], pair: int) -> Array:
    return (after if april[pair] else before)[:, pair]


def _a_year_older(people: Array) -> Array:
    """Everyone a year older and a year longer on their clock; the last cells are open."""
    older = np.empty_like(people)
    older[:, :, 0] = 0.0
    older[:, :, 1:] = people[:, :, :-1]
    older[:, :, -1] += people[:, :, -1]
    if people.shape[1] == 1:
        return older
    longer = np.empty_like(older)
    longer[:, 0] = 0.0
    longer[:, 1:] = older[:, :-1]
    longer[:, -1] += older[:, -1]
    return longer


def _move_all(state: dict[str, Array], steps: Sequence[Step], flow: Array) -> None:
    for step in steps:
        here = state[step.source]
        moved = [here * move.amount for move in step.moves]
        for move, people in zip(step.moves, moved, strict=True):
            arriving = _over_clock(people)
            flow[:, move.pair] += arriving
            if move.target == move.source:
                continue
            here -= people
            if move.target == OUTSIDE.name:
                continue
            there = state[move.target]
            if step.keeps_clock:
                there += people
            else:
                there[:, 0] += arriving


class _Clearing:
    """A season laid out for speed: rows clear by themselves, columns are groups of candidates.

    A row is a draw and, unless the season clears over all fields, a field. Within a season
    whether someone is hired depends only on the axes that weights use, so a column stands for
    all cells that differ in the others (clock and sex, as a rule); the people in every cell are
    moved once, at the end.
    """

    def __init__(self, season: TableSeason, state: Mapping[str, Array]) -> None:
        self.markets = season.markets
        if len({market.over_all_fields for market in season.markets}) > 1:
            raise ValueError("markets of one season clear field by field, or all over all fields")
        self.by_field = not season.markets[0].over_all_fields
        people = next(iter(state.values())).shape
        self.height = people[0] * (people[4] if self.by_field else 1)
        shapes = [move.amount.shape for market in season.markets for move in market.candidates]
        used = [any(shape[axis] > 1 for shape in shapes) for axis in range(5)]
        self.unused = tuple(
            a for a in (1, 2, 3, 4) if not used[a] and not (a == 4 and self.by_field)
        )
        self.shapes, self.columns, at = {}, {}, 0
        for name in season.applicants:
            shape = tuple(1 if a in self.unused else n for a, n in enumerate(state[name].shape))
            width = int(np.prod(shape[1:4])) * (1 if self.by_field else shape[4])
            self.shapes[name], self.columns[name] = shape, slice(at, at + width)
            at += width
        self.weights = []
        for market in season.markets:
            of = {move.source: move.amount for move in market.candidates}
            self.weights.append(
                self._rows(
                    {
                        name: np.broadcast_to(of.get(name, 0.0), shape)
                        for name, shape in self.shapes.items()
                    }
                )
            )
        self.eligible = [(weight > 0).astype(float) for weight in self.weights]
        self.guesses: dict[tuple[int, int], Array] = {}

    def still_holds(self, season: TableSeason) -> bool:
        """Whether the same weights apply (the number of posts may differ)."""
        return all(
            a.candidates is b.candidates for a, b in zip(season.markets, self.markets, strict=True)
        )

    def _rows(self, cells: Mapping[str, Array]) -> Array:
        rows = [np.zeros((self.height, 0))]
        for array in cells.values():
            draws, fields = array.shape[0], array.shape[4]
            if self.by_field:
                rows.append(array.transpose(0, 4, 1, 2, 3).reshape(draws * fields, -1))
            else:
                rows.append(array.reshape(draws, -1))
        return np.concatenate(rows, axis=1)

    def rows(self, pools: Mapping[str, Array]) -> Array:
        """Applicants by row and column."""
        return self._rows(
            {
                name: np.add.reduce(pools[name], axis=self.unused, keepdims=True)
                for name in self.shapes
            }
        )

    def cells(self, rows: Array, name: str) -> Array:
        """The columns of one stage back on the axes of its cells."""
        draws, clock, age, sex, fields = self.shapes[name]
        part = rows[:, self.columns[name]]
        if self.by_field:
            return part.reshape(draws, fields, clock, age, sex).transpose(0, 2, 3, 4, 1)
        return part.reshape(draws, clock, age, sex, fields)


def _clear(
    clearing: _Clearing,
    season: TableSeason,
    state: dict[str, Array],
    flow: Array,
    vacancy: Array,
    tightness: Array,
    market_index: Mapping[str, int],
) -> None:
    pools = {name: state[name] * share for name, share in season.applicants.items()}
    applicants = people = clearing.rows(pools)
    draws = flow.shape[0]
    hired_share = [np.zeros_like(people) for _ in season.markets]
    hired_outside = [np.zeros(len(people)) for _ in season.markets]
    total_rate = [np.zeros(len(people)) for _ in season.markets]
    places = [_places(market, state, clearing.by_field) for market in season.markets]
    rows = (draws, len(people) // draws)
    outside_share = [
        np.broadcast_to(market.outside_share[:, 0, 0, 0], rows).reshape(-1)
        for market in season.markets
    ]
    for round_ in range(season.rounds):
        for j in range(len(season.markets)):
            vacant = np.maximum(places[j], 0.0)  # nobody is dismissed for want of a seat
            outside = vacant * outside_share[j]
            weight = clearing.weights[j]
            guess = clearing.guesses.get((round_, j))
            rate, hired = clear(people, weight, vacant - outside, guess, clearing.eligible[j])
            clearing.guesses[round_, j] = rate
            people = people - hired
            hired_share[j] += hired
            hired_outside[j] += outside
            total_rate[j] += rate
            places[j] = places[j] - outside - np.add.reduce(hired, axis=1)
            for k, other in enumerate(season.markets):  # the seats of those who moved are free
                for name, held in () if k == j else other.held_by.items():
                    if name in clearing.columns:
                        left = np.add.reduce(hired[:, clearing.columns[name]], axis=1)
                        places[k] = places[k] + left * _by_row(held * other.part, rows)
    column = slice(0, -1) if clearing.by_field else slice(-1, None)
    for j, market in enumerate(season.markets):
        row = market_index[market.name]
        tightness[:, row, column] = total_rate[j].reshape(draws, -1)
        vacancy[:, row, column] = places[j].reshape(draws, -1)
        share = np.divide(
            hired_share[j], applicants, out=np.zeros_like(applicants), where=applicants > 0
        )
        _hire(market, clearing, share, hired_outside[j].reshape(draws, -1), pools, state, flow)


def _by_row(value: Array, rows: tuple[int, int]) -> Array:
    """A value by draw (and field) for each row of a season."""
    return np.broadcast_to(value[:, 0, 0, 0], rows).reshape(-1)


def _places(market: Market, state: Mapping[str, Array], by_field: bool) -> Array:
    """Places open at the start, by row; negative where there are people above the seats."""
    people = next(iter(state.values()))
    rows = (people.shape[0], people.shape[4] if by_field else 1)
    places = _by_row(market.number, rows)
    axes = (1, 2, 3) if by_field else (1, 2, 3, 4)
    for name, held in market.held_by.items():
        places = places - state[name].sum(axis=axes).reshape(-1) * _by_row(held, rows)
    return places * _by_row(market.part, rows)


def _hire(
    market: Market,
    clearing: _Clearing,
    share: Array,
    outside: Array,
    pools: Mapping[str, Array],
    state: dict[str, Array],
    flow: Array,
) -> None:
    """Move the hired share of every pool, and those from outside, into the market's stage."""
    for move in market.candidates:
        people = pools[move.source] * clearing.cells(share, move.source)
        arriving = _over_clock(people)
        state[move.source] -= people
        if market.keeps_clock:
            state[move.target] += people
        else:
            state[move.target][:, 0] += arriving
        flow[:, move.pair] += arriving
    for move in market.outside:
        people = move.amount[:, 0] * outside[:, None, None]
        state[move.target][:, 0] += people
        flow[:, move.pair] += people
