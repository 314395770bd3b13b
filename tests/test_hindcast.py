"""Forecasts of known years: baselines, scores, faculty by single age, nothing peeked at."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import nonsense
import numpy as np
import pytest
from scipy.stats import norm

from stsim import observed
from stsim.cli import main
from stsim.config import ConfigError
from stsim.faults import FitError
from stsim.given import PostsVariant
from stsim.hindcast import baselines, board, problem
from stsim.hindcast.bars import Scores, bars
from stsim.hindcast.cohorts import BANDS, IN_BAND, Cohorts, Surveys
from stsim.hindcast.cohorts_ahead import AGES_STAY, forecast, gone
from stsim.hindcast.forecast import Forecast, mirrored, point
from stsim.hindcast.problem import Posterior, Problem
from stsim.hindcast.scores import CHOSEN, Score, as_csv, scores
from stsim.hindcast.synthetic import calibration
from stsim.history import EXIT_RATES
from stsim.vocabulary import Array

RECORD = observed.record()
WHOLE = Surveys.of(RECORD)


@functools.cache
def fitted(cut: int) -> tuple[Cohorts, Posterior]:
    model = Cohorts(Surveys.of(RECORD.until(cut)))
    return model, model.fit()


# --- what anybody could forecast -----------------------------------------------------------------


def test_baselines_by_hand() -> None:
    years, known = (2001, 2004, 2007), np.array([[10.0, 20.0, 30.0], [90.0, 80.0, 90.0]])
    later = (2010, 2013)
    assert baselines.persistence(years, known, later).tolist() == [[30, 30], [90, 90]]
    np.testing.assert_allclose(baselines.linear(years, known, later, points=3)[0], [40, 50])
    shares = baselines.linear_on_shares(years, known, later, points=3)
    total = 320 / 3 + np.array([20.0, 30.0])  # through 100, 100, 120
    np.testing.assert_allclose(shares.sum(axis=0), total)
    np.testing.assert_allclose(shares[0], total * (0.55 / 3 + 0.075 * np.array([2, 3])))
    np.testing.assert_allclose(baselines.damped(years, known, later)[0], [30 + 8, 30 + 8 + 6.4])


def test_cohort_change_keeps_ratios_nine_years_apart() -> None:
    years = tuple(range(2001, 2011, 3))
    known = np.array([[40.0, 0, 0, 30], [30, 0, 0, 36], [20, 0, 0, 27], [10, 0, 0, 15]])
    later = baselines.cohort_change(years, known, (2019,), width=9)[:, 0]
    np.testing.assert_allclose(later, [0.3 * 108, 0.9 * 30, 0.9 * 36, 0.5 * (27 + 15)])
    assert np.isnan(baselines.cohort_change(years[1:], known[:, 1:], (2019,), width=9)).all()


# --- forecasts and scores ------------------------------------------------------------------------


def test_crps_of_a_normal() -> None:
    """σ(z(2Φ(z) − 1) + 2φ(z) − 1/√π) for a count z standard deviations off (Gneiting 2005)."""
    draws = 5 + 2 * mirrored(np.random.default_rng(1), 200_000, 1, 1)
    found = Forecast(("a",), (2020,), draws)
    for z in (0.0, 1.0, -2.0):
        exact = 2 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - np.pi**-0.5)
        assert found.crps(np.array([[5 + 2 * z]]))[0, 0] == pytest.approx(exact, rel=0.01)
    assert point(["a"], [2020], np.array([[3.0]])).crps(np.array([[7.0]])) == 4.0


def test_scores_say_what_was_counted_and_what_was_not() -> None:
    draws = np.arange(101.0).reshape(101, 1, 1) + np.array([[[0.0, 1000.0]]])
    counted = np.array([[95.0, np.nan]])
    one, other = scores("part", "name", 2010, Forecast(("a",), (2013, 2016), draws), counted)
    assert (one.middle, one.error, one.horizon) == (50.0, -45.0, 3)
    assert (one.covered(80), one.covered(90)) == (False, True)
    assert one.below == pytest.approx(95 / 101)
    assert (one.known, other.known) == (True, False)
    lines = as_csv([one, other]).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("model,forecast,cut,series,year,counted")
    assert lines[2].startswith("part,name,2010,a,2016,,1050")
    assert Scores([one, other], "part").percent("name") == pytest.approx(4500 / 95)


def test_a_forecast_has_a_place_for_every_series_and_year() -> None:
    with pytest.raises(ValueError, match="not by draw, series and year"):
        Forecast(("a", "b"), (2020,), np.zeros((5, 1, 1)))


# --- fitting -------------------------------------------------------------------------------------


def test_a_linear_problem_has_its_exact_posterior() -> None:
    """Prior N(0, 4) and three observations of x + 2y with sd 0.5: closed form."""
    design = np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 1.0]])
    seen = np.array([3.0, 5.0, 1.0])

    def residuals(sets: Array) -> Array:
        return (sets @ design.T - seen) / 0.5

    found = Problem("line", ("x", "y"), np.zeros(2), np.full(2, 2.0), residuals).fit()
    precision = design.T @ design / 0.25 + np.eye(2) / 4
    np.testing.assert_allclose(
        found.best, np.linalg.solve(precision, design.T @ seen / 0.25), rtol=1e-6
    )
    covariance = found.root @ found.root.T
    np.testing.assert_allclose(covariance, np.linalg.inv(precision), rtol=1e-4)
    np.testing.assert_allclose(found.identified, 1 - np.diag(covariance) / 4, rtol=1e-4)
    draws = found.draws(1000, np.random.default_rng(1))
    np.testing.assert_allclose(draws.mean(axis=0), found.best, rtol=1e-9)  # they come in pairs


def test_a_search_that_does_not_end_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problem, "MOST_STEPS", 2)

    def bent(sets: Array) -> Array:
        return 10 * np.column_stack([sets[:, 1] - sets[:, 0] ** 2, (1 - sets[:, 0]) / 10])

    asked = Problem("valley", ("x", "y"), np.array([-1.2, 1.0]), np.full(2, 9.0), bent)
    with pytest.raises(FitError, match=r"^valley: the fit has not converged after 2 steps$"):
        asked.fit()


# --- faculty by single age -----------------------------------------------------------------------


def test_what_part_of_a_step_goes_on() -> None:
    np.testing.assert_allclose(gone(np.array([1.0, 2.0, 3.0]), 0.5), [0.5, 0.75, 0.875])
    assert gone(np.array([4.0]), 0.0) == 0.0
    assert gone(np.array([4.0]), 1.0) == 4.0


def test_the_surveys_are_fitted_and_people_conserved() -> None:
    model, found = fitted(2022)
    bands = model.carried(found.best[None], WHOLE.years)[0]
    assert abs(bands / WHOLE.stock - 1).mean() <= 0.005
    assert abs(bands / WHOLE.stock - 1).max() <= 0.015
    run = model.run(found.best[None], 2022)
    people = run.stock[0].sum(axis=(1, 2, 3, 4))
    left, hired = run.flow[0].sum(axis=(2, 3, 4)).T
    np.testing.assert_allclose(np.diff(people), hired[1:] - left[:-1], rtol=1e-9)
    np.testing.assert_allclose(hired[35], WHOLE.hires[:, -1].sum(), rtol=1e-9)  # of FY2021


def test_exit_rates_the_large_model_is_held_to_are_those_of_the_surveys() -> None:
    model, found = fitted(2022)
    sets = np.vstack([found.best, found.draws(200, np.random.default_rng(1))])
    run = model.run(sets, 2022)
    left, people = (
        np.einsum("da,ba->db", cells[:, 35, 0, :, 0, 0], IN_BAND) for cells in (run.flow, run.stock)
    )
    rates = left / people
    spread = rates[1:].std(axis=0)
    for k, (band, rate) in enumerate(zip(BANDS, EXIT_RATES.values(), strict=True)):
        assert abs(rates[0, k] - rate) <= 2 * spread[k], band


@pytest.mark.parametrize("posts", ["openings", "flat", "damped_trend"])
def test_hires_or_posts_go_on(posts: PostsVariant) -> None:
    model, found = fitted(2016)
    sure = replace(found, root=np.zeros_like(found.root))
    ahead = forecast(model, sure, (2019, 2022), 200, 1, posts)
    assert ahead.series == (*BANDS, "under40_share")
    people = ahead.middle[:4].sum(axis=0)
    if posts == "flat":
        np.testing.assert_allclose(people, WHOLE.stock[:, WHOLE.years.index(2016)].sum(), rtol=0.01)
    else:
        assert people[1] > people[0]
    low, high = ahead.interval(0.8)
    assert ((high - low)[:4, 1] > (high - low)[:4, 0]).all()


def test_the_same_years_are_forecast_whatever_else_is_asked() -> None:
    model, found = fitted(2016)
    short, long = (forecast(model, found, years, 20, 1) for years in ((2019,), (2019, 2025)))
    assert np.array_equal(short.draws[:, :, 0], long.draws[:, :, 0])
    stays = forecast(model, found, (2019,), 20, 1, ahead=AGES_STAY)
    assert not np.array_equal(stays.draws, short.draws)


@pytest.mark.parametrize("later", [(2016, 2019), (2050,)])
def test_years_that_cannot_be_forecast(later: Sequence[int]) -> None:
    model, found = fitted(2016)
    with pytest.raises(ValueError, match="forecasts from 2016 reach to 2046"):
        forecast(model, found, later, 20, 1)


# --- the scoreboard ------------------------------------------------------------------------------


def test_nothing_after_the_cut_changes_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every forecast that is not given what came later; the counts beside them do change."""
    monkeypatch.setattr(board, "DRAWS", 10)
    other = nonsense.after(RECORD, 2016)
    known = {board.KNOWN_HIRES, "posts given", board.KNOWN_ENTRANTS, board.PACE,
             "last ratio to entrants"}  # fmt: skip
    here, there = (
        [s for s in board.from_cut(record, 2016) if s.forecast not in known]
        for record in (RECORD, other)
    )
    assert len({s.model for s in here}) == 4

    def without_counts(score: Score) -> Score:
        return replace(score, counted=0.0, below=0.0, crps=0.0)

    assert repr([*map(without_counts, here)]) == repr([*map(without_counts, there)])
    assert [s.counted for s in here] != [s.counted for s in there]


@pytest.mark.slow
def test_bars() -> None:
    """Those that hold hold; those that are missed are the ones the page says are missed."""
    found = bars(RECORD, board.scoreboard(RECORD))
    missed = {(bar.part, bar.what) for bar in found if not bar.holds}
    assert missed == {
        (board.UNIVERSITIES, "bands, 15 forecasts"),
        *((board.UNIVERSITIES, f"bands, {years} years ahead") for years in (3, 6, 9, 12)),
        (board.UNIVERSITIES, "bands, better than linear 5, the best baseline"),
        (board.UNIVERSITIES, "bands, better than linear 3"),
        (board.DOCTORAL, f"enrolment, {board.KNOWN_ENTRANTS}, worst of four cuts"),
    }


@pytest.mark.slow
def test_ranges_are_as_wide_as_they_say() -> None:
    """Simulation-based calibration: 80 % intervals over 200 synthetic sets."""
    found = calibration(RECORD, 200, seed=1, workers=2)
    assert 0.75 <= found.parameters_covered <= 0.85
    assert 0.75 <= found.forecasts_covered <= 0.85
    again = calibration(RECORD, 3, seed=1)
    assert np.array_equal(again.ranks, found.ranks[:3])  # as with two workers


def test_from_a_year_on_the_command_line(
    tmp_path: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "DRAWS", 40)
    words = ["job=hindcast", "cut=2022", f"results_dir={tmp_path}", "language=ja"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "全大学の本務教員：2022年までの情報による予測" in said
    folder = Path(said.splitlines()[-1])
    assert sorted(file.name for file in folder.iterdir()) == [
        "config.yaml", "data.zip", "provenance.json", "scores.csv",
    ]  # fmt: skip
    lines = (folder / "scores.csv").read_text(encoding="utf-8-sig").splitlines()
    assert sum(line.startswith(f"all universities,{CHOSEN},2022,") for line in lines) == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["job=hindcast", "cut=1980"], "cut=1980 is outside 1995 to 2024"),
        (["job=hindcast", "cut=2025"], "cut=2025 is outside 1995 to 2024"),
        (["job=hindcast", "cut=soon"], "cut='soon'"),
        (["cut=2016"], "cut=2016 is for job=hindcast, not job=run"),
        (["job=history", "cut=2016"], "cut=2016 is for job=hindcast, not job=history"),
        (["job=hindcast", "scenario=expand_dc"], "leave out scenario"),
    ],
)
def test_what_cannot_be_asked(
    words: list[str], said: str, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, f"results_dir={tmp_path}/x"]) == 1
    assert said in capsys.readouterr().err
    assert not Path(f"{tmp_path}/x").exists()


def test_a_cut_outside_all_parts_is_an_error() -> None:
    with pytest.raises(ConfigError, match="outside 1995 to 2024"):
        board.from_cut(RECORD, 1994)
