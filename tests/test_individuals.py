"""The individual engine beside the stock engine, and beside exact answers in small markets."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from scipy.stats import t

import stsim
from stsim.compose import compose
from stsim.engines import individuals, stockflow
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
@pytest.mark.parametrize("scenario", ["baseline", "expand_dc", "tenure_track"])
def test_the_engines_agree_in_thirty_runs_of_a_tenth(scenario: str) -> None:
    engines_agree((f"scenario={scenario}", "persons_per_agent=10", "engine=individuals"), 30)


def bias(persons_per_agent: int, replicates: int, last: int) -> tuple[float, float]:
    """How far permanent hires are from expected, as a share, and its standard error."""
    words = (f"persons_per_agent={persons_per_agent}", "engine=individuals", f"years.last={last}")
    prepared = prepare(compose(words))
    entering = [
        k for k, (rule, s, _) in enumerate(JAPAN.pairs)
        if rule.name.startswith("permanent_posts") and "permanent" not in s.name
    ]  # fmt: skip
    hires = np.nansum(outcomes(prepared, replicates)[1][:, :, entering], axis=(1, 2))
    expected = np.nansum(totals(prepared.run())[1][:, entering])
    return hires.mean() / expected - 1, hires.std(ddof=1) / expected / np.sqrt(replicates)


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "replicates"), [(100, 100), (10, 30), (1, 4)])
def test_hires_for_permanent_posts_show_no_bias_at_any_size(scale: int, replicates: int) -> None:
    gap, error = bias(scale, replicates, 2035)
    print(f"1:{scale}: {gap:+.3%} ± {error:.3%} of hires 2024-35")
    assert abs(gap) < 4 * error


def test_the_first_years_intake_is_unbiased_at_a_tenth() -> None:
    words = ("persons_per_agent=10", "engine=individuals", "years.last=2024")
    prepared = prepare(compose(words))
    intakes = [k for k, (rule, _, _) in enumerate(JAPAN.pairs) if rule.kind == "intake"]
    entered = outcomes(prepared, 30)[1][:, 1, intakes]
    expected = totals(prepared.run())[1][1, intakes]
    z, many = largest_z(entered, expected, 10.0 / np.sqrt(12))
    assert z < limit(many, 30)


# --- small markets with exact answers -------------------------------------------------------------

SEEK, POST = Stage("seek"), Stage("post")


def hired(market: Rule, people: Array, seeds: int, rounds: int = 1) -> Array:
    """Hires in the first spring by (seed, age), of people by age."""
    ages = tuple(range(len(people)))
    book = Rulebook(
        (SEEK, POST), (market,), (Season((market,), rounds=rounds),), ages=ages, sexes=("all",)
    )
    # a year older in spring: the oldest class is empty at the start
    cells = np.zeros((1, 1, len(ages), 1, 1))
    cells[0, 0, :-1, 0, 0] = people[1:]
    start = {"seek": cells, "post": np.zeros_like(cells)}
    found = []
    for seed in range(seeds):
        run = individuals.run(Rates(book), start, 0, 1, seed=seed)
        check_ledger(run)
        found.append(run.stock[0, 1, 1, :, 0, 0])
    return np.array(found)


def market(
    places: float, weight: Callable[[Moment], Any], reserved: tuple[Reserved, ...] = ()
) -> Rule:
    @posts(SEEK, POST, weight=weight)
    def openings(m: Moment) -> Openings:
        """There are places."""
        group = tuple(Reserved(r.share, np.asarray(m.age == r.group, float)) for r in reserved)
        return Openings(places, reserved=group)

    return openings


def within(counts: Array, chance: Array, seeds: int) -> None:
    """Counts of independent trials are within 4 standard errors of their chances."""
    error = np.sqrt(np.maximum(chance * (1 - chance), 1e-12) / seeds)
    assert (np.abs(counts / seeds - chance) < 4 * error + 1e-12).all()


def test_one_post_goes_to_each_by_weight() -> None:
    weights = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    rule = market(1.0, lambda m: weights[m.age.astype(int)])
    seeds = 1000
    within(hired(rule, np.array([0, 1, 1, 1, 1]), seeds).sum(axis=0), weights / 10, seeds)


def test_two_posts_go_by_drawing_without_replacement() -> None:
    weights = np.array([0.0, 1.0, 2.0, 4.0])
    chance = np.zeros(4)
    for first, second in permutations((1, 2, 3), 2):
        both = weights[first] / 7 * weights[second] / (7 - weights[first])
        chance[[first, second]] += both
    rule = market(2.0, lambda m: weights[m.age.astype(int)])
    seeds = 1000
    within(hired(rule, np.array([0, 1, 1, 1]), seeds).sum(axis=0), chance, seeds)


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
    assert (hired(rule, np.array([0, 5, 4, 7]), 5)[:, 1:] == [5, 4, 0]).all()


@pytest.mark.parametrize("rounds", [1, 3])
def test_places_reserved_for_a_group_are_filled_from_it_first(rounds: int) -> None:
    """All weigh the same: half of 30 places for 20 of age 1, the rest by lot with 80 of age 2."""
    rule = market(30.0, lambda m: 1.0, (Reserved(0.5, 1.0),))
    seeds = 300
    young = hired(rule, np.array([0.0, 20.0, 80.0]), seeds, rounds)[:, 1]
    # 15, and 15 by lot among the 5 young and 80 old who are left: hypergeometric
    mean, variance = 15 * 5 / 85, 15 * (5 / 85) * (80 / 85) * (70 / 84)
    assert abs(young.mean() - 15 - mean) < 4 * np.sqrt(variance / seeds)
    assert young.min() >= 15


def test_places_a_group_leaves_over_are_for_everybody() -> None:
    rule = market(30.0, lambda m: 1.0, (Reserved(0.5, 1.0),))
    assert (hired(rule, np.array([0.0, 10.0, 80.0]), 5)[:, 1:] == [10, 20]).all()


def test_a_reserved_fraction_of_a_place_is_made_whole_without_bias() -> None:
    rule = market(3.0, lambda m: 1.0, (Reserved(0.25, 1.0),))
    seeds = 600
    young = hired(rule, np.array([0.0, 3.0, 0.0, 1000.0]), seeds)[:, 1]
    # 0.75 places on average, and hardly ever one by lot
    assert abs(young.mean() - 0.75 - 2.25 * 2.25 / 1002) < 4 * np.sqrt(0.75 * 0.25 / seeds)


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
    without, with_nothing = (hired(rule, np.array([0.0, 20.0, 80.0]), 5) for rule in weight)
    assert without.tobytes() == with_nothing.tobytes()


def test_more_than_all_places_cannot_be_reserved() -> None:
    rule = market(30.0, lambda m: 1.0, (Reserved(0.7, 1.0), Reserved(0.4, 2.0)))
    with pytest.raises(RateError, match=r"rule openings, year 1: 110% of the places reserved"):
        hired(rule, np.array([0.0, 20.0, 80.0]), 1)


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

    book = Rulebook(
        (SEEK, POST), (arrive, give_up, openings), (Season((openings,)),),
        ages=(0,), sexes=("all",),
    )  # fmt: skip
    start = {name: np.zeros((1, 1, 1, 1, 1)) for name in ("seek", "post")}
    queue = 2 / (1 - np.exp(-0.1))
    expected = stockflow.run(Rates(book), start, 0, 100).stock[0, -1, 0].sum()
    assert expected == pytest.approx(queue, rel=1e-4)
    runs = [individuals.run(Rates(book), start, 0, years, seed=seed) for seed in range(40)]
    waiting = np.array([run.stock[0, 40:, 0].sum(axis=(1, 2, 3)).mean() for run in runs])
    assert abs(waiting.mean() - queue) < 4 * waiting.std(ddof=1) / np.sqrt(len(runs))


# --- what people try ------------------------------------------------------------------------------


def test_a_country_with_nobody_in_it_stays_empty() -> None:
    @posts(SEEK, POST, weight=lambda m: 1.0)
    def places(m: Moment) -> Seats:
        """There are posts."""
        return Seats(5.0)

    book = Rulebook((SEEK, POST), (places,), (Season((places,)),), ages=(0,), sexes=("all",))
    start = {name: np.zeros((1, 1, 1, 1, 1)) for name in ("seek", "post")}
    run = individuals.run(Rates(book), start, 0, 3)
    assert run.stock.sum() == 0
    assert (run.vacancy[0, 1:, 0, 0] == 5).all()


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
