"""The tables the command line prints, and summary.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from stsim import band, costs, levers, observed, params, priors, targets
from stsim.config import FITTED
from stsim.given import TODAY
from stsim.words import word

if TYPE_CHECKING:
    import xarray as xr
    from rich.console import Console
    from rich.table import Table

    from stsim.calibrate.refit import Refit
    from stsim.config import Config
    from stsim.explore.sweep import Outcome, Sweep

SHOWN_YEARS = (2030, 2035, 2040)
#: Columns that the widest list needs, for output that is not printed on a terminal.
WIDE = 160


def shown(value: float, unit: str, signed: bool = False, bare: bool = False) -> str:
    """A number as people read it: shares in percent, yen in billions, persons whole.

    `bare` leaves out what follows the number, such as %.
    """
    if value != value:
        return "–"
    scale, digits, after = next(
        (form for start, form in FORMS.items() if unit.startswith(start)), (1.0, 0, "")
    )
    if unit == "share":
        after = " pp" if signed else " %"
    value = round(value * scale, digits) + 0.0  # no minus before a zero
    plus = "+" if signed and value else ""
    return f"{value:{plus},.{digits}f}{'' if bare else after}"


#: How numbers of a unit are printed: factor, decimals, what follows.
FORMS = {
    "share": (100.0, 1, ""),
    "yen": (1e-9, 1, " bn"),
    "years": (1.0, 2, ""),
    "persons per million": (1.0, 1, ""),
    "per ": (1.0, 1, ""),
    "contracts": (1.0, 2, ""),
}


def _by_year(values: xr.DataArray) -> dict[int, float]:
    """The one number to show for each year."""
    from stsim.measures import expected

    shown_values = expected(values)
    years = shown_values[shown_values.dims[-1]].values.tolist()
    return dict(zip(years, shown_values.values.tolist(), strict=True))


def _at(values: xr.DataArray, year: int) -> float:
    return _by_year(values).get(year, float("nan"))


def _target(
    name: str, last: xr.DataArray, by_draw: xr.DataArray | None, language: str
) -> list[str]:
    """Lines on the targets of an indicator: met or not, in which year first, in how many draws."""
    lines = []
    for found in targets.reached(name, last, by_draw):
        level = shown(found.target.value, str(last.attrs["units"]))
        line = f"{word('target', language)} {level} ({found.target.year})"
        if found.met is not None:
            line += f": {word('met' if found.met else 'missed', language)}"
            line += _of_draws(found.draws_in_year, found.draws, language)
        lines.append(line)
        first = found.first or word("never_met", language).format(found.last)
        line = word("first_met", language).format(first)
        by = found.last if found.first else None  # else the line has said it
        lines.append(line + _of_draws(found.draws_ever, found.draws, language, by))
    return lines


def _of_draws(met: int, draws: int, language: str, by: int | None = None) -> str:
    """How many draws meet a target, in its year or by the last one; no words without draws."""
    if not draws:
        return ""
    return " " + word("in_draws" if by is None else "by_draws", language).format(met, draws, by)


def new_table(*columns: str) -> Table:
    """A table with these heads, the first column to the left and the others to the right."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left", overflow="fold")
    return table


def wide_console() -> Console:
    """A console as wide as the terminal; wide enough for every table when output is piped."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    return console


def print_results(
    measures: Mapping[str, xr.Dataset],
    configs: Mapping[str, Config],
    seconds: float,
    by_draw: Mapping[str, xr.Dataset],
    bills: Mapping[str, xr.Dataset],
) -> None:
    """Headline indicators at 2030, 2035 and 2040: baseline, scenario, change, target.

    `by_draw` has the measures of each scenario by draw of the parameters: their ranges stand
    beside the values. It is empty where there is no range. `bills` are their costs by part.
    """
    config = list(configs.values())[-1]
    language = config.language
    console = wide_console()
    shown_at = [y for y in SHOWN_YEARS if y <= config.years.last] or [config.years.last]
    console.print(getattr(config.title, language), style="bold", markup=False)
    for name in config.policy:
        today = f"{word('today', language)}: {_number(config.law[name].timeline.at(TODAY))}"
        acting = in_force(config, name, shown_at)
        console.print(f"{name} ({levers.about(name).unit}; {today}): {acting}", markup=False)
    if config.budget_yen_per_year is not None:
        budget = shown(config.budget_yen_per_year, "yen")
        console.print(word("scaled_to", language).format(budget), markup=False)
    console.print(_results_table(measures, configs, by_draw, shown_at, language))
    for line in _bill(bills, min(BILL_YEAR, config.years.last - 1), language):
        console.print(line, markup=False)
    for line in _on_ranges(config, by_draw):
        console.print(line, markup=False)
    if config.engine == "both":
        console.print(word("gap", language).format(*_largest_gap(measures, language)))
    took = word("took", language)
    console.print(took.format(len(measures), seconds, config.engine, config.posts))


#: The year whose costs stand below the table.
BILL_YEAR = 2035


def _bill(bills: Mapping[str, xr.Dataset], year: int, language: str) -> list[str]:
    """What the scenario costs beyond the baseline: in all, by who pays and lever by lever."""
    if len(bills) < 2:
        return []
    first, *_, last = bills.values()
    found = costs.beyond(first, last, year)
    if not found:
        return [word("no_cost", language).format(year)]

    def yen(annual: float, committed: float) -> str:
        return f"{shown(annual, 'yen')} / {shown(committed, 'yen')}"

    payers = ", ".join(
        f"{word(f'payer_{who}', language)} {yen(*amounts)}"
        for who, amounts in costs.of_payers(found).items()
    )
    parts = ", ".join(f"{part.name} {yen(part.annual, part.committed)}" for part in found)
    whole = yen(sum(p.annual for p in found), sum(p.committed for p in found))
    return [word("bill", language).format(year, whole, payers, parts)]


def _on_ranges(config: Config, by_draw: Mapping[str, xr.Dataset]) -> list[str]:
    """What the ranges are and leave out, or why there are none; what rests on priors alone."""
    language = config.language
    if by_draw:
        holds = (f"{100 * part:.0f}" for part in band.held(config.in_band))
        lines = [
            word("ranges", language).format(config.in_band, *holds),
            word("ranges_note", language),
        ]
    else:
        key = "no_range" if config.parameter_set == FITTED else "no_draws"
        lines = [word(key, language).format(config.parameter_set)]
    alone = priors.alone()
    lines.append(word("on_priors", language).format(len(alone), len(params.NAMES)))
    moving = priors.moving(config, by_draw)
    if moving:
        label = moving.indicator.label_ja if language == "ja" else moving.indicator.label
        names = ", ".join(f"{name} ({rank:+.2f})" for name, rank in moving.ranks.items())
        lines[-1] += word("moving", language).format(label, moving.year, names)
    return lines


def _largest_gap(measures: Mapping[str, xr.Dataset], language: str) -> tuple[str, str, int, str]:
    """Where the engines are furthest apart among the headline indicators, relative to the value.

    The individual engine has chance in it, so some gap is no fault.
    """
    from stsim.measures import INDICATORS

    largest = (0.0, "", "", 0, "")
    for scenario, found in measures.items():
        for indicator in INDICATORS:
            values = found[indicator.name]
            if not indicator.headline or "engine" not in values.dims:
                continue
            if "replicate" in values.dims:
                values = values.mean("replicate")
            stocks, people = values.sel(engine="stocks"), values.sel(engine="individuals")
            gap = abs(people / stocks - 1).fillna(0.0)
            at = int(np.argmax(gap.values))
            if float(gap[at]) > largest[0]:
                title = indicator.label_ja if language == "ja" else indicator.label
                year = int(gap[gap.dims[0]][at])
                largest = (float(gap[at]), f"{100 * float(gap[at]):.2f} %", title, year, scenario)
    return largest[1:]


def in_force(config: Config, name: str, shown_at: Sequence[int]) -> str:
    """A lever's value by year as it acts, from the first year in which the policy is in force.

    Years in which nothing changes are left out; where there are too many, those of the table stay.
    """
    value, line, last = config.policy[name], config.lever(name), config.years.last
    by_year, ramp = isinstance(value, dict), config.ramp_years
    first = max(config.policy_start, min(value)) if by_year else config.policy_start
    if first > last:
        return word("never", config.language).format(first, last)
    if ramp and not by_year:
        ends = (first, _number(line.at(first)), first + ramp, _number(value))
        return word("in_a_line", config.language).format(*ends)
    years = [y for y in range(first, last + 1) if y == first or line.at(y) != line.at(y - 1)]
    if len(years) > MOST_STEPS:
        years = [year for year in shown_at if year >= first]
    return ", ".join(f"{year}: {_number(line.at(year))}" for year in years)


#: Steps of a policy that still fit into a line above the table.
MOST_STEPS = 8


def _number(value: float) -> str:
    return f"{round(value, 4):,.12g}"


def _results_table(
    measures: Mapping[str, xr.Dataset],
    configs: Mapping[str, Config],
    by_draw: Mapping[str, xr.Dataset],
    years: Sequence[int],
    language: str,
) -> Table:
    """One row for each indicator, with a line for each year and its target below its name."""
    from stsim.measures import INDICATORS

    base, last = measures["baseline"], list(measures.values())[-1]
    several = len(measures) > 1
    ranged = [word("nine_tenths", language)] if by_draw else []
    titles = [word("baseline", language), *ranged]
    if several:
        titles += [list(configs)[-1], word("change", language), *ranged]
    table = new_table(word("indicator", language), word("year", language), *titles)
    table.padding = (0, 1, 0, 0)
    for column in table.columns[1:]:
        column.no_wrap = column.header != list(configs)[-1]  # the name of a scenario may be long
    drawn = list(by_draw.values())
    for indicator in INDICATORS:
        name, unit = indicator.name, indicator.unit
        target = _target(name, last[name], drawn[-1][name] if drawn else None, language)
        of_lives = indicator.of_careers and bool(last[name].notnull().any())
        if not (indicator.headline or target or of_lives):
            continue
        rows = []
        for year in years:
            before, after = _at(base[name], year), _at(last[name], year)
            cells = [str(year), shown(before, unit)]
            if drawn:
                cells.append(_range(drawn[0][name], year, unit))
            if several:
                cells += [shown(after, unit), shown(after - before, unit, signed=True)]
                if drawn:
                    change = drawn[-1][name] - drawn[0][name]
                    cells.append(_range(change, year, unit, signed=True))
            rows.append(cells)
        title = indicator.label_ja if language == "ja" else indicator.label
        title = "\n".join([title, *target])
        table.add_row(title, *("\n".join(column) for column in zip(*rows, strict=True)))
    return table


def _range(by_draw: xr.DataArray, year: int, unit: str, signed: bool = False) -> str:
    """The range of a measure in a year, without its unit; nothing where no draw moves it."""
    found = by_draw.sel({"time" if "time" in by_draw.dims else "year": year})
    if "draw" not in found.dims or bool(found.isnull().any()):
        return ""
    low, high = (shown(float(x), unit, signed, bare=True) for x in band.ends(found.values))
    return "" if low == high else f"{low} … {high}"


def print_sweep(sweep: Sweep, outcomes: Sequence[Outcome], seconds: float) -> None:
    """The headline indicators of every point in one year, 2035 or the last before it."""
    from stsim.explore.sweep import HEADLINE

    config = sweep.configs[0]
    language, year = config.language, min(2035, config.years.last)
    labels = [i.label_ja if language == "ja" else i.label for i in HEADLINE]
    table = new_table(*(key.rpartition(".")[2] for key in sweep.labels), *labels)
    for column in table.columns[: len(sweep.labels)]:
        column.justify, column.no_wrap = "left", True
    rows = list(zip(sweep.points, outcomes, strict=True))
    for point, outcome in rows[:MOST_ROWS]:
        cells = [
            word("failed", language)
            if outcome.error
            else shown(outcome.headline[i.name].get(year, float("nan")), i.unit)
            for i in HEADLINE
        ]
        table.add_row(*map(str, point), *cells)
    console = wide_console()
    console.print(word("in_year", language).format(year))
    console.print(table)
    if len(rows) > MOST_ROWS:
        console.print(word("more_points", language).format(len(rows) - MOST_ROWS))
    console.print(word("took_sweep", language).format(len(set(sweep.run_ids)), seconds))


#: Points of a sweep that are printed; all are in summary.csv.
MOST_ROWS = 40


def summary_csv(
    measures: Mapping[str, xr.Dataset],
    configs: Mapping[str, Config],
    by_draw: Mapping[str, xr.Dataset],
) -> str:
    """Every indicator and year as CSV: baseline, scenario, change, unit and labels.

    Where there are draws, then the low and high ends of the ranges of each scenario and change.
    """
    from stsim.measures import INDICATORS

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = list(configs)
    writer.writerow(
        [
            "indicator",
            "year",
            "unit",
            *names,
            *(f"{n}_minus_baseline" for n in names[1:]),
            "label_en",
            "label_ja",
            *(f"{what}_{end}" for what in _changes(by_draw) for end in ("low", "high")),
        ]
    )
    for indicator in INDICATORS:
        spans = [_ends(values[indicator.name]) for values in _changes(by_draw).values()]
        by_year = [_by_year(measures[name][indicator.name]) for name in names]
        for year in by_year[0]:
            values = [of_scenario[year] for of_scenario in by_year]
            cells = ["" if v != v else repr(v) for v in values]
            cells += ["" if v != v else repr(v - values[0]) for v in values[1:]]
            writer.writerow(
                [
                    indicator.name,
                    year,
                    indicator.unit,
                    *cells,
                    indicator.label,
                    indicator.label_ja,
                    *("" if v != v else repr(v) for span in spans for v in span[year]),
                ]
            )
    return out.getvalue()


def _changes(by_draw: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """The measures of every scenario by draw, and how they differ from the baseline."""
    names = list(by_draw)
    differences = {
        f"{name}_minus_baseline": by_draw[name] - by_draw[names[0]] for name in names[1:]
    }
    return {**by_draw, **differences}


def _ends(by_draw: xr.DataArray) -> dict[int, tuple[float, float]]:
    """Low and high end of the range of a measure by year; twice the number if no draw moves it."""
    years = by_draw[by_draw.dims[-1]].values.tolist()
    values = by_draw.values if "draw" in by_draw.dims else by_draw.values[None]
    low, high = (end.tolist() for end in band.ends(values))
    return dict(zip(years, zip(low, high, strict=True), strict=True))


def print_levers(config: Config) -> None:
    """Every lever: unit, range, today's value and its source; price, payer and where it is from."""
    from rich.markup import escape

    language = config.language
    heads = ("lever", "unit", "range", "today", "price", "source")
    table = new_table(*(word(key, language) for key in heads))
    table.columns[-1].justify = "left"
    for name in levers.NAMES:
        lever, law = levers.about(name), config.law[name]
        text = lever.label_ja if language == "ja" else levers.label(name)
        price, source = "–", f"{law.kind}: {law.source}"
        if lever.yen_each is not None:
            price = f"{lever.yen_each:,.0f}\n{lever.payer}"
            source += f"\n{word('price_source', language)}: {lever.price_source}"
        evidence = levers.EVIDENCE[lever.evidence][language == "ja"]
        source += f"\n{word('evidence', language)}: {evidence} ({lever.evidence_note})"
        table.add_row(
            f"{name}\n[dim]{escape(text)}[/dim]", lever.unit,
            f"{_number(lever.low)} – {_number(lever.high)}",
            _number(law.timeline.at(TODAY)), price, escape(source),
        )  # fmt: skip
    console = wide_console()
    console.print(table)
    console.print(word("price_note", language))


def print_assumptions(config: Config) -> None:
    """Everything a result rests on beside policy: start, other assumptions, parameters, ledger."""
    from stsim import draws
    from stsim.given import BASE_YEAR, ledger_shares
    from stsim.simulation import fitted, prepare

    language = config.language
    heads = [word(k, language) for k in ("name", "unit", "value", "range", "kind", "source")]
    start = new_table(*heads)
    record, items = observed.record(), prepare(config).start.items
    listed = {item.name for item in items}
    for item in items:
        spread = "" if item.low is None else f"{item.low:,g} – {item.high:,g}"
        start.add_row(
            item.name, item.unit, _amount(item.value), spread, item.kind, item.source
        )  # fmt: skip
    others = new_table(*heads)
    for found in record.assumptions():
        if found.name not in listed and found.year in (config.years.first, BASE_YEAR):
            spread = f"{found.low:,g} – {found.high:,g}"
            others.add_row(
                found.name, found.unit, _amount(found.value), spread, "assumption", found.source
            )
    numbers = new_table(*heads[:4], word("of_draws", language), *heads[4:])
    drawn = draws.quantiles(fitted(), 0.05, 0.95)
    for name in params.NAMES:
        about, value = params.prior(name), getattr(config.params, name)
        parts = (
            {f".{field}": getattr(value, field) for field in params.FIELDS}
            if isinstance(value, params.ByField)
            else {"": value}
        )
        text = "\n".join(
            f"{of[1:]} {number:g}{' *' if params.beyond_prior(name, number) else ''}".strip()
            for of, number in parts.items()
        )
        numbers.add_row(
            f"{name}\n[dim]{params.label(name)}[/dim]",
            about.unit,
            text,
            f"{about.low:g} – {about.high:g}",
            "\n".join("{:.3g} – {:.3g}".format(*drawn[f"{name}{of}"]) for of in parts),
            about.kind,
            about.source,
        )
    ledger = new_table(*(word(k, language) for k in ("name", "value", "kind", "source")))
    for row in record.ledger_rows():
        name = f"{row.source} → {row.target}" if row.target else f"{row.kind}: {row.source}"
        ledger.add_row(name, _amount(row.persons), row.source_kind, row.note)
    shares = ledger_shares(record)
    weights = new_table(
        word("market", language), word("candidates", language), word("value", language)
    )
    for target, by_stage in shares["hires_per_candidate"].items():
        outside = shares["outside_share"].get(target)  # research support: by its own rule
        if outside is not None:
            weights.add_row(target, word("outside_share", language), f"{outside:.3f}")
        for stage, weight in by_stage.items():
            if weight:
                weights.add_row(target, stage, f"{weight:.4f}")
    for table in (start, others, numbers, ledger):
        table.columns[-1].justify = "left"
    console = wide_console()
    for title, table in (
        (f"{word('start', language)} {config.years.first}", start),
        (word("other_assumptions", language), others),
        (word("parameters", language), numbers),
        (word("ledger", language), ledger),
        (word("weights", language), weights),
    ):
        console.print(f"[bold]{title}[/bold]", table)
    console.print(word("beyond", language))


def _amount(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 100 else f"{value:,.0f}"


def print_history(config: Config) -> None:
    """The model from 2007 beside the record, given observed seats and entrants."""
    from stsim.history import doctoral_comparison, exit_rates, faculty_comparison
    from stsim.simulation import prepare

    language = config.language
    run = prepare(config).run()
    rows = sorted(
        [
            *faculty_comparison(config, run),
            *exit_rates(run),
            *doctoral_comparison(config, run),
        ],
        key=lambda row: (row.series, row.what),
    )
    table = new_table(
        *(word(k, language) for k in ("indicator", "year", "record", "model", "error"))
    )
    summary = new_table(
        word("indicator", language), word("largest", language), word("year", language)
    )
    for (series, what), found in groupby(rows, key=lambda row: (row.series, row.what)):
        several = list(found)
        for row in several:
            digits = ".3f" if abs(row.record) < 10 else ",.0f"
            table.add_row(
                f"{series}: {what}",
                str(row.year),
                f"{row.record:{digits}}{'' if row.counted else ' ~'}",
                f"{row.model:{digits}}",
                f"{100 * row.error:+.1f} %",
            )
        worst = max(several, key=lambda row: abs(row.error))
        summary.add_row(f"{series}: {what}", f"{100 * worst.error:+.1f} %", str(worst.year))
    wide_console().print(table, summary, word("not_counted", language))


#: New numbers of the record that are printed; all are in residuals.csv.
MOST_NEWS = 30


def _print_news(found: Refit, language: str) -> None:
    """What is new in the record since the last fit, and headline results before and after it."""
    from stsim.calibrate.news import COMPARED

    console = wide_console()
    heads = ("indicator", "year", "last_fit", "record", "before", "after")
    table = new_table(*(word(k, language) for k in heads))
    for one in found.news[:MOST_NEWS]:
        numbers = (one.before, one.record, one.expected, one.model)
        cells = ["–" if value is None else _amount(value) for value in numbers]
        table.add_row(f"{one.series}: {one.what}", str(one.year), *cells)
    console.print(word("news", language).format(len(found.news)))
    if found.news:
        console.print(table)
    table = new_table(*(word(k, language) for k in ("indicator", "before", "after", "change")))
    for line in found.headlines:
        table.add_row(
            line.label_ja if language == "ja" else line.label,
            shown(line.before, line.unit),
            shown(line.after, line.unit),
            shown(line.after - line.before, line.unit, signed=True),
        )
    console.print(word("headlines", language).format(COMPARED), table)


def print_refit(found: Refit, language: str, seconds: float) -> None:
    """What a fit has changed: every fitted parameter before and after, prior, and how identified.

    Identified is the part of the prior variance that the record has removed. Then, block by block,
    what the draws are worth, and the parameters that the record says next to nothing about; at
    last what is new in the record, and what it has changed of the headline results.
    """
    from stsim import draws

    identified = draws.identified(found.after)
    table = new_table(
        *(word(k, language) for k in ("name", "before", "after", "prior_range", "identified"))
    )
    for sample in found.samples:
        block = sample.target.block
        before, after = block.vector(found.before), block.vector(found.after)
        for k, key in enumerate(block.keys):
            about = params.prior(block.owner[k])
            table.add_row(
                key,
                f"{before[k]:.4g}",
                f"{after[k]:.4g}",
                f"{about.low:g} – {about.high:g}",
                f"{identified[key]:.2f}",
            )
    console = wide_console()
    console.print(table)
    for sample in found.samples:
        line = word("effective", language)
        console.print(
            line.format(
                sample.target.block.name,
                len(sample.values),
                sample.effective.min(),
                sample.r_hat.max(),
                sample.accepted,
                sample.target.misfit,
            )
        )
    unmoved = ", ".join(draws.unmoved(found.after)) or "–"
    console.print(word("unmoved", language).format(draws.UNMOVED, unmoved))
    _print_news(found, language)
    console.print(word("took_refit", language).format(seconds / 60))
