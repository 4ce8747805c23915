"""A resolved scene into a `pyvista.Plotter`, a new one or a given one; the window and the picture share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vizmed.render.drawing import Drawing
from vizmed.render.layers import rgb
from vizmed.render.resolve import Resolved

if TYPE_CHECKING:
    import pyvista

    from vizmed.render.canvas import Canvas

__all__ = ["Drawing", "draw", "set_lights"]

_LIGHTS = (
    ((-0.5, 0.75, 1.0), 0.96, "#fffaf2"),
    ((0.9, 0.1, 0.7), 0.36, "#eaf1ff"),
    ((0.3, -0.9, -0.5), 0.22, "#ffffff"),
)
"""Key, fill and rim light, as a photographer sets them: place about the camera (right, up, towards it), strength,
colour. The key stands on the left above, where drawings of anatomy have it. One light from the camera alone, VTK's
default, makes faces flat."""


def draw(
    resolved: Resolved, *, off_screen: bool, title: str = "vizmed", plotter: pyvista.Plotter | Canvas | None = None
) -> Drawing:
    """Put a resolved scene into a new plotter, or into a given one.

    Parameters
    ----------
    resolved : Resolved
    off_screen : bool
        Whether a new one is for a picture instead of a window.
    title : str
        Of a new one's window.
    plotter : pyvista.Plotter or Canvas, optional
        Its lights, background and camera become those of the scene; its size stays.
    """
    if plotter is None:
        import pyvista

        size = list(resolved.scene.size)
        plotter = pyvista.Plotter(off_screen=off_screen, window_size=size, lighting="none", title=title)
    plotter.remove_all_lights()
    set_lights(plotter.renderer)
    return Drawing(plotter, resolved)


def set_lights(renderer: Any) -> None:
    """Light a renderer as every picture is lit."""
    from vtkmodules.vtkRenderingCore import vtkLight

    for position, intensity, color in _LIGHTS:
        light = vtkLight()
        light.SetLightTypeToCameraLight()
        light.SetPosition(position)
        light.SetIntensity(intensity)
        light.SetAmbientColor(*rgb(color))
        light.SetDiffuseColor(*rgb(color))
        light.SetSpecularColor(*rgb(color))
        renderer.AddLight(light)
