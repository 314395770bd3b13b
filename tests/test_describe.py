"""Printed pages: current; docs/model.md: complete, the same numbers as everywhere else."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from pathlib import Path
from types import SimpleNamespace
from unicodedata import east_asian_width

import pytest
import xarray as xr

from stsim import levers, observed, params, paths
from stsim.compose import compose
from stsim.describe import __main__ as command
from stsim.describe import codemap, flows, long_pages, page, pages, quoted, template
from stsim.describe.diagram import diagram
from stsim.describe.facts import Facts, find
from stsim.describe.groups import braces, groups_of, moves_in_words
from stsim.describe.roads import roads, runs
from stsim.describe.source import helpers
from stsim.faults import FitError
from stsim.given import TODAY
from stsim.measures import INDICATORS
from stsim.population import START_YEARS
from stsim.rulebook import JAPAN
from stsim.simulation import prepare
from stsim.vocabulary import (
    OUTSIDE,
    Moment,
    Rulebook,
    Season,
    Seats,
    Stage,
    everybody,
    flow,
    intake,
    leftover,
    posts,
    year_end,
)

SVG = "{http://www.w3.org/2000/svg}"
Row = dict[str, str]


@pytest.fixture(scope="module")
def facts() -> Facts:
    """What runs over all branches of the model show."""
    return find()


@pytest.fixture(scope="module")
def parts(facts: Facts) -> dict[str, str]:
    """The parts that templates may ask for."""
    return pages.parts(facts)


@pytest.fixture(scope="module")
def printed(facts: Facts, parts: dict[str, str]) -> dict[str, str]:
    """What would be printed now."""
    return pages.of(facts, parts)


@pytest.fixture(scope="module")
def text(printed: dict[str, str]) -> str:
    return printed["model.md"]


def test_the_pages_in_docs_are_current(printed: dict[str, str]) -> None:
    assert page.stale(printed, paths.DOCS) == [], f"run {page.COMMAND}"


def test_pages_that_take_minutes_are_of_the_model_as_it_is() -> None:
    """The mark at their end is that of the golden numbers; `stale` names what to run."""
    assert long_pages.stale() == {}


def test_every_printed_part_is_asked_for_by_a_template(parts: dict[str, str]) -> None:
    asked = set().union(*map(template.asked, template.names()))
    assert set(parts) - asked == set()


# the tables, read back


def unfolded(text: str) -> Iterator[str]:
    """The lines outside code blocks."""
    inside = False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            yield line


def rows(text: str, first: str) -> list[Row]:
    """The rows of all tables whose first column has this head, by head."""
    found, heads = [], None
    for line in unfolded(text):
        if not line.startswith("|"):
            heads = None
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if heads is None:
            heads = cells
        elif heads[0] == first and set(line) - set("|-: "):
            found.append(dict(zip(heads, cells, strict=True)))
    return found


def by_name(text: str, first: str) -> dict[str, Row]:
    """Rows by the name in code with which their first cell begins."""
    return {re.findall(r"`([^`]+)`", row[first])[0]: row for row in rows(text, first)}


def words(cell: str) -> str:
    """A cell without anchors, line breaks and marks."""
    bare = re.sub(r"<[^>]+>", " ", cell.replace(r"\*", "*").replace(r"\|", "|"))
    return " ".join(html.unescape(bare).replace("\xa0", " ").split())


def one_line(text: str) -> str:
    return " ".join(text.split())


def value(cell: str) -> float:
    return float(words(cell).replace(",", ""))


def limits(cell: str) -> tuple[float, float]:
    low, high = words(cell).replace(",", "").split(" to ")
    return float(low), float(high)


def test_tables_are_whole(text: str) -> None:
    heads = 0
    for line in unfolded(text):
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert cells == heads or not (cells and heads), line
        heads = cells


def test_levers_agree_with_their_definitions_and_the_law(text: str) -> None:
    found, law = by_name(text, "Lever"), compose().law
    assert list(found) == list(levers.NAMES)
    for name, row in found.items():
        lever = levers.about(name)
        assert words(row["Unit"]) == lever.unit
        assert limits(row["Allowed"]) == pytest.approx((lever.low, lever.high), abs=5e-5)
        assert value(row[f"FY{TODAY}"]) == pytest.approx(law[name].timeline.at(TODAY), abs=5e-5)
        assert row["Kind"] == law[name].kind
        if lever.yen_each is None:
            assert row["Price"] == "–"
        else:
            price, payer = words(row["Price"]).split(" ", 1)
            assert (value(price), payer) == (lever.yen_each, lever.payer)
        assert one_line(levers.label(name)) in words(row["Lever"])
        assert lever.label_ja in row["Lever"]
        assert one_line(law[name].source) in words(text)
        assert one_line(lever.price_source) in words(text)


def test_levers_agree_with_the_command_line(text: str) -> None:
    """What `job=levers` prints: unit, range, today's value and price of every lever."""
    run = [sys.executable, "-m", "stsim", "job=levers"]
    printed = subprocess.run(run, capture_output=True, text=True, check=True, encoding="utf-8")
    number = r"(-?[\d.,]+)"
    for name, row in by_name(text, "Lever").items():
        line = re.search(
            rf"^ *{name} +(\S.*?) {{2,}}{number} – {number} {{2,}}{number} {{2,}}({number}|–) ",
            printed.stdout,
            re.MULTILINE,
        )
        assert line, name
        unit, low, high, today, price, _ = line.groups()
        assert unit == words(row["Unit"])
        assert (value(low), value(high)) == limits(row["Allowed"])
        assert value(today) == value(row[f"FY{TODAY}"])
        assert price == words(row["Price"]).split(" ")[0]


def test_levers_agree_with_the_dataset(text: str, baseline: xr.Dataset) -> None:
    for name, row in by_name(text, "Lever").items():
        policy = baseline[f"policy_{name}"]
        assert policy.attrs["units"] == words(row["Unit"])
        assert one_line(policy.attrs["long_name"]) in words(row["Lever"])
        today = value(row[f"FY{TODAY}"])
        assert float(policy.sel(year=TODAY)) == pytest.approx(today, abs=5e-5)


def test_parameters_agree_with_the_fitted_set(text: str) -> None:
    found, fitted = by_name(text, "Parameter"), compose().params
    assert set(found) == set(params.NAMES)
    for name, row in found.items():
        prior, number = params.prior(name), getattr(fitted, name)
        assert words(row["Unit"]) == prior.unit
        assert limits(row["90 % range"]) == (prior.low, prior.high)
        assert row["Kind"] == prior.kind
        assert one_line(params.label(name)) in words(row["Parameter"])
        assert one_line(prior.source) in words(row["Parameter"])
        wanted = (
            {field: getattr(number, field) for field in params.FIELDS}
            if isinstance(number, params.ByField)
            else {"": number}
        )
        shown = [words(line).split(" ") for line in row["Value"].split("<br>")]
        assert len(shown) == len(wanted)
        for (first, *rest), (field, exact) in zip(shown, wanted.items(), strict=True):
            assert float(first) == pytest.approx(exact, rel=1e-5)
            assert ("‡" in rest) == params.beyond_prior(name, exact)
            assert [word for word in rest if word != "‡"] == ([field] if field else [])


def test_indicators_agree_with_their_definitions(text: str) -> None:
    found = by_name(text, "Indicator")
    assert list(found) == [indicator.name for indicator in INDICATORS]
    for indicator, row in zip(INDICATORS, found.values(), strict=True):
        assert row["Unit"] == indicator.unit
        assert indicator.label in words(row["What it measures"])
        assert indicator.label_ja in row["What it measures"]
        assert bool(row["Headline"]) == indicator.headline


def test_assumptions_agree_with_the_record(text: str) -> None:
    years = {str(year): year for year in START_YEARS}
    sections = re.split(r"^### ", text, flags=re.MULTILINE)
    for assumption in observed.record().assumptions():
        own = [
            row
            for section in sections
            for year in [years.get(section.removeprefix("Start of ").split(" ")[0])]
            if year in (None, assumption.year)
            for row in rows(section, "Number")
            if words(row["Number"]).startswith(f"`{assumption.name}` ")
            and one_line(assumption.source) in words(row["Number"])
        ]
        assert any(
            value(row["Value"]) == pytest.approx(assumption.value, rel=1e-3)
            and limits(row["90 % range"]) == pytest.approx((assumption.low, assumption.high))
            and words(row["Unit"]) == assumption.unit
            and row["Kind"] == "assumption"
            for row in own
        ), assumption.name


# everything is there


def test_everything_in_the_model_occurs_once(text: str) -> None:
    places = re.findall(r'<a id="([^"]+)"></a>', text)
    assert len(places) == len(set(places))
    wanted = [f"stage-{stage.name}" for stage in JAPAN.stages]
    wanted += [f"rule-{rule.name}" for rule in JAPAN.rules]
    wanted += [f"lever-{name}" for name in levers.NAMES]
    wanted += [f"param-{name}" for name in params.NAMES]
    wanted += [f"last-{function.__name__}" for function in JAPAN.aggregates]
    wanted += [f"indicator-{indicator.name}" for indicator in INDICATORS]
    wanted += [f"helper-{function.__name__}" for function in helpers(JAPAN)]
    assert set(wanted) <= set(places)
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(places)


def test_stages_are_told_in_both_languages(text: str) -> None:
    for stage in JAPAN.stages:
        row = by_name(text, "Stage")[stage.name]
        assert one_line(stage.label) in words(row["Stage"])
        assert stage.label_ja in row["Stage"]
        clock = "–" if stage.clock_years == 1 else f"0–{stage.clock_years - 1}"
        assert row["Clock"] == clock
        assert set(re.findall(r"`(\w+)`", row["Tags"])) == stage.tags


def section_of(text: str, rule: str) -> str:
    start = text.index(f'<a id="rule-{rule}"></a>')
    return re.split(r'\n#{2,4} |\n<a id="', text[start + 5 :].split("\n", 2)[2], maxsplit=1)[0]


def test_rules_are_told_with_all_they_read(text: str) -> None:
    """An ordinary run reads nothing that the page does not list."""
    prepared = prepare(compose(["years.last=2030"]))
    prepared.run()
    kinds = {"policy": "lever", "policy_last_year": "lever", "params": "param"}
    order = re.findall(r'<a id="rule-(\w+)"></a>', text)
    assert sorted(order) == sorted(rule.name for rule in JAPAN.rules)
    for rule in JAPAN.rules:
        section = section_of(text, rule.name)
        assert (rule.function.__doc__ or "").split("\n")[0] in section
        assert f"def {rule.name}(" in section
        for read in prepared.rates.read_by[rule.name]:
            what, name = read.split(".")
            if what != "calendar":
                assert f"(#{kinds.get(what, what)}-{name})" in section, f"{rule.name}: {read}"


def test_markets_stand_in_their_turn(text: str) -> None:
    turns = [(int(row["Turn"]), words(row["Market"])) for row in rows(text, "Turn")]
    wanted = [
        (turn, market.name)
        for turn, season in enumerate(JAPAN.seasons, 1)
        for market in season.markets
    ]
    assert [(turn, re.findall(r"`(\w+)`", name)[0]) for turn, name in turns] == wanted
    for row, (_, name) in zip(rows(text, "Turn"), wanted, strict=True):
        rule = next(rule for rule in JAPAN.rules if rule.name == name)
        assert (row["Clears"] == "over all fields") == rule.over_all_fields
        assert (row[f"From outside FY{TODAY}"] == "nobody") == (OUTSIDE not in rule.sources)


# the diagram


#: Letters by their width in Helvetica, in thousandths of the font size; all others are 0.667.
WIDTHS = {
    222: "ijl'",
    278: " .,:;/ft!I[]|",
    333: "r()-“”",
    500: "ckvxyzsJ",
    556: "abdeghnopqu0123456789L_–",
    611: "FTZ",
    722: "CDHNRUw",
    778: "GOQ",
    833: "mM",
    1000: "W…",
}
WIDTH_OF = {letter: wide / 1000 for wide, letters in WIDTHS.items() for letter in letters}


def width(text: str, size: float, bold: bool) -> float:
    """How wide a text is in Helvetica; Japanese letters are square."""
    wide = sum(
        1.0 if east_asian_width(letter) in "WF" else WIDTH_OF.get(letter, 0.667) for letter in text
    )
    return wide * size * (1.06 if bold else 1)


class Label:
    """A text of the drawing and the space it takes."""

    def __init__(self, element: ET.Element) -> None:
        self.text = element.text or ""
        size, x, y = (float(element.attrib[key]) for key in ("font-size", "x", "y"))
        wide = width(self.text, size, "font-weight" in element.attrib)
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
        self.left, self.top = x - shift * wide, y - 0.8 * size
        self.right, self.bottom = self.left + wide, y + 0.2 * size

    def meets(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Whether it shares space with a rectangle."""
        return self.left < right and left < self.right and self.top < bottom and top < self.bottom


def labels(svg: str) -> list[Label]:
    return [Label(element) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def check_drawing(svg: str) -> None:
    """Nothing lies over anything else, and text stays inside its box and the picture."""
    root, texts = ET.fromstring(svg), labels(svg)
    for a, b in combinations(texts, 2):
        assert not a.meets(b.left, b.top, b.right, b.bottom), f"{a.text} over {b.text}"
    for line in root.iter(f"{SVG}polyline"):
        points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        for (x0, y0), (x1, y1) in pairwise(points):
            assert x0 == x1 or y0 == y1
            for label in texts:
                through = label.meets(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
                assert not through, f"a line through {label.text}"
    boxes = [
        tuple(float(box.attrib[key]) for key in ("x", "y", "width", "height"))
        for box in root.iter(f"{SVG}rect")
        if "x" in box.attrib
    ]
    for label in texts:
        assert label.left >= 0, label.text
        assert label.right <= float(root.attrib["width"]), label.text
        assert label.bottom <= float(root.attrib["height"]), label.text
        for x, y, wide, high in boxes:
            if label.meets(x, y, x + wide, y + high):
                assert x <= label.left, label.text
                assert label.right <= x + wide, label.text
                assert y <= label.top, label.text
                assert label.bottom <= y + high, label.text
    for a, b in combinations(boxes, 2):
        apart = a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0]
        assert apart or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]


def test_the_diagram_is_readable(printed: dict[str, str]) -> None:
    check_drawing(printed["model.svg"])
    root = ET.fromstring(printed["model.svg"])
    assert float(root.attrib["width"]) <= 900
    assert min(float(t.attrib["font-size"]) for t in root.iter(f"{SVG}text")) >= 10.5


def test_the_diagram_has_a_text_alternative(printed: dict[str, str]) -> None:
    root = ET.fromstring(printed["model.svg"])
    title, described = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert described is not None
    for rule in JAPAN.rules:
        assert re.search(rf"\b{rule.name}\b", described.text or ""), rule.name
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {described.attrib['id']}"


def test_every_group_and_rule_is_in_the_diagram(printed: dict[str, str]) -> None:
    texts = [label.text for label in labels(printed["model.svg"])]
    for group in groups_of(JAPAN.stages):
        assert group.title in " ".join(texts)
        assert group.title_ja in "".join(texts)
    for number, rule in enumerate(JAPAN.rules, 1):
        assert f"{number} {rule.name}" in texts
    assert drawn(texts) == set(range(1, len(JAPAN.rules) + 1))


def drawn(texts: list[str]) -> set[int]:
    """The numbers of rules beside lines and in boxes, without the list of names below."""
    found: set[int] = set()
    for text in texts:
        numbers = re.fullmatch(r"(?:[A-Za-z ]+: )?((?:\d+(?:–\d+)?(?:, )?)+)", text)
        for part in numbers[1].split(", ") if numbers else ():
            first, _, last = part.partition("–")
            found |= set(range(int(first), int(last or first) + 1))
    return found


# the same for other models


def small_model() -> Rulebook:
    """A made-up model with roads of every kind, some of them odd."""
    learning = Stage("learning", "Learning, at home", "学習", tags=frozenset({"learning"}))
    looking = Stage("looking", "Looking for something to do", "求職", tags=frozenset({"looking"}))
    job = Stage("job_north", "Job, north", "仕事（北）", tags=frozenset({"job"}))
    other_job = Stage("job_south", "Job, south", "仕事（南）", tags=frozenset({"job"}))
    trial = Stage("job_north_trial", "Job on trial", "試用", 3, frozenset({"job"}))
    gone = Stage("gone", "Gone", "去った者")

    @intake(learning)
    def arrive(m: Moment) -> float:
        """People arrive."""
        return 1.0

    @intake(job)
    def arrive_with_job(m: Moment) -> float:
        """People arrive with a job."""
        return 1.0

    @year_end(learning, looking)
    def finish(m: Moment) -> float:
        """Learners finish."""
        return 0.5

    @year_end(job, learning)
    def learn_again(m: Moment) -> float:
        """People learn again."""
        return 0.1

    @year_end(trial, job)
    def stay(m: Moment) -> float:
        """Those on trial stay."""
        return 0.1

    @flow((job, other_job, learning), gone)
    def go(m: Moment) -> float:
        """People go."""
        return 0.1

    @leftover(looking, gone)
    def give_up(m: Moment) -> float:
        """Those who find nothing go."""
        return 0.1

    @posts((looking, other_job), job, weight=everybody, also_from_outside=True)
    def jobs(m: Moment) -> Seats:
        """Jobs in the north are filled."""
        return Seats(1.0)

    @posts(looking, trial, weight=everybody)
    def trials(m: Moment) -> Seats:
        """Trials begin."""
        return Seats(1.0)

    rules = (arrive, arrive_with_job, finish, learn_again, stay, go, give_up, jobs, trials)
    return Rulebook(
        (learning, looking, job, other_job, trial, gone),
        rules,
        (Season((jobs, trials)),),
    )


def test_another_model_is_drawn_whole() -> None:
    book = small_model()
    groups = groups_of(book.stages)
    assert [group.key for group in groups] == ["learning", "looking", "job", "job_trial", "gone"]
    found = roads(book, groups)
    assert (found.start, found.seek) == (["learning"], ["looking"])
    assert (found.posts, found.end) == (["job", "job_trial"], ["gone"])
    svg = diagram(book, found, "the same in words")
    check_drawing(svg)
    assert drawn([label.text for label in labels(svg)]) == set(range(1, len(book.rules) + 1))


def test_a_model_without_markets_and_counts_is_drawn_whole() -> None:
    learning = Stage("learning", "Learning", "学習")
    job = Stage("job", "Job", "仕事")
    looking = Stage("looking", "Looking for something to do", "求職")
    gone = Stage("gone", "Gone", "去った者")

    @intake(learning)
    def arrive(m: Moment) -> float:
        """People arrive."""
        return 1.0

    @year_end(learning, job)
    def finish(m: Moment) -> float:
        """Learners take a job."""
        return 0.5

    @year_end(job, looking)
    def lose(m: Moment) -> float:
        """Jobs end."""
        return 0.1

    @leftover(looking, gone)
    def give_up(m: Moment) -> float:
        """Those who find nothing go."""
        return 0.1

    book = Rulebook((learning, job, looking, gone), (arrive, finish, lose, give_up), ())
    found = roads(book, groups_of(book.stages))
    words = page.in_other_words(SimpleNamespace(book=book), found)  # type: ignore[arg-type]
    assert words == (
        "outside to Learning: arrive. Learning to Job: finish. "
        "Job to Looking for something to do: lose. Looking for something to do to Gone: give_up."
    )
    svg = diagram(book, found, words)
    check_drawing(svg)
    texts = [label.text for label in labels(svg)]
    assert drawn(texts) == {1, 2, 3, 4}
    assert "Markets of" not in texts
    assert flows.HEADINGS["posts"] not in texts


def test_a_map_of_the_code_needs_the_order_of_its_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codemap, "LAYERS_FILE", tmp_path / "test_x.py")
    codemap.LAYERS_FILE.write_text("OTHER = 1\nLAYERS = ('a', 'b')\n")
    assert codemap.layers() == ("a", "b")
    codemap.LAYERS_FILE.write_text("OTHER = 1\n")
    with pytest.raises(ValueError, match=r"test_x\.py has no LAYERS"):
        codemap.layers()


def test_names_are_written_at_once() -> None:
    assert braces(["a_x_b", "a_y_b"]) == "`a_{x,y}_b`"
    assert braces(["a_x_1", "a_x_2", "a_y_1", "a_y_2"]) == "`a_{x,y}_{1,2}`"
    assert braces(["own", "other"]) == "`own`, `other`"
    assert runs([1, 2, 3, 5, 6, 9]) == "1–3, 5, 6, 9"


def test_every_move_is_told() -> None:
    """The braces and groups of each rule stand for exactly its sources and targets."""
    groups = groups_of(JAPAN.stages)
    names = {stage.name for stage in JAPAN.stages}
    for rule in JAPAN.rules:
        told: set[tuple[str, str]] = set()
        for line in moves_in_words(rule, groups):
            source, arrow, target = line.partition(" → ")
            if arrow:
                told |= {(s, t) for s in spelt(source, names) for t in spelt(target, names)}
            else:
                told |= {(s, s) for s in spelt(source, names)}
        assert told == {(s.name, t.name) for s, t in rule.moves}, rule.name


def spelt(line: str, names: set[str]) -> set[str]:
    """The stages that a part of a line stands for."""
    if line.startswith("all stages"):
        return names - set(re.findall(r"`(\w+)`", line))
    found = {"outside"} if line.startswith("outside") else set()
    for written in re.findall(r"`([^`]+)`", line):
        pattern = re.sub(r"\{([^}]+)\}", lambda m: f"(?:{m[1].replace(',', '|')})", written)
        found |= {name for name in names if re.fullmatch(pattern.replace("*", ".*"), name)}
    return found


# the command


def test_check_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {"model.md": "a", "model.svg": "b"}
    monkeypatch.setattr(paths, "DOCS", tmp_path)
    monkeypatch.setattr(command, "files", lambda: texts)
    monkeypatch.setattr(long_pages, "COMMANDS", {"long.md": "python -m long"})
    assert long_pages.stale() == {"long.md": "python -m long"}  # there is none yet
    (tmp_path / "long.md").write_text("of an older model\n", encoding="utf-8")
    assert command.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "docs/model.md and docs/model.svg" in said
    assert page.COMMAND in said
    assert "docs/long.md: out of date; run `python -m long`" in said
    assert command.main([]) == 0
    assert command.main(["--check"]) == 1
    assert long_pages.write({"long": (1, lambda advance: {"long.md": "A page."})}) == 0
    assert (tmp_path / "long.md").read_text(encoding="utf-8").startswith("A page.\n\n<sub>Made by")
    assert command.main(["--check"]) == 0
    (tmp_path / "model.svg").write_text("c", encoding="utf-8")
    assert command.main(["--check"]) == 1
    monkeypatch.setattr(paths, "DOCS", tmp_path / "nowhere")
    assert command.main([]) == 1


def test_a_page_that_cannot_be_printed_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone() -> dict[str, str]:
        return {"trace.md": quoted.quote("hindcast.md", "(all of it holds)")}

    monkeypatch.setattr(command, "files", gone)
    assert command.main([]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_long_page_that_cannot_be_made_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(advance: Callable[[int], None]) -> dict[str, str]:
        advance(1)
        raise FitError("the fit has not ended")

    monkeypatch.setattr(paths, "DOCS", tmp_path)
    (tmp_path / "long.md").write_text("as it was", encoding="utf-8")
    assert long_pages.write({"long": (2, fails)}) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "stsim: long: the fit has not ended"
    assert (tmp_path / "long.md").read_text(encoding="utf-8") == "as it was"
    monkeypatch.setattr(paths, "DOCS", tmp_path / "nowhere")
    assert long_pages.write({"long": (2, fails)}) == 1
    assert "no folder" in capsys.readouterr().err


def test_the_mark_of_the_model_moves_with_its_numbers_and_not_with_their_last_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = []
    for share in ("0.2274091", "0.22740910000001", "0.22741"):
        file = tmp_path / "golden.json"
        file.write_text(f'{{"baseline": {{"under40_share": {{"2030": {share}}}}}}}')
        monkeypatch.setattr(long_pages, "GOLDEN", file)
        marks.append(long_pages.mark())
    assert marks[0] == marks[1] != marks[2]
