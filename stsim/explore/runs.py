"""A sweep from its words to its store: checked, planned, computed, and never computed twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stsim import results
from stsim.compose import Composer
from stsim.config import FITTED, Config, ConfigError
from stsim.draws import SHIPPED
from stsim.explore import executors
from stsim.explore.design import design, read
from stsim.explore.plan import Plan
from stsim.explore.store import Store
from stsim.overrides import OF_POINTS, Word


@dataclass(frozen=True)
class Planned:
    """A sweep that can be run: its plan, and a Config that says who computes it."""

    plan: Plan
    config: Config


def plan(words: Sequence[str], done: Callable[[int], None] = lambda count: None) -> Planned:
    """Read the words and check every point before the first one runs.

    Raises ConfigError with one line. `done` is told each point that is checked.
    """
    asked = read(words)
    if "engine" not in asked.by_key:
        asked = asked.also([Word("engine", "stocks", "engine=stocks")])
    composer = Composer(asked)
    config = composer.config([])
    if config.engine == "both":
        raise ConfigError(
            "engine=both: a sweep has one engine; give engine=stocks or engine=individuals"
        )
    for key, usual in (("replicates", 1), ("draws", 1), ("careers", False)):
        if getattr(config, key) != usual:
            raise ConfigError(
                f"{key}={getattr(config, key)} is for a single run: points of a sweep differ by "
                "replicate=range(1,21) and draw=range(1,101)"
            )
    designed = design(asked, config)
    ids = []
    for number, point in enumerate(designed.points, 1):
        try:
            ids.append(_run_id(composer, point))
        except ConfigError as error:
            said = " ".join(word.text for word in point)
            count = len(designed.points)
            raise ConfigError(f"{error} (point {number} of {count}: {said})") from None
        done(number)
    return Planned(Plan.of(designed, ids, config), config)


def _run_id(composer: Composer, point: Sequence[Word]) -> str:
    """Check a point; the id of its run."""
    config = composer.config([word for word in point if word.key not in OF_POINTS])
    own = [f"{w.key}={_of_point(w, config)}" for w in point if w.key in OF_POINTS]
    return results.run_id(config, own)


#: Outcomes of chance are numbered up to here.
MOST_OUTCOMES = 1_000_000


def _of_point(word: Word, config: Config) -> int:
    """The number of a draw or of an outcome. Raises ConfigError where there is none."""
    most = SHIPPED if word.key == "draw" else MOST_OUTCOMES
    whole = isinstance(word.value, int) and not isinstance(word.value, bool)
    if not (whole and 1 <= word.value <= most):
        raise ConfigError(f"{word.text}: give a whole number from 1 to {most:,}")
    if word.key == "draw" and config.parameter_set != FITTED:
        raise ConfigError(
            f"{word.text}: the draws are around the fitted parameters; leave out "
            f"params={config.parameter_set}, or draw"
        )
    if word.key == "replicate" and config.engine != "individuals":
        raise ConfigError(f"{word.text}: the stock engine has no chance; give engine=individuals")
    return int(word.value)


def run(planned: Planned, done: Callable[[int], None] = lambda runs: None) -> Store:
    """Compute what is not done yet and write the list of runs; `done` is told of more runs.

    Raises SweepError where the work cannot go on; what is done is kept.
    """
    plan, config = planned.plan, planned.config
    store = Store.begin(plan, config.results_dir)
    folder = str(store.folder.resolve())

    def one(number: int, failed: int) -> None:
        done(len(plan.runs(number)))

    with store.alone():
        waiting = store.waiting()
        done(sum(len(plan.runs(b)) for b in set(range(plan.blocks)).difference(waiting)))
        try:
            if waiting and config.sweep.executor == "dask":
                executors.on_dask(folder, waiting, config.workers, config.sweep.scheduler, one)
            elif waiting:
                executors.in_processes(folder, waiting, config.workers, one)
        finally:
            store.write_list()
    return store
