"""What pictures in space look like, as facts: light, transparency, projections, opacity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import geometries
from tests.render.test_screenshot import SHAPE, SIDE
from vizmed import render
from vizmed.render import gl
from vizmed.render.draw import draw
from vizmed.render.resolve import resolve
from vizmed.render.study import Study
from vizmed.scene import Scene, SurfaceLayer, VolumeLayer
from vizmed.volume import Volume

pytestmark = pytest.mark.gl

MIDDLE = np.s_[SIDE // 2 - 6 : SIDE // 2 + 6, SIDE // 2 - 6 : SIDE // 2 + 6]
PLAIN = Scene(camera="A", size=(SIDE, SIDE), annotated=False, table=True)


@pytest.fixture(autouse=True, scope="module")
def opengl():
    gl.require()


def of_distance(values, grid="identity"):
    """A volume whose values are a function of the way from its middle, LPS mm."""
    geometry = geometries(SHAPE)[grid]
    ijk = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    away = geometry.to_world(ijk) - geometry.to_world((np.array(SHAPE) - 1) / 2)
    return Volume(np.asfortranarray(values(away)).astype(np.int16), geometry, modality="CT", unit="HU")


def radius(away):
    return np.linalg.norm(away, axis=-1)


def bone_in_skin(grid="identity"):
    """A ball of bone of 8 mm in a ball of flesh of 16 mm."""
    return of_distance(lambda away: np.select([radius(away) < 8, radius(away) < 16], [1000, 0], -1000), grid)


def picture(scan, **fields):
    return render(scan, scene=replace(PLAIN, **fields)).astype(int)


def test_bone_is_seen_through_skin_and_skin_stays_around_it():
    bone = SurfaceLayer(level=500.0, color="#2020ff")
    skin = SurfaceLayer(level=-500.0, color="#ff2020", opacity=0.3)
    both, solid = (
        picture(bone_in_skin(), surfaces=(bone, skin)),
        picture(bone_in_skin(), surfaces=(bone, replace(skin, opacity=1.0))),
    )
    ring = np.s_[SIDE // 2 - 6 : SIDE // 2 + 6, 26:38]
    inner, outer = both[MIDDLE].mean(axis=(0, 1)), both[ring].mean(axis=(0, 1))
    assert inner[2] > 1.5 * inner[0], "the bone is blue, behind a little red"
    assert outer[0] > outer[2] + 15, "around it is the skin alone"
    hidden = solid[MIDDLE].mean(axis=(0, 1))
    assert hidden[0] > 3 * hidden[2]


def test_the_order_of_surfaces_does_not_matter():
    layers = [SurfaceLayer(level=500.0), SurfaceLayer(level=-500.0, opacity=0.3, color="#ff2020")]
    one, other = (picture(bone_in_skin(), surfaces=tuple(some)) for some in (layers, layers[::-1]))
    assert np.abs(one - other).max() <= 1


def test_walls_within_do_not_clutter_a_skin_that_is_seen_through():
    """A hollow in the flesh has the skin's level around it, too; the skin alone is drawn."""
    solid = of_distance(lambda away: np.where(radius(away) < 16, 0, -1000))
    hollow = of_distance(lambda away: np.where((radius(away) < 16) & (radius(away) > 9), 0, -1000))
    skin = (SurfaceLayer(level=-500.0, opacity=0.4, color="#ff2020"),)
    one, other = picture(solid, surfaces=skin), picture(hollow, surfaces=skin)
    assert np.abs(one - other)[MIDDLE].max() <= 4


@pytest.mark.parametrize("grid", geometries(SHAPE))
@pytest.mark.parametrize("layer", ["volume", "surface"])
def test_light_falls_from_the_left_above_on_every_grid(layer, grid):
    """VTK turns the normals of a volume wrongly in all grids but the plainest."""
    ball = of_distance(lambda away: np.clip(1200 * (1 - radius(away) / 20), -1000, 1000), grid)
    layers = {
        "volume": {"volume": VolumeLayer(preset="vizmed-ct", shift=60)},
        "surface": {"surfaces": (SurfaceLayer(level=100.0),)},
    }
    gray = picture(ball, **layers[layer]).mean(axis=-1)
    near, far = SIDE // 2 - 35, SIDE // 2 + 35
    quarter = {
        name: gray[row - 8 : row + 8, column - 8 : column + 8].mean()
        for name, row, column in (("upper left", near, near), ("upper right", near, far), ("lower left", far, near))
    }
    assert quarter["upper left"] > quarter["upper right"] + 5
    assert quarter["upper left"] > quarter["lower left"] + 25


def test_a_hole_is_darker_than_a_dimple_of_its_slant():
    """A shaft into a block: its floor faces the viewer as the front does, and lies in shadow."""

    def block(away):
        x, y, z = np.moveaxis(np.abs(away), -1, 0)
        shaft = (np.hypot(x, z) < 4) & (away[..., 1] < 8)
        return np.where((x < 15) & (y < 14) & (z < 15) & ~shaft, 1000, -1000)

    gray = picture(of_distance(block), surfaces=(SurfaceLayer(level=0.0, smooth=5),)).mean(axis=-1)
    front = gray[SIDE // 2 - 5 : SIDE // 2 + 5, SIDE // 2 + 45 : SIDE // 2 + 55].mean()
    assert gray[MIDDLE].mean() < 0.6 * front


def test_a_minimum_shows_the_dark_tube_and_not_the_air_around():
    """A tube of air along y through flesh: from the front a dark disc, and the flesh around it bright."""

    def flesh(away):
        tube = np.hypot(away[..., 0], away[..., 2]) < 3
        return np.where(radius(away) < 17, np.where(tube & (np.abs(away[..., 1]) < 9), -900, 40), -1000)

    gray = picture(of_distance(flesh), volume=VolumeLayer(blend="minip")).mean(axis=-1)
    beside = gray[SIDE // 2 - 5 : SIDE // 2 + 5, SIDE // 2 + 48 : SIDE // 2 + 56]
    assert gray[MIDDLE].max() < 40
    assert beside.min() > 130
    assert gray[5, 5] == pytest.approx(picture(of_distance(flesh))[5, 5].mean(), abs=2)


def test_opacity_nothing_shows_nothing():
    nothing = picture(bone_in_skin(), volume=VolumeLayer(preset="ct-bone", opacity=0.0))
    assert np.abs(nothing - nothing[:, :1]).max() <= 1


def test_opacity_thins_and_a_shift_moves_what_is_shown():
    volume = bone_in_skin()
    layer = VolumeLayer(preset="ct-soft-tissue")
    seen = [
        (np.abs(one - one[:, :1]).max(axis=-1) > 14).sum()
        for one in (picture(volume, volume=some) for some in (layer, replace(layer, shift=800.0)))
    ]
    assert seen[1] != seen[0]
    thick, thin = (
        picture(volume, volume=replace(VolumeLayer(preset="ct-bone"), opacity=opacity))[MIDDLE].mean()
        for opacity in (1.0, 0.02)
    )
    assert thin < 0.8 * thick


def test_wires_leave_gaps():
    solid, wires = (
        picture(bone_in_skin(), surfaces=(SurfaceLayer(level=500.0, smooth=0, wireframe=on),)) for on in (False, True)
    )
    ground = picture(bone_in_skin())
    assert (np.abs(wires - ground)[MIDDLE].max(axis=-1) < 30).any()
    assert not (np.abs(solid - ground)[MIDDLE].max(axis=-1) < 30).any()


@pytest.mark.parametrize("preset", ["ct-soft-tissue", "vizmed-ct", "ct-lung"])
def test_stepping_over_what_is_transparent_changes_no_pixel(preset):
    scan = of_distance(lambda away: np.clip(1200 * (1 - radius(away) / 14), -1000, 1000), "rotated and sheared")
    scene = replace(PLAIN, volume=VolumeLayer(preset=preset), camera="iso", size=(120, 120))
    drawing = draw(resolve(scene, Study(scan)), off_screen=True)
    stepping = np.array(drawing.plotter.screenshot(return_img=True))
    drawing.volume.GetShaderProperty().ClearFragmentShaderReplacement("//VTK::Base::Impl", True)
    drawing.plotter.render()
    every_sample = np.array(drawing.plotter.screenshot(return_img=True))
    drawing.close()
    assert np.array_equal(stepping, every_sample)
    assert len(np.unique(stepping)) > 50
