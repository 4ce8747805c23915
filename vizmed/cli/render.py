"""`vizmed render`: a picture in a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.cli.looking import Looking
from vizmed.cli.options import Output, Overwrite, Reading, Source, Telling
from vizmed.cli.studying import open_study, planned
from vizmed.cli.telling import progress, tell, tell_findings
from vizmed.errors import DisplayError, OptionError
from vizmed.findings import Finding

if TYPE_CHECKING:
    from vizmed.scene import Scene


def render(
    source: Source,
    /,
    *,
    output: Output,
    looking: Looking = Looking(),
    scale: Annotated[float, Parameter(help="What the size is multiplied with, letters and all.")] = 1.0,
    overwrite: Overwrite = False,
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Draw a scan into a PNG file, without a screen.

    A scene that the window wrote (.toml) is drawn as it was. Slices need no OpenGL; without it, --mode slices leaves
    the 3D view out, and says so.
    """
    from vizmed.render import gl
    from vizmed.render.screenshot import screenshot
    from vizmed.write import write_picture
    from vizmed.write.atomic import check_target
    from vizmed.write.picture import check_ending

    scene, sources = planned(source, looking, reading)
    scene = _scaled(scene, scale)
    _check(scene, looking)
    check_ending(output, (".png",), "pictures")
    check_target(output, overwrite=overwrite)
    if scene.needs_opengl:
        gl.start_probe()
    study = open_study(sources, reading, telling)
    scene = _drawable(looking.aimed(scene, study.volume), looking, telling)
    with progress(f"drawing {output}", quiet=telling.quiet):
        write_picture(screenshot(scene, study), output, overwrite=overwrite)
    tell(f"{output}: {scene.size[0]} x {scene.size[1]} pixels")


def _scaled(scene: Scene, scale: float) -> Scene:
    width, height = (round(scale * side) for side in scene.size)
    return replace(scene, size=(width, height))


def _check(scene: Scene, looking: Looking) -> None:
    """Refuse options that what is drawn has no use for."""
    of_slices = [name for name, value in vars(looking.slicing).items() if value not in (None, False)]
    of_slices += [name for name, value in vars(looking.laying).items() if value is not None]
    of_3d = [name for name, value in vars(looking.shaping).items() if value not in (None, False) and name != "crop"]
    of_3d += [name for name in ("camera", "background") if getattr(looking.framing, name) is not None]
    if scene.layout == "3d" and not scene.slices.in_3d and of_slices:
        raise OptionError(
            f"{_option(of_slices[0])} means nothing to a 3D view without slices",
            remedy="--layout slices, or four, shows them",
        )
    if scene.layout == "slices" and of_3d:
        raise OptionError(
            f"{_option(of_3d[0])} means nothing to a page of slices", remedy="--layout 3d, or four, has a 3D view"
        )
    if scene.transparent and scene.layout != "3d":
        raise OptionError("slices are not transparent", remedy="--transparent belongs to --layout 3d")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


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
