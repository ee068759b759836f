"""The tables of a self-evaluation report about what follows: management measures, rectification, advice for the next budget."""

from __future__ import annotations

from evaluator.following.advice import advise
from evaluator.model import Department
from evaluator.pages import UNKNOWN, Grid, Look, ruled
from evaluator.reporting.report import EMPTY, short_name
from evaluator.results import Evaluation


def measures_table(evaluation: Evaluation) -> Grid | None:
    """The management measures (工作保障措施) as a checklist; None without a department."""
    own = evaluation.department.own.table if evaluation.department else None
    if evaluation.department is None or not isinstance(own, Department) or not own.measures:
        return None
    rows = []
    for measure in own.measures:
        done = evaluation.department.measures.get(measure.id)
        evidence = "、".join(done.evidence) if done else ""
        rows.append(
            (measure.id, measure.title, done.state if done else EMPTY, evidence or UNKNOWN, done.note if done else "")
        )
    heads = ("编号", "措施", "落实程度", "佐证材料", "说明")
    return ruled((10, 26, 12, 28, 24), heads, rows, ("label", "text", "label", "text", "text"))


def duties_table(evaluation: Evaluation) -> Grid | None:
    """The duties of rectification of this year and those of last year still open; None when there are none."""
    rows = [
        (
            short_name(table), f"{duty.year} {duty.id}", duty.says, duty.owner or EMPTY, duty.due or EMPTY,
            duty.state + ("（逾期）" if duty.overdue else ""), "、".join(duty.evidence) or UNKNOWN,
        )
        for table in evaluation.tables
        for duty in table.duties
        if duty.open or duty.year == evaluation.year
    ]  # fmt: skip
    heads = ("项目", "年度和编号", "问题", "责任人", "完成时限", "状态", "整改佐证")
    looks: tuple[Look, ...] = ("text", "label", "text", "label", "label", "label", "text")
    return ruled((16, 12, 28, 10, 11, 10, 13), heads, rows, looks) if rows else None


def advice_table(evaluation: Evaluation) -> Grid | None:
    """Advice for the next budget by the policy's clause, with its reasons and how each is known."""
    rows = [
        (
            one.name, one.grade, one.advice, one.says, "；".join(one.reasons),
            one.source + (f"。{one.note}" if one.note else ""),
        )
        for one in advise(evaluation)
    ]  # fmt: skip
    heads = ("项目", "等级", "建议", "依据的条款", "理由", "文件")
    return (
        ruled((20, 7, 8, 21, 26, 18), heads, rows, ("text", "label", "label", "text", "text", "text")) if rows else None
    )
