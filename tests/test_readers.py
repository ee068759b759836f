"""Goal documents are read alike in every format, in all their habits, and what cannot be read is refused in good time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evaluator.intake.document import DocumentProblems, Paragraph, Place, SourceDocument, Table
from evaluator.intake.readers import read, read_with_notes
from tests.fixtures import hostile
from tests.fixtures.make_goals import FOLDER, SOURCE, files

ROOT = Path(__file__).parents[1]
GOALS = sorted(FOLDER.iterdir())


def bare(text: str) -> str:
    """Text without blank space."""
    return re.sub(r"\s+", "", text)


def said(table: Table) -> list[str]:
    """The texts of a table's cells in order, a merged cell once, empty ones left out."""
    seen: dict[int, str] = {}
    for row in table.rows:
        for cell in row:
            if bare(cell.text):
                seen.setdefault(id(cell), bare(cell.text))
    return list(seen.values())


def shape(document: SourceDocument) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The paragraphs before the first table's title, and for each title the texts of the tables that follow it."""
    prose: list[str] = []
    projects: list[tuple[str, list[str]]] = []
    for block in document.blocks:
        if isinstance(block, Table):
            projects[-1][1].extend(said(block))
        elif re.fullmatch(r"\d\..*绩效目标表", block.text):
            projects.append((bare(block.text), []))
        else:
            assert not projects, f"stray text: {block.text}"
            prose.append(bare(block.text))
    return prose, projects


def made(tmp_path: Path, name: str, raw: bytes | str) -> SourceDocument:
    """A document read from these bytes."""
    path = tmp_path / name
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read(path)


def grid(document: SourceDocument, number: int = 0) -> list[list[str]]:
    """The texts of a table's grid."""
    return [[cell.text for cell in row] for row in list(document.tables())[number].rows]


def prose(document: SourceDocument) -> list[str]:
    """The texts of the paragraphs."""
    return [block.text for block in document.blocks if isinstance(block, Paragraph)]


# the same in every format


def test_fixtures_are_what_the_generator_makes() -> None:
    for name, raw in files().items():
        assert (FOLDER / name).read_bytes() == raw, f"python -m tests.fixtures.make_goals ({name})"


@pytest.mark.parametrize("path", GOALS, ids=lambda path: path.name)
def test_every_format_says_the_same(path: Path) -> None:
    paragraphs, projects = shape(read(path))
    assert (paragraphs, projects) == shape(read(SOURCE))
    assert len(projects) == 6
    assert [len(cells) for _, cells in projects] == [63] * 6


@pytest.mark.parametrize("path", [SOURCE, *GOALS], ids=lambda path: path.name)
def test_grids_are_rectangular_and_places_count(path: Path) -> None:
    document = read(path)
    assert [block.place.table for block in document.tables()] == list(range(1, len(list(document.tables())) + 1))
    for table in document.tables():
        assert {len(row) for row in table.rows} == {len(table.rows[0])}
        for r, row in enumerate(table.rows, 1):
            for c, cell in enumerate(row, 1):
                assert cell.place.table == table.place.table
                assert cell.place.row <= r
                assert cell.place.column <= c
    numbers = [block.place.paragraph for block in document.blocks if isinstance(block, Paragraph)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", ["goals.docx", "goals.xlsx", "goals.pdf", "goals.html"])
def test_merged_cells_are_one_object(name: str) -> None:
    tables = [table for table in read(FOLDER / name).tables() if len(table.rows) == 7 and len(table.rows[0]) == 7]
    first = tables[0]
    assert first.rows[2][0] is first.rows[3][0]
    assert first.rows[2][0].text == "预算规模及资金用途"
    assert first.rows[6][1] is first.rows[6][6]
    assert first.rows[6][1].text.count("\n") == 1


def test_places_lead_back() -> None:
    by_name = {path.name: read(path) for path in [SOURCE, *GOALS]}

    def find(name: str) -> Place:
        return next(c.place for t in by_name[name].tables() for row in t.rows for c in row if c.text == "≥285人")

    assert by_name["goals.txt"].where(find("goals.txt")).line == 470
    assert str(by_name["goals.xlsx"].where(find("goals.xlsx"))) == "goals.xlsx!5.文化路社区服务群众支出!E11"
    assert find("goals.pdf").page > 3
    assert (find("goals.docx").table, find("goals.docx").row, find("goals.docx").column) == (10, 2, 5)


# plain text


def test_text_takes_an_extraction_tab_rows_and_bars(tmp_path: Path) -> None:
    text = "题目[bookmark: _Toc1]\r\n\ta\r\n\tb\r\nmore\r\n\r\n\t\r\n\tc\r\n\r\n (\r\n2\r\n)\r\n\r\n- 3 -\r\n第 4 页 共 9 页\r\n尾\r\n"
    text += 'x\ty\tz\r\n\t1\t"二\r\n行"\r\n\r\n| 甲 | 乙 |\r\n|---|:-:|\r\n| 1 | 2<br>3 |\r\n'
    document = made(tmp_path, "a.txt", text)
    assert prose(document) == ["题目", "尾"]
    assert grid(document, 0) == [["a", "b\nmore"], ["", "c"]]
    assert grid(document, 1) == [["x", "y", "z"], ["", "1", "二\n行"]]
    assert grid(document, 2) == [["甲", "乙"], ["1", "2\n3"]]
    assert [table.rows[0][0].place.line for table in document.tables()] == [2, 16, 20]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_encodings(tmp_path: Path, encoding: str) -> None:
    assert prose(made(tmp_path, "a.txt", "绩效目标 ≥95%".encode(encoding))) == ["绩效目标 ≥95%"]


def test_a_bad_byte_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentProblems, match=r"a\.txt:3: .*D109"):
        made(tmp_path, "a.txt", "一\n二\n".encode() + b"\xff\xff\n")


# Word


def word(tmp_path: Path, body: str, **more: str) -> SourceDocument:
    """A Word document with this body."""
    return made(tmp_path, "a.docx", hostile.docx(body, **more))


def run(text: str) -> str:
    """A run of text."""
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def cell(text: str, look: str = "") -> str:
    """A cell of a Word table."""
    return f"<w:tc><w:tcPr>{look}</w:tcPr><w:p>{run(text)}</w:p></w:tc>"


def test_word_keeps_what_stands_and_drops_what_does_not(tmp_path: Path) -> None:
    body = (
        f"<w:p>{run('一')}<w:ins>{run('增')}</w:ins><w:del><w:r><w:delText>删</w:delText></w:r></w:del>"
        f"<w:hyperlink>{run('链')}</w:hyperlink><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐</w:t></w:r>"
        '<w:r><w:tab/><w:t>二</w:t><w:br/><w:sym w:font="Symbol" w:char="F0B3"/><w:t>95%</w:t></w:r>'
        "<w:r><w:instrText>PAGE</w:instrText></w:r>"
        f"<w:r><w:pict><w:txbxContent><w:p>{run('框')}</w:p></w:txbxContent></w:pict></w:r></w:p>"
        f"<w:sdt><w:sdtContent><w:p>{run('控件')}</w:p></w:sdtContent></w:sdt>"
        f"<w:tbl><w:tr>{cell('甲')}{cell('乙')}</w:tr><w:tr><w:trPr><w:del/></w:trPr>{cell('删行')}{cell('')}</w:tr></w:tbl>"
    )
    path = tmp_path / "a.docx"
    path.write_bytes(hostile.docx(body))
    document, notes = read_with_notes(path)
    assert prose(document) == ["一增链 二\n≥95%", "控件"]
    assert grid(document) == [["甲", "乙"]]
    assert {note.code for note in notes} == {"D123", "D124"}


def test_word_resolves_spans_merges_and_nested_tables(tmp_path: Path) -> None:
    start, on, two = '<w:vMerge w:val="restart"/>', "<w:vMerge/>", '<w:gridSpan w:val="2"/>'
    inner = f"<w:tbl><w:tr>{cell('内1')}{cell('内2')}</w:tr></w:tbl>"
    body = (
        f"<w:tbl><w:tr>{cell('头', two)}{cell('右')}</w:tr>"
        f"<w:tr>{cell('左', start)}{cell('中')}<w:tc><w:p>{run('外')}</w:p>{inner}<w:p/></w:tc></w:tr>"
        f"<w:tr>{cell('', on)}{cell('短')}</w:tr></w:tbl>"
    )
    document = word(tmp_path, body)
    assert grid(document, 0) == [["头", "头", "右"], ["左", "中", "外\n内1 内2"], ["左", "短", ""]]
    assert grid(document, 1) == [["内1", "内2"]]
    rows = next(document.tables()).rows
    assert rows[1][0] is rows[2][0]
    assert rows[0][0] is rows[0][1]


def test_word_strict_namespace_is_read(tmp_path: Path) -> None:
    raw = hostile.docx(f"<w:p>{run('严格')}</w:p>")
    text = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body><w:p>{run("严格")}</w:p></w:body></w:document>'
    assert text not in body
    assert raw
    strict = hostile.archive({"[Content_Types].xml": "<Types/>", "word/document.xml": body})
    assert prose(made(tmp_path, "a.docx", strict)) == ["严格"]


# workbooks


def test_workbook_values_are_as_displayed(tmp_path: Path) -> None:
    styles = (
        '<numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="9"/><xf numFmtId="2"/><xf numFmtId="170"/><xf numFmtId="4"/></cellXfs>'
    )
    cells = (
        '<c r="A1" s="1"><v>0.95</v></c><c r="B1" s="2"><v>83</v></c><c r="C1" s="3"><v>45107</v></c>'
        '<c r="D1"><v>0.28999999999999998</v></c><c r="E1" s="2"><v>10.754</v></c><c r="F1" s="1"><f>A1</f><v>1</v></c>'
        '<c r="G1" t="b"><v>1</v></c><c r="H1" t="s"><v>0</v></c><c r="I1" t="e"><v>#REF!</v></c><c r="J1" s="4"><v>1234.5</v></c>'
    )
    strings = "<si><r><t>绩</t></r><r><t>效_x000D_\n</t></r><rPh><t>注</t></rPh></si>"
    document = made(
        tmp_path, "a.xlsx", hostile.xlsx(f'<sheetData><row r="1">{cells}</row></sheetData>', strings, styles)
    )
    assert grid(document) == [
        ["95%", "83.00", "2023年6月30日", "0.29", "10.754", "100%", "是", "绩效", "#REF!", "1234.50"]
    ]


def test_workbook_is_cut_at_blank_rows(tmp_path: Path) -> None:
    def row(number: int, cells: dict[str, str]) -> str:
        told = "".join(f'<c r="{c}{number}" t="str"><v>{text}</v></c>' for c, text in cells.items())
        return f'<row r="{number}">{told}</row>'

    rows = (
        row(2, {"B": "标题"})
        + row(3, {"B": "甲", "D": "乙"})
        + row(4, {"C": "丙"})
        + row(7, {"A": "说明"})
        + row(9, {"A": "一", "B": "二"})
    )
    sheet = f'<sheetData>{rows}</sheetData><mergeCells><mergeCell ref="B3:C3"/></mergeCells>'
    document = made(tmp_path, "a.xlsx", hostile.xlsx(sheet))
    assert prose(document) == ["标题", "说明"]
    assert grid(document, 0) == [["甲", "甲", "乙"], ["", "丙", ""]]
    assert grid(document, 1) == [["一", "二"]]
    assert [str(table.place) for table in document.tables()] == ["工作表“表”B3", "工作表“表”A9"]
    assert next(document.tables()).rows[1][1].place.cell == "C4"


def test_workbook_hidden_sheets_are_noted_and_formulas_without_result_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    sheets = '<sheet name="表" r:id="rId1"/><sheet name="旧" state="hidden" r:id="rId1"/>'
    rows = '<row hidden="1"><c><v>1</v></c></row><row><c><v>2</v></c></row>'
    path.write_bytes(hostile.xlsx(f"<sheetData>{rows}</sheetData>", sheets=sheets))
    document, notes = read_with_notes(path)
    assert prose(document) == ["2"]
    assert [(note.code, str(note.where)) for note in notes] == [("D128", "a.xlsx!表!A1"), ("D127", "a.xlsx!旧")]
    path.write_bytes(hostile.xlsx('<sheetData><row><c r="A1"><f>1+1</f></c></row></sheetData>'))
    with pytest.raises(DocumentProblems, match=r"a\.xlsx!表!A1: 错误 D110"):
        read(path)


# web pages


def test_web_page_spans_and_text(tmp_path: Path) -> None:
    page = (
        "<html><head><title>x</title></head><body><p>一&nbsp;&ge;95%<br>二<!-- c --></p><script>var a='<p>x</p>'</script>"
        "<div style='display:none'>隐</div>游\n离<table><thead><tr><th colspan=2>头</th><th>右</th></tr></thead>"
        "<tr><td rowspan=2>左</td><td>换\n行<p>段</p></td><td><table><tr><td>内1<td>内2</table></td></tr><tr><td>短</td></tr></table>"
    )
    document = made(tmp_path, "a.html", page)
    assert prose(document) == ["一 ≥95%\n二", "游离"]
    assert grid(document, 0) == [["头", "头", "右"], ["左", "换行\n段", "内1 内2"], ["左", "短", ""]]
    assert grid(document, 1) == [["内1", "内2"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
def test_web_page_charsets(tmp_path: Path, encoding: str) -> None:
    said = "gb2312" if encoding == "gbk" else encoding
    raw = f'<html><meta http-equiv="Content-Type" content="text/html; charset={said}"><p>绩效目标</p>'.encode(encoding)
    assert prose(made(tmp_path, "a.htm", raw)) == ["绩效目标"]
