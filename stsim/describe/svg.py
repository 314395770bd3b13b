"""A small drawing in SVG: text whose width is estimated, boxes, lines at right angles, arrows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

FONT = "Helvetica, Arial, 'Noto Sans CJK JP', 'Hiragino Sans', 'Yu Gothic', sans-serif"
INK, GREY, PAPER, TINT = "#1b1f24", "#57606a", "#ffffff", "#f3f6fa"
Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]
#: Width of Latin letters in parts of the font size: narrow, wide, the others.
NARROW, WIDE, OTHER = 0.31, 0.86, 0.57


def text_width(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is likely to be, rather too wide than too narrow."""
    total = 0.0
    for letter in text:
        if east_asian_width(letter) in "WF":
            total += 1.0
        elif letter in "ijltfrI.,:;'|()[]/· ":
            total += NARROW
        elif letter in "mwMW—●◐→↔":
            total += WIDE
        else:
            total += 0.7 if letter.isupper() else OTHER
    return total * size * (1.06 if bold else 1.0)


def wrapped(text: str, size: float, width: float) -> list[str]:
    """A text in lines of at most this width, broken at spaces, or anywhere in Japanese."""
    lines = [""]
    for word in _pieces(text):
        if text_width((lines[-1] + word).rstrip(), size) <= width or not lines[-1].strip():
            lines[-1] += word
        else:
            lines.append(word)
    return [line.strip() for line in lines if line.strip()]


def _pieces(text: str) -> list[str]:
    pieces = [""]
    for letter in text:
        pieces[-1] += letter
        if letter == " " or east_asian_width(letter) in "WF":
            pieces.append("")
    return [piece for piece in pieces if piece]


def place(value: float) -> str:
    """A length with one decimal at most, so that bytes do not depend on rounding."""
    return f"{round(value, 1):g}"


class Drawing:
    """Elements one after the other; lines first, so that boxes and text lie on top."""

    def __init__(self, width: float) -> None:
        self.width = width
        self._under: list[str] = []
        self._over: list[str] = []

    def text(
        self,
        at: Point,
        text: str,
        size: float = 11,
        *,
        anchor: Anchor = "start",
        bold: bool = False,
        fill: str = INK,
    ) -> None:
        """A line of text on this baseline."""
        weight = ' font-weight="bold"' if bold else ""
        where = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self._over.append(
            f'<text x="{place(at[0])}" y="{place(at[1])}" font-size="{place(size)}"{weight}{where} '
            f'fill="{fill}">{escape(text)}</text>'
        )

    def box(
        self, at: Point, size: Point, *, fill: str = TINT, line: str = INK, round_by: float = 5
    ) -> None:
        """A box with its left upper corner here."""
        self._over.append(
            f'<rect x="{place(at[0])}" y="{place(at[1])}" width="{place(size[0])}" '
            f'height="{place(size[1])}" rx="{place(round_by)}" fill="{fill}" stroke="{line}"/>'
        )

    def line(
        self, points: Sequence[Point], color: str = INK, *, arrow: bool = False, width: float = 1.5
    ) -> None:
        """A line through these points, with a head at its end for an arrow."""
        if arrow:
            (x0, y0), (x, y) = points[-2], points[-1]
            dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
            back, side = 7.0, 3.5
            corners = [
                (x, y),
                (x - back * dx + side * dy, y - back * dy + side * dx),
                (x - back * dx - side * dy, y - back * dy - side * dx),
            ]
            head = " ".join(f"{place(a)},{place(b)}" for a, b in corners)
            self._under.append(f'<polygon points="{head}" fill="{color}"/>')
            points = [*points[:-1], (x - back * dx, y - back * dy)]
        path = " ".join(f"{place(x)},{place(y)}" for x, y in points)
        self._under.append(
            f'<polyline points="{path}" fill="none" stroke="{color}" '
            f'stroke-width="{place(width)}"/>'
        )

    def dot(self, at: Point, color: str = INK) -> None:
        """A mark where lines join."""
        self._under.append(
            f'<circle cx="{place(at[0])}" cy="{place(at[1])}" r="3" fill="{color}"/>'
        )

    def finished(self, height: float, title: str, description: str) -> str:
        """The whole file."""
        size = f"{place(self.width)} {place(height)}"
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" '
            f'width="{place(self.width)}" height="{place(height)}" role="img" '
            f'aria-labelledby="title desc" font-family="{FONT}">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(description)}</desc>',
            f'<rect width="{place(self.width)}" height="{place(height)}" fill="{PAPER}"/>',
            *self._under,
            *self._over,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"
