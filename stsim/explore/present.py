"""Tables of a sweep: its runs one by one, or how they spread where they are many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stsim.explore.store import DONE, Store
from stsim.measures import INDICATORS, Indicator
from stsim.overrides import dimension
from stsim.tables import MOST_ROWS, new_table, shown, wide_console
from stsim.vocabulary import Array
from stsim.words import word

if TYPE_CHECKING:
    import xarray as xr

#: Parts of the runs that lie below what is shown.
PARTS = (0.0, 0.05, 0.5, 0.95, 1.0)
HEADLINE = tuple(indicator for indicator in INDICATORS if indicator.headline)


def print_store(store: Store, language: str, seconds: float) -> int:
    """The headline measures in 2035, or the last year before; gives how many runs failed."""
    plan, ds = store.plan, store.raw()
    done = ds["status"].values == DONE
    year = min(2035, plan.years[1] - 1)
    out = wide_console()
    out.print(word("in_year", language).format(year))
    if len(done) <= MOST_ROWS:
        _print_runs(ds, store, year, language)
    elif done.any():
        _print_spread(ds, done, year, language)
    out.print(word("took_sweep", language).format(len(done), seconds))
    return int((~done).sum())


def _print_runs(ds: xr.Dataset, store: Store, year: int, language: str) -> None:
    plan = store.plan
    found = new_table(*map(dimension, plan.keys), *(_label(i, language) for i in HEADLINE))
    for column in found.columns[: len(plan.keys)]:
        column.justify, column.no_wrap = "left", True
    values = [_values(ds, i, year) for i in HEADLINE]
    for run, point in enumerate(plan.values):
        cells = [shown(float(v[run]), i.unit) for v, i in zip(values, HEADLINE, strict=True)]
        found.add_row(*map(str, point), *cells)
    wide_console().print(found)


def _print_spread(ds: xr.Dataset, done: Array, year: int, language: str) -> None:
    found = new_table(word("indicator", language), *(f"{100 * part:g} %" for part in PARTS))
    for indicator in HEADLINE:
        ends = np.quantile(_values(ds, indicator, year)[done], PARTS)
        found.add_row(_label(indicator, language), *(shown(float(v), indicator.unit) for v in ends))
    wide_console().print(found)


def _values(ds: xr.Dataset, indicator: Indicator, year: int) -> Array:
    values = ds[indicator.name]
    return np.asarray(values.sel({values.dims[-1]: year}).values)


def _label(indicator: Indicator, language: str) -> str:
    return indicator.label_ja if language == "ja" else indicator.label
