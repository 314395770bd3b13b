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
import errno
import fcntl
import io
import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stsim import files, provenance, results
from stsim.config import FIRST_LAW_YEAR
from stsim.explore.design import Design
from stsim.faults import SweepError
from stsim.given import LAST_YEAR
from stsim.measures import INDICATORS
from stsim.overrides import Word, Words, dimension
from stsim.results import ResultsError
from stsim.rulebook import JAPAN
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr

#: The layout of the folder; another number is another layout.
FORMAT = 2
#: Points of a block: one chunk of every variable.
BLOCK = 32
#: Ages below which the bands of kept stocks end; the last band is open.
BAND_ENDS = (25, 30, 35, 40, 50, 60)
BANDS = ("<25", "25-29", "30-34", "35-39", "40-49", "50-59", ">=60")
#: The status of a run in the store.
WAITING, DONE, FAILED = 0, 1, 2


@dataclass(frozen=True)
class Plan:
    """What every point is: the swept keys, a value of each for every point, and the words of all.

    `labels` are the values along each key of a grid, None for other designs. `ends` are those of
    the interval of each key (0 and 0 for a list), which the sensitivity to it refers to.
    """

    words: tuple[str, ...]
    config_dir: str | None
    keys: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    labels: Mapping[str, list[Any]] | None
    run_ids: tuple[str, ...]
    keep: str
    engine: str
    years: tuple[int, int]
    code: str
    data: str
    design: str = "grid"
    ends: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, design: Design, run_ids: Sequence[str], config: Any) -> Plan:
        """The plan for the points of a design; `config` is that of any of them."""
        from stsim.observed import record

        return cls(
            tuple(w.text for k, w in design.base.by_key.items() if k not in LEFT_OUT),
            design.base.config_dir,
            design.keys,
            tuple(tuple(word.value for word in point) for point in design.points),
            design.grid,
            tuple(run_ids),
            config.sweep.keep,
            config.engine,
            (config.years.first, config.years.last),
            provenance.code_version(),
            record().sha256,
            design.kind,
            tuple((axis.low, axis.high) for axis in design.axes),
        )

    @property
    def name(self) -> str:
        """The name of the folder, from everything in the plan."""
        return results.hashed("sweep", [self.as_json()])

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-len(self.values) // BLOCK)

    def runs(self, block: int) -> range:
        """The numbers of the points of a block."""
        return range(block * BLOCK, min((block + 1) * BLOCK, len(self.values)))

    def point(self, run: int) -> list[Word]:
        """The words of a point."""
        return [
            Word(key, value, f"{key}={value}")
            for key, value in zip(self.keys, self.values[run], strict=True)
        ]

    def as_json(self) -> str:
        """The text of plan.json."""
        return json.dumps({"format": FORMAT, **self.__dict__}, ensure_ascii=False, indent=0)

    @classmethod
    def read(cls, folder: Path) -> Plan:
        """The plan in a folder. Raises ResultsError where there is none, or one of another kind."""
        try:
            found = files.read_json(folder / "plan.json", LARGEST_PLAN)
            number = found.pop("format")
            if number != FORMAT:
                raise ResultsError(
                    f"{folder}: a sweep in layout {number}, this version reads layout {FORMAT}; "
                    "open it with the version named in its plan.json, or run it again"
                )
            found["values"] = tuple(tuple(map(_years, point)) for point in found["values"])
            for key in ("words", "keys", "run_ids", "years", "ends"):
                found[key] = tuple(found[key])
            plan = cls(**found)
            plan._check()
            return plan
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, ResultsError):
                raise
            raise ResultsError(f"{folder}: not the folder of a sweep ({_why(error)})") from None

    def _check(self) -> None:
        """Raise ValueError where the parts do not belong together."""
        number, keys = len(self.values), len(self.keys)
        texts = (*self.words, *self.keys, *self.run_ids, self.code, self.data, self.design)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("a number or list where a text belongs")
        if len(set(map(dimension, self.keys))) < keys or any(len(v) != keys for v in self.values):
            raise ValueError("the values of its points are not those of its keys")
        if len(self.run_ids) != number or not number:
            raise ValueError("as many run ids as points belong in it")
        if self.labels is not None and (
            list(self.labels) != list(self.keys)
            or math.prod(len(labels) for labels in self.labels.values()) != number
        ):
            raise ValueError("the labels of its grid are not those of its points")
        first, last = self.years
        if not FIRST_LAW_YEAR <= first < last <= LAST_YEAR:
            raise ValueError(f"years {first} to {last}")
        if self.keep not in ("indicators", "stocks") or self.engine not in ENGINES:
            raise ValueError(f"keep={self.keep}, engine={self.engine}")


#: Bytes of a plan of a million points.
LARGEST_PLAN = 1_000_000_000
#: Bytes of a chunk, or of what is said of a block, beyond which it is none of ours.
LARGEST_CHUNK = 10_000_000
ENGINES = ("stocks", "individuals")


def _why(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:100]


#: Words that say how the work is done, not what it is.
LEFT_OUT = (
    "job", "results_dir", "workers", "language", "sweep.file", "sweep.design", "sweep.points",
    "sweep.executor", "sweep.scheduler", "sweep.export", "sweep.keep", "band",
)  # fmt: skip


def _years(value: Any) -> Any:
    """A value from JSON; the keys of a map are years again."""
    return {int(k): v for k, v in value.items()} if isinstance(value, dict) else value


def is_store(folder: str | Path) -> bool:
    """Whether a folder is that of a sweep."""
    return (Path(folder) / "plan.json").is_file()


def _zarr() -> Any:
    """The library of the store, which is not there in every installation."""
    try:
        import zarr
    except ImportError:
        raise SweepError("job=sweep needs zarr: pip install 'stsim[cluster]'") from None
    return zarr


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
            _check_links(self.folder, "blocks")
            sizes = _check_arrays(self.folder / "store.zarr", self.plan)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ResultsError(
                f"{self.folder}: not what stsim has written ({_why(error)}); move it away and give "
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
        _zarr()  # before anything is written
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
                    _check_links(folder, "blocks", "store.zarr")
                (folder / "blocks").mkdir(parents=True, exist_ok=True)
                _create(folder / "store.zarr", plan)
                about = {"job": "sweep", "format": FORMAT, "words": plan.words, "keys": plan.keys}
                provenance.write(folder, about)
                write(folder / "plan.json", plan.as_json())  # the last: the folder is whole
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
            for left in self.folder.rglob("*.partial"):  # of a worker that was killed
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
            found: dict[str, Any] = files.read_json(file, LARGEST_CHUNK)
            errors, seconds = found["errors"], found["seconds"]
            if len(errors) != len(self.plan.runs(block)) or not all(
                isinstance(error, str) for error in errors
            ):
                raise ValueError("a text for each of its runs belongs in it")
            float(seconds)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ResultsError(
                f"{file}: not what stsim has written ({_why(error)}); remove it and give the same "
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
        runs, zarr = self.plan.runs(block), _zarr()
        status = np.array([FAILED if error else DONE for error in errors], dtype="i1")
        with zarr.config.set({"array.write_empty_chunks": True}):
            group = zarr.open_group(
                self.folder / "store.zarr", mode="r+", zarr_format=3, use_consolidated=False
            )
            for name, array in group.arrays():
                if name not in AXES:
                    found = status if name == "status" else values.get(name, np.nan)
                    array[runs.start : runs.stop] = found
        about = {"seconds": round(seconds, 3), "errors": list(errors)}
        write(self._block(block), json.dumps(about, ensure_ascii=False))

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
            write(self.folder / "runs.csv", "\ufeff" + out.getvalue())
        except OSError as error:
            raise full(self.folder, error) from None

    def export(self, kind: str) -> Path:
        """Write all measures as one table, a line for each run and year: `csv` or `parquet`.

        Runs come in pieces, so that memory does not grow with their number. Values that cannot be
        known, or of runs that are not done, are empty.
        """
        final = self.folder / f"measures.{kind}"
        handle, name = tempfile.mkstemp(prefix=".", suffix=".partial", dir=self.folder)
        os.close(handle)
        try:
            with _writer(kind, name, self.columns) as writer:
                for block in range(self.plan.blocks):
                    writer(self._table(self.plan.runs(block)))
            os.replace(name, final)
        except ResultsError:  # of what is read, and no fault of the disk
            raise
        except OSError as error:
            raise full(self.folder, error) from None
        finally:
            Path(name).unlink(missing_ok=True)
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
                    f"{self.folder / 'store.zarr' / str(name)}: damaged ({_why(error)}); move the "
                    "folder away and give the same command again"
                ) from None
        return ds

    def lazy(self) -> xr.Dataset:
        """Measures by run, as they stand in the store, read when they are used."""
        _zarr()
        import xarray as xr

        path = self.folder / "store.zarr"
        self.check()
        try:
            ds: xr.Dataset = xr.open_zarr(path, consolidated=False, chunks=None, zarr_format=3)
        except (OSError, ValueError, KeyError) as error:
            raise ResultsError(f"{path}: not the store of a sweep ({_why(error)})") from None
        # the library lists them in any order
        named = [i.name for i in INDICATORS if i.name in ds]
        ds = ds[[*named, *sorted(str(name) for name in ds.data_vars if name not in named)]]
        if self.plan.keep == "stocks":
            stages = [stage.name for stage in JAPAN.stages]
            ds = ds.assign_coords(stage=stages, age_band=list(BANDS), sex=list(JAPAN.sexes))
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


def _check_links(folder: Path, *parts: str) -> None:
    """Raise OSError where something in a folder or in parts of it is a link, or no file at all."""
    for path in folder.iterdir():
        if path.is_symlink():
            raise OSError(errno.EINVAL, f"{path.name} is a link")
    for part in parts:
        if (folder / part).is_dir():
            files.check_folder(folder / part, LARGEST_CHUNK)


#: The arrays that are no values of runs.
AXES = ("time", "year")
#: How the values of an array may be kept, as plain numbers, and the bytes of one; the codecs: the
#: numbers as they are, so that the size of a chunk is known beforehand, and four bytes by which the
#: library finds any that have changed.
NUMBERS = {"float64": 8, "int64": 8, "int8": 1}
CODECS, CHECKSUM = ("bytes", "crc32c"), 4


def _check_arrays(path: Path, plan: Plan) -> dict[str, tuple[int, int]]:
    """The dimensions of each array with values of runs, and the bytes of a chunk of it.

    Raises where the arrays of a store are not plain numbers for the runs and years of a plan.
    """
    group = files.read_json(path / "zarr.json")
    if (group["zarr_format"], group["node_type"]) != (3, "group"):
        raise ValueError("store.zarr/zarr.json is of no group")
    if group.get("consolidated_metadata") is not None:  # null in stores of zarr before 3.1.6
        raise ValueError("store.zarr/zarr.json names arrays")
    number, years = len(plan.values), plan.years[1] - plan.years[0] + 1
    own = {"time": [years], "year": [years], "status": [number]}
    _check_links(path)
    found = {entry.name for entry in path.iterdir() if entry.is_dir()}
    if not set(own) < found:
        raise ValueError("an array of its store is missing")
    if plan.code == provenance.code_version():
        wanted = {i.name for i in INDICATORS if not (i.of_careers and plan.engine == "stocks")}
        wanted |= {"stock"} if plan.keep == "stocks" else set()
        if missing := sorted(wanted - found):
            raise ValueError(f"store.zarr/{missing[0]} is missing")
    sizes = {}
    for name in sorted(found):
        about = files.read_json(path / name / "zarr.json")
        files.check_folder(path / name, LARGEST_CHUNK, len(about["shape"]))
        cells = own.get(name, [number, years])
        if name == "stock":
            cells = [*cells, len(JAPAN.stages), len(BANDS), len(JAPAN.sexes)]
        chunk = cells if name in AXES else [BLOCK, *cells[1:]]
        if (
            (about["zarr_format"], about["node_type"]) != (3, "array")
            or about["data_type"] not in NUMBERS
            or [codec["name"] for codec in about["codecs"]] != list(CODECS)
            or about["chunk_key_encoding"]["name"] != "default"
            or about.get("storage_transformers")
            or about["shape"] != cells
            or about["chunk_grid"]["configuration"]["chunk_shape"] != chunk
        ):
            raise ValueError(f"store.zarr/{name} is no array of {cells} plain numbers")
        if name not in AXES:
            size = math.prod(chunk) * NUMBERS[about["data_type"]] + CHECKSUM
            sizes[name] = len(chunk), size
    return sizes


def _create(path: Path, plan: Plan) -> None:
    """An empty store with a place for every run."""
    number, years = len(plan.values), np.arange(plan.years[0], plan.years[1] + 1)
    zarr = _zarr()
    plainly = {"compressors": [zarr.codecs.Crc32cCodec()]}
    group = zarr.create_group(
        path,
        overwrite=True,
        attributes={"source": f"stsim {plan.code}", "engine": plan.engine, "format": FORMAT},
    )

    def array(
        name: str, dims: Sequence[str], shape: Sequence[int], about: Mapping[str, str]
    ) -> None:
        group.create_array(
            name,
            shape=(number, *shape),
            chunks=(BLOCK, *shape),
            dtype="f8",
            fill_value=np.nan,
            **plainly,
            dimension_names=("run", *dims),
            attributes=dict(about),
        )

    for name, units in (("time", "year whose 1 May is counted"), ("year", "academic year")):
        axis = group.create_array(
            name, shape=years.shape, dtype="i8", dimension_names=(name,), **plainly,
            attributes={"long_name": units},
        )  # fmt: skip
        axis[:] = years
    for indicator in INDICATORS:
        if indicator.of_careers and plan.engine == "stocks":
            continue
        dim = OF_TIME.get(indicator.name, "year")
        array(indicator.name, (dim,), years.shape, indicator.attrs)
    if plan.keep == "stocks":
        shape = (len(years), len(JAPAN.stages), len(BANDS), len(JAPAN.sexes))
        about = {"units": "persons", "long_name": "people on 1 May"}
        array("stock", ("time", "stage", "age_band", "sex"), shape, about)
    group.create_array(
        "status", shape=(number,), chunks=(BLOCK,), dtype="i1", fill_value=WAITING, **plainly,
        dimension_names=("run",), attributes={"long_name": "0 waiting, 1 done, 2 failed"},
    )  # fmt: skip


#: Measures of stocks, which are by time; all others are by year.
OF_TIME = dict.fromkeys(
    (
        "under40_share", "under40_share_25plus", "under40_share_national",
        "fixed_term_share_national", "fixed_term_share_under40_national",
        "doctoral_enrolment_persons", "supported_doctoral_share", "postdocs_persons",
        "seeking_persons", "faculty_persons", "women_share_faculty",
        "doctorates_in_firms_persons", "modelled_researchers_per_10000",
    ),
    "time",
)  # fmt: skip


def write(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=".partial", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(name, file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


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


def words_of_plan(plan: Plan) -> Words:
    """The words that all points share."""
    from stsim.overrides import read_words

    folder = () if plan.config_dir is None else (f"--config-dir={plan.config_dir}",)
    return read_words([*folder, *plan.words])
