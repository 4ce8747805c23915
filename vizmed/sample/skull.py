"""The bones: cranium, face, jaw, teeth and the top of the spine.

Coordinates are LPS mm around a point between the ear canals, in the Frankfurt plane: x to the Left, y to the back,
z up. The measures follow the common craniometric means of adults: cranial length 182, breadth 142, bizygomatic
breadth 132, orbit 40 x 34, nasal aperture 24 x 32, foramen magnum 35 x 30 mm.
"""

from __future__ import annotations

from vizmed.sample.shapes import Shape, Solid, arch, bent, brick, ellipsoid, half_space, pair, plate, tube

UPPER_TEETH_MM = (8.5, 6.7, 7.6, 7.0, 6.8, 10.0, 9.6)
"""Widths of the upper crowns from the midline to the back, after Wheeler's Dental Anatomy."""

LOWER_TEETH_MM = (5.6, 6.0, 6.9, 7.0, 7.1, 11.0, 10.5)
"""Widths of the lower crowns from the midline to the back."""

OCCLUSAL_SLOPE = 0.12
"""Rise of the plane of the bite towards the back."""


def cranium() -> Solid:
    """Make the outer table of the braincase, without the face."""
    vault = Solid()
    vault.add(ellipsoid((0, -5, 48), (65, 86, 66)))
    vault.add(ellipsoid((0, 20, 49), (68, 56, 58)), 14)
    vault.add(ellipsoid((0, -44, 52), (53, 47, 51)), 18)
    vault.add(ellipsoid((0, -60, 46), (45, 32, 26)), 14)
    vault.add(ellipsoid((0, 38, 20), (51, 42, 40)), 16)
    # the base rises from the foramen magnum to the root of the nose
    vault.carve(half_space((0, 0, -22), (0, 0.53, 0.85)), 14)
    vault.add(pair(ellipsoid((37, -20, 16), (27, 33, 22))), 12)
    vault.add(pair(ellipsoid((22, 32, -6), (25, 30, 21))), 14)
    return vault


def orbits(grown_mm: float = 0.0) -> list[Shape]:
    """Make both eye sockets: cones that open to the front and a little outwards."""
    cone = tube([(13, -44, 15), (26, -66, 16), (32, -84, 17), (40, -112, 16)], [4, 15, 18, 19], (1.06, 1, 0.94))
    return pair(cone.grown(grown_mm))


def nasal_cavity() -> list[Shape]:
    """Make the bony cavity of the nose, from the pear-shaped aperture to the choanae."""
    return [
        tube([(0, -118, -13), (0, -92, -13), (0, -45, -12)], [11, 11, 12]),
        tube([(0, -112, 2), (0, -90, 2), (0, -45, 4)], [6, 7, 9]),
    ]


def facial_bones() -> Solid:
    """Make the bones of the face and base, to be joined to the cranium."""
    bones = Solid()
    bones.add(orbits(2.6))
    for side in (1, -1):
        bones.carve(half_space((side * 15, -89, 16), (-0.53 * side, 0.85, 0)), 2)
    bones.add(pair(_orbital_rim()), 4)
    bones.add(ellipsoid((0, -48, 8), (20, 34, 22)), 6)
    for shape in _cheek():
        bones.add(pair(shape), 5)
    for shape in _upper_jaw():
        bones.add(pair(shape), 8)
    for shape in _nasal_bones():
        bones.add(pair(shape), 5)
    for shape in _base():
        bones.add(pair(shape), 6)
    return bones


def openings() -> Solid:
    """Make what is carved out of cranium and face together."""
    return Solid().carve(
        [
            *orbits(),
            *nasal_cavity(),
            tube([(0, 14, -70), (0, 14, -8)], [15.5, 15.5], (1, 1.12, 1)),
            *pair(tube([(80, 4, 0), (42, 0, 1)], [3.6, 3.2])),
        ],
        2,
    )


def _orbital_rim() -> Shape:
    return tube(*bent(
        [(11, -91, 29), (24, -91, 37), (41, -82, 36), (51, -69.5, 23), (51, -66, 8), (47, -72, -4), (33, -81, -6),
         (19, -88, -2), (12, -89, 10), (9, -92, 24)],
        [4, 4.5, 4.5, 4.2, 4.2, 5, 4.5, 4, 3, 3.5],
    ))  # fmt: skip


def _cheek() -> list[Shape]:
    return [
        ellipsoid((45, -71, -11), (13, 9, 10), yaw=0.4),
        tube(
            *bent([(51, -66, -9), (60, -54, -8), (65.5, -38, -5), (65, -24, -2), (59, -8, 3)], [6.5, 5.5, 5, 4.5, 6]),
            (0.5, 1, 1),
        ),
        tube([(45, -69, -14), (31, -66, -29)], [7, 5]),
        tube([(50, -64, 14), (47, -50, 14)], [7, 12], (0.6, 1, 1)),
    ]


def _upper_jaw() -> list[Shape]:
    return [
        ellipsoid((21, -66, -15), (20, 19, 22)),
        tube([(9, -92, 20), (13, -91, 0), (15, -90, -16), (11, -92, -27)], [4.5, 5.5, 5, 4.5]),
        arch((0, -50, -33 + 45 * OCCLUSAL_SLOPE), (25.5, 45), (4.8, 9.5), OCCLUSAL_SLOPE),
        ellipsoid((0, -66, -28), (23, 29, 4)),
    ]


def _nasal_bones() -> list[Shape]:
    return [
        ellipsoid((0, -84, 29), (12, 10, 15)),
        tube([(0, -92, 30), (0, -95, 18), (0, -101, 8)], [6, 5, 3.2]),
        tube([(5, -92, 26), (8.5, -95, 8)], [5, 4]),
        tube([(0, -100, -25), (0, -90, -27)], [1.5, 3.5]),
        tube([(5, -90, 38), (26, -88, 43)], [6, 5]),
    ]


def _base() -> list[Shape]:
    return [
        tube([(54, 15, 0), (53, 14, -16), (50, 11, -29)], [12, 9, 4.5]),
        tube([(44, 2, -20), (38, -8, -46)], [2.6, 1.2]),
        ellipsoid((15, 4, -27), (6, 10, 6)),
        tube([(13, -42, -4), (15, -46, -32)], [6, 5], (0.7, 1, 1)),
        tube([(0, -26, 6), (0, -2, -22)], [11, 7], (1.3, 1, 1)),
        ellipsoid((0, 74, 5), (12, 7, 10)),
    ]


def base_inside() -> list[Shape]:
    """Make the ridges that rise from the base into the braincase."""
    return [
        *pair(tube([(62, 6, 2), (38, -6, 2), (14, -22, -2)], [14, 9, 5])),
        *pair(tube([(8, -40, 24), (30, -52, 30), (52, -58, 36)], [6, 4.5, 5])),
        tube([(0, -34, 16), (0, -24, 6), (0, -4, -20)], [9, 9, 6], (1.3, 1, 1)),
        ellipsoid((0, -62, 20), (16, 34, 16)),
        *orbits(3.0),
    ]


def mandible() -> Solid:
    """Make the lower jaw."""
    jaw = Solid()
    jaw.add(arch((0, -22, -81 + 66 * 0.3), (46, 66), (5.5, 11), 0.3))
    jaw.add(arch((0, -40, -66 + 49 * 0.17), (28, 49), (5, 8), 0.17), 10)
    ramus = plate(
        [(-13, -52), (-24, -66), (-46, -66), (-53, -42), (-47, -12), (-43, -5), (-39, -6), (-32, -19), (-22, -17),
         (-17, -4), (-10, -4), (-9, -22)],
        51.5, 1.8, 0.085, 2.2,
    )  # fmt: skip
    jaw.add(pair(ramus), 8)
    jaw.add(pair(ellipsoid((51, -13, -5), (9, 4.5, 4.5))), 3)
    jaw.add(ellipsoid((0, -88, -84), (14, 7, 9)), 6)
    jaw.add(pair(ellipsoid((12, -86, -88), (7, 6, 5))), 6)
    jaw.carve(pair(ellipsoid((26, -84, -74), (3, 3, 3))), 2)
    return jaw


def teeth() -> list[Shape]:
    """Make the crowns and roots of both rows."""
    upper = _row(UPPER_TEETH_MM, (0, -51), (25.5, 44.5), -46.2, 1)
    lower = _row(LOWER_TEETH_MM, (0, -49), (24, 43.5), -56.4, -1)
    return upper + lower


def _row(
    widths: tuple[float, ...], centre: tuple[float, float], radii: tuple[float, float], z: float, up: int
) -> list[Shape]:
    shapes: list[Shape] = []
    walked = 0.0
    for n, width in enumerate(widths):
        x, y, yaw = _on_ellipse(radii, walked + width / 2)
        walked += width
        tall, deep = (4.6, 3.4) if n < 3 else (3.9, 4.4)
        here = (x, y + centre[1], z + OCCLUSAL_SLOPE * (y + radii[1]))
        shapes += pair(brick(here, (width / 2 - 0.35, deep, tall), yaw, 2.0))
        root = (x * 0.96, here[1] + 2, here[2] + up * 15)
        shapes += pair(tube([here, root], [width * 0.36, 1.2]))
    return shapes


def _on_ellipse(radii: tuple[float, float], arc_mm: float) -> tuple[float, float, float]:
    # walks from the front along the ellipse in steps of a tenth of a millimetre, with square roots only
    x, y = 0.0, -radii[1]
    for _ in range(round(arc_mm * 10)):
        gx, gy = x / radii[0] ** 2, y / radii[1] ** 2
        scale = 0.1 / (gx * gx + gy * gy) ** 0.5
        x, y = x - gy * scale, y + gx * scale
        back = ((x / radii[0]) ** 2 + (y / radii[1]) ** 2) ** -0.5
        x, y = x * back, y * back
    return x, y, -(x / radii[0] ** 2) / (y / radii[1] ** 2)


def spine() -> Solid:
    """Make the upper cervical vertebrae, the dens and the hyoid bone."""
    bones = Solid()
    ring = [(0, -11, -40), (12, -7, -39), (20, 6, -38), (17, 22, -38), (0, 32, -39)]
    bones.add(pair(tube(ring, [4, 4.5, 7, 4.5, 4.5])))
    bones.add(pair(tube([(20, 6, -38), (36, 8, -38)], [6, 4])), 3)
    bones.add(tube([(0, -3, -56), (0, -4, -35)], [6, 4.5]))
    for y, z in ((-2, -57), (-4, -75), (-3, -93), (0, -111)):
        _add_vertebra(bones, y, z)
    bones.add(pair(tube([(0, -46, -93), (12, -41, -92), (20, -22, -88)], [3.2, 2.8, 2])))
    return bones


def _add_vertebra(bones: Solid, y: float, z: float) -> None:
    bones.add(brick((0, y, z), (9.5, 8, 6.8), 0, 3))
    bones.add(pair(tube([(8, y + 3, z), (20, y + 9, z), (9, y + 24, z - 3), (0, y + 29, z - 5)], [4, 6, 3, 3])), 3)
    bones.add(pair(tube([(10, y - 1, z - 1), (25, y + 3, z - 3)], [3.5, 3])), 3)
    bones.add(tube([(0, y + 29, z - 5), (0, y + 41, z - 10)], [3, 3.2]), 3)
