"""How fast the individual engine is, and beside what: `python benchmarks/individuals.py`.

Everything is measured in one run on one machine, in this process after a first run, in seconds of
one processor (nothing here uses two), so that other work on the machine matters less. A person-year
is somebody whom some rule can move, on 1 May, and the year that follows; the retired and those who
left research count, as they can die, the dead do not.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import inf

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import process_per_person

from stsim.compose import compose
from stsim.engines import individuals, stockflow
from stsim.engines.people import Log
from stsim.rates import Rates, RateTable
from stsim.simulation import prepare
from stsim.vocabulary import Array, Count, Rulebook

PARTS = ("memory", "reference", "library", "growth")
#: Persons per agent at which the reference is run; the time at 1 is an extrapolation.
SCALES = (100, 50, 20, 10)
#: Agents on the first day, and the years they are followed.
SIZES, GROWTH_YEARS = (10_000, 100_000, 1_000_000, 10_000_000), 5
#: An agent for each person of these is enough for a comparison with an agent library.
LIBRARY_SCALE, LIBRARY_YEARS = 10, 3
REFERENCE_BAR = 40


@dataclass(frozen=True)
class Japan:
    """Rates and people of the baseline, and the years from the first count to the last."""

    rates: Rates
    start: Mapping[str, Array]
    first: int
    last: int

    @property
    def people(self) -> float:
        """Persons on the first day."""
        return float(sum(cells.sum() for cells in self.start.values()))

    def individuals(self, persons_per_agent: float = 1, log: Log | None = None) -> stockflow.Run:
        return individuals.run(
            self.rates, self.start, self.first, self.last,
            persons_per_agent=persons_per_agent, log=log,  # type: ignore[arg-type]
        )  # fmt: skip

    def stocks(self) -> stockflow.Run:
        return stockflow.run(self.rates, self.start, self.first, self.last)

    def reference(self, persons_per_agent: int) -> process_per_person.Result:
        return process_per_person.run(
            self.rates, self.start, self.first, self.last, persons_per_agent=persons_per_agent
        )

    def person_years(self, stock: Array) -> float:
        """Persons whom some rule can move, summed over the counts that begin a year."""
        sources = {stage for rule in self.rates.rulebook.rules for stage in rule.sources}
        movable = [stage in sources for stage in self.rates.rulebook.stages]
        return float(stock[0, :-1, movable].sum())

    def without_markets(self) -> Japan:
        """Hazards, birthdays and rules of the end of the year; nobody enters."""
        book = self.rates.rulebook
        rules = tuple(rule for rule in book.rules if rule.kind in ("flow", "year_end"))
        left = Rulebook(book.stages, rules, (), (), book.ages, book.sexes, book.fields)
        return replace(self, rates=self.rates.of(left), last=self.first + LIBRARY_YEARS)


def baseline() -> Japan:
    prepared = prepare(compose([]))
    years = prepared.config.years
    return Japan(prepared.rates, prepared.start.stock, years.first, years.last)


def best(function: Callable[[], object], times: int = 3, enough: float = 10.0) -> float:
    """The shortest of some calls in seconds; no more of them once they took `enough` together."""
    shortest, together = inf, 0.0
    for _ in range(times):
        started = time.process_time()
        function()
        seconds = time.process_time() - started
        shortest, together = min(shortest, seconds), together + seconds
        if together > enough:
            break
    return shortest


def exponent(people: list[float], seconds: list[float]) -> float:
    """The power of the number of people that time grows with, by least squares of logarithms."""
    return float(np.polyfit(np.log(people), np.log(seconds), 1)[0])


def line(name: str, *cells: str) -> None:
    print(f"{name:<46}" + "".join(f"{cell:>14}" for cell in cells))


def with_tables_given(japan: Japan, times: int = 5) -> float:
    """The shortest of some calls in seconds, without the time in which rates become tables."""
    clocked = Clocked(japan.rates)
    part = replace(japan, rates=clocked)  # type: ignore[arg-type]
    shortest = inf
    for _ in range(times):
        clocked.seconds = 0.0
        shortest = min(shortest, best(part.individuals, 1) - clocked.seconds)
    return shortest


class Clocked:
    """Rates that know for how many seconds they have been at work."""

    def __init__(self, rates: Rates) -> None:
        self.rates, self.rulebook, self.seconds = rates, rates.rulebook, 0.0

    def between(self, year: int, count: Count | None) -> RateTable:
        started = time.process_time()
        table = self.rates.between(year, count)
        self.seconds += time.process_time() - started
        return table


def engine(japan: Japan) -> tuple[float, float]:
    """Japan one to one. Returns the seconds of a whole call and its person-years."""
    person_years = japan.person_years(japan.individuals().stock)
    call = best(japan.individuals, 5)
    settling = best(replace(japan, last=japan.first).individuals)
    loop = with_tables_given(japan) - settling
    logged = best(lambda: japan.individuals(log=Log()))
    stocks = best(japan.stocks)
    print(
        f"\nJapan {japan.first}-{japan.last}, an agent a person: {person_years:,.0f} person-years"
    )
    line("", "seconds", "million py/s", "to the loop")
    for name, seconds in (
        ("individual engine, the years, tables given", loop),
        ("individual engine, the whole call", call),
        ("individual engine, the whole call with a log", logged),
        ("stock engine", stocks),
    ):
        line(name, f"{seconds:.3f}", f"{person_years / seconds / 1e6:.1f}", f"{seconds / loop:.2f}")
    return call, person_years


def memory() -> None:
    """Peak memory of a call in a process of its own.

    Before anything else: a child starts with the peak of its parent.
    """
    print("\nMemory of a process that runs Japan once, an agent a person")
    line("", "peak MB", "before it")
    for name, words in (("individual engine", ()), ("individual engine with a log", ("log",))):
        command = [sys.executable, __file__, "--alone", *words]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        peak, before = map(float, out.split())
        line(name, f"{peak:.0f}", f"{before:.0f}")


def alone(log: bool) -> None:
    """Run the engine once and print the peak memory in MB after and before."""
    japan = baseline()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kept = japan.individuals(log=Log() if log else None)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, before)
    assert kept.stock.size


def uncollected(function: Callable[[], object]) -> None:
    """Call a function while Python does not look for cycles of dead objects."""
    gc.disable()
    try:
        function()
    finally:
        gc.enable()
        gc.collect()


def reference(japan: Japan, call: float, person_years: float) -> None:
    """The same table, one SimPy process a person.

    With Python's garbage collector, which walks over all processes again and again, and without
    it, as somebody who knows about it would run it.
    """
    print(f"\nOne process per person, {japan.first}-{japan.last}, whole calls")
    line("persons per agent", "seconds", "gc off, s", "engine, s", "ratio", "ratio, gc off")
    told, faster = [], []
    for scale in SCALES:
        run = partial(japan.reference, scale)
        told.append(best(run))
        faster.append(best(partial(uncollected, run)))
        ours = best(partial(japan.individuals, scale))
        line(
            f"1:{scale}", f"{told[-1]:.2f}", f"{faster[-1]:.2f}", f"{ours:.3f}",
            f"{told[-1] / ours:.0f} x", f"{faster[-1] / ours:.0f} x",
        )  # fmt: skip
    print(f"  bar: {REFERENCE_BAR} x at 1:{SCALES[-1]}")
    for name, seconds in (("as Python is", told), ("gc off", faster)):
        power = exponent([1 / scale for scale in SCALES], seconds)
        rate = person_years / SCALES[-1] / seconds[-1]
        whole = seconds[-1] * SCALES[-1] ** power
        print(
            f"  {name}: {rate / 1e6:.3f} million person-years/s at 1:{SCALES[-1]}; the engine at "
            f"1:1 does {person_years / call / rate:.0f} x as many\n"
            f"    time grows with people to the power {power:.2f}; EXTRAPOLATED to 1:1 with that "
            f"power, not measured: {whole:.0f} s, {whole / call:.0f} x"
        )


def library(japan: Japan) -> None:
    """An annual loop in an agent library, beside the engine on the same rules."""
    print("\nHazards, birthdays and rules of the end of the year only, an annual loop in Mesa")
    try:
        import mesa
        from annual_loop_mesa import person_years_and_seconds
    except ImportError:
        print("  not installed here; annual_loop_mesa.py says how to")
        return
    part = japan.without_markets()
    done, seconds = person_years_and_seconds(
        part.rates, part.start, part.first, LIBRARY_SCALE, LIBRARY_YEARS
    )
    person_years = part.person_years(part.individuals().stock)
    ours = best(part.individuals) - best(replace(part, last=part.first).individuals)
    theirs_rate, our_rate = done / seconds / 1e6, person_years / ours / 1e6
    line("", "million py/s", "ratio")
    line(f"Mesa {mesa.__version__}, 1:{LIBRARY_SCALE}, the loop", f"{theirs_rate:.3f}", "1")
    line("individual engine, 1:1, the loop", f"{our_rate:.1f}", f"{our_rate / theirs_rate:.0f} x")


def growth(japan: Japan) -> None:
    """Seconds of the loop from ten thousand to ten million agents.

    Above Japan's own size there are several agents for every person: intakes and posts grow with
    the people.
    """
    part = replace(japan, last=japan.first + GROWTH_YEARS)
    whole = part.person_years(part.stocks().stock)
    print(f"\nGrowth of the individual engine, {part.first}-{part.last}")
    line("agents on the first day", "loop, s", "ns per py", "million py/s")
    loops = []
    for size in SIZES:
        scale = part.people / size
        settling = best(partial(replace(part, last=part.first).individuals, scale))
        loops.append(best(partial(part.individuals, scale)) - settling)
        person_years = whole / scale
        line(
            f"{size:,}", f"{loops[-1]:.3f}", f"{1e9 * loops[-1] / person_years:.0f}",
            f"{person_years / loops[-1] / 1e6:.1f}",
        )  # fmt: skip
    sizes = [float(size) for size in SIZES]
    print(
        f"  time grows with people to the power {exponent(sizes, loops):.2f} over all, "
        f"{exponent(sizes[-2:], loops[-2:]):.2f} from {SIZES[-2]:,} on (bar: 1)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--skip", nargs="+", choices=PARTS, default=[], metavar="PART",
                        help=f"leave out some of: {', '.join(PARTS)}")  # fmt: skip
    parser.add_argument("--alone", nargs="*", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.alone is not None:
        alone("log" in chosen.alone)
        return
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"numpy {np.__version__}; load {os.getloadavg()[0]:.1f} at the start"
    )
    if "memory" not in chosen.skip:
        memory()
    japan = baseline()
    call, person_years = engine(japan)
    if "reference" not in chosen.skip:
        reference(japan, call, person_years)
    if "library" not in chosen.skip:
        library(japan)
    if "growth" not in chosen.skip:
        growth(japan)


if __name__ == "__main__":
    main()
