"""How much of a result follows which input: Sobol's indices and Morris's elementary effects.

Both are for designs of which some runs may have failed. Such a run takes its whole base row (Sobol)
or trajectory (Morris) with it, since the estimators compare the runs of one; how many were dropped
is counted. Where runs fail depends on the inputs, so what is left is no longer quite the design
asked for: many dropped rows are a warning, not a detail.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stsim.explore.design import RUNS_OF_A_ROW
from stsim.faults import SweepError
from stsim.measures import about
from stsim.vocabulary import Array

if TYPE_CHECKING:
    from stsim.explore.plan import Plan
    from stsim.explore.store import Store

#: Values that differ by less than this part of the largest differ in their last digits only.
SAME = 1e-10
#: Resamples of the rows behind a standard error.
RESAMPLES = 200
#: Fewer base rows or trajectories say nothing of their own error.
LEAST = 16


@dataclass(frozen=True)
class Indices:
    """Sobol's indices by (input, ...), each with a standard error; NaN where nothing varies.

    `first` is the part of the variance that is gone once the input is known, `total` the part that
    is left while it alone is unknown. Of `rows` base rows `dropped` had a failed run.
    """

    first: Array
    total: Array
    first_error: Array
    total_error: Array
    variance: Array
    rows: int
    dropped: int


@dataclass(frozen=True)
class Effects:
    """Morris's elementary effects by (input, ...), over the whole range of each input.

    `mean_absolute` (μ*) says how much an input does, `deviation` (σ) how much that depends on
    itself and the others, `mean` (μ) in which direction; `error` is the standard error of μ*. Of
    `trajectories` `dropped` had a failed run.
    """

    mean: Array
    mean_absolute: Array
    deviation: Array
    error: Array
    trajectories: int
    dropped: int


@dataclass(frozen=True)
class ByYear:
    """The sensitivity of one indicator of a sweep to its swept keys, year by year."""

    indicator: str
    keys: tuple[str, ...]
    years: tuple[int, ...]
    found: Indices | Effects


def variances(values: Array) -> tuple[Array, Array, Array]:
    """The variance of a result, and of it what is of each input alone and with others.

    `values` are by (row, run, ...): the runs of a base row are A, then A with each input from B,
    then B. Gives V (...), and V_i and VT_i by (input, ...), in squared units of the values. Total
    parts are `VT_i = mean((A − AB_i)²) / 2` (Jansen 1999). First-order parts are `mean(B AB_i)` of
    centred values (Sobol 1993) less what it shares with three means whose expectation is zero, as
    far as regression over the rows finds it: of `A B`, `A² − AB_i²` and `B² − AB_i²`. Fixed weights
    (1, 0, 0) give the estimator of Saltelli et al. (2010), (0, −½, 0) that of Jansen; the first is
    good for inputs that do little, the second for one that does nearly all.
    """
    a, b = values[:, 0], values[:, -1]
    both = np.concatenate([a, b])
    centred = values - both.mean(axis=0)
    a, mixed, b = centred[:, :1], centred[:, 1:-1], centred[:, -1:]
    variance = both.var(axis=0)
    total = ((a - mixed) ** 2).mean(axis=0) / 2
    product, square = b * mixed, mixed**2
    zero = np.stack(np.broadcast_arrays(a * b, a**2 - square, b**2 - square))
    jansen = (product + (a**2 - square) / 2).mean(axis=0)
    part = np.divide(jansen, variance, out=np.zeros_like(jansen), where=variance > 0)
    # the regression is of what is to be a share: the error of V is in it
    weights = _weights(zero, product - part * (a**2 + b**2) / 2)
    return variance, product.mean(axis=0) - (weights * zero.mean(axis=1)).sum(axis=0), total


def _weights(zero: Array, target: Array) -> Array:
    """Regression over the rows of `target` (row, ...) on several (k, row, ...), by (k, ...)."""
    apart = zero - zero.mean(axis=1, keepdims=True)
    products = np.einsum("kr...,lr...->...kl", apart, apart)
    with_target = np.einsum("kr...,r...->...k", apart, target - target.mean(axis=0))
    found = np.linalg.pinv(products, hermitian=True) @ with_target[..., None]
    return np.moveaxis(found[..., 0], -1, 0)


def whole(values: Array) -> Array:
    """Which rows of values by (row, run, ...) have no failed run (NaN).

    What no run knows, such as a year without flows, is no failure.
    """
    unknown = np.isnan(values).all(axis=(0, 1))
    return np.asarray(~(np.isnan(values) & ~unknown).any(axis=tuple(range(1, values.ndim))))


def resampled(count: int, seed: int) -> NDArray[np.int64]:
    """Numbers of rows drawn anew with replacement, by (resample, row)."""
    return np.random.default_rng(seed).integers(0, count, (RESAMPLES, count))


def sobol(values: Array, seed: int = 1) -> Indices:
    """Sobol's indices from values by (row, run, ...), in the order of `variances`.

    Standard errors are by bootstrap over base rows. Raises SweepError where too few rows are whole.
    """
    kept = values[whole(values)]
    _enough(len(kept), len(values), "base rows")
    moved = np.ptp(kept, axis=(0, 1)) > SAME * np.abs(kept).max(axis=(0, 1))

    def indices(chosen: Array) -> Array:
        variance, first, total = variances(chosen[..., moved])
        found = np.full((2, values.shape[1] - 2, *moved.shape), np.nan)
        found[..., moved] = np.stack([first, total]) / variance
        return found

    first, total = indices(kept)
    first_error, total_error = _bootstrap(indices, kept, seed)
    dropped = len(values) - len(kept)
    variance = kept[:, [0, -1]].var(axis=(0, 1))
    return Indices(first, total, first_error, total_error, variance, len(values), dropped)


def morris(parts: Array, values: Array, seed: int = 1) -> Effects:
    """Elementary effects (Morris 1991; μ* of Campolongo et al. 2007) from whole trajectories.

    `parts` by (trajectory, run, input) say how far through its range each input is (0 to 1), one of
    them another from run to run; `values` are by (trajectory, run, ...). What is in the last digits
    only is no effect. Raises SweepError where
    too few trajectories are whole.
    """
    good = whole(values)
    _enough(int(good.sum()), len(values), "trajectories")
    steps, changes = np.diff(parts[good], axis=1), np.diff(values[good], axis=1)
    size = np.abs(values[good]).max(axis=(0, 1))
    changes = np.where(np.abs(changes) <= SAME * size, 0.0, changes)
    moved = np.argmax(np.abs(steps), axis=2)
    trajectory = np.arange(len(steps))[:, None]
    step = np.take_along_axis(steps, moved[..., None], 2)[..., 0]
    slopes = changes / step.reshape(*step.shape, *(1,) * (changes.ndim - 2))
    effects = np.empty_like(slopes)
    effects[trajectory, moved] = slopes  # by (trajectory, input, ...)
    absolute = np.abs(effects).mean(axis=0)
    return Effects(
        effects.mean(axis=0),
        absolute,
        effects.std(axis=0, ddof=1),
        _bootstrap(lambda chosen: np.abs(chosen).mean(axis=0), effects, seed),
        len(values),
        len(values) - len(steps),
    )


def _bootstrap(estimate: Callable[[Array], Array], rows: Array, seed: int) -> Array:
    found = [estimate(rows[chosen]) for chosen in resampled(len(rows), seed)]
    return np.asarray(np.std(found, axis=0, ddof=1))


def _enough(kept: int, number: int, what: str) -> None:
    if kept < LEAST:
        raise SweepError(
            f"only {kept} of {number} {what} have no failed run; at least {LEAST} are needed: see "
            "the errors in runs.csv, and give narrower intervals or more points"
        )


def of_sweep(store: Store, indicator: str) -> ByYear:
    """The sensitivity of an indicator in a sweep with sweep.design=morris or saltelli, by year.

    Raises SweepError for a sweep of another design or one that is not done, ValueError where there
    is no such indicator.
    """
    plan = store.plan
    about(indicator)
    if plan.design not in RUNS_OF_A_ROW:
        raise SweepError(
            f"{store.folder}: sweep.design={plan.design} says nothing of sensitivity; give "
            f"{' or '.join(RUNS_OF_A_ROW)}"
        )
    if store.waiting():
        raise SweepError(f"{store.folder}: not done; give the same command again")
    runs = len(plan.keys) + RUNS_OF_A_ROW[plan.design]
    by_run = store.read([indicator])[indicator].values
    values = by_run.reshape(-1, runs, *by_run.shape[1:])
    years = tuple(range(plan.years[0], plan.years[1] + 1))
    found = sobol(values) if plan.design == "saltelli" else morris(_parts(plan, runs), values)
    return ByYear(indicator, plan.keys, years, found)


def _parts(plan: Plan, runs: int) -> Array:
    """How far through its interval every swept key is, by (trajectory, run, key)."""
    low, high = np.array(plan.ends).T
    parts = (np.array(plan.values, dtype=float) - low) / (high - low)
    return np.asarray(parts.reshape(-1, runs, len(plan.keys)))


def as_csv(several: Sequence[ByYear]) -> str:
    """Every indicator, year and key: Sobol's indices or elementary effects, with their errors."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    of_sobol = isinstance(several[0].found, Indices)
    columns = (
        ("first", "first_error", "total", "total_error")
        if of_sobol
        else ("mean_absolute", "error", "mean", "deviation")
    )
    writer.writerow(["indicator", "year", "key", *columns])
    for one in several:
        values = [getattr(one.found, column) for column in columns]
        for k, key in enumerate(one.keys):
            for j, year in enumerate(one.years):
                cells = [float(value[k, j]) for value in values]
                writer.writerow(
                    [one.indicator, year, key, *("" if x != x else repr(x) for x in cells)]
                )
    return out.getvalue()
