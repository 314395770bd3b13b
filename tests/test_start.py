"""The start populations sum to what was counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import given, observed, simulation
from stsim.compose import compose
from stsim.observed import DataError, Record
from stsim.quantities import Timeline
from stsim.simulation import prepare
from stsim.smooth import SmoothError, root, smoothest, with_mean


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


def test_the_smoothest_profile_of_one_band_has_its_persons_and_no_one_below_zero() -> None:
    ages, shape = range(25, 35), np.ones(10)
    found = smoothest(ages, {"a": shape}, {("a", 25, 29): 50.0, ("a", 30, 34): 500.0})["a"]
    assert found[:5].sum() == pytest.approx(50)
    assert found[5:].sum() == pytest.approx(500)
    assert (found >= 0).all()
    assert (np.diff(found) > -1e-9).all()


@pytest.mark.parametrize(
    ("totals", "said"),
    [
        ({("a", 25, 29): 0.0}, "a aged 25 to 29: 0 persons"),
        ({("", 25, 34): -3.0}, "everybody aged 25 to 34: -3 persons"),
        # more in a part than in the whole
        ({("a", 25, 34): 100.0, ("a", 25, 29): 200.0}, "no age profile without negative persons"),
        # people of an age that the group has not
        ({("a", 25, 34): 100.0, ("a", 50, 54): 10.0}, "no age profile without negative persons"),
    ],
)
def test_bands_that_no_profile_meets_are_refused(
    totals: dict[tuple[str, int, int], float], said: str
) -> None:
    with pytest.raises(SmoothError, match=said):
        smoothest(range(25, 35), {"a": np.ones(10)}, totals)


def test_what_is_never_zero_has_no_root() -> None:
    assert root(lambda x: x - 2, 5.0, "nothing") == pytest.approx(2)
    with pytest.raises(SmoothError, match="no profile has the mean of 99 years asked for"):
        root(lambda x: x**2 + 1, 5.0, "mean of 99 years")


# --- a record that cannot be ----------------------------------------------------------------------


def assuming(name: str, year: int, value: float) -> Record:
    """The record with another assumption."""
    record = observed.record()
    known = record.assumption(name, year)
    return replace(
        record, _assumptions=record._assumptions | {(name, year): known._replace(value=value)}
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("female_odds_per_decade_of_age", 0.0, "2007: 0 is not above 0"),
        ("female_odds_per_decade_of_age", 100.0, "more women than people at some age"),
        ("fixed_term_national_tenure_track", 1e6, "2007: 1e\\+06 is more than the .* fixed-term"),
    ],
)
def test_a_start_that_cannot_be_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: float, said: str
) -> None:
    other = assuming(name, 2007, value)
    monkeypatch.setattr(observed, "record", lambda: other)
    monkeypatch.setattr(simulation, "_starts", {})
    with pytest.raises(DataError, match=said) as caught:
        prepare(compose(["years.first=2007"]))
    assert "\n" not in str(caught.value)


def test_people_hired_from_where_nobody_is_are_named() -> None:
    with pytest.raises(DataError, match=r"hired into .* from doctoral, where nobody is"):
        given.ledger_shares(assuming("seekers_in_base_year", 2023, 0.0))


def test_more_national_faculty_than_faculty_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Timeline.of({2007: 1000.0, 2023: 1000.0}, "linear")
    monkeypatch.setattr(given, "faculty_totals", lambda record: few)
    with pytest.raises(DataError, match=r"outside national universities would be -\S+ in 2007"):
        given.seats_observed(observed.record(), False)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_shares_of_fields_that_are_none_are_named(value: float) -> None:
    shares = dict.fromkeys(given.FIELDS, 0.0) | {"science": value}
    with pytest.raises(DataError, match="no shares by field can be made"):
        given.by_field(shares)
    shares |= {"science": 3.0, "health": 1.0}
    assert given.by_field(shares).ravel().max() == 0.75
