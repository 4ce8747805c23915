from __future__ import annotations

import pytest

from vizmed.errors import OptionError
from vizmed.surface.printing.bed import doubtful_unit, fit_bed


@pytest.mark.parametrize(
    ("size", "fits", "turn", "scale"),
    [
        ((100, 100, 100), True, (0, 1, 2), 2.0),
        ((200, 250, 300), True, (0, 1, 2), 1.0),
        ((250, 200, 300), True, (1, 0, 2), 1.0),
        ((10, 290, 20), True, (1, 2, 0), 300 / 290),  # it only fits upright or along z: upright is the bed's z
        ((100, 100, 301), False, (0, 1, 2), 300 / 301),
        ((400, 100, 100), False, (1, 2, 0), 0.75),
        ((600, 500, 400), False, (2, 1, 0), 0.5),
        ((0, 0, 0), True, (0, 1, 2), float("inf")),
    ],
)
def test_a_box_on_a_bed(size, fits, turn, scale):
    bed = (200, 250, 300)
    found = fit_bed(size, bed)
    assert found.fits is fits
    if size == (10, 290, 20):
        assert found.turn[2] == 1  # nothing else is 290 mm long
    elif size == (400, 100, 100):
        assert found.turn[2] == 0
    else:
        assert found.turn == turn
    assert found.scale == pytest.approx(scale)


@pytest.mark.parametrize("size", [(120.0, 80.0, 40.0), (300.0, 10.0, 20.0), (55.0, 300.0, 280.0), (1000.0, 900.0, 5.0)])
def test_the_turn_and_the_scale_hold(size):
    bed = (256.0, 200.0, 310.0)
    found = fit_bed(size, bed)
    sides = [found.scale * size[axis] for axis in found.turn]
    assert sorted(found.turn) == [0, 1, 2]
    assert all(side <= room * 1.000001 for side, room in zip(sides, bed, strict=True))
    assert any(side == pytest.approx(room) for side, room in zip(sides, bed, strict=True))
    assert found.fits is (found.scale >= 1)


def test_of_turns_that_fit_the_lowest_is_taken():
    assert fit_bed((210, 100, 30), (200, 220, 300)).turn == (1, 0, 2)
    assert fit_bed((30, 100, 210), (100, 220, 200)).turn == (1, 2, 0)


def test_rounding_does_not_make_it_too_large():
    assert fit_bed((200.0000001, 10, 10), (200, 10, 10)).fits


@pytest.mark.parametrize("bed", [(0, 10, 10), (10, -1, 10)])
def test_a_bed_without_room_is_refused(bed):
    with pytest.raises(OptionError, match="above 0"):
        fit_bed((1, 1, 1), bed)


@pytest.mark.parametrize(
    ("size", "told"),
    [((0.15, 0.2, 0.24), "1000"), ((2.9, 1, 1), "metres"), ((5000, 400, 300), "25.4")],
)
def test_sizes_that_no_body_has(size, told):
    found = doubtful_unit(size)
    assert found is not None
    assert (found.code, found.severity) == ("unit-doubtful", "warning")
    assert told in str(found)


@pytest.mark.parametrize("size", [(3.0, 1, 1), (230, 180, 200), (400, 300, 1900), (0, 0, 0)])
def test_sizes_that_a_body_has(size):
    assert doubtful_unit(size) is None
