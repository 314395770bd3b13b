"""What made a result: code, data, libraries and machine, and a copy of the data itself.

The code of a result is named by a hash and never kept with it: nothing that lies in a results
folder is ever run. The data is kept whole, some 45 kB, so that a later version of the package can
tell what its own data has changed.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import sys
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from stsim import observed, paths

#: The libraries that numbers pass through.
LIBRARIES = (
    "numpy", "scipy", "simpy", "xarray", "h5netcdf", "h5py", "hydra-core", "omegaconf", "pydantic",
    "pyyaml",
)  # fmt: skip
PROVENANCE, DATA = "provenance.json", "data.zip"


@cache
def code_version() -> str:
    """The version of the package with a hash of its source files."""
    digest = hashlib.sha256()
    for path in sorted(paths.PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(paths.PACKAGE).as_posix().encode() + path.read_bytes())
    return f"{_version('stsim')}+{digest.hexdigest()[:12]}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def environment() -> dict[str, Any]:
    """Python, the machine's kind, and the version of every library that numbers pass through."""
    return {
        "python": platform.python_version(),
        "machine": f"{sys.platform} {platform.machine()}",
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def about() -> dict[str, Any]:
    """Code, data and environment as they are now."""
    return {
        "code": code_version(),
        "data_sha256": observed.record().sha256,
        "data": {path.name: sha256(path) for path in _data_files()},
        "environment": environment(),
    }


def write(folder: Path, more: Mapping[str, Any]) -> None:
    """Write provenance.json, with `more` about the results, and the data beside it."""
    text = json.dumps({**about(), **more}, indent=1, ensure_ascii=False)
    (folder / PROVENANCE).write_text(text, encoding="utf-8")
    (folder / DATA).write_bytes(_zipped())


def sha256(file: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def words_that_count(words: Sequence[str]) -> list[str]:
    """The words of a command line without those that change no number and no line written."""
    shown = ("results_dir", "workers")
    return [word for word in words if word.partition("=")[0] not in shown]


def _data_files() -> list[Path]:
    return sorted(observed.DATA.glob("*.csv"))


@cache
def _zipped() -> bytes:
    """The data files as a zip archive: the same bytes from the same files, whenever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _data_files():
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return out.getvalue()
