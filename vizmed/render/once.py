"""A scene of which one picture is drawn: what its camera cannot see of a surface need not be lit, nor drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vizmed.render.camera import stand_of
from vizmed.render.resolve import Resolved, resolve
from vizmed.render.shown_surface import ShownSurface, UnlitSurface, unlit_surface
from vizmed.render.study import Study
from vizmed.scene import Scene, SurfaceLayer
from vizmed.volume import Volume


def resolve_once(scene: Scene, study: Study, size: tuple[int, int]) -> Resolved:
    """Resolve a scene as `resolve` does, for one picture from where its viewer stands.

    Parameters
    ----------
    scene : Scene
    study : Study
    size : (width, height) tuple of int
        Of the picture, in pixels.

    Returns
    -------
    Resolved
        No other scene can be shown after it.
    """
    made: list[UnlitSurface] = []

    def make(volume: Volume, layer: SurfaceLayer, _there_are: object, **how: Any) -> ShownSurface:
        made.append(unlit_surface(volume, layer, **how))
        return made[-1].shown

    resolved = resolve(scene, study, make=make)
    stand = stand_of(scene, resolved.seen, size)
    layers = zip(made, scene.shown_surfaces, strict=True)
    lit = tuple(surface.lit(stand if _hides_itself(layer, scene) else None) for surface, layer in layers)
    return replace(resolved, surfaces=lit, kept=())


def _hides_itself(layer: SurfaceLayer, scene: Scene) -> bool:
    """Tell whether a surface is drawn whole and solid."""
    is_whole = not layer.cut and scene.crop is None and scene.clip is None
    return is_whole and layer.opacity >= 1 and not layer.wireframe
