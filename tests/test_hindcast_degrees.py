"""Doctorates, enrolment and destinations: the fit and forecasts of known years, against bars."""

from __future__ import annotations

import functools
from collections.abc import Callable

import nonsense
import numpy as np
import pytest

from stsim import observed
from stsim.hindcast import baselines, degrees, destinations
from stsim.hindcast.degree_counts import Counts
from stsim.hindcast.degrees import Degrees
from stsim.hindcast.forecast import Forecast
from stsim.hindcast.study import Parameters
from stsim.observed import FIELDS, DataError

LAST = 2022
RECORD = observed.record()
ENTRANTS = RECORD.by_field("doctoral_entrants")
COUNTS = Counts(RECORD.until(LAST), LAST)
AWARDS = {year: COUNTS.awards[:, year - 1981] for year in range(1981, LAST + 1)}


@functools.cache
def model(cut: int) -> Degrees:
    return Degrees(RECORD, cut)


@functools.cache
def conditional(cut: int, pace: float = 0.0) -> Forecast:
    return model(cut).forecast(range(cut + 1, LAST + 1), entrants=ENTRANTS, pace=pace)


def errors(years: tuple[int, ...], by_field: np.ndarray) -> tuple[float, float]:
    """Mean absolute percentage error over all fields and years, and of the total over years."""
    counted = np.array([AWARDS[year] for year in years]).T
    total = by_field.sum(axis=0) / counted.sum(axis=0)
    return 100 * abs(by_field / counted - 1).mean(), 100 * abs(total - 1).mean()


def of_awards(found: Forecast) -> tuple[float, float]:
    fields, _ = errors(found.years, found.middle[: len(FIELDS)])
    counted = np.array([AWARDS[year].sum() for year in found.years])
    return fields, 100 * abs(found.middle[found.series.index("degrees")] / counted - 1).mean()


def of_enrolment(found: Forecast) -> float:
    line = dict(zip(found.years, found.middle[found.series.index("enrolment")], strict=True))
    off = [line[y] / n - 1 for y, n in COUNTS.enrolment.items() if y in line]
    return 100 * float(np.abs(off).mean())


def test_the_fit_is_near_the_counts_since_1985() -> None:
    found = model(LAST).fitted()
    fields, total = of_awards(found)
    assert found.years[0] == 1985
    assert fields <= 6.0
    assert total <= 3.0
    assert of_enrolment(found) <= 1.0


@pytest.mark.parametrize(
    ("cut", "most_fields", "most_total"), [(2007, 12.5, 7.0), (2010, 6.5, 3.5)]
)
def test_doctorates_follow_from_entrants(cut: int, most_fields: float, most_total: float) -> None:
    found = conditional(cut)
    fields, total = of_awards(found)
    assert fields <= most_fields
    assert total <= most_total
    known = np.array([AWARDS[year] for year in range(1981, cut + 1)]).T
    lines = (
        baselines.persistence(range(1981, cut + 1), known, found.years),
        baselines.linear(range(1981, cut + 1), known, found.years, points=5),
    )
    for line in lines:
        of_fields, of_total = errors(found.years, line)
        assert fields < of_fields
        assert total < of_total
    assert fields < errors(found.years, degrees.last_ratio(ENTRANTS, known, cut, found.years))[0]


@pytest.mark.slow
def test_enrolment_follows_when_entry_beyond_the_count_goes_on() -> None:
    """Chosen on cuts to 2004; where it stays, enrolment is 4.4 % off on average."""
    off = [of_enrolment(conditional(cut, pace=1.0)) for cut in (2007, 2010, 2013, 2016)]
    assert max(off) <= 4.0
    stays = [of_enrolment(conditional(cut)) for cut in (2007, 2010, 2013, 2016)]
    assert np.mean(off) < np.mean(stays) <= 5.0


@pytest.mark.slow
def test_forecasts_entirely_on_their_own() -> None:
    for cut, most_fields, most_total in ((2007, 17.0, 11.0), (2010, 8.0, 6.0)):
        fields, total = of_awards(model(cut).forecast(range(cut + 1, LAST + 1)))
        assert fields <= most_fields
        assert total <= most_total


def test_draws_spread_and_each_series_is_where_it_should_be() -> None:
    found = conditional(2010)
    assert found.series == (*FIELDS, "degrees", "enrolment")
    np.testing.assert_allclose(found.draws[:, :6].sum(axis=1), found.draws[:, 6])
    low, high = found.interval(0.8)
    width = (high / low)[6]
    assert 1.02 < width[0] < width[-1] < 1.5
    again = model(2010).forecast([2015, 2012], entrants=ENTRANTS, number=2)
    assert again.draws.shape == (2, 8, 2)
    assert again.years == (2015, 2012)


def test_nothing_after_the_cut_is_seen() -> None:
    other = nonsense.after(RECORD, 2010)
    assert other.series("doctoral_entrants")[2015] != RECORD.series("doctoral_entrants")[2015]
    years = range(2011, 2016)
    found = degrees.forecast(other, 2010, years, number=20)
    assert found.draws.tobytes() == model(2010).forecast(years, number=20).draws.tobytes()
    there = destinations.forecast(nonsense.after(RECORD, 2018), 2018, [2020])
    here = destinations.forecast(RECORD, 2018, [2020])
    assert there.draws.tobytes() == here.draws.tobytes()


def test_people_are_neither_lost_nor_made() -> None:
    """Enrolment grows by who enters less who completes, leaves or gives up."""
    parameters = Parameters(2010, COUNTS.awards[:, 4])
    study = parameters.carried(parameters.centre[None], model(2010).entrants, 2010)
    entered = model(2010).entrants.persons[:, :, 1:] * np.exp(0.05)
    gone = study.enrolment[:, :, :-1] - (study.enrolment[:, :, 1:] - entered)
    given_up = -np.expm1(-0.02) * study.enrolment[:, :, :-1]
    done = (study.completed + study.withdrew)[:, :, :-1]
    np.testing.assert_allclose(gone, done + given_up, rtol=1e-9)


def test_destinations_stay_as_they_were() -> None:
    years, shares = destinations.counted(RECORD)
    known, later = years.index(2018) + 1, years[years.index(2018) + 1 :]
    assert later == tuple(range(2019, 2025))

    def off(line: np.ndarray) -> float:
        return 100 * float(abs(line - shares[:, known:]).mean())

    found = off(destinations.forecast(RECORD, 2018, later).middle)
    assert found <= 2.0
    assert found < off(baselines.persistence(years[:known], shares[:, :known], later))
    assert 2 * found < off(destinations.logit_trend(years[:known], shares[:, :known], later))


def test_the_ledger_balances_and_agrees_with_what_was_counted() -> None:
    assert set(destinations.imbalance(RECORD).values()) == {0.0}
    totals = {total.name: total for total in destinations.totals(RECORD)}
    assert len(totals) == 7
    assert max(abs(total.off) for total in totals.values()) <= 0.01
    hires = totals["hires from outside the faculty"]
    assert (hires.ledger, hires.counted) == (11_080, 11_087)
    assert totals["doctoral completers"].ledger == 15_514


BAD: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: Degrees(RECORD, 1994), ValueError, "start in 1995 or later, not 1994"),
    (lambda: Degrees(RECORD, 2030), DataError, "no value for"),
    (lambda: model(2010).forecast([2010, 2012]), ValueError, "come after the cut of 2010"),
    (lambda: model(2010).forecast([]), ValueError, "come after the cut of 2010"),
    (lambda: model(2010).forecast([2012], pace=1.5), ValueError, "from 0 to 1 goes on, not 1.5"),
    (lambda: model(2010).forecast([2012], number=3), ValueError, "in pairs, there cannot be 3"),
    (lambda: model(2010).forecast([2040], entrants=ENTRANTS), DataError, "no value for"),
    (lambda: destinations.forecast(RECORD, 2018, [2018]), ValueError, "after the cut of 2018"),
    (lambda: destinations.forecast(RECORD, 2013, [2015]), DataError, "3 are needed"),
]


@pytest.mark.parametrize(("ask", "error", "text"), BAD)
def test_what_cannot_be_is_said(
    ask: Callable[[], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        ask()
