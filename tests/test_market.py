"""The market clears whatever it is given, as long as it is given numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stsim.engines import market, stockflow
from stsim.engines.market import FEWEST, MarketError, Weights, clear
from stsim.engines.stockflow import Run
from stsim.rates import Rates
from stsim.results import check_ledger
from stsim.vocabulary import (
    OUTSIDE,
    Array,
    Moment,
    Openings,
    Rule,
    Rulebook,
    Season,
    Seats,
    Stage,
    intake,
    posts,
    year_end,
)

ANY_SCALE = st.floats(-12, 12).map(lambda decade: 10.0**decade)
CELLS = st.lists(
    st.tuples(st.one_of(st.just(0.0), ANY_SCALE), st.one_of(st.just(0.0), ANY_SCALE)),
    min_size=1,
    max_size=8,
)
#: Places as a part of those who may be hired: none, few, nearly all, all, more than all.
PART = st.one_of(
    st.sampled_from([-1.0, 0.0, 1e-12, 1 - 1e-9, 1.0 - 1e-12, 1.0, 3.0]), st.floats(0, 1)
)


def cleared(people: Array, weight: Array, places: Array) -> tuple[Array, Array]:
    rate, hired = clear(people, Weights(weight), places)
    assert np.isfinite(hired).all()
    assert (hired >= 0).all()
    assert (hired <= people * (1 + 1e-12)).all()
    return rate, hired


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.tuples(CELLS, PART), min_size=1, max_size=3), scale=ANY_SCALE)
@example(rows=[([(1.0, 1.0)], 1.1125369292536007e-308)], scale=1e9)
def test_a_market_hires_for_all_its_places_whatever_the_scales(
    rows: list[tuple[list[tuple[float, float]], float]], scale: float
) -> None:
    people = np.zeros((len(rows), 8))
    weight = np.zeros_like(people)
    for row, (cells, _) in enumerate(rows):
        people[row, : len(cells)], weight[row, : len(cells)] = np.transpose(cells)
    people *= scale
    eligible = np.sum(people * (weight > 0), axis=1)
    places = np.array([part for _, part in rows]) * eligible
    _, hired = cleared(people, weight, places)
    filled = np.where(places > FEWEST, np.clip(places, 0, eligible), 0.0)
    np.testing.assert_allclose(hired.sum(axis=1), filled, rtol=1e-10)
    assert (hired[weight == 0] == 0).all()
    for row in range(len(rows)):
        here = (people[row] > 0) & (weight[row] > 0)
        share = hired[row, here] / people[row, here]
        assert (np.diff(share[np.argsort(weight[row, here])]) >= -1e-12).all()  # the heavier first
        _, alone = cleared(people[row], weight[row], places[row])
        np.testing.assert_allclose(alone, hired[row], rtol=1e-9, atol=1e-10 * filled[row] + FEWEST)


@settings(max_examples=50, deadline=None)
@given(people=st.lists(st.floats(0.1, 100), min_size=2, max_size=6), part=st.floats(0.01, 0.99))
def test_more_places_or_more_weight_never_lower_ones_chance(
    people: list[float], part: float
) -> None:
    there, weight = np.array(people), np.linspace(0.2, 3.0, len(people))
    places = np.array(part * there.sum())
    _, hired = cleared(there, weight, places)
    _, with_more_places = cleared(there, weight, places * 1.005)
    assert (with_more_places >= hired).all()
    weight[0] *= 2
    _, with_more_weight = cleared(there, weight, places)
    assert with_more_weight[0] >= hired[0]  # equal where all but a few are hired anyway
    assert (with_more_weight[1:] < hired[1:]).all()


def test_weights_on_every_decade_are_cleared() -> None:
    people, weight = np.ones((9, 49)), np.logspace(-12, 12, 49) * np.ones((9, 1))
    places = 49 * np.array([1e-9, 0.01, 0.1, 0.3, 0.5, 0.9, 0.99, 0.999, 1 - 1e-10])
    rate, hired = cleared(people, weight, places)
    np.testing.assert_allclose(hired.sum(axis=1), places, rtol=1e-10)
    np.testing.assert_allclose(hired, -np.expm1(-rate[:, None] * weight), rtol=1e-9)


def test_the_slow_way_gives_the_same_for_one_market_and_with_people_nobody_wants() -> None:
    people, weight = np.ones(49), np.logspace(-12, 12, 49)
    places = 49 * np.array([0.9, 0.99, 1 - 1e-10])
    rate, hired = cleared(people * np.ones((3, 1)), weight * np.ones((3, 1)), places)
    for k, number in enumerate(places):
        one, alone = cleared(people, weight, number)
        np.testing.assert_allclose([one, *alone], [rate[k], *hired[k]], rtol=1e-9)
        _, among = cleared(np.append(people, [7.0, 0.0]), np.append(weight, [0.0, 1e-12]), number)
        np.testing.assert_allclose(among, [*hired[k], 0.0, 0.0], rtol=1e-9)


def test_an_ordinary_market_takes_a_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "NEWTON_STEPS", 5)
    monkeypatch.delattr(market, "_fill_by_halves")
    rng = np.random.default_rng(0)
    people, weight = rng.random((100, 40)), rng.uniform(0.2, 1.0, (100, 40))
    places = people.sum(axis=1) * np.linspace(0.001, 0.6, 100)
    _, hired = cleared(people, weight, places)
    np.testing.assert_allclose(hired.sum(axis=1), places, rtol=1e-12)


def test_places_for_all_who_have_a_weight_are_filled_with_them() -> None:
    rate, hired = cleared(np.array([3.0, 4.0, 5.0]), np.array([1.0, 1e-9, 0.0]), np.array(7.5))
    assert rate == np.inf
    assert hired.tolist() == [3.0, 4.0, 0.0]


@pytest.mark.parametrize(
    ("people", "weight", "places"),
    [
        ([1.0, np.nan], [1.0, 1.0], 0.5),
        ([1.0, np.inf], [1.0, 1.0], 0.5),
        ([1.0, 1.0], [1.0, np.nan], 0.5),
        ([1.0, 1.0], [1.0, 1.0], np.nan),
    ],
)
def test_only_what_is_no_number_is_refused(
    people: list[float], weight: list[float], places: float
) -> None:
    with pytest.raises(MarketError, match=r"^\S+ places for \S+ candidates$"):
        clear(np.array(people), Weights(np.array(weight)), np.array(places))


POOL, POST = Stage("pool"), Stage("post")
ONE_CELL = {"ages": (0,), "sexes": ("all",)}


def carry(rules: tuple[Rule, ...], start: dict[str, list[list[float]]], years: int) -> Run:
    """Run a pool and a post; `start` has persons by (draw, field)."""
    filled = next(rule for rule in rules if rule.kind == "posts")
    fields = tuple(f"field{k}" for k in range(len(start["pool"][0])))
    book = Rulebook((POOL, POST), rules, (Season((filled,)),), **ONE_CELL, fields=fields)
    cells = {name: np.array(by)[:, None, None, None, :] for name, by in start.items()}
    run = stockflow.run(Rates(book), cells, 0, years)
    check_ledger(run)
    return run


def hires(run: Run, rule: int = 0) -> Array:
    """Persons hired by (year, field) in the first draw."""
    return run.flow[0, 1:, rule, 0, 0]


def test_openings_hired_ahead_are_taken_from_those_of_later_years_field_by_field() -> None:
    by_year = np.array([[0.0, 0.0], [10, 10], [-25, 10], [10, 10], [10, 10], [10, 10], [10, 10]])

    @posts(POOL, POST, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """Openings of the year; less than none where posts are cut."""
        return Openings(by_year[m.year].reshape(1, 1, 1, 1, -1))

    run = carry((openings,), {"pool": [[1000.0, 1000.0]], "post": [[50.0, 50.0]]}, 6)
    np.testing.assert_allclose(
        hires(run), [[10, 10], [0, 10], [0, 10], [0, 10], [5, 10], [10, 10]], atol=1e-9
    )
    np.testing.assert_allclose(run.vacancy[0, 2:5, 0, 0], [-25, -15, -5])
    assert hires(run)[:, 0].sum() == pytest.approx(by_year[:, 0].sum())
    assert run.stock[0, :, 1, 0, 0, 0].min() == 50  # nobody is dismissed


def test_openings_nobody_fills_are_not_carried() -> None:
    @posts(POOL, POST, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """Openings of the year."""
        return Openings(30.0)

    @intake(POOL)
    def enter(m: Moment) -> float:
        """People enter the pool."""
        return 0.0 if m.year < 3 else 100.0

    run = carry((openings, enter), {"pool": [[10.0]], "post": [[0.0]]}, 4)
    np.testing.assert_allclose(hires(run)[:, 0], [10, 0, 30, 30])


def test_seats_owe_nothing_because_those_above_them_are_counted_every_year() -> None:
    @posts(POOL, POST, weight=lambda m: 1.0)
    def seats(m: Moment) -> Seats:
        """Seats, fewer from the third year on."""
        return Seats(60.0 if m.year < 3 else 50.0)

    @year_end(POST, OUTSIDE)
    def leave(m: Moment) -> float:
        """A tenth leaves."""
        return 0.1

    run = carry((seats, leave), {"pool": [[100.0]], "post": [[60.0]]}, 5)
    np.testing.assert_allclose(hires(run)[:, 0], [6, 6, 0, 1.4, 5], atol=1e-9)


def test_draws_owe_by_themselves() -> None:
    cut = np.array([0.0, 30.0]).reshape(2, 1, 1, 1, 1)

    @posts(POOL, POST, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """Ten a year; the second draw cuts thirty in the first year."""
        return Openings(10.0 - cut * (m.year == 1))

    run = carry((openings,), {"pool": [[100.0], [100.0]], "post": [[0.0], [0.0]]}, 4)
    np.testing.assert_allclose(
        run.flow[:, 1:, 0, 0, 0, 0], [[10, 10, 10, 10], [0, 0, 0, 10]], atol=1e-9
    )


def test_a_market_without_an_answer_is_named_with_its_year() -> None:
    """More people than there are numbers for."""

    @posts(POOL, POST, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """Openings."""
        return Openings(10.0)

    book = Rulebook((POOL, POST), (openings,), (Season((openings,)),), ages=(0, 1), sexes=("all",))
    start = {"pool": np.full((1, 1, 2, 1, 1), 1e308), "post": np.zeros((1, 1, 2, 1, 1))}
    with pytest.raises(MarketError, match=r"^market openings, 1: "), np.errstate(all="ignore"):
        stockflow.run(Rates(book), start, 0, 3)


def test_markets_of_one_season_clear_by_field_or_over_all_fields() -> None:
    @posts(POOL, POST, weight=lambda m: 1.0)
    def here(m: Moment) -> Openings:
        """Openings by field."""
        return Openings(10.0)

    @posts(POOL, POST, weight=lambda m: 1.0, over_all_fields=True)
    def there(m: Moment) -> Openings:
        """Openings that any field may fill."""
        return Openings(10.0)

    book = Rulebook(
        (POOL, POST), (here, there), (Season((here, there)),), **ONE_CELL, fields=("a", "b")
    )
    start = {name: np.full((1, 1, 1, 1, 2), 50.0) for name in ("pool", "post")}
    with pytest.raises(ValueError, match="field by field, or all over all fields"):
        stockflow.run(Rates(book), start, 0, 3)
