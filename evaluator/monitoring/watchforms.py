"""The monitoring table (绩效运行监控表) as a document: the unit at a glance, then a form for each project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from evaluator.figures import FEN_PER_WAN, decimal, half_up, percent, wan
from evaluator.monitoring.monitor import DueItem, Monitored, Watched, planned_by
from evaluator.monitoring.rows import MoneyStanding, Progress
from evaluator.monitoring.rules import ATTENTION, COLOURS, Colour
from evaluator.pages import (
    ILLUSTRATIVE,
    UNKNOWN,
    Block,
    Cell,
    Chart,
    Document,
    Grid,
    Line,
    Look,
    Section,
    Series,
    Stamp,
    listing,
    stamped,
)
from evaluator.policies.bases import cited
from evaluator.reporting.forms import relied_on
from evaluator.reporting.report import signers_of
from evaluator.workspace.office import Office

TITLE = "绩效运行监控表"
LOOKS: dict[Colour, Look] = {"红": "red", "黄": "yellow", "绿": "green", "蓝": "blue"}
UNSEEN = "未评"  # no colour: nothing to compare, nothing stated
MONEY = (
    ("预算数", 11),
    ("执行数", 11),
    ("执行率", 10),
    ("计划进度", 10),
    ("偏差（百分点）", 10),
    ("执行率÷计划进度", 12),
    ("状态", 7),
)
OVERVIEW = (("项目编码", 31), ("项目名称", 29), *MONEY, ("指标状态", 17), ("项目状态", 9), ("上次状态", 9))
ROWS = (
    ("一级指标", 10), ("二级指标", 10), ("三级指标", 14), ("年度指标值", 11), ("截至目前完成值", 14), ("完成率", 10),
    ("与计划比", 10), ("全年预计", 9), ("状态", 7), ("偏差原因", 23), ("改进措施", 23), ("实现可能性", 10), ("推算", 10),
)  # fmt: skip
PERIODS = (("日期", 12), ("计划累计比例", 12), ("计划累计金额", 14), ("实际累计金额", 14), ("差额", 14), ("状态", 16))
ITEMS = (("日期", 12), ("项目", 34), ("事项", 60), ("状态", 16), ("出处行", 9))
FOUND = (("编号", 9), ("程度", 9), ("问题", 84), ("处理", 38), ("所在", 44))


def monitoring_document(made: Monitored, revision: int = 1, office: Office | None = None) -> Document:
    """The unit's monitoring table: overview, what is due, what was found, and every project's form, each with who signs it."""
    signed = _signed(signers_of(office))
    behind = [one for one in made.projects if one.money_colour in ATTENTION]
    sections = [
        Section("总览", (*_overview(made), signed), compact=True),
        Section("到期事项", tuple(_due(made))),
        Section("问题和依据", tuple(_found(made))),
        *(
            Section(f"项目{number}", (*_form(made, one), signed), compact=True)
            for number, one in enumerate(made.projects, 1)
        ),
        Section("支出进度", (chart(made, made.projects), *(chart(made, [one]) for one in behind)), compact=True),
    ]
    return Document(f"{made.unit}{TITLE}（{made.year}年度，{made.as_of}）", stamp_of(made, revision), tuple(sections))


def _signed(people: dict[str, str]) -> Grid:
    """Who filled it in and signs, with room for the seal."""
    first = (f"填表人：{people['filler']}", f"联系电话：{people['phone']}", f"填表日期：{people['date']}")
    rows = (
        (*(Cell(text, "plain") for text in first), Cell("单位（盖章）：", "plain", 1, 2)),
        (Cell(f"单位负责人：{people['head']}", "plain"), Cell(f"审核人：{people['reviewer']}", "plain", 2)),
    )
    return Grid((30, 25, 25, 40), rows, least=(11, 11))


def stamp_of(made: Monitored, revision: int) -> Stamp:
    """What every page says of its origin; the second digest is that of the reports, duties and colours."""
    return stamped(f"v{revision:02d}", made.digests["rules"], made.digests["monitoring"], made.illustrative)


def chart(made: Monitored, watched: Sequence[Watched]) -> Chart:
    """The spending plan of some projects over the year, cumulative and in 万元, with what was spent at each report."""
    name = watched[0].project.name if len(watched) == 1 else made.unit
    days = sorted({day for one in watched for day, _ in one.plan} | set(made.days))
    between = made.policy.interpolation.between
    planned = [planned_by(watched, day, between) for day in days]
    executed = [_executed(watched, day) for day in days]
    return Chart(
        f"{name}支出进度：计划与实际（累计）",
        "lines",
        tuple(f"{day.month}月{day.day}日" for day in days),
        (
            Series("计划", tuple(map(_wan, planned))),
            Series("实际", tuple(map(_wan, executed))),
        ),
        "万元",
    )  # fmt: skip


def _wan(fen: Fraction | int | None) -> Decimal | None:
    return None if fen is None else Decimal(half_up(Fraction(fen) / FEN_PER_WAN, 2))


def _executed(watched: Sequence[Watched], day: date) -> int | None:
    """What these projects together had spent at the report of a day; None where one has no such report."""
    found = [next((money.executed for money in one.course if money.day == day), None) for one in watched]
    known = [fen for fen in found if fen is not None]
    return sum(known) if known and len(known) == len(watched) else None


# ---- figures as they are read ------------------------------------------------------------------------------------


def rate(ratio: Fraction | None) -> str:
    """A ratio in per cent with two decimals; one just below a bound never reads as the bound (percent)."""
    if ratio is None:
        return UNKNOWN
    whole, _, part = percent(ratio)[:-1].partition(".")
    return f"{whole}.{part.ljust(2, '0')}%"


def deviation(money: MoneyStanding) -> str:
    """The executed share less the planned share, in 百分点 with its sign."""
    if money.deviation is None:
        return UNKNOWN
    text = half_up(money.deviation * 100, 2)
    return text if text.startswith("-") or Fraction(text) == 0 else f"+{text}"


def counted(rows: Sequence[Progress]) -> str:
    """How many rows have each colour, worst first."""
    colours = [row.colour or UNSEEN for row in rows]
    return " ".join(f"{colour}{colours.count(colour)}" for colour in (*COLOURS, UNSEEN) if colour in colours)


def _money(money: MoneyStanding, colour: Colour | None) -> tuple[Cell, ...]:
    executed = UNKNOWN if money.executed is None else wan(money.executed)
    return (
        Cell(wan(money.budget), "money"), Cell(executed, "money"), Cell(rate(money.rate), "rate"),
        Cell(rate(money.planned), "rate"), Cell(deviation(money), "label"), Cell(rate(money.ratio), "rate"), _state(colour),
    )  # fmt: skip


def _state(colour: Colour | None) -> Cell:
    return Cell(colour or UNSEEN, LOOKS[colour] if colour else "label")


# ---- the unit ----------------------------------------------------------------------------------------------------


def _corner(made: Monitored, wide: int) -> tuple[Cell, ...]:
    told = f"（{made.year}年度，数据截至 {made.day}）"
    sample = ILLUSTRATIVE if made.illustrative else ""
    return Cell(sample, "sample", 3), Cell(told, "center", wide - 5), Cell("单位：万元", "right", 2)


def _overview(made: Monitored) -> Iterator[Block]:
    yield Line(f"{made.unit}{TITLE}", "title")
    rows: list[tuple[Cell, ...]] = []
    for one in made.projects:
        before = _state(one.before) if one.before else Cell(UNKNOWN, "label")
        name = (Cell(one.project.code), Cell(one.project.name))
        rows.append(
            (*name, *_money(one.money, one.money_colour), Cell(counted(one.rows), "label"), _state(one.colour), before)
        )
    every = [row for one in made.projects for row in one.rows]
    money = (*_money(made.money, None)[:-1], Cell(UNKNOWN, "label"))
    whole = (
        Cell("合计", "bold", 2),
        *money,
        Cell(counted(every), "label"),
        _state(made.colour),
        Cell(UNKNOWN, "label"),
    )
    grid = listing(OVERVIEW, [*rows, whole])
    yield Grid(grid.widths, (_corner(made, len(OVERVIEW)), *grid.rows), (1, 1))
    yield from (Line(says) for says in headlines(made))
    yield from (Line(says) for says in warnings(made))
    yield Line(_legend(made), "note")


def headlines(made: Monitored) -> Iterator[str]:
    """What to know first: how many projects have which colour, what came back, what is overdue or due soon."""
    by = {colour: [one.project.name for one in made.projects if one.colour == colour] for colour in COLOURS}
    yield "项目状态：" + "；".join(
        f"{colour} {len(names)} 个（{'、'.join(names)}）" for colour, names in by.items() if names
    )
    better = [one for one in made.projects if one.before in ATTENTION and one.colour not in (*ATTENTION, None)]
    if better:
        yield f"上次（{made.days[-2]}）有预警、已恢复的：" + "、".join(
            f"{one.project.name}（{one.before}→{one.colour}）" for one in better
        )
    for state in ("逾期", "已到期，待填报", "即将到期"):
        if items := [item for item in made.items if item.state == state]:
            yield f"{state}：" + "；".join(_by_day(items))
    later = [item for item in made.items if item.state == "未到期"]
    if later and not any(item.state == "即将到期" for item in made.items):
        yield "下一个期限：" + next(_by_day(later))


def warnings(made: Monitored) -> Iterator[str]:
    """What is red or yellow in each project, with the unit's own cause and measure."""
    for one in made.projects:
        if one.money_colour in ATTENTION:
            told = _explained(one.reported.cause, one.reported.measure)
            short = (
                f"，执行率 {rate(one.money.rate)} 低于到{one.behind[0]}的 {percent(one.behind[1], 4)}"
                if one.behind
                else ""
            )
            yield f"{one.money_colour} {one.project.name}：执行率÷计划进度 {rate(one.money.ratio)}{short}{told}"
        if one.apart and made.policy.gap:
            names = "、".join(f"{row.indicator.name}完成 {rate(row.goal)}" for row in one.apart)
            yield f"{made.policy.gap.colour} {one.project.name}：目标完成与资金执行有差距，执行率 {rate(one.money.rate)}，{names}"
        for row in one.rows:
            if row.colour in ATTENTION:
                share = "" if row.ratio is None else f"，完成进度 {rate(row.ratio)}"
                against = f"{row.indicator.name}（{row.indicator.id}）{row.indicator.target}，目前 {row.shown or UNKNOWN}{share}"
                told = _explained(row.reported.cause, row.reported.measure)
                yield f"{row.colour} {one.project.name}：{against}{told}"


def _explained(cause: str, measure: str) -> str:
    return "".join(f"；{label}：{text}" for label, text in (("原因", cause), ("措施", measure)) if text)


def _by_day(items: Sequence[DueItem]) -> Iterator[str]:
    """Items of each day in a few words."""
    for day, each in groupby(items, key=lambda item: item.day):
        yield f"{day} {'、'.join(_named(list(each)))}"


def _named(items: Sequence[DueItem]) -> Iterator[str]:
    """Things due on one day; what several projects have alike is said once."""
    whats = [item.what for item in items]
    for what in dict.fromkeys(whats):
        yield what + (f"（{whats.count(what)} 个项目）" if whats.count(what) > 1 else "")


def _legend(made: Monitored) -> str:
    policy = made.policy
    money = "，".join(f"{percent(band.start)}起{band.colour}" for band in policy.money.bands)
    rows = "，".join(f"{percent(band.start)}起{band.colour}" for band in policy.at_least.bands)
    pace, gap = policy.pace, policy.gap
    more = ""
    if pace:
        more += (
            "。执行率低于 "
            + "、".join(f"{period} {percent(least, 4)}" for period, least in pace.periods.items())
            + f" 的{pace.colour}"
        )
    if gap:
        more += f"。累计完成与执行率相差超过 {decimal(gap.over * 100)} 个百分点的{gap.colour}"
    between = {"直线": "两期之间按天数推算", "阶梯": "两期之间取已过的一期"}[policy.interpolation.between]
    return (
        f"监控办法：{policy.title}（{policy.id}）。资金看执行率÷计划进度：{money}{more}。“不低于”类指标：{rows}；累计数与计划进度比，"
        f"其余与年度指标值比。计划进度{between}。项目取最坏的颜色，次序 {'、'.join(policy.project.order)}；"
        f"{UNSEEN}：没有可以对照的完成值，也没有填实现可能性；或者期限已过，没有期限以后的数据。"
    )


def _due(made: Monitored) -> Iterator[Block]:
    names = {one.project.code: one.project.name for one in made.projects}
    yield Line(f"到期事项（监控日期 {made.as_of}）", "heading")
    rows: list[tuple[Cell, ...]] = [
        (
            Cell(str(item.day), "label"), Cell(names.get(item.code, made.unit)), Cell(item.what),
            Cell(item.state, "bad" if item.overdue else "label"), Cell(str(item.line or UNKNOWN), "label"),
        )
        for item in made.items
    ]  # fmt: skip
    yield listing(ITEMS, rows) if rows else Line("没有。")
    yield Line("出处行是绩效目标文件的行号。", "note")


def _found(made: Monitored) -> Iterator[Block]:
    yield Line("需要说明的问题", "heading")
    found: list[tuple[Cell, ...]] = [
        (
            Cell(problem.code, "label"), Cell(problem.severity, "bad" if problem.severity == "错误" else "label"),
            Cell(problem.says), Cell(problem.remedy or UNKNOWN), Cell(str(problem.where or UNKNOWN)),
        )
        for problem in made.found
    ]  # fmt: skip
    yield listing(FOUND, found) if found else Line("没有。")
    yield from relied_on(clauses_of(made))


def clauses_of(made: Monitored) -> dict[str, bool]:
    """The clauses of the monitoring policy, each with how it is known, and whether its text was read."""
    return {f"{title}：{cited(clause)}": clause.checked for title, clause in made.policy.clauses.items()}


# ---- a project ---------------------------------------------------------------------------------------------------


def _form(made: Monitored, one: Watched) -> Iterator[Block]:
    wide = len(ROWS)
    yield Line(f"项目支出{TITLE}", "title")
    named = (
        Cell("项目名称", "head", 2), Cell(one.project.name, "text", 4), Cell("项目编码", "head", 2),
        Cell(one.project.code, "text", 2), Cell("项目状态", "head"), _state(one.colour), Cell(f"上次：{one.before or UNKNOWN}", "label"),
    )  # fmt: skip
    heads = [
        *(Cell(name, "head") for name, _ in MONEY),
        Cell("偏差原因", "head", 2),
        Cell("改进措施", "head"),
        Cell("实现可能性", "head", 2),
    ]
    money = [
        *_money(one.money, one.money_colour), Cell(one.reported.cause, "text", 2), Cell(one.reported.measure),
        Cell(one.reported.likelihood or UNKNOWN, "label", 2),
    ]  # fmt: skip
    top = (
        _corner(made, wide),
        named,
        (Cell("资金", "head", 1, 2), *heads),
        tuple(money),
        tuple(Cell(name, "head") for name, _ in ROWS),
    )
    yield Grid(tuple(width for _, width in ROWS), (*top, *_rows(one.rows)), (4, 4))
    yield Line("支出计划与实际（累计）", "subheading")
    yield listing(PERIODS, _periods(made, one))


def _rows(rows: Sequence[Progress]) -> Iterator[tuple[Cell, ...]]:
    for at, row in enumerate(rows):
        category, dimension = row.indicator.category, row.indicator.dimension
        keys = [(each.indicator.category, each.indicator.dimension) for each in rows]
        above = keys[at - 1] if at else None
        cells: list[Cell] = []
        if above is None or above[0] != category:
            cells.append(Cell(category, "label", 1, _run([key[0] for key in keys[at:]])))
        if above != keys[at]:
            cells.append(Cell(dimension, "label", 1, _run(keys[at:])))
        told = row.reported
        against = row.ratio if row.ratio != row.attainment else None
        sure = row.computed if row.value is not None else UNKNOWN
        cells += [
            Cell(row.indicator.name), Cell(row.indicator.target, "label"), Cell(row.shown or UNKNOWN, "label"),
            Cell(rate(row.attainment), "rate"), Cell(rate(against), "rate"), Cell(told.forecast or UNKNOWN, "label"),
            _state(row.colour), Cell(told.cause), Cell(told.measure), Cell(told.likelihood or UNKNOWN, "label"), Cell(sure, "label"),
        ]  # fmt: skip
        yield tuple(cells)


def _run(keys: Sequence[Any]) -> int:
    """How many of these are alike from the first on."""
    return len(next(list(same) for _, same in groupby(keys)))


def _periods(made: Monitored, one: Watched) -> Iterator[tuple[Cell, ...]]:
    states = [item.state for item in one.items if item.kind == "计划"]
    for (day, share), state in zip(one.plan, states, strict=True):
        planned, executed = share * one.budget_at(day), _executed([one], day)
        gap = UNKNOWN if executed is None else half_up((executed - planned) / FEN_PER_WAN, 2)
        yield (
            Cell(str(day), "label"), Cell(rate(share), "rate"), Cell(half_up(planned / FEN_PER_WAN, 2), "money"),
            Cell(UNKNOWN if executed is None else wan(executed), "money"), Cell(gap, "money"), Cell(state, "label"),
        )  # fmt: skip
