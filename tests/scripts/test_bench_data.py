"""What is worked on, and what is told of results."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.contests import CONTESTS
from benchmarks.data import FILES, MICRO, NAMES, Head, heads, make, tiny
from benchmarks.looking import picture_facts, triangle_facts, voxel_facts
from benchmarks.run import megabytes_needed, places

import vizmed


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return vizmed.read(make(Head(32, 6), tmp_path_factory.mktemp("plain") / "made"))


@pytest.mark.parametrize("form", [*NAMES, *FILES, MICRO])
def test_every_form_is_read_back_as_the_same_head(form, plain, tmp_path):
    volume = vizmed.read(make(Head(32, 6, form), tmp_path / "made"))
    assert volume.shape == plain.shape == (32, 32, 6)
    most = 12 if form in NAMES else 0  # the noise
    apart = abs(volume.voxels.astype(int) - plain.voxels)
    assert apart.max() == most


def test_files_of_a_series_are_not_padded_and_begin_at_the_far_end(tmp_path):
    names = {path.name for path in make(Head(32, 11), tmp_path / "made").iterdir()}
    assert names == {f"IM{n}.dcm" for n in range(1, 12)}


def test_sizes_go_from_64_cubed_to_2048_slices():
    grown = [head for word, head in heads(quick=False).items() if word.startswith("growing")]
    assert (grown[0], grown[-1]) == (Head(64, 64), Head(512, 2048))
    assert Head(512, 512) in grown
    assert sum(head.megabytes for head in heads(quick=True).values()) < 300


def test_every_contest_has_vizmed_first_and_data_that_there_are():
    for contest in CONTESTS.values():
        assert next(iter(contest.contestants.values())).own
        assert set(contest.data) <= set(heads(quick=False))
        assert list(places(contest, quick=True))


def test_space_is_counted_before_anything_is_made():
    assert megabytes_needed(["read"], quick=True) == pytest.approx(3.5 * Head(192, 96).megabytes)
    assert megabytes_needed(["growth"], quick=False) > 3.5 * Head(512, 2048).megabytes


def test_the_tiny_one_has_the_same_form():
    assert tiny(Head(512, 512, "rle")).form == "rle"


def test_voxels_in_another_order_have_another_checksum():
    stack = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    assert voxel_facts(stack) == voxel_facts(stack.astype(float))
    assert voxel_facts(stack)["checksum"] != voxel_facts(stack[::-1])["checksum"]


def test_a_cube_encloses_its_volume_wherever_it_lies_and_however_it_is_cut_into_blocks(monkeypatch):
    corners = _cube(20.0)
    assert triangle_facts(corners) == {"triangles": 12, "ml": pytest.approx(8.0)}
    assert triangle_facts(corners + 500, unit_mm3=0.5)["ml"] == pytest.approx(4.0)
    monkeypatch.setattr("benchmarks.looking.BLOCK", 5)
    assert triangle_facts(corners)["ml"] == pytest.approx(8.0)


def _cube(edge_mm):
    """Give two triangles (3 corners, xyz) a face, front sides outward."""
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)], float).reshape(2, 3, 2)
    faces = []
    for axis in range(3):
        for side in (0, 1):
            face = np.insert(square, axis, side, axis=2)
            outward = np.cross(face[0, 1] - face[0, 0], face[0, 2] - face[0, 0])[axis]
            faces.append(face if (outward > 0) == (side == 1) else face[:, ::-1])
    return edge_mm * np.concatenate(faces)


def test_an_empty_picture_is_refused(tmp_path):
    from PIL import Image

    Image.new("L", (8, 8)).save(tmp_path / "empty.png")
    Image.linear_gradient("L").save(tmp_path / "full.png")
    with pytest.raises(ValueError, match="empty"):
        picture_facts(tmp_path / "empty.png")
    assert picture_facts(tmp_path / "full.png") == {"picture": "256 x 256 pixels"}
