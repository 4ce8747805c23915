"""`vizmed view`: the interactive window."""

from __future__ import annotations

from vizmed.cli.options import Looking, Reading, Source, Telling, read_source


def view(
    source: Source,
    /,
    *,
    looking: Looking = Looking(),
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Open a window on a scan: slice planes, volume and surface in 3D. Press h in it for its keys."""
    from vizmed.render import gl, show

    scene = looking.scene()
    gl.require(on_screen=True)
    show(read_source(source, reading, telling), scene=scene)
