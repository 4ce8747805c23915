"""Wounded files of surfaces, read in a child process with limits on time and memory, as `tests.fuzz` does for scans.

What counts: a crash, a hang, an exception or a warning that is not ours, and a mesh that the file cannot hold. All of
them must be 0.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fuzz import MEMORY_BYTES, SECONDS_A_FILE, mutants
from tests.read.meshes.shapes import TETRA, TETRA_POINTS
from tests.read.meshes.test_glb import glb, tetra
from tests.read.meshes.test_obj import faces, vertices
from tests.read.meshes.test_ply import ply
from tests.read.meshes.test_stl import binary, text
from tests.read.meshes.test_threemf import model_of, package
from tests.read.meshes.test_vtp import said
from tests.read.meshes.test_vtp import write as write_vtp
from vizmed.parts import Part
from vizmed.vtk_bridge import to_polydata
from vizmed.write import write_surface

MUTANTS = 200

_CHILD = f"""
import json, resource, signal, sys, warnings
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY_BYTES}, {MEMORY_BYTES}))
from vizmed.errors import VizmedError
from vizmed.read.meshes import read_mesh
import pyvista
warnings.simplefilter("error")
for line in sys.stdin:
    path = json.loads(line)
    print(json.dumps(["begun", path]), flush=True)
    signal.alarm({SECONDS_A_FILE})
    try:
        outcome = ["read", read_mesh(path).mesh.n_cells]
    except VizmedError as refused:
        outcome = ["refused", str(refused)]
    except BaseException as error:
        outcome = ["foreign", repr(error)[:300]]
    signal.alarm(0)
    print(json.dumps(outcome), flush=True)
"""

QUADS = [[0, 1, 2], [0, 1, 3, 2], [1, 2, 3], [2, 0, 3]]
SAID = "vizmed SPACE=LPS UNIT=mm CENTERED=1,2,3"


def _vtp(mode: str, **options: object) -> Callable[[Path], bytes]:
    def write(folder: Path) -> bytes:
        mesh = said(to_polydata(TETRA_POINTS, TETRA), SPACE="RAS", UNIT="mm")
        return write_vtp(mesh, folder / "sound.vtp", mode, **options).read_bytes()

    return write


def _parts(ending: str) -> Callable[[Path], bytes]:
    def write(folder: Path) -> bytes:
        parts = [Part(name, to_polydata(TETRA_POINTS, TETRA), f"#{name}") for name in ("ff0000", "00ff00")]
        return write_surface(parts, folder / f"sound{ending}", frame="centered", overwrite=True).read_bytes()

    return write


def _gltf(_folder: Path) -> bytes:
    document, data = tetra()
    document["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    document["nodes"][0]["extras"] = {"SPACE": "LPS", "CENTERED": [1, 2, 3]}
    return json.dumps(document).encode()


def _model(_folder: Path) -> bytes:
    return model_of(metadata=f'<metadata name="Description">{SAID}</metadata>').encode()


SOUND: dict[str, Callable[[Path], bytes]] = {
    "STL": lambda _: binary(TETRA_POINTS[TETRA], SAID.encode()),
    "STL of text": lambda _: text(TETRA_POINTS[TETRA], SAID).encode(),
    "PLY of text": lambda _: ply("ascii", TETRA_POINTS, QUADS, comments=(SAID,)),
    "PLY little endian": lambda _: ply("binary_little_endian", TETRA_POINTS, QUADS, comments=(SAID,)),
    "PLY big endian": lambda _: ply("binary_big_endian", TETRA_POINTS, TETRA.tolist(), comments=(SAID,)),
    "OBJ": lambda _: f"# {SAID}\n{vertices(TETRA_POINTS)}o a\n{faces(TETRA)}g b\nf -1/2/3 -2//3 -3\n".encode(),
    "VTP of text": _vtp("ascii"),
    "VTP inline": _vtp("binary", packed=False),
    "VTP inline packed": _vtp("binary"),
    "VTP appended": _vtp("appended raw", packed=False, order="big"),
    "VTP appended packed": _vtp("appended raw"),
    "VTP base64": _vtp("appended base64", counts=32),
    "PLY of parts": _parts(".ply"),
    "VTP of parts": _parts(".vtp"),
    "GLB of parts": _parts(".glb"),
    "GLB": lambda _: glb(*tetra()),
    "glTF": _gltf,
    "3MF archive": lambda folder: package(_model(folder).decode()),
    "3MF model": _model,
    "3MF model, uneven": lambda folder: _model(folder).replace(b"<resources>", b"<resources><!-- x -->"),
}

PACKED: dict[str, Callable[[bytes], bytes]] = {name: package for name in SOUND if name.startswith("3MF model")}
"""What is done after the wounds: behind a wrong check sum of the archive nothing would be looked at."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict[str, list[tuple[str, object, Path]]]:
    """What became of every wounded file; one child reads them all."""
    folder = tmp_path_factory.mktemp("wounds")
    files: list[tuple[str, Path]] = []
    for name, sound in SOUND.items():
        for n, data in enumerate(mutants(sound(folder), MUTANTS, seed=11)):
            files.append((name, folder / f"{len(files)}-{n}"))
            files[-1][1].write_bytes(PACKED.get(name, bytes)(data))
    asked = "".join(json.dumps(str(path)) + "\n" for _, path in files)
    done = subprocess.run([sys.executable, "-c", _CHILD], input=asked, capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    ends = [answer for answer in answers if answer[0] != "begun"]
    assert len(ends) == len(files), f"it ended at {answers[-1]} with {done.returncode}: {done.stderr[-500:]}"
    found: dict[str, list[tuple[str, object, Path]]] = {name: [] for name in SOUND}
    for (name, path), (outcome, detail) in zip(files, ends, strict=True):
        found[name].append((outcome, detail, path))
    return found


@pytest.mark.parametrize("name", SOUND)
def test_wounded_files_are_read_or_refused(name, outcomes):
    told = Counter(outcome for outcome, _, _ in outcomes[name])
    foreign = [(detail, str(path)) for outcome, detail, path in outcomes[name] if outcome == "foreign"]
    assert foreign == []
    assert told.total() == MUTANTS
    assert told["refused"] > MUTANTS // 10


@pytest.mark.parametrize("name", SOUND)
def test_what_is_read_is_in_the_file(name, outcomes):
    for outcome, detail, path in outcomes[name]:
        if outcome == "read":
            assert 0 < detail <= path.stat().st_size  # a triangle of one byte or less is none


@pytest.mark.parametrize("name", SOUND)
def test_refusals_name_the_file_and_are_short(name, outcomes):
    for outcome, detail, path in outcomes[name]:
        if outcome == "refused":
            assert str(path) in detail
            assert len(detail) < 600
            assert all(letter.isprintable() for letter in detail), repr(detail)


@pytest.mark.parametrize("name", SOUND)
def test_the_sound_file_is_read(name, tmp_path):
    from vizmed.read.meshes import read_mesh

    (tmp_path / "a").write_bytes(PACKED.get(name, bytes)(SOUND[name](tmp_path)))
    found = read_mesh(tmp_path / "a").mesh
    assert found.n_cells in (4, 5, 8)
    assert np.isfinite(found.points).all()
