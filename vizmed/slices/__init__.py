"""Slices through a volume: a picture's worth of voxels, where it lies, and the letters of its edges.

Axial, coronal and sagittal slices follow the acquired grid, so that every pixel is a voxel and nothing is interpolated;
an oblique scan gives the nearest planes, and its letters say so. Planes across any other direction are interpolated.
Slices are laid the radiological way: seen from the feet, from the front and from the left, with the patient's right on
the left of the picture.
"""

from vizmed.slices.crossing import crossing, is_in_scan, step
from vizmed.slices.laying import middle
from vizmed.slices.section import plane_through
from vizmed.slices.slice import Slice, edge_letters
from vizmed.slices.take import take_slice
from vizmed.slices.window import SOFT_TISSUE, choose_window, to_gray

__all__ = [
    "SOFT_TISSUE",
    "Slice",
    "choose_window",
    "crossing",
    "edge_letters",
    "is_in_scan",
    "middle",
    "plane_through",
    "step",
    "take_slice",
    "to_gray",
]
