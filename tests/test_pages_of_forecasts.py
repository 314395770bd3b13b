"""The pages on forecasts of known years and on what the data say, from scores that are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import stsim
from stsim import draws, observed, params
from stsim.given import PostsVariant
from stsim.hindcast import __main__ as command
from stsim.hindcast import board, identification, page, present, synthetic
from stsim.hindcast.bars import Bar
from stsim.hindcast.board import DOCTORAL, GRADUATES, NATIONAL, SHARE, UNIVERSITIES
from stsim.hindcast.cohorts import GROUPS
from stsim.hindcast.cohorts_ahead import AS_CHOSEN, forecast
from stsim.hindcast.problem import Posterior, Problem
from stsim.hindcast.scores import CHOSEN, Score
from stsim.hindcast.synthetic import Calibration
from stsim.observed import FIELDS, Record

RECORD = observed.record()
NAN = float("nan")


def cells(text: str, start: str) -> list[list[str]]:
    """The rows of the tables in a text whose first cell begins so."""
    lines = [line for line in text.splitlines() if line.startswith(f"| {start}")]
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in lines]


def score(
    part: str, name: str, cut: int, series: str, year: int,
    counted: float, middle: float, half: float = NAN,
) -> Score:  # fmt: skip
    """A forecast with a range of ± half, or none; its CRPS is a twentieth of the count."""
    ends = (middle - half, middle + half, middle - 2 * half, middle + 2 * half)
    return Score(part, name, cut, series, year, counted, middle, *ends, 0.5, counted / 20)


def made_up(part: str, cut: int) -> Iterator[Score]:
    """Persons are forecast 10 % too high, in 2020 to 2022 within ± 20 % and then ± 2 %.

    The share is forecast at 22 % and counted at 21 %; nothing is counted after 2024.
    """
    series = {
        UNIVERSITIES: ("25-39", "40-49"), NATIONAL: ("permanent <40",),
        DOCTORAL: (*FIELDS, "degrees", "enrolment"), GRADUATES: ("further_study",),
    }[part]  # fmt: skip
    name = {NATIONAL: "posts given", DOCTORAL: board.KNOWN_ENTRANTS}.get(part, CHOSEN)
    for year in (2019, 2020, 2022, 2025):
        for k, one in enumerate(series):
            counted = NAN if year > 2024 else 0.4 if part == GRADUATES else 1000.0 * (k + 1)
            middle = 0.45 if part == GRADUATES else 1100.0 * (k + 1)
            half = (0.2 if year >= 2020 else 0.02) * 1000 * (k + 1)
            yield score(part, name, cut, one, year, counted, middle, half)
            yield score(part, "persistence", cut, one, year, counted, 1.5 * counted)
        if part in (UNIVERSITIES, NATIONAL):
            counted = NAN if year > 2024 else 0.21
            yield score(part, name, cut, SHARE, year, counted, 0.22, 0.015)


BARS = [
    Bar(UNIVERSITIES, "bands", 3.0, 4.0),
    Bar(NATIONAL, "cells", 5.0, 4.0),
    Bar(UNIVERSITIES, "inside", 85.0, 92.0, 70.0),
    Bar(UNIVERSITIES, "better", 19.9, low=20.0),
]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores, bars and synthetic sets that are made up, and no run of a model."""

    def make(part: str) -> board.Maker:
        return lambda record, cut, until, seed, number: made_up(part, cut)

    parts = {name: replace(part, make=make(name)) for name, part in board.PARTS.items()}
    monkeypatch.setattr(board, "PARTS", parts)

    def one(surveys: object, seed: int, number: int) -> tuple[np.ndarray, np.ndarray]:
        return np.array([0.05, 0.5]), np.array([[True, number % 2 == 0]])

    monkeypatch.setattr(synthetic, "_one", one)
    monkeypatch.setattr(page, "bars", lambda record, scores: BARS)
    monkeypatch.setattr(page, "_from_now_on", lambda record, seed: f"From now on {seed}.")
    monkeypatch.setattr(page, "identification", lambda record: "What is identified.")


@pytest.fixture
def text(given: None) -> str:
    return page.pages(RECORD, 5, 1)["hindcast.md"]


@pytest.mark.usefixtures("given")
def test_every_step_is_told_and_both_pages_are_made() -> None:
    done: list[int] = []
    found = page.pages(RECORD, 5, 1, done.append)
    assert len(done) == page.ALL_STEPS
    assert set(found) == {"hindcast.md", "identification.md"}
    assert found["identification.md"] == "What is identified."
    assert "From now on 5." in found["hindcast.md"]


def test_what_was_asked_stands_beside_what_is_reached(text: str) -> None:
    assert "2 of 4 hold." in text
    rows = [row for row in cells(text, "") if row[1] in ("bands", "cells", "inside", "better")]
    assert rows == [
        [UNIVERSITIES, "bands", "≤ 4", "3.00", "%", "✓"],
        [NATIONAL, "cells", "≤ 4", "5.00", "%", "missed"],
        [UNIVERSITIES, "inside", "70 – 92", "85.00", "%", "✓"],
        [UNIVERSITIES, "better", "≥ 20", "19.90", "%", "missed"],
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["2 of 4 hold", "missed"]), ("ja", ["4項目中2項目が基準内", "未達", "国立大学の教員"])],
)
def test_what_was_asked_is_printed(
    capsys: pytest.CaptureFixture[str], language: str, words: list[str]
) -> None:
    present.print_bars(BARS, language)
    said = capsys.readouterr().out
    for word in [*words, "70 – 92", "19.90", "≥ 20"]:
        assert word in said


def test_only_the_missed_lines_are_marked_so() -> None:
    assert [row[-1] for row in present.of_bars(BARS, "en")[1:]] == ["✓", "missed", "✓", "missed"]


def part_of(text: str, part: str) -> str:
    return text.split(f"## {part[0].upper()}{part[1:]}\n")[1].split("\n## ")[0]


def test_of_a_part_mean_errors_and_ranges_stand_beside_a_baseline(text: str) -> None:
    """10 % too high; ± 20 % holds the count in two of three years; ± 2 % in none."""
    found = part_of(text, UNIVERSITIES)
    (chosen,) = cells(found, "chosen")
    assert chosen[1:3] == ["10.00", "1.00"]  # bands in per cent, the share in points
    # two thirds within ± 20 %; of ± 40 and ± 4 % the same years
    assert chosen[-3:] == ["67 %", "67 %", "5.00"]
    (line,) = cells(found, "persistence")
    assert line[1:3] == ["50.00", "–"]  # no share
    assert line[-3:-1] == ["–", "–"]  # no range
    assert "cuts 2007, 2010, 2013, 2016, 2019" in found
    (row,) = cells(part_of(text, NATIONAL), "posts as they were")
    assert row[1:5] == ["10.00"] * 4
    (row,) = cells(part_of(text, DOCTORAL), "entrants known")
    assert row[1:13] == ["10.00"] * 12
    (row,) = cells(part_of(text, GRADUATES), "chosen")
    assert row[1:] == ["5.00"]  # percentage points, and no range


def test_the_forecast_of_2016_is_held_against_what_was_counted(text: str) -> None:
    found = part_of(text, "From data to FY2016")
    assert cells(found, "20") == [
        [str(year), "22.0 %", "20.5 – 23.5 %", "21.0 %"] for year in (2019, 2020, 2022)
    ] + [["2025", "22.0 %", "20.5 – 23.5 %", "not out"]]
    published = RECORD.series(page.PUBLISHED, age="<40", status="projection")[2025]
    assert f"gave {100 * published:.1f} % for 2025" in found


def test_of_synthetic_sets_it_is_said_how_many_are_held() -> None:
    """Of four sets the first parameter lies in the middle 80 % twice, the second always."""
    ranks = np.array([[0.05, 0.5], [0.5, 0.5], [0.89, 0.2], [0.95, 0.6]])
    covered = np.array([[[True]], [[True]], [[True]], [[False]]])
    said = page._synthetic(Calibration(("a", "b"), ranks, covered))
    assert said.startswith("4 sets of surveys until 2007")
    assert "hold 75.0 % of all parameters (single ones 50 to 100 %; ± 20.0 is one" in said
    assert "hold 75.0 % of what came" in said


@pytest.mark.usefixtures("given")
def test_the_command_writes_both_pages_from_its_seed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def pages(
        record: Record, seed: int, workers: int, done: Callable[[int], None]
    ) -> dict[str, str]:
        done(1)
        return {"hindcast.md": f"seed {seed}, {workers} workers", "identification.md": "Known."}

    monkeypatch.setattr(command, "pages", pages)
    monkeypatch.setattr("stsim.paths.DOCS", tmp_path)
    assert command.main(["--seed=4", "--workers=2"]) == 0
    first = (tmp_path / "hindcast.md").read_text(encoding="utf-8").splitlines()[0]
    assert first == "seed 4, 2 workers"
    assert (tmp_path / "identification.md").is_file()
    assert capsys.readouterr().out.count(".md") == 2


@pytest.mark.slow
def test_the_years_to_come_stand_beside_the_full_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "DRAWS", 20)
    monkeypatch.setattr(page, "AHEAD", (2025, 2030))
    text = page._from_now_on(RECORD, 1)
    assert len(cells(text, "")) == 2 + 3 * len(get_args(PostsVariant))
    model = page.Cohorts(page.Surveys.of(RECORD))
    found = forecast(model, model.fit(), (2025, 2030), 20, 1, "flat", AS_CHOSEN)
    middle = found.middle[found.series.index(SHARE)]
    (drift,) = cells(text, "posts flat, ages of hires drift on")
    assert [cell.split(" ")[0] for cell in drift[1:]] == [f"{100 * m:.1f}" for m in middle]
    share = stsim.indicators(stsim.simulate("engine=stocks"))[SHARE]
    (full,) = cells(text, "posts flat: full model")
    assert full[1:] == [f"{100 * float(share.sel(time=year)):.1f}" for year in (2025, 2030)]


# --- docs/identification.md -----------------------------------------------------------------------


def posterior(names: tuple[str, ...], identified: list[float]) -> Posterior:
    """Priors 2 ± 0.5 for all; found at 2.25 with what is left of the variance."""
    number = len(names)
    problem = Problem("made up", names, np.full(number, 2.0), np.full(number, 0.5), np.asarray)
    root = np.diag(0.5 * np.sqrt(1 - np.array(identified)))
    return Posterior(problem, np.full(number, 2.25), root, np.array(identified), 0.0)


def test_parameters_stand_with_prior_posterior_and_what_is_identified() -> None:
    found = posterior(("hire_age", "walk_1", "walk_2", "walk_3"), [0.75, 0.1, 0.9, 0.4])
    text = identification._of_posterior(found, {"steps": [1, 2, 3]})
    assert text.splitlines()[1] == "| --- | ---: | ---: | ---: |"
    (group,) = cells(text, "steps")
    assert group == ["steps, 3 values", "", "", "0.40 (0.10 – 0.90)"]
    (alone,) = cells(text, "hire age")
    assert alone == ["hire age", "2 ± 0.5", "2.25 ± 0.25", "0.75"]
    assert not cells(text, "walk")


def test_knots_are_grouped_by_what_they_are_of() -> None:
    names = (
        "start_25",
        "exit_30",
        "start_40",
        "exit_59",
        "exit_60",
        f"walk_{GROUPS[0]}_1",
        "other",
    )
    groups = identification._cohort_groups(posterior(names, [0.5] * len(names)))
    assert groups == {
        "ages in 1986": [0, 2],
        "exits by age, under 60": [1, 3],
        "exits by age, 60 and over": [4],
        **{f"exits over time, {group}": [5] if group == GROUPS[0] else [] for group in GROUPS},
    }


def test_fields_and_walks_share_a_line() -> None:
    names = (*(f"stay_{field}" for field in FIELDS), "walk_entry_2001", "walk_entry_2002", "alone")
    groups = identification._of_fields(posterior(names, [0.5] * len(names)))
    n = len(FIELDS)
    assert groups == {"stay": list(range(n)), "walk entry": [n, n + 1]}


def test_of_the_full_model_the_best_known_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "abandon_per_year": 0.2,
        "stay_on_share": -0.1,
        "entry.science": 0.3,
        "entry.other": 0.9,
    }
    monkeypatch.setattr(draws, "identified", lambda central: said)
    text = identification._full_model()
    assert [row for row in cells(text, "") if row[0] != "Parameter"][1:] == [
        ["entry", "0.30, 0.90"],
        ["abandon per year", "0.20"],
        ["stay on share", "0.00"],  # wider than the prior
    ]
    assert f"{len(params.NAMES) - 3} of {len(params.NAMES)} parameters are not fitted" in text


@pytest.mark.slow
def test_every_parameter_of_the_small_models_has_its_place_on_the_page() -> None:
    text = identification.identification(RECORD)
    parts = {part.splitlines()[0]: part for part in text.split("\n## ")[1:]}
    models = {
        "Faculty": identification.Cohorts(identification.Surveys.of(RECORD)).names,
        "National": identification.Contracts(identification.Chart.of(RECORD)).names,
        "Doctoral": identification.Degrees(RECORD, 2022).posterior.problem.names,
    }
    for start, names in models.items():
        (part,) = (text for head, text in parts.items() if head.startswith(start))
        rows = [row for row in cells(part, "") if row[0] not in ("Parameter", "---")]
        several = [int(row[0].split(", ")[-1].split()[0]) for row in rows if " values" in row[0]]
        assert sum(several) + sum(" values" not in row[0] for row in rows) == len(names)
        for row in rows:
            assert 0 <= float(row[3].split()[0]) <= 1
