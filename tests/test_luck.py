"""Luck belongs to a seed, a person, a year and a decision: what that promises between runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import small_country
from scipy.stats import chi2

from stsim import careers, luck
from stsim.careers import Careers
from stsim.compose import compose
from stsim.engines import individuals
from stsim.engines.people import Log, numbered
from stsim.engines.stockflow import Run
from stsim.rates import Rates
from stsim.rulebook import JAPAN
from stsim.simulation import Prepared, dataset, prepare
from stsim.vocabulary import Array, Moment, Openings, Rule, Rulebook

COARSE = ("engine=individuals", "persons_per_agent=50", "years.last=2034")


def lived(*words: str) -> tuple[Run, Careers]:
    return prepare(compose((*COARSE, *words))).lives()


@cache
def baseline() -> tuple[Run, Careers]:
    return lived()


LONG = ("engine=individuals", "persons_per_agent=20", "years.last=2040")


@cache
def long_baseline() -> Careers:
    return careers.simulate(*LONG)


def bytes_of(lives: tuple[Run, Careers]) -> list[bytes]:
    """All that a run says, and every move of everybody."""
    run, log = lives
    arrays = (run.stock, run.flow, run.vacancy, run.market_intensity)
    columns = (log.person, log.when, log.pair, log.cell)
    return [array.tobytes() for array in (*arrays, *columns)]


# --- draws ----------------------------------------------------------------------------------------

PEOPLE = 200_000
#: Luck as people have it: of those who came through a few doors into a few cells.
OWN = luck.of(
    np.concatenate(
        [numbered(2023, door, np.arange(1000), np.full(1000, 50)) for door in (2047, 2, 3, 40)]
    )
)
HERE = (1, 1, 2023, "a")

Draws = Callable[[], Array]


def draws(*decision: int | str, own: luck.Bits = OWN, byte: int = 0) -> Array:
    """The draws of everybody for one of four decisions, as the engine makes them."""
    key = luck.key(*decision)
    first = luck.first_bytes(luck.short(own), key)[byte::4]
    return luck.begun(first, luck.draw(own, key))


def chi_square(counts: Array) -> float:
    """The chance of counts at least so uneven, were all cells alike."""
    expected = counts.sum() / counts.size
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), counts.size - 1))


KINDS: dict[str, Draws] = {
    "one decision": lambda: draws(*HERE),
    "the last byte": lambda: draws(*HERE, byte=3),
    "whole draws": lambda: luck.uniform(luck.draw(OWN, luck.key(*HERE))),
    "one person in many years": lambda: np.concatenate(
        [draws(1, 1, year, "a", own=OWN[:1]) for year in range(10_000)]
    ),
    "what is no person": lambda: np.array([luck.one(1, "phase", k) for k in range(10_000)]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_draws_are_uniform_to_the_byte_and_beyond(kind: str) -> None:
    found = KINDS[kind]()
    assert found.min() > 0
    assert found.max() < 1
    for scale in (1, 256):  # the byte, and what follows it
        counts = np.bincount((found * scale % 1 * 256).astype(int), minlength=256)
        assert chi_square(counts.astype(float)) > 1e-4


OTHERS: dict[str, Draws] = {
    "decision": lambda: draws(1, 1, 2023, "b"),
    "year": lambda: draws(1, 1, 2024, "a"),
    "replicate": lambda: draws(1, 2, 2023, "a"),
    "seed": lambda: draws(2, 1, 2023, "a"),
    "person": lambda: np.roll(draws(*HERE), 1),
    "cell": lambda: np.roll(draws(*HERE), 50),
    "door": lambda: np.roll(draws(*HERE), 50_000),
    "byte of the same four": lambda: draws(*HERE, byte=1),
    "time of the same decision": lambda: luck.uniform(
        luck.draw(OWN, luck.key(1, 1, 2023, "a", "when"))
    ),
    "digits of the same draw": lambda: draws(*HERE) * 256 % 1,
}


@pytest.mark.parametrize("other", OTHERS)
def test_draws_have_nothing_to_do_with_those_of_another(other: str) -> None:
    first, second = draws(*HERE), OTHERS[other]()
    cells = (first * 16).astype(int) * 16 + (second * 16).astype(int)
    assert chi_square(np.bincount(cells, minlength=256).astype(float)) > 1e-4


def test_a_person_is_known_by_their_luck() -> None:
    numbers = np.random.default_rng(1).integers(0, 2**62, 10_000)
    np.testing.assert_array_equal(luck.whose(luck.of(numbers)), numbers)


# --- runs -----------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    assert bytes_of(lived()) == bytes_of(baseline())
    for one, other in zip(bytes_of(lived("seed=2")), bytes_of(baseline()), strict=True):
        assert one != other


def test_all_levers_at_their_law_change_no_byte() -> None:
    """A placebo of every lever at once."""
    law = compose(()).law
    words = [
        f"policy.{name}={ {year: entry.timeline.at(year) for year in range(2027, 2035)} }"
        for name, entry in law.items()
    ]
    print(f"{len(words)} levers")
    assert bytes_of(lived(*words)) == bytes_of(baseline())


def test_a_policy_from_2030_changes_no_byte_before_it() -> None:
    words = ("policy_start=2030", "policy.permanent_posts_national_persons=3000")
    (base, before), (later, after) = baseline(), lived(*words)
    for name in ("stock", "flow", "vacancy", "market_intensity"):
        one, other = getattr(base, name), getattr(later, name)
        # the first seven are 2023 to 2029; April of 2030 is of 2030
        assert one[:, :7].tobytes() == other[:, :7].tobytes()
        assert one[:, 7].tobytes() != other[:, 7].tobytes()
    for name in ("person", "when", "pair", "cell"):
        one, other = (
            getattr(log, name)[(log.when < 2030) | (log.year < 2030)] for log in (before, after)
        )
        assert one.tobytes() == other.tobytes()


@pytest.mark.slow
def test_one_and_two_workers_give_the_same_bytes() -> None:
    words = ("engine=individuals", "persons_per_agent=100", "years.last=2025", "replicates=3")
    one, two = (dataset(compose((*words, f"workers={n}"))) for n in (1, 2))
    assert list(one.data_vars) == list(two.data_vars)
    for name in one.data_vars:
        assert one[name].values.tobytes() == two[name].values.tobytes()


def moves(rates: Rates, start: dict[str, Array]) -> dict[tuple[int, ...], list[tuple[float, ...]]]:
    """The moves of everybody, by their number."""
    log = Log()
    individuals.run(rates, start, 2000, 2012, log=log)
    columns = [
        np.concatenate([np.asarray(part, dtype=np.float64) for part in column])
        for column in (log.when, log.pair, log.cell)
    ]
    found: dict[tuple[int, ...], list[tuple[float, ...]]] = {}
    for number, *move in zip(np.concatenate(log.person).tolist(), *columns, strict=True):
        found.setdefault((number,), []).append(tuple(move))
    return found


def test_without_markets_more_entrants_change_nobody_else() -> None:
    book = small_country.BOOK
    rules = tuple(rule for rule in book.rules if rule.kind != "posts")

    def rates(more: float) -> Rates:
        enter = small_country.enter
        as_many = type(enter)(enter.kind, lambda m: enter.function(m) * more, enter.moves)
        as_many.function.__name__ = enter.name
        own = tuple(as_many if rule is enter else rule for rule in rules)
        return Rates(
            Rulebook(book.stages, own, (), ages=book.ages, sexes=book.sexes, fields=book.fields)
        )

    before, after = (moves(rates(more), small_country.start()) for more in (1.0, 1.2))
    assert len(after) > len(before) + 100
    assert {who: after[who] for who in before} == before


def closed(market: Rule) -> Rule:
    """A market in which there is never a post."""

    def nothing(m: Moment) -> Openings:
        return Openings(0.0)

    nothing.__name__ = market.name
    return replace(market, function=nothing)


def without_markets(*words: str) -> Careers:
    """Careers in Japan if there were no posts at all to compete for."""
    prepared = prepare(compose((*COARSE, *words)))
    own = {rule: closed(rule) if rule.kind == "posts" else rule for rule in JAPAN.rules}
    seasons = tuple(
        replace(season, markets=tuple(own[market] for market in season.markets))
        for season in JAPAN.seasons
    )
    book = replace(JAPAN, rules=tuple(own.values()), seasons=seasons)
    alone = Prepared(prepared.config, prepared.rates.of(book), prepared.start, prepared.scope)
    return alone.lives()[1]


def test_in_japan_without_markets_more_graduates_change_nobody_else() -> None:
    base, other = without_markets(), without_markets("policy.masters_graduates_ratio=1.2")
    found = careers.displaced(base, other)
    newcomers = found.only_in_second.sum() / 50
    print(f"{float(newcomers):.0f} newcomers beside {len(base.persons)} others with a move")
    assert newcomers > 100
    assert found.differ.sum() == 0


# --- markets --------------------------------------------------------------------------------------


IS_HIRE = np.array([rule.kind == "posts" for rule, _, _ in JAPAN.pairs])


class Rows(NamedTuple):
    """Moves by person, time and place in the labels."""

    person: Array
    when: Array
    pair: Array


def only_in(careers: Careers, other: Careers) -> Rows:
    """The moves that those there in both runs make in the first of them only."""

    def rows(of: Careers) -> Array:
        columns = [("person", "i8"), ("when", "f8"), ("pair", "i8")]
        found = np.empty(len(of), dtype=columns)
        found["person"], found["when"], found["pair"] = of.person, of.when, of.pair
        return found

    own = np.setdiff1d(rows(careers), rows(other))
    both = other.has(own["person"]) | careers.are_from_start(own["person"])
    return Rows(*(own[both][name] for name in ("person", "when", "pair")))


def begin_to_differ(base: Careers, other: Careers) -> tuple[int, int]:
    """How many careers differ, and how many of them first by a hire that only one run has."""
    one, two = only_in(base, other), only_in(other, base)
    person, when, pair = (np.concatenate(both) for both in zip(one, two, strict=True))
    who, place = np.unique(person, return_inverse=True)
    first = np.full(len(who), np.inf)
    np.minimum.at(first, place, when)
    by_hire = np.zeros(len(who), dtype=bool)
    by_hire[place[(when == first[place]) & IS_HIRE[pair.astype(int)]]] = True
    return len(who), int(by_hire.sum())


POLICIES = ("policy.masters_graduates_ratio=1.2", "policy.dc_fellows_persons=9000")


@pytest.mark.parametrize("policy", POLICIES)
def test_careers_begin_to_differ_only_by_a_hire_that_one_run_has(policy: str) -> None:
    """Everybody has the same luck, so others matter to somebody only where posts are filled.

    Hence the bound on how many careers differ: the posts filled since the policy began, in both
    runs together. There is none in newcomers alone: whoever misses a post because of one looks for
    another next spring, which somebody else then misses, and so on.
    """
    base, other = long_baseline(), careers.simulate(*LONG, policy)
    found = careers.displaced(base, other)
    differ, by_hire = begin_to_differ(base, other)
    last = found.isel(time=-1)
    people, newcomers = float(last.persons.sum()) / 20, float(found.only_in_second.sum()) / 20
    hires = sum(int((IS_HIRE[run.pair] & (run.year >= 2027)).sum()) for run in (base, other))
    print(
        f"{policy}: {differ / people:.2%} of {people:,.0f} careers differ by 2040, {differ}, "
        f"{differ / newcomers:.1f} for each of {newcomers:,.0f} newcomers; {hires:,} hires"
    )
    assert differ == float(last.differ.sum()) / 20
    assert 0 < differ == by_hire
    assert differ < hires


def differences(pairs: int, words: Sequence[str], policy: str, shift: int) -> Array:
    """The effect of a policy in the last year, pair by pair of runs.

    On seekers, doctoral students, permanent faculty under 40, and hires for permanent posts.
    """
    stages = [stage.name for stage in JAPAN.stages]
    seekers, students, permanent = (
        [k for k, stage in enumerate(stages) if stage.startswith(name)]
        for name in ("seeking_", "doctoral_", "permanent_")
    )
    hires = [
        k for k, (rule, s, _) in enumerate(JAPAN.pairs)
        if rule.name.startswith("permanent_posts") and "permanent" not in s.name
    ]  # fmt: skip
    young = np.array(JAPAN.ages) < 40
    base, other = prepare(compose(words)), prepare(compose((*words, policy)))
    found = []
    for k in range(1, pairs + 1):
        a, b = base.individuals(k), other.individuals(k + shift)
        stock, flow = (b.stock - a.stock)[0, -1], (b.flow - a.flow)[0, -1]
        under_40 = stock[permanent][:, young]
        found.append([x.sum() for x in (stock[seekers], stock[students], under_40, flow[hires])])
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_luck_makes_the_spread_of_an_effect_a_tenth(policy: str) -> None:
    words = ("engine=individuals", "persons_per_agent=10", "years.last=2032")
    paired = differences(40, words, policy, 0).var(axis=0, ddof=1)
    independent = differences(40, words, policy, 1000).var(axis=0, ddof=1)
    print("variance of paired over independent differences:", paired / independent)
    assert (paired / independent < 0.1).all()
