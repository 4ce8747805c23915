"""Modules that pictures in 3D need, imported beside the reading of a scan: VTK takes its time."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from threading import Thread

_MODULES = (
    "pyvista",
    "vtkmodules.util.numpy_support",
    "vtkmodules.vtkFiltersCore",
    "vtkmodules.vtkRenderingOpenGL2",
    "vizmed.render.stage",
    "vizmed.render.draw",
    "vtkmodules.vtkRenderingFreeType",
    "vtkmodules.vtkRenderingUI",
    "vtkmodules.vtkRenderingVolumeOpenGL2",
    "vtkmodules.vtkInteractionWidgets",
)
"""In the order in which they are needed."""


def start_imports() -> None:
    """Begin to import what a picture in 3D needs. Who needs a module that is on its way waits for that one."""
    Thread(target=_import, name="imports").start()


def _import() -> None:
    for name in _MODULES:
        with suppress(ImportError):  # it is told where it is missed
            import_module(name)
