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
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stsim import provenance, results
from stsim.explore.design import Design
from stsim.faults import SweepError
from stsim.measures import INDICATORS
from stsim.overrides import Word, Words, dimension
from stsim.results import ResultsError
from stsim.rulebook import JAPAN
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr

#: The layout of the folder; another number is another layout.
FORMAT = 1
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
            found = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
            number = found.pop("format")
            if number != FORMAT:
                raise ResultsError(
                    f"{folder}: a sweep in layout {number}, this version reads layout {FORMAT}; "
                    "open it with the version named in its plan.json, or run it again"
                )
            found["values"] = tuple(tuple(map(_years, point)) for point in found["values"])
            for key in ("words", "keys", "run_ids", "years", "ends"):
                found[key] = tuple(found[key])
            return cls(**found)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, ResultsError):
                raise
            why = " ".join(str(error).split())
            raise ResultsError(f"{folder}: not the folder of a sweep ({why[:80]})") from None


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

    @classmethod
    def begin(cls, plan: Plan, results_dir: str) -> Store:
        """The folder for a plan: a new one, or the one that is there already."""
        _zarr()  # before anything is written
        folder = results.writable(results_dir) / plan.name
        if not (folder / "plan.json").is_file():
            try:
                (folder / "blocks").mkdir(parents=True, exist_ok=True)
                _create(folder / "store.zarr", plan)
                about = {"job": "sweep", "format": FORMAT, "words": plan.words, "keys": plan.keys}
                provenance.write(folder, about)
                write(folder / "plan.json", plan.as_json())  # the last: the folder is whole
            except OSError as error:
                raise full(folder, error) from None
        return cls(folder)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While entered, nobody else works on this sweep. Raises SweepError if somebody does."""
        with (self.folder / ".lock").open("w") as lock:
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

    def write_block(
        self, block: int, values: Mapping[str, Array], errors: Sequence[str], seconds: float
    ) -> None:
        """Write the chunks of a block, then that it is done."""
        runs = self.plan.runs(block)
        group: Any = _zarr().open_group(self.folder / "store.zarr", mode="r+")
        for name, found in values.items():
            group[name][runs.start : runs.stop] = found
        status = np.array([FAILED if error else DONE for error in errors], dtype="i1")
        group["status"][runs.start : runs.stop] = status
        about = {"seconds": round(seconds, 3), "errors": list(errors)}
        write(self.folder / "blocks" / f"{block:06d}.json", json.dumps(about, ensure_ascii=False))

    @property
    def rows(self) -> list[list[str]]:
        """The list of runs: id, swept values, status, seconds (of its block, shared), error."""
        rows = [["run", "run_id", *self.plan.keys, "status", "seconds", "error"]]
        for block in range(self.plan.blocks):
            file, runs = self.folder / "blocks" / f"{block:06d}.json", self.plan.runs(block)
            about = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
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
        except OSError as error:
            raise full(self.folder, error) from None
        finally:
            Path(name).unlink(missing_ok=True)
        return final

    @property
    def columns(self) -> list[str]:
        """The columns of an export."""
        measures = [str(n) for n, v in self.raw().data_vars.items() if v.ndim == 2]
        return ["run", "run_id", *self.plan.keys, "year", *measures]

    def _table(self, runs: range) -> list[list[Any]]:
        """The values of some runs, by column."""
        plan, some = self.plan, self.raw().isel(run=slice(runs.start, runs.stop))
        years = range(plan.years[0], plan.years[1] + 1)
        each = [run for run in runs for _ in years]
        found: list[list[Any]] = [each, [plan.run_ids[run] for run in each]]
        found += [_labels([plan.values[run][k] for run in each]) for k in range(len(plan.keys))]
        found.append([year for _ in runs for year in years])
        return found + [some[name].values.ravel().tolist() for name in self.columns[len(found) :]]

    def raw(self) -> xr.Dataset:
        """Measures by run, as they stand in the store, read when they are used."""
        _zarr()
        import xarray as xr

        path = self.folder / "store.zarr"
        try:
            ds: xr.Dataset = xr.open_zarr(path, consolidated=False, chunks=None)
        except (OSError, ValueError, KeyError) as error:
            why = " ".join(str(error).split())
            raise ResultsError(f"{path}: not the store of a sweep ({why[:80]})") from None
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
        ds, plan = self.raw(), self.plan
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


def _create(path: Path, plan: Plan) -> None:
    """An empty store with a place for every run."""
    number, years = len(plan.values), np.arange(plan.years[0], plan.years[1] + 1)
    group = _zarr().create_group(
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
            dimension_names=("run", *dims),
            attributes=dict(about),
        )

    for name, units in (("time", "year whose 1 May is counted"), ("year", "academic year")):
        axis = group.create_array(
            name, shape=years.shape, dtype="i8", dimension_names=(name,),
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
        "status", shape=(number,), chunks=(BLOCK,), dtype="i1", fill_value=WAITING,
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
