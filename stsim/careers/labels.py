"""What the numbers in the columns of careers stand for, and what else is known of the run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stsim.engines.stockflow import Run
from stsim.results import when
from stsim.rulebook.stages import ORIGINS
from stsim.vocabulary import OUTSIDE

#: The count of 1 May, in years after 1 April.
COUNT_DAY = 30 / 365
#: Stages with one of these tags are one group; every other stage is a group of its own.
GROUPS = {
    "doctoral": ("Doctoral study", "博士課程"),
    "seeking": ("Seeking a post", "求職中"),
    "postdoc": ("Postdoc", "ポストドクター"),
    "fixed_term": ("Fixed-term faculty", "任期付き教員"),
    "permanent": ("Permanent faculty", "無期雇用教員"),
}


class Pair(NamedTuple):
    """A rule with one place people leave and one they enter; `when` is `year` or `april`."""

    rule: str
    source: str
    target: str
    when: str


@dataclass(frozen=True, eq=False)
class Labels:
    """Names and axes of a run: pairs, stages with labels and tags, cells, years, the first day.

    `start` are the agents there on the first day by (stage, sex, field). The places of `places`
    are the stages and, last, the outside world.
    """

    pairs: tuple[Pair, ...]
    stages: tuple[str, ...]
    stage_labels: tuple[str, ...]
    stage_labels_ja: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...]
    ages: tuple[int, ...]
    sexes: tuple[str, ...]
    fields: tuple[str, ...]
    years: tuple[int, int]
    persons_per_agent: int
    start: tuple[tuple[tuple[int, ...], ...], ...]

    @classmethod
    def of(cls, run: Run, persons_per_agent: int) -> Labels:
        """The labels of a run; ValueError where its people are no whole number of agents."""
        book = run.rulebook
        agents = run.stock[0, 0].sum(axis=1) / persons_per_agent
        if not np.array_equal(agents, agents.round()):
            raise ValueError(f"persons_per_agent={persons_per_agent} is not the one of this run")
        start: Any = agents.astype(int).tolist()
        return cls(
            tuple(
                Pair(rule.name, s.name, t.name, when(rule.kind, s is OUTSIDE and t is OUTSIDE))
                for rule, s, t in book.pairs
            ),
            tuple(stage.name for stage in book.stages),
            tuple(stage.label for stage in book.stages),
            tuple(stage.label_ja for stage in book.stages),
            tuple(tuple(sorted(stage.tags)) for stage in book.stages),
            book.ages,
            book.sexes,
            book.fields,
            (run.years[0], run.years[-1]),
            persons_per_agent,
            _tuples(start),
        )

    def to_json(self) -> str:
        """The labels as text."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Labels:
        """The labels out of such a text."""
        found: dict[str, Any] = {name: _tuples(value) for name, value in json.loads(text).items()}
        found["pairs"] = tuple(Pair(*pair) for pair in found["pairs"])
        return cls(**found)

    @property
    def all_years(self) -> range:
        """The years of the run."""
        return range(self.years[0], self.years[1] + 1)

    @property
    def end(self) -> float:
        """The time of the last count: what happens later is not known."""
        return self.years[1] + COUNT_DAY

    @property
    def origins(self) -> tuple[str, ...]:
        """Where people come from: three kinds of doctoral entry, outside, there from the start."""
        return (*ORIGINS, "outside", "start")

    @property
    def places(self) -> tuple[str, ...]:
        """The stages and the outside world."""
        return (*self.stages, OUTSIDE.name)

    @property
    def outside(self) -> int:
        """The place of the outside world."""
        return len(self.stages)

    @cached_property
    def sources(self) -> NDArray[np.uint8]:
        """The place each pair leaves."""
        return self._placed([pair.source for pair in self.pairs])

    @cached_property
    def targets(self) -> NDArray[np.uint8]:
        """The place each pair enters."""
        return self._placed([pair.target for pair in self.pairs])

    @cached_property
    def in_april(self) -> NDArray[np.bool_]:
        """Whether each pair moves people on 1 April, at the beginning of its academic year."""
        return np.array([pair.when == "april" for pair in self.pairs])

    @cached_property
    def origin_of_pair(self) -> NDArray[np.int8]:
        """The origin of those who enter the model through each pair."""

        def origin(pair: Pair) -> int:
            tags = self.tags_of(pair.target)
            return self.origins.index(next((name for name in ORIGINS if name in tags), "outside"))

        return np.array([origin(pair) for pair in self.pairs], dtype=np.int8)

    def tags_of(self, place: str) -> tuple[str, ...]:
        """The tags of a place; the outside world has none."""
        return dict(zip(self.stages, self.tags, strict=True)).get(place, ())

    def tagged(self, tag: str) -> NDArray[np.bool_]:
        """Which places bear a tag."""
        return np.array([tag in self.tags_of(place) for place in self.places])

    @cached_property
    def dead_ends(self) -> NDArray[np.bool_]:
        """The places from which no rule leads to a permanent post any more, not even by detours."""
        open_ = self.tagged("permanent")
        while True:
            leads = self.sources[open_[self.targets] & (self.sources != self.outside)]
            if open_[leads].all():
                return ~open_
            open_[leads] = True

    @cached_property
    def groups(self) -> Mapping[str, tuple[str, str]]:
        """Groups of stages with their labels in English and Japanese, in the order of stages."""
        own = dict(
            zip(self.stages, zip(self.stage_labels, self.stage_labels_ja, strict=True), strict=True)
        )
        own[OUTSIDE.name] = (OUTSIDE.label, OUTSIDE.label_ja)
        names = dict.fromkeys(self._group(place) for place in self.places)
        return {name: GROUPS.get(name) or own[name] for name in names}

    @cached_property
    def group_of(self) -> NDArray[np.uint8]:
        """The group of every place."""
        names = list(self.groups)
        return np.array([names.index(self._group(place)) for place in self.places], dtype=np.uint8)

    def group_number(self, name: str) -> int:
        """The number of a group in `groups`."""
        return list(self.groups).index(name)

    def _group(self, place: str) -> str:
        return next((tag for tag in GROUPS if tag in self.tags_of(place)), place)

    def words(self, language: str) -> tuple[str, ...]:
        """What the places are called in a language."""
        if language == "ja":
            return (*self.stage_labels_ja, OUTSIDE.label_ja)
        return (*self.stage_labels, OUTSIDE.label)

    def _placed(self, names: Sequence[str]) -> NDArray[np.uint8]:
        return np.array([self.places.index(name) for name in names], dtype=np.uint8)


def _tuples(value: Any) -> Any:
    """Lists within lists as tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
