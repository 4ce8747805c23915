"""Options that what is drawn has no use for are refused: nothing that was asked for is silently left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vizmed.errors import OptionError
from vizmed.scene import Camera, Scene

if TYPE_CHECKING:
    from vizmed.cli.looking import Looking

_OF_PAGES = ("plane", "index", "neurological", "no_crosshair", "slice_zoom", "center")
"""What slices in a 3D view do not follow."""


def check_used(looking: Looking, scene: Scene) -> None:
    """Refuse options of slices where none are shown, of the 3D view where there is none, and two for one thing.

    Raises
    ------
    OptionError
    """
    if scene.layout == "3d":
        _check_3d(looking, scene)
    elif scene.transparent:
        raise OptionError("slices are not transparent", remedy="--transparent belongs to --layout 3d")
    if scene.layout == "slices":
        _check_page(looking)
    if looking.slicing.projection and not scene.slices.slab_mm:
        raise OptionError("--projection means nothing to thin slices", remedy="--slab 10mm makes them thick")
    if looking.slicing.center and scene.slices.zoom == 1:
        raise OptionError("--center means nothing to slices that are not zoomed", remedy="--slice-zoom 2 zooms them")
    _check_twice(looking)


def _check_3d(looking: Looking, scene: Scene) -> None:
    of_pages = [name for name in _given(looking.slicing) if name in _OF_PAGES]
    of_pages += [name for name in _given(looking.laying) if name != "measure"]
    of_slices = [name for name in _given(looking.slicing) if not (name == "window" and _is_projected(scene))]
    if of_pages:
        raise OptionError(
            f"{_option(of_pages[0])} means nothing to a 3D view", remedy="It belongs to --layout slices, or four"
        )
    if of_slices and not scene.slices.in_3d:
        raise OptionError(
            f"{_option(of_slices[0])} means nothing to a 3D view without slices",
            remedy="--layout slices, or four, shows them",
        )
    if looking.framing.zoom and isinstance(scene.camera, Camera):
        raise OptionError("--zoom means nothing to a camera by numbers", remedy="They say how near it stands")


def _check_page(looking: Looking) -> None:
    # a page of slices shows the crop as a box
    of_3d = [name for name in _given(looking.shaping) if name != "crop"]
    of_3d += [name for name in _given(looking.framing) if name in ("camera", "background")]
    if of_3d:
        raise OptionError(
            f"{_option(of_3d[0])} means nothing to a page of slices", remedy="--layout 3d, or four, has a 3D view"
        )


def _check_twice(looking: Looking) -> None:
    shaping, is_volume = looking.shaping, looking.mode == "volume"
    if shaping.surface and (shaping.level is not None or (shaping.preset and not is_volume)):
        raise OptionError("--surface and --level or --preset both name the surface", remedy="Give one of them")
    if shaping.rendering and shaping.preset and is_volume:
        raise OptionError("--rendering and --preset both name the transfer function", remedy="Give one of them")
    if looking.framing.transparent and looking.framing.background:
        raise OptionError("--transparent and --background exclude each other", remedy="Give one of them")


def _is_projected(scene: Scene) -> bool:
    """Whether a window is that of a projection in 3D."""
    return scene.shown_volume is not None and scene.shown_volume.blend != "shade"


def _given(options: object) -> list[str]:
    return [name for name, value in vars(options).items() if value not in (None, False)]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
