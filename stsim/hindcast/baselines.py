"""What anybody could forecast without a model: the lines every forecast has to beat.

Each takes the years known and the values of several series at them, `known` (series, year), and
gives the values at later years (series, year).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from stsim.vocabulary import Array

Baseline = Callable[[Sequence[int], Array, Sequence[int]], Array]
#: How much of a step goes on in the next one, for the damped trend.
DAMPING = 0.8


def persistence(years: Sequence[int], known: Array, later: Sequence[int]) -> Array:
    """The last value stays."""
    return np.repeat(known[:, -1:], len(later), axis=1)


def linear(years: Sequence[int], known: Array, later: Sequence[int], *, points: int) -> Array:
    """A straight line through the last points (all of them, if there are fewer), least squares."""
    x, y = np.array(years[-points:], float), known[:, -points:]
    slope, level = np.polyfit(x - x[-1], y.T, 1)
    return np.asarray(level[:, None] + slope[:, None] * (np.array(later) - x[-1]))


def linear_on_shares(
    years: Sequence[int], known: Array, later: Sequence[int], *, points: int
) -> Array:
    """Straight lines through the shares of the series in their sum, and through the sum."""
    total = known.sum(axis=0, keepdims=True)
    shares = linear(years, known / total, later, points=points)
    return shares * linear(years, total, later, points=points)


def damped(years: Sequence[int], known: Array, later: Sequence[int]) -> Array:
    """The trend of the last three points goes on from the last, less in each further interval."""
    interval = years[-1] - years[-2]
    x = np.array(years[-3:], float)
    step = np.polyfit(x - x[-1], known[:, -3:].T, 1)[0] * interval
    ahead = (np.array(later) - years[-1]) / interval
    gone = DAMPING * (1 - DAMPING**ahead) / (1 - DAMPING)
    return np.asarray(known[:, -1:] + step[:, None] * gone)


def cohort_change(years: Sequence[int], known: Array, later: Sequence[int], *, width: int) -> Array:
    """Hamilton and Perry (1962): each band over the one below it `width` years before stays.

    The youngest band has no band below: its ratio is to all people, and that stays. The oldest is
    open: its ratio is to the two oldest before. Between multiples of `width`, in a straight line.
    """
    at = {year: known[:, k] for k, year in enumerate(years)}
    if years[-1] - width not in at:
        return np.full((len(known), len(later)), np.nan)
    before, now = at[years[-1] - width], at[years[-1]]
    ratios = now[1:] / np.array([*before[:-2], before[-2:].sum()])
    youngest = now[0] / before.sum()
    steps = [now]
    while years[-1] + width * (len(steps) - 1) < max(later):
        last = steps[-1]
        older = ratios * np.array([*last[:-2], last[-2:].sum()])
        steps.append(np.array([youngest * last.sum(), *older]))
    marks = years[-1] + width * np.arange(len(steps))
    return np.array([np.interp(later, marks, line) for line in np.array(steps).T])


def for_bands(width: int) -> dict[str, Baseline]:
    """All baselines for persons by age band, by name."""
    return {**for_counts(), "cohort change": partial(cohort_change, width=width)}


def for_counts() -> dict[str, Baseline]:
    """The baselines for any counts that add up to a total, by name."""
    return {
        "persistence": persistence,
        "linear 3": partial(linear, points=3),
        "linear 5": partial(linear, points=5),
        "linear 3 on shares": partial(linear_on_shares, points=3),
        "linear 5 on shares": partial(linear_on_shares, points=5),
        "damped trend": damped,
    }
