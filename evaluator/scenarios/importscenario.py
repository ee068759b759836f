"""Import scenarios: a document and what its drafts must hold. YAML files in scenarios/imports, the documents beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import Field

from evaluator.errors import EvaluatorError
from evaluator.figures import points
from evaluator.intake.importing import Imported, import_documents
from evaluator.intake.values import Value, leaves
from evaluator.model import Code, Points, Words, Written, Year


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


def import_failures(one: ImportScenario, folder: Path) -> tuple[str, ...]:
    """What was expected of one import and did not come."""
    path = folder / one.document
    nowhere = folder / "nowhere"  # nothing is written or compared
    try:
        made = import_documents([path], nowhere, year=one.year, unit=one.unit, policy=one.policy, dry=True)
    except EvaluatorError as error:
        codes = [problem.code for problem in error.problems]
        return () if one.expect.refused in codes else (f"被拒绝：{error}",)
    return tuple(_failures(one.expect, made))


def _failures(expect: ImportExpect, made: Imported) -> Iterator[str]:
    if expect.refused is not None:
        yield f"应以 {expect.refused} 拒绝，却起草了 {len(made.files)} 份"
        return
    drafts = [filed.draft.stem for filed in made.files]
    if expect.drafts is not None and drafts != expect.drafts:
        yield f"应写出 {'、'.join(expect.drafts)}，实为 {'、'.join(drafts)}"
    asked = sorted(question.code for filed in made.files for question in filed.questions)
    if expect.asks is not None and Counter(asked) != Counter(expect.asks):
        yield f"应有问题 {'、'.join(expect.asks) or '无'}，实为 {'、'.join(asked) or '无'}"
    told = {p.code for p in [*made.problems, *(p for one in made.reported for p in one.problems)]} | {
        n.code for filed in made.files for n in filed.draft.noticed
    }
    yield from (
        f"应有提醒 {code}，实有 {'、'.join(sorted(told)) or '无'}" for code in expect.notices if code not in told
    )
    called = [table.project_name or "" for one in made.filled for table in one.tables]
    if expect.filled is not None and called != expect.filled:
        yield f"应照录自评表 {'、'.join(expect.filled)}，实为 {'、'.join(called) or '无'}"
    had_fields = dict(_fields(made))
    for name, text in expect.fields.items():
        if (had := had_fields.get(name, "无")) != text:
            yield f"“{name}”应为 {text}，实为 {had}"
    reported = dict(_reported(made))
    for name, text in expect.monitoring.items():
        if (had := reported.get(name, "无")) != text:
            yield f"监控数据“{name}”应为 {text}，实为 {had}"
    rows = dict(_rows(made))
    for name, text in expect.targets.items():
        if (had := _text(rows, name, "target")) != text:
            yield f"“{name}”的指标值应为 {text}，实为 {had}"
    for name, worth in expect.points.items():
        had = _text(rows, name, "points")
        if not re.fullmatch(r"\d+(\.\d+)?", had) or Fraction(had) * 100 != worth:
            yield f"“{name}”的分值应为 {points(worth)}，实为 {had}"


def _fields(made: Imported) -> Iterator[tuple[str, str]]:
    """Every value of every draft, by 文件名/项, and by its name alone for a single draft."""
    for filed in made.files:
        for path, value in leaves(filed.draft.tree).items():
            yield f"{filed.draft.stem}/{'.'.join(path)}", value.text
            if len(made.files) == 1:
                yield ".".join(path), value.text


def _reported(made: Imported) -> Iterator[tuple[str, str]]:
    """The day of a report of monitoring, and every value in it by 项目/项."""
    for one in made.reported:
        yield "date", str(one.day)
        for code, tree in one.projects.items():
            yield from ((f"{code}/{'.'.join(path)}", value.text) for path, value in leaves(tree).items())


def _text(rows: dict[str, dict[str, Any]], name: str, field: str) -> str:
    value = rows.get(name, {}).get(field)
    return value.text if isinstance(value, Value) else "无"


def _rows(made: Imported) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every indicator of every draft, by 项目编码/指标编号, and by 指标编号 for a single draft."""
    projects = [filed.draft for filed in made.files if "indicators" in filed.draft.tree]
    for draft in projects:
        for row in draft.tree["indicators"]:
            yield f"{draft.stem}/{row['id'].text}", row
            if len(projects) == 1:
                yield row["id"].text, row
