"""Forecasts of known years as tables, on the screen and in the scoreboard page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from stsim.hindcast.bars import Bar, Scores
from stsim.hindcast.board import (
    DOCTORAL,
    FROZEN,
    GRADUATES,
    KNOWN_ENTRANTS,
    KNOWN_HIRES,
    LONG_DRIFT,
    NATIONAL,
    PACE,
    SHARE,
    UNIVERSITIES,
)
from stsim.hindcast.scores import CHOSEN, Score, mean
from stsim.words import word

if TYPE_CHECKING:
    from rich.table import Table

#: The forecast that is shown in full, by part.
SHOWN = {
    UNIVERSITIES: CHOSEN,
    NATIONAL: "posts given",
    DOCTORAL: KNOWN_ENTRANTS,
    GRADUATES: CHOSEN,
}
#: Pieces of column heads, in the order in which they are replaced.
JAPANESE_PIECES = {
    "bands, %": "年齢階級（％）",
    "share, pp": "割合（ポイント）",
    " y, %": "年先（％）",
    " fields, %": "年 分野別（％）",
    " degrees, %": "年 学位（％）",
    " enrolment, %": "年 在籍者（％）",
    " to ": "～",
    ", %": "年（％）",
}
ENGLISH = {
    SHARE: "share under 40",
    "posts given": "posts as they were",
    "posts damped_trend": "posts on a fading trend",
    "posts openings": "hires go on",
    **{cell: cell.replace("_", "-") for cell in ("fixed_term <40", "fixed_term >=40")},
}
#: Years that still fit side by side.
MOST_YEARS = 4
JAPANESE = {
    UNIVERSITIES: "全大学の本務教員",
    NATIONAL: "国立大学の教員",
    DOCTORAL: "博士課程",
    GRADUATES: "理工系修了者の進路",
    SHARE: "40歳未満の割合",
    CHOSEN: "採用版",
    FROZEN: "採用年齢は据置き",
    LONG_DRIFT: "採用数は1986年以降の傾向",
    KNOWN_HIRES: "採用数は実績",
    KNOWN_ENTRANTS: "入学者は実績",
    PACE: "入学者は実績、計上外入学は増加継続",
    "posts given": "ポストは実績",
    "posts flat": "ポスト横ばい",
    "posts damped_trend": "ポスト減衰トレンド",
    "posts openings": "採用数継続",
    "persistence": "横ばい",
    "linear 3": "直線（3点）",
    "linear 5": "直線（5点）",
    "linear 3 on shares": "直線（割合、3点）",
    "linear 5 on shares": "直線（割合、5点）",
    "damped trend": "減衰トレンド",
    "cohort change": "コーホート変化率",
    "last ratio to entrants": "入学者に対する直近の比",
    "logit trend": "ロジットの直線",
    "degrees": "学位（全分野）",
    "enrolment": "在籍者",
    "humanities_social": "人文・社会",
    "science": "理学",
    "engineering": "工学",
    "agriculture": "農学",
    "health": "保健",
    "other": "その他",
    "permanent <40": "任期なし40歳未満",
    "permanent >=40": "任期なし40歳以上",
    "fixed_term <40": "任期付き40歳未満",
    "fixed_term >=40": "任期付き40歳以上",
    "employed_permanent": "無期雇用",
    "employed_fixed_term": "有期雇用",
    "further_study": "進学",
    "unknown_or_deceased": "不詳・死亡",
}


def named(text: str, language: str) -> str:
    """A part, series or forecast in the language asked for."""
    if language == "ja":
        for english, japanese in JAPANESE_PIECES.items():
            text = text.replace(english, japanese)
        return JAPANESE.get(text, text)
    return ENGLISH.get(text, text.replace("_", " "))


def number(score: Score, value: float) -> str:
    """A count in persons, a share in per cent."""
    if value != value:
        return "–"
    return f"{100 * value:.1f} %" if is_share(score) else f"{value:,.0f}"


def is_share(score: Score) -> bool:
    """Whether a series is a share of one."""
    return score.series == SHARE or score.model == GRADUATES


def forecasts(scores: Sequence[Score], part: str, language: str) -> list[list[str]]:
    """The forecast of a part that is shown in full, year beside year; the heads come first."""
    shown = [s for s in scores if s.model == part and s.forecast == SHOWN[part]]
    every = sorted({score.year for score in shown})
    years = every if len(every) <= MOST_YEARS else [*every[: MOST_YEARS - 1], every[-1]]
    heads = [named(part, language)]
    heads += [f"{year} {word(key, language)}" for year in years for key in ("model", "record")]
    rows = [heads]
    for series in dict.fromkeys(score.series for score in shown):
        row = [named(series, language)]
        for year in years:
            (one,) = (s for s in shown if s.series == series and s.year == year)
            inside = f"\n{number(one, one.low80)} … {number(one, one.high80)}"
            row.append(number(one, one.middle) + (inside if one.low80 == one.low80 else ""))
            row.append(number(one, one.counted))
        rows.append(row)
    return rows


def standing(scores: Sequence[Score], part: str, language: str) -> list[list[str]]:
    """Every forecast of a part beside every baseline: the mean errors and ranges."""
    of = Scores(scores, part)
    names = dict.fromkeys(s.forecast for s in scores if s.model == part)
    columns = _columns(part, {score.cut for score in scores if score.model == part})
    without = part == GRADUATES  # forecast without a range
    ranges = [] if without else [word(key, language) for key in ("inside80", "inside90", "crps")]
    rows = [[word("forecast", language), *(named(c, language) for c, _ in columns), *ranges]]
    for name in names:
        row = [named(name, language)]
        row += [_rounded(measure(of, name)) for _, measure in columns]
        if without:
            rows.append(row)
            continue
        found = [s for s in of.of(name) if s.series not in (SHARE, "enrolment")]
        ranged = [score for score in found if score.low80 == score.low80]
        for level in (80, 90):
            inside = mean(ranged, lambda score, level=level: score.covered(level))  # type: ignore[misc]
            row.append(f"{100 * inside:.0f} %" if ranged else "–")
        relative = 100 * mean(found, lambda score: score.crps / score.counted)
        rows.append([*row, _rounded(relative)])
    return rows


Measure = Callable[[Scores, str], float]


def _columns(part: str, cuts: Iterable[int]) -> list[tuple[str, Measure]]:
    """What is measured of the forecasts of a part, and how."""
    if part == UNIVERSITIES:
        found: list[tuple[str, Measure]] = [
            ("bands, %", lambda of, name: of.percent(name)),
            ("share, pp", lambda of, name: of.points(name)),
        ]
        for horizon in (3, 6, 9, 12, 15):
            found.append((f"{horizon} y, %", _at(horizon)))
        return found
    if part == NATIONAL:
        return [
            (f"{cut} to {until}, %", _span(cut, until))
            for cut in sorted(cuts)
            for until in (2020, 2023)
            if until > cut
        ] + [("share, pp", lambda of, name: of.points(name))]
    if part == GRADUATES:
        return [("pp", lambda of, name: 100 * mean(of.of(name), lambda s: abs(s.error)))]
    kinds = {"fields": None, "degrees": ("degrees",), "enrolment": ("enrolment",)}
    return [
        (f"{cut} {kind}, %", _series(cut, series))
        for cut in sorted(cuts)
        for kind, series in kinds.items()
    ]


def _at(horizon: int) -> Measure:
    return lambda of, name: of.percent(name, horizon=horizon)


def _span(cut: int, until: int) -> Measure:
    return lambda of, name: of.percent(name, cut=cut, until=until)


def _series(cut: int, series: tuple[str, ...] | None) -> Measure:
    from stsim.observed import FIELDS

    return lambda of, name: of.percent(name, cut=cut, series=series or FIELDS)


def _rounded(value: float) -> str:
    return "–" if value != value else f"{value:.2f}"


def print_scores(scores: Sequence[Score], language: str) -> None:
    """Print the forecasts from a cut and how they stand beside the baselines."""
    from rich.console import Console

    console = Console(width=max(Console().width, 140))
    for part in dict.fromkeys(score.model for score in scores):
        (cut,) = {score.cut for score in scores if score.model == part}
        console.print(word("from_cut", language).format(named(part, language), cut))
        console.print(_table(forecasts(scores, part, language)))
        if any(score.known for score in scores if score.model == part):
            console.print(_table(standing(scores, part, language)))
    console.print(word("hindcast_note", language))


def of_bars(found: Sequence[Bar], language: str) -> list[list[str]]:
    """Every bar, what was measured, and whether it holds; the heads come first."""
    keys = ("part", "what", "asked", "measured", "unit")
    rows = [[word(key, language) for key in keys] + [""]]
    for bar in found:
        mark = "✓" if bar.holds else word("missed", language)
        part = named(bar.part, language)
        rows.append([part, bar.what, bar.asked, f"{bar.measured:.2f}", bar.unit, mark])
    return rows


def print_bars(found: Sequence[Bar], language: str) -> None:
    """Print what was asked of fit and forecasts, and what they reach."""
    from rich.console import Console

    console = Console(width=max(Console().width, 140))
    console.print(f"[bold]{word('bars', language)}[/bold]")
    console.print(_table(of_bars(found, language)))
    held = sum(bar.holds for bar in found)
    console.print(word("bars_held", language).format(held, len(found)))


def _table(rows: Sequence[Sequence[str]]) -> Table:
    from rich import box
    from rich.table import Table

    found = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for k, head in enumerate(rows[0]):
        found.add_column(head, justify="right" if k else "left")
    for row in rows[1:]:
        found.add_row(*row)
    return found
