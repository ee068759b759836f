"""The printed fonts: every character asked of them has a glyph of its own, and one they lack is told, never a silent box."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluator.formats.chart import chart_png
from evaluator.formats.fonts import boxes, covered, lacking
from evaluator.formats.pdf import render
from evaluator.pages import Cell, Chart, Document, Grid, Line, Section, Series, Stamp
from tests.test_cli import Ziping, ziping  # noqa: F401

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "tests" / "fixtures" / "standard_characters.txt").read_text(encoding="utf-8").splitlines()
STANDARD = "".join(line for line in TABLE if not line.startswith("#"))  # 通用规范汉字表
GBK = [chr(code) for code in range(0x80, 0x10000) if not 0xD800 <= code <= 0xF8FF and chr(code).encode("gbk", "ignore")]
NAMES = "𠮷㛃𬸚𫔍𬍛鿍"  # of villages and people, in published tables
MISSING = "한"


def alone(*blocks: Any) -> Document:
    return Document("", Stamp("", "", "", "", ""), (Section("表", blocks),))


@cache
def picture(text: str) -> str:
    """What the page shows of a text, as a digest."""
    page = pypdfium2.PdfDocument(render(alone(Line(text, "title"))))[0]
    return hashlib.sha256(page.render(scale=2, crop=(0, 520, 0, 0)).to_numpy().tobytes()).hexdigest()


def test_the_list_is_whole():
    assert len(STANDARD) == len(set(STANDARD)) == 8105
    assert STANDARD.startswith("一乙二十丁厂七卜八人")
    assert set(NAMES) - set(STANDARD) == {"𠮷"}


@pytest.mark.parametrize("characters", [STANDARD, GBK, NAMES], ids=["standard", "gbk", "names"])
def test_every_character_asked_of_the_fonts_is_in_them(characters: str):
    assert lacking("".join(characters)) == []
    assert {ord(character) for character in characters} <= covered()


def test_rare_characters_each_have_their_own_picture():
    rare = [c for c in STANDARD if c not in GBK] + ["𠮷", "≒"]
    assert len(rare) > 250
    seen = {picture(character) for character in rare}
    assert len(seen) == len(rare)
    assert not seen & {picture(MISSING), picture("")}


@settings(max_examples=150, deadline=None)
@given(st.characters(categories=["Lo", "Lu", "So", "Sm", "Po"]))
def test_a_character_is_told_exactly_when_the_page_shows_a_box(character: str):
    assume(unicodedata.bidirectional(character) in ("L", "ON", "ES", "ET"))
    assume(picture(character) != picture(""))  # printed as nothing
    assert bool(lacking(character)) == (picture(character) == picture(MISSING))


def test_charts_have_them_too():
    def drawn(name: str) -> Chart:
        return Chart("图", "bars", (name,), (Series("一", (Decimal(1),)),), "分")

    assert len({chart_png(drawn(character), 1) for character in NAMES}) == len(NAMES)
    pages = [pypdfium2.PdfDocument(render(alone(drawn(character))))[0] for character in NAMES + MISSING]
    assert len({page.render(scale=2).to_numpy().tobytes() for page in pages}) == len(NAMES) + 1


@pytest.mark.parametrize("text", ["𠮷\U000e0100", "e\u0301", "\u200b\ufeff\xad", "\n\r\n\t", "葛\ufe00", ""])
def test_what_is_composed_or_not_to_be_seen_is_not_missing(text: str):
    assert lacking(text) == []


def test_what_may_not_be_printed_is_told_by_its_number():
    assert lacking("甲\u202e乙") == ["\u202e"]
    (problem,) = boxes(alone(Line("甲\u202e乙")), Path("表.pdf"))
    assert "\u202e" not in str(problem)
    assert "U+202E" in str(problem)


def test_the_warning_names_character_cell_and_file():
    grid = Grid(
        (1, 1), ((Cell("名称", "head"), Cell("单位", "head")), (Cell("甲"), Cell("示例한村")), (Cell("한"), Cell("乙")))
    )
    made = alone(Line("标题", "title"), grid)
    (problem,) = boxes(made, Path("out/表_v01.pdf"))
    assert (problem.code, problem.severity) == ("U332", "警告")
    assert str(problem.where) == "out/表_v01.pdf!表!第 1 个表格第 2 行第 2 列"
    assert "“한”U+D55C" in problem.says and "“示例한村”" in problem.says and "另有 1 处" in problem.says
    assert [boxes(made, Path(f"表{suffix}")) for suffix in (".docx", ".xlsx", ".html")] == [(), (), ()]


def test_of_a_word_file_only_the_charts_are_in_these_fonts():
    chart = Chart("图", "bars", ("甲", "한"), (Series("😀", (Decimal(1), None)),), "分")
    problems = boxes(alone(Line("ع"), chart), Path("表.docx"))
    assert [(problem.where.cell, problem.says[:8]) for problem in problems if problem.where] == [
        ("图“图”", "字符 “한”U+"), ("图“图”", "字符 “😀”U+"),
    ]  # fmt: skip
    assert len(boxes(alone(Line("ع"), chart), Path("表.pdf"))) == 3


@pytest.fixture
def office(tmp_path: Path, ziping: Ziping) -> Path:  # noqa: F811
    """The sample year, one project renamed to end in a character that no printed font has."""
    assert ziping("init", "--sample", tmp_path / "office").code == 0
    (path,) = (tmp_path / "office").rglob("projects/2023/*/13028124P00507410001X.yaml")
    text = path.read_text(encoding="utf-8")
    assert "name: 文化路社区工作经费" in text
    path.write_text(text.replace("name: 文化路社区工作经费", f"name: {NAMES}한", 1), encoding="utf-8")
    return tmp_path / "office"


def test_the_commands_that_print_tell_it(ziping: Ziping, office: Path, tmp_path: Path):  # noqa: F811
    ran = ziping("report", "10001X", "--to", "pdf", "--out", tmp_path / "report", "--workspace", office)
    assert ran.code == 1
    assert ran.out.count("U332") == 2 and "U+D55C" in ran.out  # of the form, and of its attachment
    assert "绩效自评表_未记台账_v01.pdf!" in ran.out and "绩效自评表附件_未记台账_v01.pdf!" in ran.out
    again = ziping("report", "10001X", "--to", "pdf", "--out", tmp_path / "report", "--workspace", office)
    assert again.out.count("U332") == 2, "a file found unchanged still has its box"
    assert ziping("report", "10001X", "--to", "xlsx", "--out", tmp_path / "x", "--workspace", office).code == 0
    ran = ziping("run", office, "--to", "pdf", "--out", tmp_path / "run", "-f", "json")
    assert {(one["code"], one["severity"]) for one in ran.data["noted"]} == {("U332", "警告")}
    assert all(".pdf!" in one["where"] for one in ran.data["noted"])
    ran = ziping("monitor", office, "--as-of", "2023-06-30", "--to", "pdf", "--out", tmp_path / "m", "-f", "json")
    assert any("U+D55C" in one["says"] for one in json.loads(ran.out)["noted"])
    assert "U332" in ziping("monitor", office, "--as-of", "2023-06-30", "--to", "pdf", "--out", tmp_path / "m").out


def test_the_six_names_alone_are_printed_without_a_word(ziping: Ziping, office: Path, tmp_path: Path):  # noqa: F811
    (path,) = office.rglob("projects/2023/*/13028124P00507410001X.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace(f"{NAMES}한", NAMES), encoding="utf-8")
    ran = ziping("report", "10001X", "--to", "pdf", "--to", "docx", "--out", tmp_path / "o", "--workspace", office)
    assert (ran.code, "U332" in ran.out) == (0, False)
