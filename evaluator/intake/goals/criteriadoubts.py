"""What is asked of the scoring standards (评分标准) of a goal table: those that cannot be read, and what they leave open.

What several rows leave open alike is asked once: the answer stands in the `reads` of the table and holds for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.standard import meanings_of, open_says, standard
from evaluator.criteria.tablewide import SharedAsk, misread, shared_asks, taken_over
from evaluator.intake.values import Question, Tree, Value
from evaluator.quantities.signs import read_sign
from evaluator.rulebook.unanswered import OPEN

if TYPE_CHECKING:
    from evaluator.criteria.undecided import Ask


def criteria_doubts(tree: Tree) -> Iterator[Question]:
    """The questions on the criteria of a table: D315 where one cannot be read, D316 for what they leave open, which gets a
    value of its own in the `reads` of the row, or of the table where several rows ask the same."""
    from evaluator.criteria.cutting import vocabulary

    table = _answered(tree.get("reads", {}))
    for key, text in table.items():
        if (error := misread(key, text, vocabulary()["terms"])) is not None:
            yield Question("D315", ("reads", key), f"全表的读法“{key}”不能用：{error.says}", error.nearest)
    asked: list[tuple[str, Ask]] = []
    rows = {row["id"].text: row for row in tree["indicators"] if "criterion" in row}
    for ident, row in rows.items():
        try:
            asked += ((ident, ask) for ask in _asks(row, table))
        except Refusal as error:
            yield _unread(ident, row, error)
    for shared in shared_asks(asked):
        if len(shared.rows) > 1 or shared.key in tree.get("reads", {}):
            yield _for_table(tree, rows, shared)
        else:
            ((ident, ask),) = shared.rows
            yield _for_row(rows[ident], ident, ask)


def _answered(reads: Tree) -> dict[str, str]:
    return {key: value.text for key, value in reads.items() if key != "#" and value.text not in ("", OPEN)}


def _asks(row: Tree, table: dict[str, str]) -> list[Ask]:
    """What a row leaves open beside what is answered for it and for its table; raises Refusal where it cannot be read."""
    sign = read_sign(row["sign"].text) if "sign" in row else None
    try:
        points = Fraction(row["weight" if "weight" in row else "points"].text)
    except (ValueError, ZeroDivisionError):
        points = Fraction(10)  # the points are asked for themselves
    text, kept = row["criterion"].text, _answered(row.get("reads", {}))
    return list(standard(text, taken_over(text, kept, table)).asks(row["target"].text, points, sign))


def _unread(ident: str, row: Tree, error: Refusal) -> Question:
    name, text = row["name"].text, row["criterion"].text
    says = f"“{name}”的评分标准“{text[:60]}”读不懂：{error.says}；照意思改写，或者清空，按评分办法计分"
    kept = _answered(row.get("reads", {}))
    at = ("reads", next(iter(kept))) if error.code == "Q411" and kept else ("criterion",)
    return Question("D315", ("indicators", ident, *at), says, error.nearest)


def _for_row(row: Tree, ident: str, ask: Ask) -> Question:
    key = ask.question.key
    if key not in row.get("reads", {}):
        reads = {**row.pop("reads", {}), key: Value("", None, row["criterion"].place)}
        _put(row, "criterion", reads, after=True)
    says = f"“{row['name'].text}”的评分标准“{row['criterion'].text[:60]}”没有写明：{open_says(ask)}；{meanings_of(ask)}"
    choices = tuple(meaning for _, meaning in ask.question.readings)
    return Question("D316", ("indicators", ident, "reads", key), says, choices)


def _for_table(tree: Tree, rows: dict[str, Tree], shared: SharedAsk) -> Question:
    named = SharedAsk(tuple((rows[ident]["name"].text, ask) for ident, ask in shared.rows))
    if shared.key not in tree.get("reads", {}):
        place = rows[shared.rows[0][0]]["criterion"].place
        _put(tree, "indicators", {**tree.pop("reads", {}), shared.key: Value("", None, place)})
    return Question("D316", ("reads", shared.key), f"{named.says}；{named.meanings}", named.choices)


def _put(tree: Tree, key: str, reads: Tree, after: bool = False) -> None:
    """Put `reads` into a mapping right before, or after, another of its keys."""
    items = list(tree.items())
    tree.clear()
    for name, value in items:
        if name == key and not after:
            tree["reads"] = reads
        tree[name] = value
        if name == key and after:
            tree["reads"] = reads
