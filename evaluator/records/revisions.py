"""A reissue (重新出具): what changed since what was submitted, why and by whom, as plain data and as a printed page.

The plain data go into the ledger with the run, so that the page can be printed again byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluator.comparing.changes import ValueChange, value_changes
from evaluator.comparing.impact import TableMove, impact
from evaluator.comparing.versions import Side
from evaluator.figures import called
from evaluator.model import Actuals, Department
from evaluator.pages import Block, Cell, Grid, Line, Section, listing, ruled
from evaluator.records.remarks import Remark
from evaluator.records.workflow import Correction
from evaluator.results import Evaluation

Told = dict[str, Any]  # of one table: values, rows, score, grade, notes, remarks; see `changes_told`
NO_REASON = "（没有记下理由）"


def actuals_of(evaluation: Evaluation) -> dict[tuple[int, str], Actuals]:
    """The results an evaluation came from, by year and code."""
    return {(t.table.year, t.code): t.actuals for t in evaluation.tables if t.actuals}


def changes_told(
    before: Evaluation,
    after: Evaluation,
    corrections: Sequence[Correction],
    remarks: Sequence[Remark],
    earlier: Mapping[str, Told],
    against: str,
) -> dict[str, Told]:
    """Of each table that changed or was remarked on what is to be told; another keeps what its last reissue said.

    Plain JSON by table code: `against` (what `before` is called), `values` (subject, field, before, after, reason, by,
    time), `rows` and `score`, `grade` (before, after), `notes`, and the reviewer's `remarks` with their answers. A
    remark on the whole unit is told by the department's own table and every table that changed; by all where there is
    no department.
    """
    values = value_changes(actuals_of(before), actuals_of(after))
    moves = {move.code: move for move in impact(Side("前", before), Side("后", after)).tables}
    told: dict[str, Told] = {}
    for table in after.tables:
        mine, move = [one for one in values if one.code == table.code], moves[table.code]
        said = [one for one in remarks if one.code in ("", table.code)]
        own = [one for one in said if one.code or isinstance(table.table, Department) or after.department is None]
        if mine or move.moved or own:
            told[table.code] = {"against": against} | _told(mine, move, corrections, said)
        elif table.code in earlier:
            told[table.code] = earlier[table.code]
    return told


def _told(
    values: Sequence[ValueChange], move: TableMove, corrections: Sequence[Correction], remarks: Sequence[Remark]
) -> Told:
    sides = (move.before, move.after)
    return {
        "values": [_value(one, corrections) for one in values],
        "rows": [
            {
                "name": row.called,
                "before": row.before.earned if row.before else "—",
                "after": row.after.earned if row.after else "—",
                "change": row.change,
                "why": list(row.why),
            }
            for row in move.rows
        ],
        "score": [side.score if side else "—" for side in sides],
        "grade": [side.grade if side else "—" for side in sides],
        "notes": list(move.notes),
        "remarks": [_remark(one) for one in remarks],
    }


def _remark(remark: Remark) -> dict[str, str]:
    told = {"number": str(remark.number), "time": remark.time, "by": remark.by, "text": remark.text}
    if answer := remark.answer:
        told |= {"answer": answer.text, "answered": answer.time, "answerer": answer.by}
    return told


def _value(change: ValueChange, corrections: Sequence[Correction]) -> dict[str, str]:
    """A changed value with the last correction that made it what it is."""
    by = [c for c in corrections if any((o.key, o.after) == (change.key, change.after) for o in c.changes)]
    last = by[-1] if by else None
    told = {"subject": change.subject, "field": change.field, "before": change.before, "after": change.after}
    return told | {
        "reason": last.reason if last else NO_REASON,
        "by": last.by if last else "",
        "time": last.time if last else "",
    }


def changes_section(told: Told, revision: int) -> Section:
    """The page of changes (更正说明) of one table."""
    blocks: list[Block] = [Line(f"更正说明　版次 {called(revision)}", "title")]
    if "against" in told:
        blocks.append(Line(f"与{told['against']} 相比", "note"))
    if told["remarks"]:
        blocks += [Line("退回意见和回复", "heading"), _remarks(told["remarks"])]
    blocks.append(Line("改动的内容", "heading"))
    moved = told["rows"] or told["notes"] or told["score"][0] != told["score"][1]
    if told["values"]:
        blocks.append(_values(told["values"]))
    elif moved:
        scored = told["rows"] or told["score"][0] != told["score"][1]
        what = "完成情况没有改动；得分的变动" if scored else "完成情况和得分没有改动；问题和等级的变动"
        blocks.append(Line(f"{what}来自规则、评分办法或程序的版本。"))
    else:
        blocks.append(Line("没有改动。"))
    blocks.append(Line("得分的变动", "heading"))
    blocks.append(_scores(told))
    blocks += [Line(note, "note") for note in told["notes"]]
    return Section("更正说明", tuple(blocks))


def _remarks(remarks: Sequence[Mapping[str, str]]) -> Grid:
    """Remark and answer side by side; what was recorded before remarks had answers shows none."""
    heads = ("意见", "退回人", "时间", "回复", "回复人", "时间")
    rows = [
        (f"{one['number']}. {one['text']}" if "number" in one else one["text"], one["by"], _day(one["time"]),
         one.get("answer", "（未回复）" if "number" in one else ""), one.get("answerer", ""), _day(one.get("answered", "")))
        for one in remarks
    ]  # fmt: skip
    return ruled((40, 12, 12, 46, 12, 12), heads, rows)


def _values(values: Sequence[Mapping[str, str]]) -> Grid:
    heads = ("指标", "项", "原来", "现在", "理由", "更正人", "时间")
    rows = [
        (one["subject"] or "整表", one["field"], one["before"], one["after"], one["reason"], one["by"], _day(one["time"]))
        for one in values
    ]  # fmt: skip
    return ruled((14, 14, 24, 24, 34, 12, 12), heads, rows)


def _scores(told: Told) -> Grid:
    columns = (("指标", 34), ("原得分", 14), ("现得分", 14), ("变动", 14), ("由来", 58))
    rows = [
        (Cell(one["name"]), Cell(one["before"], "points"), Cell(one["after"], "points"), Cell(one["change"], "label"), Cell("；".join(one["why"])))
        for one in told["rows"]
    ]  # fmt: skip
    score, grade = told["score"], told["grade"]
    total = (
        Cell("总分", "bold"),
        Cell(score[0], "total"),
        Cell(score[1], "total"),
        Cell("", "label"),
        Cell(f"等级 {grade[0]} → {grade[1]}"),
    )
    return listing(columns, [*rows, total])


def _day(time: str) -> str:
    return time[:10]
