from __future__ import annotations

import gc
import os

# before numpy: matrices are small, and threads that wait for each other take twice the time
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import pytest  # noqa: E402
import xarray as xr  # noqa: E402

import stsim  # noqa: E402

# a quarter of the time would go into looking for garbage among what thousands of tests share
gc.freeze()
gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def baseline() -> xr.Dataset:
    """The baseline, 2023 to 2050, in the stock engine."""
    return stsim.simulate("engine=stocks")


@pytest.fixture(scope="session")
def expand_dc() -> xr.Dataset:
    """The first scenario, 2023 to 2050, in the stock engine."""
    return stsim.simulate("engine=stocks", "scenario=expand_dc")
