"""Who moves where between groups of stages, by which rules: what the diagram has to show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stsim.describe.groups import Group
from stsim.vocabulary import OUTSIDE, Rule, Rulebook, Stage

#: A rule that starts from more than this part of the groups is noted at its target.
EVERYWHERE = 0.8
OUT = "outside"


@dataclass
class Roads:
    """Groups in four zones, and the numbers of the rules on each road between them.

    `start` is where people enter study or work from outside, `seek` where they look for a post,
    `end` where nobody comes back from, `posts` everything else. `moves` are (source, target)
    pairs, `hired` maps a target to its markets of 1 April, `applies` a source to those it may
    apply to; `within` are moves inside a group, `everywhere` rules that start from all groups.
    """

    groups: tuple[Group, ...]
    start: list[str] = field(default_factory=list)
    seek: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    end: list[str] = field(default_factory=list)
    moves: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    hired: dict[str, list[int]] = field(default_factory=dict)
    applies: dict[str, list[int]] = field(default_factory=dict)
    from_outside: list[int] = field(default_factory=list)
    within: dict[str, list[int]] = field(default_factory=dict)
    everywhere: dict[str, list[int]] = field(default_factory=dict)
    counted_only: list[int] = field(default_factory=list)

    def targets_from(self, sources: Iterable[str]) -> list[str]:
        """Where the roads from these groups lead, posts first, then the ends, then outside."""
        inside = set(sources)
        found = {target for (source, target) in self.moves if source in inside}
        return [key for key in (*self.seek, *self.posts, *self.end, OUT) if key in found]


def roads(book: Rulebook, groups: Sequence[Group]) -> Roads:
    """Sort every rule of the book onto a road."""
    found = Roads(tuple(groups))
    key_of = {stage: group.key for group in groups for stage in group.stages} | {OUTSIDE: OUT}
    for number, rule in enumerate(book.rules, 1):
        pairs = list(dict.fromkeys((key_of[s], key_of[t]) for s, t in rule.moves))
        sources = {source for source, _ in pairs}
        if len(sources) > EVERYWHERE * len(groups):
            for target in dict.fromkeys(target for _, target in pairs):
                found.everywhere.setdefault(target, []).append(number)
            continue
        for source, target in pairs:
            _put(found, rule, number, source, target)
    _zones(found, book, key_of)
    return found


def _put(found: Roads, rule: Rule, number: int, source: str, target: str) -> None:
    if source == target == OUT:
        found.counted_only.append(number)
    elif source == target:
        found.within.setdefault(source, []).append(number)
    elif rule.kind == "posts":
        _once(found.hired.setdefault(target, []), number)
        if source == OUT:
            _once(found.from_outside, number)
        else:
            _once(found.applies.setdefault(source, []), number)
    else:
        _once(found.moves.setdefault((source, target), []), number)


def _once(numbers: list[int], number: int) -> None:
    if number not in numbers:
        numbers.append(number)


def _zones(found: Roads, book: Rulebook, key_of: dict[Stage, str]) -> None:
    keys = [group.key for group in found.groups]
    seekers = {key_of[s] for rule in book.rules if rule.kind == "leftover" for s in rule.sources}
    ends: set[str] = set()
    for _ in keys:  # an end leads nowhere, or to other ends only
        ends |= {
            key
            for key in keys
            if key not in found.applies
            and key not in found.hired
            and {t for s, t in found.moves if s == key} <= ends
        }
    for key in keys:
        if key in ends:
            found.end.append(key)
        elif key in seekers:
            found.seek.append(key)
        elif (OUT, key) in found.moves and key not in found.hired:
            found.start.append(key)
        else:
            found.posts.append(key)


def runs(numbers: Iterable[int]) -> str:
    """Numbers in short: `1–4, 7`."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(
        f"{part[0]}–{part[-1]}" if len(part) > 2 else ", ".join(map(str, part)) for part in parts
    )
