"""What a person means by a few characters: a table by code or name, a row by id or name, a rule by id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from evaluator.errors import Problem, UsageProblem, nearest
from evaluator.model import FindingRule
from evaluator.results import Evaluation, Row, TableScore
from evaluator.rulebook.book import Rulebook

Found = TypeVar("Found")


def find_table(evaluation: Evaluation, wanted: str) -> TableScore:
    """A table by its code, an end of it, or a part of its name; raises UsageProblem (U205)."""
    return find_among(evaluation.tables, wanted)


def find_among(tables: Sequence[TableScore], wanted: str) -> TableScore:
    """One of these tables, named as for find_table."""
    exact = [table for table in tables if wanted == table.code]
    close = [t for t in tables if t.code.startswith(wanted) or t.code.endswith(wanted) or wanted in t.name]
    return the_one(exact or close, wanted, "项目", [f"{table.code} {table.name}" for table in tables])


def find_row(table: TableScore, wanted: str) -> Row:
    """A row by its id or a part of its name (预算执行率 for the execution row); raises UsageProblem (U205)."""
    rows = table.all_rows
    exact = [row for row in rows if wanted == row.indicator.id]
    named = [row for row in table.rows if wanted == row.indicator.name]
    close = [row for row in rows if wanted in row.indicator.name]
    return the_one(exact or named or close, wanted, "指标", [f"{r.indicator.id} {r.indicator.name}" for r in rows])


def find_rule(rulebook: Rulebook, wanted: str) -> FindingRule:
    """A finding rule by its id; raises UsageProblem (U205)."""
    rules = [rule for rule in rulebook.findings if rule.id == wanted.upper()]
    return the_one(rules, wanted, "问题规则", [f"{rule.id} {rule.title}" for rule in rulebook.findings])


def the_one(matching: Sequence[Found], wanted: str, what: str, known: list[str]) -> Found:
    """The one thing found by what was wanted; raises UsageProblem (U205) with those that are known."""
    if len(matching) == 1:
        return matching[0]
    says = f"有 {len(matching)} 个{what}与“{wanted}”相符，请写全" if matching else f"没有{what}“{wanted}”"
    raise UsageProblem([Problem("U205", says, None, "；".join(known), nearest(wanted, known))])
