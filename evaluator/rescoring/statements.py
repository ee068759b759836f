"""What a reviewer states of a goal table (复核): other values, grounds of a review scale, deductions, each with its cause.

reviews/<year>/<unit>/<table>.yaml     one file a table; a row nobody stated anything of stays as the unit scored it
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from evaluator.documents.faults import Whose, sorted_out, whose_of
from evaluator.documents.validation import read_model
from evaluator.documents.written import Code, GradeName, Line, Name, Points, Words, Written, Year
from evaluator.errors import ActualsProblems, Problem, nearest, nearest_of_place
from evaluator.figures import points
from evaluator.files.snapshot import Loaded, reading
from evaluator.inapplicable import WORD, reason_of, said
from evaluator.model import AMOUNTS, EXECUTION, Actuals, Result, Spending, Table, code_of
from evaluator.reviewing.scale import ReviewScale
from evaluator.rulebook.book import Rulebook, indicators_of
from evaluator.workspace.places import Workspace

Key = tuple[int, str]  # year and table code
CLERKS = frozenset(("evidence", "cause", "remedy"))  # of a result, what no score rests on: it stays the unit's own
JUDGED = ("actual", "state", "share")  # of a result, what is read together


class RowStatement(Result, title="一行的复核"):
    """What a reviewer states of one row: a value as results have it, grounds, a deduction; why, on what, and who."""

    grounds: list[Name] = Field([], max_length=20, title="扣分依据（复核扣分标准的条款代号）")
    same_as: Name | None = Field(None, title="与哪个指标重复")
    deduct: Points = Field(0, title="另扣几分")
    cause: Line = Field(title="偏差原因（为什么与自评不同）")
    remedy: Words = Field("", title="改进要求")
    evidence: list[Line] = Field([], title="复核依据的材料")
    by: Name = Field(title="复核人")

    @property
    def values(self) -> dict[str, Any]:
        """The values that are stated, by the fields of a result."""
        stated = {name: getattr(self, name) for name in Result.model_fields if name not in CLERKS}
        return {name: value for name, value in stated.items() if value not in (None, {}, "")}

    @model_validator(mode="after")
    def _states_something(self) -> RowStatement:
        if not (self.values or self.grounds or self.deduct):
            raise PydanticCustomError(
                "V203", "{says}", {"says": "没有写复核完成值、扣分依据或另扣几分", "remedy": "没有不同的一行不用写"}
            )
        return self

    def over(self, result: Result) -> Result:
        """The result of the unit with the reviewer's values in place of its own."""
        stated = self.values
        judged = dict.fromkeys(JUDGED) if stated.keys() & set(JUDGED) else {}
        parts = {
            name: {**getattr(result, name), **value} if isinstance(value, dict) else value
            for name, value in stated.items()
        }
        if said(self.actual):  # for the reviewer's reason, not for that of the unit
            parts["actual"] = f"{WORD}：{reason_of(self.actual or '', self.cause)}"
        restated = result.model_copy(update=judged | parts)
        restated._where = self.where
        return restated


class SpendingStatement(Spending, title="资金的复核"):
    """What a reviewer states of the year's money: other amounts, a deduction; why, on what, and who."""

    deduct: Points = Field(0, title="另扣几分")
    cause: Line = Field(title="偏差原因（为什么与自评不同）")
    remedy: Words = Field("", title="改进要求")
    evidence: list[Line] = Field([], title="复核依据的材料")
    by: Name = Field(title="复核人")

    @property
    def values(self) -> dict[str, Any]:
        """The amounts that are stated."""
        return {name: fen for name in AMOUNTS if (fen := getattr(self, name)) is not None}

    @model_validator(mode="after")
    def _states_something(self) -> SpendingStatement:
        if not (self.values or self.deduct):
            raise PydanticCustomError(
                "V203", "{says}", {"says": "没有写复核的金额或另扣几分", "remedy": "没有不同不用写"}
            )
        return self

    def over(self, spending: Spending) -> Spending:
        """The unit's money with the reviewer's amounts; the parts of a total that is another are the reviewer's too."""
        parts = {"funds": self.funds, "parts": self.parts} if self.values else {}
        restated = spending.model_copy(update=self.values | parts)
        restated._where = self.where
        return restated


class StatedGrade(Written, title="财政评定的等级"):
    """The grade that finance gave, for a review scale whose clause asks for it."""

    grade: GradeName = Field(title="等级")
    cause: Line = Field(title="依据（哪个文件、哪次评定）")
    evidence: list[Line] = Field([], title="复核依据的材料")
    by: Name = Field(title="复核人")


class TableStatements(Written, title="一张表的复核内容"):
    """All that is stated of one table, whichever it is."""

    scale: Code | None = Field(None, title="复核扣分标准（rules/reviews 里的编号）")
    rows: dict[str, RowStatement] = Field({}, max_length=1_000, title="各指标的复核")
    spending: SpendingStatement | None = Field(None, title="预算执行率的复核")
    graded: StatedGrade | None = Field(None, title="财政评定的等级")
    opinion: Words = Field("", title="主要偏差原因；不写则取各行的偏差原因")

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Who stated something, each once, in the order of the file."""
        stated = [self.spending, *self.rows.values(), self.graded]
        return tuple(dict.fromkeys(part.by for part in stated if part is not None))

    def over(self, given: Actuals) -> Actuals:
        """The unit's results with the reviewer's values in place of its own."""
        rows = {name: row.over(given.results.get(name, Result())) for name, row in self.rows.items()}
        spending = self.spending.over(given.spending) if self.spending else given.spending
        return given.model_copy(update={"results": {**given.results, **rows}, "spending": spending})


class ReviewStatement(TableStatements, title="复核"):
    """The file of a review of one table."""

    code: Code = Field(title="项目编码（部门整体填单位编码）")
    year: Year = Field(title="年度")


# ---- reading -----------------------------------------------------------------------------------------------------


def read_statements(
    folder: Path, rulebook: Rulebook, whose: dict[str, frozenset[Whose]] | None = None
) -> tuple[dict[Key, ReviewStatement], list[Problem]]:
    """Every review under reviews/ by (year, code), and every problem (V201 to V207, and those of reading YAML).

    `whose` is filled with whose each file is, by its path.
    """
    statements: dict[Key, ReviewStatement] = {}
    problems: list[Problem] = []
    tables = {(table.year, code_of(table)): table for table in rulebook.tables}
    for path in sorted([*folder.glob("*/*/*.yaml"), *folder.glob("*/*/*.yml")]):
        shown = path.relative_to(folder.parent).as_posix()
        statement, wrong = read_model(ReviewStatement, path, shown)
        problems += wrong
        place = path.parent.parent.name, path.parent.name
        table = tables.get((statement.year, statement.code)) if statement else None
        if whose is not None:
            of = {"year": statement.year, "unit": table.unit.code if table else ""} if statement else {}
            whose[shown] = whose_of(place, of)
        if statement is None:
            continue
        if table is None:
            problems += _of_no_table(statement, tables, rulebook.waiting)
            continue
        if (str(statement.year), table.unit.code) != place:
            says = f"文件中的年度、单位（{statement.year}、{table.unit.code}）与所在位置（{'/'.join(place)}）不一致"
            problems.append(Problem("V201", says, statement.where, "reviews/年度/单位编码/项目编码.yaml"))
        problems += unfit(statement, table, rulebook.reviews)
        first = statements.setdefault((statement.year, statement.code), statement)
        if first is not statement:
            says = f"{statement.year} 年 {statement.code} 的复核重复，先见于 {first.where}"
            problems.append(Problem("V206", says, statement.where, "一张表一个文件"))
    return statements, problems


def load_statements(space: Workspace, rulebook: Rulebook) -> Loaded[Key, ReviewStatement]:
    """Every review; raises ActualsProblems with what is wrong in those of the unit's year the rulebook is opened for."""
    whose: dict[str, frozenset[Whose]] = {}
    with reading() as files:
        statements, problems = read_statements(space.reviews, rulebook, whose)
    if own := sorted_out(problems, whose, rulebook.scope or (None, None))[0]:
        raise ActualsProblems(own)
    return Loaded(statements, files)


def _of_no_table(
    statement: ReviewStatement, tables: Mapping[Key, Table], waiting: Collection[str]
) -> Iterator[Problem]:
    codes = sorted(code for year, code in tables if year == statement.year)
    if statement.code not in waiting:  # what is wrong with its goals is told there
        says = f"{statement.year} 年没有项目“{statement.code}”"
        yield Problem(
            "V202", says, statement.where, "、".join(codes) or "这一年没有项目", nearest(statement.code, codes)
        )


def unfit(statement: ReviewStatement, table: Table, scales: Mapping[str, ReviewScale]) -> Iterator[Problem]:
    """What is stated of rows the table has not, beyond their points, or under no scale."""
    rows = {row.id: row for row in indicators_of(table)}
    for name, stated in statement.rows.items():
        if name not in rows:
            says = f"{statement.code} 没有指标“{name}”"
            spending = "预算执行率写在 spending" if name == EXECUTION else ""
            yield Problem("V204", says, stated.where, "、".join(rows), nearest(name, rows), remedy=spending)
        if stated.same_as is not None and stated.same_as not in rows:
            says = f"{statement.code} 没有指标“{stated.same_as}”"
            yield Problem("V204", says, stated.where, "、".join(rows), nearest(stated.same_as, rows))
        if name in rows and stated.deduct > rows[name].points:
            says = f"“{rows[name].name}”只有 {points(rows[name].points)} 分，不能另扣 {points(stated.deduct)} 分"
            yield Problem("V205", says, stated.where, f"至多 {points(rows[name].points)}")
    if statement.scale is None:
        for name, stated in statement.rows.items():
            if stated.grounds or stated.same_as:
                says = f"“{name}”写了扣分依据，没有写用哪个复核扣分标准"
                yield Problem("V207", says, stated.where, "、".join(scales), remedy="在文件里写 scale: 编号")
        if statement.graded:
            says = "写了财政评定的等级，没有写用哪个复核扣分标准"
            yield Problem("V207", says, statement.graded.where, "、".join(scales), remedy="在文件里写 scale: 编号")
    elif statement.scale not in scales:
        says = f"没有复核扣分标准“{statement.scale}”"
        yield Problem("V207", says, statement.where, "、".join(scales), nearest_of_place(statement.scale, scales))
