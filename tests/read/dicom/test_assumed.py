"""Images that don't say where they lie are refused, or stacked as axial ones where that is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from tests.dicom_files import write_enhanced, write_series
from tests.phantoms import asymmetric, geometries
from vizmed.errors import IrregularStackError, OptionError
from vizmed.geometry import Geometry
from vizmed.read import read

SHAPE = (6, 5, 12)
SPACING = (0.5, 0.75, 2.0)
PHANTOM = asymmetric(geometries(SHAPE)["rotated"])
AXIAL = Geometry.from_axes(SHAPE, SPACING)


def write(folder, **options):
    return write_series(folder, PHANTOM.voxels, PHANTOM.geometry, **options)


def codes(volume) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in volume.provenance.findings]


@pytest.mark.parametrize("missing", ["ImagePositionPatient", "ImageOrientationPatient"])
@pytest.mark.parametrize("spacing", [{}, {"PixelSpacing": None}])
def test_stacked_by_number(missing, spacing, tmp_path):
    write(tmp_path, name=lambda k: f"{(5 * k + 3) % 12}", **{missing: None}, **spacing)
    with pytest.raises(IrregularStackError, match="--spacing"):
        read(tmp_path)
    found = read(tmp_path, spacing=SPACING)
    np.testing.assert_array_equal(found.voxels, PHANTOM.voxels)
    assert found.geometry.is_close(AXIAL, 1e-9)
    assert codes(found) == [("assumed-geometry", "warning")]
    assert found.provenance.sorted_by == "InstanceNumber"
    with pytest.raises(IrregularStackError, match="taken as axial"):
        read(tmp_path, spacing=SPACING, strict=True)


@pytest.mark.parametrize("number", [None, 7])
def test_stacked_by_name(number, tmp_path):
    write(tmp_path, name="slice {}".format, ImagePositionPatient=None, InstanceNumber=number)
    found = read(tmp_path, spacing=SPACING)
    np.testing.assert_array_equal(found.voxels, PHANTOM.voxels)  # slice 2 before slice 10
    assert found.provenance.sorted_by == "file name"


def test_pixels_without_a_size_in_known_places(tmp_path):
    write(tmp_path, PixelSpacing=None)
    with pytest.raises(IrregularStackError, match="--spacing"):
        read(tmp_path)
    x, y, z = PHANTOM.geometry.spacing
    found = read(tmp_path, spacing=(x, y, 99))
    assert found.geometry.is_close(PHANTOM.geometry, 1e-9)
    assert codes(found) == [("assumed-geometry", "warning")]
    assert z != 99


def test_what_is_known_is_replaced_and_noted_but_keeps_its_place(tmp_path):
    write(tmp_path)
    found = read(tmp_path, spacing=SPACING)
    np.testing.assert_allclose(found.geometry.spacing, SPACING)
    np.testing.assert_allclose(found.geometry.direction, PHANTOM.geometry.direction, atol=1e-9)
    np.testing.assert_allclose(found.geometry.origin, PHANTOM.geometry.origin, atol=1e-9)
    assert codes(found) == [("spacing-replaced", "note")]
    assert read(tmp_path, spacing=SPACING, strict=True).shape == found.shape


@pytest.mark.parametrize(
    "place", [{}, {"ImagePositionPatient": [1, 2, 3], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}]
)
def test_many_frames_without_places_of_their_own(place, tmp_path):
    own = {"PerFrameFunctionalGroupsSequence": None, "SharedFunctionalGroupsSequence": None}
    write_enhanced(tmp_path / "file", PHANTOM.voxels, PHANTOM.geometry, range(12), **own, **place, PixelSpacing=[1, 1])
    with pytest.raises(IrregularStackError):
        read(tmp_path)
    found = read(tmp_path, spacing=SPACING)
    np.testing.assert_array_equal(found.voxels, PHANTOM.voxels)
    assert found.geometry.is_close(AXIAL, 1e-9)


@pytest.mark.parametrize("spacing", [(1, 1), (1, 1, 0), (1, -1, 1), (1, 1, float("nan")), (1, 1, float("inf"))])
def test_a_spacing_that_is_none_is_refused(spacing, tmp_path):
    write(tmp_path, ImagePositionPatient=None)
    with pytest.raises(OptionError, match="--spacing"):
        read(tmp_path, spacing=spacing)


@pytest.mark.parametrize("slices", [[0, 3], range(12)])
def test_a_slope_of_zero_is_taken_as_one_and_said(slices, tmp_path):
    own = {"per_slice": lambda k: {"RescaleSlope": 0 if k in slices else 1, "RescaleIntercept": -5}}
    write(tmp_path, **own)
    found = read(tmp_path)
    np.testing.assert_array_equal(found.voxels, PHANTOM.voxels - 5)
    assert codes(found) == [("slope-zero", "warning")]
