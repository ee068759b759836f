"""What a table's money is made of: funds of a project, 基本支出 and 项目支出 of a department with a budget of its own.

Sums are exact or refused, what is not given is never made up, and every way of giving results says the same (示例数据)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals, read_actuals
from evaluator.cli import app
from evaluator.comparing.changes import value_changes
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.errors import ActualsProblems, EvaluatorError, Problem
from evaluator.evaluation import evaluate
from evaluator.figures import FEN_PER_WAN, wan
from evaluator.files.digests import digest_of
from evaluator.formats import xlsx
from evaluator.intake.filled.formloading import read_filled
from evaluator.intake.goals.draft import Frame, project_draft
from evaluator.intake.goals.questions import ask_all
from evaluator.intake.goals.recognise import recognise
from evaluator.intake.values import Value
from evaluator.model import AMOUNTS, FUNDS, PARTS, Actuals, Amounts, Budget, OwnBudget, Spending
from evaluator.preparation import tables_of
from evaluator.reporting.forms import form_document
from evaluator.reporting.layouts import layouts_of
from evaluator.reporting.report import form
from evaluator.rulebook.book import Rulebook, load_rulebook, read_policies, read_rulebook
from evaluator.rulebook.funds import doubts, shares_of, together
from evaluator.workbook.inputs import META
from evaluator.workbook.template import template_xlsx
from tests.test_importkinds import HEAD, ROWS, document, grid

ROOT = Path(__file__).parents[1]
BOOK = load_rulebook(ROOT / "rules")
CODE, UNIT = "13028124P00507410001X", "629001"
PROJECT = BOOK.projects[2023, CODE]
OWN = OwnBudget(total="1295.21", basic="300", projects="995.21")
OFFICE = replace(  # the same unit with a budget of its own
    BOOK, departments={key: one.model_copy(update={"budget": OWN}) for key, one in BOOK.departments.items()}
)
SAMPLE = load_actuals(ROOT / "actuals", BOOK)


def read(text: str) -> tuple[Actuals | None, list[Problem]]:
    return as_model(Actuals, parse_document(text, "actuals/2023/a.yaml")[0])


def made(code: str = CODE, **spending: Any) -> Actuals:
    one, problems = read(json.dumps({"code": code, "year": "2023", "spending": spending}, ensure_ascii=False))
    assert one is not None, problems
    return one


def own(given: Rulebook = OFFICE, **spending: Any) -> Any:
    actuals = {**SAMPLE, (2023, UNIT): made(UNIT, **spending)}
    evaluation = evaluate(given, actuals, executor="frame")
    assert evaluation.department is not None
    return evaluation.department.own, evaluation


fen = st.integers(0, 10**9)
amounts = st.fixed_dictionaries({}, optional={"adjusted": fen, "executed": fen})


def written(amount: int) -> str:
    return wan(amount)


# ---- sums --------------------------------------------------------------------------------------------------------


@given(st.dictionaries(st.sampled_from([*FUNDS]), amounts), amounts, st.booleans())
def test_parts_add_up_exactly_or_are_refused(
    parts: dict[str, dict[str, int]], total: dict[str, int], fit: bool
) -> None:
    if fit:  # totals that are what the parts come to
        total = {name: sum(part.get(name, 0) for part in parts.values()) for name in total}
    document = {name: written(amount) for name, amount in total.items()}
    funds = {fund: {name: written(amount) for name, amount in part.items()} for fund, part in parts.items()}
    one, problems = read(json.dumps({"code": CODE, "year": "2023", "spending": {**document, "funds": funds}}))
    wrong = []
    for name in total:
        known = [Fraction(written(part[name])) for part in parts.values() if name in part]
        whole = Fraction(written(total[name]))
        wrong += [name] if parts and (sum(known) > whole or (len(known) == len(parts) and sum(known) != whole)) else []
    assert [problem.code for problem in problems] == ["A131"] * bool(wrong)
    assert all(AMOUNTS[name] in problems[0].says for name in wrong)
    assert (one is None) == bool(wrong)
    if one is not None:
        assert one.spending.model_dump()["funds"] == {
            fund: {"adjusted": None, "executed": None} | part for fund, part in parts.items()
        }


def test_a_sum_that_is_wrong_is_told_at_its_place() -> None:
    text = "code: X1\nyear: 2023\nspending:\n  adjusted: 100\n  executed: 90\n  funds:\n    fiscal: {adjusted: 80, executed: 90}\n    other: {adjusted: 30, executed: 0}\n"
    one, (problem,) = read(text)
    assert one is None
    assert (problem.code, problem.severity) == ("A131", "错误")
    assert problem.says == "全年预算数各项相加是 110.00 万元，总数是 100.00 万元"
    assert problem.where is not None
    assert problem.where.line in (6, 7)


@given(st.dictionaries(st.sampled_from([*FUNDS]), amounts, max_size=5), st.booleans())
def test_what_is_printed_of_funds_is_given_or_follows(parts: dict[str, dict[str, int]], whole: bool) -> None:
    """An oracle beside `together`: a sum of funds is known when each of them is, or when the rest is known to be nothing."""
    total = {name: sum(part.get(name, 0) for part in parts.values()) + (0 if whole else 1) for name in AMOUNTS}
    complete = {name: bool(parts) and all(name in part for part in parts.values()) for name in AMOUNTS}
    spending = Spending.model_construct(
        **{name: total[name] if not complete[name] or whole else None for name in AMOUNTS},
        funds={fund: Amounts.model_construct(**part) for fund, part in parts.items()},
    )  # fmt: skip
    for names in (("fiscal",), ("fiscal", "carried"), ("special", "own", "other")):
        share = together("", names, [(PROJECT, spending)])
        for name in AMOUNTS:
            known = [parts[fund][name] for fund in names if name in parts.get(fund, {})]
            nothing_else = complete[name] and getattr(spending, name) is not None
            due = sum(known) if known and (len(known) == len(names) or nothing_else) else None
            assert getattr(share, name) == due
        assert share.initial == {"fiscal": PROJECT.budget.fiscal}.get(names[0], PROJECT.budget.other)


@pytest.mark.parametrize(
    ("spending", "told"),
    [
        ({"adjusted": "100", "executed": "90"}, []),
        ({"adjusted": "100", "executed": "90", "funds": {"fiscal": {"adjusted": "100", "executed": "90"}}}, []),
        ({"adjusted": "100", "executed": "90", "funds": {"fiscal": {"adjusted": "100"}}}, []),
        ({"adjusted": "100", "executed": "90", "funds": {"fiscal": {"adjusted": "80"}, "other": {}}},
         ["全年预算数没有填全：没有其他资金的，还差 20.00 万元"]),
        ({"adjusted": "100", "funds": {"other": {"adjusted": "20"}, "own": {}}},
         ["全年预算数没有填全：没有当年财政拨款、单位资金的，还差 80.00 万元"]),
        ({"funds": {"fiscal": {"adjusted": "100", "executed": "90"}}},
         ["全年预算数只填了各项，没有填总数；各项相加是 100.00 万元", "全年执行数只填了各项，没有填总数；各项相加是 90.00 万元"]),
        ({"adjusted": "90", "executed": "90", "funds": {"fiscal": {"adjusted": "70", "executed": "80"},
                                                        "other": {"adjusted": "20", "executed": "10"}}},
         ["当年财政拨款执行 80.00 万元，多于全年预算数 70.00 万元"]),
    ],
)  # fmt: skip
def test_what_is_missing_or_overspent_is_told_and_stops_nothing(spending: dict[str, Any], told: list[str]) -> None:
    found = list(doubts(PROJECT, made(**spending)))
    assert [one.says for one in found] == told
    assert {one.severity for one in found} <= {"提示", "警告"}
    assert all(one.where for one in found)


def test_an_initial_fund_that_the_results_leave_out_is_missed() -> None:
    budget = Budget(total="100", fiscal="60", carried="40", other="0")
    project = PROJECT.model_copy(update={"budget": budget})
    (one,) = doubts(project, made(adjusted="100", funds={"fiscal": {"adjusted": "60"}, "other": {}}))
    assert "没有上年结转资金、其他资金的，还差 40.00 万元" in one.says


def test_scores_and_older_digests_do_not_depend_on_funds() -> None:
    bare = {
        key: one.model_copy(update={"spending": one.spending.model_copy(update={"funds": {}})})
        for key, one in SAMPLE.items()
    }
    with_funds, without = (evaluate(BOOK, each, executor="frame") for each in (SAMPLE, bare))
    assert [(t.score, t.grade, t.rows, t.execution) for t in with_funds.tables] == [
        (t.score, t.grade, t.rows, t.execution) for t in without.tables
    ]
    spending = {"adjusted": 1, "executed": 1, "cause": "", "remedy": ""}
    assert digest_of(Spending.model_construct(**spending)) == digest_of(spending)
    department = BOOK.departments[2023, UNIT]
    assert digest_of(department) == digest_of(department.model_copy(update={"budget": None}))
    assert digest_of(department) != digest_of(OFFICE.departments[2023, UNIT])


# ---- the department ----------------------------------------------------------------------------------------------


def test_a_department_with_its_own_budget_is_scored_by_its_own_money() -> None:
    plain, _ = own(BOOK)
    assert plain.money.initial == 99521 * 10_000
    table, _ = own(adjusted="1281.21", executed="1180", parts={
        "basic": {"adjusted": "300", "executed": "297"}, "projects": {"adjusted": "981.21", "executed": "883"},
    })  # fmt: skip
    assert table.money.rate == Fraction(118_000, 128_121)
    assert table.execution.attainment == Fraction(118_000, 128_121)
    unfilled, _ = own()
    assert (unfilled.money.initial, unfilled.money.rate) == (129521 * 10_000, None)
    assert "F119" in {finding.rule.id for finding in unfilled.findings}
    partly, _ = own(adjusted="1281.21")
    assert "F201" in {finding.rule.id for finding in partly.findings}
    assert "F201" not in {finding.rule.id for finding in table.findings}


@pytest.mark.parametrize(
    ("rules", "code", "spending", "problem"),
    [
        (BOOK, UNIT, {"adjusted": "995.21"}, "A117"),
        (BOOK, UNIT, {"parts": {"basic": {"adjusted": "1"}}}, "A117"),
        (BOOK, UNIT, {"funds": {"fiscal": {"adjusted": "1"}}}, "A134"),
        (OFFICE, UNIT, {"funds": {"fiscal": {"adjusted": "1"}}}, "A134"),
        (BOOK, CODE, {"parts": {"basic": {"adjusted": "1"}}}, "A134"),
    ],
)
def test_amounts_that_a_table_does_not_have_are_refused(
    rules: Rulebook, code: str, spending: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ActualsProblems) as refused:
        evaluate(rules, {**SAMPLE, (2023, code): made(code, **spending)}, executor="frame")
    assert [one.code for one in refused.value.problems] == [problem]


@pytest.mark.parametrize(
    ("budget", "codes"),
    [
        ("{total: 1295.21, basic: 300, projects: 995.21}", []),
        ("{total: 1295.22, basic: 300, projects: 995.21}", ["R111"]),
        ("{total: 1295.21, basic: 300.01, projects: 995.20}", ["R141"]),
        ("{total: 1295.21, basic: 300}", ["R102"]),
    ],
)
def test_a_departments_budget_is_checked(tmp_path: Path, budget: str, codes: list[str]) -> None:
    shutil.copytree(ROOT / "rules/projects", tmp_path / "rules/projects")
    path = tmp_path / "rules/projects/2023" / UNIT / "department.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("\ngoal: ", f"\nbudget: {budget}\ngoal: ", 1), encoding="utf-8"
    )
    rulebook, problems = read_rulebook(tmp_path / "rules", ROOT / "rules")
    assert [one.code for one in problems] == codes
    assert bool(rulebook.departments) == (codes != ["R102"])
    assert [one.severity for one in problems] == (["警告"] if codes == ["R141"] else ["错误"] * len(codes))


def test_a_departments_budget_is_not_held_against_projects_that_wait_for_answers(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules/projects", tmp_path / "rules/projects")
    folder = tmp_path / "rules/projects/2023" / UNIT
    for name, old, new in (
        ("department", "\ngoal: ", "\nbudget: {total: 1295.21, basic: 300, projects: 995.21}\ngoal: "),
        (CODE, "total: 90.00", 'total: "?"'),
    ):
        path = folder / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert [one.code for one in read_rulebook(tmp_path / "rules", ROOT / "rules")[1]] == ["R120"]


@pytest.mark.parametrize("target", ['""', "待定"])
def test_an_item_goal_without_a_target_is_told(tmp_path: Path, target: str) -> None:
    shutil.copytree(ROOT / "rules/projects", tmp_path / "rules/projects")
    path = tmp_path / "rules/projects/2023" / UNIT / "department.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("target: ≥95%", f"target: {target}", 1), encoding="utf-8")
    (problem,) = read_rulebook(tmp_path / "rules", ROOT / "rules")[1]
    assert (problem.code, problem.severity) == ("R108", "错误")
    assert "及时足额发放每月工资及保险满意度的提升率" in problem.says
    checked = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert checked.exit_code == 1
    assert "R108" in checked.output


# ---- forms -------------------------------------------------------------------------------------------------------


def figures(rows: Sequence[Mapping[str, str]]) -> list[tuple[str, ...]]:
    return [
        (row["label"].strip("　"), *(row[name] for name in ("initial", "adjusted", "executed", "rate"))) for row in rows
    ]


def test_forms_print_what_is_given_of_each_fund() -> None:
    budget = Budget(total="90", fiscal="70", carried="5", own="15", other="0")
    project = PROJECT.model_copy(update={"budget": budget})
    rules = replace(BOOK, projects={**BOOK.projects, (2023, CODE): project})
    funds = {
        "fiscal": {"adjusted": "70", "executed": "50"},
        "carried": {"adjusted": "5", "executed": "5"},
        "own": {"adjusted": "15", "executed": "5"},
    }
    evaluation = evaluate(rules, {**SAMPLE, (2023, CODE): made(adjusted="90", executed="60", funds=funds)})
    printed = form(next(one for one in evaluation.tables if one.code == CODE), evaluation)
    assert figures(printed.rows["money"]) == [
        ("年度资金总额", "90.00", "90.00", "60.00", "66.67%"),
        ("其中：当年财政拨款", "70.00", "70.00", "50.00", "71.43%"),
        ("上年结转资金", "5.00", "5.00", "5.00", "100.00%"),
        ("其他资金", "15.00", "15.00", "5.00", "33.33%"),
    ]
    assert figures(printed.rows["funds"]) == [
        ("其中：财政资金", "75.00", "75.00", "55.00", "73.33%"),
        ("财政专户管理资金", "—", "—", "—", "—"),
        ("单位资金", "15.00", "15.00", "5.00", "33.33%"),
        ("其他资金", "0.00", "—", "—", "—"),
    ]
    assert figures(printed.rows["parts"]) == [("其中：基本支出", *"————"), ("项目支出", *"————")]
    cells = [
        cell.text for row in form_document(printed, layouts_of()["sichuan"]).sections[0].blocks[1].rows for cell in row
    ]  # type: ignore[union-attr]
    assert {"总额", "其中：财政资金", "　　　财政专户管理资金", "　　　单位资金", "55.00"} <= {*cells}
    assert "　　　上年结转资金" not in cells


def test_a_departments_form_has_basic_and_project_spending() -> None:
    plain, evaluation = own(BOOK)
    whole = (wan(plain.money.initial), wan(plain.money.adjusted), wan(plain.money.executed), "89.99%")
    printed = form(plain, evaluation)
    assert figures(printed.rows["money"][:1]) == [("年度资金总额（各项目合计）", *whole)]
    assert figures(printed.rows["money"][1:2]) == [
        ("其中：当年财政拨款", *whole)
    ]  # those of all projects, each fully given
    assert figures(printed.rows["parts"]) == [("其中：基本支出", *"————"), ("项目支出", *whole)]
    table, evaluation = own(adjusted="1281.21", executed="1180", parts={"basic": {"adjusted": "300"}, "projects": {}})
    printed = form(table, evaluation)
    assert figures(printed.rows["parts"]) == [
        ("其中：基本支出", "300.00", "300.00", "—", "—"),
        ("项目支出", "995.21", "—", "—", "—"),
    ]
    assert {row[1:] for row in figures(printed.rows["money"][1:])} == {("—",) * 4}


# ---- every way in ------------------------------------------------------------------------------------------------


def stored(folder: Path, actuals: dict[tuple[int, str], Actuals], rules: Rulebook) -> Path:
    path = folder / "actuals" / "填报表.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(template_xlsx(rules, tables_of(rules, None, None), actuals, 1))
    return path


@st.composite
def given_money(draw: Any, names: list[str]) -> dict[str, Any]:
    """Parts and their totals in 分 that fit each other, written in 万元; parts may be left out where they are nothing."""
    parts = {name: (draw(fen), draw(fen)) for name in draw(st.sets(st.sampled_from(names), min_size=1))}
    told = {name: dict(zip(AMOUNTS, map(written, pair), strict=True)) for name, pair in parts.items()}
    total = {name: written(sum(pair[n] for pair in parts.values())) for n, name in enumerate(AMOUNTS)}
    return total | {"funds" if names == [*FUNDS] else "parts": told}


@given(given_money([*FUNDS]), given_money([*PARTS]))
@settings(max_examples=10)
def test_a_workbook_reads_back_as_the_same_results(tmp_path_factory: Any, project: Any, department: Any) -> None:
    actuals = {(2023, CODE): made(**project), (2023, UNIT): made(UNIT, **department)}
    path = stored(tmp_path_factory.mktemp("w"), actuals, OFFICE)
    again, problems = read_actuals(path.parent, OFFICE)
    assert {one.severity for one in problems} <= {"警告"}  # a part overspent
    assert {key: one.model_dump() for key, one in again.items()} == {
        key: one.model_dump() for key, one in actuals.items()
    }
    assert digest_of(again[2023, CODE].spending) == digest_of(actuals[2023, CODE].spending)


def rows_of(book: Any, kind: str) -> list[tuple[Any, int, str]]:
    return [
        (sheet, row, str(sheet.cell(row, 1).value).split("|")[2])
        for sheet in book.worksheets
        if sheet.title != META
        for row in range(1, sheet.max_row + 1)
        if str(sheet.cell(row, 1).value).split("|")[1:2] == [kind]
    ]


def test_the_workbook_asks_for_each_fund_and_locks_what_was_budgeted(tmp_path: Path) -> None:
    path = stored(tmp_path, {}, OFFICE)
    book = load_workbook(path)
    listed = rows_of(book, "分项")
    assert [name for _, _, name in listed] == [*FUNDS] * len(BOOK.projects) + [*PARTS]
    for sheet, row, name in listed:
        initial, adjusted, executed = (sheet.cell(row, column) for column in (4, 5, 7))
        assert (initial.protection.locked, adjusted.protection.locked, executed.protection.locked) == (
            True,
            False,
            False,
        )
        assert initial.value == (300 if name == "basic" else initial.value)
    sheet, row, _ = next(one for one in listed if one[0].cell(1, 1).value.startswith(CODE) and one[2] == "fiscal")
    total = next(r for s, r, _ in rows_of(book, "资金") if s is sheet)
    for at, value in ((total, 90), (row, 80), (row + 1, 20)):
        sheet.cell(at, 5).value = value
    book.save(path)
    actuals, problems = read_actuals(path.parent, OFFICE)
    assert all(one.spending.adjusted is None and not one.spending.funds for one in actuals.values())
    assert [(one.code, one.says) for one in problems] == [
        ("A131", "全年预算数各项相加是 100.00 万元，总数是 90.00 万元")
    ]
    assert problems[0].where is not None
    assert problems[0].where.cell == f"E{row}"
    sheet.cell(row, 5).value, sheet.cell(row, 4).value = 70, 80
    book.save(path)
    assert [(one.code, str(one.where).split("!")[-1]) for one in read_actuals(path.parent, OFFICE)[1]] == [
        ("A410", f"D{row}")
    ]


def test_a_workbook_written_before_there_were_funds_is_still_read(tmp_path: Path) -> None:
    book = load_workbook(stored(tmp_path, dict(SAMPLE), BOOK))
    for sheet, row, _ in [*rows_of(book, "分项"), *(one for one in rows_of(book, "栏") if one[2] == "分项")][::-1]:
        for merged in [one for one in sheet.merged_cells.ranges if one.min_row == row]:
            sheet.unmerge_cells(str(merged))
        for column in range(1, sheet.max_column + 1):
            sheet.cell(row, column).value = None
    hidden = book[META]
    for row in range(hidden.max_row, 0, -1):
        if str(hidden.cell(row, 2).value).split("|")[1:2] == ["分项"]:
            hidden.delete_rows(row)
    book.save(tmp_path / "actuals" / "填报表.xlsx")
    actuals, problems = read_actuals(tmp_path / "actuals", BOOK)
    assert problems == []
    assert actuals.keys() == SAMPLE.keys()
    assert actuals[2023, CODE].spending.executed == 60 * FEN_PER_WAN
    assert actuals[2023, CODE].spending.funds == {}


def test_a_table_has_a_column_for_each_amount(tmp_path: Path) -> None:
    (tmp_path / "actuals").mkdir()
    path = tmp_path / "actuals" / "完成情况.csv"
    head = "项目编码,全年预算数,全年执行数,当年财政拨款全年预算数,当年财政拨款全年执行数（元）,上年结转资金全年预算数,上年结转资金全年执行数,基本支出全年预算数,项目支出全年预算数\n"
    path.write_text(f"{head}{CODE},90,60,85,550000,5,5,,\n{UNIT},1281.21,1180,,,,,300,981.21\n", encoding="utf-8")
    actuals, problems = read_actuals(tmp_path / "actuals", OFFICE)
    assert problems == []
    due = made(adjusted="90", executed="60", funds={"fiscal": {"adjusted": "85", "executed": "55"},
                                                    "carried": {"adjusted": "5", "executed": "5"}})  # fmt: skip
    assert actuals[2023, CODE].model_dump() == due.model_dump()
    assert actuals[2023, UNIT].spending.parts["basic"].adjusted == 300 * FEN_PER_WAN
    path.write_text(f"{head}{CODE},90,60,85,550000,4,5,,\n", encoding="utf-8")
    assert [one.code for one in read_actuals(tmp_path / "actuals", OFFICE)[1]] == ["A131"]
    path.write_text(f"{head}{CODE},90,60,85,550000,5,5,,\n{CODE},,,85,,,,,\n", encoding="utf-8")
    assert [one.code for one in read_actuals(tmp_path / "actuals", OFFICE)[1]] == ["A110"]


def test_a_changed_fund_is_a_change_told_like_any_other() -> None:
    before = made(adjusted="90", executed="60", funds={"fiscal": {"adjusted": "90", "executed": "60"}})
    after = made(
        adjusted="90", executed="61", funds={"fiscal": {"adjusted": "90", "executed": "55"}, "own": {"executed": "6"}}
    )
    told = value_changes({(2023, CODE): before}, {(2023, CODE): after})
    assert [(one.subject, one.field, one.before, one.after) for one in told] == [
        ("预算执行率", "全年执行数（万元）", "60.00", "61.00"),
        ("预算执行率", "当年财政拨款全年执行数（万元）", "60.00", "55.00"),
        ("预算执行率", "单位资金全年执行数（万元）", "（空）", "6.00"),
    ]


def test_a_total_and_a_fund_are_corrected_together(tmp_path: Path) -> None:
    for name in ("rules/projects", "actuals"):
        shutil.copytree(ROOT / name, tmp_path / name)
    path = tmp_path / "actuals/2023" / UNIT / f"{CODE}.yaml"

    def correct(*words: str) -> Any:
        base = ["correct", CODE, "预算执行率", "--reason", "示例", "--by", "张三", "-w", str(tmp_path)]
        ran = CliRunner().invoke(app, [*base, *words])
        return ran.exception if isinstance(ran.exception, EvaluatorError) else ran.output

    text = path.read_text(encoding="utf-8")
    alone = correct("--executed", "62")
    assert [one.code for one in alone.problems] == ["A131"]
    assert path.read_text(encoding="utf-8") == text
    unknown = correct("--executed", "62", "--executed", "结余资金=62")
    assert (unknown.problems[0].code, unknown.problems[0].nearest) == ("U354", "上年结转资金")
    both = correct("--executed", "62", "--executed", "当年财政拨款＝61", "--executed", "own=1")
    assert "当年财政拨款全年执行数（万元）：60.00 → 61.00" in both
    assert "单位资金全年执行数（万元）：（空） → 1.00" in both
    spending = load_actuals(tmp_path / "actuals", BOOK)[2023, CODE].spending
    assert (spending.executed, spending.funds["own"].executed) == (62 * FEN_PER_WAN, FEN_PER_WAN)


# ---- goal documents ----------------------------------------------------------------------------------------------


def drafted(*rows: list[str]) -> Any:
    found = document(grid(1, ["项目名称", "示例项目", "项目编码", "XM001"], *rows, HEAD, *ROWS))
    (table,) = recognise(found).tables
    policies = read_policies([ROOT / "rules"])
    frame = Frame(found, 2023, Value("001"), Value("示例单位"), policies.policies["cn-2020-10"])
    draft = project_draft(table, frame, 1)
    ask_all(draft, frame.policy, set())
    return draft


def test_a_goal_table_says_its_initial_amounts_by_fund() -> None:
    draft = drafted(
        ["年度资金总额（万元）", "100", "其中：财政拨款", "60"],
        ["上年结转资金", "25", "财政专户管理资金", "5"],
        ["单位资金", "10", "其他资金", ""],
    )
    assert {name: value.text for name, value in draft.tree["budget"].items()} == {
        "total": "100", "fiscal": "60", "carried": "25", "special": "5", "own": "10", "other": "0",
    }  # fmt: skip
    assert not [one for one in draft.questions if one.code.startswith("D30") and one.path[0] == "budget"]
    draft = drafted(["年度资金总额（万元）", "100", "其中：财政拨款", "60"], ["上年结转资金", "30", "其他资金", "5"])
    (question,) = [one for one in draft.questions if one.path[0] == "budget"]
    assert question.says == "财政资金 60.00、上年结转资金 30.00 与其他资金 5.00 之和不等于预算数 100.00（万元）"


def test_parts_have_the_names_that_the_models_have() -> None:
    assert {*FUNDS} <= Budget.model_fields.keys()
    assert {*PARTS} <= OwnBudget.model_fields.keys()
    assert [*shares_of(PROJECT, Spending())] == [*FUNDS]
    assert [*shares_of(OFFICE.departments[2023, UNIT], Spending())] == [*PARTS]
    assert shares_of(BOOK.departments[2023, UNIT], Spending()) == {}


@pytest.mark.parametrize(
    ("layout", "due"),
    [
        ("national", {"fiscal_row": "50.00", "carried_row": "5.00", "other_row": "5.00", "special_row": None}),
        ("sichuan", {"fiscal_row": "55.00", "special_row": None, "own_row": "5.00", "carried_row": None}),
    ],
)
def test_a_printed_form_is_read_back_with_its_funds(tmp_path: Path, layout: str, due: dict[str, str | None]) -> None:
    budget = Budget(total="90", fiscal="70", carried="5", own="15", other="0")
    rules = replace(BOOK, projects={**BOOK.projects, (2023, CODE): PROJECT.model_copy(update={"budget": budget})})
    spending = {"adjusted": "90", "executed": "60", "funds": {
        "fiscal": {"adjusted": "70", "executed": "50"}, "carried": {"adjusted": "5", "executed": "5"},
        "own": {"adjusted": "15", "executed": "5"},
    }}  # fmt: skip
    evaluation = evaluate(rules, {**SAMPLE, (2023, CODE): made(**spending)})
    printed = form(next(one for one in evaluation.tables if one.code == CODE), evaluation)
    path = tmp_path / "自评表.xlsx"
    path.write_bytes(xlsx.render(form_document(printed, layouts_of()[layout])))
    (table,) = read_filled(path)[0]
    assert table.funding is not None
    assert table.funding.executed == "60.00"
    for name, executed in due.items():
        row = getattr(table.funding, name)
        assert (row.executed if row and row.executed != "—" else None) == executed, name
