"""`python -m stsim.hindcast`: write docs/hindcast.md and docs/identification.md again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from stsim.config import PROCESSORS
from stsim.faults import FAULTS, FitError, said
from stsim.hindcast.identification import COMMAND
from stsim.hindcast.page import ALL_STEPS, FOLDER, pages
from stsim.observed import record


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, some minutes; 1 with one line when they cannot be made."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    if not FOLDER.is_dir():
        print(f"stsim: no folder {FOLDER}: run this in a checkout", file=sys.stderr)
        return 1
    from rich.progress import Progress

    try:
        with Progress(transient=True) as bar:
            task = bar.add_task("forecasts and synthetic sets", total=ALL_STEPS)
            texts = pages(record(), asked.seed, PROCESSORS, lambda step: bar.advance(task))
    except (FitError, *FAULTS) as error:
        print(f"stsim: {said(error)}", file=sys.stderr)
        return 1
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
