"""From one group of stages to another: flows for a Sankey diagram and the usual sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stsim.careers.columns import Careers, Codes
from stsim.careers.curves import split
from stsim.careers.doctorate import WITHIN_YEARS, after_doctorate
from stsim.vocabulary import OUTSIDE, Array

if TYPE_CHECKING:
    import xarray as xr

#: Bits of one group in a sequence written as one number, and the groups that fit into it.
BITS, LONGEST = 4, 16


@dataclass(frozen=True)
class Steps:
    """Moves between groups of stages, sorted by person and then as they happened.

    `row` is that of the last move of a step. Stays that begin and end on the same day (someone
    who leaves doctoral study on 31 March for a post on 1 April) are no steps of their own, nor
    are moves within a group. `source` and `target` are places in `labels.groups`.
    """

    row: NDArray[np.intp]
    source: Codes
    target: Codes


def steps(careers: Careers) -> Steps:
    """All steps in the careers."""
    labels = careers.labels
    stays = careers.is_last | (careers.until > careers.when)
    row = np.flatnonzero(stays)
    target = labels.group_of[careers.target[row]]
    source = np.empty_like(target)
    source[1:] = target[:-1]
    person = careers.of_person[row]
    new = np.append(True, person[1:] != person[:-1]) if len(row) else np.empty(0, dtype=bool)
    source[new] = labels.group_of[careers.source[careers.first_move[person[new]]]]
    changes = source != target
    return Steps(row[changes], source[changes], target[changes])


def sankey(careers: Careers, by: str = "time") -> xr.Dataset:
    """Persons who went from group to group of stages: the links of a Sankey diagram.

    `by` is `time` (from the count of 1 May a year before to that of the year) or a group of
    persons: `entry_year`, `origin`, `sex`, `field`. Over all links into and out of a group, what
    comes less what goes is the change of its number of people.
    """
    import xarray as xr

    labels, found = careers.labels, steps(careers)
    if by == "time":
        names: Sequence[Any] = labels.all_years
        code = careers.count[found.row] - labels.years[0]
    else:
        codes, names = careers.group(by)
        code = codes[careers.of_person[found.row]]
    groups = len(labels.groups)
    shape = (len(names), groups, groups)
    place = (code.astype(np.intp) * groups + found.source) * groups + found.target
    links = np.bincount(place, minlength=int(np.prod(shape))).reshape(shape).astype(float)
    if by == "time":
        links[0] = np.nan  # what led to the first count is not known
    words = list(labels.groups.values())
    return xr.Dataset(
        {
            "persons": ((by, "source", "target"), links * labels.persons_per_agent, {
                "units": "persons", "long_name": "persons who went from source to target",
                "long_name_ja": "移動した人数",
            })
        },
        {
            by: list(names),
            "source": list(labels.groups),
            "target": list(labels.groups),
            "label": ("target", [english for english, _ in words]),
            "label_ja": ("target", [japanese for _, japanese in words]),
        },
    )  # fmt: skip


def sequences(
    careers: Careers,
    by: Sequence[str] = (),
    within_years: float = WITHIN_YEARS,
    most: int = 10,
) -> xr.Dataset:
    """The most frequent sequences of groups of stages in the first years after doctoral study.

    As in `first_years`, only people followed for all these years count, and what is later is cut
    off, so that sequences are of one length of time. The order is by frequency, then by sequence.
    """
    import xarray as xr

    found = after_doctorate(careers)
    found = found.part(found.followed >= within_years)
    labels = careers.labels
    code = _written(careers, found.who, found.since + within_years)
    groups = {name: found.group(name) for name in by}
    shape = (*(len(names) for _, names in groups.values()), most)
    words, count = np.full(shape, "", dtype=object), np.zeros(shape)
    share = np.full(shape, np.nan)
    names = list(labels.groups)
    for where, inside in split(list(groups.values()), len(code)):
        kinds, counts = np.unique(code[inside], return_counts=True)
        for rank, k in enumerate(np.argsort(-counts, kind="stable")[:most]):
            words[(*where, rank)] = _read(int(kinds[k]), names)
            count[(*where, rank)] = counts[k] * labels.persons_per_agent
            share[(*where, rank)] = counts[k] / len(inside)
    dims = (*groups, "rank")
    return xr.Dataset(
        {
            "sequence": (dims, words.astype(str), {
                "long_name": f"groups of stages in {within_years:g} years after doctoral study",
                "long_name_ja": f"博士課程修了後{within_years:g}年間の経路",
            }),
            "persons": (dims, count, {
                "units": "persons", "long_name": "persons with this sequence",
                "long_name_ja": "この経路の人数",
            }),
            "share": (dims, share, {
                "units": "share", "long_name": "share of all followed",
                "long_name_ja": "追跡した全員に占める割合",
            }),
        },
        {
            "rank": list(range(1, most + 1)),
            **{name: list(values) for name, (_, values) in groups.items()},
        },
    )  # fmt: skip


def _written(careers: Careers, who: NDArray[np.intp], until: Array) -> NDArray[np.uint64]:
    """The groups these persons were in up to a time, from doctoral study on, as one number each.

    The first group stands in the lowest bits. Of more than sixteen the first sixteen count.
    """
    last = np.full(len(careers.persons), -np.inf)
    last[who] = until
    found = steps(careers)
    person = careers.of_person[found.row]
    kept = careers.when[found.row] <= last[person]
    kept &= found.source != careers.labels.group_number(OUTSIDE.name)  # the entry itself
    person, target = person[kept], found.target[kept].astype(np.uint64) + np.uint64(1)
    first = np.searchsorted(person, person, side="left")
    place = 1 + np.arange(len(person)) - first  # after doctoral study
    fits = place < LONGEST
    written = target[fits] << (BITS * place[fits]).astype(np.uint64)
    doctoral = careers.labels.group_number("doctoral")
    code = np.full(len(careers.persons), doctoral + 1, dtype=np.uint64)
    np.bitwise_or.at(code, person[fits], written)
    return code[who]


def _read(code: int, names: Sequence[str]) -> str:
    """A sequence in words."""
    found = []
    while code:
        found.append(names[code % (1 << BITS) - 1])
        code >>= BITS
    return " > ".join(found)
