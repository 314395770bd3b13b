"""Headline numbers of every scenario. `python tests/golden.py` rewrites them, on purpose only.

A change of these numbers belongs under *Changes results* in CHANGELOG.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import xarray as xr

import stsim
from stsim.measures import INDICATORS

FILE = Path(__file__).with_suffix(".json")
YEARS = (2030, 2040)


def stored() -> dict[str, dict[str, dict[str, float]]]:
    """The numbers as they were last written, by scenario and indicator."""
    found: dict[str, dict[str, dict[str, float]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def run(scenario: str) -> xr.Dataset:
    """The run of a scenario from which its golden numbers are taken."""
    return stsim.simulate("engine=stocks", f"scenario={scenario}", "years.last=2041")


def headline(ds: xr.Dataset) -> dict[str, dict[str, float]]:
    """Headline indicators of a run in the golden years."""
    measures = stsim.indicators(ds)
    return {
        i.name: {
            str(year): float(measures[i.name].sel({measures[i.name].dims[-1]: year}))
            for year in YEARS
        }
        for i in INDICATORS
        if i.headline
    }


if __name__ == "__main__":
    found = {name: headline(run(name)) for name in stsim.scenarios()}
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(FILE)
