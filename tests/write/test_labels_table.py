from __future__ import annotations

import csv

import numpy as np
import pytest

from vizmed.errors import WriteError
from vizmed.read.labels.tables import read_table
from vizmed.segmentation import Label
from vizmed.write.labels_table import HEADER, LabelRow, write_labels_table

PLAIN = Label(1, "a", "#a1b2c3")


def row(label: Label, **changed) -> LabelRow:
    known = {
        "voxels": 1234,
        "voxels_mm3": 5678.125,
        "mesh_mm3": 5678.0,
        "area_mm2": 1_234_567.8914,
        "centroid_mm": np.array([-1.5, 2.25, -0.0001]),
        "bounds_mm": np.array([[-3.0, 4.0], [1.0, 2.0], [-9.5, 8.75]]),
        "closed": True,
        "pieces": 2,
        "triangles": 99,
        "file": f"{label.number}.stl",
    }
    return LabelRow(label=label, **(known | changed))


def test_it_is_csv_with_a_point_in_numbers(tmp_path):
    labels = Label(3, 'left, "upper" lobe', "#a1b2c3"), Label(70, "Leber groß", "#a1b2c3")
    write_labels_table([row(labels[0]), row(labels[1], closed=False)], tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_bytes().decode("utf-8")
    assert "\r" not in text
    first, second = csv.DictReader(text.splitlines())
    assert tuple(first) == HEADER
    assert first == {
        "number": "3", "name": 'left, "upper" lobe', "color": "#a1b2c3", "voxels": "1234",
        "voxels_mm3": "5678.125", "mesh_mm3": "5678.000", "area_mm2": "1234567.891",
        "centroid_x_mm": "-1.500", "centroid_y_mm": "2.250", "centroid_z_mm": "0.000",
        "least_x_mm": "-3.000", "most_x_mm": "4.000", "least_y_mm": "1.000", "most_y_mm": "2.000",
        "least_z_mm": "-9.500", "most_z_mm": "8.750",
        "closed": "yes", "pieces": "2", "triangles": "99", "file": "3.stl",
    }  # fmt: skip
    assert (second["name"], second["closed"]) == ("Leber groß", "no")


def test_it_is_a_table_of_labels_too(tmp_path):
    labels = [Label(3, "left, upper", "#a1b2c3"), Label(70, "Leber", "#00ff10")]
    write_labels_table([row(one) for one in labels], tmp_path / "a.csv")
    assert read_table(tmp_path / "a.csv") == {label.number: label for label in labels}


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)"])
def test_no_name_is_a_formula_to_a_spreadsheet(tmp_path, name):
    write_labels_table([row(Label(1, name, "#a1b2c3"))], tmp_path / "a.csv")
    (found,) = csv.DictReader((tmp_path / "a.csv").read_text().splitlines())
    assert found["name"] == f"'{name}"


def test_it_replaces_nothing_unasked(tmp_path):
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(WriteError, match="exists"):
        write_labels_table([row(PLAIN)], tmp_path / "a.csv")
    write_labels_table([row(PLAIN)], tmp_path / "a.csv", overwrite=True)
    assert (tmp_path / "a.csv").read_text().startswith("number,name,color")
