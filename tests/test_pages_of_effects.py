"""The pages on effects, engines and known results, made from numbers that are given."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from pools import Here

from stsim import levers, measures, money
from stsim.compose import compose, scenarios
from stsim.config import Config
from stsim.describe import long_pages
from stsim.effects import __main__ as command
from stsim.effects import certificate, known, page, present, side_by_side
from stsim.effects.certificate import YEARS, Gap
from stsim.effects.side_by_side import BASELINE, SHOWN, Effects
from stsim.given import LAST_YEAR

YEAR = 2035
UNDER40, ENTRANTS = "under40_share", "doctoral_entrants_persons"
PER_MILLION = "doctorates_per_million"
#: A level of every indicator that is shown, and three draws around it.
LEVEL = {UNDER40: 0.2}


def by_draw(**more: list[float]) -> xr.Dataset:
    """Measures of three draws in one year: the level, and so much more in each draw."""
    found = {}
    for indicator in SHOWN:
        at = "time" if indicator.name in ("under40_share", "postdocs_persons") else "year"
        values = LEVEL.get(indicator.name, 100.0) + np.array(more.get(indicator.name, [0, 0, 0]))
        found[indicator.name] = xr.DataArray(values[:, None], dims=("draw", at))
    return xr.Dataset(found, coords={"time": [YEAR], "year": [YEAR]})


def bill(**annual: float) -> xr.Dataset:
    """So much a year by part, and twice that committed."""
    parts = ["dc_fellows_persons", "permanent_posts_national_persons", money.ABOVE_SEATS]
    values = np.array([[annual.get(part, 0.0)] for part in parts])
    found = {"annual_cost_yen": values, "committed_cost_yen": 2 * values}
    dims = ("part", "year")
    return xr.Dataset({k: (dims, v) for k, v in found.items()}, {"part": parts, "year": [YEAR]})


def made_up(configs: Mapping[str, Config]) -> Effects:
    """Two policies: `clear` gives 900 to 1,100 more entrants, `doubtful` −1 to 3 points of young.

    `clear` costs the state 10 bn yen a year and `doubtful` universities 1 bn.
    """
    names = {
        BASELINE: (by_draw(), bill()),
        "clear": (
            by_draw(**{ENTRANTS: [900, 1000, 1100], PER_MILLION: [4.0, 5.0, 8.0]}),
            bill(dc_fellows_persons=10e9),
        ),
        "doubtful": (
            by_draw(**{UNDER40: [-0.01, 0.01, 0.03]}),
            bill(**{money.ABOVE_SEATS: 1e9}),
        ),
    }
    kind = {name: "clear" if "dc_fellows" in name else "doubtful" for name in configs}
    kind[BASELINE] = BASELINE
    return Effects(
        configs,
        {name: names[kind[name]][0] for name in configs},
        {name: names[kind[name]][1] for name in configs},
    )


def cells(text: str, start: str) -> list[list[str]]:
    """The rows of the tables in a page whose first cell begins so, without the heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    rows = [[cell.strip() for cell in line[1:-1].split(" | ")] for line in lines]
    return [row for row in rows if row[0] and row[0].startswith(start)]


# --- policies side by side ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two() -> Effects:
    """The baseline, more DC fellows, and better pay in firms."""
    words = ["engine=stocks", "years.last=2036"]
    configs = {
        BASELINE: compose(words),
        "dc_fellows": compose([*words, "policy.dc_fellows_persons=5000"]),
        "firms": compose([*words, "policy.firm_pay_ratio=1.5"]),
    }
    return made_up(configs)


def about(name: str) -> measures.Indicator:
    return next(indicator for indicator in SHOWN if indicator.name == name)


def test_one_more_costs_the_bill_over_the_effect(two: Effects) -> None:
    """10 bn yen for 900, 1,000 or 1,100 more: the larger the effect, the cheaper one more."""
    found = two.per_unit("dc_fellows", about(ENTRANTS), YEAR, 0.9)
    assert found is not None
    assert found.middle == pytest.approx(10e6)
    assert (found.low, found.high) == pytest.approx((10e9 / 1100, 10e9 / 900))


@pytest.mark.parametrize(
    ("changes", "yen"),
    [
        ([-0.01, 0.01, 0.03], 1e9),  # the range does not leave out zero
        ([0.01, 0.02, 0.03], 0.0),  # nothing is spent
        ([-0.03, -0.02, -0.01], 1e9),  # money for fewer
    ],
)
def test_where_nothing_says_what_one_more_costs_nothing_is_said(
    two: Effects, changes: list[float], yen: float
) -> None:
    of_policy = {
        "by_draw": by_draw(**{UNDER40: changes}),
        "bills": bill(**{money.ABOVE_SEATS: yen}),
    }
    found = Effects(
        two.configs,
        {**two.by_draw, "firms": of_policy["by_draw"]},
        {**two.bills, "firms": of_policy["bills"]},
    )
    assert found.per_unit("firms", about(UNDER40), YEAR, 0.9) is None


def test_one_more_of_a_share_is_a_percentage_point(two: Effects) -> None:
    young = by_draw(**{UNDER40: [0.01, 0.02, 0.04]})
    found = Effects(two.configs, {**two.by_draw, "firms": young}, two.bills)
    one = found.per_unit("firms", about(UNDER40), YEAR, 0.9)
    assert one is not None
    assert (one.middle, one.low, one.high) == pytest.approx((0.5e9, 0.25e9, 1e9))


def test_the_file_of_a_comparison_has_every_policy_and_indicator(two: Effects) -> None:
    lines = list(csv.DictReader(io.StringIO(side_by_side.as_csv(two, YEAR))))
    assert [(line["policy"], line["indicator"]) for line in lines] == [
        (name, indicator.name) for name in ("dc_fellows", "firms") for indicator in SHOWN
    ]
    of = {(line["policy"], line["indicator"]): line for line in lines}
    line = of["dc_fellows", ENTRANTS]
    numbers = ("baseline", "change", "change_low", "change_high", "annual_cost_yen",
               "committed_cost_yen", "yen_per_extra_unit")  # fmt: skip
    assert [float(line[key]) for key in numbers] == [100, 1000, 900, 1100, 10e9, 20e9, 10e6]
    assert (line["year"], line["unit"]) == ("2035", "persons per year")
    assert of["firms", UNDER40]["yen_per_extra_unit"] == ""  # not clear
    # nothing is told of one more of what has no target
    assert of["dc_fellows", "postdocs_persons"]["yen_per_extra_unit"] == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Cost, yen a year", "Doctoral entrants in April", "million")),
        ("ja", (" 百万", "40歳未満")),
    ],
)
def test_a_comparison_is_printed_with_effects_costs_and_price_of_one_more(
    two: Effects, capsys: pytest.CaptureFixture[str], language: str, words: tuple[str, ...]
) -> None:
    base = two.configs[BASELINE].model_copy(update={"language": language})
    found = Effects({**two.configs, BASELINE: base}, two.by_draw, two.bills)
    present.print_comparison(found, YEAR, 1.0)
    said = capsys.readouterr().out
    for word in words:
        assert word in said
    assert "dc_fellows: dc_fellows_persons 5,000" in said
    assert "firms: firm_pay_ratio 1.5" in said
    assert "+1,000 (+900 … +1,100)" in said
    assert "+1.0 pp (-1.0 … +3.0)" in said
    assert "+10.0 bn" in said
    assert "+20.0 bn" in said
    assert "10 (9.09 … 11.1)" in said  # million yen for one more entrant
    assert f"{YEAR}" in said


def test_policies_are_named_by_their_scenario_or_by_what_is_swept() -> None:
    several: list[Any] = [SimpleNamespace(scenario=name) for name in ("expand_dc", "women")]
    labels = {"scenario": "", "policy.pd_fellows_persons": ""}
    assert list(side_by_side.named(labels, [["expand_dc"], ["women"]], several)) == [
        "expand_dc",
        "women",
    ]
    points = [["expand_dc", 900], ["expand_dc", 1000]]
    assert list(side_by_side.named(labels, points, [several[0], several[0]])) == [
        "scenario=expand_dc, pd_fellows_persons=900",
        "scenario=expand_dc, pd_fellows_persons=1000",
    ]


# --- docs/effects.md ------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three scenarios and four levers."""
    every = scenarios()
    kept = {name: every[name] for name in ("baseline", "expand_dc", "schools")}
    names = ("dc_fellows_persons", "firm_pay_ratio", "paid_internships_persons_per_year",
             "school_programme_schools")  # fmt: skip
    monkeypatch.setattr(page, "levers", SimpleNamespace(**{**vars(levers), "NAMES": names}))
    monkeypatch.setattr(page, "scenarios", lambda: kept)
    monkeypatch.setattr(certificate, "scenarios", lambda: kept)


@pytest.mark.usefixtures("few")
def test_the_page_of_effects_says_what_each_lever_does_and_costs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def effects(
        baseline: Config, policies: Mapping[str, Config], advance: Callable[[int], None]
    ) -> Effects:
        asked.extend(policies)
        advance(1)
        return made_up({BASELINE: baseline, **policies})

    monkeypatch.setattr(page, "effects", effects)
    done: list[int] = []
    text = page.page(1, done.append)
    assert done == [1]
    # for whoever shows progress: every policy and the baseline, each with its bill and its draws
    assert page.runs() == (len(asked) + 1) * (page.DRAWS + 1)
    spent, own, whole = text.split("\n## ")[1:]
    # indicators are named by letters in the order of the columns: the young A, entrants C
    assert "A Faculty under 40, all universities" in text
    assert "C Doctoral entrants in April" in text
    (row,) = cells(spent, "`dc_fellows_persons`")
    assert row[1] == "4,200&nbsp;→&nbsp;8,239"
    assert row[2] == "0.0"
    assert row[4] == "**+1,000**<br>(+900&nbsp;…&nbsp;+1,100)"
    assert row[-2] == "+10.0 bn / +20.0 bn<br><small>state</small>"
    (row,) = cells(own, "`firm_pay_ratio`")
    assert "a tenth more than today" in row[1]
    assert row[2] == "+1.0<br>(-1.0&nbsp;…&nbsp;+3.0)"  # not bold: zero is in the range
    assert row[4] == "0"
    assert row[-2] == "+1.0 bn / +2.0 bn<br><small>university</small>"
    (row,) = cells(own, "`dc_fellows_persons`")
    assert "scenario expand_dc" in row[1]
    # levers that cannot spend the money are named with the reason
    assert "Not able to spend so much within their range: `paid_internships_persons_per_year`" in (
        spent
    )
    assert "can spend no more than 2,000,000,000" in spent
    assert [row[0].split("`")[1] for row in cells(whole, "`")] == ["expand_dc", "schools"]
    assert "10 billion yen" in spent


def test_a_table_without_levers_that_fail_says_so() -> None:
    assert page._cannot({}) == "Every lever with a price can spend it."


def test_an_effect_too_small_to_print_is_not_bold() -> None:
    small = side_by_side.Spread(0.0001, 0.00005, 0.0002)
    assert small.is_clear
    assert not page._moves(small, "share")
    assert page._moves(side_by_side.Spread(0.001, 0.0005, 0.002), "share")


# --- docs/certificate.md --------------------------------------------------------------------------


@pytest.mark.usefixtures("few")
def test_the_certificate_has_a_row_for_every_scenario_each_with_a_seed_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Config] = []
    shape = (len(certificate.HEADLINE), len(YEARS))

    def gap(config: Config) -> Gap:
        asked.append(config)
        off = np.full(shape, 100.0)
        off[0, 1] += 0.1 * len(asked)
        return Gap(config.scenario, np.full(shape, 100.0), off, np.full(shape, 0.1))

    monkeypatch.setattr(certificate, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(certificate, "gap", gap)
    done: list[int] = []
    text = certificate.page(1, done.append)
    assert done == [1, 2, 3]
    assert [config.seed for config in asked] == [1, 2, 3]
    assert {config.years.last for config in asked} == {YEARS[-1] + 1}
    assert {config.engine for config in asked} == {"individuals"}
    rows = cells(text, "`")
    assert [row[0] for row in rows] == ["`baseline`", "`expand_dc`", "`schools`"]
    assert [row[1] for row in rows] == [
        f"+{k}.0<br><small>{YEARS[1]}, +{k / 10:.3f} %</small>" for k in (1, 2, 3)
    ]
    assert "**No gap of 72 is beyond" in text


def test_a_gap_is_the_mean_of_replicates_less_the_stock_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Replicates 1, 2 and 3 give 11, 12 and 13 where the stocks give 10: 2 ± 1/√3."""
    shape = (len(certificate.HEADLINE), len(YEARS))
    monkeypatch.setattr(certificate, "REPLICATES", 3)
    monkeypatch.setattr(certificate, "prepare", lambda config: config)
    monkeypatch.setattr(certificate, "_headline", lambda run, k: np.full(shape, 10.0 + k))
    found = certificate.gap(compose(["scenario=women"]))
    assert found.scenario == "women"
    np.testing.assert_allclose(found.mean - found.stocks, 2.0)
    for k, indicator in enumerate(certificate.HEADLINE):
        least = max(certificate.one_person(indicator.unit), 1.0)
        np.testing.assert_allclose(found.error[k], least / np.sqrt(3))
    assert found.error.max() == pytest.approx(8.6e6 / np.sqrt(3))  # no spread below one post


# --- docs/known_results.md ------------------------------------------------------------------------


def series(value: Callable[[int], float]) -> dict[int, float]:
    return {year: value(year) for year in range(2025, LAST_YEAR)}


def result(doctorates: float, hires: Callable[[int], float]) -> dict[str, dict[int, float]]:
    return {
        "doctorates_awarded_persons": series(lambda year: doctorates),
        "seeking_persons": series(lambda year: doctorates / 10),
        "postdocs_persons": series(lambda year: 15_000.0),
        "permanent_faculty": series(lambda year: 100_000.0),
        "permanent_hires_persons": series(hires),
    }


def test_known_results_are_the_changes_of_their_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hires of 4,000 by law; in the first five years 2,000 where half stay on, then 3,600."""

    def run(*words: str) -> dict[str, dict[int, float]]:
        kind = {
            (): result(16_000, lambda year: 4000),
            (known.MORE_DOCTORATES,): result(20_000, lambda year: 4000),
            (known.LATER,): result(16_000, lambda year: 2000 if year < 2033 else 3600),
            (known.LATER, known.ALL_STAY): result(16_000, lambda year: 1000),
        }
        return kind.get(words, result(16_000, lambda year: 4400))

    monkeypatch.setattr(known, "run", run)
    done: list[int] = []
    text = known.page(1, done.append)
    assert done == list(range(1, known.RUNS + 1))
    (row,) = cells(text, "Doctorates awarded in the year")
    assert row[1:] == ["+4,000 (16,000)"] * 4
    (row,) = cells(text, "Seeking a post on 1 May")
    assert row[1:] == ["+400 (1,600)"] * 4
    (row,) = cells(text, "Permanent faculty")
    assert row[1:] == ["+0 (100,000)"] * 4
    (row,) = cells(text, "A fifth more exits")
    assert row[1:] == ["+10.0 %", "+0.0 %"]
    (row,) = cells(text, "30 % more master's graduates")
    assert row[1:] == ["+0.0 %", "+25.0 %"]
    (row,) = cells(text, "Half stay on")
    assert row[1:] == ["-50.0 %"] * 5 + ["**-50.0 %**", "**-10.0 %**"]
    (row,) = cells(text, "All stay on")
    assert row[1:] == ["-75.0 %"] * 5 + ["**-75.0 %**"] * 2
    waves = [row for row in cells(text, "") if row[0] in ("2", "0.2")]
    assert [row[:2] for row in waves] == [["2", "1"], ["2", "0.5"], ["0.2", "1"]]
    assert waves[-1][-1] == "–"  # no second crest
    assert "fall from 57.0 to 46.0 a year, **-19.3 %**" in text


# --- the command ----------------------------------------------------------------------------------


def test_the_command_makes_the_pages_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(name: str) -> tuple[Callable[[], int], Callable[..., str]]:
        return (lambda: 3), lambda workers, advance: f"{name} by {workers}"

    monkeypatch.setattr(command, "PAGES", {name: make(name) for name in command.PAGES})
    monkeypatch.setattr(long_pages.paths, "DOCS", tmp_path)
    assert command.main(["--workers=1", "known_results", "certificate"]) == 0
    there = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert set(there) == {"known_results.md", "certificate.md"}
    assert there["certificate.md"].startswith("certificate by 1\n")
    assert command.main(["--workers=2"]) == 0  # the page of effects where none is named
    assert (tmp_path / "effects.md").read_text(encoding="utf-8").startswith("effects by 2\n")
    assert capsys.readouterr().out.count(".md") == 3


def test_engines_that_differ_in_the_last_digits_only_have_no_gap() -> None:
    """Those digits depend on the machine, and the page is to be the same everywhere."""
    stocks = np.full((len(certificate.HEADLINE), len(YEARS)), 11_415.0)
    found = Gap("postdocs", stocks, stocks * (1 - 3e-16), np.ones_like(stocks))
    assert (found.z == 0).all()
    assert f"+0.0<br><small>{YEARS[0]}, +0.000 %</small>" in certificate.text([found])
