"""What cannot be is refused where it is met, with what is wrong in one line."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from stsim import (
    compose,
    draws,
    faults,
    given,
    history,
    measures,
    observed,
    priors,
    provenance,
    quantities,
    rates,
    smooth,
)
from stsim.compose import compose as composed
from stsim.config import ConfigError
from stsim.memory import Reads
from stsim.overrides import read_words
from stsim.params import FIELDS
from stsim.simulation import fitted
from stsim.vocabulary import (
    OUTSIDE,
    Moment,
    Rulebook,
    Season,
    Seats,
    Stage,
    everybody,
    intake,
    posts,
    year_end,
)

HERE, THERE = Stage("here", tags=frozenset({"local"})), Stage("there")


@intake(HERE)
def arrive(m: Moment) -> float:
    """People arrive."""
    return 1.0


@year_end(HERE, THERE)
def move(m: Moment) -> float:
    """People move."""
    return 0.1


@posts(HERE, THERE, weight=everybody)
def jobs(m: Moment) -> Seats:
    """Jobs are filled."""
    return Seats(1.0)


def _rates_of_other_places() -> None:
    @year_end(HERE, (THERE, OUTSIDE))
    def apart(m: Moment) -> dict[Stage, float]:
        """People go to one of two places, of which one is not said."""
        return {THERE: 0.1}

    book = Rulebook((HERE, THERE), (apart,))
    rates.Rates(book).between(2023, None)


def shares(value: float) -> dict[str, float]:
    """The same share of each field."""
    return dict.fromkeys(FIELDS, value)


ENDS = {("", 25, 29): 10.0, ("", 30, 34): 10.0}
SHAPE = {"a": np.ones(10)}
IMPOSSIBLE: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "a market in no season": (
        lambda: Rulebook((HERE, THERE), (jobs,)), ValueError,
        "market jobs must stand in exactly one season",
    ),
    "a market in two seasons": (
        lambda: Rulebook((HERE, THERE), (jobs,), (Season((jobs,)), Season((jobs,)))), ValueError,
        "market jobs must stand in exactly one season",
    ),
    "a rule to a stage of no model": (
        lambda: Rulebook((HERE,), (arrive, move)), ValueError, "rule move: unknown stage there",
    ),
    "no year of a value": (
        lambda: quantities.Timeline.of({}), quantities.YearError, "needs at least one year",
    ),
    "shares of nothing": (
        lambda: given.by_field(shares(0.0)), observed.DataError, "no shares by field can be made",
    ),
    "a negative share": (
        lambda: given.by_field(shares(0.5) | {FIELDS[0]: -0.1}), observed.DataError,
        "no shares by field can be made",
    ),
    "a count of nobody": (
        lambda: history.Row("entrants", "all", 2023, 0.0, 5.0), observed.DataError,
        "record of entrants, all, 2023: 0 cannot be compared with the model",
    ),
    "a field that was not surveyed": (
        lambda: observed.SeriesByField({"health": observed.Series({}, "x")}, "x")["law"],
        observed.DataError, "x has no rows for the field 'law'; it has ['health']",
    ),
    "an assumption of another year": (
        lambda: observed.record().assumption("seekers_in_base_year", 1990), observed.DataError,
        "assumption 'seekers_in_base_year' has no row for 1990",
    ),
    "nobody of an age": (
        lambda: smooth.smoothest(range(25, 35), SHAPE, ENDS | {("a", 25, 29): 0.0}),
        smooth.SmoothError, "a aged 25 to 29: 0 persons",
    ),
    "totals that contradict each other": (
        lambda: smooth.smoothest(range(25, 35), SHAPE, ENDS | {("", 25, 34): 30.0}),
        smooth.SmoothError, "no age profile without negative persons meets",
    ),
    "a root out of reach": (
        lambda: smooth.root(lambda x: x + 10.0, 5.0, "mean 3"), smooth.SmoothError,
        "no profile has the mean 3 asked for",
    ),
    "runs that differ in yes and no": (
        lambda: rates._beside([{"x": True}, {"x": False}]), rates.RateError,
        "runs that differ in yes or no cannot go side by side",
    ),
    "a rule that forgets a place": (
        _rates_of_other_places, rates.RateError,
        "rule apart: returned ['there'] for here, not ['there', 'outside']",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_cannot_be_is_refused_in_one_line(case: str) -> None:
    call, kind, said = IMPOSSIBLE[case]
    with pytest.raises(kind) as refused:
        call()
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_long_fault_keeps_its_beginning_and_its_end() -> None:
    line = faults.said(ValueError("begin " + "x" * 5000 + " end"))
    assert len(line) == faults.LONGEST + len(" … ")
    assert line.startswith("begin xx")
    assert line.endswith("xx end")
    assert faults.said(ValueError("a\n b")) == "a b"


def test_what_python_asks_of_its_own_is_not_noted_as_read() -> None:
    notes: list[set[tuple[str, str]]] = [set()]
    reads = Reads("params", "parameter", notes)
    reads._values = {"rate": 0.5}
    assert not hasattr(copy.copy(reads), "_no_such")
    assert notes == [set()]
    assert reads.rate == 0.5
    assert notes == [{("params", "rate")}]


def test_a_library_that_is_not_there_is_said_to_be_missing() -> None:
    assert provenance._version("no-such-library-anywhere") == "not installed"


def test_of_two_engines_with_outcomes_the_stock_engine_is_expected() -> None:
    values = xr.DataArray(
        [[3.0, 3.0], [5.0, 9.0]], {"engine": ["stocks", "individuals"]}, ("engine", "replicate")
    )
    assert float(measures.expected(values)) == 3.0
    assert float(measures.expected(values.sel(engine="individuals"))) == 7.0


def test_only_the_last_compositions_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose, "REMEMBERED", 2)
    monkeypatch.setattr(compose, "_remembered", {})
    found = [composed([f"seed={seed}"]).seed for seed in (5, 6, 7)]
    assert found == [5, 6, 7]
    assert len(compose._remembered) == 2
    assert [one["seed"] for one in compose._remembered.values()] == [6, 7]


def test_origins_that_sum_to_more_than_all_are_refused() -> None:
    words = [f"params.{name}_entrants_share={{{', '.join(f'{f}: 0.6' for f in FIELDS)}}}"
             for name in ("working_adult", "international")]  # fmt: skip
    with pytest.raises(ConfigError, match=r"working adults and students from abroad in .* to 1.2"):
        composed(words)


@pytest.mark.slow
def test_a_measure_that_no_draw_moves_is_not_the_one_that_moves_most() -> None:
    keyed = [draws.columns(one) for one in draws.ensemble(fitted(), fitted(), priors.LEAST)]
    name = next(name for name in priors.alone() if name in keyed[0])
    moved = xr.DataArray([one[name] for one in keyed], dims="draw")
    headline = [i.name for i in measures.INDICATORS if i.headline]
    years = {"year": [2039, 2040]}
    fixed = xr.DataArray([1.0, 1.0], years, ("year",))
    before = xr.Dataset(dict.fromkeys(headline, fixed))
    before["postdocs_persons"] = 0 * moved + fixed
    after = before + 5.0  # the largest change by far, but the same in every draw
    after["postdocs_persons"] = before["postdocs_persons"] + 0.01 * (moved / float(moved.max()))
    config = composed([f"draws={priors.LEAST}", "years.last=2041"])
    found = priors.moving(config, {"baseline": before, "x": after})
    assert found is not None
    assert (found.indicator.name, found.year) == ("postdocs_persons", 2040)
    assert found.ranks[name] == pytest.approx(1.0)


def test_a_tag_that_no_stage_bears_is_refused() -> None:
    seen: list[str] = []

    @year_end(HERE, THERE)
    def ask(m: Moment) -> float:
        """Ask for a tag and for one that nobody bears."""
        assert m.source_is("local")
        with pytest.raises(ValueError, match="no stage bears the tag 'locl'; did you mean"):
            m.source_is("locl")
        seen.append(m.stage.name)
        return 0.1

    rates.Rates(Rulebook((HERE, THERE), (ask,))).between(2023, None)
    assert seen == ["here"]


def test_words_that_hydra_refuses_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from hydra.errors import HydraException

    def refuse(*_: object) -> None:
        raise HydraException("no\nsuch thing")

    monkeypatch.setattr(compose, "_remembered", {})
    monkeypatch.setattr("hydra.compose", refuse)
    with pytest.raises(ConfigError, match=r"^no such thing$"):
        compose.compose_all([read_words(["seed=8"])])
