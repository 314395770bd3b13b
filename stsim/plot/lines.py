"""Lines by year: an indicator's record, the baseline and the scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from stsim import observed
from stsim.measures import INDICATORS, NAMES, Indicator, expected
from stsim.plot import look, marks
from stsim.plot.published import PUBLISHED, Published
from stsim.plot.text import WORDS, unit, word
from stsim.quantities import Timeline, short

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

COLOURS = (look.BLUE, look.VERMILLION, look.GREEN, look.PURPLE, look.ORANGE, look.SKY)
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
BASELINE = "baseline"
#: The record is joined over the years between two surveys, not over a longer silence.
LONGEST_GAP = 4
#: Lines nearer to each other than this part of the axis are said to be so.
NEAR = 0.03


def scenarios(
    ds: xr.Dataset,
    indicator: str,
    language: str = "en",
    ax: Axes | None = None,
    *,
    titles: Mapping[str, str] | None = None,
    policy_start: int | None = None,
) -> Axes:
    """Draw an indicator by year: the published record, the baseline, the scenarios, the target.

    `ds` is a dataset from `stsim.simulate` or `stsim.open_results`, or its indicators; it may have
    several scenarios along `scenario`; of two engines the stock engine is drawn. `titles` names
    scenarios of your own. The policy starts where a lever leaves that of the first scenario (of a
    single one: of the law as it stands); indicators alone do not tell, so give `policy_start` with
    them. On axes of your own, make the figure with `layout="constrained"`: texts stand outside.
    Raises ValueError with one clear line for what cannot be drawn.
    """
    look.check(ds, language)
    about, values = values_of(ds, indicator)
    if "engine" in values.dims:
        values = expected(values)
    look.check_dims(values, ("time", "year", "scenario"))
    names, dim = look.scenario_names(ds), "time" if "time" in values.dims else "year"
    start = policy_start_of(ds) if policy_start is None else _given(policy_start, values[dim])
    if len(names) - (BASELINE in names) > len(COLOURS):
        raise ValueError(f"{len(names)} scenarios in one picture; select {len(COLOURS)} of them")
    if "scenario" not in values.dims:
        values = values.expand_dims("scenario")
    shown = {name: look.scenario_title(name, language) for name in names}
    if names == [BASELINE] and start:  # a run with levers given, but no scenario named
        shown[BASELINE] = look.scenario_title(look.WITH_POLICY, language)
    shown |= dict(titles or {})
    for title in shown.values():
        look.check_glyphs(title, language)
    published = PUBLISHED.get(indicator, ())

    ax = look.axes(ax)
    keys = [draw_record(ax, series, language) for series in published]
    lines = draw_model(ax, names, values, dim)
    marks.axis(ax, about, dim, language)
    marks.scope(ax, published, language)
    goals = marks.targets(ax, indicator, language)
    if start:
        marks.policy(ax, start, language)
    marks.key(ax, keys)
    title = about.label_ja if language == "ja" else about.label
    look.heading(ax, title, _about(ds, ax, about, values, bool(keys), language))
    texts = [shown[name] for name in names]
    ends = marks.ends(ax, lines, texts, unit(about.unit, language), f"in_{dim}", language)
    look.set_fonts(ax, language)
    look.settle(ax)
    marks.spread(ax, ends)
    marks.turn(ax, goals)
    return ax


def values_of(ds: xr.Dataset, name: str) -> tuple[Indicator, xr.DataArray]:
    """The indicator and its values: taken from the dataset, or measured on its people."""
    if name not in NAMES:
        raise look.unknown("indicator", name, NAMES)
    about = INDICATORS[NAMES.index(name)]
    if name in ds.data_vars:
        return about, ds[name]
    missing = [variable for variable in ("stock", "flow") if variable not in ds.data_vars]
    if missing:
        raise ValueError(
            f"the dataset has neither {name} nor {' and '.join(missing)} to measure it on; give "
            "one from stsim.simulate, stsim.open_results or stsim.indicators"
        )
    return about, about.function(ds)


def policy_start_of(ds: xr.Dataset) -> int | None:
    """The first year in which a lever is not that of the first scenario, or of the law."""
    names = [str(name) for name in ds.data_vars if str(name).startswith("policy_")]
    if not names:
        return None
    years = [int(year) for year in ds["year"].values]
    several = ds.sizes.get("scenario", 1) > 1
    if several:
        reference = {name: ds[name].isel(scenario=0, missing_dims="ignore") for name in names}
    else:
        import xarray as xr

        law = _law()
        reference = {
            name: xr.DataArray([law[lever].at(year) for year in years], {"year": years})
            for name in names
            if (lever := name.removeprefix("policy_")) in law
        }
    other = np.zeros(len(years), dtype=bool)
    for name, line in reference.items():
        different = ds[name] != line
        other |= different.any([dim for dim in different.dims if dim != "year"]).values
    if not other.any() or (other[0] and not several):
        return None  # a run older than the law of today differs from it at once: that is no policy
    return years[int(other.argmax())]


@cache
def _law() -> dict[str, Timeline]:
    """Every lever as the law stands."""
    from stsim.compose import compose

    return {name: entry.timeline for name, entry in compose().law.items()}


def _given(year: int, years: xr.DataArray) -> int:
    """The start of the policy as given, if it is in the run."""
    if year not in years.values:
        raise ValueError(
            f"policy_start={short(year)} is not in the run; give a year from "
            f"{int(years[0])} to {int(years[-1])}"
        )
    return year


def draw_record(ax: Axes, series: Published, language: str) -> Line2D:
    """Points of a published series, joined as far as they may be; returns what stands for it."""
    drawn = []
    for piece in series.pieces(observed.record()):
        years = np.array(sorted(piece))
        for part in np.split(years, np.flatnonzero(np.diff(years) > LONGEST_GAP) + 1):
            drawn += ax.plot(
                part,
                [piece[int(year)] for year in part],
                "o-",
                color=look.GREY,
                markerfacecolor=look.GREY if series.same_basis else "white",
                markersize=3.6,
                linewidth=0.9,
                zorder=3.5,  # what was counted stays to be seen where the model repeats it
                label=series.said(language),
                gid="record" if series.same_basis else "record on another basis",
            )
    return drawn[0]


def draw_model(ax: Axes, names: Sequence[str], values: xr.DataArray, dim: str) -> list[Line2D]:
    """One line for each scenario; dashes over a thick baseline show lines that cover another."""
    colours, dashes = iter(COLOURS), cycle(DASHES)
    drawn = []
    for i, name in enumerate(names):
        base = name == BASELINE
        drawn += ax.plot(
            values[dim].values,
            values.isel(scenario=i).values,
            color=look.BLACK if base else next(colours),
            linestyle="-" if base else next(dashes),
            linewidth=3.4 if base else 2.0,
            solid_capstyle="butt",
            zorder=2.5 if base else 3,
            gid=name,
        )
    return drawn


def _about(
    ds: xr.Dataset, ax: Axes, about: Indicator, values: xr.DataArray, record: bool, language: str
) -> str:
    """What is seen, what it rests on, and that no range is shown."""
    dim = next(dim for dim in values.dims if dim != "scenario")
    posts = f"posts_{ds.attrs.get('posts')}"  # not there when the scenarios differ in it
    posts = word("posts", language, word(posts, language)) if posts in WORDS else ""
    first = int(values[dim].values[0])
    said = [word("record_and_model" if record else "model_only", language, first, posts)]
    apart = float((values.max("scenario") - values.min("scenario")).max())
    low, high = ax.get_ylim()
    if values.sizes["scenario"] > 1 and apart < NEAR * (high - low):
        of = unit(about.unit, language)
        some = of.number(apart) != of.number(0.0)
        said.append(word("apart" if some else "not_apart", language, of.number(apart) + of.apart))
    return (" " if language == "en" else "").join(said)
