"""Whatever is wrong with a file, it is read or refused by one of vizmed's own exceptions."""

from __future__ import annotations

import random

import imagecodecs
import pytest
from pydicom import uid

from tests.dicom_files import write_enhanced, write_series
from tests.phantoms import asymmetric, geometries
from vizmed.errors import VizmedError
from vizmed.read import describe, read

from .test_colour import RGB, palette, rle
from .test_colour import write as write_colours
from .test_mosaic import write_mosaic

PHANTOM = asymmetric(geometries((4, 3, 5))["rotated"])


def mosaic(folder):
    write_mosaic(folder / "0", syntax=uid.ExplicitVRLittleEndian)


def deflated(folder):
    write_series(folder, PHANTOM.voxels[:, :, :1], geometries((4, 3, 1))["rotated"], syntax="1.2.840.10008.1.2.1.99")


def enhanced(folder):
    write_enhanced(folder / "0", PHANTOM.voxels, PHANTOM.geometry, range(5))


def indexed(folder):
    _, own = palette(16, 40)
    write_colours(folder, RGB[:1, :, :, 0], "PALETTE COLOR", **own)


def run_length(folder):
    write_colours(folder, RGB[:1], syntax=uid.RLELossless, encode=rle)


def jpeg(folder):
    write_colours(folder, RGB[:1], syntax=uid.JPEGBaseline8Bit, encode=imagecodecs.jpeg8_encode)


@pytest.mark.parametrize("write", [mosaic, deflated, enhanced, indexed, run_length, jpeg])
def test_wounded_files_are_read_or_refused(write, tmp_path):
    write(tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    rng = random.Random(11)  # noqa: S311 (wounds that can be repeated)
    readable = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(128, max(len(data), 130))
            if rng.random() < 0.9:
                data[at : at + 1] = rng.randbytes(1)
            else:
                del data[at : at + rng.choice([1, 2, 8, 1 << 20])]
        path.write_bytes(data)
        for look in (describe, lambda place: read(place, luminance=True, spacing=(1, 1, 1))):
            try:
                look(path)
            except VizmedError:
                continue
            readable += 1
    assert readable > 20
