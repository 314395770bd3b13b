"""Forecasts of faculty by age and contract: the model of the chart goes on from a year in it.

It starts from the persons counted at the cut: those of each contract and age group are scaled to
them, keeping the single ages of the model. Seats go on as observed, flat or with a fading trend, or
hires persist. What nobody knows at the cut walks at random from there: how often people leave, the
ages of hires, and seats or hires where they are not given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np

from stsim.engines import stockflow
from stsim.given import later_seats
from stsim.hindcast.contracts import (
    BOOK,
    CONTRACTS,
    GROUPS,
    IN_GROUP,
    SERIES,
    Chart,
    Contracts,
    by_contract,
    on_cells,
)
from stsim.hindcast.forecast import Forecast
from stsim.observed import DataError, Record
from stsim.quantities import Timeline
from stsim.vocabulary import Array

Variant = Literal["given", "flat", "damped_trend", "openings"]
#: The series of persons: contract and age group.
CELLS = tuple(f"{contract} {group}" for contract in CONTRACTS for group in GROUPS)
#: A year's step in how often people leave (log): as in the model of faculty since 1986.
EXIT_WALK = 0.15 / np.sqrt(3)
#: A year's step in the centre of the ages of hires, years: about the drift itself (judgement).
HIRE_AGE_WALK = 0.3
#: A year's step in the number of hires where they persist (log): more than the 2 % of all
#: universities and both contracts together (judgement).
HIRES_WALK = 0.05
#: How many years before the cut say how seats move and how many are hired.
RECENT = 5
#: What is left of the trend of seats a year later: as in the large model.
SEATS_DAMPING = 0.8


def forecast(
    record: Record,
    cut: int,
    years: Sequence[int],
    variant: Variant,
    *,
    seats: Mapping[str, Timeline] | None = None,
    draws: int = 400,
    seed: int = 1,
) -> Forecast:
    """Persons by contract and age group in years after `cut`, and the share under 40 of them all.

    Persons are in the scope before FY2021. Nothing the record says of years after `cut` is looked
    at. `seats` by contract (`Chart.seats`) are wanted with the variant `given`, and only there.
    Raises DataError where the record or the seats do not reach, ValueError for arguments that make
    no sense.
    """
    if variant not in get_args(Variant):
        raise ValueError(f"variant {variant!r} is none of {get_args(Variant)}")
    if (seats is not None) != (variant == "given"):
        raise ValueError(f"variant {variant!r}: seats are wanted with 'given', and only there")
    if not years or min(years) <= cut:
        raise ValueError(f"years {list(years)} are not all after {cut}")
    if draws < 2 or draws % 2:
        raise ValueError(f"draws come in pairs: {draws}")
    chart = Chart.of(record.until(cut))
    if chart.years[-1] != cut or chart.years[0] > cut - RECENT:
        raise DataError(f"{SERIES}: no forecast from {cut} with the years {list(chart.years)}")
    if seats is not None:
        _check(seats, cut, max(years))
    model, rng = Contracts(chart), np.random.default_rng(seed)
    sets = model.problem.fit().draws(draws, rng)
    known = model.known_years(sets)
    counted = model.counted(sets)[..., -1]
    off = (counted / model.cells(known, [cut])[..., 0]) @ IN_GROUP
    start = {name: known.end[name] * on_cells(off[:, k]) for k, name in enumerate(CONTRACTS)}
    steps = rng.standard_normal((3, max(years) - cut + 1, draws, 2))
    steps[:, 0] = 0.0
    exits, ages, numbers = np.cumsum(steps, axis=1)
    lines = chart.seats() if seats is None else seats
    path = _ahead(lines, variant, cut, max(years))
    walk = 0.0 if variant == "given" else _seats_walk(lines, cut)
    hires = _recent_hires(known)

    def given(year: int) -> Mapping[str, Any]:
        k = year - cut
        return {
            "exit_walk": by_contract(EXIT_WALK * exits[k]),
            "hire_age_walk": by_contract(HIRE_AGE_WALK * ages[k]),
            "seats": by_contract(counted.sum(axis=2) * path[:, k] * np.exp(walk * numbers[k])),
            "hires_persist": variant == "openings",
            "hires": by_contract(hires * np.exp(HIRES_WALK * numbers[k])),
        }

    found = model.cells(model.run(sets, start, cut, max(years), given), years)
    young = found[:, :, 0].sum(axis=1) / found.sum(axis=(1, 2))
    cells = Forecast(CELLS, tuple(years), found.reshape(draws, len(CELLS), -1))
    return cells.with_series("under40_share", young)


def _check(seats: Mapping[str, Timeline], first: int, last: int) -> None:
    """Raise DataError unless there are seats for both contracts from the first to the last year."""
    for name in CONTRACTS:
        known = [year for year, _ in seats[name].points] if name in seats else []
        if not known or known[0] > first or known[-1] < last:
            raise DataError(f"seats given for {name} are wanted from {first} to {last}: {known}")


def _ahead(lines: Mapping[str, Timeline], variant: Variant, cut: int, last: int) -> Array:
    """Seats over those at the cut by (contract, year), from the cut on."""

    def seats(line: Timeline, year: int) -> float:
        if variant == "given":
            return line.at(year)
        return later_seats(line, line, year, variant, SEATS_DAMPING, cut)

    return np.array(
        [
            [seats(lines[name], year) / lines[name].at(cut) for year in range(cut, last + 1)]
            for name in CONTRACTS
        ]
    )


def _seats_walk(lines: Mapping[str, Timeline], cut: int) -> Array:
    """How far seats moved in a recent year (log), by contract: the root of the mean square."""
    recent = range(cut - RECENT, cut + 1)
    moved = np.diff(np.log([[lines[name].at(year) for year in recent] for name in CONTRACTS]))
    return np.asarray(np.sqrt((moved**2).mean(axis=1)))


def _recent_hires(run: stockflow.Run) -> Array:
    """Hires a year by (set, contract) in the last years of a run, as the model has them."""
    hired = np.zeros((len(run.flow), len(CONTRACTS)))
    for k, (_, _, target) in enumerate(BOOK.pairs):
        if target.name in CONTRACTS:
            persons = run.flow[:, -RECENT:, k].sum(axis=(2, 3, 4)).mean(axis=1)
            hired[:, CONTRACTS.index(target.name)] += persons
    return hired
