"""What is worked on: the sample head in many sizes and forms, made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vizmed.geometry import Geometry
    from vizmed.volume import Volume

REAL_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

NAMES = {"jpeg-lossless": "JPEG lossless", "jpeg-ls": "JPEG-LS", "jpeg-2000": "JPEG 2000", "rle": "RLE"}
FILES = (".mha", ".nii", ".nii.gz", ".nrrd")

MICRO = "by slices"
"""A .mha that is written without ever being in memory as a whole."""

AT_ONCE = 16
"""Slices that are made before the first of them is written."""

FORMED = 192
"""Voxels along an edge of the head that is formed; larger ones lie between its voxels, and take seconds to make."""

NOISE = 12
"""Hounsfield units, up and down, that are added before pixels are compressed: what has no noise is decoded too fast."""


@dataclass(frozen=True)
class Head:
    """A head of size x size x slices voxels, as an uncompressed series, a compressed one, or a file.

    Parameters
    ----------
    size, slices : int
    form : str
        Nothing, one of `NAMES`, one of `FILES`, or `MICRO`.
    """

    size: int
    slices: int
    form: str = ""

    @property
    def label(self) -> str:
        """What tables call it."""
        form = NAMES.get(self.form, self.form)
        return f"head {self.size} x {self.size} x {self.slices}" + (f", {form}" if form else "")

    @property
    def megabytes(self) -> float:
        """Of its voxels."""
        return self.size * self.size * self.slices * 2 / 1e6


def heads(*, quick: bool) -> dict[str, Head]:
    """Give every head there is, word by word; "long" is for what takes long."""
    size, slices = (192, 96) if quick else (512, 512)
    growing = [(64, 64), (128, 128), (256, 256)] + [(512, 512), (512, 2048)] * (not quick)
    found = {"head": Head(size, slices), "half": Head(size // 2, slices // 2)}
    found["long"] = Head(160, 80) if quick else found["head"]
    found |= {form: Head(size, slices // 2, form) for form in NAMES}
    found |= {form: Head(size, slices, form) for form in FILES}
    found["micro"] = Head(64, 64, MICRO) if quick else Head(2048, 2048, MICRO)
    return found | {f"growing-{n}": Head(*shape) for n, shape in enumerate(growing, 1)}


GROWING = tuple(f"growing-{n}" for n in range(1, 6))
"""From small to large."""


def tiny(head: Head) -> Head:
    """Give the small head that a contestant works on first, so that no import is timed."""
    return Head(32, 24, head.form)


def make(head: Head, folder: Path) -> Path:
    """Write a head into a folder that is not there yet.

    Returns
    -------
    pathlib.Path
        The folder, or the file in it.
    """
    from vizmed.write import write_volume

    folder.mkdir()
    if head.form == MICRO:
        return write_by_slices(head, folder / "head.mha")
    volume = grown(head.size, head.slices, folder.parent)
    if head.form in FILES:
        return write_volume(volume, folder / f"head{head.form}")[0]
    for name, content in encoded(volume, head.form):
        (folder / name).write_bytes(content)
    return folder


def grown(size: int, slices: int, kept: Path) -> Volume:
    """Form the head, or take one that is kept in a folder, and interpolate it until it has the size asked for."""
    import numpy as np

    from vizmed.volume import Volume

    small, geometry = _formed(size, slices, kept)
    grown = np.empty(geometry.shape, small.voxels.dtype, order="F")
    for k, slice_ in enumerate(interpolated(small.voxels, geometry.shape)):
        grown[..., k] = slice_
    return Volume(grown, geometry, modality="CT", unit="HU", description="bench")


def write_by_slices(head: Head, path: Path) -> Path:
    """Write a head as a MetaImage that need not fit into memory."""
    small, geometry = _formed(head.size, head.slices, path.parent.parent)
    numbers = {"Offset": geometry.origin, "ElementSpacing": geometry.spacing, "DimSize": geometry.shape}
    lines = ["ObjectType = Image", "NDims = 3", "BinaryData = True", "BinaryDataByteOrderMSB = False"]
    lines.append("TransformMatrix = 1 0 0 0 1 0 0 0 1")
    lines += [f"{name} = {' '.join(map(str, values))}" for name, values in numbers.items()]
    lines += ["ElementType = MET_SHORT", "ElementDataFile = LOCAL", ""]
    with path.open("wb") as file:
        file.write("\n".join(lines).encode())
        for slice_ in interpolated(small.voxels, geometry.shape):
            file.write(slice_.astype("<i2").tobytes(order="F"))
    return path


def _formed(size: int, slices: int, kept: Path) -> tuple[Volume, Geometry]:
    """Form the head in few voxels, or take it from the folder where it is kept; and tell where those asked for lie."""
    from vizmed import make_sample, read, write_volume
    from vizmed.geometry import Geometry

    edge = min(size, FORMED)
    formed = kept / f"formed-{edge}.mha"
    if not formed.exists():
        write_volume(make_sample("ct", edge), formed)
    small = read(formed)
    shape = (size, size, slices)
    return small, Geometry.from_axes(shape, small.geometry.spacing * small.shape / shape, small.geometry.origin)


def interpolated(voxels: Any, shape: tuple[int, int, int]) -> Iterator[Any]:
    """Interpolate whole numbers linearly between their neighbours, until there are so many; give slice after slice."""
    import numpy as np

    places = [np.clip((np.arange(n) + 0.5) * m / n - 0.5, 0, m - 1) for n, m in zip(shape, voxels.shape, strict=True)]

    def between(values: Any, axis: int) -> Any:
        first = places[axis].astype(int)
        weight = np.float32(places[axis] - first).reshape([-1 if other == axis else 1 for other in range(values.ndim)])
        low, high = (
            values.take(np.minimum(first + n, values.shape[axis] - 1), axis).astype(np.float32) for n in (0, 1)
        )
        return low + weight * (high - low)

    def one(place: float) -> Any:
        two = voxels[..., int(place) : int(place) + 2].astype(np.float32)
        slice_ = two[..., 0] + np.float32(place % 1) * (two[..., -1] - two[..., 0])
        return np.rint(between(between(slice_, 0), 1)).astype(voxels.dtype)

    with ThreadPoolExecutor() as threads:
        for first in range(0, shape[2], AT_ONCE):
            yield from threads.map(one, places[2][first : first + AT_ONCE])


def encoded(volume: Volume, form: str) -> Iterator[tuple[str, bytes]]:
    """Give name and bytes of each slice's file: IM1.dcm, IM2.dcm, ..., not padded, and against the order in space."""
    from vizmed.sample.dicom import encode_slice

    def one(k: int) -> tuple[str, bytes]:
        content = encode_slice(volume, k, modality="ct", plane="axial")
        return f"IM{volume.shape[2] - k}.dcm", compressed(content, k, form) if form else content

    with ThreadPoolExecutor() as threads:
        yield from threads.map(one, range(volume.shape[2]))


def compressed(content: bytes, k: int, form: str) -> bytes:
    """Give the file with some noise on its pixels, compressed without loss."""
    from io import BytesIO

    import numpy as np
    import pydicom
    from pydicom.encaps import encapsulate

    header = pydicom.dcmread(BytesIO(content))
    pixels = np.frombuffer(header.PixelData, "<u2").reshape(header.Rows, header.Columns).astype(int)
    noisy = pixels + np.random.default_rng(k).integers(-NOISE, NOISE + 1, pixels.shape)
    syntax, encode = encoders()[form]
    header["PixelData"] = pydicom.DataElement("PixelData", "OB", encapsulate([encode(noisy.clip(0, 4095))]))
    header["PixelData"].is_undefined_length = True
    header.file_meta.TransferSyntaxUID = syntax
    made = BytesIO()
    pydicom.dcmwrite(made, header, enforce_file_format=True)
    return made.getvalue()


def encoders() -> dict[str, tuple[str, Callable[[Any], bytes]]]:
    """Give the transfer syntax of each form, and what encodes a picture in it."""
    import imagecodecs
    import numpy as np
    from pydicom import uid

    def rle(picture: Any) -> bytes:
        high, low = picture.astype(">u2").view(np.uint8).reshape(*picture.shape, 2).transpose(2, 0, 1)
        segments = [imagecodecs.packbits_encode(np.ascontiguousarray(plane), axis=-1) for plane in (high, low)]
        segments = [segment + b"\0" * (len(segment) % 2) for segment in segments]
        # PS3.5, annex G: the number of segments and where each begins, in 16 numbers
        places = [2, 64, 64 + len(segments[0])]
        return np.array(places + [0] * 13, "<u4").tobytes() + b"".join(segments)

    def plain(encode: Callable[..., bytes], **options: Any) -> Callable[[Any], bytes]:
        return lambda picture: encode(picture.astype(np.uint16), **options)

    jpeg_2000 = {"codecformat": "j2k", "reversible": True, "bitspersample": 12}
    return {
        "jpeg-lossless": (uid.JPEGLosslessSV1, plain(imagecodecs.ljpeg_encode, bitspersample=12)),
        "jpeg-ls": (uid.JPEGLSLossless, plain(imagecodecs.jpegls_encode)),
        "jpeg-2000": (uid.JPEG2000Lossless, plain(imagecodecs.jpeg2k_encode, **jpeg_2000)),
        "rle": (uid.RLELossless, rle),
    }
