"""What a fit says of itself, as text: conf/params/fit.csv and residuals.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy.stats import truncnorm

from stsim.calibrate.block import Vector
from stsim.calibrate.posterior import Sample
from stsim.config import Config
from stsim.draws import FIT_COLUMNS, mark
from stsim.params import Params

RESIDUAL_COLUMNS = (
    "series", "what", "year", "record", "model", "standard_deviation", "standardized_residual",
    "predicted_5", "predicted_50", "predicted_95", "inside",
)  # fmt: skip
PARTS = (0.05, 0.5, 0.95)
#: Errors that are drawn around the model for each draw of the parameters.
ERRORS = 20


def fit_csv(samples: Sequence[Sample], central: Params) -> str:
    """One line for each fitted parameter and field: its prior, its posterior, and the chains.

    `identified` is the part of the variance of the prior, cut where the parameter cannot be, that
    the record has removed; below 0 where the record leaves more than there was.
    """
    about = f"# the fit around the central set {mark(central)}; `python -m stsim job=calibrate`"
    return _text(about, FIT_COLUMNS, (row for each in samples for row in _of_sample(each)))


def _of_sample(sample: Sample) -> Iterator[list[str]]:
    block, values = sample.target.block, sample.values
    low, high = ((bound - block.centre) / block.spread for bound in block.bounds)
    prior_sd = truncnorm.std(low, high, loc=block.centre, scale=block.spread)
    sd = values.std(axis=0, ddof=1)
    below = np.quantile(values, PARTS, axis=0)
    numbers = np.vstack(
        [
            sample.target.centre, block.centre, prior_sd, values.mean(axis=0), sd, below,
            1 - (sd / prior_sd) ** 2, sample.r_hat, sample.effective,
        ]
    )  # fmt: skip
    for key, column in zip(block.keys, numbers.T, strict=True):
        *first, identified, r_hat, effective = column
        yield [
            key,
            block.name,
            *(f"{number:.5g}" for number in first),
            f"{identified:.3f}",
            f"{r_hat:.3f}",
            f"{effective:.0f}",
        ]


def residuals_csv(config: Config, samples: Sequence[Sample], central: Params, seed: int) -> str:
    """One line for each number of the record that was fitted to: the model with the central set,
    how far off that is, and between what the fit would have expected the number.

    `config` has the years of the fit. Expected is the model with a draw of the block, times an
    error with the standard deviation of log(model / record), scaled as the weight of the record is.
    """
    about = (
        f"# the fit around the central set {mark(central)}: log(model / record) over its standard "
        "deviation, and where the record was to be expected"
    )
    rows = (row for each in samples for row in _misses(config, each, central, seed))
    return _text(about, RESIDUAL_COLUMNS, rows)


def _misses(config: Config, sample: Sample, central: Params, seed: int) -> Iterator[list[str]]:
    block = sample.target.block
    (rows,) = block.rows(config, [central])
    rng = np.random.default_rng([seed, len(rows)])
    for row, of_draws in zip(rows, sample.of_record.T, strict=True):
        sd = block.deviation[row.series]
        low, middle, high = _expected(row.record, sd, of_draws, sample.target.misfit, rng)
        yield [
            row.series,
            row.what,
            str(row.year),
            f"{row.record:.6g}",
            f"{row.model:.6g}",
            f"{sd:g}",
            f"{np.log(row.model / row.record) / sd:.3f}",
            *(f"{value:.6g}" for value in (low, middle, high)),
            "yes" if low <= row.record <= high else "no",
        ]


def _expected(
    record: float, sd: float, of_draws: Vector, misfit: float, rng: np.random.Generator
) -> Vector:
    """Below what the record is to be expected with the chances PARTS."""
    errors = rng.standard_normal((ERRORS, len(of_draws))) * np.sqrt(misfit)
    return np.asarray(record * np.exp(np.quantile(sd * (of_draws + errors), PARTS)))


def _text(about: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    out.write(about + "\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()
