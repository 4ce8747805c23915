from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.render.test_curves import candidate, color, near
from vizmed.render.contact_sheet import WIDTH, draw_contact_sheet, pane_width
from vizmed.render.curves import CURVES, DEFAULT_COLOR, GROUND, SUGGESTED_COLOR, draw_curves
from vizmed.surface.sweep import Candidate


def swept(count: int = 10) -> list[Candidate]:
    """Candidates of which every third is suggested, and the fifth the default."""
    named = {n: "bone" if n == 4 else "skin, near mid of Otsu's three" for n in (*range(0, count, 3), 4)}
    return [candidate(100 * n, 5000 - 400 * n, named.get(n), default=n == 4) for n in range(count)]


def pictures(count: int, height: int = 200) -> list[np.ndarray]:
    """Plain pictures, each of its own grey."""
    width = pane_width(count)
    return [np.full((height, width, 3), 60 + 10 * n, np.uint8) for n in range(count)]


def panes(page: np.ndarray, shown: list[np.ndarray]) -> list[tuple[int, int]]:
    """Find the left upper corners of the pictures, by their greys; their frames are drawn over their edges."""
    places = []
    for one in shown:
        rows, columns = np.nonzero((page == one[0, 0]).all(axis=-1))
        places.append((int(columns.min()), int(rows.min())))
        area = (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1)
        assert area == pytest.approx(one.shape[0] * one.shape[1], rel=0.1)
    return places


@pytest.mark.parametrize(("count", "columns"), [(8, 4), (9, 5), (10, 5), (11, 6), (12, 6), (3, 4), (1, 4)])
def test_pictures_lie_in_rows_as_they_rise(count, columns):
    shown = pictures(count)
    page = draw_contact_sheet(swept(max(count, 5))[:count], shown, unit=None)
    assert page.shape[1] == WIDTH
    assert pane_width(count) * columns <= WIDTH < (pane_width(count) + 40) * columns
    places = panes(page, shown)
    order = sorted(range(count), key=lambda n: (places[n][1] // 20, places[n][0]))
    assert order == list(range(count))
    tops = {y // 20 for _, y in places}
    assert len(tops) == -(-count // columns)


def test_suggested_ones_are_framed_in_their_colour():
    found, shown = swept(), pictures(10)
    page = draw_contact_sheet(found, shown, unit="HU")
    for one, (x, y) in zip(found, panes(page, shown), strict=True):
        frame = page[y + 40, x - 2]
        wanted = DEFAULT_COLOR if one.is_default else SUGGESTED_COLOR
        assert (tuple(frame) == color(wanted)) == bool(one.why)
        caption = page[y + 200 : y + 200 + 90, x + 8 : x + pane_width(10) - 20]
        for marked in (DEFAULT_COLOR, SUGGESTED_COLOR):
            assert near(caption, marked).any() == (bool(one.why) and marked == wanted)
        assert near(caption, "#93a1b0").sum() > 200, "no facts"


def test_the_curves_stand_below():
    found = swept()
    page = draw_contact_sheet(found, pictures(10), unit="HU")
    drawn = np.asarray(draw_curves(found, WIDTH - 40, "HU"))
    assert np.array_equal(page[-20 - drawn.shape[0] : -20, 20:-20], drawn)
    for _, wanted, _ in CURVES:
        assert near(drawn, wanted).sum() > 1000


def test_without_pictures_there_are_the_curves_and_the_words():
    found = swept()
    bare = draw_contact_sheet(found, (), unit=None, notes=("one", "no OpenGL"))
    whole = draw_contact_sheet(found, pictures(10), unit=None, notes=("one", "no OpenGL"))
    assert bare.shape[0] < whole.shape[0] - 400
    below = draw_curves(found, WIDTH - 40, None).height + 20
    assert np.array_equal(bare[-below:], whole[-below:])
    assert np.array_equal(bare[:80], whole[:80])
    assert not np.array_equal(bare[:80], draw_contact_sheet(found, (), unit=None)[:80])


def test_nothing_is_cut_off_at_the_edges():
    long = "Surfaces seen from the front, the patient's right on the left; at one scale; " * 5
    page = draw_contact_sheet(swept(12), pictures(12), unit="HU", notes=(long, long))
    edge = np.concatenate([page[:, :15].reshape(-1, 3), page[:, -15:].reshape(-1, 3), page[:8].reshape(-1, 3)])
    assert (edge == color(GROUND)).all()


def test_every_word_fits_into_its_pane(monkeypatch):
    from vizmed.render import contact_sheet

    written = []
    monkeypatch.setattr(contact_sheet, "write", lambda _, *words, **looks: written.append((*words, looks)))
    large = [
        Candidate(-1234.5 + n, 9e7, 9e8, 123_456, 1.0, "compact-bone, near bright of Otsu's three, near Otsu's")
        for n in range(12)
    ]
    draw_contact_sheet(large, pictures(12), unit="HU")
    lines: dict[float, list[tuple[float, float]]] = {}
    for (x, y), text, size, looks in written:
        width = contact_sheet.text_width(text, size)
        left = x - width if looks.get("end") == "r" else x
        lines.setdefault(y, []).append((left, left + width))
    for spans in lines.values():
        spans.sort()
        assert all(before[1] < after[0] for before, after in pairwise(spans))
        assert spans[-1][1] <= WIDTH - 20


def test_the_same_sweep_gives_the_same_page():
    one, two = (draw_contact_sheet(swept(), pictures(10), unit="HU", notes=("a",)) for _ in range(2))
    assert np.array_equal(one, two)
