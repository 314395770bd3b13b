"""What is printed of results: gaps, what ranges follow, points of a sweep and their faults."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from stsim import measures, tables
from stsim.cli import main
from stsim.compose import compose
from stsim.explore import sensitivity
from stsim.explore.sweep import Outcome, Sweep
from stsim.priors import Moving

YEARS = [2034, 2035, 2036]


@pytest.mark.parametrize("replicates", [1, 2])
def test_the_largest_gap_of_the_engines_is_named_with_its_place(replicates: int) -> None:
    def values(stocks: float, people: float) -> xr.DataArray:
        by_engine = np.array([[stocks] * 3, [stocks, people, stocks]])
        found = xr.DataArray(
            by_engine, {"engine": ["stocks", "individuals"], "time": YEARS}, ("engine", "time")
        )
        if replicates == 1:
            return found
        return found + xr.DataArray([[0.0, 0.0], [-0.1, 0.1]], dims=("engine", "replicate"))

    same = {name: values(10.0, 10.0) for name in measures.NAMES}
    odd = same | {"postdocs_persons": values(100.0, 104.0), "under40_share": values(0.2, 0.198)}
    found = {"baseline": xr.Dataset(same), "mine": xr.Dataset(odd)}
    assert tables._largest_gap(found, "en") == ("4.00 %", "Postdocs", 2035, "mine")


def test_what_the_change_follows_is_told_beside_the_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    config = compose([])
    one = Moving(measures.about("under40_share"), 2040, {"a": 0.5, "b": -0.25})
    monkeypatch.setattr(tables.priors, "moving", lambda *_: one)
    told = tables._on_ranges(config, {})[-1]
    assert told.endswith("2040, follows most (rank correlation): a (+0.50), b (-0.25).")


def test_points_beyond_those_that_fit_are_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    sweep = Sweep({"seed": (7, 8, 9)}, (compose([]),) * 3, ("a", "b", "c"))
    headline = {i.name: {2035: 0.25} for i in measures.INDICATORS if i.headline}
    outcomes = [Outcome(name, 1.0, "", headline) for name in "abc"]
    tables.print_sweep(sweep, outcomes, 1.0)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.split()[:1] in (["7"], ["8"], ["9"])] == [
        "7", "8",
    ]  # fmt: skip
    assert "and 1 more points in summary.csv" in lines


def test_a_table_is_as_wide_as_the_terminal_and_wide_in_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "77")
    assert tables.wide_console().width == tables.WIDE
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert tables.wide_console().width == 77


@pytest.mark.slow
def test_a_sweep_says_what_results_follow_and_which_runs_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensitivity, "LEAST", 3)

    def said(*words: str) -> tuple[int, list[str], str]:
        code = main(["job=sweep", "years.last=2026", f"results_dir={tmp_path}", *words])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    code, out, err = said(
        "sweep.design=morris", f"sweep.points={sensitivity.LEAST}", "sweep.export=csv",
        "policy.dc_fellows_persons=interval(4200,9000)",
        "params.employer_return_share=interval(0.1,0.5)",
    )  # fmt: skip
    assert (code, err) == (0, "")
    folder = Path(out[-1])
    rows = csv.DictReader(
        io.StringIO((folder / "sensitivity.csv").read_text(encoding="utf-8-sig"), newline="")
    )
    of: dict[str, set[Any]] = {}
    for row in rows:
        of.setdefault(row["indicator"], set()).add(row["key"])
    assert set(of["under40_share"]) == {
        "policy.dc_fellows_persons", "params.employer_return_share",
    }  # fmt: skip
    assert any("dc_fellows_persons" in line for line in out)
    with (folder / "measures.csv").open(encoding="utf-8-sig") as file:
        assert len({row["run"] for row in csv.DictReader(file)}) == 3 * sensitivity.LEAST

    code, out, err = said("params.working_completion_ratio=0.8,5")
    assert code == 1
    assert err == "stsim: 1 of 2 runs failed; runs.csv says why\n"
    with (Path(out[-1]) / "runs.csv").open(encoding="utf-8-sig") as file:
        found = {float(row["params.working_completion_ratio"]): row for row in csv.DictReader(file)}
    assert "0 to 1" in found[5.0]["error"]
    assert found[0.8]["error"] == ""
