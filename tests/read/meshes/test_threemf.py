from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.read.meshes.contract import MeshReaderContract
from tests.read.meshes.shapes import POINTS, TETRA, TETRA_POINTS, TRIANGLES, codes, corners, only, volume_mm3
from vizmed.errors import BudgetError, CodecError, DamagedFileError, ReadError, UnknownFormatError
from vizmed.read.meshes import read_mesh
from vizmed.read.meshes.threemf import model, tables

RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Target="/Metadata/thumbnail.png" Id="r0" Type="http://example.org/thumbnail"/>'
    '<Relationship Target="{target}" Id="r1" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/>'
    "</Relationships>"
)

MODEL = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<model unit="{unit}" xml:lang="en-US"'
    ' xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"'
    ' xmlns:m="http://schemas.microsoft.com/3dmanufacturing/material/2015/02"'
    ' xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"'
    ' xmlns:b="http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"{more}>\n'
    "{metadata}<resources>{resources}</resources>\n<build>{build}</build>\n</model>\n"
)

USUAL = {"unit": "millimeter", "more": "", "metadata": "", "build": '<item objectid="1"/>'}


def mesh(points: np.ndarray, triangles: np.ndarray, *, blank: str = "\n   ", more: str = "") -> str:
    vertices = "".join(f'{blank}<vertex x="{x!r}" y="{y!r}" z="{z!r}"/>' for x, y, z in points.tolist())
    faces = "".join(f'{blank}<triangle v1="{a}" v2="{b}" v3="{c}"{more}/>' for a, b, c in triangles.tolist())
    return f"<mesh>\n<vertices>{vertices}{blank}</vertices>\n<triangles>{faces}{blank}</triangles>\n</mesh>"


def object_of(inner: str, number: int = 1, **attributes: str) -> str:
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<object id="{number}" type="model"{given}>{inner}</object>'


TETRA_OBJECT = object_of(mesh(TETRA_POINTS, TETRA))


def package(model: str, *, target: str = "/3D/3dmodel.model", packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", RELATIONS.format(target=target))
        archive.writestr("3D/3dmodel.model", model)
    return file.getvalue()


def model_of(resources: str = TETRA_OBJECT, **changes: str) -> str:
    return MODEL.format(**USUAL | changes, resources=resources)


class TestByHand(MeshReaderContract):
    format = "3MF"
    unit = "mm"
    is_known_to_trimesh = False  # it needs networkx for this

    def write(self, points, triangles, folder):
        (folder / "a.3mf").write_bytes(package(model_of(object_of(mesh(points, triangles)))))
        return folder / "a.3mf"

    def test_nothing_else_is_taken_for_it(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "scans.zip", "w") as archive:
            archive.writestr("scan.dcm", b"DICM")
        with pytest.raises(UnknownFormatError, match="other things than a 3MF model"):
            read_mesh(tmp_path / "scans.zip")


class TestUneven(TestByHand):
    """A comment in the model, so that all of it is read element by element."""

    def write(self, points, triangles, folder):
        model = model_of("<!-- made by hand -->" + object_of(mesh(points, triangles)))
        (folder / "a.3mf").write_bytes(package(model))
        return folder / "a.3mf"


@pytest.fixture
def read(tmp_path):
    def read_model(model: str, **options):
        (tmp_path / "a.3mf").write_bytes(package(model, **options))
        return read_mesh(tmp_path / "a.3mf")

    return read_model


@pytest.mark.parametrize(
    ("unit", "short", "mm"),
    [
        ("micron", "um", 0.001),
        ("millimeter", "mm", 1),
        ("centimeter", "cm", 10),
        ("inch", "in", 25.4),
        ("foot", "ft", 304.8),
        ("meter", "m", 1000),
    ],
)
def test_units(unit, short, mm, read):
    found = read(model_of(unit=unit))
    assert corners(found.mesh) == pytest.approx(TETRA_POINTS[TETRA] * mm, rel=1e-6)
    assert found.unit == short
    with pytest.raises(DamagedFileError, match="'cubit'"):
        read(model_of(unit="cubit"))
    assert read(model_of().replace(' unit="millimeter"', "")).unit == "mm"


def test_the_frame_in_the_description(read):
    said = '<metadata name="Title">x</metadata><metadata name="Description">vizmed SPACE=RAS UNIT=mm{}</metadata>'
    found = read(model_of(metadata=said.format("")))
    assert (found.frame, codes(found)) == ("RAS", [])
    assert np.array_equal(corners(found.mesh), (TETRA_POINTS * np.float32([-1, -1, 1]))[TETRA])
    found = read(model_of(metadata=said.format(" CENTERED=1,2,3.5")))
    assert np.array_equal(corners(found.mesh), (TETRA_POINTS * [-1, -1, 1] + [1, 2, 3.5]).astype(np.float32)[TETRA])


class TestBuild:
    def test_a_transform_acts_on_rows(self, read):
        """A quarter about z that takes x to y, then a step."""
        build = '<item objectid="1" transform="0 1 0 -1 0 0 0 0 1 100 200 300"/>'
        x, y, z = TETRA_POINTS.T
        expected = np.stack([100 - y, 200 + x, 300 + z], axis=1)[TETRA]
        found = read(model_of(build=build, unit="centimeter"))
        assert corners(found.mesh) == pytest.approx(expected * 10)

    def test_a_mirror_keeps_the_front_outside(self, read):
        found = read(model_of(build='<item objectid="1" transform="-1 0 0 0 1 0 0 0 1 0 0 0"/>'))
        assert volume_mm3(found.mesh) == pytest.approx(1000)
        assert found.mesh.bounds[0] == -10

    def test_components(self, read):
        """Twice the same object in one that is scaled and moved; the outermost transform comes last."""
        inner = (
            '<components><component objectid="1"/>'
            '<component objectid="1" transform="1 0 0 0 1 0 0 0 1 50 0 0"/></components>'
        )
        resources = object_of(mesh(TETRA_POINTS, TETRA)) + object_of(inner, 2, name="both")
        found = read(model_of(resources, build='<item objectid="2" transform="2 0 0 0 2 0 0 0 2 0 0 7"/>'))
        assert [part.name for part in found.parts] == ["both", "both"]
        assert [part.mesh.bounds[0] for part in found.parts] == [0, 100]
        assert found.mesh.bounds[4] == 7
        assert volume_mm3(found.mesh) == pytest.approx(2 * 8000)

    def test_names_and_colors(self, read):
        resources = (
            '<basematerials id="9"><base name="a" displaycolor="#FF000080"/><base name="b" displaycolor="#00ff7F"/>'
            '</basematerials><m:colorgroup id="8"><m:color color="#0102aF"/></m:colorgroup>'
        ) + "".join(
            object_of(mesh(TETRA_POINTS, TETRA, more=more), n, **attributes)
            for n, (more, attributes) in enumerate(
                [
                    ("", {"name": "b\x7fone &amp; more", "pid": "9", "pindex": "1"}),
                    ("", {"pid": "8", "pindex": "0"}),
                    (' pid="9" p1="0"', {"pid": "9", "pindex": "1"}),
                    (' pid="9" p1="1" p2="1" p3="1"', {}),
                    (' pid="9" p1="1" p2="0" p3="1"', {}),
                    ("", {"pid": "7", "pindex": "0"}),
                    (' p1="0"', {"pid": "9", "pindex": "1"}),
                ]
            )
        )
        for comment in ("", "<!-- uneven -->"):
            found = read(model_of(comment + resources, build="".join(f'<item objectid="{n}"/>' for n in range(7))))
            assert found.parts[0].name == "bone & more"
            assert [part.color for part in found.parts] == [
                "#00ff7f",
                "#0102af",
                "#ff0000",
                "#00ff7f",
                "#d8cfc0",
                "#d8cfc0",
                "#ff0000",
            ]

    def test_a_painting(self, read):
        painted = mesh(TETRA_POINTS, TETRA, more=' pid="9" p1="0"').replace('p1="0"', 'p1="1"', 1)
        colors = '<basematerials id="9"><base displaycolor="#000000"/><base displaycolor="#ffffff"/></basematerials>'
        assert codes(read(model_of(colors + object_of(painted)))) == ["colors-left-out", "frame-assumed"]

    @pytest.mark.parametrize(
        ("resources", "build"),
        [
            (TETRA_OBJECT, ""),
            (TETRA_OBJECT, '<item objectid="2"/>'),
            (TETRA_OBJECT, "<item/>"),
            (TETRA_OBJECT, '<item objectid="1" transform="1 0 0 0 1 0 0 0 1 0 0"/>'),
            (TETRA_OBJECT, '<item objectid="1" transform="1 0 0 0 1 0 0 0 1 0 0 nan"/>'),
            (TETRA_OBJECT, '<item objectid="1" transform="1 0 0 0 1 0 0 0 x 0 0 0"/>'),
            (TETRA_OBJECT, '<item objectid="1" transform="1 0 0 0 1 0 0 0 0 0 0 0"/>'),
            (TETRA_OBJECT, '<item objectid="1" transform="1e200 0 0 0 1e200 0 0 0 1 0 0 0"/>'),
            (TETRA_OBJECT + TETRA_OBJECT, '<item objectid="1"/>'),
            (object_of(mesh(TETRA_POINTS, TETRA[:0])), '<item objectid="1"/>'),
            (object_of('<components><component objectid="1"/></components>'), '<item objectid="1"/>'),
            (
                object_of('<components><component objectid="2"/></components>')
                + object_of('<components><component objectid="1"/></components>', 2),
                '<item objectid="1"/>',
            ),
        ],
    )
    def test_lies(self, resources, build, read, tmp_path):
        with pytest.raises(DamagedFileError) as refused:
            read(model_of(resources, build=build))
        assert refused.value.where == str(tmp_path / "a.3mf")

    def test_objects_that_double_without_end(self, read):
        resources = TETRA_OBJECT + "".join(
            object_of(f'<components><component objectid="{n}"/><component objectid="{n}"/></components>', n + 1)
            for n in range(1, 40)
        )
        with pytest.raises(BudgetError):
            read(model_of(resources, build='<item objectid="40"/>'))


class TestTables:
    @pytest.mark.parametrize("size", [40, 100, 333, 1 << 22])
    def test_blocks(self, size, read, monkeypatch):
        monkeypatch.setattr(tables, "_BLOCK", size)
        for blank in ("", "\n\t", " "):
            found = read(model_of(object_of(mesh(POINTS, TRIANGLES, blank=blank))))
            assert np.array_equal(corners(found.mesh), POINTS[TRIANGLES])

    def test_even_tables_leave_the_xml(self, tmp_path):
        rest, found = tables.take_tables(model_of(object_of(mesh(POINTS, TRIANGLES))).encode(), tmp_path)
        assert len(rest) < 1000
        assert [len(table.numbers) for table in found] == [len(POINTS), len(TRIANGLES)]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('<vertex x="10.0" y="0.0" z="0.0"/>', '<vertex z="0.0" x="10.0" y="0.0"/>'),
            ('<vertex x="10.0" y="0.0" z="0.0"/>', '<vertex x="10.0" y="0.0" z="0.0"></vertex>'),
            ('<vertex x="10.0" y="0.0" z="0.0"/>', "<vertex x='10.0' y='0.0' z='0.0'/>"),
            ('<vertex x="10.0" y="0.0" z="0.0"/>', '<vertex x="1&#48;.0" y="0.0" z="0.0"/>'),
            ('v1="0" v2="1"', 'v2="1" v1="0"'),
            ("<triangles>", '<triangles x="1">'),
            ("<vertices>", '<vertices vizmed_table="0">'),
            ("<vertices>", '<vertices vizmed_table="x">'),
            ('v3="3"/>', 'v3="3" pid="4"/>'),
        ],
    )
    def test_what_is_not_even_is_read_too(self, old, new, read):
        sound = model_of()
        assert old in sound
        for count in (1, -1):
            assert np.array_equal(corners(read(sound.replace(old, new, count)).mesh), TETRA_POINTS[TETRA])

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('x="10.0"', 'x="10,0"'),
            ('x="10.0"', 'x="1 0"'),
            ('x="10.0"', 'x="1_0"'),
            ('x="10.0"', 'x=""'),
            ('x="10.0"', 'x="nan"'),
            ('x="10.0"', 'x="1e39"'),
            ('x="10.0"', 'w="10.0"'),
            ('x="10.0"', 'x="10.0" x="10.0"'),
            ('v1="0"', 'v1="0.5"'),
            ('v1="0"', 'v1="4"'),
            ('v1="0"', 'v1="-1"'),
            ('v1="0"', 'v1="1e300"'),
            ('v1="0"', 'v1="nan"'),
            ("</vertices>", ""),
            ("</triangles>", "</triangle>"),
        ],
    )
    def test_lies(self, old, new, read):
        assert old in model_of()
        for comment in ("", "<!-- uneven -->"):
            with pytest.raises(DamagedFileError):
                read(model_of(comment + TETRA_OBJECT).replace(old, new, 1))

    def test_too_much_that_is_uneven(self, read, monkeypatch):
        monkeypatch.setattr(model, "_LARGEST_UNEVEN", 1000)
        assert only(read(model_of())).mesh.n_cells == 4
        with pytest.raises(BudgetError, match="not plain"):
            read(model_of("<!-- uneven -->" + object_of(mesh(POINTS, TRIANGLES))))


class TestHostile:
    @pytest.mark.parametrize(
        "opening",
        [
            '<!DOCTYPE model [<!ENTITY a "b">]>',
            '<!DOCTYPE model SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE model [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        ],
    )
    def test_entities(self, opening, read):
        with pytest.raises(DamagedFileError, match="DOCTYPE"):
            read(model_of().replace("<model", opening + "<model", 1))

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
    def test_other_encodings(self, encoding, tmp_path):
        model = model_of().replace("UTF-8", encoding).encode(encoding)
        (tmp_path / "a.3mf").write_bytes(package(model))
        with pytest.raises(DamagedFileError, match="UTF-8"):
            read_mesh(tmp_path / "a.3mf")

    def test_an_encoding_that_hides_letters(self, tmp_path):
        start = b'<?xml version="1.0" encoding="cp037"?>'
        (tmp_path / "a.3mf").write_bytes(package(start + model_of().encode("cp037")))
        with pytest.raises(DamagedFileError, match="UTF-8"):
            read_mesh(tmp_path / "a.3mf")

    @pytest.mark.parametrize(
        "wound", [lambda m: m[:-20], lambda m: m[:0], lambda m: m[:0] + "<model/>", lambda m: m + "<a/>"]
    )
    def test_damaged_xml(self, wound, read):
        with pytest.raises(DamagedFileError):
            read(wound(model_of()))

    def test_a_bomb(self, tmp_path):
        (tmp_path / "a.3mf").write_bytes(package(" " * (64 << 20)))
        assert (tmp_path / "a.3mf").stat().st_size < 100_000
        tracemalloc.start()
        with pytest.raises(BudgetError, match="67,108,864 bytes"):
            read_mesh(tmp_path / "a.3mf")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 << 20

    def test_a_bomb_that_says_it_is_small(self, tmp_path):
        data = package(" " * (64 << 20))
        assert data.count(struct.pack("<I", 64 << 20)) == 2
        (tmp_path / "a.3mf").write_bytes(data.replace(struct.pack("<I", 64 << 20), struct.pack("<I", 1000)))
        tracemalloc.start()
        with pytest.raises(DamagedFileError):
            read_mesh(tmp_path / "a.3mf")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 << 20

    def test_an_archive_without_its_model(self, tmp_path):
        (tmp_path / "a.3mf").write_bytes(package(model_of(), target="/3D/other.model"))
        with pytest.raises(DamagedFileError, match=r"3D/other\.model"):
            read_mesh(tmp_path / "a.3mf")

    def test_names_in_other_letters(self, read):
        assert only(read(model_of(), target="3D/../3d/3DModel.model")).mesh.n_cells == 4

    def test_encrypted(self, tmp_path):
        data = bytearray(package(model_of()))
        place = 0
        while (place := data.find(b"PK\1\2", place + 1)) >= 0:
            data[place + 8] |= 1
        (tmp_path / "a.3mf").write_bytes(data)
        with pytest.raises(ReadError, match="encrypted"):
            read_mesh(tmp_path / "a.3mf")

    @pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
    def test_other_packing(self, packing, read):
        with pytest.raises(CodecError, match="not deflated"):
            read(model_of(), packing=packing)

    def test_what_is_not_read(self, read):
        found = read(model_of(more=' requiredextensions="b m p q"'))
        assert codes(found) == ["content-left-out", "frame-assumed"]
        assert "beamlattice/2017/02, q" in str(found.findings[0])
        with pytest.raises(UnknownFormatError, match="production"):
            read(model_of(build='<item objectid="1" p:path="/3D/Objects/one.model"/>'))


def test_a_whole_package_of_another_program(tmp_path: Path):
    """Prefixes instead of a default namespace, and a stored archive."""
    model = model_of().replace('xmlns="http://schemas.microsoft.com/3dm', 'xmlns:c="http://schemas.microsoft.com/3dm')
    for name in (
        "model",
        "resources",
        "object",
        "mesh",
        "vertices",
        "vertex",
        "triangles",
        "triangle",
        "build",
        "item",
    ):
        for mark in ("<", "</"):
            for end in (">", " "):
                model = model.replace(f"{mark}{name}{end}", f"{mark}c:{name}{end}")
    (tmp_path / "a.3mf").write_bytes(package(model, packing=zipfile.ZIP_STORED))
    assert np.array_equal(corners(read_mesh(tmp_path / "a.3mf").mesh), TETRA_POINTS[TETRA])
