"""The folder of a sweep when something is wrong with it, and who computes its blocks."""

from __future__ import annotations

import errno
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import files, measures, simulation
from stsim.compose import compose
from stsim.draws import DrawsError
from stsim.explore import arrays, executors, measured, present, runs, sweep, work
from stsim.explore.sensitivity import ByYear, Effects, Indices
from stsim.explore.store import Store
from stsim.faults import SweepError
from stsim.observed import DataError
from stsim.results import ResultsError
from stsim.simulation import Point

WORDS = ("job=sweep", "years.last=2025", "policy.dc_fellows_persons=4000,5000,7000")


def swept(folder: Path, *words: str) -> Store:
    return runs.run(runs.plan([*WORDS, f"results_dir={folder}", *words]))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Three runs in one block."""
    return swept(tmp_path_factory.mktemp("made"))


@pytest.fixture
def copied(made: Store, tmp_path: Path) -> Path:
    """A copy of the folder that a test may damage."""
    folder = tmp_path / made.folder.name
    shutil.copytree(made.folder, folder)
    return folder


def change(file: Path, **more: object) -> None:
    """Set some entries of a JSON file."""
    found = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(found | more), encoding="utf-8")


# --- the plan -------------------------------------------------------------------------------------

OF_PLAN: list[tuple[dict[str, object], str]] = [
    ({"words": ["job=sweep", 3]}, "a number or list where a text belongs"),
    ({"code": None}, "a number or list where a text belongs"),
    ({"keys": ["policy.dc_fellows_persons", "posts"]}, "are not those of its keys"),
    ({"run_ids": ["one"]}, "as many run ids as points"),
    ({"run_ids": [], "values": [], "labels": None}, "as many run ids as points"),
    ({"labels": {"policy.dc_fellows_persons": [4000, 5000]}}, "labels of its grid"),
    ({"labels": {"posts": ["flat", "openings", "x"]}}, "labels of its grid"),
    ({"years": [2025, 2023]}, "years 2025 to 2023"),
    ({"years": [1900, 2025]}, "years 1900 to 2025"),
    ({"keep": "everything"}, "keep=everything"),
    ({"engine": "both"}, "engine=both"),
    ({"colour": "red"}, "colour"),
    ({"years": 2025}, "not iterable"),
]


@pytest.mark.parametrize(("more", "said"), OF_PLAN, ids=[said for _, said in OF_PLAN])
def test_a_plan_whose_parts_do_not_belong_together_is_refused_in_one_line(
    copied: Path, more: dict[str, object], said: str
) -> None:
    change(copied / "plan.json", **more)
    with pytest.raises(ResultsError, match=f"not the folder of a sweep .*{said}") as error:
        Store(copied)
    assert str(copied) in str(error.value)
    assert "\n" not in str(error.value)


# --- what is in the folder ------------------------------------------------------------------------


def of_array(name: str, **more: object) -> Callable[[Path], None]:
    return lambda folder: change(folder / "store.zarr" / name / "zarr.json", **more)


def of_group(**more: object) -> Callable[[Path], None]:
    return lambda folder: change(folder / "store.zarr" / "zarr.json", **more)


def linked(*place: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        folder.joinpath(*place).symlink_to(folder / "plan.json")

    return damage


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: shutil.rmtree(folder / "store.zarr" / name)


DAMAGE: list[tuple[Callable[[Path], None], str]] = [
    (linked("aside"), "aside is a link"),
    (linked("blocks", "000009.json"), "a link, pipe, socket or device"),
    (linked("store.zarr", "aside"), "aside is a link"),
    (of_group(node_type="array"), "is of no group"),
    (of_group(consolidated_metadata={"metadata": {}}), "names arrays"),
    (without("status"), "an array of its store is missing"),
    (without("postdocs_persons"), "store.zarr/postdocs_persons is missing"),
    (of_array("postdocs_persons", data_type="string"), "postdocs_persons is no array of"),
    (of_array("postdocs_persons", shape=[3, 9]), "postdocs_persons is no array of"),
    (of_array("status", storage_transformers=[{"name": "x"}]), "status is no array of"),
]


@pytest.mark.parametrize(("damage", "said"), DAMAGE, ids=[said for _, said in DAMAGE])
def test_what_was_not_written_here_is_not_read(
    copied: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(copied)
    with pytest.raises(ResultsError, match=f"not what stsim has written .*{said}"):
        Store(copied).lazy()


def test_an_array_without_its_dimensions_is_named(copied: Path) -> None:
    of_array("postdocs_persons", dimension_names=None)(copied)
    with pytest.raises(ResultsError, match=r"store\.zarr: not the store of a sweep"):
        Store(copied).lazy()


def test_a_store_of_another_version_may_have_other_measures(copied: Path) -> None:
    """It is read as it is: only this version must have all of its own."""
    without("postdocs_persons")(copied)
    change(copied / "plan.json", code="other")
    ds = Store(copied).read()
    assert "postdocs_persons" not in ds
    assert np.isfinite(ds["faculty_persons"].values).all()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_of_a_store_with_changed_numbers_no_table_is_written(copied: Path, kind: str) -> None:
    chunk = copied / "store.zarr" / "faculty_persons" / "c" / "0" / "0"
    data = bytearray(chunk.read_bytes())
    data[3] ^= 1
    chunk.write_bytes(data)
    with pytest.raises(ResultsError, match="faculty_persons: damaged"):
        Store(copied).export(kind)
    assert not list(copied.glob("measures.*"))
    assert not list(copied.glob(".part-*"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"errors": ["", ""]}, "a text for each of its runs"),
        ({"errors": ["", "", 3]}, "a text for each of its runs"),
        ({"seconds": "soon"}, "could not convert"),
        ({"errors": None}, "NoneType"),
    ],
)
def test_a_wrong_word_on_a_block_names_the_file_to_remove(
    copied: Path, more: dict[str, object], said: str
) -> None:
    change(copied / "blocks" / "000000.json", **more)
    with pytest.raises(ResultsError, match=rf"000000\.json: not what stsim .*{said}.*remove it"):
        swept(copied.parent)


# --- beginning and going on -----------------------------------------------------------------------


def test_a_folder_that_is_a_link_is_not_written_through(copied: Path, tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    copied.rename(aside)
    copied.symlink_to(aside)
    with pytest.raises(SweepError, match="a link; move it away"):
        swept(tmp_path)


def test_blocks_without_a_plan_are_not_gone_on_with(copied: Path) -> None:
    (copied / "plan.json").unlink()
    with pytest.raises(SweepError, match=r"its plan\.json is missing; move the folder away"):
        swept(copied.parent)


def test_a_folder_under_the_name_of_another_plan_is_not_gone_on_with(copied: Path) -> None:
    change(copied / "plan.json", code="other")
    with pytest.raises(SweepError, match=r"its plan\.json is of another sweep"):
        swept(copied.parent)


def test_a_folder_begun_without_its_plan_is_begun_anew(copied: Path, made: Store) -> None:
    (copied / "plan.json").unlink()
    (copied / "blocks" / "000000.json").unlink()
    shutil.rmtree(copied / "store.zarr")
    again = swept(copied.parent)
    assert again.waiting() == []
    for name in ("under40_share", "status"):
        np.testing.assert_array_equal(
            again.read([name])[name].values, made.read([name])[name].values
        )


def no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("place", [(arrays, "create"), (files, "write")])
def test_a_full_disk_is_one_line_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str]
) -> None:
    monkeypatch.setattr(*place, no_room)
    with pytest.raises(SweepError, match=r"No space left on device.*make room and give the same"):
        swept(tmp_path)


def test_a_block_that_cannot_be_written_is_not_done(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = copied / "blocks" / "000000.json"
    block.unlink()
    monkeypatch.setattr(work, "stocks", lambda points, keep: ["it broke"] * len(points))
    monkeypatch.setattr(Store, "write_block", no_room)
    with pytest.raises(SweepError, match="No space left on device"):
        swept(copied.parent)
    assert not block.exists()


def test_a_lock_that_leads_elsewhere_is_not_opened(copied: Path) -> None:
    (copied / ".lock").unlink()
    (copied / ".lock").symlink_to(copied / "plan.json")
    plan = (copied / "plan.json").read_bytes()
    with pytest.raises((SweepError, ResultsError), match=r"link|cannot write"):
        swept(copied.parent)
    with pytest.raises(SweepError, match="cannot write"), Store(copied).alone():
        pass
    assert (copied / "plan.json").read_bytes() == plan


@pytest.mark.parametrize("name", ["runs.csv", "measures.csv"])
def test_a_list_that_cannot_be_written_leaves_nothing_half(copied: Path, name: str) -> None:
    there = Store(copied)
    (copied / name).unlink(missing_ok=True)
    (copied / name).mkdir()
    write = there.write_list if name == "runs.csv" else lambda: there.export("csv")
    with pytest.raises(SweepError, match="cannot write"):
        write()
    assert not list(copied.rglob(".part-*"))


def test_without_pyarrow_one_line_says_what_to_install(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SweepError, match=r"pip install 'stsim\[careers\]'$"):
        Store(copied).export("parquet")
    assert not list(copied.glob("measures.*"))
    assert not list(copied.glob(".part-*"))


def test_a_worker_of_another_version_computes_nothing(copied: Path) -> None:
    change(copied / "plan.json", code="other")
    with pytest.raises(SweepError, match=r"planned by stsim other, this worker has"):
        work.block(str(copied), 0)


# --- who computes ---------------------------------------------------------------------------------


class Pool:
    """In the place of a pool of processes: of each round only so many blocks are done."""

    rounds: ClassVar[list[int]] = []

    def __init__(self, *_: object) -> None:
        self.left = Pool.rounds.pop(0) if Pool.rounds else 0
        self.asked: list[int] = []

    def submit(self, do: object, folder: str, number: int) -> Future[tuple[int, int]]:
        future: Future[tuple[int, int]] = Future()
        if self.left > 0:
            self.left -= 1
            future.set_result((number, 0))
        else:
            future.set_exception(BrokenProcessPool("killed"))
        return future

    def map(self, *_: object) -> Iterator[object]:
        raise BrokenProcessPool("killed")
        yield

    def shutdown(self, **_: object) -> None:
        pass

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_blocks_of_a_killed_process_are_begun_anew_and_those_done_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executors, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(executors, "as_completed", list)
    Pool.rounds = [1, 0, 2]
    done: list[int] = []
    executors.in_processes("there", [5, 6, 7], 2, lambda number, failed: done.append(number))
    assert done == [5, 6, 7]


def test_blocks_whose_processes_are_killed_again_and_again_are_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executors, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(executors, "as_completed", list)
    Pool.rounds = [1, 0, 0]
    done: list[int] = []
    with pytest.raises(SweepError, match="there: worker processes were stopped 3 times"):
        executors.in_processes("there", [5, 6], 2, lambda number, failed: done.append(number))
    assert done == [5]


def test_a_killed_process_of_an_analysis_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "ProcessPoolExecutor", Pool)
    tasks: Any = [1, 2]
    with pytest.raises(SweepError, match=r"a worker process was stopped.*give fewer workers"):
        list(measured._all(lambda task: [], tasks, 2))


def test_a_killed_process_of_several_runs_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(sweep, "as_completed", list)
    monkeypatch.setattr(Pool, "submit", lambda self, *_: broken())
    configs: Any = {"one": None, "two": None}
    with pytest.raises(SweepError, match=r"a worker process was stopped.*give fewer workers"):
        list(sweep._all(configs, Path(), 2, lambda count: None))


def broken() -> Future[object]:
    future: Future[object] = Future()
    future.set_exception(BrokenProcessPool("killed"))
    return future


def test_a_killed_process_with_draws_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DrawsError, match=r"a process with draws was stopped.*or band=false$"):
        simulation._result(broken())  # type: ignore[arg-type]


def test_runs_of_a_sweep_without_a_cluster_are_done_one_by_one_and_a_fault_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first cannot be run, of the second something cannot be measured, the third is written."""

    def dataset(config: Any) -> Any:
        if config == "first":
            raise DataError("nobody is there")
        return config

    def value(ds: str) -> xr.DataArray:
        if ds == "second":
            raise ZeroDivisionError("division by zero")
        return xr.DataArray([1.0, 2.0], dims="year", coords={"year": [2030, 2031]})

    written: list[tuple[object, str]] = []
    monkeypatch.setattr(sweep, "dataset", dataset)
    monkeypatch.setattr(sweep, "HEADLINE", [SimpleNamespace(name="a", function=value)])
    monkeypatch.setattr(sweep.results, "write_dataset", lambda ds, p: written.append((ds, p.name)))
    configs: Any = {"a": "first", "b": "second", "c": "third"}
    done: list[int] = []
    found = list(sweep._all(configs, tmp_path, 1, done.append))
    assert [(one.run_id, one.error, one.headline) for one in found] == [
        ("a", "nobody is there", {}),
        ("b", "the numbers given cannot be computed: division by zero", {}),
        ("c", "", {"a": {2030: 1.0, 2031: 2.0}}),
    ]
    assert written == [("third", "c.nc")]
    assert done == [1, 2, 3]


def test_a_point_by_individuals_that_fails_is_said_and_the_others_are_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def outcome(point: Any) -> Any:
        if point == "bad":
            raise DataError("nobody is there")
        return point

    of_year = xr.Dataset({"under40_share": ("time", [0.2, 0.3])})
    monkeypatch.setattr(work, "outcome", outcome)
    monkeypatch.setattr(work.measures, "indicators", lambda point: of_year)
    points: Any = ["good", "bad", "good"]
    first, second, third = work.outcomes(points)
    assert second == "nobody is there"
    for found in (first, third):
        assert not isinstance(found, str)
        assert found["under40_share"].tolist() == [0.2, 0.3]


@pytest.mark.slow
def test_points_with_outcomes_of_chance_are_the_replicates_of_one_run(tmp_path: Path) -> None:
    people = ("engine=individuals", "persons_per_agent=200", "years.last=2025")
    words = ("job=sweep", *people, "replicate=1,2", f"results_dir={tmp_path}")
    found = stsim.open_results(runs.run(runs.plan(words)).folder)
    alone = stsim.indicators(stsim.simulate(*people, "replicates=2"))
    assert found["replicate"].values.tolist() == [1, 2]
    of_careers = [i.name for i in measures.INDICATORS if i.of_careers]
    for name in ("under40_share", "postdocs_persons", "permanent_hires_persons", *of_careers):
        values = alone[name].transpose("replicate", ...).values
        np.testing.assert_array_equal(found[name].values, values, err_msg=name)
    # the same outcomes as an analysis asks for them
    config = compose([*people, "band=false"])
    points = [Point(config, replicate=k) for k in (2, 1)]
    too_many = config.params.model_copy(update={"working_completion_ratio": 5.0})
    points.append(Point(config, params=too_many))
    names, done = ["under40_share", "postdocs_persons"], list[int]()
    values = measured.by_individuals(points, names, 2024, 1, done.append)
    for k, name in enumerate(names):
        there = found[name].sel(time=2024).values
        np.testing.assert_allclose(values.values[:2, k], there[::-1], rtol=1e-12)
    assert done == [1, 1, 1]
    assert values.errors[:2] == ("", "")
    assert "complete_with_degree" in values.errors[2]
    assert np.isnan(values.values[2]).all()


def test_a_measure_that_is_not_known_makes_a_run_one_that_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the stock engine and by individuals: the row is not known, and the reason is kept."""
    config = compose(["engine=stocks", "years.last=2026"])
    points = [Point(config.model_copy(update={"seed": k})) for k in (1, 2, 3)]
    by_seed = {1: 0.2, 2: np.nan, 3: 0.4}

    def stocks(some: Any) -> list[Any]:
        return [{"a": np.array([0.0, by_seed[p.config.seed], 9.0])} for p in some]

    monkeypatch.setattr(work, "stocks", stocks)
    done: list[int] = []
    found = measured.by_stocks(points, ["a"], 2024, 1, done.append)
    np.testing.assert_array_equal(found.values[:, 0], [0.2, np.nan, 0.4])
    assert found.errors == ("", "a is not known in 2024", "")
    assert done == [3]

    def individuals(task: Any) -> list[Any]:
        (point,) = task.points
        if point.config.seed == 3:
            return ["nobody is there"]
        return [measured._finite([by_seed[point.config.seed]], task)]

    monkeypatch.setattr(measured, "_individuals", individuals)
    found = measured.by_individuals(points, ["a"], 2024, 1, done.append)
    np.testing.assert_array_equal(found.values[:, 0], [0.2, np.nan, np.nan])
    assert found.errors == ("", "a is not known in 2024", "nobody is there")
    assert measured.reasons([*found.errors, "nobody is there"]) == {
        "nobody is there": 2,
        "a is not known in 2024": 1,
    }
    assert done == [3, 1, 1, 1]


def test_without_distributed_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SweepError, match=r"pip install 'stsim\[cluster\]'$"):
        executors.on_dask("there", [0], 1, None, lambda number, failed: None)


class Cluster:
    """A batch system that is not there."""

    jobs = 0

    def scale(self, jobs: int) -> None:
        Cluster.jobs = jobs

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@contextmanager
def client(cluster: object) -> Iterator[tuple[str, object]]:
    yield "client", cluster


def test_a_batch_system_is_asked_for_as_many_jobs_as_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "dask_jobqueue", SimpleNamespace(PBSCluster=Cluster))
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=client))
    with executors._client("pbs", 7) as found:
        assert found[0] == "client"  # type: ignore[index]
        assert isinstance(found[1], Cluster)  # type: ignore[index]
    assert Cluster.jobs == 7


def test_a_batch_system_that_is_not_set_up_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unset() -> None:
        raise ValueError("You must specify how many\n  cores to use per job")

    monkeypatch.setitem(sys.modules, "dask_jobqueue", SimpleNamespace(SLURMCluster=unset))
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=client))
    said = r"^sweep\.scheduler=slurm: You must specify how many cores to use per job$"
    with pytest.raises(SweepError, match=said), executors._client("slurm", 1):
        pass


def test_blocks_whose_workers_are_killed_on_a_cluster_are_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those that are done are told of before."""
    distributed = pytest.importorskip("distributed")
    asked: list[Any] = []

    class Client:
        def register_plugin(self, plugin: Any) -> None:
            asked.append(dict(plugin.environ))

        def map(self, do: object, folders: list[str], blocks: list[int], **how: object) -> Any:
            asked.append((folders, blocks, how["retries"]))
            return blocks

    @contextmanager
    def there(scheduler: str | None, workers: int) -> Iterator[Client]:
        yield Client()

    def as_done(blocks: list[int], with_results: bool) -> Iterator[tuple[object, tuple[int, int]]]:
        yield None, (blocks[0], 2)
        raise distributed.scheduler.KilledWorker("task", None, 3)

    monkeypatch.setattr(executors, "_client", there)
    monkeypatch.setattr(distributed, "as_completed", as_done)
    done: list[tuple[int, int]] = []
    with pytest.raises(SweepError, match="/there: the workers of a block were stopped again"):
        executors.on_dask("/there", [4, 5], 1, None, lambda *pair: done.append(pair))
    assert done == [(4, 2)]
    assert asked[0]["OMP_NUM_THREADS"] == "1"
    assert asked[1] == (["/there", "/there"], [4, 5], executors.TRIES)


# --- what is printed ------------------------------------------------------------------------------


def test_many_runs_are_printed_as_a_spread(
    made: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three runs the ends are the lowest and the highest, the middle one between."""
    monkeypatch.setattr(present, "MOST_ROWS", 2)
    assert present.print_store(made, "en", 1.0) == 0
    said = capsys.readouterr().out
    entrants = made.read(["doctoral_entrants_persons"])["doctoral_entrants_persons"]
    values = sorted(entrants.sel(year=2024).values.tolist())
    (line,) = [line for line in said.splitlines() if "Doctoral entrants in April" in line]
    numbers = line.replace("│", " ").split("April")[1].split()
    assert [numbers[0], numbers[2], numbers[4]] == [f"{value:,.0f}" for value in values]
    assert "0 %" in said
    assert "100 %" in said


def test_of_runs_that_are_not_done_no_spread_is_printed(
    copied: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(present, "MOST_ROWS", 2)
    shutil.rmtree(copied / "store.zarr" / "status" / "c")
    (copied / "blocks" / "000000.json").unlink()
    assert present.print_store(Store(copied), "en", 1.0) == 3
    said = capsys.readouterr().out
    assert "Doctoral entrants" not in said
    assert "nan" not in said


def test_sensitivity_is_printed_by_key_and_a_measure_nobody_knows_is_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    years, keys = (2023, 2024, 2025), ("posts", "params.contract_years")
    nothing = np.full((2, 3), np.nan)

    def by(strength: list[float]) -> np.ndarray:
        return np.array([[0.0, value, np.nan] for value in strength])

    def effects(strength: np.ndarray) -> Effects:
        return Effects(strength, strength, strength, strength, 4, 1)

    several = [
        ByYear("under40_share", keys, years, effects(by([0.0123, 0.002]))),
        ByYear("postdocs_persons", keys, years, effects(by([12345.6, 2.5]))),
        ByYear("doctoral_entrants_persons", keys, years, effects(nothing)),
    ]
    present.print_sensitivity(several, "en")
    said = capsys.readouterr().out
    assert "Doctoral entrants" not in said
    (line,) = [line for line in said.splitlines() if line.split()[:1] == ["posts"]]
    assert line.split()[1:] == ["1.23", "pp", "12,346"]
    assert "2024" in said
    shares = Indices(
        by([0.4, 0.1]), by([0.5, 0.2]), by([0.05, 0.01]), by([0.03, 0.02]), by([1, 1]), 64, 0
    )
    present.print_sensitivity([ByYear("under40_share", keys, years, shares)], "en")
    (line,) = [
        line for line in capsys.readouterr().out.splitlines() if line.split()[:1] == ["posts"]
    ]
    assert line.split()[1:] == ["50", "±", "3"]


def test_reasons_are_counted_and_the_most_frequent_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    present.print_reasons({}, "en")
    assert capsys.readouterr().out == ""
    present.print_reasons({"nobody is there": 3, "too many": 1}, "en")
    said = capsys.readouterr().out
    assert "4" in said
    assert "nobody is there" in said
    assert "too many" not in said
