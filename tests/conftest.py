from __future__ import annotations

import pytest
import xarray as xr

import stsim


@pytest.fixture(scope="session")
def baseline() -> xr.Dataset:
    """The baseline, 2023 to 2050."""
    return stsim.simulate()


@pytest.fixture(scope="session")
def expand_dc() -> xr.Dataset:
    """The first scenario, 2023 to 2050."""
    return stsim.simulate("scenario=expand_dc")
