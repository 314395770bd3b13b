"""Which parameters rest on their priors alone, and which of them a result follows most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stsim import draws, params
from stsim.calibrate.block import BLOCKS
from stsim.calibrate.others import REFERENCES
from stsim.config import Config
from stsim.measures import INDICATORS, Indicator
from stsim.params import Params
from stsim.simulation import fitted
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr

#: Draws from which on ranks are compared: of 60 parameters that do nothing, the highest rank
#: correlation is about 0.26 with so many, and 0.6 with the 19 of the main job.
LEAST = 100
#: A rank correlation that this many draws cannot tell from nothing is not named.
CLEAR = 3.0
MOST = 3


@dataclass(frozen=True)
class Moving:
    """The rank correlations over the draws of a change and the parameters it follows most."""

    indicator: Indicator
    year: int
    ranks: Mapping[str, float]


def alone() -> tuple[str, ...]:
    """The parameters that no record moves: neither fitted nor counted by the model itself."""
    moved = {name for block in BLOCKS for name in block.names} | set(REFERENCES)
    return tuple(name for name in params.NAMES if name not in moved)


def moving(config: Config, by_draw: Mapping[str, xr.Dataset]) -> Moving | None:
    """What the largest change follows most of those on priors alone.

    The largest is that of the headline indicator whose median change is the largest part of its
    baseline, in 2040 or the last year before it. None where there are too few draws, no change or
    nothing that it clearly follows. Numbers by field of one parameter are drawn together.
    """
    if len(by_draw) < 2 or config.in_band < LEAST:
        return None
    before, after = by_draw["baseline"], list(by_draw.values())[-1]
    year = min(2040, config.years.last - 1)
    largest, found = 0.0, None
    for indicator in (i for i in INDICATORS if i.headline):
        values = before[indicator.name]
        if "draw" not in values.dims:
            continue
        at = {values.dims[-1]: year}
        base, change = values.sel(at).values, (after[indicator.name] - values).sel(at).values
        part = abs(float(np.median(change) / np.median(base)))
        if part > largest and np.ptp(change) > 0:
            largest, found = part, (indicator, change)
    if found is None:
        return None
    indicator, change = found
    clear = ranks(change, config.params)
    most = sorted(clear, key=lambda name: -abs(clear[name]))[:MOST]
    return Moving(indicator, year, {n: clear[n] for n in most}) if most else None


def ranks(change: Array, asked: Params | None = None) -> dict[str, float]:
    """Rank correlations of a change by draw with the parameters on priors alone, if they are clear.

    The draws are the first of those shipped, `asked` what was asked to be different in them.
    """
    sets = draws.ensemble(asked or fitted(), fitted(), len(change))
    keyed = [draws.columns(one) for one in sets]
    by_name = {
        name: np.array([one.get(name, one.get(f"{name}.{params.FIELDS[0]}")) for one in keyed])
        for name in alone()
    }
    found = {n: _rank_correlation(v, change) for n, v in by_name.items() if np.ptp(v) > 0}
    return {n: r for n, r in found.items() if abs(r) > CLEAR / np.sqrt(len(change))}


def _rank_correlation(one: Array, other: Array) -> float:
    """Spearman's: the correlation of the ranks, equal values at their mean rank."""
    from scipy.stats import rankdata

    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
