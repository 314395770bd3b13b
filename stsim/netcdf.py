"""Write a dataset as netCDF-4 straight through HDF5: a third of the time of the general writer.

A results file has some seventy variables, of which two are large. The general writer looks up
each dimension of each variable anew, which takes longer than writing the fifty megabytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import xarray as xr

from stsim import files

TEXT = h5py.string_dtype("utf-8")


def write(ds: xr.Dataset, path: Path) -> None:
    """Write a dataset of numbers and texts, with its labels and attributes, not compressed."""
    coords = {str(name): ds.variables[name] for name in ds.coords}
    beside = {name: set(c.dims) for name, c in coords.items() if name not in ds.sizes}
    with h5py.File(path, "w", track_order=True) as file:
        file.attrs.update(ds.attrs)
        scales: dict[Any, Any] = {}
        for number, (dim, size) in enumerate(ds.sizes.items()):
            if dim in coords:
                scales[dim] = _variable(file, str(dim), coords[str(dim)].values)
                scales[dim].make_scale(str(dim))
            else:  # how netCDF-4 marks a dimension without labels
                scales[dim] = file.create_dataset(str(dim), (size,), ">f4", track_order=True)
                scales[dim].make_scale(
                    f"This is a netCDF dimension but not a netCDF variable. {size:10d}"
                )
            scales[dim].attrs["_Netcdf4Dimid"] = np.int32(number)
        for name, variable in ds.variables.items():
            if name in ds.sizes:
                scales[name].attrs.update(variable.attrs)
                continue
            made = _variable(file, str(name), variable.values)
            for place, dim in enumerate(variable.dims):
                made.dims[place].attach_scale(scales[dim])
            made.attrs.update(variable.attrs)
            if name not in coords:
                labels = _labels(beside, variable)
                made.attrs.update({"coordinates": labels} if labels else {})


def _variable(file: Any, name: str, values: Any) -> Any:
    values = np.asarray(values)
    if values.dtype.kind == "U":
        return file.create_dataset(name, data=values.astype(object), dtype=TEXT, track_order=True)
    made = file.create_dataset(name, data=values, track_order=True)
    if values.dtype.kind == "f":
        made.attrs["_FillValue"] = np.array([np.nan])
    return made


def _labels(beside: Mapping[str, set[Any]], variable: xr.Variable) -> str:
    """The labels beside those of the dimensions themselves, as the CF conventions list them."""
    return " ".join(name for name, dims in beside.items() if dims <= set(variable.dims))


#: Numbers take up to so many times the room they have on the disk; more is a trap or a mistake.
SWOLLEN = 1000


def check(path: Path) -> None:
    """Raise OSError or ValueError for a file that is not plain or leads out of itself.

    HDF5 follows links into other files, and reads numbers from the bytes of any file it is told.
    """
    files.check_plain(path)
    room = SWOLLEN * os.path.getsize(path)
    with h5py.File(path, "r") as file:
        for name in file:
            if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                raise ValueError(f"{name} is a link to elsewhere")
            found = file[name]
            if not isinstance(found, h5py.Dataset):
                raise ValueError(f"{name} is a group")
            if found.external or found.is_virtual:
                raise ValueError(f"the numbers of {name} are in another file")
            if found.dtype.itemsize * found.size > room:
                raise ValueError(f"{name} would take {found.nbytes / 1e9:,.0f} GB")
