"""From words on a command line to a Config: Hydra composes, pydantic decides.

`law < params < scenario < command line`: later ones win. A scenario file may only hold title,
about, policy and the scenarios it builds on, so it cannot change the seed, the data or the engine.
Scenarios and levers named on the command line do not go through Hydra, which would merge two maps
by year and read `${...}` in a title: they are laid over what it has composed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stsim import levers, params, paths
from stsim.config import Config, ConfigError, Law, validated
from stsim.params import Params
from stsim.quantities import nearest, short
from stsim.reading import LARGEST, read_yaml
from stsim.scenario_files import Scenario, policy_of, read_scenario, scenario_files

TOP_KEYS = (
    "scenario", "engine", "job", "seed", "replicates", "draws", "persons_per_agent", "params",
    "law", "posts", "years.first", "years.last", "policy_start", "ramp_years", "results_dir",
    "language",
)  # fmt: skip
CONFIG_DIR = "--config-dir"


@dataclass(frozen=True)
class Word:
    """One `key=value` word as Hydra reads it."""

    key: str
    value: Any
    text: str


@dataclass(frozen=True)
class Words:
    """A command line, read: the last word for each key, and the user's own scenario folder."""

    by_key: Mapping[str, Word]
    config_dir: str | None = None

    def value(self, key: str, default: Any) -> Any:
        """What the words say for a key."""
        return self.by_key[key].value if key in self.by_key else default

    def without_policy(self) -> Words:
        """The words of the baseline beside a run: all but `scenario` and `policy.*`."""
        kept = {k: w for k, w in self.by_key.items() if k != "scenario" and not _is_policy(k)}
        return Words(kept, self.config_dir)


def read_words(words: Sequence[str]) -> Words:
    """Read the words and refuse those that name nothing, before Hydra composes them."""
    plain, config_dir = split_config_dir(words)
    by_key: dict[str, Word] = {}
    for text in plain:
        if text.startswith("-"):
            raise ConfigError(
                f"unknown option {short(text)}; options are key=value words, see --help"
            )
        word = _read_word(text)
        by_key.pop(word.key, None)  # the last one counts, in its place
        by_key[word.key] = word
    return Words(by_key, config_dir)


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


def _read_word(text: str) -> Word:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        override = OverridesParser.create().parse_override(text)
    except (HydraException, RecursionError, ValueError):  # ValueError: a number of 4,301 digits
        quote = " (put text in quotes: \"key='…'\")" if "=" in text else ""
        raise ConfigError(
            f"cannot read {short(text)}: expected key=value, such as scenario=expand_dc{quote}"
        ) from None
    if override.is_sweep_override():
        raise ConfigError(f"{short(text)} names several values: give one value for each key")
    if "${" in text:
        raise ConfigError(
            f"{short(text)}: references like ${{...}} are not read; write the value out"
        )
    key, given = override.key_or_group, text.split("=", 1)[0].strip()
    known = known_keys()
    if key not in known or given != key:
        same = " (give it as plain key=value)" if key in known else nearest(key, known)
        raise ConfigError(f"unknown key {short(given)}{same}")
    value = override.value()
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ConfigError(f"{key}={short(value, 20)} is a whole number beyond {LARGEST:,}")
    if isinstance(value, dict):
        keys = re.findall(r"[{,]\s*([^{},:]+?)\s*:", text)
        if text.count("{") == 1 and len(keys) != len(
            value
        ):  # Hydra would take the last without a word
            raise ConfigError(
                f"{key}: a year or name stands twice in {short(text.split('=', 1)[1])}"
            )
        for part in value.values():
            if isinstance(part, int) and abs(part) > LARGEST:
                raise ConfigError(f"{key}: {short(part, 20)} is a whole number beyond {LARGEST:,}")
    return Word(key, value, text)


def known_keys() -> list[str]:
    """Every key that a word may set."""
    return [*TOP_KEYS, *(f"policy.{name}" for name in levers.NAMES), *params.keys()]


def _is_policy(key: str) -> bool:
    return key.startswith("policy.")


def _group(group: str) -> dict[str, Path]:
    """The files of a group of conf/, by name."""
    return {path.stem: path for path in sorted((paths.CONF / group).glob("*.yaml"))}


def _checked_file(group: str, path: Path) -> dict[Any, Any]:
    """The keys and values of a law or parameter file, checked by themselves to name the file."""
    found, where = read_yaml(path, f"{group} file"), f"{group} file {path.name}"
    if any("${" in text for text in _texts(found)):
        raise ConfigError(f"{where}: references like ${{...}} are not read; write the value out")
    if group == "law":
        _check_law(found, where)
    else:
        validated(found, Params, where)
    return found


def _check_law(found: Mapping[Any, Any], where: str) -> None:
    for name, values in found.items():
        if name not in levers.NAMES:
            raise ConfigError(f"{where}: no lever {short(name)}{nearest(str(name), levers.NAMES)}")
        law = validated(values, Law, f"{where}: {name}")
        try:
            law.check_range(name)
        except ValueError as error:
            raise ConfigError(f"{where}: {error}") from None
    for name in levers.NAMES:
        if name not in found:
            raise ConfigError(f"{where}: {name} is missing; give its value by year")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in (
        [*value, *value.values()] if isinstance(value, dict) else
        value if isinstance(value, list) else ()
    ):  # fmt: skip
        yield from _texts(part)


def _root() -> tuple[dict[Any, Any], dict[str, str]]:
    """What conf/config.yaml has without its defaults list, and that list: a name for each group."""
    root = read_yaml(paths.CONF / "config.yaml")
    chosen = [entry for entry in root.pop("defaults") if isinstance(entry, dict)]
    return root, {group: name for entry in chosen for group, name in entry.items()}


@contextmanager
def _hydra(root: Mapping[Any, Any], groups: Mapping[str, set[str]]) -> Iterator[None]:
    """Hydra on the files of conf/ that are asked for, leaving no global state behind."""
    from hydra import initialize
    from hydra.core.config_store import ConfigStore
    from hydra.core.global_hydra import GlobalHydra

    store = ConfigStore.instance()
    for group, names in groups.items():
        for name in names:
            found = _checked_file(group, _group(group)[name])
            store.store(name, found, group=group, package=group)
    defaults = ["_self_", *({group: min(names)} for group, names in groups.items())]
    store.store("stsim", {"defaults": defaults, **root})
    before = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        with initialize(config_path=None, version_base="1.3"):
            yield
    finally:
        GlobalHydra.instance().hydra = before


def compose(words: Sequence[str] = ()) -> Config:
    """The Config these words stand for. Raises ConfigError with one clear line."""
    return compose_all([read_words(words)])[0]


def compose_all(several: Sequence[Words]) -> list[Config]:
    """Several Configs with one start of Hydra."""
    root, defaults = _root()
    chosen = [_chosen(words, defaults) for words in several]
    groups = {group: {str(one[group]) for one in chosen} for group in ("law", "params")}
    found = []
    with _hydra(root, groups):
        for words, choice in zip(several, chosen, strict=True):
            composed = _composed(words, choice)
            scenario = choice["scenario"]
            laid = policy_of(scenario, choice["files"])
            laid |= {
                key.removeprefix("policy."): word.value
                for key, word in words.by_key.items()
                if _is_policy(key)
            }
            texts = {"title": scenario.title, "about": scenario.about}
            found.append(
                validated(composed | {"scenario": scenario.name, **texts, "policy": laid}, Config)
            )
    return found


def _composed(words: Words, choice: Mapping[str, Any]) -> dict[str, Any]:
    """Law, parameters and plain keys as Hydra composes them."""
    from hydra import compose as hydra_compose
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    lines = [f"{group}={choice[group]}" for group in ("law", "params")]
    lines += [w.text for k, w in words.by_key.items() if k not in choice and not _is_policy(k)]
    try:
        mapping = OmegaConf.to_container(hydra_compose("stsim", lines), resolve=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(" ".join(str(error).split())) from None
    assert isinstance(mapping, dict)
    return {str(key): value for key, value in mapping.items()}


def _chosen(words: Words, defaults: Mapping[str, str]) -> dict[str, Any]:
    """The scenario, law and parameter set asked for; ConfigError with those there otherwise."""
    files = scenario_files(words.config_dir)
    there = {"scenario": files, "law": _group("law"), "params": _group("params")}
    found: dict[str, Any] = {"files": files}
    for key, names in there.items():
        name = words.value(key, defaults[key])
        if not isinstance(name, str) or name not in names:
            hint = nearest(name, names) if isinstance(name, str) else "; give one name"
            raise ConfigError(f"no {key} {short(name)}; there are: {', '.join(names)}{hint}")
        found[key] = name
    scenario: Scenario = read_scenario(files[found["scenario"]])
    return found | {"scenario": scenario}


def scenarios(config_dir: str | None = None) -> dict[str, Scenario]:
    """Every scenario as its file has it, by name."""
    return {name: read_scenario(path) for name, path in scenario_files(config_dir).items()}
