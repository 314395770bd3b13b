"""What the model takes from outside, by year: the record, and exogenous futures after it.

Seats and openings (the `posts` variants), entrants as counted, master's graduates, ages of hires,
and what the base-year ledger says about who is hired from where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from functools import cache
from typing import Any, Literal

import numpy as np

from stsim.observed import FIELDS, LEDGER_YEAR, DataError, Record
from stsim.quantities import Timeline
from stsim.smooth import smoothest
from stsim.vocabulary import AGES, Array

PostsVariant = Literal["flat", "damped_trend", "openings"]

#: First and last year in which everything a run needs is known or projected.
FIRST_YEAR, LAST_YEAR = 2007, 2070
#: The year in which the base-year ledger ends, and runs from today begin.
BASE_YEAR = LEDGER_YEAR
#: The students of 2007 are those left of the entrants since then.
FIRST_ENTRANTS = 1992
#: The academic year that `today` means in the lists of levers.
TODAY = 2026
#: Years from a science programme at school, at 15 or 16, to the entry into doctoral study.
SCHOOL_YEARS = 10
FACULTY = ("permanent_national", "permanent_other", "fixed_term_national", "fixed_term_other")
MARKET_TARGETS = (*FACULTY, "postdoc", "firm", "public_institute")
TENURE_TRACK = ("fixed_term_national_tenure_track", "fixed_term_other_tenure_track")
#: Ledger rows that stand for each stage that may be hired.
LEDGER_ROWS = {
    "seeking_doctorate": ("doctoral",),
    "seeking_postdoc": ("postdoc",),
    "seeking_fixed_term": ("fixed_term_national", "fixed_term_other"),
    "seeking_returner": ("postdoc",),
    "postdoc_fellow": ("postdoc",),
    "postdoc_project": ("postdoc",),
    **{stage: (stage,) for stage in (*FACULTY, "public_institute", "firm")},
    **{stage: (stage.removesuffix("_tenure_track"),) for stage in TENURE_TRACK},
}


def last_entrants(record: Record) -> int:
    """The last year whose doctoral entrants are counted."""
    return max(record.series("doctoral_entrants"))


def last_chart(record: Record) -> int:
    """The last year of the chart of national faculty by age and contract."""
    return max(record.series("national_university_faculty", age="<40", status="permanent"))


def by_field(shares: Mapping[str, float]) -> Array:
    """Shares of one by field, along the field axis (1, 1, 1, 1, field)."""
    values = np.array([shares[name] for name in FIELDS], dtype=float)
    if not (values.sum() > 0 and values.min() >= 0):
        raise DataError(f"no shares by field can be made of {dict(shares)}")
    return (values / values.sum()).reshape(1, 1, 1, 1, -1)


def faculty_totals(record: Record) -> Timeline:
    """All full-time university faculty aged 25 and over by year, in a line between surveys."""
    return Timeline.of(record.series("university_faculty", age=">=25"), "linear")


def seats_observed(record: Record, scope_adjusted: bool) -> dict[str, Timeline]:
    """Faculty in post by sector and contract until FY2023: the seats that were there.

    With `scope_adjusted`, each age × contract cell of FY2021-23 is divided by its scope factor
    (scope_breaks.csv) before it is summed.
    """
    seats: dict[str, Timeline] = {}
    national: dict[int, float] = {}
    for contract in ("permanent", "fixed_term"):
        total: dict[int, float] = {}
        for age in ("<40", ">=40"):
            counted = record.series("national_university_faculty", age=age, status=contract)
            for year, persons in counted.items():
                factor = record.scope_factor("national_university_faculty", year, age, contract)
                total[year] = total.get(year, 0.0) + persons / (factor if scope_adjusted else 1.0)
                national[year] = national.get(year, 0.0) + persons
        seats[f"{contract}_national"] = Timeline.of(total, "linear")
    everybody = faculty_totals(record)
    chart = Timeline.of(national, "linear")
    ledger_other = {
        contract: record.ledger_stock(f"{contract}_other")
        for contract in ("permanent", "fixed_term")
    }
    share_now = ledger_other["fixed_term"] / sum(ledger_other.values())
    share_then = record.assumption("fixed_term_share_other", FIRST_YEAR).value
    share = Timeline.of({FIRST_YEAR: share_then, BASE_YEAR: share_now}, "linear")
    other = {year: everybody.at(year) - chart.at(year) for year in range(FIRST_YEAR, BASE_YEAR)}
    other[BASE_YEAR] = sum(ledger_other.values())
    for year, persons in other.items():
        if persons <= 0:
            raise DataError(
                f"faculty outside national universities would be {persons:g} in {year}: "
                "series 'university_faculty' less 'national_university_faculty'"
            )
    seats["fixed_term_other"] = Timeline.of(
        {year: total * share.at(year) for year, total in other.items()}, "linear"
    )
    seats["permanent_other"] = Timeline.of(
        {year: total * (1 - share.at(year)) for year, total in other.items()}, "linear"
    )
    return seats


def later_seats(
    level: Timeline,
    trend: Timeline,
    year: int,
    variant: PostsVariant,
    damping: float,
    chart: int,
) -> float:
    """Seats in a year: as counted until the year of the last `chart`, then flat, or on with a
    fading trend.

    The trend is that of the last five counted years of one scope (`trend`), in proportion to the
    seats of the run's own scope (`level`).
    """
    now = level.at(chart)
    if year <= chart or variant != "damped_trend":
        return level.at(min(year, chart))
    before, last = trend.at(chart - 5), trend.at(chart)
    yearly = (last - before) / 5 * now / last
    return now + yearly * sum(damping**k for k in range(1, year - chart + 1))


@cache
def hire_ages(record: Record) -> Callable[[int], Array]:
    """Shares by single age of those hired into faculty in an academic year, smooth within bands.

    The survey of year y counts the hires of fiscal year y − 1. Between surveys in a line, held
    before the first and after the last.
    """
    bands = {"25-39": (25, 39), "40-49": (40, 49), "50-59": (50, 59), ">=60": (60, 70)}
    shares = {band: record.series("university_faculty_hires_age_share", age=band) for band in bands}
    years = sorted(shares["25-39"])
    hireable = np.array([float(25 <= age <= 70) for age in AGES])
    profiles = {}
    for year in years:
        if year >= FIRST_YEAR - 6:
            totals = {("", *span): shares[band][year] for band, span in bands.items()}
            profile = smoothest(AGES, {"hires": hireable}, totals)["hires"]
            profiles[year - 1] = profile / profile.sum()
    known = sorted(profiles)

    def at(year: int) -> Array:
        year = min(max(year, known[0]), known[-1])
        high = next(k for k in known if k >= year)
        low = max(k for k in known if k <= year)
        part = 0.0 if high == low else (year - low) / (high - low)
        mixed = profiles[low] * (1 - part) + profiles[high] * part
        return np.asarray(mixed).reshape(1, 1, -1, 1, 1)

    return at


@cache
def entrants(record: Record) -> dict[int, Array]:
    """Doctoral entrants as counted, by field; totals newer than these by the newest fields."""
    fields = record.by_field("doctoral_entrants")
    total, newest = record.series("doctoral_entrants"), last_entrants(record)
    by_fields_until = max(max(line) for line in fields.values())
    return {
        year: total[year]
        * by_field({name: fields[name][min(year, by_fields_until)] for name in FIELDS})
        for year in range(FIRST_ENTRANTS, newest + 1)
    }


@cache
def masters_graduates_index(record: Record) -> Callable[[int], float]:
    """Master's completers (entrants two years before) over those of the last counted year.

    Entrants to 2024 as counted (rounded to 1,000 in most years), then in proportion to the
    population aged 22 (IPSS medium).
    """
    counted = {
        **record.series("masters_entrants", status="rounded"),
        **record.series("masters_entrants"),
    }
    line = Timeline.of(counted, "linear")
    newest = max(counted)
    aged_22 = record.series(
        "population_single_age_estimate", age="22", status="IPSS2023_medium_derived"
    )

    def entered(year: int) -> float:
        if year <= newest:
            return line.at(year)
        return line.at(newest) * aged_22[year] / aged_22[newest]

    reference = entered(last_entrants(record) - 2)
    return lambda year: entered(year - 2) / reference


#: Moves the ledger leaves out because they start and end in one of its rows, or has no row for.
HIRES_BESIDE_LEDGER = {
    ("postdoc", "postdoc"): "hires_postdoc_to_postdoc",
    ("fixed_term_other", "permanent_national"): "hires_fixed_term_other_to_permanent_national",
    **{
        (source, "research_support"): f"hires_{source}_to_research_support"
        for source in ("doctoral", "postdoc", "fixed_term_national", "fixed_term_other")
    },
}


@cache
def ledger_shares(record: Record) -> dict[str, Any]:
    """Who was hired from where in the base year: weights, outside shares and totals by target.

    Weights also count the moves that `HIRES_BESIDE_LEDGER` names, which are assumptions.
    """
    per_candidate: dict[str, dict[str, float]] = {}
    outside, hires = {}, {}
    stages = {row.source for row in record.ledger_rows() if row.kind == "stock"}
    seekers = record.assumption("seekers_in_base_year", BASE_YEAR).value
    for target in (*MARKET_TARGETS, "research_support"):
        flows = {}
        if target in MARKET_TARGETS:
            flows = {
                source: record.ledger_flow(source, target)
                for source in (*sorted(stages), "outside")
                if source != target
            }
            hires[target] = sum(flows.values())
            outside[target] = flows["outside"] / hires[target]
        for (source, hired_into), name in HIRES_BESIDE_LEDGER.items():
            if hired_into == target:
                flows[source] = record.assumption(name, BASE_YEAR).value
        per_candidate[target] = {}
        for stage, rows in LEDGER_ROWS.items():
            hired = {row: flows[row] for row in rows if row in flows}
            candidates = sum(
                seekers if row == "doctoral" else record.ledger_stock(row) for row in hired
            )
            if hired:
                if candidates <= 0:
                    raise DataError(
                        f"base year: {sum(hired.values()):g} hired into {target} from "
                        f"{', '.join(hired)}, where nobody is"
                    )
                per_candidate[target][stage] = sum(hired.values()) / candidates
    return {"hires_per_candidate": per_candidate, "outside_share": outside, "hires": hires}


class Given:
    """Values by name for each year; `at(year)` is what rules read as `m.given`.

    `scope_adjusted` is true for runs that cross the FY2021 scope break. `law` are the levers as
    the law stands; `firm_growth_at` is the growth of firms' openings in force in a year and
    `schools_at` the number of schools in the science programme.
    """

    def __init__(
        self,
        record: Record,
        law: Mapping[str, Timeline],
        firm_growth_at: Callable[[int], float],
        schools_at: Callable[[int], float],
        posts: PostsVariant = "flat",
        scope_adjusted: bool = False,
    ) -> None:
        self._arguments = (record, law, firm_growth_at, schools_at)
        staff = {
            name: (
                record.series("university_researchers_staff", field=name)[2024],
                record.series("university_researchers_staff", field=name, status="fixed_term")[
                    2024
                ],
            )
            for name in FIELDS
        }
        permanent = by_field({name: total - fixed for name, (total, fixed) in staff.items()})
        fixed_term = by_field({name: fixed for name, (_, fixed) in staff.items()})
        self.field_share = {
            name: permanent if name.startswith("permanent") else fixed_term for name in FACULTY
        }
        postdocs = record.by_field("postdocs", status="annual_cumulative")
        self.postdoc_field_share = by_field({name: postdocs[name][2015] for name in FIELDS})
        self.last_entrants, self.last_chart = last_entrants(record), last_chart(record)
        ledger = ledger_shares(record)
        self._ledger_hires: dict[str, float] = ledger["hires"]
        self._always: dict[str, Any] = {
            "field_share": self.field_share,
            "postdoc_field_share": self.postdoc_field_share,
            "outside_share": ledger["outside_share"],
            "hires_per_candidate": ledger["hires_per_candidate"],
            "support_places_persons": tuple(
                law[name].at(self.last_entrants)
                for name in (
                    "dc_fellows_persons",
                    "other_support_places_persons",
                    "other_support_foreign_share",
                )
            ),
            "dc_stipend_yen": law["dc_stipend_yen_per_year"].at(self.last_entrants),
            "ra_pay_yen": law["ra_pay_yen_per_year"].at(self.last_entrants),
        }
        self.seats = seats_observed(record, scope_adjusted)
        self.seats_of_one_scope = seats_observed(record, scope_adjusted=True)
        self._posts = posts
        self._damping = record.assumption("seats_trend_damping", BASE_YEAR).value
        self._law = law
        self._entrants = entrants(record)
        self._hire_ages = hire_ages(record)
        self._masters = masters_graduates_index(record)
        self._firms = self._firm_openings(record, firm_growth_at)
        self._schools_at = schools_at
        self._years: dict[int, dict[str, Any]] = {}

    def crossing_the_break(self) -> Given:
        """The same record for a run that crosses the FY2021 scope break and ends at the chart."""
        return Given(*self._arguments, scope_adjusted=True)

    def persisting(self, hires: Mapping[str, Array]) -> Given:
        """The same record with the hires by faculty stage and field that the `openings` variant
        goes on with: those of recent years, counted by the model in the one scope of the record."""
        found = copy(self)
        found._years = {}
        rescaled = {
            name: persons
            * self.seats[name].at(self.last_chart)
            / self.seats_of_one_scope[name].at(self.last_chart)
            for name, persons in hires.items()
        }
        found._always = self._always | {
            "hires": rescaled,
            "turnover": {
                name: float(persons.sum()) / self.seats[name].at(self.last_chart)
                for name, persons in rescaled.items()
            },
        }
        return found

    def _firm_openings(self, record: Record, growth_at: Callable[[int], float]) -> Timeline:
        """New doctorate holders hired, scaled to all hires of the ledger; then they grow."""
        counted = record.series(
            "business_new_phd_researcher_hires", field="all_industries", status="doctorate"
        )
        scale = self._ledger_hires["firm"] / record.ledger_flow("doctoral", "firm")
        openings = {year: persons * scale for year, persons in counted.items()}
        openings[FIRST_YEAR - 20] = openings[min(counted)]  # held back before FY2016: assumption
        for year in range(max(counted) + 1, LAST_YEAR + 1):
            openings[year] = openings[year - 1] * (1 + growth_at(year))
        return Timeline.of(openings)

    def _schools_beyond_law(self, year: int) -> float:
        """Schools in the science programme beyond those of the law, over those of the law."""
        return self._schools_at(year) / self._law["school_programme_schools"].at(year) - 1

    def at(self, year: int) -> Mapping[str, Any]:
        """Everything given for one academic year."""
        if year not in self._years:
            self._years[year] = self._always | {
                "years_since_record": max(0, year - self.last_entrants),
                "years_before_last_chart": max(0, self.last_chart - year),
                "is_2019_or_later": year >= 2019,
                # the count of years under the rule began in April 2013 (Labour Contracts Act)
                "ten_years_can_be_reached": year >= 2022,
                "doctoral_entrants": self._entrants[min(year, self.last_entrants)],
                "masters_graduates_index": self._masters(year)
                if year > self.last_entrants
                else 1.0,
                "school_programme_change": self._schools_beyond_law(year - SCHOOL_YEARS)
                if year > self.last_entrants
                else 0.0,
                "hires_persist": self._posts == "openings" and year > self.last_chart,
                "seats": {
                    name: self.field_share[name]
                    * later_seats(
                        line,
                        self.seats_of_one_scope[name],
                        year,
                        self._posts,
                        self._damping,
                        self.last_chart,
                    )
                    for name, line in self.seats.items()
                }
                if year >= FIRST_YEAR
                else {},
                "hire_age_shares": self._hire_ages(year),
                "firm_openings_persons": self._firms.at(year),
                "institute_openings_persons": self._ledger_hires["public_institute"],
                "retirement_age_years": self._law["retirement_age_years"].at(year),
                "ten_year_conversion_share": self._law["ten_year_conversion_share"].at(year),
                "young_grant_success_share": self._law["young_grant_success_share"].at(year),
                "independence_grants_persons": self._law["independence_grants_persons_per_year"].at(
                    year
                ),
            }
        return self._years[year]
