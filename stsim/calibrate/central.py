"""Find the fitted parameters by least squares: the first half of `job=calibrate`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import least_squares

from stsim.calibrate.block import Block, Vector
from stsim.calibrate.pieces import Pieces
from stsim.config import Config
from stsim.draws import stacked
from stsim.engines import stockflow
from stsim.faults import FitError
from stsim.given import last_entrants
from stsim.observed import record
from stsim.params import FIELDS, NAMES, ByField, Params, prior
from stsim.rulebook.study import within_seven_years
from stsim.simulation import Prepared

#: Values that a search moves by less, in standard deviations of their priors, stay as they were.
MOVED = 0.02


def fit(config: Config, block: Block, pieces: Pieces) -> Config:
    """Least squares on the record and the priors of a block; returns the Config with its values.

    The search stays within half a range beyond each prior. Where it ends next to its start the
    values are left as they were. Raises FitError when it does not end.
    """
    start, spread = block.vector(config.params), block.spread
    low = np.array([prior(n).low for n in block.owner])
    high = np.array([prior(n).high for n in block.owner])
    floor = np.where(low >= 0, low / 3, low - (high - low) / 2)
    ceiling = np.minimum(high + (high - low) / 2, block.bounds[1])

    def all_residuals(x: Vector) -> Vector:
        return np.concatenate([residuals(config, block, x[None], pieces)[0], block.of_prior(x)])

    def all_slopes(x: Vector) -> Vector:
        return np.concatenate([slopes(config, block, x, pieces), np.diag(1 / spread)])

    found = least_squares(
        all_residuals,
        start,
        jac=all_slopes,
        bounds=(np.minimum(floor, start - 1e-9), np.maximum(ceiling, start + 1e-9)),
        x_scale=spread,
        ftol=1e-6,
        max_nfev=40,
    )
    if found.status <= 0 or not np.isfinite(found.cost):
        raise FitError(
            f"the fit of the {block.name} block has not converged after {found.nfev} steps; "
            "the parameters are left as they were"
        )
    if (np.abs(found.x - start) < MOVED * spread).all():
        return config
    best = block.put(config.params, np.array([float(f"{v:.4g}") for v in found.x]))
    return config.model_copy(update={"params": best})


def residuals(config: Config, block: Block, points: Vector, pieces: Pieces) -> Vector:
    """What points leave unexplained of the record, (point, residual); FitError if one cannot."""
    found = [row for row in pieces(block.of_record, config, list(points)) if row is not None]
    if len(found) < len(points):
        raise FitError(
            f"the {block.name} block: the model cannot be run next to the values where the search "
            "is; the parameters are left as they were"
        )
    return np.array(found)


def slopes(config: Config, block: Block, x: Vector, pieces: Pieces) -> Vector:
    """How the residuals of the record change with each parameter: (residual, parameter)."""
    step = 1e-3 * block.spread
    step = np.where(x + step < block.bounds[1], step, -step)
    there, *moved = residuals(config, block, np.vstack([x, x + np.diag(step)]), pieces)
    return np.asarray(((np.array(moved) - there) / step[:, None]).T)


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
