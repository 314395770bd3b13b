"""Which points a sweep has: every combination, one key after the other, or a sample of a space."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stsim import paths
from stsim.config import Config, ConfigError
from stsim.overrides import Word, Words, is_policy, read_words
from stsim.quantities import nearest
from stsim.reading import read_yaml

#: Most points of one sweep.
MOST = 1_000_000
#: About how long a point takes in one process, and how much it writes: seconds, bytes.
SECONDS = {"stocks": 0.08, "individuals": 1.8}
BYTES = {"indicators": 6_000, "stocks": 120_000}
#: Keys that take whole numbers only: no interval of them.
WHOLE = ("seed", "policy_start", "ramp_years", "draw", "replicate")
#: Designs that say how sensitive results are: runs of a trajectory or base row beyond one for each
#: key; `sweep.points` is the number of trajectories or base rows.
RUNS_OF_A_ROW = {"morris": 1, "saltelli": 2}
#: Keys by which policies differ; all others are futures.
OF_POLICY = ("scenario", "policy_start", "ramp_years")


@dataclass(frozen=True)
class Axis:
    """A swept key with the values it takes, or the ends of an interval."""

    key: str
    words: tuple[Word, ...] = ()
    low: float = 0.0
    high: float = 0.0

    def at(self, part: float) -> Word:
        """The value at a part of the way (0 to 1) through the interval, or through the list."""
        if self.words:
            return self.words[min(int(part * len(self.words)), len(self.words) - 1)]
        value = float(f"{self.low + part * (self.high - self.low):.6g}")
        return Word(self.key, value, f"{self.key}={value!r}")


@dataclass(frozen=True)
class Design:
    """The points of a sweep in order: for each swept key in `keys` a word.

    A grid keeps its `axes`, the last one fastest; other designs have points in no grid.
    """

    base: Words
    axes: tuple[Axis, ...]
    kind: str
    points: tuple[tuple[Word, ...], ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The swept keys."""
        return tuple(axis.key for axis in self.axes)

    @cached_property
    def grid(self) -> Mapping[str, list[Any]] | None:
        """The values along each key of a grid, None for other designs."""
        if self.kind != "grid":
            return None
        return {axis.key: [word.value for word in axis.words] for axis in self.axes}


def words_of(words: Sequence[str], job: str = "sweep") -> list[str]:
    """The words of the file of a job that is named, and those of the command line after them.

    Raises ConfigError where there is no such file or it holds something else.
    """
    named = [word.partition("=")[2] for word in words if word.startswith(f"{job}.file=")]
    if not named:
        return list(words)
    files = {path.stem: path for path in sorted((paths.CONF / job).glob("*.yaml"))}
    if named[-1] not in files:
        there = f"there are: {', '.join(files)}{nearest(named[-1], files)}"
        raise ConfigError(f"{job}.file={named[-1]}: no such file in conf/{job}; {there}")
    found = read_yaml(files[named[-1]], f"{job} file")
    where = f"{job} file {files[named[-1]].name}"
    if set(found) != {"title", "words"} or not isinstance(found["words"], list):
        raise ConfigError(f"{where}: give a title and a list of words, as on the command line")
    if not all(isinstance(word, str) for word in found["words"]):
        raise ConfigError(f"{where}: each of the words is a text, such as 'posts=flat,openings'")
    return [*found["words"], *words]


def design(words: Words, config: Config) -> Design:
    """The points that words with several values and a Config ask for. Raises ConfigError."""
    axes = tuple(
        Axis(key, _one_kind(key, words.swept[key])) if key in words.swept
        else Axis(key, (), *words.intervals[key])
        for key in (*words.swept, *words.intervals)
    )  # fmt: skip
    for axis in axes:
        if axis.key in WHOLE and not axis.words:
            raise ConfigError(f"{axis.key}: whole numbers only; give a list or range(first,end)")
    kind, number = config.sweep.design, config.sweep.points
    count = _count(axes, kind, number)
    if count > MOST:
        raise ConfigError(_too_many(count, config))
    return Design(words, axes, kind, tuple(_points(axes, kind, number, config.seed)))


def _one_kind(key: str, words: Sequence[Word]) -> tuple[Word, ...]:
    """The values of a key, each once; ConfigError where numbers stand beside texts or maps."""
    once = {repr(word.value): word for word in words}

    def kind(value: Any) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return "number"
        return "map by year" if isinstance(value, dict) else "text"

    kinds = {kind(word.value) for word in once.values()}
    if len(kinds) > 1:
        raise ConfigError(
            f"{key}: its values are of several kinds ({', '.join(sorted(kinds))}); give one kind"
        )
    return tuple(once.values())


def _count(axes: Sequence[Axis], kind: str, number: int) -> int:
    listed = math.prod(len(axis.words) for axis in axes)
    if kind == "grid":
        return listed
    if kind == "futures_and_policies":
        return number * math.prod(len(a.words) for a in axes if _is_policy(a.key))
    if kind in RUNS_OF_A_ROW:
        return number * (len(axes) + RUNS_OF_A_ROW[kind])
    if kind == "one_at_a_time":
        return 1 + sum(len(axis.words) or 2 for axis in axes)
    return number


def _too_many(count: int, config: Config) -> str:
    engine = "individuals" if config.engine == "individuals" else "stocks"
    hours = count * SECONDS[engine] / config.workers / 3600
    size = count * BYTES[config.sweep.keep] / 1e9
    return (
        f"{count:,} points would take about {hours:,.0f} hours with workers={config.workers} and "
        f"{size:,.0f} GB; at most {MOST:,} are run: give fewer values, or a sample of them "
        "(sweep.design=latin_hypercube sweep.points=1000)"
    )


def _is_policy(key: str) -> bool:
    return is_policy(key) or key in OF_POLICY


def _points(axes: Sequence[Axis], kind: str, number: int, seed: int) -> Iterator[tuple[Word, ...]]:
    if kind == "one_at_a_time":
        yield from _one_at_a_time(axes)
        return
    if kind in ("latin_hypercube", "sobol"):
        yield from _sample(axes, kind, number, seed)
        return
    if kind in RUNS_OF_A_ROW:
        yield from _for_sensitivity(axes, kind, number, seed)
        return
    for axis in axes:
        if not axis.words and (kind == "grid" or _is_policy(axis.key)):
            raise ConfigError(
                f"{axis.key}: an interval has no values for sweep.design={kind}; give a list or "
                "range(first,end,step), or sweep.design=latin_hypercube"
            )
    if kind == "grid":
        yield from itertools.product(*(axis.words for axis in axes))
        return
    futures = [k for k, axis in enumerate(axes) if not _is_policy(axis.key)]
    policies = [k for k in range(len(axes)) if k not in futures]
    if not (futures and policies):
        raise ConfigError(
            "sweep.design=futures_and_policies needs keys of both kinds: policies are scenario, "
            "policy.*, policy_start and ramp_years, futures all others"
        )
    sampled = list(_sample([axes[k] for k in futures], "latin_hypercube", number, seed))
    for policy in itertools.product(*(axes[k].words for k in policies)):
        for future in sampled:
            placed = dict(zip((*policies, *futures), (*policy, *future), strict=True))
            yield tuple(placed[k] for k in range(len(axes)))


def _one_at_a_time(axes: Sequence[Axis]) -> Iterator[tuple[Word, ...]]:
    """The first values together, then each key through its others, or to both ends."""
    middle = [axis.words[0] if axis.words else axis.at(0.5) for axis in axes]
    yield tuple(middle)
    for k, axis in enumerate(axes):
        for word in axis.words[1:] or (() if axis.words else (axis.at(0.0), axis.at(1.0))):
            yield tuple(word if i == k else middle[i] for i in range(len(axes)))


def _sample(axes: Sequence[Axis], kind: str, number: int, seed: int) -> Iterator[tuple[Word, ...]]:
    from scipy.stats import qmc

    if kind == "sobol":
        power = _power_of_two(number)
        parts = qmc.Sobol(len(axes), rng=np.random.default_rng(seed)).random_base2(power)
    else:
        parts = qmc.LatinHypercube(len(axes), rng=np.random.default_rng(seed)).random(number)
    for row in parts.tolist():
        yield tuple(axis.at(part) for axis, part in zip(axes, row, strict=True))


def _power_of_two(number: int) -> int:
    """Which power of two a number of points is. Raises ConfigError if it is none."""
    power = number.bit_length() - 1
    if number != 2**power:
        raise ConfigError(
            f"sweep.points={number}: a Sobol design has a power of two, such as {2**power} or "
            f"{2 ** (power + 1)}"
        )
    return power


def _for_sensitivity(
    axes: Sequence[Axis], kind: str, number: int, seed: int
) -> Iterator[tuple[Word, ...]]:
    """Trajectories that move one key at a time, or base rows of two points and their mixtures.

    Sampled by SALib on four levels (Morris 1991), or from a scrambled Sobol sequence (Saltelli et
    al. 2010): A, then A with each key from B, then B.
    """
    for axis in axes:
        if axis.words:
            raise ConfigError(
                f"{axis.key}: sweep.design={kind} is over intervals; write interval(low,high)"
            )
    try:
        from SALib.sample import morris, sobol
    except ImportError:
        raise ConfigError(
            f"sweep.design={kind} needs SALib: pip install 'stsim[calibrate]'"
        ) from None
    names = [axis.key for axis in axes]
    problem = {"num_vars": len(axes), "names": names, "bounds": [[0.0, 1.0]] * len(axes)}
    if kind == "saltelli":
        _power_of_two(number)
        parts = sobol.sample(problem, number, calc_second_order=False, seed=seed)
    else:
        parts = morris.sample(problem, number, num_levels=4, seed=seed)
    for row in parts.tolist():
        yield tuple(axis.at(part) for axis, part in zip(axes, row, strict=True))


def read(words: Sequence[str]) -> Words:
    """The words of job=sweep, those of its file first."""
    return read_words(words_of(words), designed=True)
