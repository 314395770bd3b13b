"""Each measure is the number that its words say, counted in another way: person by person.

The people and moves are made up (random whole numbers in the frame of a short run), so that no
group is empty and none equals another; they are counted from a list with a line for each cell, the
stages by their full names.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import stsim
from stsim import measures, observed

FIXED_NATIONAL = ("fixed_term_national", "fixed_term_national_tenure_track")
FIXED_OTHER = ("fixed_term_other", "fixed_term_other_tenure_track")
PERMANENT_NATIONAL = ("permanent_national", "permanent_national_cross")
PERMANENT_OTHER = ("permanent_other", "permanent_other_cross")
NATIONAL = FIXED_NATIONAL + PERMANENT_NATIONAL
FACULTY = NATIONAL + FIXED_OTHER + PERMANENT_OTHER
POSTDOCS = ("postdoc_fellow", "postdoc_project")
WAYS = ("own", "working", "international")
SUPPORTED = tuple(f"doctoral_{way}_{of}" for way in WAYS for of in ("fellow", "supported"))
STUDENTS = (*SUPPORTED, *(f"doctoral_{way}_unsupported" for way in WAYS))
SEEKING = tuple(f"seeking_{what}" for what in ("doctorate", "postdoc", "fixed_term", "returner"))
YEAR = 2024


@pytest.fixture(scope="module")
def made_up() -> xr.Dataset:
    ds = stsim.simulate("engine=stocks", "years.last=2025")
    rng = np.random.default_rng(5)
    for name in ("stock", "flow"):
        ds[name] = ds[name].copy(data=rng.integers(1, 100, ds[name].shape).astype(float))
    return ds


@pytest.fixture(scope="module")
def people(made_up: xr.Dataset) -> pd.DataFrame:
    """A line for every cell with how many are in it on 1 May."""
    labels = ["stage", "age", "sex", "field"]
    cells = product(*(made_up[name].values for name in labels))
    found = pd.DataFrame(cells, columns=labels)
    found["number"] = made_up["stock"].sel(time=YEAR).transpose(*labels).values.ravel()
    return found


@pytest.fixture(scope="module")
def moves(made_up: xr.Dataset) -> pd.DataFrame:
    """A line for every rule's pair of stages and age with how many move in the year."""
    by_age = made_up["flow"].sel(year=YEAR).sum(("sex", "field")).transpose("rule", "age")
    columns = ("family", "source", "target")
    about = [made_up[f"rule_{name}"].values for name in columns]
    rows = [
        [*(str(one[k]) for one in about), age, number]
        for k, counts in enumerate(by_age.values)
        for age, number in zip(made_up["age"].values.tolist(), counts.tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=[*columns, "age", "number"])


def count(
    people: pd.DataFrame, stages: tuple[str, ...], ages: tuple[int, int] = (0, 200), sex: str = ""
) -> float:
    """How many are in these stages, of these ages (both ends in) and of a sex."""
    rows = people["stage"].isin(stages) & people["age"].between(*ages)
    return float(people["number"][rows & people["sex"].str.startswith(sex)].sum())


def measured(made_up: xr.Dataset, name: str) -> float:
    values = measures.one(made_up, name)
    return float(values.sel({values.dims[-1]: YEAR}))


def of_stocks(people: pd.DataFrame) -> dict[str, float]:
    """What the measures of 1 May are, by their definitions."""
    inhabitants = observed.record().population(YEAR)
    researchers = (*POSTDOCS, *FACULTY, "public_institute", "firm")
    everybody, young = (0, 200), (0, 39)
    return {
        "under40_share": count(people, FACULTY, young) / count(people, FACULTY),
        "under40_share_25plus": (
            count(people, FACULTY, (25, 39)) / count(people, FACULTY, (25, 200))
        ),
        "under40_share_national": count(people, NATIONAL, young) / count(people, NATIONAL),
        "fixed_term_share_national": count(people, FIXED_NATIONAL) / count(people, NATIONAL),
        "fixed_term_share_under40_national": (
            count(people, FIXED_NATIONAL, young) / count(people, NATIONAL, young)
        ),
        "doctoral_enrolment_persons": count(people, STUDENTS),
        "supported_doctoral_share": count(people, SUPPORTED) / count(people, STUDENTS),
        "postdocs_persons": count(people, POSTDOCS),
        "seeking_persons": count(people, SEEKING),
        "faculty_persons": count(people, FACULTY),
        "women_share_faculty": (
            count(people, FACULTY, everybody, "female") / count(people, FACULTY)
        ),
        "doctorates_in_firms_persons": count(people, ("firm",)),
        "modelled_researchers_per_10000": count(people, researchers) / inhabitants * 10_000,
    }


def of_moves(moves: pd.DataFrame) -> dict[str, float]:
    """What the measures of a year are, by their definitions."""
    number, family = moves["number"], moves["family"]
    entrants = ("enter_from_masters", "enter_as_working_adult", "enter_from_abroad")
    degrees = number[family.isin(("complete_with_degree", "doctorates_without_course"))].sum()
    permanent = PERMANENT_NATIONAL + PERMANENT_OTHER
    hires = moves[moves["target"].isin(permanent) & ~moves["source"].isin(permanent)]
    hired = hires["number"].sum()
    return {
        "doctoral_entrants_persons": number[family.isin(entrants)].sum(),
        "doctorates_awarded_persons": degrees,
        "doctorates_per_million": degrees / observed.record().population(YEAR) * 1_000_000,
        "permanent_hires_persons": hired,
        "permanent_entry_mean_age_years": (hires["number"] * hires["age"]).sum() / hired,
    }


def test_measures_of_people_are_what_their_words_say(
    made_up: xr.Dataset, people: pd.DataFrame
) -> None:
    for name, value in of_stocks(people).items():
        assert measured(made_up, name) == pytest.approx(value, rel=1e-12), name


def test_measures_of_moves_are_what_their_words_say(
    made_up: xr.Dataset, moves: pd.DataFrame
) -> None:
    for name, value in of_moves(moves).items():
        assert measured(made_up, name) == pytest.approx(value, rel=1e-12), name


def test_no_measure_is_left_out_here(people: pd.DataFrame, moves: pd.DataFrame) -> None:
    """Costs are counted by hand in test_money, careers in test_careers."""
    elsewhere = {"annual_cost_yen", "committed_cost_yen"}
    elsewhere |= {i.name for i in measures.INDICATORS if i.of_careers}
    assert {*of_stocks(people), *of_moves(moves), *elsewhere} == set(measures.NAMES)


def test_a_year_in_which_any_move_is_unknown_is_not_known(made_up: xr.Dataset) -> None:
    flow = made_up["flow"].copy(deep=True)
    flow.loc[{"year": 2025, "age": 40, "sex": "male", "field": flow["field"].values[0]}] = np.nan
    ds = made_up.assign(flow=flow)
    for name in (
        "doctoral_entrants_persons", "doctorates_awarded_persons", "doctorates_per_million",
        "permanent_hires_persons", "permanent_entry_mean_age_years",
    ):  # fmt: skip
        values = measures.one(ds, name)
        assert np.isnan(values.sel(year=2025)), name
        assert np.isfinite(values.sel(year=YEAR)), name


def test_careers_are_not_known_to_the_stock_engine(made_up: xr.Dataset) -> None:
    for indicator in measures.INDICATORS:
        if indicator.of_careers:
            values = indicator.function(made_up)
            assert values.dims == ("year",)
            assert values["year"].values.tolist() == made_up["year"].values.tolist()
            assert np.isnan(values.values).all()


def test_what_was_measured_of_careers_is_given_and_not_what_others_hold(
    made_up: xr.Dataset,
) -> None:
    years = xr.DataArray(
        [1.0, 2.0, 3.0], {"year": made_up["year"]}, ["year"], attrs={"error": "0.1"}
    )
    ds = made_up.assign(years_to_permanent_post=years)
    found = stsim.indicators(ds)["years_to_permanent_post"]
    assert found.values.tolist() == [1.0, 2.0, 3.0]
    assert (found.attrs["error"], found.attrs["units"]) == ("0.1", "years")
    found.values[:] = 0.0
    assert ds["years_to_permanent_post"].values.tolist() == [1.0, 2.0, 3.0]


def test_measures_carry_unit_and_labels_and_only_what_says_of_which_run(
    made_up: xr.Dataset,
) -> None:
    found = stsim.indicators(made_up)
    assert found.attrs == made_up.attrs
    share = found["under40_share"]
    assert share.attrs == {
        "units": "share", "long_name": "Faculty under 40, all universities",
        "long_name_ja": "40歳未満の大学教員の割合",
    }  # fmt: skip
    assert set(share.coords) == {"time", "scenario", "run_id"}
    assert set(found["years_to_permanent_post"].coords) <= {"year", "scenario", "run_id"}
    assert [i.name for i in measures.INDICATORS if i.headline] == [
        "under40_share", "fixed_term_share_under40_national", "doctoral_entrants_persons",
        "doctorates_per_million", "postdocs_persons", "permanent_hires_persons",
        "permanent_entry_mean_age_years", "annual_cost_yen",
    ]  # fmt: skip


def test_of_several_runs_the_stock_engine_or_the_mean_is_shown() -> None:
    values = xr.DataArray(
        [[1.0, 1.0], [4.0, 8.0]], {"engine": ["stocks", "individuals"]}, ["engine", "replicate"],
        attrs={"units": "persons"},
    )  # fmt: skip
    assert float(measures.expected(values)) == 1.0
    alone = measures.expected(values.sel(engine="individuals"))
    assert float(alone) == 6.0
    assert alone.attrs == {"units": "persons"}
    assert float(measures.expected(values.isel(engine=1, replicate=0))) == 4.0


def test_an_unknown_measure_is_answered_with_the_nearest(made_up: xr.Dataset) -> None:
    with pytest.raises(ValueError, match=r"no indicator 'under_40_share'.*under40_share"):
        measures.one(made_up, "under_40_share")
