"""docs/effects.md: lever by lever what a comparable change does and costs, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stsim import levers, money
from stsim.budget import amount
from stsim.compose import compose, scenarios
from stsim.config import BUDGET, Config, ConfigError
from stsim.describe.long_pages import COMMANDS
from stsim.describe.markdown import plain, small, table
from stsim.effects.present import YEAR, spread
from stsim.effects.side_by_side import SHOWN, Effects, Spread, effects
from stsim.given import TODAY
from stsim.tables import shown

COMMAND = COMMANDS["effects.md"]
#: What every lever is compared at where it has a price: yen a year, from 2027 on.
MONEY = 10e9
#: Parameter sets behind a range, and the part of all that it holds.
DRAWS, PART = 100, 0.8
#: A change for levers that no scenario sets, from 2027 on, and why that one.
STEPS: Mapping[str, tuple[float, str]] = {
    "permanent_posts_other_persons": (2_000, "as many as permanent_posts at national ones"),
    "fixed_term_posts_other_persons": (2_000, "as many as permanent_posts"),
    "tenure_grant_share": (0.9, "a tenth more, near the 19 of 22 of one university"),
    "cross_appointment_time_share": (0.5, "half of the working time; alone it frees no seat"),
    "masters_graduates_ratio": (1.1, "a tenth more master's graduates"),
}
HEADLINE = tuple(i for i in SHOWN if i.headline)


def words(last: int, workers: int) -> list[str]:
    """What every run of the page shares."""
    return ["engine=stocks", f"years.last={last}", f"draws={DRAWS}", f"workers={workers}"]


def own_changes(shared: list[str]) -> dict[str, tuple[Config, str]]:
    """For each lever alone: its value in the scenario with the fewest levers, or its step."""
    found = {}
    by_size = sorted(scenarios().items(), key=lambda item: (len(item[1].policy), item[0]))
    for name in levers.NAMES:
        of_scenario = next((s for s in by_size if s[1].policy.get(name) is not None), None)
        if of_scenario is None:
            value, why = STEPS[name] if name in STEPS else _tenth(name)
            policy: object = value
        else:
            scenario, read = of_scenario
            policy, why = read.policy[name], f"scenario {scenario}"
        found[name] = _only(shared, {name: policy}), why
    return found


def _tenth(name: str) -> tuple[float, str]:
    """A tenth more than today, or of the range where today there is none: no better is declared."""
    lever, today = levers.about(name), compose().law[name].timeline.at(TODAY)
    if today and today * 1.1 <= lever.high:
        return today * 1.1, "a tenth more than today"
    return lever.low + (lever.high - lever.low) / 10, "a tenth of the range"


def _only(shared: list[str], policy: Mapping[str, object]) -> Config:
    return compose([*shared, *(f"policy.{name}={value}" for name, value in policy.items())])


def equal_money(shared: list[str]) -> tuple[dict[str, Config], dict[str, str]]:
    """Each lever with a price alone at `MONEY` a year from 2027 on; why some cannot spend it."""
    found, cannot = {}, {}
    for name in levers.NAMES:
        lever, today = levers.about(name), compose().law[name].timeline.at(TODAY)
        if lever.yen_each is None and name not in money.RAISES:
            continue
        more = today + (lever.high - today) / 10
        try:
            found[name] = _only(shared, {name: more, BUDGET: amount(MONEY)})
        except ConfigError as error:
            cannot[name] = str(error).partition(": ")[2].partition("; give")[0]
    return found, cannot


def of_scenarios(shared: list[str]) -> dict[str, Config]:
    """Every scenario but the baseline."""
    return {s: compose([*shared, f"scenario={s}"]) for s in scenarios() if s != "baseline"}


def runs() -> int:
    """How many runs the page takes, for whoever shows progress."""
    shared = words(YEAR + 1, 1)
    policies = len(levers.NAMES) + len(equal_money(shared)[0]) + len(scenarios())
    return policies * (DRAWS + 1)


def page(workers: int, advance: Callable[[int], None] = lambda run: None) -> str:
    """The text of the page. `advance` is told each run that is done."""
    shared = words(YEAR + 1, workers)
    alone, (at_money, cannot), whole = (
        own_changes(shared),
        equal_money(shared),
        of_scenarios(shared),
    )
    policies = {f"own {name}": config for name, (config, _) in alone.items()}
    policies |= {f"money {name}": config for name, config in at_money.items()}
    policies |= {f"scenario {name}": config for name, config in whole.items()}
    found = effects(compose(shared), policies, advance)
    spent = [(name, _units(config, name), f"money {name}") for name, config in at_money.items()]
    own = [
        (name, f"{_units(config, name)}{small(plain(why))}", f"own {name}")
        for name, (config, why) in alone.items()
    ]
    return "\n\n".join(
        [
            "# What levers do and cost",
            f"Made by `{COMMAND}`. Effects in {YEAR} against the law as it stands (posts flat): "
            f"median and middle {100 * PART:.0f} % over {DRAWS} of the shipped parameter sets, "
            "drawn from the posterior of the fit and, where no record moves a parameter, from its "
            "prior (docs/decisions/0014), set by set. **Bold**: the range leaves out zero. "
            "Indicators: "
            + "; ".join(f"{k} {plain(i.label)}" for k, i in zip("ABCDEFGH", HEADLINE, strict=False))
            + ". Shares in percentage points. Cost: yen of FY2024 beyond the law, a year / "
            "committed until the awards and appointments in force end (`stsim/money.py`), and who "
            "pays.",
            "Evidence is that of the size of the effect on people, declared at the lever. "
            "*Arithmetic of places* is as sure as the places are filled; *an aim* says what would "
            "follow if it were reached, not that anything reaches it; *centred on zero* has a "
            "range around no effect (that of schools begins ten years after they do). What no "
            "parameter moves has no range, which does not mean that it is known exactly. "
            "Whatever changes posts moves entrants (C, D) through prospects alone: for them no "
            "elasticity has been found anywhere, so their sign is assumed (0 to 0.6) and bold there"
            " says no more than that.",
            f"## {MONEY / 1e9:.0f} billion yen a year",
            "The lever alone, from 2027 on at once, at as many units as the money buys.",
            _table(found, spent),
            _cannot(cannot),
            "## Each lever as a scenario sets it",
            "The lever alone, at its value in the scenario with the fewest levers; levers in no "
            "scenario at the value named, from 2027 on. Not comparable in money: see above.",
            _table(found, own),
            "## Scenarios",
            _table(found, [(name, "", f"scenario {name}") for name in whole]),
        ]
    ) + "\n"  # fmt: skip


def _units(config: Config, name: str) -> str:
    """A lever today and in the year of the table; between them where it was further away."""
    lever, today = config.lever(name), config.law[name].timeline.at(TODAY)

    def away(year: int) -> float:
        return abs(lever.at(year) - today)

    furthest = max(range(TODAY + 1, YEAR + 1), key=away)
    steps = [_few_digits(today), _few_digits(lever.at(YEAR))]
    if away(furthest) > away(YEAR):
        steps.insert(1, f"{_few_digits(lever.at(furthest))}&nbsp;({furthest})")
    return "&nbsp;→&nbsp;".join(steps)


def _few_digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"


def _table(found: Effects, rows: list[tuple[str, str, str]]) -> str:
    """A row for each policy: what is changed, its effects, cost and evidence."""
    several = any(name not in levers.NAMES for name, _, _ in rows)
    letters = "ABCDEFGH"[: len(HEADLINE)]
    heads = ["Scenario"] if several else ["Lever", f"FY{TODAY} → {YEAR}"]
    heads += [*letters, "Cost", *([] if several else ["Evidence"])]
    lines = []
    for name, change, policy in rows:
        title = _title(name, found.configs[policy])
        cells = [f"`{name}`{small(plain(title))}", *([] if several else [change])]
        for indicator in HEADLINE:
            cells.append(_cell(found, policy, indicator.name, indicator.unit))
        annual, committed = found.cost(policy, YEAR)
        payers = sorted({part.payer for part in found.parts(policy, YEAR)})
        yen = f"{shown(annual, 'yen', signed=True)} / {shown(committed, 'yen', signed=True)}"
        cells.append(f"{yen}{small(', '.join(payers))}" if payers else "none")
        if not several:
            lever = levers.about(name)
            cells.append(levers.EVIDENCE[lever.evidence][0] + small(plain(lever.evidence_note)))
        lines.append(cells)
    return table(heads, lines, ", ".join([*letters, "Cost"]))


def _title(name: str, config: Config) -> str:
    return levers.label(name) if name in levers.NAMES else config.title.en


def _cell(found: Effects, policy: str, indicator: str, unit: str) -> str:
    effect = Spread.of(found.change(policy, indicator, YEAR), PART)
    text = spread(effect, unit, signed=True).replace(" pp", "").replace(" … ", "&nbsp;…&nbsp;")
    text = text.replace(" (", "<br>(")
    if not _moves(effect, unit):
        return text
    middle, line, ends = text.partition("<br>")
    return f"**{middle}**{line}{ends}"


def _moves(effect: Spread, unit: str) -> bool:
    """Whether an effect is clear and does not print as nothing."""
    return effect.is_clear and shown(effect.middle, unit) != shown(0.0, unit)


def _cannot(cannot: Mapping[str, str]) -> str:
    if not cannot:
        return "Every lever with a price can spend it."
    why = "; ".join(f"`{name}` ({plain(text)})" for name, text in cannot.items())
    return f"Not able to spend so much within their range: {why}."
