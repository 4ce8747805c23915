"""What each tissue looks like, in CT and in MR."""

from __future__ import annotations

from typing import NamedTuple


class Tissue(NamedTuple):
    """Values of one tissue.

    Parameters
    ----------
    ct : float
        Hounsfield units, as in common tables of CT numbers.
    mr : float
        T1-weighted intensity without a unit: fat brightest, white matter over grey over fluid, bone and air dark.
    """

    ct: float
    mr: float


AIR = Tissue(-1000, 12)
SKIN = Tissue(45, 420)
FAT = Tissue(-90, 1000)
MUSCLE = Tissue(52, 400)
COMPACT_BONE = Tissue(1300, 45)
SPONGY_BONE = Tissue(520, 560)
FACE_BONE = Tissue(1150, 50)
TOOTH = Tissue(2200, 25)
MUCOSA = Tissue(38, 460)
FLUID = Tissue(5, 150)
GREY_MATTER = Tissue(37, 500)
WHITE_MATTER = Tissue(30, 660)
VITREOUS = Tissue(15, 140)
LENS = Tissue(80, 280)
CALCIUM = Tissue(240, 90)
MARKER = Tissue(3071, 1400)
