"""The table of rates: what a rule may know of last year."""

from __future__ import annotations

import numpy as np
import pytest

from stsim.compose import compose
from stsim.engines import stockflow
from stsim.rates import RateError, Rates
from stsim.results import check_ledger
from stsim.simulation import prepare
from stsim.vocabulary import (
    Array,
    Count,
    Moment,
    Openings,
    Reserved,
    Rulebook,
    Season,
    Seats,
    Stage,
    posts,
    year_end,
)

IN, GONE = Stage("in", clock_years=2), Stage("gone")
FIELDS = ("arts", "science", "other")


@pytest.mark.parametrize("first", [0.1, np.array([0.1, 0.1]), np.full((1, 3), 0.1)])
def test_an_aggregate_by_field_reaches_the_rule_field_by_field(first: float | Array) -> None:
    """Half of those who left a field last year, over those in it, leave it this year."""

    @year_end(IN, GONE)
    def leave(m: Moment) -> Array:
        """Leave."""
        return m.last.left_share / 2

    def left_share(last: Count) -> Array:
        """Those who left over those in it before, by field."""
        left = last.moves((leave,), IN, by_field=True)
        return left / (last.people(IN, by_field=True) + left)

    book = Rulebook(
        (IN, GONE), (leave,), aggregates=(left_share,), ages=(0, 1), sexes=("all",), fields=FIELDS
    )
    start = {stage.name: np.zeros((2, stage.clock_years, 2, 1, 3)) for stage in book.stages}
    start["in"][:, 0, 0, 0] = [[10.0, 20.0, 30.0], [1.0, 2.0, 3.0]]
    run = stockflow.run(Rates(book, first_aggregates={"left_share": first}), start, 0, 3)
    share = run.flow[:, :3].sum(axis=(2, 3, 4)) / run.stock[:, :3, 0].sum(axis=(2, 3))
    assert share.shape == (2, 3, 3)  # draw, year, field
    np.testing.assert_allclose(share[:, 0], 0.05)
    np.testing.assert_allclose(share[:, 1], 0.025)
    np.testing.assert_allclose(share[:, 2], 0.0125)


def test_people_and_moves_by_field_add_up_to_those_of_all_fields() -> None:
    rng = np.random.default_rng(0)

    @year_end(IN, GONE)
    def leave(m: Moment) -> float:
        """Leave."""
        return 0.1

    book = Rulebook((IN, GONE), (leave,), ages=(0, 1), sexes=("all",), fields=FIELDS)
    start = {s.name: rng.random((2, s.clock_years, 2, 1, 3)) for s in book.stages}
    count = stockflow.run(Rates(book), start, 0, 2).last_count
    assert count is not None
    for by_field, total in (
        (count.people(book.stages, by_field=True), count.people(book.stages)),
        (count.moves((leave,), IN, by_field=True), count.moves((leave,), IN)),
    ):
        assert (by_field.shape, total.shape) == ((2, 3), (2,))
        np.testing.assert_allclose(by_field.sum(axis=1), total, rtol=1e-12)


def test_draws_in_one_pass_are_the_runs_of_each_by_itself() -> None:
    prepared = prepare(compose(["scenario=tenure_track", "years.last=2029"]))
    rng = np.random.default_rng(0)
    params = {
        name: value * (1 - 0.1 * rng.random((3, 1, 1, 1, 1)))
        for name, value in prepared.config.params.arrays().items()
    }

    def run(draws: slice) -> stockflow.Run:
        these = {name: value[draws] for name, value in params.items()}
        number = len(next(iter(these.values())))
        start = {name: np.repeat(p, number, axis=0) for name, p in prepared.start.stock.items()}
        return stockflow.run(prepared.rates.with_params(these), start, 2023, 2029)

    together = run(slice(None))
    check_ledger(together)
    for k in range(3):
        alone = run(slice(k, k + 1))
        for name in ("stock", "flow", "vacancy"):
            one, found = getattr(alone, name)[0], getattr(together, name)[k]
            np.testing.assert_allclose(found, one, rtol=1e-9, atol=1e-6, err_msg=name)
    assert abs(together.stock[0] - together.stock[1]).max() > 1


def test_runs_that_are_given_different_things_do_not_go_side_by_side() -> None:
    @year_end(IN, GONE)
    def leave(m: Moment) -> float:
        """Leave."""
        return m.params.share

    book = Rulebook((IN, GONE), (leave,), ages=(0,), sexes=("all",))
    one, two = Rates(book, {"share": 0.1}), Rates(book, {"share": 0.2, "more": 1.0})
    for several in ([one, two], [two, one]):
        with pytest.raises(RateError, match="given different things"):
            Rates.side_by_side(several)
    assert [Rates.side_by_side([one]).draws, Rates(book).draws] == [1, 1]
    both = Rates.side_by_side([one, Rates(book, {"share": 0.3})])
    assert both.draws == 2
    np.testing.assert_array_equal(both.share(leave, IN, 0).ravel(), [0.1, 0.3])


@pytest.mark.parametrize(
    "asked",
    [
        Seats(1.0, part=1.5), Seats(1.0, part=-0.5), Seats(1.0, outside_share=1.5),
        Seats(1.0, held_by={GONE: 1.5}), Seats(1.0, held_by={GONE: -0.5}),
        Openings(1.0, outside_share=-0.5), Openings(1.0, outside_profile=-1.0),
        Openings(1.0, reserved=[Reserved(1.5, 1.0)]), Openings(1.0, reserved=[Reserved(0.5, 1.5)]),
    ],
)  # fmt: skip
def test_shares_of_a_market_beyond_none_and_all_are_refused(asked: Seats | Openings) -> None:
    @posts(IN, GONE, weight=lambda m: 1.0, also_from_outside=True)
    def fill(m: Moment) -> Seats | Openings:
        """Fill."""
        return asked

    book = Rulebook((IN, GONE), (fill,), (Season((fill,)),), ages=(0,), sexes=("all",))
    with pytest.raises(
        RateError, match=r"^rule fill on \w+, year 1: (1.5|-0.5|-1) is not a number"
    ):
        Rates(book).between(0, None)


def test_the_share_that_is_reserved_may_differ_by_field() -> None:
    share = np.array([0.0, 0.5, 1.0]).reshape(1, 1, 1, 1, 3)

    @posts(IN, GONE, weight=lambda m: 1.0)
    def fill(m: Moment) -> Openings:
        """Fill."""
        return Openings(1.0, reserved=[Reserved(share, 1.0)])

    season = Season((fill,))
    book = Rulebook((IN, GONE), (fill,), (season,), ages=(0,), sexes=("all",), fields=FIELDS)
    (market,) = Rates(book).between(0, None).seasons[0].markets
    np.testing.assert_array_equal(market.reserved[0].share, share)


@pytest.mark.parametrize("applies", [1.5, -0.5])
def test_more_than_everybody_can_not_apply(applies: float) -> None:
    fill = posts(IN, GONE, weight=lambda m: 1.0)(lambda m: Seats(1.0))
    book = Rulebook(
        (IN, GONE), (fill,), (Season((fill,), lambda m: applies),), ages=(0,), sexes=("all",)
    )
    with pytest.raises(RateError, match="is not a number from 0 to 1"):
        Rates(book).between(0, None)
