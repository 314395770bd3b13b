"""Make explorer.png anew from a real session: `python docs/pictures/explorer.py`.

Needs the extra `app`, playwright and chromium. With other pictures of a size and language:
`python docs/pictures/explorer.py FOLDER`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "benchmarks"))

import explorer as bench  # noqa: E402 (the line above says where it is)

#: Largest size of the picture in the README, bytes.
LARGEST = 300_000


def main(others: Path | None = None) -> None:
    """Compare two policies and take the picture; with a folder also narrow and in Japanese."""
    with (
        TemporaryDirectory() as mine,
        bench.served(f"explore.folder={mine}/mine", "scenario=expand_dc") as address,
        bench.browser() as chromium,
    ):
        page = bench.opened(chromium, address)
        page.get_by_role("button", name="Add a policy").click()
        page.get_by_role("button", name="Policy B").wait_for()
        begin = page.locator("select").first
        name = page.locator("select option", has_text="(permanent_posts)").get_attribute("value")
        begin.select_option(value=name)
        page.get_by_role("button", name="Save this policy").wait_for()
        bench.complete(page, 3)
        page.mouse.move(5, 5)
        page.screenshot(path=FOLDER / "explorer.png")
        size = (FOLDER / "explorer.png").stat().st_size
        if size > LARGEST:
            raise SystemExit(f"explorer.png has {size:,} bytes, more than {LARGEST:,}")
        if others is None:
            return
        for language in ("en", "ja"):
            for width in (1440, 800):
                page.set_viewport_size({"width": width, "height": 1000})
                page.wait_for_timeout(500)
                page.evaluate("scrollTo(0, 0)")
                page.screenshot(path=others / f"explorer-{language}-{width}.png", full_page=True)
            if language == "en":
                page.get_by_role("button", name="日本語").click()
                page.get_by_text("政策エクスプローラー").wait_for()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
