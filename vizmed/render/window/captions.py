"""What the window writes over its panes: hint, help, what is under the pointer, what was done, what is asked for."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from vizmed.render.lettering import FAINT_INK
from vizmed.render.window.lettered import help_sheet, strip
from vizmed.render.window.sheet import Sheet
from vizmed.render.window.words import HINT, WAITING

if TYPE_CHECKING:
    from vizmed.render.page import Pane
    from vizmed.render.stage import Stage

_TOLD_FOR_S = 5.0

_RIM = 8
"""Way from the edges in pixels."""

_CLEAR = 44
"""Way of what is told from the lower edge, clear of letters and scale bars."""


class Captions:
    """Words over the panes of a stage.

    Parameters
    ----------
    stage : Stage
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sheets = {name: Sheet(stage.over) for name in ("hint", "wait", "where", "asked", "told", "help")}
        self._words = {"hint": HINT, "wait": "", "where": "", "asked": "", "told": ""}
        self._pane: Pane | None = None
        self._helps = False
        self._told_until = 0.0

    def say(self, words: str) -> None:
        """Tell what was done, for a while."""
        self._words["told"] = words
        self._told_until = monotonic() + _TOLD_FOR_S

    def forget(self) -> bool:
        """Take away what was told long enough, and say whether something was."""
        is_over = bool(self._words["told"]) and monotonic() > self._told_until
        if is_over:
            self._words["told"] = ""
        return is_over

    def ask(self, words: str) -> None:
        """Say what to do next, until something else is said."""
        self._words["asked"] = words

    def read(self, words: str, pane: Pane | None) -> None:
        """Say what is under the pointer, in its pane."""
        self._words["where"], self._pane = words, pane

    def wait(self) -> None:
        """Say in the 3D pane that it is being drawn."""
        self._words["wait"] = WAITING

    def wait_no_more(self) -> None:
        """Take that away."""
        self._words["wait"] = ""

    def turn_help(self) -> None:
        """Show the help, or take it away."""
        self._helps = not self._helps

    def lay(self) -> None:
        """Lay all in its place."""
        width, height = self._stage.window.GetSize()
        for name, words in self._words.items():
            sheet = self._sheets[name]
            if words:
                picture = strip(words, color=FAINT_INK) if name == "hint" else strip(words)
                sheet.show(picture, *self._place(name, picture.shape[1], picture.shape[0]))
            else:
                sheet.hide()
        if self._helps:
            picture = help_sheet((width - 2 * _RIM, height - 2 * _RIM))
            self._sheets["help"].show(picture, (width - picture.shape[1]) / 2, (height - picture.shape[0]) / 2)
        else:
            self._sheets["help"].hide()

    def _place(self, name: str, width: int, height: int) -> tuple[float, float]:
        """Give the lower left corner of a strip of a size, from the window's own."""
        across, up = self._stage.window.GetSize()
        if name == "hint":
            return across - width - _RIM, _RIM
        if name in ("asked", "told"):
            above = height + _RIM if name == "told" and self._words["asked"] else 0
            return (across - width) / 2, _CLEAR + above
        pane = self._stage.pane_3d if name == "wait" else self._pane
        left, top, wide, high = pane.box if pane is not None else (0, 0, across, up)
        bottom = up - top - high
        if name == "wait":
            return left + (wide - width) / 2, bottom + (high - height) / 2
        return left + wide - width - _RIM, bottom + high - height - _RIM
