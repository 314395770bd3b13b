"""Figures of horizontal bars: ranges of effects, and parts of a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stsim.plot import look
from stsim.reports import svg
from stsim.reports.by_year import axis
from stsim.reports.said import Figure, Key, Said, amount, joined, said, span


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
        layers.append(svg.text(left + 4, y + 14, svg.shortened(words, svg.WIDTH - left - 8)))
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
    caption = _with_unit(caption, said("points") if of == "share" else axis(of))
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
        layers.append(svg.text(left + 4, y + 14, svg.shortened(words, svg.WIDTH - left - 8)))
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
        name, title, _with_unit(caption, axis(of)), joined(told, ("; ", "；")),
        svg.whole("".join(layers), name, height=height), csv, keys,
    )  # fmt: skip


def _with_unit(caption: Said, unit: Said) -> Said:
    """A caption after the unit of its bars, where they have one."""
    return said("unit_caption", unit, caption) if unit.en else caption
