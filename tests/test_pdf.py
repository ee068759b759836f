"""PDF: every text printed as text, on the pages asked for, in the vendored fonts alone, the same bytes everywhere."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from dataclasses import replace

import pypdfium2
import pytest
from hypothesis import given, settings

from evaluator.formats import printable
from evaluator.formats.pdf import render
from evaluator.pages import Cell, Document, Grid, Line, Section
from tests.documents import LONG, STAMP, UNPRINTABLE, bare, document, elsewhere, grids, texts, with_cells


def pages(printed: bytes) -> list[str]:
    """The text of each page."""
    file = pypdfium2.PdfDocument(printed)
    return [page.get_textpage().get_text_bounded() for page in file]


def sizes(printed: bytes) -> list[tuple[int, int]]:
    return [tuple(round(side) for side in page.get_size()) for page in pypdfium2.PdfDocument(printed)]


@settings(max_examples=25)
@given(grids())
def test_every_cell_of_any_grid_is_printed(grid: Grid) -> None:
    made = Document("表", STAMP, (Section("表", (grid,)),))
    printed = bare("".join(pages(render(made))))
    # sign by sign: where cells of several lines stand side by side the page is read across them
    assert Counter(bare("".join(texts(made)))) <= Counter(printed)


def test_hostile_texts_stay_texts() -> None:
    printed = bare("".join(pages(render(document()))))
    for text in texts(document()):
        assert bare(text) in printed, text


def test_the_paper_is_a4_as_each_section_lies() -> None:
    made = sizes(render(document()))
    assert made[0] == made[-1] == (842, 595)
    assert (595, 842) in made
    assert set(made) == {(842, 595), (595, 842)}


def test_every_page_has_the_stamp_its_number_and_the_mark_of_made_up_data() -> None:
    printed = pages(render(document()))
    for number, text in enumerate(printed, 1):
        assert bare(f"第 {number} 页，共 {len(printed)} 页") in bare(text)
        assert bare(STAMP.says) in bare(text)
        assert STAMP.illustrative in text
    real = replace(document(), stamp=replace(STAMP, illustrative=""))
    assert not any(STAMP.illustrative in text for text in pages(render(real)))


def test_a_head_in_the_middle_of_a_grid_comes_again_on_each_page() -> None:
    printed = [text for text in pages(render(document())) if "指标" in text and "说明" in text and "≥" in text]
    assert len(printed) > 1
    assert all("指标值" in text for text in printed)
    assert sum(text.count("预算") for text in printed) == 1


def test_only_the_vendored_fonts_are_used_and_they_are_embedded() -> None:
    printed = render(document())
    names = set(re.findall(rb"/BaseFont\s*/([^\s/]+)", printed))
    assert {name.split(b"+")[1].removesuffix(b"-Identity-H") for name in names} == {b"ZipingSong", b"ZipingTitle"}
    assert printed.count(b"/FontFile3") >= 2


def test_what_the_bold_font_lacks_is_set_in_the_other() -> None:
    """镕 and 珺 are in GBK, not in GB 2312."""
    made = Document("表", STAMP, (Section("表", (Line("金镕", "title"), Grid((1,), ((Cell("金珺", "head"),),)))),))
    text = pypdfium2.PdfDocument(render(made))[0].get_textpage()
    fonts = {}
    for number, sign in enumerate(text.get_text_range()):
        name = ctypes.create_string_buffer(64)
        pypdfium2.raw.FPDFText_GetFontInfo(text, number, name, 64, ctypes.c_int())
        fonts[sign] = name.value.decode().split("+")[-1].split("-")[0]
    assert (fonts["金"], fonts["镕"], fonts["珺"]) == ("ZipingTitle", "ZipingSong", "ZipingSong")


def test_lines_are_as_large_as_their_look() -> None:
    looks = ("title", "heading", "subheading", "plain", "note")
    made = Document(
        "表", STAMP, (Section("表", tuple(Line(sign, look) for sign, look in zip("甲乙丙丁戊", looks, strict=True))),)
    )  # type: ignore[arg-type]
    text = pypdfium2.PdfDocument(render(made))[0].get_textpage()
    sizes = {
        sign: pypdfium2.raw.FPDFText_GetFontSize(text, number) for number, sign in enumerate(text.get_text_range())
    }
    assert [sizes[sign] for sign in "甲乙丙丁戊"] == pytest.approx([18, 12, 10.5, 10, 9])


def test_the_same_bytes_in_another_process() -> None:
    code = "__import__('evaluator.formats.pdf').formats.pdf.render(document())"
    assert elsewhere(code) == render(document()) == render(document())


def test_no_date_and_no_path() -> None:
    printed = render(document())
    assert not re.search(rb"CreationDate|ModDate|/home/|/work/|/tmp/", printed)


@pytest.mark.parametrize(
    "text", ["x" * 3_000, "。" * 3_000, "\xa0a" * 1_500, LONG], ids=["word", "stops", "hard", "prose"]
)
def test_long_cells_break_over_lines_and_pages(text: str) -> None:
    printed = pages(render(with_cells(text)))
    assert len(printed) > 1
    for sign in set(text) - {"\xa0"}:
        assert sum(page.count(sign) for page in printed) >= 2 * text.count(sign), sign


def test_a_word_wider_than_its_column_stays_inside_the_paper() -> None:
    file = pypdfium2.PdfDocument(render(with_cells("x" * 300)))
    text = file[0].get_textpage()
    for number in range(text.count_chars()):
        left, _, right, _ = text.get_charbox(number)
        assert 0 <= left <= right <= 842


@pytest.mark.parametrize("text", [UNPRINTABLE, "", "　", "\n\n", "𬭼😀\u0e01"])
def test_odd_texts_are_printed(text: str) -> None:
    printed = "".join(pages(render(with_cells(text, "完"))))
    assert "完" in printed
    if text == UNPRINTABLE:
        assert bare(printable(text)).replace("\ufffd", "") in bare(printed).replace("\ufffd", "")


@pytest.mark.parametrize(
    "sections", [(), (Section("空", ()),), (Section("空", (Grid((), ()), Line("")), compact=True),)]
)
def test_an_empty_document_is_a_page(sections: tuple[Section, ...]) -> None:
    assert len(pages(render(Document("空", STAMP, sections)))) == 1


def test_three_hundred_rows() -> None:
    rows = tuple((Cell(str(number), "count"), Cell(f"第{number}行")) for number in range(300))
    head = ((Cell("序号", "head"), Cell("内容", "head")),)
    printed = pages(render(Document("表", STAMP, (Section("表", (Grid((1, 5), head + rows, (0, 0)),)),))))
    assert all("序号" in text for text in printed)
    assert all(f"第{number}行" in "".join(printed) for number in range(300))


def test_a_compact_section_that_nearly_fits_stays_on_one_page() -> None:
    def count(rows: int, compact: bool) -> int:
        grid = Grid((1,), tuple((Cell(f"第{number}行"),) for number in range(rows)))
        return len(pages(render(Document("表", STAMP, (Section("表", (grid,), compact=compact),)))))

    most = next(rows for rows in range(20, 60) if count(rows, compact=False) == 2)
    assert [count(most, compact) for compact in (False, True)] == [2, 1]
    assert count(2 * most, compact=True) == count(2 * most, compact=False)
