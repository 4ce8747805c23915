"""The house stands as DESIGN draws it: floors, imports, silence, words for everything public."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import vizmed

HOUSE = Path(vizmed.__file__).parent

FLOORS = (
    {"errors", "findings", "presets", "memory", "budget", "stages"},
    {"geometry", "parts"},
    {"vtk_bridge"},  # below volume: it speaks of arrays and geometries alone
    {"interop"},  # a base of Volume
    {"volume"},
    {"chunked"},
    {"segmentation", "marks", "slices", "scene", "statistics", "write"},
    {"read", "surface", "sample"},
    {"render"},
    {"cli"},
    {"__init__", "__main__"},
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
STRANGERS = {"read", "surface", "sample"}
"""These stand side by side and do not know each other."""

VTK = {"vtk", "vtkmodules", "pyvista"}
HEAVY = {"numpy", "pydicom", "nibabel", *VTK}

MODULES = {path.relative_to(HOUSE).with_suffix("").as_posix(): path for path in sorted(HOUSE.rglob("*.py"))}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def room(module: str) -> str:
    return module.split("/", maxsplit=1)[0]


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What runs: the branch of TYPE_CHECKING does not."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child


@cache
def imports(module: str) -> tuple[tuple[str, bool], ...]:
    """Full name of each thing imported, and whether that happens inside a function."""
    package = ["vizmed", *module.split("/")[:-1]]

    def walk(node: ast.AST, lazily: bool) -> Iterator[tuple[str, bool]]:  # noqa: FBT001 (recursion)
        for child in _children(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, lazily) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = package[: len(package) + 1 - child.level] if child.level else []
                start = ".".join([*base, *([child.module] if child.module else [])])
                yield from ((f"{start}.{alias.name}", lazily) for alias in child.names)
            else:
                inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                yield from walk(child, lazily or inside)

    return tuple(walk(tree(module), lazily=False))


def rooms_entered(module: str) -> set[str]:
    entered = {name.split(".", 2)[1] for name, _ in imports(module) if name.startswith("vizmed.")}
    return (entered & FLOOR_OF.keys()) - {room(module)}


def may_see_vtk(module: str) -> bool:
    parts = module.split("/")
    decoder = parts[0] == "read" and "pixels" in parts[2:]
    return parts[0] in {"vtk_bridge", "surface", "render"} or decoder


def test_every_room_has_its_floor():
    assert {room(module) for module in MODULES} <= FLOOR_OF.keys()


@pytest.mark.parametrize("module", MODULES)
def test_dependencies_point_down(module):
    here = room(module)
    for other in rooms_entered(module):
        assert FLOOR_OF[other] <= FLOOR_OF[here], f"{module} looks up to {other}"
        assert not (here in STRANGERS and other in STRANGERS), f"{module} knows {other}"


def test_rooms_of_one_floor_make_no_circle():
    doors = {name: set() for name in FLOOR_OF}
    for module in MODULES:
        doors[room(module)] |= rooms_entered(module)
    reached = {name: set(others) for name, others in doors.items()}
    for _ in FLOOR_OF:
        for others in reached.values():
            others |= {far for near in others for far in reached[near]}
    assert [name for name, others in reached.items() if name in others] == []


@pytest.mark.parametrize("module", MODULES)
def test_vtk_is_met_in_few_rooms_and_only_inside_functions(module):
    met = [(name, lazily) for name, lazily in imports(module) if name.split(".")[0] in VTK]
    assert all(lazily for _, lazily in met), f"{module} imports {met} when it is imported"
    assert not met or may_see_vtk(module), f"{module} imports {met}"


@pytest.mark.parametrize("module", [module for module in MODULES if room(module) not in {"cli", "__main__"}])
def test_a_library_neither_prints_nor_exits(module):
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in {"print", "sys.exit", "exit", "quit", "os._exit"}, node.lineno
        if isinstance(node, ast.Name):
            assert node.id != "SystemExit", node.lineno


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_has_a_docstring(module):
    if MODULES[module].stat().st_size:
        assert ast.get_docstring(tree(module)), f"{module} says not what it is for"
    for node in tree(module).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{module}.{node.name}"
            members = [member for member in node.body if isinstance(member, ast.FunctionDef)]
            for member in members:
                assert member.name.startswith("_") or ast.get_docstring(member), f"{module}.{node.name}.{member.name}"
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{module}.{node.name}"


def imported_by(statement: str) -> set[str]:
    """Top-level packages that a fresh interpreter has after a statement."""
    script = f"{statement}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_vizmed_imports_nothing_heavy():
    assert imported_by("import vizmed; vizmed.__all__; dir(vizmed); vizmed.__version__") & HEAVY == set()
    assert imported_by("from vizmed import VizmedError, Finding") & HEAVY == set()


def test_reading_dicom_needs_no_vtk(tmp_path):
    from tests.dicom_files import write_series
    from tests.phantoms import asymmetric, geometries

    volume = asymmetric(geometries((4, 3, 5))["rotated"])
    write_series(tmp_path, volume.voxels, volume.geometry)
    loaded = imported_by(f"from vizmed.read import read\nassert read({str(tmp_path)!r}).shape == (4, 3, 5)")
    assert "numpy" in loaded
    assert loaded & VTK == set()


def test_public_names_are_what_they_say_however_often_they_are_asked_for():
    """A verb must stay a verb once the room of the same name has been imported."""
    script = """
import vizmed, vizmed.read.dicom
for _ in range(2):
    for name in vizmed.__all__:
        found = getattr(vizmed, name)
        assert callable(found), f"vizmed.{name} is {found}"
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_unknown_public_name_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'raed'"):
        _ = vizmed.raed
