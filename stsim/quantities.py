"""Values that change with the year: the law as it stands, and a policy laid over it."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Between = Literal["hold", "linear"]


class YearError(ValueError):
    """A value is asked for before the first year that has one."""


def nearest(word: str, known: Iterable[str], ask: str = "did you mean") -> str:
    """Say which known word is nearest to a misspelt one, as the end of an error line."""
    close = difflib.get_close_matches(word[:200], list(known), n=1, cutoff=0.5)
    return f"; {ask} '{close[0]}'?" if close else ""


def plain(text: str) -> str:
    """A text with what cannot be printed, or would steer a terminal, written out as `\\x1b`."""
    return "".join(letter if _printable(letter) else repr(letter)[1:-1] for letter in text)


def is_plain(text: str) -> bool:
    """Whether all of a text can be printed; lines may end."""
    return all(_printable(letter) or letter == "\n" for letter in text)


def _printable(letter: str) -> bool:
    return letter.isprintable() or letter == "\u3000"  # the space of Japanese texts


def short(value: object, room: int = 60) -> str:
    """A value as an error line shows it: on one line, and cut where it would fill the screen."""
    text = repr(value)
    return text if len(text) <= room else f"{text[: room - 1]}…"


@dataclass(frozen=True)
class Timeline:
    """A value by academic year: each holds until the next one named, or runs to it in a line.

    `points` are (year, value) in order of year. After the last year the last value holds.
    Years before the first one are unknown and asking for them is an error, which says `of_what`.
    """

    points: tuple[tuple[int, float], ...]
    between: Between = "hold"
    of_what: str = ""

    @classmethod
    def of(cls, values: Mapping[int, float], between: Between = "hold") -> Timeline:
        """Make a timeline from a mapping of year to value, named if the mapping has a `name`."""
        if not values:
            raise YearError("a value by year needs at least one year")
        points = tuple(sorted((int(y), float(v)) for y, v in values.items()))
        return cls(points, between, getattr(values, "name", ""))

    def at(self, year: int) -> float:
        """The value in force in academic year `year`. Raises YearError before the first year."""
        index = bisect_right(self.points, year, key=lambda point: point[0]) - 1
        if index < 0:
            what = f"{self.of_what}: " if self.of_what else ""
            raise YearError(
                f"{what}no value for {year}; the first year known is {self.points[0][0]}"
            )
        y0, v0 = self.points[index]
        if self.between == "hold" or index + 1 == len(self.points):
            return v0
        y1, v1 = self.points[index + 1]
        return v0 + (v1 - v0) * (year - y0) / (y1 - y0)

    def until(self, year: int) -> Timeline:
        """The same values as far as `year`, without what is named for later years."""
        last = bisect_right(self.points, year, key=lambda point: point[0])
        if self.between == "linear":  # the next point is where the line goes
            last += 1
        return Timeline(self.points[:last], self.between, self.of_what)


@dataclass(frozen=True)
class Overlay:
    """A policy laid over the law: a target, or targets by year, from `start` on.

    With a ramp of n years the value on 1 April of y is
    `law(y) + (target − law(y)) · min(1, (y − start) / n)`. Nothing changes before `start`.
    """

    law: Timeline
    target: float | Timeline
    start: int
    ramp_years: int

    def at(self, year: int) -> float:
        """The value in force in academic year `year`."""
        law = self.law.at(year)
        if year < self.start:
            return law
        if isinstance(self.target, Timeline):
            if year < self.target.points[0][0]:
                return law
            target = self.target.at(year)
        else:
            target = self.target
        if self.ramp_years == 0:
            return target
        return law + (target - law) * min(1.0, (year - self.start) / self.ramp_years)
