"""One function for surfaces in all formats: the ending decides."""

from __future__ import annotations

import numpy as np
import pytest

import vizmed
from tests.contracts.mesh_writer import ball, tetrahedron
from vizmed.errors import OptionError, WriteError
from vizmed.parts import Part
from vizmed.vtk_bridge import mesh_arrays, to_polydata
from vizmed.write import SURFACE_ENDINGS, stream, write_surface
from vizmed.write.frames import distinct, one_word, place

BEGINNINGS = {
    ".stl": b"vizmed SPACE=LPS UNIT=mm ",
    ".ply": b"ply\n",
    ".obj": b"# vizmed SPACE=LPS UNIT=mm\n",
    ".vtp": b'<?xml version="1.0"?>\n<VTKFile type="PolyData"',
    ".glb": b"glTF\x02\x00\x00\x00",
    ".3mf": b"PK\x03\x04",
}


def test_endings():
    assert tuple(BEGINNINGS) == SURFACE_ENDINGS


@pytest.mark.parametrize("ending", BEGINNINGS)
def test_the_ending_decides(ending, tmp_path):
    for name in (f"a{ending}", f"b.stl.ply{ending.upper()}"):
        assert write_surface(ball(), str(tmp_path / name)) == tmp_path / name
        assert (tmp_path / name).read_bytes().startswith(BEGINNINGS[ending])
    assert vizmed.write_surface is write_surface


def test_a_name_that_is_all_ending(tmp_path):
    write_surface(ball(), tmp_path / ".stl")
    assert (tmp_path / ".stl").read_bytes().startswith(BEGINNINGS[".stl"])


@pytest.mark.parametrize("name", ["a", "a.gltf", "a.stl.gz", "a.stl/b", "stl"])
def test_other_endings_are_refused(name, tmp_path):
    with pytest.raises(WriteError, match=r"no format for surfaces.*\.stl, \.ply, \.obj, \.vtp, \.glb, \.3mf"):
        write_surface(ball(), tmp_path / "none" / name)


def test_only_stl_has_a_text(tmp_path):
    write_surface(ball(), tmp_path / "a.stl", ascii=True)
    assert (tmp_path / "a.stl").read_bytes().startswith(b"solid vizmed SPACE=LPS UNIT=mm\nfacet normal ")
    for ending in set(SURFACE_ENDINGS) - {".stl"}:
        with pytest.raises(OptionError, match=rf"\{ending} is not written as text"):
            write_surface(ball(), tmp_path / f"a{ending}", ascii=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.stl"]


def test_names_are_made_distinct():
    assert distinct(["a", "a", "a-2", "b", "a"]) == ["a", "a-2", "a-2-2", "b", "a-3"]
    assert distinct(one_word(name) for name in ("a b", "a\tb", "a_b")) == ["a_b", "a_b-2", "a_b-3"]
    assert one_word("Schädel (li.) #1\\\n") == "Schädel_li._1_"
    assert len(one_word("n" * 100)) == 64


@pytest.mark.parametrize("centre", [(0, 0, 0), (-123456.789, -1e-5, 1 / 3), (-3.0e38, -1.23456789e-30, -2e38)])
def test_what_is_said_fits_into_the_header_of_stl(centre, tmp_path):
    at = np.array(centre, np.float32)
    placing = place(to_polydata(np.stack([at, at, at]), np.array([[0, 1, 2]])), "centered", tmp_path)
    assert len(placing.text) <= 80
    said = placing.text.partition("CENTERED=")[2].split(",")
    assert tuple(float(number) for number in said) == placing.centre
    assert placing.centre == pytest.approx(centre, rel=1e-5)
    assert "-0" not in said


def test_points_that_stay_where_they_are_are_not_copied(tmp_path):
    placing = place([Part("a", ball())], "lps", tmp_path)
    points, triangles = mesh_arrays(ball())
    assert np.shares_memory(placing.parts[0].points, points)
    assert np.shares_memory(placing.parts[0].triangles, triangles)


def test_blocks_come_in_their_order_and_few_at_a_time():
    begun = []

    def blocks():
        for number in range(20):
            begun.append(number)
            yield number

    for number, made in enumerate(stream.made_ahead(lambda block: block * 2, blocks())):
        assert made == 2 * number
        assert len(begun) - number <= stream.ALIVE


def test_an_error_in_a_block_is_told():
    def fail(block):
        raise ValueError(block)

    with pytest.raises(ValueError, match="7"):
        list(stream.made_ahead(fail, [7, 8, 9]))


def test_a_mesh_of_many_parts_is_counted_through(tmp_path):
    parts = [Part(f"{n}", tetrahedron((n, 0, 0))) for n in range(12)]
    placing = place(parts, "lps", tmp_path)
    assert (placing.n_points, placing.n_triangles) == (48, 48)
    assert [first for _, first in placing.numbered()] == list(range(0, 48, 4))
