"""CSV as it is written in the world is cut as it was meant; what we write is run by no spreadsheet and reads back the same."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.actuals.csvs import Dialect, dialect_of, harmless, head_of, records, restored
from evaluator.actuals.sheets import read_sheets

TEXT = "项目编码,指标编号,实际完成值\nXM001,数量1,60人\n"
WAYS = {
    "plain": TEXT.encode(), "UTF-8 with BOM": TEXT.encode("utf-8-sig"), "GB18030": TEXT.encode("gb18030"),
    "UTF-16": TEXT.encode("utf-16"), "UTF-16 big end": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "tabs in UTF-16": TEXT.replace(",", "\t").encode("utf-16"), "semicolons": TEXT.replace(",", ";").encode(),
    "sep": b"sep=,\r\n" + TEXT.encode(), "sep of its own": b"sep=|\n" + TEXT.replace(",", "|").encode(),
    "sep after a BOM": ("SEP=;\n" + TEXT.replace(",", ";")).encode("utf-8-sig"),
    "CR LF": TEXT.replace("\n", "\r\n").encode(), "CR": TEXT.replace("\n", "\r").encode(), "titles": ("2023年度，自评\n\n" + TEXT).encode(),
    "quotes": re.sub(r"[^,\n]+", r'"\g<0>"', TEXT).encode(), "commas in a title": ("a,b,c,d,e,f\n" + TEXT.replace(",", ";")).encode(),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_file_is_cut_as_it_was_meant(way: str, tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(WAYS[way])
    dialect = dialect_of(path)
    assert dialect is not None
    head, after = head_of(path, dialect)
    assert head is not None and after is not None
    assert (head.cells, after.cells) == (["项目编码", "指标编号", "实际完成值"], ["XM001", "数量1", "60人"])
    assert after.line == head.line + 1 == len(re.split("\r\n|\r|\n", WAYS[way].decode(dialect.encoding).rstrip()))
    ((sheet,), problems) = read_sheets(path, "a.csv")
    assert problems == []
    (row,) = [row for row in sheet.rows if row and row[0] == "XM001"]
    assert [str(cell) for cell in row] == after.cells
    assert str(row[1].where) == f"a.csv:{after.line}:2"


def test_an_encoding_that_is_none_is_told(tmp_path: Path):
    (tmp_path / "a.csv").write_bytes(b"\xff\xff\x80\n")
    assert dialect_of(tmp_path / "a.csv") is None
    assert [one.code for one in read_sheets(tmp_path / "a.csv", "a.csv")[1]] == ["A203"]


@given(st.lists(st.lists(st.text("a\n\"',;=人\t", max_size=5), min_size=2, max_size=4), min_size=1, max_size=6))
def test_lines_are_those_of_an_editor(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]):
    """Beside a count of the line ends that stand before each record."""
    path = tmp_path_factory.mktemp("lines") / "a.csv"
    starts, whole = [], ""
    for row in rows:
        starts.append(whole.count("\n") + 1)
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(row)
        whole += out.getvalue()
    path.write_text(whole, encoding="utf-8", newline="")
    read = list(records(path, Dialect("utf-8", ",", 0, True)))
    assert [one.line for one in read] == starts
    assert [one.cells for one in read] == [[restored(cell) for cell in row] for row in rows]


RUNS = re.compile(r"^\s*[=+\-@＝＋－＠\t\r]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?%?")
DANGER = st.text("=+-@＝＋－＠\t\r\n '0123.5%aA人\x00\x07\x1b\x85\u3000\u200b", max_size=8) | st.text(max_size=12)


@given(DANGER)
def test_no_text_we_write_is_run_and_every_text_reads_back(text: str):
    made = harmless(text)
    kept = re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", text)
    assert restored(made) == kept
    assert not RUNS.match(made) or NUMBER.fullmatch(made)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", made)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_numbers_stay_numbers(number: Decimal):
    assert harmless(f"{number:f}") == f"{number:f}"
    assert harmless("≥59人") == "≥59人"
    assert harmless("=100%") == "'=100%"
