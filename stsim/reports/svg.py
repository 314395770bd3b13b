"""Small drawings as SVG with texts in both languages; a page of them weighs little.

Coordinates are those of a drawing 360 wide, so that on a telephone texts keep their size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, floor, isfinite, log10

from stsim.plot import look
from stsim.plot.text import LANGUAGES, unit
from stsim.reports.said import Said

WIDTH, HEIGHT = 360.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 42.0, 10.0, 24.0
#: Colours of scenarios after the first one, which is black, and how their lines are dashed.
COLOURS = (look.BLUE, look.VERMILLION, look.GREEN, look.PURPLE, look.ORANGE, look.SKY)
DASHES = ("", "6 2.5", "2 2", "8 2.5 2 2.5", "", "6 2.5")
#: Colours of the parts of a whole, each told from its neighbour with any colour vision.
PARTS = (look.BLUE, look.ORANGE, look.GREEN, look.PURPLE, look.SKY, look.VERMILLION, look.GREY)

#: What stands for a series in a key, in a box 26 wide and 12 high.
SHAPES = {
    "dot": "M9.5 6a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z",
    "ring": "M9.5 6a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z",
    "diamond": "M13 1l5 5l-5 5l-5 -5Z",
    "star": "M13 .5l1.5 3.7l4 .3l-3 2.6l.9 3.9l-3.4 -2.1l-3.4 2.1l.9 -3.9l-3 -2.6l4 -.3Z",
    "box": "M5 1.5h16v9h-16Z",
}

Points = Iterable[tuple[float, float]]


def text(x: float, y: float, words: Said, *, anchor: str = "start", kind: str = "") -> str:
    """A text in both languages; the page shows one of them."""
    common = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"' + (
        f' class="{kind}"' if kind else ""
    )
    if words.en == words.ja:
        return f"<text {common}>{escape(words.en)}</text>"
    return "".join(
        f'<text {common} lang="{lang}">{escape(words.of(lang))}</text>' for lang in LANGUAGES
    )


def shortened(words: Said, room: float) -> Said:
    """A text cut where it would not fit in some width: wide letters are 10.5, others about 5.6."""
    return Said(*(_cut(words.of(lang), room) for lang in LANGUAGES))


def _cut(words: str, room: float) -> str:
    at = 0.0
    for k, letter in enumerate(words):
        at += 10.5 if ord(letter) > 0x2E80 else 5.6
        if at > room:
            return words[: k - 1].rstrip() + "…"
    return words


def colour(number: int) -> str:
    """The colour of a scenario by its place; the first is black."""
    return look.BLACK if number == 0 else COLOURS[(number - 1) % len(COLOURS)]


def dash(number: int) -> str:
    """How the line of a scenario is dashed by its place."""
    return "" if number == 0 else DASHES[(number - 1) % len(DASHES)]


def path(points: Points) -> str:
    """The way through some points; a point that is not a number breaks it."""
    words, pen = [], "M"
    for x, y in points:
        if not isfinite(y):
            pen = "M"
            continue
        words.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return "".join(words)


def line(points: Points, stroke: str, width: float = 2.0, dashed: str = "", more: str = "") -> str:
    """A line through some points."""
    way = path(points)
    if not way:
        return ""
    dashes = f' stroke-dasharray="{dashed}"' if dashed else ""
    return f'<path d="{way}" fill="none" stroke="{stroke}" stroke-width="{width:g}"{dashes}{more}/>'


def area(above: Sequence[tuple[float, float]], below: Sequence[tuple[float, float]]) -> str:
    """The way around what lies between two lines, where both are known."""
    known = [k for k in range(len(above)) if isfinite(above[k][1]) and isfinite(below[k][1])]
    if not known:
        return ""
    return path([above[k] for k in known] + [below[k] for k in reversed(known)]) + "Z"


def whole(body: str, name: str, width: float = WIDTH, height: float = HEIGHT) -> str:
    """The drawing, named by the text that stands for it."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="{name}-alt">'
        f"{body}</svg>"
    )


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers between two ends."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough * 0.999)
    first = ceil(low / step - 1e-9)
    return [k * step for k in range(first, floor(high / step + 1e-9) + 1)]


def tick(value: float, of: str) -> Said:
    """A number at an axis."""
    return Said(*(f"{value * unit(of, lang).factor + 0.0:,.6g}" for lang in LANGUAGES))


class Axes:
    """Where numbers lie in a drawing: years from left to right, values from below."""

    def __init__(
        self, years: tuple[float, float], values: tuple[float, float], height: float = HEIGHT
    ) -> None:
        self.years, self.values, self.height = years, values, height

    def x(self, year: float) -> float:
        """The place of a year."""
        first, last = self.years
        return LEFT + (WIDTH - LEFT - RIGHT) * (year - first) / ((last - first) or 1)

    def y(self, value: float) -> float:
        """The place of a value."""
        low, high = self.values
        return self.height - BOTTOM - (self.height - TOP - BOTTOM) * (value - low) / (high - low)

    def points(self, years: Sequence[float], values: Sequence[float]) -> list[tuple[float, float]]:
        """The places of values by year."""
        return [(self.x(year), self.y(value)) for year, value in zip(years, values, strict=True)]

    def frame(self, of: str, years: bool = True) -> str:
        """Grid, years and values, these in their unit; decimals are shown where steps need them.

        Without `years` any numbers lie from left to right, not only whole ones.
        """
        low, high = self.values
        found = []
        for value in ticks(low, high):
            y = self.y(value)
            found.append(f'<path d="M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}" class="grid"/>')
            found.append(text(LEFT - 5, y + 3.5, tick(value, of), anchor="end"))
        first, last = self.years
        for year in ticks(first, last, 6):
            if not years or year == int(year):
                words = Said(*[f"{year:.0f}" if years else f"{year:,.6g}"] * 2)
                found.append(text(self.x(year), self.height - 7, words, anchor="middle"))
        return "".join(found)
