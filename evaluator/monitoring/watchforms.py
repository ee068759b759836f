"""The monitoring table (绩效运行监控表) as a document: the unit at a glance, then a form for each project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

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
from evaluator.reporting.forms import relied_on, run_from
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


def monitoring_document(monitored: Monitored, revision: int = 1, office: Office | None = None) -> Document:
    """The unit's monitoring table: overview, what is due, what was found, and every project's form, each with who signs it."""
    signed = _signed(signers_of(office))
    behind = [project for project in monitored.projects if project.money_colour in ATTENTION]
    sections = [
        Section("总览", (*_overview(monitored), signed), compact=True),
        Section("到期事项", tuple(_due(monitored))),
        Section("问题和依据", tuple(_problems(monitored))),
        *(
            Section(f"项目{number}", (*_form(monitored, project), signed), compact=True)
            for number, project in enumerate(monitored.projects, 1)
        ),
        Section(
            "支出进度",
            (chart(monitored, monitored.projects), *(chart(monitored, [project]) for project in behind)),
            compact=True,
        ),
    ]
    return Document(
        f"{monitored.unit}{TITLE}（{monitored.year}年度，{monitored.as_of}）",
        watch_stamp(monitored, revision),
        tuple(sections),
    )


def _signed(people: dict[str, str]) -> Grid:
    """Who filled it in and signs, with room for the seal."""
    first = (f"填表人：{people['filler']}", f"联系电话：{people['phone']}", f"填表日期：{people['date']}")
    rows = (
        (*(Cell(text, "plain") for text in first), Cell("单位（盖章）：", "plain", 1, 2)),
        (Cell(f"单位负责人：{people['head']}", "plain"), Cell(f"审核人：{people['reviewer']}", "plain", 2)),
    )
    return Grid((30, 25, 25, 40), rows, least=(11, 11))


def watch_stamp(monitored: Monitored, revision: int) -> Stamp:
    """What every page says of its origin; the second digest is that of the reports, duties and colours."""
    return stamped(
        f"v{revision:02d}", monitored.digests["rules"], monitored.digests["monitoring"], monitored.illustrative
    )


def chart(monitored: Monitored, watched: Sequence[Watched]) -> Chart:
    """The spending plan of some projects over the year, cumulative and in 万元, with what was spent at each report."""
    name = watched[0].project.name if len(watched) == 1 else monitored.unit
    days = sorted({day for each in watched for day, _ in each.plan} | set(monitored.days))
    between = monitored.policy.interpolation.between
    series = (
        Series("计划", tuple(_wan(planned_by(watched, day, between)) for day in days)),
        Series("实际", tuple(_wan(_executed(watched, day)) for day in days)),
    )
    names = tuple(f"{day.month}月{day.day}日" for day in days)
    return Chart(f"{name}支出进度：计划与实际（累计）", "lines", names, series, "万元")


def _wan(fen: Fraction | int | None) -> Decimal | None:
    return None if fen is None else Decimal(half_up(Fraction(fen) / FEN_PER_WAN, 2))


def _executed(watched: Sequence[Watched], day: date) -> int | None:
    """What these projects together had spent at the report of a day; None where one has no such report."""
    known = [
        money.executed
        for project in watched
        for money in project.course
        if money.day == day and money.executed is not None
    ]
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


def colours_counted(rows: Sequence[Progress]) -> str:
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


def _corner(monitored: Monitored, wide: int) -> tuple[Cell, ...]:
    says = f"（{monitored.year}年度，数据截至 {monitored.day}）"
    sample = ILLUSTRATIVE if monitored.illustrative else ""
    return Cell(sample, "sample", 3), Cell(says, "center", wide - 5), Cell("单位：万元", "right", 2)


def _overview(monitored: Monitored) -> Iterator[Block]:
    yield Line(f"{monitored.unit}{TITLE}", "title")
    unknown = Cell(UNKNOWN, "label")
    rows: list[tuple[Cell, ...]] = []
    for watched in monitored.projects:
        states = (
            Cell(colours_counted(watched.rows), "label"),
            _state(watched.colour),
            _state(watched.before) if watched.before else unknown,
        )
        rows.append(
            (
                Cell(watched.project.code),
                Cell(watched.project.name),
                *_money(watched.money, watched.money_colour),
                *states,
            )
        )
    every = [row for watched in monitored.projects for row in watched.rows]
    states = (Cell(colours_counted(every), "label"), _state(monitored.colour), unknown)
    rows.append((Cell("合计", "bold", 2), *_money(monitored.money, None)[:-1], unknown, *states))
    grid = listing(OVERVIEW, rows)
    yield Grid(grid.widths, (_corner(monitored, len(OVERVIEW)), *grid.rows), (1, 1))
    yield from (Line(says) for says in headlines(monitored))
    yield from (Line(says) for says in warnings(monitored))
    yield Line(_legend(monitored), "note")


def headlines(monitored: Monitored) -> Iterator[str]:
    """What to know first: how many projects have which colour, what came back, what is overdue or due soon."""
    by = {
        colour: [watched.project.name for watched in monitored.projects if watched.colour == colour]
        for colour in COLOURS
    }
    yield "项目状态：" + "；".join(
        f"{colour} {len(names)} 个（{'、'.join(names)}）" for colour, names in by.items() if names
    )
    back = [
        watched
        for watched in monitored.projects
        if watched.before in ATTENTION and watched.colour not in (*ATTENTION, None)
    ]
    if better := "、".join(f"{watched.project.name}（{watched.before}→{watched.colour}）" for watched in back):
        yield f"上次（{monitored.days[-2]}）有预警、已恢复的：{better}"
    for state in ("逾期", "已到期，待填报", "即将到期"):
        if items := [item for item in monitored.items if item.state == state]:
            yield f"{state}：" + "；".join(_by_day(items))
    later = [item for item in monitored.items if item.state == "未到期"]
    if later and not any(item.state == "即将到期" for item in monitored.items):
        yield "下一个期限：" + next(_by_day(later))


def warnings(monitored: Monitored) -> Iterator[str]:
    """What is red or yellow in each project, with the unit's own cause and measure."""
    for watched in monitored.projects:
        if watched.money_colour in ATTENTION:
            short = (
                f"，执行率 {rate(watched.money.rate)} 低于到{watched.behind[0]}的 {percent(watched.behind[1], 4)}"
                if watched.behind
                else ""
            )
            why = _explained(watched.reported.cause, watched.reported.measure)
            yield f"{watched.money_colour} {watched.project.name}：执行率÷计划进度 {rate(watched.money.ratio)}{short}{why}"
        if watched.apart and monitored.policy.gap:
            names = "、".join(f"{row.indicator.name}完成 {rate(row.goal)}" for row in watched.apart)
            yield f"{monitored.policy.gap.colour} {watched.project.name}：目标完成与资金执行有差距，执行率 {rate(watched.money.rate)}，{names}"
        for row in watched.rows:
            if row.colour in ATTENTION:
                share = "" if row.ratio is None else f"，完成进度 {rate(row.ratio)}"
                against = f"{row.indicator.name}（{row.indicator.id}）{row.indicator.target}，目前 {row.shown or UNKNOWN}{share}"
                why = _explained(row.reported.cause, row.reported.measure)
                yield f"{row.colour} {watched.project.name}：{against}{why}"


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


def _legend(monitored: Monitored) -> str:
    policy = monitored.policy
    money = "，".join(f"{percent(band.start)}起{band.colour}" for band in policy.money.bands)
    rows = "，".join(f"{percent(band.start)}起{band.colour}" for band in policy.at_least.bands)
    pace, gap = policy.pace, policy.gap
    more = ""
    if pace:
        least = "、".join(f"{period} {percent(share, 4)}" for period, share in pace.periods.items())
        more += f"。执行率低于 {least} 的{pace.colour}"
    if gap:
        more += f"。累计完成与执行率相差超过 {decimal(gap.over * 100)} 个百分点的{gap.colour}"
    between = {"直线": "两期之间按天数推算", "阶梯": "两期之间取已过的一期"}[policy.interpolation.between]
    return (
        f"监控办法：{policy.title}（{policy.id}）。资金看执行率÷计划进度：{money}{more}。“不低于”类指标：{rows}；累计数与计划进度比，"
        f"其余与年度指标值比。计划进度{between}。项目取最坏的颜色，次序 {'、'.join(policy.project.order)}；"
        f"{UNSEEN}：没有可以对照的完成值，也没有填实现可能性；或者期限已过，没有期限以后的数据。"
    )


def _due(monitored: Monitored) -> Iterator[Block]:
    names = {watched.project.code: watched.project.name for watched in monitored.projects}
    yield Line(f"到期事项（监控日期 {monitored.as_of}）", "heading")
    rows: list[tuple[Cell, ...]] = [
        (
            Cell(str(item.day), "label"), Cell(names.get(item.code, monitored.unit)), Cell(item.what),
            Cell(item.state, "bad" if item.overdue else "label"), Cell(str(item.line or UNKNOWN), "label"),
        )
        for item in monitored.items
    ]  # fmt: skip
    yield listing(ITEMS, rows) if rows else Line("没有。")
    yield Line("出处行是绩效目标文件的行号。", "note")


def _problems(monitored: Monitored) -> Iterator[Block]:
    yield Line("需要说明的问题", "heading")
    rows: list[tuple[Cell, ...]] = [
        (
            Cell(problem.code, "label"), Cell(problem.severity, "bad" if problem.severity == "错误" else "label"),
            Cell(problem.says), Cell(problem.remedy or UNKNOWN), Cell(str(problem.where or UNKNOWN)),
        )
        for problem in monitored.found
    ]  # fmt: skip
    yield listing(FOUND, rows) if rows else Line("没有。")
    yield from relied_on(clauses_watched(monitored))


def clauses_watched(monitored: Monitored) -> dict[str, bool]:
    """The clauses of the monitoring policy, each with how it is known, and whether its text was read."""
    return {f"{title}：{cited(clause)}": clause.checked for title, clause in monitored.policy.clauses.items()}


# ---- a project ---------------------------------------------------------------------------------------------------


def _form(monitored: Monitored, watched: Watched) -> Iterator[Block]:
    wide = len(ROWS)
    yield Line(f"项目支出{TITLE}", "title")
    named = (
        Cell("项目名称", "head", 2), Cell(watched.project.name, "text", 4), Cell("项目编码", "head", 2),
        Cell(watched.project.code, "text", 2), Cell("项目状态", "head"), _state(watched.colour), Cell(f"上次：{watched.before or UNKNOWN}", "label"),
    )  # fmt: skip
    asked = (("偏差原因", 2), ("改进措施", 1), ("实现可能性", 2))
    heads = (*(Cell(name, "head") for name, _ in MONEY), *(Cell(name, "head", across) for name, across in asked))
    money = (
        *_money(watched.money, watched.money_colour), Cell(watched.reported.cause, "text", 2), Cell(watched.reported.measure),
        Cell(watched.reported.likelihood or UNKNOWN, "label", 2),
    )  # fmt: skip
    columns = tuple(Cell(name, "head") for name, _ in ROWS)
    top = (_corner(monitored, wide), named, (Cell("资金", "head", 1, 2), *heads), money, columns)
    yield Grid(tuple(width for _, width in ROWS), (*top, *_rows(watched.rows)), (4, 4))
    yield Line("支出计划与实际（累计）", "subheading")
    yield listing(PERIODS, _periods(monitored, watched))


def _rows(rows: Sequence[Progress]) -> Iterator[tuple[Cell, ...]]:
    categories = [row.indicator.category for row in rows]
    dimensions = [(row.indicator.category, row.indicator.dimension) for row in rows]
    for at, row in enumerate(rows):
        levels = (row.indicator.category, categories), (row.indicator.dimension, dimensions)
        cells = [Cell(name, "label", 1, down) for name, keys in levels if (down := run_from(keys, at))]
        reported = row.reported
        against = row.ratio if row.ratio != row.attainment else None
        sure = row.computed if row.value is not None else UNKNOWN
        cells += [
            Cell(row.indicator.name), Cell(row.indicator.target, "label"), Cell(row.shown or UNKNOWN, "label"),
            Cell(rate(row.attainment), "rate"), Cell(rate(against), "rate"), Cell(reported.forecast or UNKNOWN, "label"),
            _state(row.colour), Cell(reported.cause), Cell(reported.measure), Cell(reported.likelihood or UNKNOWN, "label"), Cell(sure, "label"),
        ]  # fmt: skip
        yield tuple(cells)


def _periods(monitored: Monitored, watched: Watched) -> Iterator[tuple[Cell, ...]]:
    states = [item.state for item in watched.items if item.kind == "计划"]
    for (day, share), state in zip(watched.plan, states, strict=True):
        planned, executed = share * watched.budget_at(day), _executed([watched], day)
        gap = UNKNOWN if executed is None else half_up((executed - planned) / FEN_PER_WAN, 2)
        yield (
            Cell(str(day), "label"), Cell(rate(share), "rate"), Cell(half_up(planned / FEN_PER_WAN, 2), "money"),
            Cell(UNKNOWN if executed is None else wan(executed), "money"), Cell(gap, "money"), Cell(state, "label"),
        )  # fmt: skip
