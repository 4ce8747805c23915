from __future__ import annotations

import importlib
import os
import subprocess
import sys

import pytest

from tests.dicom_files import write_series
from vizmed import cli
from vizmed.cli import COMMANDS, main
from vizmed.cli.telling import printable
from vizmed.errors import (
    BudgetError,
    DisplayError,
    EmptySurfaceError,
    GeometryError,
    MissingExtraError,
    OptionError,
    ReadError,
    WriteError,
)


def fails_with(monkeypatch, error: BaseException) -> None:
    def refuse(*_args, **_options):
        raise error

    monkeypatch.setattr(importlib.import_module("vizmed.read"), "describe", refuse)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReadError("it is odd", where="/a/b", remedy="Mend it"), 1),
        (WriteError("it is full", where="/a/b", remedy="Empty it"), 1),
        (GeometryError("it is flat"), 1),
        (EmptySurfaceError("nothing there"), 1),
        (BudgetError("too large", remedy="Buy more"), 1),
        (OptionError("there is no such thing", remedy="There are others"), 2),
        (DisplayError("it is dark", remedy="Light it"), 3),
        (MissingExtraError("it is not installed", remedy="Install it"), 4),
    ],
)
def test_each_error_has_its_exit_code_and_one_line(vizmed, monkeypatch, tmp_path, error, code):
    fails_with(monkeypatch, error)
    told = vizmed("info", tmp_path)
    assert told == (code, "", f"vizmed: {error}\n")


def test_an_error_of_our_own_is_one_line(vizmed, monkeypatch, tmp_path):
    fails_with(monkeypatch, ZeroDivisionError("division\nby zero"))
    told = vizmed("info", tmp_path)
    assert told.code == 1
    assert told.err == "vizmed: an error inside vizmed, ZeroDivisionError. --debug shows where\n"


def test_an_interruption_is_no_error(vizmed, monkeypatch, tmp_path):
    fails_with(monkeypatch, KeyboardInterrupt())
    assert vizmed("info", tmp_path) == (130, "", "vizmed: stopped\n")


@pytest.mark.parametrize("error", [ReadError("odd"), ZeroDivisionError("odd")])
def test_debug_shows_where(monkeypatch, tmp_path, error):
    fails_with(monkeypatch, error)
    with pytest.raises(type(error), match="odd"):
        main(["info", str(tmp_path), "--debug"])


def test_a_traceback_is_shown_with_debug_alone(tmp_path):
    def run(*options):
        command = [sys.executable, "-m", "vizmed", "info", str(tmp_path / "nothing"), *options]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    plain = run()
    assert plain.returncode == 1
    assert plain.stderr.count("\n") == 1
    assert plain.stderr.startswith(f"vizmed: {tmp_path / 'nothing'}: there is no such file")
    debugged = run("--debug")
    assert debugged.returncode != 0
    assert "Traceback" in debugged.stderr
    assert "ReadError" in debugged.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["inform"],
        ["info"],
        ["info", ".", "--no-such-option"],
        ["render", "."],
        ["sample", "x", "--size", "many"],
        ["render", ".", "-o", "a.png", "--mode", "slice"],
        ["render", ".", "-o", "a.png", "--camera", "X"],
        ["surface", ".", "-o", "a.stl", "--reduce", "much"],
    ],
)
def test_misuse_is_told_in_a_line_with_exit_code_2(vizmed, words):
    told = vizmed(*words)
    assert told.code == 2
    assert told.out == ""
    assert told.err.startswith("vizmed: ")
    assert "Traceback" not in told.err
    assert told.err.count("\n") == 1


def test_help_lists_every_command(vizmed):
    told = vizmed("--help")
    assert told.code == 0
    assert told.err == ""
    for command in COMMANDS:
        assert command in told.out
    assert "not a medical device" in told.out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(vizmed, command):
    told = vizmed(command, "--help")
    assert told.code == 0
    assert told.err == ""
    assert "--debug" in told.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_line_of_a_command_is_what_the_command_says(command):
    function = getattr(importlib.import_module(f"vizmed.cli.{command}"), command)
    first = function.__doc__.strip().splitlines()[0]
    assert first == COMMANDS[command] or first.startswith(COMMANDS[command])


def test_version_is_the_installed_one(vizmed):
    from importlib.metadata import version

    assert vizmed("--version").out.strip() == version("vizmed")


@pytest.mark.parametrize(("given", "then"), [(None, "1"), ("3", "3")])
def test_without_words_it_takes_those_of_the_process_and_numpy_starts_no_threads(monkeypatch, capsys, given, then):
    environment = {} if given is None else {"OPENBLAS_NUM_THREADS": given}
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(sys, "argv", ["vizmed", "--version"])
    assert main() == 0
    assert capsys.readouterr().out
    assert environment == {"OPENBLAS_NUM_THREADS": then}


def test_a_program_that_gives_words_keeps_its_threads(monkeypatch):
    monkeypatch.setattr(os, "environ", environment := {})
    assert main(["--version"]) == 0
    assert environment == {}


def test_the_exit_codes_are_those_of_the_readme():
    assert (cli.FINE, cli.DATA, cli.USAGE, cli.DISPLAY, cli.EXTRA, cli.INTERRUPTED) == (0, 1, 2, 3, 4, 130)


def test_a_file_of_no_known_format_is_named_with_its_remedy(vizmed, tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    told = vizmed("info", tmp_path / "a.txt")
    assert told.code == 1
    assert told.out == ""
    assert str(tmp_path / "a.txt") in told.err
    assert "no format that vizmed knows" in told.err
    assert "vizmed reads DICOM" in told.err


EVIL = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b5m\r\nvizmed: all is well"


def obeyed(text: str) -> set[str]:
    """Characters that a terminal would obey."""
    return {letter for letter in text if not letter.isprintable() and letter != "\n"}


def test_what_a_terminal_would_obey_is_replaced():
    assert obeyed(printable(EVIL)) == set()
    assert printable("Kopf ö, 5 cm²") == "Kopf ö, 5 cm²"


@pytest.mark.filterwarnings("ignore")  # pydicom says that such a description is invalid
def test_a_description_does_not_reach_the_terminal_as_it_is(vizmed, known, tmp_path):
    write_series(tmp_path / "scan", known.voxels, known.geometry, SeriesDescription=EVIL)
    write_series(tmp_path / "scan" / "b", known.voxels, known.geometry, series=2, SeriesDescription=EVIL)
    one, both = tmp_path / "scan" / "b", tmp_path / "scan"
    told = [
        vizmed("info", one),
        vizmed("info", one, "--tags", "--identity"),
        vizmed("info", one, "--json"),
        vizmed("info", both),
        vizmed("info", both, "--series", "no such"),
        vizmed("convert", both, "-o", tmp_path / "a.mha"),
        vizmed("convert", one, "-o", tmp_path / "a.mha"),
        vizmed("surface", one, "-o", tmp_path / "a.stl", "--level", 0),
        vizmed("render", one, "-o", tmp_path / "a.png", "--mode", "slices"),
    ]
    for answer in told:
        assert obeyed(answer.out) == set()
        assert obeyed(answer.err) == set()
        assert "\nvizmed: all is well" not in answer.out + answer.err, "a line that a file wrote"


COMMANDS_THAT_READ = [
    ("info", ()),
    ("info", ("--json",)),
    ("info", ("--tags",)),
    ("info", ("--tags", "--json")),
    ("convert", ("-o", "a.mha")),
    ("convert", ("-o", "a.mhd", "--compressed")),
    ("surface", ("-o", "a.stl", "--level", "0")),
    ("render", ("-o", "a.png", "--mode", "slices", "--size", "200x200")),
]


@pytest.mark.parametrize(("command", "options"), COMMANDS_THAT_READ)
def test_no_command_names_the_patient(vizmed, secret_series, tmp_path, monkeypatch, names_nobody, command, options):
    monkeypatch.chdir(tmp_path)
    told = vizmed(command, secret_series, *options)
    assert told.code == 0, told.err
    names_nobody(told.out + told.err)
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert bool(files) == (command != "info")
    for path in files:
        names_nobody(path.read_bytes())


def test_no_error_names_the_patient(vizmed, known, tmp_path, names_nobody):
    paths = write_series(tmp_path / "scan", known.voxels, known.geometry)
    paths[3].write_bytes(paths[3].read_bytes()[:-500])
    paths[7].unlink()
    for words in (("info", tmp_path), ("convert", tmp_path, "-o", tmp_path / "a.mha"), ("info", tmp_path, "--tags")):
        told = vizmed(*words)
        names_nobody(told.out + told.err)


@pytest.mark.parametrize(
    ("command", "name", "options"),
    [
        ("convert", "a.mha", ()),
        ("surface", "a.stl", ("--level", "0")),
        ("render", "a.png", ("--mode", "slices", "--size", "100x100")),
    ],
)
class TestFiles:
    def test_one_that_is_there_stays(self, vizmed, secret_series, tmp_path, command, name, options):
        (tmp_path / name).write_bytes(b"mine")
        told = vizmed(command, secret_series, "-o", tmp_path / name, *options)
        assert told.code == 1
        assert told.out == ""
        assert told.err.count("\n") == 1
        assert str(tmp_path / name) in told.err
        assert "--overwrite" in told.err
        assert (tmp_path / name).read_bytes() == b"mine"

    def test_it_is_replaced_on_request(self, vizmed, secret_series, tmp_path, command, name, options):
        (tmp_path / name).write_bytes(b"mine")
        told = vizmed(command, secret_series, "--output", tmp_path / name, "--overwrite", *options)
        assert told.code == 0, told.err
        assert (tmp_path / name).stat().st_size > 1000
        assert [path.name for path in tmp_path.iterdir()] == [name]

    def test_a_wrong_ending_is_refused_before_anything_is_read(
        self, vizmed, secret_series, tmp_path, monkeypatch, command, name, options
    ):
        monkeypatch.setattr(
            importlib.import_module("vizmed.read"), "read", lambda *_a, **_o: pytest.fail("it was read")
        )
        told = vizmed(command, secret_series, "-o", tmp_path / "a.xyz", *options)
        assert told.code == 1
        assert "'.xyz'" in told.err
        assert f".{name.split('.')[1]}" in told.err
        told = vizmed(command, secret_series, "-o", secret_series / "0000.dcm", *options)
        assert told.code == 1

    def test_a_folder_that_is_missing_is_told(self, vizmed, secret_series, tmp_path, command, name, options):
        told = vizmed(command, secret_series, "-o", tmp_path / "no" / name, *options)
        assert told.code == 1
        assert str(tmp_path / "no") in told.err
        assert list(tmp_path.iterdir()) == []

    def test_a_source_that_is_missing_leaves_nothing(self, vizmed, tmp_path, command, name, options):
        told = vizmed(command, tmp_path / "nothing", "-o", tmp_path / name, *options)
        assert told.code == 1
        assert told.err == f"vizmed: {tmp_path / 'nothing'}: there is no such file or folder\n"
        assert list(tmp_path.iterdir()) == []


class TestFindings:
    @pytest.fixture(scope="class")
    @staticmethod
    def notable(known, tmp_path_factory):
        """A series with a warning and a note."""
        folder = tmp_path_factory.mktemp("notable")
        write_series(folder, known.voxels, known.geometry)
        (folder / "0009.dcm").unlink()
        return folder

    def told(self, vizmed, folder, *options):
        return vizmed("convert", folder, "-o", folder / "out.mha", "--overwrite", *options)

    def test_they_are_told_on_stderr(self, vizmed, notable):
        told = self.told(vizmed, notable)
        assert told.code == 0, told.err
        assert "warning: " in told.err
        assert "warning: " not in told.out
        assert str(notable / "out.mha") in told.out

    def test_quiet_silences_notes_and_not_warnings(self, vizmed, notable, monkeypatch):
        from vizmed.cli import telling
        from vizmed.findings import Finding

        findings = (Finding("a", "note", "worth knowing"), Finding("b", "warning", "grave", remedy="Look at it"))
        loud = self.told(vizmed, notable)
        quiet = self.told(vizmed, notable, "-q")
        assert [line for line in loud.err.splitlines() if line.startswith("warning")] == quiet.err.splitlines()
        assert quiet.out == loud.out
        monkeypatch.setattr(telling.sys.stderr, "isatty", lambda: False)
        telling.tell_findings(findings, quiet=True)
        telling.tell_findings(findings, quiet=False)

    def test_notes_and_warnings_are_told_as_what_they_are(self, capsys):
        from vizmed.cli import telling
        from vizmed.findings import Finding

        findings = (Finding("a", "note", "worth knowing"), Finding("b", "warning", "grave", "IM1", "Look at it"))
        telling.tell_findings(findings, quiet=True)
        assert capsys.readouterr() == ("", "warning: grave (IM1): Look at it\n")
        telling.tell_findings(findings, quiet=False)
        assert capsys.readouterr() == ("", "note: worth knowing\nwarning: grave (IM1): Look at it\n")

    def test_strict_refuses(self, vizmed, notable):
        told = self.told(vizmed, notable, "--strict")
        assert told.code == 1
        assert "--strict" in told.err
        assert told.out == ""


def test_the_help_of_a_command_is_its_whole_docstring(capsys):
    assert main(["surface", "--help"]) == 0
    assert "What was taken, and why, is told" in " ".join(capsys.readouterr().out.split())


def test_a_reader_that_has_seen_enough_is_no_error(sample_folder):
    script = f"{sys.executable} -m vizmed info {sample_folder} --tags | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
