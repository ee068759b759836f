"""The part of a scenario that is a review: what a reviewer states of its table, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pydantic import Field

from evaluator.documents.written import GradeName, Points, Written
from evaluator.figures import points
from evaluator.model import Actuals
from evaluator.rescoring.rescored import RescoredTable, rescore
from evaluator.rescoring.reviewfacts import with_findings
from evaluator.rescoring.statements import Key, TableStatements
from evaluator.results import Evaluation, TableScore
from evaluator.rulebook.book import Rulebook


class ExpectReview(Written, title="应有的复核结果"):
    """What must come of a review; what is not said is not checked."""

    score: Points | None = Field(None, title="复核得分")
    grade: GradeName | None = Field(None, title="复核等级")
    counted: Points | None = Field(None, title="评定等级低于自评时计入的得分")
    rows: dict[str, Points] = Field({}, title="各指标的复核得分")


def reviewed_again(
    statement: TableStatements | None,
    policy: str | None,
    rulebook: Rulebook,
    actuals: Mapping[Key, Actuals],
    own: Evaluation,
    code: str,
) -> RescoredTable | None:
    """The table of a scenario in review; None where nothing is stated of it. Raises what `rescore` raises."""
    if statement is None:
        return None
    review = rescore(rulebook, actuals, own, {(own.year, code): statement}, policy)
    return with_findings(review, rulebook.findings).tables[code]


def with_review(table: TableScore, review: RescoredTable | None) -> TableScore:
    """The table with the findings of its review among its own, as a scenario asks them."""
    return replace(table, findings=(*table.findings, *review.findings)) if review else table


def review_failures(review: RescoredTable | None, expect: ExpectReview | None) -> Iterator[str]:
    """What was expected of a review and came otherwise."""
    if expect is None:
        return
    if review is None:
        yield "应有复核的结果，给定里没有写 review"
        return
    if expect.score is not None and review.score != expect.score:
        yield f"复核得分应为 {points(expect.score)}，实为 {points(review.score)}"
    if expect.grade is not None and review.grade != expect.grade:
        yield f"复核等级应为 {expect.grade}，实为 {review.grade}"
    counts = review.counted.score if review.counted else None
    if expect.counted is not None and counts != expect.counted:
        yield f"计入的得分应为 {points(expect.counted)}，实为 {'没有' if counts is None else points(counts)}"
    earned = {row.own.indicator.id: row.earned for row in review.rows}
    for name, wanted in expect.rows.items():
        if name not in earned:
            yield f"没有指标“{name}”"
        elif earned[name] != wanted:
            yield f"“{name}”复核得分应为 {points(wanted)}，实为 {points(earned[name])}"
