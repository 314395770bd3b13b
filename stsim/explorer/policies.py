"""The policies of the explorer without its page: what they stand on, their sliders, their file."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from pathlib import Path
from typing import Any

from stsim import draws, levers
from stsim.compose import Composer, compose
from stsim.config import FITTED, Config, ConfigError
from stsim.explorer.words import LANGUAGES, payer, unit_of, word
from stsim.given import TODAY
from stsim.overrides import Word, Words, is_policy, read_words
from stsim.quantities import short
from stsim.scenario_files import SELF, scenario_files

#: The last year that is shown, and the one more that its flows need: no slider waits for the rest.
LAST_SHOWN = 2040
#: Draws of the parameters behind the bands.
DRAWS = 50
#: Policies side by side.
MOST = 4
#: Steps of a slider from end to end, about.
STEPS = 100
#: Where a policy is saved unless a folder is named.
FOLDER = "my_scenarios"
#: Longest name of a scenario.
LONGEST = 60
#: Keys of the command line that are about the explorer and not about the numbers.
OF_EXPLORER = (
    "job", "scenario", "language", "results_dir", "workers", "draws", "band", "engine",
    "explore.port", "explore.folder",
)  # fmt: skip

#: Levers a policy moves, each a number or a map by year.
Policy = Mapping[str, Any]


@dataclass(frozen=True)
class Ground:
    """What all policies of an explorer have in common: the words it was started with.

    `law` is the run without any policy, `first` the policy that was named in words, `draws` how
    many parameter sets are behind the bands (0: no bands), `folder` where policies are saved.
    """

    words: Words
    composer: Composer
    law: Config
    first: Policy
    draws: int
    folder: Path

    @classmethod
    def of(cls, given: Sequence[str]) -> Ground:
        """Read the words of the command line. Raises ConfigError with one clear line."""
        default = f"years.last={LAST_SHOWN + 1}"
        words = read_words([default, *given])
        asked = compose([default, *given])
        if asked.engine == "individuals":
            raise ConfigError("job=explore runs the stock engine: leave engine out")
        for key, usual in (("replicates", 1), ("persons_per_agent", 1), ("careers", False)):
            if getattr(asked, key) != usual:
                raise ConfigError(f"job=explore runs the stock engine: leave {key} out")
        composer = Composer(words.without_policy())
        law = composer.config([])
        ranged = asked.band and asked.parameter_set == FITTED
        number = (asked.draws if asked.draws > 1 else DRAWS) if ranged else 0
        folder = Path(asked.explore.folder or words.config_dir or FOLDER).expanduser().absolute()
        return cls(words, composer, law, asked.policy, number, folder)

    def config(self, policy: Policy) -> Config:
        """The run of a policy. Raises ConfigError with one clear line."""
        point = [Word(f"policy.{name}", value, "") for name, value in policy.items()]
        update = {"engine": "stocks", "draws": 1}
        return self.composer.config(point).model_copy(update=update)

    def scenarios(self) -> dict[str, Config]:
        """The scenarios that a policy can begin with, by name."""
        return {
            name: self.composer.config([Word("scenario", name, "")])
            for name in scenario_files(self.words.config_dir)
        }

    def chunks(self) -> list[tuple[int, int]]:
        """First draw (from 0 on) and number of draws of each part of a band."""
        firsts = range(0, self.draws, draws.CHUNK)
        return [(first, min(draws.CHUNK, self.draws - first)) for first in firsts]

    def command(self, name: str) -> str:
        """The command that runs a saved policy with the words the explorer was started with."""
        kept = [
            found.text
            for key, found in self.words.by_key.items()
            if key not in OF_EXPLORER and not is_policy(key)
        ]
        kept = [text for text in kept if text != f"years.last={LAST_SHOWN + 1}"]
        words = ["--config-dir", str(self.folder), f"scenario={name}", *kept]
        return "python -m stsim " + " ".join(map(shlex.quote, words))


def differing(policy: Policy, law: Config) -> dict[str, Any]:
    """The levers of a policy without those that say what the law says in every year of the run."""
    years = range(law.years.first, law.years.last + 1)
    found = {}
    for name, value in policy.items():
        line = law.model_copy(update={"policy": {name: value}}).lever(name)
        if any(line.at(year) != law.lever(name).at(year) for year in years):
            found[name] = value
    return found


def step(lever: levers.Lever) -> float:
    """The step of a slider: 1, 2 or 5 times a power of ten, a year for years."""
    if lever.unit == "years":
        return 1.0
    wanted = (lever.high - lever.low) / STEPS
    power = floor(log10(wanted) + 1e-9)
    first = max(k for k in (1, 2, 5) if k <= wanted / 10.0**power + 1e-9)
    return float(f"{first}e{power}")


def number(value: float) -> str:
    """A lever's value as people read it, without its unit."""
    return f"{round(value, 4):,.12g}"


def last_value(value: Any) -> float:
    """Where the slider of a policy value stands: the last value of a map by year."""
    return float(value[max(value)] if isinstance(value, Mapping) else value)


def said(value: Any) -> str:
    """A policy value in a few words: a number, or years and numbers."""
    if isinstance(value, Mapping):
        return ", ".join(f"{year}: {number(value[year])}" for year in sorted(value))
    return number(float(value))


def rows(law: Config, policy: Policy, language: str) -> list[dict[str, Any]]:
    """Groups of sliders as the page draws them, each lever with mark, value, unit and sources."""
    return [
        {
            "title": titles[LANGUAGES.index(language)],
            "levers": [_row(name, law, policy, language) for name in names],
        }
        for *titles, names in levers.GROUPS
    ]


def _label(name: str, language: str) -> str:
    """The label of a lever without the marks of code, which a page does not know."""
    label = levers.about(name).label_ja if language == "ja" else levers.label(name)
    return label.replace("`", "")


def _row(name: str, law: Config, policy: Policy, language: str) -> dict[str, Any]:
    about, line = levers.about(name), law.lever(name)
    today, start = line.at(TODAY), line.at(law.policy_start)
    value = policy.get(name)
    label = _label(name, language)
    marks = [word("today", language, number(today))]
    if start != today:
        marks.append(word("will_be", language, f"{law.policy_start}: {number(start)}"))
    if isinstance(value, Mapping):
        marks.append(word("by_year", language, said(value)))
    return {
        "name": name,
        "label": label,
        "unit": unit_of(about.unit, language),
        "low": about.low,
        "high": about.high,
        "step": step(about),
        "law": start,
        "today": today,
        "value": start if value is None else last_value(value),
        "moved": value is not None,
        "marks": " · ".join(marks),
        "tooltip": _tooltip(name, law, label, language),
        "exact": word("exact", language),
        "to_law": word("to_law", language),
    }


def _tooltip(name: str, law: Config, label: str, language: str) -> str:
    about, place = levers.about(name), LANGUAGES.index(language)
    lines = [
        label,
        f"{word('key', language)}: policy.{name}",
        f"{word('unit', language)}: {unit_of(about.unit, language)}",
        f"{word('range', language)}: {number(about.low)} … {number(about.high)}",
        f"{word('source', language)}: {law.law[name].source}",
    ]
    if about.yen_each is not None:
        each = word("price_each", language, about.yen_each, payer(about.payer, language))
        lines.append(f"{word('price', language)}: {each}")
    evidence = levers.EVIDENCE[about.evidence][place]
    lines.append(f"{word('evidence', language)}: {evidence} ({about.evidence_note})")
    return "\n".join(lines)


@dataclass(frozen=True)
class Saved:
    """A file that has been written, and whether another one gave way to it."""

    path: Path
    replaced: bool


def save(
    ground: Ground, name: str, titles: Mapping[str, str], policy: Policy, replace: bool = False
) -> Saved:
    """Write a policy as a scenario file into the folder of the explorer, whole or not at all.

    The file is read back and must give the policy that was shown. Raises ConfigError with one
    clear line for a name that is not plain or is there already (unless it is to be replaced), and
    where nothing can be written.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", name) or name == SELF:
        raise ConfigError(f"{short(name)} is no file name here: use letters, digits, '_' and '-'")
    if len(name) > LONGEST:
        raise ConfigError(f"{short(name)} has more than {LONGEST} letters")
    if name.lower() in {there.lower() for there in scenario_files()}:
        raise ConfigError(f"the scenario '{name}' is shipped with stsim; give another name")
    for language in LANGUAGES:
        if not titles[language].strip():
            raise ConfigError(
                f"the title in {'Japanese' if language == 'ja' else 'English'} is missing"
            )
        if "${" in titles[language] or not titles[language].isprintable():
            raise ConfigError(f"the title {short(titles[language])} is not plain text on one line")
    policy = ground.config(policy).policy
    text = as_yaml(titles, policy, ground.law)
    path = ground.folder / f"{name}.yaml"
    try:
        ground.folder.mkdir(parents=True, exist_ok=True)
        there = os.path.lexists(path)
        if there and not replace:
            raise ConfigError(f"{path} is there already; tick replace, or give another name")
        _written(path, text, replace)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    back = compose(["--config-dir", str(ground.folder), f"scenario={name}"])
    if back.policy != policy:
        raise ConfigError(f"{path} gives another policy when it is read; do not use it")
    return Saved(path, there)


def _written(path: Path, text: str, replace: bool) -> None:
    """The text in a file that is there whole or not at all; one beside it is never lost unsaid."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(part, 0o644)
        if replace:
            os.replace(part, path)
        else:
            os.link(part, path)  # fails where a file has come in between
    except FileExistsError:
        raise ConfigError(f"{path} is there already; tick replace, or give another name") from None
    finally:
        Path(part).unlink(missing_ok=True)


def as_yaml(titles: Mapping[str, str], policy: Policy, law: Config) -> str:
    """The text of a scenario file: the same bytes for the same policy and titles."""
    import yaml

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {year: plain(value[year]) for year in sorted(value)}
        return int(value) if float(value).is_integer() else float(value)

    found = {
        "title": {language: titles[language].strip() for language in LANGUAGES},
        "about": {language: about(policy, law, language) for language in LANGUAGES},
        "policy": {name: plain(policy[name]) for name in levers.NAMES if name in policy},
    }
    return yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=100)


def about(policy: Policy, law: Config, language: str) -> str:
    """What a policy does, lever by lever, from the law as it stands."""
    told = [
        word(
            "from_to",
            language,
            _label(name, language),
            number(law.lever(name).at(law.policy_start)),
            said(policy[name]),
        )
        for name in levers.NAMES
        if name in policy
    ]
    return word("made", language, "; ".join(told) or word("made_law", language))
