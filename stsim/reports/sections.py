"""The sections of a report on runs of scenarios, in the order in which they are read.

Effects of policies are told as ranges over the parameter sets, never as one number, unless no
draw moves them (costs at given prices). Without ranges the size of an effect is told only where
its evidence is a measurement or arithmetic (`SIZED`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from stsim import band, costs, levers, observed, papers, params, priors, targets
from stsim.effects.side_by_side import AIMED, PART
from stsim.given import TODAY
from stsim.measures import INDICATORS, Indicator
from stsim.reports import charts, material
from stsim.reports.material import Material
from stsim.reports.said import (
    Cell,
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

if TYPE_CHECKING:
    import xarray as xr

#: Indicators of the table: the headlines, and those with a target.
TABLE = tuple(i for i in INDICATORS if i.headline or i in AIMED)
#: Those that are drawn by year; costs have a section of their own.
FANS = tuple(i for i in TABLE if not i.unit.startswith("yen"))
CAREERS = tuple(i for i in INDICATORS if i.of_careers)
#: Evidence on which the size of an effect may be told without a range.
SIZED = ("measured", "arithmetic")
#: Yen at which effects are set side by side.
EQUAL = 10e9


def shown_years(found: Material) -> list[int]:
    """The years of the table that the run has, or its last."""
    return [y for y in SHOWN_YEARS if y <= found.last] or [found.last]


def change(found: Material, name: str, indicator: str, year: int) -> Array | None:
    """What a scenario changes by draw; one number where no draw moves it; None without ranges."""
    before = found.draws(found.first, indicator, year)
    after = found.draws(name, indicator, year)
    if before is not None and after is not None:
        return after - before
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
        section.points += _effects(found, name)
    return section


def _level(found: Material, name: str, indicator: Indicator, year: int) -> Said:
    by_draw = found.draws(name, indicator.name, year)
    if by_draw is not None:
        return span(*ends(by_draw), indicator.unit)
    return amount(found.at(name, indicator.name, year), indicator.unit)


def _base(found: Material) -> Said:
    year = found.year
    parts = [
        said("of", label(i), _level(found, found.first, i, year))
        for i in FANS
        if found.has(i.name) and found.at(found.first, i.name, year) == found.at(
            found.first, i.name, year)
    ]  # fmt: skip
    return said("base", found.titles[found.first], year, joined(parts, ("; ", "；")))


def _aimed(found: Material, indicator: Indicator) -> list[Said]:
    """Each target of a measure: which scenarios meet it, and in how many parameter sets."""
    by_target: dict[str, list[Said]] = {}
    goals = {}
    for name in found.names:
        by_draw = found.by_draw.get(name)
        several = by_draw[indicator.name] if by_draw is not None else None
        for one in targets.reached(indicator.name, found.measures[name][indicator.name], several):
            if one.met is None:
                continue
            verdict = said("met" if one.met else "missed")
            if one.draws:
                verdict = joined(
                    [verdict, said("in_sets", one.draws_in_year, one.draws)], (" ", "")
                )
            there = said(
                "verdict", found.titles[name],
                _level(found, name, indicator, one.target.year), verdict,
            )  # fmt: skip
            goals[one.target.title_en] = one.target
            by_target.setdefault(one.target.title_en, []).append(there)
    return [
        said("aim", Said(goal.title_en, goal.title_ja), joined(by_target[key], ("; ", "；")))
        for key, goal in goals.items()
    ]


def _effects(found: Material, name: str) -> list[Said]:
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
        nothing = amount(low, indicator.unit) == amount(high, indicator.unit) == zero
        if (low > 0 or high < 0) and not nothing:
            clear.append(words)
        elif not nothing:
            unclear.append(words)
    sized, rests = evidence(found, name)
    title = found.titles[name]
    told = []
    if clear:
        told.append(said("changes", title, year, joined(clear, ("; ", "；"))))
    else:
        told.append(said("changes_nothing", title, year))
    if unclear:
        told.append(said("unclear", joined(unclear, ("; ", "；"))))
    cost = found.at(name, "annual_cost_yen", year) - found.at(found.first, "annual_cost_yen", year)
    if cost == cost:
        told.append(said("costs", amount(cost, "yen per year", signed=True)))
    told.append(said("rests_on" if sized else "rests_on_prior", rests))
    return [joined(told, (" ", ""))]


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
                [said("target", amount(t.value, indicator.unit), t.year) for t in goals], ("; ", "；")
            )
            row = [Cell(title, small=aim if goals else None, head=True), Cell(plain(year))]
            for name in found.names:
                row.append(_table_cell(found, name, indicator, year))
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
    return Cell(amount(value, indicator.unit), value, joined(small, ("; ", "；")) if small else None)


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
    whole: list[list[object]] = [
        ["scenario", "indicator", "year", "unit", "value", "low", "high"]
    ]
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


# --- figures --------------------------------------------------------------------------------------


def fans(found: Material) -> Section:
    """Record, model from 2007, forecast and scenarios on one axis, for every headline measure."""
    section = Section("years", said("years"), [said("years_lead", material.CUT)])
    section.figures = [charts.fan(found, i.name) for i in FANS if found.has(i.name)]
    return section


def pyramids(found: Material) -> Section:
    """Faculty by age: 2007 and today, today and later."""
    section = Section("ages", said("ages"))
    if not found.people:
        section.missing = said("no_people")
        return section
    first = found.first
    if first not in found.people:
        section.missing = said("no_people")
        return section
    past, base = material.past(), found.people[first]
    years = base["time"].values.tolist()
    today, later = min(max(TODAY, years[0]), years[-1]), min(2040, years[-1])
    then = int(past["time"][0])
    names = (said("model"), found.titles[first])
    section.figures.append(charts.ages(past, base, (then, today), names, "ages-today"))
    for name, ds in found.people.items():
        own = found.titles[name]
        section.figures.append(
            charts.ages(base, ds, (today, later), (found.titles[first], own), f"ages-{name}")
        )
    return section


def moves(found: Material) -> Section:
    """Who moves from where to where in a year."""
    section = Section("flows", said("flows"))
    if found.first not in found.people:
        section.missing = said("no_people")
        return section
    first = found.people[found.first]
    if first.sizes["year"] < 3:
        section.missing = said("short")
        return section
    year = min(material.YEAR, int(first["year"][-2]))
    ds = _one(first)
    section.figures.append(charts.sankey(ds, year, found.titles[found.first], "flows"))
    return section


def _one(ds: xr.Dataset) -> xr.Dataset:
    """One run of a scenario: the stock engine's, or the first outcome of chance."""
    if "engine" in ds.dims:
        ds = ds.sel(engine="stocks")
    return ds.isel(replicate=0) if "replicate" in ds.dims else ds


def careers(found: Material) -> Section:
    """What the individual engine measures of careers."""
    section = Section("careers", said("careers"))
    there = [i for i in CAREERS if found.has(i.name)]
    if not there:
        section.missing = said("no_careers")
        return section
    section.lead.append(said("careers_lead"))
    section.figures = [charts.fan(found, i.name) for i in there]
    return section


# --- money ----------------------------------------------------------------------------------------


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
        by_payer.append((found.titles[name], {p: a for p, (a, _) in costs.of_payers(parts).items()}))
    payers = {p: said(f"payer_{p}") for _, parts in by_payer for p in parts}
    if payers:
        section.figures.append(
            charts.stacked(
                "money-payers", said("payers_title", year), said("payers_caption"),
                "yen per year", by_payer, payers, costs.as_csv(bills),
            )  # fmt: skip
        )
    _per_unit(found, bills, others, section)
    return section


def _bill_table(found: Material, bills: dict[str, xr.Dataset], others: Sequence[str]) -> Table:
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


def _parts_table(found: Material, bills: dict[str, xr.Dataset], year: int) -> Table:
    bill, rows = bills[found.first].sel(year=year), []
    for k, part in enumerate(bill["part"].values.tolist()):
        annual, committed = (
            float(bill[kind][k]) for kind in ("annual_cost_yen", "committed_cost_yen")
        )
        if max(abs(annual), abs(committed)) > costs.ROUNDING:
            payer = said(f"payer_{bill['payer'].values[k]}")
            rows.append(
                [
                    Cell(_part(part), head=True), Cell(payer, left=True),
                    Cell(amount(annual, "yen per year"), annual),
                    Cell(amount(committed, "yen"), committed),
                ]
            )  # fmt: skip
    heads = [said("part"), said("payer"), said("annual_in", year), said("committed_in", year)]
    return Table(said("bill"), heads, rows, [said("bill_note")])


def _part(name: str) -> Said:
    """The name of a part of the cost."""
    if name in levers.NAMES:
        return Said(levers.label(name), levers.about(name).label_ja)
    return said(name)


def _per_unit(
    found: Material, bills: dict[str, xr.Dataset], others: Sequence[str], section: Section
) -> None:
    """Yen for one more of each target, and effects at equal money, draw by draw."""
    if not found.by_draw:
        section.points.append(said("no_per_unit"))
        return
    year, effects = found.year, found.effects(bills)
    heads = [said("scenario"), *(label(i) for i in AIMED)]
    rows = []
    for name in others:
        row = [Cell(found.titles[name], head=True)]
        for indicator in AIMED:
            one = _per_unit_of(found, effects, name, indicator, year)
            row.append(Cell(said("none") if one is None else span(one[0], one[1], "yen per year")))
        rows.append(row)
    section.tables.append(Table(said("per_unit", year), heads, rows, [said("per_unit_note")]))
    for indicator in AIMED:
        bars, csv = [], [["scenario", "indicator", "year", "unit", "yen_per_year", "low", "high"]]
        lines: list[list[object]] = [list(csv[0])]
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
                    f"equal-{indicator.name}", said("equal_title", label(indicator), year),
                    said("equal_caption", amount(EQUAL, "yen per year")), indicator.unit, bars,
                    papers.csv_text(lines), said("range_of_sets"),
                )  # fmt: skip
            )


def _per_unit_of(
    found: Material, effects: object, name: str, indicator: Indicator, year: int
) -> tuple[float, float] | None:
    from stsim.effects.side_by_side import BASELINE, Effects

    assert isinstance(effects, Effects)
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
    section.downloads.append((said("csv_of", said("attribution")), "attribution.csv",
                              papers.csv_text(lines)))  # fmt: skip
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


def uncertainty(found: Material) -> Section:
    """Which assumptions the largest change follows, where enough draws can tell."""
    section = Section("uncertainty", said("uncertainty"))
    draws = [ds.sizes.get("draw", 1) for ds in found.by_draw.values()]
    number = min(draws, default=0)
    if number < priors.LEAST or not found.others:
        section.missing = said("no_uncertainty", priors.LEAST)
        return section
    for name in found.others:
        for indicator in FANS:
            ranks = _ranks(found, name, indicator, number)
            if ranks:
                rows = [(plain(key), min(r, 0.0), max(r, 0.0)) for key, r in ranks.items()]
                lines: list[list[object]] = [["scenario", "indicator", "parameter", "rank"]]
                lines += [[name, indicator.name, key, r] for key, r in ranks.items()]
                section.figures.append(
                    charts.bars(
                        f"ranks-{name}-{indicator.name}",
                        said("ranks_title", found.titles[name], label(indicator), found.year),
                        said("ranks_caption", number), "1", rows, papers.csv_text(lines),
                    )  # fmt: skip
                )
    if not section.figures:
        section.missing = said("nothing_followed")
    return section


#: Parameters that are drawn for each change.
MOST = 6


def _ranks(found: Material, name: str, indicator: Indicator, number: int) -> dict[str, float]:
    """Rank correlations of a change with the parameters it clearly follows, the largest first."""
    by_draw = change(found, name, indicator.name, found.year)
    if by_draw is None or len(by_draw) < priors.LEAST:
        return {}
    if np.ptp(by_draw) <= 1e-9 * max(float(np.abs(by_draw).max()), 1.0):
        return {}
    ranks = priors.ranks(by_draw)
    most = sorted(ranks, key=lambda key: -abs(ranks[key]))[:MOST]
    return {key: ranks[key] for key in most}


def swept(found: Material) -> list[Section]:
    """The sections of a sweep: its runs, how they spread, and what moves them."""
    assert found.swept is not None
    ds = found.swept
    names = [i for i in TABLE if i.name in ds]
    dims = {i.name: str(ds[i.name].dims[-1]) for i in names}
    last = int(ds[dims[names[0].name]][-1])
    year = min(material.YEAR, last - 1)
    runs = Section("runs", said("runs", year))
    keys = [str(n) for n, c in ds.coords.items() if c.dims == ("run",) and n != "run_id"]
    heads = [*(plain(key) for key in keys), *(label(i) for i in names)]
    lines: list[list[object]] = [[*keys, *(i.name for i in names)]]
    rows = []
    for run in range(ds.sizes["run"]):
        row = [Cell(plain(ds[key].values[run]), head=True) for key in keys]
        values = [float(ds[i.name].isel(run=run).sel({dims[i.name]: year})) for i in names]
        lines.append([*(ds[key].values[run] for key in keys), *values])
        cells = [Cell(amount(v, i.unit), v) for v, i in zip(values, names, strict=True)]
        rows.append([*row, *cells])
    if len(rows) > MOST_RUNS:
        runs.lead.append(said("more_runs", len(rows), MOST_RUNS))
    runs.tables.append(Table(said("runs", year), heads, rows[:MOST_RUNS]))
    runs.downloads.append((said("csv_of", said("runs", year)), "runs.csv", papers.csv_text(lines)))
    moved = Section("tornado", said("tornado"), [said("tornado_lead")])
    for indicator in names:
        try:
            ends_of = papers.tornado(ds, indicator.name, year)
        except ValueError:
            continue
        rows_of = [
            (plain(key), float(ends_of["low"][k]), float(ends_of["high"][k]))
            for k, key in enumerate(ends_of["key"].values.tolist()[:MOST])
        ]
        centre = float(np.nanmedian(ds[indicator.name].sel({dims[indicator.name]: year}).values))
        bars = [(key, low - centre, high - centre) for key, low, high in rows_of]
        table: list[list[object]] = [["indicator", "year", "key", "low", "high"]]
        table += [[indicator.name, year, key.en, low, high] for key, low, high in rows_of]
        moved.figures.append(
            charts.bars(
                f"tornado-{indicator.name}",
                said("tornado_title", label(indicator), year),
                said("tornado_caption", said(f"how_{ends_of.attrs['how'].split()[0]}")),
                indicator.unit, bars, papers.csv_text(table),
            )  # fmt: skip
        )
    if not moved.figures:
        moved.missing = said("nothing_swept")
    return [runs, moved]


#: Runs of a sweep that are listed in the page; all are in its CSV.
MOST_RUNS = 40


def engines(found: Material) -> Section:
    """How far the two engines are apart."""
    section = Section("engines", said("engines"))
    rows = []
    lines: list[list[object]] = [["scenario", "indicator", "year", "stocks", "individuals"]]
    for name in found.names:
        for indicator in TABLE:
            values = found.measures[name].get(indicator.name)
            if values is None or "engine" not in values.dims:
                continue
            if "replicate" in values.dims:
                values = values.mean("replicate")
            stocks, people = values.sel(engine="stocks"), values.sel(engine="individuals")
            dim = str(stocks.dims[0])
            for year, a, b in zip(
                stocks[dim].values.tolist(), stocks.values.tolist(), people.values.tolist(),
                strict=True,
            ):  # fmt: skip
                lines.append([name, indicator.name, year, a, b])
            gap = np.abs(people / stocks.where(stocks != 0) - 1).fillna(0.0).values
            at = int(np.argmax(gap))
            pair = (float(stocks[at]), float(people[at]))
            rows.append(
                [
                    Cell(found.titles[name], head=True), Cell(label(indicator), left=True),
                    Cell(plain(int(stocks[dim][at]))),
                    *(Cell(amount(v, indicator.unit), v) for v in pair),
                    Cell(plain(f"{100 * gap[at]:.2f} %"), float(gap[at])),
                ]
            )  # fmt: skip
    if not rows:
        section.missing = said("one_engine")
        return section
    section.lead.append(said("engines_lead"))
    heads = [said(k) for k in ("scenario", "indicator", "year", "stocks", "individuals", "gap")]
    section.tables.append(Table(said("engines"), heads, rows))
    section.downloads.append(
        (said("csv_of", said("engines")), "engines.csv", papers.csv_text(lines))
    )
    return section


#: Every section of a report on scenarios, in order; those on levers and assumptions follow.
OF_SCENARIOS: tuple[Callable[[Material], Section], ...] = (
    answers, scenario_table, fans, pyramids, moves, careers, money, attribution, uncertainty,
)  # fmt: skip
