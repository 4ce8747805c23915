"""Binary glTF written: by the rules of the Khronos specification, and read back by trimesh."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
import trimesh

from tests.contracts.mesh_writer import APEXES_MM, ODD_NAMES, VOLUME_MM3, MeshWriterContract, ball, tetrahedron
from tests.phantoms import ellipsoid_volume_mm3
from vizmed.errors import WriteError
from vizmed.parts import Part
from vizmed.vtk_bridge import mesh_arrays, to_polydata
from vizmed.write import glb, stream
from vizmed.write.glb import write_glb

PARTS = (Part("a", ball(), "#010203"), Part("b", tetrahedron(), "#FFFEFD"), Part("c", tetrahedron(), "#010203"))
UNSIGNED_INT, FLOAT, ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER, TRIANGLES = 5125, 5126, 34962, 34963, 4


def parsed(data: bytes) -> tuple[dict, bytes]:
    """Document and buffer, by chapter 4 of the specification: header, then a JSON and a BIN chunk, each padded."""
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    words, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    assert words % 4 == 0
    text = data[20 : 20 + words]
    assert len(text) - len(text.rstrip(b" ")) < 4
    assert text.startswith(b"{")
    size, kind = struct.unpack_from("<I4s", data, 20 + words)
    assert kind == b"BIN\0"
    assert size % 4 == 0
    assert len(data) == 28 + words + size
    return json.loads(text.decode("utf-8"), parse_constant=pytest.fail), data[28 + words :]


def values_of(document: dict, buffer: bytes, number: int) -> np.ndarray:
    """Give what an accessor shows, after checking it, its view and the view's place in the buffer."""
    accessor = document["accessors"][number]
    view = document["bufferViews"][accessor["bufferView"]]
    columns = {"SCALAR": 1, "VEC3": 3}[accessor["type"]]
    dtype = {UNSIGNED_INT: "<u4", FLOAT: "<f4"}[accessor["componentType"]]
    assert view["buffer"] == 0
    assert view["byteOffset"] % 4 == 0
    assert view["byteLength"] == 4 * columns * accessor["count"]
    assert view["byteOffset"] + view["byteLength"] <= len(buffer)
    assert accessor["count"] > 0
    return np.frombuffer(buffer, dtype, columns * accessor["count"], view["byteOffset"]).reshape(-1, columns)


def assert_primitive_holds(document: dict, buffer: bytes, primitive: dict) -> None:
    assert primitive["mode"] == TRIANGLES
    assert 0 <= primitive["material"] < len(document["materials"])
    at, numbers = primitive["attributes"]["POSITION"], primitive["indices"]
    points, indices = (values_of(document, buffer, number) for number in (at, numbers))
    accessors, views = document["accessors"], document["bufferViews"]
    assert (accessors[at]["type"], accessors[at]["componentType"]) == ("VEC3", FLOAT)
    assert (accessors[numbers]["type"], accessors[numbers]["componentType"]) == ("SCALAR", UNSIGNED_INT)
    assert views[accessors[at]["bufferView"]]["target"] == ARRAY_BUFFER
    assert views[accessors[numbers]["bufferView"]]["target"] == ELEMENT_ARRAY_BUFFER
    assert np.isfinite(points).all()
    assert accessors[at]["min"] == points.min(axis=0).tolist()
    assert accessors[at]["max"] == points.max(axis=0).tolist()
    assert indices.size % 3 == 0
    assert indices.max() < len(points)  # and so never 2**32 - 1, which restarts primitives


def assert_valid(data: bytes) -> dict:
    """Check what the specification demands of all that we write, and give the document."""
    document, buffer = parsed(data)
    assert document["asset"] == {"version": "2.0", "generator": "vizmed"}
    assert document["buffers"] == [{"byteLength": len(buffer)}]
    assert sum(view["byteLength"] for view in document["bufferViews"]) == len(buffer)
    assert len(document["bufferViews"]) == len(document["accessors"]) == 2 * len(document["meshes"])
    for mesh in document["meshes"]:
        (primitive,) = mesh["primitives"]
        assert_primitive_holds(document, buffer, primitive)
    for material in document["materials"]:
        shine = material["pbrMetallicRoughness"]
        assert all(0 <= channel <= 1 for channel in shine["baseColorFactor"])
        assert (shine["baseColorFactor"][3], shine["metallicFactor"], material["doubleSided"]) == (1, 0, True)
    root, *children = document["nodes"]
    assert document["scenes"] == [{"nodes": [0]}]
    assert document["scene"] == 0
    assert root["name"] == "vizmed"
    assert root["children"] == list(range(1, len(document["nodes"])))
    assert [child["mesh"] for child in children] == list(range(len(document["meshes"])))
    assert all(child["name"] for child in children)
    assert_rigid_to_metres(root["matrix"])
    return document


def assert_rigid_to_metres(matrix: list[float]) -> None:
    columns = np.array(matrix).reshape(4, 4).T
    turned = columns[:3, :3] * 1000
    assert columns[3].tolist() == [0, 0, 0, 1]
    assert columns[:3, 3].tolist() == [0, 0, 0]
    assert turned.T @ turned == pytest.approx(np.eye(3))
    assert np.linalg.det(turned) == pytest.approx(1)


class TestGlb(MeshWriterContract):
    name = "a.glb"

    def read_back(self, path):
        assert_valid(path.read_bytes())
        parts = trimesh.load(path, process=False).geometry
        return {name: mesh.vertices[mesh.faces] for name, mesh in parts.items()}

    def said(self, path):
        extras = dict(parsed(path.read_bytes())[0]["nodes"][0]["extras"])
        centre = extras.pop("CENTERED", None)
        space, unit = (extras.pop(name) for name in ("SPACE", "UNIT"))
        assert not extras
        return space, unit, tuple(centre) if centre else None

    def colors(self, path):
        parts = trimesh.load(path, process=False).geometry
        return {name: srgb(mesh.visual.material.baseColorFactor[:3] / 255) for name, mesh in parts.items()}


def srgb(light) -> str:
    """Colour of linear light, by the sRGB standard's own direction of its curve."""
    light = np.asarray(light, np.float64)
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return "#{:02x}{:02x}{:02x}".format(*np.rint(curved * 255).astype(int))


def test_colours_to_the_last_bit(tmp_path):
    """trimesh holds colours in 8 bits, in which those of dark linear light are lost: hence from the document."""
    channels = [*range(0, 256, 5), 255]
    parts = [Part(f"{n}", tetrahedron(), f"#{n:02x}{255 - n:02x}{n // 2:02x}") for n in channels]
    write_glb(parts, tmp_path / "a.glb")
    document, _ = parsed((tmp_path / "a.glb").read_bytes())
    for part, mesh in zip(parts, document["meshes"], strict=True):
        material = document["materials"][mesh["primitives"][0]["material"]]
        assert srgb(material["pbrMetallicRoughness"]["baseColorFactor"][:3]) == part.color


@pytest.mark.parametrize("frame", ["lps", "ras"])
def test_others_see_metres_with_the_head_up(frame, tmp_path):
    write_glb([Part("bone", tetrahedron()), Part("skin", ball())], tmp_path / "a.glb", frame=frame)
    scene = trimesh.load(tmp_path / "a.glb", process=False)
    assert set(scene.graph.nodes_geometry) == {"bone", "skin"}
    assert "vizmed" in scene.graph.nodes
    seen = {name: scene.geometry[name].copy().apply_transform(scene.graph[name][0]) for name in ("bone", "skin")}
    x, y, z = APEXES_MM.T.astype(np.float64)
    assert seen["bone"].vertices == pytest.approx(np.stack([x, z, -y], axis=1) / 1000)
    assert seen["bone"].volume == pytest.approx(VOLUME_MM3 / 1e9)
    assert seen["skin"].volume == pytest.approx(ellipsoid_volume_mm3() / 1e9, rel=0.01)
    assert seen["skin"].is_watertight


def test_centred_stands_around_the_origin(tmp_path):
    write_glb(ball(), tmp_path / "a.glb", frame="centered")
    assert trimesh.load(tmp_path / "a.glb").bounds.sum(axis=0) == pytest.approx(0, abs=1e-6)


def test_the_document(tmp_path):
    write_glb(PARTS, tmp_path / "a.glb")
    document = assert_valid((tmp_path / "a.glb").read_bytes())
    assert [material["name"] for material in document["materials"]] == ["#010203", "#fffefd"]
    assert [mesh["primitives"][0]["material"] for mesh in document["meshes"]] == [0, 1, 0]
    assert [node["name"] for node in document["nodes"]] == ["vizmed", "a", "b", "c"]
    assert document["nodes"][0]["extras"] == {"SPACE": "LPS", "UNIT": "mm"}
    points, triangles = mesh_arrays(ball())
    buffer = parsed((tmp_path / "a.glb").read_bytes())[1]
    assert np.array_equal(values_of(document, buffer, 0), points)
    assert np.array_equal(values_of(document, buffer, 1).reshape(-1, 3), triangles)


def test_names_in_other_scripts(tmp_path):
    write_glb([Part(name, tetrahedron()) for name in ODD_NAMES], tmp_path / "a.glb")
    names = [node["name"] for node in assert_valid((tmp_path / "a.glb").read_bytes())["nodes"]]
    assert {"Schädel 頭", "left & right", "left & right-2", "surface"} < set(names)


@pytest.mark.parametrize("length", range(1, 6))
def test_padding_of_words(length, tmp_path):
    write_glb([Part("n" * length, tetrahedron())], tmp_path / "a.glb")
    assert_valid((tmp_path / "a.glb").read_bytes())


@pytest.mark.parametrize("block", [1, 999, 10**6])
def test_the_same_bytes_in_any_blocks(block, tmp_path, monkeypatch):
    write_glb(PARTS, tmp_path / "a.glb")
    monkeypatch.setattr(glb, "BLOCK", block)
    monkeypatch.setattr(stream, "EARLY_BYTES", 1000)
    write_glb(PARTS, tmp_path / "b.glb")
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_more_than_the_format_counts_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(glb, "MOST_POINTS", 7)
    with pytest.raises(WriteError, match=r"8 points.*no more than 7"):
        write_glb(to_polydata(np.eye(8, 3), np.array([[0, 1, 2]])), tmp_path / "a.glb")
    monkeypatch.setattr(glb, "MOST_BYTES", 999)
    with pytest.raises(WriteError, match=r"would have [\d,]+ bytes.*no more than 999"):
        write_glb(tetrahedron(), tmp_path / "a.glb")
    assert list(tmp_path.iterdir()) == []
