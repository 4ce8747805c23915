"""From a volume to a finished surface, by a recipe: clean, extract, keep pieces, smooth, reduce."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vizmed.errors import OptionError
from vizmed.findings import Finding
from vizmed.surface.cleaning.body import body
from vizmed.surface.cleaning.cleaned import Cleaned
from vizmed.surface.cleaning.denoise import gaussian, median
from vizmed.surface.cleaning.thick import fine_slices
from vizmed.surface.extract import iso_surface
from vizmed.surface.inside.band import Band
from vizmed.surface.inside.level import Level, choose_level
from vizmed.surface.inside.region import Region, region_of
from vizmed.surface.measure import enclosed_mm3
from vizmed.surface.pieces import count_pieces, drop_small, fill_cavities, keep_largest
from vizmed.surface.recipe import TENTH, Recipe
from vizmed.surface.simplify import reduce, to_faces, within
from vizmed.surface.smooth import smooth
from vizmed.volume import Volume

if TYPE_CHECKING:
    import pyvista


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A surface and how it came to be.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles in LPS mm, their front sides outward.
    raw : pyvista.PolyData
        The iso surface of the pieces that were kept, neither smoothed nor reduced: what the mesh is held against.
    level : Level or Band
        The values that it encloses, and why.
    volume : Volume
        The values that it encloses, cleaned, before slices were made finer.
    region : Region, optional
        Where the mask lies, on the grid of that volume.
    done : tuple of Finding
        What was done, step by step, in words and numbers.
    """

    mesh: pyvista.PolyData
    raw: pyvista.PolyData
    level: Level | Band
    volume: Volume
    region: Region | None
    done: tuple[Finding, ...]


def make_surface(
    volume: Volume, recipe: Recipe, *, mask: Volume | None = None, level: Level | Band | None = None
) -> Made:
    """Make a surface by a recipe.

    Parameters
    ----------
    volume : Volume
    recipe : Recipe
    mask : Volume, optional
        On any grid; only where it is not 0, or has one of the recipe's labels, a voxel can lie inside.
    level : Level or Band, optional
        One that is chosen already, in place of the recipe's.

    Raises
    ------
    OptionError
        If the recipe asks for what this volume has not: a tissue where there are no Hounsfield units, say.
    EmptySurfaceError
        If there is no such surface, or no piece of it is left.
    GeometryError
        If the mask lies elsewhere.
    """
    if recipe.labels and mask is None:
        raise OptionError("labels are of a mask, and there is none", remedy="--mask FILE gives one")
    done: list[Finding] = []
    for cleaned in _cleaned(volume, recipe):
        volume = cleaned.volume
        done.append(cleaned.done)
    region = None if mask is None else region_of(mask, volume.geometry, recipe.labels or None)
    inside = None if region is None else region.inside
    level = choose_level(volume, preset=recipe.preset, level=level or recipe.level, band=recipe.band, region=inside)
    grid, lies_at = volume, level
    if recipe.fine_slices:
        finer = fine_slices(volume, level, region=inside)
        done.append(finer.done)
        if finer.level is not None:
            grid, inside, lies_at = finer.volume, None, Level(finer.level, level.reason, level.color)
    raw, dropped = _kept(iso_surface(grid, lies_at, closed=recipe.closed, region=inside), recipe)
    smoothed = smooth(raw, recipe.smooth, grid.geometry)
    mesh = _reduced(smoothed, recipe, grid)
    done += [*dropped, *_told(raw, smoothed, mesh, recipe)]
    return Made(mesh, raw, level, volume, region, tuple(done))


def extract_surface(
    volume: Volume,
    level: float | str | Level | Band | None = None,
    *,
    preset: str | None = None,
    band: str | tuple[float, float] | None = None,
    mask: Volume | None = None,
    closed: bool = True,
    largest: bool = False,
    smooth: int = 0,
    reduce: float | None = None,
    max_error_mm: float = 0.0,
) -> pyvista.PolyData:
    """Extract the surface of what is at or above a level, or within a band.

    `make_surface` does the same by a recipe, which can clean, sort out pieces and be written down.

    Parameters
    ----------
    volume : Volume
    level : float, "otsu", "dark", "mid", "bright", Level or Band, optional
        The value that the surface lies at. A voxel of this value or more is inside: on integer voxels the surface at
        226 runs where the interpolated value is 225.5, which is the same voxels inside and no vertex on a voxel
        centre. On real numbers it runs at the value itself, and midway to the next lower value where voxels are
        exactly at it. With neither level, preset nor band, `choose_level` decides.
    preset : str, optional
        A tissue of `vizmed.presets`, such as ``"bone"``; only where the values are Hounsfield units.
    band : "LOW:HIGH" or (low, high) tuple of float, optional
        The lowest and the highest value inside.
    mask : Volume, optional
        On any grid; only where it is not 0 can a voxel lie inside.
    closed : bool
        Cap what the border of the volume cuts off, flat, on the outer faces of the outermost voxels. Otherwise the
        surface ends open at the centres of the outermost voxels. NaN and padding always lie outside.
    largest : bool
        Keep only the piece that encloses most; see `keep_largest`.
    smooth : int
        Iterations of `vizmed.surface.smooth`; 0 leaves the surface as it is, 20 halves the steps of a mask.
    reduce : float, optional
        Part of the triangles to remove, from 0 to below 1, whatever the error; see `vizmed.surface.reduce`.
    max_error_mm : float
        How far removing triangles may move the surface; see `vizmed.surface.within`. 0 removes none.

    Returns
    -------
    pyvista.PolyData
        Triangles in LPS mm, float32, their front sides outward, towards what is outside. No normals, no scalars.

    Raises
    ------
    EmptySurfaceError
        If no voxel or every voxel lies inside: with the range, and three levels that give a surface.
    OptionError
        For options that mean nothing here; see `choose_level`, `smooth`, `reduce` and `within`.
    GeometryError
        If the volume is one voxel thin and ``closed`` is false, or the mask lies elsewhere.
    """
    keep = 1 if largest else None
    error = None if reduce is not None and not max_error_mm else max_error_mm
    recipe = Recipe(closed=closed, keep=keep, smooth=smooth, reduce=reduce, max_error_mm=error)
    recipe = replace(recipe, preset=preset, band=band)
    if isinstance(level, Level | Band):
        return make_surface(volume, recipe, mask=mask, level=level).mesh
    return make_surface(volume, replace(recipe, level=level), mask=mask).mesh


def _cleaned(volume: Volume, recipe: Recipe) -> Iterator[Cleaned]:
    if recipe.body:
        yield (cleaned := body(volume))
        volume = cleaned.volume
    if recipe.median:
        yield (cleaned := median(volume, recipe.median))
        volume = cleaned.volume
    if recipe.gaussian_mm:
        yield gaussian(volume, recipe.gaussian_mm)


def _kept(mesh: pyvista.PolyData, recipe: Recipe) -> tuple[pyvista.PolyData, list[Finding]]:
    before = mesh
    if recipe.fill:
        mesh = fill_cavities(mesh)
    if recipe.min_volume_mm3:
        mesh = drop_small(mesh, recipe.min_volume_mm3)
    if recipe.keep is not None:
        mesh = keep_largest(mesh, recipe.keep)
    if mesh is before:
        return mesh, []
    had, has = count_pieces(before), count_pieces(mesh)
    words = f"{has:,} of {had:,} pieces kept"
    return mesh, [Finding("pieces", "note", words)]


def _reduced(mesh: pyvista.PolyData, recipe: Recipe, volume: Volume) -> pyvista.PolyData:
    if recipe.faces is not None:
        fewer = to_faces(mesh, recipe.faces)
    elif recipe.reduce is not None:
        fewer = reduce(mesh, recipe.reduce)
    else:
        allowed = max_error_mm(recipe, volume)
        fewer = within(mesh, allowed) if allowed else mesh
    # reducing parts a piece where it hangs together by a thread
    return fewer if recipe.keep is None or fewer is mesh else keep_largest(fewer, recipe.keep)


def max_error_mm(recipe: Recipe, volume: Volume) -> float:
    """Give the largest error that a recipe allows on a volume, mm."""
    return TENTH * float(volume.geometry.spacing.min()) if recipe.max_error_mm is None else recipe.max_error_mm


def _told(
    raw: pyvista.PolyData, smoothed: pyvista.PolyData, mesh: pyvista.PolyData, recipe: Recipe
) -> Iterator[Finding]:
    if smoothed is not raw:
        before, after = enclosed_mm3(raw), enclosed_mm3(smoothed)
        change = 100 * (after / before - 1) if before else 0.0
        yield Finding("smoothed", "note", f"smoothed in {recipe.smooth} rounds: volume {change:+.3f} %")
    if mesh is not smoothed:
        had, has = smoothed.GetNumberOfPolys(), mesh.GetNumberOfPolys()
        yield Finding("reduced", "note", f"{has:,} of {had:,} triangles left ({100 * has / had:.0f} %)")
        if recipe.faces is not None and has > recipe.faces:
            words = f"{recipe.faces:,} triangles cannot be had without turning some over or joining sheets"
            yield Finding(
                "faces-not-reached", "warning", words, remedy="Drop small pieces first: --min-volume, --largest"
            )
