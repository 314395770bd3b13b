"""Read the words of a command line: what each one sets, checked before anything is composed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from stsim import levers, params
from stsim.config import BUDGET, JOBS, ConfigError
from stsim.quantities import nearest, short
from stsim.reading import LARGEST

TOP_KEYS = (
    "scenario", "engine", "job", "seed", "replicates", "draws", "persons_per_agent", "params",
    "law", "posts", "years.first", "years.last", "policy_start", "ramp_years", "results_dir",
    "language", "workers", "careers", "band", "cut", "precision.indicator", "precision.year",
    "precision.standard_error", "precision.most", "sweep.file", "sweep.design", "sweep.points",
    "sweep.keep", "sweep.executor", "sweep.scheduler", "sweep.export",
    "seek.file", "seek.targets", "seek.budget", "seek.draws",
    "report.of", "report.title", "question.indicator", "question.year", "question.better",
    "explore.port", "explore.folder", "run", "a", "b",
)  # fmt: skip
#: Keys that name results, and the one job that reads each.
OF_AUDIT = {"run": "reproduce", "a": "compare", "b": "compare"}
CONFIG_DIR = "--config-dir"
#: Most points of one sweep: their stocks and flows are written whole, tens of megabytes each.
MOST_POINTS = 500
#: Most values of one key.
MOST_VALUES = 1000
#: Keys that may be swept beside `policy.*` and `params.*`, and why the others may not.
SWEEPABLE = ("scenario", "posts", "seed", "policy_start", "ramp_years")
#: Keys that only points of job=sweep have: which shipped draw of the parameters, which outcome of
#: chance (engine=individuals).
OF_POINTS = ("draw", "replicate")
NOT_SWEPT = {
    "years.first": "all points of a dataset have the same years",
    "years.last": "all points of a dataset have the same years",
    "job": "only scenarios can be swept",
    "engine": "engines are compared by engine=both, not by a sweep",
    "results_dir": "a sweep is one folder",
    "language": "it changes the print only",
    "workers": "it changes the speed only",
    "careers": "it changes the files only",
    "cut": "it is for job=hindcast",
    "band": "it changes the table of a single run only",
    "draws": "draws=N gives ranges of a single run",
    "replicates": "replicates=N gives a dimension of its own",
}


@dataclass(frozen=True)
class Word:
    """One `key=value` word as Hydra reads it."""

    key: str
    value: Any
    text: str


@dataclass(frozen=True)
class Words:
    """A command line, read: the last word for each key, and the user's own scenario folder.

    `swept` has the keys with several values, in the order they stand, a word for each value;
    `intervals` those of which any value between two may be taken, with low and high.
    """

    by_key: Mapping[str, Word]
    config_dir: str | None = None
    swept: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def value(self, key: str, default: Any) -> Any:
        """What the words say for a key."""
        return self.by_key[key].value if key in self.by_key else default

    def name(self, key: str) -> str | None:
        """What stands behind a key of results, as it was written: ids may look like numbers."""
        return self.by_key[key].text.partition("=")[2].strip("'\"") if key in self.by_key else None

    def without_policy(self) -> Words:
        """The words of the baseline beside a run: all but `scenario` and `policy.*`."""
        kept = {k: w for k, w in self.by_key.items() if k != "scenario" and not is_policy(k)}
        return Words(kept, self.config_dir)

    def also(self, words: Iterable[Word]) -> Words:
        """These words and more, which count where both name a key."""
        return replace(self, by_key={**self.by_key, **{word.key: word for word in words}})


def is_policy(key: str) -> bool:
    """Whether a key sets a lever."""
    return key.startswith("policy.")


def known_keys() -> list[str]:
    """Every key that a word may set."""
    of_policy = (f"policy.{name}" for name in (*levers.NAMES, BUDGET))
    return [*TOP_KEYS, *of_policy, *params.keys()]


def read_words(
    words: Sequence[str],
    several: bool = False,
    designed: bool = False,
    or_none: bool = False,
    listed: Sequence[str] = (),
) -> Words:
    """Read the words and refuse those that name nothing; `several` values of a key make a sweep.

    With `designed`, as for job=sweep, keys of points and intervals are read too. With `or_none` it
    is well that no key has several values. Keys that are `listed` may have several in any case,
    which stand in `swept`.
    """
    plain, config_dir = split_config_dir(words)
    by_key: dict[str, tuple[Word, ...]] = {}
    intervals: dict[str, tuple[float, float]] = {}
    swept = set()
    for text in plain:
        if text.startswith("-"):
            raise ConfigError(
                f"unknown option {short(text)}; options are key=value words, see --help"
            )
        override = _parsed(text, OF_POINTS if designed else ())
        key = override.key_or_group
        by_key.pop(key, None)  # the last one counts, in its place
        intervals.pop(key, None)
        swept.discard(key)
        if designed and override.is_interval_sweep():
            intervals[key] = _interval(override, text)
            swept.add(key)
            continue
        if override.is_sweep_override():
            if not (several or designed or key in listed):
                raise ConfigError(
                    f"{short(text)} names several values: give one value for each key, or put -m "
                    "in front to run every combination"
                )
            swept.add(key)
        by_key[key] = tuple(_values(override, text))
    if (several or designed) and (swept or not or_none):
        _check_sweep([*by_key, *intervals], swept, OF_POINTS if designed else ())
    job = by_key["job"][0].value if "job" in by_key else "run"
    for key, reads in OF_AUDIT.items():
        if key in by_key and job in JOBS and job != reads:
            raise ConfigError(f"{short(by_key[key][0].text)} is for job={reads}, not job={job}")
    single = {key: found[0] for key, found in by_key.items() if key not in swept}
    several_values = {key: found for key, found in by_key.items() if key in swept}
    return Words(single, config_dir, several_values, intervals)


def _interval(override: Any, text: str) -> tuple[float, float]:
    low, high = override.value().start, override.value().end
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (low, high))
    if not (numbers and -LARGEST < low < high < LARGEST):
        raise ConfigError(f"{short(text)}: write interval(low,high) with low below high")
    return float(low), float(high)


def split_config_dir(words: Sequence[str]) -> tuple[list[str], str | None]:
    """Take `--config-dir FOLDER` or `--config-dir=FOLDER` out of the words."""
    plain: list[str] = []
    found: str | None = None
    left = iter(words)
    for word in left:
        name, equals, folder = word.partition("=")
        if name != CONFIG_DIR:
            plain.append(word)
            continue
        if found is not None:
            raise ConfigError(f"{CONFIG_DIR} stands twice; put all your scenarios in one folder")
        found = folder if equals else next(left, "")
        if not found:
            raise ConfigError(f"{CONFIG_DIR} needs a folder: {CONFIG_DIR} mine")
    return plain, found


def _parsed(text: str, more: Sequence[str] = ()) -> Any:
    """One word as Hydra reads it, if its key is one of ours and stands there plainly."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    if "glob(" in text:
        raise ConfigError(f"{short(text)}: glob is not read; name the values, such as a,b")
    try:
        override = OverridesParser.create().parse_override(text)
    except (HydraException, RecursionError, ValueError):  # ValueError: a number of 4,301 digits
        quote = " (put text in quotes: \"key='…'\")" if "=" in text else ""
        raise ConfigError(
            f"cannot read {short(text)}: expected key=value, such as scenario=expand_dc{quote}"
        ) from None
    if "${" in text:
        raise ConfigError(
            f"{short(text)}: references like ${{...}} are not read; write the value out"
        )
    key, given, known = override.key_or_group, text.split("=", 1)[0].strip(), [*known_keys(), *more]
    if key not in known or given != key:
        same = " (give it as plain key=value)" if key in known else nearest(key, known)
        raise ConfigError(f"unknown key {short(given)}{same}")
    return override


def _values(override: Any, text: str) -> Iterator[Word]:
    """The word for the one value of an override, or for each of several."""
    key = override.key_or_group
    if not override.is_sweep_override():
        found = [Word(key, override.value(), text)]
    elif override.is_choice_sweep() or override.is_range_sweep():
        if getattr(override.value(), "shuffle", False):
            raise ConfigError(f"{short(text)}: shuffle is not read; points have one order")
        if getattr(override.value(), "step", 1) == 0:
            raise ConfigError(f"{short(text)}: the step of a range is not 0")
        texts = list(islice(override.sweep_string_iterator(), MOST_VALUES + 1))
        if len(texts) > MOST_VALUES:
            raise ConfigError(f"{short(text)}: more than {MOST_VALUES} values; give fewer")
        if not texts:
            raise ConfigError(f"{short(text)} names no value; write range(first,end,step)")
        each = [f"{key}={t}" for t in texts]
        found = [Word(key, _parsed(one, OF_POINTS).value(), one) for one in each]
    else:
        raise ConfigError(f"{short(text)}: give the values, as in 1,2,3 or range(1,4)")
    _check_numbers(found, text)
    yield from found


def _check_numbers(words: Sequence[Word], text: str) -> None:
    """Refuse huge numbers, and a year that stands twice in a map: Hydra would take the last."""
    key = words[0].key
    maps = [word.value for word in words if isinstance(word.value, dict)]
    plain = not any(isinstance(part, (dict, list)) for one in maps for part in one.values())
    if plain and len(re.findall(r"[{,]\s*[^{},:]+?\s*:", text)) != sum(map(len, maps)):
        raise ConfigError(f"{key}: a year or name stands twice in {short(text)}")
    for number in [word.value for word in words] + [part for one in maps for part in one.values()]:
        if isinstance(number, int) and abs(number) > LARGEST:
            raise ConfigError(f"{key}={short(number, 20)} is a whole number beyond {LARGEST:,}")


def _check_sweep(keys: Sequence[str], swept: set[str], more: Sequence[str] = ()) -> None:
    """Refuse what cannot be swept, and two keys that would be the same dimension or value."""
    if not swept:
        raise ConfigError(
            "nothing to sweep: give a key several values, such as policy.dc_fellows_persons="
            "6000,9000, or leave -m (job=sweep) out"
        )
    dimensions: dict[str, str] = {}
    for key in keys:
        if key not in swept:
            continue
        if not (key in (*SWEEPABLE, *more) or key.startswith(("policy.", "params."))):
            can = f"{', '.join((*SWEEPABLE, *more))}, policy.*, params.*"
            why = NOT_SWEPT.get(key, f"swept can be {can}")
            raise ConfigError(f"{key} cannot be swept: {why}")
        other = dimensions.setdefault(dimension(key), key)
        if other != key:
            raise ConfigError(
                f"{other} and {key} would both be the dimension '{dimension(key)}'; sweep one"
            )
        for beside in keys:
            if beside.startswith(f"{key}.") or key.startswith(f"{beside}."):
                raise ConfigError(f"{beside} and {key} set the same; give one of them")


def dimension(key: str) -> str:
    """The dimension of the results that a swept key makes: its last part."""
    return key.rpartition(".")[2]
