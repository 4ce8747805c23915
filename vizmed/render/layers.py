"""Each layer of a scene as VTK props: slice planes, volume, surface. All lie in LPS mm by the volume's affine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.presets import TransferFunction, Window
from vizmed.render.cut import crop_corner
from vizmed.scene import SurfaceLayer
from vizmed.slices import Slice, to_gray
from vizmed.volume import Volume, Voxels
from vizmed.vtk_bridge import to_index_image, to_matrix, to_polydata, to_texture_image

_FINE_PIXELS = 1024
"""What the longer side of a slice is enlarged to, about."""


def rgb(color: str) -> tuple[float, float, float]:
    """Turn ``"#rrggbb"`` into three numbers from 0 to 1."""
    return int(color[1:3], 16) / 255, int(color[3:5], 16) / 255, int(color[5:7], 16) / 255


def slice_actor(one: Slice, window: Window, *, inverted: bool, air: float) -> Any:
    """Make a slice a textured rectangle that reaches to the faces of its outermost voxels.

    A texture on four corners is exact for every geometry, shear included, where VTK's slice mappers are not.
    """
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture
    from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLPolyDataMapper  # noqa: F401 (registers the implementation)

    mapper = vtkPolyDataMapper()
    mapper.SetInputData(_rectangle(one))
    texture = vtkTexture()
    texture.SetInputData(to_texture_image(_picture(one, window, inverted=inverted, air=air)))
    texture.SetColorModeToDirectScalars()
    texture.InterpolateOn()
    texture.MipmapOn()
    texture.RepeatOff()  # else the last row shines through at the first
    texture.EdgeClampOn()
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.SetTexture(texture)
    actor.ForceOpaqueOn()  # what is wholly transparent is left out by the shader; nothing is half transparent
    actor.GetProperty().LightingOff()
    return actor


def move_slice_actor(actor: Any, one: Slice, window: Window, *, inverted: bool, air: float) -> None:
    """Show another slice with an actor of `slice_actor`."""
    actor.GetMapper().SetInputData(_rectangle(one))
    actor.GetTexture().SetInputData(to_texture_image(_picture(one, window, inverted=inverted, air=air)))


def _picture(one: Slice, window: Window, *, inverted: bool, air: float) -> NDArray[np.uint8]:
    """Give grey and opacity, (rows, columns, 2): air that reaches the edge along row or column is left out.

    In 3D, the air around the body would hide what is behind it; air within it stays.
    """
    values = _enlarged(one.values)
    gray = to_gray(values, window, inverted=inverted)
    body = values > air
    inside = np.ones_like(body)
    for axis in (0, 1):
        inside &= np.maximum.accumulate(body, axis=axis)
        inside &= np.flip(np.maximum.accumulate(np.flip(body, axis), axis=axis), axis)
    return np.stack([gray, np.where(inside, np.uint8(255), np.uint8(0))], axis=-1)


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


def volume_prop(volume: Volume, function: TransferFunction, *, mip: bool, cut_at: FloatArray | None) -> Any:
    """Make a volume rendering by the GPU ray caster.

    The image is given in its own axes, and the prop's matrix lays it into the patient: this way shear is drawn right,
    and the mapper's cropping, which knows only its own axes, cuts along the slices.
    """
    from vtkmodules.vtkRenderingCore import vtkVolume
    from vtkmodules.vtkRenderingVolumeOpenGL2 import vtkOpenGLGPUVolumeRayCastMapper

    spacing = volume.geometry.spacing
    image = to_index_image(volume.voxels)
    image.SetSpacing(*spacing)
    mapper = vtkOpenGLGPUVolumeRayCastMapper()
    mapper.SetInputData(image)
    mapper.SetAutoAdjustSampleDistances(False)
    mapper.SetSampleDistance(float(spacing.min()) * (0.5 if mip else 1.0))
    mapper.SetUseJittering(True)
    if mip:
        mapper.SetBlendModeToMaximumIntensity()
    if cut_at is not None:
        crop_corner(mapper, volume.geometry, cut_at)
    prop = vtkVolume()
    prop.SetMapper(mapper)
    prop.SetProperty(_volume_property(function, float(np.cbrt(np.prod(spacing)))))
    prop.SetUserMatrix(to_matrix(volume.geometry.affine @ np.diag([*(1 / spacing), 1.0])))
    return prop


def _volume_property(function: TransferFunction, unit_mm: float) -> Any:
    from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
    from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkVolumeProperty

    colors, opacity, gradient = vtkColorTransferFunction(), vtkPiecewiseFunction(), vtkPiecewiseFunction()
    for value, color in function.color:
        colors.AddRGBPoint(value, *rgb(color))
    for value, alpha in function.opacity:
        opacity.AddPoint(value, alpha)
    for magnitude, factor in function.gradient_opacity:
        gradient.AddPoint(magnitude, factor)
    looks = vtkVolumeProperty()
    looks.SetColor(colors)
    looks.SetScalarOpacity(opacity)
    # presets are made for voxels of about this size; without it, opacity would depend on the scan's spacing
    looks.SetScalarOpacityUnitDistance(max(unit_mm, 1e-3))
    if any(factor < 1 for _, factor in function.gradient_opacity):
        looks.SetGradientOpacity(gradient)
    looks.SetInterpolationTypeToLinear()
    looks.SetShade(function.shade)
    looks.SetAmbient(function.ambient)
    looks.SetDiffuse(function.diffuse)
    looks.SetSpecular(function.specular)
    looks.SetSpecularPower(function.specular_power)
    return looks


def with_normals(mesh: Any) -> Any:
    """Give the mesh with a normal at each point, for smooth light."""
    from vtkmodules.vtkFiltersCore import vtkPolyDataNormals

    normals = vtkPolyDataNormals()
    normals.SetInputData(mesh)
    normals.SplittingOff()
    normals.ConsistencyOff()
    normals.Update()
    return normals.GetOutput()


def surface_actor(mesh: Any, layer: SurfaceLayer, color: str) -> Any:
    """Make a mesh that has normals an actor with soft light."""
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    mapper = vtkPolyDataMapper()
    mapper.SetInputData(mesh)
    mapper.ScalarVisibilityOff()
    actor = vtkActor()
    actor.SetMapper(mapper)
    looks = actor.GetProperty()
    looks.SetColor(*rgb(layer.color or color))
    looks.SetOpacity(layer.opacity)
    looks.SetAmbient(0.08)
    looks.SetDiffuse(0.92)
    looks.SetSpecular(0.18)
    looks.SetSpecularPower(22)
    return actor
