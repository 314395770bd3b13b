"""What was made again, and why numbers have changed, as people read it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stsim.attribution import HEADLINE
from stsim.audit.changes import Changes
from stsim.audit.reproduce import Check, Reproduced
from stsim.tables import SHOWN_YEARS, new_table, shown, wide_console
from stsim.words import word


def print_reproduced(found: Reproduced, language: str, seconds: float) -> None:
    """Print every file with what was found, and what is not as it was."""
    console = wide_console()
    if found.changed:
        console.print(word("made_otherwise", language))
        _print(found.changed, language, bare=True)
    else:
        console.print(word("made_alike", language))
    _print(found.checks, language)
    key = "again_identical" if found.identical else "again_same" if found.same else "again_differs"
    console.print(word(key, language).format(found.kept.folder, seconds))


def _print(checks: Sequence[Check], language: str, bare: bool = False) -> None:
    from rich.markup import escape

    table = new_table("", "", "") if not bare else new_table("", "")
    for column in table.columns:
        column.justify = "left"
    table.show_header = False
    for check in checks:
        state = () if bare else (word(f"check_{check.state}", language),)
        table.add_row(escape(check.what), *state, escape(check.detail))
    wide_console().print(table)


def print_changes(found: Changes, language: str, seconds: float) -> None:
    """Print the headline numbers of both runs in a few years, and the part of each cause."""
    from rich.markup import escape

    console = wide_console()
    for letter, side in (("a", found.a), ("b", found.b)):
        about = side.kept.about
        console.print(
            escape(
                f"{letter}: {side.kept.folder} {side.name} ({side.kept.runs.get(side.name)}; "
                f"stsim {about.get('code')}, data {str(about.get('data_sha256'))[:12]})"
            )
        )
    causes = [word(f"cause_{cause}", language) for cause in found.causes]
    for e, engine in enumerate(found.engines):
        table = new_table(word(engine, language), "", "a", "b", "b − a", *causes)
        for k, indicator in enumerate(HEADLINE):
            label = indicator.label_ja if language == "ja" else indicator.label
            for year in (y for y in SHOWN_YEARS if y in found.years):
                at = (e, k, found.years.index(year))
                table.add_row(
                    label,
                    str(year),
                    *(shown(float(side.said[at]), indicator.unit) for side in (found.a, found.b)),
                    *(
                        shown(float(value), indicator.unit, signed=True)
                        for value in (found.total[at], *(part[at] for part in found.parts))
                    ),
                )
                label = ""
        console.print(table)
    if not np.nan_to_num(found.total).any():
        console.print(word("nothing_changed", language))
    if found.not_kept:
        console.print(word("data_not_kept", language))
    console.print(word("changes_are", language).format(seconds))
