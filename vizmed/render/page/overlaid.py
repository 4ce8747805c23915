"""Labels and second volumes laid over a slice, whatever grid they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vizmed.render.page.colors import ramp
from vizmed.render.page.picture import BILINEAR, Seen
from vizmed.render.page.shapes import lay_shape
from vizmed.render.page.strokes import Picture
from vizmed.scene import GRID_PLANES, Scene
from vizmed.segmentation import Label, Segmentation
from vizmed.slices import choose_window, take_slice
from vizmed.slices.sampling import nearest, trilinear
from vizmed.volume import Volume, Voxels

if TYPE_CHECKING:
    from vizmed.render.study import Study

_EDGE = 1e-3
"""Change of a label's share from pixel to pixel below which there is no edge of it."""


def lay_labels(picture: Picture, seen: Seen, scene: Scene, study: Study, line: int) -> tuple[Label, ...]:
    """Lay the labels of a segmentation over a slice, in the order of their layers and numbers.

    Labels are those of the middle of a slab. Their outlines are smoothed between the voxels' centres, where what is
    seen belongs to the label of its voxel.

    Parameters
    ----------
    picture : (height, width, 3) ndarray of uint8
        Of the pane.
    seen : Seen
    scene : Scene
    study : Study
        With a segmentation for its overlay.
    line : int
        Width of outlines in pixels.

    Returns
    -------
    tuple of Label
        Those that are seen.
    """
    segmentation = study.overlay
    if not isinstance(segmentation, Segmentation) or not scene.overlay.opacity:
        return ()
    shown = []
    for place, layer in enumerate(segmentation.layers):
        values = _values(layer, seen, scene, study)
        numbers = set(_numbers(values))
        for label, layer_of in zip(segmentation.labels, segmentation.layer_of, strict=True):
            if layer_of == place and label.number in numbers:
                _lay_label(picture, seen, values == label.number, label, (scene.overlay.opacity, line))
                shown.append(label)
    return tuple(shown)


def lay_volume(picture: Picture, seen: Seen, scene: Scene, study: Study) -> None:
    """Lay a second volume over a slice: nothing below its window, and nothing outside of its grid.

    Raises
    ------
    OptionError
        If there is no such ramp of colours or window.
    """
    layer, over = scene.overlay, study.overlay
    if not isinstance(over, Volume):
        return
    colors, window = ramp(layer.colors), choose_window(over, layer.window)
    values = np.asarray(_values(over, seen, scene, study), dtype=np.float32)
    with np.errstate(invalid="ignore"):
        there = values >= window.low
    share = np.clip((np.where(there, values, window.low) - window.low) / window.width, 0, 1).astype(np.float32)
    left, top, dense = seen.laid(there.astype(np.float32), BILINEAR)
    _, _, laid = seen.laid(share, BILINEAR)
    dense = np.clip(dense, 0, 1)
    # what is not there has no value that could bleed into what is
    places = np.clip(laid / np.maximum(dense, 1e-6) * 255 + 0.5, 0, 255).astype(np.uint8)
    part = picture[top : top + laid.shape[0], left : left + laid.shape[1]]
    alpha = (dense * layer.opacity)[..., None]
    part[:] = (part + alpha * (colors[places] - part.astype(np.float32)) + 0.5).astype(np.uint8)


def _values(over: Volume, seen: Seen, scene: Scene, study: Study) -> Voxels:
    """Give the values of an overlay at the pixels of what is seen: labels of the nearest voxel, others interpolated."""
    one = seen.view.one
    if one.plane in GRID_PLANES and over.geometry.is_close(study.volume.geometry):
        plain = take_slice(over, one.plane, index=one.index, neurological=scene.slices.neurological)
        return seen.of(plain.values)
    return nearest(over, seen.raster) if isinstance(study.overlay, Segmentation) else trilinear(over, seen.raster)


def _numbers(values: Voxels) -> list[int]:
    if values.dtype.itemsize <= 2:
        found: list[int] = np.flatnonzero(np.bincount(values.ravel())).tolist()
    else:
        found = np.unique(values).tolist()
    return found


def _lay_label(picture: Picture, seen: Seen, inside: NDArray[np.bool_], label: Label, looks: tuple[float, int]) -> None:
    """Lay a label over a slice, its edge smoothed between the centres of its voxels and others."""
    opacity, line = looks
    part, within = seen.around(inside)
    left, top, share = part.laid(within.astype(np.float32), BILINEAR)
    if min(share.shape) < 2:
        return
    slope = np.hypot(*np.gradient(share))
    # how far inside of the edge a pixel lies, in pixels: a share of one half is on it
    depth = np.where(slope > _EDGE, (share - 0.5) / np.maximum(slope, _EDGE), np.where(share > 0.5, 1.0, -1.0))
    height, width = share.shape
    cover = np.clip(depth + 0.5, 0, 1).astype(np.float32)
    lay_shape(picture[top : top + height, left : left + width], cover, label.color, opacity, line)
