"""The map of the code: one line for each module from its docstring, in the order of the layers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from stsim import paths

CHECKOUT = paths.PACKAGE.parent
#: Where the order of imports is written down, and kept by a test.
LAYERS_FILE = CHECKOUT / "tests" / "test_project.py"


def layers() -> tuple[str, ...]:
    """The modules in the order in which they may import each other, earlier ones only."""
    for node in ast.parse(LAYERS_FILE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LAYERS":
            return tuple(ast.literal_eval(node.value))
    raise ValueError(f"{LAYERS_FILE.name} has no LAYERS")


def said(path: Path) -> str:
    """The first line of a module's docstring; nothing where it has none."""
    found = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return found.split("\n")[0]


def package() -> str:
    """Every module of the package, grouped where neighbours lie in one folder."""
    parts = []
    for folder, several in groupby(layers(), key=_folder):
        heading = f"**`stsim/{folder}/`** {said(paths.PACKAGE / folder / '__init__.py')}"
        parts.append(heading if folder else "**`stsim/`**")
        parts.append("\n".join(_line(name) for name in several if name != folder))
    return "\n\n".join(parts)


def _folder(layer: str) -> str:
    """The folder a module lies in; a package named as a layer of its own lies in itself."""
    head, dot, _ = layer.partition(".")
    return head if dot or (paths.PACKAGE / head).is_dir() else ""


def _line(layer: str) -> str:
    path = paths.PACKAGE / f"{layer.replace('.', '/')}.py"
    return f"- `{path.name}` {said(path)}"


def entries() -> str:
    """The modules that are run: `python -m ...`."""
    return "\n".join(_entries())


def _entries() -> Iterator[str]:
    for path in sorted(paths.PACKAGE.rglob("__main__.py")):
        module = ".".join(path.parent.relative_to(CHECKOUT).parts)
        yield f"- `python -m {module}` {said(path)}"


def others(folder: str) -> str:
    """The Python files of a folder beside the package."""
    return "\n".join(f"- `{p.name}` {said(p)}" for p in sorted((CHECKOUT / folder).glob("*.py")))


def parts() -> dict[str, str]:
    """What docs/map.md asks for."""
    return {
        "map_package": package(),
        "map_entries": entries(),
        "map_tests": others("tests"),
        "map_benchmarks": others("benchmarks"),
    }
