"""What each lever adds to a package: games with known answers, and a package of Japan's."""

from __future__ import annotations

import csv
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from stsim import attribution
from stsim.attribution import (
    EXACT,
    Attribution,
    Some,
    attribute,
    combinations,
    exact,
    in_order,
    orders,
)
from stsim.cli import main
from stsim.compose import compose
from stsim.config import ConfigError
from stsim.effects.present import print_attribution
from stsim.vocabulary import Array


def value_of(numbers: dict[Some, float]) -> attribution.Callable[[Some], Array]:
    return lambda some: np.array([numbers.get(some, 0.0)])


def test_a_pair_of_gloves_is_worth_most_to_the_one_with_the_only_left_hand() -> None:
    """Player 0 has the left glove, 1 and 2 a right one; a pair is worth 1: 2/3, 1/6, 1/6."""
    pair = {frozenset(some): 1.0 for some in ((0, 1), (0, 2), (0, 1, 2))}
    np.testing.assert_allclose(exact(3, value_of(pair)).ravel(), [2 / 3, 1 / 6, 1 / 6])


def test_values_are_the_mean_over_all_orders_and_sum_to_the_whole() -> None:
    rng = np.random.default_rng(4)
    numbers = {some: float(rng.normal()) for some in combinations(5)}
    value = value_of(numbers)
    every = [in_order(order, value) for order in permutations(range(5))]
    found = exact(5, value)
    np.testing.assert_allclose(found, np.mean(every, axis=0), rtol=1e-9)
    whole = numbers[frozenset(range(5))] - numbers[frozenset()]
    np.testing.assert_allclose([one.sum() for one in [found, *every]], whole, rtol=1e-9)


def test_drawn_orders_miss_the_exact_values_by_their_standard_error() -> None:
    """Players who add to one another two by two, and three by three: thirty games of seven."""
    rng = np.random.default_rng(5)
    pairs, missed = 30, []
    for game in range(30):
        two, three = rng.normal(size=(7, 7)), rng.normal(size=(7, 7, 7)) / 3

        def value(some: Some, two: Array = two, three: Array = three) -> Array:
            here = sorted(some)
            return np.array(two[np.ix_(here, here)].sum() + three[np.ix_(here, here, here)].sum())

        drawn = [in_order(order, value) for order in orders(7, pairs, game)]
        each = (np.array(drawn[::2]) + np.array(drawn[1::2])) / 2
        error = each.std(axis=0, ddof=1) / np.sqrt(pairs)
        missed += [*((each.mean(axis=0) - exact(7, value)) / error)]
    assert np.std(missed) == pytest.approx(1.0, abs=0.2)


def test_few_levers_are_run_in_every_combination_and_many_on_drawn_orders() -> None:
    assert len(combinations(EXACT)) == 2**EXACT
    many = combinations(12, pairs=3)
    assert len(many) < 3 * 2 * 13
    assert {frozenset(), frozenset(range(12))} <= set(many)
    assert many == combinations(12, pairs=3)


@pytest.mark.slow
@pytest.mark.parametrize("most", [EXACT, 2])
def test_levers_of_a_package_sum_to_its_effect(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "EXACT", most)
    words = ["scenario=women", "policy.retirement_age_years=67", "years.last=2031"]
    runs: list[int] = []
    found = attribute(compose(words), runs.append, pairs=3)
    assert runs == list(range(1, found.runs + 1))
    known = np.isfinite(found.package)
    assert known[:, 1:-1].all()
    np.testing.assert_allclose(
        found.values.sum(axis=0)[known], found.package[known], rtol=1e-9, atol=1e-9
    )
    assert found.exact == (most == EXACT)
    assert found.error.any() != found.exact
    later = found.of("permanent_hires_persons", 2030)
    assert later["retirement_age_years"] < -400 < later["women_exit_ratio"] < 0


def test_the_job_prints_the_package_and_writes_every_year(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["job=attribution", "scenario=fellowships_and_posts", "years.last=2030"]
    assert main([*words, f"results_dir={tmp_path}"]) == 0
    out = capsys.readouterr().out
    assert "All 4 combinations were run" in " ".join(out.split())
    with (Path(out.splitlines()[-1]) / "attribution.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["year"] == "2029"]
    cost = [row for row in rows if row["indicator"] == "annual_cost_yen"]
    parts = {row["lever"]: float(row["value"]) for row in cost}
    assert parts == pytest.approx(
        {"dc_fellows_persons": 3300 * 2.476e6, "permanent_posts_national_persons": 1200 * 8.6e6}
    )
    assert float(cost[0]["package"]) == pytest.approx(sum(parts.values()))


def test_a_scenario_without_a_lever_has_nothing_to_attribute() -> None:
    with pytest.raises(ConfigError, match="scenario baseline sets no lever; give scenario=NAME"):
        attribute(compose(["job=attribution"]))


def test_drawn_orders_are_printed_with_their_standard_errors(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error below the last digit that is shown is left out."""
    monkeypatch.setattr(attribution, "EXACT", 1)
    (young,) = (i for i in attribution.HEADLINE if i.name == "under40_share")
    values, error = np.array([0.02, -0.01]), np.array([0.004, 0.00001])
    found = Attribution(
        ("tenure_track_share", "women_exit_ratio"), (young,), (2035,),
        values.reshape(2, 1, 1), error.reshape(2, 1, 1), np.array([[0.01]]), 40,
    )  # fmt: skip
    print_attribution(found, compose(["scenario=women"]), 2.0)
    said = capsys.readouterr().out
    assert "+2.0 pp" in said
    assert "± 0.4" in said
    assert said.count("±") == 2  # in the first cell and in the line below
    assert "± one standard error" in said
    assert "-1.0 pp" in said
    assert "+1.0 pp" in said
    assert "40 runs" in " ".join(said.split())
