"""Results are made again from what lies beside them, and a difference has its causes."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

import stsim
from stsim import observed, provenance, results
from stsim.audit import changes, kept, present, reproduce
from stsim.cli import main
from stsim.config import ConfigError
from stsim.explore.runs import plan as plan_sweep
from stsim.explore.store import Store
from stsim.measures import about, one
from stsim.results import ResultsError
from stsim.tables import shown

SHORT = ("engine=stocks", "years.last=2030", "band=false")


def run(results_dir: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> Path:
    """Run words as the command line does; the folder printed last."""
    assert main([*words, f"results_dir={results_dir}"]) == 0
    return Path(capsys.readouterr().out.splitlines()[-1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of a scenario beside the baseline; tests work on copies."""
    there = tmp_path_factory.mktemp("results")
    assert main(["scenario=expand_dc", *SHORT, f"results_dir={there}"]) == 0
    return next(there.iterdir())


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A copy of that folder, alone in a results folder."""
    return Path(shutil.copytree(folder, tmp_path / "results" / folder.name))


JOBS = {
    "run": ["scenario=expand_dc", *SHORT],
    "a sweep": ["job=sweep", "policy.dc_fellows_persons=5000,6000", "years.last=2026"],
}  # fmt: skip
LONG_JOBS = {
    "-m": ["-m", "posts=flat,damped_trend", *SHORT],
    "people and careers": [
        "engine=both", "persons_per_agent=200", "years.last=2026", "band=false", "careers=true",
    ],
    "policy by year": ["policy.dc_fellows_persons={2027: 6000, 2029: 9000}", *SHORT],
    "with its band": ["scenario=expand_dc", "engine=stocks", "years.last=2026"],
    "attribution": ["job=attribution", "scenario=expand_dc", *SHORT],
    "compare": ["-m", "job=compare", "scenario=expand_dc,permanent_posts", *SHORT[:2]],
    "hindcast": ["job=hindcast", "cut=2016"],
    "information": ["job=information", "scenario=expand_dc,permanent_posts"],
    "seek": [
        "job=seek", "seek.targets={doctorates_per_million: {2035: 151}}", "seek.draws=2",
        "policy.dc_fellows_persons=interval(4200,9000)", "years.last=2036",
    ],
    "report": ["job=report", "scenario=expand_dc", "years.last=2036", "engine=stocks"],
}  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, id=name, marks=[pytest.mark.slow] if name in LONG_JOBS else [])
        for name, words in {**JOBS, **LONG_JOBS}.items()
    ],
)
def test_results_are_made_again_byte_for_byte(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = run(tmp_path, *words, capsys=capsys)
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    assert main(["job=reproduce", f"run={made}", f"results_dir={tmp_path}"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1].startswith(f"{made}: identical, ")
    assert said.err == ""
    assert {path: path.read_bytes() for path in before} == before
    assert list(tmp_path.iterdir()) == [made]


def test_every_run_is_found_by_its_id(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = copy.parent
    swept = run(
        there, "job=sweep", "policy.dc_fellows_persons=5000,6000", "years.last=2026",
        capsys=capsys,
    )  # fmt: skip
    several = run(there, "-m", "posts=flat,damped_trend", *SHORT, capsys=capsys)
    for made in (copy, swept, several):
        for run_id in kept.ids(kept.read(made)):
            found = kept.find(run_id, str(there))
            again = reproduce.reproduce(found, str(there), main, lambda step: None)
            assert again.identical
            assert len(again.checks) == 1
            assert again.changed == ()


def test_run_ids_survive_concatenation_netcdf_and_zarr(tmp_path: Path) -> None:
    two = [stsim.simulate(f"scenario={name}", *SHORT) for name in ("baseline", "expand_dc")]
    ids = [ds.attrs["run_id"] for ds in two]
    joined = xr.concat(
        [stsim.indicators(ds) for ds in two], "scenario", coords=["run_id"],
        combine_attrs="drop_conflicts",
    )  # fmt: skip
    assert joined.run_id.values.tolist() == ids
    joined.to_netcdf(tmp_path / "joined.nc", engine="h5netcdf")
    joined.to_zarr(tmp_path / "joined.zarr", consolidated=False, zarr_format=2)
    with xr.open_dataset(tmp_path / "joined.nc", engine="h5netcdf") as read:
        assert read.run_id.values.tolist() == ids
    with xr.open_zarr(tmp_path / "joined.zarr", consolidated=False, chunks=None) as read:
        assert read.run_id.values.tolist() == ids


def test_a_tampered_number_is_named(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (copy / "summary.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
    cells = lines[5].split(",")
    cells[3] = "0.5"
    lines[5] = ",".join(cells)
    (copy / "summary.csv").write_text("".join(lines), encoding="utf-8-sig", newline="")
    with xr.open_dataset(copy / "expand_dc.nc", engine="h5netcdf") as ds:
        other = ds.load()
    other["stock"][0, 0, 10, 0, 0] += 1.0
    results.write_dataset(other, copy / "expand_dc.nc")
    assert main(["job=reproduce", f"run={copy}", f"results_dir={copy.parent}"]) == 1
    said = capsys.readouterr()
    assert "line 6, baseline: '0.5', now '0.2" in said.out
    assert "stock by up to 1 (" in said.out
    assert "time=2023" in said.out
    assert said.err == "stsim: not reproduced: expand_dc.nc, summary.csv\n"


def test_what_made_it_otherwise_is_named(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    about = json.loads((copy / "provenance.json").read_text(encoding="utf-8"))
    about["code"] = "0.0.1+abc"
    about["environment"]["libraries"]["numpy"] = "1.0"
    about["data_sha256"], about["data"]["fields.csv"] = "0", "1"
    (copy / "provenance.json").write_text(json.dumps(about), encoding="utf-8")
    assert main(["job=reproduce", f"run={copy}", f"results_dir={copy.parent}"]) == 0
    out = capsys.readouterr().out
    assert "0.0.1+abc, now" in out
    assert " numpy " in out
    assert "data" in out
    assert "fields.csv" in out


def split(a: Path, b: Path) -> changes.Changes:
    """The difference of two folders."""
    return changes.changes(kept.find(str(a), "."), kept.find(str(b), "."))


CAUSES = {
    "parameters": ["params.employer_return_share=0.3"],
    "policy": ["policy.dc_fellows_persons=9000"],
    "future": ["posts=damped_trend"],
}


@pytest.mark.parametrize(
    "cause", [pytest.param(c, marks=[] if c == "future" else [pytest.mark.slow]) for c in CAUSES]
)
def test_one_cause_has_the_whole_difference(
    cause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = run(tmp_path, *SHORT, capsys=capsys)
    found = split(plain, run(tmp_path, *SHORT, *CAUSES[cause], capsys=capsys))
    assert found.causes == ("code", cause)
    known = ~np.isnan(found.total)
    assert np.abs(found.total[known]).max() > 0
    assert (found.parts[0][known] == 0).all()
    assert np.array_equal(found.parts[1][known], found.total[known])
    at = changes.HEADLINE.index(about("under40_share")), found.years.index(2030)
    number = float(found.total[0][at])
    (row,) = (
        row
        for row in csv.DictReader(io.StringIO(changes.as_csv(found)))
        if (row["indicator"], row["year"]) == ("under40_share", "2030")
    )
    assert [float(row[key]) for key in ("b_minus_a", "code", cause)] == [number, 0.0, number]
    present.print_changes(found, "en", 1.0)
    said = capsys.readouterr().out
    assert f"{plain} baseline (" in said
    line = next(x for x in said.splitlines() if about("under40_share").label in x)
    ends = [shown(part, "share", signed=True) for part in (number, 0.0, number)]
    assert line.split("2030")[1].split()[4:] == [word for end in ends for word in end.split()], line
    assert "do not differ" not in said
    present.print_changes(replace(found, b=found.a, not_kept=True), "en", 1.0)
    said = capsys.readouterr().out
    assert "The headline numbers do not differ." in said
    assert "were not kept with it" in said


@pytest.mark.slow
def test_all_causes_together_are_the_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = ["engine=both", "persons_per_agent=100", "years.last=2029", "band=false"]
    plain = run(tmp_path, *people, capsys=capsys)
    every = [word for words in CAUSES.values() for word in words]
    found = split(plain, run(tmp_path, *people, *every, "seed=2", capsys=capsys))
    assert found.causes == ("code", "parameters", "policy", "future", "chance")
    assert found.engines == ("stocks", "individuals")
    known = ~np.isnan(found.total)
    size = np.abs(np.nan_to_num(found.a.said))
    gap = np.abs(found.parts.sum(axis=0) - found.total)
    assert (gap[known] <= 1e-12 * size[known] + 1e-9).all()
    assert (np.nan_to_num(found.parts[4, 0]) == 0).all()  # expected numbers have no chance
    assert np.abs(np.nan_to_num(found.parts[4, 1])).max() > 0
    rows = list(csv.DictReader(io.StringIO(changes.as_csv(found))))
    assert len(rows) == 2 * len(changes.HEADLINE) * len(found.years)


@pytest.mark.slow
def test_other_data_have_their_part(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = Path(shutil.copytree(observed.DATA, tmp_path / "data"))
    text = (data / "assumptions.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    row = next(row for row in rows if float(row["low"]) < float(row["value"]))
    row["value"] = row["low"]
    with (data / "assumptions.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    program = (
        "import sys; from pathlib import Path; from stsim import observed; "
        "observed.DATA = Path(sys.argv[1]); from stsim.cli import main; "
        "sys.exit(main(sys.argv[2:]))"
    )
    words = ["scenario=expand_dc", *SHORT, f"results_dir={tmp_path / 'other'}"]
    subprocess.run([sys.executable, "-c", program, data, *words], check=True, capture_output=True)
    (other,) = (tmp_path / "other").iterdir()
    found = split(folder, other)
    assert found.causes == ("code", "data")
    assert not found.not_kept
    known = ~np.isnan(found.total)
    assert (found.parts[0][known] == 0).all()
    assert np.abs(found.total[known]).max() > 0
    (other / "data.zip").unlink()
    found = split(folder, other)
    assert found.not_kept
    assert found.causes == ("code",)
    assert np.array_equal(found.parts[0][known], found.total[known])
    assert split(other, other).not_kept  # the same on both sides, but not to be had again
    assert main(["job=compare", f"a={folder}", f"b={other}", f"results_dir={tmp_path}"]) == 0
    assert "were not kept" in capsys.readouterr().out


def test_another_version_has_its_part(copy: Path, folder: Path) -> None:
    text = (copy / "summary.csv").read_text(encoding="utf-8-sig")
    (was,) = (line for line in text.splitlines() if line.startswith("under40_share,2030"))
    cells = was.split(",")
    cells[4] = "0.5"
    (copy / "summary.csv").write_text(text.replace(was, ",".join(cells)), encoding="utf-8-sig")
    found = split(folder, copy)
    assert found.causes == ("code",)
    known = ~np.isnan(found.total)
    assert np.array_equal(found.parts[0][known], found.total[known])
    assert (found.total[known] != 0).sum() == 1


NO_PAIR = {
    "another engine": ("engine: stocks", "engine: individuals", "engine=stocks and b with engine="),
    "another start": ("first: 2023", "first: 2007", "a begins in 2023 and b in 2007"),
}


@pytest.mark.parametrize(("was", "now", "said"), NO_PAIR.values(), ids=NO_PAIR)
def test_runs_with_nothing_in_common_are_not_compared(
    was: str, now: str, said: str, copy: Path, folder: Path
) -> None:
    text = (copy / "config.yaml").read_text(encoding="utf-8")
    (copy / "config.yaml").write_text(text.replace(was, now), encoding="utf-8")
    with pytest.raises(ResultsError, match=said):
        split(folder, copy)


def test_only_runs_are_compared(copy: Path, folder: Path) -> None:
    one = kept.read(copy)
    with pytest.raises(ResultsError, match="job=attribution is no run"):
        changes.plan(replace(one, about={**one.about, "job": "attribution"}), kept.read(folder))
    several = replace(one, about={**one.about, "job": "sweep of runs"})
    text = (copy / "config.yaml").read_text(encoding="utf-8")
    every, points = yaml.safe_load(text)["baseline"], {"a" * 12: {}, "b" * 12: {"seed": 2}}
    (copy / "config.yaml").write_text(yaml.safe_dump({"all": every, "points": points}))
    with pytest.raises(ResultsError, match="has 2 runs: give the id of one of them"):
        changes.plan(kept.read(folder), several)


@pytest.mark.slow
def test_without_a_summary_the_numbers_are_those_of_the_dataset(copy: Path) -> None:
    text = (copy / "summary.csv").read_text(encoding="utf-8-sig")
    (copy / "summary.csv").write_text(text.replace(",0.2", ",0.9"), encoding="utf-8")
    printed = changes.side(kept.read(copy), ["stocks"], [2030]).said
    (copy / "summary.csv").unlink()
    measured = changes.side(kept.read(copy), ["stocks"], [2030]).said
    at = 0, changes.HEADLINE.index(about("under40_share")), 0
    assert printed[at] == pytest.approx(measured[at] + 0.7)
    with stsim.open_results(copy / "expand_dc.nc") as ds:
        assert measured[at] == float(one(ds, "under40_share").sel(time=2030))


@pytest.mark.slow
def test_of_several_outcomes_the_mean_is_compared(folder: Path) -> None:
    each = [stsim.open_results(folder / f"{name}.nc").load() for name in ("baseline", "expand_dc")]
    both = xr.concat(each, "replicate", data_vars="all", coords="minimal", compat="override")
    first, other, mean = (changes._values(ds, [2029, 2035]) for ds in (*each, both))
    np.testing.assert_allclose(mean, (first + other) / 2)
    assert np.isnan(mean[:, 1]).all()  # after the run
    assert not np.allclose(first[:, 0], other[:, 0])


# --- file by file ---------------------------------------------------------------------------------


def table(**columns: object) -> xr.Dataset:
    """A dataset along one dimension."""
    return xr.Dataset({name: ("at", values) for name, values in columns.items()})


NAN = float("nan")
PAIRS: dict[str, tuple[object, object, str, str]] = {
    "only there": ("x", None, "added", "not in what was made again"),
    "only made again": (None, "x", "missing", "not in the folder"),
    "other text": ("a\nb\n", "a\nc\n", "differs", "line 2: 'b', now 'c'"),
    "more text": ("a\n", "a\nb\n", "differs", "1 lines, now 2"),
    "x.csv of more lines": ("x\n1\n", "x\n1\n2\n", "differs", "2 lines, now 3, or other columns"),
    "x.csv of other ends of lines": ("x\r\n1\r\n", "x\n1\n", "identical", ""),
    "x.csv of a word": ("x,y\na,1\n", "x,y\nb,1\n", "differs", "1 cells; line 2, x: 'a', now 'b'"),
    "x.csv of last digits": ("x\n1.0\n", "x\n1.0000000001\n", "close", "1 cells; line 2, x: "),
    "x.csv of a digit": ("x\n1.0\n1\n", "x\n1.0001\n2\n", "differs", "2 cells; line 2, x: "),
    "x.nc that is none": (b"x", b"y", "differs", "cannot be read: "),
    "x.nc of other variables": (
        table(a=[1.0], b=[1.0]), table(a=[1.0]), "differs", "not the same variables or sizes: b",
    ),
    "x.nc of other sizes": (
        table(a=[1.0]), table(a=[1.0, 2.0]), "differs", "{'at': 1} and {'at': 2}",
    ),
    "x.nc of other attributes": (
        table(a=[1.0]), table(a=[1.0]).assign_attrs(own=1), "identical", "",
    ),
    "x.nc of other words": (table(a=["x"]), table(a=["y"]), "differs", "a"),
    "x.nc of a gap": (
        table(a=[1.0, NAN]), table(a=[1.0, 2.0]), "differs", "a value on one side only",
    ),
    "x.nc of last digits": (
        table(a=[2.0, NAN, 4.0]), table(a=[2.0, NAN, 4.0 + 1e-9]), "close",
        "a by up to 1e-09 (4, now ",
    ),
    "x.nc of a whole number": (
        table(a=[2, 4]), table(a=[2, 7]), "differs", "a by up to 3 (4, now 7) at at=1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PAIRS)
def test_two_files_are_compared_number_by_number(case: str, tmp_path: Path) -> None:
    *contents, state, detail = PAIRS[case]
    name = case.split()[0] if case.startswith("x.") else "x.html"
    for side, content in zip(("old", "new"), contents, strict=True):
        (tmp_path / side).mkdir()
        if isinstance(content, xr.Dataset):
            content.to_netcdf(tmp_path / side / name, engine="h5netcdf")
        elif content is not None:
            raw = content if isinstance(content, bytes) else str(content).encode()
            (tmp_path / side / name).write_bytes(raw)
    (check,) = reproduce._compared(tmp_path / "old", tmp_path / "new")
    assert (check.what, check.state) == (name, state)
    assert str(detail) in check.detail
    assert bool(detail) == bool(check.detail)


def test_a_job_that_does_not_say_how_it_is_made_is_not_made_again(copy: Path) -> None:
    one = kept.read(copy)
    for about_ in ({"job": "attribution"}, {"job": "levers", "words": ["job=levers"]}):
        odd = replace(one, about={"code": one.about["code"], **about_})
        assert reproduce.steps(odd) == 1
        with pytest.raises(ResultsError, match="has not said how it is made again"):
            reproduce.reproduce(odd, str(copy.parent), main, lambda step: None)
    assert list(copy.parent.iterdir()) == [copy]


@pytest.mark.slow
def test_a_run_that_is_planned_only_is_not_made_again(tmp_path: Path) -> None:
    words = ["policy.dc_fellows_persons=5000,6000", "years.last=2026", f"results_dir={tmp_path}"]
    planned = plan_sweep(["job=sweep", *words])
    store = Store.begin(planned.plan, str(tmp_path))
    run_id = store.plan.run_ids[1]
    found = kept.find(run_id, str(tmp_path))
    assert reproduce.steps(found) == store.plan.blocks
    with pytest.raises(ResultsError, match=f"run {run_id} is planned, and not done yet"):
        reproduce.reproduce(found, str(tmp_path), main, lambda step: None)


def test_results_are_found_by_file_by_folder_and_beside_damaged_ones(copy: Path) -> None:
    damaged = copy.with_name("damaged")
    damaged.mkdir()
    (damaged / "provenance.json").write_text("{")
    results_dir = str(copy.parent)
    by_id = kept.read(copy).runs["expand_dc"]
    assert kept.find(str(copy / "expand_dc.nc"), results_dir) == replace(
        kept.read(copy), run_id=by_id
    )
    assert kept.find(copy.name, results_dir) == kept.read(copy)
    assert kept.find(by_id, results_dir).folder == copy


def archive(name: str, content: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        opened.writestr(name, content)
    return out.getvalue()


def test_a_folder_of_results_stands_for_the_one_in_it(copy: Path) -> None:
    assert kept.find(str(copy.parent), ".").folder == copy
    shutil.copytree(copy, copy.with_name("another"))
    with pytest.raises(ResultsError, match="holds 2 results: name one, such as"):
        kept.find(str(copy.parent), ".")


BAD_WORDS = {
    "no run": (["job=reproduce"], ["run=FOLDER"]),
    "no such run": (["job=reproduce", "run=nowhere"], ["'nowhere'", "no run or folder"]),
    "a typing error": (["job=reproduce", "run=FOLDERx"], ["did you mean"]),
    "more words": (["job=reproduce", "run=FOLDER", "seed=2"], ["leave out seed"]),
    "run of another job": (["run=FOLDER"], ["job=reproduce, not job=run"]),
    "a of another job": (["job=levers", "a=FOLDER"], ["job=compare, not job=levers"]),
    "one run to compare": (["job=compare", "a=FOLDER"], ["a=FOLDER b=FOLDER"]),
    "a policy beside": (
        ["job=compare", "a=FOLDER", "b=FOLDER", "policy.dc_fellows_persons=1"], ["leave out"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("words", "said"), BAD_WORDS.values(), ids=BAD_WORDS)
def test_bad_words_are_one_line(
    words: list[str], said: list[str], copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [word.replace("FOLDER", copy.name) for word in words]
    assert main([*given, f"results_dir={copy.parent}"]) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("\n") == 1
    assert all(part.replace("FOLDER", copy.name) in error or part in error for part in said), error
    assert list(copy.parent.iterdir()) == [copy]


def test_simulate_runs_one_scenario_and_no_other_job() -> None:
    with pytest.raises(ConfigError, match="job=reproduce is for the command line"):
        stsim.simulate("job=reproduce", "run=x")


#: A file, what is in it (of two texts: the second for the first), and what is said.
BAD_FILES: dict[str, tuple[str, bytes | tuple[str, str] | None, list[str]]] = {
    "no provenance": ("provenance.json", None, ["cannot be read"]),
    "provenance of nothing": ("provenance.json", b"[]", ["not the provenance"]),
    "provenance cut": ("provenance.json", b'{"code"', ["not as stsim has written it"]),
    "deep provenance": ("provenance.json", b"[" * 100_000, ["not as stsim has written it"]),
    "no configuration": ("config.yaml", None, ["config.yaml cannot be read"]),
    "configuration of lists": ("config.yaml", b"baseline: [1, 2]", ["config.yaml"]),
    "a lever that is none in a law": (
        "config.yaml", ("    dc_fellows_persons:", "    dc_felows_persons:"),
        ["law.dc_felows_persons: no such lever; did you mean 'dc_fellows_persons'?"],
    ),
    "a lever that is none in a policy": (
        "config.yaml", ("policy: {}", "policy: {dc_felows_persons: 1}"),
        ["policy.dc_felows_persons: no such lever; did you mean 'dc_fellows_persons'?"],
    ),
    "code in a configuration": (
        "config.yaml", b"baseline: !!python/object/apply:os.system [true]", ["python/object"],
    ),
    "a target in a configuration": (
        "config.yaml", b"baseline: {_target_: os.system}", ["missing"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "content", "said"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_damaged_folder_is_one_line(
    file: str, content: bytes | tuple[str, str] | None, said: list[str], copy: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    text = (copy / file).read_text(encoding="utf-8")
    (copy / file).unlink()
    if isinstance(content, tuple):
        assert content[0] in text
        (copy / file).write_text(text.replace(*content, 1), encoding="utf-8")
    elif content is not None:
        (copy / file).write_bytes(content)
    assert main(["job=reproduce", f"run={copy}", f"results_dir={copy.parent}"]) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("\n") == 1
    assert all(part in error for part in said), error


ARCHIVES = {
    "not an archive": (b"nothing", "not an archive"),
    "one that leaves its folder": (archive("../../out.csv"), "not data"),
    "an absolute path": (archive("/tmp/out.csv"), "not data"),
    "another file": (archive("run.py"), "not data"),
    "other data": (archive("observed.csv"), "is not the data"),
}


@pytest.mark.parametrize(("content", "said"), ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_holds_data_and_nothing_else(
    content: bytes, said: str, copy: Path, tmp_path: Path
) -> None:
    (copy / "data.zip").write_bytes(content)
    empty = tmp_path / "unpacked"
    empty.mkdir()
    with pytest.raises(ResultsError, match=said):
        kept.read(copy).unpack_data(empty)
    assert list(tmp_path.rglob("out.csv")) == []


def test_data_too_large_to_be_ours_are_not_unpacked(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy / "data.zip").write_bytes(archive("observed.csv", b"0" * 2000))
    monkeypatch.setattr(kept.files, "LARGEST", 1000)
    with pytest.raises(ResultsError, match=r"observed.csv is larger than any of ours"):
        kept.read(copy).unpack_data(tmp_path)
    assert not (tmp_path / "observed.csv").exists()


def test_the_archive_is_the_data(folder: Path, tmp_path: Path) -> None:
    assert kept.read(folder).unpack_data(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {path.name for path in observed.DATA.glob("*.csv")}
    assert not replace(kept.read(folder), folder=tmp_path).unpack_data(tmp_path)  # none there
    assert observed.read(tmp_path).sha256 == observed.record().sha256
    assert provenance.sha256(tmp_path / "observed.csv") == provenance.sha256(
        observed.DATA / "observed.csv"
    )
