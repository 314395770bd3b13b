"""1 April in the stock engine: a season of markets, cleared for all who apply at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from stsim.engines.cells import Index, Layout, flat, index, summed
from stsim.engines.market import MarketError, Weights, clear
from stsim.rates import Market, TableSeason
from stsim.vocabulary import Array


@dataclass
class Cleared:
    """What a market has done so far in its season, by (draw, field or one).

    `places` are those left, negative where there are people above the seats. By round: the
    `intensities`, the hired from `outside` and those from the `columns` of candidates.
    """

    market: Market
    places: Array
    outside_share: Array
    intensities: list[Array] = field(default_factory=list)
    outside: list[Array] = field(default_factory=list)
    columns: list[Array] = field(default_factory=list)

    def seat(self, stage: str) -> Array:
        """The places that someone of a stage leaves to this market, by (draw, field or one)."""
        return (self.market.held_by[stage] * self.market.part)[:, 0, 0, 0]

    @property
    def intensity(self) -> Array:
        """The sum over the rounds."""
        return sum(self.intensities[1:], start=self.intensities[0])


@dataclass(frozen=True)
class _Post:
    """What a market's candidates have in common in every year with the same weights.

    `weights` are by (draw or 1, field or one, column); `vacated` names the seats its hired leave:
    the place of another market, the stage and its columns; `pools` and `pairs` are the places of
    its candidates; `entering` are the pairs that come to the first row of a stage.
    """

    weights: Weights
    vacated: tuple[tuple[int, str, slice], ...]
    pools: Index
    pairs: Index
    entering: tuple[tuple[int, Index], ...]


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
        self._axes = (len(self._rows), *cell)
        applying = self._by_pool(season.applicants, layout.shape)
        self._applying = None if (applying == 1.0).all() else applying
        self._posts = [self._post(market) for market in season.markets]

    def still_holds(self, season: TableSeason) -> bool:
        """Whether the same weights and applicants apply (the number of posts may differ)."""
        return season.applicants is self._season.applicants and all(
            a.candidates is b.candidates
            for a, b in zip(season.markets, self._season.markets, strict=True)
        )

    def clear(
        self,
        season: TableSeason,
        people: Array,
        flow: Array,
        owed: Mapping[str, Array],
        year: int,
    ) -> list[Cleared]:
        """Fill the posts of a season: move people, and write down how many in (draw, pair, cell).

        `owed` (0 or less) is taken from this year's openings of a market.
        """
        here = self._layout.over_clock(people) if self._over_clock else people
        pools = here.take(self._rows, axis=1).reshape(len(people), -1, *self._layout.shape)
        if self._applying is not None:
            pools *= self._applying
        columns = np.einsum(f"dpasf->dp{self._used}", pools)  # 4 × faster than a sum
        applicants = left = self._in_rows(columns.reshape(len(people), *self._axes))
        results = [self._opened(market, people, owed) for market in season.markets]
        for _ in range(season.rounds):
            for post, result in zip(self._posts, results, strict=True):
                vacant = np.maximum(result.places, 0.0)  # nobody is dismissed for want of a seat
                outside = vacant * result.outside_share
                try:
                    intensity, hired = clear(left, post.weights, vacant - outside)
                except MarketError as error:
                    raise MarketError(f"market {result.market.name}, {year}: {error}") from None
                left = left - hired
                result.places -= outside
                result.places -= np.add.reduce(hired, axis=-1)
                for other, name, vacated in post.vacated:
                    left_behind = np.add.reduce(hired[..., vacated], axis=-1)
                    results[other].places += left_behind * results[other].seat(name)
                result.intensities.append(intensity)
                result.outside.append(outside)
                result.columns.append(hired)
        someone = np.where(applicants > 0, applicants, 1.0)
        self._leave(people, left / someone)
        for post, result in zip(self._posts, results, strict=True):
            share = sum(result.columns[1:], start=result.columns[0]) / someone
            self._enter(post, result, flat(pools * self._on_cells(share)), people, flow)
        return results

    def _lay_out_pools(self, season: TableSeason) -> None:
        """Say which rows of people (or of people over their clocks) stand in which pool."""
        layout = self._layout
        stages = [layout.rows[name] for name in season.applicants]
        self._over_clock = not self._by_clock and any(len(stage) > 1 for stage in stages)
        self._pools: dict[str, range] = {}
        rows: list[int] = []
        for name in season.applicants:
            pool = [layout.stage[name]] if self._over_clock else layout.rows[name]
            self._pools[name] = range(len(rows), len(rows) + len(pool))
            rows += pool
        self._rows = np.array(rows, dtype=np.intp)
        first = min((stage.start for stage in stages), default=0)
        self._span = slice(first, max((stage.stop for stage in stages), default=0))
        #: The pool of every row within the span; one beyond the last for stages without a pool.
        self._pool_of_row = np.full(self._span.stop - self._span.start, len(rows))
        for stage, pool in zip(stages, self._pools.values(), strict=True):
            self._pool_of_row[np.array(stage) - self._span.start] = pool

    def _post(self, market: Market) -> _Post:
        sources = [move.source for move in market.candidates]
        weight = self._in_rows(
            self._by_pool({m.source: m.amount for m in market.candidates}, self._axes[1:])
        )
        width = int(np.prod(self._axes[1:3] if self.by_field else self._axes[1:]))
        vacated = tuple(
            (k, name, slice(self._pools[name].start * width, self._pools[name].stop * width))
            for k, other in enumerate(self._season.markets)
            if other.name != market.name
            for name in sources
            if name in other.held_by
        )
        coming = market.outside if market.keeps_clock else (*market.candidates, *market.outside)
        entering = {
            target: index(move.pair for move in coming if move.target == target)
            for target in dict.fromkeys(move.target for move in coming)
        }
        return _Post(
            Weights(weight),
            vacated,
            index(self._pools[name].start for name in sources),
            index(move.pair for move in market.candidates),
            tuple((self._layout.rows[name].start, pairs) for name, pairs in entering.items()),
        )

    def _by_pool(self, amounts: Mapping[str, Array], cell: tuple[int, ...]) -> Array:
        """Amounts by stage as (draw or 1, pool row, age, sex, field); 0 where there is none."""
        draws = max((len(amount) for amount in amounts.values()), default=1)
        found = np.zeros((draws, len(self._rows), *cell))
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

    def _opened(self, market: Market, people: Array, owed: Mapping[str, Array]) -> Cleared:
        """A market with its places at the start; negative where people are above the seats."""
        draws, fields = len(people), self._layout.shape[2]
        number = market.number[:, 0, 0, 0]
        if market.is_openings:
            number = number + owed.get(market.name, 0.0)
        for name, seat in market.held_by.items():
            stage = self._layout.rows[name]
            held = summed(people[:, stage.start : stage.stop], axis=1)
            by_field = np.einsum("dcf->df", held.reshape(draws, -1, fields))
            here = by_field if self.by_field else by_field.sum(1, keepdims=True)
            number = number - here * seat[:, 0, 0, 0]
        places = np.zeros((draws, fields if self.by_field else 1))
        places += number * market.part[:, 0, 0, 0]
        return Cleared(market, places, market.outside_share[:, 0, 0, 0])

    def _leave(self, people: Array, staying: Array) -> None:
        """Take the hired out of their stages; `staying` is the share of those who apply."""
        stay = self._on_cells(staying)
        if self._applying is not None:
            stay = 1.0 - self._applying * (1.0 - stay)
        draws, pools = stay.shape[:2]
        full = np.ones((draws, pools + 1, *self._layout.shape))  # the last: stages without a pool
        full[:, :pools] = stay
        people[:, self._span] *= flat(full).take(self._pool_of_row, axis=1)

    def _enter(
        self, post: _Post, result: Cleared, hired: Array, people: Array, flow: Array
    ) -> None:
        """Bring the hired of every pool, and those from outside, into the market's stages."""
        if self._by_clock:
            for move in result.market.candidates:
                pool, target = self._pools[move.source], self._layout.rows[move.target]
                moved = hired[:, pool.start : pool.stop]
                flow[:, move.pair] = summed(moved, axis=1)
                if result.market.keeps_clock:
                    people[:, target.start : target.stop] += moved
        else:
            flow[:, post.pairs] = hired[:, post.pools]
        outside = sum(result.outside[1:], start=result.outside[0])[:, None, None]
        for move in result.market.outside:
            flow[:, move.pair] = flat(move.amount[:, 0] * outside)
        for row, pairs in post.entering:
            people[:, row] += summed(flow[:, pairs], axis=1)
