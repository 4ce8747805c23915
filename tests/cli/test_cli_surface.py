from __future__ import annotations

import re
import struct

import numpy as np
import pytest

from tests.phantoms import ellipsoid
from vizmed.write import write_volume

CLOSING = re.compile(
    r"(?P<file>.*): (?P<triangles>[\d,]+) triangles, area (?P<area>[\d.,]+) cm², volume (?P<volume>[\d.,]+) cm³, "
    r"(?P<edge>closed|open along [\d,]+ edges?), (?P<pieces>[\d,]+) pieces?, (?P<seconds>[\d.]+) s"
)


def corners_of(path) -> np.ndarray:
    data = path.read_bytes()
    (count,) = struct.unpack_from("<I", data, 80)
    assert len(data) == 84 + 50 * count
    facets = np.frombuffer(data, np.dtype([("numbers", "<f4", (4, 3)), ("flag", "<u2")]), offset=84)
    return facets["numbers"][:, 1:].astype(float)


def enclosed(corners: np.ndarray) -> float:
    return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6)


def test_it_tells_the_level_and_the_measures(vizmed, secret_series, known, tmp_path):
    told = vizmed("surface", secret_series, "-o", tmp_path / "a.stl", "--level", 0)
    assert told.code == 0, told.err
    first, last = told.out.splitlines()
    assert first == "level 0 HU: level 0 as given"
    said = CLOSING.fullmatch(last)
    assert said, last
    assert said["file"] == str(tmp_path / "a.stl")
    corners = corners_of(tmp_path / "a.stl")
    assert int(said["triangles"].replace(",", "")) == len(corners)
    assert said["edge"] == "closed"
    assert said["pieces"] == "1"
    assert float(said["volume"]) == pytest.approx(enclosed(corners) / 1000, abs=0.06)
    _, centre = ellipsoid(known.geometry)
    assert (corners.min(axis=(0, 1)) + corners.max(axis=(0, 1))) / 2 == pytest.approx(centre, abs=8)


def test_bone_is_what_a_ct_shows_and_the_reason_is_told(vizmed, sample_folder, tmp_path):
    told = vizmed("surface", sample_folder, "-o", tmp_path / "a.stl")
    assert told.code == 0, told.err
    assert told.out.startswith("level 226 HU: preset bone: 226 HU (InVesalius: bone 226-3071)\n")
    assert "note:" not in told.out + told.err


def test_otsu_on_request(vizmed, sample_folder, tmp_path):
    told = vizmed("surface", sample_folder, "-o", tmp_path / "a.stl", "--level", "otsu")
    assert "Otsu as asked for: Otsu between" in told.out.splitlines()[0]


def test_skin_is_a_face(vizmed, sample_folder, tmp_path):
    told = vizmed("surface", sample_folder, "-o", tmp_path / "a.stl", "--preset", "skin")
    assert told.code == 0
    assert "face, by which a person can be known" in told.out + told.err


def test_options_do_what_they_say(vizmed, sample_folder, tmp_path):
    def surface(name, *options):
        told = vizmed("surface", sample_folder, "-o", tmp_path / name, *options)
        assert told.code == 0, told.err
        return CLOSING.fullmatch(told.out.splitlines()[-1])

    plain = surface("plain.stl")
    largest = surface("largest.stl", "--largest")
    reduced = surface("reduced.stl", "--reduce", 0.8)
    opened = surface("opened.stl", "--open-border")
    smooth = surface("smooth.stl", "--smooth", 20)
    assert plain["edge"] == "closed"
    assert int(plain["pieces"]) > 1
    assert largest["pieces"] == "1"
    many, few = (len(corners_of(tmp_path / name)) for name in ("plain.stl", "reduced.stl"))
    assert few == pytest.approx(0.2 * many, rel=0.1)
    assert int(reduced["triangles"].replace(",", "")) == few
    assert opened["edge"].startswith("open along")
    assert smooth["triangles"] == plain["triangles"]
    assert float(smooth["area"].replace(",", "")) < float(plain["area"].replace(",", ""))


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--level", "9000"), 1, "every|no voxel"),
        (("--preset", "bonne"), 2, "bone, compact-bone"),
        (("--preset", "bone", "--level", "10"), 2, "one of them"),
        (("--level", "high"), 2, "no number"),
        (("--level", "nan"), 2, "no number"),
        (("--reduce", "1.5"), 2, "1.5"),
        (("--smooth", "-3"), 2, "-3"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(vizmed, sample_folder, tmp_path, options, code, word):
    told = vizmed(
        "surface",
        sample_folder,
        "-o",
        tmp_path / "a.stl",
        *[f"{a}={b}" for a, b in zip(options[::2], options[1::2], strict=True)],
    )
    assert told.code == code
    assert re.search(word, told.err)
    assert told.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_tissue_needs_hounsfield_units(vizmed, known, tmp_path):
    from dataclasses import replace

    write_volume(replace(known, modality="MR", unit=None), tmp_path / "a.mha")
    told = vizmed("surface", tmp_path / "a.mha", "-o", tmp_path / "a.stl", "--preset", "bone")
    assert told.code == 2
    assert "Hounsfield" in told.err
    told = vizmed("surface", tmp_path / "a.mha", "-o", tmp_path / "a.stl")
    assert told.code == 0, told.err
    assert "Otsu" in told.out


def test_the_frame_is_said_in_the_file(vizmed, secret_series, tmp_path):
    vizmed("surface", secret_series, "-o", tmp_path / "a.stl", "--level", 0)
    assert b"SPACE=LPS" in (tmp_path / "a.stl").read_bytes()[:80]


def test_a_level_may_be_negative(vizmed, sample_folder, tmp_path):
    told = vizmed("surface", sample_folder, "-o", tmp_path / "a.stl", "--level", "-300")
    assert told.code == 0, told.err
    assert told.out.startswith("level -300 HU")
    assert "note: a surface of the skin" in told.err
