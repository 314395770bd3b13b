"""Bad input is answered with one clear line and leaves everything as it was (see `fuzz.py`)."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fuzz
import h5py
import pytest

import stsim
from stsim import files, paths, results, room
from stsim.cli import main
from stsim.compose import compose
from stsim.results import ResultsError

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


@pytest.mark.parametrize("name", every(10, "scenario", "command line") + every(40, "data", "conf"))
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


# ----------------------------------------------------- what the corpus needs a whole run to show


def external(file: h5py.File) -> None:
    file["x"] = h5py.ExternalLink("/etc/other.h5", "/x")


def bytes_of_another(file: h5py.File) -> None:
    file.create_dataset("x", (100,), "u1", external=[("/etc/passwd", 0, 100)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "x", (4,))
    file.create_virtual_dataset("x", layout)


def swollen(file: h5py.File) -> None:
    file.create_dataset("x", (10**9, 10**6), "f8", chunks=(1, 10**6))


def group(file: h5py.File) -> None:
    file.create_group("x")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (group, "x is a group"),
        (external, "x is a link to elsewhere"),
        (bytes_of_another, "in another file"),
        (virtual, "in another file"),
        (swollen, "would take 8,000,000 GB"),
    ],
)
def test_a_results_file_may_not_lead_out_of_itself(
    tmp_path: Path, change: Callable[[h5py.File], None], said: str
) -> None:
    with h5py.File(tmp_path / "a.nc", "w") as file:
        change(file)
    with pytest.raises(ResultsError, match=said):
        stsim.open_results(tmp_path)


def write(text: str) -> Callable[[Path], None]:
    return lambda part: (part / "a.txt").write_text(text) and None


def test_a_file_that_is_longer_than_it_says_is_not_read_whole() -> None:
    """As the files of the system that are written as they are read: they say they are empty."""
    with pytest.raises(OSError, match="at most 0 MB are read"):
        files.read_bytes(Path("/proc/self/status"), most=10)


IN_FOLDER: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link": (lambda x: x.symlink_to("/etc/hosts"), "top/deep/x: a link, pipe, socket or device"),
    "too large": (lambda x: x.write_text("0" * 200), "top/deep/x: 0 MB, and at most 0 MB"),
    "too deep": (lambda x: x.mkdir(), "top/deep/x: a folder where a file belongs"),
}


@pytest.mark.parametrize(("make", "said"), IN_FOLDER.values(), ids=IN_FOLDER)
def test_what_a_folder_may_not_hold_is_named(
    tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    top = tmp_path / "top"
    (top / "deep").mkdir(parents=True)
    (top / "deep" / "plain").write_text("0" * 100)
    files.check_folder(top, most=100, deepest=1)
    make(top / "deep" / "x")
    with pytest.raises(OSError, match=said):
        files.check_folder(top, most=100, deepest=1)


@pytest.mark.parametrize(
    ("most", "free"),
    [("max", 8e9), ("3000000000", 1e9), ("", 8e9)],
    ids=["no limit of the group", "a limit of the group", "no groups"],
)
def test_free_memory_is_the_least_of_the_machine_and_its_group(
    most: str, free: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {
        "/proc/meminfo": "MemTotal: 9000000 kB\nMemAvailable: 7812500 kB\n",
        "/sys/fs/cgroup/memory.max": f"{most}\n",
        "/sys/fs/cgroup/memory.current": "2000000000\n",
    }
    monkeypatch.setattr(room, "_text", there.__getitem__)
    monkeypatch.setattr(room.resource, "getrlimit", lambda _: (room.resource.RLIM_INFINITY,) * 2)
    assert room.free() == pytest.approx(0.95 * free)


def test_a_link_in_the_place_of_a_folder_is_left_as_it_is(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("mine")
    target = tmp_path / "results"
    target.mkdir()
    for name, where in (("x", "../outside"), ("y", "nowhere"), ("z", "z")):
        (target / name).symlink_to(where)
        made = results.write_whole(str(target), name, write("mine"))
        assert made == target / f"{name}-2"
        assert (target / name).is_symlink()
    assert (outside / "a.txt").read_text() == "mine"
    assert [path.name for path in outside.iterdir()] == ["a.txt"]


def test_hidden_folders_of_killed_runs_are_cleared_away(tmp_path: Path) -> None:
    then = time.time() - 2 * results.ABANDONED
    for name in (".part-old", ".part-held", ".part-young"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.nc").write_text("half")
        os.utime(tmp_path / name, (then, then) if name != ".part-young" else None)
    (tmp_path / ".part-link").symlink_to("..")
    held = os.open(tmp_path / ".part-held", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        results.write_whole(str(tmp_path), "x", write("x"))
    finally:
        os.close(held)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".part-held", ".part-link", ".part-young", "x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "lower"),
    [
        (["replicates=100"], "lower replicates=100"),
        (["engine=individuals"], "give engine=stocks or fewer years"),
        (["-m", "policy.dc_fellows_persons=1,2", "replicates=20"], "lower replicates=20"),
        (["replicates=auto", "band=false"], "lower replicates=auto"),
    ],
)
def test_too_little_memory_is_said_before_work_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: list[str], lower: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(room, "free", lambda: 0.4e9)
    monkeypatch.setattr("stsim.simulation.prepare", lambda config: pytest.fail("work has begun"))
    assert main(words) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    for part in ("GB of memory and 0.4 GB are free", lower):
        assert part in captured.err
    assert list(tmp_path.iterdir()) == []


def test_memory_that_is_asked_for_is_about_what_is_taken() -> None:
    """Sixty megabytes for each outcome and engine; of a machine it is known how much is free."""
    config = compose(["replicates=10"])
    assert 0.3e9 < room.of_dataset(config) < 3e9
    assert room.needed(config) > room.of_dataset(config) > room.of_dataset(compose([]))
    assert 0 < room.free() < float("inf")


def test_no_memory_left_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("stsim.engines.stockflow.run", none_left)
    assert main(list(fuzz.QUICK)) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "not enough memory" in err
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_read_that_can_run_code() -> None:
    """No pickle but between processes of one run, YAML only by the strict reader, no eval."""
    allowed = {"pickle": {"simulation.py"}, "yaml.load": {"reading.py"}}
    for path in sorted(paths.PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        code = "\n".join(line.partition("#")[0] for line in text.splitlines())
        for word, where in allowed.items():
            assert not re.search(rf"\b{word}\b[(.]", code) or path.name in where, (path, word)
        for word in ("eval(", "exec(", "np.load(", "allow_pickle", "os.system", "instantiate("):
            assert not re.search(rf"(?<![\w.]){re.escape(word)}", code), (path, word)


def test_a_terminal_without_japanese_is_answered_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stsim", "job=levers", "language=ja"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "dc_fellows_persons" in done.stdout
