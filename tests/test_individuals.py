"""The individual engine beside the stock engine, and beside exact answers in small markets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy.stats import chisquare, norm, t

import stsim
from stsim.compose import compose
from stsim.engines import individuals, stockflow
from stsim.engines.people import TooManyPeopleError
from stsim.rates import RateError, Rates
from stsim.results import check_ledger
from stsim.rulebook import JAPAN
from stsim.simulation import Prepared, prepare
from stsim.vocabulary import (
    OUTSIDE,
    Array,
    Moment,
    Openings,
    Reserved,
    Rule,
    Rulebook,
    Season,
    Seats,
    Stage,
    flow,
    intake,
    posts,
)

# --- beside the stock engine, for Japan ---------------------------------------------------------


def totals(run: stockflow.Run) -> tuple[Array, Array]:
    """Stocks by (year, stage) and flows by (year, pair), not a number where unknown."""
    return run.stock[0].sum(axis=(2, 3, 4)), run.flow[0].sum(axis=(2, 3, 4))


def outcomes(prepared: Prepared, replicates: int) -> tuple[Array, Array]:
    found = [totals(prepared.individuals(number)) for number in range(1, replicates + 1)]
    return np.array([stock for stock, _ in found]), np.array([flow for _, flow in found])


def largest_z(values: Array, expected: Array, floor: float) -> tuple[float, int]:
    """The largest distance of a mean from what is expected, in standard errors, of how many.

    No spread is known better than to `floor`, one agent.
    """
    error = np.maximum(values.std(axis=0, ddof=1), floor) / np.sqrt(len(values))
    z = np.abs(values.mean(axis=0) - expected) / error
    return float(np.nanmax(z)), int(np.isfinite(z).sum())


def limit(comparisons: int, replicates: int) -> float:
    """The 99 % point of the largest of so many |t| variates."""
    return float(t.ppf((1 + 0.99 ** (1 / comparisons)) / 2, replicates - 1))


def engines_agree(words: tuple[str, ...], replicates: int) -> None:
    prepared = prepare(compose(words))
    scale = prepared.config.persons_per_agent
    stock, flow = outcomes(prepared, replicates)
    expected_stock, expected_flow = totals(prepared.run())
    z_stock, many = largest_z(stock, expected_stock, scale)
    z_flow, more = largest_z(flow, expected_flow, scale)
    most = limit(many + more, replicates)
    print(f"largest |z| {max(z_stock, z_flow):.2f} of {many + more}, limit {most:.2f}")
    assert max(z_stock, z_flow) < most
    rules = [rule.name for rule in JAPAN.rules]
    of_rule = np.zeros((len(rules), len(JAPAN.pairs)))
    for k, (rule, _, _) in enumerate(JAPAN.pairs):
        of_rule[rules.index(rule.name), k] = 1.0
    years = np.sqrt(len(expected_stock))
    stages = np.nanmean(stock, axis=1), np.nanmean(expected_stock, axis=0)
    by_rule = np.nanmean(flow, axis=1) @ of_rule.T, np.nanmean(expected_flow, axis=0) @ of_rule.T
    for values, expected in (stages, by_rule):
        z, _ = largest_z(values, expected, scale / years)
        print(f"pooled over years: largest |z| {z:.2f} of {len(expected)}")
        assert z < max(3.0, limit(len(expected), replicates))


def test_the_engines_agree_in_a_few_coarse_runs() -> None:
    words = ("scenario=tenure_track", "persons_per_agent=100", "years.last=2030")
    engines_agree((*words, "engine=individuals"), 12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "seed"), [("baseline", 1), ("expand_dc", 2), ("tenure_track", 3)]
)
def test_the_engines_agree_in_thirty_runs_of_a_tenth(scenario: str, seed: int) -> None:
    words = (f"scenario={scenario}", f"seed={seed}", "persons_per_agent=10")
    engines_agree((*words, "engine=individuals"), 30)


Share = tuple[float, float]


def bias(persons_per_agent: int, replicates: int, last: int) -> tuple[Share, Share]:
    """How far permanent hires and permanent faculty are from expected, as shares, with errors."""
    words = (f"persons_per_agent={persons_per_agent}", "engine=individuals", f"years.last={last}")
    prepared = prepare(compose(words))
    entering = [
        k for k, (rule, s, _) in enumerate(JAPAN.pairs)
        if rule.name.startswith("permanent_posts") and "permanent" not in s.name
    ]  # fmt: skip
    held = [k for k, stage in enumerate(JAPAN.stages) if "permanent" in stage.name]
    (stock, flow), (stocks, flows) = outcomes(prepared, replicates), totals(prepared.run())

    def share(values: Array, expected: Array) -> Share:
        error = values.std(ddof=1) / expected / np.sqrt(replicates)
        return float(values.mean() / expected - 1), float(error)

    hires = share(np.nansum(flow[:, :, entering], axis=(1, 2)), np.nansum(flows[:, entering]))
    return hires, share(stock[:, 1:, held].sum(axis=(1, 2)), stocks[1:, held].sum())


@pytest.mark.slow
def test_hires_are_unbiased_at_any_size_and_people_above_the_seats_vanish_with_it() -> None:
    """Where chance leaves people above the seats of a field, nobody is dismissed.

    The stock engine has no chance and hardly anybody above the seats, so permanent faculty are too
    many in a coarse country. The excess falls at least in proportion to the size of an agent.
    """
    excess = {}
    for scale, replicates in ((200, 100), (100, 100), (10, 60), (1, 16)):
        (gap, error), excess[scale] = bias(scale, replicates, 2035)
        print(
            f"1:{scale}: {gap:+.3%} ± {error:.3%} of hires 2024-35, "
            f"{excess[scale][0]:+.4%} ± {excess[scale][1]:.4%} of permanent faculty"
        )
        assert abs(gap) < 4 * error
    assert excess[200][0] > 4 * excess[200][1]
    assert excess[100][0] - excess[200][0] / 2 < 4 * np.hypot(excess[100][1], excess[200][1] / 2)
    for scale in (10, 1):
        assert abs(excess[scale][0]) < 4 * excess[scale][1]
        assert excess[scale][0] + 4 * excess[scale][1] < excess[200][0]


def test_the_first_years_intake_is_unbiased_at_a_tenth() -> None:
    words = ("persons_per_agent=10", "engine=individuals", "years.last=2024")
    prepared = prepare(compose(words))
    intakes = [k for k, (rule, _, _) in enumerate(JAPAN.pairs) if rule.kind == "intake"]
    entered = outcomes(prepared, 30)[1][:, 1, intakes]
    known = np.isfinite(entered[0])  # what is counted at the end of the year is not known yet
    entered, expected = entered[:, known], totals(prepared.run())[1][1, intakes][known]
    z, many = largest_z(entered, expected, 10.0 / np.sqrt(12))
    assert z < limit(many, 30)
    in_all, _ = largest_z(entered.sum(axis=1, keepdims=True), expected.sum(keepdims=True), 0.0)
    print(f"entrants: largest |z| {z:.2f} of {many}, of all together {in_all:.2f}")
    assert in_all < limit(1, 30)


# --- small markets with exact answers -------------------------------------------------------------

SEEK, POST = Stage("seek"), Stage("post")
#: Small markets side by side in one run, field by field: each is a trial of its own.
SIDE_BY_SIDE = 50


def hired(market: Rule, people: Array, trials: int, rounds: int = 1) -> Array:
    """Hires in the first spring by (trial, age), of people by age."""
    ages, fields = tuple(range(len(people))), tuple(map(str, range(SIDE_BY_SIDE)))
    season = Season((market,), rounds=rounds)
    book = Rulebook((SEEK, POST), (market,), (season,), (), ages, ("all",), fields)
    # a year older in spring: the oldest class is empty at the start
    cells = np.zeros((1, 1, len(ages), 1, SIDE_BY_SIDE))
    cells[0, 0, :-1, 0] = people[1:, None]
    start = {"seek": cells, "post": np.zeros_like(cells)}
    found = []
    for seed in range(trials // SIDE_BY_SIDE):
        run = individuals.run(Rates(book), start, 0, 1, seed=seed)
        check_ledger(run)
        found.append(run.stock[0, 1, 1, :, 0].T)
    return np.concatenate(found)


def market(
    places: float, weight: Callable[[Moment], Any], reserved: tuple[Reserved, ...] = ()
) -> Rule:
    @posts(SEEK, POST, weight=weight)
    def openings(m: Moment) -> Openings:
        """There are places."""
        group = tuple(Reserved(r.share, np.asarray(m.age == r.group, float)) for r in reserved)
        return Openings(places, reserved=group)

    return openings


def within(counts: Array, chance: Array, trials: int) -> None:
    """Counts of independent trials are within 4 standard errors of their chances."""
    error = np.sqrt(np.maximum(chance * (1 - chance), 1e-12) / trials)
    assert (np.abs(counts / trials - chance) < 4 * error + 1e-12).all()


def test_newcomers_are_made_whole_without_bias_in_every_cell() -> None:
    """x persons are floor(x) or one more, with chance x − floor(x), in every cell by itself."""
    expected, seeds = np.linspace(0.02, 2.5, 250), 200

    @intake(SEEK)
    def enter(m: Moment) -> Array:
        """People enter."""
        return expected.reshape(1, 1, 50, 1, 5)

    ages, fields = tuple(range(50)), tuple("abcde")
    book = Rulebook((SEEK,), (enter,), ages=ages, sexes=("all",), fields=fields)
    start = {"seek": np.zeros((1, 1, 50, 1, 5))}
    runs = [individuals.run(Rates(book), start, 0, 1, seed=seed) for seed in range(seeds)]
    entered = np.array([run.stock[0, 1, 0].ravel() for run in runs])
    assert np.isin(entered - np.floor(expected), (0, 1)).all()
    part = expected % 1
    variance = part * (1 - part)
    z = (entered.mean(axis=0) - expected) / np.sqrt(np.maximum(variance, 0.01) / seeds)
    assert np.abs(z).max() < norm.isf((1 - 0.99 ** (1 / z.size)) / 2)
    # cells have nothing to do with each other: the variance of the sum is the sum of variances
    ratio = entered.sum(axis=1).var(ddof=1) / variance.sum()
    assert abs(ratio - 1) < 4 * np.sqrt(2 / (seeds - 1))


def test_one_post_goes_to_each_by_weight() -> None:
    weights = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    rule = market(1.0, lambda m: weights[m.age.astype(int)])
    trials = 5000
    within(hired(rule, np.array([0, 1, 1, 1, 1]), trials).sum(axis=0), weights / 10, trials)


def test_one_who_weighs_as_much_as_all_others_gets_every_second_post() -> None:
    rule = market(1.0, lambda m: np.where(m.age == 2, 500.0, 1.0))
    trials = 1000
    found = hired(rule, np.array([0, 500, 1]), trials).sum(axis=0)
    within(found, np.array([0, 0.5, 0.5]), trials)


def test_two_posts_go_by_drawing_without_replacement() -> None:
    weights = np.array([0.0, 1.0, 2.0, 4.0])
    chance = np.zeros(4)
    for first, second in permutations((1, 2, 3), 2):
        both = weights[first] / 7 * weights[second] / (7 - weights[first])
        chance[[first, second]] += both
    rule = market(2.0, lambda m: weights[m.age.astype(int)])
    trials = 5000
    within(hired(rule, np.array([0, 1, 1, 1]), trials).sum(axis=0), chance, trials)


def one_after_another(first: int, second: int, weight: float, places: int) -> Array:
    """The chance of every number hired from a first group, each of whom weighs `weight`.

    All orders in which places are filled from two groups, one hire after another (the second
    group weighs 1): Wallenius' noncentral hypergeometric distribution.
    """
    chance = np.zeros(places + 1)
    chance[0] = 1.0
    for filled in range(places):
        of_first = np.arange(places + 1)
        left = np.maximum(first - of_first, 0) * weight
        others = np.maximum(second - (filled - of_first), 0)
        wins = np.divide(left, left + others, out=np.zeros(places + 1), where=left + others > 0)
        chance = chance * (1 - wins) + np.append(0.0, (chance * wins)[:-1])
    return chance


def test_two_groups_are_hired_as_often_as_by_drawing_one_after_another() -> None:
    first, second, weight, places, trials = 6, 9, 3.0, 5, 6000
    chance = one_after_another(first, second, weight, places)
    rule = market(float(places), lambda m: np.where(m.age == 1, weight, 1.0))
    found = hired(rule, np.array([0, first, second]), trials)
    in_three_rounds = hired(rule, np.array([0, first, second]), SIDE_BY_SIDE, rounds=3)
    assert (in_three_rounds == found[:SIDE_BY_SIDE]).all()  # nobody who is hired leaves a place
    assert (found.sum(axis=1) == places).all()
    mean = chance @ np.arange(places + 1)
    error = np.sqrt((chance @ np.arange(places + 1) ** 2 - mean**2) / trials)
    print(f"{found[:, 1].mean():.4f} ± {error:.4f} of the first group, exactly {mean:.4f}")
    assert abs(found[:, 1].mean() - mean) < 4 * error
    counts = np.bincount(found[:, 1].astype(int), minlength=places + 1)
    assert chisquare(counts, chance * trials).pvalue > 1e-4


def test_as_many_posts_as_candidates_hire_all_whatever_they_weigh() -> None:
    weights = np.array([0.0, 1e-6, 1e-3, 1.0, 1e3, 1e6])
    rule = market(12.0, lambda m: weights[m.age.astype(int)])
    people = np.array([0, 1, 3, 5, 2, 1])
    assert (hired(rule, people, SIDE_BY_SIDE) == people).all()


def weaker_share(people: int, markets: int, seeds: int) -> tuple[float, float, float]:
    """Hires of those who weigh a quarter, half of the people, with a place for every fourth.

    In the race, its standard error, and in the limit of many people: many markets, field by field.
    """
    rule = market(people / 4, lambda m: np.where(m.age == 1, 1.0, 4.0))
    fields = tuple(map(str, range(markets)))
    book = Rulebook((SEEK, POST), (rule,), (Season((rule,)),), (), (0, 1, 2), ("all",), fields)
    cells = np.zeros((1, 1, 3, 1, markets))
    cells[:, :, :2] = people / 2
    start = {"seek": cells, "post": np.zeros_like(cells)}
    runs = [individuals.run(Rates(book), start, 0, 1, seed=seed) for seed in range(seeds)]
    weak = np.array([run.stock[0, 1, 1, 1, 0] for run in runs]).ravel()
    limit_of_many = stockflow.run(Rates(book), start, 0, 1).stock[0, 1, 1, 1, 0, 0]
    return weak.mean(), weak.std(ddof=1) / np.sqrt(weak.size), float(limit_of_many)


def test_the_difference_of_the_engines_shrinks_with_the_size_of_a_market() -> None:
    """By 1 / people: the race is harder for the weaker group while a hire changes who is left."""
    found = {}
    for people, markets, seeds in ((20, 400, 50), (60, 400, 50), (600, 200, 10)):
        race, error, limit_of_many = weaker_share(people, markets, seeds)
        found[people] = race / limit_of_many - 1, error / limit_of_many
        print(f"{people} people: {found[people][0]:+.2%} ± {found[people][1]:.2%}")
    small, middle, large = found.values()
    assert small[0] < -4 * small[1]
    assert abs(middle[0] - small[0] / 3) < 4 * np.hypot(middle[1], small[1] / 3)
    assert abs(large[0] - small[0] / 30) < 4 * np.hypot(large[1], small[1] / 30)


def test_more_posts_than_candidates_hire_everybody_with_a_weight() -> None:
    rule = market(50.0, lambda m: np.asarray(m.age < 3, dtype=float))
    assert (hired(rule, np.array([0, 5, 4, 7]), SIDE_BY_SIDE)[:, 1:] == [5, 4, 0]).all()


@pytest.mark.parametrize("rounds", [1, 3])
def test_places_reserved_for_a_group_are_filled_from_it_first(rounds: int) -> None:
    """All weigh the same: half of 30 places for 20 of age 1, the rest by lot with 80 of age 2."""
    rule = market(30.0, lambda m: 1.0, (Reserved(0.5, 1.0),))
    trials = 1000
    young = hired(rule, np.array([0.0, 20.0, 80.0]), trials, rounds)[:, 1]
    # 15, and 15 by lot among the 5 young and 80 old who are left: hypergeometric
    mean, variance = 15 * 5 / 85, 15 * (5 / 85) * (80 / 85) * (70 / 84)
    assert abs(young.mean() - 15 - mean) < 4 * np.sqrt(variance / trials)
    assert young.min() >= 15


def test_places_a_group_leaves_over_are_for_everybody() -> None:
    rule = market(30.0, lambda m: 1.0, (Reserved(0.5, 1.0),))
    assert (hired(rule, np.array([0.0, 10.0, 80.0]), SIDE_BY_SIDE)[:, 1:] == [10, 20]).all()


def test_a_reserved_fraction_of_a_place_is_made_whole_without_bias() -> None:
    rule = market(3.0, lambda m: 1.0, (Reserved(0.25, 1.0),))
    trials = 1000
    young = hired(rule, np.array([0.0, 3.0, 0.0, 1000.0]), trials)[:, 1]
    # 0.75 places on average, and hardly ever one by lot
    assert abs(young.mean() - 0.75 - 2.25 * 2.25 / 1002) < 4 * np.sqrt(0.75 * 0.25 / trials)


def reserved_in_stocks(share: float, young: float, old: float) -> Array:
    rule = market(30.0, lambda m: 1.0, (Reserved(share, 1.0),) if share >= 0 else ())
    book = Rulebook((SEEK, POST), (rule,), (Season((rule,)),), ages=(0, 1, 2), sexes=("all",))
    cells = np.array([young, old, 0.0]).reshape(1, 1, 3, 1, 1)
    start = {"seek": cells, "post": np.zeros_like(cells)}
    return stockflow.run(Rates(book), start, 0, 1).stock[0, 1, 1, :, 0, 0]


def test_stocks_fill_reserved_places_like_the_limit_of_the_race() -> None:
    many = reserved_in_stocks(0.5, 20.0, 80.0)
    np.testing.assert_allclose(many, [0, 15 + 15 * 5 / 85, 15 * 80 / 85], rtol=1e-12)
    np.testing.assert_allclose(reserved_in_stocks(0.5, 10.0, 80.0), [0, 10, 20], rtol=1e-12)
    everything = reserved_in_stocks(1.0, 40.0, 80.0)
    np.testing.assert_allclose(everything, [0, 30, 0], atol=1e-12)


def test_a_reserved_share_of_nothing_changes_nothing() -> None:
    none, nothing = (reserved_in_stocks(share, 20.0, 80.0) for share in (-1.0, 0.0))
    assert none.tobytes() == nothing.tobytes()
    weight = market(30.0, lambda m: 1.0), market(30.0, lambda m: 1.0, (Reserved(0.0, 1.0),))
    without, with_nothing = (
        hired(rule, np.array([0.0, 20.0, 80.0]), SIDE_BY_SIDE) for rule in weight
    )
    assert without.tobytes() == with_nothing.tobytes()


def test_more_than_all_places_cannot_be_reserved() -> None:
    rule = market(30.0, lambda m: 1.0, (Reserved(0.7, 1.0), Reserved(0.4, 2.0)))
    with pytest.raises(RateError, match=r"rule openings, year 1: 110% of the places reserved"):
        hired(rule, np.array([0.0, 20.0, 80.0]), SIDE_BY_SIDE)


def hires_by_year(of_year: Sequence[float]) -> Array:
    """Hires by (year, field) where so many posts open in every field, and there are always people.

    As whole people; in stocks they are the same in all fields.
    """

    @posts(SEEK, POST, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """Posts open."""
        return Openings(of_year[m.year])

    fields = tuple(map(str, range(SIDE_BY_SIDE)))
    season = Season((openings,))
    book = Rulebook((SEEK, POST), (openings,), (season,), (), (0,), ("all",), fields)
    start = {"seek": np.full((1, 1, 1, 1, SIDE_BY_SIDE), 100.0)}
    start["post"] = np.zeros_like(start["seek"])
    run = individuals.run(Rates(book), start, 0, len(of_year) - 1)
    check_ledger(run)
    return run.flow[0, 1:, 0, 0, 0]


def test_fractions_of_posts_are_carried_until_they_are_whole() -> None:
    """In any number of years within one post of all that opened, and in the mean as many."""
    years = 40
    found = hires_by_year([0.3] * (years + 1)).cumsum(axis=0)
    opened = 0.3 * np.arange(1, years + 1)[:, None]
    assert (np.abs(found - opened) < 1).all()
    error = np.sqrt(0.3 * 0.7 / SIDE_BY_SIDE)  # the rounding of one year, a phase for each field
    assert abs(found[0].mean() - 0.3) < 4 * error


def test_posts_hired_ahead_are_taken_from_those_of_later_years() -> None:
    found = hires_by_year([0, 10, -25, 10, 10, 10, 10])
    assert (found == np.array([10, 0, 0, 0, 5, 10])[:, None]).all()


def test_a_queue_for_posts_is_as_long_as_its_closed_form() -> None:
    """10 arrive a year, 8 posts open a year, seekers give up at 0.1 a year.

    On 1 May, after the posts, q = q · e^−0.1 + 10 − 8 wait.
    """
    years = 60

    @intake(SEEK)
    def arrive(m: Moment) -> float:
        """People arrive."""
        return 10.0

    @flow(SEEK, OUTSIDE)
    def give_up(m: Moment) -> float:
        """People give up."""
        return 0.1

    @posts(SEEK, POST, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """Posts open."""
        return Openings(8.0)

    queues = 200  # side by side, field by field
    book = Rulebook(
        (SEEK, POST), (arrive, give_up, openings), (Season((openings,)),),
        ages=(0,), sexes=("all",), fields=tuple(map(str, range(queues))),
    )  # fmt: skip
    start = {name: np.zeros((1, 1, 1, 1, queues)) for name in ("seek", "post")}
    queue = 2 / (1 - np.exp(-0.1))
    expected = stockflow.run(Rates(book), start, 0, 100).stock[0, -1, 0, 0, 0]
    np.testing.assert_allclose(expected, queue, rtol=1e-4)
    waiting = individuals.run(Rates(book), start, 0, years).stock[0, 40:, 0, 0, 0].mean(axis=0)
    error = waiting.std(ddof=1) / np.sqrt(queues)
    by_then = queue * (1 - np.exp(-0.1 * np.arange(40, years + 1))).mean()  # it began with nobody
    print(f"a queue of {waiting.mean():.2f} ± {error:.2f}, exactly {by_then:.2f}")
    assert abs(waiting.mean() - by_then) < 4 * error


# --- what people try ------------------------------------------------------------------------------


class Spring(NamedTuple):
    """People who seek, places, what everybody weighs; how many are hired, places left vacant."""

    people: float
    places: Seats | Openings
    weight: float
    hired: float
    vacant: float


@pytest.mark.parametrize(
    "spring",
    {
        "nobody, and posts": Spring(0, Seats(5.0), 1.0, 0, 5),
        "nobody, and nothing": Spring(0, Openings(0.0), 1.0, 0, 0),
        "one person and one post": Spring(1, Openings(1.0), 1e-9, 1, 0),
        "many people and one post": Spring(1000, Seats(1.0), 1.0, 1, 0),
        "many people and no post": Spring(1000, Seats(0.0), 1.0, 0, 0),
        "more posts than people": Spring(10, Openings(1e9), 1.0, 10, 1e9 - 10),
        "as many posts as people": Spring(10, Seats(10.0), 1.0, 10, 0),
        "nobody who is wanted": Spring(10, Openings(5.0), 0.0, 0, 5),
        "posts that are cut": Spring(10, Openings(-3.0), 1.0, 0, -3),
    }.items(),
    ids=lambda item: item[0],
)
def test_what_happens_where_there_is_hardly_anything(spring: tuple[str, Spring]) -> None:
    case = spring[1]

    @posts(SEEK, POST, weight=lambda m: case.weight)
    def places(m: Moment) -> Seats | Openings:
        """There are posts."""
        return case.places

    book = Rulebook((SEEK, POST), (places,), (Season((places,)),), ages=(0,), sexes=("all",))
    start = {"seek": np.full((1, 1, 1, 1, 1), case.people), "post": np.zeros((1, 1, 1, 1, 1))}
    run = individuals.run(Rates(book), start, 0, 1)
    check_ledger(run)
    assert run.stock[0, 1].sum(axis=(1, 2, 3)).tolist() == [case.people - case.hired, case.hired]
    assert run.vacancy[0, 1, 0, 0] == case.vacant
    in_stocks = stockflow.run(Rates(book), start, 0, 1)
    np.testing.assert_allclose(in_stocks.stock, run.stock, rtol=1e-12)
    np.testing.assert_allclose(in_stocks.vacancy[0, 1], run.vacancy[0, 1], rtol=1e-12)


@pytest.mark.parametrize(
    ("places", "weight"),
    [(np.nan, 1.0), (np.inf, 1.0), (-np.inf, 1.0), (1.0, np.nan), (1.0, -1.0), (1.0, np.inf)],
)
def test_what_is_no_number_is_refused_by_the_name_of_the_rule(places: float, weight: float) -> None:
    with pytest.raises(RateError, match=r"^rule openings on \w+, year 1: \S+ is not a number from"):
        hired(market(places, lambda m: weight), np.array([0.0, 3.0]), SIDE_BY_SIDE)


def test_more_people_in_one_cell_than_can_be_told_apart_are_refused_in_one_line() -> None:
    with pytest.raises(
        TooManyPeopleError, match=r"^5,000,000 people in one cell .* persons_per_agent$"
    ):
        hired(market(1.0, lambda m: 1.0), np.array([0.0, 5e6]), SIDE_BY_SIDE)


def test_a_stage_that_nobody_leaves_keeps_everybody() -> None:
    @flow(SEEK, POST)
    def settle(m: Moment) -> float:
        """People settle."""
        return 0.5

    book = Rulebook((SEEK, POST), (settle,), ages=(0, 1, 2), sexes=("all",))
    cells = np.full((1, 1, 3, 1, 1), 100.0)
    run = individuals.run(Rates(book), {"seek": cells, "post": np.zeros_like(cells)}, 0, 20)
    check_ledger(run)
    assert (run.stock.sum(axis=(2, 3, 4, 5)) == 300).all()
    assert run.stock[0, -1, 0].sum() < 5


def test_a_rule_that_begins_later_finds_people_whom_none_concerned_before() -> None:
    @flow((SEEK, POST), OUTSIDE)
    def settle(m: Moment) -> Any:
        """Those who seek leave from year 3 on, those with a post all the time."""
        return 0.1 if m.stage is POST else 0.5 * (m.year >= 3)

    # a market of which only seekers are candidates makes them a kind of their own
    rule = market(1.0, lambda m: 0.0)
    book = Rulebook(
        (SEEK, POST), (settle, rule), (Season((rule,)),), ages=(0, 1, 2), sexes=("all",)
    )
    cells = np.full((1, 1, 3, 1, 1), 100.0)
    seek = individuals.run(Rates(book), {"seek": cells, "post": cells}, 0, 5).stock[0, :, 0]
    assert (seek[:4].sum(axis=(1, 2, 3)) == 300).all()
    assert seek[4].sum() < 250


def test_the_years_that_are_done_are_told() -> None:
    years: list[int] = []
    prepared = prepare(compose(["persons_per_agent=1000", "years.last=2026"]))
    prepared.individuals(on_year=years.append)
    assert years == [2024, 2025, 2026]


def test_several_draws_at_once_are_refused() -> None:
    @flow(SEEK, POST)
    def settle(m: Moment) -> Any:
        """People settle."""
        return m.params.hazard

    book = Rulebook((SEEK, POST), (settle,), ages=(0,), sexes=("all",))
    cells = np.full((2, 1, 1, 1, 1), 10.0)
    with pytest.raises(ValueError, match="one draw"):
        individuals.run(Rates(book, {"hazard": 0.1}), {"seek": cells, "post": cells}, 0, 2)


def test_both_engines_stand_in_one_dataset_with_their_careers() -> None:
    ds = stsim.simulate("years.last=2036", "persons_per_agent=50", "replicates=2")
    assert ds.stock.dims[:2] == ("engine", "replicate")
    assert ds.engine.values.tolist() == ["stocks", "individuals"]
    found = stsim.indicators(ds)
    assert found.first_permanent_post_age_years.dims == ("replicate", "year")
    known = found.years_to_permanent_post.dropna("year", how="all")
    assert known.year.values.tolist() == [2034, 2035]
    assert ((known > 0) & (known < 10)).all()
    alone = stsim.indicators(stsim.simulate("engine=stocks", "years.last=2024"))
    assert alone.years_to_permanent_post.isnull().all()


def test_a_country_in_which_nothing_happens_and_one_with_less_than_nobody() -> None:
    book = Rulebook((SEEK,), (), ages=(0,), sexes=("all",))
    five = {"seek": np.full((1, 1, 1, 1, 1), 5.0)}
    for engine in (stockflow, individuals):
        assert engine.run(Rates(book), five, 0, 2).stock.ravel().tolist() == [5, 5, 5]
        for wrong in (-1.0, np.nan, np.inf):
            with pytest.raises(ValueError, match="stage seek: persons must be numbers from 0 on"):
                engine.run(Rates(book), {"seek": np.full((1, 1, 1, 1, 1), wrong)}, 0, 2)
