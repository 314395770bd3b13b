"""From the end of doctoral study to the first permanent post, and what careers hold by then.

Doctoral study ends with or without the degree. Those who leave the model at that moment (back to
their employer, home abroad) are not followed: nothing is known of their later posts. Students
there on the first day are, because nobody comes to doctoral study from a permanent post; all
others of the first day and those hired from outside have no known past and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stsim.careers.columns import Careers, Codes, Group
from stsim.careers.curves import curves, split
from stsim.rulebook.study import complete_with_degree, complete_without_degree
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr

COMPLETIONS = (complete_with_degree.name, complete_without_degree.name)
#: How long careers are followed where nothing else is asked for.
WITHIN_YEARS = 10


@dataclass(frozen=True, eq=False)
class Followed:
    """Those whose doctoral study ended in the run and who stayed in the model.

    `who` are their places in `careers.persons`, `since` when their study ended, `event` the row
    of the first permanent post or of the exit that makes one impossible, −1 where neither came.
    """

    careers: Careers
    who: NDArray[np.intp]
    since: Array
    event: NDArray[np.intp]

    @property
    def causes(self) -> list[str]:
        """The first permanent post, and the ways out from which no rule leads to one."""
        labels = self.careers.labels
        return ["permanent_post", *np.array(labels.places)[labels.dead_ends].tolist()]

    @cached_property
    def cause(self) -> Codes:
        """What came first: a place in `causes`, −1 when the run ended before."""
        labels = self.careers.labels
        code = np.zeros(len(labels.places), dtype=np.intp)
        code[labels.dead_ends] = 1 + np.arange(labels.dead_ends.sum())
        return np.where(self.event < 0, -1, code[self.careers.target[self.event]])

    @cached_property
    def duration(self) -> Array:
        """Years from the end of study to what came first, or to the end of the run."""
        when = np.where(
            self.event < 0, self.careers.labels.end, self.careers.when[self.event].astype(float)
        )
        return when - self.since

    @property
    def followed(self) -> Array:
        """Years from the end of study to the end of the run."""
        return self.careers.labels.end - self.since

    def group(self, name: str) -> Group:
        """As `careers.group`, and `completed`: the academic year in which study ended."""
        if name == "completed":
            years = self.careers.labels.all_years
            return self.since.astype(np.intp) - 1 - years[0], years
        codes, labels = self.careers.group(name)
        return codes[self.who], labels

    def part(self, chosen: NDArray[np.bool_]) -> Followed:
        """Only those chosen."""
        return Followed(self.careers, self.who[chosen], self.since[chosen], self.event[chosen])


def after_doctorate(careers: Careers) -> Followed:
    """Follow everybody whose doctoral study ended in the run and who stayed in the model."""
    labels = careers.labels
    ends = np.array([pair.rule in COMPLETIONS for pair in labels.pairs])
    ended = careers.first(ends[careers.pair] & (careers.target != labels.outside))
    who = np.flatnonzero(ended >= 0)
    permanent = labels.tagged("permanent")
    event = careers.first(
        permanent[careers.target] & ~permanent[careers.source] | labels.dead_ends[careers.target]
    )
    return Followed(careers, who, careers.when[ended[who]].astype(float), event[who])


def time_to_permanent_post(
    careers: Careers, by: Sequence[str] = (), at: Sequence[float] = tuple(range(31))
) -> xr.Dataset:
    """Share with a first permanent post by years since doctoral study, in two estimates.

    `incidence`: the share who have got one, with the other ways out beside it; `net_share`: the
    chance if nobody could leave otherwise. Firms, institutes and abroad are no exits, because
    people come back from there. Both are by the groups asked for: `completed`, `entry_year`,
    `origin`, `sex`, `field`.
    """
    found = after_doctorate(careers)
    return curves(
        found.duration,
        found.cause,
        found.causes,
        found.followed,
        {name: found.group(name) for name in by},
        np.asarray(at, dtype=float),
        careers.labels.persons_per_agent,
    )


def contracts_held(found: Followed, within_years: float) -> Array:
    """Fixed-term contracts begun in the first years after study, renewals too, by person."""
    careers = found.careers
    begins = np.flatnonzero(careers.labels.tagged("fixed_term")[careers.target])
    since = _by_person(found)[careers.of_person[begins]]
    when = careers.when[begins]
    counted = begins[(when >= since) & (when <= since + within_years)]
    held = np.bincount(careers.of_person[counted], minlength=len(careers.persons))
    return held[found.who].astype(float)


def years_spent(found: Followed, tag: str, within_years: float) -> Array:
    """Years in stages with a tag in the first years after study, by person."""
    careers = found.careers
    rows = np.flatnonzero(careers.labels.tagged(tag)[careers.target])
    since = _by_person(found)[careers.of_person[rows]]
    begin = np.maximum(careers.when[rows], since)
    end = np.minimum(careers.until[rows], since + within_years)
    spent = np.nan_to_num(np.maximum(end - begin, 0.0))  # not a number for those not followed
    years = np.bincount(careers.of_person[rows], spent, minlength=len(careers.persons))
    return np.asarray(years[found.who], dtype=float)


def first_years(
    careers: Careers, by: Sequence[str] = ("completed",), within_years: float = WITHIN_YEARS
) -> xr.Dataset:
    """What careers hold in the first years after doctoral study, by group.

    Only people who could be followed for all these years count, so that a later cohort is not
    shorter only because the run ends. Means are of those who have what they speak of: age and
    years of those with a permanent post, contracts of those with any, years of those who were
    postdocs; the shares say how many these are.
    """
    import xarray as xr

    found = after_doctorate(careers)
    found = found.part(found.followed >= within_years)
    groups = {name: found.group(name) for name in by}
    shape = tuple(len(labels) for _, labels in groups.values())
    got = (found.cause == 0) & (found.duration <= within_years)
    contracts = contracts_held(found, within_years)
    postdoc = years_spent(found, "postdoc", within_years)
    of = f"within {within_years:g} years of doctoral study"
    ja = f"博士課程修了後{within_years:g}年以内"
    measured = {
        "permanent_post_share": (got, None, "share", "with a permanent post", "無期雇用就任割合"),
        "first_permanent_post_age_years": (
            careers.age[found.event], got, "years", "age at the first permanent post",
            "初めて無期雇用教員となった年齢",
        ),
        "years_to_permanent_post": (
            found.duration, got, "years", "years to the first permanent post",
            "初めて無期雇用教員となるまでの年数",
        ),
        "fixed_term_share": (
            contracts > 0, None, "share", "with a fixed-term contract", "任期付き教員経験割合",
        ),
        "fixed_term_contracts_per_career": (
            contracts, contracts > 0, "contracts", "fixed-term contracts, renewals too",
            "任期付き契約の数（更新を含む）",
        ),
        "postdoc_share": (postdoc > 0, None, "share", "once a postdoc", "ポスドク経験割合"),
        "postdoc_years": (postdoc, postdoc > 0, "years", "years as postdoc", "ポスドクの年数"),
    }  # fmt: skip
    values = {name: np.full(shape, np.nan) for name in measured}
    persons = np.zeros(shape)
    for where, inside in split(list(groups.values()), len(found.who)):
        persons[where] = len(inside)
        for name, (value, chosen, *_) in measured.items():
            own = value[inside] if chosen is None else value[inside][chosen[inside]]
            values[name][where] = own.mean() if len(own) else np.nan
    data = {
        name: (tuple(groups), values[name], {
            "units": unit, "long_name": f"{label}, {of}", "long_name_ja": f"{label_ja}（{ja}）",
        })
        for name, (_, _, unit, label, label_ja) in measured.items()
    }  # fmt: skip
    data["persons"] = (tuple(groups), persons * careers.labels.persons_per_agent, {
        "units": "persons", "long_name": f"people followed for {within_years:g} years",
        "long_name_ja": f"{within_years:g}年間追跡した人数",
    })  # fmt: skip
    return xr.Dataset(data, {name: list(labels) for name, (_, labels) in groups.items()})


def _by_person(found: Followed) -> Array:
    """When study ended, for every person; not a number for those who are not followed."""
    since = np.full(len(found.careers.persons), np.nan)
    since[found.who] = found.since
    return since
