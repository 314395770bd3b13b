"""The diagram of the flows: groups of stages as boxes, rules as numbers on the roads between them.

People come in on the left and leave on the right. A box is entered from its left through the
markets of 1 April; all other moves leave it on its right and run along a road of one colour for
each place they lead to.
"""

from __future__ import annotations

from stsim.describe.flows import HEADINGS
from stsim.describe.layout import BAR, EDGE, LEADING, NUMBERS, SMALL, TOP, WIDTH, Layout
from stsim.describe.roads import OUT, Roads, runs
from stsim.describe.svg import GREY, INK, Drawing, Point, text_width
from stsim.vocabulary import OUTSIDE, Rulebook

TITLE = "Who moves where in a year 1年間の人の流れ"
MARKETS = ("Markets of", "1 April", "4月1日の", "採用・採択")
HOW = (
    "Numbers are the rules below. Lines join at dots only; one colour leads to one place.",
    "“Apply in”: markets of 1 April in which people of the box may be hired as well. "
    "“Within”: moves between the stages of one box.",
)


def diagram(book: Rulebook, found: Roads, in_other_words: str) -> str:
    """The diagram as SVG; `in_other_words` is the same as text."""
    at = Layout(found)
    draw = Drawing(WIDTH)
    draw.text((EDGE, 24), TITLE, 15, bold=True)
    _boxes(draw, at)
    _entries(draw, at)
    _market(draw, at)
    _roads(draw, at)
    height = _legend(draw, book, at.bottom + 34)
    return draw.finished(height, f"stsim: {TITLE}", in_other_words)


def _boxes(draw: Drawing, at: Layout) -> None:
    for box in at.boxes.values():
        draw.box((box.x, box.y), (box.width, box.height))
        y = box.y + (box.height - LEADING * len(box.lines)) / 2 + 11
        for text, size, bold, fill in box.lines:
            draw.text((box.x + 8, y), text, size, bold=bold, fill=fill)
            y += LEADING


def _pill(draw: Drawing, at: Point, width: float) -> None:
    draw.box(at, (width, 24), fill="#ffffff", line=GREY, round_by=12)
    middle = (at[0] + width / 2, at[1] + 16)
    draw.text(middle, f"{OUTSIDE.name.capitalize()} {OUTSIDE.label_ja}", NUMBERS, anchor="middle")


def _entries(draw: Drawing, at: Layout) -> None:
    """From outside into study and back, and on to those who seek."""
    for key, box in at.starts.items():
        _pill(draw, (box.x, 52), box.width)
        into, out = at.found.moves[OUT, key], at.found.moves.get((key, OUT))
        x = box.x + 16
        draw.line([(x, 76), (x, box.y)], arrow=True)
        draw.text((x + 6, 100), runs(into), NUMBERS)
        if out:
            x = box.x + box.width / 2 + 8
            draw.line([(x, box.y), (x, 76)], arrow=True)
            draw.text((x + 6, 100), runs(out), NUMBERS)
        if at.found.counted_only:
            text = f"counted only: {runs(at.found.counted_only)}"
            draw.text((box.right + 8, 68), text, SMALL, fill=GREY)
        for target, seek in at.seeks.items():
            numbers = at.found.moves.get((key, target), [])
            if numbers:
                y = min(box.y + box.height, seek.y + seek.height) - 24
                draw.line([(box.right, y), (seek.x, y)], arrow=True)
                draw.text(((box.right + seek.x) / 2 - 3, y - 5), runs(numbers), NUMBERS,
                          anchor="middle")  # fmt: skip


def _market(draw: Drawing, at: Layout) -> None:
    """The bar of the markets: those who seek come in, posts are filled from it."""
    hired = {key: box for key, box in at.posts.items() if key in at.found.hired}
    if not hired:
        return
    ys = {key: box.y + box.height / 2 for key, box in hired.items()}
    top, bottom = TOP, max(ys.values()) + 12
    draw.box((at.bar_x, top), (BAR, bottom - top), fill=INK, round_by=3)
    middle = at.bar_x + BAR / 2
    _pill(draw, (middle - 50, 52), 100)
    draw.line([(middle, 76), (middle, top)], arrow=True)
    draw.text((middle + 8, 92), f"{runs(at.found.from_outside)}", NUMBERS)
    for key, y in ys.items():
        draw.line([(at.bar_x + BAR, y), (hired[key].x, y)], arrow=True)
        draw.text((at.bar_x + BAR + 5, y - 5), runs(at.found.hired[key]), NUMBERS)
    below = TOP
    for box in at.seeks.values():
        y = box.y + box.height / 2
        draw.line([(box.right, y), (at.bar_x, y)], arrow=True)
        below = box.y + box.height
    for i, line in enumerate(MARKETS):
        draw.text((at.bar_x - 8, below + 44 + 16 * i), line, NUMBERS, anchor="end", bold=True)


def _roads(draw: Drawing, at: Layout) -> None:
    """One road for each place that other moves lead to, with a branch from each box."""
    for key in at.lanes:
        x, color = at.lane_x[key], at.color[key]
        ys: list[float] = []
        for box in at.posts.values():
            for index, (target, leaving) in enumerate(box.slots):
                y = box.slot_y(index)
                if target == key and leaving:
                    draw.line([(box.right, y), (x, y)], color)
                    draw.text((box.right + 4, y - 4), runs(at.found.moves[box.group.key, key]),
                              NUMBERS, fill=color)  # fmt: skip
                    draw.dot((x, y), color)
                    ys.append(y)
                elif target == key:
                    draw.line([(x, y), (box.right, y)], color, arrow=True)
                    ys.append(y)
        if key in at.seeks:
            seek, y = at.seeks[key], 40.0
            draw.line([(x, y), (seek.x + seek.width / 2, y), (seek.x + seek.width / 2, seek.y)],
                      color, arrow=True)  # fmt: skip
            ys.append(y)
        elif key == OUT:
            y = at.out_y + 12
            _pill(draw, (at.end_x, at.out_y), WIDTH - EDGE - at.end_x)
            draw.line([(x, y), (at.end_x, y)], color, arrow=True)
            ys.append(y)
        elif key in at.ends:
            box = at.ends[key]
            y = box.y + box.height / 2
            draw.line([(x, y), (box.x, y)], color, arrow=True)
            ys.append(y)
        if key in at.low:
            ys.append(at.low[key])
            _from_left(draw, at, key)
        draw.line([(x, min(ys)), (x, max(ys))], color)


def _from_left(draw: Drawing, at: Layout, key: str) -> None:
    """A road under everything for those who leave study or a search."""
    y, color = at.low[key], at.color[key]
    place = list(at.low).index(key)
    for source, box in (at.starts | at.seeks).items():
        numbers = at.found.moves.get((source, key), [])
        if numbers:
            x = box.x + 18 + 44 * place
            draw.line([(x, box.y + box.height), (x, y), (at.lane_x[key], y)], color)
            draw.dot((x, y), color)
            draw.text((x + 5, box.y + box.height + 14), runs(numbers), NUMBERS, fill=color)


def _legend(draw: Drawing, book: Rulebook, y: float) -> float:
    """The numbers and names of the rules, kind by kind; returns where the drawing ends."""
    for line in HOW:
        draw.text((EDGE, y), line, NUMBERS, fill=GREY)
        y += 16
    entries: list[tuple[str, bool]] = []
    for kind, heading in HEADINGS.items():
        rules = [(i, r) for i, r in enumerate(book.rules, 1) if r.kind == kind]
        if rules:
            entries.append((heading, True))
            entries += [(f"{i} {rule.name}", False) for i, rule in rules]
    widest = max(text_width(text, NUMBERS, bold) for text, bold in entries) + 14
    columns = max(1, int((WIDTH - 2 * EDGE) // widest))
    rows = -(-(len(entries) + columns) // columns)
    at = 0
    for text, bold in entries:
        at += bold and at % rows == rows - 1  # no heading at the foot of a column
        column, row = divmod(at, rows)
        x = EDGE + column * (WIDTH - 2 * EDGE) / columns
        draw.text((x, y + 10 + 17 * row), text, NUMBERS, bold=bold)
        at += 1
    return y + 10 + 17 * rows + EDGE
