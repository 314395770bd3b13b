"""What stands beside scenarios: the model on the record, and a forecast from an earlier year."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stsim import measures
from stsim.compose import compose
from stsim.given import last_chart
from stsim.observed import record

if TYPE_CHECKING:
    import xarray as xr

    from stsim.hindcast.scores import Score

#: The year from which the forecast that is drawn beside the model was made.
CUT = 2016


@cache
def past() -> xr.Dataset:
    """The model from 2007 to the last count, given the seats and entrants that were counted."""
    from stsim.simulation import dataset

    words = ["years.first=2007", f"years.last={last_chart(record())}", "engine=stocks"]
    return dataset(compose([*words, "band=false"]))


@cache
def past_measures() -> xr.Dataset:
    """The measures of that run."""
    return measures.indicators(past())


@cache
def forecasts() -> tuple[Score, ...]:
    """What was forecast of the share under 40 from the surveys until `CUT` alone."""
    from stsim.hindcast.board import DRAWS, PARTS, SHARE, UNIVERSITIES, universities
    from stsim.hindcast.scores import CHOSEN

    scores = universities(record(), CUT, PARTS[UNIVERSITIES].until, 1, DRAWS)
    return tuple(s for s in scores if s.series == SHARE and s.forecast == CHOSEN)
