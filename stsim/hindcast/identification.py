"""docs/identification.md: what the data can and cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stsim import draws
from stsim.describe.long_pages import COMMANDS
from stsim.describe.markdown import plain, table
from stsim.hindcast.cohorts import GROUPS, Cohorts, Surveys
from stsim.hindcast.contracts import Chart, Contracts
from stsim.hindcast.degrees import Degrees
from stsim.hindcast.problem import Posterior
from stsim.observed import FIELDS, Record
from stsim.params import NAMES
from stsim.simulation import fitted

#: The command that makes the pages.
COMMAND = COMMANDS["identification.md"]
#: Parameters of which the record removes less than this part of the prior variance are not known
#: from it.
SAYS_LITTLE = draws.UNMOVED


def rows_of(rows: Sequence[Sequence[str]], texts: int = 1) -> str:
    """A table whose first columns are text."""
    heads, *body = [[plain(cell) for cell in row] for row in rows]
    lines = table(heads, body).splitlines()
    lines[1] = f"| {' | '.join(['---'] * texts + ['---:'] * (len(heads) - texts))} |"
    return "\n".join(lines)


def identification(record: Record) -> str:
    """What the data can and cannot say: the part of the prior variance that is removed."""
    cohorts, contracts = Cohorts(Surveys.of(record)).fit(), Contracts(Chart.of(record))
    study = Degrees(record, 2022).posterior
    text = [
        "# What the data can and cannot say",
        f"Made by `{COMMAND}`. *Identified* is the part of the variance of the prior that the "
        "record has removed: 1 means that the prior no longer matters, 0 that nothing was learnt. "
        f"Below {SAYS_LITTLE:g}, what a result owes to a parameter is the prior's, whatever the "
        "fit.",
        "## The full model",
        _full_model(),
        "## Faculty of all universities by age (surveys since 1986)",
        _of_posterior(cohorts, _cohort_groups(cohorts)),
        "Bands of age cannot tell contracts apart, and say little of the ages at which people over "
        "60 retire, or of the ages of hires over 40 inside their bands. How much exits have moved "
        "since 1986 they say well.",
        "## National universities by age and contract (chart since 2007)",
        _of_posterior(contracts.problem.fit(), {}),
        "Ages of hires and their drift are known. Who fills a permanent post, and how often people "
        "leave at which age, are not: more exits with more hires give the same chart.",
        "## Doctoral study by field (since 1981)",
        _of_posterior(study, _of_fields(study)),
        "Enrolment that rises while entrants fall can be entry that the April count misses or "
        "longer stays; degrees without a course are a form of the model after FY2009, when the "
        "last count was made. In-sample errors are nearly the same for very different splits.",
        "## What has to be a prior",
        "The share of permanent posts filled from inside; exits of under-40 permanent and "
        "fixed-term staff apart; the shape of retirement after 60; differences of working adults; "
        "uncounted entry against longer stays; degrees without a course after FY2009; contracts "
        "outside national universities before 2024; and all of behaviour: how entry, leaving "
        "abroad and firms answer to stipends, posts and prospects.",
    ]
    return "\n\n".join(text) + "\n"


def _full_model() -> str:
    """What the fit of the full model says of itself (conf/params/fit.csv)."""
    identified = draws.identified(fitted())
    names: dict[str, list[float]] = {}
    for key, part in identified.items():
        names.setdefault(key.partition(".")[0], []).append(part)
    rows = [["Parameter", "identified, by field where there are several"]]
    for name, parts in sorted(names.items(), key=lambda item: -max(item[1])):
        rows.append([name.replace("_", " "), ", ".join(f"{max(part, 0):.2f}" for part in parts)])
    return (
        f"{rows_of(rows)}\n\n{len(NAMES) - len(names)} of {len(NAMES)} parameters are not fitted "
        "at all: what they are is their priors'. Priors, posteriors and sources of all: `python -m "
        "stsim job=assumptions`. 0 also stands for parameters whose posterior is as wide as the "
        "prior or wider."
    )


def _cohort_groups(posterior: Posterior) -> dict[str, list[int]]:
    """The many knots and steps of the cohort model by what they are of."""
    names = posterior.problem.names
    found = {
        "ages in 1986": [k for k, n in enumerate(names) if n.startswith("start_")],
        "exits by age, under 60": [
            k for k, n in enumerate(names) if n.startswith("exit_") and int(n[5:]) < 60
        ],
        "exits by age, 60 and over": [
            k for k, n in enumerate(names) if n.startswith("exit_") and int(n[5:]) >= 60
        ],
    }
    for group in GROUPS:
        found[f"exits over time, {group}"] = [
            k for k, n in enumerate(names) if n.startswith(f"walk_{group}")
        ]
    return found


def _of_fields(posterior: Posterior) -> dict[str, list[int]]:
    """Parameters of several fields, and steps of one walk, under the name they share."""
    found: dict[str, list[int]] = {}
    for k, name in enumerate(posterior.problem.names):
        stem = next((name.removesuffix(f"_{f}") for f in FIELDS if name.endswith(f"_{f}")), name)
        stem = stem.rpartition("_")[0] if stem.startswith("walk_") else stem
        found.setdefault(stem.replace("_", " "), []).append(k)
    return {name: places for name, places in found.items() if len(places) > 1}


def _of_posterior(posterior: Posterior, groups: Mapping[str, Sequence[int]]) -> str:
    """Prior, posterior and what is identified; of groups the least, middle and most."""
    problem = posterior.problem
    sd = np.sqrt((posterior.root**2).sum(axis=1))
    rows = [["Parameter", "prior", "posterior", "identified"]]
    in_groups = {k for places in groups.values() for k in places}
    for name, places in groups.items():
        parts = posterior.identified[list(places)]
        middle = f"{np.median(parts):.2f} ({parts.min():.2f} – {parts.max():.2f})"
        rows.append([f"{name}, {len(places)} values", "", "", middle])
    for k, name in enumerate(problem.names):
        if k not in in_groups:
            rows.append(
                [
                    name.replace("_", " "),
                    f"{problem.centre[k]:.3g} ± {problem.spread[k]:.2g}",
                    f"{posterior.best[k]:.3g} ± {sd[k]:.2g}",
                    f"{posterior.identified[k]:.2f}",
                ]
            )
    return rows_of(rows)
