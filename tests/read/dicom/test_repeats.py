"""What repeats itself is passed over, and the result is that of scanning each file from its start."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset

from tests.dicom_files import write_series
from tests.fuzz import mutants
from tests.phantoms import asymmetric, geometries
from vizmed.read.dicom import repeats as repeats_module
from vizmed.read.dicom.repeats import Repeats
from vizmed.read.dicom.scanner import OutOfTheOrdinaryError, Passed, Scanned, scan

GRID = geometries((4, 3, 12))["rotated"]
VOXELS = asymmetric(GRID).voxels
PLAIN = (uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian)


def series(folder: Path, syntax: str, **attributes) -> list[bytes]:
    """Write slices with a sequence in each, of which some have values of their own."""

    def own(k: int) -> dict:
        referenced = Dataset()
        referenced.ReferencedSOPInstanceUID = f"1.2.{10**k}"
        referenced.is_undefined_length_sequence_item = True
        own = {"SourceImageSequence": [referenced], "SliceLocation": k * 1.4, "WindowCenter": 40 if k < 9 else 50}
        return own | ({"EchoTime": 2.5} if k in (4, 5) else {})

    files = write_series(folder, VOXELS, GRID, syntax=syntax, per_slice=own, **attributes)
    return [path.read_bytes() for path in files]


def outcome(scanning, data: bytes) -> str:
    try:
        return repr(scanning(data, len(data)))  # repr: NaN equals itself, and the order of the values counts
    except (IndexError, struct.error, OutOfTheOrdinaryError, ValueError, OverflowError) as error:
        return type(error).__name__


def assert_same_as_scanned_alone(files: Iterable[bytes], repeats: Repeats) -> int:
    """Compare file after file, and count those that can be scanned."""
    outcomes = [(outcome(scan, data), outcome(repeats.scan, data)) for data in files]
    assert [alone for alone, _ in outcomes] == [after_others for _, after_others in outcomes]
    return sum(alone.startswith("Scanned") for alone, _ in outcomes)


@pytest.mark.parametrize("syntax", PLAIN)
def test_each_file_as_if_it_were_alone(syntax, tmp_path):
    files = series(tmp_path, syntax)
    assert assert_same_as_scanned_alone(files, Repeats()) == 12
    assert assert_same_as_scanned_alone(files[::-1], Repeats()) == 12


def test_files_of_several_kinds_in_turns(tmp_path):
    kinds = [
        *(series(tmp_path / f"syntax {n}", syntax) for n, syntax in enumerate(PLAIN)),
        series(tmp_path / "more", PLAIN[0], series=2, RescaleSlope="2", RescaleIntercept="-1"),
        series(tmp_path / "frames", PLAIN[0], NumberOfFrames=1),
        series(tmp_path / "compressed", uid.RLELossless),
    ]
    mixed = [data for files in zip(*kinds, strict=True) for data in files]
    assert assert_same_as_scanned_alone(mixed, Repeats()) == 60


@pytest.mark.parametrize("name", ["head-mr", "thorax-ct", "abdomen-ct-j2k", "head-ct-lowres", "irregular"])
def test_real_files(name, shared_data):
    files = sorted(path for path in shared_data(name).rglob("*") if path.is_file())[:300]
    starts = (path.read_bytes()[: 1 << 15] for path in files)
    assert assert_same_as_scanned_alone((start for start in starts if len(start) > 132), Repeats()) > 3


@pytest.mark.parametrize("syntax", PLAIN)
def test_most_of_a_series_is_compared_and_not_scanned(syntax, tmp_path, monkeypatch):
    files = write_series(tmp_path, np.zeros((4, 3, 99)), geometries((4, 3, 99))["permuted"], syntax=syntax)
    scanned = []
    monkeypatch.setattr(repeats_module, "scan", lambda *given: scanned.append(1) or scan(*given))
    repeats = Repeats()
    for path in files:
        assert isinstance(repeats.scan(path.read_bytes(), path.stat().st_size), Scanned)
    assert len(scanned) <= 4


@pytest.mark.parametrize("syntax", PLAIN)
def test_wounded_files(syntax, tmp_path):
    files = series(tmp_path, syntax)
    repeats = Repeats()
    assert_same_as_scanned_alone(files, repeats)
    wounded = (data for n, sound in enumerate(files[:4]) for data in mutants(sound, 500, seed=n))
    assert assert_same_as_scanned_alone(wounded, repeats) > 250


def elements(data: bytes) -> list[bytes]:
    passed: list[Passed] = []
    found = scan(data, len(data), passed)
    ends = [*(begin for _, begin, _ in passed[1:]), found.pixel_offset]
    return [data[begin:end] for (_, begin, _), end in zip(passed, ends, strict=True)]


@pytest.mark.parametrize("syntax", PLAIN)
def test_files_put_together_of_elements_of_others(syntax, tmp_path):
    """Sound elements in combinations that no file has: left out, doubled, moved, of another file."""
    rng = random.Random(5)  # noqa: S311 (no secret)
    files = [*series(tmp_path / "a", syntax), *series(tmp_path / "b", PLAIN[0]), *series(tmp_path / "c", PLAIN[1])]
    parted = [elements(data) for data in files]
    repeats = Repeats()

    def combined() -> bytes:
        parts = list(rng.choice(parted[:12]))
        for _ in range(rng.choice((0, 1, 1, 2))):
            n = rng.randrange(len(parts))
            kind = rng.randrange(4)
            if kind == 0:
                del parts[n]
            elif kind == 1:
                parts.insert(rng.randrange(len(parts)), parts[n])
            else:
                other = rng.choice(parted if kind == 2 else parted[:12])
                parts[n] = other[min(n, len(other) - 1)]
        return bytes(128) + b"DICM" + b"".join(parts) + bytes(24)

    assert assert_same_as_scanned_alone((combined() for _ in range(2000)), repeats) > 500
