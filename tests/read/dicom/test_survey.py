"""What lies in a folder is found by content, and what is passed over is counted."""

from __future__ import annotations

import os
from importlib import import_module

import pytest

from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from vizmed.errors import DamagedFileError, ReadError, UnknownFormatError
from vizmed.read.dicom.survey import survey

from .compare import assert_same_in_world

PHANTOM = asymmetric(geometries((4, 3, 5))["rotated"])


def write(folder, **options):
    return write_series(folder, PHANTOM.voxels, PHANTOM.geometry, **options)


def passed_over(path) -> dict[str, str]:
    """Message to the names shown; what may have been a slice must be a warning, anything else a note."""
    findings = survey(path).findings
    for finding in findings:
        lost = finding.message.endswith(("empty", "not readable"))
        assert (finding.code, finding.severity) == ("passed-over", "warning" if lost else "note")
    return {finding.message: finding.where for finding in findings}


def test_nested_folders_and_any_names(tmp_path):
    from vizmed.read import read

    folders = ["a", "a/b c/ü", "日本", "z", "DICOM"]
    names = ["IM1", "ID", ".hidden", "slice.txt", "0005.jpg"]
    written = write(tmp_path, name="{}".format)
    for file, folder, name in zip(written, folders, names, strict=True):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        file.rename(tmp_path / folder / name)
    found = survey(tmp_path)
    assert {frame.path.relative_to(tmp_path).as_posix() for frame in found.frames} == {
        f"{folder}/{name}" for folder, name in zip(folders, names, strict=True)
    }
    assert (found.damaged, found.findings) == ((), ())
    assert_same_in_world(read(tmp_path), PHANTOM)


def test_one_file(tmp_path):
    file = write(tmp_path)[2]
    assert [frame.path for frame in survey(file).frames] == [file]


def test_other_files_are_counted_and_named(tmp_path):
    write(tmp_path)
    for n in range(5):
        (tmp_path / f"notes{n}.txt").write_text("not a picture\n" * 20)
    (tmp_path / "empty").touch()
    assert passed_over(tmp_path) == {
        "1 file passed over: empty": "empty",
        "5 files passed over: no DICOM image": "notes0.txt, notes1.txt, notes2.txt, ...",
    }
    assert len(survey(tmp_path).frames) == 5


def test_links(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    write(inside)
    strange = write(outside, SeriesInstanceUID="1.2.3.99")[0]
    (inside / "dangling").symlink_to("nowhere")
    (inside / "away").symlink_to(strange)
    (inside / "around").symlink_to(inside / ".." / "out" / strange.name)
    assert passed_over(inside) == {
        "1 file passed over: a link to nothing": "dangling",
        "2 files passed over: a link out of the folder": "around, away",
    }
    assert {frame.series_uid for frame in survey(inside).frames} == {"1.2.3.1"}


def test_links_within_the_folder_are_followed(tmp_path):
    files = write(tmp_path / "store", name="{}".format)
    for file in files:
        (tmp_path / f"link{file.name}").symlink_to(file)
    found = survey(tmp_path)
    assert found.findings == ()
    assert {frame.path.name for frame in found.frames} >= {f"link{n}" for n in range(5)}


def test_a_folder_may_itself_be_reached_by_a_link(tmp_path):
    write(tmp_path / "store")
    (tmp_path / "link").symlink_to("store")
    assert len(survey(tmp_path / "link").frames) == 5


def test_a_linked_folder_is_not_entered(tmp_path):
    write(tmp_path / "out", SeriesInstanceUID="1.2.3.99")
    write(tmp_path / "in")
    (tmp_path / "in" / "away").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
    assert len(survey(tmp_path / "in").frames) == 5


def test_a_pipe_is_not_opened(tmp_path):
    write(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert passed_over(tmp_path) == {"1 file passed over: no plain file": "pipe"}


def test_a_file_that_cannot_be_opened_is_counted(tmp_path, monkeypatch):
    survey_module = import_module("vizmed.read.dicom.survey")  # the package shows the function of that name
    locked = write(tmp_path)[2]
    original = survey_module.read_header

    def refuse(path, *others):
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return original(path, *others)

    monkeypatch.setattr(survey_module, "read_header", refuse)
    assert passed_over(tmp_path) == {"1 file passed over: not readable": locked.name}


def test_a_folder_that_cannot_be_entered_is_refused(tmp_path, monkeypatch):
    write(tmp_path)
    (tmp_path / "locked").mkdir()
    original = os.scandir

    def refuse(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ReadError, match=r"locked.*cannot be read"):
        survey(tmp_path)


def test_a_missing_path_is_refused(tmp_path):
    with pytest.raises(ReadError, match="no such file or folder"):
        survey(tmp_path / "nowhere")


def test_damaged_files_are_kept_apart(tmp_path):
    files = write(tmp_path)
    whole = files[1].read_bytes()
    files[1].write_bytes(whole[:-5])
    found = survey(tmp_path)
    assert len(found.frames) == 4
    assert [damage.where for damage in found.damaged] == [str(files[1])]


def test_a_cut_slice_refuses_its_series_even_at_the_end_of_the_stack(tmp_path):
    from vizmed.read import read

    last = write(tmp_path)[-1]
    whole = last.read_bytes()
    for end in (len(whole) - 1, whole.index(b"series number") + 4, 300):
        last.write_bytes(whole[:end])
        with pytest.raises(DamagedFileError, match=last.name):
            read(tmp_path)


def test_a_damaged_file_elsewhere_does_not_matter(tmp_path):
    from vizmed.read import read

    write(tmp_path / "good")
    bad = write(tmp_path / "bad", series=2)
    for file in bad:
        file.write_bytes(file.read_bytes()[:-5])
    assert_same_in_world(read(tmp_path), PHANTOM)
    with pytest.raises(DamagedFileError):
        read(tmp_path / "bad")


def test_a_folder_of_other_files_says_what_is_in_it(tmp_path):
    from vizmed.read import read

    (tmp_path / "notes.txt").write_text("x" * 500)
    with pytest.raises(UnknownFormatError, match=r"no DICOM images.*1 file passed over.*notes\.txt"):
        read(tmp_path)


def test_a_linked_folder_is_counted(tmp_path):
    scans = tmp_path / "scans"
    elsewhere = tmp_path / "elsewhere"
    scans.mkdir()
    write(elsewhere)
    (scans / "more").symlink_to(elsewhere)
    write(scans)
    assert passed_over(scans) == {"1 file passed over: a link to a folder": "more"}
