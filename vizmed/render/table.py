"""The table under the patient, left out of pictures of CT: it hides the back and takes the frame."""

from __future__ import annotations

from dataclasses import replace

from vizmed.surface.cleaning.body import find_body, shown_cells, with_air
from vizmed.volume import Volume

_COARSE_MM = 4.0


def without_table(volume: Volume) -> Volume:
    """Give the volume with air in the place of the table, or the very same volume where there is none.

    Parameters
    ----------
    volume : Volume
        Looked at only if it is in HU.
    """
    found = find_body(volume, _COARSE_MM) if volume.unit == "HU" else None
    if found is None or found.tabletop is None:
        return volume
    return replace(volume, voxels=with_air(volume, found.steps, shown_cells(found)))
