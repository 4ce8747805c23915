from __future__ import annotations

import json
import re
import shutil

import pytest

from vizmed import read
from vizmed.cli import in_chunks
from vizmed.cli.needs import SURFACE
from vizmed.read import nifti
from vizmed.read.dicom import chunks as dicom_chunks
from vizmed.write import write_volume


@pytest.fixture
def thin_layers(monkeypatch):
    from vizmed.surface.contour import layers

    monkeypatch.setattr(layers, "thickness", lambda _: 4)


@pytest.fixture
def too_little(sample_folder) -> int:
    """Bytes that some of the slices fit into, and the whole does not."""
    return SURFACE.bytes_of(read(sample_folder).voxels.nbytes) - 1


@pytest.mark.parametrize("options", [(), ("--level", "otsu"), ("--largest", "--smooth", 3, "--open-border")])
def test_little_memory_makes_the_same_file(vizmed, sample_folder, thin_layers, too_little, tmp_path, options):
    whole = vizmed("surface", sample_folder, "-o", tmp_path / "a.stl", "--report", tmp_path / "a.json", *options)
    assert whole.code == 0, whole.err
    names = ("-o", tmp_path / "b.stl", "--report", tmp_path / "b.json", "--max-memory", too_little)
    told = vizmed("surface", sample_folder, *names, *options)
    assert told.code == 0, told.err
    assert told.out.splitlines()[:2] == whole.out.splitlines()[:2]
    assert told.err.startswith(whole.err)
    beyond = (
        r"warning: [\d,]+ triangles take about \d+ MB of memory, and 130 MB are allowed: --max-error 0 takes less\n"
    )
    assert re.fullmatch(beyond, told.err.removeprefix(whole.err))
    assert (tmp_path / "b.stl").read_bytes() == (tmp_path / "a.stl").read_bytes()
    found, expected = (json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in ("b.json", "a.json"))
    for each in (found, expected):
        for output in each["outputs"]:
            del output["name"]
    assert found == expected


def test_what_needs_all_voxels_says_so(vizmed, sample_folder, thin_layers, too_little, tmp_path):
    told = vizmed("surface", sample_folder, "-o", tmp_path / "a.stl", "--max-memory", too_little, "--median", 1)
    assert told.code != 0
    assert "--median cannot be had of a volume that is read in chunks. Leave that out, or allow more" in told.err
    assert not (tmp_path / "a.stl").exists()


@pytest.fixture
def spans(monkeypatch) -> list[tuple[int, int]]:
    """Which slices of a series are fetched, one chunk after the other."""
    read_slices, spans = dicom_chunks._slices, []

    def noted(stack, dtype, first, last):
        spans.append((first, last))
        return read_slices(stack, dtype, first, last)

    monkeypatch.setattr(dicom_chunks, "_slices", noted)
    return spans


@pytest.mark.parametrize("slices", [4, 5, 7])
def test_the_less_memory_the_fewer_slices_are_read_at_a_time(vizmed, sample_folder, tmp_path, spans, slices):
    voxels = read(sample_folder).voxels
    layers = in_chunks.LAYERS * slices * voxels[..., 0].nbytes
    expected = surface_bytes(vizmed, sample_folder, tmp_path / "a.stl")
    spans.clear()
    allowed = ("--max-memory", SURFACE.beyond + layers)
    assert surface_bytes(vizmed, sample_folder, tmp_path / "b.stl", *allowed) == expected
    assert max(last - first for first, last in spans) == slices


@pytest.mark.parametrize(
    "options", [("--default",), ("--preset", "bone"), ("--level", 300), ("--range", "100:300"), ("--largest",)]
)
def test_a_surface_that_asks_once_is_made_while_its_slices_are_read(
    vizmed, sample_folder, thin_layers, tmp_path, spans, options
):
    nk = read(sample_folder).shape[2]
    found = surface_bytes(vizmed, sample_folder, tmp_path / "a.stl", *options)
    layers = [span for span in spans if span[1] - span[0] > 1]
    assert layers == [(first, min(first + 4, nk)) for first in range(0, nk - 1, 3)], "each layer once"
    spans.clear()
    reported = ("--report", tmp_path / "b.json")
    assert surface_bytes(vizmed, sample_folder, tmp_path / "b.stl", *options, *reported) == found
    assert spans == [], "a report looks at the values again: they are read as a whole"


@pytest.mark.parametrize("options", [("--level", "otsu"), ("--median", 1), ("--body",)])
def test_what_asks_again_is_read_as_a_whole(vizmed, sample_folder, thin_layers, tmp_path, spans, options):
    surface_bytes(vizmed, sample_folder, tmp_path / "a.stl", *options)
    assert all(last - first == 1 for first, last in spans)


def test_less_than_some_slices_is_refused(vizmed, sample_folder, thin_layers, tmp_path):
    told = vizmed("surface", sample_folder, "-o", tmp_path / "a.stl", "--max-memory", SURFACE.beyond)
    assert told.code != 0
    assert "4 of its slices at a time take about" in told.err
    told = vizmed("surface", sample_folder, "-o", tmp_path / "a.stl", "--max-memory", "much")
    assert "'much' is no amount of memory" in told.err


def test_enough_memory_changes_nothing(vizmed, sample_folder, tmp_path):
    told = vizmed("surface", sample_folder, "-o", tmp_path / "a.stl", "--max-memory", "4GB", "--median", 1)
    assert told.code == 0, told.err


def test_strict_refuses_the_same_as_of_a_whole(vizmed, sample_folder, thin_layers, too_little, tmp_path):
    gap = tmp_path / "gap"
    shutil.copytree(sample_folder, gap)
    sorted(gap.iterdir())[20].unlink()
    refused = vizmed("surface", gap, "-o", tmp_path / "a.stl", "--strict")
    told = vizmed("surface", gap, "-o", tmp_path / "a.stl", "--strict", "--max-memory", too_little)
    assert (told.code, told.err) == (refused.code, refused.err)
    assert "Without --strict it is read like this" in told.err
    assert surface_bytes(vizmed, sample_folder, tmp_path / "b.stl", "--strict", "--max-memory", too_little)


def surface_bytes(vizmed, scan, path, *options) -> bytes:
    inside = () if {"--level", "--preset", "--range", "--default"} & {*options} else ("--level", 100)
    options = [option for option in options if option != "--default"]
    told = vizmed("surface", scan, "-o", path, "--max-error", 0, *inside, *options)
    assert told.code == 0, told.err
    return path.read_bytes()


@pytest.mark.parametrize("allowed", [0, 10**9])
def test_a_packed_file_is_read_once(vizmed, sample_folder, thin_layers, too_little, tmp_path, monkeypatch, allowed):
    volume = read(sample_folder)
    (scan,) = write_volume(volume, tmp_path / "scan.nii.gz")
    expected = surface_bytes(vizmed, scan, tmp_path / "a.stl")
    unpacked, gunzip = [], nifti.gunzip
    monkeypatch.setattr(nifti, "gunzip", lambda packed, size, path: unpacked.append(path) or gunzip(packed, size, path))
    monkeypatch.setattr(in_chunks, "read_source", None)
    assert surface_bytes(vizmed, scan, tmp_path / "b.stl", "--max-memory", too_little + allowed) == expected
    assert unpacked == [scan]


@pytest.mark.parametrize("ending", [".nii", ".nrrd", ".mha"])
def test_a_raw_file_needs_no_more_memory_than_a_series(
    vizmed, sample_folder, thin_layers, too_little, tmp_path, ending
):
    (scan,) = write_volume(read(sample_folder), tmp_path / f"scan{ending}")
    expected = surface_bytes(vizmed, scan, tmp_path / "a.stl")
    assert surface_bytes(vizmed, scan, tmp_path / "b.stl", "--max-memory", too_little) == expected
    refused = vizmed("surface", scan, "-o", tmp_path / "c.stl", "--max-memory", SURFACE.beyond)
    assert "4 of its slices at a time take about" in refused.err
