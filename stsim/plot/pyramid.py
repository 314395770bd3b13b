"""The age pyramid of university faculty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stsim.plot import look
from stsim.plot.text import PERSONS, unit, word, wrapped
from stsim.quantities import short

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

#: Ages drawn.
FIRST, LAST = 25, 75
#: Contracts from the middle outwards, with their colours.
COLOURS = {
    "permanent": look.BLUE,
    "cross": look.PURPLE,
    "tenure_track": look.GREEN,
    "fixed_term": look.ORANGE,
}
#: Width of the outline's name, in half-width characters.
OUTLINE = 34
SIDES = {"female": -1, "male": 1}
DIMS = ("scenario", "time", "stage", "age", "sex", "field")


def contract(stage: str) -> str | None:
    """The contract of a faculty stage, by its name; None for people who are not faculty."""
    if stage.startswith("permanent_"):
        return "cross" if stage.endswith("_cross") else "permanent"
    if stage.startswith("fixed_term_"):
        return "tenure_track" if stage.endswith("_tenure_track") else "fixed_term"
    return None


def age_pyramid(
    ds: xr.Dataset,
    time: int,
    compare: int | str | None = None,
    language: str = "en",
    ax: Axes | None = None,
    *,
    scenario: str | None = None,
) -> Axes:
    """Draw faculty by single year of age: women left, men right, contracts stacked by colour.

    `compare` adds the outline of another year of the run (a number), or of another scenario in
    the same year (its name). A dataset with several scenarios needs `scenario`. On axes of your
    own, make the figure with `layout="constrained"`: texts stand outside the axes.
    Raises ValueError with one clear line for what cannot be drawn.
    """
    look.check(ds, language)
    if "stock" not in ds.data_vars:
        raise ValueError(
            "the dataset has no stock, people by age; give one from stsim.simulate or "
            "stsim.open_results, not its indicators"
        )
    if "engine" in ds["stock"].dims:
        ds = ds.sel(engine="stocks")
    look.check_dims(ds["stock"], DIMS)
    name = scenario_of(ds, scenario)
    people, other, other_title = _faculty(ds, name, time, "time"), None, ""
    if isinstance(compare, str):
        other = _faculty(ds, scenario_of(ds, compare), time, "time")
        other_title = look.scenario_title(compare, language)
    elif compare is not None:
        other = _faculty(ds, name, compare, "compare")
        other_title = word("of_year", language, int(compare))

    ax = look.axes(ax)
    _draw(ax, people, other, wrapped(word("outline", language, other_title), OUTLINE), language)
    _label(ax, people, other, language)
    about = word("pyramid_about", language, look.scenario_title(name, language))
    outside = float(people.sum()) - float(people.sel(age=slice(FIRST, LAST)).sum())
    if outside >= 0.5:
        about += word("outside_ages", language, f"{outside:,.0f}")
    look.heading(ax, word("pyramid", language, time), about)
    look.set_fonts(ax, language)
    return ax


def scenario_of(ds: xr.Dataset, name: str | None) -> str:
    """The scenario asked for, or the only one."""
    names = look.scenario_names(ds)
    if name is None:
        if len(names) > 1:
            raise ValueError(
                f"the dataset has several scenarios ({', '.join(names)}); say which one: "
                f"scenario='{names[-1]}'"
            )
        return names[0]
    if name not in names:
        raise look.unknown("scenario", name, names)
    return name


def _faculty(ds: xr.Dataset, scenario: str, time: int, asked: str) -> xr.DataArray:
    """Persons by contract, age and sex on 1 May of a year, if the run has it."""
    times = ds["time"].values
    if time not in times:
        raise ValueError(
            f"{asked}={short(time)} is not in the run; give a year from {times[0]} to {times[-1]}"
        )
    if "scenario" in ds["stock"].dims:
        ds = ds.sel(scenario=scenario)
    return faculty(ds, time)


def faculty(ds: xr.Dataset, time: int) -> xr.DataArray:
    """Persons of one run by contract, age and sex on 1 May of a year."""
    import xarray as xr

    stock = ds["stock"].sel(time=time)
    of_stage = {str(stage): contract(str(stage)) for stage in ds["stage"].values}
    parts = [
        stock.sel(stage=[s for s, c in of_stage.items() if c == name]).sum(("stage", "field"))
        for name in COLOURS
    ]
    return xr.concat(parts, xr.Variable("contract", list(COLOURS)), coords="minimal",
                     compat="override").transpose("contract", "age", "sex")  # fmt: skip


def _draw(
    ax: Axes, people: xr.DataArray, other: xr.DataArray | None, outline: str, language: str
) -> None:
    """Bars for each contract, stacked from the middle; the outline of what they are set beside."""
    people = people.sel(age=slice(FIRST, LAST))
    ages = people["age"].values
    shown = [name for name in COLOURS if float(people.sel(contract=name).sum()) > 0]
    for sex, side in SIDES.items():
        start = np.zeros(len(ages))
        for name in shown:
            persons = people.sel(contract=name, sex=sex).values
            bars = ax.barh(ages, side * persons, left=side * start, height=1.0, linewidth=0,
                           color=COLOURS[name], label=word(name, language))  # fmt: skip
            for bar in bars:
                bar.set_gid(f"{name} {sex}")
            start = start + persons
    handles, _ = ax.get_legend_handles_labels()
    handles = handles[: len(shown)]
    if other is not None:
        total = other.sel(age=slice(FIRST, LAST)).sum("contract")
        edges = np.append(ages, ages[-1] + 1) - 0.5
        for sex, side in SIDES.items():
            step = ax.stairs(side * total.sel(sex=sex).values, edges, orientation="horizontal",
                             baseline=None, color=look.BLACK, linewidth=1.5, label=outline,
                             gid=f"outline {sex}")  # fmt: skip
        handles.append(step)
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=look.below(ax, 35),
        ncols=3 if len(handles) > 4 else len(handles),
        frameon=False,
        fontsize=look.SMALL,
        borderpad=0,
        borderaxespad=0,
        columnspacing=1.5,
    )


def _label(ax: Axes, people: xr.DataArray, other: xr.DataArray | None, language: str) -> None:
    """Axes, sides, and the ages under 40 with their share of all faculty."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    widest = max(
        float(part.sel(age=slice(FIRST, LAST)).sum("contract").max())
        for part in (people, other)
        if part is not None
    )
    ax.set_xlim(-1.05 * widest or -1, 1.05 * widest or 1)
    ax.set_ylim(FIRST - 0.6, LAST + 0.6)
    ax.axhspan(FIRST - 0.6, 39.5, color="#eeeeee", zorder=0, linewidth=0)
    ax.axvline(0, color="white", linewidth=1.2, zorder=3)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{abs(x):,.9g}"))
    ax.yaxis.set_major_locator(MultipleLocator(5))
    ax.set_xlabel(word("persons_of_age", language), fontsize=look.SMALL)
    ax.set_ylabel(word("age", language), fontsize=look.TEXT)
    look.plain(ax)
    for sex, x, side in (("female", 0.015, "left"), ("male", 0.985, "right")):
        number = PERSONS.number(float(people.sel(sex=sex).sum()))
        ax.annotate(word(sex, language, number), (x, 0.97), xycoords="axes fraction", ha=side,
                    va="top", fontsize=look.TEXT, linespacing=1.2)  # fmt: skip
    under = word("under_40", language, _young(people, language))
    if other is not None:
        under += "\n" + word("compared", language, _young(other, language))
    ax.annotate(under, (0.015, 0.03), xycoords="axes fraction", va="bottom",
                fontsize=look.SMALL, linespacing=1.2)  # fmt: skip


def _young(people: xr.DataArray, language: str) -> str:
    """The share of people under 40, as people read it."""
    share = float(people.where(people["age"] < 40, 0.0).sum()) / float(people.sum())
    of = unit("share", language)
    return of.number(share) + of.after
