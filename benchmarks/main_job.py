"""How long the main job takes, and where the time goes: `python benchmarks/main_job.py`.

Everything is measured in one run on one machine. The engine is timed in this process after a
first run; the commands are timed from a cold start of Python. What can be compared between
machines are the ratios at the end: the engine over a fixed piece of numpy work that is timed in
turn with it, over the whole job, and per draw when several draws run in one pass.
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

import numpy as np

from stsim import measures, results, simulation
from stsim.compose import compose
from stsim.engines import stockflow
from stsim.explore import sweep
from stsim.overrides import read_words
from stsim.simulation import Prepared


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


def reference() -> float:
    """Fixed numpy work of the kind the engine does: many short operations, few long ones."""
    rng = np.random.default_rng(0)
    people, weight = rng.random((6, 800)), rng.random(800)
    cells = rng.random((100, 756))
    for n in range(1000):
        hired = people * -np.expm1(-1e-3 * n * weight)
        people = np.maximum(people - 1e-3 * hired, 0.5 * hired)
        people *= 1.0 + 1e-6 * hired.sum(axis=1, keepdims=True)
        if n % 10 == 0:
            cells[:, 12:] = 0.99 * cells[:, :-12]
    return float(people.sum() + cells.sum())


def in_turn(one: Callable[[], object], other: Callable[[], object], times: int = 20) -> float:
    """Best time of one call over the best time of another, timed in turn."""
    pairs = [(timed(one, 1)[0], timed(other, 1)[0]) for _ in range(times)]
    return min(a for a, _ in pairs) / min(b for _, b in pairs)


def of_draws(prepared: Prepared, draws: int) -> Callable[[], object]:
    """A run of the engine for several draws of every parameter at once."""
    rng = np.random.default_rng(1)
    params = {
        name: value * (1 - 0.02 * rng.random((draws, 1, 1, 1, 1)))
        for name, value in prepared.config.params.arrays().items()
    }
    rates = prepared.rates.with_params(params)
    start = {name: np.repeat(cells, draws, axis=0) for name, cells in prepared.start.stock.items()}
    years = prepared.config.years
    return lambda: stockflow.run(rates, start, years.first, years.last)


def sweep_over_runs(*words: str) -> float:
    """Time of a sweep of 12 points over that of the 12 simulations by themselves, less one."""
    values = ("scenario=expand_dc,permanent_posts,do_less", "policy.dc_fellows_persons=6,7,8,9")
    asked = read_words([*values, *words], several=True)
    plan = sweep.plan(asked)

    def runs() -> None:
        for config in plan.configs:
            simulation.dataset(config)

    def swept() -> None:
        with tempfile.TemporaryDirectory() as folder:
            sweep.run(sweep.plan(asked), folder, 1)

    return in_turn(swept, runs, times=3) - 1


def main() -> None:
    helps = [command("--help")[0] for _ in range(3)]
    # the peak is that of the largest command so far
    stocks = [command("scenario=expand_dc", "engine=stocks") for _ in range(3)]
    jobs = [command("scenario=expand_dc") for _ in range(3)]
    config = compose(["scenario=expand_dc"])
    prepared = simulation.prepare(config)
    run = prepared.run()
    ds = results.label({"stocks": [run]}, config, prepared.scope)

    def afresh() -> None:
        simulation._starts.clear()
        simulation._pasts.clear()
        simulation.prepare(config)

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'what':<52}{'best':>10}{'median':>10}")
    for name, values in (
        ("--help, cold", helps),
        ("main job, cold", [seconds for seconds, _ in jobs]),
        ("main job with the stock engine only, cold", [seconds for seconds, _ in stocks]),
    ):
        print(f"{name:<52}{min(values):>8.2f} s{median(values):>8.2f} s")
    for name, runs in (("main job", jobs), ("main job with the stock engine only", stocks)):
        print(f"{f'{name}, peak memory':<52}{max(m for _, m in runs):>7.0f} MB")
    for name, function in (
        ("composition (Hydra and validation)", lambda: compose(["scenario=expand_dc"])),
        ("start population and record", afresh),
        ("stock engine, 2023-2050", prepared.run),
        (
            "ledger check and labelling",
            lambda: results.label({"stocks": [run]}, config, prepared.scope),
        ),
        ("indicators", lambda: measures.indicators(ds)),
    ):
        best, middle = timed(function)
        print(f"{name:<52}{best:>7.0f} ms{middle:>7.0f} ms")
    for draws in (1, 8, 32):
        best, middle = timed(of_draws(prepared, draws), times=5 if draws < 32 else 2)
        name = f"stock engine, per draw, {draws} in one pass"
        print(f"{name:<52}{best / draws:>7.0f} ms{middle / draws:>7.0f} ms")
    ratio = in_turn(prepared.run, reference)
    print(f"{'stock engine over the reference work, best times in turn':<62}{ratio:>10.2f}")
    engine = timed(prepared.run)[0] / 1000
    for name, runs in (("main job", jobs), ("main job with it only", stocks)):
        ratio = engine / min(seconds for seconds, _ in runs)
        print(f"{f'stock engine over the {name}, best times':<62}{ratio:>10.3f}")
    for name, words in (("stocks only", ("engine=stocks",)), ("both engines", ())):
        over = sweep_over_runs(*words)
        print(f"{f'sweep of 12 points over its simulations, {name}':<62}{over:>+10.0%}")


if __name__ == "__main__":
    main()
