"""The bill of a run: annual and committed cost by part and payer, and beyond the baseline."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stsim import measures, money

if TYPE_CHECKING:
    import xarray as xr

#: Differences below this are rounding of sums (yen).
ROUNDING = 1.0


@dataclass(frozen=True)
class Part:
    """What a part of the cost (a lever, or faculty above the seats) comes to, in yen of FY2024."""

    name: str
    payer: str
    annual: float
    committed: float


def costs(ds: xr.Dataset) -> xr.Dataset:
    """Annual and committed cost by (part, year), yen of FY2024, with who pays each part.

    Parts are the levers with a price and permanent faculty above the seats. Of two engines the
    stock engine, which has no chance in it; else the mean over replicates.
    """
    import xarray as xr

    parts = {
        "annual_cost_yen": money.annual_parts(ds),
        "committed_cost_yen": measures.committed_parts(ds),
    }
    names = list(parts["annual_cost_yen"])
    label = xr.Variable("part", names)

    def joined(several: Iterable[xr.DataArray]) -> xr.DataArray:
        each = [measures.expected(cost).drop_vars("scenario", errors="ignore") for cost in several]
        return xr.concat(each, label, coords="minimal", compat="override")

    found = {kind: joined(by_part.values()) for kind, by_part in parts.items()}
    payers = ("part", [money.payer(name) for name in names])
    return xr.Dataset(found, attrs={"units": "yen"}).assign_coords(payer=payers)


def beyond(before: xr.Dataset, after: xr.Dataset, year: int) -> list[Part]:
    """What one bill has more than another in a year: the parts that differ."""
    more = (after - before).sel(year=year)
    found = []
    for k, name in enumerate(more["part"].values.tolist()):
        annual, committed = (float(more[kind][k]) for kind in more.data_vars)
        if max(abs(annual), abs(committed)) > ROUNDING:
            found.append(Part(name, money.payer(name), annual, committed))
    return found


def of_payers(parts: Iterable[Part]) -> dict[str, tuple[float, float]]:
    """Annual and committed cost by who pays."""
    found: dict[str, tuple[float, float]] = {}
    for part in parts:
        annual, committed = found.get(part.payer, (0.0, 0.0))
        found[part.payer] = annual + part.annual, committed + part.committed
    return found


def as_csv(bills: Mapping[str, xr.Dataset]) -> str:
    """Every scenario, part and year as CSV; sums over the parts are the indicators."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["scenario", "part", "payer", "year", "annual_cost_yen", "committed_cost_yen"])
    for scenario, bill in bills.items():
        for part, payer in zip(bill["part"].values, bill["payer"].values, strict=True):
            rows = [bill[kind].sel(part=part).values.tolist() for kind in bill.data_vars]
            for year, *amounts in zip(bill["year"].values.tolist(), *rows, strict=True):
                cells = ("" if v != v else repr(v) for v in amounts)
                writer.writerow([scenario, part, payer, year, *cells])
    return out.getvalue()
