from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from vizmed import render as draw


def picture(path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_it_writes_the_size_that_is_asked_for(vizmed, sample_folder, tmp_path):
    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--layout", "slices", "--size", "321x234")
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
        (("--layout=slices", "--window=1500,-600"), {"layout": "slices", "window": (1500.0, -600.0)}),
        (("--layout=slices", "--at=-20,5.5,30"), {"layout": "slices", "at": (-20.0, 5.5, 30.0)}),
        (("--mode=volume", "--background=white"), {"mode": "volume", "background": ("#ffffff", "#ffffff")}),
        (("--mode=surface", "--zoom=1.5"), {"mode": "surface", "zoom": 1.5}),
        (
            ("--mode=surface", "--crop=-50,-200,-200 200,200,200"),
            {"mode": "surface", "crop": ((-50, -200, -200), (200, 200, 200))},
        ),
    ],
)
def test_options_are_those_of_the_function(vizmed, sample_folder, tmp_path, words, options):
    from vizmed import read

    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--size", "200x180", *words)
    assert told.code == 0, told.err
    found = picture(tmp_path / "a.png")
    volume = read(sample_folder)
    assert np.array_equal(found, draw(volume, size=(200, 180), **options))
    kept = {name: options[name] for name in ("mode", "layout") if name in options}
    plain = draw(volume, size=(200, 180), **kept)
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
        (("--level", "5"), "--level means nothing to a page"),
        (("--plane", "axail"), "axial, coronal"),
        (("--plane", "oblique"), "has no normal"),
        (("--index", "0"), "no axial slice"),
        (("--slab", "thick"), "thick"),
        (("--projection", "max"), "mip"),
        (("--through", "0,0,0 1,0,0"), "3 places"),
        (("--scale", "0"), "a number above 0"),
        (("--scale", "nan"), "a number above 0"),
        (("--scale", "0.01"), "64 to 8192"),
        (("--measure", "1,2,3"), "2 places"),
    ],
)
def test_what_is_no_option_is_told(vizmed, sample_folder, tmp_path, words, found):
    plane = () if words[0] == "--plane" else ("--plane", "axial")
    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--layout", "slices", *plane, "=".join(words))
    assert told.code == 2, told.err
    assert found in told.err
    assert told.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("mip", "--preset=ct-bone"),
        ("volume", "--window=bone"),
        ("surface", "--at=0,0,0"),
        ("surface", "--marks=boxes.csv"),
        ("surface", "--opacity=2"),
        ("slices", "--transparent"),
    ],
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
    assert vizmed("render", secret_series, "-o", tmp_path / "a.png", "--layout", "slices").code == 0
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
    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--layout", "slices", *words)
    assert told.code == 2
    assert "--layout 3d" in told.err


def test_a_place_may_begin_with_a_minus(vizmed, sample_folder, tmp_path):
    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--layout", "slices", "--at", "-20,5,-10")
    assert told.code == 0, told.err


def test_without_opengl_slices_are_drawn_alone_and_it_is_said(vizmed, sample_folder, tmp_path, monkeypatch):
    from vizmed.errors import DisplayError
    from vizmed.render import gl

    def refuse(**_):
        raise DisplayError("OpenGL cannot be used here", remedy="apt install it")

    monkeypatch.setattr(gl, "require", refuse)
    told = vizmed("render", sample_folder, "-o", tmp_path / "a.png", "--mode", "slices", "--size", "300x300")
    assert told.code == 0
    assert "3D view is left out: OpenGL cannot be used here" in told.err
    assert (
        vizmed("render", sample_folder, "-o", tmp_path / "b.png", "--layout", "slices", "--size", "300x300").code == 0
    )
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    told = vizmed("render", sample_folder, "-o", tmp_path / "c.png", "--layout", "four")
    assert told.code == 3


def test_a_scale_enlarges_all(vizmed, sample_folder, tmp_path):
    words = ("render", sample_folder, "--plane", "axial", "--size", "640x500")
    assert vizmed(*words, "-o", tmp_path / "a.png").code == 0
    assert vizmed(*words, "-o", tmp_path / "b.png", "--scale", "2").code == 0
    with Image.open(tmp_path / "a.png") as small, Image.open(tmp_path / "b.png") as large:
        assert large.size == (1280, 1000)
        halved = np.asarray(large.resize(small.size, Image.Resampling.BOX), dtype=float)
        assert np.abs(halved - np.asarray(small, dtype=float)).mean() < 6


def test_an_index_counts_as_pictures_do(vizmed, sample_folder, tmp_path):
    from vizmed import read, take_slice

    volume = read(sample_folder)
    words = ("render", sample_folder, "--plane", "axial", "--size", "200x200")
    assert vizmed(*words, "-o", tmp_path / "a.png", "--index", "11").code == 0
    one = take_slice(volume, "axial", index=10)
    at = ",".join(str(mm) for mm in one.origin + one.along_row * 23.5 + one.down_column * 23.5)
    assert vizmed(*words, "-o", tmp_path / "b.png", "--at", at).code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.gl
def test_a_scene_in_a_file_gives_its_picture_again(vizmed, sample_folder, tmp_path):
    from vizmed.scene import Camera, Ruler, Scene, Sources, SurfaceLayer
    from vizmed.write.scene import write_scene

    scene = Scene(
        layout="four",
        surfaces=(SurfaceLayer(preset="bone"), SurfaceLayer(preset="skin", opacity=0.3)),
        camera=Camera((100.0, -600.0, 200.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
        measures=(Ruler((0, 0, 0), (50, 0, 0)),),
        size=(300, 240),
    )
    write_scene(scene, tmp_path / "a.toml", Sources(str(sample_folder)))
    assert vizmed("render", tmp_path / "a.toml", "-o", tmp_path / "a.png").code == 0
    from vizmed import read

    assert np.array_equal(picture(tmp_path / "a.png"), draw(read(sample_folder), scene=scene))


def test_labels_and_marks_are_laid_over_slices(vizmed, sample_folder, tmp_path):
    from vizmed import read, write_volume
    from vizmed.volume import Volume

    volume = read(sample_folder)
    labels = np.zeros(volume.shape, np.uint8, order="F")
    labels[10:30, 10:30, 15:25] = 1
    write_volume(Volume(labels, volume.geometry), tmp_path / "labels.nii.gz")
    (tmp_path / "boxes.csv").write_text("slice,x,y,width,height,label\n20,5,5,12,9,nodule\n", encoding="utf-8")
    words = ("render", sample_folder, "--layout", "slices", "--size", "400x400")
    for name, more in (("plain", ()), ("overlay", ("--overlay", "labels.nii.gz")), ("marks", ("--marks", "boxes.csv"))):
        given = [tmp_path / word if "." in word else word for word in more]
        told = vizmed(*words, "-o", tmp_path / f"{name}.png", *given)
        assert told.code == 0, told.err
    colors = {name: picture(tmp_path / f"{name}.png").astype(int) for name in ("plain", "overlay", "marks")}
    at_box = volume.geometry.to_world((10.5, 9, 20))
    at = ",".join(map(str, at_box.tolist()))
    assert vizmed(*words, "-o", tmp_path / "at.png", f"--at={at}").code == 0
    colors["at"] = picture(tmp_path / "at.png").astype(int)
    for name, plain in (("overlay", "plain"), ("marks", "at")):
        assert (np.abs(colors[name] - colors[plain]).max(axis=-1) > 30).sum() > 100, name
    assert (np.abs(colors["marks"] - colors["at"]).max(axis=-1) > 30).mean() < 0.1, "slices go through the first mark"
