"""The command line: words in, one validated Config out, one job called.

Heavy libraries are imported inside the jobs, so that `--help` and a typing error answer at once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stsim.config import Config

USAGE = """usage: python -m stsim [key=value ...]

Runs a scenario and the baseline beside it, prints a table and writes one results folder,
whose path is the last line printed.

  python -m stsim scenario=expand_dc
  python -m stsim scenario=permanent_posts policy.permanent_posts_national_persons=3000
  python -m stsim 'policy.dc_fellows_persons={2027: 6000, 2030: 9000}' ramp_years=0

keys (and defaults)
  scenario=baseline     job=run              engine=stocks       years.first=2023   years.last=2050
  policy_start=2027     ramp_years=0         posts=flat|damped_trend|openings       language=en|ja
  results_dir=results   params=central       seed=1
  policy.<lever>=VALUE or {YEAR: VALUE, ...}     params.<name>=VALUE

jobs
  run          the scenario beside the baseline (default)
  levers       every lever: unit, range, today's value, price, payer, sources
  assumptions  every number of the start population and every parameter, with range and source
  history      the model from 2007 beside the record
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when done, 1 with one clear line when it cannot be."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    from stsim.config import ConfigError
    from stsim.observed import DataError
    from stsim.quantities import YearError
    from stsim.rates import RateError
    from stsim.results import ResultsError
    from stsim.smooth import SmoothError

    try:
        if any(word in ("-h", "--help") for word in words):
            _help(words)
        else:
            _jobs(words)
    except (ConfigError, DataError, YearError, RateError, ResultsError, SmoothError) as error:
        return _refused(str(error))
    except ArithmeticError as error:  # people lost, a market that does not clear, numbers too large
        ours = type(error).__module__.startswith("stsim")
        return _refused(str(error) if ours else f"the numbers given cannot be computed: {error}")
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _refused("stopped; nothing was written")
    return 0


def _refused(why: str) -> int:
    print(f"stsim: {' '.join(why.split())}", file=sys.stderr)
    return 1


def _help(words: Sequence[str]) -> None:
    """Keys, jobs and scenarios; a scenario file that cannot be read is named with its fault."""
    from stsim.compose import split_config_dir
    from stsim.config import ConfigError
    from stsim.scenario_files import read_scenario, scenario_files

    files = scenario_files(split_config_dir(words)[1])
    print(USAGE)
    print("scenarios")
    for name, path in files.items():
        try:
            print(f"  {name:<18} {read_scenario(path).title.en}")
        except ConfigError as error:
            print(f"  {name:<18} cannot be used: {error}")


def _jobs(words: Sequence[str]) -> None:
    import numpy as np

    from stsim.compose import compose, compose_all, read_words
    from stsim.given import LAST_CHART

    asked = read_words(words)
    job = asked.value("job", "run")
    with np.errstate(divide="raise", over="raise", invalid="raise"):  # never a number from nothing
        if job == "run":
            _run(*compose_all([asked.without_policy(), asked]))
            return
        if job == "history":
            words = ["years.first=2007", f"years.last={LAST_CHART}", *words]
        _print(compose(words))


def _print(config: Config) -> None:
    """Print the list or comparison that the job names."""
    from stsim import tables

    {
        "levers": tables.print_levers,
        "assumptions": tables.print_assumptions,
        "history": tables.print_history,
    }[config.job](config)


def _run(baseline: Config, asked: Config) -> None:
    """Run baseline and scenario, print the table, write the folder."""
    from stsim import results
    from stsim.measures import indicators
    from stsim.simulation import prepare
    from stsim.tables import print_results, summary_csv

    results.writable(asked.results_dir)  # before the work, not after
    started = time.perf_counter()
    same = asked.scenario == baseline.scenario and asked.policy == baseline.policy
    name = asked.scenario if asked.scenario != baseline.scenario else "baseline_with_policy"
    configs = {"baseline": baseline} | ({} if same else {name: asked})
    steps = len(configs) * (asked.years.last - asked.years.first)
    datasets = {}
    with _progress(steps) as advance:
        for key, config in configs.items():
            prepared = prepare(config)
            ds = results.label(prepared.run(advance), config, prepared.scope)
            datasets[key] = ds.assign_coords(scenario=key)
    measures = {key: indicators(ds) for key, ds in datasets.items()}
    folder = results.save(datasets, configs, summary_csv(measures, configs), asked.results_dir)
    print_results(measures, configs, time.perf_counter() - started)
    print(folder)


@contextmanager
def _progress(steps: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr once the work takes more than a second at a terminal."""
    if not sys.stdout.isatty():
        yield lambda year: None
        return
    from rich.console import Console
    from rich.progress import Progress

    started = time.perf_counter()
    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("years", total=steps)

    def advance(year: int) -> None:
        bar.advance(task)
        if time.perf_counter() - started > 1:
            bar.update(task, description=str(year))
            bar.start()

    try:
        yield advance
    finally:
        bar.stop()
