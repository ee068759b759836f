"""What if: an alternative is the evaluation of the changed results, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.actuals.resultfiles import load_actuals
from evaluator.errors import ActualsProblems, RuleProblems, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.figures import points
from evaluator.model import Actuals, Result, Spending
from evaluator.planning.whatif import Alternative, from_words, read_alternatives, side_by_side, what_if
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook
from tests.conftest import ROOT
from tests.test_cli import Ziping, ziping  # noqa: F401
from tests.test_forecast import COMMUNITY, LABOUR, YEAR


@pytest.fixture(scope="module")
def actuals(book: Rulebook) -> dict[tuple[int, str], Actuals]:
    return load_actuals(ROOT / "actuals", book)


def same(one: Evaluation, other: Evaluation) -> bool:
    """The same points, grades and findings throughout."""
    return one.digests == other.digests and [
        (t.score, t.grade, [r.earned for r in t.all_rows], t.findings) for t in one.tables
    ] == [(t.score, t.grade, [r.earned for r in t.all_rows], t.findings) for t in other.tables]


@settings(max_examples=25)
@given(st.integers(0, 80), st.integers(0, 10_000), st.integers(0, 45_746), st.sampled_from([None, "execution-caps"]))
def test_an_alternative_is_the_evaluation_of_the_changed_results(
    book: Rulebook, sample: Evaluation, people: int, rate: int, spent: int, policy: str | None
):
    given_ = load_actuals(ROOT / "actuals", book)
    rated, money = f"{rate // 100}.{rate % 100:02}%", f"{spent // 100}.{spent % 100:02}"
    words = [f"{LABOUR}.保障人数={people}人", f"{LABOUR}.质量1={rated}", f"{LABOUR}.全年执行数={money}", "少做些"]
    present = evaluate(book, given_, policy=policy)
    made = what_if(book, given_, from_words(words, sample), present=present, policy=policy)
    one = given_[YEAR, LABOUR]
    results = {
        **one.results,
        "数量1": one.results["数量1"].model_copy(update={"actual": f"{people}人"}),
        "质量1": one.results["质量1"].model_copy(update={"actual": rated}),
    }
    by_hand = one.model_copy(
        update={"results": results, "spending": one.spending.model_copy(update={"executed": spent * 10_000})}
    )
    ((name, evaluation, _),) = made.sides
    assert name == "少做些"
    assert same(evaluation, evaluate(book, {**given_, (YEAR, LABOUR): by_hand}, policy=policy))
    assert same(made.present, present)


def test_alternatives_stand_side_by_side(book: Rulebook, sample: Evaluation, actuals: dict[tuple[int, str], Actuals]):
    words = [f"{COMMUNITY}.全年执行数=4.5", "只花5%", "社区工作.社会效益1=95%", "社区工作.时效1=98%", "都做到"]
    made = what_if(book, actuals, from_words(words, sample), present=sample)
    community = next(t for t in sample.tables if t.code == COMMUNITY)
    told = {line[0]: line[1:] for line in side_by_side(made, community)}
    assert told["总分"] == ["79.37", "81.31", "87.06"]
    assert told["等级"] == ["中", "良", "良"]
    assert told["时效1 费用报销及时性"] == ["12.31（96.5%）", "12.31（96.5%）", "12.50（98%）"]
    assert "质量1 办公用品质量" not in told
    notes = [note for table in made.sides[1][2].moved for note in table.notes]
    assert any(note.startswith("消除问题 F101（时效1）") for note in notes)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("达成 95%", ("达成", 95)), ("达成（95%）", ("达成", 95)), ("70%", ("部分达成并具有一定效果", 70)),
        ("未达成且效果较差10%", ("未达成且效果较差", 10)), ("80%", ("达成", 80)), ("", (None, None)),
    ],
)  # fmt: skip
def test_a_state_and_its_share_are_read(
    book: Rulebook, sample: Evaluation, actuals: dict[tuple[int, str], Actuals], value: str, wanted: tuple
):
    made = what_if(book, actuals, from_words([f"{COMMUNITY}.社会效益1={value}"], sample), present=sample)
    ((name, evaluation, _),) = made.sides
    assert name == "方案1"
    result = next(t for t in evaluation.tables if t.code == COMMUNITY).actuals.results["社会效益1"]  # type: ignore[union-attr]
    assert (result.state, None if result.share is None else result.share * 100) == wanted


def test_a_file_names_alternatives(tmp_path: Path, book: Rulebook, actuals: dict, sample: Evaluation):
    path = tmp_path / "方案.yaml"
    path.write_text(
        f"alternatives:\n  - name: 全花完\n    spending: {{{LABOUR}: {{executed: 457.46}}}}\n"
        f"  - name: 按封顶办法\n    policy: execution-caps\n"
        f"    changes:\n      劳务派遣: {{数量1: 59人}}\n",
        encoding="utf-8",
    )
    made = what_if(book, actuals, read_alternatives(path), present=sample)
    scores = [[points(t.score) for t in evaluation.tables if t.code == LABOUR] for _, evaluation, _ in made.sides]
    assert scores == [["98.08"], ["98.15"]]
    assert made.sides[0][1].digests["actuals"] != sample.digests["actuals"]
    assert {t.policy.id for t in made.sides[1][1].tables} == {"execution-caps"}


def test_money_entered_by_hand_goes_with_the_money_it_came_from(book: Rulebook, actuals: dict, sample: Evaluation):
    """A computed row's own value, filled in to agree with the old money, does not stand in the way of new money."""
    one = actuals[YEAR, COMMUNITY]
    results = {**one.results, "成本1": Result(actual="33.33%")}
    filled = {**actuals, (YEAR, COMMUNITY): one.model_copy(update={"results": results})}
    money = Spending.model_construct(_fields_set={"executed"}, adjusted=None, executed=4_500_000, cause="", remedy="")
    made = what_if(book, filled, [Alternative(name="少花", spending={COMMUNITY: money})], present=sample)
    assert points(next(t.score for t in made.sides[0][1].tables if t.code == COMMUNITY)) == "81.31"


def test_mistakes_are_told(tmp_path: Path, book: Rulebook, actuals: dict, sample: Evaluation):
    for words, code in (
        (["无名"], "U367"), (["没有点=5"], "U367"), (["没有这个.数量1=5人"], "U205"), ([f"{LABOUR}.无此行=5"], "U205"),
    ):  # fmt: skip
        with pytest.raises(UsageProblem, match=code):
            from_words(words, sample)
    change = [f"{LABOUR}.数量1=59人"]
    for words, code in (([], "U369"), ([*change, "甲", *change, "甲"], "U368"), ([*change, "现在"], "U368")):
        with pytest.raises(UsageProblem, match=code):
            what_if(book, actuals, from_words(words, sample), present=sample)
    with pytest.raises(UsageProblem, match="U367"):
        what_if(book, actuals, from_words([f"{LABOUR}.预算执行率=90%"], sample), present=sample)
    with pytest.raises(ActualsProblems, match="A10"):
        what_if(book, actuals, from_words([f"{LABOUR}.数量1=达成 95%"], sample), present=sample)
    path = tmp_path / "方案.yaml"
    path.write_text("alternatives:\n  - 名: x\n", encoding="utf-8")
    with pytest.raises(RuleProblems, match="R10"):
        read_alternatives(path)


def test_the_command_compares(ziping: Ziping):  # noqa: F811
    ran = ziping(
        "what-if", "--set", "劳务.数量1=59人", "--as", "补齐", "--set", "劳务.全年执行数=457.46", "--as", "花完"
    )
    assert ran.code == 0
    assert ran.out.splitlines()[3].split() == ["现在", "补齐", "花完"]
    assert ran.out.splitlines()[4].split() == ["总分", "97.73", "98.15", "98.08"]
    told = json.loads(ziping("what-if", "--set", "劳务.数量1=59人", "-f", "json").out)
    assert told["alternatives"][0]["impact"]["tables"][0]["change"] == "+0.42"
    for words, code in (((), "U369"), (("--set", "x=1"), "U367"), (("--set", "劳务.全年执行数=很多"), "U370")):
        ran = ziping("what-if", *words)
        assert (ran.code, code in ran.err) == (2, True)
