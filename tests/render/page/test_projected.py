from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import asymmetric
from tests.render.page.pages import scene, words_of
from tests.render.test_table import BODY_HU, TABLE_HU, patient
from vizmed.geometry import Geometry
from vizmed.render.page import draw_pane, pane_view, panes_of
from vizmed.render.page.projected import projected
from vizmed.render.study import Study
from vizmed.volume import Volume


def shown(volume: Volume, **options) -> np.ndarray:
    """Grey of the projection's pane, without words."""
    one = scene(annotated=False, **options)
    pane = panes_of(one, volume)[-1]
    assert pane.plane == "projection"
    return draw_pane(pane_view(one, Study(volume), pane), one, Study(volume))[..., 0]


def test_the_table_is_left_out_unless_it_is_asked_for():
    volume = patient()
    one = scene(annotated=False)
    view = pane_view(one, Study(volume), panes_of(one, volume)[-1])
    on_table, on_both = ((round(y), round(x)) for x, y in (view.to_pixel(np.array([x, 0, 50])) for x in (20.0, 140.0)))
    without, with_it = shown(volume), shown(volume, table=True)
    gray = round(255 * TABLE_HU / 1600)
    assert without[on_table] == 0
    assert with_it[on_table] == with_it[on_both] == gray
    assert without[on_both] == round(255 * BODY_HU / 1600)


def test_it_is_said_where_it_is_left_out(monkeypatch):
    volume = patient()
    said = [word for word, _ in words_of(monkeypatch, volume)]
    assert said.count("table left out") == 1
    again = [word for word, _ in words_of(monkeypatch, volume, table=True)]
    assert "table left out" not in again[len(said) :]
    none = [word for word, _ in words_of(monkeypatch, asymmetric(Geometry.from_axes((9, 9, 9))))]
    assert "table left out" not in none


def test_both_are_kept_for_the_next_page():
    volume = patient()
    assert projected(volume, table=True) is projected(volume, table=True)
    assert projected(volume, table=False) is projected(volume, table=False)
    assert not np.array_equal(projected(volume, table=True).values, projected(volume, table=False).values)


def head(unit: str | None, skull: float, *, inverted: bool = False) -> Volume:
    """A ball in air whose shell is the brightest: all that is projected of it is about that."""
    middle = (np.indices((48, 48, 48)) - 23.5) ** 2
    radius = np.sqrt(middle.sum(axis=0))
    noise = np.random.default_rng(1).normal(0, 0.03 * skull, radius.shape)
    values = np.where(radius < 20, 0.5 * skull, 0.0)
    values = np.where((radius < 20) & (radius > 17), skull, values) + np.where(radius < 20, noise, 0)
    values = (5000 - values) if inverted else values - (1000 if unit == "HU" and skull < 0 else 0)
    geometry = Geometry.from_axes((48, 48, 48), (4, 4, 4))
    return Volume(np.asfortranarray(values.astype(np.int16)), geometry, unit=unit, inverted=inverted)


@pytest.mark.parametrize(
    "volume",
    [head(None, 600), head(None, 90), head("HU", 1700), head(None, 600, inverted=True)],
    ids=["MR", "dim MR", "CT", "inverted"],
)
def test_a_head_is_not_all_white(volume):
    gray = shown(volume)
    body = gray[gray > 60]
    assert body.size > 1000
    assert (body == 255).mean() < 0.05
    assert np.percentile(body, 99) > 200


def test_of_ct_it_shows_as_much_as_ever():
    """Dim bone does not become white, and metal does not make bone black."""
    window = projected(head("HU", 700), table=False).window
    assert (window.low, window.high) == (0, 1600)
    metal = head("HU", 1000)
    voxels = np.array(metal.voxels, order="F")
    voxels[20:26, 20:26] = 20000
    window = projected(replace(metal, voxels=voxels), table=False).window
    assert (window.low, window.high) == (0, 2000)


def test_nothing_to_show_is_no_error():
    for volume in (
        Volume(np.zeros((9, 9, 9), np.int16, order="F"), Geometry.from_axes((9, 9, 9))),
        Volume(np.full((9, 9, 9), np.nan, np.float32, order="F"), Geometry.from_axes((9, 9, 9))),
        Volume(np.full((9, 9, 9), -1000, np.int16, order="F"), Geometry.from_axes((9, 9, 9)), unit="HU"),
    ):
        for inverted in (False, True):
            assert shown(replace(volume, inverted=inverted)).max() <= 255
