"""Doctoral study: who enters, who is supported, who completes."""

from __future__ import annotations

import numpy as np

from stsim.rulebook.phrases import at_or_after_term, by_sex, spread, standard_term_years
from stsim.rulebook.stages import (
    DOCTORAL,
    DOCTORAL_BY,
    LEFT_RESEARCH,
    ORIGINS,
    SEEKING_DOCTORATE,
    UNSUPPORTED,
    WITH_SUPPORT,
)
from stsim.vocabulary import (
    OUTSIDE,
    Array,
    Moment,
    Rate,
    Seats,
    Stage,
    flow,
    intake,
    posts,
    year_end,
)


def foreign_share_of_dc(m: Moment) -> Rate:
    """The part of DC places that students from abroad win, by their number and their weight."""
    abroad = m.params.international_entrants_share
    own = 1 - m.params.working_adult_entrants_share - abroad
    chances = m.given.doctoral_entrants * m.params.international_dc_weight * abroad
    of_all = chances + m.given.doctoral_entrants * own
    return chances.sum(axis=-1, keepdims=True) / of_all.sum(axis=-1, keepdims=True)


def entry_odds_ratio(m: Moment, origin: str) -> Rate:
    """How support, stipend and prospects change the odds of entry after the record.

    Elasticities become logit slopes by `1 / (1 − p0)`, p0 the entry rate today. Effective coverage
    counts each place beyond the law less what universities give up for it. Everybody looks at the
    places open to them: students from abroad at their share, the others at the rest; working
    adults cannot hold DC, and other support matters to them as little as they get of it. The
    pay of research assistants counts like a stipend, by the part of a student's income it makes
    up: it is less than living-cost support, so it neither covers anybody nor keeps anybody from
    dropping out. The pay of firms counts by the part of doctorate holders who look there first.
    """
    foreign_dc = foreign_share_of_dc(m)
    at_work = origin == "working"

    def places(dc: Rate, other: Rate, foreign_other: Rate) -> Rate:
        if origin == "international":
            return dc * foreign_dc + other * foreign_other
        return (0.0 if at_work else dc * (1 - foreign_dc)) + other * (1 - foreign_other)

    now = places(*m.given.support_places_persons)
    then = places(
        m.policy.dc_fellows_persons,
        m.policy.other_support_places_persons,
        m.policy.other_support_foreign_share,
    )
    effective = now + (then - now) * (1 - m.params.support_crowd_out_share)
    stipend_rise = m.policy.dc_stipend_yen_per_year / m.given.dc_stipend_yen - 1
    ra_pay_rise = m.policy.ra_pay_yen_per_year / m.given.ra_pay_yen - 1
    all_places = m.policy.dc_fellows_persons + m.policy.other_support_places_persons
    rise_over_all_places = m.policy.dc_fellows_persons / np.maximum(all_places, 1) * stipend_rise
    coverage = m.params.entry_elasticity_coverage * np.log(effective / now)
    income_rise = rise_over_all_places + m.params.ra_pay_support_share * ra_pay_rise
    stipend = m.params.entry_elasticity_stipend * np.log1p(income_rise)
    support = m.params.working_support_weight * coverage if at_work else coverage + stipend
    prospect = expected_prospect(m)
    pay = m.params.industry_first_share * np.log(m.policy.firm_pay_ratio)
    utility = (
        support
        + m.params.entry_elasticity_prospects * np.log(prospect)
        + m.params.entry_elasticity_firm_pay * pay
    )
    return np.asarray(np.exp(utility / (1 - m.params.own_entry_rate)))


def expected_prospect(m: Moment) -> Array:
    """The chance of a permanent post that entrants expect, over that of the reference year.

    Part last year's, part the chance there was when entry was last counted: nobody forecasts the
    market. With a weight of 1 they take last year's for what will be (a cobweb).
    """
    last_year = chance_of_permanent_post(m) / m.params.reference_prospect
    return 1 + m.params.expectation_weight * (last_year - 1)


def chance_of_permanent_post(m: Moment) -> Array:
    """The chance within seven years, if last year's hires per person below went on.

    Never less than one in a thousand, so that entry still has odds in a year without any hire.
    """
    return within_seven_years(
        m.last.permanent_hires_from_below_persons / m.last.people_below_permanent_persons
    )


def within_seven_years(per_year: Rate) -> Array:
    """The chance within seven years of what happens at this rate (1/year), at least 0.001."""
    return np.asarray(np.maximum(-np.expm1(-7 * np.asarray(per_year)), 1e-3))


def more_or_fewer(m: Moment, origin: str) -> Rate:
    """The entry rate after the odds have changed, over the entry rate today."""
    rate = m.params.own_entry_rate
    odds = entry_odds_ratio(m, origin) * rate / (1 - rate)
    return odds / (1 + odds) / rate


def entrants_from_masters(m: Moment) -> Rate:
    """April entrants straight from a master's course, by field."""
    origin = 1 - m.params.working_adult_entrants_share - m.params.international_entrants_share
    entrants = m.given.doctoral_entrants * origin
    if m.given.years_since_record > 0:
        entrants = (
            entrants
            * m.given.masters_graduates_index
            * m.policy.masters_graduates_ratio
            * more_or_fewer(m, "own")
            * (1 + m.params.school_programme_effect * m.given.school_programme_change)
        )
    return entrants


def entrants_at_work(m: Moment) -> Rate:
    """April entrants who keep their job, by field."""
    entrants = m.given.doctoral_entrants * m.params.working_adult_entrants_share
    if m.given.years_since_record > 0:
        growth = m.params.working_entrants_growth_per_year * m.given.years_since_record
        entrants = entrants * np.exp(growth) * more_or_fewer(m, "working")
    return entrants


def entrants_from_abroad(m: Moment) -> Rate:
    """April entrants from abroad, by field."""
    entrants = m.given.doctoral_entrants * m.params.international_entrants_share
    if m.given.years_since_record > 0:
        growth = m.params.international_entrants_growth_per_year * m.given.years_since_record
        entrants = entrants * np.exp(growth) * more_or_fewer(m, "international")
    return entrants


def of_student_age(m: Moment, mean: Rate, first: float, shape: Rate) -> Rate:
    """Students spread over ages around this mean, and over the sexes like entrants."""
    return spread(m, mean, first, shape) * by_sex(m, m.params.female_entrants_share)


def at_working_age(m: Moment) -> Rate:
    """Ages and sexes of working adults at entry."""
    mean = m.params.working_entry_age_mean_years
    return of_student_age(m, mean, 24, m.params.other_entry_age_shape)


def at_age_from_abroad(m: Moment) -> Rate:
    """Ages and sexes of students from abroad at entry."""
    mean = m.params.international_entry_age_mean_years
    return of_student_age(m, mean, 23, m.params.other_entry_age_shape)


@intake(UNSUPPORTED["own"])
def enter_from_masters(m: Moment) -> Rate:
    """Doctoral students enter straight from a master's course."""
    return entrants_from_masters(m) * of_student_age(
        m, m.params.own_entry_age_mean_years, 23, m.params.own_entry_age_shape
    )


@intake(UNSUPPORTED["working"])
def enter_as_working_adult(m: Moment) -> Rate:
    """Doctoral students enter while they work."""
    return entrants_at_work(m) * at_working_age(m)


@intake(UNSUPPORTED["international"])
def enter_from_abroad(m: Moment) -> Rate:
    """Doctoral students enter from abroad."""
    return entrants_from_abroad(m) * at_age_from_abroad(m)


@intake((UNSUPPORTED["working"], UNSUPPORTED["international"]))
def enter_uncounted(m: Moment) -> dict[Stage, Rate]:
    """Doctoral students enter outside the April count (autumn entry), at work or from abroad."""
    growth = -m.params.uncounted_entry_growth_per_year * m.given.years_before_last_chart
    counted = entrants_from_masters(m) + entrants_at_work(m) + entrants_from_abroad(m)
    uncounted = counted * m.params.uncounted_entry_share * np.exp(growth)
    at_work = m.params.uncounted_entry_working_share
    return {
        UNSUPPORTED["working"]: uncounted * at_work * at_working_age(m),
        UNSUPPORTED["international"]: uncounted * (1 - at_work) * at_age_from_abroad(m),
    }


@intake(OUTSIDE)
def doctorates_without_course(m: Moment) -> Rate:
    """Doctorates are awarded by dissertation alone, or late: counted, moving nobody."""
    excess = m.params.degrees_without_course_excess_2009_persons * np.exp(
        -(m.year - 1 - 2009) / m.params.degrees_without_course_decay_years
    )
    floor = m.params.degrees_without_course_persons
    degrees = floor * (1 + excess / floor.sum(axis=-1, keepdims=True))
    return degrees * of_student_age(
        m,
        m.params.degrees_without_course_age_mean_years,
        27,
        m.params.degrees_without_course_age_shape,
    )


@flow(DOCTORAL, LEFT_RESEARCH)
def abandon_doctorate(m: Moment) -> Rate:
    """Doctoral students give up, fewer of them when they have living-cost support."""
    if m.source_is("unsupported"):
        return m.params.abandon_per_year
    return m.params.abandon_per_year * m.params.support_dropout_ratio


def after_completion(m: Moment, share: Rate) -> dict[Stage, Rate]:
    """Working adults go back to their employer, some leave Japan, the others seek a post."""
    if m.source_is("working"):
        back = m.params.employer_return_share
        return {SEEKING_DOCTORATE: share * (1 - back), OUTSIDE: share * back}
    if m.source_is("international"):
        home = m.params.international_departure_share
        return {SEEKING_DOCTORATE: share * (1 - home), OUTSIDE: share * home}
    return {SEEKING_DOCTORATE: share}


AFTER_COMPLETION = {
    stage: (SEEKING_DOCTORATE,) if "own" in stage.tags else (SEEKING_DOCTORATE, OUTSIDE)
    for stage in DOCTORAL
}


@year_end(DOCTORAL, AFTER_COMPLETION)
def complete_with_degree(m: Moment) -> dict[Stage, Rate]:
    """Students complete the course with the doctorate, at the standard term or later.

    Those at work take longer: their share a year is lower by a ratio.
    """
    term = standard_term_years(m)
    share = (m.clock == term) * m.params.on_time_degree_share + (
        m.clock > term
    ) * m.params.late_degree_share
    if m.source_is("working"):
        share = share * m.params.working_completion_ratio
    return after_completion(m, share)


@year_end(DOCTORAL, AFTER_COMPLETION)
def complete_without_degree(m: Moment) -> dict[Stage, Rate]:
    """Students leave with full credits and without the degree.

    They seek posts like doctorate holders, as in the postdoc surveys; many get the degree later
    (`doctorates_without_course` counts late degrees).
    """
    return after_completion(m, at_or_after_term(m) * m.params.withdrawal_share)


@year_end(
    WITH_SUPPORT,
    {s: DOCTORAL_BY[o, "unsupported"] for (o, _), s in DOCTORAL_BY.items()},
    keeps_clock=True,
)
def support_ends(m: Moment) -> Rate:
    """Living-cost support ends with the standard term."""
    return at_or_after_term(m)


def dc_weight(m: Moment) -> Rate:
    """DC goes to students within the term: DC1 from the first year, DC2 from the second."""
    weight = np.where(m.clock == 0, m.params.first_year_dc_weight, 1.0) * (1 - at_or_after_term(m))
    return weight * m.params.international_dc_weight if m.source_is("international") else weight


@posts(
    [s for s in DOCTORAL if not s.tags & {"working", "fellow"}],
    {s: DOCTORAL_BY[o, "fellow"] for (o, _), s in DOCTORAL_BY.items()},
    weight=dc_weight,
    over_all_fields=True,
    keeps_clock=True,
)
def dc_fellowships(m: Moment) -> Seats:
    """DC fellowships are awarded, over the fields in proportion to eligible students."""
    return Seats(m.policy.dc_fellows_persons)


def other_support_weight(m: Moment) -> Rate:
    """Other living-cost support goes to students within the standard term."""
    weight = 1 - at_or_after_term(m)
    return weight * m.params.working_support_weight if m.source_is("working") else weight


SUPPORTED = {origin: DOCTORAL_BY[origin, "supported"] for origin in ORIGINS}


@posts(
    UNSUPPORTED["international"],
    SUPPORTED["international"],
    weight=other_support_weight,
    over_all_fields=True,
    keeps_clock=True,
)
def other_support_places_foreign(m: Moment) -> Seats:
    """Students from abroad get other living-cost support, up to a share of the places."""
    return Seats(m.policy.other_support_places_persons * m.policy.other_support_foreign_share)


@posts(
    (UNSUPPORTED["own"], UNSUPPORTED["working"]),
    {UNSUPPORTED[origin]: SUPPORTED[origin] for origin in ("own", "working")},
    weight=other_support_weight,
    over_all_fields=True,
    keeps_clock=True,
)
def other_support_places(m: Moment) -> Seats:
    """Universities award the remaining other living-cost support (SPRING and the like)."""
    everybody: dict[Stage, Rate] = dict.fromkeys(SUPPORTED.values(), 1.0)
    return Seats(m.policy.other_support_places_persons, held_by=everybody)
