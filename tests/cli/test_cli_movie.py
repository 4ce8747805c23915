from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageSequence

from vizmed.read import read
from vizmed.render.movie import sweep, turntable
from vizmed.render.study import Study
from vizmed.scene import Scene, SliceLayer, scene_for
from vizmed.write.movie import write_movie

SMALL = ("--size", "90x80")


def frames_of(path) -> list[np.ndarray]:
    with Image.open(path) as image:
        assert image.format == "GIF"
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]


@pytest.fixture(scope="module")
def study(sample_folder) -> Study:
    return Study(read(sample_folder))


def test_slices_pass_on_a_page_of_their_own(vizmed, sample_folder, study, tmp_path):
    told = vizmed("movie", sample_folder, "-o", tmp_path / "a.gif", "--sweep", "coronal", "--every", "6", *SMALL)
    assert told.code == 0, told.err
    assert told.out.startswith(f"{tmp_path / 'a.gif'}: ")
    assert "frames of 90 x 80 pixels, 14.3 a second (a GIF counts hundredths of a second)" in told.out
    scene = Scene(layout="slices", slices=SliceLayer(planes=("coronal",)), size=(90, 80))
    write_movie(sweep(scene, study, plane="coronal", every=6), tmp_path / "b.gif")
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    assert f": {len(frames_of(tmp_path / 'a.gif'))} frames" in told.out


@pytest.mark.parametrize(
    ("words", "asked", "planes"),
    [
        (("--every=20mm",), {"every_mm": 20.0}, ("axial",)),
        (("--every=5", "--first=3", "--last=30"), {"every": 5, "first": 2, "last": 29}, ("axial",)),
        (("--every=9", "--plane=axial,sagittal"), {"every": 9}, ("axial", "sagittal")),
        (("--every=9", "--layout=slices"), {"every": 9}, ("axial", "coronal", "sagittal")),
    ],
)
def test_which_slices_and_on_which_page(vizmed, sample_folder, study, tmp_path, words, asked, planes):
    told = vizmed("movie", sample_folder, "-o", tmp_path / "a.gif", "--sweep=axial", "--fps=10", *SMALL, *words)
    assert told.code == 0, told.err
    assert " 10 a second, " in told.out
    scene = scene_for("scene", layout="slices", size=(90, 80))
    scene = Scene(layout="slices", slices=SliceLayer(planes=planes, in_3d=scene.slices.in_3d), size=(90, 80))
    write_movie(sweep(scene, study, **asked), tmp_path / "b.gif", fps=10)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.gl
def test_it_turns_once_around_a_volume_rendering(vizmed, sample_folder, study, tmp_path):
    told = vizmed("movie", sample_folder, "-o", tmp_path / "a.gif", "--frames", "4", *SMALL)
    assert told.code == 0, told.err
    assert ": 4 frames of 90 x 80 pixels" in told.out
    write_movie(turntable(scene_for("volume", size=(90, 80)), study, frames=4), tmp_path / "b.gif")
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.gl
def test_it_turns_what_is_asked_for_as_far_as_is_asked_for(vizmed, sample_folder, study, tmp_path):
    words = ("--turn=-90", "--frames=2", "--mode=surface", "--level=500", "--camera=L")
    told = vizmed("movie", sample_folder, "-o", tmp_path / "a.gif", *SMALL, *words)
    assert told.code == 0, told.err
    scene = scene_for("surface", level=500.0, camera="L", size=(90, 80))
    write_movie(turntable(scene, study, frames=2, degrees=-90), tmp_path / "b.gif")
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


def test_mp4_has_even_sides_and_it_is_said(vizmed, sample_folder, tmp_path):
    told = vizmed("movie", sample_folder, "-o", tmp_path / "a.mp4", "--sweep=axial", "--every=9", "--size=91x80")
    assert told.code == 0, told.err
    assert "frames of 92 x 80 pixels, 15 a second (MP4 has even sides" in told.out


def test_without_the_extra_mp4_is_refused_before_anything_is_read(vizmed, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    told = vizmed("movie", tmp_path / "there is no scan", "-o", tmp_path / "a.mp4", "--sweep=axial")
    assert told.code == 4
    assert 'pip install "vizmed[movie]"' in told.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--every", "3"), "--sweep PLANE"),
        (("--first", "3"), "--sweep PLANE"),
        (("--sweep=axial", "--turn=90"), "--turn"),
        (("--sweep=axial", "--every=2", "--frames=9"), "--every and --frames"),
        (("--sweep=axial", "--frames=0"), "1 or more"),
        (("--sweep=axial", "--index=9"), "--index"),
        (("--sweep=axial", "--fps=0"), "frames a second"),
        (("--sweep=axial", "--fps=51"), "MP4"),
        (("--sweep=axial", "--every=x"), "5mm"),
        (("--sweep=axial", "--every=0.1mm"), "mm apart"),
        (("--sweep=axial", "--plane=coronal"), "not among those shown"),
        (("--sweep=axial", "--camera=L"), "--camera means nothing"),
        (("--sweep=oblique",), "normal"),
        (("--sweep=axial", "--size=10x10"), "64 to 8192"),
        (("--frames=1",), "2 to"),
        (("--frames=99999",), "2 to"),
        (("--turn=0",), "not 0"),
        (("--turn=nan",), "not 0"),
        (("--layout=slices",), "does not turn"),
        (("--transparent",), "background"),
        (("--window=bone",), "--window means nothing"),
    ],
)
def test_what_is_no_option_is_told(vizmed, sample_folder, tmp_path, words, found):
    told = vizmed("movie", sample_folder, "-o", tmp_path / "a.gif", *words)
    assert told.code == 2, told.err
    assert found in told.err
    assert told.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_too_large_is_refused_before_it_is_drawn(vizmed, sample_folder, tmp_path):
    told = vizmed("movie", sample_folder, "-o", tmp_path / "a.gif", "--sweep=axial", "--every=1", "--size=8000x8000")
    assert told.code == 1
    assert "fewer frames or smaller ones" in told.err


def test_the_target_is_looked_at_before_the_scan(vizmed, tmp_path):
    (tmp_path / "a.gif").write_bytes(b"mine")
    for name, found in (("a.gif", "--overwrite"), ("a.avi", ".gif, .mp4"), ("no/a.gif", "mkdir")):
        told = vizmed("movie", tmp_path / "there is no scan", "-o", tmp_path / name, "--sweep=axial")
        assert told.code == 1
        assert found in told.err
    assert (tmp_path / "a.gif").read_bytes() == b"mine"


def test_no_identity_is_in_the_movie(vizmed, secret_series, tmp_path, names_nobody, monkeypatch):
    drawn = []
    write = ImageDraw.ImageDraw.text
    monkeypatch.setattr(
        ImageDraw.ImageDraw, "text", lambda pen, xy, text, *a, **o: (drawn.append(text), write(pen, xy, text, *a, **o))
    )
    for name in ("a.gif", "a.mp4"):
        told = vizmed("movie", secret_series, "-o", tmp_path / name, "--sweep=axial", "--every=9")
        assert told.code == 0, told.err
        names_nobody((tmp_path / name).read_bytes())
    assert drawn
    names_nobody(" ".join(drawn))


def test_it_says_how_far_it_is():
    from vizmed.cli.movie import _told

    said: list[str] = []
    frames = [np.zeros((2, 2, 3), np.uint8)] * 3
    assert len(list(_told(iter(frames), 3, said.append))) == 3
    assert [words.split(",")[0] for words in said] == ["drawing frame 2/3", "drawing frame 3/3", "drawing frame 3/3"]
    assert all(words.endswith(" s left") for words in said)
