"""Rows that do not apply: read with their reason, counted as the policy says, never silent, the same in every product."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import ActualsProblems
from evaluator.evaluation import evaluate
from evaluator.inapplicable import reason_of, said
from evaluator.model import Indicator
from evaluator.policies.allocation import applied
from evaluator.quantities.numerals import Unreadable
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
    rows = of_ten(with_left(odd_rows(3 * seed), seed, (RESCALED, SHARED)))
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
