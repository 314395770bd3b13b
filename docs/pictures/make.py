"""Make the pictures of this folder anew from runs of the model: `python docs/pictures/make.py`.

The same code and data give the same files. Needs the extra `report`.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import xarray as xr

import stsim
import stsim.plot
from stsim.hindcast.board import DRAWS, PARTS, UNIVERSITIES, universities
from stsim.observed import record

SCENARIOS = ("baseline", "expand_dc", "permanent_posts")
#: Name of the file: indicator and language.
LINES = {
    "under40_share": ("under40_share", "en"),
    "doctorates_per_million": ("doctorates_per_million", "en"),
    "fixed_term_share_under40_national_ja": ("fixed_term_share_under40_national", "ja"),
}
PYRAMID = "age_pyramid"
FORECASTS = "hindcast"
FOLDER = Path(__file__).resolve().parent
#: Of a picture eight inches wide: 1000 pixels.
DOTS_PER_INCH = 125


def main(folder: Path = FOLDER) -> None:
    """Run the scenarios and write every picture."""
    runs = [stsim.simulate("engine=stocks", f"scenario={name}") for name in SCENARIOS]
    ds = xr.concat(
        runs, "scenario", data_vars="all", coords=["run_id"], combine_attrs="drop_conflicts"
    )
    for name, (indicator, language) in LINES.items():
        save(stsim.plot.scenarios(ds, indicator, language), folder / f"{name}.png")
    ax = stsim.plot.age_pyramid(ds, 2040, compare=2023, scenario="baseline")
    save(ax, folder / f"{PYRAMID}.png")
    scores = [
        score
        for cut in PARTS[UNIVERSITIES].cuts
        for score in universities(record(), cut, PARTS[UNIVERSITIES].until, 1, DRAWS)
    ]
    save(stsim.plot.forecasts(scores), folder / f"{FORECASTS}.png")


def save(ax: mpl.axes.Axes, path: Path) -> None:
    """Write one picture; without the name of the program the bytes depend on its content only."""
    ax.figure.savefig(path, dpi=DOTS_PER_INCH, metadata={"Software": None})
    mpl.pyplot.close(ax.figure)


if __name__ == "__main__":
    main()
