"""What was counted of doctoral study, and how far the small model is from it.

Completers of survey year t completed by March t, so in fiscal year t − 1; they include those who
left with full credits. Doctorates include those without a course: the two are never equated.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import logit

from stsim.hindcast.study import FIRST, FIRST_AWARDS, TERM, Study
from stsim.observed import FIELDS, Record
from stsim.vocabulary import Array

# What counts may be off from a model this simple, in logarithms (late course degrees are in some).
AWARDS, TOTAL, ENROLMENT, COMPLETERS, ANCHOR = 0.04, 0.02, 0.007, 0.03, 0.1
#: The same for shares within the standard term, in logits: of whom they are shares is not said.
WITHIN_TERM = 0.3
#: Survey years and fields ("" for all) in which course doctorates are an anchor.
COURSE_YEARS, COURSE_FIELDS = {1991, 2002}, ("", "engineering")


def values(record: Record, series: str, field: str = "", status: str = "") -> dict[int, float]:
    """Values by year of all ages and both sexes; empty if the record has none of that kind."""
    return {
        row.year: row.value
        for row in record.series_rows(series)
        if (row.field, row.status, row.sex, row.age) == (field, status, "", "")
    }


def awards_counted(record: Record, last: int) -> Array:
    """Doctorates by (field, year) from `FIRST` to a year."""
    counted = record.by_field("doctorates_awarded")
    return np.array([[counted[f][year] for year in range(FIRST, last + 1)] for f in FIELDS])


def enrolment_counted(record: Record) -> dict[int, float]:
    """Doctoral students of 1 May; a preliminary count where there is no other."""
    name = "doctoral_enrolment"
    every = {**values(record, name, status="preliminary"), **values(record, name)}
    return {year: every[year] for year in sorted(every) if year >= FIRST}


def completers_counted(record: Record, field: str = "", status: str = "") -> dict[int, float]:
    """Completers by fiscal year, from the first whose doctorates are fitted."""
    counted = values(record, "doctoral_completers", field, status)
    return {year - 1: value for year, value in counted.items() if year > FIRST_AWARDS}


def course_counted(record: Record) -> dict[tuple[str, int], float]:
    """Course doctorates by field ("" for all) and fiscal year: shares of entrants times entrants.

    The shares are of entrants three years before the survey year, four in health.
    """
    entrants = record.by_field("doctoral_entrants")
    found = {}
    for field in COURSE_FIELDS:
        shares = values(record, "course_doctorates_over_entrants_lagged", field)
        for year in sorted(shares.keys() & COURSE_YEARS):
            before = sum(
                entrants[f][year - int(term)]
                for f, term in zip(FIELDS, TERM, strict=True)
                if field in ("", f)
            )
            found[field, year - 1] = shares[year] * before
    return found


def within_term_counted(record: Record) -> dict[str, float]:
    """Shares with the degree within the term by field, where one survey field is one of ours.

    Empty before the only survey, of 2019.
    """
    of_fields = ("science", "engineering", "agriculture", "health")
    name = "doctorate_within_standard_term_share"
    return {r.field: r.value for r in record.rows if r.series == name and r.field in of_fields}


class Counts:
    """Everything the fit looks at in a record that ends at a cut."""

    def __init__(self, known: Record, cut: int) -> None:
        self.awards = awards_counted(known, cut)
        self.enrolment = enrolment_counted(known)
        self._both = completers_counted(known, "science_engineering")
        self._all = completers_counted(known)
        self._with_degree = completers_counted(known, status="with_degree")
        self._course = course_counted(known)
        self._within_term = within_term_counted(known)

    def misses(self, study: Study, on_time: Array) -> Array:
        """What is left unexplained, in standard deviations, by (set, observation).

        `on_time` are the logits of completion at the term by (set, field).
        """
        fitted = slice(FIRST_AWARDS - FIRST, None)
        awards, counted = study.awards[:, :, fitted], self.awards[:, fitted]
        done = study.completed + study.withdrew
        both = done[:, [FIELDS.index("science"), FIELDS.index("engineering")]].sum(axis=1)
        found = [
            np.log(awards / counted).reshape(len(awards), -1) / AWARDS,
            np.log(awards.sum(axis=1) / counted.sum(axis=0)) / TOTAL,
            _off(study.enrolment.sum(axis=1), self.enrolment) / ENROLMENT,
            _off(both, self._both) / COMPLETERS,
            _off(done.sum(axis=1), self._all) / ANCHOR,
            _off(study.completed.sum(axis=1), self._with_degree) / ANCHOR,
        ]
        for (field, year), persons in self._course.items():
            of = study.completed[:, [f for f in range(len(FIELDS)) if field in ("", FIELDS[f])]]
            found.append(_off(of.sum(axis=1), {year: persons}) / ANCHOR)
        for field, share in self._within_term.items():
            found.append((on_time[:, [FIELDS.index(field)]] - logit(share)) / WITHIN_TERM)
        return np.concatenate(found, axis=1)


def _off(model: Array, counted: Mapping[int, float]) -> Array:
    """Logarithm of model over count by (set, year counted), of a model by (set, year)."""
    places = [year - FIRST for year in counted]
    return np.asarray(np.log(model[:, places] / np.array([*counted.values()])))
