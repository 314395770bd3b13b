"""The table of rates: what a rule may know of last year."""

from __future__ import annotations

import numpy as np
import pytest

from stsim.compose import compose
from stsim.engines import stockflow
from stsim.rates import Rates
from stsim.results import check_ledger
from stsim.simulation import prepare
from stsim.vocabulary import Array, Count, Moment, Rulebook, Stage, year_end

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
