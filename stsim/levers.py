"""What government can change: one field each. Values as the law stands are in conf/law/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt

from stsim.quantities import short

Number = StrictInt | StrictFloat
#: A policy value: a number reached at `policy_start + ramp_years`, or a map by year.
PolicyValue = Number | dict[StrictInt, Number]


@dataclass(frozen=True)
class Lever:
    """What a lever is: unit, allowed range, price and who pays.

    `yen_each` is the yearly public cost of one unit (yen of FY2024) above `free_units`, None where
    the lever has no price of its own; `price_source` says where it comes from. `free_units` is
    zero, or today's number where what is there today belongs to another budget. `beyond` says what
    a value outside the range would mean, and what to do instead.
    `committed_years` are what one award or appointment of a unit commits, paid whether or not
    another follows: `UNTIL_RETIREMENT` for a post held until its holder retires. `evidence` is what
    the size of its effect on people rests on, a key of `EVIDENCE`, and `evidence_note` says more.
    """

    unit: str
    low: float
    high: float
    label_ja: str
    yen_each: float | None = None
    payer: str = ""
    price_source: str = ""
    free_units: float = 0.0
    beyond: str = ""
    committed_years: float = 1.0
    evidence: str = ""
    evidence_note: str = ""


def _lever(*about: Any, **more: Any) -> Any:
    field: Any = Field(default=None)
    field.metadata.append(Lever(*about, **more))
    return field


#: What one permanent post commits: its holder is paid until the age limit.
UNTIL_RETIREMENT = float("inf")
#: What the size of a lever's effect rests on, strongest first, in English and Japanese.
EVIDENCE = {
    "measured": ("measured in Japan", "日本での実測"),
    "elsewhere": ("measured elsewhere", "海外での実測"),
    "arithmetic": ("arithmetic of places", "ポスト数の算術"),
    "judgement": ("judgement, with a range", "判断（幅あり）"),
    "aim": ("none: the lever is an aim", "なし（手段自体が目標値）"),
    "none": ("none: centred on zero", "なし（中央値は0）"),
}


FULL_COST = "evidence/levers.csv: salaries of FY2016 (MEXT) with an on-cost of 1.3 (assumption)"


class Levers(BaseModel):
    """A policy: the levers that differ from the law as it stands, each with its value."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    dc_fellows_persons: PolicyValue | None = _lever(
        "persons",
        0,
        60_000,
        "特別研究員DCの在職者数",
        2_476_000,
        "state",
        "JSPS DC line of FY2022, 10.4 billion yen for about 4,200 fellows",
        committed_years=3,
        evidence="measured",
        evidence_note="entry read off FY2018 to FY2024, so not causal; places given up: US",
    )
    """DC fellowships held by doctoral students, total in post"""

    dc_stipend_yen_per_year: PolicyValue | None = _lever(
        "yen per year",
        1_200_000,
        6_000_000,
        "特別研究員DCの研究奨励金（年額）",
        evidence="elsewhere",
        evidence_note="sign from the US, size 0.05 to 0.8 by judgement",
    )
    """Stipend of a DC fellow"""

    other_support_places_persons: PolicyValue | None = _lever(
        "persons",
        0,
        60_000,
        "その他の生活費相当額支援（SPRING等）の受給者数",
        2_900_000,
        "state",
        "SPRING, about 2.9 million yen a student-year (MEXT, FY2024)",
        committed_years=3,
        evidence="measured",
        evidence_note="as for DC; 39 % of these places went to students from abroad",
    )
    """Other living-cost support of 1.8 million yen a year or more, total in post"""

    other_support_foreign_share: PolicyValue | None = _lever(
        "share",
        0,
        1,
        "その他の生活費相当額支援のうち留学生に充てうる割合の上限",
        evidence="arithmetic",
        evidence_note="who may have the places; entry as for DC",
    )
    """Largest part of the other support places that may go to students from abroad"""

    ra_pay_yen_per_year: PolicyValue | None = _lever(
        "yen per year",
        0,
        1_800_000,
        "リサーチ・アシスタント（RA）の給与（年額）",
        12_000,
        "university",
        "12,000 research assistants for each yen (assumption, 6,000 to 20,000: no count was found; "
        "40 % of the evidence/levers.csv doctoral_students_from_master_stock), paid from grants "
        "won; what they are paid today belongs to those grants",
        600_000,
        beyond="1.8 million yen is living-cost support: give other_support_places_persons instead",
        evidence="elsewhere",
        evidence_note="as the stipend: sign from the US, size by judgement",
    )
    """Pay of a research assistant, below living-cost support: it draws entrants, no more"""

    pd_fellows_persons: PolicyValue | None = _lever(
        "persons",
        0,
        10_000,
        "特別研究員PDの在職者数",
        4_150_000,
        "state",
        "JSPS PD line of FY2024, 4.36 billion yen for about 1,050 fellows (362,000 yen a month)",
        committed_years=3,
        evidence="arithmetic",
        evidence_note="places that are filled",
    )
    """PD fellowships, total in post"""

    project_postdoc_positions_persons: PolicyValue | None = _lever(
        "persons",
        0,
        50_000,
        "プロジェクト雇用ポストドクターの在職者数",
        5_500_000,
        "state",
        "assumption 4.5–7.8 million: postdoc pay of FY2021 and on-costs",
        committed_years=2,
        evidence="arithmetic",
        evidence_note="places that are filled",
    )
    """Postdoc positions paid by projects and institutions, total in post"""

    postdoc_cap_years: PolicyValue | None = _lever(
        "years",
        1,
        11,
        "ポストドクターの通算年数の上限（11は上限なし）",
        beyond="years are told apart up to ten and 11 is no cap; for no postdocs at all set "
        "project_postdoc_positions_persons and pd_fellows_persons to 0",
        evidence="judgement",
        evidence_note="years as postdoc are spread over people by assumption",
    )
    """Years after which nobody goes on as postdoc, counted from the first post; 11 is no cap"""

    permanent_posts_national_persons: PolicyValue | None = _lever(
        "persons",
        -10_000,
        20_000,
        "国立大学の無期雇用教員ポスト（追加財源分）",
        8_600_000,
        "state",
        FULL_COST,
        committed_years=UNTIL_RETIREMENT,
        evidence="arithmetic",
        evidence_note="seats, at 0.7 net of each by judgement (0.45 to 0.95)",
    )
    """Permanent posts at national universities beyond the `posts` variant; a cut below 0"""

    permanent_posts_other_persons: PolicyValue | None = _lever(
        "persons",
        -10_000,
        20_000,
        "公私立大学の無期雇用教員ポスト（追加財源分）",
        8_600_000,
        "state",
        FULL_COST,
        committed_years=UNTIL_RETIREMENT,
        evidence="arithmetic",
        evidence_note="seats, at 0.7 net of each by judgement (0.45 to 0.95)",
    )
    """Permanent posts at other universities beyond those of the `posts` variant; a cut below 0"""

    soft_money_permanent_posts_persons: PolicyValue | None = _lever(
        "persons",
        0,
        10_000,
        "間接経費・PI人件費等の競争的資金による無期雇用教員ポスト（国立大学）",
        8_600_000,
        "university",
        FULL_COST + "; paid from indirect costs and PI pay of competitive grants",
        committed_years=14,
        evidence="judgement",
        evidence_note="as permanent posts; 7 % lapse a year (2 to 20 %)",
    )
    """Permanent posts at national universities on soft money, total; what lapses is refilled"""

    fixed_term_posts_national_persons: PolicyValue | None = _lever(
        "persons",
        -10_000,
        20_000,
        "国立大学の任期付き教員ポスト（追加財源分）",
        7_500_000,
        "state",
        FULL_COST,
        committed_years=4,
        evidence="arithmetic",
        evidence_note="seats, at 0.7 net of each by judgement (0.45 to 0.95)",
    )
    """Fixed-term posts at national universities beyond the `posts` variant; a cut below 0"""

    fixed_term_posts_other_persons: PolicyValue | None = _lever(
        "persons",
        -10_000,
        20_000,
        "公私立大学の任期付き教員ポスト（追加財源分）",
        7_500_000,
        "state",
        FULL_COST,
        committed_years=4,
        evidence="arithmetic",
        evidence_note="seats, at 0.7 net of each by judgement (0.45 to 0.95)",
    )
    """Fixed-term posts at other universities beyond those of the `posts` variant; a cut below 0"""

    under40_reserved_share: PolicyValue | None = _lever(
        "share",
        0,
        1,
        "大学教員の採用のうち40歳未満限定公募とする割合",
        evidence="arithmetic",
        evidence_note="who may have the posts",
    )
    """Hires into faculty posts, from inside and outside the model, reserved for people under 40"""

    women_reserved_share: PolicyValue | None = _lever(
        "share",
        0,
        1,
        "大学教員の採用のうち女性限定公募とする割合",
        evidence="arithmetic",
        evidence_note="who may have the posts",
    )
    """Hires into faculty posts, from inside and outside the model, reserved for women"""

    tenure_track_share: PolicyValue | None = _lever(
        "share",
        0,
        1,
        "任期付き教員ポストの公募のうちテニュアトラックとする割合",
        evidence="arithmetic",
        evidence_note="grants of one university (19 of 22)",
    )
    """Vacant fixed-term posts that are offered on tenure track"""

    tenure_grant_share: PolicyValue | None = _lever(
        "share",
        0,
        1,
        "テニュアトラック教員のテニュア付与割合",
        evidence="arithmetic",
        evidence_note="those on tenure track today are few",
    )
    """Share of tenure-track faculty who are granted tenure at the end"""

    ten_year_conversion_share: PolicyValue | None = _lever(
        "share",
        0,
        0.9,
        "通算10年到達者の無期転換割合",
        evidence="arithmetic",
        evidence_note="those who reach ten years",
    )
    """Share of fixed-term faculty reaching ten years who become permanent"""

    retirement_age_years: PolicyValue | None = _lever(
        "years",
        58,
        72,
        "国立大学教員の定年年齢",
        beyond="a lower age would retire much of the staff in one day, a higher one was never seen",
        evidence="arithmetic",
        evidence_note="ages of faculty are counted; half are assumed to stay on (0.2 to 1)",
    )
    """Retirement age at national universities; the others move by the same difference"""

    reemployment_share: PolicyValue | None = _lever(
        "share",
        0,
        1,
        "定年に達した国立大学の無期雇用教員を任期付きで再雇用する割合",
        evidence="arithmetic",
        evidence_note="who is kept on holds a fixed-term seat",
    )
    """Permanent faculty of national universities re-employed on fixed terms at the age limit"""

    cross_appointments_persons: PolicyValue | None = _lever(
        "persons",
        0,
        30_000,
        "クロスアポイントメント中の無期雇用教員数（本務が大学）",
        1_000_000,
        "state",
        "evidence/levers.csv cross_appointment_public_cost_per_person: 1 million yen (assumption, "
        "0 to 3 million); pay itself is split between the employers",
        committed_years=3,
        evidence="judgement",
        evidence_note="moves to the second employer: 0 to 6 % a year",
    )
    """Permanent faculty cross-appointed to a second employer, total in post"""

    cross_appointment_time_share: PolicyValue | None = _lever(
        "share",
        0,
        0.9,
        "クロスアポイントメントの他機関エフォート率",
        evidence="arithmetic",
        evidence_note="only with pay used again",
    )
    """Part of the working time that someone cross-appointed spends elsewhere"""

    cross_appointment_pay_reuse_share: PolicyValue | None = _lever(
        "share",
        0,
        1,
        "クロスアポイントメントで浮いた人件費を教員ポストに再利用する割合",
        evidence="arithmetic",
        evidence_note="seats freed",
    )
    """Part of the pay so freed that the home university uses for permanent posts"""

    women_exit_ratio: PolicyValue | None = _lever(
        "ratio",
        0.25,
        2,
        "女性のポスドク・大学教員が研究職を離れる確率（現状比）",
        evidence="aim",
        evidence_note="no estimate of what support does to exits",
    )
    """Hazard at which women among postdocs and faculty leave research, over today's"""

    ura_persons: PolicyValue | None = _lever(
        "persons",
        0,
        30_000,
        "リサーチ・アドミニストレーター（URA）の人数",
        8_000_000,
        "state",
        "evidence/levers.csv ura_full_cost: 8 million yen (assumption, 6.5 to 12 million)",
        committed_years=5,
        evidence="arithmetic",
        evidence_note="whom the posts draw away; research time moves no heads",
    )
    """University research administrators, total in post"""

    technicians_persons: PolicyValue | None = _lever(
        "persons",
        0,
        60_000,
        "大学の技術職員数",
        6_500_000,
        "university",
        "assumption 5 to 8 million yen: below the 7.1 million of a lecturer or assistant professor "
        "(MHLW wage survey 2024), with on-costs",
        committed_years=30,
        evidence="arithmetic",
        evidence_note="whom the posts draw away; research time moves no heads",
    )
    """Technicians at universities, total in post"""

    young_grant_success_share: PolicyValue | None = _lever(
        "share",
        0.05,
        0.95,
        "科研費「若手研究」の採択率",
        52_000_000_000,
        "state",
        "13,060 applications (evidence/levers.csv kakenhi_young_acceptance) at 4 million yen an "
        "award with indirect cost (assumption, 3 to 6.5 million), all booked in its first year; "
        "awards of today belong to the budget of KAKENHI",
        0.404,
        beyond="some applications are always refused and some win",
        evidence="none",
        evidence_note="exits of winners and losers: no estimate",
    )
    """Young researchers' applications for a grant that win; no effect on exits is known"""

    independence_grants_persons_per_year: PolicyValue | None = _lever(
        "persons per year",
        0,
        2_000,
        "独立支援型の若手研究費（創発的研究支援事業等）の新規採択者数",
        65_000_000,
        "state",
        "evidence/levers.csv forest_direct_cost_per_project with 30 % indirect cost: 65 million "
        "yen over seven years, all booked in the first; awards of today belong to their fund",
        246,
        beyond="2,262 applied in FY2024 (evidence/levers.csv forest_acceptance_2024)",
        evidence="none",
        evidence_note="hiring of those with a grant: no estimate",
    )
    """New grants that come with independence at the host; no effect on hiring is known"""

    sent_abroad_persons_per_year: PolicyValue | None = _lever(
        "persons per year",
        0,
        2_000,
        "海外派遣（2年間）の新規人数（現状への上乗せ分）",
        12_000_000,
        "state",
        "assumption: 6 million yen a year abroad (4.5 to 7 million) for two years, all booked in "
        "the first",
        evidence="arithmetic",
        evidence_note="people away for two years",
    )
    """Postdocs and fixed-term faculty sent abroad for two years, beyond those of today"""

    received_from_abroad_persons_per_year: PolicyValue | None = _lever(
        "persons per year",
        0,
        2_000,
        "海外からの研究者の受入れ数（現状への上乗せ分、ポストドクター・任期付き教員ポスト）",
        59_000_000,
        "state",
        "evidence/levers.csv expert_j_cost_per_hire: 59 million yen a hire over up to three years, "
        "all booked in the first; a scheme for the few, so an upper end (20 to 59 million)",
        evidence="arithmetic",
        evidence_note="places as many as before",
    )
    """Researchers received from abroad into postdoc and fixed-term places, beyond today's"""

    return_from_abroad_ratio: PolicyValue | None = _lever(
        "ratio",
        0,
        5,
        "海外からの帰国ハザードの倍率",
        evidence="aim",
        evidence_note="no estimate of what brings people back",
    )
    """Hazard of coming back from abroad over today's: a result aimed at, not a measure"""

    firm_openings_growth_per_year: PolicyValue | None = _lever(
        "1/year",
        -0.1,
        0.15,
        "企業の博士研究者採用の年成長率",
        evidence="aim",
        evidence_note="what a measure does to firms' demand is not known",
    )
    """Growth of firms' openings for doctorate holders"""

    firm_pay_ratio: PolicyValue | None = _lever(
        "ratio",
        0.5,
        2.0,
        "企業における博士人材の給与の倍率",
        evidence="elsewhere",
        evidence_note="0.2 to 2.5; US own-field 2.9 to 3.9",
    )
    """Pay of doctorate holders in firms over today's, at their own expense; openings stay"""

    paid_internships_persons_per_year: PolicyValue | None = _lever(
        "persons per year",
        0,
        4_000,
        "博士課程学生の有給インターンシップ参加者数（現状への上乗せ分）",
        500_000,
        "state",
        "evidence/levers.csv internship_unit_public_cost: 0.5 million yen for matching "
        "(assumption, 0.2 to 1.5 million); the firm pays the student",
        evidence="judgement",
        evidence_note="0 to 20 % of participants turn to firms; no causal estimate",
    )
    """Doctoral students in paid internships at firms, beyond those of today"""

    masters_graduates_ratio: PolicyValue | None = _lever(
        "ratio",
        0.5,
        2.0,
        "修士課程修了者数の倍率",
        evidence="arithmetic",
        evidence_note="the same part of them goes on",
    )
    """Master's graduates over what the population alone gives"""

    school_programme_schools: PolicyValue | None = _lever(
        "schools",
        0,
        1_000,
        "スーパーサイエンスハイスクール（SSH）の指定校数",
        10_500_000,
        "state",
        "evidence/levers.csv ssh_budget_fy2019 over evidence/levers.csv ssh_schools_fy2019: 2.219 "
        "billion yen for 212 schools; those of today belong to the budget of schools",
        218,
        committed_years=5,
        evidence="none",
        evidence_note="−6 to +6 % of entrants for each doubling",
    )
    """Schools in the science programme; no effect is known, so the central one is none"""


def about(name: str) -> Lever:
    """Unit, range and price of a lever."""
    return next(m for m in Levers.model_fields[name].metadata if isinstance(m, Lever))


def label(name: str) -> str:
    """The English label of a lever."""
    return Levers.model_fields[name].description or ""


NAMES: tuple[str, ...] = tuple(Levers.model_fields)
#: Levers by what they are about: title in English and Japanese, and names; each lever stands once.
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Doctoral study",
        "博士課程",
        (
            "dc_fellows_persons", "dc_stipend_yen_per_year", "other_support_places_persons",
            "other_support_foreign_share", "ra_pay_yen_per_year",
        ),
    ),
    (
        "Postdocs",
        "ポストドクター",
        ("pd_fellows_persons", "project_postdoc_positions_persons", "postdoc_cap_years"),
    ),
    (
        "Posts",
        "大学教員ポスト",
        (
            "permanent_posts_national_persons", "permanent_posts_other_persons",
            "soft_money_permanent_posts_persons", "fixed_term_posts_national_persons",
            "fixed_term_posts_other_persons", "under40_reserved_share", "tenure_track_share",
            "tenure_grant_share", "ten_year_conversion_share", "retirement_age_years",
            "reemployment_share",
        ),
    ),
    (
        "Mobility",
        "流動性",
        (
            "cross_appointments_persons", "cross_appointment_time_share",
            "cross_appointment_pay_reuse_share", "firm_openings_growth_per_year",
            "firm_pay_ratio", "paid_internships_persons_per_year", "sent_abroad_persons_per_year",
            "received_from_abroad_persons_per_year", "return_from_abroad_ratio",
        ),
    ),
    (
        "People and environment",
        "人材と研究環境",
        (
            "women_reserved_share", "women_exit_ratio", "ura_persons", "technicians_persons",
            "young_grant_success_share", "independence_grants_persons_per_year",
        ),
    ),
    (
        "Before the doctorate",
        "博士課程以前",
        ("masters_graduates_ratio", "school_programme_schools"),
    ),
)  # fmt: skip
#: Shares of the same places: together they may be one at most.
RESERVED = ("under40_reserved_share", "women_reserved_share")


def check(name: str, value: Any) -> float | dict[int, float] | None:
    """Check one policy value: a number in range, or a map of years to such numbers.

    Raises ValueError with the key, the value, the unit and the allowed range.
    """
    if value is None:
        return None
    lever = about(name)
    wanted = (
        f"a number of {lever.unit} from {lever.low:g} to {lever.high:g}, "
        "or a map by year like {2027: …, 2030: …}"
    )

    def number(given: Any, where: str) -> float:
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            raise ValueError(f"{where}: {short(given)} is not a number; give {wanted}")
        if not lever.low <= given <= lever.high:
            range_and_unit = f"{lever.low:g} to {lever.high:g} {lever.unit}"
            what_to_do = f"; {lever.beyond}" if lever.beyond else ""
            raise ValueError(f"{where}: {given:g} is outside {range_and_unit}{what_to_do}")
        return float(given)

    if isinstance(value, Mapping):
        if not value:
            raise ValueError(f"policy.{name}: the map by year is empty; give {wanted}")
        for year in value:
            if isinstance(year, bool) or not isinstance(year, int):
                raise ValueError(f"policy.{name}: {short(year)} is not a year; give {wanted}")
        return {year: number(v, f"policy.{name} in {year}") for year, v in value.items()}
    return number(value, f"policy.{name}")
