"""Find the fitted parameters by least squares: the first half of `job=calibrate`.

Two blocks that do not touch each other: doctoral study (enrolment, degrees, completers) and
faculty (the national chart, all-university age bands, hires). Each parameter has its prior as
one residual, each observation its own with the standard deviations below, which are of model
discrepancy, not of counting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from stsim.config import Config, Years
from stsim.draws import stacked
from stsim.engines import stockflow
from stsim.faults import FitError
from stsim.given import last_entrants
from stsim.history import doctoral_comparison, exit_rates, faculty_comparison
from stsim.observed import record
from stsim.params import FIELDS, NAMES, ByField, Params, prior
from stsim.rulebook.study import within_seven_years
from stsim.simulation import Prepared, prepare

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


@dataclass(frozen=True)
class Block:
    """Parameters that are fitted together, and what of the record says something about them."""

    name: str
    names: tuple[str, ...]
    residuals: Callable[[Config], Vector]

    @property
    def owner(self) -> list[str]:
        """The parameter that each place of the vector belongs to."""
        by_field = {n for n in self.names if Params.model_fields[n].annotation is ByField}
        return [n for n in self.names for _ in range(len(FIELDS) if n in by_field else 1)]

    @property
    def centre(self) -> Vector:
        """The middle of every prior."""
        middles = (CENTRES.get(n, (prior(n).low + prior(n).high) / 2) for n in self.names)
        return np.concatenate([np.atleast_1d(middle) for middle in middles])

    @property
    def spread(self) -> Vector:
        """The standard deviation of every prior, its 90 % range read as ± 1.645 of them."""
        spread = np.array([(prior(n).high - prior(n).low) / 3.29 for n in self.owner])
        of_persons = np.array([n == "degrees_without_course_persons" for n in self.owner])
        spread[of_persons] = 0.3 * self.centre[of_persons]  # each field relative to itself
        return spread

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

    def of_record(self, config: Config, x: Vector) -> Vector:
        """What these values leave unexplained of the record."""
        tried = config.model_copy(update={"params": self.put(config.params, x)})
        return self.residuals(tried)

    def of_prior(self, x: Vector) -> Vector:
        """How far these values are from the middle of their priors."""
        return np.asarray((x - self.centre) / self.spread)


def fit(config: Config, block: Block) -> Config:
    """Least squares on the record and the priors of a block; returns the Config with its values.

    The search stays within half a range beyond each prior. Raises FitError when it does not end.
    """
    start, spread = block.vector(config.params), block.spread
    low = np.array([prior(n).low for n in block.owner])
    high = np.array([prior(n).high for n in block.owner])
    floor = np.where(low >= 0, low / 3, low - (high - low) / 2)
    ceiling = high + (high - low) / 2
    for i, name in enumerate(block.owner):
        if prior(name).unit.startswith("share"):
            ceiling[i] = min(ceiling[i], 1.0)

    def all_residuals(x: Vector) -> Vector:
        return np.concatenate([block.of_record(config, x), block.of_prior(x)])

    found = least_squares(
        all_residuals,
        start,
        bounds=(np.minimum(floor, start - 1e-9), np.maximum(ceiling, start + 1e-9)),
        x_scale=spread,
        diff_step=np.full(len(start), 1e-4),
        ftol=1e-6,
        max_nfev=40,
    )
    if found.status <= 0 or not np.isfinite(found.cost):
        raise FitError(
            f"the fit of the {block.name} block has not converged after {found.nfev} steps; "
            "the parameters are left as they were"
        )
    best = block.put(config.params, np.array([float(f"{v:.4g}") for v in found.x]))
    return config.model_copy(update={"params": best})


def doctoral_residuals(config: Config) -> Vector:
    """Log ratios of model to record over their standard deviations: doctoral study from 2007."""
    sd = {
        "enrolment": 0.012,
        "degrees": 0.015,
        "completers": 0.04,
        "withdrawals": 0.15,
        "enrolment by origin": 0.04,
        "scale": 0.02,
    }
    return np.array(
        [
            np.log(row.model / row.record) / sd.get(row.series, 0.05)
            for row in doctoral_comparison(config)
        ]
    )


def faculty_residuals(config: Config) -> Vector:
    """The same for faculty from 2007, hires, the ledger's flows, and exits of FY2021 and FY2023."""
    sd = {
        "hires by age": 0.06,
        "exit rates": 0.08,
        "national": 0.008,
        "all universities": 0.02,
        "hires": 0.05,
        "ledger": 0.3,
    }
    today = config.model_copy(update={"years": Years(first=2023, last=2024)})
    past = prepare(config).run()
    rows = [*faculty_comparison(config, past), *exit_rates(past), *exit_rates(prepare(today).run())]
    return np.array([np.log(row.model / row.record) / sd[row.series] for row in rows])


def with_references(prepared: Prepared, several: Sequence[Params]) -> list[Params]:
    """Parameter sets with the reference points of behaviour that the model counts with each.

    Counted in the last record year, from the start population that is prepared.
    """
    rates = prepared.rates.with_params(stacked(several))
    start = {n: np.repeat(c, len(several), axis=0) for n, c in prepared.start.stock.items()}
    count = stockflow.run(
        rates, start, prepared.config.years.first, last_entrants(record())
    ).last_count
    assert count is not None
    values = {f.__name__: f(count) for f in rates.rulebook.aggregates}
    prospect = within_seven_years(
        values["permanent_hires_from_below_persons"] / values["people_below_permanent_persons"]
    )
    seeking = values["new_doctorates_seeking_persons"]
    return [
        params.model_copy(
            update={
                "reference_prospect": float(f"{prospect[k]:.6g}"),
                "reference_new_doctorates_persons": ByField(
                    **{field: float(f"{seeking[k, j]:.6g}") for j, field in enumerate(FIELDS)}
                ),
            }
        )
        for k, params in enumerate(several)
    ]


BLOCKS = (
    Block("doctoral", DOCTORAL_BLOCK, doctoral_residuals),
    Block("faculty", FACULTY_BLOCK, faculty_residuals),
)


def as_yaml(params: Params) -> str:
    """The text of conf/params/fitted.yaml."""
    lines = [
        "# The fitted parameter set. Units, ranges, kinds and sources are in stsim/params.py.",
        "# `python -m stsim job=calibrate` finds the fitted ones and rewrites this file.",
    ]
    for name in NAMES:
        value = getattr(params, name)
        if isinstance(value, ByField):
            inside = ", ".join(f"{field}: {getattr(value, field):g}" for field in FIELDS)
            lines.append(f"{name}: {{{inside}}}")
        else:
            lines.append(f"{name}: {value:.10g}")
    return "\n".join(lines) + "\n"
