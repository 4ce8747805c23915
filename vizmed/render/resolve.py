"""A scene against a volume, once: every "auto" becomes a number, every surface a mesh. What comes out is only drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.presets import TransferFunction, Window, tissue
from vizmed.render.cut import onto_slice
from vizmed.render.light import choose_transfer_function, projection_function, tissue_range
from vizmed.render.table import without_table
from vizmed.scene import Scene
from vizmed.slices import SOFT_TISSUE, Slice, choose_window, take_slice
from vizmed.surface import Band, Level, choose_level, extract_surface
from vizmed.volume import Volume

if TYPE_CHECKING:
    import pyvista

_COARSE = 96
"""Voxels along an axis that finding the body's place looks at; it only frames the picture."""

_ENOUGH_POINTS = 20_000


@dataclass(frozen=True, eq=False)
class Resolved:
    """What is to be drawn.

    Parameters
    ----------
    scene : Scene
    volume : Volume
        What is drawn of it, the table taken out unless the scene shows it.
    without_table : bool
        Whether there was one.
    window : Window
        Of the slices.
    crossing : (3,) ndarray
        Where the slices cross, LPS mm.
    slices : tuple of Slice
    function : TransferFunction, optional
        Of the volume rendering.
    level : Level or Band, optional
        Of the surface.
    mesh : pyvista.PolyData, optional
        The surface, whole.
    air : float
        Values up to here are air, and left out where they surround the body.
    seen : (n, 3) ndarray
        Points that the picture must show, LPS mm.
    """

    scene: Scene
    volume: Volume
    without_table: bool
    window: Window
    crossing: FloatArray
    slices: tuple[Slice, ...]
    function: TransferFunction | None
    level: Level | Band | None
    mesh: pyvista.PolyData | None
    air: float
    seen: FloatArray


def resolve(scene: Scene, volume: Volume) -> Resolved:
    """Decide all that a scene leaves open.

    Raises
    ------
    OptionError, EmptySurfaceError
        If an option of the scene does not fit the volume.
    """
    scanned = volume
    if not scene.table:
        volume = without_table(volume)
    window = _scene_window(scene, volume)
    crossing = volume.geometry.to_world((np.array(volume.shape) - 1) / 2)
    if scene.slices and scene.slices.at is not None:
        crossing = np.array(scene.slices.at, dtype=np.float64)
    planes = scene.slices.planes if scene.slices else ()
    slices = tuple(take_slice(volume, plane, at=tuple(crossing)) for plane in planes)
    for one in slices:  # so that the corner is cut out along them
        crossing = onto_slice(crossing, one, volume.geometry)
    function = None
    if scene.volume:
        function = (
            projection_function(volume)
            if scene.volume.mip
            else choose_transfer_function(volume, scene.volume.preset, veil=scene.surface is not None)
        )
    level, mesh = None, None
    if scene.surface:
        level = choose_level(volume, preset=scene.surface.preset, level=scene.surface.level)
        mesh = extract_surface(volume, level, smooth=scene.surface.smooth)
    return Resolved(
        scene=scene,
        volume=volume,
        without_table=volume is not scanned,
        window=window,
        crossing=crossing,
        slices=slices,
        function=function,
        level=level,
        mesh=mesh,
        air=tissue("skin").level if volume.unit == "HU" else tissue_range(volume)[0] / 2,
        seen=_seen(volume, function, mesh),
    )


def _scene_window(scene: Scene, volume: Volume) -> Window:
    """Choose the window; among skin and bones, soft tissue says more than the lungs that a file may ask for."""
    wanted = scene.slices.window if scene.slices else "auto"
    return choose_window(volume, SOFT_TISSUE if wanted == "auto" and volume.unit == "HU" else wanted)


def _seen(volume: Volume, function: TransferFunction | None, mesh: pyvista.PolyData | None) -> FloatArray:
    """Give points that the picture must show, enough of them to frame it."""
    if function is not None:
        steps = [max(1, -(-n // _COARSE)) for n in volume.shape]
        coarse = volume.voxels[:: steps[0], :: steps[1], :: steps[2]]
        ijk = np.argwhere(coarse > _first_seen(function)) * steps
        if len(ijk):
            return volume.geometry.to_world(ijk[:: -(-len(ijk) // _ENOUGH_POINTS)])
    if mesh is not None and mesh.n_points:
        return np.asarray(mesh.points[:: -(-mesh.n_points // _ENOUGH_POINTS)], dtype=np.float64)
    ends = [(0, n - 1) for n in volume.shape]
    return volume.geometry.to_world([(i, j, k) for i in ends[0] for j in ends[1] for k in ends[2]])


def _first_seen(function: TransferFunction) -> float:
    """Give the value at which a transfer function begins to show anything."""
    places = function.opacity
    rising = [n for n, (_, opacity) in enumerate(places) if opacity > 0]
    return places[max(rising[0] - 1, 0)][0] if rising else places[0][0]
