"""`--stats` of every command, and what is refused because it would take too much memory."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from tests.surface.label_phantoms import boxes
from vizmed import budget
from vizmed.budget import check_left
from vizmed.cli import COMMANDS
from vizmed.cli.needs import IN_SPACE, SLICES, SURFACES, VOLUME, need_of
from vizmed.geometry import Geometry
from vizmed.render import gl, window
from vizmed.scene import Scene, scene_for
from vizmed.volume import Volume
from vizmed.write import write_volume

ROW = re.compile(r"^(.*\S) +(\d+\.\d\d) +([\d,]+)$")


def stages(err: str) -> dict[str, tuple[float, int]]:
    """Read the table: name, with the blanks before it, to seconds and MB."""
    lines = err.splitlines()
    start = next(n for n, line in enumerate(lines) if re.fullmatch("stage +seconds  peak MB so far", line))
    rows = [ROW.match(line) for line in lines[start + 1 :]]
    return {row[1]: (float(row[2]), int(row[3].replace(",", ""))) for row in rows}


@pytest.fixture(scope="module")
def folder(known, tmp_path_factory):
    """A folder with a scan, a label map, a mesh and its report."""
    from vizmed.cli import main

    place = tmp_path_factory.mktemp("stats")
    write_volume(known, place / "scan.nrrd")
    mask = boxes((8, 8, 8), np.s_[2:6, 2:6, 2:6])
    write_volume(Volume(np.asfortranarray(mask), Geometry(mask.shape, np.eye(4))), place / "mask.nrrd")
    written = ["-o", str(place / "a.stl"), "--level", "100", "--report", str(place / "r.json")]
    assert main(["surface", str(place / "scan.nrrd"), *written]) == 0
    return place


SURFACE = ["reading", "contouring", "pieces", "reducing", "writing", "measuring"]

RUNS = {
    "sample": (["out", "--size", "32"], ["writing", "  making"]),
    "info": (["scan.nrrd", "--values"], ["reading", "counting"]),
    "check": (["scan.nrrd"], ["auditing", "  reading"]),
    "view": (["scan.nrrd"], ["reading", "window"]),
    "slices": (["scan.nrrd"], ["reading", "window"]),
    "render": (
        ["scan.nrrd", "-o", "a.png", "--layout", "slices", "--size", "100x100"],
        ["reading", "drawing", "writing"],
    ),
    "montage": (["scan.nrrd", "-o", "b.png", "--width", "400"], ["reading", "drawing", "writing"]),
    "movie": (
        ["scan.nrrd", "-o", "a.gif", "--sweep", "axial", "--frames", "2", "--size", "100x100"],
        ["reading", "writing", "  drawing"],
    ),
    "levels": (["scan.nrrd"], ["reading", "measuring", "  contouring"]),
    "surface": (
        ["scan.nrrd", "-o", "b.stl", "--level", "100", "--smooth", "2", "--median", "1"],
        [*SURFACE, "cleaning"],
    ),
    "rerun": (["r.json", "scan.nrrd", "-o", "a.stl"], [*SURFACE, "reporting"]),
    "mesh": (["a.stl"], ["reading", "measuring"]),
    "labels": (["mask.nrrd", "-o", "labels"], ["reading", "contouring", "measuring", "writing"]),
    "convert": (["scan.nrrd", "-o", "a.mha"], ["reading", "writing"]),
}


@pytest.fixture
def no_window(monkeypatch):
    """A window that closes at once."""
    from vizmed.stages import stage

    monkeypatch.setattr(gl, "require", lambda **_: gl.Gl("a window", "a card"))
    monkeypatch.setattr(window, "show_window", stage("window")(lambda *_: None))


@pytest.mark.usefixtures("no_window")
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_its_stages(vizmed, folder, monkeypatch, command):
    words, expected = RUNS[command]
    monkeypatch.chdir(folder)
    told = vizmed(command, *words, *(["--overwrite"] if "-o" in words else []), "--stats")
    assert told.code == 0, told.err
    found = stages(told.err)
    assert set(expected) <= found.keys()
    names = [name for name in found if not name.startswith(" ")]
    assert (names[0], *names[-2:]) == ("starting", "the rest", "all")
    seconds = [found[name][0] for name in names]
    assert sum(seconds[:-1]) == pytest.approx(seconds[-1], abs=0.005 * len(names))
    assert min(megabytes for _, megabytes in found.values()) > 10
    assert "stage" not in told.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_it(vizmed, command):
    assert "--stats" in vizmed(command, "--help").out


def test_without_it_nothing_is_told(vizmed, folder):
    assert vizmed("info", folder / "scan.nrrd").err == ""


def test_a_command_that_fails_tells_how_far_it_came(vizmed, folder):
    told = vizmed("surface", folder / "scan.nrrd", "-o", folder / "none.stl", "--level", 99999, "--stats")
    assert told.code == 1
    found = stages(told.err)
    assert {"reading", "choosing the level", "all"} <= found.keys()
    assert "contouring" not in found


def test_misuse_is_told_all_the_same(vizmed):
    told = vizmed("info", "--stats", "--no-such-option")
    assert told.code == 2
    assert told.err.splitlines()[0].startswith("vizmed: ")


def test_a_process_counts_from_its_start_and_holds_its_voxels(tmp_path):
    ones = Volume(np.ones((128, 128, 256), np.float32, order="F"), Geometry((128, 128, 256), np.eye(4)))
    (path,) = write_volume(ones, tmp_path / "a.nrrd")
    command = [sys.executable, "-m", "vizmed", "convert", path, "-o", tmp_path / "b.mha", "--stats"]
    found = stages(subprocess.run(command, check=True, capture_output=True, text=True).stderr)
    before, after = found["starting"], found["reading"]
    assert before[0] > 0.05, "Python itself is not started faster"
    size = ones.voxels.nbytes / 1e6
    assert after[1] - before[1] > 0.95 * size
    assert found["all"][1] < before[1] + 2 * size + 30


class TestBudget:
    SCAN_BYTES = 26 * 24 * 22 * 2

    @pytest.mark.parametrize(
        ("command", "words"),
        [
            ("surface", ["-o", "x.stl", "--max-error", "0"]),
            ("convert", ["-o", "x.mha"]),
            ("render", ["-o", "x.png", "--layout", "slices"]),
            ("montage", ["-o", "x.png"]),
            ("levels", []),
        ],
    )
    def test_what_cannot_be_had_is_refused_before_anything_is_made(
        self, vizmed, folder, tmp_path, monkeypatch, command, words
    ):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(budget, "available_bytes", lambda: self.SCAN_BYTES)
        told = vizmed(command, folder / "scan.nrrd", *words)
        assert told.code == 1
        assert told.out == ""
        assert re.search(r"its voxels are 27.5 kB, .* takes about \S+ MB of memory, and 27.5 kB are free\. ", told.err)
        assert list(tmp_path.iterdir()) == []
        monkeypatch.setattr(budget, "available_bytes", lambda: 4 * self.SCAN_BYTES)
        assert vizmed(command, folder / "scan.nrrd", *words).code == 0

    def test_a_command_takes_no_more_than_it_is_allowed(self, vizmed, folder, tmp_path):
        told = vizmed("convert", folder / "scan.nrrd", "-o", tmp_path / "x.mha", "--max-memory", "1MB")
        assert (told.code, told.out) == (1, "")
        assert "1 MB are allowed" in told.err
        told = vizmed("convert", folder / "scan.nrrd", "-o", tmp_path / "x.mha", "--max-memory", "1GB")
        assert told.code == 0, told.err

    def test_reducing_more_triangles_than_there_is_memory_for_is_refused(self, vizmed, folder, tmp_path, monkeypatch):
        kept = ["surface", folder / "scan.nrrd", "-o", tmp_path / "x.stl", "--level", "100"]
        monkeypatch.setattr("vizmed.surface.shape.check_left", partial(check_left, taken=-100 * 10**12))
        told = vizmed(*kept)
        assert (told.code, told.out, list(tmp_path.iterdir())) == (1, "", [])
        assert re.search(r"reducing [\d,]+ triangles .* and .* free\. --max-error 0 keeps them all", told.err)
        assert vizmed(*kept, "--max-error", "0").code == 0

    def test_an_amount_that_is_none_is_misuse(self, vizmed, folder, tmp_path):
        told = vizmed("convert", folder / "scan.nrrd", "-o", tmp_path / "x.mha", "--max-memory", "plenty")
        assert told.code == 2
        assert "'plenty' is no amount of memory" in told.err

    def test_info_says_what_a_volume_and_a_surface_take(self, vizmed, sample_folder):
        told = vizmed("info", sample_folder)
        assert re.search(r"^memory +184 kB of voxels; a surface takes \S+ MB or more$", told.out, re.MULTILINE)

    def test_a_scene_takes_what_it_shows(self):
        assert need_of(scene_for("slices", layout="slices")) is SLICES
        assert need_of(scene_for("volume")) is VOLUME
        assert need_of(scene_for("surface")) is SURFACES
        assert need_of(Scene()) is IN_SPACE
