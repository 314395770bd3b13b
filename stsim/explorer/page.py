"""The page of the explorer: one session of one browser tab. Needs the extra `app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from html import escape
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import panel
import param
from panel.custom import JSComponent

import stsim
from stsim import levers
from stsim.config import Config, ConfigError
from stsim.explorer import charts, policies
from stsim.explorer.policies import LAST_SHOWN, MOST, Ground
from stsim.explorer.runs import MEASURES, Band, Bands, Latest, Memory, Numbers, central
from stsim.explorer.words import LANGUAGES, word
from stsim.faults import FAULTS, said

if TYPE_CHECKING:
    import xarray as xr

HERE = Path(__file__).parent
STYLE = (HERE / "page.css").read_text(encoding="utf-8")
LETTERS = "ABCD"
YEARS = (2030, 2035, LAST_SHOWN)
#: A policy that has not been moved for so long is worth a band, which would slow the next move.
SETTLED_MS = 300
#: The law stands first, in black; its place among lines and columns.
LAW = 0


class Levers(JSComponent):  # type: ignore[misc]
    """The sliders: native ones, with a mark where the law stands; drawn anew with each number.

    Only the browser knows where they have been moved since, so the same groups may be news.
    """

    groups = param.List()
    number = param.Integer()
    _esm = (HERE / "levers.js").read_text(encoding="utf-8")
    _stylesheets = (STYLE,)

    def __init__(self, moved: Callable[[Any], None], **params: Any) -> None:
        super().__init__(**params)
        self._moved = moved

    def _handle_msg(self, data: Any) -> None:
        """A move told by the browser."""
        self._moved(data)


class Board(JSComponent):  # type: ignore[misc]
    """Text, drawn anew with each number; `state` says what stands there, for whoever waits."""

    html = param.String()
    state = param.Dict(default={})
    number = param.Integer()
    _esm = (HERE / "board.js").read_text(encoding="utf-8")
    _stylesheets = (STYLE,)


@dataclass
class Shared:
    """What all tabs have in common: the ground, processes for bands, and what is known already."""

    ground: Ground
    bands: Bands
    memory: Memory
    law: Numbers
    law_band: Band
    listeners: set[Callable[[], None]] = field(default_factory=set)

    @classmethod
    def begin(cls, ground: Ground) -> Shared:
        """Run the law as it stands; its band follows. Raises what is wrong with the words."""
        law = central(ground.config({}))
        found = cls(ground, Bands(ground.law.workers), Memory(), law, Band(ground.draws))
        found.memory.put({}, law)

        def done(first: int, numbers: Numbers | Exception) -> None:
            if not isinstance(numbers, Exception):
                found.law_band.parts[first] = numbers
            if found.law_band.complete:
                found.memory.put({}, law, found.law_band)
            for listener in tuple(found.listeners):
                listener()

        if ground.draws:
            found.bands.ask("law", ground.config({}), ground.chunks(), done)
        return found


@dataclass
class Slot:
    """One policy on the page: what it sets, what is drawn of it, and whether that is the last."""

    letter: str
    policy: dict[str, Any]
    numbers: Numbers | None = None
    band: Band | None = None
    waiting: bool = True
    fault: str = ""
    move: int = 0
    asked_by: int = 0


class Session:
    """One browser tab: policies, what is known of them, and the page that shows it."""

    def __init__(self, shared: Shared) -> None:
        self._shared, self._ground = shared, shared.ground
        self.language = str(self._ground.law.language)
        self._slots = [Slot(LETTERS[0], dict(self._ground.first))]
        self._active = 0
        self._year = 2035
        self._number = 0
        self._message = ""
        self._doc = panel.state.curdoc
        self._latest: Latest[int, Config, Numbers] = Latest(central, self._computed)
        self._page = panel.Column(sizing_mode="stretch_width", styles={"padding": "10px 14px"})
        self._build()
        panel.state.on_session_destroyed(self._closed)
        # what a thread tells before the page is there would be lost
        panel.state.onload(self._loaded)

    def _loaded(self) -> None:
        """The page is there: listen to the law's band, and run the first policy."""
        self._shared.listeners.add(self._law_arrived)
        self._draw()
        self._ask(self._slots[0])

    # --- the page

    def page(self) -> panel.viewable.Viewable:
        """What the browser shows."""
        return self._page

    def _build(self) -> None:
        """The whole page in the language and with the policies of the moment."""
        say, widgets = self._say, panel.widgets
        years = self._ground.law.years
        self._charts = [
            charts.Chart(name, range(years.first, years.last + 1), self.language)
            for name in MEASURES
        ]
        self._levers = Levers(self._moved, sizing_mode="stretch_width")
        self._status = Board(sizing_mode="stretch_width")
        self._table = Board(sizing_mode="stretch_width", styles={"overflow-x": "auto"})
        switch = widgets.Button(name=say("language"), width=90)
        switch.on_click(self._switch_language)
        self._choice = widgets.RadioButtonGroup(
            name=say("compared"), options=self._names(), value=self._slots[self._active].letter
        )
        self._more = widgets.Button(name=say("add"))
        self._more.on_click(self._add)
        self._fewer = widgets.Button(name=say("remove"))
        self._fewer.on_click(self._remove)
        self._begin = begin = widgets.Select(
            name=say("begin"), options=self._scenarios(), value="", sizing_mode="stretch_width"
        )
        begin.param.watch(lambda event: self._begin_with(event.new), "value")
        shown = [year for year in YEARS if year < years.last] or [years.last - 1]
        if self._year not in shown:
            self._year = shown[-1]
        year = widgets.RadioButtonGroup(name=say("year"), options=shown, value=self._year)
        year.param.watch(lambda event: self._look_at(event.new), "value")
        left = panel.Column(
            self._choice, panel.FlexBox(self._more, self._fewer), begin, self._levers,
            width=340, css_classes=["levers"],
            styles={"position": "sticky", "top": "0", "max-height": "100vh",
                    "overflow-y": "auto", "flex": "0 0 340px"},
        )  # fmt: skip
        grid = panel.Column(
            *(self._titled(chart) for chart in self._charts),
            sizing_mode="stretch_width",
            css_classes=["grid"],
            stylesheets=[GRID],
        )
        right = panel.Column(
            self._status, grid, panel.Row(year), self._table, self._save_form(),
            sizing_mode="stretch_width", min_width=320, styles={"flex": "1"},
        )  # fmt: skip
        heading = panel.Row(
            panel.pane.HTML(
                f"<h1 style='font-size:20px;margin:0'>{escape(say('title'))}</h1>"
                f"<p>{escape(self._about())}</p>",
                stylesheets=[STYLE], sizing_mode="stretch_width",
            ),
            switch,
            sizing_mode="stretch_width",
        )  # fmt: skip
        self._show_levers()
        self._draw()
        self._page[:] = [heading, panel.Row(left, right, sizing_mode="stretch_width")]

    def _titled(self, chart: charts.Chart) -> panel.viewable.Viewable:
        """A chart under its title, which may need two lines."""
        return panel.Column(
            panel.pane.HTML(
                f"<b>{escape(chart.title)}</b>",
                stylesheets=[STYLE], margin=(4, 0, 0, 6), sizing_mode="stretch_width",
            ),
            panel.pane.Bokeh(chart.figure, sizing_mode="stretch_width", margin=0),
            sizing_mode="stretch_width",
        )  # fmt: skip

    def _save_form(self) -> panel.viewable.Viewable:
        say, widgets = self._say, panel.widgets
        wide = {"width": 250}
        self._name = widgets.TextInput(name=say("save_name"), placeholder="my_idea", **wide)
        self._titles = {
            language: widgets.TextInput(
                name=say(f"save_{language}"),
                value=word("own_title", language, self._slots[self._active].letter),
                **wide,
            )
            for language in LANGUAGES
        }
        self._replace = widgets.Checkbox(name=say("save_replace"))
        save = widgets.Button(name=say("save"), button_type="primary")
        save.on_click(self._save)
        tools = find_spec("jinja2") is not None
        report = widgets.Button(name=say("report"), disabled=not tools)
        report.on_click(self._report)
        self._said = panel.pane.HTML(
            self._message, stylesheets=[STYLE], sizing_mode="stretch_width"
        )
        without = [] if tools else [panel.pane.HTML(escape(say("no_report_tools")))]
        return panel.Column(
            panel.FlexBox(self._name, *self._titles.values(), flex_wrap="wrap"),
            panel.FlexBox(save, self._replace, report, align_items="center"),
            *without,
            self._said,
            sizing_mode="stretch_width",
        )

    def _say(self, key: str, *parts: object) -> str:
        return word(key, self.language, *parts)

    def _about(self) -> str:
        law, draws = self._ground.law, self._ground.draws
        ramp = self._say("ramp", law.ramp_years) if law.ramp_years else ""
        key = "about" if draws else "about_no_range"
        posts = self._say(f"posts_{law.posts}")
        return self._say(key, law.parameter_set, law.policy_start, ramp, posts, draws)

    def _names(self) -> dict[str, str]:
        return {f"{self._say('policy')} {slot.letter}": slot.letter for slot in self._slots}

    def _scenarios(self) -> dict[str, str]:
        found = {self._say("begin_none"): ""}
        for name, config in self._ground.scenarios().items():
            found[f"{getattr(config.title, self.language)} ({name})"] = name
        return found

    def _show_levers(self) -> None:
        policy = self._slots[self._active].policy
        groups = policies.rows(self._ground.law, policy, self.language)
        self._levers.param.update(groups=groups, number=self._levers.number + 1)

    # --- what people do

    def _moved(self, data: Mapping[str, Any]) -> None:
        """A slider has been moved, or put back to the law; anything else is not believed."""
        name, value = data.get("name"), data.get("value")
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if name not in levers.NAMES or not (value is None or number):
            return
        slot = self._slots[self._active]
        slot.policy.pop(name, None)
        if value is not None:
            slot.policy[name] = float(value)
        move = data.get("move")
        slot.asked_by = move if isinstance(move, int) else 0
        self._ask(slot)

    def _choose(self, letter: str) -> None:
        """Take another policy in hand."""
        self._active = next(k for k, slot in enumerate(self._slots) if slot.letter == letter)
        for language, title in self._titles.items():
            title.value = word("own_title", language, letter)
        self._begin.value = ""
        self._show_levers()

    def _add(self, _: Any) -> None:
        """A copy of the policy in hand beside it, which is then in hand."""
        if len(self._slots) == MOST:
            return
        before = self._slots[self._active]
        letter = next(x for x in LETTERS if x not in [slot.letter for slot in self._slots])
        copy = Slot(letter, dict(before.policy))
        self._slots = sorted([*self._slots, copy], key=lambda slot: slot.letter)
        self._ask(copy)
        self._in_hand(letter)

    def _remove(self, _: Any) -> None:
        if len(self._slots) == 1:
            return
        gone = self._slots.pop(self._active)
        self._shared.bands.drop((id(self), gone.letter))
        self._in_hand(self._slots[max(0, self._active - 1)].letter)

    def _in_hand(self, letter: str) -> None:
        """Show which policies there are now, and take one in hand."""
        self._active = next(k for k, slot in enumerate(self._slots) if slot.letter == letter)
        self._choice.param.update(options=self._names(), value=letter)
        self._choose(letter)  # the widget tells nothing where its value comes with its options
        self._draw()

    def _begin_with(self, name: str) -> None:
        if not name:
            return
        slot = self._slots[self._active]
        slot.policy = dict(self._ground.scenarios()[name].policy)
        self._show_levers()
        self._ask(slot)

    def _look_at(self, year: int) -> None:
        self._year = year
        self._draw_text()

    def _switch_language(self, _: Any) -> None:
        self.language = next(x for x in LANGUAGES if x != self.language)
        self._message = ""
        self._build()

    def _save(self, _: Any) -> None:
        name = self._name.value_input or self._name.value
        titles = {x: widget.value_input or widget.value for x, widget in self._titles.items()}
        try:
            policy = self._slots[self._active].policy
            found = policies.save(self._ground, name, titles, policy, self._replace.value)
        except ConfigError as error:
            self._tell(escape(self._say("not_saved", said(error))))
            return
        self._replace.value = False
        key = "replaced" if found.replaced else "saved"
        command = escape(self._ground.command(name))
        self._tell(f"{escape(self._say(key, found.path))}<pre>{command}</pre>")

    def _tell(self, html: str) -> None:
        self._message = self._said.object = html

    # --- runs

    def _ask(self, slot: Slot) -> None:
        """Compute a policy, or draw what is known of it."""
        self._shared.bands.drop((id(self), slot.letter))
        slot.fault = ""
        try:
            config = self._ground.config(slot.policy)
        except ConfigError as error:
            slot.fault, slot.waiting = said(error), False
            self._draw_text()
            return
        slot.policy = policies.differing(config.policy, self._ground.law)
        slot.waiting = True
        known = self._shared.memory.get(slot.policy)
        if known is None:
            self._latest.ask(LETTERS.index(slot.letter), self._ground.config(slot.policy))
        else:
            self._arrived(slot.letter, config, known[0], known[1])

    def _computed(self, key: int, config: Config, numbers: Numbers | Exception) -> None:
        """Called from the thread beside."""
        self._later(partial(self._arrived, LETTERS[key], config, numbers, None))

    def _later(self, call: Callable[[], None]) -> None:
        """Do something in the turn of the page: what is told by other threads comes in here."""
        if self._doc is not None and self._doc.session_context is not None:
            self._doc.add_next_tick_callback(call)

    def _slot(self, letter: str, config: Config) -> Slot | None:
        """The policy a run was for, unless it has been moved on or taken away."""
        for slot in self._slots:
            if slot.letter == letter and self._same(slot, config):
                return slot
        return None

    def _same(self, slot: Slot, config: Config) -> bool:
        return slot.policy == policies.differing(config.policy, self._ground.law)

    def _arrived(
        self, letter: str, config: Config, numbers: Numbers | Exception, band: Band | None
    ) -> None:
        slot = self._slot(letter, config)
        if slot is None:
            return
        slot.waiting, slot.move = False, slot.asked_by
        if isinstance(numbers, Exception):
            if not isinstance(numbers, (ConfigError, *FAULTS)):
                raise numbers
            slot.fault = said(numbers)
            self._draw_text()
            return
        slot.numbers, slot.band = numbers, band
        if band is None and self._ground.draws:
            slot.band = Band(self._ground.draws)
            begin = partial(self._begin_band, letter, config, slot.band)
            self._doc.add_timeout_callback(begin, SETTLED_MS)
        self._shared.memory.put(slot.policy, numbers, band)
        self._draw([slot])

    def _begin_band(self, letter: str, config: Config, band: Band) -> None:
        """Ask for the band of a policy that has not been moved on in the meantime."""
        slot = self._slot(letter, config)
        if slot is not None and slot.band is band:
            told = partial(self._drawn, letter, config, band)
            self._shared.bands.ask((id(self), letter), config, self._ground.chunks(), told)

    def _drawn(
        self, letter: str, config: Config, band: Band, first: int, found: Numbers | Exception
    ) -> None:
        """Called from a thread beside, for each part of a band."""
        self._later(partial(self._band_arrived, letter, config, band, first, found))

    def _band_arrived(
        self, letter: str, config: Config, band: Band, first: int, found: Numbers | Exception
    ) -> None:
        slot = self._slot(letter, config)
        if slot is None or slot.band is not band:
            return
        if isinstance(found, Exception):
            slot.fault, slot.band = said(found), None
            self._draw_text()
            return
        band.parts[first] = found
        if band.complete and slot.numbers is not None:
            self._shared.memory.put(slot.policy, slot.numbers, band)
            self._draw([slot])
        else:
            self._draw_text()

    def _law_arrived(self) -> None:
        """Called from a thread beside when the law's band has grown."""
        self._later(self._draw if self._shared.law_band.complete else self._draw_text)

    def _closed(self, _: Any) -> None:
        self._latest.close()
        self._shared.listeners.discard(self._law_arrived)
        for slot in self._slots:
            self._shared.bands.drop((id(self), slot.letter))
        self._doc = None

    # --- what is drawn

    def _draw(self, only: list[Slot] | None = None) -> None:
        """Lines, bands and numbers in one message to the browser: all policies, or some."""
        self._more.disabled = len(self._slots) == MOST
        self._fewer.disabled = len(self._slots) == 1
        with panel.io.hold():
            for chart in self._charts:
                if only is None:
                    chart.draw(LAW, self._shared.law, self._shared.law_band)
                    there = [slot.letter for slot in self._slots]
                    for place, letter in enumerate(LETTERS, 1):
                        if letter not in there:
                            chart.draw(place, None, None)
                for slot in only or self._slots:
                    chart.draw(1 + LETTERS.index(slot.letter), slot.numbers, slot.band)
            self._draw_text()

    def _draw_text(self) -> None:
        self._number += 1
        with panel.io.hold():
            slots = self._slots
            bands = [self._shared.law_band, *(slot.band for slot in slots)]
            complete = sum(band is not None and band.complete for band in bands)
            ready = all(slot.numbers is not None and not slot.waiting for slot in slots)
            whole = complete == len(bands) or not self._ground.draws
            state = {
                "move": slots[self._active].move,
                "waiting": not (ready and whole),
                "complete": complete,
            }
            self._status.param.update(html=self._chips(), state=state, number=self._number)
            self._table.param.update(html=self._numbers(), state=state, number=self._number)

    def _chips(self) -> str:
        """The key of the lines, with what is still being computed."""
        chips = [self._chip(LAW, self._say("law"), "", self._shared.law_band)]
        for slot in self._slots:
            name = f"{self._say('policy')} {slot.letter}"
            moved = self._say("moved", len(slot.policy))
            if slot.fault:
                text = f"{name}: {self._say('refused', slot.fault)}"
                chips.append(f"<span class='chip refused'>{escape(text)}</span>")
            elif slot.waiting or slot.numbers is None:
                text = f"{name}: {self._say('computing')}"
                chips.append(f"<span class='chip waiting'>{escape(text)}</span>")
            else:
                place = 1 + LETTERS.index(slot.letter)
                chips.append(self._chip(place, name, f" ({moved})", slot.band))
        return f"<div class='chips'>{''.join(chips)}</div>"

    def _chip(self, place: int, name: str, more: str, band: Band | None) -> str:
        colour, dash = charts.LOOKS[place]
        if band is None or not self._ground.draws:
            state, kind = self._say("no_range"), "plain"
        elif band.complete:
            state, kind = self._say("range_of", band.of), "complete"
        else:
            state, kind = self._say("pending", band.done, band.of), "waiting"
        style = {"dotdash": "dashed"}.get(dash, dash)
        line = f"<b style='border-top-style:{style};border-color:{colour}'></b>"
        return f"<span class='chip {kind}'>{line}{escape(name + more)}: {escape(state)}</span>"

    def _numbers(self) -> str:
        """The table of one year: values with ranges, changes against the law as ranges only."""
        shown = [slot for slot in self._slots if slot.numbers is not None]
        heads = [self._say("indicator"), self._say("law")]
        heads += [f"{self._say('policy')} {slot.letter}" for slot in shown]
        rows = [f"<tr>{''.join(f'<th scope=col>{escape(head)}</th>' for head in heads)}</tr>"]
        for name in MEASURES:
            cells = [f"<td>{escape(charts.title(name, self.language))}</td>"]
            cells.append(self._cell(name, self._shared.law, self._shared.law_band, None))
            cells += [self._cell(name, slot.numbers, slot.band, slot) for slot in shown]
            rows.append(f"<tr data-measure={name}>{''.join(cells)}</tr>")
        about = escape(self._say("table_about", self._year))
        return f"<p>{about}</p><div class=wide><table>{''.join(rows)}</table></div>"

    def _cell(
        self, name: str, numbers: Numbers | None, band: Band | None, slot: Slot | None
    ) -> str:
        assert numbers is not None
        k = self._year - self._ground.law.years.first
        lines = [
            f"<span class=value>{escape(charts.said(numbers[name][k], name, self.language))}</span>"
        ]
        law = self._shared.law_band
        if not self._ground.draws or band is None:
            return f"<td>{''.join(lines)}</td>"
        if not (band.complete and law.complete):
            lines.append(f"<small class=pending>{escape(self._say('pending_short'))}</small>")
            return f"<td>{''.join(lines)}</td>"
        if charts.moves(band.values(name)[:, k]):
            low, high = (float(end[k]) for end in band.ends(name))
            lines.append(
                f"<small class=range>{escape(charts.span(low, high, name, self.language))}</small>"
            )
        if slot is not None:
            low, high = (float(end[k]) for end in band.ends(name, law))
            change = charts.span(low, high, name, self.language, signed=True)
            lines.append(
                f"<small class=change>{escape(self._say('change'))}: {escape(change)}</small>"
            )
        return f"<td>{''.join(lines)}</td>"

    # --- the report

    def _report(self, _: Any) -> None:
        """Write the report in a thread beside, so that the page goes on."""
        self._tell(escape(self._say("reporting")))
        asked = {self._say("own_title", s.letter): dict(s.policy) for s in self._slots}
        Thread(target=self._write_report, args=(asked, self.language), daemon=True).start()

    def _write_report(self, asked: Mapping[str, Mapping[str, Any]], language: str) -> None:
        try:
            name = write_report(self._ground, asked, language)
        except Exception as error:  # whatever it is, the page says it and goes on
            text = escape(self._say("not_reported", said(error)))
        else:
            text = f"<a href='/report/{name}' target=_blank>{escape(self._say('reported'))}</a>"
        self._later(partial(self._tell, text))


def write_report(ground: Ground, asked: Mapping[str, Mapping[str, Any]], language: str) -> str:
    """Write the page on the law and these policies; the name of the file in `results_dir`."""
    import xarray as xr

    from stsim import results
    from stsim.simulation import dataset, ranges

    configs = {"baseline": ground.config({})}
    configs |= {name: ground.config(policy) for name, policy in asked.items()}
    runs: list[xr.Dataset] = []
    for name, config in configs.items():
        runs.append(dataset(config).assign_coords(scenario=name))
    ds = xr.concat(
        runs, "scenario", data_vars="all", coords=["run_id"], combine_attrs="drop_conflicts"
    )
    drawn = {name: ranges(c) for name, c in configs.items()} if ground.draws else None
    ids = [str(run.attrs["run_id"]) for run in runs]
    name = results.hashed("explorer", [*ids, language]) + ".html"
    folder = Path(ground.law.results_dir)
    folder.mkdir(parents=True, exist_ok=True)
    stsim.report(ds, folder / name, language=language, ranges=drawn)
    return name


#: Charts beside one another as the width allows.
GRID = """

:host { display: grid !important; align-items: end;
  grid-template-columns: repeat(auto-fill, minmax(max(200px, 30%), 1fr)); gap: 2px 10px; }
"""
