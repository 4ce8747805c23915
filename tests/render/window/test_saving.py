from __future__ import annotations

import numpy as np
import pytest

from vizmed.errors import OptionError, WriteError
from vizmed.render.window import saving
from vizmed.render.window.saving import print_command, save_mesh, save_picture, save_scene, write_next
from vizmed.scene import Sources, scene_for
from vizmed.scene.file import read_scene

SCENE = scene_for("slices", at=(1.0, 2.0, 3.0), size=(200, 100))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_are_numbered_and_never_written_over(folder):
    picture = np.zeros((4, 5, 3), np.uint8)
    assert [save_picture(picture).name for _ in range(2)] == ["vizmed-0001.png", "vizmed-0002.png"]
    (folder / "vizmed-0003.png").symlink_to(folder / "elsewhere.png")
    (folder / "vizmed-0004.png").mkdir()
    assert save_picture(picture).name == "vizmed-0005.png"
    assert not (folder / "elsewhere.png").exists()


def test_at_some_number_it_ends(folder, monkeypatch):
    monkeypatch.setattr(saving, "_MOST_FILES", 2)
    for _ in range(2):
        write_next(lambda path: path.touch(), ".png")
    with pytest.raises(WriteError, match="2 of these files"):
        write_next(lambda path: path.touch(), ".png")


def test_a_folder_that_is_closed_is_said(folder):
    def refuse(path):
        raise WriteError("cannot write here", where=path)

    with pytest.raises(WriteError, match="cannot write here"):
        write_next(refuse, ".png")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("sources", [None, Sources("scan")])
def test_a_scene_comes_back_as_it_was(folder, sources):
    (folder / "scan").mkdir()
    scene, found = read_scene(save_scene(SCENE, sources))
    assert scene == SCENE
    assert (found is None) == (sources is None)


def test_the_command_is_printed_on_one_line(capsys):
    line = print_command(SCENE, Sources("a scan"))
    assert capsys.readouterr().out == line + "\n"
    assert line.startswith("vizmed render 'a scan' -o ")
    assert "--at 1,2,3" in line


def test_a_command_needs_a_file(capsys):
    with pytest.raises(OptionError, match="needs a file"):
        print_command(SCENE, None)
    assert capsys.readouterr().out == ""


def test_no_surface_is_no_file(folder):
    with pytest.raises(OptionError, match="no surface is shown"):
        save_mesh([])
    assert list(folder.iterdir()) == []
