"""What job=seek has found, printed and written: answer, range, front, and where it fails."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from stsim import levers, measures, provenance, results
from stsim.explore.targets import Goal, Question, Sought
from stsim.tables import new_table, shown, wide_console
from stsim.vocabulary import Array
from stsim.words import word


def print_sought(found: Sought, language: str, seconds: float) -> None:
    """The answer with its range over the draws, the front, and in which futures it fails."""
    out = wide_console()
    for line in sentences(found, language):
        out.print(line, markup=False)
    for rows in (of_levers(found, language), of_front(found, language)):
        table = new_table(*rows[0])
        for row in rows[1:]:
            table.add_row(*row)
        out.print(table)
    out.print(word("sought_took", language).format(seconds))


def _named(goal: Goal, language: str) -> str:
    about = measures.about(goal.indicator)
    return f"{about.label_ja if language == 'ja' else about.label}, {goal.year}"


def _shown(goal: Goal, value: float) -> str:
    return shown(value, measures.about(goal.indicator).unit)


def _ends(values: Array) -> tuple[float, float]:
    """The middle 80 % of the draws."""
    low, high = np.quantile(values, [0.1, 0.9])
    return float(low), float(high)


def of_levers(found: Sought, language: str) -> list[list[str]]:
    """Heads, then the setting of every lever, cost and what is reached, with ranges over draws."""
    asked = found.question
    heads = ("lever", "sought_setting", "sought_range", "sought_interval")
    rows = [[word(key, language) for key in heads]]
    by_draw = np.array([one.setting for one in found.by_draw])
    for k, key in enumerate(asked.levers):
        name = key.removeprefix("policy.")
        low, high = _ends(by_draw[:, k])
        label = levers.about(name).label_ja if language == "ja" else levers.label(name)
        most = float(asked.high[k])
        numbers = (found.answer.setting[k], low, high, asked.low[k], most)
        at, low_at, high_at, least, top = (_plain(float(number), most) for number in numbers)
        rows.append([label, at, f"{low_at} – {high_at}", f"{least} – {top}"])
    low, high = _ends(np.array([one.cost for one in found.by_draw]))
    between = f"{shown(low, 'yen')} – {shown(high, 'yen')}"
    rows.append([word("sought_cost", language), shown(found.answer.cost, "yen"), between, ""])
    for k, goal in enumerate(asked.goals):
        low, high = _ends(np.array([one.reached[k] for one in found.by_draw]))
        between = f"{_shown(goal, low)} – {_shown(goal, high)}"
        rows.append([_named(goal, language), _shown(goal, found.answer.reached[k]), between, ""])
    return rows


def _plain(value: float, most: float) -> str:
    """A setting as people read it: whole numbers where the lever goes beyond a hundred."""
    return f"{value:,.0f}" if most > 100 else f"{value:.3g}" if value > 1e-9 else "0"


def of_front(found: Sought, language: str) -> list[list[str]]:
    """Heads, then budgets with what the best setting within each reaches, and how surely."""
    asked = found.question
    titles = [_named(goal, language) for goal in asked.goals]
    heads = ("sought_budget", "sought_attained", "sought_regret")
    rows = [[word(heads[0], language), *titles, *(word(h, language) for h in heads[1:])]]
    order = [*range(1, len(found.front)), 0]  # the answer itself is the last of the front
    for (budget, one), k in zip(found.front, order, strict=True):
        reached = zip(asked.goals, one.reached, strict=True)
        rows.append(
            [
                shown(budget, "yen"),
                *(_shown(goal, value) for goal, value in reached),
                shown(float(found.attained[:, k].mean()), "share"),
                shown(float(found.regret[:, k].max()), "share"),
            ]
        )
    return rows


def sentences(found: Sought, language: str) -> list[str]:
    """What was asked, whether it can be reached, in how many futures, and where it fails."""
    asked = found.question
    said = [f"{_named(goal, language)} ≥ {_shown(goal, goal.at_least)}" for goal in asked.goals]
    if asked.config.seek.budget is not None:
        budget = shown(float(asked.config.seek.budget), "yen")
        said.append(word("within_budget", language).format(budget))
    met = sum(one.met for one in found.by_draw)
    key = "sought_met" if found.answer.met else "sought_not_met"
    said.append(word(key, language).format(met, len(found.by_draw)))
    share = shown(float(found.attained[:, 0].mean()), "share")
    said.append(word("sought_futures", language).format(share, len(found.attained)))
    if found.fails is not None:
        box = found.fails
        limits = "; ".join(_limits(name, *ends, language) for name, ends in box.limits.items())
        density, coverage = shown(box.density, "share"), shown(box.coverage, "share")
        said.append(word("sought_fails", language).format(limits, density, coverage))
    return said


def _limits(name: str, low: float, high: float, language: str) -> str:
    """An unknown within limits; one that is so or not (`posts=…`, 1 or 0) as it is."""
    if "=" in name:
        return name if low > 0 else word("not_so", language).format(name)
    if low > -np.inf and high < np.inf:
        return f"{low:.4g} ≤ {name} ≤ {high:.4g}"
    return f"{name} ≤ {high:.4g}" if high < np.inf else f"{name} ≥ {low:.4g}"


def write_sought(found: Sought) -> Path:
    """Write the answers as CSV, and the first as a scenario that can be run; gives the folder."""
    asked, config = found.question, found.question.config
    about = {
        "job": "seek", "words": _words(asked),
        "levers": {
            key: [low, high]
            for key, low, high in zip(
                asked.levers, asked.low.tolist(), asked.high.tolist(), strict=True
            )
        },
    }  # fmt: skip

    def write(part: Path) -> None:
        (part / "answers.csv").write_text(_answers(found), encoding="utf-8-sig", newline="")
        results.write_yaml(part / "sought.yaml", _scenario(found))
        provenance.write(part, about)

    ids = [provenance.code_version(), repr(about), _answers(found)]
    return results.write_whole(config.results_dir, results.hashed("seek", ids), write)


def _words(asked: Question) -> list[str]:
    """The words that ask the question again."""
    own = [f"--config-dir={asked.words.config_dir}"] if asked.words.config_dir else []
    shared = provenance.words_that_count([one.text for one in asked.words.by_key.values()])
    spans = zip(asked.levers, asked.low.tolist(), asked.high.tolist(), strict=True)
    return [*own, *shared, *(f"{key}=interval({low},{high})" for key, low, high in spans)]


def _answers(found: Sought) -> str:
    """The answer, those of the draws and of the front, one a line."""
    asked = found.question
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    goals = [f"{goal.indicator}.{goal.year}" for goal in asked.goals]
    writer.writerow(["what", "draw", "budget_yen", *asked.levers, "cost_yen", *goals, "met"])
    rows = [("answer", "", "", found.answer)]
    rows += [("draw", str(k), "", one) for k, one in enumerate(found.by_draw, 1)]
    rows += [("front", "", f"{budget:.0f}", one) for budget, one in found.front]
    for what, draw, budget, one in rows:
        values = [repr(float(v)) for v in (*one.setting, one.cost, *one.reached)]
        writer.writerow([what, draw, budget, *values, "yes" if one.met else "no"])
    return out.getvalue()


def _scenario(found: Sought) -> dict[str, Any]:
    """The answer as a scenario file."""
    asked = found.question
    aims = {
        language: "; ".join(
            f"{_named(goal, language)} ≥ {_shown(goal, goal.at_least)}" for goal in asked.goals
        )
        for language in ("en", "ja")
    }
    policy = {
        key.removeprefix("policy."): float(f"{value:.6g}")
        for key, value in zip(asked.levers, found.answer.setting, strict=True)
    }
    named = {language: word("sought_title", language) for language in ("en", "ja")}
    return {"title": named, "about": aims, "policy": policy}
