"""The sections on how people move: the year, the stages, the rules, the markets."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Sequence

from stsim import rates, vocabulary
from stsim.describe.facts import Facts
from stsim.describe.groups import Group, in_words, moves_in_words
from stsim.describe.markdown import anchor, doc, first_line, link, links, plain, small, table
from stsim.describe.source import called, calls, folded_source, unwrapped
from stsim.given import TODAY
from stsim.rulebook import stages as chapter_of_stages
from stsim.vocabulary import OUTSIDE, Rule, Season, Stage

#: What a rule of each kind returns, and the heading of its kind.
UNITS = {
    "intake": "persons per year",
    "flow": "1/year",
    "year_end": "share of those present",
    "posts": "posts",
    "leftover": "share of those still seeking",
}
HEADINGS = {
    "intake": "Intakes of 1 April 4月1日の流入",
    "flow": "Hazards through the year 年間のハザード",
    "year_end": "Year-end rules of 31 March 年度末",
    "posts": "Markets of 1 April 4月1日の採用・採択",
    "leftover": "Those left over after the markets 採用後",
}
#: The prefixes of what rules read, and how they are called.
READ = {
    "policy": ("Levers", "lever"),
    "policy_last_year": ("Levers, the year before", "lever"),
    "params": ("Parameters", "param"),
    "given": ("Given from outside", "given"),
    "last": ("Counted by the model last year", "last"),
}


def year_section(facts: Facts) -> str:
    """The order of the year, as the docstring of `stsim/rates.py` says it, and of 1 April."""
    turns = "; then ".join(
        ", ".join(link("rule", rule.name) for rule in season.markets)
        for season in facts.book.seasons
    )
    return f"{doc(rates).partition(chr(10) * 2)[2]}\n\nThe markets of 1 April: {turns}."


def numbered(facts: Facts) -> dict[str, int]:
    """The number of each rule: its place in RULES."""
    return {rule.name: i for i, rule in enumerate(facts.book.rules, 1)}


def glance(facts: Facts, groups: Sequence[Group]) -> str:
    """Every rule in one line, kind by kind, with the groups it moves people between."""

    def names(stages: Sequence[Stage]) -> str:
        found = ["outside"] if OUTSIDE in stages else []
        found += [g.key.replace("_", " ") for g in groups if set(g.stages) & set(stages)]
        return f"{len(found)} groups" if len(found) > 3 else ", ".join(found)

    parts = []
    for kind, heading in HEADINGS.items():
        rows = [
            (str(number), link("rule", rule.name), plain(rule.label),
             f"{names(rule.sources)} → {names(rule.targets)}")
            for rule, number in zip(facts.book.rules, numbered(facts).values(), strict=True)
            if rule.kind == kind
        ]  # fmt: skip
        parts += [f"**{heading}**", table(("No.", "Rule", "What happens", "From → to"), rows)]
    return "\n\n".join(parts)


def stage_table(facts: Facts) -> str:
    """Every stage: name, labels, clock and tags."""
    rows = [
        (
            f"{anchor('stage', stage.name)}`{stage.name}`<br>{plain(stage.label)}"
            + small(plain(stage.label_ja)),
            "–" if stage.clock_years == 1 else f"0–{stage.clock_years - 1}",
            ", ".join(f"`{tag}`" for tag in sorted(stage.tags)) or "–",
        )
        for stage in facts.book.stages
    ]
    return table(("Stage", "Clock", "Tags"), rows)


def clock_list(facts: Facts) -> str:
    """What the clocks of each length count."""
    lengths = sorted({s.clock_years for s in facts.book.stages if s.clock_years > 1})
    meaning = _constants()
    lines = [f"- 0–{n - 1}: {meaning.get(n, 'not said in `stages.py`')}" for n in lengths]
    return "\n".join(["- –: not kept; no rule depends on it", *lines])


def _constants() -> dict[int, str]:
    """What the comment above each whole-number constant of the stages says, by its value."""
    text = inspect.getsource(chapter_of_stages)
    found: dict[int, list[str]] = {}
    for name in (
        target.id
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(vars(chapter_of_stages)[target.id], int)
    ):
        above = re.search(rf"((?:^#: .*\n)+){name} = ", text, re.MULTILINE)
        if above:
            words = " ".join(line.removeprefix("#: ") for line in above[1].splitlines())
            found.setdefault(vars(chapter_of_stages)[name], []).append(words)
    return {value: " Or: ".join(words) for value, words in found.items()}


def rule_section(facts: Facts, groups: Sequence[Group]) -> str:
    """Every rule in the order of RULES, kind by kind, with all that is known of it."""
    parts = []
    for kind, heading in HEADINGS.items():
        parts.append(f"### {heading}\n\n{doc(getattr(vocabulary, kind))}")
        parts += [_rule(facts, groups, rule) for rule in facts.book.rules if rule.kind == kind]
    return "\n\n".join(parts)


def _rule(facts: Facts, groups: Sequence[Group], rule: Rule) -> str:
    number = numbered(facts)[rule.name]
    lines = [f"- *Moves:* {'; '.join(moves_in_words(rule, groups))}"]
    lines.append(f"- *Unit:* {_unit(facts, rule)}" + _clock_goes_on(rule))
    for prefix, (words, kind) in READ.items():
        names = sorted(
            read.removeprefix(f"{prefix}.")
            for read in facts.read_by[rule.name]
            if read.startswith(f"{prefix}.")
        )
        if names:
            lines.append(f"- *{words}:* {links(kind, names)}")
    shared = [*calls(unwrapped(rule.function))]
    if rule.weight is not None:
        lines.append(f"- *Weight of a candidate:* `{called(rule.weight)}`")
        shared.append(unwrapped(rule.weight))
    if shared:
        names = list(dict.fromkeys(function.__name__ for function in shared))
        lines.append(f"- *Shared functions:* {links('helper', names)}")
    heading = f"{anchor('rule', rule.name)}\n#### {number} · `{rule.name}`"
    parts = [heading, doc(rule.function), "\n".join(lines), folded_source(rule.function)]
    return "\n\n".join(parts)


def _unit(facts: Facts, rule: Rule) -> str:
    if rule.kind != "posts":
        return UNITS[rule.kind]
    return f"posts: {_posts(facts, rule)}"


def _posts(facts: Facts, rule: Rule) -> str:
    """Whether a market has seats or openings, and with which variants it is otherwise."""
    by_kind: dict[str, list[str]] = {}
    for variant, markets in facts.markets.items():
        kind = "openings of the year" if markets[rule.name].is_openings else "seats"
        by_kind.setdefault(kind, []).append(variant)
    if len(by_kind) == 1:
        return next(iter(by_kind))
    return "; ".join(f"{kind} with posts={', '.join(v)}" for kind, v in by_kind.items())


def _clock_goes_on(rule: Rule) -> str:
    return "; the clock goes on" if rule.keeps_clock else ""


def market_table(facts: Facts) -> str:
    """The seasons of 1 April in order: what clears together, how, and who comes from outside."""
    rows = []
    for number, season in enumerate(facts.book.seasons, 1):
        for rule in season.markets:
            market = facts.markets[facts.config.posts][rule.name]
            share = float(market.outside_share.mean())
            rows.append(
                (
                    str(number),
                    f"{numbered(facts)[rule.name]} {link('rule', rule.name)}",
                    _posts(facts, rule),
                    "over all fields" if rule.over_all_fields else "field by field",
                    f"{100 * share:.1f} %" if OUTSIDE in rule.sources else "nobody",
                )
            )
    heads = ("Turn", "Market", "Posts", "Clears", f"From outside FY{TODAY}")
    return table(heads, rows, f"Turn, From outside FY{TODAY}")


def season_list(facts: Facts, groups: Sequence[Group]) -> str:
    """Each season in words: rounds, who applies, who the candidates are."""
    return "\n".join(
        f"{number}. {'; '.join(_season(season, groups))}"
        for number, season in enumerate(facts.book.seasons, 1)
    )


def _season(season: Season, groups: Sequence[Group]) -> Iterator[str]:
    yield ", ".join(link("rule", rule.name) for rule in season.markets)
    yield (
        "one round"
        if season.rounds == 1
        else (f"{season.rounds} rounds, so that the post of someone who moves is filled again")
    )
    applies = unwrapped(season.applicants)
    yield f"who applies: {link('helper', applies.__name__)}, {_lower(first_line(applies))}"
    inside = {s for rule in season.markets for s in rule.sources if s is not OUTSIDE}
    yield f"candidates: {in_words(inside, groups)}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def candidate_table(facts: Facts, groups: Sequence[Group]) -> str:
    """Which groups may be hired in which market."""
    markets = [rule for season in facts.book.seasons for rule in season.markets]
    candidates = [g for g in groups if any(set(g.stages) & set(rule.sources) for rule in markets)]
    rows = []
    for group in candidates:
        marks = []
        for rule in markets:
            inside = [stage for stage in group.stages if stage in rule.sources]
            marks.append("●" if len(inside) == len(group.stages) else "◐" if inside else "")
        rows.append((group.key.replace("_", " "), *marks))
    heads = [str(numbered(facts)[rule.name]) for rule in markets]
    return table(("Group", *heads), rows)
