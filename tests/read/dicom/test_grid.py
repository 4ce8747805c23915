"""Slices come into order and to their place in the patient by their positions alone."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from tests.dicom_files import write_series
from tests.phantoms import ORIGIN_MM, SPACING_MM, asymmetric, axis_orders, geometries, rotation, sheared_direction
from vizmed.errors import DamagedFileError, IrregularStackError
from vizmed.geometry import Geometry
from vizmed.read import read
from vizmed.read.dicom.evenness import _median
from vizmed.volume import Volume

from .compare import assert_same_in_world

SHAPE = (6, 5, 7)
GRIDS = geometries(SHAPE)
PHANTOM = asymmetric(GRIDS["rotated"])
UPRIGHT = asymmetric(GRIDS["identity"])


def write(folder, volume=PHANTOM, **options):
    return write_series(folder, volume.voxels, volume.geometry, **options)


def at(k_mm):
    """Positions of an upright stack whose slice k lies at ``k_mm(k)`` mm."""
    return {"per_slice": lambda k: {"ImagePositionPatient": [0, 0, round(k_mm(k), 6)]}}


def codes(volume: Volume) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in volume.provenance.findings]


@pytest.mark.parametrize("name", axis_orders())
def test_all_axis_orders(name, tmp_path):
    truth = asymmetric(Geometry.from_axes(SHAPE, SPACING_MM, ORIGIN_MM, axis_orders()[name]))
    write(tmp_path, truth)
    found = read(tmp_path)
    assert_same_in_world(found, truth)
    assert not found.geometry.is_left_handed  # k runs along the normal, whatever order they were written in
    if truth.geometry.is_left_handed:
        assert found.geometry.axis_codes[:2] == name[:2]
        assert found.geometry.axis_codes[2] != name[2]
    else:
        np.testing.assert_array_equal(found.voxels, truth.voxels)
        assert found.geometry.is_close(truth.geometry, 1e-9)
    assert codes(found) == []


@pytest.mark.parametrize("name", GRIDS)
def test_rotated_and_sheared_grids(name, tmp_path):
    truth = asymmetric(GRIDS[name])
    write(tmp_path, truth)
    found = read(tmp_path)
    assert_same_in_world(found, truth)
    assert codes(found) == ([("gantry-tilt", "warning")] if "sheared" in name else [])
    assert found.geometry.shear_degrees == pytest.approx(truth.geometry.shear_degrees, abs=1e-6)


@pytest.mark.parametrize("degrees", [-20, -0.5, 0.5, 8, 30])
def test_gantry_tilt_is_kept_exactly_and_said(degrees, tmp_path):
    direction = rotation((3, 1, 2), 25) @ sheared_direction(degrees)
    truth = asymmetric(Geometry.from_axes(SHAPE, SPACING_MM, ORIGIN_MM, direction))
    write(tmp_path, truth)
    found = read(tmp_path)
    assert found.geometry.is_close(truth.geometry, 1e-9)
    assert found.geometry.is_sheared
    (finding,) = found.provenance.findings
    assert finding.code == "gantry-tilt"
    assert f"{abs(degrees):.2f} degrees" in finding.message


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("numbers", ["random", "reversed", "equal", None])
def test_neither_names_nor_numbers_decide_the_order(seed, numbers, tmp_path):
    rng = random.Random(seed)  # noqa: S311 (a shuffle that can be repeated)
    names = rng.sample(range(100), SHAPE[2])
    instances = {"random": rng.sample(range(100), SHAPE[2]), "reversed": range(SHAPE[2], 0, -1), "equal": [1] * 7}
    number = instances.get(numbers, [None] * SHAPE[2])
    write(tmp_path, name=lambda k: f"CT{names[k]}", per_slice=lambda k: {"InstanceNumber": number[k]})
    found = read(tmp_path)
    np.testing.assert_array_equal(found.voxels, PHANTOM.voxels)
    assert found.geometry.is_close(PHANTOM.geometry, 1e-9)
    assert found.provenance.sorted_by == "position along the normal"
    assert found.provenance.files == 7


@pytest.mark.parametrize("lie", [-3, 0, 0.001, 99, None])
def test_thickness_and_spacing_between_slices_are_not_believed(lie, tmp_path):
    write(tmp_path, SliceThickness=lie, SpacingBetweenSlices=lie)
    found = read(tmp_path)
    assert found.geometry.is_close(PHANTOM.geometry, 1e-9)
    assert codes(found) == []


def test_pixel_spacing_is_between_rows_first(tmp_path):
    geometry = Geometry.from_axes(SHAPE, (0.5, 2.0, 3.0))  # 0.5 mm along a row, that is between columns
    write(tmp_path, asymmetric(geometry), PixelSpacing=["2.0", "0.5"])
    assert read(tmp_path).geometry.is_close(geometry, 1e-9)


@pytest.mark.parametrize("reader", ["pydicom", "vtk"])
@pytest.mark.parametrize("missing", range(1, SHAPE[2] - 1))
def test_a_missing_slice_is_interpolated_in_its_place_and_said(missing, reader, tmp_path):
    files = write(tmp_path, UPRIGHT, **at(lambda k: 2.5 * k))
    files[missing].unlink()
    found = read(tmp_path, reader=reader)
    before, after = 2.5 * (missing - 1), 2.5 * (missing + 1)
    (finding,) = found.provenance.findings
    assert (finding.code, finding.severity) == ("missing-slices", "warning")
    assert finding.message == (f"1 slice missing: 5.000 mm from {before:.2f} to {after:.2f} mm, elsewhere 2.500 mm")
    truth = UPRIGHT.voxels.astype(float)
    truth[:, :, missing] = np.rint((truth[:, :, missing - 1] + truth[:, :, missing + 1]) / 2)
    np.testing.assert_array_equal(found.voxels, truth)
    assert found.voxels.dtype == UPRIGHT.voxels.dtype
    assert found.geometry.spacing[2] == pytest.approx(2.5)
    with pytest.raises(IrregularStackError, match="1 slice missing"):
        read(tmp_path, strict=True)


def test_several_missing_slices_are_counted(tmp_path):
    files = write(tmp_path, UPRIGHT, **at(lambda k: 2.5 * k))
    files[3].unlink()
    files[4].unlink()
    found = read(tmp_path)
    assert "2 slices missing: 7.500 mm from 5.00 to 12.50 mm" in found.provenance.findings[0].message
    assert found.shape == UPRIGHT.shape


@pytest.mark.parametrize("tilt", [0.0, 0.3])
@pytest.mark.parametrize(
    "place", [lambda k: k + 0.1 * k**2, lambda k: 2 * k + (1 if k > 3 else 0), lambda k: k if k < 4 else 3 * k - 8]
)
def test_unevenly_spaced_slices_are_laid_where_they_belong(place, tilt, tmp_path):
    """A ramp along the stack stays the same ramp in the patient, at every slice of the regular grid."""
    ramp = np.zeros((4, 5, 7), dtype="int16") + np.rint(100 * np.array([place(k) for k in range(7)])).astype("int16")
    own = {"per_slice": lambda k: {"ImagePositionPatient": [0, tilt * place(k), place(k)]}}
    write(tmp_path, Volume(ramp, Geometry.from_axes(ramp.shape)), **own)
    found = read(tmp_path)
    assert ("uneven-spacing", "warning") in codes(found) or ("missing-slices", "warning") in codes(found)
    ijk = np.argwhere(np.ones(found.shape))
    at_mm = found.geometry.to_world(ijk)
    np.testing.assert_allclose(found.voxels[tuple(ijk.T)], 100 * at_mm[:, 2], atol=0.51)
    assert at_mm[:, 2].max() == pytest.approx(place(6))
    np.testing.assert_allclose(found.geometry.to_world([0, 0, found.shape[2] - 1])[1], tilt * place(6), atol=1e-9)


def test_a_stack_that_is_mostly_missing_is_refused(tmp_path):
    write(tmp_path, UPRIGHT, **at(lambda k: k if k < 5 else 20 * k))
    with pytest.raises(IrregularStackError, match="most of the stack is missing"):
        read(tmp_path)


def test_positions_rounded_to_a_tenth_are_tolerated_and_said(tmp_path):
    write(tmp_path, UPRIGHT, **at(lambda k: round(1.25 * k, 1)))
    found = read(tmp_path)
    np.testing.assert_array_equal(found.voxels, UPRIGHT.voxels)
    assert codes(found) == [("slightly-uneven", "note")]
    assert found.geometry.spacing[2] == pytest.approx(1.25, abs=0.02)


def test_rounding_of_decimal_strings_is_not_worth_saying(tmp_path):
    write(tmp_path, UPRIGHT, **at(lambda k: round(k / 3, 2)))
    assert codes(read(tmp_path)) == []


@pytest.mark.parametrize("sideways", [lambda k: 5.0 * (k == 2), lambda k: 0.3 * k**2, lambda k: 0.7 * (k % 2)])
def test_slices_that_wander_sideways_are_refused(sideways, tmp_path):
    own = {"per_slice": lambda k: {"ImagePositionPatient": [sideways(k), 0, 1.4 * k]}}
    write(tmp_path, UPRIGHT, **own)
    with pytest.raises(IrregularStackError, match=r"straight line: one lies [\d.]+ mm beside it"):
        read(tmp_path)


def test_sideways_rounding_is_tolerated_and_said(tmp_path):
    write(tmp_path, UPRIGHT, per_slice=lambda k: {"ImagePositionPatient": [0.05 * (k % 2), 0, k]})
    found = read(tmp_path)
    np.testing.assert_array_equal(found.voxels, UPRIGHT.voxels)
    assert codes(found) == [("slightly-sideways", "note")]


def test_two_slices_in_one_place_are_refused(tmp_path):
    write(tmp_path, UPRIGHT, **at(lambda k: min(k, 5)))
    with pytest.raises(IrregularStackError, match=r"1 slice too many: two lie at 5\.00 mm"):
        read(tmp_path)


def test_copies_of_the_same_instance_are_left_out(tmp_path):
    write(tmp_path / "a")
    write(tmp_path / "b")
    found = read(tmp_path)
    np.testing.assert_array_equal(found.voxels, PHANTOM.voxels)
    (finding,) = found.provenance.findings
    assert (finding.code, finding.severity) == ("same-instance-twice", "warning")
    assert "7 slices" in finding.message


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("ImagePositionPatient", r"no ImagePositionPatient \(0020,0032\)"),
        ("ImageOrientationPatient", r"no ImageOrientationPatient \(0020,0037\)"),
        ("PixelSpacing", r"no PixelSpacing \(0028,0030\)"),
    ],
)
@pytest.mark.parametrize("blank", [None, ""])
def test_geometry_is_not_invented(keyword, said, blank, tmp_path):
    write(tmp_path, **{keyword: blank})
    with pytest.raises(IrregularStackError, match=said):
        read(tmp_path)


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient"])
def test_one_slice_without_its_place_is_not_dropped_silently(keyword, tmp_path):
    write(tmp_path, per_slice=lambda k: {keyword: None} if k == 3 else {})
    assert codes(read(tmp_path)) == [("stray-slices", "warning"), ("missing-slices", "warning")]
    with pytest.raises(IrregularStackError, match="missing"):
        read(tmp_path, strict=True)


def test_the_detectors_spacing_is_taken_with_a_warning(tmp_path):
    write(tmp_path, PixelSpacing=None, ImagerPixelSpacing=["1.1", "0.9"])
    found = read(tmp_path)
    assert found.geometry.is_close(PHANTOM.geometry, 1e-9)
    assert codes(found) == [("imager-spacing", "warning")]


@pytest.mark.parametrize("spacing", [["0", "1"], ["-1", "1"], ["nan", "1"], ["inf", "1"]])
def test_an_absurd_pixel_spacing_is_refused(spacing, tmp_path):
    paths = write(tmp_path, UPRIGHT, PixelSpacing=["9.25", "1"])
    for path in paths:
        path.write_bytes(path.read_bytes().replace(b"9.25\\1", f"{spacing[0]:<4}\\1".encode()))
    with pytest.raises(IrregularStackError, match="PixelSpacing"):
        read(tmp_path)


@pytest.mark.parametrize("number", [b"nan   ", b"inf   ", b"-inf  ", b"1e300 "])
def test_an_absurd_position_is_refused(number, tmp_path):
    paths = write(tmp_path, UPRIGHT, per_slice=lambda k: {"ImagePositionPatient": [0, 0, f"8.125{k}"]})
    for n, path in enumerate(paths):
        path.write_bytes(path.read_bytes().replace(f"8.125{n}".encode(), number if n == 2 else b"%-6d" % n))
    with pytest.raises((IrregularStackError, DamagedFileError)):
        read(tmp_path)


@pytest.mark.parametrize(
    "orientation", [[1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 1, 0], [1, 0, 0, 0.2, 0.9, 0]]
)
def test_an_absurd_orientation_is_refused(orientation, tmp_path):
    write(tmp_path, ImageOrientationPatient=orientation)
    with pytest.raises(IrregularStackError, match="ImageOrientationPatient"):
        read(tmp_path)


def test_a_single_slice_takes_its_thickness(tmp_path):
    geometry = Geometry.from_axes((6, 5, 1), (0.9, 1.1, 4.0), ORIGIN_MM, rotation((1, 2, 3), 33))
    truth = asymmetric(geometry)
    (path,) = write(tmp_path, truth, SliceThickness=4)
    found = read(path)
    np.testing.assert_array_equal(found.voxels, truth.voxels)
    assert found.geometry.is_close(geometry, 1e-9)
    assert codes(found) == [("single-slice", "note")]
    np.testing.assert_allclose(found.geometry.spacing, (0.9, 1.1, 4.0))


def test_a_single_picture_without_a_position_is_laid_at_the_origin_with_a_warning(tmp_path):
    (path,) = write(tmp_path, asymmetric(Geometry.from_axes((6, 5, 1), SPACING_MM)), ImagePositionPatient=None)
    found = read(path)
    assert codes(found) == [("no-position", "warning")]
    assert found.geometry.spacing[:2] == pytest.approx(SPACING_MM[:2])


def test_two_slices_make_a_volume(tmp_path):
    truth = asymmetric(geometries((6, 5, 2))["rotated and sheared"])
    write(tmp_path, truth)
    assert_same_in_world(read(tmp_path), truth)


def test_real_irregular_series(shared_data):
    folder = shared_data("irregular")
    tilted = read(folder / "gantrytilting" / "001")
    assert ("gantry-tilt", "warning") in codes(tilted)
    assert tilted.geometry.is_sheared
    gapped = read(folder / "sliceincrement" / "002")
    assert ("missing-slices", "warning") in codes(gapped)
    assert gapped.shape[2] == 5


def test_real_tilted_affine_comes_from_the_positions(shared_data):
    import pydicom

    folder = shared_data("irregular") / "gantrytilting" / "001"
    geometry = read(folder).geometry
    positions = [np.array(pydicom.dcmread(path).ImagePositionPatient, float) for path in folder.iterdir()]
    positions.sort(key=lambda position: position @ np.cross(*geometry.direction[:, :2].T))
    for k, position in enumerate(positions):
        np.testing.assert_allclose(geometry.to_world((0, 0, k)), position, atol=2e-3)
    assert all(np.linalg.norm(b - a) > 0 for a, b in pairwise(positions))


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_the_usual_gap_is_the_median(count):
    gaps = np.random.default_rng(count).uniform(0.4, 3, count)
    assert _median(gaps) == np.median(gaps)
