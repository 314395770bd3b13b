"""The foot of the page: save the policy in hand as a scenario, and write a report. Needs `app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import panel

import stsim
from stsim.config import ConfigError
from stsim.explorer import saving
from stsim.explorer.desk import Desk
from stsim.explorer.elements import STYLE
from stsim.explorer.policies import Ground
from stsim.explorer.words import LANGUAGES, word
from stsim.faults import said

if TYPE_CHECKING:
    import xarray as xr

WIDTH = 250


class Keeping:
    """Widgets that save and report, in one language; `later` is called from any thread."""

    def __init__(
        self, ground: Ground, desk: Desk, language: str, later: Callable[[Callable[[], None]], None]
    ) -> None:
        self._ground, self._desk, self._language, self._later = ground, desk, language, later
        say, widgets = self._say, panel.widgets
        self._name = widgets.TextInput(name=say("save_name"), placeholder="my_idea", width=WIDTH)
        self._titles = {x: widgets.TextInput(name=say(f"save_{x}"), width=WIDTH) for x in LANGUAGES}
        # a group of one, because panel's lone checkbox has no label for a screen reader
        self._replace = widgets.CheckBoxGroup(options=[say("save_replace")])
        self._said = panel.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width")
        self.title()

    def _say(self, key: str, *parts: object) -> str:
        return word(key, self._language, *parts)

    def title(self) -> None:
        """Propose titles for the policy in hand."""
        for language, widget in self._titles.items():
            widget.value = word("own_title", language, self._desk.in_hand.letter)

    def view(self) -> panel.viewable.Viewable:
        """What the browser shows."""
        say, widgets = self._say, panel.widgets
        save = widgets.Button(name=say("save"), button_type="primary")
        save.on_click(self._save)
        tools = find_spec("jinja2") is not None
        report = widgets.Button(name=say("report"), disabled=not tools)
        report.on_click(self._report)
        without = [] if tools else [panel.pane.HTML(escape(say("no_report_tools")))]
        return panel.Column(
            panel.FlexBox(self._name, *self._titles.values(), flex_wrap="wrap"),
            panel.FlexBox(save, self._replace, report, align_items="center"),
            *without,
            self._said,
            sizing_mode="stretch_width",
        )

    def _tell(self, html: str) -> None:
        self._said.object = f"<div role=status>{html}</div>"

    def _save(self, _: Any) -> None:
        name = self._name.value_input or self._name.value
        titles = {x: widget.value_input or widget.value for x, widget in self._titles.items()}
        try:
            policy = self._desk.in_hand.policy
            found = saving.save(self._ground, name, titles, policy, bool(self._replace.value))
        except ConfigError as error:
            self._tell(escape(self._say("not_saved", said(error))))
            return
        self._replace.value = []
        key = "replaced" if found.replaced else "saved"
        command = escape(self._ground.command(name))
        self._tell(f"{escape(self._say(key, found.path))}<pre>{command}</pre>")

    def _report(self, _: Any) -> None:
        """Write the report in a thread beside, so that the page goes on."""
        self._tell(escape(self._say("reporting")))
        asked = {self._say("own_title", s.letter): dict(s.policy) for s in self._desk.slots}
        Thread(target=self._write_report, args=(asked,), daemon=True).start()

    def _write_report(self, asked: Mapping[str, Mapping[str, Any]]) -> None:
        try:
            name = write_report(self._ground, asked, self._language)
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
