from __future__ import annotations

import numpy as np
import pytest

from vizmed import presets
from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.parts import PLAIN_COLOR
from vizmed.surface import Level, choose_level
from vizmed.surface.inside.band import Band
from vizmed.surface.inside.otsu import otsu, otsu_levels
from vizmed.volume import Volume

INF = float("inf")


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
    chosen, tissue = choose_level(ct, preset=name), presets.tissue(name)
    assert (chosen.low, chosen.high, chosen.color) == (tissue.level, tissue.high, tissue.color)
    assert isinstance(chosen, Level if tissue.high == INF else Band)
    assert chosen.reason.startswith(f"preset {name}: ")
    assert chosen.reason.endswith(f" HU ({tissue.note})")


def test_a_preset_says_its_values(ct):
    assert choose_level(ct, preset="bone").reason == "preset bone: 226 HU (InVesalius: bone 226-3071)"
    assert choose_level(ct, preset="fat").reason.startswith("preset fat: -205 to -51 HU (InVesalius: fat")
    assert choose_level(ct, preset="airway").reason.startswith("preset airway: up to -235 HU (")


def test_left_to_itself_it_takes_bone_for_ct(ct):
    assert choose_level(ct) == choose_level(ct, preset="bone")


def test_left_to_itself_it_takes_the_dark_one_of_three_for_mr(mr):
    level = choose_level(mr)
    assert 60 < level.value < 250
    dark, mid, bright = otsu_levels(mr.voxels.ravel())
    assert level.value == dark < mid < bright
    listed = f"{dark:g}, {mid:g}, {bright:g}"
    assert level.reason == f"MR has no absolute scale: the dark one of Otsu's three levels {listed}"
    assert level.color == PLAIN_COLOR
    assert [choose_level(mr, level=name).value for name in ("dark", "mid", "bright")] == [dark, mid, bright]
    assert choose_level(mr, level="mid").reason == f"the mid one of Otsu's three levels {listed}, as asked for"


@pytest.mark.parametrize("noise", [3, 10, 20])
def test_noise_that_has_a_level_of_its_own_is_passed_over(noise):
    rng = np.random.default_rng(noise)
    truth = np.repeat([0.0, 100.0], [14_000, 6_000])
    phantom = np.abs(truth + rng.normal(0, noise, 20_000) + 1j * rng.normal(0, noise, 20_000)).astype(np.float32)
    volume = filled(phantom, modality="MR")
    chosen = choose_level(volume)
    assert otsu_levels(phantom)[0] < 2 * noise
    assert chosen.value == otsu_levels(phantom)[1]
    assert ((phantom >= chosen.value) == (truth > 50)).mean() > 0.98
    assert "the mid one of Otsu's three levels" in chosen.reason
    assert chosen.reason.endswith(", the darkest that does not lie amid noise")


def test_otsu_of_two_groups_on_request(mr):
    level = choose_level(mr, level="otsu")
    low, high = mr.value_range
    assert level.value == otsu(mr.voxels.ravel())
    assert level.reason == f"MR has no absolute scale: Otsu between {low:g} and {high:g} gives {level.value:g}"


def test_a_volume_of_unknown_kind_says_so(mr):
    assert choose_level(Volume(mr.voxels, mr.geometry)).reason.startswith("unknown unit: the dark one of Otsu's")
    ct = Volume(mr.voxels, mr.geometry, modality="CT")
    assert choose_level(ct).reason.startswith("this CT is not in Hounsfield units: the dark one")


def test_a_number_is_taken_as_given(ct):
    assert choose_level(ct, level=300) == Level(300.0, "level 300 as given", PLAIN_COLOR)
    assert choose_level(ct, level="-310.5").value == -310.5
    assert choose_level(ct, level="otsu").reason.startswith("Otsu as asked for")
    mine = Level(17.0, "mine", "#123456")
    assert choose_level(ct, level=mine) is mine


def test_a_range_is_taken_as_given(ct):
    assert choose_level(ct, band="-205:-51") == Band(-205.0, -51.0, "range -205 to -51 as given", PLAIN_COLOR)
    assert choose_level(ct, band=(-205, -51)) == choose_level(ct, band="-205:-51")
    assert choose_level(ct, band=":-235") == Band(-INF, -235.0, "range up to -235 as given")
    mine = Band(1, 17, "mine", "#123456")
    assert choose_level(ct, level=mine) is mine


def test_a_tissue_needs_hounsfield_units(mr):
    with pytest.raises(OptionError, match=r"modality MR without that unit.*--level NUMBER.*dark.*otsu"):
        choose_level(mr, preset="bone")
    with pytest.raises(OptionError, match="unknown modality"):
        choose_level(Volume(mr.voxels, mr.geometry), preset="skin")


def test_what_names_no_level_is_refused(ct):
    for options in ({"preset": "marble"}, {"level": "high"}, {"level": float("nan")}, {"level": float("inf")}):
        with pytest.raises(OptionError):
            choose_level(ct, **options)
    with pytest.raises(OptionError, match="the preset 'bone' and the level 3 are given"):
        choose_level(ct, preset="bone", level=3)
    for options in ({"preset": "bone", "band": "1:3"}, {"level": 3, "band": "1:3"}):
        with pytest.raises(OptionError, match="the range '1:3' are given"):
            choose_level(ct, **options)
    for band in ("1", "3:1", ":", (5, 4), (float("nan"), 1), "high:"):
        with pytest.raises(OptionError, match="range"):
            choose_level(ct, band=band)


@pytest.mark.parametrize(("level", "which"), [(5000, "no voxel is"), (-1024, "every voxel is"), (-3000, "every voxel")])
def test_a_level_out_of_range_gets_three_better_ones(ct, level, which):
    with pytest.raises(EmptySurfaceError, match=f"{which}.*from -1024 to 1900") as refusal:
        choose_level(ct, level=level)
    assert refusal.value.remedy == "Levels with a surface: -300 (skin), 226 (bone), 150 (vessel)"


def test_the_better_levels_of_mr_do_have_a_surface(mr):
    with pytest.raises(EmptySurfaceError) as refusal:
        choose_level(mr, level=-1)
    better = dict(reversed(word[:-1].split(" (")) for word in refusal.value.remedy.split(": ")[1].split(", "))
    assert list(better) == ["dark", "mid", "bright"]
    for name, level in better.items():
        assert choose_level(mr, level=float(level)).value == choose_level(mr, level=name).value


@pytest.mark.parametrize(
    ("band", "which"),
    [
        ((5000, 6000), "around 5000 to 6000 .range 5000 to 6000 as given.: no voxel is in it"),
        (":-1500", "around up to -1500 .*: no voxel is at or below it"),
        ("-1024:", "every voxel is at or above it"),
        (":1900", "every voxel is at or below it"),
        ((-1100, 2000), "every voxel is in it"),
    ],
)
def test_a_range_that_parts_nothing_gets_three_better_ones(ct, band, which):
    with pytest.raises(EmptySurfaceError, match=f"{which}; the values run from -1024 to 1900") as refusal:
        choose_level(ct, band=band)
    if which.endswith("above it"):
        assert refusal.value.remedy.startswith("Levels with a surface: -300 (skin)")
    else:
        expected = "Ranges with a surface: -5:135 (muscle), -205:-51 (fat), 148:661 (spongy-bone)"
        assert refusal.value.remedy == expected


def test_the_better_ranges_of_mr_do_have_a_surface(mr):
    with pytest.raises(EmptySurfaceError) as refusal:
        choose_level(mr, band=(5000, 6000))
    better = refusal.value.remedy.split(": ", 1)[1].split(", ")
    assert len(better) == 3
    for text in better:
        assert choose_level(mr, band=text)


def test_a_region_alone_need_not_be_parted(ct):
    region = np.zeros(ct.shape, bool)
    region[2:4] = True
    assert choose_level(ct, level=-2000, region=region).value == -2000
    with pytest.raises(EmptySurfaceError, match="no voxel of the mask is at or above it; the values there run from"):
        choose_level(ct, level=1899, region=region)
    with pytest.raises(EmptySurfaceError, match="no voxel of the mask is in it; the values there are padding"):
        choose_level(Volume(np.full(ct.shape, -5), ct.geometry, padding=-5), band="-9:9", region=region)
    with pytest.raises(EmptySurfaceError, match=r"preset bone.*no voxel of the mask.*Levels with a surface: .*dark"):
        choose_level(ct, region=region)
    region[:] = True
    assert choose_level(ct, region=region) == choose_level(ct)


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
