"""Who arrives when in a race for posts: E / weight with E ~ Exp(1), for everybody in every line.

A line is a market, or the part of it that is reserved for a group. Only those who arrive early
enough to have a chance are kept: who is hired does not depend on how early that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from stsim import luck
from stsim.engines.people import People, Places
from stsim.vocabulary import Array

Decision = tuple[int | str, ...]
#: A line is looked at up to so many times the last intensity; later, where that was not enough.
REACH, WIDER = 2.0, 4.0
#: Beyond this all who have a weight are looked at.
FOR_EVER = 1e6


class Line:
    """The weights of all cells in one line, and up to which time it has to be looked at.

    It lives as long as the weights stay the same: the times of last year say how far to look.
    """

    def __init__(self, weight: Array, rows: int) -> None:
        self.weight = weight
        self.rows = rows
        #: The arrival time of the last hired, by row; not a number before the first year.
        self.last = np.full(rows, np.nan)
        self.reach = np.zeros(rows)
        self.limit: luck.Half = np.empty(0, dtype="<u4")

    def look(self) -> None:
        """Set how far to look this year: about twice as far as last year, with little change."""
        enough = (self.last <= self.reach).all() and (self.last * 2 * REACH >= self.reach).all()
        if not enough:
            self._up_to(self.last * REACH)

    def look_further(self) -> None:
        """Look further than was enough so far."""
        self._up_to(self.reach * WIDER)

    def _up_to(self, reach: Array) -> None:
        self.reach = np.where((reach > 0) & (reach < FOR_EVER), reach, np.inf)
        by_cell = np.tile(self.reach, len(self.weight) // self.rows)
        with np.errstate(invalid="ignore"):  # 0 · ∞: those without a weight never arrive
            before = np.nan_to_num(-np.expm1(-self.weight * by_cell))
        self.limit = np.minimum(np.ceil(before * luck.WHOLE), luck.WHOLE - 1).astype("<u4")


class Arrivals:
    """The candidates of one season, in the order in which they arrive in every line."""

    def __init__(
        self,
        people: People,
        stages: Sequence[int],
        lines: Sequence[Line],
        applies: Array | None,
        decision: Decision,
    ) -> None:
        self._people, self._stages, self._lines = people, stages, lines
        self._applies, self._decision = applies, decision
        self._taken = np.zeros(len(people), dtype=bool)
        self._order: list[list[Places]] = [[] for _ in lines]
        self._time: list[list[Array]] = [[] for _ in lines]
        self._last = [np.zeros(line.rows) for line in lines]
        self._sort(range(len(lines)))

    def row_of(self, who: Places, line: int) -> NDArray[np.int64]:
        """The row (field, or one for all) in which people compete."""
        if self._lines[line].rows == 1:
            return np.zeros(len(who), dtype=np.int64)
        return np.asarray(self._people.cell[who] % self._lines[line].rows, dtype=np.int64)

    def earliest(self, line: int, wanted: NDArray[np.int64]) -> Places:
        """Take the earliest of those still free in a line, as many as wanted in each row."""
        found = [np.empty(0, dtype=np.intp)]
        for row in np.flatnonzero(wanted > 0):
            while True:
                order, time = self._order[line][row], self._time[line][row]
                free = np.flatnonzero(~self._taken[order])
                if len(free) >= wanted[row] or np.isinf(self._lines[line].reach[row]):
                    break
                self._lines[line].look_further()
                self._sort([line])
            free = free[: wanted[row]]
            if len(free):
                self._taken[order[free]] = True
                self._last[line][row] = max(self._last[line][row], time[free[-1]])
                found.append(order[free])
        return np.concatenate(found)

    def end(self, line: int) -> Array:
        """The arrival times of the last who were taken, for next year and for the results."""
        self._lines[line].last = self._last[line]
        return self._last[line]

    def _sort(self, numbers: Iterable[int]) -> None:
        """Find who arrives in these lines within reach, and sort them by row and time."""
        numbers = list(numbers)
        nobody = np.empty(0, dtype=np.intp), np.empty(0, dtype="<u4")
        found: dict[int, list[tuple[Places, luck.Half]]] = {k: [nobody] for k in numbers}
        keys = [luck.key(*self._decision, half) for half in range((len(self._lines) + 1) // 2)]
        for window in self._people.of_stages(self._stages):
            own, cell = self._people.luck[window.places], self._people.cell[window.places]
            for half in sorted({k // 2 for k in numbers}):
                both = luck.halves(luck.draw(own, keys[half]))
                for k in found.keys() & {2 * half, 2 * half + 1}:
                    draws = both[k % 2]
                    hit = np.flatnonzero(draws <= self._lines[k].limit.take(cell))
                    found[k].append((window.at(hit), draws[hit]))
        for k in numbers:
            who, draws = (np.concatenate(parts) for parts in zip(*found[k], strict=True))
            if self._applies is not None:
                key = luck.key(*self._decision, "applies")
                chance = luck.uniform(luck.draw(self._people.luck[who], key))
                applying = chance < self._applies[self._people.cell[who]]
                who, draws = who[applying], draws[applying]
            line, cell = self._lines[k], self._people.cell[who]
            row = self.row_of(who, k)
            # bits of their own below the 32 drawn, so that no two arrive at once
            finer = luck.uniform(
                luck.draw(self._people.luck[who], luck.key(*self._decision, "finer"))
            )
            with np.errstate(divide="ignore"):
                time = -np.log1p(-(draws + finer) / luck.WHOLE) / line.weight[cell]
            early = np.flatnonzero((time <= line.reach[row]) & (time < np.inf))
            early = early[np.argsort(time[early])]
            early = early[np.argsort(row[early].astype(np.uint8), kind="stable")]
            ends = np.cumsum(np.bincount(row[early], minlength=line.rows))[:-1]
            self._order[k] = np.split(who[early], ends)
            self._time[k] = np.split(time[early], ends)
