"""Planes are grouped into volumes, and the one that is meant is taken."""

from __future__ import annotations

import numpy as np
import pytest

from tests.dicom_files import write_series
from tests.phantoms import SPACING_MM, asymmetric, axis_orders, geometries
from vizmed.errors import SeriesChoiceError
from vizmed.geometry import Geometry
from vizmed.read import read
from vizmed.read.dicom.series import choose_series, list_series
from vizmed.read.dicom.survey import survey
from vizmed.volume import Volume

from .compare import assert_same_in_world

GRIDS = geometries((4, 3, 5))
PHANTOM = asymmetric(GRIDS["identity"])
OTHER = asymmetric(Geometry.from_axes((5, 6, 4), SPACING_MM, (3, 2, 1), axis_orders()["PSL"]))


def write(folder, volume=PHANTOM, **options):
    return write_series(folder, volume.voxels, volume.geometry, **options)


def listed(folder):
    return list_series(survey(folder).frames)


@pytest.fixture
def two(tmp_path):
    """Two series in one folder: number 4, "head nativ", and number 7, "head contrast"."""
    own = {"SeriesNumber": 4, "SeriesDescription": "head nativ", "SeriesInstanceUID": "1.2.40.1"}
    write(tmp_path, name="a{}".format, **own)
    own = {"SeriesNumber": 7, "SeriesDescription": "head contrast", "SeriesInstanceUID": "1.2.41.1", "series": 2}
    write(tmp_path, OTHER, name="b{}".format, **own)
    return tmp_path


def test_one_series_needs_no_choice(tmp_path):
    write(tmp_path)
    assert_same_in_world(read(tmp_path), PHANTOM)


def test_two_series_need_a_choice_and_are_shown(two):
    with pytest.raises(SeriesChoiceError) as refused:
        read(two)
    message = str(refused.value)
    assert "2 volumes" in message
    assert "#1 series 4: CT head nativ, 4 x 3 x 5" in message
    assert "#2 series 7: CT head contrast, 5 x 6 x 4" in message


@pytest.mark.parametrize("wanted", [4, "4", "#1", 1, "1.2.40", "1.2.40.1", "nativ", "HEAD NATIV", " head nativ "])
def test_the_first_is_chosen(two, wanted):
    volume = read(two, series=wanted)
    assert_same_in_world(volume, PHANTOM)
    (finding,) = volume.provenance.findings
    assert (finding.code, finding.severity) == ("other-series", "note")
    assert "head contrast" in finding.where


@pytest.mark.parametrize("wanted", [7, "7", "#2", 2, "1.2.41", "contrast"])
def test_the_second_is_chosen(two, wanted):
    assert_same_in_world(read(two, series=wanted), OTHER)


@pytest.mark.parametrize(
    ("wanted", "count"), [("head", "2"), ("1.2", "2"), ("abdomen", "no"), ("#3", "no"), ("#0", "no"), (99, "no")]
)
def test_a_choice_that_fits_none_or_many_is_refused_with_the_table(two, wanted, count):
    with pytest.raises(SeriesChoiceError) as refused:
        read(two, series=wanted)
    message = str(refused.value)
    assert f"{count} series fit {str(wanted)!r}" in message
    assert "#1 series 4: CT head nativ" in message
    assert "#2 series 7: CT head contrast" in message


def test_a_number_is_a_series_number_before_it_is_a_place(tmp_path):
    write(tmp_path, name="a{}".format, SeriesNumber=2)
    write(tmp_path, OTHER, name="b{}".format, series=2, SeriesNumber=9)
    assert_same_in_world(read(tmp_path, series=2), PHANTOM)
    assert_same_in_world(read(tmp_path, series="#2"), OTHER)


def test_a_wrong_choice_is_refused_even_where_there_is_one_series(tmp_path):
    write(tmp_path)
    with pytest.raises(SeriesChoiceError, match="no series fit"):
        read(tmp_path, series="abdomen")


@pytest.mark.parametrize(
    ("foreign", "code"),
    [
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, "stray-slices"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "other-series"),
        ({"PixelSpacing": [3, 3]}, "stray-slices"),
    ],
    ids=["orientation", "localizer", "spacing"],
)
def test_a_foreign_plane_of_the_same_series_is_left_out(foreign, code, tmp_path):
    write(tmp_path, name="a{}".format)
    write(tmp_path, name="b{}".format, per_slice=lambda k: {**foreign, "SOPInstanceUID": f"1.2.9.{k}"})
    for n in range(1, 5):
        (tmp_path / f"b{n}").unlink()
    volume = read(tmp_path)
    assert_same_in_world(volume, PHANTOM)
    (finding,) = volume.provenance.findings
    assert finding.code == code
    assert finding.severity == ("warning" if code == "stray-slices" else "note")


def test_a_plane_of_another_size_is_left_out(tmp_path):
    write(tmp_path, name="a{}".format)
    scout = Volume(np.zeros((9, 8, 1), "int16"), Geometry.from_axes((9, 8, 1), SPACING_MM))
    write(tmp_path, scout, name="b{}".format, SOPInstanceUID="1.2.9")
    volume = read(tmp_path)
    assert_same_in_world(volume, PHANTOM)
    assert [finding.code for finding in volume.provenance.findings] == ["other-series"]


@pytest.mark.parametrize(
    ("keyword", "values", "parts"),
    [
        ("EchoTime", (2.5, 10), ["EchoTime 2.5", "EchoTime 10"]),
        ("TemporalPositionIdentifier", (1, 2), ["TemporalPositionIdentifier 1", "TemporalPositionIdentifier 2"]),
        ("TriggerTime", (0, 450), ["TriggerTime 0", "TriggerTime 450"]),
        ("AcquisitionNumber", (1, 2), ["AcquisitionNumber 1", "AcquisitionNumber 2"]),
        ("DiffusionBValue", (0.0, 1000.0), ["DiffusionBValue 0", "DiffusionBValue 1000"]),
    ],
)
def test_4d_splits_into_volumes(keyword, values, parts, tmp_path):
    truths = [PHANTOM, Volume(PHANTOM.voxels + np.int16(500), PHANTOM.geometry)]
    for n, (value, truth) in enumerate(zip(values, truths, strict=True)):
        own = {"per_slice": lambda k, n=n: {"SOPInstanceUID": f"1.2.5.{n}.{k}", "InstanceNumber": 2 * k + n}}
        write(tmp_path, truth, name=f"{n}-{{}}".format, **{keyword: value}, **own)
    found = listed(tmp_path)
    assert [series.part for series in found] == parts
    with pytest.raises(SeriesChoiceError, match=parts[1]):
        read(tmp_path)
    for place, truth in zip(("#1", "#2"), truths, strict=True):
        assert_same_in_world(read(tmp_path, series=place), truth)
    assert read(tmp_path, series=parts[1]).description == f"series number 1 {parts[1]}"


def test_blank_and_missing_uids_make_one_group(tmp_path):
    blank = {"SeriesInstanceUID": "", "StudyInstanceUID": "", "SOPInstanceUID": ""}
    write(tmp_path / "blank", **blank)
    assert_same_in_world(read(tmp_path / "blank"), PHANTOM)
    write(tmp_path / "none", **dict.fromkeys(blank))
    volume = read(tmp_path / "none")
    assert_same_in_world(volume, PHANTOM)
    assert volume.provenance.findings == ()


def test_places_in_the_list_do_not_depend_on_file_names(tmp_path):
    for names in ("ab", "ba"):
        folder = tmp_path / names
        write(folder, name=f"{names[0]}{{}}".format, SeriesNumber=10)
        write(folder, OTHER, name=f"{names[1]}{{}}".format, series=2, SeriesNumber=9)
        assert [(series.index, series.number) for series in listed(folder)] == [(1, 9), (2, 10)]


def test_choose_takes_the_only_volume_beside_single_pictures(tmp_path):
    write(tmp_path, name="a{}".format)
    for n in range(3):
        scout = Volume(np.zeros((9, 8, 1), "int16"), Geometry.from_axes((9, 8, 1), SPACING_MM, (0, 0, n)))
        write(tmp_path, scout, name=f"b{n}-{{}}".format, series=3 + n)
    found = listed(tmp_path)
    assert len(found) == 4
    assert choose_series(found, None).size == (4, 3, 5)
