"""The draws of all parameters that are shipped, and what a run with them gives."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from stsim import files, paths
from stsim.params import FIELDS, NAMES, ByField, Params
from stsim.vocabulary import Array

#: Draws that go through the engine side by side.
CHUNK = 8
#: Draws that are shipped.
SHIPPED = 1000
#: Of a parameter that is not moved the record has removed a smaller part of the prior variance.
UNMOVED = 0.1
#: What is said of each fitted parameter in fit.csv.
FIT_COLUMNS = (
    "parameter", "block", "central", "prior_centre", "prior_sd", "mean", "sd", "p05", "p50", "p95",
    "identified", "r_hat", "effective_draws",
)  # fmt: skip
#: Parameters that are whole years.
WHOLE_YEARS = (
    "tenure_track_years", "tenure_track_until_age_years", "cross_appointment_until_age_years",
    "pd_until_age_years", "move_abroad_until_age_years", "seek_postdoc_until_age_years",
)  # fmt: skip


class DrawsError(ValueError):
    """The draws cannot be used; the message is one line for the user."""


def file() -> Path:
    """Where the draws are."""
    return paths.CONF / "params" / "draws.csv"


def fit_file() -> Path:
    """Where it stands what the fit says of itself, beside the draws."""
    return file().with_name("fit.csv")


def columns(params: Params) -> dict[str, float]:
    """A parameter set as single numbers by key: `name`, or `name.field`."""
    found: dict[str, float] = {}
    for name in NAMES:
        value = getattr(params, name)
        if isinstance(value, ByField):
            found |= {f"{name}.{field}": float(getattr(value, field)) for field in FIELDS}
        else:
            found[name] = float(value)
    return found


def as_csv(draws: Sequence[Params], central: Params) -> str:
    """The text of the file: one line a draw, under the mark of the central set it is around."""
    out = io.StringIO()
    out.write(f"# draws around the central set {mark(central)}; `python -m stsim job=calibrate`\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns(central))
    for params in draws:
        writer.writerow([f"{value:.5g}" for value in columns(params).values()])
    return out.getvalue()


def mark(central: Params) -> str:
    """Twelve letters that stand for a central parameter set."""
    return mark_of(columns(central))


def mark_of(numbers: Mapping[str, float]) -> str:
    """The same of the numbers by key."""
    return hashlib.sha256(repr(sorted(numbers.items())).encode()).hexdigest()[:12]


def read(central: Params) -> list[dict[str, float]]:
    """The shipped draws around a central set, by key. Raises DrawsError if they are of another."""
    try:
        about = file().stat()
        first, found = _rows(file(), about.st_mtime_ns, about.st_size)
    except (OSError, ValueError, csv.Error) as error:
        raise _useless(f"not draws of parameters ({_why(error)})") from None
    keys = list(columns(central))
    if not _is_of(central, first) or any(list(row) != keys for row in found):
        raise _useless("draws around another parameter set than fitted")
    if len(found) != SHIPPED:
        raise _useless(f"{len(found):,} draws where {SHIPPED:,} belong")
    return found


@lru_cache(maxsize=1)
def _rows(path: Path, changed: int, size: int) -> tuple[str, list[dict[str, float]]]:
    """The first line of a file of draws, and its rows; read again only when it has changed."""
    first, rows = _table(path)
    return first, [{key: float(cell) for key, cell in row.items()} for row in rows]


def _table(path: Path) -> tuple[str, list[dict[str, str]]]:
    """The first line of a file of the fit and its rows, every cell in its column.

    Raises OSError or ValueError.
    """
    text = files.read_text(path)
    first, header, *rows = csv.reader(text.splitlines(), strict=True)
    if not text.endswith("\n") or len(set(header)) < len(header):
        raise ValueError("cut short, or a column stands twice")
    return ",".join(first), [dict(zip(header, row, strict=True)) for row in rows]


def _is_of(central: Params, first: str) -> bool:
    """Whether the first line of a file says that it is of a central set."""
    return first.startswith("# ") and f" central set {mark(central)}" in first


def sha256() -> str:
    """The hash of the shipped draws, for what was made with them."""
    try:
        return hashlib.sha256(files.read_bytes(file())).hexdigest()
    except OSError as error:
        raise _useless(f"not draws of parameters ({_why(error)})") from None


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _useless(why: str) -> DrawsError:
    return DrawsError(
        f"{file().name}: {why}; make them again: python -m stsim job=calibrate; or leave "
        "the range out: band=false"
    )


def residuals() -> list[dict[str, str]]:
    """What the fit was held to and what it came to. Raises DrawsError for another file."""
    path = fit_file().with_name("residuals.csv")
    try:
        first, rows = _table(path)
        if not (first.startswith("# ") and rows and {"series", "what", "year"} < rows[0].keys()):
            raise ValueError("other columns")
    except (OSError, ValueError, csv.Error) as error:
        raise DrawsError(
            f"{path.name}: not the residuals of a fit ({_why(error)}); make it again: "
            "python -m stsim job=calibrate"
        ) from None
    return rows


def _unsaid(why: str) -> DrawsError:
    return DrawsError(f"{fit_file().name}: {why}; make it again: python -m stsim job=calibrate")


def identified(central: Params) -> dict[str, float]:
    """The part of the prior variance that the record has removed, by key of a fitted parameter.

    Parameters that are not fitted have no key. Raises DrawsError if the file is of another set.
    """
    try:
        first, rows = _table(fit_file())
        found = {row["parameter"]: float(row["identified"]) for row in rows}
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise _unsaid(f"not what a fit says of itself ({_why(error)})") from None
    if not _is_of(central, first) or not found or not found.keys() <= columns(central).keys():
        raise _unsaid("of another parameter set than fitted")
    return found


def unmoved(central: Params) -> tuple[str, ...]:
    """Keys of the fitted parameters that the record says next to nothing about."""
    return tuple(key for key, part in identified(central).items() if part < UNMOVED)


def quantiles(central: Params, *parts: float) -> dict[str, tuple[float, ...]]:
    """What parts of the shipped draws lie below, by key."""
    there = read(central)
    return {
        key: tuple(np.quantile([row[key] for row in there], parts).tolist()) for key in there[0]
    }


def stacked(several: Sequence[Params]) -> dict[str, Array]:
    """Parameter sets as rules read them, one along the draw axis: (draw, 1, 1, 1, field or 1)."""
    arrays = [params.arrays() for params in several]
    return {
        name: np.concatenate(
            [np.asarray(one[name], float).reshape(1, 1, 1, 1, -1) for one in arrays]
        )
        for name in NAMES
    }


def ensemble(asked: Params, central: Params, number: int) -> list[Params]:
    """The first draws around the central set; what was asked to be different stays as asked."""
    there = read(central)
    if number > len(there):
        raise DrawsError(f"draws={number}: only {len(there)} draws are shipped")
    fixed = _fixed(asked, central)
    found = []
    for k, row in enumerate(there[:number], 1):
        try:
            found.append(_params(row | fixed))
        except ValidationError as error:
            why = error.errors()[0]["msg"].removeprefix("Value error, ")
            beside = f" beside what was asked ({', '.join(fixed)})" if fixed else ""
            raise DrawsError(
                f"draw {k} of {file().name} is no parameter set{beside}: {why}"
            ) from None
    return found


def one(asked: Params, central: Params, number: int) -> Params:
    """One shipped draw by its number, from 1 on; what was asked to be different stays as asked."""
    return mixed(asked, central, number, number, ())


def mixed(
    asked: Params, central: Params, number: int, other: int, of_other: Sequence[str]
) -> Params:
    """One shipped draw with the parameters named in `of_other` from another one.

    What was asked to be different stays as asked. Raises DrawsError where there is no such draw,
    ValueError where no parameter set can be put together so.
    """
    there = read(central)
    if not 1 <= min(number, other) <= max(number, other) <= len(there):
        raise DrawsError(f"draws {number} and {other}: only {len(there)} draws are shipped")
    taken = {k: v for k, v in there[other - 1].items() if k.partition(".")[0] in of_other}
    return _params(there[number - 1] | taken | _fixed(asked, central))


def _fixed(asked: Params, central: Params) -> dict[str, float]:
    """What was asked to be different from the central set, by key."""
    given, usual = columns(asked), columns(central)
    return {key: value for key, value in given.items() if value != usual[key]}


def _params(values: dict[str, float]) -> Params:
    nested: dict[str, object] = {}
    for name in NAMES:
        if name in values:
            nested[name] = values[name]
        else:
            nested[name] = {field: values[f"{name}.{field}"] for field in FIELDS}
    return Params.model_validate(nested)
