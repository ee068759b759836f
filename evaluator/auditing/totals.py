"""The total of a filled table beside the scores it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from evaluator.auditing.judgement import Judged
from evaluator.auditing.recomputed import HALF, Verdict, coarser, decimals_of, figure, is_blank, number, rounded
from evaluator.auditing.spent import spent
from evaluator.figures import decimal
from evaluator.inapplicable import said
from evaluator.intake.filled.formdata import FilledTable
from evaluator.policy import Policy

FULL = 100


def judge_total(table: FilledTable, rows: Sequence[Judged], policy: Policy) -> Judged:
    """The total: the sum of the printed scores, or the cap that the execution rate sets; never above 100."""
    printed = figure(table.total_score)
    if printed is None:
        why = "没有总分" if is_blank(table.total_score) else "总分不是一个数"
        return Judged(Verdict("undecidable", None, None, why, ("表上不印总分", "印了总分而读不出")))
    value = Fraction(printed)
    known = [score for text, _ in _cells(table) if (score := number(text)) is not None]
    total = sum(known, Fraction(0))
    adds_up = f"{' + '.join(decimal(score) for score in known)} = {decimal(total)}"
    if left := _left_out(table, policy):
        total = total * FULL / (FULL - left)
        added = adds_up.rpartition(" = ")[0]
        adds_up = f"({added}) ÷ (100 − {decimal(left)}) × 100 = {decimal(total, 4)}"
    if value > FULL and not _excess(table):
        return Judged(Verdict("differ", printed, decimal(total), f"总分不能超过 100；{adds_up}"))
    capped, note = total, ""
    if cap := _cap(table, policy):
        capped, note = min(total, cap), f"，按执行率封顶 {decimal(cap)}" if cap < total else ""
    if rounded(capped, printed):
        return Judged(Verdict("agree", printed, decimal(capped), adds_up + note))
    if value < 0:
        return Judged(Verdict("differ", printed, decimal(total), f"总分为负；{adds_up}"))
    step = "" if note else coarser(total, printed)
    readings = [f"总分是各行得分之和：{adds_up}{note}", *_others(table, rows, printed, total)]
    whole = _whole(table)
    over = not note and total > value and all(score >= 0 for score in known)
    if len(readings) == 1 and known and (whole or (over and not _unread(table))):
        how = f"；印作 {printed} 是{step}" if step else "" if whole else "；列出的各行合计已超过总分"
        return Judged(Verdict("differ", printed, decimal(capped), adds_up + note + how), coarse=step)
    if not whole:
        readings.append("还有没有列出、没有填得分的行" if known else "各行都没有得分")
    if rounded(total, printed) and note:  # the sum, under a policy that caps it
        return Judged(Verdict("differ", printed, decimal(capped), adds_up + note))
    if len(readings) == 1:
        readings.append("总分另有来历")
    return Judged(Verdict("undecidable", printed, decimal(total), f"{adds_up}；{readings[-1]}", tuple(readings)))


def _left_out(table: FilledTable, policy: Policy) -> Fraction:
    """The points of rows that do not apply, where the policy takes the others for the whole."""
    if not policy.leaves_out or policy.not_applicable is None or policy.not_applicable.shares:
        return Fraction(0)
    worth = [number(row.points) or Fraction(0) for row in table.indicators if said(row.actual)]
    return min(sum(worth, Fraction(0)), Fraction(FULL - 1))


def _cells(table: FilledTable) -> list[tuple[str | None, str | None]]:
    """Every score with its points, as printed, the execution's last."""
    return [(row.score, row.points) for row in (*table.indicators, table.execution) if row]


def _unread(table: FilledTable) -> bool:
    """Whether a score is printed that is no number; of a row that does not apply none is due."""
    scores = [row.score for row in table.indicators if not said(row.actual)]
    scores += [table.execution.score] if table.execution else []
    return any(not is_blank(score) and number(score) is None for score in scores)


def _excess(table: FilledTable) -> bool:
    """Whether some score stands above its own points, so that a sum above 100 is explained."""
    read = [(number(score), number(points)) for score, points in _cells(table)]
    return any(score is not None and points is not None and score > points for score, points in read)


def _cap(table: FilledTable, policy: Policy) -> Fraction | None:
    money = spent(table)
    caps = [Fraction(cap.total, 100) for cap in policy.caps.execution if money and money.rate < cap.below]
    return min(caps) if caps else None


def _others(table: FilledTable, rows: Sequence[Judged], printed: str, total: Fraction) -> Iterator[str]:
    """Other ways a total can have been made that give the printed one."""
    sure, slack = Fraction(0), Fraction(0)
    for row, judged in zip(table.indicators, rows, strict=True):
        if judged.reached and row.score and (judged.verdict.verdict == "agree" or judged.coarse):
            sure += judged.reached.exact - (number(row.score) or 0)
        elif "." in (row.score or ""):
            slack += HALF / 10 ** decimals_of(row.score or "")
    spending = table.execution.score or "" if table.execution else ""
    slack += HALF / 10 ** decimals_of(spending) if "." in spending else 0
    value = Fraction(printed)
    if (sure and rounded(total + sure, printed)) or (slack and abs(value - total - sure) <= slack):
        yield f"总分由各行舍入以前的得分相加：{decimal(total + sure, 4)}"


def _whole(table: FilledTable) -> bool:
    """Whether every score of the table is there: none is blank, and it says so or its points make 100."""
    if table.rows_complete is False or _unread(table) or not table.indicators:
        return False
    alone = [
        row
        for row in table.indicators
        if row.score is None and not row.merged.keys() & {"score", "points"} and not said(row.actual)
    ]
    execution = table.execution
    if alone or (execution and execution.points and execution.score is None):
        return False
    if table.rows_complete:
        return True
    worth = [number(row.points) for row in table.indicators if row.points is not None]
    spending = number(execution.points) if execution else None
    if None in worth:
        return False
    own = sum((value for value in worth if value is not None), Fraction(0))
    return FULL in (own, own + spending) if spending is not None else own == FULL
