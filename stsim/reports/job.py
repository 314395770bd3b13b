"""job=report: run scenarios, or take results that are there, and write the page."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stsim import attribution, budget, measures, provenance, results
from stsim.compose import compose_all
from stsim.config import Config, ConfigError
from stsim.overrides import Words
from stsim.plot import look
from stsim.quantities import short
from stsim.reports import material, page, past, taken
from stsim.reports.material import Lines, Material
from stsim.reports.said import Said
from stsim.results import ResultsError
from stsim.simulation import dataset, ranges_beside

if TYPE_CHECKING:
    import xarray as xr

BASELINE = "baseline"
#: Runs that one attribution may take where it is by drawn orders: some 15 s.
RUNS = 280
#: What stands before the name of a scenario at equal money.
AT_BUDGET = "at equal money: "
#: What a report runs by itself takes no words about other results.
OF_RESULTS = ("report.of", "report.title", "job", "language", "results_dir")


@dataclass(frozen=True)
class Planned:
    """What a report is of: configurations to be run, by name, or folders to be read."""

    config: Config
    configs: Mapping[str, Config]
    folders: Sequence[str]
    words: Sequence[str]

    @property
    def steps(self) -> int:
        """How many steps the work has."""
        scenarios = sum(1 + config.in_band for config in self.configs.values())
        equal = sum(config.in_band for config in at_budget(self.configs).values())
        some = [attribution.combinations(*size) for size in _sizes(self.configs).values()]
        return scenarios + equal + sum(map(len, some)) + 1


def plan(asked: Words, words: Sequence[str]) -> Planned:
    """Read what is asked for; every word is checked before anything is run.

    Raises ConfigError for words that do not go together.
    """
    of = asked.swept.get("report.of")
    given = [w.value for w in of] if of else [asked.value("report.of", None)]
    folders = [folder for folder in given if folder is not None]
    for folder in folders:
        if not isinstance(folder, (str, int, float)):
            raise ConfigError(f"report.of={short(folder)}: give the name of a folder")
    folders = [str(folder) for folder in folders]
    each = asked.swept.get("scenario")
    several = [asked.also([word]) for word in each] if each else [asked]
    if folders:
        odd = [key for key in (*asked.by_key, *asked.swept) if key not in OF_RESULTS]
        if odd:
            raise ConfigError(
                f"report.of={short(folders[0])} takes results as they are: leave out "
                f"{', '.join(odd)}, or report.of to run"
            )
        (config,) = compose_all([replace(asked.without_policy(), by_key={
            k: w for k, w in asked.by_key.items() if k != "report.of"})])  # fmt: skip
        return Planned(config, {}, folders, words)
    baseline, *composed = compose_all([asked.without_policy(), *several])
    configs = {BASELINE: baseline}
    for config in composed:
        if config.scenario != BASELINE:
            configs[config.scenario] = config
        elif config.policy:
            configs[look.WITH_POLICY] = config
    if len(configs) - 1 > MOST:
        raise ConfigError(f"{len(configs)} scenarios in one report: give {MOST} at most")
    return Planned(baseline, configs, (), words)


#: Scenarios beside the baseline that a picture can tell apart.
MOST = 6


def make(planned: Planned, advance: Callable[[int], None]) -> tuple[Path, Path]:
    """Run or read what is planned and write the report; gives its folder and its file."""
    config = planned.config
    results.writable(config.results_dir)  # before the work, not after

    def text_of(found: Material) -> str:
        whole = replace(found, command=tuple(provenance.words_that_count(planned.words)))
        return page.html(whole, config.language, config.report.title)

    if planned.folders:
        try:
            found = _read(planned.folders)
            text = text_of(found)
        except (*results.WRONG_FILE, MemoryError) as error:
            if type(error).__module__.startswith("stsim"):  # has said what is wrong
                raise
            raise ResultsError(
                f"{', '.join(planned.folders)}: not results that stsim has written, or damaged "
                f"({type(error).__name__}: {short(' '.join(str(error).split()), 200)})"
            ) from None
    else:
        found = _run(planned.configs, advance)
        text = text_of(found)

    def write(part: Path) -> None:
        (part / page.FILE).write_text(text, encoding="utf-8", newline="")
        about = {
            "job": "report",
            "words": provenance.words_that_count(planned.words),
            "of": [*planned.folders],
            "runs": dict(found.provenance),
        }
        provenance.write(part, about)

    name = results.hashed("report", [text])
    folder = results.write_whole(config.results_dir, name, write)
    return folder, folder / page.FILE


def _read(folders: Sequence[str]) -> Material:
    """The material in folders: that of one, and what stands beside it."""
    several = []
    for folder in folders:
        try:
            several.append(taken.of_folder(folder))
        except ResultsError:
            raise
        except ValueError as error:
            raise ResultsError(f"{folder}: {error}") from None
    whole = [one for one in several if one.measures or one.swept is not None or one.fit]
    if len(whole) > 1:
        raise ResultsError(
            "report.of names several results: give one folder of runs, and of other jobs beside it"
        )
    adds = {name: lines for one in several for name, lines in one.adds.items()}
    shares = next((one.shares for one in several if one.shares), ())
    return replace(whole[0] if whole else several[0], adds=adds, shares=shares)


def _run(configs: Mapping[str, Config], advance: Callable[[int], None]) -> Material:
    """Run every scenario, with its ranges in another process meanwhile."""
    first = next(iter(configs.values()))
    found: dict[str, xr.Dataset] = {}
    people: dict[str, xr.Dataset] = {}
    by_draw: dict[str, xr.Dataset] = {}
    paid = at_budget(configs) if first.in_band else {}
    with ranges_beside({**configs, **paid}) if first.in_band else nullcontext() as ranges_of:
        for name, config in configs.items():
            ds = dataset(config.model_copy(update={"draws": 1})).assign_coords(scenario=name)
            found[name] = measures.indicators(ds)
            # moves and ages are shown of one engine: half of the memory
            people[name] = ds.sel(engine="stocks") if "engine" in ds.dims else ds
            advance(1)
        past.past_measures()
        past.forecasts()
        adds = _adds(configs, advance)
        if ranges_of is not None:
            # the last first: those are not begun yet, and are done here while others go on beside
            for name in reversed((*configs, *paid)):
                by_draw[name] = ranges_of(name, advance)
    equal = {name.removeprefix(AT_BUDGET): by_draw.pop(name) for name in paid}
    by_draw = {name: by_draw[name] for name in configs if name in by_draw}
    titles = {name: Said(c.title.en, c.title.ja) for name, c in configs.items()}
    whole = Material(titles, found, by_draw, equal, people, adds=adds)
    return taken.configured(whole, configs)


def at_budget(configs: Mapping[str, Config]) -> dict[str, Config]:
    """Each scenario that can cost `EQUAL` a year, scaled to it, as far as its effects are shown."""
    found = {}
    for name, config in [*configs.items()][1:]:
        try:
            scaled = budget.scaled(config, material.EQUAL)
        except ConfigError:  # without a price, saves, or a lever ends before: the page says so
            continue
        found[AT_BUDGET + name] = _until_shown(config).model_copy(update={"policy": scaled})
    return found


def _until_shown(config: Config) -> Config:
    """The same run until the year after the one whose effects are shown."""
    last = min(config.years.last, material.YEAR + 1)
    return config.model_copy(update={"years": config.years.model_copy(update={"last": last})})


def _sizes(configs: Mapping[str, Config]) -> dict[str, tuple[int, int, int]]:
    """Levers, pairs of orders and seed of the attribution of every package beside the baseline."""
    return {
        name: (n, max(3, min(attribution.PAIRS, RUNS // (2 * (n - 1)))), config.seed)
        for name, config in [*configs.items()][1:]
        if (n := len(config.policy)) > 1
    }


def _adds(configs: Mapping[str, Config], advance: Callable[[int], None]) -> dict[str, Lines]:
    """What each lever adds to every package that is beside the baseline."""
    found: dict[str, Lines] = {}
    for name, (_, pairs, _) in _sizes(configs).items():
        shared = attribution.attribute(_until_shown(configs[name]), advance, pairs)
        found[name] = tuple(csv.DictReader(attribution.as_csv(shared).splitlines()))
    return found
