"""How posts find people: one idea for both engines.

Candidates have weights w and there are V places. Individuals draw an arrival time E/w,
E ~ Exp(1), and the V earliest are hired. In stocks, the share of a cell that is hired is
`1 − exp(−λ w)` with the intensity λ that fills the places: the limit of the race as the
numbers grow.
"""

from __future__ import annotations

import numpy as np

from stsim.vocabulary import Array


def intensity(
    people: Array,
    weight: Array,
    places: Array,
    guess: Array | None = None,
    eligible: Array | None = None,
) -> Array:
    """Find λ with Σ people · (1 − exp(−λ · weight)) = places, market by market.

    `people` and `weight` have shape (markets, cells), `places` (markets,). Nobody is hired
    where places ≤ 0 (λ = 0); everybody with a weight where places reach their number (λ = ∞).
    Newton's method on log Σ people·exp(−λ·weight), which is convex and falls with λ: it comes
    from below without overshooting and is exact in one step when all weights are equal. A
    `guess` (last year's intensity) saves steps; the answer is the same to 1e-11 of the places.
    `eligible` is 1 where weight > 0, else 0, if the caller has it already.
    """
    if eligible is None:
        eligible = (weight > 0).astype(float)
    everybody: Array = np.einsum("mc,mc->m", people, eligible)
    rate = np.zeros_like(everybody)
    everyone_hired = (places > 0) & (places >= everybody * (1 - 1e-12))
    rate[everyone_hired] = np.inf
    open_ = (places > 0) & ~everyone_hired
    if not open_.any():
        return rate
    n, w, v, total = (x if open_.all() else x[open_] for x in (people, weight, places, everybody))
    all_weight = np.einsum("mc,mc->m", n, w)
    found = v / all_weight  # from below: 1 − exp(−x) ≤ x
    if guess is not None and guess.shape == rate.shape:
        found = np.where(np.isfinite(guess[open_]), np.maximum(guess[open_], found), found)
    for _ in range(200):
        hired = n * np.expm1(-found[:, None] * w)
        error = v + np.add.reduce(hired, axis=1)  # hired is negative here
        if np.all(np.abs(error) <= 1e-11 * v + 1e-14 * total):
            break
        slope = all_weight + np.einsum("mc,mc->m", hired, w)
        found = found + (total - v + error) * np.log1p(error / (total - v)) / slope
    else:
        raise ArithmeticError(f"no market intensity after 200 steps for {v} places")
    rate[open_] = found
    return rate


def chance(weight: Array, rate: Array) -> Array:
    """The probability `1 − exp(−λ w)` of being hired, (markets, cells); 1 at λ = ∞ where w > 0."""
    if np.isfinite(rate).all():
        return np.asarray(-np.expm1(-rate[:, None] * weight))
    finite = np.where(np.isfinite(rate), rate, 0.0)[:, None]
    return np.where(np.isinf(rate)[:, None], weight > 0, -np.expm1(-finite * weight))
