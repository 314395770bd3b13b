"""Killed work leaves whole files or none, and the same command completes it (`crash.py`)."""

from __future__ import annotations

import crash
import pytest

#: Kills of each job, more than fifty in all.
KILLS = {"run": 16, "sweep": 16, "fit": 8, "report": 12}


@pytest.mark.slow
@pytest.mark.parametrize("name", KILLS)
def test_killed_work_is_whole_or_absent_and_ends_with_the_same_bytes(name: str) -> None:
    row, wrong = crash.tried(name, KILLS[name])
    assert wrong == []
    assert row.kills == row.resumed == KILLS[name]
