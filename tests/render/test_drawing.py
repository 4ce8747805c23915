"""A drawing that follows a scene shows what a fresh one would, and lets go of all when it is closed."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pytest

from tests.render.test_screenshot import body_with_knob
from vizmed.render import gl
from vizmed.render.draw import draw
from vizmed.render.resolve import resolve
from vizmed.render.study import Study
from vizmed.scene import Angle, Camera, Clip, Ruler, Scene, SliceLayer, SurfaceLayer, VolumeLayer

pytestmark = pytest.mark.gl

SIZE = (140, 120)
BONE, SKIN = SurfaceLayer(level=900.0, color="#e8dcc3"), SurfaceLayer(level=0.0, opacity=0.3, color="#c08060")


@pytest.fixture(scope="module")
def study():
    gl.require()
    return Study(body_with_knob("rotated and sheared")[0])


@pytest.fixture(scope="module")
def middle():
    return body_with_knob("rotated and sheared")[1]


def pixels(drawing):
    drawing.plotter.render()  # a screenshot draws but the first time
    return np.array(drawing.plotter.screenshot(return_img=True))


def fresh(scene, study):
    drawing = draw(resolve(scene, study), off_screen=True)
    picture = pixels(drawing)
    drawing.close()
    return picture


def changes(middle):
    """Scenes one after the other, as a person may change them."""
    volume = VolumeLayer(preset="ct-soft-tissue", opacity=0.02)
    plain = Scene(volume=volume, surfaces=(BONE,), camera="A", size=SIZE)
    at = tuple(middle + np.array([2.0, 1.0, -2.0]))
    slices = SliceLayer(at=at, in_3d=("axial", "coronal"), window=(800.0, 200.0))
    windowed = SliceLayer(window=(900.0, 900.0))
    ruler = Ruler(tuple(middle - np.array([9.0, 0.0, 6.0])), tuple(middle + np.array([6.0, 0.0, 8.0])))
    angle = Angle(at, tuple(middle), tuple(middle + np.array([0.0, 0.0, 9.0])))
    return [
        plain,
        replace(plain, surfaces=(BONE, SKIN)),
        replace(plain, surfaces=(SKIN,), volume=None),
        replace(plain, surfaces=(replace(BONE, color="#40a040"), replace(SKIN, shown=False))),
        replace(plain, volume=replace(volume, shift=200.0, opacity=0.05)),
        replace(plain, volume=replace(volume, blend="mip")),
        replace(plain, volume=replace(volume, blend="minip"), surfaces=()),
        replace(plain, volume=replace(volume, blend="mip"), slices=windowed),
        replace(plain, volume=replace(volume, blend="minip"), slices=windowed, surfaces=()),
        replace(plain, measures=(ruler, angle)),
        replace(plain, measures=(angle,), camera="L"),
        replace(plain, measures=(angle, ruler), background=("#ffffff", "#ffffff")),
        replace(plain, slices=slices, surfaces=(replace(BONE, cut=True),), volume=replace(volume, cut=True)),
        replace(plain, slices=replace(slices, in_3d=("sagittal",)), camera="iso", zoom=1.3),
        replace(plain, crop=(tuple(middle - 6), tuple(middle + 9))),
        replace(plain, clip=Clip(at, (1.0, 0.4, 0.2)), crop=(tuple(middle - 6), tuple(middle + 9))),
        replace(plain, annotated=False, background=("#ffffff", "#ffffff")),
        replace(plain, surfaces=(replace(BONE, wireframe=True),), camera="L"),
        replace(plain, camera=Camera(tuple(middle + np.array([60.0, -70.0, 20.0])), tuple(middle), (0.0, 0.0, 1.0))),
        plain,
    ]


def test_what_follows_a_scene_is_the_same_to_the_pixel(study, middle):
    scenes = changes(middle)
    resolved = resolve(scenes[0], study)
    drawing = draw(resolved, off_screen=True)
    pictures = []
    for scene in scenes:
        resolved = resolve(scene, study, resolved)
        drawing.show(resolved)
        pictures.append(pixels(drawing))
        expected = fresh(scene, study)
        apart = np.abs(pictures[-1].astype(int) - expected).max(axis=-1)
        assert apart.max() <= 1, scene
        assert (apart > 0).mean() < 1e-3, scene
    drawing.close()
    assert np.array_equal(pictures[0], pictures[-1])
    assert len({picture.tobytes() for picture in pictures}) == len(scenes) - 1, "a change changed nothing"


def test_hurrying_is_undone(study, middle):
    scene = next(scene for scene in changes(middle) if scene.volume and scene.volume.cut)
    drawing = draw(resolve(scene, study), off_screen=True)
    before = pixels(drawing)
    drawing.hurry(True)
    pixels(drawing)
    drawing.hurry(False)
    assert np.array_equal(pixels(drawing), before)
    drawing.close()


def test_where_the_processor_draws_hurrying_is_coarser(study, middle):
    drawing = draw(resolve(changes(middle)[0], study), off_screen=True)
    pixels(drawing)
    is_slow = gl.is_drawn_by_processor(drawing.plotter.render_window)
    full = drawing.volume.GetMapper().GetImageSampleDistance()
    drawing.hurry(True)
    assert (drawing.volume.GetMapper().GetImageSampleDistance() > full) == is_slow
    drawing.close()


def test_the_camera_that_it_tells_gives_the_same_picture(study, middle):
    scene = replace(changes(middle)[0], camera="iso", zoom=1.2)
    drawing = draw(resolve(scene, study), off_screen=True)
    stand, before = drawing.camera(), pixels(drawing)
    drawing.close()
    assert isinstance(stand, Camera)
    assert np.abs(fresh(replace(scene, camera=stand), study).astype(int) - before).max() <= 1


def test_a_view_fills_its_part_of_the_window(study, middle):
    """In a pane of its own shape the body is framed by the pane, not by the window."""
    import pyvista

    scene = replace(changes(middle)[0], surfaces=(SurfaceLayer(level=0.0),), volume=None, annotated=False)
    plotter = pyvista.Plotter(off_screen=True, window_size=[240, 120])
    plotter.renderer.SetViewport(0.5, 0.0, 1.0, 1.0)
    drawing = draw(resolve(scene, study), off_screen=True, plotter=plotter)
    assert drawing.plotter is plotter
    assert drawing.size == (120, 120)
    pane = pixels(drawing)[:, 120:].astype(int)
    drawing.close()
    alone = fresh(replace(scene, size=(120, 120)), study).astype(int)
    assert (np.abs(pane - alone).max(axis=-1) > 8).mean() < 0.01


def test_a_transparent_picture_has_the_body_alone(study, middle):
    scene = replace(changes(middle)[0], transparent=True, annotated=False)
    drawing = draw(resolve(scene, study), off_screen=True)
    picture = drawing.plotter.screenshot(return_img=True, transparent_background=True)
    drawing.close()
    assert picture.shape[2] == 4
    assert (picture[[0, -1], :, 3] == 0).all()
    assert picture[60, 70, 3] == 255
    assert 0.2 < (picture[..., 3] > 128).mean() < 0.9


def test_captions_say_what_was_left_out(study):
    drawing = draw(resolve(Scene(surfaces=(BONE,), size=SIZE), study), off_screen=True)
    assert not drawing.annotations.caption.GetVisibility()
    drawing.close()


def test_nothing_of_it_is_left_when_it_is_closed(study, middle):
    from vtkmodules.vtkCommonCore import vtkObjectBase

    def alive():
        gc.collect()
        ours = ("vtkVolume", "vtkOpenGLActor", "vtkOpenGLGPUVolumeRayCastMapper", "vtkTextActor", "vtkOpenGLTexture")
        ours += ("vtkOpenGLTextActor", "vtkActor2D", "vtkOpenGLPolyDataMapper2D", "vtkCoordinate")
        found = [one for one in gc.get_objects() if isinstance(one, vtkObjectBase)]
        return sum(one.GetClassName().startswith(ours) for one in found)

    before = alive()
    measures = (Ruler((0.0, 0.0, 0.0), tuple(middle)), Angle((0.0, 0.0, 0.0), tuple(middle), (0.0, 9.0, 0.0)))
    scene = next(scene for scene in changes(middle) if scene.volume and scene.volume.cut)
    for close_plotter_alone in (True, False):
        drawing = draw(resolve(replace(scene, measures=measures), study), off_screen=True)
        pixels(drawing)
        assert alive() > before
        if close_plotter_alone:
            drawing.plotter.close()
        else:
            drawing.close()
        del drawing
        assert alive() == before
