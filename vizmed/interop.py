"""Volumes to and from what other libraries hold, each frame turned at the door. A base of `Volume`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vizmed.errors import GeometryError, MissingExtraError
from vizmed.geometry import LPS_TO_RAS, Geometry

if TYPE_CHECKING:
    import nibabel
    import pyvista
    import SimpleITK

_THUMBNAIL_PIXELS = 160
_THUMBNAIL_PERCENTS = (0.5, 99.5)


class Interop:
    """What a volume of voxels and a geometry can be turned into."""

    if TYPE_CHECKING:
        voxels: NDArray[Any]
        geometry: Geometry

        def __init__(self, voxels: NDArray[Any], geometry: Geometry, **known: Any) -> None: ...

        def reoriented(self, codes: str) -> Self:
            """See `Volume`."""

        def meaningful_values(self, at_most: int | None = None) -> NDArray[Any]:
            """See `Volume`."""

    @classmethod
    def from_numpy(
        cls,
        voxels: NDArray[Any],
        spacing: ArrayLike = (1.0, 1.0, 1.0),
        origin: ArrayLike = (0.0, 0.0, 0.0),
        direction: ArrayLike | None = None,
        *,
        modality: str | None = None,
        unit: str | None = None,
    ) -> Self:
        """Make a volume from an array indexed ``[i, j, k]``; see `Geometry.from_axes` for the rest.

        Examples
        --------
        >>> import numpy as np
        >>> from vizmed import Volume
        >>> Volume.from_numpy(np.zeros((4, 5, 6), "int16"), spacing=(0.5, 0.5, 2)).geometry.axis_codes
        'LPS'
        """
        if np.ndim(voxels) != 3:
            raise GeometryError(f"the array has {np.ndim(voxels)} axes", remedy="A volume has three")
        geometry = Geometry.from_axes(voxels.shape, spacing, origin, direction)
        return cls(voxels, geometry, modality=modality, unit=unit)

    def to_numpy(self) -> NDArray[Any]:
        """Give the voxels as ``[i, j, k]``, without a copy, read-only."""
        return self.voxels

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001 (numpy's protocol)
        return np.array(self.voxels, dtype=dtype, copy=copy)

    def to_pyvista(self) -> pyvista.ImageData:
        """Give a `pyvista.ImageData` in LPS mm; its memory is shared where the voxels are in Fortran order.

        Raises
        ------
        GeometryError
            For a sheared grid, which `ImageData` cannot hold truthfully for most of VTK's filters.
        """
        from vizmed.vtk_bridge import to_image_data

        return to_image_data(self.voxels, self.geometry)

    @classmethod
    def from_pyvista(cls, image: pyvista.ImageData) -> Self:
        """Make a volume from the active scalars of a `pyvista.ImageData` in LPS mm, one value a point."""
        from vizmed.vtk_bridge import image_values

        scalars = image.GetPointData().GetScalars()
        if scalars is None or scalars.GetNumberOfComponents() != 1:
            raise GeometryError("the image has no active point scalars of one component")
        geometry = Geometry.from_axes(
            image.dimensions, image.spacing, np.array(image.index_to_physical_matrix)[:3, 3], image.direction_matrix
        )
        return cls(image_values(image).T, geometry)

    def to_nibabel(self) -> nibabel.nifti1.Nifti1Image:
        """Give a NIfTI image with the affine in RAS mm, as NIfTI demands."""
        import nibabel

        image = nibabel.nifti1.Nifti1Image(self.voxels, self.geometry.affine_ras, dtype=self.voxels.dtype)
        image.header.set_xyzt_units("mm")
        return image

    @classmethod
    def from_nibabel(cls, image: Any) -> Self:
        """Make a volume from a three-dimensional nibabel image, its RAS affine turned into LPS."""
        voxels = np.asanyarray(image.dataobj)
        if voxels.ndim != 3:
            raise GeometryError(f"the image has {voxels.ndim} axes", remedy="Take one volume of it")
        return cls(voxels, Geometry(voxels.shape, LPS_TO_RAS @ image.affine))

    def to_sitk(self) -> SimpleITK.Image:
        """Give a SimpleITK image (needs ``pip install "vizmed[sitk]"``); SimpleITK copies the voxels.

        Raises
        ------
        MissingExtraError
            If SimpleITK is not installed.
        GeometryError
            For a sheared grid, which SimpleITK cannot hold.
        """
        try:
            import SimpleITK
        except ImportError as missing:
            raise MissingExtraError("SimpleITK is not installed", remedy='pip install "vizmed[sitk]"') from missing
        if self.geometry.is_sheared:
            raise GeometryError(
                f"the grid is sheared by {self.geometry.shear_degrees:.2f} degrees, which SimpleITK cannot hold"
            )
        image = SimpleITK.GetImageFromArray(self.voxels.T)
        image.SetSpacing(self.geometry.spacing.tolist())
        image.SetOrigin(self.geometry.origin.tolist())
        image.SetDirection(self.geometry.direction.ravel().tolist())
        return image

    @classmethod
    def from_sitk(cls, image: SimpleITK.Image) -> Self:
        """Make a volume from a three-dimensional SimpleITK image of one value a voxel; its voxels are copied."""
        import SimpleITK

        if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
            raise GeometryError("the image has not three axes of one value a voxel", remedy="Take one volume of it")
        direction = np.reshape(image.GetDirection(), (3, 3))
        voxels = SimpleITK.GetArrayFromImage(image).T
        return cls.from_numpy(voxels, image.GetSpacing(), image.GetOrigin(), direction)

    def _repr_html_(self) -> str:
        """Show the middle slices and the geometry in a notebook."""
        import base64
        import html

        pictures = "".join(
            f'<img src="data:image/png;base64,{base64.b64encode(png).decode()}" style="margin-right:4px">'
            for png in self._thumbnails()
        )
        frame = '<div style="background:#000;padding:6px;display:inline-block">'
        return f"{frame}{pictures}</div><br>{html.escape(repr(self))}"

    def _thumbnails(self) -> list[bytes]:
        """Give PNGs of the middle axial, coronal and sagittal slice, laid the radiological way, in true proportions."""
        from PIL import Image

        laid = self.reoriented("LPI")
        middle = [n // 2 for n in laid.geometry.shape]
        size_mm = laid.geometry.spacing * laid.geometry.shape
        values = self.meaningful_values(at_most=1_000_000)
        low, high = np.percentile(values, _THUMBNAIL_PERCENTS) if values.size else (0, 1)
        pngs = []
        for across, (right, down) in ((2, (0, 1)), (1, (0, 2)), (0, (1, 2))):
            plane = np.moveaxis(laid.voxels, across, 0)[middle[across]].T
            gray = np.clip((plane.astype(np.float32) - low) * (255 / max(high - low, 1e-6)), 0, 255)
            scale = _THUMBNAIL_PIXELS / size_mm.max()
            pixels = max(1, round(size_mm[right] * scale)), max(1, round(size_mm[down] * scale))
            file = io.BytesIO()
            Image.fromarray(np.nan_to_num(gray).astype(np.uint8)).resize(pixels).save(file, format="PNG")
            pngs.append(file.getvalue())
        return pngs
