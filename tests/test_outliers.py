"""Outliers across a unit's projects: found when they cannot well be chance, with figures, and not a step before. 示例数据."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.actuals.resultfiles import load_actuals
from evaluator.evaluation import evaluate
from evaluator.factsheets.outliers import SHARED, host_of, unit_facts
from evaluator.findings.facts import Fact
from evaluator.model import Actuals, Indicator, Project, Result, Spending
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook, load_rulebook
from evaluator.workspace.places import product

BOOK = load_rulebook(product() / "rules")
BASE = BOOK.projects[2023, "13028124P00499710001G"]
OUTLIERS = ("F601", "F602", "F603", "F604", "F605")
Cell = tuple[str, Result]  # a target and its result


def unit(projects: Mapping[str, Mapping[str, Cell]], book: Rulebook = BOOK) -> Evaluation:
    """A unit of projects, each of rows by name, its money all spent."""
    made: dict[tuple[int, str], Project] = {}
    actuals: dict[tuple[int, str], Actuals] = {}
    for code, cells in projects.items():
        rows = [
            Indicator.model_construct(
                id=f"行{n}", category="产出指标", dimension="数量指标", name=name, description="", target=target,
                sign=None, points=9000 // len(cells), formula=None, basis="示例依据", line=None,
            )
            for n, (name, (target, _)) in enumerate(cells.items())
        ]  # fmt: skip
        made[2023, code] = BASE.model_copy(update={"code": code, "name": f"项目{code}", "indicators": rows})
        results = {row.id: cell[1] for row, cell in zip(rows, cells.values(), strict=True)}
        money = Spending.model_construct(adjusted=100, executed=100, cause="", remedy="")
        actuals[2023, code] = Actuals.model_construct(
            code=code, year=2023, illustrative=True, spending=money, achieved="", results=results, measures={}
        )
    return evaluate(replace(book, projects=made, departments={}), actuals)


def told(made: Evaluation) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in made.tables:
        for finding in table.findings:
            if finding.rule.id in OUTLIERS:
                found.setdefault(finding.rule.id, []).append(finding.says)
    return found


def done(actual: str, **more: str) -> Result:
    return Result(actual=actual, evidence=["示例佐证"], **more)


# ---- properties --------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_honest_figures_are_left_alone(seed: int) -> None:
    """Projects whose figures were drawn apart from each other, above and below their targets, stand out in nothing."""
    random = Random(seed)

    def cells() -> dict[str, Cell]:
        made = {f"指标{n}": ("≥100件", done(f"{random.randint(100, 300)}件")) for n in range(3)}
        made |= {f"比率{n}": ("≥90%", done(f"{random.randint(9001, 9999) / 100}%")) for n in range(2)}
        made["群众满意度"] = ("≥90%", done(f"{random.randint(900, 990) / 10}%"))
        made["差一点"] = (
            "≥100件",
            done(f"{random.randint(50, 99)}件", cause=f"原因{random.random()}", remedy="另行安排补齐件数"),
        )
        return made

    codes = ["A", "B", "C", "D"]
    assert told(unit({code: cells() for code in codes})) == {}


@settings(max_examples=30)
@given(st.permutations(["A", "B", "C"]), st.integers(2, 5))
def test_copies_are_counted_whatever_the_order_of_the_projects(order: list[str], same: int) -> None:
    values = [f"9{n}.37%" for n in range(1, 6)]
    given_cells = {
        "A": {f"比率{n}": ("≥90%", done(value)) for n, value in enumerate(values)},
        "B": {f"比率{n}": ("≥90%", done(value if n < same else "98.11%")) for n, value in enumerate(values)},
        "C": {f"比率{n}": ("≥90%", done(f"9{n + 1}.53%")) for n in range(5)},
    }
    found = told(unit({code: given_cells[code] for code in order})).get("F604", [])
    assert len(found) == (same >= 3)
    if found:
        assert f"“项目A”与“项目B”有{same}项同名指标" in found[0] and "比率091.37%" in found[0]


# ---- each one by example -----------------------------------------------------------------------------------------

FULL = {"件数": ("≥100件", done("100件")), "办结率": ("≥90%", done("95%"))}


@pytest.mark.parametrize("count", [2, 3, 4])
def test_full_marks_everywhere_from_three_projects(count: int) -> None:
    found = told(unit(dict.fromkeys("ABCD"[:count], FULL)))
    assert ("F601" in found) == (count >= 3)
    if count >= 3:
        assert f"本单位{count}个项目的总分全部是100分" in found["F601"][0]


def test_one_project_short_of_full_marks_is_enough_to_say_nothing() -> None:
    short = FULL | {"件数": ("≥100件", done("99件"))}
    assert "F601" not in told(unit({"A": FULL, "B": FULL, "C": short}))


@pytest.mark.parametrize(("third", "fires"), [("100%", True), ("99.99%", False), (None, False)])
def test_satisfaction_everywhere_100(third: str | None, fires: bool) -> None:
    cells = {code: {"群众满意度": ("≥90%", done("100%")), "件数": ("≥100件", done("99件"))} for code in "AB"}
    cells["C"] = {"群众满意度": ("≥90%", done(third) if third else Result()), "件数": ("≥100件", done("99件"))}
    assert ("F602" in told(unit(cells))) == fires


def test_equal_everywhere_counts_only_what_could_differ() -> None:
    free = {f"件数{n}": ("≥100件", done("100件")) for n in range(2)}
    bound = {"办结率": ("≥100%", done("100%")), "事故数": ("≤0起", done("0起")), "人数": ("=5人", done("5人"))}
    assert "F603" not in told(unit({"A": free | bound, "B": free | bound}))  # four free rows
    five = {f"件数{n}": ("≥100件", done("100件")) for n in range(5)}
    assert told(unit({"A": five, "B": bound}))["F603"] == [
        "本单位各项目能高于或低于指标值的5项定量指标，完成值全部恰好等于指标值"
    ]
    assert "F603" not in told(unit({"A": five | {"件数4": ("≥100件", done("101件"))}, "B": bound}))
    assert "F603" not in told(unit({"A": five | {"件数5": ("≥100件", Result())}, "B": bound}))


def test_a_figure_of_the_whole_unit_is_no_copy() -> None:
    cells = {f"比率{n}": ("≥90%", done(f"9{n}.37%")) for n in range(1, 4)}
    codes = [f"P{n:02}" for n in range(SHARED + 1)]
    assert "F604" not in told(unit(dict.fromkeys(codes, cells)))
    assert len(told(unit(dict.fromkeys(codes[:SHARED], cells)))["F604"]) == SHARED * (SHARED - 1) // 2


def test_the_same_words_in_several_projects() -> None:
    same = {"cause": "受客观因素影响未能按期完成", "remedy": "加强管理，提高服务质量。"}
    spaced = {"cause": "受客观因素影响 未能按期完成。", "remedy": "加强管理,提高服务质量"}
    rows = {f"件数{n}": ("≥100件", done("90件", **same)) for n in range(2)}
    other = {"件数0": ("≥100件", done("90件", **spaced))}
    said = told(unit({"A": rows, "B": other}))["F605"]
    assert len(said) == 1 and "2个项目的3项指标" in said[0] and "项目B的件数0" in said[0]
    assert "F605" not in told(unit({"A": rows, "B": {"件数0": ("≥100件", done("90件", cause="无", remedy="无"))}}))
    terse = {f"件数{n}": ("≥100件", done("90件", cause="无", remedy="无")) for n in range(3)}
    assert "F605" not in told(unit({"A": terse, "B": terse}))


# ---- the whole and its place -------------------------------------------------------------------------------------


def test_the_sample_stands_out_in_nothing(sample: Evaluation) -> None:
    assert told(sample) == {}


def test_the_facts_stand_once_on_the_departments_table_whatever_the_order(sample: Evaluation) -> None:
    tables = list(sample.tables)
    assert host_of(tables) == host_of(reversed(tables)) == sample.unit_code

    def plain(facts: list[Fact]) -> list[tuple[str, str, object]]:
        return [(fact.kind, fact.id, dict(fact.fields)) for fact in facts]

    assert plain(list(unit_facts("1", tables))) == plain(list(unit_facts("1", tables[::-1])))
    assert list(unit_facts("1", tables[:1])) == []


def test_both_executors_find_the_same() -> None:
    actuals = load_actuals(product() / "actuals", BOOK)
    first, second = (evaluate(BOOK, actuals, executor=how) for how in ("frame", "auto"))
    assert [t.findings for t in first.tables] == [t.findings for t in second.tables]
