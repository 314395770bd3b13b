"""Fit a small model to what is known, and draw what its parameters may be.

Parameters are normal a priori and are found by least squares; around the best ones the posterior is
taken as normal (Laplace approximation). Models here are small enough, and their parameters
transformed such, that this is tested to hold: `stsim/hindcast/synthetic.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from stsim.faults import FitError
from stsim.hindcast.forecast import mirrored
from stsim.vocabulary import Array

#: Steps of the search before it is given up.
MOST_STEPS = 300
#: Differences for the Jacobian, in prior standard deviations.
STEP = 1e-4


@dataclass(frozen=True)
class Problem:
    """What is to be fitted: names and normal priors of the parameters, and the record's say.

    `residuals` maps parameter sets (set, parameter) to what each leaves unexplained of the record
    (set, observation), in standard deviations of the observation.
    """

    name: str
    names: tuple[str, ...]
    centre: Array
    spread: Array
    residuals: Callable[[Array], Array]

    def fit(self) -> Posterior:
        """Least squares on record and priors. Raises FitError when the search does not end."""

        def misses(z: Array) -> Array:
            return np.concatenate([self.residuals((self.centre + self.spread * z)[None])[0], z])

        def slopes(z: Array) -> Array:
            sets = np.vstack([z, z + STEP * np.eye(len(z))])
            found = self.residuals(self.centre + self.spread * sets)
            return np.vstack([(found[1:] - found[0]).T / STEP, np.eye(len(z))])

        found = least_squares(
            misses,
            np.zeros(len(self.names)),
            slopes,
            method="lm",
            ftol=1e-8,
            xtol=1e-8,
            max_nfev=MOST_STEPS,
        )
        if found.status <= 0 or not np.isfinite(found.cost):
            raise FitError(f"{self.name}: the fit has not converged after {found.nfev} steps")
        jacobian = np.asarray(found.jac)
        covariance = np.linalg.inv(jacobian.T @ jacobian)
        return Posterior(
            self,
            self.centre + self.spread * found.x,
            self.spread[:, None] * np.linalg.cholesky(covariance),
            1 - np.diag(covariance),
            2 * float(found.cost),
        )


@dataclass(frozen=True)
class Posterior:
    """What the parameters may be once the record has spoken.

    `identified` is the part of the prior variance that the record has removed, by parameter.
    """

    problem: Problem
    best: Array
    root: Array
    identified: Array
    misfit: float

    def draws(self, number: int, rng: np.random.Generator) -> Array:
        """Parameter sets (set, parameter); they come in pairs on either side of the best one."""
        return np.asarray(self.best + mirrored(rng, number, len(self.best)) @ self.root.T)
