"""Scenario discovery finds a box that was hidden, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from stsim.explore.prim import discover


def futures(number: int = 2000) -> dict[str, np.ndarray]:
    values = np.random.default_rng(1).random((number, 5))
    return {name: values[:, k] for k, name in enumerate("abcde")}


def test_a_hidden_box_is_found_with_its_two_unknowns_and_no_others() -> None:
    unknowns = futures()
    happens = (unknowns["a"] > 0.7) & (unknowns["d"] < 0.4)
    box = discover(unknowns, happens, aim=0.95)
    assert box is not None
    assert set(box.limits) == {"a", "d"}
    assert box.limits["a"][0] == pytest.approx(0.7, abs=0.05)
    assert box.limits["d"][1] == pytest.approx(0.4, abs=0.05)
    assert box.density > 0.94
    assert box.coverage > 0.85
    assert max(box.chance.values()) < 1e-6


def test_noise_has_no_box_that_is_much_denser_than_all_futures() -> None:
    unknowns = futures()
    happens = np.random.default_rng(2).random(2000) < 0.3
    box = discover(unknowns, happens)
    assert box is None or box.density < 0.6


def test_a_box_that_chance_explains_is_none() -> None:
    variant = np.repeat([0.0, 0.0, 1.0], 8)
    happens = np.zeros(24, dtype=bool)
    happens[[0, 1, 2, 8, 9, 16, 17, 18, 19, 20]] = True  # 5 of 16 without it, 5 of 8 with it
    assert discover({"variant": variant}, happens) is None
    happens[21:] = True  # 8 of 8
    box = discover({"variant": variant}, happens)
    assert box is not None
    assert box.limits == {"variant": (1.0, np.inf)}
    assert (box.density, box.coverage) == (1.0, 8 / 13)


def test_what_no_unknown_tells_apart_has_no_box() -> None:
    happens = np.arange(24) % 3 == 0
    assert discover({"same": np.ones(24)}, happens) is None


@pytest.mark.parametrize("always", [True, False])
def test_what_always_or_never_happens_needs_no_box(always: bool) -> None:
    assert discover(futures(50), np.full(50, always)) is None
