from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.render.test_screenshot import body_with_knob
from tests.render.test_table import patient
from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.geometry import Geometry
from vizmed.presets import transfer_function
from vizmed.render import gl
from vizmed.render import resolve as room
from vizmed.render.draw import draw
from vizmed.render.resolve import resolve
from vizmed.render.study import Study
from vizmed.scene import Scene, SliceLayer, SurfaceLayer, VolumeLayer, scene_for
from vizmed.slices import choose_window
from vizmed.volume import Volume


@pytest.fixture
def study():
    return Study(body_with_knob()[0])


@pytest.fixture
def mr():
    volume, _ = body_with_knob()
    return Study(replace(volume, voxels=np.maximum(volume.voxels, 0), unit=None, modality="MR"))


def test_each_shown_surface_has_its_level_and_mesh(study):
    layers = (SurfaceLayer(level=900.0), SurfaceLayer(level=0.0, shown=False), SurfaceLayer(preset="bone"))
    resolved = resolve(Scene(surfaces=layers), study)
    assert [level.low for level in resolved.levels] == [900.0, 226]
    assert len(resolved.meshes) == 2
    assert resolved.function is None
    assert resolved.slices == ()


def test_what_is_there_is_not_made_again(study, monkeypatch):
    made = []
    extract = room.shown_surface.__globals__["iso_surface"]
    monkeypatch.setitem(
        room.shown_surface.__globals__, "iso_surface", lambda *a, **k: made.append(a[1]) or extract(*a, **k)
    )
    scene = Scene(surfaces=(SurfaceLayer(level=900.0), SurfaceLayer(level=0.0)), volume=VolumeLayer())
    one = resolve(scene, study)
    assert len(made) == 2
    bone, skin = scene.surfaces
    hidden = resolve(replace(scene, surfaces=(bone, replace(skin, shown=False))), study, one)
    again = resolve(
        replace(scene, surfaces=(replace(bone, color="#ff0000"), replace(skin, opacity=0.2))), study, hidden
    )
    assert len(made) == 2
    assert again.surfaces == one.surfaces
    assert again.drawn is one.drawn
    assert again.volume is one.volume
    assert again.seen is not None
    resolve(replace(scene, surfaces=(replace(bone, level=800.0),)), study, again)
    assert len(made) == 3


def test_another_study_shares_nothing(study):
    scene = Scene(surfaces=(SurfaceLayer(level=900.0),))
    one = resolve(scene, study)
    other = Study(replace(study.volume, voxels=np.minimum(study.volume.voxels, 1000)))
    assert resolve(scene, other, one).surfaces != one.surfaces


def test_a_coarse_surface_stands_in_until_the_fine_one_is_wanted(study, monkeypatch):
    monkeypatch.setitem(room.shown_surface.__globals__, "COARSE_VOXELS", 10_000)
    scene = Scene(surfaces=(SurfaceLayer(level=900.0),))
    coarse = resolve(scene, study, coarse=True)
    fine = resolve(scene, study, coarse)
    assert coarse.meshes[0].n_points < 0.5 * fine.meshes[0].n_points
    assert resolve(scene, study, fine, coarse=True).surfaces == fine.surfaces, "the fine one is there"


def test_the_function_is_shifted_and_multiplied(study):
    plain = transfer_function("ct-bone")
    layer = VolumeLayer(preset="ct-bone", shift=150.0, opacity=0.5)
    function = resolve(Scene(volume=layer), study).function
    assert function.opacity == tuple((value + 150, alpha / 2) for value, alpha in plain.opacity)
    assert function.color == tuple((value + 150, color) for value, color in plain.color)


def test_otsu_is_asked_for_once(mr, monkeypatch):
    from vizmed.surface.inside.otsu import otsu

    asked = []
    monkeypatch.setattr("vizmed.surface.inside.otsu.otsu", lambda values: asked.append(1) or otsu(values))
    one = resolve(scene_for("scene"), mr)
    assert len(asked) == 1
    resolve(scene_for("volume", preset="mr-default"), mr, one)
    resolve(scene_for("mip"), mr, one)
    assert len(asked) == 1


@pytest.mark.parametrize("blend", ["mip", "minip"])
def test_a_projection_has_the_window_of_the_slices(study, mr, blend):
    plain = Scene(volume=VolumeLayer(blend=blend))
    one = resolve(plain, study)
    lung = resolve(replace(plain, slices=SliceLayer(window="lung")), study, one)
    window = choose_window(study.volume, "lung")
    assert [value for value, _ in lung.function.color] == [window.low, window.high]
    assert lung.function.color != one.function.color
    assert lung.drawn is one.drawn, "only its colours are others"
    numbers = resolve(replace(plain, slices=SliceLayer(window=(300.0, 500.0))), mr)
    assert numbers.function.color == ((350, "#000000"), (650, "#ffffff"))
    assert resolve(plain, study, lung).function == one.function
    shaded = Scene(volume=VolumeLayer(), slices=SliceLayer(window="lung"))
    assert resolve(shaded, study).function == resolve(Scene(volume=VolumeLayer()), study).function


@pytest.mark.parametrize("blend", ["mip", "minip"])
@pytest.mark.gl
def test_a_projection_is_as_bright_as_its_window_says(blend):
    """A block of one value fills the middle of the picture; its rim is not of it."""
    gl.require()
    voxels = np.full((48, 48, 48), -1000, np.int16, order="F")
    voxels[6:-6, 6:-6, 6:-6] = 400
    study = Study(Volume(voxels, Geometry.from_axes(voxels.shape, (3, 3, 3), (0, 0, 0)), modality="CT", unit="HU"))
    for window, gray in (((400.0, 300.0), 191), ((200.0, 400.0), 128), ((100.0, 200.0), 255), ((800.0, 760.0), 13)):
        if blend == "mip" and gray < 100:  # the dark end of a maximum fades into the background
            continue
        for inverted in (False, True):
            turned = Study(replace(study.volume, inverted=inverted))
            layer = SliceLayer(window=window)
            scene = Scene(volume=VolumeLayer(blend=blend), slices=layer, camera="A", size=(80, 80), table=True)
            drawing = draw(resolve(replace(scene, annotated=False), turned), off_screen=True)
            picture = np.asarray(drawing.plotter.screenshot(return_img=True))[36:44, 36:44, :3].astype(int)
            drawing.close()
            assert np.abs(picture - (255 - gray if inverted else gray)).max() <= 2, (window, inverted)


def test_a_table_is_taken_out_once_and_said():
    study = Study(patient())
    one = resolve(Scene(volume=VolumeLayer()), study)
    assert one.without_table
    assert resolve(Scene(volume=VolumeLayer(blend="mip")), study, one).volume is one.volume
    assert not resolve(Scene(volume=VolumeLayer(), table=True), study, one).without_table


def test_specks_are_left_out_and_said_unless_nothing_is_smoothed(study):
    voxels = np.array(study.volume.voxels)
    voxels[2:4, 2:4, 2:4] = 1800
    speckled = Study(replace(study.volume, voxels=np.asfortranarray(voxels)))
    eye = resolve(Scene(surfaces=(SurfaceLayer(level=900.0),)), speckled)
    bare = resolve(Scene(surfaces=(SurfaceLayer(level=900.0, smooth=0),)), speckled)
    corner = study.volume.geometry.to_world((2.5, 2.5, 2.5))
    near = [np.linalg.norm(one.meshes[0].points - corner, axis=1).min() for one in (eye, bare)]
    share = 8 / (np.asarray(study.volume.voxels) > 900).sum()
    assert share > 1e-4, "no speck, by its share"
    assert not eye.without_specks
    assert max(near) < 2
    alone = np.array(study.volume.voxels)
    alone[2, 2, 2] = 901
    tiny = Study(replace(study.volume, voxels=np.asfortranarray(alone)))
    assert resolve(Scene(surfaces=(SurfaceLayer(level=900.0),)), tiny).without_specks
    assert not resolve(Scene(surfaces=(SurfaceLayer(level=900.0, smooth=0),)), tiny).without_specks


def test_an_oblique_slice_in_space_lies_across_its_normal(study):
    layer = SliceLayer(planes=("oblique",), in_3d=("oblique",), normal=(1.0, 1.0, 0.5))
    (one,) = resolve(Scene(slices=layer), study).slices
    normal = np.cross(one.along_row, one.down_column)
    assert np.abs(normal / np.linalg.norm(normal) @ (np.array([1, 1, 0.5]) / 1.5)) == pytest.approx(1)


def test_what_does_not_fit_is_refused(study, mr):
    with pytest.raises(EmptySurfaceError):
        resolve(Scene(surfaces=(SurfaceLayer(level=99999.0),)), study)
    with pytest.raises(OptionError):
        resolve(Scene(surfaces=(SurfaceLayer(preset="bone"),)), mr)
    assert isinstance(mr.volume, Volume)


@pytest.mark.parametrize("blend", ["shade", "mip", "minip"])
def test_a_volume_that_is_hidden_at_first_is_drawn_as_one_that_is_not(study, blend):
    shown = Scene(volume=VolumeLayer(blend=blend))
    hidden = replace(shown, volume=replace(shown.volume, shown=False))
    later = resolve(shown, study, resolve(hidden, study))
    assert np.array_equal(later.drawn.voxels, resolve(shown, study).drawn.voxels)
    assert later.box == resolve(shown, study).box
    again = resolve(shown, study, resolve(hidden, study, later))
    assert again.drawn is later.drawn


def test_all_voxels_are_looked_at_once_while_the_camera_moves(study, monkeypatch):
    looked = []
    look = room.shown_box
    monkeypatch.setattr(room, "shown_box", lambda *given: looked.append(1) or look(*given))
    scene = Scene(volume=VolumeLayer())
    one = resolve(scene, study)
    moved = resolve(replace(scene, zoom=2.0), study, one)
    assert (moved.box, len(looked)) == (one.box, 1)
    resolve(replace(scene, volume=VolumeLayer(shift=900.0)), study, moved)
    assert len(looked) == 2


@pytest.mark.parametrize("blend", ["shade", "mip", "minip"])
@pytest.mark.parametrize("hidden", ["NaN", "high padding"])
def test_what_is_no_value_is_drawn_as_what_shows_nothing(blend, hidden):
    """A ball in air, and the same with what is no value around it, look the same."""
    place = np.indices((24, 24, 24)).T - 11.5
    ball = np.where(np.linalg.norm(place, axis=-1) < 7, 300.0, -1000.0).astype(np.float32)
    grid = Geometry.from_axes(ball.shape, (2, 2, 2), (0, 0, 0))
    far = np.linalg.norm(place, axis=-1) > 10.5
    other = np.where(far, np.nan if hidden == "NaN" else 32767.0, ball).astype(np.float32)
    padding = None if hidden == "NaN" else 32767.0
    scene = Scene(volume=VolumeLayer(blend=blend))
    plain = resolve(scene, Study(Volume(np.asfortranarray(ball), grid, modality="CT", unit="HU")))
    found = resolve(scene, Study(Volume(np.asfortranarray(other), grid, modality="CT", unit="HU", padding=padding)))
    assert np.isfinite(found.drawn.voxels).all()
    assert found.drawn.voxels.max() <= max(plain.drawn.voxels.max(), 300)
    if blend != "minip":
        assert np.array_equal(found.drawn.voxels == 300, plain.drawn.voxels == 300)
