"""Work that is killed at any moment leaves whole files or none, and the same command completes it.

`python tests/crash.py [kills of each job] [jobs] [seed=1]` kills runs, sweeps, fits and reports
(some minutes) and prints a table. Moments are seeded: half of them anywhere in the work, half after
the first hidden file has appeared, when results are being written.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import yaml

from stsim import draws, paths, results
from stsim.explore.store import Store, is_store

#: Seconds of writing below which a moment in it cannot be met: late moments stand for it.
SHORTEST = 0.1
DC = "policy.dc_fellows_persons"
#: Attempts for each kill that is asked for.
MOST = 4
#: Seconds within which any of these jobs is over.
PATIENCE = 300
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Job:
    """What is killed: its command, the folder that it writes to and what must be there before."""

    command: list[str]
    folder: str
    prepare: Callable[[Path], None] = lambda here: None


def stsim(*words: str) -> list[str]:
    """The command line with some words."""
    return [sys.executable, "-m", "stsim", *words]


def _conf(here: Path) -> None:
    shutil.copytree(paths.CONF, here / "conf")


def _a_run(here: Path) -> None:
    subprocess.run(
        stsim("scenario=expand_dc", "engine=stocks", "band=false", "years.last=2030",
              "results_dir=old"),
        cwd=here, check=True, capture_output=True,
    )  # fmt: skip
    (folder,) = (here / "old").iterdir()
    folder.rename(here / "run")


JOBS = {
    "run": Job(
        stsim("scenario=expand_dc", "engine=stocks", "years.last=2030", "draws=8"), "results"
    ),
    "sweep": Job(
        stsim("job=sweep", f"{DC}=range(4000,8000,50)", "years.last=2026"), "results"
    ),
    "fit": Job([sys.executable, __file__, "--fit"], "conf/params", _conf),
    "report": Job(stsim("job=report", "report.of=run"), "results", _a_run),
}  # fmt: skip


def fit() -> int:
    """A fit of two parameters, with the files of conf/ in this folder."""
    import test_posterior as small

    from stsim.calibrate import posterior, refit
    from stsim.cli import main

    effort = posterior.Effort(first=20, rounds=1, looks=1, unused=2, steps=20, longest=3)
    with contextlib.ExitStack() as stack:
        for where, name, value in (
            (paths, "CONF", Path("conf").absolute()),
            (posterior, "WARM", 10),
            (posterior, "BETWEEN", 2),
            (posterior, "LEAST_EFFECTIVE", 50),
            (refit, "BLOCKS", (small.toy(small.at_the_centre),)),
            (refit, "EFFORT", {"toy": effort}),
            (draws, "SHIPPED", posterior.CHAINS * effort.steps),
        ):
            stack.enter_context(patch.object(where, name, value))
        return main(["job=calibrate"])


# ------------------------------------------------------------------------------- what is whole


def seen(folder: Path) -> dict[str, bytes]:
    """The files below a folder that are not hidden, without what differs from run to run."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in Path(name).parts)
        if path.is_file() and not hidden and not name.endswith(".partial"):
            found[name] = lasting(path)
    return found


def lasting(path: Path) -> bytes:
    """The bytes of a file without the seconds that the work has taken."""
    data = path.read_bytes()
    if path.parent.name == "blocks":
        return re.sub(rb'"seconds": [0-9.e-]+', b"", data)
    if path.name == "runs.csv":
        rows = csv.DictReader(data.decode("utf-8-sig").splitlines())
        return repr([{k: v for k, v in row.items() if k != "seconds"} for row in rows]).encode()
    return data


def not_whole(folder: Path) -> list[str]:
    """The files below a folder that do not open, or end before their end."""
    found = []
    for name in seen(folder):
        path = folder / name
        try:
            if path.suffix == ".nc" and path.name != results.RANGES:
                results.open_results(path).load().close()
            elif path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
            elif path.suffix == ".yaml":
                yaml.safe_load(path.read_text(encoding="utf-8"))
            elif path.suffix == ".csv":
                text = path.read_text(encoding="utf-8-sig")
                lines = [line for line in text.splitlines() if not line.startswith("#")]
                widths = {len(row) for row in csv.reader(lines, strict=True)}
                assert text.endswith("\n"), "cut short"
                assert len(widths) == 1, "lines of several lengths"
            elif path.suffix == ".html":
                assert path.read_text(encoding="utf-8").rstrip().endswith("</html>"), "cut short"
        except Exception as error:
            found.append(f"{name}: {error}")
    for store in filter(is_store, folder.glob("*")):
        try:
            Store(store).open().load()
        except Exception as error:
            found.append(f"{store.name}: {error}")
    return found


# ------------------------------------------------------------------------------------ the kills


@dataclass
class Row:
    """What became of a job: kills that hit, files that were not whole, the same end again."""

    kills: int = 0
    writing: int = 0
    broken: int = 0
    resumed: int = 0
    seconds: float = 0.0


def _written(folder: Path) -> bool:
    """Whether anything new is there, hidden or not."""
    return any(True for _ in folder.rglob(".part-*")) or any(folder.glob("sweep-*"))


def killed(job: Job, here: Path, moment: float, writing: bool) -> bool:
    """Begin the work and kill it; False where it was over before. `moment` is in seconds."""
    with subprocess.Popen(
        job.command, cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as work:  # fmt: skip
        if writing:
            until = time.perf_counter() + PATIENCE
            while work.poll() is None and time.perf_counter() < until:
                if _written(here / job.folder):
                    break
                time.sleep(0.0005)
        with contextlib.suppress(subprocess.TimeoutExpired):
            work.wait(moment)
        hit = work.poll() is None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(work.pid, signal.SIGKILL)
    return hit


def done(job: Job, here: Path) -> Files:
    """Do the work to its end; the files that are there then."""
    ended = subprocess.run(job.command, cwd=here, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 0, ended.stderr
    return seen(here / job.folder)


def tried(name: str, kills: int, seed: int = 1) -> tuple[Row, list[str]]:
    """Kill a job at some moments and do it again each time; a row, and what is wrong."""
    job, chance, row, wrong = JOBS[name], random.Random(f"{seed} {name}"), Row(), []
    attempts, started = 0, time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="crash-") as above:
        first = Path(above, "first")
        first.mkdir()
        job.prepare(first)
        before = seen(first / job.folder)
        shutil.copytree(first, Path(above, "clean"))
        began = time.perf_counter()
        whole = done(job, first)
        took = time.perf_counter() - began
        span = _writing_span(job, Path(above))
        while row.kills < kills and attempts < MOST * kills:  # some end before they are killed
            here = Path(above, "here")
            shutil.copytree(Path(above, "clean"), here)
            attempts += 1
            writing = attempts % 2 == 0 and span > SHORTEST
            early = 0.15 if attempts % 2 else 0.7
            moment = chance.uniform(0, span) if writing else chance.uniform(early * took, took)
            if killed(job, here, moment, writing):
                row.kills += 1
                row.writing += writing
                said = f"{name}, {moment:.3f} s {'into writing' if writing else 'in'}"
                found = not_whole(here / job.folder)
                strange = _strange(seen(here / job.folder), before, whole)
                if found or strange:
                    row.broken += 1
                    wrong.append(f"{said}: {found} {strange}")
                _age(here / job.folder)
                again = done(job, here)
                left = [str(p) for p in (here / job.folder).glob(".part-*")]
                if again == whole and not left:
                    row.resumed += 1
                else:
                    differ = sorted(k for k in {*again, *whole} if again.get(k) != whole.get(k))
                    wrong.append(f"{said}: not the same bytes: {differ[:4]}, left: {left}")
            shutil.rmtree(here)
    row.seconds = time.perf_counter() - started
    return row, wrong


def _writing_span(job: Job, above: Path) -> float:
    """Seconds from the first sign of results to the end."""
    here = above / "span"
    shutil.copytree(above / "clean", here)
    with subprocess.Popen(
        job.command, cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as work:
        while work.poll() is None and not _written(here / job.folder):
            time.sleep(0.0005)
        began = time.perf_counter()
        work.wait(PATIENCE)
    shutil.rmtree(here)
    return time.perf_counter() - began


def _strange(found: Files, before: Files, whole: Files) -> list[str]:
    """Files that are neither as before nor as at the end; a store is on its way between them."""
    return [
        name for name, data in found.items()
        if "store.zarr" not in name and Path(name).name != "runs.csv"
        and data not in (before.get(name), whole.get(name))
    ]  # fmt: skip


def _age(folder: Path) -> None:
    """Make what is left older than what might belong to somebody who is at work."""
    then = time.time() - results.ABANDONED - 10
    for part in folder.glob(".part-*"):
        os.utime(part, (then, then))


def table(kills: Mapping[str, int], seed: int = 1) -> tuple[dict[str, Row], list[str]]:
    """Kill every job so many times and print what came of it."""
    rows, wrong = {}, []
    print("job     kills  while writing  not whole  same bytes again  seconds")
    for name, number in kills.items():
        rows[name], found = tried(name, number, seed)
        wrong += found
        r = rows[name]
        print(
            f"{name:<7} {r.kills:>5} {r.writing:>14} {r.broken:>10} {r.resumed:>17} "
            f"{r.seconds:>8.0f}",
            flush=True,
        )
    for line in wrong:
        print(f"WRONG {line}")
    return rows, wrong


if __name__ == "__main__":
    if "--fit" in sys.argv:
        sys.exit(fit())
    asked = [word for word in sys.argv[1:] if word in JOBS] or list(JOBS)
    number = next((int(word) for word in sys.argv[1:] if word.isdigit()), 14)
    seed = next((int(word[5:]) for word in sys.argv[1:] if word.startswith("seed=")), 1)
    _, faults = table(dict.fromkeys(asked, number), seed)
    sys.exit(int(bool(faults)))
