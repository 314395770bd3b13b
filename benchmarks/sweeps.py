"""What a sweep costs: by point as points grow, and beside its simulations alone.

    python benchmarks/sweeps.py [points ...]

Ratios are taken in one run. "Alone" are the same points through the engine in this process, with
their measures, but without plan, checks, store and processes.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

from stsim.compose import Composer
from stsim.explore import runs, work
from stsim.explore.design import read
from stsim.explore.plan import BLOCK

LEVERS = (
    "policy.dc_fellows_persons=interval(4200,12000)",
    "policy.permanent_posts_national_persons=interval(0,4000)",
    "policy.other_support_places_persons=interval(11800,20000)",
    "policy.ura_persons=interval(1700,5000)",
)


def words(points: int, *more: str) -> list[str]:
    return ["job=sweep", "sweep.design=latin_hypercube", f"sweep.points={points}", *LEVERS, *more]


def swept(points: int, workers: int) -> float:
    """Seconds from the words to the finished store."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        planned = runs.plan(words(points, f"workers={workers}", f"results_dir={folder}"))
        runs.run(planned)
        return time.perf_counter() - started


def alone(points: int) -> float:
    """Seconds of the simulations and measures of the same points, block by block."""
    plan = runs.plan(words(points)).plan
    composer = Composer(read(words(points, "engine=stocks")))
    blocks = [
        [work._point(plan, composer, run) for run in plan.runs(b)] for b in range(plan.blocks)
    ]
    work.stocks(blocks[0][:1])  # the record and the start population, once
    started = time.perf_counter()
    for points_of in blocks:
        work.stocks(points_of)
    return time.perf_counter() - started


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [4 * BLOCK, 32 * BLOCK]
    least = sizes[0]
    swept(BLOCK, 1)
    by_itself, in_sweep = alone(least), swept(least, 1)
    print(f"{least} points, one process: {in_sweep:.1f} s, simulations alone {by_itself:.1f} s, ")
    print(f"machinery {100 * (in_sweep / by_itself - 1):.0f} % of them")
    for number in sizes:
        seconds = swept(number, 2)
        print(
            f"{number} points, two processes: {seconds:.1f} s, {1e3 * seconds / number:.0f} ms each"
        )
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"largest process {peak / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
