"""Tables of a sweep: its runs one by one, or how they spread where they are many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from stsim import levers
from stsim.explore.arrays import DONE
from stsim.explore.futures import FUTURES
from stsim.explore.information import Information
from stsim.explore.sensitivity import ByYear, Indices
from stsim.explore.store import Store
from stsim.explore.uncertainty import PARTS as OF_VARIANCE
from stsim.explore.uncertainty import Budget
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
    plan, ds = store.plan, store.read([*(indicator.name for indicator in HEADLINE), "status"])
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


def print_budget(found: Budget, language: str, seconds: float) -> None:
    """The share of every source in the variance of each headline number and of its change."""
    heads = [word(f"part_{part}", language) for part in OF_VARIANCE]
    table = new_table(
        word("indicator", language), word("value", language), word("deviation", language), *heads
    )
    for column in table.columns[1:]:
        column.no_wrap = True
    for line in found.lines:
        unit, signed = line.indicator.unit, line.of_change
        title = _label(line.indicator, language)
        moved = line.shares["chance"][0] == line.shares["chance"][0]
        mean = _deviation(line.mean, unit, "+") if signed and moved else shown(line.mean, unit)
        cells = [mean, _deviation(line.deviation, unit) if moved else "–"]
        cells += [_percent(*line.shares[part]) for part in OF_VARIANCE]
        mark = f"  {word('change', language)}" if line.of_change else title
        table.add_row(mark, *cells, end_section=line.of_change)
    out = wide_console()
    out.print(word("budget", language).format(found.scenario, found.year), markup=False)
    out.print(table)
    of_levers = [_lever(future.lever, language) for future in FUTURES]
    out.print(word("budget_note", language).format("; ".join(of_levers)), markup=False)
    rests = (found.rows, found.dropped, found.outcomes, seconds)
    out.print(word("budget_rests", language).format(*rests), markup=False)
    print_reasons(found.reasons, language)


def print_reasons(reasons: Mapping[str, int], language: str) -> None:
    """Why runs have failed, the most frequent fault first."""
    if reasons:
        most = next(iter(reasons))
        line = word("failed_because", language).format(sum(reasons.values()), most)
        wide_console().print(line, markup=False)


def _lever(name: str, language: str) -> str:
    return levers.about(name).label_ja if language == "ja" else levers.label(name)


def _percent(share: float, error: float) -> str:
    """A share of a variance with its standard error, in percent."""
    # no minus before a zero
    return "–" if share != share else f"{round(100 * share) + 0} ± {100 * error:.0f}"


def _deviation(value: float, unit: str, sign: str = "") -> str:
    """A standard deviation or change with three digits in the unit that is shown."""
    factor, after = {"share": (100.0, " pp"), "yen": (1e-9, " bn")}.get(unit.split()[0], (1.0, ""))
    value *= factor
    return f"{value:{sign},.0f}{after}" if abs(value) >= 1000 else f"{value:{sign}.3g}{after}"


def print_sensitivity(several: Sequence[ByYear], language: str) -> None:
    """What each key does to the headline measures in one year."""
    first = several[0]
    year = min(2035, first.years[-1] - 1)
    place, found = first.years.index(year), first.found
    of_sobol = isinstance(found, Indices)
    about = {i.name: i for i in INDICATORS}
    kept = [one for one in several if not np.isnan(_strength(one)[:, place]).all()]
    table = new_table(word("name", language), *(_label(about[o.indicator], language) for o in kept))
    for k, key in enumerate(first.keys):
        cells = []
        for one in kept:
            strength = float(_strength(one)[k, place])
            if isinstance(one.found, Indices):
                cells.append(_percent(strength, float(one.found.total_error[k, place])))
            else:
                cells.append(_deviation(strength, about[one.indicator].unit))
        table.add_row(key, *cells)
    table.columns[0].no_wrap = True
    rows = found.rows if isinstance(found, Indices) else found.trajectories
    out = wide_console()
    line = word("sobol" if of_sobol else "morris", language)
    out.print(line.format(year, rows, found.dropped), markup=False)
    out.print(table)


def _strength(one: ByYear) -> Array:
    """By (key, year): the total index, or the mean absolute effect."""
    found = one.found
    return found.total if isinstance(found, Indices) else found.mean_absolute


#: Parameters that are printed where none is clear; all are in information.csv.
FEW = 5


def print_information(found: Information, language: str, seconds: float) -> None:
    """The policies and how often each is best, then what knowing a parameter is worth."""
    out, worth, unit = wide_console(), found.worth, found.indicator.unit
    title = word("information", language)
    out.print(title.format(_label(found.indicator, language), found.year), markup=False)
    heads = ("policy", "mean_of_draws", "beside_chosen", "is_best")
    table = new_table(*(word(key, language) for key in heads))
    chosen = worth.means[worth.policies.index(worth.chosen)]
    for name, mean, best in zip(worth.policies, worth.means, worth.best, strict=True):
        beside = "–" if name == worth.chosen else _deviation(mean - chosen, unit, "+")
        table.add_row(name, shown(mean, unit), beside, f"{100 * best:.0f} %")
    out.print(table)
    columns = ("name", "worth_knowing", "switches", "best_low", "best_high")
    table = new_table(*(word(key, language) for key in columns))
    for column in table.columns[3:]:
        column.justify = "left"
    value, error = worth.perfect
    together = f"{_deviation(value, unit)} ± {_deviation(error, unit)}"
    table.add_row(word("all_of_them", language), together, "", "", "", end_section=True)
    clear = [one for one in worth.unknowns if one.is_clear]
    for one in clear or worth.unknowns[:FEW]:
        switches = f"{100 * one.switches:.0f} %"
        value_of = _deviation(one.value, unit)
        table.add_row(one.key, value_of, switches, one.best_low, one.best_high)
    out.print(table)
    line = word("clear" if clear else "none_clear", language)
    limits = (_deviation(worth.by_chance, unit), 100 * worth.switches_by_chance)
    out.print(line.format(len(clear), len(worth.unknowns), *limits), markup=False)
    rests = (found.draws, found.dropped, len(worth.policies), seconds)
    out.print(word("information_rests", language).format(*rests), markup=False)
    print_reasons(found.reasons, language)
