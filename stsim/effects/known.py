"""docs/known_results.md: results known from the literature, beside what the model gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from stsim import levers
from stsim.compose import compose
from stsim.config import BUDGET
from stsim.describe.long_pages import COMMANDS
from stsim.describe.markdown import table
from stsim.engines import stockflow
from stsim.faults import strict
from stsim.given import LAST_YEAR
from stsim.measures import indicators
from stsim.rates import Rates
from stsim.results import check_ledger
from stsim.simulation import dataset
from stsim.vocabulary import (
    OUTSIDE,
    Array,
    Count,
    Moment,
    Openings,
    Rulebook,
    Season,
    Stage,
    flow,
    intake,
    posts,
    year_end,
)

COMMAND = COMMANDS["known_results.md"]
#: Years over which the long run is taken: the last that a run knows whole.
LONG_RUN = (LAST_YEAR - 10, LAST_YEAR - 1)
#: Words that make the long run, and those of the changes that are shown.
LAW = ("engine=stocks", "band=false", f"years.last={LAST_YEAR}")
MORE_DOCTORATES = "policy.masters_graduates_ratio=1.3"
LATER = "policy.retirement_age_years=70"
ALL_STAY = "params.stay_on_share=1"
EXITS = (
    "leave_permanent_national_per_year",
    "leave_permanent_other_per_year",
    "leave_permanent_from_60_per_year",
)

# --- entry waves ----------------------------------------------------------------------------------

STUDY, QUEUE, POST = Stage("study", clock_years=6), Stage("queue"), Stage("post")
STUDY_YEARS, OPENINGS, GIVE_UP, ENTRANTS = 5, 40.0, 0.1, 100.0


@intake(STUDY)
def enter(m: Moment) -> Any:
    """Entrants follow the chance of a post that they expect, at a constant elasticity.

    They expect `expectation_weight` times last year's chance and, for the rest, that of the steady
    state: a weight of 1 is a cobweb (Freeman 1976).
    """
    expected = m.params.expectation_weight * m.last.prospect / m.params.steady_prospect
    expected = expected + 1 - m.params.expectation_weight
    return m.params.entrants * expected**m.params.elasticity


@year_end(STUDY, QUEUE)
def complete(m: Moment) -> Any:
    """Students complete after five years."""
    return np.asarray(m.clock >= STUDY_YEARS, dtype=float)


@flow(QUEUE, OUTSIDE)
def give_up(m: Moment) -> Any:
    """Some of those who wait give up."""
    return m.params.give_up_per_year


@posts(QUEUE, POST, weight=lambda m: 1.0)
def hire(m: Moment) -> Openings:
    """A constant number of posts is filled."""
    return Openings(m.params.openings)


def prospect(count: Count) -> Array:
    """The chance of a post in the year: hires over those who waited or were hired."""
    hired = count.moves((hire,), QUEUE)
    return np.asarray(hired / (hired + count.people(QUEUE)))


WAVES = Rulebook(
    (STUDY, QUEUE, POST), (enter, complete, give_up, hire), (Season((hire,)),), (prospect,),
    ages=(0,), sexes=("all",),
)  # fmt: skip


def waves(elasticity: float, expectation_weight: float, years: int = 200) -> Array:
    """Entrants by year after the queue has been a tenth too long, in a market that was steady.

    A fixed number of posts, five years of study, a tenth of those who wait gives up every year.
    """
    stay = np.exp(-GIVE_UP)
    # before the market of a year those left and the new ones: q = q · stay + entrants − openings
    queue = (ENTRANTS - OPENINGS) / (1 - stay)
    steady = OPENINGS / (OPENINGS + queue)
    params = {
        "elasticity": elasticity, "expectation_weight": expectation_weight, "entrants": ENTRANTS,
        "steady_prospect": steady, "give_up_per_year": GIVE_UP, "openings": OPENINGS,
    }  # fmt: skip
    studying = np.zeros((1, STUDY.clock_years, 1, 1, 1))
    studying[0, :STUDY_YEARS] = ENTRANTS
    one = np.ones((1, 1, 1, 1, 1))
    start = {"study": studying, "queue": 1.1 * queue * one, "post": 0.0 * one}
    rates = Rates(WAVES, params, first_aggregates={"prospect": steady})
    run = stockflow.run(rates, start, 0, years)
    check_ledger(run)
    k = [rule.name for rule, _, _ in WAVES.pairs].index("enter")
    return np.asarray(run.flow[0, 1:, k].sum(axis=(1, 2, 3)))


def swing(entrants: Array) -> tuple[float, float]:
    """How far entrants swing (standard deviation over mean) in the first and the last third."""
    third = len(entrants) // 3
    first, last = entrants[:third], entrants[-third:]
    return float(first.std() / first.mean()), float(last.std() / last.mean())


def period(entrants: Array) -> float:
    """Mean years from one crest to the next; not a number where there are less than two."""
    inner = entrants[1:-1]
    crests = np.flatnonzero((inner > entrants[:-2]) & (inner >= entrants[2:]))
    high = crests[inner[crests] > 1.001 * entrants.mean()]
    return float(np.diff(high).mean()) if len(high) > 1 else float("nan")


# --- Japan ----------------------------------------------------------------------------------------


def run(*words: str) -> dict[str, dict[int, float]]:
    """The measures of a run to the last year there is, and permanent faculty, by year."""
    with strict():
        ds = dataset(compose([*LAW, *words]))
        measured = indicators(ds)
    found = {
        str(name): dict(zip(v[v.dims[-1]].values.tolist(), v.values.tolist(), strict=True))
        for name, v in measured.items()
    }
    permanent = [s for s in ds["stage"].values if s.startswith("permanent_")]
    people = ds["stock"].sel(stage=permanent).sum(("stage", "age", "sex", "field"))
    found["permanent_faculty"] = dict(
        zip(people["time"].values.tolist(), people.values.tolist(), strict=True)
    )
    return found


def change(law: dict[int, float], other: dict[int, float], first: int, last: int) -> float:
    """How much more the sum over some years is, as a share."""
    years = range(first, last + 1)
    return sum(other[year] for year in years) / sum(law[year] for year in years) - 1


def more_exits() -> list[str]:
    """Words for a fifth more exits from permanent posts before the age limit."""
    params = compose(LAW).params
    return [f"params.{name}={1.2 * float(getattr(params, name))}" for name in EXITS]


#: Runs that the page makes.
RUNS = 5


def page(workers: int, advance: Callable[[int], None] = lambda done: None) -> str:
    """The text of the page; `workers` are not needed."""
    found = []
    for words in ([], [MORE_DOCTORATES], [LATER], [LATER, ALL_STAY], more_exits()):
        found.append(run(*words))
        advance(len(found))
    return text(*found)


def text(
    law: dict[str, dict[int, float]],
    doctorates: dict[str, dict[int, float]],
    later: dict[str, dict[int, float]],
    all_stay: dict[str, dict[int, float]],
    exits: dict[str, dict[int, float]],
) -> str:
    """The page from its runs."""
    hires = "permanent_hires_persons"
    shown = {
        "doctorates_awarded_persons": "Doctorates awarded in the year",
        "seeking_persons": "Seeking a post on 1 May",
        "postdocs_persons": "Postdocs (positions are given)",
        "permanent_faculty": "Permanent faculty",
        hires: "Entries into permanent posts in the year",
    }
    years = (2030, 2040, 2050, LAST_YEAR - 1)
    queue = [
        [name, *(f"{round(doctorates[k][y] - law[k][y]):+,} ({law[k][y]:,.0f})" for y in years)]
        for k, name in shown.items()
    ]
    long_run = {
        "A fifth more exits from permanent posts before the age limit": exits,
        "30 % more master's graduates": doctorates,
        "Age limit 70 instead of 65, half stay on": later,
    }
    of_hires = [
        [
            name,
            *(
                f"{100 * change(law[k], other[k], *LONG_RUN):+.1f} %"
                for k in (hires, "doctorates_awarded_persons")
            ),
        ]
        for name, other in long_run.items()
    ]
    first_five = range(2028, 2033)
    retirement = [
        [
            name,
            *(f"{100 * (other[hires][y] / law[hires][y] - 1):.1f} %" for y in first_five),
            *(
                f"**{100 * change(law[hires], other[hires], *span):.1f} %**"
                for span in ((first_five[0], first_five[-1]), LONG_RUN)
            ),
        ]
        for name, other in (
            ("Half stay on (assumption, 0.2 to 1)", later),
            ("All stay on, as in MIT's calculation", all_stay),
        )
    ]
    spans = [*map(str, first_five), "First five", f"{LONG_RUN[0]} to {LONG_RUN[1]}"]
    wave_rows = []
    for elasticity, weight in ((2.0, 1.0), (2.0, 0.5), (0.2, 1.0)):
        entrants = waves(elasticity, weight)
        early, late = swing(entrants)
        years_between = period(entrants)
        every = "–" if years_between != years_between else f"{years_between:.0f} years"
        wave_rows.append(
            [f"{elasticity:g}", f"{weight:g}", f"{100 * early:.1f} %", f"{100 * late:.1f} %", every]
        )
    places, funded = ten_billion()
    return "\n\n".join(
        [
            "# Known results",
            f"Made by `{COMMAND}` from the fitted parameters (stock engine, posts flat, to "
            f"{LAST_YEAR}). Closed forms that small rulebooks must meet are in "
            "`tests/test_closed_forms.py`.",
            "## More doctorates lengthen the queue and do not enlarge the permanent stock",
            "30 % more master's graduates from 2027 on; change, and the law as it stands in "
            "brackets. Posts decide who is permanent, postdoc positions how many postdocs there "
            "are; the others seek, go to firms, abroad or out of research. The queue does not grow "
            "without end, as those who find nothing give up.",
            table(["", *map(str, years)], queue, ", ".join(map(str, years))),
            "## Exits set long-run hiring, degrees do not",
            f"Mean of {LONG_RUN[0]} to {LONG_RUN[1]} against the law as it stands.",
            table(["", "Permanent hires", "Doctorates"], of_hires, "Permanent hires, Doctorates"),
            "## Five more years to retirement",
            "MIT (Larson and Gomez Diaz 2012): with 1,000 posts and careers of 21.74 instead of "
            f"17.54 years hires fall from {1000 / 17.54:.1f} to {1000 / 21.74:.1f} a year, "
            f"**{100 * (17.54 / 21.74 - 1):.1f} %** in the long run (Little's law, run by a "
            "test). Japan, age limit 70 instead of 65 from 2027 on, permanent hires against the "
            "law as it stands:",
            table(["", *spans], retirement, ", ".join(spans)),
            "The long run is smaller than MIT's, as people enter at 44 and many leave before the "
            "limit. On the way the hires that were not made come back as retirements that do not "
            "happen, so the cut is smallest some twenty years after.",
            "## Entry waves",
            "A small market: 40 posts and 100 entrants a year, five years of study, a tenth of "
            "those who wait gives up every year; the queue starts a tenth too long. Entrants "
            "follow the chance of a post at the elasticity given; the weight is that of last "
            "year's chance beside the steady one. Swing: standard deviation over mean of entrants "
            "in the first and the last third of 200 years.",
            table(
                ["Elasticity", "Weight", "Swing first", "Swing last", "Crest to crest"],
                wave_rows, "Elasticity, Weight, Swing first, Swing last, Crest to crest",
            ),
            "With an elasticity of 2 and a weight of 1 entrants answer a queue that is six years "
            "old: waves of some twenty years that go on for generations and die out slowly. Half "
            "the weight, or the elasticity assumed for Japan (0.2, never measured), ends them in "
            "one or two.",
            "## What 10 billion yen a year buy",
            f"{places:,.0f} DC places or {funded:,.0f} permanent posts at national universities "
            f"({BUDGET}=10e9).",
        ]
    ) + "\n"  # fmt: skip


def ten_billion() -> tuple[float, float]:
    """DC places and permanent posts beyond the law that 10 billion yen a year buy."""
    found = []
    for name in ("dc_fellows_persons", "permanent_posts_national_persons"):
        high = levers.about(name).high
        config = compose([f"policy.{name}={high}", f"policy.{BUDGET}=10e9"])
        found.append(config.lever(name).at(2035) - config.law[name].timeline.at(2035))
    return found[0], found[1]
