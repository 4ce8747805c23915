"""Scenes by one word: what most people want to see first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

from vizmed.errors import OptionError
from vizmed.scene.layers import GRID_PLANES, Point, SliceLayer, SurfaceLayer, VolumeLayer
from vizmed.scene.parse import parse_background
from vizmed.scene.scene import Camera, Layout, Scene, View

Mode = Literal["scene", "slices", "volume", "surface", "mip", "minip"]
MODES: tuple[Mode, ...] = get_args(Mode)

_MODES_OF: dict[str, tuple[Mode, ...]] = {
    "level": ("surface", "scene", "slices"),
    "preset": ("volume", "surface", "scene", "slices"),
}
"""Option to the modes that it means something to."""


def scene_for(
    mode: Mode = "scene",
    *,
    window: str | tuple[float, float] = "auto",
    at: Point | None = None,
    preset: str | None = None,
    level: float | str | None = None,
    camera: View | Camera | None = None,
    layout: Layout | None = None,
    **more: Any,
) -> Scene:
    """Make the scene of a mode.

    Parameters
    ----------
    mode : {"scene", "slices", "volume", "surface", "mip", "minip"}
    window, at
        Of the slices; see `SliceLayer`.
    preset : str, optional
        Of the volume rendering (a transfer function) in mode ``"volume"``, else of the surface (a tissue).
    level : float or str, optional
        Of the surface.
    camera : str or Camera, optional
        ``"iso"`` for a scene, ``"A"`` for the others where left out.
    layout : {"3d", "slices", "four"}, optional
        ``"four"`` for the mode ``"slices"``, ``"3d"`` for the others where left out.
    **more
        Fields of `Scene`: ``size``, ``table``, ``background`` (which may be a word such as ``"white"``, too), ...

    Raises
    ------
    OptionError
        If there is no such mode, or an option does not belong to it.
    """
    if mode not in MODES:
        raise OptionError(f"there is no mode {mode!r}", remedy=f"There are {', '.join(MODES)}")
    for option, given in (("level", level), ("preset", preset)):
        if given is not None and mode not in _MODES_OF[option]:
            raise OptionError(
                f"--{option} means nothing to mode {mode!r}",
                remedy=f"It belongs to --mode {' or '.join(_MODES_OF[option])}",
            )
    slices = SliceLayer(at=at, window=window)
    surface = SurfaceLayer(preset=preset if mode != "volume" else None, level=level)
    rendering = VolumeLayer(preset=preset if preset and mode == "volume" else "auto")
    layers: dict[str, dict[str, Any]] = {
        "scene": {
            "slices": replace(slices, in_3d=GRID_PLANES),
            "volume": replace(rendering, cut=True),
            "surfaces": (replace(surface, cut=True),),
        },
        "slices": {"surfaces": (surface,)},
        "volume": {"volume": rendering},
        "surface": {"surfaces": (surface,)},
        "mip": {"volume": replace(rendering, blend="mip")},
        "minip": {"volume": replace(rendering, blend="minip")},
    }
    if isinstance(more.get("background"), str):
        more["background"] = parse_background(more["background"])
    fields: dict[str, Any] = {"slices": slices, **layers[mode], **more}
    return Scene(
        camera=camera or ("iso" if mode == "scene" else "A"),
        layout=layout or ("four" if mode == "slices" else "3d"),
        **fields,
    )
