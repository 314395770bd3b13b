"""Small rulebooks with known answers: the engine runs any rulebook, not only Japan's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from stsim.engines import individuals, stockflow
from stsim.engines.market import Weights, clear
from stsim.rates import RateError, Rates, competing_risks
from stsim.results import check_ledger
from stsim.vocabulary import (
    OUTSIDE,
    Array,
    Moment,
    Rulebook,
    Season,
    Seats,
    Stage,
    flow,
    intake,
    posts,
    year_end,
)

ONE_AGE = {"ages": (0,), "sexes": ("all",), "fields": ("all",)}


def carry(book: Rulebook, years: int, start: dict[str, object], **params: float) -> stockflow.Run:
    """Run a small rulebook; `start` maps stages to persons, or to persons by clock."""
    cells = {}
    for stage in book.stages:
        shape = (1, stage.clock_years, len(book.ages), len(book.sexes), len(book.fields))
        cells[stage.name] = np.zeros(shape)
        given = np.atleast_1d(np.asarray(start.get(stage.name, 0.0), dtype=float))
        cells[stage.name][0, : len(given), 0, 0, 0] = given
    run = stockflow.run(Rates(book, params), cells, 0, years)
    check_ledger(run)
    return run


def stocks(run: stockflow.Run) -> np.ndarray:
    """Persons by (time, stage)."""
    return run.stock[0].sum(axis=(2, 3, 4))


IN, GONE = Stage("in"), Stage("gone")


def test_survival_is_exponential() -> None:
    @flow(IN, GONE)
    def leave(m: Moment) -> float:
        """Leave."""
        return m.params.hazard

    run = carry(Rulebook((IN, GONE), (leave,), **ONE_AGE), 20, {"in": 1000}, hazard=0.13)
    np.testing.assert_allclose(stocks(run)[:, 0], 1000 * np.exp(-0.13 * np.arange(21)), rtol=1e-12)


def test_competing_risks_share_the_leavers_by_hazard_and_never_exceed_one() -> None:
    big, small = competing_risks([np.array(30.0), np.array(10.0)])
    assert big + small == pytest.approx(1.0)
    assert big / small == pytest.approx(3.0)
    nothing = competing_risks([np.array(0.0), np.array(0.0)])
    assert [float(p) for p in nothing] == [0.0, 0.0]


def test_exits_in_sequence_apply_to_those_who_remain() -> None:
    @year_end(IN, GONE)
    def die(m: Moment) -> float:
        """Die."""
        return 0.01

    @year_end(IN, OUTSIDE)
    def retire(m: Moment) -> float:
        """Retire."""
        return 0.20

    run = carry(Rulebook((IN, GONE), (die, retire), **ONE_AGE), 1, {"in": 1000})
    flows = run.flow[0, 0].sum(axis=(1, 2, 3))
    np.testing.assert_allclose([*flows, stocks(run)[1, 0]], [10, 198, 792], rtol=1e-12)


def posts_with_stay(low: int, part: float, seats: float) -> tuple[Rulebook, Stage, float]:
    """A fixed number of posts held for `low` years, or one more with probability 1 − part."""
    post = Stage("post", clock_years=low + 2)

    @year_end(post, OUTSIDE)
    def stay_ends(m: Moment) -> np.ndarray:
        """The career ends."""
        return np.where(m.clock >= low + 1, 1.0, np.where(m.clock == low, part, 0.0))

    @posts((), post, weight=lambda m: 1.0, also_from_outside=True)
    def vacancies(m: Moment) -> Seats:
        """Vacant posts are filled."""
        return Seats(seats, outside_share=1.0)

    book = Rulebook((post,), (stay_ends, vacancies), (Season((vacancies,)),), **ONE_AGE)
    return book, post, low + (1 - part)


@pytest.mark.parametrize(("low", "part", "hires"), [(17, 0.46, 57.013), (21, 0.26, 45.998)])
def test_littles_law_gives_the_hires_of_a_constant_number_of_posts(
    low: int, part: float, hires: float
) -> None:
    """Larson and Gomez Diaz 2012: 1,000 posts, careers of 17.54 and 21.74 years: 57 and 46."""
    book, _, mean = posts_with_stay(low, part, 1000)
    steady = np.array([1.0] * low + [1 - part]) * 1000 / mean
    run = carry(book, 60, {"post": steady})
    filled = run.flow[0, 1:, 1].sum(axis=(1, 2, 3))
    np.testing.assert_allclose(filled, 1000 / mean, rtol=1e-9)
    assert filled[-1] == pytest.approx(hires, abs=5e-3)
    np.testing.assert_allclose(stocks(run)[:, 0], 1000, rtol=1e-12)


def test_five_more_years_cut_hires_by_19_percent() -> None:
    hires = {}
    for low, part in ((17, 0.46), (21, 0.26)):
        book, _, mean = posts_with_stay(low, part, 1000)
        steady = np.array([1.0] * low + [1 - part]) * 1000 / mean
        hires[low] = carry(book, 5, {"post": steady}).flow[0, -1, 1].sum()
    assert hires[21] / hires[17] - 1 == pytest.approx(-0.193, abs=5e-4)


def test_renewal_settles_from_any_start() -> None:
    """With random stays the hires of a constant number of posts settle at posts over mean stay."""
    post = Stage("post")

    @year_end(post, OUTSIDE)
    def leave(m: Moment) -> float:
        """Leave."""
        return 0.08

    @posts((), post, weight=lambda m: 1.0, also_from_outside=True)
    def vacancies(m: Moment) -> Seats:
        """Vacant posts are filled."""
        return Seats(500.0, outside_share=1.0)

    book = Rulebook((post,), (leave, vacancies), (Season((vacancies,)),), **ONE_AGE)
    run = carry(book, 30, {"post": 100})
    assert stocks(run)[-1, 0] == pytest.approx(500)
    assert run.flow[0, -1, 1].sum() == pytest.approx(500 * 0.08)


@pytest.mark.parametrize(
    ("grant", "years_to_tenure", "attrition", "share"),
    [(0.5, 5, 1 / 40, 0.8), (0.25, 5, 1 / 40, 2 / 3), (0.5, 10, 1 / 40, 2 / 3),
     (0.5, 5, 1 / 20, 2 / 3)],
)  # fmt: skip
def test_tenured_share(grant: float, years_to_tenure: int, attrition: float, share: float) -> None:
    """share = p·T / (p·T + U) with T/U = 8: a quarter point less in three ways is 2/3 exactly."""
    untenured = Stage("untenured", clock_years=years_to_tenure + 1)
    tenured = Stage("tenured")

    @intake(untenured)
    def hire(m: Moment) -> float:
        """Hire."""
        return 100.0

    @year_end(tenured, OUTSIDE)
    def leave(m: Moment) -> float:
        """Leave a tenured post."""
        return attrition

    @year_end(untenured, (tenured, OUTSIDE))
    def decide(m: Moment) -> dict[Stage, np.ndarray]:
        """Grant tenure or not."""
        decided = m.clock >= years_to_tenure
        return {tenured: decided * grant, OUTSIDE: decided * (1 - grant)}

    book = Rulebook((untenured, tenured), (hire, leave, decide), **ONE_AGE)
    last = stocks(carry(book, 1500, {}))[-1]
    assert last[1] / last.sum() == pytest.approx(share, rel=1e-12)


def test_expected_absorption_times_are_the_fundamental_matrix() -> None:
    """Person-years spent in each state from a start in the first: the first row of (I − Q)⁻¹."""
    transient = np.array([[0.5, 0.3, 0.1], [0.0, 0.6, 0.25], [0.05, 0.0, 0.7]])
    stages = tuple(Stage(f"state{i}") for i in range(3))

    # simultaneous moves of all three states: each rule sends its movers to a waiting room first
    rooms = tuple(Stage(f"room{i}") for i in range(3))
    rules = []
    for i in range(3):

        def into_rooms(m: Moment, i: int = i) -> dict[Stage, float]:
            """Move on."""
            away = {rooms[j]: transient[i, j] for j in range(3) if j != i}
            return {**away, OUTSIDE: 1 - transient[i].sum()}

        into_rooms.__name__ = f"move{i}"
        rules.append(
            year_end(stages[i], [*(r for j, r in enumerate(rooms) if j != i), OUTSIDE])(into_rooms)
        )
    for i in range(3):

        def out_of_room(m: Moment) -> float:
            """Arrive."""
            return 1.0

        out_of_room.__name__ = f"arrive{i}"
        rules.append(year_end(rooms[i], stages[i])(out_of_room))
    run = carry(Rulebook((*stages, *rooms), tuple(rules), **ONE_AGE), 400, {"state0": 1.0})
    spent = stocks(run)[:, :3].sum(axis=0)
    np.testing.assert_allclose(spent, np.linalg.inv(np.eye(3) - transient)[0], rtol=1e-9)


def test_recruitment_to_a_fixed_total() -> None:
    """Three grades with promotion and loss, recruits 0.7/0.2/0.1 to a total of 2,400."""
    grades = tuple(Stage(f"grade{i}") for i in range(3))

    @year_end(grades[2], OUTSIDE)
    def leave_third(m: Moment) -> float:
        """Leave from the third grade."""
        return 0.10

    @year_end(grades[1], (grades[2], OUTSIDE))
    def second(m: Moment) -> dict[Stage, float]:
        """Be promoted to the third grade, or leave."""
        return {grades[2]: 0.10, OUTSIDE: 0.10}

    @year_end(grades[0], (grades[1], OUTSIDE))
    def first(m: Moment) -> dict[Stage, float]:
        """Be promoted to the second grade, or leave."""
        return {grades[1]: 0.15, OUTSIDE: 0.15}

    @posts((), grades, weight=lambda m: 1.0, also_from_outside=True)
    def recruits(m: Moment) -> Seats:
        """Recruits fill the total."""
        split = dict(zip(grades, (0.7, 0.2, 0.1), strict=True))
        return Seats(2400.0, outside_share=1.0, outside_profile=split)

    rules = (leave_third, second, first, recruits)
    book = Rulebook(grades, rules, (Season((recruits,)),), **ONE_AGE)
    run = carry(book, 400, {"grade0": 2400})
    np.testing.assert_allclose(stocks(run)[-1], [633.9623, 747.1698, 1018.8679], atol=5e-5)


def test_a_career_stock_is_entrants_times_mean_stay() -> None:
    stage = Stage("career", clock_years=9)

    @intake(stage)
    def enter(m: Moment) -> float:
        """Enter."""
        return 100.0

    @year_end(stage, OUTSIDE)
    def stay_ends(m: Moment) -> np.ndarray:
        """Stays of seven or eight years, 7.5 on average, end."""
        return np.where(m.clock >= 8, 1.0, np.where(m.clock == 7, 0.5, 0.0))

    run = carry(Rulebook((stage,), (enter, stay_ends), **ONE_AGE), 40, {})
    assert stocks(run)[-1, 0] == pytest.approx(750.0, rel=1e-12)


def test_market_intensity_with_equal_weights_is_the_logarithm() -> None:
    people, weight = np.array([[60.0, 40.0]]), np.full((1, 2), 0.5)
    found, _ = clear(people, Weights(weight), np.array([30.0]))
    assert found[0] == pytest.approx(-np.log(1 - 30 / 100) / 0.5, rel=1e-12)


@pytest.mark.parametrize("places", [1e-6, 0.5, 15.0, 59.0, 79.999999])
def test_market_intensity_fills_the_places(places: float) -> None:
    people, weight = np.array([[50.0, 30.0]]), np.array([[3.0, 0.02]])
    found, hired = clear(people, Weights(weight), np.array([places]))
    np.testing.assert_allclose(hired, people * -np.expm1(-found[:, None] * weight))
    assert hired.sum() == pytest.approx(places, rel=1e-8)


def test_market_edges_nobody_everybody_and_those_without_a_weight() -> None:
    people, weight = np.array([[10.0, 5.0]] * 3), np.array([[1.0, 0.0]] * 3)
    found, hired = clear(people, Weights(weight), np.array([-3.0, 0.0, 10.0]))
    assert found.tolist() == [0.0, 0.0, np.inf]
    assert hired.tolist() == [[0.0, 0.0], [0.0, 0.0], [10.0, 0.0]]
    found, hired = clear(people[:1], Weights(weight[:1]), np.array([5e-323]))  # found by chance
    assert (found.tolist(), hired.tolist()) == ([0.0], [[0.0, 0.0]])


def test_market_prefers_the_heavier_group_as_the_race_does_in_the_limit() -> None:
    """Inclusion in a race of 600 with weights 1 and 2 for 150 places, by simulation of the race."""
    rng = np.random.default_rng(7)
    weight = np.repeat([1.0, 2.0], 300)
    arrival = rng.exponential(size=(4000, 600)) / weight
    hired = np.argpartition(arrival, 150, axis=1)[:, :150] < 300
    light = hired.sum(axis=1)
    found, _ = clear(np.array([[300.0, 300.0]]), Weights(np.array([[1.0, 2.0]])), np.array([150.0]))
    expected = 300 * -np.expm1(-found[0])
    standard_error = light.std() / np.sqrt(len(light))
    assert abs(light.mean() - expected) < 4 * standard_error + 300 / 600  # O(1/V) at 150 places


def test_seats_vacated_within_a_season_are_filled_in_the_next_round() -> None:
    upper, lower, pool = Stage("upper"), Stage("lower"), Stage("pool")

    @posts((lower,), upper, weight=lambda m: 1.0)
    def upper_posts(m: Moment) -> Seats:
        """Upper posts are filled from the lower ones."""
        return Seats(100.0)

    @posts((pool,), lower, weight=lambda m: 1.0)
    def lower_posts(m: Moment) -> Seats:
        """Lower posts are filled from the pool."""
        return Seats(300.0)

    book = Rulebook(
        (upper, lower, pool), (lower_posts, upper_posts),
        (Season((lower_posts, upper_posts), rounds=2),), **ONE_AGE,
    )  # fmt: skip
    run = carry(book, 1, {"upper": 60, "lower": 300, "pool": 1000})
    np.testing.assert_allclose(stocks(run)[-1], [100, 300, 960])
    np.testing.assert_allclose(run.vacancy[0, 1, :, 0], 0, atol=1e-8)


def test_people_above_the_seats_are_a_negative_vacancy_and_keep_their_posts() -> None:
    post, pool = Stage("post"), Stage("pool")

    @posts((pool,), post, weight=lambda m: 1.0)
    def vacancies(m: Moment) -> Seats:
        """Vacant posts are filled."""
        return Seats(100.0)

    book = Rulebook((post, pool), (vacancies,), (Season((vacancies,)),), **ONE_AGE)
    run = carry(book, 2, {"post": 130, "pool": 50})
    assert stocks(run)[-1].tolist() == [130.0, 50.0]
    assert run.vacancy[0, 1:, 0, 0].tolist() == [-30.0, -30.0]


def test_ages_and_clocks_are_read_after_the_year_has_turned() -> None:
    """A three-year course ends at clock 3, retirement at 65 reads 65."""
    course, job = Stage("course", clock_years=5), Stage("job")

    @year_end(course, job)
    def complete(m: Moment) -> np.ndarray:
        """Complete."""
        return np.where(m.clock == 3, 1.0, 0.0)

    @year_end(job, OUTSIDE)
    def retire(m: Moment) -> np.ndarray:
        """Retire."""
        return np.where(m.age >= 65, 1.0, 0.0)

    book = Rulebook((course, job), (retire, complete), ages=tuple(range(60, 70)), sexes=("all",))
    run = carry(book, 6, {"course": 10})  # aged 60, in the first year
    assert stocks(run)[:, 0].tolist() == [10, 10, 10, 0, 0, 0, 0]
    assert stocks(run)[:, 1].tolist() == [0, 0, 0, 10, 10, 0, 0]


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (1.5, "1.5 is not a number from 0 to 1"),
        (-0.1, "-0.1 is not"),
        (np.nan, "nan is not"),
        (np.inf, "inf is not"),
    ],
)
def test_a_share_that_is_none_is_refused_with_rule_stage_and_year(amount: float, said: str) -> None:
    @year_end(IN, GONE)
    def wrong(m: Moment) -> float:
        """Wrong."""
        return amount

    with pytest.raises(RateError, match=f"rule wrong on in, year 0: .*{said}"):
        carry(Rulebook((IN, GONE), (wrong,), **ONE_AGE), 1, {"in": 1})


def test_an_unknown_name_in_a_rule_is_named_with_the_nearest() -> None:
    @flow(IN, GONE)
    def leave(m: Moment) -> float:
        """Leave."""
        return m.params.hazrd

    with pytest.raises(AttributeError, match="no parameter called 'hazrd'; did you mean 'hazard'"):
        carry(Rulebook((IN, GONE), (leave,), **ONE_AGE), 1, {"in": 1}, hazard=0.1)


def test_a_rule_is_called_again_only_when_what_it_read_has_changed() -> None:
    calls = SimpleNamespace(constant=0, policy=0)

    @flow(IN, GONE)
    def constant(m: Moment) -> float:
        """A constant."""
        calls.constant += 1
        return m.params.hazard

    @year_end(IN, GONE)
    def by_policy(m: Moment) -> float:
        """Reads a lever."""
        calls.policy += 1
        return m.policy.share

    book = Rulebook((IN, GONE), (constant, by_policy), **ONE_AGE)
    rates = Rates(book, {"hazard": 0.1}, lambda year: {"share": 0.1 if year < 5 else 0.2})
    start = {"in": np.full((1, 1, 1, 1, 1), 100.0), "gone": np.zeros((1, 1, 1, 1, 1))}
    stockflow.run(rates, start, 0, 10)
    assert (calls.constant, calls.policy) == (1, 2)
    assert rates.read_by == {"constant": {"params.hazard"}, "by_policy": {"policy.share"}}


def test_twice_a_name_is_refused() -> None:
    @flow(IN, GONE)
    def leave(m: Moment) -> float:
        """Leave."""
        return 0.1

    with pytest.raises(ValueError, match="the name leave stands twice"):
        Rulebook((IN, GONE), (leave, leave), **ONE_AGE)


NEW, BACK = Stage("new"), Stage("back", clock_years=4)
POST, SHORT = Stage("post", clock_years=4), Stage("short", clock_years=2)


def any_post(m: Moment) -> Seats:
    """Places for half of them."""
    return Seats(100.0)


@pytest.mark.parametrize("engine", [stockflow, individuals])
def test_a_clock_goes_on_in_a_new_post_and_begins_at_zero_without_one(engine: Any) -> None:
    """By hand: 100 new and 100 back, one year longer on their clocks, share 100 places evenly."""
    hire = posts((NEW, BACK), POST, weight=lambda m: 1.0, keeps_clock=True)(any_post)

    @year_end(POST, NEW)
    def one_year(m: Moment) -> Array:
        """Whoever has one year on the clock goes."""
        return np.asarray(m.clock == 1, dtype=float)

    book = Rulebook((NEW, BACK, POST), (one_year, hire), (Season((hire,)),), **ONE_AGE)
    start = {s.name: np.zeros((1, s.clock_years, 1, 1, 1)) for s in book.stages}
    start["new"][0, 0], start["back"][0, :2, 0, 0, 0] = 100.0, (60.0, 40.0)
    run = engine.run(Rates(book), start, 0, 2)
    check_ledger(run)
    went, new, back = (run.flow[0, :, k].sum(axis=(1, 2, 3)) for k in range(3))
    assert new[1] + back[1] == pytest.approx(100)
    assert new[1] == pytest.approx(50, abs=20 if engine is individuals else 1e-9)
    assert went[1] == pytest.approx(new[1])  # those of 1 April have one year, the others more


def test_a_rule_may_not_keep_a_clock_that_does_not_fit() -> None:
    hire = posts(BACK, SHORT, weight=lambda m: 1.0, keeps_clock=True)(any_post)
    with pytest.raises(ValueError, match="any_post keeps the clock of back, which is longer than"):
        Rulebook((BACK, SHORT), (hire,), (Season((hire,)),), **ONE_AGE)
