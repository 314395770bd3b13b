"""From the record to the shipped parameters and draws: `job=calibrate`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stsim import draws, paths
from stsim.calibrate.block import BLOCKS
from stsim.calibrate.central import as_yaml, fit, with_references
from stsim.calibrate.news import Headline, News, headlines, known, news
from stsim.calibrate.others import draws as drawn
from stsim.calibrate.pieces import in_pieces
from stsim.calibrate.posterior import CHAINS, Effort, Sample, sample
from stsim.calibrate.report import fit_csv, residuals_csv
from stsim.calibrate.target import target
from stsim.config import Config, Years
from stsim.draws import SHIPPED
from stsim.faults import FitError
from stsim.given import last_chart
from stsim.observed import record
from stsim.params import Params
from stsim.population import START_YEARS
from stsim.simulation import prepare


@dataclass(frozen=True)
class Refit:
    """What a fit has found: the fitted parameters before and after, and the draws around them.

    `news` are the numbers of the record that the last fit did not have, `headlines` what the law
    as it stands comes to with the parameters before and after.
    """

    before: Params
    after: Params
    samples: tuple[Sample, ...]
    news: tuple[News, ...]
    headlines: tuple[Headline, ...]


#: What is done for each block; the steps that count are the draws.
EFFORT = {
    "doctoral": Effort(600, rounds=7, looks=4, unused=40, steps=5 * SHIPPED // CHAINS, every=5),
    # two hills: people from outside come old to permanent posts and young to others, or the reverse
    "faculty": Effort(
        200, rounds=9, looks=1, unused=20, steps=2 * SHIPPED // CHAINS, every=2, longest=200
    ),
}
#: Parameter sets that are run: about three steps of each search and the differences of the target,
#: then those of both blocks, and the draws.
STEPS = (
    4 * sum(2 + len(block.centre) for block in BLOCKS)
    + sum(effort.runs for effort in EFFORT.values())
    + SHIPPED
)


def refit(config: Config, done: Callable[[int], None] = lambda more: None) -> Refit:
    """Fit to the record, draw, and write what was found to conf/params, all files or none.

    `config` gives the seed of the draws and the workers; its parameters are where the search
    begins, and stay where it ends there. `done` is told how many more parameter sets were run.
    Raises FitError, and leaves the files as they are, when the search does not end or the draws
    have not converged.
    """
    years = Years(first=min(START_YEARS), last=last_chart(record()))
    past = config.model_copy(update={"years": years})
    with in_pieces(config.workers, done) as pieces:
        for block in BLOCKS:
            past = fit(past, block, pieces)
        central = config.params
        if past.params != central:
            fitted = config.model_copy(update={"params": past.params})
            (central,) = with_references(prepare(fitted), [past.params])
        today, past = (c.model_copy(update={"params": central}) for c in (config, past))
        samples = tuple(
            sample(past, target(past, block, pieces), EFFORT[block.name], config.seed, pieces)
            for block in BLOCKS
        )
        found = drawn(today, samples, config.seed, pieces)
    folder = paths.CONF / "params"
    said = folder / "residuals.csv"
    new = tuple(news(known(said), past, BLOCKS, config.params, central))
    changed = headlines(config, config.params, central)
    _write(
        {
            folder / "fitted.yaml": as_yaml(central),
            draws.file(): draws.as_csv(found, central),
            draws.fit_file(): fit_csv(samples, central),
            said: residuals_csv(past, samples, central, config.seed),
        }
    )
    return Refit(config.params, central, samples, new, changed)


def _write(texts: dict[Path, str]) -> None:
    """Write files beside their places first, then put all of them there."""
    parts: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
            parts[path] = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            parts[path].chmod(0o644)
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        raise FitError(f"{path.parent}: cannot write there ({error.strerror})") from None
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
