"""Pages written by hand around what the code prints; `{{ name }}` stands for a printed part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "templates"
PLACE = re.compile(r"\{\{ (\w+) \}\}")


def names() -> tuple[str, ...]:
    """The pages that have a template, as they are called in docs/."""
    return tuple(sorted(path.name for path in FOLDER.glob("*.md")))


def text(name: str) -> str:
    """What is written by hand for a page."""
    return (FOLDER / name).read_text(encoding="utf-8")


def filled(name: str, parts: Mapping[str, str]) -> str:
    """The page with every printed part in its place. Raises KeyError where one is unknown."""
    return PLACE.sub(lambda place: parts[place[1]], text(name))


def asked(name: str) -> set[str]:
    """The printed parts that a page asks for."""
    return set(PLACE.findall(text(name)))
