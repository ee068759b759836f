"""The answer sheet (答复表), written and read back: a row a question, a light yellow cell for its answer, everything else locked.

Column A (hidden, locked) holds MARK in the first row, then each row's key: file, path and a fingerprint of the question. A
hidden row says which column takes the answer, so rows may be sorted and sheets renamed. The same questions give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.actuals.sheets import LARGEST
from evaluator.answering.answers import Answers, OpenQuestion, meaning
from evaluator.comparators import ASKED
from evaluator.errors import Problem, Where
from evaluator.formats.grid import Book
from evaluator.intake.document import DocumentProblems
from evaluator.intake.guard import Refused
from evaluator.intake.readers import made_from, noted
from evaluator.intake.readers.cellreader import Workbook, Worksheet
from evaluator.intake.readers.kinds import kind_of
from evaluator.pages import Stamp
from evaluator.workbook.protected import ProtectedSheet

WIDTHS: dict[str, float] = {
    "number": 5,
    "project": 20,
    "value": 22,
    "original": 20,
    "says": 40,
    "allowed": 26,
    "answer": 20,
    "place": 22,
}
HEADS = ("序号", "项目", "要答的", "原文", "问题", "可以填", "答复", "出处")
STEPS = "只填浅黄色的“答复”一格，点开有可选的答复，也可以另填；拿不准的留空，以后再答。填好后保存，运行："
LISTED, SPELT = 12, 255  # answers of a drop-down list, and the characters Excel gives it


def answersheet_xlsx(questions: Sequence[OpenQuestion], command: str) -> bytes:
    """The workbook of these questions; `command` is what reads it back."""
    book = Book("待答复的问题", Stamp("", "", "", "", ""))
    sheet = ProtectedSheet(book, "答复", WIDTHS)
    sheet.sheet.set_footer("&R&8第 &P 页，共 &N 页", {"margin": 0.25})
    sheet.key(MARK)
    sheet.line(("number", "绩效目标导入后待答复的问题", "title", "place"))
    sheet.line(("number", STEPS + command, "plain", "place"))
    sheet.fields("", {ANSWER: "answer"})
    sheet.sheet.repeat_rows(sheet.row)
    sheet.heads(HEADS)
    sheet.sheet.freeze_panes(sheet.row, 0)
    for number, question in enumerate(questions, 1):
        sheet.key(key_of(question))
        _offer(sheet, question)
        choices = "、".join(f"{ASKED[word]}（{word}）" if word in ASKED else word for word in question.choices)
        sheet.line(
            ("number", str(number), "label"),
            ("project", f"{question.project}\n{question.code or '编码待定'}", "text"),
            ("value", question.called, "text"),
            ("original", question.original or "（空白）", "text"),
            ("says", question.asked.says, "text"),
            ("allowed", choices or question.allowed, "text"),
            ("place", f"{question.place}\n{question.shown}", "origin"),
            ("answer", "", "answer"),
        )
    sheet.end()
    return book.save()


def _offer(sheet: ProtectedSheet, question: OpenQuestion) -> None:
    """A list of the answers that come to mind; any other may be typed."""
    words = [ASKED.get(choice, choice) for choice in question.choices]
    says = "、".join(words) or question.allowed
    if 0 < len(words) <= LISTED and len(",".join(words)) <= SPELT and not any("," in word for word in words):
        rule = {"validate": "list", "source": words, "error_type": "information"}
        sheet.ask("answer", question.called, f"可选：{says}；也可以另填", rule)
    else:
        sheet.ask("answer", question.called, f"可以填：{says}")


# ---- read back ----


MARK, ANSWER = "ziping|答复|1", "ziping|答复栏"
AGAIN = "ziping answer --sheet 写出的答复表"


@dataclass(frozen=True, slots=True)
class SheetAnswer:
    """What stands in one answer cell, and for which question: its file, path and fingerprint."""

    file: str
    path: tuple[str, ...]
    mark: str
    answer: str
    where: Where


def key_of(question: OpenQuestion) -> str:
    """The hidden key of a question's row."""
    return json.dumps([question.shown, *question.asked.path, question.mark], ensure_ascii=False)


def read_answers(path: Path) -> tuple[list[SheetAnswer], list[Problem]]:
    """The answers of a sheet that are given, and every cell that cannot be read (D502), with notes; raises DocumentProblems
    when the file cannot be read (D101 …) or is no answer sheet (D501)."""
    shown = path.as_posix()

    def sheets(raw: bytes) -> tuple[list[Worksheet], tuple[Problem, ...]]:
        if kind_of(raw, path.suffix.lower()) != "xlsx":
            raise Refused("D501", "不是 .xlsx 工作簿", AGAIN)
        book = Workbook(raw)
        read = [book.read(listed, whole=True) for listed in book.sheets if not listed.hidden]
        return read, noted(book.notes, shown)

    read, notes = made_from(path, shown, sheets, LARGEST)
    mine = [sheet for sheet in read if (0, 0) in sheet.cells and sheet.cells[0, 0].text == MARK]
    if not mine:
        raise DocumentProblems([Problem("D501", "不是答复表，或隐藏的第一列被删了", Where(shown), AGAIN)])
    given: list[SheetAnswer] = []
    problems: list[Problem] = list(notes)
    for sheet in mine:
        problems += noted(sheet.notes, shown)
        rows = list(_rows(sheet, shown))
        problems += (row for row in rows if isinstance(row, Problem))
        given += (row for row in rows if isinstance(row, SheetAnswer))
    return given, problems


def _rows(sheet: Worksheet, shown: str) -> Iterator[SheetAnswer | Problem]:
    column = next((c for (row, c), cell in sheet.cells.items() if c and cell.text == ANSWER), 0)
    keyed = [row for (row, c), cell in sheet.cells.items() if not c and cell.text.startswith("[")]
    seen: dict[str, str] = {}
    for row in sorted({row for row, _ in sheet.cells}):
        cell, where = sheet.cells.get((row, column)), sheet.where(row, column, shown)
        key = sheet.cells[row, 0].text if (row, 0) in sheet.cells else ""
        if cell is None or not column or cell.text == ANSWER or not (key.startswith("[") or cell.text.strip()):
            continue
        try:
            file, *path, mark = (str(part) for part in json.loads(key or "[]"))
        except ValueError:
            if keyed and min(keyed) < row:
                yield Problem(
                    "D502", f"这一行不是答复表原有的，不知道“{cell.text[:30]}”答的是什么", where, "填在原有的行里"
                )
            continue
        if cell.stale or cell.error or cell.doubt:
            why = "公式没有计算结果" if cell.stale else f"错误值 {cell.text}" if cell.error else cell.doubt
            yield Problem("D502", f"答复不能读：{why}", where, "直接填写的文字或数")
        elif answer := cell.text.strip():
            if seen.setdefault(key, answer) != answer:
                yield Problem("D502", f"同一个问题答了两次：“{seen[key][:30]}”和“{answer[:30]}”", where, "只留一行")
            else:
                yield SheetAnswer(file, tuple(path), mark, answer, where)


def take(answers: Answers, given: list[SheetAnswer]) -> tuple[list[OpenQuestion], list[Problem]]:
    """Put answers into the texts of their files; the questions answered, and what was not taken.

    An answer that is not allowed is an error (D502); a question that has been answered, changed or is gone is a warning (D503)
    and stays as it is.
    """
    there = {(question.shown, question.asked.path): question for question in answers.questions()}
    done: list[OpenQuestion] = []
    problems: list[Problem] = []
    for answer in given:
        question = there.get((answer.file, answer.path))
        if question is None or question.mark != answer.mark:
            called, now = answers.standing(answer.file, answer.path)
            if (
                question is None
                and now is not None
                and now in (answer.answer.partition(" ")[0], meaning(answer.path, answer.answer, (now,)))
            ):
                continue
            state = "问题在答复表写出后变了"
            if question is None:
                state = "问题已经不在了" if now is None else f"已答复为“{now[:40]}”"
            says = f"{called}：{state}，“{answer.answer[:40]}”没有写入"
            problems.append(Problem("D503", says, answer.where, severity="警告", remedy="重新写出答复表核对"))
        elif why := answers.refused(question, answer.answer):
            says = f"{question.project} {question.called}：{why}"
            problems.append(Problem("D502", says, answer.where, question.may))
        else:
            done.append(question)
    return done, problems
