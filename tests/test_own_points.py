"""Rows scored by their own criterion on the main path: exact, explained so that the figures recompute, and in every product."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from evaluator.actuals.resultfiles import load_actuals
from evaluator.errors import UsageProblem
from evaluator.evaluation import evaluate
from evaluator.explain import explain_row, explain_table, formula
from evaluator.model import Indicator, Result
from evaluator.planning.attainability import attainable
from evaluator.planning.forecast import forecast
from evaluator.quantities.numerals import Unreadable, write_number
from evaluator.reporting.export import as_json
from evaluator.results import Money, TableScore
from evaluator.rowreading import Reading, read_row
from evaluator.rulebook.book import Rulebook
from evaluator.scoring import score
from evaluator.workbook.template import template_xlsx
from tests.conftest import ROOT
from tests.oracle import found_policies
from tests.test_cli import Ziping, ziping  # noqa: F401
from tests.test_template import places, sheet_of

YEAR, CODE = 2023, "13028124P00507410001X"
POLICY = found_policies()["cn-2020-10"]
MONEY = Money(100, 100, 100)


def indicator(target: str, points: str, criterion: str | None, **more: Any) -> Indicator:
    """A row of a table."""
    return Indicator(
        id="1",
        category="产出指标",
        dimension="数量指标",
        name="示例",
        target=target,
        points=points,
        criterion=criterion,
        **more,
    )


def reading(row: Indicator, **result: Any) -> Reading:
    """The row with a result, as it is read under the national policy."""
    return read_row(row, Result(**result), row.points, MONEY, POLICY, YEAR)


def earned(row: Indicator, **result: Any) -> int:
    """Its points in hundredths."""
    return int(score([reading(row, **result).case(0, POLICY)])["earned"][0])


# ---- exact -------------------------------------------------------------------------------------------------------

hundredths = st.integers(1, 4_000)
counts = st.integers(0, 300)
STEPS = {"proportion": lambda n: n, "full": floor, "started": ceil}


def half_up(exact: Fraction) -> int:
    """Hundredths, half up, once."""
    return floor(exact * 100 + Fraction(1, 2))


@given(counts, counts, hundredths, hundredths)
def test_so_much_for_each_person_short(aim: int, actual: int, by: int, full: int):
    each, whole = Fraction(by, 100), Fraction(full, 100)
    row = indicator(f"≥{aim}人", write_number(whole), f"每少1人扣{write_number(each)}分，扣完为止")
    expected = max(Fraction(0), whole - each * max(aim - actual, 0))
    assert earned(row, actual=f"{actual}人") == half_up(expected)


@given(st.integers(1, 10_000), st.integers(0, 12_000), hundredths, hundredths, st.sampled_from(sorted(STEPS)))
def test_so_much_for_each_percentage_point(aim: int, actual: int, by: int, full: int, step: str):
    each, whole = Fraction(by, 100), Fraction(full, 100)
    criterion = f"每降低1个百分点扣{write_number(each)}分，扣完为止"
    row = indicator(f"≥{write_number(Fraction(aim, 100))}%", write_number(whole), criterion, reads={"step": step})
    short = max(Fraction(aim - actual, 100), Fraction(0))
    expected = max(Fraction(0), whole - each * STEPS[step](short))
    made = reading(row, actual=f"{write_number(Fraction(actual, 100))}%")
    assert made.own is not None and made.own.points == expected
    assert int(score([made.case(0, POLICY)])["earned"][0]) == half_up(expected)


@given(st.integers(1, 500), st.integers(0, 700), hundredths)
def test_in_proportion_with_a_threshold(aim: int, actual: int, full: int):
    whole = Fraction(full, 100)
    row = indicator(f"≥{aim}人", write_number(whole), "完成率低于70%不得分，70%及以上按比例得分，最高得满分")
    rate = Fraction(actual, aim)
    expected = Fraction(0) if rate < Fraction(7, 10) else min(whole, whole * rate)
    assert earned(row, actual=f"{actual}人") == half_up(expected)


@given(st.integers(0, 400), st.integers(0, 400), hundredths)
def test_a_rate_of_data_items_is_exact_and_nothing_is_divided_by_zero(part: int, whole: int, full: int):
    row = indicator(
        "≥95%", write_number(Fraction(full, 100)), None, data={"合格": "人", "参评": "人"}, formula="合格 ÷ 参评"
    )
    data = {"合格": f"{part}人", "参评": f"{whole}人"}
    if whole == 0:
        with pytest.raises(Exception, match="除数为零"):
            reading(row, data=data)
        return
    made = reading(row, data=data)
    assert made.pair.actual == Fraction(part * 100, whole)
    plain = indicator("≥95%", write_number(Fraction(full, 100)), None)
    if (100 * part) % whole == 0:
        assert earned(row, data=data) == earned(plain, actual=f"{part * 100 // whole}%")
    said = reading(row, actual=f"合格={part}人；参评={whole}人")
    assert (said.pair.actual, said.missing) == (made.pair.actual, False)


# ---- bounded, full when met, recomputed --------------------------------------------------------------------------

CRITERIA = [
    ("≥59人", "完成得满分，未完成不得分", {}),
    ("≥59人", "达到指标值得满分，未达到指标值按比例得分，最高得满分", {}),
    ("≥59人", "每少1人扣0.5分，扣完为止", {}),
    ("≤59人", "每超1人扣0.5分，扣完为止", {}),
    ("≥59%", "每降低1个百分点扣2分，扣完为止", {"step": "started"}),
    ("≥59%", "59%（含）以上得满分，40%（含）-59%（不含）得60%，40%（不含）以下不得分", {}),
    ("=0起", "每发生1起扣5分，扣完为止", {}),
]
WORKED = re.compile(r"([\d.]+) × ([\d.]+) = [扣加]([\d.]+)分|([\d.]+) − ([\d.]+) = (-?[\d.]+)分")


@given(st.sampled_from(CRITERIA), st.integers(0, 20_000), hundredths)
def test_points_are_bounded_full_when_met_and_the_printed_figures_recompute(
    case: tuple[str, str, dict[str, str]], actual: int, full: int
):
    target, criterion, reads = case
    unit = target[-1]
    value = Fraction(actual, 100) if unit == "%" else Fraction(actual // 100)
    row = indicator(target, write_number(Fraction(full, 100)), criterion, reads=reads)
    made = reading(row, actual=f"{write_number(value)}{unit}")
    assert made.own is not None and made.own.points is not None
    got = score([made.case(0, POLICY)])
    assert 0 <= got["earned"][0] <= full
    if got["met"][0]:
        assert got["earned"][0] == full
    for each, times, product, left, right, rest in WORKED.findall(made.own.says):
        if each:
            assert abs(Fraction(each) * Fraction(times) - Fraction(product)) < Fraction(1, 1000)
        else:
            assert abs(Fraction(left) - Fraction(right) - Fraction(rest)) < Fraction(1, 1000)


# ---- a table -----------------------------------------------------------------------------------------------------


def community(book: Rulebook, rows: dict[str, dict[str, Any]], results: dict[str, Result]) -> tuple[Rulebook, Any]:
    """The community project of the demonstration with other rows and results."""
    project = book.projects[YEAR, CODE]
    changed = [
        Indicator(
            **{
                **row.model_dump(exclude={"points", "of_data"}, exclude_defaults=True),
                "points": write_number(Fraction(row.points, 100)),
                **rows[row.id],
            }
        )
        if row.id in rows
        else row
        for row in project.indicators
    ]
    actuals = load_actuals(ROOT / "actuals", book)
    given_ = actuals[YEAR, CODE]
    now = given_.model_copy(update={"results": given_.results | results})
    projects = {**book.projects, (YEAR, CODE): project.model_copy(update={"indicators": changed})}
    return replace(book, projects=projects), {**actuals, (YEAR, CODE): now}


def scored(book: Rulebook, rows: dict[str, dict[str, Any]], results: dict[str, Result]) -> TableScore:
    rulebook, actuals = community(book, rows, results)
    return next(table for table in evaluate(rulebook, actuals).projects if table.code == CODE)


SHORT = {"数量1": {"criterion": "每少1人扣0.5分，扣完为止"}}


def test_a_row_is_explained_as_written_as_read_and_by_its_figures(book: Rulebook):
    table = scored(book, SHORT, {"数量1": Result(actual="235人", cause="人员调出", remedy="补充人员")})
    row = table.rows[0]
    said = dict(explain_row(row, table))
    assert row.earned == 1150 and row.by_criterion
    assert said["评分标准"] == "原文“每少1人扣0.5分，扣完为止”；读作：每少1人扣0.5分，扣完为止"
    assert "2 × 0.5 = 扣1分" in said["得分"] and "12.5 − 1 = 11.5分 = 11.50" in said["得分"]
    assert formula(row, table.policy) in said["得分"]


def test_points_outside_a_row_and_a_veto_act_on_the_total_and_the_grade(book: Rulebook):
    before = scored(book, {}, {})
    rows = {"数量1": {"criterion": "未按期报送的，不得分，并追加扣除10分"}}
    outside = scored(book, rows, {"数量1": Result(given={"fact": "是"})})
    assert (outside.rows[0].earned, outside.outside) == (0, -1000)
    assert outside.total == before.total - before.rows[0].earned - 1000
    assert "− 10.00（各行以外）" in dict(explain_table(outside))["总分"]
    veto = "完成得满分，未完成不得分。发生重大安全事故的，一票否决"
    worst = scored(
        book,
        {"数量1": {"criterion": veto, "reads": {"effect": "worst"}}},
        {"数量1": Result(actual="237人", given={"veto": "是"})},
    )
    assert worst.grade == worst.policy.grades.words[-1] and worst.score == before.score
    zero = scored(
        book,
        {"数量1": {"criterion": veto, "reads": {"effect": "zero"}}},
        {"数量1": Result(actual="237人", given={"veto": "是"})},
    )
    assert zero.score == 0 and zero.grade == zero.policy.grades.words[-1]


def test_json_has_the_criterion_only_where_there_is_one(book: Rulebook):
    rulebook, actuals = community(book, SHORT, {"数量1": Result(actual="235人")})
    table = next(one for one in as_json(evaluate(rulebook, actuals))["projects"] if one["code"] == CODE)
    first, *others = table["rows"]
    assert first["criterion"]["reads"] == "每少1人扣0.5分，扣完为止" and first["criterion"]["outside"] == "0.00"
    assert not any("criterion" in row or "data" in row for row in others)


# ---- planning: exact, or refused ---------------------------------------------------------------------------------


def test_what_is_reached_is_foreseen_and_what_is_open_is_refused(book: Rulebook):
    rulebook, actuals = community(book, SHORT, {"数量1": Result(actual="235人")})
    made = next(one for one in forecast(rulebook, actuals) if one.standing.project.code == CODE)
    assert made.standing.certain["数量1"] == 1150
    unfilled = forecast(*community(book, SHORT, {"数量1": Result()}))
    nothing = next(each for each in unfilled if each.standing.project.code == CODE)
    assert nothing.high.total - nothing.low.total >= 1250
    several = {"数量1": {"criterion": "①制度健全得6分；②台账完整得6.5分"}}
    with pytest.raises(UsageProblem, match="U378"):
        forecast(*community(book, several, {"数量1": Result()}))
    best = next(one for one in attainable(rulebook, actuals) if one.witness.code == CODE)
    plain = next(one for one in attainable(book, actuals) if one.witness.code == CODE)
    assert best.best.total == plain.best.total
    unbounded = {"数量1": {"criterion": "完成得满分，每少1人扣0.5分，每多1人加0.5分，最多加2分"}}
    with pytest.raises(UsageProblem, match="U378"):
        attainable(*community(book, unbounded, {}))


SURVEY = {"发放份数": "份", "有效份数": "份", "满意份数": "份", "基本满意份数": "份"}


@pytest.mark.parametrize(
    ("target", "data", "formula", "filled", "shown"),
    [
        ("≤500元/人", {"补助总额": "万元", "补助人数": "人"}, "补助总额 / 补助人数", {"补助总额": "3万元", "补助人数": "60人"}, "500元/人"),
        ("≥480公斤/亩", {"总产量": "吨", "面积": "亩"}, "总产量 / 面积", {"总产量": "3吨", "面积": "6亩"}, "500公斤/亩"),
        ("≥90%", SURVEY, "(满意份数 + 基本满意份数 × 0.8) / 有效份数",
         {"发放份数": "100份", "有效份数": "95份", "满意份数": "80份", "基本满意份数": "10份"}, "92.63%"),
    ],
)  # fmt: skip
def test_data_items_give_a_value_in_the_targets_unit(
    target: str, data: dict[str, str], formula: str, filled: dict[str, str], shown: str
):
    row = indicator(target, "10", None, data=data, formula=formula)
    assert reading(row, data=filled).pair.actual_shown.replace("…", "") == shown
    assert earned(row, data=filled) == 1000


@pytest.mark.parametrize(
    ("filled", "code", "says"),
    [
        ({"有效份数": "95份", "满意份数": "80份", "基本满意份数": "20份"}, "Q415", "满意份数、基本满意份数合计100，多于有效份数95份"),
        ({"发放份数": "90份", "有效份数": "95份", "满意份数": "80份", "基本满意份数": "1份"}, "Q415", "有效份数95份多于发放份数90份"),
        ({"发放份数": "9份", "有效份数": "0份", "满意份数": "0份", "基本满意份数": "0份"}, "Q409", "除数为零"),
    ],
)  # fmt: skip
def test_a_survey_that_contradicts_itself_is_refused(filled: dict[str, str], code: str, says: str):
    row = indicator("≥90%", "10", None, data=SURVEY, formula="(满意份数 + 基本满意份数 × 0.8) / 有效份数")
    with pytest.raises(Unreadable) as refused:
        reading(row, data=filled)
    assert refused.value.code == code and says in refused.value.reason


# ---- the workbook ------------------------------------------------------------------------------------------------


def test_the_workbook_asks_for_what_a_criterion_needs_and_does_not_pretend_to_score_what_no_formula_says(
    book: Rulebook,
):
    rows = {
        "数量1": {"criterion": "每少1人扣0.5分，扣完为止"},
        "质量1": {"data": {"合格人数": "人", "参评人数": "人"}, "formula": "合格人数 / 参评人数"},
        "时效1": {"criterion": "每发现一处不合规扣1分，扣完为止"},
        "成本1": {
            "criterion": "每降低1个百分点扣0.5分，扣完为止",
            "reads": {"step": "full"},
        },  # by a formula over money
    }
    rulebook, actuals = community(
        book, rows, {"数量1": Result(actual="235人"), "质量1": Result(data={"合格人数": "90人"})}
    )
    raw = template_xlsx(rulebook, [rulebook.projects[YEAR, CODE]], actuals, 1)
    sheet = sheet_of(load_workbook(io.BytesIO(raw)), CODE)
    at = {ident: cell for (_, ident, field), cell in places(sheet).items() if field == "actual"}
    lines = {name: [str(one.value) for one in sheet[cell.row]] for name, cell in at.items()}
    assert [name for name, line in lines.items() if any("由系统计算" in text for text in line)] == [
        "质量1",
        "时效1",
        "成本1",
    ]
    assert at["质量1"].value == "合格人数=90人"
    prompts = " ".join(str(rule.prompt) for rule in sheet.data_validations.dataValidation)
    assert "合格人数=…人；参评人数=…人" in prompts and "count=…" in prompts


# ---- an import ---------------------------------------------------------------------------------------------------

GOALS = [
    ["项目名称", "示例社区服务经费"],
    ["项目编码", "S2024001"],
    ["预算单位", "示例街道办事处"],
    ["预算数", "100万元", "财政资金", "100万元", "其他资金", "0"],
    ["绩效目标", "1.保障社区服务"],
    ["一级指标", "二级指标", "三级指标", "指标值", "计量单位", "分值", "评分标准", "指标值确定依据"],
    ["产出指标", "数量指标", "保障人数", "≥59", "人", "25", "每少1人扣0.5分，扣完为止", "计划"],
    ["产出指标", "质量指标", "验收合格率", "≥95", "%", "25", "每降低1个百分点扣2分", "计划"],
    ["效益指标", "社会效益指标", "投诉事件", "=0", "起", "30", "每少扣3分", "计划"],
    ["满意度指标", "服务对象满意度指标", "群众满意度", "≥90", "%", "10", "90%（含）以上得10分，80%（含）—90%得8分，80%以下不得分", "调查"],
]  # fmt: skip


def test_a_column_of_criteria_is_imported_asked_about_and_scored(tmp_path: Path, ziping: Ziping):  # noqa: F811
    document = Document()
    document.add_paragraph("2024年项目绩效目标表（示例数据）")
    table = document.add_table(rows=0, cols=8)
    for texts in GOALS:
        for cell, text in zip(table.add_row().cells, texts, strict=False):
            cell.text = text
    document.save(str(tmp_path / "goals.docx"))
    space = tmp_path / "示例"
    assert ziping("init", space, "--unit", "S01", "--name", "示例街道办事处", "--year", "2024", "--empty").code == 0
    made = ziping("import", tmp_path / "goals.docx", "--into", space, "--year", "2024", "--unit", "S01")
    assert made.out.count("D316") == 2 and made.out.count("D315") == 1
    assert "不足一个单位的按一个单位计（完成93.5%得21.00分）" in made.out
    answers = {
        "质量1.reads.step": "不足一个单位的按一个单位计",
        "质量1.reads.floor": "扣完为止",
        "社会效益1.评分标准": "每发生1起扣3分，扣完为止",
    }
    sets = [word for name, text in answers.items() for word in ("--set", f"S2024001.{name}={text}")]
    assert "写入 3 个答复" in ziping("answer", space, *sets).out
    folder = space / "actuals" / "2024" / "S01"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "S2024001.yaml").write_text(
        "code: S2024001\nyear: 2024\nillustrative: true\nspending: {adjusted: 100, executed: 100}\nresults:\n"
        "  数量1: {actual: 57人}\n  质量1: {actual: 93.5%}\n  社会效益1: {actual: 2起}\n  满意度1: {actual: 89%}\n",
        encoding="utf-8",
    )
    scored_ = ziping("explain", "S2024001", "--workspace", space)
    assert "87.00" in scored_.out  # 10 + 24 + 21 + 24 + 8


def test_criteria_are_loaded_only_where_a_row_has_one():
    code = (
        "import sys\nfrom evaluator.cli import app\napp(['score', '--sample'], standalone_mode=False)\n"
        "print(sorted(name for name in sys.modules if name.startswith('evaluator.criteria.')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines()[-1] == "['evaluator.criteria.faulty']", ran.stderr
