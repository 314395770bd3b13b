"""Work in pieces, side by side in as many processes as there are workers.

The pieces are the same whatever the number of workers, so what comes out is the same too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

from stsim.config import Config
from stsim.faults import FAULTS, strict

T = TypeVar("T")
R = TypeVar("R")
#: What is made of several things at once, one result for each.
Work = Callable[[Config, Sequence[T]], Sequence[R]]
#: Things that go through the engine at once: more are no faster and need more memory.
PIECE = 5


class Pieces:
    """Does work on many things. `done` is told how many more have been worked on.

    A thing with which the model cannot be run gives None.
    """

    def __init__(self, pool: ProcessPoolExecutor | None, done: Callable[[int], None]) -> None:
        self._pool, self._done = pool, done

    def __call__(self, work: Work[T, R], config: Config, things: Sequence[T]) -> list[R | None]:
        """The results in the order of the things."""
        pieces = [things[k : k + PIECE] for k in range(0, len(things), PIECE)]
        do = partial(_or_none, work, config)
        found: list[R | None] = []
        for several in self._pool.map(do, pieces) if self._pool else map(do, pieces):
            found += several
            self._done(len(several))
        return found


@contextmanager
def in_pieces(workers: int, done: Callable[[int], None] = lambda more: None) -> Iterator[Pieces]:
    """Processes for the work, which end when it is left."""
    if workers == 1:
        yield Pieces(None, done)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield Pieces(pool, done)


def _or_none(work: Work[T, R], config: Config, things: Sequence[T]) -> list[R | None]:
    """The work on some things at once, or on one after another if it cannot be done on all."""
    try:
        with strict():
            return list(work(config, things))
    except FAULTS:
        if len(things) == 1:
            return [None]
    return [result for thing in things for result in _or_none(work, config, [thing])]
