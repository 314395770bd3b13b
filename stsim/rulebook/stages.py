"""The stages of a research career in Japan: where people are."""

from __future__ import annotations

from stsim.vocabulary import Stage

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
#: Years since the first post as postdoc are told apart up to ten, which is open; a search between
#: two posts counts.
POSTDOC_YEARS = 11
#: Years of a stay abroad are told apart up to the second, which is open; a stay lasts two.
STAY_CELLS = 3
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
    "Out of doctoral study, with or without the degree, seeking a post",
    "求職中（博士課程修了・満期退学）",
    "seeking",
    "new_doctorate",
)
SEEKING_POSTDOC = _stage(
    "seeking_postdoc",
    "Former postdoc seeking a post",
    "求職中（元ポスドク）",
    "seeking",
    "has_searched",
    clock_years=POSTDOC_YEARS,
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
POSTDOC_FELLOW = _stage(
    "postdoc_fellow", "PD fellow", "特別研究員PD", "postdoc", clock_years=POSTDOC_YEARS
)
POSTDOC_PROJECT = _stage(
    "postdoc_project",
    "Project postdoc",
    "プロジェクト雇用ポスドク",
    "postdoc",
    clock_years=POSTDOC_YEARS,
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
TENURE_TRACK_NATIONAL = _stage(
    "fixed_term_national_tenure_track",
    "Tenure-track faculty, national universities",
    "テニュアトラック教員（国立大学）",
    "faculty",
    "fixed_term",
    "national",
    clock_years=CONTRACT_YEARS,
)
TENURE_TRACK_OTHER = _stage(
    "fixed_term_other_tenure_track",
    "Tenure-track faculty, other universities",
    "テニュアトラック教員（公私立大学）",
    "faculty",
    "fixed_term",
    clock_years=CONTRACT_YEARS,
)
TENURE_TRACK = (TENURE_TRACK_NATIONAL, TENURE_TRACK_OTHER)
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
CROSS_NATIONAL = _stage(
    "permanent_national_cross",
    "Permanent faculty of a national university who also work elsewhere",
    "クロスアポイントメント中の無期雇用教員（国立大学）",
    "faculty",
    "permanent",
    "national",
)
CROSS_OTHER = _stage(
    "permanent_other_cross",
    "Permanent faculty of another university who also work elsewhere",
    "クロスアポイントメント中の無期雇用教員（公私立大学）",
    "faculty",
    "permanent",
)
CROSS = (CROSS_NATIONAL, CROSS_OTHER)
FACULTY = (*FIXED_TERM, *TENURE_TRACK, *PERMANENT, *CROSS)
PUBLIC_INSTITUTE = _stage(
    "public_institute",
    "Doctorate holder at a public institute (with those who left with full credits)",
    "公的研究機関の博士号取得研究者（満期退学者を含む）",
    "firm_or_institute",
)
FIRM = _stage(
    "firm",
    "Doctorate holder at a firm (with those who left with full credits)",
    "企業の博士号取得研究者（満期退学者を含む）",
    "firm_or_institute",
)
RESEARCH_SUPPORT = _stage(
    "research_support",
    "Research administrator or technician at a university",
    "大学のURA・技術職員",
    "support_staff",
)
ABROAD = _stage("abroad", "Researcher abroad", "海外の研究者", "abroad")
ABROAD_STAY = _stage(
    "abroad_stay", "Researcher sent abroad for a stay", "海外派遣中の研究者", clock_years=STAY_CELLS
)
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
    RESEARCH_SUPPORT,
    ABROAD,
    ABROAD_STAY,
    LEFT_RESEARCH,
    RETIRED,
)
STAGES = (*LIVING, DEAD)
#: Those whose next step would be a permanent post.
BELOW_PERMANENT = (*SEEKING, *POSTDOCS, *FIXED_TERM, *TENURE_TRACK)
