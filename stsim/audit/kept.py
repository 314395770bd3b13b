"""What a results folder says of how it was made, read back and checked."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stsim import files, provenance
from stsim.compose import whole
from stsim.config import Config, ConfigError
from stsim.explore.plan import Plan
from stsim.explore.store import is_store
from stsim.quantities import nearest, short
from stsim.reading import read_yaml
from stsim.results import ResultsError


@dataclass(frozen=True)
class Kept:
    """A results folder, what its provenance says, and the run in it that was asked for, if one."""

    folder: Path
    about: Mapping[str, Any]
    run_id: str | None = None

    @property
    def job(self) -> str:
        """The job that wrote the folder."""
        return str(self.about.get("job", "run"))

    @property
    def runs(self) -> dict[str, str]:
        """The id of every run in the folder, by the stem of its file."""
        runs = self.about.get("runs")
        if isinstance(runs, list):
            return {str(one): str(one) for one in runs}
        return {str(k): str(v) for k, v in runs.items()} if isinstance(runs, dict) else {}

    @property
    def same_code(self) -> bool:
        """Whether this version of the package wrote it."""
        return bool(self.about.get("code") == provenance.code_version())

    @property
    def same_data(self) -> bool:
        """Whether it was made from the data of this version."""
        return bool(self.about.get("data_sha256") == provenance.about()["data_sha256"])

    def configs(self) -> dict[str, Config]:
        """The configuration of every run, by the stem of its file. Raises ResultsError."""
        try:
            found = read_yaml(self.folder / "config.yaml")
            if self.job == "sweep of runs":
                every = found["all"]
                found = {name: {**every, **own} for name, own in found["points"].items()}
            beside = {  # files of a run that are there only when asked for
                "band": bool(self.about.get("draws")),
                "careers": any(self.folder.glob("*.parquet")),
            }
            return {str(name): whole({**_nested(one), **beside}) for name, one in found.items()}
        except ConfigError as error:
            raise ResultsError(f"{self.folder}: {error}") from None
        except (KeyError, TypeError, AttributeError, ValueError):
            raise ResultsError(
                f"{self.folder}: config.yaml is not as stsim has written it; make the run again"
            ) from None

    def unpack_data(self, folder: Path) -> bool:
        """Write the data it was made from into a folder; False where it was not kept.

        Only plain names that the package's own data has are taken, whatever the archive holds.
        Raises ResultsError where its contents are not those that the provenance names.
        """
        archive = self.folder / provenance.DATA
        if not os.path.lexists(archive):
            return False
        try:
            with zipfile.ZipFile(io.BytesIO(files.read_bytes(archive))) as opened:
                for info in opened.infolist():
                    if Path(info.filename).name != info.filename or not info.filename.endswith(
                        ".csv"
                    ):
                        raise ResultsError(f"{archive}: holds {short(info.filename)}, not data")
                    if info.file_size > files.LARGEST:
                        raise ResultsError(f"{archive}: {info.filename} is larger than any of ours")
                    (folder / info.filename).write_bytes(opened.read(info))
        except OSError as error:
            raise ResultsError(f"{archive}: {error.strerror or error}") from None
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
            raise ResultsError(f"{archive}: not an archive, or cut short ({error})") from None
        kept = self.about.get("data", {})
        for path in folder.glob("*.csv"):
            if provenance.sha256(path) != kept.get(path.name):
                raise ResultsError(f"{archive}: {path.name} is not the data the run was made from")
        return True


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """A dumped configuration whose parameters stand one by one (`params.x`) with them in a map."""
    found = {key: value for key, value in flat.items() if not key.startswith("params.")}
    own = {k.removeprefix("params."): v for k, v in flat.items() if k.startswith("params.")}
    return {**found, "params": {**found.get("params", {}), **own}} if own else found


def find(name: str, results_dir: str) -> Kept:
    """The results a name stands for: a folder, the one in it, a .nc file, or the id of a run.

    Ids and names of folders are looked for in `results_dir`. Raises ResultsError with one line.
    """
    path = Path(name)
    if path.is_file() and path.suffix == ".nc":
        kept = read(path.parent)
        return Kept(kept.folder, kept.about, kept.runs.get(path.stem))
    if path.is_dir():
        inside = [] if (path / provenance.PROVENANCE).exists() else list(_folders(name))
        if len(inside) > 1:
            newest = max(inside, key=lambda kept: kept.folder.stat().st_mtime).folder
            raise ResultsError(f"{path} holds {len(inside)} results: name one, such as {newest}")
        return inside[0] if inside else read(path)
    there = list(_folders(results_dir))
    for kept in there:
        if kept.folder.name == name:
            return kept
    holding = [kept for kept in there if name in ids(kept)]
    if holding:  # the smallest: one run is made again sooner than a sweep
        kept = min(holding, key=lambda kept: len(ids(kept)))
        return Kept(kept.folder, kept.about, name)
    known = [one for kept in there for one in (kept.folder.name, *ids(kept))]
    hint = nearest(name, known) if known else f"; there are no results in {short(results_dir)}"
    raise ResultsError(
        f"{short(name)}: no folder, and no run or folder of this name in {short(results_dir)}{hint}"
    )


def ids(kept: Kept) -> list[str]:
    """The ids of the runs in a folder."""
    if is_store(kept.folder):
        return list(Plan.read(kept.folder).run_ids)
    return list(kept.runs.values()) if kept.job in ("run", "sweep of runs") else []


def _folders(results_dir: str) -> Iterator[Kept]:
    """Every folder of results that can be read."""
    for file in sorted(Path(results_dir).glob(f"*/{provenance.PROVENANCE}")):
        try:
            yield read(file.parent)
        except ResultsError:  # some other folder, or a damaged one: it is not the one looked for
            continue


def read(folder: Path) -> Kept:
    """What the provenance of a folder says. Raises ResultsError."""
    file = folder / provenance.PROVENANCE
    try:
        about = files.read_json(file)
    except OSError as error:
        raise ResultsError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ResultsError(f"{file}: not as stsim has written it") from None
    if not isinstance(about, dict) or "code" not in about:
        raise ResultsError(f"{file}: not the provenance of results")
    return Kept(folder, about)
