"""Labels in layers: each keeps its voxels, whatever overlaps what."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st

from tests.phantoms import geometries
from vizmed.errors import BudgetError, GeometryError, OptionError
from vizmed.geometry import Geometry
from vizmed.segmentation import LABEL_COLORS, MOST_LAYERS, Label, Segmentation, label_of, layered
from vizmed.volume import Volume

SHAPE = (4, 3, 5)
GRID = geometries(SHAPE)["rotated"]
WHOLE = (slice(0, 4), slice(0, 3), slice(0, 5))


def of_masks(masks: dict[int, np.ndarray], names: dict[int, str] | None = None) -> Segmentation:
    layers, layer_of = layered(GRID, max(masks), [(number, WHOLE, mask) for number, mask in sorted(masks.items())])
    labels = tuple(label_of(number, (names or {}).get(number, "")) for number in layer_of)
    return Segmentation(layers, labels, tuple(layer_of.values()))


def box(start: int, end: int) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[:, :, start:end] = True
    return mask


SPINE = of_masks({1: box(0, 1), 2: box(1, 3), 7: box(2, 4)}, {1: "rib_left", 2: "rib_right", 7: "Liver"})


def test_labels_that_overlap_lie_in_different_layers():
    assert SPINE.layer_of == (0, 0, 1)
    assert [layer.voxels.dtype for layer in SPINE.layers] == ["uint8", "uint8"]
    assert all(layer.voxels.flags.f_contiguous for layer in SPINE.layers)
    np.testing.assert_array_equal(np.unique(SPINE.layers[0].voxels), [0, 1, 2])


@settings(deadline=None)
@given(st.lists(numpy_st.arrays(bool, SHAPE), min_size=1, max_size=6))
def test_every_label_keeps_its_voxels(masks):
    segmentation = of_masks(dict(enumerate(masks, 1)))
    for number, mask in enumerate(masks, 1):
        np.testing.assert_array_equal(segmentation.mask(number), mask)
    # a label is only laid higher where it meets one below: the highest meets one in every layer
    assert len(segmentation.layers) <= len(masks)
    for place in range(1, len(segmentation.layers)):
        first = masks[segmentation.layer_of.index(place)]
        assert all(np.any(first & (layer.voxels > 0)) for layer in segmentation.layers[:place])


@settings(deadline=None)
@given(st.lists(numpy_st.arrays(bool, SHAPE), min_size=3, max_size=6), st.sets(st.integers(1, 3), min_size=1))
def test_only_and_merged_change_no_other_label(masks, chosen):
    segmentation = of_masks(dict(enumerate(masks, 1)))
    some = segmentation.only(chosen)
    assert [label.number for label in some.labels] == sorted(chosen)
    for number in chosen:
        np.testing.assert_array_equal(some.mask(number), masks[number - 1])
    merged = segmentation.merged(chosen, "one")
    union = np.logical_or.reduce([masks[number - 1] for number in chosen])
    np.testing.assert_array_equal(merged.mask(min(chosen)), union)
    for number in set(range(1, len(masks) + 1)) - chosen:
        np.testing.assert_array_equal(merged.mask(number), masks[number - 1])
    held = {int(value) for layer in merged.layers for value in np.unique(layer.voxels)} - {0}
    assert held <= {label.number for label in merged.labels}


def test_a_box_lies_where_it_says():
    inside = np.ones((1, 2, 1), dtype=bool)
    layers, layer_of = layered(GRID, 300, [(300, (slice(3, 4), slice(1, 3), slice(4, 5)), inside)])
    assert layers[0].voxels.dtype == np.uint16
    np.testing.assert_array_equal(np.argwhere(layers[0].voxels == 300), [[3, 1, 4], [3, 2, 4]])
    assert layer_of == {300: 0}


def test_too_many_layers_are_refused():
    everything = np.ones(SHAPE, dtype=bool)
    with pytest.raises(BudgetError, match="overlap"):
        layered(GRID, 99, [(number, WHOLE, everything) for number in range(1, MOST_LAYERS + 2)])


def test_a_grid_that_fits_no_memory_is_refused():
    with pytest.raises(BudgetError):
        layered(Geometry((1 << 20, 1 << 20, 1 << 20), np.eye(4)), 1, [])


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (7, [7]),
        ("liver", [7]),
        ("rib_*", [1, 2]),
        (["Liver", 1], [1, 7]),
        (["2", "*left", 2], [1, 2]),
        ([], []),
    ],
)
def test_labels_are_found_by_number_name_and_pattern(wanted, numbers):
    assert [label.number for label in SPINE.find(wanted)] == numbers


@pytest.mark.parametrize("wanted", [3, "spleen", "3", ["liver", "kidney*"], "\N{SUPERSCRIPT TWO}"])
def test_what_is_not_there_is_refused_with_a_list(wanted):
    with pytest.raises(OptionError, match="1 rib_left, 2 rib_right, 7 Liver"):
        SPINE.find(wanted)
    with pytest.raises(OptionError):
        SPINE.only(wanted)


def test_only_drops_layers_without_labels():
    kept = SPINE.only("liver")
    assert (len(kept.layers), kept.layer_of) == (1, (0,))
    assert kept.geometry is SPINE.geometry


def test_merged_takes_name_and_colour():
    merged = SPINE.merged(["rib_right", "liver"], "lump", "#010203")
    assert merged.labels == (SPINE.labels[0], Label(2, "lump", "#010203"))
    np.testing.assert_array_equal(merged.mask(2), box(1, 4))
    assert SPINE.merged([1, 2], "ribs").labels[0].color == SPINE.labels[0].color
    with pytest.raises(OptionError):
        SPINE.merged([], "nothing")


def test_everything_may_be_merged():
    (whole,) = SPINE.merged("*", "all").labels
    assert whole.name == "all"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("  left   lung ", "left lung"),
        ("a\x1b[31mb\u202ec", "a [31mb c"),
        ("\x00\n", "label-5"),
        ("", "label-5"),
        ("x" * 999, "x" * 64),
    ],
)
def test_names_are_printable_and_short(name, expected):
    assert label_of(5, name).name == expected


def test_colours_are_told_apart_and_stay():
    assert len(set(LABEL_COLORS)) == len(LABEL_COLORS)
    assert label_of(1).color == LABEL_COLORS[0]
    assert label_of(len(LABEL_COLORS) + 1).color == LABEL_COLORS[0]
    assert label_of(1, color="#ABCDEF").color == "#abcdef"


@pytest.mark.parametrize(
    ("number", "color"), [(0, "#000000"), (-1, "#000000"), (1, "red"), (1, "#12345"), (1, "#GGGGGG")]
)
def test_absurd_labels_are_refused(number, color):
    with pytest.raises(OptionError):
        Label(number, "x", color)


def volume(dtype: str = "uint8", kind: str = "rotated") -> Volume:
    return Volume(np.zeros(SHAPE, dtype=dtype), geometries(SHAPE)[kind])


@pytest.mark.parametrize(
    ("layers", "numbers", "layer_of", "error"),
    [
        ((), (), (), GeometryError),
        ((volume("int16"),), (), (), GeometryError),
        ((volume("float32"),), (), (), GeometryError),
        ((volume(), volume(kind="flipped")), (), (), GeometryError),
        ((volume(),), (300,), (0,), GeometryError),
        ((volume(),), (2, 1), (0, 0), OptionError),
        ((volume(),), (1, 1), (0, 0), OptionError),
        ((volume(),), (1,), (), OptionError),
        ((volume(),), (1,), (1,), OptionError),
    ],
)
def test_parts_that_do_not_fit_are_refused(layers, numbers, layer_of, error):
    with pytest.raises(error):
        Segmentation(layers, tuple(label_of(number) for number in numbers), layer_of)


def test_a_segmentation_may_be_empty():
    empty = Segmentation((volume(),), (), ())
    assert empty.find([]) == ()
    assert repr(empty) == "<Segmentation 4 x 3 x 5, 0 labels in 1 layers>"
    with pytest.raises(OptionError, match="There are none"):
        empty.mask(1)
