"""job=compare a=… b=…: why two runs give different numbers.

The difference is split into code, data, parameters, policy, the assumed future of posts, and
chance. Code is measured at both ends: run A made again by this version less what A says, and what
B says less run B made again. Between these ends all is run by one version, and each of the other
causes has its Shapley value (`attribution.exact`): what it adds, averaged over all orders in which
they could change. All parts together are the difference, to rounding.
"""

from __future__ import annotations

import csv
import io
import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from stsim import observed, results
from stsim.attribution import HEADLINE, Some, exact
from stsim.audit.kept import Kept
from stsim.config import Config
from stsim.faults import strict
from stsim.measures import one
from stsim.results import ResultsError
from stsim.simulation import dataset
from stsim.vocabulary import Array

#: What a cause is made of: keys of the configuration. Data has none.
CAUSES: Mapping[str, Sequence[str]] = {
    "data": (),
    "parameters": ("params", "parameter_set"),
    "policy": (
        "scenario", "title", "about", "law", "policy", "policy_start", "ramp_years",
        "budget_yen_per_year",
    ),
    "future": ("posts",),
    "chance": ("seed", "replicates", "persons_per_agent", "precision"),
}  # fmt: skip
CODE = "code"


@dataclass(frozen=True)
class Side:
    """One of the two runs: where it lies, its configuration, and the numbers it says.

    `said` is by (engine, indicator, year); not a number where the run cannot know.
    """

    kept: Kept
    name: str
    config: Config
    said: Array


@dataclass(frozen=True)
class Changes:
    """The difference of B from A, by (engine, indicator, year), and the part of each cause.

    `parts` has the causes in the order of `causes`, the first of which is code. `not_kept` tells
    that the data of a run could not be had again, so that their part stands with the code.
    """

    a: Side
    b: Side
    engines: tuple[str, ...]
    years: tuple[int, ...]
    causes: tuple[str, ...]
    parts: Array
    not_kept: bool

    @property
    def total(self) -> Array:
        """B less A."""
        return self.b.said - self.a.said


def side(kept: Kept, engines: Sequence[str], years: Sequence[int]) -> Side:
    """A run in a folder: the one that was asked for, or the last, which is the scenario's."""
    name, config = _chosen(kept)
    said = np.full((len(engines), len(HEADLINE), len(years)), np.nan)
    with results.open_results(kept.folder / f"{name}.nc") as ds:
        for k, engine in enumerate(engines):
            said[k] = _values(ds.sel(engine=engine) if "engine" in ds.dims else ds, years)
    if (kept.folder / "summary.csv").is_file() and kept.job == "run":
        said[0] = _summary(kept.folder / "summary.csv", name, years, said[0])
    return Side(kept, name, config, said)


def _chosen(kept: Kept) -> tuple[str, Config]:
    configs = kept.configs()
    if kept.job not in ("run", "sweep of runs") or not configs:
        raise ResultsError(f"{kept.folder}: job={kept.job} is no run; give the folder or id of one")
    names = {run_id: name for name, run_id in kept.runs.items()}
    if kept.run_id is None and kept.job != "run":
        raise ResultsError(f"{kept.folder} has {len(configs)} runs: give the id of one of them")
    name = names[kept.run_id] if kept.run_id is not None else list(configs)[-1]
    return name, configs[name]


def _summary(file: Path, name: str, years: Sequence[int], otherwise: Array) -> Array:
    """The numbers as they were printed, which a later version may measure in another way."""
    found = otherwise.copy()
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    for k, indicator in enumerate(HEADLINE):
        by_year = {row["year"]: row.get(name) for row in rows if row["indicator"] == indicator.name}
        for t, year in enumerate(years):
            if by_year.get(str(year)):
                found[k, t] = float(str(by_year[str(year)]))
    return found


def _values(ds: Any, years: Sequence[int]) -> Array:
    """The headline indicators of one engine's run by (indicator, year), the mean of replicates."""
    found = np.full((len(HEADLINE), len(years)), np.nan)
    for k, indicator in enumerate(HEADLINE):
        values = one(ds, indicator.name)
        if "replicate" in values.dims:
            values = values.mean("replicate")
        by_year = dict(zip(values[values.dims[-1]].values.tolist(), values.values, strict=True))
        found[k] = [by_year.get(year, np.nan) for year in years]
    return found


def plan(a: Kept, b: Kept) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The engines that both runs have, and the years. Raises ResultsError where there are none.

    Expected numbers have no chance in them; where chance may differ people are run one by one too.
    """
    (_, one_), (_, other) = _chosen(a), _chosen(b)
    both = [{"stocks", "individuals"} if c.engine == "both" else {c.engine} for c in (one_, other)]
    shared = both[0] & both[1]
    if not shared:
        raise ResultsError(
            f"a was run with engine={one_.engine} and b with engine={other.engine}: run one of "
            "them again with the engine of the other"
        )
    if one_.years.first != other.years.first:
        raise ResultsError(
            f"a begins in {one_.years.first} and b in {other.years.first}: they have no start in "
            "common to compare from"
        )
    chance = any(getattr(one_, key) != getattr(other, key) for key in CAUSES["chance"])
    engines = [name for name in ("stocks", "individuals") if name in shared]
    if not chance and "stocks" in engines:
        engines = ["stocks"]
    last = min(one_.years.last, other.years.last)
    return tuple(engines), tuple(range(one_.years.first, last + 1))


def changes(a: Kept, b: Kept, advance: Callable[[int], None] = lambda run: None) -> Changes:
    """Split the difference of two runs. `advance` is told each run that is made."""
    engines, years = plan(a, b)
    sides = side(a, engines, years), side(b, engines, years)
    differ = [cause for cause in CAUSES if _differs(cause, *sides)]
    with ExitStack() as stack:
        folders = [stack.enter_context(_data(one)) for one in (a, b)]
        not_kept = None in folders
        if not_kept:
            differ = [cause for cause in differ if cause != "data"]
            folders = [observed.DATA, observed.DATA]
        made: dict[Some, Array] = {}
        some = range(len(differ))
        wanted = [frozenset(s) for k in range(len(differ) + 1)
                  for s in itertools.combinations(some, k)]  # fmt: skip
        at = differ.index("data") if "data" in differ else None
        by_data = {folder: stack.enter_context(_elsewhere(folder)) for folder in set(folders)}
        for number, chosen in enumerate(wanted, 1):
            config = _between(*sides, [differ[k] for k in chosen])
            folder = folders[at in chosen if at is not None else 0]
            made[chosen] = by_data[folder](config, engines, years)
            advance(number)
    parts = exact(len(differ), made.__getitem__) if differ else np.empty((0, *sides[0].said.shape))
    first, last = made[frozenset()], made[frozenset(some)]
    code = (first - sides[0].said) + (sides[1].said - last)
    return Changes(
        *sides, engines, years, (CODE, *differ), np.concatenate([code[None], parts]), not_kept
    )


def _differs(cause: str, a: Side, b: Side) -> bool:
    if cause == "data":
        return a.kept.about.get("data_sha256") != b.kept.about.get("data_sha256")
    return any(getattr(a.config, key) != getattr(b.config, key) for key in CAUSES[cause])


def _between(a: Side, b: Side, of_b: Sequence[str]) -> Config:
    """The configuration of A with what these causes are made of from B; all years of both."""
    update = {key: getattr(b.config, key) for cause in of_b for key in CAUSES[cause]}
    last = max(a.config.years.last, b.config.years.last)
    years = a.config.years.model_copy(update={"last": last})
    return a.config.model_copy(update={**update, "draws": 1, "years": years})


@contextmanager
def _data(kept: Kept) -> Iterator[Path | None]:
    """A folder with the data a run was made from; None where it is not to be had."""
    if kept.same_data:
        yield observed.DATA
        return
    with tempfile.TemporaryDirectory(prefix="stsim-data-") as folder:
        yield Path(folder) if kept.unpack_data(Path(folder)) else None


Runs = Callable[[Config, Sequence[str], Sequence[int]], Array]


@contextmanager
def _elsewhere(folder: Path | None) -> Iterator[Runs]:
    """Runs with the data of a folder: here if it is ours, else in a process of its own."""
    if folder is None or folder == observed.DATA:
        yield _run
        return
    with ProcessPoolExecutor(1, get_context("spawn"), _use, (folder,)) as pool:
        yield lambda config, engines, years: pool.submit(_run, config, engines, years).result()


def _use(folder: Path) -> None:
    observed.DATA = folder


def _run(config: Config, engines: Sequence[str], years: Sequence[int]) -> Array:
    """The headline indicators by (engine, indicator, year)."""
    found = []
    for engine in engines:
        update: dict[str, Any] = {"engine": engine}
        if engine == "stocks":  # no chance, no agents
            update |= {"replicates": 1, "persons_per_agent": 1}
        with strict():
            found.append(_values(dataset(config.model_copy(update=update)), years))
    return np.array(found)


def as_csv(found: Changes) -> str:
    """Every engine, indicator and year: both numbers, the difference and the part of each cause."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["engine", "indicator", "year", "unit", "a", "b", "b_minus_a", *found.causes])
    total = found.total
    for e, engine in enumerate(found.engines):
        for k, indicator in enumerate(HEADLINE):
            for t, year in enumerate(found.years):
                at = (e, k, t)
                numbers = (
                    found.a.said[at], found.b.said[at], total[at],
                    *(part[at] for part in found.parts),
                )  # fmt: skip
                cells = ("" if v != v else repr(float(v)) for v in numbers)
                writer.writerow([engine, indicator.name, year, indicator.unit, *cells])
    return out.getvalue()
