"""vizmed reads medical scans truthfully, shows them in 3D, and makes surfaces that can be measured and printed.

Everything is in patient space, LPS millimetres. Importing this package imports neither VTK nor numpy.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vizmed.errors import VizmedError as VizmedError
    from vizmed.findings import Finding as Finding
    from vizmed.geometry import Geometry as Geometry
    from vizmed.read import read as read
    from vizmed.volume import Volume as Volume

_HOMES = {
    "Finding": "vizmed.findings",
    "Geometry": "vizmed.geometry",
    "VizmedError": "vizmed.errors",
    "Volume": "vizmed.volume",
    "read": "vizmed.read",
}

__all__ = ["Finding", "Geometry", "VizmedError", "Volume", "read"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("vizmed")
    if name not in _HOMES:
        raise AttributeError(f"module 'vizmed' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
