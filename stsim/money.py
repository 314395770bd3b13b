"""What the levers cost each year. Committed cost and payers follow with the full lever table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stsim import levers

if TYPE_CHECKING:
    import xarray as xr

#: Yen of this fiscal year; no inflation is added.
PRICE_YEAR = 2024


def annual_cost_yen(ds: xr.Dataset) -> xr.DataArray:
    """Yearly public cost of the levers in force: units times price, in yen of FY2024.

    A DC fellow costs the price at today's stipend plus what the stipend has risen.
    """
    stipend = ds["policy_dc_stipend_yen_per_year"]
    cost = ds["policy_dc_fellows_persons"] * (stipend - _DC_STIPEND_IN_PRICE)
    for name in levers.NAMES:
        price = levers.about(name).yen_each
        if price is not None:
            cost = cost + ds[f"policy_{name}"] * price
    return cost


#: The stipend contained in the price of a DC fellow (12 × 200,000 yen).
_DC_STIPEND_IN_PRICE = 2_400_000
