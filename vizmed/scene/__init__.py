"""What is to be seen, as plain frozen data: layers, camera, size. The window and the screenshot draw the same scene."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, get_args

from vizmed.errors import OptionError

Plane = Literal["axial", "coronal", "sagittal"]
Mode = Literal["scene", "slices", "volume", "surface", "mip"]
View = Literal["A", "P", "L", "R", "S", "I", "iso"]

PLANES: tuple[Plane, ...] = get_args(Plane)
MODES: tuple[Mode, ...] = get_args(Mode)
VIEWS: tuple[View, ...] = get_args(View)


@dataclass(frozen=True, slots=True)
class SliceLayer:
    """Slice planes.

    Parameters
    ----------
    planes : tuple of {"axial", "coronal", "sagittal"}
    at : (x, y, z) tuple of float, optional
        Where they cross, LPS mm; the middle of the volume where left out.
    window : str or (width, level) tuple
        ``"auto"``, ``"file"``, the name of a CT window, or numbers.
    """

    planes: tuple[Plane, ...] = PLANES
    at: tuple[float, float, float] | None = None
    window: str | tuple[float, float] = "auto"

    def __post_init__(self) -> None:
        if not self.planes or not set(self.planes) <= set(PLANES):
            raise OptionError(f"the planes are {self.planes}", remedy=f"Take some of {', '.join(PLANES)}")


@dataclass(frozen=True, slots=True)
class VolumeLayer:
    """Volume rendering.

    Parameters
    ----------
    preset : str
        ``"auto"`` (by modality) or the name of a transfer function.
    mip : bool
        Show the largest value along each ray instead of light and shade.
    cut : bool
        Take the front left upper corner out, so that slices show on the cut.
    """

    preset: str = "auto"
    mip: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class SurfaceLayer:
    """An iso surface.

    Parameters
    ----------
    preset : str, optional
        A tissue by name.
    level : float or "otsu", optional
        The value instead; where both are left out, the modality's default.
    color : str, optional
        ``"#rrggbb"``; the tissue's own where left out.
    opacity : float
        From 0 to 1.
    smooth : int
        Iterations of smoothing for the eye alone: it takes the steps of the voxels out of the light.
    cut : bool
        As in `VolumeLayer`.
    """

    preset: str | None = None
    level: float | str | None = None
    color: str | None = None
    opacity: float = 1.0
    smooth: int = 20
    cut: bool = False

    def __post_init__(self) -> None:
        if self.color is not None and not re.fullmatch("#[0-9a-fA-F]{6}", self.color):
            raise OptionError(f"the colour is {self.color!r}", remedy="Write it as #rrggbb, such as #e8dcc3")


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a picture shows.

    Parameters
    ----------
    slices, volume, surface : layer or None
        What is shown; None leaves a layer out.
    camera : {"A", "P", "L", "R", "S", "I", "iso"}
        Where the viewer stands: ``"A"`` in front of the patient, whose right is then on the left of the picture.
    size : (width, height) tuple of int
        Of the picture in pixels.
    background : (bottom, top) tuple of "#rrggbb"
    annotated : bool
        Whether orientation letters and the orientation marker are shown.
    table : bool
        Whether the table under the patient is shown in 3D, where one is found on CT.
    """

    slices: SliceLayer | None = None
    volume: VolumeLayer | None = None
    surface: SurfaceLayer | None = None
    camera: View = "iso"
    size: tuple[int, int] = (1200, 1000)
    background: tuple[str, str] = ("#0b0f14", "#2a3440")
    annotated: bool = True
    table: bool = False

    def __post_init__(self) -> None:
        if self.camera not in VIEWS:
            raise OptionError(f"there is no camera {self.camera!r}", remedy=f"There are {', '.join(VIEWS)}")
        if not all(64 <= side <= 8192 for side in self.size):
            raise OptionError(f"the picture's size is {self.size}", remedy="Sides are 64 to 8192 pixels")

    @property
    def needs_opengl(self) -> bool:
        """Whether more than slices is shown."""
        return self.volume is not None or self.surface is not None


_MODES_OF: dict[str, tuple[Mode, ...]] = {
    "level": ("surface", "scene"),
    "preset": ("volume", "surface", "scene"),
    "at": ("slices", "scene"),
    "window": ("slices", "scene"),
}
"""Option to the modes that it means something to."""


def scene_for(
    mode: Mode = "scene",
    *,
    window: str | tuple[float, float] = "auto",
    at: tuple[float, float, float] | None = None,
    preset: str | None = None,
    level: float | str | None = None,
    camera: View | None = None,
    size: tuple[int, int] = (1200, 1000),
    table: bool = False,
) -> Scene:
    """Make the scene of a mode.

    Parameters
    ----------
    mode : {"scene", "slices", "volume", "surface", "mip"}
    window, at
        Of the slices; see `SliceLayer`.
    preset : str, optional
        Of the volume rendering (a transfer function) in mode ``"volume"``, else of the surface (a tissue).
    level : float or "otsu", optional
        Of the surface.
    camera : str, optional
        ``"iso"`` for a scene, ``"A"`` for the others where left out.
    size : (width, height) tuple of int
    table : bool
        Whether the table under the patient is shown in 3D.

    Raises
    ------
    OptionError
        If there is no such mode, or an option does not belong to it.
    """
    if mode not in MODES:
        raise OptionError(f"there is no mode {mode!r}", remedy=f"There are {', '.join(MODES)}")
    given = {"level": level, "preset": preset, "at": at, "window": None if window == "auto" else window}
    for option, modes in _MODES_OF.items():
        if given[option] is not None and mode not in modes:
            raise OptionError(
                f"--{option} means nothing to mode {mode!r}", remedy=f"It belongs to --mode {' or '.join(modes)}"
            )
    slices = SliceLayer(at=at, window=window)
    surface = SurfaceLayer(preset=preset if mode != "volume" else None, level=level)
    rendering = VolumeLayer(preset=preset if preset and mode == "volume" else "auto", mip=mode == "mip")
    layers: dict[str, dict[str, object]] = {
        "slices": {"slices": slices},
        "volume": {"volume": rendering},
        "mip": {"volume": rendering},
        "surface": {"surface": surface},
        "scene": {"slices": slices, "volume": replace(rendering, cut=True), "surface": replace(surface, cut=True)},
    }
    side = camera or ("iso" if mode == "scene" else "A")
    return Scene(camera=side, size=size, table=table, **layers[mode])  # type: ignore[arg-type]
