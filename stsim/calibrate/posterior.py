"""Draws of all parameters: the second half of `job=calibrate`.

Fitted parameters are drawn from their posterior by sampling-importance-resampling: candidates come
from the Laplace approximation, a normal around the central values, cut where a parameter cannot be
(a share below 0), and are weighed by what the model itself makes of them. Where the record is
missed by more than the standard deviations allow, its weight is divided by the mean squared
residual. The others are drawn from their priors, half normals on either side of the central value,
the same for all fields: what is misjudged is misjudged for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from multiprocessing import get_context

import numpy as np
from pydantic import ValidationError

from stsim.calibrate.central import BLOCKS, Block, Vector
from stsim.config import Config
from stsim.draws import WHOLE_YEARS, stacked
from stsim.engines import stockflow
from stsim.faults import FAULTS, FitError
from stsim.params import FIELDS, LEAST, NAMES, ByField, Params, prior
from stsim.simulation import Prepared, prepare

#: Set to what the model counts, not drawn.
REFERENCES = ("reference_prospect", "reference_new_doctorates_persons")
#: A 90 % range is ± so many standard deviations.
NINETY = 1.645


@dataclass(frozen=True)
class Laplace:
    """The posterior of a block around its central values.

    `identified` is the part of the prior variance that the record has removed, by parameter and
    field; `misfit` the mean squared residual by which the record is weighed down (at least 1).
    """

    block: Block
    centre: Vector
    root: Vector
    identified: Vector
    misfit: float

    def candidate(self, rng: np.random.Generator) -> tuple[Vector, float]:
        """Values of the block that can be, and their squared distance in standard deviations."""
        for _ in range(MOST_TRIES):
            z = rng.standard_normal(len(self.centre))
            x = self.centre + SHRINK * (self.root @ z)
            if all(_inside(n, value) for n, value in zip(self.block.owner, x, strict=True)):
                return x, float(z @ z)
        raise FitError(f"{self.block.name}: none of {MOST_TRIES} candidates is a parameter set")

    def misses(self, config: Config, x: Vector) -> float:
        """Minus twice the logarithm of the posterior density, up to a constant; ∞ if it fails."""
        try:
            of_record = self.block.of_record(config, x)
        except FAULTS:
            return np.inf
        return float((of_record**2).sum() / self.misfit + (self.block.of_prior(x) ** 2).sum())


@dataclass(frozen=True)
class Sample:
    """Draws of the values of one block, and how many independent ones they are worth."""

    laplace: Laplace
    values: Vector
    effective: float


def sample(
    config: Config,
    laplace: Laplace,
    number: int,
    candidates: int,
    seed: int,
    workers: int,
    done: Callable[[int], None],
) -> Sample:
    """Draws from the posterior of a block, chosen among candidates by their weights."""
    rng = np.random.default_rng([seed, len(laplace.centre)])
    found = [laplace.candidate(rng) for _ in range(candidates)]
    misses = []
    for miss in _side_by_side(laplace, config, [x for x, _ in found], workers):
        misses.append(miss)
        done(len(misses))
    log_weight = (np.array([far for _, far in found]) - np.array(misses)) / 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    places = (np.arange(number) + rng.random()) / number
    chosen = np.searchsorted(np.cumsum(weight), places).clip(max=candidates - 1)
    values = np.array([found[k][0] for k in rng.permutation(chosen)])
    return Sample(laplace, values, float(1 / (weight**2).sum()))


def _side_by_side(
    laplace: Laplace, config: Config, several: Sequence[Vector], workers: int
) -> Iterator[float]:
    """What the posterior makes of several candidates, in order, in as many processes."""
    if workers == 1:
        yield from (laplace.misses(config, x) for x in several)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(laplace.misses, repeat(config), several, chunksize=10)


#: Candidates lie a little closer together than the approximation says: its tails are too long.
SHRINK = 0.85
#: How many candidates of each block are weighed.
CANDIDATES = {"doctoral": 5000, "faculty": 1500}
#: Draws of a block that may be thrown away before one can be used.
MOST_TRIES = 100_000


def laplace(config: Config, block: Block) -> Laplace:
    """The Laplace approximation at the central parameters, from differences of the residuals."""
    x = block.vector(config.params)
    there = block.of_record(config, x)
    jacobian = np.zeros((len(there), len(x)))
    for k, step in enumerate(1e-3 * block.spread):
        moved = x.copy()
        moved[k] += step
        jacobian[:, k] = (block.of_record(config, moved) - there) / step
    misfit = max(1.0, float((there**2).mean()))
    of_prior = 1 / block.spread
    covariance = np.linalg.inv(jacobian.T @ jacobian / misfit + np.diag(of_prior**2))
    identified = 1 - np.diag(covariance) * of_prior**2
    return Laplace(block, x, np.linalg.cholesky(covariance), identified, misfit)


def _inside(name: str, value: float) -> bool:
    """Whether a parameter can have this value at all."""
    about = prior(name)
    low = LEAST.get(name, 0.0 if about.low >= 0 else -np.inf)
    share = about.unit.startswith(("share", "probability"))
    return low < value < (1.0 if share else np.inf)


def _from_prior(name: str, centre: Vector, rng: np.random.Generator) -> Vector:
    """A draw around a central value: the range decides how far below and above it reaches."""
    about = prior(name)
    while True:
        z = rng.standard_normal()
        reach = about.high - centre if z > 0 else centre - about.low
        drawn = centre + np.maximum(reach, 0.0) * z / NINETY
        if name in WHOLE_YEARS:
            drawn = np.round(drawn)
        if all(_inside(name, value) or value == c for value, c in zip(drawn, centre, strict=True)):
            return np.asarray(drawn)


def one(config: Config, samples: Sequence[Sample], k: int, rng: np.random.Generator) -> Params:
    """The k-th draw of all parameters but the references."""
    params = config.params
    for each in samples:
        params = each.laplace.block.put(params, each.values[k])
    known = {name for each in samples for name in each.laplace.block.names} | set(REFERENCES)
    for name in NAMES:
        if name not in known:
            alone = Block(name, (name,), no_residuals)
            params = alone.put(params, _from_prior(name, alone.vector(config.params), rng))
    return params


def no_residuals(config: Config) -> Vector:
    """The record says nothing."""
    return np.empty(0)


def with_references(prepared: Prepared, several: list[Params]) -> list[Params]:
    """The draws with the reference points of behaviour that the model counts with each of them."""
    rates = prepared.rates.with_params(stacked(several))
    start = {n: np.repeat(c, len(several), axis=0) for n, c in prepared.start.stock.items()}
    count = stockflow.run(rates, start, prepared.config.years.first, 2025).last_count
    assert count is not None
    values = {f.__name__: f(count) for f in rates.rulebook.aggregates}
    hires = values["permanent_hires_from_below_persons"]
    per_year = hires / values["people_below_permanent_persons"]
    seeking = values["new_doctorates_seeking_persons"]
    return [
        params.model_copy(
            update={
                "reference_prospect": float(-np.expm1(-7 * per_year[k])),
                "reference_new_doctorates_persons": ByField(
                    **{field: float(seeking[k, j]) for j, field in enumerate(FIELDS)}
                ),
            }
        )
        for k, params in enumerate(several)
    ]


def draws(
    past: Config,
    today: Config,
    number: int,
    seed: int,
    workers: int,
    done: Callable[[str, int], None] = lambda what, count: None,
) -> tuple[list[Params], list[Sample]]:
    """So many draws of all parameters. `past` is the Config of the years that were fitted to."""
    samples = []
    for block in BLOCKS:
        around = laplace(past, block)
        many = CANDIDATES[block.name]
        told = partial(done, block.name)
        samples.append(sample(past, around, number, many, seed, workers, told))
    rng = np.random.default_rng(seed)
    found: list[Params] = []
    prepared = prepare(today)
    while len(found) < number:
        drawn = one(today, samples, len(found), rng)
        try:
            found += with_references(prepared, [Params.model_validate(drawn.model_dump())])
        except (ValidationError, *FAULTS):  # no parameter set, or none that can be run: drawn again
            continue
        done("references", len(found))
    return found, samples
