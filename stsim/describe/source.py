"""The source code behind the rules, read from the functions themselves so it cannot drift."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

from stsim import rulebook
from stsim.describe.markdown import code, doc, folded
from stsim.vocabulary import Rule, Rulebook


def unwrapped(function: Callable[..., Any]) -> FunctionType:
    """The function itself where only some of its arguments were filled in."""
    while isinstance(function, partial):
        function = function.func
    assert isinstance(function, FunctionType)
    return function


def module_of(rule: Rule) -> ModuleType:
    """The chapter of the rulebook a rule stands in."""
    return sys.modules[unwrapped(rule.function).__module__]


def called(function: Callable[..., Any]) -> str:
    """How a function is written where it is handed over, such as `weight_for("firm", ...)`."""
    name = unwrapped(function).__name__
    if isinstance(function, partial):
        return f"{name}({', '.join(map(repr, function.args))}, m)"
    return f"{name}(m)"


def helpers(book: Rulebook) -> tuple[FunctionType, ...]:
    """The functions of the rulebook that rules call, in the order of its chapters."""
    rules = {unwrapped(rule.function) for rule in book.rules}
    waiting = [*rules, *(unwrapped(rule.weight) for rule in book.rules if rule.weight)]
    waiting += [unwrapped(season.applicants) for season in book.seasons]
    found: set[FunctionType] = set()
    while waiting:
        function = waiting.pop()
        if function not in found:
            found.add(function)
            waiting += calls(function)
    chapters = list(dict.fromkeys(module_of(rule).__name__ for rule in book.rules))

    def place(function: FunctionType) -> tuple[int, str, int]:
        module = function.__module__
        known = chapters.index(module) if module in chapters else len(chapters)
        return known, module, function.__code__.co_firstlineno

    return tuple(sorted(found - rules, key=place))


def calls(function: FunctionType) -> Iterator[FunctionType]:
    """The functions of the rulebook that a function names."""
    for name in _names(function.__code__):
        value = function.__globals__.get(name)
        if isinstance(value, FunctionType) and value.__module__.startswith(rulebook.__name__):
            yield value


def _names(body: CodeType) -> Iterator[str]:
    """The names a function uses, those in its inner functions and lambdas too."""
    yield from body.co_names
    for inner in body.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def folded_source(function: Callable[..., Any]) -> str:
    """The source code of a rule or helper, folded."""
    return folded("source code", code(inspect.getsource(unwrapped(function))))


def helper_section(book: Rulebook) -> str:
    """Functions that several rules share: what each gives, and its code."""
    parts = []
    for function in helpers(book):
        parts += [f'<a id="helper-{function.__name__}"></a>\n**`{function.__name__}`** '
                  f"{doc(function)}", folded_source(function)]  # fmt: skip
    return "\n\n".join(parts)
