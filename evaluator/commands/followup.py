"""The commands about what follows an evaluation: ziping rectify (plan, list, close), advice, trend, and init --from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaluator.commands.options import (
    FINDINGS,
    AnyBy,
    As,
    Format,
    Place,
    PlaceOption,
    PolicyName,
    Sample,
    UnitCode,
    Year,
    act_in,
    evaluated,
    results_of,
    rulebook_of,
    say,
)

if TYPE_CHECKING:
    from datetime import date

    from evaluator.journal import Change
    from evaluator.records.acting import Act
    from evaluator.results import Duty

AsOf = Annotated[str | None, typer.Option("--as-of", help="核对日期，如 2024-06-30：逾期判断到这一天")]

app = typer.Typer(name="rectify", help="整改：把问题列成事项，看进展，凭佐证销号。", no_args_is_help=True)


@app.command("plan")
def plan_(
    workspace: Place = None, year: Year = None, unit: UnitCode = None, as_of: AsOf = None, format: As = Format.text
) -> None:
    """由评价发现的错误、警告列出整改事项，补在 rectification/年度/单位.yaml 的后面；已有的内容一字不动。"""
    from evaluator.following.rectification import plan, register_path
    from evaluator.plain import dumps

    day = _day(as_of) if as_of else None
    with act_in(workspace, None, "列整改事项") as (space, act):
        rulebook, _ = rulebook_of(workspace, year, unit)
        evaluation = evaluated(rulebook, space, year, unit)
        made = plan(space, rulebook, evaluation, day)
        added = made.added if made else ()
        told = [{"id": one.id, "rule": one.origin.rule, "project": one.origin.project} for one in added]
        say(act.free(evaluation.unit_code, evaluation.year, []))
        files = [made.change] if made else []
        kept = _record(act, files, "duties" if told else "", evaluation.unit_code, evaluation.year, duties=told)
    if format is Format.json:
        typer.echo(dumps([one.model_dump(mode="json", by_alias=True) for one in added]), nl=False)
        return
    for one in added:
        typer.echo(f"{one.id} {one.origin.rule} {one.origin.project}：{one.origin.says}")
    path = made.path if made else register_path(space, (evaluation.year, evaluation.unit_code))
    typer.echo(f"新列整改事项 {len(added)} 个（{path}）" + ("，请填写责任人和完成时限" if added else "") + kept)


@app.command("list")
def list_(
    workspace: Place = None, year: Year = None, unit: UnitCode = None, as_of: AsOf = None, format: As = Format.text
) -> None:
    """整改进展：截至某日（不写则今天）各事项的状态，哪些逾期；上年度没有整改完的也列出。有逾期的返回码为 1。"""
    from datetime import date

    from evaluator.commands import console
    from evaluator.following.rectification import duties_of, load_registers, registers_until
    from evaluator.plain import dumps
    from evaluator.preparation import tables_of

    rulebook, space = rulebook_of(workspace, year, unit)
    table = tables_of(rulebook, year, unit)[0]
    registers = load_registers(space, rulebook)
    day = _day(as_of) if as_of else date.today()
    found = [
        duty
        for register in registers_until(registers, (table.year, table.unit.code))
        for duty in duties_of(register, day)
        if duty.open or duty.year == table.year
    ]
    late = sum(duty.overdue is True for duty in found)
    if format is Format.json:
        typer.echo(dumps({"as_of": str(day), "duties": [_duty_json(duty) for duty in found]}), nl=False)
    else:
        head = ["年度", "编号", "项目", "问题", "责任人", "完成时限", "状态", "佐证"]
        rows = [_duty_line(duty) for duty in found]
        typer.echo(console.columns([head, *rows]) if rows else "没有整改事项；运行 ziping rectify plan\n", nl=False)
        if rows:
            left = sum(duty.open for duty in found)
            typer.echo(f"\n截至 {day}：{len(found)} 个事项，未完成 {left} 个，其中逾期 {late} 个")
    if late:
        raise typer.Exit(FINDINGS)


@app.command("close")
def close_(
    duty: Annotated[str, typer.Argument(metavar="编号", help="整改事项编号，如 ZG001")],
    evidence: Annotated[list[str] | None, typer.Option("--evidence", help="整改的佐证材料；可写多次")] = None,
    by: AnyBy = None,
    on: Annotated[str | None, typer.Option("--on", help="完成日期；不写则今天")] = None,
    workspace: PlaceOption = None,
    year: Year = None,
    unit: UnitCode = None,
) -> None:
    """销号：凭佐证材料把一个整改事项记为已整改；没有佐证不能销号。"""
    from datetime import date

    from evaluator.following.rectification import closed
    from evaluator.preparation import tables_of

    day = _day(on) if on else date.today()
    with act_in(workspace, None, "销号") as (space, act):
        rulebook, _ = rulebook_of(workspace, year, unit)
        table = tables_of(rulebook, year, unit)[0]
        register, made = closed(space, rulebook, (table.year, table.unit.code), duty, evidence or [], by or "", day)
        one = next(one for one in register.duties if one.id == duty)
        said = {"duty": duty, "by": by, "on": str(day), "evidence": list(one.evidence)}
        say(act.free(register.unit, register.year, []))
        kept = _record(act, [made], "closing", register.unit, register.year, **said)
    left = sum(one.state != "已整改" for one in register.duties)
    typer.echo(f"{duty} 已销号（{by}，{day}）；{register.year} 年度还有 {left} 个事项未完成{kept}")


def advice(
    workspace: Place = None,
    sample: Sample = False,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: As = Format.text,
) -> None:
    """结果应用：按评分办法的条款，各项目下年度预算优先保障、保留、压减、取消还是暂停，理由是什么，依据怎样得知。"""
    from evaluator.commands import console
    from evaluator.following.advice import advise, as_json
    from evaluator.plain import dumps

    rulebook, space = rulebook_of(workspace, year, unit)
    evaluation = evaluated(rulebook, space, year, unit, policy)
    found = advise(evaluation)
    if format is Format.json:
        typer.echo(dumps(as_json(found)), nl=False)
        return
    marked = "（示例数据，不是该单位的实际情况）" if evaluation.illustrative else ""
    typer.echo(f"{evaluation.unit} {evaluation.year} 年度自评结果应用：下年度预算建议{marked}\n")
    head = ["项目编码", "项目", "得分", "等级", "建议"]
    typer.echo(console.columns([head, *([o.code, o.name, o.score, o.grade, o.advice] for o in found)], right=(2,)))
    for one in found:
        typer.echo(f"{one.name}：{one.advice}。{one.says}（{one.source}）")
        typer.echo(f"  理由：{'；'.join(one.reasons)}" + (f"\n  说明：{one.note}" if one.note else ""))


def trend(workspace: Place = None, sample: Sample = False, unit: UnitCode = None, format: As = Format.text) -> None:
    """逐年对比：各指标每年的指标值、完成值和得分；指标值降低的、连年超额的、三年未调的、消失和新增的。"""
    from evaluator.commands import console
    from evaluator.comparing.years import as_json
    from evaluator.comparing.years import trend as compare
    from evaluator.plain import dumps

    rulebook, space = rulebook_of(workspace, unit=unit, every_year=True)
    made = compare(rulebook, results_of(space, rulebook), unit)
    if format is Format.json:
        typer.echo(dumps(as_json(made)), nl=False)
        return
    marked = "（含示例数据）" if made.illustrative else ""
    typer.echo(f"{made.unit} {'、'.join(map(str, made.years))} 年度逐年对比{marked}\n")
    head = ["项目编码", "指标", "年度", "指标值", "完成值", "完成率", "得分"]
    rows = [
        [course.code, course.name, str(one.year), one.target, one.actual, one.attainment or "—", f"{one.earned or '—'}/{one.points}"]
        for course in made.courses
        for one in course.years
    ]  # fmt: skip
    typer.echo(console.columns([head, *rows]), nl=False)
    if len(made.years) == 1:
        typer.echo("\n只有一个年度，没有可以对比的；用 ziping init 目录 --from 工作区 沿用到下一年度")
        return
    noted = [[one.mark, one.code, one.indicator or one.project, one.says] for one in made.noted]
    typer.echo("\n" + (console.columns(noted) if noted else "没有变动的指标值，也没有要留意的\n"), nl=False)


def carry(folder: Path, source: str, year: int | None) -> None:
    """What `ziping init FOLDER --from WORKSPACE|YEAR` does."""
    from evaluator.commands import console
    from evaluator.following.carryover import carry as carried
    from evaluator.workspace import open_workspace

    named = source.isdigit() and len(source) == 4 and not Path(source).is_dir()
    space = open_workspace(None if named else Path(source), "ziping init 目录 --from {}")
    made = carried(space, folder, int(source) if named else None, year)
    head = ["项目编码", "项目", "指标", "名称", "指标值", "分值"]
    typer.echo(console.columns([head, *made.targets], right=(5,)))
    typer.echo(
        f"已建 {folder}：{made.year} 年度规则文件 {len(made.files)} 个，沿用 {made.before} 年度，"
        f"以上指标值待重新确定；以前年度的文件 {made.history} 个原样带来，{made.year} 年度的完成情况待填"
    )
    typer.echo(f"改好指标值后，用 ziping trend {folder} 看每处变动，用 ziping check {folder} 核对")


def _record(act: Act, files: list[Change], kind: str, unit: str, year: int, **said: Any) -> str:
    """Write what was done about duties, with an entry of the ledger where there is one, and tell so."""
    if not kind or not act.ledger.path.exists():
        act.commit(files)
        return ""
    return f"；已记入台账第 {act.record(kind, {'unit_code': unit, 'year': year, **said}, files).seq} 条"


def _day(text: str) -> date:
    from evaluator.errors import Problem, UsageProblem
    from evaluator.quantities.days import day_of
    from evaluator.quantities.numerals import Unreadable

    try:
        return day_of(text)
    except Unreadable as error:
        raise UsageProblem([Problem("Z121", f"日期：{error.reason}", None, error.allowed)]) from None


def _duty_line(duty: Duty) -> list[str]:
    state = duty.state + ("（逾期）" if duty.overdue else "")
    says = duty.says if len(duty.says) <= 40 else duty.says[:39] + "…"
    owner, due = duty.owner or "待填", duty.due or "待填"
    return [str(duty.year), duty.id, duty.project, f"{duty.rule} {says}", owner, due, state, "、".join(duty.evidence)]


def _duty_json(duty: Duty) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(duty) | {"open": duty.open}
