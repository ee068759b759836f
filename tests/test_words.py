"""Every word of comparison goes the same way through engine, batch, workbook, rule book, monitoring and planning: what one of
them does not know of a word is found here. A word that somebody adds is walked too. All results here are 示例数据."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from evaluator.actuals.resultfiles import read_actuals
from evaluator.comparators import COMPARATORS, MIRRORED, NEGATED, READ, SIGNS, STRICT, Comparator, as_read, linear_form
from evaluator.evaluation import evaluate
from evaluator.findings.facts import FACTS
from evaluator.handbook.chapters import handbook
from evaluator.handbook.coverage import coverage
from evaluator.handbook.rulechapters import word_anchor
from evaluator.monitoring.rows import read_rows
from evaluator.planning.steps import pieces
from evaluator.preparation import tables_of
from evaluator.quantities.quantity import read_target, set_beside
from evaluator.results import Row
from evaluator.rulebook.book import Rulebook, load_rulebook
from evaluator.scoring import Case
from evaluator.workbook.preview import CellFormula
from evaluator.workbook.template import template_xlsx
from tests import oracle, test_monitoring
from tests.test_template import places, recalculated, saved, sheet_of, workspace

ROOT = Path(__file__).parents[1]
POLICIES = ("cn-2020-10", "linear-at-most")  # the words people read, and their linear forms
ANSWERS = {"期限": ("12月底前", ("11月", "2025年1月")), "是否": ("完成", ("完成", "未完成"))}


@dataclass(frozen=True)
class Line:
    """One target and one actual of a word's example, as they are written; a stated share is a state with it."""

    word: str
    target: str
    actual: str
    typed: Any


def lines_of(one: Comparator) -> list[Line]:
    """A word's example, each actual of it as a row of a table."""
    read, shown = as_read(one.word), one.example
    if one.direction == "stated":
        bands = {80: "达成", 100: "达成", 70: "部分达成并具有一定效果"}
        return [Line(read, "有所提升", "", (bands[n], n / 100)) for n in shown.actuals]
    if one.direction == "done":
        target, actuals = ANSWERS[one.word]
        return [Line(read, target, actual, actual) for actual in actuals]
    wanted = f"{shown.target}-{shown.high}人" if shown.high else f"{read}{shown.target}人"
    return [Line(read, wanted, f"{n}人", n) for n in shown.actuals]


LINES = [line for word in READ for line in lines_of(COMPARATORS[word])]


@cache
def shared() -> Rulebook:
    return load_rulebook(ROOT / "rules")


def rules_in(folder: Path) -> Rulebook:
    """A project of all lines under each policy."""
    worth = [9_000 // len(LINES)] * len(LINES)
    worth[-1] += 9_000 - sum(worth)
    rows = [(f"指标{n}", line.target, points) for n, (line, points) in enumerate(zip(LINES, worth, strict=True), 1)]
    return workspace(folder, {f"P{n}": (policy, rows) for n, policy in enumerate(POLICIES)})


def filled(rules: Rulebook) -> Any:
    """The clerk's workbook of these projects with every row filled in."""
    book = load_workbook(io.BytesIO(template_xlsx(rules, tables_of(rules, None, None), {}, 1)))
    for number in range(len(POLICIES)):
        at = places(sheet_of(book, f"P{number}"))
        at["资金", "", "adjusted"].value = at["资金", "", "executed"].value = 100
        for row, line in enumerate(LINES, 1):
            if isinstance(line.typed, tuple):
                at["指标", f"行{row}", "state"].value, at["指标", f"行{row}", "share"].value = line.typed
            else:
                at["指标", f"行{row}", "actual"].value = line.typed
    return book


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rulebook, Any, dict[str, list[Row]]]:
    """The folder, the rules, the filled workbook, and every row as the engine scores it, by project."""
    folder = tmp_path_factory.mktemp("words")
    rules = rules_in(folder)
    book = filled(rules)
    read, found = read_actuals(saved(book, folder / "actuals" / "a.xlsx").parent, rules)
    assert found == []
    evaluation = evaluate(rules, read, executor="frame")
    return folder, rules, book, {table.code: list(table.rows) for table in evaluation.projects}


def test_the_lines_are_of_every_word(walked: Any):
    _, _, _, scored = walked
    assert {row.comparator for rows in scored.values() for row in rows} == set(COMPARATORS)
    assert {row.word for rows in scored.values() for row in rows} == set(READ)


def test_the_engine_scores_every_word_as_the_oracle_does(walked: Any):
    _, rules, _, scored = walked
    for number, policy in enumerate(POLICIES):
        for row in scored[f"P{number}"]:
            line = oracle.Line(
                row.comparator, row.actual, row.target, row.high, row.points, rules.policies[policy], row.scale
            )
            wanted = oracle.scored(line)
            assert (row.attainment, row.met, row.earned) == (wanted.attainment, wanted.met, wanted.earned), line
            assert row.over == oracle.overdone(line)


def test_a_batch_scores_every_word_as_the_engine_does(walked: Any):
    pytest.importorskip("pyarrow")
    from tests.test_batch import BLANK, batch, rejects, told

    folder, _, _, scored = walked
    common = BLANK | {"unit_code": "600001", "unit": "示例单位", "year": "2024", "project": "示例项目"}
    common |= {"initial": "100", "adjusted": "100", "executed": "100", "category": "产出指标", "dimension": "数量指标"}
    rows = []
    for number, policy in enumerate(POLICIES):
        for row, line in zip(scored[f"P{number}"], LINES, strict=True):
            state, share = line.typed if isinstance(line.typed, tuple) else ("", "")
            mine = {"state": state, "share": f"{round(share * 100)}%" if state else "", "actual": line.actual}
            mine |= {"project_code": f"P{number}", "policy": policy, "indicator": row.indicator.id}
            mine |= {"name": row.indicator.name, "target": line.target, "points": f"{row.points / 100:.2f}"}
            rows.append(common | mine)
    out = batch(rows, folder / "batch")
    assert rejects(out) == {}
    made = told(out)
    for code, mine in scored.items():
        for row in mine:
            earned, met, missing = made[f"{(2024, '600001', code)} {row.indicator.id}"]
            assert (int(earned * 100), met, missing) == (row.earned, row.met, False), (code, row.comparator)


def test_the_workbook_previews_every_word_as_the_engine_scores_it(walked: Any):
    folder, _, book, scored = walked
    computed = recalculated(book, folder / "previews")
    for code, rows in scored.items():
        sheet = sheet_of(computed, code)
        column = next(c for c in range(1, 20) if sheet.cell(6, c).value == "得分预览")
        at = places(sheet)
        shown = [sheet.cell(at["指标", row.indicator.id, "actual"].row, column).value for row in rows]
        for row, value in zip(rows, shown, strict=True):
            waits = row.comparator == "期限"  # words that a spreadsheet cannot read
            assert value == "待评分" if waits else round(value * 100) == row.earned, (row.comparator, row.actual)


def test_the_rule_book_has_an_entry_and_an_example_of_every_word():
    book = handbook(shared(), {}, [], coverage(shared(), []))
    chapter = next(one for one in book.sections if one.anchor == "comparators")
    assert [entry.anchor for entry in chapter.topics] == [word_anchor(word) for word in COMPARATORS]
    for entry, one in zip(chapter.topics, COMPARATORS.values(), strict=True):
        assert one.formula.format(actual="完成值", target="指标值") in str(entry)
        assert str(entry).count("达到'") >= len(one.example.actuals)


@pytest.mark.parametrize("word", [word for word in READ if COMPARATORS[word].direction != "stated"])
def test_monitoring_gives_every_word_a_colour_and_the_engines_attainment(word: str):
    for line in lines_of(COMPARATORS[word]):
        reported = {"甲1": {"value": line.actual.replace("2025", "2024")}}
        told = test_monitoring.point(date(2023, 12, 31), executed="50", indicators=reported)
        made = test_monitoring.project([{"target": line.target}])
        rows = read_rows(shared(), [made], [told], test_monitoring.POLICY, {test_monitoring.CODE: []}, told.day)
        ((_, (row,)),) = rows.values()
        assert row.colour is not None or COMPARATORS[word].direction == "done", line
        pair = set_beside(read_target(line.target), line.actual, year=2023)
        high = pair.target if pair.high is None else pair.high
        assert (row.attainment, row.met) == oracle.attainment(word, pair.actual, pair.target, high)


@pytest.mark.parametrize("word", COMPARATORS)
def test_planning_can_follow_every_word(word: str):
    one, policy = COMPARATORS[word], shared().policies["cn-2020-10"]
    high = Fraction(one.example.high or one.example.target)
    case = Case(0, word, None, Fraction(one.example.target), high, 1250, policy, one.scale)
    assert all(piece.points(None) <= 1250 or not piece.flat for piece in pieces(case))


@pytest.mark.parametrize("word", COMPARATORS)
def test_no_number_of_an_attainment_outgrows_what_the_kernels_allow(word: str):
    """The bound up to which 64 bits are enough rests on it: see `clauses.bound`."""
    for actual in (-9, -1, 0, 1, 3, 7, 8, 14, 15, 40):
        for target in (-8, -1, 0, 1, 7, 8, 40):
            for high in {target, target + 5}:
                num, den, met = COMPARATORS[word].attain(actual, target, high)
                assert 0 <= num <= 3 * max(abs(actual), abs(target), abs(high), 1)
                assert 0 < den <= 3 * max(abs(actual), abs(target), abs(high), 1)
                assert isinstance(met, bool)


@pytest.mark.parametrize("word", COMPARATORS)
def test_a_formula_of_a_spreadsheet_can_be_made_of_every_word(word: str):
    num, den, _ = COMPARATORS[word].attain(CellFormula("A1"), CellFormula("B1"), CellFormula("C1"))
    assert {type(num), type(den)} <= {CellFormula, int}
    assert str(num).count("(") == str(num).count(")")


def test_brackets_stand_where_a_spreadsheet_needs_them():
    a, b, c = (CellFormula(name) for name in "abc")
    assert str(a - (b - c)) == "a-(b-c)" and str(a - b - c) == "a-b-c"
    assert str(2 * (a + 1)) == "2*(a+1)" and str(1 - 2 * a * b) == "1-2*a*b"
    assert str((a < b) & (a - b >= 0)) == "AND(a<b,a-b>=0)"


def test_what_is_said_of_a_sign_follows_from_its_declaration():
    assert set(SIGNS) <= set(FACTS["outcome"]["comparator"].labels) == set(READ)
    for sign in SIGNS:
        one = COMPARATORS[sign]
        assert len(sign) == 1 and one.scale == "quantitative"
        assert MIRRORED[MIRRORED[sign]] == sign and (MIRRORED[sign] in STRICT) == (sign in STRICT)
        assert as_read(linear_form(sign)) == sign
        for written in (sign, *one.marks, *one.spoken):
            assert read_target(f"{written}50人").sign == sign
    for sign, instead in NEGATED.items():
        for written in COMPARATORS[sign].spoken:
            assert read_target(f"不{written}50人").sign == instead
