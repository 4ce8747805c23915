"""VTK's .vti: written by VTK in all of its ways, and by hand with every lie that a header can tell."""

from __future__ import annotations

import base64
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkIOXML import vtkXMLImageDataReader, vtkXMLImageDataWriter

from tests.contracts.reader import ReaderContract
from tests.phantoms import asymmetric, geometries
from vizmed.errors import CodecError, DamagedFileError, IrregularStackError, UnknownFormatError, VizmedError
from vizmed.read import read
from vizmed.read.vti import data as array_data
from vizmed.volume import Volume

PHANTOM = asymmetric(geometries((5, 6, 7))["rotated left-handed"])


def image_of(volume: Volume, start=(0, 0, 0)) -> vtkImageData:
    image = vtkImageData()
    ends = [(low, low + n - 1) for low, n in zip(start, volume.shape, strict=True)]
    image.SetExtent([end for pair in ends for end in pair])
    image.SetSpacing(volume.geometry.spacing)
    image.SetDirectionMatrix(volume.geometry.direction.ravel())
    image.SetOrigin(volume.geometry.to_world([-n for n in start]))
    scalars = numpy_to_vtk(volume.voxels.ravel(order="F"), deep=True)
    scalars.SetName("values")
    image.GetPointData().SetScalars(scalars)
    return image


def write(image: vtkImageData, path: Path, mode="appended raw", *, packed=True, order="little", counts=64) -> Path:
    writer = vtkXMLImageDataWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(image)
    if mode == "ascii":
        writer.SetDataModeToAscii()
    elif mode == "binary":
        writer.SetDataModeToBinary()
    else:
        writer.SetDataModeToAppended()
        writer.SetEncodeAppendedData(mode == "appended base64")
    if packed:
        writer.SetCompressorTypeToZLib()
    else:
        writer.SetCompressorTypeToNone()
    if order == "big":
        writer.SetByteOrderToBigEndian()
    writer.SetHeaderType(counts)
    assert writer.Write()
    return path


class VtiContract(ReaderContract):
    format = "VTK"
    dtypes = (*ReaderContract.dtypes, "int64", "uint64")
    mode = "appended raw"
    options: dict[str, object] = {}  # noqa: RUF012 (it is only read)

    def write(self, volume, folder):
        return write(image_of(volume), folder / "scan.vti", self.mode, **self.options)

    def read(self, path):
        return read(path)


class TestAppendedRaw(VtiContract):
    options = {"packed": False}  # noqa: RUF012


class TestAppendedRawPacked(VtiContract):
    pass


class TestAppendedBase64(VtiContract):
    mode = "appended base64"
    options = {"packed": False, "counts": 32}  # noqa: RUF012


class TestAppendedBase64Packed(VtiContract):
    mode = "appended base64"


class TestInline(VtiContract):
    mode = "binary"
    options = {"packed": False}  # noqa: RUF012


class TestInlinePacked(VtiContract):
    mode = "binary"
    options = {"counts": 32}  # noqa: RUF012


class TestBigEndian(VtiContract):
    options = {"order": "big"}  # noqa: RUF012


class TestBigEndianInline(VtiContract):
    mode = "binary"
    options = {"order": "big", "packed": False, "counts": 32}  # noqa: RUF012


class TestAscii(VtiContract):
    mode = "ascii"


def test_first_voxel_with_another_number(tmp_path):
    path = write(image_of(PHANTOM, (3, -2, 10)), tmp_path / "a.vti")
    assert b'WholeExtent="3 7 -2 3 10 16"' in path.read_bytes()
    volume = read(path)
    assert volume.geometry.is_close(PHANTOM.geometry)
    np.testing.assert_array_equal(volume.voxels, PHANTOM.voxels)


def test_as_vtk_reads_it(tmp_path):
    path = write(image_of(PHANTOM), tmp_path / "a.vti")
    reader = vtkXMLImageDataReader()
    reader.SetFileName(str(path))
    reader.Update()
    image = reader.GetOutput()
    np.testing.assert_array_equal(vtk_to_numpy(image.GetPointData().GetScalars()), read(path).voxels.ravel(order="F"))
    corner = [0.0, 0.0, 0.0]
    image.TransformIndexToPhysicalPoint(4, 5, 6, corner)
    np.testing.assert_allclose(corner, read(path).geometry.to_world((4, 5, 6)), atol=1e-4)


@pytest.mark.parametrize("together", [1, 100_000, 4 << 20])
def test_many_blocks(together, tmp_path, monkeypatch):
    monkeypatch.setattr(array_data, "_TOGETHER_BYTES", together)
    volume = Volume.from_numpy(np.asfortranarray(np.random.default_rng(1).integers(0, 9, (90, 80, 70), dtype="int32")))
    for mode in ("appended raw", "binary", "appended base64"):
        np.testing.assert_array_equal(read(write(image_of(volume), tmp_path / "a.vti", mode)).voxels, volume.voxels)


def test_real_numbers_as_text(tmp_path):
    volume = Volume.from_numpy(np.random.default_rng(1).normal(size=(4, 5, 6)).astype("float32"))
    np.testing.assert_allclose(
        read(write(image_of(volume), tmp_path / "a.vti", "ascii")).voxels, volume.voxels, rtol=1e-6
    )


class TestArrays:
    def several(self, active: str | None) -> vtkImageData:
        image = image_of(PHANTOM)
        points = image.GetPointData()
        points.GetScalars().SetName("first")
        other = numpy_to_vtk(PHANTOM.voxels.ravel(order="F") * 2, deep=True)
        other.SetName("second")
        points.AddArray(other)
        vectors = numpy_to_vtk(np.zeros((PHANTOM.voxels.size, 3)), deep=True)
        vectors.SetName("vectors")
        points.AddArray(vectors)
        points.SetActiveScalars(active)
        cells = numpy_to_vtk(np.zeros(4 * 5 * 6), deep=True)
        cells.SetName("cells")
        image.GetCellData().AddArray(cells)
        return image

    @pytest.mark.parametrize("mode", ["ascii", "binary", "appended raw", "appended base64"])
    @pytest.mark.parametrize(("active", "factor"), [("first", 1), ("second", 2), (None, 1), ("vectors", 1)])
    def test_the_active_one_else_the_first(self, active, factor, mode, tmp_path):
        volume = read(write(self.several(active), tmp_path / "a.vti", mode))
        np.testing.assert_array_equal(volume.voxels, PHANTOM.voxels * factor)
        (finding,) = volume.provenance.findings
        assert finding.code == "several-arrays"
        assert "'first' (1 x Int16), 'second' (1 x Int16), 'vectors' (3 x Float64)" in str(finding)

    def test_information_keys_are_stepped_over(self, tmp_path):
        image = image_of(PHANTOM)
        scalars = image.GetPointData().GetScalars()
        scalars.GetInformation().Set(scalars.UNITS_LABEL(), "HU")
        for mode in ("ascii", "binary", "appended raw"):
            path = write(image, tmp_path / "a.vti", mode)
            assert b"InformationKey" in path.read_bytes()
            np.testing.assert_array_equal(read(path).voxels, PHANTOM.voxels)

    def test_field_data_is_stepped_over(self, tmp_path):
        image = image_of(PHANTOM)
        time = numpy_to_vtk(np.array([1.5]), deep=True)
        time.SetName("TimeValue")
        image.GetFieldData().AddArray(time)
        for mode in ("ascii", "binary", "appended raw"):
            np.testing.assert_array_equal(read(write(image, tmp_path / "a.vti", mode)).voxels, PHANTOM.voxels)

    def test_vectors_are_refused(self, tmp_path):
        with pytest.raises(IrregularStackError, match=r"3 x Float32"):
            read(write_by_hand(tmp_path, NumberOfComponents="3", type="Float32"))

    def test_cell_data_is_refused(self, tmp_path):
        image = image_of(PHANTOM)
        image.GetPointData().Initialize()
        cells = numpy_to_vtk(np.zeros(4 * 5 * 6), deep=True)
        image.GetCellData().SetScalars(cells)
        with pytest.raises(IrregularStackError, match="data on its cells"):
            read(write(image, tmp_path / "a.vti"))


VALUES = np.arange(24, dtype="<i2").reshape((2, 3, 4), order="F")
RAW = VALUES.tobytes(order="F")

TEXT = """<?xml version="1.0"?>
<VTKFile type="{file}" version="1.0" byte_order="{order}" header_type="{counts}"{more}>
  <!-- made by hand -->
  <ImageData WholeExtent="{whole}" Origin="{origin}" Spacing="{spacing}" Direction="1 0 0 0 1 0 0 0 1">
    <Piece Extent="{extent}">
      <PointData Scalars="a"><DataArray type="{type}" Name="a" NumberOfComponents="{NumberOfComponents}"
         format="{format}" offset="{offset}">{inline}</DataArray></PointData>
      <CellData/>
    </Piece>
  </ImageData>
  <AppendedData encoding="{encoding}">
   {start}"""

USUAL = {
    "file": "ImageData", "order": "LittleEndian", "counts": "UInt64", "more": "", "whole": "0 1 0 2 0 3",
    "extent": "0 1 0 2 0 3", "origin": "1 2 3", "spacing": "1 1.5 2", "type": "Int16", "NumberOfComponents": "1",
    "format": "appended", "offset": "0", "inline": "", "encoding": "raw", "start": "_",
}  # fmt: skip


def write_by_hand(folder: Path, data: bytes = struct.pack("<Q", 48) + RAW, **changes: str) -> Path:
    path = folder / "scan.vti"
    path.write_bytes(TEXT.format(**USUAL | changes).encode() + data + b"\n</AppendedData></VTKFile>\n")
    return path


def test_by_hand(tmp_path):
    volume = read(write_by_hand(tmp_path))
    np.testing.assert_array_equal(volume.voxels, VALUES)
    assert volume.geometry.spacing.tolist() == [1, 1.5, 2]
    assert volume.geometry.origin.tolist() == [1, 2, 3]
    assert volume.provenance.findings == ()


def test_header_and_values_encoded_apart(tmp_path):
    text = (base64.b64encode(struct.pack("<Q", 48)) + base64.b64encode(RAW)).decode()
    np.testing.assert_array_equal(read(write_by_hand(tmp_path, format="binary", inline=text)).voxels, VALUES)


def pack(*blocks: bytes, said: tuple[int, int, int] | None = None, lengths: list[int] | None = None) -> bytes:
    packed = [zlib.compress(block) for block in blocks]
    said = said or (len(blocks), len(blocks[0]), len(blocks[-1]) if len(blocks[-1]) != len(blocks[0]) else 0)
    return struct.pack(f"<{3 + len(packed)}Q", *said, *(lengths or map(len, packed))) + b"".join(packed)


ZLIB = ' compressor="vtkZLibDataCompressor"'


@pytest.mark.parametrize("blocks", [(RAW,), (RAW[:24], RAW[24:]), (RAW[:20], RAW[20:40], RAW[40:])])
def test_blocks(blocks, tmp_path):
    np.testing.assert_array_equal(read(write_by_hand(tmp_path, pack(*blocks), more=ZLIB)).voxels, VALUES)


class TestHostile:
    @pytest.mark.parametrize("name", ["vtkLZ4DataCompressor", "vtkLZMADataCompressor", "x" * 500])
    def test_other_compressors(self, name, tmp_path):
        with pytest.raises(CodecError, match=name[:30]) as refused:
            read(write_by_hand(tmp_path, more=f' compressor="{name}"'))
        assert len(str(refused.value)) < 400

    @pytest.mark.parametrize(
        "opening",
        [
            '<!DOCTYPE VTKFile [<!ENTITY a "b">]>',
            '<!DOCTYPE VTKFile SYSTEM "file:///etc/passwd">',
            "<![CDATA[x]]>",
            "<?php x ?>",
            "<!- never opened -->",
            "<" + "A" * 10_000 + ">",
            "<A " + 'a="1" ' * 5000 + ">",
            '<A a="1" a="2">',
            "</VTKFile></VTKFile>",
            "<a>" * 5000,
        ],
    )
    def test_what_is_no_plain_tag(self, opening, tmp_path):
        path = write_by_hand(tmp_path)
        data = path.read_bytes()
        place = data.index(b"  <!-- made")
        path.write_bytes(data[:place] + opening.encode() + data[place:])
        with pytest.raises(DamagedFileError):
            read(path)

    def test_entities_at_the_start(self, tmp_path):
        path = write_by_hand(tmp_path)
        path.write_bytes(path.read_bytes().replace(b"<VTKFile", b'<!DOCTYPE a [<!ENTITY b "c">]><VTKFile', 1))
        with pytest.raises(UnknownFormatError):
            read(path)

    @pytest.mark.parametrize(
        "changes",
        [
            {"whole": "0 1 0 2 0 9", "extent": "0 1 0 2 0 9"},
            {"whole": "0 1 0 2 3 0", "extent": "0 1 0 2 3 0"},
            {"whole": "0 99999999 0 99999999 0 99999999", "extent": "0 99999999 0 99999999 0 99999999"},
            {"whole": "0 1 0 2", "extent": "0 1 0 2"},
            {"whole": "0 1 0 2 0 1e300", "extent": "0 1 0 2 0 1e300"},
            {"spacing": "1 1 0"},
            {"spacing": "1 nan 1"},
            {"spacing": "1 1"},
            {"origin": "inf 0 0"},
            {"order": "Middle"},
            {"counts": "UInt8"},
            {"format": "strange"},
            {"offset": "99999"},
            {"offset": "-5"},
            {"offset": ""},
            {"offset": "1"},
            {"encoding": "hex"},
            {"start": "x_"},
            {"start": ""},
            {"format": "binary", "inline": "!!!!"},
            {"format": "binary", "inline": "QUJD"},
            {"format": "binary", "inline": ""},
            {"format": "ascii", "inline": "1 2 3"},
            {"format": "ascii", "inline": "x " * 24},
            {"format": "ascii", "inline": "1.5 " * 24},
            {"format": "ascii", "inline": "40000 " * 24},
            {"format": "ascii", "inline": "1 " * 25},
            {"format": "ascii", "inline": "1 " * 5000},
        ],
    )
    def test_lies(self, changes, tmp_path):
        path = write_by_hand(tmp_path, **changes)
        with pytest.raises(DamagedFileError) as refused:
            read(path)
        assert refused.value.where == str(path)

    @pytest.mark.parametrize(
        "changes",
        [{"extent": "0 1 0 2 0 1"}, {"file": "PolyData"}, {"type": "String"}, {"whole": "0 1 0 2 0 0.5",
          "extent": "0 1 0 2 0 0.5"}],
    )  # fmt: skip
    def test_what_is_not_read(self, changes, tmp_path):
        with pytest.raises(IrregularStackError):
            read(write_by_hand(tmp_path, **changes))

    @pytest.mark.parametrize(
        "data",
        [
            pack(RAW + b"xx", said=(1, 48, 0)),
            pack(RAW[:40], said=(1, 48, 0)),
            pack(RAW, said=(2, 48, 0)),
            pack(RAW, said=(1 << 60, 48, 0)),
            pack(RAW, lengths=[3]),
            pack(RAW, lengths=[1 << 60]),
            pack(RAW)[:30],
            pack(RAW)[:10],
            pack(RAW)[:-8] + bytes(8),
        ],
    )
    def test_packed_lies(self, data, tmp_path):
        with pytest.raises(DamagedFileError):
            read(write_by_hand(tmp_path, data, more=ZLIB))

    def test_a_bomb_goes_no_further_than_its_block(self, tmp_path):
        path = write_by_hand(tmp_path, pack(bytes(64 << 20), said=(1, 48, 0)), more=ZLIB)
        tracemalloc.start()
        with pytest.raises(DamagedFileError):
            read(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 << 20

    def test_two_pieces(self, tmp_path):
        path = write_by_hand(tmp_path)
        path.write_bytes(path.read_bytes().replace(b"</Piece>", b'</Piece><Piece Extent="0 1 0 2 0 3"/>'))
        with pytest.raises(IrregularStackError, match="2 of Piece"):
            read(path)

    @pytest.mark.parametrize("mode", ["ascii", "binary", "appended raw", "appended base64"])
    def test_any_byte_changed_is_read_or_refused_in_words(self, mode, tmp_path):
        path = write(image_of(PHANTOM), tmp_path / "a.vti", mode)
        data = path.read_bytes()
        random = np.random.default_rng(7)
        for _ in range(200):
            changed = bytearray(data)
            changed[random.integers(0, len(data))] = random.integers(0, 256)
            path.write_bytes(changed)
            try:
                assert read(path).voxels.size < 1 << 20
            except VizmedError as refused:
                assert str(path) in str(refused)  # noqa: PT017 (it may be read too)
