"""Import scenarios: a document and what its drafts must hold. YAML files in scenarios/imports, the documents beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import Field

from evaluator.documents.written import Code, Points, Words, Written, Year
from evaluator.errors import EvaluatorError
from evaluator.figures import points
from evaluator.intake.importing import Imported, import_documents
from evaluator.intake.values import Value, leaves


class ImportExpect(Written, title="应有的草稿"):
    """What must come of an import; what is not said is not checked. Rows are named 指标编号, or 项目编码/指标编号."""

    refused: Words | None = Field(None, title="以此编号拒绝")
    drafts: list[Words] | None = Field(None, title="写出的文件（项目编码，department 为部门）")
    asks: list[Words] | None = Field(None, title="恰好这些问题的编号")
    notices: list[Words] = Field([], title="至少这些提醒的编号")
    fields: dict[str, Words] = Field({}, title="其他各项（如 name、budget.total；几份草稿时写 文件名/name）")
    filled: list[Words] | None = Field(None, title="照录的自评表（项目名称）")
    monitoring: dict[str, Words] = Field({}, title="监控数据（date，或 项目/indicators.数量1.value）")
    targets: dict[str, Words] = Field({}, title="指标值，照录原文")
    points: dict[str, Points] = Field({}, title="分值")


class ImportScenario(Written, title="导入情景"):
    """One document imported, nothing written; the document's path is relative to the scenario's file."""

    name: Words = Field(title="情景名称")
    document: Words = Field(title="文件")
    year: Year | None = Field(None, title="年度")
    unit: Code | None = Field(None, title="单位编码")
    policy: Code | None = Field(None, title="评分办法")
    expect: ImportExpect = Field(title="应有的草稿")


class ImportFile(Written, title="导入情景文件"):
    """A file of import scenarios about one thing."""

    about: Words = Field(title="说的是什么")
    imports: list[ImportScenario] = Field(min_length=1, title="情景")


def import_failures(scenario: ImportScenario, folder: Path) -> tuple[str, ...]:
    """What was expected of one import and did not come."""
    year, unit, policy, expect = scenario.year, scenario.unit, scenario.policy, scenario.expect
    nowhere = folder / "nowhere"  # nothing is written or compared
    try:
        imported = import_documents(
            [folder / scenario.document], nowhere, year=year, unit=unit, policy=policy, dry=True
        )
    except EvaluatorError as error:
        codes = [problem.code for problem in error.problems]
        return () if expect.refused in codes else (f"被拒绝：{error}",)
    return tuple(_failures(expect, imported))


def _failures(expect: ImportExpect, imported: Imported) -> Iterator[str]:
    if expect.refused is not None:
        yield f"应以 {expect.refused} 拒绝，却起草了 {len(imported.files)} 份"
        return
    drafts = [filed.draft.stem for filed in imported.files]
    if expect.drafts is not None and drafts != expect.drafts:
        yield f"应写出 {'、'.join(expect.drafts)}，实为 {'、'.join(drafts)}"
    asked = sorted(question.code for filed in imported.files for question in filed.questions)
    if expect.asks is not None and Counter(asked) != Counter(expect.asks):
        yield f"应有问题 {'、'.join(expect.asks) or '无'}，实为 {'、'.join(asked) or '无'}"
    notices = {problem.code for problem in imported.problems}
    notices |= {problem.code for report in imported.reported for problem in report.problems}
    notices |= {notice.code for filed in imported.files for notice in filed.draft.noticed}
    shown = "、".join(sorted(notices)) or "无"
    yield from (f"应有提醒 {code}，实有 {shown}" for code in expect.notices if code not in notices)
    called = [table.project_name or "" for form in imported.filled for table in form.tables]
    if expect.filled is not None and called != expect.filled:
        yield f"应照录自评表 {'、'.join(expect.filled)}，实为 {'、'.join(called) or '无'}"
    rows = dict(_rows(imported))
    targets = {name: _text(rows, name, "target") for name in expect.targets}
    for says, expected, had in (
        ("“{}”", expect.fields, dict(_fields(imported))),
        ("监控数据“{}”", expect.monitoring, dict(_reported(imported))),
        ("“{}”的指标值", expect.targets, targets),
    ):
        for name, text in expected.items():
            if had.get(name, "无") != text:
                yield f"{says.format(name)}应为 {text}，实为 {had.get(name, '无')}"
    for name, worth in expect.points.items():
        written = _text(rows, name, "points")
        if not re.fullmatch(r"\d+(\.\d+)?", written) or Fraction(written) * 100 != worth:
            yield f"“{name}”的分值应为 {points(worth)}，实为 {written}"


def _fields(imported: Imported) -> Iterator[tuple[str, str]]:
    """Every value of every draft, by 文件名/项, and by its name alone for a single draft."""
    for filed in imported.files:
        for path, value in leaves(filed.draft.tree).items():
            yield f"{filed.draft.stem}/{'.'.join(path)}", value.text
            if len(imported.files) == 1:
                yield ".".join(path), value.text


def _reported(imported: Imported) -> Iterator[tuple[str, str]]:
    """The day of a report of monitoring, and every value in it by 项目/项."""
    for report in imported.reported:
        yield "date", str(report.day)
        for code, tree in report.projects.items():
            yield from ((f"{code}/{'.'.join(path)}", value.text) for path, value in leaves(tree).items())


def _text(rows: dict[str, dict[str, Any]], name: str, field: str) -> str:
    value = rows.get(name, {}).get(field)
    return value.text if isinstance(value, Value) else "无"


def _rows(imported: Imported) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every indicator of every draft, by 项目编码/指标编号, and by 指标编号 for a single draft."""
    projects = [filed.draft for filed in imported.files if "indicators" in filed.draft.tree]
    for draft in projects:
        for row in draft.tree["indicators"]:
            yield f"{draft.stem}/{row['id'].text}", row
            if len(projects) == 1:
                yield row["id"].text, row
