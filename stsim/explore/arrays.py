"""The arrays of a sweep in their zarr store: plain numbers, one chunk for each block of points."""

from __future__ import annotations

import errno
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stsim import files, provenance
from stsim.explore.plan import BLOCK, FORMAT, Plan
from stsim.faults import SweepError
from stsim.measures import INDICATORS
from stsim.rulebook import JAPAN

#: Bytes of a chunk, or of what is said of a block, beyond which it is none of ours.
LARGEST_CHUNK = 10_000_000
#: Ages below which the bands of kept stocks end; the last band is open.
BAND_ENDS = (25, 30, 35, 40, 50, 60)
BANDS = ("<25", "25-29", "30-34", "35-39", "40-49", "50-59", ">=60")
#: The status of a run in the store.
WAITING, DONE, FAILED = 0, 1, 2
#: The arrays that are no values of runs.
AXES = ("time", "year")
#: How the values of an array may be kept, as plain numbers, and the bytes of one; the codecs: the
#: numbers as they are, so that the size of a chunk is known beforehand, and four bytes by which the
#: library finds any that have changed.
NUMBERS = {"float64": 8, "int64": 8, "int8": 1}
CODECS, CHECKSUM = ("bytes", "crc32c"), 4
#: Measures of stocks, which are by time; all others are by year.
OF_TIME = dict.fromkeys(
    (
        "under40_share", "under40_share_25plus", "under40_share_national",
        "fixed_term_share_national", "fixed_term_share_under40_national",
        "doctoral_enrolment_persons", "supported_doctoral_share", "postdocs_persons",
        "seeking_persons", "faculty_persons", "women_share_faculty",
        "doctorates_in_firms_persons", "modelled_researchers_per_10000",
    ),
    "time",
)  # fmt: skip


def library() -> Any:
    """The library of the store, which is not there in every installation."""
    try:
        import zarr
    except ImportError:
        raise SweepError("job=sweep needs zarr: pip install 'stsim[cluster]'") from None
    return zarr


def check_links(folder: Path, *parts: str) -> None:
    """Raise OSError where something in a folder or in parts of it is a link, or no file at all."""
    for path in folder.iterdir():
        if path.is_symlink():
            raise OSError(errno.EINVAL, f"{path.name} is a link")
    for part in parts:
        if (folder / part).is_dir():
            files.check_folder(folder / part, LARGEST_CHUNK)


def check(path: Path, plan: Plan) -> dict[str, tuple[int, int]]:
    """The dimensions of each array with values of runs, and the bytes of a chunk of it.

    Raises where the arrays of a store are not plain numbers for the runs and years of a plan.
    """
    group = files.read_json(path / "zarr.json")
    if (group["zarr_format"], group["node_type"]) != (3, "group"):
        raise ValueError("store.zarr/zarr.json is of no group")
    if group.get("consolidated_metadata") is not None:  # null in stores of zarr before 3.1.6
        raise ValueError("store.zarr/zarr.json names arrays")
    number, years = len(plan.values), plan.years[1] - plan.years[0] + 1
    own = {"time": [years], "year": [years], "status": [number]}
    check_links(path)
    found = {entry.name for entry in path.iterdir() if entry.is_dir()}
    if not set(own) < found:
        raise ValueError("an array of its store is missing")
    if plan.code == provenance.code_version():
        wanted = {i.name for i in INDICATORS if not (i.of_careers and plan.engine == "stocks")}
        wanted |= {"stock"} if plan.keep == "stocks" else set()
        if missing := sorted(wanted - found):
            raise ValueError(f"store.zarr/{missing[0]} is missing")
    sizes = {}
    for name in sorted(found):
        about = files.read_json(path / name / "zarr.json")
        files.check_folder(path / name, LARGEST_CHUNK, len(about["shape"]))
        cells = own.get(name, [number, years])
        if name == "stock":
            cells = [*cells, len(JAPAN.stages), len(BANDS), len(JAPAN.sexes)]
        chunk = cells if name in AXES else [BLOCK, *cells[1:]]
        if (
            (about["zarr_format"], about["node_type"]) != (3, "array")
            or about["data_type"] not in NUMBERS
            or [codec["name"] for codec in about["codecs"]] != list(CODECS)
            or about["chunk_key_encoding"]["name"] != "default"
            or about.get("storage_transformers")
            or about["shape"] != cells
            or about["chunk_grid"]["configuration"]["chunk_shape"] != chunk
        ):
            raise ValueError(f"store.zarr/{name} is no array of {cells} plain numbers")
        if name not in AXES:
            size = math.prod(chunk) * NUMBERS[about["data_type"]] + CHECKSUM
            sizes[name] = len(chunk), size
    return sizes


def create(path: Path, plan: Plan) -> None:
    """An empty store with a place for every run."""
    number, years = len(plan.values), np.arange(plan.years[0], plan.years[1] + 1)
    zarr = library()
    plainly = {"compressors": [zarr.codecs.Crc32cCodec()]}
    group = zarr.create_group(
        path,
        overwrite=True,
        attributes={"source": f"stsim {plan.code}", "engine": plan.engine, "format": FORMAT},
    )

    def array(
        name: str, dims: Sequence[str], shape: Sequence[int], about: Mapping[str, str]
    ) -> None:
        group.create_array(
            name,
            shape=(number, *shape),
            chunks=(BLOCK, *shape),
            dtype="f8",
            fill_value=np.nan,
            **plainly,
            dimension_names=("run", *dims),
            attributes=dict(about),
        )

    for name, units in (("time", "year whose 1 May is counted"), ("year", "academic year")):
        axis = group.create_array(
            name, shape=years.shape, dtype="i8", dimension_names=(name,), **plainly,
            attributes={"long_name": units},
        )  # fmt: skip
        axis[:] = years
    for indicator in INDICATORS:
        if indicator.of_careers and plan.engine == "stocks":
            continue
        dim = OF_TIME.get(indicator.name, "year")
        array(indicator.name, (dim,), years.shape, indicator.attrs)
    if plan.keep == "stocks":
        shape = (len(years), len(JAPAN.stages), len(BANDS), len(JAPAN.sexes))
        about = {"units": "persons", "long_name": "people on 1 May"}
        array("stock", ("time", "stage", "age_band", "sex"), shape, about)
    group.create_array(
        "status", shape=(number,), chunks=(BLOCK,), dtype="i1", fill_value=WAITING, **plainly,
        dimension_names=("run",), attributes={"long_name": "0 waiting, 1 done, 2 failed"},
    )  # fmt: skip
