"""How large letters and lines are on a page."""

from __future__ import annotations

from dataclasses import dataclass

from vizmed.scene import Scene

_LETTER_SHARE, _CAPTION_SHARE, _INSET_SHARE = 0.020, 0.0145, 0.010
"""Of the picture's height: edge letters, captions, and their way from the pane's edge."""

_SMALLEST_LETTER, _SMALLEST_CAPTION, _SMALLEST_INSET = 12.0, 10.0, 5

_LEADING = 1.38
"""From line to line, as a part of the letters' size."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large things are, in pixels.

    Parameters
    ----------
    letter, caption : float
        Of edge letters and captions.
    inset : int
        From the pane's edge to what is written in it.
    line : float
        How wide fine lines are.
    """

    letter: float
    caption: float
    inset: int
    line: float

    @property
    def leading(self) -> float:
        """From line to line."""
        return _LEADING * self.caption


def sizes_of(scene: Scene) -> Sizes:
    """Give the sizes for a scene's picture."""
    return sizes_for(scene.size[1])


def sizes_for(height: int) -> Sizes:
    """Give the sizes for a picture of a height in pixels."""
    return Sizes(
        letter=max(_SMALLEST_LETTER, _LETTER_SHARE * height),
        caption=max(_SMALLEST_CAPTION, _CAPTION_SHARE * height),
        inset=max(_SMALLEST_INSET, round(_INSET_SHARE * height)),
        line=max(1.0, height / 1000),
    )
