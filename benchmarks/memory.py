"""Memory that runs take beside what `stsim.room` says beforehand: `python benchmarks/memory.py`.

Each run is a process of its own; what it took is its largest resident size. A run that takes more
than was said is one that could be begun and then be killed for want of memory: the last column is
to stay at 1 or below. Some minutes, 3 GB.
"""

from __future__ import annotations

import os
import sys

from stsim import room
from stsim.compose import compose

RUNS = (
    ("engine=stocks", "years.last=2030"),
    ("engine=stocks",),
    ("engine=stocks", "draws=10"),
    ("engine=stocks", "draws=40"),
    ("engine=individuals",),
    ("engine=individuals", "persons_per_agent=10"),
    ("engine=both",),
    ("engine=individuals", "replicates=4", "years.last=2035"),
    ("engine=both", "replicates=4", "persons_per_agent=10"),
)


def taken(words: tuple[str, ...]) -> float:
    """The largest resident size of a process that makes the dataset, in bytes."""
    code = f"import stsim; stsim.simulate(*{words!r})"
    pid = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-c", code])
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{' '.join(words)}: ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss * 1024.0


def main() -> None:
    """Print a line for each run."""
    print(f"{'run':60} {'said':>8} {'taken':>8} {'taken/said':>10}")
    for words in RUNS:
        said, used = room.needed(compose(list(words))), taken(words)
        print(
            f"{' '.join(words):60} {said / 1e9:5.2f} GB {used / 1e9:5.2f} GB {used / said:10.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
