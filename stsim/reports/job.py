"""job=report: run scenarios, or take results that are there, and write the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stsim import attribution, measures, results
from stsim.compose import compose_all
from stsim.config import Config, ConfigError
from stsim.overrides import Words
from stsim.plot import look
from stsim.quantities import short
from stsim.reports import material, page
from stsim.reports.material import Material
from stsim.reports.said import Said
from stsim.results import ResultsError
from stsim.simulation import dataset, ranges_beside

if TYPE_CHECKING:
    import xarray as xr

BASELINE = "baseline"
#: Levers of a single scenario up to which its effect is attributed to them at once.
ATTRIBUTED = range(2, 4)
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
        return sum(1 + config.in_band for config in self.configs.values()) + 1


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
        whole = replace(found, command=tuple(planned.words))
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
        about = {"job": "report", "of": [*planned.folders], "runs": dict(found.provenance)}
        results.write_provenance(part / "provenance.json", about)

    name = results.hashed("report", [text])
    folder = results.write_whole(config.results_dir, name, write)
    return folder, folder / page.FILE


def _read(folders: Sequence[str]) -> Material:
    """The material in folders: that of one, and what stands beside it."""
    several = []
    for folder in folders:
        try:
            several.append(material.of_folder(folder))
        except ResultsError:
            raise
        except ValueError as error:
            raise ResultsError(f"{folder}: {error}") from None
    whole = [one for one in several if one.measures or one.swept is not None or one.fit]
    if len(whole) > 1:
        raise ResultsError(
            "report.of names several results: give one folder of runs, and of other jobs beside it"
        )
    adds = next((one.adds for one in several if one.adds), ())
    shares = next((one.shares for one in several if one.shares), ())
    return replace(whole[0] if whole else several[0], adds=adds, shares=shares)


def _run(configs: Mapping[str, Config], advance: Callable[[int], None]) -> Material:
    """Run every scenario, with its ranges in another process meanwhile."""
    first = next(iter(configs.values()))
    found: dict[str, xr.Dataset] = {}
    people: dict[str, xr.Dataset] = {}
    by_draw: dict[str, xr.Dataset] = {}
    with ranges_beside(configs) if first.in_band else nullcontext() as ranges_of:
        for name, config in configs.items():
            ds = dataset(config.model_copy(update={"draws": 1})).assign_coords(scenario=name)
            found[name] = measures.indicators(ds)
            # moves and ages are shown of one engine: half of the memory
            people[name] = ds.sel(engine="stocks") if "engine" in ds.dims else ds
            advance(1)
        material.past_measures()
        material.forecasts()
        if ranges_of is not None:
            for name in configs:
                by_draw[name] = ranges_of(name, advance)
    titles = {name: Said(c.title.en, c.title.ja) for name, c in configs.items()}
    whole = Material(titles, found, by_draw, people, adds=_adds(configs))
    return material.configured(whole, configs)


def _adds(configs: Mapping[str, Config]) -> tuple[Mapping[str, str], ...]:
    """The attribution of the one package that is beside the baseline, where it takes few runs."""
    import csv

    _, *others = configs.values()
    if len(others) != 1 or len(others[0].policy) not in ATTRIBUTED:
        return ()
    return tuple(csv.DictReader(attribution.as_csv(attribution.attribute(others[0])).splitlines()))
