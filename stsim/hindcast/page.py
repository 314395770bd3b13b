"""docs/hindcast.md and docs/identification.md, made anew by `python -m stsim.hindcast`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import get_args

from stsim.compose import compose
from stsim.given import PostsVariant
from stsim.hindcast import present
from stsim.hindcast.bars import Bar, bars
from stsim.hindcast.board import DRAWS, PARTS, SHARE, STEPS, UNIVERSITIES, scoreboard
from stsim.hindcast.cohorts import Cohorts, Surveys
from stsim.hindcast.cohorts_ahead import AGES_STAY, AS_CHOSEN, forecast
from stsim.hindcast.identification import COMMAND, identification, rows_of
from stsim.hindcast.scores import CHOSEN, Score
from stsim.hindcast.synthetic import UNTIL, Calibration, calibration
from stsim.measures import one
from stsim.observed import Record
from stsim.simulation import dataset

#: Synthetic sets of surveys.
SETS = 200
#: The published forecast that has no model of its own here.
PUBLISHED = "university_faculty_under40_share"
#: All that is done for the pages, for whoever shows progress.
ALL_STEPS = STEPS + SETS


def pages(
    record: Record, seed: int, workers: int, done: Callable[[int], None] = lambda step: None
) -> dict[str, str]:
    """The text of every page by file name."""
    scores = scoreboard(record, seed, done)
    synthetic = calibration(record, SETS, seed, workers, done)
    return {
        "hindcast.md": hindcast(record, scores, bars(record, scores), synthetic, seed),
        "identification.md": identification(record),
    }


def hindcast(
    record: Record,
    scores: Sequence[Score],
    asked: Sequence[Bar],
    synthetic: Calibration,
    seed: int,
) -> str:
    """The scoreboard: the bars, every part, what the forecast of 2016 said, synthetic data."""
    held = sum(bar.holds for bar in asked)
    text = [
        "# Forecasts of known years",
        f"Made by `{COMMAND}`; the scores one by one: `python -m stsim job=hindcast`, and from one "
        "year: `python -m stsim job=hindcast cut=2016`.",
        "The full model cannot be cut: its markets rest on the ledger of FY2022 to FY2023. What is "
        "scored here are small models of the same structure, written in the same words and run by "
        "the same engine: faculty of all universities by single age since 1986, national faculty "
        "by age and contract since 2007, doctoral study by field since 1981, first destinations. "
        "Each is fitted to what was known at the cut and sees nothing later; where a table says "
        "*known* or *as they were*, that one input is the observed one. Choices were made on "
        "earlier cuts; what was preferred after scores had been seen is named below and closes "
        "nothing.",
        "## What was asked, and what is reached",
        f"{held} of {len(asked)} hold.",
        rows_of(present.of_bars(asked, "en"), texts=2),
        "What is missed, and why. The number of people hired after the cut decides the bands: "
        "with hires known the errors are within what was asked. Development (cuts 1995 to 2004) "
        "cannot tell the drift of the last three surveys from that of all since 1986 (2.4 % both); "
        "the first was taken before scores were seen. The other would reach 4.0 %, and is shown "
        "below as what it is, a choice after the fact. The 60 and over of 2022 stayed longer than "
        "anything before 2019 said. Enrolment rises against falling entrants: it is reached when "
        "entry beyond the April count is taken to go on growing, and then degrees are not better.",
        "One prior was narrowed after scores had been seen: the drift of hire ages in national "
        "universities (docs/decisions/0017); with the wider one three lines there are missed.",
    ]
    for name, part in PARTS.items():
        text += [f"## {name[0].upper()}{name[1:]}", rows_of(present.standing(scores, name, "en"))]
        cuts = ", ".join(map(str, part.cuts))
        text.append(
            f"Mean absolute errors; cuts {cuts}. Ranges and CRPS (in per cent of what was counted) "
            "are over persons by group; baselines have no range, their CRPS is the error."
        )
    text += ["## From data to FY2016", _from_2016(record, scores)]
    text += ["## From the last survey on, beside the full model", _from_now_on(record, seed)]
    text += ["## Synthetic data", _synthetic(synthetic)]
    return "\n\n".join(text) + "\n"


def _from_2016(record: Record, scores: Sequence[Score]) -> str:
    """The forecast of the share under 40 that others published from the same surveys."""
    published = record.series(PUBLISHED, age="<40", status="projection")[2025]
    rows = [["Share under 40", "forecast", "middle 80 %", "counted"]]
    for s in scores:
        if (s.model, s.forecast, s.cut, s.series) == (UNIVERSITIES, CHOSEN, 2016, SHARE):
            inside = f"{100 * s.low80:.1f} – {100 * s.high80:.1f} %"
            counted = f"{100 * s.counted:.1f} %" if s.known else "not out"
            rows.append([str(s.year), f"{100 * s.middle:.1f} %", inside, counted])
    return (
        f"{rows_of(rows)}\n\nNISTEP Discussion Paper 193 (constant rates, data to FY2016) gave "
        f"{100 * published:.1f} % for 2025, under 40 over all ages; the survey's share of 25 to 39 "
        "is about 0.1 points lower. Neither can be called right before the survey of 2025 is out."
    )


#: Years after the last survey that are compared with the full model.
AHEAD = (2025, 2030, 2035, 2040)


def _from_now_on(record: Record, seed: int) -> str:
    """The share under 40 to come by the surveys alone, and by the full model's baseline."""
    model = Cohorts(Surveys.of(record))
    posterior = model.fit()
    rows = [["Share under 40", *map(str, AHEAD)]]
    for posts in get_args(PostsVariant):
        cells = []
        for ahead in (AS_CHOSEN, AGES_STAY):
            found = forecast(model, posterior, AHEAD, DRAWS, seed, posts, ahead)
            k = found.series.index(SHARE)
            low, high = found.interval(0.8)
            cells.append(
                [
                    f"{100 * m:.1f} ({100 * a:.0f} – {100 * b:.0f})"
                    for m, a, b in zip(found.middle[k], low[k], high[k], strict=True)
                ]
            )
        name = present.named(f"posts {posts}", "en")
        rows += [[f"{name}, ages of hires drift on", *cells[0]], [f"{name}, they stay", *cells[1]]]
        share = one(dataset(compose(["engine=stocks", f"posts={posts}"])), SHARE)
        full = [f"{100 * float(share.sel(time=year)):.1f}" for year in AHEAD]
        rows.append([f"{name}: full model, central", *full])
    return (
        f"{rows_of(rows)}\n\nPer cent; median and middle 80 % of the cohort model with all surveys "
        f"to {model.surveys.years[-1]}. The full model keeps the ages of hires as "
        "they are: it is to be read beside the lines in which they stay, and lies in the upper "
        "part of their range. More people under 40 leave in it and are replaced "
        "(docs/decisions/0017)."
    )


def _synthetic(found: Calibration) -> str:
    sets = len(found.ranks)
    each = (abs(found.ranks - 0.5) <= 0.4).mean(axis=0)
    return (
        f"{sets} sets of surveys until {UNTIL} made by the cohort model itself, with parameters "
        f"drawn from their priors and the error of a survey, then fitted: the middle 80 % of the "
        f"posterior hold {100 * found.parameters_covered:.1f} % of all parameters (single ones "
        f"{100 * each.min():.0f} to {100 * each.max():.0f} %; ± {100 * 0.4 / sets**0.5:.1f} is one "
        f"standard error of one), the middle 80 % of the forecasts hold "
        f"{100 * found.forecasts_covered:.1f} % of what came, up to fifteen years ahead."
    )
