"""Where the uncertainty of a result comes from, as shares of its variance: `job=uncertainty`.

The variance of a headline number in a year, of a scenario and of its change from the baseline, is
put together from three pieces that are independent of each other:

- **parameters, posts and futures**: a grouped design (Saltelli et al. 2010) over four inputs drawn
  independently: the fitted parameters of one shipped draw, the parameters on priors alone of
  another, the `posts` variant (each as likely as the others: an assumption), and a future of what
  is given from outside (`futures`). The baseline and the scenario always meet the same. What the
  model counts for itself (the reference points of behaviour) is counted anew for every set.
- **chance**: the variance over outcomes of the individual engine with the fitted parameters; of a
  change, over pairs of outcomes in which the same people have the same luck, with and without. With
  n persons to an agent there is one n-th of the agents, each n times as heavy, so the variance of
  what is counted or shared is n times that of Japan as it is and is divided by n.
- **engine**: the square of what is between the mean of these outcomes and the stock engine, less
  what is chance in it; it may come out below zero where the gap is nothing but chance.

Left out: the start population, the weights in the markets, other projections of the population,
and whether the rules are right at all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from stsim import draws, priors
from stsim.calibrate.central import with_references
from stsim.calibrate.others import REFERENCES
from stsim.config import FITTED, Config, ConfigError
from stsim.draws import CHUNK, SHIPPED
from stsim.explore import measured
from stsim.explore.futures import FUTURES, in_future
from stsim.explore.measured import Done
from stsim.explore.sensitivity import LEAST, SAME, resampled, variances
from stsim.faults import FAULTS, SweepError, said, strict
from stsim.given import PostsVariant
from stsim.measures import INDICATORS, Indicator
from stsim.params import Params
from stsim.simulation import Point, fitted, prepare
from stsim.vocabulary import Array

#: The inputs of the grouped design, in order.
GROUPS = ("fitted", "priors", "posts", "futures")
#: All parts of a variance; interactions are what the first four do only together.
PARTS = (*GROUPS, "interactions", "chance", "engine")
#: Base rows and outcomes of chance when the words do not say.
ROWS, OUTCOMES = 100, 20
POSTS: tuple[PostsVariant, ...] = get_args(PostsVariant)
HEADLINE = tuple(indicator for indicator in INDICATORS if indicator.headline)
BASELINE = "baseline"


@dataclass(frozen=True)
class Line:
    """The uncertainty of one number: mean, standard deviation, and shares of the variance by part.

    `shares` add up to 1; `totals` are those of a group with all it does together with others.
    Each is (share, standard error). Estimates of nothing come out on either side of zero. All are
    NaN where nothing moves the number.
    """

    indicator: Indicator
    of_change: bool
    mean: float
    deviation: float
    shares: Mapping[str, tuple[float, float]]
    totals: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Budget:
    """The lines of a scenario, and what they rest on: base rows, outcomes, and what failed."""

    scenario: str
    year: int
    lines: tuple[Line, ...]
    rows: int
    dropped: int
    outcomes: int
    reasons: Mapping[str, int]


def steps(asked: Config, several: bool) -> int:
    """How many runs a budget takes, for a progress bar; `several` if there is a scenario beside."""
    rows, outcomes = sizes(asked)
    return (rows * (len(GROUPS) + 2) + outcomes) * (2 if several else 1)


def sizes(config: Config) -> tuple[int, int]:
    """Base rows (`draws`) and outcomes of chance (`replicates`). Raises ConfigError."""
    if config.parameter_set != FITTED:
        raise ConfigError(
            f"job=uncertainty: the draws are around the fitted parameters; leave out "
            f"params={config.parameter_set}"
        )
    if config.replicates == "auto":
        raise ConfigError("job=uncertainty: replicates=auto is for a single run; give a number")
    rows = config.draws if config.draws > 1 else ROWS
    outcomes = config.replicates if config.replicates > 1 else OUTCOMES
    for key, number in (("draws", rows), ("replicates", outcomes)):
        if number < LEAST:
            raise ConfigError(
                f"{key}={number}: job=uncertainty needs {LEAST} or more to know its own error"
            )
    return rows, outcomes


def budget(configs: Mapping[str, Config], year: int, done: Done = lambda more: None) -> Budget:
    """The uncertainty of every headline number of the last of some Configs, in a year.

    `configs` are the baseline, and the scenario unless that is the baseline. `done` is told how
    many more runs are done. Raises ConfigError where the year is not known, SweepError where too
    few base rows have no failed run.
    """
    last = list(configs.values())[-1]
    rows, outcomes = sizes(last)
    short = {name: measured.until(config, year) for name, config in configs.items()}
    names = [indicator.name for indicator in HEADLINE]
    stocks, errors = _designed(short, names, year, rows, done)
    chance, more_errors = _chance(short, names, year, outcomes, done)
    good = np.logical_and.reduce([~np.isnan(values).any(axis=(1, 2)) for values in stocks])
    lived = np.logical_and.reduce([~np.isnan(values[:, 0]) for values in chance])
    reasons = measured.reasons([*errors, *more_errors])
    fewest, of, what = min((good.sum(), rows, "rows"), (lived.sum(), outcomes, "outcomes"))
    if fewest < LEAST:
        first = next(iter(reasons), "")
        raise SweepError(
            f"job=uncertainty: only {fewest} of {of} {what} have no failed run: {first}"
        )
    central = [_central(config, names, year) for config in short.values()]
    lines = []
    for k, indicator in enumerate(HEADLINE):
        wholes = [values[good][..., k] for values in stocks]
        outcomes_of = [values[lived, k] for values in chance]
        scale = float(np.abs(wholes[-1]).max())
        lines.append(
            _line(indicator, False, wholes[-1], outcomes_of[-1], central[-1][k], scale, last)
        )
        if len(configs) > 1:
            change = wholes[-1] - wholes[0]
            lucky = outcomes_of[-1] - outcomes_of[0]
            lines.append(
                _line(indicator, True, change, lucky, central[-1][k] - central[0][k], scale, last)
            )
    return Budget(
        last.scenario, year, tuple(lines), rows, rows - int(good.sum()), int(lived.sum()), reasons
    )


def _designed(
    configs: Mapping[str, Config], names: Sequence[str], year: int, rows: int, done: Done
) -> tuple[list[Array], list[str]]:
    """Values by (row, run, indicator) for each Config, and the errors of all runs."""
    last = list(configs.values())[-1]
    places = _places(rows, last.seed)
    chosen = places.reshape(-1, places.shape[-1])
    pairs = [(int(p[0] * SHIPPED) + 1, int(p[1] * SHIPPED) + 1) for p in chosen]
    sets = dict(zip(dict.fromkeys(pairs), _parameters(last, [*dict.fromkeys(pairs)]), strict=True))
    found, errors = [], []
    for config in configs.values():
        plain = config.model_copy(update={"engine": "stocks", "draws": 1, "replicates": 1})
        points, where, failed = [], [], [""] * len(chosen)
        for k, (place, pair) in enumerate(zip(chosen, pairs, strict=True)):
            params = sets[pair]
            if isinstance(params, str):
                failed[k] = params
                continue
            posts = POSTS[int(place[2] * len(POSTS))]
            try:
                future = in_future(plain, place[3:].tolist()).model_copy(update={"posts": posts})
            except ValueError as error:
                failed[k] = said(error)
                continue
            points.append(Point(future, params=params))
            where.append(k)
        done(len(chosen) - len(points))
        one = measured.by_stocks(points, names, year, config.workers, done)
        values = np.full((len(chosen), len(names)), np.nan)
        values[where] = one.values
        found.append(values.reshape(rows, len(GROUPS) + 2, len(names)))
        errors += [*failed, *one.errors]
    return found, errors


def _places(rows: int, seed: int) -> Array:
    """Where each run stands in its inputs, 0 to 1, by (row, run, input).

    A Latin hypercube of twice the inputs, A beside B; the inputs of a future belong together.
    """
    from scipy.stats import qmc

    of_group = [0, 1, 2, *[3] * len(FUTURES)]
    parts = qmc.LatinHypercube(2 * len(of_group), rng=np.random.default_rng(seed)).random(rows)
    a, b = parts[:, : len(of_group)], parts[:, len(of_group) :]
    mixed = [np.where(np.equal(of_group, group), b, a) for group in range(len(GROUPS))]
    return np.stack([a, *mixed, b], axis=1)


def _parameters(config: Config, pairs: Sequence[tuple[int, int]]) -> list[Params | str]:
    """For each pair of draws the fitted parameters of one and the others of the other.

    With the reference points the model counts with them, as in every draw; or why there is no such
    set.
    """
    others = (*priors.alone(), *REFERENCES)
    mixed: list[Params | str] = []
    for number, other in pairs:
        try:
            mixed.append(draws.mixed(config.params, fitted(), number, other, others))
        except ValueError as error:
            mixed.append(said(error))
    valid = [k for k, one in enumerate(mixed) if isinstance(one, Params)]
    for first in range(0, len(valid), CHUNK):
        some = valid[first : first + CHUNK]
        several = [one for k in some if isinstance(one := mixed[k], Params)]
        for k, one in zip(some, _referenced(config, several), strict=True):
            mixed[k] = one
    return mixed


def _referenced(config: Config, several: Sequence[Params]) -> list[Params | str]:
    """Parameter sets with their reference points but for those that were asked to be different."""
    asked = {
        name: value
        for name in REFERENCES
        if (value := getattr(config.params, name)) != getattr(fitted(), name)
    }
    flat = config.model_copy(update={"engine": "stocks", "posts": "flat"})
    try:
        with strict():
            found = with_references(prepare(flat), several)
        return [params.model_copy(update=asked) for params in found]
    except FAULTS as fault:
        if len(several) == 1:
            return [said(fault)]
    return [one for params in several for one in _referenced(config, [params])]


def _chance(
    configs: Mapping[str, Config], names: Sequence[str], year: int, outcomes: int, done: Done
) -> tuple[list[Array], list[str]]:
    """Values by (outcome, indicator) for each Config: the same people, where nothing else moves."""
    found: list[Array] = []
    errors: list[str] = []
    for config in configs.values():
        plain = config.model_copy(update={"engine": "individuals", "replicates": 1, "draws": 1})
        points = [Point(plain, replicate=k) for k in range(1, outcomes + 1)]
        one = measured.by_individuals(points, names, year, config.workers, done)
        found.append(one.values)
        errors += one.errors
    return found, errors


def _central(config: Config, names: Sequence[str], year: int) -> list[float]:
    """Indicators by the stock engine with fitted parameters. Raises SweepError where it fails."""
    plain = config.model_copy(
        update={"engine": "stocks", "draws": 1, "replicates": 1, "persons_per_agent": 1}
    )
    found = measured.by_stocks([Point(plain)], names, year, 1, lambda more: None)
    if found.errors[0]:
        raise SweepError(found.errors[0])
    return [float(value) for value in found.values[0]]


def _line(
    indicator: Indicator,
    of_change: bool,
    designed: Array,
    chance: Array,
    central: float,
    scale: float,
    of: Config,
) -> Line:
    """The budget of one number: values by (row, run) and by outcome, and the stock engine's.

    `scale` is the size of the level, of which a change can be the last digits.
    """

    def parts(rows: Array, lucky: Array) -> tuple[float, Array, Array]:
        """The variance; its parts in the order of PARTS; what each group has in all."""
        drawn, first, total = variances(rows)
        by_agent = lucky.var(ddof=1)
        luck = by_agent / of.persons_per_agent
        engine = (lucky.mean() - central) ** 2 - by_agent / len(lucky)
        found = np.array([*first, drawn - first.sum(), luck, engine])
        return float(found.sum()), found, total

    variance, found, total = parts(designed, chance)
    mean = float(designed[:, [0, -1]].mean())
    again = [
        parts(designed[rows], chance[lucky])
        for rows, lucky in zip(
            resampled(len(designed), of.seed), resampled(len(chance), of.seed + 1), strict=True
        )
    ]
    return Line(
        indicator,
        of_change,
        mean,
        float(np.sqrt(max(variance, 0.0))),
        _shares(PARTS, found, variance, scale, [(v, each) for v, each, _ in again]),
        _shares(GROUPS, total, variance, scale, [(v, each) for v, _, each in again]),
    )


def _shares(
    names: Sequence[str],
    found: Array,
    variance: float,
    scale: float,
    again: Sequence[tuple[float, Array]],
) -> dict[str, tuple[float, float]]:
    """Parts over the variance with their standard errors; NaN where nothing varies."""
    if not variance > (SAME * scale) ** 2:
        return dict.fromkeys(names, (float("nan"), float("nan")))
    # what only one outcome has is missing from some resamples, and there are no shares in those
    resamples = np.array([each / v for v, each in again if v > 0])
    errors = resamples.std(axis=0, ddof=1)
    shares = (found / variance).tolist()
    return {n: (s, e) for n, s, e in zip(names, shares, errors.tolist(), strict=True)}


def as_csv(found: Budget) -> str:
    """Every number and part: mean, standard deviation, share and total share with their errors."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "scenario", "year", "indicator", "unit", "of", "mean", "standard_deviation", "part",
            "share", "share_error", "total_share", "total_share_error",
        ]
    )  # fmt: skip
    for line in found.lines:
        for part in PARTS:
            total = line.totals.get(part, (float("nan"), float("nan")))
            numbers = (*line.shares[part], *total)
            writer.writerow(
                [
                    found.scenario, found.year, line.indicator.name, line.indicator.unit,
                    "change" if line.of_change else "level", repr(line.mean), repr(line.deviation),
                    part, *("" if x != x else repr(x) for x in numbers),
                ]
            )  # fmt: skip
    return out.getvalue()
