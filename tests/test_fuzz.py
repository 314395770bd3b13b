"""Bad input is answered with one clear line and leaves everything as it was (see `fuzz.py`)."""

from __future__ import annotations

from collections.abc import Iterator

import fuzz
import pytest

#: Asked are as many kinds as this.
ASKED = 200


@pytest.fixture(scope="module", autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    if fuzz.made.cache_info().currsize:
        fuzz.clean()


def every(step: int, *groups: str) -> list[str]:
    """Every so manieth kind of some groups."""
    return [name for name in fuzz.KINDS if name.startswith(groups)][::step]


def test_there_are_hundreds_of_kinds() -> None:
    assert len(fuzz.KINDS) >= ASKED


@pytest.mark.parametrize("name", every(6, "scenario", "command line") + every(25, "data", "conf"))
def test_some_kinds_get_one_clear_line(name: str) -> None:
    assert fuzz.tried(name).wrong == ""


#: What would do harm if it were believed: every one of them is tried each time.
HOSTILE = (
    "command line: _target_",
    "command line: _target_ in a lever",
    "command line: an environment variable",
    "command line: a decoded reference",
    "command line: a callback of Hydra",
    "scenario: _target_ in a lever",
    "scenario: a Python object",
    "scenario: exploding anchors in a lever",
    "scenario: an environment variable in a lever",
    "scenario: a decoded lever",
    "scenario: a title with colours",
    "scenario: my.yaml 10 GB",
    "scenario: my.yaml a pipe",
    "data: observed.csv 10 GB",
    "conf: draws.csv 10 GB",
    "place: a run in a link",
    "place: a sweep in a folder in a link",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused(name: str) -> None:
    assert fuzz.tried(name).wrong == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", fuzz.KINDS)
def test_every_kind_gets_one_clear_line(name: str) -> None:
    assert fuzz.tried(name).wrong == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", fuzz.outside()[::12])
def test_so_does_a_process_of_its_own(name: str) -> None:
    assert fuzz.tried_outside(name).wrong == ""
