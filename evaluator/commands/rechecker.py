"""The reviewer's commands on scores: ziping review (set, drop, list, write)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from evaluator import acts
from evaluator.commands import console
from evaluator.commands.asking import Both, Filled, Output, Sitting
from evaluator.commands.clerk import Project
from evaluator.commands.options import By, To, suffixes
from evaluator.figures import points

if TYPE_CHECKING:
    from evaluator.acts.rechecking import Restated
    from evaluator.rescoring.rescored import RescoredTable

Row = Annotated[
    str,
    typer.Argument(metavar="[指标]", help="指标编号或名称；预算执行率改金额；不写则是整表的（标准、等级、主要原因）"),
]


def set_(
    code: Project,
    by: By,
    indicator: Row = "",
    cause: Annotated[str | None, typer.Option("--cause", help="偏差原因：为什么与自评不同")] = None,
    actual: Annotated[str | None, typer.Option(help="复核完成值")] = None,
    state: Annotated[str | None, typer.Option(help="复核的达成程度")] = None,
    share: Annotated[str | None, typer.Option(help="复核的档内比例，如 70%")] = None,
    ground: Annotated[list[str] | None, typer.Option(help="扣分依据：复核扣分标准的条款代号；可写多次")] = None,
    same_as: Annotated[str | None, typer.Option(help="与哪个指标重复（指标编号）")] = None,
    deduct: Annotated[str | None, typer.Option(help="另扣几分")] = None,
    adjusted: Annotated[str | None, typer.Option(help="复核的全年预算数（万元）")] = None,
    executed: Annotated[str | None, typer.Option(help="复核的全年执行数（万元）")] = None,
    evidence: Annotated[list[str] | None, typer.Option(help="复核依据的材料；可写多次")] = None,
    remedy: Annotated[str | None, typer.Option(help="改进要求")] = None,
    scale: Annotated[str | None, typer.Option(help="整表：复核扣分标准的编号（rules/reviews）")] = None,
    grade: Annotated[str | None, typer.Option(help="整表：财政评定的等级")] = None,
    opinion: Annotated[str | None, typer.Option(help="整表：主要偏差原因；不写则取各行的")] = None,
    *,
    at: Filled,
) -> Output:
    """写一行的复核：完成值、扣分依据、另扣的分和偏差原因，写进 reviews/年度/单位/项目编码.yaml，并记入台账；没有写的项不变。

    由没有报送过的人写，单位报送以后才能写；自评的结果不动。
    """
    given = {"actual": actual, "state": state, "share": share, "grounds": ground, "same_as": same_as, "deduct": deduct,
             "adjusted": adjusted, "executed": executed, "cause": cause, "remedy": remedy, "evidence": evidence,
             "scale": scale, "grade": grade, "opinion": opinion}  # fmt: skip
    values = {name: value for name, value in given.items() if value}
    return Output(_stated(acts.rechecking.state(at, by, code, indicator, values)))


def drop(
    code: Project,
    indicator: Annotated[str, typer.Argument(metavar="指标", help="指标编号或名称；预算执行率是金额的")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="为什么撤回")] = "",
    *,
    at: Filled,
) -> Output:
    """撤回一行的复核：这一行重新按自评；理由记入台账。"""
    return Output(_stated(acts.rechecking.withdraw(at, by, code, indicator, reason)))


def list_(at: Annotated[Sitting, "place year unit kept"]) -> Both:
    """复核得分：各项目自评、复核、偏差和主要原因，哪些行不同，按问题规则有什么要核对；有的返回码为 1。"""
    seen = acts.rechecking.look(at)
    rescored = seen.found
    if not rescored.tables:
        return Output("还没有复核；用 ziping review set 写，或写 reviews/年度/单位编码/项目编码.yaml\n", seen.as_json)
    marked = "（示例数据，不是该单位的实际情况）" if rescored.own.illustrative else ""
    head = ["项目编码", "项目", "自评得分", "复核得分", "偏差", "复核等级", "主要偏差原因"]
    rows = [
        [table.code, table.name, points(table.score), *(_scores(rescored.tables.get(table.code)))]
        for table in rescored.own.tables
    ]
    text = f"{rescored.own.unit} {rescored.own.year} 年度自评的复核{marked}\n\n" + console.columns(
        [head, *rows], right=(2, 3, 4)
    )
    text += "".join(_rows(table) for table in rescored.tables.values() if table.differing)
    lines = [
        f"{finding.severity} {finding.rule.id} {finding.says}\n"
        for table in rescored.tables.values()
        for finding in table.findings
    ]
    return Output(text + ("\n要核对的：\n" + "".join(lines) if lines else ""), seen.as_json, seen.attend)


def write(at: Annotated[Sitting, "place out year unit"], to: To = None) -> Output:
    """写出项目支出绩效自评复核表和复核汇总表；已有的文件不覆盖，内容有变则另出下一版，记入台账。"""
    rescored, written, entry = acts.rechecking.write(at, suffixes(to))
    kept = f"已记入台账第 {entry.seq} 条\n" if entry else ""
    left = [table.name for table in rescored.own.tables if table.code not in rescored.tables]
    more = f"没有复核的 {len(left)} 张：{'、'.join(left)}\n" if left else ""
    return Output(console.written_text(written) + more + kept, attend=bool(console.noted(written)))


def _stated(restated: Restated) -> str:
    lines = [
        f"{change.code} {change.subject} {change.field}：{change.before} → {change.after}\n"
        for change in restated.changes
    ]
    table = restated.table
    now = f"自评 {points(table.own.score)}，复核 {points(table.score)}；" if table else "没有复核了；"
    return "".join(lines) + f"{now}已记入台账第 {restated.entry.seq} 条\n"


def _scores(table: RescoredTable | None) -> list[str]:
    from evaluator.rescoring.reviewforms import signed

    if table is None:
        return ["—", "—", "—", "没有复核"]
    return [points(table.score), signed(table.deviation), table.grade, table.causes or "没有偏差"]


def _rows(table: RescoredTable) -> str:
    from evaluator.rescoring.reviewforms import counted_says, note_of, signed

    head = ["指标", "自评完成值", "自评得分", "复核完成值", "复核得分", "偏差", "为什么"]
    rows = [
        [row.own.indicator.name, own, points(row.own.earned), then, points(row.earned), signed(row.deviation), "；".join(note_of(row))]
        for row in table.differing for own, then in (table.values_of(row),)
    ]  # fmt: skip
    counted = f"{counted_says(table.counted, table)}\n" if table.counted else ""
    return f"\n{table.own.name}（{table.own.code}）\n" + console.columns([head, *rows], right=(2, 4, 5)) + counted
