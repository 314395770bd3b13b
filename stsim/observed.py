"""Read the observed record: published numbers, the base-year ledger and the policy targets.

Everything comes from the CSV files of one folder, by default ``stsim/data``.  Reading checks every
row and stops at the first fault with a one-line :class:`DataError` naming file, line and value.
Years are fiscal years (April start) unless the note of a row says ``calendar``; population counts
are of 1 October or mid-year.  An empty field, sex, age or status means the total over it.
"""

from __future__ import annotations

import csv
import difflib
import functools
import hashlib
import io
import itertools
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from stsim import files

FIELDS = ("humanities_social", "science", "engineering", "agriculture", "health", "other")
OUTSIDE = ("entrants", "extra_entry", "outside", "left_research")  # ledger names without a stock
DATA = Path(__file__).resolve().parent / "data"
PROJECTION = "IPSS2023_medium_table1-9"
Breaks = dict[tuple[str, str, str], dict[int, float]]
LEDGER_YEAR = 2023  # the base year ends with the count of this year
SIGNED = ("relative_change", "stock_change")  # units and ledger kinds that may be negative
UNITS = ("persons", "fraction", "years", "yen_per_month", "persons_per_million")
LEAP = 20  # the record's largest step between two counts of a series is ninefold
COLUMNS = {  # * part of the key, ! never empty
    "observed.csv": "series*! year* geo*! field* sex* age* status* value unit! source! url note",
    "base_year_ledger.csv": "kind*! from*! to* persons source_kind! note",
    "fields.csv": "survey_field*! model_field note!",
    "scope_breaks.csv": "series*! year* age* status* factor sd source! note",
    "assumptions.csv": "name* year* value low high unit! source!",
    "targets.csv": "indicator*! year* value unit! scored! title_en! title_ja! source! url",
}


class DataError(ValueError):
    """The data folder is faulty, or something was asked for that it does not hold."""


class Row(NamedTuple):
    """One published number with its source."""

    series: str
    year: int
    geo: str
    field: str
    sex: str
    age: str
    status: str
    value: float
    unit: str
    source: str
    url: str
    note: str


class LedgerRow(NamedTuple):
    """One line of the balanced base year: a stock, its change over the year, or a flow."""

    kind: str
    source: str
    target: str
    persons: float
    source_kind: str
    note: str


class Assumption(NamedTuple):
    """A number nobody counted: what the model takes instead, with a 90 % range and the reason."""

    name: str
    year: int
    value: float
    low: float
    high: float
    unit: str
    source: str


@dataclass(frozen=True)
class Target:
    """A published policy goal; ``scored`` tells whether the model reports distance to it."""

    indicator: str
    year: int
    value: float
    unit: str
    scored: bool
    title_en: str
    title_ja: str
    source: str
    url: str


class Series(dict[int, float]):
    """Values by year of one breakdown of a series; a year it lacks is a DataError that says so."""

    def __init__(self, values: Mapping[int, float], name: str) -> None:
        super().__init__(values)
        self.name = name

    def __missing__(self, year: int) -> float:
        known = f"{min(self)} to {max(self)}" if self else "none"
        raise DataError(f"{self.name} has no value for {year} (years there: {known})")


class SeriesByField(dict[str, Series]):
    """Values by year for each model field; a field the survey lacks is a DataError."""

    def __init__(self, values: Mapping[str, Series], name: str) -> None:
        super().__init__(values)
        self.name = name

    def __missing__(self, field: str) -> Series:
        raise DataError(f"{self.name} has no rows for the field {field!r}; it has {[*self]}")


@dataclass(frozen=True, eq=False)
class Record:
    """Everything read from one data folder; make it with :func:`read` or :func:`record`."""

    rows: tuple[Row, ...]
    sha256: str
    _by_series: dict[str, tuple[Row, ...]]
    _field_map: dict[str, str]
    _ledger: tuple[LedgerRow, ...]
    _breaks: Breaks
    _targets: tuple[Target, ...]
    _assumptions: dict[tuple[str, int], Assumption]

    def series_rows(self, name: str) -> tuple[Row, ...]:
        """All rows of one series, with their sources and notes."""
        _known(name, self._by_series, "series")
        return self._by_series[name]

    def series(
        self,
        name: str,
        *,
        field: str = "",
        sex: str = "",
        age: str = "",
        status: str = "",
        geo: str = "JPN",
    ) -> Series:
        """Values of one series by year, for exactly the given breakdown (empty means total)."""
        asked = {"field": field, "sex": sex, "age": age, "status": status, "geo": geo}
        rows, want = self.series_rows(name), tuple(asked.values())
        found = {r.year: r.value for r in rows if (r.field, r.sex, r.age, r.status, r.geo) == want}
        said = ", ".join(f"{key}={value}" for key, value in asked.items() if value and key != "geo")
        if not found:
            there = "; ".join(f"{k} {sorted({getattr(r, k) for r in rows})}" for k in asked)
            raise DataError(
                f"series {name!r} has no row with {said or 'no filter'}; it has {there}"
            )
        return Series(found, f"series {name!r} ({said})" if said else f"series {name!r}")

    def by_field(
        self, name: str, *, sex: str = "", age: str = "", status: str = "", geo: str = "JPN"
    ) -> SeriesByField:
        """Persons by model field and year, summed over the survey's own fields.

        Totals and fields outside the six (institution kinds, ``science_engineering``) are left
        out.  A year that lacks one of the survey's fields is a DataError.
        """
        years: dict[int, dict[str, float]] = {}
        for r in self.series_rows(name):
            if self._field_map.get(r.field) and (r.sex, r.age, r.status, r.geo) == (
                (sex, age, status, geo)
            ):
                if r.unit != "persons":
                    raise DataError(f"series {name!r} is in {r.unit!r}: only persons can be summed")
                years.setdefault(r.year, {})[r.field] = r.value
        if not years:
            raise DataError(f"series {name!r} has no row by field with these filters")
        wanted = set().union(*years.values())
        there = {self._field_map[s] for s in wanted}
        result = {f: Series({}, f"series {name!r}, field {f}") for f in FIELDS if f in there}
        for year, values in sorted(years.items()):
            if lacking := sorted(wanted - set(values)):
                raise DataError(f"series {name!r} lacks the field {lacking[0]!r} in {year}")
            for survey_field, value in values.items():
                one = result[self._field_map[survey_field]]
                one[year] = one.get(year, 0.0) + value
        return SeriesByField(result, f"series {name!r}")

    def ledger_rows(self) -> tuple[LedgerRow, ...]:
        """All lines of the base-year ledger in file order."""
        return self._ledger

    def ledger_stock(self, stage: str) -> float:
        """Persons in a stage at the end of the base year: opening stock plus its change."""
        _known(stage, [r.source for r in self._ledger if r.kind == "stock"], "ledger stage")
        return sum(r.persons for r in self._ledger if r.kind != "flow" and r.source == stage)

    def ledger_flow(self, source: str, target: str) -> float:
        """Persons who moved from one stage to another in the base year (0.0 if no such line)."""
        names = {r.source for r in self._ledger} | set(OUTSIDE)
        for name in (source, target):
            _known(name, names, "ledger name")
        pair = ("flow", source, target)
        return sum((r.persons for r in self._ledger if r[:3] == pair), 0.0)

    def scope_factor(self, series: str, year: int, age: str, status: str) -> float:
        """Count under the scope of that year over the count under the first scope.

        Divide an observed count by it to get one comparable series; 1.0 before the break.
        """
        if (series, age, status) not in self._breaks:
            known = ", ".join("/".join(cell) for cell in sorted(self._breaks))
            raise DataError(f"no scope break for {series}/{age}/{status}; known are {known}")
        return math.prod(f for y, f in self._breaks[series, age, status].items() if y <= year)

    def population(self, year: int) -> float:
        """Persons living in Japan in a year between 1960 and 2070.

        The official 1 October count where the record has one, else the World Bank's mid-year total
        to 2024, else the IPSS 2023 medium projection.  The World Bank's figure lies within 0.25 %
        of the official one in every year that has both (0.15 % since 2000), so a change of source
        adds up to about 0.2 million to a year's step: 2015-16, 2019-20, 2022-23 and 2024-25.
        """
        for name, status in (
            ("population_total_official", ""),
            ("population_total", ""),
            ("population_total_projection", PROJECTION),
        ):
            values = self.series(name, status=status)
            if year in values:
                return values[year]
        raise DataError(f"no population for {year!r}: the record covers 1960 to 2070")

    def until(self, year: int) -> Record:
        """What was on record when the counts of a year were the last: for forecasts of known years.

        Projections, the ledger, assumptions and scope breaks of later years go as well.
        """

        def early(row: Row) -> bool:
            return row.year <= year and not row.series.endswith("_projection")

        kept = tuple(filter(early, self.rows))
        by_series = {n: tuple(filter(early, rows)) for n, rows in self._by_series.items()}
        return replace(
            self,
            rows=kept,
            sha256=hashlib.sha256(repr((year, kept)).encode()).hexdigest(),
            _by_series={name: rows for name, rows in by_series.items() if rows},
            _ledger=self._ledger if year >= LEDGER_YEAR else (),
            _breaks={
                cell: {y: factor for y, factor in factors.items() if y <= year}
                for cell, factors in self._breaks.items()
            },
            _targets=(),
            _assumptions={k: a for k, a in self._assumptions.items() if a.year <= year},
        )

    def assumption(self, name: str, year: int) -> Assumption:
        """What the model takes for a number nobody counted, in a start year."""
        _known(name, {known for known, _ in self._assumptions}, "assumption")
        if (name, year) not in self._assumptions:
            raise DataError(f"assumption {name!r} has no row for {year}")
        return self._assumptions[name, year]

    def assumptions(self) -> tuple[Assumption, ...]:
        """All assumptions in file order."""
        return tuple(self._assumptions.values())

    def targets(self) -> tuple[Target, ...]:
        """The published policy goals in file order."""
        return self._targets


@functools.cache
def record() -> Record:
    """The record of the package's own data folder, read once."""
    return read()


def read(folder: Path | None = None) -> Record:
    """Read and check a data folder (default: the package's own)."""
    folder = DATA if folder is None else Path(folder)
    fields = _read_fields(folder)
    breaks = _read_breaks(folder)
    rows = tuple(_read_rows(folder, fields, breaks))
    by_series: dict[str, list[Row]] = {}
    for row in rows:
        by_series.setdefault(row.series, []).append(row)
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.csv")):
        data = _read(path)
        digest.update(f"{path.name}\0{len(data)}\0".encode() + data)
    return Record(
        rows=rows,
        sha256=digest.hexdigest(),
        _by_series={name: tuple(some) for name, some in by_series.items()},
        _field_map=fields,
        _ledger=_read_ledger(folder),
        _breaks=breaks,
        _targets=tuple(_read_targets(folder)),
        _assumptions={(a.name, a.year): a for a in _read_assumptions(folder)},
    )


def _known(name: str, names: Collection[str], what: str) -> None:
    """Raise a DataError naming the nearest known names if this one is unknown."""
    if name not in names:
        near = difflib.get_close_matches(name, sorted(set(names)), n=3, cutoff=0.0)
        raise DataError(f"unknown {what} {name!r}; nearest: {', '.join(near)}")


class _Line(NamedTuple):
    """One line of a CSV file, which names itself in an error."""

    file: str
    number: int
    cells: dict[str, str]

    def fault(self, text: str) -> DataError:
        return DataError(f"{self.file}, line {self.number}: {text}")

    def year(self) -> int:
        text = self.cells["year"]
        if not (len(text) == 4 and text.isascii() and text.isdigit()):
            raise self.fault(f"year is not a four-digit integer: {text!r}")
        return int(text)

    def value(self, column: str, unit: str = "persons") -> float:
        text = self.cells[column]
        try:
            value = float(text.replace("_", "?"))
        except ValueError:
            raise self.fault(f"{column} is not a number: {text!r}") from None
        if not math.isfinite(value):
            raise self.fault(f"{column} is not finite: {text!r}")
        if value < 0 and unit not in SIGNED:
            raise self.fault(f"negative {column}: {text!r}")
        if unit in ("fraction", "share") and value > 1:
            raise self.fault(f"{unit} outside 0-1: {text!r}")
        return value


def _read(path: Path) -> bytes:
    """The bytes of a file of the record."""
    try:
        return files.read_bytes(path)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}") from None


def _lines(folder: Path, name: str) -> Iterator[_Line]:
    """Yield the lines of one CSV file; columns, keys and cells to be filled are checked."""
    spec = COLUMNS[name].split()
    columns = [c.rstrip("*!") for c in spec]
    key = [c.rstrip("*!") for c in spec if "*" in c]
    filled = [c.rstrip("*!") for c in spec if "!" in c]
    try:
        raw = _read(folder / name)
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = _Line(name, raw.count(b"\n", 0, error.start) + 1, {})
        raise line.fault(f"not UTF-8: byte {raw[error.start : error.start + 1]!r}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    seen: set[tuple[str, ...]] = set()
    try:
        header = next(reader, [])
        for word, odd in (
            ("missing", [c for c in columns if c not in header]),
            ("unknown", [c for c in header if c not in columns]),
            ("repeated", [c for c in columns if header.count(c) > 1]),
        ):
            if odd:
                raise _Line(name, 1, {}).fault(f"{word} column {odd[0]!r}")
        for cells in reader:
            line = _Line(name, reader.line_num, dict(zip(header, cells, strict=False)))
            if len(cells) != len(header):
                raise line.fault(f"{len(cells)} cells instead of {len(header)}: {cells[:3]!r}")
            if any("".join(cell.splitlines()) != cell for cell in cells):
                raise line.fault("a line break in a cell: is there a quote without its end?")
            for column in filled:
                if not line.cells[column].strip():
                    raise line.fault(f"missing {column}: {line.cells[column]!r}")
            values = tuple(line.cells[c] for c in key)
            if values in seen:
                raise line.fault(f"duplicate key {values!r}")
            seen.add(values)
            yield line
    except csv.Error as error:
        raise _Line(name, reader.line_num, {}).fault(f"not valid CSV: {error}") from None


def _read_fields(folder: Path) -> dict[str, str]:
    """Read survey field -> model field; an empty model field marks a label of another kind."""
    result: dict[str, str] = {}
    for line in _lines(folder, "fields.csv"):
        model_field = line.cells["model_field"]
        if model_field and model_field not in FIELDS:
            raise line.fault(f"unknown model field {model_field!r}")
        result[line.cells["survey_field"]] = model_field
    return result


def _read_breaks(folder: Path) -> Breaks:
    """Read (series, age, status) -> year of a scope break -> factor."""
    result: Breaks = {}
    for line in _lines(folder, "scope_breaks.csv"):
        line.value("sd")
        factor = line.value("factor")
        if factor == 0:
            raise line.fault(f"factor must be positive: {line.cells['factor']!r}")
        cell = (line.cells["series"], line.cells["age"], line.cells["status"])
        result.setdefault(cell, {})[line.year()] = factor
    return result


def _read_rows(folder: Path, fields: Collection[str], breaks: Breaks) -> Iterator[Row]:
    """Read the observed rows; totals over a marked break need no factor of their own.

    A series has one unit, and no count leaps from the one before as if it had another.
    """
    units: dict[str, str] = {}
    counts: dict[tuple[str, ...], dict[int, tuple[float, _Line]]] = {}
    for line in _lines(folder, "observed.csv"):
        cells = line.cells
        if cells["unit"] not in UNITS:
            raise line.fault(f"unknown unit {cells['unit']!r}; known are {', '.join(UNITS)}")
        if cells["field"] and cells["field"] not in fields:
            raise line.fault(f"field {cells['field']!r} is not in fields.csv")
        year, value = line.year(), line.value("value", cells["unit"])
        unit = units.setdefault(cells["series"], cells["unit"])
        if cells["unit"] != unit:
            raise line.fault(f"unit {cells['unit']!r} in {cells['series']!r}, which is in {unit}")
        read: dict[str, Any] = {**cells, "year": year, "value": value}
        row = Row(**read)
        if "SCOPE BREAK" in row.note:
            marked = {c[1:] for c, at in breaks.items() if c[0] == row.series and min(at) <= year}
            if not marked or (row.age and row.status and (row.age, row.status) not in marked):
                raise line.fault(f"unmarked scope break of {row.series!r} in {year}")
        key = (row.series, row.geo, row.field, row.sex, row.age, row.status)
        counts.setdefault(key, {})[year] = value, line
        yield row
    for cell, by_year in counts.items():
        for before, year in itertools.pairwise(sorted(by_year)):
            (was, _), (now, line) = by_year[before], by_year[year]
            if min(was, now) > 0 and max(was / now, now / was) > LEAP:
                raise line.fault(
                    f"{cell[0]!r} goes from {was:g} in {before} to {now:g} in {year}: is one of "
                    "them in another unit?"
                )


def _read_ledger(folder: Path) -> tuple[LedgerRow, ...]:
    """Read the base-year ledger and check that every stage balances."""
    lines = list(_lines(folder, "base_year_ledger.csv"))
    rows: list[LedgerRow] = []
    stages = {n.cells["from"] for n in lines if n.cells["kind"] == "stock"}
    net = dict.fromkeys((*stages, *OUTSIDE), 0.0)
    for line in lines:
        kind, source, target, _, source_kind, note = (
            line.cells[c.rstrip("*!")] for c in COLUMNS["base_year_ledger.csv"].split()
        )
        if kind not in ("stock", "stock_change", "flow"):
            raise line.fault(f"unknown kind {kind!r}")
        for name in (source, target) if kind == "flow" else (source,):
            if name not in net or (kind != "flow" and name not in stages):
                raise line.fault(f"{kind} with the unknown name {name!r}")
        rows.append(LedgerRow(kind, source, target, line.value("persons", kind), source_kind, note))
        if kind == "flow":
            net[source] -= rows[-1].persons
            net[target] += rows[-1].persons
    for line, row in zip(lines, rows, strict=True):
        change = sum(r.persons for r in rows if r[:2] == ("stock_change", row.source))
        if row.kind == "stock" and (abs(change - net[row.source]) > 0.5 or row.persons < -change):
            raise line.fault(
                f"{row.source!r} does not balance: change {change:g}, net flow {net[row.source]:g}"
            )
    return tuple(rows)


def _read_assumptions(folder: Path) -> Iterator[Assumption]:
    """Read the assumptions; each lies within its own range."""
    for line in _lines(folder, "assumptions.csv"):
        cells = line.cells
        low, value, high = (line.value(name, cells["unit"]) for name in ("low", "value", "high"))
        if not low <= value <= high:
            raise line.fault(f"{value:g} is outside its own range {low:g} to {high:g}")
        yield Assumption(
            cells["name"], line.year(), value, low, high, cells["unit"], cells["source"]
        )


def _read_targets(folder: Path) -> Iterator[Target]:
    """Read the policy goals."""
    for line in _lines(folder, "targets.csv"):
        cells, scored = line.cells, line.cells["scored"]
        if scored not in ("yes", "no"):
            raise line.fault(f"scored must be yes or no: {scored!r}")
        read: dict[str, Any] = {**cells, "scored": scored == "yes", "year": line.year()}
        yield Target(**{**read, "value": line.value("value", cells["unit"])})
