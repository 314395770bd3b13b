"""Scenario files: one short YAML per policy, with title, about and the levers it sets.

A scenario may build on others: `defaults: [expand_dc, permanent_posts, _self_]` lays their
policies in that order, then its own where `_self_` stands, or last if it does not stand there. A
later one replaces a lever's value whole: two maps by year are never merged into one that nobody
wrote. Title and about are the file's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stsim import levers, paths
from stsim.config import ConfigError, Text, validated
from stsim.quantities import nearest, short
from stsim.reading import read_yaml

KEYS = ("title", "about", "policy", "defaults")
SELF = "_self_"


@dataclass(frozen=True)
class Scenario:
    """One scenario as its file has it: `defaults` are names in order, `policy` its own levers."""

    name: str
    path: Path
    title: Text
    about: Text
    policy: Mapping[str, Any]
    defaults: tuple[str, ...]


def scenario_files(config_dir: str | None = None) -> dict[str, Path]:
    """The scenario files there are, by name: those shipped and those of the user's own folder.

    Raises ConfigError when the folder is not there or has none, or a name is in both.
    """
    found = {path.stem: path for path in sorted(paths.SCENARIOS.glob("*.yaml"))}
    if config_dir is None:
        return found
    folder = Path(config_dir)
    try:
        own = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix == ".yaml"}
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"--config-dir {short(config_dir)}: {why}; give a folder") from None
    if not own:
        raise ConfigError(
            f"--config-dir {short(config_dir)} holds no scenario: put files like my_idea.yaml there"
        )
    for name, path in own.items():
        if name in found:
            raise ConfigError(
                f"the scenario '{name}' is there twice, {found[name]} and {path}; rename yours"
            )
    return found | own


def read_scenario(path: Path) -> Scenario:
    """Read one scenario file and refuse anything a scenario may not have."""
    file = f"scenario file {path.name}"
    if not re.fullmatch(r"\w[\w-]*", path.stem) or path.stem == SELF:
        raise ConfigError(f"{file}: name it with letters, digits, '_' and '-' only")
    found = read_yaml(path, "scenario file")
    for key in found:
        if key not in KEYS:
            raise ConfigError(
                f"{file}: '{key}' cannot be set by a scenario "
                f"(only {', '.join(KEYS)}){nearest(str(key), KEYS)}"
            )
    texts = {}
    for key in ("title", "about"):
        if key not in found:
            raise ConfigError(f"{file}: {key} is missing; give {key}: {{en: …, ja: …}}")
        texts[key] = validated(found[key], Text, f"{file}: {key}")
    policy = found.get("policy")
    if not isinstance(policy, dict):
        raise ConfigError(f"{file}: policy must map levers to values, such as policy: {{}}")
    for name, value in policy.items():
        if name not in levers.NAMES:
            raise ConfigError(f"{file}: no lever '{name}'{nearest(str(name), levers.NAMES)}")
        try:
            levers.check(name, value)
        except ValueError as error:
            raise ConfigError(f"{file}: {error}") from None
    defaults = _defaults(found.get("defaults", []), file)
    return Scenario(path.stem, path, texts["title"], texts["about"], policy, defaults)


def _defaults(found: Any, file: str) -> tuple[str, ...]:
    wanted = f"a list of scenario names, such as [expand_dc, {SELF}]"
    if not isinstance(found, list):
        raise ConfigError(f"{file}: defaults={short(found)} is not {wanted}")
    for name in found:
        if not isinstance(name, str):
            raise ConfigError(f"{file}: {short(name)} in defaults is no name; give {wanted}")
        if found.count(name) > 1:
            raise ConfigError(f"{file}: '{name}' stands twice in defaults")
    return tuple(found) if SELF in found else (*found, SELF)


def policy_of(
    scenario: Scenario, files: Mapping[str, Path], above: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The policy of a scenario over those it builds on, lever by lever.

    A lever set to `null` is back at the law as it stands.
    """
    laid: dict[str, Any] = {}
    for name in scenario.defaults:
        if name == SELF:
            laid |= scenario.policy
            continue
        file = f"scenario file {scenario.path.name}"
        chain = (*above, scenario.name)
        if name in chain:
            raise ConfigError(f"{file}: builds on itself ({' → '.join((*chain, name))})")
        if name not in files:
            raise ConfigError(
                f"{file}: builds on '{name}', which is not there; there are: "
                f"{', '.join(files)}{nearest(name, files)}"
            )
        laid |= policy_of(read_scenario(files[name]), files, chain)
    return laid
