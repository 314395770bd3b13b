"""Draws of all parameters: the second half of `job=calibrate`.

Fitted parameters are drawn from their posterior: candidates come from the Laplace approximation, a
normal around the central values, cut where a parameter cannot be (a share below 0); they are
weighed by what the model itself makes of them, and those chosen move on as Markov chains. Where the
record is missed by more than the standard deviations allow, its weight is divided by the mean
squared residual. The others are drawn from their priors, half normals on either side of the central
value, the same for all fields: what is misjudged is misjudged for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context

import numpy as np
from pydantic import ValidationError

from stsim.calibrate.central import BLOCKS, Block, Vector, with_references
from stsim.config import Config
from stsim.draws import WHOLE_YEARS
from stsim.faults import FAULTS, FitError
from stsim.params import LEAST, NAMES, Params, prior
from stsim.simulation import prepare

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
            if self.can_be(x):
                return x, float(z @ z)
        raise FitError(f"{self.block.name}: none of {MOST_TRIES} candidates is a parameter set")

    def can_be(self, x: Vector) -> bool:
        """Whether every parameter can have its value at all."""
        return all(_inside(n, value) for n, value in zip(self.block.owner, x, strict=True))

    def misses(self, config: Config, x: Vector) -> float:
        """Minus twice the logarithm of the posterior density, up to a constant; ∞ if it fails."""
        try:
            of_record = self.block.of_record(config, x)
        except FAULTS:
            return np.inf
        return float((of_record**2).sum() / self.misfit + (self.block.of_prior(x) ** 2).sum())


@dataclass(frozen=True)
class Sample:
    """Draws of the values of one block.

    `effective` is how many independent draws the weights of the candidates were worth, `accepted`
    the share of the moves after that which were accepted.
    """

    laplace: Laplace
    values: Vector
    effective: float
    accepted: float


def sample(
    config: Config,
    laplace: Laplace,
    number: int,
    candidates: int,
    sweeps: int,
    seed: int,
    workers: int,
    done: Callable[[int], None],
) -> Sample:
    """Draws from the posterior of a block, chosen among candidates by their weights."""
    rng = np.random.default_rng([seed, len(laplace.centre)])
    found = [laplace.candidate(rng) for _ in range(candidates)]
    with _side_by_side(laplace, config, workers, done) as misses_of:
        misses = misses_of(np.array([x for x, _ in found]))
        log_weight = (np.array([far for _, far in found]) - misses) / 2
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        places = (np.arange(number) + rng.random()) / number
        chosen = np.searchsorted(np.cumsum(weight), places).clip(max=candidates - 1)
        chosen = rng.permutation(chosen)
        values = np.array([found[k][0] for k in chosen])
        values, accepted = moved(laplace, values, misses[chosen], misses_of, sweeps, rng)
    return Sample(laplace, values, float(1 / (weight**2).sum()), accepted)


#: What the posterior makes of several values: one number for each row.
MissesOf = Callable[[Vector], Vector]


def moved(
    laplace: Laplace,
    values: Vector,
    misses: Vector,
    misses_of: MissesOf,
    sweeps: int,
    rng: np.random.Generator,
) -> tuple[Vector, float]:
    """Let draws move, so that none is another's copy; returns them and the share of moves accepted.

    Each half in turn moves along differences of two of the other half (differential-evolution
    Markov chains: ter Braak 2006), which leaves the posterior as it is.
    """
    number, size = values.shape
    values, misses, accepted = values.copy(), misses.copy(), 0
    spread = np.sqrt((laplace.root**2).sum(axis=1))
    for turn in range(2 * sweeps):
        going = np.arange(number) % 2 == turn % 2
        others = values[~going]
        pairs = np.array([rng.choice(len(others), 2, replace=False) for _ in range(going.sum())])
        tried = values[going] + 2.38 / np.sqrt(2 * size) * (
            others[pairs[:, 0]] - others[pairs[:, 1]]
        )
        tried += 1e-3 * spread * rng.standard_normal(tried.shape)
        can_be = np.array([laplace.can_be(x) for x in tried])
        found = np.full(len(tried), np.inf)
        found[can_be] = misses_of(tried[can_be])
        kept = np.log(rng.random(len(tried))) < (misses[going] - found) / 2
        places = np.flatnonzero(going)[kept]
        values[places], misses[places] = tried[kept], found[kept]
        accepted += len(places)
    return values, accepted / (sweeps * number)


@contextmanager
def _side_by_side(
    laplace: Laplace, config: Config, workers: int, done: Callable[[int], None]
) -> Iterator[MissesOf]:
    """What the posterior makes of several values at once, in as many processes."""

    def told(found: Iterable[float]) -> Vector:
        misses = []
        for miss in found:
            misses.append(miss)
            done(1)
        return np.array(misses)

    if workers == 1:
        yield lambda several: told(laplace.misses(config, x) for x in several)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield lambda several: told(pool.map(laplace.misses, repeat(config), several, chunksize=5))


#: Candidates lie a little closer together than the approximation says: its tails are too long.
SHRINK = 0.85
#: How many candidates of each block are weighed.
CANDIDATES = {"doctoral": 5000, "faculty": 1500}
#: How often each draw tries to move.
SWEEPS = {"doctoral": 50, "faculty": 12}
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


def draws(
    past: Config,
    today: Config,
    number: int,
    seed: int,
    workers: int,
    done: Callable[[int], None] = lambda more: None,
) -> tuple[list[Params], list[Sample]]:
    """So many draws of all parameters. `past` is the Config of the years that were fitted to.

    `done` is told whenever one more set has been run; moves that lead to no parameter set are not.
    """
    samples = []
    for block in BLOCKS:
        around = laplace(past, block)
        many, sweeps = CANDIDATES[block.name], SWEEPS[block.name]
        samples.append(sample(past, around, number, many, sweeps, seed, workers, done))
    rng = np.random.default_rng(seed)
    found: list[Params] = []
    prepared = prepare(today)
    while len(found) < number:
        drawn = one(today, samples, len(found), rng)
        try:
            found += with_references(prepared, [Params.model_validate(drawn.model_dump())])
        except (ValidationError, *FAULTS):  # no parameter set, or none that can be run: drawn again
            continue
        done(1)
    return found, samples
