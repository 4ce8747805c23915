"""A surface in a file lies where other programs look for it: nibabel, SimpleITK, 3D Slicer, and what opens glTF."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path

import lib3mf
import nibabel as nib
import numpy as np
import pytest
import pyvista
import SimpleITK
import trimesh
from nibabel.affines import apply_affine
from vtkmodules.vtkIOGeometry import vtkOBJReader, vtkSTLReader
from vtkmodules.vtkIOPLY import vtkPLYReader
from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

from tests.phantoms import SPACING_MM, geometries, rotation, sheared_direction
from tests.surface.oracles import as_trimesh
from tests.surface.solids import UNITS_PER_MM, Torus, depths, interpolation_error_mm, off_centre, roomy
from vizmed.parts import Frame
from vizmed.read import read
from vizmed.surface import extract_surface
from vizmed.vtk_bridge import mesh_arrays
from vizmed.write import SURFACE_ENDINGS, write_surface, write_volume

FRAMES = ("lps", "ras", "centered")

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])
"""3D Slicer's and nibabel's frame from DICOM's: x and y the other way round."""

GLTF_TO_LPS = 1000 * np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
"""glTF 2.0, 3.4: metres, +Y up, an asset's front towards +Z and its right towards -X. So the patient's left is x of
both, the back is -Z, and the head is Y."""

SHAPE = (6, 7, 8)
CORNERS = [(0, 0, 0), (5, 0, 7), (5, 6, 0)]
HALF_STEPS = np.concatenate([0.5 * np.eye(3), -0.5 * np.eye(3)])


def from_lib3mf(path: Path) -> trimesh.Trimesh:
    model = lib3mf.get_wrapper().CreateModel()
    model.QueryReader("3mf").ReadFromFile(str(path))
    meshes = model.GetMeshObjects()
    assert meshes.MoveNext()
    item = meshes.GetCurrentMeshObject()
    points = [vertex.Coordinates[:] for vertex in item.GetVertices()]
    return trimesh.Trimesh(points, [triangle.Indices[:] for triangle in item.GetTriangleIndices()], process=False)


def from_trimesh(path: Path) -> trimesh.Trimesh:
    return trimesh.load_mesh(path, process=False)


def from_gltf(path: Path) -> trimesh.Trimesh:
    """In LPS mm, after all that the scene's nodes do to it."""
    return trimesh.load_scene(path, process=False).to_mesh().apply_transform(_affine(GLTF_TO_LPS))


READERS: dict[str, Callable[[Path], trimesh.Trimesh]] = {
    ".stl": from_trimesh,
    ".ply": from_trimesh,
    ".obj": from_trimesh,
    ".vtp": lambda path: as_trimesh(pyvista.read(path)),
    ".glb": from_gltf,
    ".3mf": from_lib3mf,
}


def _affine(matrix: np.ndarray) -> np.ndarray:
    whole = np.eye(4)
    whole[:3, :3] = matrix
    return whole


def in_lps(found: trimesh.Trimesh, frame: Frame, ending: str, middle: np.ndarray) -> trimesh.Trimesh:
    """Undo what a frame does; a GLB's nodes turn RAS back by themselves, but move nothing."""
    if frame == "ras" and ending != ".glb":
        return found.apply_transform(_affine(LPS_TO_RAS))
    return found.apply_translation(middle) if frame == "centered" else found


def test_every_ending_has_its_reader():
    assert tuple(READERS) == SURFACE_ENDINGS


RING_GRID = roomy(SPACING_MM, rotation((1, 2, 3), 33) @ sheared_direction(20) @ np.diag([1, -1, 1]))
"""Oblique, sheared, left-handed."""


@cache
def ring() -> tuple[pyvista.PolyData, Torus, float]:
    """A ring in that grid, and how far its points may lie from it."""
    solid = Torus(off_centre(RING_GRID))
    return extract_surface(depths(solid, RING_GRID), 0), solid, interpolation_error_mm(solid, max(SPACING_MM))


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("ending", READERS)
def test_a_ring_is_the_same_ring_in_every_file(ending, frame, tmp_path):
    mesh, solid, off_mm = ring()
    found = READERS[ending](write_surface(mesh, tmp_path / f"ring{ending}", frame=frame))
    assert found.volume == pytest.approx(solid.volume_mm3, rel=0.01)  # above 0: no frame turns it inside out
    if frame == "centered":
        assert found.bounds.mean(axis=0) == pytest.approx(0, abs=1e-3)
    back = in_lps(found, frame, ending, as_trimesh(mesh).bounds.mean(axis=0))
    assert np.linalg.norm(back.center_mass - solid.centre) < 0.05
    assert np.abs(solid.depth(back.vertices)).max() < off_mm + 1e-3  # a centre is said in six digits
    assert (back.face_normals * solid.outward(back.triangles_center)).sum(axis=1).min() > 0.9


NIFTIS = {
    name: geometries(SHAPE)[name] for name in ("identity", "flipped", "rotated left-handed", "rotated and sheared")
}


def nifti_of_one_voxel(folder: Path, name: str, corner: tuple[int, int, int]) -> Path:
    """A NIfTI by nibabel, 1000 in one voxel and 0 elsewhere."""
    values = np.zeros(SHAPE, np.float32)
    values[corner] = 1000
    image = nib.Nifti1Image(values, NIFTIS[name].affine_ras)
    image.header.set_xyzt_units("mm")
    nib.save(image, folder / "one.nii")
    return folder / "one.nii"


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("name", NIFTIS)
def test_a_corner_voxel_of_a_nifti_lies_where_nibabel_says(name, corner, tmp_path):
    """At half of its value it is the octahedron of the points midway to its neighbours, or its faces on the border."""
    path = nifti_of_one_voxel(tmp_path, name, corner)
    mesh = extract_surface(read(path), 500)
    ras = apply_affine(nib.load(path).affine, corner + HALF_STEPS)
    for ending, frame in product(READERS, ("lps", "ras")):
        found = READERS[ending](write_surface(mesh, tmp_path / f"{frame}{ending}", frame=frame))
        assert found.volume > 0
        expected = ras @ LPS_TO_RAS if frame == "lps" or ending == ".glb" else ras
        assert_same_places(found.vertices, expected)


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("name", [name for name in NIFTIS if "sheared" not in name])  # ITK knows no shear
def test_a_corner_voxel_of_a_nifti_lies_where_itk_says(name, corner, tmp_path):
    path = nifti_of_one_voxel(tmp_path, name, corner)
    image = SimpleITK.ReadImage(str(path))
    write_surface(extract_surface(read(path), 500), tmp_path / "a.stl")
    expected = [image.TransformContinuousIndexToPhysicalPoint(place.tolist()) for place in corner + HALF_STEPS]
    assert_same_places(from_trimesh(tmp_path / "a.stl").vertices, np.array(expected))


@pytest.mark.parametrize("ending", READERS)
def test_a_surface_fits_the_nifti_of_its_volume(ending, tmp_path):
    """In nibabel's hands alone, the voxels have the surface's value at its vertices: 0."""
    mesh, solid, _ = ring()
    write_volume(depths(solid, RING_GRID), tmp_path / "ring.nii")
    image = nib.load(tmp_path / "ring.nii")
    found = READERS[ending](write_surface(mesh, tmp_path / f"ring{ending}", frame="ras"))
    vertices = found.vertices @ LPS_TO_RAS if ending == ".glb" else found.vertices
    ijk = apply_affine(np.linalg.inv(image.affine), vertices)
    assert np.abs(np.sort(np.abs(ijk - np.rint(ijk)), axis=1)[:, :2]).max() < 1e-3  # each on an edge of the grid
    low, high = np.floor(ijk + 1e-3).astype(int), np.ceil(ijk - 1e-3).astype(int)
    values, part = image.get_fdata(), (ijk - low).sum(axis=1)
    at_vertices = (1 - part) * values[tuple(low.T)] + part * values[tuple(high.T)]
    assert np.abs(at_vertices).max() < 1e-3 * UNITS_PER_MM


def assert_same_places(found: np.ndarray, expected: np.ndarray) -> None:
    apart = np.linalg.norm(found[:, None] - expected, axis=2)
    assert apart.min(axis=0).max() < 1e-4
    assert apart.min(axis=1).max() < 1e-4


def as_slicer_reads(path: Path) -> pyvista.PolyData:
    """In RAS mm, as 3D Slicer's vtkMRMLModelStorageNode takes a file: by the first SPACE that VTK's reader tells it."""
    reader = {".stl": vtkSTLReader, ".ply": vtkPLYReader, ".obj": vtkOBJReader, ".vtp": vtkXMLPolyDataReader}[
        path.suffix
    ]()
    reader.SetFileName(str(path))
    reader.Update()
    mesh = pyvista.wrap(reader.GetOutput())
    if path.suffix == ".vtp":
        said = "SPACE=" + mesh.GetFieldData().GetAbstractArray("SPACE").GetValue(0)
    elif path.suffix == ".ply":
        comments = reader.GetComments()
        said = " ".join(comments.GetValue(n) for n in range(comments.GetNumberOfValues()))
    else:
        said = reader.GetHeader() if path.suffix == ".stl" else reader.GetComment()
    assert ("SPACE=RAS" in said) != ("SPACE=LPS" in said)
    if "SPACE=LPS" in said:
        mesh.points = np.asarray(mesh.points) @ LPS_TO_RAS.astype(np.float32)
    return mesh


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("name", ["a.stl", "ascii.stl", "a.ply", "a.obj", "a.vtp"])
def test_slicer_puts_it_where_it_is(name, frame, tmp_path):
    mesh, _, _ = ring()
    path = write_surface(mesh, tmp_path / name, frame=frame, ascii=name.startswith("ascii"))
    points, triangles = mesh_arrays(as_slicer_reads(path))
    original, same = mesh_arrays(mesh)
    middle = as_trimesh(mesh).bounds.mean(axis=0) if frame == "centered" else 0
    assert np.abs(points[triangles] - ((original - middle) @ LPS_TO_RAS)[same]).max() < 1e-3
