"""The fit: its sampler on targets that are known, its convergence, and what it saves of itself."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import truncnorm

from stsim import draws, paths
from stsim.calibrate import central, others, posterior, refit
from stsim.calibrate.block import BLOCKS, Block, Vector
from stsim.calibrate.convergence import effective_draws, split_r_hat
from stsim.calibrate.pieces import in_pieces
from stsim.calibrate.posterior import Effort, Sample, sample
from stsim.calibrate.surrogate import Surrogate
from stsim.calibrate.target import Cut, target
from stsim.cli import main
from stsim.compose import compose
from stsim.config import Config, Years
from stsim.draws import DrawsError
from stsim.faults import FitError
from stsim.history import Row
from stsim.observed import DataError
from stsim.params import Params
from stsim.simulation import fitted, prepare

RNG = np.random.default_rng(11)

# --- targets that are known -----------------------------------------------------------------------

#: Two parameters that cannot be below 0.
NAMES = ("death_per_year_at_60", "leave_postdoc_per_year")


def straight(x: Vector, y: Vector) -> list[Vector]:
    """Residuals in a line with both: a normal far from the bounds."""
    return [(x - 0.012) / 0.002, (x - 0.008) / 0.002, (x + y - 0.08) / 0.01]


def bent(x: Vector, y: Vector) -> list[Vector]:
    """Residuals that bend more than a square, next to the bound of the first."""
    return [x / 0.002, (y - 0.02 * np.exp(x / 0.003)) / 0.01]


def row(value: float, k: int) -> Row:
    """A number of the record that is missed by so many standard deviations."""
    return Row("toy", "residual", 2000 + k, 1.0, float(np.exp(value)))


def rows(formula: object, config: Config, several: Sequence[Params]) -> list[list[Row]]:
    assert callable(formula)
    of_each = (formula(*(getattr(params, name) for name in NAMES)) for params in several)
    return [[row(float(value), k) for k, value in enumerate(values)] for values in of_each]


def toy(formula: object) -> Block:
    return Block("toy", NAMES, partial(rows, formula), {"toy": 1.0})


def with_values(block: Block, *values: float) -> Config:
    config = compose(())
    return config.model_copy(update={"params": block.put(config.params, np.array(values))})


EFFORT = Effort(first=40, rounds=2, looks=1, unused=5, steps=60, longest=3)


@pytest.fixture(autouse=True)
def few_trajectories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posterior, "WARM", 10)
    monkeypatch.setattr(posterior, "BETWEEN", 2)


def drawn(block: Block, config: Config, effort: Effort = EFFORT, workers: int = 1) -> Sample:
    with in_pieces(workers) as pieces:
        return sample(config, target(config, block, pieces), effort, 3, pieces)


@pytest.mark.parametrize(("formula", "values"), [(straight, (0.01, 0.07)), (bent, (0.0005, 0.02))])
def test_the_draws_have_the_moments_of_the_target(
    formula: object, values: tuple[float, float]
) -> None:
    assert callable(formula)
    block = toy(formula)
    found = drawn(block, with_values(block, *values))
    # the same by adding up a fine grid
    middle, reach = block.centre, np.array([0.03, 0.15])
    axes = [np.linspace(1e-6, m + r, 1201) for m, r in zip(middle, reach, strict=True)]
    x, y = np.meshgrid(*axes, indexing="ij")
    missed = sum(r**2 for r in formula(x, y)) / found.target.misfit
    missed += sum(
        ((v - m) / s) ** 2 for v, m, s in zip((x, y), block.centre, block.spread, strict=True)
    )
    weight = np.exp(-missed / 2)
    weight /= weight.sum()
    for k, value in enumerate((x, y)):
        mean = float((weight * value).sum())
        sd = float(np.sqrt((weight * (value - mean) ** 2).sum()))
        many = found.effective[k]
        assert abs(found.values[:, k].mean() - mean) < 4 * sd / np.sqrt(many)
        assert found.values[:, k].std() / sd == pytest.approx(1, abs=4 / np.sqrt(many))
    assert (found.values > 0).all()
    assert found.accepted > 0.4
    assert (found.r_hat < posterior.MOST_R_HAT).all()


def test_the_surrogate_decides_nothing_but_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(self: Surrogate, v: Vector) -> tuple[Vector, Vector]:
        away = v - 0.4
        return -(away**2).sum(axis=1) / 2.5, -away / 1.25

    monkeypatch.setattr(Surrogate, "log_density", wrong)
    block = toy(straight)
    found = drawn(block, with_values(block, 0.00525, 0.0734))
    assert found.accepted < 0.9
    design = np.array([[500, 0], [500, 0], [100, 100]])
    precision = design.T @ design / found.target.misfit + np.diag(1 / block.spread**2)
    right = design.T @ np.array([6, 4, 8]) / found.target.misfit
    mean = np.linalg.solve(precision, right + block.centre / block.spread**2)
    sd = np.sqrt(np.diag(np.linalg.inv(precision)))
    assert (np.abs(found.values.mean(axis=0) - mean) < 4 * sd / np.sqrt(found.effective)).all()
    assert found.values.std(axis=0) / sd == pytest.approx(1, abs=0.2)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_whatever_the_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(posterior, "LEAST_EFFECTIVE", 0)
    monkeypatch.setattr(posterior, "MOST_R_HAT", 10)
    block = toy(bent)
    config = with_values(block, 0.0005, 0.02)
    effort = Effort(first=20, rounds=1, looks=1, unused=2, steps=4, longest=2)
    alone, again, two = (drawn(block, config, effort, workers) for workers in (1, 1, 2))
    for other in (again, two):
        assert other.values.tobytes() == alone.values.tobytes()
        assert other.of_record.tobytes() == alone.of_record.tobytes()


@pytest.mark.slow
def test_the_model_gives_the_same_residuals_in_other_processes() -> None:
    block, config = BLOCKS[0], compose(["years.first=2007", "years.last=2012"])
    x = block.vector(config.params)
    points = [x * (1 + 0.01 * k) for k in range(-3, 4)] + [x * 50]
    found = []
    for workers in (1, 2):
        with in_pieces(workers) as pieces:
            found.append(pieces(block.of_record, config, points))
    for one, other in zip(*found, strict=True):
        assert one is other is None or one.tobytes() == other.tobytes()
    assert [each is None for each in found[0]] == [False] * 7 + [True]


def test_parameter_sets_side_by_side_are_as_one_by_one() -> None:
    config = compose(["years.first=2007", "years.last=2023"])
    for block in BLOCKS:
        x = block.vector(config.params)
        points = [x, x * 1.01]
        together = block.of_record(config, points)
        for k, point in enumerate(points):
            np.testing.assert_allclose(together[k], block.of_record(config, [point])[0], atol=1e-9)


def test_a_search_ends_at_the_least_squares_of_record_and_priors() -> None:
    """In a line with both parameters: the closed form, to the four digits that are kept."""
    block = toy(straight)
    with in_pieces(1) as pieces:
        found = central.fit(with_values(block, 0.02, 0.03), block, pieces)
    design = np.array([[500, 0], [500, 0], [100, 100]])
    precision = design.T @ design + np.diag(1 / block.spread**2)
    right = design.T @ np.array([6, 4, 8]) + block.centre / block.spread**2
    np.testing.assert_allclose(
        block.vector(found.params), np.linalg.solve(precision, right), rtol=1e-3
    )
    assert [float(f"{v:.4g}") for v in block.vector(found.params)] == [*block.vector(found.params)]
    with in_pieces(1) as pieces:  # from there it ends where it is
        assert central.fit(found, block, pieces) is found


def at_one_place(x: float, y: float) -> list[float]:
    """A model that can be run with one set of values only."""
    if (x, y) != (0.0125, 0.0625):
        raise DataError("this cannot be run")
    return [0.5, 0.5]


def test_where_the_model_cannot_be_run_beside_the_start_the_search_is_given_up() -> None:
    block = toy(at_one_place)
    with in_pieces(1) as pieces:
        found = pieces(block.of_record, compose(()), [np.array([0.0125, 0.0625]), np.ones(2) / 99])
        assert found[0] is not None
        assert found[1] is None
        with pytest.raises(FitError, match="toy block: the model cannot be run next to the values"):
            central.fit(with_values(block, 0.0125, 0.0625), block, pieces)


def test_a_posterior_without_a_model_around_it_is_given_up() -> None:
    block = toy(straight)
    config = with_values(block, 0.01, 0.07)
    with in_pieces(1) as pieces:
        aim = target(config, block, pieces)

        def never(*_: object) -> list[None]:
            return [None] * EFFORT.first

        with pytest.raises(FitError, match="cannot be run around the central values; no file is"):
            sample(config, aim, EFFORT, 3, never)  # type: ignore[arg-type]


def test_draws_with_which_no_run_can_be_made_are_drawn_again_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of three the second is refused by the model twice."""
    asked: list[int] = []
    refused = iter([[1], [0], []])

    def pieces(work: object, config: Config, things: Sequence[Params]) -> list[Params | None]:
        asked.append(len(things))
        bad = next(refused)
        return [None if k in bad else params for k, params in enumerate(things)]

    def one(config: Config, samples: object, k: int, rng: np.random.Generator) -> Params:
        return config.params.model_copy(update={"contract_years": 3.0 + k})

    config = compose(())
    samples: Any = [SimpleNamespace(values=np.zeros((3, 1)))]
    monkeypatch.setattr(others, "_one", one)
    found = others.draws(config, samples, 1, pieces)  # type: ignore[arg-type]
    assert asked == [3, 1, 1]
    assert [params.contract_years for params in found] == [3.0, 4.0, 5.0]
    monkeypatch.setattr(others, "MOST_TRIES", 2)
    refused = iter([[1], [0]])
    with pytest.raises(FitError, match="with a draw, tried 2 times; no file is changed"):
        others.draws(config, samples, 1, pieces)  # type: ignore[arg-type]


# --- coordinates and convergence ------------------------------------------------------------------


def test_in_its_coordinates_a_cut_normal_is_a_normal() -> None:
    cut = Cut(*(np.array(v) for v in ([0.1, 2.0, 5.0], [0.3, 1.0, 2.0], [0, 0, -np.inf],
                                      [1, np.inf, np.inf])))  # fmt: skip
    v = np.vstack([RNG.normal(0, 2, (50, 3)), [[-7, 7, 12], [7, -7, -12]]])
    x = cut.x(v)
    assert ((x > cut.low) & (x < cut.high)).all()
    np.testing.assert_allclose(cut.v(x), v, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(x[:, 2], 5 + 2 * v[:, 2])
    log, change = cut.stretch(v, x)
    h = 1e-5
    numbers = [cut.stretch(v + s, cut.x(v + s))[0] for s in (-h, h)]
    near = (np.abs(v) < 4).all(axis=1)
    slope = (cut.x(v + h) - cut.x(v - h)) / (2 * h)
    np.testing.assert_allclose(np.exp(log)[near], slope[near], rtol=1e-5)
    np.testing.assert_allclose(change[near], ((numbers[1] - numbers[0]) / (2 * h))[near], atol=1e-4)
    many = cut.x(RNG.standard_normal((20_000, 3)))
    for k in range(2):
        a, b = ((end[k] - cut.middle[k]) / cut.sd[k] for end in (cut.low, cut.high))
        exact = truncnorm(a, b, loc=cut.middle[k], scale=cut.sd[k])
        assert many[:, k].mean() == pytest.approx(exact.mean(), abs=4 * exact.std() / 141)


def test_convergence_of_chains_that_are_known() -> None:
    noise = RNG.standard_normal((20, 400, 2))
    assert (split_r_hat(noise, 4) < 1.01).all()
    assert (effective_draws(noise) > 5000).all()
    chains, rho = noise.copy(), 0.8
    for k in range(1, 400):
        chains[:, k] = rho * chains[:, k - 1] + np.sqrt(1 - rho**2) * noise[:, k]
    exact = 8000 * (1 - rho) / (1 + rho)
    assert effective_draws(chains) == pytest.approx(exact, rel=0.25)
    apart = noise + np.repeat([0, 0, 0, 2], 5)[:, None, None]
    assert (split_r_hat(apart, 4) > 1.2).all()
    drifting = noise + np.linspace(0, 2, 400)[:, None]
    assert (split_r_hat(drifting, 4) > 1.1).all()
    stuck = noise[:, :1].repeat(400, axis=1)
    assert (effective_draws(stuck) < 40).all()
    assert not (split_r_hat(np.zeros((20, 40, 1)), 4) <= 1.05).any()


# --- the job --------------------------------------------------------------------------------------


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of conf/ that a fit may write to."""
    shutil.copytree(paths.CONF, tmp_path / "conf")
    monkeypatch.setattr(paths, "CONF", tmp_path / "conf")
    yield tmp_path / "conf" / "params"
    fitted.cache_clear()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit of two parameters that the central set has at the best place already."""
    block = toy(at_the_centre)
    effort = Effort(first=20, rounds=1, looks=1, unused=2, steps=20, longest=3)
    monkeypatch.setattr(refit, "BLOCKS", (block,))
    monkeypatch.setattr(refit, "EFFORT", {"toy": effort})
    monkeypatch.setattr(draws, "SHIPPED", posterior.CHAINS * effort.steps)


def at_the_centre(x: float, y: float) -> list[float]:
    best = [getattr(fitted(), name) for name in NAMES]
    return [(x - best[0]) / 1e-5, (y - best[1]) / 1e-4]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_a_fit_of_what_is_fitted_leaves_the_central_set_and_writes_the_rest(
    conf: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posterior, "LEAST_EFFECTIVE", 50)
    before = files(conf)
    assert main(["job=calibrate"]) == 0
    out = capsys.readouterr().out
    assert "R-hat" in out
    assert "next to nothing" in out or "removes less than" in out
    assert "did not have, or had otherwise: 2" in out  # there was no file of a fit before
    assert "Faculty under 40, all universities" in out
    after = files(conf)
    assert set(after) == {"central.yaml", "fitted.yaml", "draws.csv", "fit.csv", "residuals.csv"}
    assert after["fitted.yaml"] == before["fitted.yaml"]
    assert after["draws.csv"] != before["draws.csv"]
    assert len(draws.read(fitted())) == 400
    assert set(draws.identified(fitted())) == set(NAMES)
    assert main(["job=calibrate"]) == 0
    assert files(conf) == after
    assert "did not have, or had otherwise: 0" in capsys.readouterr().out


@pytest.mark.slow
def test_a_fit_that_moves_writes_the_new_set_with_its_reference_points(
    conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fitted()
    best = [1.1 * getattr(before, NAMES[0]), 0.9 * getattr(before, NAMES[1])]

    def elsewhere(x: float, y: float) -> list[float]:
        return [(x - best[0]) / 1e-6, (y - best[1]) / 1e-5]

    block = toy(elsewhere)
    effort = Effort(first=20, rounds=1, looks=1, unused=2, steps=20, longest=3)
    monkeypatch.setattr(refit, "BLOCKS", (block,))
    monkeypatch.setattr(refit, "EFFORT", {"toy": effort})
    monkeypatch.setattr(draws, "SHIPPED", posterior.CHAINS * effort.steps)
    monkeypatch.setattr(posterior, "LEAST_EFFECTIVE", 10)
    monkeypatch.setattr(posterior, "MOST_R_HAT", 2)
    (conf / "residuals.csv").unlink()
    found = refit.refit(compose(["workers=1"]))
    assert found.before == before
    np.testing.assert_allclose(block.vector(found.after), best, rtol=1e-3)
    (again,) = central.with_references(prepare(compose(())), [before])
    moved = {key.split(".")[0] for key, value in draws.columns(found.after).items()
             if value != pytest.approx(draws.columns(again)[key], rel=1e-9)}  # fmt: skip
    assert moved == {*NAMES, *others.REFERENCES}
    fitted.cache_clear()
    assert fitted() == found.after
    assert len(draws.read(fitted())) == posterior.CHAINS * effort.steps
    assert [(one.series, one.year, one.before) for one in found.news] == [
        ("toy", 2000, None),
        ("toy", 2001, None),
    ]
    # what the record says of itself is 1; the model was off by what the parameters have moved
    assert found.news[0].expected == pytest.approx(
        np.exp((getattr(before, NAMES[0]) - best[0]) / 1e-6), rel=1e-3
    )
    for line in found.headlines:
        assert np.isfinite([line.before, line.after]).all()
    young = next(line for line in found.headlines if "under 40" in line.label)
    assert young.before != young.after


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("MOST_R_HAT", 0.9, ["R-hat of ", "above 0.9"]),
        ("LEAST_EFFECTIVE", 10_000, ["effective draws of ", "below 10000"]),
    ],
)
def test_draws_that_have_not_converged_are_refused_in_one_line_and_leave_all_files(
    conf: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: float,
    said: list[str],
) -> None:
    monkeypatch.setattr(posterior, limit, value)
    before = files(conf)
    assert main(["job=calibrate"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    for part in ("toy block", *said, "no file is changed", "seed="):
        assert part in captured.err
    assert any(name in captured.err for name in NAMES)
    assert files(conf) == before


def test_a_search_that_does_not_end_says_so_and_changes_no_file(
    conf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(residuals: object, start: Vector, **_: object) -> SimpleNamespace:
        return SimpleNamespace(status=0, cost=1.0, nfev=40, x=start + 1e-3)

    before = files(conf)
    monkeypatch.setattr("stsim.calibrate.central.least_squares", stopped)
    assert main(["job=calibrate"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "stsim: the fit of the doctoral block has not converged after 40 steps; "
        "the parameters are left as they were\n"
    )
    assert files(conf) == before


def test_all_files_are_written_or_none(tmp_path: Path) -> None:
    refit._write({tmp_path / "draws.csv": "a", tmp_path / "fit.csv": "b"})
    with pytest.raises(FitError, match="cannot write there"):
        refit._write({tmp_path / "draws.csv": "x", tmp_path / "missing" / "fit.csv": "y"})
    assert files(tmp_path) == {"draws.csv": b"a", "fit.csv": b"b"}


# --- what is shipped ------------------------------------------------------------------------------


def table(name: str) -> list[dict[str, str]]:
    first, *lines = (paths.CONF / "params" / name).read_text(encoding="utf-8").splitlines()
    assert draws.mark(fitted()) in first
    return list(csv.DictReader(lines))


def test_what_the_fit_says_agrees_with_the_draws() -> None:
    there = draws.read(fitted())
    said = table("fit.csv")
    assert [line["parameter"] for line in said] == [key for block in BLOCKS for key in block.keys]
    for line in said:
        values = np.array([one[line["parameter"]] for one in there])
        assert float(line["mean"]) == pytest.approx(values.mean(), rel=1e-4, abs=1e-8)
        assert float(line["sd"]) == pytest.approx(values.std(ddof=1), rel=1e-3)
        for part in (5, 50, 95):
            below = np.quantile(values, part / 100)
            assert float(line[f"p{part:02}"]) == pytest.approx(below, rel=1e-3, abs=1e-8)
        left = (float(line["sd"]) / float(line["prior_sd"])) ** 2
        assert float(line["identified"]) == pytest.approx(1 - left, abs=2e-3)
        assert float(line["r_hat"]) <= posterior.MOST_R_HAT
        assert float(line["effective_draws"]) >= posterior.LEAST_EFFECTIVE
    parts = draws.identified(fitted())
    assert set(draws.unmoved(fitted())) == {k for k, v in parts.items() if v < draws.UNMOVED}


def test_what_the_fit_says_of_the_record_agrees_with_the_model() -> None:
    years = Years(first=2007, last=2023)
    config = compose(()).model_copy(update={"years": years})
    said = table("residuals.csv")
    pairs = [(block, r) for block in BLOCKS for r in block.rows(config, [fitted()])[0]]
    assert len(said) == len(pairs)
    for line, (block, r) in zip(said, pairs, strict=True):
        assert (line["series"], line["what"], int(line["year"])) == (r.series, r.what, r.year)
        assert float(line["record"]) == pytest.approx(r.record, rel=1e-5)
        assert float(line["model"]) == pytest.approx(r.model, rel=1e-5)
        missed = np.log(r.model / r.record) / block.deviation[r.series]
        assert float(line["standardized_residual"]) == pytest.approx(missed, abs=6e-4)
        low, middle, high = (float(line[f"predicted_{part}"]) for part in (5, 50, 95))
        assert low < middle < high
        assert line["inside"] == ("yes" if low <= float(line["record"]) <= high else "no")
    assert np.mean([line["inside"] == "yes" for line in said]) > 0.8


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "not what a fit says of itself"),
        ("", "not what a fit says of itself"),
        ("# a fit\nparameter,identified\nabandon_per_year,much\n", "not what a fit says of itself"),
        ("# a fit\nparameter,identified\nabandon_per_year,0.5\n", "of another parameter set"),
        ("# {}\nparameter,identified\nnobody,0.5\n", "of another parameter set"),
        ("# {}\nparameter,identified\n", "of another parameter set"),
    ],
)
def test_a_bad_file_of_the_fit_is_named_in_one_line(conf: Path, text: str | None, why: str) -> None:
    if text is None:
        (conf / "fit.csv").unlink()
    else:
        (conf / "fit.csv").write_text(text.format(draws.mark(fitted())))
    with pytest.raises(DrawsError, match=f"fit.csv: {why}.*job=calibrate") as raised:
        draws.unmoved(fitted())
    assert len(str(raised.value).splitlines()) == 1
