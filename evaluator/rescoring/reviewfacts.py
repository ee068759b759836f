"""What a review shows as facts for the finding rules: the table with both scores, and every row a reviewer stated something of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from evaluator.factsheets.factsheet import facts_of, grade_fact
from evaluator.factsheets.unittables import UnitTables
from evaluator.findings.emptywords import speaking
from evaluator.findings.facts import Fact
from evaluator.findings.fields import OF_REVIEW
from evaluator.findings.inference import Finding, conclude
from evaluator.model import FindingRule
from evaluator.rescoring.rescored import RescoredRow, RescoredTable, RescoredYear


def with_findings(rescored: RescoredYear, rules: Sequence[FindingRule]) -> RescoredYear:
    """The year with what the finding rules about reviews say of it; a rule may ask the facts of the self-evaluation too."""
    mine = [rule for rule in rules if OF_REVIEW & rule.when.keys()]
    unit = UnitTables(rescored.own.tables)
    tables = {code: replace(table, findings=judged(table, unit, mine)) for code, table in rescored.tables.items()}
    return replace(rescored, tables=tables)


def judged(table: RescoredTable, unit: UnitTables, rules: Sequence[FindingRule]) -> tuple[Finding, ...]:
    """What these rules say of one table of the unit."""
    own = table.own

    def grade_of(code: str, caps: frozenset[str]) -> Fact | None:
        return grade_fact(own.policy, code, own.policy.grades.limited(own.grade_by_score, caps))

    facts = (*facts_of(own, unit), *review_facts(table))
    return conclude(facts, rules, grade_of, "frame").findings


def review_facts(table: RescoredTable) -> Iterator[Fact]:
    """The facts that a review adds to those of its table."""
    own = table.own
    yield Fact(
        "review", own.code, own.code,
        name=own.name,
        score=Fraction(own.score, 100),
        reviewed=Fraction(table.score, 100),
        apart=Fraction(abs(table.deviation), 100),
        lower=table.deviation < 0,
        grade_differs=table.grade != own.grade,
        grade=own.grade,
        reviewed_grade=table.grade,
        told=table.causes or "没有写",
    )  # fmt: skip
    yield from (_row(table, place, row) for place, row in enumerate(table.rows) if row.stated)


def _row(table: RescoredTable, place: int, row: RescoredRow) -> Fact:
    of, own = row.own.indicator, row.own
    assert row.stated is not None
    actual, again = table.values_of(row)
    return Fact(
        "reviewed", table.own.code, of.id,
        row=place,
        called=f"{of.id}“{of.name}”" if place else of.name,
        name=of.name,
        actual=actual,
        reviewed_actual=again,
        points=Fraction(own.points, 100),
        earned=Fraction(own.earned, 100),
        reviewed=Fraction(row.earned, 100),
        apart=Fraction(abs(row.deviation), 100),
        share=Fraction(abs(row.deviation), own.points) if own.points else None,
        restated=bool(row.stated.values),
        evidence=bool(speaking(row.stated.evidence)),
        cause=row.stated.cause,
    )  # fmt: skip
