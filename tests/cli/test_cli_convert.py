from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import asymmetric, geometries
from vizmed import read
from vizmed.cli.convert import with_geometry
from vizmed.errors import GeometryError


@pytest.mark.parametrize(("name", "options"), [("a.mha", ()), ("a.mhd", ()), ("a.mha", ("--compressed",))])
def test_what_is_written_is_what_was_read(vizmed, known, secret_series, tmp_path, name, options):
    told = vizmed("convert", secret_series, "-o", tmp_path / name, *options)
    assert told.code == 0, told.err
    back = read(tmp_path / name)
    assert np.array_equal(back.voxels, known.voxels)
    assert back.voxels.dtype == known.voxels.dtype
    assert back.geometry.is_close(known.geometry)


def test_it_tells_each_file_and_the_size(vizmed, secret_series, tmp_path):
    told = vizmed("convert", secret_series, "-o", tmp_path / "a.mhd")
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2
    for path in files:
        assert f"{path}: {path.stat().st_size:,} bytes\n" in told.out
    assert told.out.endswith("26 x 24 x 22 voxels of int16\n")


def test_compression_makes_it_smaller(vizmed, sample_folder, tmp_path):
    vizmed("convert", sample_folder, "-o", tmp_path / "a.mha")
    vizmed("convert", sample_folder, "-o", tmp_path / "b.mha", "--compressed")
    assert (tmp_path / "b.mha").stat().st_size < 0.8 * (tmp_path / "a.mha").stat().st_size


def test_one_of_several_series(vizmed, two_series, tmp_path):
    told = vizmed("convert", two_series, "-o", tmp_path / "a.mha")
    assert told.code == 1
    assert "thin slices" in told.err
    assert "--series" in told.err
    assert list(tmp_path.iterdir()) == []
    assert vizmed("convert", two_series, "-o", tmp_path / "a.mha", "--series", "thick").code == 0
    assert read(tmp_path / "a.mha").shape == (26, 24, 11)


@pytest.mark.parametrize("reader", ["pydicom", "vtk", "auto"])
def test_each_reader_gives_the_same(vizmed, sample_folder, sample_head, tmp_path, reader):
    told = vizmed("convert", sample_folder, "-o", tmp_path / "a.mha", "--reader", reader)
    assert told.code == 0, told.err
    expected = read(sample_folder)
    assert np.array_equal(read(tmp_path / "a.mha").voxels, expected.voxels)


def test_an_unknown_reader_is_misuse(vizmed, sample_folder, tmp_path):
    assert vizmed("convert", sample_folder, "-o", tmp_path / "a.mha", "--reader", "itk").code == 2


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "series", "series.1/"])
def test_other_formats_give_back_what_was_read(vizmed, known, secret_series, names_nobody, tmp_path, name):
    told = vizmed("convert", secret_series, "-o", f"{tmp_path}/{name}")
    assert told.code == 0, told.err
    back = read(tmp_path / name)
    assert np.array_equal(back.voxels, known.voxels)
    assert back.voxels.dtype == known.voxels.dtype
    assert back.geometry.is_close(known.geometry, 2e-5)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            names_nobody(path.read_bytes())
    names_nobody(told.out + told.err)


def test_vti(vizmed, secret_series, tmp_path):
    told = vizmed("convert", secret_series, "-o", tmp_path / "a.vti", "--compressed")
    assert told.code == 0, told.err
    assert b'Direction="' in (tmp_path / "a.vti").read_bytes()


def test_a_series_is_told_in_one_line(vizmed, secret_series, tmp_path):
    told = vizmed("convert", secret_series, "-o", tmp_path / "s")
    size = sum(path.stat().st_size for path in (tmp_path / "s").iterdir())
    assert told.out.startswith(f"{tmp_path / 's'}: 22 files, IM0001 to IM0022, {size:,} bytes\n")
    again = vizmed("convert", secret_series, "-o", tmp_path / "s")
    assert again.code == 1
    assert "--overwrite" in again.err
    assert vizmed("convert", secret_series, "-o", tmp_path / "s", "--overwrite").code == 0


def test_pictures(vizmed, secret_series, tmp_path):
    told = vizmed("convert", secret_series, "-o", tmp_path / "a-%03d.png", "--plane", "coronal", "--window", "100,40")
    assert told.code == 0, told.err
    assert "24 files, a-001.png to a-024.png" in told.out
    told = vizmed("convert", secret_series, "-o", tmp_path / "s", "--slices", "--window", "bone")
    assert told.code == 0, told.err
    assert (tmp_path / "s" / "axial-0022.png").is_file()


@pytest.mark.parametrize(
    "words",
    [
        ("a.mha", "--plane", "axial"),
        ("a.mha", "--window", "bone"),
        ("a-%d.png", "--compressed"),
        ("a.mha", "--spacing", "1,2"),
        ("a.mha", "--spacing", "1,2,inf"),
        ("a.mha", "--origin", "a,b,c"),
        ("a.mha", "--direction", "1,0,0,0,1,0,0,0,2"),
        ("a-%d.png", "--window", "none"),
    ],
)
def test_misuse(vizmed, secret_series, tmp_path, words):
    name, *options = words
    told = vizmed("convert", secret_series, "-o", tmp_path / name, *options)
    assert told.code == 2, told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.xyz", "a.png"])
def test_an_unknown_ending_is_refused_before_reading(vizmed, tmp_path, name):
    told = vizmed("convert", tmp_path / "absent", "-o", tmp_path / name)
    assert told.code == 1
    assert ".nii.gz" in told.err
    assert "NAME-%04d.png" in told.err


def test_geometry_that_is_set_is_told(vizmed, known, secret_series, tmp_path):
    options = ("--spacing", "1,2,3.5", "--origin", "-10,5,-7.25", "--direction", "-1,0,0,0,-1,0,0,0,1")
    told = vizmed("convert", secret_series, "-o", tmp_path / "a.nrrd", *options)
    assert told.code == 0, told.err
    geometry = read(tmp_path / "a.nrrd").geometry
    assert np.allclose(geometry.spacing, [1, 2, 3.5])
    assert np.allclose(geometry.origin, [-10, 5, -7.25])
    assert np.allclose(geometry.direction, np.diag([-1, -1, 1]))
    assert "note: spacing set to 1 x 2 x 3.5 mm: the file has 0.9 x 1.1 x 1.4 mm\n" in told.err
    assert "origin set to -10, 5, -7.25 mm (file: -31, 17.5, 42.25 mm)\n" in told.out
    assert "direction set to -1, 0, 0, 0, -1, 0, 0, 0, 1 (file: " in told.out


class TestWithGeometry:
    def test_nothing_asked_is_the_volume_itself(self, known):
        assert with_geometry(known) is known

    @pytest.mark.parametrize("kind", ["rotated left-handed", "rotated and sheared"])
    def test_one_part_leaves_the_others(self, kind):
        volume = asymmetric(geometries((4, 5, 6))[kind])
        old = volume.geometry
        new = with_geometry(volume, origin=(1, 2, 3)).geometry
        assert np.array_equal(new.origin, (1, 2, 3))
        assert np.allclose(new.affine[:3, :3], old.affine[:3, :3])

    def test_directions_are_the_axes_one_after_the_other(self, known):
        i, j, k = (0, 1, 0), (0, 0, -1), (1, 0, 0)
        new = with_geometry(known, direction=(*i, *j, *k)).geometry
        assert np.allclose(new.direction, np.column_stack([i, j, k]))
        assert np.allclose(new.spacing, known.geometry.spacing)

    def test_rounded_directions_leave_the_spacing(self, known):
        new = with_geometry(known, direction=(0.707, 0.707, 0, -0.707, 0.707, 0, 0, 0, 1)).geometry
        assert np.allclose(new.spacing, known.geometry.spacing, rtol=1e-12)

    def test_no_grid_in_space(self, known):
        with pytest.raises(GeometryError):
            with_geometry(known, direction=(1, 0, 0, 1, 0, 0, 0, 0, 1))
