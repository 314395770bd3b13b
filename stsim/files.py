"""Files: only plain ones of a bearable size are read, and what is written is whole.

Somebody else may have made them: a pipe would be waited for, a device has no end, and a file of a
few letters on the disk may say that it holds gigabytes. All of that is known before the first byte
is read.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Bytes of a text file beyond which it is none of ours: the record has one million.
LARGEST = 64_000_000


def read_bytes(path: Path, most: int = LARGEST) -> bytes:
    """The bytes of a plain file. Raises OSError, in words for the user, for anything else."""
    # not to wait for somebody to write into a pipe
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check(os.fstat(handle), most)
        with open(handle, "rb", closefd=False) as opened:
            found = opened.read(most + 1)
    finally:
        os.close(handle)
    if len(found) > most:
        raise _too_large(len(found), most)
    return found


def read_text(path: Path, most: int = LARGEST) -> str:
    """The text of a plain UTF-8 file, without a mark at its start.

    Raises OSError, or ValueError for what is no text.
    """
    text = read_bytes(path, most).decode("utf-8-sig")
    if "\0" in text:
        raise ValueError("a NUL in it")
    return text


def read_json(path: Path, most: int = LARGEST) -> Any:
    """What a JSON file holds. Raises OSError or ValueError."""
    try:
        return json.loads(read_text(path, most))
    except RecursionError:
        raise ValueError(f"{path.parent.name}/{path.name} is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{path.parent.name}/{path.name}: {error}") from None


def check_plain(path: Path) -> None:
    """Raise OSError where there is no plain file, for libraries that open files themselves."""
    _check(path.lstat(), None)


def _check(about: os.stat_result, most: int | None) -> None:
    if stat.S_ISDIR(about.st_mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory")
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, "a link, pipe, socket or device, not a plain file")
    if most is not None and about.st_size > most:
        raise _too_large(about.st_size, most)


def _too_large(size: int, most: int) -> OSError:
    said = f"{size / 1e6:,.0f} MB, and at most {most / 1e6:,.0f} MB are read"
    return OSError(errno.EFBIG, said)


def check_folder(folder: Path, most: int, deepest: int | None = None) -> None:
    """Raise OSError where there is a link, no plain file, one too large or a folder too deep.

    No link is followed: what is written below the folder stays there.
    """
    left = [(os.fspath(folder), 0)]
    while left:
        above, depth = left.pop()
        with os.scandir(above) as entries:
            for entry in entries:
                try:
                    if not entry.is_dir(follow_symlinks=False):
                        _check(entry.stat(follow_symlinks=False), most)
                    elif depth == deepest:
                        raise IsADirectoryError(errno.EISDIR, "a folder where a file belongs")
                    else:
                        left.append((entry.path, depth + 1))
                except OSError as error:
                    name = os.path.relpath(entry.path, folder.parent)
                    raise OSError(error.errno, f"{name}: {error.strerror}") from None


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A hidden file beside `file` to write to; it takes its place at the end, or nothing does.

    Others may read it: what is made for a time is its owner's alone.
    """
    handle, name = tempfile.mkstemp(prefix=".part-", suffix=file.suffix, dir=file.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.chmod(0o644)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def write(file: Path, text: str) -> None:
    """Write a file of text whole or not at all."""
    with whole(file) as part:
        part.write_text(text, encoding="utf-8", newline="")
