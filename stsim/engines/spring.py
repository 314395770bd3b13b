"""1 April in the stock engine: a season of markets, cleared for all who apply at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from stsim.engines.cells import Block, Index, Layout, flat, index, part, summed
from stsim.engines.market import MarketError, Weights, clear
from stsim.rates import Market, TableSeason
from stsim.vocabulary import Array


@dataclass(frozen=True)
class Cleared:
    """The markets of a season after it, by (market, draw, field or one).

    `places` are those left, negative where people are above the seats; `intensity` is the sum over
    the rounds; `owed` (0 or less) is to be taken from the openings of next year.
    """

    places: Array
    intensity: Array
    owed: Array


@dataclass(frozen=True)
class _Candidates:
    """Those of one market: their weights by (draw or 1, field or one, column), and where they are.

    `reserved` are the weights within each group for which places are reserved. `pools` and
    `pairs` are the places of each; `entering` are the pairs of those who come to the first row of a
    stage, by that row.
    """

    weights: Weights
    reserved: tuple[Weights, ...]
    pools: Index
    pairs: Index
    entering: tuple[tuple[int, Index], ...]


@dataclass(frozen=True)
class _Posts:
    """The numbers of a season, by (market, draw or 1, field or one).

    `reserved` are the shares of each market for its groups, by (draw or 1, field or one); `held`
    says how many places of a market each person of one stage in `holders` has, on a last
    axis; `effect` what each hire of one market from a pool does to the places of every market.
    """

    season: TableSeason
    number: Array
    is_openings: Array
    outside_share: Array
    reserved: Sequence[Sequence[Array]]
    holders: Sequence[Block]
    held: Array
    effect: Array


class Clearing:
    """A season laid out for speed: rows clear by themselves, columns are candidates alike.

    Rows are (draw, field), or (draw, one) where the season clears over all fields. Whether someone
    is hired depends only on the axes that weights use, so a column stands for all cells that
    differ in the others (sex, as a rule). Pools are those who apply from each stage, over its
    clock unless the clock matters to who is hired or goes on with the hired.
    """

    def __init__(self, layout: Layout, season: TableSeason) -> None:
        self._layout, self._season = layout, season
        if len({market.over_all_fields for market in season.markets}) > 1:
            raise ValueError("markets of one season clear field by field, or all over all fields")
        self.by_field = not season.markets[0].over_all_fields
        weights = [move.amount for market in season.markets for move in market.candidates]
        weights += [reserve.group for market in season.markets for reserve in market.reserved]
        self._by_clock = any(market.keeps_clock for market in season.markets) or any(
            amount.shape[1] > 1 for amount in (*weights, *season.applicants.values())
        )
        self._lay_out_pools(season)
        #: Axes of a column: pool row, age, sex, field; of length one where weights use them not.
        used = [axis for axis in (2, 3, 4) if any(weight.shape[axis] > 1 for weight in weights)]
        self._used = "".join(
            letter
            for axis, letter in enumerate("asf", start=2)
            if axis in used or (letter == "f" and self.by_field)
        )
        cell = [
            n if letter in self._used else 1 for letter, n in zip("asf", layout.shape, strict=True)
        ]
        self._axes = (self._width, *cell)
        self._per_pool = math.prod(cell[:2] if self.by_field else cell)
        applying = self._by_pool(season.applicants, layout.shape)
        self._applying = None if (applying == 1.0).all() else applying
        self._candidates = [self._candidates_of(market) for market in season.markets]
        self._posts = self._posts_of(season)

    def still_holds(self, season: TableSeason) -> bool:
        """Whether the same weights and applicants apply (the number of posts may differ)."""
        if season is self._posts.season:
            return True
        return season.applicants is self._season.applicants and all(
            market.has_candidates_of(before)
            for market, before in zip(season.markets, self._season.markets, strict=True)
        )

    def clear(
        self,
        season: TableSeason,
        people: Array,
        flow: Array,
        owed: Array | None,
        year: int,
    ) -> Cleared:
        """Fill the posts of a season: move people, and write down how many in (draw, pair, cell).

        `owed` is what the season left to be taken from openings a year ago.
        """
        if self._posts.season is not season:
            self._posts = self._posts_of(season)
        posts = self._posts
        pools = self._read(people).reshape(len(people), self._width, *self._layout.shape)
        if self._applying is not None:
            pools *= self._applying
        columns = np.einsum(f"dpasf->dp{self._used}", pools)  # 4 × faster than a sum
        applicants = self._in_rows(columns.reshape(len(people), *self._axes))
        left = applicants.copy()
        places = self._places(people, posts)
        if owed is not None:
            places += owed
        intensity, outside = np.zeros((2, *places.shape))
        hired = np.zeros((len(places), *left.shape))
        for _ in range(season.rounds):
            for j, candidates in enumerate(self._candidates):
                vacant = np.maximum(places[j], 0.0)  # nobody is dismissed for want of a seat
                from_outside = vacant * posts.outside_share[j]
                inside = vacant - from_outside
                try:
                    taken: Array | float = 0.0
                    for share, group in zip(posts.reserved[j], candidates.reserved, strict=True):
                        first = clear(left, group, inside * share)[1]
                        left -= first
                        taken = taken + first
                    if candidates.reserved:  # what groups left over is for anybody
                        inside = inside - np.add.reduce(taken, axis=-1)
                    rate, others = clear(left, candidates.weights, inside)
                except MarketError as error:
                    raise MarketError(f"market {season.markets[j].name}, {year}: {error}") from None
                left -= others
                taken = others + taken if candidates.reserved else others
                hired[j] += taken
                intensity[j] += rate
                outside[j] += from_outside
                by_pool = taken.reshape(*taken.shape[:2], self._width, self._per_pool)
                places += np.vecdot(posts.effect[j], np.add.reduce(by_pool, axis=3))
                places[j] -= from_outside
        someone = np.maximum(applicants, 1e-300)  # 0 / 0 would be no number
        self._leave(people, left / someone)
        hired /= someone
        for j, market in enumerate(season.markets):
            moved = flat(pools * self._on_cells(hired[j]))
            self._enter(market, self._candidates[j], moved, outside[j], people, flow)
        return Cleared(places, intensity, np.minimum(places, 0.0) * posts.is_openings)

    def _lay_out_pools(self, season: TableSeason) -> None:
        """Say where the pool of each stage stands: one row, or one for each year of its clock."""
        self._blocks = self._layout.blocks(season.applicants)
        self._pools: dict[str, slice] = {}
        self._width = 0
        for name in season.applicants:
            rows = len(self._layout.rows[name]) if self._by_clock else 1
            self._pools[name] = slice(self._width, self._width + rows)
            self._width += rows

    def _read(self, people: Array) -> Array:
        """People of all pools by (draw, pool row, cell)."""
        if self._by_clock:
            return np.concatenate([people[:, block.rows] for block in self._blocks], axis=1)
        return self._layout.over_clock(people, self._blocks)

    def _candidates_of(self, market: Market) -> _Candidates:
        sources = [move.source for move in market.candidates]
        amounts = {move.source: move.amount for move in market.candidates}
        cell = self._axes[1:]
        groups = [reserve.group for reserve in market.reserved]
        if self.by_field and all(a.shape[4] == 1 for a in (*amounts.values(), *groups)):
            cell = (*cell[:2], 1)  # the same for all fields: a sixth of the memory to read
        weight = self._in_rows(self._by_pool(amounts, cell))
        within = [
            self._by_pool({name: amount * group for name, amount in amounts.items()}, cell)
            for group in groups
        ]
        coming = market.outside if market.keeps_clock else (*market.candidates, *market.outside)
        entering = {
            target: index(move.pair for move in coming if move.target == target)
            for target in dict.fromkeys(move.target for move in coming)
        }
        return _Candidates(
            Weights(weight),
            tuple(Weights(self._in_rows(weights)) for weights in within),
            index(self._pools[name].start for name in sources),
            index(move.pair for move in market.candidates),
            tuple((self._layout.rows[name].start, pairs) for name, pairs in entering.items()),
        )

    def _posts_of(self, season: TableSeason) -> _Posts:
        """The numbers of a season, again only when one of them has changed."""
        markets = season.markets
        held_by = [
            {name: _by_row(held * market.part) for name, held in market.held_by.items()}
            for market in markets
        ]
        names = list(dict.fromkeys(chain(*held_by)))
        everything = [value for held in held_by for value in held.values()]
        shape = np.broadcast_shapes((1, 1), *(value.shape for value in everything))
        held = np.zeros((len(markets), *shape, len(names)))
        effect = np.zeros((len(markets), len(markets), *shape, self._width))
        for k, holders in enumerate(held_by):
            for name, value in holders.items():
                held[k, ..., names.index(name)] = value
                if name in self._pools:
                    effect[:, k, ..., self._pools[name]] = value[..., None]
            effect[k, k] = -1.0
        return _Posts(
            season,
            _stacked([_by_row(market.number * market.part) for market in markets]),
            np.array([market.is_openings for market in markets], dtype=float)[:, None, None],
            _stacked([_by_row(market.outside_share) for market in markets]),
            [[_by_row(reserve.share) for reserve in market.reserved] for market in markets],
            self._layout.blocks(names),
            held,
            effect,
        )

    def _by_pool(self, amounts: Mapping[str, Array], cell: tuple[int, ...]) -> Array:
        """Amounts by stage as (draw or 1, pool row, age, sex, field); 0 where there is none."""
        draws = max((len(amount) for amount in amounts.values()), default=1)
        found = np.zeros((draws, self._width, *cell))
        for name, amount in amounts.items():
            found[:, self._pools[name]] = amount
        return found

    def _in_rows(self, pools: Array) -> Array:
        """From (draw, pool row, age, sex, field) to (draw, field or one, column)."""
        if self.by_field:
            pools = pools.transpose(0, 4, 1, 2, 3)
            return pools.reshape(*pools.shape[:2], -1)
        return pools.reshape(len(pools), 1, -1)

    def _on_cells(self, columns: Array) -> Array:
        """From (draw, field or one, column) back to (draw, pool row, age, sex, field)."""
        draws, fields, _ = columns.shape
        if self.by_field:
            return columns.reshape(draws, fields, *self._axes[:3]).transpose(0, 2, 3, 4, 1)
        return columns.reshape(draws, *self._axes)

    def _places(self, people: Array, posts: _Posts) -> Array:
        """Places open at the start by (market, draw, field or one)."""
        holders = self._layout.over_clock(people, posts.holders)
        draws, stages, _ = holders.shape
        cells = holders.reshape(draws, stages, *self._layout.shape)
        heads = np.einsum("dhasf->dfh" if self.by_field else "dhasf->dh", cells)
        heads = heads.reshape(draws, self._layout.shape[2] if self.by_field else 1, stages)
        return np.asarray(posts.number - np.vecdot(posts.held, heads))

    def _leave(self, people: Array, staying: Array) -> None:
        """Take the hired out of their stages; `staying` is the share of those who apply."""
        stay = self._on_cells(staying)
        if self._applying is not None:
            stay = 1.0 - self._applying * (1.0 - stay)
        full = np.empty((*stay.shape[:2], *self._layout.shape))
        full[...] = stay
        full, at = flat(full), 0
        for block in self._blocks:
            of_stages = block.of(people)
            draws, stages, years, cells = of_stages.shape
            rows = stages * years if self._by_clock else stages
            of_stages *= full[:, at : at + rows].reshape(draws, stages, -1, cells)
            at += rows

    def _enter(
        self,
        market: Market,
        candidates: _Candidates,
        moved: Array,
        outside: Array,
        people: Array,
        flow: Array,
    ) -> None:
        """Bring the hired of every pool, and those from outside, into the market's stages."""
        if self._by_clock:
            for move in market.candidates:
                hired = moved[:, self._pools[move.source]]
                flow[:, move.pair] = summed(hired, axis=1)
                if market.keeps_clock:  # whoever had no clock begins at 0
                    first = self._layout.rows[move.target].start
                    people[:, first : first + hired.shape[1]] += hired
        else:
            flow[:, candidates.pairs] = part(moved, candidates.pools)
        for move in market.outside:
            flow[:, move.pair] = flat(move.amount[:, 0] * outside[:, None, None])
        for row, pairs in candidates.entering:
            people[:, row] += summed(part(flow, pairs), axis=1)


def _by_row(value: Array) -> Array:
    """A value by (draw or 1, field or 1)."""
    return value[:, 0, 0, 0]


def _stacked(values: Sequence[Array]) -> Array:
    """Values of one shape, or of length one where they are the same, one after another."""
    return np.stack(np.broadcast_arrays(*values))
