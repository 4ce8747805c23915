"""From a volume to a finished surface, by a recipe: clean, extract, keep pieces, smooth, reduce."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vizmed.chunked import Chunked
from vizmed.errors import OptionError
from vizmed.findings import Finding
from vizmed.surface.extract import iso_mesh
from vizmed.surface.inside.band import Band
from vizmed.surface.inside.level import Level, choose_level
from vizmed.surface.recipe import Recipe
from vizmed.surface.shape import shaped
from vizmed.volume import Volume
from vizmed.vtk_bridge import as_pyvista

if TYPE_CHECKING:
    import pyvista

    from vizmed.surface.cleaning.cleaned import Cleaned
    from vizmed.surface.inside.region import Region


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A surface and how it came to be.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles in LPS mm, their front sides outward. Of `made_of` it may be a plain `vtkPolyData`, and so may raw.
    raw : pyvista.PolyData
        The iso surface of the pieces that were kept, neither smoothed nor reduced: what the mesh is held against.
    level : Level or Band
        The values that it encloses, and why.
    volume : Volume or Chunked
        The values that it encloses, cleaned, before slices were made finer.
    region : Region, optional
        Where the mask lies, on the grid of that volume.
    done : tuple of Finding
        What was done, step by step, in words and numbers.
    """

    mesh: pyvista.PolyData
    raw: pyvista.PolyData
    level: Level | Band
    volume: Volume | Chunked
    region: Region | None
    done: tuple[Finding, ...]


def make_surface(
    volume: Volume | Chunked, recipe: Recipe, *, mask: Volume | None = None, level: Level | Band | None = None
) -> Made:
    """Make a surface by a recipe.

    Parameters
    ----------
    volume : Volume or Chunked
        What is read in chunks has the same surface, in the memory of the mesh and of some slices.
    recipe : Recipe
    mask : Volume, optional
        On any grid; only where it is not 0, or has one of the recipe's labels, a voxel can lie inside.
    level : Level or Band, optional
        One that is chosen already, in place of the recipe's.

    Raises
    ------
    OptionError
        If the recipe asks for what this volume has not: a tissue where there are no Hounsfield units, say; or for what
        needs all of a volume that is read in chunks.
    EmptySurfaceError
        If there is no such surface, or no piece of it is left.
    GeometryError
        If the mask lies elsewhere.
    """
    made = made_of(volume, recipe, mask=mask, level=level)
    raw = as_pyvista(made.raw)
    return replace(made, raw=raw, mesh=raw if made.mesh is made.raw else as_pyvista(made.mesh))


def made_of(
    volume: Volume | Chunked, recipe: Recipe, *, mask: Volume | None = None, level: Level | Band | None = None
) -> Made:
    """Make the same for a command, which can do without PyVista: importing it takes as long as a small scan does."""
    if recipe.labels and mask is None:
        raise OptionError("labels are of a mask, and there is none", remedy="--mask FILE gives one")
    if isinstance(volume, Chunked):
        check_chunks_do(recipe, mask)
        level = choose_level(volume, preset=recipe.preset, level=level or recipe.level, band=recipe.band)
        raw, mesh, steps = shaped(iso_mesh(volume, level, closed=recipe.closed), volume.geometry, recipe)
        return Made(mesh, raw, level, volume, None, steps)
    done: list[Finding] = []
    for cleaned in _cleaned(volume, recipe):
        volume = cleaned.volume
        done.append(cleaned.done)
    region = None if mask is None else _region(mask, volume, recipe)
    inside = None if region is None else region.inside
    level = choose_level(volume, preset=recipe.preset, level=level or recipe.level, band=recipe.band, region=inside)
    grid, lies_at = volume, level
    if recipe.fine_slices:
        from vizmed.surface.cleaning.thick import fine_slices

        finer = fine_slices(volume, level, region=inside)
        done.append(finer.done)
        if finer.level is not None:
            grid, inside, lies_at = finer.volume, None, Level(finer.level, level.reason, level.color)
    raw, mesh, steps = shaped(iso_mesh(grid, lies_at, closed=recipe.closed, region=inside), grid.geometry, recipe)
    return Made(mesh, raw, level, volume, region, (*done, *steps))


def needs_whole(recipe: Recipe) -> list[str]:
    """Give what a recipe asks for that needs all voxels at once, by the names of the command line."""
    asked = {
        "--body": recipe.body,
        "--median": recipe.median,
        "--gaussian": recipe.gaussian_mm,
        "--fine-slices": recipe.fine_slices,
    }
    return [option for option, given in asked.items() if given]


def check_chunks_do(recipe: Recipe, mask: Volume | None) -> None:
    """Refuse what needs all voxels at once, for a volume that is read in chunks.

    Raises
    ------
    OptionError
    """
    needing = [*needs_whole(recipe), *(["--mask"] if mask is not None else [])]
    if needing:
        raise OptionError(
            f"{' and '.join(needing)} cannot be had of a volume that is read in chunks",
            remedy="Leave that out, or allow more memory",
        )


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
    from vizmed.surface.cleaning.body import body
    from vizmed.surface.cleaning.denoise import gaussian, median

    if recipe.body:
        yield (cleaned := body(volume))
        volume = cleaned.volume
    if recipe.median:
        yield (cleaned := median(volume, recipe.median))
        volume = cleaned.volume
    if recipe.gaussian_mm:
        yield gaussian(volume, recipe.gaussian_mm)


def _region(mask: Volume, volume: Volume, recipe: Recipe) -> Region:
    from vizmed.surface.inside.region import region_of

    return region_of(mask, volume.geometry, recipe.labels or None)
