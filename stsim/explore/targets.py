"""Target seeking with the model (`job=seek`): which levers reach a target, at what cost.

The question is put to the stock engine with the fitted parameters, then again with each of some
draws of them, from the first answer on. What an answer is worth in other futures is counted over
the same draws and all `posts` variants.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import NamedTuple, get_args

import numpy as np

from stsim import draws, measures, priors
from stsim.compose import Composer
from stsim.config import Config, ConfigError
from stsim.draws import CHUNK
from stsim.explore.design import words_of
from stsim.explore.prim import Box, discover
from stsim.explore.seek import Answer, Problem, least_cost, most_reached
from stsim.faults import strict
from stsim.given import PostsVariant
from stsim.overrides import Word, Words, is_policy, read_words
from stsim.quantities import nearest
from stsim.simulation import Point, beside, fitted
from stsim.vocabulary import Array

#: Budgets of the front, as parts of what the answer costs.
PARTS = (0.2, 0.4, 0.6, 0.8, 1.0)
POSTS = get_args(PostsVariant)
#: About how many runs of the model a question with four levers takes.
STEPS = 2500


class Goal(NamedTuple):
    """At least a value of an indicator in a year."""

    indicator: str
    year: int
    at_least: float


@dataclass(frozen=True)
class Question:
    """The levers with their intervals, what is to be reached, and the words all runs share."""

    words: Words
    levers: tuple[str, ...]
    low: Array
    high: Array
    goals: tuple[Goal, ...]
    config: Config


@dataclass(frozen=True)
class Future:
    """A draw of the parameters (None: the fitted ones) and a variant of posts."""

    draw: int | None
    posts: str


@dataclass(frozen=True)
class Sought:
    """What was found.

    `answer` is that of the fitted parameters, `by_draw` those of the draws. `front` are budgets
    with the best answer within each. `attained` (future, answer) says where the answer, and those
    of the front after it, meet all goals, `regret` by how much of the goals each misses what the
    best of them reaches in that future, and `fails` in which futures the answer misses.
    """

    question: Question
    answer: Answer
    by_draw: tuple[Answer, ...]
    front: tuple[tuple[float, Answer], ...]
    attained: Array
    regret: Array
    fails: Box | None


def question(words: Sequence[str]) -> Question:
    """Read what is asked. Raises ConfigError with one clear line."""
    asked = read_words(words_of(words, "seek"), designed=True)
    if asked.swept:
        key = next(iter(asked.swept))
        raise ConfigError(f"{key}: job=seek takes intervals of levers, such as interval(0,3000)")
    asked = asked.also([Word("engine", "stocks", "engine=stocks")])
    for key in asked.intervals:
        if not is_policy(key):
            raise ConfigError(f"{key}: only levers (policy.*) can be sought")
    ends = list(asked.intervals.values())
    composer = Composer(asked)
    config = composer.config([])
    for side in (0, 1):  # both ends must be possible, and together
        composer.config(_set(tuple(asked.intervals), [end[side] for end in ends]))
    goals = [
        Goal(_indicator(name), year, float(value))
        for name, by_year in config.seek.targets.items()
        for year, value in by_year.items()
    ]
    if not goals:
        raise ConfigError(
            "seek.targets: nothing to reach; give 'seek.targets={under40_share: {2035: 0.3}}'"
        )
    for goal in goals:
        if not config.policy_start <= goal.year < config.years.last:
            raise ConfigError(
                f"seek.targets: {goal.indicator} in {goal.year} is outside {config.policy_start} "
                f"(policy_start) to {config.years.last - 1}"
            )
        if not math.isfinite(goal.at_least):
            raise ConfigError(f"seek.targets: {goal.indicator}={goal.at_least} is not a number")
        if goal.at_least == 0:
            raise ConfigError(f"seek.targets: {goal.indicator}: a goal of 0 has no part to reach")
    low, high = np.array(ends).T
    return Question(asked, tuple(asked.intervals), low, high, tuple(goals), config)


def _indicator(name: str) -> str:
    known = [i.name for i in measures.INDICATORS if not i.of_careers]
    if name not in known:
        raise ConfigError(f"seek.targets: no indicator '{name}'{nearest(name, known)}")
    return name


def _set(levers: Sequence[str], setting: Sequence[float]) -> list[Word]:
    return [Word(k, v, f"{k}={v!r}") for k, v in zip(levers, map(float, setting), strict=True)]


Evaluate = Callable[[Array, Sequence[Future]], tuple[Array, Array]]


@contextmanager
def _evaluating(asked: Question, done: Callable[[int], None]) -> Iterator[Evaluate]:
    """Gives a function from settings and their futures to cost and what is reached.

    Cost is beyond the law in the same future, in the dearest year from the start of the policy to
    the last goal.
    """
    law: dict[Future, Array] = {}
    with ProcessPoolExecutor(asked.config.workers, get_context("spawn")) as pool:

        def measured(settings: Sequence[Array | None], futures: Sequence[Future]) -> list[Array]:
            order = sorted(range(len(settings)), key=lambda k: futures[k].posts)
            several = min(CHUNK, -(-len(order) // asked.config.workers))  # work for every process
            tasks = [order[k : k + several] for k in range(0, len(order), several)]
            work = [
                _Task(asked, [settings[k] for k in task], [futures[k] for k in task])
                for task in tasks
            ]
            found: dict[int, Array] = {}
            for task, rows in zip(tasks, pool.map(_run, work), strict=True):
                found |= zip(task, rows, strict=True)
                done(len(task))
            return [found[k] for k in range(len(settings))]

        def evaluate(settings: Array, futures: Sequence[Future]) -> tuple[Array, Array]:
            new = [future for future in dict.fromkeys(futures) if future not in law]
            if new:
                law.update(zip(new, measured([None] * len(new), new), strict=True))
            rows = measured(list(settings), futures)
            years = len(rows[0]) - len(asked.goals)
            cost = [
                float((row - law[future])[:years].max())
                for row, future in zip(rows, futures, strict=True)
            ]
            return np.array(cost), np.array([row[years:] for row in rows])

        yield evaluate


class _Task(NamedTuple):
    question: Question
    settings: Sequence[Array | None]
    futures: Sequence[Future]


def _run(task: _Task) -> list[Array]:
    """Settings side by side: annual cost by year, then what is reached of each goal."""
    asked, composer = task.question, _composer(task.question)
    points = []
    for setting, future in zip(task.settings, task.futures, strict=True):
        words = [] if setting is None else _set(asked.levers, setting.tolist())
        posts = Word("posts", future.posts, f"posts={future.posts}")
        points.append(Point(composer.config([*words, posts]), future.draw))
    rows: dict[int, Array] = {}
    for posts_variant in dict.fromkeys(future.posts for future in task.futures):
        some = [k for k, future in enumerate(task.futures) if future.posts == posts_variant]
        with strict():
            ds = beside([points[k] for k in some])
        last = max(goal.year for goal in asked.goals)
        cost = measures.one(ds, "annual_cost_yen")
        columns = [cost.sel(year=y) for y in range(asked.config.policy_start, last + 1)]
        for goal in asked.goals:
            values = measures.one(ds, goal.indicator)
            columns.append(values.sel({values.dims[-1]: goal.year}))
        table = np.column_stack([column.values for column in columns])
        rows |= zip(some, table, strict=True)
    return [rows[k] for k in range(len(points))]


_composers: dict[str, Composer] = {}


def _composer(asked: Question) -> Composer:
    """The composer of a question, made once in each process."""
    key = repr(asked.words)
    if key not in _composers:
        _composers[key] = Composer(asked.words)
    return _composers[key]


def seek(asked: Question, done: Callable[[int], None] = lambda runs: None) -> Sought:
    """Find the answer with the fitted parameters and with draws of them, and how sure it is.

    `done` is told of runs of the model as they are made.
    """
    config, seed = asked.config, asked.config.seed
    goals = np.array([goal.at_least for goal in asked.goals])
    with _evaluating(asked, done) as evaluate:

        def problem(future: Future) -> Problem:
            return Problem(
                asked.levers, asked.low, asked.high, goals,
                lambda settings: evaluate(settings, [future] * len(settings)),
            )  # fmt: skip

        def best(future: Future, near: Array | None = None) -> Answer:
            if config.seek.budget is None:
                return least_cost(problem(future), seed, near)
            return most_reached(problem(future), float(config.seek.budget), seed, near)

        central = Future(None, config.posts)
        answer = best(central)
        numbers = range(1, config.seek.draws + 1)
        by_draw = [best(Future(k, config.posts), answer.setting) for k in numbers]
        front = []
        for part in PARTS[:-1]:
            budget = part * answer.cost
            near = asked.low + part * (answer.setting - asked.low)
            front.append((budget, most_reached(problem(central), budget, seed, near)))
        front.append((answer.cost, answer))
        futures = [Future(k, posts) for posts in POSTS for k in numbers]
        candidates = [answer, *(found for _, found in front[:-1])]
        reached = []
        for candidate in candidates:
            settings = np.tile(candidate.setting, (len(futures), 1))
            reached.append(evaluate(settings, futures)[1] / goals)
    part = np.array(reached).min(axis=2)  # (candidate, future): of the goal furthest away
    attained = part >= 1 - 1e-6
    regret = part.max(axis=0) - part
    return Sought(
        asked, answer, tuple(by_draw), tuple(front), attained.T, regret.T,
        discover(_unknowns(futures), ~attained[0]),
    )  # fmt: skip


def _unknowns(futures: Sequence[Future]) -> Mapping[str, Array]:
    """Whether the posts of each future are of a variant (1) or not (0), and its parameters.

    Parameters only where there are enough draws: of a hundred of them some always fit a few.
    """
    found = {
        f"posts={posts}": np.array([float(f.posts == posts) for f in futures]) for posts in POSTS
    }
    if len({future.draw for future in futures}) < priors.LEAST:
        return found
    central = fitted()
    most = max(future.draw or 0 for future in futures)
    keyed = [draws.columns(one) for one in draws.ensemble(central, central, most)]
    rows = [keyed[(future.draw or 1) - 1] for future in futures]
    values = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    return found | {key: of_key for key, of_key in values.items() if np.ptp(of_key) > 0}
