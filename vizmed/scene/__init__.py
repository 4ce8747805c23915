"""What is to be seen, as plain frozen data; no VTK. `Scene` is one value, `scene_for` makes the customary ones."""

from vizmed.scene.layers import (
    BLENDS,
    GRID_PLANES,
    PLANES,
    PROJECTIONS,
    Angle,
    Blend,
    Clip,
    OverlayLayer,
    Plane,
    Point,
    Projection,
    Ruler,
    SliceLayer,
    SurfaceLayer,
    VolumeLayer,
    as_point,
)
from vizmed.scene.modes import MODES, Mode, scene_for
from vizmed.scene.scene import LARGEST_SIDE, LAYOUTS, SMALLEST_SIDE, VIEWS, Camera, Layout, Scene, View
from vizmed.scene.sources import Sources

__all__ = [
    "BLENDS",
    "GRID_PLANES",
    "LARGEST_SIDE",
    "LAYOUTS",
    "MODES",
    "PLANES",
    "PROJECTIONS",
    "SMALLEST_SIDE",
    "VIEWS",
    "Angle",
    "Blend",
    "Camera",
    "Clip",
    "Layout",
    "Mode",
    "OverlayLayer",
    "Plane",
    "Point",
    "Projection",
    "Ruler",
    "Scene",
    "SliceLayer",
    "Sources",
    "SurfaceLayer",
    "View",
    "VolumeLayer",
    "as_point",
    "scene_for",
]
