"""Phrases the rules share: ages, sexes, terms of study."""

from __future__ import annotations

import numpy as np

from stsim.params import FIELDS
from stsim.rulebook.stages import POSTDOC_YEARS
from stsim.vocabulary import Array, Moment, Rate


def standard_term_years(m: Moment) -> Array:
    """Three years of doctoral study, four in health (School Education Act; medicine, dentistry)."""
    return np.array([4.0 if name == "health" else 3.0 for name in FIELDS])


def at_or_after_term(m: Moment) -> Array:
    """1 from the end of the standard term on, else 0."""
    return np.asarray(m.clock >= standard_term_years(m), dtype=float)


def spread(m: Moment, mean: Rate, first: float, shape: Rate) -> Array:
    """Ages as a gamma density from `first` on, with this mean and shape, summing to one."""
    years = np.maximum(m.age - first, 0.0)
    density = years ** (shape - 1) * np.exp(-shape * years / (np.asarray(mean) - first))
    return density / density.sum(axis=2, keepdims=True)


def by_sex(m: Moment, female_share: Rate) -> Array:
    """The share of women for women, the rest for men."""
    return m.female * female_share + (1 - m.female) * (1 - np.asarray(female_share))


def part_at(years: Array, limit: Rate) -> Array:
    """1 for all who have reached a limit; between whole years the part of them it is for."""
    return np.asarray(np.minimum(1.0, np.maximum(0.0, years + 1 - limit)))


def reached(m: Moment, limit: Rate) -> Array:
    """1 for all who have reached an age limit; between whole years the part of them it is for."""
    return part_at(m.age, limit)


def at_postdoc_cap(m: Moment) -> Rate:
    """1 for those who have been postdocs for as long as the cap allows, else 0.

    Their clock runs from the first post on, through a search between two posts. It begins again
    after a stay abroad or another kind of post, as with a new employer.
    """
    cap = m.policy.postdoc_cap_years
    # beyond the clock is no cap
    return np.where(np.asarray(cap) >= POSTDOC_YEARS, 0.0, part_at(m.clock, cap))


def bell(m: Moment, centre: Rate, width: Rate) -> Array:
    """1 at the centre age, falling like a normal density."""
    return np.asarray(np.exp(-0.5 * ((m.age - centre) / width) ** 2))


def drifting(m: Moment, centre: Rate, drift_per_year: Rate) -> Rate:
    """A centre that moved by `drift_per_year` until the last year with a faculty chart."""
    return centre - drift_per_year * m.given.years_before_last_chart


def at_hazard_ratio(share: Rate, ratio: Rate) -> Rate:
    """The share who move in a year when their hazard is multiplied: the very share at 1."""
    return np.where(np.asarray(ratio) == 1, share, 1 - (1 - np.asarray(share)) ** ratio)
