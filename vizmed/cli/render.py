"""`vizmed render`: a picture in a file."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.cli.looking import Looking
from vizmed.cli.looking.used import check_used
from vizmed.cli.options import Output, Overwrite, Reading, Source, Telling
from vizmed.cli.studying import open_study, planned
from vizmed.cli.telling import progress, tell, tell_findings
from vizmed.errors import DisplayError, OptionError
from vizmed.findings import Finding
from vizmed.scene.file import ENDING

if TYPE_CHECKING:
    from vizmed.scene import Scene


def render(
    source: Source,
    /,
    *,
    output: Output,
    looking: Looking = Looking(),
    scale: Annotated[float, Parameter(help="What the size is multiplied with, letters and all.")] = 1.0,
    save_scene: Annotated[Path | None, Parameter(help="Write the scene, too, into a file (.toml).")] = None,
    overwrite: Overwrite = False,
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Draw a scan into a PNG file, without a screen.

    A scene that the window wrote (.toml) is drawn as it was. Slices need no OpenGL; without it, --mode slices leaves
    the 3D view out, and says so.
    """
    from vizmed.render import gl
    from vizmed.render.ahead import start_imports
    from vizmed.write.atomic import check_target
    from vizmed.write.picture import check_ending, write_picture

    scene, sources = planned(source, looking, reading)
    scene = _scaled(scene, scale)
    check_used(looking, scene)
    check_ending(output, (".png",), "pictures")
    if save_scene is not None:
        check_ending(save_scene, (ENDING,), "scenes")
    for path in filter(None, (output, save_scene)):
        check_target(path, overwrite=overwrite)
    if scene.needs_opengl:
        gl.start_probe()
        start_imports()
    study = open_study(scene, sources, reading, telling)
    from vizmed.render.page import unseen
    from vizmed.render.screenshot import screenshot

    scene = _drawable(looking.aimed(scene, study), looking, telling)
    tell_findings(unseen(scene, study), quiet=telling.quiet)
    with progress(f"drawing {output}", quiet=telling.quiet):
        write_picture(screenshot(scene, study), output, overwrite=overwrite)
    tell(f"{output}: {scene.size[0]} x {scene.size[1]} pixels")
    if save_scene is not None:
        from vizmed.write.scene import write_scene

        write_scene(scene, save_scene, sources, overwrite=overwrite)
        tell(f"{save_scene}: the scene")


def _scaled(scene: Scene, scale: float) -> Scene:
    if not 0 < scale < inf:
        raise OptionError(f"the scale is {scale:g}", remedy="It is a number above 0, such as 2")
    width, height = (round(scale * side) for side in scene.size)
    return replace(scene, size=(width, height))


def _drawable(scene: Scene, looking: Looking, telling: Telling) -> Scene:
    """Give the scene without its 3D view where nothing draws it and slices were asked for."""
    from vizmed.render import gl

    if scene.layout != "four" or looking.layout is not None:
        return scene
    try:
        gl.require()
    except DisplayError as error:
        told = Finding("no-opengl", "warning", f"the 3D view is left out: {error.found}", "", error.remedy or "")
        tell_findings([told], quiet=telling.quiet)
        return replace(scene, layout="slices")
    return scene
