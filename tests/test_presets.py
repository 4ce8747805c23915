"""Every preset loads, and is one that can be drawn."""

from __future__ import annotations

import re
from itertools import pairwise
from math import inf, isfinite

import pytest

from vizmed.errors import OptionError
from vizmed.presets import Window, names, tissue, transfer_function, window

COLOR = re.compile(r"#[0-9a-f]{6}")


def test_there_are_some_of_each():
    assert {"bone", "lung", "brain", "soft-tissue"} <= set(names("windows"))
    assert {"bone", "skin"} <= set(names("tissues"))
    assert len(names("transfer_functions")) > 20
    assert "ct-bone" in names("transfer_functions")


@pytest.mark.parametrize("name", names("windows"))
def test_windows(name):
    found = window(name)
    assert found.width > 0
    assert found.high - found.low == found.width
    assert (found.low + found.high) / 2 == found.level
    assert -1024 < found.level < 3072


def test_a_window_has_width_before_level():
    assert window("lung") == Window(width=1500, level=-600)
    assert (window("bone").low, window("bone").high) == (-100, 900)


@pytest.mark.parametrize("name", names("tissues"))
def test_tissues(name):
    found = tissue(name)
    assert found.name == name
    assert found.level < found.high
    ends = [end for end in (found.level, found.high) if isfinite(end)]
    assert ends
    assert all(-1024 < end < 3072 for end in ends)
    assert COLOR.fullmatch(found.color)
    assert found.note
    hash(found)


def test_tissues_are_in_the_order_of_nature():
    levels = [tissue(name) for name in ("skin", "vessel", "bone", "compact-bone", "enamel")]
    assert [each.level for each in levels] == sorted(each.level for each in levels)
    assert all(each.high == inf for each in levels)
    ranges = [tissue(name) for name in ("airway", "fat", "muscle", "spongy-bone")]
    assert all(one.high < next_.level for one, next_ in pairwise(ranges))


def test_a_range_has_the_ends_of_its_source():
    assert (tissue("fat").level, tissue("fat").high) == (-205, -51)
    assert (tissue("airway").level, tissue("airway").high) == (-inf, -235)


@pytest.mark.parametrize("name", names("transfer_functions"))
def test_transfer_functions(name):
    found = transfer_function(name)
    assert found.name == name
    for points in (found.opacity, found.color, found.gradient_opacity):
        places = [place for place, _ in points]
        assert len(points) >= 2
        assert places == sorted(places)
    assert all(0 <= share <= 1 for _, share in (*found.opacity, *found.gradient_opacity))
    assert max(share for _, share in found.opacity) > 0
    assert all(COLOR.fullmatch(color) for _, color in found.color)
    assert isinstance(found.shade, bool)
    assert all(0 <= part <= 1 for part in (found.ambient, found.diffuse, found.specular))
    hash(found)  # frozen through and through


@pytest.mark.parametrize(
    ("find", "kind"), [(window, "window"), (tissue, "tissue"), (transfer_function, "transfer function")]
)
def test_an_unknown_name_is_refused_with_those_there_are(find, kind):
    with pytest.raises(OptionError, match=rf"there is no {kind} 'bnoe'.*There are .*bone"):
        find("bnoe")
