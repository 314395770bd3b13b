"""What a report is made of: measures, people, ranges, costs, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stsim import costs, levers, measures
from stsim.compose import compose
from stsim.config import FITTED
from stsim.effects.side_by_side import Effects
from stsim.reports.said import Said

if TYPE_CHECKING:
    import xarray as xr


#: Effects and flows are shown in this year, or in the last one before it that is known.
YEAR = 2035
#: Yen a year at which effects are set side by side.
EQUAL = 10e9
#: Lines of a CSV file by the names of its columns.
Lines = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Material:
    """What is known of each scenario, by name; the first is what the others are set beside.

    `measures` are those of `stsim.indicators`, `by_draw` the same for each draw of the parameters,
    `equal` as that with each scenario at a budget of `EQUAL`, where it can be, `people` whole
    datasets, `swept` the runs of a sweep by (run, time or year). `adds` are lines of attributions
    (`attribution.csv`) by scenario, `shares` of a budget of uncertainty (`uncertainty.csv`), `fit`
    is the folder of a fit that the page is about alone.
    """

    titles: Mapping[str, Said]
    measures: Mapping[str, xr.Dataset] = field(default_factory=dict)
    by_draw: Mapping[str, xr.Dataset] = field(default_factory=dict)
    equal: Mapping[str, xr.Dataset] = field(default_factory=dict)
    people: Mapping[str, xr.Dataset] = field(default_factory=dict)
    swept: xr.Dataset | None = None
    adds: Mapping[str, Lines] = field(default_factory=dict)
    shares: Lines = ()
    fit: Path | None = None
    parameter_set: str = FITTED
    about: Mapping[str, Said] = field(default_factory=dict)
    command: Sequence[str] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The scenarios."""
        return list(self.measures)

    @property
    def first(self) -> str:
        """What the others are set beside."""
        return self.names[0]

    @property
    def others(self) -> list[str]:
        """The scenarios that are set beside the first."""
        return self.names[1:]

    @property
    def bills(self) -> dict[str, xr.Dataset]:
        """Costs by part, of the scenarios whose people are known."""
        return {name: costs.costs(ds) for name, ds in self.people.items()}

    @property
    def last(self) -> int:
        """The last year of the run."""
        any_measure = next(iter(self.measures[self.first].data_vars.values()))
        return int(any_measure[any_measure.dims[-1]][-1])

    @property
    def year(self) -> int:
        """The year whose effects are shown: moves of the last year are not known."""
        return min(YEAR, self.last - 1)

    def line(self, name: str, indicator: str) -> xr.DataArray:
        """A measure of a scenario by year: the one number to show where there are several runs."""
        return measures.expected(self.measures[name][indicator])

    def has(self, indicator: str) -> bool:
        """Whether some scenario knows a measure in some year."""
        return any(
            indicator in found and bool(found[indicator].notnull().any())
            for found in self.measures.values()
        )

    def at(self, name: str, indicator: str, year: int) -> float:
        """A measure of a scenario in a year; not a number where it is not known."""
        if indicator not in self.measures[name]:
            return float("nan")
        values = self.line(name, indicator)
        dim = values.dims[-1]
        if year not in values[dim].values:
            return float("nan")
        return float(values.sel({dim: year}))

    def draws(self, name: str, indicator: str, year: int) -> np.ndarray[Any, Any] | None:
        """A measure in a year by draw; None where no draw moves it or there are none."""
        if name not in self.by_draw or indicator not in self.by_draw[name]:
            return None
        values = self.by_draw[name][indicator]
        dim = "time" if "time" in values.dims else "year"
        if "draw" not in values.dims or year not in values[dim].values:
            return None
        found = values.sel({dim: year}).values
        return None if np.isnan(found).any() else found

    def effects(self, bills: Mapping[str, xr.Dataset]) -> Effects:
        """The scenarios as `stsim.effects` compares them."""
        return Effects({name: compose() for name in self.names}, self.by_draw, bills)

    def acting(self, name: str) -> list[str]:
        """The levers that differ from those of the first scenario in some year.

        Of the first, or of a single scenario: from the law as it stands.
        """
        if name not in self.people:
            return []
        ds, found = self.people[name], []
        years = ds["year"].values.tolist()
        for lever in levers.NAMES:
            if f"policy_{lever}" not in ds:
                continue
            here = ds[f"policy_{lever}"].values
            if name == self.first:
                there = np.array([law()[lever].at(year) for year in years])
            else:
                there = self.people[self.first][f"policy_{lever}"].values
            if here.shape != there.shape or not np.allclose(here, there, rtol=1e-12, atol=0):
                found.append(lever)
        return found


@cache
def law() -> dict[str, Any]:
    """Every lever as the law stands: its value by year."""
    return {name: entry.timeline for name, entry in compose().law.items()}
