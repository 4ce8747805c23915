"""Labelled voxels whose truth is known, and what is true of borders, found by another way than vizmed's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyvista
import trimesh

from vizmed.geometry import Geometry
from vizmed.segmentation import Segmentation, label_of
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays

Facet = tuple[tuple[float, ...], ...]


def labelled(
    *layers: np.ndarray, geometry: Geometry | None = None, names: Mapping[int, str] | None = None
) -> Segmentation:
    """Layers of label numbers, unsigned integers ``[i, j, k]``; a number lies in one of them."""
    grid = geometry or Geometry.from_axes(layers[0].shape)
    place = {int(number): n for n, layer in enumerate(layers) for number in np.unique(layer) if number}
    labels = tuple(label_of(number, (names or {}).get(number, "")) for number in sorted(place))
    volumes = tuple(Volume(np.asfortranarray(layer), grid) for layer in layers)
    return Segmentation(volumes, labels, tuple(place[label.number] for label in labels))


def boxes(shape: Sequence[int], *spans: tuple[slice, slice, slice]) -> np.ndarray:
    """Boxes of the labels 1, 2, 3, ..., each over those before."""
    numbers = np.zeros(shape, np.uint8)
    for number, span in enumerate(spans, 1):
        numbers[span] = number
    return numbers


def ball(n: int, centre: Sequence[float], radius: float) -> np.ndarray:
    """A ball of voxels in a cube of n: 1 inside."""
    away = np.linalg.norm(np.stack(np.indices((n, n, n)), axis=-1) - centre, axis=-1)
    return (away < radius).astype(np.uint8)


def facets(mesh: pyvista.PolyData) -> Counter[Facet]:
    """The triangles as their corners' coordinates, turned so that the least corner stands first."""
    points, triangles = mesh_arrays(mesh)
    found: Counter[Facet] = Counter()
    for corners in points[triangles].tolist():
        first = corners.index(min(corners))
        found[tuple(tuple(corner) for corner in corners[first:] + corners[:first])] += 1
    return found


def turned(found: Counter[Facet]) -> Counter[Facet]:
    """The same triangles, seen from behind."""
    return Counter({(a, c, b): count for (a, b, c), count in found.items()})


def welded(mesh: pyvista.PolyData) -> trimesh.Trimesh:
    """As a file without point numbers is read: points of one place are one."""
    points, triangles = mesh_arrays(mesh)
    places, number = np.unique(points, axis=0, return_inverse=True)
    return trimesh.Trimesh(places.astype(np.float64), number.ravel()[triangles], process=False)


def area_mm2(found: Counter[Facet]) -> float:
    """What triangles cover."""
    corners = np.array(list(found.elements()), np.float64).reshape(-1, 3, 3)
    return float(
        np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    )
