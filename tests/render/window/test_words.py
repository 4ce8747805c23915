from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.render.window.desks import view_of, volume
from vizmed.render.window.words import readout, title
from vizmed.scene import scene_for

SCENE = scene_for("slices", size=(400, 300))


def test_the_title_is_the_series_and_never_a_patient(sample_head):
    assert title(sample_head) == "vizmed sample head - vizmed"
    assert title(replace(sample_head, description="")) == "CT - vizmed"
    assert title(replace(sample_head, description="", modality=None)) == "vizmed"


def test_the_value_under_the_pointer_with_its_place():
    scan = volume()
    view = view_of(SCENE, scan, "axial")
    ijk = np.array([3, 2, view.one.index])
    x, y = view.to_pixel(scan.geometry.to_world(ijk))
    said = readout(view, scan, x, y)
    assert said.startswith(f"{scan.voxels[tuple(ijk)]} HU ")
    assert said.splitlines()[0].endswith(f"ijk 3 2 {ijk[2]}")
    right, posterior, superior = scan.geometry.to_world(ijk) * (-1, 1, 1)
    told = re.search(r"R ([\d.]+)  P ([\d.]+)  S ([\d.]+) mm", said)
    assert [float(mm) for mm in told.groups()] == pytest.approx([right, posterior, superior], abs=0.051)


def test_without_a_unit_there_is_none_and_beside_the_scan_nothing():
    scan = volume(unit=None)
    view = view_of(SCENE, scan, "axial")
    assert "HU" not in readout(view, scan, 100, 75)
    assert readout(view, scan, 100, 75)
    assert readout(view, scan, 1, 1) == ""
