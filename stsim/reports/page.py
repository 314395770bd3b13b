"""One self-contained HTML page: no outside request, every text escaped, written whole."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stsim import files
from stsim.quantities import short
from stsim.reports import answers, bills, fits, lists, pictures, svg, sweeps, taken, uncertain
from stsim.reports.material import Material
from stsim.reports.said import Said, Section, said
from stsim.results import ResultsError

if TYPE_CHECKING:
    import xarray as xr

HERE = Path(__file__).resolve().parent
#: What `language=` gives.
LANGUAGES = {"en": ("en",), "ja": ("ja",), "both": ("en", "ja")}
#: Every section of a report on scenarios, in order; those on levers and assumptions follow.
OF_SCENARIOS: tuple[Callable[[Material], Section], ...] = (
    answers.answers, answers.scenario_table, pictures.fans, pictures.effects, pictures.pyramids,
    pictures.moves, pictures.careers, bills.money, bills.attribution, uncertain.uncertainty,
)  # fmt: skip
#: The name of the page in a results folder.
FILE = "report.html"


#: Scenarios beyond which the heading counts them.
NAMED = 2


def check_language(language: str) -> None:
    """Refuse a language there are no words for."""
    if language not in LANGUAGES:
        raise ValueError(f"language={short(language)}: give one of {', '.join(LANGUAGES)}")


def parts(found: Material) -> list[Section]:
    """The sections of a report, those that cannot be shown with the reason."""
    if found.fit:
        several = fits.sections(found)
    elif found.swept is not None:
        several = sweeps.sections(found)
    elif not found.measures:
        several = [bills.attribution(found)] if found.adds else [uncertain.uncertainty(found)]
    else:
        several = [make(found) for make in OF_SCENARIOS]
    several += [lists.of_levers(found), lists.assumptions(found)]
    if found.measures:
        several.append(uncertain.engines(found))
    return [*several, lists.provenance(found)]


def heading(found: Material) -> Said:
    """The title of a page where none is given: its scenarios."""
    if not found.measures:
        kind = (
            "fit" if found.fit else "sweep" if found.swept is not None
            else "attribution" if found.adds else "uncertainty"
        )  # fmt: skip
        return said("page_title", said(f"page_title_{kind}"))
    names = [found.titles[name] for name in found.others] or [found.titles[found.first]]
    if len(names) > NAMED:
        names = [said("several", len(names))]
    whole = Said("; ".join(n.en for n in names), "、".join(n.ja for n in names))
    if found.others:
        whole = said("beside", whole, found.titles[found.first])
    return said("page_title", whole)


def html(found: Material, language: str = "en", title: str | None = None) -> str:
    """The page as text. Raises ValueError for a language there are no words for."""
    check_language(language)
    if find_spec("jinja2") is None:
        raise ImportError("a report needs jinja2: pip install 'stsim[report]'")
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= {
        "data_uri": _data_uri,
        "exact": lambda value: repr(float(value)),
        # drawn by this package alone, which escapes every text in it
        "drawn": Markup,
    }
    script = (HERE / "page.js").read_text(encoding="utf-8") if language == "both" else ""
    context: dict[str, Any] = {
        "languages": LANGUAGES[language],
        "title": Said(title, title) if title else heading(found),
        "abouts": [(found.titles[n], found.about[n]) for n in found.names if n in found.about],
        "sections": parts(found),
        "word": said,
        "shapes": svg.SHAPES,
        "style": Markup((HERE / "page.css").read_text(encoding="utf-8")),
        "script": Markup(script),
        "script_hash": _hash(script),
    }
    return environment.get_template("page.html").render(context)


def _hash(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"sha256-{digest}"


def _data_uri(text: str) -> str:
    """A file inside the page."""
    return "data:text/csv;base64," + base64.b64encode(text.encode("utf-8")).decode()


def write(
    found: Material, path: str | Path, language: str = "en", title: str | None = None
) -> Path:
    """Write the page whole or not at all. Raises ResultsError where it cannot be written."""
    file = Path(path)
    if file.suffix.lower() not in (".html", ".htm"):
        raise ResultsError(f"{file}: a report is one HTML file; give a name such as report.html")
    check_language(language)
    try:
        with files.whole(file) as part:  # a place that cannot be written is known before the work
            part.write_text(html(found, language, title), encoding="utf-8", newline="")
    except OSError as error:
        raise _unwritable(file, error) from None
    return file


def _unwritable(file: Path, error: OSError) -> ResultsError:
    return ResultsError(
        f"{file}: cannot write there ({error.strerror}); give a file in a folder you may write to"
    )


def report(
    ds: xr.Dataset,
    path: str | Path,
    *,
    language: str = "en",
    title: str | None = None,
    ranges: Mapping[str, xr.Dataset] | None = None,
) -> Path:
    """Write a report on a dataset as one self-contained HTML page and return its path.

    See `stsim.report`.
    """
    check_language(language)
    found = taken.of_dataset(ds, ranges)
    call = f"stsim.report(ds, {str(path)!r}, language={language!r})"
    return write(replace(found, command=(call,)), path, language, title)
