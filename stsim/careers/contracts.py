"""Fixed-term contracts: how long they last and how they end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from stsim.careers.columns import Careers
from stsim.careers.curves import by_words, curves

if TYPE_CHECKING:
    import xarray as xr


def contract_lengths(
    careers: Careers, by: Sequence[str] = (), at: Sequence[float] = tuple(range(13))
) -> xr.Dataset:
    """Share of fixed-term contracts that have ended by years since they began, and how.

    A renewal ends a contract and begins the next. The other causes are the groups of stages
    people go to, the last `fixed_term`, another fixed-term post. Contracts that were running on
    the first day are left out, because nobody knows when they began; those running on the last
    are censored. `net_share` is of renewals; `persons` and `waiting` count contracts.
    """
    labels = careers.labels
    rows = np.flatnonzero(labels.tagged("fixed_term")[careers.target])
    ended = ~careers.is_last[rows]
    after = np.where(ended, rows + 1, rows)
    causes = ["renewed", *labels.groups]
    to = 1 + labels.group_of[careers.target[after]].astype(np.intp)
    to = np.where(careers.source[after] == careers.target[after], 0, to)
    began = careers.when[rows].astype(float)
    found = curves(
        careers.until[rows] - began,
        np.where(ended, to, -1),
        causes,
        labels.end - began,
        by_words(careers, by, careers.of_person[rows]),
        np.asarray(at, dtype=float),
        labels.persons_per_agent,
    )
    for name in ("persons", "waiting"):
        found[name].attrs["units"] = "contracts"
    return found
