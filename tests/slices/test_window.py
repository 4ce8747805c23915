from __future__ import annotations

import numpy as np
import pytest

from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.presets import Window
from vizmed.slices import choose_window, to_gray
from vizmed.volume import Volume


def volume_of(values, **known):
    values = np.asarray(values)
    return Volume(values.reshape(-1, 1, 1), Geometry((values.size, 1, 1), np.eye(4)), **known)


class TestWindow:
    def test_auto_is_the_files_own(self):
        volume = volume_of([0, 1], unit="HU", window=(80.0, 35.0))
        assert choose_window(volume) == choose_window(volume, "file") == Window(80, 35)

    def test_auto_is_soft_tissue_for_hu(self):
        assert choose_window(volume_of([0, 1], unit="HU")) == Window(350, 50)

    def test_auto_is_percentiles_for_the_rest(self):
        found = choose_window(volume_of(np.arange(1001.0)))
        assert (found.low, found.high) == pytest.approx((5, 995))

    def test_percentiles_leave_out_padding_and_what_is_no_number(self):
        values = np.concatenate([np.arange(1001.0), np.full(5000, -2000.0), [np.nan, np.inf, -np.inf]])
        found = choose_window(volume_of(values, unit="HU", window=(1.0, 1.0), padding=-2000), "percentiles")
        assert (found.low, found.high) == pytest.approx((5, 995))

    def test_a_rare_value_is_still_a_window(self):
        found = choose_window(volume_of(np.array([0] * 999 + [50])))
        assert (found.low, found.high) == (0, 50)

    @pytest.mark.parametrize("values", [[7, 7, 7], [np.nan, np.nan]])
    def test_values_without_a_range_have_a_window_all_the_same(self, values):
        found = choose_window(volume_of(values))
        assert found.width > 0
        assert np.isfinite([found.width, found.level]).all()

    def test_by_name_and_by_numbers(self):
        volume = volume_of([0, 1], unit="HU", window=(80.0, 35.0))
        assert choose_window(volume, "bone") == Window(1000, 400)
        assert choose_window(volume, (350, 50)) == Window(350, 50)

    @pytest.mark.parametrize("wanted", [(0, 50), (-1, 50), (float("nan"), 50)])
    def test_a_window_has_a_width(self, wanted):
        with pytest.raises(OptionError, match="wide"):
            choose_window(volume_of([0, 1]), wanted)

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(OptionError, match="asks for no window"):
            choose_window(volume_of([0, 1], unit="HU"), "file")
        with pytest.raises(OptionError, match="in HU, and the volume is not"):
            choose_window(volume_of([0, 1], window=(80.0, 35.0)), "bone")
        with pytest.raises(OptionError, match=r"no window 'bonne'.*bone, lung"):
            choose_window(volume_of([0, 1], unit="HU"), "bonne")

    def test_percentiles_are_those_of_each_volume_though_they_are_kept(self):
        one, other = volume_of(np.arange(1001.0)), volume_of(np.arange(2001.0))
        assert [choose_window(volume).high for volume in (one, other, one, other)] == pytest.approx([995, 1990] * 2)


class TestToGray:
    window = Window(100, 50)

    def test_low_is_black_high_is_white(self):
        values = np.array([[-1000, 0, 25], [50, 100, 3000]], dtype=np.int16)
        gray = to_gray(values, self.window)
        assert gray.dtype == np.uint8
        assert gray.tolist() == [[0, 0, 64], [128, 255, 255]]
        assert to_gray(values, self.window, inverted=True).tolist() == [[255, 255, 191], [128, 0, 0]]

    @pytest.mark.parametrize("inverted", [False, True])
    def test_nan_is_black(self, inverted):
        assert to_gray(np.array([np.nan]), self.window, inverted=inverted).tolist() == [0]

    @pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "float64"])
    def test_no_type_overflows(self, dtype):
        ends = np.array([0, 100], dtype=dtype)
        assert to_gray(ends, self.window).tolist() == [0, 255]
        assert to_gray(ends, self.window, inverted=True).tolist() == [255, 0]

    def test_infinity_is_an_end(self):
        assert to_gray(np.array([-np.inf, np.inf]), self.window).tolist() == [0, 255]


@pytest.mark.parametrize("window", [(0.0, 40.0), (-80.0, 40.0), (np.inf, 40.0), (80.0, np.nan)])
def test_a_window_in_the_file_that_is_none_is_passed_over(window):
    volume = volume_of([0, 1000], unit="HU", window=window)
    assert choose_window(volume) == choose_window(volume_of([0, 1000], unit="HU"))
    with pytest.raises(OptionError, match="asks for no window"):
        choose_window(volume, "file")


def test_small_values_are_told_apart():
    values = np.linspace(0, 3e-9, 100)
    gray = to_gray(values, choose_window(volume_of(values)))
    assert np.ptp(gray.astype(int)) > 250
