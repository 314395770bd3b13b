"""What becomes of one market's places in a season, and how places are made whole."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from stsim import luck
from stsim.engines.columns import Places
from stsim.engines.people import Numbers
from stsim.engines.sieve import Decision
from stsim.rates import Market
from stsim.vocabulary import Array


@dataclass
class Rounding:
    """What makes places whole: a phase per market and row that starts at random.

    Whole places are `floor(exact + phase)`. For openings, and for markets that take a part of the
    vacancies, what is rounded away goes on to the next year; of seats it is vacant then anyway.
    """

    seed: Decision
    _phases: dict[str, Array] = field(default_factory=dict)

    def phase(self, name: str, rows: int) -> Array:
        """The phase of a market in every row."""
        if name not in self._phases:
            own = [luck.one(*self.seed, "phase", name, row) for row in range(rows)]
            self._phases[name] = np.array(own)
        return self._phases[name]

    def carry(self, name: str, exact: Array) -> Array:
        """Let what is rounded away from these numbers go on to the next year.

        Returns what is owed where they are less than nothing by more than the phase.
        """
        balance = exact + self._phases[name]
        self._phases[name] = np.where(balance >= 0, balance % 1.0, 0.0)
        return np.minimum(balance, 0.0)


@dataclass
class Contest:
    """What one market has done so far in its season, in agents, by row (field, or one for all).

    `places` are those left; `offered` those offered in whole numbers, of which `outside` went to
    people from outside. `seat` is the part of a seat that people of a row of cells hold.
    `intensity` is the arrival time of the last hired; `owed` (0 or less) is taken from next
    year's openings.
    """

    market: Market
    places: Array
    outside_share: Array
    seat: Array
    part: Array
    offered: Numbers
    outside: Numbers
    hired: list[Places]
    intensity: Array
    owed: Array
    #: Places offered to each group so far.
    kept: dict[int, Numbers] = field(default_factory=dict)

    @property
    def carries(self) -> bool:
        """Whether what is rounded away is not vacant next year."""
        return self.market.is_openings or bool((self.part < 1).any())
