"""What a policy is: a value by year over the law; it never rewrites history."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import levers
from stsim.compose import compose
from stsim.given import TODAY
from stsim.measures import INDICATORS
from stsim.quantities import Overlay, Timeline


def same(a: xr.Dataset, b: xr.Dataset, **years: slice) -> bool:
    """Whether stocks and flows are equal, bit for bit."""
    pairs = [(a.stock, b.stock, "time"), (a.flow, b.flow, "year")]
    return all(
        x.sel({dim: years["years"]} if years else {}).values.tobytes()
        == y.sel({dim: years["years"]} if years else {}).values.tobytes()
        for x, y, dim in pairs
    )


def test_a_timeline_holds_or_runs_between_its_years() -> None:
    values = {2000: 1.0, 2010: 3.0}
    assert [Timeline.of(values).at(y) for y in (2000, 2009, 2010, 2050)] == [1, 1, 3, 3]
    line = Timeline.of(values, "linear")
    assert [line.at(y) for y in (2000, 2005, 2010, 2050)] == [1, 2, 3, 3]
    with pytest.raises(ValueError, match="the first year known is 2000"):
        line.at(1999)


LAW = Timeline.of({2000: 100.0, 2030: 200.0})


@pytest.mark.parametrize(
    ("target", "start", "ramp", "expected"),
    [
        (300.0, 2027, 0, {2026: 100, 2027: 300, 2040: 300}),
        (300.0, 2027, 4, {2027: 100, 2028: 150, 2029: 200, 2031: 300, 2040: 300}),
        ({2025: 150.0, 2032: 50.0}, 2027, 0, {2026: 100, 2027: 150, 2031: 150, 2032: 50}),
        ({2032: 50.0}, 2027, 0, {2027: 100, 2030: 200, 2031: 200, 2032: 50}),
        (300.0, 2060, 0, {2027: 100, 2050: 200}),
    ],
)
def test_an_overlay_follows_the_contract(
    target: float | dict[int, float], start: int, ramp: int, expected: dict[int, float]
) -> None:
    laid = Overlay(LAW, Timeline.of(target) if isinstance(target, dict) else target, start, ramp)
    assert {year: laid.at(year) for year in expected} == expected


SHORT = ("engine=stocks", "years.last=2036")


@pytest.fixture(scope="module")
def short() -> xr.Dataset:
    return stsim.simulate(*SHORT)


@pytest.fixture(scope="module")
def measured(short: xr.Dataset) -> xr.Dataset:
    return stsim.indicators(short)


#: Until five years after policies start.
FIVE_YEARS = ("engine=stocks", "years.last=2032")


@pytest.fixture(scope="module")
def five_years() -> xr.Dataset:
    return stsim.simulate(*FIVE_YEARS)


@pytest.mark.parametrize("name", levers.NAMES)
def test_a_lever_at_todays_value_changes_nothing(five_years: xr.Dataset, name: str) -> None:
    today = compose([]).law[name].timeline.at(TODAY)
    assert same(five_years, stsim.simulate(*FIVE_YEARS, f"policy.{name}={today!r}"))


#: What these do is not known, so that in the middle of its range they cost money and move nobody.
NO_EFFECT_KNOWN = (
    "school_programme_schools",
    "young_grant_success_share",
    "independence_grants_persons_per_year",
)


@pytest.mark.parametrize("name", levers.NAMES)
def test_every_lever_matters_and_changes_nothing_before_its_year(
    short: xr.Dataset, measured: xr.Dataset, name: str
) -> None:
    lever = levers.about(name)
    today = compose([]).law[name].timeline.at(TODAY)
    other = today * 1.1 if lever.low <= today * 1.1 <= lever.high and today else lever.high / 10
    if name == "cross_appointment_time_share":  # frees nothing unless pay is used again
        law = stsim.simulate(*SHORT, "policy.cross_appointment_pay_reuse_share={2027: 1}")
        also = [
            "policy.cross_appointment_pay_reuse_share={2027: 1}",
            f"policy.{name}={{2030: {other}}}",
        ]
    else:
        law = short
        also = [f"policy.{name}={{2030: {other!r}}}"]
    ds = stsim.simulate(*SHORT, *also)
    assert same(law, ds, years=slice(None, 2028))
    assert law.stock.sel(time=2029).values.tobytes() == ds.stock.sel(time=2029).values.tobytes()
    measures = stsim.indicators(ds)
    before = measured if law is short else stsim.indicators(law)
    moved = [
        i.name for i in INDICATORS
        if not np.array_equal(measures[i.name].values, before[i.name].values, equal_nan=True)
    ]  # fmt: skip
    assert moved
    if name not in NO_EFFECT_KNOWN:
        assert not same(law, ds)


def test_a_policy_after_the_last_year_never_acts(baseline: xr.Dataset) -> None:
    assert same(
        baseline,
        stsim.simulate("engine=stocks", "policy.dc_fellows_persons=9000", "policy_start=2060"),
    )


def test_more_fellowships_fill_at_once_and_raise_entry_by_little(
    baseline: xr.Dataset, expand_dc: xr.Dataset
) -> None:
    """By hand: 4,200 more places less 22 % crowd-out, elasticity 0.12, 8,400 fellows in post.

    A fifth of DC and 39 % of the other 11,800 places are open to students from abroad. Working
    adults cannot hold DC: they enter as before, but for prospects, which hardly move.
    """
    fellows = expand_dc.stock.sel(
        time=2030, stage=["doctoral_own_fellow", "doctoral_international_fellow"]
    ).sum()
    assert float(fellows) == pytest.approx(8400)
    by_hand = {
        "enter_from_masters": 0.12 * np.log1p(0.78 * 0.8 * 4200 / (0.8 * 4200 + 0.61 * 11_800)),
        "enter_as_working_adult": 0.0,
        "enter_from_abroad": 0.12 * np.log1p(0.78 * 0.2 * 4200 / (0.2 * 4200 + 0.39 * 11_800)),
    }
    for family, expected in by_hand.items():
        entered = [
            float(ds.flow.sel(year=2030)[(ds.rule_family == family).values].sum())
            for ds in (expand_dc, baseline)
        ]
        assert np.log(entered[0] / entered[1]) == pytest.approx(expected, rel=0.1, abs=2e-3), family


def test_permanent_staff_beyond_the_seats_cost_what_a_post_costs(baseline: xr.Dataset) -> None:
    """Tenure for everybody on tenure track for all: some 20,000 more faculty than seats in 2050."""
    ds = stsim.simulate("engine=stocks", "policy.tenure_track_share=1")
    more = stsim.indicators(ds) - stsim.indicators(baseline)
    people = float(more.faculty_persons.sel(time=2050))
    assert people > 10_000
    assert float(more.annual_cost_yen.sel(year=2050)) == pytest.approx(people * 8.6e6, rel=1e-4)
    assert float(more.annual_cost_yen.sel(year=2027)) == pytest.approx(0.0, abs=1.0)


def test_funded_permanent_posts_add_seats_less_displacement(baseline: xr.Dataset) -> None:
    """2,000 posts at 0.7 net: 1,400 more permanent people in post, fewer fixed-term nowhere."""
    ds = stsim.simulate("engine=stocks", "scenario=permanent_posts")
    more = (ds.stock - baseline.stock).sum(("age", "sex", "field"))
    permanent = ["permanent_national", "permanent_national_cross"]
    assert float(more.sel(time=2035, stage=permanent).sum()) == pytest.approx(1400, rel=1e-4)
    fixed_term = ["fixed_term_national", "fixed_term_national_tenure_track"]
    assert float(more.sel(time=2035, stage=fixed_term).sum()) == pytest.approx(0, abs=1)
    cost = (stsim.indicators(ds) - stsim.indicators(baseline)).annual_cost_yen
    assert float(cost.sel(year=2035)) == pytest.approx(2000 * 8.6e6)


@pytest.mark.parametrize(
    ("stay_on", "in_the_first_years", "in_the_end"),
    [(1.0, (-0.5, -0.4), (-0.12, -0.09)), (0.5, (-0.25, -0.15), (-0.07, -0.02))],
)
def test_five_more_years_to_retirement_cut_hires_most_in_the_first_years(
    stay_on: float, in_the_first_years: tuple[float, float], in_the_end: tuple[float, float]
) -> None:
    """A renewal calculation gives 9 to 12 % at full compliance, 2 to 7 % at 50 to 80 %."""
    words = ("engine=stocks", "years.last=2065", f"params.stay_on_share={stay_on}")
    law, later = (
        stsim.indicators(stsim.simulate(*words, *more)).permanent_hires_persons
        for more in ((), ("policy.retirement_age_years=70",))
    )
    cut = later / law - 1
    for years, (low, high) in (
        (slice(2028, 2032), in_the_first_years),
        (slice(2055, 2064), in_the_end),
    ):
        assert low < float(cut.sel(year=years).mean()) < high, years
