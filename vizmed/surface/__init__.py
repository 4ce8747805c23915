"""Volumes to surfaces: choose a level, extract, keep a piece, smooth, reduce, measure. Meshes are in LPS mm."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vizmed.surface.measure import Measure, measure
from vizmed.surface.pieces import count_pieces, drop_small, fill_cavities, keep_largest, label_pieces
from vizmed.surface.smooth import smooth

if TYPE_CHECKING:
    from vizmed.surface.distance import Comparison as Comparison
    from vizmed.surface.distance import Spread as Spread
    from vizmed.surface.distance import compare as compare
    from vizmed.surface.distance import distances as distances
    from vizmed.surface.inside.band import Band as Band
    from vizmed.surface.inside.level import Level as Level
    from vizmed.surface.inside.level import choose_level as choose_level
    from vizmed.surface.inside.region import Region as Region
    from vizmed.surface.inside.region import region_of as region_of
    from vizmed.surface.labels import LabelSurface as LabelSurface
    from vizmed.surface.labels import label_surfaces as label_surfaces
    from vizmed.surface.make import Made as Made
    from vizmed.surface.make import extract_surface as extract_surface
    from vizmed.surface.make import make_surface as make_surface
    from vizmed.surface.recipe import Recipe as Recipe
    from vizmed.surface.simplify import reduce as reduce
    from vizmed.surface.simplify import to_faces as to_faces
    from vizmed.surface.simplify import within as within

_HOMES = {
    "Band": "vizmed.surface.inside.band",
    "Comparison": "vizmed.surface.distance",
    "LabelSurface": "vizmed.surface.labels",
    "Level": "vizmed.surface.inside.level",
    "Made": "vizmed.surface.make",
    "Recipe": "vizmed.surface.recipe",
    "Region": "vizmed.surface.inside.region",
    "Spread": "vizmed.surface.distance",
    "choose_level": "vizmed.surface.inside.level",
    "compare": "vizmed.surface.distance",
    "distances": "vizmed.surface.distance",
    "extract_surface": "vizmed.surface.make",
    "label_surfaces": "vizmed.surface.labels",
    "make_surface": "vizmed.surface.make",
    "reduce": "vizmed.surface.simplify",
    "region_of": "vizmed.surface.inside.region",
    "to_faces": "vizmed.surface.simplify",
    "within": "vizmed.surface.simplify",
}
"""What is imported when it is asked for: nobody needs all of it. No module has the name of any of these."""

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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
