"""A surface as it is drawn: extracted, without specks, with a normal and its share of the open sky at each point."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vizmed.errors import EmptySurfaceError
from vizmed.geometry import FloatArray
from vizmed.render.crop import HalfSpace
from vizmed.render.hidden import Extracted, Sight, part_of, sight_of
from vizmed.render.normals import ROUNDS, soften, with_normals
from vizmed.render.shade import Sky, sky_over
from vizmed.scene import Camera, SurfaceLayer
from vizmed.stages import stage
from vizmed.surface import Band, Level, choose_level
from vizmed.surface.extract import iso_surface
from vizmed.surface.pieces import Chosen, sort_out
from vizmed.surface.smooth import smooth, smooth_for_the_eye
from vizmed.surface.sweep import thinned
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays

if TYPE_CHECKING:
    import pyvista

SKY = "sky"
"""Name of the scalars that hold how much of the open sky a point sees, 0 to 255."""

SPECK_SHARE = 1e-4
"""A piece that encloses a smaller part of all than this is a speck: noise, of which a thorax has hundreds."""

_FEW_TRIANGLES, _BINS = 150_000, 160
"""Triangles that are drawn fast enough, and bins along the longest side that larger meshes are reduced to."""

_MANY_TO_DRAW = 1_500_000
"""Triangles from which on it takes less time to find which are hidden than to draw them."""

COARSE_VOXELS = 1_500_000
"""What is extracted from while a level is dragged."""


@dataclass(frozen=True, eq=False)
class ShownSurface:
    """A surface and what it was made of.

    Parameters
    ----------
    asked : tuple
        What of a layer it follows from: preset, level, smoothing.
    level : Level or Band
    mesh : pyvista.PolyData
        LPS mm, whole, with normals and, as scalars, the open sky.
    without_specks : bool
        Whether some were left out.
    coarse : bool
        Whether it is that of a thinned copy.
    sides : tuple of half spaces
        Within which alone things were shown when its open sky was found.
    """

    asked: tuple[object, ...]
    level: Level | Band
    mesh: pyvista.PolyData
    without_specks: bool
    coarse: bool
    sides: tuple[HalfSpace, ...] = ()


def shown_surface(
    volume: Volume,
    layer: SurfaceLayer,
    there_are: Sequence[ShownSurface] = (),
    *,
    sides: tuple[HalfSpace, ...] = (),
    coarse: bool = False,
) -> ShownSurface:
    """Make the surface of a layer, or take one of the same volume that is there already.

    Parameters
    ----------
    volume : Volume
    layer : SurfaceLayer
    there_are : sequence of ShownSurface
    sides : tuple of half spaces
        What lies outside of any casts no shadow; see `vizmed.render.crop`.
    coarse : bool
        Make it of a thinned copy; one that is there keeps the shadows that it has.

    Raises
    ------
    OptionError, EmptySurfaceError
        If the layer does not fit the volume.
    """
    for one in there_are:
        if asks_for(layer) == one.asked and (coarse or not one.coarse):
            return one if coarse or _are_same(one.sides, sides) else _lit_within(one, volume, sides)
    return unlit_surface(volume, layer, sides=sides, coarse=coarse).lit()


@dataclass(frozen=True, eq=False)
class UnlitSurface:
    """A surface before it has normals and its share of the open sky.

    Parameters
    ----------
    shown : ShownSurface
        Its mesh has neither.
    extracted : Extracted
        What it was made of.
    sky : Sky
    """

    shown: ShownSurface
    extracted: Extracted
    sky: Sky

    @stage("light")
    def lit(self, stand: Camera | None = None) -> ShownSurface:
        """Give it both; where a camera is given, without what is hidden from there."""
        mesh = self.shown.mesh
        sight = None
        if stand is not None and mesh.n_cells >= _MANY_TO_DRAW:
            sight = sight_of(mesh, self.extracted, stand)
        mesh = dressed(mesh, self.sky) if sight is None else _dressed_as_seen(mesh, self.sky, sight)
        return replace(self.shown, mesh=mesh)


def unlit_surface(
    volume: Volume, layer: SurfaceLayer, *, sides: tuple[HalfSpace, ...] = (), coarse: bool = False
) -> UnlitSurface:
    """Make the surface of a layer as far as it does not depend on where it is seen from; see `shown_surface`."""
    level = choose_level(volume, preset=layer.preset, level=layer.level)
    grid = thinned(volume, COARSE_VOXELS) if coarse else volume
    with ThreadPoolExecutor(1) as beside:
        sky = beside.submit(sky_over, grid, level, sides)
        raw = iso_surface(grid, level)
        larger = _larger(raw, layer.smooth)
        mesh = smooth_for_the_eye(larger, layer.smooth, grid.geometry)
    shown = ShownSurface(asks_for(layer), level, mesh, larger is not raw, grid is not volume, sides)
    points = mesh_arrays(larger)[0]
    with_specks = points if larger is raw else mesh_arrays(raw)[0]
    return UnlitSurface(shown, Extracted(points, with_specks, SPECK_SHARE, grid, level), sky.result())


def true_mesh(volume: Volume, layer: SurfaceLayer) -> pyvista.PolyData:
    """Make the surface of a layer to be measured and not looked at: smoothed, its pieces enclose what they did before.

    Raises
    ------
    OptionError, EmptySurfaceError
        If the layer does not fit the volume.
    """
    raw = iso_surface(volume, choose_level(volume, preset=layer.preset, level=layer.level))
    return smooth(_larger(raw, layer.smooth), layer.smooth, volume.geometry)


def asks_for(layer: SurfaceLayer) -> tuple[object, ...]:
    """Give what of a layer its surface follows from; the rest is how it looks."""
    return layer.preset, layer.level, layer.smooth


@stage("light")
def dressed(mesh: pyvista.PolyData, sky: Sky) -> pyvista.PolyData:
    """Give a mesh with normals and with the part of the open sky that its points see."""
    lit = with_normals(mesh)
    soften(lit)
    _set_sky(lit, sky)
    return lit


def _dressed_as_seen(mesh: pyvista.PolyData, sky: Sky, sight: Sight) -> pyvista.PolyData:
    """Give the part of a mesh that is seen what it has when `dressed` as a whole."""
    near, has = part_of(mesh, sight.marked(ROUNDS + 1))  # so far the normals of what is seen depend on it
    lit = with_normals(near)
    soften(lit)
    seen, _ = part_of(lit, sight.marked(0)[has])
    _set_sky(seen, sky)
    return seen


def _set_sky(mesh: pyvista.PolyData, sky: Sky) -> None:
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy

    normals = vtk_to_numpy(mesh.GetPointData().GetNormals())
    shades = np.rint(255 * sky.seen_from(mesh_arrays(mesh)[0], normals)).astype(np.uint8)
    scalars = numpy_to_vtk(shades, deep=True)
    scalars.SetName(SKY)
    mesh.GetPointData().SetScalars(scalars)


def _lit_within(one: ShownSurface, volume: Volume, sides: tuple[HalfSpace, ...]) -> ShownSurface:
    """Give a surface in the light that it has where all outside of some sides is gone."""
    mesh = one.mesh.copy(deep=False)
    _set_sky(mesh, sky_over(volume, one.level, sides))
    return replace(one, mesh=mesh, sides=sides)


def _are_same(one: tuple[HalfSpace, ...], other: tuple[HalfSpace, ...]) -> bool:
    return np.array_equal(np.array(one), np.array(other))


def coarser(mesh: pyvista.PolyData) -> pyvista.PolyData:
    """Give a mesh of few triangles, with its normals and its sky, for frames while things move."""
    import pyvista
    from vtkmodules.vtkFiltersCore import vtkBinnedDecimation

    if mesh.n_cells <= _FEW_TRIANGLES:
        return mesh
    low, high = np.reshape(mesh.bounds, (3, 2)).T
    divisions = np.maximum(1, np.rint(_BINS * (high - low) / max((high - low).max(), 1e-9))).astype(int)
    bins = vtkBinnedDecimation()
    bins.SetInputData(mesh)
    bins.SetNumberOfDivisions(*divisions.tolist())
    bins.SetPointGenerationModeToUseInputPoints()
    bins.ProducePointDataOn()
    bins.Update()
    return pyvista.PolyData(bins.GetOutput())


@stage("pieces")
def _larger(mesh: pyvista.PolyData, iterations: int) -> pyvista.PolyData:
    """Leave specks out; a surface that is not smoothed stays as it is, specks and all."""
    if iterations == 0:
        return mesh
    try:
        return sort_out(mesh, [_without_specks]).mesh
    except EmptySurfaceError:  # there are only specks
        return mesh


def _without_specks(volumes: FloatArray) -> Chosen:
    whole = abs(volumes[np.isfinite(volumes)].sum())  # what is no piece has -inf
    return np.flatnonzero(np.abs(volumes) >= SPECK_SHARE * whole)
