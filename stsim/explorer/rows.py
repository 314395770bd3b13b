"""The levers as the page draws them: a slider each, with mark, value, unit and sources."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from math import floor, log10
from typing import Any

from stsim import levers
from stsim.config import Config, ConfigError
from stsim.explorer.policies import Policy
from stsim.explorer.words import LANGUAGES, payer, unit_of, word
from stsim.given import TODAY
from stsim.quantities import short

#: Steps of a slider from end to end, about.
STEPS = 100


def step(lever: levers.Lever) -> float:
    """The step of a slider: 1, 2 or 5 times a power of ten, a year for years."""
    if lever.unit == "years":
        return 1.0
    wanted = (lever.high - lever.low) / STEPS
    power = floor(log10(wanted) + 1e-9)
    first = max(k for k in (1, 2, 5) if k <= wanted / 10.0**power + 1e-9)
    return float(f"{first}e{power}")


def number(value: float) -> str:
    """A lever's value as people read it, without its unit."""
    return f"{round(value, 4):,.12g}"


def last_value(value: Any) -> float:
    """Where the slider of a policy value stands: the last value of a map by year."""
    return float(value[max(value)] if isinstance(value, Mapping) else value)


def said(value: Any) -> str:
    """A policy value in a few words: a number, or years and numbers."""
    if isinstance(value, Mapping):
        return ", ".join(f"{year}: {number(value[year])}" for year in sorted(value))
    return number(float(value))


def said_by_year(value: Any) -> str:
    """A map by year as it is typed, `2027: 9000, 2030: 12000`; nothing for a number."""
    if not isinstance(value, Mapping):
        return ""
    return ", ".join(f"{year}: {round(value[year], 6):.12g}" for year in sorted(value))


def by_year(text: str, name: str) -> dict[int, float]:
    """The values by year that were typed for a lever. Raises ConfigError with one clear line.

    Whether the lever allows them is for the Config to say. Signs may be as wide as Japanese ones.
    """
    plain = unicodedata.normalize("NFKC", text).replace("、", ",").strip().strip("{}")
    found: dict[int, float] = {}
    for part in filter(None, (part.strip() for part in plain.split(","))):
        match = re.fullmatch(
            r"([0-9]{4})\s*:\s*([+-]?[0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)", part, re.I
        )
        if match is None:
            raise ConfigError(
                f"policy.{name}: {short(part)} is not year: number (no comma inside a number); "
                "give years like 2027: 9000, 2030: 12000"
            )
        year = int(match[1])
        if year in found:
            raise ConfigError(f"policy.{name}: the year {year} is there twice; give it once")
        found[year] = float(match[2])
    return found


def rows(law: Config, policy: Policy, language: str) -> list[dict[str, Any]]:
    """Groups of sliders as the page draws them, each lever with mark, value, unit and sources."""
    return [
        {
            "title": titles[LANGUAGES.index(language)],
            "levers": [_row(name, law, policy, language) for name in names],
        }
        for *titles, names in levers.GROUPS
    ]


def label_of(name: str, language: str) -> str:
    """The label of a lever without the marks of code, which a page does not know."""
    label = levers.about(name).label_ja if language == "ja" else levers.label(name)
    return label.replace("`", "")


def _row(name: str, law: Config, policy: Policy, language: str) -> dict[str, Any]:
    about, line = levers.about(name), law.lever(name)
    today, start = line.at(TODAY), line.at(law.policy_start)
    value = policy.get(name)
    label = label_of(name, language)
    marks = [word("today", language, number(today))]
    if start != today:
        marks.append(word("will_be", language, f"{law.policy_start}: {number(start)}"))
    return {
        "name": name,
        "label": label,
        "unit": unit_of(about.unit, language),
        "low": about.low,
        "high": about.high,
        "step": step(about),
        "law": start,
        "today": today,
        "value": start if value is None else last_value(value),
        "moved": value is not None,
        "marks": " · ".join(marks),
        "years": said_by_year(value),
        "by_year": word("by_year", language),
        "example": word("by_year_example", language, law.policy_start, law.policy_start + 3),
        "tooltip": _tooltip(name, law, label, language),
        "exact": word("exact", language),
        "to_law": word("to_law", language),
    }


def _tooltip(name: str, law: Config, label: str, language: str) -> str:
    about, place = levers.about(name), LANGUAGES.index(language)
    lines = [
        label,
        f"{word('key', language)}: policy.{name}",
        f"{word('unit', language)}: {unit_of(about.unit, language)}",
        f"{word('range', language)}: {number(about.low)} … {number(about.high)}",
        f"{word('source', language)}: {law.law[name].source}",
    ]
    if about.yen_each is not None:
        each = word("price_each", language, about.yen_each, payer(about.payer, language))
        lines.append(f"{word('price', language)}: {each}")
    evidence = levers.EVIDENCE[about.evidence][place]
    lines.append(f"{word('evidence', language)}: {evidence} ({about.evidence_note})")
    return "\n".join(lines)
