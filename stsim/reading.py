"""Read the project's YAML strictly: plain keys and values, and one clear line for every fault."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from stsim import files
from stsim.config import ConfigError

#: More than any file of ours needs; a few lines of nested aliases can stand for billions of values.
MOST_VALUES, DEEPEST = 20_000, 12
#: Whole numbers beyond this fit neither a results file nor a floating-point number exactly.
LARGEST = 2**63 - 1


class _Plain(yaml.SafeLoader):
    """Safe YAML without tags and dates, in which a key is a word or number and stands once."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse a value with a tag before it is read."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"tags like {event.tag} are not read", event.start_mark
            )
        return super().compose_node(parent, index)


def _mapping(loader: _Plain, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(
                None, None, "a key must be a word or a number", key_node.start_mark
            )
        key = loader.construct_object(key_node)
        if key in found:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands twice", key_node.start_mark
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Plain.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
#: YAML 1.1 takes 1:30 for ninety, 010 for eight and 1e3 for text; people and the command line do
#: not. Dates stay text.
_NUMBERS = {
    "tag:yaml.org,2002:int": r"[-+]?(0|[1-9][0-9_]*)$",
    "tag:yaml.org,2002:float": (
        r"[-+]?([0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$"
        r"|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$"
    ),
}
_Plain.yaml_implicit_resolvers = {
    first: [
        (tag, form)
        for tag, form in resolvers
        if tag != "tag:yaml.org,2002:timestamp" and tag not in _NUMBERS
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _form in _NUMBERS.items():
    _Plain.add_implicit_resolver(_tag, re.compile(_form), list("-+.0123456789"))


def read_yaml(path: Path, what: str = "") -> dict[Any, Any]:
    """Read a YAML file of keys and values; ConfigError with the file and the fault otherwise.

    `what` says what the file is for (`scenario file`), for the error line.
    """
    name = f"{what} {path.name}".strip()
    try:
        text = files.read_text(path)
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name} is not UTF-8 text; save it as UTF-8") from None
    except ValueError as error:
        raise ConfigError(f"{name} cannot be read: {error}") from None
    return deepcopy(_parsed(text, name))


@lru_cache(maxsize=64)
def _parsed(text: str, name: str) -> dict[Any, Any]:
    """The keys and values of a text."""
    try:
        found = yaml.load(text, _Plain)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{name}{line}: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ConfigError(f"{name} is nested too deeply") from None
    except ValueError:  # the one value left that Python cannot read
        raise ConfigError(f"{name} holds a whole number with thousands of digits") from None
    if not isinstance(found, dict):
        kind = "nothing" if found is None else f"a {type(found).__name__}"
        raise ConfigError(f"{name}: keys and values expected, found {kind}")
    _bounded(found, name)
    return found


def _bounded(found: dict[Any, Any], name: str) -> None:
    """Refuse a file that is far larger, once its aliases are written out, than any of ours."""
    left: list[tuple[Any, int]] = [(found, 0)]
    count = 0
    while left:
        value, depth = left.pop()
        count += 1
        if count > MOST_VALUES or depth > DEEPEST:
            raise ConfigError(
                f"{name} has more than {MOST_VALUES:,} values or {DEEPEST} levels; "
                "write a few keys and values"
            )
        if isinstance(value, dict):
            left += ((part, depth + 1) for pair in value.items() for part in pair)
        elif isinstance(value, list):
            left += ((part, depth + 1) for part in value)
        elif isinstance(value, int) and abs(value) > LARGEST:
            raise ConfigError(f"{name} holds a whole number beyond {LARGEST:,}")
