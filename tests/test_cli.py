"""The command line: results, help, lists, and one clear line for every mistake."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import cli, compose, draws, levers, observed, paths
from stsim.calibrate.block import BLOCKS
from stsim.calibrate.news import Headline, News
from stsim.calibrate.refit import Refit
from stsim.cli import main
from stsim.hindcast import board
from stsim.results import ResultsError
from stsim.simulation import fitted
from stsim.tables import in_force, print_refit

#: Words for a quick run; the last word of a key counts.
SHORT = ("years.last=2030", "engine=stocks", "band=false")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A run of a scenario: the folder it was started in and the lines it printed."""
    above, said = tmp_path_factory.mktemp("first"), io.StringIO()
    with contextlib.chdir(above), contextlib.redirect_stdout(said):
        assert main(["scenario=expand_dc", *SHORT]) == 0
    return above, said.getvalue().splitlines()


def test_a_run_writes_one_folder_and_prints_its_path_last(first: tuple[Path, list[str]]) -> None:
    above, out = first
    folder = above / out[-1]
    assert sorted(p.name for p in folder.iterdir()) == [
        "baseline.nc", "config.yaml", "costs.csv", "data.zip", "expand_dc.nc", "provenance.json",
        "summary.csv",
    ]  # fmt: skip
    assert [p.name for p in above.iterdir()] == ["results"]
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
    words = [*SHORT, "engine=both", "policy_start=2025"]
    assert main(["scenario=permanent_posts", *words]) == 0
    folder = capsys.readouterr().out.splitlines()[-1]
    ds = stsim.open_results(folder).load()
    direct = stsim.simulate("scenario=permanent_posts", *words)
    saved = ds.sel(scenario="permanent_posts")
    for name in direct.data_vars:
        assert saved[name].values.tobytes() == direct[name].values.tobytes(), name
    without = stsim.simulate(*words)
    assert ds.stock.sel(scenario="baseline").values.tobytes() == without.stock.values.tobytes()
    measures = stsim.indicators(direct)
    with (Path(folder) / "summary.csv").open(encoding="utf-8-sig") as file:
        rows = {(r["indicator"], int(r["year"])): r for r in csv.DictReader(file)}
    row = rows["under40_share", 2030]
    assert float(row["permanent_posts"]) == float(
        measures.under40_share.sel(engine="stocks", time=2030)
    )
    assert rows["doctoral_entrants_persons", 2023]["baseline"] == ""
    ds.close()


def test_the_same_run_again_keeps_the_folder_and_a_different_one_gets_its_own(
    here: Path, capsys: pytest.CaptureFixture[str], first: tuple[Path, list[str]]
) -> None:
    above, out = first
    shutil.copytree(above / "results", here / "results")
    folders = [out[-1]]
    for extra in ([], ["policy.dc_fellows_persons=9000"]):
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


@pytest.mark.slow
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

    monkeypatch.setattr("stsim.netcdf.write", full)
    assert main(list(SHORT)) == 1
    assert list(here.iterdir()) == []


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
    "unknown scenario": (
        ["scenario=expnd_dc"],
        ["baseline, cross_appointment, ", "mean 'expand_dc'"],
    ),
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
    "policy start in the past": (["policy_start=2020"], ["policy_start=2020", "before 2023"]),
    "negative ramp": (["ramp_years=-1"], ["ramp_years", "0"]),
    "negative seed": (["seed=-1"], ["seed", "0"]),
    "half a seed": (["seed=1.5"], ["seed", "integer"]),
    "unknown future": (["posts=flt"], ["'flat'", "'openings'"]),
    "unknown language": (["language=fr"], ["'en', 'ja' or 'both'"]),
    "unknown engine": (["engine=individual"], ["'both', 'stocks' or 'individuals'"]),
    "replicates of stocks": (["engine=stocks", "replicates=3"], ["no chance", "engine=both"]),
    "careers of no people": (["engine=stocks", "careers=true"], ["one by one", "engine=both"]),
    "agents in stocks": (["engine=stocks", "persons_per_agent=10"], ["no agents", "engine=both"]),
    "no replicate": (["replicates=0"], ["replicates=0", "1"]),
    "negative replicates": (["replicates=-2"], ["replicates=-2"]),
    "too many replicates": (["replicates=1000"], ["replicates=1000", "100"]),
    "replicates by another word": (["replicates=many"], ["replicates='many'"]),
    "nobody in an agent": (["persons_per_agent=0"], ["persons_per_agent=0", "1"]),
    "half an agent": (["persons_per_agent=0.5"], ["persons_per_agent=0.5"]),
    "precision of nothing": (
        ["replicates=auto", "precision.indicator=under40_shar", "band=false"],
        ["under40_shar", "'under40_share'"],
    ),
    "precision in no year": (
        ["engine=both", "replicates=auto", "precision.year=2060"],
        ["precision.year=2060", "2023 to 2050"],
    ),
    "no precision": (["precision.standard_error=0"], ["precision.standard_error", "0"]),
    "unknown job": (["job=hstory"], ["'run'", "'history'"]),
    "unknown parameter set": (["params=fited"], ["central, fitted", "'fitted'"]),
    "unknown law": (["law=old"], ["law", "current"]),
    "Japanese unquoted": (["scenario=博士"], ["quotes"]),
    "a path unquoted": (["results_dir=~/x"], ["quotes"]),
    "several scenarios": (["scenario=[a,b]"], ["one name"]),
    "several values": (["policy.dc_fellows_persons=1,2"], ["several values", "one value"]),
    "two scenarios": (["scenario=baseline,expand_dc"], ["several values"]),
    "no scenario": (["scenario=null"], ["no scenario None"]),
    "a list of a policy": (["job=history", "scenario=expand_dc"], ["leave out scenario"]),
    "levers of a policy": (
        ["job=levers", "policy.pd_fellows_persons=9000"],
        ["leave out policy.pd_fellows_persons"],
    ),
    "a mean below all ages": (["params.own_entry_age_mean_years=20"], ["20 is not above 23 years"]),
    "entry by all": (["params.own_entry_rate=1"], ["own_entry_rate", "not below 1"]),
    "a spread of nothing": (["params.own_entry_age_shape=0"], ["own_entry_age_shape", "above 1"]),
    "a reference": (["results_dir=${oc.env:HOME}"], ["references"]),
    "a rate that is none": (
        ["params.working_completion_ratio=5", "band=false"],
        ["complete_with_degree", "0 to 1"],
    ),
    "not a number at all": (["policy.dc_fellows_persons=nan"], ["nan", "0 to 60000"]),
    "hydra's own key": (["hydra.run.dir=x"], ["unknown key 'hydra.run.dir'"]),
    "code": (["_target_=os.system"], ["unknown key '_target_'"]),
    "no equals sign": (["expand_dc"], ["key=value"]),
    "unknown option": (["--scenario", "expand_dc"], ["--scenario", "--help"]),
    "path as a scenario": (["scenario=../../etc/passwd"], ["no scenario"]),
    "results folder that is a file": (["results_dir=taken/x"], ["results_dir", "taken"]),
    "empty results folder": (["results_dir=''"], ["results_dir"]),
    "results folder that cannot be": (["results_dir=/dev/null/x"], ["results_dir", "/dev/null/x"]),
    "results folder of the system": (["results_dir=/proc/x"], ["results_dir", "cannot write"]),
    "too long a name": (["results_dir=" + "x" * 300], ["results_dir", "too long"]),
    "too long a path": (["results_dir=" + "x/" * 3000], ["results_dir", "4000"]),
    "a NUL in a name": (["results_dir='a\0b'"], ["results_dir", "NUL"]),
    "a line break in a name": (["results_dir='a\nb'"], ["results_dir", "line break"]),
    "a line break in a word": (["scenario=a\nb"], ["scenario=a"]),
    "an empty word": ([""], ["cannot read ''", "key=value"]),
    "only a space": ([" "], ["key=value"]),
    "a number beyond all": (["policy.dc_fellows_persons=1e999"], ["inf is outside", "60000"]),
    "a year that is a decimal": (
        ["policy.dc_fellows_persons={2027.0: 3}"],
        ["2027.0 is not a year"],
    ),
    "a year twice": (["policy.dc_fellows_persons={2027: 1, 2027: 2}"], ["stands twice", "2027"]),
    "a map in a map": (["policy.dc_fellows_persons={2027: {2028: 1}}"], ["is not a number"]),
    "a field twice": (
        ["params.on_time_degree_share={science: 1, science: 0.5}"],
        ["stands twice", "params.on_time_degree_share"],
    ),
    "a last year as a decimal": (["years.last=2e9"], ["years.last", "integer"]),
    "a seed of 400 digits": (["seed=" + "1" * 400], ["seed", "whole number beyond"]),
    "a number of 5000 digits": (["seed=" + "1" * 5000], ["cannot read 'seed=111", "key=value"]),
    "digits of another script": (["seed=１２"], ["quotes"]),
    "such digits quoted": (["policy.dc_fellows_persons='１２'"], ["'１２' is not a number"]),
    "brackets without end": (
        ["policy.dc_fellows_persons=" + "[" * 2000 + "]" * 2000],
        ["cannot read 'policy.dc_fellows"],
    ),
    "another package": (["scenario@x=expand_dc"], ["unknown key 'scenario@x'", "plain"]),
    "a forced key": (["++seed=3"], ["unknown key '++seed'", "plain"]),
    "half a byte": (["results_dir=\udcff"], ["cannot read 'results_dir="]),
    "no job": (["job=null"], ["job=None", "'run'"]),
    "an unknown job first": (["job=run", "job=hstory"], ["job='hstory'"]),
    "a list of jobs": (["job=[run]"], ["job=['run']", "'run'"]),
    "history of another start": (["job=history", "years.first=2023"], ["years.last=2023"]),
    "a number for all fields": (
        ["params.on_time_degree_share=0.5"],
        ["keys and values expected", "humanities_social"],
    ),
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
    "out of range": (SCENARIO.replace("5000", "1000000000"), ["0 to 60000 persons"]),
    "text year": (SCENARIO.replace("5000", "{x: 3}"), ["'x' is not a year"]),
    "past year": (SCENARIO.replace("5000", "{2020: 3}"), ["2020", "2023"]),
    "no policy": (SCENARIO.replace("policy: {dc_fellows_persons: 5000}\n", ""), ["policy"]),
    "not a mapping": ("- 1\n", ["keys and values"]),
    "no Japanese title": (SCENARIO.replace(", ja: あ", ""), ["title: ja"]),
    "a key twice": (SCENARIO + "policy: {}\n", ["stands twice"]),
    "not YAML": ("title: [", ["mine.yaml"]),
    "a Python object": (SCENARIO + "x: !!python/object/apply:os.getcwd []\n", ["mine.yaml"]),
    "not UTF-8": (b"title: \xff\xfe", ["mine.yaml", "UTF-8"]),
    "UTF-16": (SCENARIO.encode("utf-16"), ["mine.yaml", "UTF-8"]),
    "Shift JIS": (SCENARIO.encode("cp932"), ["mine.yaml", "UTF-8"]),
    "a control character": (SCENARIO + "x: \a\n", ["mine.yaml", "not allowed"]),
    "a NUL": (SCENARIO + "x: \0\n", ["mine.yaml"]),
    "empty": ("", ["mine.yaml", "found nothing"]),
    "a list as a key": (SCENARIO + "? [a, b]\n: 1\n", ["line 4", "a key must be"]),
    "a map as a key": (SCENARIO + "? {a: b}\n: 1\n", ["line 4", "a key must be"]),
    "a year twice": (SCENARIO.replace("5000", "{2027: 1, 2027: 2}"), ["line 3", "2027", "twice"]),
    "aliases that explode": (
        SCENARIO
        + "a: &a [x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{b}: &{b} [{', '.join(['*' + a] * 8)}]\n"
            for a, b in zip("abcdefg", "bcdefgh", strict=True)
        ),
        ["mine.yaml", "more than 20,000 values"],
    ),
    "an alias of itself": (SCENARIO + "a: &a [*a]\n", ["mine.yaml"]),
    "deeply nested": (SCENARIO + "a: " + "[" * 30 + "]" * 30, ["mine.yaml", "12 levels"]),
    "nested beyond all": (SCENARIO + "a: " + "[" * 5000 + "]" * 5000, ["nested too deeply"]),
    "a number of 5000 digits": (SCENARIO.replace("5000", "1" * 5000), ["thousands of digits"]),
    "a number of 400 digits": (SCENARIO.replace("5000", "1" * 400), ["whole number beyond"]),
    "a date as a value": (SCENARIO.replace("5000", "2027-04-01"), ["'2027-04-01' is not a number"]),
    "a year with a decimal": (SCENARIO.replace("5000", "{2027.5: 3}"), ["2027.5 is not a year"]),
    "yes as a year": (SCENARIO.replace("5000", "{yes: 3}"), ["True is not a year"]),
    "not a number at all": (SCENARIO.replace("5000", ".nan"), ["nan is outside", "60000"]),
    "a tag": (SCENARIO.replace("5000", "!!bool x"), ["line 3", "tags like"]),
    "merged keys": ("x: &x {en: A, ja: い}\ntitle: {<<: *x}\n", ["mine.yaml", "line 2"]),
    "a reference for a number": (SCENARIO.replace("5000", "'${seed}'"), ["'${seed}' is not"]),
    "a title that is a number": (SCENARIO.replace("en: A", "en: 5"), ["title: en=5", "string"]),
    "a title in one language": (
        SCENARIO.replace("title: {en: A, ja: あ}", "title: A"),
        ["title", "en, ja"],
    ),
    "an empty title": (SCENARIO.replace("en: A", "en: ''"), ["title: en=''"]),
    "no about": (SCENARIO.replace("about: {en: B, ja: い}\n", ""), ["about is missing"]),
    "a third language": (SCENARIO.replace("ja: い", "ja: い, fr: c"), ["about: fr: no such key"]),
    "a misspelt language": (
        SCENARIO.replace("ja: い", "jp: い"),
        ["about: ja: missing; is it 'jp'?"],
    ),
    "no policy in it": (SCENARIO.replace("{dc_fellows_persons: 5000}", ""), ["policy must map"]),
    "a number for a lever": (SCENARIO.replace("dc_fellows_persons", "3"), ["no lever '3'"]),
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
    assert main(["scenario=mine", "band=false"]) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    for part in said:
        assert part in err
    assert not (here / "results").exists()


def in_scenarios(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> Path:
    """A copy of our scenarios with more files in it, in their place."""
    shutil.copytree(paths.SCENARIOS, folder)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(paths, "SCENARIOS", folder)
    return folder


def test_a_title_is_taken_as_it_is_written(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = SCENARIO.replace("en: A", "en: 'A ${seed} [/b] [red]'")
    in_scenarios(here / "scenarios", monkeypatch, mine=odd)
    assert main(["scenario=mine", *SHORT]) == 0
    assert "A ${seed} [/b] [red]" in capsys.readouterr().out


def test_one_faulty_scenario_file_stops_neither_help_nor_other_scenarios(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = in_scenarios(here / "scenarios", monkeypatch, mine="title: [", good=SCENARIO)
    (folder / "folder.yaml").mkdir()
    (folder / "a b.yaml").write_text(SCENARIO)
    for word in ("-h", "--help"):
        assert main([word]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line for line in lines if "mine.yaml, line 1" in line]
        assert [line for line in lines if "folder.yaml cannot be read" in line]
        assert [line for line in lines if "a b.yaml: name it with letters" in line]
        assert [line for line in lines if line.split() == ["good", "A"]]
    assert main(["scenario=good", *SHORT]) == 0
    capsys.readouterr()
    assert main(["scenario=folder"]) == 1
    assert "folder.yaml cannot be read" in capsys.readouterr().err


BAD_CONF = {
    "law without its past": (
        "law/current.yaml", "values: {1990: 1050}", "values: {2024: 1050}",
        ["law file current.yaml: pd_fellows_persons", "2024", "1992"],
    ),
    "law out of range": (
        "law/current.yaml", "values: {1990: 1050}", "values: {1990: -1}",
        ["law file current.yaml", "law.pd_fellows_persons in 1990", "0 to 10000"],
    ),
    "law that is text": (
        "law/current.yaml", "values: {1990: 1050}", "values: {1990: many}",
        ["law file current.yaml: pd_fellows_persons", "many"],
    ),
    "law without years": (
        "law/current.yaml", "values: {1990: 1050}", "values: {}",
        ["law file current.yaml: pd_fellows_persons", "values={}"],
    ),
    "law of no lever": (
        "law/current.yaml", "pd_fellows_persons:", "pd_felows_persons:",
        ["law file current.yaml", "'pd_felows_persons'", "'pd_fellows_persons'"],
    ),
    "a lever without its law": (
        "law/current.yaml", "fixed_term_posts_other_persons: *none", "",
        ["law file current.yaml: fixed_term_posts_other_persons is missing"],
    ),
    "law without a source": (
        "law/current.yaml", "  kind: definition\n", "  kind: guess\n",
        ["law file current.yaml: postdoc_cap_years", "guess", "'assumption'"],
    ),
    "an alias of nothing": ("law/current.yaml", "*none", "*nothing", ["line", "'nothing'"]),
    "a parameter missing": (
        "params/fitted.yaml", "own_entry_age_shape:", "# own_entry_age_shape:",
        ["params file fitted.yaml: own_entry_age_shape: missing"],
    ),
    "a misspelt parameter": (
        "params/fitted.yaml", "own_entry_age_shape:", "own_entry_age_shap:",
        ["params file fitted.yaml: own_entry_age_shape: missing; is it 'own_entry_age_shap'?"],
    ),
    "an extra parameter": (
        "params/fitted.yaml", "own_entry_age_shape:", "more: 3\nown_entry_age_shape:",
        ["params file fitted.yaml: more: no such key"],
    ),
    "a parameter that is text": (
        "params/fitted.yaml", "own_entry_age_shape: 1.6", "own_entry_age_shape: much",
        ["params file fitted.yaml: own_entry_age_shape='much'"],
    ),
    "a parameter that is none": (
        "params/fitted.yaml", "own_entry_age_shape: 1.6", "own_entry_age_shape: .nan",
        ["params file fitted.yaml: params.own_entry_age_shape", "nan"],
    ),
    "a reference": (
        "params/fitted.yaml", "own_entry_age_shape: 1.6", "own_entry_age_shape: '${seed}'",
        ["params file fitted.yaml", "references"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", BAD_CONF)
def test_a_faulty_law_or_parameter_file_is_named(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    file, before, after, said = BAD_CONF[mistake]
    shutil.copytree(paths.CONF, here / "conf")
    text = (here / "conf" / file).read_text(encoding="utf-8")
    assert before in text
    (here / "conf" / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    monkeypatch.setattr(paths, "CONF", here / "conf")
    assert main(list(SHORT)) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    for part in said:
        assert part in captured.err
    assert [p.name for p in here.iterdir()] == ["conf"]


@pytest.mark.parametrize("error", [ArithmeticError("no market intensity"), OverflowError("large")])
def test_numbers_that_cannot_be_computed_give_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:  # fmt: skip
    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("stsim.engines.stockflow.run", failing)
    assert main(list(SHORT)) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert str(error) in err
    assert list(here.iterdir()) == []


def test_a_report_without_its_packages_says_what_to_install(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert main(["job=report"]) == 1
    err = capsys.readouterr().err
    assert err == "stsim: job=report needs jinja2: pip install 'stsim[report]'\n"


@pytest.mark.parametrize("seconds", [0.5, 1.5])
def test_work_of_more_than_a_second_shows_its_progress_at_a_terminal(
    seconds: float, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    now = [0.0]
    monkeypatch.setattr(cli.time, "perf_counter", lambda: now[0])
    with cli._progress(2, "runs") as advance:
        now[0] = seconds
        advance(1)
        advance(2)
    out, err = capsys.readouterr()
    assert out == ""
    assert ("runs 2" in err) == (seconds > 1)
    assert ("100%" in err) == (seconds > 1)


@pytest.mark.slow
@pytest.mark.parametrize("word", ["--help", "job=assumptions"])
def test_a_reader_that_has_seen_enough_is_not_complained_to(here: Path, word: str) -> None:
    words = [sys.executable, "-m", "stsim", word]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 1


@pytest.mark.slow
def test_a_hindcast_from_all_years_prints_its_bars_and_writes_every_score(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "DRAWS", 40)
    scores = board.from_cut(observed.record(), 2022, 1)
    monkeypatch.setattr(board, "scoreboard", lambda record, seed, advance: scores)
    monkeypatch.setattr("stsim.hindcast.bars.bars", lambda record, found: len(found))
    monkeypatch.setattr("stsim.hindcast.present.print_bars", lambda *shown: print(*shown))
    assert main(["job=hindcast", "language=ja"]) == 0
    shown, folder = capsys.readouterr().out.splitlines()
    assert shown == f"{len(scores)} ja"
    assert Path(folder).name.startswith("hindcast-all")
    with (Path(folder) / "scores.csv").open(encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == len(scores)


def test_a_fit_is_printed_with_what_it_has_moved(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    block = next(block for block in BLOCKS if block.name == "doctoral")
    after = fitted()
    before = block.put(after, block.vector(after) * 1.01)
    sample = SimpleNamespace(
        target=SimpleNamespace(block=block, misfit=1.25), values=np.zeros((40, len(block.keys))),
        effective=np.array([300.0, 200.0]), r_hat=np.array([1.001, 1.02]), accepted=0.25,
    )  # fmt: skip
    found = Refit(
        before, after, (sample,),  # type: ignore[arg-type]
        (News("doctorates", "all", 2025, None, 15000.0, 14000.0, 14500.0),),
        (Headline("Faculty under 40", "40歳未満", "share", 0.20, 0.21),),
    )  # fmt: skip
    monkeypatch.setattr("stsim.calibrate.refit.refit", lambda config, done: done(2) or found)
    assert main(["job=calibrate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    key = block.keys[0]
    (row,) = (line.split() for line in lines if line.split()[:1] == [key])
    moved = block.vector(after)[0]
    assert row[1:3] == [f"{1.01 * moved:.4g}", f"{moved:.4g}"]
    assert row[-1] == f"{draws.identified(after)[key]:.2f}"
    text = " ".join(" ".join(lines).split())
    assert "doctoral: 40 draws, of each parameter worth at least 200 independent ones" in text
    assert "R-hat at most 1.020; 25% of moves accepted; mean squared residual 1.25" in text
    assert all(key in text for key in draws.unmoved(after))
    assert "or had otherwise: 1" in text
    assert "doctorates: all 2025 – 15,000 14,000 14,500" in text
    assert "Faculty under 40 20.0 % 21.0 % +1.0 pp" in text
    print_refit(dataclasses.replace(found, news=()), "en", 60.0)
    text = " ".join(capsys.readouterr().out.split())
    assert "or had otherwise: 0 The law as it stands" in text
    assert text.endswith("(1.0 minutes)")


@pytest.mark.parametrize("word", ["job='levers'", 'job="levers"'])
def test_a_quoted_job_is_that_job(
    here: Path, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    assert main([word]) == 0
    assert "dc_fellows_persons" in capsys.readouterr().out
    assert list(here.iterdir()) == []


def test_of_a_key_given_twice_the_last_counts(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["job=run", "seed=1", "job=levers", "seed=2"]) == 0
    assert list(here.iterdir()) == []
    both = compose.compose(["policy_start=2030", "seed=1", "policy_start=2031"])
    assert both.policy_start == 2031


DC = "policy.dc_fellows_persons"
IN_FORCE = {
    "at once": ([f"{DC}=9000"], "2027: 9,000", "2027: 9,000"),
    "a later start": ([f"{DC}=9000", "policy_start=2029"], "2029: 9,000", "2029: 9,000"),
    "a ramp": (
        [f"{DC}=9000", "ramp_years=3"],
        "4,200 in 2027 to 9,000 in 2030 in a line, then 9,000",
        "2027年の4,200から2030年の9,000まで直線的に変化、以後9,000",
    ),
    "a map": ([f"{DC}={{2027: 5000, 2029: 6000}}"], "2027: 5,000, 2029: 6,000", "2029: 6,000"),
    "a map that waits": (
        [f"{DC}={{2024: 5000, 2026: 5500, 2029: 6000}}"],
        "): 2027: 5,500, 2029: 6,000",
        "2027: 5,500, 2029: 6,000",
    ),
    "a map with a ramp": (
        [f"{DC}={{2027: 5200}}", "ramp_years=2"],
        "2027: 4,200, 2028: 4,700, 2029: 5,200",
        "2028: 4,700",
    ),
    "a map with a long ramp": (
        [f"{DC}={{2027: 5200}}", "ramp_years=10", "years.last=2040"],
        "): 2030: 4,500, 2035: 5,000, 2040: 5,200",
        "2035: 5,000",
    ),
    "never": (
        [f"{DC}=9000", "policy_start=2300"],
        "not in force by 2030: it would begin in 2300",
        "2030年までに発効しない（2300年開始）",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", IN_FORCE)
def test_a_lever_says_from_when_on_it_is_in_force(case: str) -> None:
    words, english, japanese = IN_FORCE[case]
    for language, wanted in (("en", english), ("ja", japanese)):
        config = compose.compose([*SHORT, *words, f"language={language}"])
        shown = [year for year in (2030, 2035, 2040) if year <= config.years.last]
        assert wanted in "): " + in_force(config, "dc_fellows_persons", shown)


def test_the_line_above_the_table_says_so_in_both_languages(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, english, japanese = IN_FORCE["a ramp"]
    for language, wanted in (("en", english), ("ja", japanese)):
        assert main([*SHORT, *words, f"language={language}"]) == 0
        assert wanted in capsys.readouterr().out
    assert len(list((here / "results").iterdir())) == 1  # the same results in either language


def test_each_scenario_of_a_folder_keeps_its_run_id(first: tuple[Path, list[str]]) -> None:
    folder = first[0] / first[1][-1]
    runs = json.loads((folder / "provenance.json").read_text())["runs"]
    with stsim.open_results(folder) as ds:
        assert ds.run_id.values.tolist() == [runs["baseline"], runs["expand_dc"]]
    with stsim.open_results(folder / "expand_dc.nc") as ds:
        assert ds.attrs["run_id"] == str(ds.run_id.values) == runs["expand_dc"]
    assert "language" not in (folder / "config.yaml").read_text(encoding="utf-8")


def test_what_is_not_a_result_is_refused_in_one_line(here: Path) -> None:
    stsim.simulate(*SHORT).to_netcdf(here / "whole.nc", engine="h5netcdf")
    (here / "empty").mkdir()
    (here / "text.nc").write_text("hello")
    (here / "nothing.nc").write_bytes(b"")
    data = (here / "whole.nc").read_bytes()
    for size in (100, 5000, len(data) // 2, len(data) - 1):
        (here / f"cut{size}.nc").write_bytes(data[:size])
    xr.Dataset({"x": 1.0}).to_netcdf(here / "other.nc", engine="h5netcdf")
    wrong = [p for p in here.iterdir() if p.name != "whole.nc"] + [here / "missing"]
    for path in wrong:
        with pytest.raises(ResultsError) as caught:
            stsim.open_results(path).close()
        assert len(str(caught.value).splitlines()) == 1
        assert path.name in str(caught.value)


def test_job_levers_shows_prices_payers_and_their_sources(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["job=levers"]) == 0
    out = capsys.readouterr().out
    for name in levers.NAMES:
        lever = levers.about(name)
        if lever.yen_each is not None:
            assert f"{lever.yen_each:,.0f}" in out
            assert lever.price_source[:20] in out
            assert lever.payer in out


def test_a_corrupt_data_file_is_named_with_its_line(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = here / "data"
    shutil.copytree(observed.DATA, folder)
    lines = (folder / "observed.csv").read_text(encoding="utf-8").splitlines()
    lines[5] = lines[5].replace(lines[5].split(",")[7], "many")
    (folder / "observed.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(observed, "DATA", folder)
    observed.record.cache_clear()
    try:
        assert main(["years.last=2025", "band=false"]) == 1
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
