"""Sections of a report from numbers made up here: what they say, show and leave out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from stsim import draws, files, measures, netcdf, papers, priors
from stsim.plot import pyramid
from stsim.reports import (
    answers,
    bills,
    by_year,
    job,
    page,
    past,
    people,
    pictures,
    svg,
    sweeps,
    taken,
    uncertain,
)
from stsim.reports.material import Material
from stsim.reports.said import Figure, Said, Section, amount
from stsim.results import ResultsError
from stsim.simulation import fitted

YEARS = np.arange(2023, 2042)
SHARE, PER_MILLION = "under40_share", "doctorates_per_million"


@pytest.fixture(autouse=True)
def _no_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model from 2007 takes seconds, and no test here is about it."""
    there = xr.Dataset({i.name: line(0.0) for i in answers.FANS})
    monkeypatch.setattr(past, "past_measures", lambda: there)
    monkeypatch.setattr(past, "forecasts", tuple)


def line(value: float, *, moved: Any = None) -> xr.DataArray:
    """The same value in every year; `moved` is what each draw adds to it."""
    values = xr.DataArray(np.full(len(YEARS), value), {"year": YEARS}, ("year",))
    return values if moved is None else values + xr.DataArray(np.asarray(moved), dims="draw")


@pytest.fixture(scope="module")
def measured(baseline: xr.Dataset, expand_dc: xr.Dataset) -> dict[str, xr.Dataset]:
    """The measures of two scenarios."""
    return {
        "expand_dc": measures.indicators(expand_dc), "baseline": measures.indicators(baseline),
    }  # fmt: skip


def material(by_name: Mapping[str, Mapping[str, Any]], **more: Any) -> Material:
    """Scenarios with these measures, each a value for all years or a line."""
    found = {
        name: xr.Dataset({k: line(v) if isinstance(v, float) else v for k, v in one.items()})
        for name, one in by_name.items()
    }
    titles = {name: Said(name.capitalize(), f"「{name}」") for name in found}
    return Material(titles, found, **more)


def texts(section: Section) -> list[str]:
    """The statements of a section in English, with what stands under each."""
    return [t.en for point in section.points for t in (point.text, *point.under)]


def rows(figure: Figure) -> list[dict[str, str]]:
    """The numbers of a figure as they are downloaded."""
    return list(csv.DictReader(io.StringIO(figure.csv.removeprefix(papers.BOM), newline="")))


# --- answers and money ----------------------------------------------------------------------------


def test_a_target_is_told_of_each_scenario_where_they_differ() -> None:
    both = {"low": {PER_MILLION: 250.0}, "high": {PER_MILLION: 310.0}}
    said = texts(answers.answers(material(both)))
    at = said.index("Target “300 or more doctorates per million people in 2040”:")
    assert [re.sub(": .*,", ":", text) for text in said[at + 1 : at + 3]] == [
        "Low: missed", "High: met",
    ]  # fmt: skip
    (alone,) = (t for t in texts(answers.answers(material({"high": both["high"]}))) if "300" in t)
    assert alone.startswith("Target “300 or more doctorates per million people in 2040”: High: ")
    assert alone.endswith(", met.")


def test_a_target_after_the_end_of_a_run_is_not_judged() -> None:
    short = material({"x": {PER_MILLION: line(310.0).sel(year=slice(None, 2039))}})
    assert not any("300 or more" in text for text in texts(answers.answers(short)))
    assert short.at("x", PER_MILLION, 2039) == 310.0
    assert np.isnan(short.at("x", PER_MILLION, 2040))


def test_an_effect_without_a_known_cost_is_told_without_it() -> None:
    both = {"x": {SHARE: 0.2, "annual_cost_yen": 1e9}, "y": {SHARE: 0.3, "annual_cost_yen": 3e9}}
    assert any("+2.0 bn" in text for text in texts(answers.answers(material(both))))
    for one in both.values():
        del one["annual_cost_yen"]
    said = texts(answers.answers(material(both)))
    assert not any("yen" in text for text in said)
    sections = [make(material(both)) for make in page.OF_SCENARIOS]
    assert [one.name for one in sections if one.missing is None] == ["answers", "table", "years"]


def test_ranges_of_some_measures_do_for_a_report_of_more() -> None:
    both = {n: {SHARE: 0.2, PER_MILLION: 200.0, "annual_cost_yen": 0.0} for n in ("baseline", "x")}
    moved = np.linspace(-0.01, 0.01, 19)
    drawn = {
        "baseline": xr.Dataset({SHARE: line(0.2, moved=moved)}),
        "x": xr.Dataset({n: line(0.3, moved=2 * moved) for n in (SHARE, PER_MILLION)}),
    }
    found = material(both, by_draw=drawn)
    assert any("300 or more" in text for text in texts(answers.answers(found)))
    (figure,) = pictures.effects(found).figures
    assert figure.name == f"change-{SHARE}"
    # draws from 0.09 to 0.11, of which 19 reach from end to end
    assert [float(rows(figure)[0][k]) for k in ("low", "high")] == pytest.approx([0.09, 0.11])


def test_a_policy_that_costs_nothing_is_said_to(
    baseline: xr.Dataset, measured: dict[str, xr.Dataset]
) -> None:
    titles = {name: Said(name, name) for name in ("baseline", "same")}
    of_all = dict.fromkeys(titles, measured["baseline"])
    found = Material(titles, of_all, people=dict.fromkeys(titles, baseline))
    section = bills.money(found)
    (row,) = section.tables[0].rows
    assert [cell.text.en for cell in row[:2]] == ["same", "costs nothing more"]
    assert len(row) == len(section.tables[0].heads)
    assert section.figures == []


def test_what_saves_is_left_out_of_the_comparison_at_equal_money(
    baseline: xr.Dataset, expand_dc: xr.Dataset, measured: dict[str, xr.Dataset]
) -> None:
    each = {"expand_dc": expand_dc, "baseline": baseline}
    moved = xr.DataArray(np.linspace(0.9, 1.1, 19), dims="draw")
    drawn = {
        name: xr.Dataset({n: m[n] * moved for n in (SHARE, PER_MILLION)})
        for name, m in measured.items()
    }
    titles = {name: Said(name, name) for name in each}
    for equal in ({}, {"expand_dc": drawn["expand_dc"]}):
        found = Material(titles, measured, drawn, people=each, equal=equal)
        section = bills.money(found)
        assert "Not shown at 10.0 bn a year: baseline." in texts(section)[-1]
        assert not any(figure.name.startswith("equal-") for figure in section.figures)
        (units,) = (t for t in section.tables if "one more" in t.label.en.lower())
        assert {cell.text.en for cell in units.rows[0][1:]} == {"none"}


def test_a_part_of_the_cost_that_is_no_lever_has_its_name(
    baseline: xr.Dataset, measured: dict[str, xr.Dataset]
) -> None:
    more = baseline.copy()
    more["vacancy"] = baseline["vacancy"] - 100.0  # a hundred more than seats in each market
    found = Material(
        {name: Said(name, name) for name in ("baseline", "above")},
        dict.fromkeys(("baseline", "above"), measured["baseline"]),
        people={"baseline": baseline, "above": more},
    )
    table = bills.money(found).tables[0]
    assert [row[1].text.en for row in table.rows] == ["Permanent faculty above the seats"]
    assert [row[2].text.en for row in table.rows] == ["university"]


def test_a_package_that_changes_nothing_has_no_parts() -> None:
    assert bills._share_of(0.0, 0.0, 0.0).en == "–"
    assert bills._share_of(float("nan"), 1.0, 0.0).en == "–"
    assert bills._share_of(0.25, 0.5, 0.0).en == "50 %"


def test_a_number_that_is_not_known_is_a_dash() -> None:
    assert amount(float("nan"), "persons") == Said("–", "–")


# --- figures --------------------------------------------------------------------------------------


def test_a_range_that_no_draw_moves_or_knows_is_not_drawn() -> None:
    values = {"x": {SHARE: 0.2}, "y": {SHARE: 0.3}}
    fixed = {"x": xr.Dataset({SHARE: line(0.2)})}
    figure = by_year.fan(material(values, by_draw=fixed), SHARE)
    assert all(row["low"] == "" for row in rows(figure) if row["what"] == "x")
    unknown = {n: xr.Dataset({SHARE: line(np.nan, moved=np.zeros(19))}) for n in values}
    figure = by_year.fan(material(values, by_draw=unknown), SHARE)
    known = {n: xr.Dataset({SHARE: line(0.25, moved=np.linspace(0, 1, 19))}) for n in values}
    drawn = by_year.fan(material(values, by_draw=known), SHARE)
    edges = [
        len(re.findall(r'V[0-9.]+" stroke="[^"]*" stroke-width="3"', f.svg))
        for f in (figure, drawn)
    ]
    assert edges == [0, 2]  # at the right edge, one for each scenario


def test_a_scenario_whose_measure_is_not_known_is_not_told_in_words() -> None:
    found = material({"x": {SHARE: 0.2}, "y": {SHARE: float("nan")}})
    told = by_year.fan(found, SHARE).alternative.en
    assert "X" in told
    assert "Y" not in told


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 10.0, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]),
        (-0.03, 0.1, [0.0, 0.05, 0.1]),
        (3.0, 3.0, [3.0]),
    ],
)
def test_ticks_are_round_numbers_within_the_ends(
    low: float, high: float, expected: list[float]
) -> None:
    assert svg.ticks(low, high) == pytest.approx(expected)


def test_what_is_not_known_anywhere_draws_nothing() -> None:
    unknown = [(0.0, float("nan")), (1.0, float("nan"))]
    assert svg.line(unknown, "#000") == ""
    assert svg.area(unknown, [(0.0, 1.0), (1.0, 1.0)]) == ""
    broken = [(0.0, 1.0), (1.0, float("nan")), (2.0, 3.0)]
    assert svg.path(broken) == "M0.0 1.0M2.0 3.0"


def test_a_contract_that_nobody_has_has_no_bar(baseline: xr.Dataset) -> None:
    fixed = [s for s in baseline["stage"].values if "fixed_term" in str(s)]
    without = baseline.isel(time=slice(0, 1)).copy(deep=True)
    without["stock"].loc[{"stage": fixed}] = 0.0
    names = (Said("a", "a"), Said("b", "b"))
    whole, fewer = (
        people.ages(baseline, ds, (2023, 2023), names, "ages") for ds in (baseline, without)
    )
    paths = [figure.svg.count('Z" fill="') for figure in (whole, fewer)]
    assert paths == [2 * len(pyramid.COLOURS), 2 * (len(pyramid.COLOURS) - 2)]
    persons = [
        sum(float(r["persons"]) for r in rows(f) if r["contract"] == "all") for f in (whole, fewer)
    ]
    assert persons[0] == persons[1] > 0


def test_people_of_the_first_scenario_are_needed_for_ages_and_moves(
    baseline: xr.Dataset, expand_dc: xr.Dataset, measured: dict[str, xr.Dataset]
) -> None:
    in_order = {name: measured[name] for name in ("baseline", "expand_dc")}
    titles = {name: Said(name, name) for name in in_order}
    found = Material(titles, in_order, people={"expand_dc": expand_dc})
    for section in (pictures.pyramids(found), pictures.moves(found)):
        assert section.missing is not None
        assert "people by age and stage" in section.missing.en
    short = baseline.isel(time=slice(0, 3), year=slice(0, 2))
    found = Material(titles, in_order, people={"baseline": short})
    missing = pictures.moves(found).missing
    assert missing is not None
    assert "too short for a whole year" in missing.en


def test_moves_of_two_engines_are_those_of_the_stock_engine(
    baseline: xr.Dataset, measured: dict[str, xr.Dataset]
) -> None:
    baseline = baseline.drop_vars("stock")
    both = xr.concat(
        [baseline, baseline.assign(flow=2 * baseline["flow"])], "engine", data_vars=["flow"]
    ).assign_coords(engine=["stocks", "individuals"])
    alone, titles = {"baseline": measured["baseline"]}, {"baseline": Said("b", "b")}
    one, two = (
        pictures.moves(Material(titles, alone, people={"baseline": ds})).figures[0]
        for ds in (baseline, both)
    )
    assert one.csv == two.csv


def test_careers_that_are_known_are_drawn_and_others_not() -> None:
    name = "years_to_permanent_post"
    section = pictures.careers(material({"x": {SHARE: 0.2, name: 7.5}}))
    assert section.missing is None
    (figure,) = section.figures
    assert {float(row["value"]) for row in rows(figure) if row["what"] == "x"} == {7.5}
    assert "one outcome of chance" in section.lead[0].en


# --- what ranges follow, and the engines ----------------------------------------------------------


def test_a_change_is_said_to_follow_the_assumption_that_moves_it() -> None:
    keyed = [draws.columns(one) for one in draws.ensemble(fitted(), fitted(), priors.LEAST)]
    name = next(name for name in priors.alone() if name in keyed[0])
    moved = np.array([one[name] for one in keyed])
    values = {n: {SHARE: 0.2, PER_MILLION: 200.0} for n in ("baseline", "x")}
    drawn = {
        "baseline": xr.Dataset(
            {SHARE: line(0.2, moved=0 * moved), PER_MILLION: line(200.0, moved=0 * moved)}
        ),
        "x": xr.Dataset({SHARE: line(0.2, moved=-moved), PER_MILLION: line(200.0)}),
    }
    section = uncertain.uncertainty(material(values, by_draw=drawn))
    (figure,) = section.figures
    ranks = {row["parameter"]: float(row["rank"]) for row in rows(figure)}
    assert ranks[name] == pytest.approx(-1.0)
    assert all(row["scenario"] == "x" for row in rows(figure))
    assert len(ranks) <= uncertain.MOST
    drawn["x"][SHARE] = line(0.25, moved=0 * moved)  # a change, but the same in every draw
    section = uncertain.uncertainty(material(values, by_draw=drawn))
    assert section.missing is not None
    assert "no change clearly follows" in section.missing.en


def test_the_largest_gap_of_the_engines_is_told_with_its_year() -> None:
    stocks = xr.DataArray(np.full(len(YEARS), 100.0), {"time": YEARS}, ("time",))
    people_ = stocks.copy()
    people_.loc[2030] = 97.0
    people_.loc[2035] = 104.0
    several = xr.concat([people_ - 1.0, people_ + 1.0], "replicate")
    both = xr.concat([stocks.expand_dims(replicate=2), several], "engine").assign_coords(
        engine=["stocks", "individuals"]
    )
    once = both.isel(replicate=0, drop=True)  # one outcome of chance: 96 in 2030, 103 in 2035
    for values, told in ((once, ["2030", "100", "96", "4.00 %"]), (both, None)):
        section = uncertain.engines(material({"x": {"postdocs_persons": values, SHARE: 0.2}}))
        (row,) = section.tables[0].rows
        expected = told or ["2035", "100", "104", "4.00 %"]
        assert [cell.text.en for cell in row] == ["X", "Postdocs", *expected]
    text = section.downloads[0][2].removeprefix(papers.BOM)
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(lines) == len(YEARS)
    assert [float(r["individuals"]) for r in lines if r["year"] == "2030"] == [97.0]


def test_a_part_of_the_variance_that_is_not_known_is_a_dash() -> None:
    def share(part: str, value: str) -> dict[str, str]:
        return {
            "scenario": "x", "year": "2035", "indicator": SHARE, "of": "level", "part": part,
            "share": value, "share_error": "" if value == "" else "0.02",
        }  # fmt: skip

    unknown = (share("fitted", ""), share("chance", ""))
    section = uncertain.uncertainty(Material({}, shares=unknown))
    assert [cell.text.en for cell in section.tables[0].rows[0][2:]] == ["–", "–"]


# --- what material is taken from ------------------------------------------------------------------


def test_a_run_is_named_by_its_id_where_it_has_one(measured: dict[str, xr.Dataset]) -> None:
    one = measured["baseline"][[SHARE]]
    run_id = str(one["run_id"].values)
    assert taken.of_dataset(one).provenance["run_id baseline"] == run_id
    assert "run_id baseline" not in taken.of_dataset(one.drop_vars("run_id")).provenance


def test_a_folder_without_provenance_tells_none(tmp_path: Path) -> None:
    assert taken._provenance(tmp_path) == {}
    (tmp_path / "provenance.json").write_text('{"code": "1", "words": ["a"]}')
    assert taken._provenance(tmp_path) == {"code": '"1"', "words": '["a"]'}


def test_runs_along_one_dimension_are_those_of_a_sweep() -> None:
    swept = sweep([0.2, 0.3], employer_return_share=[0.1, 0.3]).swept
    assert swept is not None
    found = taken.of_dataset(swept.assign_attrs(source="stsim 1"))
    assert found.provenance == {"source": "stsim 1", "swept": "run"}
    assert found.swept is not None
    xr.testing.assert_equal(found.swept[SHARE], swept[SHARE])


def test_results_that_no_report_can_be_of_are_named_with_the_reason(tmp_path: Path) -> None:
    people_ = xr.DataArray([1.0, 2.0], {"time": [2023, 2024]}, ("time",))
    netcdf.write(
        xr.Dataset({"stock": people_, "flow": people_}, attrs={"run_id": "x"}), tmp_path / "x.nc"
    )
    file = str(tmp_path / "x.nc")
    with pytest.raises(ResultsError, match=r"x\.nc: the dataset has no coordinate 'scenario'"):
        job._read([file])


# --- sweeps ---------------------------------------------------------------------------------------


def sweep(values: Any, **keys: Any) -> Material:
    """Runs of a share by (run, year), with the value of every key in each."""
    ds = xr.Dataset(
        {SHARE: (("run", "time"), np.asarray(values)[:, None] + 0 * YEARS)},
        {"time": YEARS, **{key: ("run", several) for key, several in keys.items()}},
    )
    return Material({}, swept=ds)


def test_more_runs_than_fit_are_counted_and_all_in_the_file() -> None:
    found = sweep(np.linspace(0.1, 0.5, 41), dc_fellows_persons=np.arange(41.0))
    _, listed, _ = sweeps.sections(found)
    assert len(listed.tables[0].rows) == sweeps.MOST_RUNS
    assert listed.lead[0].en == "41 runs, 40 of them here; all are in the CSV."
    assert listed.downloads[0][2].count("\n") == 42


def test_swept_scenarios_have_their_titles_and_move_nothing_by_number() -> None:
    found = sweep([0.2, 0.3], scenario=["baseline", "expand_dc"])
    swept, _, moved = sweeps.sections(found)
    heads = [head.en for head in swept.tables[0].heads]
    assert heads[2:] == ["Law as it stands", "Twice as many DC fellowships"]
    assert moved.missing is not None
    assert moved.missing.en == "no key with several numbers was swept."


def test_runs_at_one_value_are_a_range_and_unknown_years_are_left_out() -> None:
    found = sweep([0.1, 0.2, 0.3, 0.4], exit_rate=[1.0, 1.0, 2.0, 2.0], draw=[0, 1, 0, 1])
    assert found.swept is not None
    found.swept[SHARE].loc[{"time": 2030}] = np.nan
    (figure,) = sweeps.sections(found)[0].figures
    numbers = rows(figure)
    assert {row["year"] for row in numbers} == {"2035", "2040"}
    first = next(row for row in numbers if row["year"] == "2035")
    assert [float(first[k]) for k in ("low", "value", "high")] == pytest.approx([0.1, 0.15, 0.2])
    assert 'fill-opacity="0.13"' in figure.svg
    assert "exit_rate" in figure.caption.en


def test_a_swept_parameter_has_its_unit() -> None:
    found = sweep([0.1, 0.2], employer_return_share=[0.1, 0.3])
    (figure,) = sweeps.sections(found)[0].figures
    assert "share" in figure.caption.en
    assert 'fill-opacity="0.13"' not in figure.svg  # one run at each value


# --- the page -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "heading"),
    [
        (["only"], "Only"),
        (["base", "one"], "One beside “Base”"),
        (["base", "one", "two", "three"], "3 policies beside “Base”"),
    ],
)
def test_the_heading_names_scenarios_or_counts_them(names: list[str], heading: str) -> None:
    found = material({name: {SHARE: 0.2} for name in names})
    assert heading in page.heading(found).en


def test_without_jinja2_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"jinja2: pip install 'stsim\[report\]'"):
        page.html(material({"x": {SHARE: 0.2}}))


def test_a_full_disk_leaves_no_part_of_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page, "html", lambda *_: "text")
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ResultsError, match=r"cannot write there \(No space left on device\)"):
        page.write(material({"x": {SHARE: 0.2}}), tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []
