"""Results known from the literature, and the pages on effects, engines and known results."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import levers, paths
from stsim.attribution import HEADLINE
from stsim.compose import compose, scenarios
from stsim.effects import certificate, known, page
from stsim.effects.__main__ import main
from stsim.effects.certificate import REPLICATES, YEARS, Gap, limit
from stsim.effects.side_by_side import Spread


@pytest.fixture(scope="module")
def doctorates() -> xr.Dataset:
    """30 % more master's graduates from 2027 on."""
    return stsim.simulate("engine=stocks", known.MORE_DOCTORATES)


def test_more_doctorates_lengthen_the_queue_and_do_not_enlarge_the_permanent_stock(
    baseline: xr.Dataset, doctorates: xr.Dataset
) -> None:
    law, more = stsim.indicators(baseline), stsim.indicators(doctorates)

    def change(name: str, year: int) -> float:
        values = more[name] - law[name]
        return float(values.sel({values.dims[-1]: year}))

    assert change("doctorates_awarded_persons", 2040) > 1000
    assert change("seeking_persons", 2040) > 0.1 * float(law.seeking_persons.sel(time=2040))
    assert change("postdocs_persons", 2040) == pytest.approx(0, abs=1)
    permanent = [s for s in law_stages(baseline) if s.startswith("permanent_")]
    for year in range(2027, 2051):
        people = [
            float(ds.stock.sel(time=year, stage=permanent).sum()) for ds in (baseline, doctorates)
        ]
        assert people[1] == pytest.approx(people[0], rel=1e-5)
    hires = [found.permanent_hires_persons.sel(year=slice(2027, 2049)) for found in (law, more)]
    assert float(abs(hires[1] / hires[0] - 1).max()) < 0.01


def law_stages(ds: xr.Dataset) -> list[str]:
    return [str(name) for name in ds.stage.values]


def test_entrants_who_react_strongly_to_todays_market_come_in_waves() -> None:
    """Elasticity 2 and weight 1: crests some twenty years apart for generations."""
    strong, half, weak = known.waves(2.0, 1.0), known.waves(2.0, 0.5), known.waves(0.2, 1.0)
    assert 15 < known.period(strong) < 25
    first, last = known.swing(strong)
    assert first > 0.05
    assert 0.005 < last < first
    assert known.swing(half)[0] < first / 2
    assert known.swing(weak)[0] < 0.01
    assert np.diff(weak[1:]).min() > -0.05  # no wave: back to the steady state from below
    # a market that begins steady stays so
    np.testing.assert_allclose(strong[-1], 100, rtol=0.05)


def test_ten_billion_yen_buy_what_is_known() -> None:
    places, funded = known.ten_billion()
    assert 3900 < places < 4100
    assert 1000 <= funded <= 1300


@pytest.mark.slow
def test_exits_set_long_run_hiring_and_later_retirement_cuts_it_by_a_tenth() -> None:
    every = ([], [known.MORE_DOCTORATES], [known.LATER, known.ALL_STAY], known.more_exits())
    runs = [known.run(*words) for words in every]
    law, more, later, exits = (found["permanent_hires_persons"] for found in runs)
    assert known.change(law, exits, *known.LONG_RUN) > 0.02
    assert abs(known.change(law, more, *known.LONG_RUN)) < 0.02
    first = known.change(law, later, 2028, 2032)
    long_run = known.change(law, later, *known.LONG_RUN)
    print(
        f"five years later: {first:+.1%} in the first five years, {long_run:+.1%} in the long run"
    )
    assert first < -0.3
    assert -0.2 < long_run < -0.02


# --- the pages ------------------------------------------------------------------------------------


def rows(name: str) -> list[str]:
    text = (paths.DOCS / name).read_text(encoding="utf-8")
    return re.findall(r"^\| `(\w+)`", text, flags=re.MULTILINE)


def test_the_page_of_effects_has_every_lever_and_scenario() -> None:
    found = rows("effects.md")
    assert set(levers.NAMES) <= set(found)
    assert set(scenarios()) - {"baseline"} <= set(found)
    assert set(page.STEPS) <= set(levers.NAMES)


def test_the_certificate_has_every_scenario_and_no_gap_beyond_the_limit() -> None:
    assert set(rows("certificate.md")) == set(scenarios())
    text = (paths.DOCS / "certificate.md").read_text(encoding="utf-8")
    assert "**No gap of" in text


def test_levers_without_a_step_of_their_own_move_by_a_tenth() -> None:
    assert page._tenth("dc_fellows_persons")[0] == pytest.approx(4620)
    assert page._tenth("sent_abroad_persons_per_year")[0] == pytest.approx(200)


def test_the_limit_is_that_of_the_largest_of_many() -> None:
    """A hundred comparisons at once: the largest |t| is beyond it once in a hundred times."""
    rng = np.random.default_rng(3)
    drawn = rng.standard_t(REPLICATES - 1, size=(5_000, 100))
    beyond = np.abs(drawn).max(axis=1) > limit(100)
    assert beyond.mean() == pytest.approx(0.01, abs=0.005)


def test_a_gap_beyond_the_limit_is_named_and_rounding_of_cost_is_allowed_for() -> None:
    shape = len(HEADLINE), len(YEARS)
    same = Gap("baseline", np.ones(shape), np.ones(shape), np.full(shape, 0.1))
    assert "**No gap of 24 is beyond" in certificate.text([same])
    off = np.ones(shape)
    off[2, 1] = 1.9
    assert "**1 of 24 gaps" in certificate.text([replace(same, mean=off)])
    assert f"Doctoral entrants in April, {YEARS[1]} (+9.0)" in certificate.text(
        [replace(same, mean=off)]
    )
    posts = np.ones(shape)
    posts[-1] = 1 + 12 * 8.6e6
    assert replace(same, mean=posts).z[-1].tolist() == [0.0, 0.0, 0.0]


def test_a_range_that_leaves_out_zero_is_clear() -> None:
    values = np.arange(1.0, 20.0)
    assert Spread.of(values, 0.9) == Spread(10.0, 1.0, 19.0)
    assert Spread.of(values, 0.9).is_clear
    assert not Spread.of(values - 5, 0.9).is_clear


def test_an_unknown_page_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["efects"]) == 1
    assert capsys.readouterr().err == (
        "stsim: no page 'efects' (there are: effects, certificate, known_results); "
        "did you mean 'effects'?\n"
    )


@pytest.mark.slow
def test_one_scenario_has_its_certificate() -> None:
    words = ["engine=individuals", f"years.last={YEARS[-1] + 1}", "band=false", "seed=7"]
    found = certificate.gap(compose([*words, "scenario=permanent_posts"]))
    print(found.z.round(1))
    assert np.abs(found.z).max() < limit(found.z.size)


def test_a_lever_that_is_back_by_the_year_of_the_table_shows_where_it_was() -> None:
    name = "firm_openings_growth_per_year"
    config = compose([f"policy.{name}={{2027: 0.074, 2034: 0.05}}"])
    assert page._units(config, name) == "0.05&nbsp;→&nbsp;0.074&nbsp;(2027)&nbsp;→&nbsp;0.05"
    config = compose([f"policy.{name}={{2027: 0.06, 2034: 0.07}}"])
    assert page._units(config, name) == "0.05&nbsp;→&nbsp;0.07"
