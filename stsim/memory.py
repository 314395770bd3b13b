"""What rules read, and what was made of it: nothing is worked out twice from the same values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar, cast

import numpy as np

from stsim.quantities import nearest

T = TypeVar("T")
#: What was read: the place it stands in, and its name there.
Read = tuple[str, str]


class Reads:
    """Values by name for this moment; what is asked for is noted down."""

    def __init__(self, place: str, what: str, notes: list[set[Read]]) -> None:
        self._place, self._what, self._notes = place, what, notes
        self._values: Mapping[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._values:
            raise AttributeError(f"no {self._what} called '{name}'{nearest(name, self._values)}")
        self._notes[-1].add((self._place, name))
        return self._values[name]


class Memory:
    """Remembers what was made, and forgets it as soon as a value that was read for it changes.

    `places` maps each place where values stand to the word for one of them. `read_for` is what
    was ever read for a key.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        notes: list[set[Read]] = [set()]
        self.values = {place: Reads(place, what, notes) for place, what in places.items()}
        self.read_for: dict[Hashable, set[Read]] = defaultdict(set)
        self._notes = notes
        self._made: dict[Hashable, tuple[Any, set[Read]]] = {}
        self._made_from: dict[str, dict[str, set[Hashable]]] = {
            place: defaultdict(set) for place in places
        }

    def show(self, place: str, values: Mapping[str, Any]) -> None:
        """Put other values in a place."""
        reads = self.values[place]
        before, reads._values = reads._values, values
        for name, keys in self._made_from[place].items():
            then, now = before.get(name), values.get(name)
            if keys and now is not then and not same(now, then):
                for key in keys:
                    self._made.pop(key, None)
                keys.clear()

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives; it is called again only if what it has read is different now."""
        if key not in self._made:
            self._notes.append(set())
            try:
                made = make()
            finally:
                read = self._notes.pop()
            self._made[key] = made, read
            self.read_for[key] |= read
            for place, name in read:
                self._made_from[place][name].add(key)
        made, read = self._made[key]
        self._notes[-1] |= read  # whoever makes something of it depends on that too
        return cast("T", made)


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, arrays and mappings in all their parts."""
    if a is b:
        return True
    if isinstance(a, (int, float)):
        return isinstance(b, (int, float)) and a == b
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and bool(np.array_equal(a, b))
