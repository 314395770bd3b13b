"""What ranges follow, and how far the engines are apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stsim import papers, priors
from stsim.measures import Indicator, about
from stsim.plot.text import LANGUAGES
from stsim.reports import bars
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
            ranks = _ranks(found, name, indicator)
            if ranks:
                rows = [(key_label(key), min(r, 0.0), max(r, 0.0)) for key, r in ranks.items()]
                lines: list[list[object]] = [["scenario", "indicator", "parameter", "rank"]]
                lines += [[name, indicator.name, key, r] for key, r in ranks.items()]
                section.figures.append(
                    bars.bars(
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
    rows, shares = [], []
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
            shares.append((joined([title, said(f"of_{kind}")], (", ", "、")), known))
    one = lines[0]
    section.lead.append(said("budget_lead", one["scenario"], one["year"]))
    section.tables.append(Table(said("budget"), heads, rows, [said("budget_note")]))
    text: list[list[object]] = [list[object](one)]
    text += [list[object](line.values()) for line in lines]
    section.figures.append(
        bars.stacked(
            "budget",
            said("budget"),
            said("budget_caption"),
            "share",
            shares,
            names,
            papers.csv_text(text),
        )
    )


#: Parameters that are drawn for each change.
MOST = 6


def _ranks(found: Material, name: str, indicator: Indicator) -> dict[str, float]:
    """Rank correlations of a change with the parameters it clearly follows, the largest first."""
    by_draw = change(found, name, indicator.name, found.year)
    if by_draw is None or len(by_draw) < priors.LEAST:
        return {}
    if np.ptp(by_draw) <= 1e-9 * max(float(np.abs(by_draw).max()), 1.0):
        return {}
    ranks = priors.ranks(by_draw)
    most = sorted(ranks, key=lambda key: -abs(ranks[key]))[:MOST]
    return {key: ranks[key] for key in most}


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
