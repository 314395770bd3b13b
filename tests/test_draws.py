"""Draws of the parameters: what is shipped, how it was drawn, and what a run with them gives."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import band, draws, paths, priors, results, simulation
from stsim.band import FEW
from stsim.calibrate import widen
from stsim.calibrate.block import BLOCKS
from stsim.calibrate.central import as_yaml, with_references
from stsim.calibrate.others import REFERENCES
from stsim.cli import main
from stsim.compose import compose
from stsim.config import PROCESSORS, ConfigError, validated
from stsim.draws import DrawsError
from stsim.measures import INDICATORS
from stsim.params import FIELDS, NAMES, Params, prior
from stsim.reading import read_yaml
from stsim.simulation import fitted, prepare

SHORT = ("engine=stocks", "years.last=2030")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- what is shipped ------------------------------------------------------------------------------


def test_the_shipped_draws_are_parameter_sets_around_the_fitted_one() -> None:
    found = draws.ensemble(fitted(), fitted(), draws.SHIPPED)
    assert len(found) == draws.SHIPPED
    of_blocks = {name for block in BLOCKS for name in block.names}
    rows = [draws.columns(params) for params in found]
    table = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    for key, values in table.items():
        name = key.split(".")[0]
        if name not in of_blocks and name not in REFERENCES and name not in draws.WHOLE_YEARS:
            about, centre = prior(name), draws.columns(fitted())[key]
            inside = (values >= min(about.low, centre)) & (values <= max(about.high, centre))
            # nine tenths of the draws; those cut at a bound come closer
            assert 0.82 <= inside.mean() <= 1.0, key
    for block in BLOCKS:
        values = np.array([block.vector(p) for p in found])
        assert (values.std(axis=0) > 0).all()
        # the record narrows the priors on the whole
        assert np.median(values.std(axis=0) / block.spread) < 1


def test_draws_around_another_set_are_refused(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = fitted().model_copy(update={"contract_years": 5})
    with pytest.raises(DrawsError, match=r"another parameter set than fitted.*job=calibrate"):
        draws.read(other)
    for text in ("", "x\n1,2\n", "# draws\nname\nword\n"):
        (here / "draws.csv").write_text(text)
        monkeypatch.setattr(draws, "file", lambda: here / "draws.csv")
        assert main(["draws=2", *SHORT, "results_dir=r"]) == 1
        captured = capsys.readouterr()
        assert len(captured.err.splitlines()) == 1
        assert "job=calibrate" in captured.err
        assert [p.name for p in here.iterdir()] == ["draws.csv"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.rsplit("\n", 2)[0] + "\n", "999 draws where 1,000 belong"),
        (lambda text: text.rstrip("\n"), "cut short, or a column stands twice"),
    ],
)
def test_a_file_of_draws_that_is_not_whole_is_named_in_one_line(
    here: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str], said: str
) -> None:
    text = draws.file().read_text(encoding="utf-8")
    (here / "draws.csv").write_text(change(text), encoding="utf-8")
    monkeypatch.setattr(draws, "file", lambda: here / "draws.csv")
    with pytest.raises(DrawsError, match=rf"^draws\.csv: .*{said}") as caught:
        draws.read(fitted())
    assert "\n" not in str(caught.value)


def test_draws_that_are_not_there_have_no_hash(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draws, "file", lambda: here / "draws.csv")
    with pytest.raises(DrawsError, match=r"^draws\.csv: .*No such file.*job=calibrate"):
        draws.sha256()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file"),
        ("", "not enough values"),
        ("series,what,year\na,b,2020\n", "other columns"),
        ("# a fit\nseries,what\na,b\n", "other columns"),
        ("# a fit\nseries,what,year,record\n", "other columns"),
        ("# a fit\nseries,what,year,record\na,b,2020\n", "zip"),
    ],
)
def test_residuals_of_another_kind_are_named_in_one_line(
    here: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, said: str
) -> None:
    monkeypatch.setattr(draws, "fit_file", lambda: here / "fit.csv")
    if text is not None:
        (here / "residuals.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DrawsError, match=rf"^residuals\.csv: not .* a fit \(.*{said}") as caught:
        draws.residuals()
    assert "\n" not in str(caught.value)


def test_the_residuals_of_the_fit_are_read() -> None:
    rows = draws.residuals()
    assert len(rows) > 100
    assert {int(row["year"]) for row in rows} <= set(range(2007, 2025))


def test_no_more_draws_than_are_shipped() -> None:
    with pytest.raises(DrawsError, match=r"^draws=1001: only 1000 draws are shipped"):
        draws.ensemble(fitted(), fitted(), 1001)
    for number, other in ((0, 1), (1, 1001)):
        with pytest.raises(DrawsError, match=f"^draws {number} and {other}: only 1000 draws"):
            draws.mixed(fitted(), fitted(), number, other, ())


def test_a_draw_that_does_not_go_with_what_was_asked_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [*draws.read(fitted())[:3]]
    rows[1] = rows[1] | {"stay_on_share": 7.0}
    monkeypatch.setattr(draws, "read", lambda central: rows)
    with pytest.raises(DrawsError, match=r"^draw 2 of draws\.csv is no parameter set: ") as caught:
        draws.ensemble(fitted(), fitted(), 3)
    assert "stay_on_share" in str(caught.value)
    asked = fitted().model_copy(update={"contract_years": 5.0})
    said = r"^draw 2 of draws\.csv is no parameter set beside what was asked \(contract_years\): "
    with pytest.raises(DrawsError, match=said):
        draws.ensemble(asked, fitted(), 3)
    asked = fitted().model_copy(update={"stay_on_share": 0.4})
    assert len(draws.ensemble(asked, fitted(), 3)) == 3  # what was asked stands in its place


def test_what_is_asked_for_stays_as_asked_in_every_draw() -> None:
    asked = compose(["params.net_posts_per_funded_post=0.55"]).params
    found = draws.ensemble(asked, fitted(), 5)
    assert {p.net_posts_per_funded_post for p in found} == {0.55}
    assert len({p.leave_after_post_share for p in found}) == 5


# --- what a run with them gives ---------------------------------------------------------------


def test_each_draw_is_the_run_with_its_parameters() -> None:
    ds = stsim.simulate(*SHORT, "scenario=expand_dc", "draws=3")
    assert ds.stock.dims[0] == "draw"
    first = draws.ensemble(fitted(), fitted(), 1)[0]
    words = []
    for name in NAMES:
        value = getattr(first, name)
        if hasattr(value, "array"):
            words += [f"params.{name}.{field}={getattr(value, field)!r}" for field in FIELDS]
        else:
            words.append(f"params.{name}={value!r}")
    # the same but for the start population, which is that of the fitted parameters
    alone = stsim.simulate(*SHORT, "scenario=expand_dc", *words)
    own = stsim.indicators(ds.isel(draw=0)), stsim.indicators(alone)
    for name in ("doctoral_entrants_persons", "postdocs_persons", "faculty_persons"):
        a, b = (found[name].values[-1] for found in own)
        assert a == pytest.approx(b, rel=0.05), name


def test_ranges_are_the_measures_of_the_draws_whatever_goes_side_by_side() -> None:
    by_draw = stsim.ranges(*SHORT, "draws=6")
    whole = stsim.indicators(stsim.simulate(*SHORT, "draws=6"))
    assert by_draw.under40_share.dims == ("draw", "time")
    assert by_draw.draw.values.tolist() == [0, 1, 2, 3, 4, 5]
    for name in by_draw.data_vars:
        np.testing.assert_allclose(by_draw[name].values, whole[name].values, rtol=1e-9)
    assert float(by_draw.under40_share.sel(time=2023).std()) == pytest.approx(0, abs=1e-12)
    assert float(by_draw.under40_share.sel(time=2030).std()) > 0
    assert stsim.ranges(*SHORT, "draws=6").identical(by_draw)


@pytest.mark.slow
def test_ranges_by_several_processes_are_those_of_one() -> None:
    if PROCESSORS < 2:
        pytest.skip("one processor")
    told: list[int] = []
    config = compose([*SHORT, "draws=6", "workers=2"])
    found = simulation.ranges(config, told.append)
    alone = simulation.ranges(config.model_copy(update={"workers": 1}))
    assert found.identical(alone)
    assert told == [0, 1, 2, 3, 4, 5]


def test_a_placebo_moves_no_draw() -> None:
    law = compose(()).law["pd_fellows_persons"].timeline
    placebo = {year: law.at(year) for year in range(2027, 2031)}
    base, other = (
        stsim.ranges(*SHORT, "draws=4", *words)
        for words in ((), (f"policy.pd_fellows_persons={placebo}",))
    )
    for name in base.data_vars:
        assert base[name].values.tobytes() == other[name].values.tobytes()


def test_the_main_job_prints_and_keeps_ranges(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["scenario=permanent_posts", *SHORT, "years.last=2028"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert f"{FEW} parameter sets" in out
    assert "no chance" in out
    assert "rest on their priors alone" in out
    folder = Path(out.splitlines()[-1])
    kept = xr.load_dataset(folder / "ranges.nc")
    assert kept.under40_share.dims == ("scenario", "draw", "time")
    more = kept.permanent_hires_persons.sel(scenario="permanent_posts") - (
        kept.permanent_hires_persons.sel(scenario="baseline")
    )
    assert (more.sel(year=2027) > 0).all()
    assert stsim.open_results(folder).scenario.values.tolist() == ["baseline", "permanent_posts"]
    told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert told["draws"] == {"number": FEW, "sha256": draws.sha256()}
    for name, run_id in told["runs"].items():
        assert stsim.open_results(folder / f"{name}.nc").attrs["run_id"] == run_id
    with (folder / "summary.csv").open(encoding="utf-8-sig") as file:
        rows = {(row["indicator"], int(row["year"])): row for row in csv.DictReader(file)}
    hires = rows["permanent_hires_persons", 2027]
    assert list(hires)[-6:] == [
        f"{what}_{end}"
        for what in ("baseline", "permanent_posts", "permanent_posts_minus_baseline")
        for end in ("low", "high")
    ]
    # of 19 draws the lowest and the highest
    assert float(hires["permanent_posts_minus_baseline_low"]) == float(more.sel(year=2027).min())
    assert float(hires["permanent_posts_minus_baseline_high"]) == float(more.sel(year=2027).max())
    assert hires["permanent_posts_minus_baseline_low"] in hires.values()
    cost = rows["annual_cost_yen", 2027]  # no draw moves it
    assert cost["baseline_low"] == cost["baseline_high"] == cost["baseline"]
    assert rows["first_permanent_post_age_years", 2027]["baseline_low"] == ""


@pytest.mark.slow
def test_ranges_are_the_same_bytes_whatever_the_processes(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = []
    for workers in (1, 2):
        assert main(["scenario=permanent_posts", *SHORT, f"workers={workers}"]) == 0
        folders.append(capsys.readouterr().out.splitlines()[-1])
    assert folders[0] == folders[1]  # or the second folder would have another name
    assert len(list((here / "results").iterdir())) == 1


def test_other_draws_are_other_results(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, alone = compose(["draws=5"]), compose(())
    before = results.run_id(config), results.run_id(alone)
    (here / "draws.csv").write_text(draws.file().read_text() + "\n")
    monkeypatch.setattr(draws, "file", lambda: here / "draws.csv")
    assert results.run_id(config) != before[0]
    assert results.run_id(alone) == before[1]


def test_the_fitted_reference_points_are_what_the_model_counts_with_them() -> None:
    (found,) = with_references(prepare(compose(())), [fitted()])
    assert draws.columns(found) == pytest.approx(draws.columns(fitted()), rel=1e-5)


def test_without_a_range_the_table_says_why(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*SHORT, "years.last=2024"]
    for more, said in (
        (["band=false"], "fitted parameters, no range"),
        (["params=central"], "central parameters, which have no draws"),
        (["params=central", "language=ja"], "パラメータcentralには抽出された組がなく"),
    ):
        assert main([*words, *more]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert said in " ".join(lines)
        assert "90 %" not in " ".join(lines)
        folder = Path(lines[-1])
        assert not (folder / "ranges.nc").exists()
        assert "draws" not in json.loads((folder / "provenance.json").read_text())
        head = (folder / "summary.csv").read_text(encoding="utf-8-sig").splitlines()[0]
        assert head == "indicator,year,unit,baseline,label_en,label_ja"
    assert len(list((here / "results").iterdir())) == 2


def test_a_draw_that_cannot_be_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(ds: xr.Dataset) -> None:
        raise ArithmeticError("no market intensity")

    monkeypatch.setattr("stsim.measures.indicators", failing)
    with pytest.raises(DrawsError, match=r"draws 0 to 1 of .* no market intensity; band=false"):
        stsim.ranges(*SHORT, "draws=2")
    for words in (["band=false"], ["params=central"]):
        with pytest.raises(ConfigError, match=f"{words[0]} leaves no range"):
            stsim.ranges(*SHORT, *words)


# --- what a range of few draws is -----------------------------------------------------------------


def test_a_range_holds_nine_tenths_on_average_and_says_how_much_it_may_hold() -> None:
    rng = np.random.default_rng(0)
    for number in (5, FEW, 40, 200):
        values = rng.random((number, 4000))  # of a uniform distribution, the part held is the width
        low, high = band.ends(values)
        part = high - low
        least, most = band.held(number)
        wanted = band.PART if number >= FEW else (number - 1) / (number + 1)
        assert part.mean() == pytest.approx(wanted, abs=4 * part.std() / np.sqrt(4000))
        assert np.mean((part > least) & (part < most)) == pytest.approx(0.9, abs=0.03)
    assert band.ends(values[:FEW])[0].tolist() == values[:FEW].min(axis=0).tolist()


def test_what_a_change_follows_most_is_named_from_many_draws_on() -> None:
    sets = [draws.columns(p) for p in draws.ensemble(fitted(), fitted(), priors.LEAST)]
    follows = np.array([one["entry_elasticity_coverage"] for one in sets])
    years = {"year": [2039, 2040]}

    def measured(entrants: np.ndarray) -> xr.Dataset:
        dims = ("draw", "year")
        values = np.stack([entrants, entrants], axis=1)
        same = xr.DataArray(np.full_like(values, 5.0), years, dims)
        found = {i.name: same for i in INDICATORS if i.headline}
        return xr.Dataset(found | {"doctoral_entrants_persons": (dims, values)}, years)

    base = np.full(priors.LEAST, 100.0)
    by_draw = {"baseline": measured(base), "more": measured(base + follows)}
    many, few = (compose(["scenario=expand_dc", f"draws={n}"]) for n in (priors.LEAST, 19))
    found = priors.moving(many, by_draw)
    assert found is not None
    assert (found.indicator.name, found.year) == ("doctoral_entrants_persons", 2040)
    assert next(iter(found.ranks.items())) == ("entry_elasticity_coverage", pytest.approx(1))
    assert priors.moving(few, by_draw) is None
    assert priors.moving(many, {"baseline": measured(base), "more": measured(base)}) is None
    assert set(priors.alone()) & {n for block in BLOCKS for n in block.names} == set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["draws=2", "params=central"], ["draws=2", "params=central"]),
        (["draws=2", "band=false"], ["draws=2", "band=false"]),
        (["band=0"], ["band=0", "boolean"]),
        (["band=maybe"], ["band='maybe'", "boolean"]),
        (["band=19"], ["band=19", "boolean"]),
        (["draws=0"], ["draws=0", "1"]),
        ([f"draws={draws.SHIPPED + 1}"], [f"draws={draws.SHIPPED + 1}", str(draws.SHIPPED)]),
        (["draws=2.5"], ["draws=2.5"]),
        (["-m", "scenario=baseline,expand_dc", "draws=5"], ["draws=5", "-m"]),
        (["-m", "draws=1,2"], ["draws cannot be swept"]),
    ],
)
def test_draws_that_cannot_be_are_refused_in_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: list[str]
) -> None:
    assert main(words) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert all(part in err for part in said), err
    assert list(here.iterdir()) == []


def test_people_one_by_one_have_no_draws() -> None:
    with pytest.raises(ConfigError, match=r"draws=3.*engine=stocks.*stsim\.ranges"):
        stsim.simulate("draws=3")


def test_what_a_fit_writes_is_what_is_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = draws.ensemble(fitted(), fitted(), 2)
    assert as_yaml(fitted()) == (paths.CONF / "params" / "fitted.yaml").read_text()
    (here / "fitted.yaml").write_text(as_yaml(two[0]))
    (here / "draws.csv").write_text(draws.as_csv(two, two[0]))
    monkeypatch.setattr(draws, "file", lambda: here / "draws.csv")
    monkeypatch.setattr(draws, "SHIPPED", 2)
    written = validated(read_yaml(here / "fitted.yaml"), Params)
    assert written == two[0]
    assert draws.columns(draws.ensemble(written, written, 2)[1]) == pytest.approx(
        draws.columns(two[1]), rel=1e-4
    )


# --- parameters that came after the fit ---------------------------------------------------------


def without(name: str, numbers: dict[str, float] | None = None) -> str:
    """The shipped draws as they were before a parameter came, around a set with other numbers."""
    about, header, *lines = draws.file().read_text(encoding="utf-8").splitlines()
    kept = [k for k, key in enumerate(header.split(",")) if key.split(".")[0] != name]
    before = {k: v for k, v in draws.columns(fitted()).items() if k.split(".")[0] != name}
    about = about.replace(draws.mark(fitted()), draws.mark_of(before | (numbers or {})))
    rows = [",".join(line.split(",")[k] for k in kept) for line in (header, *lines)]
    return "\n".join([about, *rows]) + "\n"


@pytest.mark.parametrize(
    "name", ["stay_on_share", pytest.param("industry_first_share", marks=pytest.mark.slow)]
)
def test_a_parameter_that_came_later_gets_values_from_its_prior_and_all_else_stays(
    name: str,
) -> None:
    earlier = without(name)
    found = widen.widened(fitted(), earlier)
    shipped = draws.file().read_text(encoding="utf-8")
    assert found.splitlines()[:2] == shipped.splitlines()[:2]
    table, before = (list(csv.DictReader(t.splitlines()[1:])) for t in (found, shipped))
    new = [key for key in table[0] if key.split(".")[0] == name]
    for row, was in zip(table, before, strict=True):
        assert {k: v for k, v in row.items() if k not in new} == {
            k: v for k, v in was.items() if k not in new
        }
    values = np.array([[float(row[key]) for key in new] for row in table])
    centre = np.array([draws.columns(fitted())[key] for key in new])
    assert 0.4 < (values < centre).mean() < 0.6  # half normals on either side
    assert widen.widened(fitted(), earlier) == found
    assert widen.widened(fitted(), shipped) == shipped


@pytest.mark.parametrize(
    ("name", "numbers", "message"),
    [
        ("contract_not_renewed_share", {}, "contract_not_renewed_share: fitted, so fit again"),
        ("stay_on_share", {"pd_end_share": 0.35}, "around other values than the fitted ones"),
    ],
)
def test_a_fit_that_has_changed_is_not_widened(
    name: str, numbers: dict[str, float], message: str
) -> None:
    with pytest.raises(DrawsError, match=message):
        widen.widened(fitted(), without(name, numbers))


def test_the_command_adds_a_parameter_to_the_draws_and_marks_the_files_of_the_fit(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = draws.file().read_text(encoding="utf-8")
    before = without("stay_on_share")
    old = before.splitlines()[0].split("central set ")[1][: len(draws.mark(fitted()))]
    assert old != draws.mark(fitted())
    (here / "draws.csv").write_text(before, encoding="utf-8")
    for name in ("fit.csv", "residuals.csv"):
        text = f"# the fit around the central set {old}: more\nparameter\n{old}\n"
        (here / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(draws, "file", lambda: here / "draws.csv")
    monkeypatch.setattr(draws, "fit_file", lambda: here / "fit.csv")
    widen.main()
    assert capsys.readouterr().out == "stay_on_share\n"
    lines = (here / "draws.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == shipped.splitlines()[:2]
    assert len(lines) == len(shipped.splitlines())
    marked = f"# the fit around the central set {draws.mark(fitted())}: more"
    for name in ("fit.csv", "residuals.csv"):
        lines = (here / name).read_text(encoding="utf-8").splitlines()
        assert lines == [marked, "parameter", old]  # only the first line tells of the set
    again = {path.name: path.read_bytes() for path in here.iterdir()}
    widen.main()
    assert capsys.readouterr().out == "nothing to add\n"
    assert {path.name: path.read_bytes() for path in here.iterdir()} == again
    assert len(again) == 3
