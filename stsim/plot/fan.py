"""A fan by year: what was counted, the model from an earlier start, scenarios with their ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stsim import band
from stsim.measures import expected
from stsim.plot import look, marks
from stsim.plot.lines import COLOURS, draw_model, draw_record, values_of
from stsim.plot.published import PUBLISHED
from stsim.plot.text import unit, word
from stsim.quantities import short

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

#: How dark ranges are.
ALPHA = 0.18


def fan(
    ds: xr.Dataset,
    indicator: str,
    language: str = "en",
    ax: Axes | None = None,
    *,
    ranges: xr.Dataset | None = None,
    hindcast: xr.Dataset | None = None,
) -> Axes:
    """Draw an indicator by year with its range: record, model from an earlier start, scenarios.

    `ds` is a dataset from `stsim.simulate` or `stsim.open_results`, or its indicators, with one or
    several scenarios. `ranges` are measures by `draw` (and `scenario`), from `stsim.ranges` or the
    `ranges.nc` of a results folder; a dataset with `draw` of its own needs none. `hindcast` is a
    run from an earlier year, such as `stsim.simulate("engine=stocks", "years.first=2007",
    "years.last=2025")`, which is drawn dashed. The range holds nine tenths of the parameter sets
    on average (`stsim.band`). Raises ValueError with one clear line for what cannot be drawn.
    """
    look.check(ds, language)
    about, values = values_of(ds, indicator)
    values = expected(values)
    names = look.scenario_names(ds)
    by_draw = _by_draw(values, ranges, indicator, len(names))
    if "draw" in values.dims:
        values = values.median("draw")
    look.check_dims(values, ("time", "year", "scenario"))
    dim = "time" if "time" in values.dims else "year"
    if "scenario" not in values.dims:
        values = values.expand_dims("scenario")
    if len(names) > len(COLOURS):
        raise ValueError(f"{len(names)} scenarios in one picture; select {len(COLOURS)} of them")
    published = PUBLISHED.get(indicator, ())
    titles = {name: look.scenario_title(name, language) for name in names}
    for title in titles.values():
        look.check_glyphs(title, language)

    ax = look.axes(ax)
    keys = [draw_record(ax, series, language) for series in published]
    if hindcast is not None:
        keys.append(_draw_hindcast(ax, hindcast, indicator, language))
    lines = draw_model(ax, names, values, dim)
    for name, line in zip(names, lines, strict=True):
        _draw_range(ax, by_draw, name, line)
    marks.axis(ax, about, dim, language)
    _make_room(ax, by_draw)
    goals = marks.targets(ax, indicator, language)
    marks.key(ax, keys)
    said = "fan_about" if by_draw is not None else "fan_without"
    look.heading(ax, about.label_ja if language == "ja" else about.label, word(said, language))
    texts = [titles[name] for name in names]
    ends = marks.ends(ax, lines, texts, unit(about.unit, language), f"in_{dim}", language)
    look.set_fonts(ax, language)
    look.settle(ax)
    marks.spread(ax, ends)
    marks.turn(ax, goals)
    return ax


def _by_draw(
    values: xr.DataArray, ranges: xr.Dataset | None, indicator: str, scenarios: int
) -> xr.DataArray | None:
    """The measure by draw, if draws move it."""
    if ranges is None:
        return values if "draw" in values.dims else None
    if indicator not in ranges:
        raise ValueError(
            f"ranges has no {short(indicator)}: give measures by draw, from stsim.ranges or "
            "ranges.nc of a results folder"
        )
    by_draw = ranges[indicator]
    if "draw" not in by_draw.dims:
        return None
    if scenarios > 1 and "scenario" not in by_draw.dims:
        raise ValueError("ranges of several scenarios need a dimension 'scenario'")
    return by_draw


def _draw_range(ax: Axes, by_draw: xr.DataArray | None, name: str, line: Line2D) -> None:
    if by_draw is None:
        return
    if "scenario" in by_draw.dims:
        if name not in by_draw["scenario"].values:
            return
        by_draw = by_draw.sel(scenario=name)
    by_draw = by_draw.transpose("draw", ...)
    low, high = band.ends(by_draw.values)
    years = by_draw[by_draw.dims[-1]].values
    ax.fill_between(
        years, low, high, color=line.get_color(), alpha=ALPHA, linewidth=0, gid=f"range {name}"
    )


def _draw_hindcast(ax: Axes, ds: xr.Dataset, indicator: str, language: str) -> Line2D:
    _, values = values_of(ds, indicator)
    values = expected(values)
    look.check_dims(values, ("time", "year"))
    years = values[values.dims[-1]].values
    (line,) = ax.plot(
        years, values.values, "--", color=look.GREY, linewidth=1.8, gid="hindcast",
        label=word("fan_hindcast", language, int(years[0])),
    )  # fmt: skip
    return line


def _make_room(ax: Axes, by_draw: xr.DataArray | None) -> None:
    """Widen the limits so that ranges are seen whole."""
    if by_draw is None:
        return
    low, high = (np.nanmin(by_draw.values), np.nanmax(by_draw.values))
    bottom, top = ax.get_ylim()
    ax.set_ylim(min(bottom, float(low)), max(top, 1.03 * float(high)))
