"""Where a sweep is kept: a zarr store for the numbers, a plan for the points, a list of runs.

    sweep-<hash>/
      plan.json         what every point is, made before the first one runs
      store.zarr        measures by (run, time or year), one chunk for each block of points
      blocks/           what became of each block: written after its chunks, so it is done or not
      runs.csv          the list of all runs, made from blocks/ when the work ends or stops

A block is computed whole by one worker and its chunks are written by nobody else: whoever computes
it, and in whatever order, the bytes of the store are the same.
"""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stsim import files, provenance, results
from stsim.explore import arrays
from stsim.explore.plan import FORMAT, Plan, why
from stsim.faults import SweepError
from stsim.measures import INDICATORS
from stsim.overrides import dimension
from stsim.results import ResultsError
from stsim.rulebook import JAPAN
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr


def is_store(folder: str | Path) -> bool:
    """Whether a folder is that of a sweep."""
    return (Path(folder) / "plan.json").is_file()


class Store:
    """The folder of one sweep."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.plan = Plan.read(self.folder)
        self._checked = False

    def check(self) -> None:
        """Raise ResultsError for a folder that leads out of itself or is no store of this plan.

        A link in it would be written through, and an array may be told to be read by pickle, which
        does whatever its writer wants.
        """
        if self._checked:
            return
        try:
            arrays.check_links(self.folder, "blocks")
            sizes = arrays.check(self.folder / "store.zarr", self.plan)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ResultsError(
                f"{self.folder}: not what stsim has written ({why(error)}); move it away and give "
                "the same command again"
            ) from None
        for block in set(range(self.plan.blocks)) - set(self.waiting()):
            for name, (dims, size) in sizes.items():
                place = self.folder / "store.zarr" / name / "c" / str(block)
                self._check_chunk(block, place.joinpath(*["0"] * (dims - 1)), size)
        self._checked = True

    def _check_chunk(self, block: int, chunk: Path, size: int) -> None:
        """Raise ResultsError where a chunk of a block that is done is not there whole.

        The library would give what is missing as not known, without a word.
        """
        found = chunk.stat().st_size if chunk.is_file() else None
        if found != size:
            said = "missing" if found is None else f"{found:,} bytes instead of {size:,}"
            raise ResultsError(
                f"{chunk}: {said}; remove {self._block(block)} and give the same command again, "
                "which computes its runs anew"
            )

    def _block(self, block: int) -> Path:
        return self.folder / "blocks" / f"{block:06d}.json"

    @classmethod
    def begin(cls, plan: Plan, results_dir: str) -> Store:
        """The folder for a plan: a new one, or the one that is there already."""
        arrays.library()  # before anything is written
        folder = results.writable(results_dir) / plan.name
        if folder.is_symlink():
            raise SweepError(f"{folder}: a link; move it away and give the same command again")
        if not os.path.lexists(folder / "plan.json"):
            if any((folder / "blocks").glob("*")):
                raise SweepError(
                    f"{folder}: its plan.json is missing; move the folder away and give the same "
                    "command again"
                )
            try:
                if folder.is_dir():
                    arrays.check_links(folder, "blocks", "store.zarr")
                (folder / "blocks").mkdir(parents=True, exist_ok=True)
                arrays.create(folder / "store.zarr", plan)
                about = {"job": "sweep", "format": FORMAT, "words": plan.words, "keys": plan.keys}
                provenance.write(folder, about)
                files.write(folder / "plan.json", plan.as_json())  # the last: the folder is whole
            except OSError as error:
                raise full(folder, error) from None
        store = cls(folder)
        if store.plan.as_json() != plan.as_json():
            raise SweepError(
                f"{folder}: its plan.json is of another sweep; move the folder away and give the "
                "same command again"
            )
        store.check()
        for block in range(plan.blocks):
            store.about(block)
        return store

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While entered, nobody else works on this sweep. Raises SweepError if somebody does."""
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
            lock = os.fdopen(os.open(self.folder / ".lock", flags, 0o644), "w")
        except OSError as error:
            raise full(self.folder, error) from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SweepError(
                    f"{self.folder}: another process is working on this sweep; wait for it"
                ) from None
            for hidden in (".part-*", "*.partial"):  # ours and the library's, of killed workers
                for left in self.folder.rglob(hidden):
                    left.unlink(missing_ok=True)
            yield

    def waiting(self) -> list[int]:
        """The blocks that are not done."""
        there = {int(path.stem) for path in (self.folder / "blocks").glob("*.json")}
        return [block for block in range(self.plan.blocks) if block not in there]

    def about(self, block: int) -> dict[str, Any] | None:
        """What became of a block; None where it is not done. ResultsError for anything else."""
        file = self._block(block)
        if not os.path.lexists(file):
            return None
        try:
            found: dict[str, Any] = files.read_json(file, arrays.LARGEST_CHUNK)
            errors, seconds = found["errors"], found["seconds"]
            if len(errors) != len(self.plan.runs(block)) or not all(
                isinstance(error, str) for error in errors
            ):
                raise ValueError("a text for each of its runs belongs in it")
            float(seconds)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ResultsError(
                f"{file}: not what stsim has written ({why(error)}); remove it and give the same "
                "command again, which computes its runs anew"
            ) from None
        return found

    def write_block(
        self, block: int, values: Mapping[str, Array], errors: Sequence[str], seconds: float
    ) -> None:
        """Write the chunks of a block, then that it is done.

        What no run of it has a value for is written too, as NaN: a chunk that is not there is one
        that was lost.
        """
        runs, zarr = self.plan.runs(block), arrays.library()
        status = np.array([arrays.FAILED if error else arrays.DONE for error in errors], dtype="i1")
        with zarr.config.set({"array.write_empty_chunks": True}):
            group = zarr.open_group(
                self.folder / "store.zarr", mode="r+", zarr_format=3, use_consolidated=False
            )
            for name, array in group.arrays():
                if name not in arrays.AXES:
                    found = status if name == "status" else values.get(name, np.nan)
                    array[runs.start : runs.stop] = found
        about = {"seconds": round(seconds, 3), "errors": list(errors)}
        files.write(self._block(block), json.dumps(about, ensure_ascii=False))

    @property
    def rows(self) -> list[list[str]]:
        """The list of runs: id, swept values, status, seconds (of its block, shared), error."""
        rows = [["run", "run_id", *self.plan.keys, "status", "seconds", "error"]]
        for block in range(self.plan.blocks):
            about, runs = self.about(block), self.plan.runs(block)
            for k, run in enumerate(runs):
                error = about["errors"][k] if about else ""
                status = ("failed" if error else "done") if about else "waiting"
                seconds = f"{about['seconds'] / len(runs):.3f}" if about else ""
                values = map(str, self.plan.values[run])
                rows.append([str(run), self.plan.run_ids[run], *values, status, seconds, error])
        return rows

    def write_list(self) -> None:
        """Write runs.csv."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(self.rows)
        try:
            files.write(self.folder / "runs.csv", "\ufeff" + out.getvalue())
        except OSError as error:
            raise full(self.folder, error) from None

    def export(self, kind: str) -> Path:
        """Write all measures as one table, a line for each run and year: `csv` or `parquet`.

        Runs come in pieces, so that memory does not grow with their number. Values that cannot be
        known, or of runs that are not done, are empty.
        """
        final = self.folder / f"measures.{kind}"
        try:
            with files.whole(final) as part, _writer(kind, str(part), self.columns) as writer:
                for block in range(self.plan.blocks):
                    writer(self._table(self.plan.runs(block)))
        except ResultsError:  # of what is read, and no fault of the disk
            raise
        except OSError as error:
            raise full(self.folder, error) from None
        return final

    @property
    def columns(self) -> list[str]:
        """The columns of an export."""
        measures = [str(n) for n, v in self.lazy().data_vars.items() if v.ndim == 2]
        return ["run", "run_id", *self.plan.keys, "year", *measures]

    def _table(self, runs: range) -> list[list[Any]]:
        """The values of some runs, by column."""
        plan, measures = self.plan, self.columns[len(self.plan.keys) + 3 :]
        some = self.read(measures, runs)
        years = range(plan.years[0], plan.years[1] + 1)
        each = [run for run in runs for _ in years]
        found: list[list[Any]] = [each, [plan.run_ids[run] for run in each]]
        found += [_labels([plan.values[run][k] for run in each]) for k in range(len(plan.keys))]
        found.append([year for _ in runs for year in years])
        return found + [some[name].values.ravel().tolist() for name in measures]

    def read(
        self, names: Sequence[str] | None = None, runs: Sequence[int] | None = None
    ) -> xr.Dataset:
        """Some measures (else all) of some runs (else all), in memory.

        Raises ResultsError where a number is not the one that was written.
        """
        ds = self.lazy()
        ds = ds if names is None else ds[list(names)]
        ds = ds if runs is None else ds.isel(run=list(runs))
        for name, values in ds.variables.items():
            try:
                values.load()
            except (OSError, ValueError) as error:
                raise ResultsError(
                    f"{self.folder / 'store.zarr' / str(name)}: damaged ({why(error)}); move the "
                    "folder away and give the same command again"
                ) from None
        return ds

    def lazy(self) -> xr.Dataset:
        """Measures by run, as they stand in the store, read when they are used."""
        arrays.library()
        import xarray as xr

        path = self.folder / "store.zarr"
        self.check()
        try:
            ds: xr.Dataset = xr.open_zarr(path, consolidated=False, chunks=None, zarr_format=3)
        except (OSError, ValueError, KeyError) as error:
            raise ResultsError(f"{path}: not the store of a sweep ({why(error)})") from None
        # the library lists them in any order
        named = [i.name for i in INDICATORS if i.name in ds]
        ds = ds[[*named, *sorted(str(name) for name in ds.data_vars if name not in named)]]
        if self.plan.keep == "stocks":
            stages = [stage.name for stage in JAPAN.stages]
            ds = ds.assign_coords(stage=stages, age_band=list(arrays.BANDS), sex=list(JAPAN.sexes))
        return ds

    def open(self) -> xr.Dataset:
        """Measures by (run, time or year), read when they are used; a grid has its keys instead.

        Values of a run that failed or is not done are NaN; `status` is 1 where it is done.
        """
        ds, plan = self.lazy(), self.plan
        if plan.labels is not None:
            return _on_grid(ds, plan)
        swept: dict[str, Any] = {
            dimension(key): ("run", _labels([point[k] for point in plan.values]))
            for k, key in enumerate(plan.keys)
        }
        return ds.assign_coords({**swept, "run_id": ("run", list(plan.run_ids))})


def _labels(values: Sequence[Any]) -> list[Any]:
    """Values as labels: maps by year as text."""
    return [str(v) if isinstance(v, dict) else v for v in values]


def _on_grid(ds: xr.Dataset, plan: Plan) -> xr.Dataset:
    """The runs of a grid with a dimension for each swept key; the values are read whole."""
    import xarray as xr

    assert plan.labels is not None
    grid = {dimension(key): _labels(values) for key, values in plan.labels.items()}
    shape = tuple(map(len, grid.values()))
    data = {
        name: ((*grid, *v.dims[1:]), v.values.reshape(*shape, *v.shape[1:]), v.attrs)
        for name, v in ds.data_vars.items()
    }
    ids = (tuple(grid), np.array(plan.run_ids).reshape(shape))
    kept = {name: c for name, c in ds.coords.items() if "run" not in c.dims}
    return xr.Dataset(data, {**kept, **grid, "run_id": ids}, ds.attrs)


def full(folder: Path, error: OSError) -> SweepError:
    """What to say when nothing can be written."""
    why = error.strerror or str(error)
    return SweepError(
        f"{folder}: cannot write ({why}); what is done is kept: make room and give the same "
        "command again"
    )


@contextmanager
def _writer(
    kind: str, name: str, columns: Sequence[str]
) -> Iterator[Callable[[list[list[Any]]], None]]:
    """Gives a function that writes columns of values to a file."""
    if kind == "csv":
        with open(name, "w", encoding="utf-8-sig", newline="") as opened:
            writer = csv.writer(opened, lineterminator="\n")
            writer.writerow(columns)

            def rows(values: list[list[Any]]) -> None:
                for row in zip(*values, strict=True):
                    writer.writerow(["" if value != value else value for value in row])

            yield rows
        return
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        import pyarrow.parquet as pq  # type: ignore[import-untyped]
    except ImportError:
        raise SweepError(
            "sweep.export=parquet needs pyarrow: pip install 'stsim[careers]'"
        ) from None
    opened_at: list[Any] = []

    def group(values: list[list[Any]]) -> None:
        table = pa.table(dict(zip(columns, values, strict=True)))
        if not opened_at:
            opened_at.append(pq.ParquetWriter(name, table.schema))
        opened_at[0].write_table(table)

    try:
        yield group
    finally:
        if opened_at:
            opened_at[0].close()
