"""The surfaces of a scene as actors that follow it: whole or cut, cropped, coarse while things move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vizmed.render.crop import box_sides, clip_side, to_planes
from vizmed.render.cut import without_corner, without_wedge
from vizmed.render.layers import look_of_surface, surface_actor
from vizmed.render.resolve import Resolved
from vizmed.render.shown_surface import ShownSurface, coarser
from vizmed.scene import SurfaceLayer

if TYPE_CHECKING:
    import pyvista

_Key = tuple[object, ...]

_NEAR = 0.02
"""Of the longest side of a surface's box: from nearer than that, the camera may stand amid what it sees."""


class DrawnSurfaces:
    """Actors of a renderer, one for each surface that is shown, in the scene's order.

    Parameters
    ----------
    renderer : vtkRenderer
    """

    def __init__(self, renderer: Any) -> None:
        self.actors: list[Any] = []
        self._renderer = renderer
        self._drawn: list[tuple[_Key, _Key]] = []
        self._layers: tuple[SurfaceLayer, ...] = ()
        self._is_open = False
        self._coarse: list[tuple[ShownSurface, pyvista.PolyData]] = []

    def show(self, resolved: Resolved, *, coarse: bool) -> None:
        """Show the surfaces of a resolved scene, changing only what differs."""
        layers = resolved.scene.shown_surfaces
        self._make_as_many(len(layers))
        self._coarse = [(surface, mesh) for surface, mesh in self._coarse if surface in resolved.surfaces]
        scene = resolved.scene
        for n, (surface, layer) in enumerate(zip(resolved.surfaces, layers, strict=True)):
            corner = tuple(resolved.crossing) if layer.cut else None
            part = (surface, corner, scene.crop, scene.clip, coarse)
            look = (layer.color or surface.level.color, layer.opacity, layer.wireframe)
            before_part, before_look = self._drawn[n]
            if part != before_part:
                self._fill(n, resolved, coarse=coarse)
            if look != before_look:
                look_of_surface(self.actors[n], layer, surface.level.color)
            self._drawn[n] = part, look
        self._layers = layers
        self._is_open = coarse or scene.crop is not None or scene.clip is not None

    def follow(self, camera: Any) -> None:
        """Leave out triangles that face away where none of them can be seen, as a camera stands now.

        Surfaces are closed: that is half of them, unless something is cut away or the camera stands within.
        """
        for actor, layer in zip(self.actors, self._layers, strict=True):
            hides = not (self._is_open or layer.cut or layer.wireframe) and _stands_outside(camera, actor.GetBounds())
            actor.GetProperty().SetBackfaceCulling(hides or layer.opacity < 1)

    def show_both_sides(self) -> None:
        """Draw all triangles of what is opaque, wherever the camera may go until the next `follow`."""
        for actor, layer in zip(self.actors, self._layers, strict=True):
            actor.GetProperty().SetBackfaceCulling(layer.opacity < 1)

    def _make_as_many(self, count: int) -> None:
        while len(self.actors) > count:
            self._renderer.RemoveViewProp(self.actors.pop())
            self._drawn.pop()
        while len(self.actors) < count:
            self.actors.append(surface_actor())
            self._drawn.append(((), ()))
            self._renderer.AddViewProp(self.actors[-1])

    def _fill(self, n: int, resolved: Resolved, *, coarse: bool) -> None:
        """Give an actor what is drawn of its surface: without the corner, and within the box and the plane."""
        surface, scene = resolved.surfaces[n], resolved.scene
        mesh = self._coarser(surface) if coarse else surface.mesh
        if scene.shown_surfaces[n].cut:
            mesh = without_corner(mesh, resolved.volume.geometry, resolved.crossing)
        around, beyond = box_sides(scene), clip_side(scene.clip)
        if around and beyond:  # a graphics card clips by six planes, which the box has; the seventh is cut
            mesh = without_wedge(mesh, beyond)
        mapper = self.actors[n].GetMapper()
        mapper.SetInputData(mesh)
        mapper.SetClippingPlanes(to_planes(around or beyond))

    def _coarser(self, surface: ShownSurface) -> pyvista.PolyData:
        for one, mesh in self._coarse:
            if one is surface:
                return mesh
        self._coarse.append((surface, coarser(surface.mesh)))
        return self._coarse[-1][1]


def _stands_outside(camera: Any, bounds: tuple[float, ...]) -> bool:
    low, high = np.reshape(bounds, (3, 2)).T
    margin = _NEAR * float((high - low).max())
    position = np.array(camera.GetPosition())
    return bool(((position < low - margin) | (position > high + margin)).any())
