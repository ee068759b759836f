"""Whatever happens to a document's bytes, reading it gives a Document or DocumentProblems, and nothing else; what is read is
drafted, or refused with a place.

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

from evaluator.errors import EvaluatorError
from evaluator.intake.document import DocumentProblems, SourceDocument, Table
from evaluator.intake.draftyaml import write
from evaluator.intake.filled.formloading import recognise_filled
from evaluator.intake.goals.draft import Frame, project_draft
from evaluator.intake.goals.matching import match
from evaluator.intake.goals.partone import department_draft, part_one
from evaluator.intake.goals.questions import ask_all
from evaluator.intake.goals.recognise import recognise
from evaluator.intake.readers import read
from evaluator.intake.values import Value
from evaluator.rulebook.book import read_policies
from tests.fixtures.make_goals import FOLDER, SOURCE
from tests.fixtures.make_office import FOLDER as OFFICE

SHARE = settings().max_examples // 4  # of the profile's search; each example reads a whole document
WHOLE = {path.name: path.read_bytes() for path in [SOURCE, *sorted(FOLDER.iterdir()), *sorted(OFFICE.iterdir())]}
POLICY = read_policies([SOURCE.parents[4]]).policies["cn-2020-10"]
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
    assert isinstance(document, SourceDocument)
    for block in document.blocks:
        if isinstance(block, Table):
            assert len({len(row) for row in block.rows}) == 1
            assert all(cell.text.encode("utf-8") is not None for row in block.rows for cell in row)
        else:
            assert block.text.strip()
            block.text.encode("utf-8")
    try:
        drafted(document)
    except EvaluatorError as refused:
        assert all(problem.where for problem in refused.problems)


def drafted(document: SourceDocument) -> None:
    """Draft what a document holds: its projects, its department, and filled forms."""
    found = recognise(document)
    assert all(problem.where for problem in found.problems)
    frame = Frame(document, 2023, Value("388001"), Value("示例单位"), POLICY)
    drafts = [project_draft(table, frame, number) for number, table in enumerate(found.tables, 1)]
    codes: set[str] = set()
    for draft in drafts:
        ask_all(draft, POLICY, codes)
    if part := part_one(document, found.used):
        department = department_draft(part, frame)
        match(department, drafts)
        drafts.append(department)
    assert all(write(draft, "project").endswith("\n") for draft in drafts)
    recognise_filled(document)


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
