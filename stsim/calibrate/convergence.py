"""Whether chains have forgotten where they began, and what they are worth."""

from __future__ import annotations

import numpy as np

from stsim.calibrate.block import Vector


def split_r_hat(chains: Vector, groups: int) -> Vector:
    """How much wider all draws are than those of a part, by parameter: 1 when parts agree.

    `chains` are (chain, step, parameter). A part is a group of neighbouring chains in one half of
    the steps, so that short chains can be judged (Margossian et al. 2024, nested R-hat).
    """
    number, steps, size = chains.shape
    halves = chains[:, : steps // 2 * 2].reshape(groups, number // groups, 2, steps // 2, size)
    parts = halves.transpose(0, 2, 1, 3, 4).reshape(2 * groups, -1, size)
    between = parts.mean(axis=1).var(axis=0, ddof=1)
    within = parts.var(axis=1, ddof=1).mean(axis=0)
    return np.sqrt(1 + _ratio(between, within))


def effective_draws(chains: Vector) -> Vector:
    """How many independent draws have means as certain as those of the chains, by parameter.

    From the autocorrelation over all chains, summed in pairs while they are above zero and fall
    (Geyer 1992; Vehtari et al. 2021).
    """
    number, steps, size = chains.shape
    away = chains - chains.mean(axis=1, keepdims=True)
    lags = np.array([(away[:, : steps - k] * away[:, k:]).sum(axis=(0, 1)) for k in range(steps)])
    lags /= number * steps
    within = lags[0] * steps / (steps - 1)
    whole = lags[0] + chains.mean(axis=1).var(axis=0, ddof=1)
    correlation = 1 - _ratio(within - lags, whole)
    correlation[0] = 1.0
    pairs = correlation[: steps // 2 * 2].reshape(-1, 2, size).sum(axis=1)
    pairs = np.minimum.accumulate(pairs, axis=0)
    pairs = np.where(np.logical_and.accumulate(pairs > 0, axis=0), pairs, 0.0)
    draws = number * steps
    return np.asarray(np.minimum(draws / np.maximum(2 * pairs.sum(axis=0) - 1, 1e-3), draws))


def _ratio(part: Vector, whole: Vector) -> Vector:
    """Part over whole; ∞ where there is no whole, as for a chain that never moves."""
    return np.divide(part, whole, out=np.full_like(part, np.inf), where=whole > 0)
