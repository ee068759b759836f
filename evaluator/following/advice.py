"""Use of results (结果应用): what the policy's clause advises for each project's next budget, and the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from evaluator.figures import percent, points
from evaluator.model import Basis, Known, Project
from evaluator.policies.bases import cited
from evaluator.policy import UNGRADED, Advice
from evaluator.results import Evaluation, TableScore, graded

NO_ADVICE = "不提"
OWN = Basis(document="本工具的做法", known="做法", note="有缺项时不提建议，是本工具自行设定的，不是制度规定")


@dataclass(frozen=True, slots=True)
class Advised:
    """The advice for one project: keep, reduce, cancel or suspend (or none), why, and where that comes from.

    `source` tells in words the document and how it is known.
    """

    code: str
    name: str
    score: str
    grade: str
    advice: str
    says: str
    reasons: tuple[str, ...]
    document: str
    known: Known
    seen: str
    source: str
    note: str


def advise(evaluation: Evaluation) -> tuple[Advised, ...]:
    """Advice for every project, in the order of the evaluation; none where results are missing, since its score misleads."""
    return tuple(_advised(table) for table in evaluation.projects if isinstance(table.table, Project))


def as_json(advised: Iterable[Advised]) -> list[dict[str, Any]]:
    """The advice as plain data."""
    return [asdict(one) for one in advised]


def _advised(table: TableScore) -> Advised:
    clause = table.policy.use_of_results
    missing = sum(row.missing for row in table.all_rows)
    fitting = advice_for(table)
    basis: Basis = OWN if missing else fitting or clause
    if missing:
        says = f"{missing}项没有填完成值，得分不可靠，不提建议"
    else:
        said = f"评分办法{UNGRADED}，没有按等级的建议" if table.grade == UNGRADED else "评分办法没有写这种情形的建议"
        says = fitting.says if fitting else said
    return Advised(
        code=table.code,
        name=table.name,
        score=points(table.score),
        grade=table.grade,
        advice=fitting.advice if fitting else NO_ADVICE,
        says=says,
        reasons=tuple(_reasons(table)),
        document=basis.document + (basis.article or ""),
        known=basis.known,
        seen=basis.seen,
        source=cited(basis),
        note=basis.note,
    )


def advice_for(table: TableScore) -> Advice | None:
    """The first advice of the policy that fits a table; none where results are missing or no advice fits."""
    if any(row.missing for row in table.all_rows):
        return None
    return next((one for one in table.policy.advised(table.grade) if _fits(one, table)), None)


def _fits(one: Advice, table: TableScore) -> bool:
    return (not one.repeated or table.poor_before) and (not one.overdue or any(d.overdue for d in table.duties))


def _reasons(table: TableScore) -> Iterator[str]:
    """What the advice rests on, in figures: score, caps, money, the rows that lost most, rectification."""
    yield f"总分{points(table.score)}，{graded(table.grade)}"
    if table.cap is not None and table.cap < table.total:
        yield f"因预算执行率封顶{points(table.cap)}分"
    if limiting := table.limiting:
        by = sorted({finding.rule.id for finding in limiting})
        yield f"按总分为{table.grade_by_score}，因{'、'.join(by)}限为{table.grade}"
    rate = table.money.rate
    if rate is not None and rate < table.policy.execution.reason_below:
        yield f"预算执行率{percent(rate)}"
    lost = sorted((row for row in table.rows if row.lost), key=lambda row: -row.lost)
    yield from (f"“{row.indicator.name}”扣{points(row.lost)}分" for row in lost[:3])
    if table.poor_before:
        yield "上年度也因等级须整改"
    owed = [duty for duty in table.duties if duty.open]
    if owed:
        late = sum(duty.overdue is True for duty in owed)
        yield f"整改事项{len(owed)}项未完成" + (f"，其中{late}项逾期" if late else "")
