from __future__ import annotations

import re
import struct
from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import ellipsoid
from vizmed.errors import GeometryError, WriteError
from vizmed.read.meshes import read_mesh
from vizmed.surface import measure
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
    first, apart, last = told.out.splitlines()
    assert first == "level 0 HU: level 0 as given"
    assert re.fullmatch(r"off the raw surface: 0\.\d{3} mm on average, 0\.\d{3} mm at 95 %, 0\.\d{3} mm at most", apart)
    assert float(apart.split()[-4]) <= 0.1 * known.geometry.spacing.min()
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
    assert re.fullmatch(r"note: [\d,]+ of [\d,]+ triangles left \(\d+ %\)\n", told.err)


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

    plain = surface("plain.stl", "--reduce", 0)
    default = surface("default.stl")
    exact = surface("exact.stl", "--max-error", "0.01mm")
    some = surface("some.stl", "--faces", 2000)
    largest = surface("largest.stl", "--largest")
    reduced = surface("reduced.stl", "--reduce", 0.8)
    opened = surface("opened.stl", "--open-border")
    smooth = surface("smooth.stl", "--smooth", 20, "--max-error", 0)
    kept = surface("kept.stl", "--keep", 2, "--fill")
    counts = [int(each["triangles"].replace(",", "")) for each in (some, default, exact, plain)]
    assert counts == sorted(set(counts))
    assert 1600 <= counts[0] <= 2000
    assert int(kept["pieces"]) == 2
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
        (("--max-error", "-1"), 2, "positive number of mm"),
        (("--max-error", "thin"), 2, "no length"),
        (("--faces", "3"), 2, "from 4 up"),
        (("--keep", "0"), 2, "pieces to keep"),
        (("--range", "10"), 2, "no range"),
        (("--range", "9000:9999"), 1, "no voxel|every"),
        (("--mask-label", "3"), 2, "of a mask"),
        (("--median", "-1"), 2, "median"),
        (("--frame", "mni"), 2, "mni"),
        (("--report", "report.txt"), 1, "json"),
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


def test_options_that_exclude_each_other_are_refused(vizmed, sample_folder, tmp_path):
    for options, word in (
        (("--largest", "--keep", "2"), "--largest"),
        (("--faces", "100", "--reduce", "0.5"), "one of them"),
        (("-o", tmp_path / "a.stl"), "twice"),
        (("-o", tmp_path / "a.glb", "--ascii"), "--ascii"),
    ):
        told = vizmed("surface", sample_folder, "-o", tmp_path / "a.stl", *options)
        assert told.code == 2
        assert word in told.err
    assert list(tmp_path.iterdir()) == []


def test_several_files_hold_the_same_surface(vizmed, sample_folder, tmp_path):
    files = [tmp_path / f"a{ending}" for ending in (".stl", ".ply", ".obj", ".vtp", ".glb", ".3mf")]
    asked = [word for file in files for word in ("-o", file)]
    told = vizmed("surface", *asked, sample_folder, "--max-error", "0.5", "--frame", "ras", "--preset", "bone")
    assert told.code == 0, told.err
    assert [line.split(": ")[0] for line in told.out.splitlines()[2:]] == list(map(str, files))
    read = [read_mesh(file) for file in files]
    assert {each.frame for each in read} == {"RAS"}
    first, *others = (measure(each.mesh) for each in read)
    assert first.manifold
    for other in others:
        assert (other.triangles, other.pieces) == (first.triangles, first.pieces)
        assert other.volume_mm3 == pytest.approx(first.volume_mm3, rel=1e-5)
        assert other.centroid_mm == pytest.approx(first.centroid_mm, abs=1e-3)
    assert read[4].parts[0].name == "bone"


def test_a_range_and_a_mask(vizmed, known, tmp_path):
    write_volume(known, tmp_path / "a.nrrd")
    halves = np.zeros(known.shape, np.uint8, order="F")
    halves[: known.shape[0] // 2] = 1
    write_volume(replace(known, voxels=halves, unit=None), tmp_path / "mask.nrrd")
    options = ("--hu", "--range", "-200:300", "--mask", tmp_path / "mask.nrrd", "--mask-label", 1)
    told = vizmed("surface", tmp_path / "a.nrrd", "-o", tmp_path / "a.stl", *options)
    assert told.code == 0, told.err
    assert told.out.startswith("range -200 to 300 HU: ")
    places = known.geometry.to_index(corners_of(tmp_path / "a.stl"))
    assert places[..., 0].max() == pytest.approx(known.shape[0] // 2 - 0.5, abs=0.6)


def test_hounsfield_units_can_be_said(vizmed, known, tmp_path):
    write_volume(replace(known, modality=None, unit=None), tmp_path / "a.nii")
    assert vizmed("surface", tmp_path / "a.nii", "-o", tmp_path / "a.stl", "--preset", "bone").code == 2
    told = vizmed("surface", tmp_path / "a.nii", "-o", tmp_path / "a.stl", "--preset", "bone", "--hu")
    assert told.code == 0, told.err
    assert told.out.startswith("level 226 HU: preset bone")


def test_a_tissue_needs_hounsfield_units(vizmed, known, tmp_path):
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


def test_what_fails_while_the_other_goes_on_is_told(vizmed, sample_folder, tmp_path, monkeypatch):
    def measure_nothing(_mesh):
        raise GeometryError("it cannot be measured")

    def write_nothing(*_, **__):
        raise WriteError("the disk is full")

    arguments = ("surface", sample_folder, "-o", tmp_path / "a.stl", "--max-error", 0)
    monkeypatch.setattr("vizmed.surface.measure", measure_nothing)
    told = vizmed(*arguments)
    assert (told.code, told.err.splitlines()[-1]) == (1, "vizmed: it cannot be measured")
    assert len(corners_of(tmp_path / "a.stl"))  # written as it would be without measures
    monkeypatch.setattr("vizmed.write.write_surface", write_nothing)
    told = vizmed(*arguments, "--overwrite")
    assert (told.code, told.err.splitlines()[-1]) == (1, "vizmed: the disk is full")
