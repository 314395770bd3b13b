"""Who arrives when in a race for posts: E / weight with E ~ Exp(1), for everybody in every line.

A line is a market, or the part of it that is reserved for a group. Only those who arrive early
enough to have a chance are put in it: who is hired does not depend on how early that is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stsim import luck
from stsim.engines.columns import Places
from stsim.engines.people import Numbers
from stsim.engines.sieve import Decision, Kinds, Sieve, kinds
from stsim.vocabulary import Array

#: A line is looked at up to so many times the last intensity, and further where few were hired;
#: up to so many times that where it was not enough.
REACH, WIDER = 1.3, 3.0
#: Beyond this all who have a weight are looked at.
FOR_EVER = 1e6


class Line:
    """The weights of all cells in one line, and up to which time it has to be looked at.

    `weight` is by (row, cell). A line lives as long as its weights stay the same: the times of last
    year say how far to look. `last` and `reach` are by row (field, or one for all).
    """

    def __init__(self, weight: Array, rows: int, kind_of: Kinds) -> None:
        self.weight, self._shape = weight.ravel(), weight.shape
        self.rows = rows
        self.kinds = kinds(weight, kind_of)
        #: The arrival time of the last hired, not a number before the first year; and how many.
        self.last = np.full(rows, np.nan)
        self.hired = np.zeros(rows)
        self.reach = np.zeros(rows)
        self.limit: luck.Bytes = np.empty(0, dtype=np.uint8)
        self._rows = np.flatnonzero(weight.any(axis=1))
        with np.errstate(divide="ignore"):
            inverse = 1.0 / weight[self._rows]
        self._inverse = inverse.reshape(len(self._rows), weight.shape[1] // rows, rows)

    def guess(self, places: Array, weight: Array) -> None:
        """Guess the first times: places over the weight of all candidates."""
        self.hired = np.maximum(places, 1.0)
        self.last = self.hired / np.maximum(weight, 1e-300)

    def look(self) -> None:
        """Set how far to look this year; as far as last year while that will do."""
        ahead = self.last * (REACH + 3.0 / np.sqrt(np.maximum(self.hired, 1.0)))
        if not ((self.reach <= 3 * ahead) & (ahead <= 1.2 * self.reach)).all():
            self._up_to(ahead)

    def look_further(self) -> None:
        """Look further than was enough so far."""
        self._up_to(self.reach * WIDER)

    def ended(self, last: Array, hired: Array | Numbers) -> None:
        """Remember how far it was to the last hired, and how many they were."""
        self.last = np.where(last > 0, last, self.last)
        self.hired = np.where(last > 0, hired, self.hired)

    def _up_to(self, reach: Array) -> None:
        self.reach = np.where((reach > 0) & (reach < FOR_EVER), reach, np.inf)
        # x / (1 + x/2) is a little more than 1 − exp(−x), the chance to arrive by then
        before = self._inverse / np.minimum(self.reach, 1e300)
        before += 0.5
        np.divide(256.0, before, out=before)
        np.minimum(before, 255.0, out=before)
        limit = np.zeros(self._shape, dtype=np.uint8)
        limit[self._rows] = before.reshape(len(self._rows), self._shape[1])
        self.limit = limit.ravel()


@dataclass
class _Queue:
    """People of one line in the order of rows and arrival; `begins` where each row begins."""

    who: Places
    row: Places
    time: Array
    begins: Places


class Arrivals:
    """The candidates of one season, in the order in which they arrive in every line."""

    def __init__(self, sieve: Sieve, applies: Array | None, decision: Decision) -> None:
        self._columns, self._sieve = sieve.columns, sieve
        self._applies, self._key = applies, luck.key(*decision, "applies")
        self._taken = np.zeros(len(self._columns), dtype=bool)
        self._queues: dict[int, _Queue] = {}

    def earliest(self, line: Line, wanted: Numbers) -> tuple[Places, Places, Array]:
        """Take the earliest of those still free in a line, as many as wanted in each row.

        Returns who they are, their rows, and the time of the last in each row, 0 if there is none.
        """
        if id(line) not in self._queues:
            self._queues[id(line)] = self._queue(line, *self._sieve.concerned(line))
        while True:
            queue = self._queues[id(line)]
            free = ~self._taken[queue.who]
            so_far = np.concatenate([[0], np.cumsum(free)])
            before = so_far[queue.begins]
            enough = (before[1:] - before[:-1] >= wanted) | np.isinf(line.reach)
            if enough.all():
                break
            line.look_further()
            self._queues[id(line)] = self._queue(line, *self._sieve.everybody(line))
        last = (before[:-1] + np.maximum(wanted, 0))[queue.row]
        chosen = np.flatnonzero(free & (so_far[1:] <= last))
        who, row = queue.who[chosen], queue.row[chosen]
        time = np.zeros(line.rows)
        time[row] = queue.time[chosen]  # the last of each row stays
        self._taken[who] = True
        return who, row, time

    def _queue(self, line: Line, who: Places, drawn: Array) -> _Queue:
        """Put those who apply and arrive within reach in their order."""
        cell = self._columns.cell[who]
        with np.errstate(divide="ignore"):
            time = -np.log1p(-drawn) / line.weight[cell]
        row = cell % line.rows
        early = (time <= line.reach[row]) & (time < np.inf)
        if self._applies is not None:
            chance = luck.uniform(luck.draw(self._columns.luck[who], self._key))
            early &= chance < self._applies[cell]
        found = np.flatnonzero(early)
        found = found[np.argsort(time[found])]
        if line.rows > 1:
            found = found[np.argsort(row[found].astype(np.uint16), kind="stable")]
        row = row[found]
        begins = np.searchsorted(row, np.arange(line.rows + 1))
        return _Queue(who[found], row, time[found], begins)
