"""Faculty of national universities by single year of age and contract, from the chart since 2007.

A small model in the words of the large one, run by the same stock engine. The seats of both
contracts are given; permanent posts go in part to people on fixed-term posts and in part to people
from outside, fixed-term posts to people from outside. Hires are normal around an age that drifts,
and people leave by age. The chart says six things: two mean ages at the start, two of hires and
their drifts. On how often people leave and the part of posts filled from inside it says little:
there the priors count. What is fixed is judgement in round numbers, or from the source named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from stsim.engines import stockflow
from stsim.hindcast.problem import Problem
from stsim.observed import Record
from stsim.quantities import Timeline
from stsim.rates import Rates
from stsim.rulebook.phrases import bell
from stsim.vocabulary import (
    OUTSIDE,
    Array,
    Moment,
    Openings,
    Rate,
    Rulebook,
    Season,
    Seats,
    Stage,
    everybody,
    flow,
    posts,
)

PERMANENT = Stage("permanent", "permanent faculty, national", "国立大学・任期なし教員")
FIXED_TERM = Stage("fixed_term", "fixed-term faculty, national", "国立大学・任期付き教員")
GivenAt = Callable[[int], Mapping[str, Any]]
CONTRACTS, GROUPS = ("permanent", "fixed_term"), ("<40", ">=40")
SERIES = "national_university_faculty"
#: Single years of age; the last is open.
AGES = np.arange(25, 71)
FIRST = 2007
#: (group, age), 1 where an age is in a group.
IN_GROUP = np.array([AGES < 40, AGES >= 40], float)

#: Spread of ages at the start, years. Permanent: then there are as many people of 50 to 59 for each
#: of 40 to 49 as in all universities in 2007 (0.92, series university_faculty_age_share).
START_WIDTH = {"permanent": 12.0, "fixed_term": 9.0}
#: Nobody is older at the start: national universities retire people at 63 to 65.
OLDEST = 65
#: Spread of the ages of hires, years; inside, of the weights of those who may be hired.
HIRE_WIDTH = 7.0
#: What the chart is to say: centre and standard deviation of the priors, years. Drifts: about as
#: much as 25-39 lost of the hires of all universities from 2004 to 2010 (73.2 to 68.6 %).
FREE = {
    "permanent_start_age": (47.0, 5.0),
    "fixed_term_start_age": (41.0, 5.0),
    "permanent_hire_age": (38.0, 5.0),
    "permanent_hire_drift": (0.0, 0.15),
    "fixed_term_hire_age": (36.0, 5.0),
    "fixed_term_hire_drift": (0.0, 0.15),
}
#: What it says little about: logarithms of how often people leave against the rates below, and the
#: log odds that a permanent post is filled from inside.
WEAK = {
    "permanent_log_exit": (0.0, 0.25),
    "fixed_term_log_exit": (0.0, 0.4),
    "inside_logit": (0.0, 1.0),
}
PRIORS = FREE | WEAK
#: Standard deviation of the logarithm of a scope factor (scope_breaks.csv).
SCOPE = 0.02
#: How far a smooth model may be off, in each contract and year: log odds of being under 40.
CHART = 0.02


@flow((PERMANENT, FIXED_TERM), OUTSIDE)
def leave(m: Moment) -> Rate:
    """People leave national universities; nearly all who are still there at 65.

    Permanent: about as the model of all universities has it for 2010 to 2022, in round numbers.
    Fixed-term: one in ten a year; nobody has counted them.
    """
    if m.stage is PERMANENT:
        usual: Rate = np.select([m.age < 40, m.age < 50], [0.06, 0.03], 0.02)
        level = m.params.permanent_log_exit
    else:
        usual, level = 0.1, m.params.fixed_term_log_exit
    retiring = np.select([m.age < 60, m.age < 64, m.age < 65], [0.0, 0.06, 0.5], 2.0)
    return np.asarray(usual * np.exp(level + m.given.exit_walk[m.stage.name]) + retiring)


def hire_ages(contract: str, m: Moment) -> Array:
    """Ages of people hired: a normal curve around a centre that drifts."""
    centre = getattr(m.params, f"{contract}_hire_age")
    drift = getattr(m.params, f"{contract}_hire_drift")
    middle = centre + drift * (m.year - FIRST) + m.given.hire_age_walk[contract]
    return bell(m, middle, HIRE_WIDTH)


def filled(m: Moment, contract: str, outside_share: Rate) -> Seats | Openings:
    """Seats, or as many hires as before where hires persist."""
    ages = hire_ages(contract, m)
    if m.given.hires_persist:
        return Openings(m.given.hires[contract], outside_share, ages)
    return Seats(m.given.seats[contract], outside_share, ages)


@posts(FIXED_TERM, PERMANENT, weight=partial(hire_ages, "permanent"), also_from_outside=True)
def permanent_posts(m: Moment) -> Seats | Openings:
    """Permanent posts are filled from the fixed-term posts and from outside."""
    return filled(m, "permanent", 1 / (1 + np.exp(m.params.inside_logit)))


@posts((), FIXED_TERM, weight=everybody, also_from_outside=True)
def fixed_term_posts(m: Moment) -> Seats | Openings:
    """Fixed-term posts are filled from outside."""
    return filled(m, "fixed_term", 1.0)


BOOK = Rulebook(
    (PERMANENT, FIXED_TERM),
    (leave, permanent_posts, fixed_term_posts),
    (Season((permanent_posts, fixed_term_posts)),),
    ages=tuple(AGES.tolist()),
    sexes=("all",),
)


@dataclass(frozen=True)
class Chart:
    """The chart as far as it is known: persons by (contract, age group, year) as counted.

    `log_factors` are those of the scope break by (contract, age group); `broken` says which years
    lie after it.
    """

    years: tuple[int, ...]
    counts: Array
    log_factors: Array
    broken: Array

    @classmethod
    def of(cls, record: Record) -> Chart:
        """The chart of a record."""
        cells = [[record.series(SERIES, age=g, status=c) for g in GROUPS] for c in CONTRACTS]
        years = tuple(sorted(cells[0][0]))
        counts = np.array([[[cell[y] for y in years] for cell in row] for row in cells])
        factor_of = partial(record.scope_factor, SERIES)
        factor = np.array(
            [[[factor_of(y, g, c) for y in years] for g in GROUPS] for c in CONTRACTS]
        )
        return cls(years, counts, np.log(factor[..., -1]), (factor != 1).any(axis=(0, 1)))

    @property
    def adjusted(self) -> Array:
        """Persons by (contract, age group, year) in the first scope."""
        return self.in_first_scope(self.log_factors)

    def in_first_scope(self, log_factors: Array) -> Array:
        """The same with other factors (..., contract, age group)."""
        return np.asarray(self.counts / np.exp(log_factors[..., None] * self.broken))

    def seats(self) -> dict[str, Timeline]:
        """Faculty in post by contract in the first scope, in a line between counted years."""
        totals = self.adjusted.sum(axis=1)
        return {
            contract: Timeline.of(dict(zip(self.years, row, strict=True)), "linear")
            for contract, row in zip(CONTRACTS, totals, strict=True)
        }


class Contracts:
    """The model for the years of the chart that are known."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        centre, spread = np.array(list(PRIORS.values())).T
        self.names = tuple(PRIORS)
        if chart.broken.any():
            self.names += tuple(f"log_scope {c} {g}" for c in CONTRACTS for g in GROUPS)
            centre = np.concatenate([centre, chart.log_factors.ravel()])
            spread = np.concatenate([spread, np.full(4, SCOPE)])
        self.problem = Problem("contracts", self.names, centre, spread, self._residuals)

    def _residuals(self, sets: Array) -> Array:
        off = self.cells(self.known_years(sets), self.chart.years) / self.counted(sets)
        return np.asarray(np.log(off[:, :, 0] / off[:, :, 1]).reshape(len(sets), -1) / CHART)

    def counted(self, sets: Array) -> Array:
        """Persons by (set, contract, age group, year) in the first scope, as each set has it."""
        if not self.chart.broken.any():
            return np.repeat(self.chart.counts[None], len(sets), axis=0)
        return self.chart.in_first_scope(sets[:, len(PRIORS) :].reshape(-1, 2, 2))

    def known_years(self, sets: Array) -> stockflow.Run:
        """The run through the years of the chart on its seats."""
        counted = self.chart.years
        first, last = counted[0], counted[-1]
        every = range(first, last + 1)
        between = np.array([np.interp(every, counted, row) for row in np.eye(len(counted))])
        seats = self.counted(sets).sum(axis=2) @ between
        nothing = dict.fromkeys(CONTRACTS, 0.0)

        def given(year: int) -> Mapping[str, Any]:
            return {
                "seats": by_contract(seats[:, :, year - first]),
                "hires_persist": False,
                "exit_walk": nothing,
                "hire_age_walk": nothing,
            }

        people = {}
        for k, contract in enumerate(CONTRACTS):
            shape = np.exp(-0.5 * ((AGES + 0.5 - sets[:, k, None]) / START_WIDTH[contract]) ** 2)
            shape *= AGES <= OLDEST
            share = shape / shape.sum(axis=1, keepdims=True)
            people[contract] = on_cells(share * seats[:, k, :1])
        return self.run(sets, people, first, last, given)

    @staticmethod
    def run(
        sets: Array, start: Mapping[str, Array], first: int, last: int, given: GivenAt
    ) -> stockflow.Run:
        """The model from one count to another, on what is given by year."""
        params = {name: on_cells(sets[:, k, None]) for k, name in enumerate(PRIORS)}
        return stockflow.run(Rates(BOOK, params, given_at=given), start, first, last)

    @staticmethod
    def cells(run: stockflow.Run, years: Sequence[int]) -> Array:
        """Persons of a run by (set, contract, age group, year)."""
        at = [year - run.years[0] for year in years]
        return np.asarray(np.einsum("dtca,ga->dcgt", run.stock[..., 0, 0][:, at], IN_GROUP))


def on_cells(values: Array) -> Array:
    """Values by (set, age) on the axes of a cell."""
    return values[:, None, :, None, None]


def by_contract(values: Array) -> dict[str, Array]:
    """Values by (set, contract) as one number for each set, on the axes of a cell."""
    return {c: on_cells(values[:, k, None]) for k, c in enumerate(CONTRACTS)}
