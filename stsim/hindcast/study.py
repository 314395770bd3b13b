"""Doctoral entrants by field, and what follows: the model of enrolment and doctorates awarded.

A small model in the words of the large one, run by the same stock engine: people enter doctoral
study (counted in April, and others), give up, complete with the doctorate at the standard term or
later, or leave with full credits; some get the doctorate without a course or years after it.
Four things move in time, each within bounds: entry beyond the April count (a slow random walk for
two groups of fields), completion in humanities and social sciences and in "other" (rising until
2005), doctorates without a course (a logistic decline to a floor), and entry, which is given.

Years are fiscal: entrants and enrolment of year t are of 1 May, doctorates of t those of the twelve
months from April t on; completers of survey year t completed by March t, in year t − 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from stsim.engines import stockflow
from stsim.observed import FIELDS
from stsim.rates import Rates
from stsim.vocabulary import OUTSIDE, Array, Moment, Rate, Rulebook, Stage, flow, intake, year_end

#: Students by year of study; who is longer there stays in the last cell.
DOCTORAL = Stage("doctoral", "doctoral students", "博士課程学生", clock_years=9)
#: Years of the course by field.
TERM = np.array([4.0 if field == "health" else 3.0 for field in FIELDS])
#: First year of the run, of counted entrants, and of the doctorates that are fitted.
START, FIRST, FIRST_AWARDS = 1969, 1981, 1985
#: Until when completion rises in the fields named, from `FIRST_AWARDS` on.
RISE_ENDS = 2005
RISING = np.array([float(field in ("humanities_social", "other")) for field in FIELDS])
#: Whose uncounted entry moves together: (group, field), 1 where a field is in a group.
GROUPS = ("natural_sciences", "others")
_NATURAL = np.array([float(f in ("science", "engineering", "agriculture")) for f in FIELDS])
IN_GROUP = np.array([_NATURAL, 1 - _NATURAL])

# Priors: assumptions in round numbers, wide enough to leave the word to the record. That completion
# rose until about 2005 and doctorates without a course fell about 2002 was seen in the whole record
# to 2022: forecasts from before owe these two shapes to hindsight.
# Shares a year, in logits: at the term, after it, and leaving with full credits from the term on.
ON_TIME = np.array([0.2, 0.5, 0.5, 0.5, 0.5, 0.3])
LATE = np.array([0.2, 0.4, 0.4, 0.4, 0.3, 0.2])
WITHDRAWAL = np.array([0.3, 0.1, 0.1, 0.1, 0.1, 0.3])
SHARE_SPREAD = 0.8
#: Completing health a year early, logit; giving up, log hazard a year.
EARLY, EARLY_SPREAD = 0.03, 0.7
ABANDON, ABANDON_SPREAD = 0.02, 0.5
#: How much lower the logits of completion were in 1985 where they rose.
RISE, RISE_SPREAD = 1.5, 1.0
#: Logarithm of entry over the April count in 1981, and its walk over three years.
MULTIPLIER, MULTIPLIER_SPREAD, WALK, WALK_YEARS = 0.05, 0.05, 0.03, 3
#: Doctorates without a course: part of all in 1985, growth a year to 1990, middle and width in
#: years of the decline, and what remains of them (logit).
NO_COURSE = np.array([0.6, 0.5, 0.6, 0.6, 0.7, 0.6])
NO_COURSE_SPREAD = 0.5
DECLINE = ("no_course_growth", "no_course_middle", "no_course_log_width", "no_course_floor")
DECLINE_CENTRE = np.array([0.03, 2002.0, np.log(4.0), -1.0])
DECLINE_SPREAD = np.array([0.03, 5.0, 0.4, 0.7])
GROWTH_ENDS = 1990
#: Growth of entry a year before 1981.
GROWTH, GROWTH_SPREAD = 0.02, 0.03


@intake(DOCTORAL)
def enter(m: Moment) -> Rate:
    """Students enter, in April and beyond the April count."""
    return m.given.entrants * m.given.multiplier  # type: ignore[no-any-return]


@intake(OUTSIDE)
def doctorates_without_course(m: Moment) -> Rate:
    """Doctorates are awarded by dissertation alone, or late: counted, moving nobody."""
    return m.given.without_course_last_year  # type: ignore[no-any-return]


@flow(DOCTORAL, OUTSIDE)
def abandon_doctorate(m: Moment) -> Rate:
    """Students give up."""
    return m.given.abandon_per_year  # type: ignore[no-any-return]


@year_end(DOCTORAL, OUTSIDE)
def complete_with_degree(m: Moment) -> Rate:
    """Students complete with the doctorate at the term or later, a few in health a year before."""
    return np.asarray(
        (m.clock == TERM - 1) * m.given.early_degree_share
        + (m.clock == TERM) * m.given.on_time_degree_share
        + (m.clock > TERM) * m.given.late_degree_share
    )


@year_end(DOCTORAL, OUTSIDE)
def complete_without_degree(m: Moment) -> Rate:
    """Students leave with full credits and without the degree, from the end of the term on."""
    return np.asarray((m.clock >= TERM) * m.given.withdrawal_share)


BOOK = Rulebook(
    (DOCTORAL,),
    (
        enter, doctorates_without_course, abandon_doctorate,
        complete_with_degree, complete_without_degree,
    ),
    ages=(0,),
    sexes=("all",),
    fields=FIELDS,
)  # fmt: skip


@dataclass(frozen=True)
class Entrants:
    """Entrants of April by (draw, field, year), one year after the other from 1981 on."""

    years: tuple[int, ...]
    persons: Array

    @classmethod
    def counted(cls, by_field: Mapping[str, Mapping[int, float]], last: int) -> Entrants:
        """What was counted until a year, by field."""
        years = tuple(range(FIRST, last + 1))
        return cls(years, np.array([[by_field[f][y] for y in years] for f in FIELDS])[None])


@dataclass(frozen=True)
class Study:
    """What the model counts, from `FIRST` on: everything by (draw, field, year).

    Enrolment is of 1 May; doctorates and those who complete with and without one are of the
    fiscal year. `completed` and `withdrew` have been students, `awards` are all doctorates.
    """

    enrolment: Array
    completed: Array
    withdrew: Array
    awards: Array


class Parameters:
    """Names and priors of the parameters for what is known until a cut, and the model they make.

    `first_awards` are the doctorates of `FIRST_AWARDS` by field.
    """

    def __init__(self, cut: int, first_awards: Array) -> None:
        self.cut = cut
        self.marks = np.arange(cut, FIRST - 1, -WALK_YEARS)[::-1]
        rising = [FIELDS[k] for k in np.flatnonzero(RISING)]
        steps = [f"{group}_{year}" for year in self.marks[1:] for group in GROUPS]
        self._blocks: dict[str, tuple[Sequence[str], Array | float, Array | float]] = {
            "on_time": (FIELDS, logit(ON_TIME), SHARE_SPREAD),
            "late": (FIELDS, logit(LATE), SHARE_SPREAD),
            "withdrawal": (FIELDS, logit(WITHDRAWAL), SHARE_SPREAD),
            "rise": (rising, RISE, RISE_SPREAD),
            "early": (["health"], logit(EARLY), EARLY_SPREAD),
            "abandon": (["all"], np.log(ABANDON), ABANDON_SPREAD),
            "no_course": (FIELDS, np.log(NO_COURSE * first_awards), NO_COURSE_SPREAD),
            "decline": (DECLINE, DECLINE_CENTRE, DECLINE_SPREAD),
            "growth": (["before_1981"], GROWTH, GROWTH_SPREAD),
            "multiplier": (GROUPS, MULTIPLIER, MULTIPLIER_SPREAD),
            "walk": (steps, 0.0, WALK),
        }
        names, centre, spread = zip(*self._blocks.values(), strict=True)
        self.sizes = [len(some) for some in names]
        self.names = tuple(
            f"{block}_{name}"
            for block, some in zip(self._blocks, names, strict=True)
            for name in some
        )
        self.centre, self.spread = (
            np.concatenate([np.broadcast_to(v, n) for v, n in zip(values, self.sizes, strict=True)])
            for values in (centre, spread)
        )

    def split(self, sets: Array) -> dict[str, Array]:
        """Parameter sets (set, parameter) by block: (set, parameter of the block)."""
        parts = np.split(sets, np.cumsum(self.sizes)[:-1], axis=1)
        return dict(zip(self._blocks, parts, strict=True))

    def carried(
        self, sets: Array, entrants: Entrants, last: int, walk_ahead: Array | None = None
    ) -> Study:
        """What follows until a year for each set, from `FIRST` on.

        `walk_ahead` are further steps (set, step, group) of entry beyond the count after the cut;
        left out, it stays at what it was.
        """
        value = self.split(sets)
        walk = value["walk"].reshape(len(sets), -1, len(GROUPS))
        if walk_ahead is not None:
            walk = np.concatenate([walk, walk_ahead], axis=1)
        level = value["multiplier"][:, None] + np.cumsum(
            np.concatenate([np.zeros((len(sets), 1, len(GROUPS))), walk], axis=1), axis=1
        )
        marks = self.marks[0] + WALK_YEARS * np.arange(level.shape[1])
        rise = np.zeros((len(sets), len(FIELDS)))
        rise[:, RISING > 0] = value["rise"]
        fixed = {
            "early_degree_share": (TERM == 4) * expit(value["early"]),
            "withdrawal_share": expit(value["withdrawal"]),
            "abandon_per_year": np.exp(value["abandon"]),
        }

        def multiplier(year: int) -> Array:
            basis = np.array([np.interp(year, marks, row) for row in np.eye(len(marks))])
            return np.asarray(np.exp(np.einsum("sng,n->sg", level, basis) @ IN_GROUP))

        def given(year: int) -> Mapping[str, Array]:
            before = max(FIRST - year, 0)
            place = min(max(year, FIRST), entrants.years[-1]) - FIRST
            ahead = (RISE_ENDS - min(year, self.cut)) / (RISE_ENDS - FIRST_AWARDS)
            below = rise * np.clip(ahead, 0, 1)
            varying = {
                "entrants": entrants.persons[:, :, place] * np.exp(-value["growth"] * before),
                "multiplier": multiplier(year),
                "on_time_degree_share": expit(value["on_time"] - below),
                "late_degree_share": expit(value["late"] - below),
                "without_course_last_year": without_course(value, year - 1),
            }
            return {name: v[:, None, None, None] for name, v in {**fixed, **varying}.items()}

        nobody = np.zeros((len(sets), DOCTORAL.clock_years, 1, 1, len(FIELDS)))
        run = stockflow.run(Rates(BOOK, given_at=given), {"doctoral": nobody}, START, last + 1)
        seen = slice(FIRST - START, -1)
        flow_of = {
            rule.name: run.flow[:, seen, k, 0, 0].swapaxes(1, 2)
            for k, (rule, _, _) in enumerate(BOOK.pairs)
        }
        completed = flow_of["complete_with_degree"]
        return Study(
            run.stock[:, seen, 0, 0, 0].swapaxes(1, 2),
            completed,
            flow_of["complete_without_degree"],
            completed + flow_of["doctorates_without_course"],
        )


def without_course(value: Mapping[str, Array], year: int) -> Array:
    """Doctorates without a course by (set, field), from the parameters by block."""
    growth, middle, log_width, floor = value["decline"].T[:, :, None]
    remains = expit(floor)
    left = remains + (1 - remains) * expit((middle - year) / np.exp(log_width))
    until_1990 = growth * (min(year, GROWTH_ENDS) - FIRST_AWARDS)
    return np.asarray(np.exp(value["no_course"] + until_1990) * left)
