"""Diagnostics for other programs: SARIF 2.1.0 (code review tools) and the lines GitHub Actions turns into annotations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from evaluator import __version__
from evaluator.checking.catalogue import DiagnosticPage
from evaluator.checking.check import Checked
from evaluator.errors import Problem, Severity, Where

LEVELS: Mapping[Severity, str] = {"错误": "error", "警告": "warning", "提示": "note"}
GITHUB: Mapping[Severity, str] = {"错误": "error", "警告": "warning", "提示": "notice"}


def as_sarif(checked: Checked, prefix: str = "") -> dict[str, Any]:
    """One SARIF run; `prefix` is the workspace's path from the repository's root (`office/` or empty)."""
    used = sorted({*(p.code for p in checked.problems), *(w.problem.code for w in checked.waived)})
    results = [
        _result(problem, prefix, used) | _others(checked.also.get(problem, ()), prefix) for problem in checked.problems
    ]
    for one in checked.waived:
        suppression = {"kind": "inSource", "justification": one.reason}
        results.append(_result(one.problem, prefix, used) | {"suppressions": [suppression]})
    driver = {"name": "ziping", "version": __version__, "rules": [_rule(code, checked.pages) for code in used]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "language": "zh-CN",
        "results": results,
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _rule(code: str, pages: Mapping[str, DiagnosticPage]) -> dict[str, Any]:
    page = pages.get(code)
    if page is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.what},
        "help": {"text": f"{page.what}\n{page.why}\n处理：{page.remedy}"},
        "defaultConfiguration": {"level": LEVELS[page.severity]},
        "properties": {"tags": [page.topic]},
    }


def _result(problem: Problem, prefix: str, used: list[str]) -> dict[str, Any]:
    identity = f"{problem.code}|{problem.where.path if problem.where else ''}|{problem.says}"
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": used.index(problem.code),
        "level": LEVELS[problem.severity],
        "message": {"text": problem.message},
        "partialFingerprints": {"ziping/v1": hashlib.sha256(identity.encode()).hexdigest()[:32]},
    }
    return result | ({"locations": [_location(problem.where, prefix)]} if problem.where else {})


def _others(places: Iterable[Where], prefix: str) -> dict[str, Any]:
    """The places of the other rows that a result names."""
    made = [_location(where, prefix) for where in places]
    return {"relatedLocations": made} if made else {}


def _location(where: Where, prefix: str) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(prefix + where.path)}}
    if where.line:
        physical["region"] = {"startLine": where.line} | ({"startColumn": where.column} if where.column else {})
    location: dict[str, Any] = {"physicalLocation": physical}
    if where.sheet:
        location["logicalLocations"] = [{"name": where.cell or where.sheet, "fullyQualifiedName": str(where)}]
    return location


def as_github(problems: Iterable[Problem], pages: Mapping[str, DiagnosticPage], prefix: str = "") -> str:
    """Workflow commands, one a problem: `::warning file=…,line=…,col=…,title=…::…`."""
    return "".join(f"{_command(problem, pages.get(problem.code), prefix)}\n" for problem in problems)


def _command(problem: Problem, page: DiagnosticPage | None, prefix: str) -> str:
    where, title = problem.where, f"{problem.code} {page.title if page else ''}".strip()
    told: dict[str, object] = {"title": title}
    if where:
        lines = {"line": where.line, "col": where.column} if where.line else {}
        told = {"file": prefix + where.path, **lines, "title": title}
    shown = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in told.items() if value)
    says = (f"{where.sheet}!{where.cell} " if where and where.sheet else "") + problem.message
    return f"::{GITHUB[problem.severity]} {shown}::{_escaped(says)}"


def _escaped(text: str, more: str = "") -> str:
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
