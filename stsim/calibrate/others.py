"""Draws of all parameters: fitted ones from their posterior, the others from their priors.

The priors of those that are not fitted are half normals on either side of the central value, the
same for all fields: what is misjudged is misjudged for all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import ValidationError

from stsim.calibrate.block import Block, Vector, bounds
from stsim.calibrate.central import with_references
from stsim.calibrate.pieces import Pieces
from stsim.calibrate.posterior import Sample
from stsim.config import Config
from stsim.draws import WHOLE_YEARS
from stsim.faults import FitError
from stsim.params import NAMES, Params, prior
from stsim.simulation import prepare

#: Set to what the model counts, not drawn.
REFERENCES = ("reference_prospect", "reference_new_doctorates_persons")
#: A 90 % range is ± so many standard deviations.
NINETY = 1.645
#: How often the parameters that are not fitted are drawn again if no run can be made with them.
MOST_TRIES = 50


def draws(config: Config, samples: Sequence[Sample], seed: int, pieces: Pieces) -> list[Params]:
    """A draw of all parameters for each draw of the samples, with its reference points.

    Where no run can be made with a draw its parameters that are not fitted are drawn again. Raises
    FitError when that does not help.
    """
    rng = np.random.default_rng(seed)
    number = len(samples[0].values)
    found: list[Params | None] = [None] * number
    for _ in range(MOST_TRIES):
        missing = [k for k, params in enumerate(found) if params is None]
        drawn = [(k, _valid(_one(config, samples, k, rng))) for k in missing]
        valid = {k: params for k, params in drawn if params is not None}
        referenced = pieces(_referenced, config, tuple(valid.values()))
        made = dict(zip(valid, referenced, strict=True))
        found = [made.get(k, before) for k, before in enumerate(found)]
        if all(params is not None for params in found):
            return [params for params in found if params is not None]
    raise FitError(f"no run can be made with a draw, tried {MOST_TRIES} times; no file is changed")


def _referenced(config: Config, several: Sequence[Params]) -> list[Params]:
    return with_references(prepare(config), several)


def _valid(params: Params) -> Params | None:
    try:
        return Params.model_validate(params.model_dump())
    except ValidationError:
        return None


def _one(config: Config, samples: Sequence[Sample], k: int, rng: np.random.Generator) -> Params:
    """The k-th draw of all parameters but the references."""
    params = config.params
    for each in samples:
        params = each.target.block.put(params, each.values[k])
    known = {name for each in samples for name in each.target.block.names} | set(REFERENCES)
    for name in NAMES:
        if name not in known:
            alone = _alone(name)
            params = alone.put(params, _from_prior(name, alone.vector(config.params), rng))
    return params


def from_prior(
    name: str, central: Params, number: int, rng: np.random.Generator
) -> list[dict[str, float]]:
    """Draws of one parameter from its prior around the central value, by key."""
    alone = _alone(name)
    drawn = (_from_prior(name, alone.vector(central), rng) for _ in range(number))
    return [dict(zip(alone.keys, vector.tolist(), strict=True)) for vector in drawn]


def _alone(name: str) -> Block:
    """A parameter by itself, which no record says anything about."""
    return Block(name, (name,), lambda config, several: [], {})


def _from_prior(name: str, centre: Vector, rng: np.random.Generator) -> Vector:
    """A draw around a central value: the range decides how far below and above it reaches."""
    about, (low, high) = prior(name), bounds(name)
    while True:
        z = rng.standard_normal()
        reach = about.high - centre if z > 0 else centre - about.low
        drawn = centre + np.maximum(reach, 0.0) * z / NINETY
        if name in WHOLE_YEARS:
            drawn = np.round(drawn)
        if (((low < drawn) & (drawn < high)) | (drawn == centre)).all():
            return np.asarray(drawn)
