"""Money: what scenarios cost, who pays, what it buys, and what each lever of a package adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from stsim import costs, levers, papers
from stsim.effects.side_by_side import AIMED, BASELINE, PART, Effects
from stsim.measures import Indicator
from stsim.reports import bars, material, taken
from stsim.reports.answers import FANS, SIZED, change, ends, shown_years
from stsim.reports.material import Lines, Material
from stsim.reports.said import (
    Cell,
    Point,
    Said,
    Section,
    Table,
    amount,
    joined,
    label,
    lever_label,
    millions,
    plain,
    said,
)
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr


def money(found: Material) -> Section:
    """Costs each year and committed, by part and payer; per unit of each target; equal money."""
    section = Section("money", said("money"))
    bills = found.bills
    if found.first not in bills:
        section.missing = said("no_money")
        return section
    year = found.year
    section.lead.append(said("money_lead", found.titles[found.first]))
    others = [name for name in found.others if name in bills]
    if not others:
        whole = float(bills[found.first]["annual_cost_yen"].sel(year=year).sum("part"))
        section.lead.append(said("money_base", year, amount(whole, "yen per year")))
        section.tables.append(_parts_table(found, bills, year))
        return section
    section.tables.append(_bill_table(found, bills, others))
    by_payer: list[tuple[Said, dict[str, float]]] = []
    for name in others:
        parts = costs.beyond(bills[found.first], bills[name], year)
        by_payer.append(
            (found.titles[name], {p: a for p, (a, _) in costs.of_payers(parts).items()})
        )
    payers = {p: said(f"payer_{p}") for _, parts in by_payer for p in parts}
    if payers:
        section.figures.append(
            bars.stacked(
                "money-payers",
                said("payers_title", year),
                said("payers_caption"),
                "yen per year",
                by_payer,
                payers,
                papers.made_safe(costs.as_csv(bills)),
            )
        )
    _per_unit(found, bills, others, section)
    return section


def _bill_table(found: Material, bills: Mapping[str, xr.Dataset], others: Sequence[str]) -> Table:
    years = [y for y in shown_years(found) if y <= found.last]
    heads = [said("scenario"), said("part"), said("payer")]
    heads += [said(kind, y) for y in years for kind in ("annual_in", "committed_in")]
    rows = []
    for name in others:
        more = [
            {p.name: p for p in costs.beyond(bills[found.first], bills[name], y)} for y in years
        ]
        parts = list(dict.fromkeys(part for by_part in more for part in by_part))
        for part in parts:
            row = [Cell(found.titles[name], head=True), Cell(_part(part), left=True)]
            one = next(by_part[part] for by_part in more if part in by_part)
            row.append(Cell(said(f"payer_{one.payer}"), left=True))
            for by_part in more:
                there = by_part.get(part)
                for kind, unit in (("annual", "yen per year"), ("committed", "yen")):
                    value = getattr(there, kind) if there else 0.0
                    row.append(Cell(amount(value, unit, signed=True), value))
            rows.append(row)
        if not parts:
            row = [Cell(found.titles[name], head=True), Cell(said("costs_nothing"), left=True)]
            rows.append([*row, Cell(plain("")), *[Cell(plain(""))] * (2 * len(years))])
    return Table(said("bill"), heads, rows, [said("bill_note")])


def _parts_table(found: Material, bills: Mapping[str, xr.Dataset], year: int) -> Table:
    bill, rows = bills[found.first].sel(year=year), []
    for k, part in enumerate(bill["part"].values.tolist()):
        annual, committed = (
            float(bill[kind][k]) for kind in ("annual_cost_yen", "committed_cost_yen")
        )
        if max(abs(annual), abs(committed)) > costs.ROUNDING:
            payer = said(f"payer_{bill['payer'].values[k]}")
            rows.append(
                [
                    Cell(_part(part), head=True),
                    Cell(payer, left=True),
                    Cell(amount(annual, "yen per year"), annual),
                    Cell(amount(committed, "yen"), committed),
                ]
            )
    heads = [said("part"), said("payer"), said("annual_in", year), said("committed_in", year)]
    return Table(said("bill"), heads, rows, [said("bill_note")])


def _part(name: str) -> Said:
    """The name of a part of the cost."""
    if name in levers.NAMES:
        return lever_label(name)
    return said(name)


def _per_unit(
    found: Material, bills: Mapping[str, xr.Dataset], others: Sequence[str], section: Section
) -> None:
    """Yen for one more of each target, and effects at equal money, draw by draw."""
    if not found.by_draw:
        section.points.append(Point(said("no_per_unit")))
        return
    year, effects = found.year, found.effects(bills)
    heads = [said("scenario"), *(label(i) for i in AIMED)]
    rows = []
    for name in others:
        row = [Cell(found.titles[name], head=True)]
        for indicator in AIMED:
            one = _per_unit_of(found, effects, name, indicator, year)
            row.append(Cell(said("none") if one is None else millions(*one)))
        rows.append(row)
    section.tables.append(Table(said("per_unit", year), heads, rows, [said("per_unit_note")]))
    _equal_money(found, bills, others, section)


def _equal_money(
    found: Material, bills: Mapping[str, xr.Dataset], others: Sequence[str], section: Section
) -> None:
    """Effects at one budget: run again at it, or else effect divided by cost, which is said."""
    kind = "run" if found.equal else "divided"
    year, sum_of = found.year, amount(material.EQUAL, "yen per year")
    drawn: set[str] = set()
    for indicator in AIMED:
        rows = []
        lines: list[list[object]] = [
            ["scenario", "indicator", "year", "unit", "yen_per_year", "low", "high", "how"]
        ]
        for name in others:
            by_draw = (_run_again if found.equal else _divided)(found, name, indicator.name)
            if by_draw is None:
                continue
            drawn.add(name)
            low, high = ends(by_draw)
            rows.append((found.titles[name], low, high))
            lines.append(
                [name, indicator.name, year, indicator.unit, material.EQUAL, low, high, kind]
            )
        if rows:
            section.figures.append(
                bars.bars(
                    f"equal-{indicator.name}",
                    said("equal_title", label(indicator), year),
                    said(f"equal_{kind}", sum_of),
                    indicator.unit,
                    rows,
                    papers.csv_text(lines),
                    said("range_of_sets"),
                )
            )
    left = [found.titles[name] for name in others if name not in drawn]
    if left:
        section.points.append(Point(said("equal_left_out", sum_of, joined(left, ("; ", "、")))))


def _run_again(found: Material, name: str, indicator: str) -> Array | None:
    """The change by draw with the scenario scaled to the budget; None where it cannot be."""
    before = found.draws(found.first, indicator, found.year)
    if name not in found.equal or before is None:
        return None
    values = found.equal[name][indicator]
    after = values.sel({"time" if "time" in values.dims else "year": found.year}).values
    return np.asarray(after - before)


def _divided(found: Material, name: str, indicator: str) -> Array | None:
    """The change by draw over the cost of the year, for the budget; None where nothing is spent."""
    by_draw = change(found, name, indicator, found.year)
    cost, before = (
        found.at(n, "annual_cost_yen", found.year) for n in (name, found.first)
    )  # fmt: skip
    if by_draw is None or not cost - before > costs.ROUNDING:
        return None
    return np.asarray(by_draw * material.EQUAL / (cost - before))


def _per_unit_of(
    found: Material, effects: Effects, name: str, indicator: Indicator, year: int
) -> tuple[float, float] | None:
    """Yen a year for one more of an indicator; None where nothing says what it costs."""
    drawn = (found.draws(n, indicator.name, year) for n in (found.first, name))
    if found.first != BASELINE or any(values is None for values in drawn):
        return None
    one = effects.per_unit(name, indicator, year, PART)
    return None if one is None else (one.low, one.high)


def attribution(found: Material) -> Section:
    """What each lever of a package adds, whatever the order."""
    section = Section("attribution", said("attribution"))
    if not found.adds:
        section.missing = said("no_attribution")
        return section
    section.lead.append(said("attribution_lead"))
    for name, rows in found.adds.items():
        section.tables.append(_shared(found.titles.get(name, taken.title(name)), rows))
    first = next(iter(found.adds.values()))
    lines: list[list[object]] = [["scenario", *first[0]]]
    lines += [
        [name, *map(papers.number, row.values())]
        for name, rows in found.adds.items()
        for row in rows
    ]
    section.downloads.append(
        (said("csv_of", said("attribution")), "attribution.csv", papers.csv_text(lines))
    )
    return section


def _shared(title: Said, adds: Lines) -> Table:
    """One package: a line for each lever, its sizes only where no effect rests on a prior."""
    years = sorted({int(row["year"]) for row in adds})
    year = material.YEAR if material.YEAR in years else years[-2 if len(years) > 1 else -1]
    here = {(r["lever"], r["indicator"]): r for r in adds if int(r["year"]) == year}
    package = list(dict.fromkeys(lever for lever, _ in here))
    names = [i for i in FANS if any(indicator == i.name for _, indicator in here)]
    sized = all(levers.about(lever).evidence in SIZED for lever in package)
    by_orders = any(float(row["standard_error"] or 0) > 0 for row in adds)
    heads = [said("lever"), said("evidence"), *(label(i) for i in names)]
    rows = []
    for lever in package:
        kind = Said(*levers.EVIDENCE[levers.about(lever).evidence])
        row = [Cell(lever_label(lever), head=True), Cell(kind, left=True)]
        for indicator in names:
            one = here[lever, indicator.name]
            whole, part, error = (
                float(one[key] or "nan") for key in ("package", "value", "standard_error")
            )
            if sized:
                row.append(Cell(amount(part, indicator.unit, signed=True), part))
            else:
                row.append(Cell(_share_of(part, whole, error)))
        rows.append(row)
    notes = [said("attribution_sized" if sized else "attribution_prior")]
    if by_orders:
        notes.append(said("attribution_orders", len(package)))
    else:
        notes.append(said("attribution_exact", 2 ** len(package), len(package)))
    return Table(said("attribution_title", title, year), heads, rows, notes)


def _share_of(part: float, whole: float, error: float) -> Said:
    """A part of the package in per cent: no size is told where the evidence is a prior.

    Not told either where the levers so cancel that the package is less than its parts.
    """
    if part != part or not abs(whole) > 0:
        return plain("–")
    if abs(part) > MOST_OF_PACKAGE * abs(whole):
        return said("cancels_up" if part > 0 else "cancels_down")
    text = f"{round(100 * part / whole) + 0:d}"
    near = f"{100 * error / abs(whole):.0f}"
    more = "" if near == "0" else f" ± {near}"
    return said("per_cent", text.replace("-", "−") + more)


#: Parts of a package beyond which a per cent of it says nothing.
MOST_OF_PACKAGE = 2.0
