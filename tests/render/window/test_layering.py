from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.window.desks import desk, volume
from vizmed.render.study import Study
from vizmed.render.window.desk import value_step_of
from vizmed.render.window.layering import (
    change_blend,
    change_function,
    fade_overlay,
    functions_of,
    multiply_opacity,
    raise_level,
    represent,
    shift_function,
    turn_skin,
    turn_surfaces,
    turn_volume,
)
from vizmed.scene import Scene, SurfaceLayer, VolumeLayer, scene_for

EMPTY = Scene()
VOLUME = scene_for("volume")
SURFACE = scene_for("surface")


@pytest.mark.parametrize(("act", "scene"), [(turn_volume, VOLUME), (turn_surfaces, SURFACE)])
def test_layers_turn_off_and_on_and_keep_what_they_are(act, scene):
    off = act(scene, desk())
    assert off.shown_volume is None
    assert off.shown_surfaces == ()
    assert act(off, desk()) == scene


def test_a_layer_that_is_not_there_is_made():
    assert turn_volume(EMPTY, desk()).shown_volume == VolumeLayer()
    assert turn_surfaces(EMPTY, desk()).shown_surfaces == (SurfaceLayer(),)
    assert change_blend(EMPTY, desk()).shown_volume == VolumeLayer()


def test_one_surface_that_is_shown_is_enough_to_turn_all_off():
    scene = replace(EMPTY, surfaces=(SurfaceLayer(shown=False), SurfaceLayer(preset="skin")))
    assert turn_surfaces(scene, desk()).shown_surfaces == ()


def test_blends_go_round():
    seen, scene = [], VOLUME
    for _ in range(3):
        seen.append(scene.volume.blend)
        scene = change_blend(scene, desk())
    assert seen == ["shade", "mip", "minip"]
    assert scene == VOLUME


@pytest.mark.parametrize(("unit", "start"), [("HU", "ct-"), (None, "mr-")])
def test_transfer_functions_are_those_of_the_modality(unit, start):
    scan = volume(unit=unit)
    choices = functions_of(scan)
    assert choices[0] == "auto"
    assert len(choices) > 3
    assert all(name.startswith(start) for name in choices[1:])
    there = change_function(1)(VOLUME, desk(scan))
    assert there.volume.preset == choices[1]
    assert change_function(-1)(there, desk(scan)) == VOLUME
    assert change_function(-1)(VOLUME, desk(scan)).volume.preset == choices[-1]


@settings(deadline=None)
@given(count=st.integers(1, 60))
def test_opacity_goes_up_by_a_quarter_and_back_and_has_ends(count):
    scene, beside = VOLUME, desk()
    for _ in range(count):
        scene = multiply_opacity(1)(scene, beside)
    assert scene.volume.opacity == pytest.approx(min(1.25**count, 100), rel=1e-4)
    for _ in range(2 * count):
        scene = multiply_opacity(-1)(scene, beside)
    assert scene.volume.opacity >= 0.01


def test_the_transfer_function_moves_by_a_step():
    beside = desk()
    up = shift_function(1)(VOLUME, beside)
    assert up.volume.shift == 25
    assert shift_function(-1)(up, beside) == VOLUME


@pytest.mark.parametrize(
    "act", [change_function(1), multiply_opacity(1), shift_function(-1), raise_level(1), fade_overlay(1)]
)
def test_what_is_not_shown_is_not_changed(act):
    hidden = replace(EMPTY, volume=VolumeLayer(shown=False), surfaces=(SurfaceLayer(shown=False),))
    for scene in (EMPTY, hidden):
        assert act(scene, desk(level=226.0)) is scene


def test_the_level_starts_where_the_surface_lies_and_its_color_stays():
    scene = scene_for("surface", preset="bone")
    up = raise_level(1)(scene, desk(level=226.0, color="#e8dcc3"))
    assert up.surfaces == (SurfaceLayer(level=251.0, color="#e8dcc3"),)
    again = raise_level(1)(up, desk(level=999.0, color="#000000"))
    assert again.surfaces == (SurfaceLayer(level=276.0, color="#e8dcc3"),)
    assert raise_level(-1)(again, desk()) == up


def test_only_the_first_surface_moves():
    skin = SurfaceLayer(preset="skin", opacity=0.35)
    scene = replace(EMPTY, surfaces=(SurfaceLayer(level=100.0), skin))
    assert raise_level(1)(scene, desk()).surfaces == (SurfaceLayer(level=125.0), skin)


def test_a_surface_without_a_lower_end_stays():
    assert raise_level(1)(SURFACE, desk(level=-inf)) is SURFACE
    assert raise_level(1)(SURFACE, desk()) is SURFACE


def test_steps_are_25_hu_or_a_round_part_of_the_values():
    assert value_step_of(volume()) == 25
    step = value_step_of(volume(unit=None))
    assert 0.01 * 1080 < step < 0.03 * 1080
    assert step == float(f"{step:.1g}")


def test_skin_comes_over_the_bone_and_goes():
    over = turn_skin(SURFACE, desk())
    assert over.surfaces[0] == SURFACE.surfaces[0]
    assert over.surfaces[1].preset == "skin"
    assert over.surfaces[1].opacity < 0.5
    assert turn_skin(over, desk()) == SURFACE
    from_nothing = turn_skin(EMPTY, desk())
    assert [surface.preset for surface in from_nothing.surfaces] == ["bone", "skin"]
    opaque = scene_for("surface", preset="skin")
    assert [surface.preset for surface in turn_skin(opaque, desk()).surfaces] == ["bone", "skin"]


def test_under_the_skin_stands_the_whole_bone_alone():
    over = turn_skin(scene_for("scene"), desk())
    assert not any(surface.cut for surface in over.surfaces)
    assert over.shown_volume is None
    assert over.slices.in_3d == ()


def test_without_hounsfield_units_the_surface_is_seen_through():
    beside = desk(volume(unit=None))
    through = turn_skin(SURFACE, beside)
    assert 0 < through.surfaces[0].opacity < 0.5
    assert turn_skin(through, beside) == SURFACE
    assert turn_skin(EMPTY, beside).surfaces[0].opacity < 0.5


def test_wireframe_and_surface():
    wires = represent(wireframe=True)(SURFACE, desk())
    assert wires.surfaces[0].wireframe
    assert represent(wireframe=False)(wires, desk()) == SURFACE


def test_the_overlay_fades_between_nothing_and_all():
    beside = desk()
    beside = replace(beside, study=Study(beside.study.volume, overlay=volume()))
    scene, seen = EMPTY, []
    for _ in range(12):
        scene = fade_overlay(-1)(scene, beside)
        seen.append(scene.overlay.opacity)
    assert seen == [0.4, 0.3, 0.2, 0.1] + [0.0] * 8
    for _ in range(12):
        scene = fade_overlay(1)(scene, beside)
    assert scene.overlay.opacity == 1
