"""What is sampled: the posterior of a block, in coordinates in which a cut normal is a normal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from stsim.calibrate.block import Block, Vector
from stsim.calibrate.central import residuals, slopes
from stsim.calibrate.pieces import Pieces
from stsim.config import Config


@dataclass(frozen=True)
class Cut:
    """Coordinates v of values x: a normal around `middle`, cut at bounds, is standard normal.

    x = middle + sd Φ⁻¹(a + (b − a) Φ(v)), a and b being Φ of the bounds; every v is inside them,
    and where bounds are far away v is just (x − middle) / sd.
    """

    middle: Vector
    sd: Vector
    low: Vector
    high: Vector

    @cached_property
    def _parts(self) -> tuple[Vector, Vector]:
        """The part of the normal below the low bound, and that above the high one."""
        return ndtr((self.low - self.middle) / self.sd), ndtr((self.middle - self.high) / self.sd)

    def x(self, v: Vector) -> Vector:
        """Values at coordinates."""
        below, above = self._parts
        kept = 1 - below - above
        z = np.where(v < 0, ndtri(below + kept * ndtr(v)), -ndtri(above + kept * ndtr(-v)))
        return np.asarray(self.middle + self.sd * z)

    def v(self, x: Vector) -> Vector:
        """Coordinates of values."""
        below, above = self._parts
        kept, z = 1 - below - above, (x - self.middle) / self.sd
        lower, upper = (ndtr(z) - below) / kept, (ndtr(-z) - above) / kept
        return np.where(lower < 0.5, ndtri(lower), -ndtri(upper))

    def stretch(self, v: Vector, x: Vector) -> tuple[Vector, Vector]:
        """log dx/dv for each coordinate, and how it changes with v."""
        below, above = self._parts
        z = (x - self.middle) / self.sd
        log = np.log(self.sd * (1 - below - above)) + (z**2 - v**2) / 2
        return log, z * np.exp(log) / self.sd - v


@dataclass(frozen=True)
class Target:
    """The posterior of a block around its central values.

    `root` is that of the covariance of the Laplace approximation there. Where the record is missed
    by more than the standard deviations allow, its weight is divided by the mean squared residual,
    `misfit` (at least 1).
    """

    block: Block
    centre: Vector
    root: Vector
    misfit: float

    @cached_property
    def cut(self) -> Cut:
        """The coordinates in which it is sampled."""
        return Cut(self.centre, np.sqrt((self.root**2).sum(axis=1)), *self.block.bounds)

    @cached_property
    def scale(self) -> Vector:
        """The root of the covariance of the coordinates, by the Laplace approximation."""
        return np.asarray(self.root / self.cut.sd[:, None])

    def log_density(self, v: Vector, of_record: Vector) -> Vector:
        """The logarithm of the density of coordinates, up to a constant: a number for each point.

        −∞ where the residuals are no numbers.
        """
        x = self.cut.x(v)
        missed = (of_record**2).sum(axis=1) / self.misfit
        missed += (self.block.of_prior(x) ** 2).sum(axis=1)
        log = self.cut.stretch(v, x)[0].sum(axis=1) - missed / 2
        return np.where(np.isfinite(log), log, -np.inf)


def target(config: Config, block: Block, pieces: Pieces) -> Target:
    """The posterior around the central parameters, from differences of the residuals there."""
    x = block.vector(config.params)
    there = residuals(config, block, x[None], pieces)[0]
    slope = slopes(config, block, x, pieces)
    misfit = max(1.0, float((there**2).mean()))
    covariance = np.linalg.inv(slope.T @ slope / misfit + np.diag(1 / block.spread**2))
    return Target(block, x, np.linalg.cholesky(covariance), misfit)
