"""Opening what a scene is drawn of: the scan, its overlay, its marks, by the options or by a scene's file."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vizmed.cli.looking import Looking
from vizmed.cli.needs import need_of
from vizmed.cli.options import Reading, Telling, read_source
from vizmed.cli.telling import progress, tell_findings
from vizmed.errors import IrregularStackError, OptionError
from vizmed.scene import Layout, Mode, Scene, Sources
from vizmed.scene.file import ENDING, read_scene
from vizmed.scene.parse import parse_point
from vizmed.scene.spell import spell_point

if TYPE_CHECKING:
    from vizmed.render.study import Study
    from vizmed.segmentation import Segmentation
    from vizmed.volume import Volume


def planned(
    source: Path, looking: Looking, reading: Reading, *, mode: Mode = "scene", layout: Layout | None = None
) -> tuple[Scene, Sources]:
    """Make the scene and name its files, before any of them is read.

    Parameters
    ----------
    source : Path
        The scan, or a scene's file that names it.
    looking, reading
        They change what such a file says.
    mode, layout
        What is meant where nothing says it.

    Raises
    ------
    OptionError, ReadError
    """
    base, sources = None, None
    if source.suffix.lower() == ENDING:
        if looking.scene is not None:
            raise OptionError(f"{source} and --scene are both scenes", remedy="Name a scan, or one scene")
        base, sources = read_scene(source)
        if sources is None:
            raise OptionError(f"{source} names no scan", remedy=f"vizmed render SCAN --scene {source}")
    elif looking.scene is not None:
        base, _ = read_scene(looking.scene)
    scene = looking.made(base, mode=mode, layout=layout)
    return scene, _changed(sources or Sources(str(source)), looking, reading)


def open_study(scene: Scene, sources: Sources, reading: Reading, telling: Telling) -> Study:
    """Read what a scene is drawn of, and tell what was found.

    Raises
    ------
    ReadError, OptionError
    """
    from vizmed.render.study import Study

    spacing = None if sources.spacing is None else spell_point(sources.spacing)
    named = {name: getattr(sources, name) for name in ("series", "volume", "luminance", "hu", "reader")}
    volume = read_source(Path(sources.path), replace(reading, spacing=spacing, **named), telling, need_of(scene))
    study = Study(volume)
    if sources.overlay is not None:
        study = replace(study, overlay=_overlay(Path(sources.overlay), sources.names, volume, telling))
    if sources.marks is not None:
        from vizmed.read.marks import read_marks

        marks = read_marks(
            sources.marks,
            volume,
            slices_by=sources.marks_by,  # type: ignore[arg-type]  # it refuses what there is not
            counted_from=sources.marks_from,  # type: ignore[arg-type]
        )
        tell_findings(marks.findings, quiet=telling.quiet)
        study = replace(study, marks=marks)
    return study


def open_window(scene: Scene, sources: Sources, looking: Looking, reading: Reading, telling: Telling) -> None:
    """Open the window on what was planned."""
    from vizmed.render import gl
    from vizmed.render.window import show_window

    gl.require(on_screen=True)
    study = open_study(scene, sources, reading, telling)
    show_window(looking.aimed(scene, study), study, sources)


def _changed(sources: Sources, looking: Looking, reading: Reading) -> Sources:
    """Give the sources as the options that were given have them."""
    asked, usual = asdict(reading), asdict(Reading())
    changes: dict[str, Any] = {name: value for name, value in asked.items() if value != usual[name]}
    for of_this_run in ("strict", "max_memory"):  # not of the scene
        changes.pop(of_this_run, None)
    if "spacing" in changes:
        changes["spacing"] = parse_point(changes["spacing"])
    for name in ("overlay", "names", "marks", "marks_by", "marks_from"):
        given = getattr(looking.laying, name)
        if given is not None:
            changes[name] = str(given) if isinstance(given, Path) else given
    return replace(sources, **changes)


def _overlay(path: Path, names: str | None, volume: Volume, telling: Telling) -> Segmentation | Volume:
    """Read labels where it holds some, else a second volume; what was taken for what is told."""
    from vizmed.read import read

    with progress(f"reading {path}", quiet=telling.quiet):
        labels = _labels(path, names, volume)
        found = labels or read(path)
    tell_findings(found.provenance.findings, quiet=telling.quiet)
    return found


def _labels(path: Path, names: str | None, volume: Volume) -> Segmentation | None:
    """Read labels; None where the values are those of an image."""
    from vizmed.read.labels import read_labels
    from vizmed.read.labels.dicom_files import kind_of_labels, start_of

    is_contours = path.is_file() and kind_of_labels(start_of(path)) == "RTSTRUCT"
    try:
        labels = read_labels(path, table=names, reference=volume if is_contours else None)
    except IrregularStackError:  # values that are negative, not whole, or too many
        if names is not None:
            raise
        return None
    is_image = any(finding.code == "looks-like-image" for finding in labels.provenance.findings)
    return None if is_image and names is None else labels
