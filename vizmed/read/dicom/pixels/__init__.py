"""Pixels of planes that are in order already: two decoders behind one interface, and the choice between them.

A decoder is a module with a ``name``, ``objection(frames)`` (why it may not read them, or None) and
``read_values(frames)``. Both give the same values in the same type wherever both may read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from vizmed.budget import check_room
from vizmed.errors import CodecError, OptionError, ReadError
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.pixels import colour, with_pydicom, with_vtk
from vizmed.read.dicom.pixels.values import known_type
from vizmed.stages import stage


class Decoder(Protocol):
    """What turns planes into values."""

    name: str

    def objection(self, frames: Sequence[Frame]) -> str | None:
        """Why these planes may not be read with it, or None."""
        ...

    def read_values(self, frames: Sequence[Frame]) -> NDArray[Any]:
        """Give the values of the planes, shape (nk, rows, columns)."""
        ...


READERS: dict[str, Decoder] = {"vtk": with_vtk, "pydicom": with_pydicom}

FASTEST_FIRST = ("pydicom", "vtk")
"""Measured by `scripts/bench`; see docs/performance.md and docs/design.md."""


@stage("pixels")
def read_values(frames: Sequence[Frame], reader: str = "auto", *, luminance: bool = False) -> tuple[NDArray[Any], str]:
    """Read planes with the decoder asked for, or with the fastest one that is proven right.

    Parameters
    ----------
    frames : sequence of nk Frame
    reader : str
    luminance : bool
        Make one value of the colours of a pixel, where there are any.

    Returns
    -------
    values : (nk, rows, columns) ndarray
    decoder : str
        Name of the decoder that read them.
    """
    layout = frames[0].layout
    decoder = choose(frames, reader, luminance=luminance)
    stored = colour.value_type(frames[0])
    made = known_type(stored, frames) or stored
    check_room(len(frames) * layout.rows * layout.columns * made.itemsize, frames[0].path)
    return decoder.read_values(frames), decoder.name


def choose(frames: Sequence[Frame], reader: str = "auto", *, luminance: bool = False) -> Decoder:
    """Take the decoder asked for, or the fastest one that is proven right; see `read_values`.

    Raises
    ------
    CodecError, ReadError
        If none can read the planes, or the one asked for may not.
    """
    layout = frames[0].layout
    if layout.is_colour and not luminance:
        raise CodecError(
            f"the pixels are in colour ({layout.photometric}), and a volume has one value a voxel",
            where=frames[0].path,
            remedy="--luminance makes one value of them",
        )
    if reader not in ("auto", *READERS):
        raise OptionError(f"there is no reader {reader!r}", remedy=f"There are auto, {', '.join(READERS)}")
    objections: dict[str, str] = {}
    for name in FASTEST_FIRST if reader == "auto" else (reader,):
        objection = READERS[name].objection(frames)
        if objection is None:
            return READERS[name]
        objections[name] = objection
    where = frames[0].path
    if reader == "vtk":
        raise ReadError(
            f"vtkDICOMImageReader may not read this series: {objections['vtk']}",
            where=where.parent,
            remedy="--reader auto reads it",
        )
    is_segmentation = frames[0].header.values.get("Modality") == "SEG"
    remedy = "vizmed labels reads segmentations" if is_segmentation else "Another export of the series may help"
    raise CodecError(objections["pydicom"], where=where, remedy=remedy)
