"""Several policies beside the baseline, parameter set by parameter set, with what they cost."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stsim import costs, observed
from stsim.config import Config
from stsim.costs import Part
from stsim.faults import strict
from stsim.measures import INDICATORS, Indicator
from stsim.simulation import dataset, ranges_beside
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr

BASELINE = "baseline"
#: Indicators with a target that a cost can be told for.
AIMED = tuple(
    indicator
    for indicator in INDICATORS
    if any(t.indicator == indicator.name and t.scored for t in observed.record().targets())
)
#: What a comparison shows: the headline indicators but cost, and those with a target.
SHOWN = tuple(
    indicator
    for indicator in INDICATORS
    if (indicator.headline and not indicator.unit.startswith("yen")) or indicator in AIMED
)


@dataclass(frozen=True)
class Spread:
    """A number over the draws: median, low and high end of a range."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Array, part: float) -> Spread:
        """Of values by draw, a range that holds `part` of the parameter sets on average.

        Its ends are at places (1 ∓ part)/2 · (n + 1) of n values in order, as in `band`.
        """
        ends = [(1 - part) / 2, 0.5, (1 + part) / 2]
        low, middle, high = np.quantile(values, ends, method="weibull").tolist()
        return cls(middle, low, high)

    @property
    def is_clear(self) -> bool:
        """Whether the range leaves out zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Effects:
    """Policies beside the baseline: measures by draw, and the bill of the fitted parameters."""

    configs: Mapping[str, Config]
    by_draw: Mapping[str, xr.Dataset]
    bills: Mapping[str, xr.Dataset]

    @property
    def policies(self) -> tuple[str, ...]:
        """The names of the policies, without the baseline."""
        return tuple(name for name in self.configs if name != BASELINE)

    def level(self, indicator: str, year: int, name: str = BASELINE) -> Array:
        """An indicator in a year by draw; one value where no draw moves it."""
        values = self.by_draw[name][indicator]
        at = "time" if "time" in values.dims else "year"
        return np.atleast_1d(values.sel({at: year}).values)

    def change(self, name: str, indicator: str, year: int) -> Array:
        """What a policy changes in an indicator in a year, draw by draw."""
        return self.level(indicator, year, name) - self.level(indicator, year)

    def parts(self, name: str, year: int) -> list[Part]:
        """What a policy costs in a year beyond the baseline, by part."""
        return costs.beyond(self.bills[BASELINE], self.bills[name], year)

    def cost(self, name: str, year: int) -> tuple[float, float]:
        """Annual and committed cost beyond the baseline in a year, whoever pays."""
        parts = self.parts(name, year)
        return sum(part.annual for part in parts), sum(part.committed for part in parts)

    def per_unit(self, name: str, indicator: Indicator, year: int, part: float) -> Spread | None:
        """Yen a year for one more of an indicator (of a share: one percentage point more).

        The cost of the year over the effect in it. None where nothing is spent, the range of the
        effect does not leave out zero, or money is spent on fewer: then nothing says what one more
        costs.
        """
        change = self.change(name, indicator.name, year)
        annual, _ = self.cost(name, year)
        effect = Spread.of(change, part)
        if not effect.is_clear or not annual * effect.middle > 0:
            return None
        units = change * 100 if indicator.unit == "share" else change
        effect = Spread.of(units, part)
        ends = sorted((annual / effect.low, annual / effect.high))
        return Spread(annual / effect.middle, *ends)


def named(
    labels: Mapping[str, object], points: Sequence[Sequence[object]], configs: Sequence[Config]
) -> dict[str, Config]:
    """Configs by a name: the scenario where it tells them apart, else all values that are swept."""
    scenarios = [config.scenario for config in configs]
    if len(set(scenarios)) == len(configs) and BASELINE not in scenarios:
        return dict(zip(scenarios, configs, strict=True))
    keys = [key.rpartition(".")[2] for key in labels]
    names = [", ".join(f"{k}={v}" for k, v in zip(keys, point, strict=True)) for point in points]
    return dict(zip(names, configs, strict=True))


def effects(
    baseline: Config, policies: Mapping[str, Config], advance: Callable[[int], None]
) -> Effects:
    """Run the baseline and every policy with all draws the baseline asks for.

    `advance` is told each run that is done. Raises ConfigError where there are no draws.
    """
    configs = {BASELINE: baseline, **policies}
    bills, by_draw = {}, {}
    with ranges_beside(configs) as ranges_of, strict():
        for name, config in configs.items():
            single = {"engine": "stocks", "draws": 1, "replicates": 1, "persons_per_agent": 1}
            bills[name] = costs.costs(dataset(config.model_copy(update=single)))
            advance(0)
        for name in configs:
            by_draw[name] = ranges_of(name, advance)
    return Effects(configs, by_draw, bills)


#: The part of all parameter sets that the range of a comparison holds, as in the main job.
PART = 0.9


def as_csv(found: Effects, year: int) -> str:
    """Every policy and indicator in a year: baseline, change with its range, costs."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "policy", "indicator", "year", "unit", "baseline", "change", "change_low",
            "change_high", "annual_cost_yen", "committed_cost_yen", "yen_per_extra_unit",
        ]
    )  # fmt: skip
    for name in found.policies:
        for indicator in SHOWN:
            change = Spread.of(found.change(name, indicator.name, year), PART)
            base = Spread.of(found.level(indicator.name, year), PART).middle
            each = found.per_unit(name, indicator, year, PART) if indicator in AIMED else None
            writer.writerow(
                [
                    name, indicator.name, year, indicator.unit, repr(base), repr(change.middle),
                    repr(change.low), repr(change.high), *map(repr, found.cost(name, year)),
                    "" if each is None else repr(each.middle),
                ]
            )  # fmt: skip
    return out.getvalue()
