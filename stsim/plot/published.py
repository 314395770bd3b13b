"""Which published series stands beside which indicator: the one table of it, for every picture.

No number is written here: values come from the record, by the name of the series.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stsim.observed import Record, Series

#: Values by year; the pieces of one series must not be joined (another scope, another grade).
Pieces = tuple[dict[int, float], ...]
CHART = "national_university_faculty"
ALL_FACULTY = ("<40 permanent", ">=40 permanent", "<40 fixed_term", ">=40 fixed_term")


@dataclass(frozen=True)
class Published:
    """A published series in the unit of an indicator, and how it differs from the model's.

    `same_basis` is false where the series counts something else than the model does, so that it
    is shown beside the model but not as its past. `cut_by_scope` says that each piece has a scope
    of its own.
    """

    label: str
    label_ja: str
    pieces: Callable[[Record], Pieces]
    same_basis: bool = True
    cut_by_scope: bool = False

    def said(self, language: str) -> str:
        """The label in a language."""
        return self.label_ja if language == "ja" else self.label

    def scope_changes(self, record: Record) -> list[int]:
        """The first years of another scope."""
        return [min(piece) for piece in self.pieces(record)[1:]] if self.cut_by_scope else []


def _series(
    name: str, *, age: str = "", sex: str = "", statuses: Sequence[str] = ("",)
) -> Callable[[Record], Pieces]:
    """One series as it was published, a piece for each status."""

    def pieces(record: Record) -> Pieces:
        return tuple(dict(record.series(name, age=age, sex=sex, status=s)) for s in statuses)

    return pieces


def _per_million(record: Record) -> Pieces:
    degrees = record.series("doctorates_awarded")
    return ({year: n / record.population(year) * 1e6 for year, n in degrees.items()},)


def _of_chart(part: Sequence[str], whole: Sequence[str]) -> Callable[[Record], Pieces]:
    """A share of cells of the national universities' chart, cut where its scope changes."""

    def pieces(record: Record) -> Pieces:
        cells: dict[str, Series] = {}
        for cell in whole:
            age, contract = cell.split()
            cells[cell] = record.series(CHART, age=age, status=contract)
        cut: dict[float, dict[int, float]] = {}
        for year in cells[whole[0]]:
            age, contract = whole[0].split()
            scope = record.scope_factor(CHART, year, age, contract)
            total = sum(cells[cell][year] for cell in whole)
            cut.setdefault(scope, {})[year] = sum(cells[cell][year] for cell in part) / total
        return tuple(cut.values())

    return pieces


def _chart(part: Sequence[str], whole: Sequence[str] = ALL_FACULTY) -> tuple[Published, ...]:
    return (
        Published(
            "MEXT chart of national universities (from FY2021 with research assistants and "
            "without executives: not joined)",
            "文部科学省「国立大学法人 本務教員数の推移」"
            "（2021年度から助手を含み学長・役員を除く。接続しない）",
            _of_chart(part, whole),
            cut_by_scope=True,
        ),
    )


_AGES = _series("university_faculty_age_share", age="25-39")
_DEGREES = "NISTEP Indicators 2025, course and dissertation-only degrees"
_DEGREES_JA = "科学技術指標2025（課程博士と論文博士の計）"

#: Published series of an indicator, those on the model's basis first.
PUBLISHED: dict[str, tuple[Published, ...]] = {
    "under40_share": (
        Published(
            "School Teachers Survey, 1 October: 25–39 among those 25 and over "
            "(model: under 40 among all)",
            "学校教員統計調査（10月1日）：25歳以上に占める25～39歳（モデルは全年齢に占める40歳未満）",
            _AGES,
        ),
    ),
    "under40_share_25plus": (
        Published("School Teachers Survey, 1 October", "学校教員統計調査（10月1日）", _AGES),
    ),
    "under40_share_national": _chart(("<40 permanent", "<40 fixed_term")),
    "fixed_term_share_national": _chart(("<40 fixed_term", ">=40 fixed_term")),
    "fixed_term_share_under40_national": _chart(
        ("<40 fixed_term",), ("<40 permanent", "<40 fixed_term")
    ),
    "doctoral_entrants_persons": (
        Published(
            "School Basic Survey, through NISTEP Indicators 2025 and the 7th Basic Plan",
            "学校基本調査（科学技術指標2025、第7期基本計画別紙による）",
            _series("doctoral_entrants"),
        ),
    ),
    "doctoral_enrolment_persons": (
        Published(
            "School Basic Survey, 1 May (last point preliminary)",
            "学校基本調査（5月1日、最後の点は速報値）",
            _series("doctoral_enrolment", statuses=("", "preliminary")),
        ),
    ),
    "doctorates_awarded_persons": (
        Published(_DEGREES, _DEGREES_JA, _series("doctorates_awarded")),
    ),
    "doctorates_per_million": (
        Published(
            f"{_DEGREES}, over the population of 1 October",
            f"{_DEGREES_JA}÷10月1日の人口",
            _per_million,
        ),
    ),
    "postdocs_persons": (
        Published(
            "NISTEP surveys, count of November: the model's basis",
            "NISTEP調査、11月の在籍者数（モデルと同じ基準）",
            _series("postdocs", statuses=("stock_november",)),
        ),
        Published(
            "NISTEP surveys, everyone over the year: a wider count",
            "NISTEP調査、年間延べ人数（より広い数え方）",
            _series("postdocs", statuses=("annual_cumulative",)),
            same_basis=False,
        ),
    ),
    "faculty_persons": (
        Published(
            "School Teachers Survey, 1 October: aged 25 and over",
            "学校教員統計調査（10月1日）：25歳以上",
            _series("university_faculty", age=">=25"),
        ),
    ),
    "women_share_faculty": (
        Published(
            "School Basic Survey, 1 May",
            "学校基本調査（5月1日）",
            _series(
                "university_faculty_female_share", sex="female", statuses=("school_basic_survey",)
            ),
        ),
        Published(
            "School Teachers Survey, 1 October",
            "学校教員統計調査（10月1日）",
            _series("university_faculty_female_share", sex="female", statuses=("teacher_survey",)),
            same_basis=False,
        ),
    ),
}
