"""Published targets beside a run: whether, when and in how many parameter sets they are met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stsim import observed
from stsim.measures import expected
from stsim.observed import Target

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Reached:
    """A target beside a run, as expected and over the draws of the parameters.

    `met` in the target's own year, None where the run does not know it; `first` the first year of
    the run with at least the target's value, None if there is none by `last`, the last year known.
    `draws_in_year` and `draws_ever` of `draws` meet it in its year (if the run knows it), and in
    any year by `last`: over `draws` these are the probabilities, given parameters and priors and
    nothing else.
    """

    target: Target
    met: bool | None
    first: int | None
    last: int
    draws_in_year: int
    draws_ever: int
    draws: int


def reached(
    indicator: str, values: xr.DataArray, by_draw: xr.DataArray | None = None
) -> list[Reached]:
    """The scored targets of an indicator, beside its values by year (and draw).

    `values` are those of a run, `by_draw` of the same scenario by draw, where there are draws.
    """
    aimed = [t for t in observed.record().targets() if t.indicator == indicator and t.scored]
    if not aimed:
        return []
    one = expected(values)
    dim = str(one.dims[-1])
    known = one.dropna(dim)
    years = known[dim].values.tolist()
    several = _several(by_draw, dim)
    found = []
    for target in aimed:
        there = [y for y, value in zip(years, known.values, strict=True) if value >= target.value]
        enough = several >= target.value
        in_year = enough.sel({dim: target.year}) if target.year in several[dim] else enough.any(dim)
        found.append(
            Reached(
                target,
                target.year in there if target.year in years else None,
                there[0] if there else None,
                years[-1] if years else int(one[dim][-1]),
                int(in_year.sum()),
                int(enough.any(dim).sum()),
                len(several),
            )
        )
    return found


def _several(by_draw: xr.DataArray | None, dim: str) -> xr.DataArray:
    """Values by (draw, year); no draw where none moves them or there are none."""
    import xarray as xr

    if by_draw is None or "draw" not in by_draw.dims:
        return xr.DataArray(np.empty((0, 0)), {dim: []}, ("draw", dim))
    return by_draw.transpose("draw", dim)
