"""Volumes, meshes and pictures to files: whole or not at all, the frame and the unit said in the file."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vizmed.write.picture import write_picture as write_picture
    from vizmed.write.png_slices import write_slices as write_slices
    from vizmed.write.surfaces import SURFACE_ENDINGS as SURFACE_ENDINGS
    from vizmed.write.surfaces import write_surface as write_surface
    from vizmed.write.volumes import VOLUME_ENDINGS as VOLUME_ENDINGS
    from vizmed.write.volumes import check_volume_target as check_volume_target
    from vizmed.write.volumes import write_volume as write_volume

_HOMES = {
    "SURFACE_ENDINGS": "vizmed.write.surfaces",
    "VOLUME_ENDINGS": "vizmed.write.volumes",
    "check_volume_target": "vizmed.write.volumes",
    "write_picture": "vizmed.write.picture",
    "write_slices": "vizmed.write.png_slices",
    "write_surface": "vizmed.write.surfaces",
    "write_volume": "vizmed.write.volumes",
}
"""A picture is to wait for no writer of meshes."""

__all__ = ["check_volume_target", "write_picture", "write_slices", "write_surface", "write_volume"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
