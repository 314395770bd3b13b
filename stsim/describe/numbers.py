"""The sections on numbers: levers, parameters, what is given, the start, indicators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from stsim import levers, observed, params
from stsim.describe.facts import Facts
from stsim.describe.markdown import (
    anchor,
    between,
    doc,
    first_line,
    links,
    number,
    plain,
    short_number,
    small,
    table,
)
from stsim.describe.source import module_of
from stsim.given import BASE_YEAR, TODAY
from stsim.measures import INDICATORS

#: Stands beside a value outside the 90 % range of its prior.
BEYOND = "‡"
#: What each given series is; what it is made of is in `stsim/given.py`.
GIVEN = {
    "dc_stipend_yen": "stipend of a DC fellow in the last year with counted entrants, yen a year",
    "doctoral_entrants": "April entrants to doctoral study, as counted; the last count afterwards",
    "field_share": "posts of each kind over the fields, fixed",
    "firm_openings_persons": "new doctorate holders whom firms hire, as counted, then growing",
    "hire_age_shares": "ages of those hired into faculty",
    "hires": "hires of recent years that go on, where the `posts` variant says so",
    "hires_per_candidate": "hires per candidate in the base year, by market and stage",
    "hires_persist": "whether hires go on instead of seats (the variant `openings`)",
    "independence_grants_persons": "new grants that come with independence, as the law stands",
    "institute_openings_persons": "hires by public institutes in the base year, held",
    "is_2019_or_later": "whether exits from 60 on have fallen yet",
    "masters_graduates_index": "master's completers over those of the last counted entrants",
    "outside_share": "hires from outside the model in the base year, over all hires",
    "postdoc_field_share": "postdocs over the fields",
    "ra_pay_yen": "pay of a research assistant in the last year with counted entrants, yen a year",
    "retirement_age_years": "retirement age at national universities as the law stands",
    "school_programme_change": "schools in the programme ten years before beyond the law, over it",
    "seats": "faculty posts by sector, contract and field: observed, then by the `posts` variant",
    "support_places_persons": "support of today's entrants: DC, other places, foreign share",
    "ten_year_conversion_share": "conversions at ten years as the law stands",
    "ten_years_can_be_reached": "whether the ten-year rule has run for ten years",
    "turnover": "hires that go on over seats",
    "years_before_last_chart": "years until the last national faculty chart",
    "young_grant_success_share": "success share of grants for the young as the law stands",
    "years_since_record": "years since entrants were last counted; behaviour acts from 1 on",
}


def _read_by(rules: Iterable[str]) -> str:
    found = links("rule", rules)
    return f"read by {found}" if found else ""


def lever_table(facts: Facts) -> str:
    """Every lever: labels, unit, allowed range, today's value, kind, price, rules, source."""
    rows = []
    for name in levers.NAMES:
        lever, law = levers.about(name), facts.config.law[name]
        price = "–"
        if lever.yen_each is not None:
            price = f"{number(lever.yen_each)}{small(lever.payer)}"
        read = _read_by(facts.rules_of_lever(name))
        for series in facts.moved_given[name]:
            rules = links("rule", facts.rules_reading(f"given.{series}"))
            read = "; ".join(
                filter(None, (read, f"changes {links('given', [series])}, read by {rules}"))
            )
        rows.append(
            (
                f"{anchor('lever', name)}`{name}`<br>{plain(levers.label(name))}"
                + small(lever.label_ja) + small(read or "read by no rule"),
                plain(lever.unit), f"{number(lever.low)} to {number(lever.high)}",
                number(law.timeline.at(TODAY)), law.kind, price,
            )
        )  # fmt: skip
    heads = ("Lever", "Unit", "Allowed", f"FY{TODAY}", "Kind", "Price")
    return table(heads, rows, f"Allowed, FY{TODAY}, Price")


def lever_sources(facts: Facts) -> str:
    """Where each lever's values by year and price come from."""
    lines = []
    for name in levers.NAMES:
        lever = levers.about(name)
        line = f"- `{name}`: {plain(facts.config.law[name].source)}"
        if lever.price_source:
            line += f". *Price:* {plain(lever.price_source)}"
        lines.append(line)
    return "\n".join(lines)


def parameter_section(facts: Facts) -> str:
    """Every parameter, under the chapter whose rules read it first."""
    chapters = list(dict.fromkeys(module_of(rule) for rule in facts.book.rules))
    headings = [*(first_line(chapter).rstrip(".") for chapter in chapters), "Read by no rule"]
    by_chapter: dict[str, list[str]] = {heading: [] for heading in headings}
    for name in params.NAMES:
        rules = facts.rules_reading(f"params.{name}")
        first = next((rule for rule in facts.book.rules if rule.name in rules), None)
        place = chapters.index(module_of(first)) if first else len(chapters)
        by_chapter[headings[place]].append(name)
    return "\n\n".join(
        f"### {heading}\n\n{_parameter_table(facts, names)}"
        for heading, names in by_chapter.items()
        if names
    )


def values(facts: Facts, name: str) -> dict[str, float]:
    """The numbers of a parameter by field, or under an empty name."""
    value = getattr(facts.config.params, name)
    if isinstance(value, params.ByField):
        return {field: getattr(value, field) for field in params.FIELDS}
    return {"": value}


def _marked(name: str, value: float) -> str:
    mark = f"&nbsp;{BEYOND}" if params.beyond_prior(name, value) else ""
    return f"{short_number(value)}{mark}"


def _parameter_table(facts: Facts, names: Iterable[str]) -> str:
    rows = []
    for name in names:
        prior = params.prior(name)
        read = _read_by(facts.rules_reading(f"params.{name}"))
        about = (
            f"{anchor('param', name)}`{name}`<br>{plain(params.label(name))}"
            f"{small(read)}{small('source: ' + plain(prior.source))}"
        )
        shown = "<br>".join(
            f"{_marked(name, value)}{f'&nbsp;{field}' if field else ''}"
            for field, value in values(facts, name).items()
        )
        rows.append((about, plain(prior.unit), shown, between(prior.low, prior.high), prior.kind))
    return table(("Parameter", "Unit", "Value", "90 % range", "Kind"), rows, "90 % range")


def given_table(facts: Facts) -> str:
    """What rules take from outside: what it is, today's value or shape, who reads it."""
    rows = [
        (
            f"{anchor('given', name)}`{name}`<br>{plain(GIVEN.get(name, 'not described yet'))}"
            + small(_read_by(facts.rules_reading(f"given.{name}"))),
            _shape(value),
        )
        for name, value in sorted(facts.given.items())
    ]
    return table(("Series", f"FY{TODAY}"), rows)


def _shape(value: Any) -> str:
    """A number itself; otherwise along what it runs, and its sum."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        if any(isinstance(part, Mapping) for part in value.values()):
            return "for " + ", ".join(f"`{key}`" for key in value) + ": by stage"
        return "<br>".join(f"`{key}`: {_shape(part)}" for key, part in value.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(_shape(part) for part in value)
    array = np.asarray(value, dtype=float)
    axes = ("draw", "clock", "age", "sex", "field")
    along = [name for name, size in zip(axes, array.shape, strict=False) if size > 1]
    by = f" in all, by {' and '.join(along)}" if along else ""
    return f"{_amount(float(array.sum()))}{by}"


def _amount(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def last_table(facts: Facts) -> str:
    """What the model itself counted last year and rules look at."""
    rows = []
    for function in facts.book.aggregates:
        name = function.__name__
        read = _read_by(facts.rules_reading(f"last.{name}"))
        rows.append((f"{anchor('last', name)}`{name}`", plain(doc(function)) + small(read)))
    return table(("Aggregate", "What it is"), rows)


def start_section(facts: Facts) -> str:
    """The numbers of each start population, then the other assumptions."""
    parts, listed = [], set()
    for year, items in facts.start.items():
        parts.append(f"### Start of {year} {year}年の初期人口")
        parts.append(_assumptions(items))
        listed |= {item.name for item in items}
    others = [a for a in observed.record().assumptions() if a.name not in listed]
    years = {*facts.start, BASE_YEAR}
    parts.append("### Other assumptions その他の仮定")
    parts.append(_assumptions([a for a in others if a.year in years], kind="assumption"))
    return "\n\n".join(parts)


def _assumptions(items: Iterable[Any], kind: str = "") -> str:
    rows = [
        (
            f"`{item.name}`" + small(plain(item.source)), plain(item.unit), _amount(item.value),
            "–" if item.low is None else f"{item.low:,g}&nbsp;to&nbsp;{item.high:,g}",
            kind or item.kind,
        )
        for item in items
    ]  # fmt: skip
    heads = ("Number", "Unit", "Value", "90 % range", "Kind")
    return table(heads, rows, "Value, 90 % range")


def indicator_table() -> str:
    """Every indicator: name, labels, unit, and whether it is a headline."""
    rows = [
        (
            f"{anchor('indicator', found.name)}`{found.name}`",
            plain(found.label) + small(found.label_ja), found.unit,
            "●" if found.headline else "",
        )
        for found in INDICATORS
    ]  # fmt: skip
    return table(("Indicator", "What it measures", "Unit", "Headline"), rows)
