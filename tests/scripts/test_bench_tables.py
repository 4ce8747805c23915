"""Facts as rows of tables."""

from __future__ import annotations

from io import StringIO

from benchmarks.tables import goal_rows, result, row, show
from rich.console import Console

from tests.scripts.facts import facts, own, record, skipped

READ = {
    "vizmed.read": own(0.5, 104, voxels=100, checksum=0xAB),
    "cat": facts(0.25, 1),
    "SimpleITK": facts(5, 250, checksum=0xAB),
    "itk": skipped("no wheel"),
}


def test_a_row_has_seconds_ratio_memory_and_result():
    first = READ["vizmed.read"]
    assert row("SimpleITK", READ["SimpleITK"], first) == [
        "SimpleITK",
        "5.000",
        "10.00",
        "250",
        "2.50",
        "checksum 000000ab",
    ]
    assert row("itk", READ["itk"], first)[-1] == "skipped: no wheel"


def test_a_first_that_was_skipped_leaves_the_ratios_out():
    assert row("b", facts(2.0), skipped("no option"))[1:3] == ["2.000", ""]


def test_results_are_told_in_words():
    assert result({"triangles": 1234567, "ml": 12.34}) == "1,234,567 triangles, 12.3 ml"
    assert result({"triangles": 9, "mean_mm": 0.042, "max_mm": 1.5}) == (
        "9 triangles, error 0.042 mm on average, 1.50 at most"
    )
    assert result({"fps": 12.34}) == "12.3 pictures a second"
    assert result({"seconds": 6.0, "scans": 5}) == "5 scans; 1,000 would take 20 minutes in proportion"
    assert result({"picture": "8 x 8 pixels"}) == "8 x 8 pixels"


def test_goals_say_whether_they_are_met():
    rows = {cells[0].partition("over ")[2]: cells[1:] for cells in goal_rows([record("read", "head", **READ)])}
    assert rows["cat"] == ["at most 2", "2.00", "met"]
    assert rows["SimpleITK"] == ["at most 0.06", "0.10", "not met"]
    assert rows["vtkDICOMImageReader"] == ["at most 0.15", "", "not measured"]


def test_the_page_begins_with_the_conditions_and_the_goals():
    page = StringIO()
    show(Console(file=page, width=200), "today", [record("read", "head", **READ)], markdown=True)
    lines = [line for line in page.getvalue().splitlines() if line.strip()]
    assert lines[0].strip() == "today"
    assert lines[1].startswith("| the goals")
    assert [line for line in lines if line.startswith("| Read: head 8 x 8 x 8")]
    assert all(line.startswith("|") for line in lines[1:])
