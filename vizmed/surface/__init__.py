"""Volumes to surfaces: choose a level, extract, keep a piece, smooth, reduce, measure. Meshes are in LPS mm."""

from __future__ import annotations

from vizmed.surface.distance import Comparison, Spread, compare, distances
from vizmed.surface.inside.band import Band
from vizmed.surface.inside.level import Level, choose_level
from vizmed.surface.inside.region import Region, region_of
from vizmed.surface.labels import LabelSurface, label_surfaces
from vizmed.surface.make import Made, extract_surface, make_surface
from vizmed.surface.measure import Measure, measure
from vizmed.surface.pieces import count_pieces, drop_small, fill_cavities, keep_largest, label_pieces
from vizmed.surface.recipe import Recipe
from vizmed.surface.simplify import reduce, to_faces, within
from vizmed.surface.smooth import smooth

__all__ = [
    "Band",
    "Comparison",
    "LabelSurface",
    "Level",
    "Made",
    "Measure",
    "Recipe",
    "Region",
    "Spread",
    "choose_level",
    "compare",
    "count_pieces",
    "distances",
    "drop_small",
    "extract_surface",
    "fill_cavities",
    "keep_largest",
    "label_pieces",
    "label_surfaces",
    "make_surface",
    "measure",
    "reduce",
    "region_of",
    "smooth",
    "to_faces",
    "within",
]
