"""Segmentations of 3D Slicer (.seg.nrrd): layers of labels in one file, with names and colours in its header."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import DamagedFileError, IrregularStackError
from vizmed.findings import Finding, counted
from vizmed.geometry import Geometry
from vizmed.read.labels.numbers import empty_labels, numbers_in
from vizmed.read.labels.tables import color_of
from vizmed.read.nrrd import data_file, dtype_of, geometry_of, read_header, read_values, shape_of
from vizmed.segmentation import MOST_LAYERS, Label, Segmentation, label_of
from vizmed.volume import Provenance, Volume

_SHOWN = 6

_FIELD = re.compile(r"Segment(\d{1,5})_(\w+)")

Segment = tuple[int, int]
"""Its layer, and the value of its voxels there."""


def is_seg_nrrd(path: Path) -> bool:
    """Whether the header of an NRRD file names segments."""
    return any(_FIELD.fullmatch(key) for key in read_header(path)[0])


def read_seg_nrrd(path: Path) -> Segmentation:
    """Read a segmentation of 3D Slicer.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    ReadError
        If the header promises what the file does not hold, or the voxels are no labels.
    """
    header, start = read_header(path)
    findings: list[Finding] = []
    layers, geometry = _layers(header, start, path, findings)
    told = _told(header, len(layers), path)
    there = [(place, value) for place, layer in enumerate(layers) for value in numbers_in(layer, path)]
    number_of = _numbered(told, there, findings)
    labels = {number: _label(number, told.get(segment, {})) for segment, number in number_of.items()}
    layer_of = {number: place for (place, _), number in number_of.items()}
    return Segmentation(
        tuple(
            Volume(_renumbered(layer, place, number_of), geometry, modality="SEG") for place, layer in enumerate(layers)
        ),
        tuple(labels[number] for number in sorted(labels)),
        tuple(layer_of[number] for number in sorted(labels)),
        Provenance("NRRD", "pynrrd", "as stored", 1, tuple(findings)),
    )


def _layers(
    header: dict[str, Any], start: int, path: Path, findings: list[Finding]
) -> tuple[list[NDArray[Any]], Geometry]:
    """Read the layers, which are the first axis of the file where it has four."""
    count = 1
    sizes = [int(n) for n in header.get("sizes", ())]
    if len(sizes) == 4 == int(header.get("dimension", 0)):
        count = sizes[0]
        header = _without_first_axis(header)
    if not 0 < count <= MOST_LAYERS:
        raise IrregularStackError(f"it has {count} layers", where=path, remedy=f"Up to {MOST_LAYERS} are read")
    shape = shape_of(header, path)
    dtype = dtype_of(header, path)
    geometry = geometry_of(header, shape, path, findings)
    data = data_file(header, path)
    flat = read_values(header, data or path, 0 if data else start, count * prod(shape), dtype)
    voxels = flat.reshape((count, *shape), order="F")
    return [np.asfortranarray(layer, dtype=dtype.newbyteorder("=")) for layer in voxels], geometry


def _without_first_axis(header: Mapping[str, Any]) -> dict[str, Any]:
    """Describe one layer. Fields that have a value for each axis lose the first."""
    one = {**header, "dimension": 3}
    for field in ("sizes", "kinds", "space directions", "spacings", "units"):
        if field in one:
            one[field] = one[field][1:]
    return one


def _told(header: Mapping[str, Any], layers: int, path: Path) -> dict[Segment, dict[str, str]]:
    """Collect what the header says of each segment, in the order of their numbers there."""
    fields: dict[int, dict[str, str]] = {}
    for key, value in header.items():
        if match := _FIELD.fullmatch(key):
            fields.setdefault(int(match[1]), {})[match[2]] = str(value)
    told: dict[Segment, dict[str, str]] = {}
    for n in sorted(fields):
        try:
            # before 2020, Slicer gave each segment a layer of its own, and no number
            place = int(fields[n].get("Layer", n if layers > 1 else 0))
            value = int(fields[n].get("LabelValue", 1))
        except ValueError as damage:
            raise DamagedFileError(f"the layer or the value of its segment {n} is no number", where=path) from damage
        if (place, value) in told or not 0 <= place < layers or value < 1:
            raise DamagedFileError(
                f"its segment {n} has the value {value} in layer {place} of {layers}",
                where=path,
                remedy="Each segment has its own, from 1 on",
            )
        told[place, value] = fields[n]
    return told


def _numbered(
    told: Mapping[Segment, Mapping[str, str]], there: Sequence[Segment], findings: list[Finding]
) -> dict[Segment, int]:
    """Number the segments that have voxels: by their values, or counted where two layers use the same values."""
    present = set(there)
    absent = [_label(1, fields).name for segment, fields in told.items() if segment not in present]
    if absent:
        findings.append(empty_labels(absent))
    order = [*filter(present.__contains__, told), *(segment for segment in there if segment not in told)]
    untold = [segment[1] for segment in order if segment not in told]
    if untold:
        message = f"the header does not name {counted(len(untold), 'label')}"
        findings.append(Finding("unnamed-labels", "warning", message, ", ".join(map(str, untold[:_SHOWN]))))
    values = [value for _, value in order]
    if len(set(values)) == len(values):
        return dict(zip(order, values, strict=True))
    findings.append(Finding("renumbered", "note", "its layers use the same values", "", "segments are counted from 1"))
    return {segment: number for number, segment in enumerate(order, 1)}


def _label(number: int, fields: Mapping[str, str]) -> Label:
    try:
        red, green, blue = map(float, fields.get("Color", "").split())
    except ValueError:
        return label_of(number, fields.get("Name", ""))
    return label_of(number, fields.get("Name", ""), color_of(red, green, blue, whole=1))


def _renumbered(layer: NDArray[Any], place: int, number_of: Mapping[Segment, int]) -> NDArray[Any]:
    own = {value: number for (where, value), number in sorted(number_of.items()) if where == place}
    values, numbers = np.array([0, *own]), np.array([0, *own.values()])
    renumbered = np.empty(layer.shape, dtype=np.min_scalar_type(max(number_of.values(), default=1)), order="F")
    for k in range(layer.shape[2]):
        renumbered[:, :, k] = numbers[np.searchsorted(values, layer[:, :, k])]
    return renumbered
