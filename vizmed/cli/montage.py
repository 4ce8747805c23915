"""`vizmed montage`: the slices of a scan side by side on a page."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from vizmed.cli.looking import Looking
from vizmed.cli.options import Output, Overwrite, Reading, Source, Telling
from vizmed.cli.stepping import Stepping
from vizmed.cli.studying import open_study, planned
from vizmed.cli.telling import progress, tell, tell_findings
from vizmed.errors import OptionError

_SHOWN = {
    *("layout", "window", "plane", "normal", "through", "slab", "projection", "neurological", "no-letters"),
    *("overlay", "overlay-opacity", "overlay-colors", "overlay-window", "names"),
    *("marks", "marks-by", "marks-from"),
}
"""Options that a montage has a use for."""


def montage(
    source: Source,
    /,
    *,
    output: Output,
    stepping: Stepping = Stepping(),
    columns: Annotated[int | None, Parameter(help="Tiles in a row; as fits the page if not given.")] = None,
    width: Annotated[int, Parameter(help="Of the page in pixels; its height follows.")] = 1600,
    untrimmed: Annotated[
        bool, Parameter(negative="", help="Keep what is black before, behind and around the body.")
    ] = False,
    looking: Looking = Looking(),
    overwrite: Overwrite = False,
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Lay the slices of a scan side by side on one page.

    A PNG file, without OpenGL: about 24 axial ones if nothing else is asked for. Each tile says its number and its
    place; all have one window and one scale. Overlays and marks are drawn on the tiles that they belong to.
    """
    from vizmed.render.between_tiles import unseen_on_montage
    from vizmed.render.montage import draw_montage
    from vizmed.render.page.panes import shown_planes
    from vizmed.write import write_picture
    from vizmed.write.atomic import check_target
    from vizmed.write.picture import check_ending

    _check(looking)
    scene, sources = planned(source, looking.on_one_plane(), reading)
    if len(scene.slices.planes) != 1:
        raise OptionError("a montage is of one plane", remedy="Such as --plane coronal")
    check_ending(output, (".png",), "pictures")
    check_target(output, overwrite=overwrite)
    study = open_study(scene, sources, reading, telling)
    (plane,) = shown_planes(scene, study.volume)
    steps = stepping.on(study.volume, plane, scene.slices)
    tiles = {"plane": plane, "columns": columns, "width": width, "trim": not untrimmed, **steps}
    tell_findings(unseen_on_montage(scene, study, **tiles), quiet=telling.quiet)
    with progress(f"drawing {output}", quiet=telling.quiet):
        page = draw_montage(scene, study, **tiles)
        write_picture(page, output, overwrite=overwrite)
    tell(f"{output}: {page.shape[1]} x {page.shape[0]} pixels")


def _check(looking: Looking) -> None:
    """Refuse options that would do nothing."""
    given = {**looking.given, "mode": looking.mode if looking.mode != "slices" else None}
    unused = [name for name, value in given.items() if value not in (None, False) and name not in _SHOWN]
    if "size" in unused:
        raise OptionError("a montage is as high as its tiles", remedy="--width and --columns say how large it is")
    if unused or looking.layout not in (None, "slices"):
        name = unused[0] if unused else "layout"
        raise OptionError(f"--{name} means nothing to a montage", remedy="It is a page of slices of one plane")
