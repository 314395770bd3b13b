"""Who is there on day one: the start of 2023, and of 2007 for history.

Observed where a count exists, otherwise an assumption with a range; `items` lists which is which.
Doctoral students are those whom the model's own rules leave of the entrants counted in the
fifteen years before, scaled to the counted enrolment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stsim.engines import stockflow
from stsim.given import BASE_YEAR, FACULTY, FIRST_ENTRANTS, TENURE_TRACK, Given, by_field
from stsim.observed import FIELDS, DataError, Record
from stsim.quantities import Timeline
from stsim.rates import Rates
from stsim.rulebook import JAPAN, new_doctorates_seeking_persons
from stsim.rulebook.leaving import retire
from stsim.rulebook.stages import CONTRACT_YEARS, DOCTORAL, FIXED_TERM, PERMANENT, POSTDOC_YEARS
from stsim.smooth import root, smoothest, with_mean
from stsim.vocabulary import AGES, Array, Stage

START_YEARS = (2007, 2023)
BURN_IN_YEARS = START_YEARS[0] - FIRST_ENTRANTS
AGE = np.array(AGES, dtype=float).reshape(1, 1, -1, 1, 1)
#: All faculty have retired by 75 (rule `retire`).
OLDEST = 74
BANDS = {"25-39": (25, 39), "40-49": (40, 49), "50-59": (50, 59), ">=60": (60, OLDEST)}


@dataclass(frozen=True)
class Item:
    """One number of the start: persons or a mean, where it comes from and how far to trust it."""

    name: str
    year: int
    value: float
    low: float | None
    high: float | None
    unit: str
    kind: str
    source: str


@dataclass(frozen=True)
class Start:
    """The start population by stage, (1, clock, age, sex, field), last year's totals, the list."""

    stock: Mapping[str, Array]
    aggregates: Mapping[str, Any]
    items: tuple[Item, ...]


def start(
    first: int,
    record: Record,
    given: Given,
    params: Mapping[str, Any],
    law: Mapping[str, Timeline],
    past: OnRecord | None,
    enrolled: Students,
) -> Start:
    """The population on 1 May of `first` (2007 or 2023). `params` are arrays as rules read them.

    `past` is what `on_record` gave; the start of 2023 takes its expected ages of faculty from it.
    `enrolled` is what `students` gave for the same parameters.
    """
    items: list[Item] = []

    def note(name: str, value: float, kind: str, source: str, unit: str = "persons") -> float:
        items.append(Item(name, first, float(value), None, None, unit, kind, source))
        return float(value)

    def assume(name: str) -> float:
        found = record.assumption(name, first)
        items.append(
            Item(
                name,
                first,
                found.value,
                found.low,
                found.high,
                found.unit,
                "assumption",
                found.source,
            )
        )
        return found.value

    stock = {
        stage.name: np.zeros((1, stage.clock_years, len(AGES), 2, len(FIELDS)))
        for stage in JAPAN.stages
    }
    note(
        "doctoral",
        enrolled.counted,
        "observed",
        "School Basic Survey (2023: FY2022, preliminary)",
    )
    note(
        "doctoral_scale",
        float(enrolled.scale.item()),
        "derived",
        f"counted enrolment over what the rules leave of {BURN_IN_YEARS} years of entrants",
        "ratio",
    )
    stock |= enrolled.stock
    stock |= _faculty(first, record, given, params, law, past, note, assume)
    _set_apart(first, stock, params, law, note, assume)

    seekers_female = float(np.mean(params["female_outside_hires_share"]))
    shapes = {  # stage: (persons, mean age, female share, shares by field)
        name: (assume(name), assume("seeker_age_mean"), seekers_female, given.postdoc_field_share)
        for name in (
            "seeking_doctorate",
            "seeking_postdoc",
            "seeking_fixed_term",
            "seeking_returner",
        )
    }
    shapes["abroad"] = (
        assume("abroad"),
        assume("abroad_age_mean"),
        seekers_female,
        given.postdoc_field_share,
    )
    fellows = law["pd_fellows_persons"].at(first)
    projects = law["project_postdoc_positions_persons"].at(first)
    note("postdoc_fellow", fellows, "derived", "the law as it stands, pd_fellows_persons")
    note(
        "postdoc_project",
        projects,
        "derived",
        "NISTEP surveys on a November basis, less PD fellows; for 2023 the base-year ledger",
    )
    if first == BASE_YEAR:
        age, female = (
            record.series("postdocs_mean_age")[2021],
            record.series("postdocs_female_share", sex="female")[2021],
        )
        note("postdoc_age_mean", age, "observed", "NISTEP, FY2021", "years")
    else:
        age = assume("postdoc_age_mean")
        female = record.series("postdocs_female_share", sex="female")[2005]
    note("postdoc_female_share", female, "observed", "NISTEP postdoc surveys", "share")
    shapes["postdoc_fellow"] = (
        fellows,
        assume("postdoc_fellow_age_mean"),
        female,
        given.postdoc_field_share,
    )
    shapes["postdoc_project"] = (projects, age, female, given.postdoc_field_share)
    for name in ("public_institute", "firm"):
        if first == BASE_YEAR:
            persons = note(name, record.ledger_stock(name), "derived", "base-year ledger")
        else:
            persons = assume(name)
        shapes[name] = (
            persons,
            assume(f"{name}_age_mean"),
            assume(f"female_share_{name}"),
            given.field_share["permanent_national"]
            if name == "public_institute"
            else by_field({field: assume(f"firm_field_share_{field}") for field in FIELDS}),
        )
    support = sum(law[name].at(first) for name in ("ura_persons", "technicians_persons"))
    note(
        "research_support", support, "derived", "the law as it stands, ura and technicians_persons"
    )
    shapes["research_support"] = (
        support,
        assume("research_support_age_mean"),
        assume("female_share_research_support"),
        given.field_share["fixed_term_other"],
    )
    for name, (persons, mean, female, fields) in shapes.items():
        last = 64 if name in ("public_institute", "firm", "research_support") else 59
        years = np.maximum(AGE - 25.0, 0.0)
        rising_then_falling = years * np.exp(-2 * years / (mean - 25.0)) * (last >= AGE)
        ages = with_mean(rising_then_falling, AGE, mean)
        sexes = np.array([female, 1 - female]).reshape(1, 1, 1, 2, 1)
        stock[name][:, :1] = persons * ages * sexes * fields
    years_as_postdoc = assume("postdoc_years_mean")
    for name in ("seeking_postdoc", "postdoc_fellow", "postdoc_project"):
        people = stock[name][:, :1]
        of_age = people.sum(axis=(3, 4), keepdims=True)
        stock[name] = people * _clocks(of_age, years_as_postdoc, POSTDOC_YEARS)
    flows = record.ledger_flow
    from_below = sum(
        flows(source, target)
        for target in ("permanent_national", "permanent_other")
        for source in ("doctoral", "postdoc", "fixed_term_national", "fixed_term_other")
        if source != target
    )
    below = sum(
        stock[s.name].sum() for s in JAPAN.stages if s.tags & {"seeking", "postdoc", "fixed_term"}
    )
    aggregates = {
        "permanent_hires_from_below_persons": note(
            "permanent_hires_from_below",
            from_below,
            "derived",
            "base-year ledger",
            "persons per year",
        ),
        "people_below_permanent_persons": below,
        "new_doctorates_seeking_persons": enrolled.seeking,
    }
    return Start(stock, aggregates, tuple(items))


@dataclass(frozen=True)
class Students:
    """Doctoral students at a start, by draw of the parameters.

    `stock` is by stage, (draw, clock, age, sex, field); `seeking` are those who completed the year
    before and seek a post, (draw, 1, 1, 1, field); `scale` is the counted enrolment over what the
    rules leave, (draw,); `read` are the parameters that all this depends on.
    """

    stock: Mapping[str, Array]
    seeking: Array
    counted: float
    scale: Array
    read: Mapping[str, Any]


def students(first: int, record: Record, rates: Rates) -> Students:
    """Those whom the rules of doctoral study leave of the entrants before `first`."""
    rates = rates.of(JAPAN.only(DOCTORAL))
    book = rates.rulebook
    names = [stage.name for stage in DOCTORAL]
    empty = {
        stage.name: np.zeros((rates.draws, stage.clock_years, len(AGES), 2, len(FIELDS)))
        for stage in book.stages
    }
    burnt = stockflow.run(rates, empty, first - BURN_IN_YEARS, first)
    assert burnt.last_count is not None
    seeking = new_doctorates_seeking_persons(burnt.last_count).reshape(-1, 1, 1, 1, len(FIELDS))
    raw = sum(burnt.end[name].sum(axis=(1, 2, 3, 4)) for name in names)
    counted = record.series("doctoral_enrolment").get(first)
    if first == BASE_YEAR:
        counted = record.ledger_stock("doctoral")
    assert counted is not None
    scale = np.asarray(counted / raw)
    on_cells = scale.reshape(-1, 1, 1, 1, 1)
    return Students(
        {name: burnt.end[name] * on_cells for name in names},
        seeking * on_cells,
        counted,
        scale,
        rates.params_read,
    )


def _faculty(
    first: int,
    record: Record,
    given: Given,
    params: Mapping[str, Any],
    law: Mapping[str, Timeline],
    past: OnRecord | None,
    note: Any,
    assume: Any,
) -> dict[str, Array]:
    totals: dict[tuple[str, int, int], float] = {}
    shapes = _expected_shapes(first, given, params, law, past)
    for contract in ("permanent", "fixed_term"):
        for age, (low, high) in {"<40": (25, 39), ">=40": (40, OLDEST)}.items():
            counted = record.series("national_university_faculty", age=age, status=contract)[first]
            totals[f"{contract}_national", low, high] = counted
            note(f"{contract}_national {age}", counted, "observed", "policy paper, faculty chart")
        other = given.seats[f"{contract}_other"].at(first)
        totals[f"{contract}_other", 25, OLDEST] = note(
            f"{contract}_other",
            other,
            "derived" if contract == "permanent" else "assumption",
            "all universities less national; contract split assumed (see fixed_term_share_other)"
            if first != BASE_YEAR
            else "base-year ledger",
        )
    everybody = sum(totals.values())
    shares = {
        band: Timeline.of(record.series("university_faculty_age_share", age=band), "linear")
        for band in BANDS
    }
    surveyed = min(first, 2022)
    carried = {  # the trend of the last two surveys carried on to a start after the last
        band: line.at(surveyed) + (first - surveyed) * (line.at(2022) - line.at(2019)) / 3
        for band, line in shares.items()
    }
    for band, (low, high) in list(BANDS.items())[:-1]:  # the last band is what remains
        persons = everybody * carried[band] / sum(carried.values())
        totals["", low, high] = note(
            f"all universities, {band}",
            persons,
            "observed" if first <= 2022 else "derived",
            "School Teachers Survey; after 2022 the trend of its last two rounds carried on",
        )
    profiles = smoothest(AGES, shapes, totals)
    all_female = record.series(
        "university_faculty_female_share", sex="female", status="teacher_survey"
    )
    school = record.series(
        "university_faculty_female_share", sex="female", status="school_basic_survey"
    )
    female_all = note(
        "female_share_all",
        school[2023] if first == BASE_YEAR else all_female[2007],
        "observed",
        "School Basic Survey 2023; Teachers Survey 2007",
        "share",
    )
    national = sum(v for (g, _, _), v in totals.items() if g.endswith("_national"))
    if first == BASE_YEAR:
        female_national = note(
            "female_share_national",
            record.series(
                "university_faculty_female_share", field="national", sex="female", status="JANU"
            )[2023],
            "observed",
            "JANU, 1 May 2023",
            "share",
        )
    else:
        female_national = assume("female_share_national")
    female_other = (female_all * everybody - female_national * national) / (everybody - national)
    odds = assume("female_odds_per_decade_of_age")
    if not odds > 0:
        raise DataError(
            f"assumption female_odds_per_decade_of_age {first}: {odds:g} is not above 0"
        )
    stock = {}
    for name, profile in profiles.items():
        ages = profile.reshape(1, 1, -1, 1, 1)
        people = ages * given.field_share[name]
        women = params["female_outside_hires_share"] * odds ** ((AGE - 45) / 10)
        target = female_national if name.endswith("national") else female_other
        women = women * target * people.sum() / (people * women).sum()
        if women[people > 0].max() > 1:
            raise DataError(
                f"start of {name}: more women than people at some age, with a women's share of "
                f"{target:.3g} and female_odds_per_decade_of_age {odds:g}"
            )
        both = np.concatenate([people * women, people * (1 - women)], axis=3)
        if name.startswith("fixed_term"):
            mean = assume(f"{name}_tenure_years_mean")
            both = both * _clocks(ages, mean, CONTRACT_YEARS)
        stock[name] = both
    return stock


def _set_apart(
    first: int,
    stock: dict[str, Array],
    params: Mapping[str, Any],
    law: Mapping[str, Timeline],
    note: Any,
    assume: Any,
) -> None:
    """Carve tenure track out of fixed-term and cross-appointed out of permanent faculty.

    Those on tenure track are young enough to be hired there and not yet due for the decision;
    otherwise both are like the others of their stage.
    """
    clock = np.arange(12.0).reshape(1, -1, 1, 1, 1)
    on_track = (clock < params["tenure_track_years"]) & (
        params["tenure_track_until_age_years"] > AGE
    )
    for name in TENURE_TRACK:
        whole = stock[name.removesuffix("_tenure_track")]
        eligible, persons = whole * on_track, assume(name)
        if persons > eligible.sum():
            raise DataError(
                f"assumption {name} {first}: {persons:g} is more than the {eligible.sum():,.0f} "
                "fixed-term faculty young enough and not yet due"
            )
        stock[name] = eligible * (persons / eligible.sum())
        whole -= stock[name]
    persons = note(
        "cross_appointed",
        law["cross_appointments_persons"].at(first),
        "derived",
        "the law as it stands, cross_appointments_persons; out of permanent faculty, like new ones",
    )
    weights = {
        name: stock[name] * (params["cross_appointment_until_age_years"] > AGE)
        for name in ("permanent_national", "permanent_other")
    }
    weights["permanent_national"] *= params["cross_appointment_national_weight"]
    whole = sum(weight.sum() for weight in weights.values())
    for name, weight in weights.items():
        stock[f"{name}_cross"] = weight * (persons / whole)
        stock[name] = stock[name] - stock[f"{name}_cross"]


def _clocks(ages: Array, mean: float, years: int) -> Array:
    """Years on a contract or as postdoc by age: falling to ten, none before 24, with this mean.

    Shares of one along the clock (1, clock, age, 1, 1); `ages` are the persons at each age and
    `years` the years of the clock that are told apart.
    """
    clock = np.arange(float(years)).reshape(1, -1, 1, 1, 1)
    allowed = (clock <= 10) & (clock <= np.maximum(AGE - 24, 0))
    persons = ages / ages.sum()

    def shares(fall: float) -> Array:
        weights = allowed * np.exp(-fall * clock)
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def beyond(fall: float) -> float:
        return float((shares(fall) * persons * clock).sum()) - mean

    return shares(root(beyond, 3.0, f"mean of {mean:g} years on the clock"))


#: The academic years whose hires the `openings` variant goes on with.
RECENT_YEARS = range(2019, 2024)


@dataclass(frozen=True)
class OnRecord:
    """What the model itself makes of the years on record, given observed seats and entrants.

    `ages` are persons by single age in each faculty stage at the last chart, `hires` the mean
    yearly hires by faculty stage, (1, 1, 1, 1, field), of `RECENT_YEARS`.
    """

    ages: Mapping[str, Array]
    hires: Mapping[str, Array]


def on_record(
    record: Record,
    given: Given,
    params: Mapping[str, Any],
    law: Mapping[str, Timeline],
    enrolled: Students,
) -> OnRecord:
    """Run the model from the first start to the last faculty chart."""
    then = START_YEARS[0]
    before = given.crossing_the_break()
    begin = start(then, record, before, params, law, None, enrolled)
    rates = law_rates(params, law, before, begin.aggregates)
    return of_run(stockflow.run(rates, begin.stock, then, BASE_YEAR))


def of_run(run: stockflow.Run) -> OnRecord:
    """The same of a run with one set of parameters that has been made."""
    years = [run.years.index(year) for year in RECENT_YEARS]
    hires, ages = {}, {}
    for name in FACULTY:
        entering = [
            k
            for k, (rule, source, target) in enumerate(run.rulebook.pairs)
            if rule.kind == "posts" and _is_in(name, target) and not _is_in(name, source)
        ]
        of_year = run.flow[0][np.ix_(years, entering)].sum(axis=(1, 2, 3))
        hires[name] = of_year.mean(axis=0).reshape(1, 1, 1, 1, -1)
        people = [run.end[stage.name] for stage in JAPAN.stages if _is_in(name, stage)]
        ages[name] = np.asarray(sum(array.sum(axis=(0, 1, 3, 4)) for array in people))
    return OnRecord(ages, hires)


def _is_in(name: str, stage: Stage) -> bool:
    """Whether a stage holds seats of this kind: itself, tenure track or cross-appointed."""
    return stage.name.startswith(name)


def _expected_shapes(
    first: int,
    given: Given,
    params: Mapping[str, Any],
    law: Mapping[str, Timeline],
    past: OnRecord | None,
) -> dict[str, Array]:
    """What to expect at each age: for 2023 what the model itself makes of the start of 2007.

    For 2007 a flat profile from 25 on that falls as the rule `retire` makes it fall.
    """
    ages = np.array(AGES)
    in_post = (ages >= 25) & (ages <= OLDEST)  # the surveys count from 25
    if past is not None:
        return {name: past.ages[name] * in_post for name in FACULTY}
    rates = law_rates(params, law, given)
    shapes = {}
    for stage in (*FIXED_TERM, *PERMANENT):
        leaving = np.broadcast_to(rates.share(retire, stage, first), (1, 1, len(AGES), 1, 1))
        staying = np.cumprod(1 - leaving.ravel())
        shapes[stage.name] = np.asarray(staying * in_post)
    return shapes


def law_rates(
    params: Mapping[str, Any],
    law: Mapping[str, Timeline],
    given: Given,
    first_aggregates: Mapping[str, Any] | None = None,
) -> Rates:
    """The rates of the whole model under the law as it stands."""
    return Rates(
        JAPAN,
        params,
        lambda year: {name: line.at(year) for name, line in law.items()},
        given.at,
        first_aggregates,
    )
