"""The command line: words in, one validated Config out, one job called.

Heavy libraries are imported inside the jobs, so that `--help` and a typing error answer at once.
"""

from __future__ import annotations

import io
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from stsim.config import Config
    from stsim.overrides import Words

#: Work is shared between processes; threads of the linear algebra would stand in each other's way.
#: Read when numpy is imported, which is later than here.
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
#: Run every combination of the values given, as Hydra writes it.
MULTIRUN = ("-m", "--multirun")
USAGE = """usage: python -m stsim [-m] [--config-dir FOLDER] [key=value ...]

Runs a scenario and the baseline beside it, prints a table and writes one results folder,
whose path is the last line printed.

  python -m stsim scenario=expand_dc
  python -m stsim scenario=permanent_posts policy.permanent_posts_national_persons=3000
  python -m stsim 'policy.dc_fellows_persons={2027: 6000, 2030: 9000}' ramp_years=0
  python -m stsim --config-dir mine scenario=my_idea    # a scenario of your own: mine/my_idea.yaml
  python -m stsim -m scenario=baseline,expand_dc posts=flat,damped_trend    # every combination,
      one folder that opens as one dataset; values are a,b or range(first,end,step)

keys (and defaults)
  scenario=baseline     job=run              engine=both         years.first=2023   years.last=2050
  policy_start=2027     ramp_years=0         posts=flat|damped_trend|openings       language=en|ja
  results_dir=results   params=fitted        seed=1              workers=1 (processes)
  engine=stocks|individuals     replicates=N|auto    persons_per_agent=1    (people one by one)
  band=true|false       a range beside every result, from the stock engine with 19 parameter sets
  draws=1 (to SHIPPED)     a range from so many, 0.3 s each     params=central has no range
  careers=false|true    with people one by one: their moves as a parquet file beside the results
  policy.<lever>=VALUE or {YEAR: VALUE, ...}     params.<name>=VALUE

jobs
  run          the scenario beside the baseline (default)
  levers       every lever: unit, range, today's value, price, payer, sources
  assumptions  every number of the start population and every parameter, with range and source
  history      the model from 2007 beside the record
  hindcast     forecasts of known years beside what was counted: from one year (cut=2016), or all
  sweep        many runs in one store: a,b or range(a,b,step) or interval(a,b) of keys, draw,
               replicate
               sweep.design=grid|one_at_a_time|latin_hypercube|sobol|futures_and_policies
               sweep.points=N sweep.keep=indicators|stocks sweep.executor=processes|dask
               sweep.scheduler=ADDRESS|FILE|slurm|pbs sweep.export=csv|parquet sweep.file=NAME
  seek         levers that reach 'seek.targets={indicator: {year: value}}' at least cost, or go
               furthest with seek.budget=YEN: policy.<lever>=interval(a,b) ...
  attribution  what each lever adds to a package, whatever the order (Shapley values)
  compare      scenarios side by side, with -m: -m job=compare scenario=expand_dc,permanent_posts
               policy.budget_yen_per_year=10e9; and what one more of each target costs
  compare      a=RUN b=RUN: why two runs differ (code, data, parameters, policy, chance); a run is
               its folder, its .nc file or its id
  reproduce    run=RUN: make results again and say what is identical and what differs
  report       one HTML page on scenarios, which it runs: scenario=a,b language=en|ja|both, or on
               results that are there: report.of=FOLDER; report.title=TEXT
  uncertainty  where the uncertainty of the headline numbers of question.year=2035 comes from
  information  which unknown changes the ranking of policies most (question.indicator=NAME)
  explore      sliders for every lever in the browser, on this computer only; policies are compared
               and saved as scenarios: explore.port=0 (any free) explore.folder=my_scenarios
  calibrate    fit the parameters to the record again and draw from their posterior (10 minutes)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when done, 1 with one clear line when it cannot be."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that knows no Japanese
        sys.stdout.reconfigure(errors="backslashreplace")
    from stsim.careers.file import CareersError
    from stsim.config import ConfigError
    from stsim.faults import FAULTS, FitError, SweepError, said
    from stsim.results import ResultsError

    try:
        if any(word in ("-h", "--help") for word in words):
            _help(words)
            return 0
        if any(word in MULTIRUN for word in words):
            return _sweep([word for word in words if word not in MULTIRUN])
        _jobs(words)
    except (ConfigError, ResultsError, CareersError, SweepError, FitError, *FAULTS) as error:
        return _refused(said(error))
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MemoryError:
        return _refused(
            "there is not enough memory for this; nothing was written: give fewer draws, "
            "replicates or workers, or a larger persons_per_agent"
        )
    except KeyboardInterrupt:
        return _refused("stopped; nothing was written")
    return 0


def _refused(why: str) -> int:
    print(f"stsim: {why}", file=sys.stderr)
    return 1


def _help(words: Sequence[str]) -> None:
    """Keys, jobs and scenarios; a scenario file that cannot be read is named with its fault."""
    from stsim.config import ConfigError
    from stsim.draws import SHIPPED
    from stsim.overrides import split_config_dir
    from stsim.scenario_files import read_scenario, scenario_files

    files = scenario_files(split_config_dir(words)[1])
    print(USAGE.replace("SHIPPED", str(SHIPPED)))
    print("scenarios")
    wide = max(map(len, files), default=0) + 1
    for name, path in files.items():
        try:
            print(f"  {name:<{wide}} {read_scenario(path).title.en}")
        except ConfigError as error:
            print(f"  {name:<{wide}} cannot be used: {error}")


def _jobs(words: Sequence[str]) -> None:
    from stsim.compose import compose, compose_all
    from stsim.config import ConfigError
    from stsim.faults import strict
    from stsim.given import last_chart
    from stsim.observed import record
    from stsim.overrides import read_words

    if _job(words) in ("sweep", "seek"):
        (_sweep_job if _job(words) == "sweep" else _seek)(words)
        return
    if _job(words) == "report":
        _report(words)
        return
    if _job(words) == "information":
        with strict():
            _information(words)
        return
    if _job(words) == "explore":
        from stsim.explorer.serve import explore

        explore(words)
        return
    asked = read_words(words)
    job = asked.value("job", "run")
    if job == "reproduce":
        _reproduce(asked)
        return
    if job == "compare" and {"a", "b"} & set(asked.by_key):
        _changes(asked, words)
        return
    with strict():
        if job == "run":
            _run(*compose_all([asked.without_policy(), asked]))
            return
        if job == "attribution":
            _attribution(compose(words), words)
            return
        if job == "compare":
            raise ConfigError(
                "job=compare is for several scenarios: -m job=compare scenario=a,b; or for two "
                "runs that are there: a=FOLDER b=FOLDER; leave job out for one beside the baseline"
            )
        if job == "uncertainty":
            _uncertainty(words, *compose_all([asked.without_policy(), asked]))
            return
        if job == "history":
            words = ["years.first=2007", f"years.last={last_chart(record())}", *words]
        config = compose(words)
        beside = [key for key in asked.by_key if key == "scenario" or key.startswith("policy.")]
        if beside:
            raise ConfigError(
                f"job={job} shows the law as it stands: leave out {', '.join(beside)}"
            )
        if job == "calibrate":
            _calibrate(config)
        elif job == "hindcast":
            _hindcast(config, words)
        else:
            _print(config)


def _job(words: Sequence[str]) -> str:
    """The job that is named last; its other words may be of a kind that only it reads."""
    named = [word.partition("=")[2] for word in words if word.startswith("job=")]
    return named[-1].strip("'\"") if named else "run"


def _sweep_job(words: Sequence[str]) -> None:
    """Plan a sweep, compute what is not done, print its table and its folder."""
    from stsim.explore import runs, sensitivity
    from stsim.explore.design import RUNS_OF_A_ROW
    from stsim.explore.present import HEADLINE, print_sensitivity, print_store
    from stsim.faults import SweepError
    from stsim.files import write

    started = time.perf_counter()
    planned = runs.plan(words)
    with _runs(len(planned.plan.values)) as done:
        store = runs.run(planned, done)
    language = planned.config.language
    if planned.config.sweep.export != "none":
        store.export(planned.config.sweep.export)
    failed = print_store(store, language, time.perf_counter() - started)
    if store.plan.design in RUNS_OF_A_ROW:
        found = [sensitivity.of_sweep(store, indicator.name) for indicator in HEADLINE]
        print_sensitivity(found, language)
        write(store.folder / "sensitivity.csv", "\ufeff" + sensitivity.as_csv(found))
    sys.stdout.flush()
    print(store.folder)
    if failed:
        raise SweepError(f"{failed} of {len(planned.plan.values)} runs failed; runs.csv says why")


def _seek(words: Sequence[str]) -> None:
    """Look for the settings of levers that reach a target; print and write them."""
    from stsim import results
    from stsim.explore import targets
    from stsim.explore.sought import print_sought, write_sought

    started = time.perf_counter()
    asked = targets.question(words)
    results.writable(asked.config.results_dir)  # before the work, not after
    count = itertools.count(1)
    with _progress(targets.STEPS, "runs") as advance:

        def done(more: int) -> None:
            for _ in range(more):
                advance(next(count))

        found = targets.seek(asked, done)
    folder = write_sought(found)
    print_sought(found, asked.config.language, time.perf_counter() - started)
    print(folder)


def _calibrate(config: Config) -> None:
    """Fit again, write parameters and draws, and print what has changed."""
    from stsim.calibrate.refit import STEPS, refit
    from stsim.tables import print_refit

    started = time.perf_counter()
    count = itertools.count(1)
    with _progress(STEPS, "parameter sets") as advance:

        def done(more: int) -> None:
            for _ in range(more):
                advance(next(count))

        found = refit(config, done)
    print_refit(found, config.language, time.perf_counter() - started)


def _report(words: Sequence[str]) -> None:
    """Write one page on scenarios or on results that are there; print its file and its folder."""
    from stsim.config import ConfigError
    from stsim.faults import strict
    from stsim.overrides import read_words
    from stsim.words import word

    try:
        import jinja2

        from stsim.reports import job
    except ImportError as error:
        raise ConfigError(f"job=report needs {error.name}: pip install 'stsim[report]'") from None
    del jinja2
    started = time.perf_counter()
    planned = job.plan(read_words(words, listed=("scenario", "report.of")), words)
    count = itertools.count(1)
    with strict(), _progress(planned.steps, "runs") as advance:
        folder, file = job.make(planned, lambda _: advance(next(count)))
    size, seconds = file.stat().st_size / 1e6, time.perf_counter() - started
    print(word("reported", planned.config.language).format(file, size, seconds))
    print(folder)


def _attribution(config: Config, words: Sequence[str]) -> None:
    """Shapley values of the levers of a scenario: print those of one year, write all."""
    from stsim import attribution, results
    from stsim.effects import present

    results.writable(config.results_dir)  # before the work, not after
    started = time.perf_counter()
    runs = len(attribution.combinations(len(config.policy), seed=config.seed))
    with _progress(runs, "combinations of levers") as advance:
        found = attribution.attribute(config, advance)
    present.print_attribution(found, config, time.perf_counter() - started)
    _write(
        config, "attribution", {"attribution.csv": attribution.as_csv(found)}, words,
        {"run": results.run_id(config)}, f"attribution-{config.scenario}",
    )  # fmt: skip


def _hindcast(config: Config, words: Sequence[str]) -> None:
    """Forecast known years from one year, or from all of the scoreboard; print and write scores."""
    from stsim import results
    from stsim.hindcast import bars, board, present, scores
    from stsim.observed import record

    results.writable(config.results_dir)  # before the work, not after
    if config.cut is None:
        with _progress(board.STEPS, "forecasts") as advance:
            found = board.scoreboard(record(), config.seed, advance)
        present.print_bars(bars.bars(record(), found), config.language)
    else:
        found = board.from_cut(record(), config.cut, config.seed)
        present.print_scores(found, config.language)
    _write(
        config, "hindcast", {"scores.csv": scores.as_csv(found)}, words,
        {"cut": config.cut}, f"hindcast-{config.cut or 'all'}",
    )  # fmt: skip


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
    from stsim import single
    from stsim.tables import print_results

    started = time.perf_counter()
    configs = _beside(baseline, asked)
    with _progress(single.steps(configs)) as advance:
        ran = single.run(configs, asked.results_dir, advance)
    print_results(ran.measures, configs, time.perf_counter() - started, ran.by_draw, ran.bills)
    print(ran.folder)


def _beside(baseline: Config, asked: Config) -> dict[str, Config]:
    """The baseline and what was asked, by name; the baseline alone if that was asked."""
    same = asked.scenario == baseline.scenario and asked.policy == baseline.policy
    name = asked.scenario if asked.scenario != baseline.scenario else "baseline_with_policy"
    return {"baseline": baseline} | ({} if same else {name: asked})


def _uncertainty(words: Sequence[str], baseline: Config, asked: Config) -> None:
    """Share out the uncertainty of the headline numbers, print the table, write the folder."""
    from stsim import results
    from stsim.explore import uncertainty
    from stsim.explore.present import print_budget

    results.writable(asked.results_dir)  # before the work, not after
    started = time.perf_counter()
    configs = _beside(baseline, asked)
    with _runs(uncertainty.steps(asked, len(configs) > 1)) as done:
        found = uncertainty.budget(configs, asked.question.year, done)
    print_budget(found, asked.language, time.perf_counter() - started)
    _write(asked, "uncertainty", {"uncertainty.csv": uncertainty.as_csv(found)}, words)


def _information(words: Sequence[str]) -> None:
    """Find what each parameter is worth to know, print the tables, write the folder."""
    from stsim import results
    from stsim.explore import information
    from stsim.explore.present import print_information
    from stsim.overrides import read_words

    started = time.perf_counter()
    shared, configs = information.policies(read_words(words, several=True, or_none=True))
    results.writable(shared.results_dir)  # before the work, not after
    with _runs(information.steps(shared, len(configs))) as done:
        found = information.information(shared, configs, done)
    print_information(found, shared.language, time.perf_counter() - started)
    tables = {
        "information.csv": information.as_csv(found),
        "policies.csv": information.policies_csv(found),
    }
    _write(shared, "information", tables, words)


@contextmanager
def _runs(number: int) -> Iterator[Callable[[int], None]]:
    """A progress bar that is told how many more runs are done."""
    count = itertools.count(1)
    with _progress(number, "runs") as advance:

        def done(more: int) -> None:
            for _ in range(more):
                advance(next(count))

        yield done


def _write(
    config: Config,
    job: str,
    tables: Mapping[str, str],
    words: Sequence[str],
    more: Mapping[str, object] | None = None,
    name: str = "",
) -> None:
    """Write the tables of a job into a folder of their own and print its path.

    Beside them lie the configuration and the words, from which `job=reproduce` makes it again.
    """
    from stsim import provenance, results

    about = {
        "job": job,
        "words": provenance.words_that_count(words),
        "seed": config.seed,
        **(more or {}),
    }

    def write(part: Path) -> None:
        for file, text in tables.items():
            (part / file).write_text(text, encoding="utf-8-sig", newline="")
        dumped = config.model_dump(mode="json", exclude=results.SHOWN)
        results.write_yaml(part / "config.yaml", dumped)
        provenance.write(part, about)

    ids = [results.run_id(config), *tables.values()]
    sys.stdout.flush()
    print(results.write_whole(config.results_dir, results.hashed(name or job, ids), write))


def _sweep(words: Sequence[str]) -> int:
    """Run every combination, print the table, write one folder; 1 if any point has failed."""
    from stsim import results
    from stsim.explore import sweep
    from stsim.overrides import read_words
    from stsim.tables import print_sweep

    asked = read_words(words, several=True)
    if asked.value("job", "run") == "compare":
        _compare(asked, words)
        return 0
    planned = sweep.plan(asked)
    first = planned.configs[0]
    results.writable(first.results_dir)  # before the work, not after
    started = time.perf_counter()
    with _progress(len(set(planned.run_ids)), "points") as advance:
        folder, outcomes = sweep.run(planned, first.results_dir, first.workers, advance)
    print_sweep(planned, outcomes, time.perf_counter() - started)
    sys.stdout.flush()
    for number, outcome in enumerate(outcomes):
        if outcome.error:
            _refused(f"{planned.name(number)} failed: {outcome.error}")
    print(folder)
    return int(any(outcome.error for outcome in outcomes))


def _compare(asked: Words, words: Sequence[str]) -> None:
    """Several scenarios beside the baseline, draw by draw: print effects and costs, write all."""
    from stsim import results
    from stsim.compose import compose_all
    from stsim.effects import present, side_by_side
    from stsim.explore import sweep

    planned = sweep.points_of(asked)
    (baseline,) = compose_all([asked.without_policy()])
    results.writable(baseline.results_dir)  # before the work, not after
    started = time.perf_counter()
    configs = side_by_side.named(planned.labels, planned.points, planned.configs)
    with _progress((1 + len(configs)) * (1 + baseline.in_band), "draws") as advance:
        found = side_by_side.effects(baseline, configs, advance)
    year = present.year_of(baseline)
    present.print_comparison(found, year, time.perf_counter() - started)
    ids = {name: results.run_id(config) for name, config in found.configs.items()}
    _write(
        baseline, "compare", {"comparison.csv": side_by_side.as_csv(found, year)},
        ["-m", *words], {"runs": ids, "draws": baseline.in_band}, "comparison",
    )  # fmt: skip


def _reproduce(asked: Words) -> None:
    """Make results again, print what is identical; SweepError where a number differs."""
    from stsim.audit import kept, present, reproduce
    from stsim.config import ConfigError
    from stsim.faults import SweepError

    started = time.perf_counter()
    config, name = _only(asked, ("run",)), asked.name("run")
    if not name:
        raise ConfigError("job=reproduce run=FOLDER, or the id of a run in results_dir")
    found = kept.find(name, config.results_dir)
    with _progress(reproduce.steps(found), "steps") as advance:
        again = reproduce.reproduce(found, config.results_dir, _jobs_or_several, advance)
    present.print_reproduced(again, config.language, time.perf_counter() - started)
    if not again.same:
        sys.stdout.flush()
        odd = [check.what for check in again.checks if check.state not in ("identical", "close")]
        raise SweepError(f"not reproduced: {', '.join(odd[:3])}{', …' if len(odd) > 3 else ''}")


def _jobs_or_several(words: Sequence[str]) -> None:
    several = any(word in MULTIRUN for word in words)
    (_sweep if several else _jobs)([word for word in words if word not in MULTIRUN])


def _changes(asked: Words, words: Sequence[str]) -> None:
    """Split the difference of two runs into its causes: print a few years, write all."""
    from stsim.audit import changes, kept, present
    from stsim.config import ConfigError

    started = time.perf_counter()
    config = _only(asked, ("a", "b"))
    names = [asked.name(key) for key in ("a", "b")]
    if not all(names):
        raise ConfigError("job=compare a=FOLDER b=FOLDER: name both runs")
    a, b = (kept.find(str(name), config.results_dir) for name in names)
    count = itertools.count(1)
    with _progress(2 ** len(changes.CAUSES), "runs") as advance:
        found = changes.changes(a, b, lambda _: advance(next(count)))
    present.print_changes(found, config.language, time.perf_counter() - started)
    _write(config, "compare", {"changes.csv": changes.as_csv(found)}, words, name="changes")


def _only(asked: Words, own: Sequence[str]) -> Config:
    """The Config of a job on results that are there: where they lie, and the language."""
    from stsim import results
    from stsim.compose import compose_all
    from stsim.config import ConfigError

    usual = ("job", "results_dir", "language")
    odd = [key for key in asked.by_key if key not in (*own, *usual)]
    if odd:
        raise ConfigError(
            f"job={asked.value('job', '')} takes results as they are: leave out {', '.join(odd)}"
        )
    (config,) = compose_all([asked])
    results.writable(config.results_dir)  # before the work, not after
    return config


@contextmanager
def _progress(steps: int, what: str = "years") -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr once the work takes more than a second at a terminal."""
    if not sys.stdout.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import Progress

    started = time.perf_counter()
    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=steps)

    def advance(step: int) -> None:
        bar.advance(task)
        if time.perf_counter() - started > 1:
            bar.update(task, description=f"{what} {step}")
            bar.start()

    try:
        yield advance
    finally:
        bar.stop()
