"""The dataset every engine returns: labelled, checked, saved whole or not at all."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stsim import draws, files, levers, observed, provenance
from stsim.config import Config
from stsim.engines.stockflow import Run
from stsim.overrides import dimension
from stsim.quantities import short
from stsim.vocabulary import OUTSIDE

if TYPE_CHECKING:
    import xarray as xr

#: Label of a field axis of length one: markets that clear over all fields, sums over them.
ALL_FIELDS = "all"


class LedgerError(ArithmeticError):
    """People were lost or made: the run is wrong and must not be used."""


class ResultsError(OSError):
    """Results cannot be written or read; the message is one line for the user."""


def check_ledger(run: Run) -> float:
    """Assert opening + inflows − outflows = closing for every stage and year, to 1e-9 relative.

    Returns the largest relative gap. Raises LedgerError, also for a negative stock.
    """
    stages = [stage.name for stage in run.rulebook.stages]
    if run.stock.min() < -1e-9:
        raise LedgerError(f"negative stock: {run.stock.min():g} persons")
    sign = np.zeros((len(run.rulebook.pairs), len(stages)))
    april = np.zeros(len(sign), dtype=bool)
    for k, (rule, source, target) in enumerate(run.rulebook.pairs):
        april[k] = when(rule.kind, target is OUTSIDE and source is OUTSIDE) == "april"
        if source is not OUTSIDE:
            sign[k, stages.index(source.name)] -= 1
        if target is not OUTSIDE:
            sign[k, stages.index(target.name)] += 1
    stock = run.stock.sum(axis=(3, 4, 5))
    moved = run.flow.sum(axis=(3, 4, 5))
    # what happens between two counts: the rest of one year and the April of the next
    between = np.where(april, moved[:, 1:], moved[:, :-1])
    turnover = stock[:, :-1] + between @ np.abs(sign)
    gap = np.abs(stock[:, 1:] - stock[:, :-1] - between @ sign) / np.maximum(turnover, 1.0)
    if not gap.max() <= 1e-9:
        _, year, stage = np.unravel_index(np.nanargmax(gap), gap.shape)
        raise LedgerError(
            f"{stages[stage]} does not balance from {run.years[year]}: "
            f"{gap.max():.2g} of its people"
        )
    return float(gap.max())


def when(kind: str, outside_to_outside: bool) -> str:
    """`year` for moves of steps 1–3, `april` for steps 4–5; counted-only intakes end the year."""
    in_april = kind in ("posts", "leftover") or (kind == "intake" and not outside_to_outside)
    return "april" if in_april else "year"


def label(
    runs: Mapping[str, Sequence[Run]],
    config: Config,
    scope: str,
    careers: Sequence[xr.Dataset] = (),
    beside: Sequence[Config] = (),
) -> xr.Dataset:
    """Runs by engine and replicate as one labelled dataset; checks every people ledger first.

    Leading dimensions `engine`, `replicate` and `draw` are there when there are several. The
    stock engine has no chance in it: its one run stands for every replicate. `careers` is what the
    individual engine has measured of them in each replicate, by year; it has no `engine`.
    `beside` are the configurations of the draws where each has its own policy.
    """
    import xarray as xr

    for run in (run for several in runs.values() for run in several):
        check_ledger(run)
    first = next(iter(runs.values()))[0]
    book = first.rulebook
    pairs = [
        (rule.pair_name(s, t), s.name, t.name, rule.name,
         when(rule.kind, s is OUTSIDE and t is OUTSIDE))
        for rule, s, t in book.pairs
    ]  # fmt: skip
    replicates = max(map(len, runs.values()))
    lead: dict[str, list[Any]] = {
        "engine": list(runs) if len(runs) > 1 else [],
        "replicate": list(range(1, replicates + 1)) if replicates > 1 else [],
        "draw": list(range(len(first.stock))) if len(first.stock) > 1 else [],
    }
    lead = {dim: labels for dim, labels in lead.items() if labels}
    cell = ("age", "sex", "field")

    def variable(dims: tuple[str, ...], name: str, units: str, long_name: str) -> Any:
        values = getattr(first, name)
        shape = (*(len(labels) for labels in lead.values()), *values.shape[1:])
        if len(runs) * replicates > 1:
            values = np.empty((len(runs), replicates, *values.shape))
            for k, found in enumerate(runs.values()):
                for r in range(replicates):
                    values[k, r] = getattr(found[min(r, len(found) - 1)], name)
        attrs = {"units": units, "long_name": long_name}
        return (*lead, *dims), values.reshape(shape), attrs

    market = ("time", "market", "market_field")
    data = {
        "stock": variable(("time", "stage", *cell), "stock", "persons", "people on 1 May"),
        "flow": variable(("year", "rule", *cell), "flow", "persons per year",
                         "people moved in the academic year"),
        "vacancy": variable(market, "vacancy", "persons",
                            "posts left vacant on 1 May (negative: people above the seats)"),
        "market_intensity": variable(market, "market_intensity", "1",
                                     "intensity of the market, summed over its rounds"),
    }  # fmt: skip
    for name in careers[0] if careers else ():
        each = [measured[name] for measured in careers]
        values = each[0].values if replicates == 1 else np.stack([one.values for one in each])
        dims = ("year",) if replicates == 1 else ("replicate", "year")
        data[str(name)] = (dims, values, each[0].attrs)
    for name in levers.NAMES:
        lines = [one.lever(name) for one in beside or (config,)]
        by_draw = np.array([[line.at(year) for year in first.years] for line in lines])
        data[f"policy_{name}"] = (
            ("draw", "year") if len(lines) > 1 else ("year",),
            by_draw if len(lines) > 1 else by_draw[0],
            {"units": levers.about(name).unit, "long_name": levers.label(name)},
        )
    coords: dict[str, Any] = {
        "time": ("time", list(first.years), {"long_name": "year whose 1 May is counted"}),
        "year": ("year", list(first.years), {"long_name": "academic year, from 1 April"}),
        "stage": ("stage", [stage.name for stage in book.stages]),
        "stage_label": ("stage", [stage.label for stage in book.stages]),
        "stage_label_ja": ("stage", [stage.label_ja for stage in book.stages]),
        "rule": ("rule", [pair[0] for pair in pairs]),
        "rule_source": ("rule", [pair[1] for pair in pairs]),
        "rule_target": ("rule", [pair[2] for pair in pairs]),
        "rule_family": ("rule", [pair[3] for pair in pairs]),
        "rule_when": ("rule", [pair[4] for pair in pairs]),
        "market": ("market", [rule.name for rule in book.rules if rule.kind == "posts"]),
        "market_field": ("market_field", [*book.fields, ALL_FIELDS]),
        "age": (
            "age",
            list(book.ages),
            {"units": "years", "long_name": "completed years on 1 April"},
        ),
        "sex": ("sex", list(book.sexes)),
        "field": ("field", list(book.fields) if first.stock.shape[-1] > 1 else [ALL_FIELDS]),
        "scenario": config.scenario,
        "run_id": run_id(config),
    }
    coords |= {dim: (dim, labels) for dim, labels in lead.items()}
    attrs = {
        "run_id": coords["run_id"],
        "scope": scope,
        "engine": config.engine,
        "posts": config.posts,
        "title_en": config.title.en,
        "title_ja": config.title.ja,
        "source": f"stsim {provenance.code_version()}",
    }
    return xr.Dataset(data, coords, attrs)


#: Keys that say what is done with a run, and what is shown where.
SHOWN = {
    "job",
    "results_dir",
    "language",
    "workers",
    "careers",
    "band",
    "cut",
    "sweep",
    "seek",
    "report",
    "explore",
}


def resolved(config: Config) -> dict[str, Any]:
    """All of the Config that can change a number."""
    return config.model_dump(exclude=SHOWN | {"title", "about"})


def run_id(config: Config, own: Sequence[str] = ()) -> str:
    """Twelve letters that stand for configuration, data and code: same id, same numbers.

    `own` is what else a run depends on, such as the draw of the parameters it has.
    """
    content = [*own, resolved(config), observed.record().sha256, provenance.code_version()]
    if config.draws > 1 or own:
        content.append(draws.sha256())
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def hashed(name: str, ids: Iterable[str]) -> str:
    """The name of a results folder, from what is in it."""
    return f"{name}-{hashlib.sha256(''.join(ids).encode()).hexdigest()[:12]}"


def existing(results_dir: str) -> Path:
    """The nearest folder above (or at) the results folder to be that is there already."""
    folder = Path(results_dir)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def writable(results_dir: str) -> Path:
    """The results folder to be, or ResultsError when nothing could be written there.

    Tried, not guessed from permissions: the same folders are made in a hidden one and removed.
    """
    folder = Path(results_dir)
    try:
        _not_through_links(folder)
        parent = existing(results_dir)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=parent))
        try:
            (part / folder.relative_to(parent)).mkdir(parents=True, exist_ok=True)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except (OSError, ValueError) as error:  # ValueError: a name no file can have
        if isinstance(error, ResultsError):
            raise
        raise _unwritable(results_dir, error) from None
    return folder


def _not_through_links(folder: Path) -> None:
    """Raise ResultsError where a link would lead what is written somewhere else.

    Where an absolute path goes before its last part is a matter of the computer.
    """
    for part in (folder,) if folder.is_absolute() else (folder, *folder.parents):
        if part.is_symlink():
            raise ResultsError(
                f"results_dir={short(str(folder))}: {part} is a link to {os.readlink(part)}, and "
                "nothing is written through links; give the folder itself"
            )


def _unwritable(results_dir: str, error: Exception) -> ResultsError:
    why = getattr(error, "strerror", None) or str(error)
    return ResultsError(
        f"results_dir={short(results_dir)}: cannot write there ({why}); give results_dir=FOLDER "
        "you may write to"
    )


def save(
    configs: Mapping[str, Config],
    make: Callable[[str, Config, Path], xr.Dataset],
    finish: Callable[[Path], None],
    results_dir: str,
) -> Path:
    """Make and write one netCDF-4 file per scenario, the configuration and provenance.

    `make` is given the name of each scenario, its Config and the folder to be, `finish` the folder
    when all are made; both may write more files there. One dataset is in memory at a time.
    """

    def write(part: Path) -> None:
        ids = {}
        for name, config in configs.items():
            ds = make(name, config, part)
            write_dataset(ds, part / f"{name}.nc")
            ids[name] = ds.attrs["run_id"]
            del ds  # before the next is made
        finish(part)
        # the same run in another language or folder is the same results
        dumped = {n: config.model_dump(mode="json", exclude=SHOWN) for n, config in configs.items()}
        write_yaml(part / "config.yaml", dumped)
        about: dict[str, Any] = {
            "job": "run",
            "runs": ids,
            "seed": {name: config.seed for name, config in configs.items()},
        }
        if kept.in_band:  # of ranges.nc
            about["draws"] = {"number": kept.in_band, "sha256": draws.sha256()}
        provenance.write(part, about)

    last, kept = list(configs.items())[-1]
    ids = [run_id(config) for config in configs.values()]
    if kept.in_band:
        ids += [str(kept.in_band), draws.sha256()]
    name = hashed(f"{last}-careers" if kept.careers else last, ids)
    return write_whole(results_dir, name, write)


def write_dataset(ds: xr.Dataset, file: Path) -> None:
    """Write a dataset as netCDF-4, through to the disk."""
    from stsim.netcdf import write

    write(ds, file)
    _flush(file)


#: The measures by scenario and draw, beside the datasets of the scenarios.
RANGES = "ranges.nc"


def write_ranges(by_draw: Mapping[str, xr.Dataset], folder: Path) -> None:
    """Write the measures of every scenario and draw as one small netCDF-4 file."""
    import xarray as xr

    scenarios = xr.Variable("scenario", list(by_draw))
    alone = [ds.drop_attrs(deep=False) for ds in by_draw.values()]
    joined = xr.concat(alone, scenarios, coords=["run_id"])
    joined.to_netcdf(folder / RANGES, engine="h5netcdf")


def write_yaml(file: Path, found: Mapping[str, Any]) -> None:
    """Write keys and values as YAML, in their order."""
    import yaml

    text = yaml.safe_dump(found, allow_unicode=True, sort_keys=False)
    file.write_text(text, encoding="utf-8")


def write_whole(results_dir: str, name: str, write: Callable[[Path], None]) -> Path:
    """Make a results folder of this name by `write`; give its path.

    Everything is written into a hidden folder beside and renamed at the end, so a folder is
    whole or absent. A run whose folder is there already, with the same bytes, is left as it is;
    if the bytes differ (a folder that was tampered with) the new one gets a number.
    """
    target, there = writable(results_dir), existing(results_dir)
    try:
        target.mkdir(parents=True, exist_ok=True)
        _clear_away(target)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=target))
        held = os.open(part, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unwritable(results_dir, error) from None
    try:
        with suppress(OSError):  # not every file system has locks
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        write(part)
        for path in part.iterdir():
            _flush(path)
        part.chmod(0o755)
        return _settle(part, target / name)
    except OSError as error:
        if type(error).__module__.startswith("stsim"):  # has said what is wrong
            raise
        raise _unwritable(results_dir, error) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.close(held)
        _leave_no_empty_folder(target, there)


#: Seconds after which a hidden folder that nobody holds was left by a run that was killed.
ABANDONED = 60


def _clear_away(target: Path) -> None:
    """Remove the hidden folders of runs that were killed; those of others at work are held."""
    for part in target.glob(".part-*"):
        try:
            held = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # gone meanwhile, or none of ours
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - os.fstat(held).st_mtime > ABANDONED:
                shutil.rmtree(part, ignore_errors=True)
        except OSError:  # somebody is at work there
            pass
        finally:
            os.close(held)


def _leave_no_empty_folder(folder: Path, there: Path) -> None:
    """Remove a folder, and those above it up to the one that was there, where they are empty."""
    while folder != there:
        try:
            folder.rmdir()
        except OSError:  # holds results
            return
        folder = folder.parent


def _flush(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _settle(part: Path, wanted: Path) -> Path:
    number = 1
    final = wanted
    while True:
        try:
            if not final.is_symlink():  # somebody else's, wherever it leads
                part.rename(final)
                return final
        except OSError:
            if not final.is_dir():
                raise
            if _bytes(final) == _bytes(part):
                return final
        number += 1
        final = wanted.with_name(f"{wanted.name}-{number}")


def _bytes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(lasting(path)).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file()
    }


def lasting(file: Path) -> bytes:
    """The bytes of a results file without those that differ from run to run.

    These are the seconds of points, and the words, which may say the same in several ways.
    """
    if file.name == provenance.PROVENANCE:
        found = json.loads(file.read_text(encoding="utf-8"))
        return repr({k: v for k, v in found.items() if k != "words"}).encode()
    if file.name != POINTS:
        return file.read_bytes()
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    return repr([{k: v for k, v in row.items() if k != "seconds"} for row in rows]).encode()


#: The list of a sweep's points, which a folder with a single run or two has not.
POINTS = "points.csv"


def open_results(path: str | Path) -> xr.Dataset:
    """The results in a folder (or one .nc file) as one dataset.

    Several scenarios get a leading dimension `scenario`, the baseline first; where they have not
    the same years or replicates, they are read whole and NaN stands for what one lacks. Points of a
    sweep get a dimension for each swept key, named by its last part; a point that failed is NaN.
    Values are otherwise read when they are used. Raises ResultsError when there is nothing to open.
    """
    from stsim.stacked import stack

    path = Path(path)
    if os.path.lexists(path / POINTS):
        return _open_sweep(path)
    there = (
        [path.resolve()]
        if path.is_file()
        else sorted(
            (p for p in path.glob("*.nc") if p.name != RANGES),
            key=lambda p: (p.stem != "baseline", p.stem),
        )
    )
    if not there:
        what = "no results here" if path.is_dir() else "no such folder or file"
        raise ResultsError(f"{path}: {what}; give the folder a run has printed")
    found = [_open(file) for file in there]
    if len(found) == 1:
        return found[0]
    if any(ds.sizes != found[0].sizes for ds in found):
        import xarray as xr

        return xr.concat(
            found, "scenario", data_vars="all", coords=["run_id"], join="outer",
            compat="override", combine_attrs="drop_conflicts",
        )  # fmt: skip
    ids = [str(ds.run_id.values) for ds in found]
    stacked = stack(there, found[0], {"scenario": [file.stem for file in there]})
    for ds in found:
        ds.close()
    return stacked.assign_coords(run_id=("scenario", ids))


def open_ranges(folder: Path) -> xr.Dataset | None:
    """The measures by scenario and draw in a folder of a run; None where it has none."""
    if not os.path.lexists(folder / RANGES):
        return None
    with _opened(folder / RANGES) as joined:
        if not {"scenario", "draw"} <= set(joined.dims):
            raise ResultsError(f"{folder / RANGES}: not the ranges of a run")
        return joined.load()


def _open_sweep(folder: Path) -> xr.Dataset:
    """The points of a sweep as one dataset; the values of each are read from its own file."""
    from stsim.stacked import stack

    try:
        swept = files.read_json(folder / provenance.PROVENANCE)["swept"]
        text = files.read_text(folder / POINTS)
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        done = {row["run_id"]: row["status"] == "done" for row in rows}
        ids = np.array([row["run_id"] for row in rows])
        odd = [name for name in done if not re.fullmatch("[0-9a-f]{12}", name)]
        if odd:
            raise ValueError(f"{short(odd[0])} is the id of no run")
        if not any(done.values()):
            raise ValueError("no point is done")
        grid = {dimension(key): labels for key, labels in swept.items()}
        ids = ids.reshape([len(labels) for labels in grid.values()])
    except WRONG_FILE as error:
        why = short(" ".join(str(error).split()))
        raise ResultsError(f"{folder}: not the folder of a whole sweep ({why})") from None
    there = [folder / f"{name}.nc" if done[name] else None for name in ids.ravel().tolist()]
    missing = [file.name for file in there if file is not None and not file.is_file()]
    if missing:
        raise ResultsError(f"{folder}: the file {missing[0]} of this sweep is missing")
    each = [_open(file) for file in dict.fromkeys(there) if file is not None]
    try:
        first = each[0]
        if any(ds.sizes != first.sizes or [*ds] != [*first] for ds in each):
            raise ResultsError(f"{folder}: the files of this sweep are not of one kind")
        if set(grid) & {*first.dims, *first.data_vars}:
            raise ResultsError(f"{folder}: what was swept is a dimension of its own results")
        stacked = stack(there, first, grid)
    finally:
        for ds in each:
            ds.close()
    own = {"run_id", *(("title_en", "title_ja") if "scenario" in swept else ())} | set(swept)
    stacked.attrs = {key: value for key, value in stacked.attrs.items() if key not in own}
    return stacked.assign_coords(run_id=(tuple(grid), ids))


#: Whatever HDF5 and xarray find wrong with a file.
WRONG_FILE = (
    OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError, IndexError, csv.Error,
)  # fmt: skip


def _opened(file: Path) -> xr.Dataset:
    """A netCDF file that leads nowhere else; ResultsError for anything else."""
    import xarray as xr

    from stsim import netcdf

    try:
        netcdf.check(file)
        ds = xr.open_dataset(file, engine="h5netcdf")
        twice = [str(name) for name, index in ds.indexes.items() if not index.is_unique]
        if twice:
            raise ValueError(f"a label of {twice[0]} stands twice")
    except WRONG_FILE as error:
        why = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise ResultsError(
            f"{file}: not a results file, or cut short ({short(why, 100)})"
        ) from None
    return ds


def _open(file: Path) -> xr.Dataset:
    """One results file; ResultsError for anything else."""
    ds = _opened(file)
    if not {"stock", "flow"} <= set(ds.data_vars) or "run_id" not in ds.attrs:
        ds.close()
        raise ResultsError(f"{file}: a netCDF file, but not one that stsim has written")
    return ds if "run_id" in ds.coords else ds.assign_coords(run_id=ds.attrs["run_id"])
