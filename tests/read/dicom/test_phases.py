"""Places that are there several times: copies are dropped and said, all else becomes volumes or is refused."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom import uid

from tests.dicom_files import write_enhanced, write_series
from tests.phantoms import asymmetric, geometries
from vizmed.errors import IrregularStackError, SeriesChoiceError
from vizmed.read import describe, read
from vizmed.volume import Volume

from .compare import assert_same_in_world

PHANTOM = asymmetric(geometries((4, 3, 5))["rotated"])
PHASES = [PHANTOM, *(Volume(PHANTOM.voxels + np.int16(500 * n), PHANTOM.geometry) for n in (1, 2))]


def write(folder, name, volume=PHANTOM, numbers=range(1, 6), **options):
    """Write a volume as files of one series, with SOPInstanceUIDs of their own."""
    own = {"per_slice": lambda k: {"SOPInstanceUID": f"1.2.7.{name}.{k}", "InstanceNumber": numbers[k]}, **options}
    return write_series(folder, volume.voxels, volume.geometry, name=f"{name}-{{}}".format, **own)


def codes(volume: Volume) -> list[str]:
    return [finding.code for finding in volume.provenance.findings]


# ---- volumes


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("NominalCardiacTriggerDelayTime", (0.0, 80.5, 700.0)),
        ("InversionTime", (50, 400, 2500)),
        ("FlipAngle", (2, 5, 15)),
        ("EchoNumbers", (1, 2, 10)),
    ],
)
@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian])
def test_attributes_tell_volumes_apart(keyword, values, syntax, tmp_path):
    for n, value in enumerate(values):
        write(tmp_path, n, PHASES[n], syntax=syntax, **{keyword: value})
    assert [one.description for one in describe(tmp_path).series] == [
        f"series number 1 {keyword} {value:g}" for value in values
    ]
    for n, truth in enumerate(PHASES):
        found = read(tmp_path, series=1, volume=n + 1)
        assert_same_in_world(found, truth)
        assert codes(found) == ["other-series"]
        assert describe(tmp_path, volume=n + 1).chosen == n + 1


def test_two_attributes_together(tmp_path):
    kinds = [(echo, kind) for echo in (2, 5) for kind in "MP"]
    truths = [Volume(PHANTOM.voxels + np.int16(100 * n), PHANTOM.geometry) for n in range(4)]
    for n, (echo, kind) in enumerate(kinds):
        write(tmp_path, n, truths[n], EchoTime=echo, ImageType=["ORIGINAL", "PRIMARY", kind])
    parts = [f"EchoTime {echo}, ImageType ORIGINAL\\PRIMARY\\{kind}" for echo, kind in kinds]
    assert [one.description for one in describe(tmp_path).series] == [f"series number 1 {part}" for part in parts]
    for n, truth in enumerate(truths):
        assert_same_in_world(read(tmp_path, volume=n + 1), truth)


@pytest.mark.parametrize("interleaved", [False, True])
def test_the_last_resort_is_the_instance_number(interleaved, tmp_path):
    for n, truth in enumerate(PHASES):
        numbers = [3 * k + n + 1 for k in range(5)] if interleaved else range(5 * n + 1, 5 * n + 6)
        write(tmp_path, 9 - n, truth, numbers)
    for n, truth in enumerate(PHASES):
        found = read(tmp_path, volume=n + 1)
        assert_same_in_world(found, truth)
        assert codes(found) == ["other-series", "phases-by-instance-number"]
        assert found.description.endswith(f"phase {n + 1}")


def test_an_attribute_that_differs_within_a_phase_does_not_shatter_it(tmp_path):
    for n, truth in enumerate(PHASES):
        write(tmp_path, n, truth, range(5 * n + 1, 5 * n + 6))
        for k in range(5):
            path = tmp_path / f"{n}-{k}"
            dataset = pydicom.dcmread(path)
            dataset.TriggerTime = 40 * n + 3 * k
            dataset.save_as(path)
    for n, truth in enumerate(PHASES):
        found = read(tmp_path, volume=n + 1)
        assert_same_in_world(found, truth)
        assert codes(found) == ["other-series", "phases-by-instance-number"]


def test_acquisitions_that_overlap(tmp_path):
    for path in write(tmp_path, 0, AcquisitionNumber=1)[4:]:
        path.unlink()
    for path in write(tmp_path, 1, PHASES[1], range(6, 11), AcquisitionNumber=2)[:2]:
        path.unlink()
    found = read(tmp_path, volume=1)
    np.testing.assert_array_equal(found.voxels, PHANTOM.voxels[:, :, :4])
    np.testing.assert_array_equal(read(tmp_path, volume=2).voxels, PHASES[1].voxels[:, :, 2:])


def test_empty_slices_do_not_keep_phases_from_being_told_apart(tmp_path):
    voxels = PHANTOM.voxels.copy(order="F")
    voxels[:, :, 0] = 0
    other = voxels.copy(order="F")
    other[:, :, 1:] += 7
    for n, one in enumerate((voxels, other)):
        write(tmp_path, n, Volume(one, PHANTOM.geometry), range(5 * n + 1, 5 * n + 6))
    np.testing.assert_array_equal(read(tmp_path, volume=2).voxels, other)


@pytest.mark.parametrize("wanted", [0, -1, 4])
def test_a_volume_that_is_not_there_is_refused(wanted, tmp_path):
    for n, truth in enumerate(PHASES):
        write(tmp_path, n, truth, EchoTime=n)
    with pytest.raises(SeriesChoiceError, match=f"no volume {wanted}, there are 3"):
        read(tmp_path, volume=wanted)
    with pytest.raises(SeriesChoiceError, match="--volume"):
        describe(tmp_path, volume=wanted)


def test_a_volume_is_one_of_one_series(tmp_path):
    write(tmp_path, 1)
    write(tmp_path, 2, series=2, SeriesInstanceUID="1.2.9")
    with pytest.raises(SeriesChoiceError, match="2 volumes"):
        read(tmp_path, volume=1)
    assert_same_in_world(read(tmp_path, series=1, volume=1), PHANTOM)


def test_phases_that_cannot_be_told_are_refused(tmp_path):
    for n in range(2):
        write(tmp_path, n, PHASES[n])  # the same InstanceNumbers
    with pytest.raises(IrregularStackError, match="5 slices too many"):
        read(tmp_path)


def test_uneven_phases_are_refused(tmp_path):
    write(tmp_path, 0)
    for path in write(tmp_path, 1, PHASES[1], range(6, 11))[2:]:
        path.unlink()
    with pytest.raises(IrregularStackError, match="2 slices too many"):
        read(tmp_path)


# ---- copies


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.RLELossless])
def test_twins_under_other_names_are_left_out(syntax, tmp_path):
    write(tmp_path, 0, syntax=syntax)
    for path in write(tmp_path, 1, numbers=range(6, 11), syntax=syntax)[3:]:
        path.unlink()
    found = read(tmp_path)
    assert_same_in_world(found, PHANTOM)
    assert codes(found) == ["same-pixels-twice"]
    assert "3 slices" in found.provenance.findings[0].message
    with pytest.raises(IrregularStackError, match="SOPInstanceUID"):
        read(tmp_path, strict=True)


@pytest.mark.parametrize("numbers", [range(1, 6), range(6, 11)])
def test_a_whole_series_of_twins(numbers, tmp_path):
    write(tmp_path, 0)
    write(tmp_path, 1, numbers=numbers)
    found = read(tmp_path)
    assert_same_in_world(found, PHANTOM)
    assert codes(found) == ["same-pixels-twice"]


def test_twins_among_phases(tmp_path):
    for n in range(2):
        write(tmp_path, n, PHASES[n], EchoTime=n)
    write(tmp_path, 7, PHASES[1], EchoTime=1)[0].unlink()
    for n in range(2):
        found = read(tmp_path, volume=n + 1)
        assert_same_in_world(found, PHASES[n])
        assert codes(found) == ["other-series", "same-pixels-twice"]


@pytest.mark.parametrize(
    "own", [{"RescaleIntercept": 5, "RescaleSlope": 1}, {"RescaleIntercept": 0, "RescaleSlope": 2}]
)
def test_same_bytes_of_another_meaning_are_no_twins(own, tmp_path):
    write(tmp_path, 0)
    write(tmp_path, 1, **own)
    with pytest.raises(IrregularStackError, match="too many"):
        read(tmp_path)


def test_one_name_with_other_pixels_is_not_dropped(tmp_path):
    for n in range(2):
        write_series(tmp_path / str(n), PHASES[n].voxels, PHANTOM.geometry)
    with pytest.raises(IrregularStackError, match="5 slices too many"):
        read(tmp_path)


def test_one_name_with_other_pixels_may_still_be_told_apart(tmp_path):
    for n in range(2):
        write_series(tmp_path / str(n), PHASES[n].voxels, PHANTOM.geometry, EchoTime=n)
    for n in range(2):
        assert_same_in_world(read(tmp_path, volume=n + 1), PHASES[n])


@pytest.mark.parametrize("same", [True, False])
def test_multi_frame_files_that_came_twice(same, tmp_path):
    for n in range(2):
        write_enhanced(tmp_path / f"{n}", PHASES[0 if same else n].voxels, PHANTOM.geometry, [3, 1, 0, 4, 2])
    if same:
        found = read(tmp_path)
        assert_same_in_world(found, PHANTOM)
        assert codes(found) == ["same-instance-twice"]
        return
    with pytest.raises(IrregularStackError, match="too many"):
        read(tmp_path)


def test_real_files_of_one_name_with_other_pixels(shared_data):
    with pytest.raises((IrregularStackError, SeriesChoiceError)):
        read(shared_data("twelve-bit/in"))
    with pytest.raises(IrregularStackError, match="too many"):
        read(shared_data("transfer-syntaxes/in"))  # one picture, compressed in nine ways
