"""Every page that is printed from the code: the model, its diagram, and the templates filled."""

from __future__ import annotations

from collections.abc import Mapping

from stsim.describe import codemap, datasheet, page, protocols, quoted, template
from stsim.describe.facts import Facts, find


def files() -> dict[str, str]:
    """All pages by their name in docs/."""
    facts = find()
    return of(facts, parts(facts))


def of(facts: Facts, printed: Mapping[str, str]) -> dict[str, str]:
    """The pages of these facts and printed parts."""
    filled = {name: template.filled(name, printed) for name in template.names()}
    return page.files(facts) | filled


def parts(facts: Facts) -> dict[str, str]:
    """What templates may ask for, by name."""
    several = (
        protocols.parts(facts),
        quoted.parts(facts.config),
        datasheet.parts(),
        codemap.parts(),
    )
    return {name: text for some in several for name, text in some.items()}
