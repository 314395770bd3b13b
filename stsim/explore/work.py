"""What a worker does: it computes one block of a sweep and writes it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stsim import measures, provenance
from stsim.compose import Composer
from stsim.draws import CHUNK
from stsim.explore.arrays import BAND_ENDS, BANDS
from stsim.explore.plan import Plan, words_of_plan
from stsim.explore.store import Store, full
from stsim.faults import FAULTS, SweepError, said, strict
from stsim.overrides import OF_POINTS
from stsim.simulation import Point, beside, outcome
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr

#: Measures of one run by name: arrays by time or year.
Found = Mapping[str, Array]


def block(folder: str, number: int) -> tuple[int, int]:
    """Compute the points of a block and write them; gives its number and how many have failed.

    Raises SweepError when it cannot be written, or when this code is not that of the plan.
    """
    store, composer = _opened(folder)
    started = time.perf_counter()
    points = [_point(store.plan, composer, run) for run in store.plan.runs(number)]
    found = stocks(points, store.plan.keep) if store.plan.engine == "stocks" else outcomes(points)
    errors = [one if isinstance(one, str) else "" for one in found]
    names = {name for one in found if not isinstance(one, str) for name in one}
    values = {name: _stacked(found, name) for name in sorted(names)}
    try:
        store.write_block(number, values, errors, time.perf_counter() - started)
    except OSError as error:
        raise full(store.folder, error) from None
    return number, sum(map(bool, errors))


@lru_cache(maxsize=1)
def _opened(folder: str) -> tuple[Store, Composer]:
    store = Store(Path(folder))
    if store.plan.code != provenance.code_version():
        raise SweepError(
            f"{folder}: planned by stsim {store.plan.code}, this worker has "
            f"{provenance.code_version()}; start the workers with the same version"
        )
    return store, Composer(words_of_plan(store.plan))


def _point(plan: Plan, composer: Composer, run: int) -> Point:
    words = plan.point(run)
    own = {word.key: word.value for word in words if word.key in OF_POINTS}
    config = composer.config([word for word in words if word.key not in OF_POINTS])
    return Point(config, **own)


def _stacked(found: Sequence[Found | str], name: str) -> Array:
    """One measure of all points; NaN for those that failed."""
    shape = next(one[name].shape for one in found if not isinstance(one, str))
    unknown = np.full(shape, np.nan)
    return np.array([unknown if isinstance(one, str) else one[name] for one in found])


def stocks(points: Sequence[Point], keep: str = "indicators") -> list[Found | str]:
    """The measures of every point by the stock engine, or the fault that stopped it.

    Points of one `posts` variant go through the engine a few at a time, in their order.
    """
    alike: dict[str, list[int]] = defaultdict(list)
    for k, point in enumerate(points):
        alike[point.config.posts].append(k)
    found: dict[int, Found | str] = {}
    for numbers in alike.values():
        for first in range(0, len(numbers), CHUNK):
            some = numbers[first : first + CHUNK]
            found |= zip(some, _several([points[k] for k in some], keep), strict=True)
    return [found[k] for k in range(len(points))]


def _several(points: Sequence[Point], keep: str) -> list[Found | str]:
    """Points side by side, or one by one where that cannot be done."""
    try:
        with strict():
            ds = beside(points)
            return _measured(ds, len(points), keep)
    except FAULTS as fault:
        if len(points) == 1:
            return [said(fault)]
    return [one for point in points for one in _several([point], keep)]


def _measured(ds: xr.Dataset, number: int, keep: str) -> list[Found | str]:
    names = [i.name for i in measures.INDICATORS if not i.of_careers]
    by_name = {name: measures.one(ds, name).transpose("draw", ...).values for name in names}
    if keep == "stocks":
        by_name["stock"] = in_bands(ds)
    return [{name: values[k] for name, values in by_name.items()} for k in range(number)]


def in_bands(ds: xr.Dataset) -> Array:
    """Persons by (draw, time, stage, age band, sex)."""
    stock = ds["stock"].sum("field").transpose("draw", "time", "stage", "age", "sex")
    place = np.searchsorted(BAND_ENDS, ds["age"].values, side="right")
    inside = (place[:, None] == np.arange(len(BANDS))).astype(float)
    return np.asarray(np.einsum("dtgas,ab->dtgbs", stock.values, inside))


def outcomes(points: Sequence[Point]) -> list[Found | str]:
    """The measures of every point by the individual engine, one after the other."""
    found: list[Found | str] = []
    for point in points:
        try:
            with strict():
                ds = measures.indicators(outcome(point))
                found.append({str(name): values.values for name, values in ds.items()})
        except FAULTS as fault:
            found.append(said(fault))
    return found
