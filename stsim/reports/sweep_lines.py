"""Figures of a sweep: across the values of a key, by year for each value, and the spread of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stsim import levers, papers, params
from stsim.measures import Indicator
from stsim.plot import look
from stsim.reports import svg
from stsim.reports.by_year import axis, limits
from stsim.reports.lists import unit_label
from stsim.reports.said import Figure, Key, Said, amount, joined, label, plain, said, span
from stsim.vocabulary import Array

#: Colours and dashes of the years that are shown.
YEARS = ((look.BLUE, ""), (look.VERMILLION, "6 2.5"), (look.GREEN, "2 2"))


def ends(values: Array) -> tuple[float, float, float]:
    """The 5th percentile, the median and the 95th of the runs that are known."""
    known = values[np.isfinite(values)]
    if not len(known):
        return (float("nan"),) * 3
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95), method="weibull").tolist()
    return low, middle, high


def across(
    one: Indicator, key: Said, name: str, x: Sequence[float], by_year: Mapping[int, Sequence[Array]]
) -> Figure:
    """A measure over the values of a swept key, a line for each year that is shown."""
    found = {year: np.array([ends(v) for v in values]).T for year, values in by_year.items()}
    axes = svg.Axes(
        (x[0], x[-1]), limits([v for e in found.values() for v in e.ravel()], one.unit, True)
    )
    layers, keys, told = [axes.frame(one.unit, years=False)], [], []
    rows: list[list[object]] = [["indicator", "unit", "year", name, "value", "low", "high"]]
    for (year, (low, middle, high)), (fill, dashed) in zip(found.items(), YEARS, strict=False):
        if not np.isfinite(middle).any():
            continue
        above, below, places = (axes.points(x, v.tolist()) for v in (high, low, middle))
        if (high > low).any():
            layers.append(f'<path d="{svg.area(above, below)}" fill="{fill}" fill-opacity="0.13"/>')
        layers.append(svg.line(places, fill, 2.0, dashed))
        layers += [
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.4" fill="{fill}"/>'
            for a, b in places
            if b == b
        ]
        keys.append(Key(plain(year), f"line:{fill}:{dashed}"))
        rows += [
            [one.name, one.unit, year, *numbers]
            for numbers in zip(x, middle.tolist(), low.tolist(), high.tolist(), strict=True)
        ]
        pair = (amount(float(middle[k]), one.unit) for k in (0, -1))
        told.append(said("across_told", year, *pair, f"{x[0]:,.6g}", f"{x[-1]:,.6g}"))
    unit = _unit(name)
    caption = [said("across_caption", said("of_unit", key, unit) if unit else key, axis(one.unit))]
    return Figure(
        f"across-{one.name}", label(one), joined(caption, (" ", "")), joined(told, (" ", "")),
        svg.whole("".join(layers), f"across-{one.name}"), papers.csv_text(rows), keys,
    )  # fmt: skip


def _unit(name: str) -> Said | None:
    """The unit of a swept key; None where it has none to tell."""
    if name in levers.NAMES:
        return unit_label(levers.about(name).unit)
    return unit_label(params.prior(name).unit) if name in params.NAMES else None


def beside(one: Indicator, years: Sequence[int], lines: Mapping[Said, Array]) -> Figure:
    """A measure by year, a line for each combination of swept values."""
    found = {title: np.array([ends(v) for v in values.T]).T for title, values in lines.items()}
    axes = svg.Axes(
        (years[0], years[-1]),
        limits([v for e in found.values() for v in e.ravel()], one.unit, True),
    )
    layers, keys, told = [axes.frame(one.unit)], [], []
    rows: list[list[object]] = [["indicator", "unit", "what", "year", "value", "low", "high"]]
    for k, (title, (low, middle, high)) in enumerate(found.items()):
        fill = svg.colour(k)
        if (high > low).any():
            edges = (axes.points(years, v.tolist()) for v in (high, low))
            layers.append(f'<path d="{svg.area(*edges)}" fill="{fill}" fill-opacity="0.1"/>')
        layers.append(svg.line(axes.points(years, middle.tolist()), fill, 2.0, svg.dash(k)))
        keys.append(Key(title, f"line:{fill}:{svg.dash(k)}"))
        rows += [
            [one.name, one.unit, title.en, *numbers]
            for numbers in zip(years, middle.tolist(), low.tolist(), high.tolist(), strict=True)
        ]
        first, last = (amount(float(middle[at]), one.unit) for at in (0, -1))
        told.append(said("told", title, years[0], first, years[-1], last))
    return Figure(
        f"beside-{one.name}", label(one), said("beside_caption", axis(one.unit)),
        joined(told, (" ", "")), svg.whole("".join(layers), f"beside-{one.name}"),
        papers.csv_text(rows), keys,
    )  # fmt: skip


def spread(one: Indicator, years: Sequence[int], values: Array) -> Figure:
    """How the runs of a design are spread in every year: nine tenths, half, and the median."""
    parts = np.nanpercentile(values, (5, 25, 50, 75, 95), axis=0)
    axes = svg.Axes((years[0], years[-1]), limits(parts.ravel().tolist(), one.unit, True))
    places = [axes.points(years, part.tolist()) for part in parts]
    layers = [
        axes.frame(one.unit),
        f'<path d="{svg.area(places[4], places[0])}" fill="{look.BLUE}" fill-opacity="0.18"/>',
        f'<path d="{svg.area(places[3], places[1])}" fill="{look.BLUE}" fill-opacity="0.35"/>',
        svg.line(places[2], look.BLACK, 2.0),
    ]
    keys = [
        Key(said("median"), f"line:{look.BLACK}:"),
        Key(said("half"), f"box:{look.BLUE}70"),
        Key(said("nine_tenths"), f"box:{look.BLUE}30"),
    ]
    rows: list[list[object]] = [["indicator", "unit", "year", "p5", "p25", "p50", "p75", "p95"]]
    rows += [
        [one.name, one.unit, year, *numbers]
        for year, numbers in zip(years, parts.T.tolist(), strict=True)
    ]
    there = span(float(parts[0, -1]), float(parts[4, -1]), one.unit)
    return Figure(
        f"spread-{one.name}", label(one), said("spread_caption", axis(one.unit)),
        said("spread_told", years[-1], there), svg.whole("".join(layers), f"spread-{one.name}"),
        papers.csv_text(rows), keys,
    )  # fmt: skip
