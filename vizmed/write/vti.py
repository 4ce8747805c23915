"""A volume to VTK's XML image data (.vti): an XML text, and the voxels as they are in an appendix."""

from __future__ import annotations

import zlib
from math import ceil
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike

from vizmed.errors import WriteError
from vizmed.volume import Volume, Voxels
from vizmed.write.atomic import atomic_file
from vizmed.write.blocks import blocks_of, check_type
from vizmed.write.stream import made_ahead, write_blocks

TYPES = {
    "int8": "Int8", "uint8": "UInt8",
    "int16": "Int16", "uint16": "UInt16",
    "int32": "Int32", "uint32": "UInt32",
    "int64": "Int64", "uint64": "UInt64",
    "float32": "Float32", "float64": "Float64",
}  # fmt: skip

DEFLATED_BYTES = 1 << 20
"""About what is deflated together: VTK inflates each block by itself."""

COMPRESSION_LEVEL = 2
"""Fixed, so that a volume gives the same bytes from run to run."""

_XML = """<?xml version="1.0"?>
<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" header_type="UInt64"{compressor}>
  <ImageData WholeExtent="{extent}" Origin="{origin}" Spacing="{spacing}" Direction="{direction}">
    <FieldData>
      <Array type="String" Name="SPACE" NumberOfTuples="1" format="ascii">{space}</Array>
      <Array type="String" Name="UNIT" NumberOfTuples="1" format="ascii">{unit}</Array>
    </FieldData>
    <Piece Extent="{extent}">
      <PointData Scalars="values">
        <DataArray type="{type}" Name="values" format="appended" offset="0"/>
      </PointData>
    </Piece>
  </ImageData>
  <AppendedData encoding="raw">
_"""

_END = b"\n  </AppendedData>\n</VTKFile>\n"


def write_vti(volume: Volume, path: str | Path, *, compressed: bool = False, overwrite: bool = False) -> list[Path]:
    """Write a volume as VTK image data in LPS mm, with its geometry to the last bit.

    Parameters
    ----------
    volume : Volume
    path : str or pathlib.Path
        It ends in ``.vti``.
    compressed : bool
        Whether the voxels are deflated.
    overwrite : bool
        Whether a file of that name may be replaced.

    Returns
    -------
    list of pathlib.Path
        The one file.

    Raises
    ------
    WriteError
        If the grid is sheared, VTK has no such type of number, or the file cannot or must not be written.
    """
    target = Path(path)
    check_type(volume.voxels, TYPES, "VTK", target)
    if volume.geometry.is_sheared:
        raise WriteError(
            f"the grid is sheared by {volume.geometry.shear_degrees:.2f} degrees, which VTK's image data cannot hold",
            where=target,
            remedy="Take .nrrd, .nii or .mha",
        )
    with atomic_file(target, overwrite=overwrite) as file:
        file.write(_xml(volume, compressed=compressed).encode())
        if compressed:
            _write_deflated(volume.voxels, file)
        else:
            file.write(_counts(volume.voxels.nbytes))
            write_blocks(file, blocks_of(volume.voxels))
        file.write(_END)
    return [target]


def _xml(volume: Volume, *, compressed: bool) -> str:
    geometry = volume.geometry
    return _XML.format(
        compressor=' compressor="vtkZLibDataCompressor"' if compressed else "",
        extent=" ".join(f"0 {n - 1}" for n in geometry.shape),
        origin=_text(geometry.origin),
        spacing=_text(geometry.spacing),
        direction=_text(geometry.direction),  # row after row; its columns are the axes
        type=TYPES[volume.voxels.dtype.name],
        space=_string("LPS"),
        unit=_string("mm"),
    )


def _write_deflated(voxels: Voxels, file: BinaryIO) -> None:
    """Write blocks of some slices after a table of their sizes, which is filled in when they are known."""
    ni, nj, _ = voxels.shape
    slice_bytes = ni * nj * voxels.dtype.itemsize
    block_bytes = max(1, DEFLATED_BYTES // slice_bytes) * slice_bytes
    count = ceil(voxels.nbytes / block_bytes)
    start = file.tell()
    file.write(_counts(*[0] * (3 + count)))
    blocks = made_ahead(lambda block: zlib.compress(block, COMPRESSION_LEVEL), blocks_of(voxels, DEFLATED_BYTES))
    sizes = [file.write(block) for block in blocks]
    end = file.tell()
    file.seek(start)
    file.write(_counts(count, block_bytes, voxels.nbytes % block_bytes, *sizes))
    file.seek(end)


def _counts(*numbers: int) -> bytes:
    return np.array(numbers, dtype="<u8").tobytes()


def _string(text: str) -> str:
    # VTK's XML has a text as the numbers of its letters, and a nought
    return " ".join(str(number) for number in (*text.encode(), 0))


def _text(numbers: ArrayLike) -> str:
    # repr is the shortest text that gives the same number again; adding 0 turns -0.0 into 0.0
    return " ".join(repr(float(number) + 0.0) for number in np.ravel(numbers))
