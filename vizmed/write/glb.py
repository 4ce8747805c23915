"""Surfaces as binary glTF 2.0 (.glb), which browsers, phones and Blender open: metres with Y up, parts with colours.

Numbers and rules are those of the Khronos group's glTF 2.0 specification.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import WriteError
from vizmed.parts import Frame
from vizmed.write.atomic import atomic_file, check_target
from vizmed.write.frames import PlacedPart, Placing, Surfaces, bounds, check_count, place
from vizmed.write.stream import write_blocks

MOST_POINTS = 2**32 - 1
"""Points are numbered in 32 bits, and the highest number is forbidden."""

MOST_BYTES = 2**32 - 1
"""The file says its length in 32 bits."""

BLOCK = 1 << 16
"""Triangles that are laid out at a time: less than a megabyte, which a processor's cache holds."""

ROUGHNESS = 0.6
"""Of the material, from 0 (a mirror) to 1 (chalk): as bone shines."""

_FLOAT, _UNSIGNED_INT, _VERTICES, _INDICES, _TRIANGLES = 5126, 5125, 34962, 34963, 4
"""The specification's numbers for types, for what a buffer is used as, and for what is drawn."""

_TO_METRES_Y_UP = {
    "LPS": (0.001, 0, 0, 0, 0, 0, -0.001, 0, 0, 0.001, 0, 0, 0, 0, 0, 1),
    "RAS": (-0.001, 0, 0, 0, 0, 0, 0.001, 0, 0, 0.001, 0, 0, 0, 0, 0, 1),
}
"""Matrices, column after column, that send a patient's mm to metres with the head up and the face to the viewer: of LPS
(x, y, z) they make (x, z, -y) / 1000."""


def write_glb(mesh: Surfaces, path: str | Path, *, frame: Frame = "lps", overwrite: bool = False) -> None:
    """Write surfaces as binary glTF, the same bytes each time.

    Parameters
    ----------
    mesh : pyvista.PolyData or sequence of Part
        Triangles in LPS mm, their front sides outward. Each part is a node with its name, of a material of its colour.
    path : str or pathlib.Path
    frame : {"lps", "ras", "centered"}
        Of the numbers in the file, see `vizmed.write.write_surface`; the matrix of the node ``vizmed`` above all parts
        sends them to the metres that the format demands.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    WriteError, OptionError
        See `vizmed.write.write_surface`.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    placing = place(mesh, frame, target)
    for part in placing.parts:
        check_count(len(part.points), MOST_POINTS, "points", "glTF", target)
    n_bytes = sum(_sizes(placing))
    words = _chunk_text(_document(placing, n_bytes))
    length = 12 + 8 + len(words) + 8 + n_bytes
    if length > MOST_BYTES:
        raise WriteError(f"the file would have {length:,} bytes, glTF counts no more than {MOST_BYTES:,}", where=target)
    with atomic_file(target, overwrite=overwrite) as file:
        file.write(b"glTF" + _u4(2, length))
        file.write(_u4(len(words)) + b"JSON" + words)
        file.write(_u4(n_bytes) + b"BIN\0")
        write_blocks(file, _binary(placing))


def _u4(*numbers: int) -> bytes:
    return np.array(numbers, "<u4").tobytes()


def _chunk_text(document: dict[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % 4)


def _binary(placing: Placing) -> Iterator[memoryview]:
    """Give points and triangles of each part in turn, all of them numbers of 4 bytes, so that nothing needs padding."""
    for part in placing.parts:
        yield part.points.data
        for start in range(0, len(part.triangles), BLOCK):
            yield part.triangles[start : start + BLOCK].astype("<u4").data


def _sizes(placing: Placing) -> Iterator[int]:
    for part in placing.parts:
        yield 12 * len(part.points)
        yield 12 * len(part.triangles)


def _document(placing: Placing, n_bytes: int) -> dict[str, Any]:
    colors = list(dict.fromkeys(part.color.lower() for part in placing.parts))
    said = {"SPACE": placing.space, "UNIT": "mm"} | ({"CENTERED": placing.centre} if placing.centre else {})
    numbers = range(len(placing.parts))
    root = {
        "name": "vizmed",
        "matrix": _TO_METRES_Y_UP[placing.space],
        "children": [1 + n for n in numbers],
        "extras": said,
    }
    return {
        "asset": {"version": "2.0", "generator": "vizmed"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [root, *({"name": part.name, "mesh": n} for n, part in enumerate(placing.parts))],
        "meshes": [_mesh(part, n, colors) for n, part in enumerate(placing.parts)],
        "materials": [_material(color) for color in colors],
        "accessors": [accessor for n, part in enumerate(placing.parts) for accessor in _accessors(part, n)],
        "bufferViews": list(_views(placing)),
        "buffers": [{"byteLength": n_bytes}],
    }


def _mesh(part: PlacedPart, number: int, colors: list[str]) -> dict[str, Any]:
    primitive = {
        "attributes": {"POSITION": 2 * number},
        "indices": 2 * number + 1,
        "material": colors.index(part.color.lower()),
        "mode": _TRIANGLES,
    }
    return {"name": part.name, "primitives": [primitive]}


def _material(color: str) -> dict[str, Any]:
    channels = [_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5)]
    shine = {"baseColorFactor": [*channels, 1], "metallicFactor": 0, "roughnessFactor": ROUGHNESS}
    return {"name": color, "pbrMetallicRoughness": shine, "doubleSided": True}


def _linear(channel: float) -> float:
    """Undo sRGB's curve (IEC 61966-2-1): glTF has colours as amounts of light."""
    light = channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
    return round(light, 6)


def _accessors(part: PlacedPart, number: int) -> Iterator[dict[str, Any]]:
    least, most = (_exactly(end) for end in bounds(part.points))
    place_of_points = {"componentType": _FLOAT, "count": len(part.points), "type": "VEC3", "min": least, "max": most}
    yield {"bufferView": 2 * number} | place_of_points
    count = part.triangles.size
    yield {"bufferView": 2 * number + 1, "componentType": _UNSIGNED_INT, "count": count, "type": "SCALAR"}


def _exactly(place_mm: NDArray[np.float32]) -> list[float]:
    return [float(value) for value in place_mm]  # as float64, whose text gives the float32 again to its last bit


def _views(placing: Placing) -> Iterator[dict[str, int]]:
    start = 0
    for number, size in enumerate(_sizes(placing)):
        use = _INDICES if number % 2 else _VERTICES
        yield {"buffer": 0, "byteOffset": start, "byteLength": size, "target": use}
        start += size
