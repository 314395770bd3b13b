"""Several results files as one dataset: a value is read from its file when it is used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from stsim.vocabulary import Array


class _Stacked(BackendArray):
    """One variable of many files, with the dimensions of the files' grid in front.

    A place without a file is NaN.
    """

    def __init__(self, files: Sequence[Path | None], grid: tuple[int, ...], name: str) -> None:
        self._files, self._grid, self._name = files, grid, name
        first = next(file for file in files if file is not None)
        with h5py.File(first, "r") as opened:
            self._cell = opened[name].shape
        self.shape = (*grid, *self._cell)
        self.dtype = np.dtype(float)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, key: tuple[int | slice, ...]) -> Array:
        """Values at whole numbers and slices, as xarray asks for them."""
        places, inside = key[: len(self._grid)], key[len(self._grid) :]
        chosen = np.arange(math.prod(self._grid)).reshape(self._grid)[places]
        shape = np.empty(self._cell, dtype=bool)[inside].shape if self._cell else ()
        found = np.full((chosen.size, *shape), np.nan)
        for place, number in enumerate(chosen.ravel().tolist()):
            file = self._files[number]
            if file is not None:
                with h5py.File(file, "r") as opened:
                    found[place] = opened[self._name][inside]
        return found.reshape((*chosen.shape, *shape))


def stack(
    files: Sequence[Path | None], like: xr.Dataset, grid: Mapping[str, Sequence[Any]]
) -> xr.Dataset:
    """The files as one dataset, `grid` naming the leading dimensions and their labels.

    Files stand in the order of the grid, the last dimension fastest; None where a point has no
    results. Other labels and attributes are those of `like`, one of the files opened.
    """
    shape = tuple(len(labels) for labels in grid.values())
    data = {
        name: (
            (*grid, *variable.dims),
            indexing.LazilyIndexedArray(_Stacked(files, shape, str(name))),
            variable.attrs,
        )
        for name, variable in like.data_vars.items()
    }
    labels = {dim: list(values) for dim, values in grid.items()}
    kept = {name: c.load() for name, c in like.coords.items() if name not in (*grid, "run_id")}
    return xr.Dataset(data, {**kept, **labels}, like.attrs)
