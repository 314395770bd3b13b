"""What the model does when it runs: which rule reads what, which posts there are today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from stsim import levers
from stsim.compose import compose
from stsim.config import Config
from stsim.given import TODAY, PostsVariant
from stsim.population import START_YEARS, Item
from stsim.rates import Market
from stsim.simulation import Prepared, prepare
from stsim.vocabulary import OUTSIDE, Moment, Rate, Rulebook, intake

#: Runs end here: past every date that a rule or the law names so far.
LAST = TODAY + 4
#: How far a lever is moved towards its upper bound to see what it does.
NUDGE = 0.01


@dataclass(frozen=True)
class Facts:
    """What runs over all branches of the model have shown.

    `read_by` maps each rule to what it looked at (`params.x`, `policy.x`, `given.x`, ...).
    `given` holds today's values of the given series, `moved_given` the series each lever changes;
    `markets` are the markets of 1 April of this year by `posts` variant and name; `start` lists
    the numbers of each start population.
    """

    config: Config
    book: Rulebook
    read_by: Mapping[str, frozenset[str]]
    given: Mapping[str, Any]
    moved_given: Mapping[str, tuple[str, ...]]
    markets: Mapping[str, Mapping[str, Market]]
    start: Mapping[int, tuple[Item, ...]]

    def rules_reading(self, what: str) -> tuple[str, ...]:
        """The rules, in order, that look at something (`params.x`, `given.x`, `last.x`)."""
        return tuple(rule.name for rule in self.book.rules if what in self.read_by[rule.name])

    def rules_of_lever(self, name: str) -> tuple[str, ...]:
        """The rules that look at a lever, this year's value or last year's."""
        seen = {*self.rules_reading(f"policy.{name}")}
        seen |= {*self.rules_reading(f"policy_last_year.{name}")}
        return tuple(rule.name for rule in self.book.rules if rule.name in seen)


def find() -> Facts:
    """Run every branch: each `posts` variant, each start, with and without every lever moved."""
    config = compose()
    read_by: dict[str, set[str]] = {}
    given: dict[str, Any] = {}
    markets: dict[str, dict[str, Market]] = {}
    start: dict[int, tuple[Item, ...]] = {}
    for branch in _branches(config):
        prepared = prepare(branch)
        prepared.run()
        for rule, read in prepared.rates.read_by.items():
            read_by.setdefault(rule, set()).update(read)
        start.setdefault(branch.years.first, prepared.start.items)
        given = _given(prepared, _named("given", read_by)) | given
        if branch.years.first == config.years.first and not branch.policy:
            table = prepared.rates.between(TODAY - 1, None)
            markets[branch.posts] = {
                market.name: market for season in table.seasons for market in season.markets
            }
    book = prepared.rates.rulebook
    frozen = {rule.name: frozenset(read_by[rule.name]) for rule in book.rules}
    moved = _moved_given(config, _named("given", read_by))
    return Facts(config, book, frozen, given, moved, markets, dict(sorted(start.items())))


def _branches(config: Config) -> Iterator[Config]:
    moved = {name: _nudged(config, name) for name in levers.NAMES}
    # the default first, so that today's values are those of an ordinary run
    for posts in sorted(get_args(PostsVariant), key=lambda posts: posts != config.posts):
        for policy in ({}, moved):
            yield _with(config, posts=posts, policy=policy, years=_years(config.years.first))
    for first in START_YEARS:
        if first != config.years.first:
            yield _with(config, years=_years(first))


def _with(config: Config, **changed: Any) -> Config:
    return Config.model_validate(config.model_dump() | changed)


def _years(first: int) -> dict[str, int]:
    return {"first": first, "last": LAST}


def _nudged(config: Config, name: str) -> float:
    now, lever = config.law[name].timeline.at(TODAY), levers.about(name)
    end = lever.high if now < lever.high else lever.low
    return now + NUDGE * (end - now)


def _named(what: str, read_by: Mapping[str, set[str]]) -> tuple[str, ...]:
    found = set().union(*read_by.values())
    return tuple(sorted(n.removeprefix(f"{what}.") for n in found if n.startswith(f"{what}.")))


def _given(prepared: Prepared, names: tuple[str, ...]) -> dict[str, Any]:
    """Today's values of the given series that a run has, seen by a rule that only looks."""
    seen: dict[str, Any] = {}

    def look(m: Moment) -> Rate:
        seen.update({name: getattr(m.given, name) for name in names if hasattr(m.given, name)})
        return 0.0

    book = prepared.rates.rulebook
    looking = Rulebook(book.stages, (intake(OUTSIDE)(look),), fields=book.fields)
    prepared.rates.of(looking).between(TODAY - 1, None)
    return seen


def _moved_given(config: Config, names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The given series that differ once a lever is moved in the first year of the run."""
    before = _given(prepare(config), names)
    found = {}
    for name in levers.NAMES:
        policy = {name: _nudged(config, name)}
        moved = _with(config, policy=policy, policy_start=config.years.first)
        after = _given(prepare(moved), names)
        found[name] = tuple(key for key in names if _differs(before.get(key), after.get(key)))
    return found


def _differs(a: Any, b: Any) -> bool:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() != b.keys() or any(_differs(a[key], b[key]) for key in a)
    same = a == b
    return not (same if isinstance(same, bool) else bool(same.all()))
