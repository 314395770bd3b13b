"""THE MODEL: the stages of a research career in Japan and the rules that move people.

Read it from top to bottom. Each rule says, for one moment and one place people leave, how many
move (intake), how fast (flow, 1/year), which share (year_end, leftover) or how many posts there
are and who is likely to get them (posts). `rates.py` has the order of the year.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from stsim.params import FIELDS
from stsim.vocabulary import (
    OUTSIDE,
    Array,
    Count,
    Moment,
    Openings,
    Rate,
    Rulebook,
    Season,
    Seats,
    Stage,
    everybody,
    flow,
    intake,
    leftover,
    posts,
    year_end,
)

# --- stages -----------------------------------------------------------------------------------

ORIGINS = {
    "own": ("straight from a master's course", "修士課程から進学"),
    "working": ("working adult", "社会人"),
    "international": ("from abroad", "留学生"),
}
SUPPORT = {
    "fellow": ("DC fellow", "特別研究員DC"),
    "supported": ("other living-cost support", "その他の生活費支援"),
    "unsupported": ("no living-cost support", "生活費支援なし"),
}
#: Years of study are told apart up to the fifth, which is open: nothing depends on more.
YEARS_OF_STUDY = 6
#: Years towards the ten-year rule: 10 reaches it, 11 is beyond.
CONTRACT_YEARS = 12

DOCTORAL_BY = {
    (origin, support): Stage(
        f"doctoral_{origin}_{support}",
        f"Doctoral student, {ORIGINS[origin][0]}, {SUPPORT[support][0]}",
        f"博士課程（{ORIGINS[origin][1]}・{SUPPORT[support][1]}）",
        YEARS_OF_STUDY,
        frozenset({"doctoral", origin, support}),
    )
    for origin in ORIGINS
    for support in SUPPORT
}
DOCTORAL = tuple(DOCTORAL_BY.values())
UNSUPPORTED = {origin: DOCTORAL_BY[origin, "unsupported"] for origin in ORIGINS}
WITH_SUPPORT = tuple(stage for stage in DOCTORAL if "unsupported" not in stage.tags)


def _stage(name: str, label: str, label_ja: str, *tags: str, clock_years: int = 1) -> Stage:
    return Stage(name, label, label_ja, clock_years, frozenset(tags))


SEEKING_DOCTORATE = _stage(
    "seeking_doctorate",
    "New doctorate holder seeking a post",
    "求職中（博士課程修了）",
    "seeking",
    "new_doctorate",
)
SEEKING_POSTDOC = _stage(
    "seeking_postdoc",
    "Former postdoc seeking a post",
    "求職中（元ポスドク）",
    "seeking",
    "has_searched",
)
SEEKING_FIXED_TERM = _stage(
    "seeking_fixed_term",
    "Former fixed-term faculty seeking a post",
    "求職中（元任期付き教員）",
    "seeking",
    "has_searched",
)
SEEKING_RETURNER = _stage(
    "seeking_returner",
    "Back from abroad, seeking a post",
    "求職中（海外から帰国）",
    "seeking",
    "has_searched",
)
SEEKING = (SEEKING_DOCTORATE, SEEKING_POSTDOC, SEEKING_FIXED_TERM, SEEKING_RETURNER)
POSTDOC_FELLOW = _stage("postdoc_fellow", "PD fellow", "特別研究員PD", "postdoc")
POSTDOC_PROJECT = _stage(
    "postdoc_project", "Project postdoc", "プロジェクト雇用ポスドク", "postdoc"
)
POSTDOCS = (POSTDOC_FELLOW, POSTDOC_PROJECT)
FIXED_TERM_NATIONAL = _stage(
    "fixed_term_national",
    "Fixed-term faculty, national universities",
    "任期付き教員（国立大学）",
    "faculty",
    "fixed_term",
    "national",
    clock_years=CONTRACT_YEARS,
)
FIXED_TERM_OTHER = _stage(
    "fixed_term_other",
    "Fixed-term faculty, other universities",
    "任期付き教員（公私立大学）",
    "faculty",
    "fixed_term",
    clock_years=CONTRACT_YEARS,
)
FIXED_TERM = (FIXED_TERM_NATIONAL, FIXED_TERM_OTHER)
PERMANENT_NATIONAL = _stage(
    "permanent_national",
    "Permanent faculty, national universities",
    "無期雇用教員（国立大学）",
    "faculty",
    "permanent",
    "national",
)
PERMANENT_OTHER = _stage(
    "permanent_other",
    "Permanent faculty, other universities",
    "無期雇用教員（公私立大学）",
    "faculty",
    "permanent",
)
PERMANENT = (PERMANENT_NATIONAL, PERMANENT_OTHER)
FACULTY = (*FIXED_TERM, *PERMANENT)
PUBLIC_INSTITUTE = _stage(
    "public_institute",
    "Doctorate holder at a public institute",
    "公的研究機関の博士号取得研究者",
    "firm_or_institute",
)
FIRM = _stage("firm", "Doctorate holder at a firm", "企業の博士号取得研究者", "firm_or_institute")
ABROAD = _stage("abroad", "Researcher abroad", "海外の研究者", "abroad")
LEFT_RESEARCH = _stage("left_research", "Left research", "研究職を離れた者")
RETIRED = _stage("retired", "Retired", "退職者")
DEAD = _stage("dead", "Dead", "死亡")

LIVING = (
    *DOCTORAL,
    *SEEKING,
    *POSTDOCS,
    *FACULTY,
    PUBLIC_INSTITUTE,
    FIRM,
    ABROAD,
    LEFT_RESEARCH,
    RETIRED,
)
STAGES = (*LIVING, DEAD)
#: Those whose next step would be a permanent post.
BELOW_PERMANENT = (*SEEKING, *POSTDOCS, *FIXED_TERM)

# --- words the rules share ----------------------------------------------------------------------


def standard_term_years(m: Moment) -> Array:
    """Three years of doctoral study, four in health (School Education Act; medicine, dentistry)."""
    return np.array([4.0 if name == "health" else 3.0 for name in FIELDS])


def at_or_after_term(m: Moment) -> Array:
    """1 from the end of the standard term on, else 0."""
    return np.asarray(m.clock >= standard_term_years(m), dtype=float)


def spread(m: Moment, mean: Rate, first: float, shape: Rate) -> Array:
    """Ages as a gamma density from `first` on, with this mean and shape, summing to one."""
    years = np.maximum(m.age - first, 0.0)
    density = years ** (shape - 1) * np.exp(-shape * years / (np.asarray(mean) - first))
    return density / density.sum(axis=2, keepdims=True)


def by_sex(m: Moment, female_share: Rate) -> Array:
    """The share of women for women, the rest for men."""
    return m.female * female_share + (1 - m.female) * (1 - np.asarray(female_share))


def reached(m: Moment, limit: float) -> Array:
    """1 for all who have reached an age limit; between whole years the part of them it is for."""
    return np.asarray(np.minimum(1.0, np.maximum(0.0, m.age + 1 - limit)))


def bell(m: Moment, centre: Rate, width: Rate) -> Array:
    """1 at the centre age, falling like a normal density."""
    return np.asarray(np.exp(-0.5 * ((m.age - centre) / width) ** 2))


def drifting(m: Moment, centre: Rate, drift_per_year: Rate) -> Rate:
    """A centre that moved by `drift_per_year` until the last year with a faculty chart."""
    return centre - drift_per_year * m.given.years_before_last_chart


# --- intake: 1 April -----------------------------------------------------------------------------


def entry_odds_ratio(m: Moment) -> Rate:
    """How support, stipend and prospects change the odds of entry after the record.

    Elasticities become logit slopes by `1 / (1 − p0)`, p0 the entry rate today. Effective coverage
    counts each place beyond the law less what universities give up for it.
    """
    places = m.policy.dc_fellows_persons + m.policy.other_support_places_persons
    now = m.given.support_places_persons
    effective = now + (places - now) * (1 - m.params.support_crowd_out_share)
    stipend_rise = m.policy.dc_stipend_yen_per_year / m.given.dc_stipend_yen - 1
    rise_over_all_places = m.policy.dc_fellows_persons / max(places, 1) * stipend_rise
    prospect = chance_of_permanent_post(m) / m.params.reference_prospect
    utility = (
        m.params.entry_elasticity_coverage * np.log(effective / now)
        + m.params.entry_elasticity_stipend * np.log1p(rise_over_all_places)
        + m.params.entry_elasticity_prospects * np.log(prospect)
    )
    return np.asarray(np.exp(utility / (1 - m.params.own_entry_rate)))


def chance_of_permanent_post(m: Moment) -> Array:
    """The chance within seven years, if last year's hires per person below went on.

    Never less than one in a thousand, so that entry still has odds in a year without any hire.
    """
    per_year = m.last.permanent_hires_from_below_persons / m.last.people_below_permanent_persons
    return np.asarray(np.maximum(-np.expm1(-7 * per_year), 1e-3))


def more_or_fewer(m: Moment, rate: Rate) -> Rate:
    """The entry rate after the odds have changed, over the entry rate today."""
    odds = entry_odds_ratio(m) * rate / (1 - rate)
    return odds / (1 + odds) / rate


@intake(UNSUPPORTED["own"])
def enter_from_masters(m: Moment) -> Rate:
    """Doctoral students enter straight from a master's course."""
    origin = 1 - m.params.working_adult_entrants_share - m.params.international_entrants_share
    entrants = m.given.doctoral_entrants * origin
    if m.given.years_since_record > 0:
        entrants = (
            entrants
            * m.given.masters_graduates_index
            * m.policy.masters_graduates_ratio
            * more_or_fewer(m, m.params.own_entry_rate)
        )
    ages = spread(m, m.params.own_entry_age_mean_years, 23, m.params.own_entry_age_shape)
    return entrants * ages * by_sex(m, m.params.female_entrants_share)


@intake(UNSUPPORTED["working"])
def enter_as_working_adult(m: Moment) -> Rate:
    """Doctoral students enter while they work."""
    entrants = m.given.doctoral_entrants * m.params.working_adult_entrants_share
    if m.given.years_since_record > 0:
        growth = m.params.working_entrants_growth_per_year * m.given.years_since_record
        entrants = entrants * np.exp(growth) * more_or_fewer(m, m.params.own_entry_rate)
    ages = spread(m, m.params.working_entry_age_mean_years, 24, m.params.other_entry_age_shape)
    return entrants * ages * by_sex(m, m.params.female_entrants_share)


@intake(UNSUPPORTED["international"])
def enter_from_abroad(m: Moment) -> Rate:
    """Doctoral students enter from abroad."""
    entrants = m.given.doctoral_entrants * m.params.international_entrants_share
    if m.given.years_since_record > 0:
        growth = m.params.international_entrants_growth_per_year * m.given.years_since_record
        entrants = entrants * np.exp(growth) * more_or_fewer(m, m.params.own_entry_rate)
    ages = spread(
        m, m.params.international_entry_age_mean_years, 23, m.params.other_entry_age_shape
    )
    return entrants * ages * by_sex(m, m.params.female_entrants_share)


@intake(UNSUPPORTED["international"])
def enter_uncounted(m: Moment) -> Rate:
    """Doctoral students enter outside the April count (autumn entry)."""
    growth = -m.params.uncounted_entry_growth_per_year * m.given.years_before_last_chart
    entrants = m.given.doctoral_entrants * m.params.uncounted_entry_share * np.exp(growth)
    ages = spread(
        m, m.params.international_entry_age_mean_years, 23, m.params.other_entry_age_shape
    )
    return entrants * ages * by_sex(m, m.params.female_entrants_share)


@intake(OUTSIDE)
def doctorates_without_course(m: Moment) -> Rate:
    """Doctorates are awarded by dissertation alone, or late: counted, moving nobody."""
    excess = m.params.degrees_without_course_excess_2009_persons * np.exp(
        -(m.year - 1 - 2009) / m.params.degrees_without_course_decay_years
    )
    floor = m.params.degrees_without_course_persons
    degrees = floor * (1 + excess / floor.sum(axis=-1, keepdims=True))
    return (
        degrees
        * spread(m, m.params.degrees_without_course_age_mean_years, 27, 3)
        * by_sex(m, m.params.female_entrants_share)
    )


# --- the rest of the year: hazards ---------------------------------------------------------------


@flow(DOCTORAL, LEFT_RESEARCH)
def abandon_doctorate(m: Moment) -> Rate:
    """Doctoral students give up, fewer of them when they have living-cost support."""
    if m.source_is("unsupported"):
        return m.params.abandon_per_year
    return m.params.abandon_per_year * m.params.support_dropout_ratio


def exits_then(m: Moment) -> Array:
    """Exits of an age group over those of its reference years, as hazards.

    Under 60 they drift until the last year with a faculty chart; from 60 on they fell in FY2019.
    """
    drift = np.where(
        m.age >= 40, m.params.exit_drift_40_to_59_per_year, m.params.exit_drift_under_40_per_year
    )
    since_2019 = m.params.exits_from_60_ratio_since_2019 if m.given.is_2019_or_later else 1.0
    return np.where(m.age >= 60, since_2019, np.exp(-drift * m.given.years_before_last_chart))


@flow((*POSTDOCS, *FACULTY, PUBLIC_INSTITUTE, FIRM), LEFT_RESEARCH)
def leave_research(m: Moment) -> Rate:
    """Researchers leave for other work."""
    if m.source_is("postdoc"):
        return m.params.leave_postdoc_per_year
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
    return hazard * exits_then(m)


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


# --- 31 March: the year ends ---------------------------------------------------------------------


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
    """Students complete the course with the doctorate, at the standard term or later."""
    term = standard_term_years(m)
    share = (m.clock == term) * m.params.on_time_degree_share + (
        m.clock > term
    ) * m.params.late_degree_share
    return after_completion(m, share)


@year_end(DOCTORAL, AFTER_COMPLETION)
def complete_without_degree(m: Moment) -> dict[Stage, Rate]:
    """Students leave with full credits and without the degree."""
    return after_completion(m, at_or_after_term(m) * m.params.withdrawal_share)


@year_end(
    WITH_SUPPORT,
    {s: DOCTORAL_BY[o, "unsupported"] for (o, _), s in DOCTORAL_BY.items()},
    keeps_clock=True,
)
def support_ends(m: Moment) -> Rate:
    """Living-cost support ends with the standard term."""
    return at_or_after_term(m)


@year_end((*FACULTY, PUBLIC_INSTITUTE, FIRM), RETIRED)
def retire(m: Moment) -> Rate:
    """People retire from the age limit on; at national universities all who reach it.

    A limit between two whole years is a mix of universities with either. At other universities
    and on fixed terms a share retires each year from 65 on and a larger one from 70, and all at
    75; these ages move with the limit of national universities. Firms and institutes: all at 65,
    to which employers must keep people on (Act on Stabilization of Employment of Elderly Persons).
    """
    limit = m.policy.retirement_age_years
    if m.source_is("permanent") and m.source_is("national"):
        return reached(m, limit)
    if m.source_is("firm_or_institute"):
        return reached(m, 65)
    later = limit - m.given.retirement_age_years
    share_now = np.where(
        m.age >= 70 + later, m.params.retire_share_from_70, m.params.retire_share_from_65
    )
    share = 1 - (1 - share_now) ** exits_then(m)  # a ratio of hazards
    return np.where(m.age >= 75 + later, 1.0, share * reached(m, 65 + later))


@year_end(FIXED_TERM, {FIXED_TERM_NATIONAL: PERMANENT_NATIONAL, FIXED_TERM_OTHER: PERMANENT_OTHER})
def convert_at_ten_years(m: Moment) -> Rate:
    """Fixed-term faculty who reach ten years become permanent at their own wish."""
    return (m.clock == 10) * m.policy.ten_year_conversion_share


@year_end(FIXED_TERM, SEEKING_FIXED_TERM)
def end_at_ten_years(m: Moment) -> Rate:
    """Contracts are ended before the right to a permanent contract arises."""
    return (m.clock == 10) * m.given.ten_years_can_be_reached * m.params.ten_year_ending_share


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


@year_end(POSTDOCS, SEEKING_POSTDOC)
def postdoc_ends(m: Moment) -> Rate:
    """PD fellowships and project positions end."""
    if m.stage is POSTDOC_FELLOW:
        return m.params.pd_end_share
    return m.params.postdoc_contract_end_share


@year_end((*POSTDOCS, *FIXED_TERM), ABROAD)
def go_abroad(m: Moment) -> Rate:
    """Postdocs and fixed-term faculty go abroad."""
    if m.source_is("postdoc"):
        return m.params.go_abroad_postdoc_share
    return m.params.go_abroad_fixed_term_share * (m.age < m.params.move_abroad_until_age_years)


@year_end(ABROAD, SEEKING_RETURNER)
def return_from_abroad(m: Moment) -> Rate:
    """Researchers come back from abroad to seek a post."""
    return m.params.return_from_abroad_share * (m.age < m.params.seek_postdoc_until_age_years)


# --- 1 April: posts ------------------------------------------------------------------------------


def hires_per_candidate(target: str, m: Moment) -> Rate:
    """How often a person of this stage was hired in the base year: the base of every weight."""
    weight = m.given.hires_per_candidate[target].get(m.stage.name, 0.0)
    return weight * m.params.seeking_weight_ratio if m.source_is("has_searched") else weight


def weight_for_permanent_post(target: str, m: Moment) -> Rate:
    """Who gets permanent posts: as in the base year, at ages around a slowly moving centre."""
    centre = drifting(
        m, m.params.permanent_hire_age_centre_years, m.params.permanent_hire_age_drift_per_year
    )
    return hires_per_candidate(target, m) * bell(m, centre, m.params.permanent_hire_age_width_years)


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


def faculty_posts(m: Moment, target: str, lever: str, tilt: Rate) -> Seats | Openings:
    """Seats as observed and as the `posts` variant goes on, with funded posts on top."""
    funded, funded_before = getattr(m.policy, lever), getattr(m.policy_last_year, lever)
    net = m.params.net_posts_per_funded_post * m.given.field_share[target]
    outside = m.given.outside_share[target]
    profile = from_outside(m, tilt)
    if m.given.hires_persist:
        return Openings(m.given.hires[target] + (funded - funded_before) * net, outside, profile)
    return Seats(m.given.seats[target] + funded * net, outside, profile)


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


RESEARCHERS = (*SEEKING, *POSTDOCS, *FIXED_TERM)


@posts(
    (*RESEARCHERS, *PERMANENT, PUBLIC_INSTITUTE),
    FIRM,
    weight=partial(hires_per_candidate, "firm"),
    over_all_fields=True,
    also_from_outside=True,
)
def firm_openings(m: Moment) -> Openings:
    """Firms hire doctorate holders as researchers."""
    number = m.given.firm_openings_persons * extra_supply_absorbed(m)
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
    number = m.given.institute_openings_persons * extra_supply_absorbed(m)
    return Openings(number, m.given.outside_share["public_institute"], by_field_of_outside(m))


def by_field_of_outside(m: Moment) -> Array:
    """People hired from outside spread over fields like faculty."""
    return from_outside(m) * m.given.field_share["fixed_term_other"]


def extra_supply_absorbed(m: Moment) -> Rate:
    """Openings grow with last year's new doctorate holders beyond today's number."""
    if m.given.years_since_record <= 0:
        return 1.0
    supply = m.last.new_doctorates_seeking_persons / m.params.reference_new_doctorates_persons
    return 1 + m.params.extra_supply_absorbed_share * (supply - 1)


@posts(
    (*RESEARCHERS, PERMANENT_OTHER, PUBLIC_INSTITUTE, FIRM),
    PERMANENT_NATIONAL,
    weight=partial(weight_for_permanent_post, "permanent_national"),
    also_from_outside=True,
)
def permanent_posts_national(m: Moment) -> Seats | Openings:
    """Permanent posts at national universities are filled."""
    return faculty_posts(
        m, "permanent_national", "permanent_posts_national_persons", outside_permanent_tilt(m)
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
        m, "permanent_other", "permanent_posts_other_persons", outside_permanent_tilt(m)
    )


@posts(
    (*SEEKING, *POSTDOCS, FIXED_TERM_OTHER, PUBLIC_INSTITUTE, FIRM),
    FIXED_TERM_NATIONAL,
    weight=partial(weight_for_fixed_term_post, "fixed_term_national"),
    also_from_outside=True,
)
def fixed_term_posts_national(m: Moment) -> Seats | Openings:
    """Fixed-term posts at national universities are filled."""
    return faculty_posts(
        m, "fixed_term_national", "fixed_term_posts_national_persons", outside_fixed_term_tilt(m)
    )


@posts(
    (*SEEKING, *POSTDOCS, FIXED_TERM_NATIONAL, PUBLIC_INSTITUTE, FIRM),
    FIXED_TERM_OTHER,
    weight=partial(weight_for_fixed_term_post, "fixed_term_other"),
    also_from_outside=True,
)
def fixed_term_posts_other(m: Moment) -> Seats | Openings:
    """Fixed-term posts at public and private universities are filled."""
    return faculty_posts(
        m, "fixed_term_other", "fixed_term_posts_other_persons", outside_fixed_term_tilt(m)
    )


def postdoc_weight(m: Moment) -> Rate:
    """Chance of a project postdoc position, as in the base year."""
    return np.asarray(
        hires_per_candidate("postdoc", m) * (m.age < m.params.seek_postdoc_until_age_years),
        dtype=float,
    )


@posts(
    SEEKING, POSTDOC_PROJECT, weight=postdoc_weight, over_all_fields=True, also_from_outside=True
)
def project_postdoc_positions(m: Moment) -> Seats:
    """Projects and institutions hire postdocs."""
    profile = spread(m, m.params.postdoc_outside_age_mean_years, 26, 2) * by_sex(
        m, m.params.female_outside_hires_share
    )
    return Seats(
        m.policy.project_postdoc_positions_persons,
        m.given.outside_share["postdoc"],
        profile * m.given.postdoc_field_share,
    )


def pd_weight(m: Moment) -> Rate:
    """PD goes to the recent doctorate holder."""
    if m.source_is("new_doctorate"):
        return m.params.pd_new_doctorate_weight * (m.age < m.params.pd_until_age_years)
    return np.asarray(m.age < m.params.pd_until_age_years, dtype=float)


@posts((SEEKING_DOCTORATE, SEEKING_POSTDOC), POSTDOC_FELLOW, weight=pd_weight, over_all_fields=True)
def pd_fellowships(m: Moment) -> Seats:
    """PD fellowships are awarded."""
    return Seats(m.policy.pd_fellows_persons)


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
    if m.source_is("working"):
        return weight * m.params.working_support_weight
    return (
        weight * m.params.international_support_weight if m.source_is("international") else weight
    )


@posts(
    tuple(UNSUPPORTED.values()),
    {UNSUPPORTED[origin]: DOCTORAL_BY[origin, "supported"] for origin in ORIGINS},
    weight=other_support_weight,
    over_all_fields=True,
    keeps_clock=True,
)
def other_support_places(m: Moment) -> Seats:
    """Universities award other living-cost support (SPRING and the like)."""
    return Seats(m.policy.other_support_places_persons)


# --- after the markets ---------------------------------------------------------------------------


@leftover(SEEKING, (LEFT_RESEARCH, ABROAD))
def give_up_search(m: Moment) -> dict[Stage, Rate]:
    """Those without a post leave research or go abroad; the others try again for a year."""
    away = m.params.abroad_after_search_share * (m.age < m.params.move_abroad_until_age_years)
    if m.source_is("new_doctorate"):
        return {LEFT_RESEARCH: m.params.leave_after_search_share * (1 - away), ABROAD: away}
    return {LEFT_RESEARCH: m.params.leave_after_post_share * (1 - away), ABROAD: away}


# --- what rules may know of last year ------------------------------------------------------------


def permanent_hires_from_below_persons(last: Count) -> Array:
    """Permanent hires from among those below, and conversions."""
    return last.moves(
        (permanent_posts_national, permanent_posts_other, convert_at_ten_years), BELOW_PERMANENT
    )


def people_below_permanent_persons(last: Count) -> Array:
    """People whose next step would be a permanent post."""
    return last.people(BELOW_PERMANENT)


def new_doctorates_seeking_persons(last: Count) -> Array:
    """New doctorate holders who began to seek a post."""
    return last.moves((complete_with_degree, complete_without_degree), DOCTORAL, SEEKING_DOCTORATE)


# --- the table of contents -----------------------------------------------------------------------


def looks_to_industry_first(m: Moment) -> Rate:
    """The share of new doctorate holders in the nest of firms and public institutes."""
    return m.params.industry_first_share if m.source_is("new_doctorate") else 1.0


RULES = (
    enter_from_masters,
    enter_as_working_adult,
    enter_from_abroad,
    enter_uncounted,
    doctorates_without_course,
    abandon_doctorate,
    leave_research,
    settle_abroad,
    die,
    complete_with_degree,
    complete_without_degree,
    support_ends,
    retire,
    convert_at_ten_years,
    end_at_ten_years,
    contract_ends,
    renew_contract,
    postdoc_ends,
    go_abroad,
    return_from_abroad,
    firm_openings,
    institute_openings,
    permanent_posts_national,
    permanent_posts_other,
    fixed_term_posts_national,
    fixed_term_posts_other,
    project_postdoc_positions,
    pd_fellowships,
    dc_fellowships,
    other_support_places,
    give_up_search,
)

#: The order of 1 April.
SEASONS = (
    Season((firm_openings, institute_openings), applicants=looks_to_industry_first),
    Season((permanent_posts_national, permanent_posts_other), everybody, rounds=3),
    Season((fixed_term_posts_national, fixed_term_posts_other), everybody, rounds=3),
    Season((project_postdoc_positions, pd_fellowships)),
    Season((dc_fellowships,)),
    Season((other_support_places,)),
)

JAPAN = Rulebook(
    STAGES,
    RULES,
    SEASONS,
    (
        permanent_hires_from_below_persons,
        people_below_permanent_persons,
        new_doctorates_seeking_persons,
    ),
    fields=FIELDS,
)
