"""The dataset keeps the contract: names, dimensions, labels, units, edges, ledger."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim.compose import compose
from stsim.results import LedgerError, check_ledger
from stsim.rulebook import JAPAN
from stsim.simulation import prepare

FIELDS = ["humanities_social", "science", "engineering", "agriculture", "health", "other"]
YEARS = list(range(2023, 2051))


def test_dimensions_and_labels(baseline: xr.Dataset) -> None:
    assert baseline.stock.dims == ("time", "stage", "age", "sex", "field")
    assert baseline.flow.dims == ("year", "rule", "age", "sex", "field")
    assert baseline.vacancy.dims == ("time", "market", "market_field")
    assert baseline.market_intensity.dims == baseline.vacancy.dims
    assert baseline.field.values.tolist() == FIELDS
    assert baseline.market_field.values.tolist() == [*FIELDS, "all"]
    assert baseline.sex.values.tolist() == ["female", "male"]
    assert baseline.age.values.tolist() == list(range(18, 81))
    assert baseline.time.values.tolist() == YEARS
    assert baseline.year.values.tolist() == YEARS


def test_the_stages_are_those_of_the_model(baseline: xr.Dataset) -> None:
    wanted = {
        *(f"doctoral_{origin}_{support}" for origin in ("own", "working", "international")
          for support in ("fellow", "supported", "unsupported")),
        *(f"seeking_{last}" for last in ("doctorate", "postdoc", "fixed_term", "returner")),
        "postdoc_fellow", "postdoc_project", "fixed_term_national", "fixed_term_other",
        "permanent_national", "permanent_other", "permanent_national_cross",
        "permanent_other_cross", "fixed_term_national_tenure_track",
        "fixed_term_other_tenure_track", "public_institute", "firm", "research_support", "abroad",
        "abroad_stay", "left_research", "retired", "dead",
    }  # fmt: skip
    assert set(baseline.stage.values) == wanted


def test_every_variable_has_units_and_a_long_name(baseline: xr.Dataset) -> None:
    for name, variable in baseline.data_vars.items():
        assert variable.attrs["units"], name
        assert variable.attrs["long_name"], name
    for name in ("run_id", "scope"):
        assert baseline.attrs[name]


def test_every_flow_names_its_source_and_target(baseline: xr.Dataset) -> None:
    places = {*baseline.stage.values, "outside"}
    assert set(baseline.rule_source.values) <= places
    assert set(baseline.rule_target.values) <= places
    assert set(baseline.rule_when.values) == {"year", "april"}
    assert set(baseline.rule_family.values) == {rule.name for rule in JAPAN.rules}
    assert len(set(baseline.rule.values)) == baseline.sizes["rule"]
    name = "permanent_posts_national__seeking_postdoc"
    pair = baseline.flow.sel(rule=name)
    assert pair.rule_source == "seeking_postdoc"
    assert pair.rule_target == "permanent_national"
    outside = baseline.flow.sel(rule="permanent_posts_national__outside")
    assert outside.rule_source == "outside"
    several = "complete_with_degree__doctoral_working_unsupported__outside"
    assert several in baseline.rule.values


def test_unknown_edges_are_nan_and_nothing_else_is(baseline: xr.Dataset) -> None:
    april = baseline.rule_when == "april"
    flow = baseline.flow.sum(("age", "sex", "field"), skipna=False)
    assert flow.sel(year=2023, rule=april).isnull().all()
    assert flow.sel(year=2050, rule=~april).isnull().all()
    assert flow.sel(year=slice(2024, 2049)).notnull().all()
    assert flow.sel(year=2023, rule=~april).notnull().all()
    assert flow.sel(year=2050, rule=april).notnull().all()
    assert baseline.vacancy.sel(time=2023).isnull().all()
    assert baseline.stock.notnull().all()
    by_field = baseline.vacancy.sel(market="permanent_posts_national", time=2030)
    assert by_field.isnull().values.tolist() == [False] * 6 + [True]
    pooled = baseline.vacancy.sel(market="dc_fellowships", time=2030)
    assert pooled.isnull().values.tolist() == [True] * 6 + [False]


def test_the_ledger_balances_from_the_labels_alone(baseline: xr.Dataset) -> None:
    """stock(t+1) − stock(t) = Σ flow(t, year) + Σ flow(t+1, april), by stage."""
    moved = baseline.flow.sum(("age", "sex", "field"), skipna=False)
    stock = baseline.stock.sum(("age", "sex", "field"))
    of_year = moved.where(baseline.rule_when == "year", 0.0)
    of_april = moved.where(baseline.rule_when == "april", 0.0)
    for stage in baseline.stage.values:
        sign = (baseline.rule_target == stage).astype(float) - (
            baseline.rule_source == stage
        ).astype(float)
        change = (of_year.isel(year=slice(None, -1)) * sign).sum("rule").values + (
            of_april.isel(year=slice(1, None)) * sign
        ).sum("rule").values
        gap = np.diff(stock.sel(stage=stage).values) - change
        assert np.abs(gap).max() <= 1e-9 * max(1.0, float(stock.sel(stage=stage).max())), stage


def test_a_lost_person_is_noticed() -> None:
    run = prepare(compose(["years.last=2025"])).run()
    run.stock[0, 1, 3, 20, 0, 0] += 0.01
    with pytest.raises(LedgerError, match="does not balance from 2023"):
        check_ledger(run)


def test_no_stock_is_negative(baseline: xr.Dataset) -> None:
    assert float(baseline.stock.min()) >= 0


def test_every_rule_fires_but_those_a_lever_sets_going(baseline: xr.Dataset) -> None:
    def idle(ds: xr.Dataset) -> list[str]:
        moved = ds.flow.groupby("rule_family").sum().sum(("year", "age", "sex", "field"))
        return [str(name) for name in moved.rule_family.values if not moved.sel(rule_family=name)]

    of_levers = [
        "end_stay_abroad", "receive_from_abroad", "reemploy", "soft_money_lapses", "stays_abroad",
    ]  # fmt: skip
    assert idle(baseline) == of_levers
    words = (
        "scenario=mobility",
        "policy.soft_money_permanent_posts_persons=500",
        "policy.reemployment_share=0.3",
    )
    assert idle(stsim.simulate("engine=stocks", "years.last=2032", *words)) == []


def test_only_students_at_work_can_not_be_fellows(baseline: xr.Dataset) -> None:
    """And nobody more than today is sent abroad."""
    people = baseline.stock.sel(time=2030).sum(("age", "sex", "field"))
    empty = [str(s) for s in people.stage.values if not people.sel(stage=s) > 0]
    # DC is closed to those in employment
    assert empty == ["doctoral_working_fellow", "abroad_stay"]


def test_simulating_twice_gives_the_same_bytes(baseline: xr.Dataset) -> None:
    again = stsim.simulate("engine=stocks")
    for name in baseline.data_vars:
        assert baseline[name].values.tobytes() == again[name].values.tobytes(), name


def test_a_prepared_run_does_not_remember_the_run_before() -> None:
    prepared = prepare(compose(["scenario=expand_dc", "years.last=2032"]))
    first, second = prepared.run(), prepared.run()
    assert first.stock.tobytes() == second.stock.tobytes()
    assert first.flow.tobytes() == second.flow.tobytes()


@pytest.mark.parametrize("posts", ["damped_trend", "openings"])
def test_the_other_futures_of_posts_differ_after_the_last_chart_only(
    baseline: xr.Dataset, posts: str
) -> None:
    other = stsim.simulate("engine=stocks", f"posts={posts}")
    faculty = [s for s in baseline.stage.values if s.startswith(("permanent_", "fixed_term_"))]
    total = {
        name: ds.stock.sel(stage=faculty).sum(("stage", "age", "sex", "field"))
        for name, ds in {"flat": baseline, posts: other}.items()
    }
    assert float(total[posts].sel(time=2023)) == float(total["flat"].sel(time=2023))
    assert abs(float(total[posts].sel(time=2035) / total["flat"].sel(time=2035)) - 1) > 1e-3


#: Pairs that carry nobody: DC is closed to those in employment, and nobody on tenure track is 65.
IDLE = ("__doctoral_working_fellow", "retire__fixed_term_national_tenure_track",
        "retire__fixed_term_other_tenure_track")  # fmt: skip


def test_every_pair_carries_people_in_some_run() -> None:
    runs = (
        [], ["scenario=tenure_track"], ["scenario=mobility"], ["scenario=soft_money"],
        ["policy.reemployment_share=0.3"],
        ["posts=openings"], ["years.first=2007", "years.last=2024"],
    )  # fmt: skip
    carried: set[str] = set()
    names: list[str] = []
    for words in runs:
        run = prepare(compose(words)).run()
        moved = np.nansum(run.flow[0], axis=(0, 2, 3, 4))
        names = [rule.pair_name(source, target) for rule, source, target in run.rulebook.pairs]
        carried |= {name for name, persons in zip(names, moved, strict=True) if persons > 0}
    assert [n for n in names if n not in carried and not any(part in n for part in IDLE)] == []


def test_whoever_may_be_hired_has_a_chance_somewhere() -> None:
    prepared = prepare(compose(["years.last=2025"]))
    table = prepared.rates.between(2024, prepared.run().last_count)
    hopeless = [
        (market.name, candidate.source)
        for season in table.seasons
        for market in season.markets
        for candidate in market.candidates
        if not (candidate.amount > 0).any()
    ]
    assert hopeless == []
