from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizmed.render.scale import Scale, scale_of


def test_a_plain_scale_begins_at_nothing():
    scale = scale_of([40.0, 100.0])
    assert (scale.low, scale.is_log) == (0.0, False)
    assert scale.share(0.0) == 0.0
    assert scale.share(100.0) == pytest.approx(2.5 * scale.share(40.0))
    assert 0.8 < scale.share(100.0) < 1.0


def test_what_is_steep_is_logarithmic_and_nothing_lies_at_its_foot():
    scale = scale_of([0.0, 1.0, 100.0, 10_000.0])
    assert scale.is_log
    low, middle, high = map(scale.share, (1.0, 100.0, 10_000.0))
    assert high - middle == pytest.approx(middle - low)
    assert 0 < low < 0.2
    assert 0.8 < high < 1
    assert scale.share(0.0) == 0.0


def test_no_values_have_a_scale_too():
    assert scale_of([]) == scale_of([0.0, 0.0]) == Scale(0.0, 1.0)


@given(
    values=st.lists(st.floats(1e-6, 1e12), min_size=1, max_size=12),
    about=st.integers(4, 10),
)
def test_ticks_are_round_and_on_the_scale(values, about):
    scale = scale_of(values)
    ticks = scale.ticks(about)
    assert 2 <= len(ticks) <= about + 2
    assert all(low < high for low, high in pairwise(ticks))
    assert all(-1e-6 <= scale.share(tick) <= 1 + 1e-6 for tick in ticks)
    for tick in ticks:
        assert float(f"{tick:.2g}") == pytest.approx(tick)


@pytest.mark.parametrize(("low", "high"), [(-785.0, 1553.0), (38.0, 480.0), (0.97, 1.02), (-3e-6, 1e-6)])
def test_a_scale_of_levels_has_ticks_evenly_apart(low, high):
    ticks = Scale(low, high).ticks(10)
    assert 4 <= len(ticks) <= 11
    steps = {f"{after - before:.6g}" for before, after in pairwise(ticks)}
    assert len(steps) == 1
    assert float(steps.pop().strip("0.e-+")[0]) in {1, 2, 5}
    assert low <= ticks[0]
    assert ticks[-1] <= high
