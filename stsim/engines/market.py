"""How posts find people: one idea for both engines.

Candidates have weights w and there are V places. Individuals draw an arrival time E/w,
E ~ Exp(1), and the V earliest are hired. In stocks, the share of a cell that is hired is
`1 − exp(−λ w)` with the intensity λ that fills the places: the limit of the race as the
numbers grow.
"""

from __future__ import annotations

import numpy as np

from stsim.vocabulary import Array

#: Newton's method needs three or four steps; more only where weights lie many decades apart.
NEWTON_STEPS = 40


class MarketError(ArithmeticError):
    """A market has no answer because what it was given is not a number."""


class Weights:
    """The weights of all candidates, (..., cells), with what is read from them every time."""

    def __init__(self, weight: Array) -> None:
        self.each = weight
        self.eligible: Array = (weight > 0).astype(float)
        self.heaviest: Array = weight.max(axis=-1, initial=0.0)


def clear(people: Array, weights: Weights, places: Array) -> tuple[Array, Array]:
    """Find λ with Σ people · (1 − exp(−λ · weight)) = places, and who is hired, market by market.

    `people` has the shape (..., cells), to which weights broadcast, and `places` is (...); returns
    the intensity (...) and the hired (..., cells). Nobody is hired where places ≤ 0 (λ = 0);
    everybody with a weight where places reach their number (λ = ∞).
    """
    everybody: Array = np.vecdot(people, weights.eligible)
    all_weight: Array = np.vecdot(people, weights.each)
    most = everybody * (1 - 1e-12)
    if np.minimum.reduce(np.minimum(places, most - places), axis=None) > 0:
        return _fill(people, weights.each, weights.heaviest, places, everybody, all_weight)
    if np.isnan(everybody + all_weight + places).any():
        raise MarketError(f"places {np.ravel(places)}, candidates {np.ravel(everybody)}")
    full = (places > 0) & (places >= most)
    open_ = (places > 0) & ~full
    rate = np.where(full, np.inf, 0.0)
    hired = people * weights.eligible * full[..., None]
    if open_.any():
        rate[open_], hired[open_] = _fill(
            people[open_],
            np.broadcast_to(weights.each, people.shape)[open_],
            np.broadcast_to(weights.heaviest, places.shape)[open_],
            places[open_],
            everybody[open_],
            all_weight[open_],
        )
    return rate, hired


def _fill(
    people: Array,
    weight: Array,
    heaviest: Array,
    places: Array,
    everybody: Array,
    all_weight: Array,
) -> tuple[Array, Array]:
    """The intensity for 0 < places < everybody, by Newton's method.

    It looks for the root of log Σ people · exp(−λ · weight) − log (everybody − places), which is
    convex and falls with λ: so steps from 0 climb to the root and never pass it. The first is the
    answer for people who all have the mean weight.
    """
    left_over = everybody - places
    rate = -np.log1p(-places / everybody) * everybody / all_weight
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for n in range(NEWTON_STEPS):
            away = np.multiply(weight, -rate[..., None])
            np.expm1(away, out=away)
            away *= people  # less than 0: the hired
            error = places + np.add.reduce(away, axis=-1)
            slope = all_weight + np.vecdot(away, weight)
            step = (left_over + error) * np.log1p(error / left_over) / slope
            if np.maximum.reduce(np.abs(step) * heaviest, axis=None) < 1e-6:
                more = people + away
                more *= weight
                more *= step[..., None]  # 1 − exp(−x) is x to the twelfth digit
                return rate + step, more - away
            if n > 5 and (np.abs(error) <= 1e-11 * places).all():
                return rate, -away
            rate = rate + step
    return _fill_by_halves(people, weight, heaviest, places, everybody)


def _fill_by_halves(
    people: Array, weight: Array, heaviest: Array, places: Array, everybody: Array
) -> tuple[Array, Array]:
    """The same by halving an interval of log λ: slow, but safe where weights are decades apart."""
    shares, wanted = people / everybody[..., None], places / everybody
    weight = weight / heaviest[..., None]
    lightest = np.where(weight * shares > 0, weight, 1.0).min(axis=-1)
    low = np.log(wanted / np.vecdot(shares, weight))
    high = np.log(-np.log1p(-wanted) / lightest)
    for _ in range(100):
        middle = (low + high) / 2
        hired = -shares * np.expm1(-np.exp(middle)[..., None] * weight)
        too_few = np.add.reduce(hired, axis=-1) < wanted
        low, high = np.where(too_few, middle, low), np.where(too_few, high, middle)
    return np.exp(middle) / heaviest, hired * everybody[..., None]
