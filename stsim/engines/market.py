"""How posts find people: one idea for both engines.

Candidates have weights w and there are V places. Individuals draw an arrival time E/w,
E ~ Exp(1), and the V earliest are hired. In stocks, the share of a cell that is hired is
`1 − exp(−λ w)` with the intensity λ that fills the places: the limit of the race as the
numbers grow.
"""

from __future__ import annotations

import numpy as np

from stsim.vocabulary import Array


def clear(
    people: Array,
    weight: Array,
    places: Array,
    guess: Array | None = None,
    eligible: Array | None = None,
) -> tuple[Array, Array]:
    """Find λ with Σ people · (1 − exp(−λ · weight)) = places, and who is hired, market by market.

    `people` and `weight` have shape (markets, cells), `places` (markets,); returns the intensity
    (markets,) and the hired (markets, cells). Nobody is hired where places ≤ 0 (λ = 0);
    everybody with a weight where places reach their number (λ = ∞). Newton's method on
    log Σ people·exp(−λ·weight), which is convex and falls with λ: it comes from below without
    overshooting and is exact in one step when all weights are equal. A `guess` (last year's
    intensity) saves steps; the answer is the same to 1e-11 of the places. `eligible` is 1 where
    weight > 0, else 0, if the caller has it already.
    """
    if eligible is None:
        eligible = (weight > 0).astype(float)
    everybody: Array = np.einsum("mc,mc->m", people, eligible)
    everyone_hired = (places > 0) & (places >= everybody * (1 - 1e-12))
    open_ = (places > 0) & ~everyone_hired
    if open_.all():
        return _newton(people, weight, places, everybody, guess)
    rate = np.where(everyone_hired, np.inf, 0.0)
    hired = people * eligible * everyone_hired[:, None]
    if open_.any():
        near = None if guess is None else guess[open_]
        rate[open_], hired[open_] = _newton(
            people[open_], weight[open_], places[open_], everybody[open_], near
        )
    return rate, hired


def _newton(
    people: Array, weight: Array, places: Array, everybody: Array, guess: Array | None
) -> tuple[Array, Array]:
    all_weight = np.einsum("mc,mc->m", people, weight)
    rate = places / all_weight  # from below: 1 − exp(−x) ≤ x
    if guess is not None:
        rate = np.where(np.isfinite(guess), np.maximum(guess, rate), rate)
    left_over = everybody - places
    close = 1e-11 * places + 1e-14 * everybody
    for _ in range(200):
        hired = -people * np.expm1(-rate[:, None] * weight)
        error = places - np.add.reduce(hired, axis=1)
        if (np.abs(error) <= close).all():
            return rate, hired
        slope = all_weight - np.einsum("mc,mc->m", hired, weight)
        rate = rate + (left_over + error) * np.log1p(error / left_over) / slope
    raise ArithmeticError(f"no market intensity after 200 steps for {places} places")
