"""What is asked of the scoring standards (评分标准) of a goal table: those that cannot be read, and what they leave open."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.standard import meanings_of, open_says, standard
from evaluator.intake.values import Question, Tree, Value
from evaluator.quantities.signs import read_sign
from evaluator.rulebook.unanswered import OPEN


def criterion_doubts(row: Tree, at: tuple[str, ...]) -> Iterator[Question]:
    """The questions on a row's criterion: D315 where it cannot be read, D316 for each thing it leaves open, which gets a
    value of its own in the row's `reads`."""
    name, text = row["name"].text, row["criterion"].text
    sign = read_sign(row["sign"].text) if "sign" in row else None
    try:
        points = Fraction(row["points"].text)
    except (ValueError, ZeroDivisionError):
        points = Fraction(10)  # the points are asked for themselves
    kept = {key: value.text for key, value in row.get("reads", {}).items() if value.text not in ("", OPEN)}
    try:
        own = standard(text, kept)
        open_ = list(own.asks(row["target"].text, points, sign))
    except Refusal as error:
        says = f"“{name}”的评分标准“{text[:60]}”读不懂：{error.says}；照意思改写，或者清空，按评分办法计分"
        wrong = error.code == "Q411" and kept
        yield Question("D315", (*at, *(("reads", next(iter(kept))) if wrong else ("criterion",))), says, error.nearest)
        return
    if not open_:
        return
    asked = {ask.question.key: Value("", None, row["criterion"].place) for ask in open_}
    _after(row, "criterion", "reads", {**asked, **row.pop("reads", {})})
    for ask in open_:
        says = f"“{name}”的评分标准“{text[:60]}”没有写明：{open_says(ask)}；{meanings_of(ask)}"
        choices = tuple(meaning for _, meaning in ask.question.readings)
        yield Question("D316", (*at, "reads", ask.question.key), says, choices)


def _after(row: Tree, key: str, new: str, value: Tree) -> None:
    """Put a value into a row right after another."""
    items = list(row.items())
    row.clear()
    for name, item in items:
        row[name] = item
        if name == key:
            row[new] = value
