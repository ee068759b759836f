"""A unit's year before a reviewer: whether it is late, what was returned, how its projects compare, what stands out among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from statistics import median

from evaluator.acts.acting import Sitting
from evaluator.acts.surveying import Survey, TableRisk, risks
from evaluator.findings.inference import Finding
from evaluator.model import Project
from evaluator.records.ledger import Ledger
from evaluator.records.reissuing import history_of
from evaluator.records.workflow import returned_before, returned_tables
from evaluator.results import TableScore
from evaluator.workspace.office import office_of

TOGETHER = ("unit", "copy", "repeat")  # the facts that are about a unit's projects seen together
FAR = Fraction(10, 100)  # a rate this far from the middle of the projects' is pointed out
RISKS = ("扣分无原因", "无佐证", "超额", "目标矛盾")


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project beside the others: its rates as fractions (None: not known), rows with lost points, and what is far off."""

    score: TableScore
    spent: Fraction | None
    produced: Fraction
    lost: int
    far: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What a reviewer sees of a unit's year besides the year itself.

    `late` in days after `due` (None where no day is set); `returned` and `returned_before` are codes of tables that were
    returned alone, since the last submission and before it; `lines` compare the projects; `together` are the findings on
    all of them.
    """

    due: date | None
    late: int | None
    returned: frozenset[str]
    returned_before: frozenset[str]
    risks: tuple[TableRisk, ...]
    lines: tuple[ProjectLine, ...]
    together: tuple[Finding, ...]

    @property
    def weight(self) -> tuple[int, int]:
        """How much there is to look at: contradictions and points lost without a cause first, then everything."""
        grave = sum(risk.kind in ("扣分无原因", "目标矛盾") for risk in self.risks)
        return grave, len(self.risks) + len(self.together)

    def count(self, kind: str) -> int:
        """How many risks of a kind there are."""
        return sum(risk.kind == kind for risk in self.risks)


def appraise(at: Sitting, survey: Survey, today: date) -> Appraisal:
    """A unit's year as a reviewer looks at it; raises ActualsProblems where its office file cannot be read."""
    own = survey.evaluation
    office = office_of(at.space.office, own.year, own.unit_code)
    with Ledger(at.ledger) as ledger:
        entries = history_of(ledger, own.unit_code, own.year).entries
    due = office.due if office else None
    submitted = next((entry.time for entry in entries if entry.kind == "submit"), None)
    day = _day(submitted) if submitted else today
    return Appraisal(
        due=due,
        late=max(0, (day - due).days) if due else None,
        returned=returned_tables(entries),
        returned_before=returned_before(entries),
        risks=tuple(risks(survey)),
        lines=tuple(_compared([table for table in own.tables if isinstance(table.table, Project)])),
        together=tuple(_together(own.tables)),
    )


def _day(time: str) -> date:
    """The day of an entry where the machine stands."""
    return datetime.fromisoformat(time).astimezone().date()


def _together(tables: Sequence[TableScore]) -> Iterator[Finding]:
    for table in tables:
        for finding in table.findings:
            if any(fact.split(":", 1)[0] in TOGETHER for fact in finding.facts):
                yield finding


def _compared(projects: Sequence[TableScore]) -> Iterator[ProjectLine]:
    """The projects with their rates; what is far from the middle of all is named (from three projects on)."""
    spent = [table.money.rate for table in projects]
    produced = [_share(table) for table in projects]
    middles = [_middle([rate for rate in spent if rate is not None]), _middle(produced)]
    for table, rate, share in zip(projects, spent, produced, strict=True):
        far = [
            f"{name}{'高' if value > middle else '低'}于各项目的中间值"
            for name, value, middle in (("执行率", rate, middles[0]), ("指标得分率", share, middles[1]))
            if value is not None and middle is not None and abs(value - middle) >= FAR
        ]
        if rate is not None and share - rate >= FAR:
            far.append("指标得分率高于执行率")
        yield ProjectLine(table, rate, share, sum(row.lost > 0 for row in table.all_rows), tuple(far))


def _share(table: TableScore) -> Fraction:
    """The points its indicators earned of those they have."""
    whole = sum(row.indicator.points for row in table.rows)
    return Fraction(sum(row.earned for row in table.rows), whole) if whole else Fraction(0)


def _middle(rates: Sequence[Fraction]) -> Fraction | None:
    return median(rates) if len(rates) > 2 else None
