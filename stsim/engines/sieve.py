"""Whom a decision may concern: the first byte of a draw rules out almost everybody.

Four decisions share one hash of everybody's luck, a byte each, and every cell has a limit for
each of them: a draw that begins with a greater byte is above the chance. Only those who are left
have the other bits of their draw made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stsim import luck
from stsim.engines.columns import Columns, Places
from stsim.vocabulary import Array

Decision = tuple[int | str, ...]
#: The kind of people in each row of cells.
Kinds = NDArray[np.uint8]
#: Decisions that share a hash.
SHARED = 4


class Asks(Protocol):
    """A decision about people.

    `limit` is the greatest first byte that may be below the chance, by cell; `kinds` are those
    that it may concern.
    """

    limit: luck.Bytes
    kinds: NDArray[np.bool_]


def kinds(table: Array, kind_of: Kinds) -> NDArray[np.bool_]:
    """The kinds of people in whose cells, by (row, cell), a table is not zero."""
    found = np.zeros(int(kind_of.max()) + 1, dtype=bool)
    found[kind_of[table.any(axis=1)]] = True
    return found


def limits(chance: Array) -> luck.Bytes:
    """The greatest first byte of a draw that may be below a chance."""
    return np.minimum(chance * 256.0, 255.0).astype(np.uint8)


@dataclass(frozen=True)
class _Left:
    """Those left by one look: `near` by (decision, person), `first` byte by (person, decision).

    `moves` is how many groups of people had moved; whoever has moved since is left no longer.
    """

    moves: int
    who: Places
    near: NDArray[np.bool_]
    first: luck.Bytes


class _Shared:
    """Up to four decisions that share a hash, and who was left for them so far this year."""

    def __init__(self, asked: Sequence[Asks]) -> None:
        self.size = len(asked)
        self.kinds: NDArray[np.bool_] = np.empty(0, dtype=bool)
        self.key = np.uint64(0)
        self.left: list[_Left] = []
        self._limits: luck.Words = np.zeros(len(asked[0].limit), dtype=np.uint32)
        self._known: list[luck.Bytes | None] = [None for _ in asked]

    def begin(self, asked: Sequence[Asks], key: np.uint64) -> None:
        """Begin a year; limits that are the same as last year are there already."""
        self.key, self.left = key, []
        self.kinds = np.any([asks.kinds for asks in asked], axis=0)
        for place, asks in enumerate(asked):
            if asks.limit is not self._known[place]:
                self._limits.view(np.uint8)[place::SHARED] = asks.limit
                self._known[place] = asks.limit

    def look(self, moves: int, columns: Columns, stretches: Iterable[slice | Places]) -> None:
        """Find who of these people is left after so many groups of people have moved."""
        found = [(np.empty(0, dtype=np.intp), np.empty(0, "<u4"), np.empty(0, "<u4"))]
        for places in stretches:
            first = luck.first_bytes(columns.short[places], self.key)
            limit = self._limits.take(columns.cell[places])
            near = (first <= limit.view(np.uint8)).view("<u4")
            left = np.flatnonzero(near != 0)
            who = left + places.start if isinstance(places, slice) else places[left]
            found.append((who, near[left], first.view("<u4")[left]))
        who, near, four = (np.concatenate(parts) for parts in zip(*found, strict=True))
        by_decision = np.ascontiguousarray(near.view(np.bool_).reshape(-1, SHARED).T)
        self.left.append(_Left(moves, who, by_decision, four.view(np.uint8).reshape(-1, SHARED)))


class Sieve:
    """Decisions that follow each other, each about the people of its moment.

    Everybody is looked at when the first of those that share a hash is taken, and again before
    the others whoever has moved or come in between.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._shared: list[_Shared] = []
        self._where: dict[int, tuple[_Shared, int, np.uint64]] = {}
        #: Those who have moved or come in since the decisions began, in groups; and the last group
        #: that has whoever is in a place, counted from 1.
        self._moved: list[Places] = []
        self._last = np.empty(0, dtype=np.uint16)

    def begin(
        self, decision: Decision, asked: Sequence[Asks], alone: Mapping[str, Asks] | None = None
    ) -> None:
        """Begin a year with these decisions.

        Those who stand `alone` have a hash and a name of their own, so that one more of them
        changes nobody's luck in the others.
        """
        groups = {f"{k}": asked[k : k + SHARED] for k in range(0, len(asked), SHARED)}
        groups |= {name: [asks] for name, asks in (alone or {}).items()}
        if [shared.size for shared in self._shared] != [len(g) for g in groups.values()]:
            self._shared = [_Shared(g) for g in groups.values()]
        self._moved, self._last = [], np.zeros(len(self.columns), dtype=np.uint16)
        self._where = {}
        for shared, (name, group) in zip(self._shared, groups.items(), strict=True):
            shared.begin(group, luck.key(*decision, name))
            for place, asks in enumerate(group):
                self._where[id(asks)] = shared, place, luck.key(*decision, name, place)

    def moved(self, who: Places) -> None:
        """Remember people who have moved or come in."""
        new = len(self.columns) - len(self._last)
        if new:
            self._last = np.concatenate([self._last, np.zeros(new, dtype=np.uint16)])
        self._moved.append(who)
        self._last[who] = len(self._moved)

    def concerned(self, asks: Asks) -> tuple[Places, Array]:
        """Whom a decision may concern now, and what they draw, between 0 and 1."""
        shared, place, key = self._where[id(asks)]
        self._look(shared)
        found, first = [], []
        for left in shared.left:
            hit = np.flatnonzero(left.near[place])
            who = left.who[hit]
            if left.moves < len(self._moved):
                still = np.flatnonzero(self._last[who] <= left.moves)
                hit, who = hit[still], who[still]
            found.append(who)
            first.append(left.first[hit, place])
        return self._drawn(np.concatenate(found), np.concatenate(first), key)

    def _look(self, shared: _Shared) -> None:
        """Look at everybody, or at those who have moved since, each where they are now."""
        moves = len(self._moved)
        if not shared.left:
            shared.look(moves, self.columns, self.columns.windows(shared.kinds))
        elif shared.left[-1].moves < moves:
            before = shared.left[-1].moves
            last = [
                who[self._last[who] == move]
                for move, who in enumerate(self._moved[before:], before + 1)
            ]
            who = np.concatenate(last)
            concerned = shared.kinds[self.columns.kinds(who)]
            shared.look(moves, self.columns, [who[concerned]])

    def everybody(self, asks: Asks) -> tuple[Places, Array]:
        """The same for a decision whose limit has changed since everybody was looked at."""
        shared, place, key = self._where[id(asks)]
        found, drawn = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.uint8)]
        for window in self.columns.windows(asks.kinds):
            first = luck.first_bytes(self.columns.short[window], shared.key)[place::SHARED]
            hit = np.flatnonzero(first <= asks.limit.take(self.columns.cell[window]))
            found.append(hit + window.start)
            drawn.append(first[hit])
        return self._drawn(np.concatenate(found), np.concatenate(drawn), key)

    def _drawn(self, who: Places, first: luck.Bytes, key: np.uint64) -> tuple[Places, Array]:
        return who, luck.begun(first, luck.draw(self.columns.luck[who], key))
