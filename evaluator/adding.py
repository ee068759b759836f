"""How the total of a table came about, in words: its rows, points outside them, what lowers the whole."""

from __future__ import annotations

from collections.abc import Iterator

from evaluator.factsheets.factsheet import told_raised
from evaluator.figures import points
from evaluator.inapplicable import WORD
from evaluator.policies.beyondrows import veto_in_words
from evaluator.results import TableScore
from evaluator.scoring import rounded


def addition(table: TableScore) -> str:
    """The points of all rows, and those outside them as far as the policy counts them, added up."""
    added = " + ".join(points(row.earned) for row in table.all_rows)
    if rest := _rescaling(table):
        added = f"({added}) ÷ {rest}"
    outside = f" {'+' if table.outside > 0 else '−'} {points(abs(table.outside))}（各行以外）" if table.outside else ""
    return f"{added}{outside} = {points(table.total)}"


def _rescaling(table: TableScore) -> str:
    """By what the rows' points are divided where they are taken for the whole: `(100 − 10.00) × 100`; '' where they are not."""
    clause = table.policy.not_applicable
    if not table.inapplicable or clause is None or clause.shares:
        return ""
    return f"(100 − {points(table.left_out)}) × 100"


def effects_on(table: TableScore) -> Iterator[str]:
    """What criteria do to the grade and the total of the whole, and the bounds that the score then meets."""
    if table.plain is not None:
        names = "、".join(f"“{row.indicator.name}”" for row in table.inapplicable)
        yield f"{names}{WORD}：{told_raised(table.policy, table.plain, table.left_out, table.total)}"
    if table.outside != (beyond := _beyond(table)):
        yield f"评分标准在各行以外追加扣除 {points(-beyond)}，评分办法以 {points(-table.outside)} 为限"
    if table.vetoed:
        from evaluator.criteria.standard import EFFECTS

        if table.effects != table.vetoed:
            yield f"一票否决发生了；评分办法：{veto_in_words(table.policy)}"
        else:
            yield from (f"按评分标准，{EFFECTS[effect]}" for effect in sorted(table.effects))
    if table.total > 10_000 and table.cap is None and not table.effects:
        yield f"各项合计 {points(table.total)}，总分以 100 为限"
    if table.total < 0:
        yield f"各项合计 {points(table.total)}，总分不低于 0"


def _beyond(table: TableScore) -> int:
    """Points that criteria take (below 0) outside their rows, in hundredths, before the policy's bound."""
    return sum(rounded(row.own.outside * 100, table.policy) for row in table.rows if row.own)
