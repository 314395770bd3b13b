"""`python -m stsim.describe`: print the pages of docs/ that follow the code, or check them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from stsim import paths
from stsim.describe import long_pages
from stsim.describe.page import COMMAND, stale, write
from stsim.describe.pages import files
from stsim.describe.quoted import QuoteError
from stsim.draws import DrawsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files; with --check write nothing and return 1 when they are out of date."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when out of date")
    asked = parser.parse_args(arguments)
    if not paths.DOCS.is_dir():
        print(f"stsim: no folder {paths.DOCS}: run this in a checkout", file=sys.stderr)
        return 1
    try:
        texts = files()
    except (DrawsError, QuoteError) as error:
        print(f"stsim: {error}", file=sys.stderr)
        return 1
    if not asked.check:
        print(*write(texts, paths.DOCS), sep="\n")
        return 0
    old = dict.fromkeys(stale(texts, paths.DOCS), COMMAND) | long_pages.stale()
    for command in dict.fromkeys(old.values()):
        names = " and ".join(f"docs/{name}" for name in old if old[name] == command)
        print(f"stsim: {names}: out of date; run `{command}`", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
