from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import axis_orders
from vizmed.geometry import Geometry
from vizmed.presets import Window
from vizmed.render.trim import tissue_corners
from vizmed.volume import Volume

WINDOW = Window(400, 40)
LOW, HIGH = np.array([20.0, 34.0, 12.0]), np.array([44.0, 52.0, 40.0])
"""Of a block of tissue, in mm."""


def block(code: str = "LPS", *, unit: str | None = "HU", table: bool = False, inverted: bool = False) -> Volume:
    """Water in air, on a table of 1 mm tops below it where asked for."""
    direction = axis_orders()[code]
    shape = np.array([64, 72, 48])
    geometry = Geometry.from_axes(np.abs(direction.T @ shape).astype(int), (1.0, 1.0, 1.0), direction=direction)
    corner = geometry.to_world([[0, 0, 0], np.array(geometry.shape) - 1]).min(axis=0)
    geometry = Geometry.from_axes(geometry.shape, (1, 1, 1), -corner, direction)
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    place = geometry.to_world(ijk)
    tissue = ((place >= LOW) & (place <= HIGH)).all(axis=-1)
    values = np.where(tissue, 30, -1000)
    if table:
        values[(place[..., 1] >= 60) & (place[..., 1] < 62)] = 200
    values = -values if inverted else values
    return Volume(np.asfortranarray(values.astype(np.int16)), geometry, unit=unit, inverted=inverted)


@pytest.mark.parametrize("code", ["LPS", "RAS", "SLP"])
@pytest.mark.parametrize("unit", ["HU", None])
def test_the_box_holds_all_tissue_and_little_more(code, unit):
    corners = tissue_corners(block(code, unit=unit), WINDOW)
    low, high = corners.min(axis=0), corners.max(axis=0)
    assert (low <= LOW - 0.5).all()
    assert (high >= HIGH + 0.5).all()
    scan_low, scan_high = np.full(3, -0.5), np.array([63.5, 71.5, 47.5])
    assert (low >= np.maximum(LOW - 12, scan_low - 1e-9)).all()
    assert (high <= np.minimum(HIGH + 12, scan_high + 1e-9)).all()


def test_a_table_is_left_out():
    with_table = tissue_corners(block(table=True), WINDOW)
    assert with_table.max(axis=0)[1] < 66
    assert (with_table.max(axis=0) >= HIGH + 0.5).all()


def test_where_there_is_nothing_nothing_is_told():
    air = block()
    empty = Volume(np.full_like(air.voxels, -1000), air.geometry, unit="HU")
    assert tissue_corners(empty, WINDOW) is None
    assert tissue_corners(Volume(empty.voxels, air.geometry), WINDOW) is None


def test_what_is_shown_black_is_black_where_values_are_inverted():
    corners = tissue_corners(block(unit=None, inverted=True), Window(400, -40))
    assert (corners.min(axis=0) <= LOW).all()
    assert (corners.min(axis=0) >= LOW - 12).all()
