"""`python -m stsim.effects [certificate] [known_results]`: write docs/effects.md or other pages."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from stsim.compose import scenarios
from stsim.describe import long_pages
from stsim.effects import certificate, known, page
from stsim.quantities import nearest

#: What can be written: how many steps it takes, and its text.
PAGES: dict[str, tuple[Callable[[], int], Callable[[int, Callable[[int], None]], str]]] = {
    "effects": (page.runs, page.page),
    "certificate": (lambda: len(scenarios()), certificate.page),
    "known_results": (lambda: known.RUNS, known.page),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages asked for; 1 with one line when they cannot be made."""
    parser = long_pages.parser(page.COMMAND, __doc__)
    parser.add_argument("pages", nargs="*", help=f"which: {', '.join(PAGES)} (default: effects)")
    asked = parser.parse_args(arguments)
    wanted = asked.pages or ["effects"]
    for name in wanted:
        if name not in PAGES:
            there = f"there are: {', '.join(PAGES)}"
            print(f"stsim: no page '{name}' ({there}){nearest(name, PAGES)}", file=sys.stderr)
            return 1

    def make(name: str) -> long_pages.Make:
        return lambda advance: {f"{name}.md": PAGES[name][1](asked.workers, advance)}

    return long_pages.write({name: (PAGES[name][0](), make(name)) for name in wanted})


if __name__ == "__main__":
    sys.exit(main())
