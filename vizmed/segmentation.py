"""Labels in patient space: which voxels belong to what, and what it is called.

Labels that overlap lie in different layers. Within a layer a voxel has one label, so that neighbours share their
border exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, GeometryError, OptionError
from vizmed.geometry import FloatArray, Geometry
from vizmed.volume import Provenance, Volume, Voxels

Inside = NDArray[np.bool_]
Box = tuple[slice, slice, slice]
Mask = tuple[int, Box, Inside]
"""A label's number, a box of voxels, and which of them it has, of the shape of the box."""

Wanted = int | str | Iterable[int | str]
"""Labels by number, name or pattern of names."""

LABEL_COLORS = (
    "#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4", "#46f0f0", "#f032e6", "#bcf60c",
    "#fabebe", "#008080", "#e6beff", "#9a6324", "#800000", "#aaffc3", "#808000", "#ffd8b1",
)  # fmt: skip
"""Colours that are told apart easily: Sasha Trubetskoy's list, without those too dark or too pale for a surface."""

MOST_LAYERS = 64
"""No patient has so many labels at one place; each layer is as large as the scan."""

_LONGEST_NAME = 64
_COLOR = re.compile(r"#[0-9a-f]{6}")
_NAMES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Label:
    """What one number stands for.

    Parameters
    ----------
    number : int
        1 or more; 0 is what has no label.
    name : str
    color : str
        ``"#rrggbb"``.
    """

    number: int
    name: str
    color: str

    def __post_init__(self) -> None:
        if self.number < 1:
            raise OptionError(f"a label has the number {self.number}", remedy="Labels count from 1; 0 is no label")
        if not _COLOR.fullmatch(self.color):
            raise OptionError(f"the colour of label {self.number} is {self.color!r}", remedy="Such as #d8cfc0")


def label_of(number: int, name: str = "", color: str = "") -> Label:
    """Make a label of what a file says of it.

    Parameters
    ----------
    number : int
    name : str
        Cut short and without what cannot be printed; ``label-N`` where nothing is left of it.
    color : str
        ``"#rrggbb"``; one of `LABEL_COLORS`, by the number, where it is blank.
    """
    words = "".join(letter if letter.isprintable() else " " for letter in name).split()
    color = color or LABEL_COLORS[(number - 1) % len(LABEL_COLORS)]
    return Label(number, " ".join(words)[:_LONGEST_NAME].strip() or f"label-{number}", color.lower())


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Labelled voxels in patient space. Every operation returns a new one.

    Parameters
    ----------
    layers : tuple of Volume
        At least one, all of one geometry. Voxels are of an unsigned integer type and hold the number of the label that
        they belong to, 0 for none.
    labels : tuple of Label
        In the order of their numbers, which differ. Each has at least one voxel.
    layer_of : tuple of int
        For each label the place in `layers` of the only layer that it lies in.
    provenance : Provenance
        Which reader, what was found and done about it.

    Raises
    ------
    GeometryError, OptionError
        If the parts do not fit together.
    """

    layers: tuple[Volume, ...]
    labels: tuple[Label, ...]
    layer_of: tuple[int, ...]
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        if not self.layers:
            raise GeometryError("there is no layer", remedy="A segmentation without labels has one layer of zeros")
        for layer in self.layers:
            if layer.voxels.dtype.kind != "u":
                raise GeometryError(f"the voxels of a layer are of type {layer.voxels.dtype}", remedy="Make it uint8")
            if not layer.geometry.is_close(self.geometry):
                raise GeometryError("the layers lie on different grids")
        numbers = [label.number for label in self.labels]
        if any(one >= next_one for one, next_one in pairwise(numbers)):
            raise OptionError(f"the labels have the numbers {numbers[:_NAMES_SHOWN]}", remedy="They grow, and differ")
        if len(self.layer_of) != len(numbers) or not set(self.layer_of) <= set(range(len(self.layers))):
            raise OptionError("layer_of names no layer for each label", remedy=f"There are {len(self.layers)} layers")
        for label in self.labels:
            if label.number > np.iinfo(dtype := self._layer(label).voxels.dtype).max:
                raise GeometryError(f"{dtype} voxels cannot hold the number {label.number}")

    @property
    def middle(self) -> FloatArray:
        """The middle of the box around all labels, LPS mm; of the grid where there is none."""
        ends = []
        for axis, count in enumerate(self.geometry.shape):
            others = tuple(other for other in range(3) if other != axis)
            labelled = np.any([layer.voxels.any(axis=others) for layer in self.layers], axis=0)
            places = np.flatnonzero(labelled) if labelled.any() else np.arange(count)
            ends.append((places[0] + places[-1]) / 2)
        return self.geometry.to_world(ends)

    @property
    def geometry(self) -> Geometry:
        """Where the voxels of all layers lie."""
        return self.layers[0].geometry

    def mask(self, number: int) -> Inside:
        """Tell which voxels ``[i, j, k]`` a label has.

        Raises
        ------
        OptionError
            If no label has that number.
        """
        (label,) = self.find([int(number)])
        return np.asarray(self._layer(label).voxels == label.number)

    def find(self, wanted: Wanted) -> tuple[Label, ...]:
        """Find labels.

        Parameters
        ----------
        wanted : int, str, or iterable of them
            Numbers; names, whatever their case; or patterns of names such as ``"rib_*"``.

        Returns
        -------
        tuple of Label
            In the order of their numbers, each once.

        Raises
        ------
        OptionError
            If one of those wanted fits no label.
        """
        found: set[int] = set()
        for one in [wanted] if isinstance(wanted, (int, str)) else wanted:
            fitting = {label.number for label in self.labels if _fits(label, one)}
            if not fitting and str(one).isdecimal():
                fitting = {label.number for label in self.labels if label.number == int(one)}
            if not fitting:
                raise OptionError(f"there is no label {one!r}", remedy=f"There are {self._listed()}")
            found |= fitting
        return tuple(label for label in self.labels if label.number in found)

    def only(self, wanted: Wanted) -> Segmentation:
        """Keep the labels that are wanted, as `find` takes them."""
        labels = self.find(wanted)
        used = sorted({self._place(label) for label in labels}) or [0]
        layers = tuple(
            _keeping(self.layers[place], [label.number for label in labels if self._place(label) == place])
            for place in used
        )
        layer_of = tuple(used.index(self._place(label)) for label in labels)
        return replace(self, layers=layers, labels=labels, layer_of=layer_of)

    def merged(self, wanted: Wanted, name: str, color: str = "") -> Segmentation:
        """Make one label of several, which takes the smallest of their numbers and, if not given, its colour.

        Parameters
        ----------
        wanted : int, str, or iterable of them
            As `find` takes them, at least one.
        name : str
        color : str
            ``"#rrggbb"``.
        """
        parts = self.find(wanted)
        if not parts:
            raise OptionError("there is nothing to merge", remedy="Name one label or more")
        rest = [label for label in self.labels if label not in parts]
        kept = self.only([label.number for label in rest])
        arrays = [np.array(layer.voxels, order="F") for layer in kept.layers]
        inside = np.logical_or.reduce([self.mask(label.number) for label in parts])
        whole = label_of(parts[0].number, name, color or parts[0].color)
        place = _lay(arrays, arrays[0].dtype, (whole.number, _everywhere(inside), inside))
        placed = dict(zip((*(label.number for label in rest), whole.number), (*kept.layer_of, place), strict=True))
        labels = tuple(sorted((*rest, whole), key=lambda label: label.number))
        layers = tuple(replace(self.layers[0], voxels=array) for array in arrays)
        return replace(self, layers=layers, labels=labels, layer_of=tuple(placed[one.number] for one in labels))

    def _place(self, label: Label) -> int:
        return self.layer_of[self.labels.index(label)]

    def _layer(self, label: Label) -> Volume:
        return self.layers[self._place(label)]

    def _listed(self) -> str:
        shown = ", ".join(f"{label.number} {label.name}" for label in self.labels[:_NAMES_SHOWN])
        return (shown or "none") + (", ..." if len(self.labels) > _NAMES_SHOWN else "")

    def __repr__(self) -> str:
        ni, nj, nk = self.geometry.shape
        return f"<Segmentation {ni} x {nj} x {nk}, {len(self.labels)} labels in {len(self.layers)} layers>"


def layered(geometry: Geometry, largest: int, masks: Iterable[Mask]) -> tuple[tuple[Volume, ...], dict[int, int]]:
    """Lay masks into layers, each into the first one where none of its voxels is taken.

    Parameters
    ----------
    geometry : Geometry
    largest : int
        The largest number among them.
    masks : iterable of (number, box, inside) tuple

    Returns
    -------
    layers : tuple of Volume
        One at least.
    layer_of : dict of int to int
        For each number, in the order of the masks, the place of its layer.

    Raises
    ------
    BudgetError
        If there are more layers than `MOST_LAYERS`, or they do not fit into memory.
    """
    arrays = [_empty(geometry.shape, np.min_scalar_type(largest))]
    layer_of = {mask[0]: _lay(arrays, arrays[0].dtype, mask) for mask in masks}
    return tuple(Volume(array, geometry, modality="SEG") for array in arrays), layer_of


def _lay(arrays: list[Voxels], dtype: np.dtype[Any], mask: Mask) -> int:
    number, box, inside = mask
    free = (place for place, array in enumerate(arrays) if not np.logical_and(array[box], inside).any())
    place = next(free, len(arrays))
    if place == MOST_LAYERS:
        raise BudgetError(f"more than {MOST_LAYERS} labels overlap", remedy="Take fewer of them")
    if place == len(arrays):
        arrays.append(_empty(arrays[0].shape, dtype))
    arrays[place][box][inside] = number
    return place


def _empty(shape: Sequence[int], dtype: np.dtype[Any]) -> Voxels:
    try:
        return np.zeros(tuple(shape), dtype=dtype, order="F")
    except (MemoryError, ValueError) as refused:
        raise BudgetError(f"{' x '.join(map(str, shape))} voxels do not fit into memory") from refused


def _everywhere(inside: Inside) -> Box:
    i, j, k = (slice(0, size) for size in inside.shape)
    return i, j, k


def _fits(label: Label, wanted: int | str) -> bool:
    if isinstance(wanted, str):
        name, pattern = label.name.casefold(), wanted.casefold()
        return name == pattern or fnmatchcase(name, pattern)
    return label.number == wanted


def _keeping(layer: Volume, numbers: Sequence[int]) -> Volume:
    kept = np.isin(layer.voxels, np.array(numbers, dtype=layer.voxels.dtype))
    return replace(layer, voxels=np.where(kept, layer.voxels, layer.voxels.dtype.type(0)))
