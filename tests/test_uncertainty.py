"""Where uncertainty comes from: indices against known functions, designs, budgets."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stsim import cli, draws, levers, observed, params, paths, simulation
from stsim.compose import compose
from stsim.config import Config, ConfigError
from stsim.explore import measured, runs, uncertainty
from stsim.explore.futures import FUTURES, in_future
from stsim.explore.measured import Measured
from stsim.explore.sensitivity import (
    Effects,
    Indices,
    as_csv,
    morris,
    of_sweep,
    sobol,
)
from stsim.explore.store import Store
from stsim.faults import SweepError, strict
from stsim.params import Params
from stsim.reading import read_yaml
from stsim.simulation import Point, fitted, prepare
from stsim.vocabulary import Array

#: Of Ishigami's function with a = 7 and b = 0.1.
FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)


def ishigami(parts: Array) -> Array:
    """The function of three numbers from −π to π, given as parts of the way."""
    x = np.pi * (2 * parts - 1)
    waves: Array = np.sin(x[..., 0]) * (1 + 0.1 * x[..., 2] ** 4) + 7 * np.sin(x[..., 1]) ** 2
    return waves


def rows(number: int, seed: int) -> Array:
    a, b = np.random.default_rng(seed).random((2, number, 3))
    return np.stack([a, *(np.where(np.arange(3) == k, b, a) for k in range(3)), b], axis=1)


def failing(values: Array, part: float, seed: int) -> Array:
    return np.where(np.random.default_rng(seed).random(values.shape) < part, np.nan, values)


@pytest.mark.parametrize(("failed", "dropped"), [(0.0, 0), (0.05, 1 - 0.95**5)])
def test_sobol_indices_of_ishigami_are_within_three_standard_errors(
    failed: float, dropped: float
) -> None:
    values = failing(ishigami(rows(2048, 1)), failed, 2)
    found = sobol(values)
    for known, value, error in (
        (FIRST, found.first, found.first_error),
        (TOTAL, found.total, found.total_error),
    ):
        assert (np.abs(value - known) < 3 * error).all()
        assert (error < 0.04).all()
    spread = np.sqrt(2048 * dropped * (1 - dropped))
    assert abs(found.dropped - 2048 * dropped) <= 3 * spread
    assert found.dropped == np.isnan(values).any(axis=1).sum()


def test_the_standard_error_is_what_another_sample_differs_by() -> None:
    several = [sobol(ishigami(rows(128, seed))) for seed in range(20)]
    for name in ("first", "total"):
        spread = np.std([getattr(one, name) for one in several], axis=0, ddof=1)
        said = np.mean([getattr(one, f"{name}_error") for one in several], axis=0)
        # of 20 samples a standard deviation is known to ± 16 %
        assert (np.abs(said / spread - 1) < 0.48).all(), name


def test_an_input_that_does_all_has_it_all_and_years_without_variance_are_unknown() -> None:
    x = rows(64, 3)
    values = np.stack([5 * x[..., 1], np.ones(x.shape[:2]), np.full(x.shape[:2], np.nan)], axis=-1)
    with strict():
        found = sobol(values)
    np.testing.assert_allclose(found.first[1, 0], 1, atol=1e-9)
    np.testing.assert_allclose(found.total[:, 0], [0, 1, 0], atol=0.3)
    assert np.isnan(found.first[:, 1:]).all()
    assert found.dropped == 0


def test_total_indices_are_those_of_salib() -> None:
    analyze = pytest.importorskip("SALib.analyze.sobol").analyze
    values = ishigami(rows(64, 5))
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    other = analyze(problem, values.ravel(), calc_second_order=False, num_resamples=2)
    np.testing.assert_allclose(sobol(values).total, other["ST"], rtol=1e-9)


def trajectories(number: int, keys: int, seed: int) -> Array:
    rng, found = np.random.default_rng(seed), []
    for _ in range(number):
        point = rng.integers(0, 2, keys) / 3
        path = [point.copy()]
        for k in rng.permutation(keys):
            point[k] += 2 / 3
            path.append(point.copy())
        found.append(path)
    return np.array(found)


def test_elementary_effects_of_a_plane_are_its_slopes_and_failed_trajectories_are_dropped() -> None:
    parts = trajectories(40, 3, 1)
    values = parts @ [2.0, -3.0, 0.0]
    values[4, 2] = np.nan
    found = morris(parts, values)
    np.testing.assert_allclose(found.mean, [2, -3, 0], atol=1e-12)
    np.testing.assert_allclose(found.mean_absolute, [2, 3, 0], atol=1e-12)
    np.testing.assert_allclose(found.deviation, 0, atol=1e-12)
    assert (found.trajectories, found.dropped) == (40, 1)


def test_keys_that_act_together_have_effects_that_differ() -> None:
    parts = trajectories(200, 3, 2)
    found = morris(parts, parts[..., 0] * parts[..., 1])
    # of x y the effect of x is y, which is 0, 1/3, 2/3 or 1 with the same chance: s.d. 0.373
    assert abs(found.mean[0] - 0.5) < 3 * 0.373 / np.sqrt(200)
    assert found.deviation[0] == pytest.approx(0.373, abs=0.05)
    assert found.deviation[2] == 0


def test_last_digits_are_no_effect() -> None:
    parts, rng = trajectories(20, 3, 3), np.random.default_rng(4)
    noise = 11_415 * (1 + 1e-15 * rng.standard_normal(parts.shape[:2]))
    assert (morris(parts, noise).mean_absolute == 0).all()
    assert np.isnan(sobol(11_415 * (1 + 1e-15 * rng.standard_normal((20, 5)))).total).all()


def test_too_few_whole_rows_are_one_line() -> None:
    with pytest.raises(SweepError, match="only 0 of 20 base rows have no failed run"):
        sobol(np.where(np.arange(5) == 2, np.nan, ishigami(rows(20, 1))))


THREE = (
    "job=sweep", "years.last=2025",
    "policy.dc_fellows_persons=interval(4000,6000)",
    "params.entry_elasticity_prospects=interval(0.1,0.3)",
    "params.entry_elasticity_stipend=interval(0.05,0.8)",
)  # fmt: skip


@pytest.mark.parametrize(("design", "extra"), [("morris", 1), ("saltelli", 2)])
def test_a_sweep_is_as_sensitive_as_the_function_in_its_store(
    design: str, extra: int, tmp_path: Path
) -> None:
    pytest.importorskip("SALib")
    words = (*THREE, f"sweep.design={design}", "sweep.points=64", f"results_dir={tmp_path}")
    planned = runs.plan(words)
    store = Store.begin(planned.plan, planned.config.results_dir)
    assert len(store.plan.values) == 64 * (3 + extra)
    low, high = np.array([[4000, 0.1, 0.05], [6000, 0.3, 0.8]])
    parts = (np.array(store.plan.values) - low) / (high - low)
    by_run = ishigami(parts)
    for block in store.waiting():
        chosen = by_run[list(store.plan.runs(block))]
        bad = [k % 32 == 5 and block == 1 for k in range(len(chosen))]
        values = np.where(bad, np.nan, chosen)[:, None] * np.ones(3)
        store.write_block(block, {"under40_share": values}, ["broken" * b for b in bad], 1.0)
    found = of_sweep(store, "under40_share")
    assert found.keys[0] == "policy.dc_fellows_persons"
    assert found.years == (2023, 2024, 2025)
    assert found.found.dropped == 1
    if isinstance(found.found, Indices):
        error = found.found.total_error[:, 2]
        assert (np.abs(found.found.total[:, 2] - TOTAL) < 3 * error).all()
    else:
        assert isinstance(found.found, Effects)
        assert found.found.mean_absolute.shape == (3, 3)
        assert found.found.deviation[2, 0] > 0
    table = list(csv.DictReader(as_csv([found]).splitlines()))
    assert len(table) == 9
    assert {row["key"] for row in table} == set(found.keys)


def test_a_sweep_that_is_not_done_says_nothing_of_sensitivity(tmp_path: Path) -> None:
    planned = runs.plan(
        ["job=sweep", "years.last=2025", "sweep.design=morris", "sweep.points=2",
         "policy.dc_fellows_persons=interval(4000,6000)", f"results_dir={tmp_path}"]
    )  # fmt: skip
    store = Store.begin(planned.plan, str(tmp_path))
    with pytest.raises(SweepError, match="not done; give the same command again"):
        of_sweep(store, "under40_share")


def test_other_designs_say_nothing_of_sensitivity(tmp_path: Path) -> None:
    words = (*THREE, "sweep.design=latin_hypercube", "sweep.points=4", f"results_dir={tmp_path}")
    store = Store.begin(runs.plan(words).plan, str(tmp_path))
    with pytest.raises(SweepError, match="latin_hypercube says nothing of sensitivity"):
        of_sweep(store, "under40_share")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sweep.design=morris", "posts=flat,openings"), "over intervals"),
        (("sweep.design=saltelli", "sweep.points=100"), "64 or 128"),
    ],
)
def test_bad_designs_are_one_line(words: tuple[str, ...], said: str) -> None:
    pytest.importorskip("SALib")
    with pytest.raises(ConfigError, match=said) as error:
        runs.plan([*THREE, *words])
    assert "\n" not in str(error.value)


def test_without_salib_the_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "SALib.sample", None)
    with pytest.raises(ConfigError, match=r"needs SALib: pip install 'stsim\[calibrate\]'"):
        runs.plan([*THREE, "sweep.design=morris"])


def test_the_screening_takes_parameters_through_their_priors_and_levers_within_their_ranges() -> (
    None
):
    from stsim.explore.design import read

    found = read_yaml(paths.CONF / "sweep" / "screening.yaml")
    assert found["title"]["en"]
    assert found["title"]["ja"]
    words = read(["sweep.file=screening"])
    assert len(words.intervals) > 15
    for key, (low, high) in words.intervals.items():
        group, _, name = key.partition(".")
        if group == "params":
            about = params.prior(name)
            assert (low, high) == (about.low, about.high), name
            assert about.kind == "assumption", name
        else:
            lever = levers.about(name)
            assert lever.low <= low < high <= lever.high, name


def test_half_way_a_future_is_the_law_and_its_range_is_the_evidence() -> None:
    config = compose(["engine=stocks"])
    assert in_future(config, [0.5] * len(FUTURES)).law == config.law or all(
        in_future(config, [0.5] * len(FUTURES)).lever(f.lever).at(y)
        == pytest.approx(config.lever(f.lever).at(y))
        for f in FUTURES
        for y in range(2023, 2050)
    )
    for part, end in ((0.05, "low"), (0.95, "high")):
        there = in_future(config, [part] * len(FUTURES))
        for future in FUTURES:
            line = there.law[future.lever].timeline
            known = getattr(future, end)
            # 1.645 is the quantile to four digits
            assert line.at(future.first + future.over + 5) == pytest.approx(known, abs=1e-4)
            assert line.at(future.first - 1) == config.law[future.lever].timeline.at(2023)
    rows_of = csv.reader((observed.DATA / "evidence" / "behaviour.csv").read_text().splitlines())
    growth = next(row for row in rows_of if row[0] == "industry_demand_growth_rate")
    assert [FUTURES[0].low, FUTURES[0].high] == [float(growth[2]), float(growth[3])]
    record = observed.record()
    entered = record.series("masters_entrants", status="rounded")
    aged_22 = record.series(
        "population_single_age_estimate", age="22", status="IPSS2023_medium_derived"
    )
    rose = entered[2024] / aged_22[2024] / (entered[2021] / aged_22[2021])
    assert FUTURES[1].high == pytest.approx(rose, abs=0.005)
    assert FUTURES[1].low == pytest.approx(2 - rose, abs=0.005)


@pytest.mark.slow
def test_a_future_begins_with_the_same_people_and_they_are_not_counted_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = compose(["engine=stocks", "posts=openings"])
    other = in_future(config, [0.9] * len(FUTURES))
    here = prepare(config)
    kept = prepare(other).start
    assert kept is here.start
    for name in ("_starts", "_pasts", "_students"):
        monkeypatch.setattr(simulation, name, {})
    anew = prepare(other)
    assert anew.start is not kept
    for stage, people in kept.stock.items():
        np.testing.assert_array_equal(anew.start.stock[stage], people)


def test_a_parameter_set_of_its_own_is_what_the_draw_of_the_same_numbers_is() -> None:
    config = compose(["engine=stocks", "years.last=2025"])
    third = draws.one(config.params, fitted(), 3)
    assert third == draws.ensemble(config.params, fitted(), 3)[-1]
    one, two = Point(config, draw=3).prepared(), Point(config, params=third).prepared()
    np.testing.assert_array_equal(one.run().stock, two.run().stock)
    with pytest.raises(ValueError, match="give one of them"):
        Point(config, draw=3, params=third).prepared()


def test_a_mixed_draw_has_each_parameter_from_its_own() -> None:
    asked = fitted().model_copy(update={"contract_years": 5.0})
    found = draws.columns(draws.mixed(asked, fitted(), 2, 9, ("leave_postdoc_per_year",)))
    second, ninth = (draws.columns(draws.one(fitted(), fitted(), k)) for k in (2, 9))
    other = {k for k in found if found[k] != second[k]}
    assert other == {"leave_postdoc_per_year", "contract_years"}
    assert found["leave_postdoc_per_year"] == ninth["leave_postdoc_per_year"]
    assert found["contract_years"] == 5


def stand_in(points: Sequence[Point]) -> Array:
    """A number that is a sum over the inputs, with a change that only one of them makes."""
    found = []
    for point in points:
        own = point.params or fitted()
        assert point.config.posts in uncertainty.POSTS
        growth = point.config.law["firm_openings_growth_per_year"].timeline.at(2030)
        value = (
            own.contract_not_renewed_share
            + own.leave_after_post_share
            + 0.1 * uncertainty.POSTS.index(point.config.posts)
            + 2 * growth
        )
        more = own.leave_postdoc_per_year if point.config.policy else 0.0
        found.append([value + more, *[7.0] * (len(uncertainty.HEADLINE) - 1)])
    return np.array(found)


def test_a_budget_finds_the_shares_of_a_known_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    def stocks(points: Sequence[Point], names: Sequence[str], *_: object) -> Measured:
        values = stand_in(points)[:, : len(names)]
        if len(points) > 1:
            values[3] = np.nan  # one row is lost
        return Measured(values, ("",) * len(points))

    def lives(points: Sequence[Point], *_: object) -> Measured:
        luck = np.random.default_rng(5).standard_normal(len(points))[:, None]
        return Measured(stand_in(points) + 0.1 * luck, ("",) * len(points))

    monkeypatch.setattr(measured, "by_stocks", stocks)
    monkeypatch.setattr(measured, "by_individuals", lives)
    monkeypatch.setattr(uncertainty, "_referenced", lambda config, several: list(several))
    words = ["draws=64", "replicates=40"]
    configs = {"baseline": compose(words), "expand_dc": compose([*words, "scenario=expand_dc"])}
    with strict():
        found = uncertainty.budget(configs, 2035)
    level, change, *others = found.lines
    assert found.dropped == 1
    there = draws.read(fitted())
    variance = {
        "fitted": np.var([row["contract_not_renewed_share"] for row in there]),
        "priors": np.var(
            [r["leave_after_post_share"] + r["leave_postdoc_per_year"] for r in there]
        ),
        "posts": 0.1**2 * 2 / 3,
        "futures": (2 * 0.5 * (0.04 + 0.05) / 1.645) ** 2,  # halves of 0.04 and 0.05, nearly
        "interactions": 0.0,
        "chance": 0.1**2,
        "engine": 0.0,
    }
    for part, (share, error) in level.shares.items():
        known = variance[part] / sum(variance.values())
        assert abs(share - known) < 3 * error + 0.01, part
    assert sum(share for share, _ in level.shares.values()) == pytest.approx(1)
    assert change.of_change
    assert change.shares["priors"][0] == pytest.approx(1, abs=3 * change.shares["priors"][1] + 1e-6)
    assert all(np.isnan(line.shares["fitted"][0]) for line in others[1::2])  # nothing changes it
    table = list(csv.DictReader(uncertainty.as_csv(found).splitlines()))
    assert len(table) == len(found.lines) * len(uncertainty.PARTS)


def at_random(*, broken: bool) -> Callable[..., Measured]:
    """In the place of runs: numbers drawn at random, or faults."""

    def some(points: Sequence[Point], names: Sequence[str], *_: object) -> Measured:
        values = np.random.default_rng(len(points)).random((len(points), len(names)))
        errors = ("it broke" if broken else "",) * len(points)
        return Measured(np.full_like(values, np.nan) if broken else values, errors)

    return some


def test_a_budget_of_the_baseline_has_no_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in ("by_stocks", "by_individuals"):
        monkeypatch.setattr(measured, each, at_random(broken=False))
    monkeypatch.setattr(uncertainty, "_referenced", lambda config, several: list(several))
    monkeypatch.setattr("stsim.explore.sensitivity.RESAMPLES", 10)
    found = uncertainty.budget({"baseline": compose(["draws=16", "replicates=16"])}, 2035)
    assert [line.indicator for line in found.lines] == [*uncertainty.HEADLINE]
    assert not any(line.of_change for line in found.lines)
    assert (found.rows, found.dropped, found.outcomes) == (16, 0, 16)


def test_a_budget_whose_central_run_fails_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def some(points: Sequence[Point], *more: Any) -> Measured:
        return at_random(broken=len(points) == 1)(points, *more)

    for each in ("by_stocks", "by_individuals"):
        monkeypatch.setattr(measured, each, some)
    monkeypatch.setattr(uncertainty, "_referenced", lambda config, several: list(several))
    with pytest.raises(SweepError, match=r"^it broke$"):
        uncertainty.budget({"baseline": compose(["draws=16", "replicates=16"])}, 2035)


@pytest.mark.parametrize(
    ("engine", "said"),
    [("by_stocks", "only 0 of 16 rows have"), ("by_individuals", "only 0 of 20 outcomes have")],
)
def test_a_budget_of_runs_that_all_fail_is_one_line(
    monkeypatch: pytest.MonkeyPatch, engine: str, said: str
) -> None:
    for each in ("by_stocks", "by_individuals"):
        monkeypatch.setattr(measured, each, at_random(broken=each == engine))
    monkeypatch.setattr(uncertainty, "_referenced", lambda config, several: list(several))
    with pytest.raises(SweepError, match=f"^job=uncertainty: {said} no failed run: it broke$"):
        uncertainty.budget({"baseline": compose(["draws=16", "replicates=20"])}, 2035)


def test_parameters_that_cannot_be_put_together_are_said_in_their_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of three pairs the first is no parameter set, and with the second no run can be made."""
    one, three = (draws.one(fitted(), fitted(), k) for k in (1, 3))
    by_pair = {(1, 1): one, (3, 3): three}

    def mixed(asked: Params, central: Params, number: int, other: int, names: object) -> Params:
        if (number, other) not in by_pair:
            raise ValueError("shares above one")
        return by_pair[number, other]

    def with_references(prepared: object, several: Sequence[Params]) -> list[Params]:
        if one in several:
            raise observed.DataError("nobody is there")
        return [each.model_copy(update={"reference_prospect": 0.123}) for each in several]

    monkeypatch.setattr(draws, "mixed", mixed)
    monkeypatch.setattr(uncertainty, "with_references", with_references)
    monkeypatch.setattr(uncertainty, "prepare", lambda config: config)
    found = uncertainty._parameters(compose(()), [(1, 2), (1, 1), (3, 3)])
    assert found[:2] == ["shares above one", "nobody is there"]
    assert found[2] == three.model_copy(update={"reference_prospect": 0.123})
    # a reference point that was asked for stays as asked
    asked = compose(["params.reference_prospect=0.4"])
    (own,) = uncertainty._parameters(asked, [(3, 3)])
    assert isinstance(own, Params)
    assert own.reference_prospect == 0.4


def test_runs_whose_parameters_or_future_cannot_be_are_counted_as_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are not run, stand as not known in their row, and the reasons are counted."""
    asked: list[int] = []

    def stocks(points: Sequence[Point], names: Sequence[str], *_: object) -> Measured:
        asked.append(len(points))
        return Measured(np.ones((len(points), len(names))), ("",) * len(points))

    def parameters(config: Config, pairs: Sequence[object]) -> list[Params | str]:
        return ["no such set", *[fitted()] * (len(pairs) - 1)]

    real = uncertainty.in_future
    calls: list[int] = []

    def future(config: Config, parts: Sequence[float]) -> Config:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("no such future")
        return real(config, parts)

    monkeypatch.setattr(measured, "by_stocks", stocks)
    monkeypatch.setattr(uncertainty, "_parameters", parameters)
    monkeypatch.setattr(uncertainty, "in_future", future)
    done: list[int] = []
    (values,), errors = uncertainty._designed(
        {"baseline": compose(())}, ["under40_share"], 2035, 16, done.append
    )
    runs_of_all = values.shape[0] * values.shape[1]
    failed = int(np.isnan(values).sum())
    assert measured.reasons(errors) == {"no such set": failed - 1, "no such future": 1}
    assert asked == [runs_of_all - failed]
    assert done == [failed]
    assert np.isnan(values[0, 0, 0])


def test_what_one_outcome_of_chance_alone_has_is_all_chance() -> None:
    rare = np.where(np.arange(20) == 4, 1.0, 0.0)
    with strict():
        line = uncertainty._line(HIRES, True, np.zeros((16, 6)), rare, 0.05, 1.0, compose())
    assert line.shares["chance"][0] == pytest.approx(1.0, abs=0.1)
    assert line.shares["fitted"] == (0, 0)
    assert np.isfinite(line.shares["chance"][1])


@pytest.mark.parametrize("language", ["en", pytest.param("ja", marks=pytest.mark.slow)])
def test_the_job_prints_the_table_and_writes_the_shares(
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def some(points: Sequence[Point], names: Sequence[str], *_: object) -> Measured:
        values = np.random.default_rng(len(points)).random((len(points), len(names)))
        return Measured(values, ("",) * len(points))

    monkeypatch.setattr(measured, "by_stocks", some)
    monkeypatch.setattr(measured, "by_individuals", some)
    monkeypatch.setattr(uncertainty, "_referenced", lambda config, several: list(several))
    monkeypatch.setattr("stsim.explore.sensitivity.RESAMPLES", 10)
    words = ["draws=16", "replicates=16", f"results_dir={tmp_path}", f"language={language}"]
    assert cli.main(["job=uncertainty", "scenario=expand_dc", *words]) == 0
    out = capsys.readouterr().out
    assert {"en": "priors alone", "ja": "事前分布のみ"}[language] in out
    folder = Path(out.splitlines()[-1])
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.yaml", "data.zip", "provenance.json", "uncertainty.csv",
    ]  # fmt: skip


@pytest.mark.slow
def test_the_variance_of_chance_goes_with_the_persons_an_agent_stands_for() -> None:
    names, number, found = ["under40_share", "doctoral_entrants_persons"], 30, {}
    for persons in (1, 10):
        config = compose(["engine=individuals", "years.last=2029", f"persons_per_agent={persons}"])
        points = [Point(config, replicate=k) for k in range(1, number + 1)]
        values = measured.by_individuals(points, names, 2028, 1, lambda more: None).values
        found[persons] = values.var(axis=0, ddof=1) / persons
    # the ratio of two variances of 30 values has a standard error of about 0.37
    assert (np.abs(np.log(found[10] / found[1])) < 3 * 0.37).all()


@pytest.mark.slow
def test_a_budget_of_the_model_has_parts_that_make_the_whole() -> None:
    words = ["draws=16", "replicates=16", "years.last=2030"]
    configs = {"baseline": compose(words), "expand_dc": compose([*words, "scenario=expand_dc"])}
    with strict():
        found = uncertainty.budget(configs, 2029)
    assert (found.dropped, found.outcomes, found.reasons) == (0, 16, {})
    by_name = {(line.indicator.name, line.of_change): line for line in found.lines}
    change = by_name["doctoral_entrants_persons", True]
    assert sum(share for share, _ in change.shares.values()) == pytest.approx(1)
    # what more fellows do to entry rests on elasticities that no record moves
    assert change.shares["priors"][0] > 0.8
    assert 0 < change.mean < 1000
    engine, error = by_name["under40_share", False].shares["engine"]
    assert abs(engine) < 0.02 + 3 * error


#: Any headline number.
HIRES = next(i for i in uncertainty.HEADLINE if i.name == "permanent_hires_persons")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["params=central"], "leave out params=central"),
        (["draws=3"], "needs 16 or more"),
        (["replicates=auto"], "give a number"),
    ],
)
def test_a_budget_that_cannot_be_is_one_line(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        uncertainty.budget({"baseline": compose(words)}, 2035)


def test_a_year_that_is_not_known_is_one_line() -> None:
    with pytest.raises(ConfigError, match=r"question\.year=2050 is outside 2024 to 2049"):
        measured.until(compose(), 2050)
    with pytest.raises(ConfigError, match="did you mean 'under40_share'"):
        measured.known("under40_shar")
