"""Files to labels: `read_labels` looks at the content, and hands over to the reader of that kind of labels."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from vizmed.errors import OptionError, ReadError, SeriesChoiceError
from vizmed.findings import Finding
from vizmed.read.labels.dicom_files import kind_of_labels, label_files, start_of
from vizmed.read.labels.label_map import read_label_map
from vizmed.read.labels.reference import Reference
from vizmed.read.labels.rtstruct import read_rtstruct
from vizmed.read.labels.seg import read_dicom_seg
from vizmed.read.labels.seg_nrrd import is_seg_nrrd, read_seg_nrrd
from vizmed.read.labels.tables import named, read_table
from vizmed.read.nrrd import is_nrrd
from vizmed.segmentation import Segmentation
from vizmed.stages import stage


@stage("reading")
def read_labels(
    path: str | os.PathLike[str],
    *,
    table: str | os.PathLike[str] | None = None,
    reference: Reference | None = None,
) -> Segmentation:
    """Read labels: a label map of any format that `vizmed.read` reads, a .seg.nrrd, a DICOM SEG or an RTSTRUCT.

    Parameters
    ----------
    path : path-like
        A file, or a folder with one SEG or RTSTRUCT or with a DICOM series of labels.
    table : path-like, optional
        What the numbers are called: a file (see `read_table`), or ``"totalsegmentator"``. It goes before the names in
        the file itself. Without any, the names are ``label-1``, ``label-2``, ...
    reference : path-like, Volume or Geometry, optional
        For SEG and RTSTRUCT: the scan that they were drawn on, whose grid the labels take. A SEG has planes of its own
        and needs none; for an RTSTRUCT the scan is looked for beside it.

    Returns
    -------
    Segmentation
        Labels without a voxel are left out. Findings are in ``segmentation.provenance``.

    Raises
    ------
    ReadError
        One of its kinds; see `vizmed.errors`.
    OptionError
        If a label map is given a reference: it has a grid of its own.
    """
    place = Path(path)
    if not place.exists():
        raise ReadError("there is no such file or folder", where=place)
    names = None if table is None else read_table(table)
    found = _read(_object_in(place), reference)
    if not found.labels:
        empty = Finding("no-labels", "warning", "no voxel of it has a label", place.name)
        found = replace(found, provenance=replace(found.provenance, findings=(*found.provenance.findings, empty)))
    return found if names is None else named(found, names, of=str(table))


def _object_in(place: Path) -> Path:
    """Give the SEG or RTSTRUCT of a folder; the path itself where there is none."""
    files = label_files(place) if place.is_dir() else []
    if len(files) > 1:
        listed = "\n".join(f"  {file.relative_to(place)}" for file in files)
        raise SeriesChoiceError(
            f"there are {len(files)} SEG and RTSTRUCT files in it", where=place, remedy=f"Name one of them:\n{listed}"
        )
    return files[0] if files else place


def _read(path: Path, reference: Reference | None) -> Segmentation:
    start = b"" if path.is_dir() else start_of(path)
    kind = kind_of_labels(start)
    if kind == "SEG":
        return read_dicom_seg(path, reference)
    if kind == "RTSTRUCT":
        return read_rtstruct(path, reference)
    if reference is not None:
        raise OptionError("a label map has a grid of its own", where=path, remedy="Leave the reference out")
    if is_nrrd(start) and is_seg_nrrd(path):
        return read_seg_nrrd(path)
    return read_label_map(path)
