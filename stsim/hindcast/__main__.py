"""`python -m stsim.hindcast`: write docs/hindcast.md and docs/identification.md again."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from stsim.describe import long_pages
from stsim.hindcast.identification import COMMAND
from stsim.hindcast.page import ALL_STEPS, pages
from stsim.observed import record


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, some minutes; 1 with one line when they cannot be made."""
    parser = long_pages.parser(COMMAND, __doc__)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    work = ALL_STEPS, lambda advance: pages(record(), asked.seed, asked.workers, advance)
    return long_pages.write({"hindcast": work})


if __name__ == "__main__":
    sys.exit(main())
