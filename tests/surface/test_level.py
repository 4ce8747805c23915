from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from vizmed import presets
from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.surface import Level, choose_level
from vizmed.surface.level import PLAIN_COLOR, otsu
from vizmed.volume import Volume


def filled(values: np.ndarray, **known: object) -> Volume:
    return Volume.from_numpy(np.asfortranarray(values.reshape(10, 10, -1)), **known)


@pytest.fixture
def ct() -> Volume:
    return filled(np.linspace(-1024, 1900, 3000).astype(np.int16), modality="CT", unit="HU")


@pytest.fixture
def mr() -> Volume:
    rng = np.random.default_rng(2)
    air, head = np.abs(rng.normal(0, 15, 6000)), rng.normal(400, 60, 3000)
    return filled(np.rint(np.concatenate([air, head])).astype(np.int16), modality="MR")


@pytest.mark.parametrize("name", presets.names("tissues"))
def test_a_preset_is_its_tissue(ct, name):
    level, tissue = choose_level(ct, preset=name), presets.tissue(name)
    assert (level.value, level.color) == (tissue.level, tissue.color)
    assert level.reason == f"preset {name}: {tissue.level:g} HU ({tissue.note})"


def test_left_to_itself_it_takes_bone_for_ct(ct):
    assert choose_level(ct) == choose_level(ct, preset="bone")
    assert choose_level(ct).reason == "preset bone: 226 HU (InVesalius: bone 226-3071)"


def test_left_to_itself_it_takes_otsu_for_mr(mr):
    level = choose_level(mr)
    assert 60 < level.value < 250
    low, high = mr.value_range
    assert level.reason == f"MR has no absolute scale: Otsu between {low:g} and {high:g} gives {level.value:g}"
    assert level.color == PLAIN_COLOR


def test_a_volume_of_unknown_kind_says_so(mr):
    assert choose_level(Volume(mr.voxels, mr.geometry)).reason.startswith("unknown unit: Otsu between")


def test_a_number_is_taken_as_given(ct):
    assert choose_level(ct, level=300) == Level(300.0, "level 300 as given", PLAIN_COLOR)
    assert choose_level(ct, level="-310.5").value == -310.5
    assert choose_level(ct, level="otsu").reason.startswith("Otsu as asked for")
    mine = Level(17.0, "mine", "#123456")
    assert choose_level(ct, level=mine) is mine


def test_a_tissue_needs_hounsfield_units(mr):
    with pytest.raises(OptionError, match=r"modality MR without that unit.*--level NUMBER.*otsu"):
        choose_level(mr, preset="bone")
    with pytest.raises(OptionError, match="unknown modality"):
        choose_level(Volume(mr.voxels, mr.geometry), preset="skin")


def test_what_names_no_level_is_refused(ct):
    for options in ({"preset": "marble"}, {"level": "high"}, {"level": float("nan")}, {"level": float("inf")}):
        with pytest.raises(OptionError):
            choose_level(ct, **options)
    with pytest.raises(OptionError, match="both"):
        choose_level(ct, preset="bone", level=3)


@pytest.mark.parametrize(("level", "which"), [(5000, "no voxel is"), (-1024, "every voxel is"), (-3000, "every voxel")])
def test_a_level_out_of_range_gets_three_better_ones(ct, level, which):
    with pytest.raises(EmptySurfaceError, match=f"{which}.*from -1024 to 1900") as refusal:
        choose_level(ct, level=level)
    assert refusal.value.remedy == "Levels with a surface: -300 (skin), 226 (bone), 150 (vessel)"


def test_the_better_levels_of_mr_do_have_a_surface(mr):
    with pytest.raises(EmptySurfaceError) as refusal:
        choose_level(mr, level=-1)
    better = [float(word) for word in refusal.value.remedy.split(": ")[1].split(", ")]
    assert len(better) == 3
    assert all(low < high for low, high in pairwise(better))
    for level in better:
        assert choose_level(mr, level=level).value == level


def test_a_range_that_a_sample_misses_is_still_a_range():
    values = np.zeros((200, 200, 120), np.int16, order="F")
    values[101, 77, 63] = 900
    values[100, 77, 63] = -5
    assert choose_level(Volume.from_numpy(values), level=899).value == 899
    assert choose_level(Volume.from_numpy(values), level=-4).value == -4


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_padding_and_what_is_no_number_have_no_say(dtype):
    rng = np.random.default_rng(8)
    values = np.concatenate([rng.normal(0, 9, 4000), rng.normal(100, 9, 2000)]).astype(dtype)
    expected = choose_level(filled(values)).value
    hidden = [-30000] * 4000 if dtype == "int16" else [np.nan] * 2000 + [np.inf] * 1000 + [-30000] * 1000
    found = choose_level(
        Volume(
            filled(np.append(values, hidden).astype(dtype)).voxels,
            filled(np.append(values, hidden)).geometry,
            padding=-30000,
        )
    )
    assert found.value == expected
    assert 30 < expected < 70


def test_one_value_has_no_surface():
    for voxels, padding in ((np.full((3, 3, 3), 7), None), (np.full((3, 3, 3), np.nan), None), (np.ones((2, 2, 2)), 1)):
        volume = Volume.from_numpy(voxels)
        with pytest.raises(EmptySurfaceError, match="has no surface: every voxel is"):
            choose_level(Volume(volume.voxels, volume.geometry, padding=padding), level=5)


@pytest.mark.parametrize("part", [0.5, 0.1, 0.0002])
@pytest.mark.parametrize(("dtype", "bright"), [("uint8", 1), ("uint8", 255), ("int16", 20_000), ("float32", 1.0)])
def test_otsu_finds_the_mask_in_a_mask(part, dtype, bright):
    values = np.zeros(20_000, dtype)
    values[: int(part * 20_000)] = bright
    level = otsu(values)
    assert 0 < level <= bright
    assert level == pytest.approx((bright + 1) // 2 if dtype != "float32" else 0.5, rel=0.01)


def test_otsu_is_the_split_of_least_variance():
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(40, 12, 3000), rng.normal(120, 25, 1500)]).astype(np.int16)
    values.clip(0, 200, out=values)

    def spread(level: int) -> float:
        return sum(part.size * part.var() for part in (values[values < level], values[values >= level]) if part.size)

    assert otsu(values) == pytest.approx(min(range(1, 200), key=spread), abs=1)


def test_a_metal_clip_does_not_move_otsu(mr):
    values = mr.voxels.copy(order="F")
    values[:2, 0, 0] = 32_000
    assert choose_level(Volume.from_numpy(values), level="otsu").value == pytest.approx(
        choose_level(mr, level="otsu").value, abs=5
    )


def test_without_bone_the_default_is_otsu_and_says_why():
    soft = filled(np.repeat(np.int16([-1000, 60]), 500), unit="HU", modality="CT")
    chosen = choose_level(soft)
    assert -1000 < chosen.value <= 60
    assert chosen.reason.startswith("no voxel reaches bone, 226 HU: Otsu between -1000 and 60")
    with pytest.raises(EmptySurfaceError):
        choose_level(soft, preset="bone")
