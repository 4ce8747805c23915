"""Lengths and angles in space, over all that is drawn: lines between their places, and what they measure."""

from __future__ import annotations

from typing import Any

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.render.layers import rgb
from vizmed.render.page.colors import MEASURE_COLOR, SHADOW
from vizmed.render.page.measured import words_of
from vizmed.render.page.sizes import Sizes, sizes_for
from vizmed.scene import Angle, Ruler

_LINE, _SHADOW_LINE = 1.5, 3.2
"""Widths of lines and of what lies under them, in fine lines, as on slices."""

_END, _SHADOW_END = 5.0, 7.0
"""Likewise of the ends of rulers."""

_SHADOW_DENSE, _GROUND_DENSE = 0.5, 0.75
"""How opaque the shadow and the ground of the words are: they are to be read on white bones and on a black ground."""

_LETTERS = 1.3
"""Size of the words, as a part of the captions' on slices, whose font is wider."""

_ABOVE = 0.6
"""How far above their place words stand, as a part of their size."""

_ARC, _WORDS_AT = 0.3, 0.45
"""Of an angle's shorter arm: radius of the arc, and how far from the corner the words are."""

_NEAREST_MM = 1.0
"""In front of the viewer; what reaches behind him would be seen upside down."""

_Measure = Ruler | Angle


class DrawnMeasures:
    """Lines and words of a renderer. They stay at their places in the patient however the camera moves.

    Parameters
    ----------
    renderer : vtkRenderer

    Attributes
    ----------
    labels : list of vtkTextActor
        One for each measure that is seen.
    """

    def __init__(self, renderer: Any) -> None:
        self.labels: list[Any] = []
        self._renderer = renderer
        self._lines = (_line_actor(SHADOW, _SHADOW_DENSE), _line_actor(MEASURE_COLOR, 1.0))
        for actor in self._lines:
            renderer.AddViewProp(actor)
        self._measures: tuple[_Measure, ...] = ()
        self._sizes = sizes_for(0)
        self._drawn: object = None

    def show(self, measures: tuple[_Measure, ...], height: int) -> None:
        """Show other measures in a picture of a height in pixels, once `follow` says how they are seen."""
        self._measures, self._sizes = measures, sizes_for(height)

    def follow(self, camera: Any) -> None:
        """Show those measures that lie wholly before a camera as it stands now."""
        here, ahead = np.array(camera.GetPosition()), np.array(camera.GetDirectionOfProjection())
        seen = [one for one in self._measures if ((np.array(one.points) - here) @ ahead > _NEAREST_MM).all()]
        if self._drawn == (seen, self._sizes):
            return
        self._drawn = seen, self._sizes
        self._draw_lines(seen)
        while len(self.labels) > len(seen):
            self._renderer.RemoveViewProp(self.labels.pop())
        while len(self.labels) < len(seen):
            self.labels.append(_label())
            self._renderer.AddViewProp(self.labels[-1])
        for label, measure in zip(self.labels, seen, strict=True):
            _write(label, measure, self._sizes)

    def _draw_lines(self, measures: list[_Measure]) -> None:
        mesh = _lines_of(measures)
        for actor, line, end in zip(self._lines, (_SHADOW_LINE, _LINE), (_SHADOW_END, _END), strict=True):
            actor.GetMapper().SetInputData(mesh)
            actor.SetVisibility(bool(measures))
            actor.GetProperty().SetLineWidth(line * self._sizes.line)
            actor.GetProperty().SetPointSize(end * self._sizes.line)


def arc_of(angle: Angle) -> FloatArray:
    """Give points of the arc between the arms of an angle, (n, 3), LPS mm; none where they lie on one line."""
    corner, one, other, arm = _arms(angle)
    across = other - (other @ one) * one
    if arm == 0 or np.linalg.norm(across) < 1e-6:
        return np.empty((0, 3))
    turns = np.radians(np.linspace(0, angle.degrees, 33))[:, None]
    return np.asarray(corner + _ARC * arm * (np.cos(turns) * one + np.sin(turns) * across / np.linalg.norm(across)))


def place_of_words(measure: _Measure) -> FloatArray:
    """Give where the words of a measure are, (3,), LPS mm: amid a ruler, within an angle."""
    if isinstance(measure, Ruler):
        return np.asarray(np.mean(measure.points, axis=0))
    corner, one, other, arm = _arms(measure)
    between = one + other
    length = np.linalg.norm(between)
    return np.asarray(corner + _WORDS_AT * arm * between / length) if length > 1e-6 else corner


def _arms(angle: Angle) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Give the corner, the ways of both arms, of length 1, and how long the shorter is."""
    start, corner, end = np.array(angle.points, dtype=np.float64)
    one, other = start - corner, end - corner
    lengths = np.linalg.norm(one), np.linalg.norm(other)
    return corner, one / max(lengths[0], 1e-9), other / max(lengths[1], 1e-9), float(min(lengths))


def _lines_of(measures: list[_Measure]) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    ways = [np.array(one.points, dtype=np.float64) for one in measures]
    ways += [arc for one in measures if isinstance(one, Angle) and len(arc := arc_of(one))]
    lines, ends = vtkCellArray(), vtkCellArray()
    first = 0
    for n, way in enumerate(ways):
        _add(lines, range(first, first + len(way)))
        if n < len(measures) and isinstance(measures[n], Ruler):
            for end in (first, first + 1):
                _add(ends, (end,))
        first += len(way)
    points, mesh = vtkPoints(), vtkPolyData()
    points.SetData(numpy_to_vtk(np.concatenate([np.empty((0, 3)), *ways]), deep=True))
    mesh.SetPoints(points)
    mesh.SetLines(lines)
    mesh.SetVerts(ends)
    return mesh


def _add(cells: Any, points: Any) -> None:
    cells.InsertNextCell(len(points))
    for point in points:
        cells.InsertCellPoint(point)


def _line_actor(color: str, opacity: float) -> Any:
    from vtkmodules.vtkRenderingCore import vtkActor2D, vtkCoordinate, vtkPolyDataMapper2D
    from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLPolyDataMapper2D  # noqa: F401 (registers the implementation)

    lies = vtkCoordinate()
    lies.SetCoordinateSystemToWorld()
    mapper = vtkPolyDataMapper2D()
    mapper.SetTransformCoordinate(lies)
    mapper.TransformCoordinateUseDoubleOn()
    actor = vtkActor2D()
    actor.SetMapper(mapper)
    actor.VisibilityOff()
    actor.GetProperty().SetColor(*rgb(color))
    actor.GetProperty().SetOpacity(opacity)
    return actor


def _label() -> Any:
    from vtkmodules.vtkRenderingCore import vtkCoordinate, vtkTextActor
    from vtkmodules.vtkRenderingFreeType import vtkFreeTypeTools  # noqa: F401 (registers the implementation)

    place = vtkCoordinate()
    place.SetCoordinateSystemToWorld()
    label = vtkTextActor()
    label.GetPositionCoordinate().SetCoordinateSystemToViewport()
    label.GetPositionCoordinate().SetReferenceCoordinate(place)
    looks = label.GetTextProperty()
    looks.BoldOn()
    looks.SetColor(*rgb(MEASURE_COLOR))
    looks.SetBackgroundColor(*rgb(SHADOW))
    looks.SetBackgroundOpacity(_GROUND_DENSE)
    looks.SetJustificationToCentered()
    looks.SetVerticalJustificationToBottom()
    return label


def _write(label: Any, measure: _Measure, sizes: Sizes) -> None:
    label.SetInput(words_of(measure))
    size = round(_LETTERS * sizes.caption)
    label.GetTextProperty().SetFontSize(size)
    label.SetPosition(0.0, _ABOVE * size)
    label.GetPositionCoordinate().GetReferenceCoordinate().SetValue(*place_of_words(measure).tolist())
