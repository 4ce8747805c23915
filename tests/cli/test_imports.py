"""What a command imports is a budget: help is at once there, and VTK comes with what needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

VTK = {"vtk", "vtkmodules", "pyvista"}
HEAVY = {"numpy", "pydicom", "nibabel", "PIL", "rich.table", *VTK}


def imported_by(*words: object) -> set[str]:
    """Top-level packages that a fresh interpreter has after a command, which ends well."""
    script = """
import sys
from vizmed.cli import main
code = main(sys.argv[1:])
print("IMPORTED", code, *sorted({name.split(".")[0] for name in sys.modules}))
"""
    done = subprocess.run([sys.executable, "-c", script, *map(str, words)], check=True, capture_output=True, text=True)
    _, code, *names = done.stdout.splitlines()[-1].split()
    assert code == "0", done.stderr
    return set(names)


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("surface",),
        ("render",),
        ("info",),
        ("sample",),
        ("view",),
        ("slices",),
        ("montage",),
        ("movie",),
        ("convert",),
    ],
)
def test_help_imports_nothing_heavy(command):
    assert imported_by(*command, "--help") & HEAVY == set()


def test_the_version_imports_nothing_heavy():
    assert imported_by("--version") & HEAVY == set()


def test_info_of_plain_dicom_imports_neither_pydicom_nor_vtk(sample_folder):
    loaded = imported_by("info", sample_folder)
    assert "numpy" in loaded
    assert loaded & {"pydicom", *VTK} == set()


def test_slices_and_conversion_import_no_vtk(sample_folder, tmp_path):
    picture = ("-o", tmp_path / "a.png", "--layout", "slices", "--size", "100x100")
    assert imported_by("render", sample_folder, *picture) & VTK == set()
    assert imported_by("convert", sample_folder, "-o", tmp_path / "a.mha") & VTK == set()


def test_a_surface_imports_no_pyvista(sample_folder, tmp_path):
    loaded = imported_by("surface", sample_folder, "-o", tmp_path / "a.stl", "--largest", "--smooth", 20)
    assert {"vtkmodules", "fast_simplification"} <= loaded
    assert loaded & {"pyvista", "vtk", "pydicom", "nibabel", "PIL"} == set()
    loaded = imported_by("surface", sample_folder, "-o", tmp_path / "b.stl", "--max-error", 0)
    assert "fast_simplification" not in loaded


def test_a_sample_is_written_without_vtk(tmp_path):
    assert imported_by("sample", tmp_path / "s", "--size", 32) & VTK == set()


@pytest.mark.parametrize(
    "room", ["read.dicom", "read", "read.metaimage", "render", "render.gl", "render.page", "sample", "write.stl"]
)
def test_verbs_stay_verbs_when_their_rooms_are_imported(room):
    script = f"""
import types, vizmed, vizmed.{room}
from vizmed.{room} import __name__ as name
assert name == "vizmed.{room}", name
for verb in (vizmed.read, vizmed.render, vizmed.show, vizmed.write_sample):
    assert isinstance(verb, types.FunctionType), verb
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
