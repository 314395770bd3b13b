"""The sections that are figures by year and by age: fans, effects, pyramids, moves, careers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stsim.given import TODAY
from stsim.measures import INDICATORS
from stsim.reports import by_year, material, past, people
from stsim.reports.answers import FANS
from stsim.reports.material import Material
from stsim.reports.said import Section, said

if TYPE_CHECKING:
    import xarray as xr

CAREERS = tuple(i for i in INDICATORS if i.of_careers)


def fans(found: Material) -> Section:
    """Record, model from 2007, forecast and scenarios on one axis, for every headline measure."""
    section = Section("years", said("years"), [said("years_lead", past.CUT)])
    section.figures = [by_year.fan(found, i.name) for i in FANS if found.has(i.name)]
    return section


def effects(found: Material) -> Section:
    """What every scenario changes in every year, as ranges."""
    section = Section("effects", said("effects"))
    drawn = [name for name in found.others if {name, found.first} <= set(found.by_draw)]
    if not drawn:
        section.missing = said("no_effects")
        return section
    section.lead.append(said("effects_lead", found.titles[found.first]))
    base = found.by_draw[found.first]
    for indicator in FANS:
        several = {}
        for name in drawn:
            if indicator.name not in found.by_draw[name] or indicator.name not in base:
                continue
            more = found.by_draw[name][indicator.name] - base[indicator.name]
            if "draw" in more.dims and float(abs(more).max()) > MOVED:
                several[name] = more
        if several:
            section.figures.append(by_year.change(found, indicator, several))
    return section


#: A change that is larger is no rounding.
MOVED = 1e-9


def pyramids(found: Material) -> Section:
    """Faculty by age: 2007 and today, today and later."""
    section = Section("ages", said("ages"))
    if not found.people:
        section.missing = said("no_people")
        return section
    first = found.first
    if first not in found.people:
        section.missing = said("no_people")
        return section
    before, base = past.past(), found.people[first]
    years = base["time"].values.tolist()
    today, later = min(max(TODAY, years[0]), years[-1]), min(2040, years[-1])
    then = int(before["time"][0])
    names = (said("model"), found.titles[first])
    section.figures.append(people.ages(before, base, (then, today), names, "ages-today"))
    for name, ds in found.people.items():
        own = found.titles[name]
        section.figures.append(
            people.ages(base, ds, (today, later), (found.titles[first], own), f"ages-{name}")
        )
    return section


def moves(found: Material) -> Section:
    """Who moves from where to where in a year."""
    section = Section("flows", said("flows"))
    if found.first not in found.people:
        section.missing = said("no_people")
        return section
    first = found.people[found.first]
    if first.sizes["year"] < 3:
        section.missing = said("short")
        return section
    year = min(material.YEAR, int(first["year"][-2]))
    ds = _one(first)
    section.figures.append(people.sankey(ds, year, found.titles[found.first], "flows"))
    return section


def _one(ds: xr.Dataset) -> xr.Dataset:
    """One run of a scenario: the stock engine's, or the first outcome of chance."""
    if "engine" in ds.dims:
        ds = ds.sel(engine="stocks")
    return ds.isel(replicate=0) if "replicate" in ds.dims else ds


def careers(found: Material) -> Section:
    """What the individual engine measures of careers."""
    section = Section("careers", said("careers"))
    there = [i for i in CAREERS if found.has(i.name)]
    if not there:
        section.missing = said("no_careers")
        return section
    section.lead.append(said("careers_lead"))
    section.figures = [by_year.fan(found, i.name) for i in there]
    return section
