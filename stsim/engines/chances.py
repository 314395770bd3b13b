"""Steps of the year for individuals: one draw says whether somebody moves, another where to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from stsim import luck
from stsim.engines.cells import Group, Layout, at_once
from stsim.engines.people import People, Places
from stsim.rates import Step
from stsim.vocabulary import OUTSIDE, Array

Decision = tuple[int | str, ...]


class Chances:
    """Moves that happen at once, laid out as tables over all cells.

    Somebody leaves when a draw is at or above the share that stays; a second draw says by which
    move, in proportion to the chances.
    """

    def __init__(self, layout: Layout, group: Group) -> None:
        width = int(np.prod(layout.shape))
        nowhere = sum(len(stage) for stage in layout.rows.values())
        self._width = width
        self._stages = sorted(layout.stage[name] for name in group.stay)
        stay = np.ones((nowhere + 1, width))
        most = max(sum(m.source == name for m, _ in group.moves) for name in group.stay)
        reach = np.zeros((most, nowhere + 1, width))
        self._pair = np.zeros((most, nowhere + 1), dtype=np.int64)
        self._row = np.zeros((most, nowhere + 1), dtype=np.int64)
        for name, share in group.stay.items():
            rows = layout.rows[name]
            span, so_far = slice(rows.start, rows.stop), np.zeros((len(rows), width))
            stay[span] = layout.full(share)[0]
            moves = [item for item in group.moves if item[0].source == name]
            for k, (move, keeps_clock) in enumerate(moves):
                so_far = so_far + layout.full(move.amount)[0]
                self._pair[k, span] = move.pair
                if move.target == OUTSIDE.name:
                    self._row[k, span] = nowhere
                else:
                    first = layout.rows[move.target].start
                    self._row[k, span] = first + np.arange(len(rows)) * keeps_clock
                reach[k, span] = so_far
            reach[len(moves) :, span] = so_far
        self._reach: Array = reach.reshape(most, -1)
        #: Who draws 32 bits below this stays.
        self._stay = np.minimum(np.ceil(stay * luck.WHOLE), luck.WHOLE - 1).astype("<u4").ravel()

    def happen(self, people: People, decision: Decision, since: float, until: float) -> None:
        """Let everybody's luck decide, at a time between `since` and `until`."""
        who, whether = _asked(people, self._stages, luck.key(*decision), self._stay, above=True)
        cell = people.cell[who]
        reach = self._reach[:, cell]
        possible = reach[-1] > 0  # not the one in 2³² of those who cannot leave
        if not possible.all():
            who, whether = who[possible], whether[possible]
            cell, reach = cell[possible], reach[:, possible]
        chosen = luck.uniform(luck.draw(people.luck[who], luck.key(*decision, "which")))
        which = (chosen * reach[-1] >= reach).sum(axis=0)
        row = cell // self._width
        when = _when(whether, reach[-1], since, until)
        people.move(who, self._pair[which, row], self._row[which, row], when)


def _asked(
    people: People, stages: Sequence[int], decision: np.uint64, limit: luck.Half, above: bool
) -> tuple[Places, luck.Half]:
    """Who of these stages draws 32 bits at or above (or below) the limit of their cell."""
    found, drawn = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype="<u4")]
    for window in people.of_stages(stages):
        draws, _ = luck.halves(luck.draw(people.luck[window.places], decision))
        limits = limit.take(people.cell[window.places])
        hit = np.flatnonzero(draws >= limits if above else draws < limits)
        found.append(window.at(hit))
        drawn.append(draws[hit])
    return np.concatenate(found), np.concatenate(drawn)


def _when(drawn: luck.Half, leaving: Array, since: float, until: float) -> Array | float:
    """The time of leaving at a constant hazard, given a draw that says that somebody leaves."""
    if since == until:
        return until
    leaving = np.minimum(leaving, 1.0 - 1e-12)
    within = np.minimum(1.0 - luck.position(drawn), leaving)
    return np.asarray(since + (until - since) * np.log1p(-within) / np.log1p(-leaving))


class Renewals:
    """Moves of people to where they are, which change nothing but are counted and logged."""

    def __init__(self, layout: Layout, steps: Sequence[Step]) -> None:
        self._width = int(np.prod(layout.shape))
        nowhere = sum(len(stage) for stage in layout.rows.values())
        self._stages = sorted(layout.stage[step.source] for step in steps)
        renew = np.zeros((nowhere + 1, self._width))
        self._pair = np.zeros(nowhere + 1, dtype=np.int64)
        for step in steps:
            (move,) = step.moves
            rows = layout.rows[step.source]
            renew[rows.start : rows.stop] = layout.full(move.amount)[0]
            self._pair[rows.start : rows.stop] = move.pair
        self._renew = np.minimum(renew * luck.WHOLE, luck.WHOLE - 1).astype("<u4").ravel()

    def happen(self, people: People, decision: Decision, since: float, until: float) -> None:
        """Let everybody's luck decide, at the time `until`."""
        who, _ = _asked(people, self._stages, luck.key(*decision), self._renew, above=False)
        cell = people.cell[who]
        people.write(people.number[who], self._pair[cell // self._width], cell % self._width, until)


def in_turn(layout: Layout, steps: Sequence[Step]) -> Iterator[Chances | Renewals]:
    """Steps in the order of the rules, as few tables as the order allows."""

    def renews(step: Step) -> bool:
        return any(move.target == step.source for move in step.moves)

    for renewal, alike in groupby(steps, key=renews):
        if renewal:
            yield Renewals(layout, list(alike))
        else:
            yield from (Chances(layout, group) for group in at_once(list(alike)))
