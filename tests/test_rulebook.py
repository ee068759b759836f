"""Rule files: every problem at once with its place and the nearest match, and a digest of what was written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from evaluator.errors import Problem, RuleProblems, UsageProblem
from evaluator.rulebook.book import Rulebook, load_rulebook, read_rulebook
from tests import oracle

ROOT = Path(__file__).parents[1]
NATIONAL = ROOT / "rules" / "policies" / "cn-2020-10.yaml"

PROJECT = """\
# 示例项目
code: XM001
name: 示例项目
year: 2023
unit: {code: "001", name: 示例单位}
source: {document: 目标表, line: 1}
budget: {total: 100, fiscal: 60, other: 40}
purpose: 用途
plan: {6月底: 50%, 12月底: 100%}
goals:
  - 目标一
indicators:
  - id: 数量1
    category: 产出指标
    dimension: 数量指标
    name: 保障人数
    target: ≥59人
    points: 50
  - id: 成本1
    category: 产出指标
    dimension: 成本指标
    name: 完成率
    target: ≥95%
    formula: 全年执行数 / 全年预算数
    points: 30.00
  - id: 效益1
    category: 效益指标
    dimension: 社会效益指标
    name: 服务水平
    target: 有所提升
    points: 10
"""
DEPARTMENT = """\
unit: {code: "001", name: 示例单位}
year: 2023
source: {document: 目标表, line: 1}
goal: 总目标
overall:
  - {id: 目标一, title: 题, line: 2, projects: [XM001]}
items:
  - {id: 分项一, name: 项, purpose: 用, goal: 标, indicator: 率, target: ≥95%, points: 90, project: XM001, line: 3}
measures:
  - {id: 措施一, title: 题, text: 文, line: 4}
"""
CHILD = """\
id: child
title: 变体
in_force: {from: 2020, region: 变体}
extends: cn-2020-10
"""
BASIS = "document: 示例, known: 未见"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rules folder that is right: the national policy, one project."""
    folder = tmp_path / "rules"
    write(folder / "policies" / "cn-2020-10.yaml", NATIONAL.read_text(encoding="utf-8"))
    write(folder / "projects" / "2023" / "001" / "XM001.yaml", PROJECT)
    return folder


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def found(folder: Path) -> list[Problem]:
    """Every problem but the notes on clauses that nobody has checked (see test_policychecks)."""
    return [problem for problem in read_rulebook(folder)[1] if problem.code != "R123"]


def at(text: str, snippet: str, nth: int = 0) -> str:
    """line:column of the n-th time a snippet stands in a text, both from 1."""
    index = -1
    for _ in range(nth + 1):
        index = text.index(snippet, index + 1)
    return f"{text.count(chr(10), 0, index) + 1}:{index - text.rfind(chr(10), 0, index)}"


def one(problems: Sequence[Problem]) -> tuple[str, str]:
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0].code, str(problems[0].where)


def test_the_rules_the_tests_start_from_are_right(rules: Path):
    write(rules / "projects" / "2023" / "001" / "department.yaml", DEPARTMENT)
    write(rules / "policies" / "child.yaml", CHILD)
    assert found(rules) == []


def test_the_rules_of_this_repository_have_no_problem():
    assert [str(problem) for problem in found(ROOT / "rules")] == []


# ---- projects: one thing wrong, at its place ---------------------------------------------------------------------

WRONG = [  # code, what stood there, what stands there, the snippet it is told at (and which one), nearest, says
    ("R101", "plan:", "plam: 1\nplan:", "plam", 0, "plan", "plam"),
    ("R101", "    points: 50", "    point: 1\n    points: 50", "point: 1", 0, "points", "数量1“保障人数”里不认识的键“point”"),
    ("R101", "total: 100,", "total: 100, totel: 1,", "totel", 0, "total", "年初预算数里不认识的键“totel”"),
    ("R102", "name: 示例项目\n", "", "code", 0, "", "缺少项目名称（name）"),
    ("R102", "    points: 50\n", "", "id: 数量1", 0, "", "缺少数量1“保障人数”的分值（points）"),
    ("R102", ", other: 40", "", "{total", 0, "", "缺少年初预算数的其他资金（other）"),
    ("R103", "points: 50", "points: 五十", "五十", 0, "", "五十"),
    ("R103", "points: 50", "points: -5", "-5", 0, "", "-5"),
    ("R103", "points: 50", "points: 50.001", "50.001", 0, "", "50.001"),
    ("R103", "year: 2023", "year: 二〇二三", "二〇二三", 0, "", "应为整数"),
    ("R103", "year: 2023", "year: 1999", "1999", 0, "", "不得小于 2000"),
    ("R103", "total: 100", "total: 一百万人", "一百", 0, "", "不是金额"),
    ("R103", "total: 100", 'total: "{x}"', '"{x}', 0, "", "{x}"),
    ("R103", "total: 100", "total: 100.0000001", "100.0000001", 0, "", "细于1分"),
    ("R103", "code: XM001", "code: ../XM", "../", 0, "", "不符合格式"),
    ("R103", "target: ≥59人", "target: 59人\n    sign: 不等于", "不等于", 0, "", "数量1“保障人数”的比较符“不等于”"),
    ("R103", "6月底: 50%", "6月底: 0.5", "0.5", 0, "", "百分数"),
    ("R103", "goals:\n  - 目标一", "goals: 目标一", "目标一", 0, "", "应为列表"),
    ("R103", PROJECT[PROJECT.index("indicators:") :], "indicators: []\n", "[]", 0, "", "至少要有 1 项"),
    ("R104", "id: 成本1", "id: 数量1", "id: 数量1", 1, "", "“数量1”重复，先见于第 13 行"),
    ("R105", "points: 50", "points: 49.99", "code", 0, "", "分值合计 99.99，不是 100（指标 89.99，预算执行率 10.00）"),
    ("R106", "name: 示例项目", "policy: cn-2020-1\nname: 示例项目", "code", 0, "cn-2020-10", "cn-2020-1"),
    ("R108", "target: ≥59人", "target: 59人", "id: 数量1", 0, "", "没有比较符"),
    ("R108", "target: ≥59人", "target: ≥≤59人", "id: 数量1", 0, "", "≥≤59人"),
    ("R108", "target: ≥59人", "target: ≥59人\n    sign: ≤", "id: 数量1", 0, "", "不一致"),
    ("R108", "target: 有所提升", "target: 有所提升\n    sign: ≥", "id: 效益1", 0, "", "比较符"),
    ("R109", "全年执行数 / 全年预算数", "全年执行数 / 全年预算", "id: 成本1", 0, "", "公式"),
    ("R109", "全年执行数 / 全年预算数", "全年执行数", "id: 成本1", 0, "", "不是同一种量"),
    ("R109", "全年执行数 / 全年预算数", "1 / (全年预算数 - 全年预算数)", "id: 成本1", 0, "", "公式"),
    ("R109", "全年执行数 / 全年预算数", "全年执行数 + 1", "id: 成本1", 0, "", "不能相加减"),
    ("R111", "other: 40", "other: 39.99", "{total", 0, "", "之和不等于预算数"),
    ("R112", "12月底: 100%", "12月底: 99%", "code", 0, "", "最后一期为 100%"),
    ("R112", "6月底: 50%", "3月底: 60%, 6月底: 50%", "code", 0, "", "逐期不减"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "old", "new", "snippet", "nth", "near", "says"), WRONG)
def test_one_thing_wrong_is_told_with_its_place(
    rules: Path, code: str, old: str, new: str, snippet: str, nth: int, near: str, says: str
):
    assert PROJECT.count(old) >= 1
    text = PROJECT.replace(old, new, 1)
    path = rules / "projects" / "2023" / "001" / "XM001.yaml"
    write(path, text)
    problems = found(rules)
    assert one(problems) == (code, f"rules/projects/2023/001/XM001.yaml:{at(text, snippet, nth)}")
    assert problems[0].nearest == near
    assert says in problems[0].says
    assert problems[0].severity == "错误"
    with pytest.raises(RuleProblems) as raised:
        load_rulebook(rules)
    assert raised.value.problems == tuple(problems)
    assert raised.value.exit_code == 3


def test_several_problems_are_told_at_once_in_every_file(rules: Path):
    text = PROJECT.replace("points: 50", "point: 50").replace("year: 2023", "year: x").replace("≥95%", "≥")
    write(rules / "projects" / "2023" / "001" / "XM001.yaml", text)
    second = PROJECT.replace("XM001", "XM002").replace("id: 成本1", "id: 数量1").replace("other: 40", "other: 41")
    second = second.replace("target: ≥59人", "target: 59人").replace("points: 10", "points: 11")
    write(rules / "projects" / "2023" / "001" / "XM002.yaml", second)
    write(rules / "policies" / "child.yaml", CHILD.replace("cn-2020-10", "cn-2020-11") + "colour: red\n")
    write(rules / "policies" / "zz.yaml", "a: [\n")
    codes = sorted(problem.code for problem in found(rules))
    assert codes == ["R101", "R102", "R103", "R104", "R105", "R106", "R108", "R111", "Y104"]


def test_a_code_used_twice_names_the_first_place(rules: Path):
    write(rules / "projects" / "2023" / "001" / "XM002.yaml", "# 副本\n" + PROJECT)
    problems = found(rules)
    assert one(problems) == ("R104", f"rules/projects/2023/001/XM002.yaml:{at('# 副本' + chr(10) + PROJECT, 'code')}")
    assert "先见于 rules/projects/2023/001/XM001.yaml:2:1" in problems[0].says


@pytest.mark.parametrize(
    ("code", "old", "new", "snippet", "near"),
    [
        ("R113", "projects: [XM001]", "projects: [XM01]", "{id: 目标一", "XM001"),
        ("R113", "project: XM001,", "project: XM002,", "{id: 分项一", "XM001"),
        ("R104", "measures:\n", "measures:\n  - {id: 措施一, title: 题, text: 文, line: 4}\n", "unit", ""),
        ("R104", "overall:\n", "overall:\n  - {id: 目标一, title: 题, line: 2, projects: []}\n", "unit", ""),
        ("R105", "points: 90", "points: 80", "unit", ""),
        ("R108", "target: ≥95%", "target: 95%", "{id: 分项一", ""),
        ("R101", "line: 4", "lines: 4, line: 4", "lines", "line"),
        ("R106", "goal: 总目标", "goal: 总目标\npolicy: hubei", "unit", ""),
    ],
)
def test_a_department_is_checked_the_same(rules: Path, code: str, old: str, new: str, snippet: str, near: str):
    text = DEPARTMENT.replace(old, new, 1)
    write(rules / "projects" / "2023" / "001" / "department.yaml", text)
    problems = found(rules)
    assert one(problems) == (code, f"rules/projects/2023/001/department.yaml:{at(text, snippet)}")
    assert problems[0].nearest == near


# ---- policies ----------------------------------------------------------------------------------------------------


def scale(*segments: str) -> str:
    return f"{{{BASIS}, segments: [{', '.join('{' + segment + '}' for segment in segments)}]}}"


def bands(*names: str) -> str:
    return f"qualitative: {{{BASIS}, bands: [{', '.join('{' + name + '}' for name in names)}]}}"


GOOD, SOME, BAD = "state: 达成", "state: 部分达成并具有一定效果", "state: 未达成且效果较差"
POLICIES = [
    ("R114", "quantitative: " + scale("from: 10%, share: 0%"), "{document"),
    ("R114", "quantitative: " + scale("from: 0%, share: 0%", "from: 0%, share: 100%"), "{document"),
    ("R114", "binary: " + scale("from: 0%, share: 0%", "from: 90%, share: 9%", "from: 80%, share: 100%"), "{document"),
    ("R114", "quantitative: " + scale("from: 0%, share: 0%, to: 100%"), "{from: 0%"),
    ("R103", "quantitative: " + scale("from: 0%, share: 101%"), "101%"),
    ("R103", f"quantitative: {{{BASIS}, segments: []}}", "[]"),
    ("R115", bands(f"{GOOD}, from: 80%, to: 100%", f"{SOME}, from: 60%, to: 79%", f"{BAD}, from: 0%, to: 60%"), "{doc"),
    ("R115", bands(f"{GOOD}, from: 80%, to: 99%", f"{SOME}, from: 60%, to: 80%", f"{BAD}, from: 0%, to: 60%"), "{doc"),
    ("R115", bands(f"{GOOD}, from: 80%, to: 100%", f"{SOME}, from: 60%, to: 80%", f"{BAD}, from: 1%, to: 60%"), "{doc"),
    ("R115", bands(f"{GOOD}, from: 80%, to: 100%", f"{BAD}, from: 0%, to: 80%"), "{doc"),
    ("R115", bands(f"{GOOD}, from: 80%, to: 100%", f"{GOOD}, from: 60%, to: 80%", f"{BAD}, from: 0%, to: 60%"), "{doc"),
    ("R115", f"qualitative: {{{BASIS}, bands: []}}", "{doc"),
    ("R115", f"grades: {{{BASIS}, bands: [{{grade: 优, from: 90}}, {{grade: 良, from: 10}}]}}", "{doc"),
    ("R115", f"grades: {{{BASIS}, bands: [{{grade: 优, from: 80}}, {{grade: 良, from: 90}}, {{grade: 差, from: 0}}]}}", "{doc"),
    ("R115", f"grades: {{{BASIS}, bands: [{{grade: 差, from: 90}}, {{grade: 优, from: 0}}]}}", "{doc"),
    ("R115", f"grades: {{{BASIS}, bands: [{{grade: 良好, from: 90}}, {{grade: 优秀, from: 0}}]}}", "{doc"),
    ("R115", f"grades: {{{BASIS}, bands: [{{grade: 不评级, from: 0}}]}}", "{doc"),
    ("R103", f"grades: {{{BASIS}, bands: [{{grade: '=A', from: 0}}]}}", "'=A'"),
    ("R102", f"over_fulfilment: {{{BASIS}, reason_from: 130%, deduct_from: 130%}}", "{doc"),
    ("R102", f"over_fulfilment: {{{BASIS}, reason_from: 130%, deduct_points: 2}}", "{doc"),
    ("R102", f"over_fulfilment: {{{BASIS}, reason_from: 130%, deduct_from: 130%, deduct_points: 2, deductions: [{{from: 150%, points: 3}}]}}", "{doc"),
    ("R103", f"rounding: {{{BASIS}, step: 0}}", "0}"),
    ("R105", f"allocation: {{{BASIS}, portions: [{{categories: [预算执行率], points: 10}}, {{categories: [产出指标], points: 80}}]}}", "{doc"),
    ("R102", f"allocation: {{{BASIS}, portions: [{{categories: [产出指标], points: 100}}]}}", "{doc"),
    ("R104", f"allocation: {{{BASIS}, portions: [{{categories: [预算执行率], points: 10}}, {{categories: [产出指标], points: 40}}, {{categories: [效益指标, 产出指标], points: 50}}]}}", "{doc"),
    ("R101", "colour: red", "colour"),
    ("R103", "at_most: {document: 示例, known: maybe, attainment: 比值}", "maybe"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "clause", "snippet"), POLICIES)
def test_a_clause_that_cannot_be_is_told_with_its_place(rules: Path, code: str, clause: str, snippet: str):
    text = CHILD + clause + "\n"
    write(rules / "policies" / "child.yaml", text)
    assert one(found(rules)) == (code, f"rules/policies/child.yaml:{at(text, snippet)}")


@pytest.mark.parametrize(
    ("code", "old", "new", "snippet", "near"),
    [
        ("R106", "extends: cn-2020-10", "extends: cn-2020-11", "cn-2020-11", "cn-2020-10"),
        ("R107", "extends: cn-2020-10", "extends: child  # 自己", "child  #", ""),
        ("R103", "extends: cn-2020-10", "extends: [cn-2020-10]", "[cn", ""),
        ("R103", "extends: cn-2020-10", "extends: {a: b}", "{a", ""),
        ("R104", "id: child", "id: cn-2020-10", "cn-", ""),
        ("R103", "from: 2020", "from: 1950", "1950", ""),
        ("R101", "title: 变体", "titel: 变体\ntitle: 变体", "titel", "title"),
        ("R102", "title: 变体\n", "", "id", ""),
    ],
)
def test_the_head_of_a_policy(rules: Path, code: str, old: str, new: str, snippet: str, near: str):
    text = CHILD.replace(old, new)
    write(rules / "policies" / "variant.yaml", text)
    problems = found(rules)
    assert one(problems) == (code, f"rules/policies/variant.yaml:{at(text, snippet)}")
    assert problems[0].nearest == near


def test_a_policy_without_an_id_is_told(rules: Path):
    write(rules / "policies" / "child.yaml", CHILD.replace("id: child\n", ""))
    assert one(found(rules)) == ("R102", "rules/policies/child.yaml")


def test_a_circle_of_policies_is_told_once_for_each(rules: Path):
    write(rules / "policies" / "a.yaml", CHILD.replace("child", "a").replace("cn-2020-10", "b"))
    write(rules / "policies" / "b.yaml", CHILD.replace("child", "b").replace("cn-2020-10", "a"))
    assert [problem.code for problem in found(rules)] == ["R107", "R107"]


def test_a_parent_that_is_missing_is_told_once_not_by_each_child(rules: Path):
    write(rules / "policies" / "a.yaml", CHILD.replace("child", "a").replace("cn-2020-10", "nowhere"))
    write(rules / "policies" / "b.yaml", CHILD.replace("child", "b").replace("cn-2020-10", "a"))
    assert one(found(rules)) == ("R106", f"rules/policies/a.yaml:{at(CHILD, 'cn-2020-10')}")


# ---- documents ---------------------------------------------------------------------------------------------------

DEEP = "a: " + "[" * 40 + "]" * 40 + "\n"
DOCUMENTS: list[tuple[str, bytes, str]] = [
    ("Y102", b"# " + b"x" * 6_000_000, ""),
    ("Y103", "code: 示例\n".encode("gb18030"), ":1"),
    ("Y103", b"a: 1\nb: \xff\xfe\n", ":2"),
    ("Y104", b"a: [1, 2\nb: 3\n", ":2:2"),
    ("Y104", b"a: 1\n b: 2\n", ":2:3"),
    ("Y107", b"a: *nowhere\n", ":1:4"),
    ("Y104", b"a: 1\n---\nb: 2\n", ":2:1"),
    ("Y104", b"a: \x00\n", ""),
    ("Y104", b"[" * 4_000, ":1:1001"),
    ("Y105", b"", ""),
    ("Y105", b"# nothing\n\n", ""),
    ("Y106", DEEP.encode(), ":1:34"),
    ("Y107", b"a: &x 1\nb: 2\n", ":1:4"),
    ("Y108", b"? [a, b]\n: 1\n", ":1:3"),
    ("Y110", b'a: 1\nb: "x\\x00y"\n', ":2:4"),
    ("Y104", b'a: "\\ud800"\n', ":1:7"),
    ("Y110", b'"\\e[31m": 1\n', ":1:1"),
    ("Y109", PROJECT.replace("name: 示例项目", "code: XM002").encode(), ":3:1"),
]


@pytest.mark.parametrize(("code", "raw", "place"), DOCUMENTS, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(DOCUMENTS)])
@pytest.mark.parametrize("where", ["projects/2023/001/XM009.yaml", "policies/xx.yaml", "findings/xx.yaml"])
def test_a_document_that_cannot_be_read(rules: Path, code: str, raw: bytes, place: str, where: str):
    write(rules / where, raw)
    assert one(found(rules)) == (code, f"rules/{where}{place}")


def test_a_duplicate_key_names_the_first_and_the_other_problems_come_too(rules: Path):
    text = "a: 1\nb: 2\na: 3\nb: &x 4\n"
    write(rules / "projects" / "2023" / "001" / "XM009.yaml", text)
    problems = found(rules)
    assert [(problem.code, str(problem.where)[-3:]) for problem in problems] == [("Y109", "3:1"), ("Y109", "4:1")]
    assert "先见于第 1 行" in problems[0].says


def test_a_folder_in_the_place_of_a_file_is_told(rules: Path):
    (rules / "projects" / "2023" / "001" / "XM009.yaml").mkdir()
    assert one(found(rules)) == ("Y101", "rules/projects/2023/001/XM009.yaml")


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n", "12\n"])
def test_a_document_of_another_shape_is_told(rules: Path, text: str):
    write(rules / "projects" / "2023" / "001" / "XM009.yaml", text)
    problems = found(rules)
    assert one(problems)[0] == "R103"
    assert "应为键值对" in problems[0].says


def test_a_byte_order_mark_and_windows_line_ends_are_read(rules: Path):
    path = rules / "projects" / "2023" / "001" / "XM001.yaml"
    before = load_rulebook(rules).digest
    write(path, b"\xef\xbb\xbf" + PROJECT.replace("\n", "\r\n").encode())
    assert load_rulebook(rules).digest == before


def test_words_that_yaml_would_turn_into_something_else_stay_words(rules: Path):
    text = PROJECT.replace("name: 保障人数", "name: no").replace("- 目标一", "- 2023-06-30\n  - 1e3\n  - 012")
    write(rules / "projects" / "2023" / "001" / "XM001.yaml", text)
    project = load_rulebook(rules).projects[2023, "XM001"]
    assert project.indicators[0].name == "no"
    assert project.goals == ["2023-06-30", "1e3", "012"]


def test_everything_read_knows_its_line(rules: Path):
    project = load_rulebook(rules).projects[2023, "XM001"]
    assert str(project.where) == "rules/projects/2023/001/XM001.yaml:2:1"
    lines = [row.where and row.where.line for row in project.indicators]
    assert lines == [int(at(PROJECT, f"id: {row.id}").split(":")[0]) for row in project.indicators]


# ---- the digest --------------------------------------------------------------------------------------------------


def test_the_digest_does_not_know_comments_lines_order_or_paths(rules: Path, tmp_path: Path):
    path = rules / "projects" / "2023" / "001" / "XM001.yaml"
    write(rules / "policies" / "child.yaml", CHILD)
    write(rules / "findings" / "a.yaml", finding("F901", when="{outcome: {met: false, full: false}}"))
    write(rules / "findings" / "b.yaml", finding("F902"))
    before = load_rulebook(rules).digest
    head, tail = PROJECT.split("indicators:\n")
    keys = [line for line in head.splitlines() if line and not line.startswith(("#", "goals", " "))]
    shuffled = "\n\n# 注\n".join(reversed(keys)) + "\ngoals: [目标一]\n"
    write(path, "indicators:\n" + tail + shuffled)
    assert load_rulebook(rules).digest == before
    write(path, "# 又一行\n\n\n" + PROJECT.replace("points: 50", "points: 50.00  # 分"))
    assert load_rulebook(rules).digest == before
    path.rename(path.with_name("another.yaml"))
    (rules / "policies" / "cn-2020-10.yaml").rename(rules / "policies" / "zz.yaml")
    (rules / "findings" / "a.yaml").rename(rules / "findings" / "z.yaml")
    write(rules / "findings" / "z.yaml", finding("F901", when="{outcome: {full: false, met: false}}"))
    assert load_rulebook(rules).digest == before
    shutil.copytree(rules, tmp_path / "elsewhere" / "规则")
    assert load_rulebook(tmp_path / "elsewhere" / "规则").digest == before


def finding(id: str, **changes: str) -> str:
    fields = {
        "id": id,
        "title": "题",
        "about": "result",
        "severity": "警告",
        "when": "{outcome: {met: false}}",
        "say": "说",
        "remedy": "改",
        "basis": f"{{{BASIS}}}",
    } | changes
    return "findings:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in fields.items()) + "\n"


def leaves(content: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every scalar of a document."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from leaves(value, (*way, key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from leaves(value, (*way, index))
    else:
        yield way


def changed(content: Any, way: tuple[Any, ...]) -> Any:
    """A copy with one scalar changed to another of its kind."""
    copy = json.loads(json.dumps(content))
    inner = copy
    for part in way[:-1]:
        inner = inner[part]
    old = inner[way[-1]]
    twins = {"true": "false", "false": "true", "比值": "线性", "线性": "比值", "full": "flagged", "flagged": "full"}
    twins |= {"优": "良", "良": "中", "中": "差", "差": "优", "警告": "提示", "result": "target"}
    twins |= dict(zip(oracle.STATES, [*oracle.STATES[1:], oracle.STATES[0]], strict=True))
    if old in twins:
        inner[way[-1]] = twins[old]
    elif old.endswith("%"):
        inner[way[-1]] = f"{float(old[:-1]) * 0.9 + 0.01:.2f}%"
    elif old.replace(".", "").isdigit():
        inner[way[-1]] = str(int(float(old)) + 1)
    else:
        inner[way[-1]] = old + "甲"
    return copy


POLICY = oracle.document(Random(7)) | {"id": "made", "in_force": {"from": "2020", "region": "全国"}}
ENTRY = {
    "id": "F901",
    "title": "题",
    "about": "result",
    "severity": "警告",
    "when": {"outcome": {"met": "false"}},
    "say": "说",
    "remedy": "改",
    "basis": {"document": "文", "article": "第一条", "known": "转引", "seen": "通知", "note": "注"},
}
WHOLE = {
    "projects/2023/001/XM002.yaml": {
        "code": "XM002",
        "name": "名",
        "year": "2023",
        "unit": {"code": "001", "name": "单位"},
        "source": {"document": "表", "line": "3"},
        "budget": {"total": "100", "fiscal": "100", "other": "0"},
        "purpose": "用途",
        "plan": {"12月底": "100%"},
        "goals": ["一"],
        "indicators": [
            {
                "id": "数量1",
                "category": "产出指标",
                "dimension": "数量指标",
                "name": "人数",
                "description": "述",
                "target": "≥59人",
                "points": "90",
                "basis": "据",
                "line": "9",
            }
        ],
    },
    "policies/made.yaml": POLICY,
    "findings/made.yaml": {"findings": [ENTRY]},
}
CHANGES = [(name, way) for name, content in WHOLE.items() for way in leaves(content)]


def test_any_value_that_changes_changes_the_digest_or_is_a_problem(rules: Path):
    shutil.rmtree(rules)
    for name, content in WHOLE.items():
        write(rules / name, json.dumps(content, ensure_ascii=False))
    before = load_rulebook(rules).digest
    assert len(CHANGES) > 100
    same = []
    for name, way in CHANGES:
        write(rules / name, json.dumps(changed(WHOLE[name], way), ensure_ascii=False))
        problems = found(rules)
        if not problems and read_rulebook(rules)[0].digest == before:
            same.append((name, way))
        write(rules / name, json.dumps(WHOLE[name], ensure_ascii=False))
    assert same == []
    assert load_rulebook(rules).digest == before


# ---- which policy ------------------------------------------------------------------------------------------------


def dated(id: str, start: int, to: int | None, region: str = "全国") -> str:
    end = f", to: {to}" if to else ""
    return f"id: {id}\ntitle: 办法\nin_force: {{from: {start}{end}, region: {region}}}\nextends: cn-2020-10\n"


def policy_of(rulebook: Rulebook, year: int, named: str | None = None, own: str | None = None) -> str:
    table = rulebook.projects[2023, "XM001"].model_copy(update={"year": year, "policy": own})
    return rulebook.policy_for(table, named).id


def test_the_national_policy_in_force_in_the_year_is_taken(rules: Path):
    write(rules / "policies" / "b.yaml", dated("cn-2024", 2024, 2026))
    write(rules / "policies" / "c.yaml", dated("other", 2024, None, "湖北省"))
    rulebook = load_rulebook(rules)
    years = {year: policy_of(rulebook, year) for year in (2020, 2023, 2024, 2026, 2027)}
    assert years == {2020: "cn-2020-10", 2023: "cn-2020-10", 2024: "cn-2024", 2026: "cn-2024", 2027: "cn-2020-10"}
    with pytest.raises(UsageProblem) as raised:
        policy_of(rulebook, 2019)
    assert (raised.value.problems[0].code, raised.value.exit_code) == ("U202", 2)


def test_the_policy_named_comes_before_the_tables_own_and_that_before_the_national_one(rules: Path):
    write(rules / "policies" / "b.yaml", dated("mine", 2020, None, "变体"))
    write(rules / "policies" / "c.yaml", dated("named", 2020, None, "变体"))
    rulebook = load_rulebook(rules)
    assert policy_of(rulebook, 2023) == "cn-2020-10"
    assert policy_of(rulebook, 2023, own="mine") == "mine"
    assert policy_of(rulebook, 2023, named="named", own="mine") == "named"


def test_an_unknown_policy_names_the_nearest_and_all_there_are(rules: Path):
    write(rules / "policies" / "b.yaml", dated("hubei-2020-3", 2020, None, "湖北省"))
    with pytest.raises(UsageProblem) as raised:
        policy_of(load_rulebook(rules), 2023, named="hubei-2020")
    (problem,) = raised.value.problems
    assert (problem.code, problem.nearest) == ("U201", "hubei-2020-3")
    assert problem.allowed == "cn-2020-10、hubei-2020-3"


def test_the_products_own_policies_hold_in_every_workspace(rules: Path):
    (rules / "policies" / "cn-2020-10.yaml").unlink()
    rulebook = load_rulebook(rules, ROOT / "rules")
    assert policy_of(rulebook, 2023) == "cn-2020-10"
    assert len(rulebook.findings) >= 15
    assert list(rulebook.projects) == [(2023, "XM001")]
