"""`python -m stsim.explore`: put the questions of conf/seek/ to the model, in docs/answers.md."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from stsim.describe import long_pages
from stsim.explore import answers


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; 1 with one line when it cannot be made."""
    workers = long_pages.parser(answers.COMMAND, __doc__).parse_args(arguments).workers
    work = len(answers.questions()), lambda advance: {"answers.md": answers.page(workers, advance)}
    return long_pages.write({"answers": work})


if __name__ == "__main__":
    sys.exit(main())
