"""What vizmed writes, vizmed reads: the same points and triangles, names and colours, wherever the frame is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.phantoms import ellipsoid, geometries
from tests.read.meshes.shapes import POINTS, TETRA, TETRA_POINTS, TRIANGLES, codes, corners, volume_mm3
from vizmed.parts import Part
from vizmed.read.meshes import read_mesh
from vizmed.surface import extract_surface
from vizmed.vtk_bridge import mesh_arrays, to_polydata
from vizmed.write import write_surface

PARTS = (
    Part("bone", to_polydata(POINTS, TRIANGLES), "#e8dcc3"),
    Part("skin of the head", to_polydata(TETRA_POINTS - np.float32(250), TETRA), "#01ab7f"),
    Part("l\N{LATIN SMALL LETTER U WITH DIAERESIS}ng", to_polydata(TETRA_POINTS / np.float32(3), TETRA), "#0000ff"),
)
ALL = np.concatenate([corners(part.mesh) for part in PARTS])

ENDINGS = (".stl", ".ply", ".obj", ".vtp", ".glb", ".3mf")
KEEP_NAMES = {".vtp": str, ".glb": str, ".3mf": str, ".obj": lambda name: name.replace(" ", "_")}
KEEP_COLORS = (".ply", ".vtp", ".glb", ".3mf")


@pytest.fixture(params=ENDINGS)
def ending(request) -> str:
    return request.param


@pytest.mark.parametrize("frame", ["lps", "ras", "centered"])
def test_parts(ending, frame, tmp_path):
    found = read_mesh(write_surface(PARTS, tmp_path / f"a{ending}", frame=frame))
    if frame == "centered":
        assert corners(found.mesh) == pytest.approx(ALL, abs=1e-4)
    else:
        assert np.array_equal(corners(found.mesh), ALL)
    assert (found.frame, found.unit) == ("RAS" if frame == "ras" else "LPS", "mm")
    assert codes(found) == []
    if ending in KEEP_NAMES:
        assert [part.name for part in found.parts] == [KEEP_NAMES[ending](part.name) for part in PARTS]
    if ending in KEEP_COLORS:
        assert [part.color for part in found.parts] == [part.color for part in PARTS]
    if len(found.parts) > 1:
        assert [volume_mm3(part.mesh) for part in found.parts] == pytest.approx(
            [volume_mm3(part.mesh) for part in PARTS], abs=0.1
        )
    else:
        assert ending == ".stl"


@pytest.mark.parametrize("frame", ["lps", "ras", "centered"])
def test_text(frame, tmp_path):
    found = read_mesh(write_surface(PARTS, tmp_path / "a.stl", frame=frame, ascii=True))
    assert [part.name for part in found.parts][:2] == ["bone", "skin_of_the_head"]
    assert corners(found.mesh) == pytest.approx(ALL, abs=1e-4 if frame == "centered" else 0)
    assert codes(found) == []


@pytest.mark.parametrize("kind", ["rotated left-handed", "rotated and sheared"])
def test_a_surface_of_a_scan(ending, kind, tmp_path):
    surface = extract_surface(ellipsoid(geometries()[kind])[0], 0)
    found = read_mesh(write_surface(surface, tmp_path / f"a{ending}"))
    assert np.array_equal(corners(found.mesh), corners(surface))
    assert codes(found) == []
    if ending != ".stl":
        for ours, theirs in zip(mesh_arrays(found.mesh), mesh_arrays(surface), strict=True):
            assert np.array_equal(ours, theirs)
    assert found.mesh.n_points == surface.n_points
    (part,) = found.parts
    assert part.name == "surface"


def test_written_again_it_is_the_same_file(ending, tmp_path):
    first = write_surface(PARTS, tmp_path / f"a{ending}")
    second = write_surface(read_mesh(first).parts, tmp_path / f"b{ending}")
    assert Path(first).read_bytes() == Path(second).read_bytes()


def test_every_colour_of_grey(ending, tmp_path):
    if ending not in KEEP_COLORS:
        return
    greys = [f"#{n:02x}{255 - n:02x}{n:02x}" for n in range(0, 256, 3)]
    parts = [Part(f"n{n}", to_polydata(TETRA_POINTS + np.float32(n), TETRA), grey) for n, grey in enumerate(greys)]
    found = read_mesh(write_surface(parts, tmp_path / f"a{ending}"))
    assert [part.color for part in found.parts] == greys
