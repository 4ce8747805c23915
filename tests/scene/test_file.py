from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given

from tests.scene.scenes import scenes, sources
from vizmed.errors import DamagedFileError, OptionError, ReadError, WriteError
from vizmed.scene import Camera, Scene, SliceLayer, Sources, scene_for
from vizmed.scene.file import read_scene, scene_text
from vizmed.write.scene import write_scene


@given(scenes, sources)
def test_a_scene_is_read_as_it_was_written(tmp_path_factory, scene, source):
    path = tmp_path_factory.mktemp("scene") / "scene.toml"
    path.write_text(scene_text(scene, source), encoding="utf-8")
    again, its_source = read_scene(path)
    assert again == scene
    assert (its_source.series, its_source.spacing, its_source.hu) == (source.series, source.spacing, source.hu)


def test_paths_are_seen_from_the_scene_and_lead_back(tmp_path, monkeypatch):
    (tmp_path / "scans" / "head").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "boxes.csv").touch()
    monkeypatch.chdir(tmp_path)
    given = Sources("scans/head", marks="work/boxes.csv", overlay="scans/map.nii", names="totalsegmentator")
    write_scene(Scene(), "work/a.toml", given)
    written = tomllib.loads(Path("work/a.toml").read_text(encoding="utf-8"))
    assert written["scan"] == {
        "path": "../scans/head",
        "overlay": "../scans/map.nii",
        "names": "totalsegmentator",
        "marks": "boxes.csv",
    }
    monkeypatch.chdir(tmp_path / "scans")
    _, found = read_scene("../work/a.toml")
    assert Path(found.path).resolve() == tmp_path / "scans" / "head"
    assert Path(found.marks).resolve() == tmp_path / "work" / "boxes.csv"
    assert found.names == "totalsegmentator"


def test_what_is_as_it_begins_is_left_out():
    assert tomllib.loads(scene_text(Scene())) == {"vizmed": 1, "scene": {}}
    table = tomllib.loads(scene_text(scene_for("surface", preset="skin", size=(300, 200))))
    assert table["scene"] == {"surfaces": [{"preset": "skin"}], "camera": "A", "size": [300, 200]}


def test_a_scene_without_a_scan_fits_any(tmp_path):
    write_scene(Scene(), tmp_path / "a.toml")
    assert read_scene(tmp_path / "a.toml") == (Scene(), None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vizmed = 1", "no scene of vizmed"),
        ("vizmed = 2\n[scene]", "no scene of vizmed"),
        ("[scene]", "no scene of vizmed"),
        ("scene = 3\nvizmed = 1", "no scene of vizmed"),
        ("vizmed = 1\n[scene]\n[other]", "a part 'other'"),
        ("vizmed = 1\n[scene]\nlayuot = '3d'", "scene has no field 'layuot'"),
        ("vizmed = 1\n[scene]\nlayout = 'five'", "scene.layout is 'five'.*'3d' or 'slices' or 'four'"),
        ("vizmed = 1\n[scene.slices]\nat = [1, 2]", r"scene.slices.at is \[1, 2\].*list of a number"),
        ("vizmed = 1\n[scene.slices]\nat = [1, 2, 'x']", r"scene.slices.at\[2\] is 'x'.*a number"),
        ("vizmed = 1\n[scene.slices]\nat = [1, 2, nan]", r"scene.slices.at\[2\] is nan"),
        ("vizmed = 1\n[scene]\nzoom = true", "scene.zoom is True.*a number"),
        ("vizmed = 1\n[scene]\nsize = [100.5, 100]", r"scene.size\[0\] is 100.5.*a whole number"),
        ("vizmed = 1\n[scene]\nsize = [1, 1]", "scene: the picture's size"),
        ("vizmed = 1\n[scene.camera]\nposition = [1, 2, 3]", "scene.camera has no 'focal_point'"),
        ("vizmed = 1\n[[scene.surfaces]]\nopacity = 2", r"scene.surfaces\[0\]: the opacity"),
        ("vizmed = 1\n[[scene.measures]]\nstart = [1, 2, 3]", r"scene.measures\[0\] has no 'end'"),
        ("vizmed = 1\n[scene]\n[scan]\n", "scan has no 'path'"),
        ("vizmed = 1\n[scene]\n[scan]\npath = 3", "scan.path is 3.*a text"),
        ("not toml", "not TOML"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(tmp_path, text, found):
    path = tmp_path / "scene.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DamagedFileError, match=found) as refused:
        read_scene(path)
    assert refused.value.where == str(path)


def test_files_that_are_none_are_refused(tmp_path):
    with pytest.raises(ReadError, match="No such file"):
        read_scene(tmp_path / "none.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(DamagedFileError, match="larger"):
        read_scene(tmp_path / "large.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DamagedFileError, match="not TOML"):
        read_scene(tmp_path / "bytes.toml")


def test_no_file_is_written_over_and_endings_are_checked(tmp_path):
    write_scene(Scene(), tmp_path / "a.toml")
    with pytest.raises(WriteError, match="exists"):
        write_scene(Scene(), tmp_path / "a.toml")
    write_scene(scene_for("mip"), tmp_path / "a.toml", overwrite=True)
    assert read_scene(tmp_path / "a.toml")[0] == scene_for("mip")
    with pytest.raises(OptionError, match=r"\.toml"):
        write_scene(Scene(), tmp_path / "a.txt")


def test_a_camera_and_a_side_are_told_apart(tmp_path):
    camera = Camera((0.1, 0.2, 0.3), (1, 2, 3), (0, 0, 1))
    for scene in (Scene(camera=camera), Scene(camera="P"), Scene(slices=SliceLayer(window=(1, 2)))):
        write_scene(scene, tmp_path / "a.toml", overwrite=True)
        assert read_scene(tmp_path / "a.toml")[0] == scene


def test_a_path_leads_from_the_scene_even_where_nothing_is_there_any_more(tmp_path, monkeypatch):
    """Another scan of that name in the current folder is not the one."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b" / "ct").mkdir(parents=True)
    (tmp_path / "a" / "scene.toml").write_text("vizmed = 1\n[scene]\n[scan]\npath = 'ct'\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "b")
    _, found = read_scene("../a/scene.toml")
    assert Path(found.path).resolve() == tmp_path / "a" / "ct"


def test_deep_nesting_is_no_crash(tmp_path):
    (tmp_path / "deep.toml").write_text("a = " + "[" * 50_000, encoding="utf-8")
    with pytest.raises(DamagedFileError, match="not TOML"):
        read_scene(tmp_path / "deep.toml")
