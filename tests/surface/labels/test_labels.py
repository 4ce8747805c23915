"""One closed mesh a label, and one border between neighbours."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st

from tests.phantoms import geometries
from tests.surface.label_phantoms import area_mm2, ball, boxes, facets, labelled, turned, welded
from tests.surface.oracles import as_trimesh, assert_sound
from vizmed.errors import BudgetError, OptionError
from vizmed.geometry import Geometry
from vizmed.segmentation import Segmentation
from vizmed.surface import measure
from vizmed.surface.labels import SMOOTH, LabelSurface, label_surfaces, nets
from vizmed.vtk_bridge import mesh_arrays

TWO = boxes((12, 10, 8), np.s_[2:6, 2:8, 2:6], np.s_[6:10, 3:7, 1:7])
"""Two boxes that touch: 96 voxels each, and 4 x 4 faces between them."""

SMALL = numpy_st.arrays(np.uint8, st.tuples(*[st.integers(1, 5)] * 3), elements=st.integers(0, 3))


def surfaces(segmentation: Segmentation, **options: object) -> dict[int, LabelSurface]:
    return {one.label.number: one for one in label_surfaces(segmentation, **options)}


def statistics(numbers: np.ndarray, geometry: Geometry) -> SimpleITK.LabelShapeStatisticsImageFilter:
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(numbers.T))
    image.SetSpacing(geometry.spacing.tolist())
    image.SetOrigin(geometry.origin.tolist())
    image.SetDirection(geometry.direction.ravel().tolist())
    found = SimpleITK.LabelShapeStatisticsImageFilter()
    found.Execute(image)
    return found


@pytest.mark.parametrize("smooth", [0, SMOOTH])
@pytest.mark.parametrize("max_error_mm", [None, 0.3])
def test_neighbours_share_their_border_triangle_for_triangle(smooth, max_error_mm):
    found = surfaces(labelled(TWO), smooth=smooth, max_error_mm=max_error_mm)
    first, second = (facets(found[number].mesh) for number in (1, 2))
    shared = first & turned(second)
    assert area_mm2(shared) == pytest.approx(16, rel=1e-6 if smooth == 0 else 0.2)  # corners are rounded
    outside = sum((first - shared, second - turned(shared)), Counter())
    hull = np.array(list(outside.elements())).reshape(-1, 3)
    assert not facets(found[2].mesh) & first
    # what is left of both closes around them
    places, number = np.unique(hull, axis=0, return_inverse=True)
    edges = number.ravel().reshape(-1, 3)[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    assert Counter(map(tuple, edges)) == Counter(map(tuple, edges[:, ::-1]))
    assert len(places) > 4


@pytest.mark.parametrize("name", [name for name in geometries() if "sheared" not in name])
def test_volume_and_centre_are_those_of_the_voxels_on_every_grid(name):
    geometry = geometries(TWO.shape)[name]
    truth = statistics(TWO, geometry)
    for smooth in (0, SMOOTH):
        for number, one in surfaces(labelled(TWO, geometry=geometry), smooth=smooth).items():
            assert_sound(one.mesh)
            mesh = as_trimesh(one.mesh)
            assert mesh.is_watertight
            assert mesh.is_winding_consistent
            assert one.voxels == truth.GetNumberOfPixels(number) == 96
            assert one.voxels_mm3 == pytest.approx(truth.GetPhysicalSize(number))
            assert mesh.volume == pytest.approx(one.voxels_mm3, rel=1e-5 if smooth == 0 else 2e-4)  # outward
            assert mesh.center_mass == pytest.approx(truth.GetCentroid(number), abs=1e-4 if smooth == 0 else 0.1)


@pytest.mark.parametrize("name", ["sheared", "rotated and sheared"])
def test_sheared_grids_keep_volume_and_centre(name):
    geometry = geometries(TWO.shape)[name]
    for number, one in surfaces(labelled(TWO, geometry=geometry), smooth=0).items():
        mesh = as_trimesh(one.mesh)
        assert mesh.volume == pytest.approx(96 * np.prod(geometry.spacing) * np.cos(np.radians(15)), rel=1e-5)
        centre = geometry.to_world(np.argwhere(number == TWO)).mean(axis=0)
        assert mesh.center_mass == pytest.approx(centre, abs=1e-4)


def test_without_smoothing_the_faces_of_the_voxels_are_the_surface():
    numbers = boxes((7, 6, 5), np.s_[1:4, 1:5, 1:3], np.s_[4:6, 1:5, 1:4])
    for number, one in surfaces(labelled(numbers), smooth=0).items():
        points, _ = mesh_arrays(one.mesh)
        assert np.array_equal(points % 1, np.full(points.shape, 0.5))
        padded = np.pad(numbers == number, 1).astype(int)
        faces = sum(np.abs(np.diff(padded, axis=axis)).sum() for axis in range(3))
        assert area_mm2(facets(one.mesh)) == pytest.approx(faces)


@settings(max_examples=60, deadline=None)
@given(SMALL, st.sampled_from([0, 3, SMOOTH]))
def test_whatever_touches_what_each_mesh_is_closed_and_a_sheet_everywhere(numbers, smooth):
    found = surfaces(labelled(numbers), smooth=smooth)
    assert set(found) == set(np.unique(numbers)) - {0}
    every = {number: facets(one.mesh) for number, one in found.items()}
    for number, one in found.items():
        assert one.voxels == np.count_nonzero(numbers == number)
        told = measure(one.mesh)
        assert told.manifold
        assert told.volume_mm3 == pytest.approx(one.voxels, rel=0.02)
        assert welded(one.mesh).is_watertight  # also as STL, where points have no numbers
        # each triangle is a border with none or with one other label
        partners = Counter(facet for other in every if other != number for facet in turned(every[other]))
        assert all(partners[facet] <= 1 for facet in every[number])
    # what is a border with none closes around all
    outer = [facet for number in every for facet in every[number] - _partners(every, number)]
    corners = np.array(outer, np.float64).reshape(-1, 3, 3)
    volume = np.einsum("ni,ni->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    assert volume == pytest.approx(np.count_nonzero(numbers), rel=0.02, abs=0.02)


def _partners(every, number):
    return sum((turned(every[other]) for other in every if other != number), Counter())


@pytest.mark.parametrize("smooth", [0, SMOOTH])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_label_that_touches_itself_along_an_edge_hangs_together_there(axis, smooth):
    numbers = np.moveaxis(boxes((6, 6, 4), np.s_[1:3, 1:3, 1:3]), 2, axis)
    numbers |= np.moveaxis(boxes((6, 6, 4), np.s_[3:5, 3:5, 1:3]), 2, axis)
    (one,) = surfaces(labelled(numbers), smooth=smooth).values()
    told = measure(one.mesh)
    assert (told.manifold, told.pieces) == (True, 1)
    assert told.volume_mm3 == pytest.approx(16, abs=0.02)
    again = welded(one.mesh)
    assert again.is_watertight
    assert len(again.vertices) == one.mesh.n_points  # no two points lie at one place


def test_labels_that_touch_at_a_corner_alone_are_two_pieces():
    numbers = boxes((6, 6, 6), np.s_[1:3, 1:3, 1:3], np.s_[3:5, 3:5, 3:5])
    numbers[numbers == 2] = 1
    (one,) = surfaces(labelled(numbers), smooth=0).values()
    told = measure(one.mesh)
    assert (told.manifold, told.pieces, told.genus) == (True, 2, 0)


def test_of_two_labels_that_cross_at_an_edge_one_passes_and_both_fit():
    numbers = np.tile(np.array([[1, 2], [2, 1]], np.uint8)[:, :, None], (1, 1, 3))
    found = surfaces(labelled(numbers), smooth=0)
    assert [measure(found[number].mesh).pieces for number in (1, 2)] == [2, 1]  # the higher number passes
    first, second = (facets(found[number].mesh) for number in (1, 2))
    assert area_mm2(first & turned(second)) == pytest.approx(12, abs=0.2)


@pytest.mark.parametrize("smooth", [0, SMOOTH])
def test_labels_at_the_border_of_the_scan_are_closed_with_flat_caps(smooth):
    numbers = ball(13, (0, 6, 12), 5.3)
    geometry = geometries(numbers.shape)["rotated left-handed"]
    (one,) = surfaces(labelled(numbers, geometry=geometry), smooth=smooth).values()
    assert_sound(one.mesh)
    assert as_trimesh(one.mesh).volume == pytest.approx(one.voxels_mm3, rel=1e-3)
    ijk = geometry.to_index(one.mesh.points)
    assert ijk[:, 0].min() == pytest.approx(-0.5, abs=1e-4)
    assert ijk[:, 2].max() == pytest.approx(12.5, abs=1e-4)
    for axis, side, place in ((0, 0, -0.5), (2, -1, 12.5)):  # each cap is as large as the voxels that it closes
        cap = ijk[as_trimesh(one.mesh).faces]
        cap = cap[(np.abs(cap[:, :, axis] - place) < 1e-4).all(axis=1)]
        area = np.linalg.norm(np.cross(cap[:, 1] - cap[:, 0], cap[:, 2] - cap[:, 0]), axis=1).sum() / 2
        assert area == pytest.approx(np.take(numbers, side, axis).sum(), rel=0.06)


def test_a_label_that_fills_the_scan_is_a_box():
    geometry = geometries((5, 4, 3))["left-handed"]
    (one,) = surfaces(labelled(np.full((5, 4, 3), 9, np.uint16), geometry=geometry), smooth=0).values()
    assert measure(one.mesh).bounds_mm == pytest.approx(geometry.extent, abs=1e-4)


def test_one_slice_is_as_thick_as_its_voxels():
    numbers = ball(16, (8, 8, 8), 6)[:, :, 8:9]
    (one,) = surfaces(labelled(numbers)).values()
    assert as_trimesh(one.mesh).is_watertight
    assert measure(one.mesh).bounds_mm[2] == pytest.approx([-0.5, 0.5])
    assert measure(one.mesh).volume_mm3 == pytest.approx(one.voxels, rel=1e-3)


@pytest.mark.parametrize("radius", [4.3, 8.1, 13.2])
def test_smoothing_brings_a_ball_nearer_to_what_it_is(radius):
    n = int(2 * radius) + 6
    centre = np.array([n / 2 + 0.2, n / 2 - 0.3, n / 2 + 0.1])
    numbers = ball(n, centre, radius)
    away = {}
    for smooth in (0, SMOOTH):
        (one,) = surfaces(labelled(numbers), smooth=smooth).values()
        apart = np.linalg.norm(one.mesh.points - centre, axis=1) - radius
        away[smooth] = float(np.sqrt((apart**2).mean()))
        assert as_trimesh(one.mesh).volume == pytest.approx(one.voxels, rel=1.1e-4)
    assert away[SMOOTH] < 0.11
    assert away[0] > 0.4


def test_no_groove_runs_where_two_labels_meet():
    numbers = ball(40, (19.2, 20.1, 19.7), 14)
    numbers[..., 20:] *= 2
    found = surfaces(labelled(numbers))
    meeting = set(map(tuple, found[1].mesh.points.tolist())) & set(map(tuple, found[2].mesh.points.tolist()))
    seam = {corner for facet in facets(found[1].mesh) - turned(facets(found[2].mesh)) for corner in facet} & meeting
    apart = np.linalg.norm(np.array(sorted(seam)) - (19.2, 20.1, 19.7), axis=1) - 14
    assert len(seam) > 60
    assert abs(apart.mean()) < 0.12
    assert np.abs(apart).max() < 0.4


def test_specks_keep_their_volume():
    rng = np.random.default_rng(3)
    numbers = ball(24, (12, 12, 12), 10)
    numbers[rng.random(numbers.shape) < 0.02] = 2
    for one in surfaces(labelled(numbers)).values():
        told = measure(one.mesh)
        assert told.manifold
        assert told.volume_mm3 == pytest.approx(one.voxels, rel=5e-3)


def test_labels_that_overlap_have_each_their_own_surface():
    first, second = boxes((9, 9, 9), np.s_[1:6, 1:6, 1:6]), 2 * boxes((9, 9, 9), np.s_[3:8, 3:8, 3:8])
    for one in surfaces(labelled(first, second), smooth=0).values():
        assert (one.voxels, measure(one.mesh).volume_mm3) == (125, pytest.approx(125))


def test_numbers_may_be_large_and_those_that_no_label_has_are_none():
    numbers = boxes((8, 6, 6), np.s_[1:3, 1:5, 1:5], np.s_[3:5, 1:5, 1:5], np.s_[5:7, 1:5, 1:5]).astype(np.uint32)
    numbers[numbers == 3] = 70_000_123
    whole = labelled(numbers)
    some = Segmentation(whole.layers, (whole.labels[0], whole.labels[2]), (0, 0))
    assert {number: one.voxels for number, one in surfaces(some).items()} == {1: 32, 70_000_123: 32}


def test_only_the_labels_that_are_wanted():
    whole = labelled(TWO, names={1: "lung_left", 2: "heart"})
    (one,) = label_surfaces(whole, only="lung_*", smooth=0)
    assert (one.label.name, one.voxels) == ("lung_left", 96)
    with pytest.raises(OptionError, match="liver"):
        label_surfaces(whole, only=["heart", "liver"])


@pytest.mark.parametrize("options", [{"smooth": -1}, {"max_error_mm": 0}, {"max_error_mm": float("nan")}])
def test_what_cannot_be_is_refused_at_once(options):
    with pytest.raises(OptionError):
        label_surfaces(labelled(TWO), **options)


def test_nothing_labelled_gives_nothing():
    assert list(label_surfaces(Segmentation(labelled(TWO).layers, (), ()))) == []


def test_too_many_borders_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr(nets, "MOST_SQUARES", 100)
    with pytest.raises(BudgetError, match="240 faces"):
        list(label_surfaces(labelled(TWO)))


def test_the_same_labels_give_the_same_numbers():
    numbers = np.random.default_rng(7).integers(0, 4, (8, 7, 6)).astype(np.uint8)
    runs = [[mesh_arrays(one.mesh) for one in label_surfaces(labelled(numbers), max_error_mm=0.2)] for _ in range(2)]
    for once, twice in zip(*runs, strict=True):
        assert [each.tobytes() for each in once] == [each.tobytes() for each in twice]


def test_reducing_keeps_to_its_error():
    numbers = ball(30, (14.2, 15.1, 14.7), 11)
    numbers[..., 15:] *= 2
    full, fewer = surfaces(labelled(numbers)), surfaces(labelled(numbers), max_error_mm=0.2)
    for number, one in fewer.items():
        assert_sound(one.mesh)
        assert one.mesh.n_cells < 0.4 * full[number].mesh.n_cells
        for from_mesh, to_mesh in ((one.mesh, full[number].mesh), (full[number].mesh, one.mesh)):
            apart = from_mesh.compute_implicit_distance(to_mesh)["implicit_distance"]
            assert np.abs(apart).max() <= 0.2 + 1e-5
    assert area_mm2(facets(fewer[1].mesh) & turned(facets(fewer[2].mesh))) == pytest.approx(np.pi * 11**2, rel=0.05)


def test_vertebrae_are_whole_rings(shared_data):
    from vizmed.read.labels import read_labels

    vertebrae = read_labels(shared_data("trunk-ct") / "labels.nii.gz", table="totalsegmentator")
    truth = statistics(vertebrae.layers[0].voxels, vertebrae.geometry)
    found = {one.label.name: one for one in label_surfaces(vertebrae)}
    assert len(found) == 8
    for name, one in found.items():
        told = measure(one.mesh)
        assert (told.manifold, told.pieces) == (True, 1)
        assert told.genus == (0 if name == "vertebrae_T11" else 1)  # the spinal cord runs through; T11 is cut off
        assert told.volume_mm3 == pytest.approx(truth.GetPhysicalSize(one.label.number), rel=2e-4)
        assert told.centroid_mm == pytest.approx(truth.GetCentroid(one.label.number), abs=0.6)
    heights = [found[f"vertebrae_{name}"].mesh.center[2] for name in ("S1", "L5", "L4", "L3", "L2", "L1", "T12")]
    assert heights == sorted(heights)
