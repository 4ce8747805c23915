"""Options that what is drawn has no use for are refused: nothing that was asked for is silently left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vizmed.errors import OptionError
from vizmed.scene import Scene

if TYPE_CHECKING:
    from vizmed.cli.looking import Looking


def check_used(looking: Looking, scene: Scene) -> None:
    """Refuse options of slices where none are shown, and of the 3D view where there is none.

    Raises
    ------
    OptionError
    """
    of_slices = _given(looking.slicing) + _given(looking.laying)
    # a page of slices shows the crop as a box
    of_3d = [name for name in _given(looking.shaping) if name != "crop"]
    of_3d += [name for name in _given(looking.framing) if name in ("camera", "background")]
    if scene.layout == "3d" and not scene.slices.in_3d and of_slices:
        raise OptionError(
            f"{_option(of_slices[0])} means nothing to a 3D view without slices",
            remedy="--layout slices, or four, shows them",
        )
    if scene.layout == "slices" and of_3d:
        raise OptionError(
            f"{_option(of_3d[0])} means nothing to a page of slices", remedy="--layout 3d, or four, has a 3D view"
        )
    if scene.transparent and scene.layout != "3d":
        raise OptionError("slices are not transparent", remedy="--transparent belongs to --layout 3d")


def _given(options: object) -> list[str]:
    return [name for name, value in vars(options).items() if value not in (None, False)]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
