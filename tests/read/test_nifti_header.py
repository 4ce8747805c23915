"""The header of a NIfTI file, held against nibabel's reading of the same bytes."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from vizmed.errors import DamagedFileError, IrregularStackError
from vizmed.read.nifti_header import HEADER_BYTES, affine_of, dtype_of, parsed, version_of

THEIRS = {1: nibabel.Nifti1Header, 2: nibabel.nifti2.Nifti2Header}
VERSIONS_AND_ORDERS = [(version, order) for version in THEIRS for order in "<>"]
SCAN = Path("scan.nii")


def filled(version: int, order: str, random: np.random.Generator) -> nibabel.Nifti1Header:
    """A header whose fields all differ; its quaternion is a rotation's."""
    header = THEIRS[version](endianness=order)
    header["dim"] = [3, *random.integers(1, 500, 7)]
    header["pixdim"] = [random.choice([-1, 1]), *random.uniform(0.1, 5, 7)]
    quaternion = random.normal(size=4)
    if random.random() < 0.3:
        quaternion[0] = 0  # half a turn: what is left out is 0, or as good as that
    b, c, d = quaternion[1:] / np.linalg.norm(quaternion)
    numbers = {"quatern_b": b, "quatern_c": c, "quatern_d": d}
    for name in ("qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z", "scl_slope", "scl_inter"):
        numbers[name] = random.normal(scale=100, size=header[name].shape)
    numbers |= {"vox_offset": random.integers(352, 9999), "xyzt_units": random.integers(0, 64), "datatype": 512}
    for name, number in numbers.items():
        header[name] = number
    return header


def same(ours: object, theirs: object) -> bool:
    return np.array_equal(ours, theirs)


@pytest.mark.parametrize(("version", "order"), VERSIONS_AND_ORDERS)
def test_every_field_is_as_nibabel_reads_it(version, order):
    random = np.random.default_rng(version)
    for codes in [(0, 0), (1, 0), (2, 3)] * 30:
        theirs = filled(version, order, random)
        theirs["qform_code"], theirs["sform_code"] = codes
        start = theirs.binaryblock + bytes(100)
        assert version_of(start) == version
        header = parsed(start, version)
        for name in ("dim", "pixdim", "datatype", "vox_offset", "scl_slope", "scl_inter", "xyzt_units"):
            assert same(header[name], theirs[name]), name
        affine, came_from = affine_of(header, SCAN)
        assert affine.dtype == np.float64
        assert came_from == ("sform" if codes[1] else "qform" if codes[0] else "pixdim")
        without = np.diag([*theirs["pixdim"][1:4].astype(float), 1])
        assert same(affine, theirs.get_sform() if codes[1] else theirs.get_qform() if codes[0] else without)


@pytest.mark.parametrize(("version", "order"), VERSIONS_AND_ORDERS)
def test_types_of_voxels_are_nibabels(version, order):
    theirs = THEIRS[version](endianness=order)
    for number in range(-1, 2400):
        theirs["datatype"] = number
        try:
            expected = theirs.get_data_dtype()
        except KeyError:
            expected = np.dtype("V")
        header = parsed(theirs.binaryblock, version)
        if expected.kind in "iuf" and expected.itemsize <= 8:
            assert dtype_of(header, SCAN) == expected, number
        else:
            with pytest.raises((DamagedFileError, IrregularStackError)):
                dtype_of(header, SCAN)


def by_qform(**changes: object) -> np.void:
    theirs = nibabel.Nifti1Header()
    theirs["qform_code"] = 1
    theirs["pixdim"][1:4] = 1, 2, 3
    for name, value in changes.items():
        theirs[name] = value
    return parsed(theirs.binaryblock, 1)


@pytest.mark.parametrize("first", [0, 2])
def test_a_qform_of_no_hand_is_right_handed(first):
    pixdim = [first, 1, 2, 3, 1, 1, 1, 1]
    assert same(affine_of(by_qform(pixdim=pixdim), SCAN)[0], np.diag([1, 2, 3, 1]))


@pytest.mark.parametrize(
    "changes",
    [
        {"quatern_b": 2},
        {"quatern_c": np.nan},
        {"quatern_b": 0.8, "quatern_d": 0.8},
        {"pixdim": [1, -1, 2, 3, 1, 1, 1, 1]},
    ],
)
def test_a_qform_that_is_none_is_refused(changes):
    with pytest.raises(DamagedFileError) as refused:
        affine_of(by_qform(**changes), SCAN)
    assert refused.value.where == str(SCAN)


def test_what_is_no_header_has_no_version():
    whole = nibabel.Nifti1Header().binaryblock
    assert version_of(whole) == 1
    assert version_of(bytes(4) + whole[4:]) is None
    assert version_of(whole[:344] + b"none") is None
    assert version_of(whole[: HEADER_BYTES[1] - 1]) is None
    assert version_of(b"") is None
