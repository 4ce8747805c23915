from __future__ import annotations

import numpy as np
import pytest
import pyvista

from tests.phantoms import axis_orders, geometries
from vizmed.geometry import Geometry
from vizmed.render.cut import crop_corner, without_corner
from vizmed.vtk_bridge import mesh_arrays

SHAPE = (12, 10, 9)
GRIDS = {
    **{code: Geometry.from_axes(SHAPE, (0.9, 1.1, 1.4), (3, -8, 5), turn) for code, turn in axis_orders().items()},
    **{name: grid for name, grid in geometries(SHAPE).items() if "rotated" in name or name == "sheared"},
}


def in_corner(geometry, points, at):
    """How far points lie within the left, anterior and superior eighth, in voxels; negative outside of it."""
    offsets = geometry.to_index(points) - geometry.to_index(at)
    signs = [1 if code in "LAS" else -1 for code in geometry.axis_codes]
    return (offsets * signs).min(axis=-1)


@pytest.mark.parametrize("grid", GRIDS)
def test_exactly_the_left_front_upper_corner_leaves_the_mesh(grid):
    geometry = GRIDS[grid]
    at = geometry.to_world((5.2, 4.1, 4.4))
    ball = pyvista.Sphere(radius=3.5, center=tuple(at), theta_resolution=40, phi_resolution=40)
    points, _ = mesh_arrays(ball)
    left_over = without_corner(ball, geometry, at).points
    # the cut lies on the border; where an edge of the corner crosses a triangle slantwise, that edge is rounded
    assert in_corner(geometry, left_over, at).max() < 0.08
    kept = points[in_corner(geometry, points, at) < -1e-3]
    assert len(kept) < len(points)
    apart = np.linalg.norm(kept[:, None] - left_over[None], axis=-1).min(axis=1)
    assert apart.max() < 1e-5


@pytest.mark.parametrize("code", axis_orders())
def test_it_is_the_patients_corner(code):
    """In words of the patient: what lies left, in front and above is gone, the seven others stay."""
    geometry = GRIDS[code]
    at = geometry.to_world((5.2, 4.1, 4.4))
    corners = {
        "".join(letters): at + 2 * np.array([x, y, z])
        for letters, x, y, z in (
            (("RL"[x > 0], "AP"[y > 0], "IS"[z > 0]), x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)
        )
    }
    left = {
        name
        for name, centre in corners.items()
        if without_corner(pyvista.Sphere(radius=0.5, center=tuple(centre)), geometry, at).n_cells
    }
    assert left == corners.keys() - {"LAS"}


@pytest.mark.parametrize("grid", GRIDS)
def test_the_volume_loses_the_same_corner(grid):
    """VTK numbers 27 regions along the image's own axes, x fastest, and draws those whose bit is set."""
    from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper

    geometry = GRIDS[grid]
    at = geometry.to_world((5.2, 4.1, 4.4))
    mapper = vtkFixedPointVolumeRayCastMapper()
    crop_corner(mapper, geometry, at)
    assert mapper.GetCropping()
    planes = np.reshape(mapper.GetCroppingRegionPlanes(), (3, 2))
    ijk = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1).reshape(-1, 3)
    places = ijk * geometry.spacing
    region = sum(3**n * ((places[:, n] > planes[n, 0]) + (places[:, n] > planes[n, 1]).astype(int)) for n in range(3))
    shown = (mapper.GetCroppingRegionFlags() >> region) & 1 == 1
    gone = in_corner(geometry, geometry.to_world(ijk), at) > 0
    assert 0 < gone.sum() < gone.size
    assert np.array_equal(shown, ~gone)


@pytest.mark.parametrize("at_ijk", [(-50, 4, 4), (5, 500, 4), (5, 4, -0.1)])
def test_a_point_outside_the_volume_still_makes_regions_in_order(at_ijk):
    from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper

    geometry = GRIDS["LPS"]
    mapper = vtkFixedPointVolumeRayCastMapper()
    crop_corner(mapper, geometry, geometry.to_world(at_ijk))
    planes = np.reshape(mapper.GetCroppingRegionPlanes(), (3, 2))
    assert (planes[:, 0] < planes[:, 1]).all()
    assert (planes[:, 0] >= 0).all()
