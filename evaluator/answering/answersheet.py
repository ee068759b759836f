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
    sheet.put("number", "绩效目标导入后待答复的问题", "title", to="place")
    sheet.row += 1
    sheet.put("number", STEPS + command, "plain", to="place")
    sheet.row += 1
    sheet.fields("", {ANSWER: "answer"})
    for column, head in zip(WIDTHS, HEADS, strict=True):
        sheet.put(column, head, "head")
    sheet.sheet.repeat_rows(sheet.row)
    sheet.row += 1
    sheet.sheet.freeze_panes(sheet.row, 0)
    for number, one in enumerate(questions, 1):
        sheet.key(key_of(one))
        sheet.put("number", str(number), "label")
        for column, text in _told(one).items():
            sheet.put(column, text, "text")
        sheet.put("place", f"{one.place}\n{one.shown}", "origin")
        sheet.put("answer", "", "answer")
        _offer(sheet, one)
        sheet.row += 1
    sheet.end()
    return book.save()


def _told(one: OpenQuestion) -> dict[str, str]:
    choices = "、".join(f"{ASKED[choice]}（{choice}）" if choice in ASKED else choice for choice in one.choices)
    return {
        "project": f"{one.project}\n{one.code or '编码待定'}",
        "value": one.called,
        "original": one.original or "（空白）",
        "says": one.asked.says,
        "allowed": choices or one.allowed,
    }


def _offer(sheet: ProtectedSheet, one: OpenQuestion) -> None:
    """A list of the answers that come to mind; any other may be typed."""
    words = [ASKED.get(choice, choice) for choice in one.choices]
    says = "、".join(words) or one.allowed
    if 0 < len(words) <= LISTED and len(",".join(words)) <= SPELT and not any("," in word for word in words):
        rule = {"validate": "list", "source": words, "error_type": "information"}
        sheet.ask("answer", one.called, f"可选：{says}；也可以另填", rule)
    else:
        sheet.ask("answer", one.called, f"可以填：{says}")
