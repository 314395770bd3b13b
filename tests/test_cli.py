"""The command line: results, help, lists, and one clear line for every mistake."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import compose, levers, observed, paths
from stsim.cli import main

SHORT = ("years.last=2030",)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_writes_one_folder_and_prints_its_path_last(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scenario=expand_dc", *SHORT]) == 0
    out = capsys.readouterr().out.splitlines()
    folder = Path(out[-1])
    assert sorted(p.name for p in folder.iterdir()) == [
        "baseline.nc", "config.yaml", "expand_dc.nc", "provenance.json", "summary.csv",
    ]  # fmt: skip
    assert [p.name for p in here.iterdir()] == ["results"]
    assert "2030" in "\n".join(out)
    assert "20,000 (2030): missed" in " ".join(" ".join(out).split())
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance["data_sha256"] == observed.record().sha256
    ds = stsim.open_results(folder)
    assert ds.scenario.values.tolist() == ["baseline", "expand_dc"]
    ds.close()


def test_files_python_and_table_give_the_same_numbers(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scenario=permanent_posts", "policy_start=2025", *SHORT]) == 0
    folder = capsys.readouterr().out.splitlines()[-1]
    ds = stsim.open_results(folder).load()
    direct = stsim.simulate("scenario=permanent_posts", "policy_start=2025", *SHORT)
    saved = ds.sel(scenario="permanent_posts")
    for name in direct.data_vars:
        assert saved[name].values.tobytes() == direct[name].values.tobytes(), name
    without = stsim.simulate("policy_start=2025", *SHORT)
    assert ds.stock.sel(scenario="baseline").values.tobytes() == without.stock.values.tobytes()
    measures = stsim.indicators(direct)
    with (Path(folder) / "summary.csv").open(encoding="utf-8-sig") as file:
        rows = {(r["indicator"], int(r["year"])): r for r in csv.DictReader(file)}
    row = rows["under40_share", 2030]
    assert float(row["permanent_posts"]) == float(measures.under40_share.sel(time=2030))
    assert rows["doctoral_entrants_persons", 2023]["baseline"] == ""
    ds.close()


def test_the_same_run_again_keeps_the_folder_and_a_different_one_gets_its_own(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = []
    for extra in ([], [], ["policy.dc_fellows_persons=9000"]):
        assert main(["scenario=expand_dc", *SHORT, *extra]) == 0
        folders.append(capsys.readouterr().out.splitlines()[-1])
    assert folders[0] == folders[1] != folders[2]
    assert len(list((here / "results").iterdir())) == 2


def test_a_tampered_folder_is_not_overwritten(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(SHORT)) == 0
    first = Path(capsys.readouterr().out.splitlines()[-1])
    (first / "summary.csv").write_text("mine")
    assert main(list(SHORT)) == 0
    second = Path(capsys.readouterr().out.splitlines()[-1])
    assert second.name == f"{first.name}-2"
    assert (first / "summary.csv").read_text() == "mine"


def test_two_starts_at_once_do_not_disturb_each_other(here: Path) -> None:
    words = [sys.executable, "-m", "stsim", "scenario=expand_dc", *SHORT]
    runs = [subprocess.Popen(words, cwd=here, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    last = {run.communicate()[0].splitlines()[-1] for run in runs}
    assert [run.returncode for run in runs] == [0, 0]
    assert len(last) == 1
    assert [p.name for p in (here / "results").iterdir()] == [Path(last.pop()).name]


def test_a_run_that_dies_while_writing_leaves_nothing(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", full)
    assert main(list(SHORT)) == 1
    assert list((here / "results").iterdir()) == []


def test_help_lists_the_scenarios(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for name, title in stsim.scenarios().items():
        assert name in out
        assert title in out
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("language", ["en", "ja"])
def test_job_levers_lists_every_lever(
    here: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    assert main(["job=levers", f"language={language}"]) == 0
    out = capsys.readouterr().out
    for name in levers.NAMES:
        assert name in out
        if language == "ja":
            assert levers.about(name).label_ja[:8] in out
    assert "4,200" in out
    assert list(here.iterdir()) == []


def test_job_assumptions_lists_every_parameter_and_start_number(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["job=assumptions"]) == 0
    out = capsys.readouterr().out
    for name in ("net_posts_per_funded_post", "seeking_doctorate", "doctoral_scale"):
        assert name in out


def test_japanese_headings(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["language=ja", *SHORT]) == 0
    out = capsys.readouterr().out
    assert "現行制度のまま" in out
    assert "博士課程入学者数" in out


MISTAKES = {
    "unknown scenario": (["scenario=expnd_dc"], ["baseline, expand_dc", "mean 'expand_dc'"]),
    "misspelt lever": (
        ["policy.dc_felows_persons=1"],
        ["policy.dc_felows_persons", "'policy.dc_fellows_persons'"],
    ),
    "above the range": (
        ["policy.dc_fellows_persons=70000"],
        ["70000", "0 to 60000 persons"],
    ),
    "below the range": (["policy.retirement_age_years=40"], ["58 to 72 years"]),
    "range in a map": (
        ["policy.dc_fellows_persons={2027: 6000, 2030: -1}"],
        ["in 2030", "0 to 60000"],
    ),
    "word for a number": (
        ["policy.dc_fellows_persons=many"],
        ["'many' is not a number", "map by year"],
    ),
    "quoted number": (["policy.dc_fellows_persons='9000'"], ["is not a number"]),
    "true for a number": (["policy.dc_fellows_persons=true"], ["is not a number"]),
    "empty map": (["policy.dc_fellows_persons={}"], ["empty"]),
    "dotted year": (["policy.dc_fellows_persons.2027=6000"], ["unknown key"]),
    "added key": (["+typo=3"], ["unknown key '+typo'"]),
    "deleted key": (["~seed"], ["unknown key '~seed'"]),
    "unknown key": (["yers.first=2023"], ["years.first"]),
    "unknown parameter": (["params.abandn_per_year=0.1"], ["params.abandon_per_year"]),
    "share above one": (
        ["params.on_time_degree_share.health=2"],
        ["on_time_degree_share", "0 to 1 share"],
    ),
    "first year without a start": (["years.first=2010"], ["2007 or 2023"]),
    "year outside the horizon": (["years.last=2090"], ["2024 to 2070"]),
    "last before first": (["years.last=2020"], ["2024 to 2070"]),
    "policy year in the past": (["policy.dc_fellows_persons={2020: 9000}"], ["2020", "2023"]),
    "policy year too late": (["policy.dc_fellows_persons={2400: 9000}"], ["2400", "2070"]),
    "policy start in the past": (["policy_start=2020"], ["policy_start=2020", "2023 to 2070"]),
    "negative ramp": (["ramp_years=-1"], ["ramp_years", "0"]),
    "negative seed": (["seed=-1"], ["seed", "0"]),
    "half a seed": (["seed=1.5"], ["seed", "integer"]),
    "unknown future": (["posts=flt"], ["'flat'", "'openings'"]),
    "unknown language": (["language=fr"], ["'en' or 'ja'"]),
    "engine to come": (["engine=individuals"], ["only 'stocks'"]),
    "replicates of stocks": (["replicates=3"], ["no chance"]),
    "unknown job": (["job=hstory"], ["'run'", "'history'"]),
    "unknown parameter set": (["params=fited"], ["params", "central"]),
    "unknown law": (["law=old"], ["law", "current"]),
    "Japanese unquoted": (["scenario=博士"], ["quotes"]),
    "several scenarios": (["scenario=[a,b]"], ["one name"]),
    "several values": (["policy.dc_fellows_persons=1,2"], ["several values", "one value"]),
    "two scenarios": (["scenario=baseline,expand_dc"], ["several values"]),
    "no scenario": (["scenario=null"], ["no scenario 'None'"]),
    "a reference": (["results_dir=${oc.env:HOME}"], ["references"]),
    "a rate that is none": (["params.contract_years=0"], ["contract_ends", "inf is not"]),
    "not a number at all": (["policy.dc_fellows_persons=nan"], ["nan", "0 to 60000"]),
    "hydra's own key": (["hydra.run.dir=x"], ["unknown key 'hydra.run.dir'"]),
    "code": (["_target_=os.system"], ["unknown key '_target_'"]),
    "no equals sign": (["expand_dc"], ["key=value"]),
    "unknown option": (["--scenario", "expand_dc"], ["--scenario", "--help"]),
    "path as a scenario": (["scenario=../../etc/passwd"], ["no scenario"]),
    "results folder that is a file": (["results_dir=taken/x"], ["results_dir", "taken"]),
    "empty results folder": (["results_dir=''"], ["results_dir"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_clear_line_and_leaves_no_file(
    here: Path, capsys: pytest.CaptureFixture[str], mistake: str
) -> None:
    words, said = MISTAKES[mistake]
    (here / "taken").write_text("a file")
    assert main(words) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    for part in said:
        assert part in captured.err
    assert [p.name for p in here.iterdir()] == ["taken"]


SCENARIO = """title: {en: A, ja: あ}
about: {en: B, ja: い}
policy: {dc_fellows_persons: 5000}
"""
BAD_SCENARIOS = {
    "misspelt lever": (SCENARIO.replace("dc_fellows", "dc_felows"), ["'dc_fellows_persons'"]),
    "changes the seed": (SCENARIO + "seed: 3\n", ["'seed' cannot be set by a scenario"]),
    "changes the engine": (SCENARIO + "engine: stocks\n", ["'engine' cannot be set"]),
    "builds on another": (
        SCENARIO + "defaults: [_self_, expand_dc]\n",
        ["'defaults' cannot be set"],
    ),
    "out of range": (SCENARIO.replace("5000", "1000000000"), ["0 to 60000 persons"]),
    "text year": (SCENARIO.replace("5000", "{x: 3}"), ["'x' is not a year"]),
    "past year": (SCENARIO.replace("5000", "{2020: 3}"), ["2020", "2023"]),
    "no policy": ("title: {en: A, ja: あ}\n", ["policy"]),
    "not a mapping": ("- 1\n", ["keys and values"]),
    "no Japanese title": (SCENARIO.replace(", ja: あ", ""), ["title.ja"]),
    "a key twice": (SCENARIO + "policy: {}\n", ["stands twice"]),
    "not YAML": ("title: [", ["mine.yaml"]),
    "a Python object": (SCENARIO + "x: !!python/object/apply:os.getcwd []\n", ["mine.yaml"]),
    "not UTF-8": (b"title: \xff\xfe", ["mine.yaml"]),
}


@pytest.mark.parametrize("mistake", BAD_SCENARIOS)
def test_a_bad_scenario_file_gets_one_clear_line(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    text, said = BAD_SCENARIOS[mistake]
    folder = here / "scenarios"
    shutil.copytree(paths.SCENARIOS, folder)
    (folder / "mine.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.setattr(paths, "SCENARIOS", folder)
    assert main(["scenario=mine"]) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    for part in said:
        assert part in err
    assert not (here / "results").exists()


def test_a_corrupt_data_file_is_named_with_its_line(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = here / "data"
    shutil.copytree(observed.DATA, folder)
    lines = (folder / "observed.csv").read_text(encoding="utf-8").splitlines()
    lines[5] = lines[5].replace(",persons,", ",person s,").replace(lines[5].split(",")[7], "many")
    (folder / "observed.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(observed, "DATA", folder)
    observed.record.cache_clear()
    try:
        assert main(["years.last=2025"]) == 1
    finally:
        observed.record.cache_clear()
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "observed.csv, line 6" in err
    assert "many" in err
    assert [p.name for p in here.iterdir()] == ["data"]


def test_words_win_in_the_order_law_params_scenario_command_line() -> None:
    law = compose.compose([])
    assert law.lever("dc_fellows_persons").at(2030) == 4200
    scenario = compose.compose(["scenario=expand_dc"])
    assert scenario.lever("dc_fellows_persons").at(2030) == 8400
    line = compose.compose(["scenario=expand_dc", "policy.dc_fellows_persons=5000"])
    assert line.lever("dc_fellows_persons").at(2030) == 5000
    later = compose.compose(["policy.dc_fellows_persons=5000", "scenario=expand_dc"])
    assert later.lever("dc_fellows_persons").at(2030) == 5000  # whatever the order of words
    assert compose.compose(["params.abandon_per_year=0.03"]).params.abandon_per_year == 0.03
    one_map = compose.compose(["scenario=expand_dc", "policy.dc_fellows_persons={2035: 9000}"])
    assert one_map.policy["dc_fellows_persons"] == {2035: 9000.0}  # replaced whole, not merged


def test_composing_leaves_no_global_state() -> None:
    from hydra.core.global_hydra import GlobalHydra

    compose.compose(["scenario=expand_dc"])
    assert not GlobalHydra.instance().is_initialized()


def test_every_scenario_runs_differs_from_the_baseline_and_has_two_titles(
    baseline: xr.Dataset,
) -> None:
    for name, about in compose.scenarios().items():
        assert set(about["title"]) == set(about["about"]) == {"en", "ja"}
        if name != "baseline":
            ds = stsim.simulate(f"scenario={name}")
            assert not np.array_equal(ds.stock.values, baseline.stock.values), name
