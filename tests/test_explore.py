"""Sweeps into a store: which points, the same bytes whoever computes them, nothing lost."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr

import stsim
from stsim import levers, paths
from stsim.compose import compose
from stsim.config import Config, ConfigError
from stsim.explore import design, executors, runs, work
from stsim.explore.arrays import OF_TIME
from stsim.explore.plan import FORMAT
from stsim.explore.store import Store
from stsim.faults import SweepError
from stsim.results import ResultsError
from stsim.simulation import Point

SHORT = ("job=sweep", "years.last=2025")
#: Forty points in two blocks.
FORTY = (*SHORT, "policy.dc_fellows_persons=range(4000,8000,100)")


def planned(*words: str) -> runs.Planned:
    return runs.plan([*SHORT, *words])


def swept(tmp_path: Path, *words: str) -> Store:
    return runs.run(runs.plan([*FORTY, f"results_dir={tmp_path}", *words]))


def content(store: Store) -> dict[str, str]:
    """The hash of every file but those that tell how long it took."""
    return {
        path.relative_to(store.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((store.folder / "store.zarr").rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return swept(tmp_path_factory.mktemp("whole"))


def test_a_grid_has_every_combination_with_the_last_key_fastest() -> None:
    plan = planned("policy.pd_fellows_persons=1000,2000", "posts=flat,openings").plan
    assert plan.keys == ("policy.pd_fellows_persons", "posts")
    assert plan.values == (
        (1000, "flat"), (1000, "openings"), (2000, "flat"), (2000, "openings"),
    )  # fmt: skip


def test_a_latin_hypercube_has_one_point_in_every_slice_of_every_key() -> None:
    plan = planned(
        "sweep.design=latin_hypercube", "sweep.points=20", "posts=flat,openings",
        "policy.dc_fellows_persons=interval(4000,6000)",
    ).plan  # fmt: skip
    slices = [int((value - 4000) / 100) for _, value in plan.values]
    assert sorted(slices) == list(range(20))
    assert sum(posts == "flat" for posts, _ in plan.values) == 10


def test_a_sobol_sample_is_balanced_in_every_half() -> None:
    plan = planned(
        "sweep.design=sobol", "sweep.points=16",
        "policy.dc_fellows_persons=interval(4000,6000)",
        "policy.pd_fellows_persons=interval(1000,2000)",
    ).plan  # fmt: skip
    quarters = {(dc < 5000, pd < 1500): 0 for dc, pd in plan.values}
    for dc, pd in plan.values:
        quarters[dc < 5000, pd < 1500] += 1
    assert list(quarters.values()) == [4, 4, 4, 4]


def test_one_at_a_time_moves_one_key_away_from_the_first_point() -> None:
    plan = planned(
        "sweep.design=one_at_a_time", "policy.dc_fellows_persons=5000,6000,7000",
        "params.entry_elasticity_prospects=interval(0.1,0.3)",
    ).plan  # fmt: skip
    assert plan.values == ((5000, 0.2), (6000, 0.2), (7000, 0.2), (5000, 0.1), (5000, 0.3))


def test_every_policy_meets_the_same_futures() -> None:
    plan = planned(
        "sweep.design=futures_and_policies", "sweep.points=5", "scenario=baseline,expand_dc",
        "posts=flat,openings",
        "params.entry_elasticity_prospects=interval(0.1,0.3)",
    ).plan  # fmt: skip
    by_policy = {
        name: [point[1:] for point in plan.values if point[0] == name]
        for name in ("baseline", "expand_dc")
    }
    assert len(plan.values) == 10
    assert by_policy["baseline"] == by_policy["expand_dc"]


@pytest.mark.slow
def test_every_lever_may_differ_from_point_to_point() -> None:
    """One point for each lever, side by side, against runs one by one."""
    points = [Point(config("years.last=2029", f"policy.{name}={v}")) for name, v in OTHER.items()]
    found = work.stocks(points)
    for one, (name, value) in zip(found, OTHER.items(), strict=True):
        assert not isinstance(one, str), name
        (alone,) = work.stocks([Point(config("years.last=2029", f"policy.{name}={value}"))])
        assert not isinstance(alone, str)
        for measure, values in one.items():
            np.testing.assert_allclose(values, alone[measure], rtol=1e-9, err_msg=name)


def _other_values() -> dict[str, float]:
    """For each lever a value that is not that of the law."""
    law = compose([]).law
    found = {}
    for name in levers.NAMES:
        about, now = levers.about(name), law[name].timeline.at(2028)
        up = now + 0.3 * (min(about.high, 10 * now or about.high / 10) - now)
        found[name] = up if up != now else now - 0.3 * (now - about.low)
    return found


OTHER = _other_values()


@pytest.mark.parametrize(
    "words",
    [
        ("policy.dc_fellows_persons=9000", "posts=damped_trend"),
        ("scenario=women", "policy.retirement_age_years=66.5"),
        ("policy.firm_openings_growth_per_year=0.02", "policy.return_from_abroad_ratio=1.5"),
        ("params.entry_elasticity_prospects=0.4", "scenario=soft_money", "posts=openings"),
    ],
)
def test_a_point_among_others_is_what_a_run_by_itself_is(words: tuple[str, ...]) -> None:
    others = [("policy.dc_fellows_persons=5000",), ("scenario=tenure_track",), ("posts=openings",)]
    alone = stsim.indicators(stsim.simulate("engine=stocks", "years.last=2028", *words))
    found = work.stocks([Point(config("years.last=2028", *each)) for each in (words, *others)])[0]
    assert not isinstance(found, str)
    for name, values in found.items():
        np.testing.assert_allclose(values, alone[name].values, rtol=1e-9, err_msg=name)


def config(*words: str) -> Config:
    return compose(["engine=stocks", *words])


def test_a_draw_among_points_is_the_draw_of_the_ranges() -> None:
    ranges = stsim.ranges("engine=stocks", "draws=3", "years.last=2026")
    found = work.stocks([Point(config("years.last=2026"), draw=k) for k in (1, 2, 3)])
    for k, one in enumerate(found):
        assert not isinstance(one, str)
        for name, values in one.items():
            there = ranges[name]
            there = there.isel(draw=k) if "draw" in there.dims else there
            np.testing.assert_allclose(values, there.values, rtol=1e-9, err_msg=name)


@pytest.mark.slow
def test_two_processes_write_the_same_bytes_as_one(whole: Store, tmp_path: Path) -> None:
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one processor")
    assert content(swept(tmp_path, "workers=2")) == content(whole)


def test_an_interrupted_sweep_goes_on_and_ends_with_the_same_bytes(
    whole: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, done = work.block, []

    def once(folder: str, number: int) -> tuple[int, int]:
        if done:
            raise SweepError("the disk is full")
        done.append(number)
        return real(folder, number)

    monkeypatch.setattr(work, "block", once)
    with pytest.raises(SweepError, match="disk is full"):
        swept(tmp_path)
    (folder,) = tmp_path.iterdir()
    stopped = Store(folder)
    assert stopped.waiting() == [1]
    assert [row[3] for row in stopped.rows[1:]] == ["done"] * 32 + ["waiting"] * 8
    (folder / "store.zarr" / "left.partial").write_text("of a worker that was killed")
    computed: list[int] = []
    monkeypatch.setattr(work, "block", lambda f, n: (computed.append(n), real(f, n))[1])
    assert content(swept(tmp_path)) == content(whole)
    assert computed == [1]
    swept(tmp_path)
    assert computed == [1]  # nothing is computed twice


def copied(store: Store, tmp_path: Path) -> Store:
    """A copy of the folder of a sweep that a test may change."""
    return Store(shutil.copytree(store.folder, tmp_path / store.folder.name))


def test_two_drivers_do_not_work_on_one_sweep(whole: Store, tmp_path: Path) -> None:
    store = copied(whole, tmp_path)
    with store.alone(), pytest.raises(SweepError, match="another process is working"):
        swept(tmp_path)


def test_a_sweep_opens_with_its_keys_as_dimensions_or_by_run(whole: Store) -> None:
    ds = stsim.open_results(whole.folder)
    assert ds["dc_fellows_persons"].values.tolist() == list(range(4000, 8000, 100))
    alone = stsim.indicators(
        stsim.simulate("engine=stocks", "years.last=2025", "policy.dc_fellows_persons=4700")
    )
    chosen = ds.sel(dc_fellows_persons=4700)
    for name in alone:
        if name in ds:
            np.testing.assert_allclose(chosen[name].values, alone[name].values, rtol=1e-9)
    assert ds["under40_share"].attrs["units"] == "share"


def test_the_store_knows_which_measures_are_by_time() -> None:
    measured = stsim.indicators(stsim.simulate("engine=stocks", "years.last=2025"))
    by_time = {str(name) for name, values in measured.items() if "time" in values.dims}
    assert by_time == set(OF_TIME)


def test_runs_outside_a_grid_carry_their_values(tmp_path: Path) -> None:
    words = (
        *SHORT, "sweep.design=latin_hypercube", "sweep.points=3", "sweep.keep=stocks",
        "policy.dc_fellows_persons=interval(4000,6000)", f"results_dir={tmp_path}",
    )  # fmt: skip
    store = runs.run(runs.plan(words))
    ds = stsim.open_results(store.folder)
    assert ds["dc_fellows_persons"].dims == ("run",)
    assert list(ds["run_id"].values) == list(store.plan.run_ids)
    faculty = ds["stock"].sel(
        stage=[s for s in ds["stage"].values if s.startswith(("permanent_", "fixed_term_"))]
    )
    np.testing.assert_allclose(
        faculty.sum(("stage", "age_band", "sex")).values, ds["faculty_persons"].values, rtol=1e-12
    )


def test_a_run_that_fails_is_listed_and_the_others_are_not_lost(tmp_path: Path) -> None:
    words = (*SHORT, "params.working_completion_ratio=0.9,5", f"results_dir={tmp_path}")
    store = runs.run(runs.plan(words))
    good, bad = store.rows[1:]
    assert (good[3], good[5]) == ("done", "")
    assert bad[3] == "failed"
    assert "complete_with_degree" in bad[5] or "rule" in bad[5]
    ds = stsim.open_results(store.folder)
    assert ds["status"].values.tolist() == [1, 2]
    assert np.isnan(ds["under40_share"].sel(working_completion_ratio=5)).all()
    assert np.isfinite(ds["under40_share"].sel(working_completion_ratio=0.9)).all()


def test_draws_are_points_like_others() -> None:
    plan = planned("draw=2,1000", "posts=flat").plan
    assert plan.keys == ("draw",)
    assert plan.values == ((2,), (1000,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: {en: A, ja: B}", "a title and a list of words"),
        ("title: {en: A, ja: B}\nwords: posts=flat", "a title and a list of words"),
        ("title: {en: A, ja: B}\nwords: [posts=flat]\nmore: 1", "a title and a list of words"),
        ("title: {en: A, ja: B}\nwords: [3]", "each of the words is a text"),
    ],
)
def test_a_file_of_words_that_holds_something_else_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "mine.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(paths, "CONF", tmp_path)
    with pytest.raises(ConfigError, match=rf"sweep file mine\.yaml: .*{said}"):
        design.words_of(["sweep.file=mine"], "sweep")


def test_words_after_a_file_of_words_come_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sweep").mkdir()
    text = "title: {en: A, ja: B}\nwords: [seed=1, 'posts=flat,openings']"
    (tmp_path / "sweep" / "mine.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(paths, "CONF", tmp_path)
    found = design.words_of(["seed=2", "sweep.file=mine"], "sweep")
    assert found == ["seed=1", "posts=flat,openings", "seed=2", "sweep.file=mine"]


BAD = [
    (("policy.dc_felows_persons=1,2",), "unknown key .*dc_fellows_persons"),
    (("posts=flat,1",), "several kinds"),
    ((), "nothing to sweep"),
    (("policy.dc_fellows_persons=4000,90000",), "point 2 of 2"),
    (("policy.dc_fellows_persons=interval(4000,5000)",), "an interval has no values"),
    (("seed=interval(1,5)", "sweep.design=sobol"), "whole numbers only"),
    (("policy.dc_fellows_persons=interval(1,2)", "sweep.design=sobol"), "64 or 128"),
    (("policy.dc_fellows_persons=interval(5,2)", "sweep.design=sobol"), "low below high"),
    (("engine=both", "posts=flat,openings"), "a sweep has one engine"),
    (("replicate=1,2",), "no chance"),
    (("draw=0,1",), "from 1 to 1,000"),
    (("draw=1,2", "params=central"), "leave out params=central"),
    (("draws=5", "posts=flat,openings"), "draw=range"),
    (("sweep.design=circle", "posts=flat,openings"), "sweep.design"),
    (("sweep.file=nothing",), "no such file"),
    (
        ("sweep.design=futures_and_policies", "posts=flat,openings"),
        "keys of both kinds",
    ),
    (
        tuple(f"policy.{name}=range(0,400)" for name in (
            "dc_fellows_persons", "pd_fellows_persons", "ura_persons", "technicians_persons",
        )),
        "25,600,000,000 points would take about .* hours .* GB",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), BAD, ids=[said for _, said in BAD])
def test_bad_input_is_one_line_before_anything_runs(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        planned(*words)
    assert "\n" not in str(error.value)


def test_a_store_of_another_version_is_refused(whole: Store, tmp_path: Path) -> None:
    store = copied(whole, tmp_path)
    plan = store.folder / "plan.json"
    plan.write_text(plan.read_text().replace(f'"format": {FORMAT}', '"format": 99'))
    with pytest.raises(ResultsError, match="layout 99"):
        stsim.open_results(store.folder)


def test_a_dead_scheduler_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "ANSWER", 1)
    with pytest.raises(SweepError, match="no scheduler answers within 1 seconds"):
        swept(tmp_path, "sweep.executor=dask", "sweep.scheduler='tcp://127.0.0.1:9'")


@pytest.mark.slow
def test_dask_writes_the_same_bytes(whole: Store, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    assert content(swept(tmp_path, "sweep.executor=dask", "workers=2")) == content(whole)


def _driver(tmp_path: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "stsim", *MANY, f"results_dir={tmp_path}", *words]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


MANY = ("job=sweep", "policy.dc_fellows_persons=range(4000,8000,25)", "years.last=2026")


def _workers(driver: subprocess.Popen[bytes]) -> list[int]:
    found = subprocess.run(
        ["pgrep", "-P", str(driver.pid), "-f", "spawn_main"], capture_output=True, text=True
    )
    return [int(line) for line in found.stdout.split()]


@pytest.mark.slow
def test_the_tasks_of_a_killed_dask_worker_are_run_again(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    quiet = runs.run(runs.plan([*MANY, f"results_dir={tmp_path / 'quiet'}"]))
    there = tmp_path / "killed"
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        where = f"sweep.scheduler='{cluster.scheduler_address}'"
        driver = _driver(there, "sweep.executor=dask", where)
        for _ in range(600):
            time.sleep(0.1)
            if len(list(there.rglob("blocks/0*.json"))) >= 1:
                break
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        _, err = driver.communicate(timeout=300)
    assert driver.returncode == 0, err.decode()
    (folder,) = there.iterdir()
    assert content(Store(folder)) == content(quiet)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["driver", "worker"])
def test_a_killed_process_loses_nothing(victim: str, tmp_path: Path) -> None:
    quiet = runs.run(runs.plan([*MANY, f"results_dir={tmp_path / 'quiet'}"]))
    there = tmp_path / "killed"
    driver = _driver(there, "workers=2")
    for _ in range(600):
        time.sleep(0.1)
        if len(list(there.rglob("blocks/0*.json"))) >= 1:
            break
    if victim == "driver":
        os.killpg(driver.pid, signal.SIGKILL)
        driver.communicate()
        driver = _driver(there, "workers=2")
    else:
        os.kill(_workers(driver)[0], signal.SIGKILL)
    _, err = driver.communicate(timeout=300)
    assert driver.returncode == 0, err.decode()
    (folder,) = there.iterdir()
    assert content(Store(folder)) == content(quiet)


def test_whoever_may_read_the_folder_may_read_all_of_it(whole: Store) -> None:
    whole.export("csv")
    paths = [path for path in whole.folder.rglob("*") if path.is_file() and path.name != ".lock"]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o644}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_export_has_a_line_for_every_run_and_year(whole: Store, kind: str) -> None:
    file = whole.export(kind)
    if kind == "csv":
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
        found = {(int(r["run"]), int(r["year"])): float(r["under40_share"]) for r in rows}
        assert rows[0]["doctorates_per_million"] != ""
        assert rows[2]["doctorates_per_million"] == ""  # of the last year, which is not over
    else:
        table = pq.read_table(file)
        columns = [table[name].to_pylist() for name in ("run", "year", "under40_share")]
        found = {(run, year): value for run, year, value in zip(*columns, strict=True)}
    ds = whole.lazy()
    assert len(found) == 40 * 3
    for (run, year), value in found.items():
        assert value == float(ds["under40_share"].sel(time=year).isel(run=run))


def test_a_chunk_that_is_lost_or_changed_is_never_read_as_not_known(
    whole: Store, tmp_path: Path
) -> None:
    folder = copied(whole, tmp_path).folder
    chunk = folder / "store.zarr" / "under40_share" / "c" / "1" / "0"
    data = bytearray(chunk.read_bytes())
    data[0] ^= 1
    chunk.write_bytes(data)
    assert Store(folder).read(["women_share_faculty"])["women_share_faculty"].size == 40 * 3
    with pytest.raises(ResultsError, match=r"under40_share: damaged .*checksum"):
        Store(folder).read(["under40_share"])
    chunk.write_bytes(data[:-1])
    with pytest.raises(ResultsError, match=r"c/1/0: 771 bytes instead of 772; remove .*000001"):
        Store(folder).read(["women_share_faculty"])
    chunk.unlink()
    with pytest.raises(ResultsError, match=r"c/1/0: missing; remove .*000001\.json and give the"):
        stsim.open_results(folder)
    (folder / "blocks" / "000001.json").unlink()  # as the message says
    runs.run(runs.plan([*FORTY, f"results_dir={tmp_path}"]))
    assert content(Store(folder)) == content(whole)


def test_a_store_that_is_damaged_is_named(whole: Store, tmp_path: Path) -> None:
    store = copied(whole, tmp_path)
    (store.folder / "store.zarr" / "zarr.json").write_text("not json")
    with pytest.raises(ResultsError, match=r"store\.zarr"):
        stsim.open_results(store.folder)


def test_opening_reads_values_only_when_they_are_used(tmp_path: Path) -> None:
    store = runs.run(
        runs.plan(
            [*SHORT, "sweep.design=latin_hypercube", "sweep.points=2", f"results_dir={tmp_path}",
             "policy.dc_fellows_persons=interval(4000,6000)"]
        )
    )  # fmt: skip
    ds = stsim.open_results(store.folder)
    assert isinstance(ds, xr.Dataset)
    assert not ds["under40_share"]._in_memory


def test_without_zarr_one_line_says_what_to_install_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(SweepError, match=r"pip install 'stsim\[cluster\]'$"):
        swept(tmp_path)
    assert list(tmp_path.iterdir()) == []
