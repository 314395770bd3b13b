"""Money: what scenarios cost, who pays, what it buys, and what each lever of a package adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stsim import costs, levers, papers
from stsim.effects.side_by_side import AIMED, BASELINE, PART, Effects
from stsim.measures import Indicator
from stsim.reports import charts, material
from stsim.reports.answers import FANS, SIZED, change, ends, shown_years
from stsim.reports.material import Material
from stsim.reports.said import (
    Cell,
    Point,
    Said,
    Section,
    Table,
    amount,
    label,
    lever_label,
    millions,
    plain,
    said,
)

if TYPE_CHECKING:
    import xarray as xr

#: Yen at which effects are set side by side.
EQUAL = 10e9


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
            charts.stacked(
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
    for indicator in AIMED:
        bars = []
        lines: list[list[object]] = [
            ["scenario", "indicator", "year", "unit", "yen_per_year", "low", "high"]
        ]
        for name in others:
            by_draw = change(found, name, indicator.name, year)
            cost = found.at(name, "annual_cost_yen", year) - found.at(
                found.first, "annual_cost_yen", year
            )
            if by_draw is None or not cost > costs.ROUNDING:
                continue
            low, high = ends(by_draw * EQUAL / cost)
            bars.append((found.titles[name], low, high))
            lines.append([name, indicator.name, year, indicator.unit, EQUAL, low, high])
        if bars:
            section.figures.append(
                charts.bars(
                    f"equal-{indicator.name}",
                    said("equal_title", label(indicator), year),
                    said("equal_caption", amount(EQUAL, "yen per year")),
                    indicator.unit,
                    bars,
                    papers.csv_text(lines),
                    said("range_of_sets"),
                )
            )


def _per_unit_of(
    found: Material, effects: Effects, name: str, indicator: Indicator, year: int
) -> tuple[float, float] | None:
    """Yen a year for one more of an indicator; None where nothing says what it costs."""
    if found.first != BASELINE or found.draws(name, indicator.name, year) is None:
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
    years = sorted({int(row["year"]) for row in found.adds})
    year = material.YEAR if material.YEAR in years else years[-2 if len(years) > 1 else -1]
    here = [row for row in found.adds if int(row["year"]) == year]
    packages = list(dict.fromkeys(row["lever"] for row in here))
    names = [i for i in FANS if any(row["indicator"] == i.name for row in here)]
    sized = all(levers.about(lever).evidence in SIZED for lever in packages)
    heads = [said("lever"), said("evidence"), *(label(i) for i in names)]
    rows = []
    for lever in packages:
        kind = Said(*levers.EVIDENCE[levers.about(lever).evidence])
        row = [Cell(_part(lever), head=True), Cell(kind, left=True)]
        for indicator in names:
            one = next(r for r in here if (r["lever"], r["indicator"]) == (lever, indicator.name))
            whole, part = float(one["package"] or "nan"), float(one["value"] or "nan")
            if sized:
                row.append(Cell(amount(part, indicator.unit, signed=True), part))
            else:
                row.append(Cell(_share_of(part, whole)))
        rows.append(row)
    notes = [said("attribution_sized" if sized else "attribution_prior")]
    section.tables.append(Table(said("attribution_title", year), heads, rows, notes))
    lines: list[list[object]] = [list(found.adds[0])]
    lines += [[_number(v) for v in row.values()] for row in found.adds]
    section.downloads.append(
        (said("csv_of", said("attribution")), "attribution.csv", papers.csv_text(lines))
    )
    return section


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _share_of(part: float, whole: float) -> Said:
    """A part of the package in tenths: no size is told where the evidence is a prior."""
    if not abs(whole) > 0 or part != part:
        return plain("–")
    return said("tenths", f"{100 * part / whole:.0f}")
