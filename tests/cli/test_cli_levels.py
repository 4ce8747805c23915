from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.cli.test_imports import HEAVY, imported_by
from tests.render.test_curves import near
from vizmed.read import read
from vizmed.render import gl, level_pictures
from vizmed.render.curves import CURVES, DEFAULT_COLOR, SUGGESTED_COLOR
from vizmed.surface import choose_level
from vizmed.surface import sweep as room
from vizmed.surface.sweep import sweep, thinned
from vizmed.write import write_volume


def rows_of(out: str) -> list[list[str]]:
    """Parse the cells of the table."""
    lines = [line for line in out.splitlines() if line.startswith(("│", "┃"))]
    return [[cell.strip() for cell in line.strip("│┃").replace("┃", "│").split("│")] for line in lines]


@pytest.fixture
def without_opengl(monkeypatch):
    monkeypatch.setattr(gl, "_started", {})
    monkeypatch.setattr(gl, "_ATTEMPT", "raise SystemExit(1)")
    gl._find.cache_clear()
    yield
    for attempt in gl._started.values():
        attempt.communicate()
    gl._find.cache_clear()


def test_the_table_says_what_each_level_gives(vizmed, sample_folder):
    told = vizmed("levels", sample_folder)
    assert told.code == 0, told.err
    titles, *rows = rows_of(told.out)
    assert titles == ["level, HU", "area, cm²", "volume, cm³", "pieces", "largest", "suggested"]
    found = sweep(read(sample_folder))
    assert len(rows) == len(found) == 10
    for (level, area, volume, pieces, largest, suggested), one in zip(rows, found, strict=True):
        assert float(level) == one.level
        assert float(area.replace(",", "")) == pytest.approx(one.area_mm2 / 100, abs=0.051)
        assert float(volume.replace(",", "")) == pytest.approx(one.volume_mm3 / 1000, abs=0.051)
        assert int(pieces.replace(",", "")) == one.pieces
        assert float(largest.rstrip("%")) == pytest.approx(100 * one.largest_share, abs=0.051)
        assert suggested.removesuffix(" (the default)") == (one.why or "")
    (default,) = [row for row in rows if row[-1].endswith("(the default)")]
    assert float(default[0]) == choose_level(read(sample_folder)).value == 226
    assert "levels in HU: a voxel of that value or more is inside" in told.out
    assert "measured on" not in told.out


def test_without_a_unit_that_is_said(vizmed, known, tmp_path):
    write_volume(replace(known, modality="MR", unit=None), tmp_path / "a.mha")
    told = vizmed("levels", tmp_path / "a.mha", "--count", 12)
    assert told.code == 0, told.err
    titles, *rows = rows_of(told.out)
    assert titles[0] == "level"
    assert len(rows) == 12
    assert "no absolute scale" in told.out
    assert "dark of Otsu's three" in told.out


def test_json_holds_the_same(vizmed, secret_series, names_nobody):
    told = vizmed("levels", secret_series, "--json")
    assert (told.code, told.err) == (0, "")
    names_nobody(told.out)
    plain = json.loads(told.out)
    assert plain["unit"] == "HU"
    assert plain["measured_every"] == [1, 1, 1]
    assert sum(one["is_default"] for one in plain["levels"]) == 1
    assert plain["levels"] == [asdict(one) for one in sweep(read(secret_series))]


def test_thinning_is_said(vizmed, sample_folder, monkeypatch):
    monkeypatch.setattr(room, "thinned", lambda volume: thinned(volume, 30_000))
    told = vizmed("levels", sample_folder)
    assert told.code == 0
    steps = np.array(read(sample_folder).shape) // thinned(read(sample_folder), 30_000).shape
    assert f"measured on one of {' x '.join(map(str, steps))} voxels" in told.out
    assert json.loads(vizmed("levels", sample_folder, "--json").out)["measured_every"] == steps.tolist()


@pytest.mark.gl
def test_the_picture_has_surfaces_curves_and_frames(vizmed, sample_folder, tmp_path):
    told = vizmed("levels", sample_folder, "-o", tmp_path / "a.png", "--count", 8)
    assert told.code == 0, told.err
    with Image.open(tmp_path / "a.png") as picture:
        page = np.asarray(picture)
        assert not picture.info, "nothing but the picture"
    assert told.out.endswith(f"{tmp_path / 'a.png'}: {page.shape[1]} x {page.shape[0]} pixels\n")
    for color in (DEFAULT_COLOR, SUGGESTED_COLOR, *(color for _, color, _ in CURVES)):
        assert near(page, color).sum() > 500, color
    warm = (page[..., 0] > 120) & (page[..., 0].astype(int) > page[..., 2].astype(int) + 10) & (page[..., 2] > 80)
    assert warm.mean() > 0.03, "the surfaces"


def test_without_opengl_the_curves_are_drawn_and_a_warning_given(vizmed, sample_folder, tmp_path, without_opengl):
    told = vizmed("levels", sample_folder, "-o", tmp_path / "a.png", "-q")
    assert told.code == 0
    assert told.err.startswith("warning: OpenGL cannot be used here: the picture has the curves alone")
    assert "libegl1" in told.err
    with Image.open(tmp_path / "a.png") as picture:
        page = np.asarray(picture)
    assert page.shape[0] < 700
    assert all(near(page, color).sum() > 500 for _, color, _ in CURVES)


def test_nothing_in_the_picture_names_the_patient(vizmed, secret_series, tmp_path, names_nobody, monkeypatch):
    drawn = []
    write = ImageDraw.ImageDraw.text
    monkeypatch.setattr(
        ImageDraw.ImageDraw, "text", lambda pen, xy, text, *a, **o: (drawn.append(text), write(pen, xy, text, *a, **o))
    )
    monkeypatch.setattr(level_pictures, "draw_levels", lambda *_, **asked: (drawn.append(asked["camera"]), ())[1])
    told = vizmed("levels", secret_series, "-o", tmp_path / "a.png", "--camera", "L")
    assert told.code == 0, told.err
    assert drawn[0] == "L"
    assert any("voxels of" in words for words in drawn)
    assert any("seen from the patient's left" in words for words in drawn)
    names_nobody(" ".join(drawn) + told.out + told.err)
    names_nobody((tmp_path / "a.png").read_bytes())


@pytest.mark.parametrize(
    ("words", "code", "found"),
    [
        (("--count", "7"), 2, "8 to 12"),
        (("--count", "13"), 2, "8 to 12"),
        (("-o", "a.jpg"), 1, ".png"),
        (("-o", "missing/a.png"), 1, "folder does not exist"),
        (("-o", "there.png"), 1, "--overwrite"),
        (("--camera", "X"), 2, "camera"),
    ],
)
def test_what_cannot_be_is_refused_first(vizmed, tmp_path, monkeypatch, words, code, found):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").write_bytes(b"")
    told = vizmed("levels", tmp_path / "no such scan", *words)
    assert told.code == code, told
    assert found in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]


def test_a_scan_of_one_value_has_no_levels(vizmed, known, tmp_path):
    write_volume(replace(known, voxels=np.full_like(known.voxels, 5)), tmp_path / "a.mha")
    told = vizmed("levels", tmp_path / "a.mha")
    assert told.code == 1
    assert "every voxel is 5" in told.err


def test_help_imports_nothing_heavy():
    assert imported_by("levels", "--help") & HEAVY == set()
