"""Careers: what the log of moves says, against hand arithmetic, closed forms and the dataset."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xarray as xr

import stsim
from stsim import careers as about
from stsim import results
from stsim.careers import Careers, CareersError, NotComparableError
from stsim.careers.curves import incidence, net_share
from stsim.careers.doctorate import after_doctorate
from stsim.cli import main
from stsim.compose import compose
from stsim.engines.people import THERE_FROM_START, Log, numbered
from stsim.engines.stockflow import Run
from stsim.rulebook import JAPAN
from stsim.simulation import prepare

PER_AGENT, LAST = 20, 2035
SMALL = [f"persons_per_agent={PER_AGENT}", f"years.last={LAST}", "engine=individuals"]
PAIRS = [(rule.name, source.name, target.name) for rule, source, target in JAPAN.pairs]


def carried(*words: str, seed: int = 1) -> tuple[Run, Careers, xr.Dataset]:
    """Japan by one in twenty: the run, its careers and its dataset."""
    config = compose([*SMALL, f"seed={seed}", *words])
    prepared, log = prepare(config), Log()
    run = prepared.individuals(log=log)
    ds = results.label({"individuals": [run]}, config, prepared.scope)
    return run, Careers.of(log, run, PER_AGENT), ds


@pytest.fixture(scope="module")
def japan() -> tuple[Run, Careers, xr.Dataset]:
    return carried()


@pytest.fixture(scope="module")
def more_posts() -> tuple[Run, Careers, xr.Dataset]:
    return carried("scenario=permanent_posts")


Move = tuple[float, str, str, str]


def cell(age: int, sex: str = "female", field: str = "science") -> int:
    book = JAPAN
    place = book.ages.index(age) * len(book.sexes) + book.sexes.index(sex)
    return place * len(book.fields) + book.fields.index(field)


def by_hand(run: Run, *lives: tuple[int, int, list[Move]]) -> Careers:
    """Careers of a few: number, age on 1 April 2024, and moves as (when, rule, from, to)."""
    log = Log()
    moves = sorted(
        (when, k, number, (rule, source, target), age + int(when) - 2024)
        for number, age, life in lives
        for k, (when, rule, source, target) in enumerate(life)
    )
    for when, _, number, pair, years in moves:
        log.person.append(np.array([number]))
        log.when.append(np.array([when], dtype=np.float32))
        log.pair.append(np.array([PAIRS.index(pair)], dtype=np.int16))
        log.cell.append(np.array([cell(years)], dtype=np.int16))
    return Careers.of(log, run, PER_AGENT)


def from_start(place: int) -> int:
    return int(numbered(2023, THERE_FROM_START, np.array([place]), np.array([1]))[0])


def entering(year: int, rule: str, target: str, place: int = 0) -> int:
    door = PAIRS.index((rule, "outside", target))
    return int(numbered(year, door, np.array([place]), np.array([1]))[0])


STUDENT = "doctoral_own_unsupported"
SEEKS, FIXED, PERMANENT = "seeking_doctorate", "fixed_term_national", "permanent_national"
ENTRANT = entering(2024, "enter_from_masters", STUDENT)
#: Enters in 2024, two years as postdoc, two contracts, a permanent post five years after study.
LIFE: list[Move] = [
    (2024.0, "enter_from_masters", "outside", STUDENT),
    (2024.0, "dc_fellowships", STUDENT, "doctoral_own_fellow"),
    (2027.0, "complete_with_degree", "doctoral_own_fellow", SEEKS),
    (2027.0, "project_postdoc_positions", SEEKS, "postdoc_project"),
    (2029.0, "postdoc_ends", "postdoc_project", "seeking_postdoc"),
    (2029.0, "fixed_term_posts_national", "seeking_postdoc", FIXED),
    (2031.0, "renew_contract", FIXED, FIXED),
    (2032.0, "permanent_posts_national", FIXED, PERMANENT),
    (2033.5, "leave_research", PERMANENT, "left_research"),
]
#: There from the start; ends study on 31 March 2024; three contracts, and at 45 still on the last.
STAYER: list[Move] = [
    (2024.0, "complete_without_degree", STUDENT, SEEKS),
    (2025.0, "fixed_term_posts_national", SEEKS, FIXED),
    (2027.0, "renew_contract", FIXED, FIXED),
    (2030.0, "renew_contract", FIXED, FIXED),
]
#: There from the start, already on a fixed-term post.
ALREADY: list[Move] = [
    (2025.0, "renew_contract", FIXED, FIXED),
    (2030.0, "permanent_posts_national", FIXED, PERMANENT),
]
#: Leaves the model when study ends: not followed.
RETURNS: list[Move] = [
    (2024.0, "enter_as_working_adult", "outside", "doctoral_working_unsupported"),
    (2028.0, "complete_with_degree", "doctoral_working_unsupported", "outside"),
]
#: There from the start; a permanent post on the day after study ends.
AT_ONCE: list[Move] = [
    (2025.0, "complete_with_degree", STUDENT, SEEKS),
    (2025.0, "permanent_posts_other", SEEKS, "permanent_other"),
]
#: There from the start; leaves research half a year after study.
LEAVES: list[Move] = [
    (2025.0, "complete_with_degree", STUDENT, SEEKS),
    (2025.0, "project_postdoc_positions", SEEKS, "postdoc_project"),
    (2025.5, "leave_research", "postdoc_project", "left_research"),
]


@pytest.fixture(scope="module")
def few(japan: tuple[Run, Careers, xr.Dataset]) -> Careers:
    """Six careers with known answers."""
    working = entering(2024, "enter_as_working_adult", "doctoral_working_unsupported")
    return by_hand(
        japan[0], (ENTRANT, 24, LIFE), (from_start(1), 34, STAYER), (from_start(2), 40, ALREADY),
        (working, 45, RETURNS), (from_start(3), 28, AT_ONCE), (from_start(4), 27, LEAVES),
    )  # fmt: skip


# --- the columns ---------------------------------------------------------------------------------


def test_one_career_read_aloud(few: Careers) -> None:
    assert few.story(ENTRANT) == [
        "2024-04-01, 24: the outside world → Doctoral student, straight from a master's course, "
        "no living-cost support (enter_from_masters)",
        "2024-04-01, 24: Doctoral student, straight from a master's course, no living-cost support "
        "→ Doctoral student, straight from a master's course, DC fellow (dc_fellowships)",
        "2027-03-31, 27: Doctoral student, straight from a master's course, DC fellow → Out of "
        "doctoral study, with or without the degree, seeking a post (complete_with_degree)",
        "2027-04-01, 27: Out of doctoral study, with or without the degree, seeking a post → "
        "Project postdoc (project_postdoc_positions)",
        "2029-03-31, 29: Project postdoc → Former postdoc seeking a post (postdoc_ends)",
        "2029-04-01, 29: Former postdoc seeking a post → Fixed-term faculty, national universities "
        "(fixed_term_posts_national)",
        "2031-03-31, 31: Fixed-term faculty, national universities → Fixed-term faculty, national "
        "universities (renew_contract)",
        "2032-04-01, 32: Fixed-term faculty, national universities → Permanent faculty, national "
        "universities (permanent_posts_national)",
        "2033-09-30, 33: Permanent faculty, national universities → Left research (leave_research)",
    ]
    assert few.story(ENTRANT, "ja")[-1].endswith("→ 研究職を離れた者 (leave_research)")
    with pytest.raises(ValueError, match="no person 7 in these careers"):
        few.story(7)


def test_everybody_has_an_origin_and_an_entry_year(few: Careers) -> None:
    (origin, origins), (year, years) = few.group("origin"), few.group("entry_year")
    found = {(origins[o], years[y]) for o, y in zip(origin, year, strict=True)}
    assert found == {("own", 2024), ("working", 2024), ("start", 2023)}
    hired = entering(2026, "fixed_term_posts_national", FIXED)
    assert few.labels.origins[few.labels.origin_of_pair[hired >> 40 & 2047]] == "outside"
    assert few.group("sex")[0].tolist() == [0] * 6
    assert {few.group("field")[1][code] for code in few.group("field")[0]} == {"science"}
    with pytest.raises(ValueError, match="no group called 'age'"):
        few.group("age")


def test_persons_per_agent_must_be_that_of_the_run(japan: tuple[Run, Careers, xr.Dataset]) -> None:
    with pytest.raises(ValueError, match="persons_per_agent=7 is not the one of this run"):
        Careers.of(Log(), japan[0], 7)


def test_a_log_without_moves_has_no_careers(japan: tuple[Run, Careers, xr.Dataset]) -> None:
    nobody = Careers.of(Log(), japan[0], PER_AGENT)
    assert len(nobody) == 0
    assert about.measures(nobody).to_array().isnull().all()
    assert about.time_to_permanent_post(nobody, at=[1.0]).persons == 0
    assert about.sankey(nobody).persons.sel(time=2030).sum() == 0
    assert about.sequences(nobody).persons.sum() == 0
    assert about.contract_lengths(nobody).persons == 0


# --- estimates -----------------------------------------------------------------------------------


def test_the_two_estimates_by_hand() -> None:
    """Six people: posts at 1 and 3, exits at 1 and 2, the run ends for two at 2 and 3."""
    duration = np.array([1.0, 3.0, 1.0, 2.0, 2.0, 3.0])
    cause = np.array([0, 0, 1, 1, -1, -1])
    at = np.array([0.5, 1.0, 2.0, 3.0])
    # Kaplan-Meier: 1 − 5/6, then 2 of the 6 are left at 3 and one of them gets a post
    np.testing.assert_allclose(net_share(duration, cause == 0, at), [0, 1 / 6, 1 / 6, 7 / 12])
    posts, exits = incidence(duration, cause, 2, at)
    # still waiting: 1, then 4/6 after 1, 3/6 after 2
    np.testing.assert_allclose(posts, [0, 1 / 6, 1 / 6, 1 / 6 + 3 / 6 * 1 / 2])
    np.testing.assert_allclose(exits, [0, 1 / 6, 1 / 6 + 4 / 6 * 1 / 4, 2 / 6])


def test_without_censoring_the_incidence_is_the_share_counted() -> None:
    rng = np.random.default_rng(1)
    duration, cause = rng.integers(0, 9, 500).astype(float), rng.integers(0, 3, 500)
    at = np.arange(9.0)
    counted = [[((cause == k) & (duration <= t)).mean() for t in at] for k in range(3)]
    np.testing.assert_allclose(incidence(duration, cause, 3, at), counted, rtol=1e-12)


def test_constant_hazards_with_censoring_give_the_closed_forms() -> None:
    """1 − exp(−a t) beside a/(a+b) (1 − exp(−(a+b) t)), within four standard errors."""
    rng, n, a, b = np.random.default_rng(2), 40_000, 0.08, 0.2
    times = rng.exponential(1 / np.array([a, b, 0.1]), (n, 3))  # post, exit, end of the run
    duration, first = times.min(axis=1), times.argmin(axis=1)
    cause = np.where(first == 2, -1, first)
    at = np.array([1.0, 3.0, 6.0])
    net = 1 - np.exp(-a * at)
    share = a / (a + b) * -np.expm1(-(a + b) * at)
    left = n * np.exp(-(a + b + 0.1) * at)  # those still seen bound the error
    tolerance = 4 * np.sqrt(0.25 / left)
    assert (np.abs(net_share(duration, cause == 0, at) - net) < tolerance).all()
    assert (np.abs(incidence(duration, cause, 2, at)[0] - share) < tolerance).all()
    assert (net - share > 2 * tolerance).any()  # the two questions have different answers


# --- after the doctorate -------------------------------------------------------------------------


def test_years_to_the_first_permanent_post(few: Careers) -> None:
    found = after_doctorate(few)
    by_person = dict(zip(few.persons[found.who].tolist(), range(len(found.who)), strict=True))
    assert set(by_person) == {ENTRANT, *map(from_start, (1, 3, 4))}  # neither ALREADY nor RETURNS
    expected = {
        ENTRANT: (5.0, "permanent_post"),
        from_start(1): (LAST + 30 / 365 - 2024, None),
        from_start(3): (0.0, "permanent_post"),
        from_start(4): (0.5, "left_research"),
    }
    for number, (years, cause) in expected.items():
        k = by_person[number]
        assert found.duration[k] == pytest.approx(years)
        assert (found.causes[found.cause[k]] if found.cause[k] >= 0 else None) == cause


def test_time_to_a_permanent_post_of_four(few: Careers) -> None:
    ds = about.time_to_permanent_post(few, at=[0, 1, 4, 5, 11, 12])
    assert ds.persons == 4 * PER_AGENT
    share = ds.incidence.sel(cause="permanent_post")
    np.testing.assert_allclose(share, [0.25, 0.25, 0.25, 0.5, 0.5, np.nan])
    np.testing.assert_allclose(ds.incidence.sel(cause="left_research")[:5], [0, *[0.25] * 4])
    # without exits the one of two still waiting at 5 stands for three quarters
    np.testing.assert_allclose(ds.net_share[:5], [0.25, 0.25, 0.25, 0.625, 0.625])
    np.testing.assert_allclose(ds.waiting / PER_AGENT, [4, 2, 2, 2, 1, 0])
    assert set(ds.cause.values[1:]) == {
        "research_support", "left_research", "retired", "dead", "outside",
    }  # fmt: skip


def test_estimates_by_group_are_those_of_the_group_alone(
    japan: tuple[Run, Careers, xr.Dataset],
) -> None:
    careers = japan[1]
    ds = about.time_to_permanent_post(careers, ["completed", "sex"])
    assert ds.incidence.dims == ("completed", "sex", "cause", "years")
    found = after_doctorate(careers)
    (year, years), (sex, sexes) = found.group("completed"), found.group("sex")
    chosen = (year == years.index(2026)) & (sex == sexes.index("female"))
    part = found.part(chosen)
    at = np.arange(9.0)
    alone = incidence(part.duration, part.cause, len(part.causes), at)
    one = ds.sel(completed=2026, sex="female")
    np.testing.assert_array_equal(one.incidence[:, :9], alone)
    assert one.incidence.sel(years=9).isnull().all()  # 31 March 2027 to 1 May 2035
    assert one.persons == chosen.sum() * PER_AGENT
    waiting = about.time_to_permanent_post(careers)
    assert (waiting.net_share >= waiting.incidence.sel(cause="permanent_post") - 1e-12)[:11].all()
    assert (waiting.incidence.sum("cause")[:11] <= 1 + 1e-12).all()


def test_the_first_ten_years_by_hand(few: Careers) -> None:
    ds = about.first_years(few, by=(), within_years=8)
    assert ds.persons == 4 * PER_AGENT  # all four were followed for eight years
    assert ds.permanent_post_share == 0.5
    assert ds.first_permanent_post_age_years == (32 + 29) / 2
    assert ds.years_to_permanent_post == 2.5
    assert ds.fixed_term_share == 0.5
    assert ds.fixed_term_contracts_per_career == (2 + 3) / 2
    assert ds.postdoc_share == 0.5
    assert ds.postdoc_years == (2 + 0.5) / 2
    by_year = about.first_years(few, within_years=10)  # the entrant completed in 2026: too late
    assert by_year.persons.sum() == 3 * PER_AGENT
    assert by_year.fixed_term_contracts_per_career.sel(completed=2023) == 3
    assert by_year.permanent_post_share.sel(completed=2024) == 0.5
    assert by_year.permanent_post_share.sel(completed=2026).isnull()


def test_contracts_and_how_they_end(few: Careers) -> None:
    """Renewed after 2, 2 and 3 years, a permanent post after 1 and 5; one runs for five years."""
    ds = about.contract_lengths(few, at=[0, 1, 2, 3, 5, 6])
    assert ds.persons == 6 * PER_AGENT
    assert ds.persons.attrs["units"] == "contracts"
    # 1: 1 of 6 to a permanent post; 2: 2 of 5 renewed; 3: 1 of 3 renewed; 5: 1 of 2 permanent
    np.testing.assert_allclose(
        ds.incidence.sel(cause="permanent"), [0, 1 / 6, 1 / 6, 1 / 6, 1 / 3, 1 / 3]
    )
    np.testing.assert_allclose(
        ds.incidence.sel(cause="renewed"), [0, 0, 1 / 3, 1 / 2, 1 / 2, 1 / 2]
    )


def test_sequences_leave_out_stays_of_no_length(few: Careers) -> None:
    ds = about.sequences(few, within_years=8)
    found = dict(zip(ds.sequence.values.tolist(), ds.persons.values.tolist(), strict=True))
    assert {name: n for name, n in found.items() if name} == {
        "doctoral > postdoc > fixed_term > permanent > left_research": PER_AGENT,
        "doctoral > seeking > fixed_term": PER_AGENT,
        "doctoral > permanent": PER_AGENT,
        "doctoral > postdoc > left_research": PER_AGENT,
    }
    early = about.sequences(few, within_years=3)
    assert "doctoral > postdoc > fixed_term" in early.sequence.values


# --- with the dataset ----------------------------------------------------------------------------


def test_moves_by_year_are_the_flows_of_the_dataset(japan: tuple[Run, Careers, xr.Dataset]) -> None:
    _, careers, ds = japan
    years = ds.sizes["year"]
    place = (careers.year.astype(int) - 2023) * len(PAIRS) + careers.pair
    counted = np.bincount(place, minlength=years * len(PAIRS)).reshape(years, -1) * PER_AGENT
    flow = ds.flow.sum(("age", "sex", "field"))  # unknown edges are none here
    inside = ~((ds.rule_source == "outside") & (ds.rule_target == "outside")).values
    np.testing.assert_array_equal(counted[:, inside], flow.values[:, inside])


def test_people_by_stage_sex_and_field_are_those_counted(
    japan: tuple[Run, Careers, xr.Dataset],
) -> None:
    _, careers, ds = japan
    found = about.present(careers, ["sex", "field"])[:, :-1] * PER_AGENT
    np.testing.assert_array_equal(found, ds.stock.sum("age"))
    by_origin = about.present(careers, ["entry_year", "origin"])
    np.testing.assert_array_equal(by_origin.sum(axis=(2, 3))[:, :-1] * PER_AGENT, found.sum((2, 3)))
    assert by_origin[0, :, 1:].sum() == 0  # nobody is there before entering
    living = by_origin[..., :].sum(axis=1)
    assert (np.diff(living, axis=0)[3:, :3] == 0).all()  # none of the early cohorts is lost


def test_links_of_the_sankey_diagram_add_up(japan: tuple[Run, Careers, xr.Dataset]) -> None:
    careers = japan[1]
    links = about.sankey(careers).persons
    change = links.sum("source").values - links.sum("target").values
    stock = about.present(careers)[:, :-1] * PER_AGENT
    groups = careers.labels.group_of[:-1]
    by_group = np.stack([stock[:, groups == g].sum(axis=1) for g in range(len(set(groups)))], 1)
    outside = list(careers.labels.groups).index("outside")
    np.testing.assert_array_equal(np.delete(change, outside, axis=1)[1:], np.diff(by_group, axis=0))
    assert links.sel(time=2023).isnull().all()
    cohorts = about.sankey(careers, "entry_year").persons
    np.testing.assert_array_equal(cohorts.sum("entry_year"), links.sum("time"))
    entered = cohorts.sel(source="outside", entry_year=2030).sum() / PER_AGENT
    year, years = careers.group("entry_year")
    assert entered == (years[0] + year == 2030).sum()


def test_first_permanent_posts_are_among_all_entries(
    japan: tuple[Run, Careers, xr.Dataset],
) -> None:
    _, careers, ds = japan
    found = after_doctorate(careers)
    event = found.event[found.cause == 0]
    first = np.bincount(careers.year[event].astype(int) - 2023, minlength=ds.sizes["year"])
    hires = stsim.indicators(ds).permanent_hires_persons.values
    known = ~np.isnan(hires)
    assert (first * PER_AGENT <= hires)[known].all()
    assert first[known].sum() > 0


# --- indicators ----------------------------------------------------------------------------------


def test_indicators_look_back_on_the_same_years_of_every_career(few: Careers) -> None:
    """With a window of three years: known from 2027, entries until 2034, contracts until 2035."""
    ds = about.measures(few, within_years=3)
    age, years = ds.first_permanent_post_age_years, ds.years_to_permanent_post
    assert age.isnull().all()  # at once in 2025 is before 2027, after five years is too long
    ds = about.measures(few, within_years=5)
    age, years = ds.first_permanent_post_age_years, ds.years_to_permanent_post
    assert age.sel(year=2032) == 32
    assert years.sel(year=2032) == 5
    assert age.sel(year=2025).isnull()  # those who completed before 2024 are not known
    assert age.count() == years.count() == 1
    contracts = ds.fixed_term_contracts_per_career
    assert contracts.sel(year=2029) == 2  # STAYER within five years
    assert contracts.sel(year=2032) == 2  # the entrant
    assert contracts.count() == 2


def test_indicators_of_japan(japan: tuple[Run, Careers, xr.Dataset]) -> None:
    ds = about.measures(japan[1])
    assert set(ds.data_vars) == {
        "first_permanent_post_age_years", "years_to_permanent_post",
        "fixed_term_contracts_per_career",
    }  # fmt: skip
    for variable in ds.data_vars.values():
        assert variable.dims == ("year",)
        assert variable.attrs["units"]
        assert variable.attrs["long_name"]
        assert variable.attrs["long_name_ja"]
        assert "left out" in variable.attrs["comment"]
    known = {name: ds.year.values[ds[name].notnull()].tolist() for name in ds.data_vars}
    assert known["years_to_permanent_post"] == known["first_permanent_post_age_years"] == [2034]
    assert known["fixed_term_contracts_per_career"] == [2034, 2035]
    assert 27 < float(ds.first_permanent_post_age_years.sel(year=2034)) < 45
    assert 0 < float(ds.years_to_permanent_post.sel(year=2034)) < 10
    assert 1 <= float(ds.fixed_term_contracts_per_career.sel(year=2035)) < 10


# --- who is displaced ----------------------------------------------------------------------------


def test_nobody_is_displaced_by_the_same_run(japan: tuple[Run, Careers, xr.Dataset]) -> None:
    careers = japan[1]
    ds = about.displaced(careers, careers)
    assert ds.differ.sum() == ds.elsewhere.sum() == 0
    assert ds.only_in_first.sum() == ds.only_in_second.sum() == 0
    stock = japan[2].stock.sum(("age", "sex", "field"))
    np.testing.assert_array_equal(ds.persons[:, :-1], stock)


def test_who_is_displaced_by_hand(japan: tuple[Run, Careers, xr.Dataset]) -> None:
    """One gets the post another would have had; a third enters only in the second run."""
    a, b, new = from_start(1), from_start(2), entering(2030, "enter_from_masters", STUDENT)
    post: list[Move] = [(2028.0, "permanent_posts_national", FIXED, PERMANENT)]
    renewed: list[Move] = [(2027.0, "renew_contract", FIXED, FIXED)]
    first = by_hand(japan[0], (a, 30, renewed + post), (b, 30, renewed))
    second = by_hand(
        japan[0], (a, 30, renewed), (b, 30, renewed + post),
        (new, 24, [(2030.0, "enter_from_masters", "outside", STUDENT)]),
    )  # fmt: skip
    ds = about.displaced(first, second, ["sex"])
    differ = ds.differ.sum("sex") / PER_AGENT
    assert differ.sel(time=2027).sum() == 0
    for year in (2028, LAST):
        assert differ.sel(time=year, stage=PERMANENT) == 1
        assert differ.sel(time=year, stage=FIXED) == 1
        assert differ.sel(time=year).sum() == 2
    moved = ds.elsewhere.sel(time=2029) / PER_AGENT
    assert moved.sel(stage=PERMANENT, stage_in_second=FIXED) == 1
    assert moved.sel(stage=FIXED, stage_in_second=PERMANENT) == 1
    assert ds.only_in_second.sel(entry_year=2030, origin="own") == PER_AGENT
    assert ds.only_in_second.sum() == PER_AGENT
    assert ds.only_in_first.sum() == 0
    of_women = ds.persons.sel(time=2028, stage=FIXED, sex="female")
    share = ds.differ_share.sel(time=2028, stage=FIXED, sex="female")
    assert share == PER_AGENT / of_women
    never = about.displaced(by_hand(japan[0], (a, 30, post)), by_hand(japan[0]))
    assert never.differ.sel(time=2028, stage=PERMANENT) == PER_AGENT  # no move at all is one, too
    assert never.elsewhere.sel(time=2028, stage=PERMANENT, stage_in_second=FIXED) == PER_AGENT


def test_displacement_explains_the_difference_between_two_runs(
    japan: tuple[Run, Careers, xr.Dataset], more_posts: tuple[Run, Careers, xr.Dataset]
) -> None:
    """Stocks differ by those who are elsewhere and by those who enter in one run only."""
    (_, first, one), (_, second, other) = japan, more_posts
    ds = about.displaced(first, second, ["field"])
    assert ds.differ.sel(time=2026).sum() == 0  # the policy begins in 2027
    assert ds.differ.sel(time=LAST).sum() > 0
    assert (ds.differ <= ds.persons).all()
    net = ds.elsewhere.sum("stage").values - ds.elsewhere.sum("stage_in_second").values
    kept_first = about.present(first, (), second.has(first.persons))
    kept_second = about.present(second, (), first.has(second.persons))
    np.testing.assert_array_equal(net, (kept_second - kept_first) * PER_AGENT)
    entered = (about.present(second) - kept_second) - (about.present(first) - kept_first)
    difference = (other.stock - one.stock).sum(("age", "sex", "field"))
    np.testing.assert_array_equal((net + entered * PER_AGENT)[:, :-1], difference)


def test_runs_of_other_people_are_not_compared(japan: tuple[Run, Careers, xr.Dataset]) -> None:
    with pytest.raises(NotComparableError, match="not the same seed"):
        about.displaced(japan[1], carried(seed=2)[1])


# --- files ---------------------------------------------------------------------------------------


def test_a_file_gives_back_the_same_careers(
    japan: tuple[Run, Careers, xr.Dataset], tmp_path: Path
) -> None:
    careers = japan[1]
    path = about.save(careers, tmp_path / "careers.parquet")
    again = about.open_careers(path)
    for name in ("person", "when", "pair", "cell"):
        before, after = getattr(careers, name), getattr(again, name)
        assert after.dtype == before.dtype
        assert after.tobytes() == before.tobytes()
    assert again.labels.to_json() == careers.labels.to_json()
    assert about.measures(again).identical(about.measures(careers))
    assert [file.name for file in tmp_path.iterdir()] == ["careers.parquet"]


def test_the_file_can_be_read_without_stsim(few: Careers, tmp_path: Path) -> None:
    table = pq.read_table(about.save(few, tmp_path / "few.parquet"))
    assert table.column_names == [
        "person", "when", "year", "rule", "source", "target", "age", "sex", "field",
        "entry_year", "origin",
    ]  # fmt: skip
    of_one = [row for row in table.to_pylist() if row["person"] == ENTRANT]
    assert of_one[5] == {
        "person": ENTRANT, "when": 2029.0, "year": 2029, "rule": "fixed_term_posts_national",
        "source": "seeking_postdoc", "target": FIXED, "age": 29, "sex": "female",
        "field": "science", "entry_year": 2024, "origin": "own",
    }  # fmt: skip
    assert of_one[4]["year"] == 2028  # 31 March 2029 belongs to the year before
    assert all(pa.types.is_dictionary(table.schema.field(n).type) for n in ("rule", "origin"))


def test_bad_files_and_folders_are_refused_in_one_line(few: Careers, tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("not parquet")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    whole = about.save(few, tmp_path / "few.parquet")
    table = pq.read_table(whole)
    pq.write_table(table.drop_columns("rule"), tmp_path / "cut.parquet")
    pq.write_table(table.take(list(range(len(few)))[::-1]), tmp_path / "mixed.parquet")
    other = {"source": "target", "target": "source"}
    turned = [other.get(name, name) for name in table.column_names]
    renamed = table.rename_columns(turned).replace_schema_metadata(table.schema.metadata)
    pq.write_table(renamed, tmp_path / "turned.parquet")
    for name, line in {
        "turned.parquet": "moves that no rule makes",
        "none.parquet": "no careers to read here",
        "text.parquet": "no careers to read here",
        "other.parquet": "not one that stsim has written",
        "cut.parquet": "not the careers that were saved",
        "mixed.parquet": "not sorted by person",
    }.items():
        with pytest.raises(CareersError, match=line) as caught:
            about.open_careers(tmp_path / name)
        assert "\n" not in str(caught.value)
    for place in (tmp_path / "no" / "folder.parquet", tmp_path, Path("/proc/careers.parquet")):
        with pytest.raises(CareersError, match="cannot write careers there") as caught:
            about.save(few, place)
        assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob(".part-*"))


def full(table: pa.Table, file: Path, **options: object) -> None:
    """Write the beginning of a file, after which there is no room."""
    file.write_bytes(b"PAR1")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_fills_up_leaves_no_part_of_a_file_and_the_one_before_as_it_was(
    few: Careers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = about.save(few, tmp_path / "few.parquet")
    before = path.read_bytes()
    monkeypatch.setattr(pq, "write_table", full)
    for place in (path, tmp_path / "new.parquet"):
        with pytest.raises(CareersError, match=r"^\S+: cannot write careers there \(No space left"):
            about.save(few, place)
    assert [file.name for file in tmp_path.iterdir()] == ["few.parquet"]
    assert path.read_bytes() == before


COARSE = (
    "engine=individuals", "persons_per_agent=100", "years.last=2025", "careers=true", "band=false",
)  # fmt: skip


def test_the_command_line_writes_the_careers_of_both_runs_beside_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*COARSE, "scenario=expand_dc"]) == 0
    folder = Path(capsys.readouterr().out.splitlines()[-1])
    for name in ("baseline", "expand_dc"):
        careers = about.open_careers(folder / f"{name}.parquet")
        again = about.simulate(*COARSE[:3], f"scenario={name}")
        for column in ("person", "when", "pair", "cell"):
            assert getattr(careers, column).tobytes() == getattr(again, column).tobytes()


def test_careers_that_cannot_be_written_stop_a_run_with_one_line_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pq, "write_table", full)
    assert main([*COARSE]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "cannot write careers there (No space left on device)" in said.err
    assert [path.name for path in tmp_path.rglob("*")] in ([], ["results"])


def test_a_missing_pyarrow_is_named(few: Careers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(CareersError, match=r"need pyarrow: pip install 'stsim\[careers\]'"):
        about.save(few, "careers.parquet")


def test_the_words_of_the_command_line_give_careers(
    japan: tuple[Run, Careers, xr.Dataset],
) -> None:
    again = about.simulate(*SMALL)
    assert again.person.tobytes() == japan[1].person.tobytes()
    assert again.pair.tobytes() == japan[1].pair.tobytes()
    assert again.labels.persons_per_agent == PER_AGENT
