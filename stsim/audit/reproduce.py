"""job=reproduce: make results again from what was written with them, and say what differs.

A run and the points of `-m` are made from config.yaml, a sweep from its plan, other jobs from their
words. Everything is written into a temporary folder and compared file by file.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stsim import provenance, results, single
from stsim.audit.kept import Kept
from stsim.explore import executors, sweep
from stsim.explore.plan import Plan
from stsim.explore.store import Store, is_store
from stsim.quantities import short
from stsim.results import ResultsError
from stsim.simulation import dataset

if TYPE_CHECKING:
    import xarray as xr

    from stsim.config import Config

#: Files that say when, where or how fast, not what.
ASIDE = (provenance.PROVENANCE, provenance.DATA, ".lock", "plan.json")
#: Relative difference up to which numbers are called the same though their bytes are not.
CLOSE = 1e-9
#: Jobs that are made again from their words.
BY_WORDS = (
    "attribution", "hindcast", "uncertainty", "information", "seek", "report", "compare",
)  # fmt: skip
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Check:
    """One file made again: `identical` (bytes or values), `close` (to 1e-9), `differs`, or gone.

    `detail` says where it differs most and by how much.
    """

    what: str
    state: str
    detail: str = ""


@dataclass(frozen=True)
class Reproduced:
    """What was made again, what was found, and what is not as it was: code, data, libraries."""

    kept: Kept
    checks: tuple[Check, ...]
    changed: tuple[Check, ...]

    @property
    def identical(self) -> bool:
        """Whether every file has the same bytes, or the same values bit for bit."""
        return all(check.state == "identical" for check in self.checks)

    @property
    def same(self) -> bool:
        """Whether every number is the same, to the last digits."""
        return all(check.state in ("identical", "close") for check in self.checks)


def steps(kept: Kept) -> int:
    """How many steps the work has, about."""
    if is_store(kept.folder):
        return Plan.read(kept.folder).blocks
    if kept.job not in ("run", "sweep of runs"):
        return 1
    configs = kept.configs()
    return single.steps(configs) if kept.job == "run" else len(configs)


def reproduce(
    kept: Kept, results_dir: str, jobs: Callable[[Sequence[str]], object], advance: Advance
) -> Reproduced:
    """Make the results again and compare. `jobs` runs words as the command line does.

    The temporary folder is made in `results_dir`, where there is room for results. Raises
    ResultsError where the folder does not say enough.
    """
    there = results.existing(results_dir)
    with tempfile.TemporaryDirectory(prefix=".again-", dir=there) as made:
        checks = _checks(kept, made, jobs, advance)
    return Reproduced(kept, tuple(checks), tuple(changed(kept)))


def _checks(
    kept: Kept, made: str, jobs: Callable[[Sequence[str]], object], advance: Advance
) -> list[Check]:
    if is_store(kept.folder):
        return _store(kept, made, advance)
    if kept.job in ("run", "sweep of runs"):
        configs = kept.configs()
        if kept.run_id is not None:
            name = next(name for name, run_id in kept.runs.items() if run_id == kept.run_id)
            return [_one_run(kept.folder / f"{name}.nc", configs[name], advance)]
        if kept.job == "run":
            return _compared(kept.folder, single.run(configs, made, advance).folder)
        labels = {key: tuple(values) for key, values in kept.about["swept"].items()}
        again = sweep.Sweep(labels, tuple(configs.values()), tuple(configs))
        return _compared(kept.folder, sweep.run(again, made, 1, advance)[0])
    words = kept.about.get("words")
    if kept.job not in BY_WORDS or not isinstance(words, list):
        raise ResultsError(f"{kept.folder}: job={kept.job} has not said how it is made again")
    with contextlib.redirect_stdout(io.StringIO()):
        jobs([*map(str, words), f"results_dir='{made}'"])
    advance(1)
    (folder,) = (path for path in Path(made).iterdir() if path.is_dir())
    return _compared(kept.folder, folder)


def _one_run(file: Path, config: Config, advance: Advance) -> Check:
    """One run of a folder, compared value by value."""
    with results.open_results(file) as was:
        now = dataset(config.model_copy(update={"draws": 1}), advance)
        return _datasets(file.name, was, now)


def _store(kept: Kept, made: str, advance: Advance) -> list[Check]:
    """A sweep, or the block of it that holds the run asked for."""
    old = Store(kept.folder)
    now = provenance.about()
    plan = replace(old.plan, code=now["code"], data=now["data_sha256"])
    blocks = [b for b in range(plan.blocks) if b not in old.waiting()]
    if kept.run_id is not None:
        at = plan.run_ids.index(kept.run_id)
        blocks = [b for b in blocks if at in plan.runs(b)]
        if not blocks:
            raise ResultsError(f"{kept.folder}: run {kept.run_id} is planned, and not done yet")
    new = Store.begin(plan, made)
    executors.in_processes(str(new.folder), blocks, 1, lambda number, failed: advance(number))
    runs = [at] if kept.run_id is not None else [r for b in blocks for r in plan.runs(b)]
    was, again = (store.read(runs=runs) for store in (old, new))
    what = f"run {kept.run_id}" if kept.run_id is not None else f"{len(runs)} runs"
    return [_datasets(what, was, again)]


def _compared(old: Path, new: Path) -> list[Check]:
    """Every file of two folders."""
    names = sorted(
        {p.relative_to(folder).as_posix() for folder in (old, new) for p in folder.rglob("*")
         if p.is_file() and p.name not in ASIDE}
    )  # fmt: skip
    return [_file(name, old / name, new / name) for name in names]


def _file(name: str, old: Path, new: Path) -> Check:
    if not new.is_file():
        return Check(name, "added", "in the folder, and not in what was made again")
    if not old.is_file():
        return Check(name, "missing", "made again, and not in the folder")
    if results.lasting(old) == results.lasting(new):
        return Check(name, "identical")
    if name.endswith(".nc"):
        import xarray as xr

        try:
            with (
                xr.open_dataset(old, engine="h5netcdf") as was,
                xr.open_dataset(new, engine="h5netcdf") as now,
            ):
                return _datasets(name, was, now)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            return Check(name, "differs", f"cannot be read: {short(' '.join(str(error).split()))}")
    if name.endswith(".csv"):
        return _tables(name, old, new)
    return Check(name, "differs", _first_line(old, new))


def _datasets(name: str, was: xr.Dataset, now: xr.Dataset) -> Check:
    """Two datasets variable by variable; the largest difference relative to its largest value."""
    here, there = set(map(str, was.data_vars)), set(map(str, now.data_vars))
    if here != there or dict(was.sizes) != dict(now.sizes):
        odd = ", ".join(sorted(here ^ there)[:3]) or f"{dict(was.sizes)} and {dict(now.sizes)}"
        return Check(name, "differs", f"not the same variables or sizes: {odd}")
    worst: tuple[float, str] = (0.0, "")
    for key in sorted(here):
        a, b = was[key].values, now[key].values
        if a.tobytes() == b.tobytes():
            continue
        if a.dtype.kind not in "fiu":
            return Check(name, "differs", key)
        blank = np.isnan(a) & np.isnan(b) if a.dtype.kind == "f" else np.zeros(a.shape, bool)
        gap = np.where(blank, 0.0, np.abs(a - b))
        if np.isnan(gap).any():
            return Check(name, "differs", f"{key}: a value on one side only")
        size = float(np.nanmax(np.abs(a), initial=0.0)) or 1.0
        at = np.unravel_index(int(gap.argmax()), gap.shape)
        where = ", ".join(
            f"{dim}={was[dim].values[k] if dim in was.coords else k}"
            for dim, k in zip(was[key].dims, at, strict=True)
        )
        said = f"{key} by up to {gap[at]:.3g} ({a[at]:.9g}, now {b[at]:.9g}) at {where}"
        worst = max(worst, (float(gap[at]) / size, said))
    if not worst[1]:
        return Check(name, "identical")
    return Check(name, "close" if worst[0] <= CLOSE else "differs", worst[1])


def _tables(name: str, old: Path, new: Path) -> Check:
    """Two CSV files cell by cell."""
    rows = [
        list(csv.reader(io.StringIO(p.read_text(encoding="utf-8-sig", errors="replace"))))
        for p in (old, new)
    ]
    if [len(row) for row in rows[0]] != [len(row) for row in rows[1]] or rows[0][:1] != rows[1][:1]:
        return Check(name, "differs", f"{len(rows[0])} lines, now {len(rows[1])}, or other columns")
    count, first, close = 0, "", True
    for line, (a, b) in enumerate(zip(*rows, strict=True), 1):
        for column, was, now in zip(rows[0][0], a, b, strict=True):
            if was == now:
                continue
            count += 1
            first = first or f"line {line}, {column}: {short(was)}, now {short(now)}"
            close = close and _close(was, now)
    if not count:
        return Check(name, "identical")
    return Check(name, "close" if close else "differs", f"{count} cells; {first}")


def _close(was: str, now: str) -> bool:
    try:
        return bool(np.isclose(float(was), float(now), rtol=CLOSE, atol=0.0))
    except ValueError:
        return False


def _first_line(old: Path, new: Path) -> str:
    a, b = (p.read_bytes().decode("utf-8", "replace").splitlines() for p in (old, new))
    for number, (was, now) in enumerate(zip(a, b, strict=False), 1):
        if was != now:
            return f"line {number}: {short(was)}, now {short(now)}"
    return f"{len(a)} lines, now {len(b)}"


def changed(kept: Kept) -> list[Check]:
    """What made the results that is not so now: code, each data file, draws, each library."""
    now, found = provenance.about(), []
    then: dict[str, Any] = {**kept.about}
    if not kept.same_code:
        found.append(Check("code", "differs", f"{then['code']}, now {now['code']}"))
    files = then.get("data", {})
    if not kept.same_data:
        odd = [k for k in {**files, **now["data"]} if files.get(k) != now["data"].get(k)]
        found.append(Check("data", "differs", ", ".join(sorted(odd)) or "not told which file"))
    was, here = (json.loads(json.dumps(one.get("environment", {}))) for one in (then, now))
    for side in (was, here):
        side.update(side.pop("libraries", {}))
    for key in sorted({*was, *here}):
        if was.get(key) != here.get(key):
            found.append(Check(key, "differs", f"{was.get(key, '?')}, now {here.get(key, '?')}"))
    return found
