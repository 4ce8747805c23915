"""Slices and surfaces of a scene as VTK actors, in LPS mm by the volume's affine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.presets import Window
from vizmed.scene import SurfaceLayer
from vizmed.slices import Slice, to_gray
from vizmed.volume import Voxels
from vizmed.vtk_bridge import to_polydata, to_texture_image

_DARKEST, _SHADOW_TINT = 0.22, (0.85, 1.0, 1.18)
"""Light where no sky is seen, and the powers of red, green and blue on the way there."""

_INNER = (0.1, 0.45)
"""Share of the open sky below which a surface that is seen through is gone, and from which on it is all there."""

_FINE_PIXELS = 1024
"""What the longer side of a slice is enlarged to, about."""


def rgb(color: str) -> tuple[float, float, float]:
    """Turn ``"#rrggbb"`` into three numbers from 0 to 1."""
    return int(color[1:3], 16) / 255, int(color[3:5], 16) / 255, int(color[5:7], 16) / 255


def slice_actor() -> Any:
    """Make an actor for slices, textured rectangles that reach to the faces of their outermost voxels.

    A texture on four corners is exact for every geometry, shear included, where VTK's slice mappers are not.
    """
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture
    from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLPolyDataMapper  # noqa: F401 (registers the implementation)

    texture = vtkTexture()
    texture.SetColorModeToDirectScalars()
    texture.InterpolateOn()
    texture.MipmapOn()
    texture.RepeatOff()  # else the last row shines through at the first
    texture.EdgeClampOn()
    actor = vtkActor()
    actor.SetMapper(vtkPolyDataMapper())
    actor.SetTexture(texture)
    actor.ForceOpaqueOn()  # what is wholly transparent is left out by the shader; nothing is half transparent
    actor.GetProperty().LightingOff()
    actor.VisibilityOff()
    return actor


def show_slice(actor: Any, one: Slice | None, window: Window, *, inverted: bool, air: float) -> None:
    """Show a slice, or none, with an actor of `slice_actor`."""
    actor.SetVisibility(one is not None)
    if one is not None:
        actor.GetMapper().SetInputData(_rectangle(one))
        actor.GetTexture().SetInputData(to_texture_image(_picture(one, window, inverted=inverted, air=air)))


def _picture(one: Slice, window: Window, *, inverted: bool, air: float) -> NDArray[np.uint8]:
    """Give grey and opacity, (rows, columns, 2): air that reaches the edge along row or column is left out.

    In 3D, the air around the body would hide what is behind it; air within it stays. The outermost voxel of the body is
    left out with it: it would show as a dark line on the skin, which runs through it.
    """
    values = _enlarged(one.values)
    gray = to_gray(values, window, inverted=inverted)
    body = values > air
    inside = np.ones_like(body)
    for axis in (0, 1):
        inside &= np.maximum.accumulate(body, axis=axis)
        inside &= np.flip(np.maximum.accumulate(np.flip(body, axis), axis=axis), axis)
    inside = _without_rim(inside, inside.shape[0] // one.values.shape[0])
    return np.stack([gray, np.where(inside, np.uint8(255), np.uint8(0))], axis=-1)


def _without_rim(inside: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Take the outermost pixels of what is inside away; where it reaches the edge of the picture it still does."""
    left = inside.copy()
    for axis in (0, 1):
        along, kept = np.moveaxis(inside, axis, 0), np.moveaxis(left, axis, 0)
        kept[width:] &= along[:-width]
        kept[:-width] &= along[width:]
    return left


def _enlarged(values: Voxels) -> NDArray[np.float32]:
    """Interpolate a slice to finer pixels, so that the outline of the body has no steps."""
    from PIL import Image

    rows, columns = values.shape
    factor = max(1, _FINE_PIXELS // max(rows, columns))
    picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(picture.resize((columns * factor, rows * factor), Image.Resampling.BICUBIC))


def _rectangle(one: Slice) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk

    rows, columns = one.values.shape
    start = one.origin - (one.along_row + one.down_column) / 2
    across, down = one.along_row * columns, one.down_column * rows
    corners = np.array([start, start + across, start + across + down, start + down], dtype=np.float32)
    mesh = to_polydata(corners, np.array([[0, 1, 2], [0, 2, 3]]))
    # OpenGL's textures begin at the lower left corner, and a page of slices at the upper left
    places = numpy_to_vtk(np.array([[0, 1], [1, 1], [1, 0], [0, 0]], dtype=np.float32), deep=True)
    places.SetName("place in picture")
    mesh.GetPointData().SetTCoords(places)
    return mesh


def surface_actor() -> Any:
    """Make an actor for a surface, with soft light."""
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper
    from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLPolyDataMapper  # noqa: F401 (registers the implementation)

    actor = vtkActor()
    actor.SetMapper(vtkPolyDataMapper())
    looks = actor.GetProperty()
    looks.SetAmbient(0.10)
    looks.SetDiffuse(0.80)
    looks.SetSpecular(0.10)
    looks.SetSpecularPower(28)
    return actor


def plain_actor(mesh: Any, color: str) -> Any:
    """Make a mesh that has normals an actor in one colour, without soft shadows."""
    actor = surface_actor()
    actor.GetMapper().SetInputData(mesh)
    actor.GetMapper().ScalarVisibilityOff()
    actor.GetProperty().SetColor(*rgb(color))
    return actor


def look_of_surface(actor: Any, layer: SurfaceLayer, color: str) -> None:
    """Set colour, soft shadows, opacity and wireframe of a surface whose scalars are its share of the open sky."""
    mapper, looks = actor.GetMapper(), actor.GetProperty()
    mapper.SetColorModeToMapScalars()  # else bytes are taken for greys
    mapper.SetLookupTable(_sky_table(layer.color or color, layer.opacity))
    mapper.UseLookupTableScalarRangeOn()
    looks.SetRepresentationToWireframe() if layer.wireframe else looks.SetRepresentationToSurface()


def _sky_table(color: str, opacity: float) -> Any:
    """Make the colours of points by their share of the open sky.

    Shadow is warm, as light that went through tissue is. What sees hardly any sky is a wall within the body: of a
    surface that is seen through it fades, for through the skin one wants to see what lies within, not sinuses.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkLookupTable

    sky = np.linspace(0, 1, 256)
    light = _DARKEST + (1 - _DARKEST) * sky[:, None] ** np.array(_SHADOW_TINT)
    alpha = np.full(256, opacity)
    if opacity < 1:
        alpha *= np.clip((sky - _INNER[0]) / (_INNER[1] - _INNER[0]), 0, 1)
    colors = np.column_stack([np.array(rgb(color)) * light, alpha])
    table = vtkLookupTable()
    table.SetNumberOfTableValues(256)
    table.SetTableRange(0, 255)
    table.SetTable(numpy_to_vtk(np.rint(255 * colors).astype(np.uint8), deep=True))
    return table
