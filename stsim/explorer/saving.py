"""A policy of the explorer as a scenario file, written whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stsim import levers
from stsim.compose import compose
from stsim.config import Config, ConfigError
from stsim.explorer.policies import Ground, Policy
from stsim.explorer.rows import label_of, number, said
from stsim.explorer.words import LANGUAGES, word
from stsim.quantities import short
from stsim.scenario_files import SELF, scenario_files

#: Longest name of a scenario.
LONGEST = 60


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
            label_of(name, language),
            number(law.lever(name).at(law.policy_start)),
            said(policy[name]),
        )
        for name in levers.NAMES
        if name in policy
    ]
    return word("made", language, "; ".join(told) or word("made_law", language))
