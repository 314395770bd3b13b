"""Luck belongs to a seed, a person, a year and a decision: what that promises between runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import small_country
from scipy.stats import chi2

from stsim import careers, luck
from stsim.compose import compose
from stsim.engines import individuals
from stsim.engines.people import Log
from stsim.rates import Rates
from stsim.rulebook import JAPAN
from stsim.simulation import dataset, prepare
from stsim.vocabulary import Array, Rulebook

COARSE = ("engine=individuals", "persons_per_agent=50", "years.last=2034")


def bytes_of(*words: str) -> list[bytes]:
    run = prepare(compose((*COARSE, *words))).individuals()
    return [array.tobytes() for array in (run.stock, run.flow, run.vacancy, run.market_intensity)]


# --- draws ----------------------------------------------------------------------------------------


def draws(decision: str, people: int = 200_000) -> Array:
    own = luck.of(np.arange(people))
    key = luck.key(1, 1, 2023, decision)
    return luck.begun(
        luck.first_bytes(luck.short(own), key)[:: 4], luck.draw(own, key)
    )  # fmt: skip


def chi_square(counts: Array) -> float:
    """The chance of counts at least so uneven, were all cells alike."""
    expected = counts.sum() / counts.size
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), counts.size - 1))


def test_draws_are_uniform_to_the_byte_and_beyond() -> None:
    found = draws("a")
    assert found.min() > 0
    assert found.max() < 1
    for scale in (1, 256):  # the byte, and what follows it
        counts = np.bincount((found * scale % 1 * 256).astype(int), minlength=256)
        assert chi_square(counts.astype(float)) > 1e-4


@pytest.mark.parametrize("other", ["b", "next person", "next byte"])
def test_draws_have_nothing_to_do_with_each_other(other: str) -> None:
    first = draws("a")
    if other == "next person":
        second = np.roll(first, 1)
    elif other == "next byte":
        own = luck.short(luck.of(np.arange(len(first))))
        second = luck.first_bytes(own, luck.key(1, 1, 2023, "a"))[1::4] / 256
    else:
        second = draws("b")
    cells = (first * 16).astype(int) * 16 + (second * 16).astype(int)
    assert chi_square(np.bincount(cells, minlength=256).astype(float)) > 1e-4


def test_a_person_is_known_by_their_luck() -> None:
    numbers = np.random.default_rng(1).integers(0, 2**62, 10_000)
    np.testing.assert_array_equal(luck.whose(luck.of(numbers)), numbers)


# --- runs -----------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    assert bytes_of() == bytes_of()
    assert bytes_of() != bytes_of("seed=2")


def test_a_placebo_changes_no_byte() -> None:
    law = compose(()).law["pd_fellows_persons"].timeline
    placebo = {year: law.at(year) for year in range(2027, 2035)}
    assert bytes_of(f"policy.pd_fellows_persons={placebo}") == bytes_of()


def test_a_policy_from_2030_changes_no_byte_before_it() -> None:
    words = ("policy_start=2030", "policy.permanent_posts_national_persons=3000")
    base = prepare(compose(COARSE)).individuals()
    later = prepare(compose((*COARSE, *words))).individuals()
    assert base.stock[:, :7].tobytes() == later.stock[:, :7].tobytes()
    assert base.flow[:, :7].tobytes() == later.flow[:, :7].tobytes()  # April of 2030 is of 2030
    assert base.stock[:, 7].tobytes() != later.stock[:, 7].tobytes()


def test_one_and_two_workers_give_the_same_bytes() -> None:
    words = ("engine=individuals", "persons_per_agent=100", "years.last=2026", "replicates=3")
    one, two = (dataset(compose((*words, f"workers={n}"))) for n in (1, 2))
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


def changed(words: Sequence[str], *policy: str) -> tuple[float, float, float]:
    """Share of careers that differ in the last year; the careers, and those who came by policy."""
    base = careers.simulate(*words)
    other = careers.simulate(*words, *policy)
    found = careers.displaced(base, other)
    last = found.isel(time=-1)
    differ, people = float(last.differ.sum()), float(last.persons.sum())
    return differ / people, people, float(found.only_in_second.sum())


def test_with_markets_few_careers_change_and_no_more_than_posts_times_newcomers() -> None:
    """A newcomer displaces at most one person a spring, and each of those one more.

    So after y springs the careers that differ are at most newcomers × y × (y + 1) / 2, and never
    more than there are hires of newcomers and of those displaced. The bound is loose; the share is
    printed.
    """
    words = ("engine=individuals", "persons_per_agent=20", "years.last=2040")
    policy = "policy.dc_fellows_persons=9000"
    share, people, newcomers = changed(words, policy)
    print(f"careers that differ in 2040: {share:.2%} of {people:,.0f}; newcomers {newcomers:,.0f}")
    assert 0 < share < 0.5
    assert share * people < newcomers * 14 * 15 / 2


def differences(pairs: int, words: Sequence[str], policy: str, shift: int) -> Array:
    """The effect on seekers, permanent faculty and students in the last year, pair by pair."""
    stages = [stage.name for stage in JAPAN.stages]
    names = ("seeking_", "permanent_", "doctoral_")
    rows = [[k for k, stage in enumerate(stages) if stage.startswith(n)] for n in names]
    base, other = prepare(compose(words)), prepare(compose((*words, policy)))
    found = []
    for k in range(1, pairs + 1):
        a, b = base.individuals(k), other.individuals(k + shift)
        found.append([(b.stock - a.stock)[0, -1, row].sum() for row in rows])
    return np.array(found)


@pytest.mark.slow
def test_the_same_luck_makes_the_spread_of_an_effect_a_tenth() -> None:
    words = ("engine=individuals", "persons_per_agent=10", "years.last=2032")
    policy = "policy.dc_fellows_persons=9000"
    paired = differences(40, words, policy, 0).var(axis=0, ddof=1)
    independent = differences(40, words, policy, 1000).var(axis=0, ddof=1)
    print("variance of paired over independent differences:", paired / independent)
    assert (paired / independent < 0.1).all()
