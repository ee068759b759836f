"""Review scores (复核得分): the engine's on the reviewer's values, less what is taken; the self-evaluation stays what it is.

示例数据 throughout.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.actuals.resultfiles import load_actuals
from evaluator.errors import EvaluatorError, ReviewProblems
from evaluator.evaluation import evaluate
from evaluator.files.plain import dumps
from evaluator.model import Result, Spending
from evaluator.reporting.export import as_json
from evaluator.rescoring.rescored import RescoredTable, RescoredYear, rescore
from evaluator.rescoring.reviewfacts import with_findings
from evaluator.rescoring.statements import ReviewStatement, read_statements
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook, load_rulebook
from evaluator.workspace.places import Workspace, product

CODE = "13028124P00507410001X"
KEY = (2023, CODE)
SCALE = "county-2026"
KEEPS = {"no_evidence": 0, "unrelated": 0, "unverifiable": 0, "mostly_unverifiable": 40, "partly_unverifiable": 70,
         "over_fulfilled": 100}  # fmt: skip


@cache
def sample() -> tuple[Rulebook, Any, Evaluation]:
    book = load_rulebook(product() / "rules")
    actuals = load_actuals(product() / "actuals", book)
    return book, actuals, evaluate(book, actuals, year=2023, executor="frame")


def stated(**content: Any) -> ReviewStatement:
    return ReviewStatement.model_validate({"code": CODE, "year": 2023, **content})


def reviewed(statement: ReviewStatement) -> RescoredYear:
    book, actuals, own = sample()
    return rescore(book, actuals, own, {(statement.year, statement.code): statement})


def row(**content: Any) -> dict[str, Any]:
    return {"cause": "核对名册", "by": "李审核", "evidence": ["名册"], **content}


OWN = next(table for table in sample()[2].projects if table.code == CODE)
NUMERIC = [one.indicator for one in OWN.rows if one.indicator.read.kind == "数值" and not one.indicator.formula]
POINTS = {one.indicator.id: one.points for one in OWN.rows}


@st.composite
def statements(draw: st.DrawFn) -> ReviewStatement:
    """Other values, grounds and deductions on some rows, other money on some."""
    rows: dict[str, Any] = {}
    for of in draw(st.lists(st.sampled_from(NUMERIC), unique_by=lambda one: one.id, max_size=len(NUMERIC))):
        value: dict[str, Any] = {}
        if draw(st.booleans()):
            unit = of.read.content.low.unit.name  # type: ignore[union-attr]
            value["actual"] = f"{draw(st.integers(0, 200))}{unit}"
        if draw(st.booleans()):
            value["grounds"] = draw(st.lists(st.sampled_from(sorted(KEEPS)), min_size=1, max_size=3, unique=True))
        if draw(st.booleans()) or not value:
            deduct = draw(st.integers(1, POINTS[of.id]))
            value["deduct"] = f"{deduct // 100}.{deduct % 100:02}"
        rows[of.id] = row(**value)
    money: dict[str, Any] = {}
    if draw(st.booleans()):
        money = {"spending": row(adjusted="20", executed=str(draw(st.integers(0, 20))))}
    return stated(scale=SCALE, rows=rows, **money)


def half_up(value: Fraction, step: int) -> int:
    return int((value / step * 2 + 1) // 2) * step


def oracle(statement: ReviewStatement) -> tuple[dict[str, int], int]:
    """The engine's points on the reviewer's values, then shares and deductions in fractions, row by row; and the total.

    Only what the reviewer may state is built here; the engine is asked for a year of those results as for any other.
    """
    book, actuals, _ = sample()
    mine = actuals[KEY]
    results, spending = dict(mine.results), mine.spending
    for name, one in statement.rows.items():
        if one.actual is not None:
            kept = results.get(name, Result())
            results[name] = Result(actual=one.actual, evidence=kept.evidence, cause=kept.cause, remedy=kept.remedy)
    if statement.spending:
        had = statement.spending
        spending = Spending.model_construct(adjusted=had.adjusted, executed=had.executed, cause=spending.cause,
                                            remedy=spending.remedy)  # fmt: skip
    again = mine.model_copy(update={"results": results, "spending": spending})
    then = next(
        t for t in evaluate(book, {**actuals, KEY: again}, year=2023, executor="frame").projects if t.code == CODE
    )
    earned: dict[str, int] = {"预算执行率": then.execution.earned}
    for each in then.rows:
        one = statement.rows.get(each.indicator.id)
        left = Fraction(each.earned)
        if one and one.grounds:
            left = min(
                Fraction(half_up(left * min(KEEPS[g] for g in one.grounds) / 100, then.policy.rounding.step)), left
            )
        earned[each.indicator.id] = int(max(left - (one.deduct if one else 0), 0))
    total = sum(earned.values())
    return earned, total if then.cap is None else min(total, then.cap)


def mine(made: RescoredYear) -> RescoredTable:
    return made.tables[CODE]


@settings(max_examples=40, deadline=None)
@given(statements())
def test_a_review_score_is_the_engines_of_the_reviewers_values_less_what_is_taken(statement: ReviewStatement):
    made = mine(reviewed(statement))
    earned, total = oracle(statement)
    assert {one.own.indicator.id: one.earned for one in made.rows} == earned
    assert made.score == total
    assert made.grade == made.own.policy.grades.limited(made.own.policy.grades.of(total), [made.then.grade])


@settings(max_examples=40, deadline=None)
@given(statements())
def test_a_review_is_bounded_and_leaves_the_self_evaluation_alone(statement: ReviewStatement):
    made = reviewed(statement)
    table = mine(made)
    for one in table.rows:
        assert 0 <= one.earned <= one.kept <= one.then.earned <= one.own.points
        assert one.own in table.own.all_rows
        if one.stated is None and not one.own.computed:  # money that is another moves what is computed from it
            assert one.earned == one.own.earned
    assert 0 <= table.score <= 10_000
    assert made.own is sample()[2]


def test_no_review_changes_nothing():
    book, actuals, own = sample()
    made = with_findings(rescore(book, actuals, own, {}), book.findings)
    assert made.tables == {}
    assert dumps(as_json(made.then)) == dumps(as_json(own))


def test_the_rules_about_reviews_are_no_part_of_what_names_the_rules_of_a_self_evaluation():
    from evaluator.findings.fields import OF_REVIEW
    from evaluator.rulebook.book import digest_of_rules

    book, _, own = sample()
    without = [rule for rule in book.findings if not OF_REVIEW & rule.when.keys()]
    assert len(without) < len(book.findings)
    parts = book.policies, book.projects, book.departments
    assert digest_of_rules(*parts, without) == digest_of_rules(*parts, book.findings) == book.digest
    assert not any(OF_REVIEW & one.rule.when.keys() for table in own.tables for one in table.findings)


def test_a_statement_of_what_the_unit_says_itself_changes_no_point():
    of = NUMERIC[0]
    written = sample()[1][KEY].results[of.id].actual
    made = mine(reviewed(stated(rows={of.id: row(actual=written)})))
    assert made.deviation == 0 and made.grade == made.own.grade and made.differing == [] and made.causes == ""


def test_the_department_is_scored_on_what_is_reviewed_of_its_projects_money():
    statement = stated(spending=row(adjusted="20", executed="1"))
    made = reviewed(statement)
    assert made.then.department and made.own.department
    assert made.then.department.own.money.executed != made.own.department.own.money.executed


def test_the_main_causes_are_those_of_the_rows_that_differ_most_or_the_reviewers_own_words():
    rows = {of.id: row(deduct=str(number), cause=f"原因{number}") for number, of in enumerate(NUMERIC[:3], 1)}
    made = mine(reviewed(stated(rows=rows)))
    assert made.causes == "；".join(f"{NUMERIC[n - 1].name}：原因{n}" for n in (3, 2, 1))
    assert mine(reviewed(stated(rows=rows, opinion="佐证普遍不全"))).causes == "佐证普遍不全"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"scale": SCALE, "rows": {NUMERIC[0].id: row(grounds=["no_survey"])}}, "V103"),
        ({"scale": SCALE, "rows": {NUMERIC[0].id: row(grounds=["repeated"])}}, "V104"),
        ({"scale": SCALE, "rows": {NUMERIC[0].id: row(grounds=["no_evidenc"])}}, "V101"),
        ({"scale": SCALE, "graded": {"grade": "中", "cause": "通知", "by": "李审核"}}, "V208"),
        ({"rows": {NUMERIC[0].id: row(deduct="99")}}, "V205"),
    ],
)
def test_what_cannot_be_applied_is_refused(content: dict[str, Any], code: str):
    with pytest.raises(ReviewProblems) as raised:
        reviewed(stated(**content))
    assert [one.code for one in raised.value.problems] == [code]


# ---- the files ---------------------------------------------------------------------------------------------------


def written(root: Path, text: str, unit: str = "629001", name: str = CODE) -> list[str]:
    """The codes of what is wrong in one file of a review."""
    path = root / "reviews/2023" / unit / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return [one.code for one in read_statements(Workspace(root, False).reviews, sample()[0])[1]]


HEAD = f"code: {CODE}\nyear: 2023\n"
SAID = "cause: 名册只有9人, by: 李审核"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"{HEAD}rows: {{数量1: {{actual: 9人, {SAID}}}}}\n", []),
        (f"{HEAD}rows: {{数量9: {{actual: 9人, {SAID}}}}}\n", ["V204"]),
        (f"{HEAD}rows: {{数量1: {{same_as: 数量9, deduct: 1, {SAID}}}}}\nscale: county-2026\n", ["V204"]),
        (f"{HEAD}rows: {{数量1: {{{SAID}}}}}\n", ["V203"]),
        (f"{HEAD}spending: {{{SAID}}}\n", ["V203"]),
        (f"{HEAD}rows: {{数量1: {{actual: 9人, by: 李审核}}}}\n", ["R102"]),
        (f"{HEAD}rows: {{数量1: {{actual: 9人, cause: 名册}}}}\n", ["R102"]),
        (f"{HEAD}rows: {{数量1: {{actal: 9人, {SAID}}}}}\n", ["R101"]),
        (f"{HEAD}rows: {{数量1: {{deduct: 100, {SAID}}}}}\n", ["V205"]),
        (f"{HEAD}rows: {{数量1: {{grounds: [no_evidence], {SAID}}}}}\n", ["V207"]),
        (f"{HEAD}scale: county-2025\n", ["V207"]),
        (f"{HEAD}graded: {{grade: 中, {SAID}}}\n", ["V207"]),
        ("code: 13028124P00507410001Y\nyear: 2023\n", ["V202"]),
    ],
)
def test_the_file_of_a_review_is_checked(tmp_path: Path, text: str, codes: list[str]):
    assert written(tmp_path, text) == codes


def test_a_file_lies_where_it_belongs_and_there_is_one(tmp_path: Path):
    text = f"{HEAD}rows: {{数量1: {{actual: 9人, {SAID}}}}}\n"
    assert written(tmp_path, text, unit="629002") == ["V201"]
    assert written(tmp_path, text) == ["V201", "V206"]


def test_the_nearest_name_is_told(tmp_path: Path):
    assert written(tmp_path, f"{HEAD}rows: {{数1: {{actual: 9人, {SAID}}}}}\n") == ["V204"]
    (problem,) = read_statements(tmp_path / "reviews", sample()[0])[1]
    assert problem.nearest.startswith("数量") and problem.where and problem.where.line == 3


def test_the_engine_refuses_a_value_at_the_reviewers_own_line(tmp_path: Path):
    assert written(tmp_path, f"{HEAD}rows:\n  数量1:\n    actual: 9公里\n    cause: 名册\n    by: 李审核\n") == []
    book, actuals, own = sample()
    found, _ = read_statements(tmp_path / "reviews", book)
    with pytest.raises(EvaluatorError) as raised:
        rescore(book, actuals, own, found)
    (problem,) = raised.value.problems
    assert problem.where and problem.where.path == f"reviews/2023/629001/{CODE}.yaml" and problem.where.line


def test_the_file_that_the_page_shows_comes_to_what_the_page_says(tmp_path: Path):
    page = (Path(__file__).parents[1] / "docs/review.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    assert written(tmp_path, text) == []
    book, actuals, own = sample()
    made = rescore(book, actuals, own, read_statements(tmp_path / "reviews", book)[0])
    assert f"复核 {mine(made).score / 100:.2f}；已记入台账第 7 条" in page
