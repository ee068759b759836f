"""Word: the cells and merges of every grid, A4 as each section lies, texts as texts, the same bytes everywhere."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings

from evaluator.formats import printable
from evaluator.formats.docx import empty_document, saved
from evaluator.formats.printing import PAGE, parts
from evaluator.formats.word import render
from evaluator.pages import Cell, Document, Grid, Line, Section, placed
from tests.documents import HOSTILE, LONG, STAMP, UNPRINTABLE, document, elsewhere, form, grids, texts, with_cells


def opened(made: Document) -> Any:
    return docx.Document(BytesIO(render(made)))


def single(grid: Grid) -> Document:
    return Document("表", STAMP, (Section("表", (grid,)),))


@settings(max_examples=40)
@given(grids())
def test_tables_have_the_cells_and_merges_of_any_grid(grid: Grid) -> None:
    tables, expected = opened(single(grid)).tables, list(parts(grid, 774))
    assert len(tables) == len(expected)
    for table, part in zip(tables, expected, strict=True):
        assert len(table.rows) == part.rows
        for place in part.places:
            ends = (place.row + place.cell.down - 1, place.column + place.cell.across - 1)
            first, last = table.cell(place.row, place.column), table.cell(*ends)
            assert first._tc is last._tc
            assert first.text == place.cell.text
        merged = {table.cell(row, column)._tc for row in range(part.rows) for column in range(len(grid.widths))}
        assert len(merged) == len(part.places)


@settings(max_examples=40)
@given(grids())
def test_a_grid_cut_for_its_repeated_head_keeps_every_text_and_place(grid: Grid) -> None:
    cut = list(parts(grid, 774))
    kept = sorted(place.cell.text for part in cut for place in part.places if place.cell.text)
    assert kept == sorted(cell.text for _, _, cell in placed(grid) if cell.text)
    assert sum(part.rows for part in cut) == len(grid.rows)
    area = sum(place.cell.across * place.cell.down for part in cut for place in part.places)
    assert area == len(grid.rows) * len(grid.widths)
    for part in cut:
        assert all(place.row >= part.heads or place.row + place.cell.down <= part.heads for place in part.places)
        assert all(place.row + place.cell.down <= part.rows for place in part.places)


def test_every_text_is_there_and_stays_text() -> None:
    made = opened(document())
    found = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    found += [paragraph.text for paragraph in made.paragraphs]
    for text in texts(document()):
        assert text in found, text
    assert set(HOSTILE) <= set(found)


def test_each_section_lies_as_asked_on_a4() -> None:
    sections = opened(document()).sections
    assert [round(each.page_width.mm) for each in sections] == [297, 210, 297]
    assert [round(each.page_height.mm) for each in sections] == [210, 297, 210]
    assert PAGE == (297, 210)


def test_heads_are_repeated_and_short_rows_stay_whole() -> None:
    first, second = opened(single(form())).tables
    heads = [bool(row._tr.xpath("./w:trPr/w:tblHeader")) for row in second.rows]
    assert heads == [True] + [False] * 61
    assert not any(row._tr.xpath("./w:trPr/w:tblHeader") for row in first.rows)
    short, long = opened(with_cells("短", LONG)).tables[0].rows
    assert [bool(row._tr.xpath("./w:trPr/w:cantSplit")) for row in (short, long)] == [True, False]


def test_boxed_cells_have_borders_and_plain_ones_none() -> None:
    table = opened(single(Grid((1, 1), ((Cell("框"), Cell("无", "plain")),)))).tables[0]
    drawn = [{side.get(qn("w:val")) for side in cell._tc.tcPr.find(qn("w:tcBorders"))} for cell in table.rows[0].cells]
    assert drawn == [{"single"}, {"nil"}]


def test_the_foot_has_the_stamp_and_the_head_the_mark_of_made_up_data() -> None:
    made = opened(document())
    for section in made.sections:
        foot = section.footer.paragraphs[0]
        assert STAMP.says in foot.text
        assert [each.text for each in foot._p.iter(qn("w:instrText"))] == ["PAGE", "NUMPAGES"]
        assert section.header.paragraphs[0].text == STAMP.illustrative


def test_chinese_texts_name_a_chinese_font() -> None:
    fonts = opened(document()).styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "宋体"


def test_charts_are_pictures_with_a_description() -> None:
    made = opened(document())
    assert len(made.inline_shapes) == 2
    assert all(shape._inline.docPr.get("descr") == "各项目得分与分值" for shape in made.inline_shapes)
    assert all(shape.width.mm < 274 for shape in made.inline_shapes)


def test_a_compact_section_that_nearly_fits_is_set_smaller() -> None:
    def size(rows: int, compact: bool) -> float:
        grid = Grid((1,), tuple((Cell(f"第{number}行"),) for number in range(rows)))
        made = opened(Document("表", STAMP, (Section("表", (grid,), compact=compact),)))
        return float(made.tables[0].cell(0, 0).paragraphs[0].runs[0].font.size.pt)

    assert [size(rows, compact=True) for rows in (10, 30, 38, 100)] == [10, 9.5, 7.5, 10]
    assert size(30, compact=False) == 10


@pytest.mark.parametrize("text", [UNPRINTABLE, "", "　", "\n\n", "𬭼😀", LONG, "x" * 40_000])
def test_odd_texts_are_written(text: str) -> None:
    table = opened(with_cells(text)).tables[0]
    assert table.cell(0, 0).text == printable(text)


@pytest.mark.parametrize("sections", [(), (Section("空", ()),), (Section("空", (Grid((), ()), Line(""))),)])
def test_an_empty_document_opens(sections: tuple[Section, ...]) -> None:
    assert opened(Document("空", STAMP, sections)).tables == []


def test_the_same_bytes_in_another_process() -> None:
    code = "__import__('evaluator.formats.word').formats.word.render(document())"
    assert elsewhere(code) == render(document()) == render(document())


def test_no_date_of_the_day() -> None:
    with zipfile.ZipFile(BytesIO(render(document()))) as parts_of_file:
        assert {entry.date_time for entry in parts_of_file.infolist()} == {(2020, 1, 1, 0, 0, 0)}
    assert opened(document()).core_properties.created.year == 2020


def test_documents_are_copies_that_do_not_touch_each_other_or_tell_the_hour() -> None:
    first, plain = empty_document("甲"), empty_document("乙")
    first.add_paragraph("正文")
    first.styles["Normal"].font.bold = True
    first.sections[0].footer.paragraphs[0].add_run("页脚")
    written = saved(first)
    assert saved(empty_document("乙")) == saved(plain) != written
    with zipfile.ZipFile(BytesIO(written)) as packed:
        assert {(part.date_time, part.create_system) for part in packed.infolist()} == {((2020, 1, 1, 0, 0, 0), 3)}
        assert packed.testzip() is None
