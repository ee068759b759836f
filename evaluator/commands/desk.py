"""The commands of the one who fills in: ziping correct, evidence, and what became of it: history, diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaluator.commands.options import (
    AnyBy,
    As,
    Format,
    Place,
    PlaceOption,
    UnitCode,
    Year,
    act_in,
    evaluated,
    rulebook_of,
    say,
)
from evaluator.commands.working import working

if TYPE_CHECKING:
    from evaluator.records.correcting import Corrected
    from evaluator.records.ledger import Ledger
    from evaluator.results import Evaluation
    from evaluator.rulebook import Rulebook
    from evaluator.workspace import Workspace

Project = Annotated[str, typer.Argument(metavar="项目", help="项目编码（可只写开头或结尾）、名称的一部分，或单位编码")]
PARTED = "（万元）；其中一项写成 当年财政拨款=60，可写多次"
Kept = Annotated[Path | None, typer.Option("--out", "-o", help="示例工作区的台账所在目录（与 run 的 --out 相同）")]


def correct(
    code: Annotated[
        str | None, typer.Argument(metavar="[项目]", help="项目编码或名称的一部分；不写则记下文件中已改的全部内容")
    ] = None,
    indicator: Annotated[
        str | None, typer.Argument(metavar="[指标]", help="指标编号或名称；预算执行率改预算数、执行数")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="更正理由")] = "",
    by: AnyBy = None,
    actual: Annotated[str | None, typer.Option(help="实际完成值")] = None,
    state: Annotated[str | None, typer.Option(help="达成程度")] = None,
    share: Annotated[str | None, typer.Option(help="档内比例，如 70%")] = None,
    adjusted: Annotated[list[str] | None, typer.Option(help=f"全年预算数{PARTED}")] = None,
    executed: Annotated[list[str] | None, typer.Option(help=f"全年执行数{PARTED}")] = None,
    cause: Annotated[str | None, typer.Option(help="偏差原因")] = None,
    remedy: Annotated[str | None, typer.Option(help="改进措施")] = None,
    evidence: Annotated[list[str] | None, typer.Option(help="补充的佐证材料；可写多次")] = None,
    workspace: PlaceOption = None,
    year: Year = None,
    unit: UnitCode = None,
    out: Kept = None,
) -> None:
    """更正一个值并记入台账：谁、何时、哪个值、从多少到多少、为什么。

    写项目、指标和新的值：改完成情况文件并记录。都不写：文件（如填报的工作簿）已经改好，把与上次评分的全部不同记下。
    """
    from evaluator.errors import Problem, UsageProblem
    from evaluator.records.workflow import correction_of

    if not reason.strip() or by is None:
        raise UsageProblem([Problem("U356", "更正要写明理由和更正人", None, "--reason 理由 --by 姓名")])
    given = {"actual": actual, "state": state, "share": share, "adjusted": adjusted, "executed": executed,
             "cause": cause, "remedy": remedy, "evidence": evidence}  # fmt: skip
    values: dict[str, Any] = {name: value for name, value in given.items() if value}
    if code is None and values:
        raise UsageProblem(
            [Problem("U356", "没有写改哪个项目的哪个指标", None, "ziping correct 项目 指标 --actual 值")]
        )
    if code is not None and (indicator is None or not values):
        raise UsageProblem(
            [Problem("U356", "没有写改哪个指标、改成什么", None, "ziping correct 项目 指标 --actual 值")]
        )
    with act_in(workspace, out, "更正") as (space, act):
        rulebook, _ = rulebook_of(workspace, year, unit)
        if code is None or indicator is None:
            evaluation = evaluated(rulebook, space, year, unit)
            changes, files = _told_anew(act.ledger, evaluation), []
        else:
            evaluation, made = _corrected(space, rulebook, year, unit, code, indicator, values)
            changes, files = list(made.changes), [made.change]
        say(act.free(evaluation.unit_code, evaluation.year, changes))
        act.record("correction", correction_of(evaluation.unit_code, evaluation.year, by, reason, changes), files)
    for one in changes:
        typer.echo(f"{one.code} {one.subject} {one.field}：{one.before} → {one.after}")
    typer.echo(f"更正 {len(changes)} 处，已记入台账（{by}：{reason}）；用 ziping run 重新出具")


def _corrected(
    space: Workspace, rulebook: Rulebook, year: int | None, unit: str | None, code: str, indicator: str, values: Any
) -> tuple[Evaluation, Corrected]:
    """The year as it stands, and one row of it with new values."""
    from evaluator.find import find_row, find_table
    from evaluator.records.correcting import corrected, to_correct

    actuals = to_correct(space, rulebook)
    say(actuals.notes)
    evaluation = evaluated(rulebook, space, year, unit, actuals=actuals)
    table = find_table(evaluation, code)
    return evaluation, corrected(space, rulebook, actuals, table, find_row(table, indicator), values)


def _told_anew(ledger: Ledger, evaluation: Evaluation) -> list[Any]:
    from evaluator.errors import Problem, UsageProblem
    from evaluator.records.reissuing import history_of

    history = history_of(ledger, evaluation.unit_code, evaluation.year)
    before = history.before()
    changes = history.open(before, evaluation) if before else []
    if not changes:
        says = "完成情况与上次评分时相同，没有要记的更正" if history.last else "还没有评过分，不用更正，直接改文件"
        raise UsageProblem([Problem("U357", says)])
    return changes


def history(
    workspace: Place = None,
    year: Year = None,
    unit: UnitCode = None,
    out: Kept = None,
    format: As = Format.text,
) -> None:
    """这一年的经过：每次评分、更正、报送、退回、回复、通过，何时、何人、何事；现在到了哪一步，还有哪些意见没有回复。"""
    from evaluator.commands import console
    from evaluator.plain import dumps
    from evaluator.preparation import tables_of
    from evaluator.records.beside import beside, stands
    from evaluator.records.chronicle import as_json, chronicle
    from evaluator.records.reissuing import history_of
    from evaluator.records.remarks import current

    rulebook, space = rulebook_of(workspace, year, unit)
    table = tables_of(rulebook, year, unit)[0]
    with ledger_at(space, out) as ledger:
        known = history_of(ledger, table.unit.code, table.year)
        told = chronicle(known.entries)
        lines = [stands(known.standing, known.revisions), *beside(ledger, known.standing, known.revisions)]
    if format is Format.json:
        typer.echo(dumps(as_json(told)), nl=False)
        return
    if not told:
        typer.echo("台账里还没有记录；运行 ziping run")
        return
    lines += [f"未回复的{one.says}" for one in current(known.entries) if one.answer is None]
    head = ["台账", "时间（UTC）", "版次", "事项", "经办", "内容"]
    rows = [[str(one.seq), one.time, one.revision, one.what, one.by, one.says] for one in told]
    typer.echo("\n".join(lines) + "\n\n" + console.columns([head, *rows]), nl=False)


def diff(
    before: Annotated[str, typer.Argument(metavar="前", help="版次，如 v01；或 通过、报送、现在")],
    after: Annotated[str, typer.Argument(metavar="后", help="版次，如 v02；或 通过、报送、现在")],
    workspace: PlaceOption = None,
    year: Year = None,
    unit: UnitCode = None,
    out: Kept = None,
    format: As = Format.text,
) -> None:
    """两个版次之间：改了哪些值，哪些得分、等级因此变动，为什么。都由台账记下的规则和完成情况重算。"""
    from evaluator.commands import console
    from evaluator.comparing.changes import value_changes
    from evaluator.comparing.impact import as_json, impact
    from evaluator.comparing.versions import Side
    from evaluator.plain import dumps
    from evaluator.preparation import tables_of
    from evaluator.records.chronicle import run_named
    from evaluator.records.reissuing import history_of
    from evaluator.records.reruns import rebuilt
    from evaluator.records.revisions import actuals_of

    rulebook, space = rulebook_of(workspace, year, unit)
    table = tables_of(rulebook, year, unit)[0]
    with ledger_at(space, out) as ledger:
        known = history_of(ledger, table.unit.code, table.year)
        (before, run), (after, other) = (run_named(known.entries, name) for name in (before, after))
        with working("重算两个版次"):
            first, second = rebuilt(ledger, run), rebuilt(ledger, other)
    made = impact(Side(before, first), Side(after, second))
    changes = value_changes(actuals_of(first), actuals_of(second))
    if format is Format.json:
        listed = [
            {"code": c.code, "subject": c.subject, "field": c.field, "before": c.before, "after": c.after}
            for c in changes
        ]
        typer.echo(dumps(as_json(made) | {"values": listed}), nl=False)
        return
    if changes:
        rows = [[c.code, c.subject or "整表", c.field, c.before, c.after] for c in changes]
        typer.echo(console.columns([["项目编码", "指标", "项", before, after], *rows]))
    typer.echo(console.impact_text(made), nl=False)


def evidence(
    code: Project,
    indicator: Annotated[str, typer.Argument(metavar="指标", help="指标编号或名称")],
    files: Annotated[list[Path], typer.Argument(metavar="文件...", help="佐证材料；复制进工作区")],
    title: Annotated[str, typer.Option("--title", help="材料名称；不写则用文件名")] = "",
    by: AnyBy = None,
    workspace: PlaceOption = None,
    year: Year = None,
    unit: UnitCode = None,
    out: Kept = None,
) -> None:
    """把佐证材料复制进工作区，以 SHA-256 与一个指标绑定；以后缺失或改动都会被发现。"""
    from evaluator.find import find_row, find_table
    from evaluator.intake.evidence import evidence_added

    with act_in(workspace, out, "登记佐证") as (space, act):
        rulebook, _ = rulebook_of(workspace, year, unit)
        evaluation = evaluated(rulebook, space, year, unit)
        table = find_table(evaluation, code)
        row = find_row(table, indicator)
        key = (evaluation.year, evaluation.unit_code, table.code)
        added, changes = evidence_added(space.evidence, key, row.indicator.id, files, title)
        say(act.free(evaluation.unit_code, evaluation.year, []))
        new = [
            {"project": table.code, "indicator": row.indicator.id, "title": one.title, "sha256": one.digest}
            for one in added
            if one.new
        ]
        if new:
            payload = {"unit_code": evaluation.unit_code, "year": evaluation.year, "by": by or "", "files": new}
            act.record("evidence", payload, changes)
        else:
            act.commit(changes)
    for one in added:
        typer.echo(
            f"{'已登记' if one.new else '早已登记'} {table.name} {row.indicator.id}：{one.title}（{one.path}，{one.digest[:12]}）"
        )


def ledger_at(space: Workspace, out: Path | None) -> Ledger:
    """The ledger of a workspace; the sample's is in the output folder."""
    from evaluator.records.ledger import Ledger
    from evaluator.records.recording import ledger_of

    return Ledger(ledger_of(space, out or Path("out")))
