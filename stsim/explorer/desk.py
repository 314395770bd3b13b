"""The policies of one browser tab and what is known of them; nothing here draws."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from stsim.config import Config, ConfigError
from stsim.explorer import policies
from stsim.explorer.policies import MOST, Ground
from stsim.explorer.runs import Band, Bands, Latest, Memory, Numbers, central
from stsim.faults import FAULTS, said

LETTERS = "ABCD"
#: A policy that has not been moved for so long is worth a band, which would slow the next move.
SETTLED_MS = 300
#: A move so soon after another waits for as long, and is not computed if a third comes meanwhile.
QUICK_MS = 60


@dataclass
class Shared:
    """What all tabs have in common: the ground, processes for bands, and what is known already."""

    ground: Ground
    bands: Bands
    memory: Memory
    law: Numbers
    law_band: Band
    listeners: set[Callable[[], None]] = field(default_factory=set)

    @classmethod
    def begin(cls, ground: Ground) -> Shared:
        """Run the law as it stands; its band follows. Raises what is wrong with the words."""
        law = central(ground.config({}))
        found = cls(ground, Bands(ground.law.workers), Memory(), law, Band(ground.draws))
        found.memory.put({}, law)

        def done(first: int, numbers: Numbers | Exception) -> None:
            if not isinstance(numbers, Exception):
                found.law_band.parts[first] = numbers
            if found.law_band.complete:
                found.memory.put({}, law, found.law_band)
            for listener in tuple(found.listeners):
                listener()

        if ground.draws:
            found.bands.ask("law", ground.config({}), ground.chunks(), done)
        return found


@dataclass
class Slot:
    """One policy on the page: what it sets, what is known of it, and whether that is the last."""

    letter: str
    policy: dict[str, Any]
    numbers: Numbers | None = None
    band: Band | None = None
    waiting: bool = True
    fault: str = ""
    move: int = 0
    asked_by: int = 0

    @property
    def place(self) -> int:
        """Its place among lines and columns; the law has 0."""
        return 1 + LETTERS.index(self.letter)


class View(Protocol):
    """What shows a desk. `later` is called from any thread, the others in the page's turn."""

    def draw(self, only: list[Slot] | None = None) -> None:
        """Draw all policies or some, with their numbers."""

    def draw_text(self) -> None:
        """Say what is known, where no line has changed."""

    def later(self, call: Callable[[], None], after_ms: int = 0) -> None:
        """Do something in the turn of the page, so many milliseconds from now."""


class Desk:
    """Up to four policies, one of them in hand, and the runs that they wait for."""

    def __init__(self, shared: Shared, view: View) -> None:
        self.shared, self._ground, self._view = shared, shared.ground, view
        self.slots = [Slot(LETTERS[0], dict(self._ground.first))]
        self.active = 0
        self._latest: Latest[int, Config, Numbers] = Latest(central, self._computed)
        self._moved_at = 0.0

    @property
    def in_hand(self) -> Slot:
        """The policy that the sliders move."""
        return self.slots[self.active]

    def take(self, letter: str) -> None:
        """Take another policy in hand."""
        self.active = next(k for k, slot in enumerate(self.slots) if slot.letter == letter)

    def add(self) -> None:
        """A copy of the policy in hand beside it, which is then in hand."""
        if len(self.slots) == MOST:
            return
        letter = next(x for x in LETTERS if x not in [slot.letter for slot in self.slots])
        copy = Slot(letter, dict(self.in_hand.policy))
        self.slots = sorted([*self.slots, copy], key=lambda slot: slot.letter)
        self.take(letter)
        self.ask(copy)

    def remove(self) -> None:
        """Put the policy in hand away; the one before it is then in hand."""
        if len(self.slots) == 1:
            return
        gone = self.slots.pop(self.active)
        self.shared.bands.drop((id(self), gone.letter))
        self.active = max(0, self.active - 1)

    def close(self) -> None:
        """Stop what is still being computed."""
        self._latest.close()
        for slot in self.slots:
            self.shared.bands.drop((id(self), slot.letter))

    def move(self, slot: Slot) -> None:
        """Compute a policy that has been moved: at once, or the last of several quick moves.

        To check and begin every one of them would keep the last waiting.
        """
        now = time.monotonic()
        quick, self._moved_at = 1000 * (now - self._moved_at) < QUICK_MS, now
        if not quick:
            self.ask(slot)
            return
        slot.waiting = True
        self._latest.drop(slot.place)

        def still() -> None:
            if self._moved_at == now and slot in self.slots:
                self.ask(slot)

        self._view.later(still, QUICK_MS)

    def ask(self, slot: Slot) -> None:
        """Compute a policy, or draw what is known of it."""
        self.shared.bands.drop((id(self), slot.letter))
        slot.fault = ""
        try:
            config = self._ground.config(slot.policy)
        except ConfigError as error:
            slot.fault, slot.waiting = said(error), False
            self._view.draw_text()
            return
        slot.policy = policies.differing(config.policy, self._ground.law)
        slot.waiting = True
        known = self.shared.memory.get(slot.policy)
        if known is None:
            self._latest.ask(slot.place, config)
        else:
            self._arrived(slot.letter, config, known[0], known[1])

    def _computed(self, place: int, config: Config, numbers: Numbers | Exception) -> None:
        """Called from the thread beside."""
        self._view.later(partial(self._arrived, LETTERS[place - 1], config, numbers, None))

    def _slot(self, letter: str, config: Config) -> Slot | None:
        """The policy a run was for, unless it has been moved on or taken away."""
        asked = policies.differing(config.policy, self._ground.law)
        for slot in self.slots:
            if slot.letter == letter and slot.policy == asked:
                return slot
        return None

    def _arrived(
        self, letter: str, config: Config, numbers: Numbers | Exception, band: Band | None
    ) -> None:
        slot = self._slot(letter, config)
        if slot is None:
            return
        slot.waiting, slot.move = False, slot.asked_by
        if isinstance(numbers, Exception):
            if not isinstance(numbers, (ConfigError, *FAULTS)):
                raise numbers
            slot.fault = said(numbers)
            self._view.draw_text()
            return
        slot.numbers, slot.band = numbers, band
        if band is None and self._ground.draws:
            slot.band = Band(self._ground.draws)
            begin = partial(self._begin_band, letter, config, slot.band)
            self._view.later(begin, SETTLED_MS)
        self.shared.memory.put(slot.policy, numbers, band)
        self._view.draw([slot])

    def _begin_band(self, letter: str, config: Config, band: Band) -> None:
        """Ask for the band of a policy that has not been moved on in the meantime."""
        slot = self._slot(letter, config)
        if slot is not None and slot.band is band:
            told = partial(self._drawn, letter, config, band)
            self.shared.bands.ask((id(self), letter), config, self._ground.chunks(), told)

    def _drawn(
        self, letter: str, config: Config, band: Band, first: int, found: Numbers | Exception
    ) -> None:
        """Called from a thread beside, for each part of a band."""
        self._view.later(partial(self._band_arrived, letter, config, band, first, found))

    def _band_arrived(
        self, letter: str, config: Config, band: Band, first: int, found: Numbers | Exception
    ) -> None:
        slot = self._slot(letter, config)
        if slot is None or slot.band is not band:
            return
        if isinstance(found, Exception):
            slot.fault, slot.band = said(found), None
            self._view.draw_text()
            return
        band.parts[first] = found
        if band.complete and slot.numbers is not None:
            self.shared.memory.put(slot.policy, slot.numbers, band)
            self._view.draw([slot])
        else:
            self._view.draw_text()
