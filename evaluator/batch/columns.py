"""The columns a batch reads and writes: each with its code and its Chinese heading."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: code, Chinese headings (the first is the usual one), what it holds, and whether it must be there."""

    name: str
    headings: tuple[str, ...]
    says: str
    needed: bool = False
    of_project: bool = False  # the same in every row of a project


def _column(name: str, headings: str, says: str, mark: str = "") -> Column:
    return Column(name, tuple(headings.split()), says, "!" in mark, "p" in mark)


INPUT = {
    column.name: column
    for column in (
        _column("province", "省 省份 省（自治区、直辖市）", "用于汇总", "p"),
        _column("county", "县 区县 县区 县（市、区）", "用于汇总", "p"),
        _column("unit_code", "单位编码 单位代码", "预算单位的编码", "!"),
        _column("unit", "预算单位 单位名称 单位 实施单位", "预算单位的名称", "p"),
        _column("year", "年度 预算年度", "四位年份", "!"),
        _column("project_code", "项目编码 项目代码 项目编号", "项目的编码", "!"),
        _column("project", "项目名称", "项目的名称", "!p"),
        _column("policy", "评分办法", "评分办法编号；空白用当年在用的全国办法", "p"),
        _column("initial", "年初预算数", "不写单位为万元", "!p"),
        _column("adjusted", "全年预算数", "不写单位为万元；空白为没有填", "!p"),
        _column("executed", "全年执行数", "不写单位为万元；空白为没有填", "!p"),
        _column("plan", "资金支出计划", "各期累计比例，用分号隔开，如 25%；50%；75%；100%", "p"),
        _column("execution_cause", "预算执行偏差原因", "执行率偏低的原因", "p"),
        _column("execution_remedy", "预算执行改进措施", "执行率偏低的改进措施", "p"),
        _column("indicator", "指标编号", "一个项目内不重复", "!"),
        _column("category", "一级指标", "如 产出指标", "!"),
        _column("dimension", "二级指标", "如 数量指标", "!"),
        _column("name", "三级指标 指标名称", "指标的名称", "!"),
        _column("description", "绩效指标描述 指标描述", "指标的描述"),
        _column("target", "指标值 年度指标值", "照录原文，如 ≥59人", "!"),
        _column("sign", "比较符", "原文没有比较符时写明：≥ > ≤ < ="),
        _column("points", "分值", "至多两位小数；与预算执行率的分值合计 100", "!"),
        _column("formula", "公式", "由金额计算的指标的公式"),
        _column("basis", "指标值确定依据", "指标值的依据"),
        _column("actual", "实际完成值", "照录原文，如 60人；空白为没有填", "!"),
        _column("state", "达成程度", "达成、部分达成并具有一定效果、未达成且效果较差"),
        _column("share", "档内比例", "如 85%"),
        _column("evidence", "佐证材料", "几份用分号隔开"),
        _column("cause", "偏差原因", "没有得满分或超额较多的原因"),
        _column("remedy", "改进措施", "没有得满分的改进措施"),
    )
}
KEYS = ("year", "unit_code")  # what is judged together: a unit's year
OF_PROJECT = tuple(name for name, column in INPUT.items() if column.of_project)

# what a rule needs of the input that is not a fact of the scoring: without the column the field is unknown
FIELDS_FROM = {
    "description": (("indicator", ("restates_name", "sign_against_name", "standard_given", "measures_nothing")),),
    "basis": (("indicator", ("basis_given", "basis_outdated", "basis_unrelated")),),
    "plan": (("table", ("plan_periods",)),),
    "execution_cause": (("project", ("execution_explained",)),),
    "evidence": (("outcome", ("evidence", "survey")),),
    "cause": (("outcome", ("cause",)),),
    "remedy": (("outcome", ("remedy",)),),
}

OUTPUT = {
    "file": "来源文件", "row": "行号", "province": "省", "county": "县", "level": "层级", "unit_code": "单位编码",
    "unit": "预算单位", "year": "年度", "project_code": "项目编码", "project": "项目名称", "policy": "评分办法",
    "indicator": "指标编号", "name": "三级指标", "points": "分值", "earned": "得分", "attainment": "完成率（%）",
    "met": "达到指标值", "missing": "缺完成值", "initial": "年初预算数（万元）", "adjusted": "全年预算数（万元）",
    "executed": "全年执行数（万元）", "total": "合计", "cap": "封顶", "score": "总分", "grade": "等级", "rule": "问题",
    "severity": "严重程度", "subject": "所指", "says": "说明", "code": "代号", "reason": "原因", "projects": "项目数",
    "mean": "加权平均分", "优": "优", "良": "良", "中": "中", "差": "差",
}  # fmt: skip


def field_of(heading: str) -> str:
    """The input column a heading stands for, by its code or a Chinese heading; empty when it is none."""
    plain = re.sub(r"\s|[（(][^（()）]*元[)）]", "", unicodedata.normalize("NFKC", heading)).strip("*:")
    if plain in INPUT:
        return plain
    return next((name for name, column in INPUT.items() if plain in map(_nfkc, column.headings)), "")


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
