"""A scene against a volume, once: every "auto" becomes a number, every surface a mesh. What comes out is only drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.presets import TransferFunction, Window, tissue
from vizmed.render.crop import box_sides, check_leaves_something, clip_side
from vizmed.render.cut import onto_slice
from vizmed.render.framing import Box, points_to_frame, shown_box
from vizmed.render.light import (
    adjusted,
    beyond_minimum,
    choose_transfer_function,
    is_stretched,
    projection_function,
    tissue_range,
)
from vizmed.render.mixed import smoothed
from vizmed.render.page.view import slice_of
from vizmed.render.shown_surface import ShownSurface, asks_for, shown_surface
from vizmed.render.table import body_alone, without_hidden, without_table
from vizmed.scene import Blend, Scene, VolumeLayer
from vizmed.slices import SOFT_TISSUE, Slice, choose_window, crossing
from vizmed.volume import Volume

if TYPE_CHECKING:
    import pyvista

    from vizmed.render.study import Study

_RIM_SHARE = 0.08
"""Part of the way from the skin's value to the brightest that a slice ends within a skin that is drawn."""


@dataclass(frozen=True, eq=False)
class Resolved:
    """What is to be drawn.

    Parameters
    ----------
    scene : Scene
    study : Study
        As it was given.
    volume : Volume
        What is drawn of it, the table taken out unless the scene shows it.
    tissue : (low, high) tuple of float, optional
        The value that parts air from tissue and that of the brightest tissue, where there are no Hounsfield units.
    window : Window
        Of the slices.
    crossing : (3,) ndarray
        Where the slices cross, LPS mm.
    slices : tuple of Slice
        Those that are shown in 3D.
    function : TransferFunction, optional
        Of the volume rendering.
    drawn : Volume
        What the volume rendering is drawn of: the volume smoothed a little for its light, or for a minimum its body
        alone.
    drawn_for : str, optional
        The blend that it was made for; None where no volume rendering has been shown yet.
    box : tuple of slice
        What of its voxels the volume rendering shows anything of.
    surfaces : tuple of ShownSurface
        One for each surface that is shown.
    kept : tuple of ShownSurface
        One for each surface of the scene that was ever shown, to be shown again.
    seen : (n, 3) ndarray
        Points that the picture must show, LPS mm.
    """

    scene: Scene
    study: Study
    volume: Volume
    tissue: tuple[float, float] | None
    window: Window
    crossing: FloatArray
    slices: tuple[Slice, ...]
    function: TransferFunction | None
    drawn: Volume
    drawn_for: Blend | None
    box: Box
    surfaces: tuple[ShownSurface, ...]
    kept: tuple[ShownSurface, ...]
    seen: FloatArray

    @property
    def without_table(self) -> bool:
        """Whether there was a table, and it is left out."""
        return self.volume is not self.study.volume

    @property
    def without_specks(self) -> bool:
        """Whether small pieces of a surface are left out."""
        return any(surface.without_specks for surface in self.surfaces)

    @property
    def levels(self) -> tuple[Any, ...]:
        """The Level or Band of each surface that is shown."""
        return tuple(surface.level for surface in self.surfaces)

    @property
    def meshes(self) -> tuple[pyvista.PolyData, ...]:
        """The mesh of each surface that is shown, whole."""
        return tuple(surface.mesh for surface in self.surfaces)

    @property
    def air(self) -> float:
        """Values up to here are air, and left out where they surround the body on a slice in space."""
        if self.tissue is None or self.volume.unit == "HU":
            return tissue("skin").level
        low, high = self.tissue
        # within a skin that is drawn, or its dark rim would stick out of it as a line
        skins = [level.low for level in self.levels if np.isfinite(level.low) and level.low <= low]
        return min(skins) + _RIM_SHARE * (high - min(skins)) if skins else low / 2


def resolve(
    scene: Scene,
    study: Study,
    before: Resolved | None = None,
    *,
    coarse: bool = False,
    make: Callable[..., ShownSurface] = shown_surface,
) -> Resolved:
    """Decide all that a scene leaves open.

    Parameters
    ----------
    scene : Scene
    study : Study
    before : Resolved, optional
        An earlier one of the same study: what this scene asks for, too, is taken from there.
    coarse : bool
        Extract surfaces from a thinned copy, for a level that is being dragged.
    make : callable
        What makes surfaces, as `shown_surface` does.

    Raises
    ------
    OptionError, EmptySurfaceError
        If an option of the scene does not fit the volume.
    """
    check_leaves_something(scene, study.volume.geometry)
    if before is not None and before.study is not study:
        before = None
    volume = _drawn_volume(scene, study, before)
    if before is not None and before.volume is not volume:
        before = None
    layer = scene.shown_volume
    border = before.tissue if before else None
    if border is None and is_stretched(volume, layer.preset if layer else ""):
        border = tissue_range(volume)
    window, at, slices = _slices(scene, volume, before)
    function = _function(scene, volume, border, before)
    kept = before.kept if before else ()
    drawn, drawn_for = _drawn(scene, volume, border, before)
    sides = (*box_sides(scene), *clip_side(scene.clip))
    surfaces = tuple(make(volume, one, kept, sides=sides, coarse=coarse) for one in scene.shown_surfaces)
    resolved = Resolved(
        scene=scene,
        study=study,
        volume=volume,
        tissue=border,
        window=window,
        crossing=at,
        slices=slices,
        function=function,
        drawn=drawn,
        drawn_for=drawn_for,
        box=_box(drawn, function, before),
        surfaces=surfaces,
        kept=_worth_keeping(scene, surfaces, kept),
        seen=np.empty((0, 3)),
    )
    return replace(resolved, seen=_seen(resolved, before))


def _drawn_volume(scene: Scene, study: Study, before: Resolved | None) -> Volume:
    if scene.table:
        return study.volume
    if before is not None and not before.scene.table:
        return before.volume
    return without_table(study.volume)


def _slices(scene: Scene, volume: Volume, before: Resolved | None) -> tuple[Window, FloatArray, tuple[Slice, ...]]:
    """Take the slices that are shown in space, and find where they cross: the corner is cut out along them."""
    layer = scene.slices
    if before is not None and before.scene.slices == layer:
        return before.window, before.crossing, before.slices
    # among skin and bones, soft tissue says more than the lungs that a file may ask for
    window = choose_window(volume, SOFT_TISSUE if layer.window == "auto" and volume.unit == "HU" else layer.window)
    at = crossing(layer, volume)
    in_space = replace(layer, neurological=False)  # in 3D the camera decides which side is left
    slices = tuple(slice_of(in_space, volume, plane) for plane in layer.in_3d)
    for one in slices:
        if one.plane != "oblique":
            at = onto_slice(at, one, volume.geometry)
    return window, at, slices


def _function(
    scene: Scene, volume: Volume, border: tuple[float, float] | None, before: Resolved | None
) -> TransferFunction | None:
    layer, veil = scene.shown_volume, bool(scene.shown_surfaces)
    if layer is None:
        return None
    if before is not None and before.function and _chosen_by(before.scene) == _chosen_by(scene):
        return before.function
    if layer.blend != "shade":
        window = None if scene.slices.window == "auto" else choose_window(volume, scene.slices.window)
        ramp = projection_function(volume, layer.blend, border=border, window=window)
        return adjusted(ramp, opacity=layer.opacity, shift=layer.shift)
    return choose_transfer_function(
        volume, layer.preset, veil=veil, opacity=layer.opacity, shift=layer.shift, border=border
    )


def _drawn(
    scene: Scene, volume: Volume, border: tuple[float, float] | None, before: Resolved | None
) -> tuple[Volume, Blend | None]:
    """Give what the volume rendering is drawn of, and for which blend."""
    layer = scene.shown_volume
    if layer is None:
        return (before.drawn, before.drawn_for) if before else (volume, None)
    if before is not None and before.drawn_for == layer.blend:
        return before.drawn, before.drawn_for
    if layer.blend == "minip":
        air = border[0] if border and volume.unit != "HU" else tissue("skin").level
        outside = beyond_minimum(volume, border)
        return body_alone(without_hidden(volume, outside), air, outside), layer.blend
    dark = without_hidden(volume)
    return smoothed(dark) if layer.blend == "shade" else dark, layer.blend


def _box(drawn: Volume, function: TransferFunction | None, before: Resolved | None) -> Box:
    """Find what is shown of the voxels; looking at all of them takes longer than a frame."""
    if function is None:
        return slice(0, drawn.shape[0]), slice(0, drawn.shape[1]), slice(0, drawn.shape[2])
    if before is not None and before.drawn is drawn and before.function is function:
        return before.box
    return shown_box(drawn, function)


def _chosen_by(scene: Scene) -> tuple[object, ...]:
    layer = scene.shown_volume or VolumeLayer()
    window = None if layer.blend == "shade" else scene.slices.window
    return layer.preset, layer.blend, layer.opacity, layer.shift, bool(scene.shown_surfaces), window


def _worth_keeping(
    scene: Scene, surfaces: tuple[ShownSurface, ...], kept: tuple[ShownSurface, ...]
) -> tuple[ShownSurface, ...]:
    hidden = [asks_for(layer) for layer in scene.surfaces if not layer.shown]
    return (*surfaces, *(one for one in kept if one.asked in hidden and one not in surfaces))


def _seen(resolved: Resolved, before: Resolved | None) -> FloatArray:
    if before is not None and _framed_by(before) == _framed_by(resolved):
        return before.seen
    sides = box_sides(resolved.scene)
    return points_to_frame(resolved.drawn, resolved.function, resolved.meshes, resolved.slices, sides)


def _framed_by(resolved: Resolved) -> tuple[object, ...]:
    return resolved.scene.crop, resolved.drawn, resolved.function, resolved.surfaces, resolved.slices
