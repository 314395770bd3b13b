"""The pages people read: examples run, links lead somewhere, release documents agree."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import texts
import yaml
from texts import ROOT, Example

from stsim import cli, levers, observed, params, paths
from stsim.compose import compose
from stsim.describe import quoted
from stsim.overrides import OF_POINTS, known_keys, split_config_dir
from stsim.rulebook import JAPAN

EXAMPLES = [e for e in texts.examples() if e.language]
RUN = [e for e in EXAMPLES if not e.how.startswith("skip:")]
QUICK = [e for e in RUN if e.how == ""]
SLOW = [e for e in RUN if e.how == "slow"]
#: What is skipped: where, and why in short. A new one has to be put here as well.
SKIPPED = {
    "README.md": ["installs", "installs", "serves until it is stopped"],
    "docs/contributing.md": ["installs", "minutes", "rewrites the golden numbers"],
    "docs/sweeps.md": ["needs a cluster"],
}
#: Numbers of an example that stand for patience, made small where it is run.
SMALLER = {
    "sweep.points=1024": "sweep.points=8",
    "range(1,101)": "range(1,3)",
    "range(4000,9000,500)": "range(4000,9000,2500)",
    "draws=100": "draws=20",
    "replicates=20": "replicates=2",
}


# examples


def test_every_fence_says_how_it_is_run() -> None:
    skipped: dict[str, list[str]] = {}
    for example in EXAMPLES:
        assert example.language in (*texts.LANGUAGES, "text", "yaml", "csv"), example
        if example.how.startswith("skip:") and example.how != "skip: source code, printed":
            skipped.setdefault(example.page, []).append(example.how.removeprefix("skip: "))
        else:
            assert example.how in ("", "slow", "skip: source code, printed"), example
    assert skipped == SKIPPED
    for long in SMALLER:
        assert any(long in example.text for example in SLOW), long


def test_no_command_stands_outside_a_fence() -> None:
    for page in texts.pages():
        lines = re.findall(r"^(?:    |\t)(?:\$ )?python3? -m.*$", texts.prose(page), re.M)
        assert lines == [], page


def commands(example: Example) -> list[list[str]]:
    """The words of each line of a shell example, without comments; continued lines are joined."""
    joined = example.text.replace("\\\n", " ").splitlines()
    return [words for line in joined if (words := shlex.split(line, comments=True))]


def of_stsim(example: Example) -> list[list[str]]:
    """What stands behind `python -m stsim` in an example."""
    start = ["python", "-m", "stsim"]
    return [words[3:] for words in commands(example) if words[:3] == start]


def prepared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with what the examples take for granted: scenarios of one's own in `mine`."""
    monkeypatch.chdir(folder)
    Path("mine").mkdir()
    shutil.copy(paths.SCENARIOS / "expand_dc.yaml", "mine/my_idea.yaml")


@pytest.mark.parametrize("example", [e for e in RUN if e.language == "sh"], ids=str)
def test_words_of_examples_are_known(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(tmp_path, monkeypatch)
    for words in of_stsim(example):
        keys = [word.partition("=")[0] for word in split_config_dir(words)[0] if "=" in word]
        assert set(keys) - {*known_keys(), *OF_POINTS} == set(), words
        if not {"-m", "--help", "job=sweep", "job=seek", "job=report"} & set(words):
            compose(words)


@pytest.mark.parametrize("example", QUICK, ids=str)
def test_quick_examples_run(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(tmp_path, monkeypatch)
    if example.language == "python":
        exec(compile(example.text, str(example), "exec"), {"__name__": "example"})
    for words in of_stsim(example) if example.language == "sh" else ():
        assert cli.main(words) == 0, words


def in_full(text: str) -> str:
    """A text with the names of the results that are there by now, in the place of `name-...`."""
    for beginning in re.findall(r"results/([\w-]+-)\.\.\.", text):
        there = sorted(Path("results").glob(f"{beginning}*"))
        assert there, f"no results/{beginning}..."
        text = text.replace(f"results/{beginning}...", str(there[0]))
    return text


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted({e.page for e in SLOW}))
def test_slow_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the page, in one folder, as some go on from the results of others."""
    prepared(tmp_path, monkeypatch)
    run(tmp_path, [sys.executable, "-m", "stsim", "scenario=expand_dc", "band=false"])
    run(tmp_path, [sys.executable, "-m", "stsim", "job=sweep", "policy_start=2027,2030"])
    for example in (e for e in SLOW if e.page == page):
        text = example.text
        for long, short in SMALLER.items():
            text = text.replace(long, short)
        if example.language == "python":
            run(tmp_path, [sys.executable, "-c", in_full(text)])
        else:
            for words in commands(example._replace(text=text)):
                assert words[0] == "python", words
                run(tmp_path, [sys.executable, *map(in_full, words[1:])])


def run(folder: Path, words: list[str]) -> None:
    done = subprocess.run(
        words, cwd=folder, env=os.environ | {"MPLBACKEND": "Agg"}, capture_output=True, text=True
    )
    assert done.returncode == 0, (words, done.stderr)


# links


@cache
def anchors(page: Path) -> set[str]:
    return texts.anchors(page)


@pytest.mark.parametrize("page", texts.pages(), ids=texts.name)
def test_links_resolve(page: Path) -> None:
    for link in texts.links(page):
        if re.match(r"\w+:", link):
            well_formed(link)
            continue
        where, _, place = link.partition("#")
        target = (page.parent / where).resolve() if where else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if place:
            assert place in anchors(target), link
    for address in texts.addresses(page):
        well_formed(address)


def well_formed(address: str) -> None:
    parts = urlsplit(address)
    assert parts.scheme in ("http", "https", "mailto"), address
    assert parts.scheme == "mailto" or re.fullmatch(r"[\w.-]+\.\w+(:\d+)?", parts.netloc), address
    assert not re.search(r"\s", address), address


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        linked = (link.partition("#")[0] for link in texts.links(page) if ":" not in link)
        waiting += [(page.parent / where).resolve() for where in linked if where]
    assert set(texts.pages()) - reached == set()


def test_the_index_has_every_page_in_one_line() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in texts.pages():
        where = page.relative_to(ROOT / "docs") if page.is_relative_to(ROOT / "docs") else None
        if where and where.name != "README.md":
            assert index.count(f"- [{where.name[:4]}]({where})") + index.count(
                f"- [{where.name}]({where})"
            ) == 1, where  # fmt: skip


# protocols and the data sheet


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_protocols_have_every_element() -> None:
    odd, stress, trace = text("odd.md"), text("stress.md"), text("trace.md")
    elements = (
        "Purpose and patterns", "Entities, state variables, and scales",
        "Process overview and scheduling", "Design concepts", "Initialization", "Input data",
        "Submodels",
    )  # fmt: skip
    assert re.findall(r"^## \d\. (.*)$", odd, re.M) == list(elements)
    concepts = (
        "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction",
        "Sensing", "Interaction", "Stochasticity", "Collectives", "Observation",
    )  # fmt: skip
    told = odd.partition("## 4.")[2].partition("## 5.")[0]
    assert re.findall(r"^\*\*([A-Z][a-z ]+)\.\*\* \S", told, re.M) == list(concepts)
    items = {"1": 3, "2": 5, "3": 4, "4": 3, "5": 4, "6": 1}
    for section, count in items.items():
        found = {int(n) for n in re.findall(rf"^\*\*{section}\.(\d) ", stress, re.M)}
        assert found == set(range(1, count + 1)), section
    assert len(re.findall(r"^## \d\. ", trace, re.M)) == 8


def test_odd_has_every_rule_lever_and_parameter() -> None:
    odd = text("odd.md")
    assert re.findall(r"^\| \d+ \| \[`(\w+)`\]", odd, re.M) == [rule.name for rule in JAPAN.rules]
    for kind, names in (("lever", levers.NAMES), ("param", params.NAMES)):
        assert re.findall(rf"^\| \[`\w+`\]\(model\.md#{kind}-(\w+)\)", odd, re.M) == list(names)


def test_the_data_sheet_has_every_series_and_file() -> None:
    sheet = text("data.md")
    series = {row.series for row in observed.record().rows}
    assert re.findall(r"^### `(\w+)`$", sheet, re.M) == sorted(series)
    for path in observed.DATA.rglob("*.csv"):
        assert f"`{path.relative_to(observed.DATA).as_posix()}`" in sheet
    for item in ("Publisher or source", "Span", "Known errors", "Breaks", "Terms", "Read by"):
        assert sheet.count(f"- *{item}:*") == len(series), item
    assert sheet.count("not checked at the publisher") == len(series)


def test_a_quotation_that_is_gone_is_named() -> None:
    with pytest.raises(quoted.QuoteError, match=r"docs/hindcast\.md no longer says"):
        quoted.quote("hindcast.md", r"(all of it holds)")


# release documents


def test_version_agrees_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "type", "authors", "version"} <= set(cited)
    assert (cited["cff-version"], cited["type"]) == ("1.2.0", "software")
    assert (cited["version"], cited["license"]) == (project["version"], project["license"])
    assert cited["authors"] == project["authors"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\S+)", changes, re.M)
    assert headings[0] == project["version"]
    assert "### Changes results" in changes


def test_top_level_names() -> None:
    """What stands at the top of a checkout and is kept in git, known by heart."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no checkout with git")
    assert {line.partition("/")[0] for line in listed.stdout.splitlines()} <= {
        ".ci", ".gitignore", "CHANGELOG.md", "CITATION.cff", "LICENSE", "README.md", "benchmarks",
        "conf", "docs", "pyproject.toml", "results", "scenarios", "stsim", "tests",
    }  # fmt: skip
