"""VTK image data written: read back by VTK's own reader."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOXML import vtkXMLImageDataReader

from tests.contracts.writer import SMALL, WriterContract
from tests.phantoms import asymmetric, geometries
from vizmed.geometry import Geometry
from vizmed.write.vti import write_vti


def read_with_vtk(path):
    reader = vtkXMLImageDataReader()
    reader.SetFileName(str(path))
    reader.Update()
    assert reader.GetErrorCode() == 0
    return reader.GetOutput()


class TestVti(WriterContract):
    name = "scan.vti"
    holds_shear = False
    tolerance_mm = 1e-9
    read_by_vizmed = False

    def read_back(self, path):
        image = read_with_vtk(path)
        values = vtk_to_numpy(image.GetPointData().GetScalars())
        matrix = image.GetIndexToPhysicalMatrix()
        affine = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
        return values.reshape(image.GetDimensions(), order="F"), Geometry(image.GetDimensions(), affine)


class TestVtiDeflated(TestVti):
    compressed = True


@pytest.mark.parametrize("compressed", [False, True])
def test_frame_and_unit_are_said(compressed, tmp_path):
    (path,) = write_vti(asymmetric(SMALL["rotated"]), tmp_path / "a.vti", compressed=compressed)
    fields = read_with_vtk(path).GetFieldData()
    assert fields.GetAbstractArray("SPACE").GetValue(0) == "LPS"
    assert fields.GetAbstractArray("UNIT").GetValue(0) == "mm"


@pytest.mark.parametrize("block_bytes", [1, 2 * 44 * 38 * 10, 1 << 20])
def test_blocks_of_any_size(block_bytes, tmp_path, monkeypatch):
    """One slice to a block, ten with one left over, and all in one."""
    monkeypatch.setattr("vizmed.write.vti.DEFLATED_BYTES", block_bytes)
    volume = asymmetric(geometries()["rotated"])
    (path,) = write_vti(volume, tmp_path / "a.vti", compressed=True)
    values = vtk_to_numpy(read_with_vtk(path).GetPointData().GetScalars())
    assert np.array_equal(values.reshape(volume.shape, order="F"), volume.voxels)
    assert path.stat().st_size < volume.voxels.nbytes


def test_blocks_are_zlib(tmp_path):
    volume = asymmetric(SMALL["rotated"])
    (path,) = write_vti(volume, tmp_path / "a.vti", compressed=True)
    data = path.read_bytes().partition(b'<AppendedData encoding="raw">\n_')[2]
    count, block, rest, size = np.frombuffer(data[:32], "<u8").tolist()
    assert (count, rest) == (1, volume.voxels.nbytes % block)
    assert zlib.decompress(data[32 : 32 + size]) == volume.voxels.tobytes(order="F")


def test_pyvista_reads_it(tmp_path):
    import pyvista

    volume = asymmetric(geometries()["rotated left-handed"])
    image = pyvista.read(write_vti(volume, tmp_path / "a.vti")[0])
    assert np.allclose(image.direction_matrix, volume.geometry.direction)
    assert np.allclose(image.spacing, volume.geometry.spacing)
    assert np.array_equal(image["values"].reshape(volume.shape, order="F"), volume.voxels)
