"""From a Config to results: put the parts together and run the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from stsim import levers, observed, population
from stsim.config import Config
from stsim.engines import stockflow
from stsim.given import BASE_YEAR, Given
from stsim.rates import Rates
from stsim.rulebook import JAPAN
from stsim.vocabulary import Stage


@dataclass(frozen=True)
class Prepared:
    """A run ready to go: the rates and the people there on the first day."""

    config: Config
    rates: Rates
    start: population.Start
    scope: str

    def run(
        self,
        on_year: Callable[[int], None] = lambda year: None,
        only: Sequence[Stage] | None = None,
    ) -> stockflow.Run:
        """Run the stock engine over the years of the Config, or a part of the model by itself."""
        years, rates = self.config.years, self.rates
        if only is not None:
            rates = rates.of(rates.rulebook.only(only))
        return stockflow.run(rates, self.start.stock, years.first, years.last, on_year)


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
