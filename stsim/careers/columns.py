"""Careers as columns: every move of everybody, one person after the other, with its labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stsim.careers.labels import Labels
from stsim.engines.people import THERE_FROM_START, Log, Numbers, entered
from stsim.engines.stockflow import Run
from stsim.vocabulary import Array

Codes = NDArray[Any]
#: A word for everybody and what the words are: codes by person, and the labels they stand for.
Group = tuple[Codes, Sequence[Any]]


@dataclass(frozen=True, eq=False)
class Careers:
    """All moves of a run of the individual engine, sorted by person and then as they happened.

    - `person`: number; `when`: time in years (2030.25: a quarter into the academic year 2030);
      `pair`: place in `labels.pairs`, which name rule, source and target; `cell`: age, sex, field
    - everybody who came during the run is here; of those there on the first day only who moved
      is, and `labels.start` has their numbers
    - one row is one agent; multiply by `labels.persons_per_agent` for persons
    """

    labels: Labels
    person: Numbers
    when: NDArray[np.float32]
    pair: NDArray[np.int16]
    cell: NDArray[np.int16]

    @classmethod
    def of(cls, log: Log, run: Run, persons_per_agent: int = 1) -> Careers:
        """The careers in the log of a run; `persons_per_agent` is the one of the run."""
        person = _whole(log.person, np.int64)
        order = np.argsort(person, kind="stable")
        return cls(
            Labels.of(run, persons_per_agent),
            person[order],
            _whole(log.when, np.float32)[order],
            _whole(log.pair, np.int16)[order],
            _whole(log.cell, np.int16)[order],
        )

    def __len__(self) -> int:
        return len(self.person)

    # --- columns by move -----------------------------------------------------------------------

    @cached_property
    def source(self) -> Codes:
        """The place people leave: its number in `labels.places`."""
        return np.asarray(self.labels.sources[self.pair])

    @cached_property
    def target(self) -> Codes:
        """The place people enter: its number in `labels.places`."""
        return np.asarray(self.labels.targets[self.pair])

    @cached_property
    def count(self) -> Codes:
        """The year of the first count of 1 May after the move."""
        # 1 April is the latest time before a count, 2 May the earliest after one
        return np.asarray(np.ceil(self.when - np.float32(0.05)), dtype=np.int16)

    @cached_property
    def year(self) -> Codes:
        """The academic year the move belongs to, as in the flows of the dataset."""
        ends_the_year = ~self.labels.in_april[self.pair]
        return np.asarray(self.count - ends_the_year, dtype=np.int16)

    @property
    def age(self) -> Codes:
        """Completed years of age at the move."""
        width = len(self.labels.sexes) * len(self.labels.fields)
        return np.array(self.labels.ages, dtype=np.int8)[self.cell // width]

    @property
    def sex(self) -> Codes:
        """The place in `labels.sexes`."""
        return self.cell // len(self.labels.fields) % len(self.labels.sexes)

    @property
    def field(self) -> Codes:
        """The place in `labels.fields`."""
        return self.cell % len(self.labels.fields)

    @cached_property
    def is_last(self) -> NDArray[np.bool_]:
        """Whether it is the last move of its person in the run."""
        last = np.ones(len(self), dtype=bool)
        last[:-1] = self.person[1:] != self.person[:-1]
        return last

    @cached_property
    def until(self) -> Array:
        """When people leave the place they enter with this move; the end of the run if later."""
        until = np.full(len(self), self.labels.end)
        until[:-1][~self.is_last[:-1]] = self.when[1:][~self.is_last[:-1]]
        return until

    # --- columns by person ---------------------------------------------------------------------

    @cached_property
    def first_move(self) -> NDArray[np.intp]:
        """The row of the first move of every person."""
        return np.flatnonzero(np.append(True, self.is_last[:-1])) if len(self) else np.empty(0, int)

    @cached_property
    def persons(self) -> Numbers:
        """The numbers of all persons with a move, in order."""
        return self.person[self.first_move]

    @cached_property
    def of_person(self) -> NDArray[np.intp]:
        """The place in `persons` of whoever moves."""
        return np.cumsum(np.append(0, self.is_last[:-1])) if len(self) else np.empty(0, int)

    def has(self, numbers: Numbers) -> NDArray[np.bool_]:
        """Whether people with these numbers (in order) have any move here."""
        begin = np.searchsorted(self.persons, numbers, side="left")
        return np.asarray(np.searchsorted(self.persons, numbers, side="right") > begin)

    @cached_property
    def from_start(self) -> NDArray[np.bool_]:
        """Who of `persons` was there on the first day."""
        return self.are_from_start(self.persons)

    @staticmethod
    def are_from_start(numbers: Numbers) -> NDArray[np.bool_]:
        """Whether these numbers are of people there on the first day."""
        return np.asarray(entered(numbers)[1] == THERE_FROM_START)

    def group(self, name: str) -> Group:
        """Everybody's `entry_year`, `origin`, `sex` or `field`, and the labels of the codes.

        The entry year of those there from the first day (origin `start`) is the first year.
        """
        year, door = entered(self.persons)
        if name == "entry_year":
            return year - self.labels.years[0], self.labels.all_years
        if name == "origin":
            known = self.labels.origin_of_pair[np.where(self.from_start, 0, door)]
            start = self.labels.origins.index("start")
            return np.where(self.from_start, start, known), self.labels.origins
        if name == "sex":
            return self.sex[self.first_move], self.labels.sexes
        if name == "field":
            return self.field[self.first_move], self.labels.fields
        raise ValueError(f"no group called '{name}': choose entry_year, origin, sex or field")

    def first(self, chosen: NDArray[np.bool_]) -> NDArray[np.intp]:
        """The row of everybody's first move among the chosen, −1 for those who have none."""
        found = np.full(len(self.persons), -1, dtype=np.intp)
        rows = np.flatnonzero(chosen)[::-1]  # of several values for one place the last is kept
        found[self.of_person[rows]] = rows
        return found

    def story(self, person: int, language: str = "en") -> list[str]:
        """One person's moves in words, a line each: date, age, from, to and the rule."""
        begin, end = np.searchsorted(self.person, [person, person + 1])
        if begin == end:
            raise ValueError(f"no person {person} in these careers")
        words = self.labels.words(language)
        return [
            f"{self._date(row)}, {self.age[row]}: {words[self.source[row]]} → "
            f"{words[self.target[row]]} ({self.labels.pairs[self.pair[row]].rule})"
            for row in range(begin, end)
        ]

    def _date(self, row: int) -> date:
        year, part = divmod(float(self.when[row]), 1.0)
        if part or self.labels.in_april[self.pair[row]]:
            return date(int(year), 4, 1) + timedelta(days=part * 365)
        return date(int(year), 3, 31)


def _whole(chunks: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(chunks) if chunks else np.empty(0, dtype=dtype)
