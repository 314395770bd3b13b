"""What stands around the lines: axis, key, policy, target, change of scope, labels at the ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from stsim import observed
from stsim.measures import Indicator
from stsim.plot import look
from stsim.plot.published import Published
from stsim.plot.text import Unit, unit, word, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation

#: Widths of labels, in half-width characters.
END, TARGET = 25, 27
#: Points between the labels at the ends of the lines.
GAP = 3


def axis(ax: Axes, about: Indicator, dim: str, language: str) -> None:
    """Limits, ticks, units; the axis starts at 0, except for ages, where it says so."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    of = unit(about.unit, language)
    label = of.axis
    if about.unit.startswith("years"):
        label += word("not_from_zero", language)
        ax.margins(y=0.15)
    else:
        heights = [float(y) for line in ax.lines for y in np.asarray(line.get_ydata()) if y == y]
        heights += [goal.value for goal in _targets(about.name)]
        ax.set_ylim(
            min(0.0, 1.08 * min(heights, default=0.0)), 1.08 * max(heights, default=0.0) or 1.0
        )
    ax.margins(x=0.01)
    ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y * of.factor:,.9g}"))
    ax.xaxis.set_major_locator(MaxNLocator(9, integer=True, steps=[1, 2, 5, 10]))
    ax.set_ylabel(label, fontsize=look.TEXT)
    ax.set_xlabel(word(dim, language), fontsize=look.SMALL)
    ax.grid(axis="y", color="#e4e4e4", linewidth=0.7)
    look.plain(ax)


def key(ax: Axes, lines: Sequence[Line2D]) -> None:
    """The published series by name, under the axes where no line can run."""
    if lines:
        ax.legend(
            handles=list(lines),
            loc="upper left",
            bbox_to_anchor=(0, 0),
            bbox_transform=look.below(ax, 35),
            frameon=False,
            fontsize=look.SMALL,
            borderpad=0,
            borderaxespad=0,
            labelspacing=0.3,
        )


def policy(ax: Axes, year: int, language: str) -> None:
    """Mark the year in which the policy starts."""
    at = year - 0.5  # between the last value before and the first one after
    ax.axvline(at, color=look.GREY, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1, gid="policy")
    low, high = ax.get_xlim()
    late = at > low + 0.8 * (high - low)
    _at_bottom(ax, at, word("policy", language, year), "right" if late else "left")


def scope(ax: Axes, published: Sequence[Published], language: str) -> None:
    """Mark where a published series goes on with another scope."""
    for series in published:
        for year in series.scope_changes(observed.record()):
            ax.axvline(year - 0.5, color=look.GREY, linewidth=0.7, linestyle=":", zorder=1,
                       gid="scope")  # fmt: skip
            _at_bottom(ax, year - 0.5, word("scope", language, year), "right")


def _at_bottom(ax: Axes, year: float, text: str, side: str) -> None:
    ax.annotate(
        text,
        (year, 0),
        (4 if side == "left" else -4, 5),
        xycoords=ax.get_xaxis_transform(),
        textcoords="offset points",
        ha=side,
        va="bottom",
        fontsize=look.SMALL,
        color=look.GREY,
        linespacing=1.1,
    )


def _targets(indicator: str) -> list[observed.Target]:
    return [goal for goal in observed.record().targets() if goal.indicator == indicator]


def targets(ax: Axes, indicator: str, language: str) -> list[Annotation]:
    """Mark the published goals, with their titles on the right."""
    labels = []
    for goal in _targets(indicator):
        ax.plot(goal.year, goal.value, "*", color=look.BLACK, markersize=12, zorder=4, gid="target")
        title = goal.title_ja if language == "ja" else goal.title_en
        labels.append(
            ax.annotate(
                wrapped(word("target", language, title), TARGET),
                (goal.year, goal.value),
                (8, 0),
                textcoords="offset points",
                va="center",
                fontsize=look.SMALL,
                linespacing=1.1,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85},
            )
        )
    return labels


def turn(ax: Axes, labels: Sequence[Annotation]) -> None:
    """Turn titles of goals to the left where they would run out of the axes or over a line."""
    points = np.vstack([ax.transData.transform(line.get_xydata()) for line in ax.lines
                        if line.get_transform() == ax.transData])  # fmt: skip
    for label in labels:
        box = label.get_window_extent()
        if box.x1 > ax.bbox.x1 or box.count_contains(points):
            label.set(ha="right", position=(-8, 0))


def ends(
    ax: Axes,
    lines: Sequence[Line2D],
    titles: Sequence[str],
    of: Unit,
    in_year: str,
    language: str,
) -> list[Annotation]:
    """Name each line at its end, with its last value; still all at the height of the ends."""
    labels = []
    for line, title in zip(lines, titles, strict=True):
        years, heights = (np.asarray(data) for data in line.get_data())
        known = np.flatnonzero(np.isfinite(heights))
        if not len(known):
            continue
        year, height = int(years[known[-1]]), float(heights[known[-1]])
        colour = str(line.get_color())
        value = word(in_year, language, of.number(height) + of.after, year)
        labels.append(
            ax.annotate(
                wrapped(title, END) + "\n" + value,
                (year, height),
                (1.03, 0),
                textcoords=("axes fraction", "offset points"),
                va="center",
                fontsize=look.SMALL,
                linespacing=1.15,
                color=look.darker(colour),
                annotation_clip=False,
                arrowprops={
                    "arrowstyle": "-",
                    "color": colour,
                    "linewidth": 1.0,
                    "relpos": (0, 0.5),
                    "shrinkA": 1,
                    "shrinkB": 0,
                },
            )
        )
    return labels


def spread(ax: Axes, labels: Sequence[Annotation]) -> None:
    """Move labels apart as little as will keep them from covering each other.

    They are moved against the ends of their lines, so that they stay apart where the figure
    finds another layout later: lines that end close together do so at every size.
    """
    from scipy.optimize import isotonic_regression

    if not labels:
        return
    point = look.root(ax).dpi / 72
    ends = [float(ax.transData.transform(label.xy)[1]) for label in labels]
    order = np.argsort(ends, kind="stable")
    wanted = np.array(ends)[order]
    room = np.array([labels[i].get_window_extent().height for i in order]) + GAP * point
    # distances between neighbours' middles that may not be undercut, added up from the lowest
    offsets = np.cumsum([0.0, *(room[:-1] + room[1:]) / 2])
    lowest, highest = ax.bbox.y0 + room[0] / 2, ax.bbox.y1 - room[-1] / 2 - offsets[-1]
    heights = isotonic_regression(wanted - offsets).x.clip(lowest, max(lowest, highest)) + offsets
    for i, move in zip(order, heights - wanted, strict=True):
        labels[i].xyann = (labels[i].xyann[0], float(move) / point)
