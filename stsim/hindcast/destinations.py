"""Where doctoral graduates go first, held constant; and the base year's ledger beside the record.

Destinations are of those who completed in science and engineering, with and without the degree, by
survey year; employment with and without a term are told apart from 2012 on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from stsim.hindcast.forecast import Forecast, point
from stsim.observed import DataError, Record
from stsim.vocabulary import Array

#: What graduates do, in the words of the survey.
DESTINATIONS = (
    "employed_permanent", "employed_fixed_term", "further_study", "other", "unknown_or_deceased",
)  # fmt: skip
FIRST = 2012
#: Shares stay at their mean over so many years; a trend is read from as many.
LAST_YEARS = 3
#: Ledger names of university posts.
FACULTY = ("fixed_term_national", "permanent_national", "fixed_term_other", "permanent_other")


def counted(record: Record) -> tuple[tuple[int, ...], Array]:
    """The survey years, and shares by (destination, year) that add up to one."""
    name, field = "doctoral_completers_outcome", "science_engineering"
    persons = [record.series(name, field=field, status=status) for status in DESTINATIONS]
    years = tuple(year for year in sorted(persons[0]) if year >= FIRST)
    table = np.array([[of[year] for year in years] for of in persons])
    return years, table / table.sum(axis=0)


def forecast(record: Record, cut: int, years: Sequence[int]) -> Forecast:
    """Shares by destination after a cut: the mean of the last three years stays.

    Raises ValueError for years that do not come after it, DataError with fewer than three known.
    """
    if not years or min(years) <= cut:
        raise ValueError(f"years to forecast come after the cut of {cut}: {[*years]}")
    known, shares = counted(record.until(cut))
    if len(known) < LAST_YEARS:
        raise DataError(f"{len(known)} years of destinations until {cut}: {LAST_YEARS} are needed")
    mean = shares[:, -LAST_YEARS:].mean(axis=1, keepdims=True)
    return point(DESTINATIONS, years, np.repeat(mean, len(years), axis=1))


def logit_trend(years: Sequence[int], known: Array, later: Sequence[int]) -> Array:
    """A baseline: straight lines through the last three logits of shares, made to sum to one."""
    x = np.array(years[-LAST_YEARS:], float)
    slope, level = np.polyfit(x - x[-1], logit(known[:, -LAST_YEARS:]).T, 1)
    shares = expit(level[:, None] + slope[:, None] * (np.array(later) - x[-1]))
    return np.asarray(shares / shares.sum(axis=0))


@dataclass(frozen=True)
class Total:
    """A total of the ledger beside what was counted, in persons."""

    name: str
    ledger: float
    counted: float

    @property
    def off(self) -> float:
        """The difference, as a part of what was counted."""
        return self.ledger / self.counted - 1


def totals(record: Record) -> tuple[Total, ...]:
    """All totals of the ledger that somebody counted, in the nearest year that was.

    Exits from the faculty are not counted: they are hires less the change of the stock, a year,
    between the surveys of 2019 and 2022 (hires of a survey are those of the year before it).
    """
    rows = record.ledger_rows()
    faculty = record.series("university_faculty", age=">=25")
    hires = record.series("university_faculty_hires", age=">=25")
    between = np.interp((2020, 2021, 2022), (2019, 2022), (hires[2019], hires[2022])).mean()
    exits = between - (faculty[2022] - faculty[2019]) / 3
    firms = record.series(
        "business_new_phd_researcher_hires", field="all_industries", status="doctorate"
    )

    def flows(sources: Sequence[str], targets: Sequence[str]) -> float:
        """Persons from some to others; a name in both is left out."""
        return sum(
            row.persons
            for row in rows
            if row.kind == "flow" and (row.source in sources) and (row.target in targets)
        )

    every = tuple({row.source for row in rows} | {row.target for row in rows if row.target})
    others = [name for name in every if name not in FACULTY]
    finished = [name for name in every if name != "left_research"]
    opening = {row.source: row.persons for row in rows if row.kind == "stock"}
    return (
        Total("hires from outside the faculty", flows(others, FACULTY), hires[2022]),
        Total("exits from the faculty", flows(FACULTY, others), float(exits)),
        Total("faculty", sum(opening[name] for name in FACULTY), faculty[2022]),
        Total(
            "doctoral entrants",
            record.ledger_flow("entrants", "doctoral"),
            record.series("doctoral_entrants")[2023],
        ),
        Total(
            "doctoral students",
            opening["doctoral"],
            record.series("doctoral_enrolment", status="preliminary")[2022],
        ),
        Total(
            "doctoral completers",
            flows(["doctoral"], finished),
            record.series("doctoral_completers")[2020],
        ),
        Total("graduates hired by firms", record.ledger_flow("doctoral", "firm"), firms[2023]),
    )


def imbalance(record: Record) -> dict[str, float]:
    """By stock of the ledger, persons by which its change differs from inflow less outflow."""
    rows = record.ledger_rows()
    off = {row.source: 0.0 for row in rows if row.kind == "stock"}
    for row in rows:
        if row.kind == "stock_change":
            off[row.source] += row.persons
        elif row.kind == "flow":
            for name, sign in ((row.source, 1), (row.target, -1)):
                if name in off:
                    off[name] += sign * row.persons
    return off
