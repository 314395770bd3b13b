"""The data sheet: every file and series that is shipped, printed from the files themselves."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from stsim import levers, observed, params, paths
from stsim.compose import compose
from stsim.describe.markdown import plain, table

SOURCES, LICENCES = observed.DATA / "SOURCES.md", observed.DATA / "DATA-LICENSES.md"
#: What is said of terms that nobody has read at the publisher.
UNCHECKED = "not checked at the publisher"
#: A note of this many letters or fewer stands as it is; of longer ones the beginning.
NOTE = 300
#: How many different notes of a series are printed.
NOTES = 4
#: Words of a note that tell of a break.
BREAKS = re.compile(r"break|not comparable|scope|rebased|definition", re.IGNORECASE)


def parts() -> dict[str, str]:
    """What docs/data.md asks for."""
    record = observed.record()
    return {
        "data_files": files(),
        "data_series": "\n\n".join(_series(record)),
        "data_evidence_levers": evidence("levers.csv"),
        "data_evidence_behaviour": evidence("behaviour.csv"),
        "data_ledger": ledger(record),
        "data_targets": targets(record),
        "data_licences": "\n".join(_rows_of(LICENCES)),
        "data_transcribed": f"{transcribed(record):.0%}".replace("%", " %"),
        "data_record": f"{len(record.rows):,} numbers in {len(_names(record))} series",
    }


def _names(record: observed.Record) -> list[str]:
    return sorted({row.series for row in record.rows})


def _rows_of(path: Path) -> list[str]:
    """The lines of the first table of a page."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]


def cells(path: Path) -> list[list[str]]:
    """The rows of the first table of a page, without its head."""
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in _rows_of(path)][2:]


def transcribed(record: observed.Record) -> float:
    """The part of the numbers that were read in a public repository."""
    return sum("github.com" in row.url for row in record.rows) / len(record.rows)


def files() -> str:
    """Every table of the package: its rows, columns, and the modules that read it."""
    rows = []
    texts = {path: path.read_text(encoding="utf-8") for path in paths.PACKAGE.rglob("*.py")}
    for path in sorted(observed.DATA.rglob("*.csv")):
        with path.open(encoding="utf-8") as file:
            heads, *lines = csv.reader(file)
        name = path.relative_to(observed.DATA).as_posix()
        # this page only describes; the record is read through `observed.py`
        readers = [
            _module(where)
            for where, text in sorted(texts.items())
            if f'"{name}"' in text and where.parent.name != "describe"
        ]
        kinds = Counter(dict(zip(heads, line, strict=True)).get("kind", "") for line in lines)
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()) if kind)
        rows.append(
            (f"`{name}`", f"{len(lines):,}", said or "–", ", ".join(heads),
             ", ".join(readers) or "named by sources of levers and parameters")
        )  # fmt: skip
    return table(("File", "Rows", "Kinds", "Columns", "Read by"), rows, "Rows")


def evidence(file: str) -> str:
    """One table of evidence row by row: what it says, how sure that is, and who says it."""
    with (observed.DATA / "evidence" / file).open(encoding="utf-8") as lines:
        rows = [
            (
                f"`{row['parameter']}`",
                row["value"] + (f" ({row['low']} to {row['high']})" if row["low"] else ""),
                plain(row["unit"]), row["kind"].replace("_", " "),
                plain(row["source"]) + (f" <{row['url']}>" if row["url"] else ""),
            )
            for row in csv.DictReader(lines)
        ]  # fmt: skip
    return table(("Row", "Value", "Unit", "Kind", "Source"), rows, "Value")


def ledger(record: observed.Record) -> str:
    """The base-year ledger line by line."""
    rows = [
        (row.kind.replace("_", " "), row.source, row.target or "–", f"{row.persons:,.0f}",
         row.source_kind, plain(row.note))
        for row in record.ledger_rows()
    ]  # fmt: skip
    return table(("Kind", "From", "To", "Persons", "How it is known", "Note"), rows, "Persons")


def targets(record: observed.Record) -> str:
    """The published goals."""
    rows = [
        (plain(goal.title_en), str(goal.year), f"{goal.value:,g} {goal.unit}",
         plain(goal.source) + f" <{goal.url}>")
        for goal in record.targets()
    ]  # fmt: skip
    return table(("Goal", "Year", "Value", "Source"), rows)


def _module(path: Path) -> str:
    return f"`{path.relative_to(paths.PACKAGE).as_posix()}`"


def _series(record: observed.Record) -> Iterator[str]:
    about = {row[0].strip("`"): row for row in cells(SOURCES)}
    readers, named = _readers(), _named_by()
    breaks = _breaks()
    for name in _names(record):
        rows = record.series_rows(name)
        _, _, publisher, _, grade, caveat = about[name]
        lines = [
            f"- *Publisher or source:* {publisher}; grade {grade}",
            f"- *Span:* {span(row.year for row in rows)}; {len(rows)} rows in {rows[0].unit}"
            + _by(rows),
            f"- *Known errors:* {caveat}",
            f"- *Breaks:* {'; '.join(_broken(rows, breaks.get(name, []))) or 'none is noted'}",
            f"- *Terms:* {'; '.join(_terms(publisher))}",
            f"- *Read by:* {_read_by(readers.get(name, []), named.get(name, []), rows)}",
        ]
        yield f'<a id="series-{name}"></a>\n### `{name}`\n\n' + "\n".join(
            [*lines, *_cited(rows), *_notes(rows)]
        )


def span(years: Iterable[int]) -> str:
    """First and last year, and how many there are where years are missing between."""
    there = sorted(set(years))
    if len(there) == 1:
        return str(there[0])
    gaps = there[-1] - there[0] + 1 - len(there)
    missing = f" ({len(there)} years, {gaps} between them missing)" if gaps else " (every year)"
    return f"{there[0]} to {there[-1]}{missing}"


def _by(rows: Sequence[observed.Row]) -> str:
    """What a series is told apart by."""
    split = [
        f"{column} ({len(values)})"
        for column in ("field", "sex", "age", "status")
        if len(values := {getattr(row, column) for row in rows}) > 1
    ]
    return f", by {', '.join(split)}" if split else ""


def _breaks() -> dict[str, list[str]]:
    """What scope_breaks.csv holds, by series."""
    found: dict[str, list[str]] = {}
    with (observed.DATA / "scope_breaks.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            said = (
                f"{row['year']} {row['age']} {row['status']}: factor {row['factor']} ± {row['sd']}"
            )
            found.setdefault(row["series"], []).append(said)
    return found


def _broken(rows: Sequence[observed.Row], factors: list[str]) -> Iterator[str]:
    yield from (f"{plain(said)} (`scope_breaks.csv`)" for said in factors)
    for note, years in _by_text((row.note, row.year) for row in rows):
        if BREAKS.search(note):
            yield f"{span(years)}: {plain(_short(note))}"


def _by_text(pairs: Iterable[tuple[str, int]]) -> list[tuple[str, list[int]]]:
    """Different texts with the years that bear them, in the order they come in."""
    found: dict[str, list[int]] = {}
    for text, year in pairs:
        if text:
            found.setdefault(text, []).append(year)
    return list(found.items())


def _short(note: str) -> str:
    return note if len(note) <= NOTE else note[:NOTE].rsplit(" ", 1)[0] + " …"


def _terms(publisher: str) -> Iterator[str]:
    """What is generally known of the terms of the publishers named, and that it is only that."""
    found = False
    for names, _, known, _ in cells(LICENCES):
        words = [word for word in re.split(r"[,() ]+", names) if word[:1].isupper()]
        here = [word for word in words if re.search(rf"\b{re.escape(word)}\b", publisher)]
        if here:
            found = True
            yield f"{', '.join(here)}: {known}"
    yield UNCHECKED if found else f"not known; {UNCHECKED}"


def _readers() -> dict[str, list[str]]:
    """The modules in which a series stands under its full name."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths.PACKAGE.rglob("*.py")):
        constants = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        for name in constants:
            found.setdefault(name, []).append(_module(path))
    return found


def _named_by() -> dict[str, list[str]]:
    """The levers, parameters and assumptions whose source names a series."""
    law = compose().law
    sources = {f"policy.{name}": law[name].source for name in levers.NAMES}
    sources |= {f"params.{name}": params.prior(name).source for name in params.NAMES}
    sources |= {a.name: a.source for a in observed.record().assumptions()}
    found: dict[str, list[str]] = {}
    for name, source in sources.items():
        for word in set(re.findall(r"\w+", source)):
            found.setdefault(word, []).append(f"`{name}`")
    return found


def _read_by(modules: list[str], sources: list[str], rows: Sequence[observed.Row]) -> str:
    said = [", ".join(modules)] if modules else []
    if sources:
        said.append(f"source of {', '.join(sorted(sources))}")
    if not said and all(row.status == "target" for row in rows):
        said.append("nothing: a goal, which the model reports on through `targets.csv`")
    return "; ".join(said) or "nothing yet"


def _cited(rows: Sequence[observed.Row]) -> Iterator[str]:
    """Each source column as it stands, its years, and its addresses."""
    for source, years in _by_text((row.source, row.year) for row in rows):
        addresses = sorted({row.url for row in rows if row.source == source and row.url})
        links = " ".join(f"<{address}>" for address in addresses) or "no address"
        yield f"- *Source,* {span(years)}: {plain(source)}. {links}"


def _notes(rows: Sequence[observed.Row]) -> Iterator[str]:
    """The note column: different notes, the longest-lived first, and how many more there are."""
    notes = sorted(_by_text((row.note, row.year) for row in rows), key=lambda pair: -len(pair[1]))
    for note, years in notes[:NOTES]:
        yield f"- *Note,* {span(years)}: {plain(_short(note))}"
    if len(notes) > NOTES:
        yield f"- *Note:* {len(notes) - NOTES} more in the note column"
