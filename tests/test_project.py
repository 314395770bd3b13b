"""The project as a whole: layers, sources, golden numbers, words in both languages."""

from __future__ import annotations

import ast
import csv
import re
from pathlib import Path
from typing import Any

import golden
import numpy as np
import pytest

import stsim
from stsim import faults, levers, observed, params, paths
from stsim.compose import compose, scenarios
from stsim.given import HIRES_BESIDE_LEDGER
from stsim.measures import INDICATORS
from stsim.rulebook import JAPAN
from stsim.simulation import prepare
from stsim.words import WORDS

#: Imports point one way: a module may import those above it only.
LAYERS = (
    "paths", "files", "observed", "provenance", "quantities", "vocabulary", "levers", "params",
    "band", "draws",
    "rulebook.stages", "rulebook.phrases", "rulebook.study", "rulebook.leaving", "rulebook.hiring",
    "rulebook", "memory", "rates",
    "engines.market", "engines.cells", "engines.spring",
    "engines.stockflow", "luck", "engines.columns", "engines.people", "engines.sieve",
    "engines.chances", "engines.arrivals", "engines.contest", "engines.race",
    "engines.individuals", "smooth", "faults", "given", "population", "config", "room",
    "reading", "scenario_files", "overrides", "money", "budget", "compose",
    "netcdf", "stacked", "results", "measures", "costs", "targets",
    "careers.labels", "careers.columns", "careers.file", "careers.curves",
    "careers.doctorate", "careers.contracts", "careers.steps", "careers.present",
    "careers.compare", "careers.measures", "simulation", "careers.run", "attribution", "history",
    "calibrate.block", "calibrate.pieces", "calibrate.central", "calibrate.target",
    "calibrate.surrogate", "calibrate.convergence", "calibrate.posterior", "calibrate.others",
    "calibrate.report", "calibrate.news", "calibrate.refit", "priors",
    "calibrate.widen",
    "hindcast.forecast", "hindcast.problem", "hindcast.baselines", "hindcast.cohorts",
    "hindcast.cohorts_ahead",
    "hindcast.synthetic", "hindcast.contracts", "hindcast.contracts_ahead",
    "hindcast.study", "hindcast.degree_counts", "hindcast.degrees", "hindcast.destinations",
    "hindcast.scores", "hindcast.board", "hindcast.bars",
    "words", "hindcast.present",
    "explore.sweep", "explore.design", "explore.plan", "explore.arrays", "explore.store",
    "explore.work", "explore.executors",
    "explore.runs", "explore.prim", "explore.seek", "explore.targets",
    "explore.futures", "explore.measured", "explore.sensitivity", "explore.uncertainty",
    "explore.information", "tables", "papers", "explore.present", "explore.sought",
    "effects.side_by_side", "effects.present",
    "plot.text", "plot.look", "plot.published", "plot.marks", "plot.lines", "plot.pyramid",
    "plot.forecasts", "plot.fan", "plot.flows", "plot.bars",
    "reports.words", "reports.said", "reports.material", "reports.taken", "reports.past",
    "reports.svg", "reports.by_year", "reports.people", "reports.bars", "reports.answers",
    "reports.pictures", "reports.bills", "reports.uncertain", "reports.lists",
    "reports.sweep_lines", "reports.sweeps", "reports.fits", "reports.page", "reports.job",
    "explorer.words", "explorer.policies", "explorer.rows", "explorer.saving", "explorer.runs",
    "explorer.charts", "explorer.elements", "explorer.desk", "explorer.keeping", "explorer.table",
    "explorer.page", "explorer.serve",
    "describe.markdown", "describe.groups", "describe.source", "describe.facts", "describe.flows",
    "describe.numbers", "describe.roads", "describe.svg", "describe.layout", "describe.diagram",
    "describe.page", "describe.template", "describe.protocols", "describe.quoted",
    "describe.datasheet", "describe.codemap", "describe.pages", "describe.long_pages",
    "hindcast.identification",
    "hindcast.page", "explore.answers", "effects.page", "effects.certificate", "effects.known",
    "single", "audit.kept", "audit.reproduce", "audit.changes", "audit.present",
    "cli",
)  # fmt: skip


def imported(path: Path) -> set[str]:
    """The modules of the package that a file imports at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stsim"):
            module = (node.module or "").removeprefix("stsim").removeprefix(".")
            found |= {f"{module}.{a.name}".strip(".") for a in node.names} | {module}
    return {name for name in found if name in LAYERS}


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_point_one_way(layer: str) -> None:
    path = paths.PACKAGE / f"{layer.replace('.', '/')}.py"
    if not path.is_file():
        path = path.with_suffix("") / "__init__.py"
    below = {name for name in imported(path) if LAYERS.index(name) >= LAYERS.index(layer)}
    assert below == set()


def test_every_module_has_its_layer() -> None:
    files = {
        path.relative_to(paths.PACKAGE).with_suffix("").as_posix().replace("/", ".")
        for path in paths.PACKAGE.rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py")
    }
    assert files | {"rulebook"} == set(LAYERS)


def test_engines_see_no_rule_lever_or_parameter() -> None:
    for path in (paths.PACKAGE / "engines").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert {name for name in imported(path) if not name.startswith("engines.")} <= {
            "rates", "vocabulary", "luck",
        }  # fmt: skip
        assert ".policy" not in text
        assert ".params" not in text


def sources() -> dict[str, str]:
    """The source of every lever, parameter, price and assumption, by name."""
    config = compose()
    found = {f"law.{name}": config.law[name].source for name in levers.NAMES}
    found |= {f"params.{name}": params.prior(name).source for name in params.NAMES}
    found |= {f"{a.name} {a.year}": a.source for a in observed.record().assumptions()}
    for name in levers.NAMES:
        if levers.about(name).yen_each is not None:
            assert levers.about(name).payer, name
            found[f"price of {name}"] = levers.about(name).price_source
    return found


def test_every_number_has_a_source_a_label_and_a_range() -> None:
    assert [name for name, source in sources().items() if len(source) < 8] == []
    for name in levers.NAMES:
        assert levers.label(name)
    for name in params.NAMES:
        assert params.label(name)
        assert params.prior(name).low < params.prior(name).high


def test_series_and_evidence_that_sources_name_are_in_the_package() -> None:
    evidence = {
        file: {line.split(",")[0] for line in (observed.DATA / file).read_text().splitlines()}
        for file in ("evidence/behaviour.csv", "evidence/levers.csv")
    }
    for name, source in sources().items():
        for series in re.findall(
            r"series (?:[a-z0-9_]+)(?:(?:, | and )[a-z0-9]+_[a-z0-9_]+)*", source
        ):
            for word in re.findall(r"[a-z0-9]+_[a-z0-9_]+", series):
                assert observed.record().series_rows(word), f"{name}: {word}"
        for file, row in re.findall(r"(evidence/\w+\.csv) (\w+_\w+)", source):
            assert row in evidence[file], f"{name}: {row}"
        for file in re.findall(r"evidence/[\w.]+?\.csv", source):
            assert file in evidence, name
        for note in re.findall(r"docs/decisions/(\d+)", source):
            assert list((paths.PACKAGE.parent / "docs" / "decisions").glob(f"{note}-*.md")), name


def test_every_parameter_and_lever_is_read_by_some_rule() -> None:
    read: set[str] = set()
    later = ["policy.retirement_age_years=66"]
    for words in ([], ["posts=openings"], ["years.first=2007"], later):
        prepared = prepare(compose([*words, "years.last=2030"]))
        prepared.run()
        read |= set().union(*prepared.rates.read_by.values())
    assert {f"params.{name}" for name in params.NAMES} - read == set()
    # what grows the openings given to a rule, and schools ten years before
    through_given = {"firm_openings_growth_per_year", "school_programme_schools"}
    of_levers = {name.rpartition(".")[2] for name in read if name.startswith("policy")}
    assert set(levers.NAMES) - of_levers == through_given


def test_every_assumption_of_the_start_is_used() -> None:
    used = set()
    for first in (2007, 2023):
        used |= {item.name for item in prepare(compose([f"years.first={first}"])).start.items}
    through_given = {
        "seekers_in_base_year", "seats_trend_damping", "fixed_term_share_other",
        *HIRES_BESIDE_LEDGER.values(),
    }  # fmt: skip
    assert {a.name for a in observed.record().assumptions()} - used == through_given


def test_every_series_in_the_package_is_used_somewhere() -> None:
    """Read by the code under its full name, or named by a source of a number."""
    code = {
        node.value
        for path in paths.PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    in_sources = set(re.findall(r"\w+", " ".join(sources().values())))
    with (observed.DATA / "observed.csv").open(encoding="utf-8") as file:
        series = {row["series"] for row in csv.DictReader(file) if row["status"] != "target"}
    for_checks = {  # targets and checks to come
        "group1_2_university_faculty_under40_share",
        "university_faculty_hires_previous_status_share",
    }
    assert series - code - in_sources == for_checks


def test_the_law_repeats_what_was_counted() -> None:
    record, law = observed.record(), compose().law
    stipend = record.series("jsps_dc_stipend_monthly")
    for year in (2000, 2003, 2004, 2017, 2026):
        assert law["dc_stipend_yen_per_year"].timeline.at(year) == 12 * stipend[year]
    fellows = law["dc_fellows_persons"].timeline
    assert fellows.at(2022) == record.series("jsps_dc_fellows", status="DC_stock")[2022]
    others = law["other_support_places_persons"].timeline
    supported = record.series("doctoral_students_supported_180man", status="estimate")
    for year in (2021, 2022):
        assert others.at(year) + fellows.at(year) == pytest.approx(supported[year], abs=10)
    postdocs = record.series("postdocs", status="annual_cumulative")
    projects = law["project_postdoc_positions_persons"].timeline
    fellows_pd = law["pd_fellows_persons"].timeline
    for year, counted in postdocs.items():
        total = projects.at(year) + fellows_pd.at(year)
        assert total == pytest.approx(counted / 1.14, abs=1), year
    converted = record.series("ten_year_rule_researchers", status="converted_right_exercised")[2024]
    reached = record.series("ten_year_rule_researchers", status="reached_10_years")[2024]
    assert law["ten_year_conversion_share"].timeline.at(2024) == pytest.approx(
        converted / reached, abs=5e-4
    )


def test_every_stage_rule_and_indicator_is_labelled() -> None:
    for stage in JAPAN.stages:
        assert stage.label
        assert stage.label_ja
    for rule in JAPAN.rules:
        assert rule.label.endswith(".")
    for indicator in INDICATORS:
        assert indicator.label
        assert indicator.label_ja
    for key, (english, japanese) in WORDS.items():
        assert english, key
        assert japanese, key


@pytest.fixture(scope="module")
def law() -> np.ndarray[Any, Any]:
    """Everybody in the baseline of the golden numbers."""
    return np.asarray(golden.run("baseline").stock.values)


@pytest.mark.parametrize("scenario", sorted(golden.stored()))
def test_golden_headline_numbers_and_a_difference_from_the_baseline(
    scenario: str, law: np.ndarray[Any, Any]
) -> None:
    stored = golden.stored()
    assert set(stored) == set(stsim.scenarios())
    ds = golden.run(scenario)
    found = golden.headline(ds)
    assert set(found) == set(stored[scenario])
    for name, by_year in found.items():
        assert by_year == pytest.approx(stored[scenario][name], rel=1e-9), name
    # effects of the last two are centred on none
    as_law = ("baseline", "schools", "young_grants")
    assert np.array_equal(ds.stock.values, law) == (scenario in as_law)


@pytest.mark.parametrize("scenario", sorted(stsim.scenarios()))
def test_every_scenario_has_titles_in_two_languages(scenario: str) -> None:
    about = scenarios()[scenario]
    assert about.title.en != about.title.ja
    assert about.about.en != about.about.ja


def test_an_installed_package_has_its_folders_within(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout they stand beside it, under a folder that may have another meaning else."""
    package = tmp_path / "stsim"
    (tmp_path / "conf").mkdir()
    monkeypatch.setattr(paths, "PACKAGE", package)
    assert paths._folder("conf") == package / "shipped" / "conf"
    (tmp_path / "pyproject.toml").write_text("")
    assert paths._folder("conf") == tmp_path / "conf"
    assert paths._folder("scenarios") == package / "shipped" / "scenarios"


def test_a_long_fault_keeps_its_beginning_and_its_end_on_one_line() -> None:
    line = faults.said(observed.DataError("first\n" + "long " * 1000 + "last"))
    assert line.startswith("first long")
    assert line.endswith("long last")
    assert len(line) <= faults.LONGEST + 3
    assert "\n" not in line
    assert faults.said(ZeroDivisionError("x")) == "the numbers given cannot be computed: x"
    assert faults.said(observed.DataError("short")) == "short"
