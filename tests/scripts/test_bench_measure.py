"""One measurement: what came out, or why nothing did."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from benchmarks import environment
from benchmarks.contest import Contestant, UnavailableError
from benchmarks.measure import measure, one_line
from benchmarks.processes import filled, process


def _failing(failure: Exception):
    def prepare(_path):
        raise failure

    return Contestant(prepare)


@pytest.mark.parametrize(
    ("failure", "failed"),
    [
        (UnavailableError("no such option"), False),
        (ModuleNotFoundError("No module named 'itk'"), False),
        (ValueError("7"), True),
        (subprocess.CalledProcessError(1, "peer", stderr=b"Traceback\nTypeError: 7\n"), True),
    ],
)
def test_whatever_a_contestant_raises_is_a_reason(failure, failed, tmp_path):
    told = measure(_failing(failure), tmp_path, tmp_path)
    assert told["failed"] is failed
    assert told["skipped"]


def test_it_works_on_the_tiny_one_first_unless_it_is_cold(tmp_path):
    seen = []

    def prepare(path):
        return lambda: seen.append(path.name), lambda _: {"triangles": 3}

    told = measure(Contestant(prepare), tmp_path / "real", tmp_path / "tiny")
    assert seen == ["tiny", "real"]
    assert told.keys() == {"seconds", "mb", "triangles"}
    measure(Contestant(prepare, cold=True), tmp_path / "real", tmp_path / "tiny")
    assert seen == ["tiny", "real", "real"]


def test_a_process_that_fails_tells_its_last_words(tmp_path):
    told = measure(Contestant(process("-c", "import sys; sys.exit('no .dcm here')"), cold=True), tmp_path, tmp_path)
    assert told == {"skipped": "no .dcm here", "failed": True}


def test_reasons_are_short_and_name_no_folder():
    assert one_line("No such file: '/tmp/x1/head/IM1.dcm'\nmore") == "No such file: 'IM1.dcm' more"
    assert len(one_line("word " * 100)) == 80


def test_words_become_paths(tmp_path):
    (words,), made = filled([("python", "-o", "OUT.stl", "FOLDER", "OUTER")], tmp_path)
    assert words == ["python", "-o", str(made), str(tmp_path), "OUTER"]
    assert made.suffix == ".stl"
    assert filled([("python", "FOLDER")], tmp_path)[1] is None


def test_peers_are_those_of_the_project():
    assert any(peer.startswith("SimpleITK") for peer in environment.peers())
    assert set(environment.peers()) < set(environment.asked())


def test_what_could_not_be_installed_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "STAMP", tmp_path / "made-from.json")
    assert "not installed" not in environment.conditions()
    environment.STAMP.write_text(json.dumps({"asked": [], "left out": {"open3d": "no wheel"}}), encoding="utf-8")
    assert environment.conditions().endswith("; not installed: open3d (no wheel)")


def test_help_names_every_contest():
    from benchmarks.contests import CONTESTS
    from benchmarks.run import LAUNCHER

    told = subprocess.run([sys.executable, LAUNCHER, "--help"], capture_output=True, text=True, check=True).stdout
    assert all(word in told for word in CONTESTS)
