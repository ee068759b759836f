"""One model of documents: whatever a document holds, each format tells all of it; links and topics too."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

import docx
import openpyxl
import pypdfium2
import pytest
from docx.enum.style import WD_STYLE_TYPE
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.formats import pdf
from evaluator.formats.printing import MILLIMETRE
from evaluator.pages import (
    Cell,
    Document,
    Grid,
    Line,
    Link,
    Section,
    Stamp,
    Topic,
    anchors,
    bound,
    chapter,
    joined,
    labelled,
    listing,
    pieces,
    placed,
    ruled,
    snippet,
    tabulated,
    words,
)
from evaluator.records.delivery import render

STAMP = Stamp("ziping 0", "v01", "0123456789ab", "ba9876543210", "")
UNDER = Topic("c", "丙条", ("F1", "警告"), (tabulated(("头一", "头二"), (1, 3), [("格一", Link("格二", "a"))]),))
TOPIC = Topic("b", "乙条", (), (labelled([("词", ("说 ", Link("甲章", "a")))]), snippet("例", "  - 码: 1")), (UNDER,))
TOLD = ["乙条", "丙条　F1　警告", "头一", "头二", "格一", "格二", "词", "说 甲章", "例", "- 码: 1", "见 乙条，完"]
CHAPTERS = (chapter("a", "甲章", (Line(("见 ", Link("乙条", "b"), "，完")),), [TOPIC]), chapter("d", "丁章", (), []))
DOCUMENTS = {
    "book": Document("书", STAMP, CHAPTERS, front=(Line("首页的话"),)),
    "pages": Document("文", STAMP, CHAPTERS),
}


def told(suffix: str, data: bytes) -> str:
    """Every text of a file."""
    match suffix:
        case ".html":
            return re.sub("<[^>]*>", "", data.decode())
        case ".xlsx":
            rows = (row for sheet in openpyxl.load_workbook(BytesIO(data)) for row in sheet.iter_rows(values_only=True))
            return "\n".join(str(cell) for row in rows for cell in row if cell is not None)
        case ".docx":
            return "".join(docx.Document(BytesIO(data)).element.body.itertext())
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


@pytest.mark.parametrize("suffix", [".html", ".xlsx", ".docx", ".pdf"])
@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_each_format_tells_all_of_a_document(name: str, suffix: str):
    document = DOCUMENTS[name]
    data = render(suffix, document)
    text = re.sub(r"\s", "", told(suffix, data))
    for each in TOLD:
        for part in each.split("　") if suffix == ".html" else [each]:  # where a word beside stands in a tag of its own
            assert re.sub(r"\s", "", part) in text, each
    assert render(suffix, document) == data
    if document.front:
        assert "首页的话" in text and "一、甲章" in text and "二、丁章" in text


def test_a_book_is_bound_in_numbered_chapters_that_its_contents_lead_to():
    book = bound(DOCUMENTS["book"])
    assert [one.name for one in book.sections] == ["目录", "甲章", "丁章"]
    contents = [one for one in book.sections[0].blocks if isinstance(one, Line) and one.look == "contents"]
    assert [words(one.text) for one in contents] == ["一、甲章（1）", "二、丁章（0）"]
    assert [pieces(one.text)[0] for one in contents] == [Link("一、甲章", "a"), Link("二、丁章", "d")]
    assert anchors(DOCUMENTS["book"]) == ["a", "b", "c", "d"]
    assert bound(book) == book and not any(one.topics for one in book.sections)


def test_a_book_of_more_chapters_than_there_are_numbers_is_refused():
    many = Document("书", STAMP, tuple(chapter(str(n), str(n), (), []) for n in range(11)), front=(Line("首页"),))
    with pytest.raises(ValueError, match="longer"):
        bound(many)


def test_texts_are_put_together_with_what_they_lead_to():
    assert joined([]) == "—"
    assert joined(["甲", Link("乙", "b")]) == ("甲", "、", Link("乙", "b"))
    assert words(("甲", Link("乙", "b"))) == "甲乙" and words("甲") == "甲"


def test_a_list_has_its_heads_and_looks():
    assert ruled((1, 2), ("甲", "乙"), [("a", "1")], ("text", "points")) == listing(
        (("甲", 1), ("乙", 2)), [(Cell("a"), Cell("1", "points"))]
    )
    assert ruled((1,), ("甲",), [("a",)]).rows[1] == (Cell("a", "text"),)
    with pytest.raises(ValueError, match="argument"):
        ruled((1, 2), ("甲", "乙"), [("a",)])


@pytest.mark.parametrize(("change", "shown"), [("+2.50", 2.5), ("-1.68", -1.68), ("0.00", 0), ("—", "—")])
def test_a_change_keeps_its_sign_on_the_page_and_is_a_number_in_the_workbook(change: str, shown: float | str):
    grid = Grid((1,), ((Cell(change, "change"),),))
    document = Document("文", STAMP, (Section("表", (grid,)),))
    assert f">{change}</td>" in render(".html", document).decode()
    assert openpyxl.load_workbook(BytesIO(render(".xlsx", document)))["表"]["A1"].value == shown


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """A grid whose cells may tile it, and may not."""
    spans = st.integers(1, 3)
    cell = st.builds(lambda across, down: Cell("", across=across, down=down), spans, spans)
    rows = draw(st.lists(st.lists(cell, max_size=4).map(tuple), min_size=1, max_size=4))
    return Grid((1,) * draw(st.integers(1, 4)), tuple(rows))


def tiled(grid: Grid) -> list[tuple[int, int]] | None:
    """Where each cell starts, found place by place; None where they do not tile the grid."""
    taken: set[tuple[int, int]] = set()
    starts = []
    for row, cells in enumerate(grid.rows):
        for cell in cells:
            free = [column for column in range(len(grid.widths)) if (row, column) not in taken]
            if not free:
                return None
            mine = {(row + down, free[0] + across) for down in range(cell.down) for across in range(cell.across)}
            if mine & taken:
                return None
            taken |= mine
            starts.append((row, free[0]))
    every = {(row, column) for row in range(len(grid.rows)) for column in range(len(grid.widths))}
    return starts if taken == every else None


@settings(max_examples=500)
@given(grids())
def test_cells_are_placed_where_they_tile_the_grid_and_refused_where_they_do_not(grid: Grid) -> None:
    wanted = tiled(grid)
    if wanted is None:
        with pytest.raises(ValueError):
            list(placed(grid))
    else:
        assert [(row, column) for row, column, _ in placed(grid)] == wanted


def test_some_grids_of_the_property_tile() -> None:
    two = Cell("", down=2)
    assert tiled(Grid((1, 1), ((two, Cell("")), (Cell(""),)))) == [(0, 0), (0, 1), (1, 1)]
    assert tiled(Grid((1, 1), ((Cell(""), two), (Cell("", across=2),)))) is None


def test_a_word_file_holds_what_its_document_uses_and_no_picture_of_another() -> None:
    """The library's own empty document brings a thumbnail and a hundred looks of tables: nine tenths of each file."""
    first, second = (render(".docx", DOCUMENTS["pages"]) for _ in range(2))
    assert first == second
    with ZipFile(BytesIO(first)) as file:
        names = file.namelist()
    assert not [name for name in names if "thumbnail" in name or "customXml" in name or "WithEffects" in name]
    document = docx.Document(BytesIO(render(".docx", DOCUMENTS["book"])))
    assert [style.style_id for style in document.styles if style.type == WD_STYLE_TYPE.TABLE] == [
        "TableNormal",
        "TableGrid",
    ]
    assert {table.style.style_id for table in document.tables} == {"TableGrid"}
    docx.Document().styles["Normal"].font.bold = True  # the library's own is another
    assert render(".docx", DOCUMENTS["pages"]) == first


def test_every_row_of_a_printed_grid_is_seen_to_by_one_cell_of_its_own() -> None:
    """So high at least: the first cell that is no part of another row says it to the typesetter."""
    grid = Grid(
        (1, 1, 1),
        ((Cell("甲", down=2), Cell("乙"), Cell("丙")), (Cell("丁", across=2),), (Cell("戊", across=3),)),
        least=(20.0, 10.0, 5.0),
    )
    (part,) = pdf._parts(grid, 300)
    told = {place["text"]: round(place["least"] / MILLIMETRE, 6) for place in part["places"]}
    assert told == {"甲": 0, "乙": 20, "丙": 0, "丁": 10, "戊": 5}
