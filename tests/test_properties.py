"""What holds for any rulebook, any policy and any population, tried with random ones.

A few cases of each are tried every time, thousands with `-m slow`. `python tests/test_properties.py
[cases of each] [part of a name]` tries so many and prints how many there were.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from stsim import levers
from stsim.compose import compose
from stsim.config import Config, ConfigError
from stsim.engines import individuals, stockflow
from stsim.engines.stockflow import Run
from stsim.rates import Rates
from stsim.results import check_ledger
from stsim.simulation import Point, beside, prepare
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
    flow,
    intake,
    leftover,
    posts,
    year_end,
)

FIRST, YEARS = 2000, 5
#: A policy begins here.
START = 2002
#: How many cases of each property were tried.
CASES: Counter[str] = Counter()
#: What may go wrong by chance, over all comparisons of thousands of cases.
CHANCE = 1e-9


@dataclass(frozen=True)
class Country:
    """A random rulebook with people; `lever` from the start of a policy on, 1 before."""

    book: Rulebook
    people: Mapping[str, Array]
    lever: float
    size: float = 1.0

    def rates(self, sizes: Sequence[float] = (), lever: float | None = None, more: float = 0.0):  # type: ignore[no-untyped-def]
        """Its rates: with one size of all amounts or several, with a policy, with more posts."""
        later = 1.0 if lever is None else lever
        size = np.array(sizes or [self.size]).reshape(-1, 1, 1, 1, 1)
        return Rates(
            self.book,
            {"size": size, "more": more},
            lambda year: {"lever": later if year >= START else 1.0},
        )


def countries(markets: bool, people: float = 200.0) -> st.SearchStrategy[Country]:
    """Random rulebooks of two to four stages with every kind of rule, or every kind but markets."""
    return st.builds(
        lambda seed, lever: _country(np.random.default_rng(seed), markets, people, lever),
        st.integers(0, 2**32),
        st.floats(0, 2),
    )


def _country(rng: np.random.Generator, markets: bool, people: float, lever: float) -> Country:
    stages = tuple(Stage(f"stage{k}", clock_years=int(n)) for k, n in
                   enumerate(rng.integers(1, 4, rng.integers(2, 5))))  # fmt: skip
    ages = tuple(range(20, 20 + int(rng.integers(2, 6))))
    fields = ("large", "small")[: int(rng.integers(1, 3))]
    shape = (len(ages), 2, len(fields))
    rules: list[Rule] = []

    def amount(low: float, high: float) -> Callable[[Moment], Array]:
        """A number for everybody, or by age, sex, field or clock, that a policy may move."""
        kept = rng.random(3) < 0.5
        sizes = [n if keep else 1 for n, keep in zip(shape, kept, strict=True)]
        values = rng.uniform(low, high, (1, 1, *sizes))
        by_clock, steered = rng.random() < 0.5, rng.random() < 0.4

        def of(m: Moment) -> Array:
            found = values * m.params.size
            found = found / (1 + m.clock) if by_clock else found
            return np.asarray(found * m.policy.lever / 2 if steered else found)

        return of

    def some(k: int = 2) -> list[Stage]:
        picked = rng.choice(len(stages), int(rng.integers(1, min(k, len(stages)) + 1)), False)
        return [stages[p] for p in sorted(picked)]

    def another(than: Sequence[Stage]) -> Stage:
        left = [stage for stage in (*stages, OUTSIDE) if stage not in than]
        return left[int(rng.integers(len(left)))] if left else OUTSIDE

    def named(name: str, made: Callable[[Any], Rule], function: Callable[[Moment], Any]) -> None:
        function.__name__ = f"{name}{len(rules)}"
        rules.append(made(function))

    for _ in range(int(rng.integers(0, 3))):
        entrants = amount(0, people / 20 / np.prod(shape))

        def persons(m: Moment, of: Callable[[Moment], Array] = entrants) -> Array:
            return of(m)[:, :1]

        named("enter", intake(another([OUTSIDE])), persons)
    for _ in range(int(rng.integers(0, 3))):
        sources = some()
        named("leave", flow(sources, another(sources)), amount(0, 1.5))
    for _ in range(int(rng.integers(0, 3))):
        sources = some()
        named("end", year_end(sources, another(sources)), amount(0, 0.5))
    seasons: list[Season] = []
    if markets:
        in_season, everywhere = [], bool(rng.random() < 0.3)
        for _ in range(int(rng.integers(1, 3))):
            candidates = some()
            target = another([*candidates, OUTSIDE])
            if target is OUTSIDE:
                continue
            seats = bool(rng.random() < 0.7)
            number = rng.uniform(0, people / 2, (1, 1, 1, 1, 1 if everywhere else len(fields)))
            outside = float(rng.choice([0.0, 0.2]))

            def places(m: Moment, number: Array = number, seats: bool = seats,
                       outside: float = outside) -> Any:  # fmt: skip
                kind = Seats if seats else Openings
                scale = 1.0 if seats else 0.2
                return kind((number * scale + m.params.more) * m.policy.lever / 2, outside)

            weight = amount(0.1, 2)
            named(
                "posts",
                posts(candidates, target, weight=lambda m, of=weight: of(m) + 0.01,
                      over_all_fields=everywhere, also_from_outside=True),
                places,
            )  # fmt: skip
            in_season.append(rules[-1])
        if in_season:
            seasons.append(Season(tuple(in_season), rounds=int(rng.integers(1, 3))))
        if rng.random() < 0.5:
            sources = some(1)
            named("wait", leftover(sources, another(sources)), amount(0, 0.4))
    if not rules:
        named("leave", flow(stages[0], OUTSIDE), amount(0, 1.5))
    book = Rulebook(stages, tuple(rules), tuple(seasons), ages=ages, fields=fields)
    start = {
        stage.name: rng.uniform(0, 2, (1, stage.clock_years, *shape))
        * people / stage.clock_years / np.prod(shape) * (rng.random() < 0.8)
        for stage in stages
    }  # fmt: skip
    return Country(book, start, lever)


def _run(engine: Any, rates: Rates, people: Mapping[str, Array], years: int = YEARS) -> Run:
    run: Run = engine.run(rates, people, FIRST, FIRST + years)
    return run


# ---------------------------------------------------------------------------- any rulebook at all


def people_are_conserved_and_never_negative(country: Country) -> None:
    """Both engines balance every stage in every year to 1e-9, and no stock is below nothing."""
    for engine in (stockflow, individuals):
        run = _run(engine, country.rates(lever=country.lever), country.people)
        check_ledger(run)
        assert run.stock.min() >= (0 if engine is individuals else -1e-9)
        flows = run.flow[~np.isnan(run.flow)]
        assert flows.min() >= -1e-9
        if engine is individuals:
            assert np.array_equal(run.stock, np.rint(run.stock))


def a_later_policy_changes_nothing_earlier(country: Country) -> None:
    """Until the year before a policy begins, stocks and moves are the same to the last bit.

    Stocks of 1 May of its first year, and the moves of the April before, are its first effects.
    """
    for engine in (stockflow, individuals):
        law = _run(engine, country.rates(), country.people)
        policy = _run(engine, country.rates(lever=country.lever), country.people)
        before = START - FIRST
        assert policy.stock[:, :before].tobytes() == law.stock[:, :before].tobytes()
        assert policy.flow[:, : before - 1].tobytes() == law.flow[:, : before - 1].tobytes()


def draws_side_by_side_are_those_one_by_one(country: Country) -> None:
    """Three sizes of all amounts go through the engine at once as they do one after the other."""
    sizes = (0.2, 0.9, 0.6)
    people = {n: np.repeat(cells, 3, axis=0) for n, cells in country.people.items()}
    together = _run(stockflow, country.rates(sizes), people)
    largest = max(1.0, together.stock.max())
    for k, size in enumerate(sizes):
        alone = _run(stockflow, country.rates([size]), country.people)
        np.testing.assert_allclose(together.stock[k], alone.stock[0], 0, 1e-11 * largest)
        np.testing.assert_allclose(together.flow[k], alone.flow[0], 0, 1e-11 * largest)


#: Outcomes of chance whose mean is set beside the stock engine.
OUTCOMES = 10


def _gaps(country: Country) -> tuple[Array, Array, Array]:
    """Expected persons by time and stage, how far the mean of outcomes is from it, what chance is.

    Persons of a stage are a sum of independent ones, and of one more draw for each cell that is
    made whole, so that their variance is below their mean; Bernstein's inequality then bounds the
    gap of the mean of some outcomes without any estimate from them.
    """
    stocks = _run(stockflow, country.rates(), country.people).stock[0].sum(axis=(2, 3, 4))
    outcomes = [
        individuals.run(country.rates(), country.people, FIRST, FIRST + YEARS, replicate=k)
        for k in range(1, OUTCOMES + 1)
    ]
    mean = np.mean([run.stock[0].sum(axis=(2, 3, 4)) for run in outcomes], axis=0)
    cells = sum(array.size for array in country.people.values()) * (1 + YEARS)
    part = np.log(2 * stocks.size / CHANCE) / OUTCOMES
    chance = part / 3 + np.sqrt((part / 3) ** 2 + 2 * part * (stocks + cells / 4))
    return stocks, np.abs(mean - stocks), chance


def the_engines_agree_where_everybody_is_alone(country: Country) -> None:
    """Without markets the stock engine gives the expected value of the individuals exactly."""
    _, gap, chance = _gaps(country)
    assert (gap <= chance).all(), f"{gap.max()} of {chance.flat[gap.argmax()]}"


def the_engines_agree_with_markets(country: Country) -> None:
    """With markets too, but for what the limit of many people leaves out.

    The stock engine is the limit of the race for posts; with V places it is off by O(1/V), and by
    O(√N) where as many people seek as there are places. Three in a hundred of all people, and
    four, are allowed beside chance.
    """
    stocks, gap, chance = _gaps(country)
    allowed = chance + 0.03 * stocks.sum(axis=1, keepdims=True) + 4
    assert (gap <= allowed).all(), f"{gap.max()} of {allowed.flat[gap.argmax()]}"


def more_posts_never_mean_fewer_people_in_posts_that_spring(country: Country) -> None:
    """People in all posts on the 1 May after more posts are there, whoever was hired from where.

    As long as leftover rules are for those who seek: one that sends away a share of the people in
    posts sends away more where more were hired.
    """
    held = {t.name for season in country.book.seasons for m in season.markets for t in m.targets}
    leaving = (rule.sources for rule in country.book.rules if rule.kind == "leftover")
    assume(held and not held & {stage.name for sources in leaving for stage in sources})
    people = []
    for more in (0.0, 20.0):
        run = _run(stockflow, country.rates(more=more), country.people, 1)
        place = [k for k, stage in enumerate(country.book.stages) if stage.name in held]
        people.append(run.stock[0, 1, place].sum())
    assert people[1] >= people[0] - 1e-9 * max(1.0, people[0])


@dataclass(frozen=True)
class Posts:
    """People who seek and people in posts; how many leave each, enter, and how many posts."""

    seeking: float
    in_posts: float
    leave_seeking: float
    leave_posts: float
    entrants: float
    seats: float
    more: float


def _in_posts(case: Posts, seats: float, years: int = 8) -> Array:
    seek, post = Stage("seek"), Stage("post")

    @intake(seek)
    def enter(m: Moment) -> float:
        """Enter."""
        return case.entrants

    @flow(seek, OUTSIDE)
    def give_up(m: Moment) -> float:
        """Give up."""
        return case.leave_seeking

    @flow(post, OUTSIDE)
    def leave(m: Moment) -> float:
        """Leave."""
        return case.leave_posts

    @posts(seek, post, weight=lambda m: 1.0)
    def vacancies(m: Moment) -> Seats:
        """Vacant posts are filled."""
        return Seats(seats)

    book = Rulebook(
        (seek, post), (enter, give_up, leave, vacancies), (Season((vacancies,)),), ages=(0,),
        sexes=("all",),
    )  # fmt: skip
    start = {"seek": case.seeking, "post": case.in_posts}
    people = {name: np.full((1, 1, 1, 1, 1), number) for name, number in start.items()}
    return np.asarray(
        _run(stockflow, Rates(book), people, years).stock[0, :, 1].sum(axis=(1, 2, 3))
    )


def more_posts_never_mean_fewer_people_in_posts_later(case: Posts) -> None:
    """In any later year, as long as people do not leave posts faster than they give up seeking.

    Where they do the claim is false, in the model as in life: posts filled this year with people
    who leave them are not filled with those who would have waited (the test below).
    """
    before, after = (_in_posts(case, case.seats + more) for more in (0.0, case.more))
    assert (after >= before - 1e-9 * np.maximum(1.0, before)).all()


POSTS = st.builds(
    lambda seek, post, quick, part, enter, seats, more: Posts(
        seek, post, quick, quick * part, enter, seats, more
    ),
    *(st.floats(0, 500), st.floats(0, 500), st.floats(0, 2), st.floats(0, 1)),
    *(st.floats(0, 100), st.floats(0, 500), st.floats(0, 300)),
)


# ------------------------------------------------------------------------------------- Japan

QUICKLY = ("engine=stocks", "band=false", "years.last=2030")


@st.composite
def policies(draw: st.DrawFn) -> list[str]:
    """Words for a random policy: up to four levers in their ranges, from some year, with a ramp."""
    names = draw(st.lists(st.sampled_from(levers.NAMES), min_size=1, max_size=4, unique=True))
    start = draw(st.integers(2024, 2029))

    def value(name: str) -> str:
        about = levers.about(name)
        part = draw(st.sampled_from((0.0, 0.1, 0.5, 0.9, 1.0)))
        return f"{about.low + part * (about.high - about.low):.6g}"

    words = [f"policy_start={start}", f"ramp_years={draw(st.integers(0, 4))}"]
    for name in names:
        if draw(st.booleans()):
            words.append(f"policy.{name}={value(name)}")
        else:
            words.append(f"policy.{name}={{{start}: {value(name)}, {start + 1}: {value(name)}}}")
    return words


def _composed(words: Sequence[str]) -> Config:
    try:
        return compose([*QUICKLY, *words])
    except ConfigError as error:
        assume("together they may be 1" not in str(error))
        raise


def any_policy_keeps_people_and_the_past(words: list[str]) -> None:
    """A random policy for Japan: nobody is lost, no stock is negative, nothing earlier changes."""
    config = _composed(words)
    run, law = prepare(config).run(), _law()
    check_ledger(run)
    before = config.policy_start - config.years.first
    assert run.stock[:, :before].tobytes() == law.stock[:, :before].tobytes()
    assert run.flow[:, : before - 1].tobytes() == law.flow[:, : before - 1].tobytes()


def policies_side_by_side_are_those_one_by_one(several: list[list[str]]) -> None:
    """Random policies for Japan on the draw axis: as alone, to 1e-11 of the largest number."""
    configs = [_composed(words) for words in several]
    together = beside([Point(config) for config in configs])["stock"].values
    for k, config in enumerate(configs):
        alone = prepare(config).run(lambda year: None).stock[0].sum(axis=-1, keepdims=True)
        np.testing.assert_allclose(together[k], alone, 0, 1e-11 * alone.max())


def _law() -> Run:
    if not _KEPT:
        _KEPT.append(prepare(compose(QUICKLY)).run())
    return _KEPT[0]


_KEPT: list[Run] = []

#: Every property with what it is tried with, and how many cases of it are tried quickly; in the
#: long test one case of Japan stands for ten others.
PROPERTIES: dict[Callable[[Any], None], tuple[st.SearchStrategy[Any], int, int]] = {
    people_are_conserved_and_never_negative: (countries(True), 10, 1000),
    a_later_policy_changes_nothing_earlier: (countries(True), 10, 1000),
    draws_side_by_side_are_those_one_by_one: (countries(True), 10, 1000),
    the_engines_agree_where_everybody_is_alone: (countries(False), 3, 300),
    the_engines_agree_with_markets: (countries(True, 1000.0), 3, 300),
    more_posts_never_mean_fewer_people_in_posts_that_spring: (countries(True), 15, 1000),
    more_posts_never_mean_fewer_people_in_posts_later: (POSTS, 15, 1000),
    any_policy_keeps_people_and_the_past: (policies(), 3, 100),
    policies_side_by_side_are_those_one_by_one: (
        st.lists(policies(), min_size=2, max_size=3), 1, 30
    ),
}  # fmt: skip


def tried(wanted: Callable[[Any], None], cases: int, derandomize: bool) -> None:
    """Try a property with random cases; the seed is fixed or, with `derandomize` off, anew."""

    def counted(case: Any) -> None:
        wanted(case)
        CASES[wanted.__name__] += 1

    settings(
        max_examples=cases, derandomize=derandomize, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
    )(given(PROPERTIES[wanted][0])(counted))()  # fmt: skip


@pytest.mark.parametrize("wanted", PROPERTIES, ids=lambda wanted: wanted.__name__)
def test_it_holds_in_some_cases(wanted: Callable[[Any], None]) -> None:
    tried(wanted, PROPERTIES[wanted][1], derandomize=True)


@pytest.mark.slow
@pytest.mark.parametrize("wanted", PROPERTIES, ids=lambda wanted: wanted.__name__)
def test_it_holds_in_thousands_of_cases(wanted: Callable[[Any], None]) -> None:
    tried(wanted, PROPERTIES[wanted][2], derandomize=False)


def test_more_posts_mean_fewer_people_in_posts_where_these_are_left_faster() -> None:
    """Half of those who seek get posts and stay a year on average; the others would have waited."""
    case = Posts(100, 0, 0.0, 1.0, 0.0, 50, 50)
    assert _in_posts(case, 100, 2)[2] < _in_posts(case, 50, 2)[2]


def main(cases: int, part: str = "") -> None:
    """Try every property with so many cases, those of Japan and of chance with fewer."""
    for wanted, (_, _, usual) in PROPERTIES.items():
        if part not in wanted.__name__:
            continue
        began = time.perf_counter()
        tried(wanted, max(1, cases * usual // 1000), derandomize=False)
        seconds = time.perf_counter() - began
        print(
            f"{CASES[wanted.__name__]:>6} cases  {seconds:>5.0f} s  {wanted.__name__}", flush=True
        )
    print(f"{sum(CASES.values())} cases of {len(CASES)} properties")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    names = [word for word in sys.argv[1:] if not word.isdigit()]
    main(*numbers[:1] or [1000], *names[:1])
