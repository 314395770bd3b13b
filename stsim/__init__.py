"""stsim: a scenario simulation of Japan's research-talent pipeline.

`stsim.simulate("scenario=expand_dc")` gives a labelled dataset, `stsim.indicators(ds)` its
measures. The words are those of the command line, `python -m stsim --help`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import xarray as xr

__all__ = ["indicators", "open_results", "ranges", "report", "scenarios", "simulate"]


def simulate(*overrides: str) -> xr.Dataset:
    """Run one scenario and return its dataset: no baseline, no files.

    The words are those of the command line, for instance
    `simulate("scenario=expand_dc", "years.last=2040")` or, for a scenario file of your own,
    `simulate("--config-dir=mine", "scenario=my_idea")`; the values are the same, bit for bit.
    With `engine=both` the dataset has a leading dimension `engine`, and `replicate` where there
    are several.
    Raises `stsim.config.ConfigError` with one clear line when a word cannot be used.
    """
    from stsim.compose import compose
    from stsim.config import ConfigError
    from stsim.simulation import dataset

    config = compose(overrides)
    if config.job != "run":
        raise ConfigError(
            f"job={config.job} is for the command line: stsim.simulate runs one scenario; leave "
            "job out"
        )
    return dataset(config)


def indicators(ds: xr.Dataset) -> xr.Dataset:
    """All measures of a dataset from `simulate` or `open_results`, by name."""
    from stsim.measures import indicators as measure

    return measure(ds)


def ranges(*overrides: str) -> xr.Dataset:
    """The measures of one scenario for each draw of the parameters, by (draw, time or year).

    The words are those of `simulate` and may say how many draws, for instance `"draws=50"`; the
    same draws stand behind every scenario, so differences of scenarios are draw by draw. All draws
    begin with the start population of the fitted parameters. There is no chance and no other
    future of posts in them.
    """
    from stsim.compose import compose
    from stsim.simulation import ranges as of_config

    return of_config(compose(overrides))


def open_results(path: str | Path) -> xr.Dataset:
    """The results in a folder a run or a sweep has printed, as one dataset.

    See `stsim.results.open_results`; of a sweep (`job=sweep`) the measures, by swept key or by run.
    Raises `stsim.results.ResultsError` when there is nothing to open.
    """
    from stsim.explore.store import Store, is_store
    from stsim.results import open_results as open_folder

    return Store(path).open() if is_store(path) else open_folder(path)


def report(
    ds: xr.Dataset,
    path: str | Path,
    *,
    language: str = "en",
    title: str | None = None,
    ranges: Mapping[str, xr.Dataset] | None = None,
) -> Path:
    """Write one self-contained HTML page on a dataset and return its path.

    `ds` is from `simulate`, `open_results` or `indicators`: one or several scenarios, or a sweep.
    `language` is `en`, `ja` or `both` (with a switch in the page). `ranges` has, by scenario, the
    measures for each draw of the parameters, as `stsim.ranges` gives them; without, sizes of
    effects that rest on assumptions are not told. What the dataset cannot show is left out with one
    sentence why. Raises ValueError for what is no such dataset or language and
    `stsim.results.ResultsError` where the file cannot be written; then nothing is there.
    """
    from stsim.reports.page import report as write

    return write(ds, path, language=language, title=title, ranges=ranges)


def scenarios(config_dir: str | None = None) -> dict[str, str]:
    """The scenarios there are: name and English title; with those of a folder of your own."""
    from stsim.compose import scenarios as read

    return {name: found.title.en for name, found in read(config_dir).items()}
