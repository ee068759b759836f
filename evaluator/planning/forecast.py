"""The year-end score as a range: what is certain, what is still open, the lowest and the highest total, each with a witness.

Open rows are free of each other; the rows that follow from money move together, so every spending still possible is
looked at, step by step. Both ends are evaluated once more on the main path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any

from evaluator.evaluation import evaluate
from evaluator.explain import Sentence
from evaluator.figures import FEN_PER_WAN, points, wan
from evaluator.model import Actuals
from evaluator.planning.dials import NO_CAP, PLAIN, Dial, Openness, Turn
from evaluator.planning.projectstanding import ProjectStanding, standings
from evaluator.results import TableScore
from evaluator.rulebook.book import Rulebook

MANY = 6  # choices are listed up to so many


@dataclass(frozen=True, slots=True)
class End:
    """One end of the range: the value of every dial (in grains), the total, and the result as evaluated."""

    values: Mapping[str, int]
    total: int
    table: TableScore


@dataclass(frozen=True, slots=True)
class Forecast:
    """One project's year end: as it stands, and the least and the most it can come to."""

    standing: ProjectStanding
    present: TableScore
    low: End
    high: End

    @property
    def certain(self) -> bool:
        """Whether nothing open can change the total."""
        return self.low.total == self.high.total


def forecast(
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    *,
    year: int | None = None,
    unit: str | None = None,
    policy: str | None = None,
    opened: Openness = PLAIN,
) -> list[Forecast]:
    """The range of each of a unit's projects, in the order of their source; raises what `standings` and `evaluate` do."""
    listed = standings(rulebook, actuals, year=year, unit=unit, policy=policy, opened=opened)
    if not listed:
        return []
    ends = [[extreme(standing, most) for standing in listed] for most in (False, True)]
    alone = replace(rulebook, departments={})
    where = listed[0].project
    chosen: list[list[dict[str, int]]] = [[{} for _ in listed], *([values for values, _ in end] for end in ends)]
    evaluations = [
        evaluate(alone, completed(actuals, listed, values), year=where.year, unit=where.unit.code, policy=policy)
        for values in chosen
    ]
    forecasts = []
    for number, standing in enumerate(listed):
        now, *witnesses = (evaluation.projects[number] for evaluation in evaluations)
        low, high = (
            End(values, total, table)
            for (values, total), table in zip((end[number] for end in ends), witnesses, strict=True)
        )
        assert (low.total, high.total) == (low.table.score, high.table.score), "the main path and the steps differ"
        forecasts.append(Forecast(standing, now, low, high))
    return forecasts


def completed(
    actuals: Mapping[tuple[int, str], Actuals], listed: Sequence[ProjectStanding], values: Sequence[Mapping[str, int]]
) -> dict[tuple[int, str], Actuals]:
    """The unit's results with these values put in; a project where none are stays as it was."""
    put = {
        (standing.project.year, standing.project.code): standing.completed(chosen)
        for standing, chosen in zip(listed, values, strict=True)
        if chosen
    }
    return {**actuals, **put}


def extreme(standing: ProjectStanding, most: bool) -> tuple[dict[str, int], int]:
    """The lowest or highest total there is, after caps, and the values that have it.

    Of several values the one nearest to its target is taken for the highest, and the largest spending that just meets one for either.
    """
    better = max if most else min
    chosen = {dial.id: extreme_value(dial, most) for dial in standing.dials if dial.kind != "金额"}
    rest = sum(standing.certain.values())
    rest += sum(dial.turn(chosen[dial.id]).earned for dial in standing.dials if dial.kind != "金额")
    money = standing.money
    if money is None:
        return chosen, min(rest, standing.cap)

    def total(turn: Turn) -> int:
        return min(turn.cap, rest + turn.earned)

    best = better(total(turn) for turn in money.turns)
    tied = [turn for turn in money.turns if total(turn) == best]
    tracks = zip(money.scales, money.courses, strict=True)
    aims = [scale.grains(course.target) for scale, course in tracks if scale.grain]
    met = [int(aim) for aim in aims if any(turn.nearest(floor(aim)) == aim for turn in tied)]
    spent = max(met, default=(tied[-1].last or 0) if most else tied[0].first)
    return {**chosen, money.id: spent}, best


def extreme_value(dial: Dial, most: bool) -> int:
    """The value that earns most (or least); of several the one nearest to the target, or the whole share."""
    best = (max if most else min)(turn.earned for turn in dial.turns)
    tied = [turn for turn in dial.turns if turn.earned == best]
    if not most:
        return tied[0].first
    if dial.choices:
        return tied[0].first
    if dial.kind != "数值":
        return tied[-1].last or 0
    aim = dial.scales[0].grains(dial.courses[0].target)
    values = [turn.nearest(end) for turn in tied for end in (floor(aim), ceil(aim))]
    return min(values, key=lambda value: (abs(value - aim), value))


# ---- told --------------------------------------------------------------------------------------------------------


def overview(forecasts: Sequence[Forecast]) -> list[list[str]]:
    """A line per project: what it has now, and the range of the year end."""
    lines = [["项目编码", "项目", "目前", "最低", "等级", "最高", "等级", "未定"]]
    for forecast in forecasts:
        ends = [text for end in (forecast.low, forecast.high) for text in (points(end.total), end.table.grade)]
        still = "、".join(dial.name for dial in forecast.standing.dials if not dial.fixed) or "—"
        lines.append([forecast.present.code, forecast.present.name, points(forecast.present.score), *ends, still])
    return lines


def rows(forecast: Forecast) -> list[list[str]]:
    """Each row at both ends: what it stands at, and what it earns."""
    head = ["指标", "名称", "指标值", "目前", "最低时", "得分", "最高时", "得分", "分值"]
    money = {r.indicator.id for r in forecast.standing.money.readings} if forecast.standing.money else set()
    moving = money | {dial.id for dial in forecast.standing.dials}
    lines = [head]
    tables = (forecast.present, forecast.low.table, forecast.high.table)
    for now, low, high in zip(*(table.all_rows for table in tables), strict=True):
        shown = [_shown(table, row) for table, row in zip(tables, (now, low, high), strict=True)]
        if now.indicator.id not in moving:
            shown[1:] = ["同左", "同左"]
        ends = [shown[1], points(low.earned), shown[2], points(high.earned)]
        indicator = now.indicator
        lines.append([indicator.id, indicator.name, indicator.target, shown[0], *ends, points(now.points)])
    return lines


def _shown(table: TableScore, row: Any) -> str:
    if row.missing:
        return "未填"
    if row.indicator.id == table.execution.indicator.id:
        return f"{wan(table.money.executed or 0)} 万元"
    return str(row.actual_shown)


def says(forecast: Forecast) -> Iterator[Sentence]:
    """The range, and everything it assumes."""
    table, standing = forecast.present, forecast.standing
    yield "项目", f"{table.name}（{table.code}），{table.policy.title}（{table.policy.id}）"
    yield "目前得分", f"{points(table.score)}（{table.grade}），没有填的行按 0 分计"
    if forecast.certain:
        yield "年终得分", f"已经确定：{points(forecast.low.total)}（{forecast.low.table.grade}）"
    else:
        grades = "—".join(dict.fromkeys((forecast.low.table.grade, forecast.high.table.grade)))
        yield "年终得分", f"{points(forecast.low.total)}—{points(forecast.high.total)}（{grades}）"
    certain = sum(standing.certain.values())
    yield "已经确定", f"{len(standing.certain)} 行，共 {points(certain)} 分：{'、'.join(standing.certain) or '无'}"
    for end, label in ((forecast.low, "最低"), (forecast.high, "最高")):
        if end.table.cap is not None and end.table.cap < end.table.total:
            yield label, f"各行合计 {points(end.table.total)}，因预算执行率封顶 {points(end.table.cap)}"
        if limiting := end.table.limiting:
            by = "、".join(f.rule.id for f in limiting)
            yield label, f"得分为{end.table.grade_by_score}，因问题 {by} 等级定为{end.table.grade}"
    for assumed in assumptions(standing):
        yield "假定", assumed


def assumptions(standing: ProjectStanding) -> Iterator[str]:
    """What the range takes for granted, a sentence each."""
    given = standing.given.spending
    if standing.money is None:
        yield "全年预算数和全年执行数不再变动"
    for dial in standing.dials:
        if dial.kind == "金额":
            budget = wan(int(dial.courses[0].target * FEN_PER_WAN))
            if given.adjusted is None:
                yield f"没有填全年预算数，按年初预算数 {budget} 万元计"
            ends = (wan(dial.turns[0].first), wan(dial.turns[-1].last or 0))
            if dial.floored and dial.turns[0].first:
                yield f"全年预算数不再调整；已执行的不会减少，全年执行数在 {ends[0]} 至 {ends[1]} 万元之间"
            else:
                yield f"全年预算数不再调整；全年执行数可以是 {ends[0]} 至 {ends[1]} 万元之间的任何数"
            if coupled := [reading.indicator.name for reading in dial.readings[1:]]:
                yield f"{'、'.join(coupled)}由金额计算，随全年执行数一起变动"
        elif dial.kind == "数值" and dial.floored:
            yield f"“{dial.name}”是累计数，只会在目前的 {dial.shown(dial.now or 0)} 之上增加"
        elif dial.kind == "数值":
            why = "还没有填" if dial.now is None else "可升可降"
            yield f"“{dial.name}”{why}，{'任何整数' if dial.whole else '任何值'}都有可能"
        else:
            what = "做到或没有做到" if dial.kind == "是否" else "由评定人认定，三档的任何比例"
            says = [choice.says for choice in dial.choices]
            what = "、".join(says if len(says) < MANY else [says[0], "……", says[-1]]) if says else what
            yield f"“{dial.name}”{'还没有填，' if dial.now is None else ''}{what}都有可能"
    if len(standing.certain) > 0:
        yield "其余各行的完成值不再变动"
    yield "年底各行都会填报；各行得分四舍五入后相加；偏差原因、改进措施和佐证材料只影响问题，不影响得分"


def as_json(forecasts: Sequence[Forecast]) -> list[dict[str, Any]]:
    """The same as plain data: money in 万元, points as decimal strings."""
    return [
        {
            "code": forecast.present.code,
            "name": forecast.present.name,
            "policy": forecast.present.policy.id,
            "present": {"score": points(forecast.present.score), "grade": forecast.present.grade},
            "lowest": _end(forecast, forecast.low),
            "highest": _end(forecast, forecast.high),
            "certain": {row: points(earned) for row, earned in forecast.standing.certain.items()},
            "open": [dial.id for dial in forecast.standing.dials if not dial.fixed],
            "assumptions": list(assumptions(forecast.standing)),
        }
        for forecast in forecasts
    ]


def _end(forecast: Forecast, end: End) -> dict[str, Any]:
    return {
        "score": points(end.total),
        "grade": end.table.grade,
        "cap": None if end.table.cap in (None, NO_CAP) else points(end.table.cap or 0),
        "witness": {dial.id: dial.shown(end.values[dial.id]) for dial in forecast.standing.dials},
        "rows": {row.indicator.id: points(row.earned) for row in end.table.all_rows},
    }
