"""Searching for settings, on problems whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from stsim.explore.seek import Problem, least_cost, most_reached
from stsim.vocabulary import Array


def linear(goal: float) -> Problem:
    """Three levers with prices 3, 1, 2 and effects 2, 1, 3 a unit, each from 0 to 10.

    By effect for money the third comes first (1.5), then the second (1), then the first (2/3).
    """

    def evaluate(x: Array) -> tuple[Array, Array]:
        return x @ np.array([3.0, 1.0, 2.0]), (x @ np.array([2.0, 1.0, 3.0]))[:, None]

    return Problem(("a", "b", "c"), np.zeros(3), np.full(3, 10.0), np.array([goal]), evaluate)


def test_a_linear_problem_buys_the_best_lever_first() -> None:
    found = least_cost(linear(35.0))  # 10 of c give 30, 5 of b the rest
    assert found.met
    assert found.setting == pytest.approx([0, 5, 10], abs=0.02)
    assert found.cost == pytest.approx(25.0, rel=1e-3)


def test_what_cannot_be_reached_is_said_with_the_nearest_setting() -> None:
    found = least_cost(linear(70.0))
    assert not found.met
    assert found.setting == pytest.approx([10, 10, 10])
    assert found.reached == pytest.approx([60.0])


def test_a_budget_buys_the_best_lever_first() -> None:
    found = most_reached(linear(100.0), budget=25.0)
    assert found.setting == pytest.approx([0, 5, 10], abs=0.02)
    assert found.reached == pytest.approx([35.0], rel=1e-3)


def test_a_quadratic_problem_has_its_closed_form() -> None:
    """min x² + 2y² with x + y ≥ 3: x = 2, y = 1 (Lagrange), cost 6."""

    def evaluate(x: Array) -> tuple[Array, Array]:
        return x[:, 0] ** 2 + 2 * x[:, 1] ** 2, x.sum(axis=1, keepdims=True)

    found = least_cost(Problem(("x", "y"), np.zeros(2), np.full(2, 5.0), np.array([3.0]), evaluate))
    assert found.met
    assert found.setting == pytest.approx([2, 1], abs=0.03)
    assert found.cost == pytest.approx(6.0, rel=2e-3)


def test_of_two_valleys_the_deeper_is_found_though_the_other_is_wider() -> None:
    """Cost (x − 1)² and a narrow valley of depth 2 at 8; the effect is 1 everywhere."""

    def evaluate(x: Array) -> tuple[Array, Array]:
        cost = (x[:, 0] - 1) ** 2 / 10 - 8 * np.exp(-((x[:, 0] - 8) ** 2) * 2)
        return cost, np.ones((len(x), 1))

    found = least_cost(Problem(("x",), np.zeros(1), np.full(1, 10.0), np.array([1.0]), evaluate))
    assert found.setting == pytest.approx([8], abs=0.1)


def test_two_goals_bind_together() -> None:
    """min x + y with 2x + y ≥ 4 and x + 2y ≥ 5: both bind at x = 1, y = 2."""

    def evaluate(x: Array) -> tuple[Array, Array]:
        return x.sum(axis=1), x @ np.array([[2.0, 1.0], [1.0, 2.0]])

    problem = Problem(("x", "y"), np.zeros(2), np.full(2, 5.0), np.array([4.0, 5.0]), evaluate)
    found = least_cost(problem)
    assert found.setting == pytest.approx([1, 2], abs=0.02)
    assert found.met


def test_a_search_from_a_setting_nearby_ends_at_the_same_place() -> None:
    near = least_cost(linear(35.0), near=np.array([1.0, 6.0, 9.0]))
    assert near.cost == pytest.approx(25.0, rel=1e-3)


def test_of_settings_that_cost_the_same_the_one_that_moves_least_is_found() -> None:
    """A free lever reaches the goal of 4 at 0.4 of its range; more of it is no better."""

    def evaluate(x: Array) -> tuple[Array, Array]:
        return 5 * x[:, 1], (10 * x[:, 0] + x[:, 1])[:, None]

    found = least_cost(
        Problem(("free", "dear"), np.zeros(2), np.ones(2), np.array([4.0]), evaluate)
    )
    assert found.met
    assert found.setting == pytest.approx([0.4, 0.0], abs=2e-3)
    assert found.cost == pytest.approx(0.0, abs=1e-6)
