"""Measures of many runs in one year, in memory: what an analysis asks, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from stsim import measures, results
from stsim.config import Config, ConfigError, Years
from stsim.draws import CHUNK
from stsim.explore import work
from stsim.faults import FAULTS, SweepError, said, strict
from stsim.quantities import nearest
from stsim.simulation import Point
from stsim.vocabulary import Array

#: Told how many more runs are done.
Done = Callable[[int], None]
#: Points of one task for a worker process.
TASK = 4 * CHUNK


@dataclass(frozen=True)
class Measured:
    """Values by (point, indicator); NaN in the row of a point that failed, `errors` says why."""

    values: Array
    errors: tuple[str, ...]


def until(config: Config, year: int) -> Config:
    """The Config as far as it is needed to know the measures of a year.

    Flows of the last year of a run are not known. Raises ConfigError where the year is not in it.
    """
    if not config.years.first < year < config.years.last:
        raise ConfigError(
            f"question.year={year} is outside {config.years.first + 1} to {config.years.last - 1}, "
            "the years of which all is known"
        )
    return config.model_copy(update={"years": Years(first=config.years.first, last=year + 1)})


def known(name: str) -> measures.Indicator:
    """An indicator of stocks and flows. Raises ConfigError with the nearest name."""
    names = [i.name for i in measures.INDICATORS if not i.of_careers]
    if name not in names:
        raise ConfigError(
            f"question.indicator={name}: no such indicator of the stock engine"
            f"{nearest(name, names)}"
        )
    return measures.about(name)


def by_stocks(
    points: Sequence[Point], names: Sequence[str], year: int, workers: int, done: Done
) -> Measured:
    """Indicators of every point in a year by the stock engine; a point that fails is no error.

    `done` is told how many more points are done. Raises SweepError if a worker process is stopped.
    """
    # points of one variant of posts go side by side
    order = sorted(range(len(points)), key=lambda k: points[k].config.posts)
    tasks = [
        _Task(tuple(points[k] for k in order[first : first + TASK]), tuple(names), year)
        for first in range(0, len(order), TASK)
    ]
    values, errors = np.full((len(points), len(names)), np.nan), [""] * len(points)
    place = iter(order)
    for found in _all(_stocks, tasks, workers):
        for one in found:
            k = next(place)
            if isinstance(one, str):
                errors[k] = one
            else:
                values[k] = one
        done(len(found))
    return Measured(values, tuple(errors))


def by_individuals(
    points: Sequence[Point], names: Sequence[str], year: int, workers: int, done: Done
) -> Measured:
    """The same by the individual engine, one outcome of chance for every point."""
    tasks = [_Task((point,), tuple(names), year) for point in points]
    values, errors = np.full((len(points), len(names)), np.nan), [""] * len(points)
    for k, (one,) in enumerate(_all(_individuals, tasks, workers)):
        if isinstance(one, str):
            errors[k] = one
        else:
            values[k] = one
        done(1)
    return Measured(values, tuple(errors))


class _Task(NamedTuple):
    points: tuple[Point, ...]
    names: tuple[str, ...]
    year: int


#: The indicators of a point in order, or the fault that stopped it.
_One = list[float] | str


def _all(
    compute: Callable[[_Task], list[_One]], tasks: Sequence[_Task], workers: int
) -> Iterator[list[_One]]:
    """What comes of every task, in order, here or in processes."""
    if workers == 1 or len(tasks) == 1:
        yield from map(compute, tasks)
        return
    with ProcessPoolExecutor(min(workers, len(tasks)), get_context("spawn")) as pool:
        try:
            yield from pool.map(compute, tasks)
        except BrokenProcessPool:
            raise SweepError(
                "a worker process was stopped, perhaps for want of memory; give fewer workers"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _stocks(task: _Task) -> list[_One]:
    place = task.year - task.points[0].config.years.first
    found: list[_One] = []
    for one in work.stocks(task.points):
        values = one if isinstance(one, str) else [float(one[n][place]) for n in task.names]
        found.append(_finite(values, task))
    return found


def _individuals(task: _Task) -> list[_One]:
    (point,) = task.points
    try:
        with strict():
            prepared = point.prepared()
            runs = {"individuals": [prepared.individuals(point.replicate)]}
            ds = results.label(runs, point.config, prepared.scope)
            found = [measures.one(ds, name) for name in task.names]
            return [_finite([float(v.sel({v.dims[-1]: task.year})) for v in found], task)]
    except FAULTS as fault:
        return [said(fault)]


def _finite(found: _One, task: _Task) -> _One:
    """A measure that is no number makes the run one that has failed."""
    if isinstance(found, str):
        return found
    for name, value in zip(task.names, found, strict=True):
        if not np.isfinite(value):
            return f"{name} is not known in {task.year}"
    return found


def reasons(errors: Iterable[str]) -> dict[str, int]:
    """How often each fault was met, the most frequent first."""
    counts: dict[str, int] = {}
    for error in filter(None, errors):
        counts[error] = counts.get(error, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))
