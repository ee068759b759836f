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
from evaluator.records.workflow import Correction, Remark
from evaluator.results import Evaluation

Reissue = dict[str, Any]  # of one table: values, rows, score, grade, notes, remarks; see `reissues`
NO_REASON = "（没有记下理由）"


def actuals_of(evaluation: Evaluation) -> dict[tuple[int, str], Actuals]:
    """The results an evaluation came from, by year and code."""
    return {(t.table.year, t.code): t.actuals for t in evaluation.tables if t.actuals}


def reissues(
    before: Evaluation,
    after: Evaluation,
    corrections: Sequence[Correction],
    remarks: Sequence[Remark],
    earlier: Mapping[str, Reissue],
    against: str,
) -> dict[str, Reissue]:
    """Of each table that changed or was remarked on what is to be told; another keeps what its last reissue said.

    Plain JSON by table code: `against` (what `before` is called), `values` (subject, field, before, after, reason, by,
    time), `rows` and `score`, `grade` (before, after), `notes`, and the reviewer's `remarks` with their answers. A
    remark on the whole unit is told by the department's own table and every table that changed; by all where there is
    no department.
    """
    values = value_changes(actuals_of(before), actuals_of(after))
    moves = {move.code: move for move in impact(Side("前", before), Side("后", after)).tables}
    tables: dict[str, Reissue] = {}
    for table in after.tables:
        mine, move = [value for value in values if value.code == table.code], moves[table.code]
        said = [remark for remark in remarks if remark.code in ("", table.code)]
        own = [
            remark for remark in said if remark.code or isinstance(table.table, Department) or after.department is None
        ]
        if mine or move.moved or own:
            tables[table.code] = {"against": against} | _reissue(mine, move, corrections, said)
        elif table.code in earlier:
            tables[table.code] = earlier[table.code]
    return tables


def _reissue(
    values: Sequence[ValueChange], move: TableMove, corrections: Sequence[Correction], remarks: Sequence[Remark]
) -> Reissue:
    sides = (move.before, move.after)
    return {
        "values": [_value(value, corrections) for value in values],
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
        "remarks": [_remark(remark) for remark in remarks],
    }


def _remark(remark: Remark) -> dict[str, str]:
    plain = {"number": str(remark.number), "time": remark.time, "by": remark.by, "text": remark.text}
    if answer := remark.answer:
        plain |= {"answer": answer.text, "answered": answer.time, "answerer": answer.by}
    return plain


def _value(change: ValueChange, corrections: Sequence[Correction]) -> dict[str, str]:
    """A changed value with the last correction that made it what it is."""
    by = [c for c in corrections if any((o.key, o.after) == (change.key, change.after) for o in c.changes)]
    last = by[-1] if by else None
    plain = {"subject": change.subject, "field": change.field, "before": change.before, "after": change.after}
    return plain | {
        "reason": last.reason if last else NO_REASON,
        "by": last.by if last else "",
        "time": last.time if last else "",
    }


def changes_section(reissue: Reissue, revision: int) -> Section:
    """The page of changes (更正说明) of one table."""
    blocks: list[Block] = [Line(f"更正说明　版次 {called(revision)}", "title")]
    if "against" in reissue:
        blocks.append(Line(f"与{reissue['against']} 相比", "note"))
    if reissue["remarks"]:
        blocks += [Line("退回意见和回复", "heading"), _remarks(reissue["remarks"])]
    blocks.append(Line("改动的内容", "heading"))
    moved = reissue["rows"] or reissue["notes"] or reissue["score"][0] != reissue["score"][1]
    if reissue["values"]:
        blocks.append(_values(reissue["values"]))
    elif moved:
        scored = reissue["rows"] or reissue["score"][0] != reissue["score"][1]
        what = "完成情况没有改动；得分的变动" if scored else "完成情况和得分没有改动；问题和等级的变动"
        blocks.append(Line(f"{what}来自规则、评分办法或程序的版本。"))
    else:
        blocks.append(Line("没有改动。"))
    blocks.append(Line("得分的变动", "heading"))
    blocks.append(_scores(reissue))
    blocks += [Line(note, "note") for note in reissue["notes"]]
    return Section("更正说明", tuple(blocks))


def _remarks(remarks: Sequence[Mapping[str, str]]) -> Grid:
    """Remark and answer side by side; what was recorded before remarks had answers shows none."""
    heads = ("意见", "退回人", "时间", "回复", "回复人", "时间")
    rows = [
        (f"{remark['number']}. {remark['text']}" if "number" in remark else remark["text"], remark["by"], _day(remark["time"]),
         remark.get("answer", "（未回复）" if "number" in remark else ""), remark.get("answerer", ""), _day(remark.get("answered", "")))
        for remark in remarks
    ]  # fmt: skip
    return ruled((40, 12, 12, 46, 12, 12), heads, rows)


def _values(values: Sequence[Mapping[str, str]]) -> Grid:
    heads = ("指标", "项", "原来", "现在", "理由", "更正人", "时间")
    rows = [
        (value["subject"] or "整表", value["field"], value["before"], value["after"], value["reason"], value["by"], _day(value["time"]))
        for value in values
    ]  # fmt: skip
    return ruled((14, 14, 24, 24, 34, 12, 12), heads, rows)


def _scores(reissue: Reissue) -> Grid:
    columns = (("指标", 34), ("原得分", 14), ("现得分", 14), ("变动", 14), ("由来", 58))
    rows = [
        (Cell(row["name"]), Cell(row["before"], "points"), Cell(row["after"], "points"), Cell(row["change"], "label"), Cell("；".join(row["why"])))
        for row in reissue["rows"]
    ]  # fmt: skip
    score, grade = reissue["score"], reissue["grade"]
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
