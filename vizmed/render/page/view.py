"""One pane with its slice: from its pixels to the patient and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray
from vizmed.presets import Window
from vizmed.render.page.panes import Pane, panes_of
from vizmed.render.page.projected import projected
from vizmed.scene import Plane, Scene, SliceLayer, as_point
from vizmed.slices import Slice, choose_window, crossing, middle, take_slice
from vizmed.slices.laying import laid, tilted
from vizmed.volume import Volume

if TYPE_CHECKING:
    from vizmed.render.study import Study

_RIM_SHARE = 0.036
"""Room for the letters around what fits a pane, as a part of the page's height."""


@dataclass(frozen=True, eq=False)
class PaneView:
    """A pane of the picture, and how its slice lies in it.

    Parameters
    ----------
    pane : Pane
    one : Slice
        Of the pane ``"projection"`` the coronal one, with the projected values.
    scale : float
        Pixels a mm, the same along and across.
    middle : (3,) ndarray
        The point of the slice's plane that lies in the middle of the pane, LPS mm.
    """

    pane: Pane
    one: Slice
    scale: float
    middle: FloatArray

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pane in pixels."""
        return self.pane.box[2], self.pane.box[3]

    def to_lps(self, x: float, y: float) -> FloatArray:
        """Give the point of the slice's plane, LPS mm, shape (3,), that lies under a place of the pane.

        Parameters
        ----------
        x, y : float
            Pixels from the pane's left and upper edge; the middle of its first pixel is at 0.5, 0.5.
        """
        width, height = self.size
        right, down = (x - width / 2) / self.scale, (y - height / 2) / self.scale
        return np.asarray(self.middle + right * self.one.right + down * self.one.down)

    def to_pixel(self, lps_mm: FloatArray) -> tuple[float, float]:
        """Give the place of the pane where a point of the patient, projected onto the slice, lies; undoes `to_lps`."""
        x, y = self.to_pixels(lps_mm)
        return float(x), float(y)

    def to_pixels(self, lps_mm: FloatArray) -> FloatArray:
        """Do the same for points of shape (..., 3); x and y in shape (..., 2)."""
        offset = np.asarray(lps_mm, dtype=np.float64) - self.middle
        basis = np.stack([self.one.right, self.one.down], axis=1)
        return np.asarray(offset @ basis * self.scale + np.array(self.size) / 2)

    def value_at(self, volume: Volume, x: float, y: float) -> tuple[float, tuple[int, int, int]] | None:
        """Give the value under a place of the pane, and the voxel that it is nearest to.

        Parameters
        ----------
        volume : Volume
            That was sliced.
        x, y : float
            As in `to_lps`.

        Returns
        -------
        value : float
            Of that voxel; of a slab and of a projection the value that is shown.
        ijk : (i, j, k) tuple of int
            None is returned instead of both outside of the scan.
        """
        point = self.to_lps(x, y)
        row, column = (int(np.floor(place + 0.5)) for place in self.one.to_pixel(point))
        rows, columns = self.one.values.shape
        if not (0 <= row < rows and 0 <= column < columns):
            return None
        # in a slice of the grid the middle of the pixel is the middle of the voxel, whatever half the point lies in
        place = point if self.one.plane == "oblique" else self.one.to_lps(row, column)
        i, j, k = (int(n) for n in np.floor(volume.geometry.to_index(place) + 0.5))
        if not all(0 <= n < size for n, size in zip((i, j, k), volume.shape, strict=True)):
            return None
        shown = self.is_projected or self.one.plane != "oblique"
        return float(self.one.values[row, column] if shown else volume.voxels[i, j, k]), (i, j, k)

    @property
    def is_projected(self) -> bool:
        """Whether a pixel is more than one place of the scan."""
        return self.one.layers > 1 or self.pane.plane == "projection"


def pane_view(scene: Scene, study: Study, pane: Pane) -> PaneView:
    """Take the slice of a pane, and lay it.

    Parameters
    ----------
    scene : Scene
    study : Study
    pane : Pane
        One of `panes_of`, not the one in 3D.

    Raises
    ------
    OptionError
        If the slices cross outside of the scan, or the pane shows the 3D view.
    """
    layer, volume = scene.slices, study.volume
    if pane.plane == "3d":
        raise OptionError("the 3D view is no slice", remedy="Take a pane of a plane")
    if pane.plane == "projection":
        one = _projection(scene, volume)
    else:
        one = slice_of(layer, volume, pane.plane)
    scale = _fitting_scale(scene, volume) * layer.zoom
    return PaneView(pane, one, scale, _middle(layer, volume, one))


def slice_of(layer: SliceLayer, volume: Volume, plane: Plane, index: int | None = None) -> Slice:
    """Take a slice of a plane as a layer asks for it: where its slices cross, or at an index."""
    return take_slice(
        volume,
        plane,
        at=as_point(crossing(layer, volume)) if index is None else None,
        index=index,
        normal=layer.normal,
        slab_mm=layer.slab_mm,
        projection=layer.projection,
        neurological=layer.neurological,
    )


def window_of(scene: Scene, volume: Volume, pane: Pane) -> Window:
    """Give the window that a pane is shown with; a projection has its own."""
    if pane.plane == "projection":
        return projected(volume, table=scene.table).window
    return choose_window(volume, scene.slices.window)


def _fitting_scale(scene: Scene, volume: Volume) -> float:
    """Give the pixels a mm at which the slices of all panes fit into them."""
    rim = 2 * round(_RIM_SHARE * scene.size[1]) if scene.annotated else 0
    scales = []
    for pane in panes_of(scene, volume):
        if pane.plane != "3d":
            height_mm, width_mm = _size_mm(
                scene.slices, volume, "coronal" if pane.plane == "projection" else pane.plane
            )
            _, _, width, height = pane.box
            scales += [max(width - rim, 1) / width_mm, max(height - rim, 1) / height_mm]
    return min(scales)


def _size_mm(layer: SliceLayer, volume: Volume, plane: Plane) -> tuple[float, float]:
    if plane == "oblique" and layer.normal is not None:
        return tilted(volume, layer.normal).size_mm(volume.geometry)
    return laid(volume, plane).raster.size_mm


def _middle(layer: SliceLayer, volume: Volume, one: Slice) -> FloatArray:
    """Give what lies in the middle of a pane: of the slice, or where it is zoomed what the layer says."""
    if layer.zoom == 1 and one.plane != "oblique":
        return one.middle
    if layer.zoom == 1:
        # the picture of one oblique slice is larger than that of the next, and would jump
        wanted = middle(volume.geometry)
    else:
        wanted = crossing(layer, volume) if layer.center is None else np.array(layer.center, dtype=np.float64)
    return np.asarray(wanted - (wanted - one.origin) @ one.normal * one.normal)


def _projection(scene: Scene, volume: Volume) -> Slice:
    layer = scene.slices
    one = slice_of(replace(layer, slab_mm=0.0), volume, "coronal")
    values = projected(volume, table=scene.table).values
    return replace(one, values=values[:, ::-1] if layer.neurological else values)
