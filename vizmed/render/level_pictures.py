"""The surfaces of several levels as small pictures, from one place and at one scale, so that they compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import EmptySurfaceError
from vizmed.geometry import FloatArray
from vizmed.parts import PLAIN_COLOR
from vizmed.render import gl
from vizmed.render.camera import stand_for
from vizmed.render.draw import draw
from vizmed.render.resolve import Resolved, resolve
from vizmed.render.shade import sky_over
from vizmed.render.shown_surface import ShownSurface, asks_for, dressed
from vizmed.render.study import Study
from vizmed.scene import Scene, SurfaceLayer, View
from vizmed.stages import stage
from vizmed.surface import Level, extract_surface
from vizmed.surface.sweep import thinned
from vizmed.volume import Volume

Picture = NDArray[np.uint8]

MOST_VOXELS = 3_000_000
"""What is drawn small need not be fine: of a head of 256 x 256 x 192, every second voxel along each axis is drawn."""

LEAST_ASPECT, MOST_ASPECT = 0.8, 1.6
"""Width over height of a picture, within which it follows the body."""

_SMOOTH = 20
_ENOUGH_POINTS = 20_000
_FINER = 2
"""Pixels along a side that become one, so that edges have no steps."""


@stage("drawing")
def draw_levels(
    volume: Volume, levels: Sequence[float], *, camera: View = "A", width: int = 300
) -> tuple[Picture, ...]:
    """Draw the surface at each level, all seen from one place, the lowest filling the picture.

    Surfaces are those of a thinned copy, smoothed, all in one colour; a table under the patient is left out.

    Parameters
    ----------
    volume : Volume
    levels : sequence of float
        At least one.
    camera : {"A", "P", "L", "R", "S", "I", "iso"}
    width : int
        Of each picture in pixels; their height follows from the body.

    Returns
    -------
    tuple of (height, width, 3) ndarray of uint8
        One for each level; without a body where the thinned copy has no surface there.

    Raises
    ------
    DisplayError
        If there is no OpenGL.
    """
    gl.require()
    layer = SurfaceLayer(color=PLAIN_COLOR, smooth=_SMOOTH)
    resolved = resolve(Scene(camera=camera, annotated=False), Study(thinned(volume, MOST_VOXELS)))
    seen, height = resolved.seen, width
    pictures: dict[float, Picture] = {}
    for level in sorted(levels):
        surfaces = _surfaces(resolved.volume, level, layer)
        if surfaces and not pictures:
            mesh = surfaces[0].mesh
            seen = np.asarray(mesh.points[:: -(-mesh.n_points // _ENOUGH_POINTS)], dtype=np.float64)
            height = round(width / _aspect(camera, seen))
        shown = (layer,) * len(surfaces)
        scene = replace(resolved.scene, surfaces=shown, size=(_FINER * width, _FINER * height))
        pictures[level] = _picture(replace(resolved, scene=scene, surfaces=surfaces, seen=seen))
    return tuple(pictures[level] for level in levels)


def _aspect(camera: View, seen: FloatArray) -> float:
    """Give the width of a body over its height, as the viewer sees it."""
    stand = stand_for(camera, seen, (1, 1))
    towards = np.subtract(stand.position, stand.focal_point)
    right = np.cross(stand.up, towards) / np.linalg.norm(towards)
    aspect = float(np.ptp(seen @ right) / max(np.ptp(seen @ np.array(stand.up)), 1e-9))
    return min(max(aspect, LEAST_ASPECT), MOST_ASPECT)


def _surfaces(volume: Volume, value: float, layer: SurfaceLayer) -> tuple[ShownSurface, ...]:
    """Give the surface at a level, if there is one; with its specks, which tell that a level lies amid noise."""
    level = Level(value, "of a sweep")
    try:
        mesh = extract_surface(volume, level, smooth=_SMOOTH)
    except EmptySurfaceError:
        return ()
    made = dressed(mesh, sky_over(volume, level))
    return (ShownSurface(asks_for(layer), level, made, without_specks=False, coarse=False),)


def _picture(resolved: Resolved) -> Picture:
    from PIL import Image

    plotter = draw(resolved, off_screen=True).plotter
    try:
        image = np.ascontiguousarray(np.asarray(plotter.screenshot(return_img=True))[..., :3])
    finally:
        plotter.close()
    width, height = (side // _FINER for side in resolved.scene.size)
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))
