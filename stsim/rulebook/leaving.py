"""Leaving: out of research, abroad, into retirement, at the end of a contract or a search."""

from __future__ import annotations

import numpy as np

from stsim.rulebook.phrases import at_hazard_ratio, at_postdoc_cap, reached
from stsim.rulebook.stages import (
    ABROAD,
    ABROAD_STAY,
    CROSS,
    CROSS_NATIONAL,
    CROSS_OTHER,
    DEAD,
    FACULTY,
    FIRM,
    FIXED_TERM,
    FIXED_TERM_NATIONAL,
    FIXED_TERM_OTHER,
    LEFT_RESEARCH,
    LIVING,
    PERMANENT_NATIONAL,
    PERMANENT_OTHER,
    POSTDOC_FELLOW,
    POSTDOCS,
    PUBLIC_INSTITUTE,
    RESEARCH_SUPPORT,
    RETIRED,
    SEEKING,
    SEEKING_FIXED_TERM,
    SEEKING_POSTDOC,
    SEEKING_RETURNER,
    TENURE_TRACK,
    TENURE_TRACK_NATIONAL,
    TENURE_TRACK_OTHER,
)
from stsim.vocabulary import OUTSIDE, Array, Moment, Rate, Stage, flow, leftover, year_end


def exits_then(m: Moment) -> Array:
    """Exits of an age group over those of its reference years, as hazards.

    Under 60 they drift until the last year with a faculty chart; from 60 on they fell in FY2019.
    """
    drift = np.where(
        m.age >= 40, m.params.exit_drift_40_to_59_per_year, m.params.exit_drift_under_40_per_year
    )
    since_2019 = m.params.exits_from_60_ratio_since_2019 if m.given.is_2019_or_later else 1.0
    return np.where(m.age >= 60, since_2019, np.exp(-drift * m.given.years_before_last_chart))


def by_young_grants(m: Moment) -> Array:
    """The hazard of leaving under 40 over today's, by how many win a grant for the young."""
    more = m.policy.young_grant_success_share - m.given.young_grant_success_share
    return np.where(m.age < 40, np.exp(m.params.young_grant_exit_effect * more), 1.0)


@flow((*POSTDOCS, *FACULTY, PUBLIC_INSTITUTE, FIRM, RESEARCH_SUPPORT), LEFT_RESEARCH)
def leave_research(m: Moment) -> Rate:
    """Researchers and support staff leave for other work.

    Men and women alike, as the record does not tell them apart; policies may change the hazard of
    women, and of those under 40, among postdocs and faculty. Those without a post are another
    rule, `give_up_search`.
    """
    women = m.female * m.policy.women_exit_ratio + (1 - m.female)
    if m.source_is("postdoc"):
        return m.params.leave_postdoc_per_year * women * by_young_grants(m)
    if m.source_is("support_staff"):
        return m.params.leave_research_support_per_year
    if m.source_is("firm_or_institute"):
        return m.params.leave_firm_or_institute_per_year
    if m.source_is("fixed_term"):
        hazard = np.where(
            m.age >= 40,
            m.params.leave_fixed_term_from_40_per_year,
            m.params.leave_fixed_term_per_year,
        )
    elif m.source_is("national"):
        hazard = m.params.leave_permanent_national_per_year
    else:
        hazard = m.params.leave_permanent_other_per_year
    if m.source_is("permanent"):
        hazard = np.where(m.age >= 60, m.params.leave_permanent_from_60_per_year, hazard)
    return hazard * exits_then(m) * women * by_young_grants(m)


@flow(ABROAD, OUTSIDE)
def settle_abroad(m: Moment) -> Rate:
    """Researchers abroad settle there for good."""
    return m.params.settle_abroad_per_year


@flow(LIVING, DEAD)
def die(m: Moment) -> Rate:
    """People die; the hazard grows exponentially with age (Gompertz)."""
    return m.params.death_per_year_at_60 * np.exp(
        m.params.death_growth_per_year_of_age * (m.age - 60)
    )


def reach_limit_national(m: Moment) -> Array:
    """Permanent faculty of national universities whose posts end because of the age limit.

    All who reach it. Where it is above that of the law only a share stays on past the limit of
    the law, and the others leave there as before.
    """
    limit, today = m.policy.retirement_age_years, m.given.retirement_age_years
    all_there = reached(m, limit)
    just_there = reached(m, today) - reached(m, today + 1)
    leave_as_before = np.where(np.asarray(limit) > today, 1 - m.params.stay_on_share, 0.0)
    return all_there + (1 - all_there) * just_there * leave_as_before


@year_end(
    (PERMANENT_NATIONAL, CROSS_NATIONAL),
    FIXED_TERM_NATIONAL,
)
def reemploy(m: Moment) -> Rate:
    """Permanent faculty of national universities are re-employed on fixed terms at the limit.

    They take fixed-term seats, which others would be hired into, and leave their permanent ones.
    Elsewhere people retire between 65 and 75, which contains such contracts.
    """
    return reach_limit_national(m) * m.policy.reemployment_share


@year_end((*FACULTY, PUBLIC_INSTITUTE, FIRM, RESEARCH_SUPPORT), RETIRED)
def retire(m: Moment) -> Rate:
    """People retire from the age limit on; at national universities all who reach it.

    A limit between two whole years is a mix of universities with either. At other universities
    and on fixed terms a share retires each year from 65 on and a larger one from 70, and all at
    75; these ages move with the limit of national universities, for the share of people who stay
    on when that rises. Firms, institutes and support
    staff: all at 65, to which employers must keep people on (Act on Stabilization of Employment of
    Elderly Persons).
    """
    if m.source_is("permanent") and m.source_is("national"):
        return not_reemployed(reach_limit_national(m), m.policy.reemployment_share)
    if m.source_is("firm_or_institute") or m.source_is("support_staff"):
        return reached(m, 65)
    later = m.policy.retirement_age_years - m.given.retirement_age_years
    stay_on = np.where(np.asarray(later) > 0, m.params.stay_on_share, 1.0)
    return stay_on * retire_in_turn(m, later) + (1 - stay_on) * retire_in_turn(m, 0.0)


def not_reemployed(leaving: Array, reemployed: Rate) -> Array:
    """Of those not re-employed the day before the share who retire.

    A share `leaving` of all is to go and `reemployed` of these were kept on, so `leaving ·
    (1 − reemployed)` of all retire.
    """
    others = 1 - leaving * reemployed
    return np.where(others > 0, leaving * (1 - reemployed) / np.where(others > 0, others, 1.0), 0.0)


def retire_in_turn(m: Moment, later: Rate) -> Array:
    """The share of those not under a fixed limit who retire at each age, so many years later."""
    share_now = np.where(
        m.age >= 70 + later, m.params.retire_share_from_70, m.params.retire_share_from_65
    )
    share = 1 - (1 - share_now) ** exits_then(m)  # a ratio of hazards
    at_last = np.minimum(75 + later, m.age.max())  # the last age is open
    return np.where(m.age >= at_last, 1.0, share * reached(m, 65 + later))


@year_end((PERMANENT_NATIONAL, CROSS_NATIONAL), SEEKING_FIXED_TERM)
def soft_money_lapses(m: Moment) -> Rate:
    """Permanent posts on soft money end when the money is not renewed; their holders seek a post.

    The money then pays for another post, which is filled on 1 April: the number in post stays what
    the lever says. The model does not know who holds such a post, so all permanent faculty of
    national universities run the same risk, whatever their age: the seats that lapse over all
    seats (of the last faculty chart where hires persist, so that the risk falls a little short as
    faculty shrink). Whoever left or retired in the year is not among those who lose a post, and
    nobody loses one only because the lever falls.
    """
    net = m.params.net_posts_per_funded_post * m.given.field_share["permanent_national"]
    soft = m.policy.soft_money_permanent_posts_persons * net
    secure = m.policy.permanent_posts_national_persons * net
    seats = m.given.seats["permanent_national"] + secure + soft
    return m.params.soft_money_lapse_share * soft / seats


@year_end(
    TENURE_TRACK,
    {
        TENURE_TRACK_NATIONAL: (PERMANENT_NATIONAL, SEEKING_FIXED_TERM),
        TENURE_TRACK_OTHER: (PERMANENT_OTHER, SEEKING_FIXED_TERM),
    },
)
def decide_tenure(m: Moment) -> dict[Stage, Rate]:
    """Tenure is granted or not at the end of the track; a grant takes a permanent seat."""
    decided = np.asarray(m.clock >= m.params.tenure_track_years, dtype=float)
    granted = PERMANENT_NATIONAL if m.source_is("national") else PERMANENT_OTHER
    return {
        granted: decided * m.policy.tenure_grant_share,
        SEEKING_FIXED_TERM: decided * (1 - m.policy.tenure_grant_share),
    }


@year_end(FIXED_TERM, {FIXED_TERM_NATIONAL: PERMANENT_NATIONAL, FIXED_TERM_OTHER: PERMANENT_OTHER})
def convert_at_ten_years(m: Moment) -> Rate:
    """Fixed-term faculty who reach ten years become permanent at their own wish."""
    return (m.clock == 10) * m.policy.ten_year_conversion_share


@year_end(FIXED_TERM, SEEKING_FIXED_TERM)
def end_at_ten_years(m: Moment) -> Rate:
    """Contracts are ended before the right to a permanent contract arises.

    At ten years as often as today. Where a policy converts more, universities end contracts a
    year before for a share of the conversions more; where it converts fewer, none for that.
    """
    if not m.given.ten_years_can_be_reached:
        return 0.0
    rise = m.policy.ten_year_conversion_share - m.given.ten_year_conversion_share
    more = np.maximum(rise, 0.0)
    avoided = (m.clock == 9) * m.params.ten_year_avoidance_share * more
    return avoided + (m.clock == 10) * m.params.ten_year_ending_share


@year_end(FIXED_TERM, SEEKING_FIXED_TERM)
def contract_ends(m: Moment) -> Rate:
    """Fixed-term contracts end and are not renewed."""
    return m.params.contract_not_renewed_share / m.params.contract_years


@year_end(FIXED_TERM, {stage: stage for stage in FIXED_TERM}, keeps_clock=True)
def renew_contract(m: Moment) -> Rate:
    """Fixed-term contracts are renewed: a move to itself, so that contracts can be counted."""
    ending = 1 / m.params.contract_years
    not_renewed = m.params.contract_not_renewed_share * ending
    return (ending - not_renewed) / (1 - not_renewed)


@year_end(POSTDOCS, SEEKING_POSTDOC, keeps_clock=True)
def postdoc_ends(m: Moment) -> Rate:
    """PD fellowships and project positions end: as often as today, and all at a cap on years."""
    fellow = m.stage is POSTDOC_FELLOW
    share = m.params.pd_end_share if fellow else m.params.postdoc_contract_end_share
    return share + (1 - share) * at_postdoc_cap(m)


@year_end(CROSS, dict.fromkeys(CROSS, (FIRM, PUBLIC_INSTITUTE)))
def move_to_second_employer(m: Moment) -> dict[Stage, Rate]:
    """Cross-appointed staff move over to where they work as well: firms or institutes."""
    share = m.params.cross_appointment_move_share
    to_firms = m.params.cross_appointment_firm_share
    return {FIRM: share * to_firms, PUBLIC_INSTITUTE: share * (1 - to_firms)}


@year_end(CROSS, {CROSS_NATIONAL: PERMANENT_NATIONAL, CROSS_OTHER: PERMANENT_OTHER})
def cross_appointment_ends(m: Moment) -> Rate:
    """Cross-appointments end; people are back full time at their home post."""
    return 1 / m.params.cross_appointment_years


@year_end((*POSTDOCS, *FIXED_TERM, *TENURE_TRACK), ABROAD)
def go_abroad(m: Moment) -> Rate:
    """Postdocs and fixed-term faculty go abroad."""
    if m.source_is("postdoc"):
        return m.params.go_abroad_postdoc_share
    return m.params.go_abroad_fixed_term_share * (m.age < m.params.move_abroad_until_age_years)


@year_end(ABROAD, SEEKING_RETURNER)
def return_from_abroad(m: Moment) -> Rate:
    """Researchers come back from abroad to seek a post."""
    share = at_hazard_ratio(m.params.return_from_abroad_share, m.policy.return_from_abroad_ratio)
    return share * (m.age < m.params.seek_postdoc_until_age_years)


#: Years of a stay abroad, as in the Overseas Research Fellowships of JSPS.
STAY_YEARS = 2


@year_end(ABROAD_STAY, SEEKING_RETURNER)
def end_stay_abroad(m: Moment) -> Rate:
    """Researchers sent abroad come back to seek a post when their stay ends.

    All of them: how many stay on is not known.
    """
    return np.asarray(m.clock >= STAY_YEARS, dtype=float)


@leftover(SEEKING, (LEFT_RESEARCH, ABROAD))
def give_up_search(m: Moment) -> dict[Stage, Rate]:
    """Those without a post leave research or go abroad; the others try again for a year."""
    away = m.params.abroad_after_search_share * (m.age < m.params.move_abroad_until_age_years)
    if m.source_is("new_doctorate"):
        return {LEFT_RESEARCH: m.params.leave_after_search_share * (1 - away), ABROAD: away}
    return {LEFT_RESEARCH: m.params.leave_after_post_share * (1 - away), ABROAD: away}
