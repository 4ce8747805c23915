"""`vizmed render`: a picture in a file."""

from __future__ import annotations

from vizmed.cli.options import Looking, Output, Overwrite, Reading, Source, Telling, read_source
from vizmed.cli.telling import progress, tell
from vizmed.errors import OptionError


def render(
    source: Source,
    /,
    *,
    output: Output,
    looking: Looking = Looking(),
    overwrite: Overwrite = False,
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Draw a scan into a PNG file, without a screen.

    It is the picture that `vizmed view` begins with. --mode slices needs no OpenGL.
    """
    from vizmed.render import gl
    from vizmed.render import render as draw
    from vizmed.write.atomic import check_target
    from vizmed.write.picture import check_ending

    scene = looking.scene()
    if not scene.needs_opengl and (looking.camera or looking.table):
        raise OptionError("--camera and --table mean nothing to a page of slices", remedy="They belong to 3D modes")
    check_ending(output, (".png",), "pictures")
    check_target(output, overwrite=overwrite)
    if scene.needs_opengl:
        gl.start_probe()
    volume = read_source(source, reading, telling)
    with progress(f"drawing {output}", quiet=telling.quiet):
        draw(volume, output, scene=scene, overwrite=overwrite)
    tell(f"{output}: {scene.size[0]} x {scene.size[1]} pixels")
