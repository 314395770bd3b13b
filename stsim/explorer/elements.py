"""Elements of the page that panel does not have: the sliders, and text that says when it is drawn.

Needs the extra `app`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import param
from panel.custom import JSComponent

HERE = Path(__file__).parent
STYLE = (HERE / "page.css").read_text(encoding="utf-8")


class Levers(JSComponent):  # type: ignore[misc]
    """The sliders: native ones, with a mark where the law stands; drawn anew with each number.

    Only the browser knows where they have been moved since, so the same groups may be news.
    `answer` is what became of values by year that were typed beside one lever.
    """

    groups = param.List()
    number = param.Integer()
    answer = param.Dict(default={})
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
    language = param.String("en")
    state = param.Dict(default={})
    number = param.Integer()
    _esm = (HERE / "board.js").read_text(encoding="utf-8")
    _stylesheets = (STYLE,)
