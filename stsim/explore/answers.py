"""The page of answers: questions of conf/seek/ put to the model, each with its range."""

from __future__ import annotations

from collections.abc import Callable

from stsim import paths
from stsim.describe.long_pages import COMMANDS
from stsim.explore import targets
from stsim.explore.sought import of_front, of_levers, sentences
from stsim.hindcast.identification import rows_of
from stsim.reading import read_yaml

COMMAND = COMMANDS["answers.md"]


def questions() -> dict[str, str]:
    """The names and titles of the questions there are."""
    files = sorted((paths.CONF / "seek").glob("*.yaml"))
    return {path.stem: str(read_yaml(path, "seek file")["title"]["en"]) for path in files}


def page(workers: int, done: Callable[[int], None] = lambda number: None) -> str:
    """The text of docs/answers.md. `done` is told how many questions are answered."""
    text = [
        "# Which levers reach a target, and at what cost",
        f"Made by `{COMMAND}`: every question of conf/seek/, put to the stock engine with the "
        "fitted parameters and then with draws of them (middle 80 %). Costs are in yen of FY2024 "
        "a year beyond the law, in the dearest year until the goal. Only the levers named may "
        "move, each within the interval given: *cannot be reached* says that of them alone. A "
        "future is a draw of the parameters with a variant of posts; *regret* is how much of the "
        "goal a setting misses of what the best of the table reaches in the same future, at its "
        "largest. One question by itself: `python -m stsim job=seek seek.file=NAME`.",
    ]
    for number, (name, title) in enumerate(questions().items(), 1):
        found = targets.seek(targets.question([f"seek.file={name}", f"workers={workers}"]))
        text += [f"## {title}", f"`seek.file={name}`"]
        text.append("\n".join(f"- {line}" for line in sentences(found, "en")))
        text += [rows_of(of_levers(found, "en")), rows_of(of_front(found, "en"))]
        done(number)
    return "\n\n".join(text) + "\n"
