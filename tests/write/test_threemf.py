"""3MF written: read back by lib3mf, the 3MF Consortium's own reader, which says nothing against it."""

from __future__ import annotations

import zipfile
from xml.etree import ElementTree as ET

import lib3mf
import numpy as np
import pytest

from tests.contracts.mesh_writer import APEXES_MM, OUTWARD, MeshWriterContract, ball, frame_in, tetrahedron
from vizmed.errors import WriteError
from vizmed.parts import Part
from vizmed.vtk_bridge import to_polydata
from vizmed.write import stream, threemf
from vizmed.write.threemf import write_3mf

MILLIMETRE = 1
"""The number of ``eModelUnit`` MilliMeter."""


def read_with_lib3mf(path):
    model = lib3mf.get_wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(path))
    assert reader.GetWarningCount() == 0
    assert model.GetUnit() == MILLIMETRE
    return model


def objects_in(model) -> list:
    """All objects, each of which must be in what is built, where its coordinates say."""
    found, items = [], model.GetBuildItems()
    while items.MoveNext():
        assert not items.GetCurrent().HasObjectTransform()
        found.append(model.GetMeshObjectByID(items.GetCurrent().GetObjectResourceID()))
    assert model.GetMeshObjects().Count() == len(found)
    return found


class Test3mf(MeshWriterContract):
    name = "a.3mf"
    keeps_folded = False

    def read_back(self, path):
        corners = {}
        for item in objects_in(read_with_lib3mf(path)):
            points = np.array([point.Coordinates[:] for point in item.GetVertices()])
            triangles = np.array([triangle.Indices[:] for triangle in item.GetTriangleIndices()])
            corners[item.GetName()] = points[triangles]
        return corners

    def said(self, path):
        model = read_with_lib3mf(path)
        said = model.GetMetaDataGroup()
        texts = {said.GetMetaData(n).GetName(): said.GetMetaData(n).GetValue() for n in range(said.GetMetaDataCount())}
        assert texts.keys() == {"Application", "Description"}
        return frame_in(texts["Description"])

    def colors(self, path):
        model, found = read_with_lib3mf(path), {}
        for item in objects_in(model):
            group, number, is_there = item.GetObjectLevelProperty()
            assert is_there
            color = model.GetBaseMaterialGroupByID(group).GetDisplayColor(number)
            assert color.Alpha == 255
            found[item.GetName()] = f"#{color.Red:02x}{color.Green:02x}{color.Blue:02x}"
        return found


def test_a_closed_surface_is_manifold_and_oriented(tmp_path):
    write_3mf([Part("bone", ball()), Part("a", tetrahedron())], tmp_path / "a.3mf")
    for item in objects_in(read_with_lib3mf(tmp_path / "a.3mf")):
        assert item.IsValid()
        assert item.IsManifoldAndOriented()


def test_an_open_surface_is_written_as_it_is(tmp_path):
    write_3mf(to_polydata(APEXES_MM, OUTWARD[:3]), tmp_path / "a.3mf")
    (item,) = objects_in(read_with_lib3mf(tmp_path / "a.3mf"))
    assert item.GetTriangleCount() == 3
    assert not item.IsManifoldAndOriented()


def test_nothing_but_folded_triangles_is_nothing(tmp_path):
    folded = to_polydata(APEXES_MM, np.array([[0, 0, 1], [2, 3, 2]]))
    with pytest.raises(WriteError, match=r"'fold'.*point twice"):
        write_3mf([Part("a", tetrahedron()), Part("fold", folded)], tmp_path / "a.3mf")
    assert list(tmp_path.iterdir()) == []


def test_the_archive(tmp_path):
    write_3mf([Part("b & c", tetrahedron(), "#abcdef")], tmp_path / "a.3mf")
    with zipfile.ZipFile(tmp_path / "a.3mf") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["[Content_Types].xml", "_rels/.rels", "3D/3dmodel.model"]
        for entry in archive.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert (entry.create_system, entry.compress_type) == (0, zipfile.ZIP_DEFLATED)
        model = ET.fromstring(archive.read("3D/3dmodel.model"))  # noqa: S314 (our own)
    core = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"
    assert model.attrib["unit"] == "millimeter"
    (item,) = model.iter(f"{core}object")
    (base,) = model.iter(f"{core}base")
    assert item.attrib == {"id": "2", "type": "model", "name": "b & c", "pid": "1", "pindex": "0"}
    assert base.attrib == {"name": "b & c", "displaycolor": "#ABCDEF"}
    assert [vertex.attrib for vertex in model.iter(f"{core}vertex")][3] == {"x": "10", "y": "-20", "z": "36"}
    assert [triangle.attrib for triangle in model.iter(f"{core}triangle")][2] == {"v1": "1", "v2": "2", "v3": "3"}


@pytest.mark.parametrize("rows", [1, 7, 10**6])
def test_the_same_model_in_any_blocks(rows, tmp_path, monkeypatch):
    write_3mf(ball(), tmp_path / "a.3mf")
    monkeypatch.setattr(stream, "ROWS", rows)
    monkeypatch.setattr(threemf, "ROWS", rows)
    write_3mf(ball(), tmp_path / "b.3mf")
    one, other = (zipfile.ZipFile(tmp_path / name).read("3D/3dmodel.model") for name in ("a.3mf", "b.3mf"))
    assert one == other


def test_large_archives_have_long_sizes(tmp_path, monkeypatch):
    """Past 2 GiB a model's size needs zip's 64 bits; that must be known before it is written."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 700)
    write_3mf(ball(), tmp_path / "a.3mf")
    assert objects_in(read_with_lib3mf(tmp_path / "a.3mf"))[0].GetTriangleCount() == ball().n_cells


@pytest.mark.parametrize(("points", "triangles", "what"), [(8, 1, "8 points"), (4, 9, "9 triangles")])
def test_more_than_the_format_counts_is_refused(points, triangles, what, tmp_path, monkeypatch):
    monkeypatch.setattr(threemf, "MOST", 7)
    mesh = to_polydata(np.eye(points, 3), np.tile([0, 1, 2], (triangles, 1)))
    with pytest.raises(WriteError, match=f"{what}.*no more than 7"):
        write_3mf(mesh, tmp_path / "a.3mf")
    assert list(tmp_path.iterdir()) == []
