"""Every shipped policy keeps every promise, and each way of breaking one refutes exactly the statement it breaks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from evaluator.commands.console import proofs_text
from evaluator.errors import UsageProblem
from evaluator.policies.proofs import prove, prove_all
from evaluator.policy import Band, Cap, GradeBand, Policy, Portion, Segment
from tests import oracle
from tests.oracle import found_policies, policies
from tests.test_cli import ziping  # noqa: F401

FOUND = found_policies()
NATIONAL, CAPPED = FOUND["cn-2020-10"], FOUND["execution-caps"]


def failed(policy: Policy) -> list[tuple[str, str]]:
    return [(one.clause, one.promise) for one in prove(policy) if not one.holds]


def with_(clause: str, policy: Policy = NATIONAL, **update: Any) -> Policy:
    return policy.model_copy(update={clause: getattr(policy, clause).model_copy(update=update)})


def segments(*lines: tuple[str, str, str | None]) -> list[Segment]:
    def ratio(text: str | None) -> Fraction | None:
        return None if text is None else Fraction(text)

    return [Segment.model_construct(start=ratio(a), share=ratio(b), to=ratio(c)) for a, b, c in lines]


def bands(*ends: tuple[str, str]) -> list[Band]:
    return [
        Band.model_construct(state=state, start=Fraction(low), to=Fraction(high))
        for state, (low, high) in zip(oracle.STATES, ends, strict=True)
    ]


def grades(*starts: tuple[str, int]) -> list[GradeBand]:
    return [GradeBand.model_construct(grade=grade, start=start) for grade, start in starts]


@pytest.mark.parametrize("name", sorted(FOUND))
def test_every_shipped_policy_passes(name: str):
    assert failed(FOUND[name]) == []
    assert len(prove(FOUND[name])) >= (29 if FOUND[name].grades.bands else 27)


BROKEN: dict[str, tuple[Policy, tuple[str, str]]] = {
    "a scale that starts late": (
        with_("quantitative", segments=segments(("1/10", "0", "1"), ("1", "1", None))), ("quantitative", "no_gap"),
    ),
    "a last line with an end": (
        with_("execution", segments=segments(("0", "0", "1"), ("1", "1", "1"))), ("execution", "no_gap"),
    ),
    "two lines from one start": (
        with_("quantitative", segments=segments(("0", "0", "1"), ("1", "1", "1"), ("1", "1", None))),
        ("quantitative", "no_overlap"),
    ),
    "a line that starts before the one above it": (
        with_("execution", segments=segments(("0", "0", "1"), ("1", "1", "1"), ("1/2", "1", None))),
        ("execution", "no_overlap"),
    ),
    "a share above one": (
        with_("quantitative", segments=segments(("0", "0", "1"), ("1", "1", None), ("3/2", "6/5", None))),
        ("quantitative", "bounded"),
    ),
    "a target reached without full points": (
        with_("binary", segments=segments(("0", "0", None), ("1", "9/10", None))), ("binary", "full_at_target"),
    ),
    "a fall before the target": (
        with_("quantitative", segments=segments(("0", "0", "9/10"), ("1/2", "4/5", "1"), ("1", "1", None))),
        ("quantitative", "monotone"),
    ),
    "a slope down before the declared peak": (
        with_("quantitative", CAPPED, segments=segments(("0", "0", "1"), ("1", "1", None), ("6/5", "1", "1/2"), ("2", "1/2", None))),
        ("quantitative", "monotone"),
    ),
    "a line that no yes or no reaches": (
        with_("binary", segments=segments(("0", "0", None), ("1/2", "1/2", None), ("1", "1", None))),
        ("binary", "reachable"),
    ),
    "bands with a gap": (with_("qualitative", bands=bands(("4/5", "1"), ("3/5", "7/10"), ("0", "3/5"))), ("qualitative", "no_gap")),
    "bands that do not reach zero": (
        with_("qualitative", bands=bands(("4/5", "1"), ("3/5", "4/5"), ("1/10", "3/5"))), ("qualitative", "no_gap"),
    ),
    "bands that overlap": (
        with_("qualitative", bands=bands(("4/5", "1"), ("3/5", "9/10"), ("0", "3/5"))), ("qualitative", "no_overlap"),
    ),
    "a band above one": (with_("qualitative", bands=bands(("4/5", "6/5"), ("3/5", "4/5"), ("0", "3/5"))), ("qualitative", "bounded")),
    "a band of no width": (
        with_("qualitative", bands=bands(("4/5", "1"), ("4/5", "4/5"), ("0", "4/5"))), ("qualitative", "reachable"),
    ),
    "bands the wrong way round": (
        with_("qualitative", bands=bands(("0", "3/5"), ("3/5", "4/5"), ("4/5", "1"))), ("qualitative", "ordered"),
    ),
    "grades that do not reach zero": (
        with_("grades", bands=grades(("优", 9000), ("良", 8000), ("中", 6000), ("差", 100))), ("grades", "no_gap"),
    ),
    "two grades from one score": (
        with_("grades", bands=grades(("优", 9000), ("良", 9000), ("中", 6000), ("差", 0))), ("grades", "no_overlap"),
    ),
    "grades the wrong way round": (
        with_("grades", bands=grades(("良", 9000), ("优", 8000), ("差", 0))), ("grades", "no_overlap"),
    ),
    "a grade nobody can get": (
        with_("grades", bands=grades(("优", 10_100), ("良", 8000), ("中", 6000), ("差", 0))), ("grades", "reachable"),
    ),
    "a cap that never binds": (
        with_("caps", CAPPED, execution=[Cap.model_construct(below=Fraction(4, 5), total=8900), Cap.model_construct(below=Fraction(1, 2), total=8950)]),
        ("caps", "ordered"),
    ),
    "a cap above the whole": (with_("caps", execution=[Cap.model_construct(below=Fraction(4, 5), total=10_001)]), ("caps", "bounded")),
    "points that do not add up": (
        with_("allocation", portions=NATIONAL.allocation.portions[:-1]), ("allocation", "adds_up"),
    ),
    "a category with points twice": (
        with_("allocation", portions=[*NATIONAL.allocation.portions, Portion.model_construct(categories=["产出指标"], points=0)]),
        ("allocation", "once"),
    ),
    "a deduction for what is just reached": (with_("over_fulfilment", CAPPED, deduct_from=Fraction(1)), ("over_fulfilment", "deduction")),
    "half a deduction": (with_("over_fulfilment", CAPPED, deduct_points=None), ("over_fulfilment", "deduction")),
    "rounding to nothing": (with_("rounding", step=0), ("rounding", "rounding")),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_policy_fails_exactly_the_statement_it_breaks(name: str):
    policy, expected = BROKEN[name]
    assert failed(policy) == [expected]


def test_a_fall_is_told_with_its_place_and_size():
    policy = with_(
        "quantitative", segments=segments(("0", "0", "1"), ("1", "1", None), ("3/2", "1", "1/2"), ("2", "1/2", None))
    )
    told = next(one for one in prove(policy) if (one.clause, one.promise) == ("quantitative", "monotone"))
    assert told.holds
    assert "完成率 150%—200% 由 100% 降为 50%" in told.evidence
    deducted = next(one for one in prove(CAPPED) if (one.clause, one.promise) == ("quantitative", "monotone"))
    assert "完成率 130% 起扣 2.00 分" in deducted.evidence


CHECKS: dict[str, Callable[[Policy, str], bool]] = {
    "no_gap": lambda policy, name: getattr(policy, name).segments[0].start == 0,
    "full_at_target": lambda policy, name: oracle.share(getattr(policy, name), Fraction(1)) == 1,
    "bounded": lambda policy, name: all(0 <= share <= 1 for share in shares(policy, name)),
    "monotone": lambda policy, name: all(a <= b for a, b in pairwise(shares(policy, name, peak(policy, name)))),
}


def peak(policy: Policy, name: str) -> Fraction:
    steps = policy.over_fulfilment.steps
    return steps[0].start if name == "quantitative" and steps else Fraction(1)


def shares(policy: Policy, name: str, most: Fraction = Fraction(7)) -> list[Fraction]:
    """Shares by the oracle: at every start and just beside it, and on a grid; below `most`."""
    clause, small = getattr(policy, name), Fraction(1, 10**9)
    near = [start + step for start in (s.start for s in clause.segments) for step in (-small, Fraction(0), small)]
    at = sorted({*near, *(Fraction(n, 50) for n in range(400))})
    return [oracle.share(clause, reached) for reached in at if 0 <= reached < most]


@settings(max_examples=150)
@given(policies())
def test_what_is_proved_of_any_policy_is_what_the_oracle_sees(policy: Policy):
    for one in prove(policy):
        if one.clause in ("quantitative", "binary", "execution") and one.promise in CHECKS:
            assert one.holds == CHECKS[one.promise](policy, one.clause), (one, policy)


def test_the_table_and_the_command(ziping: Any, tmp_path: Path):  # noqa: F811
    text = proofs_text(prove_all(FOUND, "hubei-2020-3"))
    assert text.startswith("湖北省项目绩效自评（hubei-2020-3）：")
    assert "20.00 + 40.00 + 40.00 = 100.00" in text
    ran = ziping("prove", "--format", "json")
    assert ran.code == 0
    assert [one["policy"] for one in ran.data] == [*sorted(FOUND), "county-2026", "sichuan-2025-5-review"]
    assert all(one["holds"] for one in ran.data)
    assert ziping("prove", "没有").code == 2
    with pytest.raises(UsageProblem, match="U306"):
        prove_all(FOUND, "cn-2020")


def test_a_broken_policy_file_is_shown_with_what_fails(ziping: Any, tmp_path: Path):  # noqa: F811
    (tmp_path / "rules" / "projects").mkdir(parents=True)
    folder = tmp_path / "rules" / "policies"
    folder.mkdir()
    grades_ = "\n".join(f"    - {{grade: {grade}, from: {start}}}" for grade, start in (("优", 90), ("差", 10)))
    folder.joinpath("own.yaml").write_text(
        "id: own\ntitle: 本地\nin_force: {from: 2020, region: 本地}\nextends: cn-2020-10\n"
        f"grades:\n  document: 示例\n  known: 未见\n  bands:\n{grades_}\n",
        encoding="utf-8",
    )
    ran = ziping("prove", "own", "--workspace", tmp_path)
    assert ran.code == 1
    assert ran.out.count("不成立") == 1
    assert "0—10.00 没有等级" in ran.out
