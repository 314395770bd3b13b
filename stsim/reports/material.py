"""What a report is made of: measures, people, ranges, costs, and where they come from."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stsim import costs, files, levers, measures, results
from stsim.compose import compose
from stsim.config import FITTED, Config, Text
from stsim.effects.side_by_side import Effects
from stsim.given import last_chart
from stsim.observed import record
from stsim.plot import look
from stsim.quantities import short
from stsim.reports.said import Said
from stsim.results import ResultsError
from stsim.scenario_files import read_scenario, scenario_files

if TYPE_CHECKING:
    import xarray as xr

    from stsim.hindcast.scores import Score

#: Dimensions that one scenario may have; any other is a key of a sweep.
OWN = ("engine", "replicate", "draw")
#: Effects and flows are shown in this year, or in the last one before it that is known.
YEAR = 2035
#: The year from which the forecast that is drawn beside the model was made.
CUT = 2016


@dataclass(frozen=True)
class Material:
    """What is known of each scenario, by name; the first is what the others are set beside.

    `measures` are those of `stsim.indicators`, `by_draw` the same for each draw of the parameters,
    `people` whole datasets, `swept` the runs of a sweep by (run, time or year). `adds` are lines
    of an attribution (`attribution.csv`), `shares` of a budget of uncertainty (`uncertainty.csv`),
    `fit` tells that the page is about a fit alone.
    """

    titles: Mapping[str, Said]
    measures: Mapping[str, xr.Dataset] = field(default_factory=dict)
    by_draw: Mapping[str, xr.Dataset] = field(default_factory=dict)
    people: Mapping[str, xr.Dataset] = field(default_factory=dict)
    swept: xr.Dataset | None = None
    adds: Sequence[Mapping[str, str]] = ()
    shares: Sequence[Mapping[str, str]] = ()
    fit: bool = False
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


def title(name: str, given: Text | None = None) -> Said:
    """The title of a scenario: as given, of its file, or its name."""
    if given is not None:
        return Said(given.en, given.ja)
    return Said(look.scenario_title(name, "en"), look.scenario_title(name, "ja"))


def abouts(names: Sequence[str]) -> dict[str, Said]:
    """What the files of shipped scenarios say of them."""
    files, found = scenario_files(), {}
    for name in names:
        if name in files:
            text = read_scenario(files[name]).about
            found[name] = Said(text.en, text.ja)
    return found


def of_dataset(ds: xr.Dataset, ranges: Mapping[str, xr.Dataset] | None = None) -> Material:
    """The material in a dataset from `simulate`, `open_results` or `indicators`.

    Raises ValueError for what is no dataset, and for one in which no measure can be had.
    """
    look.check(ds, "en")
    measurable = {"stock", "flow"} <= set(ds.data_vars)
    if not measurable and not any(name in ds for name in measures.NAMES):
        wanted = ", ".join(measures.NAMES[:3])
        raise ValueError(
            f"the dataset has neither stock and flow nor a measure ({wanted}, …): give one from "
            "stsim.simulate, stsim.open_results or stsim.indicators"
        )
    here = ds["flow"] if measurable else next(ds[n] for n in measures.NAMES if n in ds)
    known = (*OWN, "scenario", "year", "time", "rule", "stage", "age", "sex", "field")
    swept = [str(dim) for dim in here.dims if dim not in known]
    if swept:
        return _of_sweep(ds, swept)
    names = look.scenario_names(ds)
    each = {n: (ds.isel(scenario=k) if "scenario" in ds.dims else ds) for k, n in enumerate(names)}
    each = dict(sorted(each.items(), key=lambda item: item[0] != "baseline"))
    found, by_draw, people = {}, dict(ranges or {}), {}
    for name, one in each.items():
        whole = measures.indicators(one) if measurable else one[_measures_in(one)]
        if any("draw" in v.dims for v in whole.values()):
            by_draw[name] = whole
            whole = whole.median("draw", keep_attrs=True)
        elif measurable:
            people[name] = one
        found[name] = whole
    titles = {name: title(name) for name in found}
    if len(names) == 1 and ds.attrs.get("title_en") and ds.attrs.get("title_ja"):
        titles[names[0]] = Said(str(ds.attrs["title_en"]), str(ds.attrs["title_ja"]))
    provenance = {
        key: str(ds.attrs[key]) for key in ("source", "posts", "engine", "scope") if key in ds.attrs
    }
    if "run_id" in ds.coords:
        ids = np.atleast_1d(ds["run_id"].values)
        provenance |= {
            f"run_id {name}": str(i) for name, i in zip(names, ids.tolist(), strict=False)
        }
    return Material(titles, found, by_draw, people, about=abouts(names), provenance=provenance)


def _measures_in(ds: xr.Dataset) -> list[str]:
    return [name for name in measures.NAMES if name in ds]


def _of_sweep(ds: xr.Dataset, dims: Sequence[str]) -> Material:
    """Every run of a sweep, whatever its design, along `run`; people are measured first."""
    found = measures.expected(ds[_measures_in(ds)] if _measures_in(ds) else measures.indicators(ds))
    lead = [d for d in found.dims if d not in ("time", "year", "stage", "age_band", "sex")]
    found = found[_measures_in(found)]
    if lead != ["run"]:
        found = found.stack(run=lead, create_index=False).transpose("run", ...)
    attrs = {"source": str(ds.attrs.get("source", "")), "swept": ", ".join(dims)}
    return Material({}, swept=found, provenance=attrs)


def of_folder(folder: str | Path) -> Material:
    """The material in a folder that stsim has written.

    A run, a sweep or a fit; or what stands beside one, an attribution or a budget of uncertainty.
    Raises ResultsError where there is nothing that a report can be of.
    """
    import stsim
    from stsim.explore.store import is_store

    path = Path(folder)
    if (path / "fit.csv").is_file() and (path / "residuals.csv").is_file():
        return Material({}, fit=True, provenance={"fit": path.name})
    if (path / "attribution.csv").is_file():
        return Material({}, adds=_lines(path / "attribution.csv", "lever"))
    if (path / "uncertainty.csv").is_file():
        return Material({}, shares=_lines(path / "uncertainty.csv", "part"))
    ranges: dict[str, xr.Dataset] = {}
    whole = None if is_store(path) else results.open_ranges(path)
    if whole is not None:
        ranges = {str(n): whole.sel(scenario=n) for n in whole["scenario"].values.tolist()}
    found = of_dataset(stsim.open_results(path), ranges)
    return replace(found, provenance={**found.provenance, **_provenance(path)})


def _lines(file: Path, column: str) -> tuple[Mapping[str, str], ...]:
    """The lines of a CSV file that stsim has written, which has a certain column."""
    rows = tuple(csv.DictReader(files.read_text(file).splitlines(), strict=True))
    if any(None in row or None in row.values() for row in rows):
        raise ValueError(f"{file.name} has a line of another length")
    if not rows or not {"indicator", "year", column} <= rows[0].keys():
        raise ValueError(f"{file.name} is not what stsim has written")
    return rows


def _provenance(path: Path) -> dict[str, str]:
    """What the folder says of where its numbers come from, as plain lines."""
    file = path / "provenance.json"
    if not os.path.lexists(file):
        return {}
    try:
        about = files.read_json(file)
        return {str(k): json.dumps(v, ensure_ascii=False) for k, v in about.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise ResultsError(f"{file}: not what stsim has written ({short(str(error))})") from None


@cache
def past() -> xr.Dataset:
    """The model from 2007 to the last count, given the seats and entrants that were counted."""
    from stsim.simulation import dataset

    words = ["years.first=2007", f"years.last={last_chart(record())}", "engine=stocks"]
    return dataset(compose([*words, "band=false"]))


@cache
def past_measures() -> xr.Dataset:
    """The measures of that run."""
    return measures.indicators(past())


@cache
def forecasts() -> tuple[Score, ...]:
    """What was forecast of the share under 40 from the surveys until `CUT` alone."""
    from stsim.hindcast.board import DRAWS, PARTS, SHARE, UNIVERSITIES, universities
    from stsim.hindcast.scores import CHOSEN

    scores = universities(record(), CUT, PARTS[UNIVERSITIES].until, 1, DRAWS)
    return tuple(s for s in scores if s.series == SHARE and s.forecast == CHOSEN)


def configured(found: Material, configs: Mapping[str, Config]) -> Material:
    """The material with the titles and the provenance of the configurations it was made from."""
    one = next(iter(configs.values()))
    titles = {name: title(name, config.title) for name, config in configs.items()}
    about = {name: Said(c.about.en, c.about.ja) for name, c in configs.items()}
    said = {
        "source": f"stsim {results.code_version()}",
        "data_sha256": record().sha256,
        "params": one.parameter_set,
        "posts": one.posts,
        "engine": one.engine,
        "seed": str(one.seed),
        **{f"run_id {name}": results.run_id(config) for name, config in configs.items()},
    }
    return replace(
        found, titles=titles, about=about, provenance=said, parameter_set=one.parameter_set
    )
