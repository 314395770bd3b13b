"""A scenario at another budget: its levers scaled until they cost what they may.

What is scaled is the distance from the law of every lever that costs money, by one factor; levers
without a cost (a share reserved, pay used again) stay as the scenario has them, as no money buys
more of them. The factor makes the scenario's levers cost the budget beyond the law **in the dearest
year** of the run, so that a programme in steps costs it when it is complete and never more. A
scenario that saves money is scaled to a budget below zero. Prices and units alone decide (`money`):
what universities pay for permanent faculty beyond the seats is in the costs of a run, not in here.
"""

from __future__ import annotations

import math
from typing import Any

from stsim import levers, money
from stsim.config import BUDGET, Config, ConfigError
from stsim.quantities import Overlay, Timeline, short


def amount(given: Any) -> float:
    """A budget as a number of yen. Raises ConfigError where it is none."""
    wanted = "give yen per year, such as 10e9, or below 0 what is saved"
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise ConfigError(f"policy.{BUDGET}={short(given)} is not a number; {wanted}")
    if not math.isfinite(given) or given == 0:
        raise ConfigError(f"policy.{BUDGET}={given:g} buys nothing that can be told; {wanted}")
    return float(given)


def scaled(config: Config, budget: float) -> dict[str, float | dict[int, float]]:
    """The policy of a scenario scaled to `budget` (yen of FY2024 a year beyond the law).

    Raises ConfigError with one line where nothing in the scenario costs money, it costs where it
    should save or the reverse, or a lever is at the end of its range before the budget is spent.
    """
    said = f"policy.{BUDGET}={budget:,.0f}"
    who = "the policy given" if config.policy else "the law as it stands"
    who = who if config.scenario == "baseline" else f"scenario {config.scenario}"
    bought = [name for name in config.policy if _costs(name)]
    if not bought:
        raise ConfigError(
            f"{said}: {who} sets no lever with a price, so there is nothing to spend it on; "
            "job=levers lists the prices"
        )
    whole = _peak(config, bought, 1.0, budget)
    if not whole * budget > 0:
        other = _peak(config, bought, 1.0, -budget)
        span = f"from {config.policy_start} to {config.years.last}"
        if other == 0:
            raise ConfigError(f"{said}: {who} costs as much as the law {span}; let it act by then")
        raise ConfigError(
            f"{said}: {who} {'costs' if other > 0 else 'saves'} up to {abs(other):,.0f} yen a "
            f"year {span}; give a budget {'above' if other > 0 else 'below'} 0"
        )
    most, name, end = _room(config, bought)
    largest = _peak(config, bought, most, budget)
    if abs(largest) < abs(budget):
        raise ConfigError(
            f"{said}: {who} can spend no more than {largest:,.0f}, where {name} is at {end:g}, the "
            "end of its range; give less, or a scenario with more levers"
        )
    factor = _factor(config, bought, budget, most)
    return dict(config.policy) | {name: _moved(config, name, factor) for name in bought}


def _costs(name: str) -> bool:
    return levers.about(name).yen_each is not None or name in money.RAISES


def _years(config: Config) -> range:
    return range(config.policy_start, config.years.last + 1)


def _target(config: Config, name: str, year: int) -> float:
    """What a lever is heading for in a year, before `ramp_years` slow it down."""
    value, law = config.policy[name], config.law[name].timeline
    target = Timeline.of(value) if isinstance(value, dict) else float(value)
    return Overlay(law, target, config.policy_start, 0).at(year)


def _peak(config: Config, bought: list[str], factor: float, budget: float) -> float:
    """Cost beyond the law in the dearest year (for a budget below 0: the largest saving)."""
    found = []
    for year in _years(config):
        law = {name: config.law[name].timeline.at(year) for name in levers.NAMES}
        units = dict(law)
        for name in bought:
            units[name] += factor * (config.lever(name).at(year) - law[name])
        before, after = money.priced(law), money.priced(units)
        found.append(sum(after[part] - before[part] for part in after))
    return (max if budget > 0 else min)(found, default=0.0)


def _room(config: Config, bought: list[str]) -> tuple[float, str, float]:
    """The largest factor that keeps every lever in its range; which one ends it, and where."""
    found = [(math.inf, "", 0.0)]
    for name in bought:
        lever, law = levers.about(name), config.law[name].timeline
        for year in _years(config):
            distance = _target(config, name, year) - law.at(year)
            if distance:
                end = lever.high if distance > 0 else lever.low
                found.append(((end - law.at(year)) / distance, name, end))
    return min(found)


def _factor(config: Config, bought: list[str], budget: float, most: float) -> float:
    """The factor at which the peak is the budget: cost rises with it, nearly in a line."""
    from scipy.optimize import brentq

    found = brentq(
        lambda factor: _peak(config, bought, factor, budget) - budget, 0.0, most, xtol=1e-14
    )
    return float(found)


def _moved(config: Config, name: str, factor: float) -> float | dict[int, float]:
    """A lever's targets at this factor: a number where it is one for all years, else by year."""
    law, lever = config.law[name].timeline, levers.about(name)
    by_year: dict[int, float] = {}
    for year in _years(config):
        value = law.at(year) + factor * (_target(config, name, year) - law.at(year))
        value = min(max(value, lever.low), lever.high)  # rounding only: the factor stays in range
        if not by_year or value != by_year[max(by_year)]:
            by_year[year] = value
    return by_year if len(by_year) > 1 else next(iter(by_year.values()))
