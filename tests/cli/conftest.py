"""The command line, run in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.dicom_files import SECRETS, write_series
from tests.phantoms import ellipsoid, geometries
from vizmed.cli import main
from vizmed.volume import Volume


class Told(NamedTuple):
    """What a command gave: exit code, results, notes."""

    code: int
    out: str
    err: str


@pytest.fixture
def vizmed(capsys) -> Callable[..., Told]:
    """Give a function that runs a command."""

    def run(*words: object) -> Told:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Told(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def known() -> Volume:
    """Give an ellipsoid whose place is known, in HU."""
    return ellipsoid(geometries((26, 24, 22))["rotated"], dtype="int16")[0]


@pytest.fixture(scope="session")
def secret_series(known, tmp_path_factory) -> Path:
    """Give the folder of a series that names its patient."""
    folder = tmp_path_factory.mktemp("secret") / "scan"
    write_series(folder, known.voxels, known.geometry, RescaleSlope="1", RescaleIntercept="0", RescaleType="HU")
    return folder


@pytest.fixture(scope="session")
def two_series(known, tmp_path_factory) -> Path:
    """Give a folder of two series: number 1 and number 2."""
    folder = tmp_path_factory.mktemp("two")
    write_series(folder / "a", known.voxels, known.geometry, series=1, SeriesDescription="thin slices")
    write_series(folder / "b", known.voxels[:, :, ::2], _thick(known), series=2, SeriesDescription="thick slices")
    return folder


def _thick(volume: Volume):
    from vizmed.geometry import Geometry

    geometry = volume.geometry
    spacing = geometry.spacing * (1, 1, 2)
    shape = volume.voxels[:, :, ::2].shape
    return Geometry.from_axes(shape, spacing, geometry.origin, geometry.direction)


@pytest.fixture(scope="session")
def names_nobody() -> Callable[[str | bytes], None]:
    """Give a check that a text or the bytes of a file hold nothing of the patient."""

    def check(told: str | bytes) -> None:
        for keyword, secret in SECRETS.items():
            assert (secret.encode() if isinstance(told, bytes) else secret) not in told, keyword
        word = b"SECRET" if isinstance(told, bytes) else "SECRET"
        assert word not in told

    return check
