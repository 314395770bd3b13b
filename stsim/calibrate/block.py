"""Blocks of parameters that are fitted together, their priors and their part of the record.

Two blocks that do not touch each other: doctoral study (enrolment, degrees, completers) and
faculty (the national chart, all-university age bands, hires). Each parameter has its prior as
one residual, each observation its own with the standard deviations below, which are of model
discrepancy, not of counting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stsim import population
from stsim.config import Config, Years
from stsim.draws import stacked
from stsim.engines import stockflow
from stsim.given import BASE_YEAR
from stsim.history import Row, doctoral_rows, exit_rates, faculty_comparison
from stsim.observed import record
from stsim.params import FIELDS, LEAST, ByField, Params, prior
from stsim.rulebook import JAPAN
from stsim.rulebook.stages import DOCTORAL
from stsim.simulation import prepare, side_by_side

DOCTORAL_BLOCK = (
    "uncounted_entry_share", "uncounted_entry_growth_per_year", "uncounted_entry_working_share",
    "working_completion_ratio", "late_degree_share",
    "withdrawal_share", "degrees_without_course_persons", "on_time_degree_share",
    "abandon_per_year",
)  # fmt: skip
FACULTY_BLOCK = (
    "leave_permanent_national_per_year", "leave_permanent_other_per_year",
    "leave_permanent_from_60_per_year", "leave_fixed_term_per_year",
    "leave_fixed_term_from_40_per_year", "retire_share_from_65", "retire_share_from_70",
    "exit_drift_under_40_per_year",
    "exit_drift_40_to_59_per_year", "exits_from_60_ratio_since_2019",
    "contract_not_renewed_share", "permanent_hire_age_centre_years",
    "permanent_hire_age_drift_per_year", "permanent_hire_age_width_years",
    "fixed_term_hire_age_centre_years", "fixed_term_hire_age_drift_per_year",
    "fixed_term_hire_age_width_years", "outside_permanent_age_tilt_per_year",
    "outside_fixed_term_age_tilt_per_year", "outside_permanent_age_tilt_drift_per_year",
    "outside_fixed_term_age_tilt_drift_per_year",
)  # fmt: skip
#: Centres of the priors of those by field, in the order of FIELDS; the others have the middle of
#: their range. Degrees within the standard term are the survey of FY2019; the rest is judgement.
CENTRES = {
    "uncounted_entry_share": (0.05, 0.22, 0.22, 0.15, 0.05, 0.05),
    "late_degree_share": (0.16, 0.4, 0.4, 0.4, 0.35, 0.2),
    "withdrawal_share": (0.16, 0.08, 0.08, 0.1, 0.12, 0.12),
    "degrees_without_course_persons": (120, 60, 350, 150, 1600, 120),
    "on_time_degree_share": (0.18, 0.607, 0.573, 0.583, 0.512, 0.33),
}
Vector = NDArray[np.float64]
#: The model beside the record for several parameter sets: the same rows for each.
Rows = Callable[[Config, Sequence[Params]], list[list[Row]]]


@dataclass(frozen=True)
class Block:
    """Parameters that are fitted together, and what of the record says something about them.

    `deviation` is the standard deviation of log(model / record) by series. Vectors and the last
    axis of arrays of points have a place for each parameter and field, in the order of `keys`.
    """

    name: str
    names: tuple[str, ...]
    rows: Rows
    deviation: Mapping[str, float]

    @cached_property
    def owner(self) -> list[str]:
        """The parameter that each place of the vector belongs to."""
        by_field = {n for n in self.names if Params.model_fields[n].annotation is ByField}
        return [n for n in self.names for _ in range(len(FIELDS) if n in by_field else 1)]

    @cached_property
    def keys(self) -> list[str]:
        """`name`, or `name.field`, of each place of the vector."""
        several = {name for name in self.names if self.owner.count(name) > 1}
        return [
            f"{name}.{FIELDS[k - self.owner.index(name)]}" if name in several else name
            for k, name in enumerate(self.owner)
        ]

    @cached_property
    def centre(self) -> Vector:
        """The middle of every prior."""
        middles = (CENTRES.get(n, (prior(n).low + prior(n).high) / 2) for n in self.names)
        return np.concatenate([np.atleast_1d(middle) for middle in middles])

    @cached_property
    def spread(self) -> Vector:
        """The standard deviation of every prior, its 90 % range read as ± 1.645 of them."""
        spread = np.array([(prior(n).high - prior(n).low) / 3.29 for n in self.owner])
        of_persons = np.array([n == "degrees_without_course_persons" for n in self.owner])
        spread[of_persons] = 0.3 * self.centre[of_persons]  # each field relative to itself
        return spread

    @cached_property
    def bounds(self) -> tuple[Vector, Vector]:
        """Between what every parameter must be to be one at all; the priors are cut there."""
        low, high = zip(*(bounds(name) for name in self.owner), strict=True)
        return np.array(low), np.array(high)

    def vector(self, params: Params) -> Vector:
        """The values of a parameter set."""
        values: list[float] = []
        for name in self.names:
            value = getattr(params, name)
            values += [getattr(value, f) for f in FIELDS] if isinstance(value, ByField) else [value]
        return np.array(values, dtype=float)

    def put(self, params: Params, x: Vector) -> Params:
        """A parameter set with these values."""
        update: dict[str, object] = {}
        values = iter(float(v) for v in x)
        for name in self.names:
            if isinstance(getattr(params, name), ByField):
                update[name] = ByField(**{field: next(values) for field in FIELDS})
            else:
                update[name] = next(values)
        return params.model_copy(update=update)

    def of_record(self, config: Config, points: Sequence[Vector]) -> list[Vector]:
        """What each of some points leaves unexplained of the record.

        In standard deviations. Raises one of FAULTS if the model cannot be run with one of them.
        """
        found = self.rows(config, [self.put(config.params, x) for x in points])
        sd = np.array([self.deviation[row.series] for row in found[0]])
        return [np.log([row.model / row.record for row in rows]) / sd for rows in found]

    def of_prior(self, points: Vector) -> Vector:
        """How far points are from the middle of their priors, in standard deviations."""
        return np.asarray((points - self.centre) / self.spread)


def bounds(name: str) -> tuple[float, float]:
    """Between what a parameter must be to be one at all, whatever its prior says."""
    about = prior(name)
    low = LEAST.get(name, 0.0 if about.low >= 0 else -np.inf)
    share = about.unit.startswith(("share", "probability"))
    return float(low), 1.0 if share else np.inf


def doctoral_study(config: Config, several: Sequence[Params]) -> list[list[Row]]:
    """Doctoral study by itself from the first year of the Config."""
    first, last = config.years.first, config.years.last
    rates = prepare(config).rates.of(JAPAN.only(DOCTORAL)).with_params(stacked(several))
    enrolled = population.students(first, record(), rates)
    shape = len(several), len(rates.rulebook.ages), len(rates.rulebook.sexes), len(FIELDS)
    empty = {
        stage.name: np.zeros((shape[0], stage.clock_years, *shape[1:]))
        for stage in rates.rulebook.stages
    }
    run = stockflow.run(rates, empty | dict(enrolled.stock), first, last)
    return [
        list(doctoral_rows(run.of_draw(k), float(enrolled.scale[k]))) for k in range(len(several))
    ]


def faculty(config: Config, several: Sequence[Params]) -> list[list[Row]]:
    """Faculty from the first year of the Config, hires, the ledger's flows, and exits.

    The exits are of the last year and, from a start of its own, of the base year.
    """
    each = [config.model_copy(update={"params": params}) for params in several]
    run = side_by_side([prepare(one) for one in each])
    pasts = [run.of_draw(k) for k in range(len(several))]
    today = {"years": Years(first=BASE_YEAR, last=BASE_YEAR + 1)}
    now = side_by_side(
        [
            prepare(one.model_copy(update=today), population.of_run(past))
            for one, past in zip(each, pasts, strict=True)
        ]
    )
    return [
        [*faculty_comparison(config, past), *exit_rates(past), *exit_rates(now.of_draw(k))]
        for k, past in enumerate(pasts)
    ]


BLOCKS = (
    Block(
        "doctoral",
        DOCTORAL_BLOCK,
        doctoral_study,
        {
            "enrolment": 0.012,
            "enrolment by origin": 0.04,
            "degrees": 0.015,
            "degrees by field": 0.05,
            "completers": 0.04,
            "withdrawals": 0.15,
            "scale": 0.02,
        },
    ),
    Block(
        "faculty",
        FACULTY_BLOCK,
        faculty,
        {
            "hires by age": 0.06,
            "exit rates": 0.08,
            "national": 0.008,
            "all universities": 0.02,
            "hires": 0.05,
            "ledger": 0.3,
        },
    ),
)
