"""Frames of movies, one at a time: the camera goes around the patient, or slices pass one after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from math import cos, isfinite, radians, sin
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vizmed import stages
from vizmed.errors import OptionError
from vizmed.geometry import FloatArray
from vizmed.render import gl
from vizmed.render.camera import stand_for
from vizmed.render.page import draw_page, panes_of
from vizmed.render.steps import choose_steps, place_of
from vizmed.render.study import Study
from vizmed.scene import Camera, Plane, Point, Scene, as_point

if TYPE_CHECKING:
    from vizmed.render.stage import Stage

Frame = NDArray[np.uint8]
"""(height, width, 3)."""

MOST_FRAMES = 3600
"""Of a turn: a tenth of a degree each."""

_MOST_DEGREES = 3600

_LONG_SWEEP = 120
"""Frames that a sweep has about, where nothing is said of its steps and there are more slices."""

_STANDS_AROUND = 24
"""Directions from which the whole body must fit the frame."""

_POINTS = 2000
"""Of the body, for that."""


def turntable(scene: Scene, study: Study, *, frames: int = 60, degrees: float = 360.0) -> Iterator[Frame]:
    """Let the camera go around the patient, about the axis from feet to head.

    Parameters
    ----------
    scene : Scene
        Its camera is where the first frame is seen from. A view by name stands as far off as lets the whole body be
        seen from all sides; a camera goes around what it looks at.
    study : Study
    frames : int
    degrees : float
        How far it goes: from A over L, P and R; the other way round where it is negative. After whole turns the next
        frame would be the first again, so that it is left out; else the last frame is seen from the end of the way.

    Yields
    ------
    (height, width, 3) ndarray of uint8

    Raises
    ------
    OptionError
        If the scene has no 3D view, or there is no such number of frames.
    DisplayError
        If there is no OpenGL.
    """
    angles = turn_angles(frames, degrees)
    if scene.layout == "slices":
        raise OptionError("a page of slices does not turn", remedy="--layout 3d, or four, has a 3D view")
    with closing(_stage(scene, study)) as stage:
        first, axis = _first_stand(stage, scene)
        for angle in angles:
            yield _taken(stage, replace(scene, camera=turned(first, axis, angle), zoom=1.0))


def sweep(
    scene: Scene,
    study: Study,
    *,
    plane: Plane = "axial",
    every: int | None = None,
    every_mm: float | None = None,
    first: int | None = None,
    last: int | None = None,
) -> Iterator[Frame]:
    """Let the slices of a plane pass.

    Parameters
    ----------
    scene : Scene
        In each frame it is as it is, but for the place where its slices cross: on a page of several planes the
        crosshair goes along. Pages of slices need no OpenGL.
    study : Study
    plane : {"axial", "coronal", "sagittal", "oblique"}
    every, every_mm, first, last
        Which slices, as `sweep_steps` chooses them.

    Yields
    ------
    (height, width, 3) ndarray of uint8

    Raises
    ------
    OptionError
        If there are no such slices.
    DisplayError
        If the scene has a 3D view, and there is no OpenGL.
    """
    indices = sweep_steps(scene, study, plane=plane, every=every, every_mm=every_mm, first=first, last=last)
    places = (place_of(scene.slices, study.volume, plane, index) for index in indices)
    scenes = (replace(scene, slices=replace(scene.slices, at=place)) for place in places)
    if not scene.needs_opengl:
        yield from (draw_page(one, study) for one in scenes)
        return
    with closing(_stage(scene, study)) as stage:
        for one in scenes:
            yield _taken(stage, one)


def sweep_steps(
    scene: Scene,
    study: Study,
    *,
    plane: Plane = "axial",
    every: int | None = None,
    every_mm: float | None = None,
    first: int | None = None,
    last: int | None = None,
) -> tuple[int, ...]:
    """Choose the slices of a sweep, as `choose_steps` does: all, or about 120 of more than that.

    Raises
    ------
    OptionError
        If there are no such slices, or the scene does not show the plane.
    """
    shown = scene.slices.in_3d if scene.layout == "3d" else (*scene.slices.planes, *scene.slices.in_3d)
    if plane not in shown:
        raise OptionError(
            f"the {plane} plane is not among those shown", remedy=f"There are {', '.join(shown) or 'none'}"
        )
    return choose_steps(
        study.volume,
        plane,
        normal=scene.slices.normal,
        every=every,
        every_mm=every_mm,
        first=first,
        last=last,
        about=_LONG_SWEEP,
    )


def turn_angles(frames: int, degrees: float) -> tuple[float, ...]:
    """Give the angle of each frame of a turn, in degrees, in equal steps from 0.

    Raises
    ------
    OptionError
        If there is no such number of frames, or no such angle.
    """
    if not 2 <= frames <= MOST_FRAMES:
        raise OptionError(f"a turn of {frames} frames", remedy=f"It has 2 to {MOST_FRAMES}")
    if not (isfinite(degrees) and 0 < abs(degrees) <= _MOST_DEGREES):
        raise OptionError(f"a turn of {degrees:g} degrees", remedy=f"It is up to {_MOST_DEGREES} either way, and not 0")
    ends_where_it_began = degrees % 360 == 0
    return tuple(n * degrees / (frames if ends_where_it_began else frames - 1) for n in range(frames))


def turned(camera: Camera, axis: Point, degrees: float) -> Camera:
    """Let a camera go around the axis from feet to head through a point; from A towards L."""
    position, focal_point = _about(np.array([camera.position, camera.focal_point]), axis, degrees)
    (up,) = _about(np.array([camera.up]), (0.0, 0.0, 0.0), degrees)
    return Camera(as_point(position), as_point(focal_point), as_point(up))


def _stage(scene: Scene, study: Study) -> Stage:
    gl.require()
    from vizmed.render.stage import Stage

    return Stage(study, scene.size, off_screen=True)


@stages.stage("drawing")
def _taken(stage: Stage, scene: Scene) -> Frame:
    stage.show(replace(scene, transparent=False))
    return stage.pixels()


def _first_stand(stage: Stage, scene: Scene) -> tuple[Camera, Point]:
    """Find where the camera of the first frame stands, and a point of the axis that it goes around."""
    if isinstance(scene.camera, Camera):
        return scene.camera, scene.camera.focal_point
    stage.show(replace(scene, transparent=False))
    assert stage.drawing is not None  # noqa: S101 (the scene has a 3D view)
    assert stage.drawing.resolved is not None  # noqa: S101 (it was shown)
    seen = stage.drawing.resolved.seen
    seen = seen[:: -(-len(seen) // _POINTS)]
    axis = as_point((seen.min(axis=0) + seen.max(axis=0)) / 2)
    around = [_about(seen, axis, n * 360 / _STANDS_AROUND) for n in range(_STANDS_AROUND)]
    pane = next(pane for pane in panes_of(scene, stage.study.volume) if pane.plane == "3d")
    return stand_for(scene.camera, np.concatenate(around), pane.box[2:], zoom=scene.zoom), axis


def _about(points: FloatArray, axis: Point, degrees: float) -> FloatArray:
    cosine, sine = cos(radians(degrees)), sin(radians(degrees))
    through = np.array([axis[0], axis[1], 0])
    return np.asarray((points - through) @ np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]) + through)
