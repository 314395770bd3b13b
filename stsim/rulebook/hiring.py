"""Hiring on 1 April: how many posts there are, and who is likely to get them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from stsim.rulebook.phrases import at_postdoc_cap, bell, by_sex, drifting, spread
from stsim.rulebook.stages import (
    ABROAD_STAY,
    CROSS_NATIONAL,
    CROSS_OTHER,
    FIRM,
    FIXED_TERM,
    FIXED_TERM_NATIONAL,
    FIXED_TERM_OTHER,
    PERMANENT,
    PERMANENT_NATIONAL,
    PERMANENT_OTHER,
    POSTDOC_FELLOW,
    POSTDOC_PROJECT,
    POSTDOCS,
    PUBLIC_INSTITUTE,
    RESEARCH_SUPPORT,
    SEEKING,
    SEEKING_DOCTORATE,
    SEEKING_POSTDOC,
    TENURE_TRACK,
    TENURE_TRACK_NATIONAL,
    TENURE_TRACK_OTHER,
)
from stsim.vocabulary import (
    Array,
    Moment,
    Openings,
    Rate,
    Reserved,
    Seats,
    Stage,
    intake,
    posts,
)


def hires_per_candidate(target: str, m: Moment) -> Rate:
    """How often a person of this stage was hired in the base year: the base of every weight."""
    weight = m.given.hires_per_candidate[target][m.stage.name]
    return weight * m.params.seeking_weight_ratio if m.source_is("has_searched") else weight


def weight_for_permanent_post(target: str, m: Moment) -> Rate:
    """Who gets permanent posts: as in the base year, at ages around a slowly moving centre."""
    centre = drifting(
        m, m.params.permanent_hire_age_centre_years, m.params.permanent_hire_age_drift_per_year
    )
    by_age = bell(m, centre, m.params.permanent_hire_age_width_years) * by_independence_grants(m)
    return hires_per_candidate(target, m) * by_age


def by_independence_grants(m: Moment) -> Array:
    """The chance of a permanent post below 45 over today's, by grants that come with independence.

    FOREST is for fifteen years after the doctorate: about 45.
    """
    more = m.policy.independence_grants_persons_per_year - m.given.independence_grants_persons
    effect = np.exp(m.params.independence_grant_hire_effect * more / 100)
    return np.where(m.age < 45, effect, 1.0)


def weight_for_fixed_term_post(target: str, m: Moment) -> Rate:
    """Who gets fixed-term posts: as in the base year, at ages around a slowly moving centre."""
    centre = drifting(
        m, m.params.fixed_term_hire_age_centre_years, m.params.fixed_term_hire_age_drift_per_year
    )
    return hires_per_candidate(target, m) * bell(
        m, centre, m.params.fixed_term_hire_age_width_years
    )


def from_outside(m: Moment, tilt_per_year: Rate = 0.0) -> Array:
    """Age and sex of people hired from outside: those of all hires, tilted by age."""
    ages = m.given.hire_age_shares * np.exp(tilt_per_year * (m.age - 40))
    return ages * by_sex(m, m.params.female_outside_hires_share)


def reserved_places(m: Moment) -> tuple[Reserved, ...]:
    """The faculty posts advertised for people under 40 only, and for women only.

    They are set aside: whoever may have them competes for the other posts as well, so the group
    gets its reserved share and what it wins of the rest. A woman under 40 may have either kind; no
    post is of both kinds. What no candidate of the group is there to take goes to anybody.
    """
    return (
        Reserved(m.policy.under40_reserved_share, np.asarray(m.age < 40, dtype=float)),
        Reserved(m.policy.women_reserved_share, m.female),
    )


def as_reserved(profile: Array, reserved: Sequence[Reserved]) -> Array:
    """Age and sex of people hired from outside, where the same shares of places are reserved.

    A reserved place goes to somebody of the group, with ages and sexes as they come from outside
    within it; where nobody of the group comes, to anybody.
    """
    whole = profile.sum(axis=(2, 3), keepdims=True)
    found = profile * (1 - sum(np.asarray(places.share) for places in reserved))
    for places in reserved:
        within = profile * places.group
        size = within.sum(axis=(2, 3), keepdims=True)
        found = found + places.share * np.where(size > 0, within * (whole / size), profile)
    return found


#: The levers that fund faculty posts of each kind beyond those of the `posts` variant.
FUNDED_BY = {
    "permanent_national": (
        "permanent_posts_national_persons",
        "soft_money_permanent_posts_persons",
    ),
    "permanent_other": ("permanent_posts_other_persons",),
    "fixed_term_national": ("fixed_term_posts_national_persons",),
    "fixed_term_other": ("fixed_term_posts_other_persons",),
}


def hires_into_funded(m: Moment, lever: str, turnover: Rate) -> Rate:
    """Hires of the year into posts that a lever funds, where hires persist.

    A post is one hire in its first year and is filled again as often as posts of its kind were in
    recent years; one on soft money also as often as such posts lapse under whoever stays.
    """
    funded, funded_before = getattr(m.policy, lever), getattr(m.policy_last_year, lever)
    if lever == "soft_money_permanent_posts_persons":
        turnover = turnover + m.params.soft_money_lapse_share * (1 - turnover)
    return funded - funded_before + funded_before * turnover


def faculty_posts(
    m: Moment,
    target: str,
    outside: Array,
    held_by: Mapping[Stage, Rate],
    part: Rate = 1.0,
) -> Seats | Openings:
    """Seats as observed and as the `posts` variant goes on, with funded posts on top.

    `part` of the vacancies is filled here; `outside` are the age and sex of people hired from
    outside. Reserved shares are of all hires, from inside and outside alike. Where hires persist
    there are no seats: funded posts are more hires.
    """
    net = m.params.net_posts_per_funded_post * m.given.field_share[target]
    share = m.given.outside_share[target]
    reserved = reserved_places(m)
    profile = as_reserved(outside, reserved)
    if m.given.hires_persist:
        turnover = m.given.turnover[target]
        new = sum(hires_into_funded(m, lever, turnover) for lever in FUNDED_BY[target])
        openings = part * (m.given.hires[target] + new * net)
        return Openings(openings, share, profile, reserved=reserved)
    funded = sum(getattr(m.policy, lever) for lever in FUNDED_BY[target])
    seats = m.given.seats[target] + funded * net
    return Seats(seats, share, profile, held_by=held_by, part=part, reserved=reserved)


def home_seat(m: Moment) -> Rate:
    """The part of a seat at home that someone cross-appointed still occupies."""
    return 1 - (m.policy.cross_appointment_pay_reuse_share * m.policy.cross_appointment_time_share)


def outside_permanent_tilt(m: Moment) -> Rate:
    """How much older than all hires those hired from outside into permanent posts are."""
    return drifting(
        m,
        m.params.outside_permanent_age_tilt_per_year,
        m.params.outside_permanent_age_tilt_drift_per_year,
    )


def outside_fixed_term_tilt(m: Moment) -> Rate:
    """How much older than all hires those hired from outside into fixed-term posts are."""
    return drifting(
        m,
        m.params.outside_fixed_term_age_tilt_per_year,
        m.params.outside_fixed_term_age_tilt_drift_per_year,
    )


RESEARCHERS = (*SEEKING, *POSTDOCS, *FIXED_TERM, *TENURE_TRACK)


@posts(
    (*RESEARCHERS, *PERMANENT, PUBLIC_INSTITUTE),
    FIRM,
    weight=partial(hires_per_candidate, "firm"),
    over_all_fields=True,
    also_from_outside=True,
)
def firm_openings(m: Moment) -> Openings:
    """Firms hire doctorate holders as researchers."""
    openings = m.given.firm_openings_persons
    number = openings + extra_places(m, openings)
    return Openings(number, m.given.outside_share["firm"], by_field_of_outside(m))


@posts(
    (*RESEARCHERS, *PERMANENT, FIRM),
    PUBLIC_INSTITUTE,
    weight=partial(hires_per_candidate, "public_institute"),
    over_all_fields=True,
    also_from_outside=True,
)
def institute_openings(m: Moment) -> Openings:
    """Public institutes hire doctorate holders."""
    openings = m.given.institute_openings_persons
    number = openings + extra_places(m, openings)
    return Openings(number, m.given.outside_share["public_institute"], by_field_of_outside(m))


def support_hired_outside(m: Moment) -> Rate:
    """Outside share of this year's vacancies, administrators and technicians taken together."""

    def vacancies(now: Rate, before: Rate) -> Rate:
        return np.maximum(now - before + m.params.research_support_turnover_share * before, 0.0)

    administrators = vacancies(m.policy.ura_persons, m.policy_last_year.ura_persons)
    technicians = vacancies(m.policy.technicians_persons, m.policy_last_year.technicians_persons)
    outside = (
        administrators * m.params.ura_outside_share
        + technicians * m.params.technicians_outside_share
    )
    return outside / np.maximum(administrators + technicians, 1e-9)


@posts(
    (*SEEKING, *POSTDOCS, *FIXED_TERM),
    RESEARCH_SUPPORT,
    weight=partial(hires_per_candidate, "research_support"),
    over_all_fields=True,
    also_from_outside=True,
)
def research_support_posts(m: Moment) -> Seats:
    """Universities hire research administrators (URA) and technicians."""
    number = m.policy.ura_persons + m.policy.technicians_persons
    return Seats(number, support_hired_outside(m), by_field_of_outside(m))


def by_field_of_outside(m: Moment) -> Array:
    """People hired from outside spread over fields like faculty."""
    return from_outside(m) * m.given.field_share["fixed_term_other"]


def industry_first_share(m: Moment) -> Rate:
    """New doctorate holders who look to firms and institutes first, by field.

    More of those do who were in a paid internship in the year before. They are spread over the
    fields like new doctorate holders, and are all of them where more take part than there are.
    """
    seeking = m.last.new_doctorates_seeking_persons.sum(axis=-1, keepdims=True)
    took_part = m.policy_last_year.paid_internships_persons_per_year / np.maximum(seeking, 1.0)
    more = m.params.internship_industry_share * np.minimum(took_part, 1.0)
    return m.params.industry_first_share + more


def extra_places(m: Moment, openings: Rate) -> Rate:
    """Places for a share of the new doctorate holders beyond today's number who look there first.

    Those who do so because of an internship are beyond today's number as well. Firms and institutes
    share the places like their openings. With fewer doctorate holders than today openings shrink by
    the same rule, but never below none.
    """
    if m.given.years_since_record <= 0:
        return 0.0
    seeking = m.last.new_doctorates_seeking_persons
    extra = seeking - m.params.reference_new_doctorates_persons
    by_internship = seeking * (industry_first_share(m) - m.params.industry_first_share)
    looking = (extra * m.params.industry_first_share + by_internship).sum(axis=-1, keepdims=True)
    part = openings / (m.given.firm_openings_persons + m.given.institute_openings_persons)
    return np.asarray(np.maximum(m.params.extra_supply_absorbed_share * looking * part, -openings))


@posts(
    (*RESEARCHERS, PERMANENT_OTHER, PUBLIC_INSTITUTE, FIRM),
    PERMANENT_NATIONAL,
    weight=partial(weight_for_permanent_post, "permanent_national"),
    also_from_outside=True,
)
def permanent_posts_national(m: Moment) -> Seats | Openings:
    """Permanent posts at national universities are filled."""
    return faculty_posts(
        m,
        "permanent_national",
        from_outside(m, outside_permanent_tilt(m)),
        {PERMANENT_NATIONAL: 1.0, CROSS_NATIONAL: home_seat(m)},
    )


@posts(
    (*RESEARCHERS, PERMANENT_NATIONAL, PUBLIC_INSTITUTE, FIRM),
    PERMANENT_OTHER,
    weight=partial(weight_for_permanent_post, "permanent_other"),
    also_from_outside=True,
)
def permanent_posts_other(m: Moment) -> Seats | Openings:
    """Permanent posts at public and private universities are filled."""
    return faculty_posts(
        m,
        "permanent_other",
        from_outside(m, outside_permanent_tilt(m)),
        {PERMANENT_OTHER: 1.0, CROSS_OTHER: home_seat(m)},
    )


def fixed_term_posts(
    m: Moment, target: str, part: Rate, outside_ages: Rate = 1.0
) -> Seats | Openings:
    """Fixed-term seats, held by those on tenure track and by the others.

    `outside_ages` is 1 at the ages that are hired from outside, else 0.
    """
    held_by = {
        "fixed_term_national": {FIXED_TERM_NATIONAL: 1.0, TENURE_TRACK_NATIONAL: 1.0},
        "fixed_term_other": {FIXED_TERM_OTHER: 1.0, TENURE_TRACK_OTHER: 1.0},
    }[target]
    outside = from_outside(m, outside_fixed_term_tilt(m)) * outside_ages
    return faculty_posts(m, target, outside, held_by, part)


def young_enough(m: Moment) -> Array:
    """1 below the age at which people still start on tenure track, else 0."""
    return np.asarray(m.age < m.params.tenure_track_until_age_years, dtype=float)


def weight_for_tenure_track(target: str, m: Moment) -> Rate:
    """Who gets posts on tenure track: as other fixed-term posts, up to an age."""
    return weight_for_fixed_term_post(target, m) * young_enough(m)


@posts(
    (*SEEKING, *POSTDOCS, FIXED_TERM_OTHER, PUBLIC_INSTITUTE, FIRM),
    TENURE_TRACK_NATIONAL,
    weight=partial(weight_for_tenure_track, "fixed_term_national"),
    also_from_outside=True,
)
def tenure_track_posts_national(m: Moment) -> Seats | Openings:
    """Part of the vacant fixed-term posts at national universities is offered on tenure track."""
    share = m.policy.tenure_track_share
    return fixed_term_posts(m, "fixed_term_national", share, young_enough(m))


@posts(
    (*SEEKING, *POSTDOCS, FIXED_TERM_NATIONAL, PUBLIC_INSTITUTE, FIRM),
    TENURE_TRACK_OTHER,
    weight=partial(weight_for_tenure_track, "fixed_term_other"),
    also_from_outside=True,
)
def tenure_track_posts_other(m: Moment) -> Seats | Openings:
    """Part of the vacant fixed-term posts elsewhere is offered on tenure track."""
    share = m.policy.tenure_track_share
    return fixed_term_posts(m, "fixed_term_other", share, young_enough(m))


@posts(
    (*SEEKING, *POSTDOCS, FIXED_TERM_OTHER, TENURE_TRACK_OTHER, PUBLIC_INSTITUTE, FIRM),
    FIXED_TERM_NATIONAL,
    weight=partial(weight_for_fixed_term_post, "fixed_term_national"),
    also_from_outside=True,
)
def fixed_term_posts_national(m: Moment) -> Seats | Openings:
    """The other fixed-term posts at national universities are filled."""
    return fixed_term_posts(m, "fixed_term_national", 1 - m.policy.tenure_track_share)


@posts(
    (*SEEKING, *POSTDOCS, FIXED_TERM_NATIONAL, TENURE_TRACK_NATIONAL, PUBLIC_INSTITUTE, FIRM),
    FIXED_TERM_OTHER,
    weight=partial(weight_for_fixed_term_post, "fixed_term_other"),
    also_from_outside=True,
)
def fixed_term_posts_other(m: Moment) -> Seats | Openings:
    """The other fixed-term posts at public and private universities are filled."""
    return fixed_term_posts(m, "fixed_term_other", 1 - m.policy.tenure_track_share)


def postdoc_weight(m: Moment) -> Rate:
    """Chance of a project postdoc position, as in the base year; none at a cap on years."""
    young = m.age < m.params.seek_postdoc_until_age_years
    return np.asarray(hires_per_candidate("postdoc", m) * young * (1 - at_postdoc_cap(m)))


def postdoc_from_outside(m: Moment) -> Array:
    """Postdocs hired from outside by age, sex and field, summing to one."""
    ages = spread(
        m, m.params.postdoc_outside_age_mean_years, 26, m.params.postdoc_outside_age_shape
    )
    profile = ages * by_sex(m, m.params.female_outside_hires_share)
    return np.asarray(profile * m.given.postdoc_field_share)


@posts(
    SEEKING,
    POSTDOC_PROJECT,
    weight=postdoc_weight,
    over_all_fields=True,
    keeps_clock=True,
    also_from_outside=True,
)
def project_postdoc_positions(m: Moment) -> Seats:
    """Projects and institutions hire postdocs."""
    return Seats(
        m.policy.project_postdoc_positions_persons,
        m.given.outside_share["postdoc"],
        postdoc_from_outside(m),
    )


#: Part of those received from abroad who come as postdocs; where they are is not counted.
RECEIVED_AS_POSTDOCS = 0.5


@intake((POSTDOC_PROJECT, FIXED_TERM_NATIONAL, FIXED_TERM_OTHER))
def receive_from_abroad(m: Moment) -> dict[Stage, Rate]:
    """Researchers received from abroad take places there are: of project postdocs, or fixed-term.

    Half of them each (an assumption), at fixed-term posts in proportion to the seats; ages, sexes
    and fields as of others hired from outside. The markets fill what is left, so a place more
    needs a lever of its own; where hires persist fixed-term ones come on top.
    """
    received = m.policy.received_from_abroad_persons_per_year
    seats = {stage: m.given.seats[stage.name] for stage in (FIXED_TERM_NATIONAL, FIXED_TERM_OTHER)}
    all_seats = sum(by_field.sum() for by_field in seats.values())
    profile = from_outside(m, outside_fixed_term_tilt(m))
    at_fixed_term = received * (1 - RECEIVED_AS_POSTDOCS) * profile
    at_fixed_term = at_fixed_term / profile.sum(axis=(2, 3), keepdims=True)
    return {
        POSTDOC_PROJECT: received * RECEIVED_AS_POSTDOCS * postdoc_from_outside(m),
        **{stage: at_fixed_term * by_field / all_seats for stage, by_field in seats.items()},
    }


def pd_weight(m: Moment) -> Rate:
    """PD goes to the recent doctorate holder, and to nobody at a cap on years as postdoc."""
    young = np.asarray(m.age < m.params.pd_until_age_years, dtype=float)
    if m.source_is("new_doctorate"):
        return m.params.pd_new_doctorate_weight * young
    return young * (1 - at_postdoc_cap(m))


@posts(
    (SEEKING_DOCTORATE, SEEKING_POSTDOC),
    POSTDOC_FELLOW,
    weight=pd_weight,
    over_all_fields=True,
    keeps_clock=True,
)
def pd_fellowships(m: Moment) -> Seats:
    """PD fellowships are awarded."""
    return Seats(m.policy.pd_fellows_persons)


def cross_weight(m: Moment) -> Rate:
    """Cross-appointments go to permanent staff below an age, mostly at national universities."""
    young = np.asarray(m.age < m.params.cross_appointment_until_age_years, dtype=float)
    return young * m.params.cross_appointment_national_weight if m.source_is("national") else young


@posts(
    PERMANENT,
    {PERMANENT_NATIONAL: CROSS_NATIONAL, PERMANENT_OTHER: CROSS_OTHER},
    weight=cross_weight,
    over_all_fields=True,
)
def cross_appointments(m: Moment) -> Seats:
    """Permanent faculty take up a second employer for part of their time."""
    return Seats(m.policy.cross_appointments_persons)


def stay_weight(m: Moment) -> Rate:
    """Who is sent abroad: as those who go by themselves, up to the same age."""
    share = (
        m.params.go_abroad_postdoc_share
        if m.source_is("postdoc")
        else m.params.go_abroad_fixed_term_share
    )
    return share * (m.age < m.params.move_abroad_until_age_years)


@posts((*POSTDOCS, *FIXED_TERM), ABROAD_STAY, weight=stay_weight, over_all_fields=True)
def stays_abroad(m: Moment) -> Openings:
    """Postdocs and fixed-term faculty are sent abroad for a stay; others take their places.

    Those on tenure track are not sent: they would lose it.
    """
    return Openings(m.policy.sent_abroad_persons_per_year)
