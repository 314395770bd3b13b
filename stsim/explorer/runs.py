"""Runs of the explorer: the central one of the last of quick moves, and bands in a process beside.

Nothing here knows the page. What is done is told to functions that are called from other threads.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from typing import Any, Generic, TypeVar

import numpy as np

from stsim import measures
from stsim.band import ends
from stsim.config import Config
from stsim.draws import DrawsError
from stsim.faults import strict
from stsim.simulation import dataset, few_draws
from stsim.vocabulary import Array

#: Measures that are drawn: the headline ones and the committed cost.
MEASURES = (
    *(one.name for one in measures.INDICATORS if one.headline and not one.unit.startswith("yen")),
    "annual_cost_yen",
    "committed_cost_yen",
)
#: Measures by name, each by year; of draws by (draw, year).
Numbers = Mapping[str, Array]
#: Central runs that are remembered: a policy seen again is drawn at once.
REMEMBERED = 64

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
Result = TypeVar("Result")


class StaleError(Exception):
    """A run was stopped because its policy has been moved on."""


def central(config: Config, stale: Callable[[], bool] = lambda: False) -> Numbers:
    """The measures of one run of the stock engine, by year; StaleError once `stale` says so.

    The numbers are those of the command line, bit for bit.
    """

    def on_year(year: int) -> None:
        if stale():
            raise StaleError

    with strict():
        ds = dataset(config, on_year)
        return {name: measures.one(ds, name).values for name in MEASURES}


def some_draws(config: Config, first: int, number: int) -> Numbers:
    """The measures with some draws of the parameters, by (draw, year)."""
    with strict():
        ds = few_draws(config, first, number)
        found = {name: measures.one(ds, name) for name in MEASURES}
    shape = (number, config.years.last - config.years.first + 1)
    return {
        name: np.array(np.broadcast_to(values.transpose(..., values.dims[-1]).values, shape))
        for name, values in found.items()
    }


class Latest(Generic[Key, Item, Result]):
    """Does the last thing asked for of each key in a thread beside, and drops what is overtaken.

    `work(item, stale)` may stop with StaleError once `stale()` is true. `done(key, item, result)`
    is called from the thread with what came out, also an exception, unless it was overtaken.
    """

    def __init__(
        self,
        work: Callable[[Item, Callable[[], bool]], Result],
        done: Callable[[Key, Item, Result | Exception], None],
    ) -> None:
        self._work, self._done = work, done
        self._wanted: OrderedDict[Key, Item] = OrderedDict()
        self._under_way: set[Key] = set()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="central run", daemon=True)
        self._thread.start()

    def ask(self, key: Key, item: Item) -> None:
        """Ask for an item in the place of what was asked for of this key."""
        with self._changed:
            self._wanted[key] = item
            self._changed.notify()

    def drop(self, key: Key) -> None:
        """Forget what was asked for of a key, also what is under way."""
        with self._changed:
            self._wanted.pop(key, None)
            self._under_way.discard(key)

    def close(self) -> None:
        """Stop after what is under way."""
        with self._changed:
            self._closed = True
            self._wanted.clear()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._closed)
                if self._closed:
                    return
                key, item = self._wanted.popitem(last=False)
                self._under_way = {key}
            try:
                result: Result | Exception = self._work(item, lambda k=key: self._overtaken(k))  # type: ignore[misc]
            except StaleError:
                continue
            except Exception as error:  # told to whoever asked, who shows it
                result = error
            if not self._overtaken(key):
                self._done(key, item, result)

    def _overtaken(self, key: Key) -> bool:
        with self._changed:
            return self._closed or key in self._wanted or key not in self._under_way


@dataclass
class Band:
    """The draws of one policy so far, by first draw of each part, of so many there will be."""

    of: int
    parts: dict[int, Numbers] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """How many draws are there."""
        return sum(len(next(iter(part.values()))) for part in self.parts.values())

    @property
    def complete(self) -> bool:
        """Whether all are there."""
        return self.done == self.of

    def values(self, name: str) -> Array:
        """A measure by (draw, year), in order of draw. ValueError before the band is complete."""
        if not self.complete:
            raise ValueError(f"{self.done} of {self.of} draws are there")
        return np.concatenate([self.parts[first][name] for first in sorted(self.parts)])

    def ends(self, name: str, law: Band | None = None) -> tuple[Array, Array]:
        """Low and high end by year; with the law's band those of the change, draw by draw."""
        values = self.values(name)
        return ends(values if law is None else values - law.values(name))


@dataclass(frozen=True)
class _Part:
    """Some draws of one policy that somebody waits for."""

    owner: Hashable
    config: Config
    first: int
    number: int
    done: Callable[[int, Numbers | Exception], None]


class Bands:
    """Draws of the parameters in processes beside, a few at a time.

    One owner waits for one band only: asking again drops what has not been begun, and what is
    under way is not told. Parts are given out one by one, so that nothing stale stands in a queue.
    """

    def __init__(self, workers: int = 1) -> None:
        self._free = workers
        self._waiting: deque[_Part] = deque()
        self._current: dict[Hashable, object] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin)

    def ask(
        self,
        owner: Hashable,
        config: Config,
        chunks: list[tuple[int, int]],
        done: Callable[[int, Numbers | Exception], None],
    ) -> None:
        """Ask for the draws of a policy; `done` is told each part from a thread beside."""
        mark = object()
        with self._lock:
            self._drop(owner)
            self._current[owner] = mark

            def still(first: int, numbers: Numbers | Exception) -> None:
                if self._current.get(owner) is mark:
                    done(first, numbers)

            self._waiting += [_Part(owner, config, f, n, still) for f, n in chunks]
        self._give_out()

    def drop(self, owner: Hashable) -> None:
        """Forget what an owner waits for."""
        with self._lock:
            self._drop(owner)

    def _drop(self, owner: Hashable) -> None:
        self._current.pop(owner, None)
        self._waiting = deque(part for part in self._waiting if part.owner != owner)

    def close(self) -> None:
        """End the processes, once what is under way is done."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
        self._pool.shutdown(cancel_futures=True)

    def _give_out(self) -> None:
        while True:
            with self._lock:
                if self._closed or not (self._free and self._waiting):
                    return
                part = self._waiting.popleft()
                self._free -= 1
            try:
                future = self._pool.submit(some_draws, part.config, part.first, part.number)
            except BrokenProcessPool:
                self._broken(part)
                return
            future.add_done_callback(lambda future, part=part: self._finished(future, part))  # type: ignore[misc]

    def _finished(self, future: Future[Numbers], part: _Part) -> None:
        with self._lock:
            self._free += 1
        if future.cancelled() or self._closed:
            return
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            self._broken(part)
            return
        try:
            part.done(part.first, error if isinstance(error, Exception) else future.result())
        finally:
            self._give_out()

    def _broken(self, part: _Part) -> None:
        """Tell all who wait that there are no more draws; to give out more would wait for ever."""
        with self._lock:
            told = {one.owner: one for one in (*self._waiting, part)}
            self._waiting.clear()
        stopped = "the process with draws was stopped, perhaps for want of memory; start again"
        for one in told.values():
            one.done(one.first, DrawsError(stopped))


def _begin() -> None:
    """Give way to the central run, leave interrupts to the server and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(0)  # pragma: no cover - what has been covered ends with the process

    threading.Thread(target=watch, daemon=True).start()


class Memory:
    """What is known of policies, by what they set; the one used longest ago is forgotten."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._known: OrderedDict[str, tuple[Numbers, Band | None]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, policy: Mapping[str, Any]) -> tuple[Numbers, Band | None] | None:
        """Central numbers and the complete band if there is one."""
        with self._lock:
            key = repr(sorted(policy.items()))
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def put(self, policy: Mapping[str, Any], numbers: Numbers, band: Band | None = None) -> None:
        """Remember central numbers, and a band that is complete."""
        with self._lock:
            self._known[repr(sorted(policy.items()))] = numbers, band
            while len(self._known) > self._most:
                self._known.popitem(last=False)
