"""From words on a command line to a Config: Hydra composes, pydantic decides.

`law < params < scenario < command line`: later ones win. A scenario file may only hold title,
about and policy, so it cannot change the seed, the data or the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from stsim import levers, params, paths
from stsim.config import Config, ConfigError, validated
from stsim.quantities import nearest

SCENARIO_KEYS = ("title", "about", "policy")
TOP_KEYS = (
    "scenario", "engine", "job", "seed", "replicates", "draws", "persons_per_agent", "params",
    "law", "posts", "years.first", "years.last", "policy_start", "ramp_years", "results_dir",
    "language",
)  # fmt: skip


def scenario_files() -> dict[str, Path]:
    """The scenarios there are, by name."""
    return {path.stem: path for path in sorted(paths.SCENARIOS.glob("*.yaml"))}


class _Once(yaml.SafeLoader):
    """Safe YAML in which a key may stand only once."""


def _mapping(loader: _Once, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.YAMLError(f"the key {key!r} stands twice")
    return dict(loader.construct_pairs(node, deep=True))


_Once.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of keys and values; ConfigError with the file and the fault otherwise."""
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), _Once)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{path.name}: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{path.name}: keys and values expected, found {type(found).__name__}")
    return found


def read_scenario(path: Path) -> dict[str, Any]:
    """Read one scenario file and refuse any key a scenario may not have."""
    found = read_yaml(path)
    for key in found:
        if key not in SCENARIO_KEYS:
            raise ConfigError(
                f"scenario file {path.name}: '{key}' cannot be set by a scenario "
                f"(only {', '.join(SCENARIO_KEYS)}){nearest(str(key), SCENARIO_KEYS)}"
            )
    policy = found.get("policy")
    if not isinstance(policy, dict):
        raise ConfigError(f"scenario file {path.name}: policy must map levers to values")
    for name, value in policy.items():
        if name not in levers.NAMES:
            raise ConfigError(
                f"scenario file {path.name}: no lever '{name}'{nearest(str(name), levers.NAMES)}"
            )
        try:
            levers.check(name, value)
        except ValueError as error:
            raise ConfigError(f"scenario file {path.name}: {error}") from None
    return found


def _checked_keys(overrides: Sequence[str]) -> list[Any]:
    """Parse the words and refuse those that name nothing, before Hydra sees them."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    parser = OverridesParser.create()
    parsed = []
    for word in overrides:
        try:
            parsed.append(parser.parse_override(word))
        except HydraException:
            quote = (
                "" if word.isascii() else " (put Japanese and other text in quotes: \"key='…'\")"
            )
            raise ConfigError(
                f"cannot read '{word}': expected key=value, such as scenario=expand_dc{quote}"
            ) from None
    for word, override in zip(overrides, parsed, strict=True):
        if override.is_sweep_override():
            raise ConfigError(f"'{word}' names several values: give one value for each key")
        if "${" in word:
            raise ConfigError(
                f"'{word}': references like ${{...}} are not read; write the value out"
            )
    known = [*TOP_KEYS, *(f"policy.{name}" for name in levers.NAMES), *params.keys()]
    for override in parsed:
        key = override.key_or_group
        if key in known and not (override.is_add() or override.is_delete()):
            continue
        sign = "+" if override.is_add() else "~" if override.is_delete() else ""
        raise ConfigError(f"unknown key '{sign}{key}'{nearest(key, known)}")
    return parsed


def _is_policy(override: Any) -> bool:
    return bool(override.key_or_group.startswith("policy."))


@contextmanager
def _hydra() -> Iterator[None]:
    """Hydra on conf/ and scenarios/, leaving no global state behind."""
    from hydra import initialize_config_dir
    from hydra.core.config_store import ConfigStore
    from hydra.core.global_hydra import GlobalHydra

    store = ConfigStore.instance()
    for name, path in scenario_files().items():
        found = read_scenario(path)
        node = {key: found[key] for key in SCENARIO_KEYS if key in found}
        store.store(name, node | {"scenario": name}, group="scenario", package="_global_")
    root = read_yaml(paths.CONF / "config.yaml")
    store.store("stsim", root | {"policy": dict.fromkeys(levers.NAMES)})
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(paths.CONF), version_base="1.3"):
        yield


def compose(overrides: Sequence[str] = ()) -> Config:
    """The Config these words stand for. Raises ConfigError with one clear line."""
    return compose_all([overrides])[0]


def compose_all(several: Sequence[Sequence[str]]) -> list[Config]:
    """Several Configs with one start of Hydra.

    A lever named on the command line replaces the scenario's value whole: it never reaches
    Hydra, which would merge two maps by year into one that nobody wrote.
    """
    parsed = [_checked_keys(overrides) for overrides in several]
    for overrides in parsed:
        _check_choices(overrides)
    from hydra import compose as hydra_compose
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    found = []
    with _hydra():
        for overrides in parsed:
            policy = {o.key_or_group: o.value() for o in overrides if _is_policy(o)}
            try:
                composed = hydra_compose(
                    "stsim", [o.input_line for o in overrides if not _is_policy(o)]
                )
                mapping = OmegaConf.to_container(composed, resolve=True)
            except (HydraException, OmegaConfBaseException) as error:
                raise ConfigError(" ".join(str(error).split())) from None
            assert isinstance(mapping, dict)
            mapping["policy"] |= {key.removeprefix("policy."): v for key, v in policy.items()}
            found.append(validated({str(key): value for key, value in mapping.items()}))
    return found


def _check_choices(parsed: Sequence[Any]) -> None:
    """Refuse a scenario, parameter set or law that does not exist, with the list of those there."""
    there = {
        "scenario": list(scenario_files()),
        **{group: [p.stem for p in sorted((paths.CONF / group).glob("*.yaml"))]
           for group in ("params", "law")},
    }  # fmt: skip
    for override in parsed:
        key, name = override.key_or_group, override.value()
        if key in there and str(name) not in there[key]:
            hint = nearest(name, there[key]) if isinstance(name, str) else "; give one name"
            raise ConfigError(f"no {key} '{name}'; there are: {', '.join(there[key])}{hint}")


def without_policy(overrides: Sequence[str]) -> list[str]:
    """The words of the baseline beside a run: all but `scenario` and `policy.*`."""
    parsed = _checked_keys(overrides)
    return [
        word
        for word, override in zip(overrides, parsed, strict=True)
        if override.key_or_group != "scenario" and not _is_policy(override)
    ]


def scenarios() -> Mapping[str, Mapping[str, Any]]:
    """Title, about and policy of every scenario, as written."""
    return {name: read_scenario(path) for name, path in scenario_files().items()}
