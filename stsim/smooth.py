"""Profiles nobody counted: smoothest given age bands, or nearest to a shape given a mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.optimize import brentq

from stsim.vocabulary import Array


class SmoothError(ValueError):
    """The bands leave no profile without negative persons."""


def smoothest(
    ages: Sequence[int],
    shapes: Mapping[str, Array],
    totals: Mapping[tuple[str, int, int], float],
) -> dict[str, Array]:
    """Persons by single age that bend least against a shape and add up to every total.

    `shapes` gives for each group what to expect at each of `ages` if the profile were flat: 1,
    falling where people retire, 0 where there is nobody. `totals` maps (group, first age, last
    age) to persons; the group "" means all groups together. Each profile is x = shape · z with
    the smallest squared second differences of z, z = 0 just below the first age of the group.
    Where z would be negative it is set to zero and the rest solved again. Raises SmoothError
    when the totals cannot be met.
    """
    age = np.array(ages)
    where = {name: np.flatnonzero(np.asarray(shape) > 0) for name, shape in shapes.items()}
    start = dict(zip(where, np.cumsum([0, *map(len, where.values())])[:-1], strict=True))
    size = sum(map(len, where.values()))
    bending = np.zeros((size, size))
    equal = np.zeros((len(totals), size))
    scale = np.ones(size)
    for name, places in where.items():
        n, at = len(places), slice(start[name], start[name] + len(places))
        second = -2 * np.eye(n) + np.eye(n, k=1) + np.eye(n, k=-1)
        bending[at, at] = second[:-1].T @ second[:-1]
        own = sum(persons for (group, _, _), persons in totals.items() if group == name)
        scale[at] = np.asarray(shapes[name])[places] * ((own or sum(totals.values())) / n)
        for row, (group, low, high) in enumerate(totals):
            if group in ("", name):
                equal[row, at] = (age[places] >= low) & (age[places] <= high)
    for (group, low, high), persons in totals.items():
        if persons <= 0:
            raise SmoothError(f"{group or 'everybody'} aged {low} to {high}: {persons:g} persons")
    wanted = np.array(list(totals.values()), dtype=float)
    equal = equal * scale / wanted[:, None]
    free = np.ones(size, dtype=bool)
    z = np.zeros(size)
    while True:
        k, rows = int(free.sum()), len(wanted)
        a = equal[:, free]
        system = np.block([[bending[np.ix_(free, free)], a.T], [a, np.zeros((rows, rows))]])
        right = np.concatenate([np.zeros(k), np.ones(rows)])
        z[:] = 0.0
        z[free] = np.linalg.lstsq(system, right, rcond=None)[0][:k]
        z[free] += np.linalg.lstsq(a, 1 - equal @ z, rcond=None)[0]  # the totals to the last digit
        if np.abs(equal @ z - 1).max() > 1e-9:
            raise SmoothError(f"no age profile without negative persons meets {dict(totals)}")
        if (z >= 0).all():
            break
        free &= z > 0
    found = {}
    for name, places in where.items():
        found[name] = np.zeros(len(age))
        found[name][places] = (z * scale)[start[name] : start[name] + len(places)]
    return found


def with_mean(base: Array, values: Array, mean: float) -> Array:
    """The base weights, tilted by exp(θ·value) so that they sum to one and have this mean.

    `base` and `values` broadcast against each other; the tilt is the departure from the base with
    the least relative entropy. Raises SmoothError when the mean is not inside the values that
    have weight.
    """
    base, values = np.broadcast_arrays(np.asarray(base, dtype=float), values)
    inside = values[base > 0]
    if not inside.min() < mean < inside.max():
        raise SmoothError(f"no weights on {inside.min():g} to {inside.max():g} have mean {mean:g}")

    def tilted(theta: float) -> Array:
        weights = base * np.exp(theta * (values - mean))
        return np.asarray(weights / weights.sum())

    return tilted(root(lambda t: float((tilted(t) * values).sum()) - mean, 5.0, f"mean {mean:g}"))


def root(function: Callable[[float], float], most: float, wanted: str) -> float:
    """Where a rising or falling function is zero, between −most and most; else SmoothError."""
    if function(-most) * function(most) > 0:
        raise SmoothError(f"no profile has the {wanted} asked for")
    return float(brentq(function, -most, most, xtol=1e-12))
