"""Wounded files of every format, read in child processes with limits on time and memory.

What counts: a crash, a hang, an exception that is not ours, memory over the budget, and a file accepted whose
declared voxels are not there. All of them must be 0.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydicom import uid

from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from vizmed.write import write_volume

MEMORY_BYTES = 3 << 30
"""Address space of a child: VTK and the codecs map a good part of it before anything is read."""

SECONDS_A_FILE = 10

_SMALL = asymmetric(geometries((7, 6, 3))["rotated"])

_CHILD = """
import faulthandler, json, resource, signal, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
signal.signal(signal.SIGALRM, signal.SIG_DFL)
from vizmed.errors import VizmedError
from vizmed.read import read
for line in sys.stdin:
    path, reader = json.loads(line)
    print(json.dumps(["begun", path]), flush=True)
    signal.alarm({seconds})
    try:
        outcome = ["read", read(path, reader=reader).voxels.nbytes]
    except VizmedError as refused:
        outcome = ["refused", type(refused).__name__]
    except BaseException as error:
        outcome = ["foreign", repr(error)[:300]]
    signal.alarm(0)
    print(json.dumps(outcome), flush=True)
"""


def _dicom(syntax: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        write_series(folder, _SMALL.voxels, _SMALL.geometry, syntax=syntax)
        return min(folder.iterdir())

    return write


def _volume(ending: str, **options: bool) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        write_volume(_SMALL, folder / f"scan{ending}", **options)
        return folder / f"scan{ending}"

    return write


SEEDS: dict[str, Callable[[Path], Path]] = {
    "DICOM explicit": _dicom(uid.ExplicitVRLittleEndian),
    "DICOM implicit": _dicom(uid.ImplicitVRLittleEndian),
    "DICOM big endian": _dicom(uid.ExplicitVRBigEndian),
    "DICOM deflated": _dicom(uid.DeflatedExplicitVRLittleEndian),
    "DICOM RLE": _dicom(uid.RLELossless),
    "mha": _volume(".mha"),
    "mha compressed": _volume(".mha", compressed=True),
    "mhd": _volume(".mhd"),
    "nii": _volume(".nii"),
    "nii.gz": _volume(".nii.gz"),
    "nrrd": _volume(".nrrd"),
    "nrrd compressed": _volume(".nrrd", compressed=True),
    "vti": _volume(".vti"),
}
"""Format to what writes a sound file of it."""


def mutants(sound: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Wound a file: flipped bits, absurd numbers, cut ends, moved and doubled pieces, most of it near its head."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    for _ in range(count):
        data = bytearray(sound)
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            chance.choice(_WOUNDS)(data, chance)
        yield bytes(data)


def _place(data: bytearray, chance: random.Random) -> int:
    reach = len(data) if chance.random() < 0.3 else min(len(data), 900)
    return chance.randrange(max(reach, 1))


def _flip(data: bytearray, chance: random.Random) -> None:
    if data:
        data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _absurd(data: bytearray, chance: random.Random) -> None:
    start = _place(data, chance)
    size = chance.choice((1, 2, 4, 8))
    data[start : start + size] = chance.choice((b"\xff", b"\0", b"\x7f", b"9", b"-"))[:1] * size


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[_place(data, chance) if chance.random() < 0.5 else -chance.randrange(1, 64) :]


def _double(data: bytearray, chance: random.Random) -> None:
    start = _place(data, chance)
    piece = data[start : start + chance.randrange(1, 40)]
    data[start:start] = piece * chance.choice((1, 1, 50))


def _drop(data: bytearray, chance: random.Random) -> None:
    start = _place(data, chance)
    del data[start : start + chance.randrange(1, 20)]


_WOUNDS = (_flip, _flip, _absurd, _absurd, _cut, _double, _drop)


def fuzz(name: str, folder: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Read wounded files of a format.

    Returns
    -------
    outcomes : Counter
        How many were read, refused, ...
    failures : list of str
        Each with the file that shows it, which stays in the folder.
    """
    sound = SEEDS[name](folder / "sound")
    files = []
    for n, data in enumerate(mutants(sound.read_bytes(), count, seed)):
        place = folder / f"{n}"
        place.mkdir()
        for sibling in sound.parent.iterdir():
            if sibling.suffix == ".raw":
                (place / sibling.name).write_bytes(sibling.read_bytes())
        (place / sound.name).write_bytes(data)
        files.append(place / sound.name)
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    for path, (found, detail) in zip(files, _read_all(files), strict=True):
        there = 1100 * sum(file.stat().st_size for file in path.parent.iterdir())  # deflate makes 1032 bytes of one
        outcome = "accepted without its voxels" if found == "read" and detail > there else found
        outcomes[outcome] += 1
        if outcome not in ("read", "refused"):
            failures.append(f"{outcome}: {path} ({detail})")
    return outcomes, failures


def _read_all(files: Sequence[Path]) -> Iterator[tuple[str, Any]]:
    left = list(files)
    while left:
        outcomes = list(_read_in_child(left))
        if not outcomes:
            raise RuntimeError("the child does not start")
        yield from outcomes
        left = left[len(outcomes) :]


def _read_in_child(files: Sequence[Path]) -> Iterator[tuple[str, Any]]:
    """Read files in one child until it ends; the one that ended it is named last."""
    asked = "".join(json.dumps([str(path), "auto"]) + "\n" for path in files)
    code = _CHILD.format(memory=MEMORY_BYTES, seconds=SECONDS_A_FILE)
    done = subprocess.run(
        [sys.executable, "-c", code], input=asked, capture_output=True, text=True, check=False, errors="replace"
    )
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    for outcome in said:
        if outcome[0] != "begun":
            yield outcome[0], outcome[1]
    if said and said[-1][0] == "begun":
        yield ("hung" if done.returncode == -14 else f"crashed ({done.returncode})"), done.stderr[-300:]


def as_table(found: dict[str, Counter[str]]) -> str:
    """Write outcomes for a terminal."""
    width = max(map(len, found))
    rows = (
        f"{name:<{width}}  " + ", ".join(f"{n} {what}" for what, n in sorted(c.items())) for name, c in found.items()
    )
    return "\n".join(rows)
