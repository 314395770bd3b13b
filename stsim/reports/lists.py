"""The sections that list: every lever, every assumption, and where all of it is from."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from stsim import draws, levers, observed, papers, params
from stsim.compose import compose
from stsim.given import BASE_YEAR, TODAY
from stsim.params import ByField
from stsim.provenance import about as made_with
from stsim.reports.material import Material
from stsim.reports.said import (
    Cell,
    Said,
    Section,
    Table,
    joined,
    lever_label,
    parameter_label,
    plain,
    said,
)
from stsim.reports.words import UNITS

#: Years in which the values of levers are listed.
YEARS = (TODAY, 2027, 2028, 2029, 2030, 2035, 2040)


def _exact(value: float) -> str:
    return f"{round(value, 4):,.12g}"


def unit_label(name: str) -> Said:
    """A unit in words."""
    return Said(name, UNITS.get(name, name))


def of_levers(found: Material) -> Section:
    """Every lever: its value by year under the law and in each scenario, unit and source."""
    section = Section("levers", said("levers"), [said("levers_lead")])
    law = compose().law
    lines: list[list[object]] = [
        ["lever", "scenario", "year", "value", "unit", "source", "kind", "evidence"]
    ]
    heads = [said("lever"), said("unit"), said("under"), *(plain(year) for year in YEARS)]
    rows, origins = [], []
    acting = {name: found.acting(name) for name in found.names}
    for lever in levers.NAMES:
        about, stands = levers.about(lever), law[lever]
        title = lever_label(lever)
        changed = [name for name in found.names if lever in acting[name]]
        sources = [joined([said(f"kind_{stands.kind}"), plain(stands.source)], (": ", "："))]
        if about.yen_each is not None:
            payer = said(f"payer_{about.payer}")
            sources.append(said("price", f"{about.yen_each:,.0f}", payer, about.price_source))
        else:
            sources.append(plain("–"))
        kind = Said(*levers.EVIDENCE[about.evidence])
        sources.append(said("evidence_of", kind, about.evidence_note or "–"))
        of_law = [stands.timeline.at(year) for year in YEARS]
        rows.append(
            [
                Cell(title, small=[plain(lever)], head=True, rows=1 + len(changed)),
                Cell(unit_label(about.unit), left=True), Cell(said("law"), left=True),
                *(Cell(plain(_exact(v)), v) for v in of_law),
            ]
        )  # fmt: skip
        origins.append(
            [
                Cell(title, small=[plain(lever)], head=True),
                *(Cell(part, left=True) for part in sources),
            ]
        )
        for year in YEARS:
            lines.append(
                [lever, "law", year, stands.timeline.at(year), about.unit, stands.source,
                 stands.kind, about.evidence]
            )  # fmt: skip
        for name in changed:
            line = found.people[name][f"policy_{lever}"]
            known = line["year"].values.tolist()
            of_policy = [float(line.sel(year=y)) if y in known else float("nan") for y in YEARS]
            rows.append(
                [
                    Cell(unit_label(about.unit), left=True), Cell(found.titles[name], left=True),
                    *(Cell(plain("–" if v != v else _exact(v)), v) for v in of_policy),
                ]
            )  # fmt: skip
            years = zip(known, line.values.tolist(), strict=True)
            lines += [[lever, name, y, v, about.unit, "scenario", "", ""] for y, v in years]
    if not found.people:
        section.lead.append(said("levers_law_only"))
    section.tables.append(Table(said("levers_table"), heads, rows))
    heads = [said("lever"), said("source"), said("price_payer"), said("effect_evidence")]
    section.tables.append(Table(said("levers_sources"), heads, origins, texts=True))
    section.downloads.append((said("csv_of", said("levers")), "levers.csv", papers.csv_text(lines)))
    return section


def assumptions(found: Material) -> Section:
    """Every parameter with prior, posterior, source and whether the record identifies it."""
    from stsim.simulation import fitted, prepare

    section = Section("assumptions", said("assumptions"), [said("assumptions_lead")])
    central = fitted()
    config = compose([f"params={found.parameter_set}"])
    drawn, parts = draws.quantiles(central, 0.05, 0.95), draws.identified(central)
    heads = [
        said(k)
        for k in (
            "parameter",
            "unit",
            "value",
            "prior",
            "posterior",
            "identified",
            "kind",
            "source",
        )
    ]
    rows = []
    lines: list[list[object]] = [
        ["parameter", "unit", "value", "prior_05", "prior_95", "posterior_05", "posterior_95",
         "identified", "kind", "source", "label", "label_ja"]
    ]  # fmt: skip
    for name in params.NAMES:
        about, value = params.prior(name), getattr(config.params, name)
        each = (
            {f"{name}.{field}": getattr(value, field) for field in params.FIELDS}
            if isinstance(value, ByField)
            else {name: value}
        )
        for k, (key, number) in enumerate(each.items()):
            low, high = drawn[key]
            part = parts.get(key)
            how = said("not_fitted") if part is None else plain(f"{100 * part:.0f} %")
            if part is not None and part < draws.UNMOVED:
                how = said("hardly", f"{100 * part:.0f}")
            beyond = " *" if params.beyond_prior(name, number) else ""
            rows.append(
                [
                    Cell(parameter_label(*key.split(".")), small=[plain(key)], head=True),
                    Cell(unit_label(about.unit), left=True),
                    Cell(plain(f"{number:g}{beyond}"), float(number)),
                    Cell(plain(f"{about.low:g} – {about.high:g}")),
                    Cell(plain(f"{low:.3g} – {high:.3g}")),
                    Cell(how), Cell(said(f"kind_{about.kind}"), left=True),
                    Cell(plain(about.source if k == 0 else "″"), left=True),
                ]
            )  # fmt: skip
            lines.append(
                [key, about.unit, float(number), about.low, about.high, low, high,
                 "" if part is None else part, about.kind, about.source, params.label(name),
                 params.label(name, "ja")]
            )  # fmt: skip
    section.tables.append(Table(said("parameters"), heads, rows, [said("beyond")]))
    section.downloads.append(
        (said("csv_of", said("parameters")), "parameters.csv", papers.csv_text(lines))
    )
    record, items = observed.record(), prepare(config).start.items
    heads = [said(k) for k in ("assumption", "unit", "value", "range_of", "kind", "source")]
    rows, listed = [], {item.name for item in items}
    lines = [["assumption", "unit", "value", "low", "high", "kind", "source"]]
    others: list[tuple[Any, ...]] = [
        (a.name, a.unit, a.value, a.low, a.high, "assumption", a.source)
        for a in record.assumptions()
        if a.name not in listed and a.year in (config.years.first, BASE_YEAR)
    ]
    own: list[tuple[Any, ...]] = [
        (i.name, i.unit, i.value, i.low, i.high, i.kind, i.source) for i in items
    ]
    for name, unit, value, least, most, kind, source in (*own, *others):
        spread = "" if least is None else f"{least:,g} – {most:,g}"
        rows.append(
            [
                Cell(plain(name.replace("_", " ")), head=True), Cell(unit_label(unit), left=True),
                Cell(plain(f"{value:,.4g}" if abs(value) < 100 else f"{value:,.0f}"), float(value)),
                Cell(plain(spread)), Cell(plain(kind), left=True), Cell(plain(source), left=True),
            ]
        )  # fmt: skip
        lines.append([name, unit, float(value), _or_none(least), _or_none(most), kind, source])
    section.tables.append(Table(said("start", config.years.first), heads, rows))
    section.downloads.append(
        (said("csv_of", said("start", config.years.first)), "start.csv", papers.csv_text(lines))
    )
    return section


def _or_none(value: Any) -> object:
    return "" if value is None else float(value)


def provenance(found: Material) -> Section:
    """Code, data, runs and libraries, sources of targets, and the command that makes the page."""
    section = Section("provenance", said("provenance"))
    section.lead.append(said("command"))
    section.code = [as_command(found.command)]
    now = made_with()
    environment = now["environment"]
    about: Mapping[str, str] = {
        "stsim": str(now["code"]),
        "data_sha256": str(now["data_sha256"]),
        "data": "; ".join(f"{file} {digest}" for file, digest in now["data"].items()),
        "draws_sha256": draws.sha256(),
        "python": f"{environment['python']}, {environment['machine']}",
        "libraries": ", ".join(f"{k} {v}" for k, v in environment["libraries"].items()),
        **found.provenance,
    }
    rows = [[Cell(plain(k), head=True), Cell(plain(v), left=True)] for k, v in about.items()]
    section.tables.append(Table(said("provenance"), [said("what"), said("value")], rows))
    rows = [
        [
            Cell(Said(t.title_en, t.title_ja), head=True), Cell(plain(t.source), left=True),
            Cell(plain(t.url), left=True),
        ]
        for t in observed.record().targets()
    ]  # fmt: skip
    heads = [said("the_target"), said("source"), said("address")]
    section.tables.append(Table(said("targets"), heads, rows))
    return section


def as_command(words: Sequence[str]) -> str:
    """Words as they are typed; a Python call stays as it is."""
    if words and words[0].startswith("stsim."):
        return words[0]
    return shlex.join(["python", "-m", "stsim", *words])
