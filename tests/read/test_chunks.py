"""A volume in chunks is the volume: voxels, geometry, and what is known of it, to the bit."""

from __future__ import annotations

from pathlib import Path

import nibabel
import nrrd
import numpy as np
import pytest
from pydicom import uid

from tests.dicom_files import write_enhanced, write_series
from tests.phantoms import asymmetric, geometries
from vizmed.chunked import Chunked
from vizmed.errors import DamagedFileError, OptionError, ReadError, SeriesChoiceError
from vizmed.read import describe, plain, read
from vizmed.read.chunks import open_chunks
from vizmed.read.dicom.pixels import with_pydicom
from vizmed.volume import Volume
from vizmed.write import write_volume

GRID = geometries((7, 6, 9))["rotated"]
PHANTOM = asymmetric(GRID)


def assert_chunks_are_the_volume(path: Path, step: int = 4, **options) -> Chunked:
    """Held in chunks of some slices, and of one."""
    whole, chunks = read(path, **options), open_chunks(path, **options)
    assert (chunks.shape, chunks.dtype, chunks.geometry) == (whole.shape, whole.voxels.dtype, whole.geometry)
    for first in (*range(0, whole.shape[2], step), whole.shape[2] - 1):
        last = min(first + step, whole.shape[2])
        part = chunks.chunk(first, last)
        assert part.voxels.dtype == whole.voxels.dtype
        assert part.voxels.flags.f_contiguous
        assert part.voxels.tobytes(order="F") == whole.voxels[..., first:last].tobytes(order="F")
        np.testing.assert_allclose(part.geometry.origin, whole.geometry.to_world((0, 0, first)), atol=1e-9)
    once_more = chunks.whole()
    assert once_more.geometry == whole.geometry
    for known in ("modality", "unit", "window", "padding", "inverted", "description", "provenance"):
        assert getattr(once_more, known) == getattr(whole, known)
    assert once_more.provenance.slices == whole.provenance.slices
    return chunks


REAL = ("head-ct-lowres", "head-mr", "codecs/compressed_j2k", "codecs/compressed_rle", "codecs/compressed_jpegls")
IRREGULAR = ("gantrytilting", "slicecount")


@pytest.mark.parametrize("name", [*REAL, *(f"irregular/{name}" for name in IRREGULAR), "trunk-ct/ct.nii.gz"])
def test_real_scans(name, shared_data):
    assert_chunks_are_the_volume(shared_data(name), 50)


@pytest.mark.parametrize(
    "syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian, uid.RLELossless]
)
def test_encodings(syntax, tmp_path):
    write_series(tmp_path, PHANTOM.voxels, GRID, syntax=syntax, name=lambda k: f"{(5 * k) % 9}")
    assert_chunks_are_the_volume(tmp_path)


def test_frames_of_one_file(tmp_path):
    write_enhanced(tmp_path / "0", PHANTOM.voxels, GRID, [4, 0, 8, 1, 7, 2, 6, 3, 5])
    assert_chunks_are_the_volume(tmp_path, 2)


@pytest.mark.parametrize("step", [1, 2, 5])
def test_slices_that_are_interpolated(step, tmp_path):
    rng = np.random.default_rng(3)
    grid = geometries((5, 4, 16))["sheared"]
    stored = rng.integers(-2000, 2000, (5, 4, 16)).astype(np.int16)
    write_series(tmp_path, stored, grid)
    for missing in (3, 8, 9, 14):
        (tmp_path / f"{missing:04d}.dcm").unlink()
    chunks = assert_chunks_are_the_volume(tmp_path, step)
    assert chunks.shape == (5, 4, 16)
    assert "missing-slices" in {finding.code for finding in chunks.like.provenance.findings}


@pytest.mark.parametrize(
    ("high", "slopes", "dtype"),
    [
        (4095, ("1", "1"), "int16"),
        (65535, ("1", "1"), "int32"),
        (4095, ("1", "30"), "int32"),
        (4095, ("1", "0.1"), "float32"),
        (65535, ("70000", "70000"), "float32"),
    ],
)
def test_the_type_of_values_that_one_slice_decides(high, slopes, dtype, tmp_path):
    """Some slices alone would have a smaller type."""
    stored = np.zeros(GRID.shape, dtype=np.uint16)
    stored[2, 3, 6] = high
    own = lambda k: {"RescaleSlope": slopes[k == 6], "RescaleIntercept": "-1024"}  # noqa: E731
    write_series(tmp_path, stored, GRID, per_slice=own)
    assert assert_chunks_are_the_volume(tmp_path, 2).dtype == dtype


def test_a_first_pass_goes_over_all_slices_and_holds_few(tmp_path, monkeypatch):
    stored = np.zeros(GRID.shape, dtype=np.uint16)
    stored[..., 8] = 40000
    write_series(tmp_path, stored, GRID, RescaleSlope="1", RescaleIntercept="-1024")
    held, original = [], with_pydicom._room_for
    monkeypatch.setattr(
        with_pydicom, "_room_for", lambda frames, dtype: held.append(len(frames)) or original(frames, dtype)
    )
    monkeypatch.setattr(with_pydicom, "_BLOCK_BYTES", 200)
    chunks = open_chunks(tmp_path)
    assert chunks.dtype == np.int32
    assert held == [2, 2, 2, 2, 1, 1]  # the last is what the other facts are taken from
    chunks.chunk(3, 6)
    assert held[-1] == 3


def test_a_spacing_that_is_replaced_and_one_that_is_needed(tmp_path):
    write_series(tmp_path / "own", PHANTOM.voxels, GRID)
    write_series(tmp_path / "none", PHANTOM.voxels, GRID, ImagePositionPatient=None, PixelSpacing=None)
    for name, code in (("own", "spacing-replaced"), ("none", "assumed-geometry")):
        chunks = assert_chunks_are_the_volume(tmp_path / name, spacing=(2, 3, 4))
        assert code in {finding.code for finding in chunks.like.provenance.findings}


def test_one_of_several_series(tmp_path):
    for n in (1, 2):
        write_series(tmp_path / str(n), PHANTOM.voxels + n, GRID, series=n)
    assert_chunks_are_the_volume(tmp_path, series=2)
    with pytest.raises(SeriesChoiceError):
        open_chunks(tmp_path)


@pytest.mark.parametrize("ending", [".nii", ".nrrd", ".mha", ".vti"])
def test_other_formats(ending, tmp_path):
    write_volume(PHANTOM, tmp_path / f"scan{ending}")
    assert_chunks_are_the_volume(tmp_path / f"scan{ending}")


@pytest.mark.parametrize("name", ["scan.nii", "scan.nrrd", "scan.mha", "scan.mhd", "scan.nhdr", "scan.hdr"])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_raw_files_are_read_where_the_slices_lie(name, dtype, tmp_path, monkeypatch):
    path = tmp_path / name
    raw = Volume(np.asfortranarray(PHANTOM.voxels.astype(dtype)), GRID)
    if name == "scan.hdr":
        nibabel.save(nibabel.Nifti1Pair(raw.voxels, np.eye(4)), path)
    elif name == "scan.nhdr":
        nrrd.write(str(path), raw.voxels, {"space": "left-posterior-superior", "encoding": "raw"})
    else:
        write_volume(raw, path)
    assert_chunks_are_the_volume(path)
    assert_chunks_are_the_volume(path, spacing=(2, 3, 4))
    counts, read_values = [], plain.read_values
    monkeypatch.setattr(
        plain,
        "read_values",
        lambda path, start, count, dtype: counts.append(count) or read_values(path, start, count, dtype),
    )
    describe(path)
    open_chunks(path).chunk(2, 5)
    assert counts == [42, 42, 3 * 42]


def test_a_raw_file_that_is_cut_short_is_refused_when_it_is_opened(tmp_path):
    for ending in (".nii", ".nrrd", ".mha"):
        (path,) = write_volume(PHANTOM, tmp_path / f"scan{ending}")
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(DamagedFileError):
            open_chunks(path)


def test_a_rescale_of_nifti_needs_all_values(tmp_path):
    image = nibabel.Nifti1Image(PHANTOM.voxels.astype(np.int16), np.eye(4))
    nibabel.save(image, tmp_path / "a.nii")
    data = bytearray((tmp_path / "a.nii").read_bytes())
    data[112:120] = np.array([2.0, -1000.0], "<f4").tobytes()  # scl_slope and scl_inter
    (tmp_path / "a.nii").write_bytes(data)
    assert assert_chunks_are_the_volume(tmp_path / "a.nii").like.shape == PHANTOM.shape


def test_vtk_reads_at_once(tmp_path):
    write_series(tmp_path, PHANTOM.voxels, geometries((7, 6, 9))["permuted"])
    assert_chunks_are_the_volume(tmp_path, reader="vtk")


def test_damage_is_refused_where_it_is_met(tmp_path):
    write_series(tmp_path, PHANTOM.voxels, GRID, syntax=uid.JPEG2000Lossless)
    broken = tmp_path / "0006.dcm"
    data = broken.read_bytes()
    broken.write_bytes(data[:-60] + bytes(60))
    chunks = open_chunks(tmp_path)
    assert chunks.chunk(0, 6).shape == (7, 6, 6)
    with pytest.raises(ReadError) as refused:
        chunks.chunk(5, 8)
    assert refused.value.where == str(broken)


def test_what_read_refuses(tmp_path):
    with pytest.raises(ReadError, match="no such file"):
        open_chunks(tmp_path / "nothing")
    (tmp_path / "text").write_text("no scan")
    for path in (tmp_path, tmp_path / "text"):
        with pytest.raises(ReadError) as refused:
            read(path)
        with pytest.raises(type(refused.value)) as found:
            open_chunks(path)
        assert str(found.value) == str(refused.value)
    with pytest.raises(OptionError):
        open_chunks(tmp_path, spacing=(0, 1, 1))
