"""The body told from what lies around it on CT: the table, clothes, blankets, tubes, a headrest.

It is found among cells of a few mm that are denser than foam and cloth. What is thick, and large, is the body; what
hangs on it without leading far away is of it, too: ears, a nose, fingers. What leads far away is not, such as the table
that the back lies on. Holes, such as the lungs, are the body's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vizmed.errors import OptionError
from vizmed.findings import Finding
from vizmed.geometry import FloatArray
from vizmed.presets import tissue
from vizmed.stages import stage
from vizmed.surface.cleaning.cleaned import Cleaned, cleaned, is_hidden
from vizmed.surface.cleaning.masks import Mask, cells, grown, large_pieces, neighbours, pieces, pieces_across
from vizmed.surface.cleaning.tabletop import Tabletop, find_tabletop
from vizmed.volume import Volume, Voxels

AIR_HU = -1000

CELL_MM = 2.0
"""Largest cells for a surface. Where the body touches something, the border is half a cell out of place at most."""

WORN_MM = 5.0
"""Half of what a shell may be thick; tables have walls of a few mm around foam."""

STURDY_MM = 3.0
"""Half of what is thicker than cloth, tubes' walls and tables' tops, and of the body if it hangs on it."""

NEAR_MM = 40.0
"""How far ears, noses and fingers, which wear away, stick out."""

FAR_MM3 = 20_000.0
"""As much of a piece may lie further away, where a tube or a wire hangs on an ear or a nose. Tables have more."""

BODY_SHARE = 0.005
"""A piece of this part of the largest is of the body too: legs, arms, hands. A hand is a hundredth of a trunk."""

LUNG_HU, LUNG_SHARE = -930, 0.75
"""What the border of a scan cuts open is lung, not air around the body, if this part of it is above that value.
Measured: nine tenths and more of lungs, four tenths of a table with its foam."""

ROUNDED = 1e-3
"""Part of a voxel by which a cell may be larger than asked for: spacings are rounded."""

LEAST_VOXELS = 8
"""Voxels, and cells, that there must be along each axis for anything to be told."""


class Found(NamedTuple):
    """The body among cells.

    Parameters
    ----------
    steps : (3,) tuple of int
        Voxels of a cell along each axis; the middle one was looked at.
    body, rest : ndarray of bool
        The cells of the body, what lies within it too, and those that are dense and not of it.
    tabletop : Tabletop, optional
        Where a table's top lies, in cells; None where there is no table.
    """

    steps: tuple[int, int, int]
    body: Mask
    rest: Mask
    tabletop: Tabletop | None


@stage("cleaning")
def body(volume: Volume) -> Cleaned:
    """Put air in the place of all that is not the body: table, clothes, blankets, tubes, headrest.

    The body's own voxels, those within it, and the air beside it stay as they are, and so does its surface, save where
    it touches something: there it is cut along the border of both, known within a millimetre, and along the table's
    top. What is thicker than a table's walls and touches the body counts as the body, and so do cloth and the table's
    own skin where they lie on it without any air between.

    Parameters
    ----------
    volume : Volume
        CT in Hounsfield units.

    Returns
    -------
    Cleaned
        What was done says how much was removed; a warning, and the very same volume, where no body was found.

    Raises
    ------
    OptionError
        If the volume is not in Hounsfield units.
    """
    if volume.unit != "HU":
        what = f"of modality {volume.modality}" if volume.modality else "of unknown modality"
        raise OptionError(
            f"the body is found by Hounsfield units, and this volume is {what} without that unit",
            remedy="The largest piece of the surface (largest, --largest) may do",
        )
    found = find_body(volume, CELL_MM)
    if found is None:
        message = "no body was told from what lies around it"
        return Cleaned(volume, Finding("body", "warning", message, "", "nothing was removed"))
    voxels = with_air(volume, found.steps, shown_cells(found))
    before, after = _count_dense(volume.voxels), _count_dense(voxels)
    if before == after:
        return Cleaned(volume, Finding("body", "note", "nothing dense lies outside of the body"))
    cm3 = (before - after) * abs(float(np.linalg.det(volume.geometry.affine[:3, :3]))) / 1000
    table = ", a table among it" if found.tabletop else ""
    share = f"{1 - after / before:.2%} of all that is denser than {tissue('skin').level:g} HU"
    message = f"{cm3:,.1f} cm³ outside of the body removed, {share}{table}"
    return cleaned(volume, Finding("body", "note", message), voxels=voxels)


def find_body(volume: Volume, cell_mm: float) -> Found | None:
    """Tell the body from the rest, in cells of at most that size; None where that is not to be told.

    Parameters
    ----------
    volume : Volume
        In Hounsfield units.
    cell_mm : float
    """
    if min(volume.shape) < LEAST_VOXELS:
        return None
    fine = zip(volume.geometry.spacing, volume.shape, strict=True)
    i, j, k = (max(1, min(int(cell_mm / mm + ROUNDED), n // LEAST_VOXELS)) for mm, n in fine)
    size_mm = volume.geometry.spacing * (i, j, k)
    values = np.asfortranarray(volume.voxels[i // 2 :: i, j // 2 :: j, k // 2 :: k])
    dense = (values > tissue("skin").level) & ~is_hidden(values, volume.padding)
    found = _body(dense, size_mm)
    rest = dense & ~found
    if np.count_nonzero(rest) >= np.count_nonzero(found):
        return None
    tabletop = find_tabletop(rest, found, volume.geometry, size_mm)
    return Found((i, j, k), _filled(found, values, volume.geometry.axis_order.index(2)), rest, tabletop)


def _body(dense: Mask, size_mm: FloatArray) -> Mask:
    """Mark the cells of the body among dense ones."""
    thick = grown(large_pieces(_worn(dense, WORN_MM, size_mm), BODY_SHARE), dense, cells(WORN_MM, size_mm))
    sturdy = neighbours(_worn(dense, STURDY_MM, size_mm), cells(STURDY_MM, size_mm), np.logical_or)
    thick = grown(thick, dense & (sturdy | thick), cells(NEAR_MM, size_mm))
    return thick | _hanging_on(thick, dense, size_mm)


def _hanging_on(thick: Mask, dense: Mask, size_mm: FloatArray) -> Mask:
    """Mark the thin cells that are of the body, too: ears, a nose.

    They hang on it and are near it. A piece of which much is far away is a table or a blanket, and only its cells
    beside the body are kept, for they may be skin; of one of which little is, such as an ear with a wire, what is near.
    """
    beside = grown(thick, dense, (1, 1, 1)) & ~thick
    labels = pieces(dense & ~thick)
    near = neighbours(thick, cells(NEAR_MM, size_mm), np.logical_or)
    far_mm3 = np.bincount(labels[~near], minlength=int(labels.max(initial=0)) + 1) * float(np.prod(size_mm))
    hangs = np.zeros(len(far_mm3), bool)
    hangs[labels[beside]] = True
    hangs &= far_mm3 <= FAR_MM3
    return beside | (hangs[labels] & near)


def _filled(found: Mask, values: Voxels, upright: int) -> Mask:
    """Fill the holes of the body in each cross section, and the lungs where the border of the scan cuts them open."""
    labels = pieces_across(~found, upright)
    across = np.moveaxis(labels, upright, 2)
    at_border = np.zeros(int(labels.max(initial=0)) + 1, bool)
    for border in (across[0], across[-1], across[:, 0], across[:, -1]):
        at_border[border] = True
    counts = np.bincount(labels.ravel(order="K"), minlength=len(at_border))
    lungs = np.bincount(labels[values > LUNG_HU], minlength=len(at_border)) >= LUNG_SHARE * counts
    outside = at_border & ~lungs
    outside[0] = False  # the body itself
    return np.asarray(~outside[labels])


def shown_cells(found: Found) -> Mask:
    """Mark the cells that stay as they are: the body, what lies within it, and one cell of air around it."""
    shown = neighbours(found.body, (1, 1, 1), np.logical_or) & ~(found.rest & ~found.body)
    if found.tabletop is not None:
        past = found.tabletop.past(shown.shape[found.tabletop.front])
        # the cell in front of the table's top may hold the top itself
        shown &= ~((past >= 0) | ((past >= -1) & ~found.body))
    return shown


def with_air(volume: Volume, steps: tuple[int, int, int], shown: Mask) -> Voxels:
    """Put air into all voxels but those of the cells shown, padding and what is no number left as they are."""
    voxels = np.array(volume.voxels, order="F")
    air = 0 if voxels.dtype.kind == "u" else AIR_HU
    sizes = zip(volume.shape, steps, shown.shape, strict=True)
    i, j, k_of = (np.minimum(np.arange(n) // step, n_cells - 1) for n, step, n_cells in sizes)
    for k, cell in enumerate(k_of):
        part = voxels[..., k]
        part[~shown[..., cell][np.ix_(i, j)] & ~is_hidden(part, volume.padding)] = air
    return voxels


def _worn(dense: Mask, length_mm: float, size_mm: FloatArray) -> Mask:
    return neighbours(dense, cells(length_mm, size_mm), np.logical_and)


def _count_dense(voxels: Voxels) -> int:
    return sum(int(np.count_nonzero(voxels[..., k] > tissue("skin").level)) for k in range(voxels.shape[2]))
