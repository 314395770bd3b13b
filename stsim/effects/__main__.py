"""`python -m stsim.effects [certificate] [known_results]`: write docs/effects.md or other pages."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from stsim import paths
from stsim.compose import scenarios
from stsim.config import PROCESSORS, ConfigError
from stsim.effects import certificate, known, page
from stsim.faults import FAULTS, FitError, said

FOLDER = paths.PACKAGE.parent / "docs"
#: What can be written: how many steps it takes, and its text.
PAGES: dict[str, tuple[Callable[[], int], Callable[[int, Callable[[int], None]], str]]] = {
    "effects": (page.runs, page.page),
    "certificate": (lambda: len(scenarios()), certificate.page),
    "known_results": (lambda: known.RUNS, known.page),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write and print the pages asked for; 1 with one line when they cannot be made."""
    parser = argparse.ArgumentParser(prog=page.COMMAND, description=__doc__)
    parser.add_argument("pages", nargs="*", help=f"which: {', '.join(PAGES)} (default: effects)")
    parser.add_argument("--workers", type=int, default=PROCESSORS, help="processes")
    asked = parser.parse_args(arguments)
    wanted = asked.pages or ["effects"]
    for name in wanted:
        if name not in PAGES:
            print(f"stsim: no page '{name}'; there are: {', '.join(PAGES)}", file=sys.stderr)
            return 1
    if not FOLDER.is_dir():
        print(f"stsim: no folder {FOLDER}: run this in a checkout", file=sys.stderr)
        return 1
    from rich.console import Console
    from rich.progress import Progress

    try:
        for name in wanted:
            steps, make = PAGES[name]
            with Progress(console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task(name, total=steps())
                text = make(asked.workers, lambda step, task=task, bar=bar: bar.advance(task))  # type: ignore[misc]
            file = FOLDER / f"{name}.md"
            file.write_text(text, encoding="utf-8")
            print(text)
            print(file)
    except (ConfigError, FitError, *FAULTS) as error:
        print(f"stsim: {said(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
