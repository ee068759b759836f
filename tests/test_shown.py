"""What a cell shows is what is read: number formats, raised and struck-out text, hidden parts; in every format alike."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from typer.testing import CliRunner

from evaluator.actuals.sheets import read_sheets
from evaluator.cli import app
from evaluator.formats.fonts import lacking
from evaluator.intake.document import SourceDocument, Table
from evaluator.intake.readers import read_with_notes
from evaluator.intake.readers.cellreader import Workbook
from evaluator.intake.readers.numberformats import date_shown, exact, show
from evaluator.intake.readers.runs import leveled
from tests.fixtures import hostile
from tests.fixtures.filled.make_filled import FOLDER

ACCOUNTS = '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ '


@pytest.mark.parametrize(
    ("stored", "form", "text"),
    [
        ("900000", '0!.0,"万元"', "90.0万元"),  # Chinese Excel's own way to 万元: a tenth of the thousands
        ("900000", "0\\.0,", "90.0"),
        ("905432", '0!.0000"万元"', "90.5432万元"),
        ("900000", '[>=10000]0!.0,"万";0', "90.0万"),
        ("500", '[>=10000]0!.0,"万";0', "500"),
        ("1234567", '#,##0.00,,"百万"', "1.234567百万"),
        ("1234567", "#,##0", "1234567"),
        ("1234", "000000", "001234"),
        ("85", '0"人"', "85人"),
        ("85", "0人", "85人"),
        ("85", 'General"人"', "85人"),
        ("3", '"≥"0"人"', "≥3人"),
        ("7", "第0期", "第7期"),
        ("0.95", "0%", "95%"),
        ("0.9543", "0.0%", "95.43%"),
        ("95", '0"%"', "95%"),
        ("5", "0.0‰", "5.0‰"),
        ("86", "¥#,##0.00", "86.00"),
        ("86", "[$¥-804]#,##0.00", "86.00"),
        ("86", "[$$-409]#,##0.00", "$86.00"),
        ("-5", "0.00_);(0.00)", "-5.00"),
        ("-5", "0.00_ ;[Red]-0.00\\ ", "-5.00"),
        ("0", ACCOUNTS, "0"),
        ("12345.6", ACCOUNTS, "12345.60"),
        ("1", '[=1]"是";[=0]"否"', "是"),
        ("5", '"已完成"', "已完成"),
        ("5551234", "000-0000", "555-1234"),
        ("202306", '0000"年"00"月"', "2023年06月"),
        ("0.5", "# ?/?", "0.5"),
        ("1234", "0.00E+00", "1234.00"),
        ("5", "[DBNum1]General", "5"),
        ("85.600000000000009", "General", "85.6"),
        ("0.30000000000000004", "0%", "30%"),
        ("0.0000001", "General", "0.0000001"),
        ("83", "0.00", "83.00"),
        ("10.754", "0.00", "10.754"),
    ],
)
def test_a_number_is_read_as_it_is_shown(stored: str, form: str, text: str) -> None:
    number = exact(stored)
    assert number is not None
    made = show(number, form)
    assert (made.text, made.doubt) == (text, "")


@pytest.mark.parametrize(
    ("stored", "form"),
    [
        ("5", ";;;"), ("0", "0;-0;;@"), ("0", "#"), ("5", '""'), ("-5", "0;0"), ("-5", "0.00;[Red]0.00"), ("5", "aaaa"),
        ("0.5", "000-0000"), ("5", "[Foo]0"), ("5", '0.0"x"0'), ("5", "0" * 300),
    ],
)  # fmt: skip
def test_what_a_format_hides_is_a_doubt(stored: str, form: str) -> None:
    number = exact(stored)
    assert number is not None
    made = show(number, form)
    assert made.doubt
    assert not made.text


@pytest.mark.parametrize("stored", ["", "NaN", "inf", "1e999", "x", "9" * 500])
def test_what_is_no_number_is_none(stored: str) -> None:
    assert exact(stored) is None


WORDS = st.sampled_from(["", "人", "万元", "≥", "约 ", "元/人", "第", "（含）"])


@given(
    st.decimals(min_value=Decimal("-1e9"), max_value=Decimal("1e9"), places=4, allow_nan=False),
    WORDS, WORDS, st.integers(1, 4), st.integers(0, 4), st.integers(0, 2), st.booleans(), st.booleans(),
)  # fmt: skip
def test_a_format_does_what_its_parts_say(
    number: Decimal, before: str, after: str, whole: int, places: int, thousands: int, percent: bool, grouped: bool
) -> None:
    """Against the parts put together by hand: words, least digits, decimals, scale; every digit kept."""
    digits = "#,##" + "0" * whole if grouped else "0" * whole
    form = (f'"{before}"' if before else "") + digits + ("." + "0" * places if places else "") + "," * thousands
    form += ("%" if percent else "") + (f'"{after}"' if after else "")
    size = abs(Fraction(number)) * (100 if percent else 1) / 1000**thousands
    left, right = divmod(size, 1)
    decimals = f"{int(right * 10**16):016d}".rstrip("0").ljust(places, "0")
    expected = f"{'-' if number < 0 else ''}{before.strip()}{str(int(left)).rjust(whole, '0')}"
    expected += (f".{decimals}" if decimals else "") + ("%" if percent else "") + after.strip()
    made = show(number.normalize(), form)
    assert made.text == expected
    assert made.rounded == (len(decimals) > places)
    assert made.bare == (made.text.lstrip("-") == f"{int(left)}{'.' if decimals else ''}{decimals}" and not thousands)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("yyyy-mm-dd", "2023年6月3日"), ('yyyy"年"m"月"', "2023年6月"), ("yyyy", "2023年"), ('m"月"d"日"', "6月3日"),
        ("yyyy-m-d h:mm", "2023年6月3日"), ("[$-804]yyyy/m/d;@", "2023年6月3日"), ("mmm-yy", "2023年6月"),
    ],
)  # fmt: skip
def test_a_date_is_read_as_its_format_shows_it(form: str, text: str) -> None:
    assert date_shown(form, 2023, 6, 3) == text


# ---- one table in every format ----------------------------------------------------------------------------------


def cells(document: SourceDocument) -> list[list[str]]:
    """The texts of the only table."""
    (table,) = (block for block in document.blocks if isinstance(block, Table))
    return [[cell.text for cell in row] for row in table.rows]


RICH = (
    '<si><r><t>10</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>4</t></r><r><rPr/><t>人</t></r></si>'
    '<si><r><t>85</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>1</t></r></si>'
    "<si><r><rPr><strike/></rPr><t>9</t></r><r><rPr/><t>85人</t></r></si>"
    '<si><r><t>CO</t></r><r><rPr><vertAlign val="subscript"/></rPr><t>2</t></r></si>'
    '<si><r><rPr><strike val="0"/></rPr><t>60人</t></r></si>'
)
SHOWN = [["10⁴人", "85¹"], ["85人", "CO₂"]]


def run(text: str, properties: str = "") -> str:
    """A run of a Word document."""
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


UP, DOWN = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
WORD = [
    [run("10") + run("4", UP) + run("人"), run("85") + run("1", '<w:position w:val="8"/>')],
    [run("9", "<w:strike/>") + run("85人", '<w:strike w:val="0"/>'), run("CO") + run("2", DOWN)],
]
PAGE = [
    ["10<sup>4</sup>人", "85<span style='vertical-align: super'>1</span>"],
    ["<s>9</s>85人", "CO<span class=low>2</span>"],
]


def documents() -> dict[str, bytes]:
    """The same four cells as a workbook, a Word file and a web page."""
    at = iter(range(4))
    rows = "".join(
        f'<row r="{r}">' + "".join(f'<c r="{c}{r}" t="s"><v>{next(at)}</v></c>' for c in "AB") + "</row>"
        for r in (1, 2)
    )
    table = "".join("<w:tr>" + "".join(f"<w:tc><w:p>{cell}</w:p></w:tc>" for cell in row) + "</w:tr>" for row in WORD)
    page = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in PAGE)
    return {
        "a.xlsx": hostile.xlsx(f"<sheetData>{rows}</sheetData>", RICH),
        "a.docx": hostile.docx(f"<w:tbl>{table}</w:tbl>"),
        "a.html": f"<html><style>.low {{vertical-align:sub}}</style><table>{page}</table></html>".encode(),
    }


@pytest.mark.parametrize("name", ["a.xlsx", "a.docx", "a.html"])
def test_raised_lowered_and_struck_text_reads_alike_in_every_format(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(documents()[name])
    document, notes = read_with_notes(tmp_path / name)
    assert cells(document) == SHOWN
    (note,) = notes
    assert (note.code, note.severity) == ("D130", "警告")
    assert "“9”" in note.says
    if name == "a.xlsx":
        assert str(note.where) == "a.xlsx!表!A2"


STRUCK = [
    "<del>9</del>",
    "<strike>9</strike>",
    "<span style='text-decoration:line-through'>9</span>",
    "<b><s>9</s></b>",
]


@pytest.mark.parametrize("struck", STRUCK)
def test_every_way_a_page_strikes_out_is_known(tmp_path: Path, struck: str) -> None:
    (tmp_path / "a.html").write_text(f"<html><table><tr><td>{struck}85人<td>乙</table></html>", encoding="utf-8")
    document, notes = read_with_notes(tmp_path / "a.html")
    assert cells(document) == [["85人", "乙"]]
    assert [note.code for note in notes] == ["D130"]


HIDDEN = ["display:none", "visibility: hidden", "mso-hide:all"]


@pytest.mark.parametrize("style", HIDDEN)
def test_what_a_page_hides_by_style_or_class_is_not_read(tmp_path: Path, style: str) -> None:
    page = f"<html><style>td.x, .y{{color:red;{style}}}</style><table><tr><td>85人<span style='{style}'>1</span><td>乙</tr>"
    page += "<tr class=y><td>隐<td>隐</tr><tr><td>丙<i class='z y'>隐</i><td>丁</tr></table></html>"
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    assert cells(read_with_notes(tmp_path / "a.html")[0]) == [["85人", "乙"], ["丙", "丁"]]


def test_a_style_of_a_word_file_raises_strikes_and_hides_too(tmp_path: Path) -> None:
    styles = (
        f'<w:styles {hostile.W}><w:style w:styleId="up"><w:rPr>{UP}</w:rPr></w:style>'
        '<w:style w:styleId="mark"><w:basedOn w:val="up"/></w:style>'
        '<w:style w:styleId="gone"><w:rPr><w:strike/></w:rPr></w:style>'
        '<w:style w:styleId="loop"><w:basedOn w:val="loop"/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
    )
    told = run("85") + run("1", '<w:rStyle w:val="mark"/>') + run("隐", '<w:rStyle w:val="loop"/>')
    body = f'<w:p>{told}</w:p><w:p><w:pPr><w:pStyle w:val="gone"/></w:pPr>{run("废")}</w:p>'
    (tmp_path / "a.docx").write_bytes(hostile.docx(body, **{"word/styles.xml": styles}))
    document, notes = read_with_notes(tmp_path / "a.docx")
    assert [block.text for block in document.blocks if not isinstance(block, Table)] == ["85¹"]
    assert [note.code for note in notes] == ["D130"]


# ---- workbooks ---------------------------------------------------------------------------------------------------


def sheet(rows: str, before: str = "", after: str = "") -> bytes:
    """A workbook of one sheet."""
    return hostile.xlsx(f"{before}<sheetData>{rows}</sheetData>{after}")


def text(address: str, said: str) -> str:
    """A cell of text."""
    return f'<c r="{address}" t="str"><v>{said}</v></c>'


def test_hidden_rows_and_columns_are_left_out_and_the_rest_stays_together(tmp_path: Path) -> None:
    """What stands on both sides of a hidden row is one table, and every cell keeps its address."""
    rows = (
        f'<row r="1">{text("A1", "甲")}{text("B1", "隐")}{text("C1", "乙")}</row>'
        f'<row r="2" hidden="1">{text("A2", "隐")}{text("C2", "隐")}</row>'
        f'<row r="3">{text("A3", "丙")}{text("C3", "丁")}</row><row r="4" ht="0">{text("A4", "隐")}</row>'
    )
    raw = sheet(rows, '<cols><col min="2" max="2" hidden="1"/><col min="9" max="16384" hidden="1"/></cols>')
    (tmp_path / "a.xlsx").write_bytes(raw)
    document, notes = read_with_notes(tmp_path / "a.xlsx")
    assert cells(document) == [["甲", "乙"], ["丙", "丁"]]
    (table,) = document.tables()
    assert [cell.place.cell for row in table.rows for cell in row] == ["A1", "C1", "A3", "C3"]
    assert [(note.code, str(note.where)) for note in notes] == [("D128", "a.xlsx!表!B1")]
    assert "共 4 格" in notes[0].says
    sheets, problems = read_sheets(tmp_path / "a.xlsx", "a.xlsx")
    assert [[str(cell) for cell in row if cell] for row in sheets[0].rows] == [["甲", "乙"], ["丙", "丁"]]
    assert [str(cell.where) for cell in sheets[0].rows[1] if cell] == ["a.xlsx!表!A3", "a.xlsx!表!C3"]
    assert [problem.code for problem in problems] == ["D128"]


def test_a_merged_cell_is_seen_while_any_of_it_is() -> None:
    rows = f'<row r="1" hidden="1">{text("A1", "项目")}</row><row r="2">{text("B2", "甲")}</row><row r="3">{text("B3", "乙")}</row>'
    (made,) = Workbook(sheet(rows, after='<mergeCells><mergeCell ref="A1:A3"/></mergeCells>')).visible()
    assert {at: cell.text for at, cell in made.cells.items()} == {(0, 0): "项目", (0, 1): "甲", (1, 1): "乙"}
    assert made.merges == {(0, 0): (2, 1)}


def test_a_cell_merged_downwards_stands_in_each_row_once(tmp_path: Path) -> None:
    rows = f'<row r="1">{text("A1", "项目")}{text("B1", "甲")}</row><row r="2">{text("B2", "乙")}</row>'
    (tmp_path / "a.xlsx").write_bytes(sheet(rows, after='<mergeCells><mergeCell ref="A1:A2"/></mergeCells>'))
    (made,), _ = read_sheets(tmp_path / "a.xlsx", "a.xlsx")
    assert made.rows[0][0] is made.rows[1][0]
    assert made.rows[1] == ["项目", "乙"]


FORMS = "".join(
    f'<numFmt numFmtId="{164 + i}" formatCode="{code}"/>' for i, code in enumerate((";;;", "0!.0,&quot;万元&quot;"))
)
STYLES = (
    f"<numFmts>{FORMS}</numFmts><fonts><font/><font><strike/></font></fonts>"
    '<cellXfs><xf/><xf numFmtId="164"/><xf numFmtId="165"/><xf fontId="1"/></cellXfs>'
)


def test_doubtful_cells_of_results_are_errors_at_their_place(tmp_path: Path) -> None:
    values = {
        "A1": ("0", "12345678901234567890"),
        "B1": ("1", "95"),
        "C1": ("2", "900000"),
        "D1": ("3", "59"),
        "E1": ("0", "NaN"),
    }
    row = "".join(f'<c r="{at}" s="{style}"><v>{value}</v></c>' for at, (style, value) in values.items())
    (tmp_path / "a.xlsx").write_bytes(hostile.xlsx(f'<sheetData><row r="1">{row}</row></sheetData>', styles=STYLES))
    (made,), problems = read_sheets(tmp_path / "a.xlsx", "a.xlsx")
    assert [cell for row in made.rows for cell in row if cell] == ["90.0万元"]
    told = [(one.code, one.where.cell if one.where else "") for one in problems]
    assert told == [("A207", "A1"), ("A207", "B1"), ("A207", "E1"), ("D130", "D1")]
    assert "15 位" in problems[0].says


def test_zeros_that_a_sheet_does_not_show_are_doubtful() -> None:
    raw = sheet(
        '<row r="1"><c r="A1"><v>0</v></c><c r="B1"><v>5</v></c></row>',
        '<sheetViews><sheetView showZeros="0"/></sheetViews>',
    )
    (made,) = Workbook(raw).visible()
    assert made.cells[0, 0].doubt
    assert made.cells[0, 1].text == "5"


def test_fewer_decimals_shown_than_stored_are_kept_and_noted(tmp_path: Path) -> None:
    styles = '<cellXfs><xf/><xf numFmtId="10"/></cellXfs>'
    row = '<row r="1"><c r="A1" s="1"><v>0.94996</v></c><c r="B1" t="str"><v>甲</v></c></row>'
    (tmp_path / "a.xlsx").write_bytes(hostile.xlsx(f"<sheetData>{row}</sheetData>", styles=styles))
    (made,), problems = read_sheets(tmp_path / "a.xlsx", "a.xlsx")
    assert made.rows == [["94.996%", "甲"]]
    assert [(one.code, one.severity) for one in problems] == [("D132", "提示")]


def test_a_cell_written_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(sheet(f'<row r="1">{text("A1", "59人")}{text("A1", "60人")}</row>'))
    _, problems = read_sheets(tmp_path / "a.xlsx", "a.xlsx")
    assert [problem.code for problem in problems] == ["A204"]
    assert "A1" in str(problems[0].where)


def test_a_text_box_of_a_workbook_is_noted(tmp_path: Path) -> None:
    box = "<d><txBody><t>85人</t></txBody></d>"
    (tmp_path / "a.xlsx").write_bytes(
        hostile.xlsx(f"<sheetData><row>{text('A1', '甲')}</row></sheetData>", **{"xl/drawings/drawing1.xml": box})
    )
    assert [problem.code for problem in read_sheets(tmp_path / "a.xlsx", "a.xlsx")[1]] == ["D124"]


def test_what_is_raised_or_lowered_can_be_printed() -> None:
    said = "0123456789+-−=()（）n"
    assert lacking(leveled(said, "raised") + leveled(said, "lowered")) == []


# ---- every command says what was left out ------------------------------------------------------------------------


CODE = "13028124P00507410001X"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The sample office, one project's results in a workbook beside a hidden draft (示例数据)."""
    assert CliRunner().invoke(app, ["init", str(tmp_path / "office"), "--sample"]).exit_code == 0
    for path in (tmp_path / "office" / "actuals").rglob(f"{CODE}.yaml"):
        path.unlink()
    head = "".join(text(f"{at}1", said) for at, said in zip("ABCDE", ["项目编码", "指标编号", "实际完成值", "全年预算数", "全年执行数"], strict=True))  # fmt: skip
    shown = f'<row r="1">{head}</row><row r="2">{text("A2", CODE)}{text("D2", "90")}{text("E2", "60")}</row>'
    draft = f'<row r="1">{head}</row><row r="2">{text("A2", CODE)}{text("B2", "时效1")}{text("C2", "98%")}</row>'
    relation = '<Relationship Id="rId{0}" Type="{1}/worksheet" Target="worksheets/sheet{0}.xml"/>'
    more = {
        "xl/_rels/workbook.xml.rels": f"<Relationships {hostile.RELATIONS}>"
        + "".join(relation.format(number, hostile.OFFICE) for number in (1, 2))
        + "</Relationships>",
        "xl/worksheets/sheet2.xml": f"<worksheet {hostile.X}><sheetData>{draft}</sheetData></worksheet>",
    }
    sheets = '<sheet name="完成情况" r:id="rId1"/><sheet name="草稿" state="hidden" r:id="rId2"/>'
    path = tmp_path / "office" / "actuals" / "结果.xlsx"
    path.write_bytes(hostile.xlsx(f"<sheetData>{shown}</sheetData>", sheets=sheets, **more))
    return tmp_path / "office"


WORDS_OF = {
    "score": ["score", "{}"],
    "explain": ["explain", CODE, "-w", "{}"],
    "check": ["check", "{}"],
    "forecast": ["forecast", "-w", "{}"],
    "attain": ["attain", "-w", "{}"],
    "impact": ["impact", "cn-2020-10", "hubei-2020-3", "-w", "{}"],
}


@pytest.mark.parametrize("words", WORDS_OF.values(), ids=WORDS_OF)
def test_every_command_says_which_sheet_was_left_out(office: Path, words: list[str]) -> None:
    ran = CliRunner().invoke(app, [word.format(office) for word in words])
    assert ran.exit_code in (0, 1), ran.output
    assert "结果.xlsx!草稿: 警告 D127" in ran.output


def test_what_a_hidden_sheet_says_is_not_scored_and_stands_in_the_notes(office: Path) -> None:
    ran = CliRunner().invoke(app, ["score", str(office), "--format", "json"])
    told = json.loads(ran.stdout)
    assert [(note["code"], note["where"]) for note in told["notes"]] == [("D127", "actuals/结果.xlsx!草稿")]
    (project,) = (one for one in told["projects"] if one["code"] == CODE)
    assert [row["actual"] for row in project["rows"] if row["id"] == "时效1"] == [None]


def test_the_audit_has_its_notes_in_json_too(tmp_path: Path) -> None:
    """A figure struck out before the one that counts, and a hidden sheet."""
    book = load_workbook(FOLDER / "national.xlsx")
    sheet = book.worksheets[0]
    cell = next(
        c
        for row in sheet.iter_rows()
        for c in row
        if isinstance(c.value, str) and re.fullmatch(r"[0-9.]+[%人个户次万元]*", c.value)
    )
    figure = str(cell.value)
    cell.value = CellRichText(TextBlock(InlineFont(strike=True), "9"), TextBlock(InlineFont(), figure))
    old = book.create_sheet("旧表")
    old["A1"], old.sheet_state = "草稿", "hidden"
    book.save(tmp_path / "a.xlsx")
    plain = json.loads(CliRunner().invoke(app, ["audit", str(FOLDER / "national.xlsx"), "-f", "json"]).stdout)
    made = json.loads(CliRunner().invoke(app, ["audit", str(tmp_path / "a.xlsx"), "-f", "json"]).stdout)
    assert [(note["code"], note["where"]) for note in made.pop("notes")] == [
        ("D130", f"a.xlsx!{sheet.title}!{cell.coordinate}"),
        ("D127", "a.xlsx!旧表"),
    ]
    for one, other in zip(made["tables"], plain["tables"], strict=True):
        assert one | {"id": ""} == other | {"id": ""}


def test_many_struck_out_cells_are_told_in_few_notes() -> None:
    rows = "".join(f'<row r="{r}"><c r="A{r}" s="3" t="str"><v>废{r}</v></c><c r="B{r}" s="1"><v>5</v></c></row>' for r in range(1, 100))  # fmt: skip
    (made,) = Workbook(hostile.xlsx(f"<sheetData>{rows}</sheetData>", styles=STYLES)).visible()
    assert [note.code for note in made.notes] == ["D130"] * 21
    assert "共 79 格" in made.notes[-1].says
