"""Surfaces in a picture, from the front and from the back, with a colour bar where colours say a length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.parts import PLAIN_COLOR, Part
from vizmed.render import gl
from vizmed.render.camera import stand_at, stand_for
from vizmed.render.draw import set_lights
from vizmed.render.layers import plain_actor, rgb
from vizmed.render.mesh_map import MeshMap
from vizmed.render.normals import with_normals
from vizmed.scene import Scene, View
from vizmed.slices import edge_letters
from vizmed.stages import stage
from vizmed.vtk_bridge import mesh_arrays

if TYPE_CHECKING:
    import pyvista
    from PIL import Image

SIZE = (1600, 1000)
"""Width and height of the picture in pixels."""

FRONT_AND_BACK: tuple[View, ...] = ("A", "P")
ALL_AROUND: tuple[View, ...] = ("A", "P", "R", "L")

_CAPTIONS: dict[View, str] = {
    "A": "from the front",
    "P": "from the back",
    "L": "from the patient's left",
    "R": "from the patient's right",
}

_TO_THE_RIGHT: dict[View, tuple[int, int, int]] = {"A": (1, 0, 0), "P": (-1, 0, 0), "L": (0, 1, 0), "R": (0, -1, 0)}
"""What lies to the right of the viewer, LPS."""

_ACROSS = 2
"""Views beside each other."""

_STRIP_SHARE = 0.11
"""Part of the height that the colour bar has to itself."""

_LETTER_SHARE, _CAPTION_SHARE = 0.026, 0.018  # of the picture's height

_INK, _FAINT_INK = "#e8eef4", "#93a1b0"

_UNKNOWN = "#6d7681"
"""Where a length is not known."""

_ENOUGH_POINTS = 20_000


@stage("drawing")
def draw_meshes(
    parts: Sequence[Part],
    shown: MeshMap | None = None,
    *,
    views: Sequence[View] = FRONT_AND_BACK,
    size: tuple[int, int] = SIZE,
) -> NDArray[np.uint8]:
    """Draw surfaces from several sides, two beside each other.

    Parameters
    ----------
    parts : sequence of Part
        Each in its own colour.
    shown : MeshMap, optional
        What is drawn in their place, with its colour bar.
    views : sequence of {"A", "P", "L", "R"}
        From where, an even number of them.
    size : (width, height) tuple of int

    Returns
    -------
    (height, width, 3) ndarray of uint8

    Raises
    ------
    DisplayError
        If there is no OpenGL.
    """
    from PIL import Image

    gl.require()
    width, height = size
    strip = round(_STRIP_SHARE * height) if shown else 0
    pane = width // _ACROSS, (height - strip) * _ACROSS // len(views)
    page = Image.new("RGB", size, Scene().background[0])
    for n, (view, pixels) in enumerate(zip(views, _pictures(parts, shown, views, pane), strict=True)):
        corner = n % _ACROSS * pane[0], n // _ACROSS * pane[1]
        page.paste(Image.fromarray(pixels), corner)
        _write_sides(page, view, (*corner, *pane))
    if shown:
        _draw_bar(page, shown, height - strip)
    return np.asarray(page)


def _pictures(
    parts: Sequence[Part], shown: MeshMap | None, views: Sequence[View], size: tuple[int, int]
) -> list[NDArray[np.uint8]]:
    import pyvista

    plotter = pyvista.Plotter(off_screen=True, window_size=list(size), lighting="none")
    try:
        background = Scene().background
        plotter.set_background(background[0], top=background[1])  # type: ignore[arg-type]  # a decorated method
        set_lights(plotter.renderer)
        actors = [_map_actor(shown)] if shown else [_part_actor(part) for part in parts]
        for actor in actors:
            plotter.add_actor(actor, reset_camera=False, render=False)
        seen = _seen([shown.mesh] if shown else [part.mesh for part in parts])
        return [_picture(plotter, view, seen, size) for view in views]
    finally:
        plotter.close()


def _picture(plotter: pyvista.Plotter, view: View, seen: FloatArray, size: tuple[int, int]) -> NDArray[np.uint8]:
    stand_at(plotter, stand_for(view, seen, size))
    plotter.render()  # a screenshot draws but the first time
    pixels = plotter.screenshot(return_img=True)
    return np.ascontiguousarray(np.asarray(pixels)[..., :3])


def _seen(meshes: Sequence[pyvista.PolyData]) -> FloatArray:
    points = np.concatenate([mesh_arrays(mesh)[0] for mesh in meshes])
    return np.asarray(points[:: -(-len(points) // _ENOUGH_POINTS)], dtype=np.float64)


def _part_actor(part: Part) -> Any:
    return plain_actor(with_normals(part.mesh), part.color)


def _map_actor(shown: MeshMap) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkRenderingCore import vtkColorTransferFunction

    colors = vtkColorTransferFunction()
    colors.SetNanColor(*rgb(_UNKNOWN))
    for value, color in _stepped(shown):
        colors.AddRGBPoint(value, *rgb(color))
    lit = with_normals(shown.mesh)
    lit.GetPointData().SetScalars(numpy_to_vtk(shown.values_mm, deep=True))
    actor = plain_actor(lit, PLAIN_COLOR)
    mapper = actor.GetMapper()
    mapper.ScalarVisibilityOn()
    mapper.SetLookupTable(colors)
    mapper.UseLookupTableScalarRangeOn()
    mapper.InterpolateScalarsBeforeMappingOn()  # else colours between two corners are ones that the bar has not
    return actor


def _stepped(shown: MeshMap) -> list[tuple[float, str]]:
    """Give the ramp with its sharp changes a hair wide: VTK keeps one colour at each value."""
    hair = 1e-6 * shown.ramp[-1][0]
    places = [value for value, _ in shown.ramp]
    return [
        (value - hair if places.count(value) > 1 and places.index(value) == n else value, color)
        for n, (value, color) in enumerate(shown.ramp)
    ]


def _write_sides(page: Image.Image, view: View, box: tuple[int, int, int, int]) -> None:
    """Write at the left and right edge of a view which side of the patient lies there, and which view it is."""
    letter, small = _LETTER_SHARE * page.height, _CAPTION_SHARE * page.height
    left, top, width, height = box
    inset = round(0.02 * page.height)
    to_the_right = np.array(_TO_THE_RIGHT[view])
    _write(page, (left + inset, top + height / 2), edge_letters(-to_the_right), letter, anchor="lm")
    _write(page, (left + width - inset, top + height / 2), edge_letters(to_the_right), letter, anchor="rm")
    _write(page, (left + inset, top + inset), _CAPTIONS[view], small, color=_FAINT_INK)


def _draw_bar(page: Image.Image, shown: MeshMap, top: int) -> None:
    """Draw the colours below the views, their lengths below them, and above them what they are."""
    from PIL import Image, ImageDraw

    small, strip = _CAPTION_SHARE * page.height, page.height - top
    width, thick = round(0.5 * page.width), max(6, round(0.2 * strip))
    left, upper = (page.width - width) // 2, top + round(0.36 * strip)
    full = shown.ramp[-1][0]
    places, colors = zip(*_stepped(shown), strict=True)
    row = [np.interp(np.linspace(0, full, width), places, channel) for channel in np.transpose([*map(rgb, colors)])]
    bar = np.broadcast_to(np.rint(255 * np.stack(row, axis=-1)).astype(np.uint8), (thick, width, 3))
    page.paste(Image.fromarray(np.ascontiguousarray(bar)), (left, upper))
    _write(page, (left, upper - 0.5 * small), shown.title, small, anchor="ls")
    lower = upper + thick
    for value in shown.ticks_mm:
        x = left + width * value / full
        line = (x, lower, x, lower + 0.3 * small)
        ImageDraw.Draw(page).line(line, fill=_FAINT_INK, width=max(1, round(0.1 * small)))
        more = " and more" if value == full and shown.goes_beyond else ""
        _write(page, (x, lower + 0.6 * small), f"{value:.4g}{more}", small, anchor="mt")


def _write(
    page: Image.Image,
    place: tuple[float, float],
    text: str,
    size: float,
    *,
    color: str = _INK,
    anchor: str = "lt",
) -> None:
    from PIL import ImageDraw, ImageFont

    ImageDraw.Draw(page).text(place, text, fill=color, font=ImageFont.load_default(max(8, size)), anchor=anchor)
