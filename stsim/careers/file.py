"""Careers in a parquet file: one row per move, words where a reader wants words.

The columns are person, when, year, rule, source, target, age, sex, field, entry_year and origin,
sorted by person. What else is needed to open it again stands in the metadata of its schema.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stsim import files
from stsim.careers.columns import Careers
from stsim.careers.labels import Labels

#: The key of the labels in the metadata.
KEY = b"stsim_careers"
COLUMNS = (
    "person", "when", "year", "rule", "source", "target", "age", "sex", "field", "entry_year",
    "origin",
)  # fmt: skip
#: Numbers of persons are sorted, all others are a few values again and again.
ENCODING = {
    "use_dictionary": list(COLUMNS[1:]),
    "column_encoding": {"person": "DELTA_BINARY_PACKED"},
}


class CareersError(OSError):
    """A file of careers cannot be written or read; the message is one line for the user."""


def save(careers: Careers, path: str | Path) -> Path:
    """Write careers to a parquet file, whole or not at all: 3 million moves in about a second.

    Needs the extra `careers`. Raises CareersError when the file cannot be written.
    """
    arrow = needed()
    path = Path(path)
    table = _table(arrow, careers)
    try:
        with files.whole(path) as part:
            arrow.parquet.write_table(table, part, compression="zstd", **ENCODING)
    except (OSError, ValueError) as error:  # ValueError: a name no file can have
        raise CareersError(f"{path}: cannot write careers there ({_why(error)})") from None
    return path


def open_careers(path: str | Path) -> Careers:
    """The careers in a parquet file that `save` has written."""
    arrow = needed()
    try:
        files.check_plain(Path(path).resolve())
        table = arrow.parquet.read_table(str(path))
    except (OSError, ValueError) as error:  # arrow's own errors are among these
        raise CareersError(f"{path}: no careers to read here ({_why(error)})") from None
    kept = (table.schema.metadata or {}).get(KEY)
    if kept is None:
        raise CareersError(f"{path}: a parquet file, but not one that stsim has written")
    try:
        return _careers(table, Labels.from_json(kept.decode()))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise CareersError(f"{path}: not the careers that were saved ({_why(error)})") from None


def needed() -> Any:
    """What careers in files need of pyarrow. Raises CareersError when it is not installed."""
    try:
        import pyarrow  # type: ignore[import-untyped]
        from pyarrow import parquet
    except ImportError:
        raise CareersError("careers in files need pyarrow: pip install 'stsim[careers]'") from None
    return SimpleNamespace(
        parquet=parquet, table=pyarrow.table, DictionaryArray=pyarrow.DictionaryArray
    )


def _why(error: Exception) -> str:
    why = " ".join(str(getattr(error, "strerror", None) or error).split())
    return why if len(why) <= 200 else f"{why[:200]} …"


def _table(arrow: Any, careers: Careers) -> Any:
    labels = careers.labels
    rules = _rules(labels)
    entry_year, years = careers.group("entry_year")
    origin, origins = careers.group("origin")
    who = careers.of_person

    def words(codes: NDArray[Any], names: Any) -> Any:
        return arrow.DictionaryArray.from_arrays(codes.astype(np.int8), list(names))

    rule = np.array([rules.index(pair.rule) for pair in labels.pairs], dtype=np.int8)
    columns = (
        careers.person,
        careers.when,
        careers.year,
        words(rule[careers.pair], rules),
        words(careers.source, labels.places),
        words(careers.target, labels.places),
        careers.age,
        words(careers.sex, labels.sexes),
        words(careers.field, labels.fields),
        (entry_year + years[0]).astype(np.int16)[who],
        words(origin.astype(np.int8)[who], origins),
    )
    table = arrow.table(dict(zip(COLUMNS, columns, strict=True)))
    return table.replace_schema_metadata({KEY: labels.to_json().encode()})


def _careers(table: Any, labels: Labels) -> Careers:
    rules = _rules(labels)

    def codes(name: str, names: Any) -> NDArray[np.intp]:
        """The places of the words of a column, whatever order the file keeps its words in."""
        column = table[name].combine_chunks()
        own = np.array([names.index(word) for word in column.dictionary.to_pylist()], dtype=np.intp)
        return np.asarray(own[column.indices.to_numpy(zero_copy_only=False)])

    names = (rules, labels.places, labels.places)
    known = np.full(tuple(map(len, names)), -1, dtype=np.int16)
    for k, pair in enumerate(labels.pairs):
        place = (n.index(w) for n, w in zip(names, pair[:3], strict=True))
        known[tuple(place)] = k
    words = ("rule", "source", "target")
    made_by = known[tuple(codes(w, n) for w, n in zip(words, names, strict=True))]
    if (made_by < 0).any():
        raise ValueError("moves that no rule makes")
    age = table["age"].to_numpy() - labels.ages[0]
    cell = age.astype(np.int16) * len(labels.sexes) + codes("sex", labels.sexes)
    cell = cell * len(labels.fields) + codes("field", labels.fields)
    person, when = table["person"].to_numpy(), table["when"].to_numpy()
    if (np.diff(person) < 0).any():
        raise ValueError("not sorted by person")
    return Careers(labels, person, when, made_by, cell.astype(np.int16))


def _rules(labels: Labels) -> list[str]:
    return list(dict.fromkeys(pair.rule for pair in labels.pairs))
