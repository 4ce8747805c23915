"""Facts as two plots: peers' times over vizmed's, and time and memory from small to large.

Both have no ground of their own and letters of middle grey, to be read on light pages and on dark ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import heads
from benchmarks.records import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#767676"
"""As far from white as from black, by the contrast of WCAG 2."""

OWN = "#0e9f6e"

FAMILIES = {
    "SimpleITK": ("#d55e00", "o"),
    "itk": ("#e69f00", "o"),
    "vtk": ("#3b82c4", "s"),
    "pyvista": ("#56b4e9", "s"),
    "vedo": ("#8c6bb1", "s"),
    "dcm2niix": ("#cc79a7", "^"),
    "dicom2stl": ("#a0522d", "^"),
    "scikit-image": ("#c0392b", "D"),
    "trimesh": ("#b8860b", "D"),
    "meshio": ("#6b8e23", "D"),
}
"""The beginning of a peer's name, to its colour and mark; all others are grey crosses."""

OTHERS = (INK, "x")

NO_PEERS = ("cat", "bytes into one buffer", "bytes into fresh memory, all cores", "vtkFlyingEdges3D, all cores")
"""These do less than the others, for a limit that nobody can pass, or pass by little."""

RATIOS, GROWTH = "bench-ratios.png", "bench-growth.png"


def draw(records: list[Record], folder: Path, *, quick: bool) -> list[Path]:
    """Draw what there are facts for, and give the files."""
    made = []
    if rows := ratio_rows(records):
        made.append(_saved(_ratios(rows), folder / RATIOS))
    if lines := growth_lines(records, quick=quick):
        made.append(_saved(_growth(lines), folder / GROWTH))
    return made


def ratio_rows(records: list[Record]) -> list[tuple[str, list[tuple[str, float]]]]:
    """Give each contest on heads with its peers' times over that of vizmed's first."""
    rows = []
    for record in records:
        own = next(iter(record["results"].values()))
        if record["contest"] in {"growth", "start", "memory", "cohort"} or not record["label"].startswith("head "):
            continue
        peers = [
            (name, facts["seconds"] / own["seconds"])
            for name, facts in record["results"].items()
            if "seconds" in facts and "seconds" in own and not facts["own"] and name not in NO_PEERS
        ]
        if peers:
            rows.append((row_title(record), peers))
    return rows


def row_title(record: Record) -> str:
    """Give a contest's title in short, with the form of the data where there is one."""
    form = record["label"].partition(", ")[2]
    title = record["title"].split(",")[0].removesuffix(" to an ordered array").removesuffix(" to an array")
    title = f"{form} series" if record["contest"] == "compressed" else title
    return f"{title}, a tenth" if record["contest"] == "tenth" else title


def growth_lines(records: list[Record], *, quick: bool) -> dict[str, list[tuple[float, float, float]]]:
    """Give for each contestant its (million voxels, seconds, MB), from small to large."""
    known, lines = heads(quick=quick), {}
    for record in records:
        if record["contest"] != "growth":
            continue
        voxels = known[record["data"]].megabytes / 2
        for name, facts in record["results"].items():
            if "seconds" in facts:
                lines.setdefault(name, []).append((voxels, facts["seconds"], facts["mb"]))
    return lines


def family(name: str) -> str:
    """Give the family that a peer's name belongs to."""
    return next((start for start in FAMILIES if name.lower().startswith(start.lower())), "others")


def _ratios(rows: list[tuple[str, list[tuple[str, float]]]]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 1.4 + 0.3 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(1, color=OWN, linewidth=2)
    seen: dict[str, Any] = {}
    for height, (_, peers) in enumerate(rows):
        for name, ratio in peers:
            kind = family(name)
            color, mark = FAMILIES.get(kind, OTHERS)
            (seen[kind],) = axes.plot(ratio, height, mark, color=color, markersize=6.5, alpha=0.9, linestyle="none")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} x")
    axes.set_yticks(range(len(rows)), [title for title, _ in rows])
    axes.invert_yaxis()
    axes.set_xlabel("time over vizmed's (the green line); to the right of it, slower than vizmed")
    kinds = [kind for kind in (*FAMILIES, "others") if kind in seen]
    figure.legend(
        [seen[kind] for kind in kinds], kinds, loc="outside upper center", ncols=6, frameon=False, labelcolor=INK
    )
    _in_grey(axes)
    return figure


def _growth(lines: dict[str, list[tuple[float, float, float]]]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    panels = figure.subplots(1, 2)
    marks = zip(lines, ("o", "s", "D", "^", "v"), (OWN, "#3b82c4", "#cc79a7", "#d55e00", INK), strict=False)
    styles = {name: (mark, color) for name, mark, color in marks}
    for panel, column, title in zip(panels, (1, 2), ("seconds", "peak memory, MB"), strict=True):
        for name, points in lines.items():
            mark, color = styles[name]
            across = [point[0] for point in points]
            panel.plot(across, [point[column] for point in points], marker=mark, color=color, label=name, linewidth=1.6)
        panel.set(xscale="log", yscale="log", xlabel="million voxels", title=title)
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        panel.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        _in_grey(panel)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=2, frameon=False, labelcolor=INK)
    return figure


def _in_grey(axes: Axes) -> None:
    axes.set_facecolor("none")
    axes.grid(visible=True, axis="both", color=INK, alpha=0.25, linewidth=0.6)
    axes.tick_params(which="both", colors=INK)
    for side in axes.spines.values():
        side.set_color(INK)
    for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
        text.set_color(INK)


def _saved(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=150, transparent=True, metadata={"Software": None})
    return path
