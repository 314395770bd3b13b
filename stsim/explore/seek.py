"""Which settings of some levers reach a target at least cost, or get furthest with a budget.

The search knows nothing of the model: a `Problem` gives cost and what is reached for many settings
at once. Differential evolution (Storn and Price 1997) finds the region, whatever its shape, and
sequential quadratic programming (Kraft 1988) the point; both are scipy's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stsim.vocabulary import Array

#: Settings in a generation of the first search for each lever, and generations.
PER_LEVER, GENERATIONS = 6, 14
#: A step of a lever for slopes, as a part of its range: the model is smooth over less.
STEP = 1e-3
#: A target counts as met within this part of the way to it, a budget as kept within it.
WITHIN = 1e-4
#: Steps of the second search, from each of so many of the best settings of the first.
STEPS, STARTS = 20, 2
#: Of settings that cost the same the one that moves the levers least is wanted: moving all of them
#: through their ranges counts as this part of what all together cost.
EVEN = 3e-4
#: Steps from a setting nearby.
STEPS_NEAR = 8


@dataclass(frozen=True)
class Problem:
    """Levers between bounds, and what settings of them come to.

    `evaluate` turns settings (setting, lever) into their cost (setting) and what they reach
    (setting, target); more is better, and `goals` (target) are to be reached.
    """

    names: tuple[str, ...]
    low: Array
    high: Array
    goals: Array
    evaluate: Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True)
class Answer:
    """The best setting found: its levers, its cost, and what it reaches of each target."""

    setting: Array
    cost: float
    reached: Array
    met: bool


#: A number for each setting from its cost and what it reaches.
Measure = Callable[[Array, Array], Array]


def least_cost(problem: Problem, seed: int = 1, near: Array | None = None) -> Answer:
    """The cheapest setting that reaches all goals; if none does, the one that comes nearest.

    `near` is a setting to begin at, instead of the search of the whole range.
    """
    seen = _Seen(problem)

    def rank(cost: Array, reached: Array) -> Array:
        short = seen.short(reached)
        return np.where(short > WITHIN, 1e3 * (1 + short), cost / seen.scale)

    def cheap(cost: Array, reached: Array) -> Array:
        return cost / seen.scale

    def beyond(goal: int) -> Measure:
        return lambda cost, reached: seen.part(reached)[..., goal] - 1

    for start in _starts(seen, rank, seed, near):
        steps = STEPS if near is None else STEPS_NEAR
        if seen.best(rank).met:
            limits = [beyond(goal) for goal in range(len(problem.goals))]
            _descend(seen, start, steps, cheap, limits)
        else:  # nothing so far reaches the goals: go where they are nearest
            _descend(seen, start, steps, seen.short_of, [])
    if (found := seen.best(rank)).met:
        _trim(seen, found)
    return seen.best(rank)


def most_reached(
    problem: Problem, budget: float, seed: int = 1, near: Array | None = None
) -> Answer:
    """The setting within a budget that gets furthest with the goal it is furthest away from."""
    seen = _Seen(problem)

    def rank(cost: Array, reached: Array) -> Array:
        over = np.maximum(cost - budget, 0.0) / seen.scale
        return np.where(over > WITHIN, 1e3 * (1 + over), -seen.part(reached).min(axis=-1))

    for start in _starts(seen, rank, seed, near):
        _descend(
            seen,
            start,
            STEPS if near is None else STEPS_NEAR,
            lambda cost, reached: -seen.part(reached).min(axis=-1),
            [lambda cost, reached: (budget - cost) / seen.scale],
        )
    return seen.best(rank)


class _Seen:
    """Every setting that was evaluated, as parts of the ranges of the levers (0 to 1)."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._known: dict[bytes, tuple[float, Array]] = {}
        ends = np.array([np.zeros(len(problem.names)), np.ones(len(problem.names))])
        self.scale = 0.0
        cost, reached = self(ends)
        self.scale = float(np.abs(cost).max()) or 1.0
        way = np.abs(problem.goals - reached[0])
        self._way = np.where(way > 1e-9 * np.abs(problem.goals), way, np.abs(problem.goals))

    def part(self, reached: Array) -> Array:
        """How much of the way from the lowest setting to each goal is gone; 1 at the goal."""
        return np.asarray(1 + (reached - self.problem.goals) / self._way)

    def short(self, reached: Array) -> Array:
        """How much of the way to the goals is missing, summed."""
        return np.asarray(np.maximum(1 - self.part(reached), 0.0).sum(axis=-1))

    def __call__(self, parts: Array) -> tuple[Array, Array]:
        """Cost, with what moves count for, and what is reached, of settings (setting, lever)."""
        parts = np.clip(parts, 0.0, 1.0)
        new = {part.tobytes(): part for part in parts if part.tobytes() not in self._known}
        if new:
            span = self.problem.high - self.problem.low
            cost, reached = self.problem.evaluate(
                self.problem.low + np.array([*new.values()]) * span
            )
            self._known |= zip(new, zip(cost.tolist(), reached, strict=True), strict=True)
        found = [self._known[part.tobytes()] for part in parts]
        cost = np.array([cost for cost, _ in found]) + EVEN * self.scale * parts.mean(axis=1)
        return cost, np.array([reached for _, reached in found])

    def short_of(self, cost: Array, reached: Array) -> Array:
        """How much is missing, whatever it costs."""
        return self.short(reached)

    def best(self, rank: Measure) -> Answer:
        """The best of all by rank (least first)."""
        parts = np.array([np.frombuffer(key) for key in self._known])
        cost, reached = self(parts)
        k = int(np.argmin(rank(cost, reached)))
        problem = self.problem
        setting = problem.low + parts[k] * (problem.high - problem.low)
        met = bool(self.short(reached[k]) <= WITHIN)
        return Answer(setting, self._known[parts[k].tobytes()][0], reached[k], met)


def _starts(seen: _Seen, rank: Measure, seed: int, near: Array | None) -> list[Array]:
    """Where the second search begins: at a setting, or at the best of a search of the range."""
    from scipy.optimize import Bounds, differential_evolution
    from scipy.stats import qmc

    problem, levers = seen.problem, len(seen.problem.names)
    if near is not None:
        return [(near - problem.low) / (problem.high - problem.low)]
    rng = np.random.default_rng(seed)
    spread = qmc.LatinHypercube(levers, rng=rng).random(max(PER_LEVER * levers, 8))
    spread[: min(levers, len(spread))] = np.eye(levers)[: len(spread)]  # each lever by itself
    best: list[tuple[float, Array]] = []

    def of_generation(x: Array) -> Array:
        found = rank(*seen(x.T))
        best.extend(zip(found.tolist(), x.T.copy(), strict=True))
        return found

    differential_evolution(  # vectorized: one value for each of several settings
        of_generation,  # type: ignore[arg-type]
        Bounds(np.zeros(levers), np.ones(levers)), init=spread, maxiter=GENERATIONS,
        rng=rng, polish=False, vectorized=True, updating="deferred", tol=1e-6,
    )  # fmt: skip
    best.sort(key=lambda one: one[0])
    return [part for _, part in best[:STARTS]]


def _descend(
    seen: _Seen, start: Array, steps_at_most: int, aim: Measure, limits: Sequence[Measure]
) -> None:
    """Go from a setting to where the aim is least and no limit is below zero.

    What it finds is among all that was seen; slopes are differences, all levers at once.
    """
    from scipy.optimize import minimize

    def steps(x: Array) -> tuple[Array, Array]:
        """The setting and, for each lever, the one a step away (inwards at the upper end)."""
        sign = np.where(x + STEP > 1, -1.0, 1.0)
        return np.vstack([x, x + np.diag(STEP * sign)]), STEP * sign

    def value(of: Measure) -> Callable[[Array], float]:
        return lambda x: float(of(*seen(np.clip(x, 0, 1)[None]))[0])

    def slope(of: Measure) -> Callable[[Array], Array]:
        def found(x: Array) -> Array:
            there, step = steps(np.clip(x, 0, 1))
            values = of(*seen(there))
            return np.asarray((values[1:] - values[0]) / step)

        return found

    constraints: list[Any] = [
        {"type": "ineq", "fun": value(limit), "jac": slope(limit)} for limit in limits
    ]
    minimize(
        value(aim), start, jac=slope(aim), bounds=[(0.0, 1.0)] * len(start),
        constraints=constraints, method="SLSQP", options={"maxiter": steps_at_most, "ftol": 1e-6},
    )  # fmt: skip


def _trim(seen: _Seen, answer: Answer) -> None:
    """Bring each lever in turn as far back as goals and cost allow: 512 steps of its setting.

    What moves nothing and costs nothing is no part of an answer; slopes do not show it.
    """
    problem = seen.problem
    x = (answer.setting - problem.low) / (problem.high - problem.low)
    for k in range(len(x)):
        lowest = 0.0
        for _ in range(3):
            tries = np.tile(x, (9, 1))
            tries[:-1, k] = lowest + (x[k] - lowest) * np.arange(8) / 8
            cost, reached = seen(tries)
            good = (seen.short(reached) <= WITHIN) & (cost <= cost[-1])
            if not good.any():  # x itself, at the edge of what counts as met
                break
            first = int(np.argmax(good))
            lowest = float(tries[max(first - 1, 0), k])
            x = tries[first]
