"""What every policy promises: those found in rules/, on arrival, and any that a person could write."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.model import EXECUTION
from evaluator.policy import CLAUSES, InForce, Policy, same_grade
from evaluator.rulebook.book import Rulebook, read_rulebook
from tests import oracle
from tests.oracle import GRADE_NAMES, STATES, found_policies, policies

FOUND = found_policies()
SCALES = ("quantitative", "binary", "execution")
Check = Callable[[Policy], None]


def attainments(policy: Policy, name: str) -> list[Fraction]:
    """Where something could go wrong: at, just below and just above every start, and far out."""
    starts = [segment.start for segment in getattr(policy, name).segments]
    small = Fraction(1, 10**9)
    edges = [edge for start in starts for edge in (start - small, start, start + small) if edge >= 0]
    halves = [(one + two) / 2 for one, two in itertools.pairwise(starts)]
    return sorted({*edges, *halves, Fraction(0), Fraction(1), Fraction(1, 3), Fraction(10**6)})


def no_gap_and_no_overlap(policy: Policy) -> None:
    """From 0 on each attainment lies on one segment, and the last has no end."""
    for name in SCALES:
        segments = getattr(policy, name).segments
        starts = [segment.start for segment in segments]
        assert starts[0] == 0
        assert all(one < two for one, two in itertools.pairwise(starts))
        assert segments[-1].to is None


def shares_are_shares(policy: Policy) -> None:
    """The share stays within 0 and 1, and is the one the definition gives."""
    for name in SCALES:
        clause = getattr(policy, name)
        for reached in attainments(policy, name):
            assert 0 <= clause.share_at(reached) <= 1
            assert clause.share_at(reached) == oracle.share(clause, reached), (name, reached)


def never_falling_to_the_peak(policy: Policy) -> None:
    for name in SCALES:
        clause = getattr(policy, name)
        top = oracle.peak(clause)
        shares = [clause.share_at(reached) for reached in attainments(policy, name) if top is None or reached <= top]
        assert shares == sorted(shares)
        assert top is None or top >= 1


def full_when_the_target_is_reached(policy: Policy) -> None:
    for name in SCALES:
        assert getattr(policy, name).share_at(Fraction(1)) == 1


def each_stated_share_has_one_state(policy: Policy) -> None:
    for hundredth in range(0, 10_001, 7):
        share = Fraction(hundredth, 10_000)
        assert sum(policy.qualitative.holds(state, share) for state in STATES) == 1
    bands = [policy.qualitative.band(state) for state in STATES]
    assert [band.to for band in bands] == [Fraction(1), bands[0].start, bands[1].start]
    for band in bands:
        assert policy.qualitative.holds(band.state, band.start)
        assert policy.qualitative.holds(band.state, band.to) == (band.to == 1)


def grades_cover_every_score_in_order(policy: Policy) -> None:
    scale = [policy.grades.of(total) for total in range(10_001)]
    assert scale == [oracle.grade(total, policy) for total in range(10_001)]
    order = [oracle.place(grade, policy) for grade in scale]
    assert order == sorted(order, reverse=True)


def a_lower_grade_is_a_worse_one(policy: Policy) -> None:
    ends = [band.start for band in policy.grades.bands]
    for end in ends:
        assert policy.grades.of(end) == next(band.grade for band in policy.grades.bands if band.start == end)
        if end:
            below = policy.grades.of(end - 1)
            assert oracle.place(below, policy) == oracle.place(policy.grades.of(end), policy) + 1


def points_make_a_hundred(policy: Policy) -> None:
    portions = policy.allocation.portions
    assert sum(portion.points for portion in portions) == 10_000
    named = [category for portion in portions for category in portion.categories]
    assert len(named) == len(set(named))
    assert named.count(EXECUTION) == 1


def a_deduction_is_written_whole(policy: Policy) -> None:
    over = policy.over_fulfilment
    assert (over.deduct_from is None) == (over.deduct_points is None)
    assert over.reason_from >= 1
    assert over.deduct_from is None or over.deduct_from >= 1


def every_clause_names_its_document(policy: Policy) -> None:
    for name, clause in policy.clauses.items():
        assert clause.document.strip(), name
        assert clause.checked in (True, False)
        assert clause.where is None or clause.where.line > 0


PROMISES: list[Check] = [
    no_gap_and_no_overlap,
    shares_are_shares,
    never_falling_to_the_peak,
    full_when_the_target_is_reached,
    each_stated_share_has_one_state,
    grades_cover_every_score_in_order,
    a_lower_grade_is_a_worse_one,
    points_make_a_hundred,
    a_deduction_is_written_whole,
    every_clause_names_its_document,
]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", sorted(FOUND))
def test_every_policy_found_in_rules_keeps_every_promise(name: str, promise: Check):
    promise(FOUND[name])


@settings(max_examples=60)
@given(policies())
def test_any_policy_keeps_every_promise(policy: Policy):
    for promise in PROMISES:
        promise(policy)


def test_the_policies_of_the_issue_are_all_there():
    assert {"cn-2020-10", "hubei-2020-3", "linear-at-most", "execution-caps"} <= set(FOUND)
    portions = {name: [p.points // 100 for p in FOUND[name].allocation.portions] for name in FOUND}
    assert portions["cn-2020-10"] == [10, 50, 30, 10]
    assert portions["hubei-2020-3"] == [20, 40, 40]
    bands = [(band.start, band.to) for band in FOUND["hubei-2020-3"].qualitative.bands]
    assert bands == [(Fraction(4, 5), 1), (Fraction(1, 2), Fraction(4, 5)), (0, Fraction(1, 2))]
    caps = [(cap.below, cap.total // 100) for cap in FOUND["execution-caps"].caps.execution]
    assert caps == [(Fraction(n, 10), total) for n, total in ((8, 89), (7, 79), (6, 69), (5, 59))]
    assert [(b.grade, b.start // 100) for b in FOUND["cn-2020-10"].grades.bands] == list(
        zip(GRADE_NAMES, (90, 80, 60, 0), strict=True)
    )


@pytest.mark.parametrize("name", sorted(FOUND))
def test_what_was_believed_is_not_called_read(name: str):
    """Clauses that the sources only report from practice, or whose text was not at hand."""
    policy = FOUND[name]
    unsure = ["equality", "over_fulfilment", "grade_ends", "use_of_results", "binary", "rounding"]
    unsure += ["caps"] if policy.caps.execution else []
    unsure += ["at_most"] if policy.at_most.attainment == "线性" else []
    assert [clause for clause in unsure if getattr(policy, clause).checked] == []


# ---- extends: whole clauses, never parts -------------------------------------------------------------------------


def read(folder: Path, *documents: dict[str, Any]) -> tuple[Rulebook, list[str]]:
    """A rules folder of these policies (JSON is YAML), and the codes of what is wrong with them."""
    (folder / "policies").mkdir(parents=True, exist_ok=True)
    for document in documents:
        path = folder / "policies" / f"{document['id']}.yaml"
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    rulebook, problems = read_rulebook(folder)
    errors = [problem for problem in problems if problem.severity == "错误"]
    return rulebook, [f"{problem.code} {problem.where and problem.where.path} {problem.says}" for problem in errors]


def child(parent: dict[str, Any], **clauses: Any) -> dict[str, Any]:
    return {"id": "child", "title": "变体", "in_force": parent["in_force"], "extends": parent["id"], **clauses}


@settings(max_examples=25)
@given(st.integers(0, 10**9), st.sets(st.sampled_from(sorted(FOUND["cn-2020-10"].clauses))))
def test_a_child_is_its_parent_but_for_the_clauses_it_writes(
    tmp_path_factory: pytest.TempPathFactory, seed: int, replaced: set[str]
):
    random = Random(seed)
    parent, other = oracle.document(random) | {"id": "parent"}, oracle.document(random)
    folder = tmp_path_factory.mktemp("rules")
    rulebook, problems = read(folder, parent, child(parent, **{name: other[name] for name in replaced}))
    assert problems == []
    whole = Policy.model_validate({**parent, **{name: other[name] for name in replaced}, "id": "child"})
    made = rulebook.policies["child"]
    for name in made.clauses:
        assert getattr(made, name).model_dump() == getattr(whole, name).model_dump(), name


PARENT = oracle.document(Random(1)) | {"id": "parent"}
REQUIRED = [
    (name, key)
    for name in FOUND["cn-2020-10"].clauses
    for key, field in type(getattr(FOUND["cn-2020-10"], name)).model_fields.items()
    if field.is_required()
]


@pytest.mark.parametrize(("name", "key"), REQUIRED)
def test_a_key_left_out_of_a_replaced_clause_is_an_error_and_not_inherited(tmp_path: Path, name: str, key: str):
    clause = {other: value for other, value in PARENT[name].items() if other != key}
    rulebook, problems = read(tmp_path, PARENT, child(PARENT, **{name: clause}))
    assert "child" not in rulebook.policies
    assert len(problems) == 1
    assert problems[0].startswith(f"R102 {tmp_path.name}/policies/child.yaml 缺少{CLAUSES[name]}的")
    assert f"（{key}）" in problems[0]


def test_the_rest_of_a_replaced_clause_is_not_inherited_either(tmp_path: Path):
    over = {**oracle.BASIS, "article": "第三条", "reason_from": "130%", "deduct_from": "130%", "deduct_points": "2"}
    parent = {**PARENT, "over_fulfilment": over}
    rulebook, problems = read(tmp_path, parent, child(parent, over_fulfilment={**oracle.BASIS, "reason_from": "120%"}))
    assert problems == []
    made, kept = (rulebook.policies[name].over_fulfilment for name in ("child", "parent"))
    assert (made.article, made.deduct_from, made.deduct_points) == (None, None, None)
    assert (kept.article, kept.deduct_from, kept.deduct_points) == ("第三条", Fraction(13, 10), 200)


def test_a_grandchild_takes_each_clause_from_the_nearest_that_writes_it(tmp_path: Path):
    step = {**oracle.BASIS, "step": "0.5"}
    middle = {**child(PARENT, rounding=step), "id": "middle"}
    last = {**child(PARENT), "id": "last", "extends": "middle"}
    rulebook, problems = read(tmp_path, PARENT, middle, last)
    assert problems == []
    assert rulebook.policies["last"].rounding.step == 50
    last_scale, first_scale = (rulebook.policies[name].quantitative for name in ("last", "parent"))
    assert last_scale.model_dump() == first_scale.model_dump()
    assert rulebook.policies["last"].title == "变体"


def test_a_scale_falls_from_the_target_on_where_it_gives_less_than_full_there():
    def falls(*segments: tuple[str, str, str | None]) -> str | None:
        written = [{"from": start, "share": share, **({"to": to} if to else {})} for start, share, to in segments]
        clause = type(found_policies()["cn-2020-10"].quantitative).model_validate(
            {"document": "示例文件", "known": "未见", "segments": written}
        )
        segment = clause.falling()
        return None if segment is None else f"{100 * segment.start}%"

    rising = ("0%", "0%", "100%")
    assert falls(rising, ("100%", "100%", None)) is None
    assert falls(rising, ("100%", "100%", "100%"), ("200%", "100%", None)) is None
    assert falls(rising, ("100%", "100%", "99%"), ("200%", "100%", None)) == "100%"
    assert falls(rising, ("100%", "100%", None), ("150%", "80%", None)) == "150%"
    assert falls(("0%", "50%", None), ("100%", "99%", None)) == "100%"


@pytest.mark.parametrize(("year", "fits"), [(1999, False), (2000, True), (2100, True), (2101, False)])
def test_a_policy_is_in_force_from_a_year_of_this_century(year: int, fits: bool):
    if fits:
        assert InForce.model_validate({"from": year, "region": "全国"}).start == year
    else:
        with pytest.raises(ValueError, match="from"):
            InForce.model_validate({"from": year, "region": "全国"})


def test_the_execution_row_is_found_wherever_it_stands():
    national = found_policies()["cn-2020-10"].allocation
    for portions in (national.portions, national.portions[::-1]):
        assert national.model_copy(update={"portions": portions}).execution == 1000
    without = [portion for portion in national.portions if portion.categories != [EXECUTION]]
    assert national.model_copy(update={"portions": without}).execution == 0


def test_a_share_above_the_whole_lies_in_no_band():
    national = found_policies()["cn-2020-10"]
    highest = max(national.qualitative.bands, key=lambda band: band.to)
    assert national.qualitative.holds(highest.state, Fraction(1))
    assert not national.qualitative.holds(highest.state, Fraction(101, 100))


@pytest.mark.parametrize(("attainment", "word"), [("线性", "≤线性"), ("比值", "≤")])
def test_rows_under_a_ceiling_are_counted_as_the_policy_says(attainment: str, word: str):
    national = found_policies()["cn-2020-10"]
    policy = national.model_copy(update={"at_most": national.at_most.model_copy(update={"attainment": attainment})})
    assert policy.counted("≤") == word


def test_words_of_no_usual_scale_are_one_grade_when_they_are_equal():
    assert same_grade("自定一档", "".join(["自定", "一档"]))
    assert not same_grade("自定一档", "自定二档")


@pytest.mark.parametrize(("year", "holds"), [(1999, False), (2000, True), (2100, True), (2101, False)])
def test_a_policy_begins_in_a_year_of_this_century(year: int, holds: bool):
    try:
        InForce.model_validate({"from": year, "region": "全国"})
    except ValueError:
        assert not holds
    else:
        assert holds
