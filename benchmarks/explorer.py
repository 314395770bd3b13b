"""How quickly the explorer repaints: `python benchmarks/explorer.py` (needs `app`, playwright,
chromium). `python benchmarks/explorer.py FILE.png` takes the picture of the README instead.

Moves a slider ten times in quick succession, again and again, in headless Chromium. The clock runs
in the page: from the last move until the browser has painted what that move gives. The other
figures are single moves, the same while the band of the move before is computed, and how long the
band of 50 draws takes to follow.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

BURSTS, MOVES, PAUSE_MS = 20, 10, 40
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
#: The slider that is moved, and by how much.
LEVER, STEP = "permanent_posts_national_persons", 200


@contextmanager
def served(*words: str) -> Iterator[str]:
    """An explorer in a process of its own; gives its address and ends it after."""
    command = [sys.executable, "-m", "stsim", "job=explore", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:"), address
            yield address
        finally:
            server.terminate()
            server.wait(20)


@contextmanager
def browser() -> Iterator[Any]:
    """Headless Chromium as Debian has it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # a container has no sandbox of its own to give to root
        alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=alone)
        try:
            yield found
        finally:
            found.close()


def opened(found: Any, address: str, width: int = 1440) -> Any:
    """A page of the explorer whose first numbers are painted."""
    page = found.new_page(viewport={"width": width, "height": 1000})
    page.goto(address)
    page.wait_for_selector("tr[data-measure=under40_share] .value", timeout=60_000)
    return page


def complete(page: Any, bands: int) -> None:
    """Wait until so many bands are there, and none is pending."""
    page.wait_for_function(
        """bands => window.stsim_state && !window.stsim_state.waiting
        && window.stsim_state.complete === bands""",
        arg=bands,
        timeout=120_000,
    )


def moved(page: Any, moves: int, first: float) -> float:
    """Move the slider in quick succession; milliseconds from the last move to its painting."""
    script = """async ([id, moves, first, step, pause]) => {
      const find = root => {
        for (const el of root.querySelectorAll('*')) {
          if (el.id === id) return el
          const inside = el.shadowRoot && find(el.shadowRoot)
          if (inside) return inside
        }
      }
      const slider = find(document)
      for (let k = 0; k < moves; k++) {
        slider.value = first + k * step
        slider.dispatchEvent(new Event('input', { bubbles: true }))
        await new Promise(done => setTimeout(done, k + 1 < moves ? pause : 0))
      }
      const last = window.stsim_moved, wanted = window.stsim_move
      while (!(window.stsim_painted && window.stsim_painted.move === wanted))
        await new Promise(done => setTimeout(done, 5))
      return window.stsim_painted.at - last
    }"""
    return float(page.evaluate(script, [f"lever-{LEVER}", moves, first, STEP, PAUSE_MS]))


def main() -> None:
    """Print the figures."""
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / "stsim-explorer"
    with served(f"explore.folder={folder}") as address, browser() as found:
        page = opened(found, address)
        complete(page, 2)
        single = sorted(moved(page, 1, 1000 + 200 * k) for k in range(BURSTS))
        quick = sorted(moved(page, MOVES, 5200 + 200 * k) for k in range(BURSTS))
        busy = []
        for k in range(BURSTS):
            page.wait_for_timeout(700)  # the band of the last move has begun
            busy.append(moved(page, MOVES, 11_000 + 200 * k))
        busy.sort()
        bands = []
        for k in range(3):
            moved(page, 1, -4000 + 200 * k)
            bands.append(page.evaluate(
                """async () => { const from = window.stsim_moved
                while (window.stsim_state.waiting) await new Promise(r => setTimeout(r, 10))
                return performance.now() - from }"""))  # fmt: skip
    for name, times in (
        ("single moves", single),
        (f"last of {MOVES} quick moves", quick),
        (f"last of {MOVES} quick moves while a band is computed", busy),
    ):
        p95 = times[round(0.95 * (len(times) - 1))]
        print(f"{name}: median {median(times):.0f} ms, 95th percentile {p95:.0f} ms, "
              f"largest {times[-1]:.0f} ms ({len(times)} times)")  # fmt: skip
    print(f"band of 50 draws after a move: {', '.join(f'{t / 1000:.1f} s' for t in bands)}")


def picture(path: Path) -> None:
    """The page with two policies and their ranges, as an analyst would have it."""
    with served("scenario=expand_dc") as address, browser() as found:
        page = opened(found, address)
        complete(page, 2)
        page.get_by_role("button", name="Add a policy").click()
        page.get_by_role("button", name="Policy B").wait_for()
        moved(page, 1, 3000)
        complete(page, 3)
        page.wait_for_timeout(500)
        page.screenshot(path=path)


if __name__ == "__main__":
    main() if len(sys.argv) == 1 else picture(Path(sys.argv[1]))
