"""What is new in the record since the last fit, and what it has changed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stsim.calibrate.block import Block
from stsim.config import Config
from stsim.measures import INDICATORS, indicators
from stsim.params import Params
from stsim.simulation import dataset

Key = tuple[str, str, int]
#: The year in which headline results are compared.
COMPARED = 2035
#: Counts that differ by less than this part are the same one, written with six digits.
SAME = 1e-5


@dataclass(frozen=True)
class News:
    """A number of the record that the last fit did not have, or had otherwise (`before`).

    `expected` is the model with the parameters of the last fit, `model` with those of this one.
    """

    series: str
    what: str
    year: int
    before: float | None
    record: float
    expected: float
    model: float


@dataclass(frozen=True)
class Headline:
    """A headline result of the law as it stands, with the parameters before and after."""

    label: str
    label_ja: str
    unit: str
    before: float
    after: float


def known(residuals: Path) -> dict[Key, float]:
    """What the last fit was held to, from the file it left; empty when there is none."""
    if not residuals.is_file():
        return {}
    lines = residuals.read_text(encoding="utf-8").splitlines()[1:]
    return {
        (row["series"], row["what"], int(row["year"])): float(row["record"])
        for row in csv.DictReader(lines)
    }


def news(
    then: Mapping[Key, float], past: Config, blocks: Sequence[Block], before: Params, after: Params
) -> Iterator[News]:
    """The numbers that are new; `past` has the years of the fit, `then` what the last fit had."""
    for block in blocks:
        expected, found = block.rows(past, [before, after])
        for old, new in zip(expected, found, strict=True):
            count = then.get((new.series, new.what, new.year))
            if count is None or abs(new.record / count - 1) > SAME:
                yield News(new.series, new.what, new.year, count, new.record, old.model, new.model)


def headlines(config: Config, before: Params, after: Params) -> tuple[Headline, ...]:
    """Headline results of one year with two parameter sets; `config` is of the law as it stands."""
    found = []
    for params in (before, after):
        asked = config.model_copy(update={"params": params, "engine": "stocks", "draws": 1})
        found.append(indicators(dataset(asked)))
    return tuple(
        Headline(
            about.label,
            about.label_ja,
            about.unit,
            *(float(ds[about.name].sel({ds[about.name].dims[-1]: COMPARED})) for ds in found),
        )
        for about in INDICATORS
        if about.headline
    )
