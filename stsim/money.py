"""What the levers cost: each year, and as commitments; lever by lever, and who pays.

**Annual cost** of a lever: its units in force times their price, in yen of `PRICE_YEAR`.
**Committed cost**: what the awards and appointments that hold these units cost from their first
year to their last, so what is bound to be paid even if no other follows. No discounting and no
growth of pay, so that sums can be checked by hand; whoever discounts knows at what rate. A unit
commits `Lever.committed_years`: a fellowship its three years (standard term of doctoral study,
JSPS rules), a project postdoc two (77 % of terms are under three years, survey of FY2021), a
fixed-term post, a cross-appointment and a post on soft money as long as the parameters
`contract_years`, `cross_appointment_years` and `1 / soft_money_lapse_share` say, a school its
designation of five, an administrator a contract of five and a technician some 30 (assumptions), a
permanent post the years from the mean age at entry to the age limit. That people leave earlier or,
outside national universities, stay longer is left out. What is booked whole in its first year
(stays abroad, people received) commits nothing beyond it.

Totals are sums of the parts, so a part can be taken out and the rest still adds up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from stsim import levers

if TYPE_CHECKING:
    import xarray as xr

    from stsim.vocabulary import Array

#: Yen of this fiscal year; no inflation is added.
PRICE_YEAR = 2024
#: The part that no lever sets: permanent faculty beyond the seats, by tenure grant or conversion.
ABOVE_SEATS = "permanent_faculty_above_seats"
#: Markets whose seats may be passed: each has a lever of its name for funded posts.
PERMANENT_MARKETS = ("permanent_posts_national", "permanent_posts_other")
#: The stipend contained in the price of a DC fellow (12 × 200,000 yen).
_DC_STIPEND_IN_PRICE = 2_400_000
#: Levers without a price of their own that change what the units of another cost.
RAISES = {"dc_stipend_yen_per_year": "dc_fellows_persons"}

Units = TypeVar("Units", "float", "xr.DataArray", "Array")


def priced(units: Mapping[str, Units]) -> dict[str, Units]:
    """The annual cost of every lever that has one, from the units in force by lever.

    Where today's units belong to another budget only those beyond are counted, fewer as a saving.
    A DC fellow costs the price at today's stipend; what the stipend has risen is the part of the
    stipend.
    """
    found = {}
    for name in levers.NAMES:
        lever = levers.about(name)
        if lever.yen_each is not None:
            found[name] = (units[name] - lever.free_units) * lever.yen_each
    rise = units["dc_stipend_yen_per_year"] - _DC_STIPEND_IN_PRICE
    found["dc_stipend_yen_per_year"] = units["dc_fellows_persons"] * rise
    return found


def payer(part: str) -> str:
    """Who pays a part of the cost: `state`, `university` or `firm`."""
    if part == ABOVE_SEATS:
        return "university"
    return levers.about(RAISES.get(part, part)).payer


def annual_parts(ds: xr.Dataset) -> dict[str, xr.DataArray]:
    """Annual cost by part: every lever with a price, and permanent faculty beyond the seats.

    Those cost what a funded post costs; their number is not known in the first year of a run and
    taken as none. In yen of FY2024 by year, and leading dimensions where there are several.
    """
    units = {name: ds[f"policy_{name}"] for name in levers.NAMES}
    found = priced(units)
    above = 0.0 * units["dc_fellows_persons"]
    for market in PERMANENT_MARKETS:
        price = levers.about(f"{market}_persons").yen_each or 0.0
        people = (-ds["vacancy"].sel(market=market)).clip(min=0.0).sum("market_field")
        above = above + people.rename(time="year").assign_coords(year=ds["year"]) * price
    found[ABOVE_SEATS] = above.drop_vars("market", errors="ignore")
    return found


def committed_parts(ds: xr.Dataset, entry_age: xr.DataArray) -> dict[str, xr.DataArray]:
    """Committed cost by part, yen of FY2024: annual cost times the years that a unit commits.

    `entry_age` is the mean age at entry into a permanent post by year (years). It is not known in
    the first and the last year of a run: there that of the year beside it is taken.
    """
    age = entry_age.fillna(entry_age.shift(year=-1)).fillna(entry_age.shift(year=1))
    until_retirement = ds["policy_retirement_age_years"] - age

    def years(part: str) -> float | xr.DataArray:
        of = f"{PERMANENT_MARKETS[0]}_persons" if part == ABOVE_SEATS else RAISES.get(part, part)
        found = levers.about(of).committed_years
        return until_retirement if found == levers.UNTIL_RETIREMENT else found

    return {part: cost * years(part) for part, cost in annual_parts(ds).items()}


def total(parts: Mapping[str, xr.DataArray]) -> xr.DataArray:
    """The sum of the parts, the years last."""
    found = sum(parts.values())
    assert not isinstance(found, int)
    return found.transpose(..., "year")


def by_payer(parts: Mapping[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """The sums of the parts by who pays."""
    found: dict[str, dict[str, xr.DataArray]] = {}
    for part, cost in parts.items():
        found.setdefault(payer(part), {})[part] = cost
    return {who: total(several) for who, several in found.items()}
