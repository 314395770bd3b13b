"""The command line: words in, one validated Config out, one job called.

Heavy libraries are imported inside the jobs, so that `--help` and a typing error answer at once.
"""

from __future__ import annotations

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
  levers       every lever: unit, range, today's value, source
  assumptions  every number of the start population and every parameter, with range and source
  history      the model from 2007 beside the record
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when done, 1 with one clear line when it cannot be."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if any(word in ("-h", "--help") for word in words):
        _help()
        return 0
    from stsim.config import ConfigError
    from stsim.observed import DataError
    from stsim.rates import RateError
    from stsim.results import LedgerError, ResultsError
    from stsim.smooth import SmoothError

    try:
        for word in words:
            if word.startswith("-"):
                raise ConfigError(
                    f"unknown option '{word}'; options are key=value words, see --help"
                )
        _jobs(words)
    except (ConfigError, DataError, RateError, ResultsError, LedgerError, SmoothError) as error:
        print(f"stsim: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stsim: stopped; nothing was written", file=sys.stderr)
        return 1
    return 0


def _help() -> None:
    from stsim import scenarios

    print(USAGE)
    print("scenarios")
    for name, title in scenarios().items():
        print(f"  {name:<18} {title}")


def _jobs(words: list[str]) -> None:
    from stsim.compose import compose, compose_all, without_policy

    job = next((w.removeprefix("job=") for w in reversed(words) if w.startswith("job=")), "run")
    if job == "history":
        from stsim.given import LAST_CHART
        from stsim.tables import print_history

        print_history(compose(["years.first=2007", f"years.last={LAST_CHART}", *words]))
        return
    configs = [compose(words)] if job != "run" else compose_all([without_policy(words), words])
    if configs[-1].job == "levers":
        from stsim.tables import print_levers

        print_levers(configs[-1])
    elif configs[-1].job == "assumptions":
        from stsim.tables import print_assumptions

        print_assumptions(configs[-1])
    else:
        _run(*configs)


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
