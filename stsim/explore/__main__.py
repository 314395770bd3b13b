"""`python -m stsim.explore`: put the questions of conf/seek/ to the model, in docs/answers.md."""

from __future__ import annotations

import sys

from stsim import paths
from stsim.config import PROCESSORS, ConfigError
from stsim.explore import answers
from stsim.faults import FAULTS, said

FOLDER = paths.PACKAGE.parent / "docs"


def main() -> int:
    """Write the page; 1 with one line when it cannot be made."""
    if not FOLDER.is_dir():
        print(f"stsim: no folder {FOLDER}: run this in a checkout", file=sys.stderr)
        return 1
    from rich.console import Console
    from rich.progress import Progress

    try:
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("questions", total=len(answers.questions()))
            text = answers.page(PROCESSORS, lambda name: bar.advance(task))
    except (ConfigError, *FAULTS) as error:
        print(f"stsim: {said(error)}", file=sys.stderr)
        return 1
    file = FOLDER / "answers.md"
    file.write_text(text, encoding="utf-8")
    print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
