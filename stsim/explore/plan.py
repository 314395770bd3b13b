"""What every point of a sweep is: the plan that is made before the first one runs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stsim import files, provenance, results
from stsim.config import FIRST_LAW_YEAR
from stsim.explore.design import Design
from stsim.given import LAST_YEAR
from stsim.overrides import Word, Words, dimension, read_words
from stsim.results import ResultsError

#: The layout of the folder; another number is another layout.
FORMAT = 2
#: Points of a block: one chunk of every variable.
BLOCK = 32
#: Bytes of a plan of a million points.
LARGEST_PLAN = 1_000_000_000
ENGINES = ("stocks", "individuals")
#: Words that say how the work is done, not what it is.
LEFT_OUT = (
    "job", "results_dir", "workers", "language", "sweep.file", "sweep.design", "sweep.points",
    "sweep.executor", "sweep.scheduler", "sweep.export", "sweep.keep", "band",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What every point is: the swept keys, a value of each for every point, and the words of all.

    `labels` are the values along each key of a grid, None for other designs. `ends` are those of
    the interval of each key (0 and 0 for a list), which the sensitivity to it refers to.
    """

    words: tuple[str, ...]
    config_dir: str | None
    keys: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    labels: Mapping[str, list[Any]] | None
    run_ids: tuple[str, ...]
    keep: str
    engine: str
    years: tuple[int, int]
    code: str
    data: str
    design: str = "grid"
    ends: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, design: Design, run_ids: Sequence[str], config: Any) -> Plan:
        """The plan for the points of a design; `config` is that of any of them."""
        from stsim.observed import record

        return cls(
            tuple(w.text for k, w in design.base.by_key.items() if k not in LEFT_OUT),
            design.base.config_dir,
            design.keys,
            tuple(tuple(word.value for word in point) for point in design.points),
            design.grid,
            tuple(run_ids),
            config.sweep.keep,
            config.engine,
            (config.years.first, config.years.last),
            provenance.code_version(),
            record().sha256,
            design.kind,
            tuple((axis.low, axis.high) for axis in design.axes),
        )

    @property
    def name(self) -> str:
        """The name of the folder, from everything in the plan."""
        return results.hashed("sweep", [self.as_json()])

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-len(self.values) // BLOCK)

    def runs(self, block: int) -> range:
        """The numbers of the points of a block."""
        return range(block * BLOCK, min((block + 1) * BLOCK, len(self.values)))

    def point(self, run: int) -> list[Word]:
        """The words of a point."""
        return [
            Word(key, value, f"{key}={value}")
            for key, value in zip(self.keys, self.values[run], strict=True)
        ]

    def as_json(self) -> str:
        """The text of plan.json."""
        return json.dumps({"format": FORMAT, **self.__dict__}, ensure_ascii=False, indent=0)

    @classmethod
    def read(cls, folder: Path) -> Plan:
        """The plan in a folder. Raises ResultsError where there is none, or one of another kind."""
        try:
            found = files.read_json(folder / "plan.json", LARGEST_PLAN)
            number = found.pop("format")
            if number != FORMAT:
                raise ResultsError(
                    f"{folder}: a sweep in layout {number}, this version reads layout {FORMAT}; "
                    "open it with the version named in its plan.json, or run it again"
                )
            found["values"] = tuple(tuple(map(_years, point)) for point in found["values"])
            for key in ("words", "keys", "run_ids", "years", "ends"):
                found[key] = tuple(found[key])
            plan = cls(**found)
            plan._check()
            return plan
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, ResultsError):
                raise
            raise ResultsError(f"{folder}: not the folder of a sweep ({why(error)})") from None

    def _check(self) -> None:
        """Raise ValueError where the parts do not belong together."""
        number, keys = len(self.values), len(self.keys)
        texts = (*self.words, *self.keys, *self.run_ids, self.code, self.data, self.design)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("a number or list where a text belongs")
        if len(set(map(dimension, self.keys))) < keys or any(len(v) != keys for v in self.values):
            raise ValueError("the values of its points are not those of its keys")
        if len(self.run_ids) != number or not number:
            raise ValueError("as many run ids as points belong in it")
        if self.labels is not None and (
            list(self.labels) != list(self.keys)
            or math.prod(len(labels) for labels in self.labels.values()) != number
        ):
            raise ValueError("the labels of its grid are not those of its points")
        first, last = self.years
        if not FIRST_LAW_YEAR <= first < last <= LAST_YEAR:
            raise ValueError(f"years {first} to {last}")
        if self.keep not in ("indicators", "stocks") or self.engine not in ENGINES:
            raise ValueError(f"keep={self.keep}, engine={self.engine}")


def why(error: Exception) -> str:
    """A reason in some words, on one line."""
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:100]


def _years(value: Any) -> Any:
    """A value from JSON; the keys of a map are years again."""
    return {int(k): v for k, v in value.items()} if isinstance(value, dict) else value


def words_of_plan(plan: Plan) -> Words:
    """The words that all points share."""
    folder = () if plan.config_dir is None else (f"--config-dir={plan.config_dir}",)
    return read_words([*folder, *plan.words])
