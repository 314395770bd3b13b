"""The start populations sum to what was counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import observed, population, simulation
from stsim.compose import compose
from stsim.given import Given
from stsim.simulation import prepare
from stsim.smooth import SmoothError, with_mean


def total(ds: xr.Dataset, time: int, *starts: str, **ages: slice) -> float:
    stages = [s for s in ds.stage.values if s.startswith(starts)]
    return float(ds.stock.sel(time=time, stage=stages, **ages).sum())


@pytest.mark.parametrize(
    ("stage", "persons"),
    [
        ("doctoral", 75_267), ("permanent_national", 39_847), ("fixed_term_national", 24_434),
        ("permanent_other", 92_045), ("fixed_term_other", 36_700), ("postdoc", 11_415),
        ("public_institute", 13_900), ("firm", 22_565),
    ],
)  # fmt: skip
def test_2023_is_the_ledger(baseline: xr.Dataset, stage: str, persons: float) -> None:
    assert total(baseline, 2023, stage) == pytest.approx(persons, rel=1e-9)


@pytest.mark.parametrize("first", [2007, 2023])
def test_the_four_cells_of_the_national_chart_are_exact(first: int) -> None:
    ds = stsim.simulate(
        "engine=stocks", f"years.first={first}", f"years.last={first + 1}", "policy_start=2027"
    )
    for contract in ("permanent", "fixed_term"):
        for age, ages in (("<40", slice(18, 39)), (">=40", slice(40, 80))):
            counted = observed.record().series(
                "national_university_faculty", age=age, status=contract
            )[first]
            assert total(ds, first, f"{contract}_national", age=ages) == pytest.approx(counted)


def test_2007_has_the_counted_students_and_faculty() -> None:
    ds = stsim.simulate("engine=stocks", "years.first=2007", "years.last=2008")
    assert total(ds, 2007, "doctoral") == pytest.approx(74_811)
    faculty = total(ds, 2007, "permanent", "fixed_term")
    assert faculty == pytest.approx(167_673, rel=1e-6)
    young = total(ds, 2007, "permanent", "fixed_term", age=slice(25, 39))
    assert young / faculty == pytest.approx(0.271, abs=5e-4)


def test_every_number_of_the_start_says_where_it_comes_from() -> None:
    for first in (2007, 2023):
        items = prepare(compose([f"years.first={first}"])).start.items
        assert len(items) > 30
        for item in items:
            assert item.source, item.name
            assert item.kind in ("observed", "derived", "assumption")
            if item.kind == "assumption" and item.low is not None:
                assert item.low <= item.value <= item.high


def test_the_start_is_smooth_across_ages(baseline: xr.Dataset) -> None:
    """No step at the edge of a band: neighbours differ by less than a sixth around 40, 50, 60."""
    people = baseline.stock.sel(time=2023, stage="permanent_other").sum(("sex", "field"))
    for age in (39, 40, 49, 50, 59, 60):
        assert float(people.sel(age=age + 1) / people.sel(age=age)) == pytest.approx(1, abs=1 / 6)


IMPOSSIBLE = {
    "female_odds_per_decade_of_age": (-0.5, "2007: -0.5 is not above 0"),
    "female_share_national": (0.99, "more women than people at some age"),
    "fixed_term_national_tenure_track": (
        1e6,
        r"1e\+06 is more than the .* fixed-term faculty young",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_assumption_that_no_start_can_meet_is_named(name: str) -> None:
    value, said = IMPOSSIBLE[name]
    record, config = observed.record(), compose(["years.first=2007"])
    known = {(one.name, one.year): one for one in record.assumptions()}
    known[name, 2007] = known[name, 2007]._replace(value=value)
    odd = replace(record, _assumptions=known)
    law, params = simulation._law(config), config.params.arrays()
    growth = config.lever("firm_openings_growth_per_year").at
    schools = config.lever("school_programme_schools").at
    given = Given(record, law, growth, schools, config.posts, scope_adjusted=True)
    enrolled = simulation._enrolled(config, given, 2007)
    with pytest.raises(observed.DataError, match=said):
        population.start(2007, odd, given, params, law, None, enrolled)


@pytest.mark.parametrize("first", [2007, 2023])
def test_every_listed_mean_is_the_mean_of_the_people(first: int) -> None:
    prepared = prepare(compose([f"years.first={first}"]))
    listed = {item.name: item.value for item in prepared.start.items}
    stock = prepared.start.stock
    ages, clock = np.arange(18.0, 81.0), np.arange(12.0)
    stages = {
        "postdoc_project": "postdoc_age_mean",
        "postdoc_fellow": "postdoc_fellow_age_mean",
        "seeking_doctorate": "seeker_age_mean",
        "seeking_fixed_term": "seeker_age_mean",
        "abroad": "abroad_age_mean",
        "firm": "firm_age_mean",
        "public_institute": "public_institute_age_mean",
    }
    for stage, name in stages.items():
        people = stock[stage].sum(axis=(0, 1, 3, 4))
        assert people @ ages / people.sum() == pytest.approx(listed[name], abs=1e-6), stage
    for stage in ("fixed_term_national", "fixed_term_other"):
        people = sum(
            stock[name].sum(axis=(0, 2, 3, 4)) for name in (stage, f"{stage}_tenure_track")
        )
        mean = listed[f"{stage}_tenure_years_mean"]
        assert people @ clock / people.sum() == pytest.approx(mean, abs=1e-6), stage


def test_a_mean_no_age_can_have_is_refused() -> None:
    with pytest.raises(SmoothError, match="on 25 to 59 have mean 60"):
        with_mean(np.ones(35), np.arange(25.0, 60.0), 60.0)
