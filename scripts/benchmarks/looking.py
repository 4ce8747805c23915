"""What is told of a result, so that it can be compared with others'."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from benchmarks.contest import Facts


def voxel_facts(stack: Any) -> Facts:
    """Sum up voxels [k, j, i]: every value in its place."""
    import numpy as np

    voxels = np.ascontiguousarray(stack, dtype=np.int16)
    return {"checksum": zlib.crc32(voxels), "voxels": voxels.nbytes / 1e6}


def mesh_facts(mesh: Any, unit_mm3: float = 1) -> Facts:
    """Sum up a mesh of VTK's."""
    from vizmed.vtk_bridge import mesh_arrays

    points, triangles = mesh_arrays(mesh)
    return array_facts(points, triangles, unit_mm3)


def array_facts(points: Any, triangles: Any, unit_mm3: float = 1) -> Facts:
    """Sum up points (n, 3) and triangles (m, 3) of point numbers."""
    return triangle_facts(points[triangles], unit_mm3) | {"mesh": (points.nbytes + triangles.nbytes) / 1e6}


def file_facts(path: Path) -> Facts:
    """Sum up what stands in a file: a surface, or a picture."""
    if path.suffix == ".stl":
        return stl_facts(path)
    if path.suffix == ".png":
        return picture_facts(path)
    from vizmed import read_mesh

    meshes = [part.mesh for part in read_mesh(path).parts]
    # two ways to write metres make no comparison of volumes
    return {"triangles": sum(mesh.GetNumberOfPolys() for mesh in meshes)}


def stl_facts(path: Path) -> Facts:
    """Sum up a binary STL."""
    import numpy as np

    layout = [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("rest", "<u2")]
    facets = np.memmap(path, layout, "r", offset=84)
    return triangle_facts(facets["corners"])


BLOCK = 1 << 20
"""Triangles that are looked at at a time."""


def triangle_facts(corners: Any, unit_mm3: float = 1) -> Facts:
    """Count triangles (n, 3 corners, xyz), and sum what they enclose as seen from the middle of their box.

    An open surface encloses nothing by itself; seen from there, the number is the same in every frame.
    """
    import numpy as np

    blocks = [corners[start : start + BLOCK] for start in range(0, len(corners), BLOCK)]
    low = np.min([block.min(axis=(0, 1)) for block in blocks], axis=0)
    high = np.max([block.max(axis=(0, 1)) for block in blocks], axis=0)
    enclosed = 0.0
    for block in blocks:
        a, b, c = (block[:, n].astype(float) - (low + high) / 2 for n in range(3))
        enclosed += float((a * np.cross(b, c)).sum()) / 6
    return {"triangles": len(corners), "ml": abs(enclosed) * unit_mm3 / 1000}


def picture_facts(path: Path) -> Facts:
    """Tell the size of a picture, and make sure that something is on it."""
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        shades = len(np.unique(np.asarray(picture.convert("L"))))
        if shades < 16:
            raise ValueError(f"the picture is empty: it has {shades} shades of grey")
        return {"picture": f"{picture.width} x {picture.height} pixels"}
