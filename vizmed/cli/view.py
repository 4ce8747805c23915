"""`vizmed view`: the interactive window."""

from __future__ import annotations

from vizmed.cli.looking import Looking
from vizmed.cli.options import Reading, Source, Telling
from vizmed.cli.studying import open_window, planned


def view(
    source: Source,
    /,
    *,
    looking: Looking = Looking(),
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Open a window on a scan: slices and a 3D view, linked.

    A scene that the window wrote (.toml) opens as it was. Press h in it for its keys.
    """
    open_window(*planned(source, looking, reading, layout="four"), looking, reading, telling)
