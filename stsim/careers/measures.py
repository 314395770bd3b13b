"""The indicators that only individuals can give: of careers, not of counts.

They are by academic year and look back on careers of ten years (or `within_years`) since the end
of doctoral study, whose beginning the run has seen. So the window is the same for every year, and
a year without the whole window is not a number: without it a run would show short ways to a
permanent post in its first years only because it has just begun. Those there on the first day
beyond doctoral study, and those hired from outside, have no known past and are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stsim.careers.columns import Careers
from stsim.careers.doctorate import WITHIN_YEARS, after_doctorate, contracts_held
from stsim.measures import about
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr

LEFT_OUT = (
    "people who were beyond doctoral study on the first day, who were hired from outside, or who "
    "left the model when their doctoral study ended are left out: their past or future is unknown"
)


def measures(careers: Careers, within_years: int = WITHIN_YEARS) -> xr.Dataset:
    """Age at and years to the first permanent post, and fixed-term contracts per career, by year.

    - `first_permanent_post_age_years`, `years_to_permanent_post`: means over those who enter
      their first permanent post in the year, at most `within_years` after doctoral study
    - `fixed_term_contracts_per_career`: contracts begun in `within_years` after doctoral study,
      renewals too, mean over those with any; by the year in which these years are over

    Not a number where the run is too short to know.
    """
    import xarray as xr

    labels, found = careers.labels, after_doctorate(careers)
    years = np.array(labels.all_years)
    first_known = labels.years[0] + 1 + within_years
    # what happens until 31 March of the last year is beyond the last count
    entries_known = (years >= first_known) & (years < labels.years[1])
    got = (found.cause == 0) & (found.duration <= within_years)
    event = found.event[got]
    over = found.since.astype(int) + within_years
    held = contracts_held(found, within_years)
    some = (held > 0) & (over <= labels.years[1])
    values = {
        "first_permanent_post_age_years": _mean(
            careers.age[event], careers.year[event], years, entries_known
        ),
        "years_to_permanent_post": _mean(
            found.duration[got], careers.year[event], years, entries_known
        ),
        "fixed_term_contracts_per_career": _mean(
            held[some], over[some], years, years >= first_known
        ),
    }
    window = f"within {within_years} years after doctoral study; {LEFT_OUT}"
    data = {
        name: ("year", value, about(name).attrs | {"comment": window})
        for name, value in values.items()
    }
    return xr.Dataset(data, {"year": years}, {"within_years": within_years})


def _mean(
    value: NDArray[Any], year: NDArray[Any], years: NDArray[np.integer], known: NDArray[np.bool_]
) -> Array:
    """Means by year; not a number for a year that is not known or has nobody."""
    place = year.astype(np.intp) - years[0]
    persons = np.bincount(place, minlength=len(years)).astype(float)
    total = np.bincount(place, value.astype(float), minlength=len(years))
    known = known & (persons > 0)
    means = np.full(len(years), np.nan)
    return np.asarray(np.divide(total, persons, out=means, where=known))
