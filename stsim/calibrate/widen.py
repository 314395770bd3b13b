"""Draws with parameters that came after the fit: `python -m stsim.calibrate.widen`.

A new parameter that no record moves, and that changes nothing the record shows, leaves the fit as
it was: every draw gets a value of it from its prior, as `job=calibrate` would give it, and all
else stays to the letter. A parameter that is fitted, or a fitted value that has changed, needs the
fit again.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from stsim import draws, params, priors
from stsim.calibrate.others import from_prior
from stsim.draws import DrawsError
from stsim.params import Params
from stsim.simulation import fitted


def added(central: Params, header: list[str], about: str) -> list[str]:
    """The parameters without a column in the draws; DrawsError where these are of another fit."""
    keys = draws.columns(central)
    new = [name for name in params.NAMES if not any(_is_of(name, key) for key in header)]
    before = {key: value for key, value in keys.items() if not any(_is_of(n, key) for n in new)}
    if list(before) != header or draws.mark_of(before) not in about:
        raise DrawsError("draws around other values than the fitted ones: fit again, job=calibrate")
    fits = [name for name in new if name not in priors.alone()]
    if fits:
        raise DrawsError(f"{', '.join(fits)}: fitted, so fit again, job=calibrate")
    return new


def widened(central: Params, text: str, seed: int = 1) -> str:
    """The text of the draws with a column for each parameter that came later."""
    about, header, *lines = text.splitlines()
    new = added(central, header.split(","), about)
    rows = [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
    for name in new:
        of_draws = from_prior(
            name, central, len(rows), np.random.default_rng([seed, *name.encode()])
        )
        for row, drawn in zip(rows, of_draws, strict=True):
            row |= {key: f"{value:.5g}" for key, value in drawn.items()}
    out = io.StringIO()
    out.write(marked(about, central) + "\n")
    writer = csv.DictWriter(out, list(draws.columns(central)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def marked(about: str, central: Params) -> str:
    """The first line of a file of the fit, under the mark of the central set as it is now."""
    before, set_, after = about.partition("central set ")
    old = after[: len(draws.mark(central))]
    return before + set_ + after.replace(old, draws.mark(central), 1)


def _is_of(name: str, key: str) -> bool:
    return key.split(".")[0] == name


def main() -> None:
    """Widen the draws and mark the files of the fit; print what was added."""
    central = fitted()
    header, about = _head(draws.file())
    new = added(central, header, about)
    draws.file().write_text(
        widened(central, draws.file().read_text(encoding="utf-8")), encoding="utf-8"
    )
    for path in (draws.fit_file(), draws.file().with_name("residuals.csv")):
        first, rest = path.read_text(encoding="utf-8").split("\n", 1)
        path.write_text(f"{marked(first, central)}\n{rest}", encoding="utf-8")
    print("\n".join(new) or "nothing to add")


def _head(path: Path) -> tuple[list[str], str]:
    about, header = path.read_text(encoding="utf-8").splitlines()[:2]
    return header.split(","), about


if __name__ == "__main__":
    main()
