"""The answer sheet (答复表): one row a question, a light yellow cell for its answer, everything else locked; 答复 read back by
answering/returnedsheet.py. The same questions give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.answering.answers import OpenQuestion
from evaluator.answering.returnedsheet import ANSWER, MARK, key_of
from evaluator.comparators import ASKED
from evaluator.formats.grid import Book
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
