"""The observed record: known values, lookups that fail clearly, and faults found at reading."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stsim.compose import compose
from stsim.given import Given, last_chart, last_entrants
from stsim.observed import DATA, FIELDS, DataError, Record, read, record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def test_the_default_is_read_once_and_reading_again_gives_the_same() -> None:
    assert record() is record()
    assert read().sha256 == record().sha256
    assert read().rows == record().rows


def test_every_row_has_a_source_and_an_allowed_status() -> None:
    rows = record().rows
    assert len(rows) == 1870
    assert all(row.source.strip() for row in rows)
    assert {row.geo for row in rows} == {"JPN"}
    assert not any(row.status == "superseded_vintage" for row in rows)


def test_known_faculty_counts_of_national_universities() -> None:
    young = record().series("national_university_faculty", age="<40", status="permanent")
    assert young[2023] == 4663
    assert young[2007] == 10888
    fixed = record().series("national_university_faculty", age="<40", status="fixed_term")
    total = record().series("national_university_faculty")
    assert (young[2023] + fixed[2023]) / total[2023] == pytest.approx(0.2369, abs=5e-5)


def test_the_four_cells_add_up_to_the_total_of_national_universities() -> None:
    r, name = record(), "national_university_faculty"
    cells = [
        r.series(name, age=age, status=status)
        for age in ("<40", ">=40")
        for status in ("permanent", "fixed_term")
    ]
    for year, total in r.series(name).items():
        assert sum(cell[year] for cell in cells) == total


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("doctoral_entrants", 1981, 2024), ("doctorates_awarded", 1981, 2022)],
)
def test_fields_add_up_to_the_total(name: str, first: int, last: int) -> None:
    fields, total = record().by_field(name), record().series(name)
    assert tuple(fields) == FIELDS
    for year in range(first, last + 1):
        assert sum(one[year] for one in fields.values()) == total[year]
    assert all(set(one) == set(range(first, last + 1)) for one in fields.values())


def test_entrants_of_2025_are_a_total_without_fields() -> None:
    assert record().series("doctoral_entrants")[2025] == 16212
    assert 2025 not in record().by_field("doctoral_entrants")["science"]


def test_both_kinds_of_postdoc_label_stay_apart() -> None:
    fields = record().by_field("postdocs", status="annual_cumulative")
    assert sum(one[2015] for one in fields.values()) == 15760
    assert set(fields["health"]) == {2015}


def test_staff_by_field_adds_up_to_all_fields() -> None:
    for status in ("", "fixed_term"):
        fields = record().by_field("university_researchers_staff", status=status)
        total = record().series("university_researchers_staff", field="all", status=status)
        assert {2024: sum(one[2024] for one in fields.values())} == total


def test_a_year_that_lacks_a_survey_field_is_named(folder: Path) -> None:
    swap(folder, "observed.csv", r"^doctoral_entrants,2000,JPN,arts,.*\n", "")
    with pytest.raises(DataError, match="'doctoral_entrants' lacks the field 'arts' in 2000"):
        read(folder).by_field("doctoral_entrants")


def test_population_joins_its_three_sources_without_a_jump() -> None:
    r = record()
    assert 126.1e6 <= r.population(2020) <= 126.2e6
    assert r.population(2040) == pytest.approx(112.84e6, rel=1e-3)
    assert r.population(2070) == pytest.approx(87.0e6, rel=1e-3)
    assert r.population(1998) == 126400000  # mid-year total where no official count is held
    steps = [r.population(y) / r.population(y - 1) - 1 for y in range(1961, 2071)]
    assert max(abs(b - a) for a, b in itertools.pairwise(steps[35:])) < 0.003
    for year in (1959, 2071):
        with pytest.raises(DataError, match=f"{year}.*1960 to 2070"):
            r.population(year)


def test_the_ledger_gives_stocks_at_the_end_of_the_base_year() -> None:
    r = record()
    assert r.ledger_stock("permanent_national") == 39847
    assert r.ledger_stock("fixed_term_national") == 24434
    assert r.ledger_stock("postdoc") == 11415
    assert r.ledger_flow("entrants", "doctoral") == 15014
    assert r.ledger_flow("firm", "doctoral") == 0.0
    assert len(r.ledger_rows()) == 74


def test_the_ledger_and_the_chart_agree_on_national_universities() -> None:
    r = record()
    for status in ("permanent", "fixed_term"):
        cells = [
            r.series("national_university_faculty", age=a, status=status) for a in ("<40", ">=40")
        ]
        assert r.ledger_stock(f"{status}_national") == sum(cell[2023] for cell in cells)


def test_the_scope_factor_is_one_before_the_break() -> None:
    r, name = record(), "national_university_faculty"
    assert r.scope_factor(name, 2020, "<40", "fixed_term") == 1.0
    assert r.scope_factor(name, 2021, "<40", "fixed_term") == 1.045
    assert r.scope_factor(name, 2023, ">=40", "fixed_term") == 0.973


def test_targets_repeat_the_observed_target_rows() -> None:
    targets = {t.indicator: t for t in record().targets()}
    assert {name for name, t in targets.items() if not t.scored} == {
        "under40_share_research_intensive"
    }
    goals = {
        (r.year, r.value, r.unit, r.source, r.url) for r in record().rows if r.status == "target"
    }
    for t in targets.values():
        assert (t.year, t.value, t.unit, t.source, t.url) in goals
    assert targets["doctorates_per_million"].value == 300
    assert targets["doctorates_per_million"].year == 2040


def test_the_table_of_sources_counts_the_rows_as_they_are() -> None:
    text = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| (\d+) \|[^|]*\|[^|]*\|$", text, re.MULTILINE))
    counts: dict[str, str] = {}
    for row in record().rows:
        counts[row.series] = str(int(counts.get(row.series, "0")) + 1)
    assert told == counts


def test_the_hash_follows_bytes_and_names_of_all_tables(folder: Path) -> None:
    before = read(folder).sha256
    assert before == record().sha256
    (folder / "SOURCES.md").write_text("not a table", encoding="utf-8")
    assert read(folder).sha256 == before
    swap(folder, "fields.csv", "all surveys", "all  surveys")
    assert read(folder).sha256 != before


LOOKUPS: list[tuple[Callable[[Record], object], str]] = [
    (
        lambda r: r.series("doctoral_entrant"),
        "unknown series 'doctoral_entrant'.*doctoral_entrants",
    ),
    (lambda r: r.series("postdocs", status="x"), "no row with.*'annual_cumulative'"),
    (lambda r: r.by_field("postdoc"), "unknown series.*postdocs"),
    (lambda r: r.by_field("postdocs", status="stock_november"), "no row by field"),
    (lambda r: r.by_field("doctorate_within_standard_term_share"), "only persons"),
    (lambda r: r.ledger_stock("firms"), "unknown ledger stage 'firms'; nearest: firm"),
    (lambda r: r.ledger_stock("outside"), "unknown ledger stage 'outside'"),
    (lambda r: r.ledger_flow("firm", "outsid"), "unknown ledger name.*outside"),
    (lambda r: r.scope_factor("national_university_faculty", 2022, "", ""), "no scope break for"),
]


@pytest.mark.parametrize(("ask", "words"), LOOKUPS)
def test_a_wrong_question_gets_a_clear_answer(ask: Callable[[Record], object], words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        ask(record())
    assert "\n" not in str(caught.value)


def swap(folder: Path, file: str, pattern: str, new: str) -> int:
    """Replace the first match in a file and give the line number where it was."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    found = re.search(pattern, text, re.MULTILINE)
    assert found is not None, pattern
    path.write_text(text[: found.start()] + new + text[found.end() :], encoding="utf-8")
    return text.count("\n", 0, found.start()) + 1


OBS, LED, FLD = "observed.csv", "base_year_ledger.csv", "fields.csv"
BRK, TGT, ASM = "scope_breaks.csv", "targets.csv", "assumptions.csv"
E2024 = r"^doctoral_entrants,2024,JPN,,,,,15744,persons,"
BREAKAGES = [
    ("missing column", OBS, r"^series,year,geo,", "series,geo,", ["missing column 'year'"]),
    ("unknown column", OBS, r"url,note$", "url,note,grade", ["unknown column 'grade'"]),
    ("repeated column", OBS, r"url,note$", "url,note,url", ["repeated column 'url'"]),
    ("text value", OBS, E2024, "doctoral_entrants,2024,JPN,,,,,15 744,persons,", ["'15 744'"]),
    ("nan", OBS, E2024, "doctoral_entrants,2024,JPN,,,,,nan,persons,", ["not finite", "'nan'"]),
    ("infinity", OBS, E2024, "doctoral_entrants,2024,JPN,,,,,inf,persons,", ["'inf'"]),
    ("negative", OBS, E2024, "doctoral_entrants,2024,JPN,,,,,-1,persons,", ["negative", "'-1'"]),
    ("fraction", OBS, E2024, "doctoral_entrants,2024,JPN,,,,,39.8,fraction,", ["0-1", "'39.8'"]),
    ("another unit", OBS, E2024, "doctoral_entrants,2024,JPN,,,,,0.4,fraction,",
     ["'fraction' in 'doctoral_entrants', which is in persons"]),
    ("unknown unit", OBS, E2024, "doctoral_entrants,2024,JPN,,,,,15.7,thousands,",
     ["unknown unit 'thousands'", "persons"]),
    ("leap", OBS, E2024, "doctoral_entrants,2024,JPN,,,,,15.744,persons,",
     ["goes from 15014 in 2023 to 15.744 in 2024", "another unit"]),
    ("year", OBS, E2024, "doctoral_entrants,2024.5,JPN,,,,,1,persons,", ["year", "'2024.5'"]),
    ("duplicate", OBS, E2024, "doctoral_entrants,2023,JPN,,,,,1,persons,", ["duplicate", "2023"]),
    ("field", OBS, E2024, "doctoral_entrants,2024,JPN,law,,,,1,persons,", ["'law'", "fields.csv"]),
    ("no source", OBS, E2024 + r'".*?",', E2024[1:].replace("\\", "") + ",", ["missing source"]),
    ("cells", OBS, E2024, "doctoral_entrants,2024,", ["cells instead of 12"]),
    ("line break", OBS, E2024, 'doctoral_entrants,2024,JPN,"a\nb",,,,15744,persons,',
     ["a line break in a cell: is there a quote without its end?"]),
    ("quote", OBS, E2024, '"doctoral"_entrants,2024,', ["not valid CSV"]),
    ("break", BRK, r"(?s)^national.*", "", ["unmarked", "2021"]),
    ("late break", BRK, r"(?s)faculty,2021,<40,p", "faculty,2022,<40,p", ["unmarked", "2021"]),
    ("factor", BRK, ",1.026,", ",0,", ["factor", "'0'"]),
    ("break source", BRK, r"0.02,[^,]*,", "0.02,,", ["missing source"]),
    ("model field", FLD, "^health,health", "health,medicine", ["unknown model field 'medicine'"]),
    ("unexplained label", FLD, r"^all,,.*", "all,,", ["missing note"]),
    ("flow", LED, "^flow,firm,public_institute", "flow,firm,moon", ["unknown name 'moon'"]),
    ("stock", LED, "^stock_change,firm", "stock_change,fir", ["unknown name 'fir'"]),
    ("negative flow", LED, "^flow,firm,outside,631", "flow,firm,outside,-631", ["'-631'"]),
    ("balance", LED, "^flow,firm,outside,631", "flow,firm,outside,700", ["'firm'", "balance"]),
    ("kind", LED, "^flow,firm,outside", "flux,firm,outside", ["unknown kind 'flux'"]),
    ("scored", TGT, ",yes,", ",perhaps,", ["'perhaps'"]),
    ("assumption", ASM, "^seekers_in_base_year,2023,8800,", "seekers_in_base_year,2023,7499,",
     ["7499 is outside its own range 7500 to 10500"]),
    ("target share", TGT, ",0.3,fraction", ",30,fraction", ["0-1", "'30'"]),
]  # fmt: skip
ELSEWHERE = {
    "line break",
    "break",
    "late break",
    "balance",
}  # found at another line than the one changed


@pytest.mark.parametrize(
    ("name", "file", "pattern", "new", "words"), BREAKAGES, ids=[b[0] for b in BREAKAGES]
)
def test_a_broken_table_is_named_with_its_line(
    folder: Path, name: str, file: str, pattern: str, new: str, words: list[str]
) -> None:
    line = swap(folder, file, pattern, new)
    with pytest.raises(DataError) as caught:
        read(folder)
    text = str(caught.value)
    assert "\n" not in text
    if name in ELSEWHERE:
        assert re.match(r"(observed|base_year_ledger)\.csv, line \d+: ", text)
    else:
        assert text.startswith(f"{file}, line {line}: ")
    for word in words:
        assert word in text


def test_bad_encoding_is_named_with_its_line(folder: Path) -> None:
    path = folder / "observed.csv"
    lines = path.read_bytes().split(b"\n")
    lines[9] = lines[9].replace(b"JPN", b"J\xffN")
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(DataError, match=r"observed\.csv, line 10: not UTF-8.*xff"):
        read(folder)


@pytest.mark.parametrize("file", [OBS, LED, FLD, BRK, TGT])
def test_a_missing_or_empty_table_is_an_error(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"")
    with pytest.raises(DataError, match=f"{file}, line 1: missing column"):
        read(folder)
    (folder / file).unlink()
    with pytest.raises(DataError, match=f"{file} cannot be read"):
        read(folder)


def test_next_years_counts_are_used_as_soon_as_they_are_in_the_file(folder: Path) -> None:
    """One row of entrants and the four of the chart, as a survey would add them."""
    path, record = folder / "observed.csv", read(folder)
    newest = last_entrants(record)
    rows = [f"doctoral_entrants,{newest + 1},JPN,,,,,17000,persons,a survey,,"]
    for age, status in itertools.product(("<40", ">=40"), ("permanent", "fixed_term")):
        series = record.series("national_university_faculty", age=age, status=status)
        persons = round(series[last_chart(record)] * 1.01)
        year = last_chart(record) + 1
        rows.append(
            f"national_university_faculty,{year},JPN,,,{age},{status},{persons},persons,a survey,,"
        )
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(rows) + "\n", encoding="utf-8")
    later = read(folder)
    assert last_entrants(later) == newest + 1
    assert last_chart(later) == last_chart(record) + 1
    before, after = (
        Given(
            r,
            {n: e.timeline for n, e in compose().law.items()},
            lambda year: 0.05,
            lambda year: 218,
            "flat",
            False,
        )
        for r in (record, later)
    )
    assert after.at(newest + 1)["doctoral_entrants"].sum() == pytest.approx(17_000)
    seats = [g.at(2030)["seats"]["permanent_national"].sum() for g in (before, after)]
    assert seats[1] / seats[0] == pytest.approx(1.01, rel=1e-3)
