"""From the record to the shipped parameters and draws: `job=calibrate`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stsim import draws, paths
from stsim.calibrate.central import BLOCKS, as_yaml, fit, with_references
from stsim.calibrate.posterior import CANDIDATES, SWEEPS, Sample
from stsim.calibrate.posterior import draws as drawn
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
    """What a fit has found: the fitted parameters before and after, and the draws around them."""

    before: Params
    after: Params
    samples: tuple[Sample, ...]


#: Most parameter sets that are run after the fit: candidates and moves of both blocks, draws.
STEPS = sum(CANDIDATES.values()) + SHIPPED * (1 + sum(SWEEPS.values()))


def refit(config: Config, done: Callable[[int], None] = lambda step: None) -> Refit:
    """Fit to the record, draw, and write conf/params/fitted.yaml and draws.csv, both or neither.

    `config` gives the seed of the draws and the workers; its parameters are where the search
    begins. Raises FitError, and leaves the files as they are, when the search does not end.
    """
    years = Years(first=min(START_YEARS), last=last_chart(record()))
    past = config.model_copy(update={"years": years})
    for block in BLOCKS:
        past = fit(past, block)
    fitted = config.model_copy(update={"params": past.params})
    (params,) = with_references(prepare(fitted), [past.params])
    today = fitted.model_copy(update={"params": params})
    past = past.model_copy(update={"params": today.params})
    found, samples = drawn(past, today, SHIPPED, config.seed, config.workers, done)
    _write(
        {
            paths.CONF / "params" / "fitted.yaml": as_yaml(today.params),
            draws.file(): draws.as_csv(found, today.params),
        }
    )
    return Refit(config.params, today.params, tuple(samples))


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
