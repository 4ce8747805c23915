"""What `vizmed mesh` works out of a file of surfaces, and what it warns of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vizmed.findings import Finding, counted
from vizmed.geometry import FloatArray
from vizmed.read.meshes import MeshFile
from vizmed.stages import stage
from vizmed.surface import Measure, measure
from vizmed.surface.distance import Comparison, Spread, distances, samples
from vizmed.surface.printing.bed import AS_IT_LIES, Fit, doubtful_unit, fit_bed
from vizmed.surface.printing.flaws import Flaws, find_flaws
from vizmed.surface.printing.marks import Mark, add_marks
from vizmed.surface.printing.mismatch import find_mismatch
from vizmed.surface.printing.walls import Walls, measure_walls

if TYPE_CHECKING:
    import pyvista

_THIN_SHARE = 0.01
"""Part of the area that may be thinner than a printer makes before it is warned of: edges and specks are."""

_APART, _POINTS_TRIED, _POINTS_APART = 0.05, 200, 10_000
"""Surfaces whose mean distance is more than this part of the other's diagonal, as some points tell, are measured at
so many points."""


@dataclass(frozen=True, slots=True, eq=False)
class Other:
    """Another surface, and how it compares.

    Parameters
    ----------
    name : str
    mesh : pyvista.PolyData
    measured : Measure
    comparison : Comparison
        From the first surface to this one, and back.
    distances_mm : (n,) ndarray, optional
        Of each point of the first surface, where all were measured.
    findings : tuple of Finding
    """

    name: str
    mesh: pyvista.PolyData
    measured: Measure
    comparison: Comparison
    distances_mm: FloatArray | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What is known of a file of surfaces.

    Parameters
    ----------
    file : MeshFile
        With its marks.
    mesh : pyvista.PolyData
        All of its parts.
    measured : Measure
    flaws : Flaws
    marks : tuple of Mark
    other : Other or None
    walls : Walls or None
    wall_mm : float or None
        The least that a printer makes.
    bed_mm : (x, y, z) sequence of float or None
    fit : Fit or None
    """

    file: MeshFile
    mesh: pyvista.PolyData
    measured: Measure
    flaws: Flaws
    marks: tuple[Mark, ...]
    other: Other | None
    walls: Walls | None
    wall_mm: float | None
    bed_mm: Sequence[float] | None
    fit: Fit | None

    @property
    def size_mm(self) -> FloatArray:
        """Of the box around it, (3,)."""
        return np.asarray(np.ptp(self.measured.bounds_mm, axis=1))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the reader noticed, and what is warned of."""
        return (*self.file.findings, *_form_findings(self), *_print_findings(self), *_other_findings(self))


@stage("marking")
def marked(file: MeshFile, *, sides: bool, scale_bar_mm: float | None) -> tuple[MeshFile, tuple[Mark, ...]]:
    """Put marks on the largest part of a file."""
    volumes = [measure(part.mesh).volume_mm3 for part in file.parts]
    largest = int(np.argmax(volumes))
    made = add_marks(file.parts[largest].mesh, sides=sides, scale_bar_mm=scale_bar_mm)
    parts = list(file.parts)
    parts[largest] = replace(parts[largest], mesh=made.mesh)
    return replace(file, parts=tuple(parts)), made.marks


@stage("measuring")
def report(
    file: MeshFile,
    marks: tuple[Mark, ...] = (),
    other: tuple[str, MeshFile] | None = None,
    *,
    wall_mm: float | None = None,
    bed_mm: Sequence[float] | None = None,
) -> Report:
    """Measure a file of surfaces, and what is asked for beside that.

    Parameters
    ----------
    file : MeshFile
    marks : tuple of Mark
        That are on it.
    other : (name, MeshFile) tuple, optional
        What it is compared with.
    wall_mm : float, optional
        The least wall that a printer makes: walls are measured.
    bed_mm : (x, y, z) sequence of float, optional
        What it is to fit into.
    """
    mesh = file.mesh
    measured = measure(mesh)
    return Report(
        file=file,
        mesh=mesh,
        measured=measured,
        flaws=find_flaws(mesh),
        marks=marks,
        other=None if other is None else _compared(mesh, *other),
        walls=None if wall_mm is None else measure_walls(mesh),
        wall_mm=wall_mm,
        bed_mm=bed_mm,
        fit=None if bed_mm is None else fit_bed(np.ptp(measured.bounds_mm, axis=1).tolist(), bed_mm),
    )


def _compared(mesh: pyvista.PolyData, name: str, file: MeshFile) -> Other:
    onto = file.mesh
    points, onto_points = samples(mesh), samples(onto)
    if _are_apart(points, onto):
        points, onto_points = (some[:: max(1, len(some) // _POINTS_APART)] for some in (points, onto_points))
    there = distances(points, onto)
    comparison = Comparison(Spread.of(there), Spread.of(distances(onto_points, mesh)))
    mismatch = find_mismatch(mesh, onto)
    findings = (*file.findings, *([mismatch] if mismatch else []))
    known = there[: mesh.n_points] if len(points) >= mesh.n_points else None
    return Other(name, onto, measure(onto), comparison, known, findings)


def _are_apart(points: NDArray[np.float32], onto: pyvista.PolyData) -> bool:
    """Whether most of a surface is far from another: each distance then takes long to find, and says little."""
    some = distances(points[:: max(1, len(points) // _POINTS_TRIED)], onto)
    return bool(some.mean() > _APART * onto.length)


def _form_findings(found: Report) -> Iterator[Finding]:
    measured, flaws = found.measured, found.flaws
    if not measured.closed:
        message = f"the surface is open along {counted(measured.open_edges, 'edge')}"
        yield Finding("open-surface", "warning", message, remedy="It encloses nothing, and its volume means little")
    elif measured.volume_mm3 < 0:
        yield Finding("inside-out", "warning", "the surface is inside out", remedy="Its triangles must be turned over")
    if measured.crowded_edges or measured.pinched_points:
        edges = f"{counted(measured.crowded_edges, 'edge')} of more than two triangles"
        points = f"{counted(measured.pinched_points, 'point')} where sheets touch"
        yield Finding("not-manifold", "warning", f"the surface is no manifold: {edges}, {points}")
    if flaws.flipped_edges:
        message = f"along {counted(flaws.flipped_edges, 'edge')} one triangle shows its front and the next its back"
        yield Finding("flipped-triangles", "warning", message)
    if flaws.duplicate:
        message = f"{counted(flaws.duplicate, 'triangle')} that lie there twice"
        yield Finding("duplicate-triangles", "warning", message)
    if flaws.without_area:
        yield Finding("empty-triangles", "note", f"{counted(flaws.without_area, 'triangle')} without area")
    unit = doubtful_unit(found.size_mm.tolist())
    if unit is not None:
        yield unit


def _print_findings(found: Report) -> Iterator[Finding]:
    if found.fit is not None and not found.fit.fits:
        remedy = f"Scaled by {found.fit.scale:.3f} it fits"
        yield Finding("too-large", "warning", "the surface fits on the bed in no turn", remedy=remedy)
    if found.fit is not None and found.fit.fits and found.fit.turn != AS_IT_LIES:
        yield Finding("turned", "note", "the surface fits on the bed when it is turned, and not as it lies")
    if found.walls is not None and found.wall_mm is not None:
        share = found.walls.share_below(found.wall_mm)
        if not found.walls.measured:
            yield Finding("walls-unknown", "warning", "no wall has another side", remedy="Only closed surfaces do")
        elif share > _THIN_SHARE:
            message = f"{100 * share:.1f} % of the surface has walls thinner than {found.wall_mm:g} mm"
            yield Finding("thin-walls", "warning", message, remedy="--output draws where")


def _other_findings(found: Report) -> tuple[Finding, ...]:
    return () if found.other is None else found.other.findings
