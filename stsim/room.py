"""How much memory a run takes, and whether there is as much: said before work begins."""

from __future__ import annotations

import resource
from pathlib import Path

from stsim.config import Config, ConfigError
from stsim.rulebook import JAPAN

#: Bytes of the program with the record, and of everybody one by one with what they do.
PROGRAM, EVERYBODY = 0.25e9, 0.35e9
#: A part that stays free for all others.
OTHERS = 0.05


def of_dataset(config: Config) -> float:
    """Bytes of the stocks and flows of what `dataset` gives for a Config."""
    years = config.years.last - config.years.first + 1
    cells = len(JAPAN.ages) * len(JAPAN.sexes) * len(JAPAN.fields)
    one = years * (len(JAPAN.stages) + len(JAPAN.pairs)) * cells * 8
    return (2 if config.engine == "both" else 1) * _runs(config) * float(one)


def _runs(config: Config) -> int:
    if config.replicates == "auto":
        return config.precision.most
    return int(config.replicates) * config.draws


def needed(config: Config) -> float:
    """Bytes that making the dataset takes: with several runs, each by itself and all together."""
    whole = of_dataset(config)
    apart = whole if _runs(config) > 1 else 0.0
    people = 0.0 if config.engine == "stocks" else EVERYBODY / config.persons_per_agent
    return PROGRAM + people + whole + apart


def free() -> float:
    """Bytes of memory that this process may still have."""
    found = [float("inf")]
    meminfo = _text("/proc/meminfo").splitlines()
    found += [1024.0 * int(line.split()[1]) for line in meminfo if line.startswith("MemAvailable")]
    most, now = (_text(f"/sys/fs/cgroup/memory.{name}").strip() for name in ("max", "current"))
    if most.isdigit() and now.isdigit():
        found.append(float(most) - float(now))
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        found.append(float(soft))
    return min(found) * (1 - OTHERS)


def _text(file: str) -> str:
    try:
        return Path(file).read_text()
    except OSError:  # another system
        return ""


def check(config: Config, at_once: int = 1) -> None:
    """Raise ConfigError where a run, or so many of them at once, takes more memory than is free."""
    wanted, there = needed(config) * at_once, free()
    if wanted <= there:
        return
    several = [
        f"{key}={value}"
        for key, value in (
            ("replicates", config.replicates), ("draws", config.draws), ("workers", at_once),
        )
        if value != 1
    ]  # fmt: skip
    lower = f"lower {' or '.join(several)}" if several else "give engine=stocks or fewer years"
    raise ConfigError(
        f"this takes about {wanted / 1e9:,.1f} GB of memory and {there / 1e9:,.1f} GB are free; "
        f"{lower}"
    )
