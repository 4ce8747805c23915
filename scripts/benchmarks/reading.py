"""Contestants: from a series, or a file of a whole volume, to an array in order."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.contest import Facts, UnavailableError, Work
from benchmarks.looking import voxel_facts


def with_vizmed(path: Path, reader: str = "auto") -> Work:
    import vizmed

    return partial(vizmed.read, path, reader=reader), lambda volume: voxel_facts(volume.voxels.T)


def with_cat(folder: Path) -> Work:
    """Let the system's own program read the files: nothing is made of their bytes."""
    program = shutil.which("cat")
    if program is None:
        raise UnavailableError("there is no cat on the PATH")
    words = [program, *map(str, folder.iterdir())]
    return partial(subprocess.run, words, check=True, stdout=subprocess.DEVNULL), lambda _: {}


def into_one_buffer(folder: Path) -> Work:
    """Read one file after the other into the same memory, which stays in a processor's cache: no array comes of it."""
    files = list(folder.iterdir())
    room = memoryview(bytearray(max(file.stat().st_size for file in files)))

    def work() -> int:
        count = 0
        for path in files:
            with path.open("rb", buffering=0) as file:
                while found := file.readinto(room):
                    count += found
        return count

    return work, lambda _: {}


def into_fresh_memory(folder: Path) -> Work:
    """Read all files into an array of their size, a thread for each core: what the machine takes at least."""
    import numpy as np

    from vizmed.surface.threads import shares, workers

    files = list(folder.iterdir())
    ends = np.cumsum([file.stat().st_size for file in files])

    def work() -> int:
        room = np.empty(ends[-1], np.uint8)

        def read(share: slice) -> None:
            for path, end in zip(files[share], ends[share], strict=True):
                with path.open("rb", buffering=0) as file:
                    file.readinto(room[end - path.stat().st_size : end].data)

        with workers() as pool:
            list(pool.map(read, shares(len(files), len(files))))
        return room.size

    return work, lambda _: {}


def with_vtk(folder: Path) -> Work:
    from vtkmodules.vtkIOImage import vtkDICOMImageReader

    reader = vtkDICOMImageReader()
    reader.SetDirectoryName(str(folder))
    return reader.Update, lambda _: _reversed(reader.GetOutput())


def with_pyvista(folder: Path) -> Work:
    import pyvista

    return lambda: pyvista.DICOMReader(str(folder)).read(), _reversed


def _reversed(image: Any) -> Facts:
    """Sum up what VTK's DICOM reader made: rows and slices come out in the opposite order."""
    from vizmed.vtk_bridge import image_values

    return voxel_facts(image_values(image)[::-1, ::-1])


def with_simpleitk(folder: Path) -> Work:
    import SimpleITK

    def work() -> SimpleITK.Image:
        return SimpleITK.ReadImage(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder)))

    return work, lambda image: voxel_facts(SimpleITK.GetArrayViewFromImage(image))


def with_itk(folder: Path) -> Work:
    import itk

    def work() -> Any:
        names = itk.GDCMSeriesFileNames.New()
        names.SetDirectory(str(folder))
        return itk.imread(names.GetFileNames(names.GetSeriesUIDs()[0]), itk.SS)

    return work, lambda image: voxel_facts(itk.array_view_from_image(image))


RESCALE = (("RescaleSlope", 1), ("RescaleIntercept", 0))
"""Attributes, and what they are where they are missing."""


def with_pydicom(folder: Path) -> Work:
    """As good tutorials do: read all, sort by position along the normal, stack, rescale."""
    import numpy as np
    import pydicom

    def work() -> Any:
        slices = [pydicom.dcmread(path) for path in folder.iterdir()]
        along, down = np.reshape(np.array(slices[0].ImageOrientationPatient, float), (2, 3))
        slices.sort(key=lambda one: np.dot(np.cross(along, down), np.array(one.ImagePositionPatient, float)))
        stack = np.stack([one.pixel_array for one in slices]).astype(np.int16)
        slope, intercept = (np.int16(slices[0].get(name, none)) for name, none in RESCALE)
        return stack * slope + intercept

    return work, voxel_facts


def with_dicom_numpy(folder: Path) -> Work:
    import dicom_numpy
    import pydicom

    def work() -> Any:
        return dicom_numpy.combine_slices([pydicom.dcmread(path) for path in folder.iterdir()])[0]

    return work, lambda voxels: voxel_facts(voxels.T)


def with_dcm2niix(folder: Path) -> Work:
    from dcm2niix import bin as program

    target = Path(tempfile.mkdtemp())
    words = [program, "-z", "n", "-b", "n", "-o", target, folder]
    return partial(subprocess.run, words, check=True, capture_output=True), lambda _: _nifti_facts(target, folder)


def with_dicom2nifti(folder: Path) -> Work:
    import dicom2nifti

    target = Path(tempfile.mkdtemp())
    work = partial(dicom2nifti.dicom_series_to_nifti, str(folder), str(target / "head.nii"), reorient_nifti=False)
    return work, lambda _: _nifti_facts(target, folder)


def _nifti_facts(folder: Path, source: Path) -> Facts:
    """Sum up the one NIfTI file in a folder, turned as the series lies."""
    import nibabel

    import vizmed

    volume = vizmed.Volume.from_nibabel(nibabel.load(next(folder.glob("*.nii"))))
    return voxel_facts(volume.reoriented(vizmed.read(source).geometry.axis_codes).voxels.T)


# ---- one file of a whole volume ----


def file_with_simpleitk(path: Path) -> Work:
    import SimpleITK

    return partial(SimpleITK.ReadImage, str(path)), lambda image: voxel_facts(SimpleITK.GetArrayViewFromImage(image))


def file_with_vtk(path: Path, reader: str) -> Work:
    from vtkmodules import vtkIOImage

    from vizmed.vtk_bridge import image_values

    made = getattr(vtkIOImage, reader)()
    made.SetFileName(str(path))
    return made.Update, lambda _: voxel_facts(image_values(made.GetOutput()))


def file_with_nibabel(path: Path) -> Work:
    import nibabel
    import numpy as np

    return lambda: np.array(nibabel.load(path).dataobj), lambda voxels: voxel_facts(voxels.T)


def file_with_pynrrd(path: Path) -> Work:
    import nrrd

    return partial(nrrd.read, str(path)), lambda found: voxel_facts(found[0].T)
