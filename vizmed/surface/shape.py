"""From the raw surface to the finished one, by a recipe: keep pieces, smooth, reduce."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vizmed.budget import check_left
from vizmed.findings import Finding
from vizmed.geometry import Geometry
from vizmed.stages import stage
from vizmed.surface.measure import enclosed_mm3
from vizmed.surface.pieces import Choice, at_least, keep_largest, largest, solid, sort_out
from vizmed.surface.recipe import TENTH, Recipe
from vizmed.surface.smooth import smooth

if TYPE_CHECKING:
    import pyvista

BYTES_TO_KEEP = 55
"""What each triangle takes, with its points, until all is written and measured; measured on 1.3 and 3.1 million."""

BYTES_TO_REDUCE = 250
"""What each triangle takes beyond the mesh while they are removed within an error, in all processes; measured on 1.3
million, of 3.1 million each takes less."""


def shaped(
    found: pyvista.PolyData, geometry: Geometry, recipe: Recipe
) -> tuple[pyvista.PolyData, pyvista.PolyData, tuple[Finding, ...]]:
    """Sort out pieces, smooth and reduce: the raw surface of what is kept, the finished one, and what was done."""
    raw, dropped = _kept(found, recipe)
    smoothed = smooth(raw, recipe.smooth, geometry)
    mesh = _reduced(smoothed, recipe, geometry)
    return raw, mesh, (*dropped, *_told(raw, smoothed, mesh, recipe))


@stage("pieces")
def _kept(mesh: pyvista.PolyData, recipe: Recipe) -> tuple[pyvista.PolyData, list[Finding]]:
    choices: list[Choice] = [solid] if recipe.fill else []
    if recipe.min_volume_mm3:
        choices.append(at_least(recipe.min_volume_mm3))
    if recipe.keep is not None:
        choices.append(largest(recipe.keep))
    if not choices:
        return mesh, []
    kept, had, has = sort_out(mesh, choices)
    words = f"{has:,} of {had:,} pieces kept"
    return kept, [] if kept is mesh else [Finding("pieces", "note", words)]


@stage("reducing")
def _reduced(mesh: pyvista.PolyData, recipe: Recipe, geometry: Geometry) -> pyvista.PolyData:
    allowed = max_error_mm(recipe, geometry)
    if recipe.faces is None and recipe.reduce is None and not allowed:
        return mesh
    from vizmed.surface.simplify import reduce, to_faces, within

    if recipe.faces is not None:
        fewer = to_faces(mesh, recipe.faces)
    elif recipe.reduce is not None:
        fewer = reduce(mesh, recipe.reduce)
    else:
        count = mesh.GetNumberOfPolys()
        remedy = "--max-error 0 keeps them all; --largest and --min-volume leave fewer before"
        check_left(count * BYTES_TO_REDUCE, f"reducing {count:,} triangles within an error", remedy)
        fewer = within(mesh, allowed)
    # reducing parts a piece where it hangs together by a thread
    return fewer if recipe.keep is None or fewer is mesh else keep_largest(fewer, recipe.keep)


def max_error_mm(recipe: Recipe, geometry: Geometry) -> float:
    """Give the largest error that a recipe allows on a grid, mm."""
    return TENTH * float(geometry.spacing.min()) if recipe.max_error_mm is None else recipe.max_error_mm


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
