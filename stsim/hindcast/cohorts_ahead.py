"""Forecasts of faculty by age band: the model of the surveys goes on from the last of them.

Hires go on in number, or fill what is vacant of posts that go on; their ages drift on, less and
less. What nobody knows walks at random from the last survey: how often people leave, the number and
the ages of hires, posts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stsim.given import PostsVariant, later_seats
from stsim.hindcast.cohorts import BANDS, WALK, Cohorts, Places
from stsim.hindcast.forecast import Forecast, mirrored
from stsim.hindcast.problem import Posterior
from stsim.quantities import Timeline
from stsim.vocabulary import Array

#: How much of the last change in the number of hires goes on from survey to survey.
HIRES_GO_ON = 0.5
#: Standard deviations over a year: the log number of hires, the log ratios of their ages.
HIRES_NOISE, HIRE_AGES_NOISE = 0.02, 0.07
#: What is left of the trend of posts a year later: as in the large model.
POSTS_GO_ON = 0.8
#: Standard deviation of a year's step in the log number of posts (judgement).
POSTS_NOISE = 0.01
#: How many years forecasts reach at most.
FURTHEST = 30


@dataclass(frozen=True)
class Ahead:
    """How hires go on after the last survey.

    The shares of age bands drift as over the last three surveys; of each step a part between `low`
    and `high` goes on in the next: 0 means that they stay, 1 that they drift on for ever. Within
    the first band ages drift on as since 1986 if `within` is true. The number of hires goes on as
    over the last `surveys`, half of each step in the next.
    """

    low: float = 0.0
    high: float = 1.0
    within: bool = True
    surveys: int = 3


#: Chosen on cuts from 1995 to 2004, scored until 2007 (docs/decisions/0017).
AS_CHOSEN = Ahead()
#: The ages of hires stay what they were, of bands and within.
AGES_STAY = Ahead(0.0, 0.0, within=False)


def gone(steps: Array, part: Array | float) -> Array:
    """How many whole steps have been made after `steps` of them, each a part of the one before."""
    part = np.asarray(part)
    safe = np.where(part < 1, part, 0.0)
    return np.asarray(np.where(part < 1, safe * (1 - safe**steps) / (1 - safe), steps))


def forecast(
    model: Cohorts,
    posterior: Posterior,
    later: Sequence[int],
    number: int,
    seed: int,
    posts: PostsVariant = "openings",
    ahead: Ahead = AS_CHOSEN,
    totals: Mapping[int, float] | None = None,
) -> Forecast:
    """Draws of persons by band and of the share under 40 in later years.

    With `posts` openings, the number of hires goes on; with flat and damped_trend, posts do
    and hires fill what is vacant. `totals`, the hires of each later year, replaces either.
    """
    known = model.surveys
    cut = known.years[-1]
    if not cut < min(later) <= max(later) <= cut + FURTHEST:
        raise ValueError(f"forecasts from {cut} reach to {cut + FURTHEST}: not {later}")
    rng = np.random.default_rng([seed, cut])
    sets = posterior.draws(number, rng)
    walk = WALK * mirrored(rng, number, FURTHEST // 3, 3)
    years = np.arange(cut, cut + FURTHEST + 1, dtype=float)
    ages = _hire_ages(model, years, ahead, number, rng)
    noise = np.cumsum(mirrored(rng, number, len(years)), axis=1)
    counted = known.hires.sum(axis=0)
    surveys_on = (years - (cut - 1)) / 3
    if totals:
        hired = np.log([totals.get(year, np.nan) for year in range(cut, cut + FURTHEST + 1)])
    else:
        back = min(ahead.surveys, len(counted)) - 1
        step = np.log(counted[-1] / counted[-back - 1]) / back
        hired = np.log(counted[-1]) + step * gone(surveys_on, HIRES_GO_ON) + HIRES_NOISE * noise
    people = dict(zip(known.years, known.stock.sum(axis=0).tolist(), strict=True))
    line = Timeline.of(people, "linear")
    going_on = "flat" if posts == "openings" else posts
    path = [later_seats(line, line, int(y), going_on, POSTS_GO_ON, cut) for y in years]
    seats = np.log(path) + POSTS_NOISE * (noise - noise[:, :1])
    by_seats = posts != "openings" and not totals

    def places(year: int) -> Places:
        k, ages_of = year - cut, year if ahead.within else cut
        if by_seats and k > 0:
            return Places(np.exp(seats[:, k]), ages[:, k], True, ages_of)
        return Places(np.exp(np.broadcast_to(hired, noise.shape)[:, k]), ages[:, k], False, ages_of)

    bands = model.carried(sets, later, walk, places)
    return Forecast(tuple(BANDS), tuple(later), bands).with_series(
        "under40_share", bands[:, 0] / bands.sum(axis=1)
    )


def _hire_ages(
    model: Cohorts, years: Array, ahead: Ahead, number: int, rng: np.random.Generator
) -> Array:
    """The bands of hires after the last that are known: shares by (draw, year, band)."""
    known = model.surveys
    ratios = np.log(known.hires[1:] / known.hires[0])
    drift = (ratios[:, -1] - ratios[:, -3]) / 2
    part = np.linspace(ahead.low, ahead.high, number + 2)[1:-1]
    surveys_on = (years - (known.years[-1] - 1)) / 3
    going = gone(surveys_on, rng.permutation(part)[:, None, None])
    noise = HIRE_AGES_NOISE * np.cumsum(mirrored(rng, number, 3, len(years)), axis=2)
    log = ratios[:, -1, None] + drift[:, None] * going + noise
    weight = np.exp(np.concatenate([np.zeros_like(log[:, :1]), log], axis=1))
    return np.moveaxis(weight / weight.sum(axis=1, keepdims=True), 1, 2)
