"""Stages in groups that belong together, so that lists and the diagram stay readable.

A group is found from names and tags alone: stages whose name begins with the same tag
(`doctoral_...`), and apart from them variants of such a stage (`..._tenure_track`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import prod

from stsim.vocabulary import OUTSIDE, Rule, Stage


@dataclass(frozen=True)
class Group:
    """Stages that belong together: a key made of their names, and what their labels share."""

    key: str
    stages: tuple[Stage, ...]

    @property
    def title(self) -> str:
        """What the English labels share, or the key in words when they share nothing."""
        first, last = self._shared()
        gap = " … " if first and last else ""
        text = " ".join(first) + gap + " ".join(last) or self.key.replace("_", " ")
        text = text.split(" (")[0].strip(" ,")
        return text[:1].upper() + text[1:]

    @property
    def title_ja(self) -> str:
        """What the Japanese labels begin with; empty when they begin differently."""
        return "".join(_common([list(stage.label_ja) for stage in self.stages])).split("（")[0]

    @property
    def variants(self) -> tuple[str, ...]:
        """What tells the stages apart; each part of the labels by itself where they combine."""
        if len(self.stages) == 1:
            beyond = self.stages[0].label.partition(" (")[2].rstrip(")")
            return (beyond,) if beyond else ()
        first, last = self._shared()
        told = [
            " ".join(words[len(first) : len(words) - len(last)]).strip(" ,")
            for words in (stage.label.split() for stage in self.stages)
        ]
        if not self.title_ja:
            return tuple(f"{text} {s.label_ja}" for text, s in zip(told, self.stages, strict=True))
        columns = _columns([text.split(", ") for text in told])
        return tuple(" / ".join(column) for column in columns) if columns else tuple(told)

    def _shared(self) -> tuple[list[str], list[str]]:
        """The words all labels begin with and, where nothing is set off by a comma, end with."""
        first, last = _ends([stage.label.split() for stage in self.stages])
        return (first, []) if first and first[-1].endswith(",") else (first, last)


def _ends(rows: Sequence[list[str]]) -> tuple[list[str], list[str]]:
    """What all rows begin with, and what else they all end with."""
    first = _common(rows)
    last = _common([row[len(first) :][::-1] for row in rows])
    return first, last[::-1]


def _common(lists: Sequence[list[str]]) -> list[str]:
    """What all lists begin with."""
    found = []
    for words in zip(*lists, strict=False):
        if len(set(words)) > 1:
            break
        found.append(words[0])
    return found


def _columns(rows: Sequence[list[str]]) -> list[tuple[str, ...]]:
    """The different words of each column where the rows are all their combinations, else none."""
    if len({len(row) for row in rows}) > 1:
        return []
    columns = [tuple(dict.fromkeys(column)) for column in zip(*rows, strict=True)]
    return columns if prod(map(len, columns)) == len(rows) else []


def groups_of(stages: Sequence[Stage]) -> tuple[Group, ...]:
    """The groups in the order of their first stage."""
    by_key: dict[str, list[Stage]] = {}
    for stage in stages:
        by_key.setdefault(_key(stage.name, stages), []).append(stage)
    return tuple(Group(key, tuple(found)) for key, found in by_key.items())


def _key(name: str, stages: Sequence[Stage]) -> str:
    bases = [s.name for s in stages if name.startswith(f"{s.name}_")]
    if bases:  # a variant of another stage, such as the same post on tenure track
        base = max(bases, key=len)
        return _key(base, stages) + name.removeprefix(base)
    tags = next(stage.tags for stage in stages if stage.name == name)
    begins = [tag for tag in sorted(tags) if name.startswith(f"{tag}_")]
    return max(begins, key=len) if begins else name


def in_words(chosen: Collection[Stage], groups: Sequence[Group]) -> str:
    """Stages as a reader wants them: groups at once, and all but a few by what is left out."""
    everything = [stage for group in groups for stage in group.stages]
    missing = [stage for stage in everything if stage not in chosen]
    if len(missing) <= 2 < len(chosen):
        but = " and ".join(f"`{stage.name}`" for stage in missing)
        return "all stages" + (f" but {but}" if missing else "")
    found = ["outside"] if OUTSIDE in chosen else []
    names = [stage.name for stage in everything]
    for group in groups:
        inside = [stage.name for stage in group.stages if stage in chosen]
        begins = f"{group.key}_"
        if len(inside) == len(group.stages) > 2 and sum(n.startswith(begins) for n in names) == len(
            inside
        ):
            found.append(f"all {len(inside)} `{begins}*`")
        elif inside:
            found.append(braces(inside))
    return ", ".join(found)


def braces(names: Sequence[str]) -> str:
    """Names written at once where they have parts in common: `permanent_{national,other}`."""
    rows = [name.split("_") for name in names]
    first, last = _ends(rows)
    if len(names) == 1 or not (first or last):
        return ", ".join(f"`{name}`" for name in names)
    middles = [row[len(first) : len(row) - len(last)] for row in rows]
    columns = _columns(middles) or [tuple("_".join(middle) for middle in middles)]
    told = [f"{{{','.join(column)}}}" if len(column) > 1 else column[0] for column in columns]
    return f"`{'_'.join([*first, *told, *last])}`"


def moves_in_words(rule: Rule, groups: Sequence[Group]) -> list[str]:
    """Where a rule moves people from and to, one line for each set of targets."""
    by_targets: dict[tuple[Stage, ...], list[Stage]] = {}
    for source in rule.sources:
        targets = tuple(target for s, target in rule.moves if s is source)
        by_targets.setdefault(targets, []).append(source)
    if all(list(targets) == sources for targets, sources in by_targets.items()) and (
        OUTSIDE not in rule.sources
    ):
        return [f"{in_words(rule.sources, groups)}, each to itself"]
    return [
        f"{in_words(sources, groups)} → {in_words(targets, groups)}"
        for targets, sources in by_targets.items()
    ]
