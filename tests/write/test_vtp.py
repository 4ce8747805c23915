"""VTK polygons written: read back by VTK's own reader."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

from tests.contracts.mesh_writer import ODD_NAMES, MeshWriterContract, ball, corners_of, tetrahedron
from vizmed.errors import WriteError
from vizmed.parts import Part
from vizmed.vtk_bridge import mesh_arrays, to_polydata
from vizmed.write import stream, vtp
from vizmed.write.vtp import write_vtp

PARTS = (Part("a", ball(), "#010203"), Part("b", tetrahedron(), "#fffefd"))


def read_with_vtk(path):
    reader = vtkXMLPolyDataReader()
    reader.SetFileName(str(path))
    reader.Update()
    assert reader.GetErrorCode() == 0
    return reader.GetOutput()


def names_in(mesh) -> list[str]:
    fields = mesh.GetFieldData().GetAbstractArray("PARTS")
    return [fields.GetValue(n) for n in range(fields.GetNumberOfValues())] if fields else []


class TestVtp(MeshWriterContract):
    name = "a.vtp"

    def read_back(self, path):
        mesh = read_with_vtk(path)
        names, corners = names_in(mesh), corners_of(mesh)
        if not names:
            return {"": corners}
        part = vtk_to_numpy(mesh.GetCellData().GetArray("part"))
        return {name: corners[part == n] for n, name in enumerate(names)}

    def said(self, path):
        fields = read_with_vtk(path).GetFieldData()
        centred = fields.GetArray("CENTERED")
        centre = None if centred is None else tuple(vtk_to_numpy(centred).tolist())
        return *(fields.GetAbstractArray(name).GetValue(0) for name in ("SPACE", "UNIT")), centre

    def colors(self, path):
        mesh = read_with_vtk(path)
        part = vtk_to_numpy(mesh.GetCellData().GetArray("part"))
        of_corners = vtk_to_numpy(mesh.GetPointData().GetScalars("color"))[mesh_arrays(mesh)[1]]
        found = {}
        for n, name in enumerate(names_in(mesh)):
            (color,) = np.unique(of_corners[part == n].reshape(-1, 3), axis=0).tolist()
            found[name] = "#{:02x}{:02x}{:02x}".format(*color)
        return found


def test_one_mesh_has_no_arrays_but_its_own(tmp_path):
    write_vtp(ball(), tmp_path / "a.vtp")
    read = read_with_vtk(tmp_path / "a.vtp")
    assert read.GetCellData().GetNumberOfArrays() == read.GetPointData().GetNumberOfArrays() == 0
    assert all(np.array_equal(*pair) for pair in zip(mesh_arrays(read), mesh_arrays(ball()), strict=True))


def test_parts_of_one_colour_have_none(tmp_path):
    write_vtp([Part("a", ball(), "#ABCDEF"), Part("b", ball(), "#abcdef")], tmp_path / "a.vtp")
    read = read_with_vtk(tmp_path / "a.vtp")
    assert read.GetPointData().GetNumberOfArrays() == 0
    assert read.GetNumberOfPoints() == 2 * ball().n_points


def test_names_in_other_scripts(tmp_path):
    write_vtp([Part(name, tetrahedron()) for name in ODD_NAMES], tmp_path / "a.vtp")
    assert {"Schädel 頭", "left & right", "left & right-2", "surface"} < set(
        names_in(read_with_vtk(tmp_path / "a.vtp"))
    )


@pytest.mark.parametrize("block", [1, 999, 10**6])
def test_the_same_bytes_in_any_blocks(block, tmp_path, monkeypatch):
    write_vtp(PARTS, tmp_path / "a.vtp")
    monkeypatch.setattr(vtp, "BLOCK", block)
    monkeypatch.setattr(stream, "EARLY_BYTES", 1000)
    write_vtp(PARTS, tmp_path / "b.vtp")
    assert (tmp_path / "a.vtp").read_bytes() == (tmp_path / "b.vtp").read_bytes()


@pytest.mark.parametrize(("points", "triangles", "what"), [(8, 1, "8 points"), (4, 9, "9 triangles")])
def test_more_than_the_format_counts_is_refused(points, triangles, what, tmp_path, monkeypatch):
    monkeypatch.setattr(vtp, "MOST_POINTS", 7)
    monkeypatch.setattr(vtp, "MOST_TRIANGLES", 7)
    mesh = to_polydata(np.eye(points, 3), np.tile([0, 1, 2], (triangles, 1)))
    with pytest.raises(WriteError, match=f"{what}.*no more than 7"):
        write_vtp(mesh, tmp_path / "a.vtp")
    assert list(tmp_path.iterdir()) == []
