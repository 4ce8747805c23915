"""The numbers of a glTF: accessors into views into buffers, each checked to lie within the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import CodecError, DamagedFileError
from vizmed.read.meshes.copies import Copies
from vizmed.read.meshes.glb.document import Document, Object

_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
"""componentType; the specification's 3.6.2.2."""

_WIDTHS = {"SCALAR": 1, "VEC3": 3}

_LONGEST_STRIDE = 252


@dataclass(frozen=True, slots=True)
class Buffers:
    """The buffers of a document.

    Parameters
    ----------
    document : Document
    data : list of memoryview
    copies : Copies
        What may still be made of them.
    """

    document: Document
    data: list[memoryview]
    copies: Copies
    _points: dict[int, NDArray[np.float32]] = field(default_factory=dict)

    def points(self, number: object) -> NDArray[np.float32]:
        """Read an accessor of positions (n, 3), once: many surfaces may share it."""
        if type(number) is not int or number not in self._points:
            values, accessor = self._values(number, "VEC3")
            if values.dtype.kind != "f" and accessor.get("normalized") is True:
                # KHR_mesh_quantization: whole numbers stand for 0 to 1, or -1 to 1
                values = np.maximum(values / np.float32(np.iinfo(values.dtype).max), np.float32(-1))
            points = values.astype(np.float32)
            if type(number) is not int:
                return points
            self._points[number] = points
        return self._points[number]

    def indices(self, number: object) -> NDArray[np.int64]:
        """Read an accessor of point numbers (n,)."""
        values, _ = self._values(number, "SCALAR")
        if values.dtype.kind != "u":
            raise self.document.damaged("indices", values.dtype.name)
        return values[:, 0].astype(np.int64)

    def in_order(self, count: int) -> NDArray[np.int64]:
        """Give the point numbers of a surface that has no indices."""
        self.copies.add(count)
        return np.arange(count)

    def _values(self, number: object, kind: str) -> tuple[NDArray[Any], Object]:
        document = self.document
        accessor = document.item("accessors", number)
        if "sparse" in accessor:
            raise CodecError("it has sparse accessors", where=document.path, remedy="Save it without them")
        width = _WIDTHS[kind]
        component = accessor.get("componentType")
        if accessor.get("type") != kind or type(component) is not int or component not in _TYPES:
            raise document.damaged(f"accessor {number}", f"{accessor.get('type')} of {component}")
        dtype = np.dtype(_TYPES[component])
        view, stride = self._view(accessor.get("bufferView"), width * dtype.itemsize)
        count, start = document.count(accessor, "count"), document.count(accessor, "byteOffset")
        needed = start + stride * (count - 1) + width * dtype.itemsize
        if count == 0 or needed > len(view):
            found = f"accessor {number} needs {needed:,} bytes, its view has {len(view):,}"
            raise DamagedFileError(found, where=document.path)
        self.copies.add(count)
        return np.ndarray((count, width), dtype, view, start, (stride, dtype.itemsize)), accessor

    def _view(self, number: object, element: int) -> tuple[memoryview, int]:
        """Give the bytes of a view, and from where to where they step."""
        document = self.document
        view = document.item("bufferViews", number)
        for name in document.member("extensions", dict, view):
            raise CodecError(f"a view of it is packed by {str(name)[:60]!r}", where=document.path, remedy="Unpack it")
        which = view.get("buffer")
        document.item("buffers", which)
        buffer = self.data[document.count(view, "buffer")]
        start, length = document.count(view, "byteOffset"), document.count(view, "byteLength")
        if start + length > len(buffer):
            found = f"a view of it reaches to byte {start + length:,} of {len(buffer):,}"
            raise DamagedFileError(found, where=document.path)
        stride = document.count(view, "byteStride", element)
        if not element <= stride <= max(_LONGEST_STRIDE, element):
            raise document.damaged("byteStride", stride)
        return buffer[start : start + length], stride
