"""The sections of a fit: prior against posterior, the chains, and the record beside the model."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from stsim import papers, params
from stsim.plot import look
from stsim.reports import svg
from stsim.reports.by_year import limits
from stsim.reports.lists import unit_label
from stsim.reports.material import Lines, Material
from stsim.reports.said import (
    Cell,
    Figure,
    Key,
    Said,
    Section,
    Table,
    joined,
    parameter_label,
    plain,
    said,
)  # fmt: skip
from stsim.reports.words import FITTED_TO
from stsim.results import ResultsError

#: Chains agree where r-hat is below this (Vehtari et al. 2021 ask for 1.01 of long ones).
AGREED = "1.05"
#: Parameters of a figure, so that it fits on a printed page.
MOST = 12
#: Years from which on a series is drawn; shorter ones are in the table alone.
LEAST = 4
WANTED = {
    "fit.csv": ("parameter", "block", "p05", "p95", "identified", "r_hat", "effective_draws"),
    "residuals.csv": (
        "series", "what", "year", "record", "model", "standardized_residual", "predicted_5",
        "predicted_95", "inside",
    ),
}  # fmt: skip


def sections(found: Material) -> list[Section]:
    """Prior against posterior with the chains; and the record beside the fitted model."""
    assert found.fit is not None
    return [_posterior(_lines(found.fit / "fit.csv")), _record(_lines(found.fit / "residuals.csv"))]


def _lines(file: Path) -> Lines:
    """The lines of a file of a fit. Raises ResultsError where it is not what a fit writes."""
    try:
        _, *text = file.read_text(encoding="utf-8").splitlines()
        lines = list(csv.DictReader(text))
        for line in lines:
            for key in WANTED[file.name]:
                if key not in ("parameter", "block", "series", "what", "inside"):
                    float(line[key])
        unknown = [x for x in lines if x.get("parameter", "").split(".")[0] not in params.NAMES]
        if lines and not (unknown and file.name == "fit.csv"):
            return lines
        why = "no parameter of this version" if unknown else "no lines"
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"{type(error).__name__}: {error}"
    raise ResultsError(f"{file}: not what job=calibrate writes ({why}); fit again")


def _posterior(lines: Lines) -> Section:
    """The 90 % range of every fitted parameter before and after the record, and its chains."""
    section = Section("posterior", said("posterior_title"), [said("posterior_lead")])
    r_hats = [float(line["r_hat"]) for line in lines]
    least = min(float(line["effective_draws"]) for line in lines)
    apart = sum(r > float(AGREED) for r in r_hats)
    section.lead.append(
        said("chains", f"{max(r_hats):.3f}", f"{least:,.0f}", apart, len(lines), AGREED)
    )
    for block in dict.fromkeys(line["block"] for line in lines):
        here = [line for line in lines if line["block"] == block]
        pieces = [here[at : at + MOST] for at in range(0, len(here), MOST)]
        for k, some in enumerate(pieces):
            section.figures.append(_ranges(block, k + 1, len(pieces), some))
    rows = []
    for line in lines:
        about = params.prior(line["parameter"].split(".")[0])
        r_hat = float(line["r_hat"])
        rows.append(
            [
                Cell(_name(line), small=[plain(line["parameter"])], head=True),
                Cell(unit_label(about.unit), left=True),
                Cell(plain(f"{about.low:g} – {about.high:g}")),
                Cell(plain(f"{float(line['p05']):.3g} – {float(line['p95']):.3g}")),
                Cell(plain(f"{100 * float(line['identified']):.0f} %")),
                Cell(plain(f"{r_hat:.3f}" + (" *" if r_hat > float(AGREED) else "")), r_hat),
                Cell(plain(f"{float(line['effective_draws']):,.0f}")),
            ]
        )
    heads = [
        said(k)
        for k in ("parameter", "unit", "prior", "posterior", "identified", "r_hat", "effective")
    ]
    section.tables.append(
        Table(said("posterior_title"), heads, rows, [said("chains_note", AGREED)])
    )
    section.downloads.append(_download("posterior_title", "fit.csv", lines))
    return section


def _name(line: Mapping[str, str]) -> Said:
    return parameter_label(*line["parameter"].split("."))


def _download(key: str, file: str, lines: Lines) -> tuple[Said, str, str]:
    rows: list[list[object]] = [[*lines[0]], *([*map(papers.number, x.values())] for x in lines)]
    return said("csv_of", said(key)), file, papers.csv_text(rows)


def _ranges(block: str, part: int, parts: int, lines: Lines) -> Figure:
    """Posteriors of some parameters, each on the scale of its own prior."""
    step, top, bottom, left = 36.0, 6.0, 24.0, 12.0
    height, name = top + bottom + step * len(lines), f"posterior-{block}-{part}"
    low, high = -0.5, 1.5

    def x(value: float) -> float:
        at = min(max(value, low), high)
        return left + (svg.WIDTH - 2 * left) * (at - low) / (high - low)

    layers = [
        f'<path d="M{x(at):.1f} {top:g}V{height - bottom:.1f}" class="grid"/>' for at in (0.0, 1.0)
    ]
    for at, key in ((0.0, "prior_low"), (1.0, "prior_high")):
        layers.append(svg.text(x(at), height - 8, said(key), anchor="middle"))
    rows: list[list[object]] = [
        ["parameter", "unit", "prior_05", "prior_95", "posterior_05", "posterior_95"]
    ]
    told = []
    for k, line in enumerate(lines):
        about = params.prior(line["parameter"].split(".")[0])
        ends = [float(line[key]) for key in ("p05", "p95")]
        a, b = ((end - about.low) / (about.high - about.low) for end in ends)
        y = top + k * step
        layers.append(svg.text(left, y + 13, svg.shortened(_name(line), svg.WIDTH - 2 * left)))
        layers.append(
            f'<rect x="{x(0.0):.1f}" y="{y + 18:.1f}" width="{x(1.0) - x(0.0):.1f}" height="12" '
            f'fill="{look.GREY}" fill-opacity="0.3"/>'
            f'<rect x="{x(a):.1f}" y="{y + 21:.1f}" width="{max(x(b) - x(a), 1.5):.1f}" '
            f'height="6" fill="{look.BLUE}"/>'
        )
        rows.append([line["parameter"], about.unit, about.low, about.high, *ends])
        of = f"{about.low:g} – {about.high:g}", f"{ends[0]:.3g} – {ends[1]:.3g}"
        told.append(said("posterior_told", _name(line), *of))
    keys = [
        Key(said("prior"), f"box:{look.GREY}55"),
        Key(said("posterior"), f"box:{look.BLUE}"),
    ]
    return Figure(
        name, said("posterior_of", said(f"block_{block}"), part, parts), said("posterior_caption"),
        joined(told, (" ", "")), svg.whole("".join(layers), name, height=height),
        papers.csv_text(rows), keys,
    )  # fmt: skip


def _record(lines: Lines) -> Section:
    """The record beside the fitted model, and where it was to be expected."""
    section = Section("fit", said("fit"), [said("fit_lead")])
    inside = sum(line["inside"] == "yes" for line in lines)
    section.lead.append(said("fit_inside", inside, len(lines)))
    section.figures = [*_series(lines)]
    wanted = ("series", "what", "year", "record", "model", "standardized_residual", "inside")
    rows = []
    for line in lines:
        cells = [_said(line[key]) if key in ("series", "what", "inside") else plain(line[key])
                 for key in wanted]  # fmt: skip
        rows.append([Cell(text, head=k == 0, left=k == 1) for k, text in enumerate(cells)])
    section.tables.append(Table(said("fit"), [said(key) for key in wanted], rows))
    section.downloads.append(_download("fit", "residuals.csv", lines))
    return section


def _said(text: str) -> Said:
    """What was fitted to, in words; as it stands where there are none."""
    return Said(*FITTED_TO.get(text, (text, text)))


def _series(lines: Lines) -> Iterator[Figure]:
    """A figure for each series that is long enough: points, the model, and what was expected."""
    by_series: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for line in lines:
        by_series.setdefault((line["series"], line["what"]), []).append(line)
    long = {pair: some for pair, some in by_series.items() if len(some) >= LEAST}
    for k, ((series, what), some) in enumerate(long.items()):
        years = [int(line["year"]) for line in some]
        record, model, low, high = (
            [float(line[key]) for line in some]
            for key in ("record", "model", "predicted_5", "predicted_95")
        )
        axes = svg.Axes((years[0], years[-1]), limits([*record, *model, *low, *high], "1"))
        above, below = axes.points(years, high), axes.points(years, low)
        layers = [
            axes.frame("1"),
            f'<path d="{svg.area(above, below)}" fill="{look.BLUE}" fill-opacity="0.2"/>',
            svg.line(axes.points(years, model), look.BLUE, 1.8),
            *(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{look.BLACK}"/>'
                for x, y in axes.points(years, record)
            ),
        ]
        keys = [
            Key(said("record"), f"dot:{look.BLACK}"),
            Key(said("model"), f"line:{look.BLUE}:"),
            Key(said("expected"), f"box:{look.BLUE}35"),
        ]
        rows: list[list[object]] = [["series", "what", "year", "record", "model", "p05", "p95"]]
        for numbers in zip(years, record, model, low, high, strict=True):
            rows.append([series, what, *numbers])
        inside = sum(line["inside"] == "yes" for line in some)
        yield Figure(
            f"fit-{k + 1}", said("of", _said(series), _said(what)),
            said("series_caption", years[0], years[-1]), said("series_told", inside, len(some)),
            svg.whole("".join(layers), f"fit-{k + 1}"), papers.csv_text(rows), keys,
        )  # fmt: skip
