"""Make the picture of a report anew from runs of the model: `python docs/pictures/report.py`.

Needs the extra `report`, playwright and Debian's chromium; an argument names another browser.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from stsim.cli import main as stsim

SCENARIOS = "baseline,expand_dc,permanent_posts,cross_appointment"
FOLDER = Path(__file__).resolve().parent
#: Pixels: a page as wide as a small laptop, and as much of it as shows what is there.
WIDTH, HEIGHT = 1200, 900
#: What is shown of the page, and how much of it from above.
PARTS = {"header": 100, "#answers": 446, "#effects": 658}


def main(browser: str = "/usr/bin/chromium", folder: Path = FOLDER) -> None:
    """Run the scenarios, open the report in a browser and take its picture."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as work, sync_playwright() as player:
        words = ["job=report", f"scenario={SCENARIOS}", "engine=stocks", "language=both"]
        if stsim([*words, f"results_dir={work}"]):
            raise SystemExit("no report was written")
        (page,) = Path(work).glob("report-*/report.html")
        opened = player.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = opened.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        tab.goto(page.as_uri())
        pieces = []
        for k, (part, height) in enumerate(PARTS.items()):
            file = Path(work) / f"{k}.png"
            tab.locator(part).screenshot(path=file)
            pieces.append(Image.open(file).convert("RGB").crop((0, 0, WIDTH - 32, height)))
        opened.close()
    whole = Image.new("RGB", (WIDTH - 32, sum(p.height for p in pieces)), "white")
    top = 0
    for piece in pieces:
        whole.paste(piece, (0, top))
        top += piece.height
    whole.save(folder / "report.png", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:2])
