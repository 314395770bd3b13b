"""The ledger and the labels of results, by hand on runs of a country of two stages."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from stsim import netcdf, results
from stsim.compose import compose
from stsim.engines import stockflow
from stsim.engines.stockflow import Run
from stsim.rates import Rates
from stsim.results import LedgerError, ResultsError, check_ledger
from stsim.vocabulary import (
    OUTSIDE,
    Moment,
    Openings,
    Rulebook,
    Season,
    Stage,
    intake,
    posts,
    year_end,
)

POOL, POST = Stage("pool"), Stage("post")


def country(people: float, draws: int = 1) -> Run:
    """A tenth leaves at the end of the year; in April some are hired, and every year more enter."""

    @year_end(POOL, OUTSIDE)
    def leave(m: Moment) -> float:
        """Leave."""
        return 0.1

    @intake(POOL)
    def enter(m: Moment) -> float:
        """Enter."""
        return people / 20 * (m.year - 2000)

    @posts(POOL, POST, weight=lambda m: 1.0)
    def openings(m: Moment) -> Openings:
        """Openings."""
        return Openings(people / 50)

    book = Rulebook(
        (POOL, POST), (leave, enter, openings), (Season((openings,)),),
        ages=(0,), sexes=("all",), fields=("arts", "science"),
    )  # fmt: skip
    start = {"pool": np.full((draws, 1, 1, 1, 2), people / 2)}
    start["post"] = np.zeros_like(start["pool"])
    return stockflow.run(Rates(book), start, 2000, 2003)


def with_more(run: Run, stage: int, more: float, year: int = -1, draw: int = -1) -> Run:
    """The run with more people in a stage at one count, from nowhere."""
    run.stock[draw, year, stage, 0, 0, 0] += more
    return run


def test_the_gap_of_the_ledger_is_relative_to_the_people_there_and_who_moved() -> None:
    """The moves between the two counts: who left in 2002, and who came and was hired in 2003."""
    run = country(1000.0)
    there, left = run.stock[0, 2, 0].sum(), run.flow[0, 2, 0].sum()
    entered, hired = run.flow[0, 3, 1:].sum(axis=(1, 2, 3))
    assert check_ledger(run) < 1e-15
    found = check_ledger(with_more(run, 0, 5e-7))
    assert found == pytest.approx(5e-7 / (there + left + entered + hired), rel=1e-3)


def test_below_one_person_the_gap_is_in_persons() -> None:
    assert check_ledger(with_more(country(0.1), 0, 5e-10)) == pytest.approx(5e-10, rel=1e-3)
    with pytest.raises(LedgerError, match=r"^post does not balance from 2002: 2e-09 of its people"):
        check_ledger(with_more(country(0.1), 1, 2e-9))


@pytest.mark.parametrize("draw", [0, 1])
def test_a_gap_is_found_in_any_draw_stage_and_year(draw: int) -> None:
    for stage, name in enumerate(("pool", "post")):
        for year in (1, 2, 3):
            run = with_more(country(1000.0, draws=2), stage, -0.01, year, draw)
            with pytest.raises(LedgerError, match=f"^{name} does not balance from "):
                check_ledger(run)


def test_what_is_no_number_does_not_balance_and_less_than_nobody_is_refused() -> None:
    with pytest.raises(LedgerError, match="does not balance"):
        check_ledger(with_more(country(1000.0), 1, np.nan))
    empty = country(0.0)
    assert check_ledger(with_more(empty, 1, -5e-10)) == pytest.approx(5e-10)
    with pytest.raises(LedgerError, match=r"^negative stock: -1\.01e-06 persons"):
        check_ledger(with_more(country(0.0), 1, -1.01e-6))


@pytest.mark.parametrize(
    ("kind", "only_counted", "when"),
    [
        ("flow", False, "year"), ("year_end", False, "year"), ("intake", True, "year"),
        ("intake", False, "april"), ("posts", False, "april"), ("leftover", False, "april"),
    ],
)  # fmt: skip
def test_the_half_of_the_year_is_told_by_the_kind(kind: str, only_counted: bool, when: str) -> None:
    assert results.when(kind, only_counted) == when


def test_engines_replicates_and_draws_are_labelled_and_stand_at_their_labels() -> None:
    config = compose(["years.first=2007", "years.last=2008"])
    one, two, three = (country(people) for people in (1000.0, 2000.0, 3000.0))
    found = results.label({"stocks": [one], "individuals": [two, three]}, config, "a scope")
    assert found.stock.dims[:3] == ("engine", "replicate", "time")
    assert found.replicate.values.tolist() == [1, 2]
    for engine, replicate, run in (
        ("stocks", 1, one), ("stocks", 2, one), ("individuals", 1, two), ("individuals", 2, three),
    ):  # fmt: skip
        here = found.sel(engine=engine, replicate=replicate)
        for name in ("stock", "flow", "vacancy", "market_intensity"):
            assert here[name].values.tobytes() == getattr(run, name)[0].tobytes()
    assert found.rule_when.values.tolist() == ["year", "april", "april"]
    assert found.rule_source.values.tolist() == ["pool", "outside", "pool"]
    assert found.rule_target.values.tolist() == ["outside", "pool", "post"]
    assert found.market.values.tolist() == ["openings"]
    assert found.attrs["scope"] == "a scope"
    several = results.label({"stocks": [country(1000.0, draws=3)]}, config, "")
    assert (several.stock.dims[0], several.draw.values.tolist()) == ("draw", [0, 1, 2])
    assert results.label({"stocks": [one]}, config, "").stock.dims[0] == "time"


def test_a_dimension_without_labels_is_read_back_without(tmp_path: Path) -> None:
    ds = xr.Dataset(
        {"bare": (("row", "year"), [[1.0, np.nan, 3.0], [4.0, 5.0, 6.0]]), "one": ("row", [7, 8])},
        {"year": [2023, 2024, 2025]},
    )
    netcdf.write(ds, tmp_path / "x.nc")
    with xr.open_dataset(tmp_path / "x.nc", engine="h5netcdf") as found:
        xr.testing.assert_identical(found.load(), ds)


def test_a_label_that_stands_twice_is_refused(tmp_path: Path) -> None:
    years = xr.DataArray([1.0, 2.0], {"time": [2023, 2023]}, ("time",))
    netcdf.write(
        xr.Dataset({"stock": years, "flow": years}, attrs={"run_id": "x"}), tmp_path / "x.nc"
    )
    with pytest.raises(ResultsError, match="a label of time stands twice"):
        results.open_results(tmp_path / "x.nc")


def test_a_file_in_the_place_of_a_folder_is_left_and_said(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ResultsError, match="cannot write there"):
        results.write_whole(str(tmp_path), "mine", lambda part: None)
    assert (tmp_path / "mine").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_takes_no_more_files_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, left = tempfile.mkdtemp, [0]

    def few(**more: Any) -> str:
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        return made(**more)

    monkeypatch.setattr(results.tempfile, "mkdtemp", few)
    for count in (0, 1):  # when it is tried, and when it is used
        left[0] = count
        with pytest.raises(ResultsError, match="No space left on device"):
            results.write_whole(str(tmp_path), "x", lambda part: None)
    assert list(tmp_path.iterdir()) == []


def test_ranges_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert results.open_ranges(tmp_path) is None
    by_draw = {
        name: xr.Dataset(
            {"share": (("draw", "time"), np.arange(6.0).reshape(3, 2) + k, {"units": "1"})},
            {"draw": [0, 1, 2], "time": [2023, 2024], "run_id": name * 3}, {"run_id": name * 3},
        )
        for k, name in enumerate("ab")
    }  # fmt: skip
    results.write_ranges(by_draw, tmp_path)
    found = results.open_ranges(tmp_path)
    assert found is not None
    assert found.share.dims == ("scenario", "draw", "time")
    assert found.run_id.values.tolist() == ["aaa", "bbb"]
    assert found.attrs == {}
    for name, ds in by_draw.items():
        xr.testing.assert_equal(found.share.sel(scenario=name, drop=True),
                                ds.share.drop_vars("run_id"))  # fmt: skip
    by_draw["a"].to_netcdf(tmp_path / results.RANGES, mode="w", engine="h5netcdf")
    with pytest.raises(ResultsError, match="not the ranges of a run"):
        results.open_ranges(tmp_path)


def test_of_points_the_seconds_do_not_last(tmp_path: Path) -> None:
    file = tmp_path / results.POINTS
    lasting = []
    for text in ("run_id,seconds\na,1.5\n", "run_id,seconds\na,2.5\n", "run_id,seconds\nb,1.5\n"):
        file.write_text(text)
        lasting.append(results.lasting(file))
    assert lasting[0] == lasting[1] != lasting[2]


def sweep(folder: Path, key: str = "seed", ids: tuple[str, ...] = ("a" * 12, "b" * 12)) -> None:
    """The folder of a sweep over two values, by hand."""
    (folder / "provenance.json").write_text(json.dumps({"swept": {key: [1, 2]}}))
    lines = [f"{name},done" for name in ids]
    (folder / results.POINTS).write_text("\n".join(["run_id,status", *lines]))
    for k, name in enumerate(ids):
        stock = xr.DataArray([1.0 + k, 2.0], dims="time", coords={"time": [2023, 2024]})
        ds = xr.Dataset({"stock": stock, "flow": stock}, attrs={"run_id": name})
        ds.to_netcdf(folder / f"{Path(name).name}.nc", engine="h5netcdf")


def test_a_sweep_opens_as_one_dataset(tmp_path: Path) -> None:
    sweep(tmp_path)
    found = results.open_results(tmp_path)
    assert found.stock.sel(time=2023).values.tolist() == [1.0, 2.0]
    assert found.run_id.values.tolist() == ["a" * 12, "b" * 12]
    assert found.attrs == {}
    one = results.open_results(tmp_path / f"{'b' * 12}.nc")
    assert str(one.run_id.values) == "b" * 12  # also where it is an attribute only


def test_files_of_a_sweep_that_differ_in_kind_are_refused(tmp_path: Path) -> None:
    sweep(tmp_path)
    file = tmp_path / f"{'b' * 12}.nc"
    with xr.open_dataset(file, engine="h5netcdf") as ds:
        longer = ds.load().reindex(time=[2023, 2024, 2025])
    longer.to_netcdf(file, engine="h5netcdf")
    with pytest.raises(ResultsError, match="the files of this sweep are not of one kind"):
        results.open_results(tmp_path)


@pytest.mark.parametrize(
    ("key", "ids", "said"),
    [
        ("policy.time", ("a" * 12, "b" * 12), "a dimension of its own results"),
        ("seed", ("a" * 12, "../b"), "is the id of no run"),
        ("seed", ("a" * 12,), "not the folder of a whole sweep"),
    ],
)
def test_a_folder_that_is_no_sweep_is_refused(
    tmp_path: Path, key: str, ids: tuple[str, ...], said: str
) -> None:
    sweep(tmp_path, key, ids)
    with pytest.raises(ResultsError, match=said):
        results.open_results(tmp_path)
