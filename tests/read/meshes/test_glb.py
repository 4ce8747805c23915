from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvista
import trimesh
from vtkmodules.vtkIOGeometry import vtkGLTFReader

from tests.read.meshes.contract import MeshReaderContract
from tests.read.meshes.shapes import POINTS, TETRA, TETRA_POINTS, TRIANGLES, codes, corners, cyclic, only, volume_mm3
from vizmed.errors import BudgetError, CodecError, DamagedFileError, UnknownFormatError
from vizmed.read.meshes import read_mesh

LPS_TO_GLTF = [0.001, 0, 0, 0, 0, 0, -0.001, 0, 0, 0.001, 0, 0, 0, 0, 0, 1]
"""By columns, as glTF has it: (x, y, z) of LPS mm is (x, z, -y) in glTF metres."""

COMPONENTS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}


def to_gltf(points: np.ndarray) -> np.ndarray:
    return points[:, [0, 2, 1]] * [0.001, 0.001, -0.001]


def glb(document: dict[str, Any], binary: bytes = b"") -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    if binary:
        binary += bytes(-len(binary) % 4)
        chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def document_of(points: np.ndarray, indices: np.ndarray | None, **node: Any) -> tuple[dict[str, Any], bytes]:
    """One mesh on one node; whatever is given of the node takes the place of the matrix."""
    places = np.ascontiguousarray(points, "<f4").tobytes()
    binary = places + (b"" if indices is None else np.ascontiguousarray(indices).tobytes())
    primitive: dict[str, Any] = {"attributes": {"POSITION": 0}}
    accessors = [{"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3"}]
    views = [{"buffer": 0, "byteOffset": 0, "byteLength": len(places)}]
    if indices is not None:
        primitive["indices"] = 1
        kind = COMPONENTS[indices.dtype.str[1:]]
        accessors.append({"bufferView": 1, "componentType": kind, "count": indices.size, "type": "SCALAR"})
        views.append({"buffer": 0, "byteOffset": len(places), "byteLength": indices.nbytes})
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **(node or {"matrix": LPS_TO_GLTF})}],
        "meshes": [{"primitives": [primitive]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    return document, binary


def tetra() -> tuple[dict[str, Any], bytes]:
    return document_of(TETRA_POINTS, TETRA.astype("<u2"))


class TestByTrimesh(MeshReaderContract):
    format = "GLB"
    unit = "m"
    tolerance_mm = 1e-4

    def write(self, points, triangles, folder):
        mesh = trimesh.Trimesh(to_gltf(points.astype(float)), triangles, process=False)
        (folder / "a.glb").write_bytes(trimesh.exchange.gltf.export_glb(mesh))
        return folder / "a.glb"

    def to_lps_mm(self, points):
        return points[..., [0, 2, 1]] * [1000, -1000, 1000]


class TestByHand(TestByTrimesh):
    tolerance_mm = 0.0

    def write(self, points, triangles, folder):
        (folder / "a.glb").write_bytes(glb(*document_of(points, triangles.astype("<u4"))))
        return folder / "a.glb"


class TestAsJson(TestByTrimesh):
    format = "glTF"
    tolerance_mm = 0.0
    is_known_to_trimesh = False

    def write(self, points, triangles, folder):
        document, binary = document_of(points, triangles.astype("<u2"))
        uri = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
        document["buffers"][0]["uri"] = uri
        (folder / "a.gltf").write_text(json.dumps(document, indent=1))
        return folder / "a.gltf"

    @pytest.mark.parametrize("share", [0.3, 0.8])
    def test_cut_short(self, share, tmp_path):
        super().test_cut_short(share, tmp_path)

    def test_nothing_else_is_taken_for_it(self, tmp_path):
        (tmp_path / "other.json").write_text('{"type": "FeatureCollection", "features": []}')
        with pytest.raises(UnknownFormatError):
            read_mesh(tmp_path / "other.json")


@pytest.fixture
def read(tmp_path):
    def read_document(document: dict[str, Any], binary: bytes = b""):
        (tmp_path / "a.glb").write_bytes(glb(document, binary))
        return read_mesh(tmp_path / "a.glb")

    return read_document


def by_vtk(path: Path) -> np.ndarray:
    """What VTK makes of the file, all nodes applied, brought from glTF metres to LPS mm."""
    reader = vtkGLTFReader()
    reader.SetFileName(str(path))
    reader.Update()
    blocks = pyvista.wrap(reader.GetOutput()).combine(merge_points=False).extract_surface(algorithm="dataset_surface")
    return corners(blocks.triangulate()).astype(float)[..., [0, 2, 1]] * [1000, -1000, 1000]


class TestFrames:
    @pytest.mark.parametrize("frame", ["LPS", "RAS"])
    @pytest.mark.parametrize("centre", [None, [10.5, -20, 300], "10.5,-20,300"])
    def test_the_matrix_undoes_it(self, frame, centre, read):
        turn = np.array([-1, -1, 1] if frame == "RAS" else [1, 1, 1])
        middle = np.array([10.5, -20, 300] if centre else [0, 0, 0])
        points = (POINTS.astype(float) - middle) * turn
        matrix = [*np.multiply(np.reshape(LPS_TO_GLTF, (4, 4)), [[turn[0]], [turn[1]], [1], [1]]).ravel()]
        document, binary = document_of(points, TRIANGLES.astype("<u4"))
        extras = {"SPACE": frame, "UNIT": "mm"} | ({"CENTERED": centre} if centre else {})
        document["nodes"] = [
            {"name": "vizmed", "matrix": matrix, "extras": extras, "children": [1]},
            {"mesh": 0, "name": "bone"},
        ]
        found = read(document, binary)
        assert corners(found.mesh) == pytest.approx(POINTS[TRIANGLES], abs=1e-4)
        assert (found.frame, found.unit, codes(found), only(found).name) == (frame, "mm", [], "bone")

    def test_a_unit_changes_nothing(self, read):
        document, binary = tetra()
        document["nodes"][0]["extras"] = {"SPACE": "LPS", "UNIT": "cm"}
        found = read(document, binary)
        assert np.array_equal(corners(found.mesh), TETRA_POINTS[TETRA])
        assert found.unit == "cm"

    def test_not_a_bit_is_lost(self, read):
        points = np.random.default_rng(1).normal(scale=300, size=(999, 3)).astype(np.float32)
        found = read(*document_of(points, np.arange(999, dtype="<u2")))
        assert np.array_equal(corners(found.mesh), points.reshape(-1, 3, 3))

    def test_an_unknown_frame(self, read):
        document, binary = tetra()
        document["nodes"][0]["extras"] = {"SPACE": "LAS"}
        assert codes(read(document, binary)) == ["frame-unknown", "frame-assumed"]
        document["nodes"][0]["extras"] = {"SPACE": "LPS", "CENTERED": [1, 2, "x"]}
        with pytest.raises(DamagedFileError, match="CENTERED"):
            read(document, binary)
        document["nodes"][0]["extras"] = {"SPACE": 7, "CENTERED": 5}
        assert volume_mm3(read(document, binary).mesh) == pytest.approx(1000)


class TestNodes:
    def test_the_way_down_the_tree(self, read, tmp_path):
        """A translation of a turn of a scale of a matrix, once more in the mirror; VTK agrees."""
        document, binary = tetra()
        quarter = np.sqrt(0.5)
        document["nodes"] = [
            {"translation": [0.1, 0.2, 0.3], "children": [1, 3]},
            {"rotation": [0, 0, quarter, quarter], "children": [2]},
            {"scale": [1, 2, 3], "mesh": 0, "name": "first", "matrix": None},
            {"scale": [-1, 1, 1], "children": [4]},
            {"matrix": LPS_TO_GLTF, "mesh": 0},
        ]
        del document["nodes"][2]["matrix"]
        document["meshes"][0]["name"] = "of the mesh"
        found = read(document, binary)
        assert [part.name for part in found.parts] == ["first", "of the mesh"]
        x, y, z = TETRA_POINTS.T
        x, y, z = 0.1 - 2 * y, 0.2 + x, 0.3 + 3 * z  # scaled, turned by a quarter about z, moved
        expected = np.stack([1000 * x, -1000 * z, 1000 * y], axis=1)[TETRA]
        assert corners(found.parts[0].mesh) == pytest.approx(expected, abs=0.01)
        mirrored = (TETRA_POINTS * [-1, 1, 1] + [100, -300, 200])[TETRA][:, [0, 2, 1]]
        assert corners(found.parts[1].mesh) == pytest.approx(mirrored, abs=1e-4)
        assert volume_mm3(found.parts[1].mesh) == pytest.approx(1000)  # the front sides stay outward
        both = np.concatenate([corners(part.mesh) for part in found.parts])
        sort = np.lexsort(both.mean(axis=1).T)
        theirs = by_vtk(tmp_path / "a.glb")
        assert theirs.mean(axis=1)[np.lexsort(theirs.mean(axis=1).T)] == pytest.approx(
            both.mean(axis=1)[sort], abs=0.05
        )

    def test_a_rotation_is_made_one(self, read):
        document, binary = document_of(to_gltf(TETRA_POINTS), TETRA.astype("<u2"), rotation=[0, 0, 0, 2.5])
        assert corners(read(document, binary).mesh) == pytest.approx(TETRA_POINTS[TETRA], abs=1e-4)

    def test_no_scene(self, read):
        document, binary = tetra()
        del document["scene"], document["scenes"]
        document["nodes"].append({"children": [0]})
        assert volume_mm3(read(document, binary).mesh) == pytest.approx(1000)

    def test_another_scene(self, read):
        document, binary = tetra()
        document["nodes"].append({"mesh": 0})
        document["scenes"].insert(0, {"nodes": [1]})
        document["scene"] = 1
        assert volume_mm3(read(document, binary).mesh) == pytest.approx(1000)

    @pytest.mark.parametrize(
        "nodes",
        [
            [{"children": [0]}],
            [{"children": [1]}, {"children": [0]}],
            [{"children": [1, 1]}, {"mesh": 0}],
            [{"children": [1, 2]}, {"children": [2]}, {"mesh": 0}],
            [{"children": [7]}],
            [{"children": [-1]}],
            [{"children": [True]}],
            [{"children": ["0"]}],
            [{"children": {}}],
            [7],
            [],
            [{"mesh": 1}],
            [{"mesh": 0, "matrix": [1] * 15}],
            [{"mesh": 0, "matrix": [0] * 15 + [1]}],
            [{"mesh": 0, "matrix": [1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]}],
            [{"mesh": 0, "scale": [1, 0, 1]}],
            [{"mesh": 0, "scale": [1, 1e308, 1]}],
            [{"mesh": 0, "scale": [1e200, 1e200, 1]}],
            [{"mesh": 0, "scale": [1, 10**400, 1]}],
            [{"mesh": 0, "scale": "1 1 1"}],
            [{"mesh": 0, "rotation": [0, 0, 0, 0]}],
            [{"mesh": 0, "rotation": [0, 0, 0, None]}],
            [{"mesh": 0, "translation": [0, 0]}],
            [{"mesh": 0, "translation": [1e38, 0, 0]}],
            [{"mesh": 0, "extensions": []}],
        ],
    )
    def test_what_is_no_tree_of_transforms(self, nodes, read):
        document, binary = tetra()
        document["nodes"] = nodes
        with pytest.raises(DamagedFileError):
            read(document, binary)

    def test_a_long_line_of_nodes(self, read):
        document, binary = tetra()
        document["nodes"] = [{"children": [n + 1]} for n in range(20_000)] + [{"mesh": 0, "matrix": LPS_TO_GLTF}]
        assert volume_mm3(read(document, binary).mesh) == pytest.approx(1000)

    def test_copies_without_end(self, read):
        document, binary = document_of(POINTS, np.tile(TRIANGLES, (30, 1)).astype("<u2"))
        document["nodes"] = [{"mesh": 0} for _ in range(9000)]
        document["scenes"] = [{"nodes": list(range(9000))}]
        with pytest.raises(BudgetError, match="placed so often"):
            read(document, binary)
        document["meshes"][0]["primitives"] *= 100
        with pytest.raises(BudgetError):
            read(document, binary)

    def test_parts_without_end(self, read):
        document, binary = tetra()
        document["meshes"][0]["primitives"] *= 10_001
        with pytest.raises(BudgetError, match="10,000 parts"):
            read(document, binary)


class TestAccessors:
    @pytest.mark.parametrize("kind", ["u1", "u2", "u4"])
    def test_every_type_of_index(self, kind, read):
        points, triangles = POINTS[:42], TRIANGLES[(TRIANGLES < 42).all(axis=1)]
        triangles = TETRA if len(triangles) == 0 else triangles
        found = read(*document_of(points, triangles.astype(kind)))
        assert np.array_equal(corners(found.mesh), points[triangles])

    @pytest.mark.parametrize("mode", [4, 5, 6])
    @pytest.mark.parametrize("is_indexed", [True, False])
    def test_modes(self, mode, is_indexed, read):
        order = TETRA.ravel() if mode == 4 else np.array([0, 1, 2, 3, 0, 1])
        points = TETRA_POINTS if is_indexed else TETRA_POINTS[order]
        document, binary = document_of(points, order.astype("<u2") if is_indexed else None)
        document["meshes"][0]["primitives"][0]["mode"] = mode
        found = cyclic(corners(read(document, binary).mesh))
        strip = [[0, 1, 2], [1, 3, 2], [2, 3, 0], [3, 1, 0]]
        fan = [[0, 1, 2], [0, 2, 3]]
        expected = {4: TETRA, 5: strip, 6: fan}[mode]
        if mode == 6 and not is_indexed:  # only by its place is the last corner another one
            expected = [*fan, [0, 3, 0], [0, 0, 1]]
        facets = TETRA_POINTS[np.array(expected)]
        extended = [facet for facet in facets if len({tuple(corner) for corner in facet.tolist()}) == 3]
        same = [facet for facet in found.tolist() if len({tuple(corner) for corner in facet}) == 3]
        assert np.array_equal(same, cyclic(np.array(extended)))

    def test_strides_and_offsets(self, read):
        """Normals between the positions, and something before both."""
        table = np.zeros(4, np.dtype([("p", "<f4", 3), ("n", "<f4", 3), ("pad", "<u4")]))
        table["p"], table["n"] = TETRA_POINTS, 7
        document, _ = tetra()
        binary = bytes(20) + table.tobytes() + bytes(6) + TETRA.astype("<u2").tobytes()
        document["bufferViews"] = [
            {"buffer": 0, "byteOffset": 8, "byteLength": 12 + table.nbytes, "byteStride": 28},
            {"buffer": 0, "byteOffset": 20 + table.nbytes + 4, "byteLength": 26},
        ]
        document["accessors"][0]["byteOffset"] = 12
        document["accessors"][1]["byteOffset"] = 2
        document["buffers"][0]["byteLength"] = len(binary)
        assert np.array_equal(corners(read(document, binary).mesh), TETRA_POINTS[TETRA])

    def test_quantized_positions(self, read):
        document, _ = tetra()
        document["extensionsRequired"] = ["KHR_mesh_quantization"]
        binary = np.array([[0, 0, 0], [32767, 0, 0], [0, 32767, 0], [0, 0, -32768]], "<i2").tobytes()
        binary += TETRA[:, [0, 2, 1]].astype("<u2").tobytes()
        document["accessors"][0] |= {"componentType": 5122, "normalized": True}
        document["bufferViews"] = [
            {"buffer": 0, "byteLength": 24},
            {"buffer": 0, "byteOffset": 24, "byteLength": 24},
        ]
        document["nodes"][0]["matrix"] = [10 * one for one in LPS_TO_GLTF[:15]] + [1]
        document["buffers"][0]["byteLength"] = 48
        found = read(document, binary)
        assert corners(found.mesh).max(axis=(0, 1)).tolist() == [10, 10, 0]
        assert corners(found.mesh).min(axis=(0, 1)).tolist() == [0, 0, -10]

    @pytest.mark.parametrize(
        ("where", "changes"),
        [
            (("accessors", 0), {"count": 5}),
            (("accessors", 0), {"count": 0}),
            (("accessors", 0), {"count": -1}),
            (("accessors", 0), {"count": 10**15}),
            (("accessors", 0), {"count": 2.5}),
            (("accessors", 0), {"byteOffset": 4}),
            (("accessors", 0), {"type": "VEC2"}),
            (("accessors", 0), {"componentType": 5125.0}),
            (("accessors", 0), {"componentType": 1}),
            (("accessors", 0), {"bufferView": 5}),
            (("accessors", 0), {"bufferView": None}),
            (("accessors", 1), {"count": 13}),
            (("accessors", 1), {"count": 11}),
            (("accessors", 1), {"componentType": 5126, "count": 6}),
            (("accessors", 1), {"componentType": 5122}),
            (("bufferViews", 0), {"byteOffset": 60}),
            (("bufferViews", 0), {"byteLength": 10**15}),
            (("bufferViews", 0), {"byteStride": 4}),
            (("bufferViews", 0), {"byteStride": 0}),
            (("bufferViews", 0), {"byteStride": 256}),
            (("bufferViews", 0), {"buffer": 1}),
            (("bufferViews", 0), {"buffer": -1}),
            (("buffers", 0), {"byteLength": 100}),
            (("buffers", 0), {"byteLength": -1}),
            (("buffers", 0), {"byteLength": None}),
            (("buffers", 0), {"uri": "data:application/octet-stream;base64,!!!"}),
            (("meshes", 0), {"primitives": [7]}),
            (("meshes", 0), {"primitives": [{"attributes": {}}]}),
            (("meshes", 0), {"primitives": [{"attributes": {"POSITION": 1}}]}),
            (("meshes", 0), {"primitives": [{"attributes": {"POSITION": True}}]}),
            (("meshes", 0), {"primitives": [{"attributes": {"POSITION": 0}, "indices": 0}]}),
            (("meshes", 0), {"primitives": [{"attributes": {"POSITION": 0}, "material": 3}]}),
            (("meshes", 0), {"primitives": []}),
            (("meshes", 0), {"primitives": [{"attributes": {"POSITION": 0}, "mode": 1}]}),
            (("meshes", 0), {"primitives": [{"attributes": {"POSITION": 0}, "mode": [4]}]}),
        ],
    )
    def test_lies(self, where, changes, read, tmp_path):
        document, binary = tetra()
        document[where[0]][where[1]].update(changes)
        with pytest.raises(DamagedFileError) as refused:
            read(document, binary)
        assert refused.value.where == str(tmp_path / "a.glb")

    def test_indices_out_of_range(self, read):
        with pytest.raises(DamagedFileError, match="point 4 of 4"):
            read(*document_of(TETRA_POINTS, np.array([0, 1, 4], "<u2")))


class TestWhatIsNotRead:
    @pytest.mark.parametrize("name", ["KHR_draco_mesh_compression", "EXT_meshopt_compression", "VENDOR_anything"])
    def test_required_extensions(self, name, read):
        document, binary = tetra()
        document["extensionsRequired"] = [name]
        with pytest.raises(CodecError, match=name):
            read(document, binary)

    def test_packed_parts(self, read):
        document, binary = tetra()
        document["meshes"][0]["primitives"][0]["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0}}
        with pytest.raises(CodecError, match="draco"):
            read(document, binary)
        document, binary = tetra()
        document["bufferViews"][0]["extensions"] = {"EXT_meshopt_compression": {"buffer": 0}}
        with pytest.raises(CodecError, match="meshopt"):
            read(document, binary)
        document, binary = tetra()
        document["accessors"][0]["sparse"] = {"count": 1}
        with pytest.raises(CodecError, match="sparse"):
            read(document, binary)

    @pytest.mark.parametrize("uri", ["scan.bin", "../../etc/passwd", "https://example.org/x", "data:,x", 7])
    def test_data_in_other_files(self, uri, read, tmp_path):
        document, binary = tetra()
        document["buffers"][0]["uri"] = uri
        (tmp_path / "scan.bin").write_bytes(binary)
        with pytest.raises(UnknownFormatError, match=r"another file.*Save it as \.glb"):
            read(document, binary)
        (tmp_path / "a.gltf").write_text(json.dumps(document))
        with pytest.raises(UnknownFormatError, match=r"another file.*Save it as \.glb"):
            read_mesh(tmp_path / "a.gltf")

    def test_other_versions(self, read, tmp_path):
        document, binary = tetra()
        document["asset"]["version"] = "1.0"
        with pytest.raises(UnknownFormatError, match=r"version '1\.0'"):
            read(document, binary)
        data = glb(*tetra())
        (tmp_path / "a.glb").write_bytes(data[:4] + struct.pack("<I", 1) + data[8:])
        with pytest.raises(UnknownFormatError, match="version 1"):
            read_mesh(tmp_path / "a.glb")

    def test_what_would_change_the_surface_is_said(self, read):
        document, binary = tetra()
        document["nodes"][0] |= {"skin": 0, "extensions": {"EXT_mesh_gpu_instancing": {}}}
        primitives = document["meshes"][0]["primitives"]
        primitives[0]["targets"] = [{"POSITION": 0}]
        primitives.append({"attributes": {"POSITION": 0}, "mode": 1})
        found = read(document, binary)
        assert codes(found) == ["content-left-out"] * 4 + ["frame-assumed"]
        assert {finding.severity for finding in found.findings[:4]} == {"warning"}
        assert volume_mm3(found.mesh) == pytest.approx(1000)


class TestColors:
    @pytest.mark.parametrize(
        ("material", "color"),
        [
            ({"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}}, "#ff0000"),
            ({"pbrMetallicRoughness": {"baseColorFactor": [0.5, 0.2158605, 0.002, 0.3]}}, "#bc8007"),
            ({"pbrMetallicRoughness": {}}, "#ffffff"),
            ({}, "#ffffff"),
        ],
    )
    def test_base_colors_are_linear_in_the_file(self, material, color, read):
        document, binary = tetra()
        document["materials"] = [material]
        document["meshes"][0]["primitives"][0]["material"] = 0
        assert only(read(document, binary)).color == color

    def test_none(self, read):
        assert only(read(*tetra())).color == "#d8cfc0"


@pytest.mark.parametrize(
    "wound",
    [
        lambda data: data[:11],
        lambda data: data[:12],
        lambda data: data[:40],
        lambda data: data[:8] + struct.pack("<I", len(data) + 4) + data[12:],
        lambda data: data[:8] + struct.pack("<I", 5) + data[12:],
        lambda data: data[:12] + struct.pack("<I", 2**32 - 1) + data[16:],
        lambda data: data[:16] + b"JSAN" + data[20:],
        lambda data: data.replace(b'"asset"', b'"asset '),
        lambda data: data.replace(b'"version": "2.0"', b'"version": NaN  '),
        lambda data: data.replace(b'{"version": "2.0"}', b"[" * 18),
        lambda data: data.replace(b"BIN\0", b"BUN\0"),
    ],
)
def test_wounded_chunks(wound, tmp_path):
    data = wound(glb(*tetra()))
    (tmp_path / "a.glb").write_bytes(data)
    with pytest.raises((DamagedFileError, UnknownFormatError)):
        read_mesh(tmp_path / "a.glb")


def test_brackets_without_end(tmp_path):
    (tmp_path / "a.gltf").write_text('{"asset": ' + "[" * 100_000)
    with pytest.raises(DamagedFileError, match="JSON"):
        read_mesh(tmp_path / "a.gltf")
