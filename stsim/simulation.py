"""From a Config to results: put the parts together and run the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from stsim import levers, measures, observed, population, results
from stsim.config import Config, ConfigError
from stsim.engines import individuals, stockflow
from stsim.engines.people import Log
from stsim.engines.stockflow import Run
from stsim.given import BASE_YEAR, Given
from stsim.quantities import nearest
from stsim.rates import Rates
from stsim.rulebook import JAPAN
from stsim.vocabulary import Array, Stage

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Prepared:
    """A run ready to go: the rates and the people there on the first day."""

    config: Config
    rates: Rates
    start: population.Start
    scope: str

    def individuals(
        self,
        replicate: int = 1,
        on_year: Callable[[int], None] = lambda year: None,
        log: Log | None = None,
    ) -> Run:
        """Run the individual engine; moves are appended to `log`."""
        years, config = self.config.years, self.config
        return individuals.run(
            self.rates, self.start.stock, years.first, years.last, on_year,
            seed=config.seed, replicate=replicate,
            persons_per_agent=config.persons_per_agent, log=log,
        )  # fmt: skip

    def run(
        self,
        on_year: Callable[[int], None] = lambda year: None,
        only: Sequence[Stage] | None = None,
    ) -> Run:
        """Run the stock engine over the years of the Config, or a part of the model by itself."""
        years, rates = self.config.years, self.rates
        if only is not None:
            rates = rates.of(rates.rulebook.only(only))
        return stockflow.run(rates, self.start.stock, years.first, years.last, on_year)


def dataset(config: Config, on_year: Callable[[int], None] = lambda year: None) -> xr.Dataset:
    """Run what a Config asks for and label it: one scenario, its engines and replicates.

    `on_year` is told each year that is done in this process.
    """
    prepared = prepare(config)
    runs: dict[str, Sequence[Run]] = {}
    if config.engine in ("both", "stocks"):
        runs["stocks"] = [prepared.run(on_year)]
    if config.engine in ("both", "individuals"):
        runs["individuals"] = _replicates(prepared, on_year)
    return results.label(runs, config, prepared.scope)


def _replicates(prepared: Prepared, on_year: Callable[[int], None]) -> list[Run]:
    """As many replicates as asked for, or as the precision asked for needs."""
    config = prepared.config
    if config.replicates != "auto":
        return _numbered(prepared, range(1, config.replicates + 1), on_year)
    name = config.precision.indicator
    if name not in measures.NAMES:
        raise ConfigError(
            f"precision.indicator={name}: no such indicator{nearest(name, measures.NAMES)}"
        )
    found: list[Run] = []
    values: list[float] = []
    while len(found) < config.precision.most:
        more = range(len(found) + 1, len(found) + 1 + max(2, config.workers))
        found += _numbered(prepared, more[: config.precision.most - len(found)], on_year)
        values += [_indicator(run, prepared) for run in found[len(values) :]]
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        if len(values) >= LEAST_REPLICATES and error <= config.precision.standard_error:
            break
    return found


#: A standard error of fewer replicates says little.
LEAST_REPLICATES = 6


def _indicator(run: Run, prepared: Prepared) -> float:
    """The indicator on which the precision is measured."""
    config = prepared.config
    ds = results.label({"individuals": [run]}, config, prepared.scope)
    values = measures.one(ds, config.precision.indicator)
    value = float(values.sel({values.dims[-1]: config.precision.year}))
    if not np.isfinite(value):
        raise ConfigError(
            f"precision.indicator={config.precision.indicator}: not known in "
            f"{config.precision.year}; give another precision.year"
        )
    return value


def _numbered(
    prepared: Prepared, numbers: Sequence[int], on_year: Callable[[int], None]
) -> list[Run]:
    """Replicates by number, side by side in as many processes as there are workers."""
    workers = min(prepared.config.workers, len(numbers))
    if workers == 1:
        return [prepared.individuals(number, on_year) for number in numbers]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        arrays = pool.map(_arrays, [prepared.config] * len(numbers), numbers)
        years = tuple(range(prepared.config.years.first, prepared.config.years.last + 1))
        return [Run(JAPAN, years, *found, {}, None) for found in arrays]


def _arrays(config: Config, number: int) -> tuple[Array, Array, Array, Array]:
    """One replicate in a process of its own: what a dataset needs of it."""
    run = prepare(config).individuals(number)
    return run.stock, run.flow, run.vacancy, run.market_intensity


_starts: dict[tuple[str, int], population.Start] = {}
_pasts: dict[str, population.OnRecord] = {}


def _of_config(config: Config) -> str:
    """What the start population and the years on record depend on, beside the data."""
    law = {name: entry.timeline for name, entry in config.law.items()}
    return repr((law, config.params))


def _on_record(config: Config, given: Given) -> population.OnRecord:
    """The model's own account of the years on record, made once for the same parameters."""
    key = _of_config(config)
    if key not in _pasts:
        _pasts.clear()  # a fit tries thousands of parameter sets
        law = {name: entry.timeline for name, entry in config.law.items()}
        _pasts[key] = population.on_record(observed.record(), given, config.params.arrays(), law)
    return _pasts[key]


def _start(config: Config, given: Given) -> population.Start:
    """The start population, made once for the same law, parameters and first year."""
    key = (_of_config(config), config.years.first)
    if key not in _starts:
        _starts.clear()
        law = {name: entry.timeline for name, entry in config.law.items()}
        past = _on_record(config, given) if config.years.first == BASE_YEAR else None
        _starts[key] = population.start(
            config.years.first, observed.record(), given, config.params.arrays(), law, past
        )
    return _starts[key]


def prepare(config: Config) -> Prepared:
    """Read the record, lay the policy over the law and build the start population."""
    record = observed.record()
    law = {name: entry.timeline for name, entry in config.law.items()}
    lines = {name: config.lever(name) for name in levers.NAMES}
    crosses_break = config.years.first < 2021
    scope = "FY2020 and before" if crosses_break else "FY2021 and after"
    growth = lines["firm_openings_growth_per_year"].at
    given = Given(record, law, growth, config.posts, scope_adjusted=crosses_break)
    params = config.params.arrays()
    start = _start(config, given)
    if config.posts == "openings":
        given = given.persisting(_on_record(config, given).hires)

    @cache
    def policy_at(year: int) -> Mapping[str, float]:
        return {name: line.at(year) for name, line in lines.items()}

    rates = Rates(JAPAN, params, policy_at, given.at, start.aggregates)
    return Prepared(config, rates, start, scope)
