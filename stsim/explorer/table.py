"""The text beside the charts as HTML: the key of the lines, and the table of one year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from stsim.explorer import charts
from stsim.explorer.desk import Shared, Slot
from stsim.explorer.runs import MEASURES, Band, Numbers
from stsim.explorer.words import word


@dataclass(frozen=True)
class Table:
    """What is said of these policies in one language; `year` is the one of the numbers."""

    shared: Shared
    slots: Sequence[Slot]
    language: str
    year: int

    def _say(self, key: str, *parts: object) -> str:
        return word(key, self.language, *parts)

    def chips(self) -> str:
        """The key of the lines, with what is still being computed."""
        chips = [self._chip(0, self._say("law"), "", self.shared.law_band)]
        for slot in self.slots:
            name = f"{self._say('policy')} {slot.letter}"
            moved = self._say("moved", len(slot.policy))
            if slot.fault:
                text = f"{name}: {self._say('refused', slot.fault)}"
                chips.append(f"<span class='chip refused'>{escape(text)}</span>")
            elif slot.waiting or slot.numbers is None:
                text = f"{name}: {self._say('computing')}"
                chips.append(f"<span class='chip waiting'>{escape(text)}</span>")
            else:
                chips.append(self._chip(slot.place, name, f" ({moved})", slot.band))
        return f"<div class='chips'>{''.join(chips)}</div>"

    def _chip(self, place: int, name: str, more: str, band: Band | None) -> str:
        colour, dash = charts.LOOKS[place]
        if band is None or not self.shared.ground.draws:
            state, kind = self._say("no_range"), "plain"
        elif band.complete:
            state, kind = self._say("range_of", band.of), "complete"
        else:
            state, kind = self._say("pending", band.done, band.of), "waiting"
        style = {"dotdash": "dashed"}.get(dash, dash)
        line = f"<b style='border-top-style:{style};border-color:{colour}'></b>"
        return f"<span class='chip {kind}'>{line}{escape(name + more)}: {escape(state)}</span>"

    def numbers(self) -> str:
        """The table of one year: values with ranges, changes against the law as ranges only."""
        shown = [slot for slot in self.slots if slot.numbers is not None]
        heads = [self._say("indicator"), self._say("law")]
        heads += [f"{self._say('policy')} {slot.letter}" for slot in shown]
        rows = [f"<tr>{''.join(f'<th scope=col>{escape(head)}</th>' for head in heads)}</tr>"]
        for name in MEASURES:
            label = escape(charts.title(name, self.language))
            cells = [f"<th scope=row>{label}</th>"]
            cells.append(self._cell(name, self.shared.law, self.shared.law_band))
            cells += [
                self._cell(name, slot.numbers, slot.band, policy=True)
                for slot in shown
                if slot.numbers is not None
            ]
            rows.append(f"<tr data-measure={name}>{''.join(cells)}</tr>")
        about = escape(self._say("table_about", self.year))
        return (
            f"<p>{about}</p><div class=wide tabindex=0 role=region aria-label='{about}'>"
            f"<table>{''.join(rows)}</table></div>"
        )

    def _cell(self, name: str, numbers: Numbers, band: Band | None, policy: bool = False) -> str:
        """A value, then its range and (of a policy) that of the change, once they are there."""
        k = self.year - self.shared.ground.law.years.first
        value = charts.said(numbers[name][k], name, self.language)
        lines = [f"<span class=value>{escape(value)}</span>"]
        law = self.shared.law_band
        if not self.shared.ground.draws or band is None:
            return f"<td>{''.join(lines)}</td>"
        if not (band.complete and law.complete):
            lines.append(f"<small class=pending>{escape(self._say('pending_short'))}</small>")
            return f"<td>{''.join(lines)}</td>"
        if charts.moves(band.values(name)[:, k]):
            low, high = (float(end[k]) for end in band.ends(name))
            span = charts.span(low, high, name, self.language)
            lines.append(f"<small class=range>{escape(span)}</small>")
        if policy:
            low, high = (float(end[k]) for end in band.ends(name, law))
            change = charts.span(low, high, name, self.language, signed=True)
            text = f"{self._say('change')}: {change}"
            lines.append(f"<small class=change>{escape(text)}</small>")
        return f"<td>{''.join(lines)}</td>"
