"""Every combination of several values (`-m`): one folder that opens as one dataset.

Each point is its own scenario only, with stocks and flows written whole, so that the dataset
has what a single run has, bit for bit; that is why a sweep has at most 500 points.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stsim import provenance, results, room
from stsim.compose import compose_points
from stsim.config import Config, ConfigError
from stsim.faults import FAULTS, SweepError, said, strict
from stsim.measures import INDICATORS, expected
from stsim.overrides import MOST_POINTS, Word, Words, dimension
from stsim.results import ResultsError
from stsim.simulation import dataset

if TYPE_CHECKING:
    import xarray as xr

Label = int | float | str
HEADLINE = tuple(indicator for indicator in INDICATORS if indicator.headline)


@dataclass(frozen=True)
class Sweep:
    """The points of a sweep in order, the last swept key fastest, all checked."""

    labels: Mapping[str, tuple[Label, ...]]
    configs: tuple[Config, ...]
    run_ids: tuple[str, ...]

    @property
    def points(self) -> list[tuple[Label, ...]]:
        """The swept values of each point."""
        return list(itertools.product(*self.labels.values()))

    def name(self, point: int) -> str:
        """A point as words of the command line."""
        pairs = zip(self.labels, self.points[point], strict=True)
        return " ".join(f"{key}={label}" for key, label in pairs)


@dataclass(frozen=True)
class Outcome:
    """What came of a point: its headline indicators by year, or the fault that stopped it."""

    run_id: str
    seconds: float
    error: str
    headline: Mapping[str, Mapping[int, float]]

    @property
    def status(self) -> str:
        """`done` or `failed`."""
        return "failed" if self.error else "done"


def plan(words: Words) -> Sweep:
    """Check every point before the first one runs. Raises ConfigError with one line.

    A value given twice is one point.
    """
    planned = points_of(words)
    first = planned.configs[0]
    if first.job != "run":
        raise ConfigError(f"-m runs scenarios: job={first.job} has nothing to sweep")
    if first.replicates == "auto":
        raise ConfigError(
            "replicates=auto could give each point another number of replicates, and a dataset has "
            "one; give a number"
        )
    for key, usual in (("careers", False), ("draws", 1)):
        value = getattr(first, key)
        if value != usual:
            raise ConfigError(
                f"{key}={str(value).lower()} is for a single run: leave it out with -m"
            )
    return planned


def points_of(words: Words) -> Sweep:
    """Every combination of the values given, each a Config. Raises ConfigError with one line."""
    values: dict[str, list[Word]] = {}
    for key, several in words.swept.items():
        once: dict[str, Word] = {}
        for word in several:
            once.setdefault(_text(word.value), word)
        values[key] = list(once.values())
    count = math.prod(map(len, values.values()))
    if count > MOST_POINTS:
        raise ConfigError(
            f"{count:,} points are more than {MOST_POINTS}, each tens of megabytes on disk; "
            "sweep fewer values, or one part after the other"
        )
    points = list(itertools.product(*values.values()))
    found = compose_points(words, points)
    wrong = [k for k, config in enumerate(found) if isinstance(config, ConfigError)]
    if wrong:
        first = " ".join(word.text for word in points[wrong[0]])
        more = f", and so are {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise ConfigError(f"{found[wrong[0]]} (point {first} of {count} is refused{more})")
    configs = tuple(config for config in found if isinstance(config, Config))
    return Sweep(
        {key: _labels(key, several) for key, several in values.items()},
        configs,
        tuple(results.run_id(config) for config in configs),
    )


def _text(value: Any) -> str:
    """A swept value as text that is the same for the same value: `9000` for 9000.0."""
    if isinstance(value, dict):
        parts = sorted(value.items(), key=lambda part: str(part[0]))
        return f"{{{', '.join(f'{k}: {_text(v)}' for k, v in parts)}}}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _labels(key: str, words: Sequence[Word]) -> tuple[Label, ...]:
    """The labels of a dimension: numbers if all its values are, otherwise texts."""
    values = [word.value for word in words]
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
    if key == "scenario" or not numbers:
        return tuple(_text(value) for value in values)
    whole = all(isinstance(value, int) for value in values)
    return tuple(values) if whole else tuple(float(value) for value in values)


def run(
    sweep: Sweep, results_dir: str, workers: int, done: Callable[[int], None] = lambda count: None
) -> tuple[Path, list[Outcome]]:
    """Run every point and write the folder; the outcome of each point in order.

    Nothing is written when every point fails: the error of the first is raised as SweepError.
    """
    once = {  # processes are for points, so that each has one to itself
        run_id: config.model_copy(update={"workers": 1})
        for run_id, config in zip(sweep.run_ids, sweep.configs, strict=True)
    }
    for config in once.values():
        room.check(config, min(workers, len(once)))
    needed = sum(map(room.of_dataset, once.values())) / 1e9
    free = shutil.disk_usage(results.existing(results_dir)).free / 1e9
    if needed > free:
        raise ResultsError(
            f"results_dir={results_dir}: {len(once)} points take about {needed:,.1f} GB and "
            f"{free:,.1f} GB are free; sweep fewer values or give another results_dir"
        )
    outcomes: list[Outcome] = []

    def write(part: Path) -> None:
        by_id = {found.run_id: found for found in _all(once, part, workers, done)}
        outcomes.extend(by_id[run_id] for run_id in sweep.run_ids)
        if all(outcome.error for outcome in outcomes):
            count = len(outcomes)
            raise SweepError(f"{outcomes[0].error} ({sweep.name(0)}; all {count} points failed)")
        (part / results.POINTS).write_text(_points_csv(sweep, outcomes), encoding="utf-8-sig")
        summary = summary_csv(sweep, outcomes)
        (part / "summary.csv").write_text(summary, encoding="utf-8-sig", newline="")
        results.write_yaml(part / "config.yaml", _common(sweep))
        about = {"job": "sweep of runs", "swept": sweep.labels, "runs": list(once)}
        provenance.write(part, about)

    name = results.hashed("sweep", [*sweep.run_ids, repr(sweep.labels)])
    return results.write_whole(results_dir, name, write), outcomes


def _all(
    configs: Mapping[str, Config], part: Path, workers: int, done: Callable[[int], None]
) -> Iterator[Outcome]:
    """Run every point, here or in worker processes."""
    if workers == 1:
        yield from _one_by_one(configs, part, done)
        return
    # spawned, not forked: the same start on every system, and no threads in a forked state
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        try:
            futures = [pool.submit(_point, name, config, part) for name, config in configs.items()]
            for count, future in enumerate(as_completed(futures), 1):
                yield future.result()
                done(count)
        except BrokenProcessPool:
            raise SweepError(
                "a worker process was stopped, perhaps for want of memory; give fewer workers"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _one_by_one(
    configs: Mapping[str, Config], part: Path, done: Callable[[int], None]
) -> Iterator[Outcome]:
    """Run point after point, writing each while the next is computed."""
    with ThreadPoolExecutor(1) as writer:
        writing: Future[Outcome] | None = None
        for count, (run_id, config) in enumerate(configs.items(), 1):
            computed = _computed(config)
            if writing is not None:
                yield writing.result()
            writing = writer.submit(_written, run_id, computed, part)
            done(count)
        if writing is not None:
            yield writing.result()


def _point(run_id: str, config: Config, part: Path) -> Outcome:
    """Run one point and write its file."""
    return _written(run_id, _computed(config), part)


@dataclass(frozen=True)
class _Computed:
    seconds: float
    ds: xr.Dataset | None = None
    error: str = ""


def _computed(config: Config) -> _Computed:
    """The dataset of one point, or the fault that stopped it."""
    started = time.perf_counter()
    try:
        with strict():
            ds = dataset(config)
    except FAULTS as fault:
        return _Computed(time.perf_counter() - started, error=said(fault))
    return _Computed(time.perf_counter() - started, ds)


def _written(run_id: str, computed: _Computed, part: Path) -> Outcome:
    """Measure and write what has been computed."""
    if computed.ds is None:
        return Outcome(run_id, computed.seconds, computed.error, {})
    try:
        with strict():
            found = [(i.name, expected(i.function(computed.ds))) for i in HEADLINE]
    except FAULTS as fault:
        return Outcome(run_id, computed.seconds, said(fault), {})
    results.write_dataset(computed.ds, part / f"{run_id}.nc")
    headline = {
        name: dict(
            zip(values[values.dims[-1]].values.tolist(), values.values.tolist(), strict=True)
        )
        for name, values in found
    }
    return Outcome(run_id, computed.seconds, "", headline)


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _points_csv(sweep: Sweep, outcomes: Sequence[Outcome]) -> str:
    head = ["run_id", *sweep.labels, "status", "seconds", "error"]
    rows = [
        [o.run_id, *labels, o.status, f"{o.seconds:.3f}", o.error]
        for labels, o in zip(sweep.points, outcomes, strict=True)
    ]
    return _csv([head, *rows])


def summary_csv(sweep: Sweep, outcomes: Sequence[Outcome]) -> str:
    """The headline indicators of every point and year, one number a line."""
    head = ["run_id", *map(dimension, sweep.labels), "indicator", "year", "unit", "value"]
    rows = [
        [
            outcome.run_id, *labels, i.name, year, i.unit,
            "" if value != value else repr(value), i.label, i.label_ja,
        ]
        for labels, outcome in zip(sweep.points, outcomes, strict=True)
        if not outcome.error
        for i in HEADLINE
        for year, value in outcome.headline[i.name].items()
    ]  # fmt: skip
    return _csv([[*head, "label_en", "label_ja"], *rows])


def _common(sweep: Sweep) -> dict[str, Any]:
    """What all points share, once, and what is each one's own."""
    flat = {}
    for run_id, config in zip(sweep.run_ids, sweep.configs, strict=True):
        dumped = config.model_dump(mode="json", exclude=results.SHOWN)
        flat[run_id] = {f"params.{k}": v for k, v in dumped.pop("params").items()} | dumped
    first = flat[sweep.run_ids[0]]
    own = {key for key in first if any(one[key] != first[key] for one in flat.values())}
    return {
        "all": {key: value for key, value in first.items() if key not in own},
        "points": {
            run_id: {key: value for key, value in one.items() if key in own}
            for run_id, one in flat.items()
        },
    }
