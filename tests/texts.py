"""What the pages hold that can be wrong: examples in fences, links, anchors, addresses.

The words after the language of a fence say how its example is run: nothing (in the quick tests),
`slow` (with -m slow) or `skip: reason`. Lines in a `text` fence are no example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("python", "sh", "bash", "console")


class Example(NamedTuple):
    """One fence: page, line, language, how it is run, and its text."""

    page: str
    line: int
    language: str
    how: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """README, CHANGELOG and everything in docs/."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def examples() -> list[Example]:
    """Every fence with a language, in the order of the pages."""
    found = []
    for page in pages():
        lines = page.read_text(encoding="utf-8").splitlines()
        marks = [i for i, line in enumerate(lines) if line.startswith("```")]
        for start, end in zip(marks[::2], marks[1::2], strict=True):
            language, _, how = lines[start].removeprefix("```").partition(" ")
            text = "\n".join(lines[start + 1 : end])
            found.append(Example(name(page), start + 1, language, how.strip(), text))
    return found


def prose(page: Path) -> str:
    """A page without its fences and code."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"`[^`\n]+`", "`code`", text)


def links(page: Path) -> Iterator[str]:
    """Where links and pictures lead."""
    yield from re.findall(r"\]\(([^)\s]+)\)", prose(page))


def addresses(page: Path) -> Iterator[str]:
    """Addresses in angle brackets."""
    yield from re.findall(r"<(\w+:[^>]*)>", prose(page))


def anchors(page: Path) -> set[str]:
    """The places in a page that a link may name: marked ones, and headings as GitHub names them."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    slugs = {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))
