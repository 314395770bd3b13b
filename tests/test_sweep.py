"""Sweeps: every combination once, one dataset that equals single runs bit for bit."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import netcdf, paths
from stsim.cli import main
from stsim.config import PROCESSORS
from stsim.explore import sweep
from stsim.overrides import read_words
from stsim.rates import RateError
from stsim.results import ResultsError

#: Words that keep the runs of these tests short.
LAST = ("years.last=2029", "engine=stocks", "band=false")
NAMES, FELLOWS = ["baseline", "expand_dc", "permanent_posts"], [5000, 6000, 7000, 9000]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def swept(capsys: pytest.CaptureFixture[str], *words: str) -> Path:
    """Run a sweep; its folder."""
    assert main(["-m", *LAST, *words]) == 0
    return Path(capsys.readouterr().out.splitlines()[-1])


def same(a: xr.Dataset, b: xr.Dataset) -> bool:
    """Whether all values are equal, bit for bit."""
    assert set(a.data_vars) == set(b.data_vars)
    return all(a[name].values.tobytes() == b[name].values.tobytes() for name in a.data_vars)


@pytest.mark.parametrize(
    ("workers", "names", "numbers"),
    [
        (2, NAMES[::2], FELLOWS[:2]),
        pytest.param(1, NAMES, FELLOWS, marks=pytest.mark.slow),
        pytest.param(2, NAMES, FELLOWS, marks=pytest.mark.slow),
    ],
)
def test_a_sweep_equals_single_runs_bit_for_bit(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    workers: int,
    names: list[str],
    numbers: list[int],
) -> None:
    if workers > PROCESSORS:
        pytest.skip("one processor only")
    grid = (
        f"scenario={','.join(names)}",
        f"policy.dc_fellows_persons={','.join(map(str, numbers))}",
    )
    short = ("years.last=2026", "policy_start=2024", "engine=both", "persons_per_agent=200")
    ds = stsim.open_results(swept(capsys, *grid, *short, f"workers={workers}"))
    assert ds.stock.dims[:3] == ("scenario", "dc_fellows_persons", "engine")
    assert ds.scenario.values.tolist() == names
    assert ds.dc_fellows_persons.values.tolist() == numbers
    assert ds.run_id.dims == ("scenario", "dc_fellows_persons")
    assert len(set(ds.run_id.values.ravel().tolist())) == len(names) * len(numbers)
    for name, fellows in itertools.product(names, numbers):
        words = (f"scenario={name}", f"policy.dc_fellows_persons={fellows}")
        single = stsim.simulate(*words, *short)
        point = ds.sel(scenario=name, dc_fellows_persons=fellows)
        assert same(single, point), (name, fellows)
        assert str(point.run_id.values) == single.attrs["run_id"]
        for coordinate in single.coords:
            assert point[coordinate].values.tolist() == single[coordinate].values.tolist()


@pytest.mark.slow
def test_two_workers_write_the_same_bytes_as_one(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if PROCESSORS < 2:
        pytest.skip("one processor only")
    words = ["scenario=baseline,expand_dc", "ramp_years=0,2"]
    one = swept(capsys, *words, "results_dir=one")
    two = swept(capsys, *words, "results_dir=two", "workers=2")
    assert one.name == two.name
    names = sorted(p.name for p in one.iterdir())
    assert names == sorted(p.name for p in two.iterdir())
    for name in names:
        if name != "points.csv":  # it has the seconds each point took
            assert (one / name).read_bytes() == (two / name).read_bytes(), name
    assert swept(capsys, *words, "results_dir=one") == one  # again: the folder is there already


def test_the_folder_lists_points_values_and_headline_indicators(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-m", *LAST, "scenario=expand_dc", "posts=flat,damped_trend", "seed=1"]) == 0
    out = capsys.readouterr().out.splitlines()
    folder = Path(out[-1])
    assert any("damped_trend" in line for line in out)
    assert "2029" in out[0]
    with (folder / "points.csv").open(encoding="utf-8-sig") as file:
        points = list(csv.DictReader(file))
    assert [p["posts"] for p in points] == ["flat", "damped_trend"]
    assert {p["status"] for p in points} == {"done"}
    assert all(float(p["seconds"]) > 0 for p in points)
    assert {f"{p['run_id']}.nc" for p in points} == {p.name for p in folder.glob("*.nc")}
    with (folder / "summary.csv").open(encoding="utf-8-sig") as file:
        rows = {(r["posts"], r["indicator"], int(r["year"])): r for r in csv.DictReader(file)}
    measures = stsim.indicators(stsim.simulate("scenario=expand_dc", "posts=damped_trend", *LAST))
    found = float(rows["damped_trend", "under40_share", 2029]["value"])
    assert found == float(measures.under40_share.sel(time=2029))
    assert rows["flat", "doctoral_entrants_persons", 2023]["value"] == ""
    assert {indicator for _, indicator, _ in rows} == {i.name for i in sweep.HEADLINE}
    assert json.loads((folder / "provenance.json").read_text())["swept"] == {
        "posts": ["flat", "damped_trend"]
    }
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    assert text.count("Twice as many DC") == 1  # what all points share stands once


def test_values_are_read_when_they_are_used(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from stsim import stacked

    read: list[str] = []

    class Noted(stacked.h5py.File):
        def __init__(self, file: Path, mode: str) -> None:
            read.append(Path(file).stem)
            super().__init__(file, mode)

    folder = swept(capsys, "scenario=baseline,expand_dc", "ramp_years=0,1")
    ds = stsim.open_results(folder)
    monkeypatch.setattr(stacked.h5py, "File", Noted)
    chosen = ds.sel(scenario="expand_dc", ramp_years=1).stock.sel(time=2027, stage="firm")
    assert read == []
    assert chosen.shape == (63, 2, 6)
    float(chosen.sum())
    assert read == [str(ds.run_id.sel(scenario="expand_dc", ramp_years=1).values)]


def test_any_part_of_the_dataset_can_be_taken(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ds = stsim.open_results(swept(capsys, "scenario=baseline,expand_dc", "ramp_years=0,1"))
    whole = ds.stock.values
    for key in (
        {"scenario": [1, 0]},
        {"ramp_years": slice(None, None, -1), "age": slice(60, 10, -7)},
        {"stage": [3, 1, 3], "time": -1},
        {"scenario": 1, "ramp_years": 0, "time": 2, "stage": 4, "age": 20, "sex": 0, "field": 1},
        {"time": slice(0, 0)},
    ):
        index = tuple(key.get(dim, slice(None)) for dim in ds.stock.dims)
        arrays = [i for i in index if isinstance(i, list)]
        wanted = whole[index] if len(arrays) < 2 else None
        part = ds.stock.isel(key).values
        assert wanted is None or np.array_equal(part, np.asarray(wanted).reshape(part.shape))
    measures = stsim.indicators(ds)
    assert measures.under40_share.dims == ("scenario", "ramp_years", "time")
    alone = stsim.indicators(ds.sel(scenario="expand_dc", ramp_years=1).load())
    point = measures.sel(scenario="expand_dc", ramp_years=1)
    assert np.array_equal(point.postdocs_persons, alone.postdocs_persons)


def test_values_given_twice_are_one_point_and_maps_get_labels(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = swept(
        capsys,
        "policy.dc_fellows_persons={2027: 6000},{2027:9000, 2028: 9500.0},{2028: 9500, 2027: 9000}",
        "seed=1,1",
        "policy.dc_stipend_yen_per_year=3000000,3e6",
    )
    ds = stsim.open_results(folder)
    labels = ["{2027: 6000}", "{2027: 9000, 2028: 9500}"]
    assert ds.dc_fellows_persons.values.tolist() == labels
    assert ds.sizes["seed"] == ds.sizes["dc_stipend_yen_per_year"] == 1
    assert len(list(folder.glob("*.nc"))) == 2
    point = ds.sel(dc_fellows_persons=labels[1], dc_stipend_yen_per_year=3_000_000, seed=1)
    single = stsim.simulate(
        "policy.dc_fellows_persons={2027: 9000, 2028: 9500}",
        "policy.dc_stipend_yen_per_year=3000000",
        *LAST,
    )
    assert same(single, point)


@pytest.mark.slow
def test_ranges_choices_parameters_and_null(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["params.on_time_degree_share.science=choice(0.4,0.5)", "policy_start=range(2027,2029)"]
    folder = swept(capsys, *words, "policy.dc_fellows_persons=null,9000")
    ds = stsim.open_results(folder)
    assert ds.policy_start.values.tolist() == [2027, 2028]
    assert ds.science.values.tolist() == [0.4, 0.5]
    assert ds.dc_fellows_persons.values.tolist() == ["null", "9000"]
    single = stsim.simulate(
        *LAST, "params.on_time_degree_share.science=0.5", "policy_start=2028",
        "policy.dc_fellows_persons=9000",
    )  # fmt: skip
    assert same(single, ds.sel(science=0.5, policy_start=2028, dc_fellows_persons="9000"))


def test_a_part_of_a_parameter_by_field_leaves_the_others(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    word = "params.on_time_degree_share={{science: {0}}}"
    planned = sweep.plan(
        read_words([word.format(0.4) + "," + "{science: 0.5, health: 0.6}", *LAST], several=True)
    )
    found = [config.params.on_time_degree_share for config in planned.configs]
    assert [one.science for one in found] == [0.4, 0.5]
    assert found[0].health != found[1].health == 0.6
    assert found[0].engineering == found[1].engineering


def test_the_last_word_wins_and_a_swept_lever_wins_over_the_scenario(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["policy.dc_fellows_persons=1,2", "scenario=expand_dc", "policy_start=2028"]
    planned = sweep.plan(read_words([*words, "policy.dc_fellows_persons=7000,8000"], several=True))
    assert [c.policy["dc_fellows_persons"] for c in planned.configs] == [7000, 8000]
    assert {c.policy_start for c in planned.configs} == {2028}
    assert {c.scenario for c in planned.configs} == {"expand_dc"}


def test_a_point_that_fails_is_listed_and_is_nan_and_the_others_are_there(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["params.working_completion_ratio=5,0.9", "scenario=baseline,expand_dc"]
    assert main(["-m", *LAST, *words]) == 1
    captured = capsys.readouterr()
    folder = Path(captured.out.splitlines()[-1])
    assert len(captured.err.splitlines()) == 2
    assert all("params.working_completion_ratio=5" in line for line in captured.err.splitlines())
    with (folder / "points.csv").open(encoding="utf-8-sig") as file:
        points = list(csv.DictReader(file))
    assert [p["status"] for p in points] == ["failed", "failed", "done", "done"]
    assert "complete_with_degree" in points[0]["error"]
    ds = stsim.open_results(folder)
    assert ds.stock.sel(working_completion_ratio=5).isnull().all()
    single = stsim.simulate("params.working_completion_ratio=0.9", "scenario=expand_dc", *LAST)
    assert same(single, ds.sel(working_completion_ratio=0.9, scenario="expand_dc"))


def test_a_sweep_in_which_every_point_fails_writes_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-m", *LAST, "params.working_completion_ratio=5", "seed=1,2"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "all 2 points failed" in captured.err
    assert len(captured.err.splitlines()) == 1
    assert list(here.iterdir()) == []


DC = "policy.dc_fellows_persons"
MISTAKES = {
    "nothing to sweep": (["scenario=expand_dc"], ["nothing to sweep", "-m"]),
    "years swept": (["years.last=2030,2040"], ["years.last cannot be swept", "same years"]),
    "first years swept": (["years.first=2007,2023"], ["years.first cannot be swept"]),
    "engines swept": (["engine=stocks,both"], ["engine cannot be swept", "engine=both"]),
    "jobs swept": (["job=run,levers"], ["job cannot be swept", "only scenarios"]),
    "folders swept": (["results_dir=a,b"], ["results_dir cannot be swept", "one folder"]),
    "languages swept": (["language=en,ja"], ["language cannot be swept", "print"]),
    "workers swept": (["workers=1,2"], ["workers cannot be swept", "speed"]),
    "bands swept": (["band=true,false"], ["band cannot be swept", "single run"]),
    "draws swept": (["draws=1,2"], ["draws cannot be swept", "ranges"]),
    "parameter sets swept": (["params=central,fitted"], ["params cannot be swept"]),
    "another job": (["job=levers", "seed=1,2"], ["job=levers has nothing to sweep"]),
    "unknown scenario": (["scenario=baseline,expnd_dc"], ["no scenario 'expnd_dc'", "'expand_dc'"]),
    "unknown key": ([f"{DC[:-1]}=1,2"], ["unknown key", f"'{DC}'"]),
    "one bad point": ([f"{DC}=5000,70000"], ["70000 is outside 0 to 60000", f"point {DC}=70000"]),
    "several bad points": (
        [f"{DC}=5000,70000,many", "seed=1,2"],
        ["70000 is outside", "seed=1 of 6 is refused, and so are 3 more"],
    ),
    "all bad": (["policy_start=2020", "seed=1,2"], ["policy_start=2020", "and so are 1 more"]),
    "a bad year in a map": ([f"{DC}={{2020: 1}},{{2027: 1}}"], ["the year 2020"]),
    "a year twice": ([f"{DC}={{2027: 1}},{{2027: 1, 2027: 2}}"], ["stands twice"]),
    "true": ([f"{DC}=1,true"], ["True is not a number"]),
    "half a seed": (["seed=1,1.5"], ["seed=1.5", "integer"]),
    "the same last part": (
        ["params.on_time_degree_share.science=0.1,0.2", "params.late_degree_share.science=0.1,0.2"],
        ["would both be the dimension 'science'", "on_time", "late"],
    ),
    "a part beside the whole": (
        ["params.on_time_degree_share.science=0.1,0.2", "params.on_time_degree_share={health: 1}"],
        ["set the same"],
    ),
    "too many points": (
        ["seed=range(1,40)", "policy_start=range(2027,2047)"],
        ["780 points", "megabytes"],
    ),
    "replicates without a number": (
        ["engine=both", "seed=1,2", "replicates=auto"],
        ["replicates=auto", "number"],
    ),
    "too many values": (["seed=range(1,1000000000)"], ["more than 1000 values"]),
    "a range that never ends": (["seed=range(1,5,0)"], ["the step of a range is not 0"]),
    "an empty range": (["seed=range(5,1)"], ["names no value"]),
    "a shuffled list": (["seed=shuffle(1,2,3)"], ["shuffle"]),
    "an interval": ([f"{DC}=interval(1,2)"], ["range(1,4)"]),
    "a glob": (["scenario=glob(*)"], ["glob is not read"]),
    "a comma at the end": (["seed=1,"], ["cannot read 'seed=1,'"]),
    "a number of 400 digits": (["seed=1," + "1" * 400], ["whole number beyond"]),
    "too many workers": (["seed=1,2", "workers=1000000"], ["workers=1000000", "processors"]),
    "no workers": (["seed=1,2", "workers=0"], ["workers=0 is outside 1 to"]),
    "nowhere to write": (["seed=1,2", "results_dir=/proc/x"], ["results_dir='/proc/x'"]),
    "not a word": (["expand_dc,baseline"], ["cannot read"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_sweep_gets_one_line_before_anything_runs(
    here: Path, capsys: pytest.CaptureFixture[str], mistake: str
) -> None:
    words, said = MISTAKES[mistake]
    assert main(["-m", *words]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    for part in said:
        assert part in captured.err
    assert list(here.iterdir()) == []


def test_a_sweep_that_would_fill_the_disk_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        free = 10_000_000

    monkeypatch.setattr(sweep.shutil, "disk_usage", lambda path: Full)
    assert main(["-m", "seed=1,2", "engine=stocks"]) == 1
    err = capsys.readouterr().err
    assert "2 points take about 0.1 GB and 0.0 GB are free" in err
    assert list(here.iterdir()) == []


def test_a_sweep_folder_with_a_file_missing_or_cut_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = swept(capsys, "seed=1,2")
    files = sorted(folder.glob("*.nc"))
    files[0].rename(folder / "kept")
    with pytest.raises(ResultsError, match=f"{files[0].name} of this sweep is missing"):
        stsim.open_results(folder)
    (folder / "kept").rename(files[0])
    (folder / "points.csv").write_text("run_id,status\n")
    with pytest.raises(ResultsError, match="not the folder of a whole sweep"):
        stsim.open_results(folder)


def test_a_sweep_stopped_halfway_leaves_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stsim.provenance.write", stopped)
    assert main(["-m", *LAST, "seed=1,2"]) == 1
    assert "stopped; nothing was written" in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_a_rate_that_is_none_is_a_fault_of_the_run_not_of_the_words() -> None:
    with pytest.raises(RateError):
        stsim.simulate("params.working_completion_ratio=5", *LAST)
    assert sweep.plan(read_words(["params.working_completion_ratio=5,1"], several=True)).run_ids


def test_what_is_written_reads_like_what_the_general_writer_writes(here: Path) -> None:
    ds = stsim.simulate("scenario=expand_dc", *LAST)
    netcdf.write(ds, here / "ours.nc")
    ds.to_netcdf(here / "general.nc", engine="h5netcdf")
    with (
        xr.open_dataset(here / "ours.nc", engine="h5netcdf") as ours,
        xr.open_dataset(here / "general.nc", engine="h5netcdf") as general,
    ):
        xr.testing.assert_identical(ours, general)
        xr.testing.assert_identical(ours, ds)
        for name in ours.variables:
            assert ours[name].dtype == general[name].dtype


def test_scenarios_with_different_replicates_open_with_nan_for_what_one_lacks(here: Path) -> None:
    words = ("years.last=2025", "engine=individuals", "persons_per_agent=200")
    found = {
        name: stsim.simulate(*words, f"scenario={name}", f"replicates={number}")
        for name, number in (("baseline", 2), ("expand_dc", 3))
    }
    for name, ds in found.items():
        netcdf.write(ds, here / f"{name}.nc")
    both = stsim.open_results(here)
    assert both.scenario.values.tolist() == ["baseline", "expand_dc"]
    assert both.replicate.values.tolist() == [1, 2, 3]
    assert both.run_id.values.tolist() == [ds.attrs["run_id"] for ds in found.values()]
    assert both.stock.sel(scenario="baseline", replicate=3).isnull().all()
    for name, ds in found.items():
        for number in ds.replicate.values:
            part = both.sel(scenario=name, replicate=number)
            assert np.array_equal(part.stock, ds.stock.sel(replicate=number))
    both.close()


OWN = """title: {{en: Mine, ja: 私の案}}
about: {{en: B, ja: い}}
{more}policy: {policy}
"""


def own(folder: Path, name: str, policy: str = "{}", more: str = "") -> None:
    folder.mkdir(exist_ok=True)
    text = OWN.format(policy=policy, more=more and f"{more}\n")
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_a_scenario_of_ones_own_runs_sweeps_and_is_listed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(here / "mine", "my_idea", "{dc_fellows_persons: 9000}")
    for option in (["--config-dir", "mine"], ["--config-dir=mine"]):
        assert main([*option, "scenario=my_idea", *LAST]) == 0
        assert "Mine" in capsys.readouterr().out
        assert main(["--help", *option]) == 0
        assert ["my_idea", "Mine"] in [
            line.split() for line in capsys.readouterr().out.splitlines()
        ]
    folder = swept(capsys, "--config-dir=mine", "scenario=my_idea,baseline")
    ds = stsim.open_results(folder)
    mine = stsim.simulate("--config-dir=mine", "scenario=my_idea", *LAST)
    assert same(mine, ds.sel(scenario="my_idea"))
    assert same(mine, stsim.simulate("policy.dc_fellows_persons=9000", *LAST))
    assert stsim.scenarios("mine")["my_idea"] == "Mine"
    assert "my_idea" not in stsim.scenarios()


def test_policies_are_laid_in_the_order_of_defaults(here: Path) -> None:
    from stsim.compose import compose

    mine = here / "mine"
    own(mine, "first", "{dc_fellows_persons: {2027: 5000, 2030: 6000}, retirement_age_years: 66}")
    own(mine, "second", "{dc_fellows_persons: {2028: 7000}}", "defaults: [first]")
    own(mine, "before", "{retirement_age_years: 68}", "defaults: [_self_, first]")
    own(mine, "back", "{retirement_age_years: null}", "defaults: [first]")
    own(mine, "both", "{}", "defaults: [expand_dc, permanent_posts, second]")
    own(mine, "diamond", "{}", "defaults: [second, first, _self_]")

    def policy(name: str, *words: str) -> dict[str, object]:
        return compose(["--config-dir=mine", f"scenario={name}", *words]).policy

    second = {"dc_fellows_persons": {2028: 7000}, "retirement_age_years": 66}
    assert policy("second") == second  # the map is replaced whole
    assert policy("before")["retirement_age_years"] == 66  # ours come after
    assert "retirement_age_years" not in policy("back")  # null is the law as it stands
    both = policy("both")
    assert both["dc_fellows_persons"] == {2028: 7000}
    assert (
        both["permanent_posts_national_persons"]
        == compose(["scenario=permanent_posts"]).policy["permanent_posts_national_persons"]
    )
    assert policy("diamond")["dc_fellows_persons"] == {2027: 5000, 2030: 6000}
    assert policy("both", "policy.dc_fellows_persons=1")["dc_fellows_persons"] == 1
    config = compose(["--config-dir=mine", "scenario=second"])
    assert config.title.en == "Mine"


BAD_DEFAULTS = {
    "unknown": ("defaults: [expnd_dc]", ["mine.yaml", "'expnd_dc'", "mean 'expand_dc'?"]),
    "itself": ("defaults: [mine]", ["mine.yaml", "builds on itself", "mine → mine"]),
    "a circle": ("defaults: [other]", ["other.yaml", "mine → other → mine"]),
    "a name": ("defaults: expand_dc", ["mine.yaml", "defaults='expand_dc' is not a list"]),
    "a map": ("defaults: {expand_dc: 1}", ["mine.yaml", "is not a list"]),
    "nothing": ("defaults:", ["mine.yaml", "defaults=None is not a list"]),
    "a number in it": ("defaults: [3]", ["mine.yaml", "3 in defaults is no name"]),
    "a group in it": ("defaults: [{scenario: expand_dc}]", ["mine.yaml", "is no name"]),
    "self twice": ("defaults: [_self_, expand_dc, _self_]", ["'_self_' stands twice"]),
    "another twice": ("defaults: [expand_dc, expand_dc]", ["'expand_dc' stands twice"]),
    "one that is faulty": ("defaults: [faulty]", ["scenario file faulty.yaml", "seed"]),
}


@pytest.mark.parametrize("mistake", BAD_DEFAULTS)
def test_faulty_defaults_get_one_clear_line(
    here: Path, capsys: pytest.CaptureFixture[str], mistake: str
) -> None:
    more, said = BAD_DEFAULTS[mistake]
    folder = here / "mine"
    own(folder, "mine", "{}", more)
    own(folder, "other", "{}", "defaults: [mine]")
    own(folder, "faulty", "{}", "seed: 3")
    assert main(["--config-dir=mine", "scenario=mine", *LAST]) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    for part in said:
        assert part in err
    assert [p.name for p in here.iterdir()] == ["mine"]


BAD_FOLDERS = {
    "not there": (["--config-dir", "nowhere"], ["'nowhere'", "No such file"]),
    "empty": (["--config-dir=empty"], ["'empty' holds no scenario", "my_idea.yaml"]),
    "a file": (["--config-dir=taken"], ["'taken'", "Not a directory"]),
    "no name": (["--config-dir="], ["--config-dir needs a folder"]),
    "last word": (["--config-dir"], ["--config-dir needs a folder"]),
    "a NUL": (["--config-dir=a\0b"], ["--config-dir"]),
    "twice": (["--config-dir=empty", "--config-dir=empty"], ["stands twice"]),
    "a name of ours": (["--config-dir=ours"], ["ours/baseline.yaml", str(paths.SCENARIOS)]),
    "in a sweep": (["-m", "seed=1,2", "--config-dir=nowhere"], ["'nowhere'"]),
    "with help": (["--help", "--config-dir=nowhere"], ["'nowhere'"]),
}


@pytest.mark.parametrize("mistake", BAD_FOLDERS)
def test_a_faulty_scenario_folder_gets_one_clear_line(
    here: Path, capsys: pytest.CaptureFixture[str], mistake: str
) -> None:
    words, said = BAD_FOLDERS[mistake]
    (here / "empty").mkdir()
    (here / "taken").write_text("")
    own(here / "ours", "baseline")
    assert main(words) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    for part in said:
        assert part in captured.err
    assert not (here / "results").exists()
