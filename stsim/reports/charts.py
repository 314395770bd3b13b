"""The figures of a report: drawn as SVG, told in words, their numbers as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from stsim import band, observed, papers
from stsim.measures import Indicator, about
from stsim.plot import look, pyramid
from stsim.plot.lines import LONGEST_GAP
from stsim.plot.published import PUBLISHED
from stsim.plot.text import LANGUAGES, unit
from stsim.plot.text import word as plot_word
from stsim.reports import material, svg
from stsim.reports.material import Material
from stsim.reports.said import Figure, Key, Part, Said, amount, joined, label, plain, said, span
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr

    from stsim.hindcast.scores import Score

#: The first year of the record that is shown.
FIRST_SHOWN = 1998
#: Indicators that the forecast from an earlier year stands beside.
FORECAST = ("under40_share", "under40_share_25plus")


def _axis(of: str) -> Said:
    return Said(*(unit(of, lang).axis for lang in LANGUAGES))


def _limits(numbers: Sequence[float], of: str) -> tuple[float, float]:
    """An axis from 0, but for ages and where nothing is below half of the highest."""
    known = [n for n in numbers if n == n]
    low, high = min(known), max(known)
    if of.startswith("years"):
        room = max(0.1 * (high - low), 0.5)
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
    past = _past(one, numbers, keys) if counted else None
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
        _limits(numbers.all, one.unit),
    )
    layers = [axes.frame(one.unit), *_bands(found, ranges, years, axes), *_points(counted, axes)]
    if past is not None:
        layers.append(svg.line(axes.points(*past), look.GREY, 1.6, "3 2"))
    for k, scenario in enumerate(found.names):
        places = axes.points(years, found.line(scenario, indicator).values.tolist())
        layers.append(svg.line(places, svg.colour(k), 3.0 if k == 0 else 1.8, svg.dash(k)))
    layers += _marks(scores, axes)
    layers += [
        f'<path d="{svg.SHAPES["star"]}" transform="'
        f'translate({axes.x(goal.year) - 13:.1f} {axes.y(goal.value) - 6:.1f})"/>'
        for goal in goals
    ]
    notes = [said("fan_caption", _axis(one.unit), said("by_" + dim))]
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
    past = material.past_measures()[one.name]
    years, values = past[past.dims[-1]].values.tolist(), past.values.tolist()
    numbers.add("model from 2007", years, values)
    keys.append(Key(said("from_2007"), f"line:{look.GREY}:3 2"))
    return years, values


def _scores(one: Indicator, numbers: _Numbers, keys: list[Key]) -> Sequence[Score]:
    """The forecast from an earlier year, where there is one."""
    scores = material.forecasts() if one.name in FORECAST else ()
    if scores:
        numbers.add(
            f"forecast from {material.CUT}, 80 %", [s.year for s in scores],
            [s.middle for s in scores], ([s.low80 for s in scores], [s.high80 for s in scores]),
        )  # fmt: skip
        keys.append(Key(said("forecast_from", material.CUT), f"diamond:{look.PURPLE}"))
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
    unit_of = Said("percentage points", "ポイント") if one.unit == "share" else _axis(one.unit)
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


# --- people ---------------------------------------------------------------------------------------


def ages(
    then: xr.Dataset, now: xr.Dataset, years: tuple[int, int], names: tuple[Said, Said], key: str
) -> Figure:
    """Faculty by single year of age, women left and men right, over the outline of another time."""
    then_year, now_year = years
    people = _faculty(now, now_year)
    outline = _faculty(then, then_year).sum("contract")
    some = people["age"].values
    top, bottom, middle = 30.0, 30.0, svg.WIDTH / 2
    height = 300.0
    widest = float(max(people.sum("contract").max(), outline.max())) * 1.05
    scale = (middle - 34) / widest
    step = (height - top - bottom) / len(some)

    def y(age: float) -> float:
        return height - bottom - (age - pyramid.FIRST) * step

    layers = []
    for age in range(pyramid.FIRST, pyramid.LAST + 1, 10):
        layers.append(f'<path d="M30 {y(age):.1f}H{svg.WIDTH - 4:g}" class="grid"/>')
        layers.append(svg.text(24, y(age) + 3.5, plain(age), anchor="end"))
    numbers: list[list[object]] = [["year", "sex", "age", "contract", "persons"]]
    for sex, side in pyramid.SIDES.items():
        start = np.zeros(len(some))
        for contract, fill in pyramid.COLOURS.items():
            persons = people.sel(contract=contract, sex=sex).values
            for age, number in zip(some.tolist(), persons.tolist(), strict=True):
                numbers.append([now_year, sex, age, contract, number])
            if persons.sum() <= 0:
                continue
            inner = _steps(start, side * scale, middle, y, step)
            start = start + persons
            outer = _steps(start, side * scale, middle, y, step)
            way = svg.path(outer + inner[::-1])
            layers.append(f'<path d="{way}Z" fill="{fill}"/>')
        total = outline.sel(sex=sex).values
        for age, number in zip(some.tolist(), total.tolist(), strict=True):
            numbers.append([then_year, sex, age, "all", number])
        layers.append(svg.line(_steps(total, side * scale, middle, y, step), look.BLACK, 1.4))
    for k, sex in enumerate(("female", "male")):
        place = (34.0, "start") if k == 0 else (svg.WIDTH - 4, "end")
        number = f"{float(people.sel(sex=sex).sum()):,.0f}"
        words = Said(*(plot_word(sex, lang, number).replace("\n", " ") for lang in LANGUAGES))
        layers.append(svg.text(place[0], 16, words, anchor=place[1], kind="strong"))
    for value in svg.ticks(0, widest, 3):
        for side in (-1, 1):
            at = middle + side * scale * value
            layers.append(svg.text(at, height - 12, plain(f"{value:,.0f}"), anchor="middle"))
    keys = [
        Key(Said(*(plot_word(c, lang) for lang in LANGUAGES)), f"box:{fill}")
        for c, fill in pyramid.COLOURS.items()
        if float(people.sel(contract=c).sum()) > 0
    ]
    keys.append(Key(said("outline_of", names[0], then_year), f"line:{look.BLACK}:"))
    young = [_young(x) for x in (people.sum("contract"), outline)]
    shares = [amount(share, "share") for share in young]
    title = said("pyramid_title", names[1], now_year)
    return Figure(
        key, title, said("pyramid_caption"),
        said("pyramid_told", now_year, shares[0], then_year, shares[1]),
        svg.whole("".join(layers), key, height=height), papers.csv_text(numbers), keys,
    )  # fmt: skip


def _steps(
    persons: Array, scale: float, middle: float, y: Callable[[float], float], step: float
) -> list[tuple[float, float]]:
    """The outline of bars, one for each age."""
    found = []
    for k, number in enumerate(persons.tolist()):
        at = middle + scale * number
        low = y(pyramid.FIRST + k)
        found += [(at, low), (at, low - step)]
    return found


def _faculty(ds: xr.Dataset, year: int) -> xr.DataArray:
    """Faculty by contract, age and sex, of ages that are drawn."""
    from stsim.measures import expected

    people = pyramid.faculty(expected(ds[["stock"]]), year)
    return people.sel(age=slice(pyramid.FIRST, pyramid.LAST))


def _young(people: xr.DataArray) -> float:
    return float(people.sel(age=slice(0, 39)).sum()) / float(people.sum())


def sankey(ds: xr.Dataset, year: int, name: Said, key: str) -> Figure:
    """Who moves from where to where in a year: bands as wide as people are many."""
    moved = papers.flows(ds, year)["persons"]
    values, keys = moved.values, moved["source"].values.tolist()
    labels = [Said(*papers.GROUPS[k]) for k in keys]
    colours = {k: svg.PARTS[n % len(svg.PARTS)] for n, k in enumerate(keys)}
    colours["outside"] = colours["left"] = "#8a8a8a"
    width, height, gap, bar = 720.0, 440.0, 12.0, 10.0
    left_x, right_x = 170.0, 530.0
    sums = (values.sum(axis=1), values.sum(axis=0))
    shown = [[k for k in range(len(keys)) if total[k] >= 0.5] for total in sums]
    room = height - 20 - gap * (max(map(len, shown)) - 1)
    scale = room / max(float(sums[0].sum()), 1.0)
    tops: list[dict[int, float]] = []
    for side in (0, 1):
        at, found = 14.0, {}
        for k in shown[side]:
            found[k] = at
            at += float(sums[side][k]) * scale + gap
        tops.append(found)
    used = [dict(tops[0]), dict(tops[1])]
    layers = []
    rows: list[list[object]] = [["year", "source", "target", "persons"]]
    middle = (left_x + right_x) / 2
    for s in shown[0]:
        for t in shown[1]:
            persons = float(values[s, t])
            if persons < 0.5:
                continue
            rows.append([year, keys[s], keys[t], persons])
            thick = persons * scale
            a, b = used[0][s], used[1][t]
            used[0][s], used[1][t] = a + thick, b + thick
            layers.append(
                f'<path d="M{left_x + bar:g} {a:.1f}C{middle:g} {a:.1f} {middle:g} {b:.1f} '
                f"{right_x:g} {b:.1f}V{b + thick:.1f}C{middle:g} {b + thick:.1f} {middle:g} "
                f'{a + thick:.1f} {left_x + bar:g} {a + thick:.1f}Z" fill="{colours[keys[s]]}" '
                'fill-opacity="0.45"/>'
            )
    for side, x in ((0, left_x), (1, right_x)):
        below = 0.0
        for k in shown[side]:
            top, thick = tops[side][k], float(sums[side][k]) * scale
            layers.append(
                f'<rect x="{x:g}" y="{top:.1f}" width="{bar:g}" height="{max(thick, 1):.1f}" '
                f'fill="{colours[keys[k]]}"/>'
            )
            middle_y = max(top + thick / 2 + 4, below + 13)
            below = middle_y
            words = joined([labels[k], plain(f"{float(sums[side][k]):,.0f}")], (" ", " "))
            place = (x - 6, "end") if side == 0 else (x + bar + 6, "start")
            layers.append(svg.text(place[0], middle_y, words, anchor=place[1]))
    order = sorted(((values[s, t], s, t) for s in shown[0] for t in shown[1]), reverse=True)[:3]
    told = joined(
        [said("moved", f"{float(n):,.0f}", labels[s], labels[t]) for n, s, t in order], ("; ", "；")
    )
    return Figure(
        key, said("sankey_title", name, year), said("sankey_caption"),
        said("sankey_told", told), svg.whole("".join(layers), key, width, height),
        papers.csv_text(rows), wide=True,
    )  # fmt: skip


# --- bars -----------------------------------------------------------------------------------------


def bars(
    name: str, title: Said, caption: Said, of: str,
    rows: Sequence[tuple[Said, float, float]], csv: str, middle: Said | None = None,
    two: bool = False,
) -> Figure:  # fmt: skip
    """Horizontal bars from one value to another, such as ranges of effects: a line for each.

    With `two` both ends have a bar of their own, from zero: the lowest above, the highest below.
    """
    step, top, bottom, left = 44.0, 8.0, 26.0, 12.0
    height = top + bottom + step * len(rows)
    every = [x for _, low, high in rows for x in (low, high)] + [0.0]
    low, high = min(every), max(every)
    room = 0.05 * (high - low) or 1.0
    low, high = low - (room if low < 0 else 0), high + room
    scale = (svg.WIDTH - left - 12) / (high - low)

    def x(value: float) -> float:
        return left + (value - low) * scale

    layers = []
    for value in svg.ticks(low, high, 4):
        layers.append(f'<path d="M{x(value):.1f} {top:g}V{height - bottom:.1f}" class="grid"/>')
        layers.append(svg.text(x(value), height - 9, svg.tick(value, of), anchor="middle"))
    layers.append(f'<path d="M{x(0):.1f} {top:g}V{height - bottom:.1f}" stroke="{look.GREY}"/>')
    told = []
    for k, (words, start, end) in enumerate(rows):
        y = top + k * step
        a, b = sorted((start, end))
        layers.append(svg.text(left + 4, y + 14, words))
        drawn = [(a, b, 20, 14, look.BLUE)]
        if two:
            drawn = [
                (min(0.0, end_of), max(0.0, end_of), 20 + 8 * n, 8, fill)
                for n, (end_of, fill) in enumerate(((start, look.ORANGE), (end, look.BLUE)))
            ]
        layers += [
            f'<rect x="{x(from_):.1f}" y="{y + down:.1f}" width="{max(x(to) - x(from_), 1.5):.1f}" '
            f'height="{thick}" fill="{fill}"/>'
            for from_, to, down, thick, fill in drawn
        ]
        told.append(said("bar_told", words, span(a, b, of, signed=True)))
    keys = [Key(middle, f"box:{look.BLUE}")] if middle else []
    if two:
        keys = [
            Key(said(f"end_{end_of}"), f"box:{fill}")
            for end_of, fill in (("low", look.ORANGE), ("high", look.BLUE))
        ]
    return Figure(
        name, title, caption, joined(told, ("; ", "；")),
        svg.whole("".join(layers), name, height=height), csv,
        keys,
    )  # fmt: skip


def stacked(
    name: str, title: Said, caption: Said, of: str,
    rows: Sequence[tuple[Said, Mapping[str, float]]], labels: Mapping[str, Said], csv: str,
) -> Figure:  # fmt: skip
    """Horizontal bars of parts, one after the other; negative parts go to the left of zero."""
    step, top, bottom, left = 44.0, 8.0, 26.0, 12.0
    height = top + bottom + step * len(rows)
    ends = [
        sum(v for v in parts.values() if (v > 0) == positive)
        for _, parts in rows
        for positive in (True, False)
    ] + [0.0]
    low, high = min(ends), max(ends)
    room = 0.05 * (high - low) or 1.0
    low, high = low - (room if low < 0 else 0), high + room
    scale = (svg.WIDTH - left - 12) / (high - low)
    layers, told = [], []
    for value in svg.ticks(low, high, 4):
        at = left + (value - low) * scale
        layers.append(f'<path d="M{at:.1f} {top:g}V{height - bottom:.1f}" class="grid"/>')
        layers.append(svg.text(at, height - 9, svg.tick(value, of), anchor="middle"))
    kinds = list(labels)
    for k, (words, parts) in enumerate(rows):
        y, sides = top + k * step, [0.0, 0.0]
        layers.append(svg.text(left + 4, y + 14, words))
        for part, value in parts.items():
            start = sides[value < 0]
            sides[value < 0] = start + value
            a, b = sorted((start, start + value))
            layers.append(
                f'<rect x="{left + (a - low) * scale:.1f}" y="{y + 20:.1f}" '
                f'width="{max((b - a) * scale, 0.5):.1f}" height="14" '
                f'fill="{svg.PARTS[kinds.index(part) % len(svg.PARTS)]}"/>'
            )
        each = [said("bar_told", labels[p], amount(v, of)) for p, v in parts.items()]
        told.append(said("bar_told", words, joined(each)))
    keys = [
        Key(labels[part], f"box:{svg.PARTS[n % len(svg.PARTS)]}") for n, part in enumerate(kinds)
    ]
    return Figure(
        name, title, caption, joined(told, ("; ", "；")),
        svg.whole("".join(layers), name, height=height), csv, keys,
    )  # fmt: skip
