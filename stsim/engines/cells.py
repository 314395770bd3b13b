"""Where people are: one array of cells for all stages, and moves that happen at once.

The array is (draw, row, cell). A row is one year of the clock of one stage, a cell one age, sex
and field. With all stages in one array a step of the year is a few operations on long arrays
instead of hundreds on short ones.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stsim.rates import Move, Step
from stsim.vocabulary import OUTSIDE, Array, Rulebook

#: Places along an axis: a slice, which costs no copy, where they stand one after another.
Index = slice | NDArray[np.intp]


def index(places: Iterable[int]) -> Index:
    """These places along an axis."""
    found = np.array(list(places), dtype=np.intp)
    if len(found) and (np.diff(found) == 1).all():
        return slice(int(found[0]), int(found[-1]) + 1)
    return found


class Layout:
    """Which rows belong to which stage."""

    def __init__(self, book: Rulebook) -> None:
        self.shape = (len(book.ages), len(book.sexes), len(book.fields))
        self.stage = {stage.name: j for j, stage in enumerate(book.stages)}
        self.rows: dict[str, range] = {}
        #: (rows, stages, years of clock) of neighbours with clocks of one length
        self._blocks: list[tuple[slice, slice, int]] = []
        row = j = 0
        for years, alike in groupby(book.stages, key=lambda stage: stage.clock_years):
            names = [stage.name for stage in alike]
            for k, name in enumerate(names):
                self.rows[name] = range(row + k * years, row + (k + 1) * years)
            block = slice(row, row + len(names) * years), slice(j, j + len(names)), years
            self._blocks.append(block)
            row, j = block[0].stop, block[1].stop

    def gathered(self, stages: Mapping[str, Array]) -> Array:
        """One array of the (draw, clock, age, sex, field) of every stage."""
        return np.concatenate([flat(stages[name]) for name in self.rows], axis=1)

    def by_stage(self, people: Array) -> dict[str, Array]:
        """The (draw, clock, age, sex, field) of every stage: views into one array."""
        whole = people.reshape(*people.shape[:2], *self.shape)
        return {name: whole[:, rows.start : rows.stop] for name, rows in self.rows.items()}

    def over_clock(self, people: Array) -> Array:
        """Persons by (draw, stage, cell)."""
        draws, _, cells = people.shape
        counted = np.empty((draws, len(self.stage), cells))
        for rows, stages, years in self._blocks:
            if years == 1:
                counted[:, stages] = people[:, rows]
            else:
                whole = people[:, rows].reshape(draws, -1, years, cells)
                np.add.reduce(whole, axis=2, out=counted[:, stages])
        return counted

    def a_year_older(self, people: Array) -> Array:
        """Everyone a year older and a year longer on their clock; the last cells are open."""
        draws, _, cells = people.shape
        _, sexes, fields = self.shape
        age = sexes * fields  # cells of one age
        older = np.empty_like(people)
        older[:, :, :age] = 0.0
        older[:, :, age:] = people[:, :, :-age]
        older[:, :, -age:] += people[:, :, -age:]
        for rows, _, years in self._blocks:
            if years > 1:
                clock = older[:, rows].reshape(draws, -1, years, cells)
                beyond = clock[:, :, -1].copy()
                clock[:, :, 1:] = clock[:, :, :-1]
                clock[:, :, -1] += beyond
                clock[:, :, 0] = 0.0
        return older

    def full(self, amount: Array) -> Array:
        """An amount on every cell: (draw or 1, clock or 1, cell)."""
        if amount.shape[2:] != self.shape:
            amount = np.broadcast_to(amount, (*amount.shape[:2], *self.shape))
        return flat(amount)


def flat(cells: Array) -> Array:
    """The axes of age, sex and field as one."""
    return cells.reshape(*cells.shape[:-3], math.prod(cells.shape[-3:]))


@dataclass
class Group:
    """Moves that happen at once, each with `keeps_clock`, and the share of each stage that stays.

    The second step of a stage acts on those the first has left, so its chances are of those.
    """

    moves: list[tuple[Move, bool]] = field(default_factory=list)
    stay: dict[str, Array] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)

    def add(self, step: Step) -> None:
        """Put a step behind those already here."""
        here = self.stay.get(step.source, np.ones((1, 1, 1, 1, 1)))
        for move in step.moves:
            stays = move.target == step.source
            chance = replace(move, amount=move.amount * here)
            self.moves.append((chance, step.keeps_clock and not stays))
            if not stays:
                self.entered.add(move.target)
        away = sum(move.amount for move in step.moves if move.target != step.source)
        # a sum of shares may pass one in the last digit
        self.stay[step.source] = here * np.maximum(1.0 - away, 0.0)


def at_once(steps: Sequence[Step]) -> list[Group]:
    """Steps in sequence as groups; one ends before a step on a stage that it lets people enter."""
    groups: list[Group] = []
    for step in steps:
        if not groups or step.source in groups[-1].entered:
            groups.append(Group())
        groups[-1].add(step)
    return groups


def together(steps: Sequence[Step]) -> Group:
    """Steps on the people there at the start, whoever enters, such as the hazards of a year."""
    group = Group()
    for step in steps:
        group.add(step)
    return group


@dataclass(frozen=True)
class _Part:
    """Moves that read equally many rows each, as one multiplication.

    `rows` are those of every move in turn, of people or of people over their clocks; `chance` is
    (draw or 1, move, row, cell).
    """

    moves: tuple[Move, ...]
    rows: tuple[NDArray[np.intp], ...]
    chance: Array
    over_clock: bool
    keeps_clock: bool

    @cached_property
    def pairs(self) -> Index:
        return index([move.pair for move in self.moves])

    @cached_property
    def _all_rows(self) -> NDArray[np.intp]:
        return np.ravel(self.rows)

    def here(self, people: Array) -> Array:
        """Those who may move by (draw, move, row, cell)."""
        return people.take(self._all_rows, axis=1).reshape(len(people), *self.chance.shape[1:])


class Moves:
    """A group of moves laid out as arrays."""

    def __init__(self, layout: Layout, group: Group) -> None:
        self._layout = layout
        alike: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for move, keeps_clock in sorted(group.moves, key=lambda item: item[0].pair):
            stage = layout.rows[move.source]
            chance = layout.full(move.amount)
            over_clock = len(stage) > 1 and chance.shape[1] == 1 and not keeps_clock
            if over_clock:
                rows = np.array([layout.stage[move.source]])
            else:
                chance = np.repeat(chance, len(stage) // chance.shape[1], axis=1)
                used = chance.any(axis=(0, 2))
                rows, chance = np.array(stage)[used], chance[:, used]
            if len(rows):
                alike[len(chance), len(rows), over_clock, keeps_clock].append((move, rows, chance))
        self._parts = []
        for (_, _, over_clock, keeps_clock), found in alike.items():
            moves, rows_read, chances = zip(*found, strict=True)
            chance = np.stack(chances, axis=1)
            self._parts.append(_Part(moves, rows_read, chance, over_clock, keeps_clock))
        self._over_clock = any(part.over_clock for part in self._parts)
        self._entering: dict[str, Index] = {}
        for target in group.entered - {OUTSIDE.name}:
            pairs = [m.pair for m, keeps in group.moves if m.target == target and not keeps]
            if pairs:
                self._entering[target] = index(sorted(pairs))
        self._leaving, self._stay = self._staying(group.stay)

    def _staying(self, shares: Mapping[str, Array]) -> tuple[slice, Array]:
        """The share of every row that stays, from the first to the last that anybody leaves."""
        rows = [self._layout.rows[name] for name in shares]
        first, last = min(r.start for r in rows), max(r.stop for r in rows)
        full = {name: self._layout.full(share) for name, share in shares.items()}
        draws = max(len(share) for share in full.values())
        stay = np.ones((draws, last - first, next(iter(full.values())).shape[2]))
        for name, share in full.items():
            stage = self._layout.rows[name]
            stay[:, stage.start - first : stage.stop - first] = share
        return slice(first, last), stay

    def apply(self, people: Array, flow: Array) -> None:
        """Move people, and write down how many in (draw, pair, cell)."""
        by_stage = self._layout.over_clock(people) if self._over_clock else people
        keeping = []
        for part in self._parts:
            here = part.here(by_stage if part.over_clock else people)
            flow[:, part.pairs] = np.einsum("dmrc,dmrc->dmc", here, part.chance)
            if part.keeps_clock:
                keeping.append((part, here * part.chance))
        people[:, self._leaving] *= self._stay
        for part, moved in keeping:
            for k, (move, rows) in enumerate(zip(part.moves, part.rows, strict=True)):
                shift = self._layout.rows[move.target].start - self._layout.rows[move.source].start
                people[:, rows + shift] += moved[:, k]
        for target, pairs in self._entering.items():
            people[:, self._layout.rows[target].start] += summed(flow[:, pairs], axis=1)


def summed(array: Array, axis: int) -> Array:
    """The sum over an axis, which costs nothing when it has one place."""
    if array.shape[axis] == 1:
        return array.squeeze(axis)
    return np.asarray(np.add.reduce(array, axis=axis))
