"""Mutation testing: small changes to the code that some test should notice.

`python tests/mutants.py [N [SEED]]` changes N sampled places of the modules below, one at a time,
runs the quick tests that serve the module until one fails, and keeps who survived. `again` tries
those again that nobody has judged, `add MODULE N` tries N of one module and keeps what is known of
the others, `page` writes docs/mutants.md from tests/mutants.json, in which
survivors are judged by hand. Each mutant is a fork of a process that has imported everything but
stsim.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE, JUDGED = ROOT / "docs" / "mutants.md", Path(__file__).with_suffix(".json")
WARM = "numpy", "xarray", "pandas", "pydantic", "hydra", "scipy.stats", "simpy", "h5netcdf", "h5py"
NUMBER, SEED = 310, 2026

SMALL = ["closed_forms.py", "market.py", "rates.py", "seasons.py"]
GOLDEN = ["project.py::test_golden_headline_numbers[reserved_for_young]", "properties.py"]
ENGINES = ["closed_forms.py", "seasons.py", "individuals.py", "luck.py", "properties.py"]
CAREERS = [*ENGINES, "careers.py"]
RESULTS = "closed_forms", "results", "dataset", "fuzz", "cli", "sweep", "draws", "audit"
#: Which tests serve a module, those first that are fast and sharp; and the weight in the sample.
SERVED_BY: dict[str, tuple[list[str], float]] = {
    "rates": ([*SMALL, *GOLDEN, "individuals.py"], 1.0),
    "engines.market": (SMALL, 1.0),
    "engines.stockflow": ([*SMALL, *GOLDEN, "dataset.py"], 1.0),
    "engines.cells": ([*SMALL, *GOLDEN, "individuals.py"], 1.0),
    "engines.race": (ENGINES, 1.0),
    "engines.individuals": (CAREERS, 1.0),
    "engines.chances": (CAREERS, 0.7),
    "engines.arrivals": (ENGINES, 0.7),
    "engines.contest": (ENGINES, 0.7),
    "engines.sieve": (ENGINES, 0.7),
    "engines.people": (CAREERS, 0.7),
    "results": ([f"{name}.py" for name in RESULTS], 1.0),
    "measures": (["measures.py"], 1.0),
}
#: What is left out as slow; and of the files with few tests of results, those tests.
QUICK = (
    "not every_pair and not damped_trend and not first_years_intake and not shrinks_with and not "
    "any_policy and not few_coarse_runs and not command_line and not both_engines_stand and not "
    "begin_to_differ and not two_groups_are_hired and not does_not_remember"
)
OF_RESULTS = {
    "fuzz.py": "results_file or in_the_place_of or hidden_folders",
    "cli.py": "one_folder or run_again or tampered or dies_while or keeps_its or not_a_result",
    "sweep.py": "values_are_read or missing_or_cut or one_lacks or listed_and_is_nan",
    "draws.py": "each_draw_is or ranges_are or other_draws_are or placebo",
    "audit.py": "run_ids",
}
A = ast
SWAPS: dict[type, type] = {
    A.Lt: A.LtE, A.LtE: A.Lt, A.Gt: A.GtE, A.GtE: A.Gt, A.Eq: A.NotEq, A.NotEq: A.Eq, A.Is: A.IsNot,
    A.IsNot: A.Is, A.In: A.NotIn, A.NotIn: A.In, A.Add: A.Sub, A.Sub: A.Add, A.Mult: A.Div,
    A.Div: A.Mult, A.Mod: A.Mult, A.FloorDiv: A.Mult, A.BitAnd: A.BitOr, A.BitOr: A.BitAnd,
    A.MatMult: A.Sub, A.LShift: A.RShift, A.RShift: A.LShift, A.And: A.Or, A.Or: A.And,
}  # fmt: skip
REVERSED: dict[type, type] = {A.Lt: A.GtE, A.LtE: A.Gt, A.Gt: A.LtE, A.GtE: A.Lt}
NAMES = {
    "minimum": "maximum", "maximum": "minimum", "min": "max", "max": "min", "all": "any",
    "any": "all", "zeros": "ones", "ones": "zeros", "log1p": "expm1", "expm1": "log1p",
    "floor": "ceil", "flatnonzero": "ravel", "append": "remove", "cumsum": "sorted",
}  # fmt: skip
Change = Callable[[], None]
Mutant = tuple[str, int, int, str]  # module, place of the node, of the change, what it is


def changes(n: Any) -> Iterator[tuple[str, Change]]:
    """The changes of one node: what each is called, and what makes it in place."""

    def put(name: str, value: Any) -> Change:
        return lambda: setattr(n, name, value)

    if isinstance(n, ast.Compare):
        for swap in (SWAPS, REVERSED):
            if new := swap.get(type(n.ops[0])):
                yield f"→ {new.__name__}", put("ops", [new(), *n.ops[1:]])
    elif isinstance(n, ast.BinOp | ast.AugAssign | ast.BoolOp):
        if new := SWAPS.get(type(n.op)):
            yield f"→ {new.__name__}", put("op", new())
    elif isinstance(n, ast.UnaryOp) and isinstance(n.op, ast.Not | ast.USub | ast.Invert):
        yield "sign or not left out", put("op", ast.UAdd())
    elif isinstance(n, ast.IfExp | ast.If | ast.While):
        yield "condition negated", put("test", ast.UnaryOp(ast.Not(), n.test))
    elif isinstance(n, ast.Constant) and isinstance(n.value, bool):
        yield f"→ {not n.value}", put("value", not n.value)
    elif isinstance(n, ast.Constant) and isinstance(n.value, int | float):
        whole = isinstance(n.value, int)
        for value in (n.value + 1, n.value - 1) if whole else (n.value * 2 + 0.1, n.value / 2):
            if value == n.value:
                continue
            yield f"→ {value}", put("value", value)
    elif isinstance(n, ast.Name | ast.Attribute):
        key = "id" if isinstance(n, ast.Name) else "attr"
        if name := NAMES.get(getattr(n, key)):
            yield f"→ {name}", put(key, name)
    elif isinstance(n, ast.Return) and n.value is not None:
        yield "→ return None", put("value", ast.Constant(None))
    if isinstance(n, ast.FunctionDef | ast.For | ast.If | ast.With):
        for k, line in enumerate(n.body):
            # what binds a name is not dropped: its absence would be noticed by anybody
            binds = isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
            said_only = isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
            dropped = ast.Expr | ast.AugAssign | ast.Assign | ast.Raise | ast.Continue
            if isinstance(line, dropped) and not binds and not said_only:
                yield (
                    f"dropped: {said(line)}",
                    put("body", [*n.body[:k], A.Pass(), *n.body[k + 1 :]]),
                )


def said(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def sites(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Nodes that may be changed, with the function they stand in; not types and messages."""

    def walk(node: ast.AST, where: str) -> Iterator[tuple[ast.AST, str]]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            where = f"{where}.{node.name}" if where else node.name
        yield node, where
        typed = isinstance(node, ast.If) and said(node.test) == "TYPE_CHECKING"
        if typed or isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr | ast.Import):
            return
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "args", "decorator_list") and not isinstance(
                node, ast.Call
            ):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from walk(child, where)

    yield from walk(tree, "")


def source(module: str) -> Path:
    return ROOT / "stsim" / (module.replace(".", "/") + ".py")


def mutants(module: str) -> list[Mutant]:
    """All mutants of a module."""
    text = source(module).read_text(encoding="utf-8")
    lines, found = text.splitlines(), dict[str, Mutant]()
    for k, (node, where) in enumerate(sites(ast.parse(text))):
        for j, (what, _) in enumerate(changes(node)):
            if module == "results" and "Mult" in what and where != "check_ledger":
                continue  # a path over a path
            line = lines[getattr(node, "lineno", 1) - 1].strip()
            whole = what if what.startswith("dropped") else f"`{said(node)}` {what} in `{line}`"
            key = f"{module}.py {where}: {whole}"
            while key in found:
                key += " (next)"
            found[key] = module, k, j, key
    return list(found.values())


def changed(mutant: Mutant) -> ast.Module:
    module, k, j, _ = mutant
    tree = ast.parse(source(module).read_text(encoding="utf-8"))
    node = next(node for i, (node, _) in enumerate(sites(tree)) if i == k)
    list(changes(node))[j][1]()
    return ast.fix_missing_locations(tree)


def child(module: str, tree: ast.Module | None, told: int) -> int:
    """Run the tests of a module in this process with the changed code; write what failed."""
    import pytest
    from hypothesis import Phase, settings

    as_it_is = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> Any:
        if tree is not None and fullname == f"stsim.{module}":
            return compile(tree, str(source(module)), "exec")
        return as_it_is(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[assignment]
    phases = [Phase.explicit, Phase.generate]  # the smallest example is of no use here
    settings.register_profile("mutants", database=None, derandomize=True, phases=phases)
    settings.load_profile("mutants")

    class Told:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                os.write(told, report.nodeid.split("/")[-1].encode())

    words = ["-q", "-x", "--tb=no", "--assert=plain", "-o", "addopts="]
    words += ["-p", "no:cacheprovider", "-p", "no:xdist"]
    for name in SERVED_BY[module][0]:  # one by one: a file is imported when it is needed
        which = OF_RESULTS.get(name, QUICK)
        quick = ["-m", "not slow and not browser", "-k", which, f"{ROOT}/tests/test_{name}"]
        if code := pytest.main([*words, *quick], [Told()]):
            return int(code)
    return 0


def tried(module: str, tree: ast.Module | None, limit: float) -> tuple[bool, str, float]:
    """Whether the tests notice, the first that does, and the seconds it took."""
    since = time.monotonic()
    out, into = os.pipe()
    pid = os.fork()
    if not pid:
        code = 70
        try:
            os.setsid()
            os.close(out)
            for stream in (0, 1, 2):
                os.dup2(os.open(os.devnull, os.O_RDWR), stream)
            code = child(module, tree, into)
        finally:
            os._exit(code)
    os.close(into)
    by, late = b"", False
    while not late:
        left = max(since + limit - time.monotonic(), 0)
        late = not select.select([out], [], [], left)[0]
        if not late:
            if not (more := os.read(out, 4096)):
                break
            by += more
    os.close(out)
    if late:
        os.killpg(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    name = "too slow" if late else by.decode() or ("" if code == 0 else f"exit {code}")
    return code != 0, name, time.monotonic() - since


def sample(number: int, seed: int) -> list[Mutant]:
    """A part of every module by its weight and the root of its size, in a random order."""
    rng = random.Random(seed)
    every = {module: mutants(module) for module in SERVED_BY}
    sizes = {m: weight * len(every[m]) ** 0.5 for m, (_, weight) in SERVED_BY.items()}
    parts = {m: round(number * size / sum(sizes.values())) for m, size in sizes.items()}
    found = [x for m, part in parts.items() for x in rng.sample(every[m], min(len(every[m]), part))]
    rng.shuffle(found)
    return found


def run(chosen: list[Mutant]) -> tuple[dict[str, str], float]:
    """The test that notices each mutant, or nothing; and the seconds each took on average."""
    for name in WARM:
        importlib.import_module(name)
    limit, found, spent = {}, {}, 0.0
    for k, mutant in enumerate(chosen, 1):
        module, _, _, key = mutant
        if module not in limit:
            noticed, by, seconds = tried(module, None, 600)
            if noticed:
                raise SystemExit(f"{module} fails as it is: {by}")
            limit[module] = 3 * seconds + 10
        noticed, found[key], seconds = tried(module, changed(mutant), limit[module])
        spent += seconds
        mark = "killed" if noticed else "SURVIVED"
        print(f"{k}/{len(chosen)} {seconds:.1f} s {mark} {key} [{found[key]}]", flush=True)
    return found, spent / max(len(chosen), 1)


def of(module: str, keys: Any) -> list[str]:
    return [key for key in keys if key.startswith(f"{module}.py ")]


def page(found: dict[str, Any]) -> str:
    """The page of what has been found and judged."""
    alive, since = found["survivors"], found["killed_since"]
    rows = [
        (f"`{module.replace('.', '/')}.py`", number, first, number - len(of(module, alive)))
        for module, (number, first) in found["modules"].items()
    ]
    sums = [sum(row[k] for row in rows) for k in (1, 2, 3)]  # type: ignore[misc]
    text = f"""# Mutation testing

Are the tests sharp? {sums[0]} small changes (a comparison or an operation swapped, a constant one
more or less, a statement dropped, a condition negated), sampled with seed {found["seed"]}, were
made one at a time in the modules that make the numbers, and the quick tests of each module run
until one failed. `python tests/mutants.py` does so, outside CI ({found["seconds"]:.0f} s a mutant);
`python tests/mutants.py again` tries those that nobody has judged.

| module | mutants | killed at first | killed now |
| --- | ---: | ---: | ---: |
"""
    shares = [f"{n} ({n / sums[0]:.0%})" for n in sums]
    text += "".join(f"| {' | '.join(map(str, row))} |\n" for row in [*rows, ("all", *shares)])
    lists = {"Survivors, and why": alive, "Killed since, and by what": since}
    for title, listed in lists.items():
        text += f"\n## {title}\n\n| function: change | |\n| --- | --- |\n"
        for key, why in listed.items():
            bars = key.replace("|", "\\|")
            text += f"| {bars} | {why} |\n"
    return text


if __name__ == "__main__":
    words = sys.argv[1:]
    known = json.loads(JUDGED.read_text(encoding="utf-8")) if JUDGED.exists() else {}
    alive = known.get("survivors", {})
    if words == ["again"]:
        by, _ = run([x for module in SERVED_BY for x in mutants(module) if alive.get(x[3]) == ""])
        known["killed_since"] |= {key: test for key, test in by.items() if test}
        known["survivors"] = {key: why for key, why in alive.items() if not by.get(key)}
    elif words[:1] == ["add"]:
        module, number = words[1], int(words[2])
        by, _ = run(random.Random(SEED).sample(mutants(module), number))
        lived = {key: alive.get(key, "") for key, test in by.items() if not test}
        known["modules"][module] = [len(by), len(by) - len(lived)]
        known["survivors"] = {k: v for k, v in alive.items() if k not in of(module, alive)} | lived
    elif words != ["page"]:
        number, seed = (*map(int, words), *(NUMBER, SEED)[len(words) :])
        by, seconds = run(sample(number, seed))
        survivors = {key: alive.get(key, "") for key, test in by.items() if not test}
        modules = {
            module: [len(keys := of(module, by)), len(keys) - len(of(module, survivors))]
            for module in SERVED_BY
        }
        known = {"seed": seed, "seconds": seconds, "modules": modules}
        known |= {"survivors": survivors, "killed_since": {}}
    JUDGED.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(known), encoding="utf-8")
