from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.phantoms import asymmetric, geometries
from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.geometry import Geometry
from vizmed.presets import names, tissue
from vizmed.surface import Level, choose_level
from vizmed.surface import sweep as room
from vizmed.surface.inside.otsu import LEVEL_NAMES
from vizmed.surface.sweep import FEWEST, MOST, SAME_PLACE, Candidate, sweep, thinned
from vizmed.volume import Volume

LARGE_MM, SMALL_MM = 26.0, 16.0
"""Radii of the balls where their values are 0; in their middle they are 1000."""


def cones(*balls: tuple[tuple[float, float, float], float], shape=(64, 66, 68), spacing=(1.0, 0.95, 0.9)) -> Volume:
    """Balls (middle, radius) in mm: at the level L, each is one of the radius R (1 - L / 1000)."""
    geometry = Geometry.from_axes(shape, spacing)
    places = geometry.to_world(np.moveaxis(np.indices(shape), 0, -1))
    reach = [1000 * (1 - np.linalg.norm(places - middle, axis=-1) / radius) for middle, radius in balls]
    values = np.maximum(np.maximum.reduce(reach), -60.0)
    return Volume(np.asfortranarray(values.astype(np.float32)), geometry)


def one_ball() -> Volume:
    return cones(((31.3, 31.1, 30.2), LARGE_MM))


def radius_mm(candidate: Candidate, at_zero: float = LARGE_MM) -> float:
    return at_zero * (1 - candidate.level / 1000)


def test_area_and_volume_are_those_of_the_ball():
    known = [one for one in sweep(one_ball(), 12) if 7 < radius_mm(one) <= LARGE_MM]
    assert len(known) >= 6
    for one in known:
        assert one.area_mm2 == pytest.approx(4 * np.pi * radius_mm(one) ** 2, rel=0.02), one
        assert one.volume_mm3 == pytest.approx(4 / 3 * np.pi * radius_mm(one) ** 3, rel=0.02), one
        assert (one.pieces, one.largest_share) == (1, 1.0)


def test_two_balls_are_two_pieces_and_the_larger_has_its_part():
    volume = cones(((28.0, 30.0, 30.0), LARGE_MM), ((76.0, 30.0, 30.0), SMALL_MM), shape=(98, 64, 66))
    known = [one for one in sweep(volume, 12) if one.level > 0 and radius_mm(one, SMALL_MM) > 5]
    assert len(known) >= 4
    for one in known:
        assert one.pieces == 2
        assert one.largest_share == pytest.approx(LARGE_MM**3 / (LARGE_MM**3 + SMALL_MM**3), rel=0.02), one


def test_a_cavity_is_a_piece_and_takes_its_volume_off():
    place = np.moveaxis(np.indices((52, 52, 52)), 0, -1) - 25.4
    shell = 10 - np.abs(np.linalg.norm(place, axis=-1) - 15)
    volume = Volume.from_numpy(np.asfortranarray(np.maximum(shell, -1)))
    known = [one for one in sweep(volume) if 2 < one.level < 8]
    assert len(known) >= 4
    for one in known:
        outer, inner = 15 + (10 - one.level), 15 - (10 - one.level)
        assert one.pieces == 2
        assert one.largest_share == 1.0
        assert one.volume_mm3 == pytest.approx(4 / 3 * np.pi * (outer**3 - inner**3), rel=0.02)
        assert one.area_mm2 == pytest.approx(4 * np.pi * (outer**2 + inner**2), rel=0.02)


def test_levels_rise_and_volumes_fall(sample_head):
    for volume in (sample_head, replace(sample_head, unit=None), one_ball()):
        found = sweep(volume)
        assert all(low.level < high.level for low, high in pairwise(found))
        assert all(low.volume_mm3 > high.volume_mm3 for low, high in pairwise(found))
        assert all(0 < one.largest_share <= 1 for one in found)


@pytest.mark.parametrize("count", range(FEWEST, MOST + 1))
def test_there_are_as_many_as_are_asked_for(count):
    assert len(sweep(thinned(one_ball(), 20_000), count)) == count


@pytest.mark.parametrize("count", [0, 7, 13])
def test_another_count_is_refused(count):
    with pytest.raises(OptionError, match=f"{count} levels") as refused:
        sweep(one_ball(), count)
    assert "8 to 12" in refused.value.remedy


def test_on_ct_the_tissues_are_suggested_and_the_default_is_marked(sample_head):
    found = sweep(sample_head)
    assert FEWEST <= len(found) <= MOST
    at = {one.level: one.why for one in found if one.why}
    low, high = sample_head.value_range
    reached = [tissue(name) for name in names("tissues") if low < tissue(name).level <= high]
    levels = [one for one in reached if one.high == np.inf]
    assert {one.name for one in levels} >= {"bone", "skin"}
    for one in levels:
        assert one.name in at[one.level].split(", "), at
    said = " ".join(at.values())
    assert not any(one.name in said for one in reached if one not in levels), "a band is no level"
    (default,) = [one for one in found if one.is_default]
    assert default.level == choose_level(sample_head).value
    assert default.why.split(", ")[0] == "bone"


def test_without_a_unit_otsu_suggests(sample_head):
    volume = replace(sample_head, unit=None, modality="MR")
    found = sweep(volume)
    whys = {one.level: one.why for one in found if one.why}
    reach = SAME_PLACE * (max(whys) - min(whys))
    for words, level in {**{f"{name} of Otsu's three": name for name in LEVEL_NAMES}, "Otsu's": "otsu"}.items():
        value = choose_level(volume, level=level).value
        nearest = min(whys, key=lambda other: abs(other - value))
        assert abs(nearest - value) <= reach
        assert (words if nearest == value else f"near {words}") in whys[nearest].split(", ")
    assert not any(name in " ".join(whys.values()) for name in names("tissues"))
    (default,) = [one for one in found if one.is_default]
    assert default.level == choose_level(volume).value
    assert default.why


def test_a_default_that_is_the_lowest_has_a_level_below_it():
    found = sweep(one_ball())
    (default,) = [n for n, one in enumerate(found) if one.is_default]
    assert default == 1
    assert found[0].why is None
    assert found[-1].why is None


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.integers(-1000, 3000), min_size=2, max_size=60).filter(lambda values: len(set(values)) > 1),
    kind=st.sampled_from([("int16", 1), ("float32", 1.0), ("float32", 1e-6), ("float64", 1e7)]),
    unit=st.sampled_from(["HU", None]),
    count=st.integers(FEWEST, MOST),
)
def test_of_any_values_the_levels_are_apart_and_each_has_a_surface(values, kind, unit, count):
    voxels = np.resize((np.array(values) * kind[1]).astype(kind[0]), (len(values), 3, 2))
    volume = Volume(np.asfortranarray(voxels), Geometry.from_axes(voxels.shape), unit=unit)
    found = sweep(volume, count)
    assert 1 <= len(found) <= MOST
    whys = [one.level for one in found if one.why]
    apart = SAME_PLACE * (max(whys) - min(whys))
    low, high = volume.value_range
    assert all(after.level - before.level > apart for before, after in pairwise(found))
    assert all(low < one.level <= high and one.pieces > 0 for one in found)
    assert sum(one.is_default for one in found) == 1


def test_two_values_have_one_level():
    mask = np.zeros((9, 9, 9), np.uint8, order="F")
    mask[2:6, 3:7, 1:8] = 1
    (one,) = sweep(Volume.from_numpy(mask))
    assert one.level == 1
    assert one.is_default
    assert one.why == "dark of Otsu's three, mid of Otsu's three, bright of Otsu's three, Otsu's"


def test_one_value_has_none():
    with pytest.raises(EmptySurfaceError, match="has no surface: every voxel is 7"):
        sweep(Volume.from_numpy(np.full((4, 4, 4), 7)))


def test_what_is_no_number_and_padding_change_nothing():
    plain = one_ball()
    values = plain.voxels.copy(order="F")
    values[:, :, 0] = np.nan
    values[:, :, -1] = -3000
    marred = replace(plain, voxels=values, padding=-3000)
    for one, other in zip(sweep(plain), sweep(marred), strict=True):
        assert other.level == pytest.approx(one.level, rel=0.03, abs=20)
        assert other.pieces == 1


@pytest.mark.parametrize("kind", geometries())
def test_a_thinned_copy_lies_where_the_whole_does(kind):
    whole = asymmetric(geometries()[kind])
    coarse = thinned(whole, 9_000)
    assert coarse.voxels.size <= 9_000
    steps = np.rint(coarse.geometry.spacing / whole.geometry.spacing).astype(int)
    assert (steps > 1).any()
    for ijk in ([0, 0, 0], [1, 2, 3], np.array(coarse.shape) - 1):
        there = np.array(ijk) * steps
        assert coarse.voxels[tuple(ijk)] == whole.voxels[tuple(there)]
        assert coarse.geometry.to_world(ijk) == pytest.approx(whole.geometry.to_world(there))


def test_the_finest_axis_is_thinned_first():
    volume = asymmetric(Geometry.from_axes((40, 40, 10), (0.5, 0.5, 3.0)))
    assert thinned(volume, 16_000) is volume
    assert thinned(volume, 15_999).shape == (20, 40, 10)
    assert thinned(volume, 4_000).shape == (20, 20, 10)
    assert thinned(volume, 1).shape == (1, 1, 1)


def test_a_large_scan_is_measured_on_a_thinned_copy_at_the_levels_of_the_whole(monkeypatch):
    volume = one_ball()
    whole = sweep(volume, 12)
    monkeypatch.setattr(room, "thinned", lambda volume: thinned(volume, 40_000))
    coarse = sweep(volume, 12)
    assert [one.level for one in coarse] == [one.level for one in whole]
    known = [one for one in coarse if 10 < radius_mm(one) <= LARGE_MM]
    assert len(known) >= 5
    for one in known:
        assert one.volume_mm3 == pytest.approx(4 / 3 * np.pi * radius_mm(one) ** 3, rel=0.03), one
    assert [one.area_mm2 for one in coarse] != [one.area_mm2 for one in whole]


def test_a_surface_that_thinning_has_lost_has_no_pieces(monkeypatch, sample_head):
    voxels = np.where(sample_head.voxels > 1200, np.int16(1200), sample_head.voxels)
    voxels[33, 33, 33] = 2000
    volume = replace(sample_head, voxels=np.asfortranarray(voxels))
    monkeypatch.setattr(room, "thinned", lambda volume: thinned(volume, 120_000))
    (enamel,) = [one for one in sweep(volume) if one.why == "enamel"]
    assert enamel == Candidate(tissue("enamel").level, 0.0, 0.0, 0, 0.0, "enamel")


def test_a_level_is_what_surface_takes(sample_head):
    from vizmed.surface import extract_surface, measure

    one = sweep(sample_head)[3]
    found = measure(extract_surface(sample_head, Level(one.level, "as told")))
    assert one.area_mm2 == pytest.approx(found.area_mm2)
    assert one.volume_mm3 == pytest.approx(found.volume_mm3)
    assert one.pieces == found.pieces


def test_the_levels_of_a_real_mr(shared_data):
    from vizmed.read import read

    found = sweep(read(shared_data("head-nifti") / "mr_t1.nii.gz"))
    assert len(found) == 10
    assert [one.why for one in found if one.is_default] == ["dark of Otsu's three"]
    shares = [one.largest_share for one in found]
    assert shares[1] > 0.99 > shares[-1]
