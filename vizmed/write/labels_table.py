"""A table of the surfaces of labels as CSV, which spreadsheets and `vizmed labels --table` read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vizmed.geometry import FloatArray
from vizmed.segmentation import Label
from vizmed.stages import stage
from vizmed.write.atomic import atomic_file

HEADER = (
    "number", "name", "color", "voxels", "voxels_mm3", "mesh_mm3", "area_mm2",
    "centroid_x_mm", "centroid_y_mm", "centroid_z_mm",
    "least_x_mm", "most_x_mm", "least_y_mm", "most_y_mm", "least_z_mm", "most_z_mm",
    "closed", "pieces", "triangles", "file",
)  # fmt: skip
"""The columns. Places are in the patient's frame, LPS, whatever the frame of the files; closed is yes or no."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to spreadsheets."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelRow:
    """What the table says of a label.

    Parameters
    ----------
    label : Label
    voxels : int
        How many it has.
    voxels_mm3, mesh_mm3 : float
        What these fill, and what its mesh encloses.
    area_mm2 : float
    centroid_mm : (3,) ndarray
        Of the mesh's solid, LPS.
    bounds_mm : (3, 2) ndarray
        Least and largest x, y and z of the mesh, LPS.
    closed : bool
    pieces : int
        Connected pieces of the mesh; a cavity within is one too.
    triangles : int
    file : str
        The name of its file, beside the table.
    """

    label: Label
    voxels: int
    voxels_mm3: float
    mesh_mm3: float
    area_mm2: float
    centroid_mm: FloatArray
    bounds_mm: FloatArray
    closed: bool
    pieces: int
    triangles: int
    file: str


@stage("writing")
def write_labels_table(rows: Sequence[LabelRow], path: str | Path, *, overwrite: bool = False) -> None:
    """Write the table: UTF-8, a comma between cells, a point in numbers, to the thousandth.

    Parameters
    ----------
    rows : sequence of LabelRow
    path : str or pathlib.Path
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    WriteError
        If the file cannot or must not be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HEADER)
    table.writerows(list(_cells(row)) for row in rows)
    with atomic_file(path, overwrite=overwrite) as file:
        file.write(text.getvalue().encode())


def _cells(row: LabelRow) -> Iterator[str]:
    name = row.label.name
    yield from (str(row.label.number), f"'{name}" if name.startswith(_FORMULA) else name, row.label.color)
    yield str(row.voxels)
    sizes = (row.voxels_mm3, row.mesh_mm3, row.area_mm2)
    for value in (*sizes, *row.centroid_mm.tolist(), *row.bounds_mm.ravel().tolist()):
        yield f"{round(value, 3) + 0.0:.3f}"  # adding 0 turns -0.0 into 0.0
    yield from ("yes" if row.closed else "no", str(row.pieces), str(row.triangles), row.file)
