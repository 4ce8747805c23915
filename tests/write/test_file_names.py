from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizmed.write.file_names import file_names


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("liver", "liver.stl"),
        ("vertebrae_L5", "vertebrae_L5.stl"),
        ("left lung, upper lobe", "left_lung_upper_lobe.stl"),
        ("../x", "_x.stl"),
        ("/etc/passwd", "_etc_passwd.stl"),
        ("C:\\x", "C_x.stl"),
        ("..", "label.stl"),
        ("", "label.stl"),
        ("???", "label.stl"),
        ("CON", "_CON.stl"),
        ("nul.txt", "_nul.txt.stl"),
        ("com1", "_com1.stl"),
        ("-rf", "rf.stl"),
        (".hidden", "hidden.stl"),
        ("a\0b\nc", "a_b_c.stl"),
        ("Lunge rechts: groß", "Lunge_rechts_groß.stl"),
        ("肝臓", "肝臓.stl"),
        ("scene", "scene.stl"),
    ],
)
def test_names_become_names_of_files(name, file):
    assert file_names([name], ".stl") == [file]


def test_names_differ_also_without_case_and_from_those_taken():
    assert file_names(["Rib", "rib", "RIB", "rib-2"], ".ply") == ["Rib.ply", "rib-2.ply", "RIB-3.ply", "rib-2-2.ply"]
    assert file_names(["Scene", "scene"], ".glb", taken=["scene.glb"]) == ["Scene-2.glb", "scene-3.glb"]
    assert file_names(["", "..", "label"], ".stl") == ["label.stl", "label-2.stl", "label-3.stl"]


@given(st.lists(st.text(max_size=80), max_size=8))
def test_whatever_the_names_are_the_files_are_safe_and_differ(names):
    files = file_names(names, ".stl")
    assert len({file.casefold() for file in files}) == len(names)
    for file in files:
        assert re.fullmatch(r"\w[\w.+-]*\.stl", file)
        assert len(file.encode()) < 150
        for flavour in (PurePosixPath, PureWindowsPath):
            assert flavour("folder", file).parent == flavour("folder")
            assert flavour(file).name == file
        assert ".." not in file
