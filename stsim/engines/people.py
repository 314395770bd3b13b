"""People as columns: who they are, where they are, and every move they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stsim import luck
from stsim.engines.cells import Layout
from stsim.vocabulary import Array

Places = NDArray[np.intp]
Numbers = NDArray[np.int64]
#: Bits of a person's number: the door and the cell through which they came, the place in the cell.
DOOR_BITS, CELL_BITS, PLACE_BITS = 11, 18, 22
#: The door of those who are there from the first day.
THERE_FROM_START = (1 << DOOR_BITS) - 1
#: Places of the columns looked at in one go.
WINDOW = 1 << 16


class TooManyPeopleError(ValueError):
    """More people entered one cell at once than their numbers can tell apart."""


def numbered(year: int, door: int, cells: NDArray[np.integer], counts: Numbers) -> Numbers:
    """Numbers for newcomers: (year, door, cell, place in the cell), so nobody renumbers another.

    `door` is the pair through which they enter, or THERE_FROM_START for those of the first day.
    """
    if len(counts) and counts.max() >= 1 << PLACE_BITS:
        raise TooManyPeopleError(
            f"{counts.max():,} people in one cell are more than {1 << PLACE_BITS:,}; "
            "use a larger persons_per_agent"
        )
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    door_and_cell = ((year << DOOR_BITS | door) << CELL_BITS) + np.repeat(cells, counts)
    return np.asarray((door_and_cell << PLACE_BITS) + place, dtype=np.int64)


def entered(numbers: Numbers) -> tuple[Numbers, Numbers]:
    """The year in which people came and the door through which they did, from their numbers."""
    year_and_door = numbers >> (CELL_BITS + PLACE_BITS)
    return year_and_door >> DOOR_BITS, year_and_door & THERE_FROM_START


@dataclass(frozen=True)
class Window:
    """A stretch of the columns, or some places in them."""

    places: slice | Places

    def at(self, hits: Places) -> Places:
        """Where in the columns the hits within the window are."""
        if isinstance(self.places, slice):
            return np.asarray(hits + self.places.start)
        return np.asarray(self.places[hits])


@dataclass
class Log:
    """Moves in the order in which they happened, as columns in chunks.

    `when` is the time in years: 2030.25 is a quarter into the academic year that begins on
    1 April 2030. `pair` is the place on the results axis, which names rule, source and target;
    `cell` is the (age, sex, field) at the move.
    """

    person: list[Numbers] = field(default_factory=list)
    when: list[NDArray[np.float32]] = field(default_factory=list)
    pair: list[NDArray[np.int16]] = field(default_factory=list)
    cell: list[NDArray[np.int16]] = field(default_factory=list)


class People:
    """Columns of people, moved in groups; those nobody can move any more are kept as counts.

    `cell` is row × width + (age, sex, field), so ageing, rates and counts are look-ups in one
    table; `stage` is the place of their stage, or `nobody` for those who left the model, who stay
    in the columns until the year is over. `held` are persons by (stage, field). Once a year people
    are put in the order of their stages; `strayed` marks those who have moved since.
    """

    def __init__(
        self, layout: Layout, pairs: int, absorbing: Iterable[str], log: Log | None
    ) -> None:
        self.layout, self.log = layout, log
        self.width = int(np.prod(layout.shape))
        self.fields = layout.shape[2]
        self.rows = sum(len(rows) for rows in layout.rows.values())
        self.nobody = len(layout.stage)
        #: The stage of every row, and of a row beyond all for those who left.
        self.stage_of = np.append(
            np.repeat(np.arange(self.nobody), [len(rows) for rows in layout.rows.values()]),
            self.nobody,
        ).astype(np.uint8)
        self._absorbing = np.zeros(self.nobody + 1, dtype=bool)
        self._absorbing[[layout.stage[name] for name in absorbing]] = True
        self._absorbed = np.zeros((self.rows, self.width))
        self._next = self._a_year_on()
        self._pairs = pairs
        self._moved: list[Numbers] = []
        self._astray: list[Places] = []
        self._columns: tuple[NDArray[Any], ...] = (
            np.empty(0, dtype=np.int64), np.empty(0, dtype="<u8"),
            np.empty(0, dtype=np.int32), np.empty(0, dtype=np.uint8),
            np.empty(0, dtype=np.uint8), np.empty(0, dtype=bool),
        )  # fmt: skip
        self.held = np.zeros((self.nobody + 1, self.fields), dtype=np.int64)
        self._show(0)
        self._bounds = [0] * (self.nobody + 1)

    def __len__(self) -> int:
        return len(self.number)

    def _show(self, size: int) -> None:
        """Let the columns be the first `size` places of what is set aside for them."""
        number, own, cell, stage, stage_in_order, strayed = self._columns
        self.number: Numbers = number[:size]
        self.luck: luck.Bits = own[:size]
        self.cell: NDArray[np.int32] = cell[:size]
        self.stage: NDArray[np.uint8] = stage[:size]
        self._stage_in_order: NDArray[np.uint8] = stage_in_order[:size]
        self.strayed: NDArray[np.bool_] = strayed[:size]

    def _a_year_on(self) -> NDArray[np.int32]:
        """Where a year takes every cell: older, longer on the clock; the last ones are open."""
        step = self.layout.shape[1] * self.fields
        cell = np.arange(self.width)
        older = np.where(cell + step < self.width, cell + step, cell)
        longer = np.arange(self.rows + 1)
        for rows in self.layout.rows.values():
            longer[rows.start : rows.stop - 1] += 1
        return (longer[:, None] * self.width + older).astype(np.int32).ravel()

    def of_stages(self, wanted: Sequence[int]) -> Iterator[Window]:
        """Windows of the columns in which everybody of these stages (given in order) stands.

        Others stand there too: those who have moved since people were put in order. A window is
        as long as what is made of it stays in the processor's cache.
        """
        for _, run in groupby(enumerate(wanted), key=lambda place: place[1] - place[0]):
            neighbours = [stage for _, stage in run]
            first, end = self._bounds[neighbours[0]], self._bounds[neighbours[-1] + 1]
            for start in range(first, end, WINDOW):
                yield Window(slice(start, min(start + WINDOW, end)))
        is_wanted = np.zeros(self.nobody + 1, dtype=bool)
        is_wanted[list(wanted)] = True
        astray = np.concatenate([np.empty(0, dtype=np.intp), *self._astray])
        here = is_wanted[self.stage[astray]] & ~is_wanted[self._stage_in_order[astray]]
        if here.any():
            yield Window(astray[here])

    def put_in_order(self) -> None:
        """Put people in the order of their stages, without those who left or are absorbed."""
        order = np.argsort(self.stage, kind="stable")
        self._bounds = np.searchsorted(self.stage[order], np.arange(self.nobody + 1)).tolist()
        size = self._bounds[-1]
        for column in self._columns[:4]:
            column[:size] = column[order[:size]]
        self._show(size)
        self.held[self.nobody] = 0
        self._astray = []
        self.strayed[:] = False
        self._stage_in_order[:] = self.stage

    def enter(self, numbers: Numbers, row: int, inside: NDArray[np.integer]) -> None:
        """Newcomers take their places behind the others, in the cells `inside` a row."""
        self.settle(numbers, row * self.width + inside)

    def settle(self, numbers: Numbers, cells: NDArray[np.integer]) -> None:
        """People take their places behind the others, in cells of any row."""
        size, more = len(self), len(numbers)
        if size + more > len(self._columns[0]):
            room = int(1.25 * (size + more)) + 1024
            self._columns = tuple(
                np.concatenate([old[:size], np.empty(room - size, dtype=old.dtype)])
                for old in self._columns
            )
        self._show(size + more)
        self.number[size:] = numbers
        self.luck[size:] = luck.of(numbers)
        self.cell[size:] = cells
        self.stage[size:] = stage = self.stage_of[cells // self.width]
        self._stage_in_order[size:] = self.nobody
        self._astray.append(np.arange(size, size + more))
        self.strayed[size:] = True
        self._hold(stage, cells, 1)

    def _hold(self, stage: NDArray[np.integer], cells: NDArray[np.integer], sign: int) -> None:
        """Count people into (1) or out of (−1) stages."""
        places = stage.astype(np.intp) * self.fields + cells % self.fields
        counted = np.bincount(places, minlength=self.held.size)
        self.held += sign * counted.reshape(self.held.shape)

    def a_year_passes(self) -> None:
        """Everyone a year older and a year longer on their clock."""
        np.take(self._next, self.cell, out=self.cell)
        self._absorbed = self.layout.a_year_older(self._absorbed[None])[0]

    def move(
        self, who: Places, pair: NDArray[np.integer], row: NDArray[np.integer], when: Array | float
    ) -> None:
        """Move people to cells of a row (`rows`: outside), and write it down."""
        inside = self.cell[who] % self.width
        self.write(self.number[who], pair, inside, when)
        stage = self.stage_of[row]
        absorbed = self._absorbing[stage]
        if absorbed.any():
            np.add.at(self._absorbed, (row[absorbed], inside[absorbed]), 1.0)
            row = np.where(absorbed, self.rows, row)
            stage = self.stage_of[row]
        self._hold(self.stage[who], inside, -1)
        self._hold(stage, inside, 1)
        self.cell[who] = row * self.width + inside
        self.stage[who] = stage
        self._astray.append(who[~self.strayed[who]])
        self.strayed[who] = True

    def write(
        self,
        numbers: Numbers,
        pair: NDArray[np.integer],
        inside: NDArray[np.integer],
        when: Array | float,
    ) -> None:
        """Count moves of this half of the year, and keep them in the log if there is one."""
        self._moved.append(pair.astype(np.int64) * self.width + inside)
        if self.log is not None and len(numbers):
            self.log.person.append(numbers.copy())
            self.log.pair.append(pair.astype(np.int16))
            self.log.cell.append(inside.astype(np.int16))
            self.log.when.append(np.broadcast_to(when, len(numbers)).astype(np.float32))

    def moves(self) -> Numbers:
        """Moves since the last call by (pair, cell)."""
        moved = np.concatenate(self._moved) if self._moved else np.empty(0, dtype=np.int64)
        self._moved = []
        counted = np.bincount(moved, minlength=self._pairs * self.width)
        return counted.reshape(self._pairs, self.width)

    def absorb(self, counts: Numbers) -> Numbers:
        """Take those who are absorbed from the first day out of counts by (row, cell)."""
        absorbed = self._absorbing[self.stage_of[:-1]]
        self._absorbed[absorbed] += counts[absorbed]
        return np.where(absorbed[:, None], 0, counts)

    def counted(self) -> Array:
        """Agents by (row, cell), the absorbed among them."""
        alive = np.bincount(self.cell, minlength=(self.rows + 1) * self.width)
        return alive[: self.rows * self.width].reshape(self.rows, self.width) + self._absorbed
