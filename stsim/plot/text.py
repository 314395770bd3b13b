"""What pictures say: their words in English and Japanese, numbers in units, lines of text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from stsim import levers, params

LANGUAGES = ("en", "ja")
WORDS = {
    "record_and_model": (
        "Points: published record. Lines from {0}: model (fitted parameters, no range drawn){1}.",
        "点：公表値。{0}年以降の線：モデル（推定パラメータ、幅は非表示{1}）。",
    ),
    "model_only": (
        "Lines: model (fitted parameters, no range drawn){1}. No published series to compare with.",
        "線：モデル（推定パラメータ、幅は非表示{1}）。比較できる公表値はない。",
    ),
    "posts": (", university posts {0}", "、大学教員ポストは{0}"),
    "posts_flat": ("as many as today", "現状維持"),
    "posts_damped_trend": ("on a fading trend", "減衰トレンド"),
    "posts_openings": ("from hire totals that persist", "採用総数を維持"),
    "apart": (
        "The lines are at most {0} apart: some cover others.",
        "線の差は最大{0}で、互いに重なる。",
    ),
    "not_apart": ("The lines cover each other.", "線は互いに重なる。"),
    "in_time": ("{0} in {1}", "{1}年 {0}"),
    "in_year": ("{0} in FY{1}", "{1}年度 {0}"),
    "time": ("year, count of 1 May", "年（5月1日現在）"),
    "year": ("fiscal year, from 1 April", "年度"),
    "not_from_zero": (" (axis does not start at 0)", "（縦軸は0から始まらない）"),
    "policy": ("policy\nfrom April {0}", "政策開始\n{0}年4月"),
    "target": ("Target: {0}", "目標：{0}"),
    "scope": ("scope changes", "範囲変更"),
    "baseline_with_policy": (
        "Law as it stands, with the levers given",
        "現行制度に指定の政策手段を加えたもの",
    ),
    "of_year": ("{0}", "{0}年"),
    "pyramid": ("University faculty by age, {0}", "大学本務教員の年齢構成（{0}年）"),
    "pyramid_about": (
        "{0}. Count of 1 May, single years of age; model (fitted parameters, no range drawn). "
        "Single ages of the start and contracts outside national universities are estimates.",
        "{0}。5月1日現在、各歳別。モデル（推定パラメータ、幅は非表示）。初期の各歳別人数と"
        "国立大学以外の任期の有無は推計・仮定による。",
    ),
    "outside_ages": ("{0} people of other ages are not drawn.", "他の年齢の{0}人は描いていない。"),
    "forecasts": (
        "Faculty under 40, forecast from what was known then",
        "40歳未満教員割合：当時の情報による予測",
    ),
    "forecasts_about": (
        "Black: counted, 25 to 39 of 25 and over, all universities. Diamonds and bars: forecast "
        "from the surveys until the year named, median and middle 80 %. Short bars across: a "
        "straight line through the last three shares. The axis does not start at 0.",
        "黒：実績（全大学、25歳以上に占める25～39歳）。菱形と縦棒：各年までの調査による予測の"
        "中央値と中央80％範囲。短い横線：直近3回の割合を通る直線。縦軸は0から始まらない。",
    ),
    "fan_about": (
        "Points: published record. Lines: model with fitted parameters; shaded: range that holds "
        "90 % of the parameter sets on average (parameters only: no chance, no other future of "
        "posts).",
        "点：公表値。線：推定パラメータによるモデル。網掛け：平均して90％のパラメータの組を含む幅"
        "（偶然やポストの将来の不確実性は含まない）。",
    ),
    "fan_without": (
        "Points: published record. Lines: model (fitted parameters, no range drawn).",
        "点：公表値。線：モデル（推定パラメータ、幅は非表示）。",
    ),
    "fan_hindcast": (
        "Model from {0}, seats and entrants as counted",
        "{0}年からのモデル（ポストと入学者は実績）",
    ),
    "flows": ("Moves in the academic year {0}", "{0}年度の移動"),
    "flows_about": (
        "{0}. Persons per year, from left to right; bands are as wide as people are many. Renewals "
        "and transfers within a group are left out.",
        "{0}。人／年、左から右への移動。帯の幅は人数に比例。区分内の更新・異動は除く。",
    ),
    "tornado_low": ("lowest", "最小側"),
    "tornado_high": ("highest", "最大側"),
    "tornado_one": (
        "Each key at its lowest and highest value, the others as they are.",
        "各キーを最小値・最大値とした場合（他は固定）。",
    ),
    "tornado_thirds": (
        "Means over the runs in the lowest and the highest third of each key.",
        "各キーの下位・上位3分の1の計算点の平均。",
    ),
    "from_median": ("from the median of the runs, {0}", "計算点の中央値との差（{0}）"),
    "points": ("percentage points", "ポイント"),
    "in_the_year": ("{0}, {1}", "{0}（{1}年）"),
    "annual_cost_yen": ("Yearly cost by payer, {0}", "負担者別の年間費用（{0}年度）"),
    "committed_cost_yen": (
        "Committed cost by payer, {0}",
        "負担者別の採用・任用期間全体の費用（{0}年度）",
    ),
    "money_about": (
        "Beyond “{0}”, yen of FY2024 without discounting. Prices are estimates with sources.",
        "「{0}」を超える分。2024年度価格、割引なし。単価は出典のある推計。",
    ),
    "state": ("state", "国"),
    "university": ("university", "大学"),
    "firm": ("firm", "企業"),
    "from_cut": ("from {0}", "{0}年から"),
    "survey_year": ("survey year", "調査年度"),
    "age": ("age", "年齢"),
    "persons_of_age": ("persons of each age", "各歳の人数（人）"),
    "female": ("Women\n{0}", "女性\n{0}人"),
    "male": ("Men\n{0}", "男性\n{0}人"),
    "under_40": ("Under 40: {0}", "40歳未満：{0}"),
    "compared": ("outline: {0}", "輪郭線：{0}"),
    "outline": ("Outline: {0}", "輪郭線：{0}"),
    "fixed_term": ("Fixed-term", "任期付き"),
    "tenure_track": ("Tenure track", "テニュアトラック"),
    "permanent": ("Permanent", "無期雇用"),
    "cross": ("Permanent, cross-appointed", "無期雇用（クロスアポイントメント）"),
}


@dataclass(frozen=True)
class Unit:
    """How numbers of a unit are written: factor, decimals, name on the axis, what follows.

    `apart` is what follows the distance of two values.
    """

    factor: float
    decimals: int
    axis: str
    after: str = ""
    apart: str = ""

    def number(self, value: float) -> str:
        """A value in the unit's factor and decimals."""
        return f"{round(value * self.factor, self.decimals) + 0.0:,.{self.decimals}f}"


PERSONS, PERSONS_JA = Unit(1, 0, "persons", "", " persons"), Unit(1, 0, "人", "人", "人")
#: Units in English and Japanese.
UNITS = {
    "share": (
        Unit(100, 1, "%", " %", " percentage points"),
        Unit(100, 1, "%", " %", "ポイント"),
    ),
    "persons": (PERSONS, PERSONS_JA),
    "persons per year": (
        replace(PERSONS, axis="persons per year"),
        replace(PERSONS_JA, axis="人／年"),
    ),
    "persons per million": (
        Unit(1, 1, "persons per million people"),
        Unit(1, 1, "人／人口100万人", "人", "人"),
    ),
    "contracts per career": (
        Unit(1, 2, "contracts per career"),
        Unit(1, 2, "契約数", "", ""),
    ),
    "per 10,000 people": (
        Unit(1, 1, "persons per 10,000 people"),
        Unit(1, 1, "人／人口1万人", "人", "人"),
    ),
    "years": (Unit(1, 2, "years", "", " years"), Unit(1, 2, "年", "年", "年")),
    "years of age": (Unit(1, 2, "years of age", "", " years"), Unit(1, 2, "歳", "歳", "歳")),
    "yen": (
        Unit(1e-9, 1, "billion yen", " bn", " bn"),
        Unit(1e-8, 0, "億円", "億円", "億円"),
    ),
    "yen per year": (
        Unit(1e-9, 1, "billion yen per year", " bn", " bn"),
        Unit(1e-8, 0, "億円／年", "億円", "億円"),
    ),
}


def unit(name: str, language: str) -> Unit:
    """The unit of this name; one without a form of its own is shown as it is."""
    if name not in UNITS:
        return Unit(1, 2, name)
    return UNITS[name][LANGUAGES.index(language)]


def word(key: str, language: str, *parts: object) -> str:
    """A text in the language asked for, its gaps filled."""
    return WORDS[key][LANGUAGES.index(language)].format(*parts)


def key_label(key: str, language: str) -> str:
    """The name of a swept key: that of the lever or the parameter, else the key itself."""
    if key in levers.NAMES:
        about = levers.about(key)
        return about.label_ja if language == "ja" else levers.label(key).replace("`", "")
    return params.label(key, language) if key in params.NAMES else key


def wrapped(text: str, width: int) -> str:
    """Break a text into lines of at most so many half-width characters.

    Words, numbers with their unit and katakana stay whole, and no line begins with a closing mark.
    """
    lines, room = [""], width
    for token in re.findall(r"[（「]*(?:[!-~–]+[年人歳]?|[ァ-ヶー]+|\S)[、。）」％：]*\s*", text):
        wide = sum(1 + (unicodedata.east_asian_width(c) in "WFA") for c in token.rstrip())
        if wide > room and lines[-1]:
            lines.append("")
            room = width
        lines[-1] += token
        room -= wide + len(token) - len(token.rstrip())
    return "\n".join(line.rstrip() for line in lines)
