"""Everyone: who they are, where they are, and every move they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stsim import luck
from stsim.engines.cells import Layout
from stsim.engines.columns import WINDOW, Cells, Columns, Places
from stsim.vocabulary import OUTSIDE, Array, Rulebook

Numbers = NDArray[np.int64]
#: Bits of a person's number: the door and the cell through which they came, the place in the cell.
DOOR_BITS, CELL_BITS, PLACE_BITS = 11, 18, 22
#: The door of those of the first day, beyond all pairs.
THERE_FROM_START = (1 << DOOR_BITS) - 1


class TooManyPeopleError(ValueError):
    """More people entered one cell at once than their numbers can tell apart."""


def numbered(year: int, door: int, cells: NDArray[np.integer], counts: Numbers) -> Numbers:
    """Numbers for newcomers: (year, door, cell, place in the cell), so nobody renumbers another.

    `door` is the pair through which they enter, or THERE_FROM_START.
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
    """Everyone, moved in groups, and what has been counted of their moves.

    `kind_of` is the kind of people in every row of cells; those of the kind beyond all are only
    counted: they have left, or come to a stage that nobody leaves.
    """

    def __init__(
        self,
        layout: Layout,
        book: Rulebook,
        kinds: Mapping[str, int],
        log: Log | None,
    ) -> None:
        self.layout, self.log = layout, log
        self.width = int(np.prod(layout.shape))
        self.fields = layout.shape[2]
        self.rows = sum(len(rows) for rows in layout.rows.values())
        #: Where a year takes every cell: older, longer on the clock.
        self.next = self._a_year_on()
        self._last_kind = max(kinds.values(), default=-1) + 1
        self.kind_of = np.full(self.rows + 1, self._last_kind, dtype=np.uint8)
        for name, kind in kinds.items():
            rows = layout.rows[name]
            self.kind_of[rows.start : rows.stop] = kind
        self.columns = Columns(self._last_kind, self.rows * self.width)
        self._only_counted = np.zeros(len(self.next))
        self._pairs = len(book.pairs)
        self._moved: list[Numbers] = []
        self._held = np.zeros((len(book.stages), self.fields))
        #: What a move does to the number of people in every stage, (stage, pair).
        self._change = np.zeros((len(book.stages), self._pairs))
        for k, (_, source, target) in enumerate(book.pairs):
            for stage, sign in ((source, -1), (target, 1)):
                if stage is not OUTSIDE:
                    self._change[layout.stage[stage.name], k] += sign
        self._by_field = np.zeros(self._pairs * self.fields, dtype=np.int64)
        self._field = np.tile(np.arange(self.fields), self.width // self.fields)

    def _a_year_on(self) -> Cells:
        """Where a year takes every cell; the last ages and years on a clock are open."""
        step = self.layout.shape[1] * self.fields
        cell = np.arange(self.width)
        older = np.where(cell + step < self.width, cell + step, cell)
        longer = np.arange(self.rows + 1)
        for rows in self.layout.rows.values():
            longer[rows.start : rows.stop - 1] += 1
        return (longer[:, None] * self.width + older).ravel()

    @property
    def held(self) -> Array:
        """Agents by (stage, field)."""
        moved = self._by_field.reshape(self._pairs, self.fields)
        return np.asarray(self._held + self._change @ moved)

    def settle(self, counts: Numbers, year: int) -> None:
        """People of the first day, by (row, cell)."""
        by_field = counts.reshape(self.rows, -1, self.fields).sum(axis=1)
        for name, rows in self.layout.rows.items():
            self._held[self.layout.stage[name]] = by_field[rows.start : rows.stop].sum(axis=0)
        cells = np.flatnonzero(counts)
        counts = counts.ravel()[cells]
        own = luck.of(numbered(year, THERE_FROM_START, cells, counts))
        cells = np.repeat(cells, counts)
        self.columns.make_room(2 * len(own))
        self._place(own, cells, self.kind_of[cells // self.width])

    def enter(
        self, numbers: Numbers, pair: NDArray[np.integer], cells: Cells, when: float
    ) -> Places:
        """Let newcomers in through these pairs, and write it down; returns their places."""
        row, own = cells // self.width, luck.of(numbers)
        self._write(own, pair, cells - row * self.width, when)
        return self._place(own, cells, self.kind_of[row])

    def _place(self, own: luck.Bits, cells: Cells, kinds: NDArray[np.uint8]) -> Places:
        """Give people the places of their kinds; those of the last kind are counted."""
        found = []
        for kind in np.flatnonzero(np.bincount(kinds)).tolist():
            alike = np.flatnonzero(kinds == kind)
            if kind == self._last_kind:
                np.add.at(self._only_counted, cells[alike], 1.0)
            else:
                found.append(self.columns.place(kind, own[alike], cells[alike]))
        return np.concatenate([np.empty(0, dtype=np.intp), *found])

    def a_year_passes(self) -> None:
        """Everyone a year older and a year longer on their clock."""
        cell = self.columns.cell
        for start in range(0, len(cell), WINDOW):
            cell[start : start + WINDOW] = self.next.take(cell[start : start + WINDOW])
        cells = np.flatnonzero(self._only_counted)
        counted = self._only_counted[cells]
        self._only_counted[cells] = 0.0
        np.add.at(self._only_counted, self.next[cells], counted)

    def move(
        self,
        who: Places,
        pair: NDArray[np.integer],
        row: NDArray[np.integer],
        when: Array | float,
    ) -> Places:
        """Move people to the same (age, sex, field) of another row, and write it down.

        The row beyond all is outside. Returns the places of those who may move again.
        """
        columns = self.columns
        before = columns.cell[who]
        left = before // self.width
        inside = before - left * self.width
        own = None if self.log is None else columns.luck[who]
        self._write(own, pair, inside, when)
        cell, kind = row * self.width + inside, self.kind_of[row]
        stays = kind == self.kind_of[left]
        columns.cell[who] = cell
        going = np.flatnonzero(~stays)
        changing = who[going]
        own = columns.luck[changing]
        columns.leave(changing)
        return np.concatenate([who[stays], self._place(own, cell[going], kind[going])])

    def _write(
        self,
        own: luck.Bits | None,
        pair: NDArray[np.integer],
        inside: Cells,
        when: Array | float,
    ) -> None:
        """Count moves of this half of the year, and keep them in the log if there is one."""
        self._moved.append(pair * self.width + inside)
        by_field = pair * self.fields + self._field.take(inside)
        self._by_field += np.bincount(by_field, minlength=len(self._by_field))
        if self.log is not None and own is not None:
            self.log.person.append(luck.whose(own))
            self.log.pair.append(pair.astype(np.int16))
            self.log.cell.append(inside.astype(np.int16))
            self.log.when.append(np.full(len(inside), when, dtype=np.float32))

    def moves(self) -> Numbers:
        """Moves since the last call by (pair, cell)."""
        moved = np.concatenate([np.empty(0, dtype=np.int64), *self._moved])
        self._moved = []
        counted = np.bincount(moved, minlength=self._pairs * self.width)
        return counted.reshape(self._pairs, self.width)

    def counted(self) -> Array:
        """Agents by (row, cell), also those who are only counted."""
        alive = np.bincount(self.columns.cell, minlength=len(self._only_counted))
        everybody = (alive + self._only_counted).reshape(self.rows + 1, self.width)
        return np.asarray(everybody[:-1])
