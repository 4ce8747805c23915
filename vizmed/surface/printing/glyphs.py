"""Flat shapes of letters and of a scale bar, made solid, by manifold3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vizmed.vtk_bridge import mesh_arrays

if TYPE_CHECKING:
    import manifold3d

_BOLDER = 0.035
"""What is added to the outline of letters, as part of their height: their strokes are then about a fifth of it, 1 mm
of 5 mm, and not the thin ones of VTK's font."""

BAR_SHARE, TICK_SHARE, NUMBER_SHARE = 0.03, 0.06, 0.09
"""Of a scale bar: how thick it is, how long its ticks are and how tall its number is, as part of its length."""

LEAST_STROKE_MM = 1.2
"""Thinner bars and ticks break off."""


def text_shape(text: str, height_mm: float) -> manifold3d.CrossSection:
    """Give the outline of a line of text, mm to the right and up from its middle, in VTK's font, made bolder.

    Parameters
    ----------
    text : str
    height_mm : float
        From the lowest to the highest point of it.
    """
    from manifold3d import CrossSection, FillRule
    from vtkmodules.vtkFiltersCore import vtkTriangleFilter
    from vtkmodules.vtkRenderingFreeType import vtkVectorText

    source, triangles = vtkVectorText(), vtkTriangleFilter()
    source.SetText(text)
    triangles.SetInputConnection(source.GetOutputPort())
    triangles.Update()
    points, corners = mesh_arrays(triangles.GetOutput())
    flat = points[corners][:, :, :2].astype(np.float64)
    shape = CrossSection(list(flat), FillRule.NonZero)
    _, low, _, high = shape.bounds()
    shape = shape.offset(_BOLDER * (high - low))
    return _about_middle(shape.scale((height_mm / _height(shape),) * 2))


def bar_shape(length_mm: float) -> manifold3d.CrossSection:
    """Give the outline of a scale bar with its ticks and its number, mm to the right and up from its middle.

    The length is that between the outer sides of its first and its last tick. There is a tick every 10 mm; on bars
    shorter than 20 mm every 5, than 10 mm every 1.
    """
    from manifold3d import CrossSection

    thick = max(BAR_SHARE * length_mm, LEAST_STROKE_MM)
    tick, number = max(TICK_SHARE * length_mm, 2 * thick), max(NUMBER_SHARE * length_mm, 4 * LEAST_STROKE_MM)
    step = 10 if length_mm >= 20 else 5 if length_mm >= 10 else 1
    stroke = min(LEAST_STROKE_MM, step / 2)
    shape = CrossSection.square((length_mm, thick))
    for place in np.arange(step, length_mm - stroke, step):
        shape += CrossSection.square((stroke, thick + tick)).translate((place - stroke / 2, 0))
    for end in (0, length_mm - stroke):
        shape += CrossSection.square((stroke, thick + 2 * tick)).translate((end, 0))
    above = thick + 1.5 * tick + number / 2
    return _about_middle(shape + text_shape(f"{length_mm:g} mm", number).translate((length_mm / 2, above)))


def _height(shape: manifold3d.CrossSection) -> float:
    _, low, _, high = shape.bounds()
    return float(high - low)


def _about_middle(shape: manifold3d.CrossSection) -> manifold3d.CrossSection:
    left, low, right, high = shape.bounds()
    return shape.translate((-(left + right) / 2, -(low + high) / 2))
