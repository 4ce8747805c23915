"""`vizmed labels`: a folder of meshes that fit together, a table, and a scene."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import trimesh

from tests.cli.test_imports import HEAVY, imported_by
from tests.phantoms import geometries
from tests.read.labels.label_files import write_seg
from tests.surface.label_phantoms import boxes
from vizmed.geometry import Geometry
from vizmed.read.meshes import read_mesh
from vizmed.surface.labels import SMOOTH
from vizmed.volume import Volume
from vizmed.write import write_volume

TWO = boxes((12, 10, 8), np.s_[2:6, 2:8, 2:6], np.s_[6:10, 3:7, 1:7])
"""96 voxels each; the first has a smaller i."""

GRID = geometries(TWO.shape)["rotated left-handed"]


@pytest.fixture
def mask(tmp_path) -> Path:
    """Give a label map of two boxes that touch, in a folder with a table of their names."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "names.csv").write_text("number,name,color\n1,left lung,#3366cc\n2,heart,#cc2211\n")
    (path,) = write_volume(Volume(np.asfortranarray(TWO), GRID), folder / "mask.nii.gz")
    return path


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_mesh_a_label_a_table_and_a_scene(vizmed, mask, tmp_path):
    out = tmp_path / "out"
    told = vizmed("labels", mask, "-o", out, "--table", mask.parent / "names.csv")
    assert told.code == 0, told.err
    assert sorted(contents(out)) == ["heart.stl", "labels.csv", "left_lung.stl", "scene.glb"]
    for row, number in zip(table(out), (1, 2), strict=True):
        mesh = trimesh.load_mesh(out / row["file"])
        assert b"SPACE=LPS" in (out / row["file"]).read_bytes()[:80]
        assert mesh.is_watertight
        assert mesh.is_winding_consistent
        fill = 96 * np.prod(GRID.spacing)
        assert (row["number"], row["voxels"], row["closed"], row["pieces"]) == (str(number), "96", "yes", "1")
        assert float(row["voxels_mm3"]) == pytest.approx(fill, abs=1e-3)
        assert float(row["mesh_mm3"]) == pytest.approx(mesh.volume, rel=1e-4) == pytest.approx(fill, rel=1e-3)
        assert float(row["area_mm2"]) == pytest.approx(mesh.area, rel=1e-4)
        assert int(row["triangles"]) == len(mesh.faces)
        centroid = [float(row[f"centroid_{axis}_mm"]) for axis in "xyz"]
        assert centroid == pytest.approx(mesh.center_mass, abs=2e-3)
        assert centroid == pytest.approx(GRID.to_world(np.argwhere(number == TWO)).mean(axis=0), abs=0.1)
        bounds = [[float(row[f"{end}_{axis}_mm"]) for axis in "xyz"] for end in ("least", "most")]
        assert np.array(bounds) == pytest.approx(mesh.bounds, abs=1e-3)
        assert row["name"] in told.out
    assert [(row["name"], row["color"]) for row in table(out)] == [("left lung", "#3366cc"), ("heart", "#cc2211")]
    assert told.out.splitlines()[-1] == f"{out}: 2 meshes, labels.csv, scene.glb"


def test_the_scene_has_all_by_name_in_metres_with_the_head_up(vizmed, mask, tmp_path):
    vizmed("labels", mask, "-o", tmp_path / "out", "--table", mask.parent / "names.csv")
    scene = trimesh.load_scene(tmp_path / "out" / "scene.glb")
    assert {"left lung", "heart"} <= set(scene.graph.nodes)
    for row in table(tmp_path / "out"):
        transform, geometry = scene.graph[row["name"]]
        centre = scene.geometry[geometry].copy().apply_transform(transform).center_mass
        x, y, z = (float(row[f"centroid_{axis}_mm"]) / 1000 for axis in "xyz")
        assert centre == pytest.approx([x, z, -y], abs=2e-5)
        color = scene.geometry[geometry].visual.material.baseColorFactor
        assert color[0] < color[2] if row["name"] == "left lung" else color[0] > color[2]


def test_the_table_names_the_labels_again(vizmed, mask, tmp_path):
    vizmed("labels", mask, "-o", tmp_path / "a", "--table", mask.parent / "names.csv")
    told = vizmed("labels", mask, "-o", tmp_path / "b", "--table", tmp_path / "a" / "labels.csv")
    assert told.code == 0, told.err
    assert contents(tmp_path / "a") == contents(tmp_path / "b")  # and every run gives the same bytes


@pytest.mark.parametrize(
    ("options", "voxels"),
    [
        (["--only", "heart"], {"heart": "96"}),
        (["--only", "2"], {"heart": "96"}),
        (["--only", "HE*, 1"], {"left lung": "96", "heart": "96"}),
        (["--merge", "chest=left lung,heart"], {"chest": "192"}),
        (["--merge", "chest=1, 2", "--only", "chest"], {"chest": "192"}),
        (["--merge", "lung=left*", "--merge", "cor=2"], {"lung": "96", "cor": "96"}),
    ],
)
def test_labels_are_chosen_and_merged(vizmed, mask, tmp_path, options, voxels):
    told = vizmed("labels", mask, "-o", tmp_path / "out", "--table", mask.parent / "names.csv", *options)
    assert told.code == 0, told.err
    assert {row["name"]: row["voxels"] for row in table(tmp_path / "out")} == voxels
    assert len(contents(tmp_path / "out")) == len(voxels) + 2


@pytest.mark.parametrize("ending", ["stl", "ply", "obj", "vtp", "glb", "3mf"])
@pytest.mark.parametrize("frame", ["lps", "ras", "centered"])
def test_formats_and_frames(vizmed, mask, tmp_path, ending, frame):
    out = tmp_path / "out"
    told = vizmed("labels", mask, "-o", out, "--format", ending, "--frame", frame, "--only", "1", "-q")
    assert told.code == 0, told.err
    found = read_mesh(out / f"label-1.{ending}").parts[0].mesh
    row = table(out)[0]
    least = [float(row[f"least_{axis}_mm"]) for axis in "xyz"]
    assert found.points.min(axis=0) == pytest.approx(least, abs=2e-3)


def test_options_do_what_they_say(vizmed, mask, tmp_path):
    def triangles(name: str, *options: object) -> tuple[int, float]:
        told = vizmed("labels", mask, "-o", tmp_path / name, *options)
        assert told.code == 0, told.err
        row = table(tmp_path / name)[0]
        return int(row["triangles"]), float(row["area_mm2"])

    plain, stairs = triangles("plain"), triangles("stairs", "--smooth", 0)
    assert plain[0] == stairs[0] == triangles("same", "--smooth", SMOOTH)[0]
    assert contents(tmp_path / "plain") == contents(tmp_path / "same")
    assert plain[1] < stairs[1]
    assert triangles("few", "--max-error", 0.5)[0] < 0.7 * plain[0]
    assert f"{SMOOTH} if not given" in " ".join(vizmed("labels", "--help").out.split()).replace("│ │ ", "")


def test_a_mesh_of_another_volume_is_told(vizmed, mask, tmp_path):
    told = vizmed("labels", mask, "-o", tmp_path / "out", "--max-error", 2, "-q")
    assert told.code == 0
    assert "of another volume" in told.err


def test_names_from_a_file_lead_nowhere_else(vizmed, mask, tmp_path):
    numbers = np.zeros((8, 4, 14), np.uint8)
    names = ["../x", "CON", "liver", "Liver", "scene", "=1+1"]
    for n in range(len(names)):
        numbers[1:7, 1:3, 2 * n + 1 : 2 * n + 3] = n + 1
    (path,) = write_volume(Volume(np.asfortranarray(numbers), Geometry.from_axes(numbers.shape)), tmp_path / "h.nii")
    (tmp_path / "h.csv").write_text("number,name\n" + "".join(f"{n},{name}\n" for n, name in enumerate(names, 1)))
    before = set(tmp_path.rglob("*"))
    told = vizmed("labels", path, "-o", tmp_path / "out", "--table", tmp_path / "h.csv", "--format", "glb")
    assert told.code == 0, told.err
    made = set(tmp_path.rglob("*")) - before - {tmp_path / "out"}
    assert {file.parent for file in made} == {tmp_path / "out"}
    files = ["_x.glb", "_CON.glb", "liver.glb", "Liver-2.glb", "scene-2.glb", "_1+1.glb"]
    assert [row["file"] for row in table(tmp_path / "out")] == files
    assert table(tmp_path / "out")[-1]["name"] == "'=1+1"


def test_overlapping_segments_of_a_dicom_seg(vizmed, tmp_path, names_nobody):
    shape = (10, 9, 8)
    grid = geometries(shape)["rotated"]
    masks = {number: boxes(shape, span).astype(bool) for number, span in enumerate(
        (np.s_[1:6, 1:6, 1:6], np.s_[3:8, 2:7, 2:7], np.s_[7:9, 7:8, 1:7]), 1
    )}  # fmt: skip
    masks[4] = np.zeros(shape, bool)
    names = {1: "organ", 2: "lesion", 3: "vessel", 4: "nothing"}
    path = write_seg(tmp_path / "seg.dcm", grid, masks, names=names)
    told = vizmed("labels", path, "-o", tmp_path / "out", "-q")
    assert told.code == 0, told.err
    rows = {row["name"]: row for row in table(tmp_path / "out")}
    assert {name: row["voxels"] for name, row in rows.items()} == {"organ": "125", "lesion": "125", "vessel": "12"}
    assert "warning: 1 label without a voxel (nothing)" in told.err
    for content in contents(tmp_path / "out").values():
        names_nobody(content)


def test_nothing_is_replaced_unasked_and_nothing_half_done_left(vizmed, mask, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    told = vizmed("labels", mask, "-o", out)
    assert told.code == 1
    assert "not empty" in told.err
    assert vizmed("labels", mask, "-o", out, "--overwrite").code == 0
    assert (out / "mine.txt").read_text() == "mine"
    assert len(contents(out)) == 5
    monkeypatch.setattr("vizmed.surface.labels.nets.MOST_SQUARES", 10)
    told = vizmed("labels", mask, "-o", tmp_path / "other")
    assert (told.code, told.out) == (1, "")
    assert "faces of voxels" in told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--only", "liver"], 2, "there is no label 'liver'"),
        (["--only", ","], 2, "names no label"),
        (["--merge", "lung"], 2, "names no labels"),
        (["--merge", "=1,2"], 2, "names no labels"),
        (["--merge", "lung=spleen"], 2, "there is no label 'spleen'"),
        (["--smooth", "-1"], 2, "smoothing"),
        (["--max-error", "0"], 2, "largest error"),
        (["--format", "step"], 2, "step"),
        (["--table", "missing.csv"], 1, "no such table"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(vizmed, mask, tmp_path, options, code, words):
    told = vizmed("labels", mask, "-o", tmp_path / "out", "=".join(options))
    assert (told.code, told.out) == (code, "")
    assert words in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_mask_of_nothing_has_no_surface(vizmed, tmp_path):
    grid = Geometry.from_axes((3, 3, 3))
    write_volume(Volume(np.zeros((3, 3, 3), np.uint8, order="F"), grid), tmp_path / "no.nii")
    told = vizmed("labels", tmp_path / "no.nii", "-o", tmp_path / "out")
    assert told.code == 1
    assert "no label" in told.err
    assert not (tmp_path / "out").exists()


def test_help_imports_nothing_heavy():
    assert imported_by("labels", "--help") & HEAVY == set()


def test_a_spine(vizmed, shared_data, tmp_path):
    mask = shared_data("trunk-ct") / "labels.nii.gz"
    told = vizmed("labels", mask, "-o", tmp_path / "out", "--table", "totalsegmentator")
    assert told.code == 0, told.err
    rows = table(tmp_path / "out")
    assert {row["name"] for row in rows} >= {"vertebrae_L1", "vertebrae_S1"}
    for row in rows:
        assert float(row["mesh_mm3"]) == pytest.approx(float(row["voxels_mm3"]), rel=1e-3)
        assert trimesh.load_mesh(tmp_path / "out" / row["file"]).is_watertight
    heights = {row["name"]: float(row["centroid_z_mm"]) for row in rows}
    assert heights["vertebrae_S1"] < heights["vertebrae_L5"] < heights["vertebrae_L1"] < heights["vertebrae_T12"]
