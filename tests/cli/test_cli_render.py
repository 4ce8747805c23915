from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from vizmed import render as draw


def picture(path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_it_writes_the_size_that_is_asked_for(vizmed, sample_folder, tmp_path):
    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--mode", "slices", "--size", "321x234")
    assert told == (0, f"{tmp_path / 'a.png'}: 321 x 234 pixels\n", "")
    assert picture(tmp_path / "a.png").shape == (234, 321, 3)


@pytest.mark.gl
@pytest.mark.parametrize(
    ("words", "options"),
    [
        (("--mode", "mip", "--camera", "L"), {"mode": "mip", "camera": "L"}),
        (("--mode", "surface", "--preset", "skin"), {"mode": "surface", "preset": "skin"}),
        (("--mode", "surface", "--level", "500"), {"mode": "surface", "level": 500.0}),
        (("--mode", "volume", "--preset", "ct-bone"), {"mode": "volume", "preset": "ct-bone"}),
        (("--mode", "slices", "--window", "bone"), {"mode": "slices", "window": "bone"}),
        (("--mode=slices", "--window=1500,-600"), {"mode": "slices", "window": (1500.0, -600.0)}),
        (("--mode=slices", "--at=-20,5.5,30"), {"mode": "slices", "at": (-20.0, 5.5, 30.0)}),
    ],
)
def test_options_are_those_of_the_function(vizmed, sample_folder, tmp_path, words, options):
    from vizmed import read

    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--size", "200x180", *words)
    assert told.code == 0, told.err
    found = picture(tmp_path / "a.png")
    volume = read(sample_folder)
    assert np.array_equal(found, draw(volume, size=(200, 180), **options))
    plain = draw(volume, size=(200, 180), mode=options["mode"])
    assert not np.array_equal(found, plain), "the option changes nothing"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--size", "300"), "300"),
        (("--size", "300x"), "300x"),
        (("--size", "axb"), "axb"),
        (("--size", "10x10"), "64 to 8192"),
        (("--size", "nanx200"), "nan"),
        (("--size", "infx200"), "inf"),
        (("--size", "200.5x200"), "200.5"),
        (("--at", "1,2"), "1,2"),
        (("--at", "nan,0,0"), "nan"),
        (("--window", "350,x"), "350,x"),
        (("--window", "0,50"), "0 wide"),
        (("--window", "350,nan"), "nan"),
        (("--window", "inf,50"), "inf"),
        (("--window", "bonne"), "bone, lung"),
        (("--level", "5"), "--mode surface"),
    ],
)
def test_what_is_no_option_is_told(vizmed, sample_folder, tmp_path, words, found):
    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--mode", "slices", "=".join(words))
    assert told.code == 2, told.err
    assert found in told.err
    assert told.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "words"),
    [("slices", "--preset=bone"), ("mip", "--preset=ct-bone"), ("volume", "--window=bone"), ("surface", "--at=0,0,0")],
)
def test_an_option_that_would_do_nothing_is_refused(vizmed, sample_folder, tmp_path, mode, words):
    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--mode", mode, "--size", "64x64", words)
    assert told.code == 2
    assert words.split("=")[0].strip("-") in told.err


def test_no_identity_is_in_the_picture(vizmed, secret_series, tmp_path, names_nobody, monkeypatch):
    """Neither in the file's bytes nor in the words that are drawn."""
    from PIL import ImageDraw

    drawn = []
    write = ImageDraw.ImageDraw.text
    monkeypatch.setattr(
        ImageDraw.ImageDraw, "text", lambda pen, xy, text, *a, **o: (drawn.append(text), write(pen, xy, text, *a, **o))
    )
    assert vizmed("render", secret_series, "-o", tmp_path / "a.png", "--mode", "slices").code == 0
    assert drawn
    names_nobody(" ".join(drawn))
    names_nobody((tmp_path / "a.png").read_bytes())


def test_a_stack_of_pictures_is_read_with_its_spacing(vizmed, tmp_path):
    """Numbered without zeros: a ball stays round, and in its place."""
    import numpy as np
    from PIL import Image

    from vizmed.read import read

    place = np.indices((30, 24, 20)).T - (14, 11, 9)
    ball = (np.linalg.norm(place * (1.0, 1.25, 1.5), axis=-1) < 9).astype(np.uint8) * 200
    for n, page in enumerate(ball, start=1):
        Image.fromarray(page).save(tmp_path / f"s{n}.png")
    refused = vizmed("render", tmp_path, "-o", tmp_path / "a.png", "--mode", "slices")
    assert refused.code == 1
    assert "--spacing" in refused.err
    told = vizmed("surface", tmp_path, "-o", tmp_path / "a.stl", "--spacing", "1,1.25,1.5", "--level", "100")
    assert told.code == 0, told.err
    volume = float(told.out.split("volume ")[1].split(" cm")[0])
    assert volume == pytest.approx(4 / 3 * np.pi * 9**3 / 1000, rel=0.1)
    assert read(tmp_path, spacing=(1, 1.25, 1.5)).shape == (30, 24, 20)


@pytest.mark.parametrize("words", [("--camera", "L"), ("--table",)])
def test_a_page_of_slices_has_no_camera(vizmed, sample_folder, tmp_path, words):
    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--mode", "slices", *words)
    assert told.code == 2
    assert "3D modes" in told.err


def test_a_place_may_begin_with_a_minus(vizmed, sample_folder, tmp_path):
    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--mode", "slices", "--at", "-20,5,-10")
    assert told.code == 0, told.err
