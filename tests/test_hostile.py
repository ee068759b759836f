"""Files made to hurt are read or refused with their code, within bounds of work and memory, and nothing is written.

Work is processor time of the process that reads, with a wide margin, so that a busy machine changes nothing; how long each
takes is measured by benchmarks/hostile.py.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.actuals.sheets import read_sheets
from evaluator.errors import ActualsProblems
from evaluator.intake.document import DocumentProblems
from evaluator.intake.guard import Package, Refused
from evaluator.intake.readers import read, read_with_notes
from tests.fixtures import hostile
from tests.test_readers import ROOT, made, prose

WORK = 30  # seconds of processor time of whatever reads one file, three times what it may take on a quiet machine
JUDGE = """
import json, os, resource, sys
from pathlib import Path
from evaluator.errors import EvaluatorError
from evaluator.intake.filled.formloading import read_filled
from evaluator.intake.readers import read_with_notes
from evaluator.actuals.sheets import read_sheets
from evaluator.model import Actuals
from evaluator.rulebook.unanswered import read_answered
def outcome(path):
    try:
        if path.suffix == ".csv":
            problems = read_sheets(path, path.name)[1]
        elif path.suffix == ".yaml":
            problems = read_answered(Actuals, path, path.name)[1]
        else:
            problems = (read_filled if path.suffix == ".json" else read_with_notes)(path)[1]
            problems = [one for one in problems if one.severity == "错误"]
        return (problems[0].code, "\\n".join(map(str, problems))) if problems else ("", "")
    except EvaluatorError as refused:
        return refused.problems[0].code, str(refused)
    except BaseException as error:
        return "raised", repr(error)
for line in sys.stdin:
    if not (child := os.fork()):
        resource.setrlimit(resource.RLIMIT_DATA, (500_000_000, 500_000_000))
        path = Path(line.strip())
        code, told = outcome(path)
        sys.stdout.write(json.dumps([code, told[:2_000]]))
        sys.stdout.flush()
        os._exit(0)
    used = os.wait4(child, 0)[2]
    print(f"\\t{used.ru_utime + used.ru_stime}", flush=True)
"""
Judge = Callable[[str], tuple[str, str, float]]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """What becomes of a hostile file, read within 500 MB in a process that may write nothing: code, problems and work."""
    folder, away = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("away")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(away), "PYTHONDONTWRITEBYTECODE": "1"}
    pipe = subprocess.PIPE
    judging = subprocess.Popen(
        [sys.executable, "-c", JUDGE], cwd=away, env=environment, stdin=pipe, stdout=pipe, text=True, encoding="utf-8"
    )

    def judged(name: str) -> tuple[str, str, float]:
        path = folder / name
        path.write_bytes(hostile.CASES[name][1]())
        assert judging.stdin and judging.stdout
        print(path, file=judging.stdin, flush=True)
        told, _, work = judging.stdout.readline().rpartition("\t")
        path.unlink()
        assert not list(away.iterdir()), "nothing is written"
        code, says = json.loads(told or '["killed", ""]')
        return code, says, float(work)

    yield judged
    judging.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded with resource limits")
@pytest.mark.parametrize("name", sorted(hostile.CASES))
def test_hostile_files_are_refused_without_much_work(name: str, judge: Judge) -> None:
    code, told, work = judge(name)
    assert code in hostile.CASES[name][0].split(" "), told
    assert work < WORK
    assert "Traceback" not in told
    if code:
        assert told.startswith(name)


@pytest.mark.skipif(sys.platform != "linux", reason="the judge forks")
@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("old.doc", "soffice"),
        ("old.xls", "另存"),
        ("really-html.xls", "网页"),
        ("password.docx", "密码"),
        ("password.pdf", "密码"),
        ("scanned.pdf", "OCR"),
    ],
)
def test_advice_is_given(name: str, advice: str, judge: Judge) -> None:
    assert advice in judge(name)[1]


def test_what_is_not_there_or_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentProblems, match="D101"):
        read(tmp_path / "missing.docx")
    with pytest.raises(DocumentProblems, match="D101"):
        read(tmp_path)


def test_results_with_a_bomb_of_merges_are_refused(tmp_path: Path) -> None:
    merges = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    path = tmp_path / "a.xlsx"
    path.write_bytes(hostile.xlsx(f'<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>{merges}'))
    _, problems = read_sheets(path, "a.xlsx")
    assert [problem.code for problem in problems] == ["A202"]


def test_links_and_macros_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "links.docx"
    path.write_bytes(hostile.CASES["links.docx"][1]())
    document, notes = read_with_notes(path, shown_as="某目录/links.docx")
    assert prose(document) == ["目标"]
    assert {note.code for note in notes} == {"D121", "D122"}
    assert all(str(note).startswith("某目录/links.docx: 提示") for note in notes)


# ---- what a parser would drop ----------------------------------------------------------------------------------------

pieces = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Z")), min_size=1), min_size=1
)


def cell(inside: str, encoding: str = "utf-8") -> bytes:
    """A Word document of one run with this XML inside."""
    text = f"<w:document {hostile.W}><w:body><w:p><w:r><w:t>{inside}</w:t></w:r></w:p></w:body></w:document>"
    return hostile.with_main(text.encode(encoding))


def text_of(raw: bytes) -> str:
    """All text of the main part of a package."""
    return "".join(Package(raw).xml("word/document.xml").itertext())


@given(pieces, st.sampled_from(["<!-- x -->", "<?x y?>", "<![CDATA[]]>"]))
def test_a_comment_inside_a_text_takes_nothing_from_it(told: list[str], between: str) -> None:
    safe = [one.replace("&", "").replace("<", "").replace("]]>", "") for one in told]
    raw = cell(between.join(safe))
    assert text_of(raw) == "".join(safe)
    _, element = "", [e.text for e, _ in Package(raw).events("word/document.xml", ("t",))]
    assert [one or "" for one in element] == ["".join(safe)]


@given(pieces, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]))
def test_the_same_text_is_read_in_each_encoding_that_is_allowed(told: list[str], encoding: str) -> None:
    safe = "".join(told).replace("&", "").replace("<", "").replace("]]>", "")
    assert text_of(cell(safe, encoding)) == safe


@pytest.mark.parametrize("entity", ["&e;", "&nbsp;", "&#0;", "&amp", "&#x110000;"])
def test_what_the_parser_cannot_resolve_is_refused(tmp_path: Path, entity: str) -> None:
    with pytest.raises(DocumentProblems, match="D106"):
        made(tmp_path, "a.docx", cell(f"1{entity}0"))


def test_a_table_in_a_table_of_a_page_is_told_once(tmp_path: Path) -> None:
    page = "<html>" + "".join(f"<table><tr><td>{n}</td><td>" for n in "甲乙丙丁") + "底" + "</td></tr></table>" * 4
    tables = list(made(tmp_path, "a.html", page.encode()).tables())
    assert [table.rows[0][0].text for table in tables] == ["甲", "乙", "丙", "丁"]


def test_sizes_that_stand_behind_a_part_are_read(tmp_path: Path) -> None:
    assert prose(made(tmp_path, "a.docx", hostile.CASES["streamed.docx"][1]())) == ["1"]


@given(st.binary(max_size=64), st.integers(0, 2_000))
def test_an_archive_damaged_anywhere_is_read_the_same_or_refused(noise: bytes, at: int) -> None:
    whole = hostile.docx("<w:p><w:r><w:t>目标</w:t></w:r></w:p>")
    raw = whole[: at % len(whole)] + noise + whole[at % len(whole) + len(noise) :]
    try:
        package = Package(raw)
        told = "".join(package.xml("word/document.xml").itertext())
    except Refused as refused:
        assert refused.code
        return
    except Exception as error:  # libraries raise many kinds; the readers' door tells them all the same way
        assert type(error).__module__.partition(".")[0] in ("lxml", "zipfile", "builtins")
        return
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        assert opened.testzip() is None or told in ("", "目标")


@pytest.mark.parametrize("name", ["field.csv", "commas.csv"])
def test_a_line_without_end_is_refused_by_a_batch_too(tmp_path: Path, name: str) -> None:
    sources = pytest.importorskip("evaluator.batch.sources")
    path = tmp_path / name
    path.write_bytes(hostile.CASES[name][1]())
    with pytest.raises(ActualsProblems, match="U514"):
        list(sources.pieces_of(path, tmp_path / "staging", 1_000, [], []))
    assert not [one for one in (tmp_path / "staging").rglob("*") if one.is_file()]
