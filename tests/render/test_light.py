from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.presets import Window, names, transfer_function
from vizmed.render.light import (
    adjusted,
    beyond_minimum,
    choose_transfer_function,
    projection_function,
    shown_values,
    tissue_range,
)
from vizmed.volume import Volume


def volume_of(values, **known):
    values = np.asarray(values)
    return Volume(values.reshape(-1, 1, 1), Geometry((values.size, 1, 1), np.eye(4)), **known)


@pytest.fixture
def ct():
    return volume_of(np.repeat([-1000, 0, 1000], 100).astype("int16"), unit="HU")


@pytest.fixture
def mr():
    """Air around 10, tissue from 900 to 1300."""
    return volume_of(np.concatenate([np.full(3000, 10.0), np.linspace(900, 1300, 3000)]))


def test_ct_takes_its_function_as_it_is(ct):
    assert choose_transfer_function(ct) == transfer_function("vizmed-ct")
    assert choose_transfer_function(ct, veil=True) == transfer_function("vizmed-ct-veil")
    assert choose_transfer_function(ct, "ct-bone") == transfer_function("ct-bone")
    assert choose_transfer_function(ct, "ct-bone", veil=True) == transfer_function("ct-bone")


def test_the_tissue_of_mr_lies_between_otsu_and_the_brightest(mr):
    low, high = tissue_range(mr)
    assert 10 < low < 900
    assert high == pytest.approx(1299, abs=1)


def test_mr_is_stretched_from_the_air_to_the_brightest(mr):
    low, high = tissue_range(mr)
    plain, fitted = transfer_function("vizmed-mr"), choose_transfer_function(mr)
    assert fitted.name == "vizmed-mr"
    for (place, opacity), (now, same) in zip(plain.opacity, fitted.opacity, strict=True):
        assert now == pytest.approx(low + place * (high - low))
        assert same == opacity
    assert fitted.color[0][0] == pytest.approx(low + plain.color[0][0] * (high - low))
    assert fitted.gradient_opacity[1][0] == pytest.approx(plain.gradient_opacity[1][0] * (high - low))


@pytest.mark.parametrize("factor", [0.001, 1, 1e5])
def test_the_scale_of_mr_does_not_matter(mr, factor):
    one, other = choose_transfer_function(mr), choose_transfer_function(volume_of(mr.voxels * factor))
    # Otsu's level is known to a bin of the histogram
    assert np.array(other.opacity)[:, 0] / factor == pytest.approx(np.array(one.opacity)[:, 0], abs=1)


def test_raw_presets_and_those_of_ct_are_fitted_where_there_is_no_hu(mr):
    low, high = tissue_range(mr)
    # mr-default changes its opacity from 20 to 1024
    fitted = dict(choose_transfer_function(mr, "mr-default").opacity)
    assert min(abs(place - low) for place in fitted) < 1e-6
    assert max(fitted) == pytest.approx(high)
    assert choose_transfer_function(mr, "ct-bone") != transfer_function("ct-bone")


@pytest.mark.parametrize("name", names("transfer_functions"))
def test_every_preset_shows_something_of_every_volume(name, ct, mr):
    for volume in (ct, mr):
        function = choose_transfer_function(volume, name)
        places = np.array(function.opacity)[:, 0]
        assert np.isfinite(places).all()
        assert (np.diff(places) >= 0).all()
        opacities = np.interp(np.linspace(*volume.value_range, 999), *np.array(function.opacity).T)
        assert 0 < opacities.max() <= 1


def test_an_unknown_preset_is_refused(ct):
    with pytest.raises(OptionError, match=r"no transfer function 'ct-bonne'.*ct-bone"):
        choose_transfer_function(ct, "ct-bonne")


def test_a_projection_is_a_grey_ramp(ct, mr):
    hounsfield = projection_function(ct)
    assert hounsfield.opacity == ((0, 0), (1600, 1))
    assert hounsfield.color == ((0, "#000000"), (1600, "#ffffff"))
    assert not hounsfield.shade
    assert tuple(place for place, _ in projection_function(mr).opacity) == tissue_range(mr)


@pytest.mark.parametrize("values", [np.full(10, 5.0), np.full(10, np.nan)], ids=["flat", "nan"])
def test_a_volume_without_range_does_not_break_it(values):
    assert tissue_range(volume_of(values)) == (0, 1)
    choose_transfer_function(volume_of(values))


def test_a_minimum_is_opaque_up_to_what_is_left_out(ct, mr):
    for volume in (ct, mr):
        function = projection_function(volume, "minip")
        (low, opaque), (high, still), (beyond, gone) = function.opacity
        assert (opaque, still, gone) == (1, 1, 0)
        assert low < high < beyond
        assert function.color == ((low, "#000000"), (high, "#ffffff"))


def test_a_window_is_the_ramp_of_a_projection(ct, mr):
    window = Window(400.0, 100.0)
    for volume in (ct, mr):
        largest, least = (projection_function(volume, blend, window=window) for blend in ("mip", "minip"))
        assert largest.color == least.color == ((-100, "#000000"), (300, "#ffffff"))
        assert largest.opacity[0] == (-100, 0)
        assert largest.opacity[1][1] == 1
        assert largest.opacity[1][0] < -60, "greys above are those of a slice"
        # what is brighter than the window is white, and what is left out of the body is not shown
        values = np.array([-2000, 100, 300, 1400, beyond_minimum(volume)])
        assert np.interp(values, *np.array(least.opacity).T).tolist() == [1, 1, 1, 1, 0]
        turned = projection_function(replace(volume, inverted=True), "mip", window=window)
        assert turned.color == ((-100, "#ffffff"), (300, "#000000"))


def test_a_shift_moves_and_opacity_multiplies_up_to_one():
    plain = transfer_function("ct-bone")
    moved = adjusted(plain, opacity=10, shift=-40)
    assert moved.opacity == tuple((value - 40, min(1, 10 * alpha)) for value, alpha in plain.opacity)
    assert moved.color == tuple((value - 40, color) for value, color in plain.color)
    assert adjusted(plain) == plain


def test_a_known_border_is_not_sought_again(mr):
    assert choose_transfer_function(mr, border=tissue_range(mr)) == choose_transfer_function(mr)
    assert choose_transfer_function(mr, border=(0.0, 1.0)) == transfer_function("vizmed-mr")


def test_what_a_function_shows_begins_and_ends_where_its_opacity_does():
    plain = transfer_function("ct-bone")
    assert shown_values(plain) == (-16.446, np.inf)
    assert shown_values(adjusted(plain, opacity=0)) == (np.inf, -np.inf)
    assert shown_values(replace(plain, opacity=((0, 0), (5, 1), (9, 0), (12, 0)))) == (0, 9)
    assert shown_values(replace(plain, opacity=((0, 1), (5, 0)))) == (-np.inf, 5)
