"""Springs by hand, in both engines: rounds, groups, parts of vacancies, people from outside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stsim.engines import arrivals, individuals, stockflow
from stsim.engines.cells import Layout
from stsim.engines.people import Log
from stsim.rates import Rates
from stsim.results import check_ledger
from stsim.vocabulary import (
    OUTSIDE,
    Array,
    Count,
    Moment,
    Openings,
    Reserved,
    Rulebook,
    Season,
    Seats,
    Stage,
    flow,
    intake,
    leftover,
    posts,
    year_end,
)

POOL, LOWER, UPPER = Stage("pool"), Stage("lower"), Stage("upper")
ENGINES = pytest.mark.parametrize("engine", [stockflow, individuals])


def carry(
    engine: Any, book: Rulebook, start: dict[str, float | Array], years: int
) -> stockflow.Run:
    """Run a country; `start` has the people of stages by age, or in every field."""
    cells = {}
    for stage in book.stages:
        shape = (1, stage.clock_years, len(book.ages), 1, len(book.fields))
        cells[stage.name] = np.zeros(shape)
        by_age = np.atleast_1d(start.get(stage.name, 0.0))
        cells[stage.name][0, 0, : len(by_age), 0] = by_age[:, None]
    run: stockflow.Run = engine.run(Rates(book), cells, 0, years)
    check_ledger(run)
    return run


@ENGINES
def test_a_part_of_the_vacancies_is_filled_and_fractions_are_carried(engine: Any) -> None:
    """Everybody leaves 10 posts every year; of the vacancies 0.35 are filled: 7 in two years."""

    @year_end(LOWER, OUTSIDE)
    def leave(m: Moment) -> float:
        """Leave."""
        return 1.0

    @posts(POOL, LOWER, weight=lambda m: 1.0)
    def fill(m: Moment) -> Seats:
        """Fill."""
        return Seats(10.0, part=0.35)

    book = Rulebook(
        (POOL, LOWER), (leave, fill), (Season((fill,)),),
        ages=(0,), sexes=("all",), fields=tuple(map(str, range(20))),
    )  # fmt: skip
    found = carry(engine, book, {"pool": 100.0}, 6).flow[0, 1:, 1, 0, 0]
    np.testing.assert_allclose(found[::2] + found[1::2], 7.0, rtol=1e-12)
    assert (np.abs(found - 3.5) < 1).all()


@ENGINES
def test_places_that_open_in_a_later_round_go_in_the_same_shares(engine: Any) -> None:
    """20 places in the first round and 40 in the second: half from outside, a fifth reserved."""

    @posts((POOL,), LOWER, weight=lambda m: 1.0, also_from_outside=True)
    def lower_posts(m: Moment) -> Seats:
        """Lower posts."""
        group = Reserved(0.4, np.asarray(m.age == 1, dtype=float))
        return Seats(300.0, outside_share=0.5, reserved=(group,))

    @posts((LOWER,), UPPER, weight=lambda m: 1.0)
    def upper_posts(m: Moment) -> Seats:
        """Upper posts."""
        return Seats(100.0)

    book = Rulebook(
        (POOL, LOWER, UPPER), (lower_posts, upper_posts),
        (Season((lower_posts, upper_posts), rounds=2),), ages=(0, 1, 2), sexes=("all",),
    )  # fmt: skip
    start: dict[str, float | Array] = {"pool": np.array([50.0, 1e6]), "lower": 280.0, "upper": 60.0}
    run = carry(engine, book, start, 1)
    assert run.flow[0, 1].sum(axis=(1, 2, 3)) == pytest.approx([30, 30, 40])
    assert run.flow[0, 1, 0, 1].sum() == pytest.approx(12, abs=1e-2)  # hardly any by lot
    np.testing.assert_allclose(run.vacancy[0, 1, :, 0], 0, atol=1e-8)


@ENGINES
def test_groups_that_places_are_reserved_for_may_change_from_year_to_year(engine: Any) -> None:
    """Half for those of age 2 in all years, half for those of age 1 and from year 2 on of age 3."""

    @posts(POOL, LOWER, weight=lambda m: np.asarray(m.age > 0, dtype=float))
    def openings(m: Moment) -> Openings:
        """Openings."""
        group = 1 if m.year < 2 else 3
        return Openings(
            20.0, reserved=[Reserved(0.5, np.asarray(m.age == age, float)) for age in (2, group)]
        )

    book = Rulebook(
        (POOL, LOWER), (openings,), (Season((openings,)),), ages=tuple(range(6)), sexes=("all",)
    )
    found = carry(engine, book, {"pool": np.full(5, 500.0)}, 2).flow[0, 1:, 0, :, 0, 0]
    wanted = [[0, 10, 10, 0, 0, 0], [0, 0, 10, 10, 0, 0]]
    np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_within_the_year_people_leave_at_a_constant_hazard() -> None:
    """Of those whom a hazard of 2 takes, the mean time is 1/2 − 1/(e² − 1) of the rest of it."""

    @flow(POOL, OUTSIDE)
    def leave(m: Moment) -> float:
        """Leave."""
        return 2.0

    log = Log()
    book = Rulebook((POOL,), (leave,), ages=(0,), sexes=("all",))
    start = {"pool": np.full((1, 1, 1, 1, 1), 30000.0)}
    individuals.run(Rates(book), start, 0, 1, log=log)
    first_of_may = 30 / 365
    when = (np.concatenate(log.when) - first_of_may) / (1 - first_of_may)
    assert (when.min() > -1e-6, when.max() < 1 + 1e-6) == (True, True)
    gone = -np.expm1(-2.0)
    assert abs(len(when) - 30000 * gone) < 4 * np.sqrt(30000 * gone * (1 - gone))
    mean, square = 1 / 2 - 1 / np.expm1(2.0), 1 / 2 - 2 / np.expm1(2.0)
    assert abs(when.mean() - mean) < 4 * np.sqrt((square - mean**2) / len(when))


@ENGINES
def test_people_from_outside_come_to_the_field_of_the_post_in_the_shares_asked_for(
    engine: Any,
) -> None:
    """By hand: 0, 400 and 800 openings in three fields, all of age 1 or 2, three times as many."""
    number = np.array([0.0, 400.0, 800.0]).reshape(1, 1, 1, 1, 3)

    @posts(POOL, LOWER, weight=lambda m: 1.0, also_from_outside=True)
    def openings(m: Moment) -> Openings:
        """Openings."""
        return Openings(number, 1.0, np.array([0.0, 1.0, 3.0, 0.0]).reshape(1, 1, 4, 1, 1))

    book = Rulebook(
        (POOL, LOWER), (openings,), (Season((openings,)),),
        ages=(0, 1, 2, 3), sexes=("all",), fields=("a", "b", "c"),
    )  # fmt: skip
    run = carry(engine, book, {"pool": 9.0}, 1)
    found = run.stock[0, 1, 1, :, 0]  # by age and field
    np.testing.assert_allclose(found.sum(axis=0), number.ravel())
    error = 4 * np.sqrt(number.ravel() * 3 / 16) + 1e-9
    assert (np.abs(found[1] - number.ravel() / 4) < error).all()
    assert found[[0, 3]].sum() == 0
    np.testing.assert_array_equal(run.market_intensity[0, 1, 0, :3], 0.0)  # nobody was hired


@ENGINES
def test_steps_in_turn_concern_everybody_once_where_they_are_then(engine: Any) -> None:
    """Half go up; then half of the upper and half of the lower leave, those who went up too."""

    @year_end(LOWER, UPPER)
    def go_up(m: Moment) -> float:
        """Go up."""
        return 0.5

    @year_end(UPPER, OUTSIDE)
    def upper_leave(m: Moment) -> float:
        """Leave from above."""
        return 0.5

    @year_end(LOWER, OUTSIDE)
    def lower_leave(m: Moment) -> float:
        """Leave from below."""
        return 0.5

    rules = (go_up, upper_leave, lower_leave)
    book = Rulebook((LOWER, UPPER), rules, ages=(0,), sexes=("all",))
    run = carry(engine, book, {"lower": 40000.0}, 1)
    np.testing.assert_allclose(run.flow[0, 0].ravel(), [20000, 10000, 10000], atol=400)
    np.testing.assert_allclose(run.stock[0, 1].ravel(), [10000, 10000], atol=400)


@ENGINES
def test_a_renewed_contract_is_counted_and_its_clock_goes_on(engine: Any) -> None:
    """By hand: renewed when a year has passed, over when three have."""
    post = Stage("post", clock_years=5)

    @year_end(post, (post, OUTSIDE))
    def renew(m: Moment) -> dict[Stage, Array]:
        """Be renewed, or go."""
        return {post: np.where(m.clock == 1, 0.75, 0.0), OUTSIDE: (m.clock == 3) * 1.0}

    book = Rulebook((post,), (renew,), ages=(0,), sexes=("all",))
    run = carry(engine, book, {"post": 4000.0}, 4)
    assert run.stock[0].ravel().tolist() == [4000, 4000, 4000, 0, 0]
    renewed, over = run.flow[0, :-1, :, 0, 0, 0].T
    np.testing.assert_allclose(renewed, [3000, 0, 0, 0], atol=120)
    assert over.tolist() == [0, 0, 4000, 0]


@ENGINES
def test_a_rule_may_know_the_moves_of_the_year_that_ended_and_of_its_april(engine: Any) -> None:
    known: list[list[float]] = []

    @year_end(LOWER, OUTSIDE)
    def leave(m: Moment) -> float:
        """Leave."""
        known.append([float(np.ravel(m.last.left)[0]), float(np.ravel(m.last.hires)[0])])
        return 0.1 * (1 + m.year)

    @posts(POOL, LOWER, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """Openings."""
        return Openings(100.0 * m.year)

    def left(last: Count) -> Array:
        """Those who left."""
        return last.moves((leave,), LOWER)

    def hires(last: Count) -> Array:
        """Those who were hired."""
        return last.moves((openings,), POOL)

    book = Rulebook(
        (POOL, LOWER), (leave, openings), (Season((openings,)),), aggregates=(left, hires),
        ages=(0,), sexes=("all",),
    )  # fmt: skip
    rates = Rates(book, first_aggregates={"left": -1.0, "hires": -2.0})
    start = {"pool": np.full((1, 1, 1, 1, 1), 5000.0), "lower": np.full((1, 1, 1, 1, 1), 1000.0)}
    run = engine.run(rates, start, 0, 4)
    moved = run.flow[0, :, :, 0, 0, 0]
    assert known[0] == [-1.0, -2.0]
    np.testing.assert_allclose(known[1:], [[moved[k, 0], moved[k + 1, 1]] for k in range(3)])


@ENGINES
def test_whoever_is_certain_to_leave_leaves_and_nobody_else(engine: Any) -> None:
    """People whom other rules concern stand elsewhere: each is found where they are."""
    first, second, third = (Stage(f"kind{k}") for k in range(3))

    @flow((first, second, third), OUTSIDE)
    def hazard(m: Moment) -> float:
        """A hazard of none."""
        return 0.0

    @year_end(third, OUTSIDE)
    def leave(m: Moment) -> float:
        """Leave."""
        return 1.0 if m.year else 0.0

    @leftover(second, OUTSIDE)
    def give_up(m: Moment) -> float:
        """Give up."""
        return 1.0

    @posts(third, LOWER, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """None."""
        return Openings(0.0)

    book = Rulebook(
        (first, second, third, LOWER), (hazard, leave, give_up, openings), (Season((openings,)),),
        ages=(0,), sexes=("all",),
    )  # fmt: skip
    run = carry(engine, book, {"kind0": 300.0, "kind1": 200.0, "kind2": 100.0}, 4)
    assert run.stock[0, :, :3].reshape(5, 3).tolist() == [
        [300, 200, 100], [300, 0, 100], [300, 0, 0], [300, 0, 0], [300, 0, 0],
    ]  # fmt: skip
    assert run.flow[0, 1, 4].sum() == 200  # in the first April


@ENGINES
def test_who_applies_is_settled_once_and_only_they_are_hired(engine: Any) -> None:
    """Places for all, in two rounds: three in ten apply."""

    @posts(POOL, LOWER, weight=lambda m: 1.0)
    def fill(m: Moment) -> Openings:
        """Places for all."""
        return Openings(10000.0)

    season = Season((fill,), applicants=lambda m: 0.3, rounds=2)
    book = Rulebook((POOL, LOWER), (fill,), (season,), ages=(0,), sexes=("all",))
    found = carry(engine, book, {"pool": 10000.0}, 1).flow[0, 1].sum()
    assert found == pytest.approx(3000, abs=4 * np.sqrt(2100))


@ENGINES
def test_a_clock_goes_on_in_a_stage_with_a_longer_one(engine: Any) -> None:
    short, long = Stage("short", clock_years=2), Stage("long", clock_years=4)

    @year_end(short, long, keeps_clock=True)
    def go(m: Moment) -> Array:
        """Go after a year."""
        return np.asarray(m.clock == 1, dtype=float)

    @year_end(long, OUTSIDE)
    def leave(m: Moment) -> Array:
        """Leave after three."""
        return np.asarray(m.clock == 3, dtype=float)

    book = Rulebook((short, long), (leave, go), ages=(0,), sexes=("all",))
    found = carry(engine, book, {"short": 10.0}, 4).stock[0].reshape(5, 2)
    assert found.tolist() == [[10, 0], [0, 10], [0, 10], [0, 0], [0, 0]]


@ENGINES
def test_fractions_of_reserved_places_are_carried(engine: Any) -> None:
    """Of two openings a year a quarter: one in two years, in every field."""

    @posts(POOL, LOWER, weight=lambda m: np.where(m.age < 10, 1e-12, 1.0))
    def openings(m: Moment) -> Openings:
        """Openings."""
        return Openings(2.0, reserved=[Reserved(0.25, (m.age < 10) * 1.0)])

    book = Rulebook(
        (POOL, LOWER), (openings,), (Season((openings,)),),
        ages=tuple(range(20)), sexes=("all",), fields=tuple(map(str, range(20))),
    )  # fmt: skip
    people = np.zeros(20)
    people[[0, 12]] = 50.0
    hires = carry(engine, book, {"pool": people}, 4).flow[0, 1:, 0, :10, 0].sum(axis=1)
    np.testing.assert_allclose(hires[::2] + hires[1::2], 1.0, rtol=1e-6)


@pytest.mark.parametrize("persons_per_agent", [1, 5])
def test_the_people_at_the_end_are_those_of_the_last_count(persons_per_agent: int) -> None:
    book = Rulebook((POOL, LOWER), (), ages=(0,), sexes=("all",))
    start = {name: np.full((1, 1, 1, 1, 1), 100.0) for name in ("pool", "lower")}
    run = individuals.run(Rates(book), start, 0, 2, persons_per_agent=persons_per_agent)
    for name in start:
        assert (run.end[name].sum(), run.stock[0, -1].sum()) == (100, 200)


def race() -> stockflow.Run:
    """Four springs of two markets, a group with reserved places and people of three kinds."""
    rooms = tuple(Stage(f"room{k}") for k in range(4))

    @flow(rooms[3], OUTSIDE)
    def fade(m: Moment) -> float:
        """Leave a room of which nobody is hired."""
        return 0.1

    @posts(rooms[:2], rooms[2], weight=lambda m: 1.0 + m.age)
    def first(m: Moment) -> Seats:
        """Posts."""
        return Seats(30.0 + 5 * m.year, reserved=(Reserved(0.5, (m.age == 2) * 1.0),))

    @posts(rooms[1], rooms[0], weight=lambda m: 0.01)
    def second(m: Moment) -> Openings:
        """Posts."""
        return Openings(40.0 * m.year)

    @year_end(rooms[2], OUTSIDE)
    def leave(m: Moment) -> float:
        """Leave."""
        return 0.3

    book = Rulebook(
        rooms, (fade, leave, first, second), (Season((first, second), rounds=2),),
        ages=tuple(range(6)), sexes=("all",), fields=("a", "b"),
    )  # fmt: skip
    return carry(individuals, book, {room.name: np.full(3, 60.0) for room in rooms}, 4)


def test_who_is_hired_does_not_depend_on_how_far_one_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    as_it_is = race()
    assert as_it_is.flow[0, 1:, 2:].sum() > 300
    for far in (0.05, 1e5):  # a little, then further and further; everybody

        def look(line: arrivals.Line, far: float = far) -> None:
            line._up_to(line.last * far)

        monkeypatch.setattr(arrivals.Line, "look", look)
        found = race()
        for name in ("stock", "flow", "vacancy", "market_intensity"):
            assert getattr(found, name).tobytes() == getattr(as_it_is, name).tobytes(), name


@ENGINES
def test_what_holds_is_laid_out_once(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables over all cells are made anew only where rates have changed."""
    made: list[str] = []
    full = Layout.full

    def spread(layout: Layout, amount: Array) -> Array:
        made.append("full")
        return full(layout, amount)

    monkeypatch.setattr(Layout, "full", spread)
    for where, name in (
        (stockflow, "Moves"), (stockflow, "Clearing"), (individuals, "Chances"),
        (individuals, "Race"),
    ):  # fmt: skip
        kind = getattr(where, name)

        def noted(*given: Any, kind: Any = kind, name: str = name) -> Any:
            made.append(name)
            return kind(*given)

        monkeypatch.setattr(where, name, noted)

    @flow(LOWER, OUTSIDE)
    def leave(m: Moment) -> float:
        """Leave."""
        return 0.1

    @posts(POOL, LOWER, weight=lambda m: 1.0, also_from_outside=True)
    def openings(m: Moment) -> Openings:
        """As many every year."""
        return Openings(40.0, 0.5)

    book = Rulebook(
        (POOL, LOWER), (leave, openings), (Season((openings,)),), ages=(0,), sexes=("all",)
    )
    carry(engine, book, {"pool": 900.0}, 2)
    tables = ["Clearing", "Moves"] if engine is stockflow else ["Chances", "Race"]
    assert sorted(set(made)) == [*tables, "full"]
    assert (made.count(tables[0]), made.count(tables[1])) == (1, 1)
    in_two, made[:] = made.count("full"), []
    carry(engine, book, {"pool": 900.0}, 6)
    assert made.count("full") == in_two


def test_few_are_looked_at_for_few_posts_once_it_is_known_how_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = [0, 20, 400, 400, 400, 20, 20, 20]
    looked: list[int] = []
    queue = arrivals.Arrivals._queue

    def noted(*given: Any) -> Any:
        found = queue(*given)
        looked.append(len(found.who))
        return found

    monkeypatch.setattr(arrivals.Arrivals, "_queue", noted)

    @posts(POOL, LOWER, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """Openings."""
        return Openings(float(number[m.year]))

    @intake(POOL)
    def enter(m: Moment) -> float:
        """As many as are hired."""
        return float(number[m.year])

    book = Rulebook(
        (POOL, LOWER), (openings, enter), (Season((openings,)),), ages=(0,), sexes=("all",)
    )
    carry(individuals, book, {"pool": 20000.0}, 7)
    assert len(looked) == 7 + 3  # one look a year, and further in the year that suddenly wants many
    assert max(looked) < 3 * 1.45 * 400  # less than three times what seems enough
    assert max(looked[-2:]) < 75  # 20 · (1.3 + 3 / √20) = 39, and what chance makes of it


@ENGINES
def test_the_intensity_is_the_time_of_the_last_hired_and_nothing_where_there_are_no_posts(
    engine: Any,
) -> None:
    """With 1,000 people of weight 2 and 300 posts in one field of two: −log(0.7) / 2."""
    number = np.array([0.0, 300.0]).reshape(1, 1, 1, 1, 2)

    @posts(POOL, LOWER, weight=lambda m: 2.0)
    def openings(m: Moment) -> Openings:
        """Openings."""
        return Openings(number)

    season = Season((openings,))
    book = Rulebook(
        (POOL, LOWER), (openings,), (season,), ages=(0,), sexes=("all",), fields=("a", "b")
    )
    found = carry(engine, book, {"pool": 1000.0}, 1).market_intensity[0, 1, 0, :2]
    error = 4 * np.sqrt(0.3 * 0.7 / 1000) / (2 * 0.7)  # of the time of the 300th
    assert found[0] == 0.0
    assert found[1] == pytest.approx(-np.log(0.7) / 2, abs=error)


def test_how_far_one_looks_is_set_anew_only_where_that_will_not_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a market that is the same every year, but for luck."""
    told: list[float] = []
    up_to = arrivals.Line._up_to

    def noted(line: arrivals.Line, reach: Array) -> None:
        told.append(float(reach[0]))
        up_to(line, reach)

    monkeypatch.setattr(arrivals.Line, "_up_to", noted)

    @posts(POOL, LOWER, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """Openings."""
        return Openings(400.0)

    @intake(POOL)
    def enter(m: Moment) -> float:
        """As many as are hired."""
        return 400.0

    book = Rulebook(
        (POOL, LOWER), (openings, enter), (Season((openings,)),), ages=(0,), sexes=("all",)
    )
    carry(individuals, book, {"pool": 20000.0}, 20)
    assert len(told) <= 3
