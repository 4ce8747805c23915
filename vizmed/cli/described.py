"""A description as the command line tells it, for `info` and `check`."""

from __future__ import annotations

from dataclasses import asdict, replace
from math import ceil, log1p
from typing import TYPE_CHECKING, Any

from vizmed.budget import spell_size
from vizmed.cli.needs import SURFACE
from vizmed.cli.telling import printable, tell

if TYPE_CHECKING:
    from vizmed.read.description import Description
    from vizmed.statistics import Statistics

Rows = list[tuple[str, str]]


def tell_series(description: Description) -> None:
    """Print the table of series, where there are several."""
    if len(description.series) < 2:
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("place", "series", "modality", "description", "size", title=f"{len(description.series)} volumes")
    for one in description.series:
        number = "-" if one.number is None else str(one.number)
        size = f"{one.columns} x {one.rows} x {one.slices}"
        row = (f"#{one.index}", number, one.modality, one.description, size)
        style = "bold" if one.index == description.chosen else ""
        table.add_row(*(Text(printable(cell)) for cell in row), style=style)
    Console().print(table)
    if description.chosen is None:
        tell("--series takes one of them, by number, place or description")


def facts(description: Description) -> Rows:
    """List what is known, name and value, findings left out."""
    rows: Rows = [("format", " ".join(filter(None, [description.format, description.modality])))]
    geometry = description.geometry
    if geometry is not None:
        low, high = geometry.extent.T
        rows += [
            ("size", " x ".join(map(str, geometry.shape)) + " voxels"),
            ("spacing", " x ".join(f"{mm:.6g}" for mm in geometry.spacing) + " mm"),
            ("origin", ", ".join(f"{mm:.6g}" for mm in geometry.origin) + " mm (LPS)"),
            ("axes", _axes(description)),
            ("extent", "; ".join(f"{a:.1f} to {b:.1f}" for a, b in zip(low, high, strict=True)) + " mm (x; y; z)"),
        ]
    if description.window:
        width, level = description.window
        rows.append(("window", f"width {width:g}, level {level:g}"))
    rows += [
        ("voxel", " ".join(filter(None, [description.stored, description.unit and f"({description.unit})"]))),
        ("encoding", description.encoding),
        ("sorted by", description.sorted_by),
        ("memory", _memory(description)),
    ]
    return [(name, value) for name, value in rows if value]


def _memory(description: Description) -> str:
    size = description.voxel_bytes
    if size is None:
        return ""
    return f"{spell_size(size)} of voxels; a surface takes {spell_size(SURFACE.bytes_of(size))} or more"


def _axes(description: Description) -> str:
    geometry = description.geometry
    if geometry is None:
        return ""
    kind = "left-handed" if geometry.is_left_handed else ""
    shear = f"sheared by {geometry.shear_degrees:.2f} degrees" if geometry.is_sheared else ""
    return ", ".join(filter(None, [geometry.axis_codes, kind, shear]))


def as_json(description: Description, listed: list[tuple[str, str, str]] | None = None) -> dict[str, Any]:
    """Give a description, and DICOM tags (number, name, value) with it, as what JSON can hold."""
    geometry = description.geometry
    plain = asdict(replace(description, geometry=None))
    if geometry is not None:
        plain["geometry"] = {
            "shape": list(geometry.shape),
            "affine_lps": geometry.affine.tolist(),
            "spacing_mm": geometry.spacing.tolist(),
            "origin_mm": geometry.origin.tolist(),
            "direction": geometry.direction.tolist(),
            "axis_codes": geometry.axis_codes,
            "is_left_handed": geometry.is_left_handed,
            "shear_degrees": geometry.shear_degrees,
        }
    if listed:
        plain["tags"] = [{"tag": tag, "name": name, "value": value} for tag, name, value in listed]
    return plain


_BARS = " \N{LOWER ONE EIGHTH BLOCK}▂▃▄▅▆▇█"


def histogram(counted: Statistics) -> list[str]:
    """Write statistics and a histogram as lines; the height of a bar grows with the logarithm of its count."""
    if not counted.count:
        return [f"values       none; {counted.padding:,} of padding, {counted.not_finite:,} not finite"]
    left_out = [
        f"{number:,} {what}"
        for number, what in ((counted.padding, "padding"), (counted.not_finite, "not finite"))
        if number
    ]
    highest = max(map(log1p, counted.counts))
    bars = "".join(_BARS[ceil(log1p(count) / highest * (len(_BARS) - 1))] for count in counted.counts)
    middle = f"mean {counted.mean:.4g}, deviation {counted.deviation:.4g}"
    percentiles = ", ".join(f"{percent:g} % {value:g}" for percent, value in counted.percentiles)
    return [
        f"values       {counted.minimum:g} to {counted.maximum:g}, {middle}",
        f"left out     {', '.join(left_out)}" if left_out else f"counted      {counted.count:,} voxels",
        f"percentiles  {percentiles}",
        f"histogram    {bars}",
        f"             {counted.minimum:<{len(bars) // 2}g}{counted.maximum:>{len(bars) - len(bars) // 2}g}",
    ]
