"""How long the main job takes, and where the time goes: `python benchmarks/main_job.py`.

Everything is measured in one run on one machine. The engine is timed in this process after a
first run; the commands are timed from a cold start of Python.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")


def command(*words: str) -> tuple[float, float]:
    """Wall seconds and peak memory in MB of one command from a cold start."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "stsim", *words], cwd=folder, check=True, capture_output=True
        )
        seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def timed(function: Callable[[], object], times: int = 15) -> tuple[float, float]:
    """Best and median milliseconds of a call, after a first one."""
    function()
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - started)
    return 1000 * min(seconds), 1000 * median(seconds)


def main() -> None:
    helps = [command("--help")[0] for _ in range(3)]
    jobs = [command("scenario=expand_dc") for _ in range(3)]
    from stsim import measures, results, simulation
    from stsim.compose import compose

    config = compose(["scenario=expand_dc"])
    prepared = simulation.prepare(config)
    run = prepared.run()
    ds = results.label(run, config, prepared.scope)

    def afresh() -> None:
        simulation._starts.clear()
        simulation.prepare(config)

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'what':<52}{'best':>10}{'median':>10}")
    for name, values in (("--help, cold", helps), ("main job, cold", [s for s, _ in jobs])):
        print(f"{name:<52}{min(values):>8.2f} s{median(values):>8.2f} s")
    print(f"{'main job, peak memory':<52}{max(m for _, m in jobs):>7.0f} MB")
    for name, function in (
        ("composition (Hydra and validation)", lambda: compose(["scenario=expand_dc"])),
        ("start population and record", afresh),
        ("stock engine, 2023-2050", prepared.run),
        ("ledger check and labelling", lambda: results.label(run, config, prepared.scope)),
        ("indicators", lambda: measures.indicators(ds)),
    ):
        best, middle = timed(function)
        print(f"{name:<52}{best:>7.0f} ms{middle:>7.0f} ms")


if __name__ == "__main__":
    main()
