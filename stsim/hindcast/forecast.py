"""What a forecast is: draws of several series in several years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stsim.vocabulary import Array


@dataclass(frozen=True)
class Forecast:
    """Draws of what is forecast, by (draw, series, year)."""

    series: tuple[str, ...]
    years: tuple[int, ...]
    draws: Array

    def __post_init__(self) -> None:
        if self.draws.shape[1:] != (len(self.series), len(self.years)):
            raise ValueError(f"draws are {self.draws.shape}, not by draw, series and year")

    @property
    def middle(self) -> Array:
        """The median by (series, year)."""
        return np.asarray(np.median(self.draws, axis=0))

    def interval(self, part: float) -> tuple[Array, Array]:
        """Between what the middle part of the draws lies, by (series, year)."""
        low, high = np.quantile(self.draws, [(1 - part) / 2, (1 + part) / 2], axis=0)
        return low, high

    def with_series(self, name: str, draws: Array) -> Forecast:
        """One more series (draw, year), made from the others."""
        more = np.concatenate([self.draws, draws[:, None]], axis=1)
        return Forecast((*self.series, name), self.years, more)

    def crps(self, counted: Array) -> Array:
        """The continuous ranked probability score by (series, year), in the unit of the series.

        The mean distance to what was counted, less half the mean distance between two draws
        (Gneiting and Raftery 2007); for a forecast without spread it is the absolute error.
        """
        ordered = np.sort(self.draws, axis=0)
        n = len(ordered)
        weight = (2 * np.arange(1, n + 1) - n - 1).reshape(-1, 1, 1)
        between = 2 * (weight * ordered).sum(axis=0) / n**2
        return np.asarray(abs(self.draws - counted).mean(axis=0) - between / 2)


def point(series: Sequence[str], years: Sequence[int], values: Array) -> Forecast:
    """A forecast without spread: values by (series, year)."""
    return Forecast(tuple(series), tuple(years), np.asarray(values)[None])


def mirrored(rng: np.random.Generator, number: int, *shape: int) -> Array:
    """Standard normals (number, *shape) whose second half is the first with the sign changed."""
    half = rng.standard_normal((number // 2, *shape))
    return np.concatenate([half, -half])
