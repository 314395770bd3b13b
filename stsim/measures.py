"""Named measures of a dataset, one function each. The docstring's first line is the label.

Shares are fractions. Measures of stocks are by `time`, of flows by `year`; a year the run cannot
know is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from stsim import money, observed
from stsim.quantities import nearest

if TYPE_CHECKING:
    import xarray as xr

Values = TypeVar("Values", "xr.DataArray", "xr.Dataset")
Measure = Callable[["xr.Dataset"], "xr.DataArray"]
CELL = ("age", "sex", "field")


@dataclass(frozen=True)
class Indicator:
    """A measure with its unit and Japanese label."""

    function: Measure
    unit: str
    label_ja: str
    headline: bool = False
    of_careers: bool = False

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @property
    def label(self) -> str:
        """The first line of the docstring, without its full stop."""
        return (self.function.__doc__ or "").split("\n")[0].rstrip(".")

    @property
    def attrs(self) -> dict[str, str]:
        """Unit and labels as a dataset carries them."""
        return {"units": self.unit, "long_name": self.label, "long_name_ja": self.label_ja}


def _people(ds: xr.Dataset, *starts: str) -> xr.DataArray:
    """Persons in all stages whose name begins like this, by time and cell."""
    return (
        ds["stock"].sel(stage=[s for s in ds["stage"].values if s.startswith(starts)]).sum("stage")
    )


def _faculty(ds: xr.Dataset) -> xr.DataArray:
    return _people(ds, "fixed_term_", "permanent_")


def _national(ds: xr.Dataset) -> xr.DataArray:
    return _people(ds, "fixed_term_national", "permanent_national")


def _share(people: xr.DataArray, first: int, last: int, of_first: int = 0) -> xr.DataArray:
    age = people["age"]
    part = people.where((age >= first) & (age <= last), 0.0).sum(CELL)
    return part / people.where(age >= of_first, 0.0).sum(CELL)


def _moved(ds: xr.Dataset, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> xr.DataArray:
    """Persons moved by the chosen pairs, by year and cell, NaN where any of them is unknown."""
    return ds["flow"].isel(rule=np.flatnonzero(chosen)).sum("rule", skipna=False)


def _family(ds: xr.Dataset, *names: str) -> xr.DataArray:
    return _moved(ds, np.isin(ds["rule_family"].values, names)).sum(CELL, skipna=False)


def _population(ds: xr.Dataset, dim: str) -> xr.DataArray:
    record = observed.record()
    import xarray as xr

    return xr.DataArray([record.population(int(y)) for y in ds[dim].values], {dim: ds[dim]}, [dim])


def under40_share(ds: xr.Dataset) -> xr.DataArray:
    """Faculty under 40, all universities."""
    return _share(_faculty(ds), 0, 39)


def under40_share_25plus(ds: xr.Dataset) -> xr.DataArray:
    """Faculty aged 25–39 among those aged 25 and over, all universities."""
    return _share(_faculty(ds), 25, 39, 25)


def under40_share_national(ds: xr.Dataset) -> xr.DataArray:
    """Faculty under 40, national universities."""
    return _share(_national(ds), 0, 39)


def fixed_term_share_national(ds: xr.Dataset) -> xr.DataArray:
    """Fixed-term among faculty, national universities."""
    return _people(ds, "fixed_term_national").sum(CELL) / _national(ds).sum(CELL)


def fixed_term_share_under40_national(ds: xr.Dataset) -> xr.DataArray:
    """Fixed-term among faculty under 40, national."""
    young = ds["age"] < 40
    fixed = _people(ds, "fixed_term_national").where(young, 0.0).sum(CELL)
    return fixed / _national(ds).where(young, 0.0).sum(CELL)


def doctoral_entrants_persons(ds: xr.Dataset) -> xr.DataArray:
    """Doctoral entrants in April."""
    return _family(ds, "enter_from_masters", "enter_as_working_adult", "enter_from_abroad")


def doctoral_enrolment_persons(ds: xr.Dataset) -> xr.DataArray:
    """Doctoral students."""
    return _people(ds, "doctoral_").sum(CELL)


def doctorates_awarded_persons(ds: xr.Dataset) -> xr.DataArray:
    """Doctorates awarded."""
    return _family(ds, "complete_with_degree", "doctorates_without_course")


def doctorates_per_million(ds: xr.Dataset) -> xr.DataArray:
    """Doctorates awarded per million people.

    Degrees of the fiscal year over the population of its 1 October.
    """
    return doctorates_awarded_persons(ds) / _population(ds, "year") * 1e6


def supported_doctoral_share(ds: xr.Dataset) -> xr.DataArray:
    """Doctoral students with living-cost support."""
    supported = [
        s for s in ds["stage"].values
        if s.startswith("doctoral_") and not s.endswith("_unsupported")
    ]  # fmt: skip
    return ds["stock"].sel(stage=supported).sum(("stage", *CELL)) / doctoral_enrolment_persons(ds)


def postdocs_persons(ds: xr.Dataset) -> xr.DataArray:
    """Postdocs."""
    return _people(ds, "postdoc_").sum(CELL)


def faculty_persons(ds: xr.Dataset) -> xr.DataArray:
    """Faculty, all universities."""
    return _faculty(ds).sum(CELL)


def _permanent_entries(ds: xr.Dataset) -> xr.DataArray:
    source, target = ds["rule_source"].values, ds["rule_target"].values
    permanent = ("permanent_national", "permanent_other")
    entering = np.array(
        [
            t.startswith(permanent) and not s.startswith(permanent)
            for s, t in zip(source, target, strict=True)
        ]
    )
    return _moved(ds, entering)


def permanent_hires_persons(ds: xr.Dataset) -> xr.DataArray:
    """Entries into permanent faculty posts.

    From elsewhere, by tenure grant and by conversion; transfers between permanent posts do not
    count. Grants and conversions of 31 March belong to the year that ends, hires of 1 April to the
    one that begins, so the first grants come a year before they displace hires.
    """
    return _permanent_entries(ds).sum(CELL, skipna=False)


def permanent_entry_mean_age_years(ds: xr.Dataset) -> xr.DataArray:
    """Mean age at entry into a permanent post."""
    entries = _permanent_entries(ds).sum(("sex", "field"), skipna=False)
    return (entries * ds["age"]).sum("age", skipna=False) / entries.sum("age", skipna=False)


def women_share_faculty(ds: xr.Dataset) -> xr.DataArray:
    """Women among faculty, all universities."""
    return _faculty(ds).sel(sex="female").sum(("age", "field")) / _faculty(ds).sum(CELL)


def doctorates_in_firms_persons(ds: xr.Dataset) -> xr.DataArray:
    """Researchers in firms who come from doctoral study."""
    return _people(ds, "firm").sum(CELL)


def seeking_persons(ds: xr.Dataset) -> xr.DataArray:
    """People out of doctoral study or a post who still seek one on 1 May."""
    return _people(ds, "seeking_").sum(CELL)


def modelled_researchers_per_10000(ds: xr.Dataset) -> xr.DataArray:
    """Modelled researchers per 10,000 people (not the official headcount)."""
    people = _people(ds, "postdoc_", "fixed_term_", "permanent_", "public_institute", "firm").sum(
        CELL
    )
    return people / _population(ds, "time") * 1e4


def annual_cost_yen(ds: xr.Dataset) -> xr.DataArray:
    """Yearly cost of the levers.

    Those in force, in yen of FY2024 (see `money`).
    """
    return money.total(money.annual_parts(ds))


def committed_cost_yen(ds: xr.Dataset) -> xr.DataArray:
    """Committed cost of the levers.

    What the awards and appointments in force cost from their first year to their last, in yen of
    FY2024 (see `money`).
    """
    return money.total(committed_parts(ds))


def committed_parts(ds: xr.Dataset) -> dict[str, xr.DataArray]:
    """Committed cost by part, yen of FY2024 (see `money`)."""
    return money.committed_parts(ds, permanent_entry_mean_age_years(ds))


def _of_careers(ds: xr.Dataset, name: str) -> xr.DataArray:
    """What the individual engine has measured of careers; not a number without it."""
    import xarray as xr

    if name in ds:
        return ds[name].copy()
    return xr.DataArray(np.full(ds.sizes["year"], np.nan), {"year": ds["year"]}, ["year"])


def first_permanent_post_age_years(ds: xr.Dataset) -> xr.DataArray:
    """Mean age at the first permanent post.

    By year of entry, of those who enter within ten years after doctoral study (`careers.measures`).
    """
    return _of_careers(ds, "first_permanent_post_age_years")


def years_to_permanent_post(ds: xr.Dataset) -> xr.DataArray:
    """Mean years from doctoral study to the first permanent post.

    By year of entry, of those who enter within ten years after doctoral study (`careers.measures`).
    """
    return _of_careers(ds, "years_to_permanent_post")


def fixed_term_contracts_per_career(ds: xr.Dataset) -> xr.DataArray:
    """Fixed-term contracts in the ten years after doctoral study, of those with any.

    By the year in which the ten years are over, renewals too (`careers.measures`).
    """
    return _of_careers(ds, "fixed_term_contracts_per_career")


INDICATORS = (
    Indicator(under40_share, "share", "40歳未満の大学教員の割合", headline=True),
    Indicator(under40_share_25plus, "share", "25～39歳の割合（25歳以上の大学教員）"),
    Indicator(under40_share_national, "share", "40歳未満の教員の割合（国立大学）"),
    Indicator(fixed_term_share_national, "share", "任期付き教員の割合（国立大学）"),
    Indicator(
        fixed_term_share_under40_national,
        "share",
        "40歳未満の任期付き割合（国立大学）",
        headline=True,
    ),
    Indicator(doctoral_entrants_persons, "persons per year", "博士課程入学者数", headline=True),
    Indicator(doctoral_enrolment_persons, "persons", "博士課程在学者数"),
    Indicator(doctorates_awarded_persons, "persons per year", "博士号授与数"),
    Indicator(
        doctorates_per_million,
        "persons per million",
        "人口100万人当たり博士号取得者数",
        headline=True,
    ),
    Indicator(supported_doctoral_share, "share", "生活費支援を受ける博士課程学生の割合"),
    Indicator(postdocs_persons, "persons", "ポストドクター数", headline=True),
    Indicator(seeking_persons, "persons", "求職中の研究人材数（博士課程修了・満期退学者を含む）"),
    Indicator(faculty_persons, "persons", "大学本務教員数"),
    Indicator(permanent_hires_persons, "persons per year", "無期雇用教員への就任数", headline=True),
    Indicator(
        permanent_entry_mean_age_years,
        "years of age",
        "無期雇用教員への就任時の平均年齢",
        headline=True,
    ),
    Indicator(women_share_faculty, "share", "女性教員の割合"),
    Indicator(doctorates_in_firms_persons, "persons", "企業の博士課程出身研究者数"),
    Indicator(
        modelled_researchers_per_10000,
        "per 10,000 people",
        "人口1万人当たり研究者数（モデル対象分。公式統計とは異なる）",
    ),
    Indicator(annual_cost_yen, "yen per year", "政策手段の年間費用（2024年度価格）", headline=True),
    Indicator(committed_cost_yen, "yen", "政策手段の採用・任用期間全体の費用（2024年度価格）"),
    Indicator(
        first_permanent_post_age_years,
        "years of age",
        "初めて無期雇用教員となった平均年齢",
        of_careers=True,
    ),
    Indicator(
        years_to_permanent_post,
        "years",
        "博士課程修了から無期雇用教員就任までの平均年数",
        of_careers=True,
    ),
    Indicator(
        fixed_term_contracts_per_career,
        "contracts per career",
        "博士課程修了後10年間の任期付き契約の数（更新を含む。経験者の平均）",
        of_careers=True,
    ),
)
NAMES = tuple(indicator.name for indicator in INDICATORS)


def about(name: str) -> Indicator:
    """A measure by name. Raises ValueError with the nearest name."""
    for indicator in INDICATORS:
        if indicator.name == name:
            return indicator
    raise ValueError(f"no indicator '{name}'{nearest(name, NAMES)}")


def one(ds: xr.Dataset, name: str) -> xr.DataArray:
    """One measure of a dataset by name. Raises ValueError with the nearest name."""
    return about(name).function(ds)


def expected(values: Values) -> Values:
    """The one number to show where there are several runs.

    Of two engines the stock engine, which has no chance in it; else the mean over replicates.
    """
    if "engine" in values.dims:
        values = values.sel(engine="stocks")
        if "replicate" in values.dims:  # the same for all
            return values.isel(replicate=0)
    return values.mean("replicate", keep_attrs=True) if "replicate" in values.dims else values


#: Coordinates that say of which run a measure is.
KEPT = ("scenario", "run_id")


def indicators(ds: xr.Dataset) -> xr.Dataset:
    """All measures of a dataset, by name, with units and labels in English and Japanese."""
    import xarray as xr

    found = {}
    for indicator in INDICATORS:
        values = indicator.function(ds)
        values.attrs = values.attrs | indicator.attrs if indicator.of_careers else indicator.attrs
        found[indicator.name] = values.drop_vars(
            [name for name in values.coords if name not in (*values.dims, *KEPT)]
        )
    return xr.Dataset(found, attrs=dict(ds.attrs))
