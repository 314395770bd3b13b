"""Are the ranges as wide as they say? Surveys made by the model itself, with known parameters.

Simulation-based calibration (Talts et al. 2018) of the cohort model: parameters are drawn from the
prior, surveys are made from them with the error a survey has, the model is fitted to these, and the
ranges are held against the parameters and the later years that are known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np

from stsim.hindcast.cohorts import SURVEY, Cohorts, Surveys
from stsim.hindcast.problem import Posterior
from stsim.observed import Record
from stsim.vocabulary import Array

#: The surveys that are made anew: those until this year.
UNTIL = 2007
#: Draws of each forecast, and how far it is checked.
DRAWS, LATER = 400, (2010, 2016, 2022)
#: An interval of 80 % of a normal is ± so many standard deviations.
EIGHTY = 1.2815515655446004


@dataclass(frozen=True)
class Calibration:
    """What came out of many synthetic sets.

    `ranks` are the parts of the posterior below the known values (set, parameter), `covered` says
    whether the middle 80 % of the forecasts hold what came (set, series, year).
    """

    names: tuple[str, ...]
    ranks: Array
    covered: Array

    @property
    def parameters_covered(self) -> float:
        """The part of all parameters that lie in the middle 80 % of their posterior."""
        return float((abs(self.ranks - 0.5) <= 0.4).mean())

    @property
    def forecasts_covered(self) -> float:
        """The part of all forecasts whose middle 80 % hold what came."""
        return float(self.covered.mean())


def calibration(
    record: Record,
    sets: int,
    seed: int,
    workers: int = 1,
    done: Callable[[int], None] = lambda number: None,
) -> Calibration:
    """So many synthetic sets of surveys, fitted and forecast. `done` is told each set's number."""
    surveys = Surveys.of(record.until(UNTIL))
    found = []
    for number, one in enumerate(_each(surveys, sets, seed, workers)):
        found.append(one)
        done(number)
    ranks, covered = (np.array(part) for part in zip(*found, strict=True))
    return Calibration(Cohorts(surveys).names, ranks, covered)


def _each(surveys: Surveys, sets: int, seed: int, workers: int) -> Iterator[tuple[Array, Array]]:
    if workers == 1:
        yield from (_one(surveys, seed, k) for k in range(sets))
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(_one, [surveys] * sets, [seed] * sets, range(sets))


def _one(surveys: Surveys, seed: int, number: int) -> tuple[Array, Array]:
    """One synthetic set: where the known parameters lie, and which later years are covered."""
    from scipy.stats import norm

    rng = np.random.default_rng([seed, number])
    model = Cohorts(surveys)
    true = model.centre + model.spread * rng.standard_normal(len(model.centre))
    made = model.carried(true[None], surveys.years)[0]
    made = made * np.exp(SURVEY * rng.standard_normal(made.shape))
    model = Cohorts(replace(surveys, stock=made))
    posterior = model.fit()
    sd = np.sqrt((posterior.root**2).sum(axis=1))
    ranks = norm.cdf((true - posterior.best) / sd)
    sure = Posterior(posterior.problem, true, np.zeros_like(posterior.root), sd, 0.0)
    came = model.forecast(sure, LATER, 2, seed=number)
    low, high = model.forecast(posterior, LATER, DRAWS, seed=number + 1_000_000).interval(0.8)
    return ranks, (low <= came.draws[0]) & (came.draws[0] <= high)
