"""Pictures that were looked at, and the scenes they show: `python -m tests.render.references` draws them anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from vizmed import render
from vizmed.sample import make_sample
from vizmed.scene import (
    GRID_PLANES,
    Angle,
    Camera,
    Clip,
    Ruler,
    Scene,
    SliceLayer,
    SurfaceLayer,
    VolumeLayer,
    scene_for,
)

FOLDER = Path(__file__).parent

_SIZE = (240, 200)
_BONE = SurfaceLayer(preset="bone")

SCENES = {
    "scene": scene_for("scene", size=_SIZE),
    "volume": scene_for("volume", size=_SIZE, camera="iso"),
    "mip": scene_for("mip", size=_SIZE, camera="L"),
    "minip": scene_for("minip", size=_SIZE),
    "skin-over-bone": Scene(surfaces=(_BONE, SurfaceLayer(preset="skin", opacity=0.3)), camera="A", size=_SIZE),
    "four": Scene(
        layout="four",
        slices=SliceLayer(at=(8.0, -6.0, 10.0), window="bone", in_3d=GRID_PLANES),
        surfaces=(SurfaceLayer(preset="bone", cut=True),),
        measures=(Ruler((-60.0, -6.0, 10.0), (60.0, -6.0, 10.0)), Angle((0, 60, 10), (0, 0, 10), (60, 0, 10))),
        size=(480, 400),
    ),
    "oblique-slab": Scene(
        layout="slices",
        slices=SliceLayer(planes=("oblique",), normal=(0.3, 1.0, 0.4), slab_mm=20.0, projection="mip"),
        size=_SIZE,
    ),
    "cropped-and-clipped": Scene(
        volume=VolumeLayer(preset="ct-bone", opacity=0.8, shift=50.0),
        crop=((-80.0, -200.0, -200.0), (200.0, 200.0, 60.0)),
        clip=Clip((0.0, -40.0, 0.0), (0.0, -1.0, 0.2)),
        camera=Camera((300.0, -700.0, 250.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
        background=("#ffffff", "#ffffff"),
        size=_SIZE,
    ),
}


def drawn(name: str) -> np.ndarray:
    """Draw a scene as it is now."""
    return render(make_sample(size=64), scene=SCENES[name])


def looked_at(name: str) -> np.ndarray:
    """Give the picture that was looked at."""
    with Image.open(FOLDER / f"{name}.png") as image:
        return np.asarray(image)
