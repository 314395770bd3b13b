"""What ranges follow, what moves a sweep, and how far the engines are apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stsim import papers, priors
from stsim.measures import Indicator, about
from stsim.plot.text import LANGUAGES
from stsim.reports import charts, material
from stsim.reports.answers import FANS, TABLE, change
from stsim.reports.material import Material
from stsim.reports.said import (
    Cell,
    Said,
    Section,
    Table,
    amount,
    joined,
    key_label,
    label,
    plain,
    said,
)
from stsim.words import word


def uncertainty(found: Material) -> Section:
    """Which assumptions the largest change follows, where enough draws can tell."""
    section = Section("uncertainty", said("uncertainty"))
    if found.shares:
        _budget(found.shares, section)
        return section
    draws = [ds.sizes.get("draw", 1) for ds in found.by_draw.values()]
    number = min(draws, default=0)
    if number < priors.LEAST or not found.others:
        section.missing = said("no_uncertainty", priors.LEAST)
        return section
    for name in found.others:
        for indicator in FANS:
            ranks = _ranks(found, name, indicator, number)
            if ranks:
                rows = [(key_label(key), min(r, 0.0), max(r, 0.0)) for key, r in ranks.items()]
                lines: list[list[object]] = [["scenario", "indicator", "parameter", "rank"]]
                lines += [[name, indicator.name, key, r] for key, r in ranks.items()]
                section.figures.append(
                    charts.bars(
                        f"ranks-{name}-{indicator.name}",
                        said("ranks_title", found.titles[name], label(indicator), found.year),
                        said("ranks_caption", number),
                        "1",
                        rows,
                        papers.csv_text(lines),
                    )
                )
    if not section.figures:
        section.missing = said("nothing_followed")
    return section


def _budget(lines: Sequence[Mapping[str, str]], section: Section) -> None:
    """The parts of the variance of every headline number, as `job=uncertainty` has found them."""
    rows_of: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
    for line in lines:
        pair = (float(line["share"] or "nan"), float(line["share_error"] or "nan"))
        rows_of.setdefault((line["indicator"], line["of"]), {})[line["part"]] = pair
    parts = list(dict.fromkeys(line["part"] for line in lines))
    names = {p: Said(*(word(f"part_{p}", lang) for lang in LANGUAGES)) for p in parts}
    heads = [said("indicator"), said("of_what"), *names.values()]
    rows, bars = [], []
    for (name, kind), by_part in rows_of.items():
        title = label(about(name))
        cells = [Cell(title, head=True), Cell(said(f"of_{kind}"), left=True)]
        for part in parts:
            share, error = by_part[part]
            printed = "–" if share != share else f"{100 * share:.0f} ± {100 * error:.0f} %"
            cells.append(Cell(plain(printed.replace("-", "−")), share))
        rows.append(cells)
        known = {p: share for p, (share, _) in by_part.items() if share == share}
        if known:
            bars.append((joined([title, said(f"of_{kind}")], (", ", "、")), known))
    one = lines[0]
    section.lead.append(said("budget_lead", one["scenario"], one["year"]))
    section.tables.append(Table(said("budget"), heads, rows, [said("budget_note")]))
    text: list[list[object]] = [list[object](one)]
    text += [list[object](line.values()) for line in lines]
    section.figures.append(
        charts.stacked(
            "budget",
            said("budget"),
            said("budget_caption"),
            "share",
            bars,
            names,
            papers.csv_text(text),
        )
    )


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
    moved = Section("tornado", said("tornado"))
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
                indicator.unit,
                bars,
                papers.csv_text(table),
                two=True,
            )
        )
    if moved.figures:
        moved.lead.append(said("tornado_lead"))
    else:
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
                stocks[dim].values.tolist(),
                stocks.values.tolist(),
                people.values.tolist(),
                strict=True,
            ):
                lines.append([name, indicator.name, year, a, b])
            gap = abs(people / stocks.where(stocks != 0) - 1).fillna(0.0).values
            at = int(np.argmax(gap))
            pair = (float(stocks[at]), float(people[at]))
            rows.append(
                [
                    Cell(found.titles[name], head=True),
                    Cell(label(indicator), left=True),
                    Cell(plain(int(stocks[dim][at]))),
                    *(Cell(amount(v, indicator.unit), v) for v in pair),
                    Cell(plain(f"{100 * gap[at]:.2f} %"), float(gap[at])),
                ]
            )
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
