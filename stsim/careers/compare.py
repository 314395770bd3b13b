"""Who is displaced: two runs of the same seed person by person.

Everybody has the same luck in both runs, so a career that differs does so because of the policy:
somebody got a post (or a place, or support) that somebody else would have had.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stsim.careers.columns import Careers, Codes
from stsim.careers.present import present
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr


class NotComparableError(ValueError):
    """Two careers that are not of the same people; the message is one line for the user."""


def displaced(first: Careers, second: Careers, by: Sequence[str] = ()) -> xr.Dataset:
    """How many people's careers differ between two runs of the same seed, by year and stage.

    - `persons` (time, stage, groups): people there in both runs, in the stage of the first
    - `differ`, `differ_share`: those of them who have made any move so far that is not the same
    - `elsewhere` (time, stage, stage_in_second): those who are now in another stage
    - `only_in_first`, `only_in_second` (entry_year, origin): people who enter in one run only

    The stage `outside` is of those who have left the model. Groups: `entry_year`, `origin`,
    `sex`, `field`. Raises NotComparableError when the runs do not have the same people at first.
    """
    import xarray as xr

    _check(first, second)
    labels, places = first.labels, list(first.labels.places)
    years = np.array(labels.all_years)
    changed = Changed(first, second)
    here, there = changed.stage(first, years), changed.stage(second, years)
    both = second.has(first.persons)
    persons = present(first, by, both)
    cells = [changed.group(first, second, name)[:, None] for name in by]
    differ = _counted(changed, years, [here, *cells], persons.shape[1:])
    elsewhere = _counted(changed, years, [here, there], (len(places), len(places)))
    elsewhere[:, np.arange(len(places)), np.arange(len(places))] = 0.0
    share = np.divide(differ, persons, out=np.full(persons.shape, np.nan), where=persons > 0)
    scale = labels.persons_per_agent
    dims = ("time", "stage", *by)
    entered = ("entry_year", "origin")
    only_first = _entrants(first, ~both) * scale
    only_second = _entrants(second, ~first.has(second.persons)) * scale
    data = {
        "persons": (dims, persons * scale, _about("people there in both runs", "両方にいる人数")),
        "differ": (dims, differ * scale, _about("people whose careers differ", "経歴が異なる人数")),
        "differ_share": (dims, share, {
            **_about("share of careers that differ", "経歴が異なる割合"), "units": "share",
        }),
        "elsewhere": (("time", "stage", "stage_in_second"), elsewhere * scale, _about(
            "people who are in another stage in the second run", "別の段階にいる人数",
        )),
        "only_in_first": (entered, only_first, _about(
            "people who enter only in the first run", "第一の計算でのみ参入する人数",
        )),
        "only_in_second": (entered, only_second, _about(
            "people who enter only in the second run", "第二の計算でのみ参入する人数",
        )),
    }  # fmt: skip
    coords = {"time": years, "stage": places, "stage_in_second": places}
    coords |= {"entry_year": years, "origin": list(labels.origins)}
    return xr.Dataset(data, coords | {name: list(first.group(name)[1]) for name in by})


class Changed:
    """People there in both runs whose careers differ.

    `persons` are their numbers, `since` the year of the first count after the first move that is
    not the same. People of the first day are there in both even if they never move in one.
    """

    def __init__(self, first: Careers, second: Careers) -> None:
        numbers = np.sort(np.append(first.persons, second.persons[~first.has(second.persons)]))
        for careers in (first, second):
            numbers = numbers[careers.has(numbers) | careers.are_from_start(numbers)]
        begins, lengths = zip(
            *(_rows(careers, numbers) for careers in (first, second)), strict=True
        )
        common = np.minimum(*lengths)
        who = np.repeat(np.arange(len(numbers)), common)
        step = np.arange(len(who)) - np.repeat(np.cumsum(common) - common, common)
        one, other = begins[0][who] + step, begins[1][who] + step
        same = (first.pair[one] == second.pair[other]) & (first.when[one] == second.when[other])
        differs = np.flatnonzero(~same)[::-1]
        at = common.copy()  # the first move that only one of them has
        at[who[differs]] = step[differs]  # the last value of a place is kept: the first difference
        never = np.iinfo(np.int16).max
        since = np.full(len(numbers), never, dtype=np.int16)
        for careers, begin, length in zip((first, second), begins, lengths, strict=True):
            has = np.flatnonzero(at < length)
            since[has] = np.minimum(since[has], careers.count[begin[has] + at[has]])
        self.persons, self.since = numbers[since < never], since[since < never]
        #: Where those of the first day are until they move.
        self._at_first = np.zeros(len(self.persons), dtype=np.uint8)
        for careers in (first, second):
            begin, length = _rows(careers, self.persons)
            moves = length > 0
            self._at_first[moves] = careers.source[begin[moves]]

    def stage(self, careers: Careers, years: NDArray[np.integer]) -> Codes:
        """The place of each of them on every 1 May in one of the runs, by (person, year)."""
        begin, length = _rows(careers, self.persons)
        who = np.repeat(np.arange(len(begin)), length)
        row = np.repeat(begin - (np.cumsum(length) - length), length) + np.arange(len(who))
        last = np.full((len(begin), len(years)), -1, dtype=np.int32)
        last[who, careers.count[row] - years[0]] = row  # the last of a year is kept
        np.maximum.accumulate(last, axis=1, out=last)
        found = np.repeat(self._at_first[:, None], len(years), axis=1)
        found[last >= 0] = careers.target[last[last >= 0]]
        return found

    def group(self, first: Careers, second: Careers, name: str) -> Codes:
        """The group of each of them."""
        found = np.zeros(len(self.persons), dtype=np.intp)
        for careers in (first, second):
            _, length = _rows(careers, self.persons)
            place = np.searchsorted(careers.persons, self.persons[length > 0])
            found[length > 0] = careers.group(name)[0][place]
        return found


def _rows(careers: Careers, numbers: NDArray[np.int64]) -> tuple[NDArray[np.intp], ...]:
    """The first row of these persons and how many they have, none for those without a move."""
    begin = np.searchsorted(careers.person, numbers, side="left")
    return begin, np.searchsorted(careers.person, numbers, side="right") - begin


def _counted(
    changed: Changed, years: NDArray[np.integer], codes: Sequence[Codes], sizes: tuple[int, ...]
) -> Array:
    """Those whose careers differ by (year, codes), from the year on in which they first do."""
    differs = changed.since[:, None] <= years
    place = np.broadcast_to(np.arange(len(years)), differs.shape)[differs].astype(np.intp)
    for code, size in zip(codes, sizes, strict=True):
        place = place * size + np.broadcast_to(code, differs.shape)[differs]
    shape = (len(years), *sizes)
    return np.bincount(place, minlength=int(np.prod(shape))).reshape(shape).astype(float)


def _entrants(careers: Careers, chosen: NDArray[np.bool_]) -> Array:
    """The chosen who entered during the run, by (entry year, origin)."""
    chosen = chosen & ~careers.from_start
    (year, years), (origin, origins) = careers.group("entry_year"), careers.group("origin")
    place = (year * len(origins) + origin)[chosen]
    counted = np.bincount(place, minlength=len(years) * len(origins))
    return counted.reshape(len(years), len(origins)).astype(float)


def _about(label: str, label_ja: str) -> dict[str, str]:
    return {"units": "persons", "long_name": label, "long_name_ja": label_ja}


def _check(first: Careers, second: Careers) -> None:
    """Refuse runs that do not begin with the same people."""
    one, other = first.labels, second.labels
    for what, same in (
        ("years", one.years == other.years),
        ("rules", one.pairs == other.pairs),
        ("persons_per_agent", one.persons_per_agent == other.persons_per_agent),
        ("people on the first day, so not the same seed", one.start == other.start),
    ):
        if not same:
            raise NotComparableError(f"these careers cannot be compared: they differ in {what}")
