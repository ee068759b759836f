"""What is watched as plain data for programs: money in 万元, ratios in per cent, all as text."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from typing import Any

from evaluator.figures import percent, wan
from evaluator.files.plain import problem_json
from evaluator.monitoring.monitor import Monitored, Watched
from evaluator.monitoring.rows import MoneyStanding
from evaluator.policies.bases import basis_json


def as_json(monitored: Monitored) -> dict[str, Any]:
    """The unit, its projects, what is due and what was found."""
    return {
        "unit": monitored.unit,
        "unit_code": monitored.unit_code,
        "year": monitored.year,
        "as_of": str(monitored.as_of),
        "reported": [str(day) for day in monitored.days],
        "policy": monitored.policy.id,
        "illustrative": monitored.illustrative,
        "colour": monitored.colour,
        "money": _money_json(monitored.money),
        "projects": [_project_json(project) for project in monitored.projects],
        "due": [asdict(item) | {"day": str(item.day)} for item in monitored.items],
        "found": [problem_json(problem) for problem in monitored.found],
        "clauses": [basis_json(clause) | {"title": title} for title, clause in monitored.policy.clauses.items()],
        "digests": monitored.digests,
    }


def _money_json(money: MoneyStanding) -> dict[str, Any]:
    return {
        "budget": wan(money.budget),
        "executed": None if money.executed is None else wan(money.executed),
        **{name: _percent(getattr(money, name)) for name in ("rate", "planned", "ratio", "deviation")},
    }


def _percent(ratio: Fraction | None) -> str | None:
    return None if ratio is None else percent(ratio)


def _project_json(watched: Watched) -> dict[str, Any]:
    return {
        "code": watched.project.code,
        "name": watched.project.name,
        "colour": watched.colour,
        "before": watched.before,
        "money": _money_json(watched.money) | {"colour": watched.money_colour, "cause": watched.reported.cause,
                                           "measure": watched.reported.measure, "likelihood": watched.reported.likelihood},
        "behind": None if watched.behind is None else {"by": watched.behind[0], "least": percent(watched.behind[1], 4)},
        "apart": [row.indicator.id for row in watched.apart],
        "indicators": [
            {
                "id": row.indicator.id, "name": row.indicator.name, "target": row.indicator.target, "value": row.shown,
                "attainment": _percent(row.attainment), "ratio": _percent(row.ratio), "colour": row.colour,
                "forecast": row.reported.forecast, "cause": row.reported.cause, "measure": row.reported.measure,
                "likelihood": row.reported.likelihood, "computed": row.computed, "cumulative": row.grows,
            }
            for row in watched.rows
        ],
    }  # fmt: skip
