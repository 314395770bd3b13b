"""Pages of docs/ that take minutes to make: how they are written, and which model made them."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from stsim import files, paths
from stsim.config import PROCESSORS, ConfigError
from stsim.faults import FAULTS, FitError, SweepError, said

#: Makes pages by file name; it is given what to call with the number of each step that is done.
Make = Callable[[Callable[[int], None]], Mapping[str, str]]
#: The pages and their commands, each some minutes.
COMMANDS = {
    "effects.md": "python -m stsim.effects",
    "certificate.md": "python -m stsim.effects certificate",
    "known_results.md": "python -m stsim.effects known_results",
    "answers.md": "python -m stsim.explore",
    "hindcast.md": "python -m stsim.hindcast",
    "identification.md": "python -m stsim.hindcast",
}
#: The headline numbers of every scenario, which a test holds against the code.
GOLDEN = paths.PACKAGE.parent / "tests/golden.json"
#: Digits that count: fewer than the processors differ in.
DIGITS = 6


def mark() -> str:
    """The last line of a page: a hash of the headline numbers of the model that has made it.

    A page with another mark was made by a model with other results; a test names it.
    """
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"), parse_float=_short)
    text = json.dumps(golden, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"<sub>Made by the model whose headline numbers (tests/golden.json) are {digest}.</sub>"


def _short(text: str) -> Any:
    return f"{float(text):.{DIGITS}g}"


def stale() -> dict[str, str]:
    """The pages of another model, or missing, and the command that makes each of them anew."""
    found, last = {}, mark()
    for name, command in COMMANDS.items():
        file = paths.DOCS / name
        if not file.is_file() or not file.read_text(encoding="utf-8").rstrip().endswith(last):
            found[name] = command
    return found


def write(work: Mapping[str, tuple[int, Make]]) -> int:
    """Make pages of docs/, by the name of the work and its steps, and print where they are.

    1 with one line for the user when one cannot be made; those before it are written.
    """
    if not paths.DOCS.is_dir():
        print(f"stsim: no folder {paths.DOCS}: run this in a checkout", file=sys.stderr)
        return 1
    from rich.console import Console
    from rich.progress import Progress

    for name, (steps, make) in work.items():
        try:
            with Progress(console=Console(stderr=True), transient=True) as bar:
                bar.add_task(name, total=steps)
                texts = make(lambda step, bar=bar: bar.advance(bar.task_ids[0]))  # type: ignore[misc]
        except (ConfigError, FitError, SweepError, *FAULTS) as error:
            print(f"stsim: {name}: {said(error)}", file=sys.stderr)
            return 1
        for page, text in texts.items():
            file = paths.DOCS / page
            files.write(file, f"{text.rstrip()}\n\n{mark()}\n")
            print(file)
    return 0


def parser(command: str, about: str | None) -> argparse.ArgumentParser:
    """What every such command understands: `--workers`."""
    found = argparse.ArgumentParser(prog=command, description=about)
    found.add_argument("--workers", type=int, default=PROCESSORS, help="processes")
    return found
