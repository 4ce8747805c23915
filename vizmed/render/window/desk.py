"""What an act of the window looks at beside the scene that it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, log10

from vizmed.render.study import Study
from vizmed.scene import Plane, Scene
from vizmed.slices import choose_window
from vizmed.volume import Volume

_STEP_HU = 25.0
_STEP_SHARE = 0.02
"""Of the values between the percentiles that a window without Hounsfield units shows."""


@dataclass(frozen=True, eq=False)
class Desk:
    """What lies beside the scene.

    Parameters
    ----------
    study : Study
    first : Scene
        The scene that the window began with.
    value_step : float
        How far one key press moves a level or a transfer function, in the volume's unit.
    plane : Plane
        Whose slices a key steps: that of the pane under the pointer.
    level : float, optional
        Where the first surface lies as it is drawn, whatever the scene calls that.
    color : str, optional
        In what it is drawn.
    """

    study: Study
    first: Scene
    value_step: float
    plane: Plane = "axial"
    level: float | None = None
    color: str | None = None


Act = Callable[[Scene, Desk], Scene]
"""What a key does: the scene that comes of a scene. Where there is nothing to change, it is the same scene."""


def value_step_of(volume: Volume) -> float:
    """Choose how far one key press moves values: 25 HU, or a round number near 2 % of the values that matter."""
    if volume.unit == "HU":
        return _STEP_HU
    step = _STEP_SHARE * choose_window(volume, "percentiles").width
    power = 10.0 ** floor(log10(step))
    return float(f"{round(step / power) * power:.1g}")
