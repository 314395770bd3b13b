"""What was asked of fit and forecasts before they were made, beside what they reach.

The bars are those of a feasibility study that fitted models of the same kind to the same counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stsim.hindcast import contracts, destinations
from stsim.hindcast.baselines import for_bands
from stsim.hindcast.board import (
    DOCTORAL,
    GRADUATES,
    KNOWN_ENTRANTS,
    KNOWN_HIRES,
    NATIONAL,
    PACE,
    PARTS,
    SHARE,
    UNIVERSITIES,
)
from stsim.hindcast.cohorts import Cohorts, Surveys
from stsim.hindcast.contracts import Chart, Contracts
from stsim.hindcast.degree_counts import awards_counted, enrolment_counted
from stsim.hindcast.degrees import Degrees
from stsim.hindcast.scores import CHOSEN, Score, mean
from stsim.hindcast.study import FIRST_AWARDS
from stsim.observed import FIELDS, Record
from stsim.vocabulary import Array

BASELINES = tuple(for_bands(9))


@dataclass(frozen=True)
class Bar:
    """One line: what is measured, between what it was to lie, and where it lies."""

    part: str
    what: str
    measured: float
    high: float = float("inf")
    low: float = float("-inf")
    unit: str = "%"

    @property
    def holds(self) -> bool:
        """Whether what was asked is reached."""
        return self.low <= self.measured <= self.high

    @property
    def asked(self) -> str:
        """What was asked, in words."""
        if np.isinf(self.low):
            return f"≤ {self.high:g}"
        if np.isinf(self.high):
            return f"≥ {self.low:g}"
        return f"{self.low:g} – {self.high:g}"


class Scores:
    """Scores of one part, to be asked for means."""

    def __init__(self, scores: Sequence[Score], part: str) -> None:
        self._scores = [score for score in scores if score.model == part]

    def of(
        self,
        name: str,
        *,
        share: bool = False,
        series: Sequence[str] | None = None,
        cut: int | None = None,
        since: int = 0,
        until: int = 9999,
        horizon: int | None = None,
    ) -> list[Score]:
        """The scores of one forecast: all but the share under 40, or that alone, or some series."""
        return [
            s
            for s in self._scores
            if s.forecast == name
            and s.known
            and (s.series in series if series else (s.series == SHARE) == share)
            and cut in (None, s.cut)
            and s.cut >= since
            and s.year <= until
            and horizon in (None, s.horizon)
        ]

    def percent(self, name: str, **where: object) -> float:
        """The mean absolute error in per cent."""
        return mean(self.of(name, **where), lambda score: score.percent)  # type: ignore[arg-type]

    def points(self, name: str, **where: object) -> float:
        """The mean absolute error of the share under 40, percentage points."""
        found = self.of(name, share=True, **where)  # type: ignore[arg-type]
        return mean(found, lambda score: 100 * abs(score.error))


def bars(record: Record, scores: Sequence[Score]) -> list[Bar]:
    """Every line that was asked, in the order it was asked in."""
    return [
        *_surveys_fitted(record),
        *_universities(Scores(scores, UNIVERSITIES)),
        *_national_fitted(record),
        *_national(Scores(scores, NATIONAL)),
        *_doctoral_fitted(record),
        *_doctoral(Scores(scores, DOCTORAL)),
        *_ledger(record),
        Bar(
            GRADUATES,
            "shares, cut 2018 to 2024",
            100 * mean(Scores(scores, GRADUATES).of(CHOSEN), lambda s: abs(s.error)),
            2.0,
            unit="pp",
        ),
    ]


def _surveys_fitted(record: Record) -> Iterator[Bar]:
    surveys = Surveys.of(record)
    model = Cohorts(surveys)
    found = model.carried(model.fit().best[None], surveys.years)[0]
    off = 100 * abs(found / surveys.stock - 1)
    share = 100 * abs(_first(found) - _first(surveys.stock))
    yield Bar(UNIVERSITIES, "fit: bands, mean", float(off.mean()), 0.5)
    yield Bar(UNIVERSITIES, "fit: bands, largest", float(off.max()), 1.5)
    yield Bar(UNIVERSITIES, "fit: share under 40, mean", float(share.mean()), 0.15, unit="pp")


def _first(counts: Array) -> Array:
    return np.asarray(counts[0] / counts.sum(axis=0))


def _universities(of: Scores) -> Iterator[Bar]:
    part, bands = UNIVERSITIES, of.percent(CHOSEN)
    yield Bar(part, "bands, 15 forecasts", bands, 4.0)
    for horizon, most in {3: 2.9, 6: 3.9, 9: 4.2, 12: 4.6}.items():
        found = of.percent(CHOSEN, horizon=horizon)
        yield Bar(part, f"bands, {horizon} years ahead", found, most)
    best = min(BASELINES, key=of.percent)
    for name, least in ((best, 20.0), ("linear 3", 35.0)):
        what = f"bands, better than {name}" + (", the best baseline" if name == best else "")
        yield Bar(part, what, 100 * (1 - bands / of.percent(name)), low=least)
    share = of.points(CHOSEN)
    yield Bar(part, "share under 40", share, 0.7, unit="pp")
    yield Bar(part, "share, cuts from 2010", of.points(CHOSEN, since=2010), 0.5, unit="pp")
    near = [s for s in of.of(CHOSEN, share=True, since=2010) if s.horizon <= 6]
    largest = max(100 * abs(s.error) for s in near)
    yield Bar(part, "share, cuts from 2010, largest to 6 years", largest, 0.8, unit="pp")
    worse = share - of.points("linear 3 on shares")
    yield Bar(part, "share, more than linear 3 on shares", worse, 0.15, unit="pp")
    for name in ("persistence", "damped trend", "cohort change"):
        ratio = share / of.points(name)
        yield Bar(part, f"share, over the error of {name}", ratio, 0.5, unit="ratio")
    yield Bar(part, "bands, hires known", of.percent(KNOWN_HIRES), 3.4)
    yield Bar(part, "share, hires known", of.points(KNOWN_HIRES), 0.65, unit="pp")
    in_bands, in_share = of.of(CHOSEN), of.of(CHOSEN, share=True)
    for level, low, high in ((80, 70.0, 92.0), (90, 82.0, 98.0)):
        held = 100 * mean(in_bands, lambda s, level=level: s.covered(level))  # type: ignore[misc]
        yield Bar(part, f"bands inside their {level} %", held, high, low)
    held = 100 * mean(in_share, lambda s: s.covered(80))
    yield Bar(part, "share inside its 80 %", held, low=80.0)
    width = 100 * mean(in_share, lambda s: s.high80 - s.low80)
    yield Bar(part, "share, width of the 80 %", width, 3.2, unit="pp")
    for year, most in ((2019, 0.3), (2022, 0.4)):
        (one,) = (s for s in of.of(CHOSEN, share=True, cut=2016) if s.year == year)
        yield Bar(part, f"share in {year} from 2016", 100 * abs(one.error), most, unit="pp")


def _national_fitted(record: Record) -> Iterator[Bar]:
    chart = Chart.of(record)
    model = Contracts(chart)
    moving = {*contracts.FREE, "permanent_log_exit", "fixed_term_log_exit"}
    spread = model.problem.spread * [1.0 if name in moving else 1e-6 for name in model.names]
    best = replace(model.problem, spread=spread).fit().best[None]
    found, counted = model.cells(model.known_years(best), chart.years)[0], model.counted(best)[0]
    off = 100 * abs(found / counted - 1).mean()
    share = 100 * abs(_young(found) - _young(counted)).mean()
    yield Bar(NATIONAL, f"fit: cells, {len(moving)} parameters moving", float(off), 1.0)
    yield Bar(NATIONAL, "fit: share under 40", float(share), 0.3, unit="pp")


def _young(cells: Array) -> Array:
    return np.asarray(cells[:, 0].sum(axis=0) / cells.sum(axis=(0, 1)))


def _national(of: Scores) -> Iterator[Bar]:
    part = NATIONAL
    asked = {"posts given": (3.0, 4.0, 3.0, 4.0), "posts flat": (6.0, 7.0, 4.2, 5.5)}
    spans = ((2014, 2020), (2014, 2023), (2016, 2020), (2016, 2023))
    for name, most in asked.items():
        for (cut, until), bar in zip(spans, most, strict=True):
            found = of.percent(name, cut=cut, until=until)
            yield Bar(part, f"cells, {name}, cut {cut} to {until}", found, bar)
    for cut in (2014, 2016):
        (one,) = (s for s in of.of("posts given", share=True, cut=cut) if s.year == 2020)
        yield Bar(part, f"share in 2020 from {cut}", 100 * abs(one.error), 0.8, unit="pp")
    for until in (2020, 2023):
        for name in ("damped trend", "linear 3"):
            less = of.percent("posts flat", cut=2014, until=until) - of.percent(
                name, cut=2014, until=until
            )
            yield Bar(part, f"posts flat less {name}, cut 2014 to {until}", less, 0.0)
        less = of.percent("posts flat", cut=2016, until=until) - of.percent(
            "damped trend", cut=2016, until=until
        )
        yield Bar(part, f"posts flat less damped trend, cut 2016 to {until}", less, 0.5)


def _doctoral_fitted(record: Record) -> Iterator[Bar]:
    last = 2022
    found = Degrees(record, last).fitted()
    counted = awards_counted(record, last)[:, -len(found.years) :]
    fields = 100 * abs(found.middle[: len(FIELDS)] / counted - 1).mean()
    total = 100 * abs(found.middle[len(FIELDS)] / counted.sum(axis=0) - 1).mean()
    enrolled = {y: n for y, n in enrolment_counted(record).items() if FIRST_AWARDS <= y <= last}
    line = dict(zip(found.years, found.middle[-1].tolist(), strict=True))
    off = 100 * np.mean([abs(line[year] / persons - 1) for year, persons in enrolled.items()])
    yield Bar(DOCTORAL, "fit: degrees", float(total), 3.0)
    yield Bar(DOCTORAL, "fit: degrees by field", float(fields), 6.0)
    yield Bar(DOCTORAL, "fit: enrolment", float(off), 1.0)


def _doctoral(of: Scores) -> Iterator[Bar]:
    part = DOCTORAL
    for cut, total, fields in ((2010, 3.5, 6.5), (2007, 7.0, 12.5)):
        for series, most in ((("degrees",), total), (FIELDS, fields)):
            what = f"{'degrees' if len(series) == 1 else 'by field'}, entrants known, cut {cut}"
            found = of.percent(KNOWN_ENTRANTS, series=series, cut=cut)
            yield Bar(part, what, found, most)
            if cut == 2010:
                ratio = found / of.percent("persistence", series=series, cut=cut)
                yield Bar(part, f"{what}, over persistence", ratio, 1.0, unit="ratio")
    for name in (KNOWN_ENTRANTS, PACE):
        cuts = PARTS[DOCTORAL].cuts
        worst = max(of.percent(name, series=("enrolment",), cut=cut) for cut in cuts)
        yield Bar(part, f"enrolment, {name}, worst of four cuts", worst, 4.0)


def _ledger(record: Record) -> Iterator[Bar]:
    off = max(abs(persons) for persons in destinations.imbalance(record).values())
    yield Bar("ledger", "largest imbalance of a stock", off, 0.0, unit="persons")
    worst = max(100 * abs(total.off) for total in destinations.totals(record))
    yield Bar("ledger", "totals beside the counts, largest difference", worst, 1.0)
