"""Goals sought: the answer reaches the goal, nothing less does, and where there is none there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.actuals.resultfiles import load_actuals
from evaluator.errors import UsageProblem
from evaluator.evaluation import evaluate
from evaluator.figures import points
from evaluator.model import Actuals, Result
from evaluator.planning.attainability import attainable
from evaluator.planning.dials import Openness
from evaluator.planning.goalseek import Sought, read_score, seek
from evaluator.planning.sought import change_says
from evaluator.policy import Policy
from evaluator.rulebook.book import Rulebook
from tests import oracle
from tests.conftest import ROOT
from tests.oracle import any_policy
from tests.test_cli import Ziping, ziping  # noqa: F401
from tests.test_forecast import (
    COMMUNITY,
    DAILY,
    LABOUR,
    YEAR,
    Written,
    book_of,
    earned_of,
    filled,
    money_of,
    table,
    written,
)  # fmt: skip

EVERYTHING = Openness(everything=True)
WIDE = 11  # counts looked at by brute force: from nothing to this


def of(found: list[Sought], code: str) -> Sought:
    return next(one for one in found if one.present.code == code)


@pytest.fixture(scope="module")
def actuals(book: Rulebook) -> dict[tuple[int, str], Actuals]:
    return load_actuals(ROOT / "actuals", book)


def test_a_unit_without_projects_has_none_to_seek_for_and_none_to_prove(book: Rulebook, actuals):
    alone = replace(book, projects={})
    assert seek(alone, actuals, score=9_000) == attainable(alone, actuals) == []
    with pytest.raises(UsageProblem):
        seek(alone, actuals, score=9_000, code=LABOUR)


# ---- against brute force -----------------------------------------------------------------------------------------


def least(
    rows: list[Written], now: list[int | None], budget: int, spent: int, policy: Policy, goal: int
) -> tuple[int, Fraction] | None:
    """The fewest changes and their least size, by trying all there are."""
    free = [(row, value) for row, value in zip(rows, now, strict=True) if row[0] is None]
    choices = []
    for row, value in free:
        target = Fraction(row[1][1:-1])
        options = [(0, Fraction(0), earned_of(row, Fraction(value), policy) if value is not None else 0)]
        for n in range(WIDE + 1):
            if n != value:
                if value is None:
                    word = (
                        f"{row[1][0]}线性" if policy.at_most.attainment == "线性" and row[1][0] in "≤<" else row[1][0]
                    )
                    size = min(oracle.attainment(word, Fraction(n), target, target)[0], Fraction(1))
                else:
                    size = abs(n - value) / target
                options.append((1, size, earned_of(row, Fraction(n), policy)))
        best: dict[tuple[int, int], Fraction] = {}
        for count, size, earned in options:
            best[count, earned] = min(size, best.get((count, earned), size))
        choices.append([(count, size, earned) for (count, earned), size in best.items()])
    found: list[tuple[int, Fraction]] = []
    for at in range(budget + 1):
        money = money_of(rows, budget, at, policy)
        moved = (int(at != spent), Fraction(abs(at - spent), budget))
        for chosen in product(*choices):
            total = oracle.capped(money + sum(earned for _, _, earned in chosen), Fraction(at, budget), policy)
            if total >= goal:
                found.append((moved[0] + sum(c for c, _, _ in chosen), moved[1] + sum(s for _, s, _ in chosen)))
    return min(found, default=None)


@settings(max_examples=120)
@given(
    st.integers(1, 12), st.lists(written(), min_size=1, max_size=3), any_policy(),
    st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=3, max_size=3), st.integers(0, 12), st.integers(1, 9000),
)  # fmt: skip
def test_the_answer_is_the_one_brute_force_finds(
    budget: int, rows: list[Written], policy: Policy, so_far: list[int | None], spent: int, goal: int
):
    spent, now = min(spent, budget), so_far[: len(rows)]
    one = table(budget, rows, policy)
    results = {f"行{n}": f"{v}人" for n, v in enumerate(now) if v is not None and rows[n][0] is None}
    given_ = filled(budget, spent, results)
    (found,) = seek(book_of(one, policy), given_, score=goal, opened=EVERYTHING)
    wanted = least(rows, now, budget, spent, policy, goal)
    if found.table is None:
        assert wanted is None
        return
    assert found.table.score >= goal
    mine = (len(found.changes), sum((change.size for change in found.changes), Fraction(0)))
    own = oracle.scale_under(policy, "产出指标")
    endless = own.segments[0].share > 0 and any(
        value is None and row[1][0] in "≤<" for row, value in zip(rows, now, strict=True)
    )  # points however far a ceiling is passed: the farther, the smaller the change, without end
    if endless:
        assert wanted is not None
        assert mine[0] == wanted[0]
    elif wanted is None or all(change.dial.kind == "金额" or change.after <= WIDE for change in found.changes):
        assert mine == wanted
    else:
        assert mine <= wanted


def shrunk(found: Sought) -> list[Mapping[str, int]]:
    """The answer with one change left out, or one change one grain smaller."""
    whole = {change.dial.id: change.after for change in found.changes}
    made: list[Mapping[str, int]] = []
    for change in found.changes:
        made.append({name: value for name, value in whole.items() if name != change.dial.id})
        before = change.before or Fraction(0)
        if change.after != before:
            made.append({**whole, change.dial.id: change.after + (1 if change.after < before else -1)})
    return made


@pytest.mark.parametrize(
    ("policy", "goal"), [(None, 8_000), (None, 9_950), ("execution-caps", 9_000), ("hubei-2020-3", 9_000)]
)
def test_no_change_can_be_left_out_or_made_smaller(
    book: Rulebook, actuals: dict[tuple[int, str], Actuals], policy: str | None, goal: int
):
    """For the sample year: one millionth of a per cent less, one 分 less or one person less, and the goal is missed."""
    out = {
        key: one.model_copy(update={"results": dict(list(one.results.items())[::2])}) for key, one in actuals.items()
    }
    looked = 0
    for given_ in (actuals, out):
        for found in seek(book, given_, score=goal, policy=policy, opened=EVERYTHING):
            for values in shrunk(found):
                key = (YEAR, found.present.code)
                less = {**given_, key: found.standing.completed(values)}
                alone = replace(book, departments={}, projects={key: found.standing.project})
                assert evaluate(alone, less, policy=policy).projects[0].score < goal
                looked += 1
    assert looked


# ---- the six projects --------------------------------------------------------------------------------------------


def test_project_4_can_never_reach_90(book: Rulebook, actuals: dict[tuple[int, str], Actuals]):
    for opened in (Openness(), EVERYTHING):
        found = of(seek(book, actuals, grade="优", opened=opened), DAILY)
        assert (found.reached, found.sure) == (False, True)
    assert points(found.most) == "87.51"  # 87.50, and a hundredth by rounding alone


def test_project_6_reaches_90_only_if_it_had_spent_little(book: Rulebook, actuals: dict[tuple[int, str], Actuals]):
    assert not of(seek(book, actuals, grade="优"), COMMUNITY).reached
    found = of(seek(book, actuals, grade="优", opened=EVERYTHING), COMMUNITY)
    assert [change_says(change) for change in found.changes] == [
        "“全年执行数”从 60.00 万元 减少到 13.563 万元（−46.437 万元，+1.63 分）",
        "“提升公共服务水平”从 比例 70% 提高到 比例 99.9834%（+29.9834 个百分点，+9.00 分）",
    ]
    top = of(seek(book, actuals, score=9_050, opened=EVERYTHING), COMMUNITY)
    assert top.table is not None
    assert points(top.table.score) == "90.50"
    assert not of(seek(book, actuals, score=9_051, opened=EVERYTHING), COMMUNITY).reached


def test_one_row_says_what_it_takes(book: Rulebook, actuals: dict[tuple[int, str], Actuals]):
    opened = Openness(rows=("数量1",), settled=True)
    found = of(seek(book, actuals, score=9_815, opened=opened), LABOUR)
    assert [change_says(change) for change in found.changes] == ["“保障人数”从 57人 增加到 59人（+2 人，+0.42 分）"]
    assert not of(seek(book, actuals, score=9_816, opened=opened), LABOUR).reached


def with_low_satisfaction(actuals: dict[tuple[int, str], Actuals], value: str) -> dict[tuple[int, str], Actuals]:
    one = actuals[YEAR, LABOUR]
    results = {**one.results, "满意度1": Result(actual=value)}
    return {**actuals, (YEAR, LABOUR): one.model_copy(update={"results": results})}


def test_a_finding_that_caps_the_grade_is_reckoned_with(book: Rulebook, actuals: dict[tuple[int, str], Actuals]):
    """At 50% the score is above 90 and the grade 良 by F102: 57% is 60% of the target, and not a millionth less."""
    low = with_low_satisfaction(actuals, "50%")
    present = of(seek(book, low, score=9_000), LABOUR)
    assert (present.present.score >= 9_000, present.present.grade) == (True, "良")
    found = of(seek(book, low, grade="优", opened=Openness(rows=("满意度1",))), LABOUR)
    assert [(change.dial.id, change.dial.shown(change.after)) for change in found.changes] == [("满意度1", "57%")]
    assert found.table is not None
    assert found.table.grade == "优"
    just_less = with_low_satisfaction(actuals, "56.999999%")
    made = evaluate(book, just_less)
    assert next(t for t in made.projects if t.code == LABOUR).grade == "良"


def test_a_cap_that_nothing_open_lifts_is_told(book: Rulebook, actuals: dict[tuple[int, str], Actuals]):
    found = of(seek(book, with_low_satisfaction(actuals, "50%"), grade="优"), LABOUR)
    assert (found.reached, found.sure, found.most >= 9_000) == (False, True, True)
    assert found.blocked[0].startswith("F102")


def test_execution_caps_force_spending(book: Rulebook, actuals: dict[tuple[int, str], Actuals]):
    """Under 80% spent the total is capped at 89 there, whatever the rows earn."""
    found = of(seek(book, actuals, score=8_950, policy="execution-caps", opened=EVERYTHING), COMMUNITY)
    assert not found.reached
    service = of(seek(book, actuals, score=9_700, policy="execution-caps", opened=Openness()), "13028124P00499610001T")
    if service.reached:
        assert service.table is not None
        assert service.table.cap is None


@pytest.mark.parametrize(
    ("asked", "code"),
    [({}, "U364"), ({"grade": "优", "score": 90}, "U364"), ({"grade": "优秀"}, "U366"), ({"grade": "A"}, "U366")],
)
def test_a_goal_that_is_none_is_refused(book: Rulebook, asked: dict[str, object], code: str):
    with pytest.raises(UsageProblem, match=code):
        seek(book, {}, **asked)  # type: ignore[arg-type]


def test_scores_are_read_exactly():
    assert (read_score("90"), read_score("87.5"), read_score(" 100.00 ")) == (9_000, 8_750, 10_000)
    for wrong in ("100.01", "-1", "九十", "90.555", ""):
        with pytest.raises(UsageProblem, match="U365"):
            read_score(wrong)


# ---- the command -------------------------------------------------------------------------------------------------


def test_the_command_tells_the_changes_or_the_proof(ziping: Ziping):  # noqa: F811
    ran = ziping("goal-seek", "社区工作", "--grade", "优", "--all")
    assert (ran.code, "−46.437 万元" in ran.out) == (0, True)
    none = ziping("goal-seek", "日常维稳", "--grade", "优", "--all")
    assert none.code == 1
    assert "总分最高 87.51" in none.out
    assert "舍入前最高 87.50" in none.out
    told = json.loads(ziping("goal-seek", "--score", "90", "-f", "json").out)
    assert [one["reached"] for one in told] == [True, True, True, False, True, False]
    assert told[3]["proof"]


def test_the_command_refuses_what_makes_no_sense(ziping: Ziping):  # noqa: F811
    for words, code in (((), "U364"), (("--score", "高"), "U365"), (("--grade", "优", "--open", "无此行"), "U362")):
        ran = ziping("goal-seek", *words)
        assert (ran.code, code in ran.err) == (2, True)
