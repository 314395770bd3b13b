"""A scenario beside the baseline: run, measured and written into one results folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stsim import costs, results, room
from stsim.careers import file as careers_file
from stsim.config import Config
from stsim.measures import indicators
from stsim.simulation import dataset, ranges_beside
from stsim.tables import summary_csv

if TYPE_CHECKING:
    import xarray as xr

    from stsim.careers import Careers


@dataclass(frozen=True)
class Ran:
    """What came of the runs, by scenario: measures, measures by draw, bills; and the folder."""

    folder: Path = Path()
    measures: dict[str, xr.Dataset] = field(default_factory=dict)
    by_draw: dict[str, xr.Dataset] = field(default_factory=dict)
    bills: dict[str, xr.Dataset] = field(default_factory=dict)


def steps(configs: Mapping[str, Config]) -> int:
    """How many steps `run` tells of: years of every engine, and draws."""
    return sum(
        (2 if one.engine == "both" else 1) * (one.years.last - one.years.first) + one.in_band
        for one in configs.values()
    )


def run(configs: Mapping[str, Config], results_dir: str, advance: Callable[[int], None]) -> Ran:
    """Run every scenario and write the folder, whole or not at all; `advance` is told of steps."""
    asked = list(configs.values())[-1]
    results.writable(results_dir)  # before the work, not after
    room.check(asked.model_copy(update={"draws": 1}))
    if asked.careers:
        careers_file.needed()
    found = Ran()
    beside = ranges_beside(configs) if asked.in_band else nullcontext()

    with beside as ranges_of:

        def make(name: str, config: Config, part: Path) -> xr.Dataset:
            def keep(careers: Careers) -> None:
                if config.careers:
                    careers_file.save(careers, part / f"{name}.parquet")

            one_draw = config.model_copy(update={"draws": 1})
            ds = dataset(one_draw, advance, keep).assign_coords(scenario=name)
            found.measures[name] = indicators(ds)
            found.bills[name] = costs.costs(ds)
            return ds

        def finish(part: Path) -> None:
            if ranges_of is not None:
                for name in configs:
                    found.by_draw[name] = ranges_of(name, lambda draw: advance(asked.years.last))
                results.write_ranges(found.by_draw, part)
            summary = summary_csv(found.measures, configs, found.by_draw)
            (part / "summary.csv").write_text(summary, encoding="utf-8-sig", newline="")
            text = costs.as_csv(found.bills)
            (part / "costs.csv").write_text(text, encoding="utf-8-sig", newline="")

        folder = results.save(configs, make, finish, results_dir)
    return Ran(folder, found.measures, found.by_draw, found.bills)
