"""docs/model.md as a whole: the summary, the contents and the sections in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from stsim import levers, params
from stsim.describe import flows, numbers
from stsim.describe.diagram import diagram
from stsim.describe.facts import Facts
from stsim.describe.groups import groups_of
from stsim.describe.roads import OUT, Roads, roads
from stsim.describe.source import helper_section
from stsim.given import TODAY
from stsim.measures import INDICATORS

COMMAND = "python -m stsim.describe"
SUMMARY = """\
stsim follows the people of Japan's research careers from the first year of doctoral study through
the search for a post, temporary and permanent posts, institutes, firms and years abroad until
they leave research, retire or die. It counts them every 1 May by stage of career, single year of
age, sex and field, and on some stages by the years spent there. Between two counts a fixed order
of rules moves them: each rule says how many people enter, how fast or which share of them leave,
or how many posts there are and who is likely to get them. Posts are what is scarce: a market
fills those there are and no more, so more candidates mostly mean a longer queue and not more
hires, and a post is filled again when its holder leaves. A policy is a lever that differs from
the law as it stands from some year on; everything else is left as it was, and the difference
between the two runs is what these rules and numbers make of the policy.

It is not a forecast. How many posts universities have, how many people there are and how many of
them finish a master's course come from outside, from the record and then from stated futures.
People in the same cell are alike: there is no ability, no university, no discipline finer than a
field. People react to policy only where a rule says so, and the sizes of these reactions are
assumptions more often than measurements; every parameter below says which it is, and how far it
may be off. Nobody is dismissed for want of a post, universities do not otherwise answer a lever,
and what research achieves is not computed. Read a result as what the assumptions imply, and
change the assumptions to see what it rests on."""


def files(facts: Facts) -> dict[str, str]:
    """The page and its diagram by file name."""
    groups = groups_of(facts.book.stages)
    found = roads(facts.book, groups)
    picture = diagram(facts.book, found, in_other_words(facts, found))
    return {"model.md": _page(facts), "model.svg": picture}


def stale(texts: Mapping[str, str], folder: Path) -> list[str]:
    """The files of the folder that are not what would be printed now."""
    return [
        name
        for name, text in texts.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != text.encode()
    ]


def write(texts: Mapping[str, str], folder: Path) -> list[Path]:
    """Write the files; returns where."""
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return [folder / name for name in texts]


def in_other_words(facts: Facts, found: Roads) -> str:
    """The diagram as text: for each group, which rules lead where."""
    name = {number: rule.name for number, rule in enumerate(facts.book.rules, 1)}
    title = {group.key: group.title for group in found.groups} | {OUT: "outside"}

    def by(rules: list[int]) -> str:
        return ", ".join(name[number] for number in rules)

    sentences = [
        f"{title[source]} to {title[target]}: {by(rules)}."
        for (source, target), rules in found.moves.items()
    ]
    sentences += [
        f"Hired on 1 April into {title[target]}: {by(rules)}."
        for target, rules in found.hired.items()
    ]
    sentences += [
        f"From everywhere to {title[target]}: {by(rules)}."
        for target, rules in found.everywhere.items()
    ]
    sentences += [f"Within {title[key]}: {by(rules)}." for key, rules in found.within.items()]
    if found.counted_only:
        sentences.append(f"Counted, moving nobody: {by(found.counted_only)}.")
    return " ".join(sentences)


def _page(facts: Facts) -> str:
    sections = list(_sections(facts))
    contents = []
    for number, (name, title, _) in enumerate(sections, 1):
        if number in (1, 3):
            contents.append("In five minutes:\n" if number == 1 else "\nIn detail:\n")
        contents.append(f"- [{number}. {title}](#{name})")
    parts = [
        "# The model モデルの中身",
        f"*Printed from the rulebook by `{COMMAND}`: change the rulebook, not this page.*",
        SUMMARY,
        counts(facts),
        '<a id="contents"></a>\n## Contents 目次',
        "\n".join(contents),
    ]
    for number, (name, title, body) in enumerate(sections, 1):
        parts += [f'<a id="{name}"></a>\n## {number}. {title}', body]
        parts.append("[Contents ↑](#contents)")
    return "\n\n".join(parts) + "\n"


def counts(facts: Facts) -> str:
    """How much of everything there is at present."""
    kinds = Counter(params.prior(name).kind for name in params.NAMES)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    beyond = sum(
        any(params.beyond_prior(name, value) for value in numbers.values(facts, name).values())
        for name in params.NAMES
    )
    return (
        f"At present: {len(facts.book.stages)} stages, {len(facts.book.rules)} rules, "
        f"{len(levers.NAMES)} levers, {len(params.NAMES)} parameters ({said}; {beyond} with a "
        f"value beyond their range), {len(INDICATORS)} indicators."
    )


def _sections(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """Anchor, title and body of each section."""
    groups = groups_of(facts.book.stages)
    yield "year", "The order of the year 1年の順序", flows.year_section(facts)
    yield (
        "flows",
        "The flows 人の流れ",
        "\n\n".join(
            [
                "![Boxes of stages and the numbered rules between them; the table below says the "
                "same in words](model.svg)",
                "Every rule in one line; the number is its place in `RULES`. The hazards of the "
                "year compete with each other, the year-end rules apply in this order, the "
                "markets in the order of [section 5](#markets).",
                flows.glance(facts, groups),
            ]
        ),
    )
    yield (
        "stages",
        "Stages 段階",
        "People are counted by stage, clock, age, sex and field. A rule that moves someone starts "
        "the clock at zero unless it says that the clock goes on; the last year of a clock is "
        "open. Rules ask for tags. The clocks:\n\n"
        f"{flows.clock_list(facts)}\n\n{flows.stage_table(facts)}",
    )
    yield (
        "rules",
        "Rules 規則",
        "What each rule looks at was noted in runs over every branch of the model: each future of "
        "posts, each start, with and without every lever moved.\n\n"
        + flows.rule_section(facts, groups),
    )
    yield (
        "markets",
        "The markets of 1 April 4月1日の採用・採択",
        "\n\n".join(
            [
                "The markets of one turn clear together: candidates have weights, and everyone's "
                "chance is `1 − exp(−λ · weight)` with the intensity λ that fills the posts. A "
                "share of the places goes to people from outside the model.",
                flows.market_table(facts),
                "Turn by turn:",
                flows.season_list(facts, groups),
                "Who may be hired where, by the number of the market (● the whole group, "
                "◐ a part of it):",
                flows.candidate_table(facts, groups),
            ]
        ),
    )
    yield (
        "levers",
        "Levers 政策手段",
        f"What government can change: `policy.<name>`. FY{TODAY} is the law as it stands. The "
        "price is the yearly public cost of one unit in yen of FY2024, with who pays; – has no "
        "price of its own.\n\n" + numbers.lever_table(facts) + "\n\nSources:\n\n"
        + numbers.lever_sources(facts),
    )  # fmt: skip
    yield (
        "parameters",
        "Parameters パラメータ",
        "Every number a rule uses that is neither policy nor given: `params.<name>`, the fitted "
        "set, under the chapter whose rules read it first. *observed* was counted, *fitted* was "
        "found by least squares on the record, *assumption* rests on its range alone. "
        f"{numbers.BEYOND} lies outside the 90 % range of its prior: the record pulls it there, or "
        "it stands for something the model leaves out.\n\n" + numbers.parameter_section(facts),
    )
    yield (
        "given",
        "What is taken from outside 外から与えるもの",
        "\n\n".join(
            [
                "Series that the model does not explain, from the record and from stated futures:",
                numbers.given_table(facts),
                "What the model itself counted last year and rules look at:",
                numbers.last_table(facts),
                "Who is there on the first day, and what was assumed where nobody counted:",
                numbers.start_section(facts),
                "The base-year ledger and the weights made of it: `python -m stsim "
                "job=assumptions`.",
            ]
        ),
    )
    yield "indicators", "Indicators 指標", numbers.indicator_table()
    yield (
        "helpers",
        "Shared functions 共通の関数",
        "What rules call, chapter by chapter.\n\n" + helper_section(facts.book),
    )
