"""`vizmed slices`: the window on one plane."""

from __future__ import annotations

from vizmed.cli.looking import Looking
from vizmed.cli.options import Reading, Source, Telling
from vizmed.cli.studying import open_window, planned


def slices(
    source: Source,
    /,
    *,
    looking: Looking = Looking(),
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Scroll through the slices of a scan in a window.

    It is the window of `vizmed view` on one plane, axial if --plane names no other.
    """
    open_window(*planned(source, looking.on_one_plane(), reading), looking, reading, telling)
