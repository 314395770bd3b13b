"""How posts find people: one idea for both engines.

Candidates have weights w and there are V places. Individuals draw an arrival time E/w,
E ~ Exp(1), and the V earliest are hired. In stocks, the share of a cell that is hired is
`1 − exp(−λ w)` with the intensity λ that fills the places: the limit of the race as the
numbers grow.
"""

from __future__ import annotations

import numpy as np

from stsim.vocabulary import Array

#: Newton's method needs one to four steps; more only where places are for nearly everybody or
#: weights lie many decades apart.
NEWTON_STEPS = 30
#: Fewer places than this are none: their logarithms and shares would no longer be numbers.
FEWEST = 1e-290


class MarketError(ArithmeticError):
    """A market has no answer because what it was given is not a number."""


class Weights:
    """The weights of all candidates, (..., cells), with what is read from them every time."""

    def __init__(self, weight: Array) -> None:
        self.each = weight
        self.eligible: Array = (weight > 0).astype(float)
        #: Over λ, the square of a step so small that 1 − exp(−x) is x for everybody in it.
        with np.errstate(divide="ignore"):
            self.small: Array = 1e-12 / weight.max(axis=-1, initial=0.0)


def clear(people: Array, weights: Weights, places: Array) -> tuple[Array, Array]:
    """Find λ with Σ people · (1 − exp(−λ · weight)) = places, and who is hired, market by market.

    `people` has the shape (..., cells), to which weights broadcast, and `places` is (...); returns
    the intensity (...) and the hired (..., cells). Nobody is hired where places ≤ 0 (λ = 0);
    everybody with a weight where places reach their number (λ = ∞).
    """
    with np.errstate(all="ignore"):  # what comes out is looked at
        everybody: Array = np.vecdot(people, weights.eligible)
        left_over = everybody - places
        # as a rule; beside many people, too, places below the fewest are none
        if np.minimum.reduce(places * np.minimum(left_over, 1.0), axis=None) > FEWEST:
            return _fill(people, weights.each, weights.small, places, left_over)
        full = (places > FEWEST) & (left_over <= 1e-12 * everybody)
        open_ = (places > FEWEST) & ~full
        rate = np.where(full, np.inf, 0.0)
        hired = people * weights.eligible * full[..., None]
        if np.isnan(hired).any() or np.isnan(places).any():
            raise MarketError(_said(places, everybody))
        if open_.any():
            rate[open_], hired[open_] = _fill(
                people[open_],
                np.broadcast_to(weights.each, people.shape)[open_],
                np.broadcast_to(weights.small, places.shape)[open_],
                places[open_],
                left_over[open_],
            )
        return rate, hired


def _fill(
    people: Array, weight: Array, small: Array, places: Array, left_over: Array
) -> tuple[Array, Array]:
    """The intensity for places that are more than none and leave somebody over: Newton's method.

    The hired are concave in λ, so steps from below never pass the root. The start is the answer
    for people who all have the mean weight: it lies below.
    """
    everybody = places + left_over
    rate = np.log1p(places / left_over) * everybody / np.vecdot(people, weight)
    for _ in range(NEWTON_STEPS):
        away = weight * -rate[..., None]
        np.expm1(away, out=away)
        away *= people  # less than 0: the hired
        left = people + away
        error = places + np.add.reduce(away, axis=-1)
        step = error / np.vecdot(left, weight)
        if np.logical_and.reduce(step * step < small * rate, axis=None):
            left *= weight
            left *= step[..., None]
            return rate + step, left - away
        rate = rate + step
    return _fill_by_halves(people, weight, places, everybody)


def _fill_by_halves(
    people: Array, weight: Array, places: Array, everybody: Array
) -> tuple[Array, Array]:
    """The same by halving an interval of log λ, on shares of one: slow, and cannot fail."""
    shares, wanted = people / everybody[..., None], places / everybody
    heaviest = weight.max(axis=-1)
    weight = weight / heaviest[..., None]
    lightest = np.where(weight * shares > 0, weight, 1.0).min(axis=-1)
    low = np.log(wanted / np.vecdot(shares, weight))  # for 1 − exp(−x) ≤ x
    high = np.log(-np.log1p(-wanted) / lightest)  # for everybody, were they as light
    if not np.isfinite(low + high).all():
        raise MarketError(_said(places, everybody))
    for _ in range(100):
        middle = (low + high) / 2
        hired = -shares * np.expm1(-np.exp(middle)[..., None] * weight)
        too_few = np.add.reduce(hired, axis=-1) < wanted
        low, high = np.where(too_few, middle, low), np.where(too_few, high, middle)
    return np.exp(middle) / heaviest, hired * everybody[..., None]


def _said(places: Array, everybody: Array) -> str:
    numbers = (" ".join(f"{value:g}" for value in values.flat) for values in (places, everybody))
    return "{} places for {} candidates".format(*numbers)
