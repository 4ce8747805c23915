"""The head at the points of a grid: the tissues laid over one another from the skin inwards.

Each tissue covers a voxel by as much as its surface leaves of it (the partial volume effect), so that a contour at any
level runs smoothly along the anatomy and not along the voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from vizmed.sample import flesh, skull, tissues
from vizmed.sample.block import Block, Floats
from vizmed.sample.shapes import Shape, Solid, smooth_max, smooth_min
from vizmed.sample.tissues import Tissue

INNER_TABLE_MM = 6.4
"""Thickness of the vault of the skull."""

FOLD_MM = 17.0
"""Wavelength of the folds of the brain."""


BLUR = 3.0
"""Width of a border in voxels, from nothing to all. A narrower one, or one with sharp ends, leaves steps in a contour
that runs near its foot, as bone at 226 HU does; scanners blur by about as much."""

FALX_Z = np.float32(62)
"""Height above which the hemispheres are parted, mm."""


@dataclass(frozen=True)
class Anatomy:
    """Every solid of the head, made once."""

    cranium: Solid
    facial_bones: Solid
    openings: Solid
    base_inside: Solid
    mandible: Solid
    spine: Solid
    skin: Solid


@lru_cache(maxsize=1)
def _anatomy() -> Anatomy:
    return Anatomy(
        skull.cranium(), skull.facial_bones(), skull.openings(), Solid().add(skull.base_inside(), 4),
        skull.mandible(), skull.spine(), flesh.skin(),
    )  # fmt: skip


class Canvas:
    """Values that tissues are laid on."""

    def __init__(self, block: Block, modality: str):
        self.block, self.modality = block, modality
        self.values = np.full(block.shape, self._value(tissues.AIR), dtype=np.float32, order="F")
        self.blur_mm = BLUR * block.voxel_mm

    def _value(self, tissue: Tissue) -> np.float32:
        return np.float32(tissue.ct if self.modality == "ct" else tissue.mr)

    def lay(self, tissue: Tissue, distance: Any, window: Any = ...) -> None:
        """Cover what lies inside of a surface, and its border in part."""
        ramp = np.clip(np.float32(0.5) - distance * np.float32(1 / self.blur_mm), np.float32(0), np.float32(1))
        cover = ramp * ramp * (np.float32(3) - ramp - ramp)
        under = self.values[window]
        self.values[window] = under + cover * (self._value(tissue) - under)

    def lay_shapes(self, tissue: Tissue, shapes: list[Shape] | Shape, within: Floats | None = None) -> None:
        """Cover what lies inside of shapes, and where asked only as far as another surface reaches."""
        for shape in [shapes] if isinstance(shapes, Shape) else shapes:
            window = self.block.window(shape.low, shape.high, 2 * self.block.voxel_mm)
            if window is not None:
                here = shape.distance(*self.block.at(window))
                self.lay(tissue, here if within is None else np.maximum(here, within[window]), window)


def paint(block: Block, modality: str) -> Floats:
    """Give the value of the head at every point of a block: HU for ``"ct"``, T1-like for ``"mr"``."""
    anatomy = _anatomy()
    canvas = Canvas(block, modality)
    cranium = anatomy.cranium.distance(block, reach_mm=flesh.SCALP_MM + 24)
    skin = anatomy.skin.distance(block, cranium - np.float32(flesh.SCALP_MM), reach_mm=8)
    cavity = cranium + np.float32(INNER_TABLE_MM)
    cavity = smooth_max(cavity, -anatomy.base_inside.distance(block), 3)
    _lay_soft_tissue(canvas, skin)
    _lay_bones(canvas, anatomy, cranium, cavity, skin)
    _lay_brain(canvas, cavity)
    _lay_eyes(canvas, skin)
    _lay_airways(canvas, skin)
    canvas.lay_shapes(tissues.TOOTH, skull.teeth())
    canvas.lay_shapes(tissues.MARKER, flesh.marker())
    return canvas.values


def _lay_soft_tissue(canvas: Canvas, skin: Floats) -> None:
    canvas.lay(tissues.SKIN, skin)
    canvas.lay(tissues.FAT, skin + np.float32(1.8))
    canvas.lay(tissues.MUSCLE, skin + np.float32(4.6))
    canvas.lay_shapes(tissues.MUSCLE, flesh.tongue(), skin + np.float32(2))


def _lay_bones(canvas: Canvas, anatomy: Anatomy, cranium: Floats, cavity: Floats, skin: Floats) -> None:
    under_skin = skin + np.float32(2)
    head = smooth_min(cranium, anatomy.facial_bones.distance(canvas.block, reach_mm=6), 6)
    head = anatomy.openings.distance(canvas.block, head)
    head = np.maximum(np.maximum(head, -cavity), under_skin)
    canvas.lay(tissues.COMPACT_BONE, head)
    canvas.lay(tissues.SPONGY_BONE, head + np.float32(2.2))
    for solid in (anatomy.mandible, anatomy.spine):
        bone = np.maximum(solid.distance(canvas.block), under_skin)
        canvas.lay(tissues.COMPACT_BONE, bone)
        canvas.lay(tissues.SPONGY_BONE, bone + np.float32(2.4))


def _lay_brain(canvas: Canvas, cavity: Floats) -> None:
    window = canvas.block.window((-72, -96, -32), (72, 90, 118), 0)
    if window is not None:
        _lay_folded_brain(canvas, cavity[window], window)
    canvas.lay_shapes(tissues.FLUID, flesh.spinal_canal())
    canvas.lay_shapes(tissues.WHITE_MATTER, flesh.brain_stem())
    canvas.lay_shapes(tissues.GREY_MATTER, flesh.deep_nuclei())
    canvas.lay_shapes(tissues.FLUID, flesh.ventricles())
    canvas.lay_shapes(tissues.CALCIUM, flesh.calcification())


def _lay_folded_brain(canvas: Canvas, inside: Floats, window: tuple[slice, slice, slice]) -> None:
    x, y, z = canvas.block.at(window)
    canvas.lay(tissues.FLUID, inside, window)
    brain = inside + np.float32(1.4)
    # the tentorium lies over the cerebellum like the roof of a tent
    below = np.maximum(z - np.float32(11) - y * np.float32(0.12), np.float32(12) - y)
    cerebrum = np.maximum(brain, np.float32(1) - below)
    # the falx parts the hemispheres above the corpus callosum
    fissure = np.minimum(np.float32(1) - np.abs(x), z - FALX_Z)
    cerebrum = np.maximum(cerebrum, fissure)
    folds = np.maximum(_folds(x, y, z, FOLD_MM) - np.float32(0.7), -np.float32(15) - inside)
    cerebrum = smooth_max(cerebrum, -folds, 2)
    canvas.lay(tissues.GREY_MATTER, cerebrum, window)
    canvas.lay(tissues.WHITE_MATTER, cerebrum + np.float32(3), window)
    leaves = np.maximum(_folds(x, y, z, FOLD_MM / 2) - np.float32(0.4), -np.float32(9) - inside)
    cerebellum = smooth_max(np.maximum(brain, below + np.float32(1)), -leaves, 1)
    canvas.lay(tissues.GREY_MATTER, cerebellum, window)
    canvas.lay(tissues.WHITE_MATTER, cerebellum + np.float32(4), window)


def _folds(x: Any, y: Any, z: Any, wave_mm: float) -> Any:
    """Give the distance to a winding sheet: a gyroid, its coordinates bent so that no two folds are alike."""
    f = np.float32(1 / wave_mm)
    x, y, z = np.abs(x) * f, y * f, z * f
    bend = np.float32(0.35)
    u, v, w = (
        x + bend * _wave(y * np.float32(0.61) + z * np.float32(0.23)),
        y + bend * _wave(z * np.float32(0.53) + x * np.float32(0.31)),
        z + bend * _wave(x * np.float32(0.57) - y * np.float32(0.29)),
    )
    quarter = np.float32(0.25)
    sheet = _wave(u) * _wave(v + quarter) + _wave(v) * _wave(w + quarter) + _wave(w) * _wave(u + quarter)
    return np.abs(sheet) * np.float32(wave_mm / 8)


def _wave(turns: Any) -> Any:
    # two parabolas a turn stand in for the sine, which not every processor rounds alike
    t = turns - np.floor(turns)
    return np.where(t < 0.5, t * (np.float32(0.5) - t), (np.float32(0.5) - t) * (np.float32(1) - t)) * np.float32(16)


def _lay_eyes(canvas: Canvas, skin: Floats) -> None:
    canvas.lay_shapes(tissues.FAT, skull.orbits(), skin + np.float32(6))
    canvas.lay_shapes(tissues.MUSCLE, flesh.eye_muscles())
    canvas.lay_shapes(tissues.SKIN, [globe.grown(0.8) for globe in flesh.globes()])
    canvas.lay_shapes(tissues.VITREOUS, [globe.grown(-0.6) for globe in flesh.globes()])
    canvas.lay_shapes(tissues.LENS, flesh.lenses())


def _lay_airways(canvas: Canvas, skin: Floats) -> None:
    deep = skin + np.float32(7)
    canvas.lay_shapes(tissues.MUCOSA, skull.nasal_cavity(), deep)
    canvas.lay_shapes(tissues.AIR, [shape.grown(-1.2) for shape in skull.nasal_cavity()], deep)
    canvas.lay_shapes(tissues.MUCOSA, flesh.turbinates(), deep)
    canvas.lay_shapes(tissues.AIR, flesh.sinuses())
    canvas.lay_shapes(tissues.AIR, flesh.airways())
