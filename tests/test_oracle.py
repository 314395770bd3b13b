"""Both engines against a reference that shares nothing with them but the table of rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
import process_per_person
import pytest
import small_country
from numpy.typing import NDArray
from scipy.stats import t

from stsim.compose import compose
from stsim.engines import individuals, stockflow
from stsim.rates import Rates
from stsim.results import check_ledger
from stsim.simulation import prepare
from stsim.vocabulary import Array

#: Levers that are near zero today, so that every part of a year happens often enough to be seen.
LEVERS = (
    "policy.tenure_track_share={2025: 0.4}",
    "policy.cross_appointments_persons={2025: 3000}",
    "policy.cross_appointment_pay_reuse_share={2025: 1.0}",
)


class Case(NamedTuple):
    """How many people an agent stands for, the years, and how often it is run."""

    persons_per_agent: int
    first: int
    last: int
    replicates: int


class Counted(Protocol):
    stock: Array
    flow: Array


class Compared(NamedTuple):
    """Values of the stock engine, and of every replicate of the other two."""

    stocks: Array
    reference: Array
    individuals: Array


def whole(cells: Array, persons_per_agent: int) -> Array:
    """Persons in whole agents, the sum over every field kept to half an agent.

    Runs that all begin with the same agents differ only by what happens to them.
    """
    fields = np.moveaxis(cells, -1, 0)
    agents = np.cumsum(fields.reshape(len(fields), -1) / persons_per_agent, axis=1)
    steps = np.diff(np.floor(agents + 0.5), axis=1, prepend=0.0)
    return np.moveaxis(steps.reshape(fields.shape), 0, -1) * persons_per_agent


def values(run: Counted) -> Array:
    """Stocks by year and stage, in all, by sex, by field and by age; flows by year and pair.

    What a run knows only in part is left out.
    """
    stock, flow = run.stock[0], run.flow[0]
    ages = range(0, stock.shape[2], max(stock.shape[2] // 6, 1))
    found = (
        stock.sum(axis=(2, 3, 4)),
        stock.sum(axis=(2, 4)),
        stock.sum(axis=(2, 3)),
        np.add.reduceat(stock.sum(axis=(3, 4)), ages, axis=2),
        flow.sum(axis=(2, 3, 4)),
    )
    together = np.concatenate([array.ravel() for array in found])
    return together[~np.isnan(together)]


def compared(rates: Rates, start: Mapping[str, Array], case: Case) -> Compared:
    scale, years = case.persons_per_agent, (case.first, case.last)
    start = {name: whole(cells, scale) for name, cells in start.items()}
    numbers = range(1, case.replicates + 1)
    told = [
        process_per_person.run(rates, start, *years, seed=k, persons_per_agent=scale)
        for k in numbers
    ]
    for run in told:
        check_ledger(run)
    columns = [
        individuals.run(rates, start, *years, replicate=k, persons_per_agent=scale) for k in numbers
    ]
    return Compared(
        values(stockflow.run(rates, start, *years)),
        np.array([values(run) for run in told]),
        np.array([values(run) for run in columns]),
    )


def error(replicates: Array, persons_per_agent: int) -> Array:
    """Standard error of a mean; nothing is known better than to one agent a replicate."""
    spread = np.maximum(replicates.std(axis=0, ddof=1), persons_per_agent)
    return spread / np.sqrt(len(replicates))


def agree(gap: Array, error: Array, replicates: int) -> None:
    """The largest gap is no larger than chance makes the largest of so many once in 100 times."""
    z: NDArray[np.float64] = np.abs(gap) / error
    each = 0.99 ** (1 / len(z))
    limit = t.ppf((1 + each) / 2, replicates - 1)
    assert z.max() < limit, f"{z.max():.1f} of at most {limit:.1f}, at {z.argmax()} of {len(z)}"


def all_agree(rates: Rates, start: Mapping[str, Array], case: Case) -> None:
    found = compared(rates, start, case)
    told, columns = (error(runs, case.persons_per_agent) for runs in found[1:])
    mean_told, mean_columns = (runs.mean(axis=0) for runs in found[1:])
    agree(mean_told - found.stocks, told, case.replicates)
    agree(mean_columns - found.stocks, columns, case.replicates)
    agree(mean_told - mean_columns, np.hypot(told, columns), case.replicates)


def japan(*words: str) -> tuple[Rates, Mapping[str, Array]]:
    prepared = prepare(compose(words))
    return prepared.rates, prepared.start.stock


@pytest.mark.slow
def test_both_engines_agree_with_a_process_per_person_in_japan() -> None:
    all_agree(*japan(*LEVERS), Case(200, 2023, 2026, 12))


@pytest.mark.slow
def test_both_engines_agree_with_a_process_per_person_in_a_small_country() -> None:
    all_agree(small_country.rates(), small_country.start(), Case(1, 2000, 2004, 20))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "case"),
    [
        (LEVERS, Case(20, 2023, 2029, 16)),
        (("posts=openings", *LEVERS), Case(20, 2023, 2029, 16)),
        ((), Case(50, 2023, 2037, 16)),
    ],
)
def test_they_agree_more_closely_where_agents_are_more(words: tuple[str, ...], case: Case) -> None:
    all_agree(*japan(*words), case)
