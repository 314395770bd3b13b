"""The sections of a sweep: measures by what was swept, its runs, and what moves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stsim import papers, params
from stsim.measures import INDICATORS, Indicator
from stsim.plot import look
from stsim.reports import bars, material, sweep_lines
from stsim.reports.answers import TABLE
from stsim.reports.by_year import axis
from stsim.reports.material import Material
from stsim.reports.said import (
    Cell,
    Said,
    Section,
    Table,
    amount,
    joined,
    key_label,
    label,
    plain,
    said,
    span,
)  # fmt: skip
from stsim.tables import SHOWN_YEARS
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr

#: Keys that are another draw or chance: results are ranges over them, not told apart by them.
CHANCE = ("draw", "replicate", "seed")
#: Values of what is swept that a table has columns for, and lines that a picture can tell apart.
MOST_VALUES, MOST_LINES = 9, 7
#: Runs that are listed in the page; all are in its CSV.
MOST_RUNS = 40
#: Keys that are drawn in a tornado.
MOST_KEYS = 6
PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class Swept:
    """The runs of a sweep: which measures they have, and the value of every key in each."""

    ds: xr.Dataset
    indicators: tuple[Indicator, ...]
    keys: Mapping[str, list[Any]]

    @classmethod
    def of(cls, ds: xr.Dataset) -> Swept:
        """The runs of a dataset by (run, time or year); measures that no run knows are left out."""
        known = [i for i in INDICATORS if i.name in ds and bool(ds[i.name].notnull().any())]
        shown = [i for i in known if i in TABLE or i.unit == "yen"] or known
        keys = {
            str(name): coord.values.tolist()
            for name, coord in ds.coords.items()
            if coord.dims == ("run",) and name != "run_id"
        }
        return cls(ds, tuple(shown), keys)

    def dim(self, one: Indicator) -> str:
        """Whether a measure is counted at a time or over a year."""
        return str(self.ds[one.name].dims[-1])

    def by_year(self, one: Indicator) -> tuple[list[int], Array]:
        """The years in which some run knows a measure, and its values by (run, year)."""
        values = self.ds[one.name].dropna(self.dim(one), how="all").transpose("run", ...)
        return values[self.dim(one)].values.tolist(), values.values

    def at(self, one: Indicator, year: int) -> Array:
        """A measure of every run in a year; not a number where it is not known."""
        years, values = self.by_year(one)
        return values[:, years.index(year)] if year in years else np.full(len(values), np.nan)

    @property
    def last(self) -> int:
        """The last year of the runs."""
        one = self.ds[self.indicators[0].name]
        return int(one[one.dims[-1]][-1])

    @property
    def years(self) -> list[int]:
        """The years that are shown."""
        return [y for y in SHOWN_YEARS if y <= self.last] or [self.last]

    @property
    def told_apart(self) -> list[str]:
        """The keys by which results are told apart: policies, or else what futures differ in."""
        moved = [k for k, v in self.keys.items() if k not in CHANCE and len(set(map(str, v))) > 1]
        policies = [
            k for k in moved if k != "posts" and k not in (*params.NAMES, *params.FIELDS)
        ]  # fmt: skip
        return policies or moved

    def groups(self) -> dict[tuple[Any, ...], list[int]]:
        """The runs of each combination of the keys that tell them apart, in the order of values."""
        found: dict[tuple[Any, ...], list[int]] = {}
        for run in range(self.ds.sizes["run"]):
            found.setdefault(tuple(self.keys[k][run] for k in self.told_apart), []).append(run)
        numbers = all(_number(v) for values in found for v in values)
        return dict(sorted(found.items())) if numbers else found


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def value_label(key: str, value: Any) -> Said:
    """A swept value in words."""
    if key == "scenario":
        return Said(*(look.scenario_title(str(value), lang) for lang in ("en", "ja")))
    return plain(f"{value:,.6g}" if _number(value) else value)


def sections(found: Material) -> list[Section]:
    """Measures by what was swept, the runs, and what moves them."""
    assert found.swept is not None
    swept = Swept.of(found.swept.load())
    return [_measures(swept), _runs(swept), _moved(swept)]


def _measures(swept: Swept) -> Section:
    """Every headline measure and the costs in the years that are shown, by what was swept."""
    section = Section("swept", said("swept"))
    groups, keys = swept.groups(), swept.told_apart
    number = swept.ds.sizes["run"]
    one_number = len(keys) == 1 and all(_number(v) for (v,) in groups)
    if not keys or (len(groups) > MOST_LINES and not one_number):
        section.lead.append(said("swept_spread", number))
        section.tables.append(_percentiles(swept))
        section.figures = [sweep_lines.spread(i, *swept.by_year(i)) for i in swept.indicators]
        return section
    names = joined([key_label(k) for k in keys])
    some = max(map(len, groups.values()))
    section.lead.append(said("swept_by", names))
    if some > 1:
        section.lead.append(said("swept_ranges", some))
    titles = {
        group: joined([value_label(k, v) for k, v in zip(keys, group, strict=True)])
        for group in groups
    }
    section.tables.append(_by_group(swept, groups, titles, names))
    if one_number and len(groups) > 1:
        x = [float(v) for (v,) in groups]
        for one in swept.indicators:
            by_year = {y: [swept.at(one, y)[runs] for runs in groups.values()] for y in swept.years}
            section.figures.append(sweep_lines.across(one, key_label(keys[0]), keys[0], x, by_year))
    else:
        for one in swept.indicators:
            years, values = swept.by_year(one)
            lines = {titles[g]: values[runs] for g, runs in groups.items()}
            section.figures.append(sweep_lines.beside(one, years, lines))
    return section


def _by_group(
    swept: Swept, groups: Mapping[tuple[Any, ...], list[int]],
    titles: Mapping[tuple[Any, ...], Said], names: Said,
) -> Table:  # fmt: skip
    """Rows are measures and years, columns the swept values."""
    places = np.unique(np.linspace(0, len(groups) - 1, min(len(groups), MOST_VALUES)).round())
    shown = [[*groups][int(k)] for k in places]
    rows = []
    for one in swept.indicators:
        for k, year in enumerate(swept.years):
            row = [Cell(label(one), head=True, rows=len(swept.years))] if k == 0 else []
            row.append(Cell(plain(year)))
            values = swept.at(one, year)
            for group in shown:
                low, middle, high = sweep_lines.ends(values[groups[group]])
                small = [said("range", span(low, high, one.unit))] if high > low else []
                row.append(Cell(amount(middle, one.unit), middle, small))
            rows.append(row)
    heads = [said("indicator"), said("year"), *(titles[group] for group in shown)]
    notes = [said("more_values", len(groups), len(shown))] if len(shown) < len(groups) else []
    return Table(said("swept_table", names), heads, rows, notes)


def _percentiles(swept: Swept) -> Table:
    """How the runs are spread in the years that are shown."""
    rows = []
    for one in swept.indicators:
        for k, year in enumerate(swept.years):
            row = [Cell(label(one), head=True, rows=len(swept.years))] if k == 0 else []
            values = swept.at(one, year)
            known = values[np.isfinite(values)]
            parts = np.percentile(known, PERCENTILES) if len(known) else [np.nan] * 5
            row += [Cell(plain(year)), *(Cell(amount(float(v), one.unit), float(v)) for v in parts)]
            rows.append(row)
    heads = [said("indicator"), said("year"), *(said("percentile", p) for p in PERCENTILES)]
    return Table(said("swept_percentiles"), heads, rows)


def _year(swept: Swept) -> int:
    """The year of the list and the tornado: moves of the last year are not known."""
    return min(material.YEAR, swept.last - 1)


def _runs(swept: Swept) -> Section:
    """Every run with its keys and measures in one year."""
    year = _year(swept)
    section = Section("runs", said("runs", year))
    by_name = {i: swept.at(i, year).tolist() for i in swept.indicators}
    lines: list[list[object]] = [[*swept.keys, *(i.name for i in by_name)]]
    rows = []
    for run in range(swept.ds.sizes["run"]):
        own = {key: values[run] for key, values in swept.keys.items()}
        lines.append([*own.values(), *(values[run] for values in by_name.values())])
        if run < MOST_RUNS:
            head = [Cell(value_label(k, v), head=True) for k, v in own.items()]
            cells = [Cell(amount(v[run], i.unit, bare=True), v[run]) for i, v in by_name.items()]
            rows.append([*head, *cells])
    if len(lines) - 1 > MOST_RUNS:
        section.lead.append(said("more_runs", len(lines) - 1, MOST_RUNS))
    heads = [*map(key_label, swept.keys)]
    heads += [said("of_unit", label(i), axis(i.unit)) for i in by_name]
    section.tables.append(Table(said("runs", year), heads, rows))
    section.downloads.append(
        (said("csv_of", said("runs", year)), "runs.csv", papers.csv_text(lines))
    )
    return section


def _moved(swept: Swept) -> Section:
    """How far each key moves every measure from the median of the runs."""
    year = _year(swept)
    section = Section("tornado", said("tornado"))
    for one in swept.indicators:
        try:
            found = papers.tornado(swept.ds, one.name, year)
        except ValueError:
            continue
        each: list[tuple[str, float, float]] = [
            (key, float(found["low"][k]), float(found["high"][k]))
            for k, key in enumerate(found["key"].values.tolist()[:MOST_KEYS])
        ]
        section.figures.append(_tornado(one, year, found.attrs["how"], each, swept.at(one, year)))
    if section.figures:
        section.lead.append(said("tornado_lead"))
    else:
        section.missing = said("nothing_swept")
    return section


def _tornado(
    one: Indicator, year: int, how: str, each: Sequence[tuple[str, float, float]], values: Array
) -> Any:
    centre = float(np.nanmedian(values))
    table: list[list[object]] = [["indicator", "year", "key", "low", "high"]]
    table += [[one.name, year, *line] for line in each]
    return bars.bars(
        f"tornado-{one.name}",
        said("tornado_title", label(one), year),
        said("tornado_caption", said(f"how_{how.split()[0]}")),
        one.unit,
        [(key_label(key), low - centre, high - centre) for key, low, high in each],
        papers.csv_text(table),
        two=True,
    )
