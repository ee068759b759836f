"""The columns a batch reads and writes: each with its code and its Chinese heading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from evaluator.actuals.resultheadings import Heading, headings_of, read_heading
from evaluator.errors import ActualsProblems, Problem, Where

NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"  # what programs write for a folder of rows without a value


@dataclass(frozen=True, slots=True)
class Column:
    """One column: code, Chinese headings (the first is the usual one), what it holds, and whether it must be there."""

    name: str
    headings: tuple[str, ...]
    says: str
    needed: bool = False
    of_project: bool = False  # the same in every row of a project


def _column(name: str, says: str, mark: str = "") -> Column:
    return Column(name, headings_of(name), says, "!" in mark, "p" in mark)


INPUT = {
    column.name: column
    for column in (
        _column("province", "用于汇总", "p"),
        _column("county", "用于汇总", "p"),
        _column("unit_code", "预算单位的编码", "!"),
        _column("unit", "预算单位的名称", "p"),
        _column("year", "四位年份", "!"),
        _column("project_code", "项目的编码", "!"),
        _column("project", "项目的名称", "!p"),
        _column("policy", "评分办法编号；空白用当年在用的全国办法", "p"),
        _column("initial", "不写单位为万元，栏名可带单位", "!p"),
        _column("adjusted", "不写单位为万元；空白为没有填", "!p"),
        _column("executed", "不写单位为万元；空白为没有填", "!p"),
        _column("plan", "各期累计比例，用分号隔开，如 25%；50%；75%；100%", "p"),
        _column("execution_cause", "执行率偏低的原因", "p"),
        _column("execution_remedy", "执行率偏低的改进措施", "p"),
        _column("achieved", "年度总体目标的实际完成情况，取项目的第一行"),
        _column("indicator", "一个项目内不重复", "!"),
        _column("category", "如 产出指标", "!"),
        _column("dimension", "如 数量指标", "!"),
        _column("name", "指标的名称", "!"),
        _column("description", "指标的描述"),
        _column("target", "照录原文，如 ≥59人", "!"),
        _column("sign", "原文没有比较符时写明：≥ > ≤ < =，或写成文字"),
        _column("points", "至多两位小数；与预算执行率的分值合计 100", "!"),
        _column("criterion", "本行自己的评分标准，代替评分办法的计分"),
        _column("reads", "评分标准没有写明的事各取哪一种，用分号隔开，如 step=started；floor=0，或写成 扣完为止"),
        _column("formula", "由金额、采集数据计算的指标的公式"),
        _column("data", "采集数据，连同单位，用分号隔开，如 合格人数=96人；参评人数=100人"),
        _column("basis", "指标值的依据"),
        _column("actual", "照录原文，如 60人；空白为没有填", "!"),
        _column("state", "达成、部分达成并具有一定效果、未达成且效果较差"),
        _column("share", "如 85%"),
        _column("evidence", "几份用分号隔开"),
        _column("cause", "没有得满分或超额较多的原因"),
        _column("remedy", "没有得满分的改进措施"),
    )
}
KEYS = ("year", "unit_code")  # what is judged together: a unit's year
LINE, WRONG = (
    "ziping:line",
    "ziping:wrong",
)  # of a rewritten table: the line or row a person sees, why a row is not read
OF_PROJECT = tuple(name for name, column in INPUT.items() if column.of_project)

# what a rule needs of the input that is not a fact of the scoring: without the column the field is unknown
FIELDS_FROM = {
    "description": (("indicator", ("restates_name", "sign_against_name", "standard_given", "measures_nothing")),),
    "basis": (("indicator", ("basis_given", "basis_outdated", "basis_unrelated")), ("table", ("basis_column",))),
    "plan": (("table", ("plan_periods",)),),
    "execution_cause": (("project", ("execution_explained", "execution_cause")),),
    "achieved": (("project", ("achieved", "goals")),),
    "evidence": (("outcome", ("evidence", "survey")),),
    "cause": (("outcome", ("cause", "reasons_column")),),
    "remedy": (("outcome", ("remedy", "reasons_column")),),
}

OUTPUT = {
    "file": "来源文件", "sheet": "工作表", "row": "行号", "province": "省", "county": "县", "level": "层级", "unit_code": "单位编码",
    "unit": "预算单位", "year": "年度", "project_code": "项目编码", "project": "项目名称", "policy": "评分办法",
    "indicator": "指标编号", "name": "三级指标", "points": "分值", "earned": "得分", "attainment": "完成率（%）",
    "met": "达到指标值", "missing": "缺完成值", "initial": "年初预算数（万元）", "adjusted": "全年预算数（万元）",
    "executed": "全年执行数（万元）", "total": "合计", "cap": "封顶", "score": "总分", "grade": "等级", "rule": "问题",
    "severity": "严重程度", "subject": "所指", "rows": "所指各行", "says": "说明", "code": "代号", "reason": "原因", "projects": "项目数",
    "mean": "加权平均分",
}  # fmt: skip


def field_of(heading: str) -> str:
    """The input column a heading stands for, by its code or a Chinese heading; empty when it is none."""
    field = read_heading(heading).field
    return field if field in INPUT else ""


def names_of(
    path: Path, headings: Iterable[str], problems: Sequence[Problem] = (), sheet: str = ""
) -> dict[int, Heading]:
    """The input columns of a table, by their place.

    Raises ActualsProblems with `problems` (filled columns that cannot be used) and U502 where a column is missing or there twice.
    """
    where, wrong = Where(str(path), sheet=sheet), list(problems)
    named: dict[int, Heading] = {}
    there = set(folders_of(path))
    for place, text in enumerate(headings):
        heading = read_heading(text)
        there.add(heading.field)
        if heading.field in INPUT and heading.field in {other.field for other in named.values()}:
            wrong.append(Problem("U502", f"“{heading.text}”与另一栏重复", where))
        elif heading.field in INPUT and not heading.wrong:
            named[place] = heading
    missing = [f"{c.name}（{c.headings[0]}）" for c in INPUT.values() if c.needed and c.name not in there]
    if missing:
        wrong.append(Problem("U502", f"缺少栏目：{'、'.join(missing)}", where))
    if wrong:
        raise ActualsProblems(wrong)
    return named


def no_rows(where: Where | None = None) -> ActualsProblems:
    """A table, or the whole input, has no rows (U504)."""
    return ActualsProblems([Problem("U504", "表中没有行", where)])


def folders_of(path: Path) -> dict[str, str]:
    """The columns that the names of a file's folders give: `年度=2023` and `year=2023`, the value decoded; '' for null."""
    parts = [part.partition("=") for part in path.parts[:-1] if "=" in part]
    given = {field_of(unquote(name)): "" if value == NULL_FOLDER else unquote(value) for name, _, value in parts}
    return {field: value for field, value in given.items() if field}


def strange_folders(path: Path) -> list[Problem]:
    """The folders below an input that give a column nobody knows (A118, A119)."""
    names = [unquote(part.partition("=")[0]) for part in path.parts[:-1] if "=" in part]
    return [problem for name in names if (problem := read_heading(name).problem(Where(str(path))))]
