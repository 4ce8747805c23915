from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from vizmed.errors import OptionError
from vizmed.scene import (
    GRID_PLANES,
    MODES,
    PLANES,
    VIEWS,
    Angle,
    Camera,
    Clip,
    OverlayLayer,
    Ruler,
    Scene,
    SliceLayer,
    Sources,
    SurfaceLayer,
    VolumeLayer,
    scene_for,
)


def layers(scene: Scene) -> tuple[bool, bool, bool]:
    return bool(scene.slices.in_3d), scene.volume is not None, bool(scene.surfaces)


@pytest.mark.parametrize(
    ("mode", "slices", "volume", "surface", "camera"),
    [
        ("scene", True, True, True, "iso"),
        ("slices", False, False, True, "A"),
        ("volume", False, True, False, "A"),
        ("surface", False, False, True, "A"),
        ("mip", False, True, False, "A"),
        ("minip", False, True, False, "A"),
    ],
)
def test_a_mode_has_its_layers(mode, slices, volume, surface, camera):
    scene = scene_for(mode)
    assert layers(scene) == (slices, volume, surface)
    assert scene.camera == camera
    assert scene.layout == ("four" if mode == "slices" else "3d")
    assert scene.needs_opengl
    assert not scene_for(mode, layout="slices").needs_opengl


def test_the_modes_are_those():
    assert MODES == ("scene", "slices", "volume", "surface", "mip", "minip")
    assert PLANES == (*GRID_PLANES, "oblique") == ("axial", "coronal", "sagittal", "oblique")
    assert VIEWS == ("A", "P", "L", "R", "S", "I", "iso")


def test_only_the_scene_is_cut_and_only_mip_projects():
    for mode in MODES:
        scene = scene_for(mode)
        if scene.volume:
            blend = mode if mode in {"mip", "minip"} else "shade"
            assert (scene.volume.cut, scene.volume.blend) == (mode == "scene", blend)
        for surface in scene.surfaces:
            assert surface.cut == (mode == "scene")


def test_options_come_to_the_layers_that_they_are_for():
    scene = scene_for("scene", window="bone", at=(1, 2, 3), level=226, camera="P", size=(300, 200))
    assert scene.slices == SliceLayer(at=(1, 2, 3), window="bone", in_3d=GRID_PLANES)
    assert scene.surfaces == (SurfaceLayer(level=226, cut=True),)
    assert (scene.camera, scene.size) == ("P", (300, 200))
    assert scene_for("volume", preset="ct-bone").volume == VolumeLayer(preset="ct-bone")
    assert scene_for("surface", preset="skin").surfaces == (SurfaceLayer(preset="skin"),)
    assert scene_for("surface", level="otsu").surfaces == (SurfaceLayer(level="otsu"),)


def test_what_is_not_there_is_refused():
    with pytest.raises(OptionError, match=r"no mode 'slice'.*scene, slices"):
        scene_for("slice")
    with pytest.raises(OptionError, match=r"no 'X'.*A, P, L"):
        scene_for("volume", camera="X")
    with pytest.raises(OptionError, match="no 'a'"):
        Scene(camera="a")


@pytest.mark.parametrize("mode", ["volume", "mip", "minip"])
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
    for thing in (scene, scene.slices, scene.volume, scene.surfaces[0], scene.overlay, Ruler((0, 0, 0), (1, 0, 0))):
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


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda: SliceLayer(planes=("oblique",)), "has no normal"),
        (lambda: SliceLayer(in_3d=("oblique",)), "has no normal"),
        (lambda: SliceLayer(normal=(0, 0, 0)), "no direction"),
        (lambda: SliceLayer(at=(0, 0, float("nan"))), "place of the slices"),
        (lambda: SliceLayer(at=(0, 0)), "place of the slices"),
        (lambda: SliceLayer(slab_mm=-1), "slab is -1"),
        (lambda: SliceLayer(zoom=0), "zoom is 0"),
        (lambda: SliceLayer(projection="max"), "no 'max'.*mip, minip, mean"),
        (lambda: VolumeLayer(blend="x-ray"), "no 'x-ray'.*shade, mip, minip"),
        (lambda: VolumeLayer(opacity=-0.1), "opacity of the volume"),
        (lambda: VolumeLayer(shift=float("inf")), "shift"),
        (lambda: SurfaceLayer(opacity=1.1), "opacity of a surface"),
        (lambda: OverlayLayer(opacity=float("nan")), "opacity of the overlay"),
        (lambda: Scene(layout="five"), "no 'five'.*3d, slices, four"),
        (lambda: Scene(crop=((0, 0, 0), (1, 0, 1))), "crop runs"),
        (lambda: Scene(background=("white", "#000000")), "#rrggbb"),
        (lambda: Scene(zoom=0), "zoom"),
        (lambda: Clip((0, 0, 0), (0, 0, 0)), "no direction"),
        (lambda: Camera((1, 1, 1), (1, 1, 1), (0, 0, 1)), "stands in its focal point"),
        (lambda: Camera((1, 1, 1), (0, 1, 1), (0, 0, 0)), "no direction"),
        (lambda: Camera((0, 0, 800), (0, 0, 0), (0, 0, 1)), "along its own way up"),
        (lambda: Scene(size=(100.0, 100.0)), "picture's size"),
        (lambda: Scene(size=(100, 100, 3)), "picture's size"),
        (lambda: Scene(background="white"), "two colours"),
        (lambda: SliceLayer(planes="axial"), "one word"),
        (lambda: SurfaceLayer(preset="bone", level=3.0), "preset 'bone' and a level"),
        (lambda: Sources("a", names="b"), "without labels"),
        (lambda: Sources("a", marks_from=1), "without marks"),
    ],
)
def test_what_cannot_be_is_refused(make, found):
    with pytest.raises(OptionError, match=found):
        make()


def test_measures():
    assert Ruler((1, 1, 1), (4, 5, 1)).mm == 5
    assert Angle((1, 0, 0), (0, 0, 0), (0, 2, 0)).degrees == pytest.approx(90)
    assert Angle((1, 0, 0), (0, 0, 0), (-3, 0, 0)).degrees == pytest.approx(180)
    assert Angle((0, 0, 0), (0, 0, 0), (1, 0, 0)).degrees == 0


def test_what_is_not_shown_is_not_among_what_is():
    bone, skin = SurfaceLayer(preset="bone"), SurfaceLayer(preset="skin", shown=False)
    scene = Scene(surfaces=(bone, skin), volume=VolumeLayer(shown=False))
    assert scene.shown_surfaces == (bone,)
    assert scene.shown_volume is None


def test_a_background_may_be_a_word():
    assert scene_for("surface", background="white").background == ("#ffffff", "#ffffff")
