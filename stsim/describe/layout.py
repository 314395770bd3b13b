"""Where the boxes and roads of the diagram stand.

From left to right: where people enter, where they seek, the bar of the markets, the posts, the
roads that all other moves run along, the ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stsim.describe.groups import Group
from stsim.describe.roads import OUT, Roads, runs
from stsim.describe.svg import GREY, INK, text_width, wrapped

WIDTH, EDGE = 900.0, 8.0
TOP, LANE, SLOT, GAP = 118.0, 12.0, 17.0, 14.0
NUMBERS, SMALL, LEADING = 11.0, 10.5, 14.5
COLORS = (
    "#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#57606a",
    "#7d4e00", "#0e8a8a", "#a40e26", "#5a32a3", "#3d6b00", "#0a3069",
)  # fmt: skip
#: Widths: the boxes of those who enter, seek and leave, the gaps between, the bar.
START, TO_SEEK, SEEK, TO_BAR, BAR, END = 132.0, 42.0, 140.0, 26.0, 12.0, 112.0


@dataclass
class Box:
    """A group with its lines of text, its place and size, and the roads at its right side."""

    group: Group
    lines: list[tuple[str, float, bool, str]]
    width: float
    slots: list[tuple[str, bool]]
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    def slot_y(self, index: int) -> float:
        """The height at which a road joins."""
        return self.y + self.height * (index + 1) / (len(self.slots) + 1) + 4


def _texts(found: Roads, group: Group, width: float) -> list[tuple[str, float, bool, str]]:
    """The lines of a box: text, size, bold, colour."""
    room = width - 16
    lines = [(line, 12.0, True, INK) for line in wrapped(group.title, 12.8, room)]
    lines += [(line, NUMBERS, False, INK) for line in wrapped(group.title_ja, NUMBERS, room)]
    for variant in group.variants:
        lines += [(line, SMALL, False, GREY) for line in wrapped(variant, SMALL, room)]
    key = group.key
    notes = [
        ("Apply in", [n for n in found.applies.get(key, []) if n not in found.within.get(key, [])]),
        ("Within", found.within.get(key, [])),
        ("From every box", found.everywhere.get(key, [])),
        ("From outside", [] if key in found.start else found.moves.get((OUT, key), [])),
        *((f"To {target.replace('_', ' ')}", numbers) for target, numbers in _roadless(found, key)),
    ]
    for words, numbers in notes:
        if numbers:
            text = f"{words}: {runs(numbers)}"
            lines += [(line, SMALL, False, INK) for line in wrapped(text, SMALL, room)]
    return lines


def _roadless(found: Roads, key: str) -> list[tuple[str, list[int]]]:
    """Moves that have no road of their own: back to the start, and out of what is an end."""
    return [
        (target, numbers)
        for (source, target), numbers in found.moves.items()
        if source == key and (target in found.start or key in found.end)
    ]


def _box(found: Roads, key: str, width: float, slots: list[tuple[str, bool]]) -> Box:
    group = next(group for group in found.groups if group.key == key)
    box = Box(group, _texts(found, group, width), width, slots)
    box.height = max(14 + LEADING * len(box.lines), SLOT * (len(slots) + 1))
    return box


class Layout:
    """The place of everything, made in one go from left to right."""

    def __init__(self, found: Roads) -> None:
        self.found = found
        left = (*found.start, *found.seek)
        #: The places that roads lead to, and the height at which those from the left come in.
        self.lanes = [
            key
            for key in found.targets_from((*found.posts, *left))
            if any(self.by_lane(source, target) for source, target in found.moves if target == key)
        ]
        self.color = {key: COLORS[i % len(COLORS)] for i, key in enumerate(self.lanes)}
        self.seek_x = EDGE + START + TO_SEEK
        self.bar_x = self.seek_x + SEEK + TO_BAR
        self.end_x = WIDTH - EDGE - END
        first_lane = self.end_x - 16 - LANE * (len(self.lanes) - 1)
        self.lane_x = {key: first_lane + LANE * i for i, key in enumerate(self.lanes)}
        posts_x = self.bar_x + BAR + 20 + _widest(found.hired.values())
        branches = [n for (s, t), n in found.moves.items() if s in found.posts and t in self.lanes]
        self.starts = self._column(found.start, EDGE, START)
        self.seeks = self._column(found.seek, self.seek_x, SEEK)
        self.posts = self._column(
            found.posts, posts_x, first_lane - 10 - _widest(branches) - posts_x
        )
        self.ends = self._column(found.end, self.end_x, END)
        self.boxes = self.starts | self.seeks | self.posts | self.ends
        bottom = max(box.y + box.height for box in self.boxes.values())
        low = [
            t for t in self.lanes if any((s, t) in found.moves and self.by_lane(s, t) for s in left)
        ]
        self.low = {key: bottom + 16 + LANE * i for i, key in enumerate(low)}
        self.bottom = max([bottom, *self.low.values()])
        self.out_y = self._spread_ends(bottom)

    def by_lane(self, source: str, target: str) -> bool:
        """Whether a move runs along a road; from the start to seeking and out is drawn directly."""
        if source == OUT:
            return False
        return source not in self.found.start or target not in (*self.found.seek, OUT)

    def _column(self, keys: list[str], x: float, width: float) -> dict[str, Box]:
        boxes: dict[str, Box] = {}
        y = TOP
        for key in keys:
            slots = [(t, True) for t in self.lanes if (key, t) in self.found.moves]
            if key in self.lanes:
                slots.append((key, False))
            box = _box(self.found, key, width, slots if key in self.found.posts else [])
            box.x, box.y = x, y
            y += box.height + GAP
            boxes[key] = box
        return boxes

    def _spread_ends(self, bottom: float) -> float:
        """Set the ends apart, from the top to the bottom; returns the place left for outside."""
        pill = 30 if OUT in self.lanes else 0
        room = bottom - TOP - pill - sum(box.height for box in self.ends.values())
        step = room / max(len(self.ends) - (not pill), 1)
        y = TOP
        for box in self.ends.values():
            box.y = y
            y += box.height + step
        return y


def _widest(several: Iterable[list[int]]) -> float:
    return max((text_width(runs(numbers), NUMBERS) for numbers in several), default=0.0)
