"""Files appear whole or not at all, and replace nothing unasked."""

from __future__ import annotations

import os

import pytest

from vizmed.errors import WriteError
from vizmed.write.atomic import atomic_file, check_target


class Interrupted(BaseException):
    """Like KeyboardInterrupt, no Exception."""


def names(folder):
    return [path.name for path in folder.iterdir()]


def write_half(target, error, *, overwrite=False):
    with atomic_file(target, overwrite=overwrite) as file:
        file.write(b"half")
        raise error


def test_appears_when_finished_and_not_before(tmp_path):
    target = tmp_path / "out.bin"
    with atomic_file(target) as file:
        file.write(b"whole")
        file.flush()
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert names(tmp_path) == ["out.bin"]


def test_takes_a_name_as_text(tmp_path):
    with atomic_file(str(tmp_path / "out.bin")) as file:
        file.write(b"1")
    assert (tmp_path / "out.bin").read_bytes() == b"1"


@pytest.mark.parametrize("error", [ValueError, Interrupted])
def test_half_written_leaves_nothing(error, tmp_path):
    with pytest.raises(error):
        write_half(tmp_path / "out.bin", error)
    assert names(tmp_path) == []


@pytest.mark.parametrize("error", [ValueError, Interrupted])
def test_overwriting_keeps_the_old_file_when_the_writer_fails(error, tmp_path):
    target = tmp_path / "out.bin"
    target.write_bytes(b"old")
    with pytest.raises(error):
        write_half(target, error, overwrite=True)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["out.bin"]


def test_existing_file_is_kept(tmp_path):
    target = tmp_path / "out.bin"
    target.write_bytes(b"old")
    with pytest.raises(WriteError, match="--overwrite") as refused, atomic_file(target):
        pytest.fail("the writer must not begin")
    assert refused.value.where == str(target)
    assert target.read_bytes() == b"old"


def test_existing_file_is_replaced_when_asked(tmp_path):
    target = tmp_path / "out.bin"
    target.write_bytes(b"a longer old file")
    with atomic_file(target, overwrite=True) as file:
        file.write(b"new")
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["out.bin"]


def test_file_that_comes_up_in_the_meantime_is_kept(tmp_path):
    target = tmp_path / "out.bin"
    with pytest.raises(WriteError, match="exists"), atomic_file(target):
        target.write_bytes(b"theirs")
    assert target.read_bytes() == b"theirs"
    assert names(tmp_path) == ["out.bin"]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("dangling", [False, True])
def test_nothing_is_written_through_a_link(overwrite, dangling, tmp_path):
    aim, link = tmp_path / "aim.bin", tmp_path / "link.bin"
    if not dangling:
        aim.write_bytes(b"aim")
    link.symlink_to(aim)
    with pytest.raises(WriteError, match="link"), atomic_file(link, overwrite=overwrite):
        pytest.fail("the writer must not begin")
    assert link.is_symlink()
    assert aim.exists() != dangling
    assert dangling or aim.read_bytes() == b"aim"


def test_missing_folder(tmp_path):
    with pytest.raises(WriteError, match="mkdir -p") as refused, atomic_file(tmp_path / "none" / "out.bin"):
        pytest.fail("the writer must not begin")
    assert refused.value.where == str(tmp_path / "none" / "out.bin")
    assert names(tmp_path) == []


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteError):
        check_target(tmp_path / "file" / "out.bin", overwrite=False)


def test_folder_and_pipe_are_no_targets(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for target in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(WriteError, match="no plain file"):
            check_target(target, overwrite=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(WriteError, match="cannot write here"), atomic_file(tmp_path / "out.bin"):
            pytest.fail("the writer must not begin")
    finally:
        tmp_path.chmod(0o700)


def test_system_error_while_writing(tmp_path):
    with pytest.raises(WriteError, match="No space left") as refused:
        write_half(tmp_path / "out.bin", OSError(28, "No space left on device"))
    assert refused.value.where == str(tmp_path / "out.bin")
    assert names(tmp_path) == []


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_permissions_are_those_of_any_other_file(mask, mode, tmp_path):
    before = os.umask(mask)
    try:
        with atomic_file(tmp_path / "out.bin") as file:
            file.write(b"1")
    finally:
        os.umask(before)
    assert (tmp_path / "out.bin").stat().st_mode & 0o777 == mode


def test_file_system_without_hard_links(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with atomic_file(tmp_path / "out.bin") as file:
        file.write(b"1")
    assert names(tmp_path) == ["out.bin"]


def test_longest_name(tmp_path):
    name = "n" * 250 + ".bin"
    with atomic_file(tmp_path / name) as file:
        file.write(b"1")
    assert names(tmp_path) == [name]
