"""Tables in XLSX, written with openpyxl and, where no program would write so, by hand."""

from __future__ import annotations

import datetime as dt
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from tests.phantoms import geometries
from vizmed.errors import BudgetError, DamagedFileError, MissingExtraError, ReadError, UnknownFormatError
from vizmed.read.marks import read_marks
from vizmed.read.marks import table as table_module
from vizmed.volume import Volume

GRID = geometries((20, 16, 9))["sheared"]
SCAN = Volume(np.zeros(GRID.shape, dtype="int16"), GRID)
ROWS = [("slice", "x", "y", "width", "height", "label"), (3, 10, 4, 5, 2.5, "cyst"), (0, 1.5, 2, None, None, "node")]


def write(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None], **more: bytes) -> Path:
    """Change the members of an archive; one that becomes None is left out."""
    with zipfile.ZipFile(path) as archive:
        members = {entry.filename: change(entry.filename, archive.read(entry)) for entry in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**members, **more}.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def in_sheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    def change(name: str, data: bytes) -> bytes:
        if not name.startswith("xl/worksheets/"):
            return data
        assert old in data
        return data.replace(old, new)

    return change


def check(path: Path) -> None:
    found = read_marks(path, SCAN)
    (box,), (spot,) = found.outlines, found.spots
    ijk = GRID.to_index(box.points)
    np.testing.assert_allclose([ijk.min(axis=0), ijk.max(axis=0)], [(9.5, 3.5, 3), (14.5, 6, 3)], atol=1e-9)
    np.testing.assert_allclose(GRID.to_index(spot.point), (1.5, 2, 0), atol=1e-9)
    assert (box.label, spot.label) == ("cyst", "node")


def check_or_refuse(path: Path) -> None:
    """A damaged file is read right, or refused; never read wrong."""
    try:
        read_marks(path, SCAN)
    except ReadError:
        return
    check(path)


def test_a_sheet(tmp_path):
    check(write(tmp_path / "marks.xlsx", one=ROWS))
    check(write(tmp_path / "marks.csv.xlsx", one=[(), ("# a remark",), *ROWS[:2], (), (None, None), *ROWS[2:]]))


def test_the_name_of_the_file_does_not_matter(tmp_path):
    check(write(tmp_path / "a.xlsx", one=ROWS).rename(tmp_path / "marks.csv"))


def test_the_first_sheet_whose_columns_tell_enough_is_taken(tmp_path):
    other = [("who", "when"), ("a", dt.date(2020, 1, 2)), ("b", "c", "d", "e")]
    check(write(tmp_path / "a.xlsx", about=other, empty=[], one=ROWS, two=[("slice", "x", "y"), ("?", 1, 2)]))


def test_text_in_cells_is_read_as_of_a_csv(tmp_path):
    rows = [ROWS[0], ("3", "10", "4", "5", "2,5", "cyst"), ("0", " 1.5 ", "2.0", "", " ", "node")]
    check(write(tmp_path / "a.xlsx", one=rows))


def test_a_sheet_that_says_it_is_smaller_is_read_whole(tmp_path):
    path = write(tmp_path / "a.xlsx", one=ROWS)
    check(rewritten(path, in_sheet(b'<dimension ref="A1:F3" />', b'<dimension ref="A1:B2" />')))
    check(rewritten(path, in_sheet(b'<dimension ref="A1:B2" />', b"")))


def test_of_a_formula_its_value_is_read(tmp_path):
    path = write(tmp_path / "a.xlsx", one=[*ROWS[:1], (3, "=5+5", *ROWS[1][2:]), *ROWS[2:]])
    with pytest.raises(DamagedFileError, match="'x' is blank"):  # nobody has computed it
        read_marks(path, SCAN)
    check(rewritten(path, in_sheet(b"<f>5+5</f><v />", b"<f>5+5</f><v>10</v>")))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((3, "abc", 1), "'x' holds 'abc'"),
        ((3, True, 1), "'x' holds 'True'"),
        ((3, dt.date(2020, 1, 2), 1), "'x' holds '2020-01-02 00:00:00'"),
        ((3, "#N/A", 1), "'x' holds '#N/A'"),
        ((99, 1, 1), "'slice' holds '99', which is no slice"),
        ((3, 1, 1, None, None, "a", "b"), "it has 7 cells, and the header 6"),
        ((3, 1, 1, -2, 3), "'width' holds '-2'"),
    ],
)
def test_what_is_no_mark_is_refused_with_its_row(row, words, tmp_path):
    path = write(tmp_path / "a.xlsx", one=[*ROWS, (), row])
    with pytest.raises(ReadError) as refused:
        read_marks(path, SCAN)
    assert words in str(refused.value)
    assert refused.value.where == "a.xlsx row 5"


def test_no_sheet_with_marks_is_refused(tmp_path):
    with pytest.raises(DamagedFileError, match="its columns are 'a', 'b'"):
        read_marks(write(tmp_path / "a.xlsx", one=[("a", "b"), (1, 2)], two=[]), SCAN)


class TestFilesThatMeanHarm:
    def test_a_bomb(self, tmp_path):
        path = write(tmp_path / "a.xlsx", one=ROWS)
        rewritten(path, lambda _name, data: data, **{"xl/media/x.bin": bytes(65 << 20)})
        assert path.stat().st_size < 1 << 20
        with pytest.raises(BudgetError, match="would be unpacked"):
            read_marks(path, SCAN)

    @pytest.mark.parametrize("member", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
    @pytest.mark.parametrize("how", [b'<!DOCTYPE x [<!ENTITY a "aaaa">]>', "utf-16"])
    def test_entities(self, member, how, tmp_path):
        def change(name: str, data: bytes) -> bytes:
            if name != member:
                return data
            return data.decode().encode(how) if isinstance(how, str) else how + data

        path = rewritten(write(tmp_path / "a.xlsx", one=ROWS), change)
        with pytest.raises(DamagedFileError, match="DOCTYPE"):
            read_marks(path, SCAN)

    @pytest.mark.parametrize("number", [b"99999999999", b"1048577", b"1", b"0", b"x", b"2"])
    def test_rows_without_end_or_order(self, number, tmp_path):
        """What would take forever, or be passed over in silence."""
        path = rewritten(write(tmp_path / "a.xlsx", one=ROWS), in_sheet(b'<row r="3">', b'<row r="' + number + b'">'))
        with pytest.raises(DamagedFileError):
            read_marks(path, SCAN)

    def test_a_cell_far_away_is_seen(self, tmp_path):
        path = rewritten(write(tmp_path / "a.xlsx", one=ROWS), in_sheet(b'<c r="F3"', b'<c r="G3"'))
        with pytest.raises(DamagedFileError, match="7 cells"):
            read_marks(path, SCAN)

    def test_more_rows_than_anybody_looks_at(self, tmp_path, monkeypatch):
        monkeypatch.setattr(table_module, "MOST_ROWS", 20)
        rows = [("slice", "x", "y"), *((0, 1, 1) for _ in range(21))]
        with pytest.raises(BudgetError, match="more than 20 rows"):
            read_marks(write(tmp_path / "a.xlsx", one=rows), SCAN)
        assert len(read_marks(write(tmp_path / "a.xlsx", one=rows[:-1]), SCAN)) == 20

    def test_more_sheets_than_anybody_looks_at(self, tmp_path):
        def change(name: str, data: bytes) -> bytes:
            return data.replace(b"<sheets>", b"<sheets>" + b"<sheet />" * 300) if name == "xl/workbook.xml" else data

        with pytest.raises(BudgetError, match="too many sheets"):
            read_marks(rewritten(write(tmp_path / "a.xlsx", one=ROWS), change), SCAN)

    def test_an_encrypted_one(self, tmp_path):
        path = write(tmp_path / "a.xlsx", one=ROWS)
        data = bytearray(path.read_bytes())
        at = data.index(b"PK\1\2")
        data[at + 8] |= 1
        path.write_bytes(data)
        with pytest.raises(ReadError, match="encrypted"):
            read_marks(path, SCAN)

    def test_other_archives(self, tmp_path):
        path = tmp_path / "a.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("content.xml", "<a/>")
        with pytest.raises(UnknownFormatError, match="other things than an XLSX"):
            read_marks(path, SCAN)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("xl/workbook.xml", "<a/>")
        with pytest.raises(DamagedFileError, match="packed"):
            read_marks(path, SCAN)

    @pytest.mark.parametrize(
        "member", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"]
    )
    def test_members_that_are_damaged_or_missing(self, member, tmp_path):
        whole = write(tmp_path / "whole.xlsx", one=ROWS).read_bytes()
        for change in (
            lambda name, data: data[: len(data) // 2] if name == member else data,
            lambda name, data: b"<a/>" if name == member else data,
            lambda name, data: None if name == member else data,
        ):
            path = tmp_path / "a.xlsx"
            path.write_bytes(whole)
            rewritten(path, change)
            check_or_refuse(path)  # what is of no account to the cells may be missing

    def test_cut_short_and_scratched(self, tmp_path):
        path = write(tmp_path / "a.xlsx", one=ROWS)
        whole = path.read_bytes()
        random = np.random.default_rng(5)
        for n in range(60):
            data = bytearray(whole)
            if n < 20:
                del data[len(data) * n // 20 :]
            else:
                data[random.integers(4, len(data))] ^= int(random.integers(1, 256))
            path.write_bytes(data)
            check_or_refuse(path)


def test_without_openpyxl_the_extra_is_named(tmp_path, monkeypatch):
    path = write(tmp_path / "a.xlsx", one=ROWS)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtraError, match=r"vizmed\[xlsx\]"):
        read_marks(path, SCAN)
