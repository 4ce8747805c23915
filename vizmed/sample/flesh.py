"""The soft parts: skin and face, brain, eyes, airways. Coordinates as in `vizmed.sample.skull`."""

from __future__ import annotations

from vizmed.sample.shapes import Shape, Solid, bent, ellipsoid, pair, tube

SCALP_MM = 6.0
"""Thickness of the scalp over the cranium."""


def skin() -> Solid:
    """Make all of the head's surface below the scalp, to be joined to the cranium grown by ``SCALP_MM``."""
    face = Solid()
    face.add(tube([(0, 6, -20), (0, 6, -60), (0, 16, -150)], [52, 53, 56], (1, 1.04, 1)), 24)
    face.add(ellipsoid((0, -46, -6), (67, 51, 44)), 18)
    face.add(pair(tube([(50, -12, -14), (45, -26, -56), (31, -60, -73), (8, -80, -79)], [15, 13, 14, 15])), 22)
    face.add(ellipsoid((0, -62, -40), (38, 45, 36)), 14)
    face.add(pair(ellipsoid((37, -58, -36), (19, 25, 24))), 16)
    face.add(ellipsoid((0, -48, -72), (38, 40, 20)), 14)
    for shape, blend_mm in _features():
        face.add(shape, blend_mm)
    face.carve(pair(ellipsoid((29, -107, 15), (15, 16, 11))), 12)
    face.add(pair(ellipsoid((32, -79, 16), (15.5, 13.6, 12.5))), 6)
    face.add(tube([(0, -92, 20), (0, -98, -2), (0, -98, -12)], [8, 13, 16]), 12)
    face.add(_nose(), 9)
    face.add(pair(ellipsoid((11.5, -106, -14), (6.5, 9, 7))), 7)
    face.carve(pair(tube([(5.5, -112, -26), (6, -113, -17), (5, -104, -10)], [3, 3.6, 3.2])), 1.5)
    _add_lips(face)
    _add_ears(face)
    # the slits between the lids and between the lips
    face.carve(pair(tube([(19, -87, 14), (26, -91.5, 13), (34, -92, 12.6), (44, -87.5, 14)], [1, 1.6, 1.6, 1])), 1)
    return face


def _features() -> list[tuple[list[Shape], float]]:
    return [
        (pair(tube([(7, -94.5, 36), (25, -92.5, 40), (43, -82, 38)], [6.5, 7, 6])), 13),
        (pair(ellipsoid((45, -76, -6), (17, 14, 13))), 14),
        (pair(ellipsoid((30, -80, -26), (21, 15, 22))), 16),
        ([ellipsoid((0, -90, -84), (17, 13, 13))], 12),
        (pair(ellipsoid((51, -32, -36), (11, 22, 26))), 18),
        (pair(tube([(43, -80, 36), (52, -67, 22), (50, -69, 2)], [8, 8, 9])), 18),
        (pair(tube([(52, 20, -24), (30, -18, -100), (22, -26, -150)], [10, 10, 9])), 12),
        ([ellipsoid((0, -39, -112), (11, 12, 16))], 12),
    ]


def _nose() -> list[Shape]:
    return [
        tube([(0, -98, 30), (0, -104, 14), (0, -113, -1), (0, -117, -10)], [6, 6, 7, 8.5]),
        tube([(0, -117, -12), (0, -105, -21)], [6, 5]),
    ]


def _add_lips(face: Solid) -> None:
    upper = tube(*bent([(0, -105.5, -43.5), (6, -105.5, -42.8), (14, -101, -45), (22, -94, -48)], [4.6, 4.6, 3.6, 1.6]))
    lower = tube(*bent([(0, -103.5, -52.5), (8, -102.5, -52.5), (16, -98, -51), (22, -93, -48.5)], [5.4, 5, 3.6, 1.6]))
    face.add(pair(upper), 5)
    face.add(pair(lower), 5)
    face.carve(tube([(0, -113, -26), (0, -114, -38)], [1.5, 3]), 4)
    face.carve(
        pair(tube([(0, -110, -48), (9, -108, -48), (17, -102, -48.4), (23, -96, -49.5)], [1.3, 1.3, 1.2, 1])), 1.5
    )
    face.carve(tube([(-11, -108, -66), (0, -111, -66), (11, -108, -66)], [3, 4, 3]), 8)


def _add_ears(face: Solid) -> None:
    dish = ellipsoid((77, 12, 7), (5, 17, 29), yaw=0.25, pitch=-0.15)
    rim = tube(
        *bent(
            [
                (74, -3, 8),
                (77, -2, 23),
                (81, 6, 33),
                (84, 18, 34),
                (85, 27, 26),
                (84, 28, 14),
                (81, 22, 0),
                (78, 12, -12),
                (75.5, 4, -19),
            ],
            [3, 3, 3.2, 3.3, 3.3, 3.3, 3, 3.2, 4.6],
        )
    )
    inner = tube([(81, 12, 22), (82, 18, 10), (79, 13, -5)], [2.5, 3, 2.8])
    face.add(pair(dish), 6)
    face.carve(pair(ellipsoid((83, 12, 10), (6, 12, 20), yaw=0.25, pitch=-0.15)), 4)
    face.add(pair(rim), 3)
    face.add(pair(inner), 3)
    face.carve(pair(ellipsoid((80, 6, 1), (9, 8, 9))), 3)
    face.add(pair(ellipsoid((76, -4, 0), (4, 3.5, 6))), 3)


def airways() -> list[Shape]:
    """Make the air inside of the head below the nose: throat, windpipe and the ear canals."""
    return [
        tube([(0, -48, -12), (0, -34, -14), (0, -26, -30), (0, -24, -60), (0, -26, -84), (0, -24, -150)],
             [10, 9, 7, 7.5, 7, 7.5]),
        *pair(tube([(84, 5, 0), (48, 0, 1)], [2.8, 2.8])),
        *pair(tube([(6, -113, -24), (6, -111, -16), (6, -96, -14)], [3, 3, 4])),
    ]  # fmt: skip


def sinuses() -> list[Shape]:
    """Make the air cells of the skull: frontal, ethmoid, sphenoid and maxillary sinuses."""
    return [
        *pair(ellipsoid((9, -89.5, 38), (8, 3.4, 8))),
        *pair(tube([(4.4, -75, 16), (4.4, -58, 14)], [3, 3.2])),
        *pair(ellipsoid((7, -38, 9), (5.5, 8, 7))),
        *pair(ellipsoid((26, -64, -13), (11, 15, 13))),
    ]


def turbinates() -> list[Shape]:
    """Make the septum and the shells of mucosa that fill most of the nasal cavity."""
    return [
        tube([(0, -96, -8), (0, -50, -8)], [16, 16], (0.09, 1, 1)),
        *pair(tube([(7.5, -88, -17), (7.5, -52, -16)], [4, 4.5], (0.8, 1, 1.2))),
        *pair(tube([(6.5, -82, -4), (6.5, -52, -3)], [3.2, 3.6], (0.7, 1, 1.2))),
    ]


def tongue() -> list[Shape]:
    """Make the tongue."""
    return [ellipsoid((0, -62, -50), (21, 27, 17)), ellipsoid((0, -44, -60), (19, 18, 24))]


def globes() -> list[Shape]:
    """Make both eyeballs."""
    return pair(ellipsoid((32, -79, 16), (12, 12, 12)))


def lenses() -> list[Shape]:
    """Make the lenses of both eyes."""
    return pair(ellipsoid((32, -86.5, 16), (4.6, 2.2, 4.6)))


def eye_muscles() -> list[Shape]:
    """Make the straight muscles and the optic nerve behind each eye."""
    apex = (15, -47, 15)
    shapes: list[Shape] = []
    for dx, dz in ((10.5, 0), (-10.5, 0), (0, 10.5), (0, -10.5)):
        belly = (23.5 + 0.75 * dx, -62, 15.5 + 0.75 * dz)
        shapes += pair(tube([apex, belly, (32 + 1.05 * dx, -80, 16 + 1.05 * dz)], [1.2, 2.2, 0.8]))
    shapes += pair(tube([(12, -42, 15), (24, -58, 15), (31, -68, 16)], [2.2, 2, 2]))
    return shapes


def brain_stem() -> list[Shape]:
    """Make the brain stem and the spinal cord."""
    return [tube([(0, -6, 22), (0, -3, 6), (0, 4, -14), (0, 13, -32), (0, 15, -70), (0, 18, -150)],
                 [13, 14, 9, 6, 5.5, 5.5])]  # fmt: skip


def spinal_canal() -> Shape:
    """Make the fluid around the spinal cord."""
    return tube([(0, 13, -16), (0, 13, -32), (0, 14, -70), (0, 18, -150)], [14, 10, 8, 8])


def ventricles() -> list[Shape]:
    """Make the ventricles and the cisterns in the middle of the brain."""
    return [
        *pair(tube([(5, -40, 48), (10, -20, 56), (12, 8, 58), (19, 30, 50), (21, 48, 44)], [4, 4.5, 4.5, 6, 3])),
        *pair(tube([(19, 30, 50), (28, 18, 30), (31, -4, 20)], [6, 4, 2.5])),
        tube([(0, -18, 36), (0, 6, 34)], [7, 7], (0.3, 1, 1)),
        tube([(0, 6, 32), (0, 14, 12)], [1.6, 1.6]),
        ellipsoid((0, 19, 2), (7, 5, 9)),
    ]


def deep_nuclei() -> list[Shape]:
    """Make thalamus, lentiform nucleus and caudate head."""
    return [
        *pair(ellipsoid((11, 0, 40), (8, 14, 9))),
        *pair(ellipsoid((24, -12, 38), (7, 17, 10))),
        *pair(ellipsoid((12, -28, 46), (5.5, 9, 9))),
    ]


def calcification() -> Shape:
    """Make a calcified spot in the LEFT lentiform nucleus: nature's own mark of a side."""
    return ellipsoid((24, -10, 38), (5, 7, 4))


def marker() -> list[Shape]:
    """Make a lead "L" that hangs outside of the skin at the patient's LEFT temple."""
    return [
        tube([(84, -44, 66), (85, -44, 44)], [2.4, 2.4]),
        tube([(85, -44, 44), (85, -30, 44)], [2.4, 2.4]),
    ]
