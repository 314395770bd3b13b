"""Doctorates and enrolment forecast from what was known at a cut.

The level of every field and of enrolment is set right to the last three counts. Entry beyond the
April count stays at what it was at the cut, or goes on at the pace of the nine years before.
Entrants after the cut are forecast as well, or given by whoever asks.

Chosen on cuts from 1990 to 2004 scored to 2007: the nine years of the pace, and that enrolment
needs it; the damping of the trend in entrants; how wide the noise is. That levels are set right,
and over how many counts, was settled in a study that had seen all years.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from stsim.hindcast.degree_counts import Counts
from stsim.hindcast.forecast import Forecast, mirrored, point
from stsim.hindcast.problem import Posterior, Problem
from stsim.hindcast.study import (
    FIRST,
    FIRST_AWARDS,
    GROUPS,
    TERM,
    WALK,
    WALK_YEARS,
    Entrants,
    Parameters,
    Study,
)
from stsim.observed import FIELDS, Record
from stsim.vocabulary import Array

#: What is forecast: doctorates by field and in all fields, and enrolment.
SERIES = (*FIELDS, "degrees", "enrolment")
#: The first cut: five years of enrolment are known, and the course doctorates of 1991.
FIRST_CUT = 1995
#: Counts to which levels are set right, and of which ratios are taken.
LAST_COUNTS = 3
#: Steps of the walk whose mean is the pace at which entry beyond the count may go on.
PACE_STEPS = 3
#: How much of a year's trend in entrants goes on in the next, and over how many years it is read.
ENTRY_DAMPING, ENTRY_TREND_YEARS = 0.7, 3
# Noise after the cut, a year, in logarithms (assumptions): entrants of all fields and of each,
# doctorates of all fields and of each, enrolment.
ENTRY_ALL, ENTRY_EACH, LEVEL_ALL, LEVEL_EACH, LEVEL_ENROLMENT = 0.02, 0.03, 0.02, 0.03, 0.01


class Degrees:
    """The model for what a record knew at a cut; it sees nothing later.

    A cut before `FIRST_CUT` is a ValueError, one after the last count a DataError.
    """

    def __init__(self, record: Record, cut: int) -> None:
        if cut < FIRST_CUT:
            raise ValueError(f"forecasts of doctorates start in {FIRST_CUT} or later, not {cut}")
        self.cut = cut
        known = record.until(cut)
        self.counts = Counts(known, cut)
        self.entrants = Entrants.counted(known.by_field("doctoral_entrants"), cut)
        self.parameters = Parameters(cut, self.counts.awards[:, FIRST_AWARDS - FIRST])

    @cached_property
    def posterior(self) -> Posterior:
        """The parameters given what was known."""
        it = self.parameters

        def residuals(sets: Array) -> Array:
            study = it.carried(sets, self.entrants, self.cut)
            return self.counts.misses(study, it.split(sets)["on_time"])

        return Problem("degrees", it.names, it.centre, it.spread, residuals).fit()

    def fitted(self) -> Forecast:
        """What the best parameters say of the known years, no level set right."""
        best = self.parameters.carried(self.posterior.best[None], self.entrants, self.cut)
        found = _with_total(best.awards, best.enrolment.sum(axis=1))
        years = range(FIRST_AWARDS, self.cut + 1)
        return point(SERIES, years, found[0, :, FIRST_AWARDS - FIRST :])

    def forecast(
        self,
        years: Sequence[int],
        *,
        entrants: Mapping[str, Mapping[int, float]] | None = None,
        pace: float = 0.0,
        number: int = 400,
        seed: int = 0,
    ) -> Forecast:
        """Doctorates by field and in all fields, and enrolment, in years after the cut.

        `entrants` are those counted, by field and year; left out, they are forecast too. `pace`
        is the part of its pace at which entry beyond the April count goes on, from 0 to 1.
        Raises ValueError for years not after the cut, another pace, or an odd number of draws.
        """
        if not years or min(years) <= self.cut:
            raise ValueError(f"years to forecast come after the cut of {self.cut}: {[*years]}")
        if not 0 <= pace <= 1:
            raise ValueError(f"a part of the pace from 0 to 1 goes on, not {pace:g}")
        if number < 2 or number % 2:
            raise ValueError(f"draws come in pairs, there cannot be {number}")
        rng, last = np.random.default_rng(seed), max(years)
        sets = self.posterior.draws(number, rng)
        if entrants is None:
            entry = self._entrants_ahead(number, last, rng)
        else:
            entry = Entrants.counted(entrants, last)
        study = self.parameters.carried(sets, entry, last, self._walk_ahead(sets, last, pace, rng))
        awards, enrolment = self._set_right(study)
        ahead = (number, len(FIELDS), last - self.cut)
        of_all, of_each = _walks(rng, ahead, LEVEL_ALL, LEVEL_EACH)
        awards = awards[:, :, self.cut + 1 - FIRST :] * np.exp(of_all + of_each)
        own = LEVEL_ENROLMENT * np.cumsum(mirrored(rng, number, ahead[2]), axis=1)
        found = _with_total(awards, enrolment[:, self.cut + 1 - FIRST :] * np.exp(own))
        return Forecast(SERIES, tuple(years), found[:, :, [y - self.cut - 1 for y in years]])

    def _entrants_ahead(self, number: int, last: int, rng: np.random.Generator) -> Entrants:
        """Entrants counted, and after the cut a damped trend with noise."""
        known = self.entrants.persons[0]
        trend = np.log(known[:, -1] / known[:, -1 - ENTRY_TREND_YEARS]) / ENTRY_TREND_YEARS
        shape = (number, len(FIELDS), last - self.cut)
        going_on = np.cumsum(ENTRY_DAMPING ** np.arange(1, shape[2] + 1))
        of_all, of_each = _walks(rng, shape, ENTRY_ALL, ENTRY_EACH)
        ahead = known[:, -1:] * np.exp(trend[:, None] * going_on + of_all + of_each)
        before = np.broadcast_to(known, (number, *known.shape))
        return Entrants(tuple(range(FIRST, last + 1)), np.concatenate([before, ahead], axis=2))

    def _walk_ahead(self, sets: Array, last: int, pace: float, rng: np.random.Generator) -> Array:
        """Further steps (set, step, group) of entry beyond the April count."""
        known = self.parameters.split(sets)["walk"].reshape(len(sets), -1, len(GROUPS))
        mean = known[:, -PACE_STEPS:].mean(axis=1, keepdims=True)
        steps = -(-(last - self.cut) // WALK_YEARS)
        return np.asarray(pace * mean + WALK * mirrored(rng, len(sets), steps, len(GROUPS)))

    def _set_right(self, study: Study) -> tuple[Array, Array]:
        """Doctorates (set, field, year) and enrolment (set, year) at the level last counted."""
        now = slice(self.cut + 1 - FIRST - LAST_COUNTS, self.cut + 1 - FIRST)
        counted = self.counts.awards[:, now].sum(axis=1)
        by_field = counted / study.awards[:, :, now].sum(axis=2)
        enrolment = study.enrolment.sum(axis=1)
        years = [*self.counts.enrolment][-LAST_COUNTS:]
        persons = sum(self.counts.enrolment[year] for year in years)
        of_all = persons / enrolment[:, [year - FIRST for year in years]].sum(axis=1)
        return study.awards * by_field[:, :, None], enrolment * of_all[:, None]


def forecast(
    record: Record,
    cut: int,
    years: Sequence[int],
    *,
    entrants: Mapping[str, Mapping[int, float]] | None = None,
    pace: float = 0.0,
    number: int = 400,
    seed: int = 0,
) -> Forecast:
    """Doctorates and enrolment after a cut, from what a record knew then: `Degrees.forecast`."""
    model = Degrees(record, cut)
    return model.forecast(years, entrants=entrants, pace=pace, number=number, seed=seed)


def last_ratio(
    entrants: Mapping[str, Mapping[int, float]], known: Array, cut: int, years: Sequence[int]
) -> Array:
    """A line to beat without a model: the ratio of doctorates to entrants before them stays.

    `known` are doctorates by (field, year) until the cut, at least three years; the entrants are
    those who would complete on time and a year late. Gives doctorates by (field, year).
    """
    last = range(cut - LAST_COUNTS + 1, cut + 1)

    def before(years: Sequence[int]) -> Array:
        """Entrants of whom those of a fiscal year are, by (field, year)."""
        return np.array(
            [
                [entrants[f][y - int(term) + 1] + entrants[f][y - int(term)] for y in years]
                for f, term in zip(FIELDS, TERM, strict=True)
            ]
        )

    ratio = known[:, -LAST_COUNTS:].sum(axis=1) / before(last).sum(axis=1)
    return np.asarray(ratio[:, None] * before(years))


def _walks(
    rng: np.random.Generator, shape: tuple[int, int, int], every: float, each: float
) -> tuple[Array, Array]:
    """Random walks by (draw, 1, year) and (draw, field, year), with a standard deviation a year."""
    draws, fields, years = shape
    common, own = mirrored(rng, draws, 1, years), mirrored(rng, draws, fields, years)
    return every * np.cumsum(common, axis=2), each * np.cumsum(own, axis=2)


def _with_total(awards: Array, enrolment: Array) -> Array:
    """All of `SERIES` by (draw, series, year)."""
    total = awards.sum(axis=1, keepdims=True)
    return np.concatenate([awards, total, enrolment[:, None]], axis=1)
