"""Pictures: what is drawn are the numbers, readable in both languages; the rest is refused."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

mpl.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.text import Text

import stsim
import stsim.plot
from stsim import band, observed, papers, paths
from stsim.hindcast.board import SHARE, universities
from stsim.hindcast.scores import CHOSEN
from stsim.measures import INDICATORS, NAMES
from stsim.plot import look, pyramid, text

LANGUAGES = text.LANGUAGES


@pytest.fixture(scope="module")
def both(baseline: xr.Dataset, expand_dc: xr.Dataset) -> xr.Dataset:
    """Two scenarios as `open_results` gives them."""
    return xr.concat(
        [baseline, expand_dc],
        "scenario",
        data_vars="all",
        coords=["run_id"],
        combine_attrs="drop_conflicts",
    )


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    pyplot.close("all")


def lines(ax: Axes, gid: str) -> list[Any]:
    return [line for line in ax.lines if line.get_gid() == gid]


def points(ax: Axes, gid: str) -> dict[int, float]:
    return {int(x): float(y) for line in lines(ax, gid) for x, y in line.get_xydata()}


@pytest.mark.parametrize("name", ["under40_share", "doctorates_per_million", "annual_cost_yen"])
def test_lines_are_the_indicators(both: xr.Dataset, name: str) -> None:
    measured = stsim.indicators(both)
    for ds in (both, measured):
        ax = stsim.plot.scenarios(ds, name)
        for scenario in ("baseline", "expand_dc"):
            (line,) = lines(ax, scenario)
            values = measured[name].sel(scenario=scenario)
            np.testing.assert_array_equal(line.get_xdata(), values[values.dims[0]])
            np.testing.assert_array_equal(line.get_ydata(), values)


def test_ends_of_lines_are_named_with_their_last_value(both: xr.Dataset) -> None:
    ax = stsim.plot.scenarios(both, "doctorates_per_million")
    last = stsim.indicators(both)["doctorates_per_million"].sel(scenario="expand_dc", year=2049)
    assert f"Twice as many DC\nfellowships\n{float(last):.1f} in FY2049" in texts(ax)
    ax = stsim.plot.scenarios(both, "under40_share", "ja")
    last = stsim.indicators(both)["under40_share"].sel(scenario="baseline", time=2050)
    assert f"現行制度のまま\n2050年 {100 * float(last):.1f} %" in texts(ax)


def texts(ax: Axes) -> list[str]:
    return [found.get_text() for found in ax.findobj(Text) if found.get_text()]


def chart(age: str, contract: str) -> observed.Series:
    return observed.record().series("national_university_faculty", age=age, status=contract)


def test_history_is_the_record(baseline: xr.Dataset) -> None:
    record = observed.record()
    drawn = {}
    for name, (series, *_) in stsim.plot.PUBLISHED.items():
        drawn[name] = {year: n for piece in series.pieces(record) for year, n in piece.items()}
    for name in ("under40_share", "doctoral_enrolment_persons"):
        assert points(stsim.plot.scenarios(baseline, name), "record") == drawn[name]
    survey = record.series("university_faculty_age_share", age="25-39")
    assert drawn["under40_share"] == survey == drawn["under40_share_25plus"]
    assert sorted(survey) == list(range(1986, 2023, 3))
    assert drawn["doctoral_entrants_persons"] == record.series("doctoral_entrants")
    assert drawn["doctorates_awarded_persons"] == record.series("doctorates_awarded")
    assert drawn["doctorates_per_million"] == pytest.approx(
        {y: n / record.population(y) * 1e6 for y, n in record.series("doctorates_awarded").items()}
    )
    assert drawn["doctoral_enrolment_persons"] == record.series(
        "doctoral_enrolment"
    ) | record.series("doctoral_enrolment", status="preliminary")
    assert drawn["postdocs_persons"] == record.series("postdocs", status="stock_november")
    assert drawn["faculty_persons"] == record.series("university_faculty", age=">=25")
    assert drawn["women_share_faculty"] == record.series(
        "university_faculty_female_share", sex="female", status="school_basic_survey"
    )
    young, old = "<40", ">=40"
    for year in chart(young, "permanent"):
        people = {(a, c): chart(a, c)[year] for a in (young, old)
                  for c in ("permanent", "fixed_term")}  # fmt: skip
        all_young = people[young, "permanent"] + people[young, "fixed_term"]
        all_fixed = people[young, "fixed_term"] + people[old, "fixed_term"]
        total = sum(people.values())
        assert drawn["under40_share_national"][year] == pytest.approx(all_young / total)
        assert drawn["fixed_term_share_national"][year] == pytest.approx(all_fixed / total)
        assert drawn["fixed_term_share_under40_national"][year] == pytest.approx(
            people[young, "fixed_term"] / all_young
        )


def test_history_is_not_joined_over_a_change_of_scope(baseline: xr.Dataset) -> None:
    ax = stsim.plot.scenarios(baseline, "fixed_term_share_under40_national")
    spans = [(line.get_xdata()[0], line.get_xdata()[-1]) for line in lines(ax, "record")]
    assert spans == [(2007, 2020), (2021, 2023)]
    assert [line.get_xdata()[0] for line in lines(ax, "scope")] == [2020.5]


def test_history_on_another_basis_is_told_apart(baseline: xr.Dataset) -> None:
    ax = stsim.plot.scenarios(baseline, "postdocs_persons")
    wider = observed.record().series("postdocs", status="annual_cumulative")
    assert points(ax, "record on another basis") == wider
    assert all(line.get_markerfacecolor() == "white"
               for line in lines(ax, "record on another basis"))  # fmt: skip
    assert all(line.get_markerfacecolor() != "white" for line in lines(ax, "record"))


def test_every_published_series_belongs_to_an_indicator_and_is_labelled() -> None:
    assert set(stsim.plot.PUBLISHED) <= set(NAMES)
    for several in stsim.plot.PUBLISHED.values():
        for series in several:
            assert all(series.pieces(observed.record()))
            for language in LANGUAGES:
                assert series.said(language)


def test_goals_stand_where_they_were_set(baseline: xr.Dataset) -> None:
    for goal in observed.record().targets():
        if goal.indicator in NAMES:
            ax = stsim.plot.scenarios(baseline, goal.indicator)
            assert points(ax, "target") == {goal.year: goal.value}
            assert any(goal.title_en in found.replace("\n", " ") for found in texts(ax))


def test_the_start_of_the_policy_is_marked(both: xr.Dataset) -> None:
    def marked(ds: xr.Dataset, **words: int) -> list[float]:
        ax = stsim.plot.scenarios(ds, "postdocs_persons", **words)
        return [line.get_xdata()[0] for line in lines(ax, "policy")]

    assert marked(both) == [2026.5]
    assert marked(both.sel(scenario="expand_dc")) == [2026.5]
    assert marked(both.sel(scenario=["expand_dc"])) == [2026.5]
    assert marked(both.sel(scenario="baseline")) == []
    assert marked(stsim.indicators(both)) == []
    assert marked(stsim.indicators(both), policy_start=2027) == [2026.5]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["under40_share", "doctorates_awarded_persons"])
def test_texts_are_drawn_whole_and_apart(both: xr.Dataset, name: str, language: str) -> None:
    ax = stsim.plot.scenarios(both, name, language)
    ax.figure.canvas.draw()  # a missing glyph warns, and a warning is an error here
    legend = ax.get_legend()
    assert legend is not None
    found = [ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label, *ax.texts,
             *legend.get_texts()]  # fmt: skip
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    shown = {one.get_text(): one.get_window_extent() for one in found if one.get_text()}
    for box in shown.values():
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= ax.figure.bbox.x1
        assert box.y1 <= ax.figure.bbox.y1
    for (one, a), (other, b) in combinations(shown.items(), 2):
        assert not a.padded(-1).overlaps(b.padded(-1)), (one, other)


def test_every_text_has_its_glyphs() -> None:
    for language in LANGUAGES:
        i = LANGUAGES.index(language)
        said = [pair[i] for pair in text.WORDS.values()]
        said += [unit[i].axis + unit[i].after + unit[i].apart for unit in text.UNITS.values()]
        said += [series.said(language) for some in stsim.plot.PUBLISHED.values() for series in some]
        said += [one.label_ja if i else one.label for one in INDICATORS]
        said += [goal.title_ja if i else goal.title_en for goal in observed.record().targets()]
        said += [look.scenario_title(name, language) for name in stsim.scenarios()]
        for one in said:
            assert one
            look.check_glyphs(one, language)


def test_every_unit_has_its_form() -> None:
    assert {indicator.unit for indicator in INDICATORS} <= set(text.UNITS)


def test_lines_of_text_keep_words_and_marks_together() -> None:
    assert text.wrapped("2,000 more permanent posts", 18) == "2,000 more\npermanent posts"
    assert (
        text.wrapped("国立大学の無期雇用教員ポスト2,000増", 24)
        == "国立大学の無期雇用教員\nポスト2,000増"
    )
    assert text.wrapped("博士号取得者数（2040年）。", 16) == "博士号取得者数\n（2040年）。"


@pytest.mark.parametrize("language", LANGUAGES)
def test_bars_are_the_faculty_by_age(baseline: xr.Dataset, language: str) -> None:
    ax = stsim.plot.age_pyramid(baseline, 2040, 2023, language)
    ax.figure.canvas.draw()
    for sex, side in pyramid.SIDES.items():
        for contract in pyramid.COLOURS:
            stages = [s for s in baseline.stage.values if pyramid.contract(s) == contract]
            people = baseline.stock.sel(stage=stages, sex=sex).sum(("stage", "field"))
            widths = {round(b.get_y() + b.get_height() / 2): b.get_width() for b in ax.patches
                      if b.get_gid() == f"{contract} {sex}"}  # fmt: skip
            if widths:
                bars = [side * widths[age] for age in range(25, 76)]
                wanted = people.sel(time=2040, age=slice(25, 75))
                np.testing.assert_allclose(bars, wanted, rtol=1e-12, atol=1e-9)
            else:
                assert people.sel(time=2040).sum() == 0
        (outline,) = [p for p in ax.patches if p.get_gid() == f"outline {sex}"]
        of_sex = faculty(baseline, 2023).sel(sex=sex, age=slice(25, 75))
        np.testing.assert_allclose(side * outline.get_data().values, of_sex, rtol=1e-12)
    drawn = sum(abs(bar.get_width()) for bar in ax.patches if hasattr(bar, "get_width")
                and bar.get_gid())  # fmt: skip
    assert drawn == pytest.approx(float(faculty(baseline, 2040).sum()), abs=0.5)


def faculty(ds: xr.Dataset, time: int) -> xr.DataArray:
    stages = [s for s in ds.stage.values if s.startswith(("fixed_term_", "permanent_"))]
    return ds.stock.sel(time=time, stage=stages).sum(("stage", "field"))


def test_the_pyramid_says_the_share_under_40(baseline: xr.Dataset) -> None:
    share = stsim.indicators(baseline)["under40_share"]
    ax = stsim.plot.age_pyramid(baseline, 2040, compare=2023)
    now, then = (100 * float(share.sel(time=year)) for year in (2040, 2023))
    assert f"Under 40: {now:.1f} %\noutline: {then:.1f} %" in texts(ax)


def test_the_pyramid_takes_a_scenario_and_its_comparison(both: xr.Dataset) -> None:
    ax = stsim.plot.age_pyramid(both, 2040, "baseline", scenario="expand_dc")
    assert any(found.startswith("Twice as many DC fellowships.") for found in texts(ax))
    assert "Outline: Law as it stands" in texts(ax)


def test_stages_are_told_by_their_names() -> None:
    assert {
        name: pyramid.contract(name)
        for name in ("permanent_other", "permanent_national_cross", "fixed_term_national",
                     "fixed_term_other_tenure_track", "postdoc_project", "seeking_fixed_term")
    } == {
        "permanent_other": "permanent",
        "permanent_national_cross": "cross",
        "fixed_term_national": "fixed_term",
        "fixed_term_other_tenure_track": "tenure_track",
        "postdoc_project": None,
        "seeking_fixed_term": None,
    }  # fmt: skip


@pytest.fixture(scope="module")
def draws(both: xr.Dataset) -> xr.Dataset:
    """Measures of two scenarios by draw, about those of the runs."""
    factors = xr.DataArray(np.linspace(0.9, 1.1, 19), dims="draw")
    found = xr.Dataset({n: v * factors for n, v in stsim.indicators(both).items()})
    return found.transpose("scenario", "draw", ...)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fan_has_the_range_of_every_scenario(
    both: xr.Dataset, draws: xr.Dataset, language: str
) -> None:
    past = stsim.indicators(both.isel(scenario=0, time=slice(0, 3), year=slice(0, 3)))
    ax = stsim.plot.fan(both, "doctorates_per_million", language, ranges=draws, hindcast=past)
    measured = stsim.indicators(both)["doctorates_per_million"]
    for name in ("baseline", "expand_dc"):
        (line,) = lines(ax, name)
        np.testing.assert_array_equal(line.get_ydata(), measured.sel(scenario=name))
        (shaded,) = (c for c in ax.collections if c.get_gid() == f"range {name}")
        low, high = band.ends(draws["doctorates_per_million"].sel(scenario=name).values)
        heights = shaded.get_paths()[0].vertices[:, 1]
        np.testing.assert_allclose(heights.max(), np.nanmax(high))
        assert np.nanmin(low) in heights
    assert len(lines(ax, "hindcast")) == 1
    assert ax.get_ylim()[1] >= np.nanmax(high)


NAMED = ("baseline", "expand_dc")


def shaded(ax: Axes) -> dict[str, float]:
    """The highest point of each range in a picture."""
    return {
        str(c.get_gid()).removeprefix("range "): float(c.get_paths()[0].vertices[:, 1].max())
        for c in ax.collections
        if str(c.get_gid()).startswith("range ")
    }


def test_a_fan_shades_the_scenarios_that_draws_move(both: xr.Dataset, draws: xr.Dataset) -> None:
    share = draws[["postdocs_persons"]]
    ends = {name: float(share["postdocs_persons"].sel(scenario=name).max()) for name in NAMED}
    assert shaded(stsim.plot.fan(share, "postdocs_persons")) == pytest.approx(ends)
    one = share.sel(scenario="expand_dc")
    found = shaded(stsim.plot.fan(one, "postdocs_persons"))
    assert found == pytest.approx({"expand_dc": ends["expand_dc"]})
    some = share.sel(scenario=["expand_dc"])
    found = shaded(stsim.plot.fan(both, "postdocs_persons", ranges=some))
    assert found == pytest.approx({"expand_dc": ends["expand_dc"]})
    single = both.sel(scenario="baseline")
    found = shaded(
        stsim.plot.fan(single, "postdocs_persons", ranges=share.sel(scenario="baseline"))
    )
    assert found == pytest.approx({"baseline": ends["baseline"]})


def test_a_fan_without_draws_says_so(both: xr.Dataset, draws: xr.Dataset) -> None:
    fixed = draws.isel(draw=9, drop=True)
    for more in (None, fixed):
        ax = stsim.plot.fan(both, "postdocs_persons", ranges=more)
        assert shaded(ax) == {}
        assert any("no range drawn" in found.replace("\n", " ") for found in texts(ax))


def test_an_axis_of_ages_does_not_begin_at_zero_and_says_so(both: xr.Dataset) -> None:
    ax = stsim.plot.scenarios(both, "permanent_entry_mean_age_years")
    assert ax.get_ylim()[0] > 30
    assert "does not start at 0" in ax.get_ylabel()
    ax = stsim.plot.scenarios(both, "postdocs_persons")
    assert ax.get_ylim()[0] == 0
    assert "does not start at 0" not in ax.get_ylabel()


def test_a_line_of_which_nothing_is_known_has_no_label(both: xr.Dataset) -> None:
    unknown = stsim.indicators(both)[["postdocs_persons"]]
    unknown["postdocs_persons"].loc[{"scenario": "expand_dc"}] = np.nan
    said = texts(stsim.plot.scenarios(unknown, "postdocs_persons"))
    assert any(text.startswith("Law as it") for text in said)
    assert not any(text.startswith("Twice as many") for text in said)
    none = unknown.sel(scenario=["expand_dc"])
    assert not any(
        "Twice" in text for text in texts(stsim.plot.scenarios(none, "postdocs_persons"))
    )


def test_a_run_with_levers_of_its_own_is_not_called_the_law(baseline: xr.Dataset) -> None:
    own = baseline.copy()
    own["policy_dc_fellows_persons"] = baseline["policy_dc_fellows_persons"] + np.where(
        baseline["year"] >= 2030, 1000.0, 0.0
    )
    for ds, title in ((baseline, "Law as it stands\n"), (own, "Law as it stands, with")):
        said = texts(stsim.plot.scenarios(ds, "postdocs_persons"))
        assert any(text.startswith(title) for text in said), said


def test_people_beyond_the_ages_of_the_pyramid_are_counted_in_words(baseline: xr.Dataset) -> None:
    more = baseline[["stock"]].isel(time=slice(0, 1)).copy(deep=True)
    beyond = [age for age in more["age"].values if age > pyramid.LAST]
    stages = [s for s in more["stage"].values if pyramid.contract(str(s)) in pyramid.COLOURS]
    faculty_ = {"stage": stages, "age": beyond}
    more["stock"].loc[faculty_] = 0.0
    few = {key: values[:1] for key, values in faculty_.items()}
    more["stock"].loc[few] = 12.0 / (more.sizes["sex"] * more.sizes["field"])
    said = " ".join(texts(stsim.plot.age_pyramid(more, 2023))).replace("\n", " ")
    assert "12 people of other ages are not drawn" in said


def test_axes_of_a_figure_without_a_layout_are_drawn_on(both: xr.Dataset) -> None:
    _, ax = pyplot.subplots()
    assert stsim.plot.money(both, 2035, ax=ax) is ax
    assert [label.get_text() for label in ax.get_legend().get_texts()] == ["state"]


@pytest.mark.slow
def test_costs_of_a_scenario_that_costs_nothing_have_no_key(baseline: xr.Dataset) -> None:
    same = xr.concat(
        [baseline, baseline.assign_coords(scenario="same")], "scenario", data_vars="all",
        coords="different", compat="equals",
    )  # fmt: skip
    ax = stsim.plot.money(same, 2035)
    assert ax.get_legend() is None
    assert list(ax.patches) == []


def test_moves_are_drawn_as_wide_as_people_are_many(both: xr.Dataset) -> None:
    ax = stsim.plot.flows(both, 2035, "ja", scenario="expand_dc")
    moved = papers.flows(both.sel(scenario="expand_dc"), 2035)["persons"]
    wanted = {
        f"{s} to {t}": float(moved.sel(source=s, target=t))
        for s in moved["source"].values
        for t in moved["target"].values
        if float(moved.sel(source=s, target=t)) >= 0.5
    }
    widths = {
        str(p.get_gid()): p.get_path().vertices[-2, 1] - p.get_path().vertices[0, 1]
        for p in ax.patches
        if p.get_gid()
    }
    assert widths.keys() == wanted.keys()
    for key, persons in wanted.items():
        assert widths[key] == pytest.approx(persons)
    assert any("博士課程学生" in found for found in texts(ax))


@pytest.mark.parametrize("kind", ["annual_cost_yen", "committed_cost_yen"])
def test_money_is_the_cost_beyond_the_first_scenario(both: xr.Dataset, kind: str) -> None:
    ax = stsim.plot.money(both, 2035, kind=kind)
    cost = stsim.indicators(both)[kind].sel(year=2035)
    more = float(cost.sel(scenario="expand_dc") - cost.sel(scenario="baseline"))
    (bar,) = (patch for patch in ax.patches if patch.get_gid() == "state expand_dc")
    assert bar.get_width() == pytest.approx(more * 1e-9)


def test_a_tornado_shows_the_widest_first() -> None:
    values = np.array([0.20, 0.22, 0.19, 0.24, 0.21])
    ds = xr.Dataset(
        {"under40_share": (("run", "time"), values[:, None])},
        {"time": [2035], "a": ("run", [1, 2, 0, 1, 1]), "b": ("run", [5, 5, 5, 6, 1])},
    )
    ax = stsim.plot.tornado(ds, "under40_share", 2035, "ja")
    widths = {str(bar.get_gid()): bar.get_width() for bar in ax.patches}
    assert widths == pytest.approx({"low a": -2.0, "high a": 1.0, "low b": 0.0, "high b": 3.0})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_figures_are_written_with_japanese_text(
    both: xr.Dataset, suffix: str, tmp_path: Path
) -> None:
    figure = look.root(stsim.plot.money(both, 2035, "ja"))
    figure.savefig(tmp_path / f"x.{suffix}")  # a missing glyph would warn, which is an error
    assert (tmp_path / f"x.{suffix}").stat().st_size > 5_000


REFUSED: dict[str, tuple[Callable[[xr.Dataset], object], str]] = {
    "unknown indicator": (
        lambda ds: stsim.plot.scenarios(ds, "under_40_share"),
        "no indicator 'under_40_share'; did you mean 'under40_share'? (there are: under40_share,",
    ),
    "unknown language": (
        lambda ds: stsim.plot.scenarios(ds, "under40_share", "fr"),
        "language='fr': give one of en, ja",
    ),
    "no dataset": (
        lambda ds: stsim.plot.scenarios("results/expand_dc", "under40_share"),  # type: ignore
        "'results/expand_dc' is no dataset; give one from stsim.simulate or stsim.open_results",
    ),
    "wanted variable missing": (
        lambda ds: stsim.plot.scenarios(ds[["stock"]], "under40_share"),
        "the dataset has neither under40_share nor flow to measure it on; give one from "
        "stsim.simulate, stsim.open_results or stsim.indicators",
    ),
    "several draws": (
        lambda ds: stsim.plot.scenarios(ds.expand_dims(draw=5), "under40_share"),
        "the dataset has several runs along 'draw' (0, 1, 2, …); select one first: ds.isel(draw=0)",
    ),
    "no scenario": (
        lambda ds: stsim.plot.scenarios(ds.drop_vars("scenario"), "under40_share"),
        "the dataset has no coordinate 'scenario'; give one from stsim.simulate or "
        "stsim.open_results, or name it: ds.assign_coords(scenario='mine')",
    ),
    "too many scenarios": (
        lambda ds: stsim.plot.scenarios(
            xr.Dataset({"under40_share": (("scenario", "time"), np.zeros((7, 2)))},
                       {"scenario": list("abcdefg"), "time": [2023, 2024]}),
            "under40_share",
        ),
        "7 scenarios in one picture; select 6 of them",
    ),
    "policy outside the run": (
        lambda ds: stsim.plot.scenarios(ds, "under40_share", policy_start=2060),
        "policy_start=2060 is not in the run; give a year from 2023 to 2050",
    ),
    "glyph missing": (
        lambda ds: stsim.plot.scenarios(ds, "under40_share", titles={"baseline": "a\U0001f9ea"}),
        "no font here has the character '🧪' of 'a🧪'",
    ),
    "pyramid: indicators only": (
        lambda ds: stsim.plot.age_pyramid(stsim.indicators(ds), 2040),
        "the dataset has no stock, people by age; give one from stsim.simulate or "
        "stsim.open_results, not its indicators",
    ),
    "pyramid: year outside the run": (
        lambda ds: stsim.plot.age_pyramid(ds, 2060, scenario="baseline"),
        "time=2060 is not in the run; give a year from 2023 to 2050",
    ),
    "pyramid: compared year outside the run": (
        lambda ds: stsim.plot.age_pyramid(ds, 2040, 2010, scenario="baseline"),
        "compare=2010 is not in the run; give a year from 2023 to 2050",
    ),
    "pyramid: several scenarios": (
        lambda ds: stsim.plot.age_pyramid(ds, 2040),
        "the dataset has several scenarios (baseline, expand_dc); say which one: "
        "scenario='expand_dc'",
    ),
    "pyramid: unknown scenario": (
        lambda ds: stsim.plot.age_pyramid(ds, 2040, "expand_cd", scenario="baseline"),
        "no scenario 'expand_cd'; did you mean 'expand_dc'? (there are: baseline, expand_dc)",
    ),
    "fan: ranges of something else": (
        lambda ds: stsim.plot.fan(ds, "under40_share", ranges=xr.Dataset()),
        "ranges has no 'under40_share': give measures by draw, from stsim.ranges or ranges.nc",
    ),
    "fan: ranges without scenarios": (
        lambda ds: stsim.plot.fan(
            ds,
            "under40_share",
            ranges=xr.Dataset({"under40_share": (("draw", "time"), np.zeros((3, 28)))}),
        ),
        "ranges of several scenarios need a dimension 'scenario'",
    ),
    "fan: too many scenarios": (
        lambda ds: stsim.plot.fan(
            xr.Dataset({"under40_share": (("scenario", "time"), np.zeros((8, 2)))},
                       {"scenario": list("abcdefgh"), "time": [2023, 2024]}),
            "under40_share",
        ),
        "8 scenarios in one picture; select 6 of them",
    ),
    "money: year outside the run": (
        lambda ds: stsim.plot.money(ds, 2060), "year=2060 is not in the run",
    ),
    "flows: year of which half is known": (
        lambda ds: stsim.plot.flows(ds, 2023, scenario="baseline"),
        "year=2023: moves are known whole from 2024 to 2049",
    ),
    "money: one scenario": (
        lambda ds: stsim.plot.money(ds.isel(scenario=0), 2035),
        "costs need a dataset of whole runs with several scenarios",
    ),
    "money: another cost": (
        lambda ds: stsim.plot.money(ds, 2035, kind="annual_cost"),
        "no cost 'annual_cost'; did you mean 'annual_cost_yen'?",
    ),
    "tornado: nothing swept": (
        lambda ds: stsim.plot.tornado(ds.isel(scenario=0), "under40_share", 2035),
        "no key with several numbers was swept",
    ),
    "pyramid: several replicates": (
        lambda ds: stsim.plot.age_pyramid(ds.expand_dims(replicate=2), 2040),
        "the dataset has several runs along 'replicate' (0, 1); select one first: "
        "ds.isel(replicate=0)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_drawn_is_refused_in_one_line(both: xr.Dataset, case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}[^\n]*$"):
        call(both)
    assert pyplot.get_fignums() == []


def test_axes_of_ones_own_are_used_and_settings_left_alone(both: xr.Dataset) -> None:
    family = list(mpl.rcParams["font.family"])
    figure, (above, below) = pyplot.subplots(2, 1, figsize=(8, 8), layout="constrained")
    assert stsim.plot.scenarios(both, "postdocs_persons", "ja", above) is above
    assert stsim.plot.age_pyramid(both, 2030, None, "ja", below, scenario="baseline") is below
    figure.canvas.draw()
    assert mpl.rcParams["font.family"] == family
    # the pyramid has taken room from the lines: their labels are apart all the same
    ends = [one.get_window_extent() for one in above.texts if "2050年" in one.get_text()]
    assert len(ends) == 2
    assert not ends[0].padded(-0.5).overlaps(ends[1].padded(-0.5))  # edges may touch


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib_fontja", None)
    monkeypatch.delitem(sys.modules, "stsim.plot")
    with pytest.raises(ImportError, match=r"^[^\n]*pip install 'stsim\[report\]'$"):
        importlib.import_module("stsim.plot")


def test_the_pictures_of_the_documentation_are_there_and_small() -> None:
    folder = paths.PACKAGE.parent / "docs" / "pictures"
    found = {path.name for path in folder.glob("*.png")}
    assert found == {
        "age_pyramid.png",
        "doctorates_per_million.png",
        "explorer.png",
        "fixed_term_share_under40_national_ja.png",
        "hindcast.png",
        "report.png",
        "under40_share.png",
    }
    screens = {"explorer.png", "report.png"}
    for name in screens:
        assert (folder / name).stat().st_size < 300_000
    for name in found - screens:
        assert (folder / name).stat().st_size < 120_000
        assert pyplot.imread(folder / name).shape[1] == 1000


def test_forecasts_are_drawn_where_they_are() -> None:
    record = observed.record()
    scores = [*universities(record, 2016, 2025, seed=1, draws=40)]
    ax = stsim.plot.forecasts(scores, "ja")
    ours = [s for s in scores if (s.forecast, s.series) == (CHOSEN, SHARE)]
    (points,) = (line for line in ax.lines if line.get_gid() == "2016")
    np.testing.assert_allclose(points.get_ydata(), [100 * s.middle for s in ours])
    (bars,) = (c for c in ax.collections if c.get_gid() == "range 2016")
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [[100 * s.low80, 100 * s.high80] for s in ours])
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"2016年から"}
    with pytest.raises(ValueError, match="from 1 to 6 cuts, not 0"):
        stsim.plot.forecasts([])
    with pytest.raises(ValueError, match="language='fr'"):
        stsim.plot.forecasts(scores, "fr")


def test_of_two_engines_the_stock_engine_is_drawn() -> None:
    both = stsim.simulate("years.last=2025", "persons_per_agent=200")
    stocks = stsim.simulate("years.last=2025", "engine=stocks")
    for make in (
        lambda ds: stsim.plot.scenarios(ds, "under40_share"),
        lambda ds: stsim.plot.age_pyramid(ds, 2025),
    ):
        drawn = [
            [np.asarray(line.get_ydata()).tolist() for line in ax.get_lines()]
            + [[bar.get_width() for bar in ax.patches]]
            for ax in (make(both), make(stocks))
        ]
        assert drawn[0] == drawn[1]
