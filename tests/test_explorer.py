"""job=explore: what stands behind the page, and the page itself in headless Chromium."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import explorer as bench
import numpy as np
import pytest

import stsim
from stsim import cli, levers
from stsim.compose import compose
from stsim.config import ConfigError
from stsim.explorer import charts, policies, rows, runs, saving
from stsim.explorer.policies import Ground
from stsim.explorer.serve import allowed
from stsim.explorer.words import PAYERS_JA, UNITS_JA, WORDS
from stsim.measures import one
from stsim.plot.text import unit

TITLES = {"en": "An idea", "ja": "案"}
POLICY = {"dc_fellows_persons": 8000.0, "retirement_age_years": {2030: 66.0, 2035: 67.0}}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("explorer") / "mine"
    return Ground.of(["scenario=expand_dc", "ramp_years=2", f"explore.folder={folder}"])


def test_each_lever_stands_in_one_group() -> None:
    found = [name for _, _, names in levers.GROUPS for name in names]
    assert sorted(found) == sorted(levers.NAMES)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_sliders_say_where_law_and_policy_stand(ground: Ground, language: str) -> None:
    groups = rows.rows(ground.law, POLICY, language)
    found = {row["name"]: row for group in groups for row in group["levers"]}
    assert set(found) == set(levers.NAMES)
    for name, row in found.items():
        assert row["low"] <= row["law"] <= row["high"], name
        assert row["low"] <= row["value"] <= row["high"], name
        assert 10 <= (row["high"] - row["low"]) / row["step"] <= 260, name
        assert row["moved"] == (name in POLICY)
        assert f"policy.{name}" in row["tooltip"]
        assert ground.law.law[name].source in row["tooltip"]
    assert found["retirement_age_years"]["value"] == 67
    assert found["retirement_age_years"]["years"] == "2030: 66, 2035: 67"
    assert "4,200" in found["dc_fellows_persons"]["marks"]


@pytest.mark.parametrize(
    "text",
    ["2027: 9000, 2030: 12000.5", "{2030:12000.5,2027:9e3,}", "２０２７：９０００、2030：12000.5"],
)
def test_values_by_year_are_read_as_people_type_them(text: str) -> None:
    found = rows.by_year(text, "dc_fellows_persons")
    assert found == {2027: 9000.0, 2030: 12000.5}
    assert rows.said_by_year(found) == "2027: 9000, 2030: 12000.5"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9000", "'9000' is not year: number"),
        ("2027: 9,000", "'000' is not year: number"),
        ("2027: nan", "is not year: number"),
        ("2027: 1, 2027: 2", "2027 is there twice"),
        ("1999: 9000", "1999 is outside"),
        ("2027: 1e9", "outside 0 to 60000"),
        (" , ", "the map by year is empty"),
    ],
)
def test_values_by_year_that_cannot_be_are_refused_in_one_line(
    ground: Ground, text: str, said: str
) -> None:
    name = "dc_fellows_persons"
    with pytest.raises(ConfigError) as error:
        ground.config({name: rows.by_year(text, name)})
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_words_have_the_same_gaps_in_both_languages() -> None:
    for key, (english, japanese) in WORDS.items():
        assert english, key
        assert japanese, key
        gaps = [sorted(set(re.findall(r"{(\d)", text))) for text in (english, japanese)]
        assert gaps[0] == gaps[1], key
    assert {levers.about(name).unit for name in levers.NAMES} <= set(UNITS_JA)
    assert {levers.about(name).payer for name in levers.NAMES} - {""} <= set(PAYERS_JA)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["engine=individuals"], "stock engine"),
        (["replicates=3"], "leave replicates out"),
        (["explore.port=70000"], "explore.port=70000"),
        (["explore.port=-1"], "explore.port=-1"),
        (["explore.prot=0"], "did you mean 'explore.port'"),
        (["scenario=expand_dcc"], "did you mean 'expand_dc'"),
        (["policy.dc_fellows_persons=-1"], "outside 0 to 60000"),
    ],
)
def test_bad_words_give_one_clear_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["job=explore", *words]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_a_missing_panel_gives_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "panel", None)
    assert cli.main(["job=explore"]) == 1
    assert "pip install 'stsim[app]'" in capsys.readouterr().err


def test_ranges_and_changes_are_written_once_with_their_unit() -> None:
    def plain(*arguments: Any) -> str:
        return charts.span(*arguments).replace("\N{NO-BREAK SPACE}", " ")

    assert plain(0.2, 0.25, "under40_share", "en") == "20.0 … 25.0 %"
    assert plain(-0.001, 0.02, "under40_share", "en", True) == "-0.1 … +2.0 pp"
    assert plain(-0.001, 0.02, "under40_share", "ja", True) == "-0.1 … +2.0ポイント"
    assert plain(2e9, 2e9, "annual_cost_yen", "en", True) == "+2.0 bn"
    assert plain(2e9, 3e9, "annual_cost_yen", "ja", True) == "+20 … +30億円"
    assert charts.said(float("nan"), "under40_share", "en") == "–"


def test_a_policy_that_says_what_the_law_says_is_none(ground: Ground) -> None:
    law = ground.law.lever("pd_fellows_persons").at(2030)
    assert policies.differing({"pd_fellows_persons": law}, ground.law) == {}
    assert policies.differing({"pd_fellows_persons": law + 1}, ground.law) != {}


def test_a_saved_policy_is_the_policy_and_the_same_bytes(ground: Ground) -> None:
    found = saving.save(ground, "my_idea", TITLES, POLICY)
    assert found.path.parent == ground.folder
    assert not found.replaced
    back = compose(["--config-dir", str(ground.folder), "scenario=my_idea"])
    assert back.policy == POLICY
    assert (back.title.en, back.title.ja) == ("An idea", "案")
    assert "8,000" in back.about.en
    assert "8,000" in back.about.ja
    text = found.path.read_bytes()
    with pytest.raises(ConfigError, match="there already"):
        saving.save(ground, "my_idea", TITLES, {"dc_fellows_persons": 1.0})
    assert found.path.read_bytes() == text
    assert saving.save(ground, "my_idea", TITLES, POLICY, replace=True).replaced
    assert found.path.read_bytes() == text
    assert [path.name for path in ground.folder.iterdir()] == ["my_idea.yaml"]
    command = ground.command("my_idea")
    assert command.endswith(f"--config-dir {ground.folder} scenario=my_idea ramp_years=2")


@pytest.mark.parametrize(
    "name",
    ["", "../x", "a/b", "a\\b", "/tmp/x", ".hidden", "-m", "_self_", "x.yaml", "案", "a b", "a\n",
     "x" * 61, "expand_dc", "Expand_DC"],
)  # fmt: skip
def test_names_that_are_not_plain_are_refused(ground: Ground, name: str) -> None:
    before = sorted(ground.folder.parent.rglob("*"))
    with pytest.raises(ConfigError) as error:
        saving.save(ground, name, TITLES, POLICY, replace=True)
    assert "\n" not in str(error.value)
    assert sorted(ground.folder.parent.rglob("*")) == before


@pytest.mark.parametrize("title", ["", " ", "a\nb", "${x}"])
def test_titles_that_cannot_be_read_back_are_refused(ground: Ground, title: str) -> None:
    with pytest.raises(ConfigError, match="title"):
        saving.save(ground, "titled", TITLES | {"en": title}, POLICY)


def test_a_link_in_the_folder_is_not_followed(ground: Ground, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("mine")
    ground.folder.mkdir(exist_ok=True)
    link = ground.folder / "link.yaml"
    link.symlink_to(outside)
    with pytest.raises(ConfigError, match="there already"):
        saving.save(ground, "link", TITLES, POLICY)
    saving.save(ground, "link", TITLES, POLICY, replace=True)
    assert outside.read_text() == "mine"
    link.unlink()


def test_a_folder_that_cannot_be_written_gives_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    here = Ground.of([f"explore.folder={tmp_path}/file"])
    with pytest.raises(ConfigError, match="file"):
        saving.save(here, "x", TITLES, POLICY)


def test_numbers_of_the_page_are_those_of_the_command_line() -> None:
    """Bit for bit, though the page runs no further than it shows."""
    here = Ground.of(["scenario=expand_dc", "years.last=2029"])
    found = runs.central(here.config(here.first))
    there = stsim.simulate("engine=stocks", "scenario=expand_dc", "years.last=2031")
    for name in runs.MEASURES:
        known = found[name][:-1]  # the last year is there for the flows of the one before
        np.testing.assert_array_equal(known, one(there, name).values[: len(known)])


def test_a_run_that_is_overtaken_stops(ground: Ground) -> None:
    with pytest.raises(runs.StaleError):
        runs.central(ground.config({}), lambda: True)


def test_draws_are_those_of_ranges() -> None:
    words = ["years.last=2025", "policy_start=2024", "policy.dc_fellows_persons=9000"]
    here = Ground.of(words)
    found = runs.some_draws(here.config(here.first), 1, 1)
    there = stsim.ranges(*words, "draws=2")
    for name in runs.MEASURES:
        values = there[name]
        values = values.isel(draw=[1]) if "draw" in values.dims else values.expand_dims("draw")
        np.testing.assert_allclose(found[name], values.values, rtol=1e-12)


def test_only_the_last_of_quick_moves_is_done() -> None:
    begun, go, done = threading.Event(), threading.Event(), threading.Event()
    worked, told = [], []

    def work(item: int, stale: Any) -> int:
        worked.append(item)
        begun.set()
        go.wait(5)
        if stale():
            raise runs.StaleError
        return -item

    def tell(key: str, item: int, result: Any) -> None:
        told.append((key, item, result))
        if len(told) == 2:
            done.set()

    latest: runs.Latest[str, int, int] = runs.Latest(work, tell)
    latest.ask("a", 1)
    assert begun.wait(5)
    for item in range(2, 10):
        latest.ask("a", item)
    latest.ask("b", 20)
    go.set()
    assert done.wait(5)
    latest.close()
    assert worked == [1, 9, 20]
    assert told == [("a", 9, -9), ("b", 20, -20)]


def test_what_goes_wrong_in_a_run_is_told() -> None:
    told: list[Any] = []
    done = threading.Event()

    def work(item: int, stale: Any) -> int:
        raise ArithmeticError("no")

    def tell(key: str, item: int, result: Any) -> None:
        told.append(result)
        done.set()

    latest: runs.Latest[str, int, int] = runs.Latest(work, tell)
    latest.ask("a", 1)
    assert done.wait(5)
    latest.close()
    assert isinstance(told[0], ArithmeticError)


def test_stale_bands_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go, complete = threading.Event(), threading.Event(), threading.Event()
    worked: list[tuple[str, int]] = []

    def draws(config: Any, first: int, number: int) -> Any:
        worked.append((config, first))
        begun.set()
        go.wait(5)
        return {"x": np.full((number, 1), float(first))}

    monkeypatch.setattr(runs, "some_draws", draws)
    monkeypatch.setattr(runs, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
    bands, band = runs.Bands(), runs.Band(20)

    def never(first: int, numbers: Any) -> None:
        raise AssertionError("a stale part was told")

    def tell(first: int, numbers: Any) -> None:
        band.parts[first] = numbers
        if band.complete:
            complete.set()

    chunks = [(0, 8), (8, 8), (16, 4)]
    bands.ask("A", "old", chunks, never)  # type: ignore[arg-type]
    assert begun.wait(5)
    bands.ask("A", "new", chunks, tell)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="0 of 20"):
        band.values("x")
    go.set()
    assert complete.wait(5)
    bands.close()
    assert worked == [("old", 0), ("new", 0), ("new", 8), ("new", 16)]
    assert band.values("x")[:, 0].tolist() == [0.0] * 8 + [8.0] * 8 + [16.0] * 4


OURS = "127.0.0.1:5006"


@pytest.mark.parametrize(
    ("method", "headers", "well"),
    [
        ("GET", {"Host": OURS}, True),
        ("GET", {"Host": "localhost:5006", "Origin": "http://localhost:5006"}, True),
        ("GET", {"Host": OURS, "Origin": "http://127.0.0.1:5006"}, True),
        ("GET", {"Host": "evil.example:5006"}, False),
        ("GET", {"Host": "127.0.0.1:80"}, False),
        ("GET", {}, False),
        ("GET", {"Host": OURS, "Origin": "http://evil.example"}, False),
        ("GET", {"Host": OURS, "Origin": "null"}, False),
        ("GET", {"Host": OURS, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, False),
        ("GET", {"Host": OURS, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
                 "Sec-Fetch-Dest": "iframe"}, False),
        ("GET", {"Host": OURS, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
                 "Sec-Fetch-Dest": "document"}, True),
        ("POST", {"Host": OURS}, False),
        ("OPTIONS", {"Host": OURS}, False),
    ],
)  # fmt: skip
def test_other_hosts_and_sites_are_refused(
    method: str, headers: dict[str, str], well: bool
) -> None:
    assert allowed(method, headers, 5006) is well


# --- the page itself

needs_panel = pytest.mark.skipif(
    find_spec("panel") is None, reason="panel is not installed: pip install 'stsim[app]'"
)
needs_browser = pytest.mark.skipif(
    find_spec("playwright") is None or not Path(bench.CHROMIUM).exists(),
    reason="playwright or Debian's package chromium is not installed",
)


@pytest.mark.slow
@needs_panel
def test_an_occupied_port_gives_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "stsim", "job=explore", f"explore.port={port}"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"stsim: explore.port={port}: the port is in use")
    assert done.stderr.count("\n") == 1


def shown(page: Any, measure: str, column: int) -> str:
    """A value of the table as it stands on the page."""
    row = page.locator(f"tr[data-measure={measure}]")
    return str(row.locator("th, td").nth(column).locator(".value").inner_text())


@pytest.mark.slow
@pytest.mark.browser
@needs_panel
@needs_browser
def test_move_compare_save_and_run_the_saved_scenario(tmp_path: Path) -> None:
    from playwright.sync_api import expect

    asked: list[str] = []
    faults: list[str] = []
    folder = tmp_path / "mine"
    words = (f"explore.folder={folder}", f"results_dir={tmp_path}/results", "draws=9")
    with bench.served(*words) as address, bench.browser() as chromium:
        context = chromium.new_context(viewport={"width": 1440, "height": 1000})
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.goto(address)
        page.wait_for_selector("tr[data-measure=under40_share] .value", timeout=60_000)
        bench.complete(page, 2)
        law = shown(page, "permanent_hires_persons", 1)
        assert shown(page, "permanent_hires_persons", 2) == law

        bench.moved(page, 5, 2200)  # to 3,000
        assert page.locator("small.pending").count() > 0  # the band follows
        assert shown(page, "permanent_hires_persons", 1) == law
        page.get_by_role("button", name="Add a policy").click()
        page.get_by_role("button", name="Policy B").wait_for()
        bench.moved(page, 3, 4600)  # to 5,000
        bench.complete(page, 3)
        assert page.locator("small.pending").count() == 0
        values = {name: [shown(page, name, k) for k in (1, 2, 3)] for name in runs.MEASURES}
        assert len(set(values["annual_cost_yen"])) == 3
        assert (
            "…"
            in page.locator("tr[data-measure=permanent_hires_persons] .change").nth(1).inner_text()
        )

        assert page.get_by_label("Title in English").input_value() == "Policy B"
        for bad in ("../x", "a/b"):
            page.get_by_label("File name").fill(bad)
            page.get_by_role("button", name="Save this policy").click()
            page.get_by_text(f"Not saved: '{bad}'").wait_for()
        assert not folder.exists()
        page.get_by_label("File name").fill("five_thousand")
        page.get_by_role("button", name="Save this policy").click()
        page.get_by_text("Saved:").wait_for()
        command = page.locator("pre").inner_text()
        page.get_by_role("button", name="Save this policy").click()
        page.get_by_text("is there already").wait_for()

        page.get_by_role("button", name="Report on these policies").click()
        with context.expect_page() as opened:
            page.get_by_text("Open the report").click(timeout=120_000)
        opened.value.wait_for_load_state()
        assert "Policy B" in opened.value.inner_text("body")

        page.get_by_role("button", name="Policy A").click()
        by_year = page.locator("[data-lever=dc_fellows_persons]")
        expect(page.get_by_label("Title in English")).to_have_value("Policy A")
        expect(page.locator(f"#lever-{bench.LEVER}")).to_have_value("3000")
        by_year.locator(".more").click()
        typed = by_year.locator("input[type=text]")
        for text, fault in (("2027: 9,000", "is not year: number"), ("1999: 1", "is outside")):
            typed.fill(text)
            typed.press("Enter")
            expect(by_year.locator(".fault")).to_contain_text(fault)
        typed.fill("2030:12000、2027:9000")
        typed.press("Enter")
        expect(typed).to_have_value("2027: 9000, 2030: 12000")
        expect(by_year.locator(".fault")).to_be_empty()
        page.get_by_label("File name").fill("by_year")
        page.get_by_label("Title in English").fill("<script>a title</script>")
        page.get_by_role("button", name="Save this policy").click()
        page.get_by_text("Saved:").wait_for()

        again = context.new_page()  # another tab has policies of its own
        again.goto(address)
        again.wait_for_selector("tr[data-measure=under40_share] .value")
        assert again.get_by_role("button", name="Policy B").count() == 0
        again.close()
        page.get_by_role("button", name="Policy B").click()
        expect(page.get_by_label("Title in English")).to_have_value("Policy B")

        page.get_by_role("button", name="Remove it").click()
        page.locator("th", has_text="Policy B").wait_for(state="detached")
        assert page.locator(f"#lever-{bench.LEVER}").input_value() == "3000"

        page.get_by_role("button", name="日本語").click()
        page.get_by_text("政策エクスプローラー").wait_for()
        expect(page.locator("html")).to_have_attribute("lang", "ja")
        page.set_viewport_size({"width": 360, "height": 800})
        wide = "document.documentElement.scrollWidth <= innerWidth"
        page.wait_for_function(wide)  # nothing is cut on a narrow screen
        assert faults == []
        outside = [u for u in asked if not u.startswith((address, "blob:", "data:"))]
        assert outside == []
        assert len(asked) > 5

        other = chromium.new_page()
        other.goto("data:text/html,<p>another site")
        refused = other.evaluate(
            """address => new Promise(done => {
              const socket = new WebSocket(address.replace('http', 'ws') + 'ws')
              socket.onopen = () => done('open')
              socket.onerror = () => done('refused')
            })""",
            address,
        )
        assert refused == "refused"

    assert sorted(path.name for path in folder.iterdir()) == ["by_year.yaml", "five_thousand.yaml"]
    by_years = compose(["--config-dir", str(folder), "scenario=by_year"])
    assert by_years.policy["dc_fellows_persons"] == {2027: 9000.0, 2030: 12000.0}
    assert by_years.title.en == "<script>a title</script>"
    words_of = command.removeprefix("python -m stsim ").split()
    assert words_of == ["--config-dir", str(folder), "scenario=five_thousand"]
    done = subprocess.run(
        [sys.executable, "-m", "stsim", *words_of, "engine=stocks", "band=false",
         f"results_dir={tmp_path}/results"],
        capture_output=True, text=True, timeout=120, check=True,
        env={**os.environ, "COLUMNS": "160"},
    )  # fmt: skip
    found = stsim.indicators(stsim.open_results(done.stdout.splitlines()[-1]))
    for name in runs.MEASURES:
        values_ = found[name]
        at = values_.sel({values_.dims[-1]: 2035})
        form = unit(str(values_.attrs["units"]), "en")
        for k, scenario in ((1, "baseline"), (3, "five_thousand")):
            number = form.number(float(at.sel(scenario=scenario))) + form.after
            assert values[name][k - 1].replace("\N{NO-BREAK SPACE}", " ") == number
    with_words = stsim.simulate("engine=stocks", "policy.permanent_posts_national_persons=5000")
    saved = stsim.simulate("engine=stocks", f"--config-dir={folder}", "scenario=five_thousand")
    for name in ("stock", "flow", "vacancy"):
        assert saved[name].values.tobytes() == with_words[name].values.tobytes()
    shutil.rmtree(folder)


def test_what_is_dropped_is_not_told_though_it_was_under_way() -> None:
    begun, go, told = threading.Event(), threading.Event(), threading.Event()
    items: list[int] = []

    def work(item: int, stale: Any) -> int:
        begun.set()
        assert go.wait(10)
        if stale():
            raise runs.StaleError
        return item

    def tell(_: str, item: int, result: int | Exception) -> None:
        items.append(item)
        told.set()

    latest: runs.Latest[str, int, int] = runs.Latest(work, tell)
    latest.ask("a", 1)
    assert begun.wait(10)
    latest.ask("a", 2)
    latest.drop("a")
    latest.ask("b", 3)
    go.set()
    assert told.wait(10)
    latest.close()
    assert items == [3]
