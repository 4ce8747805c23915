from __future__ import annotations

import numpy as np

from vizmed.surface.labels.joint import within_together


def bowl(n: int, turn: int) -> tuple[np.ndarray, np.ndarray]:
    """A third of a ball's inside: a curved sheet that ends at the z axis, turned around it by so many thirds."""
    up, out = np.meshgrid(np.linspace(-1, 1, n), np.linspace(0, 1, n), indexing="ij")
    swell = 0.3 * (1 - up**2) * np.sin(np.pi * out)
    flat = np.stack([10 * out * np.sqrt(np.maximum(1 - up**2, 0)), 10 * swell, 10 * up], axis=-1).reshape(-1, 3)
    angle = 2 * np.pi * turn / 3
    spin = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    row = np.arange(n * n).reshape(n, n)
    squares = np.stack([row[:-1, :-1], row[1:, :-1], row[1:, 1:], row[:-1, 1:]], axis=-1).reshape(-1, 4)
    return flat @ spin.T, squares[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)


def test_sheets_are_reduced_and_the_seam_where_they_meet_stays():
    n = 21
    sheets = [bowl(n, turn) for turn in range(3)]
    points = np.concatenate([places for places, _ in sheets]).astype(np.float32).round(4)
    cells = np.concatenate([triangles + which * n * n for which, (_, triangles) in enumerate(sheets)])
    places, number = np.unique(points, axis=0, return_inverse=True)
    triangles = number.ravel()[cells]
    border = np.repeat(np.arange(3), len(sheets[0][1]))
    real = (triangles != np.roll(triangles, 1, axis=1)).all(axis=1)  # at both poles, triangles are lines
    triangles, border = triangles[real], border[real]
    left, fewer, rows = within_together(places, triangles, border, 0.1)
    assert len(fewer) == len(rows) < 0.4 * len(triangles)
    seam = np.flatnonzero(np.abs(left[:, :2]).max(axis=1) == 0)
    assert left[seam, 2].tolist() == places[np.abs(places[:, :2]).max(axis=1) == 0, 2].tolist()
    for which in range(3):  # each sheet still ends at all of the seam
        assert set(seam) <= set(fewer[border[rows] == which].ravel())
