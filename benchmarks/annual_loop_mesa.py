"""A plain annual loop in Mesa over the same table of rates, without the markets of April.

Only hazards, birthdays and the rules of the end of the year: what needs no agreement between
people. In an environment of its own:
`python -m venv mesa && mesa/bin/pip install -e . mesa && mesa/bin/python benchmarks/individuals.py`
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import floor

import mesa
import numpy as np

from stsim.rates import Rates, RateTable, Step
from stsim.vocabulary import OUTSIDE, Array


class Person(mesa.Agent):
    """Somebody in a stage, with years on its clock, an age, a sex and a field."""

    def __init__(
        self, model: Country, stage: str, clock: int, age: int, sex: int, field: int
    ) -> None:
        super().__init__(model)
        self.stage, self.clock = stage, clock
        self.age, self.sex, self.field = age, sex, field

    def step(self) -> None:
        """Live through a year: perhaps a hazard, a birthday, what the end of the year brings."""
        for _, chances, targets, keeps_clock in self.model.hazards.get(self.stage, ()):
            if self.may_move(chances, targets, keeps_clock):
                break
        self.age = min(self.age + 1, self.model.ages - 1)
        self.clock = min(self.clock + 1, self.model.clocks.get(self.stage, 1) - 1)
        done, moved = -1, True
        while moved:
            moved = False
            for place, chances, targets, keeps_clock in self.model.year_end.get(self.stage, ()):
                if place > done and self.may_move(chances, targets, keeps_clock):
                    done, moved = place, True
                    break
        if self.stage == OUTSIDE.name:
            self.remove()

    def may_move(
        self, chances: Sequence[Sequence[float]], targets: Sequence[str], keeps_clock: bool
    ) -> bool:
        """Let a draw decide whether somebody moves, and where to."""
        luck = self.random.random()
        ages, sexes, fields = self.model.shape
        cell = ((self.clock * ages + self.age) * sexes + self.sex) * fields + self.field
        for chance, target in zip(chances, targets, strict=True):
            luck -= chance[cell]
            if luck < 0:
                stayed, self.stage = target == self.stage, target
                if not (keeps_clock or stayed):
                    self.clock = 0
                return not stayed
        return False


class Country(mesa.Model):
    """Everybody, and the chances that a table of rates gives to every kind of person."""

    def __init__(
        self, table: RateTable, start: Mapping[str, Array], persons_per_agent: int, seed: int
    ) -> None:
        super().__init__(seed=seed)
        self.shape = next(iter(start.values())).shape[2:]
        self.ages = self.shape[0]
        self.clocks = {stage: cells.shape[1] for stage, cells in start.items()}
        self.hazards, self.year_end = self.laid_out(table.hazards), self.laid_out(table.year_end)
        for stage, cells in start.items():
            for kind in zip(*np.nonzero(cells[0]), strict=True):
                expected = cells[0][kind] / persons_per_agent
                for _ in range(floor(expected + self.random.random())):
                    Person(self, stage, *map(int, kind))

    def laid_out(self, steps: Sequence[Step]) -> dict[str, list]:  # type: ignore[type-arg]
        """Steps by the stage they concern, their chances on every kind of person in a list."""
        found = defaultdict(list)
        for place, step in enumerate(steps):
            whole = (self.clocks[step.source], *self.shape)
            chances = [np.broadcast_to(m.amount[0], whole).ravel().tolist() for m in step.moves]
            targets = [move.target for move in step.moves]
            found[step.source].append((place, chances, targets, step.keeps_clock))
        return found

    def step(self) -> None:
        """A year in everybody's life."""
        self.agents.do("step")


def person_years_and_seconds(
    rates: Rates, start: Mapping[str, Array], first: int, persons_per_agent: int, years: int = 3
) -> tuple[int, float]:
    """How many person-years the loop lives through, and how long it takes, without the start."""
    country = Country(rates.between(first, None), start, persons_per_agent, seed=1)
    person_years = 0
    started = time.process_time()
    for _ in range(years):
        person_years += len(country.agents)
        country.step()
    return person_years, time.process_time() - started
