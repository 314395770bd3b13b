"""What it is worth to know a parameter: against problems with an answer, and in the model."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from stsim import budget, cli, draws
from stsim.compose import compose
from stsim.config import Config
from stsim.explore import information, measured
from stsim.explore.information import Unknown, Worth, at_equal_cost, drawn, policies, worth
from stsim.explore.measured import Measured
from stsim.faults import SweepError, strict
from stsim.overrides import read_words
from stsim.simulation import Point, fitted
from stsim.vocabulary import Array

#: The density of a standard normal number at 0: the mean of its positive part.
HALF = 1 / np.sqrt(2 * np.pi)


def sample(number: int, seed: int, *names: str) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(number) for name in names}


def solved(known: Mapping[str, Array], gain: Array) -> tuple[Worth, dict[str, Unknown]]:
    """Between doing nothing and a policy with a known gain."""
    with strict():
        found = worth(known, np.column_stack([np.zeros(len(gain)), gain]), ("nothing", "something"))
    return found, {one.key: one for one in found.unknowns}


def test_normal_gains_have_the_value_of_information_of_the_textbook() -> None:
    n = 1000
    known = sample(n, 1, "large", "small", "idle")
    found, by_key = solved(known, 2 * known["large"] + known["small"])
    # the mean of the positive part has a standard error of 0.58 s.d./√n
    assert found.perfect[0] == pytest.approx(HALF * np.sqrt(5), abs=3 * 0.58 * np.sqrt(5 / n))
    assert found.perfect[1] == pytest.approx(0.58 * np.sqrt(5 / n), rel=0.5)
    assert by_key["large"].value == pytest.approx(2 * HALF, abs=3 * 0.58 * np.sqrt(5 / n))
    assert by_key["small"].value == pytest.approx(HALF, abs=3 * 0.58 * np.sqrt(5 / n))
    assert by_key["large"].is_clear
    assert by_key["small"].is_clear
    assert [one.key for one in found.unknowns] == ["large", "small", "idle"]


def test_a_parameter_that_does_nothing_is_worth_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(information, "SHUFFLES", 400)  # enough for two parameters
    shown, clear = [], 0
    for seed in range(20):
        known = sample(200, seed, "does", "idle")
        found, by_key = solved(known, known["does"])
        shown.append(by_key["idle"].value)
        clear += by_key["idle"].is_clear
        assert by_key["idle"].switches < found.switches_by_chance + 0.1
    # the regression prefers a constant in most samples; 3 of 20 with 5 % / 2 each is very rare
    assert np.median(shown) < 0.02
    assert clear <= 2


def test_a_gain_at_both_ends_is_found() -> None:
    known = sample(1000, 3, "square", "idle")
    _, by_key = solved(known, known["square"] ** 2 - 1)
    # E max(0, X² − 1) = 2 φ(1), with a standard error of 1.2/√n
    answer = 2 * np.exp(-0.5) * HALF
    assert by_key["square"].value == pytest.approx(answer, abs=3 * 1.2 / np.sqrt(1000))
    assert by_key["square"].switches < 0.2  # the best is the same at both ends


def test_a_gain_that_is_sure_leaves_nothing_to_know() -> None:
    known = sample(100, 4, "idle")
    found, by_key = solved(known, 3 + 0.1 * known["idle"])
    assert found.perfect == (0, 0)
    assert by_key["idle"].value == 0
    assert not by_key["idle"].is_clear
    assert found.best == (0, 1)


def test_the_best_switches_with_the_sign_of_the_gain() -> None:
    known = sample(300, 5, "sign", "idle")
    _, by_key = solved(known, known["sign"])
    one = by_key["sign"]
    assert one.switches == 1
    assert (one.best_low, one.best_high) == ("nothing", "something")


def test_whole_years_have_a_value_too() -> None:
    rng = np.random.default_rng(6)
    known = {"years": rng.integers(4, 7, 600).astype(float)}
    _, by_key = solved(known, known["years"] - 5)
    assert by_key["years"].value == pytest.approx(1 / 3, abs=3 * 0.47 / np.sqrt(600))


def test_policies_are_the_combinations_of_words_or_levers_at_equal_cost() -> None:
    words = read_words(["scenario=expand_dc,women", "ramp_years=0,3"], several=True, or_none=True)
    _, found = policies(words)
    assert list(found) == [
        "expand_dc ramp_years=0", "expand_dc ramp_years=3", "women ramp_years=0",
        "women ramp_years=3",
    ]  # fmt: skip
    assert found["women ramp_years=3"].ramp_years == 3
    priced = ["scenario=expand_dc,permanent_posts", "policy.budget_yen_per_year=10e9"]
    _, found = policies(read_words(priced, several=True))
    for one in found.values():
        again = budget.scaled(one, 10e9)
        for name, value in one.policy.items():
            assert again[name] == pytest.approx(value), name  # it is at that cost already
    _, levers = policies(read_words([], several=True, or_none=True))
    assert levers["dc_fellows_persons"].policy == {
        "dc_fellows_persons": pytest.approx(4200 + 10e9 / 2_476_000)
    }
    assert "paid_internships_persons_per_year" not in levers  # 20,000 are more than there may be


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["posts=flat,openings"], "posts: job=information compares policies"),
        (["scenario=women,women"], "the only policy"),
        (["scenario=women"], "set for all policies"),
        (["scenario=women,expand_dc", "draws=10"], "needs 50 to 1,000"),
        (["scenario=women,expand_dc", "params=central"], "leave out params=central"),
        (["scenario=women,expand_dc", "question.year=2060"], "is outside 2024 to 2049"),
        (["scenario=women,expand_dc", "question.indicator=postdoc_persons"], "postdocs_persons"),
        (["scenario=women,expand_dc", "question.better=more"], "question.better"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["job=information", *words]) == 1
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1


def test_parameters_of_all_fields_that_move_together_are_one_unknown() -> None:
    found = drawn(compose(["params.contract_years=4.5"]), 60)
    assert "female_entrants_share" in found
    assert "late_degree_share.health" in found
    assert not {"contract_years", "reference_prospect", "late_degree_share"} & set(found)
    third = draws.columns(draws.one(fitted(), fitted(), 3))
    assert found["leave_postdoc_per_year"][2] == third["leave_postdoc_per_year"]


def test_the_job_finds_the_parameter_that_decides_and_lower_can_be_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stocks(points: Sequence[Point], *_: object) -> Measured:
        rows = draws.read(fitted())
        values = [
            0.24
            + (rows[(p.draw or 0) - 1]["leave_postdoc_per_year"] - 0.06) * bool(p.config.policy)
            for p in points
        ]
        values[7] = float("nan")
        return Measured(np.array(values)[:, None], ("", "it broke", *[""] * (len(points) - 2)))

    monkeypatch.setattr(measured, "by_stocks", stocks)
    for better, ends in (("higher", ("baseline", "women")), ("lower", ("women", "baseline"))):
        words = ["scenario=baseline,women", "draws=150", f"question.better={better}"]
        found = information.information(*policies(read_words(words, several=True)))
        first = found.worth.unknowns[0]
        assert first.key == "leave_postdoc_per_year"
        assert first.is_clear
        assert (first.best_low, first.best_high) == ends
        assert found.worth.means[0] == pytest.approx(0.24)
        assert first.value == pytest.approx(found.worth.perfect[0], rel=0.02)
        assert (found.dropped, found.reasons) == (1, {"it broke": 1})
        table = list(csv.DictReader(information.as_csv(found).splitlines()))
        assert table[1]["parameter"] == "leave_postdoc_per_year"
        assert len(list(csv.DictReader(information.policies_csv(found).splitlines()))) == 2


def test_one_policy_is_no_choice() -> None:
    with pytest.raises(ValueError, match="between two policies or more"):
        worth({"a": np.zeros(3)}, np.zeros((3, 1)), ["alone"])


def test_too_few_draws_without_a_failed_run_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draw counts only where both policies can be run with it."""

    def stocks(points: Sequence[Point], *_: object) -> Measured:
        fails = np.arange(len(points)) % 2 == np.arange(len(points)) // 50  # in one or the other
        values = np.where(fails, np.nan, 0.2)[:, None]
        return Measured(values, tuple("it broke" if bad else "" for bad in fails))

    monkeypatch.setattr(measured, "by_stocks", stocks)
    shared, configs = policies(read_words(["scenario=baseline,women", "draws=50"], several=True))
    said = "^job=information: only 0 of 50 draws have no failed run: it broke$"
    with pytest.raises(SweepError, match=said):
        information.information(shared, configs)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_job_prints_what_is_worth_knowing_and_writes_it(
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stocks(points: Sequence[Point], *_: object) -> Measured:
        values = np.random.default_rng(3).random((len(points), 1))
        return Measured(values, ("",) * len(points))

    monkeypatch.setattr(measured, "by_stocks", stocks)
    words = ["scenario=women,expand_dc", "draws=60", f"results_dir={tmp_path}"]
    assert cli.main(["job=information", *words, f"language={language}"]) == 0
    out = capsys.readouterr().out
    assert {"en": "all of them", "ja": "すべて"}[language] in out
    folder = Path(out.splitlines()[-1])
    assert {path.name for path in folder.iterdir()} > {"information.csv", "policies.csv"}


def test_levers_at_equal_cost_cost_the_same() -> None:
    from stsim.levers import about

    config: Config = compose()
    for name, one in at_equal_cost(config).items():
        price, today = about(name).yen_each, config.law[name].timeline.at(config.policy_start)
        assert price is not None
        cost = (one.lever(name).at(2030) - today) * price
        assert cost == pytest.approx(information.EQUAL_COST), name
