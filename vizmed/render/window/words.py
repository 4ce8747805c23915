"""What the window says in words beside its panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vizmed.render.page.captions import position_words
from vizmed.volume import Volume

if TYPE_CHECKING:
    from vizmed.render.page import PaneView

HINT = "h  help"

WAITING = "drawing in 3D ..."


def title(volume: Volume) -> str:
    """Give the window's title: the description of the series, never the patient."""
    return " - ".join(filter(None, [volume.description or volume.modality, "vizmed"]))


def readout(view: PaneView, volume: Volume, x: float, y: float) -> str:
    """Say the value under a pixel of a pane with its unit, and where that is; nothing beside the scan."""
    found = view.value_at(volume, x, y)
    if found is None:
        return ""
    value, ijk = found
    unit = f" {volume.unit}" if volume.unit else ""
    return f"{value:.6g}{unit}    ijk {' '.join(map(str, ijk))}\n{position_words(view.to_lps(x, y))}"
