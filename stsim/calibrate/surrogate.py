"""A fast stand-in for the model: residuals as quadratic functions of the parameters.

Of their logarithms where they cannot be below a bound, a little above it: the time somebody stays
goes with one over the chance of leaving.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stsim.calibrate.block import Vector
from stsim.calibrate.target import Target

#: How much squared curvature costs in the fit, beside the mean squared error.
RIDGE = 3e-3
#: How far above its bound the logarithm of a parameter begins, in standard deviations.
ABOVE = 2.0
#: Leapfrog steps of one trajectory.
LEAPS = 16


@dataclass(frozen=True)
class Surrogate:
    """Residuals a + B z + z C z / 2 at z, which is as `_bent` gives it, in roots of the covariance.

    `a` is (residual,), `b` (residual, parameter), `c` (residual, parameter × parameter).
    """

    target: Target
    a: Vector
    b: Vector
    c: Vector

    def log_density(self, v: Vector) -> tuple[Vector, Vector]:
        """What it makes of the density of coordinates, and the slope of that: one row a point."""
        target = self.target
        size = len(target.centre)
        x = target.cut.x(v)
        inverse = np.linalg.inv(target.root)
        bent, by_bent = _bent(target, x)
        z = bent @ inverse.T
        pairs = (z[:, :, None] * z[:, None, :]).reshape(len(z), -1)
        found = self.a + z @ self.b.T + pairs @ self.c.T / 2
        curved = (found @ self.c).reshape(len(z), size, size)
        by_z = found @ self.b + np.einsum("nij,nj->ni", curved, z)
        log, change = target.cut.stretch(v, x)
        by_x = by_z @ inverse * by_bent / target.misfit
        by_x += target.block.of_prior(x) / target.block.spread
        return target.log_density(v, found), change - by_x * np.exp(log)


def _bent(target: Target, x: Vector) -> tuple[Vector, Vector]:
    """The distance from the centre, logarithms where there is a low bound; and how it changes."""
    low = target.block.bounds[0]
    begins = low - ABOVE * target.cut.sd
    straight, reach = np.isinf(low), target.centre - begins
    with np.errstate(invalid="ignore"):  # where there is no bound
        part = (x - begins) / reach
        bent = np.where(straight, x - target.centre, reach * np.log(part))
        return bent, np.where(straight, 1.0, 1 / part)


def learnt(target: Target, points: Vector, of_record: Vector, weight: Vector) -> Surrogate:
    """The surrogate that misses the residuals least that the model has at some points."""
    size = len(target.centre)
    z = _bent(target, points)[0] @ np.linalg.inv(target.root).T
    i, j = np.triu_indices(size)
    terms = np.hstack([np.ones((len(z), 1)), z, z[:, i] * z[:, j]])
    cost = np.full(terms.shape[1], RIDGE)
    cost[: 1 + size] = 1e-9
    weighted = terms * weight[:, None]
    system = terms.T @ weighted + weight.sum() * np.diag(cost)
    found = np.linalg.solve(system, weighted.T @ of_record)
    curved = np.zeros((of_record.shape[1], size, size))
    curved[:, i, j] += found[1 + size :].T
    curved[:, j, i] += found[1 + size :].T
    return Surrogate(
        target, found[0], found[1 : 1 + size].T, curved.reshape(of_record.shape[1], size * size)
    )


def walk(
    surrogate: Surrogate,
    v: Vector,
    scale: Vector,
    step: float,
    trajectories: int,
    rng: np.random.Generator,
    heat: float = 1.0,
) -> tuple[Vector, float]:
    """Let points move under the surrogate: Hamiltonian Monte Carlo, which leaves it as it is.

    Returns where they are and the share of trajectories that were accepted. `scale` is the root of
    a covariance of the coordinates, `step` the length of a leap in it. With `heat` above 1 they
    spread further: the density is flattened to its power 1 / heat.
    """

    def density(v: Vector) -> tuple[Vector, Vector]:
        log, slope = surrogate.log_density(v)
        return log / heat, slope / heat

    accepted = 0.0
    with np.errstate(all="ignore"):  # what runs away is not accepted
        log, slope = density(v)
        for _ in range(trajectories):
            momentum = rng.standard_normal(v.shape)
            leap = step * rng.uniform(0.1, 1.8, (len(v), 1))
            before = log - (momentum**2).sum(axis=1) / 2
            there, pushed = v, slope
            momentum = momentum + leap / 2 * (pushed @ scale)
            for k in range(LEAPS):
                there = there + leap * (momentum @ scale.T)
                reached, pushed = density(there)
                momentum = momentum + (leap if k < LEAPS - 1 else leap / 2) * (pushed @ scale)
            after = reached - (momentum**2).sum(axis=1) / 2
            kept = np.log(rng.random(len(v))) < after - before
            log = np.where(kept, reached, log)
            v, slope = (
                np.where(kept[:, None], new, old) for new, old in ((there, v), (pushed, slope))
            )
            accepted += float(kept.mean())
    return v, accepted / trajectories
