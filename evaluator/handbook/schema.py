"""JSON Schemas of every file people write and of what `score --format json` prints, generated from the models.

`python -m evaluator.handbook.schema FOLDER` writes them; with --check it only tells whether they are fresh.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from evaluator.checking.catalogue import DiagnosticFile
from evaluator.files.plain import dumps
from evaluator.files.snapshot import take_text
from evaluator.findings.facts import FACTS, KINDS
from evaluator.findings.fields import Field
from evaluator.following.rectification import Register
from evaluator.handbook.glossary import Glossary
from evaluator.model import Actuals, Department, Project
from evaluator.monitoring.points import MonitoringPoint
from evaluator.monitoring.rules import KEYS, DutyFile, MonitoringPolicy
from evaluator.planning.whatif import Alternatives
from evaluator.policy import Policy
from evaluator.reporting.export import EvaluationJson
from evaluator.reporting.layouts import Layout
from evaluator.rescoring.statements import ReviewStatement
from evaluator.reviewing.scale import ReviewScale
from evaluator.rulebook.book import OWN, FindingFile
from evaluator.scenarios.importscenario import ImportFile
from evaluator.scenarios.reviewscenario import ReviewFile
from evaluator.scenarios.scenariofile import ScenarioFile
from evaluator.workspace.office import Office

SCHEMAS: dict[str, tuple[Any, str]] = {
    "policy": (Policy, "评分办法"),
    "project": (Project, "项目绩效目标表"),
    "department": (Department, "部门整体绩效目标"),
    "findings": (FindingFile, "问题规则"),
    "diagnostics": (DiagnosticFile, "诊断目录"),
    "glossary": (Glossary, "名词表"),
    "actuals": (Actuals, "完成情况"),
    "office": (Office, "单位信息"),
    "scenarios": (ScenarioFile, "情景"),
    "alternatives": (Alternatives, "假设方案（ziping what-if）"),
    "imports": (ImportFile, "导入情景"),
    "form": (Layout, "自评表版式"),
    "review": (ReviewScale, "复核扣分标准"),
    "reviews": (ReviewFile, "复核情景"),
    "statement": (ReviewStatement, "复核（reviews/年度/单位/项目编码.yaml）"),
    "monitoring": (MonitoringPolicy, "监控办法"),
    "monitoring-point": (MonitoringPoint, "监控数据"),
    "rectification": (Register, "整改台账"),
    "duties": (DutyFile, "年度事项表"),
    "evaluation": (EvaluationJson, "评价结果（ziping score --format json）"),
}


def schemas() -> dict[str, str]:
    """Each schema's text by file name."""
    written = {}
    for name, (model, title) in SCHEMAS.items():
        schema = TypeAdapter(model).json_schema(by_alias=True)
        schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
        _strip(schema)
        if name == "findings":
            schema["$defs"]["FindingRule"]["properties"]["when"] = _when()
        if name == "policy":  # a policy that extends another leaves clauses out
            schema["required"] = sorted(OWN - {"extends", "note"})
        if name == "monitoring":
            schema["required"] = sorted(KEYS - {"extends", "note"})
        written[f"{name}.schema.json"] = dumps(schema)
    return written


def _strip(schema: Any) -> None:
    """Leave out what is for programmers: docstrings and titles made from field names; Chinese terms stay."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            schema.pop("description", None)
        if str(schema.get("title", "")).isascii():
            schema.pop("title", None)
        for part in schema.values():
            _strip(part)
    elif isinstance(schema, list):
        for part in schema:
            _strip(part)


def _when() -> dict[str, Any]:
    """The conditions of a finding rule, from the vocabulary of facts."""

    def test(field: Field) -> dict[str, Any]:
        title = {"title": field.chinese}
        if field.type == "flag":
            return title | {"type": "boolean"}
        if field.type == "label":
            return title | ({"enum": list(field.labels)} if field.labels else {"type": "string"})
        bound = {"type": ["number", "string"]}
        return title | {"type": "object", "properties": {"lt": bound, "gte": bound}, "additionalProperties": False}

    kinds = {
        kind: {
            "title": KINDS[kind],
            "type": "object",
            "properties": {name: test(field) for name, field in fields.items() if field.type != "text"},
            "additionalProperties": False,
        }
        for kind, fields in FACTS.items()
    }
    return {
        "title": "触发条件",
        "type": "object",
        "properties": kinds,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 3,
    }


def main(arguments: list[str]) -> int:
    """Write the schemas into a folder, or with --check say which are stale (exit 1)."""
    folder = Path(arguments[0])
    stale = []
    for name, text in schemas().items():
        path = folder / name
        if not path.exists() or take_text(path) != text:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in arguments:
        print("过期的生成文件：" + "、".join(stale) + "（运行 make generated）", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
