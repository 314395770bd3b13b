"""Memory over many runs in one process: `python benchmarks/many_runs.py [RUNS]` (10,000:
some 15 min).

Each run has another policy, so that nothing remembered from the one before is of use; every
hundredth is of people one by one at 1:100. Runs are short (to 2027): what a run leaves behind does
not depend on its years. Growth is from the resident size after the first tenth
of the runs, when all that is remembered is full, to the end.
"""

from __future__ import annotations

import gc
import os
import sys
import time

import stsim


def resident() -> float:
    """Megabytes of this process in memory."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(runs: int) -> None:
    """Run and print the size after every twentieth of the runs."""
    started, first = time.perf_counter(), 0.0
    for number in range(1, runs + 1):
        people = ("engine=individuals", "persons_per_agent=100") if number % 100 == 0 else ()
        words = (*(people or ("engine=stocks",)), "years.last=2027")
        stsim.indicators(
            stsim.simulate(*words, f"seed={number}", f"policy.dc_fellows_persons={4200 + number}")
        )
        if number % max(runs // 20, 1) == 0:
            gc.collect()
            size = resident()
            if not first and number >= runs / 10:
                first = size
            seconds = time.perf_counter() - started
            print(f"{number:6,} runs, {seconds:6.0f} s: {size:.1f} MB", flush=True)
    print(f"growth from a tenth of the runs to the end: {size / first - 1:+.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
