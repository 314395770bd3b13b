"""Draws of the parameters: what is shipped, how it was drawn, and what a run with them gives."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import draws, paths, results
from stsim.calibrate import refit
from stsim.calibrate.central import BLOCKS, Block, Vector, as_yaml, with_references
from stsim.calibrate.posterior import REFERENCES, laplace, sample
from stsim.cli import main
from stsim.compose import compose
from stsim.config import Config, ConfigError, validated
from stsim.draws import DrawsError
from stsim.faults import FitError
from stsim.params import FIELDS, NAMES, Params, prior
from stsim.reading import read_yaml
from stsim.simulation import central, prepare

SHORT = ("engine=stocks", "years.last=2030")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- what is shipped ------------------------------------------------------------------------------


def test_the_shipped_draws_are_parameter_sets_around_the_central_one() -> None:
    found = draws.ensemble(central(), central(), draws.SHIPPED)
    assert len(found) == draws.SHIPPED
    fitted = {name for block in BLOCKS for name in block.names}
    table = {
        key: np.array([draws.columns(p)[key] for p in found]) for key in draws.columns(found[0])
    }
    for key, values in table.items():
        name = key.split(".")[0]
        if name not in fitted and name not in REFERENCES and name not in draws.WHOLE_YEARS:
            about, centre = prior(name), draws.columns(central())[key]
            inside = (values >= min(about.low, centre)) & (values <= max(about.high, centre))
            # nine tenths of the draws; those cut at a bound come closer
            assert 0.82 <= inside.mean() <= 1.0, key
    for block in BLOCKS:
        values = np.array([block.vector(p) for p in found])
        assert (values.std(axis=0) > 0).all()
        # the record narrows the priors on the whole
        assert np.median(values.std(axis=0) / block.spread) < 1


def test_draws_around_another_central_set_are_refused(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = central().model_copy(update={"contract_years": 5})
    with pytest.raises(DrawsError, match=r"another parameter set than central.*job=calibrate"):
        draws.read(other)
    for text in ("", "x\n1,2\n", "# draws\nname\nword\n"):
        (here / "draws.csv").write_text(text)
        monkeypatch.setattr(draws, "file", lambda: here / "draws.csv")
        assert main(["draws=2", *SHORT, "results_dir=r"]) == 1
        captured = capsys.readouterr()
        assert len(captured.err.splitlines()) == 1
        assert "job=calibrate" in captured.err
        assert [p.name for p in here.iterdir()] == ["draws.csv"]


def test_what_is_asked_for_stays_as_asked_in_every_draw() -> None:
    asked = compose(["params.net_posts_per_funded_post=0.55"]).params
    found = draws.ensemble(asked, central(), 5)
    assert {p.net_posts_per_funded_post for p in found} == {0.55}
    assert len({p.leave_after_post_share for p in found}) == 5


# --- how it was drawn -----------------------------------------------------------------------------

MEASURED = np.array([0.012, 0.006])


def of_death(config: Config) -> Vector:
    """Two measurements of one parameter, and one of the sum of two."""
    x, y = config.params.death_per_year_at_60, config.params.leave_postdoc_per_year
    return np.array([(x - MEASURED[0]) / 0.002, (x - MEASURED[1]) / 0.002, (x + y - 0.08) / 0.01])


def test_the_posterior_of_a_linear_block_is_the_normal_one() -> None:
    block = Block("toy", ("death_per_year_at_60", "leave_postdoc_per_year"), of_death)
    config = compose(())
    weights = 1 / np.array([0.002, 0.002, 0.01])
    design = np.array([[1, 0], [1, 0], [1, 1]]) * weights[:, None]
    measured = np.array([*MEASURED, 0.08]) * weights
    misfit = max(1.0, float(((of_death(config)) ** 2).mean()))
    precision = design.T @ design / misfit + np.diag(1 / block.spread**2)
    mean = np.linalg.solve(precision, design.T @ measured / misfit + block.centre / block.spread**2)
    # at the mode the approximation is exact
    at_mode = config.model_copy(update={"params": block.put(config.params, mean)})
    found = laplace(at_mode, block)
    again = max(1.0, float((of_death(at_mode) ** 2).mean()))
    exact = np.linalg.inv(design.T @ design / again + np.diag(1 / block.spread**2))
    np.testing.assert_allclose(found.root @ found.root.T, exact, rtol=1e-6)
    assert found.misfit == pytest.approx(again)
    drawn = sample(at_mode, found, 2000, 20_000, 3, 1, 1, lambda more: None)
    assert drawn.effective > 5000
    error = np.sqrt(np.diag(exact) / 2000)
    assert (np.abs(drawn.values.mean(axis=0) - found.centre) < 5 * error).all()
    spread = drawn.values.std(axis=0) / np.sqrt(np.diag(exact))
    assert (np.abs(spread - 1) < 0.1).all()
    assert ((found.identified > 0) & (found.identified < 1)).all()


# --- what a run with them gives ---------------------------------------------------------------


def test_each_draw_is_the_run_with_its_parameters() -> None:
    ds = stsim.simulate(*SHORT, "scenario=expand_dc", "draws=3")
    assert ds.stock.dims[0] == "draw"
    first = draws.ensemble(central(), central(), 1)[0]
    words = []
    for name in NAMES:
        value = getattr(first, name)
        if hasattr(value, "array"):
            words += [f"params.{name}.{field}={getattr(value, field)!r}" for field in FIELDS]
        else:
            words.append(f"params.{name}={value!r}")
    # the same but for the start population, which is that of the central parameters
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
    for name in ("under40_share", "permanent_hires_persons", "doctorates_per_million"):
        np.testing.assert_allclose(by_draw[name].values, whole[name].values, rtol=1e-9)
    assert float(by_draw.under40_share.sel(time=2023).std()) == pytest.approx(0, abs=1e-12)
    assert float(by_draw.under40_share.sel(time=2030).std()) > 0
    assert stsim.ranges(*SHORT, "draws=6").identical(by_draw)


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
    words = ["scenario=permanent_posts", *SHORT]
    assert main([*words, "draws=5"]) == 0
    out = capsys.readouterr().out
    assert "5 parameter sets" in out
    assert "no chance" in out
    folder = Path(out.splitlines()[-1])
    kept = xr.open_dataset(folder / "ranges.nc")
    assert kept.under40_share.dims == ("scenario", "draw", "time")
    more = kept.permanent_hires_persons.sel(scenario="permanent_posts") - (
        kept.permanent_hires_persons.sel(scenario="baseline")
    )
    assert (more.sel(year=2027) > 0).all()
    assert stsim.open_results(folder).scenario.values.tolist() == ["baseline", "permanent_posts"]
    kept.close()
    told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert told["draws"] == {"number": 5, "sha256": draws.sha256()}
    for name, run_id in told["runs"].items():
        assert stsim.open_results(folder / f"{name}.nc").attrs["run_id"] == run_id


def test_other_draws_are_other_results(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, alone = compose(["draws=5"]), compose(())
    before = results.run_id(config), results.run_id(alone)
    (here / "draws.csv").write_text(draws.file().read_text() + "\n")
    monkeypatch.setattr(draws, "file", lambda: here / "draws.csv")
    assert results.run_id(config) != before[0]
    assert results.run_id(alone) == before[1]


def test_the_central_reference_points_are_what_the_model_counts_with_them() -> None:
    (found,) = with_references(prepare(compose(())), [central()])
    assert draws.columns(found) == pytest.approx(draws.columns(central()), rel=1e-5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["draws=0"], ["draws=0", "1"]),
        (["draws=201"], ["draws=201", "200"]),
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


def test_a_fit_that_does_not_end_says_so_and_changes_no_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(residuals: object, start: Vector, **_: object) -> SimpleNamespace:
        return SimpleNamespace(status=0, cost=1.0, nfev=40, x=start + 1e-3)

    files = (paths.CONF / "params" / "central.yaml", draws.file())
    before = [file.read_bytes() for file in files]
    monkeypatch.setattr("stsim.calibrate.central.least_squares", stopped)
    assert main(["job=calibrate"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "stsim: the fit of the doctoral block has not converged after 40 steps; "
        "the parameters are left as they were\n"
    )
    assert [file.read_bytes() for file in files] == before


def test_what_a_fit_writes_is_what_is_read_and_both_files_or_none(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = draws.ensemble(central(), central(), 2)
    assert as_yaml(central()) == (paths.CONF / "params" / "central.yaml").read_text()
    texts = {here / "central.yaml": as_yaml(two[0]), here / "draws.csv": draws.as_csv(two, two[0])}
    refit._write(texts)
    monkeypatch.setattr(draws, "file", lambda: here / "draws.csv")
    written = validated(read_yaml(here / "central.yaml"), Params)
    assert written == two[0]
    assert draws.columns(draws.ensemble(written, written, 2)[1]) == pytest.approx(
        draws.columns(two[1]), rel=1e-4
    )
    kept = (here / "draws.csv").read_bytes()
    with pytest.raises(FitError, match="cannot write there"):
        refit._write({here / "draws.csv": "x", here / "missing" / "central.yaml": "y"})
    assert (here / "draws.csv").read_bytes() == kept
    assert sorted(p.name for p in here.iterdir()) == ["central.yaml", "draws.csv"]
