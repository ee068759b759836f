"""Results as sentences: derived from the result alone, so that a printed formula can be recomputed by anyone."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from evaluator.adding import addition, effects_on
from evaluator.comparators import COMPARATORS, OF_TARGET
from evaluator.factsheets.factsheet import facts_of, grade_fact
from evaluator.factsheets.unittables import UnitTables
from evaluator.figures import FEN_PER_WAN, decimal, half_up, percent, points, wan
from evaluator.findings.facts import KINDS, Fact
from evaluator.findings.inference import Finding, why_not
from evaluator.inapplicable import WORD
from evaluator.model import EXECUTION, FindingRule, Project
from evaluator.policies.bases import cited
from evaluator.policy import CLAUSES, OWN_SCALES, UNGRADED, Clause, Policy, clause_of
from evaluator.quantities.reading import Amount
from evaluator.results import Evaluation, Row, TableScore
from evaluator.scoring import lines_of

Sentence = tuple[str, str]  # a label and what is said


def exact(number: Fraction) -> str:
    """A number that reads back to itself: a decimal where it ends, else a quotient in brackets."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"({number.numerator}÷{number.denominator})"
    return decimal(number, len(str(number.denominator)) * 4)


def attainment_formula(row: Row) -> str:
    """The attainment (完成率) over the figures it was computed from, as in `57 ÷ 59`."""
    if row.attainment is None or row.actual is None:
        return ""
    form = COMPARATORS[row.comparator]
    if form.direction == "stated":
        return percent(row.attainment, 4)
    word, target = form.side(row.actual, row.target, row.high)
    side = COMPARATORS[word]
    cut = row.attainment <= 0 and side.formula != OF_TARGET
    reached = side.direction == "down" and row.actual < target
    if form.direction == "done" or side.direction == "within" or target <= 0 or row.actual < 0 or cut or reached:
        return exact(row.attainment)
    return side.formula.format(actual=exact(row.actual), target=exact(target))


def formula(row: Row, policy: Policy) -> str:
    """How the points were earned: `12.50 × 57 ÷ 59 = 12.08`; reading it gives the score again, rounded once."""
    if row.inapplicable:
        return left_out(row, policy)
    if row.attainment is None:
        return f"{points(row.points)} × 0% = 0.00"
    deducted = f" − {points(row.deducted)}" if row.deducted else ""
    if row.own is not None and row.own.points is not None:
        if row.spoken != row.points:
            share = f"{points(row.points)} × {exact(row.own.points)} ÷ {points(row.spoken)}"
            return f"按评分标准：{row.own.says}；{share}{deducted} = {points(row.earned)}"
        if row.deducted:
            return f"按评分标准：{row.own.says}；按办法扣超额的分：{exact(row.own.points)}{deducted} = {points(row.earned)}"
        exactly = "" if row.own.points * 100 == row.earned else f"，按办法舍入得 {points(row.earned)}"
        return f"按评分标准：{row.own.says}{exactly} = {points(row.earned)}"
    line = lines_of(policy, row.scale)[row.segment]
    intercept, slope = line.intercept, line.slope
    inner = attainment_formula(row)
    if slope == 0:
        share = percent(intercept, 4)
    elif "−" in inner:
        share = f"({inner})"
    else:
        share = inner
    if slope not in (0, 1):
        share = f"({exact(slope)} × {share})"
    if slope != 0 and intercept != 0:
        share = f"({exact(intercept)} + {share})"
    return f"{points(row.points)} × {share}{deducted} = {points(row.earned)}"


def left_out(row: Row, policy: Policy) -> str:
    """What becomes of the points of a row that does not apply."""
    worth = points(row.written)
    clause = policy.not_applicable
    if clause is not None and clause.shares:
        return f"{worth} 分{clause.effect.removesuffix('分摊')}分摊给其他指标"
    return f"{worth} 分不计，其余各行折算"


def clause_title(name: str, clause: Clause) -> str:
    """A clause with its document and how it is known."""
    return f"{CLAUSES[name]}（{cited(clause)}）"


def clause_brief(name: str, clause: Clause) -> str:
    """A clause with how it is known in a word, where the whole is told beside it."""
    return f"{CLAUSES[name]}（{clause.known}）"


def segment_says(row: Row, policy: Policy) -> str:
    """Which line of the clause turned attainment into points."""
    if row.scale == "qualitative":
        state = row.result.state
        if state is None:
            return ""
        band = policy.qualitative.band(state)
        return f"{state}：分值的 {percent(band.start)}—{percent(band.to)}，档内比例由评定人确定"
    lines = lines_of(policy, row.scale)
    line = lines[row.segment]
    first = percent(line.intercept + line.slope * line.start)
    if row.segment + 1 == len(lines):
        return f"完成率{'超过 ' if line.open else ' '}{percent(line.start)}{'' if line.open else ' 及以上'}：得分值的 {first}"
    end = lines[row.segment + 1]
    last = percent(line.intercept + line.slope * end.start)
    span = f"完成率 {percent(line.start)}（{'不含' if line.open else '含'}）—{percent(end.start)}{'（含）' if end.open else ''}"
    return f"{span}：得分值的 {first}" if line.slope == 0 else f"{span}：得分值的 {first}—{last}，按比例"


def clause_with_line(name: str, titled: str, row: Row, policy: Policy) -> str:
    """A clause as `titled`, and where it is the one whose line turned attainment into points, that line."""
    own = row.scale in OWN_SCALES
    if name != clause_of(row.scale) or row.actual is None:
        return titled
    return f"{titled}：{f'{row.indicator.category}，' if own else ''}{segment_says(row, policy)}"


def clauses_for(row: Row, table: TableScore) -> list[tuple[str, Clause]]:
    """The clauses that shaped this row's points, in the order they apply."""
    policy, names = table.policy, [] if row.by_criterion else [clause_of(row.scale)]
    if row.inapplicable:
        return [("not_applicable", policy.clauses["not_applicable"])]
    if row.by_criterion and policy.own_criteria is not None:
        names.append("own_criteria")
    if row.gained:
        names.insert(0, "not_applicable")
    if not row.met and row.actual is not None and not row.by_criterion:
        names += COMPARATORS[row.comparator].clauses[1:]
    if row.over or row.deducted:
        names.append("over_fulfilment")
    if row.rounded:
        names.append("rounding")
    if row.lost:
        names.append("reasons")
    return [(name, getattr(policy, name)) for name in names]


def read_as(row: Row) -> str:
    """The target as it was read."""
    if row.indicator.id == EXECUTION:
        return f"全年执行数 ÷ 全年预算数（{wan(int(row.target * FEN_PER_WAN))} 万元）"
    target = row.indicator.read
    if not isinstance(target.content, Amount):
        return f"{target.kind}，{target}"
    said = COMPARATORS[row.comparator].says if row.comparator in COMPARATORS else target.kind
    high = f" 至 {target.content.high}" if target.content.high else ""
    added = "（原文没有比较符，由规则文件写明）" if row.indicator.sign else ""
    return f"{said} {target.content.bound}{high}{added}"


def origin(row: Row, table: TableScore) -> tuple[str, str]:
    """The document a target came from and its place there: what an import kept, or the line the rule file names."""
    provenance = table.table.provenance
    if provenance and (kept := provenance.fields.get(f"indicators.{row.indicator.id}.target")):
        return provenance.document, kept.partition(" ")[2]
    return table.table.source.document, f"第 {row.indicator.line} 行" if row.indicator.line else ""


def next_step(row: Row, policy: Policy) -> str:
    """What was still missing to the next step, in the row's own unit."""
    if row.inapplicable:
        return "不适用，不计分"
    if row.missing:
        return "填写实际完成值后才能计分"
    if row.deducted:
        return f"因超额完成扣 {points(row.deducted)} 分；属目标值设定偏低的，应调整下年度指标值"
    if row.full:
        return "已得满分"
    if row.by_criterion:
        return f"按评分标准还差 {points(row.lost)} 分"
    assert row.actual is not None
    form = COMPARATORS[row.comparator]
    if form.direction == "stated":
        above = [band for band in policy.qualitative.bands if band.start > row.actual]
        if not above:
            return f"档内比例提高到 100% 可得满分 {points(row.points)}"
        band = above[-1]
        step = policy.rounding.step
        worth = min(int(half_up(row.points * band.start / step, 0)) * step, row.points)
        return f"比例达到 {percent(band.start, 4)} 进入“{band.state}”，至少得 {points(worth)}"
    if form.direction == "done":
        return f"做到即得满分 {points(row.points)}"
    lower = row.actual < row.target
    _, bound = form.side(row.actual, row.target, row.high)
    gap = abs(bound - row.actual)
    if row.indicator.id == EXECUTION:
        return f"再支出 {wan(int(gap * FEN_PER_WAN))} 万元即得满分 {points(row.points)}"
    if form.strict and row.target <= 0:  # reaching such a target is not enough, and no part of it counts
        return f"{form.says} {decimal(row.target)}{row.unit} 即得满分 {points(row.points)}"
    amount = decimal(Fraction(ceil(gap * 10_000), 10_000), 4)  # rounded up: a step that is said must be enough
    approximately = "约" if Fraction(amount) != gap else ""
    unit = "个百分点" if row.unit == "%" else row.unit
    verb = "再增加" if lower else "再减少"
    content = None if row.indicator.id == EXECUTION else row.indicator.read.content
    if isinstance(content, Amount) and content.either_way:
        verb = "与 0 的距离再减少"
    return f"{verb}{approximately} {amount} {unit}即得满分 {points(row.points)}"


def explain_row(row: Row, table: TableScore) -> Iterator[Sentence]:
    """One row, from the target as written to the findings that fired on it."""
    indicator = row.indicator
    yield "指标", f"{indicator.category} / {indicator.dimension} / {indicator.name}（{indicator.id}）"
    if indicator.where:
        yield "规则", str(indicator.where)
    document, place = origin(row, table)
    if place:
        yield "出处", f"{document} {place}"
    yield "指标值", f"原文“{indicator.target}”；读作：{read_as(row)}"
    yield from criterion_says(row)
    if row.inapplicable:
        yield WORD, f"{row.inapplicable}；{left_out(row, table.policy)}"
    elif row.missing:
        yield "实际完成值", "未填写，按 0 分计"
    else:
        yield "实际完成值", _actual(row, table)
        met = "达到指标值" if row.met else "未达到指标值"
        figures = attainment_formula(row)
        value = percent(row.attainment or Fraction(0))
        yield "完成率", f"{value}，{met}" if figures == value else f"{figures} = {value}，{met}"
    for name, clause in clauses_for(row, table):
        yield "适用条款", clause_with_line(name, clause_title(name, clause), row, table.policy)
    weighed = f"（{says}）" if (says := weighed_says(row, table)) else ""
    gained = f"（原 {points(row.written)}，不适用的指标分来 {points(row.gained)}）" if row.gained > 0 else ""
    yield (
        "得分",
        f"{formula(row, table.policy)}；分值 {points(row.points)}{weighed}{gained}，扣 {points(row.lost)}",
    )
    if row.own is not None and row.own.outside:
        most = table.policy.own_criteria.most_taken if table.policy.own_criteria else None
        bound = f"，各行合计以 {points(most)} 为限" if most is not None else ""
        how = "另加" if row.own.outside > 0 else "追加扣除"
        yield "本行以外", f"{how} {half_up(abs(row.own.outside), 2)} 分，计入总分{bound}"
    yield "距下一步", next_step(row, table.policy)
    if (row.lost or row.result.cause or row.result.remedy) and not row.inapplicable:
        yield "偏差原因", row.result.cause or "未填写"
        yield "改进措施", row.result.remedy or "未填写"
    yield "佐证材料", "、".join(row.result.evidence) or "未填写"
    for note in row.notes:
        yield "说明", note
    for finding in table.findings:
        if indicator.id in finding.about:
            yield "问题", finding_says(finding)


def weighed_says(row: Row, table: TableScore) -> str:
    """How the row's points come from nested weights; '' where they are written, or allocated by another policy."""
    own = isinstance(table.table, Project) and row.written == row.indicator.points
    return table.table.weighed(row.indicator) if own and isinstance(table.table, Project) else ""


def _actual(row: Row, table: TableScore) -> str:
    if row.indicator.id == EXECUTION:
        money = table.money
        return f"全年执行数 {wan(money.executed or 0)} 万元，全年预算数 {wan(money.adjusted or 0)} 万元"
    if row.computed:
        return f"{row.actual_shown}（由金额计算：{row.indicator.formula} = {_figures(row, table)}）"
    where = f"（{row.result.where}）" if row.result.where else ""
    written = row.result.actual
    shown = f"，读作 {row.actual_shown}" if written and written != row.actual_shown else ""
    return f"“{written or row.actual_shown}”{shown}{where}"


def criterion_says(row: Row) -> Iterator[Sentence]:
    """The row's own criterion as the office wrote it and as it is read, and the data items with their figures."""
    indicator = row.indicator
    if indicator.criterion is not None:
        from evaluator.criteria.standard import EFFECTS, standard

        own = standard(indicator.criterion, indicator.reads)
        yield "评分标准", f"原文“{own.text}”；读作：{own.reads}"
        for effect in own.vetoes:
            yield "影响全局", effect + (f"：{EFFECTS[own.effect]}" if own.effect else "")
    if indicator.data:
        figures = "，".join(f"{name} {row.result.data.get(name, '未填')}" for name in indicator.data)
        formula = f"；{indicator.name} = {indicator.of_data}" if indicator.of_data else ""
        yield "采集数据", figures + formula


def _figures(row: Row, table: TableScore) -> str:
    """A money formula with its amounts in 万元 in place of their names."""
    money = table.money
    amounts = {"年初预算数": money.initial, "全年预算数": money.adjusted, "全年执行数": money.executed}
    text = row.indicator.formula or ""
    for name, fen in amounts.items():
        text = text.replace(name, wan(fen or 0))
    return text


def explain_table(table: TableScore) -> Iterator[Sentence]:
    """A whole table: money, every row's formula, the total, caps, grade, clauses and findings."""
    money = table.money
    yield "项目", f"{table.name}（{table.code}）"
    yield "评分办法", f"{table.policy.title}（{table.policy.id}）"
    known = money.rate is not None
    yield (
        "预算",
        (
            f"年初预算数 {wan(money.initial)} 万元"
            + (f"，全年预算数 {wan(money.adjusted)} 万元" if money.adjusted is not None else "")
            + (f"，全年执行数 {wan(money.executed)} 万元" if money.executed is not None else "")
            + (f"，预算执行率 {percent(money.rate or Fraction(0))}" if known else "，预算执行率无法计算")
        ),
    )
    for row in table.all_rows:
        actual = row.actual_shown or ("未填" if row.missing else percent(row.attainment or Fraction(0)))
        yield row.indicator.id, f"{row.indicator.name} {row.indicator.target}，{actual}：{formula(row, table.policy)}"
    yield "总分", addition(table)
    for effect in effects_on(table):
        yield "影响全局", effect
    if table.cap is not None:
        yield (
            "封顶",
            f"预算执行率 {percent(money.rate or Fraction(0))}，总分不超过 {points(table.cap)}，得 {points(table.score)}",
        )
    yield "等级", _grade(table)
    for name, clause in table.clauses.items():
        yield "依据条款", clause_title(name, clause)
    for finding in table.findings:
        yield "问题", finding_says(finding)


def _grade(table: TableScore) -> str:
    bands = table.policy.grades.bands
    if not bands:
        return UNGRADED
    ends = [10_000, *(band.start for band in bands)]
    index = next(i for i, band in enumerate(bands) if band.grade == table.grade_by_score)
    said = f"{points(table.score)} 分，{points(ends[index + 1])}—{points(ends[index])} 为{table.grade_by_score}"
    if "worst" in table.effects:
        said += f"；一票否决，等级为{table.grade}"
    elif limiting := table.limiting:
        by = "、".join(f.rule.id for f in limiting)
        said += f"；因问题 {by}，等级不高于{table.grade}，定为{table.grade}"
    return said


def finding_says(finding: Finding) -> str:
    """A finding with its rule, severity and remedy, and the facts it fired on."""
    named = (ref.partition(":") for ref in finding.facts)
    facts = "、".join(f"{KINDS[kind]}“{name}”" for kind, _, name in named)
    return f"{finding.rule.id} [{finding.severity}] {finding.says}。{finding.remedy}。（依据事实：{facts}）"


def why_rule(rule: FindingRule, table: TableScore, evaluation: Evaluation) -> list[Sentence]:
    """Why a finding rule fired on a table, or which of its conditions failed."""
    chained = [fact for fact in (grade_fact(table.policy, table.code, table.grade),) if fact]
    chained += [
        Fact(
            "finding", table.code, f"{finding.rule.id}/{finding.subject}",
            rule=finding.rule.id, severity=finding.severity, about=finding.rule.about, title=finding.rule.title,
        )
        for finding in (*table.findings, *table.aside)
    ]  # fmt: skip
    facts = [*facts_of(table, UnitTables(evaluation.tables)), *chained]
    return [("规则" if number == 0 else "条件", line) for number, line in enumerate(why_not(rule, facts))]
