"""What each lever adds to a package, whatever the order: Shapley values of its effects.

The effect of a package is v(all) − v(none), v(S) an indicator when only the levers S act and the
others are as the law stands. A lever's value is what it adds, averaged over all orders in which the
levers could be laid one on another (Shapley 1953): the same for levers that do the same, nothing
for one that does nothing, and in sum the effect of the package. Up to `EXACT` levers all 2ⁿ runs
are made; beyond, orders are drawn, each with its reverse, and the standard error is that of the
mean over such pairs. Every order sums to the effect, so their mean does.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import comb
from multiprocessing import get_context

import numpy as np

from stsim.config import Config, ConfigError
from stsim.faults import strict
from stsim.measures import INDICATORS, Indicator, one
from stsim.simulation import Point, beside
from stsim.vocabulary import Array

#: Levers up to which all 2ⁿ combinations are run.
EXACT = 8
#: Pairs of an order and its reverse that are drawn for more levers.
PAIRS = 12
#: Combinations that go through the engine side by side: more at once are no quicker (0.1 s each).
CHUNK = 8
HEADLINE = tuple(indicator for indicator in INDICATORS if indicator.headline)

#: Some of the levers, by number.
Some = frozenset[int]


@dataclass(frozen=True)
class Attribution:
    """What every lever adds to a package, by (lever, indicator, year).

    `package` is the effect of all together (indicator, year), to which `values` sum; `error` the
    standard error of the values, zero where all combinations were run. What a run cannot know is
    not a number. `runs` are those that were made.
    """

    levers: tuple[str, ...]
    indicators: tuple[Indicator, ...]
    years: tuple[int, ...]
    values: Array
    error: Array
    package: Array
    runs: int

    @property
    def exact(self) -> bool:
        """Whether all combinations were run."""
        return len(self.levers) <= EXACT

    def of(self, indicator: str, year: int) -> dict[str, float]:
        """What every lever adds to an indicator in a year."""
        k = [each.name for each in self.indicators].index(indicator)
        at = self.years.index(year)
        return dict(zip(self.levers, self.values[:, k, at].tolist(), strict=True))


def exact(number: int, value: Callable[[Some], Array]) -> Array:
    """Shapley values of `number` players from the value of every coalition, (player, ...)."""
    found = []
    for player in range(number):
        others = [other for other in range(number) if other != player]
        adds: list[Array] = []
        for size in range(number):
            weight = 1.0 / (number * comb(number - 1, size))
            for some in itertools.combinations(others, size):
                without = frozenset(some)
                adds.append(weight * (value(without | {player}) - value(without)))
        found.append(np.sum(adds, axis=0))
    return np.array(found)


def in_order(order: Sequence[int], value: Callable[[Some], Array]) -> Array:
    """What every player adds when they come in this order, (player, ...)."""
    steps = [value(frozenset(order[:k])) for k in range(len(order) + 1)]
    added = np.diff(np.array(steps), axis=0)
    return np.asarray(added[np.argsort(order)])


def orders(number: int, pairs: int, seed: int) -> list[tuple[int, ...]]:
    """Orders drawn at random, each followed by its reverse."""
    rng = np.random.default_rng([seed, number])
    drawn = [tuple(rng.permutation(number).tolist()) for _ in range(pairs)]
    return [order for one in drawn for order in (one, one[::-1])]


def combinations(number: int, pairs: int = PAIRS, seed: int = 1) -> list[Some]:
    """The coalitions whose value is needed, each once: all of them, or those on drawn orders."""
    if number <= EXACT:
        sizes = range(number + 1)
        found = [frozenset(s) for k in sizes for s in itertools.combinations(range(number), k)]
    else:
        drawn = orders(number, pairs, seed)
        found = [frozenset(order[:k]) for order in drawn for k in range(number + 1)]
    return list(dict.fromkeys(found))


def attribute(
    config: Config, advance: Callable[[int], None] = lambda run: None, pairs: int = PAIRS
) -> Attribution:
    """Shapley values of the levers of a scenario for every headline indicator and year.

    The stock engine with one parameter set, in `workers` processes; the bytes are the same
    whatever their number. `advance` is told each run that is done. Raises ConfigError where the
    scenario has no lever.
    """
    names = tuple(config.policy)
    if not names:
        raise ConfigError(
            f"job=attribution: scenario {config.scenario} sets no lever; give scenario=NAME or "
            "policy.<lever>=VALUE"
        )
    wanted = combinations(len(names), pairs, config.seed)
    by_some = dict(zip(wanted, _values(config, names, wanted, advance), strict=True))
    package = by_some[frozenset(range(len(names)))] - by_some[frozenset()]
    if len(names) <= EXACT:
        values = exact(len(names), by_some.__getitem__)
        error = np.zeros_like(values)
    else:
        drawn = [in_order(o, by_some.__getitem__) for o in orders(len(names), pairs, config.seed)]
        each = (np.array(drawn[::2]) + np.array(drawn[1::2])) / 2
        values, error = each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(len(each))
    years = tuple(range(config.years.first, config.years.last + 1))
    return Attribution(names, HEADLINE, years, values, error, package, len(wanted))


def _values(
    config: Config, names: Sequence[str], wanted: Sequence[Some], advance: Callable[[int], None]
) -> Iterable[Array]:
    """The headline indicators (indicator, year) of every combination, in order."""
    update = {"engine": "stocks", "replicates": 1, "draws": 1, "persons_per_agent": 1}
    plain = config.model_copy(update=update)
    tasks = [plain.model_copy(update={"policy": _only(config, names, some)}) for some in wanted]
    chunks = [tasks[k : k + CHUNK] for k in range(0, len(tasks), CHUNK)]
    if config.workers == 1:
        yield from _told(map(headline, chunks), advance)
        return
    with ProcessPoolExecutor(config.workers, get_context("spawn")) as pool:
        yield from _told(pool.map(headline, chunks), advance)


def _told(found: Iterable[Array], advance: Callable[[int], None]) -> Iterable[Array]:
    """The runs of every chunk one by one, each told."""
    for k, values in enumerate(itertools.chain.from_iterable(found)):
        yield values
        advance(k + 1)


def _only(config: Config, names: Sequence[str], some: Collection[int]) -> Mapping[str, object]:
    return {name: config.policy[name] for k, name in enumerate(names) if k in some}


def headline(configs: Sequence[Config]) -> Array:
    """The headline indicators of several runs of the stock engine, by (run, indicator, year)."""
    with strict():
        ds = beside([Point(config) for config in configs])
        found = [one(ds, indicator.name).transpose("draw", ...).values for indicator in HEADLINE]
        return np.stack(found, axis=1)


def as_csv(found: Attribution) -> str:
    """Every indicator, year and lever as CSV, with the effect of the package beside."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["indicator", "year", "unit", "lever", "value", "standard_error", "package"])
    for k, indicator in enumerate(found.indicators):
        for t, year in enumerate(found.years):
            for n, name in enumerate(found.levers):
                numbers = (found.values[n, k, t], found.error[n, k, t], found.package[k, t])
                cells = ("" if v != v else repr(float(v)) for v in numbers)
                writer.writerow([indicator.name, year, indicator.unit, name, *cells])
    return out.getvalue()
