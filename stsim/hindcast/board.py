"""The scoreboard: every model and every baseline from the same cuts, beside what was counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from stsim.config import ConfigError
from stsim.hindcast import cohorts_ahead, contracts_ahead, destinations
from stsim.hindcast.baselines import Baseline, for_bands, for_counts, persistence
from stsim.hindcast.cohorts import BANDS, Cohorts, Surveys
from stsim.hindcast.cohorts_ahead import AGES_STAY, FURTHEST, Ahead
from stsim.hindcast.contracts import Chart
from stsim.hindcast.contracts_ahead import CELLS
from stsim.hindcast.degree_counts import awards_counted, enrolment_counted
from stsim.hindcast.degrees import FIRST_CUT, SERIES, Degrees, last_ratio
from stsim.hindcast.forecast import Forecast
from stsim.hindcast.scores import CHOSEN, Score, scores
from stsim.hindcast.study import FIRST
from stsim.observed import FIELDS, Record
from stsim.vocabulary import Array

#: Draws of a forecast.
DRAWS = 2000
UNIVERSITIES, NATIONAL = "all universities", "national universities"
DOCTORAL, GRADUATES = "doctoral study", "first destinations"
SHARE = "under40_share"
#: Variants of the cohort model beside the chosen one. Those whose scores were seen before they were
#: preferred, or that know what nobody knew at the cut, never close a line.
FROZEN, LONG_DRIFT, KNOWN_HIRES = "hire ages stay", "hires drift as since 1986", "hires known"
KNOWN_ENTRANTS, PACE = "entrants known", "entrants known, uncounted entry goes on"


def universities(record: Record, cut: int, until: int, seed: int, draws: int) -> Iterator[Score]:
    """Age bands of all universities, forecast from the last survey until a cut, to the next one."""
    whole = Surveys.of(record)
    model = Cohorts(Surveys.of(record.until(cut)))
    cut = model.surveys.years[-1]
    later = [year for year in (*whole.years, whole.years[-1] + 3) if cut < year <= until]
    stock = dict(zip(whole.years, whole.stock.T, strict=True))
    nobody = np.full(len(BANDS), np.nan)
    counted = _with_share(np.array([stock.get(year, nobody) for year in later]).T)
    posterior = model.fit()
    years = np.arange(cut, cut + FURTHEST + 1)
    hired = np.interp(years, np.array(whole.years) - 1, whole.hires.sum(axis=0))
    known = dict(zip(years.tolist(), hired.tolist(), strict=True))
    long = Ahead(surveys=len(whole.years))

    def ahead(posts: str = "openings", **more: object) -> Forecast:
        return cohorts_ahead.forecast(model, posterior, later, draws, seed, posts, **more)  # type: ignore[arg-type]

    found = {
        CHOSEN: ahead(),
        "posts flat": ahead("flat"),
        "posts damped_trend": ahead("damped_trend"),
        FROZEN: ahead(ahead=AGES_STAY),
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
    """Age and contract in national universities, forecast from the chart of a cut or before."""
    whole = Chart.of(record)
    cut = max(year for year in whole.years if year <= cut)
    later = [year for year in whole.years if cut < year <= until]
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


def doctoral(record: Record, cut: int, until: int, seed: int, draws: int) -> Iterator[Score]:
    """Doctorates by field and in all, and enrolment, forecast from a fiscal year."""
    later = range(cut + 1, until + 1)
    enrolled = enrolment_counted(record)
    awards = awards_counted(record, until)
    years = range(FIRST, until + 1)
    persons = np.array([enrolled.get(year, np.nan) for year in years])
    table = np.vstack([awards, awards.sum(axis=0), persons])
    known, counted = table[:, : cut + 1 - FIRST], table[:, cut + 1 - FIRST :]
    entrants = record.by_field("doctoral_entrants")
    model = Degrees(record, cut)
    found = {
        CHOSEN: model.forecast(later, number=draws, seed=seed),
        KNOWN_ENTRANTS: model.forecast(later, entrants=entrants, number=draws, seed=seed),
        PACE: model.forecast(later, entrants=entrants, pace=1.0, number=draws, seed=seed),
    }
    for name, forecast in found.items():
        yield from scores(DOCTORAL, name, cut, forecast, counted)
    lines: dict[str, Baseline] = {
        **for_counts(),
        "last ratio to entrants": partial(_last_ratio, entrants),
    }
    for name, line in lines.items():
        by_field = line(years[: known.shape[1]], known[: len(FIELDS)], later)
        last = np.isfinite(known[-1])
        of_all = _alone(name, np.array(years[: known.shape[1]])[last], known[-1:, last], later)
        values = np.vstack([by_field, by_field.sum(axis=0), of_all])
        point = Forecast(SERIES, tuple(later), values[None])
        yield from scores(DOCTORAL, name, cut, point, counted, spread=False)


def _last_ratio(
    entrants: Mapping[str, Mapping[int, float]],
    years: Sequence[int],
    known: Array,
    later: Sequence[int],
) -> Array:
    return last_ratio(entrants, known, years[-1], later)


def _alone(name: str, years: Array, known: Array, later: Sequence[int]) -> Array:
    """A baseline for one series; NaN where it is made for several."""
    line = for_counts().get(name.removesuffix(" on shares"))
    if line is None:
        return np.full((1, len(later)), np.nan)
    return line(years.tolist(), known, later)


def graduates(record: Record, cut: int, until: int, seed: int, draws: int) -> Iterator[Score]:
    """First destinations of graduates in science and engineering, forecast from a survey year."""
    years, shares = destinations.counted(record)
    later = [year for year in years if cut < year <= until]
    known = years.index(cut) + 1
    counted = shares[:, known : known + len(later)]
    chosen = destinations.forecast(record, cut, later)
    lines: dict[str, Baseline] = {
        "persistence": persistence,
        "logit trend": destinations.logit_trend,
    }
    yield from scores(GRADUATES, CHOSEN, cut, chosen, counted, spread=False)
    for name, line in lines.items():
        values = line(years[:known], shares[:, :known], later)
        point = Forecast(destinations.DESTINATIONS, tuple(later), values[None])
        yield from scores(GRADUATES, name, cut, point, counted, spread=False)


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


#: The scores of one part: from a record, a cut, the last count, a seed and the number of draws.
Maker = Callable[[Record, int, int, int, int], Iterator[Score]]


@dataclass(frozen=True)
class Part:
    """A part of the pipeline: what makes its scores, and from which years it can.

    `cuts` are those of the scoreboard, `until` the last count that is scored.
    """

    make: Maker
    first: int
    last: int
    cuts: tuple[int, ...]
    until: int


#: Cuts of all universities are survey years; choices were made on earlier ones. Forecasts of them
#: go on to the next survey, which is not out.
PARTS = {
    UNIVERSITIES: Part(universities, 1995, 2024, (2007, 2010, 2013, 2016, 2019), 2025),
    NATIONAL: Part(national, 2012, 2022, (2014, 2016), 2023),
    DOCTORAL: Part(doctoral, FIRST_CUT, 2021, (2007, 2010, 2013, 2016), 2022),
    GRADUATES: Part(graduates, 2014, 2023, (2018,), 2024),
}
#: From which year on a forecast can be made of some part, and until which.
FIRST_OF_ALL = min(part.first for part in PARTS.values())
LAST_OF_ALL = max(part.last for part in PARTS.values())
#: Forecasts of the whole scoreboard.
STEPS = sum(len(part.cuts) for part in PARTS.values())


def scoreboard(
    record: Record, seed: int = 1, done: Callable[[int], None] = lambda cut: None
) -> list[Score]:
    """All scores from all cuts. `done` is told each cut of a part."""
    found: list[Score] = []
    for part in PARTS.values():
        for cut in part.cuts:
            found += part.make(record, cut, part.until, seed, DRAWS)
            done(cut)
    return found


def from_cut(record: Record, cut: int, seed: int = 1) -> list[Score]:
    """The scores of every part that can be forecast from a year, and the next survey.

    Raises ConfigError where none can.
    """
    if not FIRST_OF_ALL <= cut <= LAST_OF_ALL:
        raise ConfigError(
            f"cut={cut} is outside {FIRST_OF_ALL} to {LAST_OF_ALL}: forecasts need some surveys "
            "before it and a count after it"
        )
    found: list[Score] = []
    for part in PARTS.values():
        if part.first <= cut <= part.last:
            found += part.make(record, cut, part.until, seed, DRAWS)
    return found
