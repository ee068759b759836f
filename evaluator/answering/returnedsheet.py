"""The answer sheet (答复表) read back: which question each row is, and what was answered; rows may be sorted, sheets renamed.

Column A (hidden, locked) holds MARK in the first row, then each row's key: file, path and a fingerprint of the question. A
hidden row says which column takes the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evaluator.actuals.sheets import LARGEST
from evaluator.answering.answers import Answers, OpenQuestion, meaning
from evaluator.errors import Problem, Where
from evaluator.intake.document import DocumentProblems
from evaluator.intake.guard import Refused
from evaluator.intake.readers import made_from, noted
from evaluator.intake.readers.cellreader import Workbook, Worksheet
from evaluator.intake.readers.kinds import kind_of

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
        for one in _rows(sheet, shown):
            if isinstance(one, Problem):
                problems.append(one)
            else:
                given.append(one)
    return given, problems


def _rows(sheet: Worksheet, shown: str) -> Iterator[SheetAnswer | Problem]:
    column = next((c for (row, c), cell in sheet.cells.items() if c and cell.text == ANSWER), 0)
    seen: dict[str, str] = {}
    for row in sorted({row for row, _ in sheet.cells}):
        cell, where = sheet.cells.get((row, column)), sheet.where(row, column, shown)
        key = sheet.cells[row, 0].text if (row, 0) in sheet.cells else ""
        if cell is None or not column or cell.text == ANSWER or not (key.startswith("[") or cell.text.strip()):
            continue
        try:
            file, *path, mark = (str(part) for part in json.loads(key or "[]"))
        except ValueError:
            if where and _is_below_head(sheet, row):
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


def _is_below_head(sheet: Worksheet, row: int) -> bool:
    """Whether a row stands below the first question."""
    return any(at < row and cell.text.startswith("[") for (at, column), cell in sheet.cells.items() if column == 0)


def take(answers: Answers, given: list[SheetAnswer]) -> tuple[list[OpenQuestion], list[Problem]]:
    """Put answers into the texts of their files; the questions answered, and what was not taken.

    An answer that is not allowed is an error (D502); a question that has been answered, changed or is gone is a warning (D503)
    and stays as it is.
    """
    there = {(one.shown, one.asked.path): one for one in answers.questions()}
    done: list[OpenQuestion] = []
    problems: list[Problem] = []
    for one in given:
        question = there.get((one.file, one.path))
        if question is None or question.mark != one.mark:
            called, now = answers.standing(one.file, one.path)
            if (
                question is None
                and now is not None
                and now in (one.answer.partition(" ")[0], meaning(one.path, one.answer, (now,)))
            ):
                continue
            told = "问题在答复表写出后变了"
            if question is None:
                told = "问题已经不在了" if now is None else f"已答复为“{now[:40]}”"
            says = f"{called}：{told}，“{one.answer[:40]}”没有写入"
            problems.append(Problem("D503", says, one.where, severity="警告", remedy="重新写出答复表核对"))
        elif why := answers.refused(question, one.answer):
            says = f"{question.project} {question.called}：{why}"
            problems.append(Problem("D502", says, one.where, question.may))
        else:
            done.append(question)
    return done, problems
