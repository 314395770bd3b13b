"""The desk of the explorer without its page: what is asked for, told, dropped and refused."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stsim.config import ConfigError
from stsim.draws import DrawsError
from stsim.explorer import desk, rows, runs, saving, serve
from stsim.explorer.desk import Desk, Shared, Slot
from stsim.explorer.policies import MOST, Ground
from stsim.explorer.table import Table

WORDS = ("years.last=2031", "draws=4")
LEVER = "dc_fellows_persons"
#: Panel means to name the titles of widgets otherwise in a version to come.
quietly = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
needs_panel = pytest.mark.skipif(
    find_spec("panel") is None, reason="panel is not installed: pip install 'stsim[app]'"
)


class Told:
    """A view that remembers what it was told; what is for later is done when it is asked to."""

    def __init__(self) -> None:
        self.drawn: list[list[str]] = []
        self.texts = 0
        self.waiting: list[Callable[[], None]] = []

    def draw(self, only: list[Slot] | None = None) -> None:
        self.drawn.append([slot.letter for slot in only or []])

    def draw_text(self) -> None:
        self.texts += 1

    def later(self, call: Callable[[], None], after_ms: int = 0) -> None:
        self.waiting.append(call)

    def go_on(self) -> None:
        """Do what is waiting now, and not what that asks for."""
        now, self.waiting = self.waiting, []
        for call in now:
            call()


class Asked:
    """Bands that are asked for and never computed here; tests tell the parts."""

    def __init__(self, workers: int = 1) -> None:
        self.done: dict[Any, Callable[[int, Any], None]] = {}
        self.dropped: list[Any] = []

    def ask(self, owner: Any, config: Any, chunks: Any, done: Callable[[int, Any], None]) -> None:
        self.done[owner] = done

    def drop(self, owner: Any) -> None:
        self.dropped.append(owner)


class AtOnce:
    """What is asked for is computed there and then; exceptions are told, as by the thread."""

    closed = False

    def __init__(self, work: Callable[..., Any], done: Callable[..., None]) -> None:
        self._done = done

    def ask(self, key: int, item: Any) -> None:
        try:
            found = desk.central(item)
        except Exception as error:
            self._done(key, item, error)
        else:
            self._done(key, item, found)

    def drop(self, key: int) -> None:
        pass

    def close(self) -> None:
        self.closed = True


def numbers(level: float, draws: int | None = None) -> dict[str, Any]:
    """Every measure at one level in the nine years of the run."""
    shape = (9,) if draws is None else (draws, 9)
    return {name: np.full(shape, level) for name in runs.MEASURES}


@pytest.fixture(scope="module")
def ground() -> Ground:
    return Ground.of(WORDS)


@pytest.fixture
def shared(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Shared:
    monkeypatch.setattr(desk, "Bands", Asked)
    monkeypatch.setattr(desk, "Latest", AtOnce)
    monkeypatch.setattr(desk, "central", lambda config: numbers(float(len(config.policy))))
    return Shared.begin(ground)


def test_the_law_has_its_band_once_all_draws_are_there(shared: Shared) -> None:
    heard: list[int] = []
    shared.listeners.add(lambda: heard.append(shared.law_band.done))
    tell = shared.bands.done["law"]  # type: ignore[attr-defined]
    tell(0, DrawsError("no"))
    assert shared.law_band.parts == {}
    assert shared.memory.get({}) == (shared.law, None)
    tell(0, numbers(1.0, 4))
    assert heard == [0, 4]
    assert shared.memory.get({}) == (shared.law, shared.law_band)


def test_without_ranges_no_draw_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, shared: Shared
) -> None:
    without = Shared.begin(Ground.of([WORDS[0], "band=false"]))
    assert without.bands.done == {}  # type: ignore[attr-defined]
    view = Told()
    there = Desk(without, view)
    there.ask(there.in_hand)
    view.go_on()
    assert view.waiting == []
    slot = there.in_hand
    assert slot.band is None
    table = Table(without, [slot], "en", 2030)
    assert table.chips().count("no range") == 2
    assert "class=range" not in table.numbers()
    assert "pending" not in table.numbers()


def test_there_are_one_to_four_policies(shared: Shared) -> None:
    there = Desk(shared, Told())
    for _ in range(MOST + 1):
        there.add()
    assert [slot.letter for slot in there.slots] == ["A", "B", "C", "D"]
    assert there.in_hand.letter == "D"
    there.take("B")
    there.remove()
    assert there.in_hand.letter == "A"
    there.add()
    assert there.in_hand.letter == "B"  # the first letter that is free
    for _ in range(MOST + 1):
        there.remove()
    assert len(there.slots) == 1


def test_a_policy_that_cannot_be_is_refused_beside_its_letter(shared: Shared) -> None:
    view = Told()
    there = Desk(shared, view)
    there.in_hand.policy = {LEVER: 1e9}
    there.ask(there.in_hand)
    assert "0 to 60000" in there.in_hand.fault
    assert not there.in_hand.waiting
    assert view.waiting == []
    assert view.texts == 1
    chips = Table(shared, there.slots, "en", 2030).chips()
    assert "Policy A: not drawn: policy." in chips
    assert "computing" not in chips


def test_what_goes_wrong_in_a_run_is_said_and_a_mistake_of_ours_is_not_hidden(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = Told()
    there = Desk(shared, view)

    def broken(error: Exception) -> Callable[[Any], Any]:
        def run(config: Any) -> Any:
            raise error

        return run

    there.in_hand.policy = {LEVER: 9000.0}
    monkeypatch.setattr(desk, "central", broken(OverflowError("numbers too large")))
    there.ask(there.in_hand)
    view.go_on()
    assert there.in_hand.fault.endswith(": numbers too large")
    assert there.in_hand.numbers is None
    monkeypatch.setattr(desk, "central", broken(AttributeError("a mistake")))
    there.ask(there.in_hand)
    with pytest.raises(AttributeError, match="a mistake"):
        view.go_on()


def test_a_run_of_a_policy_that_has_been_moved_on_is_not_drawn(shared: Shared) -> None:
    view = Told()
    there = Desk(shared, view)
    there.in_hand.policy = {LEVER: 9000.0}
    there.ask(there.in_hand)
    there.in_hand.policy = {LEVER: 9500.0}
    view.go_on()
    assert there.in_hand.numbers is None
    assert view.drawn == []


def test_a_band_is_drawn_when_its_last_part_is_there(shared: Shared) -> None:
    view = Told()
    there = Desk(shared, view)
    slot = there.in_hand
    slot.policy = {LEVER: 9000.0}
    there.ask(slot)
    view.go_on()  # the run
    assert view.drawn == [["A"]]
    view.go_on()  # the policy has settled
    (tell,) = (done for owner, done in shared.bands.done.items() if owner != "law")  # type: ignore[attr-defined]
    tell(0, numbers(1.0, 3))
    view.go_on()
    assert view.drawn == [["A"]]
    tell(3, numbers(2.0, 1))
    view.go_on()
    assert view.drawn == [["A"], ["A"]]
    assert shared.memory.get({LEVER: 9000.0}) == (slot.numbers, slot.band)
    there.ask(slot)  # known: drawn at once, and no band is asked for again
    assert view.drawn == [["A"]] * 3
    assert view.waiting == []


def test_a_stale_band_is_neither_begun_nor_drawn(shared: Shared) -> None:
    view = Told()
    there = Desk(shared, view)
    slot = there.in_hand
    slot.policy = {LEVER: 9000.0}
    there.ask(slot)
    view.go_on()
    slot.policy = {LEVER: 9500.0}
    view.go_on()
    assert [*shared.bands.done] == ["law"]  # type: ignore[attr-defined]
    there.ask(slot)
    view.go_on()
    view.go_on()
    (tell,) = (done for owner, done in shared.bands.done.items() if owner != "law")  # type: ignore[attr-defined]
    begun = slot.band
    tell(0, numbers(1.0, 4))
    slot.policy = {}
    view.go_on()
    assert begun is not None
    assert begun.parts == {}


def test_a_band_that_fails_is_said_beside_the_policy(shared: Shared) -> None:
    view = Told()
    there = Desk(shared, view)
    slot = there.in_hand
    slot.policy = {LEVER: 9000.0}
    there.ask(slot)
    view.go_on()
    view.go_on()
    (tell,) = (done for owner, done in shared.bands.done.items() if owner != "law")  # type: ignore[attr-defined]
    tell(0, DrawsError("the process with draws was stopped"))
    view.go_on()
    assert (slot.fault, slot.band) == ("the process with draws was stopped", None)
    assert slot.numbers is not None


def test_closing_drops_the_bands_of_the_tab(shared: Shared) -> None:
    there = Desk(shared, Told())
    there.add()
    shared.bands.dropped.clear()  # type: ignore[attr-defined]
    there.close()
    assert shared.bands.dropped == [(id(there), "A"), (id(there), "B")]  # type: ignore[attr-defined]
    assert there._latest.closed  # type: ignore[attr-defined]


class Pool:
    """A pool whose process is gone when draws are asked of it, or while they are under way."""

    def __init__(self, at_once: bool) -> None:
        self.at_once, self.given = at_once, list[Future[Any]]()

    def submit(self, *_: Any) -> Future[Any]:
        if self.at_once:
            raise BrokenProcessPool
        self.given.append(Future())
        return self.given[-1]

    def shutdown(self, cancel_futures: bool) -> None:
        for future in self.given:
            future.cancel()


@pytest.mark.parametrize("at_once", [True, False])
def test_all_who_wait_are_told_when_the_process_with_draws_is_gone(
    at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(at_once=False)
    monkeypatch.setattr(runs, "ProcessPoolExecutor", lambda *_: pool)
    bands = runs.Bands()
    told: dict[str, list[Any]] = {"A": [], "B": []}
    for owner, heard in told.items():
        bands.ask(owner, "x", [(0, 8), (8, 8)], lambda _, e, heard=heard: heard.append(e))  # type: ignore[arg-type, misc]
    (first,) = pool.given
    if at_once:
        pool.at_once = True
        first.set_result(numbers(1.0, 8))
        assert told["A"].pop(0) == first.result()
    else:
        first.set_exception(BrokenProcessPool())
    for heard in told.values():
        (error,) = heard
        assert isinstance(error, DrawsError)
        assert "perhaps for want of memory" in str(error)


def test_a_part_that_ends_after_the_bands_are_closed_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool(at_once=False)
    monkeypatch.setattr(runs, "ProcessPoolExecutor", lambda *_: pool)
    bands, told = runs.Bands(), list[Any]()
    bands.ask("A", "x", [(0, 8)], lambda *part: told.append(part))  # type: ignore[arg-type]
    bands.close()
    assert pool.given[0].cancelled()
    assert told == []


def test_the_policy_used_longest_ago_is_forgotten() -> None:
    memory = runs.Memory(most=2)
    for level in (1.0, 2.0):
        memory.put({LEVER: level}, numbers(level))
    memory.get({LEVER: 1.0})
    memory.put({LEVER: 3.0}, numbers(3.0))
    assert [memory.get({LEVER: level}) is None for level in (1.0, 2.0, 3.0)] == [
        False, True, False,
    ]  # fmt: skip


def test_a_lever_whose_law_changes_says_from_when(ground: Ground) -> None:
    own = {1990: 4000, 2027: 5000}
    one = ground.law.law[LEVER].model_copy(update={"values": own})
    law = ground.law.model_copy(
        update={"law": {**ground.law.law, LEVER: one}, "policy_start": 2028}
    )
    found = {
        row["name"]: row["marks"] for group in rows.rows(law, {}, "en") for row in group["levers"]
    }
    assert found.pop(LEVER) == "today 4,000 · law: 2028: 5,000"
    assert not any("law" in marks for marks in found.values())


def test_a_file_that_comes_in_between_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Ground.of([*WORDS, f"explore.folder={tmp_path}"])
    (tmp_path / "idea.yaml").write_text("mine")
    monkeypatch.setattr(os.path, "lexists", lambda path: False)
    with pytest.raises(ConfigError, match="is there already; tick replace"):
        saving.save(here, "idea", {"en": "x", "ja": "x"}, {LEVER: 9000.0})
    assert [path.name for path in tmp_path.iterdir()] == ["idea.yaml"]
    assert (tmp_path / "idea.yaml").read_text() == "mine"


def test_a_file_that_gives_another_policy_is_not_to_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Ground.of([*WORDS, f"explore.folder={tmp_path}"])
    monkeypatch.setattr(saving, "compose", lambda words: here.config({LEVER: 8000.0}))
    with pytest.raises(ConfigError, match="gives another policy when it is read; do not use it"):
        saving.save(here, "idea", {"en": "x", "ja": "x"}, {LEVER: 9000.0})


def test_a_run_that_ends_though_it_is_overtaken_is_not_told() -> None:
    begun, go, told = threading.Event(), threading.Event(), threading.Event()
    items: list[int] = []

    def work(item: int, stale: Any) -> int:
        begun.set()
        assert go.wait(10)
        return item  # without asking whether it is stale

    def tell(_: str, item: int, result: int | Exception) -> None:
        items.append(item)
        told.set()

    latest: runs.Latest[str, int, int] = runs.Latest(work, tell)
    latest.ask("a", 1)
    assert begun.wait(10)
    latest.ask("a", 2)
    go.set()
    assert told.wait(10)
    latest.close()
    assert items == [2]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EADDRINUSE, "Address already in use"), "the port is in use; give another"),
        (OSError(errno.EACCES, "Permission denied"), "Permission denied; give another port"),
        (OSError("no words of the system"), "no words of the system; give another port"),
    ],
)
def test_why_a_port_cannot_be_had_is_said(error: OSError, said: str) -> None:
    assert serve._why(error).startswith(said)


# --- the page of one tab, without a browser -------------------------------------------------------


@pytest.mark.slow
@needs_panel
@quietly
def test_a_tab_begins_with_a_scenario_shows_a_year_and_is_closed(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    import panel
    from bokeh.document import Document
    from panel.io.state import set_curdoc

    from stsim.explorer.page import Session

    panel.extension()
    document = Document()
    with set_curdoc(document):
        session = Session(shared)
    assert session._year == 2030  # 2035 and 2040 are beyond the run
    there = session._desk
    assert len(shared.listeners) == 1
    session._begin.value = "expand_dc"
    assert there.in_hand.policy == shared.ground.scenarios()["expand_dc"].policy
    session._begin.value = ""
    assert there.in_hand.policy != {}
    shown = session._table.html
    session._look_at(2028)
    assert "2028" in session._table.html
    assert "2028" not in shown
    session._moved({"name": "no_lever", "value": 1.0})
    session._moved({"name": LEVER, "value": "many"})
    assert there.in_hand.policy == shared.ground.scenarios()["expand_dc"].policy
    session._moved({"name": LEVER, "value": None})
    assert there.in_hand.policy == {}
    for closed in document.session_destroyed_callbacks:
        closed(None)
    assert shared.listeners == set()
    session.later(lambda: pytest.fail("the tab is closed"))


@pytest.mark.slow
@needs_panel
@quietly
def test_a_report_that_cannot_be_written_is_said_on_the_page(
    shared: Shared, tmp_path: Path
) -> None:
    from stsim.explorer.keeping import Keeping

    (tmp_path / "taken").write_text("")
    ground = Ground.of([WORDS[0], "band=false", f"results_dir={tmp_path}/taken"])
    keeping = Keeping(ground, Desk(shared, Told()), "en", lambda call: call())
    keeping._write_report({})
    assert "No report: " in keeping._said.object
    assert "taken" in keeping._said.object
