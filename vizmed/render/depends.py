"""What of a scene its panes depend on: where that is the same, they look the same."""

from __future__ import annotations

from dataclasses import replace

from vizmed.scene import OverlayLayer, Scene, SliceLayer
from vizmed.scene.scene import SMALLEST_SIDE


def scene_in_3d(scene: Scene, size: tuple[int, int]) -> Scene:
    """Give what of a scene the 3D pane, of a size in pixels, depends on: all else is as it begins."""
    layers = [scene.shown_volume, *scene.shown_surfaces]
    crosses = bool(scene.slices.in_3d) or any(layer is not None and layer.cut for layer in layers)
    projects = scene.shown_volume is not None and scene.shown_volume.blend != "shade"
    slices = SliceLayer(window=scene.slices.window if projects else "auto")
    if crosses:
        slices = replace(scene.slices, planes=slices.planes, zoom=1.0, center=None, neurological=False, crosshair=True)
    width, height = (max(SMALLEST_SIDE, side) for side in size)  # a pane of a small picture is smaller still
    return replace(scene, layout="3d", slices=slices, size=(width, height), overlay=OverlayLayer())


def scene_in_slices(scene: Scene) -> Scene:
    """Give what of a scene its panes of slices depend on: all else is as it begins."""
    return replace(
        scene,
        volume=None,
        surfaces=(),
        slices=replace(scene.slices, in_3d=()),
        clip=None,
        camera="iso",
        zoom=1.0,
        background=Scene().background,
        transparent=False,
        table=scene.table and scene.layout == "slices",  # of the projection there
    )
