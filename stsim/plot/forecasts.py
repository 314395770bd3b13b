"""Forecasts of known years beside what was counted: a fan from each cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from stsim import observed
from stsim.hindcast.board import SHARE, UNIVERSITIES
from stsim.hindcast.cohorts import Surveys
from stsim.hindcast.scores import CHOSEN, Score
from stsim.plot import look
from stsim.plot.text import word
from stsim.vocabulary import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The first survey that is shown; how far the forecasts of a year stand apart, in years.
FIRST_SHOWN, APART = 1998, 0.45
#: The line without a model that is drawn beside.
BESIDE = "linear 3 on shares"
COLOURS = (look.BLUE, look.VERMILLION, look.GREEN, look.PURPLE, look.ORANGE, look.SKY)


def forecasts(scores: Sequence[Score], language: str = "en", ax: Axes | None = None) -> Axes:
    """Draw the share under 40 as counted, and as forecast from every cut with its middle 80 %.

    `scores` are those of `stsim.hindcast.board.scoreboard` or `from_cut`. Short bars across are a
    straight line through the last three shares. Raises ValueError when there is no such forecast.
    """
    look.check_language(language)
    ours = [s for s in scores if (s.model, s.series) == (UNIVERSITIES, SHARE)]
    cuts = sorted({s.cut for s in ours if s.forecast == CHOSEN})
    if not 0 < len(cuts) <= len(COLOURS):
        raise ValueError(f"forecasts of the share under 40 from 1 to 6 cuts, not {len(cuts)}")
    ax = look.axes(ax)
    whole = Surveys.of(observed.record())
    share = 100 * whole.stock[0] / whole.stock.sum(axis=0)
    ax.plot(whole.years, share, "o-", color=look.BLACK, markersize=4.5, linewidth=1, gid="record")
    for k, (cut, colour) in enumerate(zip(cuts, COLOURS, strict=False)):
        aside = APART * (k - (len(cuts) - 1) / 2)
        fan = [s for s in ours if s.cut == cut and s.forecast == CHOSEN]
        years = np.array([s.year for s in fan]) + aside
        low, middle, high = 100 * np.array([(s.low80, s.middle, s.high80) for s in fan]).T
        ax.vlines(years, low, high, color=colour, linewidth=2.4, gid=f"range {cut}")
        ax.plot(
            years, middle, "D", color=colour, markersize=5, markeredgecolor="white", gid=f"{cut}",
            label=word("from_cut", language, cut),
        )  # fmt: skip
        line = [100 * s.middle for s in ours if s.cut == cut and s.forecast == BESIDE]
        ax.plot(years, line, "_", color=colour, markersize=8, zorder=3.2, gid=f"line {cut}")
    ax.set_xlim(FIRST_SHOWN, max(s.year for s in ours) + 2 * APART * len(cuts))
    ax.set_ylim(*_limits(share[np.array(whole.years) >= FIRST_SHOWN], ours))
    ax.set_ylabel("%", fontsize=look.TEXT)
    ax.set_xlabel(word("survey_year", language), fontsize=look.TEXT)
    ax.legend(frameon=False, fontsize=look.SMALL, loc="upper right")
    look.plain(ax)
    look.heading(ax, word("forecasts", language), word("forecasts_about", language))
    look.set_fonts(ax, language)
    look.settle(ax)
    return ax


def _limits(share: Array, ours: Sequence[Score]) -> tuple[float, float]:
    """Between what the axis has to reach."""
    ranges = [100 * end for s in ours if s.forecast == CHOSEN for end in (s.low80, s.high80)]
    every = [*share.tolist(), *ranges]
    return min(every) - 0.5, max(every) + 0.5
