"""Acts on what is shown in 3D, and on the overlay: volume, surfaces, transfer function, opacities."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Any

from vizmed.presets import names
from vizmed.render.window.desk import Act, Desk
from vizmed.render.window.slicing import following
from vizmed.scene import BLENDS, Scene, SurfaceLayer, VolumeLayer
from vizmed.volume import Volume

_FACTOR = 1.25
_FAINTEST, _DENSEST = 0.01, 100.0

_OVERLAY_STEP = 0.1

_TRANSLUCENT = 0.35


def turn_volume(scene: Scene, _desk: Desk) -> Scene:
    """Turn volume rendering on or off."""
    if scene.volume is None:
        return replace(scene, volume=VolumeLayer())
    return _with_volume(scene, shown=not scene.volume.shown)


def change_blend(scene: Scene, _desk: Desk) -> Scene:
    """Go from light and shade to the largest values along the rays, to the smallest, and back."""
    if scene.shown_volume is None:
        return replace(scene, volume=replace(scene.volume or VolumeLayer(), shown=True))
    return _with_volume(scene, blend=following(BLENDS, scene.shown_volume.blend, 1))


def functions_of(volume: Volume) -> tuple[str, ...]:
    """List the transfer functions by name that fit a volume."""
    kind = "ct-" if volume.unit == "HU" else "mr-"
    return ("auto", *(name for name in names("transfer_functions") if name.startswith(kind)))


def change_function(count: int) -> Act:
    """Make the act that goes so many transfer functions on."""

    def act(scene: Scene, desk: Desk) -> Scene:
        if scene.shown_volume is None:
            return scene
        return _with_volume(scene, preset=following(functions_of(desk.study.volume), scene.shown_volume.preset, count))

    return act


def multiply_opacity(sign: int) -> Act:
    """Make the act that makes the volume a quarter denser (1), or takes that back (-1)."""

    def act(scene: Scene, _desk: Desk) -> Scene:
        if scene.shown_volume is None:
            return scene
        opacity = float(f"{scene.shown_volume.opacity * _FACTOR**sign:.6g}")
        return _with_volume(scene, opacity=min(max(opacity, _FAINTEST), _DENSEST))

    return act


def shift_function(sign: int) -> Act:
    """Make the act that moves the transfer function one step up or down the values."""

    def act(scene: Scene, desk: Desk) -> Scene:
        if scene.shown_volume is None:
            return scene
        return _with_volume(scene, shift=scene.shown_volume.shift + sign * desk.value_step)

    return act


def turn_surfaces(scene: Scene, _desk: Desk) -> Scene:
    """Turn all surfaces off, or on where none is shown; where there are none, make the customary one."""
    if not scene.surfaces:
        return replace(scene, surfaces=(SurfaceLayer(),))
    return _with_surfaces(scene, shown=not scene.shown_surfaces)


def represent(*, wireframe: bool) -> Act:
    """Make the act that shows surfaces as wireframes, or as surfaces."""

    def act(scene: Scene, _desk: Desk) -> Scene:
        return _with_surfaces(scene, wireframe=wireframe)

    return act


def raise_level(sign: int) -> Act:
    """Make the act that moves the first surface one step up or down the values; its colour stays."""

    def act(scene: Scene, desk: Desk) -> Scene:
        if not scene.surfaces or not scene.surfaces[0].shown:
            return scene
        first = scene.surfaces[0]
        now = first.level if isinstance(first.level, int | float) else desk.level
        if now is None or not isfinite(now):
            return scene
        level = float(f"{now + sign * desk.value_step:.10g}")
        moved = replace(first, preset=None, level=level, color=first.color or desk.color)
        return replace(scene, surfaces=(moved, *scene.surfaces[1:]))

    return act


def turn_skin(scene: Scene, desk: Desk) -> Scene:
    """Lay the skin over the bone, translucent, or take it away; without Hounsfield units, see through the surface.

    Under the skin stands all of the bone alone: no corner is cut out, and no slices and no veil are in the way.
    """
    if desk.study.volume.unit != "HU":
        return _see_through(scene)
    others = tuple(surface for surface in scene.surfaces if surface.preset != "skin")
    if any(_is_translucent_skin(surface) for surface in scene.surfaces):
        return replace(scene, surfaces=others)
    whole = tuple(replace(surface, cut=False) for surface in others) or (SurfaceLayer(preset="bone"),)
    skin = SurfaceLayer(preset="skin", opacity=_TRANSLUCENT)
    volume = replace(scene.volume, shown=False) if scene.volume is not None else None
    slices = replace(scene.slices, in_3d=())
    return replace(scene, surfaces=(*whole, skin), volume=volume, slices=slices)


def _is_translucent_skin(surface: SurfaceLayer) -> bool:
    return surface.preset == "skin" and surface.opacity < 1


def _see_through(scene: Scene) -> Scene:
    if not scene.surfaces:
        return replace(scene, surfaces=(SurfaceLayer(opacity=_TRANSLUCENT),))
    first = scene.surfaces[0]
    opacity = 1.0 if first.opacity < 1 else _TRANSLUCENT
    return replace(scene, surfaces=(replace(first, opacity=opacity), *scene.surfaces[1:]))


def fade_overlay(sign: int) -> Act:
    """Make the act that makes the overlay a tenth denser (1) or fainter (-1)."""

    def act(scene: Scene, desk: Desk) -> Scene:
        if desk.study.overlay is None:
            return scene
        opacity = round(scene.overlay.opacity + sign * _OVERLAY_STEP, 6)
        return replace(scene, overlay=replace(scene.overlay, opacity=min(max(opacity, 0.0), 1.0)))

    return act


def _with_volume(scene: Scene, **fields: Any) -> Scene:
    return replace(scene, volume=replace(scene.volume or VolumeLayer(), **fields))


def _with_surfaces(scene: Scene, **fields: Any) -> Scene:
    return replace(scene, surfaces=tuple(replace(surface, **fields) for surface in scene.surfaces))
