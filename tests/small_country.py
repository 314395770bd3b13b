"""A small rulebook in which everything a rule can say happens often."""

from __future__ import annotations

import numpy as np

from stsim.rates import Rates
from stsim.vocabulary import (
    OUTSIDE,
    Array,
    Moment,
    Openings,
    Reserved,
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

STUDY = Stage("study", clock_years=4)
SEEK = Stage("seek")
JUNIOR, SENIOR = Stage("junior", clock_years=5), Stage("senior", clock_years=5)
SHARED, AWAY, GONE = Stage("shared"), Stage("away"), Stage("gone")
FIELDS = np.array([0.7, 0.3])


def by_field(whole: float) -> Array:
    return (whole * FIELDS).reshape(1, 1, 1, 1, 2)


@intake(STUDY)
def enter(m: Moment) -> Array:
    """Students enter, more of the young."""
    return 15 * np.exp(-0.3 * (m.age - 20)) * (1 + m.female) * FIELDS * 20 / 7


@intake(OUTSIDE)
def counted(m: Moment) -> Array:
    """Some are only counted."""
    return 2 * (m.age < 25) * FIELDS


@flow((STUDY, SEEK), GONE)
def give_up(m: Moment) -> float:
    """People give up."""
    return 0.25


@flow((STUDY, SEEK, JUNIOR, SENIOR, SHARED, AWAY, GONE), OUTSIDE)
def die(m: Moment) -> Array:
    """People die, the old more often."""
    return 0.1 + 0.03 * (m.age - 20)


@year_end(STUDY, (SEEK, OUTSIDE))
def complete(m: Moment) -> dict[Stage, Array]:
    """Students complete, sooner or later."""
    share = 0.1 + 0.2 * m.clock
    return {SEEK: 0.8 * share, OUTSIDE: 0.2 * share}


@year_end(SEEK, STUDY)
def begin_again(m: Moment) -> float:
    """Some begin another study on the day they complete the first."""
    return 0.2


@year_end(SENIOR, JUNIOR, keeps_clock=True)
def step_down(m: Moment) -> Array:
    """Some step down."""
    return 0.1 * (m.clock > 1)


@year_end((JUNIOR, SENIOR), SEEK)
def contract_ends(m: Moment) -> Array:
    """Contracts end."""
    return np.where(m.clock >= 2, 0.5, 0.05)


@year_end(JUNIOR, JUNIOR, keeps_clock=True)
def renew(m: Moment) -> Array:
    """Contracts go on."""
    return 0.1 * m.clock


@year_end(SHARED, SENIOR)
def sharing_ends(m: Moment) -> float:
    """People are back full time."""
    return 0.3


@posts(SENIOR, SHARED, weight=lambda m: 1.0 + m.female, over_all_fields=True)
def share_posts(m: Moment) -> Seats:
    """Some work elsewhere as well."""
    return Seats(160.0)


@posts((SEEK, JUNIOR, AWAY), SENIOR, weight=lambda m: (m.age - 19) / 5, also_from_outside=True)
def senior_posts(m: Moment) -> Seats:
    """Senior posts are filled; who works elsewhere leaves a part of a seat."""
    held_by = {SENIOR: by_field(1.0) / by_field(1.0), SHARED: 0.4}
    return Seats(by_field(500), 0.2, 1.0 + (m.age > 24), held_by=held_by)


@posts((SEEK, SENIOR), JUNIOR, weight=lambda m: 1.0 + 2 * m.female, also_from_outside=True)
def junior_posts(m: Moment) -> Seats:
    """A part of the junior posts is filled, half of it by the young, a quarter by women."""
    reserved = (Reserved(0.5, m.age < 22), Reserved(0.25, m.female))
    return Seats(by_field(600), 0.1, part=0.7, reserved=reserved)


@posts(JUNIOR, SENIOR, weight=lambda m: m.clock, over_all_fields=True, keeps_clock=True)
def promotions(m: Moment) -> Openings:
    """Every second year there are promotions; those of the other years are taken from them."""
    return Openings(80.0 if m.year % 2 else -30.0)


@posts((), (AWAY, SEEK), weight=lambda m: 1.0, over_all_fields=True, also_from_outside=True)
def guests(m: Moment) -> Openings:
    """People come from outside to two places."""
    return Openings(100.0, 1.0, {AWAY: FIELDS * (m.age < 27), SEEK: FIELDS[::-1] * (m.age < 22)})


@leftover(SEEK, (AWAY, GONE))
def search_ends(m: Moment) -> dict[Stage, float]:
    """Those who find nothing go away or give up."""
    return {AWAY: 0.3, GONE: 0.2}


BOOK = Rulebook(
    (STUDY, SEEK, JUNIOR, SENIOR, SHARED, AWAY, GONE),
    (
        enter, counted, give_up, die, complete, begin_again, step_down, contract_ends, renew,
        sharing_ends, share_posts, senior_posts, junior_posts, promotions, guests, search_ends,
    ),
    (
        Season((share_posts,), lambda m: 0.8),
        Season((senior_posts, junior_posts), lambda m: 0.6 if m.stage is SEEK else 1.0, rounds=3),
        Season((promotions,)),
        Season((guests,)),
    ),
    ages=tuple(range(20, 30)),
    fields=("large", "small"),
)  # fmt: skip


def rates() -> Rates:
    """The rates of the small country."""
    return Rates(BOOK)


def start() -> dict[str, Array]:
    """Persons on the first day by stage, alike at all ages."""
    persons = dict(zip(BOOK.stages, (800, 300, 500, 480, 80, 100, 50), strict=True))
    return {
        stage.name: np.broadcast_to(
            by_field(number / 20 / stage.clock_years), (1, stage.clock_years, 10, 2, 2)
        )
        for stage, number in persons.items()
    }
