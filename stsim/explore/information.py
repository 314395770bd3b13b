"""What it would be worth to know a parameter before a policy is chosen: `job=information`.

The policy chosen is the one whose number is best in the mean over all parameter sets. Whoever knew
the set could choose the best for each: what that adds, in the unit of the number, is the **value of
perfect information**, `E max_d B_d − max_d E B_d`. Whoever knew one parameter could choose by the
means given its value: the **value of partial perfect information**, `E max_d E(B_d | φ) −
max_d E B_d` (Strong, Oakley and Brennan 2014). The conditional means are found by regression over
the draws: polynomials of the parameter's normal scores, of the degree that the Bayesian information
criterion prefers, which for a parameter that does nothing is nearly always 0. What such a parameter
still shows at times is found by shuffling the draws. Parameters of one draw are nearly independent;
where they are not, knowing one is partly knowing the other.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stsim import draws, levers, params, priors
from stsim.calibrate.others import REFERENCES
from stsim.compose import Composer
from stsim.config import FITTED, Config, ConfigError
from stsim.draws import SHIPPED
from stsim.explore import measured
from stsim.explore.design import OF_POLICY
from stsim.explore.measured import Done
from stsim.explore.sensitivity import resampled
from stsim.faults import SweepError
from stsim.measures import Indicator
from stsim.overrides import Words, is_policy
from stsim.quantities import short
from stsim.simulation import Point, fitted
from stsim.vocabulary import Array

#: Draws when the words do not say how many.
DRAWS = 200
#: Fewer draws cannot tell the value of one parameter from nothing.
LEAST = 50
#: What each lever may cost a year where no policies are named: yen of FY2024.
EQUAL_COST = 10e9
#: Highest degree of the regression.
DEGREE = 5
#: Orders in which the draws are shuffled.
SHUFFLES = 4000
#: The chance that any parameter of a whole list that does nothing is called clear.
FALSE = 0.05


@dataclass(frozen=True)
class Unknown:
    """One parameter: what knowing it is worth, and how it moves the best policy.

    `value` is in the unit of the number and `is_clear` where no parameter that does nothing would
    show so much. `switches` is the least part of cases in which the best policy with the parameter
    in its low third is not the best with it in its high third (total variation between the two
    distributions of the best); the policies most often best there are `best_low` and `best_high`.
    """

    key: str
    value: float
    is_clear: bool
    switches: float
    best_low: str
    best_high: str


@dataclass(frozen=True)
class Worth:
    """The value of information on policies: means and how often each is best, by policy.

    `chosen` is the best in the mean. `perfect` is (value, standard error); `by_chance` is the value
    that any of as many parameters that do nothing passes once in twenty times,
    `switches_by_chance` the same for `switches`.
    """

    policies: tuple[str, ...]
    means: tuple[float, ...]
    best: tuple[float, ...]
    chosen: str
    perfect: tuple[float, float]
    unknowns: tuple[Unknown, ...]
    by_chance: float
    switches_by_chance: float


@dataclass(frozen=True)
class Information:
    """The answer for one number in a year, and what it rests on."""

    indicator: Indicator
    year: int
    worth: Worth
    draws: int
    dropped: int
    reasons: Mapping[str, int]


def worth(
    parameters: Mapping[str, Array], benefits: Array, policies: Sequence[str], seed: int = 1
) -> Worth:
    """The value of information from parameters by key (draw) and benefits by (draw, policy).

    More is better. The unknowns are in order of their value. Raises ValueError where there are
    fewer than two policies.
    """
    if len(policies) < 2:
        raise ValueError("a choice is between two policies or more")
    number = len(benefits)
    chosen, best = int(np.argmax(benefits.mean(axis=0))), np.argmax(benefits, axis=1)
    # only differences matter, and they vary less
    gains = benefits - benefits[:, [chosen]]
    again = [gains[rows] for rows in resampled(number, seed)]
    rng = np.random.default_rng(seed)
    idle = np.arange(number, dtype=float)
    basis, shown = _basis(idle), []
    for rows in (rng.permutation(number) for _ in range(SHUFFLES)):
        thirds = _thirds(idle, best[rows], len(policies))
        shown.append((_partial(basis, gains[rows]), _between(*thirds)))
    quantile = 1 - FALSE / max(len(parameters), 1)
    by_chance, switches_by_chance = np.quantile(shown, quantile, axis=0).tolist()
    unknowns = []
    for key, values in parameters.items():
        value = _partial(_basis(values), gains)
        low, high = _thirds(values, best, len(policies))
        unknowns.append(
            Unknown(
                key,
                value,
                value > by_chance,
                _between(low, high),
                policies[int(np.argmax(low))],
                policies[int(np.argmax(high))],
            )
        )
    return Worth(
        tuple(policies),
        tuple(benefits.mean(axis=0).tolist()),
        tuple((np.bincount(best, minlength=len(policies)) / number).tolist()),
        policies[chosen],
        (_perfect(gains), float(np.std([_perfect(each) for each in again], ddof=1))),
        tuple(sorted(unknowns, key=lambda one: (-one.value, -one.switches))),
        by_chance,
        switches_by_chance,
    )


def _perfect(gains: Array) -> float:
    return float(gains.max(axis=1).mean() - gains.mean(axis=0).max())


def _basis(values: Array) -> Array:
    """Orthonormal polynomials of the normal scores of a parameter, by (draw, degree)."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    scores = ndtri((rankdata(values) - 0.5) / len(values))
    powers = scores[:, None] ** np.arange(DEGREE + 1)
    found, triangle = np.linalg.qr(powers)
    # a parameter of few values, such as whole years, has no more degrees than that
    size = np.abs(np.diag(triangle))
    kept: Array = found[:, size > 1e-9 * size[0]]
    return kept


def _partial(basis: Array, gains: Array) -> float:
    """The value of knowing a parameter: the best of the regressed means less the best mean."""
    number = len(gains)
    weights = basis.T @ gains
    left = (gains**2).sum(axis=0) - np.cumsum(weights**2, axis=0)
    terms = np.arange(1, len(weights) + 1)[:, None]
    # what is left of a difference that is explained whole is the last digits
    size = np.maximum(left, 1e-24 * (gains**2).sum(axis=0) + np.finfo(float).tiny)
    criterion = number * np.log(size / number) + terms * np.log(number)
    degrees = np.argmin(criterion, axis=0)
    used = np.where(terms - 1 <= degrees, weights, 0.0)
    return _perfect(basis @ used)


def _thirds(values: Array, best: Array, number: int) -> tuple[Array, Array]:
    """How often each policy is the best in the low and in the high third of a parameter."""
    order = np.argsort(values, kind="stable")
    third = len(order) // 3
    low, high = (
        np.bincount(best[part], minlength=number) / third
        for part in (order[:third], order[-third:])
    )
    return low, high


def _between(low: Array, high: Array) -> float:
    return float(np.abs(low - high).sum() / 2)


def policies(words: Words) -> tuple[Config, dict[str, Config]]:
    """Policies to choose from, by name: those of the words, or levers at equal cost.

    Before them a Config for what they share. Words with several values name the policies, every
    combination. Without any, each lever with a price is one, raised by what `EQUAL_COST` buys of
    it, if its range allows that. Raises ConfigError where they are no policies or only one.
    """
    composer = Composer(words)
    if not words.swept:
        shared = composer.config([])
        return shared, at_equal_cost(shared)
    for key in (*words.swept, *words.intervals):
        if key in words.intervals or not (is_policy(key) or key in OF_POLICY):
            raise ConfigError(
                f"{key}: job=information compares policies; give values of scenario, policy.*, "
                "policy_start or ramp_years"
            )
    found = {}
    for point in itertools.product(*words.swept.values()):
        name = " ".join(str(w.value) if w.key == "scenario" else w.text for w in point)
        found[name] = composer.config(point)
    if len(found) < 2:
        raise ConfigError(
            f"job=information: {short(next(iter(found)))} is the only policy; give two or more"
        )
    return next(iter(found.values())), found


def at_equal_cost(config: Config) -> dict[str, Config]:
    """For each lever with a price a policy that costs `EQUAL_COST` a year more than the law.

    Levers whose range ends before are left out. Raises ConfigError where there is a policy already.
    """
    if config.policy:
        raise ConfigError(
            f"job=information: {', '.join(config.policy)} set for all policies; give several "
            "scenarios (scenario=a,b) or values to choose from"
        )
    found = {}
    for name in levers.NAMES:
        lever = levers.about(name)
        if lever.yen_each is None:
            continue
        units = config.law[name].timeline.at(config.policy_start) + EQUAL_COST / lever.yen_each
        if lever.low <= units <= lever.high:
            found[name] = config.model_copy(update={"policy": {name: units}})
    return found


def steps(config: Config, number: int) -> int:
    """How many runs it takes for so many policies, for a progress bar."""
    return size(config) * number


def size(config: Config) -> int:
    """How many draws (`draws`). Raises ConfigError where there are none or too few."""
    if config.parameter_set != FITTED:
        raise ConfigError(
            f"job=information: the draws are around the fitted parameters; leave out "
            f"params={config.parameter_set}"
        )
    number = config.draws if config.draws > 1 else DRAWS
    if number < LEAST:
        raise ConfigError(f"draws={number}: job=information needs {LEAST} to {SHIPPED:,}")
    return number


def information(
    shared: Config, configs: Mapping[str, Config], done: Done = lambda more: None
) -> Information:
    """What knowing each parameter is worth for the choice between policies.

    The number is `question.indicator` in `question.year`, the better the higher or the lower as
    `question.better` says. A draw with which any policy fails is dropped and counted. `done` is
    told how many more runs are done. Raises ConfigError and SweepError.
    """
    number, question = size(shared), shared.question
    indicator = measured.known(question.indicator)
    points = []
    for config in configs.values():
        update = {"engine": "stocks", "draws": 1, "replicates": 1, "persons_per_agent": 1}
        plain = measured.until(config, question.year).model_copy(update=update)
        points += [Point(plain, draw=k) for k in range(1, number + 1)]
    found = measured.by_stocks(points, [indicator.name], question.year, shared.workers, done)
    values = found.values.reshape(len(configs), number).T
    good = ~np.isnan(values).any(axis=1)
    reasons = measured.reasons(found.errors)
    if good.sum() < LEAST:
        raise SweepError(
            f"job=information: only {good.sum()} of {number} draws have no failed run: "
            f"{next(iter(reasons), '')}"
        )
    sign = 1.0 if question.better == "higher" else -1.0
    known = {key: each[good] for key, each in drawn(shared, number).items()}
    answer = worth(known, sign * values[good], tuple(configs), shared.seed)
    if sign < 0:
        answer = _turned(answer)
    dropped = number - int(good.sum())
    return Information(indicator, question.year, answer, number, dropped, reasons)


def _turned(found: Worth) -> Worth:
    """The means as they are, where the lower is the better."""
    return Worth(**{**found.__dict__, "means": tuple(-mean for mean in found.means)})


def drawn(config: Config, number: int) -> dict[str, Array]:
    """Every parameter that is drawn, by draw: by key, or by name where all fields move together.

    What the model counts for itself and what was asked to be different is not drawn.
    """
    rows = [draws.columns(one) for one in draws.ensemble(config.params, fitted(), number)]
    together = set(priors.alone())
    found = {}
    for key in rows[0]:
        name, _, field = key.partition(".")
        if name in REFERENCES or (name in together and field not in ("", params.FIELDS[0])):
            continue
        values = np.array([row[key] for row in rows])
        if np.ptp(values) > 0:
            found[name if name in together else key] = values
    return found


def as_csv(found: Information) -> str:
    """Every parameter: value, whether it is clear, and the best policies in its thirds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "indicator", "year", "unit", "parameter", "value", "is_clear", "switches", "best_low",
            "best_high",
        ]
    )  # fmt: skip
    about = (found.indicator.name, found.year, found.indicator.unit)
    perfect = found.worth.perfect[0]
    writer.writerow([*about, "all of them", repr(perfect), perfect > 0, "", "", ""])
    for one in found.worth.unknowns:
        writer.writerow(
            [
                *about, one.key, repr(one.value), one.is_clear, repr(one.switches), one.best_low,
                one.best_high,
            ]
        )  # fmt: skip
    return out.getvalue()


def policies_csv(found: Information) -> str:
    """Every policy: its mean over the draws and how often it is the best."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["policy", "indicator", "year", "unit", "mean", "best_share"])
    about = (found.indicator.name, found.year, found.indicator.unit)
    for name, mean, best in zip(
        found.worth.policies, found.worth.means, found.worth.best, strict=True
    ):
        writer.writerow([name, *about, repr(mean), repr(best)])
    return out.getvalue()
