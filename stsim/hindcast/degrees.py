"""Fit the small model of doctoral study to what was known at a cut, and forecast from there.

The level of every field and of enrolment is set right to the last counts, and entry beyond the
count stays at what it was at the cut. Entrants after the cut are forecast too, or given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stsim.hindcast.forecast import Forecast
from stsim.hindcast.problem import Posterior, Problem
from stsim.hindcast.study import FIELDS, FIRST, FIRST_AWARDS, TERM, Entrants, Parameters, Study
from stsim.observed import DataError, Record
from stsim.vocabulary import Array

# What the counts may be off from a model this simple, in logarithms.
AWARDS, TOTAL, ENROLMENT, COMPLETERS, ANCHOR = 0.04, 0.02, 0.007, 0.03, 0.1


def enrolment_counted(record: Record) -> dict[int, float]:
    """Doctoral students of 1 May by year, the preliminary count of a year where there is no other."""
    rows = record.series_rows("doctoral_enrolment")
    kept = [r for r in rows if r.year >= FIRST and not (r.field or r.sex or r.age)]
    return {
        r.year: r.value
        for status in ("preliminary", "")
        for r in kept
        if r.status == status
    }


@dataclass(frozen=True)
class Counts:
    """What was counted, laid flat, with what it may be off in logarithms."""

    record: Record
    cut: int

    @cached_property
    def awards(self) -> Array:
        """Doctorates by (field, year) from `FIRST` on."""
        by_field = self.record.by_field("doctorates_awarded")
        years = range(FIRST, self.cut + 1)
        return np.array([[by_field[f][y] for y in years] for f in FIELDS])

    @cached_property
    def enrolment(self) -> dict[int, float]:
        return enrolment_counted(self.record)

    def completers(self, field: str, status: str) -> tuple[Array, Array]:
        """The fiscal years, from `FIRST_AWARDS` on, and persons."""
        rows = [
            r
            for r in self.record.series_rows("doctoral_completers")
            if (r.field, r.status) == (field, status) and r.year > FIRST_AWARDS
        ]
        return np.array([r.year - 1 for r in rows], int), np.array([r.value for r in rows])

    def problem(self, parameters: Parameters, entrants: Entrants) -> Problem:
        late = FIRST_AWARDS - FIRST
        both = [FIELDS.index("science"), FIELDS.index("engineering")]
        at = np.array(list(self.enrolment)) - FIRST
        enrolled = np.array(list(self.enrolment.values()))
        years_both, completed_both = self.completers("science_engineering", "")
        years_all, completed_all = self.completers("", "")
        years_with, completed_with = self.completers("", "with_degree")

        def residuals(sets: Array) -> Array:
            study = parameters.carried(sets, entrants, self.cut)
            awards = study.awards[:, :, late:]
            done = study.completers()
            pairs = [
                (awards, self.awards[:, late:], AWARDS),
                (awards.sum(axis=1), self.awards[:, late:].sum(axis=0), TOTAL),
                (study.enrolment.sum(axis=1)[:, at], enrolled, ENROLMENT),
                (done[:, both].sum(axis=1)[:, years_both - FIRST], completed_both, COMPLETERS),
                (done.sum(axis=1)[:, years_all - FIRST], completed_all, ANCHOR),
                (study.completed.sum(axis=1)[:, years_with - FIRST], completed_with, ANCHOR),
            ]
            return np.concatenate(
                [(np.log(f / c) / s).reshape(len(sets), -1) for f, c, s in pairs], axis=1
            )

        return Problem(
            "degrees", parameters.names, parameters.centre, parameters.spread, residuals
        )
