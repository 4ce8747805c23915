from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.surface.meshes import ball, box, inside_out, placed, together
from vizmed.parts import Part
from vizmed.read.meshes import read_mesh
from vizmed.surface import measure
from vizmed.vtk_bridge import mesh_arrays, to_polydata
from vizmed.write import write_surface

BLOCK = box((60, 80, 70), (12, -30, 200))


@pytest.fixture
def block(tmp_path):
    return write_surface(BLOCK, tmp_path / "block.stl")


def opened(mesh):
    points, triangles = mesh_arrays(mesh)
    return to_polydata(points, triangles[1:])


def codes(told) -> list[str]:
    return [finding["code"] for finding in json.loads(told.out)["findings"]]


def test_it_tells_what_a_file_holds(vizmed, block):
    told = vizmed("mesh", block)
    assert (told.code, told.err) == (0, "")
    for line in (
        "format       STL",
        "frame        LPS",
        "unit         mm",
        "triangles    12, 8 points",
        "area         292.0 cm²",
        "volume       336.0 cm³",
        "form         closed, manifold, 1 piece, 0 holes through",
        "size         60.0 x 80.0 x 70.0 mm",
        "bounds       -18.0 to 42.0; -70.0 to 10.0; 165.0 to 235.0 mm (x; y; z, LPS)",
    ):
        assert line in told.out.splitlines()


def test_json_has_the_same(vizmed, block):
    told = vizmed("mesh", block, "--json")
    found = json.loads(told.out)
    assert told.err == ""
    assert (found["format"], found["frame"], found["unit"]) == ("STL", "LPS", "mm")
    assert found["volume_mm3"] == pytest.approx(336_000)
    assert found["bounds_mm"] == [[-18, 42], [-70, 10], [165, 235]]
    assert found["size_mm"] == [60, 80, 70]
    assert (found["closed"], found["manifold"], found["genus"], found["pieces"]) == (True, True, 0, 1)
    assert [part["name"] for part in found["parts"]] == ["surface"]
    assert (found["findings"], found["marks"], found["written"]) == ([], [], [])
    assert "walls" not in found


def test_parts_are_listed(vizmed, tmp_path):
    parts = [Part("bone", BLOCK, "#ffeedd"), Part("skin", ball(120.0), "#cc8866")]
    told = vizmed("mesh", write_surface(parts, tmp_path / "both.3mf"))
    assert told.code == 0
    assert "part         bone: 12 triangles" in told.out
    assert "part         skin: 13,920 triangles" in told.out


def test_a_frame_that_is_not_said_is_a_note(vizmed, tmp_path):
    (tmp_path / "a.obj").write_text("v 0 0 0\nv 9 0 0\nv 0 9 0\nv 0 0 9\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n")
    told = vizmed("mesh", tmp_path / "a.obj")
    assert told.code == 0
    assert "frame        LPS, assumed" in told.out
    assert "unit         mm, assumed" in told.out
    assert told.err.startswith("note: ")
    assert vizmed("mesh", tmp_path / "a.obj", "-q").err == ""


@pytest.mark.parametrize(
    ("mesh", "code", "told_as"),
    [
        (opened(BLOCK), "open-surface", "open along 3 edges"),
        (inside_out(BLOCK), "inside-out", "inside out"),
        (box((0.06, 0.08, 0.07)), "unit-doubtful", "1000"),
        (to_polydata(BLOCK.points, np.concatenate([mesh_arrays(BLOCK)[1]] * 2)), "duplicate-triangles", "12 triangles"),
    ],
)
def test_what_is_wrong_is_warned_of(vizmed, tmp_path, mesh, code, told_as):
    path = write_surface(mesh, tmp_path / "a.ply")
    told = vizmed("mesh", path)
    assert told.code == 5
    assert any(line.startswith("warning: ") and told_as in line for line in told.err.splitlines())
    assert code in codes(vizmed("mesh", path, "--json"))
    assert vizmed("mesh", path, "--strict").code == 1


def test_a_turned_triangle_is_warned_of(vizmed, tmp_path):
    points, triangles = mesh_arrays(BLOCK)
    triangles = triangles.copy()
    triangles[3] = triangles[3, ::-1]
    path = write_surface(to_polydata(points, triangles), tmp_path / "a.ply")
    assert "flipped-triangles" in codes(vizmed("mesh", path, "--json"))


@pytest.mark.parametrize(
    ("bed", "code", "row"),
    [
        ("100x100x100", 0, "100 x 100 x 100 mm: fits as it lies"),
        ("80X60x70", 0, "fits with its front-back along x, its left-right along y, its head-foot upright"),
        ("70x80x60", 0, "its left-right upright"),
        ("30x40x35", 5, "too small; at 0.500 of its size it fits"),
    ],
)
def test_the_bed(vizmed, block, bed, code, row):
    told = vizmed("mesh", block, "--bed", bed)
    assert told.code == code
    assert row in told.out
    assert ("fits on the bed in no turn" in told.err) == (code == 5)


def test_walls(vizmed, tmp_path):
    thin = write_surface(placed(box((60, 60, 0.6))), tmp_path / "thin.stl")
    told = vizmed("mesh", thin, "--wall", "0.8")
    assert told.code == 5
    assert "walls thinner than 0.8 mm" in told.err
    assert "1 % below 0.60 mm, the thinnest 0.60 mm at (" in told.out
    assert "of 14,000 places" in told.out
    assert vizmed("mesh", thin, "--wall", "0.5").code == 0
    found = json.loads(vizmed("mesh", thin, "--wall", "0.8", "--json").out)["walls"]
    assert found["share_below"] == pytest.approx(60 * 60 / (60 * 60 + 2 * 60 * 0.6), abs=0.005)
    assert found["least_mm"] == pytest.approx(0.6, rel=0.05)


def test_walls_of_a_sheet_are_not_known(vizmed, tmp_path):
    sheet = to_polydata(np.array([[0, 0, 0], [50, 0, 0], [0, 50, 0]], np.float32), np.array([[0, 1, 2]]))
    told = vizmed("mesh", write_surface(sheet, tmp_path / "a.stl"), "--wall", "1", "--json")
    assert {"open-surface", "walls-unknown"} <= set(codes(told))
    assert json.loads(told.out)["walls"]["least_mm"] is None


def test_two_files_are_compared(vizmed, tmp_path):
    small, large = (write_surface(ball(radius, rings=30), tmp_path / f"{radius}.stl") for radius in (30, 32))
    told = vizmed("mesh", small, "--compare", large)
    assert (told.code, told.err) == (0, "")
    assert "compared     32.stl" in told.out
    rows = {line[:13].strip(): line[13:] for line in told.out.splitlines()}
    assert rows["to it"].startswith("2 mm in the mean, 95 % within 2 mm")
    assert rows["more volume"].endswith(f" cm³ ({100 * (30**3 / 32**3 - 1):.1f} %)")
    assert rows["more area"].endswith(f" cm² ({100 * (30**2 / 32**2 - 1):.1f} %)")
    found = json.loads(vizmed("mesh", small, "--compare", large, "--json").out)["compared"]
    assert found["there"]["max_mm"] == pytest.approx(2, abs=0.05)
    assert found["back"]["mean_mm"] == pytest.approx(2, abs=0.05)


def test_another_frame_is_warned_of(vizmed, tmp_path):
    points, triangles = mesh_arrays(BLOCK)
    ras = to_polydata((points * [-1, -1, 1]).astype(np.float32), triangles)
    other = write_surface(ras, tmp_path / "other.stl")
    told = vizmed("mesh", write_surface(BLOCK, tmp_path / "a.stl"), "--compare", other)
    assert told.code == 5
    assert "the other in RAS" in told.err


@pytest.mark.gl
@pytest.mark.parametrize("words", [(), ("--wall", "0.8"), ("--compare", "other.stl"), ("--mark",)])
def test_it_draws(vizmed, block, tmp_path, words):
    other = write_surface(box((62, 82, 72), (12, -30, 200)), tmp_path / "other.stl")
    words = tuple(other if word == "other.stl" else word for word in words)
    told = vizmed("mesh", block, "-o", tmp_path / "a.png", *words)
    assert told.code == 0, told.err
    assert f"written      {tmp_path / 'a.png'}" in told.out
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (1600, 1000)
        assert len(picture.getcolors(1 << 24)) > 500


def test_marks_are_written(vizmed, block, tmp_path):
    told = vizmed("mesh", block, "--mark", "--scale-bar", "30", "--write", tmp_path / "marked.stl")
    assert told.code == 0, told.err
    left, right, bar = [line for line in told.out.splitlines() if line.startswith("mark ")]
    assert left.startswith("mark         L at (42.0, ")
    assert right.startswith("mark         R at (-18.0, ")
    assert bar.startswith("mark         30 mm at (")
    written = read_mesh(tmp_path / "marked.stl")
    assert (written.frame, len(written.parts)) == ("LPS", 1)
    found = measure(written.mesh)
    assert found.manifold
    assert found.volume_mm3 > 336_000


def test_the_largest_part_is_marked_and_the_others_stay(vizmed, tmp_path):
    parts = [Part("small", ball(10.0), "#ff0000"), Part("large", BLOCK, "#00ff00")]
    path = write_surface(parts, tmp_path / "a.3mf")
    assert vizmed("mesh", path, "--mark", "--write", tmp_path / "b.3mf").code == 0
    small, large = read_mesh(tmp_path / "b.3mf").parts
    assert (small.name, large.name) == ("small", "large")
    assert np.array_equal(small.mesh.points, read_mesh(path).parts[0].mesh.points)
    assert large.mesh.n_points > 100


def test_it_writes_without_marks_too(vizmed, block, tmp_path):
    assert vizmed("mesh", block, "--write", tmp_path / "a.glb").code == 0
    assert np.array_equal(read_mesh(tmp_path / "a.glb").mesh.points, read_mesh(block).mesh.points)


@pytest.mark.parametrize(
    ("words", "code", "found"),
    [
        (("--mark",), 2, "--write"),
        (("--scale-bar", "50"), 2, "--write"),
        (("--wall", "0"), 2, "above 0"),
        (("--wall", "nan"), 2, "above 0"),
        (("--bed", "100x100"), 2, "3 numbers"),
        (("--bed", "0x1x1"), 2, "above 0"),
        (("--compare", "block.stl", "--wall", "1", "-o", "a.png"), 2, "distances or walls"),
        (("-o", "a.jpg"), 1, "'.jpg'"),
        (("--write", "a.xyz", "--mark"), 1, "'.xyz'"),
        (("--write", "block.stl"), 1, "the file exists"),
        (("--scale-bar", "0", "--write", "a.stl"), 2, "1 mm or longer"),
        (("--compare", "nothing.stl"), 1, "no such file"),
    ],
)
def test_what_makes_no_sense_is_refused(vizmed, block, tmp_path, monkeypatch, words, code, found):
    monkeypatch.chdir(tmp_path)
    told = vizmed("mesh", block, *words)
    assert told.code == code
    assert found in told.err
    assert told.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["block.stl"]


def test_what_is_open_takes_no_marks(vizmed, tmp_path):
    path = write_surface(opened(BLOCK), tmp_path / "a.stl")
    told = vizmed("mesh", path, "--mark", "--write", tmp_path / "b.stl")
    assert told.code == 1
    assert "3 open edges" in told.err
    assert not (tmp_path / "b.stl").exists()


def test_without_manifold3d_it_says_what_to_install(vizmed, block, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "manifold3d", None)
    told = vizmed("mesh", block, "--mark", "--write", tmp_path / "b.stl")
    assert told.code == 4
    assert "vizmed[print]" in told.err
    assert vizmed("mesh", block).code == 0


def test_its_help_imports_nothing_heavy():
    script = """
import sys
from vizmed.cli import main
main(["mesh", "--help"])
print("HEAVY", {"numpy", "pyvista", "vtkmodules", "manifold3d", "PIL"} & {name.split(".")[0] for name in sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "HEAVY set()"


def test_the_same_report_each_time(vizmed, tmp_path):
    path = write_surface(together(ball(20.0, rings=20), box((3, 50, 50), (40, 0, 0))), tmp_path / "a.stl")
    words = ("mesh", path, "--wall", "1", "--bed", "50x50x50", "--json")
    assert vizmed(*words) == vizmed(*words)
