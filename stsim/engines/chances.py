"""Steps of the year for individuals: one draw says whether somebody moves and where to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from stsim import luck
from stsim.engines.cells import Group, Layout, at_once
from stsim.engines.columns import Cells
from stsim.engines.people import People
from stsim.engines.sieve import Decision, Kinds, Sieve, kinds, limits
from stsim.rates import Move, Step
from stsim.vocabulary import OUTSIDE, Array


class Chances:
    """Moves that happen at once, laid out as tables over all cells.

    Somebody moves who draws less than the sum of the chances, by the first move with which the
    chances so far exceed the draw.
    """

    def __init__(self, layout: Layout, group: Group, kind_of: Kinds) -> None:
        self._width = width = int(np.prod(layout.shape))
        nowhere = sum(len(stage) for stage in layout.rows.values())
        most = max(sum(m.source == name for m, _ in group.moves) for name in group.stay)
        moving = np.zeros((nowhere + 1, width))
        #: The chances of a move and those before it, but for the last, which are all the chances.
        so_far = np.zeros((most - 1, nowhere + 1, width))
        self._rows = nowhere + 1
        pair, target = np.zeros((2, most, self._rows), dtype=np.intp)
        for name, stay in group.stay.items():
            rows = layout.rows[name]
            span = slice(rows.start, rows.stop)
            moves = [item for item in group.moves if item[0].source == name]
            moving[span] = 1.0 - layout.full(stay)[0]
            for move, _ in moves:
                if move.target == name:
                    moving[span] += layout.full(move.amount)[0]
            so_far[:, span] = moving[span]
            reached = np.zeros((len(rows), width))
            for k, (move, keeps_clock) in enumerate(moves):
                pair[k, span] = move.pair
                target[k, span] = self._to(layout, move, keeps_clock)
                if k < len(moves) - 1:
                    reached = reached + layout.full(move.amount)[0]
                    so_far[k, span] = reached
        self._pair, self._target = pair.ravel(), target.ravel()
        self._moving, self._so_far = moving.ravel(), so_far.reshape(most - 1, moving.size)
        self.limit, self.kinds = limits(self._moving), kinds(moving, kind_of)

    @staticmethod
    def _to(layout: Layout, move: Move, keeps_clock: bool) -> Cells:
        """The row a move leads to from every row of its source; beyond all: outside."""
        rows = np.arange(len(layout.rows[move.source]))
        if move.target == OUTSIDE.name:
            return np.full(len(rows), sum(len(stage) for stage in layout.rows.values()))
        goes_on = keeps_clock or move.target == move.source
        return layout.rows[move.target].start + rows * goes_on

    def happen(
        self, people: People, sieve: Sieve, decision: Decision, since: float, until: float
    ) -> None:
        """Let everybody's luck decide, at a time between `since` and `until`."""
        who, drawn = sieve.concerned(self)
        cell = people.columns.cell[who]
        moves = np.flatnonzero(drawn < self._moving[cell])
        who, drawn, cell = who[moves], drawn[moves], cell[moves]
        which = np.zeros(len(who), dtype=np.intp)
        for so_far in self._so_far:
            which += drawn >= so_far.take(cell)
        at = which * self._rows + cell // self._width
        when: Array | float = until
        if people.log is not None and since < until:
            key = luck.key(*decision, "when")
            when = self._times(people.columns.luck[who], cell, key, since, until)
        sieve.moved(people.move(who, self._pair.take(at), self._target.take(at), when))

    def _times(
        self, own: luck.Bits, cell: Cells, key: np.uint64, since: float, until: float
    ) -> Array:
        """The times of leaving at a constant hazard, of those who leave."""
        leaving = np.minimum(self._moving[cell], 1.0 - 1e-12)
        within = luck.uniform(luck.draw(own, key)) * leaving
        return np.asarray(since + (until - since) * np.log1p(-within) / np.log1p(-leaving))


def in_turn(layout: Layout, steps: Sequence[Step], kind_of: Kinds) -> Iterator[Chances]:
    """Steps in the order of the rules, as few tables as the order allows.

    Whoever has moved to where they are, which is counted like a renewed contract, is still there
    for the next step on the stage.
    """
    alike: list[Step] = []
    renewed: set[str] = set()
    for step in steps:
        if step.source in renewed:
            yield from (Chances(layout, group, kind_of) for group in at_once(alike))
            alike, renewed = [], set()
        alike.append(step)
        if any(move.target == step.source for move in step.moves):
            renewed.add(step.source)
    yield from (Chances(layout, group, kind_of) for group in at_once(alike))
