from __future__ import annotations

import numpy as np
import pytest
import pyvista

from tests.phantoms import ellipsoid, geometries
from tests.surface.oracles import as_trimesh, balls, bodies
from vizmed.geometry import Geometry
from vizmed.surface import Measure, extract_surface, measure
from vizmed.surface.edges import count_flaws, count_odd_edges, pinched, twins
from vizmed.surface.fans import MANY, points_of_one_fan
from vizmed.surface.measure import enclosed_mm3
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays, to_polydata

CUBE_POINTS = np.array([[x, y, z] for x in (0, 10) for y in (0, 10) for z in (0, 10)], np.float32)
CUBE = np.array(
    [
        *([0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]),
        *([2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]),
    ]
)


@pytest.mark.parametrize("name", geometries())
def test_it_agrees_with_trimesh(name):
    volume = balls(geometries()[name], ((10, 19, 15), 7.0), ((33, 16, 12), 5.0))
    mesh = extract_surface(volume, 0)
    found, oracle = measure(mesh), as_trimesh(mesh)
    assert (found.triangles, found.points) == (len(oracle.faces), len(oracle.vertices))
    assert found.area_mm2 == pytest.approx(oracle.area, rel=1e-9)
    assert found.volume_mm3 == pytest.approx(oracle.volume, rel=1e-9)
    assert found.closed is oracle.is_watertight is True
    assert (found.open_edges, found.pieces) == (0, len(bodies(mesh)))
    assert found.bounds_mm == pytest.approx(oracle.bounds.T)
    assert found.centroid_mm == pytest.approx(oracle.center_mass, abs=1e-6)


def test_a_cube_is_a_cube():
    found = measure(to_polydata(CUBE_POINTS + np.float32(1000), CUBE))
    assert (found.area_mm2, found.volume_mm3, found.closed) == (600, 1000, True)
    assert found.centroid_mm.tolist() == [1005, 1005, 1005]
    assert str(found) == "12 triangles, area 6.0 cm², volume 1.0 cm³, closed, 1 piece"


def test_inside_out_the_volume_is_negative():
    found = measure(to_polydata(CUBE_POINTS, CUBE[:, ::-1]))
    assert (found.volume_mm3, found.closed) == (-1000, True)
    assert found.centroid_mm.tolist() == [5, 5, 5]


def test_a_hole_is_counted_edge_by_edge():
    found = measure(to_polydata(CUBE_POINTS, CUBE[1:]))
    assert (found.closed, found.open_edges) == (False, 3)
    assert "open along 3 edges" in str(found)
    assert found.centroid_mm == pytest.approx(as_trimesh(to_polydata(CUBE_POINTS, CUBE[1:])).centroid)


def test_a_flipped_triangle_leaves_nothing_closed():
    turned = CUBE.copy()
    turned[4] = turned[4, ::-1]
    assert count_odd_edges(turned)[0] == 6  # the two ways of three edges do not cancel
    assert count_odd_edges(np.concatenate([CUBE, CUBE])) == (0, 18)
    assert count_odd_edges(np.concatenate([CUBE, CUBE[:1]])) == (3, 3)
    assert count_odd_edges(CUBE[:1]) == (3, 0)


def test_an_open_surface():
    volume, _ = ellipsoid(Geometry.from_axes((20, 38, 31), (0.9, 1.1, 1.4)))
    mesh = extract_surface(volume, 0, closed=False)
    found = measure(mesh)
    edges = np.sort(as_trimesh(mesh).edges, axis=1)
    assert found.open_edges == (np.unique(edges, axis=0, return_counts=True)[1] == 1).sum() > 0


def test_nothing_measures_nothing():
    nothing = to_polydata(np.empty((0, 3), np.float32), np.empty((0, 3), np.int64))
    found = measure(nothing)
    assert (found.triangles, found.area_mm2, found.volume_mm3, found.closed, found.pieces) == (0, 0, 0, False, 0)
    assert enclosed_mm3(nothing) == 0


def test_many_are_grouped_in_the_closing_line():
    line = str(Measure(128402, 64201, 123450.0, 345600.0, True, 0, 0, 0, 3, np.zeros((3, 2)), np.zeros(3)))
    assert line == "128,402 triangles, area 1,234.5 cm², volume 345.6 cm³, closed, 3 pieces"


def test_blocks_add_up():
    n = 70_000  # more triangles than a block holds
    points = np.concatenate([CUBE_POINTS + 20 * np.float32(k) for k in range(-(-n // 12))])
    triangles = np.concatenate([CUBE + 8 * k for k in range(-(-n // 12))])
    found = measure(to_polydata(points, triangles))
    assert found.pieces == len(triangles) // 12
    assert found.volume_mm3 == pytest.approx(1000 * found.pieces)
    assert len(mesh_arrays(to_polydata(points, triangles))[1]) == found.triangles
    assert found.closed


def test_edges_of_more_than_two_triangles_are_counted_and_told():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, -1, 0], [0, 0, -1]], np.float32)
    one = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    other = np.array([[0, 4, 1], [0, 1, 5], [0, 5, 4], [1, 4, 5]])  # the two share the edge from 0 to 1
    found = measure(to_polydata(points, np.concatenate([one, other])))
    assert (found.closed, found.crowded_edges) == (True, 1)
    assert str(found).endswith("1 piece, 1 edge of more than two triangles")
    assert measure(to_polydata(points, one)).crowded_edges == 0


def ring_of_cubes(at: list[tuple[int, int, int]]) -> pyvista.PolyData:
    """The skin of cubes on a grid, each a voxel, as VTK's marching cubes sees it."""
    voxels = np.zeros((8, 8, 8), np.uint8, order="F")
    for place in at:
        voxels[place] = 1
    return extract_surface(Volume(voxels, Geometry.from_axes(voxels.shape)), 1)


@pytest.mark.parametrize(
    ("cubes", "genus", "pieces"),
    [
        ([(3, 3, 3)], 0, 1),
        ([(2, 2, 2), (5, 5, 5)], 0, 2),
        ([(i, j, 3) for i in (2, 3, 4) for j in (2, 3, 4) if (i, j) != (3, 3)], 1, 1),
        ([(i, j, 3) for i in range(1, 6) for j in (2, 3, 4) if (i, j) not in {(2, 3), (4, 3)}], 2, 1),
    ],
)
def test_handles_are_counted(cubes, genus, pieces):
    found = measure(ring_of_cubes(cubes))
    assert (found.manifold, found.genus, found.pieces) == (True, genus, pieces)


def test_genus_of_several_pieces_is_that_of_all():
    ring = [(i, j, 1) for i in (2, 3, 4) for j in (2, 3, 4) if (i, j) != (3, 3)]
    mesh = ring_of_cubes([*ring, *((i, j, 5) for i, j, _ in ring)])
    found = measure(mesh)
    assert (found.genus, found.pieces) == (2, 2)
    assert found.genus == sum(1 - body.euler_number // 2 for body in bodies(mesh))


def test_sheets_that_touch_at_a_point_are_no_manifold():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1]], np.float32)
    one = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    other = np.array([[0, 4, 5], [0, 6, 4], [0, 5, 6], [4, 6, 5]])
    found = measure(to_polydata(points, np.concatenate([one, other])))
    assert (found.closed, found.crowded_edges, found.pinched_points) == (True, 0, 1)
    assert (found.manifold, found.genus) == (False, None)
    assert str(found).endswith("1 point where sheets touch")
    both = np.concatenate([one, other])
    assert pinched(both, twins(both)).tolist() == [0]


def double_cone(sides: int) -> np.ndarray:
    """Two tips, the points 0 and 1, above and below a ring of so many: around a tip there is one fan of them all."""
    ring = 2 + np.arange(sides)
    on = np.roll(ring, -1)
    tips = np.zeros(sides, int)
    return np.concatenate([np.stack([tips, ring, on], axis=1), np.stack([tips + 1, on, ring], axis=1)])


@pytest.mark.parametrize("sides", [3, MANY - 1, MANY, MANY + 1, 500])
def test_many_corners_at_a_point_are_one_fan(sides):
    cone = double_cone(sides)
    other = np.where(cone < 2, cone, cone + sides)  # shares both tips, and nothing else
    assert count_flaws(cone) == (0, 0, 0, sides + 2)
    assert count_flaws(np.concatenate([cone, other])) == (0, 0, 2, 2 * sides + 2)
    assert count_flaws(np.concatenate([cone, cone + sides + 2])) == (0, 0, 0, 2 * sides + 4)


def test_one_fan_at_each_point_is_told_from_several():
    ways = [np.roll(np.arange(n), 1) + start for start, n in ((0, 4), (4, 3), (7, 5))]
    onward = np.concatenate(ways)
    assert points_of_one_fan(np.repeat([2, 0, 5], (4, 3, 5)), onward) == 3
    assert points_of_one_fan(np.repeat([2, 0, 2], (4, 3, 5)), onward) is None
    many = np.roll(np.arange(MANY + 1), 1)
    assert points_of_one_fan(np.zeros(MANY, int), np.roll(np.arange(MANY), 1)) == 1
    assert points_of_one_fan(np.zeros(MANY + 1, int), many) is None  # it gives up


def test_every_edge_finds_its_twin():
    both = np.concatenate([CUBE, CUBE[:, ::-1] + 8])
    twin = twins(both)
    assert np.array_equal(twin[twin], np.arange(twin.size))
    tails, heads = both.ravel(), np.roll(both, -1, axis=1).ravel()
    assert np.array_equal(tails[twin], heads)
    assert np.array_equal(heads[twin], tails)
    assert (twins(np.concatenate([CUBE, CUBE[:1]]))[36:] == -1).all()
    assert np.count_nonzero(twins(CUBE[1:]) == -1) == 3


def test_points_on_an_open_edge_are_not_pinched():
    found = measure(to_polydata(CUBE_POINTS, CUBE[2:]))
    assert (found.closed, found.pinched_points, found.manifold, found.genus) == (False, 0, False, None)


def test_points_that_no_triangle_uses_do_not_count():
    points = np.concatenate([CUBE_POINTS, CUBE_POINTS + 3])
    assert measure(to_polydata(points, CUBE)).points == 8
    assert measure(to_polydata(points, CUBE)).genus == 0


@pytest.mark.parametrize("seed", range(40))
def test_flaws_are_those_that_every_edge_and_corner_one_by_one_shows(seed, monkeypatch):
    from vizmed.surface import fans

    rng = np.random.default_rng(seed)
    monkeypatch.setattr(fans, "MANY", int(rng.choice([2, 4, 32])))
    n_points = int(rng.integers(4, 30))
    tetrahedra = np.array([rng.permutation(n_points)[:4] for _ in range(int(rng.integers(1, 12)))])
    triangles = np.concatenate([tetrahedra[:, list(side)] for side in ((0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3))])
    if seed % 4 == 0:
        triangles = triangles[1:]
    ways: dict[tuple[int, int], list[int]] = {}
    for number, triangle in enumerate(triangles.tolist()):
        for tail, head in zip(triangle, triangle[1:] + triangle[:1], strict=True):
            ways.setdefault((min(tail, head), max(tail, head)), []).append((number + 1) * (1 if tail < head else -1))
    paired = {edge for edge, ends in ways.items() if len(ends) == 2 and ends[0] * ends[1] < 0}
    torn = []
    for point in {*triangles.ravel().tolist()} - {end for edge in ways.keys() - paired for end in edge}:
        around = [number for number, triangle in enumerate(triangles.tolist()) if point in triangle]
        reached, left = {around[0]}, [around[0]]
        while left:
            corners = {*triangles[left.pop()].tolist()} - {point}
            beside = {abs(n) - 1 for end in corners for n in ways[min(point, end), max(point, end)]} - reached
            reached |= beside
            left += beside
        torn += [point] if len(reached) < len(around) else []
    found = count_flaws(triangles)
    assert found.open_edges == sum(abs(sum(np.sign(ends))) for ends in ways.values())
    assert found.crowded_edges == sum(len(ends) > 2 for ends in ways.values())
    assert found.pinched_points == len(torn)
    assert pinched(triangles, twins(triangles)).tolist() == sorted(torn)
