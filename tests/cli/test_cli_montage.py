from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vizmed.read import read
from vizmed.render.montage import draw_montage
from vizmed.render.study import Study
from vizmed.scene import Scene, SliceLayer


def picture(path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image)


@pytest.fixture(scope="module")
def study(sample_folder) -> Study:
    return Study(read(sample_folder))


@pytest.fixture(scope="module")
def plain(study) -> np.ndarray:
    return draw_montage(Scene(layout="slices", slices=SliceLayer(planes=("axial",))), study)


def test_it_lays_about_24_axial_slices_side_by_side(vizmed, sample_folder, plain, tmp_path):
    told = vizmed("montage", sample_folder, "-o", tmp_path / "a.png")
    page = picture(tmp_path / "a.png")
    assert told == (0, f"{tmp_path / 'a.png'}: 1600 x {page.shape[0]} pixels\n", "")
    assert np.array_equal(page, plain)


@pytest.mark.parametrize(
    ("words", "options", "looks"),
    [
        (("--every", "3"), {"every": 3}, {}),
        (("--every=18mm",), {"every_mm": 18.0}, {}),
        (("--every=12.5MM",), {"every_mm": 12.5}, {}),
        (("--first=5", "--last=20"), {"first": 4, "last": 19}, {}),
        (("--columns", "3"), {"columns": 3}, {}),
        (("--width", "900"), {"width": 900}, {}),
        (("--untrimmed",), {"trim": False}, {}),
        (("--plane", "coronal"), {"plane": "coronal"}, {"planes": ("coronal",)}),
        (("--window", "bone"), {}, {"window": "bone"}),
        (("--neurological",), {}, {"neurological": True}),
        (("--slab", "13mm", "--projection", "mean"), {}, {"slab_mm": 13.0, "projection": "mean"}),
        (("--normal", "0,1,1"), {"plane": "oblique"}, {"planes": ("oblique",), "normal": (0, 1, 1)}),
    ],
)
def test_options_are_those_of_the_function(vizmed, sample_folder, study, plain, tmp_path, words, options, looks):
    told = vizmed("montage", sample_folder, "-o", tmp_path / "a.png", *words)
    assert told.code == 0, told.err
    scene = Scene(layout="slices", slices=SliceLayer(**{"planes": ("axial",), **looks}))
    page = picture(tmp_path / "a.png")
    assert np.array_equal(page, draw_montage(scene, study, **options))
    assert not np.array_equal(page, plain), "the option changes nothing"


def test_places_in_mm_find_slices(vizmed, sample_folder, study, tmp_path):
    from vizmed.slices import take_slice

    first, last = (take_slice(study.volume, index=index).origin[2] for index in (30, 12))
    ends = f"--first={first + 0.3:.3f}mm", f"--last={last:.3f}mm"
    told = vizmed("montage", sample_folder, "-o", tmp_path / "a.png", *ends, "--every=2", "--no-letters")
    assert told.code == 0, told.err
    scene = Scene(layout="slices", slices=SliceLayer(planes=("axial",)), annotated=False)
    assert np.array_equal(picture(tmp_path / "a.png"), draw_montage(scene, study, every=2, first=30, last=12))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--every", "0"), "1 or more"),
        (("--every", "two"), "5mm"),
        (("--every", "2.5"), "5mm"),
        (("--every", "0.1mm"), "mm apart"),
        (("--every=-4mm",), "mm apart"),
        (("--first", "0"), "1 to"),
        (("--last", "999"), "1 to"),
        (("--first", "9999mm"), "outside of the scan"),
        (("--columns", "0"), "one at least"),
        (("--width", "10"), "320"),
        (("--plane", "axial,coronal"), "one plane"),
        (("--plane", "oblique"), "normal"),
        (("--size", "300x300"), "--width"),
        (("--camera", "A"), "--camera means nothing"),
        (("--at", "0,0,0"), "--at means nothing"),
        (("--index", "3"), "--index means nothing"),
        (("--zoom", "2"), "means nothing"),
        (("--mode", "volume"), "--mode means nothing"),
        (("--layout", "four"), "--layout means nothing"),
        (("--surface", "bone"), "--surface means nothing"),
        (("--transparent",), "--transparent means nothing"),
        (("--no-crosshair",), "--no-crosshair means nothing"),
    ],
)
def test_what_is_no_option_is_told(vizmed, sample_folder, tmp_path, words, found):
    told = vizmed("montage", sample_folder, "-o", tmp_path / "a.png", *words)
    assert told.code == 2, told.err
    assert found in told.err
    assert told.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_target_is_looked_at_before_the_scan(vizmed, tmp_path):
    (tmp_path / "a.png").write_bytes(b"mine")
    for name, found in (("a.png", "--overwrite"), ("a.jpg", ".png"), ("no/a.png", "mkdir")):
        told = vizmed("montage", tmp_path / "there is no scan", "-o", tmp_path / name)
        assert told.code == 1
        assert found in told.err
    assert (tmp_path / "a.png").read_bytes() == b"mine"


def test_no_identity_is_on_the_page(vizmed, secret_series, tmp_path, names_nobody, monkeypatch):
    drawn = []
    write = ImageDraw.ImageDraw.text
    monkeypatch.setattr(
        ImageDraw.ImageDraw, "text", lambda pen, xy, text, *a, **o: (drawn.append(text), write(pen, xy, text, *a, **o))
    )
    assert vizmed("montage", secret_series, "-o", tmp_path / "a.png").code == 0
    assert drawn
    names_nobody(" ".join(drawn))
    names_nobody((tmp_path / "a.png").read_bytes())
