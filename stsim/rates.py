"""From rules to one table of rates: the order of a year, and the only caller of a rule.

From one count (1 May of `year`) to the next, in both engines:

1. rest of the year: hazards of leaving, as competing risks;
2. the year turns: everyone is a year older and a year longer on their clock;
3. 31 March: year-end rules, in the order of RULES, each on those who remain;
4. 1 April: intakes;
5. 1 April: the markets, season by season, then the leftover rules;
6. the count of 1 May.

Steps 1–3 belong to `year`, steps 4–5 to `year + 1`, and read the policy of their year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

from stsim.memory import Memory, same
from stsim.vocabulary import (
    OUTSIDE,
    Array,
    Count,
    Function,
    Moment,
    Openings,
    Rate,
    Rule,
    Rulebook,
    Season,
    Seats,
    Stage,
)

#: Where the values stand that a rule may read, and the word for one of them.
PLACES = {
    "policy": "lever",
    "policy_last_year": "lever",
    "given": "given series",
    "last": "aggregate",
    "calendar": "date",
    "params": "parameter",
}


class RateError(ValueError):
    """A rule returned something that is not a rate: says which rule, where and when."""


@dataclass(frozen=True)
class Move:
    """Persons, or the probability for each person, on one (rule, source, target) pair.

    `pair` is the place on the results axis; `amount` broadcasts to (draw, clock, age, sex, field).
    """

    pair: int
    source: str
    target: str
    amount: Array


@dataclass(frozen=True)
class Step:
    """Moves out of one stage that happen at once; the amounts are probabilities per person."""

    source: str
    moves: tuple[Move, ...]
    keeps_clock: bool = False


@dataclass(frozen=True)
class Reserve:
    """Arrays on the axes of a cell: the share of the places, and who may have them (1, else 0)."""

    share: Array
    group: Array


@dataclass(frozen=True)
class Market:
    """Posts of one kind: how many, who holds them, and the weights of those who may be hired.

    `held_by` maps stages to the part of a seat each of their people holds; it is empty for
    openings. `part` of the vacancies is filled, `outside_share` of it from outside; of the rest a
    share may be `reserved` for groups.
    """

    name: str
    number: Array
    held_by: Mapping[str, Array]
    part: Array
    is_openings: bool
    over_all_fields: bool
    keeps_clock: bool
    candidates: tuple[Move, ...]
    outside: tuple[Move, ...]
    outside_share: Array
    reserved: tuple[Reserve, ...]

    def has_candidates_of(self, other: Market) -> bool:
        """Whether another year's market has the same weights and groups (numbers may differ)."""
        return (
            self.candidates is other.candidates
            and len(self.reserved) == len(other.reserved)
            and all(
                np.array_equal(a.group, b.group)
                for a, b in zip(self.reserved, other.reserved, strict=True)
            )
        )


@dataclass(frozen=True)
class TableSeason:
    """Markets that clear together, with the share of each stage that applies."""

    markets: tuple[Market, ...]
    applicants: Mapping[str, Array]
    rounds: int


@dataclass(frozen=True)
class RateTable:
    """Everything an engine needs to go from one count to the next, and nothing else."""

    year: int
    hazards: tuple[Step, ...]
    year_end: tuple[Step, ...]
    intakes_ending: tuple[Move, ...]
    intakes: tuple[Move, ...]
    seasons: tuple[TableSeason, ...]
    leftovers: tuple[Step, ...]


def competing_risks(hazards: Sequence[Array]) -> list[Array]:
    """Probabilities within a year of hazards that compete: `h_k / H · (1 − exp(−H))`, H = Σ h."""
    total = sum(hazards[1:], start=hazards[0])
    leaving = np.where(total > 0, -np.expm1(-total) / np.where(total > 0, total, 1.0), 1.0)
    return [hazard * leaving for hazard in hazards]


def _five(value: Rate) -> Array:
    array = np.asarray(value, dtype=float)
    return array.reshape((1,) * (5 - array.ndim) + array.shape)


def _by_draw_and_field(value: Rate) -> Array:
    """A number, one per draw, or one per (draw, field), on the axes of a cell."""
    array = np.asarray(value, dtype=float)
    if array.ndim == 5:
        return array
    draws, fields = (*array.shape, 1, 1)[:2]
    return array.reshape(draws, 1, 1, 1, fields)


def _beside(values: Sequence[Any]) -> Any:
    """Values of several runs along the draw axis, mappings and tuples part by part."""
    first = values[0]
    if isinstance(first, Mapping):
        if any(value.keys() != first.keys() for value in values):
            raise RateError("runs that are given different things cannot go side by side")
        return {name: _beside([value[name] for value in values]) for name in first}
    if isinstance(first, tuple):
        return tuple(_beside(parts) for parts in zip(*values, strict=True))
    if all(same(value, first) for value in values):
        return first
    if any(isinstance(value, bool) for value in values):
        raise RateError("runs that differ in yes or no cannot go side by side")
    arrays = [_five(value) for value in values]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    return np.concatenate([np.broadcast_to(array, shape) for array in arrays])


class Rates:
    """Reads the rules year by year and gives the table of rates.

    `params` maps names to values that broadcast to (draw, 1, 1, 1, field); `policy_at` and
    `given_at` map a year to values by name; `first_aggregates` are the values of
    `rulebook.aggregates` for the year before the run, from the record, and like them one number,
    one per draw, or one per (draw, field). A rule is called again only when something it read
    has changed. `read_by` says what each rule has looked at.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        params: Mapping[str, Any] | None = None,
        policy_at: Callable[[int], Mapping[str, float]] = lambda year: {},
        given_at: Callable[[int], Mapping[str, Any]] = lambda year: {},
        first_aggregates: Mapping[str, Any] | None = None,
    ) -> None:
        self.rulebook = rulebook
        self._at: dict[str, Callable[[int], Mapping[str, Any]]] = {
            "policy": policy_at,
            "policy_last_year": lambda year: policy_at(year - 1),
            "given": given_at,
            "calendar": lambda year: {"year": year},
        }
        self._arguments = (params, policy_at, given_at, first_aggregates)
        self._first_aggregates = first_aggregates or {}
        params = {name: _five(value) for name, value in (params or {}).items()}
        self._memory = Memory(PLACES)
        self._memory.show("params", params)
        clock = max(stage.clock_years for stage in rulebook.stages)
        at: Mapping[str, Any] = self._memory.values
        self._moment = Moment(
            age=np.array(rulebook.ages, dtype=float).reshape(1, 1, -1, 1, 1),
            clock=np.arange(clock, dtype=float).reshape(1, -1, 1, 1, 1),
            female=np.array([float(s == "female") for s in rulebook.sexes]).reshape(1, 1, 1, -1, 1),
            **at,
            known_tags=frozenset(tag for stage in rulebook.stages for tag in stage.tags),
        )
        self._clocks = self._moment.clock
        self._year: int | None = None
        self._pair = {(rule.name, s, t): k for k, (rule, s, t) in enumerate(rulebook.pairs)}

    def of(self, rulebook: Rulebook) -> Rates:
        """The same parameters, policy and record for another rulebook."""
        return Rates(rulebook, *self._arguments)

    def with_params(
        self, params: Mapping[str, Any], first_aggregates: Mapping[str, Any] | None = None
    ) -> Rates:
        """The same rulebook, policy and record with other parameters, such as draws of them.

        And with other values for the year before the run, if they are given.
        """
        _, policy_at, given_at, before = self._arguments
        return Rates(self.rulebook, params, policy_at, given_at, first_aggregates or before)

    def between(self, year: int, count: Count | None) -> RateTable:
        """The table from the count of 1 May `year` to the next; `count` None: the first year."""
        if count is None:
            aggregates = self._first_aggregates
        else:
            aggregates = {f.__name__: f(count) for f in self.rulebook.aggregates}
        by_field = {name: _by_draw_and_field(value) for name, value in aggregates.items()}
        self._memory.show("last", by_field)
        self._turn_to(year)
        hazards = self._memory.recall("hazards", self._hazards)
        year_end = self._memory.recall("year_end", partial(self._steps, "year_end"))
        self._turn_to(year + 1)
        ending, beginning = self._memory.recall("intakes", self._intakes)
        return RateTable(
            year=year,
            hazards=hazards,
            year_end=year_end,
            intakes_ending=ending,
            intakes=beginning,
            seasons=tuple(
                self._memory.recall(season, partial(self._season, season))
                for season in self.rulebook.seasons
            ),
            leftovers=self._memory.recall("leftovers", partial(self._steps, "leftover")),
        )

    @classmethod
    def side_by_side(cls, several: Sequence[Rates]) -> Rates:
        """The rates of several runs of one rulebook at once: a place each along the draw axis.

        Values that are the same for all stay as they are. Raises RateError where runs cannot go
        side by side, as their values are of different kinds.
        """
        params, policies, given, before = zip(*(one._arguments for one in several), strict=True)

        def at(each: Sequence[Callable[[int], Mapping[str, Any]]]) -> Callable[[int], Any]:
            if all(one == each[0] for one in each):
                return each[0]
            return cache(lambda year: _beside([one(year) for one in each]))

        by_field = [{k: _by_draw_and_field(v) for k, v in (one or {}).items()} for one in before]
        return cls(several[0].rulebook, _beside(params), at(policies), at(given), _beside(by_field))

    def share(self, rule: Rule, source: Stage, year: int) -> Array:
        """What one rule with one target returns for one stage in a year, by itself."""
        self._turn_to(year)
        (amount,) = self._amounts(rule, source).values()
        return amount

    @property
    def read_by(self) -> dict[str, set[str]]:
        """What each rule has looked at; who applies in a season counts for its first market."""
        rules = {rule.name: (rule, _posts(rule), _weights(rule)) for rule in self.rulebook.rules}
        first = {season.markets[0].name: _applicants(season) for season in self.rulebook.seasons}
        return {
            name: {
                ".".join(read)
                for key in (*keys, first.get(name))
                for read in self._memory.read_for.get(key, ())
            }
            for name, keys in rules.items()
        }

    @property
    def draws(self) -> int:
        """How many sets of parameters go through the engine side by side."""
        return max((len(_five(value)) for value in (self._arguments[0] or {}).values()), default=1)

    @property
    def params_read(self) -> dict[str, Any]:
        """The parameters that any rule has looked at."""
        read = set().union(*self._memory.read_for.values())
        params = self._arguments[0] or {}
        return {name: params[name] for place, name in sorted(read) if place == "params"}

    def _turn_to(self, year: int) -> None:
        if year != self._year:
            self._year = year
            for place, at in self._at.items():
                self._memory.show(place, at(year))

    def _call(self, function: Function, stage: Stage) -> Any:
        """Call a function of the moment for people of a stage."""
        self._moment.stage = stage
        self._moment.clock = self._clocks[:, : stage.clock_years]
        with np.errstate(divide="ignore", invalid="ignore"):  # what comes back is checked
            return function(self._moment)

    def _amounts(self, rule: Rule, source: Stage) -> dict[Stage, Array]:
        """What the rule returns for one source, by target, checked."""
        returned = self._call(rule.function, source)
        targets = [t for s, t in rule.moves if s is source]
        by_target = returned if isinstance(returned, Mapping) else {targets[0]: returned}
        if set(by_target) != set(targets):
            raise RateError(
                f"rule {rule.name}: returned {[t.name for t in by_target]} "
                f"for {source.name}, not {[t.name for t in targets]}"
            )
        return {t: self._checked(rule, source, v) for t, v in by_target.items()}

    def _checked(
        self, rule: Rule, stage: Stage, value: Rate, low: float = 0.0, high: float = np.inf
    ) -> Array:
        array = _five(value)
        smallest = np.minimum.reduce(array, axis=None)  # not a number if any of them is not
        largest = np.maximum.reduce(array, axis=None)
        if not (low <= smallest and -np.inf < smallest and largest <= high and largest < np.inf):
            bad = array[~(np.isfinite(array) & (array >= low) & (array <= high))][0]
            wanted = f"a number from {low:g}" + (f" to {high:g}" if high < np.inf else "")
            raise RateError(
                f"rule {rule.name} on {stage.name}, year {self._year}: {bad:g} is not {wanted}"
            )
        return array

    def _moves(self, rule: Rule) -> Mapping[Stage, tuple[Move, ...]]:
        """The moves of a rule by source."""

        def moves() -> Mapping[Stage, tuple[Move, ...]]:
            return {
                source: tuple(
                    Move(self._pair[rule.name, source, target], source.name, target.name, amount)
                    for target, amount in self._amounts(rule, source).items()
                )
                for source in rule.sources
            }

        return self._memory.recall(rule, moves)

    def _of_kind(self, kind: str) -> list[Rule]:
        return [rule for rule in self.rulebook.rules if rule.kind == kind]

    def _hazards(self) -> tuple[Step, ...]:
        moves: dict[Stage, list[Move]] = {}
        for rule in self._of_kind("flow"):
            for source, found in self._moves(rule).items():
                moves.setdefault(source, []).extend(found)

        def step(source: Stage) -> Step:
            chances = competing_risks([move.amount for move in moves[source]])
            return Step(
                source.name,
                tuple(replace(m, amount=p) for m, p in zip(moves[source], chances, strict=True)),
            )

        return tuple(step(source) for source in moves)

    def _steps(self, kind: str) -> tuple[Step, ...]:
        steps = []
        for rule in self._of_kind(kind):
            for source, moves in self._moves(rule).items():
                leaving = sum(move.amount for move in moves)
                self._checked(rule, source, leaving, 0.0, 1.0 + 1e-12)
                steps.append(Step(source.name, moves, rule.keeps_clock))
        return tuple(steps)

    def _intakes(self) -> tuple[tuple[Move, ...], tuple[Move, ...]]:
        moves = [move for rule in self._of_kind("intake") for move in self._moves(rule)[OUTSIDE]]
        return (
            tuple(move for move in moves if move.target == OUTSIDE.name),
            tuple(move for move in moves if move.target != OUTSIDE.name),
        )

    def _season(self, season: Season) -> TableSeason:
        def applicants() -> Mapping[str, Array]:
            first = season.markets[0]
            sources = dict.fromkeys(s for rule in season.markets for s in rule.sources)
            return {
                source.name: self._checked(
                    first, source, self._call(season.applicants, source), 0.0, 1.0
                )
                for source in sources
                if source is not OUTSIDE
            }

        return TableSeason(
            tuple(self._market(rule) for rule in season.markets),
            self._memory.recall(_applicants(season), applicants),
            season.rounds,
        )

    def _market(self, rule: Rule) -> Market:
        def candidates() -> tuple[Move, ...]:
            assert rule.weight is not None
            return tuple(
                Move(
                    self._pair[rule.name, source, target],
                    source.name,
                    target.name,
                    self._checked(rule, source, self._call(rule.weight, source)),
                )
                for source, target in rule.moves
                if source is not OUTSIDE
            )

        def market() -> Market:
            asked: Seats | Openings = self._call(rule.function, OUTSIDE)
            entered = [target for source, target in rule.moves if source is OUTSIDE]
            return Market(
                name=rule.name,
                number=self._checked(rule, OUTSIDE, asked.number, -np.inf),
                held_by={
                    stage.name: self._checked(rule, stage, held, 0.0, 1.0)
                    for stage, held in self._held_by(rule, asked).items()
                },
                part=self._checked(rule, OUTSIDE, getattr(asked, "part", 1.0), 0.0, 1.0),
                is_openings=isinstance(asked, Openings),
                over_all_fields=rule.over_all_fields,
                keeps_clock=rule.keeps_clock,
                candidates=(),
                outside=self._outside(rule, entered, asked.outside_profile),
                outside_share=self._checked(rule, OUTSIDE, asked.outside_share, 0.0, 1.0),
                reserved=self._reserved(rule, asked),
            )

        return replace(
            self._memory.recall(_posts(rule), market),
            candidates=self._memory.recall(_weights(rule), candidates),
        )

    def _held_by(self, rule: Rule, asked: Seats | Openings) -> Mapping[Stage, Rate]:
        if isinstance(asked, Openings):
            return {}
        return asked.held_by or dict.fromkeys(rule.targets, 1.0)

    def _reserved(self, rule: Rule, asked: Seats | Openings) -> tuple[Reserve, ...]:
        found = tuple(
            Reserve(
                self._checked(rule, OUTSIDE, reserved.share, 0.0, 1.0),
                self._checked(rule, OUTSIDE, reserved.group, 0.0, 1.0),
            )
            for reserved in asked.reserved
        )
        shares = sum((reserve.share for reserve in found), start=np.zeros((1,) * 5))
        if shares.max() > 1 + 1e-12:
            raise RateError(
                f"rule {rule.name}, year {self._year}: {shares.max():.0%} of the places reserved"
            )
        return tuple(reserve for reserve in found if reserve.share.any())

    def _outside(
        self, rule: Rule, targets: list[Stage], profile: Rate | Mapping[Stage, Rate]
    ) -> tuple[Move, ...]:
        """Shares of one over targets, age and sex, and over fields when the market pools them."""
        book = self.rulebook
        by_target = profile if isinstance(profile, Mapping) else dict.fromkeys(targets, profile)
        full = [
            np.broadcast_to(
                shape := self._checked(rule, OUTSIDE, by_target[target]),
                (shape.shape[0], 1, len(book.ages), len(book.sexes), len(book.fields)),
            )
            for target in targets
        ]
        axes = (1, 2, 3, 4) if rule.over_all_fields else (1, 2, 3)
        whole = sum(array.sum(axis=axes, keepdims=True) for array in full)
        return tuple(
            Move(self._pair[rule.name, OUTSIDE, target], OUTSIDE.name, target.name, array / whole)
            for target, array in zip(targets, full, strict=True)
        )


def _posts(rule: Rule) -> tuple[Rule, str]:
    return rule, "posts"


def _weights(rule: Rule) -> tuple[Rule, str]:
    return rule, "weights"


def _applicants(season: Season) -> tuple[Season, str]:
    return season, "applicants"
