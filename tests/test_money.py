"""What policies cost, by hand arithmetic; budgets, and what cannot be spent."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import costs, levers, measures, money, targets
from stsim.budget import amount, scaled
from stsim.cli import main
from stsim.compose import compose
from stsim.config import BUDGET, Config, ConfigError
from stsim.effects.side_by_side import Effects
from stsim.simulation import fitted


@pytest.fixture(scope="module")
def both() -> xr.Dataset:
    """More DC fellowships and permanent posts, some of them on soft money."""
    return stsim.simulate(
        "engine=stocks", "scenario=fellowships_and_posts", "years.last=2036",
        "policy.soft_money_permanent_posts_persons=100",
    )  # fmt: skip


def test_the_bill_is_what_hand_arithmetic_says(baseline: xr.Dataset, both: xr.Dataset) -> None:
    """2035: 4,200 more DC fellows for three years each, 2,000 posts to 65, 100 until they lapse."""
    parts = costs.beyond(costs.costs(baseline), costs.costs(both), 2035)
    found = {part.name: part for part in parts}
    assert [*found] == [
        "dc_fellows_persons",
        "permanent_posts_national_persons",
        "soft_money_permanent_posts_persons",
    ]
    dc, posts, soft = found.values()
    assert dc.annual == pytest.approx(4200 * 2.476e6)
    assert dc.committed == pytest.approx(3 * 4200 * 2.476e6)
    entry_age = float(measures.permanent_entry_mean_age_years(both).sel(year=2035))
    assert posts.annual == pytest.approx(2000 * 8.6e6)
    assert posts.committed == pytest.approx(2000 * 8.6e6 * (65 - entry_age))
    assert 20 < 65 - entry_age < 30
    assert soft.committed == pytest.approx(14 * 100 * 8.6e6)
    assert [part.payer for part in found.values()] == ["state", "state", "university"]
    payers = costs.of_payers(found.values())
    assert payers["state"][0] == pytest.approx(dc.annual + posts.annual)
    assert payers["university"][1] == pytest.approx(soft.committed)


def test_totals_are_the_sums_of_their_parts_in_every_year(both: xr.Dataset) -> None:
    for parts, whole in (
        (money.annual_parts(both), measures.annual_cost_yen(both)),
        (measures.committed_parts(both), measures.committed_cost_yen(both)),
    ):
        by_payer = money.by_payer(parts)
        assert set(by_payer) == {"state", "university"}
        np.testing.assert_allclose(sum(p.values for p in parts.values()), whole, rtol=1e-12)
        np.testing.assert_allclose(sum(p.values for p in by_payer.values()), whole, rtol=1e-12)
        assert bool(whole.notnull().all())


def test_a_risen_stipend_is_paid_to_every_fellow_and_is_a_part_of_its_own() -> None:
    units = {name: plain().law[name].timeline.at(2026) for name in levers.NAMES}
    before = money.priced(units)
    units |= {"dc_stipend_yen_per_year": 2_760_000.0, "dc_fellows_persons": 5000.0}
    after = money.priced(units)
    assert after["dc_stipend_yen_per_year"] == pytest.approx(5000 * 360_000)
    assert after["dc_fellows_persons"] - before["dc_fellows_persons"] == pytest.approx(
        800 * 2.476e6
    )
    assert money.payer("dc_stipend_yen_per_year") == "state"


def test_every_lever_says_what_its_effect_rests_on_and_what_a_unit_commits() -> None:
    for name in levers.NAMES:
        lever = levers.about(name)
        assert lever.evidence in levers.EVIDENCE, name
        assert lever.evidence_note, name
        assert lever.committed_years >= 1, name
    params = fitted()
    years = {name: levers.about(f"{name}_persons").committed_years for name in (
        "soft_money_permanent_posts", "fixed_term_posts_national", "cross_appointments",
    )}  # fmt: skip
    assert [*years.values()] == [
        round(1 / params.soft_money_lapse_share), params.contract_years,
        params.cross_appointment_years,
    ]  # fmt: skip


@cache
def plain(*words: str) -> Config:
    """A Config without a budget, composed once."""
    return compose(words)


def spent_on(*words: str, budget: float) -> Config:
    """The same at a budget."""
    policy = scaled(plain(*words), budget)
    return plain(*words).model_copy(update={"policy": policy})


def cost_beyond_the_law(config: Config, year: int) -> float:
    now = money.priced({name: config.lever(name).at(year) for name in levers.NAMES})
    law = money.priced({name: config.law[name].timeline.at(year) for name in levers.NAMES})
    return sum(now.values()) - sum(law.values())


@pytest.mark.parametrize(
    ("words", "budget"),
    [
        (["scenario=expand_dc"], 10e9),
        (["scenario=expand_dc", "policy.dc_stipend_yen_per_year=3000000"], 10e9),
        (["scenario=fellowships_and_posts", "ramp_years=3"], 40e9),
        (["scenario=schools"], 1e9),
        (["scenario=do_less"], -10e9),
    ],
)
def test_a_budget_is_spent_in_the_dearest_year_and_never_more(
    words: list[str], budget: float
) -> None:
    config = spent_on(*words, budget=budget)
    spent = [cost_beyond_the_law(config, year) for year in range(2027, 2051)]
    assert max(spent, key=abs) == pytest.approx(budget, rel=1e-9)
    factors = [
        (config.lever(name).at(year) - config.law[name].timeline.at(year))
        / (plain(*words).lever(name).at(year) - config.law[name].timeline.at(year))
        for name in config.policy
        for year in (2029, 2032, 2050)
    ]
    assert factors == pytest.approx([factors[0]] * len(factors))


def test_a_budget_on_the_command_line_is_that_of_the_config() -> None:
    config = compose(["scenario=expand_dc", f"policy.{BUDGET}=10e9"])
    assert config.budget_yen_per_year == 10e9
    assert config.policy == spent_on("scenario=expand_dc", budget=10e9).policy


def test_levers_without_a_price_stay_as_the_scenario_has_them() -> None:
    config = spent_on("scenario=cross_appointment", budget=1e9)
    assert config.policy["cross_appointment_pay_reuse_share"] == {2027: 1.0}
    assert config.lever("cross_appointments_persons").at(2035) == pytest.approx(426 + 1000)


@pytest.mark.parametrize(
    ("words", "budget", "said"),
    [
        ([], 1e9, "the law as it stands sets no lever with a price"),
        (["scenario=women"], 1e9, "scenario women sets no lever with a price"),
        (["scenario=do_less"], 1e9, "saves up to 21,207,840,000 yen a year.*budget below 0"),
        (["scenario=expand_dc"], -1e9, "costs up to .* give a budget above 0"),
        (["scenario=expand_dc"], 1e12, "no more than 138,160,800,000, where dc_fellows_persons"),
        (["scenario=expand_dc", "policy_start=2060"], 1e9, "costs as much as the law"),
    ],
)
def test_a_budget_that_cannot_be_spent_is_one_clear_line(
    words: list[str], budget: float, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        scaled(plain(*words), budget)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("budget", "said"), [("0", "buys nothing"), ("much", "not a number"), ("true", "not a number")]
)
def test_a_budget_that_is_no_amount_is_refused(budget: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        amount({"0": 0, "much": "much", "true": True}[budget])


def test_the_main_job_prints_and_writes_the_bill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["scenario=expand_dc", f"policy.{BUDGET}=10e9", "engine=stocks", "band=false"]
    assert main([*words, "years.last=2036", f"results_dir={tmp_path}"]) == 0
    out = capsys.readouterr().out
    assert "10.0 bn / 30.0 bn; state 10.0 bn / 30.0 bn; dc_fellows_persons" in " ".join(out.split())
    folder = Path(out.splitlines()[-1])
    rows = list(csv.DictReader(io.StringIO((folder / "costs.csv").read_text(encoding="utf-8-sig"))))
    by_scenario = {
        name: sum(float(r["annual_cost_yen"]) for r in rows if (r["scenario"], r["year"]) == name)
        for name in (("baseline", "2035"), ("expand_dc", "2035"))
    }
    before, after = by_scenario.values()
    assert after - before == pytest.approx(10e9)


# --- targets, and what one more of each costs ---------------------------------------------------


def by_year(values: list[list[float]] | list[float]) -> xr.DataArray:
    dims = ("draw", "year") if isinstance(values[0], list) else ("year",)
    return xr.DataArray(values, {"year": [2029, 2030, 2031, 2032]}, dims)


def test_a_target_says_when_it_is_met_and_in_how_many_draws() -> None:
    last_unknown = by_year([17e3, 19e3, 20e3, np.nan])
    draws = by_year([[1e4] * 4, [1e4, 21e3, 1e4, 1e4], [1e4, 1e4, 2e4, np.nan], [21e3] * 4])
    (found,) = targets.reached("doctoral_entrants_persons", last_unknown, draws)
    assert (found.target.value, found.target.year, found.met) == (20_000, 2030, False)
    assert (found.first, found.last) == (2031, 2031)
    assert (found.draws_in_year, found.draws_ever, found.draws) == (2, 3, 4)
    (later,) = targets.reached("doctorates_per_million", last_unknown.where(False, 200.0))
    assert (later.met, later.first, later.draws) == (None, None, 0)
    assert targets.reached("postdocs_persons", last_unknown) == []


def test_what_one_more_costs_is_told_only_of_effects_that_leave_out_zero(
    baseline: xr.Dataset, expand_dc: xr.Dataset
) -> None:
    entrants = np.array([100.0, 200.0, 300.0, 400.0, 500.0])
    ds = xr.Dataset({"doctoral_entrants_persons": ("year", [0.0])}, {"year": [2035]})
    more = ds.assign(doctoral_entrants_persons=(("draw", "year"), entrants[:, None]))
    unsure = ds.assign(doctoral_entrants_persons=(("draw", "year"), entrants[:, None] - 250))
    bills = {"baseline": costs.costs(baseline)} | dict.fromkeys(
        ("more", "unsure"), costs.costs(expand_dc)
    )
    config = plain("scenario=expand_dc")
    found = Effects(
        dict.fromkeys(bills, config), {"baseline": ds, "more": more, "unsure": unsure}, bills
    )
    indicator = measures.about("doctoral_entrants_persons")
    each = found.per_unit("more", indicator, 2035, 0.9)
    annual = 4200 * 2.476e6
    assert each is not None
    assert (each.low, each.middle, each.high) == pytest.approx(
        (annual / 500, annual / 300, annual / 100)
    )
    assert found.per_unit("unsure", indicator, 2035, 0.9) is None
    assert found.per_unit("baseline", indicator, 2035, 0.9) is None


@pytest.mark.slow
def test_scenarios_at_the_same_money_stand_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["-m", "job=compare", "scenario=expand_dc,permanent_posts", f"policy.{BUDGET}=10e9"]
    assert main([*words, "draws=8", "years.last=2036", f"results_dir={tmp_path}"]) == 0
    out = capsys.readouterr().out
    assert out.count("+10.0 bn") == 2
    file = Path(out.splitlines()[-1]) / "comparison.csv"
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert {row["policy"] for row in rows} == {"expand_dc", "permanent_posts"}
    assert all(float(row["annual_cost_yen"]) == pytest.approx(10e9) for row in rows)


def test_comparing_one_scenario_says_how_to_name_several(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["job=compare", "scenario=expand_dc"]) == 1
    assert "-m job=compare scenario=a,b" in capsys.readouterr().err
