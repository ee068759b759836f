"""Rows that do not apply: read with their reason, counted as the policy says, never silent, the same in every product."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from evaluator.acts import entering
from evaluator.acts.acting import Sitting
from evaluator.actuals.resultfiles import read_actuals
from evaluator.auditing.judgement import judge_row
from evaluator.auditing.totals import judge_total
from evaluator.errors import ActualsProblems, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.explain import explain_row, explain_table
from evaluator.inapplicable import reason_of, said
from evaluator.intake.filled.formdata import ExecutionRow, FilledRow, FilledTable
from evaluator.model import Actuals, Indicator
from evaluator.planning.forecast import forecast
from evaluator.planning.goalseek import seek
from evaluator.planning.sensitivity import sensitivity
from evaluator.planning.whatif import from_words, what_if
from evaluator.policies.allocation import applied
from evaluator.preparation import tables_of
from evaluator.quantities.numerals import Unreadable
from evaluator.reporting.export import as_json
from evaluator.reporting.report import form
from evaluator.results import TableScore
from evaluator.rulebook.book import Rulebook
from evaluator.workbook.template import template_xlsx
from evaluator.workspace.places import open_workspace
from tests import test_issuing, test_template
from tests.oracle import found_policies
from tests.test_batch import as_rulebook, batch, differences, expected, odd_rows, rejects, told

RESCALED, SHARED = "pidu-2026-11", "points-shared"
REASON = "本年度没有服务对象"


# ---- how a result says so ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "cause", "reason"),
    [
        ("不适用", REASON, REASON),
        (" 不适用。", REASON, REASON),
        ("不适用：没有开展", "", "没有开展"),
        ("不适用（没有开展）", REASON, "没有开展"),
        ("不适用（无）", REASON, REASON),
        ("不适用", "无", ""),
        ("不适用", "", ""),
    ],
)
def test_a_reason_stands_in_the_cell_or_beside_it(actual: str, cause: str, reason: str):
    assert said(actual)
    assert reason_of(actual, cause) == reason


@pytest.mark.parametrize("actual", [None, "", "59人", "不适用于本项目的设备3台", "部分不适用", "不涉及"])
def test_other_words_are_no_such_answer(actual: str | None):
    assert not said(actual)


# ---- what follows for the points ---------------------------------------------------------------------------------

LEVELS = [("产出指标", "数量指标"), ("产出指标", "质量指标"), ("效益指标", "社会效益指标")]


@given(st.data())
def test_shared_points_stay_in_their_level_and_add_up(data: st.DataObject):
    levels = data.draw(st.lists(st.sampled_from(LEVELS), min_size=1, max_size=8))
    points = data.draw(st.lists(st.integers(0, 3_000), min_size=len(levels), max_size=len(levels)))
    left = data.draw(st.sets(st.sampled_from(range(len(levels)))))
    rows = [Indicator.model_construct(category=one, dimension=two, name="") for one, two in levels]
    clause = found_policies()[SHARED].not_applicable
    assert clause is not None

    def worth(key: Any, of: list[int]) -> int:
        return sum(given for row, given in zip(rows, of, strict=True) if key(row))

    try:
        given = applied(rows, points, left, clause)
    except Unreadable as error:
        assert error.code == "A137"
        whole = {row.category for at, row in enumerate(rows) if at not in left}
        assert any(rows[at].category not in whole and points[at] for at in left)
        return
    assert all(given[at] == 0 for at in left)
    assert all(given[at] >= points[at] for at in range(len(rows)) if at not in left)
    for category in {row.category for row in rows}:
        assert worth(lambda row, c=category: row.category == c, given) == worth(
            lambda row, c=category: row.category == c, points
        )
    for category, dimension in set(levels):
        inside = [at for at, row in enumerate(rows) if (row.category, row.dimension) == (category, dimension)]
        if set(inside) - left and not any(
            {a for a, r in enumerate(rows) if (r.category, r.dimension) == other} <= left
            for other in set(levels)
            if other[0] == category
        ):
            assert sum(given[at] for at in inside) == sum(points[at] for at in inside)


def with_left(rows: list[dict[str, str]], seed: int, policies: tuple[str, ...]) -> list[dict[str, str]]:
    """Odd rows of projects, some of which do not apply, under policies that say what follows."""
    random = Random(seed)
    chosen = {row["project_code"]: random.choice(policies) for row in rows}
    made = []
    for row in rows:
        left = row["formula"] == "" and random.random() < 0.3
        answer = {
            "actual": random.choice(["不适用", "不适用（没有开展）"]), "state": "", "share": "",
            "cause": random.choice([REASON, REASON, "无"]),
        }  # fmt: skip
        made.append(row | {"policy": chosen[row["project_code"]]} | (answer if left else {}))
    return made


def of_ten(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Only the projects whose points add up under a policy that gives execution ten."""
    whole: dict[str, Fraction] = {}
    for row in rows:
        whole[row["project_code"]] = whole.get(row["project_code"], Fraction(0)) + Fraction(row["points"])
    return [row for row in rows if whole[row["project_code"]] == 90]


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_counts_them_as_score_does(seed: int, tmp_path: Path):
    rows = of_ten(with_left(odd_rows(3 * seed, 40), seed, (RESCALED, SHARED)))
    out = batch(rows, tmp_path)
    refused = rejects(out)
    kept = [row for row in rows if row["project_code"] not in {project for project, _ in refused}]
    assert any(said(row["actual"]) for row in kept)
    assert differences(expected(kept, "frame"), told(out)) == {}


def test_what_a_batch_refuses_score_refuses(tmp_path: Path):
    rows = of_ten(with_left(odd_rows(3, 60), 5, (RESCALED, SHARED, "cn-2020-10")))
    out = batch(rows, tmp_path)
    codes = {code for code in rejects(out).values() if code.startswith("A")}
    assert codes >= {"A135", "A136", "A137"}
    for (project, ident), code in rejects(out).items():
        if code.startswith("A13"):
            mine = [row for row in rows if row["project_code"] == project]
            rules, actuals = as_rulebook(mine)
            with pytest.raises(ActualsProblems) as raised:
                evaluate(rules, actuals, unit=mine[0]["unit_code"], year=int(mine[0]["year"]))
            assert code in {problem.code for problem in raised.value.problems}, (project, ident)


@pytest.mark.parametrize("seed", range(4))
def test_a_total_is_the_others_taken_for_the_whole_rounded_once(seed: int):
    rows = of_ten(with_left(odd_rows(3 * seed), seed, (RESCALED,)))
    step = found_policies()[RESCALED].rounding.step
    for code in dict.fromkeys(row["project_code"] for row in rows):
        mine = [row for row in rows if row["project_code"] == code]
        rules, actuals = as_rulebook(mine)
        try:
            (table,) = evaluate(rules, actuals, unit=mine[0]["unit_code"], year=int(mine[0]["year"])).projects
        except ActualsProblems:
            continue
        left = sum(row.points for row in table.rows if row.inapplicable)
        earned = sum(row.earned for row in table.all_rows)
        exact = Fraction(earned * 10_000, 10_000 - left)
        assert table.total == (int(exact / step + Fraction(1, 2)) * step if left else earned)
        assert 0 <= table.total <= 10_000
        assert table.raised == table.total - earned if left else table.plain is None
        fired = {finding.rule.id for finding in table.findings}
        assert ("F122" in fired) == (table.raised > 0)


# ---- the workbook ------------------------------------------------------------------------------------------------

ROWS = [("人数", "≥10人", 3_333), ("率", "≥90%", 2_667), ("文字", "有所提升", 1_500), ("事故", "≤3起", 1_500)]
FILLED: list[dict[str, dict[str, Any]]] = [
    {"行1": {"actual": "不适用", "cause": REASON}, "行2": {"actual": 0.45}, "行3": {"state": "达成", "share": 0.87}, "行4": {"actual": 4}},
    {"行1": {"actual": 10}, "行2": {"actual": 0.9}, "行3": {"state": "达成", "share": 1}, "行4": {"actual": 3}},
    {"行1": {"actual": 7}, "行2": {"actual": "不适用", "cause": REASON}, "行3": {"actual": "不适用", "cause": REASON}, "行4": {"actual": 3}},
]  # fmt: skip


def test_the_previews_of_a_workbook_are_the_engines_or_wait(tmp_path: Path):
    plans = {f"P{n}{policy[:2]}": (policy, filled) for policy in (RESCALED, SHARED) for n, filled in enumerate(FILLED)}
    rules = test_template.workspace(tmp_path, {code: (policy, ROWS) for code, (policy, _) in plans.items()})
    made = template_xlsx(rules, tables_of(rules, None, None), {}, 1)
    book = load_workbook(io.BytesIO(made))
    for code, (_, filled) in plans.items():
        at = test_template.places(test_template.sheet_of(book, code))
        at["资金", "", "adjusted"].value, at["资金", "", "executed"].value = 100, 83.3
        for ident, fields in filled.items():
            for name, value in fields.items():
                at["指标", ident, name].value = value
    read, problems = read_actuals(test_template.saved(book, tmp_path / "actuals" / "a.xlsx").parent, rules)
    assert problems == []
    evaluation = evaluate(rules, read, executor="frame")
    computed = test_template.recalculated(book, tmp_path)
    for table in evaluation.tables:
        sheet = test_template.sheet_of(computed, table.code)
        column = next(c for c in range(1, 20) if sheet.cell(6, c).value == "得分预览")
        at = test_template.places(sheet)
        waits = table.policy.id == SHARED and bool(table.inapplicable)
        for row in table.rows:
            value = sheet.cell(at["指标", row.indicator.id, "actual"].row, column).value
            if row.inapplicable:
                assert value == "不适用"
            else:
                assert value == "待评分" if waits else round(value * 100) == row.earned, (table.code, row.indicator.id)
        last = next(r for r in range(1, sheet.max_row + 1) if "总分预览" in str(sheet.cell(r, 2).value))
        value = sheet.cell(last, column).value
        assert value == "待评分" if waits else round(value * 100) == table.score, (table.code, value, table.score)


# ---- told everywhere ---------------------------------------------------------------------------------------------


def scored_once(policy: str) -> tuple[Rulebook, dict[tuple[int, str], Actuals], TableScore]:
    row = odd_rows(3)[0] | {"policy": policy, "sign": "", "state": "", "share": "", "formula": "", "criterion": ""}
    row |= {"dimension": "数量指标", "category": "产出指标", "initial": "100", "adjusted": "100", "executed": "80"}
    rows = [
        row | {"indicator": "1", "points": "60.00", "target": "≥10人", "actual": "8人", "cause": "招聘推迟"},
        row | {"indicator": "2", "points": "20.00", "target": "≥95%", "actual": "不适用", "cause": REASON},
        row | {"indicator": "3", "points": "10.00", "target": "≤3起", "actual": "3起"},
    ]
    rules, actuals = as_rulebook(rows)
    (table,) = evaluate(rules, actuals, unit=row["unit_code"], year=int(row["year"])).projects
    return rules, actuals, table


def test_it_is_explained_exported_and_printed():
    rules, actuals, table = scored_once(RESCALED)
    assert table.score == 8250  # (8 + 48 + 10) ÷ 80 × 100
    said_of_table = dict(explain_table(table))
    assert said_of_table["总分"] == "(8.00 + 48.00 + 0.00 + 10.00) ÷ (100 − 20.00) × 100 = 82.50"
    assert "总分由 66.00 升为 82.50" in said_of_table["影响全局"]
    said_of_row = dict(explain_row(table.rows[1], table))
    assert said_of_row["不适用"].startswith(REASON)
    evaluation = evaluate(rules, actuals)
    exported = as_json(evaluation)["projects"][0]
    assert exported["not_applicable"] == {"points": "20.00", "effect": "折算", "without": "66.00", "total": "82.50"}
    assert exported["rows"][1]["not_applicable"] == {"reason": REASON, "points": "20.00"}
    assert "not_applicable" not in exported["rows"][0]
    printed = form(table, evaluation)
    assert printed.rows["indicators"][1]["earned"] == "不适用"
    assert REASON in printed.rows["indicators"][1]["remark"]
    assert "总分由 66.00 升为 82.50" in printed.words["form.lowered"]


def test_shared_points_are_explained_where_they_go():
    _, _, table = scored_once(SHARED)
    assert [row.points for row in table.rows] == [7714, 0, 1286]
    assert table.score == 800 + 6171 + 1286
    said_of_row = dict(explain_row(table.rows[0], table))
    assert "原 60.00，不适用的指标分来 17.14" in said_of_row["得分"]
    assert "分摊给其他指标" in dict(explain_row(table.rows[1], table))["不适用"]
    assert table.plain == 800 + 4800 + 1000


@pytest.mark.parametrize("policy", [RESCALED, SHARED])
def test_planning_refuses_what_it_cannot_work_out_and_what_if_does(policy: str):
    rules, actuals, table = scored_once(policy)
    for plan in (forecast, lambda *of: seek(*of, score=9000), sensitivity):
        with pytest.raises(UsageProblem) as raised:
            plan(rules, actuals)
        assert {problem.code for problem in raised.value.problems} == {"U378"}
    present = evaluate(rules, actuals)
    (way,) = from_words([f"{table.code}.2=95%"], present)
    changed = what_if(rules, actuals, [way], present=present)
    assert changed.sides[0][1].projects[0].score == 800 + 4800 + 2000 + 1000


# ---- printed tables audited --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "total", "row_verdict", "total_verdict"),
    [("不适用", "82.50", "agree", "agree"), ("", "82.5", "agree", "agree"), ("20", "86", "differ", "differ"), ("—", "66", "agree", "differ")],
)  # fmt: skip
def test_an_audit_knows_what_follows(score: str, total: str, row_verdict: str, total_verdict: str):
    policy = found_policies()[RESCALED]
    rows = [
        FilledRow(level1="产出指标", level2="数量指标", level3="人数", target="≥10人", actual="8人", points="60", score="48"),
        FilledRow(level1="产出指标", level2="质量指标", level3="率", target="≥95%", actual="不适用", points="20", score=score or None),
        FilledRow(level1="产出指标", level2="数量指标", level3="事故", target="≤3起", actual="3起", points="10", score="10"),
    ]  # fmt: skip
    table = FilledTable(id="1", indicators=rows, total_score=total, execution=ExecutionRow(points="10", score="8"))
    judged = [judge_row(row, policy, 2026) for row in rows]
    assert judged[1].verdict.verdict == row_verdict
    assert judge_total(table, judged, policy).verdict.verdict == total_verdict


# ---- filled in, corrected, reviewed ------------------------------------------------------------------------------

PROJECT, SATISFIED = "13028124P00499410001F", "质量1"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> test_issuing.Office:
    """A unit's year whose project is scored under a policy that takes the other rows for the whole."""
    monkeypatch.chdir(tmp_path)
    made = test_issuing.Office(tmp_path, PROJECT)
    rules = tmp_path / f"rules/projects/2023/629001/{PROJECT}.yaml"
    rules.write_text(rules.read_text("utf-8").replace("year: 2023", f"year: 2023\npolicy: {RESCALED}"), "utf-8")
    return made


def test_a_cell_waits_for_its_reason_and_both_are_written(office: test_issuing.Office):
    def enter(**values: str) -> entering.Entered:
        return entering.enter(
            Sitting(open_workspace(None)), "张三", PROJECT, [entering.RowEntry(SATISFIED, values, {})]
        )

    waiting = enter(actual="不适用")
    assert waiting.changes == () and [draft.text for draft in waiting.drafts] == ["不适用"]
    assert [draft.text for draft in enter(cause="无").drafts] == ["不适用"]
    written = enter(cause=REASON)
    assert written.drafts == () and {change.after for change in written.changes} == {"不适用", REASON}
    assert [draft.field for draft in enter(cause="").drafts] == ["cause"]


def test_it_is_corrected_and_reviewed_by_command(office: test_issuing.Office):
    office.run()
    words = ("correct", PROJECT, SATISFIED, "--actual", "不适用", "--reason", "核实", "--by", "张三")
    assert "A136" in office(*words)[1]
    assert office(*words, "--cause", REASON)[0] == 0
    office.run()
    assert office("submit", "--by", "张三")[0] == 0
    review = ("review", "set", PROJECT, "--by", "李审核", "--cause")
    code, told_of = office(*review, "组织过考核，应填结果", SATISFIED, "--actual", "90%")
    assert code == 0 and "自评" in told_of
    assert office(*review, "没有问卷可发", "满意度1", "--actual", "不适用")[0] == 0
    listed = json.loads(office("review", "list", "--format", "json")[1])["tables"][0]
    rows = {row["id"]: row for row in listed["rows"]}
    assert rows[SATISFIED]["actual"] == "不适用" and rows[SATISFIED]["review"] != "0.00"
    assert rows["满意度1"]["review_actual"] == "不适用"
