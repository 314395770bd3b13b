"""Numbers for papers: datasets in, small datasets out, and their text as CSV, LaTeX or Markdown.

Everything the report and the figures show is computed here or in `measures`, once. Values are not
rounded before they are written as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from stsim import measures
from stsim.measures import INDICATORS, expected
from stsim.quantities import nearest, short
from stsim.tables import SHOWN_YEARS, shown

if TYPE_CHECKING:
    import xarray as xr

HEADLINE = tuple(indicator.name for indicator in INDICATORS if indicator.headline)
#: What makes a spreadsheet read a CSV file as UTF-8.
BOM = "\ufeff"
#: A cell that begins so is a formula for a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Stages by the first part of their name, in the order of a career, with English and Japanese.
GROUPS = {
    "outside": ("Outside the model", "モデル外"),
    "doctoral": ("Doctoral students", "博士課程学生"),
    "postdoc": ("Postdocs", "ポストドクター"),
    "fixed_term": ("Fixed-term faculty", "任期付き教員"),
    "permanent": ("Permanent faculty", "無期雇用教員"),
    "seeking": ("Seeking a post", "求職中"),
    "firm": ("Firms", "企業"),
    "public_institute": ("Public institutes", "公的研究機関"),
    "research_support": ("Research support", "研究支援職"),
    "abroad": ("Abroad", "海外"),
    "left": ("Left, retired or dead", "離職・退職・死亡"),
}


def table(
    ds: xr.Dataset, years: Sequence[int] = SHOWN_YEARS, names: Sequence[str] = HEADLINE
) -> xr.Dataset:
    """Measures of a dataset in some years, as they are, by (scenario, at).

    `ds` is from `stsim.simulate` or `stsim.open_results`, or the measures of one; other leading
    dimensions stay, of two engines the stock engine is taken. `at` is a 1 May for measures of
    people in post and an academic year for moves, so that both stand in one row. Years that the
    run does not know are not a number. Raises ValueError for an unknown measure, one that cannot
    be had from `ds`, and where no year is in the run.
    """
    found = {name: _at(measure(ds, name), years) for name in names}
    import xarray as xr

    if all(not values.notnull().any() for values in found.values()):
        raise ValueError(f"years={short(list(years))}: none of them is in the run")
    return xr.Dataset(found, attrs={k: v for k, v in ds.attrs.items() if k in ("run_id", "source")})


def measure(ds: xr.Dataset, name: str) -> xr.DataArray:
    """One measure: taken from the dataset where it is there, else measured on its people.

    Raises ValueError with the nearest name, or with what is missing.
    """
    about = measures.about(name)
    if name in ds.data_vars and ("stock" not in ds.data_vars or about.of_careers):
        return expected(ds[name])
    missing = [variable for variable in ("stock", "flow") if variable not in ds.data_vars]
    if missing:
        raise ValueError(
            f"the dataset has neither {name} nor {' and '.join(missing)} to measure it on; give "
            "one from stsim.simulate, stsim.open_results or stsim.indicators"
        )
    values = expected(about.function(ds))
    values.attrs = about.attrs
    return values


def _at(values: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    dim = str(values.dims[-1])
    attrs = dict(values.attrs)
    found = values.reindex({dim: list(years)}).rename({dim: "at"})
    found = found.drop_vars([n for n in found.coords if n not in (*found.dims, "scenario")])
    found.attrs = attrs
    return found.assign_coords(at=("at", list(years), {"long_name": "1 May or academic year"}))


def change(ds: xr.Dataset, reference: str = "baseline") -> xr.Dataset:
    """How every scenario differs from one of them: measures less those of `reference`.

    `ds` is a table or measures with a dimension `scenario`. Raises ValueError without it.
    """
    names = [str(name) for name in np.atleast_1d(ds["scenario"].values)] if "scenario" in ds else []
    if "scenario" not in ds.dims or reference not in names:
        raise ValueError(
            f"no scenario {short(reference)} to compare with{nearest(reference, names)} "
            f"(there are: {', '.join(names) or 'none'})"
        )
    found = ds - ds.sel(scenario=reference, drop=True)
    return found.assign_attrs(less=reference)


def group(stage: str) -> str:
    """The group of a stage, or of the outside world."""
    for key in GROUPS:
        if stage == key or stage.startswith(key + "_"):
            return "left" if stage == "left_research" else key
    return "left"


def flows(ds: xr.Dataset, year: int) -> xr.Dataset:
    """People who move between groups of stages in an academic year, by (source, target).

    Moves within a group (renewals, transfers) and from the outside world to itself are left out.
    One scenario; of two engines the stock engine. Raises ValueError for a year whose moves the run
    does not know, and for several runs.
    """
    import xarray as xr

    if "flow" not in ds.data_vars:
        raise ValueError("the dataset has no flow, people who move; give one from stsim.simulate")
    moved = expected(ds["flow"])
    left = [dim for dim in moved.dims if dim not in ("year", "rule", "age", "sex", "field")]
    if left:
        raise ValueError(f"the dataset has several runs along '{left[0]}'; select one first")
    years = moved["year"].values.tolist()
    if year not in years[1:-1]:
        raise ValueError(
            f"year={short(year)}: moves are known whole from {years[1]} to {years[-2]}"
        )
    persons = moved.sel(year=year).sum(("age", "sex", "field")).values
    keys = list(GROUPS)
    found = np.zeros((len(keys), len(keys)))
    pairs = zip(ds["rule_source"].values, ds["rule_target"].values, strict=True)
    for (source, target), number in zip(pairs, persons, strict=True):
        here, there = group(str(source)), group(str(target))
        if here != there:
            found[keys.index(here), keys.index(there)] += number
    labels = {
        f"{end}_label{ending}": (end, [GROUPS[key][k] for key in keys])
        for end in ("source", "target")
        for k, ending in enumerate(("", "_ja"))
    }
    about = {"units": "persons per year", "long_name": f"people who move in the year {year}"}
    values = xr.DataArray(
        found, {"source": keys, "target": keys, **labels}, ("source", "target"), attrs=about
    )
    return xr.Dataset({"persons": values})


#: Runs of a sweep that are compared at either end of a key, as a part of all.
ENDS = 1 / 3


def tornado(ds: xr.Dataset, name: str, year: int, keys: Sequence[str] = ()) -> xr.Dataset:
    """How far each key of a sweep moves a measure in a year: `low` and `high` by key.

    `ds` has the measure by `run` and the swept keys as coordinates of `run` (or as dimensions).
    Where one key at a time was changed, the ends are the measure at its lowest and highest value
    with the others as they are; else means over the runs in the lowest and the highest third of
    it. Keys come with the widest first. Raises ValueError where there is nothing to compare.
    """
    import xarray as xr

    values = measure(ds, name)
    dim = "time" if "time" in values.dims else "year"
    if year not in values[dim].values:
        raise ValueError(f"year={short(year)} is not in the sweep")
    values = values.sel({dim: year}, drop=True)
    if values.dims != ("run",):
        values = values.stack(run=values.dims, create_index=False)
    named = [str(n) for n, c in values.coords.items() if c.dims == ("run",) and n != "run_id"]
    columns = {
        key: np.asarray(values[key].values, float)
        for key in (keys or named)
        if np.issubdtype(values[key].dtype, np.number)
    }
    known = np.isfinite(values.values)
    columns = {key: column[known] for key, column in columns.items()}
    numbers = values.values[known]
    columns = {key: column for key, column in columns.items() if len(set(column.tolist())) > 1}
    if not columns:
        raise ValueError("no key with several numbers was swept: nothing moves the measure")
    centre = {key: max(set(c.tolist()), key=c.tolist().count) for key, c in columns.items()}
    off = np.array([column != centre[key] for key, column in columns.items()]).sum(axis=0)
    one_at_a_time = bool((off <= 1).all()) and bool((off == 0).any())
    ends = {}
    for key, column in columns.items():
        if one_at_a_time:
            there = (off == 0) | (column != centre[key])
            order = np.argsort(column[there], kind="stable")
            ends[key] = numbers[there][order[[0, -1]]]
        else:
            low, high = np.quantile(column, [ENDS, 1 - ENDS])
            ends[key] = np.array([numbers[column <= low].mean(), numbers[column >= high].mean()])
    widest = sorted(ends, key=lambda key: -abs(float(np.ptp(ends[key]))))
    found = {
        end: ("key", [float(ends[key][k]) for key in widest])
        for k, end in enumerate(("low", "high"))
    }
    about = measures.about(name)
    how = "one at a time" if one_at_a_time else "thirds"
    return xr.Dataset(found, {"key": widest}, {**about.attrs, "year": year, "how": how})


# --- text -----------------------------------------------------------------------------------------


def safe(cell: object) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula; numbers stay as they are."""
    if isinstance(cell, bool | int | float | np.number):
        value = cell.item() if isinstance(cell, np.number) else cell
        return "" if value != value else repr(value)
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def made_safe(text: str) -> str:
    """A CSV file that was written elsewhere, with its cells as `csv_text` writes them."""
    return csv_text(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV that spreadsheets open as UTF-8, formulas as text, missing numbers empty."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([map(safe, row) for row in rows])
    return BOM + out.getvalue()


def number(text: str) -> object:
    """A cell of a file as a number where it is one, which no spreadsheet takes for a formula."""
    try:
        return float(text)
    except ValueError:
        return text


def _scenarios(ds: xr.Dataset) -> list[str]:
    if "scenario" not in ds.coords:
        return ["value"]
    return [str(name) for name in np.atleast_1d(ds["scenario"].values)]


def _rows(ds: xr.Dataset) -> Iterable[tuple[str, int, list[float]]]:
    """Every measure and year with its values by scenario."""
    for name, values in ds.data_vars.items():
        left = [dim for dim in values.dims if dim not in ("scenario", "at")]
        if left or "at" not in values.dims:
            raise ValueError(
                f"{name} is by {', '.join(map(str, values.dims)) or 'nothing'}: give a table from "
                "stsim.papers.table, with one run for each scenario"
            )
        for year in values["at"].values.tolist():
            numbers = np.atleast_1d(values.sel(at=year).values)
            yield str(name), int(year), [float(number) for number in numbers]


def as_csv(ds: xr.Dataset) -> str:
    """A table from `table` as CSV, values in full: a line for each measure and year."""
    heads = ["indicator", "year", "unit", *_scenarios(ds), "label_en", "label_ja"]
    lines: list[list[object]] = [list(heads)]
    for name, year, numbers in _rows(ds):
        about = measures.about(name)
        lines.append([name, year, about.unit, *numbers, about.label, about.label_ja])
    return csv_text(lines)


def _printed(
    ds: xr.Dataset, language: str, titles: Mapping[str, str] | None
) -> tuple[list[str], list[list[str]]]:
    if language not in ("en", "ja"):
        raise ValueError(f"language={short(language)}: give one of en, ja")
    words = ("指標", "年") if language == "ja" else ("Indicator", "Year")
    heads = [*words, *((titles or {}).get(name, name) for name in _scenarios(ds))]
    lines = []
    for name, year, numbers in _rows(ds):
        about = measures.about(name)
        label = about.label_ja if language == "ja" else about.label
        unit = str(ds[name].attrs.get("units", about.unit))
        cells = (shown(number, unit, signed="less" in ds.attrs) for number in numbers)
        lines.append([label, str(year), *cells])
    return heads, lines


def as_markdown(
    ds: xr.Dataset, language: str = "en", titles: Mapping[str, str] | None = None
) -> str:
    """A table from `table` as Markdown, numbers as people read them.

    `titles` names scenarios otherwise than by their name.
    """
    heads, lines = _printed(ds, language, titles)
    marks = ["---", *["---:"] * (len(heads) - 1)]
    return _lines("| {} |", " | ", [heads, marks, *lines], _markdown)


def as_latex(ds: xr.Dataset, language: str = "en", titles: Mapping[str, str] | None = None) -> str:
    r"""A table from `table` as a LaTeX tabular with booktabs rules (`\usepackage{booktabs}`).

    `titles` names scenarios otherwise than by their name.
    """
    heads, lines = _printed(ds, language, titles)
    first = f"\\begin{{tabular}}{{l{'r' * (len(heads) - 1)}}}\n\\toprule\n"
    body = _lines("{} \\\\", " & ", lines, _latex)
    return (
        first + _lines("{} \\\\", " & ", [heads], _latex) + "\\midrule\n" + body
        + "\\bottomrule\n\\end{tabular}\n"
    )  # fmt: skip


def _lines(
    form: str, between: str, rows: Iterable[Sequence[str]], escape: Callable[[str], str]
) -> str:
    return "".join(form.format(between.join(map(escape, row))) + "\n" for row in rows)


def _markdown(text: str) -> str:
    return "".join(f"\\{c}" if c in "|*_`<>[]\\" else c for c in text.replace("\n", " "))


LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--",
}  # fmt: skip


def _latex(text: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in text.replace("\n", " "))
