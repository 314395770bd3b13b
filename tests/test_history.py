"""From 2007 on observed seats and entrants the model stays near the record."""

from __future__ import annotations

import pytest

from stsim.cli import main
from stsim.compose import compose
from stsim.history import Row, doctoral_comparison, faculty_comparison
from stsim.rulebook.stages import DOCTORAL
from stsim.simulation import prepare


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    config = compose(["years.first=2007", "years.last=2023"])
    run = prepare(config).run()
    return [*faculty_comparison(config, run), *doctoral_comparison(config, run)]


@pytest.mark.parametrize(
    ("series", "what", "years"),
    [
        ("national", "permanent <40", 13), ("national", "permanent >=40", 13),
        ("national", "fixed_term <40", 13), ("national", "fixed_term >=40", 13),
        ("enrolment", "all", 14), ("degrees", "all fields", 16),
    ],
)  # fmt: skip
def test_within_five_percent_in_every_observed_year(
    rows: list[Row], series: str, what: str, years: int
) -> None:
    errors = {r.year: r.error for r in rows if (r.series, r.what) == (series, what)}
    assert len(errors) == years
    assert max(abs(error) for error in errors.values()) <= 0.05


def test_the_chart_is_compared_at_one_scope(rows: list[Row]) -> None:
    cell = next(r for r in rows if (r.what, r.year) == ("fixed_term <40", 2023))
    assert cell.record == pytest.approx(10_562 / 1.045)


def test_doctoral_study_by_itself_is_the_same_as_within_the_whole() -> None:
    config = compose(["years.first=2007", "years.last=2012"])
    prepared = prepare(config)
    alone = list(doctoral_comparison(config, prepared.run(only=DOCTORAL)))
    whole = list(doctoral_comparison(config, prepared.run()))
    assert [r.model for r in alone] == pytest.approx([r.model for r in whole], rel=1e-12)


def test_one_command_prints_model_beside_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["job=history"]) == 0
    out = capsys.readouterr().out
    assert "national: permanent <40" in out
    assert "enrolment: all" in out
    assert out.count("exit rates: >=60") == 2  # its one year, and its line in the summary
