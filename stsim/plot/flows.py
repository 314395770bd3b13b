"""Who moves from where to where in a year, as bands between two columns (Sankey)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stsim import papers
from stsim.plot import look
from stsim.plot.pyramid import scenario_of
from stsim.plot.text import word

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

COLOURS = (look.ORANGE, look.GREEN, look.PURPLE, look.SKY, look.VERMILLION, look.BLUE)
#: Groups that are not in the pipeline are grey. Room between bands, as a part of their sum.
OUTSIDE, GAP, BAR = ("outside", "left"), 0.025, 0.02


def flows(
    ds: xr.Dataset,
    year: int,
    language: str = "en",
    ax: Axes | None = None,
    *,
    scenario: str | None = None,
) -> Axes:
    """Draw the moves of an academic year between groups of stages; bands as wide as many move.

    `ds` is a dataset from `stsim.simulate` or `stsim.open_results`; with several scenarios it needs
    `scenario`. The numbers are those of `stsim.papers.flows`. Raises ValueError with one clear line
    for what cannot be drawn.
    """
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    look.check(ds, language)
    name = scenario_of(ds, scenario)
    if "scenario" in ds.dims:
        ds = ds.sel(scenario=name)
    moved = papers.flows(ds, year)["persons"]
    values, keys = moved.values, moved["source"].values.tolist()
    texts = [papers.GROUPS[key][language == "ja"] for key in keys]
    plain = iter(COLOURS * 2)
    colours = {key: look.GREY if key in OUTSIDE else next(plain) for key in keys}
    ax = look.axes(ax)
    total = float(values.sum())
    tops, sums = [], (values.sum(axis=1), values.sum(axis=0))
    for side in sums:
        at, found = 0.0, {}
        for k in np.flatnonzero(side >= 0.5).tolist():
            found[k] = at
            at += float(side[k]) + GAP * total
        tops.append(found)
    used = [dict(found) for found in tops]
    for s in tops[0]:
        for t in tops[1]:
            persons = float(values[s, t])
            if persons < 0.5:
                continue
            a, b = used[0][s], used[1][t]
            used[0][s], used[1][t] = a + persons, b + persons
            x0, x1 = BAR, 1 - BAR
            points = [
                (x0, a), (0.5, a), (0.5, b), (x1, b), (x1, b + persons), (0.5, b + persons),
                (0.5, a + persons), (x0, a + persons), (x0, a),
            ]  # fmt: skip
            codes = [1, 4, 4, 4, 2, 4, 4, 4, 79]
            band = PathPatch(
                Path(points, codes), facecolor=colours[keys[s]], alpha=0.45, linewidth=0
            )
            band.set_gid(f"{keys[s]} to {keys[t]}")
            ax.add_patch(band)
    for k, (found, side) in enumerate(zip(tops, sums, strict=True)):
        below = -1.0
        for n, top in found.items():
            size = float(side[n])
            x = 0.0 if k == 0 else 1 - BAR
            ax.add_patch(Rectangle((x, top), BAR, size, color=colours[keys[n]], linewidth=0))
            middle = max(top + size / 2, below + 0.045 * total)
            below = middle
            ax.annotate(
                f"{texts[n]} {size:,.0f}", (-0.01 if k == 0 else 1.01, middle), va="center",
                ha="right" if k == 0 else "left", fontsize=look.SMALL, annotation_clip=False,
            )  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_ylim(total * (1 + GAP * max(map(len, tops))), 0)
    ax.axis("off")
    title = word("flows", language, year)
    look.heading(ax, title, word("flows_about", language, look.scenario_title(name, language)))
    look.set_fonts(ax, language)
    look.settle(ax)
    return ax
