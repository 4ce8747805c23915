"""Volumes to surfaces: choose a level, extract, keep a piece, smooth, reduce, measure. Meshes are in LPS mm."""

from __future__ import annotations

from vizmed.surface.extract import extract_surface
from vizmed.surface.level import Level, choose_level
from vizmed.surface.measure import Measure, measure
from vizmed.surface.pieces import count_pieces, keep_largest, label_pieces
from vizmed.surface.simplify import reduce
from vizmed.surface.smooth import smooth

__all__ = [
    "Level",
    "Measure",
    "choose_level",
    "count_pieces",
    "extract_surface",
    "keep_largest",
    "label_pieces",
    "measure",
    "reduce",
    "smooth",
]
