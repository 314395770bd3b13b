"""Bad input of every kind, each tried: one clear line, nothing lost, nothing half-written.

`python tests/fuzz.py [part of a name]` tries all kinds (some minutes) and prints how many there
are and which were not answered as they should. Files are damaged in the same ways whatever they
are, and each in ways of its own. `KINDS` has them by name.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import h5py
import numpy as np

from stsim import draws, observed, paths
from stsim.cli import main

#: Words for a run that is over at once, should a mistake be accepted.
QUICK = ("years.last=2024", "engine=stocks", "band=false")
#: Seconds and bytes that an answer may take.
PATIENCE, ROOM = 60, 6_000_000_000
#: Longer than this is no clear line.
LONGEST = 1_200
SCENARIO = "title: {en: A, ja: あ}\nabout: {en: B, ja: い}\npolicy: {dc_fellows_persons: 5000}\n"
SPARSE = 10_000_000_000


@dataclass(frozen=True)
class Kind:
    """One kind of bad input: what is there in the folder, and the words that are given.

    `denied` is tried as somebody who is not the administrator of this computer.
    """

    words: tuple[str, ...]
    prepare: Callable[[Path], None] = lambda here: None
    denied: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back: why it is not as it should be, empty where it is; and what was said."""

    wrong: str
    said: str


KINDS: dict[str, Kind] = {}


def kind(group: str, name: str, words: Sequence[str], *more: object, denied: bool = False) -> None:
    """Note a kind down."""
    assert f"{group}: {name}" not in KINDS, name
    KINDS[f"{group}: {name}"] = Kind(tuple(words), *more, denied=denied)  # type: ignore[arg-type]


# -------------------------------------------------------------------------------- ways of damage


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _socket(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(path.parent):
        made.bind(path.name)  # the name of a socket is short


def _sparse(path: Path) -> None:
    path.unlink()
    with path.open("wb") as file:
        file.truncate(SPARSE)


def _random(path: Path) -> None:
    size = path.stat().st_size
    path.write_bytes(np.random.default_rng(7).bytes(max(size, 100)))


def _ends_early(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: (path.write_bytes(change(path.read_bytes())), None)[1]


def _one_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def _denied(path: Path) -> None:
    path.chmod(0)


#: What may have become of any file.
DAMAGES: dict[str, Callable[[Path], None]] = {
    "empty": _bytes(lambda data: b""),
    "random bytes": _random,
    "cut short": _ends_early,
    "utf-16": _bytes(lambda data: data.decode("utf-8-sig", "replace").encode("utf-16")),
    "latin-1": _bytes(lambda data: b"\xe9\xe8 " + data),
    "a NUL": _bytes(lambda data: data[:20] + b"\0" + data[20:]),
    "only spaces": _bytes(lambda data: b" \n \n"),
    "only a BOM": _bytes(lambda data: b"\xef\xbb\xbf"),
    "control characters": _bytes(lambda data: b"\x1b[31m\x07" + data),
    "one line without end": _bytes(lambda data: b"x" * 5_000_000),
    "HTML": _bytes(lambda data: b"<!DOCTYPE html><html><body>404 not found</body></html>\n"),
    "a zip": _bytes(lambda data: b"PK\x03\x04" + data[:500]),
    "a pointer of git-lfs": _bytes(
        lambda data: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    ),
    "missing": Path.unlink,
    "a folder": _folder,
    "a link to itself": _loop,
    "a link to nothing": _dangling,
    "a pipe": _pipe,
    "a device": _device,
    "a socket": _socket,
    "10 GB": _sparse,
    "forbidden": _denied,
}
#: Of files that are not text.
BINARY = (
    "empty", "random bytes", "cut short", "HTML", "missing", "a folder", "a link to itself",
    "a link to nothing", "a pipe", "a device", "a socket", "10 GB", "forbidden",
)  # fmt: skip


def damaged(
    group: str, file: str, words: Sequence[str], source: Callable[[Path], None],
    ways: Sequence[str] = tuple(DAMAGES), but: Sequence[str] = (), label: str = "",
) -> None:  # fmt: skip
    """Kinds in which a file that `source` has made is damaged in every way."""
    for way in ways:
        if way in but:
            continue

        def prepare(here: Path, way: str = way) -> None:
            source(here)
            DAMAGES[way](here / file)

        kind(group, f"{label or Path(file).name} {way}", words, prepare, denied=way == "forbidden")


def edited(
    group: str, name: str, words: Sequence[str], source: Callable[[Path], None], file: str,
    change: Callable[[str], str],
) -> None:  # fmt: skip
    """A kind in which the text of a file is another."""

    def prepare(here: Path) -> None:
        source(here)
        text = (here / file).read_text(encoding="utf-8")
        new = change(text)
        assert new != text, name
        (here / file).write_text(new, encoding="utf-8", errors="surrogateescape", newline="")

    kind(group, name, words, prepare)


# --------------------------------------------------------------------------------- command lines

DC = "policy.dc_fellows_persons"
LINES: dict[str, Sequence[str]] = {
    "nothing but a dash": ["-"],
    "two dashes": ["--"],
    "an option of another program": ["--verbose"],
    "--config-dir without a folder": ["--config-dir"],
    "--config-dir twice": ["--config-dir", "a", "--config-dir", "b"],
    "--config-dir nowhere": ["--config-dir", "nowhere", "scenario=x"],
    "--config-dir a file": ["--config-dir", "kept.txt", "scenario=x"],
    "--config-dir with a NUL": ["--config-dir", "a\0b", "scenario=x"],
    "--config-dir too long": ["--config-dir", "x" * 5000, "scenario=x"],
    "--config-dir /dev/null": ["--config-dir", "/dev/null", "scenario=x"],
    "--config-name of Hydra": ["--config-name=x"],
    "--cfg of Hydra": ["--cfg", "job"],
    "a word without a value": ["scenario"],
    "an empty value": ["scenario="],
    "only an equals sign": ["="],
    "a value without a key": ["=3"],
    "two equals signs": ["seed==3"],
    "a space before": [" seed=3"],
    "a space in the key": ["se ed=3"],
    "a tab in a word": ["seed\t=3"],
    "a colour in a name": ["scenario='\x1b[31mred'"],
    "a bell in a name": ["scenario='\x07'"],
    "a backspace in a name": ["scenario='a\x08b'"],
    "writing from right to left": ["scenario='\u202eesilab'"],
    "an invisible space": ["scenario='base\u200bline'"],
    "a Cyrillic letter": ["scenario='expаnd_dc'"],
    "a Greek key": ["ѕeed=3"],
    "wide letters": ["ｓｅｅｄ=3"],
    "a line separator": ["scenario='a\u2028b'"],
    "a name of 100,000 letters": ["scenario=" + "x" * 100_000],
    "a key of 100,000 letters": ["x" * 100_000 + "=1"],
    "a lever of 100,000 letters": [f"policy.{'x' * 100_000}=1"],
    "half a character": ["scenario='\udc80'"],
    "an emoji": ["scenario='🎓'"],
    "_target_": ["_target_=os.system"],
    "an added _target_": ["+_target_=os.system"],
    "_target_ in a lever": [f"{DC}={{_target_: os.system, command: id}}"],
    "_target_ in a parameter": ["params={_target_: os.system}"],
    "_target_ in targets": [
        "job=seek", "seek.targets={_target_: {2030: 1}}", f"{DC}=interval(1,2)"],
    "a callback of Hydra": ["+hydra.callbacks.x._target_=os.system"],
    "a launcher of Hydra": ["hydra/launcher=joblib"],
    "a search path of Hydra": ["hydra.searchpath=[file:///etc]"],
    "an environment variable": ["results_dir='${oc.env:HOME}'"],
    "an environment variable plainly": ["results_dir=${oc.env:PATH}"],
    "a decoded reference": ["seed='${oc.decode:3}'"],
    "a reference within a name": ["report.title='a ${oc.env:HOME}'", "job=report"],
    "a reference in a map": [f"{DC}={{2027: '${{seed}}'}}"],
    "an escaped reference": ["results_dir='\\${oc.env:HOME}'"],
    "a reference of Hydra": ["results_dir=${hydra:runtime.cwd}"],
    "a select": ["results_dir=${oc.select:seed}"],
    "a Python tag": ["scenario=!!python/object/apply:os.system"],
    "a shell": ["scenario='$(id)'"],
    "backquotes": ["scenario='`id`'"],
    "a format": ["scenario='{0.__class__}'"],
    "a percent": ["scenario='%s%n'"],
    "a path as a scenario": ["scenario=../../../etc/passwd"],
    "a path with a dot": ["scenario=./baseline"],
    "a URL as a scenario": ["scenario='file:///etc/passwd'"],
    "a file of the scenario": ["scenario=baseline.yaml"],
    "a path as parameters": ["params=../law/current"],
    "a path as a law": ["law=../params/fitted"],
    "a path as a sweep": ["job=sweep", "sweep.file=../../x"],
    "a path as a search": ["job=seek", "seek.file=../../x"],
    "a choice": ["scenario=choice(a,b)"],
    "a glob": ["scenario=glob(*)"],
    "a shuffled range": ["-m", f"{DC}=shuffle(range(1,5))"],
    "a cast": ["seed=str(3)"],
    "an extended override": ["seed=extend_list(1)"],
    "a range of words": ["-m", "scenario=range(a,b)"],
    "a range of nothing": ["-m", f"{DC}=range(5,1)"],
    "a range without steps": ["-m", f"{DC}=range(1,5,0)"],
    "a range of 10⁹": ["-m", f"{DC}=range(0,1000000000)"],
    "a range of fractions": ["-m", f"{DC}=range(0,1,1e-9)"],
    "a range without end": ["-m", f"{DC}=range(0,inf)"],
    "an interval of a run": [f"{DC}=interval(1,2)"],
    "an interval backwards": ["job=sweep", f"{DC}=interval(2,1)"],
    "an interval of nan": ["job=sweep", f"{DC}=interval(nan,nan)"],
    "an interval without end": ["job=sweep", f"{DC}=interval(0,inf)"],
    "an interval of words": ["job=sweep", f"{DC}=interval(a,b)"],
    "-m of nothing": ["-m"],
    "-m of one value": ["-m", f"{DC}=5000"],
    "-m of two of one dimension": ["-m", f"{DC}=1,2", f"{DC}.x=1,2"],
    "-m of a bad value": ["-m", f"{DC}=1,-2"],
    "-m of replicates that go on": ["-m", f"{DC}=1,2", "replicates=auto", "precision.year=1900"],
    "-m of jobs": ["-m", "job=run,levers"],
    "-m of folders": ["-m", "results_dir=a,b"],
    "-m with report": ["-m", "job=report", f"{DC}=1,2"],
    "a number of Japan": [f"{DC}='九千'"],
    "a number with commas": [f"{DC}='9,000'"],
    "a number with a unit": [f"{DC}='9000 persons'"],
    "a number in hexadecimal": [f"{DC}='0x10'"],
    "a complex number": [f"{DC}='1+2j'"],
    "minus infinity": [f"{DC}=-inf"],
    "not a number": [f"{DC}=nan"],
    "one in 10³⁰⁰": [f"{DC}=1e300"],
    "a number of a million digits": [f"{DC}=" + "9" * 1_000_000],
    "a seed of 30 digits": ["seed=" + "9" * 30],
    "a seed that is nothing": ["seed=null"],
    "a seed that is true": ["seed=true"],
    "a list of a lever": [f"{DC}=[1,2]"],
    "a list in a map": [f"{DC}={{2027: [1]}}"],
    "nothing in a map": [f"{DC}={{2027: null}}"],
    "a year 0": [f"{DC}={{0: 1}}"],
    "a year below zero": [f"{DC}={{-2027: 1}}"],
    "a year of 30 digits": [f"{DC}={{{'9' * 30}: 1}}"],
    "a year that is nan": [f"{DC}={{nan: 1}}"],
    "a year that is true": [f"{DC}={{true: 1}}"],
    "a year that is nothing": [f"{DC}={{null: 1}}"],
    "a map without a value": [f"{DC}={{2027}}"],
    "a map without end": [f"{DC}={{2027: 1"],
    "a map in 200 maps": [f"{DC}=" + "{2027: " * 200 + "1" + "}" * 200],
    "quotes without end": ["scenario='abc"],
    "a parameter in a parameter": ["params.abandon_per_year.x=1"],
    "all parameters": ["params={abandon_per_year: 0.1}"],
    "a parameter that is nan": ["params.abandon_per_year=nan"],
    "a parameter that is infinite": ["params.abandon_per_year=inf"],
    "a parameter below zero": ["params.abandon_per_year=-0.1"],
    "a parameter that is text": ["params.abandon_per_year=much"],
    "a parameter by year": ["params.abandon_per_year={2027: 0.1}"],
    "a budget below zero": ["scenario=expand_dc", "policy.budget_yen_per_year=-1"],
    "a budget of nothing": ["policy.budget_yen_per_year=1e9"],
    "a budget that is nan": ["scenario=expand_dc", "policy.budget_yen_per_year=nan"],
    "a budget beyond all": ["scenario=expand_dc", "policy.budget_yen_per_year=1e30"],
    "a budget of text": ["scenario=expand_dc", "policy.budget_yen_per_year=much"],
    "no years": ["years=null"],
    "years that are a list": ["years=[2023,2030]"],
    "a last year of 99,999": ["years.last=99999"],
    "a last year of nan": ["years.last=nan"],
    "a first year that is text": ["years.first=today"],
    "a start far in the future": ["policy_start=" + "9" * 25],
    "a start that is a decimal": ["policy_start=2027.5"],
    "a ramp of a century": ["ramp_years=1000"],
    "no workers": ["workers=0"],
    "a million workers": ["workers=1000000"],
    "workers of text": ["workers=all"],
    "draws of nothing": ["draws=0"],
    "a million draws": ["draws=1000000"],
    "draws without the fit": ["draws=5", "params=central"],
    "draws without a band": ["draws=5", "band=false"],
    "10,000 replicates": ["replicates=10000"],
    "agents of a million": ["persons_per_agent=1000000"],
    "an engine of a list": ["engine=[stocks]"],
    "a band of 3": ["band=3"],
    "careers of stocks": ["careers=true", "engine=stocks"],
    "careers that are text": ["careers=yes_please"],
    "a cut without a hindcast": ["cut=2016"],
    "a cut before all": ["job=hindcast", "cut=1900"],
    "a cut in the future": ["job=hindcast", "cut=2100"],
    "a cut that is text": ["job=hindcast", "cut=now"],
    "a hindcast of a scenario": ["job=hindcast", "scenario=expand_dc"],
    "a job of two words": ["job='run levers'"],
    "a job in capitals": ["job=RUN"],
    "a job of a hundred thousand letters": ["job=" + "x" * 100_000],
    "compare by itself": ["job=compare"],
    "compare of one": ["-m", "job=compare", "scenario=expand_dc"],
    "attribution of nothing": ["job=attribution"],
    "a sweep of nothing": ["job=sweep"],
    "a sweep of both engines": ["job=sweep", f"{DC}=1,2", "engine=both"],
    "a sweep of 10⁹ points": [
        "job=sweep", *(f"policy.{name}=range(0,1000)" for name in (
            "dc_fellows_persons", "pd_fellows_persons", "permanent_posts_national_persons"))],
    "a sample of 10⁹ points": [
        "job=sweep", f"{DC}=interval(1,2)", "sweep.design=latin_hypercube",
        "sweep.points=1000000000"],
    "a sample of no points": [
        "job=sweep", f"{DC}=interval(1,2)", "sweep.design=latin_hypercube", "sweep.points=0"],
    "a Sobol sample of 3": [
        "job=sweep", f"{DC}=interval(1,2)", "sweep.design=sobol", "sweep.points=3"],
    "an unknown design": ["job=sweep", f"{DC}=1,2", "sweep.design=best"],
    "a grid of an interval": ["job=sweep", f"{DC}=interval(1,2)"],
    "an unknown sweep": ["job=sweep", "sweep.file=nothing"],
    "a sweep without points in a file": ["job=sweep", "sweep.file="],
    "an unknown executor": ["job=sweep", f"{DC}=1,2", "sweep.executor=cloud"],
    "an unknown export": ["job=sweep", f"{DC}=1,2", "sweep.export=xls"],
    "a draw of nothing": ["job=sweep", "draw=0,1"],
    "a draw beyond those shipped": ["job=sweep", "draw=1,100000"],
    "a draw of text": ["job=sweep", "draw=a,b"],
    "an outcome of stocks": ["job=sweep", "replicate=1,2"],
    "a draw of a run": ["draw=3"],
    "a search of nothing": ["job=seek"],
    "a search without levers": ["job=seek", "seek.targets={under40_share: {2035: 0.3}}"],
    "a search for an unknown": [
        "job=seek", "seek.targets={under40: {2035: 0.3}}", f"{DC}=interval(0,9000)"],
    "a search in no year": [
        "job=seek", "seek.targets={under40_share: {1900: 0.3}}", f"{DC}=interval(0,9000)"],
    "a search for nan": [
        "job=seek", "seek.targets={under40_share: {2035: nan}}", f"{DC}=interval(0,9000)"],
    "a search for a text": [
        "job=seek", "seek.targets={under40_share: {2035: much}}", f"{DC}=interval(0,9000)"],
    "a search with nothing to spend": [
        "job=seek", "seek.targets={under40_share: {2035: 0.3}}", f"{DC}=interval(0,9000)",
        "seek.budget=-1"],
    "a search of a list": ["job=seek", "seek.targets=[1]", f"{DC}=interval(0,9000)"],
    "an unknown search": ["job=seek", "seek.file=nothing"],
    "a report of seven": ["job=report", "scenario=" + ",".join(
        ("expand_dc", "expand_pd", "permanent_posts", "tenure_track", "cross_appointment",
         "do_less", "women"))],
    "a report of nowhere": ["job=report", "report.of=nowhere"],
    "a report of a text": ["job=report", "report.of=results/kept.txt"],
    "a report of an empty folder": ["job=report", "report.of=."],
    "a report of the system": ["job=report", "report.of=/"],
    "a report of a device": ["job=report", "report.of=/dev/zero"],
    "a report of a process": ["job=report", "report.of=/proc/self"],
    "a report of a NUL": ["job=report", "report.of='a\0b'"],
    "a report of a list": ["job=report", "report.of=[a]"],
    "a report of two nowheres": ["job=report", "report.of=a,b"],
    "a report of results and a scenario": ["job=report", "report.of=results", "scenario=women"],
    "a title of 10,000 letters": ["job=report", "report.title=" + "x" * 10_000],
    "a title without a report": ["report.title=x"],
    "both languages of a run": ["language=both"],
    "a question of no year": ["job=information", "question.year=1900"],
    "a question of nothing": ["job=information", "question.indicator=happiness"],
    "a question of the worst": ["job=information", "question.better=worse"],
    "an uncertainty of no year": ["job=uncertainty", "question.year=3000"],
    "a port below zero": ["job=explore", "explore.port=-1"],
    "a port beyond all": ["job=explore", "explore.port=70000"],
    "a port of text": ["job=explore", "explore.port=http"],
    "a precision of nothing": ["replicates=auto", "precision.standard_error=0"],
    "a precision of infinity": ["replicates=auto", "precision.standard_error=inf"],
    "a precision of nan": ["replicates=auto", "precision.standard_error=nan"],
    "results in a device": ["results_dir=/dev/null"],
    "results in a file": ["results_dir=results/kept.txt"],
    "results in the system": ["results_dir=/proc/sys"],
    "results with a line break": ["results_dir='a\nb'"],
    "results with a colour": ["results_dir='\x1b[31m'"],
    "results written from right to left": ["results_dir='\u202eabc'"],
    "results in a long name": ["results_dir=" + "あ" * 200],
    "results of a number": ["results_dir=3"],
    "results of nothing": ["results_dir=null"],
}  # fmt: skip
for _name, _words in LINES.items():
    kind("command line", _name, _words)

# -------------------------------------------------------------------------------- scenario files

MINE = ("--config-dir", "mine", "scenario=my", *QUICK)


def scenario(here: Path) -> None:
    """A scenario of one's own."""
    (here / "mine").mkdir()
    (here / "mine" / "my.yaml").write_text(SCENARIO, encoding="utf-8")


def _bomb(width: int, depth: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for k in range(1, depth):
        lines.append(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * width)}]")
    return "\n".join(lines) + "\n"


damaged("scenario", "mine/my.yaml", MINE, scenario)
SCENARIOS: dict[str, Callable[[str], str]] = {
    "exploding anchors": lambda t: t + _bomb(9, 9),
    "exploding anchors in a lever": lambda t: _bomb(9, 9) + t.replace("5000", "*a8"),
    "anchors that merge": lambda t: t.replace("policy:", "x: &x {a: 1}\npolicy: {<<: *x}\ny:"),
    "an anchor of itself": lambda t: t.replace("5000", "&a [*a]"),
    "an anchor of nothing": lambda t: t.replace("5000", "*a"),
    "100,000 lists": lambda t: t + "x: " + "[" * 100_000,
    "500 lists closed": lambda t: t + "x: " + "[" * 500 + "]" * 500,
    "nested by 3,000 lines": lambda t: t + "".join(f"{' ' * k}k:\n" for k in range(3000)),
    "30,000 values": lambda t: t + "x: [" + "1, " * 30_000 + "]\n",
    "a Python object": lambda t: t + "x: !!python/object/apply:os.system [id]\n",
    "a Python name": lambda t: t + "x: !!python/name:os.system\n",
    "a Python module": lambda t: t + "x: !!python/module:os\n",
    "a tag of its own": lambda t: t + "x: !secret y\n",
    "a tag of a set": lambda t: t.replace("5000", "!!set {2027}"),
    "a binary tag": lambda t: t.replace("en: A", "en: !!binary QQ=="),
    "a directive of tags": lambda t: (
        f"%TAG ! tag:yaml.org,2002:python/\n---\n{t}x: !name:os.system\n"
    ),
    "_target_": lambda t: t + "_target_: os.system\n",
    "_target_ in the policy": lambda t: t.replace("{dc_f", "{_target_: os.system, dc_f"),
    "_target_ in a lever": lambda t: t.replace("5000", "{_target_: os.system}"),
    "_target_ in the title": lambda t: t.replace("en: A", "_target_: os.system, en: A"),
    "Hydra's package": lambda t: "# @package _global_\n" + t + "seed: 3\n",
    "hydra": lambda t: t + "hydra: {run: {dir: /tmp}}\n",
    "an environment variable in a lever": lambda t: t.replace("5000", "'${oc.env:HOME}'"),
    "a decoded lever": lambda t: t.replace("5000", "'${oc.decode:9}'"),
    "a reference as a key": lambda t: t.replace("dc_fellows_persons", "'${seed}'"),
    "a reference in defaults": lambda t: t + "defaults: ['${oc.env:HOME}']\n",
    "two documents": lambda t: t + "---\n" + t,
    "a tab": lambda t: t.replace("policy:", "policy:\n\tx:"),
    "a key twice": lambda t: t + "title: {en: A, ja: あ}\n",
    "a lever twice": lambda t: t.replace("5000", "5000, dc_fellows_persons: 6000"),
    "no title": lambda t: t.split("\n", 1)[1],
    "no about": lambda t: t.replace("about:", "# about:"),
    "no policy": lambda t: t.split("policy")[0],
    "a title of numbers": lambda t: t.replace("en: A", "en: 5"),
    "a title in a list": lambda t: t.replace("{en: A, ja: あ}", "[A, あ]"),
    "a title with colours": lambda t: t.replace("en: A", 'en: "\\e[31mred"'),
    "a title with a bell": lambda t: t.replace("en: A", 'en: "\\a"'),
    "a title from right to left": lambda t: t.replace("en: A", 'en: "\\u202Eabc"'),
    "a title with a NUL": lambda t: t.replace("en: A", 'en: "a\\0b"'),
    "half a character in a title": lambda t: t.replace("en: A", 'en: "\\uD800"'),
    "a title of a million letters": lambda t: t.replace("en: A", "en: " + "x" * 1_000_000),
    "a title in French": lambda t: t.replace("en: A", "en: A, fr: B"),
    "a policy of a list": lambda t: t.replace("{dc_fellows_persons: 5000}", "[5000]"),
    "a policy of text": lambda t: t.replace("{dc_fellows_persons: 5000}", "more"),
    "a policy of nothing": lambda t: t.replace("{dc_fellows_persons: 5000}", ""),
    "a misspelt lever": lambda t: t.replace("fellows", "felows"),
    "a lever in Cyrillic": lambda t: t.replace("dc_fellows", "dс_fellows"),
    "a lever with colours": lambda t: t.replace("dc_fellows_persons", '"\\e[31m"'),
    "a lever of 100,000 letters": lambda t: t.replace("dc_fellows_persons", "x" * 1000),
    "a lever that is a number": lambda t: t.replace("dc_fellows_persons", "5"),
    "a lever that is nothing": lambda t: t.replace("dc_fellows_persons", "null"),
    "a lever of text": lambda t: t.replace("5000", "many"),
    "a lever that is true": lambda t: t.replace("5000", "true"),
    "a lever of a list": lambda t: t.replace("5000", "[1, 2]"),
    "a lever of a date": lambda t: t.replace("5000", "2027-04-01"),
    "a lever of sixty": lambda t: t.replace("5000", "1:30"),
    "a lever in octal": lambda t: t.replace("5000", "0o17"),
    "a lever that is nan": lambda t: t.replace("5000", ".nan"),
    "a lever that is infinite": lambda t: t.replace("5000", ".inf"),
    "a lever below zero": lambda t: t.replace("5000", "-1"),
    "a lever of 400 digits": lambda t: t.replace("5000", "9" * 400),
    "a lever of 10,000 digits": lambda t: t.replace("5000", "9" * 10_000),
    "a lever of 10³⁰⁸": lambda t: t.replace("5000", "1e308"),
    "years of text": lambda t: t.replace("5000", "{soon: 5000}"),
    "years of decimals": lambda t: t.replace("5000", "{2027.5: 5000}"),
    "a year of 30 digits": lambda t: t.replace("5000", "{" + "9" * 30 + ": 5000}"),
    "a year twice": lambda t: t.replace("5000", "{2027: 1, 2027: 2}"),
    "years in years": lambda t: t.replace("5000", "{2027: {2028: 1}}"),
    "years of nothing": lambda t: t.replace("5000", "{2027: }"),
    "a year in the past": lambda t: t.replace("5000", "{1999: 1}"),
    "no years": lambda t: t.replace("5000", "{}"),
    "the seed": lambda t: t + "seed: 3\n",
    "the folder of results": lambda t: t + "results_dir: /tmp/x\n",
    "parameters": lambda t: t + "params: {abandon_per_year: 0.1}\n",
    "an unknown key": lambda t: t + "comment: x\n",
    "a key with a line break": lambda t: t + '"a\\nb": x\n',
    "a key that is a list": lambda t: t + "? [a]\n: x\n",
    "a key that is a number": lambda t: t + "3: x\n",
    "defaults of text": lambda t: t + "defaults: expand_dc\n",
    "defaults of numbers": lambda t: t + "defaults: [3]\n",
    "defaults of nothing there": lambda t: t + "defaults: [nothing_there]\n",
    "defaults twice": lambda t: t + "defaults: [expand_dc, expand_dc]\n",
    "defaults of itself": lambda t: t + "defaults: [my]\n",
    "defaults by a path": lambda t: t + "defaults: [../../etc/passwd]\n",
    "defaults of maps": lambda t: t + "defaults: [{scenario: x}]\n",
}  # fmt: skip
for _name, _change in SCENARIOS.items():
    edited("scenario", _name, MINE, scenario, "mine/my.yaml", _change)


def named(name: str) -> Callable[[Path], None]:
    """A scenario in a file of a certain name."""

    def prepare(here: Path) -> None:
        (here / "mine").mkdir()
        (here / "mine" / f"{name}.yaml").write_text(SCENARIO, encoding="utf-8")

    return prepare


def _two_that_build_on_each_other(here: Path) -> None:
    (here / "mine").mkdir()
    for name, other in (("my", "yours"), ("yours", "my")):
        text = f"{SCENARIO}defaults: [{other}]\n"
        (here / "mine" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _empty_folder(here: Path) -> None:
    (here / "mine").mkdir()


def _folder_that_is_a_loop(here: Path) -> None:
    (here / "mine").symlink_to("mine")


def _forbidden_folder(here: Path) -> None:
    scenario(here)
    (here / "mine").chmod(0)


kind("scenario", "a shipped name", MINE, named("baseline"))
kind("scenario", "a name with a space", (*MINE, "scenario='a b'"), named("a b"))
kind("scenario", "a name with colours", (*MINE, "scenario='\x1b[31m'"), named("\x1b[31m"))
kind("scenario", "a name with a line break", (*MINE, "scenario='a\nb'"), named("a\nb"))
kind("scenario", "the name _self_", (*MINE, "scenario=_self_"), named("_self_"))
kind("scenario", "a name with dots", (*MINE, "scenario='..my'"), named("..my"))
kind("scenario", "another ending", (*MINE, "scenario=my"), named("my.yml"))
kind("scenario", "two that build on each other", MINE, _two_that_build_on_each_other)
kind("scenario", "a folder without any", MINE, _empty_folder)
kind("scenario", "a folder that is a link to itself", MINE, _folder_that_is_a_loop)
kind("scenario", "a folder that is forbidden", MINE, _forbidden_folder, denied=True)

# ---------------------------------------------------------------------- law, parameters and draws


def conf(here: Path) -> None:
    """The files of conf/, which the code is then told to read there."""
    shutil.copytree(paths.CONF, here / "conf")


#: How a file of conf/ is asked for.
CONF = {
    "law/current.yaml": QUICK,
    "params/fitted.yaml": QUICK,
    "config.yaml": QUICK,
    "sweep/screening.yaml": ("job=sweep", "sweep.file=screening", *QUICK),
    "seek/a1_doctorates_2030.yaml": ("job=seek", "seek.file=a1_doctorates_2030", *QUICK),
    "params/draws.csv": ("years.last=2024", "engine=stocks"),
}
for _file, _words in CONF.items():
    damaged("conf", f"conf/{_file}", _words, conf)


def _column(change: Callable[[list[list[str]]], None], skip: int = 0) -> Callable[[str], str]:
    """A change to the cells of a CSV file, after some lines that are no cells."""

    def changed(text: str) -> str:
        lines = text.splitlines()
        cells = [line.split(",") for line in lines[skip:]]
        change(cells)
        return "\n".join([*lines[:skip], *(",".join(row) for row in cells)]) + "\n"

    return changed


def _set(row: int, column: int, value: str) -> Callable[[list[list[str]]], None]:
    return lambda cells: cells[row].__setitem__(column, value)


def _drop(column: int) -> Callable[[list[list[str]]], None]:
    return lambda cells: [row.pop(column) for row in cells] and None


def _add(name: str) -> Callable[[list[list[str]]], None]:
    return lambda cells: [row.append(name) for row in cells] and None


DRAWS = "conf/params/draws.csv"
for _name, _cells in {
    "a draw that is text": _set(5, 3, "much"),
    "a draw that is nan": _set(5, 3, "nan"),
    "a draw that is infinite": _set(5, 3, "inf"),
    "a draw that is empty": _set(5, 3, ""),
    "a draw beyond its range": _set(5, 3, "1e9"),
    "draws without a column": _drop(2),
    "draws with another column": _add("x"),
    "draws with a column twice": lambda cells: [row.append(row[2]) for row in cells] and None,
    "a draw with more cells": lambda cells: cells[5].append("1"),
    "a draw with fewer cells": lambda cells: cells[5].pop() and None,
    "draws in another order": lambda cells: [row.reverse() for row in cells] and None,
    "ten draws": lambda cells: cells.__delitem__(slice(11, None)),
}.items():
    edited("conf", _name, CONF["params/draws.csv"], conf, DRAWS, _column(_cells, 1))
edited(
    "conf", "draws around other parameters", CONF["params/draws.csv"], conf, DRAWS,
    lambda text: text.replace("central set ", "central set 0", 1),
)  # fmt: skip

# ------------------------------------------------------------------------------------- the record


def data(here: Path) -> None:
    """The record, which the code is then told to read there."""
    shutil.copytree(observed.DATA, here / "data")


for _file in observed.COLUMNS:
    damaged("data", f"data/{_file}", QUICK, data)
OBSERVED = "data/observed.csv"
for _name, _cells in {
    "a year of text": _set(7, 1, "soon"),
    "a year of five digits": _set(7, 1, "20230"),
    "a year in other digits": _set(7, 1, "２０２３"),
    "a value of text": _set(7, 7, "many"),
    "a value that is nan": _set(7, 7, "nan"),
    "a value that is infinite": _set(7, 7, "inf"),
    "a value below zero": _set(7, 7, "-5"),
    "a value that is empty": _set(7, 7, ""),
    "a value with a comma": _set(7, 7, '"1,000"'),
    "a value of 10³⁰⁰": _set(7, 7, "1e300"),
    "a value with underscores": _set(7, 7, "1_000"),
    "an unknown unit": _set(7, 8, "heads"),
    "an unknown field": _set(7, 3, "alchemy"),
    "no source": _set(7, 9, ""),
    "no series": _set(7, 0, ""),
    "a column less": _drop(4),
    "a column more": _add("x"),
    "a column twice": lambda cells: [row.append(row[0]) for row in cells] and None,
    "a cell more": lambda cells: cells[7].append("x"),
    "a cell less": lambda cells: cells[7].pop() and None,
    "a line twice": lambda cells: cells.append(cells[7]),
    "no lines": lambda cells: cells.__delitem__(slice(1, None)),
    "a quote without end": lambda cells: cells[7].append('"abc'),
    "a colour in a cell": _set(7, 8, "\x1b[31m"),
    "another unit of one count": lambda cells: cells[7].__setitem__(
        7, str(float(cells[7][7]) * 1e4)
    ),
}.items():
    edited("data", _name, QUICK, data, OBSERVED, _column(_cells))
for _name, _file, _cells in (
    ("a ledger that does not balance", "base_year_ledger.csv", _set(2, 3, "1")),
    ("a ledger of an unknown kind", "base_year_ledger.csv", _set(2, 0, "gift")),
    ("a ledger of an unknown stage", "base_year_ledger.csv", _set(2, 1, "heaven")),
    ("an assumption beyond its range", "assumptions.csv", _set(2, 2, "1e12")),
    ("an assumption of text", "assumptions.csv", _set(2, 2, "many")),
    ("no assumptions", "assumptions.csv", lambda cells: cells.__delitem__(slice(1, None))),
    ("a break of nothing", "scope_breaks.csv", _set(1, 4, "0")),
    ("a field of no model", "fields.csv", _set(1, 1, "alchemy")),
    ("a target that is scored perhaps", "targets.csv", _set(1, 4, "perhaps")),
    ("a target of text", "targets.csv", _set(1, 2, "many")),
):
    edited("data", _name, QUICK, data, f"data/{_file}", _column(_cells))
for _way in ("a pipe", "a folder", "10 GB", "a link to itself", "a link to nothing"):

    def _beside(here: Path, way: str = _way) -> None:
        data(here)
        (here / "data" / "more.csv").write_text("x")
        DAMAGES[way](here / "data" / "more.csv")

    kind("data", f"another file that is {_way}", QUICK, _beside)

# ------------------------------------------------------------------------------------- results


@cache
def made(what: str) -> Path:
    """A folder of results of each sort, made once: `run`, `points` (of -m) or `store`."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-made-"))
    words = {
        "run": ["scenario=expand_dc", "draws=2", "years.last=2025", "engine=stocks"],
        "points": ["-m", f"{DC}=5000,6000", *QUICK],
        "store": STORE,
    }[what]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main([*words, f"results_dir={folder}"]) == 0
    return Path(out.getvalue().splitlines()[-1])


STORE = ("job=sweep", f"{DC}=5000,6000", "years.last=2025")


def clean() -> None:
    """Remove what was made."""
    for what in ("run", "points", "store"):
        shutil.rmtree(made(what).parent, ignore_errors=True)
    made.cache_clear()


def results(what: str) -> Callable[[Path], None]:
    """Results to be read, in the folder `old`, or a sweep to go on with, among the results."""

    def prepare(here: Path) -> None:
        shutil.copytree(made(what), here / "old")

    return prepare


OF = ("job=report", "report.of=old")
for _file in ("baseline.nc", "expand_dc.nc", "ranges.nc"):
    damaged("results", f"old/{_file}", OF, results("run"), BINARY, but=("missing",))
damaged("results", "old/provenance.json", OF, results("run"), but=("missing", "a NUL"))
damaged("results", "old/points.csv", OF, results("points"), but=("missing",))
damaged("results", "old/provenance.json", OF, results("points"), label="provenance.json of points")


def hdf(change: Callable[[h5py.File], None]) -> Callable[[Path], None]:
    """Results whose file of the baseline was changed by somebody who knows HDF5."""

    def prepare(here: Path) -> None:
        results("run")(here)
        with h5py.File(here / "old" / "baseline.nc", "r+") as file:
            change(file)

    return prepare


def _external(file: h5py.File) -> None:
    del file["stock"]
    file["stock"] = h5py.ExternalLink("/etc/other.h5", "/stock")


def _outside_bytes(file: h5py.File) -> None:
    del file["market_intensity"]
    file.create_dataset(
        "market_intensity", (3, 8, 7), "u1", external=[("/etc/passwd", 0, 200)],
    )  # fmt: skip


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "x", (4,))
    file.create_virtual_dataset("more", layout)


def _without(name: str) -> Callable[[h5py.File], None]:
    return lambda file: file.__delitem__(name)


def _value(name: str, value: object) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        file[name][...] = value

    return change


def _huge(file: h5py.File) -> None:
    file.create_dataset("more", (10**9, 10**6), "f8", chunks=(1, 10**6), compression="gzip")


def _attribute(name: str, value: object) -> Callable[[h5py.File], None]:
    return lambda file: file.attrs.__setitem__(name, value)


for _name, _hdf in {
    "a file that links to another": _external,
    "a soft link to itself": lambda f: f.__setitem__("loop", h5py.SoftLink("/loop")),
    "numbers that are bytes of another file": _outside_bytes,
    "a virtual dataset": _virtual,
    "8 petabytes of zeros": _huge,
    "no stock": _without("stock"),
    "no flow": _without("flow"),
    "no rules": _without("rule"),
    "no run id": lambda f: f.attrs.__delitem__("run_id"),
    "no ages": _without("age"),
    "no sources of rules": _without("rule_source"),
    "no policy": _without("policy_dc_fellows_persons"),
    "stocks of other stages": _value("stage", "heaven"),
    "rules of other names": _value("rule", "miracle"),
    "years of nan": lambda f: (f.__delitem__("vacancy"), f.__setitem__("vacancy", "text"))[0],
}.items():
    kind("results", _name, OF, hdf(_hdf))


def _rewrite(file: str, change: Callable[[dict[str, object]], object]) -> Callable[[str], str]:
    def changed(text: str) -> str:
        found = json.loads(text)
        return json.dumps(found if (new := change(found)) is None else new)

    return changed


def _put(*path_and_value: object) -> Callable[[dict[str, object]], None]:
    """Set the value at a path of keys."""
    *path, last, value = path_and_value

    def change(found: object) -> None:
        for key in path:
            found = found[key]  # type: ignore[index]
        found[last] = value  # type: ignore[index]

    return change


def _take(key: str) -> Callable[[dict[str, object]], None]:
    return lambda found: found.pop(key) and None


for _name, _json in {
    "provenance of a list": lambda found: [1],
    "provenance of a number": lambda found: 5,
    "provenance without what was swept": _take("swept"),
    "provenance that sweeps nothing": _put("swept", {}),
    "provenance that sweeps text": _put("swept", "all"),
    "provenance with more values": _put("swept", {DC: [1, 2, 3]}),
    "provenance with values of text": _put("swept", {DC: 5}),
    "provenance with a dimension of the results": _put("swept", {"stage": [1, 2]}),
}.items():
    edited(
        "results", _name, OF, results("points"), "old/provenance.json",
        _rewrite("provenance.json", _json),
    )  # fmt: skip
edited(
    "results", "provenance nested 100,000 times", OF, results("points"), "old/provenance.json",
    lambda text: "[" * 100_000,
)  # fmt: skip


def _first_id(name: str) -> Callable[[str], str]:
    return lambda text: text.replace(text.split("\n")[1].split(",")[0], name)


for _name, _change in {
    "points that name a file outside": _first_id("../../x"),
    "points that name an absolute file": _first_id("/etc/x"),
    "points that name no file": _first_id("nothing"),
    "points without an id": lambda t: t.replace("run_id", "id"),
    "points without a status": lambda t: t.replace("status", "state"),
    "points of which none is done": lambda t: t.replace("done", "failed"),
    "points of a line less": lambda t: t[: t.rstrip().rindex("\n")],
}.items():  # fmt: skip
    edited("results", _name, OF, results("points"), "old/points.csv", _change)


def alone(file: str, text: str) -> Callable[[Path], None]:
    """A folder with this one file."""

    def prepare(here: Path) -> None:
        (here / "old").mkdir()
        (here / "old" / file).write_text(text, encoding="utf-8")

    return prepare


for _file in ("attribution.csv", "uncertainty.csv"):
    damaged("results", f"old/{_file}", OF, alone(_file, "a,b\n1,2\n"), but=("missing",))
    kind("results", f"{_file} of other columns", OF, alone(_file, "a,b\n1,2\n"))


def _fit(here: Path) -> None:
    alone("fit.csv", "a\n")(here)
    (here / "old" / "residuals.csv").write_text("a\n")


def _points_with_a_link(here: Path) -> None:
    results("points")(here)
    file = next((here / "old").glob("*.nc"))
    file.rename(here / "outside.nc")
    file.symlink_to("../outside.nc")


def _two_runs(here: Path) -> None:
    results("run")(here)
    shutil.copytree(here / "old", here / "older")


def _fit_of_conf(here: Path) -> None:
    conf(here)
    _fit(here)


damaged("results", "conf/params/fit.csv", OF, _fit_of_conf)
damaged("results", "conf/params/residuals.csv", OF, _fit_of_conf)
kind("results", "two runs", ("job=report", "report.of=old,older"), _two_runs)
kind("results", "a file that is a link to another folder", OF, _points_with_a_link)

# ---------------------------------------------------------------------------------------- stores


def store(here: Path) -> None:
    """A sweep that the same command goes on with, one of whose blocks is not done."""
    shutil.copytree(made("store"), here / "results" / made("store").name)
    (here / "old").symlink_to(here / "results" / made("store").name)


def waiting(here: Path) -> None:
    """The same where nothing is done yet."""
    store(here)
    (here / "results" / made("store").name / "blocks" / "000000.json").unlink()


def in_store(
    group: str, name: str, words: Sequence[str], change: Callable[[Path], None],
    source: Callable[[Path], None] = store, denied: bool = False,
) -> None:  # fmt: skip
    """A kind in which the folder of a sweep is not as it was left."""

    def prepare(here: Path) -> None:
        source(here)
        change(here / "results" / made("store").name)

    kind(group, name, words, prepare, denied=denied)


for _way in DAMAGES:
    if _way not in ("missing",):
        for _what, _given in (("to go on", STORE), ("to report", OF)):
            in_store(
                "store", f"plan.json {_way}, {_what}", _given,
                lambda folder, way=_way: DAMAGES[way](folder / "plan.json"),
                denied=_way == "forbidden",
            )  # fmt: skip
        in_store(
            "store", f"a block's JSON {_way}", STORE,
            lambda folder, way=_way: DAMAGES[way](folder / "blocks" / "000000.json"),
            denied=_way == "forbidden",
        )  # fmt: skip
    for _what, _given in (("to go on", STORE), ("to report", OF)):
        in_store(
            "store", f"zarr.json {_way}, {_what}", _given,
            lambda folder, way=_way: DAMAGES[way](folder / "store.zarr" / "zarr.json"),
            waiting if _what == "to go on" else store, denied=_way == "forbidden",
        )  # fmt: skip
for _what, _given in (("to go on", STORE), ("to report", OF)):
    for _way, _damage in {**{way: DAMAGES[way] for way in BINARY}, "one bit": _one_bit}.items():
        if _what == "to go on" and _way in ("one bit", "random bytes"):
            continue  # of the right size: found when it is read, after the others are computed
        in_store(
            "store", f"a chunk {_way}, {_what}", _given,
            lambda folder, damage=_damage: damage(
                folder / "store.zarr" / "under40_share" / "c" / "0" / "0"
            ), denied=_way == "forbidden",
        )  # fmt: skip


def _plan(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        file = folder / "plan.json"
        file.write_text(_rewrite("", change)(file.read_text(encoding="utf-8")), encoding="utf-8")

    return changed


for _name, _json in {
    "a plan of a list": lambda found: [1],
    "a plan of another layout": _put("format", 99),
    "a plan with a key more": _put("extra", 1),
    "a plan without values": _take("values"),
    "a plan with fewer values": _put("values", [[5000]]),
    "a plan with values of text": _put("values", "abc"),
    "a plan with a million years": _put("years", [0, 1_000_000]),
    "a plan of years of text": _put("years", ["a", "b"]),
    "a plan of three years": _put("years", [2023, 2024, 2025]),
    "a plan of other keys": _put("keys", ["policy.nothing"]),
    "a plan of a key twice": _put("keys", [DC, DC]),
    "a plan with other labels": _put("labels", {DC: [1, 2, 3]}),
    "a plan that keeps nothing": _put("keep", "all"),
    "a plan of no engine": _put("engine", "magic"),
}.items():
    in_store("store", f"{_name}, to report", OF, _plan(_json))
    in_store("store", f"{_name}, to go on", STORE, _plan(_json), waiting)
in_store(
    "store", "a plan whose folder of scenarios is elsewhere, to go on", STORE,
    _plan(_put("config_dir", "../../x")), waiting,
)  # fmt: skip


def _meta(name: str, change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        file = folder / "store.zarr" / name / "zarr.json"
        file.write_text(_rewrite("", change)(file.read_text()), encoding="utf-8")

    return changed


ARRAY = "under40_share"
#: Reads an object array by pickle: whoever wrote it decides what is done then.
PICKLE = {
    "shape": [2, 3], "chunks": [32, 3], "dtype": "|O", "fill_value": 0, "order": "C",
    "filters": [{"id": "pickle"}], "compressor": None, "zarr_format": 2,
}  # fmt: skip


def _pickled(folder: Path) -> None:
    array = folder / "store.zarr" / ARRAY
    shutil.rmtree(array, ignore_errors=True)
    array.mkdir()
    (array / ".zarray").write_text(json.dumps(PICKLE))
    (array / ".zattrs").write_text('{"_ARRAY_DIMENSIONS": ["run", "time"]}')
    (array / "0.0").write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")


def _all_pickled(folder: Path) -> None:
    store_ = folder / "store.zarr"
    shutil.rmtree(store_)
    store_.mkdir()
    (store_ / ".zgroup").write_text('{"zarr_format": 2}')
    _pickled(folder)


def _linked(name: str) -> Callable[[Path], None]:
    """Something in the store that has become a link to the same outside of it."""

    def change(folder: Path) -> None:
        outside = folder.parent.parent / "outside"
        (folder / name).rename(outside)
        (folder / name).symlink_to(outside)

    return change


def _linked_whole(folder: Path) -> None:
    outside = folder.parent.parent / "outside"
    folder.rename(outside)
    folder.symlink_to(outside)


for _name, _change in {
    "an array of pickles": _pickled,
    "a store of pickles": _all_pickled,
    "an unknown codec": _meta(ARRAY, _put("codecs", [{"name": "pickle"}])),
    "an array of objects": _meta(ARRAY, _put("data_type", "object")),
    "an array of 10¹⁵ runs": _meta(ARRAY, _put("shape", [10**15, 3])),
    "an array of another shape": _meta(ARRAY, _put("shape", [5, 3])),
    "a chunk of 10¹² values": _meta(
        ARRAY, _put("chunk_grid", "configuration", "chunk_shape", [10**12, 3])
    ),
    "an array without a shape": _meta(ARRAY, _take("shape")),
    "consolidated keys that lead outside": _meta(
        "", _put("consolidated_metadata",
                 {"kind": "inline", "must_understand": False, "metadata": {"../../../x": {}}})),
    "an array that is missing": lambda folder: shutil.rmtree(folder / "store.zarr" / ARRAY),
    "no store": lambda folder: shutil.rmtree(folder / "store.zarr"),
    "a store that is a link": _linked("store.zarr"),
    "an array that is a link": _linked(f"store.zarr/{ARRAY}"),
    "a chunk that is a link": _linked(f"store.zarr/{ARRAY}/c/0/0"),
    "blocks that are a link": _linked("blocks"),
    "a plan that is a link": _linked("plan.json"),
}.items():  # fmt: skip
    in_store("store", f"{_name}, to go on", STORE, _change, waiting)
    in_store("store", f"{_name}, to report", OF, _change)


def _lock_that_is_a_link(folder: Path) -> None:
    (folder / ".lock").unlink(missing_ok=True)
    (folder / ".lock").symlink_to(folder.parent / "kept.txt")


in_store("store", "a lock that is a link", STORE, _lock_that_is_a_link)
in_store("store", "a whole sweep that is a link, to go on", STORE, _linked_whole, waiting)
in_store("store", "a lock that is a folder", STORE, lambda f: (
    (f / ".lock").unlink(missing_ok=True), (f / ".lock").mkdir())[0])  # fmt: skip
for _name, _json in {
    "a block of a list": lambda found: [1],
    "a block without errors": _take("errors"),
    "a block without seconds": _take("seconds"),
    "a block of seconds of text": _put("seconds", "long"),
    "a block of too few errors": _put("errors", [""]),
}.items():

    def _in_block(folder: Path, change: Callable[..., object] = _json) -> None:
        file = folder / "blocks" / "000000.json"
        file.write_text(_rewrite("", change)(file.read_text()), encoding="utf-8")

    in_store("store", _name, STORE, _in_block)

# ------------------------------------------------------------------------ where results would go


def _link_out(here: Path) -> None:
    (here / "outside").mkdir()
    (here / "outside" / "mine.txt").write_text("mine")
    (here / "link").symlink_to("outside")


def _link_loop(here: Path) -> None:
    (here / "link").symlink_to("link")


def _link_to_nothing(here: Path) -> None:
    (here / "link").symlink_to("nowhere")


def _forbidden(here: Path) -> None:
    (here / "closed").mkdir(mode=0o555)


def _pipe_there(here: Path) -> None:
    os.mkfifo(here / "link")


for _name, _given, _prepare in (
    ("a link", "link", _link_out),
    ("a folder in a link", "link/deeper", _link_out),
    ("a folder beside a link", "link/../outside", _link_out),
    ("a link to itself", "link", _link_loop),
    ("a link to nothing", "link", _link_to_nothing),
    ("a pipe", "link", _pipe_there),
):
    for _job, _words in (
        ("a run", QUICK), ("a sweep", STORE), ("points", ("-m", f"{DC}=1,2", *QUICK)),
    ):  # fmt: skip
        kind("place", f"{_job} in {_name}", (*_words, f"results_dir={_given}"), _prepare)
kind("place", "a forbidden folder", (*QUICK, "results_dir=closed"), _forbidden, denied=True)
kind("place", "in a forbidden folder", (*STORE, "results_dir=closed/x"), _forbidden, denied=True)

# ------------------------------------------------------------------------------------- trying it


def _seen(folder: Path) -> dict[str, object]:
    """Everything below a folder: what it is, its bytes and when they were written."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        mode = about.st_mode
        if stat.S_ISLNK(mode):
            what: object = os.readlink(path)
        elif stat.S_ISREG(mode) and about.st_size < 100_000_000:
            what = hashlib.sha256(path.read_bytes()).hexdigest(), about.st_mtime_ns
        else:
            what = stat.S_IFMT(mode)
        found[str(path.relative_to(folder))] = what
    return found


class TooLongError(BaseException):
    """An answer that does not come; no `except Exception` may hold it back."""


def _stop(*_: object) -> None:
    raise TooLongError


@contextlib.contextmanager
def _told(here: Path) -> Iterator[None]:
    """Files of conf/ and of the record are read here where they are here."""
    with contextlib.ExitStack() as stack:
        if (here / "conf").is_dir():
            stack.enter_context(patch.object(paths, "CONF", here / "conf"))
        if (here / "data").is_dir():
            stack.enter_context(patch.object(observed, "DATA", here / "data"))
        observed.record.cache_clear()
        draws._rows.cache_clear()
        try:
            yield
        finally:
            observed.record.cache_clear()
            draws._rows.cache_clear()


@contextlib.contextmanager
def _limited(seconds: float, denied: bool) -> Iterator[None]:
    """Too much time or memory is an error; `denied` is done as nobody where this is root."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, hard))
    root = denied and os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield
    finally:
        if root:
            os.seteuid(0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def folder_for(name: str) -> Path:
    """A folder with what a kind needs, and with results that must stay."""
    here = Path(tempfile.mkdtemp(prefix="fuzz-"))
    here.chmod(0o777)
    (here / "results").mkdir()
    (here / "results").chmod(0o777)
    (here / "results" / "kept.txt").write_text("kept")
    (here / "kept.txt").write_text("kept")
    KINDS[name].prepare(here)
    return here


def tried(name: str) -> Answer:
    """Try a kind in this process."""
    here, one = folder_for(name), KINDS[name]
    out, err = io.StringIO(), io.StringIO()
    before = _seen(here)
    found = ""
    code: object = None
    try:
        with (
            contextlib.chdir(here), _told(here), _limited(PATIENCE, one.denied),
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
        ):  # fmt: skip
            code = main(one.words)
    except TooLongError:
        found = f"no answer within {PATIENCE} seconds"
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        found = f"{type(error).__name__}: {str(error)[:200]!r} ({last.filename}:{last.lineno})"
    found = found or faults(code, out.getvalue(), err.getvalue())
    after = _seen(here)
    if not found and after != before:
        changed = [name for name in {*before, *after} if before.get(name) != after.get(name)]
        found = f"changed: {sorted(changed)[:5]}"
    (here / "mine").chmod(0o700) if (here / "mine").is_dir() else None
    shutil.rmtree(here, ignore_errors=True)
    return Answer(found, err.getvalue().strip())


def faults(code: object, out: str, err: str) -> str:
    """What is wrong with an answer; nothing where it is one clear line."""
    if code != 1:
        return f"ended with {code} and said {err[-200:]!r}"
    if out:
        return f"printed {out[:200]!r}"
    lines = err.splitlines()
    if len(lines) != 1 or not err.endswith("\n"):
        return f"{len(lines)} lines: {err[:300]!r}"
    if not lines[0].startswith("stsim: ") or len(lines[0]) < 20:
        return f"not a clear line: {lines[0]!r}"
    if len(lines[0]) > LONGEST:
        return f"a line of {len(lines[0])} letters"
    if any(letter != "\u3000" and not letter.isprintable() for letter in lines[0]):
        return f"letters that cannot be printed: {lines[0][:300]!r}"
    return ""


def tried_outside(name: str) -> Answer:
    """Try a kind as a process of its own, as people do."""
    here, one = folder_for(name), KINDS[name]
    before = _seen(here)
    done = subprocess.run(
        [sys.executable, "-m", "stsim", *one.words], cwd=here, capture_output=True, text=True,
        timeout=PATIENCE, errors="surrogateescape",
    )  # fmt: skip
    found = faults(done.returncode, done.stdout, done.stderr)
    if not found and _seen(here) != before:
        found = "changed a file"
    shutil.rmtree(here, ignore_errors=True)
    return Answer(found, done.stderr.strip())


def outside() -> list[str]:
    """The kinds that a process of its own can be given, without files in place of those shipped."""
    return [
        name for name, one in KINDS.items()
        if name.startswith(("command line", "scenario", "place")) and not one.denied
        and all("\0" not in word and len(word) < 100_000 for word in one.words)
    ]  # fmt: skip


def run(part: str = "") -> int:
    """Try all kinds whose name has this part and print what came of it; 1 if any went wrong."""
    chosen = [name for name in KINDS if part in name]
    started, wrong = time.perf_counter(), {}
    for name in chosen:
        began = time.perf_counter()
        answer = tried(name)
        took = time.perf_counter() - began
        if answer.wrong:
            wrong[name] = answer.wrong
            print(f"WRONG {name}: {answer.wrong}", flush=True)
        elif "-v" in sys.argv:
            print(f"{took:5.2f} {name}: {answer.said[:300]}", flush=True)
    groups = Counter(name.partition(":")[0] for name in chosen)
    print(", ".join(f"{group} {number}" for group, number in groups.items()))
    print(
        f"{len(chosen)} kinds of bad input, {len(wrong)} not answered by one clear line "
        f"({time.perf_counter() - started:.0f} s)"
    )
    clean()
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(run(next((word for word in sys.argv[1:] if not word.startswith("-")), "")))
