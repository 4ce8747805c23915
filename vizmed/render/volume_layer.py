"""Volume rendering as a VTK prop that lies in LPS mm by the volume's affine, oblique, mirrored or sheared as it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from vizmed.geometry import FloatArray, Geometry
from vizmed.presets import TransferFunction
from vizmed.render.layers import rgb
from vizmed.scene import Blend
from vizmed.volume import Volume
from vizmed.vtk_bridge import to_index_image, to_matrix

_SAMPLES: dict[Blend, float] = {"shade": 0.6, "mip": 0.4, "minip": 0.5}
"""Way between two samples of a ray, in voxels of mean size."""

_MOST_STEP = 1.5
"""Way between two samples in the voxels' smallest sides; thick slices do not make it longer."""

_LIT_RIGHT = (
    "in_textureToEye[0] * vec4(shading_gradient.xyz, 0.0)",
    False,
    "in_modelViewMatrix * vec4(in_gradientToWorld * shading_gradient.xyz + vec3(1e-9), 0.0)",
    True,
)
"""VTK (9.7.2) turns the normals of a volume wrongly where its matrix does more than move it: a ball is lit from the
other side where the grid is flipped, from anywhere where it is oblique. This is what its shader has there, and what it
should have."""

_LIT_ON_ONE_SIDE = ("nDotL < 0.0 && in_twoSidedLighting", False, "false", True)
"""A volume's shadow side is not lit as if it were the other; surfaces are, where a cut opens them."""

_PASS_OVER = (
    "//VTK::Base::Impl",
    True,
    """
    while (true)
    {
      vec4 ahead = texture3D(in_volume[0], g_dataPos);
      if (computeOpacity(vec4(ahead.r * in_volume_scale[0].r + in_volume_bias[0].r)) > 0.0) break;
      g_dataPos += g_dirStep;
      if (any(greaterThan(max(g_dirStep, vec3(0.0)) * (g_dataPos - in_texMax[0]), vec3(0.0))) ||
          any(greaterThan(min(g_dirStep, vec3(0.0)) * (g_dataPos - in_texMin[0]), vec3(0.0))) ||
          g_currentT >= g_terminatePointMax)
      {
        g_exit = true;
        break;
      }
      ++g_currentT;
    }
    if (g_exit) break;
    //VTK::Base::Impl
""",
    False,
)
"""Steps over what is wholly transparent, before light is reckoned: processors do that for every sample of all rays that
they follow at once. The samples are the same ones."""


def volume_prop() -> Any:
    """Make an empty volume rendering by the GPU ray caster, which processors run, too."""
    from vtkmodules.vtkRenderingCore import vtkVolume
    from vtkmodules.vtkRenderingVolumeOpenGL2 import vtkOpenGLGPUVolumeRayCastMapper

    mapper = vtkOpenGLGPUVolumeRayCastMapper()
    mapper.SetAutoAdjustSampleDistances(False)
    mapper.SetUseJittering(False)  # rays that start elsewhere each leave grains, and black dots at the volume's border
    prop = vtkVolume()
    prop.SetMapper(mapper)
    for replacement in (_LIT_RIGHT, _LIT_ON_ONE_SIDE):
        prop.GetShaderProperty().AddFragmentShaderReplacement(*replacement)
    return prop


def fill_volume(prop: Any, volume: Volume, box: tuple[slice, slice, slice]) -> Geometry:
    """Give a volume rendering its voxels, those of a box.

    The image is given in its own axes, and the prop's matrix lays it into the patient: this way shear is drawn right,
    and the mapper's cropping, which knows only its own axes, cuts along the slices.

    Returns
    -------
    Geometry
        Of the box.
    """
    voxels = volume.voxels[box]
    geometry = Geometry(voxels.shape, volume.geometry.affine @ _shifted([side.start for side in box]))
    spacing = geometry.spacing
    image = to_index_image(np.asfortranarray(voxels))
    image.SetSpacing(*spacing)
    prop.GetMapper().SetInputData(image)
    lies = geometry.affine @ np.diag([*(1 / spacing), 1.0])
    prop.SetUserMatrix(to_matrix(lies))
    turned = np.linalg.inv(lies[:3, :3]).T
    uniforms = prop.GetShaderProperty().GetFragmentCustomUniforms()
    uniforms.SetUniformMatrix3x3("in_gradientToWorld", turned.T.ravel().tolist())
    return geometry


def _shifted(ijk: list[int]) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, 3] = ijk
    return matrix


def look_of_volume(prop: Any, function: TransferFunction, blend: Blend, spacing: FloatArray) -> None:
    """Set how a volume rendering turns values into light, and how finely it looks."""
    mapper = prop.GetMapper()
    mapper.SetSampleDistance(sample_distance(blend, spacing))
    {
        "shade": mapper.SetBlendModeToComposite,
        "mip": mapper.SetBlendModeToMaximumIntensity,
        "minip": mapper.SetBlendModeToMinimumIntensity,
    }[blend]()
    shader = prop.GetShaderProperty()
    shader.AddFragmentShaderReplacement(*_PASS_OVER)
    if blend != "shade":  # the least and the largest value need not be visible
        shader.ClearFragmentShaderReplacement(*_PASS_OVER[:2])
    prop.SetProperty(_volume_property(function, float(np.cbrt(np.prod(spacing)))))


def sample_distance(blend: Blend, spacing: FloatArray) -> float:
    """Give the way between two samples of a ray, in mm."""
    return min(float(np.cbrt(np.prod(spacing))), _MOST_STEP * float(spacing.min())) * _SAMPLES[blend]


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
