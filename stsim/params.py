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
    """Every number a rule uses that is not policy and not given from outside.

    Under each stands its label in English, and on the last line in Japanese.
    """

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
    """Working adults among doctoral entrants
    博士課程入学者に占める社会人の割合"""
    international_entrants_share: ByField = _prior(
        "share",
        0.05,
        0.45,
        "assumption",
        "21.7 % of completers of FY2015 were foreign (JD-Pro); by field not counted",
    )
    """Students from abroad among doctoral entrants
    博士課程入学者に占める留学生の割合"""
    female_entrants_share: ByField = _prior(
        "share",
        0.1,
        0.6,
        "assumption",
        "34.0 % of doctoral students in FY2020 were women; by field " + JUDGED,
    )
    """Women among doctoral entrants
    博士課程入学者に占める女性の割合"""
    own_entry_age_mean_years: Number = _prior("years", 24.6, 26.0, "assumption", JUDGED)
    """Mean age at entry straight from a master's course
    修士課程からの進学者の平均入学年齢"""
    working_entry_age_mean_years: Number = _prior("years", 35, 41, "assumption", JUDGED)
    """Mean age at entry of working adults
    社会人入学者の平均入学年齢"""
    international_entry_age_mean_years: Number = _prior("years", 27.5, 31, "assumption", JUDGED)
    """Mean age at entry of students from abroad
    留学生の平均入学年齢"""
    own_entry_age_shape: Number = _prior(
        "1", 1.0, 3.0, "assumption", "shape of a gamma density from 23 on; " + JUDGED
    )
    """Spread of ages at entry straight from a master's course (larger is narrower)
    修士課程からの進学者の入学年齢の集中度（大きいほど狭い）"""
    other_entry_age_shape: Number = _prior(
        "1", 1.5, 4.0, "assumption", "shape of a gamma density from 23 or 24 on; " + JUDGED
    )
    """Spread of ages at entry of working adults and students from abroad
    社会人・留学生の入学年齢の集中度（大きいほど狭い）"""
    degrees_without_course_age_shape: Number = _prior(
        "1", 1.5, 5.0, "assumption", "shape of a gamma density from 27 on; " + JUDGED
    )
    """Spread of ages at a doctorate by dissertation alone (larger is narrower)
    論文博士の取得年齢の集中度（大きいほど狭い）"""
    degrees_without_course_age_mean_years: Number = _prior(
        "years", 40, 50, "assumption", "ages of dissertation doctorates are not counted; " + JUDGED
    )
    """Mean age at a doctorate by dissertation alone
    論文博士の平均取得年齢"""
    uncounted_entry_share: ByField = _prior(
        "share",
        0.0,
        0.35,
        "fitted",
        DOCTORAL + "; stands for autumn entry and longer stays, which the data do not separate",
    )
    """Entry beyond the April count, over counted entrants, in FY2023
    4月入学者数に現れない入学の割合（2023年度、入学者比）"""
    uncounted_entry_growth_per_year: Number = _prior("1/year", 0.0, 0.1, "fitted", DOCTORAL)
    """Growth of the uncounted entry until FY2023
    4月入学者数に現れない入学の伸び率（2023年度まで）"""
    uncounted_entry_working_share: Number = _prior(
        "share",
        0.1,
        0.9,
        "fitted",
        "33,174 working adults and 18,042 students from abroad of 74,711 in FY2019 "
        "(the two overlap)",
    )
    """Working adults in the uncounted entry; the others are from abroad
    4月入学者数に現れない入学に占める社会人の割合（残りは留学生）"""
    own_entry_rate: Number = _prior(
        "share", 0.09, 0.11, "observed", "master's completers going on, FY2022: 9.9 % (NISTEP)"
    )
    """Share of master's completers who go on to doctoral study today
    修士課程修了者の博士課程進学率（現在）"""
    entry_elasticity_coverage: Number = _prior(
        "1", 0.0, 0.25, "assumption", "evidence/behaviour.csv: before and after, FY2018-24"
    )
    """Elasticity of entry to effective coverage by living-cost support
    生活費支援の実効受給率に対する進学の弾力性"""
    entry_elasticity_stipend: Number = _prior(
        "1", 0.05, 0.8, "assumption", "evidence/behaviour.csv: sign from the US, size unknown"
    )
    """Elasticity of entry to the level of the stipend
    生活費支援の支給額に対する進学の弾力性"""
    ra_pay_support_share: Number = _prior(
        "share",
        0.05,
        0.37,
        "assumption",
        "0.14: 12,000 assistants at 600,000 yen over 30,000 students straight from a master's "
        "with 1.68 million each, 0.62 of it earned (evidence/levers.csv "
        "d1_nonwork_nonforeign_grant_support_mean); 0.37 if all that is earned were such pay",
    )
    """Part of a student's income that comes from the pay of research assistants
    学生の収入に占めるRA給与の割合"""
    entry_elasticity_prospects: Number = _prior(
        "1", 0.0, 0.6, "assumption", "evidence/behaviour.csv: 31.1 % name the job market"
    )
    """Elasticity of entry to the chance of a permanent post within seven years
    7年以内に無期雇用ポストを得る見込みに対する進学の弾力性"""
    expectation_weight: Number = _prior(
        "share", 0.5, 1.0, "assumption", "judgement; no study seen of what entrants expect"
    )
    """Weight of last year's chance in what entrants expect, beside that of the reference year
    進学時の期待における前年の見込みの重み（残りは基準年）"""
    entry_elasticity_firm_pay: Number = _prior(
        "1",
        0.2,
        2.5,
        "assumption",
        "evidence/behaviour.csv entry_elasticity_own_field_relative_wage_us_biomedical: 3.4 for "
        "the choice of a field in the US, the far tail here; none at graduation; 0.8 is judged",
    )
    """Elasticity of entry to the pay of doctorate holders, if all of them went to firms
    博士人材の企業給与に対する進学の弾力性（全員が企業に就職する場合）"""
    reference_prospect: Number = _prior(
        "probability",
        0.1,
        0.4,
        "fitted",
        "the model's own chance in the last year with counted "
        "entrants, so that behaviour starts from the record",
    )
    """Chance of a permanent post within seven years that today's entrants look at
    進学者が想定する7年以内に無期雇用ポストを得る確率（現在）"""
    school_programme_effect: Number = _prior(
        "1",
        -0.06,
        0.06,
        "assumption",
        "centred on zero: no causal estimate was found, science-track rates two and three times "
        "the mean are those of selected schools (evidence/levers.csv ssh_science_track_ratio_men); "
        "the reach is that of evidence/behaviour.csv ssh_effect_on_doctoral_entry, on either side",
    )
    """Relative change in entry from a master's course ten years after schools double
    SSH倍増による10年後の修士課程からの進学の相対変化"""
    support_crowd_out_share: Number = _prior(
        "share", 0.1, 0.4, "assumption", "US universities cut 22-23 own places per 100 outside ones"
    )
    """Places of their own that universities give up for each outside place
    外部支援1人分に対し大学が減らす独自支援の人数"""
    working_entrants_growth_per_year: Number = _prior(
        "1/year", -0.02, 0.02, "assumption", "6,360 in FY2018, 6,270 in FY2024: flat"
    )
    """Growth of working-adult entrants after the record
    社会人入学者の伸び率（実績以後）"""
    international_entrants_growth_per_year: Number = _prior(
        "1/year", -0.01, 0.03, "assumption", JUDGED
    )
    """Growth of entrants from abroad after the record
    留学生入学者の伸び率（実績以後）"""

    # doctoral study
    abandon_per_year: Number = _prior(
        "1/year", 0.005, 0.05, "assumption", "base-year ledger: 1,200 of 75,267; not identified"
    )
    """Hazard of dropping out without support
    中途退学の年率（支援なしの場合）"""
    support_dropout_ratio: Number = _prior(
        "ratio", 0.5, 0.95, "assumption", "evidence/behaviour.csv: direction seen, size unknown"
    )
    """Drop-out with living-cost support over without
    生活費支援がある学生の中途退学率（ない学生に対する比）"""
    on_time_degree_share: ByField = _prior(
        "share",
        0.1,
        0.7,
        "observed",
        "series doctorate_within_standard_term_share, FY2019; denominator not stated",
    )
    """Share who complete with the degree at the end of the standard term
    標準修業年限で学位を取得して修了する割合"""
    late_degree_share: ByField = _prior("share", 0.05, 0.7, "fitted", DOCTORAL)
    """Share of those still there after the term who complete with the degree, each year
    標準修業年限を超えた在学者が1年間に学位を取得して修了する割合"""
    working_completion_ratio: Number = _prior(
        "ratio",
        0.5,
        1.0,
        "fitted",
        DOCTORAL + "; students at work take longer, by how much is not counted",
    )
    """Share of working adults who complete with the degree in a year over that of the others
    社会人学生が1年間に学位を取得して修了する割合（他の学生に対する比）"""
    withdrawal_share: ByField = _prior(
        "share", 0.02, 0.4, "fitted", DOCTORAL + "; 4,035 of 15,842 completers of March 2010"
    )
    """Share who complete without the degree, each year from the end of the term on
    標準修業年限以後に1年間に満期退学する割合"""
    employer_return_share: Number = _prior("share", 0.75, 0.98, "assumption", JUDGED)
    """Working adults who go back to their employer at completion
    修了時に元の勤務先に戻る社会人学生の割合"""
    international_departure_share: Number = _prior(
        "share", 0.4, 0.6, "observed", "49.7 % of foreign completers of FY2015 had left (JD-Pro)"
    )
    """Completers from abroad who leave Japan at once
    修了後直ちに出国する留学生の割合"""
    degrees_without_course_persons: ByField = _prior(
        "persons per year",
        0,
        2500,
        "fitted",
        "about 15-16 % of awards since 2015, mostly health; not counted after FY2009",
    )
    """Doctorates by dissertation alone, with late degrees, each year
    論文博士の年間取得者数（満期退学後の取得を含む）"""
    degrees_without_course_excess_2009_persons: Number = _prior(
        "persons per year", 0, 1200, "assumption", "3,000 in FY2009 against about 2,400 later"
    )
    """What such degrees had above today's level in FY2009
    2009年度の論文博士数が現在の水準を上回る人数"""
    degrees_without_course_decay_years: Number = _prior(
        "years", 3, 9, "assumption", "5,300 in FY2001 and 3,000 in FY2009 above 2,400"
    )
    """Time in which that excess falls to 1/e
    その超過分が1/eに減る年数"""

    # support
    international_dc_weight: Number = _prior("ratio", 0.1, 0.8, "assumption", JUDGED)
    """Chance of a DC fellowship of a student from abroad over a direct entrant's
    留学生の特別研究員（DC）採用の相対確率（修士からの進学者比）"""
    first_year_dc_weight: Number = _prior(
        "ratio", 0.4, 1.2, "assumption", "about 700 DC1 against 1,100 DC2 a year (JSPS)"
    )
    """Chance of a DC fellowship in the first year over the later ones
    1年次の特別研究員（DC）採用の相対確率（2年次以降比）"""
    working_support_weight: Number = _prior("ratio", 0.0, 0.15, "assumption", JUDGED)
    """Chance of other support of a working adult over a direct entrant's
    社会人学生のその他の支援受給の相対確率（修士からの進学者比）"""

    # life and leaving
    death_per_year_at_60: Number = _prior(
        "1/year", 0.004, 0.006, "assumption", "close to the life tables of Japan, both sexes"
    )
    """Hazard of death at 60
    60歳時の年間死亡率"""
    death_growth_per_year_of_age: Number = _prior(
        "1/year", 0.085, 0.105, "assumption", "Gompertz law, " + JUDGED
    )
    """Growth of the hazard of death with age
    年齢1歳当たりの死亡率の伸び率"""
    leave_permanent_national_per_year: Number = _prior("1/year", 0.003, 0.02, "fitted", HISTORY)
    """Permanent faculty of national universities who leave research, under 60
    国立大学の無期雇用教員が研究職を離れる年率（60歳未満）"""
    leave_permanent_other_per_year: Number = _prior("1/year", 0.003, 0.03, "fitted", HISTORY)
    """Permanent faculty of other universities who leave research, under 60
    国立大学以外の無期雇用教員が研究職を離れる年率（60歳未満）"""
    leave_permanent_from_60_per_year: Number = _prior("1/year", 0.01, 0.09, "fitted", HISTORY)
    """Permanent faculty who leave before the retirement age, from 60
    無期雇用教員が定年前に退職する年率（60歳以上）"""
    leave_fixed_term_per_year: Number = _prior("1/year", 0.01, 0.05, "fitted", HISTORY)
    """Fixed-term faculty who leave research before their contract ends, under 40
    任期付教員が任期途中で研究職を離れる年率（40歳未満）"""
    leave_fixed_term_from_40_per_year: Number = _prior("1/year", 0.01, 0.06, "fitted", HISTORY)
    """Fixed-term faculty who leave research before their contract ends, from 40
    任期付教員が任期途中で研究職を離れる年率（40歳以上）"""
    leave_postdoc_per_year: Number = _prior(
        "1/year", 0.02, 0.12, "assumption", "evidence/behaviour.csv: residual of 67.9 % staying"
    )
    """Postdocs who leave research during the year
    ポストドクターが年度途中で研究職を離れる年率"""
    leave_firm_or_institute_per_year: Number = _prior("1/year", 0.01, 0.05, "assumption", JUDGED)
    """Doctorate holders who leave research at firms and institutes
    企業・公的研究機関の博士人材が研究職を離れる年率"""
    retire_share_from_65: Number = _prior(
        "share per year",
        0.1,
        0.5,
        "fitted",
        HISTORY + "; private universities retire people between 65 and 70",
    )
    """Those not under a fixed limit (other universities, fixed-term posts) who retired each year
    from 65 on, before FY2019
    定年が一律でない教員（国立大学以外、任期付）が65歳以後に退職する年間割合（2019年度より前）"""
    retire_share_from_70: Number = _prior(
        "share per year", 0.2, 0.9, "fitted", HISTORY + "; 70 is the last usual limit"
    )
    """Those not under a fixed limit who retired each year from 70 on
    定年が一律でない教員が70歳以後に退職する年間割合"""
    exit_drift_under_40_per_year: Number = _prior(
        "1/year",
        -0.05,
        0.03,
        "fitted",
        HISTORY + "; exits under 40 fell from 6.2 % (2016) to 4.6 % (2022) in a fit to the surveys "
        "(docs/decisions/0005)",
    )
    """Yearly drift of the hazard of leaving faculty under 40 until FY2023
    40歳未満教員の離職率の年変化率（2023年度まで）"""
    exit_drift_40_to_59_per_year: Number = _prior(
        "1/year",
        -0.02,
        0.08,
        "fitted",
        HISTORY + "; mid-career exits more than doubled from 1998 to 2022",
    )
    """Yearly drift of the hazard of leaving faculty at 40 to 59 until FY2023
    40～59歳教員の離職率の年変化率（2023年度まで）"""
    exits_from_60_ratio_since_2019: Number = _prior(
        "ratio",
        0.6,
        0.95,
        "fitted",
        HISTORY + "; exits from 60 fell by about a quarter in 2019-22 (docs/decisions/0005)",
    )
    """Leaving and retiring from 60 on since FY2019 over before
    60歳以上の離職・退職率（2019年度以後、以前に対する比）"""
    stay_on_share: Number = _prior(
        "share",
        0.2,
        1.0,
        "assumption",
        "no estimate for Japan: 0.5; in the US the retirement rate at 70 and 71 fell by two thirds "
        "without a limit (evidence/behaviour.csv retirement_hazard_change_at_70_71_us)",
    )
    """Those who stay past today's age limit when it is raised; the others retire as today
    定年引上げ後も現在の定年を超えて在職する割合（残りは現在の定年で退職）"""
    young_grant_exit_effect: Number = _prior(
        "1",
        -0.5,
        0.5,
        "assumption",
        "centred on zero: grants are seen to raise output (evidence/behaviour.csv "
        "kakenhi_effect_on_papers_economics_jp), what they do to exits was not found; at the ends "
        "ten points more success change the hazard by 5 %",
    )
    """Log hazard of leaving research under 40, by the success share of grants for the young
    若手研究の採択率が40歳未満の離職率（対数）に与える効果"""
    go_abroad_postdoc_share: Number = _prior(
        "share per year",
        0.01,
        0.08,
        "assumption",
        "evidence/behaviour.csv: 33 % of postdocs are foreign; return flow not seen",
    )
    """Postdocs who go abroad at the end of a year
    ポストドクターが年度末に海外へ移る割合"""
    go_abroad_fixed_term_share: Number = _prior("share per year", 0.0, 0.02, "assumption", JUDGED)
    """Fixed-term faculty who go abroad at the end of a year
    任期付教員が年度末に海外へ移る割合"""
    return_from_abroad_share: Number = _prior(
        "share per year", 0.02, 0.12, "assumption", "no count of returns found; " + JUDGED
    )
    """Researchers abroad who come back to seek a post, each year
    海外の研究者が帰国して職を求める年間割合"""
    settle_abroad_per_year: Number = _prior(
        "1/year", 0.03, 0.12, "assumption", "keeps the number abroad near its start; " + JUDGED
    )
    """Researchers abroad who settle there for good
    海外の研究者が現地に定着する年率"""

    # contracts
    pd_end_share: Number = _prior("share per year", 0.3, 0.37, "observed", "PD lasts three years")
    """PD fellowships that end each year
    特別研究員（PD）の任期が終了する年間割合"""
    postdoc_contract_end_share: Number = _prior(
        "share per year",
        0.05,
        0.25,
        "assumption",
        "67.9 % of postdocs of FY2021 went on as such (series postdoc_transition_share); less "
        "those who were hired elsewhere or left",
    )
    """Project postdocs whose position ends without another, each year
    プロジェクト雇用のポストドクターが次の職なく任期を終える年間割合"""
    contract_years: Number = _prior("years", 3, 6, "assumption", "3 to 5 years are usual")
    """Length of a fixed-term faculty contract
    任期付教員の任期の長さ"""
    contract_not_renewed_share: Number = _prior("share", 0.1, 0.5, "fitted", HISTORY)
    """Fixed-term contracts that end and are not renewed
    任期付教員の任期満了時に更新されない割合"""
    ten_year_ending_share: Number = _prior(
        "share",
        0.07,
        0.14,
        "observed",
        "contracts ended at ten years: 7.9 % (FY2022), 9.2 % (FY2023)",
    )
    """Those reaching ten years whose contract is ended
    通算10年に達する者のうち契約を終了される割合（10年特例）"""
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
    """Contracts ended a year before ten for each conversion more that a policy asks for
    政策による無期転換1件の増加に対し10年到達の前年に終了される契約数"""

    tenure_track_years: Number = _prior(
        "years", 4, 6, "observed", "five years (JST, tenure-track programme)"
    )
    """Years on tenure track until the decision
    テニュアトラックの審査までの年数"""
    tenure_track_until_age_years: Number = _prior(
        "years", 40, 50, "assumption", "within ten years of the doctorate, as the programme asked"
    )
    """Age below which people start on tenure track
    テニュアトラックを開始する年齢の上限"""

    # cross-appointment and research support
    cross_appointment_years: Number = _prior(
        "years", 1, 5, "assumption", "agreements of one to five years; " + JUDGED
    )
    """Mean length of a cross-appointment
    クロスアポイントメントの平均期間"""
    cross_appointment_until_age_years: Number = _prior("years", 58, 65, "assumption", JUDGED)
    """Age below which people take up a cross-appointment
    クロスアポイントメントを開始する年齢の上限"""
    cross_appointment_national_weight: Number = _prior(
        "ratio",
        3,
        15,
        "assumption",
        "138 of the 228 institutions with a system were national in FY2021 (MEXT), the large ones "
        "among them, with less than a third of permanent faculty; " + JUDGED,
    )
    """Chance of a cross-appointment of permanent national faculty over that of the others
    国立大学の無期雇用教員のクロスアポイントメントの相対確率（他大学比）"""
    cross_appointment_move_share: Number = _prior(
        "share per year",
        0.0,
        0.06,
        "assumption",
        "evidence/behaviour.csv cross_appointment_effect_on_sector_move_hazard: no estimate found",
    )
    """Cross-appointed staff who move over to their second employer each year
    クロスアポイントメント中に相手機関へ移籍する年間割合"""
    cross_appointment_firm_share: Number = _prior(
        "share", 0.1, 0.7, "assumption", "where second employers are is not counted; " + JUDGED
    )
    """Firms among the second employers whom cross-appointed staff move to
    移籍先の相手機関に占める企業の割合"""
    leave_research_support_per_year: Number = _prior(
        "1/year", 0.02, 0.1, "assumption", "about 70 % of URA are on fixed terms; " + JUDGED
    )
    """Research administrators and technicians who leave for other work
    URA・技術職員が他の職に移る年率"""
    research_support_turnover_share: Number = _prior(
        "share per year", 0.04, 0.12, "assumption", "leaving and retiring together; " + JUDGED
    )
    """Research-support posts that fall vacant each year, to weigh the two kinds of staff
    研究支援職の年間欠員率（URAと技術職員の加重に用いる）"""
    ura_outside_share: Number = _prior(
        "share", 0.25, 0.6, "assumption", "about 60 % of URA have a research career (FY2020)"
    )
    """Research administrators hired from outside the model
    URAのうちモデル外から採用される割合"""
    technicians_outside_share: Number = _prior("share", 0.9, 1.0, "assumption", JUDGED)
    """Technicians hired from outside the model
    技術職員のうちモデル外から採用される割合"""

    # who gets the posts
    permanent_hire_age_centre_years: Number = _prior("years", 30, 50, "fitted", HISTORY)
    """Age at which the chance of a permanent post is highest, FY2023
    無期雇用ポストに最も採用されやすい年齢（2023年度）"""
    permanent_hire_age_drift_per_year: Number = _prior(
        "years per year", -0.3, 0.6, "fitted", HISTORY
    )
    """Yearly drift until FY2023 of the age at which the chance of a permanent post is highest
    無期雇用ポストに最も採用されやすい年齢の年変化（2023年度まで）"""
    permanent_hire_age_width_years: Number = _prior("years", 5, 12, "fitted", HISTORY)
    """Width of the ages at which permanent posts are won
    無期雇用ポストに採用される年齢の幅"""
    fixed_term_hire_age_centre_years: Number = _prior("years", 28, 45, "fitted", HISTORY)
    """Age at which the chance of a fixed-term post is highest, FY2023
    任期付ポストに最も採用されやすい年齢（2023年度）"""
    fixed_term_hire_age_drift_per_year: Number = _prior(
        "years per year", -0.4, 0.4, "fitted", HISTORY
    )
    """Yearly drift until FY2023 of the age at which the chance of a fixed-term post is highest
    任期付ポストに最も採用されやすい年齢の年変化（2023年度まで）"""
    fixed_term_hire_age_width_years: Number = _prior("years", 6, 15, "fitted", HISTORY)
    """Width of the ages at which fixed-term posts are won
    任期付ポストに採用される年齢の幅"""
    outside_permanent_age_tilt_per_year: Number = _prior("1/year", -0.05, 0.12, "fitted", HISTORY)
    """How much older than all hires those hired from outside into permanent posts are, FY2023
    無期雇用ポストへのモデル外からの採用者の年齢の高さ（全採用者比、2023年度）"""
    outside_permanent_age_tilt_drift_per_year: Number = _prior(
        "1/year per year", -0.005, 0.005, "fitted", HISTORY
    )
    """Yearly drift until FY2023 of how much older those hired from outside into permanent posts
    are
    無期雇用ポストへのモデル外からの採用者の年齢の高さの年変化（2023年度まで）"""
    outside_fixed_term_age_tilt_per_year: Number = _prior("1/year", -0.12, 0.05, "fitted", HISTORY)
    """How much older than all hires those hired from outside into fixed-term posts are, FY2023
    任期付ポストへのモデル外からの採用者の年齢の高さ（全採用者比、2023年度）"""
    outside_fixed_term_age_tilt_drift_per_year: Number = _prior(
        "1/year per year", -0.005, 0.005, "fitted", HISTORY
    )
    """Yearly drift until FY2023 of how much older those hired from outside into fixed-term posts
    are
    任期付ポストへのモデル外からの採用者の年齢の高さの年変化（2023年度まで）"""
    female_outside_hires_share: ByField = _prior(
        "share",
        0.1,
        0.55,
        "assumption",
        "new university researchers of FY2022: natural sciences "
        "33.9 %, engineering 18.4 %, agriculture 41.1 %, health 39.6 %",
    )
    """Women among those hired from outside
    モデル外からの採用者に占める女性の割合"""
    postdoc_outside_age_mean_years: Number = _prior(
        "years", 32, 37, "assumption", "mean age of all postdocs 36.3 (FY2015), 38.0 (FY2021)"
    )
    """Mean age of postdocs hired from outside
    モデル外から採用されるポストドクターの平均年齢"""
    postdoc_outside_age_shape: Number = _prior(
        "1", 1.2, 4.0, "assumption", "shape of a gamma density from 26 on; " + JUDGED
    )
    """Spread of ages of postdocs hired from outside (larger is narrower)
    モデル外から採用されるポストドクターの年齢の集中度（大きいほど狭い）"""
    pd_until_age_years: Number = _prior(
        "years", 35, 45, "assumption", "PD is open for five years after the doctorate (JSPS)"
    )
    """Age below which people apply for a PD fellowship
    特別研究員（PD）に申請する年齢の上限"""
    move_abroad_until_age_years: Number = _prior("years", 45, 60, "assumption", JUDGED)
    """Age below which people go abroad
    海外へ移る年齢の上限"""
    seek_postdoc_until_age_years: Number = _prior("years", 50, 65, "assumption", JUDGED)
    """Age below which people take a postdoc position or come back from abroad to seek a post
    ポストドクターとなる、または海外から帰国して職を求める年齢の上限"""
    seeking_weight_ratio: Number = _prior("ratio", 1.5, 6, "assumption", JUDGED)
    """Chance of a post of someone without one over someone who moves from a post
    職のない者がポストを得る相対確率（在職者の異動比）"""
    pd_new_doctorate_weight: Number = _prior(
        "ratio", 1.0, 8.0, "assumption", "PD is open for five years after the doctorate (JSPS)"
    )
    """Chance of a PD fellowship of a new doctorate holder over a former postdoc's
    新規博士号取得者の特別研究員（PD）採用の相対確率（元ポストドクター比）"""
    industry_first_share: ByField = _prior(
        "share",
        0.1,
        0.7,
        "assumption",
        "19 % of first-year doctoral students want a firm, 44 % a university; by field " + JUDGED,
    )
    """New doctorate holders who look to firms and public institutes first
    新規博士号取得者のうちまず企業・公的研究機関を志望する割合"""
    internship_industry_share: Number = _prior(
        "share",
        0.0,
        0.2,
        "assumption",
        "evidence/behaviour.csv internship_effect_on_industry_choice: 10 points (0 to 20), no "
        "causal estimate, as participants select themselves",
    )
    """Participants in paid internships who look to firms and institutes first because of them
    有給インターンシップ参加により企業・公的研究機関を志望する参加者の割合"""
    independence_grant_hire_effect: Number = _prior(
        "1",
        -0.05,
        0.05,
        "assumption",
        "centred on zero: not evaluated in what was found; at the ends 100 more grants a year "
        "turn some 30 of 3,000 permanent posts a year to people under 45, or away from them",
    )
    """Log odds of a permanent post below 45, for each 100 more grants of independence a year
    独立支援型研究費年100件の増加が45歳未満の無期雇用採用（対数オッズ）に与える効果"""
    net_posts_per_funded_post: Number = _prior(
        "ratio",
        0.45,
        0.95,
        "assumption",
        "evidence/behaviour.csv: earmarked posts displace own ones",
    )
    """Posts that really come on top for each one funded
    措置されたポスト1件当たりの純増ポスト数"""
    soft_money_lapse_share: Number = _prior(
        "share per year",
        0.02,
        0.2,
        "assumption",
        "no count: from fixed-term contracts not renewed (about 0.02 a year) to five-year "
        "programmes of which none is renewed (0.2); evidence/levers.csv "
        "posts_per_10pct_of_kakenhi_indirect: permanence of the income is not guaranteed",
    )
    """Permanent posts on soft money whose money is not renewed, each year
    競争的資金による無期雇用ポストのうち財源が更新されない年間割合"""
    extra_supply_absorbed_share: Number = _prior(
        "share", 0.4, 1.0, "assumption", "evidence/behaviour.csv: industry_demand_elasticity"
    )
    """Extra new doctorate holders who look to firms and institutes first and find a place there
    企業・公的研究機関を志望する新規博士号取得者の増加分のうち採用される割合"""
    reference_new_doctorates_persons: ByField = _prior(
        "persons per year", 100, 6000, "fitted", "the model's own count in its last record year"
    )
    """People out of doctoral study who seek a post each year, today
    博士課程を終えて職を求める年間人数（現在）"""
    leave_after_search_share: ByField = _prior(
        "share",
        0.3,
        0.95,
        "assumption",
        "first destinations outside research of 2012-24; by field " + JUDGED,
    )
    """New doctorate holders without a post who leave research
    職を得られない新規博士号取得者のうち研究職を離れる割合"""
    leave_after_post_share: Number = _prior("share", 0.3, 0.9, "assumption", JUDGED)
    """Former postdocs and fixed-term faculty without a post who leave research
    職を得られない元ポストドクター・元任期付教員のうち研究職を離れる割合"""
    abroad_after_search_share: Number = _prior(
        "share", 0.02, 0.15, "assumption", "about 5 % of Japanese completers are abroad (JD-Pro)"
    )
    """Those without a post who go abroad
    職を得られない者のうち海外へ移る割合"""

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


def label(name: str, language: str = "en") -> str:
    """The label of a parameter in English or Japanese."""
    *english, japanese = (Params.model_fields[name].description or "").splitlines()
    return japanese.strip() if language == "ja" else " ".join(map(str.strip, english))
