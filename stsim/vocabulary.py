"""The words rules are written in: stages, rules of five kinds, and the moment a rule sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stsim.quantities import nearest

Array = NDArray[np.float64]
#: What a rule returns: anything that broadcasts to (draw, clock, age, sex, field).
Rate = Array | float
#: Single years of age of a cell; the last is open.
AGES = tuple(range(18, 81))
Kind = Literal["intake", "flow", "year_end", "posts", "leftover"]


@dataclass(frozen=True, eq=False)
class Stage:
    """A place in a career. `clock_years` is the number of clock cells; the last one is open.

    `tags` are the words rules ask for with `m.source_is(...)`.
    """

    name: str
    label: str = ""
    label_ja: str = ""
    clock_years: int = 1
    tags: frozenset[str] = frozenset()


OUTSIDE = Stage("outside", "the outside world", "外部")


@dataclass(frozen=True)
class Reserved:
    """Places for a group only: filled from the group first, what is left over by anybody.

    `share` is of the places for people inside the model and broadcasts like the number of posts;
    `group` is 1 for those who belong to it, else 0, by (age, sex, field).
    """

    share: Rate
    group: Rate


@dataclass(frozen=True)
class Seats:
    """The posts there are; the market fills `part` of the vacancies: seats less who holds them.

    `held_by` says how much of a seat each person of a stage holds; left out, it is one seat for
    everybody in the stages the market leads to. `number` broadcasts to (draw, 1, 1, 1, field)
    where a market clears field by field and to (draw, 1, 1, 1, 1) where it clears over all fields.
    `outside_share` of the places goes to people from outside the model, spread over age, sex (and
    field) like `outside_profile`, or over several stages when it maps each to its part.
    """

    number: Rate
    outside_share: Rate = 0.0
    outside_profile: Rate | Mapping[Stage, Rate] = 1.0
    held_by: Mapping[Stage, Rate] | None = None
    part: Rate = 1.0
    reserved: Sequence[Reserved] = ()


@dataclass(frozen=True)
class Openings:
    """The hires of one year, however many people are already there. Else as in `Seats`."""

    number: Rate
    outside_share: Rate = 0.0
    outside_profile: Rate | Mapping[Stage, Rate] = 1.0
    reserved: Sequence[Reserved] = ()


Returned = Rate | Mapping[Stage, Rate] | Seats | Openings
Function = Callable[["Moment"], Any]


@dataclass(frozen=True, eq=False)
class Rule:
    """One named way people move. Its function's name is its id, its docstring its label."""

    kind: Kind
    function: Function
    moves: tuple[tuple[Stage, Stage], ...]
    keeps_clock: bool = False
    weight: Function | None = None
    over_all_fields: bool = False

    @property
    def name(self) -> str:
        """The id used everywhere."""
        return self.function.__name__

    @property
    def label(self) -> str:
        """The first line of the docstring."""
        return (self.function.__doc__ or "").strip().split("\n")[0]

    @property
    def sources(self) -> tuple[Stage, ...]:
        """The stages people leave, each once."""
        return tuple(dict.fromkeys(source for source, _ in self.moves))

    @property
    def targets(self) -> tuple[Stage, ...]:
        """The stages people enter, each once."""
        return tuple(dict.fromkeys(target for _, target in self.moves))

    def pair_name(self, source: Stage, target: Stage) -> str:
        """The name of one (source, target) pair on the results axis."""
        if len(self.moves) == 1:
            return self.name
        return f"{self.name}__{source.name}" + (f"__{target.name}" if len(self.targets) > 1 else "")


Stages = Stage | Sequence[Stage]
#: Where a rule leads: one stage, several (the function then returns one array for each), or,
#: when it depends on where people come from, a mapping from source to target(s).
Targets = Stages | Mapping[Stage, Stages]


def _many(stages: Stages) -> tuple[Stage, ...]:
    return (stages,) if isinstance(stages, Stage) else tuple(stages)


def _moves(sources: Stages, to: Targets) -> tuple[tuple[Stage, Stage], ...]:
    return tuple(
        (source, target)
        for source in _many(sources)
        for target in _many(to[source] if isinstance(to, Mapping) else to)
    )


def _rule(kind: Kind, sources: Stages, to: Targets, **more: Any) -> Callable[[Function], Rule]:
    return lambda function: Rule(kind, function, _moves(sources, to), **more)


def intake(to: Stages) -> Callable[[Function], Rule]:
    """Persons per year who enter from outside on 1 April (to OUTSIDE: counted, moving nobody)."""
    return _rule("intake", OUTSIDE, to)


def flow(sources: Stages, to: Targets) -> Callable[[Function], Rule]:
    """A hazard (1/year) that acts through the rest of the year, competing with the others."""
    return _rule("flow", sources, to)


def year_end(
    sources: Stages, to: Targets, *, keeps_clock: bool = False
) -> Callable[[Function], Rule]:
    """The share of those present who move on 31 March, read at the new age and clock."""
    return _rule("year_end", sources, to, keeps_clock=keeps_clock)


def leftover(sources: Stages, to: Targets) -> Callable[[Function], Rule]:
    """The share of those still seeking after the markets of 1 April who move."""
    return _rule("leftover", sources, to)


def posts(
    candidates: Stages,
    to: Targets,
    *,
    weight: Function,
    over_all_fields: bool = False,
    keeps_clock: bool = False,
    also_from_outside: bool = False,
) -> Callable[[Function], Rule]:
    """A market of 1 April: returns `Seats` or `Openings`; `weight` orders the candidates."""

    def decorate(function: Function) -> Rule:
        moves = _moves(candidates, to)
        if also_from_outside:
            moves += tuple((OUTSIDE, target) for target in _many(to))  # type: ignore[arg-type]
        return Rule("posts", function, moves, keeps_clock, weight, over_all_fields)

    return decorate


def everybody(m: Moment) -> Rate:
    """All who may be hired apply."""
    return 1.0


@dataclass(frozen=True, eq=False)
class Season:
    """Markets that clear together: who applies is settled once, then they take turns.

    With several rounds, the seat of someone who moves within the season is filled again.
    """

    markets: tuple[Rule, ...]
    applicants: Function = everybody
    rounds: int = 1


def _total(cells: Array, by_field: bool) -> Array:
    """Persons by draw, or by draw and field; draws are the first axis and fields the last."""
    last = (cells.shape[-1],) if by_field else ()
    return np.asarray(cells.reshape(len(cells), -1, *last).sum(axis=1))


@dataclass(frozen=True)
class Count:
    """What was counted last year.

    `stock` are the people of each stage by (draw, ..., age, sex, field); `flow` gives the moves of
    some pairs in the year that ended or the April after it by (draw, pair, age, sex, field),
    `pairs` the place of (rule name, source, target).
    """

    stock: Mapping[str, Array]
    pairs: Mapping[tuple[str, Stage, Stage], int]
    flow: Callable[[Sequence[int]], Array]

    def people(self, stages: Stages, *, by_field: bool = False) -> Array:
        """Persons in these stages on 1 May, one value per draw, or by (draw, field)."""
        found = [_total(self.stock[stage.name], by_field) for stage in _many(stages)]
        return np.asarray(sum(found))

    def moves(
        self,
        rules: Sequence[Rule],
        sources: Stages,
        to: Stages | None = None,
        *,
        by_field: bool = False,
    ) -> Array:
        """Persons moved by these rules from these stages (to these, if named), one per draw.

        By (draw, field) on request; the field is the one of the moment of the move.
        """
        leaving = _many(sources)
        entering = None if to is None else _many(to)
        found = [
            self.pairs[rule.name, source, target]
            for rule in rules
            for source, target in rule.moves
            if source in leaving and (entering is None or target in entering)
        ]
        return _total(self.flow(found), by_field)


@dataclass(frozen=True)
class Rulebook:
    """A whole model: stages, rules in order, the order of the markets, and the axes of a cell."""

    stages: tuple[Stage, ...]
    rules: tuple[Rule, ...]
    seasons: tuple[Season, ...] = ()
    aggregates: tuple[Callable[[Count], Array], ...] = ()
    ages: tuple[int, ...] = AGES
    sexes: tuple[str, ...] = ("female", "male")
    fields: tuple[str, ...] = ("all",)

    def __post_init__(self) -> None:
        known = {*self.stages, OUTSIDE}
        names = [rule.name for rule in self.rules]
        in_season = [market.name for season in self.seasons for market in season.markets]
        for rule in self.rules:
            for stage in (*rule.sources, *rule.targets):
                if stage not in known:
                    raise ValueError(f"rule {rule.name}: unknown stage {stage.name}")
            for source, target in rule.moves if rule.keeps_clock else ():
                if OUTSIDE not in (source, target) and source.clock_years > target.clock_years:
                    raise ValueError(
                        f"rule {rule.name} keeps the clock of {source.name}, which is longer than "
                        f"that of {target.name}"
                    )
            if rule.kind == "posts" and in_season.count(rule.name) != 1:
                raise ValueError(f"market {rule.name} must stand in exactly one season")
        for name in [*names, *(s.name for s in self.stages)]:
            if [*names, *(s.name for s in self.stages)].count(name) > 1:
                raise ValueError(f"the name {name} stands twice in the rulebook")

    @property
    def pairs(self) -> tuple[tuple[Rule, Stage, Stage], ...]:
        """Every (rule, source, target) that carries people, in the order of the results axis."""
        return tuple((rule, s, t) for rule in self.rules for s, t in rule.moves)

    def only(self, stages: Sequence[Stage]) -> Rulebook:
        """The part of the model inside `stages`, with the places it sends people to."""
        inside = set(stages)

        def within(rule: Rule) -> Rule | None:
            if rule.targets == (OUTSIDE,) and rule.sources == (OUTSIDE,):
                return rule  # counted, moves nobody
            kept = tuple((s, t) for s, t in rule.moves if s in inside or t in inside)
            if not kept or any(s not in inside and s is not OUTSIDE for s, _ in kept):
                return None
            return Rule(
                rule.kind, rule.function, kept, rule.keeps_clock, rule.weight, rule.over_all_fields
            )

        rules = tuple(kept for rule in self.rules if (kept := within(rule)))
        by_name = {rule.name: rule for rule in rules}
        seasons = tuple(
            Season(markets, season.applicants, season.rounds)
            for season in self.seasons
            if (markets := tuple(by_name[m.name] for m in season.markets if m.name in by_name))
        )
        reached = {stage for rule in rules for stage in (*rule.sources, *rule.targets)}
        kept_stages = tuple(stage for stage in self.stages if stage in inside or stage in reached)
        return Rulebook(kept_stages, rules, seasons, (), self.ages, self.sexes, self.fields)


@dataclass
class Moment:
    """All a rule may look at: the year, the axes of a cell, policy, parameters, what is given.

    - `year`: the academic year (steps 1–3: the year that ends; steps 4–5: the one that begins)
    - `age`, `clock`: whole years; `female`: 1 for women, 0 for men. They broadcast to
      (draw, clock, age, sex, field).
    - `policy.<lever>`: the value in force this year; `params.<name>`: an estimate or assumption
    - `policy_last_year.<lever>`: the value a year before
    - `given.<name>`: what the model takes from the record or from an exogenous future, this year
    - `last.<name>`: what the model itself counted last year
    - `source_is(tag)`: whether the stage people come from bears the tag
    """

    age: Array
    clock: Array
    female: Array
    params: Any
    policy: Any
    policy_last_year: Any
    given: Any
    last: Any
    calendar: Any
    known_tags: frozenset[str]
    stage: Stage = OUTSIDE

    @property
    def year(self) -> int:
        """The academic year this moment belongs to."""
        return int(self.calendar.year)

    def source_is(self, tag: str) -> bool:
        """Whether the stage people come from bears this tag."""
        if tag not in self.known_tags:
            raise ValueError(f"no stage bears the tag '{tag}'{nearest(tag, self.known_tags)}")
        return tag in self.stage.tags
