"""Horizontal bars: what moves a measure most (tornado), and what scenarios cost (money)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stsim import costs, papers
from stsim.measures import about
from stsim.plot import look
from stsim.plot.text import key_label, unit, word, wrapped

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

COLOURS = (look.BLUE, look.ORANGE, look.GREEN)
#: Bars of a tornado.
MOST = 12
#: Half-width letters of a line of names beside bars.
WIDE = 34


def tornado(
    ds: xr.Dataset, indicator: str, year: int, language: str = "en", ax: Axes | None = None
) -> Axes:
    """Draw how far each swept key moves an indicator from the median of the runs, widest first.

    `ds` is a sweep from `stsim.open_results` (measures by run, or by swept keys). The numbers are
    those of `stsim.papers.tornado`. Raises ValueError with one clear line for what cannot be drawn.
    """
    look.check(ds, language)
    ends = papers.tornado(ds, indicator, year).isel(key=slice(MOST))
    values = papers.measure(ds, indicator)
    dim = "time" if "time" in values.dims else "year"
    centre = float(np.nanmedian(values.sel({dim: year}).values))
    of = unit(about(indicator).unit, language)
    of_change = word("points", language) if about(indicator).unit == "share" else of.axis
    ax = look.axes(ax)
    places = np.arange(ends.sizes["key"])[::-1]
    for end, colour in (("low", look.ORANGE), ("high", look.BLUE)):
        widths = (ends[end].values - centre) * of.factor
        bars = ax.barh(
            places, widths, color=colour, height=0.7, label=word(f"tornado_{end}", language)
        )
        for bar, key in zip(bars, ends["key"].values.tolist(), strict=True):
            bar.set_gid(f"{end} {key}")
    titles = [key_label(str(key), language) for key in ends["key"].values]
    ax.set_yticks(places, [wrapped(title, WIDE) for title in titles])
    ax.axvline(0, color=look.BLACK, linewidth=1)
    ax.set_xlabel(word("from_median", language, of_change), fontsize=look.TEXT)
    _key(ax)
    look.plain(ax)
    one = about(indicator)
    title = one.label_ja if language == "ja" else one.label
    how = word(f"tornado_{ends.attrs['how'].split()[0]}", language)
    look.heading(ax, word("in_the_year", language, title, year), how)
    look.set_fonts(ax, language)
    look.settle(ax)
    return ax


def money(
    ds: xr.Dataset, year: int, language: str = "en", ax: Axes | None = None,
    *, kind: str = "annual_cost_yen",
) -> Axes:  # fmt: skip
    """Draw what each scenario costs beyond the first one in a year, by who pays.

    `ds` is a dataset with several scenarios (`stsim.open_results`). `kind` is `annual_cost_yen` or
    `committed_cost_yen`, the whole cost of the awards and appointments in force. Raises ValueError
    with one clear line for what cannot be drawn.
    """
    look.check(ds, language)
    kinds = ("annual_cost_yen", "committed_cost_yen")
    if kind not in kinds:
        raise look.unknown("cost", kind, kinds)
    names = look.scenario_names(ds)
    if "policy_dc_fellows_persons" not in ds or "vacancy" not in ds or len(names) < 2:
        raise ValueError(
            "costs need a dataset of whole runs with several scenarios, the first to compare with; "
            "give one from stsim.open_results"
        )
    if year not in ds["year"].values:
        raise ValueError(f"year={year} is not in the run")
    bills = [costs.costs(ds.isel(scenario=k)) for k in range(len(names))]
    of = unit("yen per year" if kind == kinds[0] else "yen", language)
    by_payer = []
    for bill in bills[1:]:
        payers = costs.of_payers(costs.beyond(bills[0], bill, year))
        by_payer.append({who: pair[kinds.index(kind)] * of.factor for who, pair in payers.items()})
    ax = look.axes(ax)
    places = np.arange(len(names) - 1)[::-1]
    starts = {1: np.zeros(len(places)), -1: np.zeros(len(places))}
    for who, colour in zip(("state", "university", "firm"), COLOURS, strict=True):
        amounts = np.array([payers.get(who, 0.0) for payers in by_payer])
        if not amounts.any():
            continue
        left = np.where(amounts < 0, starts[-1], starts[1])
        bars = ax.barh(places, amounts, left=left, color=colour, label=word(who, language))
        for bar, name in zip(bars, names[1:], strict=True):
            bar.set_gid(f"{who} {name}")
        starts[1] += amounts.clip(min=0)
        starts[-1] += amounts.clip(max=0)
    titles = [look.scenario_title(name, language) for name in names[1:]]
    ax.set_yticks(places, [wrapped(title, WIDE) for title in titles])
    ax.axvline(0, color=look.BLACK, linewidth=1)
    ax.set_xlabel(of.axis, fontsize=look.TEXT)
    _key(ax)
    look.plain(ax)
    first = look.scenario_title(names[0], language)
    look.heading(ax, word(kind, language, year), word("money_about", language, first))
    look.set_fonts(ax, language)
    look.settle(ax)
    return ax


def _key(ax: Axes) -> None:
    """What the colours stand for, under the axes where no bar can run."""
    handles, _ = ax.get_legend_handles_labels()
    if handles:
        ax.legend(
            loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=look.below(ax, 38),
            ncols=len(handles), frameon=False, fontsize=look.SMALL, borderpad=0, borderaxespad=0,
        )  # fmt: skip
