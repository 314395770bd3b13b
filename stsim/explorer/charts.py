"""The charts of the explorer: one for each measure, with a line and a band for each policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from stsim import measures, observed
from stsim.explorer.policies import LAST_SHOWN, MOST
from stsim.explorer.runs import Band, Numbers
from stsim.explorer.words import word
from stsim.plot.look import BLACK, BLUE, GREEN, PURPLE, VERMILLION
from stsim.plot.text import Unit, unit
from stsim.vocabulary import Array

if TYPE_CHECKING:
    from bokeh.plotting import figure

#: Colours and dashes of the law and of the policies.
LOOKS = (
    (BLACK, "solid"), (BLUE, "solid"), (VERMILLION, "dashed"), (GREEN, "dotdash"),
    (PURPLE, "dotted"),
)  # fmt: skip
HEIGHT = 170
#: The axis spans at least this part of the law's largest value.
LEAST_SPAN = 0.02


class Chart:
    """One measure by year: the law, up to four policies, their bands and the published target."""

    def __init__(self, name: str, years: Sequence[int], language: str) -> None:
        from bokeh.models import ColumnDataSource, HoverTool
        from bokeh.plotting import figure

        about = measures.about(name)
        self.name, self._unit = name, unit(about.unit, language)
        self._years = np.array(years[:-1])  # of the last year not every flow is known
        self.title = f"{title(name, language)} ({self._unit.axis})"
        self.figure: figure = figure(
            height=HEIGHT,
            sizing_mode="stretch_width",
            min_width=200,
            toolbar_location=None,
            tools="",
            frame_align=False,
        )
        empty: dict[str, list[float]] = {"year": [], "low": [], "high": []}
        self._bands = [ColumnDataSource(dict(empty)) for _ in range(MOST + 1)]
        self._lines = [
            ColumnDataSource({"year": [], "value": [], "said": []}) for _ in range(MOST + 1)
        ]
        for (colour, _), source in zip(LOOKS, self._bands, strict=True):
            self.figure.varea("year", "low", "high", source=source, color=colour, alpha=0.16)
        drawn = [
            self.figure.line("year", "value", source=source, color=colour, line_dash=dash, width=2)
            for (colour, dash), source in zip(LOOKS, self._lines, strict=True)
        ]
        year = word("chart_years", language)
        tips = [(year, "@year"), (self._unit.axis, "@said")]
        self.figure.add_tools(HoverTool(renderers=drawn, tooltips=tips, mode="mouse"))
        self._targets(language)
        self._plain()

    def _plain(self) -> None:
        from bokeh.models import NumeralTickFormatter

        plot = self.figure
        plot.axis.major_label_text_font = FONT
        plot.axis.major_label_text_font_size = "11px"
        plot.axis.minor_tick_line_color = None
        plot.yaxis.formatter = NumeralTickFormatter(format="0,0.[00]")
        plot.xaxis.ticker.desired_num_ticks = 4
        plot.yaxis.ticker.desired_num_ticks = 4
        plot.grid.grid_line_alpha = 0.35
        plot.outline_line_color = None
        plot.min_border_right = 12

    def _targets(self, language: str) -> None:
        """The published goals as stars with their value and year."""
        from bokeh.models import Label

        for target in observed.record().targets():
            if target.indicator == self.name and target.scored:
                value = target.value * self._unit.factor
                self.figure.scatter([target.year], [value], marker="star", size=11, color=BLACK)
                said = word(
                    "target",
                    language,
                    self._unit.number(target.value) + self._unit.after,
                    target.year,
                )
                # beside the star, on the side with room; below it where there is none
                align, right, up = {
                    target.year <= LAST_SHOWN - 13: ("left", 8, -7),
                    target.year >= LAST_SHOWN - 4: ("right", -8, -7),
                }.get(True, ("center", 0, -22))
                label = Label(
                    x=target.year, y=value, text=said, x_offset=right, y_offset=up,
                    text_align=align, text_font_size="11px", text_font=FONT,
                )  # fmt: skip
                self.figure.add_layout(label)

    def draw(self, place: int, numbers: Numbers | None, band: Band | None) -> None:
        """Draw the law (place 0) or a policy; nothing of it where there are no numbers."""
        line, area = self._lines[place], self._bands[place]
        if numbers is None:
            if len(line.data["year"]):
                line.data = {"year": [], "value": [], "said": []}
        else:
            values = numbers[self.name][: len(self._years)]
            known = np.isfinite(values)
            said = [self._unit.number(float(v)) + self._unit.after for v in values[known]]
            if place == 0:  # nothing that is the same in all years fills the height
                largest = float(np.abs(values[known]).max()) * self._unit.factor
                self.figure.y_range.min_interval = LEAST_SPAN * largest
            line.data = {
                "year": self._years[known],
                "value": values[known] * self._unit.factor,
                "said": said,
            }
        if numbers is None or band is None or not band.complete:
            if len(area.data["year"]):
                area.data = {"year": [], "low": [], "high": []}
            return
        low, high = (end[: len(self._years)] for end in band.ends(self.name))
        known = np.isfinite(low) & np.isfinite(high)
        area.data = {
            "year": self._years[known],
            "low": low[known] * self._unit.factor,
            "high": high[known] * self._unit.factor,
        }


#: As in page.css: fonts of the reader's computer, since none is asked of another.
FONT = (
    '"Noto Sans", "Helvetica Neue", Arial, "Hiragino Sans", "Noto Sans CJK JP", "Yu Gothic", '
    "Meiryo, IPAPGothic, sans-serif"
)


def said(value: float, name: str, language: str, signed: bool = False) -> str:
    """A value of a measure as the page shows it; `signed` for the distance of two values."""
    about = unit(measures.about(name).unit, language)
    if not np.isfinite(value):
        return "–"
    text = about.number(value)
    plus = "+" if signed and float(text.replace(",", "")) > 0 else ""
    return plus + text + _after(about, signed, language)


def _after(about: Unit, signed: bool, language: str) -> str:
    """What follows a number, on one line with it: the unit of a value or of a distance."""
    short = signed and about.axis == "%" and language == "en"
    return (" pp" if short else about.apart if signed else about.after).replace(
        " ", "\N{NO-BREAK SPACE}"
    )


def span(low: float, high: float, name: str, language: str, signed: bool = False) -> str:
    """A range of a measure; one number where both ends are the same."""
    first, last = said(low, name, language, signed), said(high, name, language, signed)
    if first == last:
        return first
    after = _after(unit(measures.about(name).unit, language), signed, language)
    return first.removesuffix(after) + " … " + last


def moves(values: Array) -> bool:
    """Whether any draw gives another value than the first."""
    return bool(np.ptp(values) > 1e-9 * max(1.0, float(np.abs(values).max())))


def title(name: str, language: str) -> Any:
    """The label of a measure."""
    about = measures.about(name)
    return about.label_ja if language == "ja" else about.label
