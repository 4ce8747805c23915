"""The head as DICOM files: valid CT or MR Image Storage, with no patient, no date, and nothing of the machine."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from vizmed.volume import Volume
from vizmed.write.dicom import file_meta

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

INTERCEPT = {"ct": -1024, "mr": 0}
"""What is added to a stored value: 12 unsigned bits then hold -1024 to 3071 HU."""

UID_ROOT = "1.2.826.0.1.3680043.8.498."
"""The root that pydicom lends to everyone."""

_SOP_CLASS = {"ct": "1.2.840.10008.5.1.4.1.1.2", "mr": "1.2.840.10008.5.1.4.1.1.4"}

_NOT_KNOWN = (
    "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID", "PatientBirthDate", "PatientSex",
    "Manufacturer", "PositionReferenceIndicator", "AcquisitionNumber",
)  # fmt: skip
"""What the standard wants in every file but allows to be empty."""


def encode_slice(volume: Volume, k: int, *, modality: str, plane: str) -> bytes:
    """Write one slice as the bytes of a DICOM file.

    Parameters
    ----------
    volume : Volume
        The whole head, from `make_sample`.
    k : int
        Index of the slice.
    modality, plane : str
        As `make_sample` had them.

    Returns
    -------
    bytes
        The same for the same arguments, on every machine.
    """
    import pydicom

    names = (modality, str(volume.shape[0]), plane)
    header = _series_header(volume, modality, names)
    _place(header, volume, k)
    header.SOPInstanceUID = _uid("instance", *names, str(k))
    stored = volume.voxels[:, :, k].T.astype(np.int32) - INTERCEPT[modality]
    header.add_new("PixelData", "OW", stored.astype("<u2").tobytes())
    header.file_meta = file_meta(header, _uid("implementation"))
    buffer = BytesIO()
    pydicom.dcmwrite(buffer, header, enforce_file_format=True)
    return buffer.getvalue()


def _uid(*parts: str) -> str:
    from pydicom.uid import generate_uid

    return str(generate_uid(prefix=UID_ROOT, entropy_srcs=["vizmed sample head", *(f"|{part}" for part in parts)]))


def _series_header(volume: Volume, modality: str, names: tuple[str, ...]) -> Dataset:
    from pydicom.dataset import Dataset

    header = Dataset()
    for keyword in _NOT_KNOWN:
        setattr(header, keyword, None)
    header.SOPClassUID = _SOP_CLASS[modality]
    header.Modality = modality.upper()
    header.ImageType = ["DERIVED", "PRIMARY", "AXIAL"] if modality == "ct" else ["DERIVED", "PRIMARY", "OTHER"]
    header.SeriesDescription = volume.description
    header.PatientName, header.PatientID = "Sample^Head", "SAMPLE"
    header.PatientIdentityRemoved = "YES"
    header.DeidentificationMethod = "synthetic: made of formulas"
    header.BodyPartExamined, header.PatientPosition = "HEAD", "HFS"
    header.StudyInstanceUID = _uid("study", names[1])
    header.SeriesInstanceUID = _uid("series", *names)
    # CT and MR of every plane show one head in one place
    header.FrameOfReferenceUID = _uid("frame")
    header.SeriesNumber = 1
    _describe_acquisition(header, modality)
    _describe_pixels(header, volume)
    return header


def _describe_acquisition(header: Dataset, modality: str) -> None:
    if modality == "ct":
        header.KVP = "120"
        header.RescaleIntercept, header.RescaleSlope, header.RescaleType = str(INTERCEPT["ct"]), "1", "HU"
    else:
        header.ScanningSequence, header.SequenceVariant, header.ScanOptions = "SE", "NONE", None
        header.MRAcquisitionType, header.EchoTrainLength = "3D", 1
        header.RepetitionTime, header.EchoTime = "500", "12"


def _describe_pixels(header: Dataset, volume: Volume) -> None:
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.Columns, header.Rows = volume.shape[:2]
    header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 12, 11, 0
    if volume.window is not None:
        header.WindowWidth, header.WindowCenter = (_decimal(value) for value in volume.window)


def _place(header: Dataset, volume: Volume, k: int) -> None:
    geometry = volume.geometry
    header.ImageOrientationPatient = [_decimal(c) for c in geometry.direction[:, :2].T.ravel()]
    header.ImagePositionPatient = [_decimal(c) for c in geometry.to_world((0, 0, k))]
    along_i, along_j, along_k = geometry.spacing
    header.PixelSpacing = [_decimal(along_j), _decimal(along_i)]
    header.SliceThickness = _decimal(along_k)
    # counted against the direction in which the slices are stacked, as scanners that start at the top do
    header.InstanceNumber = volume.shape[2] - k


def _decimal(value: float) -> str:
    # a decimal string has 16 characters at most; the sum turns minus nought into nought
    return f"{round(float(value), 10) + 0.0:.12g}"
