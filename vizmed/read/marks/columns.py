"""Which columns of a table hold what, by the words that programs and people put over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vizmed.errors import DamagedFileError
from vizmed.read.marks.table import Table, number_in, shown

Kind = Literal["index", "instance", "file", "uid", "mm"]
"""What tells a slice: its place among the slices, the number of its image, its file, its SOPInstanceUID, its z."""

_PLACES = {
    "x": ("x", "left", "xmin", "x1", "bboxx", "xpx", "xpixel", "bboxleft"),
    "y": ("y", "top", "ymin", "y1", "bboxy", "ypx", "ypixel", "bboxtop"),
    "width": ("width", "w", "bboxwidth", "boxwidth", "widthpx"),
    "height": ("height", "h", "bboxheight", "boxheight", "heightpx"),
    "right": ("xmax", "right", "x2", "bboxright"),
    "bottom": ("ymax", "bottom", "y2", "bboxbottom"),
    "x_mm": ("xmm",),
    "y_mm": ("ymm",),
    "z_mm": ("zmm", "positionmm", "slicepositionmm", "slicezmm", "slicemm"),
}

_SLICES: dict[Kind, tuple[str, ...]] = {
    "uid": ("sopinstanceuid", "instanceuid", "sopuid", "imageuid", "referencedsopinstanceuid"),
    "file": ("file", "filename", "image", "imagename", "imagefile", "path", "filepath", "imagepath"),
    "instance": ("instance", "instancenumber", "instanceno", "imagenumber", "imageno"),
    "index": (
        *("slice", "sliceindex", "sliceidx", "slicenumber", "sliceno", "sliceid"),
        *("k", "frame", "frameindex", "framenumber", "zindex", "z", "index", "idx"),
    ),
}
"""The surest first: an ``index`` may count the rows where there is a ``slice``."""

_SIZES_MM = ("widthmm", "heightmm", "depthmm", "wmm", "hmm", "dmm", "sizemm", "diametermm", "radiusmm")
"""What only boxes and balls in mm have, which are not read; as points they would be silently smaller."""

_LABELS = ("label", "class", "labelname", "classname", "category", "categoryname", "name")

_HEADINGS_SHOWN = 12
_NEEDED = "It needs slice, x and y, for boxes also width and height (or xmax, ymax); or x_mm, y_mm and z_mm"


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of the columns that were found.

    Parameters
    ----------
    at : dict of str to int
        By ``"x"``, ``"y"``, ``"width"``, ``"height"``, ``"right"``, ``"bottom"``, ``"x_mm"``, ``"y_mm"``, ``"z_mm"``.
    slices : dict of kind to int
        What may tell the slice.
    label : int, optional
    """

    at: dict[str, int]
    slices: dict[Kind, int]
    label: int | None

    @property
    def in_pixels(self) -> bool:
        """Whether places are told in pixels of a slice, else in mm of the patient."""
        return "x" in self.at and "y" in self.at


def count_known(header: Sequence[str]) -> int:
    """Count the headings that mean something."""
    known = {word for words in (*_PLACES.values(), *_SLICES.values(), _LABELS) for word in words}
    return sum(_plain(heading) in known for heading in header)


def are_enough(header: Sequence[str]) -> bool:
    """Whether a table with such a header tells where marks lie."""
    words = {_plain(heading) for heading in header}
    found = {what for what, names in _PLACES.items() if words & set(names)}
    return {"x", "y"} <= found or {"x_mm", "y_mm", "z_mm"} <= found


def find_columns(table: Table) -> Columns:
    """Find the columns of a table.

    Raises
    ------
    DamagedFileError
        If they do not tell where marks lie, or two of them may hold the same.
    """
    if not are_enough(table.header):
        raise DamagedFileError(_told(table.header), where=table.path, remedy=_NEEDED)
    words = [_plain(heading) for heading in table.header]
    at = {}
    for what, names in _PLACES.items():
        fitting = [place for place, word in enumerate(words) if word in names]
        if len(fitting) > 1:
            one, other = (shown(table.header[place]) for place in fitting[:2])
            raise DamagedFileError(
                f"two columns of it, {one} and {other}, may be its {what}",
                where=table.path,
                remedy="Leave one of them out, or call it something else",
            )
        if fitting:
            at[what] = fitting[0]
    slices = {kind: place for kind, names in _SLICES.items() if (place := _first(words, names)) is not None}
    if "z_mm" in at:
        slices["mm"] = at["z_mm"]
    columns = Columns(at, slices, _first(words, _LABELS))
    if not columns.in_pixels and ({"width", "height"} & at.keys() or _first(words, _SIZES_MM) is not None):
        raise DamagedFileError(
            "its boxes are told in mm", where=table.path, remedy="Boxes are read in pixels: slice, x, y, width, height"
        )
    return columns


def _told(header: Sequence[str]) -> str:
    if any(number_in(heading) is not None for heading in header):  # a row, whose cells need not be told
        return "its first line holds numbers, and is no header"
    return f"its columns are {', '.join(map(shown, header[:_HEADINGS_SHOWN])) or 'none'}"


def _plain(heading: str) -> str:
    """Take all but letters and digits away: ``Slice_Index`` and ``slice index`` are one, and ``x (mm)`` is x_mm."""
    return "".join(letter for letter in heading.casefold() if letter.isalnum())


def _first(words: Sequence[str], names: Sequence[str]) -> int | None:
    return next((words.index(name) for name in names if name in words), None)
