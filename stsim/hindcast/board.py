"""The scoreboard: every model and every baseline from the same cuts, beside what was counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from stsim.hindcast import cohorts_ahead, contracts_ahead
from stsim.hindcast.baselines import Baseline, for_bands, for_counts
from stsim.hindcast.cohorts import BANDS, Cohorts, Surveys
from stsim.hindcast.cohorts_ahead import FURTHEST, Ahead
from stsim.hindcast.contracts import Chart
from stsim.hindcast.contracts_ahead import CELLS
from stsim.hindcast.forecast import Forecast
from stsim.hindcast.scores import CHOSEN, Score, scores
from stsim.observed import Record
from stsim.vocabulary import Array

#: Draws of a forecast.
DRAWS = 2000
UNIVERSITIES, NATIONAL = "all universities", "national universities"
#: Cuts on which choices were made, and those that are scored.
CHOICE_CUTS, CUTS = (1995, 1998, 2001, 2004), (2007, 2010, 2013, 2016, 2019)
#: Choices were scored on years until this one.
CHOSEN_UNTIL = 2007
SHARE = "under40_share"
#: Variants of the cohort model beside the chosen one. Those whose scores were seen before they were
#: preferred, or that know what nobody knew at the cut, never close a line.
FROZEN, LONG_DRIFT, KNOWN_HIRES = "hire ages stay", "hires drift as since 1986", "hires known"


def universities(record: Record, cut: int, until: int, seed: int, draws: int) -> Iterator[Score]:
    """Age bands of all universities, forecast from a survey year."""
    whole = Surveys.of(record)
    later = [year for year in whole.years if cut < year <= until]
    if not later:
        return
    counted = _with_share(whole.stock[:, [whole.years.index(year) for year in later]])
    model = Cohorts(Surveys.of(record.until(cut)))
    posterior = model.fit()
    years = np.arange(cut, cut + FURTHEST + 1)
    hired = np.interp(years, np.array(whole.years) - 1, whole.hires.sum(axis=0))
    known = dict(zip(years.tolist(), hired.tolist(), strict=True))
    frozen, long = Ahead(0.0, 0.0), Ahead(surveys=len(whole.years))

    def ahead(posts: str = "openings", **more: object) -> Forecast:
        return cohorts_ahead.forecast(model, posterior, later, draws, seed, posts, **more)  # type: ignore[arg-type]

    found = {
        CHOSEN: ahead(),
        "posts flat": ahead("flat"),
        "posts damped_trend": ahead("damped_trend"),
        FROZEN: ahead(ahead=frozen),
        LONG_DRIFT: ahead(ahead=long),
        KNOWN_HIRES: ahead(totals=known),
    }
    for name, forecast in found.items():
        yield from scores(UNIVERSITIES, name, cut, forecast, counted)
    lines = for_bands(9)
    yield from _baselines(
        UNIVERSITIES, lines, cut, model.surveys.years, model.surveys.stock, later, counted
    )


def national(record: Record, cut: int, until: int, seed: int, draws: int) -> Iterator[Score]:
    """Age and contract in national universities, forecast from a year of the chart."""
    whole = Chart.of(record)
    later = [year for year in whole.years if cut < year <= until]
    if not later or cut not in whole.years:
        return
    cells = whole.adjusted.reshape(len(CELLS), -1)
    counted = _with_share(cells[:, [whole.years.index(year) for year in later]], young=(0, 2))
    for variant in ("given", "flat", "damped_trend", "openings"):
        seats = whole.seats() if variant == "given" else None
        forecast = contracts_ahead.forecast(
            record, cut, later, variant, seats=seats, draws=draws, seed=seed
        )
        yield from scores(NATIONAL, f"posts {variant}", cut, forecast, counted)
    known = Chart.of(record.until(cut))
    before = known.adjusted.reshape(len(CELLS), -1)
    yield from _baselines(
        NATIONAL, for_counts(), cut, known.years, before, later, counted, young=(0, 2)
    )


def _with_share(counts: Array, young: Sequence[int] = (0,)) -> Array:
    """Persons by (series, year) and, as one more series, the share of the young ones."""
    share = counts[list(young)].sum(axis=0) / counts.sum(axis=0)
    return np.vstack([counts, share])


def _baselines(
    model: str,
    lines: Mapping[str, Baseline],
    cut: int,
    years: Sequence[int],
    known: Array,
    later: Sequence[int],
    counted: Array,
    young: Sequence[int] = (0,),
) -> Iterator[Score]:
    series = (*(BANDS if model == UNIVERSITIES else CELLS), SHARE)
    for name, line in lines.items():
        values = _with_share(line(years, known, later), young)
        point = Forecast(series, tuple(later), values[None])
        yield from scores(model, name, cut, point, counted, spread=False)


def scoreboard(record: Record, cuts: Sequence[int], until: int, seed: int = 1) -> list[Score]:
    """All scores from some cuts, of what was counted until a year."""
    found: list[Score] = []
    for cut in cuts:
        found += universities(record, cut, until, seed, DRAWS)
        found += national(record, cut, until, seed, DRAWS)
    return found
