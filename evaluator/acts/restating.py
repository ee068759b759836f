"""A review as a page shows it: each row with self and review side by side, and the fields in which a reviewer states it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluator.acts.acting import Sitting
from evaluator.acts.rechecking import OF_ROW, OF_SPENDING, OF_TABLE, TITLES, WHOLE, Restated, statement_values
from evaluator.acts.surveying import Survey
from evaluator.figures import points
from evaluator.model import EXECUTION
from evaluator.rescoring.rescored import RescoredTable
from evaluator.rescoring.reviewforms import note_of, signed
from evaluator.rescoring.statements import JUDGED, load_statements
from evaluator.results import Row, TableScore
from evaluator.rowreading import QUALITATIVE

__all__ = ["LISTS", "StatedField", "StatedRow", "scores_said", "signed", "stated_rows"]
LISTS = ("grounds", "evidence")  # fields that have several lines; what is said is added to them


@dataclass(frozen=True, slots=True)
class StatedField:
    """A field of a statement: its name and title, the value that is stated, and the choices where it has some (value: words)."""

    name: str
    title: str
    value: str
    choices: Mapping[str, str]

    @property
    def listed(self) -> bool:
        """Whether it has several lines."""
        return self.name in LISTS


@dataclass(frozen=True, slots=True)
class StatedRow:
    """A row as the unit scored it and as it comes out in review ('' where nothing is reviewed), why, and its fields."""

    id: str
    name: str
    target: str
    own: str
    own_points: str
    then: str
    then_points: str
    deviation: str
    notes: tuple[str, ...]
    fields: tuple[StatedField, ...]
    stated: bool


def stated_rows(at: Sitting, survey: Survey, score: TableScore, table: RescoredTable | None) -> list[StatedRow]:
    """Every row of a table, the money last, then the table itself (its id is ''); raises ReviewProblems."""
    statement = load_statements(at.space, survey.rulebook).get((score.table.year, score.code))
    values = statement_values(statement)
    reviewed = {row.own.indicator.id: row for row in table.rows} if table else {}
    scale = survey.rulebook.reviews.get(values.get((WHOLE, "scale"), ""))
    grounds = {ground.id: ground.says for ground in scale.grounds} if scale else {}
    rows = []
    for row in (*score.rows, score.execution):
        ident = row.indicator.id
        then = reviewed.get(ident)
        shown = table.values_of(then) if table and then else (_shown(score, row), "")
        fields = _fields(values, ident, OF_SPENDING if ident == EXECUTION else _of(row), {"grounds": grounds})
        rows.append(
            StatedRow(
                ident, row.indicator.name, row.indicator.target, shown[0], points(row.earned), shown[1],
                points(then.earned) if then else "", signed(then.deviation) if then else "",
                tuple(note_of(then)) if then else (), fields, any(field.value for field in fields),
            )
        )  # fmt: skip
    scales = {name: review.title for name, review in survey.rulebook.reviews.items()}
    whole = _fields(values, WHOLE, OF_TABLE, {"scale": scales})
    rows.append(
        StatedRow(
            WHOLE, "整表", "", "", points(score.score), "", points(table.score) if table else "",
            signed(table.deviation) if table else "", (table.causes,) if table and table.causes else (), whole,
            any(field.value for field in whole),
        )
    )  # fmt: skip
    return rows


def _shown(score: TableScore, row: Row) -> str:
    if row is score.execution:
        from evaluator.reporting.report import rate_of

        return rate_of(score.money)
    return "未填写" if row.missing else row.actual_shown


def _of(row: Row) -> Sequence[str]:
    """What can be stated of a row: a value, of one that is judged its state and share; of a computed one neither."""
    judged = row.indicator.formula is None and row.indicator.read.kind in QUALITATIVE
    gone = JUDGED if row.indicator.formula is not None else () if judged else JUDGED[1:]
    return [name for name in OF_ROW if name not in gone]


def _fields(
    values: Mapping[tuple[str, str], str],
    ident: str,
    names: Sequence[str],
    choices: Mapping[str, Mapping[str, str]],
) -> tuple[StatedField, ...]:
    fields = [StatedField(name, TITLES[name], values.get((ident, name), ""), choices.get(name, {})) for name in names]
    return tuple(field for field in fields if field.name not in ("grounds", "same_as") or choices.get("grounds"))


def scores_said(restated: Restated) -> str:
    """Self and review score of the table after a statement, in words."""
    table = restated.table
    return f"自评 {points(table.own.score)}，复核 {points(table.score)}；" if table else "这张表没有复核了；"
