"""The commands about what follows an evaluation: ziping rectify (plan, list, close), advice, trend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator import acts
from evaluator.commands import console
from evaluator.commands.asking import Both, Output, Scored, Sitting
from evaluator.commands.options import AnyBy

if TYPE_CHECKING:
    from evaluator.results import Duty

AsOf = Annotated[str | None, typer.Option("--as-of", help="核对日期，如 2024-06-30：逾期判断到这一天")]
OfYear = Annotated[Sitting, "place year unit"]
LONGEST = 40  # characters of a finding that are shown in a line


def plan(at: OfYear, as_of: AsOf = None) -> Both:
    """由评价发现的错误、警告列出整改事项，补在 rectification/年度/单位.yaml 的后面；已有的内容一字不动。"""
    planned = acts.duties.plan(at, as_of or "")
    lines = [f"{duty.id} {duty.origin.rule} {duty.origin.project}：{duty.origin.says}\n" for duty in planned.added]
    todo = "，请填写责任人和完成时限" if planned.added else ""
    kept = f"；已记入台账第 {planned.entry.seq} 条" if planned.entry else ""
    return Output(
        "".join(lines) + f"新列整改事项 {len(planned.added)} 个（{planned.path}）{todo}{kept}\n",
        lambda: [duty.model_dump(mode="json", by_alias=True) for duty in planned.added],
    )


def list_(at: OfYear, as_of: AsOf = None) -> Both:
    """整改进展：截至某日（不写则今天）各事项的状态，哪些逾期；上年度没有整改完的也列出。有逾期的返回码为 1。"""
    view = acts.duties.standing(at, as_of or "")
    head = ["年度", "编号", "项目", "问题", "责任人", "完成时限", "状态", "佐证"]
    day, duties = view.found.day, view.found.duties
    text = "没有整改事项；运行 ziping rectify plan\n"
    if duties:
        left, late = sum(duty.open for duty in duties), sum(duty.overdue is True for duty in duties)
        counts = f"\n截至 {day}：{len(duties)} 个事项，未完成 {left} 个，其中逾期 {late} 个\n"
        text = console.columns([head, *(_line(duty) for duty in duties)]) + counts
    return Output(text, view.as_json, view.attend)


def close(
    duty: Annotated[str, typer.Argument(metavar="编号", help="整改事项编号，如 ZG001")],
    evidence: Annotated[
        list[str] | None, typer.Option("--evidence", help="整改的佐证材料：名称，或要登记的文件；可写多次")
    ] = None,
    by: AnyBy = None,
    on: Annotated[str | None, typer.Option("--on", help="完成日期；不写则今天")] = None,
    *,
    at: Annotated[Sitting, "workspace year unit"],
) -> Output:
    """销号：凭佐证材料把一个整改事项记为已整改；没有佐证不能销号。"""
    names = [text for text in evidence or () if not _is_file(text)]
    files = [Path(text) for text in evidence or () if _is_file(text)]
    closed = acts.duties.close(at, by, duty, names, on or "", files)
    kept = f"；已记入台账第 {closed.entry.seq} 条" if closed.entry else ""
    left = f"{closed.register.year} 年度还有 {closed.left} 个事项未完成"
    return Output(f"{duty} 已销号（{by}，{closed.day}）；{left}{kept}\n")


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # a sentence can be too long for the name of a file
        return False


def advice(at: Scored) -> Both:
    """结果应用：按评分办法的条款，各项目下年度预算优先保障、保留、压减、取消还是暂停，理由是什么，依据怎样得知。"""
    view = acts.looking.advice(at)
    of, advised = view.found
    marked = "（示例数据，不是该单位的实际情况）" if of.illustrative else ""
    head = ["项目编码", "项目", "得分", "等级", "建议"]
    table = console.columns([head, *([o.code, o.name, o.score, o.grade, o.advice] for o in advised)], right=(2,))
    lines = [f"{of.unit} {of.year} 年度自评结果应用：下年度预算建议{marked}\n\n{table}\n"]
    for project in advised:
        note = f"\n  说明：{project.note}" if project.note else ""
        lines.append(
            f"{project.name}：{project.advice}。{project.says}（{project.source}）\n  理由：{'；'.join(project.reasons)}{note}\n"
        )
    return Output("".join(lines), view.as_json)


def trend(at: Annotated[Sitting, "place sample unit"]) -> Both:
    """逐年对比：各指标每年的指标值、完成值和得分；指标值降低的、连年超额的、三年未调的、消失和新增的。"""
    view = acts.looking.trend(at)
    compared = view.found
    marked = "（含示例数据）" if compared.illustrative else ""
    head = ["项目编码", "指标", "年度", "指标值", "完成值", "完成率", "得分"]
    rows = [
        [course.code, course.name, str(year.year), year.target, year.actual, year.attainment or "—", f"{year.earned or '—'}/{year.points}"]
        for course in compared.courses
        for year in course.years
    ]  # fmt: skip
    text = f"{compared.unit} {'、'.join(map(str, compared.years))} 年度逐年对比{marked}\n\n" + console.columns(
        [head, *rows]
    )
    noted = [[note.mark, note.code, note.indicator or note.project, note.says] for note in compared.noted]
    said = console.columns(noted) if noted else "没有变动的指标值，也没有要留意的\n"
    if len(compared.years) == 1:
        said = "只有一个年度，没有可以对比的；用 ziping init 目录 --from 工作区 沿用到下一年度\n"
    return Output(f"{text}\n{said}", view.as_json)


def _line(duty: Duty) -> list[str]:
    state = duty.state + ("（逾期）" if duty.overdue else "")
    says = duty.says if len(duty.says) <= LONGEST else duty.says[: LONGEST - 1] + "…"
    owner, due = duty.owner or "待填", duty.due or "待填"
    return [str(duty.year), duty.id, duty.project, f"{duty.rule} {says}", owner, due, state, "、".join(duty.evidence)]
