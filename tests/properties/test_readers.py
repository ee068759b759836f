"""Whatever happens to a document's bytes, reading it gives a Document or DocumentProblems, and nothing else.

`HYPOTHESIS_PROFILE=thorough pytest tests/properties/test_readers.py` searches ten times as long.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluator.intake.document import Document, DocumentProblems, Table
from evaluator.intake.readers import read
from tests.fixtures.make_goals import FOLDER, SOURCE

SHARE = settings().max_examples // 4  # of the profile's search; each example reads a whole document
WHOLE = {path.name: path.read_bytes() for path in [SOURCE, *sorted(FOLDER.iterdir())]}
SPLICES = [
    b"\t", b"\n", b"|", b"\0", b"<", b">", b"</w:tbl>", b"<w:tbl>", b'w:val="99999"', b"colspan=0 ", b"rowspan=0 ", b"<table>",
    b"</td>", b"-1", b"99999999999", b"\xff\xfe", b"\xef\xbb\xbf", b"&#0;", b'<c r="ZZ0">', b"stream\n", b"endobj", b"/Kids[1 0 R]",
]  # fmt: skip
PARTS = {
    "goals.docx": ["word/document.xml", "_rels/.rels", "word/_rels/document.xml.rels"],
    "goals.xlsx": ["xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"],
}  # fmt: skip

Change = tuple[str, float, bytes]
changes = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "repeat", "end"]),
        st.floats(0, 1),
        st.one_of(st.sampled_from(SPLICES), st.binary(min_size=1, max_size=8)),
    ),
    min_size=1,
    max_size=6,
)


def changed(raw: bytes, how: list[Change]) -> bytes:
    """Bytes with these changes made to them, one after another."""
    for kind, where, piece in how:
        at = int(where * len(raw))
        end = at + len(piece) * 20
        match kind:
            case "flip":
                raw = raw[:at] + piece + raw[at + len(piece) :]
            case "cut":
                raw = raw[:at] + raw[end:]
            case "insert":
                raw = raw[:at] + piece + raw[at:]
            case "repeat":
                raw = raw[:end] + raw[at:]
            case "end":
                raw = raw[: max(at, len(raw) // 2)]
    return raw


def survives(name: str, raw: bytes) -> None:
    """Read the bytes under a name: a Document with rectangular tables and true texts, or problems with codes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(raw)
        try:
            document = read(path)
        except DocumentProblems as refused:
            assert refused.problems
            assert all(problem.code.startswith("D1") and problem.where for problem in refused.problems)
            return
    assert isinstance(document, Document)
    for block in document.blocks:
        if isinstance(block, Table):
            assert len({len(row) for row in block.rows}) == 1
            assert all(cell.text.encode("utf-8") is not None for row in block.rows for cell in row)
        else:
            assert block.text.strip()
            block.text.encode("utf-8")


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_changed_files(name: str) -> None:
    @settings(max_examples=SHARE // 5 if name.endswith("pdf") else SHARE)
    @given(changes)
    @example([("end", 0.5, b"x")])
    def search(how: list[Change]) -> None:
        survives(name, changed(WHOLE[name], how))

    search()


@pytest.mark.parametrize(("name", "part"), [(name, part) for name, parts in PARTS.items() for part in parts])
def test_changed_parts_of_archives(name: str, part: str) -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE[name])) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}

    @settings(max_examples=SHARE)
    @given(changes)
    def search(how: list[Change]) -> None:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for one, raw in parts.items():
                archive.writestr(one, changed(raw, how) if one == part else raw)
        survives(name, made.getvalue())

    search()


@settings(max_examples=SHARE)
@given(st.text('\t\n\r|-: a“表"\f()2', max_size=200), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_any_text(text: str, encoding: str) -> None:
    survives("a.txt", text.encode(encoding))


@settings(max_examples=SHARE)
@given(
    st.lists(
        st.sampled_from(
            [
                "<table>",
                "<tr>",
                "<td>",
                "<td rowspan=0>",
                "<td colspan=3 rowspan=9>",
                "</td>",
                "</table>",
                "<p>",
                "<br>",
                "字",
                " ",
                "<th>",
                "<caption>",
            ]
        ),
        max_size=40,
    )
)
def test_any_web_page(tags: list[str]) -> None:
    survives("a.html", ("<html>" + "".join(tags)).encode())


@settings(max_examples=SHARE)
@given(st.binary(max_size=200), st.sampled_from(["a.txt", "a.docx", "a.xlsx", "a.html", "a.doc", "a"]))
def test_any_bytes(raw: bytes, name: str) -> None:
    survives(name, raw)
