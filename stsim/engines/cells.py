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


def part(array: Array, places: Index) -> Array:
    """These places along the second axis."""
    return array[:, places] if isinstance(places, slice) else array.take(places, axis=1)


@dataclass(frozen=True)
class Block:
    """Stages that stand one after another and have clocks of one length.

    `rows` are their rows, `places` theirs in the list of stages asked for.
    """

    rows: slice
    places: slice
    years: int

    def of(self, people: Array) -> Array:
        """Their people by (draw, stage, clock, cell), a view."""
        draws, _, cells = people.shape
        return people[:, self.rows].reshape(draws, -1, self.years, cells)


class Layout:
    """Which rows belong to which stage."""

    def __init__(self, book: Rulebook) -> None:
        self.shape = (len(book.ages), len(book.sexes), len(book.fields))
        self.stage = {stage.name: j for j, stage in enumerate(book.stages)}
        ends = np.cumsum([stage.clock_years for stage in book.stages])
        self.rows = {
            stage.name: range(end - stage.clock_years, end)
            for stage, end in zip(book.stages, ends.tolist(), strict=True)
        }
        self._blocks = self.blocks(self.rows)

    def blocks(self, names: Iterable[str]) -> list[Block]:
        """These stages as few blocks, in their order."""
        found: list[Block] = []
        for place, name in enumerate(names):
            rows = self.rows[name]
            first = slice(rows.start, rows.stop), slice(place, place + 1)
            if found and found[-1].rows.stop == rows.start and found[-1].years == len(rows):
                last = found.pop()
                first = (
                    slice(last.rows.start, rows.stop),
                    slice(last.places.start, place + 1),
                )
            found.append(Block(*first, len(rows)))
        return found

    def gathered(self, stages: Mapping[str, Array]) -> Array:
        """One array of the (draw, clock, age, sex, field) of every stage.

        Raises ValueError for a stage in which somebody is less than nobody, or no number.
        """
        for name in self.rows:
            if not (stages[name] >= 0).all() or not np.isfinite(stages[name]).all():
                raise ValueError(f"stage {name}: persons must be numbers from 0 on")
        flats = [flat(stages[name]) for name in self.rows]
        return np.concatenate(flats, axis=1, dtype=float)  # whole numbers too become shares

    def by_stage(self, people: Array) -> dict[str, Array]:
        """The (draw, clock, age, sex, field) of every stage: views into one array."""
        whole = people.reshape(*people.shape[:2], *self.shape)
        return {name: whole[:, rows.start : rows.stop] for name, rows in self.rows.items()}

    def over_clock(self, people: Array, blocks: Sequence[Block] | None = None) -> Array:
        """Persons by (draw, stage, cell), of all stages or of those in some blocks."""
        blocks = self._blocks if blocks is None else blocks
        stages = blocks[-1].places.stop if blocks else 0
        counted = np.empty((len(people), stages, people.shape[2]))
        for block in blocks:
            if block.years == 1:
                counted[:, block.places] = people[:, block.rows]
            else:
                np.add.reduce(block.of(people), axis=2, out=counted[:, block.places])
        return counted

    def a_year_older(self, people: Array) -> Array:
        """Everyone a year older and a year longer on their clock; the last cells are open."""
        _, sexes, fields = self.shape
        age = sexes * fields  # cells of one age
        older = np.empty_like(people)
        older[:, :, :age] = 0.0
        older[:, :, age:] = people[:, :, :-age]
        older[:, :, -age:] += people[:, :, -age:]
        for block in self._blocks:
            if block.years > 1:
                clock = block.of(older)
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
        self._staying = [
            (block, self._stay(list(group.stay.values())[block.places]))
            for block in layout.blocks(group.stay)
        ]

    def _stay(self, shares: Sequence[Array]) -> Array:
        """The share that stays by (draw or 1, stage, clock or 1, cell)."""
        full = np.broadcast_arrays(*(self._layout.full(share) for share in shares))
        return np.stack(full, axis=1)

    def apply(self, people: Array, flow: Array) -> None:
        """Move people, and write down how many in (draw, pair, cell)."""
        by_stage = self._layout.over_clock(people) if self._over_clock else people
        keeping = []
        for moves in self._parts:
            here = moves.here(by_stage if moves.over_clock else people)
            flow[:, moves.pairs] = np.einsum("dmrc,dmrc->dmc", here, moves.chance)
            if moves.keeps_clock:
                keeping.append((moves, here * moves.chance))
        for block, stay in self._staying:
            staying = block.of(people)
            staying *= stay
        for moves, moved in keeping:
            for k, (move, rows) in enumerate(zip(moves.moves, moves.rows, strict=True)):
                shift = self._layout.rows[move.target].start - self._layout.rows[move.source].start
                people[:, rows + shift] += moved[:, k]
        for target, pairs in self._entering.items():
            people[:, self._layout.rows[target].start] += summed(part(flow, pairs), axis=1)


def summed(array: Array, axis: int) -> Array:
    """The sum over an axis, which costs nothing when it has one place."""
    if array.shape[axis] == 1:
        return array.squeeze(axis)
    return np.asarray(np.add.reduce(array, axis=axis))
