"""Effects and costs as people read them: tables for a terminal."""

from __future__ import annotations

from stsim.attribution import PAIRS, Attribution
from stsim.config import Config
from stsim.effects.side_by_side import AIMED, BASELINE, PART, SHOWN, Effects, Spread
from stsim.measures import Indicator
from stsim.tables import new_table, shown, wide_console
from stsim.words import word

#: The year of a table of effects, or the last one before it that a run knows.
YEAR = 2035


def year_of(config: Config) -> int:
    """The year whose effects are shown."""
    return min(YEAR, config.years.last - 1)


def label(indicator: Indicator, language: str) -> str:
    """The name of an indicator in a language."""
    return indicator.label_ja if language == "ja" else indicator.label


def print_attribution(found: Attribution, config: Config, seconds: float) -> None:
    """What every lever adds to each headline indicator in one year, and the package below."""
    language, year = config.language, year_of(config)
    at = found.years.index(year)
    heads = (label(indicator, language) for indicator in found.indicators)
    table = new_table(word("lever_adds", language).format(year), *heads)
    table.columns[0].no_wrap = True
    for n, name in enumerate(found.levers):
        cells = []
        for k, indicator in enumerate(found.indicators):
            cell = shown(float(found.values[n, k, at]), indicator.unit, signed=True)
            error = shown(float(found.error[n, k, at]), indicator.unit, bare=True)
            if error != shown(0.0, indicator.unit, bare=True):  # else it is below the last digit
                cell += f"\n± {error}"
            cells.append(cell)
        table.add_row(name, *cells)
    whole = (
        shown(float(found.package[k, at]), indicator.unit, signed=True)
        for k, indicator in enumerate(found.indicators)
    )
    table.add_row(word("package", language), *whole, style="bold")
    console = wide_console()
    console.print(getattr(config.title, language), style="bold", markup=False)
    console.print(table)
    key = "attributed_all" if found.exact else "attributed_drawn"
    console.print(
        word("attributed", language), word(key, language).format(found.runs, seconds, PAIRS)
    )


def spread(found: Spread, unit: str, signed: bool = False) -> str:
    """A median and its range in one cell; one number where they print alike."""
    middle = shown(found.middle, unit, signed)
    low, high = (shown(end, unit, signed, bare=True) for end in (found.low, found.high))
    return middle if low == high else f"{middle} ({low} … {high})"


def print_comparison(found: Effects, year: int, seconds: float) -> None:
    """Policies side by side: changes of the indicators, costs, and what one more of each costs."""
    baseline = found.configs[BASELINE]
    language, policies = baseline.language, found.policies
    table = new_table(word("indicator", language), word("baseline", language), *policies)
    for indicator in SHOWN:
        base = Spread.of(found.level(indicator.name, year), PART)
        cells = [
            spread(Spread.of(found.change(name, indicator.name, year), PART), indicator.unit, True)
            for name in policies
        ]
        table.add_row(label(indicator, language), shown(base.middle, indicator.unit), *cells)
    for k, key in enumerate(("annual_cost", "committed_cost")):
        amounts = (shown(found.cost(name, year)[k], "yen", signed=True) for name in policies)
        table.add_row(word(key, language), "", *amounts)
    each = new_table(word("indicator", language), *policies)
    for indicator in AIMED:
        of_policies = (found.per_unit(name, indicator, year, PART) for name in policies)
        cells = ["–" if one is None else _millions(one, language) for one in of_policies]
        each.add_row(label(indicator, language), *cells)
    console = wide_console()
    for name in policies:
        config = found.configs[name]
        levers = ", ".join(
            f"{lever} {config.lever(lever).at(year):,.6g}" for lever in config.policy
        )
        console.print(f"{name}: {levers}", markup=False)
    draws = max(len(found.level(indicator.name, year)) for indicator in SHOWN)
    heading = word("compared", language).format(year, round(100 * PART), draws, seconds)
    console.print(heading, table, word("per_unit", language), each, sep="\n")


def _millions(found: Spread, language: str) -> str:
    """Yen in millions, with the range."""
    amounts = (found.middle, found.low, found.high)
    middle, low, high = (f"{float(f'{yen / 1e6:.3g}'):,.12g}" for yen in amounts)
    return f"{middle} ({low} … {high}) {word('million', language)}"
