"""docs/certificate.md: the two engines are one model, for every scenario there is.

For each scenario and headline indicator: the mean of replicates of the individual engine, at one
person per agent, less the stock engine, in standard errors of that mean. Seeds differ from scenario
to scenario, so that one odd outcome of chance is not counted in each. The limit is what the
largest of so many comparisons exceeds once in a hundred times if the engines agree (Šidák 1967,
Student's t).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from stsim import levers, measures, money, results
from stsim.attribution import HEADLINE
from stsim.compose import compose, scenarios
from stsim.config import Config
from stsim.describe.long_pages import COMMANDS
from stsim.describe.markdown import table
from stsim.faults import strict
from stsim.params import FIELDS
from stsim.simulation import Prepared, prepare
from stsim.vocabulary import Array

COMMAND = COMMANDS["certificate.md"]
#: Replicates of the individual engine, the years that are compared, and the chance of an alarm.
REPLICATES, YEARS, ALARM = 20, (2030, 2035, 2040), 0.01


#: As a part of a number: what sums in another order differ by.
LAST_DIGITS = 1e-9


@dataclass(frozen=True)
class Gap:
    """The engines side by side for a scenario, by (indicator, year): how far the mean is off."""

    scenario: str
    stocks: Array
    mean: Array
    error: Array

    @property
    def gap(self) -> Array:
        """The mean less the stock engine; nothing where they differ in the last digits only."""
        alike = np.isclose(self.mean, self.stocks, rtol=LAST_DIGITS, atol=0.0)
        return np.where(alike, 0.0, self.mean - self.stocks)

    @property
    def z(self) -> Array:
        """Gaps in standard errors, beyond what rounding to whole people allows."""
        gap = self.gap
        allowed = np.array([rounding(indicator.unit) for indicator in HEADLINE])[:, None]
        return np.asarray(np.sign(gap) * np.maximum(np.abs(gap) - allowed, 0.0) / self.error)


def _headline(prepared: Prepared, number: int) -> Array:
    """The headline indicators of a replicate (0: the stock engine) by (indicator, year)."""
    run = prepared.individuals(number) if number else prepared.run()
    engine = "individuals" if number else "stocks"
    ds = results.label({engine: [run]}, prepared.config, prepared.scope)
    found = []
    for indicator in HEADLINE:
        values = measures.one(ds, indicator.name)
        found.append(values.sel({values.dims[-1]: list(YEARS)}).values)
    return np.array(found)


def one_person(unit: str) -> float:
    """One person in an indicator, or the price of one post; no spread is known better."""
    if unit.startswith("yen"):
        return levers.about("permanent_posts_national_persons").yen_each or 0.0
    return 1.0 if unit in ("persons", "persons per year") else 0.0


def rounding(unit: str) -> float:
    """What whole people can cost beyond seats in fractions: one in each market and field.

    Seats of a field are a fraction and people are whole, so of 100.4 seats 101 may be taken; the
    0.6 above the seats is paid (`money`). The stock engine fills 100.4.
    """
    places = len(FIELDS) * len(money.PERMANENT_MARKETS)
    return places * one_person(unit) if unit.startswith("yen") else 0.0


def gap(config: Config) -> Gap:
    """Run both engines for a scenario, the individual one `REPLICATES` times."""
    with strict():
        prepared = prepare(config)
        stocks = _headline(prepared, 0)
        several = np.array([_headline(prepared, n) for n in range(1, REPLICATES + 1)])
    floor = np.array([one_person(indicator.unit) for indicator in HEADLINE])[:, None]
    spread = np.maximum(several.std(axis=0, ddof=1), floor)
    return Gap(config.scenario, stocks, several.mean(axis=0), spread / np.sqrt(REPLICATES))


def limit(comparisons: int) -> float:
    """What the largest of so many |t| exceeds with the chance of an alarm."""
    from scipy.stats import t

    one = 1 - (1 - ALARM) ** (1 / comparisons)
    return float(t.isf(one / 2, REPLICATES - 1))


def gaps(workers: int, advance: Callable[[int], None] = lambda done: None) -> list[Gap]:
    """Every scenario there is; `advance` is told each that is done."""
    words = ["engine=individuals", f"years.last={YEARS[-1] + 1}", "band=false"]
    configs = [
        compose([*words, f"scenario={scenario}", f"seed={1 + k}"])
        for k, scenario in enumerate(scenarios())
    ]
    found = []
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for k, one in enumerate(pool.map(gap, configs)):
            found.append(one)
            advance(k + 1)
    return found


def page(workers: int, advance: Callable[[int], None] = lambda done: None) -> str:
    """The text of the page."""
    return text(gaps(workers, advance))


def text(found: Sequence[Gap]) -> str:
    """The certificate of some scenarios."""
    most = limit(sum(one.z.size for one in found))
    heads = ["Scenario", *(indicator.label for indicator in HEADLINE)]
    rows = []
    for one in found:
        cells = []
        for k in range(len(HEADLINE)):
            at = int(np.argmax(np.abs(one.z[k])))
            z, part = one.z[k, at], one.gap[k, at] / one.stocks[k, at]
            cells.append(f"{z:+.1f}<br><small>{YEARS[at]}, {100 * part:+.3f} %</small>")
        rows.append([f"`{one.scenario}`", *cells])
    size = sum(one.z.size for one in found)
    beyond = [
        f"{one.scenario}, {HEADLINE[k].label}, {YEARS[t]} ({one.z[k, t]:+.1f})"
        for one in found
        for k, t in np.argwhere(np.abs(one.z) > most).tolist()
    ]
    every = np.array([one.z for one in found])
    counted = every[:, [not i.unit.startswith("yen") for i in HEADLINE]]
    verdict = (
        f"**No gap of {size} is beyond {most:.2f} standard errors.**" if not beyond else
        f"**{len(beyond)} of {size} gaps are beyond {most:.2f} standard errors:** "
        + "; ".join(beyond) + "."
    )  # fmt: skip
    return "\n\n".join(
        [
            "# The engines agree for every scenario",
            f"Made by `{COMMAND}`. {len(found)} scenarios × {len(HEADLINE)} headline indicators × "
            f"{len(YEARS)} years ({', '.join(map(str, YEARS))}): the mean of {REPLICATES} "
            "replicates of the individual engine, one person per agent, less the stock engine, in "
            "standard errors; of each cell the year with the largest gap, and that gap in per cent "
            f"of the value. If the engines agree, the largest of {size} exceeds {most:.2f} once in "
            f"{1 / ALARM:.0f} times (Šidák; Student's t with {REPLICATES - 1} degrees of freedom).",
            verdict,
            f"Beside cost, the root mean square of all gaps is "
            f"{np.sqrt(np.mean(counted**2)):.2f} standard errors "
            f"({np.sqrt((REPLICATES - 1) / (REPLICATES - 3)):.2f} is expected of Student's t); "
            "those of neighbouring years hang together. Postdocs are exact in it: their places are "
            "filled in both engines.",
            table(heads, rows),
            "Cost depends on the engine only through permanent faculty above the seats (negative "
            "vacancy). Seats of a field are a fraction and people are whole, so one person in each "
            f"of {len(FIELDS) * len(money.PERMANENT_MARKETS)} markets and fields is allowed for "
            f"({rounding('yen') / 1e6:.0f} million yen); the errors are of what is beyond. No "
            "spread is taken to be smaller than one person or the price of one post.",
        ]
    ) + "\n"  # fmt: skip
