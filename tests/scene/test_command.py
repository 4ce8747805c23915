from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from cyclopts import App
from hypothesis import given, settings

from tests.scene.scenes import scenes, sources
from vizmed.cli.looking import Looking
from vizmed.cli.options import Output, Reading, Source
from vizmed.cli.studying import planned
from vizmed.errors import OptionError
from vizmed.scene import Camera, Ruler, Scene, SliceLayer, Sources, SurfaceLayer, VolumeLayer, scene_for
from vizmed.scene.command import as_drawn, command_for
from vizmed.scene.parse import parse_background, parse_camera, parse_mm, parse_surface
from vizmed.scene.spell import spell_surface
from vizmed.scene.words import WORDS

app = App()


@app.command
def render(
    source: Source,
    /,
    *,
    output: Output,
    looking: Looking = Looking(),  # noqa: B008
    reading: Reading = Reading(),  # noqa: B008
) -> tuple[Scene, Sources, Path]:
    scene, files = planned(source, looking, reading)
    return scene, files, output


def run(words: list[str]) -> tuple[Scene, Sources, Path]:
    line = shlex.join(words)
    return app(shlex.split(line)[1:], exit_on_error=False, print_error=False, result_action="return_value")


@settings(max_examples=60, deadline=None)  # the first one imports the command line
@given(scenes, sources)
def test_a_command_makes_the_scene_that_it_was_made_of(scene, source):
    again, its_source, output = run(command_for(scene, source, "a b.png"))
    assert again == as_drawn(scene)
    assert its_source == source
    assert output == Path("a b.png")


@pytest.mark.parametrize("mode", ["scene", "slices", "volume", "surface", "mip", "minip"])
def test_a_mode_is_one_word(mode):
    assert command_for(scene_for(mode), Sources("head"), "a.png") == shlex.split(
        f"vizmed render head -o a.png --mode {mode}"
    )


def test_few_changes_are_few_words():
    scene = scene_for("volume", camera="P", at=(1, -2.5, 3))
    command = command_for(scene, Sources("head"), "a.png")
    assert command[5:] == ["--mode", "volume", "--at", "1,-2.5,3", "--camera", "P"]


def test_layers_that_are_not_shown_are_not_drawn():
    scene = Scene(volume=VolumeLayer(shown=False), surfaces=(SurfaceLayer(shown=False), SurfaceLayer(preset="skin")))
    assert as_drawn(scene) == Scene(surfaces=(SurfaceLayer(preset="skin"),))


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("bone", SurfaceLayer(preset="bone")),
        ("-300", SurfaceLayer(level=-300.0)),
        ("otsu:0.3", SurfaceLayer(level="otsu", opacity=0.3)),
        ("skin:#aabbcc:0.25:cut", SurfaceLayer(preset="skin", color="#aabbcc", opacity=0.25, cut=True)),
        ("auto:wireframe:smooth=0", SurfaceLayer(wireframe=True, smooth=0)),
    ],
)
def test_surfaces_in_words(text, layer):
    assert parse_surface(text) == layer
    assert parse_surface(spell_surface(layer)) == layer


@pytest.mark.parametrize("text", ["bone:much", "bone:2", "bone:#12", "bone:smooth=x"])
def test_surfaces_that_are_none(text):
    with pytest.raises(OptionError):
        parse_surface(text)


def test_words_for_cameras_backgrounds_and_lengths():
    assert parse_camera("a") == "A"
    assert parse_camera("0,-9,0 0,0,0 0,0,1") == Camera((0, -9, 0), (0, 0, 0), (0, 0, 1))
    assert parse_background("white") == ("#ffffff", "#ffffff")
    assert parse_background("black,#123456") == ("#000000", "#123456")
    with pytest.raises(OptionError, match="3 colours"):
        parse_background("white,white,white")
    assert parse_mm("10mm") == parse_mm("10 MM") == 10
    with pytest.raises(OptionError, match="no length"):
        parse_mm("ten")


def test_each_option_is_one_field():
    assert len({word.option for word in WORDS}) == len({word.field for word in WORDS}) == len(WORDS)


def line(words: str) -> Scene:
    return run(["vizmed", "render", "head", "-o", "a.png", *shlex.split(words)])[0]


def test_planes_without_a_mode_make_a_page():
    assert line("") == scene_for("scene")
    assert line("--plane coronal") == scene_for("slices", layout="slices", slices=SliceLayer(planes=("coronal",)))
    assert line("--plane coronal --layout four").layout == "four"
    assert line("--mode slices").layout == "four"
    assert line("--normal 1,1,0").slices == SliceLayer(planes=("oblique",), normal=(1, 1, 0))
    assert line("--zoom 2").zoom == line("--zoom 2").slices.zoom == 2
    assert line("--measure '0,0,0 3,4,0'").measures == (Ruler((0, 0, 0), (3, 4, 0)),)


def test_an_oblique_plane_through_three_points():
    slices = line("--through '0,0,5 1,0,5 0,1,5'").slices
    assert slices.planes == ("oblique",)
    assert [abs(part) for part in slices.normal] == [0, 0, 1]
    assert slices.at[2] == 5
    with pytest.raises(OptionError, match="both"):
        line("--through '0,0,5 1,0,5 0,1,5' --normal 1,0,0")


@pytest.mark.parametrize("words", ["--opacity 2", "--shift 5", "--blend mip"])
def test_options_of_a_volume_need_one(words):
    with pytest.raises(OptionError, match="means nothing without a volume"):
        line(f"--mode surface {words}")


def test_a_scene_in_a_file_is_changed_by_options(tmp_path):
    from vizmed.write.scene import write_scene

    (tmp_path / "head").mkdir()
    write_scene(scene_for("volume"), tmp_path / "a.toml", Sources(str(tmp_path / "head"), series="3"))
    scene, sources, _ = run(["vizmed", "render", str(tmp_path / "a.toml"), "-o", "a.png", "--zoom", "2"])
    assert scene.zoom == 2
    assert scene.volume == VolumeLayer()
    assert (Path(sources.path), sources.series) == (tmp_path / "head", "3")
    scene, sources, _ = run(["vizmed", "render", "other", "-o", "a.png", "--scene", str(tmp_path / "a.toml")])
    assert (scene, sources) == (scene_for("volume"), Sources("other"))
    with pytest.raises(OptionError, match="a scene is given"):
        run(["vizmed", "render", str(tmp_path / "a.toml"), "-o", "a.png", "--mode", "mip"])
