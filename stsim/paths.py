"""Where conf/ and scenarios/ are, in a checkout or an installed wheel, and docs/ of a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    checkout = PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    return PACKAGE / "shipped" / name


CONF = _folder("conf")
SCENARIOS = _folder("scenarios")
#: Only a checkout has pages.
DOCS = PACKAGE.parent / "docs"
