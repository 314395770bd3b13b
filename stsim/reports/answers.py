"""What comes out, in words and as one table.

Effects of policies are told as ranges over the parameter sets, never as one number, unless no
draw moves them (costs at given prices). Without ranges the size of an effect is told only where
its evidence is a measurement or arithmetic (`SIZED`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stsim import band, levers, observed, papers, params, priors, targets
from stsim.effects.side_by_side import AIMED
from stsim.measures import INDICATORS, Indicator
from stsim.reports.material import Material
from stsim.reports.said import (
    Cell,
    Point,
    Said,
    Section,
    Table,
    amount,
    joined,
    label,
    plain,
    said,
    span,
)
from stsim.tables import SHOWN_YEARS
from stsim.vocabulary import Array

#: Indicators of the table: the headlines, and those with a target.
TABLE = tuple(i for i in INDICATORS if i.headline or i in AIMED)
#: Those that are drawn by year; costs have a section of their own.
FANS = tuple(i for i in TABLE if not i.unit.startswith("yen"))
#: Evidence on which the size of an effect may be told without a range.
SIZED = ("measured", "arithmetic")


def shown_years(found: Material) -> list[int]:
    """The years of the table that the run has, or its last."""
    return [y for y in SHOWN_YEARS if y <= found.last] or [found.last]


def change(found: Material, name: str, indicator: str, year: int) -> Array | None:
    """What a scenario changes by draw; one number where no draw moves it; None without ranges."""
    before = found.draws(found.first, indicator, year)
    after = found.draws(name, indicator, year)
    if before is not None and after is not None:
        return np.asarray(after - before)
    one = found.at(name, indicator, year) - found.at(found.first, indicator, year)
    known = name in found.by_draw and found.first in found.by_draw
    return np.array([one]) if known and one == one else None


def ends(by_draw: Array) -> tuple[float, float]:
    """Low and high end of the range of some draws; of a single number twice that."""
    if len(by_draw) == 1:
        return float(by_draw[0]), float(by_draw[0])
    low, high = band.ends(by_draw)
    return float(low), float(high)


def evidence(found: Material, name: str) -> tuple[bool, Said]:
    """Whether the size of a scenario's effects may be told by itself; and what it rests on."""
    acting = found.acting(name)
    if not acting:
        return False, said("evidence_unknown")
    kinds = list(dict.fromkeys(levers.about(lever).evidence for lever in acting))
    words = joined([Said(*levers.EVIDENCE[kind]) for kind in kinds])
    return all(kind in SIZED for kind in kinds), words


def effect(found: Material, name: str, indicator: Indicator, year: int) -> Said:
    """What a scenario changes in a measure: a range, or why there is none."""
    by_draw = change(found, name, indicator.name, year)
    if by_draw is not None:
        return span(*ends(by_draw), indicator.unit, signed=True)
    if not evidence(found, name)[0] and not indicator.unit.startswith("yen"):
        return said("not_sized")
    one = found.at(name, indicator.name, year) - found.at(found.first, indicator.name, year)
    return amount(one, indicator.unit, signed=True)


# --- answers and the table ------------------------------------------------------------------------


def answers(found: Material) -> Section:
    """What comes out, in words, with ranges and what they rest on."""
    section = Section("answers", said("answers"))
    if found.by_draw:
        number = max(ds.sizes.get("draw", 1) for ds in found.by_draw.values())
        holds = (f"{100 * part:.0f}" for part in band.held(number))
        section.lead.append(said("ranges", number, *holds))
    else:
        section.lead.append(said("no_ranges"))
    alone = priors.alone()
    section.lead.append(said("on_priors", len(alone), len(params.NAMES)))
    for indicator in AIMED:
        if found.has(indicator.name):
            section.points += _aimed(found, indicator)
    section.points.append(_base(found))
    for name in found.others:
        section.points.append(_effects(found, name))
    return section


def _level(found: Material, name: str, indicator: Indicator, year: int) -> Said:
    by_draw = found.draws(name, indicator.name, year)
    if by_draw is not None:
        return span(*ends(by_draw), indicator.unit)
    return amount(found.at(name, indicator.name, year), indicator.unit)


def _base(found: Material) -> Point:
    """Where the first scenario leads."""
    year = found.year
    under = [
        said("of", label(i), _level(found, found.first, i, year)) for i in FANS if found.has(i.name)
    ]
    return Point(said("base", found.titles[found.first], year), under)


def _aimed(found: Material, indicator: Indicator) -> list[Point]:
    """Each target of a measure: which scenarios meet it, and in how many parameter sets."""
    rows: dict[str, list[tuple[str, targets.Reached]]] = {}
    for name in found.names:
        by_draw = found.by_draw.get(name)
        several = by_draw.get(indicator.name) if by_draw is not None else None
        for one in targets.reached(indicator.name, found.measures[name][indicator.name], several):
            if one.met is not None:
                rows.setdefault(one.target.title_en, []).append((name, one))
    points = []
    for several_of in rows.values():
        goal = several_of[0][1].target
        text = Said(goal.title_en, goal.title_ja)
        verdicts = {_verdict(one) for _, one in several_of}
        if len(verdicts) == 1 and len(several_of) > 1:
            (verdict,) = verdicts
            first = _level(found, found.first, indicator, goal.year)
            points.append(Point(said("aim_all", text, verdict, found.titles[found.first], first)))
            continue
        under = [
            said("verdict", found.titles[name], _level(found, name, indicator, goal.year),
                 _verdict(one))
            for name, one in several_of
        ]  # fmt: skip
        if len(under) == 1:
            points.append(Point(said("aim_one", text, under[0])))
        else:
            points.append(Point(said("aim", text), under))
    return points


def _verdict(one: targets.Reached) -> Said:
    verdict = said("met" if one.met else "missed")
    if not one.draws:
        return verdict
    return joined([verdict, said("in_sets", one.draws_in_year, one.draws)], (" ", ""))


def _effects(found: Material, name: str) -> Point:
    """What a scenario changes: what can be told from nothing, what cannot, cost and evidence."""
    year, clear, unclear = found.year, [], []
    for indicator in FANS:
        if not found.has(indicator.name):
            continue
        by_draw = change(found, name, indicator.name, year)
        words = said("of", label(indicator), effect(found, name, indicator, year))
        if by_draw is None:
            clear.append(words)
            continue
        low, high = ends(by_draw)
        zero = amount(0.0, indicator.unit)
        printed = [amount(end, indicator.unit) for end in (low, high)]
        if (low > 0 or high < 0) and zero not in printed:
            clear.append(words)
        elif printed != [zero, zero]:
            unclear.append(label(indicator))
    sized, rests = evidence(found, name)
    under = list(clear)
    if unclear:
        under.append(said("unclear", joined(unclear, ("; ", "、"))))
    cost = found.at(name, "annual_cost_yen", year) - found.at(found.first, "annual_cost_yen", year)
    if cost == cost:
        under.append(said("costs", amount(cost, "yen per year", signed=True)))
    under.append(said("rests_on" if sized else "rests_on_prior", rests))
    key = "changes" if clear else "changes_nothing"
    return Point(said(key, found.titles[name], year, found.titles[found.first]), under)


def scenario_table(found: Material) -> Section:
    """Every headline measure in 2030, 2035 and 2040: each scenario, its range, its change."""
    section = Section("table", said("table"))
    years = shown_years(found)
    heads = [said("indicator"), said("year")]
    heads += [found.titles[name] for name in found.names]
    if found.others:
        section.lead.append(said("table_lead", found.titles[found.first]))
    rows = []
    for indicator in TABLE:
        if not found.has(indicator.name):
            continue
        for year in years:
            title = label(indicator)
            goals = [
                t for t in observed.record().targets()
                if t.indicator == indicator.name and t.scored
            ]  # fmt: skip
            aim = joined(
                [said("target", amount(t.value, indicator.unit), t.year) for t in goals],
                ("; ", "；"),
            )
            row = [Cell(plain(year))]
            row += [_table_cell(found, name, indicator, year) for name in found.names]
            if year == years[0]:
                below = (aim,) if goals else ()
                row.insert(0, Cell(title, small=below, head=True, rows=len(years)))
            rows.append(row)
    section.tables.append(Table(said("table"), heads, rows))
    wanted = [i.name for i in TABLE if found.has(i.name)]
    section.downloads += _downloads(found, years, wanted)
    return section


def _table_cell(found: Material, name: str, indicator: Indicator, year: int) -> Cell:
    value = found.at(name, indicator.name, year)
    small: list[Said] = []
    by_draw = found.draws(name, indicator.name, year)
    if by_draw is not None:
        small.append(said("range", span(*ends(by_draw), indicator.unit)))
    if name != found.first and value == value:
        small.append(said("change", effect(found, name, indicator, year)))
    return Cell(amount(value, indicator.unit), value, small)


def _downloads(
    found: Material, years: Sequence[int], wanted: Sequence[str]
) -> list[tuple[Said, str, str]]:
    """The table for papers as CSV, Markdown and LaTeX."""
    import xarray as xr

    each = [
        papers.table(found.measures[name][list(wanted)], years, wanted).drop_vars(
            "scenario", errors="ignore"
        )
        for name in found.names
    ]
    table = xr.concat(each, xr.Variable("scenario", found.names))
    whole: list[list[object]] = [["scenario", "indicator", "year", "unit", "value", "low", "high"]]
    for name in found.names:
        for indicator in INDICATORS:
            if indicator.name not in found.measures[name]:
                continue
            values = found.line(name, indicator.name)
            for year, value in zip(
                values[values.dims[-1]].values.tolist(), values.values.tolist(), strict=True
            ):
                by_draw = found.draws(name, indicator.name, year)
                low, high = ends(by_draw) if by_draw is not None else (float("nan"),) * 2
                whole.append([name, indicator.name, year, indicator.unit, value, low, high])
    english = {name: found.titles[name].en for name in found.names}
    japanese = {name: found.titles[name].ja for name in found.names}
    return [
        (said("csv_table"), "table.csv", papers.as_csv(table)),
        (said("csv_all"), "measures.csv", papers.csv_text(whole)),
        (plain("Markdown (English)"), "table_en.md", papers.as_markdown(table, "en", english)),
        (plain("Markdown（日本語）"), "table_ja.md", papers.as_markdown(table, "ja", japanese)),
        (plain("LaTeX (English)"), "table_en.tex", papers.as_latex(table, "en", english)),
        (plain("LaTeX（日本語）"), "table_ja.tex", papers.as_latex(table, "ja", japanese)),
    ]
