"""The volume rendering of a scene as props that follow it: the whole volume, and a thinned copy while things move."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vizmed.geometry import Geometry
from vizmed.render.crop import box_sides, clip_side, to_planes
from vizmed.render.cut import crop_corner
from vizmed.render.framing import Box
from vizmed.render.resolve import Resolved
from vizmed.render.volume_layer import fill_volume, look_of_volume, sample_distance, volume_prop
from vizmed.surface.sweep import thinned
from vizmed.volume import Volume

_HURRIED_PIXELS, _HURRIED_STEP = 4.0, 2.0
"""Pixels along a side that share a ray while things move, and how much longer its steps are."""

_HURRIED_VOXELS = 4_000_000
"""Of the copy that is drawn meanwhile: as many along a side as there are rays, and they stay in a processor's cache."""


class DrawnVolume:
    """The props of a volume rendering.

    Parameters
    ----------
    renderer : vtkRenderer

    Attributes
    ----------
    whole, thin : vtkVolume
        One of them is visible where there is a volume rendering: the thin one in a hurry, if there is less of it.
    """

    def __init__(self, renderer: Any) -> None:
        self._followers = _Follower(), _Follower()
        self.whole, self.thin = (one.prop for one in self._followers)
        self._thinned: tuple[Volume, Box, Volume] | None = None
        for prop in (self.whole, self.thin):
            prop.VisibilityOff()
            renderer.AddViewProp(prop)

    def show(self, resolved: Resolved, *, hurried: bool) -> None:
        """Show the volume rendering of a resolved scene, or none, changing only what differs."""
        self.whole.VisibilityOff()
        self.thin.VisibilityOff()
        if resolved.scene.shown_volume is None or resolved.function is None:
            return
        volume, box = resolved.drawn, resolved.box
        whole, thin = self._followers
        follower = whole
        if hurried and _count(box) > _HURRIED_VOXELS:
            volume, follower = self._thin_copy(volume, box), thin
            box = (slice(0, volume.shape[0]), slice(0, volume.shape[1]), slice(0, volume.shape[2]))
        follower.follow(resolved, volume, box, hurried=hurried)
        follower.prop.VisibilityOn()

    def _thin_copy(self, volume: Volume, box: Box) -> Volume:
        if self._thinned is None or self._thinned[0] is not volume or self._thinned[1] != box:
            first = [side.start for side in box]
            affine = volume.geometry.affine.copy()
            affine[:3, 3] = volume.geometry.to_world(first)
            voxels = volume.voxels[box]
            part = replace(volume, voxels=voxels, geometry=Geometry(voxels.shape, affine))
            self._thinned = volume, box, thinned(part, _HURRIED_VOXELS)
        return self._thinned[2]


class _Follower:
    """One prop, and what it shows already."""

    def __init__(self) -> None:
        self.prop: Any = volume_prop()
        self._drawn: dict[str, Any] = {}
        self._lies: Geometry | None = None

    def follow(self, resolved: Resolved, volume: Volume, box: Box, *, hurried: bool) -> None:
        """Show a volume as a resolved scene, which has a volume rendering, has it looked at."""
        scene, function = resolved.scene, resolved.function
        layer = scene.shown_volume
        assert layer is not None and function is not None  # noqa: PT018, S101 (for mypy)
        is_new = self._differs("voxels", (volume, tuple((side.start, side.stop) for side in box)))
        if is_new or self._lies is None:
            self._lies = fill_volume(self.prop, volume, box)
        if self._differs("function", (function, layer.blend)) or is_new:
            look_of_volume(self.prop, function, layer.blend, resolved.volume.geometry.spacing)
        mapper = self.prop.GetMapper()
        cut_at = resolved.crossing if layer.cut else None
        if self._differs("corner", None if cut_at is None else tuple(cut_at)) or is_new:
            crop_corner(mapper, self._lies, cut_at)
        if self._differs("sides", (scene.crop, scene.clip)):
            mapper.SetClippingPlanes(to_planes((*box_sides(scene), *clip_side(scene.clip))))
        mapper.SetImageSampleDistance(_HURRIED_PIXELS if hurried else 1.0)
        step = _HURRIED_STEP if hurried else 1.0
        mapper.SetSampleDistance(step * sample_distance(layer.blend, self._lies.spacing))

    def _differs(self, what: str, now: Any) -> bool:
        """Tell whether something is not yet drawn so, and take it as drawn."""
        if what in self._drawn and self._drawn[what] == now:
            return False
        self._drawn[what] = now
        return True


def _count(box: Box) -> int:
    i, j, k = (side.stop - side.start for side in box)
    return int(i * j * k)
