"""Contestants: from a surface to a file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.contest import Prepare, Work
from benchmarks.looking import file_facts
from benchmarks.surfaces import bone, to_open3d


def writing(prepare: Callable[[Any, Path], Callable[[], Any]], ending: str) -> Prepare:
    """Give the contestant who writes a file of this ending."""

    def prepared(folder: Path) -> Work:
        path = new_file(ending)
        return prepare(bone(folder), path), lambda _: file_facts(path)

    return prepared


def new_file(ending: str) -> Path:
    """Give a path in a folder of its own."""
    return Path(tempfile.mkdtemp(), f"surface{ending}")


def with_vizmed(mesh: Any, path: Path) -> Callable[[], Any]:
    import vizmed

    return partial(vizmed.write_surface, mesh, path)


def with_vtk_stl(mesh: Any, path: Path) -> Callable[[], Any]:
    from vtkmodules.vtkIOGeometry import vtkSTLWriter

    return _with_vtk(vtkSTLWriter(), mesh, path)


def with_vtk_ply(mesh: Any, path: Path) -> Callable[[], Any]:
    from vtkmodules.vtkIOPLY import vtkPLYWriter

    return _with_vtk(vtkPLYWriter(), mesh, path)


def _with_vtk(writer: Any, mesh: Any, path: Path) -> Callable[[], Any]:
    writer.SetInputData(mesh)
    writer.SetFileName(str(path))
    writer.SetFileTypeToBinary()
    return writer.Write


def with_pyvista(mesh: Any, path: Path) -> Callable[[], Any]:
    return partial(mesh.save, path)


def with_numpy_stl(mesh: Any, path: Path) -> Callable[[], Any]:
    """Its mesh has no point numbers: to lay the corners out is part of its work."""
    import numpy as np
    from stl.mesh import Mesh

    points, triangles = _arrays(mesh)

    def work() -> None:
        made = Mesh(np.zeros(len(triangles), Mesh.dtype))
        made.vectors[:] = points[triangles]
        made.save(str(path))

    return work


def with_trimesh(mesh: Any, path: Path) -> Callable[[], Any]:
    import trimesh

    points, triangles = _arrays(mesh)
    return partial(trimesh.Trimesh(points, triangles, process=False).export, path)


def with_meshio(mesh: Any, path: Path) -> Callable[[], Any]:
    import meshio

    points, triangles = _arrays(mesh)
    return partial(meshio.Mesh(points, [("triangle", triangles.astype("int32"))]).write, path, binary=True)


def with_open3d(mesh: Any, path: Path) -> Callable[[], Any]:
    import open3d

    made = to_open3d(mesh)
    made.compute_triangle_normals()  # without them it refuses to write STL
    return partial(open3d.io.write_triangle_mesh, str(path), made)


def _arrays(mesh: Any) -> tuple[Any, Any]:
    from vizmed.vtk_bridge import mesh_arrays

    return mesh_arrays(mesh)
