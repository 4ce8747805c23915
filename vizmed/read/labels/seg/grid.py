"""The grid that the planes of a DICOM segmentation lie on: their own, or that of the series that it was drawn on.

Planes without any label are often left out of the file, so that gaps are no damage here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import IrregularStackError
from vizmed.findings import Finding
from vizmed.geometry import SAME_PLACE_MM, FloatArray, Geometry
from vizmed.read.dicom.evenness import UNEVEN_TOLERANCE, UNEVEN_WORTH_SAYING_MM
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.grid import UNIT_TOLERANCE
from vizmed.read.dicom.phases import SAME_POSITION_MM
from vizmed.read.dicom.series import SAME_DIRECTION
from vizmed.volume import Volume, Voxels

OFF_GRID_VOXELS = 2 * UNEVEN_TOLERANCE
"""How far a pixel may lie from the voxel that it stands for, along each axis. Slices of a series may be off by half of
it."""

_MOST_PLANES = 4096
"""Of a grid whose planes are not all in the file."""

_FARTHEST_MM = 1e6
_GAPS_SHOWN = 4
_KEEP = "Is it the scan that it was drawn on? Without a reference the labels keep their own grid"

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Planes:
    """Planes on a grid.

    Parameters
    ----------
    grid : Geometry
        i runs along a row of a plane, j down a column, k from plane to plane.
    corners : (n, 3) ndarray of int
        Voxel of the first pixel of each plane.
    target : Geometry
        The grid that is asked for, whose axes may be in another order, or turned round.
    axes, flips : tuple
        What makes the grid of the target; see `Geometry.reordered`.
    """

    grid: Geometry
    corners: Indices
    target: Geometry
    axes: tuple[int, ...] = (0, 1, 2)
    flips: tuple[bool, ...] = (False, False, False)

    def on_target(self, layer: Volume) -> Volume:
        """Lay a layer of the grid onto the target."""
        turned = tuple(slice(None, None, -1) if flip else slice(None) for flip in self.flips)
        voxels: Voxels = layer.voxels[turned].transpose(np.argsort(self.axes))
        return Volume(np.asfortranarray(voxels), self.target, modality=layer.modality)


def planes_of(
    frames: Sequence[Frame], stated_mm: float | None, thickness_mm: float | None, findings: list[Finding]
) -> Planes:
    """Lay planes onto the grid that they make themselves.

    Parameters
    ----------
    frames : sequence of n Frame
    stated_mm : float, optional
        SpacingBetweenSlices (0018,0088). Positions count where they tell.
    thickness_mm : float, optional
        SliceThickness (0018,0050), for a single plane.
    findings : list of Finding
        What is found is added.

    Raises
    ------
    IrregularStackError
        If they make none.
    """
    rows, columns = _directions(frames)
    normal = np.cross(rows, columns)
    positions = np.array([frame.position for frame in frames], dtype=np.float64)
    positions = positions[np.argsort(positions @ normal, kind="stable")]
    places = positions @ normal
    places = places[np.diff(places, prepend=-np.inf) > SAME_POSITION_MM]
    if len(places) == 1:
        step = normal * _single(stated_mm or thickness_mm or 1.0, frames[0], findings)
        steps = 0
    else:
        steps = _steps(places, stated_mm, frames[0], findings)
        step = (positions[-1] - positions[0]) / steps
    spacing = frames[0].spacing or (1.0, 1.0)
    affine = np.eye(4)
    affine[:3] = np.column_stack([rows * spacing[1], columns * spacing[0], step, positions[0]])
    grid = Geometry((frames[0].layout.columns, frames[0].layout.rows, steps + 1), affine)
    return Planes(grid, _corners(grid, frames, (rows, columns), findings, "vizmed does not shift planes"), grid)


def planes_on(target: Geometry, frames: Sequence[Frame], findings: list[Finding]) -> Planes:
    """Lay planes onto the grid of another scan, whose voxels they must match.

    Raises
    ------
    IrregularStackError
        If they do not, saying how far they are apart.
    """
    rows, columns = _directions(frames)
    along = np.stack([rows, columns, np.cross(rows, columns)]) @ target.direction
    axes = tuple(int(n) for n in np.argmax(np.abs(along), axis=1))
    if sorted(axes) != [0, 1, 2]:
        raise IrregularStackError("its planes are oblique to the reference", where=frames[0].path, remedy=_KEEP)
    flips = tuple(bool(along[n, axis] < 0) for n, axis in enumerate(axes))
    grid = target.reordered(axes, flips)
    corners = _corners(grid, frames, (rows, columns), findings, _KEEP)
    ends = corners + np.array([frames[0].layout.columns, frames[0].layout.rows, 1])
    outside = int(max(-corners.min(), (ends - grid.shape).max()))
    if outside > 0:
        raise IrregularStackError(
            f"its planes reach {outside} voxels out of the reference", where=frames[0].path, remedy=_KEEP
        )
    return Planes(grid, corners, target, axes, flips)


def _directions(frames: Sequence[Frame]) -> tuple[FloatArray, FloatArray]:
    for frame in frames:
        for name, value in (
            ("ImagePositionPatient (0020,0032)", frame.position),
            ("ImageOrientationPatient (0020,0037)", frame.orientation),
            ("PixelSpacing (0028,0030)", frame.spacing),
        ):
            if value is None or not np.all(np.abs(value) < _FARTHEST_MM):  # NaN neither
                raise IrregularStackError(
                    f"the {name} of its frame {frame.number + 1} is {value}, so that its place is unknown",
                    where=frame.path,
                )
    directions = np.array([frame.orientation for frame in frames])
    spacings = np.array([frame.spacing for frame in frames])
    if np.ptp(directions, axis=0).max() > SAME_DIRECTION or np.ptp(spacings, axis=0).max() > SAME_PLACE_MM:
        raise IrregularStackError("its frames have different directions or spacings", where=frames[0].path)
    rows, columns = directions.mean(axis=0).reshape(2, 3)
    lengths = np.linalg.norm([rows, columns], axis=1)
    if np.any(np.abs(lengths - 1) > UNIT_TOLERANCE) or abs(rows @ columns) > UNIT_TOLERANCE or spacings.min() <= 0:
        raise IrregularStackError(
            f"its directions {directions[0].tolist()} and spacings {spacings[0].tolist()} make no plane",
            where=frames[0].path,
        )
    return rows / lengths[0], columns / lengths[1]


def _single(thickness_mm: float, frame: Frame, findings: list[Finding]) -> float:
    message = f"there is one plane, taken as {thickness_mm:g} mm thick"
    findings.append(Finding("single-slice", "note", message, frame.path.name))
    return thickness_mm


def _steps(places: FloatArray, stated_mm: float | None, frame: Frame, findings: list[Finding]) -> int:
    """Count the steps of the grid from the first plane to the last.

    The smallest gap is the step where the others are multiples of it. What the file states counts where there is one
    gap alone, or the smallest does not fit.
    """
    gaps = np.diff(places)
    tried = [float(gaps.min()), *([stated_mm] if stated_mm else [])]
    for step in reversed(tried) if len(gaps) == 1 else tried:
        multiples = np.round(gaps / step)
        steps = multiples.sum()
        if multiples.min() < 1 or steps > max(_MOST_PLANES, 4 * len(places)):
            continue
        found = (places[-1] - places[0]) / steps
        uneven = np.abs(places[1:] - places[0] - found * np.cumsum(multiples)).max()
        # the smallest gap is rounded and made better by all of them; what is stated fits as it stands, or not
        other = abs(found - step) * multiples.max() if step == stated_mm else 0.0
        if max(uneven, other) <= UNEVEN_TOLERANCE * found:
            if stated_mm and abs(found - stated_mm) > UNEVEN_TOLERANCE * found:
                message = f"its planes lie {found:.3f} mm apart, and it states {stated_mm:.3f} mm"
                findings.append(Finding("other-spacing", "warning", message, frame.path.name, "their positions count"))
            return int(steps)
    shown = ", ".join(f"{gap:.3f}" for gap in sorted(set(np.round(gaps, 3)))[:_GAPS_SHOWN])
    raise IrregularStackError(
        f"its planes lie {shown} mm apart, which makes no grid",
        where=frame.path,
        remedy="Say which scan it was drawn on (reference)",
    )


def _corners(
    grid: Geometry,
    frames: Sequence[Frame],
    directions: tuple[FloatArray, FloatArray],
    findings: list[Finding],
    remedy: str,
) -> Indices:
    """Find the voxel of each plane's first pixel; refuse planes whose pixels lie beside the voxels."""
    layout, spacing = frames[0].layout, frames[0].spacing or (1.0, 1.0)
    ends = np.array([(0, 0, 0), (layout.columns - 1, 0, 0), (0, layout.rows - 1, 0)])
    along = np.stack([directions[0] * spacing[1], directions[1] * spacing[0], np.zeros(3)])
    points = np.array([frame.position for frame in frames])[:, None] + ends @ along
    corners = np.round(grid.to_index(points[:, 0])).astype(np.int64)
    nearest = corners[:, None] + ends
    apart = np.linalg.norm(points - grid.to_world(nearest), axis=2).max(axis=1)
    n = int(np.argmax(apart))
    if np.abs(grid.to_index(points) - nearest).max() > OFF_GRID_VOXELS:
        raise IrregularStackError(
            f"its pixels lie up to {apart[n]:.2f} mm beside the voxels of the grid", where=frames[0].path, remedy=remedy
        )
    if apart[n] > UNEVEN_WORTH_SAYING_MM:
        message = f"its pixels lie up to {apart[n]:.3f} mm beside the voxels"
        findings.append(Finding("slightly-off-grid", "note", message, frames[0].path.name, "taken as rounding"))
    return corners
