"""Columns of people, each at a place set aside for people of their kind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from stsim import luck

#: Places in the columns of people.
Places = NDArray[np.intp]
#: Places in tables of cells: row × width + (age, sex, field).
Cells = NDArray[np.intp]
#: Places of the columns looked at in one go: what is made of them stays in the processor's cache.
WINDOW = 1 << 16
#: Places are set aside for one kind of people in pages of so many.
PAGE = 1 << 12


class Columns:
    """Places for people, set aside in pages for people of one kind, so that kinds stand together.

    `cell` is row × width + (age, sex, field); an empty place has the cell `nobody`. Those who come
    take the places of those who have left. Nothing depends on where in the columns people stand.
    """

    def __init__(self, kinds: int, nobody: int) -> None:
        self.nobody = nobody
        self._room = _Room(0)
        self._show(0)
        #: The kind that each page is for.
        self._pages = np.empty(0, dtype=np.uint8)
        self._empty = [np.empty(0, dtype=np.intp) for _ in range(kinds)]
        self._left: list[Places] = []

    def __len__(self) -> int:
        return len(self.cell)

    def _show(self, size: int) -> None:
        """Let the columns be the first places of the room there is."""
        room = self._room
        self.luck, self.short, self.cell = room.luck[:size], room.short[:size], room.cell[:size]

    def windows(self, kinds: NDArray[np.bool_]) -> Iterator[slice]:
        """The stretches in which people of these kinds stand."""
        wanted = np.concatenate([[False], kinds[self._pages], [False]])
        edges = np.flatnonzero(wanted[1:] != wanted[:-1]) * PAGE
        for start, stop in edges.reshape(-1, 2).tolist():
            for first in range(start, stop, WINDOW):
                yield slice(first, min(first + WINDOW, stop))

    def kinds(self, who: Places) -> NDArray[np.uint8]:
        """The kinds that some places are set aside for."""
        return self._pages[who // PAGE]

    def make_room(self, people: int) -> None:
        """Make room for so many people, that later ones seldom need more."""
        self._room = _Room(people, self)
        self._show(len(self))

    def place(self, kind: int, own: luck.Bits, cells: Cells) -> Places:
        """Give people of one kind places."""
        if len(self._empty[kind]) < len(own):
            self._sort_the_empty()
        if len(self._empty[kind]) < len(own):
            self._set_aside(kind, len(own) - len(self._empty[kind]))
        places, self._empty[kind] = self._empty[kind][: len(own)], self._empty[kind][len(own) :]
        self.luck[places], self.short[places], self.cell[places] = own, luck.short(own), cells
        return places

    def leave(self, who: Places) -> None:
        """Let people leave their places."""
        self.cell[who] = self.nobody
        self._left.append(who)

    def _sort_the_empty(self) -> None:
        """Give the places of those who left to the kinds they are set aside for."""
        left = np.concatenate([np.empty(0, dtype=np.intp), *self._left])
        self._left, kinds = [], self.kinds(left)
        for kind, empty in enumerate(self._empty):
            self._empty[kind] = np.concatenate([empty, left[kinds == kind]])

    def _set_aside(self, kind: int, more: int) -> None:
        """Set pages aside for more people of a kind."""
        size, pages = len(self), -(-more // PAGE)
        end = size + pages * PAGE
        if end > len(self._room.cell):
            self.make_room(end + end // 2)
        self._show(end)
        self.luck[size:], self.short[size:], self.cell[size:] = 0, 0, self.nobody
        self._pages = np.concatenate([self._pages, np.full(pages, kind, dtype=np.uint8)])
        self._empty[kind] = np.concatenate([self._empty[kind], np.arange(size, end)])


class _Room:
    """Room for people, in which those of some columns stand already."""

    def __init__(self, size: int, columns: Columns | None = None) -> None:
        self.luck: luck.Bits = np.empty(size, dtype=np.uint64)
        self.short: luck.Words = np.empty(size, dtype=np.uint32)
        self.cell: Cells = np.empty(size, dtype=np.intp)
        if columns is not None:
            self.luck[: len(columns)] = columns.luck
            self.short[: len(columns)] = columns.short
            self.cell[: len(columns)] = columns.cell
