from __future__ import annotations

import numpy as np
import pytest
import pyvista

from tests.surface.meshes import ball, box, placed, together
from vizmed.surface.printing.mismatch import find_mismatch
from vizmed.vtk_bridge import mesh_arrays, to_polydata

BODY = together(ball(30.0, rings=30), box((70, 20, 15), (28, 9, 40)), box((10, 50, 20), (-20, -30, 12)))
"""Alike from no two sides."""
SOMEWHERE = placed(BODY, turn=np.eye(3), shift=(80, 130, -220))


def sent(mesh: pyvista.PolyData, matrix: np.ndarray, shift=(0.0, 0.0, 0.0)) -> pyvista.PolyData:
    points, triangles = mesh_arrays(mesh)
    return to_polydata((points.astype(np.float64) @ matrix.T + shift).astype(np.float32), triangles)


RAS, MIRROR = np.diag([-1.0, -1.0, 1.0]), np.diag([-1.0, 1.0, 1.0])
Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


@pytest.mark.parametrize(
    ("matrix", "told"),
    [
        (RAS, "the other in RAS"),
        (MIRROR, "mirror image"),
        (Y_UP, "the other Y up"),
        (Y_UP.T, "the other Z up"),
        (np.eye(3) / 1000, "second is in metres"),
        (np.eye(3) * 1000, "first is in metres"),
        (np.eye(3) / 25.4, "second is in inches"),
        (np.eye(3) * 25.4, "first is in inches"),
        (RAS / 1000, "the other in RAS, x and y have the other sign; the second is in metres"),
    ],
)
def test_classic_mistakes_are_named(matrix, told):
    found = find_mismatch(SOMEWHERE, sent(SOMEWHERE, matrix))
    assert found is not None
    assert (found.code, found.severity) == ("other-frame", "warning")
    assert told in found.message
    assert "moved" not in found.message


def test_a_surface_that_was_moved_to_the_middle():
    middle = (SOMEWHERE.points.min(axis=0) + SOMEWHERE.points.max(axis=0)) / 2
    found = find_mismatch(sent(SOMEWHERE, RAS, RAS @ -middle), SOMEWHERE)
    assert found is not None
    assert "RAS" in found.message
    assert found.message.endswith("one was moved")


@pytest.mark.parametrize("about_origin", [True, False])
def test_what_is_mirrored_about_the_middle_of_its_box_is_told_too(about_origin):
    """Its box tells nothing; its form does."""
    body = BODY if about_origin else SOMEWHERE
    low, high = body.points.min(axis=0).astype(float), body.points.max(axis=0).astype(float)
    found = find_mismatch(body, sent(body, MIRROR, ((low + high) * [1, 0, 0])))
    assert found is not None
    assert "mirror image" in found.message


def test_surfaces_that_lie_together_are_not_suspected():
    assert find_mismatch(SOMEWHERE, SOMEWHERE) is None
    assert find_mismatch(SOMEWHERE, sent(SOMEWHERE, np.eye(3), (0.3, -0.2, 0.1))) is None
    assert find_mismatch(ball(30.0), ball(30.5)) is None


def test_surfaces_that_nothing_brings_together_are_not_suspected():
    assert find_mismatch(SOMEWHERE, placed(box((300, 20, 10)))) is None
    empty = to_polydata(np.empty((0, 3), np.float32), np.empty((0, 3), np.int64))
    assert find_mismatch(empty, SOMEWHERE) is None
    assert find_mismatch(SOMEWHERE, empty) is None
