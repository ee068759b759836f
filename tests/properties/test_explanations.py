"""A printed formula gives the score again, a printed step leads where it says, and nothing makes an explanation fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluator.evaluation import evaluate
from evaluator.explain import explain_row, explain_table, formula, next_step, why_rule
from evaluator.model import EXECUTION, Indicator, Result
from evaluator.policies.bases import cited
from evaluator.policy import Policy
from evaluator.preparation import SPENDING
from evaluator.results import Evaluation, Row, TableScore
from evaluator.rulebook.book import Rulebook
from evaluator.scoring import Case, score
from tests import oracle
from tests.oracle import WORDS, Line, found_policies, lines

# ---- a reader of printed formulas --------------------------------------------------------------------------------

TOKEN = re.compile(r" *(?:(\d+(?:\.\d+)?)(%?)|([×÷+−()-]))")


def value(text: str) -> Fraction:
    """Work out a printed expression: numbers, per cent, × ÷ + − and brackets, × and ÷ first, from left to right."""
    tokens: list[Any] = []
    at = 0
    while at < len(text.rstrip()):
        found = TOKEN.match(text, at)
        assert found, f"不能读：{text!r} 第 {at} 个字符"
        number, per_cent, sign = found.groups()
        tokens.append(sign or Fraction(number) / (100 if per_cent else 1))
        at = found.end()

    def term() -> Fraction:
        assert tokens, text
        head = tokens.pop(0)
        if head in ("-", "−"):
            return -term()
        if head == "(":
            inner = total()
            assert tokens, text
            assert tokens.pop(0) == ")", text
            return inner
        assert isinstance(head, Fraction), text
        return head

    def product() -> Fraction:
        result = term()
        while tokens and tokens[0] in ("×", "÷"):
            result = result * term() if tokens.pop(0) == "×" else result / term()
        return result

    def total() -> Fraction:
        result = product()
        while tokens and tokens[0] in ("+", "−", "-"):
            result = result + product() if tokens.pop(0) == "+" else result - product()
        return result

    result = total()
    assert not tokens, text
    return result


def recomputed(printed: str, policy: Policy) -> tuple[int, int]:
    """The points a formula comes to, rounded half up once and never above its points; and the points it says."""
    left, said = printed.split(" = ")
    most = int(Fraction(left.split(" × ")[0]) * 100)
    exact = value(left) * 100
    return (most if exact == most else min(oracle.round_half_up(exact, policy.rounding.step), most)), int(
        Fraction(said) * 100
    )


def test_the_reader_reads_as_people_do():
    assert value("12.50 × 57 ÷ 59") == Fraction(1250 * 57, 5900)
    assert value("10.00 × (1 − (25 − 20) ÷ 20) − 2.00") == Fraction(55, 10)
    assert value("8.00 × (-0.5 + (1.5 × 95%))") == 8 * (Fraction(-1, 2) + Fraction(3, 2) * Fraction(95, 100))
    with pytest.raises(AssertionError):
        value("12.50 x 57")
    with pytest.raises(AssertionError):
        value("12.50 × (57")


# ---- rows --------------------------------------------------------------------------------------------------------


def row_of(line: Line, unit: str = "人") -> Row:
    """A generated line as the engine keeps it once it is scored."""
    case = Case(0, line.word, line.actual, line.target, line.high, line.points, line.policy, line.scale)
    out = score([case]).iloc[0]
    plain = Indicator(id="数量1", category="产出指标", dimension="数量指标", name="人数", target="≥59人", points="1")
    qualitative = plain.model_copy(update={"target": "有所提升"})
    indicator = SPENDING if line.scale == "execution" else qualitative if line.word == "定性" else plain
    return Row(
        indicator=indicator,
        result=Result(state=state_of(line), evidence=["台账"]) if line.word == "定性" else Result(actual="57人"),
        comparator=line.word,
        target=line.target,
        high=line.high,
        actual=line.actual,
        unit="万元" if line.scale == "execution" else unit,
        actual_shown="",
        notes=(),
        computed=False,
        points=int(out["points"]),
        scale=line.scale,
        segment=int(out["segment"]),
        attainment=None if line.actual is None else Fraction(int(out["num"]), int(out["den"])),
        met=bool(out["met"]),
        over=bool(out["over"]),
        deducted=int(out["deducted"]),
        rounded=bool(out["rounded"]),
        earned=int(out["earned"]),
    )


def state_of(line: Line) -> Any:
    if line.actual is None:
        return None
    return next(state for state in oracle.STATES if line.policy.qualitative.holds(state, line.actual))


@given(lines())
def test_the_printed_formula_gives_the_score_again(line: Line):
    row = row_of(line)
    printed = formula(row, line.policy)
    assert recomputed(printed, line.policy) == (row.earned, row.earned), printed
    assert row.earned == oracle.scored(line).earned


@pytest.mark.parametrize("word", WORDS)
@settings(max_examples=100)
@given(data=st.data())
def test_the_formula_of_each_word_gives_the_score_again(word: str, data: st.DataObject):
    line = data.draw(lines(words=[word], missing=False))
    row = row_of(line)
    printed = formula(row, line.policy)
    assert recomputed(printed, line.policy) == (row.earned, row.earned), printed


@pytest.mark.parametrize(
    ("word", "actual", "target", "policy", "printed"),
    [
        ("≥", "57", "59", "cn-2020-10", "12.50 × 57 ÷ 59 = 12.08"),
        ("≥", "60", "59", "cn-2020-10", "12.50 × 100% = 12.50"),
        ("≥", "120", "59", "execution-caps", "12.50 × 100% − 2.00 = 10.50"),
        ("≤", "25", "20", "cn-2020-10", "12.50 × 20 ÷ 25 = 10.00"),
        ("≤线性", "25", "20", "linear-at-most", "12.50 × (1 − (25 − 20) ÷ 20) = 9.38"),
        ("≤线性", "40", "20", "linear-at-most", "12.50 × 0 = 0.00"),
        ("=", "20.5", "21", "cn-2020-10", "12.50 × 20.5 ÷ 21 = 12.20"),
        ("区间", "4", "3", "cn-2020-10", "12.50 × 3 ÷ 4 = 9.38"),
        ("定性", "0.92", "0.8", "cn-2020-10", "12.50 × 92% = 11.50"),
        ("是否", "0", "1", "cn-2020-10", "12.50 × 0% = 0.00"),
        ("≥", None, "59", "cn-2020-10", "12.50 × 0% = 0.00"),
        ("≥", "1/3", "2/3", "cn-2020-10", "12.50 × (1÷3) ÷ (2÷3) = 6.25"),
    ],
)
def test_formulas_as_they_are_printed(word: str, actual: str | None, target: str, policy: str, printed: str):
    clause = oracle.CLAUSE_OF.get(word, "quantitative")
    high = Fraction(1) if word == "定性" else Fraction(target)
    given_ = None if actual is None else Fraction(actual)
    line = Line(word, given_, Fraction(target), high, 1250, found_policies()[policy], clause)
    assert formula(row_of(line), line.policy) == printed


# ---- the next step -----------------------------------------------------------------------------------------------

STEP = re.compile(r"再(增加|减少|支出)(约)? (\d+(?:\.\d+)?) (\S*)即得满分 ([\d.]+)")
BEYOND = re.compile(r"(高于|低于) (-?[\d.]+)人 即得满分 ([\d.]+)")
BAND = re.compile(r"比例达到 ([\d.]+)% 进入“(.+)”，至少得 ([\d.]+)")


def taken(line: Line, says: str) -> tuple[Line, int]:
    """The line after the step that was said, and the points it was said to lead to at least."""
    assert line.actual is not None
    if found := STEP.fullmatch(says):
        verb, _, amount, _, promised = found.groups()
        change = Fraction(amount)
        actual = line.actual - change if verb == "减少" else line.actual + change
        return replace(line, actual=actual), int(Fraction(promised) * 100)
    if found := BEYOND.fullmatch(says):
        side, bound, promised = found.groups()
        beyond = Fraction(bound) + (Fraction(1, 100) if side == "高于" else Fraction(-1, 100))
        return replace(line, actual=beyond), int(Fraction(promised) * 100)
    if found := BAND.fullmatch(says):
        share, state, promised = found.groups()
        moved = replace(line, actual=Fraction(share) / 100)
        assert state_of(moved) == state
        return moved, int(Fraction(promised) * 100)
    if found := re.fullmatch(r"(?:做到即得满分|档内比例提高到 100% 可得满分) ([\d.]+)", says):
        return replace(line, actual=Fraction(1)), int(Fraction(found[1]) * 100)
    raise AssertionError(says)


def within_money(line: Line) -> Line:
    """Money is whole 分, shown in 万元: an execution row is never finer than that."""
    if line.scale != "execution" or line.actual is None:
        return line
    actual, target = (Fraction(int(abs(number) * 10**6) + 1, 10**6) for number in (line.actual, line.target))
    return replace(line, actual=actual, target=target, high=target)


@given(lines().map(within_money))
def test_the_next_step_leads_where_it_says(line: Line):
    assume(line.target == 0 or abs(line.target) >= Fraction(1, 100))  # a printed step has four decimals
    if line.word == "区间":
        line = replace(line, high=max(line.high, line.target + 1))  # no range is narrower than what is printed
    row = row_of(line)
    says = next_step(row, line.policy)
    if line.actual is None:
        assert says == "填写实际完成值后才能计分"
    elif row.deducted:
        assert says.startswith(f"因超额完成扣 {row.deducted / 100:.2f} 分")
    elif row.full:
        assert says == "已得满分"
    elif row.attainment is not None and row.attainment > 1:
        assert row.earned < row.points  # beyond the peak of a falling scale
    else:
        moved, promised = taken(line, says)
        after = oracle.scored(moved)
        assert after.earned == promised, says
        if not BAND.fullmatch(says):
            assert promised == line.points, says


def test_a_step_too_small_to_print_is_rounded_up_not_away():
    """Rounding the step down would send someone to a value that still misses."""
    national = found_policies()["cn-2020-10"]
    line = Line("≥", Fraction(2, 3), Fraction(1), Fraction(1), 10_000, national, "quantitative")
    assert next_step(row_of(line), national) == "再增加约 0.3334 人即得满分 100.00"
    percent = Line("≥", Fraction(9012, 100), Fraction(95), Fraction(95), 1000, national, "quantitative")
    assert next_step(row_of(percent, "%"), national) == "再增加 4.88 个百分点即得满分 10.00"


def test_a_target_that_must_be_passed_is_not_called_reached():
    national = found_policies()["cn-2020-10"]
    for word, actual, says in ((">", "0", "高于"), (">", "-3", "高于"), ("<", "0", "低于"), ("<线性", "2", "低于")):
        line = Line(word, Fraction(actual), Fraction(0), Fraction(0), 1250, national, "quantitative")
        assert next_step(row_of(line), national) == f"{says} 0人 即得满分 12.50"


@pytest.mark.parametrize("step", [10, 50])
def test_the_points_of_the_next_band_are_the_points_it_gives(step: int):
    national = found_policies()["cn-2020-10"]
    policy = national.model_copy(update={"rounding": national.rounding.model_copy(update={"step": step})})
    line = Line("定性", Fraction(3, 10), Fraction(4, 5), Fraction(1), 1301, policy, "qualitative")
    moved, promised = taken(line, next_step(row_of(line), policy))
    assert oracle.scored(moved).earned == promised


# ---- whole explanations ------------------------------------------------------------------------------------------


@given(lines())
def test_no_row_makes_an_explanation_fail(sample: Evaluation, line: Line):
    row = row_of(line)
    table = replace(sample.projects[0], policy=line.policy, rows=(row,))
    sentences = list(explain_row(row, table))
    labels = [label for label, _ in sentences]
    assert labels[0] == "指标"
    assert {"指标值", "实际完成值", "适用条款", "得分", "距下一步"} <= set(labels)
    assert all(says.strip() for _, says in sentences)
    assert ("偏差原因" in labels) == (row.lost > 0)
    earned = next(says for label, says in sentences if label == "得分")
    assert recomputed(earned.split("；")[0], line.policy)[0] == row.earned
    clauses = " ".join(says for label, says in sentences if label == "适用条款")
    assert all(cited(clause) in clauses for _, clause in _used(row, table))


def _used(row: Row, table: TableScore) -> list[tuple[str, Any]]:
    from evaluator.explain import clauses_for

    return clauses_for(row, table)


def everything(book: Rulebook) -> Iterator[tuple[str, TableScore, Evaluation]]:
    from evaluator.actuals.resultfiles import load_actuals

    actuals = load_actuals(oracle.ROOT / "actuals", book)
    for name in sorted(book.policies):
        evaluation = evaluate(book, actuals, policy=name)
        for table in evaluation.tables:
            yield name, table, evaluation


def test_every_formula_of_the_sample_recomputes_under_every_policy(book: Rulebook):
    seen = 0
    for name, table, _ in everything(book):
        assert table.policy.id == name
        for row in table.all_rows:
            assert recomputed(formula(row, table.policy), table.policy) == (row.earned, row.earned)
            seen += 1
        said = dict(explain_table(table))["总分"]
        left, right = said.split(" = ")
        assert value(left) == Fraction(right) == Fraction(table.total, 100)
    assert seen == len(book.policies) * (36 + 6 + 7)


def test_every_row_of_the_sample_is_explained_with_its_line_and_its_clause(sample: Evaluation):
    for table in sample.tables:
        for row in table.all_rows:
            said = dict(explain_row(row, table))
            if row.indicator.id != EXECUTION:
                assert re.fullmatch(r"rules/projects/2023/629001/\w+\.yaml:\d+:\d+", said["规则"])
                assert re.search(r"（source/goals\.txt） 第 \d+ 行$", said["出处"])
                assert f"原文“{row.indicator.target}”" in said["指标值"]
            assert getattr(table.policy, row.scale).document in " ".join(
                says for label, says in explain_row(row, table) if label == "适用条款"
            )


def test_why_a_rule_fired_or_not_is_told_for_every_rule_and_table(book: Rulebook, sample: Evaluation):
    for table in sample.tables:
        fired = {finding.rule.id for finding in (*table.findings, *table.aside)}
        for rule in book.findings:
            said = why_rule(rule, table, sample)
            assert said[0][0] == "规则"
            assert rule.id in said[0][1]
            assert len(said) > 1
            assert said[0][1].endswith("已触发：") == (rule.id in fired)
            failed = [says for label, says in said[1:] if says.endswith("不满足")]
            assert bool(failed) == (rule.id not in fired), said
