from __future__ import annotations

import base64
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
import pyvista
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkStringArray
from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

from tests.read.meshes.contract import MeshReaderContract
from tests.read.meshes.shapes import POINTS, TETRA, TETRA_POINTS, TRIANGLES, codes, corners, cyclic, volume_mm3
from vizmed.errors import BudgetError, CodecError, DamagedFileError, UnknownFormatError
from vizmed.read.meshes import read_mesh
from vizmed.vtk_bridge import to_polydata

MODES = ("ascii", "binary", "appended raw", "appended base64")


def write(mesh, path: Path, mode="appended raw", *, packed=True, order="little", counts=64, ids=64) -> Path:
    writer = vtkXMLPolyDataWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(mesh)
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
    writer.SetIdType(ids)
    assert writer.Write()
    return path


def said(mesh, **texts: str):
    for name, text in texts.items():
        array = vtkStringArray()
        array.SetName(name)
        array.InsertNextValue(text)
        mesh.GetFieldData().AddArray(array)
    return mesh


class VtpContract(MeshReaderContract):
    format = "VTP"
    is_known_to_trimesh = False
    mode = "appended raw"
    options: dict[str, object] = {}  # noqa: RUF012 (it is only read)

    def write(self, points, triangles, folder):
        return write(to_polydata(points, triangles), folder / "a.vtp", self.mode, **self.options)

    def test_as_vtk_reads_it(self, tmp_path):
        path = self.write(POINTS, TRIANGLES, tmp_path)
        assert np.array_equal(corners(pyvista.read(path)), corners(read_mesh(path).mesh))


class TestAppendedRaw(VtpContract):
    options = {"packed": False}  # noqa: RUF012


class TestAppendedRawPacked(VtpContract):
    options = {"ids": 32}  # noqa: RUF012


class TestAppendedBase64(VtpContract):
    mode = "appended base64"
    options = {"packed": False, "counts": 32}  # noqa: RUF012


class TestAppendedBase64Packed(VtpContract):
    mode = "appended base64"


class TestInline(VtpContract):
    mode = "binary"
    options = {"packed": False, "ids": 32}  # noqa: RUF012


class TestInlinePacked(VtpContract):
    mode = "binary"
    options = {"counts": 32}  # noqa: RUF012


class TestBigEndian(VtpContract):
    options = {"order": "big", "packed": False}  # noqa: RUF012


class TestBigEndianInline(VtpContract):
    mode = "binary"
    options = {"order": "big", "counts": 32, "ids": 32}  # noqa: RUF012


class TestText(VtpContract):
    mode = "ascii"
    tolerance_mm = 1e-4


@pytest.fixture(params=[(mode, packed) for mode in MODES for packed in (False, True)], ids=str)
def form(request):
    mode, packed = request.param
    return {"mode": mode, "packed": packed}


@pytest.mark.parametrize("frame", ["LPS", "RAS"])
def test_the_frame_in_the_field_data(frame, form, tmp_path):
    mesh = said(to_polydata(POINTS, TRIANGLES), SPACE=frame, UNIT="cm")
    centre = numpy_to_vtk(np.array([1.5, -2, 1000]), deep=True)
    centre.SetName("CENTERED")
    mesh.GetFieldData().AddArray(centre)
    time = numpy_to_vtk(np.arange(9.0), deep=True)
    time.SetName("TimeValue")
    mesh.GetFieldData().AddArray(time)
    mesh["further"] = np.arange(len(POINTS))
    found = read_mesh(write(mesh, tmp_path / "a.vtp", **form))
    turned = POINTS * [-10, -10, 10] if frame == "RAS" else POINTS * 10.0
    back = np.array([1.5, -2, 1000])
    assert corners(found.mesh) == pytest.approx((turned + back)[TRIANGLES], abs=2e-3)
    assert (found.frame, found.unit, codes(found)) == (frame, "cm", [])


def test_a_frame_that_is_none(form, tmp_path):
    for text in ("LAS", "a long text that is no frame at all", ""):
        found = read_mesh(write(said(to_polydata(POINTS, TRIANGLES), SPACE=text), tmp_path / "a.vtp", **form))
        assert (found.frame, codes(found)) == (None, ["frame-unknown", "frame-assumed"])


def test_a_centre_of_four(tmp_path):
    mesh = to_polydata(POINTS, TRIANGLES)
    centre = numpy_to_vtk(np.arange(4.0), deep=True)
    centre.SetName("CENTERED")
    mesh.GetFieldData().AddArray(centre)
    with pytest.raises(DamagedFileError, match="CENTERED"):
        read_mesh(write(mesh, tmp_path / "a.vtp", packed=False))


def test_polygons_and_strips(form, tmp_path):
    cube = pyvista.Cube(x_length=10, y_length=20, z_length=30).clean()
    found = read_mesh(write(cube, tmp_path / "a.vtp", **form))
    assert codes(found) == ["polygons-split", "frame-assumed"]
    assert volume_mm3(found.mesh) == pytest.approx(6000)
    striped = to_polydata(POINTS, TRIANGLES).strip()
    assert striped.n_strips < 100
    found = read_mesh(write(striped, tmp_path / "a.vtp", **form))
    assert volume_mm3(found.mesh) == pytest.approx(volume_mm3(to_polydata(POINTS, TRIANGLES)), abs=0.1)
    if form["mode"] != "ascii":
        assert np.array_equal(cyclic(corners(found.mesh)), cyclic(POINTS[TRIANGLES]))
    assert codes(found) == ["frame-assumed"]


def test_vertices_and_lines_are_left_out_and_noted(form, tmp_path):
    mesh = pyvista.PolyData(
        TETRA_POINTS, faces=np.insert(TETRA, 0, 3, axis=1).ravel(), lines=[2, 0, 1, 3, 1, 2, 3], verts=[1, 2]
    )
    found = read_mesh(write(mesh, tmp_path / "a.vtp", **form))
    assert [str(one) for one in found.findings[:2]] == [
        "1 vertex cell (a.vtp): left out",
        "2 lines (a.vtp): left out",
    ]
    assert volume_mm3(found.mesh) == pytest.approx(1000)


def test_points_in_double_precision(form, tmp_path):
    points = TETRA_POINTS.astype(np.float64) + 1 / 3
    found = read_mesh(write(to_polydata(points, TETRA), tmp_path / "a.vtp", **form))
    assert np.array_equal(corners(found.mesh), points.astype(np.float32)[TETRA]) or form["mode"] == "ascii"
    far = read_mesh(write(to_polydata(points + 1e7, TETRA), tmp_path / "a.vtp", packed=False))
    assert codes(far) == ["coordinates-rounded", "frame-assumed"]


TEXT = """<?xml version="1.0"?>
<VTKFile type="{file}" version="1.0" byte_order="LittleEndian" header_type="UInt64"{more}>
  <PolyData>
    <FieldData>{field}</FieldData>
    <Piece NumberOfPoints="{points}" NumberOfPolys="{polys}" NumberOfStrips="{strips}">
      <Points><DataArray type="{type}" NumberOfComponents="{width}" format="ascii">{places}</DataArray></Points>
      <Polys>
        <DataArray type="{index}" Name="{connectivity}" format="{format}" offset="{offset}">{corners}</DataArray>
        <DataArray type="Int64" Name="offsets" format="ascii">{ends}</DataArray>
      </Polys>
    </Piece>{pieces}
  </PolyData>
  <AppendedData encoding="{encoding}">
   {start}"""

USUAL = {
    "file": "PolyData", "more": "", "field": "", "points": "4", "polys": "4", "strips": "0", "type": "Float32",
    "width": "3", "places": " ".join(map(str, TETRA_POINTS.ravel())), "index": "Int32", "connectivity": "connectivity",
    "format": "ascii", "offset": "0", "corners": " ".join(map(str, TETRA.ravel())), "ends": "3 6 9 12", "pieces": "",
    "encoding": "raw", "start": "_",
}  # fmt: skip

CORNERS = TETRA.astype("<i4").tobytes()


def by_hand(folder: Path, data: bytes = struct.pack("<Q", 48) + CORNERS, **changes: str) -> Path:
    path = folder / "a.vtp"
    path.write_bytes(TEXT.format(**USUAL | changes).encode() + data + b"\n</AppendedData></VTKFile>\n")
    return path


def test_by_hand(tmp_path):
    for changes in ({}, {"format": "appended"}):
        assert np.array_equal(corners(read_mesh(by_hand(tmp_path, **changes)).mesh), TETRA_POINTS[TETRA])


def test_several_pieces_are_one_surface(tmp_path):
    second = TEXT[TEXT.index("    <Piece") : TEXT.index("{pieces}")].format(
        **USUAL | {"places": " ".join(map(str, (TETRA_POINTS + 50).ravel()))}
    )
    found = read_mesh(by_hand(tmp_path, pieces=second + '<Piece NumberOfPoints="0" NumberOfPolys="0"/>'))
    assert np.array_equal(
        corners(found.mesh), np.concatenate([TETRA_POINTS[TETRA], (TETRA_POINTS + np.float32(50))[TETRA]])
    )


class TestHostile:
    @pytest.mark.parametrize(
        "changes",
        [
            {"points": "5"},
            {"points": "3"},
            {"points": "-4"},
            {"points": "999999999999999999"},
            {"points": "0"},
            {"polys": "5"},
            {"polys": "3"},
            {"polys": "0"},
            {"polys": "x"},
            {"strips": "1"},
            {"type": "String"},
            {"width": "2"},
            {"places": "1 2 3"},
            {"places": "nan " * 12},
            {"places": "1e39 " * 12},
            {"index": "Float32"},
            {"connectivity": "others"},
            {"corners": "0 1 2 " * 3 + "0 1 4"},
            {"corners": "0 1 2 " * 3 + "0 1 -1"},
            {"corners": "0 1 2"},
            {"ends": "3 6 9 15"},
            {"ends": "3 9 6 12"},
            {"ends": "-3 6 9 12"},
            {"ends": "0 0 0 0"},
            {"ends": "3 6 9 4000000000000000000"},
            {"format": "strange"},
            {"format": "appended", "offset": "1"},
            {"format": "appended", "offset": "99999"},
            {"format": "appended", "offset": "-1"},
            {"format": "appended", "start": ""},
            {"format": "appended", "encoding": "hex"},
            {"format": "binary", "corners": "!!!"},
        ],
    )
    def test_lies(self, changes, tmp_path):
        path = by_hand(tmp_path, **changes)
        with pytest.raises((DamagedFileError, BudgetError)) as refused:
            read_mesh(path)
        assert refused.value.where == str(path)

    def test_indices_beyond_int64(self, tmp_path):
        path = by_hand(tmp_path, index="UInt64", corners=str(2**64 - 1) + " 1 2" * 4, ends="3 6 9 9", polys="4")
        with pytest.raises(DamagedFileError):
            read_mesh(path)

    def test_other_kinds_of_vtk_files(self, tmp_path):
        for kind in ("ImageData", "UnstructuredGrid"):
            with pytest.raises(UnknownFormatError, match=f"VTK file of '{kind}'.*PolyData"):
                read_mesh(by_hand(tmp_path, file=kind))

    def test_other_packing(self, tmp_path):
        with pytest.raises(CodecError, match="vtkLZ4DataCompressor"):
            read_mesh(by_hand(tmp_path, more=' compressor="vtkLZ4DataCompressor"'))

    @pytest.mark.parametrize("opening", ['<!DOCTYPE a [<!ENTITY b "c">]>', "<![CDATA[x]]>", "<a>" * 5000])
    def test_what_is_no_plain_tag(self, opening, tmp_path):
        with pytest.raises(DamagedFileError):
            read_mesh(by_hand(tmp_path, field=opening))

    def test_a_bomb(self, tmp_path):
        packed = zlib.compress(bytes(1 << 20), 9)
        counts = struct.pack("<303Q", 300, 1 << 20, 0, *[len(packed)] * 300)
        text = base64.b64encode(counts).decode() + base64.b64encode(packed * 300).decode()
        path = by_hand(
            tmp_path,
            more=' compressor="vtkZLibDataCompressor"',
            format="binary",
            corners=text,
            polys="1",
            ends=str(300 << 18),
        )
        tracemalloc.start()
        with pytest.raises(BudgetError, match="314,572,800 bytes"):
            read_mesh(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 16 << 20
