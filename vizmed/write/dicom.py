"""A volume to a DICOM series: a folder of one file a slice, derived images with nothing of the patient but the voxels.

The classes are CT and MR Image Storage where modality and bits allow it, else Secondary Capture with the position and
orientation of its planes; pixels are explicit little endian and uncompressed.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vizmed.errors import WriteError
from vizmed.geometry import SHEAR_TOLERANCE
from vizmed.volume import Volume
from vizmed.write.blocks import blocks_of
from vizmed.write.folder import atomic_folder, check_folder
from vizmed.write.rescale import Stored, choose_stored

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileMetaDataset

UID_ROOT = "1.2.826.0.1.3680043.8.498."
"""The root that pydicom lends to everyone."""

CT, MR, SECONDARY_CAPTURE = (f"1.2.840.10008.5.1.4.1.1.{number}" for number in ("2", "4", "7"))

_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_LONGEST_EDGE = 2**16 - 1
_OURS = re.compile(r"IM\d{4,}")

_NOT_KNOWN = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName", "Manufacturer", "PatientPosition", "PositionReferenceIndicator",
    "PatientOrientation",
)  # fmt: skip
"""What the standard wants in the files but allows to be empty."""

_NOT_KNOWN_OF = {
    CT: ("AcquisitionNumber", "KVP"),
    MR: ("ScanOptions", "MRAcquisitionType", "RepetitionTime", "EchoTime", "EchoTrainLength"),
    SECONDARY_CAPTURE: (),
}


def write_dicom(volume: Volume, path: str | Path, *, compressed: bool = False, overwrite: bool = False) -> list[Path]:
    """Write a volume as a DICOM series, ``IM0001``, ``IM0002``, ... in a folder, every voxel in its place.

    Parameters
    ----------
    volume : Volume
        Its modality and window are kept, its description is not. Values of other types than 8 and 16 bit integers are
        stored through a slope and an intercept where these are exact.
    path : str or pathlib.Path
        The folder; made where it is missing.
    compressed : bool
        Refused: the pixels are not compressed.
    overwrite : bool
        Whether the folder may hold files already. Those of the names that are written are replaced, others stay.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of the slices along the normal of the planes.

    Raises
    ------
    WriteError
        If 16 bits cannot hold the values exactly, rows and columns are not at right angles, or the folder cannot or
        must not be written to.

    Notes
    -----
    Files cannot say in which direction slices are counted; readers count them along the normal of the planes. The
    slices of a left-handed grid are therefore in the opposite order when they are read: the same voxels in the same
    places. A grid whose slices are sheared against each other, as under a tilted gantry, is written as it is.
    """
    folder = Path(path)
    if compressed:
        raise WriteError("DICOM series are written uncompressed", where=folder, remedy="Leave --compressed out")
    names = _names(volume.shape[2])
    check_folder(folder, overwrite=overwrite)
    _refuse_leftovers(folder, names)
    _check_planes(volume, folder)
    stored = choose_stored(volume.voxels, folder)
    stack = _right_handed(volume)
    header = _series_header(stack, stored)
    with atomic_folder(folder, names, overwrite=overwrite) as place:
        for k, name in enumerate(names):
            _write_slice(place / name, header, stack, k, stored)
    return [folder / name for name in names]


def _names(count: int) -> list[str]:
    width = max(4, len(str(count)))
    return [f"IM{number:0{width}d}" for number in range(1, count + 1)]


def _refuse_leftovers(folder: Path, names: list[str]) -> None:
    """Refuse where slices of a longer series would stay among those that are written."""
    if not folder.is_dir():
        return
    ours = set(names)
    left = sorted(file.name for file in folder.iterdir() if _OURS.fullmatch(file.name) and file.name not in ours)
    if left:
        raise WriteError(
            f"{left[0]} and {len(left) - 1} more of another series would stay among the {len(names)} slices",
            where=folder,
            remedy="Name another folder, or empty this one",
        )


def _check_planes(volume: Volume, folder: Path) -> None:
    along_i, along_j, _ = volume.geometry.direction.T
    if abs(float(along_i @ along_j)) > SHEAR_TOLERANCE:
        raise WriteError(
            "rows and columns are not at right angles, which DICOM demands", where=folder, remedy="Take .nrrd or .nii"
        )
    if max(volume.shape[:2]) > _LONGEST_EDGE:
        raise WriteError(f"DICOM counts no more than {_LONGEST_EDGE:,} rows and columns", where=folder)


def _right_handed(volume: Volume) -> Volume:
    if not volume.geometry.is_left_handed:
        return volume
    geometry = volume.geometry.reordered((0, 1, 2), (False, False, True))
    return Volume(
        volume.voxels[:, :, ::-1],
        geometry,
        modality=volume.modality,
        unit=volume.unit,
        window=volume.window,
        padding=volume.padding,
        inverted=volume.inverted,
    )


def _series_header(volume: Volume, stored: Stored) -> Dataset:
    """Make what all slices share."""
    from pydicom.dataset import Dataset

    header = Dataset()
    header.SOPClassUID = _sop_class(volume, stored)
    for keyword in (*_NOT_KNOWN, *_NOT_KNOWN_OF[header.SOPClassUID]):
        setattr(header, keyword, None)
    header.Modality = volume.modality or "OT"
    header.ImageType = ["DERIVED", "SECONDARY", "AXIAL" if header.SOPClassUID == CT else "OTHER"]
    if header.SOPClassUID == MR:
        header.ScanningSequence, header.SequenceVariant = "RM", "NONE"  # "research mode": it is not known
    if header.SOPClassUID == SECONDARY_CAPTURE:
        header.ConversionType = "WSD"
    header.SeriesNumber = 1
    _describe_planes(header, volume)
    _describe_pixels(header, volume, stored)
    digest = _digest(volume, header)
    header.StudyInstanceUID = _uid("study", digest)
    header.SeriesInstanceUID = _uid("series", digest)
    header.FrameOfReferenceUID = _uid("frame", digest)
    return header


def _sop_class(volume: Volume, stored: Stored) -> str:
    of_modality = {"CT": CT, "MR": MR}.get(volume.modality or "", SECONDARY_CAPTURE)
    return of_modality if stored.dtype.itemsize == 2 else SECONDARY_CAPTURE  # CT and MR have 16 bits


def _describe_planes(header: Dataset, volume: Volume) -> None:
    geometry = volume.geometry
    header.Columns, header.Rows = geometry.shape[:2]
    along_i, along_j, _ = geometry.spacing
    header.PixelSpacing = [_decimal(along_j), _decimal(along_i)]  # between rows, between columns
    header.ImageOrientationPatient = [_place(cosine) for cosine in geometry.direction[:, :2].T.ravel()]
    normal = np.cross(*geometry.direction[:, :2].T)
    header.SliceThickness = _decimal(float(geometry.affine[:3, 2] @ normal) / float(np.linalg.norm(normal)))


def _describe_pixels(header: Dataset, volume: Volume, stored: Stored) -> None:
    header.SamplesPerPixel = 1
    header.PhotometricInterpretation = "MONOCHROME1" if volume.inverted else "MONOCHROME2"
    bits = 8 * stored.dtype.itemsize
    header.BitsAllocated, header.BitsStored, header.HighBit = bits, bits, bits - 1
    header.PixelRepresentation = int(stored.dtype.kind == "i")
    is_ct = header.Modality == "CT"
    if is_ct or (stored.slope, stored.intercept) != (1.0, 0.0):
        header.RescaleSlope, header.RescaleIntercept = _decimal(stored.slope), _decimal(stored.intercept)
        header.RescaleType = "HU" if is_ct and volume.unit == "HU" else "US"  # unspecified
    if volume.window is not None:
        header.WindowWidth, header.WindowCenter = (_decimal(value) for value in volume.window)
    if volume.padding is not None:
        padding = (volume.padding - stored.intercept) / stored.slope
        if padding.is_integer() and np.iinfo(stored.dtype).min <= padding <= np.iinfo(stored.dtype).max:
            header.PixelPaddingValue = int(padding)


def _digest(volume: Volume, header: Dataset) -> str:
    """Number what is written, so that UIDs are the same from run to run and differ wherever anything else does."""
    digest = hashlib.sha256(header.to_json().encode())
    digest.update(repr((volume.shape, volume.geometry.affine.tolist())).encode())
    for block in blocks_of(volume.voxels):
        digest.update(block)
    return digest.hexdigest()


def _write_slice(path: Path, series: Dataset, volume: Volume, k: int, stored: Stored) -> None:
    import pydicom

    header = pydicom.Dataset(series)
    header.ImagePositionPatient = [_place(mm) for mm in volume.geometry.to_world((0, 0, k))]
    header.InstanceNumber = k + 1
    header.SOPInstanceUID = _uid("instance", str(series.SeriesInstanceUID), str(k))
    pixels = stored.encode(volume.voxels[:, :, k].T)
    raw = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    header.add_new("PixelData", "OW" if pixels.itemsize == 2 else "OB", raw + b"\0" * (len(raw) % 2))
    header.file_meta = file_meta(header, _uid("implementation"))
    pydicom.dcmwrite(path, header, enforce_file_format=True)


def file_meta(header: Dataset, implementation_uid: str) -> FileMetaDataset:
    """Give the meta information of an uncompressed file, the same with every version of pydicom."""
    from pydicom.dataset import FileMetaDataset

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = header.SOPClassUID
    meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    meta.TransferSyntaxUID = _EXPLICIT_LITTLE_ENDIAN
    # left to itself pydicom would name its own version here, and the bytes would change with it
    meta.ImplementationClassUID = implementation_uid
    meta.ImplementationVersionName = "VIZMED"
    return meta


def _uid(*parts: str) -> str:
    from pydicom.uid import generate_uid

    return str(generate_uid(prefix=UID_ROOT, entropy_srcs=["vizmed", *(f"|{part}" for part in parts)]))


def _decimal(value: float) -> str:
    """Give a number with the digits for which a decimal string, of 16 characters, has room."""
    from pydicom.valuerep import format_number_as_ds

    return str(format_number_as_ds(float(value) + 0.0)).removesuffix(".0")  # the sum turns minus nought into nought


def _place(value: float) -> str:
    """Give a cosine or a place in mm; what is left of a nought by rounding is nought."""
    return _decimal(round(float(value), 14))
