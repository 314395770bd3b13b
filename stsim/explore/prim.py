"""Scenario discovery: in which futures something happens, as a box of few unknowns.

The patient rule induction method (Friedman and Fisher 1999), as used for it by Bryant and Lempert
(2010): from the box that holds everything a thin slice is peeled off again and again, always the
one that leaves the largest part of what is sought; then unknowns that hardly matter are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stsim.vocabulary import Array

#: The part of the futures in a box that a slice peels off.
PEELED = 0.05
#: A box holds at least this part of all futures.
LEAST_MASS = 0.05
#: An unknown stays in a box if leaving it out lowers the density by more than this.
MATTERS = 0.03
#: ... and if chance alone would give limits as sharp no more often than this.
CHANCE = 0.05


@dataclass(frozen=True)
class Box:
    """Limits of a few unknowns; a side without a limit is infinite.

    `density` is the part of the futures inside in which it happens, `coverage` the part of all
    those in which it happens that lie inside, `mass` the part of all futures inside. `chance` says
    for each unknown how often a limit as sharp would arise by chance (binomial test, one-sided).
    """

    limits: Mapping[str, tuple[float, float]]
    density: float
    coverage: float
    mass: float
    chance: Mapping[str, float]


def discover(unknowns: Mapping[str, Array], happens: Array, aim: float = 0.8) -> Box | None:
    """The largest box found in which it happens in a part `aim` of the futures or more.

    `unknowns` are values by name (future), `happens` is true or false (future). Where no box is as
    dense, the densest one. None where it happens in all futures or in none, and where no limit
    makes it denser than chance does: then nothing known here tells where it happens.
    """
    happens = np.asarray(happens, dtype=bool)
    if happens.all() or not happens.any():
        return None
    values = np.column_stack([*unknowns.values()]).astype(float)
    low, high = np.full(values.shape[1], -np.inf), np.full(values.shape[1], np.inf)
    boxes = [(low, high)]
    while (next_one := _peel(values, happens, *boxes[-1])) is not None:
        boxes.append(next_one)
    density = np.array([happens[_inside(values, *box)].mean() for box in boxes])
    dense = np.flatnonzero(density >= aim)
    low, high = boxes[int(dense[0]) if len(dense) else int(density.argmax())]
    low, high = _fewer(values, happens, low.copy(), high.copy())
    if not _limited(low, high):
        return None
    return _described(list(unknowns), values, happens, low, high)


def _inside(values: Array, low: Array, high: Array) -> Array:
    return np.asarray(((values >= low) & (values <= high)).all(axis=1))


def _peel(values: Array, happens: Array, low: Array, high: Array) -> tuple[Array, Array] | None:
    """The box without the slice that leaves it densest; None where it would hold too few."""
    inside = _inside(values, low, high)
    best: tuple[float, Array, Array] | None = None
    for k in range(values.shape[1]):
        there = values[inside, k]
        for side, part in ((low, PEELED), (high, 1 - PEELED)):
            edge = np.quantile(there, part)
            kept = there > edge if side is low else there < edge
            if kept.all() or kept.sum() < LEAST_MASS * len(values):
                continue
            dense = float(happens[inside][kept].mean())
            if best is None or dense > best[0]:
                ends = low.copy(), high.copy()
                ends[0 if side is low else 1][k] = (
                    there[kept].min() if side is low else there[kept].max()
                )
                best = dense, *ends
    return None if best is None else best[1:]


def _fewer(values: Array, happens: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Leave out the limits that hardly matter or that chance would make as sharp, the least first.

    The density does not fall by much, or falls by what chance alone explains.
    """
    while True:
        inside = _inside(values, low, high)
        found = []
        for k in _limited(low, high):
            wider = low.copy(), high.copy()
            wider[0][k], wider[1][k] = -np.inf, np.inf
            gain = happens[inside].mean() - happens[_inside(values, *wider)].mean()
            keep = gain > MATTERS and _chance(values, happens, low, high, k) <= CHANCE
            found.append((keep, gain, wider))
        keep, _, fewer = min(found, key=lambda one: one[:2], default=(True, 0.0, (low, high)))
        if keep:
            return low, high
        low, high = fewer


def _limited(low: Array, high: Array) -> list[int]:
    """The unknowns that have a limit."""
    found: list[int] = np.flatnonzero(np.isfinite(low) | np.isfinite(high)).tolist()
    return found


def _chance(values: Array, happens: Array, low: Array, high: Array, k: int) -> float:
    """How often the limits of one unknown would be as sharp by chance (binomial, one-sided)."""
    from scipy.stats import binomtest

    inside = _inside(values, low, high)
    wider = low.copy(), high.copy()
    wider[0][k], wider[1][k] = -np.inf, np.inf
    without = float(happens[_inside(values, *wider)].mean())
    return float(
        binomtest(int(happens[inside].sum()), int(inside.sum()), without, "greater").pvalue
    )


def _described(names: list[str], values: Array, happens: Array, low: Array, high: Array) -> Box:
    inside, limited = _inside(values, low, high), _limited(low, high)
    return Box(
        {names[k]: (float(low[k]), float(high[k])) for k in limited},
        float(happens[inside].mean()),
        float(happens[inside].sum() / happens.sum()),
        float(inside.mean()),
        {names[k]: _chance(values, happens, low, high, k) for k in limited},
    )
