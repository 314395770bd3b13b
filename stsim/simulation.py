"""From a Config to results: put the parts together and run the engine."""

from __future__ import annotations

import pickle
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stsim import draws, levers, measures, observed, paths, population, results, room
from stsim.careers.columns import Careers
from stsim.careers.measures import measures as career_measures
from stsim.config import FITTED, Config, ConfigError, validated
from stsim.draws import DrawsError
from stsim.engines import individuals, stockflow
from stsim.engines.people import Log
from stsim.engines.stockflow import Run
from stsim.faults import FAULTS, said, strict
from stsim.given import BASE_YEAR, Given
from stsim.memory import same
from stsim.params import Params
from stsim.quantities import Timeline, nearest
from stsim.rates import Rates
from stsim.reading import read_yaml
from stsim.rulebook import JAPAN
from stsim.vocabulary import Array, Stage

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Prepared:
    """A run ready to go: the rates and the people there on the first day."""

    config: Config
    rates: Rates
    start: population.Start
    scope: str

    def individuals(
        self,
        replicate: int = 1,
        on_year: Callable[[int], None] = lambda year: None,
        log: Log | None = None,
    ) -> Run:
        """Run the individual engine; moves are appended to `log`."""
        years, config = self.config.years, self.config
        return individuals.run(
            self.rates, self.start.stock, years.first, years.last, on_year,
            seed=config.seed, replicate=replicate,
            persons_per_agent=config.persons_per_agent, log=log,
        )  # fmt: skip

    def lives(
        self, replicate: int = 1, on_year: Callable[[int], None] = lambda year: None
    ) -> tuple[Run, Careers]:
        """Run the individual engine and keep everybody's careers."""
        log = Log()
        run = self.individuals(replicate, on_year, log)
        return run, Careers.of(log, run, self.config.persons_per_agent)

    def run(
        self,
        on_year: Callable[[int], None] = lambda year: None,
        only: Sequence[Stage] | None = None,
    ) -> Run:
        """Run the stock engine over the years of the Config, or a part of the model by itself."""
        years, rates = self.config.years, self.rates
        if only is not None:
            rates = rates.of(rates.rulebook.only(only))
        return stockflow.run(rates, self.start.stock, years.first, years.last, on_year)


def dataset(
    config: Config,
    on_year: Callable[[int], None] = lambda year: None,
    on_careers: Callable[[Careers], None] = lambda careers: None,
) -> xr.Dataset:
    """Run what a Config asks for and label it: one scenario, its engines and replicates.

    `on_year` is told each year that is done in this process, `on_careers` everybody's careers in
    each replicate run in this process.
    """
    if config.draws > 1 and config.engine != "stocks":
        raise ConfigError(
            f"draws={config.draws}: stocks and flows by draw come from the stock engine; give "
            "engine=stocks, or take the ranges of the measures alone (stsim.ranges)"
        )
    room.check(config)
    prepared = prepare(config)
    if config.draws > 1:
        return _by_draw(prepared, draws.ensemble(config.params, fitted(), config.draws))
    runs: dict[str, Sequence[Run]] = {}
    found: list[_Replicate] = []
    if config.engine in ("both", "stocks"):
        runs["stocks"] = [prepared.run(on_year)]
    if config.engine in ("both", "individuals"):
        found = _replicates(prepared, on_year, on_careers)
        runs["individuals"] = [replicate.run for replicate in found]
    return results.label(runs, config, prepared.scope, [each.measured for each in found])


def _by_draw(
    prepared: Prepared, chosen: Sequence[Params], first: int = 0, over_fields: bool = False
) -> xr.Dataset:
    """The stock engine with some draws of the parameters, numbered from `first` on.

    All begin with the start population of the one parameter set that is prepared. `over_fields`
    keeps sums over the fields, which no measure tells apart.
    """
    rates, years = prepared.rates.with_params(draws.stacked(chosen)), prepared.config.years
    start = {n: np.repeat(cells, len(chosen), axis=0) for n, cells in prepared.start.stock.items()}
    run = stockflow.run(rates, start, years.first, years.last, over_fields=over_fields)
    ds = results.label({"stocks": [run]}, prepared.config, prepared.scope)
    ds = ds if "draw" in ds.dims else ds.expand_dims("draw")
    return ds.assign_coords(draw=np.arange(first, first + len(chosen)))


def few_draws(config: Config, first: int, number: int) -> xr.Dataset:
    """The stock engine with some of the shipped draws, `number` of them from `first` (0) on.

    By (draw, ...), of sums over the fields; the measures of a draw are those that `ranges` gives.
    """
    chosen = draws.ensemble(config.params, fitted(), first + number)[first:]
    stocks = config.model_copy(update={"engine": "stocks"})
    return _by_draw(prepare(stocks), chosen, first, over_fields=True)


def side_by_side(several: Sequence[Prepared], over_fields: bool = False) -> Run:
    """The stock engine for several runs at once, each from its own start population.

    They may differ in parameters, in policy and in what is given, but have the years of the first;
    the draws of the run are in their order. `over_fields` keeps sums over the fields.
    """
    first, starts = several[0], [each.start for each in several]
    rates = Rates.side_by_side([each.rates for each in several])
    stock = {name: np.concatenate([s.stock[name] for s in starts]) for name in first.start.stock}
    years = first.config.years
    return stockflow.run(rates, stock, years.first, years.last, over_fields=over_fields)


class Point(NamedTuple):
    """One run of many: a Config, a shipped draw of the parameters or none, an outcome of chance.

    With a draw, the parameters are its own but for those that were asked to be different; `params`
    are a parameter set that is no shipped draw. With either the start population is that of the
    Config, as in `ranges`.
    """

    config: Config
    draw: int | None = None
    replicate: int = 1
    params: Params | None = None

    def prepared(self) -> Prepared:
        """The run ready to go. Raises ValueError where both a draw and parameters are given."""
        if self.draw is not None and self.params is not None:
            raise ValueError(f"draw={self.draw} and a parameter set of its own: give one of them")
        found, params = prepare(self.config), self.params
        if self.draw is not None:
            params = draws.one(self.config.params, fitted(), self.draw)
        if params is None:
            return found
        return replace(found, rates=found.rates.with_params(params.arrays()))


def beside(points: Sequence[Point]) -> xr.Dataset:
    """The stock engine for several points of the same years at once, by (draw, ...).

    Stocks and flows are sums over the fields, which no measure tells apart. Values are those of
    runs one by one but for the last digits (1e-12 of the largest).
    """
    prepared = [point.prepared() for point in points]
    configs = [point.config for point in points]
    run = side_by_side(prepared, over_fields=True)
    ds = results.label({"stocks": [run]}, configs[0], prepared[0].scope, beside=configs)
    return ds if "draw" in ds.dims else ds.expand_dims(draw=[0])


def outcome(point: Point) -> xr.Dataset:
    """One outcome of chance for everybody one by one, with what its careers measure."""
    prepared = point.prepared()
    run, careers = prepared.lives(point.replicate)
    measured = [career_measures(careers)]
    return results.label({"individuals": [run]}, point.config, prepared.scope, measured)


def ranges(config: Config, on_draw: Callable[[int], None] = lambda draw: None) -> xr.Dataset:
    """The measures of the stock engine for each draw of the parameters, by (draw, time or year).

    As many draws as `draws` says, or those behind the range of the main job. They go through the
    engine a few at a time in `workers` processes, so that memory does not grow with their number;
    the bytes are the same whatever the workers. `on_draw` is told each draw that is done. Raises
    ConfigError where no range can be.
    """
    if config.workers == 1:
        return _joined(map(_some_draws, _tasks(config)), on_draw)
    with ranges_beside({"": config}) as ranges_of:
        return ranges_of("", on_draw)


@contextmanager
def ranges_beside(configs: Mapping[str, Config]) -> Iterator[RangesOf]:
    """Begin with the ranges of several scenarios in other processes, at least in one.

    What it gives returns the ranges of one scenario, by name. Until then this process is free;
    then it is one of the `workers`, and does what has not been begun.
    """
    workers = max(1, max(config.workers for config in configs.values()) - 1)
    tasks = {name: _tasks(config) for name, config in configs.items()}
    # an interrupt ends the processes without a word; this one says what there is to say
    with ProcessPoolExecutor(
        workers, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_DFL)
    ) as pool:
        begun = {
            name: [pool.submit(_pickled_draws, task) for task in several]
            for name, several in tasks.items()
        }

        def ranges_of(name: str, on_draw: Callable[[int], None]) -> xr.Dataset:
            here = {
                k: _some_draws(tasks[name][k])
                for k, future in reversed([*enumerate(begun[name])])
                if future.cancel()
            }
            parts = (here.get(k) or _result(future) for k, future in enumerate(begun[name]))
            return _joined(parts, on_draw)

        try:
            yield ranges_of
        finally:
            pool.shutdown(cancel_futures=True)


#: Gives the ranges of a scenario by its name, and tells a function each draw that is done.
RangesOf = Callable[[str, Callable[[int], None]], "xr.Dataset"]


class _Task(NamedTuple):
    """Some draws of the parameters of one scenario, numbered from `first` on."""

    config: Config
    chosen: Sequence[Params]
    first: int


def _tasks(config: Config) -> list[_Task]:
    """The draws of a scenario, as many at a time as go through the engine side by side."""
    if not config.in_band:
        why = "band=false" if config.parameter_set == FITTED else f"params={config.parameter_set}"
        raise ConfigError(f"{why} leaves no range to compute: leave it out")
    config = config.model_copy(update={"engine": "stocks"})
    chosen = draws.ensemble(config.params, fitted(), config.in_band)
    firsts = range(0, len(chosen), draws.CHUNK)
    return [_Task(config, chosen[first : first + draws.CHUNK], first) for first in firsts]


def _some_draws(task: _Task) -> xr.Dataset:
    """The measures of some draws. Raises DrawsError where a run with one of them cannot be made."""
    try:
        with strict():
            prepared = prepare(task.config)
            return measures.indicators(_by_draw(prepared, task.chosen, task.first, True))
    except FAULTS as fault:
        numbers = f"{task.first} to {task.first + len(task.chosen) - 1}"
        raise DrawsError(
            f"draws {numbers} of the parameters: {said(fault)}; band=false runs without draws"
        ) from None


def _pickled_draws(task: _Task) -> bytes:
    """The same from another process: a thread of the pool must not be the one to import xarray."""
    return pickle.dumps(_some_draws(task))


def _result(future: Future[bytes]) -> xr.Dataset:
    try:
        found: xr.Dataset = pickle.loads(future.result())
        return found
    except BrokenProcessPool:
        raise DrawsError(
            "a process with draws was stopped, perhaps for want of memory; give fewer workers, or "
            "band=false"
        ) from None


def _joined(parts: Iterable[xr.Dataset], on_draw: Callable[[int], None]) -> xr.Dataset:
    """All draws one after another; measures that no draw moves stay as they are."""
    import xarray as xr

    found = []
    for part in parts:
        found.append(part)
        for draw in part["draw"].values.tolist():
            on_draw(draw)
    several = [name for name, values in found[0].items() if "draw" in values.dims]
    joined = xr.concat([ds[several] for ds in found], "draw")
    return joined.assign(found[0].drop_vars([*several, "draw"]).data_vars)


@cache
def fitted() -> Params:
    """The fitted parameter set, which the shipped draws are around."""
    return validated(read_yaml(paths.CONF / "params" / f"{FITTED}.yaml"), Params)


class _Replicate(NamedTuple):
    """One outcome of chance: the run, and what its careers measure."""

    run: Run
    measured: xr.Dataset


def _replicates(
    prepared: Prepared, on_year: Callable[[int], None], on_careers: Callable[[Careers], None]
) -> list[_Replicate]:
    """As many replicates as asked for, or as the precision asked for needs."""
    config = prepared.config
    if config.replicates != "auto":
        return _numbered(prepared, range(1, config.replicates + 1), on_year, on_careers)
    name = config.precision.indicator
    if name not in measures.NAMES:
        raise ConfigError(
            f"precision.indicator={name}: no such indicator{nearest(name, measures.NAMES)}"
        )
    found: list[_Replicate] = []
    values: list[float] = []
    while len(found) < config.precision.most:
        more = range(len(found) + 1, len(found) + 1 + max(2, config.workers))
        numbers = more[: config.precision.most - len(found)]
        found += _numbered(prepared, numbers, on_year, on_careers)
        values += [_indicator(replicate, prepared) for replicate in found[len(values) :]]
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        if len(values) >= LEAST_REPLICATES and error <= config.precision.standard_error:
            break
    return found


#: A standard error of fewer replicates says little.
LEAST_REPLICATES = 6


def _indicator(replicate: _Replicate, prepared: Prepared) -> float:
    """The indicator on which the precision is measured."""
    config = prepared.config
    runs = {"individuals": [replicate.run]}
    ds = results.label(runs, config, prepared.scope, [replicate.measured])
    values = measures.one(ds, config.precision.indicator)
    value = float(values.sel({values.dims[-1]: config.precision.year}))
    if not np.isfinite(value):
        raise ConfigError(
            f"precision.indicator={config.precision.indicator}: not known in "
            f"{config.precision.year}; give another precision.year"
        )
    return value


def _numbered(
    prepared: Prepared,
    numbers: Sequence[int],
    on_year: Callable[[int], None],
    on_careers: Callable[[Careers], None],
) -> list[_Replicate]:
    """Replicates by number, side by side in as many processes as there are workers."""
    workers = min(prepared.config.workers, len(numbers))
    found = []
    if workers == 1:
        for number in numbers:
            run, careers = prepared.lives(number, on_year)
            on_careers(careers)
            found.append(_Replicate(run, career_measures(careers)))
        return found
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        years = tuple(range(prepared.config.years.first, prepared.config.years.last + 1))
        for arrays, measured in pool.map(_apart, [prepared.config] * len(numbers), numbers):
            found.append(_Replicate(Run(JAPAN, years, *arrays, {}, None), measured))
    return found


def _apart(config: Config, number: int) -> tuple[tuple[Array, Array, Array, Array], xr.Dataset]:
    """One replicate in a process of its own: what a dataset needs of it."""
    run, careers = prepare(config).lives(number)
    return (run.stock, run.flow, run.vacancy, run.market_intensity), career_measures(careers)


_starts: dict[tuple[str, int], population.Start] = {}
_pasts: dict[str, population.OnRecord] = {}
_students: dict[tuple[str, int], population.Students] = {}


def _of_config(config: Config) -> str:
    """What the start population and the years on record depend on, beside the data."""
    return repr((_law_on_record(config), config.params))


def _law_on_record(config: Config) -> dict[str, Timeline]:
    """The law as far as the years on record read it: later values are another future only."""
    return {name: line.until(BASE_YEAR) for name, line in _law(config).items()}


def _law(config: Config) -> dict[str, Timeline]:
    return {name: entry.timeline for name, entry in config.law.items()}


def _enrolled(config: Config, given: Given, first: int) -> population.Students:
    """The students of a start, made once for the same law and parameters of doctoral study."""
    law, params = _law(config), config.params.arrays()
    key = (repr(_law_on_record(config)), first)
    known = _students.get(key)
    if known is None or any(not same(params[name], value) for name, value in known.read.items()):
        rates = population.law_rates(params, law, given)
        _students[key] = known = population.students(first, observed.record(), rates)
    return known


def _on_record(config: Config, given: Given) -> population.OnRecord:
    """The model's own account of the years on record, made once for the same parameters."""
    key = _of_config(config)
    if key not in _pasts:
        _pasts.clear()  # a fit tries thousands of parameter sets
        enrolled = _enrolled(config, given, population.START_YEARS[0])
        _pasts[key] = population.on_record(
            observed.record(), given, config.params.arrays(), _law(config), enrolled
        )
    return _pasts[key]


def _start(
    config: Config, given: Given, past: population.OnRecord | None = None
) -> population.Start:
    """The start population, made once for the same law, parameters and first year."""
    first = config.years.first
    key = (_of_config(config), first)
    if key not in _starts:
        _starts.clear()
        if first == BASE_YEAR and past is None:
            past = _on_record(config, given)
        enrolled = _enrolled(config, given, first)
        _starts[key] = population.start(
            first, observed.record(), given, config.params.arrays(), _law(config), past, enrolled
        )
    return _starts[key]


def prepare(config: Config, past: population.OnRecord | None = None) -> Prepared:
    """Read the record, lay the policy over the law and build the start population.

    `past` is the model's own account of the years on record with these parameters, if it has been
    made already.
    """
    record = observed.record()
    law = _law(config)
    lines = {name: config.lever(name) for name in levers.NAMES}
    crosses_break = config.years.first < 2021
    scope = "FY2020 and before" if crosses_break else "FY2021 and after"
    growth = lines["firm_openings_growth_per_year"].at
    schools = lines["school_programme_schools"].at
    given = Given(record, law, growth, schools, config.posts, scope_adjusted=crosses_break)
    params = config.params.arrays()
    start = _start(config, given, past)
    if config.posts == "openings":
        given = given.persisting((past or _on_record(config, given)).hires)

    @cache
    def policy_at(year: int) -> Mapping[str, float]:
        return {name: line.at(year) for name, line in lines.items()}

    rates = Rates(JAPAN, params, policy_at, given.at, start.aggregates)
    return Prepared(config, rates, start, scope)
