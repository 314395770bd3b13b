"""Figures of people: faculty by age and sex, and who moves from where to where in a year."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from stsim import papers
from stsim.plot import look, pyramid
from stsim.plot.text import LANGUAGES
from stsim.plot.text import word as plot_word
from stsim.reports import svg
from stsim.reports.said import Figure, Key, Said, amount, joined, plain, said
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr


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
