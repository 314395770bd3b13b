"""Answers of job=seek as sentences, tables, files and the page, from answers that are given."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from stsim.explore import __main__ as command
from stsim.explore import answers, sought, targets
from stsim.explore.prim import Box
from stsim.explore.seek import Answer
from stsim.explore.targets import Question, Sought

WORDS = (
    "years.last=2036",
    "policy.permanent_posts_national_persons=interval(0,2000)",
    "policy.under40_reserved_share=interval(0,0.8)",
    "seek.targets={under40_share: {2035: 0.3}}",
    "seek.budget=10e9",
)


@pytest.fixture(scope="module")
def asked() -> Question:
    return targets.question(WORDS)


def answer(posts: float, share: float, cost: float, young: float) -> Answer:
    return Answer(np.array([posts, share]), cost, np.array([young]), young >= 0.3)


def found(asked: Question, *, met: bool = True, fails: Box | None = None) -> Sought:
    """1,200 posts and half of the places reserved for 8.6 bn yen; draws need 1,000 to 2,000 posts.

    Of ten futures the answer fails in four; the front has half the budget, then all of it.
    """
    young = 0.31 if met else 0.25
    best = answer(1200.0, 0.5, 8.6e9, young)
    by_draw = tuple(answer(1000.0 + 100 * k, 0.5, 8e9 + 1e8 * k, (29 + k) / 100) for k in range(11))
    half = answer(0.0, 0.5, 4.3e9, 0.26)
    attained = np.array([[k >= 4, False] for k in range(10)])
    regret = np.array([[0.0, 0.01 * k] for k in range(10)])
    return Sought(asked, best, by_draw, ((4.3e9, half), (8.6e9, best)), attained, regret, fails)


def test_what_is_reached_is_said_with_the_draws_and_futures_in_which_it_is(asked: Question) -> None:
    assert sought.sentences(found(asked), "en") == [
        "Faculty under 40, all universities, 2035 ≥ 30.0 %",
        "Within 10.0 bn a year",
        "Can be reached with these levers; with 10 of 11 draws of the parameters too.",
        "All is met in 60.0 % of 10 futures (draws of the parameters × variants of posts).",
    ]


def test_without_a_budget_none_is_said(asked: Question) -> None:
    seek = asked.config.seek.model_copy(update={"budget": None})
    free = replace(asked, config=asked.config.model_copy(update={"seek": seek}))
    said = sought.sentences(found(free), "en")
    assert said[0].endswith("≥ 30.0 %")
    assert said[1].startswith("Can be reached")


def test_what_cannot_be_reached_is_said(asked: Question) -> None:
    said = sought.sentences(found(asked, met=False), "en")
    assert "Cannot be reached with these levers (with 10 of 11 draws it can)." in said[2]
    in_japanese = sought.sentences(found(asked, met=False), "ja")
    assert "達成できません（パラメータ11組のうち10組では達成）" in in_japanese[2]


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"posts=flat": (0.5, np.inf)}, "where posts=flat (in"),
        ({"posts=flat": (-np.inf, 0.5)}, "where not posts=flat (in"),
        (
            {"contract_years": (-np.inf, 4.25), "stay_on_share": (0.125, 0.5)},
            "where contract_years ≤ 4.25; 0.125 ≤ stay_on_share ≤ 0.5 (in",
        ),
        ({"contract_years": (4.25, np.inf)}, "where contract_years ≥ 4.25 (in"),
    ],
)
def test_where_it_fails_is_said_with_how_surely(
    asked: Question, limits: dict[str, tuple[float, float]], said: str
) -> None:
    box = Box(limits, density=0.875, coverage=0.75, mass=0.4, chance=dict.fromkeys(limits, 0.01))
    line = sought.sentences(found(asked, fails=box), "en")[-1]
    assert line.startswith(f"It fails above all {said} 87.5 % of those futures, which are 75.0 %")


def test_settings_stand_beside_their_range_over_the_draws(asked: Question) -> None:
    heads, posts, reserved, cost, young = sought.of_levers(found(asked), "en")
    assert heads[1:] == ["Setting", "Middle 80 % of draws", "Asked between"]
    assert posts[1:] == ["1,200", "1,100 – 1,900", "0 – 2,000"]
    assert reserved[1:] == ["0.5", "0.5 – 0.5", "0 – 0.8"]
    assert cost[1:] == ["8.6 bn", "8.1 bn – 8.9 bn", ""]
    assert young == ["Faculty under 40, all universities, 2035", "31.0 %", "30.0 % – 38.0 %", ""]


def test_the_front_says_what_each_budget_reaches_and_regrets(asked: Question) -> None:
    """The answer is the first of what was tried in the futures and the last of the front."""
    heads, half, whole = sought.of_front(found(asked), "en")
    assert heads == [
        "With a budget of", "Faculty under 40, all universities, 2035",
        "Futures in which all is met", "Largest regret",
    ]  # fmt: skip
    assert half == ["4.3 bn", "26.0 %", "0.0 %", "9.0 %"]
    assert whole == ["8.6 bn", "31.0 %", "60.0 %", "0.0 %"]


def test_what_is_written_can_be_read_and_asked_again(asked: Question, tmp_path: Path) -> None:
    config = asked.config.model_copy(update={"results_dir": str(tmp_path)})
    folder = sought.write_sought(found(replace(asked, config=config)))
    text = (folder / "answers.csv").read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(text.splitlines()))
    assert [line["what"] for line in lines] == ["answer", *["draw"] * 11, "front", "front"]
    assert [line["draw"] for line in lines[1:12]] == [str(k) for k in range(1, 12)]
    assert [line["budget_yen"] for line in lines[-2:]] == ["4300000000", "8600000000"]
    assert [line["met"] for line in lines[:3]] == ["yes", "no", "yes"]
    first = lines[0]
    assert float(first["policy.permanent_posts_national_persons"]) == 1200
    assert float(first["under40_share.2035"]) == 0.31
    scenario = yaml.safe_load((folder / "sought.yaml").read_text(encoding="utf-8"))
    assert scenario["policy"] == {
        "permanent_posts_national_persons": 1200.0,
        "under40_reserved_share": 0.5,
    }
    assert "30.0 %" in scenario["about"]["ja"]
    again = targets.question(sought._words(asked))
    assert again.levers == asked.levers
    assert again.goals == asked.goals
    np.testing.assert_array_equal([again.low, again.high], [asked.low, asked.high])


def test_the_answer_is_printed_with_both_tables(
    asked: Question, capsys: pytest.CaptureFixture[str]
) -> None:
    sought.print_sought(found(asked), "en", 12.4)
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "Faculty under 40, all universities, 2035 ≥ 30.0 %"
    assert said.index("1,100 – 1,900") < said.index("4.3 bn") < said.index("12 s")


# --- docs/answers.md ------------------------------------------------------------------------------


def test_the_page_has_every_question_in_order_with_its_answer(
    asked: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[list[str]] = []

    def question(words: Sequence[str]) -> Question:
        put.append(list(words))
        return asked

    monkeypatch.setattr(targets, "question", question)
    monkeypatch.setattr(targets, "seek", lambda one: found(one, met=len(put) != 2))
    done: list[int] = []
    text = answers.page(3, done.append)
    files = sorted(path.stem for path in (answers.paths.CONF / "seek").glob("*.yaml"))
    assert put == [[f"seek.file={name}", "workers=3"] for name in files]
    assert done == list(range(1, len(files) + 1))
    parts = text.split("\n## ")[1:]
    assert [part.split("`")[1] for part in parts] == [f"seek.file={name}" for name in files]
    assert [part.splitlines()[0] for part in parts] == list(answers.questions().values())
    assert ["Cannot be reached" in part for part in parts] == [k == 1 for k in range(len(files))]
    assert "| 1,200 | 1,100 – 1,900 | 0 – 2,000 |" in parts[0]
    assert "| 4.3 bn | 26.0 % | 0.0 % | 9.0 % |" in parts[0]


def test_the_command_writes_the_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def page(workers: int, done: Callable[[int], None]) -> str:
        done(1)
        return f"by {workers}"

    monkeypatch.setattr(answers, "page", page)
    monkeypatch.setattr("stsim.paths.DOCS", tmp_path)
    assert command.main(["--workers=4"]) == 0
    assert (tmp_path / "answers.md").read_text(encoding="utf-8").startswith("by 4\n")
    assert "answers.md" in capsys.readouterr().out
