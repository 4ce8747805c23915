"""How a scene's picture is parted into panes, which tile it without gaps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from vizmed.scene import GRID_PLANES, Plane, Scene
from vizmed.slices.laying import laid
from vizmed.volume import Volume

Shown = Plane | Literal["3d", "projection"]
"""What a pane shows: a slice, the 3D view, or the whole volume projected to the front."""

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels of the picture."""


@dataclass(frozen=True, slots=True)
class Pane:
    """A part of the picture.

    Parameters
    ----------
    plane : {"axial", "coronal", "sagittal", "oblique", "3d", "projection"}
    box : (left, top, width, height) tuple of int
        In pixels of the picture.
    """

    plane: Shown
    box: Box


def panes_of(scene: Scene, volume: Volume) -> tuple[Pane, ...]:
    """Part a picture into panes.

    Parameters
    ----------
    scene : Scene
    volume : Volume

    Returns
    -------
    tuple of Pane
        Layout ``"3d"``: one. ``"slices"``: one a plane whose slices have more than a pixel along each side (of a scan
        that has no such plane, the first), and with three of them a projection in the fourth place. ``"four"``: those
        planes and the 3D view, in the fourth place where there are three.
    """
    if scene.layout == "3d":
        return _tiled(["3d"], [[0]], scene.size)
    planes = shown_planes(scene, volume)
    if scene.layout == "slices":
        shown: list[Shown] = [*planes, "projection"] if len(planes) == 3 else [*planes]
        if len(shown) == 2 and scene.size[1] > scene.size[0]:
            return _tiled(shown, [[0], [1]], scene.size)
        return _tiled(shown, [[0]] if len(shown) == 1 else [[0, 1], [2, 3]][: len(shown) // 2], scene.size)
    if len(planes) == 3:
        return _tiled([*planes, "3d"], [[0, 1], [2, 3]], scene.size)
    return _beside_3d(planes, scene.size)


def shown_planes(scene: Scene, volume: Volume) -> tuple[Plane, ...]:
    """Give the planes of a scene that have a picture to show: their slices are no mere lines of voxels.

    Of a scan of one slice it is the plane of that slice, whatever the scene asks for.
    """
    planes = tuple(dict.fromkeys(scene.slices.planes))
    wide = tuple(plane for plane in planes if _is_wide(plane, volume))
    return wide or tuple(plane for plane in GRID_PLANES if _is_wide(plane, volume))[:1] or planes[:1]


def _is_wide(plane: Plane, volume: Volume) -> bool:
    return plane not in GRID_PLANES or min(laid(volume, plane).shape) > 1


def _beside_3d(planes: tuple[Plane, ...], size: tuple[int, int]) -> tuple[Pane, ...]:
    """Lay slices into the left half, in a square where there are four, and the 3D view into the right one."""
    left = size[0] // 2
    rows = [[0, 1], [2, 3]] if len(planes) == 4 else [[n] for n in range(len(planes))]
    return (*_tiled(planes, rows, (left, size[1])), Pane("3d", (left, 0, size[0] - left, size[1])))


def _tiled(
    shown: tuple[Shown, ...] | list[Shown] | tuple[Plane, ...], rows: list[list[int]], size: tuple[int, int]
) -> tuple[Pane, ...]:
    panes = []
    for row, (top, bottom) in zip(rows, pairwise(_ends(len(rows), size[1])), strict=True):
        for place, (left, right) in zip(row, pairwise(_ends(len(row), size[0])), strict=True):
            panes.append(Pane(shown[place], (left, top, right - left, bottom - top)))
    return tuple(panes)


def _ends(count: int, length: int) -> list[int]:
    return [round(n * length / count) for n in range(count + 1)]
