"""Forecasts held against what was counted later."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np

from stsim.hindcast.forecast import Forecast
from stsim.vocabulary import Array

#: The variant of a model that was chosen before its scores were seen.
CHOSEN = "chosen"


@dataclass(frozen=True)
class Score:
    """One forecast number and what was counted (NaN where nobody has yet): persons, or a share.

    `model` is the part of the pipeline, `forecast` what made it (the model's variant, or a
    baseline). The interval ends and `below` (the part of the draws that are lower than what was
    counted) are NaN for baselines; `crps` is then the absolute error.
    """

    model: str
    forecast: str
    cut: int
    series: str
    year: int
    counted: float
    middle: float
    low80: float
    high80: float
    low90: float
    high90: float
    below: float
    crps: float

    @property
    def known(self) -> bool:
        """Whether it has been counted."""
        return self.counted == self.counted

    @property
    def horizon(self) -> int:
        """Years from the cut."""
        return self.year - self.cut

    @property
    def error(self) -> float:
        """Forecast less count."""
        return self.middle - self.counted

    @property
    def percent(self) -> float:
        """The absolute error in per cent of what was counted."""
        return 100 * abs(self.error) / self.counted

    def covered(self, part: int) -> bool:
        """Whether the middle 80 or 90 % hold what was counted."""
        low, high = (self.low80, self.high80) if part == 80 else (self.low90, self.high90)
        return low <= self.counted <= high


def scores(
    model: str, name: str, cut: int, found: Forecast, counted: Array, *, spread: bool = True
) -> Iterator[Score]:
    """Every number of a forecast beside what was counted (series, year), NaN where nobody has."""
    nothing = np.full(counted.shape, np.nan)
    low80, high80 = found.interval(0.8) if spread else (nothing, nothing)
    low90, high90 = found.interval(0.9) if spread else (nothing, nothing)
    below = np.where(np.isfinite(counted), (found.draws < counted).mean(axis=0), np.nan)
    if not spread:
        below = nothing
    middle, crps = found.middle, found.crps(counted)
    for j, series in enumerate(found.series):
        for k, year in enumerate(found.years):
            numbers = (counted, middle, low80, high80, low90, high90, below, crps)
            yield Score(model, name, cut, series, year, *(float(each[j, k]) for each in numbers))


def mean(found: Iterable[Score], what: Callable[[Score], float]) -> float:
    """The mean over those scores that are known; NaN when there are none."""
    values = [what(score) for score in found if score.known]
    return float(np.mean(values)) if values else float("nan")


def as_csv(found: Sequence[Score]) -> str:
    """One line a score."""
    out = io.StringIO()
    names = [field.name for field in fields(Score)]
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    for score in found:
        writer.writerow(
            {
                key: ("" if value != value else f"{value:.6g}")
                if isinstance(value, float)
                else value
                for key, value in asdict(score).items()
            }
        )
    return out.getvalue()
