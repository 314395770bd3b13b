"""What is estimated or assumed: one field each, with unit, 90 % prior range, kind and source.

The values are in conf/params/fitted.yaml. `observed` was counted, `fitted` was found by least
squares on the record (`job=calibrate`), `assumption` rests on the range alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, model_validator

from stsim import observed
from stsim.vocabulary import Array

FIELDS = observed.FIELDS
Number = StrictInt | StrictFloat


class ByField(BaseModel):
    """One number for each field of study."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    humanities_social: Number
    science: Number
    engineering: Number
    agriculture: Number
    health: Number
    other: Number

    def array(self) -> Array:
        """The numbers along the field axis, shaped (1, 1, 1, 1, field)."""
        return np.array([getattr(self, name) for name in FIELDS], dtype=float).reshape(
            1, 1, 1, 1, -1
        )


@dataclass(frozen=True)
class Prior:
    """What is known of a parameter: unit, 90 % range (for by-field ones of each field), source."""

    unit: str
    low: float
    high: float
    kind: Literal["observed", "fitted", "assumption"]
    source: str


def _prior(*about: Any) -> Any:
    field = Field()
    field.metadata.append(Prior(*about))
    return field


JUDGED = "judgement of the modellers"
HISTORY = "fitted to the national faculty chart and the all-university age bands, 2007 to 2023"
DOCTORAL = "fitted to enrolment 2007-22 and degrees by field 2007-22"


class Params(BaseModel):
    """Every number a rule uses that is not policy and not given from outside."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    # who enters doctoral study
    working_adult_entrants_share: ByField = _prior(
        "share",
        0.1,
        0.75,
        "assumption",
        "39.8 % of all entrants of FY2024 (series doctoral_entrants_working_adult_share) and about "
        "60 % of them in health (NISTEP); the split "
        "over the other fields is not counted",
    )
    """Working adults among doctoral entrants"""
    international_entrants_share: ByField = _prior(
        "share",
        0.05,
        0.45,
        "assumption",
        "21.7 % of completers of FY2015 were foreign (JD-Pro); by field not counted",
    )
    """Students from abroad among doctoral entrants"""
    female_entrants_share: ByField = _prior(
        "share",
        0.1,
        0.6,
        "assumption",
        "34.0 % of doctoral students in FY2020 were women; by field " + JUDGED,
    )
    """Women among doctoral entrants"""
    own_entry_age_mean_years: Number = _prior("years", 24.6, 26.0, "assumption", JUDGED)
    """Mean age at entry straight from a master's course"""
    working_entry_age_mean_years: Number = _prior("years", 35, 41, "assumption", JUDGED)
    """Mean age at entry of working adults"""
    international_entry_age_mean_years: Number = _prior("years", 27.5, 31, "assumption", JUDGED)
    """Mean age at entry of students from abroad"""
    own_entry_age_shape: Number = _prior(
        "1", 1.0, 3.0, "assumption", "shape of a gamma density from 23 on; " + JUDGED
    )
    """Spread of ages at entry straight from a master's course (larger is narrower)"""
    other_entry_age_shape: Number = _prior(
        "1", 1.5, 4.0, "assumption", "shape of a gamma density from 23 or 24 on; " + JUDGED
    )
    """Spread of ages at entry of working adults and students from abroad"""
    degrees_without_course_age_shape: Number = _prior(
        "1", 1.5, 5.0, "assumption", "shape of a gamma density from 27 on; " + JUDGED
    )
    """Spread of ages at a doctorate by dissertation alone (larger is narrower)"""
    degrees_without_course_age_mean_years: Number = _prior(
        "years", 40, 50, "assumption", "ages of dissertation doctorates are not counted; " + JUDGED
    )
    """Mean age at a doctorate by dissertation alone"""
    uncounted_entry_share: ByField = _prior(
        "share",
        0.0,
        0.35,
        "fitted",
        DOCTORAL + "; stands for autumn entry and longer stays, which the data do not separate",
    )
    """Entry beyond the April count, over counted entrants, in FY2023"""
    uncounted_entry_growth_per_year: Number = _prior("1/year", 0.0, 0.1, "fitted", DOCTORAL)
    """Growth of the uncounted entry until FY2023"""
    uncounted_entry_working_share: Number = _prior(
        "share",
        0.1,
        0.9,
        "fitted",
        "33,174 working adults and 18,042 students from abroad of 74,711 in FY2019 "
        "(the two overlap)",
    )
    """Working adults in the uncounted entry; the others are from abroad"""
    own_entry_rate: Number = _prior(
        "share", 0.09, 0.11, "observed", "master's completers going on, FY2022: 9.9 % (NISTEP)"
    )
    """Share of master's completers who go on to doctoral study today"""
    entry_elasticity_coverage: Number = _prior(
        "1", 0.0, 0.25, "assumption", "evidence/behaviour.csv: before and after, FY2018-24"
    )
    """Elasticity of entry to effective coverage by living-cost support"""
    entry_elasticity_stipend: Number = _prior(
        "1", 0.05, 0.8, "assumption", "evidence/behaviour.csv: sign from the US, size unknown"
    )
    """Elasticity of entry to the level of the stipend"""
    ra_pay_support_share: Number = _prior(
        "share",
        0.05,
        0.37,
        "assumption",
        "0.14: 12,000 assistants at 600,000 yen over 30,000 students straight from a master's "
        "with 1.68 million each, 0.62 of it earned (evidence/levers.csv "
        "d1_nonwork_nonforeign_grant_support_mean); 0.37 if all that is earned were such pay",
    )
    """Part of a student's income that comes from the pay of research assistants"""
    entry_elasticity_prospects: Number = _prior(
        "1", 0.0, 0.6, "assumption", "evidence/behaviour.csv: 31.1 % name the job market"
    )
    """Elasticity of entry to the chance of a permanent post within seven years"""
    expectation_weight: Number = _prior(
        "share", 0.5, 1.0, "assumption", "judgement; no study seen of what entrants expect"
    )
    """Weight of last year's chance in what entrants expect, beside that of the reference year"""
    entry_elasticity_firm_pay: Number = _prior(
        "1",
        0.2,
        2.5,
        "assumption",
        "evidence/behaviour.csv entry_elasticity_own_field_relative_wage_us_biomedical: 3.4 for "
        "the choice of a field in the US, the far tail here; none at graduation; 0.8 is judged",
    )
    """Elasticity of entry to the pay of doctorate holders, if all of them went to firms"""
    reference_prospect: Number = _prior(
        "probability",
        0.1,
        0.4,
        "fitted",
        "the model's own chance in the last year with counted "
        "entrants, so that behaviour starts from the record",
    )
    """Chance of a permanent post within seven years that today's entrants look at"""
    school_programme_effect: Number = _prior(
        "1",
        -0.06,
        0.06,
        "assumption",
        "centred on zero: no causal estimate was found, science-track rates two and three times "
        "the mean are those of selected schools (evidence/levers.csv ssh_science_track_ratio_men); "
        "the reach is that of evidence/behaviour.csv ssh_effect_on_doctoral_entry, on either side",
    )
    """Relative change in entry from a master's course ten years after schools double"""
    support_crowd_out_share: Number = _prior(
        "share", 0.1, 0.4, "assumption", "US universities cut 22-23 own places per 100 outside ones"
    )
    """Places of their own that universities give up for each outside place"""
    working_entrants_growth_per_year: Number = _prior(
        "1/year", -0.02, 0.02, "assumption", "6,360 in FY2018, 6,270 in FY2024: flat"
    )
    """Growth of working-adult entrants after the record"""
    international_entrants_growth_per_year: Number = _prior(
        "1/year", -0.01, 0.03, "assumption", JUDGED
    )
    """Growth of entrants from abroad after the record"""

    # doctoral study
    abandon_per_year: Number = _prior(
        "1/year", 0.005, 0.05, "assumption", "base-year ledger: 1,200 of 75,267; not identified"
    )
    """Hazard of dropping out without support"""
    support_dropout_ratio: Number = _prior(
        "ratio", 0.5, 0.95, "assumption", "evidence/behaviour.csv: direction seen, size unknown"
    )
    """Drop-out with living-cost support over without"""
    on_time_degree_share: ByField = _prior(
        "share",
        0.1,
        0.7,
        "observed",
        "series doctorate_within_standard_term_share, FY2019; denominator not stated",
    )
    """Share who complete with the degree at the end of the standard term"""
    late_degree_share: ByField = _prior("share", 0.05, 0.7, "fitted", DOCTORAL)
    """Share of those still there after the term who complete with the degree, each year"""
    working_completion_ratio: Number = _prior(
        "ratio",
        0.5,
        1.0,
        "fitted",
        DOCTORAL + "; students at work take longer, by how much is not counted",
    )
    """Share of working adults who complete with the degree in a year over that of the others"""
    withdrawal_share: ByField = _prior(
        "share", 0.02, 0.4, "fitted", DOCTORAL + "; 4,035 of 15,842 completers of March 2010"
    )
    """Share who complete without the degree, each year from the end of the term on"""
    employer_return_share: Number = _prior("share", 0.75, 0.98, "assumption", JUDGED)
    """Working adults who go back to their employer at completion"""
    international_departure_share: Number = _prior(
        "share", 0.4, 0.6, "observed", "49.7 % of foreign completers of FY2015 had left (JD-Pro)"
    )
    """Completers from abroad who leave Japan at once"""
    degrees_without_course_persons: ByField = _prior(
        "persons per year",
        0,
        2500,
        "fitted",
        "about 15-16 % of awards since 2015, mostly health; not counted after FY2009",
    )
    """Doctorates by dissertation alone, with late degrees, each year"""
    degrees_without_course_excess_2009_persons: Number = _prior(
        "persons per year", 0, 1200, "assumption", "3,000 in FY2009 against about 2,400 later"
    )
    """What such degrees had above today's level in FY2009"""
    degrees_without_course_decay_years: Number = _prior(
        "years", 3, 9, "assumption", "5,300 in FY2001 and 3,000 in FY2009 above 2,400"
    )
    """Time in which that excess falls to 1/e"""

    # support
    international_dc_weight: Number = _prior("ratio", 0.1, 0.8, "assumption", JUDGED)
    """Chance of a DC fellowship of a student from abroad over a direct entrant's"""
    first_year_dc_weight: Number = _prior(
        "ratio", 0.4, 1.2, "assumption", "about 700 DC1 against 1,100 DC2 a year (JSPS)"
    )
    """Chance of a DC fellowship in the first year over the later ones"""
    working_support_weight: Number = _prior("ratio", 0.0, 0.15, "assumption", JUDGED)
    """Chance of other support of a working adult over a direct entrant's"""

    # life and leaving
    death_per_year_at_60: Number = _prior(
        "1/year", 0.004, 0.006, "assumption", "close to the life tables of Japan, both sexes"
    )
    """Hazard of death at 60"""
    death_growth_per_year_of_age: Number = _prior(
        "1/year", 0.085, 0.105, "assumption", "Gompertz law, " + JUDGED
    )
    """Growth of the hazard of death with age"""
    leave_permanent_national_per_year: Number = _prior("1/year", 0.003, 0.02, "fitted", HISTORY)
    """Permanent faculty of national universities who leave research, under 60"""
    leave_permanent_other_per_year: Number = _prior("1/year", 0.003, 0.03, "fitted", HISTORY)
    """Permanent faculty of other universities who leave research, under 60"""
    leave_permanent_from_60_per_year: Number = _prior("1/year", 0.01, 0.09, "fitted", HISTORY)
    """Permanent faculty who leave before the retirement age, from 60"""
    leave_fixed_term_per_year: Number = _prior("1/year", 0.01, 0.05, "fitted", HISTORY)
    """Fixed-term faculty who leave research before their contract ends, under 40"""
    leave_fixed_term_from_40_per_year: Number = _prior("1/year", 0.01, 0.06, "fitted", HISTORY)
    """Fixed-term faculty who leave research before their contract ends, from 40"""
    leave_postdoc_per_year: Number = _prior(
        "1/year", 0.02, 0.12, "assumption", "evidence/behaviour.csv: residual of 67.9 % staying"
    )
    """Postdocs who leave research during the year"""
    leave_firm_or_institute_per_year: Number = _prior("1/year", 0.01, 0.05, "assumption", JUDGED)
    """Doctorate holders who leave research at firms and institutes"""
    retire_share_from_65: Number = _prior(
        "share per year",
        0.1,
        0.5,
        "fitted",
        HISTORY + "; private universities retire people between 65 and 70",
    )
    """Those not under a fixed limit (other universities, fixed-term posts) who retired each year
    from 65 on, before FY2019"""
    retire_share_from_70: Number = _prior(
        "share per year", 0.2, 0.9, "fitted", HISTORY + "; 70 is the last usual limit"
    )
    """The same from 70 on"""
    exit_drift_under_40_per_year: Number = _prior(
        "1/year",
        -0.05,
        0.03,
        "fitted",
        HISTORY + "; exits under 40 fell from 6.2 % (2016) to 4.6 % (2022) in a fit to the surveys "
        "(docs/decisions/0005)",
    )
    """Yearly drift of the hazard of leaving faculty under 40 until FY2023"""
    exit_drift_40_to_59_per_year: Number = _prior(
        "1/year",
        -0.02,
        0.08,
        "fitted",
        HISTORY + "; mid-career exits more than doubled from 1998 to 2022",
    )
    """Yearly drift of the hazard of leaving faculty at 40 to 59 until FY2023"""
    exits_from_60_ratio_since_2019: Number = _prior(
        "ratio",
        0.6,
        0.95,
        "fitted",
        HISTORY + "; exits from 60 fell by about a quarter in 2019-22 (docs/decisions/0005)",
    )
    """Leaving and retiring from 60 on since FY2019 over before"""
    stay_on_share: Number = _prior(
        "share",
        0.2,
        1.0,
        "assumption",
        "no estimate for Japan: 0.5; in the US the retirement rate at 70 and 71 fell by two thirds "
        "without a limit (evidence/behaviour.csv retirement_hazard_change_at_70_71_us)",
    )
    """Those who stay past today's age limit when it is raised; the others retire as today"""
    young_grant_exit_effect: Number = _prior(
        "1",
        -0.5,
        0.5,
        "assumption",
        "centred on zero: grants are seen to raise output (evidence/behaviour.csv "
        "kakenhi_effect_on_papers_economics_jp), what they do to exits was not found; at the ends "
        "ten points more success change the hazard by 5 %",
    )
    """Log hazard of leaving research under 40, by the success share of grants for the young"""
    go_abroad_postdoc_share: Number = _prior(
        "share per year",
        0.01,
        0.08,
        "assumption",
        "evidence/behaviour.csv: 33 % of postdocs are foreign; return flow not seen",
    )
    """Postdocs who go abroad at the end of a year"""
    go_abroad_fixed_term_share: Number = _prior("share per year", 0.0, 0.02, "assumption", JUDGED)
    """Fixed-term faculty who go abroad at the end of a year"""
    return_from_abroad_share: Number = _prior(
        "share per year", 0.02, 0.12, "assumption", "no count of returns found; " + JUDGED
    )
    """Researchers abroad who come back to seek a post, each year"""
    settle_abroad_per_year: Number = _prior(
        "1/year", 0.03, 0.12, "assumption", "keeps the number abroad near its start; " + JUDGED
    )
    """Researchers abroad who settle there for good"""

    # contracts
    pd_end_share: Number = _prior("share per year", 0.3, 0.37, "observed", "PD lasts three years")
    """PD fellowships that end each year"""
    postdoc_contract_end_share: Number = _prior(
        "share per year",
        0.05,
        0.25,
        "assumption",
        "67.9 % of postdocs of FY2021 went on as such (series postdoc_transition_share); less "
        "those who were hired elsewhere or left",
    )
    """Project postdocs whose position ends without another, each year"""
    contract_years: Number = _prior("years", 3, 6, "assumption", "3 to 5 years are usual")
    """Length of a fixed-term faculty contract"""
    contract_not_renewed_share: Number = _prior("share", 0.1, 0.5, "fitted", HISTORY)
    """Fixed-term contracts that end and are not renewed"""
    ten_year_ending_share: Number = _prior(
        "share",
        0.07,
        0.14,
        "observed",
        "contracts ended at ten years: 7.9 % (FY2022), 9.2 % (FY2023)",
    )
    """Those reaching ten years whose contract is ended"""
    ten_year_avoidance_share: Number = _prior(
        "share",
        0.0,
        1.0,
        "assumption",
        "0.5: about as many contracts were ended just before ten years as were converted "
        "(evidence/levers.csv ten_year_rule_termination_share_fy2023 and evidence/levers.csv "
        "ten_year_rule_conversion_share_fy2023), so one for one at most; how many of them would "
        "have ended anyway is not known",
    )
    """Contracts ended a year before ten for each conversion more that a policy asks for"""

    tenure_track_years: Number = _prior(
        "years", 4, 6, "observed", "five years (JST, tenure-track programme)"
    )
    """Years on tenure track until the decision"""
    tenure_track_until_age_years: Number = _prior(
        "years", 40, 50, "assumption", "within ten years of the doctorate, as the programme asked"
    )
    """Age below which people start on tenure track"""

    # cross-appointment and research support
    cross_appointment_years: Number = _prior(
        "years", 1, 5, "assumption", "agreements of one to five years; " + JUDGED
    )
    """Mean length of a cross-appointment"""
    cross_appointment_until_age_years: Number = _prior("years", 58, 65, "assumption", JUDGED)
    """Age below which people take up a cross-appointment"""
    cross_appointment_national_weight: Number = _prior(
        "ratio",
        3,
        15,
        "assumption",
        "138 of the 228 institutions with a system were national in FY2021 (MEXT), the large ones "
        "among them, with less than a third of permanent faculty; " + JUDGED,
    )
    """Chance of a cross-appointment of permanent national faculty over that of the others"""
    cross_appointment_move_share: Number = _prior(
        "share per year",
        0.0,
        0.06,
        "assumption",
        "evidence/behaviour.csv cross_appointment_effect_on_sector_move_hazard: no estimate found",
    )
    """Cross-appointed staff who move over to their second employer each year"""
    cross_appointment_firm_share: Number = _prior(
        "share", 0.1, 0.7, "assumption", "where second employers are is not counted; " + JUDGED
    )
    """Firms among the second employers whom cross-appointed staff move to"""
    leave_research_support_per_year: Number = _prior(
        "1/year", 0.02, 0.1, "assumption", "about 70 % of URA are on fixed terms; " + JUDGED
    )
    """Research administrators and technicians who leave for other work"""
    research_support_turnover_share: Number = _prior(
        "share per year", 0.04, 0.12, "assumption", "leaving and retiring together; " + JUDGED
    )
    """Research-support posts that fall vacant each year, to weigh the two kinds of staff"""
    ura_outside_share: Number = _prior(
        "share", 0.25, 0.6, "assumption", "about 60 % of URA have a research career (FY2020)"
    )
    """Research administrators hired from outside the model"""
    technicians_outside_share: Number = _prior("share", 0.9, 1.0, "assumption", JUDGED)
    """Technicians hired from outside the model"""

    # who gets the posts
    permanent_hire_age_centre_years: Number = _prior("years", 30, 50, "fitted", HISTORY)
    """Age at which the chance of a permanent post is highest, FY2023"""
    permanent_hire_age_drift_per_year: Number = _prior(
        "years per year", -0.3, 0.6, "fitted", HISTORY
    )
    """Yearly drift of that age until FY2023"""
    permanent_hire_age_width_years: Number = _prior("years", 5, 12, "fitted", HISTORY)
    """Width of the ages at which permanent posts are won"""
    fixed_term_hire_age_centre_years: Number = _prior("years", 28, 45, "fitted", HISTORY)
    """Age at which the chance of a fixed-term post is highest, FY2023"""
    fixed_term_hire_age_drift_per_year: Number = _prior(
        "years per year", -0.4, 0.4, "fitted", HISTORY
    )
    """Yearly drift of that age until FY2023"""
    fixed_term_hire_age_width_years: Number = _prior("years", 6, 15, "fitted", HISTORY)
    """Width of the ages at which fixed-term posts are won"""
    outside_permanent_age_tilt_per_year: Number = _prior("1/year", -0.05, 0.12, "fitted", HISTORY)
    """How much older than all hires those hired from outside into permanent posts are, FY2023"""
    outside_permanent_age_tilt_drift_per_year: Number = _prior(
        "1/year per year", -0.005, 0.005, "fitted", HISTORY
    )
    """Yearly drift of that tilt until FY2023"""
    outside_fixed_term_age_tilt_per_year: Number = _prior("1/year", -0.12, 0.05, "fitted", HISTORY)
    """How much older than all hires those hired from outside into fixed-term posts are, FY2023"""
    outside_fixed_term_age_tilt_drift_per_year: Number = _prior(
        "1/year per year", -0.005, 0.005, "fitted", HISTORY
    )
    """Yearly drift of that tilt until FY2023"""
    female_outside_hires_share: ByField = _prior(
        "share",
        0.1,
        0.55,
        "assumption",
        "new university researchers of FY2022: natural sciences "
        "33.9 %, engineering 18.4 %, agriculture 41.1 %, health 39.6 %",
    )
    """Women among those hired from outside"""
    postdoc_outside_age_mean_years: Number = _prior(
        "years", 32, 37, "assumption", "mean age of all postdocs 36.3 (FY2015), 38.0 (FY2021)"
    )
    """Mean age of postdocs hired from outside"""
    postdoc_outside_age_shape: Number = _prior(
        "1", 1.2, 4.0, "assumption", "shape of a gamma density from 26 on; " + JUDGED
    )
    """Spread of ages of postdocs hired from outside (larger is narrower)"""
    pd_until_age_years: Number = _prior(
        "years", 35, 45, "assumption", "PD is open for five years after the doctorate (JSPS)"
    )
    """Age below which people apply for a PD fellowship"""
    move_abroad_until_age_years: Number = _prior("years", 45, 60, "assumption", JUDGED)
    """Age below which people go abroad"""
    seek_postdoc_until_age_years: Number = _prior("years", 50, 65, "assumption", JUDGED)
    """Age below which people take a postdoc position or come back from abroad to seek a post"""
    seeking_weight_ratio: Number = _prior("ratio", 1.5, 6, "assumption", JUDGED)
    """Chance of a post of someone without one over someone who moves from a post"""
    pd_new_doctorate_weight: Number = _prior(
        "ratio", 1.0, 8.0, "assumption", "PD is open for five years after the doctorate (JSPS)"
    )
    """Chance of a PD fellowship of a new doctorate holder over a former postdoc's"""
    industry_first_share: ByField = _prior(
        "share",
        0.1,
        0.7,
        "assumption",
        "19 % of first-year doctoral students want a firm, 44 % a university; by field " + JUDGED,
    )
    """New doctorate holders who look to firms and public institutes first"""
    internship_industry_share: Number = _prior(
        "share",
        0.0,
        0.2,
        "assumption",
        "evidence/behaviour.csv internship_effect_on_industry_choice: 10 points (0 to 20), no "
        "causal estimate, as participants select themselves",
    )
    """Participants in paid internships who look to firms and institutes first because of them"""
    independence_grant_hire_effect: Number = _prior(
        "1",
        -0.05,
        0.05,
        "assumption",
        "centred on zero: not evaluated in what was found; at the ends 100 more grants a year "
        "turn some 30 of 3,000 permanent posts a year to people under 45, or away from them",
    )
    """Log odds of a permanent post below 45, for each 100 more grants of independence a year"""
    net_posts_per_funded_post: Number = _prior(
        "ratio",
        0.45,
        0.95,
        "assumption",
        "evidence/behaviour.csv: earmarked posts displace own ones",
    )
    """Posts that really come on top for each one funded"""
    soft_money_lapse_share: Number = _prior(
        "share per year",
        0.02,
        0.2,
        "assumption",
        "no count: from fixed-term contracts not renewed (about 0.02 a year) to five-year "
        "programmes of which none is renewed (0.2); evidence/levers.csv "
        "posts_per_10pct_of_kakenhi_indirect: permanence of the income is not guaranteed",
    )
    """Permanent posts on soft money whose money is not renewed, each year"""
    extra_supply_absorbed_share: Number = _prior(
        "share", 0.4, 1.0, "assumption", "evidence/behaviour.csv: industry_demand_elasticity"
    )
    """Extra new doctorate holders who look to firms and institutes first and find a place there"""
    reference_new_doctorates_persons: ByField = _prior(
        "persons per year", 100, 6000, "fitted", "the model's own count in its last record year"
    )
    """People out of doctoral study who seek a post each year, today"""
    leave_after_search_share: ByField = _prior(
        "share",
        0.3,
        0.95,
        "assumption",
        "first destinations outside research of 2012-24; by field " + JUDGED,
    )
    """New doctorate holders without a post who leave research"""
    leave_after_post_share: Number = _prior("share", 0.3, 0.9, "assumption", JUDGED)
    """Former postdocs and fixed-term faculty without a post who leave research"""
    abroad_after_search_share: Number = _prior(
        "share", 0.02, 0.15, "assumption", "about 5 % of Japanese completers are abroad (JD-Pro)"
    )
    """Those without a post who go abroad"""

    @model_validator(mode="after")
    def _origins_sum(self) -> Params:
        for name in FIELDS:
            total = getattr(self.working_adult_entrants_share, name) + getattr(
                self.international_entrants_share, name
            )
            if total > 1:
                raise ValueError(
                    f"working adults and students from abroad in {name} sum to {total:g}"
                )
        return self

    @model_validator(mode="after")
    def _shares_are_shares(self) -> Params:
        for name in NAMES:
            value, about = getattr(self, name), prior(name)
            numbers = [getattr(value, f) for f in FIELDS] if isinstance(value, ByField) else [value]
            part = about.unit.startswith(("share", "probability"))
            low, high = (0.0 if about.low >= 0 else -np.inf), (1.0 if part else np.inf)
            for number in numbers:
                if not low <= number <= high:
                    raise ValueError(
                        f"params.{name}: {number:g} is outside {low:g} to {high:g} {about.unit}"
                    )
        return self

    @model_validator(mode="after")
    def _can_be_computed_with(self) -> Params:
        for name, least in LEAST.items():
            value = getattr(self, name)
            if not value > least:
                raise ValueError(
                    f"params.{name}: {value:g} is not above {least:g} {prior(name).unit}"
                )
        for name in ("own_entry_rate", "reference_prospect"):
            if getattr(self, name) >= 1:
                raise ValueError(f"params.{name}: {getattr(self, name):g} is not below 1")
        return self

    def arrays(self) -> dict[str, Array | float]:
        """Values by name as rules read them; those by field along the field axis."""
        return {
            name: (
                value.array() if isinstance(value := getattr(self, name), ByField) else float(value)
            )
            for name in NAMES
        }


NAMES: tuple[str, ...] = tuple(Params.model_fields)
#: What numbers must be above: mean ages above the first age of their density, for instance.
LEAST = {
    "own_entry_age_mean_years": 23,
    "working_entry_age_mean_years": 24,
    "international_entry_age_mean_years": 23,
    "degrees_without_course_age_mean_years": 27,
    "postdoc_outside_age_mean_years": 26,
    **dict.fromkeys(
        (
            "degrees_without_course_decay_years", "tenure_track_years",
            "permanent_hire_age_width_years",
            "fixed_term_hire_age_width_years", "own_entry_rate", "reference_prospect",
        ),
        0,
    ),
    **dict.fromkeys(("contract_years", "cross_appointment_years"), 1),  # some end every year
    **dict.fromkeys(  # a gamma density that begins at 0
        (
            "own_entry_age_shape", "other_entry_age_shape", "degrees_without_course_age_shape",
            "postdoc_outside_age_shape",
        ),
        1,
    ),
}  # fmt: skip


def keys() -> list[str]:
    """Every key under `params.` that may be set, single numbers and those of one field."""
    found = [f"params.{name}" for name in NAMES]
    return found + [
        f"params.{name}.{field}"
        for name in NAMES
        if Params.model_fields[name].annotation is ByField
        for field in FIELDS
    ]


def prior(name: str) -> Prior:
    """Unit, range, kind and source of a parameter."""
    return next(m for m in Params.model_fields[name].metadata if isinstance(m, Prior))


def beyond_prior(name: str, value: float) -> bool:
    """Whether a value lies outside the 90 % range of its prior."""
    return not prior(name).low <= value <= prior(name).high


def label(name: str) -> str:
    """The English label of a parameter."""
    return Params.model_fields[name].description or ""
