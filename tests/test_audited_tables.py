"""示例数据 written for testing: on each table the audit says, verdict by verdict, what a careful person would."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.auditing.audit import Audited, audit
from evaluator.documents import read_document
from evaluator.figures import half_up
from evaluator.intake.forms import FilledTable
from evaluator.rulebook import read_policies

ROOT = Path(__file__).parents[1]
POLICIES = read_policies([ROOT / "rules"]).policies


def tables() -> dict[str, tuple[FilledTable, dict[str, Any]]]:
    """The tables by id, each with what is expected: rows, execution, total and the codes of its defects."""
    made = {}
    for path in sorted((ROOT / "tests" / "fixtures" / "audit").glob("*.yaml")):
        data, problems = read_document(path)
        assert not problems
        for case in data["cases"]:
            expected = case.pop("expect") | {"rows": [row.pop("verdict") for row in case["indicators"]]}
            made[str(case["id"])] = FilledTable.model_validate(case), expected
    return made


TABLES = tables()


def told(made: Audited) -> dict[str, Any]:
    return {
        "rows": [row.verdict.verdict for row in made.rows],
        "execution": made.execution.verdict,
        "total": made.total.verdict,
        "defects": sorted({defect.code for defect in made.defects}),
    }


@pytest.mark.parametrize("name", TABLES)
def test_each_verdict_is_a_careful_persons(name: str) -> None:
    table, expected = TABLES[name]
    [made] = audit([table], POLICIES)
    assert told(made) == expected | {"defects": sorted(expected["defects"])}, [row.verdict for row in made.rows]


def test_the_tables_cover_every_verdict_and_most_defects() -> None:
    words = [word for _, expected in TABLES.values() for word in expected["rows"]]
    assert len(TABLES) >= 40
    assert all(words.count(word) > 20 for word in ("agree", "differ", "undecidable"))
    assert len({code for _, expected in TABLES.values() for code in expected["defects"]}) >= 10


# ---- whatever the numbers ----------------------------------------------------------------------------------------

NAMES = ["群众满意度", "培训次数", "投诉次数", "总成本", "处置时长", "某指标"]
ROW = st.tuples(
    st.sampled_from(NAMES), st.sampled_from("≥≤="), st.integers(1, 300), st.integers(1, 400), st.integers(1, 60),
    st.sampled_from(["%", "人", "万元", "小时", ""]), st.sampled_from([0, 1, 2]), st.booleans(),
)  # fmt: skip


def by_the_rule(sign: str, aim: int, done: int, points: int) -> Fraction:
    """The score of the national rule: full when met, else points × the ratio."""
    ratio = Fraction(aim, done) if sign == "≤" else Fraction(done, aim)
    return points * min(ratio, Fraction(1))


@given(st.lists(ROW, min_size=1, max_size=5))
def test_no_office_that_rounds_is_called_wrong(rows: list[tuple[str, str, int, int, int, str, int, bool]]) -> None:
    made, scores = [], []
    for name, sign, aim, done, points, unit, places, cut in rows:
        exact = by_the_rule(sign, aim, done, points)
        score = half_up(exact, places)
        if cut and places:
            score = half_up(Fraction(int(exact * 10**places), 10**places), places)
        scores.append(Fraction(score))
        made.append(
            {
                "level3": name,
                "target": f"{sign}{aim}{unit}",
                "actual": f"{done}{unit}",
                "points": points,
                "score": score,
            }
        )
    total = half_up(sum(scores, Fraction(0)), 1)
    table = FilledTable(id="t", indicators=made, total_score=total, rows_complete=True)
    [judged] = audit([table], POLICIES)
    assert {row.verdict.verdict for row in judged.rows} == {"agree"}
    assert judged.total.verdict != "differ"
    assert not {"sum", "reversed-sign", "score-above-points"} & set(told(judged)["defects"])


@given(ROW, st.integers(1, 6), st.sampled_from(["", "目标偏低，扣分"]))
def test_points_taken_for_far_over_fulfilment_are_left_to_the_assessor(
    cells: tuple[str, str, int, int, int, str, int, bool], off: int, note: str
) -> None:
    name, _, aim, _, points, unit, *_ = cells
    row = {
        "level3": name,
        "target": f"≥{aim}{unit}",
        "actual": f"{2 * aim}{unit}",
        "points": points + off,
        "score": points,
    }
    [judged] = audit([FilledTable(id="t", indicators=[row | {"deviation_note": note}])], POLICIES)
    assert judged.rows[0].verdict.verdict != "differ"
