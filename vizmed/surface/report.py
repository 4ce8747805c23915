"""What a surface is worth: where it came from, what was done, what it measures, how far it lies from the raw one."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from math import isfinite
from typing import Any

import numpy as np

from vizmed.chunked import Chunked
from vizmed.stages import stage
from vizmed.surface.contour.layers import like, slices_of
from vizmed.surface.distance import Comparison, Spread, compare
from vizmed.surface.inside.band import limits_of
from vizmed.surface.make import Made, make_surface
from vizmed.surface.measure import Measure, measure
from vizmed.surface.recipe import Recipe
from vizmed.volume import Volume

FORMAT = 1
"""Number of the report's format; it grows when a field changes its meaning."""

LIBRARIES = ("vizmed", "numpy", "vtk", "fast-simplification")
"""Those whose versions may change a vertex."""

STRIDE = 2.0
"""How far apart points within triangles are whose distance is measured, in longest sides of a voxel."""

MOST_POINTS = 100_000
"""How many points are measured each way."""


def report(volume: Volume, recipe: Recipe, *, mask: Volume | None = None) -> tuple[Made, dict[str, Any]]:
    """Make a surface by a recipe, and report on it; see `make_surface` and `summed_up`."""
    made = make_surface(volume, recipe, mask=mask)
    return made, summed_up(volume, recipe, made, measure(made.mesh), off_raw(made), mask=mask)


@stage("reporting")
def summed_up(
    volume: Volume | Chunked,
    recipe: Recipe,
    made: Made,
    measured: Measure,
    apart: Comparison,
    *,
    mask: Volume | None = None,
) -> dict[str, Any]:
    """Sum up a surface, ready to be written as JSON.

    Parameters
    ----------
    volume : Volume
        As it was read.
    recipe : Recipe
    made : Made
        What the recipe made of it.
    measured : Measure
        Of its mesh.
    apart : Comparison
        As `off_raw` measures it.
    mask : Volume, optional

    Returns
    -------
    dict
        ``input`` and ``mask`` (grid, and a SHA-256 of grid and values), ``level``, ``done``, ``mesh`` (measures),
        ``voxels`` (what the voxels inside amount to, all pieces of them), ``raw`` (the iso surface of the pieces that
        were kept), ``distance_mm`` (between that and the mesh, both ways), ``recipe``, ``libraries``. Lengths are in
        mm, areas in mm², volumes in mm³, places in LPS. No identity of a patient.
    """
    from importlib.metadata import version

    return {
        "format": FORMAT,
        "frame": "LPS",
        "unit": "mm",
        "input": described(volume),
        "mask": None if mask is None else described(mask),
        "level": {
            "low": _finite(made.level.low),
            "high": _finite(made.level.high),
            "unit": like(volume).unit,
            "reason": made.level.reason,
        },
        "done": [str(step) for step in made.done],
        "mesh": _measured(measured),
        "voxels": _voxels(made),
        "raw": _measured(measure(made.raw)),
        "distance_mm": _distances(apart),
        "recipe": asdict(recipe),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


@stage("measuring")
def off_raw(made: Made) -> Comparison:
    """Measure how far a surface lies from the raw iso surface: there, from the mesh to the raw one, and back."""
    if made.mesh is made.raw:
        same = Spread(0.0, 0.0, 0.0, made.raw.GetNumberOfPoints())
        return Comparison(same, same)
    step_mm = STRIDE * float(made.volume.geometry.spacing.max())
    return compare(made.mesh, made.raw, step_mm=step_mm, most=MOST_POINTS)


def described(volume: Volume | Chunked) -> dict[str, Any]:
    """Describe what was read, so that it is known again: nothing in it is of the patient."""
    known = like(volume)
    return {
        "modality": known.modality,
        "unit": known.unit,
        "shape": list(volume.shape),
        "spacing_mm": [round(float(mm), 9) for mm in volume.geometry.spacing],
        "affine_lps": volume.geometry.affine.tolist(),
        "type": known.voxels.dtype.name,
        "sha256": fingerprint(volume),
    }


def fingerprint(volume: Volume | Chunked) -> str:
    """Give the SHA-256, in hexadecimal, of a volume's shape, type, affine and values, i running fastest."""
    digest = hashlib.sha256()
    known = like(volume)
    little = known.voxels.dtype.newbyteorder("<")
    digest.update(f"{volume.shape} {little.str} {known.padding}".encode())
    digest.update(volume.geometry.affine.astype("<f8").tobytes())
    for part in slices_of(volume):
        digest.update(np.ascontiguousarray(part.T, dtype=little).data)
    return digest.hexdigest()


def _measured(found: Measure) -> dict[str, Any]:
    return {
        "triangles": found.triangles,
        "points": found.points,
        "area_mm2": found.area_mm2,
        "volume_mm3": found.volume_mm3,
        "closed": found.closed,
        "manifold": found.manifold,
        "open_edges": found.open_edges,
        "crowded_edges": found.crowded_edges,
        "pinched_points": found.pinched_points,
        "pieces": found.pieces,
        "genus": found.genus,
        "bounds_mm": found.bounds_mm.tolist(),
        "centroid_mm": found.centroid_mm.tolist(),
    }


def _voxels(made: Made) -> dict[str, Any]:
    """Count the voxels inside, before pieces were dropped."""
    known = like(made.volume)
    values = limits_of(known.voxels.dtype, lambda: slices_of(made.volume), made.level.low, made.level.high)
    count = 0
    for k, part in enumerate(slices_of(made.volume)):
        inside = values.hold(part)
        if known.padding is not None:
            inside &= part != known.padding
        if made.region is not None:
            inside &= made.region.inside[..., k]
        count += int(np.count_nonzero(inside))
    each_mm3 = abs(float(np.linalg.det(made.volume.geometry.affine[:3, :3])))
    return {"count": count, "volume_mm3": count * each_mm3}


def _distances(found: Comparison) -> dict[str, Any]:
    return {"mesh_to_raw": asdict(found.there), "raw_to_mesh": asdict(found.back)}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
