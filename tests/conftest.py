from __future__ import annotations

import pytest
import xarray as xr

import stsim


@pytest.fixture(scope="session")
def baseline() -> xr.Dataset:
    """The baseline, 2023 to 2050, in the stock engine."""
    return stsim.simulate("engine=stocks")


@pytest.fixture(scope="session")
def expand_dc() -> xr.Dataset:
    """The first scenario, 2023 to 2050, in the stock engine."""
    return stsim.simulate("engine=stocks", "scenario=expand_dc")
