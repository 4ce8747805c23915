"""A volume of whole numbers, each of which is a label: NIfTI, NRRD, MetaImage, .vti or DICOM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from vizmed.findings import Finding
from vizmed.read import read
from vizmed.read.labels.caret import caret_labels
from vizmed.read.labels.numbers import numbers_in
from vizmed.segmentation import Label, Segmentation, label_of
from vizmed.volume import Volume, Voxels

_MANY_LABELS = 64
_SHORTEST_RUN = 2.0
"""Mean number of neighbours in a row that have one label. In scans, noise makes it 1.1 to 1.2; thin bones at 3 mm have
6 (measured)."""


def read_label_map(path: Path) -> Segmentation:
    """Read a volume whose values are the numbers of labels.

    Parameters
    ----------
    path : pathlib.Path
        Whatever `vizmed.read` reads.

    Raises
    ------
    ReadError
        If it cannot be read, or a value is negative or no whole number.
    """
    volume = read(path)
    names = caret_labels(path) if volume.provenance.format == "NIfTI" else {}
    return segmentation_of(volume, names, path)


def segmentation_of(volume: Volume, names: Mapping[int, Label], where: Path | None = None) -> Segmentation:
    """Take the values of a volume as labels.

    Parameters
    ----------
    volume : Volume
    names : mapping of number to Label
        What the labels are called, as far as it is known.
    where : pathlib.Path, optional
        To complain of.

    Raises
    ------
    IrregularStackError
        If a value is negative or no whole number, or there are more of them than `MOST_LABELS`.
    """
    numbers = numbers_in(volume.voxels, where)
    findings = list(volume.provenance.findings)
    if len(numbers) > _MANY_LABELS and (run := _mean_run(volume.voxels)) < _SHORTEST_RUN:
        message = f"it holds {len(numbers):,} labels in runs of {run:.1f} voxels"
        findings.append(Finding("looks-like-image", "warning", message, "", "it may be an image, not labels"))
    dtype = np.min_scalar_type(max(numbers, default=1))
    voxels = volume.voxels if volume.voxels.dtype == dtype else volume.voxels.astype(dtype, order="F")
    labels = tuple(names.get(number) or label_of(number) for number in numbers)
    return Segmentation(
        (Volume(voxels, volume.geometry, modality="SEG"),),
        labels,
        (0,) * len(labels),
        replace(volume.provenance, findings=tuple(findings)),
    )


def _mean_run(voxels: Voxels) -> float:
    flat = voxels.ravel(order="K")
    labelled = flat[1:] != 0
    begins = labelled & (flat[1:] != flat[:-1])
    return float(labelled.sum() / max(int(begins.sum()), 1))
