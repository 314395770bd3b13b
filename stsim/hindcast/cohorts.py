"""Faculty of all universities by single year of age, from the surveys since 1986.

A small model in the words of the large one, run by the same stock engine: faculty leave by age and
year, hires come in from outside. Exit hazards are a shape over age times three slow random walks
(under 40, 40 to 59, 60 and over), one step between surveys; the ages of hires within a band are a
normal curve whose centre drifts (25 to 39) or fall with age (40 and over). Structure and priors:
docs/decisions/0017.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from stsim.engines import stockflow
from stsim.hindcast.problem import Posterior, Problem
from stsim.observed import Record
from stsim.rates import Rates
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
    flow,
    posts,
)

FACULTY = Stage("faculty", "university faculty", "大学教員")
#: Single years of age; who is past the last one has retired.
AGE = np.arange(25, 76)
#: The last age of the surveys; the hazard there, which nobody stays.
LAST_AGE, RETIRES = 74, 50.0
BANDS = {"25-39": (25, 39), "40-49": (40, 49), "50-59": (50, 59), ">=60": (60, 74)}
#: People by band: (band, age), 1 where an age is in a band.
IN_BAND = np.array([(low <= AGE) & (high >= AGE) for low, high in BANDS.values()], float)
#: The first survey.
FIRST = 1986

# Knots of the log density of 1986, with a flat prior that falls at the end.
START_KNOTS = np.array([25, 28, 31, 34, 37, 40, 43, 46, 50, 54, 58, 62, 66, 72])
START_CENTRE = np.log([0.2, 0.6, 1, 1, 1, 1, 1, 1, 1, 1, 0.9, 0.6, 0.3, 0.05])
START_SPREAD = 0.1
#: Faculty of one age in 1986, before the density.
PER_AGE = 3000.0
# Knots of the hazard of leaving, a year.
EXIT_KNOTS = np.array([25, 30, 36, 43, 50, 57, 60, 62, 64, 66, 68, 71, 74])
EXIT_CENTRE = np.log([0.07, 0.05, 0.04, 0.03, 0.02, 0.02, 0.03, 0.05, 0.25, 0.2, 0.2, 0.5, 0.4])
EXIT_SPREAD = 0.4
#: Centres of the three groups whose hazards move, and the age at which one becomes the next.
GROUPS = ("under 40", "40 to 59", "60 and over")
TURNS, TURN_YEARS = (40.0, 60.0), 1.5
#: Standard deviation of the walk of each group over three years.
WALK = np.array([0.15, 0.20, 0.20])
# Ages of hires: centre at 25-39 in 1986, its drift a year, log width, and falls a year of age.
HIRES = ("hire_centre", "hire_drift", "hire_log_width", "fall_40_to_49", "fall_from_60")
HIRE_CENTRE = np.array([31.0, 0.05, np.log(4.5), 0.1, 0.15])
HIRE_SPREAD = np.array([2.0, 0.08, 0.25, 0.1, 0.1])
#: What a survey may be off, of each band: its share is rounded to 0.1 points.
SURVEY = 0.004


@flow(FACULTY, OUTSIDE)
def leave(m: Moment) -> Rate:
    """Faculty leave the universities, by age and year."""
    return m.given.exit_hazard  # type: ignore[no-any-return]


@posts((), FACULTY, weight=lambda m: 1.0, also_from_outside=True)
def hired(m: Moment) -> Seats | Openings:
    """People are hired from outside the universities, into openings or into vacant seats."""
    places = Seats if m.given.by_seats else Openings
    return places(m.given.places, 1.0, m.given.hire_ages)


BOOK = Rulebook(
    (FACULTY,), (leave, hired), (Season((hired,)),), ages=tuple(AGE.tolist()), sexes=("all",)
)


def _membership() -> Array:
    """How much each age belongs to each group: (group, age), adding up to one."""
    past = [1 / (1 + np.exp(-(AGE + 0.5 - turn) / TURN_YEARS)) for turn in TURNS]
    return np.array([1 - past[0], past[0] - past[1], past[1]])


MEMBERSHIP = _membership()


@dataclass(frozen=True)
class Surveys:
    """The surveys that are known: persons by (band, survey) of the stock and of a year's hires.

    The hires of a survey are those of the year before it.
    """

    years: tuple[int, ...]
    stock: Array
    hires: Array

    @classmethod
    def of(cls, record: Record) -> Surveys:
        """All surveys of a record."""
        total = record.series("university_faculty", age=">=25")
        hired = record.series("university_faculty_hires", age=">=25")
        years = tuple(sorted(y for y in hired if y in total))
        stock, hires = (
            np.array([[whole[y] * record.series(name, age=a)[y] for y in years] for a in BANDS])
            for whole, name in (
                (total, "university_faculty_age_share"),
                (hired, "university_faculty_hires_age_share"),
            )
        )
        return cls(years, stock, hires)

    @cached_property
    def walks(self) -> int:
        """How many steps the walks have taken."""
        return len(self.years) - 2


class Places(NamedTuple):
    """Places of a year by draw, and how hires spread over bands (draw, band).

    They are posts, filled as far as they are vacant, or else the hires themselves. Within a band
    hires have the ages of the year `ages_of`.
    """

    number: Array
    bands: Array
    by_seats: bool
    ages_of: int


class Cohorts:
    """The model for the surveys that are known."""

    def __init__(self, surveys: Surveys) -> None:
        self.surveys = surveys
        names = [f"start_{a}" for a in START_KNOTS] + [f"exit_{a}" for a in EXIT_KNOTS]
        centre, spread = [*START_CENTRE, *EXIT_CENTRE], [START_SPREAD] * 14 + [EXIT_SPREAD] * 13
        for k in range(surveys.walks):
            names += [f"walk_{group}_{surveys.years[k + 1]}" for group in GROUPS]
            centre += [0.0] * 3
            spread += WALK.tolist()
        self.names = (*names, *HIRES)
        self.centre = np.array([*centre, *HIRE_CENTRE])
        self.spread = np.array([*spread, *HIRE_SPREAD])

    def fit(self) -> Posterior:
        """The parameters given the surveys."""

        def residuals(sets: Array) -> Array:
            bands = self.carried(sets, self.surveys.years)
            return np.log(bands / self.surveys.stock).reshape(len(sets), -1) / SURVEY

        return Problem("cohorts", self.names, self.centre, self.spread, residuals).fit()

    def known(self, year: int) -> Places:
        """The hires of a year, in a line between surveys; the last ones known go on."""
        at = np.array(self.surveys.years) - 1
        people = np.array([[np.interp(year, at, line) for line in self.surveys.hires]])
        return Places(people.sum(axis=1), people / people.sum(), False, year)

    def carried(
        self,
        sets: Array,
        at: Sequence[int],
        walk_ahead: Array | None = None,
        places_ahead: Callable[[int], Places] | None = None,
    ) -> Array:
        """Persons by (set, band, year) at some years.

        `walk_ahead` are further steps (set, step, group) of the hazards after the last survey,
        `places_ahead` gives hires or seats, and the shares by band, from the year of it on.
        """
        run = self.run(sets, max(at), walk_ahead, places_ahead)
        ages = run.stock[:, :, 0, :, 0, 0][:, [year - FIRST for year in at]]
        return np.asarray(np.einsum("dta,ba->dbt", ages, IN_BAND))

    def run(
        self,
        sets: Array,
        last: int,
        walk_ahead: Array | None = None,
        places_ahead: Callable[[int], Places] | None = None,
    ) -> stockflow.Run:
        """The stock engine from 1986 on, parameter sets side by side as draws."""
        start, exits, walk, hires = self._parts(sets)
        steps = [np.zeros((len(sets), 1, 3)), walk.reshape(len(sets), -1, 3)]
        if walk_ahead is not None:
            steps.append(walk_ahead)
        level = np.cumsum(np.concatenate(steps, axis=1), axis=1)
        shape = _lines(EXIT_KNOTS, exits)
        marks = np.array(self.surveys.years)

        def given(year: int) -> Mapping[str, object]:
            step = int(np.searchsorted(marks, year, side="right")) - 1
            if year >= marks[-1]:
                step += (year - int(marks[-1])) // 3
            step = min(max(step, 0), level.shape[1] - 1)
            hazard = np.exp(shape + level[:, step] @ MEMBERSHIP)
            hazard[:, AGE >= LAST_AGE] = RETIRES
            ahead = places_ahead if year >= marks[-1] else None
            places = ahead(year) if ahead else self.known(year)
            bands = np.broadcast_to(places.bands, (len(sets), len(BANDS)))
            ages = np.einsum("db,dba->da", bands, self._within(hires, places.ages_of))
            return {
                "exit_hazard": hazard[:, None, :, None, None],
                "places": places.number.reshape(-1, 1, 1, 1, 1),
                "hire_ages": ages[:, None, :, None, None],
                "by_seats": places.by_seats,
            }

        people = PER_AGE * np.exp(_lines(START_KNOTS, start)) * (AGE <= LAST_AGE)
        cells = {"faculty": people[:, None, :, None, None]}
        return stockflow.run(Rates(BOOK, given_at=given), cells, FIRST, last)

    def _parts(self, sets: Array) -> list[Array]:
        ends = np.cumsum([len(START_KNOTS), len(EXIT_KNOTS), 3 * self.surveys.walks])
        return np.split(sets, ends, axis=1)

    def _within(self, hires: Array, year: int) -> Array:
        """How the hires of each band spread over ages: (set, band, age), adding up to one."""
        centre, drift, log_width, fall_40, fall_60 = hires.T[:, :, None]
        middle = centre + drift * (year - FIRST)
        young = -0.5 * ((AGE - middle) / np.exp(log_width)) ** 2
        flat = np.zeros_like(young)
        logs = np.stack([young, -fall_40 * (AGE - 40), flat, -fall_60 * (AGE - 60)], axis=1)
        weight = np.where(IN_BAND > 0, np.exp(logs), 0.0)
        return np.asarray(weight / weight.sum(axis=2, keepdims=True))


def _lines(knots: Array, values: Array) -> Array:
    """Straight lines between knots, at every age: (set, age)."""
    basis = np.array([np.interp(AGE, knots, row) for row in np.eye(len(knots))])
    return np.asarray(values @ basis)
