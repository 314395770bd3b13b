"""What the protocol pages (ODD, STRESS, TRACE) print of the model, part by part."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import get_args

from stsim import compose, costs, draws, levers, luck, params, paths
from stsim.describe import flows, numbers, page
from stsim.describe.facts import Facts
from stsim.describe.groups import groups_of, in_words
from stsim.describe.markdown import between, doc, first_line, number, plain, table
from stsim.engines import individuals, market, race, stockflow
from stsim.given import BASE_YEAR, LAST_YEAR, TODAY, PostsVariant
from stsim.measures import INDICATORS
from stsim.population import BURN_IN_YEARS, START_YEARS
from stsim.vocabulary import OUTSIDE, Stage

#: Keys of a run whose defaults a reader of a protocol asks for.
DEFAULTS = (
    "engine", "seed", "replicates", "draws", "band", "persons_per_agent", "posts", "policy_start",
    "ramp_years", "scenario", "parameter_set",
)  # fmt: skip


def parts(facts: Facts) -> dict[str, str]:
    """What docs/odd.md, docs/stress.md and docs/trace.md ask for."""
    return {
        "command": page.COMMAND,
        "counts": page.counts(facts),
        "stages": stages(facts),
        "clocks": flows.clock_list(facts),
        "axes": axes(facts),
        "year": elsewhere(flows.year_section(facts)),
        "rules": rules(facts),
        "markets": elsewhere(flows.market_table(facts)),
        "rounds": rounds(facts),
        "remembered": elsewhere(numbers.last_table(facts)),
        "parameters": parameter_rows(facts),
        "given": elsewhere(numbers.given_table(facts)),
        "start": start(facts),
        "indicators": indicators(),
        "levers": lever_rows(facts),
        "stocks_quoted": quoted(stockflow),
        "individuals_quoted": quoted(individuals),
        "market_quoted": quoted(market),
        "luck_quoted": quoted(luck),
        "engine_race": first_line(race),
        "costs": first_line(costs),
        "defaults": defaults(facts),
        "variants": ", ".join(f"`{variant}`" for variant in get_args(PostsVariant)),
        "scenarios": "\n".join(
            f"- `{n}`: {s.title.en}" for n, s in compose.scenarios(None).items()
        ),
        "software": software(),
        "version": project()["version"],
        "licence": project()["license"],
        "years": f"{facts.config.years.first} to {facts.config.years.last}",
        "last_year": str(LAST_YEAR),
        "base_year": str(BASE_YEAR),
        "today": str(TODAY),
        "start_years": " and ".join(map(str, START_YEARS)),
        "burn_in": str(BURN_IN_YEARS),
        "few_draws": str(facts.config.in_band),
        "n_draws": f"{draws.SHIPPED:,}",
        "n_rules": str(len(facts.book.rules)),
        "n_stages": str(len(facts.book.stages)),
        "n_parameters": str(len(params.NAMES)),
        "n_assumed": str(_kinds()["assumption"]),
        "n_scenarios": str(len(compose.scenarios(None))),
        "n_cells": f"{_cells(facts):,}",
    }


def elsewhere(text: str) -> str:
    """A part of docs/model.md for another page: links lead there, anchors are left out."""
    kept = text.replace("](#", "](model.md#")
    while '<a id="' in kept:
        before, _, rest = kept.partition('<a id="')
        kept = before + rest.partition("</a>")[2]
    return kept


def project() -> dict[str, str]:
    """What pyproject.toml says of the project."""
    text = (paths.PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
    found: dict[str, str] = tomllib.loads(text)["project"]
    return found


def software() -> str:
    """The languages and libraries a run needs."""
    about = project()
    needed = ", ".join(f"`{one}`" for one in about["dependencies"])
    return f"Python {about['requires-python']}; {needed}"


def quoted(module: ModuleType) -> str:
    """The docstring of a module, to stand behind a `> ` in a page."""
    return "\n".join(f"> {line}".rstrip() for line in doc(module).split("\n"))[2:]


def _kinds() -> Counter[str]:
    return Counter(params.prior(name).kind for name in params.NAMES)


def _cells(facts: Facts) -> int:
    book = facts.book
    clocks = sum(stage.clock_years for stage in book.stages)
    return clocks * len(book.ages) * len(book.sexes) * len(book.fields)


def axes(facts: Facts) -> str:
    """What people are told apart by, and how finely."""
    book = facts.book
    rows = [
        ("stage", f"{len(book.stages)} (below)", "moves by rules"),
        ("clock", "whole years on some stages, the last open", "grows on 31 March"),
        ("age", f"{book.ages[0]} to {book.ages[-1]}, the last open", "grows on 31 March"),
        ("sex", ", ".join(book.sexes), "fixed"),
        ("field", ", ".join(book.fields), "fixed"),
    ]
    return table(("State variable", "Values", "Changes"), rows)


def stages(facts: Facts) -> str:
    """Every stage in one line."""
    rows = [
        (f"[`{stage.name}`](model.md#stage-{stage.name})", plain(stage.label),
         "–" if stage.clock_years == 1 else f"0–{stage.clock_years - 1}")
        for stage in facts.book.stages
    ]  # fmt: skip
    return table(("Stage", "What it is", "Clock"), rows)


def rules(facts: Facts) -> str:
    """Every rule in the order of RULES: its first docstring line, and between what it moves."""
    groups = groups_of(facts.book.stages)

    def named(several: Sequence[Stage]) -> str:
        inside = {stage for stage in several if stage is not OUTSIDE}
        words = [in_words(inside, groups)] if inside else []
        return "; ".join((["outside"] if OUTSIDE in several else []) + words)

    rows = [
        (str(place), f"[`{rule.name}`](model.md#rule-{rule.name})", rule.kind.replace("_", " "),
         plain(rule.label), f"{named(rule.sources)} → {named(rule.targets)}")
        for place, rule in enumerate(facts.book.rules, 1)
    ]  # fmt: skip
    return table(("No.", "Rule", "Kind", "What happens", "From → to"), rows, "No.")


def rounds(facts: Facts) -> str:
    """How often each season of markets is gone through."""
    several = [season for season in facts.book.seasons if season.rounds > 1]
    said = "; ".join(
        f"{season.rounds} for {', '.join(f'`{m.name}`' for m in season.markets)}"
        for season in several
    )
    return f"one round for each season, but {said}" if said else "one round for each season"


def lever_rows(facts: Facts) -> str:
    """Every lever with unit, range, today's value and source."""
    rows = [
        (f"[`{name}`](model.md#lever-{name})", plain(levers.about(name).unit),
         f"{number(levers.about(name).low)} to {number(levers.about(name).high)}",
         number(facts.config.law[name].timeline.at(TODAY)), facts.config.law[name].kind,
         plain(facts.config.law[name].source))
        for name in levers.NAMES
    ]  # fmt: skip
    heads = ("Lever", "Unit", "Allowed", f"FY{TODAY}", "Kind", "Source")
    return table(heads, rows, f"Allowed, FY{TODAY}")


def parameter_rows(facts: Facts) -> str:
    """Every parameter with value, prior, kind and source."""
    rows = []
    for name in params.NAMES:
        prior = params.prior(name)
        shown = [f"{value:g}" for value in numbers.values(facts, name).values()]
        rows.append(
            (f"[`{name}`](model.md#param-{name})", plain(prior.unit), ", ".join(shown),
             between(prior.low, prior.high), prior.kind, plain(prior.source))
        )  # fmt: skip
    heads = ("Parameter", "Unit", "Value", "90 % prior range", "Kind", "Source")
    return table(heads, rows, "Value, 90 % prior range")


def start(facts: Facts) -> str:
    """How many numbers each start population rests on, by how they are known."""
    lines = []
    for year, items in facts.start.items():
        kinds = Counter(item.kind for item in items)
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        lines.append(f"- {year}: {len(items)} numbers ({said})")
    return "\n".join(lines)


def indicators() -> str:
    """Every measure with its unit; the headline ones first."""
    ordered = sorted(INDICATORS, key=lambda found: not found.headline)
    rows: Iterable[Sequence[str]] = (
        (f"`{found.name}`", plain(found.label), found.unit, "●" if found.headline else "")
        for found in ordered
    )
    return table(("Measure", "What it is", "Unit", "Headline"), rows)


def defaults(facts: Facts) -> str:
    """What a run does where nothing else is said."""
    rows = [(f"`{key}`", f"`{_default(getattr(facts.config, key))}`") for key in DEFAULTS]
    years = facts.config.years
    rows += [("`years.first`", f"`{years.first}`"), ("`years.last`", f"`{years.last}`")]
    return table(("Key", "Default"), rows)


def _default(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
