"""A report on a file of surfaces as rows to read and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any

from vizmed.cli.mesh_report import Other, Report
from vizmed.findings import counted
from vizmed.surface import Measure, measure
from vizmed.surface.distance import Spread
from vizmed.surface.printing.bed import AS_IT_LIES

Rows = list[tuple[str, str]]

_AXES = ("left-right", "front-back", "head-foot")


def rows(found: Report) -> Rows:
    """List what is known, name and value, findings left out."""
    measured, file = found.measured, found.file
    told: Rows = [
        ("format", file.format),
        ("frame", file.frame or "LPS, assumed"),
        ("unit", file.unit or "mm, assumed"),
        ("triangles", f"{measured.triangles:,}, {measured.points:,} points"),
        ("area", f"{_round(measured.area_mm2 / 100)} cm²"),
        ("volume", f"{_round(measured.volume_mm3 / 1000)} cm³{'' if measured.closed else ', as far as it is closed'}"),
        ("form", _form(measured)),
        ("size", " x ".join(f"{mm:.1f}" for mm in found.size_mm) + " mm"),
        ("bounds", "; ".join(f"{low:.1f} to {high:.1f}" for low, high in measured.bounds_mm) + " mm (x; y; z, LPS)"),
    ]
    if len(file.parts) > 1:
        told += [("part", f"{part.name}: {measure(part.mesh)}") for part in file.parts]
    return told + _print_rows(found) + (_other_rows(measured, found.other) if found.other else [])


def _form(measured: Measure) -> str:
    edges = "closed" if measured.closed else f"open along {counted(measured.open_edges, 'edge')}"
    manifold = "manifold" if measured.manifold else "no manifold"
    holes = "" if measured.genus is None else f", {counted(measured.genus, 'hole')} through"
    return f"{edges}, {manifold}, {counted(measured.pieces, 'piece')}{holes}"


def _print_rows(found: Report) -> Rows:
    told: Rows = []
    if found.walls is not None and found.wall_mm is not None:
        walls = found.walls
        place = ", ".join(f"{mm:.1f}" for mm in walls.least_place)
        told += [
            ("walls", f"{100 * walls.share_below(found.wall_mm):.2g} % of the area below {found.wall_mm:g} mm"),
            ("", f"1 % below {walls.p1_mm:.2f} mm, the thinnest {walls.least_mm:.2f} mm at ({place})"),
            ("", f"measured at {walls.measured:,} of {counted(len(walls.places), 'place')}"),
        ]
    if found.fit is not None and found.bed_mm is not None:
        told.append(("bed", f"{' x '.join(f'{mm:g}' for mm in found.bed_mm)} mm: {_fit(found)}"))
    if found.marks:
        told += [("mark", f"{mark.text} at ({', '.join(f'{mm:.1f}' for mm in mark.place_mm)})") for mark in found.marks]
    return told


def _fit(found: Report) -> str:
    if found.fit is None:
        return ""
    turn = found.fit.turn
    turned = f"its {_AXES[turn[0]]} along x, its {_AXES[turn[1]]} along y, its {_AXES[turn[2]]} upright"
    if found.fit.fits:
        return "fits as it lies" if turn == AS_IT_LIES else f"fits with {turned}"
    return f"too small; at {found.fit.scale:.3f} of its size it fits" + (
        "" if turn == AS_IT_LIES else f" with {turned}"
    )


def _other_rows(measured: Measure, other: Other) -> Rows:
    return [
        ("compared", other.name),
        ("to it", _spread(other.comparison.there)),
        ("from it", _spread(other.comparison.back)),
        ("more volume", _more(measured.volume_mm3, other.measured.volume_mm3, "cm³", 1000)),
        ("more area", _more(measured.area_mm2, other.measured.area_mm2, "cm²", 100)),
    ]


def _spread(spread: Spread) -> str:
    mean, p95, largest = (f"{mm:.3g}" for mm in (spread.mean_mm, spread.p95_mm, spread.max_mm))
    return f"{mean} mm in the mean, 95 % within {p95} mm, all within {largest} mm ({counted(spread.points, 'point')})"


def _more(value: float, reference: float, unit: str, divisor: float) -> str:
    """Say how much more a value is than a reference."""
    share = f" ({100 * (value - reference) / reference:+.1f} %)" if reference else ""
    return f"{_round((value - reference) / divisor, '+')} {unit}{share}"


def _round(value: float, sign: str = "") -> str:
    return f"{value:{sign},.1f}" if abs(value) >= 10 else f"{value:{sign}.3g}"


def as_json(found: Report) -> dict[str, Any]:
    """Give a report as what JSON can hold."""
    file = found.file
    plain: dict[str, Any] = {
        "format": file.format,
        "frame": file.frame,
        "unit": file.unit,
        "parts": [{"name": part.name, "color": part.color, **_measured(measure(part.mesh))} for part in file.parts],
        **_measured(found.measured),
        "size_mm": found.size_mm.tolist(),
        **asdict(found.flaws),
    }
    if found.walls is not None and found.wall_mm is not None:
        plain["walls"] = {
            "wall_mm": found.wall_mm,
            "share_below": found.walls.share_below(found.wall_mm),
            "least_mm": _number(found.walls.least_mm),
            "least_place_mm": _numbers(found.walls.least_place.tolist()),
            "p1_mm": _number(found.walls.p1_mm),
            "places": len(found.walls.places),
            "measured": found.walls.measured,
        }
    if found.fit is not None and found.bed_mm is not None:
        plain["bed"] = {"bed_mm": list(found.bed_mm), **asdict(found.fit)}
    if found.other is not None:
        comparison = found.other.comparison
        there, back = asdict(comparison.there), asdict(comparison.back)
        plain["compared"] = {"there": there, "back": back, "other": _measured(found.other.measured)}
    plain["marks"] = [
        {"text": mark.text, "place_mm": mark.place_mm.tolist(), "height_mm": mark.height_mm} for mark in found.marks
    ]
    plain["findings"] = [asdict(finding) for finding in found.findings]
    return plain


def _measured(measured: Measure) -> dict[str, Any]:
    return {
        "triangles": measured.triangles,
        "points": measured.points,
        "area_mm2": measured.area_mm2,
        "volume_mm3": measured.volume_mm3,
        "closed": measured.closed,
        "manifold": measured.manifold,
        "open_edges": measured.open_edges,
        "crowded_edges": measured.crowded_edges,
        "pinched_points": measured.pinched_points,
        "pieces": measured.pieces,
        "genus": measured.genus,
        "bounds_mm": measured.bounds_mm.tolist(),
        "centroid_mm": measured.centroid_mm.tolist(),
    }


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


def _numbers(values: Sequence[float]) -> list[float | None]:
    return [_number(value) for value in values]
