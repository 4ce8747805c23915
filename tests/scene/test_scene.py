from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from vizmed.errors import OptionError
from vizmed.scene import MODES, PLANES, VIEWS, Scene, SliceLayer, SurfaceLayer, VolumeLayer, scene_for


def layers(scene: Scene) -> tuple[bool, bool, bool]:
    return scene.slices is not None, scene.volume is not None, scene.surface is not None


@pytest.mark.parametrize(
    ("mode", "slices", "volume", "surface", "camera"),
    [
        ("scene", True, True, True, "iso"),
        ("slices", True, False, False, "A"),
        ("volume", False, True, False, "A"),
        ("surface", False, False, True, "A"),
        ("mip", False, True, False, "A"),
    ],
)
def test_a_mode_has_its_layers(mode, slices, volume, surface, camera):
    scene = scene_for(mode)
    assert layers(scene) == (slices, volume, surface)
    assert scene.camera == camera
    assert scene.needs_opengl == (mode != "slices")


def test_the_modes_are_those():
    assert MODES == ("scene", "slices", "volume", "surface", "mip")
    assert PLANES == ("axial", "coronal", "sagittal")
    assert VIEWS == ("A", "P", "L", "R", "S", "I", "iso")


def test_only_the_scene_is_cut_and_only_mip_projects():
    for mode in MODES:
        scene = scene_for(mode)
        if scene.volume:
            assert (scene.volume.cut, scene.volume.mip) == (mode == "scene", mode == "mip")
        if scene.surface:
            assert scene.surface.cut == (mode == "scene")


def test_options_come_to_the_layers_that_they_are_for():
    scene = scene_for("scene", window="bone", at=(1, 2, 3), level=226, camera="P", size=(300, 200))
    assert scene.slices == SliceLayer(at=(1, 2, 3), window="bone")
    assert scene.surface == SurfaceLayer(level=226, cut=True)
    assert (scene.camera, scene.size) == ("P", (300, 200))
    assert scene_for("volume", preset="ct-bone").volume == VolumeLayer(preset="ct-bone")
    assert scene_for("surface", preset="skin").surface == SurfaceLayer(preset="skin")
    assert scene_for("surface", level="otsu").surface == SurfaceLayer(level="otsu")


def test_what_is_not_there_is_refused():
    with pytest.raises(OptionError, match=r"no mode 'slice'.*scene, slices"):
        scene_for("slice")
    with pytest.raises(OptionError, match=r"no camera 'X'.*A, P, L"):
        scene_for("volume", camera="X")
    with pytest.raises(OptionError, match="no camera 'a'"):
        Scene(camera="a")


@pytest.mark.parametrize("mode", ["slices", "volume", "mip"])
def test_a_level_belongs_to_a_surface(mode):
    with pytest.raises(OptionError, match="level means nothing"):
        scene_for(mode, level=100)


@pytest.mark.parametrize("size", [(63, 100), (100, 63), (8193, 100), (100, 0), (-200, -200)])
def test_sizes_have_limits(size):
    with pytest.raises(OptionError, match="64 to 8192"):
        Scene(size=size)


def test_the_limits_themselves_are_fine():
    assert Scene(size=(64, 8192)).size == (64, 8192)


def test_a_scene_cannot_be_changed_and_compares_by_what_it_shows():
    scene = scene_for("scene")
    for thing in (scene, scene.slices, scene.volume, scene.surface):
        for field in fields(thing):
            with pytest.raises(FrozenInstanceError):
                setattr(thing, field.name, None)
    assert scene == scene_for("scene")
    assert hash(scene) == hash(scene_for("scene"))
    assert scene != scene_for("scene", camera="A")


@pytest.mark.parametrize("planes", [(), ("axial", "diagonal")])
def test_slices_need_planes_that_there_are(planes):
    with pytest.raises(OptionError, match="axial, coronal, sagittal"):
        SliceLayer(planes=planes)


@pytest.mark.parametrize("color", ["red", "#12345", "#ggg000"])
def test_colours_are_hexadecimal(color):
    with pytest.raises(OptionError, match="#rrggbb"):
        SurfaceLayer(color=color)
