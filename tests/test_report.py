"""Reports: the page says what the indicators are, in both languages, and nothing gets out of it."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import band, levers, papers, params, paths
from stsim.cli import main
from stsim.compose import compose
from stsim.config import ConfigError
from stsim.measures import INDICATORS
from stsim.overrides import read_words
from stsim.plot import look
from stsim.reports import answers, bills, fits, job, material, page, taken
from stsim.reports.material import Material
from stsim.reports.words import UNITS, WORDS
from stsim.results import ResultsError

HEADLINE = [i for i in INDICATORS if i.headline]


class Page(HTMLParser):
    """What a reader of the file finds in it: tables, files inside, attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: list[float] = []
        self.files: dict[str, str] = {}
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.scripts = 0
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.ids += [found["id"]] if "id" in found else []
        self.scripts += tag == "script"
        if tag == "data":
            self.values.append(float(found["value"]))
        for key in ("href", "src", "action", "srcset", "data", "poster", "xlink:href"):
            if key in found:
                self.addresses.append(found[key])
        if "download" in found:
            head, _, body = found["href"].partition(",")
            assert head == "data:text/csv;base64"
            self.files[found["download"]] = base64.b64decode(body).decode("utf-8")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def rows(self, file: str) -> list[dict[str, str]]:
        """The lines of a CSV file in the page."""
        text = self.files[file]
        assert text.startswith("\ufeff")
        return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def of(measured: xr.Dataset, scenario: str, name: str, year: int) -> float:
    """A measure; those of careers have no scenario where there are none."""
    values = measured[name]
    if "scenario" in values.dims:
        values = values.sel(scenario=scenario)
    return float(values.sel({values.dims[-1]: year}))


@pytest.fixture(scope="module")
def both(baseline: xr.Dataset, expand_dc: xr.Dataset) -> xr.Dataset:
    return xr.concat(
        [baseline, expand_dc],
        "scenario",
        data_vars="all",
        coords=["run_id"],
        combine_attrs="drop_conflicts",
    )


@pytest.fixture(scope="module")
def ranges(baseline: xr.Dataset, expand_dc: xr.Dataset) -> dict[str, xr.Dataset]:
    """Draws about the measures of two scenarios: made here, a run of them takes seconds."""
    found = {}
    for name, ds in (("baseline", baseline), ("expand_dc", expand_dc)):
        factors = xr.DataArray(np.linspace(0.95, 1.05, 19), dims="draw")
        measured = stsim.indicators(ds)
        found[name] = xr.Dataset(
            {n: v * factors if "cost" not in str(n) else v for n, v in measured.items()}
        ).transpose("draw", ...)
    return found


@pytest.fixture(scope="module")
def written(
    both: xr.Dataset, ranges: dict[str, xr.Dataset], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("report") / "page.html"
    assert stsim.report(both, path, language="both", ranges=ranges) == path
    return path


@pytest.fixture(scope="module")
def found(written: Path) -> Page:
    return Page(written.read_text(encoding="utf-8"))


def test_numbers_in_the_page_are_the_indicators(found: Page, both: xr.Dataset) -> None:
    measured = stsim.indicators(both)
    for file in ("table.csv", "measures.csv"):
        assert file in found.files
    seen = 0
    for row in found.rows("measures.csv"):
        value = of(measured, row["scenario"], row["indicator"], int(row["year"]))
        assert (row["value"] == "" and np.isnan(value)) or float(row["value"]) == value
        seen += 1
    assert seen == 2 * len(INDICATORS) * both.sizes["year"]
    for row in found.rows("table.csv"):
        for name in ("baseline", "expand_dc"):
            values = measured[row["indicator"]].sel(scenario=name)
            assert float(row[name]) == float(values.sel({values.dims[-1]: int(row["year"])}))
    for indicator in HEADLINE:  # what is read in the cells of the table
        for name in ("baseline", "expand_dc"):
            values = measured[indicator.name].sel(scenario=name)
            for year in (2030, 2035, 2040):
                assert float(values.sel({values.dims[-1]: year})) in found.values


def test_lines_and_ranges_of_figures_are_the_measures(
    found: Page, both: xr.Dataset, ranges: dict[str, xr.Dataset]
) -> None:
    measured = stsim.indicators(both)
    for name in ("under40_share", "doctorates_per_million"):
        for row in found.rows(f"fan-{name}.csv"):
            if row["what"] not in ranges:
                continue
            values = measured[name].sel(scenario=row["what"])
            dim = values.dims[-1]
            value = float(values.sel({dim: int(row["year"])}))
            if value != value:
                continue
            assert float(row["value"]) == value
            by_draw = ranges[row["what"]][name].sel({dim: int(row["year"])}).values
            low, high = band.ends(by_draw)
            np.testing.assert_allclose([float(row["low"]), float(row["high"])], [low, high])


def test_the_page_asks_for_nothing_outside_and_has_one_script(found: Page, written: Path) -> None:
    for address in found.addresses:
        assert address.startswith(("data:", "#")), address[:80]
    assert found.scripts == 1
    assert "@import" not in written.read_text(encoding="utf-8")
    assert len(found.ids) == len(set(found.ids))
    assert written.stat().st_size < 3_000_000


def test_every_figure_has_its_numbers_caption_and_text(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    figures = re.findall(r"<figure.*?</figure>", text, flags=re.DOTALL)
    assert len(figures) >= 15
    for figure in figures:
        assert 'download="' in figure
        assert re.search(r'<svg viewBox="[^"]*" role="img" aria-labelledby="([\w-]+)-alt"', figure)
        assert re.search(r"<figcaption>.{20,}</figcaption>", figure, flags=re.DOTALL)
        assert 'class="alternative"' in figure
        assert "NaN" not in figure
        assert not re.search(r"[>\s\"M]nan[<\s\"]", re.sub(r'href="[^"]*"', "", figure))


def test_effects_are_told_as_ranges_and_with_what_they_rest_on(
    both: xr.Dataset, ranges: dict[str, xr.Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = taken.of_dataset(both, ranges)
    told = answers.effect(one, "expand_dc", INDICATORS[5], 2035)
    assert re.fullmatch(r"\+\d+ to \+\d+ persons", told.en)
    without = taken.of_dataset(both)
    sized, rests = answers.evidence(without, "expand_dc")
    assert sized
    assert rests.en == "measured in Japan"
    assert re.fullmatch(
        r"\+\d+ persons", answers.effect(without, "expand_dc", INDICATORS[5], 2035).en
    )
    monkeypatch.setattr(answers, "SIZED", ())
    told = answers.effect(without, "expand_dc", INDICATORS[5], 2035)
    assert "assumption" in told.en
    assert "仮定" in told.ja
    assert not re.search(r"\d", told.en)


def test_what_a_dataset_cannot_show_is_left_out_with_a_sentence(
    both: xr.Dataset, tmp_path: Path
) -> None:
    measured = stsim.indicators(both)[["under40_share", "annual_cost_yen"]]
    path = stsim.report(measured, tmp_path / "some.html")
    text = path.read_text(encoding="utf-8")
    assert text.count('class="missing"') >= 6
    for key in ("no_people", "no_careers", "no_money", "no_attribution", "one_engine"):
        assert WORDS[key][0].split("(")[0].split("'")[0][:40] in text.replace("&#39;", "'"), key
    assert '<span lang="ja"' not in text
    assert "<script" not in text


TITLE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>"


def test_a_title_with_a_script_is_text(both: xr.Dataset, tmp_path: Path) -> None:
    one = both.isel(scenario=0).assign_attrs(title_en=TITLE, title_ja=TITLE)
    path = stsim.report(one, tmp_path / "page.html", language="both", title=TITLE)
    text = path.read_text(encoding="utf-8")
    assert Page(text).scripts == 1
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_formulas_in_cells_are_text() -> None:
    rows = [["=cmd|' /C calc'!A0", "+1+1", "-2-x", "@x", "\tx", "plain", -2.5, float("nan"), 3]]
    text = papers.csv_text(rows)
    (cells,) = csv.reader(io.StringIO(text.removeprefix(papers.BOM), newline=""))
    assert cells == [
        "'=cmd|' /C calc'!A0", "'+1+1", "'-2-x", "'@x", "'\tx", "plain", "-2.5", "", "3",
    ]  # fmt: skip


def test_a_scenario_named_as_a_formula_is_inert(both: xr.Dataset, tmp_path: Path) -> None:
    named = both.assign_coords(scenario=["baseline", "=cmd()"])
    found = Page(stsim.report(named, tmp_path / "p.html").read_text(encoding="utf-8"))
    for text in found.files.values():
        for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")):
            assert not any(cell.startswith(("=", "@")) for cell in row)


def test_tables_for_papers(both: xr.Dataset) -> None:
    table = papers.table(both, (2030, 2060), ["under40_share", "annual_cost_yen"])
    assert dict(table.sizes) == {"scenario": 2, "at": 2}
    measured = stsim.indicators(both)["under40_share"].sel(time=2030)
    np.testing.assert_array_equal(table["under40_share"].sel(at=2030), measured)
    assert bool(table["under40_share"].sel(at=2060).isnull().all())
    xr.testing.assert_identical(papers.table(stsim.indicators(both), (2030, 2060), [*table]), table)
    change = papers.change(table)
    assert float(change["annual_cost_yen"].sel(scenario="expand_dc", at=2030)) > 1e9
    assert "+10.4 bn" in papers.as_markdown(change)
    latex = papers.as_latex(table, "ja", {"baseline": "a_b & 50 %"})
    assert r"a\_b \& 50 \%" in latex
    assert "40歳未満の大学教員の割合 & 2030" in latex
    assert latex.count(r"\\") == 5
    assert papers.as_csv(table).startswith("\ufeffindicator,year,unit,baseline,expand_dc")
    alone = papers.as_csv(table.sel(scenario="baseline", drop=True))
    assert alone.startswith("\ufeffindicator,year,unit,value,label_en")
    assert f",{float(measured.sel(scenario='baseline'))}," in alone


def test_flows_are_those_of_the_run(baseline: xr.Dataset) -> None:
    moved = papers.flows(baseline, 2035)["persons"]
    entered = stsim.indicators(baseline)["doctoral_entrants_persons"].sel(year=2035)
    assert float(moved.sel(target="doctoral").sum()) >= float(entered) * 0.999
    stock = baseline["stock"].sum(("age", "sex", "field"))
    groups = [papers.group(str(s)) for s in baseline["stage"].values]
    assert set(groups) | {"outside"} == set(papers.GROUPS)
    assert float(np.diag(moved.values).sum()) == 0
    assert stock.sizes["stage"] == len(groups)


def test_a_tornado_of_one_key_at_a_time_and_of_others() -> None:
    values = [0.20, 0.22, 0.19, 0.24, 0.21]
    ds = xr.Dataset(
        {"under40_share": (("run", "time"), np.array([values, values]).T)},
        {"time": [2034, 2035], "a": ("run", [1, 2, 0, 1, 1]), "b": ("run", [5, 5, 5, 6, 4])},
    )
    ends = papers.tornado(ds, "under40_share", 2035)
    assert ends["key"].values.tolist() == ["a", "b"]
    np.testing.assert_allclose(ends["low"], [0.19, 0.21])
    np.testing.assert_allclose(ends["high"], [0.22, 0.24])
    rng = np.random.default_rng(1)
    a, b = rng.uniform(size=(2, 60))
    many = xr.Dataset(
        {"under40_share": (("run", "time"), (0.2 + 0.1 * a)[:, None])},
        {"time": [2035], "a": ("run", a), "b": ("run", b)},
    )
    ends = papers.tornado(many, "under40_share", 2035)
    assert ends.attrs["how"] == "thirds"
    assert ends["key"].values.tolist()[0] == "a"
    with pytest.raises(ValueError, match="no key with several numbers"):
        papers.tornado(many.drop_vars(["a", "b"]), "under40_share", 2035)


REFUSED: dict[str, tuple[Any, str]] = {
    "unknown language": (
        lambda ds, p: stsim.report(ds, p / "r.html", language="fr"),
        "language='fr': give one of en, ja, both",
    ),
    "no dataset": (lambda ds, p: stsim.report("x", p / "r.html"), "'x' is no dataset"),
    "nothing wanted": (
        lambda ds, p: stsim.report(ds[["vacancy"]], p / "r.html"),
        "the dataset has neither stock and flow nor a measure (under40_share,",
    ),
    "no page": (lambda ds, p: stsim.report(ds, p / "r.pdf"), "r.pdf: a report is one HTML file"),
    "no folder": (lambda ds, p: stsim.report(ds, p / "none" / "r.html"), "cannot write there"),
    "read-only": (lambda ds, p: stsim.report(ds, "/proc/r.html"), "/proc/r.html: cannot write"),
    "unknown measure": (
        lambda ds, p: papers.table(ds, names=["under_40_share"]),
        "no indicator 'under_40_share'; did you mean",
    ),
    "no year": (lambda ds, p: papers.table(ds, (1900,)), "none of them is in the run"),
    "no reference": (
        lambda ds, p: papers.change(papers.table(ds), "base"),
        "no scenario 'base' to compare with; did you mean 'baseline'?",
    ),
    "moves of an unknown year": (
        lambda ds, p: papers.flows(ds.isel(scenario=0), 2050),
        "year=2050: moves are known whole from 2024 to 2049",
    ),
    "measures of no people": (
        lambda ds, p: papers.table(
            stsim.indicators(ds)[["under40_share"]], (2030,), ["postdocs_persons"]
        ),
        "the dataset has neither postdocs_persons nor stock and flow to measure it on",
    ),
    "moves of no people": (
        lambda ds, p: papers.flows(stsim.indicators(ds), 2035),
        "the dataset has no flow, people who move; give one from stsim.simulate",
    ),
    "moves of several runs": (
        lambda ds, p: papers.flows(ds, 2035),
        "the dataset has several runs along 'scenario'; select one first",
    ),
    "a tornado of no year of the run": (
        lambda ds, p: papers.tornado(ds, "under40_share", 2060), "year=2060 is not in the sweep",
    ),
    "a table in a third language": (
        lambda ds, p: papers.as_markdown(papers.table(ds, (2030,)), "fr"),
        "language='fr': give one of en, ja",
    ),
    "table of whole lines": (
        lambda ds, p: papers.as_csv(stsim.indicators(ds)),
        "give a table from stsim.papers.table",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_reported_is_refused_and_nothing_is_written(
    both: xr.Dataset, tmp_path: Path, case: str
) -> None:
    call, message = REFUSED[case]
    with pytest.raises((ValueError, ResultsError), match=rf"[^\n]*{re.escape(message)}[^\n]*$"):
        call(both, tmp_path)
    assert list(tmp_path.rglob("*")) == []


def test_every_word_is_in_both_languages() -> None:
    for key, (english, japanese) in WORDS.items():
        gaps = [set(re.findall(r"\{(\d)\}", text)) for text in (english, japanese)]
        assert gaps[0] == gaps[1], key
        assert english
        assert japanese


def test_every_parameter_has_a_name_in_both_languages() -> None:
    english, japanese = ([params.label(n, lang) for n in params.NAMES] for lang in ("en", "ja"))
    for name, en, ja in zip(params.NAMES, english, japanese, strict=True):
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", ja), name
        assert re.fullmatch(r"[\x20-\x7e]{6,}", en), name
    assert len(set(english)) == len(set(japanese)) == len(params.NAMES)


def test_equal_money_is_run_or_said_to_be_divided(
    both: xr.Dataset, ranges: dict[str, xr.Dataset]
) -> None:
    there = taken.of_dataset(both, ranges)
    name = "equal-doctorates_per_million"
    for one, how in ((there, "divided"), (replace(there, equal=ranges), "run")):
        section = bills.money(one)
        (figure,) = [f for f in section.figures if f.name == name]
        (row,) = csv.DictReader(io.StringIO(figure.csv.removeprefix(papers.BOM), newline=""))
        assert row["how"] == how
        assert ("divided" in figure.caption.en) == (how == "divided")
        effect = answers.change(there, "expand_dc", "doctorates_per_million", 2035)
        assert effect is not None
        cost = there.at("expand_dc", "annual_cost_yen", 2035) - there.at(
            "baseline", "annual_cost_yen", 2035
        )
        factor = material.EQUAL / cost if how == "divided" else 1.0
        np.testing.assert_allclose(
            [float(row["low"]), float(row["high"])], np.array(answers.ends(effect)) * factor
        )


def test_scenarios_are_scaled_to_one_budget_where_they_cost_money() -> None:
    names = ("baseline", "expand_dc", "do_less", "reserved_for_young")
    configs = {name: compose([f"scenario={name}"]) for name in names}
    (scaled,) = job.at_budget(configs).values()
    price, law = levers.about("dc_fellows_persons").yen_each, scaled.law["dc_fellows_persons"]
    more = scaled.lever("dc_fellows_persons").at(2035) - law.timeline.at(2035)
    assert more * price == pytest.approx(material.EQUAL)
    assert scaled.years.last == material.YEAR + 1


def test_parts_of_a_package_tell_how_they_were_found() -> None:
    def line(lever: str, value: str, error: str) -> dict[str, str]:
        return {
            "indicator": "under40_share", "year": "2035", "unit": "share", "lever": lever,
            "value": value, "standard_error": error, "package": "0.01",
        }  # fmt: skip

    drawn = (line("women_exit_ratio", "0.0075", "0.001"), line("firm_pay_ratio", "-0.05", "0.002"))
    exact = (line("dc_fellows_persons", "0.01", "0.0"), line("pd_fellows_persons", "-0.0", "0.0"))
    one, other = bills.attribution(Material({}, adds={"women": drawn, "mine": exact})).tables
    assert [row[2].text.en for row in one.rows] == ["75 ± 10 %", "lowers; levers cancel"]
    assert "drawn at random" in one.notes[1].en
    assert other.notes[1].en == "All 4 combinations of the 2 levers were run."


def test_equal_money_takes_no_scenario_that_costs_nothing(both: xr.Dataset) -> None:
    section = bills.money(taken.of_dataset(both))
    assert any("need ranges" in point.text.en for point in section.points)
    assert section.tables[0].rows[0][0].text.en == "Twice as many DC fellowships"


YEARS = np.arange(2023, 2051)


def swept(**keys: Sequence[Any]) -> xr.Dataset:
    """A sweep whose share under 40 rises by 0.01 from run to run, along its keys."""
    shape = [len(values) for values in keys.values()]
    numbers = np.arange(np.prod(shape)).reshape([*shape, 1])
    data = 0.2 + 0.01 * numbers + 0 * YEARS
    return xr.Dataset(
        {
            "under40_share": ((*keys, "time"), data),
            "annual_cost_yen": ((*keys, "year"), data * 1e9),
        },
        {**keys, "time": YEARS, "year": YEARS},
    )


def test_a_sweep_has_its_results_by_value_its_runs_and_what_moves_them(tmp_path: Path) -> None:
    ds = swept(dc_fellows_persons=np.arange(6.0))
    text = stsim.report(ds, tmp_path / "s.html", language="both").read_text(encoding="utf-8")
    found = Page(text)
    assert len(found.rows("runs.csv")) == 6
    (row,) = found.rows("tornado-under40_share.csv")
    assert float(row["high"]) > float(row["low"])
    rows = [r for r in found.rows("across-under40_share.csv") if r["year"] == "2035"]
    np.testing.assert_allclose([float(r["value"]) for r in rows], 0.2 + 0.01 * np.arange(6))
    assert "across-annual_cost_yen.csv" in found.files
    assert "特別研究員" in text


def test_draws_of_a_sweep_are_ranges_and_not_told_apart(tmp_path: Path) -> None:
    ds = swept(posts=["flat", "openings"], draw=np.arange(1, 20))
    found = Page(stsim.report(ds, tmp_path / "s.html").read_text(encoding="utf-8"))
    rows = {r["what"]: r for r in found.rows("beside-under40_share.csv") if r["year"] == "2035"}
    assert len(rows) == 2
    first = rows["flat"]
    np.testing.assert_allclose([float(first[k]) for k in ("low", "value", "high")],
                               [0.2, 0.29, 0.38])  # fmt: skip


def test_a_design_over_many_keys_is_shown_as_a_spread(tmp_path: Path) -> None:
    ds = swept(dc_fellows_persons=np.arange(5.0), pd_fellows_persons=np.arange(5.0))
    found = Page(stsim.report(ds, tmp_path / "s.html").read_text(encoding="utf-8"))
    row = next(r for r in found.rows("spread-under40_share.csv") if r["year"] == "2035")
    assert float(row["p50"]) == pytest.approx(0.32)


def test_a_sweep_of_another_measure_alone_has_a_page(tmp_path: Path) -> None:
    name = next(i.name for i in INDICATORS if i not in answers.TABLE)
    ds = swept(dc_fellows_persons=np.arange(3.0))[["under40_share"]]
    path = stsim.report(ds.rename(under40_share=name), tmp_path / "s.html")
    assert len(Page(path.read_text(encoding="utf-8")).rows("runs.csv")) == 3


def test_a_fit_shows_prior_and_posterior_the_chains_and_the_record() -> None:
    text = page.html(taken.of_folder(paths.CONF / "params"), "both")
    found = Page(text)
    row = found.rows("posterior-doctoral-1.csv")[0]
    assert float(row["posterior_05"]) == float(found.rows("fit.csv")[0]["p05"])
    assert len(found.rows("residuals.csv")) > 200
    assert "largest r-hat" in text
    assert len(found.rows("fit-1.csv")) >= 4


BROKEN: dict[str, tuple[dict[str, str | bytes], str]] = {
    "a fit": ({"fit.csv": "# x\nparameter\nnone", "residuals.csv": "# x\nseries\ny"}, "fit again"),
    "an attribution": ({"attribution.csv": "lever,year\nx,2035\n"}, "not what stsim has written"),
    "an attribution with a cell more": (
        {"attribution.csv": f"{','.join(taken.ADDS)}\n1,2,3,4,5,6,7\n"}, r"\(no end of a line\)",
    ),
    "an attribution that is no text": (
        {"attribution.csv": b"\xff\xfe"}, "attribution.csv: cannot be read",
    ),
    "a budget of uncertainty": ({"uncertainty.csv": ""}, "not what stsim has written"),
    "a fit of nothing": ({"fit.csv": "# x\nparameter", "residuals.csv": ""}, r"\(no lines\)"),
    "a fit of an unknown parameter": (
        {
            "fit.csv": f"# x\n{','.join(fits.WANTED['fit.csv'])}\nspeed,faculty,1,2,0.5,1,9",
            "residuals.csv": "",
        },
        r"\(no parameter of this version\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_folder_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    files, message = BROKEN[case]
    for name, text in files.items():
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ResultsError, match=message) as refused:
        page.html(taken.of_folder(tmp_path))
    assert "\n" not in str(refused.value)


def test_every_unit_of_a_list_has_a_japanese_form() -> None:
    used = {params.prior(name).unit for name in params.NAMES}
    used |= {levers.about(name).unit for name in levers.NAMES}
    assert used <= set(UNITS)


def test_a_budget_of_uncertainty_is_shown_beside(tmp_path: Path) -> None:
    rows = [["scenario", "year", "indicator", "unit", "of", "part", "share", "share_error"]]
    rows += [
        ["x", "2035", "under40_share", "share", of, part, share, "0.02"]
        for of in ("level", "change")
        for part, share in (("fitted", "0.75"), ("chance", "-0.01"))
    ]
    (tmp_path / "uncertainty.csv").write_text("\n".join(map(",".join, rows)))
    text = page.html(taken.of_folder(tmp_path), "both")
    assert "75 ± 2 %" in text
    assert "−1 ± 2 %" in text
    assert Page(text).rows("budget.csv")[0]["share"] == "0.75"


def test_a_dataset_of_draws_has_its_median_and_its_ranges(baseline: xr.Dataset) -> None:
    measured = stsim.indicators(baseline)[["under40_share"]]
    factors = xr.DataArray([0.5, 0.9, 1.0, 1.1, 2.0], dims="draw")
    found = taken.of_dataset(measured * factors)
    share = float(measured["under40_share"].sel(time=2035))
    assert found.at("baseline", "under40_share", 2035) == pytest.approx(share)  # the middle one
    by_draw = found.draws("baseline", "under40_share", 2035)
    assert by_draw is not None
    np.testing.assert_allclose(by_draw, share * factors)
    assert found.people == {}


# --- the job --------------------------------------------------------------------------------------


def planned(*words: str) -> job.Planned:
    return job.plan(read_words(words, listed=("scenario", "report.of")), words)


def test_a_report_is_planned_of_the_baseline_scenarios_and_a_policy() -> None:
    found = planned("scenario=baseline,expand_dc", "band=false")
    assert [*found.configs] == ["baseline", "expand_dc"]
    assert found.configs["baseline"].policy == {}
    assert found.steps == 3  # two runs and the page
    found = planned("policy.dc_fellows_persons=9000", "draws=4")
    assert [*found.configs] == ["baseline", look.WITH_POLICY]
    # each with its draws, the policy again at equal money with its draws, and the page
    assert found.steps == (1 + 4) + (1 + 4) + 4 + 1


@pytest.mark.slow
def test_more_scenarios_than_a_picture_can_tell_apart_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job, "MOST", 1)
    with pytest.raises(ConfigError, match="3 scenarios in one report: give 1 at most"):
        planned("scenario=expand_dc,permanent_posts")


def folders(here: Path, **files: str) -> list[str]:
    """Folders with one file each, by the name of the folder."""
    for name, text in files.items():
        (here / name).mkdir()
        kind = "attribution.csv" if name.startswith("adds") else "uncertainty.csv"
        (here / name / kind).write_text(text, encoding="utf-8")
    return [str(here / name) for name in files]


ADDS = "\n".join([",".join(taken.ADDS), "dc_fellows_persons,under40_share,2035,0.01,0,0.02"])


def test_what_stands_beside_results_is_joined_and_two_results_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = folders(tmp_path, adds_one=ADDS, adds_two=ADDS.replace("0.02", "0.04"))
    (tmp_path / "adds_two" / "config.yaml").write_text("scenario: of_its_config\n")
    found = job._read([first, second])
    assert [*found.adds] == ["adds_one", "of_its_config"]
    assert [lines[0]["package"] for lines in found.adds.values()] == ["0.02", "0.04"]
    fit = str(paths.CONF / "params")
    assert job._read([first, fit]).fit == paths.CONF / "params"
    with pytest.raises(ResultsError, match=r"names several results: give one folder of runs"):
        job._read([fit, fit])


def test_a_folder_that_breaks_the_page_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    """A lever of another version: the lines can be read, and no page made of them."""
    (folder,) = folders(tmp_path, adds=ADDS.replace("dc_fellows", "another"))
    asked = planned(f"report.of={folder}", f"results_dir={tmp_path}")
    with pytest.raises(ResultsError, match=r"adds: not results that stsim has written, or damaged"):
        job.make(asked, lambda step: None)
    assert [path.name for path in tmp_path.iterdir()] == ["adds"]


@pytest.mark.parametrize("text", ["[1, 2]", "{", "[" * 100_000], ids=["a list", "cut", "deep"])
def test_provenance_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "provenance.json").write_text(text)
    with pytest.raises(ResultsError, match=r"provenance.json: not what stsim has written \("):
        taken._provenance(tmp_path)


SHORT = ["engine=stocks", "band=false", "years.last=2036"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_job_runs_scenarios_and_prints_its_folder_last(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["job=report", "scenario=baseline,cross_appointment", "language=ja", *SHORT]
    assert main(words) == 0
    folder = Path(capsys.readouterr().out.splitlines()[-1])
    text = (here / folder / "report.html").read_text(encoding="utf-8")
    found = Page(text)
    assert '<html lang="ja">' in text
    assert "python -m stsim job=report scenario=baseline,cross_appointment" in text
    assert found.rows("attribution.csv")  # a package of two levers
    expected = stsim.indicators(stsim.simulate(*SHORT, "scenario=cross_appointment"))
    for row in found.rows("measures.csv"):
        if row["scenario"] == "cross_appointment" and row["value"]:
            values = expected[row["indicator"]]
            assert float(row["value"]) == float(values.sel({values.dims[-1]: int(row["year"])}))
    assert main(words) == 0  # the same again
    assert capsys.readouterr().out.splitlines()[-1] == str(folder)
    assert not list(here.rglob(".part-*"))


MISTAKES = {
    "both languages of a run": (["language=both"], "language=both is for job=report"),
    "unknown language": (["job=report", "language=fr"], "'en', 'ja' or 'both'"),
    "unknown scenario": (["job=report", "scenario=baseline,expnd_dc"], "'expand_dc'"),
    "no such folder": (["job=report", "report.of=nowhere"], "no such folder or file"),
    "a folder and a run": (["job=report", "report.of=x", "engine=stocks"], "leave out engine"),
    "a folder of a run": (["report.of=x"], "is for job=report"),
    "read-only": (["job=report", "results_dir=/proc/x", *SHORT], "cannot write there"),
    "several values of a key": (["job=report", "seed=1,2"], "names several values"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_clear_line_and_leaves_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], mistake: str
) -> None:
    words, said = MISTAKES[mistake]
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err
    assert list(here.rglob("*")) == []


@pytest.mark.slow
def test_a_report_of_a_folder_a_fit_and_an_attribution(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scenario=cross_appointment", "engine=stocks", "years.last=2036"]) == 0
    run = capsys.readouterr().out.splitlines()[-1]
    assert main(["job=attribution", "scenario=cross_appointment", "years.last=2036"]) == 0
    adds = capsys.readouterr().out.splitlines()[-1]
    assert main(["job=report", f"report.of={run},{adds}", "language=both"]) == 0
    folder = Path(capsys.readouterr().out.splitlines()[-1])
    found = Page((folder / "report.html").read_text(encoding="utf-8"))
    measured = stsim.indicators(stsim.open_results(run))
    for row in found.rows("measures.csv"):
        value = of(measured, row["scenario"], row["indicator"], int(row["year"]))
        assert (row["value"] == "" and value != value) or float(row["value"]) == value
    assert "attribution.csv" in found.files
    assert any(name.startswith("change-") for name in found.files)  # ranges.nc was read
    assert main(["job=report", f"report.of={paths.CONF / 'params'}"]) == 0
    folder = Path(capsys.readouterr().out.splitlines()[-1])
    assert Page((folder / "report.html").read_text(encoding="utf-8")).rows("residuals.csv")


# --- in a browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = Path("/usr/bin/chromium")
    if not chromium.is_file():
        pytest.skip("no /usr/bin/chromium: the page is not looked at in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [360, 1440])
def test_the_page_is_readable_in_a_browser(
    browser: Any, written: Path, width: int, language: str, tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(written.as_uri())
    tab.click(f"button[data-language={language}]")
    assert tab.evaluate("document.documentElement.lang") == language
    assert [url for url in asked if not url.startswith("data:")] == [written.as_uri()]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    other = {"en": "ja", "ja": "en"}[language]
    seen = tab.evaluate(
        f"[...document.querySelectorAll('main [lang={other}]')]"
        ".filter(e => e.checkVisibility()).length"
    )
    assert seen == 0
    small = tab.evaluate(
        "Math.min(...[...document.querySelectorAll('svg text')].filter(e => e.checkVisibility())"
        ".map(e => e.getBoundingClientRect().height))"
    )
    assert small >= 9  # pixels
    found = Axe().run(tab).response["violations"]
    serious = [v["id"] for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []
    with tab.expect_download() as waiting:
        tab.click("a[download='table.csv']")
    assert waiting.value.suggested_filename == "table.csv"
    assert Path(waiting.value.path()).read_bytes().startswith(b"\xef\xbb\xbfindicator,year")
    if width == 1440:
        pages = tab.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
        assert pages.startswith(b"%PDF")
        assert 5 < pages.count(b"/Type /Page\n") + pages.count(b"/Type /Page ") < 40
    assert said == []
    tab.close()
