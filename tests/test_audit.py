"""Results are made again from what lies beside them, and a difference has its causes."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import stsim
from stsim import observed, provenance, results
from stsim.audit import changes, kept, reproduce
from stsim.cli import main
from stsim.config import ConfigError
from stsim.results import ResultsError

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


def test_every_run_is_found_by_its_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    single = run(tmp_path, "scenario=expand_dc", *SHORT, capsys=capsys)
    swept = run(
        tmp_path, "job=sweep", "policy.dc_fellows_persons=5000,6000", "years.last=2026",
        capsys=capsys,
    )  # fmt: skip
    several = run(tmp_path, "-m", "posts=flat,damped_trend", *SHORT, capsys=capsys)
    for made in (single, swept, several):
        for run_id in kept.ids(kept.read(made)):
            found = kept.find(run_id, str(tmp_path))
            again = reproduce.reproduce(found, str(tmp_path), main, lambda step: None)
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


BAD_FILES = {
    "no provenance": ("provenance.json", None, ["cannot be read"]),
    "provenance of nothing": ("provenance.json", b"[]", ["not the provenance"]),
    "provenance cut": ("provenance.json", b'{"code"', ["not as stsim has written it"]),
    "deep provenance": ("provenance.json", b"[" * 100_000, ["not as stsim has written it"]),
    "no configuration": ("config.yaml", None, ["config.yaml cannot be read"]),
    "configuration of lists": ("config.yaml", b"baseline: [1, 2]", ["config.yaml"]),
    "code in a configuration": (
        "config.yaml", b"baseline: !!python/object/apply:os.system [true]", ["python/object"],
    ),
    "a target in a configuration": (
        "config.yaml", b"baseline: {_target_: os.system}", ["missing"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "content", "said"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_damaged_folder_is_one_line(
    file: str, content: bytes | None, said: list[str], copy: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (copy / file).unlink()
    if content is not None:
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


def test_the_archive_is_the_data(folder: Path, tmp_path: Path) -> None:
    assert kept.read(folder).unpack_data(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {path.name for path in observed.DATA.glob("*.csv")}
    assert observed.read(tmp_path).sha256 == observed.record().sha256
    assert provenance.sha256(tmp_path / "observed.csv") == provenance.sha256(
        observed.DATA / "observed.csv"
    )
