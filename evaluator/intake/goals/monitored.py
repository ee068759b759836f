"""A 绩效运行监控表 read as monitoring data: a draft of monitoring/<year>/<unit>/<date>.yaml, nothing computed, what is doubtful asked.

Projects and indicators are those of the rule files that are there, told by code and name; what has none keeps the id that an
import of its goals would give it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from evaluator.documents.loading import Mapping, read_document
from evaluator.errors import Problem, nearest
from evaluator.files.journal import FileChange
from evaluator.intake.document import PlacedText, SourceDocument, flat
from evaluator.intake.draftyaml import comment, lines_of
from evaluator.intake.goals.draft import amount_of, row_ids
from evaluator.intake.goals.goaltable import GoalTable
from evaluator.intake.headings import goalwords
from evaluator.intake.headings.lexicon import GOALS, part
from evaluator.intake.values import Tree, Value, as_data, told
from evaluator.rulebook.unanswered import OPEN

WORDS = {  # what the fields of a report are called where people read them
    "unit": "单位编码", "year": "年度", "date": "数据截至日期", "value": "截至目前完成值", "forecast": "全年预计",
    "executed": "截至目前执行数", "adjusted": "调整后的全年预算数", "cause": "偏差原因", "measure": "改进措施",
    "likelihood": "实现可能性",
}  # fmt: skip
_MARK = "[√✓✔☑■●]"
_TICKED = re.compile(r"[√✓✔☑■●vV]|是|1")
_UNTICKED = re.compile(r"[□○☐×xX✗✘/—－-]*|否|无|0")
_NUMBERED = re.compile(r"^指标\s*\d*\s*[:：]\s*")


@dataclass(slots=True)
class Reported:
    """The report of one unit as at one day, the file it goes to, and what became of it."""

    path: Path
    unit: Value
    year: int
    day: date
    documents: list[str] = field(default_factory=list)
    projects: Tree = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    state: Literal["新建", "没有变化", "有差异"] = "新建"

    @property
    def text(self) -> str:
        """The file: the order and style of monitoring data, what is asked written as ? with the question above it."""
        lines = [
            "# yaml-language-server: $schema=../../../rules/schema/monitoring-point.schema.json",
            f"# {comment('由绩效运行监控表起草：' + '、'.join(self.documents))}",
            "# 金额单位：万元，年初至今累计。只增不减的累计数在指标下写 cumulative: true，就与计划进度比。",
        ]
        head = {"unit": self.unit, "year": Value(str(self.year), number=True), "date": Value(str(self.day))}
        return "\n".join([*lines, *lines_of(head), "", *lines_of({"projects": self.projects})]) + "\n"


def workspace_of(into: Path) -> Path:
    """The folder beside whose rules/projects the monitoring data lie; `into` itself when it is no such folder."""
    return into.parent.parent if (into.name, into.parent.name) == ("projects", "rules") else into


def day_of(found: GoalTable, year: int) -> date | None:
    """The day that a table's figures are of, as its headings tell (1—7月); None when they do not."""
    told_by = [found.monitored, *(one.label for one in found.amounts if one.name == "executed")]
    ends = {end for text in told_by if (end := goalwords.period(text)[1])[0]}
    if len(ends) != 1:
        return None
    month, day = ends.pop()
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:
        return None


def report(
    found: GoalTable, document: SourceDocument, into: Path, unit: Value, year: int, number: int
) -> tuple[str, Tree, list[Problem]]:
    """One project's part of a report: its code, its tree, and the questions it leaves."""
    drafted = _Drafted(document)
    rules = into / str(year) / unit.text
    code, ids = _matched(found, rules, drafted, number)
    tree: Tree = {"#": [found.called]}
    _money(found, tree, drafted)
    rows: Tree = {}
    for row, name in zip(found.rows, ids, strict=True):
        rows[name] = _row(row, drafted)
    tree["indicators"] = rows
    return code, tree, drafted.problems


@dataclass(slots=True)
class _Drafted:
    document: SourceDocument
    problems: list[Problem] = field(default_factory=list)

    def ask(self, code: str, says: str, found: PlacedText | None, choices: tuple[str, ...] = ()) -> None:
        where = self.document.where(found.place) if found else None
        self.problems.append(Problem(code, says, where, " / ".join(choices), severity="警告"))


# ---- which project, which indicators ----


def _matched(found: GoalTable, rules: Path, drafted: _Drafted, number: int) -> tuple[str, list[str]]:
    """The code of a table's project and the ids of its rows, those of its rule file where it has one."""
    code, name = (found.fields.get(one) for one in ("code", "name"))
    files = [tree for path in sorted(rules.glob("*.yaml")) if isinstance(tree := read_document(path)[0], Mapping)]
    mine = [one for one in files if code and str(one.get("code")) == code.flat]
    mine = mine or [one for one in files if name and not code and flat(str(one.get("name"))) == name.flat]
    if len(mine) != 1:
        says = f"“{found.called}”在 {rules.as_posix()} 里" + ("有几个同名的项目" if mine else "没有规则文件")
        drafted.ask("D420", f"{says}；先导入绩效目标再导入监控表，或把项目编码和指标编号改过来", code or name)
        return (code.flat if code else f"编码待定_{number}_{found.called[:20]}"), row_ids(found)
    listed = mine[0].get("indicators")
    known = {flat(str(row.get("name"))): str(row.get("id")) for row in listed or [] if isinstance(row, Mapping)}
    ids = []
    for row in found.rows:
        called = _NUMBERED.sub("", row["indicator"].flat) if "indicator" in row else ""
        if called not in known:
            near = nearest(called, known)
            says = f"“{found.called}”的规则文件里没有指标“{called}”，编号要填"
            drafted.ask("D421", says, row.get("indicator"), (f"{known[near]} {near}",) if near else ())
        ids.append(known.get(called) or f"{OPEN} {called}")
    return str(mine[0].get("code")), _apart(ids)


def _apart(ids: list[str]) -> list[str]:
    """The ids, one that comes again with a number behind it."""
    return [name if ids.index(name) == at else f"{OPEN} {name} {at + 1}" for at, name in enumerate(ids)]


# ---- what was reported ----


def _money(found: GoalTable, tree: Tree, drafted: _Drafted) -> None:
    """The amount spent, and the budget where it was adjusted."""
    amounts = {
        one.name: amount_of(one, found) for one in found.amounts if one.name in ("initial", "full_year", "executed")
    }
    first, now = amounts.get("initial"), amounts.get("full_year")
    wanted = {
        "executed": amounts.get("executed"),
        "adjusted": now if first and now and now.text != first.text else None,
    }
    for name, value in wanted.items():
        if value is None:
            continue
        if value.doubt or not re.fullmatch(r"[\d.,，]+(?:亿元|万元|千元|元|万|亿)?", value.text):
            says = f"“{found.called}”的{'执行数' if name == 'executed' else '调整后预算数'}“{value.text[:40]}”：{value.doubt or '不是规范的金额'}"
            drafted.ask("D311", says, PlacedText(value.text, value.place) if value.place else None, value.options)
            value.above.append(f"问题 D311：{says}")
            value.text = OPEN
        tree[name] = Value(value.text, above=value.above, number=True)


def _row(row: dict[str, PlacedText], drafted: _Drafted) -> Tree:
    """What one indicator's row reports, in the words of the document."""
    said = " ".join(row[name].flat for name in ("indicator", "target") if name in row)
    made: Tree = {"#": [said]}
    for name, key in (("progress", "value"), ("forecast", "forecast")):
        if name in row:
            made[key] = told(row[name])
    if cause := "；".join(_causes(row)):
        made["cause"] = Value(cause)
    if "remedy" in row:
        made["measure"] = told(row["remedy"])
    if likelihood := _likelihood(row, drafted):
        made["likelihood"] = likelihood
    return made


def _causes(row: dict[str, PlacedText]) -> Iterator[str]:
    """The kinds of cause that are ticked or told, and the cause in words."""
    for kind in part(GOALS, "causes"):
        text = row[kind].flat if kind in row else ""
        if _TICKED.fullmatch(text):
            yield kind
        elif not _UNTICKED.fullmatch(text):
            yield text if kind == "原因说明" else f"{kind}：{text}"
    if "cause" in row and not _UNTICKED.fullmatch(row["cause"].flat):
        yield row["cause"].flat


def _likelihood(row: dict[str, PlacedText], drafted: _Drafted) -> Value | None:
    """Which of 确定能, 有可能 and 完全不可能 is ticked or written; more than one, or another word, is asked."""
    kinds = part(GOALS, "likelihoods")
    ticked = [kind for kind in kinds if kind in row and not _UNTICKED.fullmatch(row[kind].flat)]
    written = row.get("likelihood")
    if written and not ticked:
        marked = (rf"{_MARK}\s*{{}}", rf"{{}}\s*{_MARK}", "^{}$")  # √有可能, or 有可能√ where no mark stands before
        found = ([kind for kind in kinds if re.search(each.format(kind), written.flat)] for each in marked)
        ticked = next(filter(None, found), [])
        ticked = ticked or ([""] if not _UNTICKED.fullmatch(written.flat) else [])
    if not ticked:
        return None
    if len(ticked) == 1 and ticked[0]:
        return Value(ticked[0])
    at = written or row[ticked[0]]
    says = f"“{row['indicator'].flat if 'indicator' in row else ''}”完成目标的可能性看不出是哪一种"
    drafted.ask("D422", says, at, tuple(kinds))
    return Value(OPEN, above=[f"问题 D422：{says}；可选：{' / '.join(kinds)}"])


# ---- the file ----


def file_reported(one: Reported) -> FileChange | None:
    """A new report to be written; of one that is there, only what the document says otherwise."""
    if not one.path.exists():
        return FileChange(one.path, one.text.encode("utf-8"))
    there, problems = read_document(one.path, one.path.as_posix())
    differ = (
        list(_differences(there, as_data({"unit": one.unit, "projects": one.projects}), ())) if not problems else []
    )
    one.problems += problems
    one.problems += [Problem("D423", says, None, severity="警告") for says in differ]
    one.state = "有差异" if differ or problems else "没有变化"
    return None


def _differences(there: Any, mine: Any, path: tuple[str, ...]) -> Iterator[str]:
    """What a draft has that the file has not, or tells otherwise."""
    if isinstance(mine, dict):
        for key, value in mine.items():
            yield from _differences(there.get(key) if isinstance(there, dict) else None, value, (*path, key))
    elif mine != OPEN and str(there if there is not None else "") != mine:
        keys = [WORDS.get(key, key) for key in path if key not in ("projects", "indicators")]
        yield f"{'的'.join(keys)}：文件里是“{'' if there is None else there}”，监控表里是“{mine}”"
