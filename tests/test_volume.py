"""A volume keeps its voxels where they are, whatever it is turned into."""

from __future__ import annotations

import subprocess
import sys

import nibabel
import numpy as np
import pytest
import SimpleITK

from tests.phantoms import asymmetric, axis_orders, ellipsoid, geometries
from vizmed.errors import GeometryError, MissingExtraError, OptionError
from vizmed.geometry import Geometry
from vizmed.volume import Provenance, Volume

GRIDS = geometries((5, 4, 6))
RIGHT_ANGLED = [name for name in GRIDS if "sheared" not in name]
TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"]


def indices(shape) -> np.ndarray:
    return np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 3)


def by_place(volume: Volume) -> dict[tuple[float, ...], float]:
    """Value at each place in the patient, in micrometres."""
    ijk = indices(volume.shape)
    places = np.rint(volume.geometry.to_world(ijk) * 1000).astype(int)
    return {tuple(place): value for place, value in zip(places.tolist(), volume.voxels[tuple(ijk.T)], strict=True)}


@pytest.mark.parametrize("name", GRIDS)
def test_reoriented_voxels_stay_in_their_place(name):
    volume = asymmetric(GRIDS[name])
    truth = by_place(volume)
    assert len(truth) == volume.voxels.size
    for codes in axis_orders():
        turned = volume.reoriented(codes.lower())
        assert turned.geometry.axis_codes == codes
        assert by_place(turned) == truth
        assert np.shares_memory(turned.voxels, volume.voxels)
    back = volume.reoriented("PSL").reoriented(volume.geometry.axis_codes)
    np.testing.assert_array_equal(back.voxels, volume.voxels)
    assert back.geometry.is_close(volume.geometry, 1e-9)


@pytest.mark.parametrize("codes", ["", "LP", "LPSS", "LRS", "LPX", "xyz", "LLS"])
def test_codes_that_name_no_axes_are_refused(codes):
    with pytest.raises(OptionError, match="names no axes"):
        asymmetric(GRIDS["identity"]).reoriented(codes)


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("dtype", ["int16", "uint8", "float32"])
def test_nibabel_and_back(name, dtype, tmp_path):
    volume = asymmetric(GRIDS[name], dtype=dtype)
    image = volume.to_nibabel()
    ijk = (3, 1, 4)
    ras = nibabel.affines.apply_affine(image.affine, ijk)
    np.testing.assert_allclose(ras * [-1, -1, 1], volume.geometry.to_world(ijk))
    nibabel.save(image, tmp_path / "image.nii")
    again = Volume.from_nibabel(nibabel.load(tmp_path / "image.nii"))
    assert again.voxels.dtype == dtype
    np.testing.assert_array_equal(again.voxels, volume.voxels)
    assert again.geometry.is_close(volume.geometry, 1e-3)


def test_from_nibabel_takes_three_axes():
    with pytest.raises(GeometryError, match="4 axes"):
        Volume.from_nibabel(nibabel.Nifti1Image(np.zeros((2, 2, 2, 2), "int16"), np.eye(4)))


@pytest.mark.parametrize("name", RIGHT_ANGLED)
@pytest.mark.parametrize("dtype", TYPES)
def test_sitk_has_each_voxel_in_its_place(name, dtype):
    volume = asymmetric(GRIDS[name], dtype=dtype)
    image = volume.to_sitk()
    assert image.GetSize() == volume.shape
    for ijk in [(0, 0, 0), (4, 0, 0), (0, 3, 0), (0, 0, 5), (3, 1, 4)]:
        assert image.GetPixel(*ijk) == volume.voxels[ijk]
        np.testing.assert_allclose(
            image.TransformIndexToPhysicalPoint(ijk), volume.geometry.to_world(ijk), rtol=0, atol=1e-9
        )
    assert SimpleITK.GetArrayViewFromImage(image).dtype == dtype


@pytest.mark.parametrize("name", RIGHT_ANGLED)
def test_pyvista_has_each_voxel_in_its_place(name):
    volume = asymmetric(GRIDS[name])
    image = volume.to_pyvista()
    np.testing.assert_allclose(image.points, volume.geometry.to_world(indices(volume.shape)[_f_order(volume)]))
    np.testing.assert_array_equal(image.active_scalars, volume.voxels.ravel(order="F"))
    assert image.dimensions == volume.shape


def _f_order(volume: Volume) -> np.ndarray:
    """Numbers of the voxels in the order in which VTK has its points: i runs fastest."""
    return np.arange(volume.voxels.size).reshape(volume.shape).ravel(order="F")


@pytest.mark.parametrize("convert", [Volume.to_pyvista, Volume.to_sitk])
@pytest.mark.parametrize("name", ["sheared", "rotated and sheared"])
def test_a_sheared_grid_is_not_straightened_silently(convert, name):
    with pytest.raises(GeometryError, match=r"sheared by 15\.00 degrees"):
        convert(asymmetric(GRIDS[name]))


def test_sitk_is_asked_for_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    with pytest.raises(MissingExtraError, match=r"vizmed\[sitk\]"):
        asymmetric(GRIDS["identity"]).to_sitk()


def test_numpy_shares_and_copies():
    volume = asymmetric(GRIDS["identity"])
    assert np.shares_memory(volume.to_numpy(), volume.voxels)
    assert np.array_equal(np.asarray(volume), volume.voxels)
    assert np.asarray(volume, dtype="float64").dtype == np.float64
    copy = np.array(volume)
    copy[0, 0, 0] += 1
    assert copy[0, 0, 0] != volume.voxels[0, 0, 0]


def test_asarray_copies_nothing():
    volume = asymmetric(GRIDS["identity"])
    assert np.shares_memory(np.asarray(volume), volume.voxels)


def test_it_cannot_be_changed():
    given = np.zeros((5, 4, 6), "int16", order="F")
    volume = Volume(given, GRIDS["identity"])
    with pytest.raises(ValueError, match="read-only"):
        volume.voxels[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(volume)[0, 0, 0] = 1
    with pytest.raises(AttributeError):
        volume.voxels = given
    given[0, 0, 0] = 1  # the caller's own array stays the caller's
    assert np.shares_memory(given, volume.voxels)


@pytest.mark.parametrize("shape", [(5, 4, 7), (4, 5, 6), (6, 4, 5), (120,), (5, 4, 6, 1)])
def test_voxels_must_fit_the_geometry(shape):
    with pytest.raises(GeometryError, match="shape"):
        Volume(np.zeros(shape, "int16"), GRIDS["identity"])


@pytest.mark.parametrize("dtype", ["complex64", "bool", "O", "U3", "datetime64[s]"])
def test_voxels_must_be_real_numbers(dtype):
    with pytest.raises(GeometryError, match="type"):
        Volume(np.zeros((5, 4, 6), dtype), GRIDS["identity"])


def test_from_numpy():
    voxels = np.arange(24, dtype="int16").reshape(2, 3, 4)
    volume = Volume.from_numpy(voxels, (1, 2, 3), (4, 5, 6), modality="CT", unit="HU")
    assert volume.geometry == Geometry.from_axes((2, 3, 4), (1, 2, 3), (4, 5, 6))
    assert (volume.modality, volume.unit, volume.provenance) == ("CT", "HU", Provenance())
    np.testing.assert_array_equal(volume.voxels, voxels)
    with pytest.raises(GeometryError, match="2 axes"):
        Volume.from_numpy(voxels[0])


def test_ranges_leave_out_padding_and_what_is_no_number():
    voxels = np.array([-2000, -5, 3, 40, -2000, 0], "float32").reshape(6, 1, 1)
    grid = Geometry((6, 1, 1), np.eye(4))
    assert Volume(voxels, grid).value_range == (-2000, 40)
    assert Volume(voxels, grid, padding=-2000).value_range == (-5, 40)
    voxels[3], voxels[5] = np.nan, np.inf
    assert Volume(voxels, grid, padding=-2000).value_range == (-5, 3)
    assert Volume(np.full((6, 1, 1), 7, "int16"), grid, padding=7).value_range == (0, 0)


@pytest.mark.parametrize("at_most", [1, 10, 100, 1000])
def test_a_sample_of_the_values_is_about_as_large_as_asked(at_most):
    volume, _ = ellipsoid(geometries((20, 20, 20))["identity"])
    values = volume.meaningful_values(at_most)
    assert 0 < values.size <= 2 * at_most
    assert np.isin(values, volume.voxels).all()
    assert volume.meaningful_values().size == 8000


def test_repr_says_what_it_is():
    volume = Volume(np.zeros((5, 4, 6), "int16"), GRIDS["permuted"], modality="CT", unit="HU", description="head")
    assert repr(volume) == "<Volume CT head: 5 x 4 x 6 int16 HU, 0.9 x 1.1 x 1.4 mm, PSL>"


def test_doctest_of_from_numpy():
    script = "import doctest, vizmed.volume as v; raise SystemExit(doctest.testmod(v).failed)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("kind", ["rotated", "rotated left-handed", "permuted"])
def test_simpleitk_and_back(kind):
    volume = asymmetric(GRIDS[kind])
    again = Volume.from_sitk(volume.to_sitk())
    np.testing.assert_array_equal(again.voxels, volume.voxels)
    assert again.geometry.is_close(volume.geometry, 1e-9)
    assert again.voxels.dtype == volume.voxels.dtype


@pytest.mark.parametrize("kind", ["rotated", "rotated left-handed", "permuted"])
def test_pyvista_and_back(kind):
    volume = asymmetric(GRIDS[kind])
    again = Volume.from_pyvista(volume.to_pyvista())
    np.testing.assert_array_equal(again.voxels, volume.voxels)
    assert again.geometry.is_close(volume.geometry, 1e-9)


def test_pyvista_with_an_extent_that_begins_elsewhere():
    image = asymmetric(GRIDS["rotated"]).to_pyvista()
    part = image.extract_subset((2, 4, 1, 3, 3, 4))
    volume = Volume.from_pyvista(part)
    assert volume.shape == (3, 3, 2)
    np.testing.assert_allclose(volume.geometry.origin, GRIDS["rotated"].to_world([2, 1, 3]), atol=1e-6)
    assert volume.voxels[0, 0, 0] == asymmetric(GRIDS["rotated"]).voxels[2, 1, 3]


def test_pyvista_without_scalars_is_refused():
    import pyvista

    with pytest.raises(GeometryError, match="active point scalars"):
        Volume.from_pyvista(pyvista.ImageData(dimensions=(2, 2, 2)))


def test_a_notebook_shows_three_slices_the_right_way_round():
    import base64
    import io
    import re

    from PIL import Image

    geometry = Geometry.from_axes((60, 50, 40), (1, 1, 2), direction=axis_orders()["RAS"])
    voxels = np.zeros(geometry.shape, dtype="int16", order="F")
    voxels[47:54, :, :] = 100  # i grows to the patient's right
    page = Volume(voxels, geometry, description="<b>head</b>")._repr_html_()
    pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([^\"]+)", page)]
    assert [picture.size for picture in pictures] == [(120, 100), (120, 160), (100, 160)]
    for picture in pictures[:2]:
        pixels = np.asarray(picture)
        assert pixels[:, : picture.width // 2].mean() > 10 * pixels[:, picture.width // 2 :].mean() + 1
    assert "&lt;b&gt;head&lt;/b&gt;" in page
    assert "<b>" not in page
