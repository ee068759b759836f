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


def as_json(made: Monitored) -> dict[str, Any]:
    """The unit, its projects, what is due and what was found."""
    return {
        "unit": made.unit,
        "unit_code": made.unit_code,
        "year": made.year,
        "as_of": str(made.as_of),
        "reported": [str(day) for day in made.days],
        "policy": made.policy.id,
        "illustrative": made.illustrative,
        "colour": made.colour,
        "money": _money_json(made.money),
        "projects": [_project_json(one) for one in made.projects],
        "due": [asdict(item) | {"day": str(item.day)} for item in made.items],
        "found": [problem_json(problem) for problem in made.found],
        "clauses": [basis_json(clause) | {"title": title} for title, clause in made.policy.clauses.items()],
        "digests": made.digests,
    }


def _money_json(money: MoneyStanding) -> dict[str, Any]:
    return {
        "budget": wan(money.budget),
        "executed": None if money.executed is None else wan(money.executed),
        **{name: _told(getattr(money, name)) for name in ("rate", "planned", "ratio", "deviation")},
    }


def _told(ratio: Fraction | None) -> str | None:
    return None if ratio is None else percent(ratio)


def _project_json(one: Watched) -> dict[str, Any]:
    return {
        "code": one.project.code,
        "name": one.project.name,
        "colour": one.colour,
        "before": one.before,
        "money": _money_json(one.money) | {"colour": one.money_colour, "cause": one.reported.cause,
                                           "measure": one.reported.measure, "likelihood": one.reported.likelihood},
        "behind": None if one.behind is None else {"by": one.behind[0], "least": percent(one.behind[1], 4)},
        "apart": [row.indicator.id for row in one.apart],
        "indicators": [
            {
                "id": row.indicator.id, "name": row.indicator.name, "target": row.indicator.target, "value": row.shown,
                "attainment": _told(row.attainment), "ratio": _told(row.ratio), "colour": row.colour,
                "forecast": row.reported.forecast, "cause": row.reported.cause, "measure": row.reported.measure,
                "likelihood": row.reported.likelihood, "computed": row.computed, "cumulative": row.grows,
            }
            for row in one.rows
        ],
    }  # fmt: skip
