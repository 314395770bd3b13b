"""Pieces of Markdown as GitHub shows it: tables, anchors, links, folded parts, numbers."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Sequence

#: What a cell must not hold as it is.
ESCAPED = str.maketrans({"|": r"\|", "*": r"\*", "\n": " "})


def plain(text: str) -> str:
    """Text for a table cell: on one line, nothing that a table or emphasis would eat."""
    return " ".join(text.translate(ESCAPED).split())


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: str = "") -> str:
    """A table; `right` names the columns aligned to the right, as in `"Value, Range"`."""
    aligned = right.split(", ") if right else []
    lines = [heads, ["---:" if head in aligned else "---" for head in heads], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def anchor(kind: str, name: str) -> str:
    """A place that `link` leads to."""
    return f'<a id="{kind}-{name}"></a>'


def link(kind: str, name: str) -> str:
    """A link to where something is described."""
    return f"[`{name}`](#{kind}-{name})"


def links(kind: str, names: Iterable[str]) -> str:
    """Several links in a line."""
    return ", ".join(link(kind, name) for name in names)


def small(text: str) -> str:
    """A second line of a table cell."""
    return f"<br><small>{text}</small>" if text else ""


def folded(title: str, inside: str) -> str:
    """A part that is folded until the reader opens it."""
    return f"<details><summary>{title}</summary>\n\n{inside}\n\n</details>"


def code(text: str) -> str:
    """A block of Python."""
    return f"```python skip: source code, printed\n{textwrap.dedent(text).rstrip()}\n```"


def doc(thing: object) -> str:
    """The whole docstring of something, as paragraphs."""
    return inspect.getdoc(thing) or ""


def first_line(thing: object) -> str:
    """The first line of a docstring."""
    return doc(thing).split("\n")[0]


def number(value: float) -> str:
    """A number as the lists of the command line print it."""
    return f"{round(value, 4):,.12g}"


def short_number(value: float) -> str:
    """A number to six figures, as the list of parameters prints it."""
    return f"{value:g}"


def between(low: float, high: float) -> str:
    """A range that stays on one line."""
    return f"{short_number(low)}&nbsp;to&nbsp;{short_number(high)}"
