"""Plain data and its JSON text: what programs read, the same bytes for the same content."""

from __future__ import annotations

import json
from typing import Any

from evaluator.errors import Problem


def dumps(content: Any) -> str:
    """JSON text for people and programs: Chinese as it is, two spaces, a newline at the end."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def problem_json(problem: Problem) -> dict[str, str]:
    """One problem as plain data."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "where": str(problem.where or ""),
        "says": problem.says,
        "allowed": problem.allowed,
        "nearest": problem.nearest,
        "remedy": problem.remedy,
    }
