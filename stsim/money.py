"""What the levers cost each year. Committed cost and payers follow with the full lever table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stsim import levers

if TYPE_CHECKING:
    import xarray as xr

#: Yen of this fiscal year; no inflation is added.
PRICE_YEAR = 2024


def annual_cost_yen(ds: xr.Dataset) -> xr.DataArray:
    """Yearly cost of the levers in force, whoever pays: units times price, in yen of FY2024.

    Where today's units belong to another budget only those beyond are counted, fewer as a saving.
    A DC fellow costs the price at today's stipend plus what the stipend has risen. Permanent
    faculty beyond the seats (tenure grants and conversions) cost what a funded post costs; their
    number is not known in the first year of a run and taken as none.
    """
    stipend = ds["policy_dc_stipend_yen_per_year"]
    cost = ds["policy_dc_fellows_persons"] * (stipend - _DC_STIPEND_IN_PRICE)
    for name in levers.NAMES:
        lever = levers.about(name)
        if lever.yen_each is not None:
            cost = cost + (ds[f"policy_{name}"] - lever.free_units) * lever.yen_each
    for market in PERMANENT_MARKETS:
        price = levers.about(f"{market}_persons").yen_each or 0.0
        above = (-ds["vacancy"].sel(market=market)).clip(min=0.0).sum("market_field")
        cost = cost + above.rename(time="year").assign_coords(year=ds["year"]) * price
    return cost.transpose(..., "year")


#: Markets whose seats may be passed: each has a lever of its name for funded posts.
PERMANENT_MARKETS = ("permanent_posts_national", "permanent_posts_other")


#: The stipend contained in the price of a DC fellow (12 × 200,000 yen).
_DC_STIPEND_IN_PRICE = 2_400_000
