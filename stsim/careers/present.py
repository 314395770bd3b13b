"""How many people are where on each 1 May, counted from the careers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from stsim.careers.columns import Careers, Codes
from stsim.vocabulary import Array


def present(
    careers: Careers, by: Sequence[str] = (), newcomers: NDArray[np.bool_] | None = None
) -> Array:
    """Agents on 1 May by (time, place, groups): those of the first day and what moves change.

    `newcomers` says of everybody in `careers.persons` whether they count; those of the first day
    always do. In the outside world are those who have left.
    """
    labels = careers.labels
    groups = {name: careers.group(name) for name in by}
    sizes = tuple(len(names) for _, names in groups.values())
    shape = (len(labels.all_years), len(labels.places), *sizes)
    counts = np.zeros(int(np.prod(shape)))

    def add(time: Codes, place: Codes, codes: Sequence[Codes], weights: Array) -> None:
        cell = time.astype(np.intp) * len(labels.places) + place
        for code, size in zip(codes, sizes, strict=True):
            cell = cell * size + code
        counts[:] += np.bincount(cell, weights, minlength=len(counts))

    chosen = np.ones(len(careers), dtype=bool)
    if newcomers is not None:
        chosen = (newcomers | careers.from_start)[careers.of_person]
    for places, sign in ((careers.target, 1.0), (careers.source, -1.0)):
        # who enters is not missing outside
        rows = np.flatnonzero(chosen & ((sign > 0) | (places != labels.outside)))
        person = careers.of_person[rows]
        codes = [code[person] for code, _ in groups.values()]
        time = careers.count[rows] - labels.years[0]
        add(time, places[rows], codes, np.full(len(rows), sign))
    agents = np.array(labels.start)
    place, sex, field = (code.ravel() for code in np.indices(agents.shape))
    first_day = _codes_of_first_day(place, sex, field, labels.origins.index("start"))
    own = [first_day[name] for name in by]
    add(np.zeros_like(place), place, own, agents.ravel().astype(float))
    return np.cumsum(counts.reshape(shape), axis=0)


def _codes_of_first_day(place: Codes, sex: Codes, field: Codes, origin: int) -> Mapping[str, Codes]:
    """The groups of those there on the first day, as in `Careers.group`."""
    return {
        "sex": sex,
        "field": field,
        "origin": np.full_like(place, origin),
        "entry_year": np.zeros_like(place),
    }
