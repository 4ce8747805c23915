"""vizmed reads medical scans truthfully, shows them in 3D, and makes surfaces that can be measured and printed.

    read(path) -> Volume -> extract_surface | take_slice | Scene -> show | render | write

Everything is in patient space, LPS millimetres. Importing this package imports neither VTK nor numpy.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vizmed.errors import VizmedError as VizmedError
    from vizmed.findings import Finding as Finding
    from vizmed.geometry import Geometry as Geometry
    from vizmed.marks import Marks as Marks
    from vizmed.read import read as read
    from vizmed.read.check import check as check
    from vizmed.read.labels import read_labels as read_labels
    from vizmed.read.marks import read_marks as read_marks
    from vizmed.read.meshes import read_mesh as read_mesh
    from vizmed.render import plotter as plotter
    from vizmed.render import render as render
    from vizmed.render import show as show
    from vizmed.sample import make_sample as make_sample
    from vizmed.sample import write_sample as write_sample
    from vizmed.scene import Scene as Scene
    from vizmed.scene import scene_for as scene_for
    from vizmed.scene.file import read_scene as read_scene
    from vizmed.segmentation import Segmentation as Segmentation
    from vizmed.slices import take_slice as take_slice
    from vizmed.surface import Recipe as Recipe
    from vizmed.surface import compare as compare
    from vizmed.surface import extract_surface as extract_surface
    from vizmed.surface import label_surfaces as label_surfaces
    from vizmed.surface import make_surface as make_surface
    from vizmed.surface import measure as measure
    from vizmed.volume import Volume as Volume
    from vizmed.write import write_surface as write_surface
    from vizmed.write import write_volume as write_volume
    from vizmed.write.scene import write_scene as write_scene

_HOMES = {
    "Finding": "vizmed.findings",
    "Geometry": "vizmed.geometry",
    "Marks": "vizmed.marks",
    "Recipe": "vizmed.surface",
    "Scene": "vizmed.scene",
    "Segmentation": "vizmed.segmentation",
    "VizmedError": "vizmed.errors",
    "Volume": "vizmed.volume",
    "check": "vizmed.read.check",
    "compare": "vizmed.surface",
    "extract_surface": "vizmed.surface",
    "label_surfaces": "vizmed.surface",
    "make_sample": "vizmed.sample",
    "make_surface": "vizmed.surface",
    "measure": "vizmed.surface",
    "read": "vizmed.read",
    "read_labels": "vizmed.read.labels",
    "read_marks": "vizmed.read.marks",
    "read_mesh": "vizmed.read.meshes",
    "plotter": "vizmed.render",
    "read_scene": "vizmed.scene.file",
    "render": "vizmed.render",
    "scene_for": "vizmed.scene",
    "show": "vizmed.render",
    "take_slice": "vizmed.slices",
    "write_sample": "vizmed.sample",
    "write_scene": "vizmed.write.scene",
    "write_surface": "vizmed.write",
    "write_volume": "vizmed.write",
}

__all__ = [
    "Finding",
    "Geometry",
    "Marks",
    "Recipe",
    "Scene",
    "Segmentation",
    "VizmedError",
    "Volume",
    "check",
    "compare",
    "extract_surface",
    "label_surfaces",
    "make_sample",
    "make_surface",
    "measure",
    "plotter",
    "read",
    "read_labels",
    "read_marks",
    "read_mesh",
    "read_scene",
    "render",
    "scene_for",
    "show",
    "take_slice",
    "write_sample",
    "write_scene",
    "write_surface",
    "write_volume",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("vizmed")
    if name not in _HOMES:
        raise AttributeError(f"module 'vizmed' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


class _Package(ModuleType):
    """Keeps ``vizmed.read`` and ``vizmed.render`` the verbs that they are.

    Python sets a sub-module as an attribute of its package when it is imported, and would put the rooms of these
    names in the place of their verbs.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
