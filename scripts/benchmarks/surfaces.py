"""Contestants: from an array to a surface, to its largest piece, to a tenth of its triangles."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.contest import LEVEL, VALUE, Facts, Work
from benchmarks.looking import array_facts, mesh_facts, triangle_facts


def with_vizmed(folder: Path, *, closed: bool) -> Work:
    import vizmed

    volume = vizmed.read(folder)
    held = {"held": volume.voxels.nbytes / 1e6}
    return partial(vizmed.extract_surface, volume, LEVEL, closed=closed), lambda mesh: mesh_facts(mesh) | held


def with_vtk(folder: Path, name: str, *, threads: bool = False) -> Work:
    import numpy as np
    from vtkmodules import vtkFiltersCore

    import vizmed
    from vizmed.vtk_bridge import to_index_image, use_threads

    if threads:
        use_threads()
    volume = vizmed.read(folder)
    contour = getattr(vtkFiltersCore, name)()
    contour.SetInputData(to_index_image(volume.voxels))
    contour.SetValue(0, VALUE)
    voxel_mm3 = abs(np.linalg.det(volume.geometry.affine))
    return contour.Update, lambda _: mesh_facts(contour.GetOutput(), voxel_mm3)


def with_pyvista(folder: Path, **options: Any) -> Work:
    import vizmed

    return partial(vizmed.read(folder).to_pyvista().contour, [VALUE], **options), mesh_facts


PYVISTA_AT_ITS_BEST = {"method": "flying_edges", "compute_normals": False, "compute_scalars": False}


def with_vedo(folder: Path) -> Work:
    import vedo

    import vizmed

    return partial(vedo.Volume(vizmed.read(folder).to_pyvista()).isosurface, VALUE), lambda found: mesh_facts(
        found.dataset
    )


def with_scikit_image(folder: Path) -> Work:
    from skimage.measure import marching_cubes

    import vizmed

    volume = vizmed.read(folder)
    # their own order of axes, in which memory runs as they expect it
    work = partial(marching_cubes, volume.voxels.T, VALUE, spacing=tuple(volume.geometry.spacing[::-1]))
    return work, lambda found: triangle_facts(found[0][found[1]])


def with_pymcubes(folder: Path) -> Work:
    import mcubes

    import vizmed

    volume = vizmed.read(folder)
    voxel_mm3 = float(volume.geometry.spacing.prod())
    work = partial(mcubes.marching_cubes, volume.voxels.T, VALUE)
    return work, lambda found: triangle_facts(found[0][found[1].astype(int)], voxel_mm3)


# ---- its largest piece ----


def largest_with_vizmed(folder: Path) -> Work:
    from vizmed.surface import keep_largest

    return partial(keep_largest, bone(folder)), mesh_facts


def largest_with_vtk(folder: Path) -> Work:
    from vtkmodules.vtkFiltersCore import vtkPolyDataConnectivityFilter

    pieces = vtkPolyDataConnectivityFilter()
    pieces.SetInputData(bone(folder))
    pieces.SetExtractionModeToLargestRegion()
    return pieces.Update, lambda _: mesh_facts(pieces.GetOutput())


def largest_with_pyvista(folder: Path) -> Work:
    return bone(folder).extract_largest, mesh_facts


def largest_with_open3d(folder: Path) -> Work:
    import numpy as np

    mesh = to_open3d(bone(folder))

    def work() -> None:
        pieces, counts, _ = mesh.cluster_connected_triangles()
        mesh.remove_triangles_by_mask(np.asarray(pieces) != np.argmax(counts))

    return work, lambda _: _open3d_facts(mesh)


# ---- a tenth of its triangles ----


def tenth_with_vizmed(folder: Path) -> Work:
    from vizmed.surface import reduce

    full = bone(folder, largest=True)
    return partial(reduce, full, 0.9), lambda mesh: _reduced_facts(mesh, full)


def tenth_with_fast_simplification(folder: Path) -> Work:
    import fast_simplification

    from vizmed.vtk_bridge import mesh_arrays, to_polydata

    full = bone(folder, largest=True)
    points, triangles = mesh_arrays(full)
    work = partial(fast_simplification.simplify, points, triangles, 0.9)
    return work, lambda found: _reduced_facts(to_polydata(*found), full)


def tenth_with_pyvista(folder: Path, name: str) -> Work:
    full = bone(folder, largest=True)
    return partial(getattr(full, name), 0.9), lambda mesh: _reduced_facts(mesh, full)


def tenth_with_open3d(folder: Path) -> Work:
    import numpy as np

    from vizmed.vtk_bridge import to_polydata

    full = bone(folder, largest=True)
    work = partial(to_open3d(full).simplify_quadric_decimation, full.GetNumberOfPolys() // 10)
    return work, lambda made: _reduced_facts(to_polydata(np.asarray(made.vertices), np.asarray(made.triangles)), full)


MEASURED = 100_000
"""Points of each of two surfaces whose distances from the other are measured."""


def _reduced_facts(mesh: Any, full: Any) -> Facts:
    """Sum up a reduced mesh, with how far it lies from the full one: one ruler for all, both ways."""
    import vizmed

    apart = vizmed.compare(full, mesh, most=MEASURED)
    return mesh_facts(mesh) | {"mean_mm": apart.mean_mm, "p95_mm": apart.p95_mm, "max_mm": apart.max_mm}


# ---- what they are given ----


def bone(folder: Path, *, largest: bool = False) -> Any:
    """Extract the mesh that all of them are given: a pyvista.PolyData."""
    import vizmed

    return vizmed.extract_surface(vizmed.read(folder), LEVEL, largest=largest)


def to_open3d(mesh: Any) -> Any:
    """Copy a mesh into Open3D's own type."""
    import open3d

    from vizmed.vtk_bridge import mesh_arrays

    points, triangles = mesh_arrays(mesh)
    vector = open3d.utility
    return open3d.geometry.TriangleMesh(
        vector.Vector3dVector(points.astype(float)), vector.Vector3iVector(triangles.astype("int32"))
    )


def _open3d_facts(mesh: Any) -> Facts:
    import numpy as np

    return array_facts(np.asarray(mesh.vertices), np.asarray(mesh.triangles))
