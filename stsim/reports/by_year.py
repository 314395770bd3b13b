"""Figures by year: a measure with its record and ranges, and how scenarios change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from stsim import band, observed, papers
from stsim.measures import Indicator, about
from stsim.plot import look
from stsim.plot.lines import LONGEST_GAP
from stsim.plot.published import PUBLISHED
from stsim.plot.text import LANGUAGES, unit
from stsim.reports import past, svg
from stsim.reports.material import Material
from stsim.reports.said import Figure, Key, Part, Said, amount, joined, label, said, span
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr

    from stsim.hindcast.scores import Score

#: The first year of the record that is shown.
FIRST_SHOWN = 1998
#: Indicators that the forecast from an earlier year stands beside.
FORECAST = ("under40_share", "under40_share_25plus")


def axis(of: str) -> Said:
    """What stands at an axis: the unit."""
    return Said(*(unit(of, lang).axis for lang in LANGUAGES))


def limits(numbers: Sequence[float], of: str, close: bool = False) -> tuple[float, float]:
    """An axis from 0, but for ages; `close` to the numbers where small differences matter."""
    known = [n for n in numbers if n == n]
    low, high = min(known), max(known)
    if close or of.startswith("years"):
        room = max(0.1 * (high - low), 0.5 if of.startswith("years") else 0.01 * abs(high), 1e-12)
        return low - room, high + room
    return min(0.0, 1.06 * low), 1.06 * high or 1.0


class _Numbers:
    """The lines of a CSV file as a figure is drawn."""

    def __init__(self, indicator: Indicator) -> None:
        self.indicator = indicator
        self.rows: list[list[object]] = [
            ["indicator", "unit", "what", "year", "value", "low", "high"]
        ]
        self.all: list[float] = []

    def add(
        self, what: str, years: Sequence[float], values: Sequence[float],
        ends: tuple[Sequence[float], Sequence[float]] | None = None,
    ) -> None:  # fmt: skip
        for k, year in enumerate(years):
            low, high = (ends[0][k], ends[1][k]) if ends else (float("nan"),) * 2
            self.rows.append(
                [self.indicator.name, self.indicator.unit, what, int(year), values[k], low, high]
            )
            self.all += [values[k], low, high]

    @property
    def csv(self) -> str:
        return papers.csv_text(self.rows)


def _ends(values: xr.DataArray) -> tuple[Array, Array] | None:
    if "draw" not in values.dims:
        return None
    return band.ends(values.transpose("draw", ...).values)


def fan(found: Material, indicator: str) -> Figure:
    """A measure on one axis: what was counted, the model from 2007, and every scenario's range."""
    one, name = about(indicator), f"fan-{indicator}"
    numbers, keys = _Numbers(one), list[Key]()
    counted = _counted(one, numbers, keys)
    before = _past(one, numbers, keys) if counted else None
    scores = _scores(one, numbers, keys)
    ranges = _scenarios(found, one, numbers, keys)
    goals = [t for t in observed.record().targets() if t.indicator == indicator]
    for goal in goals:
        numbers.add(f"target: {goal.title_en}", [goal.year], [goal.value])
        keys.append(Key(Said(goal.title_en, goal.title_ja), f"star:{look.BLACK}"))
    line = found.line(found.first, indicator)
    dim = str(line.dims[-1])
    years = line[dim].values.tolist()
    axes = svg.Axes(
        (FIRST_SHOWN if counted else _first_known(found, one), max(found.last, *_years(goals))),
        limits(numbers.all, one.unit),
    )
    layers = [axes.frame(one.unit), *_bands(found, ranges, years, axes), *_points(counted, axes)]
    if before is not None:
        layers.append(svg.line(axes.points(*before), look.GREY, 1.6, "3 2"))
    for k, scenario in enumerate(found.names):
        places = axes.points(years, found.line(scenario, indicator).values.tolist())
        layers.append(svg.line(places, svg.colour(k), 3.0 if k == 0 else 1.8, svg.dash(k)))
    layers += _marks(scores, axes)
    layers += [
        f'<path d="{svg.SHAPES["star"]}" transform="'
        f'translate({axes.x(goal.year) - 13:.1f} {axes.y(goal.value) - 6:.1f})"/>'
        for goal in goals
    ]
    notes = [said("fan_caption", axis(one.unit), said("by_" + dim))]
    notes += [said("not_from_zero")] if one.unit.startswith("years") else []
    notes += [] if ranges else [said("no_band")]
    notes += [] if counted else [said("no_record")]
    return Figure(
        name, label(one), joined(notes, (" ", "")), _told(found, one, ranges, years),
        svg.whole("".join(layers), name), numbers.csv, keys,
    )  # fmt: skip


#: A published series on the model's basis or another, in the pieces that may be joined.
Counted = list[tuple[bool, list[tuple[Array, Array]]]]
#: Ends of ranges by scenario.
Ranges = dict[str, tuple[Array, Array]]


def _years(goals: Sequence[observed.Target]) -> list[int]:
    return [goal.year for goal in goals] or [0]


def _first_known(found: Material, one: Indicator) -> int:
    """The first year in which some scenario knows a measure."""
    line = found.line(found.first, one.name)
    known = line.dropna(str(line.dims[-1]))
    return int(known[known.dims[-1]][0]) if known.size else int(line[line.dims[-1]][0])


def _counted(one: Indicator, numbers: _Numbers, keys: list[Key]) -> Counted:
    """The published series, from the first year that is shown."""
    drawn: Counted = []
    for series in PUBLISHED.get(one.name, ()):
        pieces: list[tuple[Array, Array]] = []
        for piece in series.pieces(observed.record()):
            years = np.array([y for y in sorted(piece) if y >= FIRST_SHOWN])
            if len(years):
                values = np.array([piece[int(y)] for y in years])
                numbers.add(f"record: {series.label}", years.tolist(), values.tolist())
                cuts = np.flatnonzero(np.diff(years) > LONGEST_GAP) + 1
                pieces += list(zip(np.split(years, cuts), np.split(values, cuts), strict=True))
        drawn.append((series.same_basis, pieces))
        mark = "dot" if series.same_basis else "ring"
        keys.append(Key(Said(series.label, series.label_ja), f"{mark}:{look.GREY}"))
    return drawn


def _past(one: Indicator, numbers: _Numbers, keys: list[Key]) -> tuple[list[float], list[float]]:
    """The model from 2007."""
    line = past.past_measures()[one.name]
    years, values = line[line.dims[-1]].values.tolist(), line.values.tolist()
    numbers.add("model from 2007", years, values)
    keys.append(Key(said("from_2007"), f"line:{look.GREY}:3 2"))
    return years, values


def _scores(one: Indicator, numbers: _Numbers, keys: list[Key]) -> Sequence[Score]:
    """The forecast from an earlier year, where there is one."""
    scores = past.forecasts() if one.name in FORECAST else ()
    if scores:
        numbers.add(
            f"forecast from {past.CUT}, 80 %", [s.year for s in scores],
            [s.middle for s in scores], ([s.low80 for s in scores], [s.high80 for s in scores]),
        )  # fmt: skip
        keys.append(Key(said("forecast_from", past.CUT), f"diamond:{look.PURPLE}"))
    return scores


def _scenarios(found: Material, one: Indicator, numbers: _Numbers, keys: list[Key]) -> Ranges:
    """The scenarios, and their ranges where there are any."""
    ranges: Ranges = {}
    for k, scenario in enumerate(found.names):
        values = found.line(scenario, one.name)
        by_draw = found.by_draw[scenario].get(one.name) if scenario in found.by_draw else None
        ends = None if by_draw is None else _ends(by_draw)
        if ends:
            ranges[scenario] = ends
        numbers.add(
            scenario, values[values.dims[-1]].values.tolist(), values.values.tolist(),
            (ends[0].tolist(), ends[1].tolist()) if ends else None,
        )  # fmt: skip
        keys.append(Key(found.titles[scenario], f"line:{svg.colour(k)}:{svg.dash(k)}"))
    return ranges


def _bands(found: Material, ranges: Ranges, years: Sequence[int], axes: svg.Axes) -> Iterator[str]:
    """The range of the first scenario by year, and those of all at the right edge.

    Bands of several would hide each other.
    """
    if found.first in ranges:
        low, high = (axes.points(years, end.tolist()) for end in ranges[found.first])
        yield f'<path d="{svg.area(high, low)}" fill="{look.BLACK}" fill-opacity="0.13"/>'
    for k, scenario in enumerate(found.names):
        if scenario not in ranges or len(found.names) == 1:
            continue
        low_end, high_end = (end[np.isfinite(end)] for end in ranges[scenario])
        if len(low_end):
            x = svg.WIDTH - svg.RIGHT + 3 + 5 * k
            yield (
                f'<path d="M{x:.1f} {axes.y(float(low_end[-1])):.1f}'
                f'V{axes.y(float(high_end[-1])):.1f}" stroke="{svg.colour(k)}" stroke-width="3"/>'
            )


def _points(counted: Counted, axes: svg.Axes) -> Iterator[str]:
    """What was counted, joined as far as it may be; open points are on another basis."""
    for same_basis, pieces in counted:
        for some, values in pieces:
            places = axes.points(some.tolist(), values.tolist())
            yield svg.line(places, look.GREY, 0.9)
            fill = look.GREY if same_basis else "#ffffff"
            for x, y in places:
                yield (
                    f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.8" fill="{fill}" '
                    f'stroke="{look.GREY}"/>'
                )


def _marks(scores: Sequence[Score], axes: svg.Axes) -> Iterator[str]:
    """Forecasts as diamonds with their ranges."""
    for score in scores:
        x, low, high = axes.x(score.year), axes.y(score.low80), axes.y(score.high80)
        yield f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{look.PURPLE}" stroke-width="2"/>'
        y = axes.y(score.middle) - 3.5
        yield f'<path d="M{x:.1f} {y:.1f}l3.5 3.5l-3.5 3.5l-3.5 -3.5Z" fill="{look.PURPLE}"/>'


def change(found: Material, one: Indicator, by_scenario: Mapping[str, xr.DataArray]) -> Figure:
    """How scenarios differ from the first, year by year, as ranges alone."""
    numbers, keys, name = _Numbers(one), [], f"change-{one.name}"
    told: list[Said] = []
    ranges: dict[str, tuple[list[float], list[float]]] = {}
    years: list[int] = []
    for scenario, by_draw in by_scenario.items():
        dim = "time" if "time" in by_draw.dims else "year"
        by_draw = by_draw.dropna(dim)
        found_ends = _ends(by_draw)
        assert found_ends is not None
        years = by_draw[dim].values.tolist()
        low, high = (end.tolist() for end in found_ends)
        ranges[scenario] = low, high
        numbers.add(scenario, years, [float("nan")] * len(years), (low, high))
        k = found.names.index(scenario)
        keys.append(Key(found.titles[scenario], f"box:{svg.colour(k)}"))
        at = min(range(len(years)), key=lambda i: abs(years[i] - found.year))
        there = span(low[at], high[at], one.unit, signed=True)
        told.append(said("change_told", found.titles[scenario], years[at], there))
    known = [n for n in numbers.all if n == n]
    room = 0.06 * (max([*known, 0.0]) - min([*known, 0.0])) or 1.0
    axes = svg.Axes((years[0], years[-1]), (min([*known, 0.0]) - room, max([*known, 0.0]) + room))
    layers = [axes.frame(one.unit)]
    for scenario, (low, high) in ranges.items():
        k = found.names.index(scenario)
        ends = [axes.points(years, end) for end in (low, high)]
        layers.append(
            f'<path d="{svg.area(ends[1], ends[0])}" fill="{svg.colour(k)}" fill-opacity="0.3"/>'
        )
        layers += [svg.line(end, svg.colour(k), 1.3, svg.dash(k)) for end in ends]
    layers.append(
        f'<path d="M{svg.LEFT:g} {axes.y(0.0):.1f}H{svg.WIDTH - svg.RIGHT:g}" '
        f'stroke="{look.BLACK}" stroke-width="1.2"/>'
    )
    unit_of = said("points") if one.unit == "share" else axis(one.unit)
    return Figure(
        name, said("effects_title", label(one)), said("fan_caption", unit_of, said("by_" + dim)),
        joined(told, (" ", "")), svg.whole("".join(layers), name), numbers.csv, keys,
    )  # fmt: skip


def _told(
    found: Material, one: Indicator, ranges: Mapping[str, tuple[Array, Array]], years: Sequence[int]
) -> Said:
    """What the lines of a fan say, for those who do not see them."""
    told = []
    for scenario in found.names:
        values = found.line(scenario, one.name).values
        known = np.flatnonzero(np.isfinite(values))
        if not len(known):
            continue
        a, b = known[0], known[-1]
        parts: list[Part] = [found.titles[scenario], years[a], amount(float(values[a]), one.unit)]
        parts.append(years[b])
        if scenario in ranges:
            low, high = (float(end[b]) for end in ranges[scenario])
            parts.append(span(low, high, one.unit))
        else:
            parts.append(amount(float(values[b]), one.unit))
        told.append(said("told", *parts))
    return joined(told, (" ", ""))
