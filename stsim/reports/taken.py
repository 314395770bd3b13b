"""The material of a report, taken from a dataset, a folder or configurations."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stsim import files, measures, results
from stsim.config import Config, Text
from stsim.observed import record
from stsim.plot import look
from stsim.provenance import code_version
from stsim.quantities import short
from stsim.reading import read_yaml
from stsim.reports.material import Lines, Material
from stsim.reports.said import Said
from stsim.results import ResultsError
from stsim.scenario_files import read_scenario, scenario_files

if TYPE_CHECKING:
    import xarray as xr

#: Dimensions that one scenario may have; any other is a key of a sweep.
OWN = ("engine", "replicate", "draw")
#: Columns of attribution.csv and uncertainty.csv that are read.
ADDS = ("lever", "indicator", "year", "value", "standard_error", "package")
SHARES = ("scenario", "year", "indicator", "of", "part", "share", "share_error")


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
    return Material(
        titles, found, by_draw, people=people, about=abouts(names), provenance=provenance
    )


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
        return Material({}, fit=path, provenance={"fit": path.name})
    if (path / "attribution.csv").is_file():
        return Material({}, adds={_scenario(path): _lines(path / "attribution.csv", ADDS)})
    if (path / "uncertainty.csv").is_file():
        return Material({}, shares=_lines(path / "uncertainty.csv", SHARES))
    ranges: dict[str, xr.Dataset] = {}
    whole = None if is_store(path) else results.open_ranges(path)
    if whole is not None:
        ranges = {str(n): whole.sel(scenario=n) for n in whole["scenario"].values.tolist()}
    found = of_dataset(stsim.open_results(path), ranges)
    return replace(found, provenance={**found.provenance, **_provenance(path)})


def _scenario(path: Path) -> str:
    """The scenario that the folder of a job is about, as its config.yaml or else its name says."""
    try:
        found = read_yaml(path / "config.yaml")
        return str(found["scenario"])
    except (OSError, ValueError, KeyError, TypeError):
        return path.name


def _lines(file: Path, wanted: Sequence[str]) -> Lines:
    """The lines of a CSV file that stsim has written. Raises ResultsError where it is another."""
    try:
        lines = tuple(csv.DictReader(files.read_text(file).splitlines(), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise ResultsError(f"{file}: cannot be read ({error})") from None
    lacks = [key for key in wanted if not lines or any(line.get(key) is None for line in lines)]
    if any(None in line for line in lines):
        lacks.append("end of a line")
    if lacks:
        raise ResultsError(f"{file}: not what stsim has written (no {', '.join(lacks)})")
    return lines


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


def configured(found: Material, configs: Mapping[str, Config]) -> Material:
    """The material with the titles and the provenance of the configurations it was made from."""
    one = next(iter(configs.values()))
    titles = {name: title(name, config.title) for name, config in configs.items()}
    about = {name: Said(c.about.en, c.about.ja) for name, c in configs.items()}
    said = {
        "source": f"stsim {code_version()}",
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
