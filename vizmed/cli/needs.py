"""How much memory each command takes, so that what cannot be had is refused before anything is read.

Measured by `--stats` on a head of 48 x 48 x 40 voxels, which gives what a command takes whatever the volume is, and on
CT of 36 MB and of 268 MB in int16, whose bone has 1.3 and 3.1 million triangles. How many triangles there will be no
header says: more of them take more, and reducing them counts on its own (`vizmed.surface.shape`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vizmed.budget import Need

if TYPE_CHECKING:
    from vizmed.scene import Scene

_MB = 1_000_000

SURFACE = Need("a surface of it", 2.1, 130 * _MB, "--max-memory SIZE makes it in parts, in less memory")
STATISTICS = Need("counting its values", 2.2, 65 * _MB)
"""Of numbers of 32 bits; those of 16 are tallied, and take what reading does."""

LEVELS = Need("measuring its levels", 1.05, 300 * _MB)
DRAWN_LEVELS = Need("drawing its levels", 1.05, 650 * _MB)
SLICES = Need("drawing its slices", 1.05, 120 * _MB)
IN_SPACE = Need("drawing its slices in 3D", 1.05, 400 * _MB, "--layout slices draws them on a page, in less memory")
VOLUME = Need("drawing it in 3D", 3.4, 370 * _MB, "--layout slices draws its slices alone, in less memory")
SURFACES = Need("drawing surfaces of it", 3.0, 360 * _MB, "--layout slices draws its slices alone, in less memory")


def need_of(scene: Scene) -> Need:
    """Give what drawing a scene takes."""
    if not scene.needs_opengl:
        return SLICES
    if scene.shown_volume is not None:
        return VOLUME
    return SURFACES if scene.shown_surfaces else IN_SPACE
