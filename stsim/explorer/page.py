"""The page of the explorer: one session of one browser tab. Needs the extra `app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import panel

from stsim import levers
from stsim.config import ConfigError
from stsim.explorer import charts, rows
from stsim.explorer.desk import LETTERS, Desk, Shared, Slot
from stsim.explorer.elements import STYLE, Board, Levers
from stsim.explorer.keeping import Keeping
from stsim.explorer.policies import LAST_SHOWN, MOST
from stsim.explorer.runs import MEASURES
from stsim.explorer.table import Table
from stsim.explorer.words import LANGUAGES, word
from stsim.faults import said

#: Years of the table that can be chosen.
YEARS = (2030, 2035, LAST_SHOWN)


class Session:
    """One browser tab: the page that shows a desk and moves its policies."""

    def __init__(self, shared: Shared) -> None:
        self._shared, self._ground = shared, shared.ground
        self.language = str(self._ground.law.language)
        self._year = 2035
        self._number = 0
        self._doc = panel.state.curdoc
        self._desk = Desk(shared, self)
        self._page = panel.Column(
            sizing_mode="stretch_width",
            styles={"padding": "10px 14px", "max-width": "100%", "box-sizing": "border-box"},
        )
        self._build()
        panel.state.on_session_destroyed(self._closed)
        # what a thread tells before the page is there would be lost
        panel.state.onload(self._loaded)

    def _loaded(self) -> None:
        """The page is there: listen to the law's band, and run the first policy."""
        self._shared.listeners.add(self._law_arrived)
        self.draw()
        self._desk.ask(self._desk.in_hand)

    def _closed(self, _: Any) -> None:
        self._desk.close()
        self._shared.listeners.discard(self._law_arrived)
        self._doc = None

    def later(self, call: Callable[[], None], after_ms: int = 0) -> None:
        """Do something in the turn of the page: what is told by other threads comes in here."""
        if self._doc is None or self._doc.session_context is None:
            return
        if after_ms:
            self._doc.add_timeout_callback(call, after_ms)
        else:
            self._doc.add_next_tick_callback(call)

    def _law_arrived(self) -> None:
        """Called from a thread beside when the law's band has grown."""
        self.later(self.draw if self._shared.law_band.complete else self.draw_text)

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
        self._status = Board(language=self.language, sizing_mode="stretch_width")
        self._table = Board(
            language=self.language, sizing_mode="stretch_width",
            styles={"overflow-x": "auto", "min-width": "0"},
        )  # fmt: skip
        self._keeping = Keeping(self._ground, self._desk, self.language, self.later)
        switch = widgets.Button(name=say("language"), width=90)
        switch.on_click(self._switch_language)
        self._choice = widgets.RadioButtonGroup(
            name=say("compared"), options=self._names(), value=self._desk.in_hand.letter
        )
        self._choice.param.watch(self._chosen, "value")
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
            # its width is in the stylesheet: panel would keep it on the narrowest screen
            sizing_mode="stretch_width", css_classes=["levers"],
            stylesheets=[LEFT],
        )  # fmt: skip
        grid = panel.Column(
            *(self._titled(chart) for chart in self._charts),
            sizing_mode="stretch_width",
            css_classes=["grid"],
            stylesheets=[GRID],
        )
        right = panel.Column(
            self._status, grid,
            panel.Row(panel.pane.HTML(escape(say("year")), align="center"), year),
            self._table, self._keeping.view(), sizing_mode="stretch_width", stylesheets=[RIGHT],
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
        self.draw()
        both = panel.Row(left, right, sizing_mode="stretch_width", stylesheets=[BOTH])
        self._page[:] = [heading, both]

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

    def _say(self, key: str, *parts: object) -> str:
        return word(key, self.language, *parts)

    def _about(self) -> str:
        law, draws = self._ground.law, self._ground.draws
        ramp = self._say("ramp", law.ramp_years) if law.ramp_years else ""
        key = "about" if draws else "about_no_range"
        posts = self._say(f"posts_{law.posts}")
        return self._say(key, law.parameter_set, law.policy_start, ramp, posts, draws)

    def _names(self) -> dict[str, str]:
        return {f"{self._say('policy')} {slot.letter}": slot.letter for slot in self._desk.slots}

    def _scenarios(self) -> dict[str, str]:
        found = {self._say("begin_none"): ""}
        for name, config in self._ground.scenarios().items():
            found[f"{getattr(config.title, self.language)} ({name})"] = name
        return found

    def _show_levers(self) -> None:
        groups = rows.rows(self._ground.law, self._desk.in_hand.policy, self.language)
        self._levers.param.update(groups=groups, number=self._levers.number + 1)

    # --- what people do

    def _moved(self, data: Mapping[str, Any]) -> None:
        """A slider has been moved, values by year typed, or a lever put back to the law."""
        name, value, text, move = (data.get(key) for key in ("name", "value", "text", "move"))
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if name not in levers.NAMES or not (value is None or number):
            return  # no page of ours says that
        slot = self._desk.in_hand
        if isinstance(text, str):
            try:
                # the other levers may be at fault too, which is not said beside this one
                values = self._ground.config({name: rows.by_year(text, name)}).policy[name]
            except ConfigError as error:
                self._answer(name, fault=said(error))
                return
            slot.policy[name] = values
            self._answer(name, value=rows.last_value(values), text=rows.said_by_year(values))
        elif value is None:
            slot.policy.pop(name, None)
        else:
            slot.policy[name] = float(value)
        slot.asked_by = move if isinstance(move, int) else 0
        self._desk.move(slot)

    def _answer(self, name: str, **found: Any) -> None:
        """Tell the lever what became of its values by year; a number makes each answer news."""
        number = self._levers.answer.get("number", 0) + 1
        self._levers.answer = {"name": name, "number": number, **found}

    def _chosen(self, event: Any) -> None:
        """Take another policy in hand."""
        if event.new != self._desk.in_hand.letter:
            self._desk.take(event.new)
            self._show_in_hand()

    def _show_in_hand(self) -> None:
        """The levers of the policy in hand."""
        self._keeping.title()
        self._begin.value = ""
        self._show_levers()

    def _add(self, _: Any) -> None:
        self._desk.add()
        self._policies_changed()

    def _remove(self, _: Any) -> None:
        self._desk.remove()
        self._policies_changed()

    def _policies_changed(self) -> None:
        """Show which policies there are now, and the one in hand."""
        letter = self._desk.in_hand.letter
        self._choice.param.update(options=self._names(), value=letter)
        self._show_in_hand()
        self.draw()

    def _begin_with(self, name: str) -> None:
        if not name:
            return
        slot = self._desk.in_hand
        slot.policy = dict(self._ground.scenarios()[name].policy)
        self._show_levers()
        self._desk.ask(slot)

    def _look_at(self, year: int) -> None:
        self._year = year
        self.draw_text()

    def _switch_language(self, _: Any) -> None:
        self.language = next(x for x in LANGUAGES if x != self.language)
        self._build()

    # --- what is drawn

    def draw(self, only: list[Slot] | None = None) -> None:
        """Lines, bands and numbers in one message to the browser: all policies, or some."""
        slots = self._desk.slots
        self._more.disabled = len(slots) == MOST
        self._fewer.disabled = len(slots) == 1
        gone = set(LETTERS) - {slot.letter for slot in slots}
        with panel.io.hold():
            for chart in self._charts:
                if only is None:
                    chart.draw(0, self._shared.law, self._shared.law_band)
                    for letter in gone:
                        chart.draw(1 + LETTERS.index(letter), None, None)
                for slot in only or slots:
                    chart.draw(slot.place, slot.numbers, slot.band)
            self.draw_text()

    def draw_text(self) -> None:
        """The key of the lines and the table, with what is still being computed."""
        self._number += 1
        slots = self._desk.slots
        bands = [self._shared.law_band, *(slot.band for slot in slots)]
        complete = sum(band is not None and band.complete for band in bands)
        ready = all(slot.numbers is not None and not slot.waiting for slot in slots)
        whole = complete == len(bands) or not self._ground.draws
        state = {
            "move": self._desk.in_hand.move,
            "waiting": not (ready and whole),
            "complete": complete,
        }
        table = Table(self._shared, slots, self.language, self._year)
        with panel.io.hold():
            self._status.param.update(html=table.chips(), state=state, number=self._number)
            self._table.param.update(html=table.numbers(), state=state, number=self._number)


#: Levers to the left of what they do, and above it on a narrow screen.
NARROW = "@media (max-width: 760px)"
BOTH = f"{NARROW} {{ :host {{ flex-wrap: wrap !important; }} }}"
LEFT = f"""

:host {{ flex: 0 0 340px; position: sticky; top: 0; max-height: 100vh; overflow-y: auto; }}
{NARROW} {{ :host {{ flex: 1 1 100%; min-width: 0; position: static; max-height: 55vh;
  border-bottom: 2px solid #999; }} }}
"""
RIGHT = f"""

:host {{ flex: 1; min-width: 320px; }}
{NARROW} {{ :host {{ flex: 1 1 100%; min-width: 0; max-width: 100%; }} }}
"""
#: Charts beside one another as the width allows.
GRID = """

:host { display: grid !important; align-items: end;
  grid-template-columns: repeat(auto-fill, minmax(max(200px, 30%), 1fr)); gap: 2px 10px; }
"""
