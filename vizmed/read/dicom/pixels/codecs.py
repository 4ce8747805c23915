"""Compressed pixels of one plane to values, by imagecodecs, which lets go of the GIL.

imagecodecs (2026.3.6) follows damaged data out of bounds in some codecs; those are not used, or checked first.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import CodecError, DamagedFileError
from vizmed.read.dicom.frames import Frame, PixelLayout
from vizmed.vtk_bridge import cores

_RLE = "1.2.840.10008.1.2.5"

_JPEG_END = b"\xff\xd9"
_JPEG_SCAN = 0xDA
_JPEG_COLOURS = frozenset({0xE0, 0xEE})
"""JFIF and Adobe markers, by which a JPEG itself says how its colours are stored."""

CODECS = {
    "1.2.840.10008.1.2.4.50": ("JPEG baseline", "jpeg8"),
    "1.2.840.10008.1.2.4.51": ("JPEG extended", "jpeg8"),
    "1.2.840.10008.1.2.4.57": ("JPEG lossless", "jpeg8"),
    "1.2.840.10008.1.2.4.70": ("JPEG lossless, first order", "jpeg8"),
    "1.2.840.10008.1.2.4.80": ("JPEG-LS lossless", "jpegls"),
    "1.2.840.10008.1.2.4.81": ("JPEG-LS near-lossless", "jpegls"),
    "1.2.840.10008.1.2.4.90": ("JPEG 2000 lossless", "jpeg2k"),
    "1.2.840.10008.1.2.4.91": ("JPEG 2000", "jpeg2k"),
    "1.2.840.10008.1.2.4.201": ("High-throughput JPEG 2000 lossless", "jpeg2k"),
    "1.2.840.10008.1.2.4.202": ("High-throughput JPEG 2000 lossless, RPCL", "jpeg2k"),
    "1.2.840.10008.1.2.4.203": ("High-throughput JPEG 2000", "jpeg2k"),
    _RLE: ("RLE", "dicomrle"),
}
"""Transfer syntax to its name and imagecodecs' name for the codec.

High-throughput JPEG 2000 goes through OpenJPEG too: imagecodecs' own `htj2k_decode` (2026.3.6, measured) gives half a
picture for a damaged one, with nothing but a line on stderr. JPEG lossless goes through libjpeg-turbo: `ljpeg_decode`
crashes the process on some damaged files.
"""


def gives_rgb(layout: PixelLayout) -> bool:
    """Whether the decoder turns YBR into RGB, as that of JPEG does."""
    return CODECS.get(layout.transfer_syntax, ("", ""))[1] == "jpeg8"


def decode_all(pictures: Sequence[tuple[bytes, NDArray[Any], Frame]]) -> None:
    """Decode the planes of a file into place, side by side.

    Parameters
    ----------
    pictures : sequence of (encoded, plane, frame) tuple
        See `decode`.

    Raises
    ------
    CodecError, DamagedFileError
        Of the first plane that cannot be decoded.
    """
    if len(pictures) == 1:  # files of one plane are read side by side already
        decode(*pictures[0])
        return
    with ThreadPoolExecutor(min(len(pictures), cores())) as threads:
        for _ in threads.map(lambda picture: decode(*picture), pictures):
            pass


def decode(encoded: bytes, plane: NDArray[Any], frame: Frame) -> None:
    """Decode a plane into place.

    Raises
    ------
    CodecError, DamagedFileError
    """
    title, codec = CODECS[frame.layout.transfer_syntax]
    try:
        decoded = _decoded(codec, encoded, plane, frame.layout)
    except Exception as failure:
        raise CodecError(
            f"its {title} pixels cannot be decoded ({type(failure).__name__})",
            where=frame.path,
            remedy="The file may be damaged; another export of it may help",
        ) from failure
    if decoded.shape != plane.shape:
        raise DamagedFileError(
            f"its {title} picture is {decoded.shape}, its header says {plane.shape} (rows, columns)", where=frame.path
        )
    # a codec may give a narrower type, or unsigned for signed: bits count, and clear_unused_bits reads their sign
    plane.view(f"u{plane.itemsize}")[...] = decoded.view(f"u{decoded.itemsize}")


def _decoded(codec: str, encoded: bytes, plane: NDArray[Any], layout: PixelLayout) -> NDArray[Any]:
    import imagecodecs

    if codec == "dicomrle":
        _check_rle_header(encoded, plane.itemsize * layout.samples)
        flat = imagecodecs.dicomrle_decode(encoded, plane.dtype.newbyteorder("<"))
        planes = np.frombuffer(flat, dtype=plane.dtype.newbyteorder("<"))
        if layout.samples == 1:
            return planes.reshape(plane.shape)
        return np.ascontiguousarray(np.moveaxis(planes.reshape(layout.samples, *plane.shape[:2]), 0, -1))
    if codec == "jpeg8" and _JPEG_END not in encoded[-16:]:
        raise ValueError("the JPEG has no end")  # libjpeg-turbo fills up a cut picture and says nothing
    function: Callable[..., NDArray[Any]] = getattr(imagecodecs, f"{codec}_decode")
    if codec == "jpeg8" and layout.samples == 3 and not _JPEG_COLOURS.intersection(_markers(encoded)):
        # nothing in the file says what the samples are, and libjpeg would guess; DICOM's header knows
        stored = "RGB" if layout.photometric == "RGB" else "YCBCR"
        return function(encoded, colorspace=stored, outcolorspace="RGB")
    return function(encoded)


def _markers(encoded: bytes) -> Iterator[int]:
    """Give the markers of a JPEG in front of its picture."""
    position = 2
    while position + 4 <= len(encoded) and encoded[position] == 0xFF and encoded[position + 1] != _JPEG_SCAN:
        yield encoded[position + 1]
        position += 2 + int.from_bytes(encoded[position + 2 : position + 4], "big")


def _check_rle_header(encoded: bytes, segments: int) -> None:
    """Refuse offsets that leave the data: imagecodecs (2026.3.6) would follow them and crash the process."""
    count, *offsets = struct.unpack_from("<16I", encoded)
    bounds = [*offsets[:segments], len(encoded)]
    if count != segments or bounds[0] != 64 or any(start >= end for start, end in pairwise(bounds)):
        raise ValueError("the RLE header does not fit the data")
