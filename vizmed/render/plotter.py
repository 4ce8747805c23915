"""A resolved scene as a `pyvista.Plotter`: layers, lights, camera, letters. The window and the picture share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.render.camera import VIEW_ANGLE_DEGREES, stand_for
from vizmed.render.cut import without_corner
from vizmed.render.layers import slice_actor, surface_actor, volume_prop, with_normals
from vizmed.render.resolve import Resolved
from vizmed.scene import Plane, View
from vizmed.slices import edge_letters

if TYPE_CHECKING:
    import pyvista

_LIGHTS = (
    ((0.35, 0.55, 1.0), 0.95, "#fff6ea"),
    ((-0.9, 0.15, 0.5), 0.38, "#dfe9ff"),
    ((0.2, -0.9, -0.35), 0.25, "#ffffff"),
)
"""Key, fill and rim light, as a photographer sets them: place about the camera (right, up, towards it), strength,
colour. One light from the camera alone, VTK's default, makes faces flat."""

_LETTER_PLACES = (
    ((0.012, 0.5), "Left"),
    ((0.988, 0.5), "Right"),
    ((0.5, 0.975), "Centered"),
    ((0.5, 0.025), "Centered"),
)
"""Left, right, top and bottom edge as parts of the picture, and which end of the letters lies there."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """A plotter with the props of each layer, for those who go on with it.

    Parameters
    ----------
    plotter : pyvista.Plotter
    resolved : Resolved
    slices : dict of plane to vtkActor
    volume : vtkVolume, optional
    surface : vtkActor, optional
    letters : tuple of 4 vtkTextActor
        At the left, right, top and bottom edge.
    """

    plotter: pyvista.Plotter
    resolved: Resolved
    slices: dict[Plane, Any]
    volume: Any
    surface: Any
    letters: tuple[Any, ...]


def draw(resolved: Resolved, *, off_screen: bool, title: str = "vizmed") -> Drawing:
    """Put a resolved scene into a new plotter.

    Parameters
    ----------
    resolved : Resolved
    off_screen : bool
        Whether it is for a picture instead of a window.
    title : str
        Of the window.
    """
    import pyvista

    scene = resolved.scene
    plotter = pyvista.Plotter(off_screen=off_screen, window_size=list(scene.size), lighting="none", title=title)
    plotter.set_background(scene.background[0], top=scene.background[1])  # type: ignore[arg-type]  # a decorated method
    set_lights(plotter)
    props = _add_layers(plotter, resolved)
    look_from(plotter, resolved, scene.camera)
    letters: tuple[Any, ...] = ()
    if scene.annotated:
        letters = _add_letters(plotter)
        _add_marker(plotter)
        if resolved.without_table:
            _add_caption(plotter, "table left out")
    drawing = Drawing(plotter, resolved, *props, letters)
    place_letters(drawing)
    return drawing


def look_from(plotter: pyvista.Plotter, resolved: Resolved, view: View) -> None:
    """Move the camera to where all of a scene is seen from a side."""
    move_camera(plotter, view, resolved.seen, resolved.scene.size)


def move_camera(plotter: pyvista.Plotter, view: View, seen: FloatArray, size: tuple[int, int]) -> None:
    """Move the camera to where points (n, 3), LPS mm, fill a picture of a size, seen from a side."""
    stand = stand_for(view, seen, size)
    camera = plotter.camera
    camera.position, camera.focal_point, camera.up = stand.position, stand.focal_point, stand.up
    camera.view_angle = VIEW_ANGLE_DEGREES
    plotter.reset_camera_clipping_range()


def place_letters(drawing: Drawing) -> None:
    """Let the edge letters say where the patient's sides are, as the camera stands now."""
    if not drawing.letters:
        return
    camera = drawing.plotter.camera
    towards = np.array(camera.position) - np.array(camera.focal_point)
    right = np.cross(camera.up, towards)
    up = np.cross(towards, right)
    for letter, direction in zip(drawing.letters, (-right, right, up, -up), strict=True):
        letter.SetInput(edge_letters(direction))


def set_lights(plotter: pyvista.Plotter) -> None:
    """Light a plotter as every picture is lit."""
    import pyvista

    for position, intensity, color in _LIGHTS:
        light = pyvista.Light(light_type="camera light", intensity=intensity, color=color)
        light.position = position
        plotter.add_light(light)


def _add_layers(plotter: pyvista.Plotter, resolved: Resolved) -> tuple[dict[Plane, Any], Any, Any]:
    scene, volume = resolved.scene, resolved.volume
    slices, rendering, surface = {}, None, None
    for one in resolved.slices:
        slices[one.plane] = slice_actor(one, resolved.window, inverted=volume.inverted, air=resolved.air)
        plotter.add_actor(slices[one.plane], reset_camera=False, render=False)
    if scene.surface and resolved.mesh is not None and resolved.level is not None:
        lit = with_normals(resolved.mesh)
        shown = without_corner(lit, volume.geometry, resolved.crossing) if scene.surface.cut else lit
        surface = surface_actor(shown, scene.surface, resolved.level.color)
        plotter.add_actor(surface, reset_camera=False, render=False)
    if scene.volume and resolved.function is not None:
        cut_at = resolved.crossing if scene.volume.cut else None
        rendering = volume_prop(volume, resolved.function, mip=scene.volume.mip, cut_at=cut_at)
        plotter.add_actor(rendering, reset_camera=False, render=False)
    return slices, rendering, surface


def _add_letters(plotter: pyvista.Plotter) -> tuple[Any, ...]:
    from vtkmodules.vtkRenderingCore import vtkTextActor

    letters = []
    for place, end in _LETTER_PLACES:
        letter = vtkTextActor()
        letter.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
        letter.SetPosition(*place)
        looks = letter.GetTextProperty()
        looks.SetFontSize(max(14, round(0.024 * plotter.window_size[1])))
        looks.SetColor(0.91, 0.93, 0.96)
        getattr(looks, f"SetJustificationTo{end}")()
        looks.SetVerticalJustificationToCentered()
        looks.ShadowOn()
        plotter.add_actor(letter, reset_camera=False, render=False)
        letters.append(letter)
    return tuple(letters)


def _add_caption(plotter: pyvista.Plotter, text: str) -> None:
    """Say in the picture, in its upper right corner, what was done to it."""
    from vtkmodules.vtkRenderingCore import vtkTextActor

    caption = vtkTextActor()
    caption.SetInput(text)
    caption.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    caption.SetPosition(0.988, 0.985)
    looks = caption.GetTextProperty()
    looks.SetFontSize(max(11, round(0.017 * plotter.window_size[1])))
    looks.SetColor(0.58, 0.63, 0.69)
    looks.SetJustificationToRight()
    looks.SetVerticalJustificationToTop()
    plotter.add_actor(caption, reset_camera=False, render=False)


def _add_marker(plotter: pyvista.Plotter) -> None:
    """Add a small cube, lettered by the patient's sides, that turns with the camera."""
    from vtkmodules.vtkRenderingAnnotation import vtkAnnotatedCubeActor

    cube = vtkAnnotatedCubeActor()
    for name, letter in zip(("XPlus", "XMinus", "YPlus", "YMinus", "ZPlus", "ZMinus"), "LRPASI", strict=True):
        getattr(cube, f"Set{name}FaceText")(letter)
    cube.SetFaceTextScale(0.62)
    cube.SetTextEdgesVisibility(False)
    cube.GetCubeProperty().SetColor(0.20, 0.25, 0.31)
    for axis, color in (("X", (1.0, 0.83, 0.3)), ("Y", (0.35, 0.82, 0.52)), ("Z", (1.0, 0.42, 0.37))):
        for sign in ("Plus", "Minus"):
            face = getattr(cube, f"Get{axis}{sign}FaceProperty")()
            face.SetColor(*color)  # the colours of the sagittal, coronal and axial planes
            face.LightingOff()
    plotter.add_orientation_widget(cube, interactive=False, viewport=(0.0, 0.0, 0.13, 0.13))
