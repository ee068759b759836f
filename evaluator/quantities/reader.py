"""One target and one actual, read aloud: what `ziping target` shows."""

from __future__ import annotations

from typing import Any

from evaluator.comparators import COMPARATORS
from evaluator.errors import Problem, UsageProblem
from evaluator.figures import decimal, percent
from evaluator.quantities.quantity import Target, Unreadable, read_target, set_beside
from evaluator.quantities.signs import ALLOWED, read_sign


def read_pair(text: str, actual: str | None, sign: str | None = None) -> dict[str, Any]:
    """How a target and an actual are read: target, actual, met, attainment, or the problem and its possible readings.

    Attainment is a ratio as a decimal string; raises UsageProblem (U206) for a sign that is none.
    """
    given = None if sign is None else read_sign(sign)
    if sign is not None and given is None:
        raise UsageProblem([Problem("U206", f"“{sign}”不是比较符", None, ALLOWED)])
    try:
        target = read_target(text, given)
    except Unreadable as error:
        return {"target": {"text": text}, "problem": _problem(error)}
    told: dict[str, Any] = {"target": _told(target)}
    if actual is None:
        return told
    try:
        pair = set_beside(target, actual)
    except Unreadable as error:
        return {**told, "actual": {"text": actual}, "problem": _problem(error)}
    attainment, met = COMPARATORS[pair.comparator].attained(pair.actual, pair.target, pair.high)
    told["actual"] = {"text": actual, "reads": pair.actual_shown, "notes": list(pair.notes)}
    told |= {"comparator": pair.comparator, "met": met, "attainment": decimal(attainment, 6)}
    return {**told, "attainment_percent": percent(attainment), "attainment_exact": str(attainment)}


def _told(target: Target) -> dict[str, Any]:
    reads: dict[str, Any] = {"text": target.text, "kind": target.kind, "sign": target.sign, "reads": str(target)}
    return {**reads, "notes": list(target.notes)}


def _problem(error: Unreadable) -> dict[str, Any]:
    return {"code": error.code, "says": error.reason, "allowed": error.allowed, "choices": list(error.choices)}
