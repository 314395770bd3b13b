"""What the world may do that nobody here decides: ranges of what is given from outside.

A future is another law as it stands from the first year on that the record does not have; what a
scenario sets lies over it, as over any law. The population is the IPSS medium projection in all of
them, since the record has no other variant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stsim import levers
from stsim.config import Config

if TYPE_CHECKING:
    from stsim.vocabulary import Array

#: The standard normal quantile of 0.95: a 90 % range is ± so many standard deviations.
NINETY = 1.645


@dataclass(frozen=True)
class Future:
    """Another course of one thing given from outside, by the lever that stands for it.

    `low` and `high` are the ends of the 90 % range of its value (unit of the lever) from the year
    `first + over - 1` on; from `first` on it goes there in equal steps. Below and above the law as
    it stands it is half of a normal distribution each, like the parameters on priors alone.
    """

    lever: str
    low: float
    high: float
    first: int
    over: int
    source: str

    def values(self, config: Config, deviate: float) -> dict[int, float]:
        """The law's values with a future at so many standard deviations (half normals)."""
        law = config.law[self.lever]
        centre = law.timeline.at(self.first + self.over - 1)
        reach = self.high - centre if deviate > 0 else centre - self.low
        away = reach * deviate / NINETY
        later = {
            year: law.timeline.at(year) + away * (year - self.first + 1) / self.over
            for year in range(self.first, self.first + self.over)
        }
        return {year: v for year, v in law.values.items() if year < self.first} | later


FUTURES = (
    Future(
        "firm_openings_growth_per_year", 0.0, 0.09, 2024, 1,
        "evidence/behaviour.csv industry_demand_growth_rate: 0 to 9 % a year (assumption; +6.4 and "
        "+7.4 % were seen in one year); hires by firms are counted to FY2023",
    ),
    Future(
        "masters_graduates_ratio", 0.9, 1.1, 2027, 10,
        "assumption: entrants per person aged 22 rose by 10 % in FY2021 to 2024 (series "
        "masters_entrants and population_single_age_estimate); as much again within ten years, "
        "either way; those who completed by FY2026 had entered by then",
    ),
)  # fmt: skip


def in_future(config: Config, parts: Sequence[float]) -> Config:
    """The Config in another future: for each of FUTURES the part of its values that lie below.

    `parts` are above 0 and below 1; 0.5 for all is the law as it stands. Raises ValueError where a
    value is outside what the lever allows.
    """
    from scipy.special import ndtri

    law = dict(config.law)
    deviates: Array = ndtri(parts)
    for future, deviate in zip(FUTURES, deviates.tolist(), strict=True):
        values = future.values(config, deviate)
        levers.check(future.lever, values)
        law[future.lever] = law[future.lever].model_copy(update={"values": values})
    return config.model_copy(update={"law": law})
