"""What the plots show; the drawing itself needs matplotlib, which the tests do without."""

from __future__ import annotations

from benchmarks.plots import FAMILIES, family, growth_lines, ratio_rows

from tests.scripts.facts import facts, own, record, skipped


def test_a_row_has_the_peers_over_vizmed_and_nobody_without_a_number():
    results = {
        "vizmed.read": own(0.5),
        "reader=vtk": own(0.7),
        "SimpleITK": facts(5.0),
        "itk": skipped("no wheel"),
        "cat": facts(0.1),
        "bytes into one buffer": facts(0.05),
        "bytes into fresh memory, all cores": facts(0.3),
    }
    ((title, peers),) = ratio_rows([record("read", "head", **results)])
    assert title == "Read"
    assert peers == [("SimpleITK", 10.0)]


def test_real_scans_and_contests_that_are_no_comparison_have_no_row():
    results = {"vizmed": own(), "peer": facts()}
    real = [record("read", name, name, **results) for name in ("thorax-ct", "head-mr")]
    assert ratio_rows([*real, record("growth", "growing-1", **results)]) == []


def test_a_row_of_compressed_series_is_named_by_its_form():
    results = {"vizmed.read": own(), "SimpleITK": facts()}
    rows = ratio_rows([record("compressed", "rle", "head 8 x 8 x 8, RLE", **results)])
    assert rows[0][0] == "RLE series"


def test_growth_is_told_in_million_voxels():
    records = [record("growth", f"growing-{n}", **{"vizmed.read": own(n, 10 * n)}) for n in (1, 2)]
    (line,) = growth_lines(records, quick=False).values()
    assert line == [(64**3 / 1e6, 1, 10), (128**3 / 1e6, 2, 20)]


def test_peers_are_known_by_the_beginning_of_their_names():
    assert family("vtkSTLWriter") == family("VTK script") == "vtk"
    assert family("SimpleITK and VTK script") == "SimpleITK"
    assert family("cat") == "others"
    assert len(set(FAMILIES.values())) == len(FAMILIES)
