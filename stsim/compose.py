"""From words on a command line to a Config: Hydra composes, pydantic decides.

`law < params < scenario < command line`: later ones win. A scenario file may only hold title,
about, policy and the scenarios it builds on, so it cannot change the seed, the data or the engine.
Scenarios and levers named on the command line do not go through Hydra, which would merge two maps
by year and read `${...}` in a title: they are laid over what it has composed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stsim import budget, levers, paths
from stsim.config import BUDGET, Config, ConfigError, Law, validated
from stsim.overrides import OF_AUDIT, Word, Words, is_policy, read_words
from stsim.params import Params
from stsim.quantities import nearest, short
from stsim.reading import read_yaml
from stsim.scenario_files import Scenario, policy_of, read_scenario, scenario_files


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
def _hydra(root: Mapping[Any, Any], files: Files) -> Iterator[None]:
    """Hydra on what the files of conf/ that are asked for hold, leaving no global state behind."""
    from hydra import initialize
    from hydra.core.config_store import ConfigStore
    from hydra.core.global_hydra import GlobalHydra

    store = ConfigStore.instance()
    for group, by_name in files.items():
        for name, found in by_name.items():
            store.store(name, found, group=group, package=group)
    defaults = ["_self_", *({group: min(by_name)} for group, by_name in files.items())]
    store.store("stsim", {"defaults": defaults, **root})
    before = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        with initialize(config_path=None, version_base="1.3"):
            yield
    finally:
        GlobalHydra.instance().hydra = before


#: What files of conf/ hold, by group and name.
Files = Mapping[str, Mapping[str, Mapping[Any, Any]]]
#: Compositions that are remembered, and the last of them, by everything they were made from.
REMEMBERED = 256
_remembered: dict[str, dict[str, Any]] = {}


def compose(words: Sequence[str] = ()) -> Config:
    """The Config these words stand for. Raises ConfigError with one clear line."""
    return compose_all([read_words(words)])[0]


def compose_all(several: Sequence[Words]) -> list[Config]:
    """Several Configs with one start of Hydra."""
    root, defaults = _root()
    chosen = [_chosen(words, defaults) for words in several]
    return [
        _config(mapping, one, words.by_key.values())
        for mapping, one, words in zip(
            _all_composed(root, several, chosen), chosen, several, strict=True
        )
    ]


def _all_composed(
    root: Mapping[Any, Any], several: Sequence[Words], chosen: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Law, parameters and plain keys as Hydra composes them; never twice from the same contents."""
    names = {group: sorted({str(one[group]) for one in chosen}) for group in ("law", "params")}
    files = {
        group: {name: _checked_file(group, _group(group)[name]) for name in found}
        for group, found in names.items()
    }
    keys = []
    for words, one in zip(several, chosen, strict=True):
        held = [files[group][one[group]] for group in files]
        texts = [(key, word.text) for key, word in words.by_key.items() if not is_policy(key)]
        keys.append(repr((root, held, texts)))
    made = {key: _remembered[key] for key in keys if key in _remembered}
    if len(made) < len(set(keys)):
        with _hydra(root, files):
            for key, words, one in zip(keys, several, chosen, strict=True):
                if key not in made:
                    made[key] = _composed(words, one)
    for key in made:
        _remembered[key] = made[key]
    while len(_remembered) > REMEMBERED:
        del _remembered[next(iter(_remembered))]
    return [made[key] for key in keys]


class Composer:
    """Makes the Config of many points, words that add to some words: Hydra composes once.

    What a point sets is laid over that and checked by pydantic alone.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        root, self._defaults = _root()
        self._choice = _chosen(words, self._defaults)
        (self._composed,) = _all_composed(root, [words], [self._choice])

    def config(self, point: Sequence[Word]) -> Config:
        """The Config of a point. Raises ConfigError with one clear line."""
        every, choice, mapping = self._words.also(point), self._choice, self._composed
        for word in point:
            if word.key == "scenario":
                choice = choice | {"scenario": _chosen(every, self._defaults)["scenario"]}
            elif not is_policy(word.key):
                mapping = _laid(mapping, word.key, word.value)
        return _config(mapping, choice, every.by_key.values())


def compose_points(words: Words, points: Sequence[Sequence[Word]]) -> list[Config | ConfigError]:
    """For each point, words that add to `words`, its Config or what is wrong with it."""
    composer = Composer(words)
    found: list[Config | ConfigError] = []
    for point in points:
        try:
            found.append(composer.config(point))
        except ConfigError as error:
            found.append(error)
    return found


def _laid(mapping: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The mapping with another value at a dotted key; a map over a map adds to it, as in Hydra."""
    first, _, rest = key.partition(".")
    if rest:
        value = _laid(mapping[first], rest, value)
    elif isinstance(value, dict) and isinstance(mapping[first], dict):
        value = {**mapping[first], **value}
    return {**mapping, first: value}


def _config(
    composed: Mapping[str, Any], choice: Mapping[str, Any], words: Iterable[Word]
) -> Config:
    """The scenario over what is composed, the levers of the command line over both; then a budget.

    The budget scales what they come to, so a scenario is checked before and after.
    """
    scenario: Scenario = choice["scenario"]
    policy = policy_of(scenario, choice["files"])
    policy |= {w.key.removeprefix("policy."): w.value for w in words if is_policy(w.key)}
    own = {
        "scenario": scenario.name, "title": scenario.title, "about": scenario.about,
        "parameter_set": choice["params"],
    }  # fmt: skip
    spent = policy.pop(BUDGET, None)
    found = validated({**composed, **own, "policy": policy}, Config)
    if spent is None:
        return found
    yen = budget.amount(spent)
    of_budget = {"policy": budget.scaled(found, yen), BUDGET: yen}
    return validated({**composed, **own, **of_budget}, Config)


def whole(dumped: Mapping[str, Any]) -> Config:
    """The Config that was written down with a run; keys that change no number as by default.

    Nothing is composed: law, parameters and policy are as they stand there. Raises ConfigError.
    """
    root, _ = _root()
    return validated({**root, **_with_years(dumped)}, Config)


def _with_years(value: Any) -> Any:
    """The same with keys that are years as numbers, which JSON has as text."""
    if not isinstance(value, Mapping):
        return value
    return {
        int(key) if isinstance(key, str) and key.isascii() and key.isdigit() else key:
        _with_years(part) for key, part in value.items()
    }  # fmt: skip


def _composed(words: Words, choice: Mapping[str, Any]) -> dict[str, Any]:
    """Law, parameters and plain keys as Hydra composes them."""
    from hydra import compose as hydra_compose
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    lines = [f"{group}={choice[group]}" for group in ("law", "params")]
    plain = {k: w for k, w in words.by_key.items() if k not in choice and not is_policy(k)}
    lines += [w.text for k, w in plain.items() if k not in (*OPEN_MAPS, *OF_AUDIT)]
    try:
        mapping = OmegaConf.to_container(hydra_compose("stsim", lines), resolve=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(" ".join(str(error).split())) from None
    assert isinstance(mapping, dict)
    found = {str(key): value for key, value in mapping.items()}
    for key in OPEN_MAPS:
        found = _laid(found, key, plain[key].value) if key in plain else found
    return found


#: Keys whose value is a map with keys of the user's own, to which Hydra adds nothing.
OPEN_MAPS = ("seek.targets",)


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
