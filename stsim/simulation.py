"""From a Config to results: put the parts together and run the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from stsim import levers, observed, population
from stsim.config import Config
from stsim.engines import stockflow
from stsim.given import Given
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


def _start(config: Config, given: Given) -> population.Start:
    """The start population, made once for the same law, parameters and first year."""
    law = {name: entry.timeline for name, entry in config.law.items()}
    key = (repr((law, config.params)), config.years.first)
    if key not in _starts:
        _starts.clear()  # a fit tries thousands of parameter sets
        _starts[key] = population.start(
            config.years.first, observed.record(), given, config.params.arrays(), law
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

    @cache
    def policy_at(year: int) -> Mapping[str, float]:
        return {name: line.at(year) for name, line in lines.items()}

    rates = Rates(JAPAN, params, policy_at, given.at, start.aggregates)
    return Prepared(config, rates, start, scope)
