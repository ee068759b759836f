"""The vocabulary of finding rules: which kinds of facts there are, which fields they have, and how a field is shown.

A fact is a plain frozen thing about one project. Numbers are exact in a fact; the executors see them as whole
millionths rounded down, which is exact because rules only ask `lt` and `gte` of multiples of one millionth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import get_args

from evaluator.comparators import READ
from evaluator.errors import SEVERITIES
from evaluator.figures import decimal, half_up, percent
from evaluator.findings.fields import BESIDE, CALLED, PLACE, ROW, Field, Value, flag, label, number, text
from evaluator.model import Known

SCALE = 10**6  # executors see numbers in millionths
LARGEST = 10**9  # numbers beyond it are clamped to it, thresholds beyond it are refused

CHAINED = ("grade", "finding")  # asserted by the inference itself, never by the caller
ONE_PER_PROJECT = ("project", "table", "review", "grade")
NAMED = 3  # so many rows are named with their ids and names, more by their ids alone
KINDS = {
    "project": "项目",
    "table": "绩效目标表",
    "outcome": "指标完成情况",
    "indicator": "绩效指标",
    "relation": "指标与别的指标、与项目",
    "conflict": "相互矛盾的目标",
    "clause": "所用条款",
    "link": "部门目标与项目目标",
    "twin": "逐字相同的绩效目标",
    "earlier": "上年同一指标",
    "review": "项目的复核",
    "reviewed": "复核的一行",
    "attachment": "佐证材料文件",
    "measure": "工作保障措施",
    "duty": "整改事项",
    "unit": "本单位各项目",
    "copy": "两个项目相同的完成值",
    "repeat": "逐字相同的原因和措施",
    "grade": "等级",
    "finding": "问题",
}
FACTS: dict[str, dict[str, Field]] = {
    "project": {
        "code": text("项目编码"),
        "name": text("项目名称"),
        "year": text("年度"),
        "score": number("总分", "分"),
        "execution_rate": number("预算执行率", "百分比"),
        "budget_given": flag("全年预算数与全年执行数齐全"),
        "budget_zero": flag("全年预算数为零"),
        "execution_low": flag("预算执行率低于须说明原因的界限"),
        "execution_explained": flag("预算执行偏差已写明原因和改进措施"),
        "execution_cause": flag("已写明预算执行或调整的原因"),
        "execution_unsaid": text("预算执行的原因和措施中等于没有写的话"),
        "cause_unsaid": text("预算执行的原因中等于没有写的话"),
        "adjusted": label("全年预算数对年初预算数", "调减", "未调", "调增"),
        "cut": number("全年预算数比年初预算数调减的比例", "百分比"),
        "adjusted_far": flag("全年预算数是年初预算数的两倍以上或一半以下"),
        "adjusted_told": text("全年预算数是年初预算数的多少"),
        "magnitude": label("全年金额对年初预算数的数量级", "相当", "千倍以上", "千分之一以下"),
        "magnitude_told": text("金额的两种读法"),
        "spent": label("全年执行数对全年预算数", "不足", "恰好", "超出"),
        "rows_all_full": flag("全部绩效指标得满分"),
        "capped": flag("总分因预算执行率封顶"),
        "rows_missing": number("缺完成值的指标数", "份数"),
        "inapplicable": number("不适用的指标数", "份数"),
        "inapplicable_told": text("不适用的指标、分值和原因"),
        "raised": number("总分因有不适用的指标高出", "分"),
        "raised_told": text("总分因有不适用的指标怎样高出"),
        "unread": number("所依据而没有见过原文的条款数", "份数"),
        "unread_told": text("这些条款怎样得知"),
        "filled": flag("填有完成值或金额"),
        "begun": flag("本单位本年度已有完成情况的文件"),
        "complete": flag("完成值和金额都已填全"),
        "goals": flag("写有年度总体目标"),
        "free_rows": number("完成值可以高于或低于指标值的定量指标数", "份数"),
        "equal_share": number("这些指标中完成值恰好等于指标值的比例", "百分比"),
        "achieved": flag("已写年度总体目标实际完成情况"),
        "achieved_unsaid": text("年度总体目标实际完成情况中等于没有写的话"),
        "initial_shown": text("年初预算数（万元）"),
        "adjusted_shown": text("全年预算数（万元）"),
        "executed_shown": text("全年执行数（万元）"),
    },
    "table": {
        "name": text("项目名称"),
        "plan_periods": number("资金支出计划的期数", "份数"),
        "basis_column": flag("有一行写有指标值确定依据"),
        "signs_column": flag("有一行写有比较符，或须写比较符的不到三行"),
        "execution_counted": flag("预算执行率另有一行计分"),
        "portions_kept": flag("各一级指标的分值合计与评分办法的分配一致"),
        "portions_shown": text("与评分办法不一致的分值合计"),
        "lacks_effects": flag("评分办法给效益指标分值而表中没有"),
        "lacks_satisfaction": flag("有效益指标，评分办法给满意度指标分值而表中没有"),
        "lacks_shown": text("缺少的一级指标"),
        "repeated_in": text("有同样产出指标的本单位前面的项目"),
        "heads_differ": flag("用途、目标、指标几处所说的人数、个数不一致"),
        "heads_shown": text("几处所说的人数、个数"),
    },
    "outcome": {
        **ROW,
        "actual": text("实际完成值"),
        "category": label("一级指标"),
        "comparator": label("比较方式", *READ),
        "attainment": number("完成率", "百分比"),
        "points": number("分值", "分"),
        "earned": number("得分", "分"),
        "lost": number("扣分", "分"),
        "met": flag("达到指标值"),
        "missing": flag("缺实际完成值"),
        "full": flag("得满分"),
        "cause": flag("已写偏差原因"),
        "remedy": flag("已写改进措施"),
        "reasons_column": flag("本表有一行写了原因或措施，或没有得满分的不到六行"),
        "lacking": text("原因和措施中没有写的"),
        "unsaid": text("原因和措施中等于没有写的话"),
        "cause_unsaid": text("偏差原因中等于没有写的话"),
        "remedy_unsaid": text("改进措施中等于没有写的话"),
        "evidence": flag("有佐证材料"),
        "evidence_unsaid": text("佐证材料中等于没有写的话"),
        "survey": flag("佐证材料中有满意度调查"),
        "satisfaction": flag("满意度指标"),
        "surveyed": flag("满意度由调查份数算出"),
        "perfect": flag("实际完成值恰好是100%"),
        "misprint": flag("指标值本身多半是笔误"),
        "small_base": flag("指标值是不到5的数"),
        "beyond": flag("占比类指标的完成值超过100%"),
        "magnitude": label("完成值对指标值的数量级", "相当", "单位不同", "相差千倍"),
        "magnitude_told": text("完成值的两种读法"),
        "over": flag("超额完成达到须说明原因的程度"),
        "above_equal": flag("超过等于型指标值且办法要求提示"),
        "computed": flag("由金额公式计算"),
        "deducted": flag("因目标值明显偏低被扣分"),
        "edge": flag("高于、低于型指标恰好等于指标值：没有达到而按比例得满分"),
        "rounded_up": flag("算得的分数不足满分，四舍五入后成为满分"),
    },
    "indicator": {
        **ROW,
        "description": text("绩效指标描述"),
        "basis": text("指标值确定依据"),
        "category": label("一级指标"),
        "dimension": label("二级指标"),
        "points": number("分值", "分"),
        "sign_written": flag("原文写明比较符"),
        "numeric": flag("指标值是数值"),
        "restates_name": flag("描述只是重复指标名称"),
        "deadline_in_percent": flag("时限以百分比表示"),  # asked by rules of before deadline_unclear
        "deadline_unclear": flag("时限写成百分比或一段时间"),
        "deadline_told": text("时限怎样没有写明"),
        "input_as_output": flag("以投入或开支充当产出"),
        "rate_above_100": flag("比率类指标值超过100%"),
        "basis_given": flag("写有指标值确定依据"),
        "repeated": flag("与本单位前面的项目完全相同的产出指标至少两项，这是其中一项"),
        "repeated_here": flag("与同一张表前面的指标名称和指标值相同"),
        "share": number("占全部指标分值的比例", "百分比"),
        "sign_against_name": flag("比较符与指标名称的好坏方向相反"),
        "standard_given": flag("定性指标写有评价标准"),
        "measures_nothing": flag("以百分比衡量的动作、性质，没有说是什么的比例"),
        "equals_budget": flag("成本类指标值（或几个成本指标合计）等于项目预算数"),
        "budget_told": text("成本指标怎样等于预算数"),
        "empty": flag("名称没有内容，或指标值重复名称"),
        "empty_told": text("名称、指标值怎样没有内容"),
        "unit_unfit": flag("指标值没有单位，或单位与名称不符"),
        "unit_told": text("单位怎样缺失或不符"),
        "mark_left": flag("名称里留着比较符或空格号"),
        "repeats_execution": flag("与预算执行率一行重复"),
        "answers_yes": flag("效益、满意度只问是否，指标值是“是”"),
        "rate_as_quantity": flag("比率放在数量指标下"),
        "misplaced": flag("与所在的一级、二级指标不符"),
        "misplaced_told": text("怎样不符"),
        "no_group": flag("满意度没有写谁满意"),
        "own_people": flag("满意度问的是单位自己的人或主管部门"),
        "against_sense": flag("指标值不合常情"),
        "sense_told": text("指标值怎样不合常情"),
        "after_year": flag("时限晚于本年度"),
        "basis_outdated": flag("依据是以前年度的年度计划或预算"),
        "basis_unrelated": flag("依据与指标无关"),
    },
    "conflict": {
        "first": text("前一个目标"),
        "second": text("后一个目标"),
        "says": text("矛盾所在"),
        "kind": label("矛盾类型", "指标之间", "与预算执行"),
    },
    "clause": {
        "clause": text("条款代号"),
        "title": text("条款名称"),
        "document": text("条款所在文件"),
        "known": label("条款怎样得知", *get_args(Known)),
        "checked": flag("条款原文已核对"),
    },
    "attachment": {
        **PLACE,
        "indicator": text("指标编号"),
        "title": text("材料名称"),
        "file": text("文件"),
        "state": label("文件现状", "完好", "缺失", "已改动"),
    },
    "measure": {
        "title": text("措施"),
        "state": label("落实程度", "未填", "已落实", "部分落实", "未落实"),
        "evidence": flag("有佐证材料"),
        "note": flag("写有说明"),
    },
    "duty": {
        "says": text("问题"),
        "project": text("项目编码"),
        "year": text("评价年度"),
        "state": label("整改状态", "未整改", "整改中", "已整改"),
        "open": flag("尚未整改完"),
        "last_year": flag("上年度的整改事项"),
        "overdue": flag("到台账所记的核对日期已过时限"),
        "owner": flag("写有责任人"),
        "due": flag("写有完成时限"),
        "evidence": flag("有整改佐证材料"),
        "owner_shown": text("责任人"),
        "due_shown": text("完成时限"),
    },
    "unit": {
        "projects": number("项目数", "份数"),
        "all_full": flag("全部项目得满分"),
        "satisfied_projects": number("有百分比满意度指标的项目数", "份数"),
        "satisfied_rows": number("百分比满意度指标数", "份数"),
        "all_satisfied": flag("满意度指标的完成值全部是100%"),
        "free_rows": number("完成值可以高于或低于指标值的定量指标数", "份数"),
        "all_equal": flag("这些定量指标的完成值全部恰好等于指标值"),
    },
    "copy": {
        "first": text("前一个项目"),
        "second": text("后一个项目"),
        "rows": number("同名指标中完成值相同的个数", "份数"),
        "shown": text("相同的指标和完成值"),
    },
    "repeat": {
        "words": text("原因和措施"),
        "rows": number("写这段话的指标数", "份数"),
        "projects": number("写这段话的项目数", "份数"),
        "shown": text("写这段话的项目和指标"),
    },
    "grade": {
        "grade": label("等级"),
        "rectify": flag("评分办法要求这一等级整改"),
        "lowest": flag("最低的等级"),
        "cut": flag("评分办法对这一等级有压减、取消或暂停的建议"),
        "advice": text("评分办法对这一等级的建议"),
    },
    "finding": {
        "rule": label("规则编号"),
        "severity": label("严重程度", *SEVERITIES),
        "about": label("所涉阶段", "target", "result"),
        "title": text("问题名称"),
    },
    **BESIDE,
}


@dataclass(frozen=True, slots=True, init=False)
class Fact:
    """One fact of a project; `id` is unique inside (project, kind), absent fields are None.

    Raises ValueError for a kind or field the vocabulary does not have, and for a value of the wrong type.
    """

    kind: str
    project: str
    id: str
    fields: Mapping[str, Value] = field(hash=False)

    def __init__(self, kind: str, project: str, id: str, /, **fields: Value) -> None:
        if kind not in FACTS:
            raise ValueError(f"{kind!r} is not a kind of fact")
        known = FACTS[kind]
        for name, value in fields.items():
            if name not in known or not (
                value is None or type(value) in TYPES[known[name].type] or _fits(known[name], value)
            ):
                raise ValueError(f"{kind}.{name}={value!r} is not in the vocabulary of facts")
        given = {name: value for name, value in fields.items() if value is not None}
        for part, content in (("kind", kind), ("project", project), ("id", id), ("fields", given)):
            object.__setattr__(self, part, content)

    @property
    def ref(self) -> str:
        """The fact's name inside its project, as in `outcome:1.2`."""
        return f"{self.kind}:{self.id}"

    def encoded(self, name: str) -> str | int | None:
        """A field as the executors see it: labels as they are, flags as 0 and 1, numbers in whole millionths."""
        value = self.fields.get(name)
        if value is None or isinstance(value, str):
            return value
        return int(value) if isinstance(value, bool) else millionths(value)

    def shown(self, name: str) -> str:
        """A field as people read it."""
        return show(FACTS[self.kind][name], self.fields.get(name))


TYPES: dict[str, tuple[type, ...]] = {"number": (int, Fraction), "flag": (bool,), "label": (str,), "text": (str,)}


def _fits(declared: Field, value: Value) -> bool:
    if declared.type == "number":
        return isinstance(value, (int, Fraction)) and not isinstance(value, bool)
    return isinstance(value, bool) if declared.type == "flag" else isinstance(value, str)


def millionths(value: int | Fraction) -> int:
    """Round down to whole millionths, inside ±LARGEST, so that `lt` and `gte` keep their answers."""
    return max(-LARGEST * SCALE, min(LARGEST * SCALE, value.numerator * SCALE // value.denominator))


def show(declared: Field, value: Value) -> str:
    """Print a value: points with two decimals, rates as per cent with up to two."""
    if value is None:
        return "（无）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return value
    if declared.shown == "百分比":
        return percent(Fraction(value))
    return half_up(Fraction(value), 2) if declared.shown == "分" else decimal(Fraction(value))


PLACEHOLDER = re.compile(r"\{([A-Za-z_]+)\.([A-Za-z_]+)\}")


def fill(template: str, facts: Iterable[Fact]) -> str:
    """Put shown values in place of `{kind.field}`; of several facts of one kind the distinct values, joined by 、.

    `{kind.called}` names rows: up to NAMED of them as 数量1“培训人数”, more by their ids.

    Values are inserted as they are and never read as templates; anything else in braces stays.
    """
    given = list(facts)

    def value(match: re.Match[str]) -> str:
        kind, name = match.groups()
        mine = [fact for fact in given if fact.kind == kind and name in FACTS[kind]]
        shown = [fact.id if name == CALLED and len(mine) > NAMED else fact.shown(name) for fact in mine]
        return "、".join(dict.fromkeys(shown)) if shown else match.group()

    return PLACEHOLDER.sub(value, template)


GradeOf = Callable[[str, frozenset[str]], Fact | None]  # of a project and the caps on it: its grade as a fact
