from __future__ import annotations

from dataclasses import replace

from vizmed.render.depends import scene_in_3d, scene_in_slices
from vizmed.scene import Camera, Ruler, VolumeLayer, scene_for

FOUR = scene_for("surface", layout="four")


def test_what_3d_and_slices_depend_on():
    size = (100, 90)
    moved = replace(FOUR, slices=replace(FOUR.slices, at=(1.0, 2.0, 3.0), zoom=2.0, crosshair=False))
    measured = replace(FOUR, measures=(Ruler((0, 0, 0), (1, 1, 1)),))
    assert scene_in_3d(moved, size) == scene_in_3d(FOUR, size) != scene_in_3d(measured, size)
    assert scene_in_slices(moved) != scene_in_slices(FOUR) != scene_in_slices(measured)
    cut = replace(FOUR, volume=VolumeLayer(cut=True))
    assert scene_in_3d(replace(cut, slices=moved.slices), size) != scene_in_3d(cut, size)
    in_3d = replace(FOUR, slices=replace(FOUR.slices, in_3d=("axial",)))
    assert scene_in_3d(replace(in_3d, slices=replace(in_3d.slices, window="bone")), size) != scene_in_3d(in_3d, size)
    stand = Camera((0, 0, 9), (0, 0, 0), (0, 1, 0))
    for fields in ({"camera": stand}, {"surfaces": ()}, {"volume": VolumeLayer()}, {"table": True}, {"zoom": 2.0}):
        changed = replace(FOUR, **fields)
        assert scene_in_3d(changed, size) != scene_in_3d(FOUR, size)
        assert scene_in_slices(changed) == scene_in_slices(FOUR)
    windowed = replace(FOUR, slices=replace(FOUR.slices, window="lung"))
    assert scene_in_3d(windowed, size) == scene_in_3d(FOUR, size)
    for blend, depends in (("shade", False), ("mip", True), ("minip", True)):
        one, other = (replace(scene, volume=VolumeLayer(blend=blend)) for scene in (windowed, FOUR))
        assert (scene_in_3d(one, size) != scene_in_3d(other, size)) == depends
    both = replace(FOUR, crop=((0, 0, 0), (9, 9, 9)))
    assert scene_in_3d(both, size) != scene_in_3d(FOUR, size)
    assert scene_in_slices(both) != scene_in_slices(FOUR)
