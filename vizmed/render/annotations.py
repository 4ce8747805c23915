"""What stands around a body in space: the letters of the patient's sides, a cube that has them too, captions."""

from __future__ import annotations

from typing import Any

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.render.layers import rgb
from vizmed.scene import Scene
from vizmed.slices import edge_letters

_PLACES = (
    ((0.012, 0.5), "Left", "Centered"),
    ((0.988, 0.5), "Right", "Centered"),
    ((0.5, 0.986), "Centered", "Top"),
    ((0.5, 0.014), "Centered", "Bottom"),
)
"""Left, right, top and bottom edge as parts of the picture, and which ends of the letters lie there."""

_INKS: dict[str, tuple[str, str]] = {
    "dark": ("#e8eef4", "#949fb0"),
    "light": ("#20262d", "#5a6672"),
    "none": ("#7d8894", "#7d8894"),
}
"""Ground to the colour of letters and caption; what stands on no ground is to be read on any."""

_LETTER_SHARE, _CAPTION_SHARE = 0.024, 0.017  # of the picture's height
_SMALLEST_LETTER, _SMALLEST_CAPTION = 14, 11  # pixels

_HALF = 0.5

_CUBE_SHARE = 0.13
"""Of the picture's sides that the cube's corner of it has."""


class Annotations:
    """The letters, the caption and the cube of a renderer.

    Parameters
    ----------
    renderer : pyvista.Renderer
    interactor : vtkRenderWindowInteractor, optional
        The cube needs one.

    Attributes
    ----------
    letters : tuple of 4 vtkTextActor
        At the left, right, top and bottom edge.
    caption : vtkTextActor
        In the upper right corner: what was done to the picture.
    """

    def __init__(self, renderer: Any, interactor: Any) -> None:
        self.letters = tuple(_letter(*place) for place in _PLACES)
        self.caption = _caption()
        for text in (*self.letters, self.caption):
            renderer.AddViewProp(text)
        self._cube = _cube(renderer, interactor) if interactor is not None else None

    def show(self, *, shown: bool, caption: str, height: int, ground: str) -> None:
        """Turn all on or off, and write the caption, in a size for a picture of a height in pixels.

        The ground that they stand on is ``"dark"``, ``"light"`` or ``"none"``.
        """
        ink, faint_ink = _INKS[ground]
        for letter in self.letters:
            letter.GetTextProperty().SetColor(*rgb(ink))
            letter.GetTextProperty().SetShadow(ground == "dark")
        self.caption.GetTextProperty().SetColor(*rgb(faint_ink))
        for letter in self.letters:
            letter.SetVisibility(shown)
            letter.GetTextProperty().SetFontSize(max(_SMALLEST_LETTER, round(_LETTER_SHARE * height)))
        self.caption.SetVisibility(shown and bool(caption))
        self.caption.SetInput(caption)
        self.caption.GetTextProperty().SetFontSize(max(_SMALLEST_CAPTION, round(_CAPTION_SHARE * height)))
        if self._cube is not None and bool(self._cube.GetEnabled()) != shown:
            self._cube.SetEnabled(shown)
            if shown:
                self._cube.SetInteractive(False)

    def follow(self, camera: Any) -> None:
        """Let the letters say where the patient's sides are, as a camera stands now."""
        towards = np.array(camera.GetPosition()) - np.array(camera.GetFocalPoint())
        right = np.cross(camera.GetViewUp(), towards)
        up = np.cross(towards, right)
        for letter, direction in zip(self.letters, (-right, right, up, -up), strict=True):
            letter.SetInput(_letters(direction))

    def close(self) -> None:
        """Let go of the window."""
        if self._cube is not None:
            self._cube.SetEnabled(False)
            self._cube.SetInteractor(None)
            self._cube.SetCurrentRenderer(None)
            self._cube = None


def _letters(direction: FloatArray) -> str:
    return edge_letters(direction) if np.any(direction) else ""


def ground_of(scene: Scene) -> str:
    """Give what the letters of a scene's 3D view stand on: ``"dark"``, ``"light"`` or ``"none"``."""
    if scene.transparent:
        return "none"
    # luminance as of ITU-R BT.709
    brightness = np.mean([np.dot(rgb(color), (0.2126, 0.7152, 0.0722)) for color in scene.background])
    return "light" if brightness > _HALF else "dark"


def _letter(place: tuple[float, float], end: str, edge: str) -> Any:
    text = _text(place)
    looks = text.GetTextProperty()
    getattr(looks, f"SetJustificationTo{end}")()
    getattr(looks, f"SetVerticalJustificationTo{edge}")()
    return text


def _caption() -> Any:
    text = _text((0.988, 0.985))
    looks = text.GetTextProperty()
    looks.SetJustificationToRight()
    looks.SetVerticalJustificationToTop()
    return text


def _text(place: tuple[float, float]) -> Any:
    from vtkmodules.vtkRenderingCore import vtkTextActor
    from vtkmodules.vtkRenderingFreeType import vtkFreeTypeTools  # noqa: F401 (registers the implementation)

    text = vtkTextActor()
    text.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    text.SetPosition(*place)
    return text


def _cube(renderer: Any, interactor: Any) -> Any:
    """Make a small cube, lettered by the patient's sides, that turns with the camera."""
    from vtkmodules.vtkInteractionWidgets import vtkOrientationMarkerWidget
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
    widget = vtkOrientationMarkerWidget()
    widget.SetOrientationMarker(cube)
    widget.SetInteractor(interactor)
    widget.SetCurrentRenderer(renderer)
    widget.SetViewport(0.0, 0.0, _CUBE_SHARE, _CUBE_SHARE)
    return widget
