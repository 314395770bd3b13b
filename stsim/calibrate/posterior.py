"""Draws of the parameters of a block from their posterior.

A surrogate of the model is learnt in rounds: points from it are run in the model, and it is learnt
again with them. Then chains move on it many steps at a time, and each such move is accepted or not
by what the model itself makes of it (surrogate transitions: Liu 2001, section 9.4.3). So the
surrogate decides how fast the chains move, and the model alone where they end. A fit whose chains
do not agree is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stsim.calibrate.block import Vector
from stsim.calibrate.convergence import effective_draws, split_r_hat
from stsim.calibrate.pieces import Pieces
from stsim.calibrate.surrogate import Surrogate, learnt, walk
from stsim.calibrate.target import Target
from stsim.config import Config
from stsim.faults import FitError


@dataclass(frozen=True)
class Effort:
    """How much is done for a block: points run at first, rounds of points, steps of chains.

    In each round the walkers are looked at so many times; `steps` are those of each chain that
    count, `unused` those before. Every so many steps (`every`) the chains give draws. A move has up
    to `longest` trajectories on the surrogate: many where the posterior has hills apart.
    """

    first: int
    rounds: int
    looks: int
    unused: int
    steps: int
    every: int = 1
    longest: int = 12

    @property
    def runs(self) -> int:
        """How often the model is run in all."""
        in_rounds = self.rounds * self.looks * WALKERS
        return self.first + in_rounds + CHAINS * (1 + self.unused + self.steps)


#: Chains that go side by side, and groups of them that must agree.
CHAINS, GROUPS = 20, 4
#: Points that walk on a surrogate side by side in a round, and how far the density is flattened.
WALKERS, HEAT = 100, 1.6
#: Trajectories on the surrogate before a round of points, and between its looks.
WARM, BETWEEN = 20, 5
#: The first length of a leap, and the share of accepted trajectories for which it is changed.
FIRST_LEAP, WANTED = 0.2, 0.75
#: Limits of convergence: R-hat at most, independent draws at least. They are as loose as ten
#: minutes of chains on two hills need (docs/decisions/0014); 1.05 and 100 would be better.
MOST_R_HAT, LEAST_EFFECTIVE = 1.1, 40


@dataclass(frozen=True)
class Sample:
    """Draws of the values of one block.

    `values` are (draw, parameter), in no order, `of_record` their residuals; `r_hat` and
    `effective` are by parameter, `accepted` is the share of the moves that were accepted.
    """

    target: Target
    values: Vector
    of_record: Vector
    r_hat: Vector
    effective: Vector
    accepted: float


def sample(config: Config, target: Target, effort: Effort, seed: int, pieces: Pieces) -> Sample:
    """Draws from the posterior of a block. Raises FitError when the chains have not converged."""
    rng = np.random.default_rng([seed, len(target.centre)])
    learning = _Learning(config, target, pieces)
    shape = effort.first, len(target.centre)
    middle = target.cut.v(target.centre)
    learning.run(middle + FIRST_REACH * rng.standard_normal(shape) @ target.scale.T)
    scale, step = target.scale, FIRST_LEAP
    for _ in range(effort.rounds):
        surrogate = learning.surrogate()
        v = learning.best(WALKERS)
        for _ in range(WARM // 5):
            v, accepted = walk(surrogate, v, scale, step, 5, rng, HEAT)
            step *= float(np.exp(accepted - WANTED))
        seen = []
        for _ in range(effort.looks):
            v, _ = walk(surrogate, v, scale, step, BETWEEN, rng, HEAT)
            seen.append(v)
        learning.run(np.concatenate(seen))
        scale = np.asarray(np.linalg.cholesky(np.cov(np.concatenate(seen).T)))
    v, _ = walk(learning.surrogate(), v[:CHAINS], scale, step, WARM, rng)
    chains = _Chains(learning, v, effort.longest)
    for k in range(effort.unused):
        chains.move(scale, step, rng)
        if k in (effort.unused // 2, effort.unused - 1):
            chains.learn()
    kept, accepted = [], 0.0
    for _ in range(effort.steps):
        accepted += chains.move(scale, step, rng)
        kept.append((target.cut.x(chains.v), chains.of_record))
    values, of_record = (np.stack(each, axis=1) for each in zip(*kept, strict=True))
    given = [array[:, :: effort.every] for array in (values, of_record)]
    flat = [array.reshape(-1, array.shape[2]) for array in given]
    order = rng.permutation(len(flat[0]))
    found = Sample(
        target,
        flat[0][order],
        flat[1][order],
        split_r_hat(values, GROUPS),
        effective_draws(values),
        accepted / effort.steps,
    )
    _check(found)
    return found


#: How far the first points reach, in standard deviations of the Laplace approximation.
FIRST_REACH = 0.5


def _check(found: Sample) -> None:
    """Refuse draws of chains that do not agree or hardly move."""
    for what, values, limit, worst in (
        ("R-hat", found.r_hat, MOST_R_HAT, int(np.argmax(found.r_hat))),
        ("effective draws", found.effective, LEAST_EFFECTIVE, int(np.argmin(found.effective))),
    ):
        sign = 1 if what == "R-hat" else -1
        if not sign * values[worst] <= sign * limit:
            side = "above" if sign > 0 else "below"
            raise FitError(
                f"the draws of the {found.target.block.name} block have not converged: {what} of "
                f"{found.target.block.keys[worst]} is {values[worst]:.4g}, {side} {limit:g}; no "
                "file is changed; give another seed=, or more steps in stsim/calibrate/refit.py"
            )


class _Learning:
    """Points that have been run in the model, and the surrogates learnt from them."""

    def __init__(self, config: Config, target: Target, pieces: Pieces) -> None:
        self._config, self.target, self._pieces = config, target, pieces
        self._v = np.empty((0, len(target.centre)))
        self._of_record = np.empty((0, 0))
        self._log = np.empty(0)

    def run(self, v: Vector) -> tuple[Vector, Vector]:
        """The residuals of the model at coordinates, NaN if it cannot be run, and the density.

        Where it can be run they are learnt from.
        """
        points = list(self.target.cut.x(v))
        found = self._pieces(self.target.block.of_record, self._config, points)
        # one residual, not known, where the model could not be run anywhere so far
        before = max(1, self._of_record.shape[1])
        size = next((len(row) for row in found if row is not None), before)
        of_record = np.array([np.full(size, np.nan) if row is None else row for row in found])
        log = self.target.log_density(v, of_record)
        good = np.isfinite(log)
        self._v = np.vstack([self._v, v[good]])
        learnt_from = self._of_record.reshape(len(self._log), size)
        self._of_record = np.vstack([learnt_from, of_record[good]])
        self._log = np.concatenate([self._log, log[good]])
        return of_record, log

    def best(self, number: int) -> Vector:
        """The coordinates of the points with the highest density."""
        return self._v[np.argsort(-self._log, kind="stable")[:number]]

    def surrogate(self) -> Surrogate:
        """The surrogate learnt from all points, those far from the posterior counting little."""
        if len(self._log) < 2 * len(self.target.centre):
            raise FitError(
                f"the {self.target.block.name} block: the model cannot be run around the central "
                "values; no file is changed"
            )
        below = (self._log.max() - self._log) / (len(self.target.centre) / 2)
        x = self.target.cut.x(self._v)
        return learnt(self.target, x, self._of_record, 1 / (1 + below**2))


class _Chains:
    """Where chains are, and how much more the model makes of it than the surrogate.

    `v` are their coordinates, `of_record` the residuals there.
    """

    def __init__(self, learning: _Learning, v: Vector, longest: int) -> None:
        self._learning, self._longest, self.v = learning, longest, v
        self.of_record, self._log = learning.run(v)
        self.learn()

    def learn(self) -> None:
        """Go on with a surrogate learnt from all points so far, those tried by the chains too."""
        self._surrogate = self._learning.surrogate()
        self._gain = self._log - self._surrogate.log_density(self.v)[0]

    def move(self, scale: Vector, step: float, rng: np.random.Generator) -> float:
        """One move of every chain; returns the share accepted.

        The walk is as likely there and back under the surrogate. It is short or long, so that
        chains get away from where the surrogate is far off. A chain that is where the model cannot
        be run leaves at once.
        """
        length = int(rng.integers(1, self._longest, endpoint=True))
        tried, _ = walk(self._surrogate, self.v, scale, step, length, rng)
        of_record, log = self._learning.run(tried)
        gain = log - self._surrogate.log_density(tried)[0]
        with np.errstate(invalid="ignore"):  # from where it cannot be run to where it cannot
            kept = np.log(rng.random(len(tried))) < gain - self._gain
        self.v = np.where(kept[:, None], tried, self.v)
        self.of_record = np.where(kept[:, None], of_record, self.of_record)
        self._log, self._gain = np.where(kept, log, self._log), np.where(kept, gain, self._gain)
        return float(kept.mean())
